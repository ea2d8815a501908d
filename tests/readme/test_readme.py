# SPDX-License-Identifier: MIT
"""Runs what README.md shows, and compares.

A block marked ```console holds commands ("$ " in front) and their output, which must be what the
commands print here: numbers may differ, a line of "..." stands for any lines, runs of spaces and
dashes count as one.  A block marked ```c below a comment <!-- file: NAME --> is written to NAME first;
where examples/NAME exists, it must be the same.  Everything runs in one scratch directory, in order,
with the built `curfew` in PATH and CURFEW_SOURCE naming the source tree.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(os.environ["CURFEW_SOURCE_DIR"])
BUILD = Path(os.environ["CURFEW_BUILD_DIR"])
README = (SOURCE / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$",
                   re.MULTILINE | re.DOTALL)
BLOCKS = [match.groupdict() for match in BLOCK.finditer(README)]


def parse_console(text):
    """Yields (command, expected output) for each command of a block."""
    command, output = None, []
    for line in text.splitlines():
        if line.startswith("$ "):
            if command is not None:
                yield command, output
            command, output = line[2:], []
        elif command is not None and command.endswith("\\"):
            command = command[:-1] + line.lstrip()
        else:
            output.append(line)
    if command is not None:
        yield command, output


def normal(line):
    line = re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{16}\b", "#", line)
    line = re.sub(r"\d+(\.\d+)?", "#", line)
    line = re.sub(r"-{2,}", "--", line)
    return re.sub(r"\s+", " ", line).strip()


def matches(expected, actual):
    """Whether the lines match, with "..." for any number of lines."""
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(matches(expected[1:], actual[i:]) for i in range(len(actual) + 1))
    return bool(actual) and expected[0] == actual[0] and matches(expected[1:], actual[1:])


CONSOLE = [(command, output) for block in BLOCKS if block["kind"] == "console"
           for command, output in parse_console(block["text"])]


@pytest.fixture(scope="session")
def scratch(tmp_path_factory):
    path = tmp_path_factory.mktemp("readme")
    for block in BLOCKS:
        if block["file"]:
            (path / block["file"]).write_text(block["text"], encoding="utf-8")
    return path


def test_readme_sets_what_its_commands_use_before_the_first_of_them():
    export, = re.findall(r"^export .*$", README, re.MULTILINE)
    shown = subprocess.run(["sh", "-c", f'{export}; printf "%s\\n" "$CURFEW_SOURCE" "$CURFEW_BUILD_DIR" "$PATH"'],
                           cwd="/", env={"PATH": "/bin"}, text=True, stdout=subprocess.PIPE, check=True).stdout
    assert shown.splitlines() == ["/", "//build/dev", "//build/dev/harness/cli://build/dev/bin:/bin"]
    assert README.index("scripts/run ") < README.index(export) < README.index("```console")
    assert set(re.findall(r"\$\{?(CURFEW_\w+)", README)) == {"CURFEW_SOURCE", "CURFEW_BUILD_DIR"}


@pytest.fixture(scope="session")
def environment():
    inherited = {key: value for key, value in os.environ.items() if key != "CURFEW_FLAVOUR"}  # curfew-cc reads it
    return {**inherited, "PATH": f"{BUILD / 'harness/cli'}:{BUILD / 'bin'}:{os.environ['PATH']}", "NO_COLOR": "1",
            "CURFEW_SOURCE": str(SOURCE)}


def test_readme_has_blocks():
    assert len(CONSOLE) >= 4
    assert any(block["file"] for block in BLOCKS)


def test_readme_blocks_all_have_a_kind_that_is_checked():
    # "sh" blocks hold commands without output.
    assert {block["kind"] for block in BLOCKS} <= {"console", "c", "cmake", "sh"}


@pytest.mark.parametrize("block", [b for b in BLOCKS if b["file"]], ids=lambda b: b["file"])
def test_readme_program_is_the_example(block):
    example = SOURCE / "examples" / block["file"]
    if example.exists():
        assert block["text"] == example.read_text(encoding="utf-8")


def test_readme_group_example_is_at_most_30_lines():
    hello = next(block for block in BLOCKS if block["file"] == "hello.c")
    code = hello["text"].splitlines()
    assert len(code) <= 30, len(code)


@pytest.mark.parametrize("command,expected", CONSOLE, ids=[command for command, _ in CONSOLE])
def test_readme_command_prints_what_is_shown(command, expected, scratch, environment):
    done = subprocess.run(["sh", "-c", command], cwd=scratch, env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300, check=False)
    actual = [normal(line) for line in done.stdout.splitlines()]
    wanted = [normal(line) if line != "..." else line for line in expected]
    while actual and not actual[-1]:
        actual.pop()
    assert matches(wanted, actual), f"$ {command}\n{done.stdout}"
