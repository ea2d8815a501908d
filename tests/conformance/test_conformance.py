# SPDX-License-Identifier: MIT
"""Each blocking call in each circumstance gives the same natively and under control."""
import concurrent.futures
import fnmatch
import functools
import itertools
import os
import pathlib
import re
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["CURFEW_BUILD_DIR"])
DOCS = pathlib.Path(os.environ["CURFEW_SOURCE_DIR"]) / "docs/conformance.md"
PROGRAMS = BUILD / "tests/conformance"
CONTROL = BUILD / "harness/cli/curfew"
BOUND_S = 120  # wall clock: safety only
ROWS_MIN = 300
FLAVOURS = ("fast", "tsan")
CALLS = subprocess.run([PROGRAMS / "conformance-native", "list"], capture_output=True, text=True,
                       check=True).stdout.split()


def environment():
    """ThreadSanitizer calls a close beside a read a race, which it is: reports are not looked for."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CURFEW_")}
    return {**kept, "TSAN_OPTIONS": "report_bugs=0"}


def rows_of(path):
    """What each row gave, by its name."""
    return dict(line.split(": ", 1) for line in path.read_text().splitlines())


def natively(call, directory):
    out = directory / f"{call}.native"
    done = subprocess.run([PROGRAMS / "conformance-native", "real", call, out], capture_output=True, text=True,
                          timeout=BOUND_S, stdin=subprocess.DEVNULL, cwd=directory, check=False)
    assert done.returncode == 0, done.stderr
    return rows_of(out)


def under_control(call, flavour, directory):
    out = directory / f"{call}.{flavour}"
    done = subprocess.run([CONTROL, "run", "--strategy=rr", "--runs=1", "--jobs=1", "--",
                           PROGRAMS / f"conformance-{flavour}", "virtual", call, out], capture_output=True, text=True,
                          timeout=BOUND_S, stdin=subprocess.DEVNULL, env=environment(), check=False)
    return rows_of(out) if done.returncode == 0 else {"failed": done.stdout + done.stderr}


@pytest.fixture(scope="module")
def native(tmp_path_factory):
    """All calls at once: a native run mostly sleeps."""
    directory = tmp_path_factory.mktemp("native")
    with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
        return dict(zip(CALLS, pool.map(lambda call: natively(call, directory), CALLS)))


@pytest.fixture(scope="module")
def controlled(tmp_path_factory):
    """Four at once: while a child lives, each virtual deadline waits a little for it in real time."""
    directory = tmp_path_factory.mktemp("controlled")
    pairs = list(itertools.product(reversed(CALLS), FLAVOURS))  # children are last in the list, and take longest
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        return dict(zip(pairs, pool.map(lambda pair: under_control(*pair, directory), pairs)))


@functools.cache
def accepted():
    """The patterns of the table in docs/conformance.md."""
    cells = re.findall(r"^\| (`[^|]*`) \| [^|]+ \|$", DOCS.read_text(), re.M)
    return [pattern for cell in cells for pattern in re.findall(r"`([^`]+)`", cell)]


def is_accepted(row):
    return any(fnmatch.fnmatchcase(row, pattern) for pattern in accepted())


def differences(native_rows, controlled_rows):
    """The rows that are not the same, with what they gave."""
    names = sorted(set(native_rows) | set(controlled_rows))
    return {name: (native_rows.get(name), controlled_rows.get(name)) for name in names
            if native_rows.get(name) != controlled_rows.get(name)}


def stale(names, found):
    """The rows that the table names although they are the same."""
    return [name for name in names if is_accepted(name) and name not in found]


def report(found):
    return "\n".join(f"{name}\n  natively      {one}\n  under control {other}"
                     for name, (one, other) in found.items())


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("call", CALLS)
def test_call_is_the_same_under_control(call, flavour, native, controlled):
    found = differences(native[call], controlled[call, flavour])
    unknown = {name: both for name, both in found.items() if not is_accepted(name)}
    assert not unknown, report(unknown)
    gone = stale(native[call], found)
    assert not gone, f"listed in {DOCS.name} but the same: {gone}"


def test_there_are_enough_rows_and_all_have_names_of_their_own(native):
    names = [name for rows in native.values() for name in rows]
    assert len(names) >= ROWS_MIN and len(set(names)) == len(names)


def test_each_pattern_names_a_row(native):
    names = [name for rows in native.values() for name in rows]
    assert accepted(), "the table has rows"
    assert [pattern for pattern in accepted() if not fnmatch.filter(names, pattern)] == []


def test_row_that_is_altered_or_lost_is_reported(native):
    rows = native["read"]
    altered = {**rows, "read/wake_up": rows["read/wake_up"].replace("errno=0", "errno=EINTR")}
    assert list(differences(rows, altered)) == ["read/wake_up"]
    lost = {name: row for name, row in rows.items() if name != "read/close_other"}
    assert list(differences(rows, lost)) == ["read/close_other"]
    assert "under control None" in report(differences(rows, lost))


def test_listed_row_that_is_the_same_is_reported(native):
    (pattern, *_) = accepted()
    rows = native[pattern.split("/")[0]]
    assert stale(rows, differences(rows, rows)) == fnmatch.filter(rows, pattern)
