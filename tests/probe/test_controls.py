# SPDX-License-Identifier: MIT
"""Negative controls: each defect earns exactly its verdict, and its repaired twin earns none.

A campaign sweeps every call that the control makes, so that a control found once is found always;
CURFEW_PROBE_CAMPAIGNS=10 repeats each campaign with as many seeds.
"""
import os

import pytest

CAMPAIGNS = int(os.environ.get("CURFEW_PROBE_CAMPAIGNS", "1"))
CHECK = "--check=cmp /tmp/control.acknowledged /tmp/control.stored"

# control, options, verdict, words of its detail, severity
CONTROLS = [
    ("lost_wakeup", ["--at=before"], "lost", "only when the signal is sent once more", 3),
    ("eintr", ["--at=entry"], "status", "exit status 9", 6),
    ("pidfile", [], "leftover", "left behind: file /tmp/control.pid", 5),
    ("shm", [], "leftover", "left behind: file /dev/shm/control", 5),
    ("socket", [], "restart", "does not start again: exit status 4", 2),
    ("orphan", [], "leftover", "orphan: bad_orphan", 4),
    ("status", [], "status", "exit status 5", 6),
    ("crash", [], "crash", "killed by SEGV", 1),
    ("forgotten", [], "lost", "only when the signal is sent once more", 3),
    ("deadlock", [], "hang", "nor with one more signal", 1),
    ("late", [], "late", "ended late", 3),
    ("spin", [], "livelock", "burns processor time", 1),
    ("lostdata", [CHECK], "owing", "data was lost", 1),
    ("pid1", ["--pid1"], "lost", "only when the signal is sent once more", 3),
    ("twice", ["--second=TERM@+1..8"], "crash", "killed by ABRT", 1),
    ("timed", ["--at=time", "--phase=startup"], "crash", "killed by ABRT", 1),
]
IDS = [control[0] for control in CONTROLS]


@pytest.mark.parametrize("seed", range(1, CAMPAIGNS + 1))
@pytest.mark.parametrize("name,options,verdict,detail,severity", CONTROLS, ids=IDS)
def test_bad_control_earns_exactly_its_verdict(probe, name, options, verdict, detail, severity, seed):
    outcome = probe(f"bad_{name}", *options, "--retry=1", f"--seed={seed}")
    assert outcome.status == 1, outcome
    assert [failure["verdict"] for failure in outcome.failures] == [verdict], outcome
    failure = outcome.failures[0]
    assert detail in failure["detail"], outcome
    assert failure["severity"] == severity
    assert failure["again"] >= 1, outcome
    assert outcome.summary["verdict"] == verdict
    assert outcome.summary["internal"] == 0, outcome


@pytest.mark.parametrize("seed", range(1, CAMPAIGNS + 1))
@pytest.mark.parametrize("name,options", [control[:2] for control in CONTROLS], ids=IDS)
def test_good_twin_is_clean(probe, name, options, seed):
    outcome = probe(f"good_{name}", *options, f"--seed={seed}")
    assert outcome.status == 0, outcome
    assert outcome.failures == []
    assert outcome.summary["executions"] == outcome.summary["reached"] > 0
    assert outcome.summary["clean"] + outcome.summary["early"] == outcome.summary["executions"]


@pytest.mark.parametrize("name,blind", [("lost_wakeup", "entry"), ("eintr", "before"), ("timed", "before,entry")])
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
