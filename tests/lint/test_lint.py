# SPDX-License-Identifier: MIT
"""Each rule of scripts/lint finds what it should, where it should, and nothing in a clean tree."""
import os
import pathlib
import shutil
import subprocess

import pytest

LINT = pathlib.Path(os.environ["CURFEW_SOURCE_DIR"]) / "scripts/lint"
SPDX = "/* SPDX-License-Identifier: MIT */\n"
PY = "# SPDX-License-Identifier: MIT\n"
SH = "#!/bin/sh\n" + PY

# A tree that breaks no rule: a path, its text, and whether it can be executed.
CLEAN = {
    "CMakeLists.txt": PY + "add_library(x lib/src/good.c harness/main.c harness/runtime/core.c)\n"
                      "# run: tool.sh checked.py\n",
    "lib/include/curfew/good.h": SPDX + "/* Sets it.\n *   Signals: safe. */\nvoid curfew_good_set(void);\n",
    "lib/src/good.c": SPDX + '#include "curfew/good.h"\n\n#pragma GCC poison malloc free printf pthread_mutex_lock\n'
                      "static void on_signal_sigsafe(int signo)\n{\n"
                      "    if (signo > 0) {\n        curfew_good_set();\n    }\n}\n",
    "harness/main.c": SPDX + "#include <curfew/good.h>\n",
    "harness/runtime/core.c": SPDX + "#include <stdio.h>\n",
    "tool.sh": SH + "echo run\n",
    "checked.py": PY + "print(1)\n",
}
EXECUTABLE = {"tool.sh"}

FUNCTION = "int f(int x)\n{{\n{}    return x;\n}}\n"
HANDLER = "struct sigaction a = {{ .{} = on_term }};\n"

# Rule -> (path, text that replaces it or is new, line of the finding).  One case each at least.
BROKEN = [
    ("spdx", "lib/src/good.c", "int x;\n", 1),
    ("spdx", "checked.py", "print(1)\n", 1),
    ("file-length", "lib/src/good.c", SPDX + "int x;\n" * 600, 601),
    ("line-length", "lib/src/good.c", SPDX + "/* " + "x" * 100 + " */\n", 2),
    ("line-length", "checked.py", PY + "# " + "x" * 120 + "\n", 2),
    ("function-length", "lib/src/good.c", SPDX + FUNCTION.format("    x++;\n" * 70), 3),
    ("function-length", "checked.py", PY + "def f():\n" + "    print(1)\n" * 71, 2),
    ("function-length", "checked.py", PY + "def f(:\n", 2),
    ("banned-word", "lib/src/good.c", SPDX + "#include <assert.h>\n", 2),
    ("banned-word", "lib/src/good.c", SPDX + FUNCTION.format('    printf("x");\n'), 4),
    ("banned-word", "harness/main.c", SPDX + FUNCTION.format("    x = rand();\n"), 4),
    ("banned-word", "harness/main.c", SPDX + FUNCTION.format("    x = (int)time(NULL);\n"), 4),
    ("banned-word", "harness/main.c", SPDX + FUNCTION.format("    strcpy(a, b);\n"), 4),
    ("address-printed", "harness/main.c", SPDX + FUNCTION.format('    log("%p", x);\n'), 4),
    ("bare-todo", "harness/main.c", SPDX + "/* TO" + "DO later */\n", 2),
    ("bare-todo", "checked.py", PY + "# XX" + "X\n", 2),
    ("dead-file", "lib/src/dead.c", SPDX, 1),
    ("dead-file", "lib/src/dead.h", SPDX, 1),
    ("dead-file", "unused.py", PY, 1),
    ("dependency", "lib/src/good.c", SPDX + '#include "../../harness/inner.h"\n', 2),
    ("dependency", "harness/runtime/core.c", SPDX + "#include <curfew/good.h>\n", 2),
    ("handler-poison", "lib/src/good.c", SPDX + HANDLER.format("sa_handler"), 2),
    ("handler-poison", "lib/src/good.c", SPDX + "#pragma GCC poison malloc\n" + HANDLER.format("sa_sigaction"), 3),
    ("sigsafe", "lib/src/good.c", SPDX + "static int f_sigsafe(void)\n{\n    return takes_a_lock();\n}\n", 4),
    ("braces", "lib/src/good.c", SPDX + FUNCTION.format("    if (x > (1))\n        x = 1;\n"), 4),
    ("braces", "lib/src/good.c", SPDX + FUNCTION.format("    while (x)\n        ;\n"), 4),
    ("braces", "lib/src/good.c", SPDX + FUNCTION.format("    if (x) {\n    } else\n        x = 1;\n"), 5),
    ("machine-path", "checked.py", PY + "print('/ho" + "me/me/curfew')\n", 2),
    ("executable-bit", "checked.py", "#!/usr/bin/env python3\n" + PY, 1),
    ("clang-format", "lib/src/good.c", SPDX + "int  x ;\n", 2),
    ("shellcheck", "tool.sh", SH + "echo $unset_and_unquoted\n", 3),
]
TOOLS = {"clang-format": "clang-format", "shellcheck": "shellcheck"}

