# SPDX-License-Identifier: MIT
"""The end of the process: what runs, in which order, is the same natively and under control."""
import subprocess

import pytest

from support import BOUND_S, BUILD, FLAVOURS, PROGRAMS, SOURCES, control, environment

CC = BUILD / "bin/curfew-cc"
WAYS = ("return", "exit", "again", "quick", "_exit", "_Exit", "abort", "thread", "main-first", "live", "children",
        "exec")
# The status of the first of several exits, or the signal's.
STATUS = {"return": 1, "exit": 2, "again": 7, "quick": 4, "_exit": 5, "_Exit": 6, "thread": 5, "live": 8, "exec": 11}


def natively(*arguments):
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, check=False,
                          timeout=BOUND_S, env=environment(), stdin=subprocess.DEVNULL)
    return done.stdout.splitlines()


def controlled(status, *arguments):
    """What the program prints under control, for each execution."""
    options = ("--allow-abandoned", f"--expect-status={status}", "--output", "--hashes", "--keep-going")
    result = control("run", "--runs=8", *options, "--", *arguments)
    outputs = []
    mine = False
    for line in result.out.splitlines():
        if line.startswith("seed="):
            outputs.append([])
            mine = True
        elif line == "" or line.startswith("FAIL "):
            mine = False
        elif mine:
            outputs[-1].append(line)
    return result, outputs


@pytest.mark.parametrize("way", WAYS)
def test_the_end_is_the_same_natively_and_under_control(way):
    hashes = []
    for flavour in FLAVOURS:
        program = PROGRAMS / f"exits-{flavour}"
        expected = natively(PROGRAMS / "exits-fast", way)  # ThreadSanitizer's own exit and fork differ
        assert expected or way in ("_exit", "_Exit"), "it prints what runs"
        result, outputs = controlled(STATUS.get(way, 0), program, way)
        assert result.verdict == ("crash" if way == "abort" else "pass"), result
        assert outputs == [expected] * 8, result
        hashes.append(result.hashes)
    assert hashes[0] == hashes[1]


def test_children_are_waited_for_as_natively():
    """Whoever waits is parked, signals of children become virtual, what they inherit is the program's."""
    hashes = []
    for flavour in FLAVOURS:
        program = PROGRAMS / f"children-{flavour}"
        expected = natively(PROGRAMS / "children-fast")
        assert len(expected) > 20
        result, outputs = controlled(0, program)
        assert result.status == 0 and "8 executions depended on the outside" in result.err, result
        assert outputs == [expected] * 8, result
        hashes.append(result.hashes)
    assert hashes[0] == hashes[1]


def test_handlers_and_destructors_are_steps():
    result = control("run", "--strategy=rr", "--runs=1", "--traces", "--expect-status=2", "--",
                     PROGRAMS / "exits-fast", "exit")
    steps = [line.split(None, 3)[-1] for line in result.out.splitlines() if line.startswith("  ")]
    handlers = [step for step in steps if step.startswith("exit handler")]
    assert [step.split()[2] for step in handlers] == ["registers", "second", "status_handler", "first"], result
    assert steps.index(handlers[-1]) < max(at for at, step in enumerate(steps) if step.startswith("write")), \
        "destructors run behind the handlers, under control"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_plugin_that_is_opened_later_is_controlled(flavour, tmp_path):
    subprocess.run([CC, f"--flavour={flavour}", "-D_GNU_SOURCE", "-shared", "-fPIC", SOURCES / "exits_plugin.c", "-o",
                    tmp_path / "plugin.so"], check=True, env=environment())
    program = PROGRAMS / f"exits-{flavour}"
    expected = natively(program, "plugin", tmp_path / "plugin.so")
    assert "plugin: constructor" in expected and "plugin: its exit handler" in expected
    result, outputs = controlled(0, program, "plugin", tmp_path / "plugin.so")
    assert result.verdict == "pass" and outputs == [expected] * 8, result
    trace = control("run", "--strategy=rr", "--runs=1", "--traces", "--", program, "plugin", tmp_path / "plugin.so")
    assert trace.out.count("thread starts") == 3, trace
