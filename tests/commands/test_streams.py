"""The streams a run is given: alphabets, closed pipes, full devices, missing descriptors, standard input, a terminal."""

import json
import os
import pty
import subprocess
import sys
import time

import pytest

from hanle_sim.configuration import PRESETS, preset_text
from printed import by_name

NO_UTF8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ENVIRONMENTS = [*({"PYTHONIOENCODING": encoding} for encoding in ("cp1252",)), NO_UTF8]
HANLE = (sys.executable, "-m", "hanle_sim")


def run(*arguments: str, stdin: bytes = b"", redirect: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The program in a process of its own, its streams redirected by the shell."""
    command = ["sh", "-c", f'"$@" {redirect}', "sh", *HANLE, *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=120, env=os.environ | environment)


@pytest.mark.heavy
@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda environment: next(iter(environment.values())))
def test_every_alphabet_is_written_in(tmp_path, monkeypatch, environment: dict[str, str]):
    monkeypatch.chdir(tmp_path)
    encoding = environment.get("PYTHONIOENCODING", "ascii")
    found = run("presets", **environment)
    assert (found.returncode, found.stderr) == (0, b"") and set(by_name(found.stdout.decode(encoding))) == set(PRESETS)
    assert run("config", **environment).stdout.decode("utf-8") == preset_text("fig2")
    assert run("--help", **environment).returncode == 0
    refused = run("simulate", "µδ 測.toml", **environment)
    text = refused.stderr.decode(encoding)
    assert refused.returncode == 2 and text.startswith("hanle: ") and text.count("\n") == 1 and "neither a file nor a preset" in text


def test_a_simulation_s_letters_are_spelt_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = run("simulate", "fig2", "--set", "points=5", "--out", "r", PYTHONIOENCODING="cp1252", COLUMNS="120")
    text = found.stdout.decode("cp1252")
    assert (found.returncode, found.stderr) == (0, b"")
    assert "apparent tau, one Lorentzian" in text and "Delta_T_s = 7.986 µK" in text and "written to r" in text and "?" not in text


def test_a_name_that_the_file_system_s_letters_lack_is_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = run("simulate", "-", stdin=preset_text("fig2").replace('"fig2"', '"Ω"').encode(), **NO_UTF8)
    assert found.returncode == 2 and found.stderr == b"hanle: --out hanle-out/ohm: can't be used: this system's ascii has no such letters\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.heavy
@pytest.mark.parametrize("command", ["presets", "config", "--help"])
def test_standard_output_that_cannot_be_written(command: str):
    full = run(command, redirect=">/dev/full")
    assert (full.returncode, full.stderr) == (2, b"hanle: standard output: No space left on device\n")
    closed = run(command, redirect=">&-")
    assert (closed.returncode, closed.stderr) == (0, b"")
    piped = subprocess.run(["sh", "-c", '{ "$@"; echo $? >&2; } | :', "sh", *HANLE, command], capture_output=True, timeout=120)
    assert piped.stderr in (b"0\n", b"1\n")  # as to whether the reader was gone already
    assert run(command, "--nonsense", redirect="<&- >&- 2>&-").returncode == 2
    assert run(command, "--nonsense", redirect="2>/dev/full").returncode == 2


@pytest.mark.heavy
def test_a_configuration_on_standard_input(hanle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = run(
        "simulate", "-", "--set", "points=5", "--no-check", "--out", "r", stdin=b"\xef\xbb\xbf" + preset_text("one-kelvin").encode()
    )
    assert (found.returncode, found.stderr) == (0, b"")
    assert json.loads((tmp_path / "r" / "summary.json").read_text(encoding="utf-8"))["name"] == "one-kelvin"
    for stdin, message in ((b"x = [", b"stdin: not valid TOML"), (b"\xff", b"stdin: not UTF-8 text (byte 0)"), (b"", b"hanle: ")):
        found = run("simulate", "-", stdin=stdin)
        assert found.returncode == 2 and message in found.stderr and found.stderr.startswith(b"hanle: "), found.stderr
    found = run("compare", "-", "-")
    assert found.returncode == 2 and b"standard input can be read only once" in found.stderr
    assert run("simulate", "-", redirect="<&-").returncode == 2


def test_a_terminal_is_told_at_once_what_is_being_done(tmp_path):
    """Within a second of the command line's own start, before JAX is loaded; nothing of it stays."""
    ours, theirs = pty.openpty()
    command = [*HANLE, "simulate", "--set", "points=5", "--out", str(tmp_path / "r")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=os.environ | {"TERM": "xterm"})
    os.close(theirs)
    began, first, text = time.monotonic(), 0.0, b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # how a terminal ends
            break
        first = first or time.monotonic() - began
        text += piece
        if not piece:
            break
    out, _ = process.communicate(timeout=120)
    took = time.monotonic() - began
    os.close(ours)
    assert process.returncode == 0 and text.startswith(b"simulating fig2 ...") and b"simulating" not in out
    assert first < took / 3, (first, took)
    assert text.split(b"simulating fig2 ...")[1].startswith(b"\r\x1b[2K")


def test_nothing_is_told_off_a_terminal():
    assert run("simulate", "--set", "P_G=2").stderr.count(b"\n") == 1
