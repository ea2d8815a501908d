# SPDX-License-Identifier: MIT
"""Many executions per process: what a seed gives does not depend on it."""
import json
import subprocess

import pytest

from support import FLAVOURS, PROGRAMS, run

SEEDS = 200


def hashes(name, flavour, *options, seeds=SEEDS):
    result = run(name, flavour, options=(f"--runs={seeds}", "--keep-going", "--hashes", "--quiet", *options))
    assert len(result.hashes) == seeds, result
    return result.hashes


@pytest.mark.parametrize("name", ["loop_stop", "loop_mix", "loop_random", "good_loop_hang", "bad_loop_hang"])
def test_rounds_give_the_traces_and_verdicts_of_forked_executions(name):
    forked = hashes(name, "fast", "--no-loop")
    assert hashes(name, "fast", "--jobs=1") == forked
    assert hashes(name, "tsan", "--jobs=1") == forked
    assert hashes(name, "tsan", "--no-loop", seeds=SEEDS // 4) == forked[:SEEDS // 4]
    assert hashes(name, "fast", "--jobs=2") == forked, "the number of jobs has no influence"
    if name == "bad_loop_hang":
        assert any(" hang " in line for line in forked) and any(" pass " in line for line in forked)


def test_shards_of_a_loop_are_the_parts_of_the_whole():
    whole = hashes("loop_stop", "fast")
    parts = [run("loop_stop", "fast", options=(f"--runs={SEEDS}", "--hashes", "--quiet", f"--shard={part}/2")).hashes
             for part in (1, 2)]
    assert sorted(parts[0] + parts[1]) == sorted(whole)
    assert parts[0] and parts[1]


def test_points_at_accesses_give_equal_hashes():
    forked = hashes("loop_stop", "fast", "--no-loop", "--points=access")
    assert hashes("loop_stop", "fast", "--points=access") == forked
    assert hashes("loop_stop", "tsan", "--points=access") == forked


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_rounds_that_are_not_independent_are_diverged(flavour):
    options = ("--runs=10", "--jobs=1")
    assert run("bad_loop_state", flavour, options=("--no-loop", *options)).verdict == "pass"
    result = run("bad_loop_state", flavour, options=options)
    assert result.failure == "diverged" and result.status == 3, result
    assert run("good_loop_state", flavour, options=options).verdict == "pass"


def test_race_between_threads_that_were_used_before_is_reported():
    """In the third round of each process; the fresh threads that confirm it are in a first one."""
    options = ("--runs=60", "--jobs=1", "--keep-going", "--reports", "--allow-abandoned")
    result = run("bad_loop_race", "tsan", options=options)
    assert result.failures >= 5 and result.failure == "diverged", result
    assert "race, then pass" in result.out, result
    assert run("bad_loop_race", "tsan", options=("--no-loop", *options)).verdict == "pass"


def test_rounds_do_not_race_with_each_other():
    result = run("good_loop_race", "tsan", options=(f"--runs={SEEDS}", "--jobs=1", "--allow-abandoned"))
    assert result.verdict == "pass" and result.executions == SEEDS, result


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_thread_that_nobody_knows_is_unsupported_in_the_round_that_starts_it(flavour):
    """Although the program takes away what the runtime looks at threads by."""
    result = run("bad_loop_stranger", flavour, options=("--runs=10", "--jobs=1"))
    assert result.failure == "diverged" and result.status == 3, result
    assert "unsupported, then pass" in result.out and result.executions == 3, result
    assert run("good_loop_stranger", flavour, options=("--runs=10", "--jobs=1")).verdict == "pass"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_executions_are_judged_alike_alone_and_behind_each_other(flavour):
    """With --output each is a command of its own.  What follows a pass is as if nothing had been before."""
    alone = hashes("batch", flavour, "--jobs=1", "--output")
    assert hashes("batch", flavour, "--jobs=1") == alone
    verdicts = {line.split()[1] for line in alone}
    assert verdicts >= {"pass", "leftover", "status", "owing", "crash", "abandoned", "hang"}, verdicts
    result = run("batch", flavour, options=(f"--runs={SEEDS}", "--keep-going", "--jobs=1", "--json"))
    texts = [json.loads(line).get("output") for line in result.out.splitlines()]
    assert "printed and failed\n" in texts and not any(text and "printed\n" in text for text in texts), texts


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_without_a_controller_the_program_makes_its_own_number_of_rounds(flavour):
    assert subprocess.run([PROGRAMS / f"loop_mix-{flavour}"], timeout=60).returncode == 0
    assert subprocess.run([PROGRAMS / f"bad_loop_state-{flavour}"], timeout=60).returncode == 0
