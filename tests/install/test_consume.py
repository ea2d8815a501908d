# SPDX-License-Identifier: MIT
"""Installs the library into a scratch prefix and uses it as a user's project would.

Every way in (find_package or pkg-config; shared or static; C or C++) is built against a prefix that
was moved after the installation, so nothing may remember where it was installed.
"""
import shlex
import shutil

import pytest

from support import BUILD, CMAKE, CONSUMER, FLAVOUR, SOURCE, run

GREETING = "home, reason 1024"
needs_plain = pytest.mark.skipif(FLAVOUR != "plain", reason=f"a consumer would have to be built as {FLAVOUR} too")
pytestmark = needs_plain


@pytest.fixture(scope="module", name="prefix")
def installed_and_moved(tmp_path_factory):
    scratch = tmp_path_factory.mktemp("install")
    for component in ("runtime", "development"):
        run(CMAKE, "--install", BUILD, "--prefix", scratch / "first", "--component", component)
    (scratch / "first").rename(scratch / "moved")
    return scratch / "moved"


def cxx():
    return shutil.which("g++") or shutil.which("clang++")


def needs_cxx(language):
    if language == "cxx" and not cxx():
        pytest.skip("no C++ compiler (g++ or clang++) here")


@pytest.fixture(scope="module", name="built")
def built_by_find_package(prefix, tmp_path_factory):
    build = tmp_path_factory.mktemp("find_package")
    run(CMAKE, "-S", CONSUMER, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCONSUMER_CXX={'ON' if cxx() else 'OFF'}")
    run(CMAKE, "--build", build)
    return build


@pytest.mark.parametrize("library", ["shared", "static"])
@pytest.mark.parametrize("language", ["c", "cxx"])
def test_find_package_consumer_runs(built, language, library):
    needs_cxx(language)
    program = built / f"{language}-{library}"
    assert GREETING in run(program)
    assert ("libcurfew.so.0.1" in run("readelf", "-d", program)) == (library == "shared")


@pytest.mark.parametrize("library", ["shared", "static"])
@pytest.mark.parametrize("language", ["c", "cxx"])
def test_pkg_config_consumer_runs(prefix, tmp_path, language, library):
    needs_cxx(language)
    pkg_config = shutil.which("pkg-config")
    if not pkg_config:
        pytest.skip("no pkg-config here")
    files = list(prefix.rglob("curfew.pc"))
    assert len(files) == 1
    static = ["--static"] if library == "static" else []
    flags = run(pkg_config, *static, "--cflags", "--libs", "curfew", env={"PKG_CONFIG_PATH": files[0].parent})
    compiler = ["cc"] if language == "c" else [cxx(), "-x", "c++"]
    program = tmp_path / "consumer"
    run(*compiler, "-Wall", "-Wextra", "-Werror", "-o", program, CONSUMER / "consumer.c",
        *(["-static"] if static else []), "-x", "none", *shlex.split(flags))
    assert GREETING in run(program, env={"LD_LIBRARY_PATH": files[0].parent.parent})


def test_subdirectory_consumer_builds_the_library_alone(tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES C)\n"
        f"add_subdirectory({SOURCE} curfew)\nadd_executable(consumer {CONSUMER}/consumer.c)\n"
        "target_link_libraries(consumer PRIVATE curfew::static)\n")
    run(CMAKE, "-S", tmp_path, "-B", tmp_path / "b", "-G", "Ninja")
    assert "harness" not in run(CMAKE, "--build", tmp_path / "b")
    assert GREETING in run(tmp_path / "b/consumer")


def test_find_package_refuses_another_minor_version(prefix, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES C)\n"
        "find_package(curfew 0.99)\nif(curfew_FOUND)\nmessage(FATAL_ERROR \"taken\")\nendif()\n")
    assert "0.99" in run(CMAKE, "-S", tmp_path, "-B", tmp_path / "b", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")


def test_installed_files_do_not_name_the_source_or_the_prefix(prefix):
    for file in prefix.rglob("*"):
        if file.is_file() and file.suffix in {".cmake", ".pc", ".h", ".3", ".7"}:
            text = file.read_text()
            for path in (str(BUILD), str(prefix.parent)):
                assert path not in text, f"{file} names {path}"


def test_runtime_component_holds_the_shared_object_only(tmp_path):
    run(CMAKE, "--install", BUILD, "--prefix", tmp_path, "--component", "runtime")
    names = sorted(file.name for file in tmp_path.rglob("*") if not file.is_dir())
    assert names == ["libcurfew.so.0.1", "libcurfew.so.0.1.0"]
