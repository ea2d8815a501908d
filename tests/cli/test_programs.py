# SPDX-License-Identifier: MIT
"""Small C programs, built here: what is said about their debts, their build and their directory."""
import os
import pathlib
import shutil
import subprocess

import pytest

from support import events, real

SOURCE = pathlib.Path(os.environ.get("CURFEW_SOURCE_DIR", pathlib.Path(__file__).parents[2]))


def build(directory, body, *flags, compiler="clang"):
    """A program with this main."""
    text = directory / "prog.c"
    text.write_text("#include <curfew/debt.h>\n#include <stdio.h>\n"
                    f"int main(void)\n{{\n{body}\nreturn 0;\n}}\n")
    subprocess.run([compiler, "-g", "-pthread", f"-I{SOURCE / 'lib/include'}", *flags, text, "-o", directory / "prog"],
                   check=True)
    return directory / "prog"


def reasons(program):
    """The status and the reasons of the one failure of a program without signals."""
    done = real("--runs=1", "--signals=none", "--json", "--", program)
    failure, = events(done.stdout)["failure"]
    return done.returncode, failure["reasons"]


@pytest.mark.parametrize("body, said", [
    ('curfew_debt_owe("flush", 0);', "  owing: 'flush' never happened\n"),
    ('curfew_debt_owe("flush", 7);', "  owing: 'flush' #7 never happened\n"),
    ('curfew_debt_owe("flush", 0); curfew_debt_owe("flush", 0); curfew_debt_settle("flush", 0);',
     "  owing: 'flush' was owed 2 times, settled 1\n"),
    ('curfew_debt_owe("flush", 3); curfew_debt_settle("flush", 3); curfew_debt_settle("flush", 3);',
     "  twice: 'flush' #3 was settled 2 times, owed 1\n"),
    ('curfew_debt_owe_thread("x", 0);', "  abandoned: worker 'x' #0 was alive when the program ended\n"),
    ('curfew_debt_owe_thread("x", 5);', "  abandoned: worker 'x' #5 was alive when the program ended\n"),
])
def test_debt_is_named_with_its_number_and_counted(tmp_path, body, said):
    assert reasons(build(tmp_path, body)) == (1, said)


def test_late_debts_are_named_alike(tmp_path):
    program = build(tmp_path, 'curfew_debt_owe_thread("x", 0); curfew_debt_owe("flush", 0); for (;;) { pause(); }')
    done = real("--runs=1", "--deadline=200ms", "--signals=none", "--json", "--", program)
    failure, = events(done.stdout)["failure"]
    assert "  worker 'x' #0: owed\n" in failure["late"] and "  debt 'flush': owed\n" in failure["late"]


def test_full_ledger_says_what_to_do(tmp_path):
    program = build(tmp_path, 'for (unsigned i = 0; i <= CURFEW_LEDGER_ENTRIES; i++) { curfew_debt_owe("job", i); }\n'
                              'for (unsigned i = 0; i <= CURFEW_LEDGER_ENTRIES; i++) { curfew_debt_settle("job", i); }')
    status, text = reasons(program)
    assert status == 3
    assert text.startswith("  unsupported: more than 16384 debts are open at once: owe one debt for many")


@pytest.mark.parametrize("compiler, flags, watched", [
    ("clang", ["-fsanitize=thread"], True),
    ("clang", ["-fsanitize=thread", "-s"], True),
    ("gcc", ["-fsanitize=thread"], True),
    ("clang", [], False),
    ("clang", ["-s"], False),
])
def test_program_without_thread_sanitizer_is_named(tmp_path, compiler, flags, watched):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler} here")
    program = build(tmp_path, "", *flags, compiler=compiler)
    note = f"note: {program} is not built with ThreadSanitizer: races are not looked for\n"
    text = real("--runs=1", "--signals=none", "--", program)
    assert (text.returncode, text.stderr) == (0, "" if watched else note)
    assert real("--runs=1", "--signals=none", "--quiet", "--", program).stderr == ""
    lines = real("--runs=1", "--signals=none", "--json", "--", program)
    assert lines.stderr == "" and events(lines.stdout)["start"][0]["tsan"] is watched


def test_script_says_nothing_of_what_it_runs(tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)
    done = real("--runs=1", "--signals=none", "--", script)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("flavour, watched", [("tsan", True), ("plain", False)])
def test_flavour_tells_whether_races_are_looked_for(flavour, watched):
    done = real("--runs=1", f"--flavour={flavour}", "--json", "event-polled")
    assert done.returncode == 0 and events(done.stdout)["start"][0]["tsan"] is watched


NOTE = "note: the program runs in an empty directory of its own: give absolute paths in its arguments\n"


def test_program_that_misses_a_file_is_told_of_its_directory(tmp_path):
    (tmp_path / "input").write_text("here\n")
    done = real("--runs=1", "--signals=none", "--", "cat", "input", cwd=tmp_path)
    assert done.returncode == 1 and NOTE in done.stdout
    assert real("--runs=1", "--signals=none", "--", "cat", tmp_path / "input", cwd=tmp_path).returncode == 0
    assert NOTE not in real("--runs=1", "--signals=none", "--", "false").stdout
