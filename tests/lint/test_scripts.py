# SPDX-License-Identifier: MIT
"""What scripts/setup, run, test and bench do and say, with stand-ins for the programs that they call.

Each stand-in writes its name and arguments to a record, and behaves as the test says.
"""
import os
import pathlib
import shutil
import subprocess

import pytest

SCRIPTS = pathlib.Path(os.environ["CURFEW_SOURCE_DIR"]) / "scripts"
TOOLS = ["cat", "cut", "dirname", "env", "grep", "head", "mkdir", "mktemp", "rm", "sed", "sh", "tail", "true", "uname"]


class World:
    """A copy of the scripts, and a PATH that holds stand-ins and a few real tools."""

    def __init__(self, directory):
        self.root = directory / "tree"
        self.bin = directory / "bin"
        self.record = directory / "record"
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        shutil.copytree(SCRIPTS, self.root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        self.stand_in("nproc", "echo 2")
        self.stand_in("id", "echo 0")
        self.stand_in("dpkg-query", "echo installed")
        self.stand_in("apt-get")
        self.stand_in("cmake")
        self.stand_in("ctest")

    def stand_in(self, name, body=":", directory=None):
        file = (directory or self.bin) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\necho {name} \"$@\" >>'{self.record}'\n{body}\n")
        file.chmod(0o755)

    def calls(self, *names):
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        return [line for line in lines if line.split()[0] in names]

    def run(self, script, *arguments, cwd=None):
        return subprocess.run([self.root / "scripts" / script, *arguments], env={"PATH": str(self.bin)}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd, check=False)


@pytest.fixture(name="world")
def make_world(tmp_path):
    return World(tmp_path)


