# SPDX-License-Identifier: MIT
"""Mutants of libcurfew: small patches of one file of lib/, by hand (by_hand.yaml) and generated (generate.py)."""
import os
import pathlib
import re
from typing import NamedTuple

import yaml

HERE = pathlib.Path(__file__).parent
SOURCE = pathlib.Path(os.environ.get("CURFEW_SOURCE_DIR", HERE.parents[1])).resolve()
BUILD = pathlib.Path(os.environ.get("CURFEW_BUILD_DIR", SOURCE / "build/dev")).resolve()
LIB = SOURCE / "lib"


class Mutant(NamedTuple):
    name: str
    kind: str    # of fault
    file: str    # below lib/
    edits: tuple  # of (find, replace)

    def text(self):
        """The mutated file."""
        return apply(self, (LIB / self.file).read_text())


UNMUTATED = Mutant("unmutated", "none", "src/stop.c", ())


def apply(mutant, text):
    for find, replace in mutant.edits:
        pattern = r"\s+".join(map(re.escape, find.split()))
        found = len(re.findall(pattern, text))
        if found != 1:
            raise ValueError(f"{mutant.name}: occurs {found} times in lib/{mutant.file}, not once: {find}")
        text = re.sub(pattern, lambda _: replace, text)
    return text


def by_hand():
    def one(row):
        edits = row.get("edits") or [row]
        return Mutant(row["name"], row["class"], row["file"],
                      tuple((edit["find"], edit["replace"]) for edit in edits))
    return [one(row) for row in yaml.safe_load((HERE / "by_hand.yaml").read_text())]


def named(names, mutants):
    """Those of the names, in their order; all without names.  ValueError: no such mutant."""
    known = {mutant.name: mutant for mutant in mutants}
    for name in names:
        if name not in known:
            raise ValueError(f"no such mutant: '{name}'")
    return [known[name] for name in names] if names else list(mutants)
