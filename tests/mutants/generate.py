#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: generate.py [--count=N] [--seed=S]

Mutants made mechanically over all of lib/: every place where one of four faults can be made is listed, N places
(72) are drawn with the seed (1) in equal parts of the four, whoever may catch them, and those that do not compile
or make the same object code in every flavour are dropped and counted.  Prints what is left.

Faults: a statement dropped, a condition negated, two neighbouring calls swapped, a memory order weakened.
"""
import argparse
import random
import re
import subprocess
import sys

import build
from mutants import LIB, Mutant

KINDS = ("drop", "negate", "swap", "weaken")
COUNT = 72
FILES = sorted(path.relative_to(LIB).as_posix() for path in [*LIB.glob("src/*.[ch]"), LIB / "include/curfew/debt.h"])
# Comments are blanked.  One line each: a whole statement that is an assignment or a call.
STATEMENT = re.compile(r"^ {4,}(?!return|break|continue|goto|else|case|default|static|CURFEW_ASSERT)"
                       r"(?:\(void\))?[a-z_*][\w>.\[\]*&-]*(?:\(| (?:[-+|&]?=) |\+\+|--).*; *$", re.M)
CALL = re.compile(r"^ +(?:\(void\))?[a-z_]\w*\(.*\);$")
CONDITION = re.compile(r"\b(?:if|while) \(")
ORDER = re.compile(r"__ATOMIC_(?:SEQ_CST|ACQ_REL|ACQUIRE|RELEASE)\b")


def declares(line):
    """A declaration is no statement that can be left out."""
    return re.match(r" +(?:const |struct |unsigned |enum )*\w+ \**\w+ ?(?:=|;|\[)", line) is not None


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def condition_end(text, opened):
    depth = 0
    for at in range(opened, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return at
    raise ValueError("no end of a condition")


def blank_comments(text):
    return re.sub(r"/\*.*?\*/", lambda match: re.sub(r"[^\n]", " ", match[0]), text, flags=re.S)


def places(text):
    """(kind, line, from, to, replacement) of every fault that can be made."""
    code = blank_comments(text)
    for match in STATEMENT.finditer(code):
        if not declares(match[0]):
            yield "drop", line_of(code, match.start()), match.start(), match.end(), ""
    for match in CONDITION.finditer(code):
        end = condition_end(code, match.end() - 1)
        yield ("negate", line_of(code, match.start()), match.end(), end, f"!({code[match.end():end]})")
    lines = code.splitlines(keepends=True)
    at = 0
    for number, (first, second) in enumerate(zip(lines, lines[1:]), 1):
        if CALL.match(first.rstrip()) and CALL.match(second.rstrip()):
            yield "swap", number, at, at + len(first) + len(second), second + first
        at += len(first)
    for match in ORDER.finditer(code):
        yield "weaken", line_of(code, match.start()), match.start(), match.end(), "__ATOMIC_RELAXED"


class Generated(Mutant):
    """A mutant whose one edit is by position: its file is the same as when it was made."""

    def text(self):
        (start, end, replacement), = self.edits
        text = (LIB / self.file).read_text()
        return text[:start] + replacement + text[end:]


def candidates():
    found = {kind: [] for kind in KINDS}
    for file in FILES:
        names = {}
        for kind, line, start, end, replacement in places((LIB / file).read_text()):
            stem = f"{kind}_{re.sub(r'.*/', '', file).replace('.', '_')}_{line}"
            names[stem] = names.get(stem, 0) + 1
            name = stem if names[stem] == 1 else f"{stem}_{names[stem]}"
            found[kind].append(Generated(name, kind, file, ((start, end, replacement),)))
    return found


def object_code(mutant, flavour):
    """What the compiler makes of the mutated file, without debug information."""
    if mutant.file.endswith(".h"):  # something that includes it; all that the library does
        names = [name for name in build.includes(mutant.file) if f"mutants-unit-common-{flavour}.dir/__/__/lib" in name]
    else:
        names = build.touched(mutant, [name for name in build.commands()
                                       if f"mutants-unit-common-{flavour}.dir" in name])
    made = [build.compile_object(mutant, name, f"code-{number}.o", "-g0") for number, name in enumerate(sorted(names))]
    code = b"".join(path.read_bytes() for path in made)
    for path in made:
        path.unlink()
    return code


def differs(mutant):
    """Whether the object code is another one.  DoesNotCompile."""
    place = build.prepare(mutant)
    for flavour in ("fast", "tsan"):
        mutated = object_code(mutant, flavour)
        text = (place / "lib" / mutant.file).read_text()
        (place / "lib" / mutant.file).write_text((LIB / mutant.file).read_text())
        original = object_code(mutant, flavour)
        (place / "lib" / mutant.file).write_text(text)
        if mutated != original:
            return True
    return False


def draw(count, seed):
    """Equal parts of the four kinds, as far as there are so many places."""
    found = candidates()
    stream = random.Random(seed)
    for kind in KINDS:
        stream.shuffle(found[kind])
    drawn = []
    while len(drawn) < count and any(found.values()):
        drawn += [found[kind].pop() for kind in KINDS if found[kind]]
    return drawn[:count]


def generate(count=COUNT, seed=1):
    """The mutants, and how many were dropped: (mutants, {why: number})."""
    kept, dropped = [], {"does not compile": 0, "same object code": 0}
    for mutant in draw(count, seed):
        try:
            if differs(mutant):
                kept.append(mutant)
            else:
                dropped["same object code"] += 1
        except build.DoesNotCompile:
            dropped["does not compile"] += 1
    return kept, dropped


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = candidates()
    print("places:  " + ", ".join(f"{kind} {len(found[kind])}" for kind in KINDS))
    kept, dropped = generate(options.count, options.seed)
    for mutant in kept:
        (start, end, replacement), = mutant.edits
        text = (LIB / mutant.file).read_text()
        print(f"{mutant.name:36} {' '.join(text[start:end].split())[:90]} -> {' '.join(replacement.split())[:60]}")
    print(f"{len(kept)} mutants; dropped: " + ", ".join(f"{number} {why}" for why, number in dropped.items()))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"generate.py: {error}")
