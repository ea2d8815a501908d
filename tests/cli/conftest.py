# SPDX-License-Identifier: MIT
"""Golden files: what a command prints is compared with golden/NAME.txt, or becomes it."""
import os
import pathlib

import pytest

GOLDEN = pathlib.Path(__file__).parent / "golden"


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite golden/*.txt")


@pytest.fixture
def golden(request):
    def compare(name, text):
        path = GOLDEN / f"{name}.txt"
        if request.config.getoption("--update-golden") or os.environ.get("CURFEW_UPDATE_GOLDEN"):
            path.write_text(text)
        assert text == path.read_text(), f"differs from {path}: look, then run pytest --update-golden"
    return compare
