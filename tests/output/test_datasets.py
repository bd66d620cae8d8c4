"""Datasets: the file holds what the object holds."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.constants import hbar, physical_constants
from scipy.optimize import brentq

import hanle_sim
from hanle_sim.output.comparison import contents_of
from hanle_sim.output.dataset import simulation_contents
from hanle_sim.output.files import write_csv
from hanle_sim.output.netcdf import Contents, dataset_of, noted, write_netcdf
from hanle_sim.output.simulation import columns_of, figure_of
from hanle_sim.simulation.comparison import Compared

ROW = {"name": "ä, \"b\"", "model": "lumped", "method": "closed", "hwhm_T": 5e-3, "tail_exponent": None}  # fmt: skip


def test_the_file_and_the_object_are_one(tmp_path):
    variables = {
        "signal": noted(("B",), [1e-9, np.nan, 3e-9], "V", "Hanle signal"),
        "vector": noted(("B", "component"), np.arange(6.0).reshape(3, 2), "K", "spin heat"),
        "unit": (("component",), ["Ω m²", ""], {}),
    }
    contents = Contents(
        variables, {"B": noted(("B",), [-1.0, 0.0, 1.0], "T", "field"), "component": (("component",), ["x", "y"], {})}, {"command": "test"}
    )
    write_netcdf(contents, tmp_path / "file.nc")
    whole = dataset_of(contents)
    with xr.open_dataset(tmp_path / "file.nc", engine="h5netcdf") as read:
        xr.testing.assert_identical(read.load().drop_attrs(deep=False), whole.drop_attrs(deep=False))
        assert read.attrs["command"] == "test" and set(read.coords) == {"B", "component"}
    assert (whole["signal"].attrs, whole["vector"].dims) == ({"units": "V", "long_name": "Hanle signal"}, ("B", "component"))


def test_columns_are_read_back_as_they_were(tmp_path):
    said = []
    numbers = np.array([0.1 + 0.2, 1e-300, -np.inf])
    write_csv({"name": np.array(['a "b"', "c,d", "e"]), "x": numbers, "y": 2 * numbers}, tmp_path / "a.csv", lambda *a: said.append(a))
    text = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert text[0] == "name,x,y" and text[1].startswith('"a ""b""",') and text[2].startswith('"c,d",') and said == [("writing a.csv", 3, 3)]
    np.testing.assert_array_equal(
        [[float(cell) for cell in line.split(",")[-2:]] for line in text[1:]], np.stack([numbers, 2 * numbers], axis=1)
    )


def test_a_comparison_s_dataset_holds_its_devices_end_to_end():
    one = Compared(ROW, np.array([0.0, 1e-3]), np.array([2e-9, 1e-9]), np.array([1.0, 0.5]), None)
    other = Compared(ROW | {"name": "c", "hwhm_T": None}, np.array([0.0]), np.array([4e-9]), np.array([1.0]), None)
    data = dataset_of(contents_of([one, other]))
    assert data["device_of_point"].values.tolist() == [ROW["name"], ROW["name"], "c"] and data["Delta_V_Hanle"].attrs["units"] == "V"
    np.testing.assert_array_equal(data["Delta_V_Hanle"], [2e-9, 1e-9, 4e-9])
    np.testing.assert_array_equal(data["normalised"], [1.0, 0.5, 1.0])
    np.testing.assert_array_equal(data["B"], [0.0, 1e-3, 0.0])
    np.testing.assert_array_equal(data["hwhm_T"], [5e-3, np.nan])
    assert float(data["hwhm_T"].sel(device=ROW["name"])) == 5e-3 and data["model"].values.tolist() == ["lumped", "lumped"]


def test_the_reproduction_s_dataset_holds_its_table():
    rows = json.loads((Path(__file__).parents[2] / "results" / "reproduce" / "reproduce.json").read_text(encoding="utf-8"))
    data = hanle_sim.reproduce()
    assert data["claim"].values.tolist() == [row["id"] for row in rows]
    for key in ("what", "printed", "computed", "verdict"):
        assert data[key].values.tolist() == [row[key] for row in rows], key


def test_a_simulation_s_columns_figure_and_dataset_are_its_curve(simulated):
    """Against Eq. (14), exact here to 1e-6: the paper's amplitudes on Lorentzians of 1 ns and 0.25 ns."""
    B = np.linspace(-40e-3, 40e-3, 21)
    x = 2 * physical_constants["Bohr magneton"][0] / hbar * B * 1e-9
    spin, heat = 6.25e-10 / (1 + x**2), 3.125e-10 / (1 + (0.25 * x) ** 2)
    columns = columns_of(simulated)
    for name, wanted in (("B_T", B), ("Delta_V_spin_V", spin), ("Delta_V_heat_V", heat), ("Delta_V_Hanle_V", spin + heat)):
        np.testing.assert_allclose(columns[name], wanted, rtol=1e-6, atol=1e-18)
    np.testing.assert_allclose(columns["Delta_T_s_K"][10], 7.986e-6, rtol=1e-4)
    np.testing.assert_allclose(columns["Delta_mu_over_e_V"], 4 * spin, rtol=1e-6)
    data = dataset_of(simulation_contents(simulated))
    for name, unit in (("Delta_V_spin", "V"), ("Delta_T_s", "K"), ("Delta_mu_over_e", "V")):
        np.testing.assert_array_equal(data[name], columns[f"{name}_{unit}"])
        assert data[name].attrs["units"] == unit
    level = brentq(lambda u: 2 / (1 + u**2) + 1 / (1 + (0.25 * u) ** 2) - 1.5, 0.1, 10)  # half of 3
    np.testing.assert_allclose([data["hwhm"], data["tau_apparent"]], [level * B[-1] / x[-1], 1e-9 / level], rtol=1e-5)
    assert (data["hwhm"].attrs["units"], data["tau_apparent"].attrs["units"], data["hwhm"].dims) == ("T", "s", ())
    without = dataclasses.replace(simulated, summary={**simulated.summary, "hwhm_T": None, "tau_apparent_s": None})
    assert np.isnan(dataset_of(simulation_contents(without))["hwhm"])
    assert (data["B"].attrs["units"], data["I"].attrs["units"], data["I_Q"].attrs["units"]) == ("T", "A m-2", "W m-2")
    axes = figure_of(simulated).axes[0]
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("magnetic field $B$ (mT)", r"$\Delta V_\mathrm{Hanle}$ (pV)")
    for label, wanted in (
        ("exact", spin + heat),
        (r"spin accumulation $\Delta\mu$", spin),
        (r"spin heat accumulation $\Delta T_\mathrm{s}$", heat),
    ):
        np.testing.assert_allclose(lines[label].get_xdata(), 1e3 * B, atol=1e-9)
        np.testing.assert_allclose(lines[label].get_ydata(), 1e12 * wanted, rtol=1e-6)
    np.testing.assert_allclose(lines["half width 8.466 mT"].get_ydata(), 1e12 * (spin + heat)[10] / 2, rtol=1e-6)
