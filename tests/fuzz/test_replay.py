# SPDX-License-Identifier: MIT
"""Case files replayed: the base strategy's schedule, edited by records; one hash whatever the flavour."""
import json
import re

import pytest

from support import BASES, BUILD, FLAVOURS, MAGIC, curfew, head, program, record, scenario, trace

IGNORE = scenario("ignore", "wait")


def write(tmp_path, data):
    path = tmp_path / "case"
    path.write_bytes(data)
    return path


def identity(done):
    assert done.stderr == "", done
    verdict = re.search(r"^FAIL (\w+)", done.stdout, re.M)
    return verdict[1], re.search(r"^hash: ([0-9a-f]{16})$", done.stdout, re.M)[1]


@pytest.mark.parametrize("base", BASES)
def test_without_records_a_case_is_its_base_strategy(tmp_path, base):
    compared = 0
    for seed in range(1, 6):
        done = curfew("run", "--flavour=fast", f"--strategy={base}", f"--seed={seed}", "--runs=1",
                      f"--save={tmp_path}", "ignore wait | signals=TERM")
        found = re.search(r"file: (\S+)", done.stdout)
        if found is None:  # the signal came before there was a handler, or a worker
            continue
        steps = int(re.search(r"^expected-steps: (\d+)$", open(found[1], encoding="ascii").read(), re.M)[1])
        path = write(tmp_path, head(seed, base, steps) + IGNORE)
        assert identity(curfew("replay", "--flavour=fast", path)) == identity(done)
        compared += 1
    assert compared >= 3


def test_both_flavours_give_the_same_verdict_and_hash(tmp_path):
    seen = set()
    for seed in range(1, 13):
        path = write(tmp_path, head(seed, BASES[seed % 4], 100) + IGNORE +
                     record("switch", "start", seed) + record("signal", "running", seed) +
                     record("reseed", "running", 2 * seed, seed) + record("timeout", "stopping", 3) +
                     record("choose", "stopping", 1, 1))
        found = {identity(curfew("replay", "--times=3", f"--flavour={flavour}", path)) for flavour in FLAVOURS}
        assert len(found) == 1, found
        seen |= found
    assert {verdict for verdict, _ in seen} == {"hang"} and len(seen) >= 6, seen


def steps_of(tmp_path, *records, body=IGNORE, seed=3, base="rr"):
    done = curfew("replay", "--flavour=fast", "--trace",
                  write(tmp_path, head(seed, base, 100) + body + b"".join(records)))
    assert done.stderr == "" and done.returncode in (0, 1), done
    return trace(done)


def common(one, other):
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


GOOD = scenario("wait*3")


def sent_at(steps):
    return next(at for at, step in enumerate(steps) if re.search(r"env +signal SIG", step))


def test_a_signal_is_sent_at_its_position(tmp_path):
    places = [sent_at(steps_of(tmp_path, record("signal", "running", position), body=GOOD))
              for position in range(0, 60, 10)]
    assert places == sorted(set(places)) and places[-1] > places[0] + 20, places


def test_a_signal_can_come_before_main(tmp_path):
    assert sent_at(steps_of(tmp_path, record("signal", "start", 0), body=GOOD)) == 0


def test_a_signal_for_a_phase_that_never_comes_is_sent_all_the_same(tmp_path):
    steps = steps_of(tmp_path, record("signal", "exit", 60000), body=scenario("poll"), base="random")
    assert sent_at(steps) == 1000


def test_a_switch_changes_the_schedule_from_its_position_on(tmp_path):
    plain = steps_of(tmp_path, body=GOOD)
    shared = [common(plain, steps_of(tmp_path, record("switch", "running", position, 0), body=GOOD))
              for position in (2, 20)]
    assert shared[0] < shared[1] < len(plain), shared


def test_a_new_seed_keeps_what_lies_before(tmp_path):
    late = record("signal", "stopping", 65535)  # so that no moment is drawn
    plain = steps_of(tmp_path, late, body=GOOD, base="random")
    changed = {at: steps_of(tmp_path, late, record("reseed", "running", 30, at), body=GOOD, base="random")
               for at in range(1, 5)}
    assert all(30 < common(plain, steps) < len(plain) for steps in changed.values())
    assert len({tuple(steps) for steps in changed.values()}) >= 3


def test_time_moves_when_a_record_says_so(tmp_path):
    body = scenario("lag", "poll")  # a thread that sleeps beside one that does not
    plain = steps_of(tmp_path, body=body)
    edited = steps_of(tmp_path, *(record("timeout", "stopping", at) for at in range(100)), body=body)
    first = [next(at for at, step in enumerate(steps) if "clock moves on" in step) for steps in (plain, edited)]
    assert first[1] < first[0], first


def test_times_compares_each_with_the_first(tmp_path):
    path = write(tmp_path, head(1) + GOOD)
    done = curfew("replay", "--times=20", "--flavour=fast", path)
    assert done.returncode == 0 and "pass: 20 executions" in done.stdout and " 1 traces" in done.stdout


def test_a_program_is_named_behind_the_dashes(tmp_path):
    path = write(tmp_path, head(5) + program(15))
    refused = curfew("replay", path)
    assert (refused.returncode, refused.stderr) == (
        2, f"curfew replay: '{path}' is a case of a program that it does not name: put the program and its "
           "arguments behind '--'\n")
    done = curfew("replay", "--json", path, "--", BUILD / "tests/control/programs/good_signal_pause-fast")
    assert json.loads(done.stdout.splitlines()[-1])["verdict"] == "pass", done


@pytest.mark.parametrize("first,said", ((b"curfew case 2\n", "2"), (b"curfew case \xff", ""),
                                        (b"curfew case 10\n", "10")))
def test_another_version_is_refused(tmp_path, first, said):
    path = write(tmp_path, first + head()[len(MAGIC):] + GOOD)
    done = curfew("replay", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"curfew replay: cannot read '{path}': version {said}, want 1\n"


def test_an_unknown_flavour_is_refused(tmp_path):
    done = curfew("replay", "--flavour=plain", write(tmp_path, head() + GOOD))
    assert (done.returncode, done.stderr) == (
        2, "curfew replay: option '--flavour' cannot be 'plain' (allowed: tsan, fast, asan) "
           "(see curfew replay --help)\n")
