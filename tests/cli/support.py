# SPDX-License-Identifier: MIT
"""Runs the curfew command, and looks for what it may leave behind."""
import json
import os
import pathlib
import subprocess
import time

BUILD = pathlib.Path(os.environ.get("CURFEW_BUILD_DIR", pathlib.Path(__file__).parents[2] / "build/dev"))
CURFEW = BUILD / "harness/cli/curfew"
BOUND_S = 120  # against hangs; says nothing about speed


def curfew(*arguments, env=None, **options):
    """Runs it to its end.  Standard input is empty; stdout and stderr are captured as text."""
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([CURFEW, *map(str, arguments)], stdin=subprocess.DEVNULL, text=True, timeout=BOUND_S,
                          env={**os.environ, "NO_COLOR": "1", **(env or {})}, check=False, **options)


def real(*arguments, **options):
    return curfew("run", "--real", *arguments, **options)


def events(text):
    """The JSON lines of a run: {event: [objects]}."""
    found = {}
    for line in text.splitlines():
        event = json.loads(line)
        assert event["v"] == 1
        found.setdefault(event["event"], []).append(event)
    return found


def is_one_line(text, beginning="curfew run: "):
    return text.startswith(beginning) and text.count("\n") == 1 and text.endswith("\n")


def marked_processes(mark):
    """The living processes whose environment holds the mark."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if mark.encode() in environment and state not in "ZX":
                found.append(int(entry.name))
    return found


def wait_until(condition, what):
    """Waits for what must come; the bound is against hangs."""
    end = time.monotonic() + BOUND_S
    while not condition():
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.005)
