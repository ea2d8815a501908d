#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Merges the profiles of the coverage flavour, prints the line coverage of the library, and fails below a bound.

It reads profiles and programs, writes one merged profile beside the profiles, and nothing else.
"""
import argparse
import json
import pathlib
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=pathlib.Path, required=True, help="directory of *.profraw")
    parser.add_argument("--sources", required=True, help="count the files below this directory")
    parser.add_argument("--percent-min", type=float, required=True)
    parser.add_argument("--profdata", required=True, help="llvm-profdata")
    parser.add_argument("--cov", required=True, help="llvm-cov")
    parser.add_argument("programs", nargs="+")
    args = parser.parse_args()

    profiles = sorted(str(path) for path in args.profiles.glob("*.profraw"))
    if not profiles:
        print(f"no profiles in '{args.profiles}'", file=sys.stderr)
        return 1
    merged = args.profiles / "merged.profdata"
    subprocess.run([args.profdata, "merge", "-sparse", "-o", merged, *profiles], check=True)
    objects = [args.programs[0], *(word for program in args.programs[1:] for word in ("-object", program))]
    export = subprocess.run([args.cov, "export", "-summary-only", "-instr-profile", merged, *objects],
                            check=True, stdout=subprocess.PIPE)

    lines = {file["filename"]: file["summary"]["lines"] for file in json.loads(export.stdout)["data"][0]["files"]
             if file["filename"].startswith(args.sources)}
    for name, line in sorted(lines.items()):
        print(f"{line['percent']:6.1f} %  {line['covered']:5} of {line['count']:5}  {name[len(args.sources):]}")
    count = sum(line["count"] for line in lines.values())
    covered = sum(line["covered"] for line in lines.values())
    if count == 0:
        print(f"no source below '{args.sources}' was compiled for coverage", file=sys.stderr)
        return 1
    percent = 100.0 * covered / count
    print(f"line coverage of lib/: {percent:.1f} %")
    if percent < args.percent_min:
        print(f"line coverage of lib/ is below {args.percent_min:g} %", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
