# SPDX-License-Identifier: MIT
"""What the tests of curfew probe share: how the command is run and its JSON lines are read."""
import json
import os
import pathlib
import subprocess

import pytest

from controls import COMMON

BUILD = pathlib.Path(os.environ["CURFEW_BUILD_DIR"])
CURFEW = BUILD / "harness/cli/curfew"
PROGRAMS = BUILD / "tests/probe/controls"


class Outcome:
    def __init__(self, completed):
        self.status = completed.returncode
        self.stdout, self.stderr = completed.stdout, completed.stderr
        self.events = [json.loads(line) for line in completed.stdout.splitlines() if line.startswith("{")]
        self.failures = [event for event in self.events if event["event"] == "failure"]
        summaries = [event for event in self.events if event["event"] == "summary"]
        self.summary = summaries[-1] if summaries else None

    def __repr__(self):
        return f"status {self.status}\n{self.stdout}\n{self.stderr}"


def run(*words, timeout=120, **kwargs):
    return subprocess.run([str(CURFEW), *map(str, words)], text=True, capture_output=True, timeout=timeout,
                          check=False, stdin=subprocess.DEVNULL, **kwargs)


@pytest.fixture
def probe():
    def call(control, *options, common=COMMON, **kwargs):
        program = control if isinstance(control, (list, tuple)) else [PROGRAMS / control]
        return Outcome(run("probe", "--json", *common, *options, "--", *program, **kwargs))
    return call


@pytest.fixture
def replay():
    def call(path, times):
        return Outcome(run("replay", "--json", f"--times={times}", path))
    return call
