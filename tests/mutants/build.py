#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: build.py MUTANT [PROGRAM...]

Builds programs (the scenario program for control and plain, if none is named) with a mutant of the library, below
mutants/MUTANT/ of the build tree.  Only what the patch touches is compiled, by the command of the build itself;
the rest is linked as it is.  CURFEW_LIBEXEC=build/dev/mutants/MUTANT curfew run ... then runs it.
"""
import functools
import json
import shutil
import subprocess
import sys

from mutants import BUILD, LIB, UNMUTATED, by_hand, named

SCENARIO = {"fast": "curfew-scenario-control-fast", "tsan": "curfew-scenario-control-tsan",
            "plain": "curfew-scenario-plain", "real-tsan": "curfew-scenario-tsan"}


class DoesNotCompile(Exception):
    pass


def ninja(*arguments):
    return subprocess.run(["ninja", "-C", BUILD, "-t", *arguments], capture_output=True, text=True, check=True).stdout


@functools.cache
def commands():
    """How each object of the build is compiled: {object: row of ninja's database}."""
    text = ninja("compdb")
    return {row["output"]: row for row in json.loads(text[text.index("["):]) if row["output"].endswith(".o")}


@functools.cache
def link_command(program):
    return ninja("commands", program).rstrip().split("\n")[-1]


@functools.cache
def includes(header):
    """The objects that are made from the header."""
    found, current = set(), None
    for line in ninja("deps").splitlines():
        if line and not line.startswith(" "):
            current = line.split(":")[0]
        elif line.strip().endswith(f"lib/{header}"):
            found.add(current)
    return found


def directory(mutant):
    return BUILD / "mutants" / mutant.name


def prepare(mutant):
    """Lays out the mutated tree."""
    place = directory(mutant)
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(LIB, place / "lib")
    (place / "lib" / mutant.file).write_text(mutant.text())
    return place


def compile_object(mutant, output, name, *options):
    """Compiles one object of the build from the mutated tree; returns its path."""
    row = commands()[output]
    place = directory(mutant)
    made = place / name
    if not made.exists():
        words = row["command"].split()
        at = words.index("-o")
        words = words[:at - 5] + [*options, "-w", "-o", str(made), *words[at + 2:]]  # without -MD -MT x -MF y
        line = " ".join(words).replace(f"{LIB}/", f"{place}/lib/")
        done = subprocess.run(line, shell=True, cwd=BUILD, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DoesNotCompile(f"{mutant.name}: {done.stderr}")
    return made


def touched(mutant, objects):
    """Those of the objects that the mutated file is part of."""
    if mutant.file.endswith(".h"):
        return [name for name in objects if name in includes(mutant.file)]
    return [name for name in objects if commands()[name]["file"] == str(LIB / mutant.file)]


def build(mutant, program):
    """Builds the program with the mutant, if that was not done; returns its path."""
    place = directory(mutant)
    made = place / program
    if made.exists():
        return made
    line = link_command(program)
    words = line.split()
    for archive in [word for word in words if word.endswith(".a") and (BUILD / word).exists()]:
        own = [name for name in commands() if name.startswith(f"{archive_objects(archive)}/")]
        line = line.replace(f" {archive}", "".join(f" {name}" for name in touched(mutant, own)) + f" {archive}", 1)
    for number, name in enumerate(touched(mutant, [word for word in line.split() if word in commands()])):
        stem = f"{program}-{number}.o" if mutant.file.endswith(".h") else shared_name(name)
        line = line.replace(f" {name}", f" {compile_object(mutant, name, stem)}", 1)
    old = words[words.index("-o") + 1]
    done = subprocess.run(line.replace(f" -o {old}", f" -o {made}", 1), shell=True, cwd=BUILD, capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        raise DoesNotCompile(f"{mutant.name}: {done.stderr}")
    return made


def archive_objects(archive):
    """Where the objects of an archive are: x/libNAME.a of x/CMakeFiles/NAME.dir."""
    path, _, name = archive.rpartition("/lib")
    return f"{path}/CMakeFiles/{name.removesuffix('.a')}.dir"


def shared_name(output):
    """One name for objects that are compiled alike: by their flavour."""
    target = output.partition("/CMakeFiles/")[2].partition(".dir/")[0]
    kind = "control-" if target.startswith(("curfew-scenario-control-", "mutants-unit-")) else ""
    return f"{kind}{target.replace('_', '-').rpartition('-')[2]}.o"


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip())
        return 0 if "--help" in sys.argv[1:] or "-h" in sys.argv[1:] else 2
    try:
        mutant, = named(sys.argv[1:2], [*by_hand(), UNMUTATED])
        prepare(mutant)
        for program in sys.argv[2:] or [SCENARIO["fast"], SCENARIO["plain"]]:
            print(build(mutant, program))
    except (ValueError, DoesNotCompile) as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
