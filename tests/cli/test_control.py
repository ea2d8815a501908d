# SPDX-License-Identifier: MIT
"""Controlled execution through the curfew command: outputs, order, interruption."""
import re
import signal
import subprocess
import xml.etree.ElementTree

import pytest

from support import BUILD, CURFEW, curfew, events, is_one_line, wait_until

PROGRAMS = BUILD / "tests/control/programs"


def controlled(name, *options, arguments=(), **more):
    return curfew("run", *options, "--", PROGRAMS / name, *arguments, **more)


def without_times(text):
    return re.sub(r"\d+\.\d s$|\"seconds\":[0-9.e-]+", "N", text, flags=re.M)


def test_failure_text_is_as_agreed(golden):
    done = controlled("bad_lost_wakeup-fast", "--runs=100", "--jobs=1")
    golden("control-failure", without_times(done.stdout).replace(str(PROGRAMS), "DIRECTORY"))
    assert done.returncode == 1


def test_json_lines_keep_the_contract():
    found = events(controlled("bad_lock_order-fast", "--seed=7", "--runs=50", "--json").stdout)
    failure, = found["failure"]
    assert {"v", "event", "verdict", "execution", "step", "seed", "hash", "file"} <= failure.keys()
    assert failure["verdict"] == "hang" and failure["file"] is None and len(failure["hash"]) == 16
    assert int(failure["seed"]) == 7 + failure["execution"]
    summary, = found["summary"]
    assert {"verdict", "executions", "steps", "distinct", "failures", "seconds"} <= summary.keys()
    assert (summary["verdict"], summary["failures"]) == ("hang", 1)
    assert summary["executions"] == failure["execution"] + 1


@pytest.mark.parametrize("options", [(), ("--keep-going",)], ids=["first", "all"])
def test_results_are_the_same_whatever_the_number_of_jobs(options):
    texts = {without_times(controlled("bad_philosophers-fast", "--runs=300", f"--jobs={jobs}", *options,
                                      arguments=["5"]).stdout).replace(f"jobs={jobs} ", "") for jobs in (1, 2, 5)}
    assert len(texts) == 1, texts


def test_shards_are_the_whole_campaign_and_nothing_twice():
    def hashes(*options):
        done = controlled("good_lock_order-fast", "--runs=100", "--hashes", *options)
        return re.findall(r"^seed=.*$", done.stdout, re.M)
    parts = [hashes(f"--shard={part}/3") for part in (1, 2, 3)]
    assert [len(part) for part in parts] == [34, 33, 33]
    assert sorted(sum(parts, [])) == sorted(hashes())


def test_equal_failures_are_told_once_and_counted():
    done = controlled("bad_philosophers-fast", "--runs=300", "--keep-going", arguments=["5"])
    assert done.stdout.count("FAIL hang") == 1
    assert re.search(r" ([2-9]|\d\d+) failed \(1 distinct\)", done.stdout), done.stdout


def test_reproduce_line_without_a_file_gives_the_same_failure():
    first = controlled("bad_lost_wakeup-fast", "--strategy=random", "--runs=300")
    line, = re.findall(r"^reproduce: curfew (.*)$", first.stdout, re.M)
    again = curfew(*line.split())
    identity = r"^seed: .*\nhash: .*\nverdict: .*$"
    assert re.search(identity, first.stdout, re.M)[0] == re.search(identity, again.stdout, re.M)[0]


def test_saved_seed_file_is_replayed_with_the_same_report(tmp_path):
    first = controlled("bad_lock_order-fast", "--runs=50", f"--save={tmp_path / 'seeds'}")
    line, = re.findall(r"^reproduce: curfew (.*)$", first.stdout, re.M)
    path, = (tmp_path / "seeds").iterdir()
    assert line == f"replay {path}" and f"file: {path}" in first.stdout
    again = curfew(*line.split(), "--times=5")
    assert again.returncode == 1
    assert re.search(r"^hang: 5 executions, \d+ steps, 1 traces, 5 failed", again.stdout, re.M), again.stdout
    threads = r"^threads:\n(  .*\n)+"
    assert re.search(threads, first.stdout, re.M)[0] == re.search(threads, again.stdout, re.M)[0]
    events_found = events(curfew("replay", "--json", path).stdout)
    assert events_found["failure"][0]["file"] == str(path)
    assert events_found["summary"][0]["verdict"] == "hang"


def test_junit_file_describes_the_failure(tmp_path):
    path = tmp_path / "junit.xml"
    assert controlled("bad_lock_order-fast", "--runs=50", f"--junit={path}").returncode == 1
    suite = xml.etree.ElementTree.parse(path).getroot()
    assert (suite.get("name"), suite.get("failures")) == ("curfew run", "1")
    assert "held by thread" in suite[0].find("failure").text


def test_quiet_pass_prints_nothing():
    done = controlled("good_race-tsan", "--runs=3", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_fast_program_is_said_to_hide_races():
    done = controlled("good_race-fast", "--runs=1")
    assert "is not built with ThreadSanitizer: races are not looked for" in done.stderr


def test_program_runs_in_an_empty_directory_and_what_it_leaves_is_a_leftover(tmp_path):
    done = controlled("leaves_file-fast", "--runs=5", "--keep-going", cwd=tmp_path)
    assert done.returncode == 1 and "leftover: files: left-behind/ left-behind/file" in done.stdout, done.stdout
    assert " 5 failed (1 distinct)" in done.stdout, "each began in an empty directory"
    assert list(tmp_path.iterdir()) == []


def test_bad_strategy_is_one_line_with_status_2():
    done = controlled("good_race-fast", "--strategy=none")
    assert done.returncode == 2 and is_one_line(done.stderr.splitlines(True)[-1]), done.stderr


def test_interrupt_keeps_what_was_found(tmp_path):
    program = PROGRAMS / "good_lock_order-fast"
    out = tmp_path / "out"
    with out.open("w") as stream:
        child = subprocess.Popen([CURFEW, "run", "--hashes", "--time=1h", "--", program], stdout=stream,
                                 stderr=subprocess.DEVNULL)
        wait_until(lambda: "\nseed=" in out.read_text(), "an execution")
        child.send_signal(signal.SIGINT)
        assert child.wait(60) == -signal.SIGINT
    summary = re.search(r"^interrupted, pass: (\d+) executions", out.read_text(), re.M)
    assert summary and int(summary[1]) > 0


def test_interrupt_ends_an_execution_that_does_not():
    child = subprocess.Popen([CURFEW, "run", "--cpu-ms=3600000", "--", PROGRAMS / "bad_spin_forever-fast"],
                             stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline().startswith("run: ")
    child.send_signal(signal.SIGTERM)
    rest = child.communicate(timeout=60)[0]
    assert child.returncode == -signal.SIGTERM and "interrupted, " in rest
