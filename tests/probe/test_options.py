# SPDX-License-Identifier: MIT
"""What a user can say: each option does what its help promises, and nonsense is refused before anything runs."""
import os
import pathlib
import shutil
import tempfile

import pytest
import yaml

from conftest import BUILD, PROGRAMS, run
from controls import CHECK, WORKLOAD

AWKWARD = BUILD / "tests/probe/awkward"
CONFIGS = pathlib.Path(__file__).resolve().parents[2] / "harness/probe/configs"
DAEMONS = ["beanstalkd", "dnsmasq", "haproxy", "lighttpd", "mariadb", "memcached", "mosquitto", "nginx", "postgresql",
           "redis", "rsyslog", "slapd", "tinyproxy", "unbound", "varnish"]


@pytest.mark.parametrize("option,message", [
    ("--workload=echo gone wrong; false", "--workload failed: "),
    ("--check=echo gone wrong; false", "--check failed after the end: "),
    ("--check=test $CURFEW_WHEN = end", "--check failed after the restart"),
    ("--prepare=echo gone wrong; false", "--prepare failed: gone wrong"),
])
def test_a_command_that_fails_in_the_baseline_is_said(probe, option, message):
    outcome = probe("good_status", option)
    assert outcome.status == 3, outcome
    assert message in outcome.stderr


def test_a_workload_makes_steady_points(probe):
    options = ["--phase=steady", CHECK]
    without = probe("good_intake", *options)
    busy = probe("good_intake", *options, f"--workload={WORKLOAD}")
    assert (without.status, busy.status) == (0, 0), (without, busy)
    assert busy.summary["executions"] > without.summary["executions"] + 10


def test_phases_divide_the_points(probe):
    counts = {phase: probe("good_intake", f"--phase={phase}", "--points=1000").summary["executions"]
              for phase in ["startup", "steady", "all"]}
    assert counts["startup"] > 0 < counts["steady"]
    assert counts["startup"] + counts["steady"] == counts["all"], counts


@pytest.mark.parametrize("target", ["main", "process"])
def test_a_signal_for_one_process_does_not_end_a_pair(probe, target):
    outcome = probe([AWKWARD, "pair"], f"--target={target}")
    assert outcome.status == 3, outcome
    assert "do not end" in outcome.stderr


def test_a_signal_for_the_group_ends_a_pair(probe):
    outcome = probe([AWKWARD, "pair"], "--target=group", "--phase=steady")
    assert outcome.status == 0, outcome
    assert outcome.summary["clean"] > 0


@pytest.mark.parametrize("program,option", [
    ("bad_status", "--expect-status=5"),
    ("bad_status", "--early-status=0,143,5"),
    ("bad_pidfile", "--allow-left=/tmp/control.*"),
])
def test_what_is_allowed_is_no_finding(probe, program, option):
    outcome = probe(program, option)
    assert outcome.status == 0, outcome
    assert outcome.summary["clean"] > 0


def test_what_is_forbidden_is_a_finding_even_after_a_clean_stop(probe):
    assert probe([AWKWARD, "leaves"]).status == 0
    outcome = probe([AWKWARD, "leaves"], "--forbid-left=/tmp/awkward.*", "--retry=1")
    assert outcome.status == 1, outcome
    assert [failure["detail"] for failure in outcome.failures] == ["left behind: file /tmp/awkward.left"]


def test_a_stale_file_matters_only_with_restart(probe):
    outcome = probe("bad_stale", "--retry=1")
    assert [failure["verdict"] for failure in outcome.failures] == ["leftover"], outcome


def test_a_check_and_a_restart_that_fail_are_both_explained(probe):
    check = "test $CURFEW_WHEN = restart || test ! -e /tmp/control.lock"
    outcome = probe("bad_stale", "--restart", f"--check={check}", "--retry=1")
    assert [failure["verdict"] for failure in outcome.failures] == ["owing"], outcome
    detail = outcome.failures[0]["detail"]
    assert "data was lost: --check failed after the end" in detail
    assert "does not start again: exit status 6" in detail


READY = ["tcp:8080", "udp:8081", "unix:/tmp/awkward.socket", "file:/tmp/awkward.left", "log:^read.$",
         "cmd:test -e /tmp/awkward.left"]


@pytest.mark.parametrize("conditions", [[condition] for condition in READY] + [READY])
def test_conditions_of_ready_hold(probe, conditions):
    words = [f"--ready={condition}" for condition in conditions]
    outcome = probe([AWKWARD, "listens"], *words, "--points=4", common=["--quiet", "--deadline=500ms"])
    assert outcome.status == 0, outcome
    assert outcome.summary["reached"] == 4


@pytest.mark.parametrize("condition", ["tcp:8082", "udp:8080", "unix:/tmp/other", "file:/tmp/other", "log:^eady",
                                       "cmd:false"])
def test_conditions_of_ready_do_not_hold(probe, condition):
    outcome = probe([AWKWARD, "listens"], f"--ready={condition}", "--start=500ms", common=["--quiet"])
    assert outcome.status == 3, outcome
    assert "not ready in time" in outcome.stderr


