# SPDX-License-Identifier: MIT
"""Scenarios under control: each defect earns exactly its verdict, its twin passes, and a seed file keeps it."""
import re

import pytest

from support import curfew, events

# workers that break one rule, the verdict, what the reason names, and workers that do not
DEFECTS = [
    ("poll skip", "owing", "'cleanup skip-1' never happened", "poll poll"),
    ("wait twice", "twice", "'cleanup twice-1' was settled 2 times, owed 1", "wait poll"),
    ("poll race", "race", "ThreadSanitizer reported", "poll flag"),
    ("poll abandon", "abandoned", "worker 'abandon-1' #", "poll daemon"),
    ("poll crash", "crash", "killed by SIGABRT", "poll exit"),
    ("poll status", "status", "exit status 3, expected 0", "poll wait"),
    ("poll litter", "leftover", "files: litter-1.tmp", "poll file"),
    ("poll ignore", "hang", "no thread can ever run again", "poll cond"),
]


def controlled(workers, flavour, *options):
    return curfew("run", f"--flavour={flavour}", *options, f"stop {workers} | signals=none")


@pytest.mark.parametrize("flavour", ["fast", "tsan", "asan"])
@pytest.mark.parametrize("bad, verdict, says, good", DEFECTS, ids=[row[1] for row in DEFECTS])
def test_defect_earns_exactly_its_verdict_and_its_twin_passes(bad, verdict, says, good, flavour):
    runs = "--runs=20"
    done = controlled(bad, flavour, runs, "--json", "--keep-going")
    found = events(done.stdout)
    if verdict == "race" and flavour != "tsan":
        assert done.returncode == 0, "nobody looks for races"
    else:
        failure, = found["failure"]
        assert (done.returncode, failure["verdict"], failure["earned"]) == (1, verdict, [verdict]), failure
        assert says in failure["reasons"]
        assert found["summary"][0]["failures"] == 20
    twin = controlled(good, flavour, runs)
    assert twin.returncode == 0 and re.search(r"^pass: 20 executions", twin.stdout, re.M), twin.stdout


# Under control a TERM that main swallows leaves workers that sleep and poll for ever: time is free.
CATALOGUE = {"bad-ignore": "hang", "bad-slow": "late", "bad-skip": "owing", "bad-twice": "twice", "bad-race": "race",
             "bad-abandon": "abandoned", "bad-crash": "crash", "bad-status": "status", "bad-lost": "livelock",
             "bad-leftover": "leftover"}


@pytest.mark.parametrize("name", CATALOGUE)
def test_control_of_the_catalogue_earns_its_verdict_when_signals_come(name):
    done = curfew("run", "--runs=100", "--deadline=3s", name)
    assert done.returncode == 1, done.stdout
    assert re.search(rf"^FAIL {CATALOGUE[name]}: {name}, execution ", done.stdout, re.M), done.stdout


def test_catalogue_passes_with_equal_hashes_in_all_flavours():
    """Everything that ought to pass, twins included; bench determinism takes 20 seeds."""
    hashes = []
    for flavour, runs in (("fast", 3), ("tsan", 3), ("asan", 1)):
        done = curfew("run", f"--flavour={flavour}", f"--runs={runs}", "--deadline=3s", "--hashes", "--keep-going",
                      "--quiet")
        assert done.returncode == 0, done.stdout
        hashes.append(re.findall("^seed=.*$", done.stdout, re.M))
    assert len(hashes[0]) >= 180
    assert hashes[0] == hashes[1] and hashes[0][::3] == hashes[2]


def test_second_interrupt_forces_the_end_and_nothing_is_owed():
    done = curfew("run", "--runs=300", "--flavour=fast", "--traces", "int-twice")
    assert done.returncode == 0 and re.search(r"^pass: 300 executions", done.stdout, re.M), done.stdout
    assert len(re.findall(r" exit  note_sigsafe", done.stdout)) > 10, "some were forced"


def test_workers_that_sleep_do_not_starve_main():
    done = controlled("poll*2 io", "fast", "--runs=300", "--strategy=pct", "--steps=20000")
    assert done.returncode == 0, done.stdout


def test_each_seed_has_draws_of_its_own():
    """There is one schedule; how many jobs there are, and whether they are waited for, workers draw."""
    done = curfew("run", "--flavour=fast", "--strategy=rr", "--runs=100", "--json", "pool*2 | signals=none")
    assert events(done.stdout)["scenario"][0]["distinct"] > 50, done.stdout


def test_saved_scenario_is_replayed_from_its_text(tmp_path):
    done = controlled("poll skip", "fast", "--runs=1", f"--save={tmp_path}")
    path, = tmp_path.iterdir()
    assert path.suffix == ".seed" and "\nscenario: stop poll skip | main=wait | signals=none" in path.read_text()
    again = curfew("replay", path)
    assert again.returncode == 1 and "'cleanup skip-1' never happened" in again.stdout, again.stderr
    hashes = [re.search("^hash: .*$", text, re.M)[0] for text in (done.stdout, again.stdout)]
    assert hashes[0] == hashes[1]


def test_reproduce_line_of_a_scenario_gives_the_same_failure():
    done = controlled("poll skip", "fast", "--runs=1", "--seed=5")
    arguments = re.search(r"^reproduce: curfew (run .*) '(.*)'$", done.stdout, re.M)
    again = curfew(*arguments[1].split(), arguments[2])
    assert re.search("^hash: .*$", done.stdout, re.M)[0] == re.search("^hash: .*$", again.stdout, re.M)[0]
