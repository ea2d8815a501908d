# SPDX-License-Identifier: MIT
"""curfew-cc and curfew-c++ as drop-in compilers."""
import re
import shutil
import subprocess

import pytest

from support import BOUND_S, BUILD, FLAVOURS, SOURCES, control, environment, run

CC = BUILD / "bin/curfew-cc"
CXX = BUILD / "bin/curfew-c++"


def compile(*arguments, **options):
    return subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, check=False,
                          timeout=BOUND_S, **({"env": environment()} | options))


@pytest.mark.parametrize("flavour", (*FLAVOURS, "asan"))
def test_cxx_threads_that_start_in_libstdcxx_are_controlled(flavour, tmp_path):
    for kind, define in (("good", "-DGOOD"), ("bad", "-DBAD")):
        done = compile(CXX, f"--flavour={flavour}", "-O1", define, SOURCES / "calls_cxx.cc", "-o", tmp_path / kind)
        assert done.returncode == 0 and done.stderr == "", done.stderr
    good = control("run", "--runs=60", "--", tmp_path / "good")
    assert good.status == 0 and good.steps > 60 * 20, good
    bad = control("run", "--runs=60", "--", tmp_path / "bad")
    assert bad.failure == "hang" and "calls_cxx.cc:" in bad.out, bad


def test_compile_and_link_apart_with_the_flavour_from_the_environment(tmp_path):
    env = environment() | {"CURFEW_FLAVOUR": "fast"}
    source = SOURCES / "lock_order.c"
    assert compile(CC, "-c", "-DBAD", source, "-o", tmp_path / "a.o", env=env).returncode == 0
    assert compile(CC, tmp_path / "a.o", "-o", tmp_path / "a", env=env).returncode == 0
    assert control("run", "--", tmp_path / "a").failure == "hang"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_threads_of_a_shared_library_are_controlled(flavour, tmp_path):
    (tmp_path / "main.c").write_text("int work(void);\nint main(void) { return work(); }\n")
    source = (SOURCES / "lock_order.c").read_text().replace("int main(void)", "int work(void);\nint work(void)")
    (tmp_path / "work.c").write_text(source)
    done = compile(CC, f"--flavour={flavour}", "-DBAD", f"-I{SOURCES}", "-shared", "-fPIC", tmp_path / "work.c", "-o",
                   tmp_path / "libwork.so")
    assert done.returncode == 0, done.stderr
    done = compile(CC, f"--flavour={flavour}", tmp_path / "main.c", f"-L{tmp_path}", "-lwork", f"-Wl,-rpath,{tmp_path}",
                   "-o", tmp_path / "main")
    assert done.returncode == 0, done.stderr
    result = control("run", "--", tmp_path / "main")
    assert result.failure == "hang" and "lock_order" not in result.err, result


def test_rebuilt_sources_replay(tmp_path):
    for name in ("one", "other"):
        done = compile(CC, "--flavour=fast", "-DBAD", SOURCES / "lost_wakeup.c", "-o", tmp_path / name)
        assert done.returncode == 0, done.stderr
    found = control("run", f"--save={tmp_path}/seeds", "--", tmp_path / "one")
    assert found.failure == "hang", found
    (seed_file,) = (tmp_path / "seeds").iterdir()
    result = control("replay", "--times=100", seed_file, "--", tmp_path / "other")
    assert (result.verdict, result.failures, result.distinct) == ("hang", 100, 1), result


CLANGS = [f"clang-{version}" for version in range(14, 20)]


