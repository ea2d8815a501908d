# SPDX-License-Identifier: MIT
"""Runs curfew on the small programs of this directory."""
import os
import pathlib
import re
import subprocess

BUILD = pathlib.Path(os.environ["CURFEW_BUILD_DIR"])
SOURCE = pathlib.Path(os.environ["CURFEW_SOURCE_DIR"])
PROGRAMS = BUILD / "tests/control/programs"
SOURCES = SOURCE / "tests/control/programs"
CONTROL = BUILD / "harness/cli/curfew"
FLAVOURS = ("fast", "tsan")
BOUND_S = 120  # wall clock: safety only


def environment():
    """Without what the build says to its own tests: curfew-cc would read CURFEW_FLAVOUR."""
    return {key: value for key, value in os.environ.items() if not key.startswith("CURFEW_")}


class Result:
    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr
        failure = re.search(r"^FAIL (\w+): .*, execution (\d+), step (\d+)$", self.out, re.M)
        seed = re.search(r"^seed: (\d+)\nhash: ([0-9a-f]{16})$", self.out, re.M)
        self.failure = failure and failure.group(1)
        self.identity = failure and (failure.group(1), seed.group(1), failure.group(3), seed.group(2))
        reason = re.search(r"^reasons:\n  \w+: (.*)$", self.out, re.M)
        self.message = reason and reason.group(1)
        summary = re.search(r"^(\w+): (\d+) executions, (\d+) steps, (\d+) traces, "
                            r"(?:\d+ signals, (?:\d+) early deaths, )?(\d+) failed \((\d+) distinct\), ",
                            self.out, re.M)
        early = re.search(r"(\d+) signals, (\d+) early deaths", self.out)
        self.signals, self.early = (int(number) for number in early.groups()) if early else (0, 0)
        self.verdict = summary and summary.group(1)
        self.executions, self.steps, self.distinct, self.failures, self.kinds = (
            (int(number) for number in summary.groups()[1:]) if summary else (None,) * 5)
        self.hashes = re.findall(r"^seed=.*$", self.out, re.M)

    def __repr__(self):
        return f"status {self.status}\n{self.out}\n{self.err}"


def control(*arguments, wrapper=(), **options):
    options.setdefault("env", environment())
    done = subprocess.run([*wrapper, CONTROL, *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=BOUND_S, **options)
    return Result(done)


def run(name, flavour, *arguments, options=(), **popen):
    """One campaign of a program of this directory."""
    return control("run", *options, "--", PROGRAMS / f"{name}-{flavour}", *arguments, **popen)
