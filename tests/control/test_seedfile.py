# SPDX-License-Identifier: MIT
"""Seed files: replayed exactly, or refused with one line."""
import pytest

from support import PROGRAMS, control, run


@pytest.fixture(scope="module")
def seed_file(tmp_path_factory):
    directory = tmp_path_factory.mktemp("seeds")
    result = run("bad_lock_order", "fast", options=("--runs=100", f"--save={directory}"))
    assert f"reproduce: curfew replay {directory}/" in result.out, result
    (path,) = directory.iterdir()
    return path


def refused(path, because):
    result = control("replay", path)
    assert result.status == 2 and result.out == "", result
    assert result.err == f"curfew replay: cannot {because}\n", result


def test_replay_gives_the_recorded_verdict(seed_file):
    result = control("replay", seed_file)
    assert result.status == 1 and result.failure == "hang", result


def test_missing_file_is_refused(tmp_path):
    refused(tmp_path / "none", f"open '{tmp_path}/none': No such file or directory")


@pytest.mark.parametrize("data", (b"", b"\x7fELF\0\0\0", b"\xff" * 5000, b"curfew seed", b"seed curfew 1\n"))
def test_other_file_is_refused(tmp_path, data):
    path = tmp_path / "file"
    path.write_bytes(data)
    refused(path, f"replay '{path}': its first line names no kind of case that this version knows")


def test_other_version_is_refused(seed_file, tmp_path):
    path = tmp_path / "file"
    path.write_text(seed_file.read_text().replace("curfew seed 1", "curfew seed 7"))
    refused(path, f"read '{path}': version 7, want 1")


def test_every_truncation_is_refused(seed_file, tmp_path):
    text = seed_file.read_text()
    path = tmp_path / "file"
    for size in range(20, len(text) - 1, 37):
        path.write_text(text[:size])
        refused(path, f"read '{path}': it was cut off or edited")


def test_every_edit_is_refused(seed_file, tmp_path):
    text = seed_file.read_text()
    path = tmp_path / "file"
    for at in range(14, len(text) - 1, 31):
        if text[at] != "\n":
            path.write_text(text[:at] + ("7" if text[at] != "7" else "8") + text[at + 1:])
            refused(path, f"read '{path}': it was cut off or edited")


def signed(text):
    """With the checksum that its lines have, FNV-1a."""
    body = text[:text.index("checksum: ")]
    total = 0xcbf29ce484222325
    for byte in body.encode():
        total = (total ^ byte) * 0x100000001b3 % 2**64
    return f"{body}checksum: {total:016x}\n"


def test_unknown_flavour_is_refused(seed_file, tmp_path):
    text = seed_file.read_text()
    assert signed(text) == text
    path = tmp_path / "file"
    path.write_text(signed(text.replace("flavour: fast", "flavour: slow")))
    line = text.split("\n").index("flavour: fast") + 1
    refused(path, f"read '{path}': line {line}: 'flavour' is not understood")


def test_changed_program_diverges_and_names_the_step(seed_file):
    result = control("replay", seed_file, "--", PROGRAMS / "good_missed_broadcast-fast")
    assert result.status == 3 and result.failure == "diverged", result
    assert result.message.startswith("step ") and "recorded thread" in result.message, result


def test_program_that_is_gone_is_named(seed_file):
    result = control("replay", seed_file, "--", "/nonexistent/program")
    assert result.status == 3 and result.err == (
        "curfew replay: cannot run '/nonexistent/program': No such file or directory\n"), result


