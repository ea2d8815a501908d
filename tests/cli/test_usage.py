# SPDX-License-Identifier: MIT
"""Help, lists and errors of the command line, word for word."""
import json
import os
import pathlib
import re
import subprocess

import pytest

from support import BUILD, curfew, is_one_line

SOURCE = pathlib.Path(os.environ.get("CURFEW_SOURCE_DIR", pathlib.Path(__file__).parents[2]))

COMMANDS = {
    "no-verb": [],
    "help": ["--help"],
    "version": ["--version"],
    "unknown-verb": ["frobnicate"],
    "unknown-option-first": ["--frobnicate"],
    "list": ["list"],
    "list-help": ["list", "--help"],
    "list-argument": ["list", "poll"],
    "run-help": ["run", "-h"],
    "doctor-help": ["doctor", "--help"],
    "sweep-help": ["sweep", "--help"],
    "sweep-bad-option": ["sweep", "--strategy=pct", "event-polled"],
    "run-not-controlled": ["run", "--", "/bin/true"],
    "run-real-and-controlled": ["run", "--real", "--strategy=pct"],
    "run-bad-shard": ["run", "--shard=0/3", "--", "true"],
    "run-bad-points": ["run", "--points=all", "--", "true"],
    "replay-help": ["replay", "--help"],
    "run-unknown-option": ["run", "--real", "--frobnicate=3"],
    "run-short-option": ["run", "--real", "-r", "3"],
    "run-repeated-option": ["run", "--real", "--runs=3", "--runs=3"],
    "run-repeated-flag": ["run", "--real", "--real"],
    "run-missing-value": ["run", "--real", "--seed"],
    "run-unwanted-value": ["run", "--real=yes"],
    "run-bad-runs": ["run", "--real", "--runs=0"],
    "run-bad-seed": ["run", "--real", "--seed=-1"],
    "run-bad-time": ["run", "--real", "--time=10"],
    "run-bad-time-unit": ["run", "--real", "--time=3d"],
    "run-bad-deadline": ["run", "--real", "--deadline=0s"],
    "run-bad-jobs": ["run", "--real", "--jobs=257"],
    "run-bad-flavour": ["run", "--real", "--flavour=fast"],
    "run-bad-control-flavour": ["run", "--flavour=plain"],
    "run-bad-signals": ["run", "--real", "--signals=TERM,KIL", "event-polled"],
    "run-empty-save": ["run", "--real", "--save="],
    "run-unknown-name": ["run", "--real", "event-poled"],
    "run-unknown-worker": ["run", "--real", "poll*3 wiat"],
    "run-unknown-clause": ["run", "--real", "poll | mian=wait"],
    "run-no-file": ["run", "--real", "@no-such-file"],
    "run-all-and-name": ["run", "--real", "--all", "event-polled"],
    "run-name-and-program": ["run", "--real", "event-polled", "--", "true"],
    "run-no-program": ["run", "--real", "--"],
    "run-missing-program": ["run", "--real", "--", "/no/such/program"],
    "run-not-executable": ["run", "--real", "--", "/etc/passwd"],
    "run-directory": ["run", "--real", "--", "/etc"],
    "run-expect-status-scenario": ["run", "--real", "--expect-status=1", "event-polled"],
    "run-flavour-program": ["run", "--real", "--flavour=plain", "--", "true"],
}
VERSION = re.compile(r"^curfew \d+\.\d+\.\d+$", re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_prints_what_it_should(name, golden):
    done = curfew(*COMMANDS[name])
    text = (f"$ curfew {' '.join(COMMANDS[name])}\n{done.stdout}--- stderr ---\n{done.stderr}"
            f"--- status {done.returncode} ---\n")
    golden(name, VERSION.sub("curfew VERSION", text))


@pytest.mark.parametrize("name", [name for name in COMMANDS if name.startswith("run-")
                                  and name not in ("run-help", "run-not-controlled")])
def test_error_is_one_line_with_status_2(name):
    done = curfew(*COMMANDS[name])
    assert done.returncode == 2
    assert done.stdout == ""
    assert is_one_line(done.stderr)


def test_scenario_file_with_wrong_line_names_it(tmp_path):
    (tmp_path / "mine").write_text("# two\nfirst: poll\nsecond: poll wiat\n")
    done = curfew("run", "--real", "@mine", cwd=tmp_path)
    assert done.returncode == 2
    assert is_one_line(done.stderr, "curfew run: mine:3:")
    assert "'wiat'" in done.stderr


def test_list_json_has_all_that_the_text_has():
    listed = json.loads(curfew("list", "--json").stdout)
    text = curfew("list").stdout
    for scenario in listed["scenarios"]:
        assert scenario["name"] in text and scenario["scenario"] in text and scenario["help"] in text
    for section in ("workers", "mains", "signals", "anchors", "exits", "strategies", "verdicts"):
        assert listed[section]
        for row in listed[section]:
            assert re.search(rf"^  {re.escape(row['word'])} +{re.escape(row['help'])}$", text, re.MULTILINE)


def test_doctor_is_content_with_a_machine_that_builds_curfew():
    done = curfew("doctor")
    assert done.returncode == 0, done.stdout
    assert re.search(r"^ready: 0 missing", done.stdout, re.MULTILINE)


def test_doctor_names_what_is_missing_and_what_mends_it(tmp_path):
    done = curfew("doctor", env={"CURFEW_LIBEXEC": str(tmp_path)})
    assert done.returncode == 3
    assert re.search(r"^run +scenario program, tsan +missing", done.stdout, re.MULTILINE)
    assert "mend: scripts/run" in done.stdout
    rows = [json.loads(line) for line in
            curfew("doctor", "--json", env={"CURFEW_LIBEXEC": str(tmp_path)}).stdout.splitlines()]
    missing = [row for row in rows if row["event"] == "need" and row["required"] and not row["ok"]]
    assert [row["need"] for row in missing] == ["scenario program, control-tsan", "scenario program, tsan"]
    assert rows[-1]["event"] == "summary" and rows[-1]["missing"] == 2


@pytest.mark.parametrize("flavour", ["tsan", "plain", "asan", "control-tsan", "control-fast", "control-asan"])
def test_doctor_mends_a_missing_scenario_program_by_what_builds_it(tmp_path, flavour):
    rows = [json.loads(line) for line in
            curfew("doctor", "--json", env={"CURFEW_LIBEXEC": str(tmp_path)}).stdout.splitlines()]
    row, = [row for row in rows if row.get("need") == f"scenario program, {flavour}"]
    if flavour in ("tsan", "control-tsan"):
        built = re.search(r"^ *prepare (.*)$", (SOURCE / "scripts/common.sh").read_text(), re.MULTILINE)[1].split()
        assert row["mend"].startswith("scripts/run ")
    else:
        built = re.search(r"cmake --build --preset dev --target (\S+)$", row["mend"])[1].split()
    assert f"curfew-scenario-{flavour}" in built
    # The build knows it by that name.
    subprocess.run(["ninja", "-C", BUILD, "-t", "query", f"curfew-scenario-{flavour}"], check=True,
                   stdout=subprocess.DEVNULL)


def test_run_without_scenario_programs_cannot_judge(tmp_path):
    done = curfew("run", "--real", "event-polled", env={"CURFEW_LIBEXEC": str(tmp_path)})
    assert done.returncode == 3
    assert is_one_line(done.stderr)
    assert "curfew-scenario-tsan" in done.stderr


@pytest.mark.parametrize("arguments, program", [
    (["run"], "control-tsan"), (["run", "--flavour=asan"], "control-asan"),
    (["sweep", "--flavour=asan"], "control-asan"), (["fuzz"], "control-tsan"),
    (["fuzz", "--flavour=asan"], "control-asan")])
def test_a_missing_scenario_program_is_named_in_one_line(tmp_path, arguments, program):
    done = curfew(*arguments, "event-polled", cwd=tmp_path, env={"CURFEW_LIBEXEC": str(tmp_path)})
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (f"curfew {arguments[0]}: cannot find the program 'curfew-scenario-{program}': build it, or "
                           "set CURFEW_LIBEXEC to its directory\n")
