"""Runs that a signal ends, or that are killed: nothing half written is left."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from hanle_sim.output.store import MANIFEST, write_directory

#: Where a signal can find a run: what it calls, and what is sent from there.
PLACES = {
    "an import": ("hanle_sim.simulation.run", "read", "type('', (), {'x': type('', (), {'__set_name__': lambda *_: stop()})()})"),
    "a destructor": ("hanle_sim.simulation.run", "read", "type('', (), {'__del__': lambda _: stop()})()"),
    "a callback of C": ("hanle_sim.simulation.run", "read", "sorted([2, 1], key=lambda _: stop())"),
    "writing": ("hanle_sim.output.simulation", "save", "stop()"),
    "the last step": ("hanle_sim.output.store", "_swap", "stop()"),
}


@pytest.mark.parametrize("place", [pytest.param(place, marks=[pytest.mark.heavy] if k else []) for k, place in enumerate(PLACES)])
def test_a_run_stops_wherever_a_signal_finds_it(tmp_path, place: str):
    """Nothing is raised there: in the middle of a library's import, or where Python drops exceptions, that would be lost or fatal.

    The run goes no further than the signal, but for the last step, which is finished; an earlier result stands until then.
    """
    result = tmp_path / "deep" / "r"
    write_directory(result, {"earlier.txt": lambda path: path.write_text("earlier")})
    module, name, action = PLACES[place]
    number = {"an import": signal.SIGTERM, "writing": signal.SIGHUP}.get(place, signal.SIGINT)
    script = f"""
import importlib, signal, sys
from pathlib import Path
from hanle_sim.__main__ import main
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may themselves run under nohup
module = importlib.import_module({module!r})
original = module.{name}
def stop():
    signal.raise_signal({int(number)})
def changed(*arguments, **options):
    Path("seen").write_text(" ".join(path.name for path in Path("deep").iterdir()))
    {action}
    found = original(*arguments, **options)
    Path("finished").touch()
    return found
module.{name} = changed
sys.argv = ["hanle", "simulate", "--set", "points=5", "--out", "deep/r"]
main()
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stdout, run.stderr) == (128 + number, "", "hanle: interrupted\n")
    unfinished = [name for name in (tmp_path / "seen").read_text().split() if name != "r"]
    assert len(unfinished) == (place in ("writing", "the last step"))  # the new result lay there when the signal came
    assert (tmp_path / "finished").exists() == (place == "the last step")
    assert [path.name for path in result.parent.iterdir()] == ["r"]
    if place == "the last step":
        assert json.loads((result / "summary.json").read_text())["name"] == "fig2" and not (result / "earlier.txt").exists()
    else:
        assert {path.name for path in result.iterdir()} == {MANIFEST, "earlier.txt"}
        assert (result / "earlier.txt").read_text() == "earlier"


@pytest.mark.heavy
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_run_leaves_no_half_written_result(tmp_path, number: signal.Signals):
    command = [sys.executable, "-m", "hanle_sim", "simulate", "--set", "points=20001", "--out", str(tmp_path / "r")]
    for delay in (0.3, 1.5, 2.7):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
        time.sleep(delay)
        os.killpg(process.pid, number)
        _, err = process.communicate(timeout=60)
        said = {0: "", -signal.SIGKILL: "", -signal.SIGTERM: "", 128 + number: "hanle: interrupted\n"}
        assert err == said[process.returncode], (delay, process.returncode)
        if (tmp_path / "r").exists():
            assert json.loads((tmp_path / "r" / "summary.json").read_text())["name"] == "fig2"
        if number != signal.SIGKILL:
            assert not list(tmp_path.glob(".*")), list(tmp_path.iterdir())
    final = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert final.returncode == 0, final.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"r"}
