# SPDX-License-Identifier: MIT
"""curfew sweep: every point of the base schedule, to every thread that may take the signal."""
import json
import os
import re
import subprocess

import pytest

from support import BUILD, CONTROL, PROGRAMS, control, environment

SCENARIOS = ("event-polled", "worker-fails", "main-sigwait", "hup-then-term", "exit-reraise")
SCENARIO_PROGRAMS = {**environment(), "CURFEW_LIBEXEC": str(BUILD / "bin")}


def sweep(*arguments, cwd, wants_json=True):
    result = control("sweep", *(["--json"] if wants_json else []), *arguments, cwd=cwd, env=SCENARIO_PROGRAMS)
    assert result.err == "" or result.err.startswith(("note: ", "curfew sweep: ")) or "/s, " in result.err, result
    if wants_json:
        result.events = [json.loads(line) for line in result.out.splitlines()]
        result.subjects = [event for event in result.events if event["event"] == "scenario"]
        result.found = [event for event in result.events if event["event"] == "failure"]
    return result


def test_five_scenarios_are_clean_at_every_point(tmp_path):
    result = sweep("--flavour=fast", *SCENARIOS, cwd=tmp_path)
    assert result.status == 0 and len(result.subjects) == len(SCENARIOS), result
    for subject in result.subjects:
        level = subject["coverage"]["signals"]
        assert level["done"] == level["total"] == subject["executions"], subject
        assert subject["verdict"] == "pass", subject
    points = {subject["name"]: subject["points"] for subject in result.subjects}
    assert points["event-polled"] == 1000 and points["worker-fails"] == 1, points
    assert points["hup-then-term"] > points["event-polled"], points  # two signals, each of them moved
    assert not list(tmp_path.iterdir()), "nothing was found, nothing is left"


def test_every_point_is_a_step_of_the_base_schedule_and_each_thread_takes_it(tmp_path):
    """Of a program that ends: from its first step to its last, and once behind the end."""
    program = PROGRAMS / "good_signal_pause-fast"
    result = sweep("--signals=TERM", "--traces", "--", program, cwd=tmp_path, wants_json=False)
    sent = [int(step) for step in re.findall(r"^ +(\d+)  env +signal SIGTERM", result.out, re.M)]
    total = int(re.search(r"^signals (\d+) of (\d+) points x threads$", result.out, re.M).group(2))
    assert result.status == 0 and len(sent) == total, result
    assert set(sent) == set(range(max(sent) + 1)), sorted(set(sent))
    takers = set(re.findall(r"^ +\d+  env +signal SIGTERM -> thread (\d+)$", result.out, re.M))
    assert takers, result


BAD = [("signal_pause", "TERM", "hang"), ("signal_window", "TERM", "leftover"), ("signal_lock", "TERM", "hang")]


@pytest.mark.parametrize("name, plan, verdict", BAD)
def test_failure_is_found_told_once_for_each_place_and_replays_and_the_twin_is_clean(name, plan, verdict, tmp_path):
    options = (f"--signals={plan}", "--no-oracle=unsafe", "--")
    bad = sweep(*options, PROGRAMS / f"bad_{name}-fast", cwd=tmp_path)
    assert bad.status == 1 and bad.subjects[0]["verdict"] == verdict, bad
    files = sorted((tmp_path / "seeds").iterdir())
    assert sorted(event["file"] for event in bad.found) == [f"seeds/{path.name}" for path in files], bad
    assert len(bad.found) < bad.subjects[0]["failures"] or bad.subjects[0]["failures"] == 1, bad
    for event in bad.found:
        assert event["reproduce"] == f"curfew replay {event['file']}", event
        replay = control("replay", event["file"], cwd=tmp_path)
        assert replay.status == 1 and replay.failure == event["verdict"], replay
    good = sweep(*options, PROGRAMS / f"good_{name}-fast", cwd=tmp_path)
    assert good.status == 0, good


@pytest.mark.parametrize("name, plan, verdict", [("gap_pause", "TERM", "hang"), ("handler_exits", "TERM", "unsafe")])
def test_animal_of_the_zoo_is_found_and_its_twin_is_clean(name, plan, verdict, tmp_path):
    bad = sweep(f"--signals={plan}", "--", BUILD / f"zoo/bad_{name}", cwd=tmp_path)
    assert (bad.status, bad.subjects[0]["verdict"]) == (1, verdict), bad
    good = sweep(f"--signals={plan}", "--", BUILD / f"zoo/good_{name}", cwd=tmp_path)
    assert (good.status, good.subjects[0]["verdict"]) == (0, "pass"), good
    level = good.subjects[0]["coverage"]["signals"]
    assert level["done"] == level["total"] == good.subjects[0]["executions"] > 1, good


def test_both_flavours_sweep_the_same_executions(tmp_path):
    results = [sweep("--hashes", "--signals=TERM", "--", PROGRAMS / f"good_signal_window-{flavour}", cwd=tmp_path,
                     wants_json=False) for flavour in ("fast", "tsan")]
    assert results[0].status == results[1].status == 0, results
    hashes = [re.findall(r"^number=.*$", result.out, re.M) for result in results]
    assert hashes[0] == hashes[1] and len(set(hashes[0])) > 5, results


SMALL = PROGRAMS / "good_signal_timeout-fast"


def executions(*arguments, cwd):
    result = sweep("--hashes", *arguments, cwd=cwd, wants_json=False)
    return result, re.findall(r"^number=.*$", result.out, re.M)


