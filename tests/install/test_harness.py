# SPDX-License-Identifier: MIT
"""The installed `curfew` finds its scenario programs and its man page, wherever the prefix was moved to."""
import json

import pytest

from support import BUILD, CMAKE, run


@pytest.fixture(scope="module", name="prefix")
def installed_and_moved(tmp_path_factory):
    scratch = tmp_path_factory.mktemp("harness")
    run(CMAKE, "--install", BUILD, "--prefix", scratch / "first", "--component", "harness")
    (scratch / "first").rename(scratch / "moved")
    return scratch / "moved"


def test_component_has_the_command_its_programs_and_its_page(prefix):
    names = {str(file.relative_to(prefix)) for file in prefix.rglob("*") if file.is_file()}
    assert {"bin/curfew", "libexec/curfew/curfew-scenario-tsan", "share/man/man1/curfew.1"} <= names
    assert all(name.startswith(("bin/curfew", "libexec/curfew/", "share/man/man1/")) for name in names)


def test_installed_command_runs_a_scenario(prefix):
    lines = run(prefix / "bin/curfew", "run", "--real", "--runs=2", "--json", "wait*2").splitlines()
    summary = json.loads(lines[-1])
    assert (summary["event"], summary["verdict"], summary["executions"]) == ("summary", "pass", 2)


def test_page_names_every_verb_and_option(prefix):
    page = (prefix / "share/man/man1/curfew.1").read_text().replace("\\-", "-")
    verbs = [line.split()[0] for line in run(prefix / "bin/curfew", "--help").splitlines() if line.startswith("  ")]
    verbs = [verb for verb in verbs if verb != "curfew"]
    assert "run" in verbs
    for verb in verbs:
        assert f".SS curfew {verb}\n" in page
        for line in run(prefix / "bin/curfew", verb, "--help").splitlines():
            if line.lstrip().startswith(("--", "-h, --")):
                option = "--" + line.split("--", 1)[1].split()[0].split("=")[0]
                assert f"\\fB{option}\\fP" in page, f"{verb} {option}"
