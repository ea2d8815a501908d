# SPDX-License-Identifier: MIT
"""Short campaigns of `curfew fuzz`: planted bugs are found, confirmed, cut down and kept; clean scenarios pass."""
import json
import os
import pathlib
import re
import signal
import subprocess

import pytest

from support import BOUND_S, CURFEW, FLAVOURS, curfew, head, problems, record, scenario

CLEAN = "wait*2 poll | signals=TERM"


def fuzz(tmp_path, *arguments):
    return curfew("fuzz", "--output", tmp_path / "out", *arguments)


def events(done, kind):
    return [line for line in map(json.loads, done.stdout.splitlines()) if line["event"] == kind]


def files(tmp_path, suffix):
    return sorted((tmp_path / "out/findings").glob(f"*{suffix}"))


def replayed(path, *arguments):
    done = curfew("replay", *arguments, path)
    return done.returncode, re.findall(r"^(?:verdict|hash): (.*)$", done.stdout, re.M)


@pytest.mark.parametrize("flavour", ("fast", "tsan", "asan", "mixed"))
def test_a_clean_scenario_has_no_findings(tmp_path, flavour):
    done = fuzz(tmp_path, "--runs=1500", f"--flavour={flavour}", CLEAN)
    assert (done.returncode, problems(done)) == (0, ""), done
    assert re.search(r"^pass: 1501 executions, \d+/s, 0 failed \(0 distinct\)", done.stdout, re.M), done.stdout
    assert files(tmp_path, "") == []


@pytest.mark.parametrize("name,verdict", (("bad-twice", "twice"), ("bad-skip", "owing"), ("bad-ignore", "hang")))
def test_a_planted_bug_is_found_once_and_its_files_replay(tmp_path, name, verdict):
    done = fuzz(tmp_path, "--runs=30", "--jobs=1", "--json", name)
    assert done.returncode == 1, done
    found, = events(done, "failure")
    summary, = events(done, "summary")
    assert found["verdict"] == summary["verdict"] == verdict
    assert summary["failures"] > summary["distinct"] == 1  # told once
    case, = files(tmp_path, ".case")
    seed, = files(tmp_path, ".seed")
    assert found["file"] == str(seed) and found["reproduce"] == f"curfew replay {seed}"
    for flavour in FLAVOURS:
        assert replayed(case, f"--flavour={flavour}") == (1, [found["hash"], verdict])
    assert replayed(seed, "--times=5") == (1, [found["hash"], verdict])


def test_a_race_is_found_by_the_flavour_that_sees_it(tmp_path):
    assert fuzz(tmp_path, "--runs=50", "--flavour=fast", "bad-race").returncode == 0
    done = fuzz(tmp_path, "--runs=50", "--jobs=1", "--findings=1", "bad-race")
    assert done.returncode == 1 and "\nFAIL race: bad-race" in done.stdout, done


def test_one_seed_gives_one_campaign(tmp_path):
    one, two, other = ([(found["hash"], found["execution"]) for found in
                        events(fuzz(tmp_path / str(number), "--runs=25", "--jobs=1", f"--seed={seed}", "--json",
                                    "wait twice skip ignore"), "failure")] for number, seed in enumerate((7, 7, 8)))
    assert one and one == two != other


def test_records_that_a_failure_does_not_need_are_dropped(tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    noise = record("choose", "start", 1, 3) + record("switch", "running", 2, 1) + record("timeout", "exit", 300)
    case = head(5, "rr", 90) + scenario("skip", "wait") + noise
    (corpus / "case").write_bytes(case)
    done = fuzz(tmp_path, "--runs=1", "--jobs=1", "--corpus", corpus, "bad-skip")
    assert done.returncode == 1
    kept, = files(tmp_path, ".case")
    assert len(kept.read_bytes()) < len(case) - len(noise) + 4  # none of the three is left


def test_the_same_options_go_on_with_other_runs(tmp_path):
    first, second = (events(fuzz(tmp_path, "--runs=20", "--jobs=1", "--json", "wait skip"), "failure")
                     for _ in range(2))
    whole = fuzz(tmp_path / "whole", "--runs=40", "--jobs=1", "--json", "wait skip")
    assert first[0]["hash"] != second[0]["hash"] and events(whole, "summary")[0]["executions"] == 41


def test_findings_end_it(tmp_path):
    done = fuzz(tmp_path, "--time=1h", "--findings=1", "--jobs=2", "bad-skip")
    assert done.returncode == 1 and re.search(r"\(1 distinct\)", done.stdout), done


def test_time_ends_it(tmp_path):
    done = fuzz(tmp_path, "--time=1s", CLEAN)
    assert done.returncode == 0 and re.search(r"^pass: \d+ executions", done.stdout, re.M), done


def test_interrupted_it_says_what_it_has_and_leaves_nothing(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with subprocess.Popen([CURFEW, "fuzz", "--time=1h", "--output", tmp_path / "out", "bad-skip"], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, "TMPDIR": str(scratch)}) as process:
        for line in process.stdout:
            if line.startswith("reproduce: "):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=BOUND_S)
    assert process.returncode == -signal.SIGINT and err == ""
    assert re.search(r"^interrupted, owing: \d+ executions", out, re.M), out
    assert len(files(tmp_path, ".case")) == 1 and list(scratch.iterdir()) == []
    assert [pid for pid in pathlib.Path("/proc").glob("[0-9]*") if environment_has(pid, str(scratch))] == []


def environment_has(process, mark):
    try:
        return mark.encode() in (process / "environ").read_bytes()
    except OSError:
        return False


@pytest.mark.parametrize("arguments,said", (
    ([], "no scenario, and no program after '--'"),
    (["wait", "--", "/bin/true"], "scenarios and a program after '--' exclude each other"),
    (["--flavour=tsan", "--", "/bin/true"], "--flavour is for scenarios, not for a program after '--'"),
    (["--expect-status=1", "wait"], "--expect-status is for a program after '--'"),
    (["--signals=MOON", "--", "/bin/true"], "option '--signals': "),
    (["wait", "poll"], "one scenario at a time, not 'poll' as well"),
    (["--engine=moon", "wait"], "option '--engine': unknown engine 'moon' (allowed: "),
    (["--flavour=plain", "wait"], "option '--flavour': unknown flavour 'plain' (allowed: tsan, fast, asan, mixed)"),
    (["--time=5", "wait"], "option '--time': '5' is no time like 500ms, 60s, 5m, 2h"),
    (["--runs=0", "wait"], "option '--runs': '0' is no number from 1 to "),
    (["wiat"], "scenario 'wiat', column 1: unknown worker 'wiat'"),
    (["--corpus=/nonexistent", "wait"], "cannot read '/nonexistent': No such file or directory"),
    (["--output=/proc/out", "wait"], "cannot write to '/proc/out/findings': No such file or directory")))
def test_wrong_usage_is_one_line(arguments, said):
    done = curfew("fuzz", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    assert done.stderr.startswith(f"curfew fuzz: {said}"), done.stderr


def test_a_target_that_is_missing_is_one_line(tmp_path):
    done = subprocess.run([CURFEW, "fuzz", "--output", tmp_path / "out", "wait"], capture_output=True, text=True,
                          check=False, timeout=BOUND_S, env={**os.environ, "CURFEW_LIBEXEC": str(tmp_path)})
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == ("curfew fuzz: cannot find the program 'curfew-scenario-control-tsan': build it, or set "
                           "CURFEW_LIBEXEC to its directory\n")
