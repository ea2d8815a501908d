# SPDX-License-Identifier: MIT
"""Tables, JSON lines, JUnit files and saved failures."""
import contextlib
import os
import pty
import re
import signal
import subprocess
import xml.etree.ElementTree

from support import CURFEW, events, is_one_line, real

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


def test_saved_failure_of_a_scenario_can_be_given_back(tmp_path):
    assert real("--seed=1", "--runs=1", f"--save={tmp_path}", "bad-skip").returncode == 1
    saved, = tmp_path.iterdir()
    done = real("--seed=1", "--runs=1", "--json", f"@{saved}")
    assert done.returncode == 1
    scenario, = events(done.stdout)["scenario"]
    assert saved.read_text().splitlines()[1] == f"scenario: {scenario['scenario']}"
    assert scenario["verdict"] == "owing"


def test_saved_failure_of_a_program_points_to_its_command(tmp_path):
    assert real("--runs=1", "--signals=none", f"--save={tmp_path}", "--", "false").returncode == 1
    saved, = tmp_path.iterdir()
    done = real(f"@{saved}")
    assert done.returncode == 2 and is_one_line(done.stderr, f"curfew run: {saved}: ")
    assert "reproduce: " in done.stderr


def test_json_numbers_of_times_have_three_decimals():
    done = real("--runs=3", "--keep-going", "--json", "bad-status")
    found = re.findall(r'"(?:at_ms|delay_ms|slowest_stop_ms|seconds)":(-?[0-9.e+-]+)', done.stdout)
    assert len(found) >= 4
    assert all(re.fullmatch(r"-?\d+\.\d{1,3}", number) for number in found), found


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


def read_terminal(terminal, until=None):
    """What it gets, until that is among it, or everybody has closed the other end."""
    got = ""
    with contextlib.suppress(OSError):  # EIO: closed
        while until is None or until not in got:
            got += os.read(terminal, 65536).decode()
    return got


@contextlib.contextmanager
def campaign_on_a_terminal(*arguments):
    """A campaign whose stderr is a terminal."""
    terminal, end = pty.openpty()
    with subprocess.Popen([CURFEW, "run", "--flavour=fast", *arguments, "wait"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=end, text=True) as running:
        os.close(end)
        yield running, terminal
    os.close(terminal)


def test_progress_is_one_line_that_is_written_again_and_goes():
    with campaign_on_a_terminal("--time=1h") as (running, terminal):
        text = read_terminal(terminal, until="s to go\033[K")
        running.send_signal(signal.SIGINT)
        text += read_terminal(terminal)
        table = running.stdout.read()
    assert "wait | main=wait" in table and re.search(r"^interrupted", table, re.MULTILINE), table
    told, rest = text.rsplit("\033[K", 1)
    for line in told.split("\033[K"):
        assert re.fullmatch(r"\r(\d+ executions, \d+\.\d/s, 0 failed, \d+ s, \d+ s to go)?", line), text
    assert not rest.strip(), text


def test_quiet_has_no_progress():
    with campaign_on_a_terminal("--time=3s", "--quiet") as (running, terminal):
        assert read_terminal(terminal) == ""
        assert running.stdout.read() == ""
    assert running.returncode == 0
