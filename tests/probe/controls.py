# SPDX-License-Identifier: MIT
"""The negative controls of curfew probe: what each must earn.  Its repaired twin, with the same options, earns nothing.

Used by test_controls.py, which runs each once, and by scripts/probe-controls, which runs each ten times.
"""
from typing import NamedTuple, Optional

# Of wall-clock time a control needs only that a clean stop, which takes a millisecond, is within it.
COMMON = ["--ready=log:ready", "--deadline=500ms", "--quiet"]
CHECK = "--check=cmp /tmp/control.acknowledged /tmp/control.stored"
# dd, for a shell would make a file where the pipe has just been taken away.
WORKLOAD = "for i in 1 2 3; do echo record | dd of=/tmp/control.fifo conv=nocreat status=none; done"


class Control(NamedTuple):
    name: str
    options: list
    verdict: Optional[str]  # None: there is no bad twin
    detail: str = ""  # words of it
    severity: int = 0
    retry: int = 1  # a point in time, not at a call, hits by chance

    @property
    def mode(self):
        return next((option[5:] for option in self.options if option.startswith("--at=")), "before,entry")


CONTROLS = [
    Control("lost_wakeup", ["--at=before"], "lost", "only when the signal is sent once more", 3),
    Control("eintr", ["--at=entry"], "status", "exit status 9", 6),
    Control("sigwait", ["--at=before,entry,exit"], None),
    Control("pidfile", [], "leftover", "left behind: file /tmp/control.pid", 5),
    Control("shm", [], "leftover", "left behind: file /dev/shm/control", 5),
    Control("socket", [], "restart", "does not start again: exit status 4", 2),
    Control("orphan", [], "leftover", "orphan: bad_orphan", 4),
    Control("status", [], "status", "exit status 5", 6),
    Control("crash", [], "crash", "killed by SEGV", 1),
    Control("forgotten", [], "lost", "only when the signal is sent once more", 3),
    Control("deadlock", [], "hang", "nor with one more signal", 1),
    Control("late", [], "late", "ended late", 3),
    Control("spin", [], "livelock", "burns processor time", 1),
    Control("lostdata", [CHECK], "owing", "data was lost", 1),
    Control("intake", ["--workload=" + WORKLOAD, CHECK], "owing", "data was lost: --check failed after the end", 1),
    Control("stale", ["--restart"], "restart", "does not start again: exit status 6", 2),
    Control("pid1", ["--pid1"], "lost", "only when the signal is sent once more", 3),
    Control("twice", ["--second=TERM@+1..8"], "crash", "killed by ABRT", 1),
    Control("timed", ["--at=time", "--phase=startup"], "crash", "killed by ABRT", 1, 10),
]

# A defect, and the modes that are blind to it.
BLIND = [("lost_wakeup", "entry,exit"), ("eintr", "before,exit"), ("timed", "before,entry,exit")]


def complaint(control, failures):
    """What is not as the control must earn it, given the failures of one campaign; "" if all is."""
    if control.verdict is None:
        return "" if not failures else f"blamed for {failures[0]['verdict']}"
    if [failure["verdict"] for failure in failures] != [control.verdict]:
        return f"earned {[failure['verdict'] for failure in failures]}"
    failure = failures[0]
    if control.detail not in failure["detail"] or failure["severity"] != control.severity:
        return f"severity {failure['severity']}: {failure['detail']}"
    return "" if failure["again"] else "seen once"
