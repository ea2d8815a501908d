# SPDX-License-Identifier: MIT
"""One mutant, tried by control and by plain repetition, each until it is caught or its processor time is used up.

Both try the same: scenarios of the catalogue, and the unit tests.  Control goes through all of them with
few executions each, then with more.  Repetition runs the scenarios with free-running threads and real signals, and
the unit tests as they are, round after round.
"""
import os
import re
import signal
import subprocess
import tempfile
import threading
from typing import NamedTuple

import build
from mutants import BUILD, SOURCE

CURFEW = BUILD / "harness/cli/curfew"
# Executions under control: of each scenario, of each of the nearest unit tests, of each other unit test.  After the
# first round one that makes many steps is executed less, so that each gets about the same processor time.
ROUNDS = ((10, 10, 0), (0, 100, 3), (30, 400, 10), (300, 2000, 50))
STEPS_OF_START = 200  # what the start of a process costs; a usual execution makes as many again
# As ctest sets it: the unit tests fork while threads run.
SANITIZER = {"TSAN_OPTIONS": re.search(r'"TSAN_OPTIONS=([^"]+)"',
                                       (SOURCE / "tests/unit/CMakeLists.txt").read_text()).group(1)}
# Wall clock, of one command: when a campaign ends by itself, and when something that does not end is killed.
TIME_S, BOUND_S = 120, 180

# Of the catalogue, and together all kinds of workers, styles of main, signals and ends.
SCENARIOS = ("condition-alone", "worker-stops-flags", "condition", "everything", "event-shared", "pool-tasks",
             "worker-fails", "fail-and-term", "worker-spawns", "daemons", "phases", "files", "main-flags",
             "main-reloads", "no-signal", "int-twice", "hup-in-cleanup", "term-at-start", "exit-reraise")
NOUNS = ("stop", "descriptor", "wait", "cond", "group", "join", "pool", "ending", "misuse", "notify", "signals",
         "debt")
# The unit tests that come first and are tried more, for what they are about; the others follow.
NEAREST = {"check": ("misuse",), "clock": ("stop",), "lock": ("join", "cond"), "mask": ("group",),
           "reason": ("stop",), "service": ("cond", "join", "ending"), "signals": ("signals", "ending"),
           "stop": ("stop", "descriptor"), "wait": ("wait", "cond"), "worker": ("group", "join")}
# Unit tests that are not for control, and why.
TOO_MANY_REPETITIONS = "repeats itself to meet an interleaving, beyond the bound on steps or threads"
VIRTUAL_TIME = "wants something to happen before a deadline comes, and time may leap under control"
COUNTS = "counts what the runtime opens, too"
UNITS_LEFT_OUT = {
    "test_wait_under_signals_runs_handlers_and_goes_on": TOO_MANY_REPETITIONS,
    "test_spawn_in_a_signal_storm_keeps_handlers_on_main": TOO_MANY_REPETITIONS,
    "test_spawn_racing_stop_is_refused_or_sees_it": TOO_MANY_REPETITIONS,
    "test_racing_submit_and_cancel_lose_no_job": TOO_MANY_REPETITIONS,
    "test_racing_drain_cancel_and_unref_by_many_lose_no_job": TOO_MANY_REPETITIONS,
    "test_cond_wait_racing_request_of_a_thread_is_never_lost": TOO_MANY_REPETITIONS,
    "test_cond_wait_racing_request_of_a_handler_is_never_lost": TOO_MANY_REPETITIONS,
    "test_racing_submit_and_drain_lose_no_job": TOO_MANY_REPETITIONS,
    "test_fd_made_while_requested_is_readable": VIRTUAL_TIME,
    "test_phases_stop_at_the_parents_deadline": VIRTUAL_TIME,
    "test_phases_stop_at_the_parents_deadline_while_the_service_sleeps": VIRTUAL_TIME,
    "test_spawn_gives_back_what_ended_workers_held": "wants the threads of ended workers to be gone soon",
    "test_fini_gives_back_all_descriptors": COUNTS,
    "test_stop_in_a_handler_reaches_all_and_keeps_errno": "its handler changes errno itself",
}


class Attempt(NamedTuple):
    """What became of a mutant."""
    caught: str      # by which scenario or test; "": by none
    verdict: str
    executions: int  # until then
    cpu_s: float
    command: tuple   # that shows it
    untold: tuple = ()  # what curfew said of campaigns that it could not judge, such as unsupported ones


class Done(NamedTuple):
    out: str
    status: int
    cpu_s: float


