# SPDX-License-Identifier: MIT
"""Generated mutants: the same for the same seed, of all of lib/, and only what changes the program."""
import shutil

import pytest

import build
import generate
from mutants import LIB


@pytest.fixture
def dropped_comment():
    text = (LIB / "src/stop.c").read_text()
    start = text.index("/* Another thread was first. */")
    mutant = generate.Generated("comment", "drop", "src/stop.c", ((start, start + 31, ""),))
    yield mutant
    shutil.rmtree(build.directory(mutant), ignore_errors=True)


def test_draw_is_the_same_for_the_same_seed_and_in_equal_parts():
    first, again, other = generate.draw(60, 1), generate.draw(60, 1), generate.draw(60, 2)
    assert first == again != other
    assert [sum(mutant.kind == kind for mutant in first) for kind in generate.KINDS] == [15] * 4
    assert len({mutant.name for mutant in first}) == 60


def test_places_are_in_every_file_that_does_something():
    found = {mutant.file for kind in generate.candidates().values() for mutant in kind}
    assert {path.name for path in LIB.glob("src/*.c")} - {"reason.c"} <= {file.split("/")[-1] for file in found}
    assert "include/curfew/debt.h" in found


def test_each_kind_of_fault_is_what_it_says():
    text = "void f(void)\n{\n    one(1);\n    two(load(&x, __ATOMIC_ACQUIRE));\n    if (a && b(c)) {\n    }\n}\n"
    made = {}
    for kind, _, start, end, replacement in generate.places(text):
        made.setdefault(kind, []).append(text[:start] + replacement + text[end:])
    assert made["drop"][0] == text.replace("    one(1);", "")
    assert made["negate"] == [text.replace("a && b(c)", "!(a && b(c))")]
    assert "    two(load(&x, __ATOMIC_ACQUIRE));\n    one(1);\n" in made["swap"][0]
    assert made["weaken"] == [text.replace("__ATOMIC_ACQUIRE", "__ATOMIC_RELAXED")]


def test_same_object_code_is_no_mutant(dropped_comment):
    assert not generate.differs(dropped_comment)
    (start, _, _), = dropped_comment.edits
    at = (LIB / "src/stop.c").read_text().rindex("(void)close(fd);", 0, start)
    statement = dropped_comment._replace(edits=((at, start, ""),))
    assert generate.differs(statement)


def test_what_does_not_compile_is_no_mutant(dropped_comment):
    with pytest.raises(build.DoesNotCompile):
        generate.differs(dropped_comment._replace(edits=((0, 0, "no C at all"),)))
