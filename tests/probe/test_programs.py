# SPDX-License-Identifier: MIT
"""Programs and machines of awkward kinds: they are judged, or it is said in one line why not."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

from conftest import BUILD, CURFEW, PROGRAMS, run
from controls import COMMON

AWKWARD = BUILD / "tests/probe/awkward"


def wait_until(condition, seconds=60):
    """Polls: what is waited for is outside this process and tells nobody."""
    limit = time.monotonic() + seconds
    while not condition() and time.monotonic() < limit:
        time.sleep(0.02)
    return condition()


def processes_with(mark):
    """Not the driver, which has the mark in its arguments too."""
    listing = subprocess.run(["ps", "-eo", "pid=,args="], text=True, capture_output=True, check=True).stdout
    return [line for line in listing.splitlines() if mark in line and str(CURFEW) not in line]


def test_a_program_that_daemonises_is_followed(probe):
    outcome = probe([AWKWARD, "daemon"])
    assert outcome.status == 0, outcome
    assert [event for event in outcome.events if event["event"] == "baseline"][0]["daemonises"]
    assert outcome.summary["clean"] > 0


def test_each_signal_of_a_list_is_delivered(probe):
    outcome = probe("good_status", "--signal=TERM,INT,QUIT", "--phase=startup", "--points=90")
    assert outcome.status == 0, outcome
    assert outcome.summary["executions"] == 90


def test_a_program_that_executes_itself_is_followed(probe):
    outcome = probe([AWKWARD, "exec"])
    assert outcome.status == 0, outcome
    assert outcome.summary["clean"] > 0


def test_64_threads_are_followed(probe):
    outcome = probe([AWKWARD, "threads"], "--points=40")
    assert outcome.status == 0, outcome
    assert outcome.summary["reached"] >= 36, outcome


def test_10000_calls_before_ready_are_few_sites(probe):
    outcome = probe([AWKWARD, "calls"], "--points=30")
    baseline = [event for event in outcome.events if event["event"] == "baseline"][0]
    assert outcome.status == 0, outcome
    assert baseline["calls"] >= 10000
    assert baseline["sites"] < 200
    assert outcome.summary["reached"] == outcome.summary["executions"]


def test_a_program_that_ends_by_itself_is_judged(probe):
    outcome = probe(["/bin/true"], common=["--quiet"])
    assert outcome.status == 0, outcome
    assert outcome.summary["reached"] > 10


def test_a_program_that_ignores_the_signal_cannot_be_judged(probe):
    outcome = probe([AWKWARD, "deaf"])
    assert outcome.status == 3, outcome
    assert "do not end" in outcome.stderr


def test_a_flaky_baseline_is_said(probe):
    outcome = probe([AWKWARD, "absent"])
    assert outcome.status == 3, outcome
    assert "baseline is unusable" in outcome.stderr


def test_a_program_that_cannot_be_executed_is_said(probe):
    outcome = probe(["/nonexistent/program"])
    assert outcome.status == 3, outcome
    assert "cannot execute '/nonexistent/program'" in outcome.stderr


def test_nothing_outside_is_changed(probe):
    """The control writes /tmp/control.pid in every run, and leaves it in many."""
    assert not os.path.exists("/tmp/control.pid")
    outcome = probe("bad_pidfile", "--retry=1")
    assert outcome.status == 1, outcome
    assert not os.path.exists("/tmp/control.pid")


def test_without_namespaces_the_weaker_form_is_said_and_works(probe):
    outcome = probe("bad_forgotten", "--isolate=none", "--retry=1")
    baseline = [event for event in outcome.events if event["event"] == "baseline"][0]
    assert "outside the scratch directory" in baseline["weaker"]
    assert [failure["verdict"] for failure in outcome.failures] == ["lost"], outcome
    assert probe("good_forgotten", "--isolate=none").status == 0


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root, to give it up")
def test_without_root_it_works_or_says_what_is_missing(tmp_path):
    program = tmp_path / "good_status"
    shutil.copy(PROGRAMS / "good_status", program)
    curfew = tmp_path / "curfew"
    shutil.copy(CURFEW, curfew)
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", curfew, "probe", *COMMON, "--", program]
    done = subprocess.run(words, text=True, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done
    assert re.search(r"0 findings", done.stdout), done


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make a container")
@pytest.mark.parametrize("wrap", [[], ["/bin/sh", "-c", '"$@"; exit $?', "sh"]], ids=["as-pid-1", "below-a-shell"])
def test_in_a_container_the_weaker_form_works(wrap):
    container = [BUILD / "tests/probe/container", *wrap, CURFEW, "probe", "--json", *COMMON]
    for program, verdicts in [("good_forgotten", []), ("bad_forgotten", ["lost"])]:
        done = subprocess.run([*container, "--retry=1", "--", PROGRAMS / program], text=True, capture_output=True,
                              timeout=120, check=False)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == (1 if verdicts else 0), done
        assert "cannot unshare: Operation not permitted" in events[0]["weaker"]
        assert [event["verdict"] for event in events if event["event"] == "failure"] == verdicts, done


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make a container")
def test_in_a_container_pid1_is_refused_in_one_line():
    done = subprocess.run([BUILD / "tests/probe/container", CURFEW, "probe", "--pid1", "--", "/bin/true"], text=True,
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == 3, done
    assert done.stderr == "curfew: true: --pid1 needs a PID namespace: cannot unshare: Operation not permitted\n"


def doctor_rows(*wrap):
    done = subprocess.run([*wrap, CURFEW, "doctor", "--json"], text=True, capture_output=True, timeout=120, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["need"]: row for row in rows if row.get("verb") == "probe"}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make a container")
def test_doctor_tells_what_probing_lacks_in_a_container():
    outside, inside = doctor_rows(), doctor_rows(BUILD / "tests/probe/container")
    assert outside["isolation of runs"]["ok"] and outside["tracing (else --untraced)"]["ok"], outside
    assert inside["tracing (else --untraced)"]["ok"], inside
    assert not inside["isolation of runs"]["ok"]
    assert inside["isolation of runs"]["state"] == "cannot unshare: Operation not permitted"


def test_without_namespaces_no_daemon_survives_its_run(probe):
    """It has cleared its environment and left its session: nothing but its parents tells whose it is."""
    mark = f"hermit-{os.getpid()}"
    outcome = probe([AWKWARD, "hermit", mark], "--isolate=none", "--points=20")
    assert outcome.status == 0, outcome
    assert outcome.summary["clean"] > 0
    assert not processes_with(mark)


@pytest.mark.parametrize("kind", ["daemon", "hermit"])
@pytest.mark.parametrize("isolate", ["ns", "none"])
def test_nothing_survives_a_driver_killed_by_sigkill(isolate, kind):
    mark = f"mark-{isolate}-{os.getpid()}"
    scratch = pathlib.Path(f"/tmp/probe-{os.getpid()}")
    scratch.mkdir(exist_ok=True)
    words = [CURFEW, "probe", "--quiet", f"--isolate={isolate}", "--start=60s", "--ready=file:/never", "--",
             AWKWARD, kind, mark]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    driver = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    running = f"{AWKWARD} {'serve' if kind == 'hermit' else kind} {mark}"
    assert wait_until(lambda: processes_with(running)), "the program never ran"
    assert os.listdir(scratch)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert wait_until(lambda: not processes_with(mark)), processes_with(mark)
    assert wait_until(lambda: not os.listdir(scratch))
    scratch.rmdir()


def test_an_interrupted_campaign_keeps_what_it_found(tmp_path):
    words = [CURFEW, "probe", "--json", "--ready=log:ready", "--deadline=500ms", "--jobs=1", "--seed=1", "--",
             PROGRAMS / "bad_status"]
    driver = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    first = driver.stdout.readline()
    assert '"baseline"' in first
    driver.send_signal(signal.SIGINT)
    rest = driver.stdout.read()
    assert driver.wait(timeout=60) == -signal.SIGINT
    assert '"event":"summary"' in rest


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a file system that is full")
def test_a_full_disk_under_save_is_said_and_leaves_no_half_case(tmp_path):
    script = f"""mount -t tmpfs -o size=4k none {tmp_path} && head -c 8000 /dev/zero >{tmp_path}/full 2>/dev/null
        {CURFEW} probe --quiet --ready=log:ready --deadline=500ms --retry=1 --save={tmp_path} -- {PROGRAMS}/bad_status
        echo "status $?"; ls {tmp_path}"""
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script], text=True, capture_output=True, timeout=120,
                          check=False)
    assert "cannot save in" in done.stderr, done
    assert "status 1" in done.stdout
    assert "case" not in done.stdout.split("status 1")[1], done


@pytest.mark.parametrize("words,message", [
    ([], "no program"),
    (["--signal=NOPE", "--", "true"], "no such signal 'NOPE'"),
    (["--seed=1", "--seed=2", "--", "true"], "given twice"),
    (["--points=x", "--", "true"], "'--points' cannot be 'x'"),
    (["--nonsense", "--", "true"], "--nonsense"),
    (["--config=/nonexistent.yaml"], "cannot open '/nonexistent.yaml'"),
    (["stray", "--", "true"], "'stray' is no option"),
])
def test_usage_errors_are_status_2_and_name_the_word(words, message):
    done = run("probe", *words)
    assert done.returncode == 2, done
    assert message in done.stderr


def test_replay_refuses_what_is_no_case(tmp_path):
    other = tmp_path / "other"
    other.write_text("something else\n")
    done = run("replay", other)
    assert done.returncode == 2
    assert "its first line names no kind of case" in done.stderr


@pytest.mark.parametrize("before,after,message", [
    (r"mode=\w+", "mode=never", "point: 'mode=never'"),
    (r"call=\w+", "call=nothing", "point: 'call=nothing'"),
    (r"occurrence=\d+", "occurrence=-1", "point: 'occurrence=-1'"),
    (r"offset=0x", "offset=zz", "point: 'offset=zz"),
    (r"signal=TERM", "signal=NOPE", "point: 'signal=NOPE'"),
    (r'  - "signal=TERM"\n', "", "no point"),
    (r"deadline: .*", "deadline: [1, 2]", "not a value for 'deadline'"),
    (r"deadline: .*", "deadlines: 1", "unknown key 'deadlines'"),
    (r"start: .*", "jobs: 99999", "--jobs is 0 to 1024"),
    (r"(?s)command:.*", "", "no point"),
    (r"(?s)point:.*", "\x00\x01", "control characters are not allowed"),
    (r"(?s)found:.*", "[" * 5000, "line "),
])
def test_an_edited_case_is_refused_in_one_line(tmp_path, before, after, message):
    case = tmp_path / "edited.case"
    text = (pathlib.Path(__file__).parent / "deadlock.case").read_text(encoding="utf-8")
    assert re.search(before, text)
    case.write_text(re.sub(before, after, text), encoding="utf-8")
    done = run("replay", case)
    assert done.returncode == 2, done
    assert message in done.stderr and len(done.stderr.splitlines()) == 1, done


def test_a_case_whose_site_is_gone_diverges(probe, replay, tmp_path):
    outcome = probe("bad_status", "--retry=1", f"--save={tmp_path}")
    path = outcome.failures[0]["file"]
    text = open(path, encoding="utf-8").read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(re.sub(r"occurrence=\d+", "occurrence=9999", text))
    again = replay(path, 2)
    assert again.status == 3, again
    assert again.events[-1]["verdicts"] == {"diverged": 2}


def test_junit_names_the_failure(probe, tmp_path):
    report = tmp_path / "junit.xml"
    probe("bad_status", "--retry=1", f"--junit={report}")
    assert '<failure type="status"' in report.read_text()


def test_fail_on_decides_the_status(probe):
    assert probe("bad_status", "--retry=1", "--fail-on=hang,crash").status == 0
    assert probe("bad_status", "--retry=1", "--fail-on=status").status == 1
