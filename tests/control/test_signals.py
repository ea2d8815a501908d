# SPDX-License-Identifier: MIT
"""Signals of a plan: what only their exact moment can show, and what becomes of them."""
import ctypes
import os
import re
import signal

import pytest

from support import FLAVOURS, PROGRAMS, SOURCES, control, run

# name, plan, verdict, what the report must say
FOUND = [
    ("signal_pause", "TERM", "hang", "waits in wait for a signal"),
    ("signal_window", "TERM", "leftover", "window.pid"),
    ("signal_lock", "TERM", "hang", "waits in pthread_mutex_lock 'lock', held by itself"),
    ("signal_overwritten", "TERM,HUP", "livelock", "'last'"),
    ("signal_eintr", "USR1*3", "status", "exit status 1, expected 0"),
    ("signal_second", "INT*2", "status", "exit status 9, expected 0"),
    ("signal_timeout", "TERM", "hang", "waits in pthread_cond_wait 'changed'"),
]
RUNS = 1000
ACTS_USER = "--no-oracle=unsafe"  # some handlers lock and print: what comes of it is looked for here


@pytest.mark.parametrize("name, plan, verdict, says", FOUND, ids=lambda value: str(value))
def test_bad_program_earns_its_verdict_in_both_flavours(name, plan, verdict, says):
    results = [run(f"bad_{name}", flavour, options=(f"--runs={RUNS}", f"--signals={plan}", ACTS_USER))
               for flavour in FLAVOURS]
    for result in results:
        assert result.failure == verdict and result.status == 1, result
        assert says in result.out, result
    assert results[0].identity == results[1].identity


@pytest.mark.parametrize("name, plan", [row[:2] for row in FOUND], ids=lambda value: str(value))
def test_good_twin_passes_in_both_flavours(name, plan):
    results = [run(f"good_{name}", flavour, options=(f"--runs={runs}", "--hashes", f"--signals={plan}"))
               for flavour, runs in (("fast", RUNS), ("tsan", 60))]
    for result in results:
        assert result.status == 0 and result.verdict == "pass", result
        assert result.signals > 0, result
    assert results[0].hashes[:60] == results[1].hashes


def test_moments_are_everywhere():
    """Before main, at every step of a short program, and in exit: each is the moment of some seed."""
    result = run("good_signal_pause", "fast", options=("--runs=400", "--traces", "--signals=TERM*2"))
    traces = re.findall(r"^ +(\d+)  (\S+) .*$", result.out, re.M)
    sent = {int(step) for step, actor in traces if actor == "env"}
    assert sent >= set(range(6)), sorted(sent)
    last = re.findall(r"^ +\d+  env .*\n +\d+  0 main +exit", result.out, re.M)
    assert last, "right before the last step of exit"
    assert 0 < result.early < 400, result


def test_trace_shows_who_sent_whom_what_was_interrupted_and_the_handler():
    source = (SOURCES / "signal_eintr.c").read_text().splitlines()
    handler = 1 + next(at for at, line in enumerate(source) if line.startswith("static void on_usr1")) + 1
    for flavour in FLAVOURS:
        result = run("good_signal_eintr", flavour, options=("--runs=100", "--traces", "--signals=USR1"))
        assert re.search(r"^ +\d+  env +signal SIGUSR1 -> thread 0$", result.out, re.M), result
        taken = r"0 \S* +takes signal SIGUSR1 at sem_wait  take \(signal_eintr\.c:\d+\) in main \(signal_eintr\.c:\d+\)"
        assert re.search(rf"{taken}$", result.out, re.M), result
        assert re.search(rf"handler SIGUSR1  on_usr1 \(signal_eintr\.c:{handler}\)$", result.out, re.M), result


def test_signal_to_one_thread_waits_for_it_and_is_taken_by_it():
    result = run("good_signal_timeout", "fast", options=("--strategy=rr", "--runs=1", "--traces", "--signals=TERM>1"))
    assert result.status == 0 and "signal SIGTERM -> thread 1" in result.out, result


def test_signalfd_that_is_inherited_becomes_virtual_when_its_mask_is_set():
    usr1 = (ctypes.c_uint64 * 16)(1 << (signal.SIGUSR1 - 1))
    fd = ctypes.CDLL(None, use_errno=True).signalfd(-1, usr1, os.O_NONBLOCK)
    assert fd >= 0
    try:
        for flavour in FLAVOURS:
            result = run("signalfd_inherited", flavour, fd, options=("--runs=1",), pass_fds=(fd,))
            assert result.status == 0 and result.verdict == "pass", result
    finally:
        os.close(fd)


def test_signal_that_nobody_takes_is_lost():
    for flavour in FLAVOURS:
        result = run("signal_blocked", flavour, options=("--runs=20", "--signals=TERM"))
        assert result.failure == "lost" and "still pending at the end" in result.message, result
        assert run("signal_blocked", flavour, "ignore", options=("--runs=20", "--signals=TERM")).status == 0


def test_default_actions():
    for flavour in FLAVOURS:
        killed = run("signal_blocked", flavour, "default", options=("--runs=20", "--signals=TERM"))
        assert killed.status == 0 and 10 < killed.early == killed.signals <= 20, killed
        assert run("signal_blocked", flavour, "default", options=("--runs=20", "--signals=CHLD,URG,WINCH")).status == 0
        stopped = run("signal_blocked", flavour, "default", options=("--runs=1", "--signals=TSTP"))
        assert stopped.failure == "hang" and "nobody continues it" in stopped.message, stopped
        assert run("signal_blocked", flavour, "default", options=("--runs=20", "--signals=TSTP,CONT")).status == 0


def test_failure_with_signals_replays(tmp_path):
    for flavour in FLAVOURS:
        directory = tmp_path / flavour
        found = run("bad_signal_second", flavour,
                    options=(f"--runs={RUNS}", "--signals=INT*2", ACTS_USER, f"--save={directory}"))
        assert found.failure == "status", found
        (path,) = directory.glob("*.seed")
        assert "\nsignals: INT*2\n" in path.read_text()
        result = control("replay", "--times=100", path)
        assert (result.executions, result.failures, result.distinct) == (100, 100, 1), result


@pytest.mark.parametrize("plan, says", [
    ("TREM", "no such signal: 'TREM'"),
    ("TERM,,INT", "no such signal: ''"),
    ("TERM*0", "how often a signal is sent"),
    ("TERM>", "a thread is a number"),
    ("KILL", "cannot send 'KILL'"),
    ("RTMIN+40", "no such signal: 'RTMIN+40'"),
    (",".join(["TERM"] * 65), "more than 64 signals"),
])
def test_plan_that_is_wrong_is_a_usage_error(plan, says):
    result = run("good_signal_pause", "fast", options=("--runs=1", f"--signals={plan}"))
    assert result.status == 2 and says in result.err, result


def test_signal_may_come_before_the_worker_that_fails():
    """`signals=TERM` alone counts from the program's readiness on, but under control each step is a moment."""
    early = control("run", "--flavour=fast", "--runs=500", "fail | signals=TERM")
    assert early.status == 0 and early.verdict == "pass" and early.signals > 0, early
    none = control("run", "--flavour=fast", "--runs=500", "fail | signals=none")
    assert none.status == 0 and none.verdict == "pass", none
