# SPDX-License-Identifier: MIT
"""ThreadSanitizer sees under control what it sees without: its reports name the same lines, and threads that a
library starts are controlled like any others."""
import re
import subprocess

import pytest

from support import BOUND_S, BUILD, FLAVOURS, PROGRAMS, SOURCES, control, environment, run

CC = BUILD / "bin/curfew-cc"
CXX = BUILD / "bin/curfew-c++"


def build(*arguments):
    done = subprocess.run([str(argument) for argument in arguments], env=environment(), timeout=BOUND_S,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def stacks(text, frame):
    """The report's stacks, each a heading's first words and lines of the program, in no order."""
    found = []
    for line in text.splitlines():
        place = re.match(frame, line)
        if place:
            places = re.findall(r"(\w+) \(?(?:/\S*/)?(\w+\.[ch]):(\d+)", line)
            if found and places:
                found[-1][1].extend(places)
        elif re.match(r"\s+(Write|Previous write|Location|Mutex|Thread)\b", line):
            heading = re.match(r"\s+(?:Previous )?(\w+)", line).group(1).lower()
            found.append((heading, []))
    return sorted((heading, tuple(places)) for heading, places in found)


def test_race_report_has_the_stacks_of_an_uncontrolled_build(tmp_path):
    flags = ("-O1", "-g", "-D_GNU_SOURCE", SOURCES / "race_stacks.c")
    build("clang", "-fsanitize=thread", *flags, "-o", tmp_path / "free", "-pthread")
    free = subprocess.run([tmp_path / "free"], env=environment() | {"TSAN_OPTIONS": "symbolize=1"},
                          timeout=BOUND_S, capture_output=True, text=True, check=False)
    expected = stacks(free.stderr, r"\s+#\d+ ")
    assert len(expected) == 7, free.stderr
    build(CC, "--flavour=tsan", *flags, "-o", tmp_path / "controlled")
    for seed in (1, 2, 3):
        result = control("run", f"--seed={seed}", "--runs=1", "--", tmp_path / "controlled")
        assert result.failure == "race", result
        assert stacks(result.out, r"\s+at ") == expected, (result, free.stderr)


def test_race_is_seen_beyond_a_detach():
    """In every seed: neither the thread's end nor the detach is an edge."""
    bad = run("bad_detach_race", "tsan", options=("--runs=50", "--keep-going"))
    assert (bad.executions, bad.failures, bad.failure) == (50, 50, "race"), bad
    assert run("good_detach_race", "tsan", options=("--runs=200", "--allow-abandoned")).status == 0


@pytest.mark.parametrize("what", ("ONCE", "GUARD"))
def test_race_is_seen_beyond_what_was_initialised_before(what, tmp_path):
    """In every seed: who finds pthread_once or a static of C++ done tells nobody that it was there."""
    for kind in ("BAD", "GOOD"):
        build(CXX, "--flavour=tsan", "-O1", f"-D{what}", f"-D{kind}", SOURCES / "once_race.cc", "-o", tmp_path / kind)
    bad = control("run", "--runs=50", "--keep-going", "--", tmp_path / "BAD")
    assert (bad.executions, bad.failures, bad.failure) == (50, 50, "race"), bad
    assert control("run", "--runs=200", "--", tmp_path / "GOOD").status == 0


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_threads_of_a_plugin_are_controlled(flavour, tmp_path):
    source = (SOURCES / "lock_order.c").read_text().replace("int main(void)", "int work(void);\nint work(void)")
    (tmp_path / "work.c").write_text(source)
    for kind in ("GOOD", "BAD"):
        build(CC, f"--flavour={flavour}", f"-D{kind}", "-O1", f"-I{SOURCES}", "-shared", "-fPIC", tmp_path / "work.c",
              "-o", tmp_path / f"{kind}.so")
    program = PROGRAMS / f"plugin-{flavour}"
    good = control("run", "--runs=100", "--hashes", "--", program, tmp_path / "GOOD.so")
    assert good.status == 0 and good.distinct > 5, good
    bad = control("run", "--runs=100", "--", program, tmp_path / "BAD.so")
    assert bad.failure == "hang" and re.search(r"at both \(work\.c:\d+\)", bad.out), bad
    assert "'second', held by thread 2" in bad.out, bad


def test_race_in_a_plugin_names_its_lines(tmp_path):
    source = (SOURCES / "race.c").read_text().replace("int main(void)", "int work(void);\nint work(void)")
    (tmp_path / "work.c").write_text(source)
    build(CC, "--flavour=tsan", "-DBAD", "-O1", f"-I{SOURCES}", "-shared", "-fPIC", tmp_path / "work.c", "-o",
          tmp_path / "work.so")
    result = control("run", "--runs=1", "--", PROGRAMS / "plugin-tsan", tmp_path / "work.so")
    assert result.failure == "race" and len(re.findall(r"at adder \(work\.c:\d+\)", result.out)) == 2, result


def test_annotations_are_obeyed_or_ignored():
    """The fast flavour has nobody who listens; the program is the same."""
    results = [run("annotations", flavour, options=("--runs=100", "--hashes")) for flavour in FLAVOURS]
    for result in results:
        assert result.status == 0, result
    assert results[0].hashes == results[1].hashes