@pytest.fixture
def everyones_awkward():
    """The program where any user may execute it, which a build below a home directory is not."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield shutil.copy(AWKWARD, folder)


def test_user_and_environment_reach_the_program(probe, everyones_awkward):
    script = f'echo "$WORD $(id -un)"; exec {everyones_awkward} serve'
    common = ["--quiet", "--env=WORD=hello", "--user=nobody", "--ready=log:^hello nobody$"]
    outcome = probe(["/bin/sh", "-c", script], "--points=5", common=common)
    assert outcome.status == 0, outcome


def test_an_unknown_user_is_said(probe):
    outcome = probe("good_status", "--user=nosuchuser")
    assert outcome.status == 3, outcome
    assert "no user 'nosuchuser'" in outcome.stderr


@pytest.mark.parametrize("option", ["--save=/proc/nowhere", "--save=/dev/null", "--junit=/nonexistent/report.xml"])
def test_what_cannot_be_written_is_said_before_the_runs(probe, option):
    outcome = probe("bad_status", option)
    assert outcome.status == 3, outcome
    assert "cannot save in" in outcome.stderr or "cannot write" in outcome.stderr
    assert outcome.failures == []


def test_the_command_line_wins_over_the_file(probe, tmp_path):
    config = tmp_path / "probe.yaml"
    config.write_text(f"name: mine\ncommand: [{PROGRAMS}/good_status]\nready: ['tcp:1']\npoints: 50\n")
    done = run("probe", "--json", "--quiet", f"--config={config}", "--ready=log:ready", "--points=4")
    assert done.returncode == 0, done
    assert '"program":"mine"' in done.stdout and '"executions":4' in done.stdout


def test_several_cases_replay_in_one_go(probe, replay, tmp_path):
    paths = []
    for name in ["bad_status", "bad_pidfile"]:
        paths.append(probe(name, "--retry=1", f"--save={tmp_path}").failures[0]["file"])
    done = run("replay", "--json", "--times=2", *paths)
    assert done.returncode == 1, done
    assert done.stdout.count('"as_found":2') == 2


def test_a_list_of_words_in_a_file_is_taken_whole(probe, tmp_path):
    config = tmp_path / "probe.yaml"
    config.write_text(f"command: [{PROGRAMS}/good_status]\nsignal: [TERM, INT]\nready: 'log:ready'\npoints: 40\n")
    done = run("probe", "--json", "--quiet", f"--config={config}", "--fail-on=hang", "--save", tmp_path)
    assert done.returncode == 0, done
    config.write_text(f"command: [{PROGRAMS}/good_status]\npoints: [1, 2]\n")
    done = run("probe", f"--config={config}")
    assert done.returncode == 2 and "line 2: not a value for 'points'" in done.stderr, done


def test_a_program_without_a_handler_is_said(probe):
    done = run("probe", "--quiet", "--points=5", "--", "sleep", "100")
    assert done.returncode == 0, done
    assert "it never had a handler" in done.stdout


def test_a_program_that_prints_without_end_is_refused_in_one_line(probe):
    outcome = probe(["yes", "again"], "--start=1s", common=["--quiet"])
    assert outcome.status == 3, outcome
    assert len(outcome.stderr.splitlines()) == 1
    assert "not ready in time" in outcome.stderr and "again" in outcome.stderr


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_configuration_is_understood(path):
    """Points of 0 are refused, but only once the file has been read and all before it is right."""
    done = run("probe", f"--config={path}", "--points=0")
    assert "--points is 1 to" in done.stderr, done
    words = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert words["name"] == path.stem and words["packages"] and words["ready"]


def test_there_are_configurations_for_daemons_and_samples():
    names = {path.stem for path in CONFIGS.glob("*.yaml")}
    assert names >= {*DAEMONS, "sample-python", "sample-node", "sample-cxx"}


@pytest.mark.parametrize("option,message", [
    ("--phase=evening", "no such phase 'evening'"),
    ("--at=after", "no such mode 'after'"),
    ("--target=all", "no such target 'all'"),
    ("--signal=TERM,INT,HUP,QUIT,USR1,USR2,PIPE,ALRM,CHLD", "more than 8 signals"),
    ("--signal=65", "no such signal '65'"),
    ("--signal=RTMIN+31", "no such signal 'RTMIN+31'"),
    ("--second=TERM@+9..2", "cannot read --second 'TERM@+9..2'"),
    ("--second=TERM@+1..2x", "cannot read --second 'TERM@+1..2x'"),
    ("--fail-on=hang,bang", "no such verdict 'bang'"),
    ("--expect-status=zero", "'zero' is no exit status"),
    ("--early-status=256", "'256' is no exit status"),
    ("--ready=tcp:0", "no such port"),
    ("--ready=tcp:80x", "no such port"),
    ("--ready=log:(", "not a regular expression"),
    ("--ready=8080", "want tcp:"),
    ("--ready=file:", "names nothing"),
    ("--env=WORD", "is not NAME=VALUE"),
    ("--jobs=5000", "--jobs is 0 to 1024"),
    ("--points=9999999", "--points is 1 to"),
    ("--deadline=0", "must be more than 0"),
    ("--isolate=jail", "'ns' or 'none'"),
])
def test_nonsense_is_refused_before_anything_runs(option, message):
    done = run("probe", option, "--", "/nonexistent/program")
    assert done.returncode == 2, done
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2, done
