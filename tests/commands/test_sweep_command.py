"""`hanle sweep`: what it says, writes, draws and refuses."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray

from hanle_sim.output import sweep as drawn
from printed import fits, tables

MAP = ("--vary", "tau_s=1 ns:4 ns:3:log", "--vary", "P_G=0.1:1.1:2", "--set", "points=5")


def test_a_map(hanle, tmp_path, monkeypatch):
    figures = []
    monkeypatch.setattr(drawn, "save", lambda figure, path: (figures.append(figure), Path(path).write_bytes(b"")))
    monkeypatch.setenv("COLUMNS", "80")
    status, out, err = hanle("sweep", "lumped", *MAP, "--plot")
    assert (status, err) == (0, "") and fits(out, 80)
    path = tmp_path / "hanle-out" / "lumped-sweep.zarr"
    assert out.splitlines()[-1] == f"written to hanle-out/lumped-sweep.zarr and {path.with_suffix('.png')}"
    found = xarray.open_zarr(path, chunks=None)
    assert found["hwhm"].shape == (3, 2) and np.isnan(found["hwhm"].values).tolist() == [[False, True]] * 3
    assert ["without numbers", "3", "a parameter that its key does not take"] in [row for table in tables(out, anchor=1) for row in table]
    axes, bar = figures[0].axes
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("$P_{G}$", r"$τ_{\mathrm{s}}$ (ns)", "lumped")
    assert bar.get_ylabel() == "half width, $B$ (mT)"
    np.testing.assert_allclose(axes.collections[0].get_array()[:, 0].compressed(), 1e3 * found["hwhm"].values[:, 0])


def test_a_map_of_three_parameters_is_cut_in_the_middle(hanle, tmp_path, monkeypatch):
    figures = []
    monkeypatch.setattr(drawn, "save", lambda figure, path: figures.append(figure))
    third = ("--vary", "R_tun=1e-11:3e-11:3", "--vary", "tau_s=1 ns:2 ns:2", "--vary", "P_G=0.1:0.2:2", "--observables", "Delta_V_0")
    assert hanle("sweep", "lumped", *third, "--out", "a.zarr", "--plot")[0] == 0
    found = xarray.open_zarr(tmp_path / "a.zarr", chunks=None)["Delta_V_0"].values
    axes = figures[0].axes[0]
    shown = axes.collections[0].get_array()
    np.testing.assert_allclose(shown / shown[0, 0], found[1] / found[1, 0, 0])
    assert not np.allclose(found[0] / found[0, 0, 0], found[1] / found[1, 0, 0], rtol=1e-6)
    assert hanle("sweep", "lumped", "--vary", "R_tun=1e-11:3e-11:3", "--observables", "hwhm", "--out", "b.zarr", "--plot")[0] == 0
    assert figures[1].axes[0].get_xlabel() == r"$R_{\mathrm{tun}}$ ($10^{-12}$ Ω m²)"  # no prefix, which would be squared
    assert axes.get_title() == r"lumped: $R_{\mathrm{tun}}$ = 2e−11 Ω m²"


def test_a_line(hanle, tmp_path, monkeypatch):
    figures = []
    monkeypatch.setattr(drawn, "save", lambda figure, path: figures.append((figure, path)))
    options = ("--vary", "thickness=0.1 um:10 um:4:log", "--observables", "tau_apparent", "--out", "f.zarr", "--plot", "--format", "pdf")
    assert hanle("sweep", "film", *options)[0] == 0
    ((figure, path),) = figures
    assert path == tmp_path / "f.pdf"
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_xscale()) == ("thickness (µm)", "log")
    assert axes.get_ylabel() == "apparent relaxation time $τ$ (ps)"
    found = xarray.open_zarr(tmp_path / "f.zarr", chunks=None)
    np.testing.assert_allclose(axes.lines[0].get_ydata(), 1e12 * found["tau_apparent"].values)
    assert set(found.data_vars) == {"tau_apparent", "reason"}


def test_a_dry_run_writes_nothing(hanle, tmp_path):
    status, out, _ = hanle("sweep", "lumped", *MAP, "--curves", "--single", "--dry-run")
    rows = {row[0]: row[1:] for table in tables(out, anchor=1) for row in table}
    assert status == 0 and list(tmp_path.iterdir()) == []
    assert rows["devices"] == ["6", "3 tau_s × 2 P_G"] and rows["points"][0] == "30" and rows["chunks"][0] == "1"
    assert rows["bytes"][0] == f"{6 * (30 // 6 * 4 + 9 * 4 + 1)} bytes"


def test_resuming(hanle):
    assert hanle("sweep", "lumped", *MAP, "--out", "a.zarr")[0] == 0
    status, out, err = hanle("sweep", "lumped", *MAP, "--out", "a.zarr")
    assert (status, out) == (2, "") and err == "hanle: a.zarr: is there already: resume it, or name another store\n"
    status, out, _ = hanle("sweep", "lumped", *MAP, "--out", "a.zarr", "--resume")
    assert status == 0 and ["chunks written", "0 of 1", "1 were there"] in [row for table in tables(out, anchor=1) for row in table]
    status, _, err = hanle("sweep", "lumped", *MAP, "--set", "P_L=0.2", "--out", "a.zarr", "--resume")
    assert status == 2 and err.startswith("hanle: a.zarr: is the store of another sweep, which differs in its configuration: ")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "sweep: nothing varies"),
        (("--vary", "tau_s=1 ns:2 ns:0"), "must be a whole number from 1"),
        (("--vary", "P=0:1:3"), "no such parameter"),
        (("--vary", "tau_s=1 ns:2 ns:2", "--observables", "hwm"), "did you mean hwhm"),
        (("--vary", "tau_s=1 ns:2 ns:2", "--memory", "much"), "memory"),
        (("--vary", "tau_s=1 ns:2 ns:2", "--codec", "gzip"), "must be lz4 or zstd"),
        (("--vary", "tau_s=1 ns:2 ns:2", "--workers", "0"), "workers = 0"),
        (("--vary", "tau_s=1 ns:2 ns:2", "--out", "file"), "file: is a file"),
        (("--vary", "tau_s=1 ns:2 ns:2", "--out", "mine"), "mine: holds notes.txt, and is no store"),
        (("--vary", "tau_s=1 ns:2 ns:2", "--out", "other.zarr", "--resume"), "other.zarr: is a store that hanle sweep did not write"),
        (("--vary", "tau_s=1 ns:2 ns:1", "--plot"), "one device alone makes no figure"),
        (("--vary", "tau_s=1 ns:2 ns:2", "--zip", "--plot"), "parameters that vary together make no map"),
        (("--samples", "none.csv"), "none.csv: can't be read"),
    ],
)
def test_refusals(hanle, tmp_path, options, says: str):
    (tmp_path / "file").write_text("x")
    for folder in ("mine", "other.zarr"):
        (tmp_path / folder).mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    (tmp_path / "other.zarr" / "zarr.json").write_text(json.dumps({"zarr_format": 3, "node_type": "group", "attributes": {}}))
    before = sorted(tmp_path.rglob("*"))
    status, out, err = hanle("sweep", "lumped", *options)
    assert (status, out) == (2, "") and says in err and err.startswith("hanle: ") and err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before
