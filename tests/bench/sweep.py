#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: sweep.py [--flavour=NAME] [--divide=N] [--write=FILE] [NAME...]

One signal at every point of every catalogued scenario that should pass, to every thread that may take it.
scripts/bench sweep calls it.  Prints a table, and with --write also puts it into a file, in place of the table there;
status 1 when a sweep is not clean or not complete.  --divide=N sweeps the first of N shards only: a short try.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ["CURFEW_BUILD_DIR"])
CURFEW = BUILD / "harness/cli/curfew"
HEAD = ("| scenario | points | executions | early deaths | steps | seconds | verdict |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |\n")


def catalogue():
    text = subprocess.run([CURFEW, "list", "--json"], capture_output=True, text=True, check=True).stdout
    return [row["name"] for row in json.loads(text)["scenarios"] if row["verdict"] == "pass"]


def sweep(name, options):
    """The row of one scenario: its numbers, and whether it is complete and clean."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run([CURFEW, "sweep", "--json", f"--flavour={options.flavour}", f"--shard=1/{options.divide}",
                               name], capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=directory)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    row = next((event for event in events if event["event"] == "scenario"), None)
    if row is None:
        sys.exit(f"{name}: {done.stderr}")
    level = row["coverage"]["signals"]
    whole = level["done"] == level["shard"]
    return row, time.monotonic() - begun, done.returncode == 0 and whole


def line(name, row, early, seconds, verdict):
    return (f"| {name} | {row['points']:,} | {row['executions']:,} | {early:,} | {row['steps']:,} | {seconds:.1f} | "
            f"{verdict} |\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--flavour", choices=("fast", "tsan"), default="tsan")
    parser.add_argument("--divide", type=int, default=1)
    parser.add_argument("--write", type=pathlib.Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    total = {"points": 0, "executions": 0, "steps": 0}
    early = clean = count = 0
    seconds = 0.0
    table = HEAD
    print(HEAD, end="", flush=True)
    for name in options.names or catalogue():
        row, took, good = sweep(name, options)
        total = {key: total[key] + row[key] for key in total}
        early, seconds, clean, count = early + row["early"], seconds + took, clean + good, count + 1
        text = line(name, row, row["early"], took, row["verdict"] + ("" if good else ", not as it should be"))
        table += text
        print(text, end="", flush=True)
    text = line(f"all {count}", total, early, seconds, f"{clean} complete and clean")
    print(text, end="")
    if options.write:
        old = options.write.read_text()
        options.write.write_text(re.sub(r"\| scenario \|.*?\n(?=\n|$(?![\r\n]))", lambda _: table + text, old, count=1,
                                        flags=re.S))
    return 0 if clean == count else 1


if __name__ == "__main__":
    sys.exit(main())
