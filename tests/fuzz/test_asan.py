# SPDX-License-Identifier: MIT
"""`curfew fuzz --flavour=asan`: an error of memory is found, confirmed and kept; its twin is clean."""
import json
import re
import shutil

import pytest

from support import BUILD, curfew, problems

SCENARIO = "wait*2 poll | signals=none"
HAVE_AFL = (BUILD / "bin/fuzz-bad-asan-afl").exists() and shutil.which("afl-fuzz") is not None
ENGINES = ("blind", "libfuzzer",
           pytest.param("afl", marks=pytest.mark.skipif(not HAVE_AFL, reason="afl++ is not installed")))


def beside(tmp_path, twin):
    """The scenario program with late_use.c beside it, as if it were Curfew's own."""
    directory = tmp_path / twin
    directory.mkdir()
    for target in (BUILD / "bin").glob(f"fuzz-{twin}-asan-*"):
        (directory / target.name.replace(twin, "scenario")).symlink_to(target)
    (directory / "curfew-fuzz-mutator.so").symlink_to(BUILD / "bin/curfew-fuzz-mutator.so")
    (directory / "curfew-scenario-control-asan").symlink_to(BUILD / f"tests/fuzz/fuzz-control-{twin}")
    return {"CURFEW_LIBEXEC": str(directory)}


def fuzz(tmp_path, variables, *arguments):
    done = curfew("fuzz", "--flavour=asan", "--jobs=1", "--json", f"--output={tmp_path}/out", *arguments, SCENARIO,
                  variables=variables)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert problems(done) == "" and lines[-1]["event"] == "summary", done
    return done.returncode, [line for line in lines if line["event"] == "failure"], lines[-1]


def replayed(variables, *arguments):
    done = curfew("replay", *arguments, variables=variables)
    return done.returncode, re.findall(r"^(?:verdict|hash): (.*)$", done.stdout, re.M)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_use_of_freed_memory_is_found_confirmed_and_kept(tmp_path, engine):
    bad = beside(tmp_path, "bad")
    status, (found,), summary = fuzz(tmp_path, bad, f"--engine={engine}", "--runs=3000", "--findings=1")
    assert (status, found["verdict"], found["earned"]) == (1, "crash", ["crash"]), found
    assert found["reasons"] == "  crash: AddressSanitizer reported heap-use-after-free\n", found
    assert re.search(r"ERROR: AddressSanitizer: heap-use-after-free .*\n.*READ of size 4 .*\n"
                     r" +at counts \(late_use\.c:24\)\n.*\n  freed by thread T0 here:\n.*\n"
                     r" +at main \(late_use\.c:43\)\n", found["report"]), found
    seed, = (tmp_path / "out/findings").glob("*.seed")
    case, = (tmp_path / "out/findings").glob("*.case")
    assert "\nflavour: asan\n" in seed.read_text()
    expected = (1, [found["hash"], "crash"])
    assert replayed(bad, "--times=5", seed) == replayed(bad, "--flavour=asan", case) == expected


def test_one_seed_finds_the_same(tmp_path):
    bad = beside(tmp_path, "bad")
    one, two = (fuzz(tmp_path / number, bad, "--runs=300") for number in ("one", "two"))
    assert one[1] and [(each["hash"], each["execution"]) for each in one[1]] == [
        (each["hash"], each["execution"]) for each in two[1]]


@pytest.mark.parametrize("engine", ENGINES)
def test_its_fixed_twin_is_clean(tmp_path, engine):
    status, found, summary = fuzz(tmp_path, beside(tmp_path, "good"), f"--engine={engine}", "--runs=1000")
    assert (status, found, summary["verdict"]) == (0, [], "pass") and summary["executions"] >= 1000, summary


def test_a_seed_file_says_which_program_is_missing(tmp_path):
    bad = beside(tmp_path, "bad")
    fuzz(tmp_path, bad, "--runs=3000", "--findings=1")
    seed, = (tmp_path / "out/findings").glob("*.seed")
    done = curfew("replay", seed, variables={"CURFEW_LIBEXEC": str(tmp_path)})
    assert (done.returncode, done.stdout, done.stderr) == (
        3, "", f"curfew replay: cannot find the program 'curfew-scenario-control-asan' of '{seed}': build it, or set "
               "CURFEW_LIBEXEC to its directory\n")
