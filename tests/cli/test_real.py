# SPDX-License-Identifier: MIT
"""Scenarios and programs under real time: the results are right, and can be repeated."""
import re
import resource
import shlex
import sys

import pytest

from support import CURFEW, curfew, events, marked_processes, real


def summary(done):
    return events(done.stdout)["summary"][0]


def test_whole_catalogue_passes_and_leaves_nothing(tmp_path):
    done = real("--seed=1", "--runs=2", "--json", env={"TMPDIR": str(tmp_path)})
    found = events(done.stdout)
    assert done.returncode == 0, [failure["reasons"] for failure in found.get("failure", [])]
    assert len(found["scenario"]) >= 25
    assert all(scenario["executions"] == 2 for scenario in found["scenario"])
    assert list(tmp_path.iterdir()) == []
    assert marked_processes(str(tmp_path)) == []


def test_64_workers_and_a_storm_of_10000_signals():
    done = real("--seed=2", "--runs=3", "--json", "workers-64", "storm-usr1", "storm-hup")
    assert done.returncode == 0, done.stdout
    sent = {scenario["name"]: scenario["signals"] for scenario in events(done.stdout)["scenario"]}
    assert sent == {"workers-64": 3, "storm-usr1": 30003, "storm-hup": 30003}


@pytest.mark.parametrize("flavour", ["plain", "asan"])
def test_other_flavours_pass(flavour):
    done = real(f"--flavour={flavour}", "--runs=5", "event-shared", "int-twice", "everything")
    assert done.returncode == 0, done.stdout


def test_signals_before_ready_are_early_deaths_and_no_failures():
    done = real("--seed=3", "--runs=10", "--json", "term-at-start")
    assert done.returncode == 0, done.stdout
    assert 1 <= summary(done)["early"] <= 10


def test_reproduce_line_repeats_verdict_and_times():
    first = real("--seed=4", "--runs=3", "bad-skip")
    assert first.returncode == 1
    line = re.search(r"^reproduce: (.*)$", first.stdout, re.MULTILINE).group(1)
    words = shlex.split(line)
    assert words[0] == "curfew"
    second = curfew(*words[1:])
    assert second.returncode == 1
    delay = re.compile(r"drawn: .*")
    assert delay.search(second.stdout).group() == delay.search(first.stdout).group()
    assert line in second.stdout


def test_execution_seeds_differ_and_the_first_is_the_campaigns():
    done = real("--seed=0x10", "--runs=3", "--keep-going", "--jobs=1", "--json", "bad-status", "bad-skip")
    found = events(done.stdout)
    assert found["start"][0]["seed"] == "16"
    assert {failure["seed"] for failure in found["failure"]} == {"16"}  # Later ones are of the same kind.


def test_without_keep_going_the_round_of_the_first_failure_is_the_last():
    done = real("--seed=5", "--runs=50", "--jobs=1", "--json", "good-status", "bad-status", "good-skip")
    executions = [scenario["executions"] for scenario in events(done.stdout)["scenario"]]
    assert done.returncode == 1
    assert executions == [1, 1, 1]


def test_time_bounds_the_campaign():
    done = real("--time=1s", "--json", "event-polled")
    assert done.returncode == 0, done.stdout
    assert summary(done)["executions"] >= 1
    assert summary(done)["seconds"] >= 0.9


def test_scenario_file_and_overriding_signals(tmp_path):
    (tmp_path / "mine").write_text("# mine\none: poll wait\n\ntwo: cond | main=sigwait\n")
    done = real("--runs=2", "--signals=HUP,TERM", "--json", "@mine", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    found = events(done.stdout)["scenario"]
    assert [scenario["name"] for scenario in found] == ["one", "two"]
    assert all("signals=HUP,TERM" in scenario["scenario"] and scenario["signals"] == 4 for scenario in found)


# A program that is no scenario: it speaks the notify protocol, and stops on TERM.  It blocks TERM before it is
# ready: a handler and pause() would lose the signal that comes between the two, and curfew does find that.
NOTIFIER = """
import os, signal, socket, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
address = os.environ['NOTIFY_SOCKET'].replace('@', chr(0), 1)
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'READY=1', address)
signal.sigwait([signal.SIGTERM])
sys.exit(int(sys.argv[1]))
"""


def test_program_that_says_ready_gets_its_signal():
    done = real("--runs=5", "--signals=TERM@ready", "--json", "--", sys.executable, "-c", NOTIFIER, "0")
    assert done.returncode == 0, done.stdout
    assert summary(done)["signals"] == 5


def test_program_with_unexpected_status_fails_unless_expected():
    done = real("--runs=1", "--", sys.executable, "-c", NOTIFIER, "7")
    assert done.returncode == 1
    assert "status: exit status 7, expected 0" in done.stdout
    assert real("--runs=2", "--expect-status=7", "--", sys.executable, "-c", NOTIFIER, "7").returncode == 0


@pytest.mark.parametrize("arguments, missing, hint, anchor", [
    ([], "did not begin to handle SIGTERM", "--signals=TERM@start", "handled"),
    (["--signals=INT,INT"], "did not begin to handle SIGINT", "--signals=INT@start", "handled"),
    (["--signals=TERM@ready"], "did not send READY=1", "--signals=TERM@handled", "ready"),
])
def test_program_whose_anchor_never_comes_cannot_be_judged(arguments, missing, hint, anchor):
    done = real("--runs=1", "--deadline=500ms", *arguments, "--", "sleep", "1000")
    assert done.returncode == 3
    assert missing in done.stdout and hint in done.stdout
    assert f"not sent (its anchor did not come: {anchor})" in done.stdout
    assert "the program ended before" not in done.stdout


# Handles all that the plans below send; the TERM that ends it may come with another one pending.
HANDLER = """
import signal, sys
stops = {signal.SIGTERM, signal.SIGINT, signal.SIGUSR1}
signal.pthread_sigmask(signal.SIG_BLOCK, stops)
while signal.sigwait(stops) == signal.SIGUSR1:
    pass
"""


@pytest.mark.parametrize("plan, signals", [("TERM", 1), ("USR1*100,TERM", 101)])
def test_plan_without_an_anchor_counts_from_when_the_program_handles_it(plan, signals):
    done = real("--runs=3", f"--signals={plan}", "--json", "--", sys.executable, "-c", HANDLER)
    assert done.returncode == 0, done.stdout
    assert (summary(done)["signals"], summary(done)["early"]) == (3 * signals, 0)


@pytest.mark.parametrize("plan", ["TERM,TERM", "USR1,TERM"])
def test_second_signal_counts_from_the_first(plan):
    # It may have ended by the first before the second is due.
    done = real("--runs=3", f"--signals={plan}", "--json", "--", sys.executable, "-c", HANDLER)
    assert done.returncode == 0, done.stdout
    assert summary(done)["early"] == 0 and 3 <= summary(done)["signals"] <= 6


def test_signal_of_a_program_counts_from_when_it_is_handled():
    done = real("--runs=5", "--json", "--", sys.executable, "-c", NOTIFIER, "0")
    assert done.returncode == 0, done.stdout
    assert (summary(done)["signals"], summary(done)["early"]) == (5, 0)


def test_256_executions_at_once_and_limits_that_stay_the_programs_own():
    program = 'test "$(ulimit -Sn)" = 512'
    done = real("--runs=512", "--jobs=256", "--signals=none", "--json", "--", "sh", "-c", program,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (512, 4096)))
    assert done.returncode == 0, done.stderr
    assert summary(done)["executions"] == 512


