# SPDX-License-Identifier: MIT
"""Each negative control earns exactly its verdict, and its fixed twin passes, under the same seeds."""
import concurrent.futures
import json

import pytest

from support import curfew, events, real

SEEDS = 4  # executions, each with a seed of its own
DEADLINE = "2s"  # bad-slow takes 4 s: beyond one deadline, within three

CATALOGUE = {entry["name"]: entry for entry in json.loads(curfew("list", "--json").stdout)["scenarios"]}
CONTROLS = [name for name, entry in CATALOGUE.items() if entry["verdict"] != "pass"]
NEEDED = {"hang", "late", "owing", "twice", "race", "abandoned", "crash", "status", "lost", "leftover"}


def run_control(name):
    return real("--seed=11", f"--runs={SEEDS}", "--keep-going", f"--deadline={DEADLINE}", f"--jobs={SEEDS}", "--json",
                name)


@pytest.fixture(scope="module")
def runs():
    """All at once: most of them wait for deadlines."""
    with concurrent.futures.ThreadPoolExecutor(len(CONTROLS)) as pool:
        return dict(zip(CONTROLS, pool.map(run_control, CONTROLS)))


def test_controls_cover_each_verdict_of_real_time():
    assert {CATALOGUE[name]["verdict"] for name in CONTROLS} == NEEDED


@pytest.mark.parametrize("name", CONTROLS)
def test_control_earns_exactly_its_verdict(runs, name):
    done = runs[name]
    found = events(done.stdout)
    assert done.returncode == 1, done.stderr
    wanted = CATALOGUE[name]["verdict"]
    assert [failure["verdict"] for failure in found["failure"]] == [wanted], found["failure"][0]["reasons"]
    # Nothing else is wrong with it: the control breaks one rule.
    assert found["failure"][0]["earned"] == [wanted], found["failure"][0]["reasons"]
    scenario, = found["scenario"]
    assert (scenario["executions"], scenario["failures"], scenario["verdict"]) == (SEEDS, SEEDS, wanted)
    assert found["summary"][0]["verdict"] == wanted


def test_twins_pass():
    twins = [name.replace("bad-", "good-") for name in CONTROLS]
    done = real("--seed=11", f"--runs={SEEDS}", "--json", *twins)
    found = events(done.stdout)
    assert done.returncode == 0, done.stdout
    assert [scenario["name"] for scenario in found["scenario"]] == twins
    assert all(scenario["executions"] == SEEDS for scenario in found["scenario"])


def test_hang_names_who_is_late_and_where(runs):
    failure, = events(runs["bad-ignore"].stdout)["failure"]
    assert "worker 'ignore-1' #2: running" in failure["late"]
    assert "thread ignore-1" in failure["late"]
    assert "poll-1" not in failure["late"]  # It went home.


def test_late_names_who_was_late(runs):
    failure, = events(runs["bad-slow"].stdout)["failure"]
    assert "worker 'lag-1'" in failure["late"]


def test_race_report_names_the_lines_of_both_accesses(runs):
    failure, = events(runs["bad-race"].stdout)["failure"]
    assert "data race" in failure["report"]
    assert failure["report"].count("workers_defects.c:") >= 2
