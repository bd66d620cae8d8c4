"""What all commands share: --quiet, --json, and compiled programs that are kept; completion, and the doctor."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import hanle_sim
from hanle_sim import terminal
from hanle_sim.commands import doctor

DATA = Path(__file__).parents[2] / "docs" / "data" / "nonlocal.csv"
#: A command, and the file whose numbers it prints.
COMMANDS = {
    "simulate": (("simulate", "fig2", "--set", "points=5", "--no-check", "--out", "r"), "r/summary.json"),
    "compare": (("compare", "fig2", "diffusive", "--set", "points=5", "--out", "r"), "r/compare.json"),
    "fit": (("fit", DATA, "--out", "r"), "r/fit.json"),
    "quick fit": (("fit", DATA), None),
    "presets": (("presets",), None),
    "doctor": (("doctor",), None),
    "sweep": (("sweep", "lumped", "--vary", "tau_s=1 ns:2 ns:2", "--observables", "Delta_V_0", "--out", "s.zarr"), None),
    "plan": (("sweep", "lumped", "--vary", "tau_s=1 ns:2 ns:2", "--observables", "Delta_V_0", "--dry-run"), None),
    "reproduce": (("reproduce", "--out", "r"), "r/reproduce.json"),
    "sensitivity": (("sensitivity", "fig2", "--set", "points=5", "--no-check", "--out", "r"), "r/sensitivity.json"),
}
SLOW = ("reproduce",)


@pytest.fixture(autouse=True)
def no_cache_of_the_user_s(monkeypatch, tmp_path):
    """What commands set for the processes that they are is taken back."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in (
        "JAX_COMPILATION_CACHE_DIR",
        "JAX_COMPILATION_CACHE_MAX_SIZE",
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS",
        "JAX_ENABLE_COMPILATION_CACHE",
    ):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.mark.parametrize("name", [pytest.param(one, marks=pytest.mark.heavy) if one in SLOW else one for one in COMMANDS])
def test_json_in_place_of_tables(hanle, tmp_path, name: str):
    arguments, file = COMMANDS[name]
    status, out, err = hanle(*arguments, "--json")
    assert (status, err) == (0, "")
    printed = json.loads(out)
    if file:
        assert printed == json.loads((tmp_path / file).read_text(encoding="utf-8"))
    wanted = {"presets": 13, "plan": 6, "sweep": 9}.get(name)
    assert printed and (wanted is None or len(printed) == wanted)


def test_quiet(hanle, tmp_path):
    for name in ("simulate", "quick fit", "presets"):
        assert hanle(*COMMANDS[name][0], "--quiet") == (0, "", "")
    assert (tmp_path / "r" / "summary.json").exists()
    status, out, err = hanle("simulate", "nosuch", "--quiet")
    assert (status, out) == (2, "") and "neither a file nor a preset" in err
    status, out, err = hanle("presets", "--quiet", "--json")
    assert (status, out) == (2, "") and err == "hanle: --quiet and --json exclude each other: keep one\n"
    assert hanle("presets")[1]  # and the next command talks again


def test_what_is_quiet_is_one_command(hanle, capfd):
    hanle("presets", "--quiet")
    terminal.say("a word")
    assert capfd.readouterr().out == "a word\n"


def test_the_doctor_finds_what_is_wrong(hanle, monkeypatch):
    assert hanle_sim.doctor()["curves_tested"] == 3 and hanle_sim.doctor()["largest_difference"] < 1e-12
    monkeypatch.setattr(doctor, "_AGREEMENT", -1.0)
    status, out, err = hanle("doctor")
    assert status == 1 and "JAX's" in out
    assert (
        "film: the closed form and the linear system differ by" in err
        and "half width of a Lorentzian" in err
        and "compiled function" in err
    )


def test_completion_of_commands_and_presets():
    def completed(words: str, at: int) -> list[str]:
        given = {"_HANLE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(at)}
        found = subprocess.run(
            [str(Path(sys.executable).with_name("hanle"))], env=os.environ | given, capture_output=True, text=True, timeout=60
        )
        return found.stdout.split()

    assert completed("hanle sim", 1) == ["simulate"]
    assert completed("hanle simulate film", 2) == ["film", "film-absorbing"]
    assert "--json" in completed("hanle simulate --j", 2)


SWEEP = ("sweep", "diffusive", "--vary", "tau_s=50 ps:500 ps:3:log", "--set", "points=5", "--observables", "Delta_V_0", "--curves")


def run(home: Path, out: str, *more: str) -> subprocess.Popen:
    environment = {**os.environ, "XDG_CACHE_HOME": str(home / "cache")}
    command = [sys.executable, "-m", "hanle_sim", *SWEEP, "--out", str(home / out), *more]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kept(home: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in sorted((home / "cache").rglob("*-cache"))}


@pytest.mark.heavy
def test_programs_are_kept_whatever_happens_to_them(tmp_path):
    """Two runs at once, a run that finds them damaged, and one that wants none."""
    both = [run(tmp_path, name) for name in ("a.zarr", "b.zarr")]
    assert [(one.communicate(timeout=200)[1], one.returncode) for one in both] == [("", 0), ("", 0)]
    first = kept(tmp_path)
    assert first
    again = run(tmp_path, "c.zarr")
    assert (again.communicate(timeout=200)[1], again.returncode) == ("", 0)
    assert kept(tmp_path) == first
    for file in first:
        file.write_bytes(first[file][:100])
    damaged = run(tmp_path, "d.zarr")
    assert (damaged.communicate(timeout=200)[1], damaged.returncode) == ("", 0)
    mended = run(tmp_path, "e.zarr")
    assert (mended.communicate(timeout=200)[1], mended.returncode) == ("", 0)
    assert kept(tmp_path) and all(len(content) > 100 for content in kept(tmp_path).values())
    results = [(tmp_path / f"{name}.zarr" / "Delta_V_Hanle" / "c" / "0" / "0").read_bytes() for name in "abcde"]
    assert len(set(results)) == 1


@pytest.mark.heavy
def test_no_programs_are_kept_unless_wanted(tmp_path, monkeypatch):
    """Of the program's nor of the user's own directory."""
    without = run(tmp_path, "a.zarr", "--no-cache")
    assert (without.communicate(timeout=200)[1], without.returncode) == ("", 0) and not kept(tmp_path)
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    for name, more in (("b.zarr", ("--no-cache",)), ("c.zarr", ())):
        one = run(tmp_path, name, *more)
        assert (one.communicate(timeout=200)[1], one.returncode, bool(kept(tmp_path))) == ("", 0, not more)
