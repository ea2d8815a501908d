# SPDX-License-Identifier: MIT
"""`curfew fuzz` with what is in its way: programs that attack their harness, and a disk that is full."""
import os
import shlex
import shutil
import subprocess

import pytest

from support import BOUND_S, BUILD, CURFEW, curfew

HOSTILE = BUILD / "tests/control/programs/hostile-fast"
HAVE_AFL = (BUILD / "bin/fuzz-program-afl").exists() and shutil.which("afl-fuzz") is not None
ENGINES = ("blind", pytest.param("afl", marks=pytest.mark.skipif(not HAVE_AFL, reason="afl++ is not installed")))
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("word,status,said", (
    ("kill-group", 1, "crash: the program was killed by SIGTERM"),
    ("stop-itself", 1, "hang: the program was stopped by a signal, and nobody continues it"),
    ("own-sigchld", 0, "pass: ")))
def test_a_program_that_attacks_its_harness_is_judged(tmp_path, engine, word, status, said):
    done = curfew("fuzz", f"--engine={engine}", "--output", tmp_path / "out", "--runs=20", "--jobs=1", "--findings=1",
                  "--signals=none", "--", HOSTILE, word)
    assert done.returncode == status and said in done.stdout, done


def in_mount_namespace(script):
    return subprocess.run(["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, check=False,
                          timeout=BOUND_S, stdin=subprocess.DEVNULL)


def fuzz_line(tmp_path):
    return shlex.join(map(str, [CURFEW, "fuzz", "--runs=20", "--jobs=1", "--quiet", f"--output={tmp_path}/disk/out",
                                "poll skip"]))


@needs_root
@pytest.mark.parametrize("blocks,stdout", ((0, False), (1, True)))
def test_a_full_output_directory_is_one_line(tmp_path, blocks, stdout):
    """No block is free: refused at once.  One is: enough for the first look, but not for a finding's two files."""
    disk = tmp_path / "disk"
    disk.mkdir()
    fill = f"head -c {(8 - blocks) * 4096} /dev/zero > {disk}/full"
    done = in_mount_namespace(f"mount -t tmpfs -o size=32k tmpfs {disk} && {fill} && exec {fuzz_line(tmp_path)}")
    assert (done.returncode, bool(done.stdout)) == (3, stdout), done
    assert done.stderr.startswith("curfew fuzz: cannot write to '") and done.stderr.count("\n") == 1
    assert "No space left" in done.stderr
