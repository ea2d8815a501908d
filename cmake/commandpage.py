#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the man page of the `curfew` command from what it says about itself, so that nothing is described twice.

    commandpage.py --command=PATH --version=0.1.0 --output=FILE

Verbs and exit statuses come from `curfew --help`, options from `curfew VERB --help`, signals, anchors and
verdicts from `curfew list --json`; only what no table holds is written here.  Output that
does not have the known form is an error, not a page with a hole.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

from manpages import escape

OPTION = re.compile(r"  (?:(-\w), |    )--([\w-]+)(?:=(\S+))?(?:\s+(\S.*))?$")


PLAN = """
= SIGNAL PLAN
The value of --signals, and of signals= in a scenario, is none, or signals between commas, each of the form

    NAME[*COUNT][@ANCHOR][>THREAD]

They are sent in this order, each COUNT times back to back, to the process or to the one thread of that name as
ps(1) shows it (main is the first thread). With --real each comes after its anchor by a time that the seed draws:
one in four at once, the others after 1 us to 65 ms. The anchors:
"""
SIGNALS = """
The signals:
"""
AROUND = """
= FILES
* @FILE: A line NAME: SCENARIO for each scenario; empty lines and lines that begin with # are skipped. Names are
unique, of letters, digits, -, _ and . (full stop). A file that --save wrote is taken, too, when it is of a scenario:
its line scenario: is what is run.

* --save=DIR: A file for each distinct failure. Under control it is NAME-VERDICT-SEED.seed, which curfew replay
takes, and which needs no scenario program or build directory of its own to be named. With --real it is
NAME-VERDICT-SEED.txt; its first line is the version of its form, its last the command that repeats the execution.

= JSON
With --json each line of stdout is an object with v (1) and event. Fields are added, never changed; seeds are
strings, since they exceed what a double holds.

* start: seed, jobs, tsan: whether races are looked for; under control strategy, with --real deadline_seconds.

* failure: One per distinct failure: verdict, all that was earned, name, scenario or command, execution, seed,
reasons, report, file, reproduce; under control also step, hash, output and, with --trace, trace; with --real
signals, late, backtrace.

* scenario: One per scenario or program at the end: name, scenario or command, verdict, reason (why it is not
judged although no execution failed, or null), executions, failures; under control steps, distinct (traces); with
--real signals, early, slowest_stop_ms.

* summary: The last: verdict, executions, failures, distinct, seed, interrupted, seconds; under control distinct
counts traces, and there are steps and kinds (distinct failures); with --real distinct counts failures, and there
are signals and early.

= ENVIRONMENT
* CURFEW_LIBEXEC: The directory of the scenario programs, curfew-scenario-[control-]FLAVOUR. Without it
they are looked for beside curfew, in ../libexec/curfew, ../scenarios and ../../bin.

* TMPDIR: Where the scratch directory is made, instead of /tmp. It is removed at the end.

* TSAN_OPTIONS, ASAN_OPTIONS, UBSAN_OPTIONS: Merged with what curfew itself needs.

* NO_COLOR: No colours on a terminal.

= WORKING DIRECTORY
Each execution runs in an empty directory of its own, which is its TMPDIR, too: give absolute paths in the
arguments of a program. What it leaves there is a leftover. Its standard input is empty, its signals have their
default actions, and it finds in its environment CURFEW_LEDGER and, with --real, NOTIFY_SOCKET and
CURFEW_SEED.
"""
EXAMPLES = """
= EXAMPLES
A program built by curfew-cc, one thread at a time, in ten thousand interleavings; then a failure step by step, and
in gdb:

    curfew run --runs=10000 --save=seeds -- ./prog
    curfew replay --trace seeds/prog-hang-40.seed
    curfew replay --gdb seeds/prog-hang-40.seed

A program that shall end with 0 within two seconds after a TERM, at a hundred random moments:

    curfew run --real --runs=100 --deadline=2s -- ./prog --config=/etc/prog.conf

A configuration of workers under a second Ctrl-C, for a minute, with a file for each distinct failure:

    curfew run --real --time=60s --save=failures 'poll*3 io pool | signals=INT,INT'
"""


