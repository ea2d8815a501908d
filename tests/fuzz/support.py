# SPDX-License-Identifier: MIT
"""Writes case files as docs/fuzzing.md has them, and runs curfew on them."""
import os
import pathlib
import re
import struct
import subprocess

BUILD = pathlib.Path(os.environ["CURFEW_BUILD_DIR"])
SOURCE = pathlib.Path(os.environ["CURFEW_SOURCE_DIR"])
CURFEW = BUILD / "harness/cli/curfew"
FLAVOURS = ("fast", "tsan")
MEMORY = {"ASAN_OPTIONS": "abort_on_error=1:symbolize=0:detect_leaks=0:handle_segv=0:handle_abort=0"}
MAGIC = b"curfew case 1\n"
BASES = ("random", "pct", "slice", "rr")
KINDS = ("poll wait cond io accept pool cpu stages early fail exit daemon spawn stop slow lock queue class flag phase "
         "file ignore lag skip twice race abandon crash status litter").split()
MAINS = "wait sigwait signalfd sigsuspend join loop flags reload swallow".split()
SIGNALS = "TERM INT QUIT HUP USR1 USR2".split()
RECORDS = "none switch reseed signal timeout choose".split()
PHASES = "start running stopping joining exit".split()
BOUND_S = 120  # wall clock: safety only


def record(kind, phase, position, argument=0):
    return struct.pack("<BBH", RECORDS.index(kind) | PHASES.index(phase) << 4, argument, position)


def head(seed=1, base="random", steps=0):
    return MAGIC + struct.pack("<BBHQ", BASES.index(base), 0, steps, seed)


def scenario(*workers, main="wait", signals=("TERM",)):
    code = bytes([0, MAINS.index(main), 0, len(workers)])
    for worker in workers:
        kind, _, count = worker.partition("*")
        code += bytes([KINDS.index(kind), int(count or 1) - 1])
    code += bytes([len(signals)])
    return code + b"".join(bytes([SIGNALS.index(signal), 0, 0, 0]) for signal in signals)


def program(*signos):
    return bytes([1, len(signos)]) + b"".join(bytes([signo, 0, 0, 0]) for signo in signos)


def curfew(*arguments, variables=(), **options):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CURFEW_")}
    return subprocess.run([CURFEW, *map(str, arguments)], capture_output=True, text=True,
                          env={**environment, **dict(variables)}, stdin=subprocess.DEVNULL, timeout=BOUND_S, **options)


def problems(done):
    """What was said on stderr besides progress, which a slow machine gets."""
    return re.sub(r"^\d+ executions, .* distinct findings, .*\n", "", done.stderr, flags=re.M)


def trace(done):
    """The steps of `--trace`, each one's line."""
    return re.findall(r"^ *\d+ .*$", done.stdout, re.M)
