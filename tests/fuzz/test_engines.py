# SPDX-License-Identifier: MIT
"""`curfew fuzz` with engines that have feedback: short campaigns find what is planted, are stable, and go on."""
import json
import os
import re
import shutil
import signal
import struct
import subprocess

import pytest

from support import BOUND_S, BUILD, CURFEW, FLAVOURS, curfew, problems

CLEAN = "wait poll | signals=TERM"
needs_afl = pytest.mark.skipif(not (BUILD / "bin/fuzz-scenario-fast-afl").exists() or not shutil.which("afl-fuzz"),
                               reason="afl++ is not installed, or was not when this was configured")
ENGINES = (pytest.param("afl", marks=needs_afl), "libfuzzer")


def fuzz(tmp_path, engine, *arguments):
    return curfew("fuzz", f"--engine={engine}", "--output", tmp_path / "out", *arguments)


def events(done, kind):
    return [line for line in map(json.loads, done.stdout.splitlines()) if line["event"] == kind]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_clean_scenario_has_no_findings(tmp_path, engine):
    done = fuzz(tmp_path, engine, "--runs=1500", "--jobs=1", "--json", CLEAN)
    summary, = events(done, "summary")
    assert (done.returncode, problems(done), summary["verdict"], summary["distinct"]) == (0, "", "pass", 0), done
    assert summary["executions"] >= 1500 and events(done, "start")[0]["engine"] == engine


@pytest.mark.parametrize("engine", (*ENGINES, "blind"))
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_executions_that_end_the_process_end_no_campaign(tmp_path, engine, flavour):
    """A second INT leaves by _exit with threads alive: the target begins anew, and a corpus may still be empty."""
    done = fuzz(tmp_path, engine, "--runs=30", "--jobs=1", f"--flavour={flavour}", "--json",
                "slow | main=sigwait | signals=INT,INT")
    summary, = events(done, "summary")
    assert (done.returncode, problems(done), summary["verdict"], summary["distinct"]) == (0, "", "pass", 0), done
    assert summary["executions"] >= 30, summary


@needs_afl
def test_stability_is_100_percent(tmp_path):
    for flavour in FLAVOURS:
        done = fuzz(tmp_path, "afl", "--runs=1500", "--jobs=1", "--json", f"--flavour={flavour}", CLEAN)
        assert events(done, "summary")[0]["stability"] == 100, done


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name,verdict", (("wait twice", "twice"), ("poll skip", "owing")))
def test_what_nearly_always_fails_is_told_once(tmp_path, engine, name, verdict):
    done = fuzz(tmp_path, engine, "--time=1h", "--findings=1", "--jobs=2", "--json", name)
    assert done.returncode == 1 and events(done, "failure")[0]["verdict"] == verdict, done


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("animal,verdict", (("gap_pause", "hang"), ("gap_poll", "hang")))
def test_a_bad_animal_is_found_and_its_case_replays(tmp_path, engine, animal, verdict):
    program = BUILD / f"zoo/bad_{animal}"
    done = fuzz(tmp_path, engine, "--runs=20000", "--findings=1", "--jobs=1", "--json", "--", program)
    assert done.returncode == 1, done
    found, = events(done, "failure")
    case, = (tmp_path / "out/findings").glob("*.case")
    replayed = curfew("replay", case, "--", program)
    assert found["verdict"] == verdict
    assert f"hash: {found['hash']}\nverdict: {verdict}\n" in replayed.stdout


@needs_afl
def test_a_campaign_goes_on(tmp_path):
    def total():
        return int(re.search(r"^execs_done +: (\d+)", stats.read_text(), re.M)[1])

    def queue():
        """Without records: the second may leave some out of what the first has not trimmed yet."""
        return {path.read_bytes()[:26] for path in (stats.parent / "queue").glob("id*")}
    fuzz(tmp_path, "afl", "--runs=2000", "--jobs=1", CLEAN)
    stats, = (tmp_path / "out").glob("afl-*/default/fuzzer_stats")
    first, kept = total(), queue()
    fuzz(tmp_path, "afl", "--runs=4000", "--jobs=1", CLEAN)
    assert total() > first and len(kept) > 10 and kept <= queue()


@needs_afl
def test_the_first_executions_of_two_campaigns_are_the_same(tmp_path):
    queues = []
    for number in range(2):
        fuzz(tmp_path / str(number), "afl", "--runs=3000", "--jobs=1", "--seed=3", "--flavour=fast", CLEAN)
        queue, = (tmp_path / str(number) / "out").glob("afl-*/default/queue")
        queues.append([path.read_bytes() for path in sorted(queue.glob("id*"))])
    shorter = min(map(len, queues))
    assert shorter > 20 and queues[0][:shorter] == queues[1][:shorter]


def test_afl_that_is_missing_is_one_line(tmp_path):
    done = subprocess.run([CURFEW, "fuzz", "--engine=afl", "--output", tmp_path / "out", "wait"], capture_output=True,
                          text=True, check=False, timeout=BOUND_S, env={**os.environ, "PATH": str(tmp_path)})
    assert done.returncode == 3
    assert done.stderr == "curfew fuzz: cannot find 'afl-fuzz': apt-get install afl++, then build again\n"


@needs_afl
@pytest.mark.parametrize("name,verdict", (("poll skip", "owing"), ("wait ignore", "hang"), ("io litter", "leftover")))
def test_each_crash_file_of_afl_is_a_seed_file(tmp_path, name, verdict):
    fuzz(tmp_path, "afl", "--runs=300", "--jobs=1", "--flavour=fast", name)
    crashes = sorted((tmp_path / "out").glob("afl-*/default/crashes/id*"))[:5]
    assert crashes
    for crash in crashes:
        told = [re.findall(r"^(?:hash|verdict): (.*)$", curfew("replay", "--times=3", f"--flavour={flavour}",
                                                               crash).stdout, re.M) for flavour in FLAVOURS]
        assert told[0] == told[1] and told[0][1:] == [verdict], (crash, told)


@needs_afl
def test_a_target_that_is_killed_between_two_inputs_is_replaced(tmp_path):
    """As afl-fuzz, on its descriptors: each request has a pid and a status for an answer, and no more."""
    (tmp_path / "input").write_bytes(b"curfew case 1\n" + bytes(40))
    (requests, to_target), (answers, from_target) = os.pipe(), os.pipe()

    def number():
        return struct.unpack("i", os.read(answers, 4))[0]

    def execute():
        os.write(to_target, bytes(4))
        return number(), number()
    with open(tmp_path / "input", "rb") as data, subprocess.Popen(
            [BUILD / "bin/fuzz-empty-afl"], stdin=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"__AFL_PERSISTENT": "1", "__AFL_DEFER_FORKSRV": "1"}, close_fds=False,
            preexec_fn=lambda: (os.dup2(requests, 198), os.dup2(from_target, 199))) as server:
        os.close(requests)
        os.close(from_target)
        number()  # its hello
        before = execute()
        assert before[1] == 0 and execute() == before
        for _ in range(100):
            os.kill(before[0], signal.SIGKILL)
            after = execute()
            assert after[0] != before[0] and after[1] == 0
            before = after
        server.kill()
    os.close(to_target)
    os.close(answers)
