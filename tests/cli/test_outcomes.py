# SPDX-License-Identifier: MIT
"""`curfew run --outcomes`: each distinct outcome, in words that both engines share."""
import re

import pytest

from support import curfew, events

ENGINES = {"control": ("--flavour=fast", "--deadline=3s"), "real": ("--real", "--flavour=plain")}
# a scenario in which nothing is left to chance, and its only outcome
CERTAIN = {
    "no-signal-flags": "pass, exit 0: 2 flag-# home, 1 stages-# home",
    "worker-fails": "pass, exit 1: 1 cond-# home, 1 fail-# home, 1 poll-# home, 1 wait-# home",
    "stop skip | signals=none": "owing, exit 0: cleanup skip-# open, 1 skip-# home, 1 stop-# home",
    "stop twice | signals=none": "twice, exit 0: cleanup twice-# twice, 1 stop-# home, 1 twice-# home",
    "stop litter status | signals=none": "leftover+status, exit 3: 1 litter-# home, 1 status-# home, 1 stop-# home",
}


def run(engine, *arguments):
    return curfew("run", "--outcomes", "--keep-going", *ENGINES[engine], *arguments)


def told(text):
    """The lines of outcomes, without their counts."""
    return re.findall(r"^ +\d+  (.*)$", text, re.M)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("scenario, outcome", CERTAIN.items())
def test_what_is_certain_has_one_outcome_in_the_same_words(engine, scenario, outcome):
    done = run(engine, "--runs=5", scenario)
    assert told(done.stdout) == [outcome], done.stdout + done.stderr


def test_numbered_debts_are_told_by_magnitude():
    """Of two pools with up to twelve jobs each, none of which is cut off."""
    done = run("control", "--strategy=rr", "--runs=100", "pool*2 | signals=none")
    assert set(re.findall(r": (\d+\+) job pool-# settled, ", done.stdout)) == {"4+", "8+", "16+"}, done.stdout


def test_outcomes_add_up_and_do_not_depend_on_the_number_of_jobs():
    texts = []
    for jobs in (1, 2):
        done = run("control", "--runs=200", f"--jobs={jobs}", "--json", "int-twice", "term-at-start")
        scenarios = events(done.stdout)["scenario"]
        texts.append([scenario["outcomes"] for scenario in scenarios])
        assert [sum(outcome["count"] for outcome in scenario["outcomes"]) for scenario in scenarios] == [200, 200]
        assert [scenario["other_outcomes"] for scenario in scenarios] == [0, 0]
    assert texts[0] == texts[1]
    ends = {(outcome["end"], outcome["early"]) for outcome in texts[0][0]}
    assert ends == {("exit 0", False), ("exit 130", False), ("SIGINT", True)}


def test_first_execution_of_an_outcome_repeats_it():
    found = events(run("control", "--runs=100", "--json", "int-twice").stdout)["scenario"][0]["outcomes"]
    rare = min(found, key=lambda outcome: outcome["count"])
    again = run("control", "--runs=1", f"--seed={1 + rare['first']}", "--json", "int-twice")
    only, = events(again.stdout)["scenario"][0]["outcomes"]
    assert {**rare, "count": 1, "first": 0} == only


def test_free_running_outcomes_add_up():
    done = run("real", "--runs=20", "--json", "term-at-start", "good-status")
    for scenario in events(done.stdout)["scenario"]:
        assert sum(outcome["count"] for outcome in scenario["outcomes"]) == 20


def test_what_never_ends_is_stopped():
    done = run("control", "--runs=2", "stop ignore | signals=none")
    assert told(done.stdout) == ["hang, stopped: cleanup ignore-# open, 1 ignore-# running, 1 stop-# home"], done.stdout


def test_program_without_debts_has_no_ledger():
    done = curfew("run", "--real", "--outcomes", "--runs=2", "--signals=none", "--", "true")
    assert told(done.stdout) == ["pass, exit 0: no ledger"], done.stdout


def test_without_the_option_nothing_is_told():
    done = curfew("run", "--runs=2", "--flavour=fast", "--json", "good-status")
    assert "outcomes" not in done.stdout


def test_stall_leaves_a_thread_standing_while_the_others_work():
    """Two queues have handled sixteen items, and the worker that spawns others has not come to it."""
    starved = "pass, exit 0: 16+ item queue-# settled, 2 queue-# home, 1 spawn-# home"
    for strategy, seen in (("random", False), ("stall", True)):
        done = run("control", f"--strategy={strategy}", "--runs=1000", "queue spawn | signals=TERM")
        assert (starved in told(done.stdout)) == seen, done.stdout
