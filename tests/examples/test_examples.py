# SPDX-License-Identifier: MIT
"""Runs each example, plainly and under ThreadSanitizer, stops it by real signals, and compares its output.

A step is a line that the program must print, or a signal that is sent once the lines before it were
read.  So nothing is ordered by sleeping; the only clock is a generous bound against hangs.
"""
import os
import pathlib
import re
import signal
import subprocess
import threading

import pytest

SOURCE = pathlib.Path(os.environ["CURFEW_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["CURFEW_BUILD_DIR"])
FLAVOURS = [flavour for flavour in ("plain", "tsan") if (BUILD / "examples" / flavour).is_dir()]
TERM, INT, HUP = signal.SIGTERM, signal.SIGINT, signal.SIGHUP
BOUND_S = 60

# Program -> (steps, exit status as subprocess gives it: -n for death by signal n).
EXAMPLES = {
    "blocking_io": (["read 5 bytes", TERM, "interrupted"], 0),
    "daemon_worker": (["home: the worker, not the daemon; 0 to wait for"], 0),
    "event_polled": (["ready", INT, re.compile("the worker (tried some numbers|was stopped before it began)")], 0),
    "failing_worker": (["stopped by: worker failure", "disk failed with 7"], 1),
    "finished_early": (["the worker cleans up", "the group cleans up",
                        "worker gone, stop requested, second join 0"], 0),
    "flag_per_worker": (["cleo leaves", "ben leaves", "anna leaves"], 0),
    "hup_reload": (["ready", HUP, "reload 1", HUP, "reload 2", TERM, "stopped by SIGTERM after 2 reloads"], 0),
    "interruptible_sleep": (["working", TERM, "woken by SIGTERM"], 0),
    "pool_tasks": (["drain: 0", "cancel: the long task saw 0, 7 never ran"], 0),
    "second_ctrl_c": (["ready", INT, "stopping; press Ctrl-C again to give up", INT], 130),
    "shared_event": (["all three saw it"], 0),
    "signals_joining": (["ready", TERM, "all home after SIGTERM"], -TERM),
    "signals_own_loop": (["ready", INT, "left the loop: asked to stop"], 0),
    "signals_waiting": (["ready", INT, "stopping for SIGINT", "all home"], 0),
    "staged_task": (["fetch: begun", "unpack: begun", "install: left out"], 0),
    "worker_object": (["fast: sampled, closed", "slow: sampled, closed"], 0),
}


def follow(process, steps):
    for step in steps:
        if isinstance(step, signal.Signals):
            process.send_signal(step)
        else:
            line = process.stdout.readline().rstrip("\n")
            matches = step.fullmatch(line) if isinstance(step, re.Pattern) else line == step
            assert matches, f"printed {line!r}, not {step!r}"


def start(name, flavour):
    options = "halt_on_error=1 exitcode=66 atexit_sleep_ms=0 " + os.environ.get("TSAN_OPTIONS", "")
    return subprocess.Popen([BUILD / "examples" / flavour / name], env={**os.environ, "TSAN_OPTIONS": options},
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(name, flavour, steps, status):
    with start(name, flavour) as process:
        guard = threading.Timer(BOUND_S, process.kill)  # ends a hang: the read below then sees the end
        guard.start()
        try:
            follow(process, steps)
            rest, errors = process.communicate()
        finally:
            guard.cancel()
            process.kill()
    assert (rest, errors, process.returncode) == ("", "", status)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_example_does_what_it_says(name, flavour):
    steps, status = EXAMPLES[name]
    run(name, flavour, steps, status)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("signo", [TERM, INT], ids=lambda signo: signo.name)
def test_hello_ticks_until_a_signal_stops_it(flavour, signo):
    with start("hello", flavour) as process:
        guard = threading.Timer(BOUND_S, process.kill)
        guard.start()
        try:
            # Its output is buffered, as for any program that writes into a pipe: it is complete at the
            # end.  The handlers are there before the workers, so wait for those.
            tasks = pathlib.Path(f"/proc/{process.pid}/task")
            while not {"tick", "tock"} <= {(task / "comm").read_text().strip() for task in tasks.iterdir()}:
                assert process.poll() is None
            process.send_signal(signo)
            output, errors = process.communicate()
        finally:
            guard.cancel()
            process.kill()
    assert set(output.split()) <= {"tick", "tock"} and errors == "" and process.returncode == 0


def test_every_example_is_run():
    assert {path.stem for path in (SOURCE / "examples").glob("*.c")} == {"hello", *EXAMPLES}


def test_hello_fits_into_the_readme():
    assert len((SOURCE / "examples/hello.c").read_text().splitlines()) <= 30


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_wrong_expectation_is_noticed(flavour):
    with pytest.raises(AssertionError):
        run("failing_worker", flavour, ["stopped by: SIGTERM"], 1)
    with pytest.raises(AssertionError):
        run("failing_worker", flavour, EXAMPLES["failing_worker"][0], 0)