def help_of(command, *words):
    return subprocess.run([command, *words, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout


def must(match, what, text):
    if not match:
        sys.exit(f"commandpage: no {what} in:\n{text}")
    return match


def options(text):
    """The options of a verb's help, as [short, long, argument, description]."""
    found = []
    for line in text.splitlines():
        match = OPTION.match(line)
        if match:
            found.append([match[1], match[2], match[3], match[4] or ""])
        elif found and line.startswith("        "):
            found[-1][3] += " " + line.strip()
    must(found, "option", text)
    return found


def roff_options(found):
    out = []
    for short, name, argument, description in found:
        words = ([f"\\fB{escape(short)}\\fP, "] if short else []) + [f"\\fB{escape('--' + name)}\\fP"]
        if argument:
            words.append(f"=\\fI{escape(argument)}\\fP")
        out += [".TP", "".join(words), "\\&" + escape(description.strip())]
    return out


def prose(text):
    """Roff of text: NAME lines of "= " are sections, "* WORD: text" items, indented lines as they stand."""
    out = []
    for block in text.strip().split("\n\n"):
        lines = block.splitlines()
        if lines[0].startswith("= "):
            out.append(f".SH {lines.pop(0)[2:]}")
        if lines[0].startswith("* "):
            word, _, lines[0] = lines[0][2:].partition(": ")
            out += [".TP", f"\\fB{escape(word)}\\fP"]
        elif not lines[0].startswith("    "):
            out.append(".PP")
        if lines[0].startswith("    "):
            out += [".PP", ".RS 4", ".nf", *(escape(line[4:]) for line in lines), ".fi", ".RE"]
        else:
            out += ["\\&" + escape(line.strip()) for line in lines]
    return out


def roff_rows(rows):
    must(rows, "row", rows)
    return [line for row in rows for line in (".TP", f"\\fB{escape(row['word'])}\\fP", escape(row["help"]))]


def roff_plan(listed):
    return [*prose(PLAN), *roff_rows(listed["anchors"]), *prose(SIGNALS), *roff_rows(listed["signals"])]


def page(args):
    main_help = help_of(args.command)
    summary = must(re.match(r"curfew: (.*)", main_help), "summary", main_help)[1]
    statuses = must(re.search(r"Exit status: ((?:.*\n?)+)", main_help), "exit status", main_help)[1]
    block = must(re.search(r"Usage:.*\n\n((?:  \w.*\n)+)", main_help), "verb", main_help)[1]
    verbs = [must(re.match(r"  (\w+) +(.*)", line), "verb", line).groups() for line in block.splitlines()]
    out = ['.\\" Generated from the help of the command by cmake/commandpage.py: edit that.',
           f'.TH curfew 1 "" "curfew {args.version}" "Curfew"',
           ".SH NAME", f"curfew \\- {escape(summary)}",
           ".SH SYNOPSIS"]
    texts = {verb: help_of(args.command, verb) for verb, _ in verbs}
    for verb, _ in verbs:
        usage = must(re.search(rf"^Usage: (?:curfew )?{verb} ((?:.*\n?)+?)(?=\n|  )", texts[verb], re.MULTILINE),
                     "usage", texts[verb])[1]
        out += [".PP", f"\\fBcurfew {verb}\\fP {escape(' '.join(usage.split()))}"]
    out += [".SH DESCRIPTION", "The verbs, each with its options:"]
    for verb, line in verbs:
        out += [f".SS curfew {verb}", escape(line[0].upper() + line[1:]) + ".", *roff_options(options(texts[verb]))]
    listed = json.loads(subprocess.run([args.command, "list", "--json"], stdout=subprocess.PIPE, check=True).stdout)
    out += roff_plan(listed)
    out += prose(AROUND)
    out += [".SH VERDICTS", "In order of precedence."]
    out += roff_rows(listed["verdicts"])
    out += [".SH EXIT STATUS", escape(" ".join(statuses.split()))]
    out += prose(EXAMPLES)
    out += [".SH SEE ALSO", ".BR libcurfew (7),", ".BR curfew\\-debt (7)"]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--command", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    args = parser.parse_args()
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(page(args))


if __name__ == "__main__":
    main()
