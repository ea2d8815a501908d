# SPDX-License-Identifier: MIT
"""Each animal of harness/zoo/table.h earns its verdict, and its fixed twin passes."""
import re

import pytest

from zoo import ZOO, animals, campaign

ANIMALS = animals()
BAD_RUNS = 2000  # at most: a campaign ends with the first failure
GOOD_RUNS = 300


@pytest.mark.parametrize("animal", ANIMALS, ids=lambda animal: animal.name)
def test_animal_earns_exactly_its_verdict_and_its_twin_passes(animal):
    bad = campaign(animal, "bad", BAD_RUNS)
    assert (bad.verdict, bad.status) == (animal.verdict, 1), bad
    assert len(re.findall(r"^FAIL ", bad.text, re.M)) == 1, bad
    good = campaign(animal, "good", GOOD_RUNS)
    assert (good.verdict, good.executions, good.status) == ("pass", GOOD_RUNS, 0), good


def test_table_names_every_file_and_files_say_what_the_table_says():
    assert {f"{animal.name}.c" for animal in ANIMALS} == {path.name for path in ZOO.glob("*.c")}
    for animal in ANIMALS:
        text = re.sub(r"\n \*", "", (ZOO / f"{animal.name}.c").read_text().split("*/")[0])
        for fact in (f"{animal.name}.c -- class {animal.number},", f"earns `{animal.verdict}`",
                     f"signals: {animal.signals}", animal.report):
            assert fact in text, f"{animal.name}.c does not say '{fact}'"