def packages():
    lines = (SCRIPTS / "packages.txt").read_text().splitlines()
    return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def test_each_package_has_a_reason_and_stands_once():
    lines = [line for line in (SCRIPTS / "packages.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(" # " in line and line.partition(" # ")[2] for line in lines)
    assert len(packages()) == len(set(packages())) > 10


def test_setup_is_silent_when_all_is_there(world):
    done = world.run("setup")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert not world.calls("apt-get") and len(world.calls("dpkg-query")) == len(packages())


def test_setup_installs_only_what_is_missing(world):
    world.stand_in("dpkg-query", 'case "$*" in *cmocka*) exit 1 ;; *) echo installed ;; esac')
    done = world.run("setup")
    assert done.returncode == 0 and done.stderr == "curfew: installing libcmocka-dev\n"
    assert world.calls("apt-get") == ["apt-get --yes --quiet update",
                                      "apt-get --yes --quiet install --no-install-recommends libcmocka-dev"]


def test_setup_counts_a_removed_package_as_missing(world):
    world.stand_in("dpkg-query", "echo config-files")
    assert world.run("setup").returncode == 0
    assert world.calls("apt-get")[-1].split()[5:] == packages()


def test_setup_names_the_command_when_it_may_not_install(world):
    world.stand_in("dpkg-query", "exit 1")
    world.stand_in("id", "echo 1000")
    done = world.run("setup")
    assert done.returncode == 1 and not world.calls("apt-get")
    assert "sudo apt-get install --no-install-recommends clang" in done.stderr


def test_setup_uses_a_sudo_that_asks_nothing(world):
    world.stand_in("dpkg-query", "exit 1")
    world.stand_in("id", "echo 1000")
    world.stand_in("sudo", 'shift; exec "$@"')
    assert world.run("setup").returncode == 0
    assert len(world.calls("apt-get")) == 2


def test_setup_shows_why_the_installation_failed(world):
    world.stand_in("dpkg-query", "exit 1")
    world.stand_in("apt-get", "echo 'E: no network'; exit 100")
    done = world.run("setup")
    assert done.returncode == 1 and "E: no network" in done.stderr
    assert "apt-get install --no-install-recommends clang" in done.stderr


def test_setup_elsewhere_than_on_debian_points_to_the_list(world):
    (world.bin / "dpkg-query").unlink()
    done = world.run("setup")
    assert done.returncode == 0 and "packages.txt" in done.stderr


def test_test_passes_arguments_and_status_of_ctest(world):
    world.stand_in("ctest", "exit 8")
    done = world.run("test", "-L", "unit")
    assert done.returncode == 8 and done.stderr == "curfew: configure\ncurfew: build\n"
    assert world.calls("cmake", "ctest") == ["cmake --preset dev", "cmake --build --preset dev --parallel 2",
                                             f"ctest --test-dir {world.root}/build/dev --output-on-failure"
                                             " --no-tests=error --parallel 2 -L unit"]


def test_test_configures_only_once(world):
    (world.root / "build/dev").mkdir(parents=True)
    (world.root / "build/dev/build.ninja").touch()
    assert world.run("test").stderr == "curfew: build\n"


def test_failed_build_shows_the_end_of_its_log_and_where_it_is(world):
    world.stand_in("cmake", 'case $1 in --build) echo "error: no semicolon" >&2; exit 1 ;; esac')
    done = world.run("test")
    log = world.root / "build/dev/logs/build.log"
    assert done.returncode == 1 and "error: no semicolon" in done.stderr and f"'{log}'" in done.stderr
    assert not world.calls("ctest")


@pytest.mark.parametrize("script", ["run", "test", "bench"])
def test_skip_setup_looks_for_no_package(world, script):
    world.stand_in("curfew", directory=world.root / "build/dev/harness/cli")
    world.stand_in("clang")
    world.stand_in("git")
    assert world.run(script, "--skip-setup", *(["real"] if script == "bench" else [])).returncode == 0
    assert not world.calls("dpkg-query")


@pytest.mark.parametrize("arguments, passed", [([], "--time=60s"), (["--runs=3", "wait*2"], "--runs=3 wait*2")])
def test_run_passes_arguments_and_status_of_curfew(world, arguments, passed):
    world.stand_in("curfew", "exit 1", directory=world.root / "build/dev/harness/cli")
    assert world.run("run", *arguments).returncode == 1
    assert world.calls("curfew") == [f"curfew run --real {passed}"]


@pytest.mark.parametrize("script, command, arguments", [
    ("run", "curfew", ["--save=mine", "--", "./prog"]),
    ("test", "ctest", ["-L", "unit"]),
    ("bench", "curfew", ["real", "--runs=1", "@mine"]),
])
def test_arguments_are_relative_to_the_callers_directory(world, tmp_path, script, command, arguments):
    """The build runs in the tree, and what follows runs where the user stands."""
    where = 'echo "$PWD" >"$0.where"'
    world.stand_in("cmake", where)
    world.stand_in("ctest", where)
    world.stand_in("curfew", where, directory=world.root / "build/dev/harness/cli")
    world.stand_in("clang")
    world.stand_in("git")
    user = tmp_path / "user"
    user.mkdir()
    assert world.run(script, *arguments, cwd=user).returncode == 0
    program = {"ctest": world.bin / "ctest", "curfew": world.root / "build/dev/harness/cli/curfew"}[command]
    assert (world.bin / "cmake.where").read_text() == f"{world.root}\n"
    assert pathlib.Path(f"{program}.where").read_text() == f"{user}\n"


def test_bench_real_has_a_bound_and_prints_the_machine(world):
    world.stand_in("curfew", directory=world.root / "build/dev/harness/cli")
    world.stand_in("clang", "echo clang version 14")
    world.stand_in("git", "echo abc1234")
    done = world.run("bench", "real", "--keep-going")
    assert done.returncode == 0 and "commit:   abc1234" in done.stdout and "clang version 14" in done.stdout
    assert world.run("bench", "real", "--runs=5").returncode == 0
    assert world.calls("curfew") == ["curfew run --real --time=10m --keep-going", "curfew run --real --runs=5"]


@pytest.mark.parametrize("script", ["setup", "run", "test", "bench", "prove-clean-root"])
def test_help_is_the_comment_on_top(world, script):
    done = world.run(script, "--help")
    assert done.returncode == 0 and done.stdout.startswith(f"usage: scripts/{script}")
    assert "set -eu" not in done.stdout
    assert not world.calls("cmake", "apt-get")


@pytest.mark.parametrize("script", ["setup", "bench", "prove-clean-root"])
def test_unknown_word_is_a_usage_error(world, script):
    done = world.run(script, "--no-such-option")
    assert done.returncode == 2 and "'--no-such-option'" in done.stderr