def test_sigwait_that_swallows_the_first_signal_is_lost():
    # While sigwait waits, the kernel shows its signals as if they were neither blocked nor caught.
    program = ("import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [15]); "
               "signal.sigwait([15]); signal.sigwait([15])")
    done = real("--runs=2", "--deadline=1s", "--json", "--", sys.executable, "-c", program)
    assert done.returncode == 1
    assert events(done.stdout)["failure"][0]["earned"] == ["lost"]


def test_program_that_dies_in_every_execution_before_it_handles_the_signal_is_not_judged():
    done = real("--runs=5", "--signals=TERM@start", "--json", "--", "sleep", "1000")
    assert done.returncode == 3, done.stdout
    assert (summary(done)["early"], summary(done)["failures"], summary(done)["verdict"]) == (5, 0, "unsupported")
    program, = events(done.stdout)["scenario"]
    assert program["verdict"] == "unsupported"
    assert program["reason"].startswith("it died before it handled the signal in every execution:")
    assert "--expect-status=143" in program["reason"]
    assert real("--runs=2", "--signals=TERM@start", "--expect-status=143", "--", "sleep", "1000").returncode == 0


REASON = "unsupported: true: it ended by itself before any signal was sent: --signals=none if that is meant\n"


@pytest.mark.parametrize("plan", ["TERM", "INT,INT", "TERM@ready", "USR1*10,TERM>worker"])
def test_program_that_ends_before_any_signal_is_not_judged(plan, tmp_path):
    path = tmp_path / "junit.xml"
    done = real("--runs=4", f"--signals={plan}", f"--junit={path}", "--", "true")
    assert done.returncode == 3
    assert REASON in done.stdout and "pass" not in done.stdout
    assert 'errors="1"' in path.read_text() and "--signals=none" in path.read_text()
    quiet = real("--runs=4", f"--signals={plan}", "--quiet", "--", "true")
    assert (quiet.returncode, quiet.stdout) == (3, REASON)
    assert real("--runs=4", "--signals=none", "--", "true").returncode == 0


def test_one_verdict_against_the_program_counts_more_than_signals_that_met_nobody():
    assert real("--runs=3", "--", "false").returncode == 1


def test_scenarios_may_end_without_a_signal():
    done = real("--runs=2", "--json", "worker-fails")
    assert done.returncode == 0 and events(done.stdout)["scenario"][0]["reason"] is None


def test_program_that_crashes_by_a_signal_nobody_sent():
    done = real("--runs=1", "--signals=none", "--", "sh", "-c", "kill -SEGV $$")
    assert done.returncode == 1
    assert "crash: killed by signal 11 (SIGSEGV)" in done.stdout


def test_curfew_finds_itself_by_relative_path():
    done = curfew("list", executable=str(CURFEW))
    assert done.returncode == 0


NAMES_ITSELF = """
import ctypes, os, socket, threading, time
ready, stopped = threading.Event(), threading.Event()
def work():
    ready.wait()
    time.sleep(0.1)  # starved, as on a busy machine
    {names}
    stopped.wait()
import signal
signal.signal(signal.SIGTERM, lambda *unused: stopped.set())
threading.Thread(target=work).start()
address = os.environ["NOTIFY_SOCKET"].replace("@", chr(0), 1)
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"READY=1", address)
ready.set()
while not stopped.is_set():
    time.sleep(0.01)
"""


@pytest.mark.parametrize("names, signals, verdict", [
    ('ctypes.CDLL(None).prctl(15, b"late", 0, 0, 0)', 2, "pass"),
    ("pass", 0, "unsupported"),  # it never does
])
def test_signal_waits_for_a_thread_that_has_not_named_itself_yet(names, signals, verdict):
    done = real("--runs=2", "--deadline=2s", "--signals=TERM@ready>late", "--json", "--", sys.executable, "-c",
                NAMES_ITSELF.format(names=names))
    assert (summary(done)["signals"], summary(done)["verdict"]) == (signals, verdict), done.stdout
