#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the man page of the `curfew` command from what it says about itself, so that nothing is described twice.

    commandpage.py --command=PATH --verdicts=harness/verdict.h --version=0.1.0 --output=FILE

Verbs and exit statuses come from `curfew --help`, options from `curfew VERB --help`, and verdicts from
their table.  Output that does not have the known form is an error, not a page with a hole.
"""
import argparse
import pathlib
import re
import subprocess
import sys

from manpages import escape

OPTION = re.compile(r"  (?:(-\w), |    )--([\w-]+)(?:=(\S+))?(?:\s+(\S.*))?$")


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
    out += [".SH VERDICTS"]
    table = args.verdicts.read_text()
    rows = re.findall(r'X\(\w+, "(\w+)", \w+, "(.*?)"\)', table)
    must(rows, "verdict", table)
    for word, line in rows:
        out += [".TP", f".B {word}", escape(line)]
    out += [".SH EXIT STATUS", escape(" ".join(statuses.split()))]
    out += [".SH SEE ALSO", ".BR libcurfew (7),", ".BR curfew\\-debt (7)"]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--command", required=True)
    parser.add_argument("--verdicts", type=pathlib.Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    args = parser.parse_args()
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(page(args))


if __name__ == "__main__":
    main()
