# SPDX-License-Identifier: MIT
"""Each oracle has a control that earns exactly its verdict, and passes when that oracle alone is switched off."""
import re
import subprocess

import pytest

from zoo import BOUND_S, BUILD, CURFEW, SOURCE

# oracle, control, verdict, signals, what the report says
CONTROLS = [
    ("unsafe", "zoo/bad_handler_allocates", "unsafe", "TERM", "not async-signal-safe: malloc"),
    ("unsafe", "zoo/bad_handler_prints", "unsafe", "TERM", "not async-signal-safe: printf"),
    ("unsafe", "zoo/bad_handler_exits", "unsafe", "TERM", "not async-signal-safe: exit"),
    ("unsafe", "zoo/bad_handler_signals_condition", "unsafe", "TERM", "not async-signal-safe: pthread_cond_signal"),
    ("errno", "zoo/bad_eintr_errno_changed", "misuse", "USR1", "a handler changed errno"),
    ("late", "zoo/bad_wait_plain_sleep", "late", "TERM", "in which nobody could go on"),
    ("lost", "tests/control/programs/signal_blocked-fast", "lost", "TERM", "still pending at the end"),
    ("unlock", "tests/control/programs/bad_unlock_stranger-fast", "misuse", "none",
     "by a thread that does not hold it"),
    ("held", "tests/control/programs/bad_held-fast", "misuse", "none", "a thread ended and took a mutex along"),
    ("destroy", "zoo/bad_freed_condition", "misuse", "none", "destroyed while a thread waits on it"),
    ("destroy", "zoo/bad_order_logger_first", "misuse", "none", "a mutex was "),
    ("join", "tests/control/programs/bad_join_twice-fast", "misuse", "none", "a thread was joined twice"),
    ("join", "zoo/bad_start_failed_join", "misuse", "none", "a join names a thread that does not exist"),
    ("abandoned", "zoo/bad_exit_live_worker", "abandoned", "none", "1 thread was alive"),
    ("owing", "zoo/bad_work_dropped", "owing", "none", "'job' #1 never happened"),
    ("twice", "zoo/bad_work_paid_twice", "twice", "none", "'job' was settled 2 times"),
    ("inherit", "zoo/bad_fork_blocked_mask", "inherit", "none", "executed with blocked signals"),
    ("inherit", "zoo/bad_fork_ignored_signal", "inherit", "none", "executed with ignored signals"),
    ("inherit", "zoo/bad_fork_open_descriptor", "inherit", "none", "executed with open descriptors"),
    ("children", "zoo/bad_leftover_child", "leftover", "none", "a child process was not waited for"),
    ("files", "tests/control/programs/leaves_file-fast", "leftover", "none", "files: left-behind"),
    ("status", "zoo/bad_work_torn", "status", "none", "exit status 1, expected 0"),
]
RUNS = 300


def run(control, signals, *options):
    return subprocess.run([CURFEW, "run", "--jobs=1", f"--runs={RUNS}", f"--signals={signals}", "--deadline=5s",
                           *options, "--", BUILD / control],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=BOUND_S)


@pytest.mark.parametrize("oracle, control, verdict, signals, says", CONTROLS, ids=lambda value: str(value))
def test_control_earns_its_verdict_and_passes_without_its_oracle(oracle, control, verdict, signals, says):
    found = run(control, signals)
    assert re.findall(r"^FAIL (\w+): ", found.stdout, re.M) == [verdict] and found.returncode == 1, found.stdout
    assert says in found.stdout, found.stdout
    only = run(control, signals, f"--oracles={oracle}")
    assert only.returncode == 1 and f"FAIL {verdict}: " in only.stdout, only.stdout
    without = run(control, signals, f"--no-oracle={oracle}")
    assert without.returncode == 0 and f"{RUNS} executions" in without.stdout, without.stdout + without.stderr


def test_every_oracle_has_a_control():
    table = (SOURCE / "harness/runtime/oracles/table.h").read_text()
    assert set(re.findall(r'^    X\(\w+, "(\w+)"', table, re.M)) == {row[0] for row in CONTROLS}


def test_unknown_oracle_is_named():
    for option in ("--oracles=held,none-such", "--no-oracle=none-such"):
        done = run("zoo/good_exit_live_worker", "none", option)
        assert (done.returncode, done.stdout) == (2, ""), done
        assert "no such oracle: 'none-such' (see curfew list)" in done.stderr, done.stderr


def test_seed_file_keeps_the_oracles(tmp_path):
    found = run("tests/control/programs/bad_held-fast", "none", "--oracles=held,join", f"--save={tmp_path}")
    path, = tmp_path.iterdir()
    assert "\noracles: held,join\n" in path.read_text(), found.stdout
    again = subprocess.run([CURFEW, "replay", path], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                           timeout=BOUND_S)
    assert again.returncode == 1 and "misuse" in again.stdout, again.stdout + again.stderr
