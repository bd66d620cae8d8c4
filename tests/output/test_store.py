"""Result directories: whole or not at all, and nothing of a user's overwritten."""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hanle_sim.output.simulation import write_simulation
from hanle_sim.output.store import OutputError, write_directory
from hanle_sim.simulation.run import Simulation

SMALL = ("--set", "points=21")


def test_a_result_can_be_replaced_but_nothing_else(hanle, tmp_path):
    assert hanle("simulate", *SMALL, "--out", "r")[0] == 0
    assert hanle("simulate", *SMALL, "--out", "r", "--format", "pdf")[0] == 0
    assert {path.suffix for path in (tmp_path / "r").glob("curve.*")} == {".csv", ".nc", ".pdf"}
    (tmp_path / "r" / "config.toml").write_text("# edited\n")
    status, _, err = hanle("simulate", *SMALL, "--out", "r")
    assert status == 2 and err == "hanle: --out r: holds config.toml, changed since this program wrote it: name another directory\n"
    assert (tmp_path / "r" / "config.toml").read_text() == "# edited\n"
    for name in ("notes.txt", "fit.py"):
        (tmp_path / "r" / name).write_text("mine")
    status, _, err = hanle("simulate", *SMALL, "--out", "r")
    assert status == 2 and err == "hanle: --out r: holds fit.py and notes.txt, which this program did not write: name another directory\n"
    (tmp_path / "empty").mkdir()
    assert hanle("simulate", *SMALL, "--out", "empty")[0] == 0
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "curve.csv").write_text("mine")
    assert hanle("simulate", *SMALL, "--out", "own")[0] == 2
    assert not list(tmp_path.glob(".*"))


def test_until_all_is_written_the_earlier_result_stands(tmp_path):
    """What a kill at any moment leaves: seen from within the last file's writing."""
    out, seen = tmp_path / "r", []

    def last(path: Path) -> None:
        seen.append({file.name: file.read_text() for file in out.iterdir() if file.suffix == ".txt"} if out.exists() else None)
        path.write_text("last")

    for number in range(2):
        write_directory(out, {f"{number}.txt": lambda path: path.write_text("first"), "last.txt": last})
    assert seen == [None, {"0.txt": "first", "last.txt": "last"}]
    assert {path.name for path in out.iterdir()} == {"1.txt", "last.txt", ".hanle.json"} and list(tmp_path.iterdir()) == [out]


def test_a_failure_while_writing_leaves_nothing(hanle, tmp_path, monkeypatch):
    import hanle_sim.output.simulation as output

    def fail(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(output, "save", fail)
    status, _, err = hanle("simulate", *SMALL, "--out", "deep/r")
    assert status == 2 and err == "hanle: --out deep/r: can't be written: No space left on device\n"
    assert list(tmp_path.iterdir()) == []


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond a size: writing more fails, as where a disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("figure_format", ["png", "pdf", "svg"])
def test_a_disk_that_fills_is_one_line_and_leaves_the_earlier_result(tmp_path, simulated: Simulation, figure_format: str):
    """NetCDF and figures too: HDF5 was seen to crash the process where its file could not be written."""
    out, refused = tmp_path / "r", 0
    out.mkdir()
    write_directory(out, {"earlier.txt": lambda path: path.write_text("earlier")})
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    for size in (0, 100, 300, 1000, 2500, 4096, 8192, 12288, 16384, 24576, 32768, 65536, 131072):
        try:
            with full_disk(size):
                write_simulation(simulated, out, figure_format, lambda what, done, total: None)
        except OutputError as error:
            assert str(error) == f"{out}: can't be written: {os.strerror(errno.EFBIG)}"
            assert {path.name: path.read_bytes() for path in out.iterdir()} == before
            assert list(tmp_path.iterdir()) == [out]
            refused += 1
    assert refused >= 8
    write_simulation(simulated, out, figure_format, lambda what, done, total: None)
    assert (out / f"curve.{figure_format}").stat().st_size > 8192 and not (out / "earlier.txt").exists()


def test_the_user_s_own_directory_is_written_into(hanle, tmp_path, monkeypatch):
    """A directory that can't be renamed, which the root of a mounted file system can't either, gets its files one by one."""
    for figure_format in ("png", "svg"):
        assert hanle("reproduce", "--out", ".", "--format", figure_format)[0] == 0
        names = {path.name for path in tmp_path.iterdir()}
        assert names == {"reproduce.md", "reproduce.json", f"fig2.{figure_format}", ".hanle.json"}


def test_a_name_that_the_system_cannot_spell_is_one_line(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        "µ".encode("ascii")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError, match="deep/µ: can't be written: this system's ascii has no such letters"):
        write_directory(tmp_path / "deep" / "µ", {})
