# SPDX-License-Identifier: MIT
"""Negative controls: each defect earns exactly its verdict, and its repaired twin earns none.

A campaign sweeps every call that the control makes, so that a control found once is found always;
scripts/probe-controls repeats each campaign with ten seeds.
"""
import pytest

from controls import BLIND, CONTROLS, complaint

BAD = [control for control in CONTROLS if control.verdict]


@pytest.mark.parametrize("control", BAD, ids=lambda control: control.name)
def test_bad_control_earns_exactly_its_verdict(probe, control):
    outcome = probe(f"bad_{control.name}", *control.options, f"--retry={control.retry}")
    assert outcome.status == 1, outcome
    assert complaint(control, outcome.failures) == "", outcome
    assert outcome.summary["verdict"] == control.verdict
    assert outcome.summary["internal"] == 0, outcome


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_good_twin_is_clean(probe, control):
    outcome = probe(f"good_{control.name}", *control.options)
    assert outcome.status == 0, outcome
    assert outcome.failures == []
    assert outcome.summary["executions"] == outcome.summary["reached"] > 0
    assert outcome.summary["clean"] + outcome.summary["early"] == outcome.summary["executions"]


@pytest.mark.parametrize("name,blind", BLIND)
def test_a_defect_of_one_mode_is_not_found_by_another(probe, name, blind):
    outcome = probe(f"bad_{name}", f"--at={blind}")
    assert outcome.status == 0, outcome
    assert outcome.summary["clean"] > 0


def test_a_design_with_sigwait_is_not_blamed(probe):
    outcome = probe("good_sigwait", "--at=before,entry,exit")
    assert outcome.status == 0, outcome
    assert outcome.summary["clean"] >= 20


def test_a_signal_that_only_the_thread_gets_is_lost_with_sigwait(probe):
    """The counterpart: aimed at one thread that blocks it, the signal waits there for ever."""
    outcome = probe("good_sigwait", "--at=entry", "--target=thread", "--retry=1")
    assert outcome.status == 1, outcome
    assert {failure["verdict"] for failure in outcome.failures} <= {"lost", "hang"}


@pytest.mark.parametrize("name", ["lost_wakeup", "eintr", "pidfile", "crash", "deadlock"])
def test_a_saved_case_replays_by_its_site(probe, replay, tmp_path, name):
    outcome = probe(f"bad_{name}", "--retry=1", f"--save={tmp_path}")
    assert len(outcome.failures) == 1, outcome
    again = replay(outcome.failures[0]["file"], 10)
    event = again.events[-1]
    assert again.status == 1, again
    assert event["expected"] == outcome.failures[0]["verdict"]
    assert event["as_found"] == event["executions"] == 10, again
