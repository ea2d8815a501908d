#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: reality.py [--flavour=NAME] [--runs=N] [--bound=N] [--strategy=NAME] [--write=FILE] [--json] [NAME...]

Control against reality: each outcome that free-running threads show must be among those that control finds.
scripts/bench reality calls it.  For every scenario of the catalogue, or those that are named, N executions with --real
(500), then controlled ones with fixed seeds until all outcomes of the former were found, --bound of them at most
(100,000).  Status 1 when one was not; 3 when something could not be judged; 130 after Ctrl-C, which keeps the rows.
--write puts the table into a file, in place of the table there; --strategy is control's (a poor one, like rr, must
make the comparison fail).  docs/reality.md says what an outcome is.
"""
import argparse
import functools
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from typing import NamedTuple

CURFEW = pathlib.Path(os.environ["CURFEW_BUILD_DIR"]) / "harness/cli/curfew"
NATIVE = {"fast": "plain", "tsan": "tsan"}  # the same program without the runtime
DEADLINE = "--deadline=3s"
CHUNK = 500  # controlled executions at first; then twice as many each time
STUCK = {"hang", "livelock", "lost"}  # by the clock, or because nobody can go on: it does not end
SITTERS = {"hang", "late", "lost"}  # verdicts that are waited for: many at once cost nothing
USAGE = 2
UNJUDGED = {"internal", "unsupported", "diverged"}
HEAD = ("| scenario | real | outcomes | control | outcomes | found all after | by the clock | missing |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")


class Outcome(NamedTuple):
    earned: tuple
    early: bool
    end: str
    debts: str

    def __str__(self):
        return f"{'+'.join(self.earned) or 'pass'}{' (early)' * self.early}, {self.end}: {self.debts}"


def outcome_of(told):
    """As curfew tells it, without what the engines cannot have in common."""
    earned = set(told["earned"])
    if "race" in earned:  # control ends at the first report
        return Outcome(("race",), False, "any", "any")
    if earned & STUCK:  # real time sends one more signal, and looks at what that does
        return Outcome(("stuck",), False, "any", "any")
    return Outcome(tuple(sorted(earned)), told["early"], told["end"], told["debts"])


class Failed(Exception):
    """A campaign that could not judge."""


def campaign(name, *options):
    """The outcomes of one campaign, {Outcome: (count, first execution)}, and how many were executed."""
    done = subprocess.run([CURFEW, "run", "--json", "--outcomes", "--keep-going", DEADLINE, *options, name],
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode == USAGE:
        sys.stderr.write(done.stderr)
        sys.exit(USAGE)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    row = next((event for event in events if event["event"] == "scenario"), None)
    if row is None or events[-1]["interrupted"]:
        raise Failed(f"{name}: {done.stderr.strip() or 'interrupted'}")
    if row["other_outcomes"] > 0:
        raise Failed(f"{name}: too many outcomes to be told apart")
    found = {}
    for told in row["outcomes"]:
        if UNJUDGED & set(told["earned"]):
            raise Failed(f"{name}: {'with' if '--real' in options else 'without'} --real: {told['earned']}")
        outcome = outcome_of(told)
        count, first = found.get(outcome, (0, told["first"]))
        found[outcome] = (count + told["count"], min(first, told["first"]))
    return found, row["executions"]


def without_late(outcome):
    """A late end is the machine's fault if control knows the same end."""
    return outcome._replace(earned=tuple(word for word in outcome.earned if word != "late"))


class Row(NamedTuple):
    name: str
    real: int  # executions
    real_outcomes: int
    control: int  # executions
    control_outcomes: int
    found_after: int  # executions until the last one was found
    late: int  # executions that were late by the clock alone
    missing: dict  # {text of an outcome: executions that had it}
    seconds: float

    def line(self):
        missing = sum(self.missing.values())
        return (f"| {self.name} | {self.real:,} | {self.real_outcomes:,} | {self.control:,} | "
                f"{self.control_outcomes:,} | {self.found_after:,} | {self.late:,} | "
                f"{f'{len(self.missing)} ({missing:,})' if missing else 0} |\n")


def compare(real, control):
    """What control lacks: {outcome: count}, and how many executions were only late."""
    lacking = {outcome: count for outcome, (count, _) in real.items() if outcome not in control}
    late = {outcome for outcome in lacking if "late" in outcome.earned and without_late(outcome) in control}
    return ({outcome: count for outcome, count in lacking.items() if outcome not in late},
            sum(lacking[outcome] for outcome in late))