# What looks like a finding and is none.
ALLOWED = [
    ("braces", "lib/src/good.c", SPDX + FUNCTION.format("    do {\n        x--;\n    } while (x > 0);\n")),
    ("braces", "lib/src/good.c", SPDX + FUNCTION.format("    if (x) {\n    } else if (x > 1) {\n    }\n")),
    ("braces", "lib/src/good.c", SPDX + "#define LOOP(x) \\\n    for (;;) x\n"),
    ("banned-word", "harness/main.c", SPDX + '/* rand() */ const char *s = "rand()";\n'),
    ("banned-word", "harness/main.c", SPDX + FUNCTION.format("    x = clock->time(x);\n")),
    ("banned-word", "harness/main.c", SPDX + "int x = rand(); /* lint: banned-word: to show it */\n"),
    ("handler-poison", "lib/src/good.c", SPDX + "struct sigaction a = { .sa_handler = SIG_DFL };\n"),
    ("bare-todo", "harness/main.c", SPDX + "/* NEEDSWORK(clock): steps, because. */\n"),
    ("dependency", "harness/main.c", SPDX + '#include "curfew/good.h"\n'),
]


@pytest.fixture(name="tree")
def clean_tree(tmp_path):
    shutil.copy(LINT.parent.parent / ".clang-format", tmp_path)
    for path, text in CLEAN.items():
        write(tmp_path, path, text)
    return tmp_path


def write(tree, path, text):
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755 if path in EXECUTABLE else 0o644)


def lint(tree, *rules):
    return subprocess.run([LINT, f"--root={tree}", *rules], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)


def test_clean_tree_has_no_findings(tree):
    done = lint(tree)
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("name, path, text, line", BROKEN)
def test_rule_finds_what_breaks_it(tree, name, path, text, line):
    if name in TOOLS and not shutil.which(TOOLS[name]):
        pytest.skip(f"no {TOOLS[name]} here")
    write(tree, path, text)
    if name == "dependency":
        write(tree, "harness/inner.h", SPDX)
    done = lint(tree, name)
    assert f"{path}:{line}: {name}: " in done.stdout and done.returncode == 1


@pytest.mark.parametrize("name, path, text", ALLOWED)
def test_rule_allows_what_only_looks_wrong(tree, name, path, text):
    write(tree, path, text)
    done = lint(tree, name)
    assert (done.stdout, done.returncode) == ("", 0)


def test_every_rule_has_a_negative_control():
    listing = subprocess.run([LINT, "--list"], text=True, stdout=subprocess.PIPE, check=True).stdout
    assert {line.split()[0] for line in listing.splitlines()} == {case[0] for case in BROKEN}


def test_unknown_rule_is_a_usage_error(tree):
    done = lint(tree, "no-such-rule")
    assert done.returncode == 2 and "unknown rule 'no-such-rule'" in done.stderr


def test_format_wraps_wide_comments_and_keeps_their_sections(tmp_path):
    if not shutil.which("clang-format"):
        pytest.skip("no clang-format here")
    words = "word " * 17
    file = tmp_path / "wide.h"
    file.write_text(f"{SPDX}/* {words}and some more.\n *   Errors:  {words}and some more. */\nint f(void);\n")
    subprocess.run([LINT.parent / "format", file], check=True)
    lines = file.read_text().splitlines()
    assert max(map(len, lines)) <= 100 and lines[-1] == "int f(void);"
    assert " ".join(" ".join(lines).replace(" * ", " ").split()).count("word") == 34
    assert lines[2].startswith(" * ") and lines[4].startswith(" *            ")
