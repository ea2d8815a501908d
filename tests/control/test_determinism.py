# SPDX-License-Identifier: MIT
"""One seed, one trace: in both flavours, and whatever the machine does beside."""
import os
import shutil
import subprocess
import sys

import pytest

from support import BUILD, FLAVOURS, PROGRAMS, control, environment, run

SCENARIOS = [
    "fail poll wait cond | signals=none",
    "stop poll*2 io | signals=none",
    "stop*2 flag*2 cond | main=flags | signals=none",
    "stop pool*2 queue*2 | signals=none",
    "stop exit*3 wait lock cpu | signals=none",
    "stop accept*2 class*2 stages | signals=none",
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario_gives_equal_hashes_in_both_flavours(scenario):
    hashes = [control("run", "--runs=20", "--keep-going", "--hashes", "--quiet", "--",
                      BUILD / f"bin/curfew-scenario-control-{flavour}", scenario).hashes for flavour in FLAVOURS]
    assert len(hashes[0]) == 20
    assert hashes[0] == hashes[1]


@pytest.fixture(scope="module", params=FLAVOURS)
def seed_file(request, tmp_path_factory):
    """A hang with 5 threads, found and saved."""
    directory = tmp_path_factory.mktemp(request.param)
    result = run("bad_philosophers", request.param, "5", options=("--runs=300", f"--save={directory}"))
    assert result.failure == "hang", result
    (path,) = directory.iterdir()
    return path


def replay(path, times, *options, **more):
    result = control("replay", f"--times={times}", *options, path, **more)
    assert result.status == 1 and result.verdict == "hang", result
    assert (result.executions, result.failures, result.distinct) == (times, times, 1), result


def test_replays_on_an_idle_machine(seed_file):
    replay(seed_file, 1000 if "fast" in str(seed_file) else 200)


def test_replays_beside_busy_loops(seed_file):
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        replay(seed_file, 300 if "fast" in str(seed_file) else 60)
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def test_replays_with_address_randomisation(seed_file):
    replay(seed_file, 100, "--aslr")


def test_replays_from_another_directory(seed_file, tmp_path):
    replay(seed_file, 100, cwd=tmp_path)


def test_replays_with_a_larger_environment(seed_file):
    replay(seed_file, 100, env=environment() | {f"FILLER_{at}": "x" * 1000 for at in range(100)})


def test_replays_on_each_processor(seed_file):
    for cpu in sorted(os.sched_getaffinity(0))[:2]:
        replay(seed_file, 100, f"--cpu={cpu}")


def test_replays_under_strace(seed_file):
    if shutil.which("strace") is None:
        pytest.skip("no strace here")
    replay(seed_file, 5, wrapper=("strace", "-f", "-o", "/dev/null"))


def test_access_points_give_equal_hashes_and_more_steps():
    plain = run("good_race", "fast", options=("--runs=50", "--hashes"))
    results = [run("good_race", flavour, options=("--runs=50", "--hashes", "--points=access")) for flavour in FLAVOURS]
    assert results[0].hashes == results[1].hashes
    assert results[0].steps > plain.steps


def test_number_of_processors_is_the_controllers():
    assert run("hostile", "fast", "affinity", options=("--runs=3",)).status == 0
    result = run("hostile", "fast", "affinity", options=("--runs=3", "--cpus=2"))
    assert result.failure == "status", "the program checks that there are four"


def test_trace_is_readable():
    result = control("run", "--strategy=rr", "--runs=1", "--traces", "--", PROGRAMS / "good_lock_order-fast")
    assert "pthread_create -> thread 1  thread_start (common.h:" in result.out, result
    assert "pthread_mutex_lock 'first'  both (lock_order.c:" in result.out
    assert "pthread_join thread 1 (waits)" in result.out
