# SPDX-License-Identifier: MIT
"""What the tests of this directory share: where things are, and how to run a command."""
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(os.environ["CURFEW_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["CURFEW_BUILD_DIR"])
CMAKE = os.environ["CURFEW_CMAKE"]
FLAVOUR = os.environ["CURFEW_FLAVOUR"]
CONSUMER = SOURCE / "tests/install/consumer"

sys.path.insert(0, str(SOURCE / "cmake"))
import manpages  # noqa: E402  (the generator's own parser)


def run(*command, env=None, cwd=None, status=0):
    """Runs a command that must end with `status`; its output is the failure's message."""
    words = [str(word) for word in command]
    done = subprocess.run(words, env={**os.environ, **(env or {})}, cwd=cwd, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == status, f"{' '.join(words)}: status {done.returncode}\n{done.stdout}"
    return done.stdout


def header_functions():
    """The functions that the public headers declare."""
    found = {}
    for header in sorted((SOURCE / "lib/include/curfew").glob("*.h")):
        for page in manpages.parse_header(header)[1]:
            found.update({name: page for name in page.names})
    return found
