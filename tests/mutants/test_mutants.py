# SPDX-License-Identifier: MIT
"""Mutants of libcurfew are caught by control; the library itself passes the same campaign."""
import re
import shutil

import pytest
import yaml

import build
import campaign
from generate import KINDS, candidates
from mutants import LIB, UNMUTATED, Mutant, apply, by_hand, named

# Of ten classes; with fixed seeds control finds each of them every time, or never.
TEN = ["stop_no_wake", "stop_wait_forgets_eintr", "worker_cleanup_skipped_on_failure", "wait_stays_listed",
       "spawn_counts_daemons", "worker_end_before_count", "group_phases_all_at_once", "service_leaves_unasked",
       "signals_bind_forgets_the_past", "pool_last_link_forgotten"]
BUDGET_S = 5  # processor time for one mutant; each of the ten needs less than one
ROUNDS = ((20, 2, 2),)


@pytest.fixture
def built(request):
    mutant, = named([request.param], [*by_hand(), UNMUTATED])
    build.prepare(mutant)
    yield mutant
    shutil.rmtree(build.directory(mutant))


@pytest.mark.parametrize("built", TEN, indirect=True)
def test_mutant_is_caught_by_control(built):
    found = campaign.control(built, BUDGET_S, rounds=ROUNDS, unit_names=[])
    assert found.caught, f"{found.executions} executions, {found.cpu_s:.1f} s"


@pytest.mark.parametrize("built", ["unmutated"], indirect=True)
def test_unmutated_library_passes_the_same_campaign(built):
    """And the unit tests, which the bench uses as well."""
    found = campaign.control(built, 10 * BUDGET_S, rounds=ROUNDS)
    assert not found.caught, found
    assert not found.untold, found.untold
    assert found.executions == 20 * len(campaign.SCENARIOS) + 2 * len(campaign.units(built)), found


def test_unmutated_library_passes_repetition_under_thread_sanitizer():
    """Its unit tests fork while threads run, which ThreadSanitizer has to be told."""
    done = campaign.run([build.BUILD / "tests/unit/unit-cond-tsan"], campaign.SANITIZER)
    assert done.status == 0, done.out


def test_each_patch_fits_exactly_once_and_changes_the_file():
    mutants = by_hand()
    assert len(mutants) >= 40
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    for mutant in mutants:
        assert mutant.text() != (LIB / mutant.file).read_text(), mutant.name


def test_patch_that_does_not_fit_is_refused():
    for text in ("two", "one one"):
        with pytest.raises(ValueError, match="not once: one"):
            apply(Mutant("bad", "bad", "src/stop.c", (("one", "two"),)), text)


def test_what_the_campaign_names_exists():
    tests = "".join((build.LIB.parent / f"tests/unit/test_{noun}.c").read_text() for noun in campaign.NOUNS)
    for test in campaign.UNITS_LEFT_OUT:
        assert f"({test})" in tests, test
    catalogue = (build.LIB.parent / "harness/scenarios/catalogue.c").read_text()
    for name in campaign.SCENARIOS:
        assert f'"{name}"' in catalogue, name


def test_explained_survivors_are_mutants_with_a_reason():
    known = {mutant.name for mutant in by_hand()} | {mutant.name for kind in candidates().values() for mutant in kind}
    for name, row in yaml.safe_load((build.LIB.parent / "tests/mutants/survivors.yaml").read_text()).items():
        assert name in known, name
        assert isinstance(row["equivalent"], bool) and row["why"], name


def test_readme_table_has_these_mutants():
    """Of the bench: it is made by hand from what scripts/bench mutants prints."""
    text = (build.LIB.parent / "README.md").read_text()
    rows = {row[0]: list(map(int, row[1:])) for row in
            re.findall(r"^\| (by hand|drop|negate|swap|weaken|all) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", text, re.M)}
    assert set(rows) == {"by hand", *KINDS, "all"}
    assert rows["by hand"][0] == len(by_hand())
    assert rows["all"] == [sum(column) for column in zip(*(rows[name] for name in ("by hand", *KINDS)))]
    explained = yaml.safe_load((build.LIB.parent / "tests/mutants/survivors.yaml").read_text())
    equal = sum(row["equivalent"] for row in explained.values())
    assert rows["all"][1] == equal
    assert rows["all"][0] - rows["all"][2] == len(explained), "each survivor is explained"
