# SPDX-License-Identifier: MIT
"""The library alone builds without a warning, with each compiler, and needs nothing but libc."""
import re
import shutil

import pytest

from support import CMAKE, SOURCE, run


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_library_alone_builds_without_warnings(tmp_path, compiler):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler} here")
    run(CMAKE, "-S", SOURCE, "-B", tmp_path, "-G", "Ninja", f"-DCMAKE_C_COMPILER={compiler}",
        "-DCURFEW_DEVELOPER_MODE=OFF", "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON")
    log = run(CMAKE, "--build", tmp_path)
    assert "warning" not in log
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d", tmp_path / "lib/libcurfew.so"))
    assert [name for name in needed if not name.startswith("ld-linux")] == ["libc.so.6"]
    assert not (tmp_path / "harness").exists() and not (tmp_path / "tests").exists()
