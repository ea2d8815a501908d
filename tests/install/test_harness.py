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
    assert {f"libexec/curfew/curfew-scenario-control-{flavour}" for flavour in ("tsan", "fast", "asan")} <= names
    assert all(name.startswith(("bin/curfew", "libexec/curfew/", "share/man/man1/")) for name in names)


def test_installed_command_runs_a_scenario(prefix):
    lines = run(prefix / "bin/curfew", "run", "--real", "--runs=2", "--json", "wait*2").splitlines()
    summary = json.loads(lines[-1])
    assert (summary["event"], summary["verdict"], summary["executions"]) == ("summary", "pass", 2)


@pytest.mark.parametrize("flavour", ("tsan", "fast", "asan"))
def test_installed_command_controls_a_scenario(prefix, flavour):
    lines = run(prefix / "bin/curfew", "run", f"--flavour={flavour}", "--runs=5", "--json", "wait*2").splitlines()
    summary = json.loads(lines[-1])
    assert (summary["event"], summary["verdict"], summary["executions"]) == ("summary", "pass", 5)


def test_page_tells_what_no_option_says(prefix):
    page = (prefix / "share/man/man1/curfew.1").read_text().replace("\\-", "-")
    for section in ("SIGNAL PLAN", "FILES", "JSON", "ENVIRONMENT", "WORKING DIRECTORY", "VERDICTS", "EXAMPLES"):
        assert f".SH {section}\n" in page
    for word in ("CURFEW_LIBEXEC", "TMPDIR", "@FILE", "summary"):
        assert f"\\fB{word}\\fP" in page
    listed = json.loads(run(prefix / "bin/curfew", "list", "--json"))
    for row in listed["anchors"] + listed["signals"] + listed["verdicts"]:
        assert f"\\fB{row['word']}\\fP\n" in page
    lines = run(prefix / "bin/curfew", "run", "--real", "--runs=1", "--json", "--signals=none", "--", "false",
                status=1).splitlines()
    for event in map(json.loads, lines):
        paragraph = page.split(".SH JSON\n")[1].split(f"\\fB{event.pop('event')}\\fP\n")[1].split(".TP")[0]
        assert not [field for field in event if field != "v" and field not in paragraph]


def test_verdicts_that_nobody_judges_yet_are_marked(prefix):
    listed = json.loads(run(prefix / "bin/curfew", "list", "--json"))["verdicts"]
    later = {row["word"] for row in listed if row["help"].endswith("(not in this version)")}
    assert later == {"unsafe", "afterstop", "inherit"}


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
