# SPDX-License-Identifier: MIT
"""The sources of nondeterminism, one by one (docs/DESIGN.md has the table): programs/sources.c draws from one
and takes as many steps as it drew.  Whatever the machine does, a seed gives one trace."""
import os
import re
import subprocess

import pytest

from support import BOUND_S, BUILD, FLAVOURS, PROGRAMS, SOURCES, control, environment

# name, does what it prints differ between two native runs?
DRAWN = (("addresses", True), ("ids", True), ("cpus", False), ("clocks", True), ("calls", True),
         ("auxiliary", True), ("device", True), ("stream", True), ("seeded", True), ("ends", False))
OPTIONS = ("--runs=8", "--hashes")


def hashes(program, *arguments, options=(), **more):
    result = control("run", *OPTIONS, *options, "--", program, *arguments, **more)
    assert result.status == 0 and len(result.hashes) == 8, result
    return result.hashes


def drawn(program, *arguments):
    """What a run without a controller prints."""
    return subprocess.run([program, *arguments], env=environment(), stdin=subprocess.DEVNULL, timeout=BOUND_S,
                          capture_output=True, check=True).stdout


@pytest.mark.parametrize("name", [name for name, _ in DRAWN])
def test_source_has_no_influence_on_a_seed(name, tmp_path):
    fast = PROGRAMS / "sources-fast"
    first = hashes(fast, name)
    larger = environment() | {f"FILLER_{at}": "x" * 999 for at in range(100)}
    (tmp_path / "a-longer-name-of-the-same-program").symlink_to(fast)
    others = {
        "again": hashes(fast, name),
        "with address randomisation": hashes(fast, name, options=("--aslr",)),
        "with a larger environment": hashes(fast, name, env=larger),
        "with no environment": hashes(fast, name, env={}),
        "elsewhere": hashes("./a-longer-name-of-the-same-program", name, cwd=tmp_path),
        "in the other flavour": hashes(PROGRAMS / "sources-tsan", name),
    }
    for cpu in sorted(os.sched_getaffinity(0))[:2]:
        others[f"on processor {cpu}"] = hashes(fast, name, options=(f"--cpu={cpu}",))
    assert {what: other for what, other in others.items() if other != first} == {}


@pytest.mark.parametrize("name", [name for name, differs in DRAWN if differs])
def test_source_is_one(name):
    """Or the test above would show nothing."""
    program = PROGRAMS / "sources-fast"
    assert drawn(program, name) != drawn(program, name)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_program_that_goes_by_addresses_is_reported(flavour):
    """Only where they differ, and even if every execution by itself passes."""
    program = PROGRAMS / f"sources-{flavour}"
    assert hashes(program, "address-order") == hashes(program, "address-order")
    if flavour == "fast":  # ThreadSanitizer may start itself again without randomisation
        result = control("run", "--runs=2000", "--jobs=2", "--aslr", "--", program, "address-order")
        assert result.status == 3 and "two executions differ" in result.out + result.err, result


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_program_that_goes_by_the_processors_clock_is_reported(flavour):
    """rdtsc is no call: it stays real."""
    result = control("run", "--runs=200", "--", PROGRAMS / f"sources-{flavour}", "processor-clock")
    assert result.status == 3 and "two executions differ" in result.out + result.err, result


def test_dependence_on_the_outside_is_marked():
    inside = control("run", "--runs=5", "--json", "--", PROGRAMS / "sources-fast", "inside")
    assert inside.status == 0 and '"outside":0}' in inside.out, inside
    child = control("run", "--runs=5", "--", PROGRAMS / "sources-fast", "child")
    assert child.status == 0 and re.search(r"^note: \d executions depended on the outside", child.err, re.M), child


def test_random_sources_differ_between_seeds():
    for name in ("calls", "auxiliary", "device", "stream", "seeded"):
        steps = {line.split("steps=")[1].split()[0] for line in hashes(PROGRAMS / "sources-fast", name)}
        assert len(steps) > 4, name


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_constant_seed_of_a_generator_stays(flavour):
    result = control("run", "--runs=1", "--output", "--", PROGRAMS / f"sources-{flavour}", "seeded-by-constant")
    assert "rand 0\n" in result.out, result


def test_number_of_processors_is_as_told():
    for told in ((), ("--cpus=3",)):
        result = control("run", "--runs=1", "--output", *told, "--", PROGRAMS / "sources-fast", "cpus")
        count = 3 if told else 4
        for word in ("online", "configured", "get_nprocs", "affinity", "thread affinity"):
            assert f"{word} {count}\n" in result.out, result


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_random_device_of_cxx_draws_from_the_seed(flavour, tmp_path):
    done = subprocess.run([BUILD / "bin/curfew-c++", f"--flavour={flavour}", SOURCES / "device.cc", "-o",
                           tmp_path / "device"], env=environment(), timeout=BOUND_S, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    first = hashes(tmp_path / "device")
    assert first == hashes(tmp_path / "device")
    assert len({line.split("steps=")[1].split()[0] for line in first}) > 4
    assert drawn(tmp_path / "device") != drawn(tmp_path / "device"), "dormant, it is the processor's"
