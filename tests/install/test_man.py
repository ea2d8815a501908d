# SPDX-License-Identifier: MIT
"""Every public function has a man page with its description and its errors, and groff has no complaint."""
import re
import shutil
import subprocess
import sys

import pytest

from support import BUILD, SOURCE, header_functions

MAN = BUILD / "man"
PAGES = sorted(MAN.glob("man[137]/*"))


def test_every_function_has_a_page_with_description_and_errors():
    functions = header_functions()
    assert functions
    for name, page in functions.items():
        text = (MAN / "man3" / f"{name}.3").read_text()
        if text.startswith(".so "):
            text = (MAN / text.split()[1]).read_text()
        assert re.search(rf"^\.SH NAME\n.*\b{name}\b.* \\- \S", text, re.MULTILINE), name
        assert f"#include <curfew/{page.header}>" in text, name
        assert re.search(r"^\.SH DESCRIPTION\n\S", text, re.MULTILINE), name
        for error in re.findall(r"-(E[A-Z]+)\b", page.tags.get("Errors", "")):
            assert f"\\-{error}" in text, f"{name}: {error}"


def test_no_page_is_left_of_a_function_that_is_gone():
    assert {page.stem for page in (MAN / "man3").iterdir()} == set(header_functions())


@pytest.mark.skipif(not shutil.which("groff"), reason="no groff here")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_is_clean_roff(page):
    done = subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-P-cbou", "-I", str(MAN), str(page)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0 and done.stderr == ""
    assert "NAME" in done.stdout


def test_generator_refuses_a_function_without_a_comment(tmp_path):
    header = tmp_path / "bad.h"
    header.write_text("/* SPDX-License-Identifier: MIT\n *\n * bad.h -- bad.\n */\n\n"
                      "CURFEW_API int curfew_bad(void);\n")
    command = [sys.executable, SOURCE / "cmake/manpages.py", f"--output={tmp_path}", "--version=0", header]
    done = subprocess.run(command, text=True, stderr=subprocess.PIPE, check=False)
    assert done.returncode != 0 and "bad.h: curfew_bad: no comment directly above" in done.stderr

