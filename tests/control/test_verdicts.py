# SPDX-License-Identifier: MIT
"""Every verdict that controlled execution gives has a program that must earn it, and a twin that must not."""
import re

import pytest

from support import FLAVOURS, SOURCES, run

# name, arguments, verdict, executions in which it must be found, what the report must say
FOUND = [
    ("lost_wakeup", (), "hang", 400, "waits in pthread_cond_wait 'changed'"),
    ("lock_order", (), "hang", 100, "waits in pthread_mutex_lock 'second', held by thread 2"),
    ("join_holding_lock", (), "hang", 100, "waits in pthread_mutex_lock 'lock', held by thread 0 'main'"),
    ("missed_broadcast", (), "hang", 100, "waits in pthread_cond_wait 'changed'"),
    ("philosophers", ("3",), "hang", 300, "waits in pthread_mutex_lock 'forks', held by thread 1"),
    ("philosophers", ("5",), "hang", 300, "waits in pthread_mutex_lock 'forks', held by thread 1"),
    ("philosophers", ("8",), "hang", 300, "waits in pthread_mutex_lock 'forks', held by thread 1"),
    ("spin_atomic", (), "livelock", 10, "is at atomic load 'ready'"),
    ("spin_plain", (), "livelock", 10, "is at many plain accesses"),
    ("spin_yield", (), "livelock", 10, "is at "),
    ("self_join", (), "misuse", 10, "a thread joins itself"),
    ("join_twice", (), "misuse", 10, "a thread was joined twice"),
    ("unlock_stranger", (), "misuse", 10, "unlocked by a thread that does not hold it"),
    ("destroy_in_use", (), "misuse", 300, "a condition variable was destroyed while a thread waits on it"),
    ("abandoned", (), "abandoned", 10, "1 thread was alive when the process ended"),
    ("crash", (), "crash", 100, "killed by SIGSEGV"),
    ("close_accept", (), "hang", 100, "waits in accept"),
    ("exit_frees", (), "crash", 1000, "killed by SIGSEGV"),
    ("exit_twice", (), "crash", 1000, "killed by SIGABRT"),
    ("unknown_thread", (), "unsupported", 1, "a thread runs that was not started through pthread_create"),
]
STATUS = {"unsupported": 3}
# These end the process while a thread lives, which is not what they are about.
LIVES = {"exit_frees": ("--allow-abandoned",), "exit_twice": ("--allow-abandoned",)}


@pytest.mark.parametrize("name, arguments, verdict, runs, says", FOUND, ids=lambda value: str(value))
def test_bad_program_earns_exactly_its_verdict_in_both_flavours(name, arguments, verdict, runs, says):
    options = (f"--runs={runs}", "--steps=20000", *LIVES.get(name, ()))
    results = [run(f"bad_{name}", flavour, *arguments, options=options) for flavour in FLAVOURS]
    for result in results:
        assert result.failure == verdict, result
        assert result.status == STATUS.get(verdict, 1), result
        assert says in result.out, result
        assert re.search(rf"{name}\.c:\d+\)", result.out) or name == "unknown_thread", result
    assert results[0].identity == results[1].identity


@pytest.mark.parametrize("name, arguments", sorted({row[:2] for row in FOUND}), ids=lambda value: str(value))
def test_good_twin_passes_in_both_flavours(name, arguments):
    results = [run(f"good_{name}", flavour, *arguments, options=(f"--runs={runs}", "--hashes"))
               for flavour, runs in (("fast", 500), ("tsan", 100))]
    for result in results:
        assert result.status == 0 and result.verdict == "pass", result
    assert results[0].hashes[:100] == results[1].hashes


def test_loop_without_a_step_is_a_livelock_not_a_hang():
    for flavour in FLAVOURS:
        result = run("bad_spin_forever", flavour, options=("--runs=1", "--cpu-ms=1000"))
        assert result.failure == "livelock" and "runs without taking a step" in result.message, result
    assert run("good_spin_forever", "fast", options=("--runs=100",)).status == 0


def test_call_that_blocks_outside_is_unsupported_and_names_function_and_caller():
    for flavour in FLAVOURS:
        result = run("bad_blocks_outside", flavour, options=("--runs=1", "--patience=1000"))
        assert result.failure == "unsupported" and result.status == 3, result
        place = r"in \w*fcntl\w* \(system call 72\) called from worker \(blocks_outside\.c:\d+\)"
        assert re.search(place, result.message), result
    assert run("good_blocks_outside", "fast", options=("--runs=100",)).status == 0


def test_race_is_reported_for_every_seed_and_never_for_its_twin():
    result = run("bad_race", "tsan", options=("--runs=100", "--keep-going", "--reports"))
    assert result.executions == 100 and result.failures == 100, result
    lines = set(re.findall(r"at adder \(race\.c:(\d+)\)", result.out))
    source = (SOURCES / "race.c").read_text().splitlines()
    assert lines == {str(1 + next(at for at, line in enumerate(source) if "counter++" in line))}, lines
    assert result.out.count("at thread_start (common.h:") == 200, "who started both threads"
    assert "runtime/" not in result.out and "__interceptor" not in result.out
    good = run("good_race", "tsan", options=("--runs=300",))
    assert good.status == 0, good


def test_status_is_judged():
    result = run("hostile", "fast", "unknown word", options=("--runs=1",))
    assert result.failure == "status" and result.message == "exit status 8, expected 0", result
    assert run("hostile", "fast", "unknown word", options=("--runs=1", "--expect-status=8")).status == 0
