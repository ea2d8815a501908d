# SPDX-License-Identifier: MIT
"""What fuzzing found, and was mended: fuzz/regress holds a case for each, named for the defect."""
import os
import pathlib
import resource
import subprocess

import pytest

from support import BOUND_S, BUILD, FLAVOURS, MEMORY, curfew

CASES = sorted((pathlib.Path(os.environ["CURFEW_SOURCE_DIR"]) / "fuzz/regress").glob("*.case"))


def execute(flavour, *paths, **options):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CURFEW_")}
    return subprocess.run([BUILD / f"bin/fuzz-scenario-{flavour}-blind", *map(str, paths)], capture_output=True,
                          text=True, timeout=BOUND_S, env={**environment, **MEMORY}, stdin=subprocess.DEVNULL,
                          check=False, **options)


@pytest.mark.parametrize("flavour", (*FLAVOURS, "asan"))
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_it_stays_mended(path, flavour):
    done = execute(flavour, path)
    assert (done.returncode, done.stderr) == (0, "")
    assert curfew("replay", f"--flavour={flavour}", path).returncode == 0


@pytest.mark.parametrize("flavour", (*FLAVOURS, "asan"))
def test_an_execution_that_is_ended_leaves_no_files_open(flavour):
    case, = (path for path in CASES if path.stem == "early-death-leaves-files-open")
    done = execute(flavour, *[case] * 200,
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60)))
    assert (done.returncode, done.stderr) == (0, "")
