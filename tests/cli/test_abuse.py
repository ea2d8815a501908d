# SPDX-License-Identifier: MIT
"""Hostile programs, and outputs that cannot be written: one clear line, or the right result."""
import os
import pathlib
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile

import pytest

from support import BOUND_S, BUILD, CURFEW, events, is_one_line, marked_processes, real

IS_ROOT = os.geteuid() == 0
NOBODY = 65534
needs_root = pytest.mark.skipif(not IS_ROOT, reason="mounts a file system: needs root")


def in_mount_namespace(script):
    """Runs a shell script that may mount, in a mount namespace of its own."""
    return subprocess.run(["unshare", "--mount", "sh", "-c", f"set -eu; {script}"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120, check=False)


def run_line(*arguments):
    return shlex.join([str(CURFEW), "run", "--real", *map(str, arguments)])


@needs_root
@pytest.mark.parametrize("option", ["--save=DIR", "--junit=DIR/junit.xml"])
def test_read_only_output_is_refused_before_anything_runs(tmp_path, option):
    line = run_line(option.replace("DIR", str(tmp_path)), "bad-status")
    done = in_mount_namespace(f"mount -t tmpfs -o ro tmpfs {tmp_path}; exec {line}")
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert is_one_line(done.stderr) and "Read-only file system" in done.stderr


@needs_root
@pytest.mark.parametrize("option", ["--save=DIR", "--junit=DIR/junit.xml"])
def test_full_output_is_refused_before_anything_runs(tmp_path, option):
    line = run_line(option.replace("DIR", str(tmp_path)), "bad-status")
    fill = f"head -c 1000000 /dev/zero > {tmp_path}/full 2>/dev/null || true"
    done = in_mount_namespace(f"mount -t tmpfs -o size=16k tmpfs {tmp_path}; {fill}; exec {line}")
    assert done.returncode == 3, done.stderr
    assert done.stdout == ""
    assert is_one_line(done.stderr) and "No space left" in done.stderr


@needs_root
def test_directory_that_becomes_full_ends_the_campaign(tmp_path):
    # One block is free: enough for the first look, too little for what this program prints.
    line = run_line(f"--save={tmp_path}", "--quiet", "--signals=none", "--runs=1000", "--keep-going", "--", "sh", "-c",
                    "head -c 20000 /dev/zero | tr '\\0' x; exit 1")
    fill = f"head -c 4096 /dev/zero > {tmp_path}/rest"
    done = in_mount_namespace(f"mount -t tmpfs -o size=8k tmpfs {tmp_path}; {fill}; {line} && s=0 || s=$?; "
                              f"ls {tmp_path} >&2; exit $s")
    assert done.returncode == 3, done.stderr
    error, names = done.stderr.split("\n", 1)
    assert is_one_line(error + "\n") and "No space left" in error
    assert names.split() == ["rest"]  # Neither half a file nor a temporary one.


@pytest.mark.skipif(IS_ROOT, reason="root may write everywhere")
def test_save_directory_without_permission_is_refused(tmp_path):
    tmp_path.chmod(0o555)
    done = real(f"--save={tmp_path}", "bad-status")
    assert done.returncode == 2
    assert is_one_line(done.stderr) and "Permission denied" in done.stderr


def test_save_to_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    done = real(f"--save={tmp_path / 'file'}", "bad-status")
    assert done.returncode == 2
    assert is_one_line(done.stderr)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("arguments", [["good-status"], ["--json", "good-status"]])
def test_stdout_that_is_full_is_an_error(arguments):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = real("--runs=1", *arguments, stdout=full)
    assert done.returncode == 3
    assert is_one_line(done.stderr) and "No space left" in done.stderr


def test_stdout_whose_reader_has_gone_is_an_error():
    reader, writer = os.pipe()
    os.close(reader)
    done = real("--runs=1000", "good-status", stdout=writer)
    os.close(writer)
    assert done.returncode == 3
    assert is_one_line(done.stderr) and "Broken pipe" in done.stderr


def test_reader_that_leaves_after_a_line_gets_that_line():
    line = run_line("--seed=1", "--runs=1", "good-status")
    done = subprocess.run(["sh", "-c", f"{line} 2>/dev/null | head -n 1"], stdout=subprocess.PIPE, text=True,
                          timeout=120, check=False)
    assert done.stdout.startswith("run: seed=1 ") and done.stdout.count("\n") == 1


def test_gigabyte_of_output_is_cut_and_said():
    program = "echo first; head -c 1000000000 /dev/zero | tr '\\0' x; echo last; exit 1"
    done = real("--signals=none", "--runs=1", "--", "sh", "-c", program)
    assert done.returncode == 1
    assert len(done.stdout) < 1_000_000
    assert "first\nxxx" in done.stdout and "xxxlast\n" in done.stdout
    assert "bytes of output dropped here]" in done.stdout


def test_program_that_closes_all_descriptors_is_judged():
    program = "import os; os.closerange(0, 256); os._exit(4)"
    done = real("--signals=none", "--runs=1", "--", sys.executable, "-c", program)
    assert done.returncode == 1
    assert "exit status 4" in done.stdout


DAEMON = "setsid sh -c 'sleep 1000 & echo $$ > PIDFILE; exec sleep 1001' & while ! test -s PIDFILE; do :; done; exit 0"


def test_daemon_left_behind_is_named_and_killed(tmp_path):
    pidfile = tmp_path / "pid"
    done = real("--signals=none", "--runs=1", "--", "sh", "-c", DAEMON.replace("PIDFILE", str(pidfile)))
    assert done.returncode == 1
    assert "leftover: processes: " in done.stdout and f"(pid {pidfile.read_text().strip()})" in done.stdout
    assert marked_processes(str(pidfile)) == []
    assert not pathlib.Path("/proc", pidfile.read_text().strip()).exists()


def test_daemon_without_session_and_environment_is_killed_all_the_same(tmp_path):
    pidfile = tmp_path / "pid"
    program = DAEMON.replace("PIDFILE", str(pidfile)).replace("setsid", "env -i PATH=$PATH setsid")
    done = real("--signals=none", "--runs=1", "--quiet", "--", "sh", "-c", program)
    assert is_one_line(done.stderr) and "left their sessions" in done.stderr
    assert not pathlib.Path("/proc", pidfile.read_text().strip()).exists()


def test_file_left_behind_is_named():
    done = real("--signals=none", "--runs=1", "--", "sh", "-c", "mkdir d; echo > d/f; chmod 0 d")
    assert done.returncode == 1
    assert "leftover: files: d/ d/f" in done.stdout or "leftover: files: d/" in done.stdout


def test_child_that_nobody_waited_for_but_ended_is_no_leftover():
    done = real("--signals=none", "--runs=3", "--", "sh", "-c", "setsid true & setsid true & exit 0")
    assert done.returncode == 0, done.stdout


def test_script_without_interpreter_is_not_executable(tmp_path):
    (tmp_path / "script").write_text("echo no interpreter\n")
    (tmp_path / "script").chmod(0o755)
    done = real("--", tmp_path / "script")
    assert done.returncode == 2
    assert "Exec format error" in done.stderr and str(tmp_path / "script") in done.stderr


@pytest.fixture(name="public_curfew")
def fixture_public_curfew():
    """The command where every user may run it: the build directory may be closed to others."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        shutil.copy(CURFEW, directory)
        shutil.copy(BUILD / "harness/scenarios/curfew-scenario-tsan", directory)
        yield directory / "curfew"


def test_no_process_to_be_had_is_one_line(public_curfew):
    def limit():
        if IS_ROOT:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    done = subprocess.run([public_curfew, "run", "--real", "--json", "--runs=1", "good-status"], check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BOUND_S,
                          cwd=public_curfew.parent, preexec_fn=limit)
    assert done.returncode == 3
    assert is_one_line(done.stderr) and "Resource temporarily unavailable" in done.stderr


def test_no_descriptor_to_be_had_is_one_line():
    done = real("--json", "--runs=1", "--jobs=64", "good-status", "good-skip", "good-twice", "good-race", "good-crash",
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12)))
    assert done.returncode == 3
    assert is_one_line(done.stderr) and "Too many open files" in done.stderr
    assert "failure" not in events(done.stdout)