@pytest.mark.parametrize("clang", CLANGS)
def test_clang_gives_the_same_traces(clang, tmp_path):
    """Whatever its version: the hooks that it calls are the same steps."""
    if shutil.which(clang) is None:
        pytest.skip(f"no {clang} here")
    for name, options in (("calls_cond", ()), ("lost_wakeup", ("-DBAD",))):
        results = []
        for flavour in FLAVOURS:
            done = compile(CC, f"--flavour={flavour}", "-O1", "-D_GNU_SOURCE", *options, SOURCES / f"{name}.c", "-o",
                           tmp_path / name, env=environment() | {"CURFEW_CLANG": clang})
            assert done.returncode == 0 and done.stderr == "", done.stderr
            results.append(control("run", "--runs=60", "--keep-going", "--hashes", "--", tmp_path / name))
        usual = run(f"bad_{name}" if options else name, "fast", options=("--runs=60", "--keep-going", "--hashes"))
        assert usual.hashes == results[0].hashes == results[1].hashes, (name, results)
    done = compile(CC, "--flavour=tsan", "-O1", "-D_GNU_SOURCE", SOURCES / "race_stacks.c", "-o", tmp_path / "race",
                   env=environment() | {"CURFEW_CLANG": clang})
    race = control("run", "--runs=1", "--", tmp_path / "race")
    assert race.failure == "race" and "interceptor" not in race.out, race
    assert race.out.count("at change (race_stacks.c:") == 2, race


def test_gcc_builds_for_the_fast_flavour(tmp_path):
    """Which atomics there are, and where, is the compiler's choice of instructions only in part: equal hashes."""
    if shutil.which("gcc") is None:
        pytest.skip("no gcc here")
    env = environment() | {"CURFEW_CLANG": "gcc"}
    for name, kind, define in (("lost_wakeup", "bad", "-DBAD"), ("spin_atomic", "bad", "-DBAD"),
                               ("spin_plain", "bad", "-DBAD"), ("lock_order", "good", "-DGOOD")):
        done = compile(CC, "--flavour=fast", "-O1", "-D_GNU_SOURCE", define, SOURCES / f"{name}.c", "-o",
                       tmp_path / name, env=env)
        assert done.returncode == 0 and done.stderr == "", done.stderr
        options = ("--runs=60", "--hashes", "--steps=20000")
        built = control("run", *options, "--", tmp_path / name)
        usual = run(f"{kind}_{name}", "fast", options=options)
        assert (built.verdict, built.hashes) == (usual.verdict, usual.hashes), (built, usual)


def late_use(tmp_path, name, flavour, *options):
    done = compile(CC, f"--flavour={flavour}", "-O1", "-D_GNU_SOURCE", *options, SOURCES / "late_use.c", "-o",
                   tmp_path / name)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return tmp_path / name


def test_a_use_of_freed_memory_is_found_with_address_sanitizer(tmp_path):
    options = ("--signals=TERM", "--runs=1000", "--keep-going", "--hashes")
    good = control("run", *options, "--", late_use(tmp_path, "good", "asan", "-DGOOD"))
    blind = control("run", *options, "--", late_use(tmp_path, "blind", "fast", "-DBAD"))
    bad = control("run", *options, f"--save={tmp_path}/seeds", "--",
                  late_use(tmp_path, "bad", "asan", "-DBAD"))
    assert (good.verdict, blind.verdict) == ("pass", "pass")
    assert bad.failure == "crash" and re.search(r" (\d+) failed \(1 distinct\)", bad.out)[1] > "1", bad
    assert "\n  crash: AddressSanitizer reported heap-use-after-free\nreport:\n  ERROR: AddressSan" in bad.out, bad
    assert "at work (late_use.c:32)" in bad.out and "Shadow bytes" not in bad.out, bad
    seed_file, = (tmp_path / "seeds").iterdir()
    assert "\nflavour: asan\n" in seed_file.read_text()
    again = control("replay", "--times=20", seed_file)
    assert (again.verdict, again.failures, again.distinct) == ("crash", 20, 1), again


