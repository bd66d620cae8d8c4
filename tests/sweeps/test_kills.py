"""Sweeps that are killed, run out of disk or lose a worker: nothing is lost, and what comes in the end is the same to the bit."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray

from hanle_sim.sweeps import engine
from hanle_sim.sweeps.request import Work
from hanle_sim.sweeps.store import SweepError
from hanle_sim.sweeps.sweep import requested, swept

VARY = ["tau_s=0.1 ns:10 ns:40:log", "R_tun=1e-11:1e-9:10:log"]
SETTINGS = {"points": 5001}
HANLE = (sys.executable, "-m", "hanle_sim", "sweep", "lumped", "--set", "points=5001", "--curves", "--memory", "4 MiB")
OPTIONS = tuple(part for one in VARY for part in ("--vary", one))


def request():
    return requested("lumped", VARY, settings=SETTINGS, curves=True, memory=2**22)


def files(path: Path) -> dict[str, bytes]:
    return {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file() and file.parent.name != "zarr.json"
    }


def chunks(path: Path) -> dict[str, bytes]:
    return {name: content for name, content in files(path).items() if "/c/" in name and not name.endswith(("lock", ".partial"))}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    path = tmp_path_factory.mktemp("whole") / "a.zarr"
    found = swept(request(), path, {})
    assert found.outcome.written == found.work.plan.tiles > 100 and not found.outcome.failures
    return chunks(path)


def run(path: Path, *more: str, **environment: str) -> subprocess.Popen[str]:
    command = [*HANLE, *OPTIONS, "--out", str(path), *more]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | environment)


@pytest.mark.heavy
def test_killed_again_and_again(tmp_path, whole: dict[str, bytes]):
    path, rng, times = tmp_path / "a.zarr", np.random.default_rng(0), {}
    for round_ in range(2):
        process, before = run(path, "--resume"), len(chunks(path)) if path.exists() else 0
        while process.poll() is None and (len(chunks(path)) if path.exists() else 0) <= before + rng.integers(1, 60):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        now = {name: (path / name).stat().st_mtime_ns for name in chunks(path)}
        assert all(now[name] == at for name, at in times.items()), "a finished chunk was computed again"
        assert all(whole[name] == content for name, content in chunks(path).items())
        times = now
        assert times or round_ == 0
    # On other devices, with the rest of it.
    last = run(path, "--resume", XLA_FLAGS="--xla_force_host_platform_device_count=3")
    assert (last.communicate()[1], last.returncode) == ("", 0)
    assert chunks(path) == whole
    assert all((path / name).stat().st_mtime_ns == at for name, at in times.items())
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zarr"] and not list(path.rglob("*.partial"))
    again = run(path, "--resume")
    assert "0 of" in again.communicate()[0] and again.returncode == 0
    refused = run(path)
    assert refused.communicate()[1].startswith(f"hanle: {path}: is there already") and refused.returncode == 2


def test_a_piece_that_fails_leaves_the_others(tmp_path, monkeypatch):
    arrays = Work.arrays

    def failing(work: Work, tile, **options):
        if tile.place[0] == 3:
            raise RuntimeError("no luck")
        return arrays(work, tile, **options)

    one = requested("lumped", VARY[:1], settings={"points": 3}, curves=True, memory=2**20)
    monkeypatch.setattr(Work, "arrays", failing)
    monkeypatch.setattr("hanle_sim.sweeps.request._LUMPED", 4)
    found = swept(one, tmp_path / "a.zarr", {})
    assert found.outcome.failures == ["piece 3, 0: no luck"] and found.outcome.written == found.work.plan.tiles - 1
    assert found.counts == {0: 36, 255: 4}
    monkeypatch.setattr(Work, "arrays", arrays)
    again = swept(one, tmp_path / "a.zarr", {}, resume=True)
    assert (again.outcome.written, again.before, again.counts) == (1, 9, {0: 40})


@pytest.mark.heavy
def test_a_full_disk_stops_it_and_room_lets_it_go_on(tmp_path, whole: dict[str, bytes]):
    path = tmp_path / "a.zarr"
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
        "from hanle_sim.cli import main; sys.argv = sys.argv[1:]; main()"
    )
    arguments = ["hanle", *HANLE[3:], *OPTIONS, "--out", str(path)]
    process = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
    assert process.returncode in (1, 2) and "Traceback" not in process.stderr and process.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100_000
    last = run(path, "--resume")
    assert (last.communicate()[1], last.returncode) == ("", 0)
    assert chunks(path) == whole


def test_more_than_the_disk_holds_is_refused(tmp_path):
    big = requested("lumped", ["tau_s=0.1 ns:10 ns:100000:log", "P_G=0.1:0.2:10000"], settings={"points": 100_001}, curves=True)
    with pytest.raises(SweepError, match=r"the sweep takes 800\.\d TB, and"):
        swept(big, tmp_path / "a.zarr", {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_survives_a_lost_worker(tmp_path, whole: dict[str, bytes]):
    distributed = pytest.importorskip("distributed")
    path, one, killed = tmp_path / "a.zarr", request(), []
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):
        workers = list(client.run(os.getpid).values())

        def kill(what: str, done: int, total: int) -> None:
            if 0 < done < total / 2 and not killed:
                os.kill(workers[0], signal.SIGKILL)
                killed.append(done)

        found = swept(one, path, {}, scheduler=cluster.scheduler_address, progress=kill)
    assert killed and not found.outcome.failures
    assert chunks(path) == whole
    assert np.isfinite(xarray.open_zarr(path, chunks=None)["hwhm"].values).all()


def test_a_cluster_that_is_not_there_is_one_line(tmp_path):
    distributed = pytest.importorskip("distributed")
    hasty = SimpleNamespace(Client=lambda address, timeout: distributed.Client(address, timeout="0.5s"))
    with pytest.raises(SweepError, match="no cluster answers there"):
        list(engine._client.__wrapped__(hasty, "tcp://127.0.0.1:9", None))
