#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles debt_alone.c as strict C11 and as C++17 with each compiler given, links no library, and runs it
with and without a ledger, which it then reads as the harness would."""
import argparse
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

MAGIC = 0x31746265
ENTRIES = 16384
HEADER = struct.Struct("<IIiI6Q")
ENTRY = struct.Struct("<QQIIIIIi32s")  # key number owed settled twice kind state tid name

#           (name, number): (owed, settled, twice, kind, state)
EXPECTED = {("settled", 1): (1, 1, 0, 0, 3),
            ("owing", 2): (1, 0, 0, 0, 0),
            ("twice", 3): (0, 1, 1, 0, 3),
            ("thread", 4): (1, 0, 0, 1, 1)}


def run_with_ledger(program):
    """Runs the program; returns (owner pid is the child's, overflowed, {(name, number): counts})."""
    fd = os.memfd_create("ledger", 0)
    try:
        os.ftruncate(fd, HEADER.size + ENTRIES * ENTRY.size)
        os.pwrite(fd, HEADER.pack(MAGIC, ENTRIES, 0, 0, *[0] * 6), 0)
        child = subprocess.Popen([program], pass_fds=[fd], env={**os.environ, "CURFEW_LEDGER": str(fd)})
        status = child.wait(timeout=60)
        magic, count, owner, overflowed, *_ = HEADER.unpack(os.pread(fd, HEADER.size, 0))
        entries = ENTRY.iter_unpack(os.pread(fd, ENTRIES * ENTRY.size, HEADER.size))
        debts = {(name.rstrip(b"\0").decode(), number): counts
                 for key, number, *counts, _tid, name in entries if key != 0}
        found = {debt: tuple(counts) for debt, counts in debts.items()}
        header_ok = (status, magic, count, owner, overflowed) == (0, MAGIC, ENTRIES, child.pid, 0)
        return header_ok, found
    finally:
        os.close(fd)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--include", required=True)
    parser.add_argument("--c", action="append", default=[], help="a C compiler")
    parser.add_argument("--cxx", action="append", default=[], help="a C++ compiler")
    parser.add_argument("source", type=pathlib.Path)
    args = parser.parse_args()

    failures = 0
    builds = [(cc, "c", "-std=c11") for cc in args.c] + [(cxx, "c++", "-std=c++17") for cxx in args.cxx]
    environment = {name: value for name, value in os.environ.items() if name != "CURFEW_LEDGER"}
    with tempfile.TemporaryDirectory() as directory:
        for compiler, language, standard in builds:
            program = os.path.join(directory, "alone")
            subprocess.run([compiler, "-x", language, standard, "-Wall", "-Wextra", "-Werror", "-O1",
                            "-I", args.include, "-o", program, args.source], check=True)
            without = subprocess.run([program], env=environment, timeout=60).returncode
            header_ok, found = run_with_ledger(program)
            ok = without == 0 and header_ok and found == EXPECTED
            print(f"{'ok' if ok else 'FAIL'} {compiler} {standard}")
            if not ok:
                print(f"  without a ledger: status {without}; header right: {header_ok}; found {found}")
            failures += not ok
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
