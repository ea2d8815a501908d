# SPDX-License-Identifier: MIT
"""Tables, JSON lines, JUnit files and saved failures."""
import re
import xml.etree.ElementTree

from support import events, real

NUMBERS = re.compile(r"[+-]?\d+(\.\d+)? (ms|s)\b")


def test_failure_text_is_as_agreed(golden):
    done = real("--seed=1", "--runs=1", "--jobs=1", "bad-skip")
    golden("failure", NUMBERS.sub(r"N \2", re.sub(r" {2,}", "  ", done.stdout)))
    assert done.stderr == ""


def test_saved_failure_is_versioned_and_named_for_the_failure(tmp_path):
    directory = tmp_path / "made" / "if" / "missing"
    done = real("--seed=1", "--runs=2", "--jobs=1", f"--save={directory}", "bad-skip", "bad-status")
    assert done.returncode == 1
    names = sorted(path.name for path in directory.iterdir())
    assert names == ["bad-skip-owing-0000000000000001.txt", "bad-status-status-0000000000000001.txt"]
    lines = (directory / names[0]).read_text().splitlines()
    assert lines[0] == "curfew-real 1"
    assert lines[1].startswith("scenario: poll skip | ")
    assert lines[2:4] == ["seed: 1", "verdict: owing"]
    assert lines[-1].startswith("reproduce: curfew run --real --seed=1 --runs=1 ")
    assert f"file: {directory / names[0]}" in done.stdout


def test_json_lines_keep_the_contract():
    done = real("--seed=18446744073709551615", "--runs=2", "--json", "bad-status", "good-status")
    found = events(done.stdout)
    assert done.stderr == ""
    summary, = found["summary"]
    assert done.stdout.splitlines()[-1].find('"event":"summary"') > 0
    assert summary["seed"] == found["start"][0]["seed"] == "18446744073709551615"
    assert summary["verdict"] == "status" and summary["executions"] >= 2 and summary["failures"] >= 1
    assert isinstance(summary["seconds"], float)
    failure, = found["failure"]
    assert {"verdict", "execution", "seed", "file", "reproduce", "signals", "report", "late"} <= failure.keys()
    # Execution 0 has the campaign's seed; with two at once, which one fails first is chance.
    assert (failure["seed"] == summary["seed"]) == (failure["execution"] == 0)
    assert failure["file"] is None
    assert [signal["signal"] for signal in failure["signals"]] == ["TERM"]


def test_junit_file_counts_and_describes(tmp_path):
    path = tmp_path / "junit.xml"
    done = real("--runs=2", f"--junit={path}", "good-status", "bad-status", "bad-race")
    assert done.returncode == 1
    suite = xml.etree.ElementTree.parse(path).getroot()
    assert (suite.tag, suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("testsuite", "3", "2", "0")
    cases = {case.get("name"): case for case in suite}
    assert cases["good-status"].find("failure") is None
    assert cases["bad-status"].find("failure").get("type") == "status"
    assert "reproduce: curfew run" in cases["bad-status"].find("failure").text
    assert "data race" in cases["bad-race"].find("failure").text
    assert [entry.name for entry in tmp_path.iterdir()] == ["junit.xml"]  # No temporary file stays.


def test_junit_and_json_survive_output_that_is_no_text(tmp_path):
    path = tmp_path / "junit.xml"
    program = r"printf '\001\377<&]]>\033[31m\n'; exit 3"
    done = real("--runs=1", "--signals=none", f"--junit={path}", "--json", "--", "sh", "-c", program)
    assert done.returncode == 1
    assert events(done.stdout)["failure"][0]["verdict"] == "status"
    assert "<&]]>" in xml.etree.ElementTree.parse(path).getroot()[0].find("failure").text


def test_quiet_pass_prints_nothing():
    done = real("--runs=1", "--quiet", "good-status")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_escape_codes_off_a_terminal():
    done = real("--runs=1", "bad-status", env={"NO_COLOR": ""})
    assert "\033" not in done.stdout + done.stderr
