#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles each public header alone, with each compiler given, as strict C11 and as C++17, without a warning."""
import argparse
import pathlib
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-fsyntax-only"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--include", required=True)
    parser.add_argument("--c", action="append", default=[], help="a C compiler")
    parser.add_argument("--cxx", action="append", default=[], help="a C++ compiler")
    parser.add_argument("headers", nargs="+", type=pathlib.Path)
    args = parser.parse_args()

    failures = 0
    runs = [(cc, "c", "-std=c11") for cc in args.c] + [(cxx, "c++", "-std=c++17") for cxx in args.cxx]
    for header in args.headers:
        for compiler, language, standard in runs:
            # Included twice: a header must also guard itself.
            source = f"#include <curfew/{header.name}>\n#include <curfew/{header.name}>\n"
            command = [compiler, "-x", language, standard, *WARNINGS, "-I", args.include, "-"]
            failed = subprocess.run(command, input=source, text=True).returncode != 0
            print(f"{'FAIL' if failed else 'ok'} {header.name} {' '.join(command)}")
            failures += failed
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