def run(command, environment=None, bound_s=BOUND_S):
    """Runs it to its end, or kills its process group at the bound (status -SIGKILL)."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryDirectory() as place:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=place,
                                 env={**os.environ, "NO_COLOR": "1", **(environment or {})}, start_new_session=True)
        timer = threading.Timer(bound_s, os.killpg, (child.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return Done(out.read(), child.returncode, usage.ru_utime + usage.ru_stime)


def nearest(mutant):
    stem = re.sub(r".*/|\.[ch]$", "", mutant.file)
    return NEAREST.get(stem, (stem,))


def nouns_for(mutant):
    return sorted(NOUNS, key=lambda noun: noun not in nearest(mutant))


def units(mutant):
    """The unit tests for control, nearest first: (noun, test)."""
    found = []
    for noun in nouns_for(mutant):
        text = (SOURCE / f"tests/unit/test_{noun}.c").read_text()
        found += [(noun, test) for test in re.findall(r"cmocka_unit_test\w*\(\s*(\w+)", text)
                  if test not in UNITS_LEFT_OUT]
    return found


class Trial:
    """Adds up what is spent on one mutant; `attempt` is set as soon as it is caught."""

    def __init__(self, mutant, budget_s):
        self.mutant, self.budget_s = mutant, budget_s
        self.executions, self.cpu_s, self.attempt = 0, 0.0, None
        self.steps = {}  # of one execution of each scenario and test
        self.untold = []  # what curfew said when it could not judge

    def is_over(self):
        return self.attempt is not None or self.cpu_s >= self.budget_s

    def spend(self, by, done, executions, verdict, command):
        self.executions += executions
        self.cpu_s += done.cpu_s
        if verdict is not None:
            self.attempt = Attempt(by, verdict, self.executions, self.cpu_s, tuple(map(str, command)))

    def result(self):
        return self.attempt or Attempt("", "", self.executions, self.cpu_s, (), tuple(self.untold))

    def share(self, by, runs):
        """How many executions of it cost what so many usual ones do; so many when its steps are not known yet."""
        if runs == 0 or self.is_over():
            return 0
        steps = self.steps.get(by, STEPS_OF_START)
        return max(1, round(runs * 2 * STEPS_OF_START / (STEPS_OF_START + steps)))

    def curfew(self, by, arguments):
        """A campaign: status 1 is a verdict against the mutant."""
        command = [CURFEW, "run", *map(str, arguments)]
        done = run(command, {"CURFEW_LIBEXEC": str(build.directory(self.mutant))})
        summary = re.search(r"^(\w+): (\d+) executions, (?:(\d+) steps, )?", done.out, re.M)
        executions = int(summary[2]) if summary else 0
        if executions > 0 and summary[3]:
            self.steps[by] = int(summary[3]) / executions
        verdict = summary[1] if summary and done.status == 1 else "hang" if done.status < 0 else None
        if done.status not in (0, 1):
            self.untold.append(f"{by}: status {done.status}: {done.out}")
        self.spend(by, done, executions, verdict, command)


def control(mutant, budget_s, flavour="fast", rounds=ROUNDS, scenario_names=None, unit_names=None):
    """Tries a mutant under control."""
    trial = Trial(mutant, budget_s)
    scenario_names = SCENARIOS if scenario_names is None else scenario_names
    unit_names = units(mutant) if unit_names is None else unit_names
    seed = 1
    for scenario_runs, nearest_runs, other_runs in rounds:
        common = ["--jobs=1", f"--seed={seed}", f"--time={TIME_S}s"]
        for name in scenario_names:
            runs = trial.share(name, scenario_runs)
            if runs > 0:
                build.build(mutant, build.SCENARIO[flavour])
                trial.curfew(name, [f"--flavour={flavour}", "--deadline=5s", f"--runs={runs}", *common, name])
        for noun, test in unit_names:
            runs = trial.share(test, nearest_runs if noun in nearest(mutant) else other_runs)
            if runs > 0:
                program = build.build(mutant, f"mutants-unit-{noun}-{flavour}")
                trial.curfew(test, ["--no-oracle=abandoned,owing,twice", f"--runs={runs}", *common, "--", program,
                                    test])
        seed += 2 * max(scenario_runs, nearest_runs)  # beyond the largest share
    return trial.result()


def repetition(mutant, budget_s, flavour="plain"):
    """Tries a mutant with free-running threads, for the same processor time."""
    trial = Trial(mutant, budget_s)
    program = build.build(mutant, build.SCENARIO["plain" if flavour == "plain" else "real-tsan"])
    kind = program.parent / f"curfew-scenario-{flavour}"
    assert program == kind, "curfew finds the program by its name"
    while not trial.is_over():
        before = trial.cpu_s
        for name in SCENARIOS:
            if not trial.is_over():
                trial.curfew(name, ["--real", f"--flavour={flavour}", "--jobs=4", "--runs=20", name])
        for noun in nouns_for(mutant):
            if not trial.is_over():
                program = build.build(mutant, f"unit-{noun}-{flavour}")
                done = run([program], SANITIZER)
                verdict = None if done.status in (0, 77) else "hang" if done.status == -signal.SIGKILL else "status"
                trial.spend(f"unit-{noun}", done, 1, verdict, [program])
        assert trial.cpu_s > before
    return trial.result()