def test_shards_are_the_whole_without_overlap_or_gap(tmp_path):
    runs = ("--runs=1000000", "--preemptions=0")  # pairs, too
    _, whole = executions(*runs, "--", SMALL, cwd=tmp_path)
    assert len(whole) > 100, len(whole)
    for count in (2, 7):
        parts = [executions(*runs, f"--shard={part}/{count}", "--", SMALL, cwd=tmp_path)[1]
                 for part in range(1, count + 1)]
        assert sorted(line for part in parts for line in part) == sorted(whole), count
        assert all(part for part in parts), count


def test_sweep_that_was_cut_off_goes_on_and_comes_to_the_same_end(tmp_path):
    runs = "--runs=1000000"
    bad = PROGRAMS / "bad_signal_timeout-fast"
    options = ("--resume=state", "--no-oracle=unsafe", "--preemptions=1", "--")
    whole, all_of_it = executions(runs, "--no-oracle=unsafe", "--preemptions=1", "--", bad, cwd=tmp_path)
    parts = []
    for most in ("--runs=7", "--runs=60", "--runs=1", runs):
        result, part = executions(most, *options[:-1], "--", bad, cwd=tmp_path)
        parts += part
    assert parts == all_of_it, (len(parts), len(all_of_it))
    table = re.search(r"^bad_signal_timeout-fast .*$", whole.out, re.M).group()
    assert table in result.out and result.status == whole.status == 1, (whole, result)
    again, none = executions(runs, *options[:-1], "--", bad, cwd=tmp_path)
    assert not none and table in again.out and again.status == 1 and "FAIL" not in again.out, again


@pytest.mark.parametrize("edit, says", [
    (lambda text: text.replace('"curfew-sweep": 1', '"curfew-sweep": 2'), "another sweep"),
    (lambda text: text.replace("seed=1", "seed=2"), "another sweep"),
    (lambda text: text[:40], "not the state of a sweep"),
    (lambda text: re.sub(r'"steps": \d+', '"steps": "x"', text), "edited"),
])
def test_state_of_another_sweep_is_refused(edit, says, tmp_path):
    sweep("--resume=state", "--", SMALL, cwd=tmp_path)
    state = tmp_path / "state"
    state.write_text(edit(state.read_text()))
    before = state.read_text()
    result = control("sweep", "--resume=state", "--", SMALL, cwd=tmp_path)
    assert result.status == 2 and says in result.err and result.err.count("\n") == 1, result
    assert state.read_text() == before


def test_what_only_a_second_signal_breaks_is_found_by_pairs(tmp_path):
    bad, good = (PROGRAMS / f"{kind}_signal_second-fast" for kind in ("bad", "good"))
    first = sweep("--signals=INT", "--no-oracle=unsafe", "--", bad, cwd=tmp_path)
    assert first.status == 0 and "pairs" not in first.subjects[0]["coverage"], first
    options = ("--signals=INT", "--no-oracle=unsafe", "--runs=1000000", "--preemptions=0", "--")
    second = sweep(*options, bad, cwd=tmp_path)
    assert (second.status, second.subjects[0]["verdict"]) == (1, "status"), second
    assert control("replay", second.found[0]["file"], cwd=tmp_path).failure == "status"
    twin = sweep(*options, good, cwd=tmp_path)
    pairs = twin.subjects[0]["coverage"]["pairs"]
    assert twin.status == 0 and pairs["done"] == pairs["total"] > 0 and not pairs["estimated"], twin


def test_what_only_a_preemption_breaks_is_found(tmp_path):
    bad, good = (PROGRAMS / f"{kind}_lost_wakeup-fast" for kind in ("bad", "good"))
    assert sweep("--signals=none", "--", bad, cwd=tmp_path).status == 0
    found = sweep("--signals=none", "--runs=100000", "--", bad, cwd=tmp_path)
    assert (found.status, found.subjects[0]["verdict"]) == (1, "hang"), found
    twin = sweep("--signals=none", "--runs=100000", "--", good, cwd=tmp_path)
    level = twin.subjects[0]["coverage"]["twice-preempted"]
    assert twin.status == 0 and level["done"] == level["total"] > 1, twin


def test_program_that_handles_no_signal_is_not_judged(tmp_path):
    result = sweep("--signals=USR1", "--", PROGRAMS / "good_signal_pause-fast", cwd=tmp_path, wants_json=False)
    assert result.status == 3, result
    assert re.search(r"^unsupported: .*handles none$", result.out, re.M), result


def test_program_that_goes_on_for_ever_is_swept_over_a_thousand_steps(tmp_path):
    result = sweep("--flavour=fast", "--jobs=1", "event-polled", cwd=tmp_path, wants_json=False)
    assert "swept over 1000 steps" in result.out, result
    assert re.search(r"^signals 1,000 of 1,000 points x threads$", result.out, re.M), result


def test_interrupted_sweep_says_what_it_covered(tmp_path):
    with subprocess.Popen([CONTROL, "sweep", "--flavour=fast", "everything"], cwd=tmp_path, env=SCENARIO_PROGRAMS,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        os.set_blocking(process.stderr.fileno(), True)
        process.stdout.readline()  # the header: it has begun
        process.send_signal(2)
        out, err = process.communicate(timeout=60)
    assert process.returncode == -2 and err == "", (process.returncode, out, err)


@pytest.mark.parametrize("value", ("3", "x", "-1"))
def test_preemptions_beyond_what_the_help_says_are_refused(value, tmp_path):
    result = control("sweep", f"--preemptions={value}", "--", SMALL, cwd=tmp_path)
    assert (result.status, result.out) == (2, ""), result
    assert result.err == (f"curfew sweep: option '--preemptions': '{value}' is no number from 0 to 2 "
                          "(see curfew sweep --help)\n"), result
