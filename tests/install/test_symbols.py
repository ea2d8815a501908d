# SPDX-License-Identifier: MIT
"""The shared library exports what the headers declare, no more and no less."""
import re

import pytest

from support import BUILD, FLAVOUR, SOURCE, header_functions, run


@pytest.mark.skipif(FLAVOUR != "plain", reason=f"the {FLAVOUR} flavour exports symbols of its runtime")
def test_exported_symbols_are_the_declared_functions():
    listing = run("nm", "--dynamic", "--defined-only", "--format=posix", BUILD / "lib/libcurfew.so")
    exported = {line.split()[0] for line in listing.splitlines()}
    declared = {name for name, page in header_functions().items()
                if any(name + "(" in text and not text.startswith("void curfew_debt") for text in page.prototypes)}
    assert exported == declared


def test_every_api_mark_in_a_header_is_parsed_as_a_function():
    marks = sum(len(re.findall(r"^CURFEW_API", header.read_text(), re.MULTILINE))
                for header in (SOURCE / "lib/include/curfew").glob("*.h"))
    inline = sum(page.header == "debt.h" for page in header_functions().values())
    assert marks > 0 and marks == len(header_functions()) - inline
