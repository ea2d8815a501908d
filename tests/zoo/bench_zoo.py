#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: bench_zoo.py [--campaigns=N] [--twin-runs=N] [NAME...]

How often, and how soon, campaigns find each animal of the zoo, and whether its twin is clean.  scripts/bench zoo
calls it.  Columns: campaigns that found exactly its verdict, the median and the most executions that took, the
executions of the twin that passed, the points x threads of its sweep, and the seconds for all.
"""
import argparse
import statistics
import sys
import time

from zoo import animals, campaign, sweep

BAD_RUNS = 2000
SEEDS_APART = 1_000_000


def measure(animal, campaigns, twin_runs):
    """The row of one animal, and whether all is as it should be."""
    begun = time.monotonic()
    found = []
    for number in range(campaigns):
        bad = campaign(animal, "bad", BAD_RUNS, f"--seed={1 + number * SEEDS_APART}")
        if (bad.verdict, bad.status) == (animal.verdict, 1):
            found.append(bad.executions)
    good = campaign(animal, "good", twin_runs, "--time=10m")
    clean = (good.verdict, good.executions, good.status) == ("pass", twin_runs, 0)
    swept = sweep(animal, "good")
    clean = clean and (swept.verdict, swept.status) == ("pass", 0)
    median, most = (statistics.median_high(found), max(found)) if found else ("-", "-")
    row = (f"{animal.number:5}", f"{animal.name:26}", f"{animal.verdict:9}", f"{animal.signals:12}",
           f"{len(found):3}/{campaigns:<3}", f"{median:>6}", f"{most:>6}",
           f"{good.executions if clean else good.verdict:>6}", f"{swept.executions:>6}",
           f"{time.monotonic() - begun:7.1f}")
    print("  ".join(row), flush=True)
    return len(found) == campaigns and clean


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--campaigns", type=int, default=20)
    parser.add_argument("--twin-runs", type=int, default=5000)
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    wanted = [animal for animal in animals() if not options.names or animal.name in options.names]
    if not wanted:
        parser.error("no such animal")
    print("class  animal                      verdict    signals         found  median    most    twin   swept"
          "  seconds")
    good = sum(measure(animal, options.campaigns, options.twin_runs) for animal in wanted)
    print(f"{good} of {len(wanted)} animals are always found, and their twins clean")
    return 0 if good == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
