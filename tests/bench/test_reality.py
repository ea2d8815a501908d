# SPDX-License-Identifier: MIT
"""Control finds what free-running threads show; a control that is deprived of its choices does not, and that shows."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

import reality
from reality import Outcome, compare, outcome_of

SCRIPT = pathlib.Path(__file__).with_name("reality.py")
# Signals at the start, a failure against a request against a signal, as many items as workers draw.
SCENARIOS = ["term-at-start", "fail-and-term", "producer-consumer"]
BOUND_S = 100  # against hangs


def run(*arguments):
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, timeout=BOUND_S,
                          stdin=subprocess.DEVNULL, check=False)


def rows(done):
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return {event["name"]: event for event in events if event["event"] == "scenario"}, events[-1]


def test_control_finds_every_outcome_that_free_running_threads_show():
    done = run("--json", "--runs=60", *SCENARIOS)
    found, summary = rows(done)
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(found) == SCENARIOS and summary["missing"] == {} and summary["real"] == 180
    for row in found.values():
        assert row["control_outcomes"] >= row["real_outcomes"] > 0 and 0 < row["found_after"] <= row["control"]


def test_control_with_one_schedule_does_not_and_each_outcome_is_named():
    done = run("--json", "--runs=60", "--strategy=rr", "--bound=50", "term-at-start")
    row, = rows(done)[0].values()
    assert done.returncode == 1, done.stdout + done.stderr
    assert row["control"] == 50 and row["control_outcomes"] == 1
    assert len(row["missing"]) >= row["real_outcomes"] - 1 > 0
    assert any(text.startswith(("pass, exit 0: ", "pass (early), SIGTERM: ")) for text in row["missing"])


def test_table_names_what_is_missing_and_is_written(tmp_path):
    path = tmp_path / "table.md"
    path.write_text("before\n\n| scenario | old |\n| --- | --- |\n| x | 1 |\n\nbehind\n")
    done = run("--runs=60", "--strategy=rr", "--bound=50", f"--write={path}", "term-at-start")
    assert done.returncode == 1 and "control does not find (" in done.stdout
    text = path.read_text()
    assert text.startswith("before\n\n| scenario | real |") and text.endswith(" |\n\nbehind\n") and "old" not in text
    assert "| term-at-start | 60 | " in text


def test_wrong_words_are_usage_errors():
    assert run("--runs=0", "term-at-start").returncode == 2
    done = run("--runs=1", "no-such-scenario")
    assert done.returncode == 2 and "no-such-scenario" in done.stderr


def test_what_cannot_be_judged_is_no_agreement(monkeypatch, capsys):
    def refuses(name, verdict, options, say):
        raise reality.Failed(f"{name}: cannot")
    monkeypatch.setattr(reality, "measure", refuses)
    monkeypatch.setattr(sys, "argv", ["reality.py", "term-at-start"])
    assert reality.main() == 3 and "term-at-start: cannot" in capsys.readouterr().err


def test_interrupt_keeps_what_was_measured(monkeypatch, capsys):
    def second_is_interrupted(name, verdict, options, say):
        if name == "event-sleep":
            raise KeyboardInterrupt
        return reality.Row(name, 500, 1, 500, 2, 7, 0, {}, 1.0)
    monkeypatch.setattr(reality, "measure", second_is_interrupted)
    monkeypatch.setattr(sys, "argv", ["reality.py", "event-polled", "event-sleep", "quit"])
    assert reality.main() == 130
    out = capsys.readouterr().out
    assert "| event-polled | 500 | 1 | 500 | 2 | 7 | 0 | 0 |" in out and "interrupted, 1 scenarios" in out


def told(earned, end="exit 0", debts="1 poll-# home"):
    return {"earned": earned, "early": False, "end": end, "debts": debts}


PASS = outcome_of(told([]))


@pytest.mark.parametrize("real, control, missing, late", [
    (told([]), told([]), 0, 0),
    (told([], end="exit 1"), told([]), 1, 0),
    (told([], debts="1 poll-# running"), told([]), 1, 0),
    (told(["owing"]), told([]), 1, 0),
    (told(["late"]), told([]), 0, 3),              # the machine was slow: counted apart
    (told(["late", "owing"]), told([]), 1, 0),     # it was not only late
    (told(["late"]), told(["late"]), 0, 0),
    (told(["hang"]), told([]), 1, 0),              # never put down to the machine
    (told(["lost"]), told(["livelock"], end="stopped", debts="1 poll-# running"), 0, 0),
    (told(["race"], end="exit 66"), told(["race"], end="stopped"), 0, 0),
])
def test_comparison(real, control, missing, late):
    lacking, only_late = compare({outcome_of(real): (3, 0)}, {outcome_of(control): (1, 0)})
    assert (len(lacking), only_late) == (missing, late)


def test_outcomes_read_as_curfew_prints_them():
    assert str(PASS) == "pass, exit 0: 1 poll-# home"
    assert str(Outcome(("leftover", "status"), False, "exit 3", "no ledger")) == "leftover+status, exit 3: no ledger"
    assert str(PASS._replace(early=True, end="SIGTERM")) == "pass (early), SIGTERM: 1 poll-# home"
    assert os.path.basename(reality.CURFEW) == "curfew"
