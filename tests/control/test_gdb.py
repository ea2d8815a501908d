# SPDX-License-Identifier: MIT
"""`curfew replay --gdb`: real threads, stopped where it matters, and the same execution as ever."""
import re
import shutil
import subprocess

import pytest

from support import CONTROL, FLAVOURS, control, environment, run

pytestmark = pytest.mark.skipif(shutil.which("gdb") is None, reason="no gdb here")


@pytest.fixture(scope="module", params=FLAVOURS)
def seed_file(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp(request.param)
    assert run("bad_lock_order", request.param, options=("--runs=100", f"--save={directory}")).failure == "hang"
    path, = directory.iterdir()
    return path


def gdb(path, *options, commands=""):
    done = subprocess.run([CONTROL, "replay", "--gdb", *options, path], input=commands, capture_output=True, text=True,
                          env=environment(), timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def identity(text):
    return re.search(r"^seed: .*\nhash: .*\nverdict: .*$", text, re.M)[0]


def test_gdb_stops_at_the_verdict_with_every_thread_in_its_call(seed_file):
    status, out, err = gdb(seed_file, commands="thread apply all bt\n")
    assert status == 1 and "rt_stop (stop=stop@entry=RT_STOP_HANG" in out, out + err
    for function in ("forward", "backward"):
        assert re.search(rf"^#\d+ .* in {function} ", out, re.M), out
    assert identity(out) == identity(control("replay", seed_file).out)


def test_gdb_stops_at_a_step_of_the_trace(seed_file):
    trace = control("replay", "--trace", seed_file).out
    step, = re.findall(r"^ +(\d+) +2 +pthread_mutex_lock", trace, re.M)[:1]
    out = gdb(seed_file, f"--step={step}", commands="bt\ninfo threads\n")[1]
    stack = out[out.index("hit Breakpoint"):]
    assert re.search(r"^#\d+ .* in backward ", stack, re.M) and "rt_stop" not in stack, out


def test_gdb_without_commands_ends_by_itself(seed_file):
    status, out, err = gdb(seed_file)
    assert status == 1 and "hit Breakpoint" in out, out + err


def test_execution_killed_in_gdb_is_not_judged(seed_file):
    status, out, err = gdb(seed_file, "--step=2", commands="kill\n")
    assert status == 3 and err.endswith("curfew replay: the execution was ended in the debugger\n"), out + err


def test_gdb_is_for_one_execution(seed_file):
    status, _, err = gdb(seed_file, "--times=2")
    assert status == 2 and "--gdb is for one execution of one file" in err