def measure(name, verdict, options, say):
    """The row of one scenario; `say` tells how far it is."""
    begun = time.monotonic()
    say(f"{name}, {options.runs:,} with --real")
    jobs = ["--jobs=50"] if verdict in SITTERS else []
    real, executed = campaign(name, "--real", f"--flavour={NATIVE[options.flavour]}", f"--runs={options.runs}",
                              "--seed=1", *jobs)
    strategy = [f"--strategy={options.strategy}"] if options.strategy else []
    control, done, chunk, missing, late = {}, 0, CHUNK, real, 0
    while missing and done < options.bound:
        chunk = min(chunk, options.bound - done)
        say(f"{name}, {chunk:,} controlled behind {done:,}, {len(missing)} outcomes to find")
        more, count = campaign(name, f"--flavour={options.flavour}", f"--runs={chunk}", f"--seed={1 + done}", *strategy)
        for outcome, (number, first) in more.items():
            before = control.get(outcome, (0, done + first))
            control[outcome] = (before[0] + number, before[1])
        done, chunk = done + count, chunk * 2
        missing, late = compare(real, control)
    after = max((control[outcome][1] + 1 for outcome in real if outcome in control), default=0)
    return Row(name, executed, len(real), done, len(control), after, late,
               {str(outcome): count for outcome, count in missing.items()}, time.monotonic() - begun)


def catalogue():
    text = subprocess.run([CURFEW, "list", "--json"], capture_output=True, text=True, check=True).stdout
    return {row["name"]: row["verdict"] for row in json.loads(text)["scenarios"]}


class Progress:
    """What is done and how long the rest takes, on stderr; off a terminal every ten seconds."""

    def __init__(self, total):
        self.total, self.begun, self.told = total, time.monotonic(), time.monotonic()

    def clear(self):
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def tell(self, done, what):
        now = time.monotonic()
        left = f", {(now - self.begun) / done * (self.total - done):.0f} s to go" if done else ""
        text = f"{done} of {self.total} scenarios, {now - self.begun:.0f} s{left}; now {what}"
        if sys.stderr.isatty():
            print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)
        elif now - self.told >= 10:
            self.told = now
            print(text, file=sys.stderr, flush=True)


def tell(row, options, progress):
    progress.clear()
    if options.json:
        print(json.dumps({"v": 1, "event": "scenario", **row._asdict()}), flush=True)
        return
    print(row.line(), end="", flush=True)
    for outcome, count in sorted(row.missing.items()):
        print(f"control does not find ({count} of {row.real}): {outcome}", flush=True)


def measure_all(names, options):
    """(rows, errors, interrupted): what was measured, whatever ended it."""
    rows, errors, known = [], [], catalogue()
    progress = Progress(len(names))
    for number, name in enumerate(names):
        try:
            row = measure(name, known.get(name, "pass"), options, functools.partial(progress.tell, number))
        except KeyboardInterrupt:
            progress.clear()
            return rows, errors, True
        except Failed as failure:
            progress.clear()
            print(f"reality: {failure}", file=sys.stderr, flush=True)
            errors.append(name)
            continue
        rows.append(row)
        tell(row, options, progress)
    progress.clear()
    return rows, errors, False


def total(rows):
    missing = {f"{row.name}: {outcome}": count for row in rows for outcome, count in row.missing.items()}
    return Row(f"all {len(rows)}", sum(row.real for row in rows), sum(row.real_outcomes for row in rows),
               sum(row.control for row in rows), sum(row.control_outcomes for row in rows),
               max((row.found_after for row in rows), default=0), sum(row.late for row in rows), missing,
               sum(row.seconds for row in rows))


def finish(rows, errors, interrupted, options):
    everything = total(rows)
    status = 130 if interrupted else 1 if everything.missing else 3 if errors else 0
    if options.json:
        print(json.dumps({"v": 1, "event": "summary", **everything._asdict(), "unjudged": errors,
                          "interrupted": interrupted, "status": status}))
        return status
    print(everything.line(), end="")
    print(f"{'interrupted, ' if interrupted else ''}{len(rows)} scenarios, {len(everything.missing)} outcomes that "
          f"control does not find, {len(errors)} not judged, {everything.seconds:.0f} s")
    if options.write and not interrupted:
        text = HEAD + "".join(row.line() for row in rows) + everything.line()
        options.write.write_text(re.sub(r"\| scenario \|.*?\n(?=\n|$(?![\r\n]))", lambda _: text,
                                        options.write.read_text(), count=1, flags=re.S))
    return status


def at_least_one(text):
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--flavour", choices=sorted(NATIVE), default="fast")
    parser.add_argument("--runs", type=at_least_one, default=500, help="executions with --real")
    parser.add_argument("--bound", type=at_least_one, default=100000, help="controlled executions, at most")
    parser.add_argument("--strategy", help="control's (default: curfew's)")
    parser.add_argument("--write", type=pathlib.Path)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    if not options.json:
        print(HEAD, end="", flush=True)
    return finish(*measure_all(options.names or list(catalogue()), options), options)


if __name__ == "__main__":
    sys.exit(main())
