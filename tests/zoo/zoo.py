# SPDX-License-Identifier: MIT
"""The zoo's table, and how one of its programs is run."""
import os
import pathlib
import re
import subprocess
import tempfile
from typing import NamedTuple

BUILD = pathlib.Path(os.environ["CURFEW_BUILD_DIR"])
SOURCE = pathlib.Path(os.environ["CURFEW_SOURCE_DIR"])
ZOO = SOURCE / "harness/zoo"
CURFEW = BUILD / "harness/cli/curfew"
BOUND_S = 300  # wall clock: safety only

ROW = re.compile(r'^    X\((\d+), ([a-z0-9_]+), ([A-Z]+), "([^"]*)", (tsan|fast), "([^"]*)", "([^"]*)"\)', re.M)


class Animal(NamedTuple):
    number: int  # of its class
    name: str
    verdict: str
    signals: str
    flavour: str
    report: str
    help: str


def animals():
    return [Animal(int(row[0]), row[1], row[2].lower(), *row[3:]) for row in ROW.findall((ZOO / "table.h").read_text())]


class Campaign(NamedTuple):
    verdict: str      # of the campaign
    executions: int
    status: int
    text: str

    def __repr__(self):
        return f"status {self.status}\n{self.text}"


def campaign(animal, kind, runs, *options):
    """One campaign of the bad or the good build, which ends with the first failure."""
    return execute(["run", "--jobs=1", f"--runs={runs}", *options], animal, kind)


def sweep(animal, kind):
    """Its signals at every point."""
    with tempfile.TemporaryDirectory() as directory:
        return execute(["sweep"], animal, kind, cwd=directory)


def execute(command, animal, kind, **popen):
    late = ["--deadline=5s"] if animal.verdict == "late" else []
    done = subprocess.run([CURFEW, *command, f"--signals={animal.signals}", *late, "--",
                           BUILD / "zoo" / f"{kind}_{animal.name}"],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=BOUND_S, **popen)
    summary = re.search(r"^(\w+): (\d+) executions, ", done.stdout, re.M)
    verdict, executions = (summary[1], int(summary[2])) if summary else (None, 0)
    return Campaign(verdict, executions, done.returncode, done.stdout + done.stderr)
