# SPDX-License-Identifier: MIT
"""`curfew fuzz -- PROG`: programs that were built with curfew-cc, through their fork server."""
import json
import re
import shlex
import shutil
import subprocess

import pytest

from support import BUILD, SOURCE, curfew

ZOO = BUILD / "zoo"


def fuzz(tmp_path, *arguments, **options):
    return curfew("fuzz", "--output", tmp_path / "out", *arguments, **options)


@pytest.mark.parametrize("animal,verdict,signals", (
    ("gap_pause", "hang", "TERM"), ("wake_flag_unlocked", "hang", "none"), ("second_cleanup_twice", "crash", "none")))
def test_bad_animals_are_found_and_good_ones_are_not(tmp_path, animal, verdict, signals):
    good = fuzz(tmp_path, "--runs=400", f"--signals={signals}", "--", ZOO / f"good_{animal}")
    assert good.returncode == 0 and "pass: 401 executions" in good.stdout, good
    done = fuzz(tmp_path, "--runs=2000", "--findings=1", "--jobs=1", "--json", f"--signals={signals}", "--",
                ZOO / f"bad_{animal}")
    assert done.returncode == 1, done
    found, = [event for event in map(json.loads, done.stdout.splitlines()) if event["event"] == "failure"]
    assert found["verdict"] == verdict
    case, = (tmp_path / "out/findings").glob("*.case")
    seed, = (tmp_path / "out/findings").glob("*.seed")
    for replayed in (curfew("replay", case, "--", ZOO / f"bad_{animal}"), curfew("replay", seed)):
        assert replayed.returncode == 1 and f"hash: {found['hash']}\nverdict: {verdict}\n" in replayed.stdout
        line = re.search(r"^reproduce: curfew (.*)$", replayed.stdout, re.M).group(1)
        again = curfew(*shlex.split(line))
        assert again.returncode == 1 and f"hash: {found['hash']}\nverdict: {verdict}\n" in again.stdout, again


def test_twins_of_the_planted_defects_are_clean(tmp_path):
    planted = BUILD / "tests/bench/planted"
    for line in subprocess.run([planted, "--list"], capture_output=True, text=True, check=True).stdout.splitlines():
        name, plan, _ = line.split("\t")
        done = fuzz(tmp_path, "--runs=150", "--jobs=1", f"--signals={plan}", "--", planted, name, "good")
        assert done.returncode == 0, (name, done)


def test_a_use_of_freed_memory_is_found_with_address_sanitizer(tmp_path):
    for name, options in (("good", ("-fsanitize=address",)), ("blind", ("-DBAD",)),
                          ("bad", ("-DBAD", "-fsanitize=address"))):
        subprocess.run([BUILD / "bin/curfew-cc", "--flavour=fast", "-O1", "-D_GNU_SOURCE", *options,
                        SOURCE / "tests/control/programs/late_use.c", "-o", tmp_path / name], check=True)
        done = fuzz(tmp_path, "--runs=1000", "--jobs=1", "--findings=1", "--", tmp_path / name)
        assert done.returncode == (1 if name == "bad" else 0), (name, done)
    assert "\nFAIL crash: bad" in done.stdout and "AddressSanitizer: heap-use-after-free" in done.stdout, done
    case, = (tmp_path / "out/findings").glob("*.case")
    again = curfew("replay", "--times=20", case, "--", tmp_path / "bad")
    assert "20 failed (1 distinct)" in again.stdout, again


@pytest.mark.parametrize("engine", ("afl", "blind"))
def test_a_signal_behind_many_waits_is_within_reach(tmp_path, engine):
    """The base schedule sends it at the first wait: the gap is ten times as far."""
    if engine == "afl" and shutil.which("afl-fuzz") is None:
        pytest.skip("cannot find 'afl-fuzz': apt-get install afl++")
    done = fuzz(tmp_path, f"--engine={engine}", "--runs=6000", "--jobs=1", "--findings=1", "--",
                BUILD / "tests/bench/planted", "late_gap")
    assert done.returncode == 1 and "\nFAIL hang: planted" in done.stdout, done


def test_run_reaches_it_too_and_its_seed_file_replays(tmp_path):
    """Half of the seeds go by the length that the program has when no signal comes."""
    planted = BUILD / "tests/bench/planted"
    done = curfew("run", "--runs=3000", "--jobs=1", "--signals=TERM", "--save", tmp_path, "--", planted, "late_gap")
    again = curfew("replay", "--times=20", *tmp_path.iterdir())
    assert done.returncode == 1 and "\nFAIL hang: planted" in done.stdout, done
    assert "20 failed (1 distinct)" in again.stdout, again


def test_a_relative_program_and_a_directory_of_its_own(tmp_path):
    done = fuzz(tmp_path, "--runs=200", "--", "./good_gap_pause", cwd=ZOO)
    assert done.returncode == 0, done


def test_an_expected_status_is_no_finding(tmp_path):
    for status, returned in ((0, 1), (8, 0)):  # what it does with an unknown word
        done = fuzz(tmp_path, "--runs=20", "--jobs=1", "--signals=none", f"--expect-status={status}", "--",
                    BUILD / "tests/control/programs/hostile-fast", "unknown", "word")
        assert done.returncode == returned, done


def test_a_program_without_the_runtime_is_one_line(tmp_path):
    done = fuzz(tmp_path, "--", "/bin/true")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == ("curfew fuzz: cannot control '/bin/true': it is not linked with the runtime: build it with "
                           "curfew-cc (or try --real)\n")
