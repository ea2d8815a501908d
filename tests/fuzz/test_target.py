# SPDX-License-Identifier: MIT
"""The scenario program as a fuzz target: executions in one process are those of fresh processes."""
import os
import re
import subprocess

import pytest

from support import BASES, BOUND_S, BUILD, FLAVOURS, MEMORY, curfew, head, record, scenario

BLIND = {flavour: BUILD / f"bin/fuzz-scenario-{flavour}-blind" for flavour in (*FLAVOURS, "asan")}
MIXES = (("wait*2", "cond"), ("queue", "poll"), ("io", "accept", "file"), ("pool", "early"), ("spawn", "daemon"),
         ("lock*2", "stages"), ("stop", "wait"), ("phase*2", "class", "exit"))


def blind(flavour, *arguments, **variables):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CURFEW_")}
    return subprocess.run([BLIND[flavour], *map(str, arguments)], capture_output=True, text=True, timeout=BOUND_S,
                          env={**environment, "CURFEW_FUZZ_TELL": "1", **variables}, stdin=subprocess.DEVNULL)


def told(done):
    return re.findall(r"^curfew-fuzz: (\w+): .*\((\d+) steps, hash ([0-9a-f]{16})\)$", done.stderr, re.M)


def cases(tmp_path):
    """Different in all that a case can say."""
    for number, mix in enumerate(MIXES * 2):
        data = head(1000 + number, BASES[number % 4], 100)
        data += scenario(*mix, main=("wait", "sigwait", "signalfd", "sigsuspend", "join", "loop", "flags")[number % 7],
                         signals=(("TERM",), ("USR1", "INT"), ("INT", "INT"))[number % 3])
        data += record("signal", "running", number) + record("switch", "running", 2 * number, number)
        data += record("reseed", "stopping", number, number) + record("timeout", "joining", 3)
        path = tmp_path / f"{number:02}"
        path.write_bytes(data)
        yield path


def test_in_one_process_as_in_fresh_ones_in_both_flavours(tmp_path):
    paths = list(cases(tmp_path))
    alone = []
    for path in paths:
        done = [told(blind(flavour, path)) for flavour in FLAVOURS]
        assert len(done[0]) == 1 and done[0] == done[1], path
        replayed = curfew("replay", "--json", "--flavour=fast", path)
        verdict = re.search(r'"event":"scenario".*"verdict":"(\w+)".*"steps":(\d+)', replayed.stdout)
        assert done[0][0][:2] == verdict.groups(), (path, replayed)
        alone += done[0]
    assert len({each[2] for each in alone}) > len(paths) // 2  # or they are all the same
    # Those that end the process (a second signal forces the end while workers live) end the list, too.
    for flavour in FLAVOURS:
        left = list(zip(paths, alone))
        processes = 0
        while left:
            together = told(blind(flavour, *(path for path, _ in left)))
            assert together == [each for _, each in left[:len(together)]] and together
            left = left[len(together):]
            processes += 1
        assert processes < len(paths) // 2


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_failure_has_the_hash_of_its_replay(tmp_path, flavour):
    path = tmp_path / "case"
    for seed in range(1, 6):
        path.write_bytes(head(seed, "random", 90) + scenario("ignore", "wait") + record("signal", "running", 9 * seed))
        done = blind(flavour, path, CURFEW_FUZZ_DEFECTS="1")
        replayed = curfew("replay", path)
        assert done.returncode == -6 and done.stderr.count("\n") == 1, done  # one line, and a real abort
        (verdict, _, identity), = told(done)
        assert f"verdict: {verdict}\n" in replayed.stdout and f"hash: {identity}\n" in replayed.stdout


def test_address_sanitizer_changes_no_execution():
    fast, asan = (told(blind(flavour, "--runs=300", CURFEW_FUZZ_SCENARIO="wait*2 poll | signals=TERM", **MEMORY))
                  for flavour in ("fast", "asan"))
    assert len(fast) == 300 and fast == asan


def test_a_use_of_freed_memory_is_found_by_the_asan_flavour_only():
    def executed(program):
        return subprocess.run([BUILD / f"bin/fuzz-{program}-blind", "--runs=2000"], capture_output=True, text=True,
                              timeout=BOUND_S, check=False, stdin=subprocess.DEVNULL,
                              env={**os.environ, **MEMORY, "CURFEW_FUZZ_SCENARIO": "wait*2 poll | signals=none"})
    for program in ("bad-fast", "good-fast", "good-asan"):
        done = executed(program)
        assert done.returncode == 0 and done.stdout.startswith("2000 executions"), (program, done)
    bad = executed("bad-asan")
    assert bad.returncode == -6 and "ERROR: AddressSanitizer: heap-use-after-free" in bad.stderr, bad


def test_a_race_ends_the_tsan_flavour_only(tmp_path):
    path = tmp_path / "case"
    path.write_bytes(head(3, "random", 90) + scenario("race") + record("signal", "running", 60))
    options = "halt_on_error=1:abort_on_error=1:symbolize=0:report_thread_leaks=0"
    assert [blind(flavour, path, CURFEW_FUZZ_DEFECTS="1", TSAN_OPTIONS=options).returncode
            for flavour in FLAVOURS] == [0, -6]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_many_executions_in_one_process_are_the_same_twice(tmp_path, flavour):
    path = tmp_path / "case"
    path.write_bytes(head(3, "random", 90) + scenario("wait*2", "poll"))
    first, second = (blind(flavour, "--runs=600", f"--case={path}") for _ in range(2))
    assert first.returncode == 0 and "600 executions" in first.stdout, first
    assert len(told(first)) == 600 and told(first) == told(second)
    assert len({each[2] for each in told(first)}) > 300
    assert re.search(r"/s, (\d+) counters", first.stdout)[1] == re.search(r"/s, (\d+) counters", second.stdout)[1]


def test_what_it_cannot_run_is_declined(tmp_path):
    path = tmp_path / "case"
    for body in (scenario("ignore"), scenario("wait", main="swallow"), scenario("wait*65"), b"\x01\x00"):
        path.write_bytes(head(3) + body)
        done = blind("fast", path)
        assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


@pytest.mark.parametrize("variables,said", (
    ({"CURFEW_FUZZ_SCENARIO": "pol"}, "cannot read $CURFEW_FUZZ_SCENARIO"),
    ({"CURFEW_FUZZ_FEATURES": "signal,end,moon"}, "unknown word in $CURFEW_FUZZ_FEATURES"),
    ({"CURFEW_FUZZ_DIR": "/nonexistent"}, "cannot open the directory for the program ($CURFEW_FUZZ_DIR or $TMPDIR)")))
def test_bad_environment_is_one_line(tmp_path, variables, said):
    path = tmp_path / "case"
    path.write_bytes(head(3) + scenario("wait"))
    done = blind("fast", path, **variables)
    assert (done.returncode, done.stderr) == (3, f"curfew-fuzz: {said}\n")


def test_features_can_be_switched_off(tmp_path):
    path = tmp_path / "case"
    path.write_bytes(head(3) + scenario("wait"))
    counters = []
    for words in ("none", "end", "signal,end", "signal,end,result"):
        done = blind("fast", "--runs=50", f"--case={path}", CURFEW_FUZZ_FEATURES=words)
        counters.append(int(re.search(r"(\d+) counters", done.stdout)[1]))
    assert counters == sorted(set(counters)), counters
