# SPDX-License-Identifier: MIT
"""Each family of calls gives what libc gives: the same programs natively and under control."""
import re
import subprocess

import pytest

from support import BOUND_S, FLAVOURS, PROGRAMS, environment, run

CALLS = ("c11", "cancel", "cond", "fd", "futex", "join", "jump", "mutex", "once", "others", "signal", "timer")


@pytest.mark.parametrize("name", CALLS)
def test_calls_under_control_pass_with_equal_traces(name):
    results = [run(f"calls_{name}", flavour, options=(f"--runs={runs}", "--hashes"))
               for flavour, runs in (("fast", 600), ("tsan", 60))]
    for result in results:
        assert result.status == 0 and result.verdict == "pass", result
    assert results[0].hashes[:60] == results[1].hashes
    assert results[0].distinct > 50, "schedules differ"


@pytest.mark.parametrize("strategy", ("rr", "pct:depth=2", "random:switch=1", "random:switch=0.01", "slice", "stall"))
def test_calls_pass_under_every_strategy(strategy):
    for name in CALLS:
        result = run(f"calls_{name}", "fast", options=(f"--strategy={strategy}", "--runs=100"))
        assert result.status == 0, result


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_calls_without_a_controller_run_natively(name, flavour):
    if name == "fd":
        pytest.skip("sleeps for ten minutes when time is real")
    if (name, flavour) == ("join", "tsan"):
        pytest.skip("ThreadSanitizer 14 cannot join the first thread")
    if (name, flavour) == ("once", "tsan"):
        pytest.skip("ThreadSanitizer's own pthread_once waits for ever for a thread that ended in it")
    if name in ("jump", "signal", "timer") and flavour == "tsan":
        pytest.skip("ThreadSanitizer delays a handler until its thread blocks")
    done = subprocess.run([PROGRAMS / f"calls_{name}-{flavour}"], timeout=BOUND_S, env=environment(),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


TIMELINE = [("epoll_wait without an event", 30), ("alarm", 90), ("timerfd", 240), ("timerfd", 480), ("sleep", 600)]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_ten_minutes_pass_at_once_and_each_clock_is_right(flavour):
    """Time is the machine's only when nobody can go on: rr never lets it pass before."""
    result = run("hour", flavour, options=("--strategy=rr", "--runs=1", "--traces", "--output"))
    assert result.status == 0, result
    assert re.findall(r"^(.*) at (\d+) s$", result.out, re.M) == [(what, str(when)) for what, when in TIMELINE]
    moves = [float(time) for time in re.findall(r"clock moves on to ([0-9.]+) s$", result.out, re.M)]
    assert moves == sorted(moves), result
    assert [round(time) for time in moves] == [when for _, when in TIMELINE], result
    assert "clock     signal SIGALRM -> thread 1" in result.out, result


def test_a_thread_may_end_in_a_handler_that_it_let_in():
    result = run("calls_jump", "fast", "thread", options=("--runs=50",))
    assert result.status == 0, result
    program = PROGRAMS / "calls_jump-fast"
    assert subprocess.run([program, "thread"], timeout=BOUND_S, env=environment(), check=False).returncode == 0


def test_time_is_virtual():
    result = run("calls_fd", "fast", options=("--runs=50",))
    assert result.status == 0, "a ten-minute sleep within the bound of this test"
