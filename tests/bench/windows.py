#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: windows.py [--campaigns=N] [--native=N] [--within=MS] [NAME...]

Windows of microseconds, under control and natively.  scripts/bench windows calls it.  Columns: campaigns of at most
1,000 executions that found the verdict, the median and the most executions that took; then, of N native runs of the
same program, each of which gets the same signals at random times within MS of its start, how many showed the defect
and how many the signal's default action ended early.  Native runs have real-time priority where that is allowed:
else every window is as wide as other processes' time slices.  A hang is no end within 2 s, natively; 20 of a defect
are enough.
"""
import argparse
import contextlib
import os
import pathlib
import random
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

BUILD = pathlib.Path(os.environ["CURFEW_BUILD_DIR"])
CURFEW = BUILD / "harness/cli/curfew"
RUNS = 1000
HANG_MS = 2000
ENOUGH = 20
SEEDS_APART = 1_000_000


class Window(NamedTuple):
    what: str
    program: str  # below the build directory; {} is bad or good
    plan: str
    verdict: str
    leaves: str = ""  # the file that shows the defect natively
    visible: bool = True  # natively, without an oracle
    option: str = "--no-oracle=unsafe"  # what comes of it is looked for


PROGRAM = "tests/control/programs/{}_"
WINDOWS = [
    Window("between the flag's check and pause", PROGRAM + "signal_pause-fast", "TERM", "hang"),
    Window("before the handler is installed", PROGRAM + "signal_window-fast", "TERM", "leftover", "window.pid"),
    Window("handler takes its thread's lock", PROGRAM + "signal_lock-fast", "TERM", "hang"),
    Window("HUP overwrites TERM", PROGRAM + "signal_overwritten-fast", "TERM,HUP", "livelock"),
    Window("EINTR of sem_wait taken for an item", PROGRAM + "signal_eintr-fast", "USR1*3", "status"),
    Window("atexit handler frees what is in use", PROGRAM + "exit_frees-fast", "", "crash", option="--allow-abandoned"),
    Window("second INT during cleanup", PROGRAM + "signal_second-fast", "INT*2", "status"),
    Window("timeout and stop at the same time", PROGRAM + "signal_timeout-fast", "TERM", "hang"),
    Window("close against accept", PROGRAM + "close_accept-fast", "", "hang"),
    Window("child inherits a blocked mask", "zoo/{}_fork_blocked_mask", "", "inherit", visible=False),
]


def environment():
    return {key: value for key, value in os.environ.items() if not key.startswith("CURFEW_")}


def campaign(window, kind, seed, runs):
    """(status, verdict, executions) of one controlled campaign."""
    words = [CURFEW, "run", f"--runs={runs}", f"--seed={seed}", window.option]
    words += [f"--signals={window.plan}"] if window.plan else []
    done = subprocess.run([*words, "--", BUILD / window.program.format(kind)], capture_output=True, text=True,
                          check=False, env=environment(), stdin=subprocess.DEVNULL)
    verdict, rest = done.stdout.splitlines()[-1].split(": ", 1)
    return done.returncode, verdict, int(rest.split()[0])


def signals(plan):
    for word in filter(None, plan.split(",")):
        name, _, count = word.partition("*")
        yield from [getattr(signal, f"SIG{name}")] * int(count or 1)


def native(window, rng, within_ms, folder):
    """What one native run shows: "", "early", or the defect."""
    program = BUILD / window.program.format("bad")
    moments = sorted(rng.uniform(0, within_ms / 1e3) for _ in signals(window.plan))
    gaps = [moment - before for before, moment in zip([0, *moments], moments)]
    with subprocess.Popen([program], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, env=environment()) as process:
        pidfd = os.pidfd_open(process.pid)
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        for gap, signo in zip(gaps, signals(window.plan)):
            until = time.perf_counter() + gap  # from the last one: were it late, they would come together
            time.sleep(max(0, gap - 1e-3))
            while time.perf_counter() < until:
                pass
            signal.pidfd_send_signal(pidfd, signo)  # its parent has not waited for it: it is there
        hangs = not poll.poll(HANG_MS)
        os.close(pidfd)
        if hangs:
            process.kill()
        status = process.wait()
    left = window.leaves and os.path.lexists(os.path.join(folder, window.leaves))
    if left:
        os.unlink(os.path.join(folder, window.leaves))
    if hangs:
        return "hang"
    if left:
        return "leftover"
    if -status in [int(signo) for signo in signals(window.plan)]:
        return "early"
    return {0: ""}.get(status, "crash" if status < 0 else "status")


@contextlib.contextmanager
def real_time():
    """For this process and those that it starts, which are few and mostly asleep."""
    policy, param = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        print("note: no real-time priority: what else runs makes the windows wider")
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, param)


def measure(window, options, folder):
    """Prints the row; whether control found it each time, and its twin is clean."""
    found = []
    for number in range(options.campaigns):
        status, verdict, executions = campaign(window, "bad", 1 + number * SEEDS_APART, RUNS)
        if (status, verdict) == (1, window.verdict):
            found.append(executions)
    clean = campaign(window, "good", 1, RUNS) == (0, "pass", RUNS)
    median, most = (statistics.median_high(found), max(found)) if found else ("-", "-")
    rng = random.Random(1)
    ends, shown = [], 0
    with real_time():
        while window.visible and len(ends) < options.native and shown < ENOUGH:
            ends.append(native(window, rng, options.within, folder))
            shown += ends[-1] not in ("", "early")
    natively = f"{shown}/{len(ends)}" if window.visible else "not seen"
    columns = (f"{window.what:36}", f"{window.plan or '-':8}", f"{window.verdict:8}",
               f"{len(found):3}/{options.campaigns:<3}", f"{median:>6}", f"{most:>5}", "clean" if clean else "  NOT",
               f"{natively:>10}", f"{ends.count('early'):>6}")
    print("  ".join(columns), flush=True)
    return clean and len(found) == options.campaigns


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--campaigns", type=int, default=20)
    parser.add_argument("--native", type=int, default=10000)
    parser.add_argument("--within", type=float, default=50, help="milliseconds")
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of a program's name")
    options = parser.parse_args()
    wanted = [window for window in WINDOWS
              if not options.names or any(name in window.program for name in options.names)]
    if not wanted:
        parser.error("no such program")
    print("window                                signals   verdict   found    median   most   twin    natively   early")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:  # a disk makes the windows of open and unlink wider
        good = [measure(window, options, folder) for window in wanted]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
