# SPDX-License-Identifier: MIT
"""Programs that do what harnesses do not like: the right verdict, or one clear line."""
import os
import signal
import subprocess
import time

import pytest

from support import CONTROL, FLAVOURS, PROGRAMS, control, environment, run

EXPECTED = [
    ("fork", "pass", ""), ("exec", "pass", ""), ("spawn", "pass", ""), ("close-all", "pass", ""),
    ("exit-in-thread", "abandoned", "1 thread was alive"),
    ("exit-handlers-in-thread", "abandoned", "1 thread was alive"),
    ("own-segv", "status", "exit status 3, expected 0"), ("abort", "crash", "killed by SIGABRT"),
    ("threads", "pass", ""), ("stacks", "pass", ""), ("memory", "pass", ""), ("no-threads-left", "pass", ""),
    ("sleep-for-years", "pass", ""),
]


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("word, verdict, says", EXPECTED, ids=lambda value: str(value))
def test_hostile_program_is_judged(word, verdict, says, flavour):
    result = run("hostile", flavour, word, options=("--runs=10",))
    assert result.verdict == verdict, result
    assert says in (result.message or ""), result


def test_program_that_is_out_of_memory_gets_the_errors_of_its_calls():
    """ThreadSanitizer itself needs more room than any limit leaves."""
    result = run("hostile", "fast", "memory-limit", options=("--runs=10",))
    assert result.verdict == "pass", result


def test_program_without_the_runtime_is_refused_and_not_run(tmp_path):
    marker = tmp_path / "ran"
    result = control("run", "--runs=1", "--", "/usr/bin/touch", marker)
    assert result.status == 3 and "it is not linked with the runtime: build it with curfew-cc" in result.err, result
    assert not marker.exists()


def test_program_that_does_not_exist_is_named():
    result = control("run", "--runs=1", "--", "/nonexistent/program")
    assert result.status == 2 and "'/nonexistent/program'" in result.err, result


@pytest.mark.parametrize("strategy, because", (
    ("nonsense", "no such strategy"), ("pct:depth=0", "strategy 'pct' takes"),
    ("random:switch=2", "strategy 'random' takes"),
    ("random:", "run"), ("rr:x=1", "strategy 'rr' takes no parameters"), ("pct:depth", "strategy 'pct' takes")))
def test_bad_strategy_is_a_usage_error(strategy, because):
    result = run("good_race", "fast", options=(f"--strategy={strategy}", "--runs=1"))
    if strategy == "random:":
        assert result.status == 0, "no parameters are no parameters"
    else:
        assert result.status == 2 and because in result.err, result


def processes_of(program):
    """Pids whose executable is this program."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.readlink(f"/proc/{entry}/exe") == str(program):
                    found.append(int(entry))
            except OSError:
                pass
    return found


def test_killed_controller_leaves_nothing_behind():
    program = PROGRAMS / "bad_spin_forever-fast"
    child = subprocess.Popen([CONTROL, "run", "--runs=1000", "--cpu-ms=100000", "--", program],
                             env=environment(), stdout=subprocess.DEVNULL)
    bound = time.monotonic() + 60
    while len(processes_of(program)) < 2:  # the server and its execution
        assert time.monotonic() < bound
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    while processes_of(program):
        assert time.monotonic() < bound, "something stays"
        time.sleep(0.01)
