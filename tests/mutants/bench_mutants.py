#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: bench_mutants.py [--budget=SECONDS] [--generated=N] [--seed=S] [--jobs=N] [--results=FILE] [NAME...]

Tries every mutant, by hand and generated, under control and by plain repetition, and prints a table.  scripts/bench
mutants calls it.  Control may take SECONDS of processor time (8) for one mutant; repetition gets what control took,
and one second at least.  For what survivors.yaml calls equivalent, and the percentage leaves out, it is a quarter and
one second.  With --results each row is kept there, and what is there already is not tried again.
Status 1: a survivor that survivors.yaml does not explain, one that it explains was caught, or fewer than 95 % of
those that are not equivalent are caught.
"""
import argparse
import concurrent.futures
import json
import pathlib
import shutil
import sys
import time

import yaml

import build
import campaign
import generate
from mutants import HERE, UNMUTATED, by_hand, named

PERCENT_MIN = 95


def is_order(mutant):
    return mutant.kind in ("weaken", "memory-order")


def controlled(mutant, budget_s):
    """Under control: the fast flavour for breadth, ThreadSanitizer for what it alone sees."""
    if is_order(mutant):
        return campaign.control(mutant, budget_s, "tsan")
    first = campaign.control(mutant, budget_s * 0.7, "fast")
    if first.caught:
        return first
    second = campaign.control(mutant, budget_s * 0.3, "tsan")
    return second._replace(executions=first.executions + second.executions, cpu_s=first.cpu_s + second.cpu_s)


def row_of(mutant, budget_s):
    """Tries one mutant; what it made is removed."""
    build.prepare(mutant)
    is_equal = survivors().get(mutant.name, {}).get("equivalent", False)
    control = controlled(mutant, budget_s / 4 if is_equal else budget_s)
    repeated = campaign.repetition(mutant, 1.0 if is_equal else max(1.0, control.cpu_s),
                                   "tsan" if is_order(mutant) else "plain")
    shutil.rmtree(build.directory(mutant))
    return {"name": mutant.name, "class": mutant.kind, "control": control._asdict(), "repetition": repeated._asdict()}


def show(row):
    def part(attempt):
        caught = f"{attempt['verdict']:9} {attempt['executions']:6} {attempt['cpu_s']:6.2f}"
        return caught if attempt["caught"] else f"{'-':9} {attempt['executions']:6} {attempt['cpu_s']:6.2f}"
    return (f"{row['name']:38} {row['class']:12} {part(row['control'])}   {part(row['repetition'])}"
            f"   {row['control']['caught']}")


def survivors():
    return yaml.safe_load((HERE / "survivors.yaml").read_text()) or {}


def median(values):
    return sorted(values)[len(values) // 2] if values else 0


def summary(rows, dropped):
    """The short table, and what is wrong."""
    explained, wrong = survivors(), []
    print(f"\n{'mutants':12} {'all':>5} {'equal':>6} {'control':>8} {'repetition':>11}"
          f"  {'median executions':>18} {'median cpu s':>13}")
    caught_all = meant_all = 0
    groups = [("by hand", [row for row in rows if row["class"] not in generate.KINDS]),
              *((kind, [row for row in rows if row["class"] == kind]) for kind in generate.KINDS), ("all", rows)]
    for name, group in groups:
        equal = len(group)
        group = [row for row in group if not explained.get(row["name"], {}).get("equivalent")]
        equal -= len(group)
        control = [row["control"] for row in group if row["control"]["caught"]]
        repeated = [row["repetition"] for row in group if row["repetition"]["caught"]]
        executions = f"{median([one['executions'] for one in control])} / " \
                     f"{median([one['executions'] for one in repeated])}"
        cpu = f"{median([one['cpu_s'] for one in control]):.2f} / {median([one['cpu_s'] for one in repeated]):.2f}"
        print(f"{name:12} {len(group) + equal:5} {equal:6} {len(control):8} {len(repeated):11}  {executions:>18} "
              f"{cpu:>13}")
        caught_all, meant_all = len(control), len(group)
    if dropped:
        print("dropped of the generated: " + ", ".join(f"{number} {why}" for why, number in dropped.items()))
    for row in rows:
        caught = row["control"]["caught"] != ""
        if not caught and row["name"] not in explained:
            wrong.append(f"survivor without an explanation: {row['name']}")
        if caught and row["name"] in explained:
            wrong.append(f"explained as a survivor, and caught: {row['name']}")
    percent = 100 * caught_all / meant_all if meant_all else 100.0
    print(f"{caught_all} of {meant_all} that are not equivalent are caught: {percent:.1f} %")
    if percent < PERCENT_MIN:
        wrong.append(f"fewer than {PERCENT_MIN} % are caught")
    return wrong


def try_all(mutants, options):
    """The rows of all mutants, in order; what is new is printed and kept."""
    rows = {}
    if options.results is not None and options.results.exists():
        rows = {row["name"]: row for row in map(json.loads, options.results.read_text().splitlines())}
    todo = [mutant for mutant in mutants if mutant.name not in rows]
    started = time.monotonic()
    print(f"{'mutant':38} {'class':12} {'control':9} {'runs':>6} {'cpu s':>6}   {'repeated':9} {'runs':>6} {'cpu s':>6}"
          f"   caught by")
    for mutant in mutants:
        if mutant.name in rows:
            print(show(rows[mutant.name]))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        try:
            futures = [pool.submit(row_of, mutant, options.budget) for mutant in todo]
            for number, future in enumerate(concurrent.futures.as_completed(futures), 1):
                row = future.result()
                rows[row["name"]] = row
                print(show(row), flush=True)
                if options.results is not None:
                    with options.results.open("a") as file:
                        file.write(json.dumps(row) + "\n")
                if sys.stderr.isatty():
                    left_s = (time.monotonic() - started) / number * (len(todo) - number)
                    print(f"{number} of {len(todo)}, {left_s:.0f} s left", end="\r", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            print("interrupted: this is what was done")
    return [rows[mutant.name] for mutant in mutants if mutant.name in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--budget", type=float, default=8)
    parser.add_argument("--generated", type=int, default=generate.COUNT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    generated, dropped = generate.generate(options.generated, options.seed)
    try:
        mutants = named(options.names, [*by_hand(), *generated, UNMUTATED])
    except ValueError as error:
        parser.error(str(error))
    mutants = mutants if options.names else mutants[:-1]
    wrong = summary(try_all(mutants, options), dropped)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