def test_errors_of_two_places_are_two_failures(tmp_path):
    (tmp_path / "two.c").write_text("""#include <pthread.h>
        #include <stdlib.h>
        static void *one(void *cell) { return *(char **)cell; }
        static void *other(void *cell) { return *(char **)cell + 1; }
        int main(void)
        {
            pthread_t threads[2];
            void *cell = malloc(8);
            free(cell);
            pthread_create(&threads[0], NULL, one, cell);
            pthread_create(&threads[1], NULL, other, cell);
            pthread_join(threads[0], NULL);
            return pthread_join(threads[1], NULL);
        }
        """)
    done = compile(CC, "--flavour=fast", "-O1", "-fsanitize=address", "-w", tmp_path / "two.c", "-o", tmp_path / "two")
    assert done.returncode == 0, done.stderr
    result = control("run", "--runs=60", "--keep-going", "--", tmp_path / "two")
    assert " 60 failed (2 distinct)" in result.out, result


@pytest.mark.parametrize("error,called", (
    ("free(cell); free(cell);", "AddressSanitizer reported double-free"),
    ("free(cell + 4);", "AddressSanitizer reported free on address which was not malloc()-ed"),
    ("cell[8] = 1;", "AddressSanitizer reported heap-buffer-overflow"),
    ("abort();", "the program was killed by SIGABRT")))
def test_the_reason_names_the_error_and_the_output_is_the_program_s(error, called, tmp_path):
    (tmp_path / "one.c").write_text("#include <stdio.h>\n#include <stdlib.h>\nint main(void)\n{\n"
                                    "    char *volatile cell = malloc(8);\n    puts(\"== mine ==\");\n"
                                    f"    fflush(stdout);\n    {error}\n    return 0;\n}}\n")
    done = compile(CC, "--flavour=asan", "-O1", "-w", tmp_path / "one.c", "-o", tmp_path / "one")
    assert done.returncode == 0, done.stderr
    result = control("run", "--runs=1", "--", tmp_path / "one")
    assert f"\n  crash: {called}\n" in result.out, result
    assert "\noutput (11 bytes):\n== mine ==\nreproduce: " in result.out, result


@pytest.mark.parametrize("arguments,clang,said", (
    (("--flavour=tsan", "-fsanitize=address"), "clang", "'-fsanitize=address' and ThreadSanitizer exclude each other "
                                                         "(use --flavour=asan)"),
    (("--flavour=fast", "-fsanitize=address"), "gcc", "the asan flavour needs clang, not 'gcc' (use --flavour=fast)"),
    (("--flavour=asan",), "gcc", "the asan flavour needs clang, not 'gcc' (use --flavour=fast)")))
def test_address_sanitizer_elsewhere_is_refused(arguments, clang, said, tmp_path):
    done = compile(CC, *arguments, SOURCES / "late_use.c", "-o", tmp_path / "a",
                   env=environment() | {"CURFEW_CLANG": clang})
    assert (done.returncode, done.stderr) == (2, f"curfew-cc: {said}\n")


def test_gcc_with_the_tsan_flavour_is_refused(tmp_path):
    done = compile(CC, "--flavour=tsan", SOURCES / "race.c", "-o", tmp_path / "a",
                   env=environment() | {"CURFEW_CLANG": "gcc"})
    assert done.returncode == 2 and "the tsan flavour needs clang" in done.stderr


def test_static_linking_is_refused(tmp_path):
    done = compile(CC, "-static", SOURCES / "race.c", "-o", tmp_path / "a")
    assert done.returncode == 2 and "cannot control a statically linked program" in done.stderr


def test_unknown_flavour_is_refused(tmp_path):
    done = compile(CC, "--flavour=quick", SOURCES / "race.c", "-o", tmp_path / "a")
    assert done.returncode == 2 and "no such flavour 'quick'" in done.stderr


def test_queries_of_build_systems_are_answered():
    assert "clang version" in compile(CC, "--version").stdout
    assert compile(CC, "-E", "-", input="int x;\n").returncode == 0
    assert compile(CC, "-dumpmachine").stdout.strip()
