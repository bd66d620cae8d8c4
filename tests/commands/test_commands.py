"""The commands as a user runs them: files, columns, refusals, interruptions."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import hanle_sim
import oracle
from hanle_sim import cli
from hanle_sim.constants import hbar, mu_B
from hanle_sim.simulation.validity import warnings_for
from hanle_sim.solvers import METHODS

HEADER = "B_T,Delta_V_Hanle_V,Delta_V_spin_V,Delta_V_heat_V,Delta_mu_over_e_V,Delta_T_s_K"
KEYS = {"Delta_V_0_V", "hwhm_T", "tau_apparent_s", "Delta_mu_over_e_0_V", "Delta_T_s_0_K", "eq14_Delta_V_0_V", "modes", "second_law_margin",
        "warnings"}  # fmt: skip
SMALL = ("--set", "points=21")


def read_csv(path: Path) -> dict[str, np.ndarray]:
    with path.open(encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


def test_simulate_writes_a_complete_result(hanle, tmp_path):
    status, out, err = hanle("simulate", "aluminium-island", *SMALL, "--out", "result")
    assert (status, err) == (0, "")
    assert "apparent τ" in out and "\x1b" not in out
    result = tmp_path / "result"
    assert {path.name for path in result.iterdir()} == {"curve.csv", "curve.nc", "curve.png", "summary.json", "config.toml", ".hanle.json"}
    assert (result / "curve.csv").read_text().splitlines()[0] == HEADER
    curve, summary = read_csv(result / "curve.csv"), json.loads((result / "summary.json").read_text())
    assert summary.keys() >= KEYS
    assert curve["B_T"].size == 21
    zero = curve["B_T"] == 0
    assert curve["Delta_V_Hanle_V"][zero] == pytest.approx(summary["Delta_V_0_V"], rel=1e-14)
    assert summary["tau_apparent_s"] == pytest.approx(hbar / (2 * mu_B * summary["hwhm_T"]), rel=1e-12)
    assert sum(mode["weight_V"] for mode in summary["modes"]) == pytest.approx(summary["Delta_V_0_V"], rel=1e-12)
    with xr.open_dataset(result / "curve.nc", engine="h5netcdf") as data:
        np.testing.assert_array_equal(data["Delta_V_Hanle"], curve["Delta_V_Hanle_V"])
        assert data["Delta_T_s"].attrs["units"] == "K"
        np.testing.assert_allclose(data["Delta_V_Hanle_integrated"], data["Delta_V_Hanle"], rtol=0, atol=1e-8 * summary["Delta_V_0_V"])
        np.testing.assert_allclose(data["Delta_mu_over_e_vector"].sel(component="x"), data["Delta_mu_over_e"])
        assert data.attrs["method"] == "closed" and "R_tun" in data.attrs["config"]
    again = hanle("simulate", result / "config.toml", "--out", "again")
    assert again[0] == 0
    assert (tmp_path / "again" / "curve.csv").read_bytes() == (result / "curve.csv").read_bytes()


def test_the_curve_of_a_preset_is_the_oracle_s(hanle, tmp_path):
    assert hanle("simulate", "graphene", *SMALL, "--out", "r")[0] == 0
    curve = read_csv(tmp_path / "r" / "curve.csv")
    G, area = 1 / 66e-9, 2.2e-12
    kappa = 2.45e-8 * 300 * G
    L = -50e-6 * G
    p = oracle.Parameters(
        G=(G * 0.63, G * 0.37), L=(L * 0.75, L * 0.25), kappa=(kappa * 0.63, kappa * 0.37), T_0=300.0, eta=1.0, r_s=2.23e-9,
        r_Q=2.23e-9 / (2.45e-8 * 300 * 7.6), tau_s=495e-12, tau_Q=20e-12, g=2.0, m=(1.0, 0.0, 0.0), b=(0.0, 0.0, 1.0),
        bias=("I", 0.5e-6 / area), Delta_T_0=0.0,
    )  # fmt: skip
    spin, heat = oracle.signals(p, *oracle.steady_state(p, curve["B_T"]))
    np.testing.assert_allclose(curve["Delta_V_spin_V"], spin, rtol=1e-11)
    np.testing.assert_allclose(curve["Delta_V_heat_V"], heat, rtol=1e-10)


@pytest.mark.parametrize("method", [method for method in METHODS if method != "finite_volume"])
def test_every_method_gives_the_same_curve(hanle, tmp_path, method: str):
    assert hanle("simulate", "fig2", *SMALL, "--set", "theta=50 deg", "--method", method, "--out", "r", "--format", "svg")[0] == 0
    assert (tmp_path / "r" / "curve.svg").exists()
    curve = read_csv(tmp_path / "r" / "curve.csv")
    exact = hanle_sim.simulate("fig2", settings=["points=21", "theta=50 deg"])["Delta_V_Hanle"].values
    np.testing.assert_allclose(curve["Delta_V_Hanle_V"], exact, rtol=1e-8 if method == "integrate" else 1e-11)


def test_voltage_bias_thermal_bias_and_no_signal(hanle, tmp_path):
    voltage = ("--set", "I=", "--set", "V=10 mV", "--set", "Delta_T_0=1 K")
    assert hanle("simulate", "one-kelvin", *SMALL, *voltage, "--out", "v")[0] == 0
    summary = json.loads((tmp_path / "v" / "summary.json").read_text())
    assert summary["Delta_I_0_A_per_m2"] == pytest.approx(-summary["Delta_V_0_V"] / 1e-8)
    assert hanle("simulate", "fig2", *SMALL, "--set", "I=0", "--out", "none")[0] == 0
    summary = json.loads((tmp_path / "none" / "summary.json").read_text())
    assert summary["hwhm_T"] is None and summary["tau_apparent_s"] is None and summary["Delta_V_0_V"] == 0
    assert hanle("simulate", "fig2", *SMALL, "--set", "theta=0", "--out", "along")[0] == 0
    summary = json.loads((tmp_path / "along" / "summary.json").read_text())
    assert summary["hwhm_T"] is None and summary["Delta_V_0_V"] > 0


@pytest.mark.parametrize(
    "settings",
    [
        ("R_tun=1e-18", "I=1e-3", "S=100 uV/K"),
        ("R_tun=1e20", "I=1e-22"),
        ("tau_Q=1e-18",),
        ("tau_Q=1e3",),
        *(
            pytest.param(settings, marks=pytest.mark.heavy)
            for settings in (
                ("T_0=1e-6",),
                ("P_G=-1", "P_L=-1", "g=-0.44"),
                ("g=0",),
                ("field.start=-1 kT", "field.stop=1 kT"),
                ("magnetisation=[1e300, 1e300, 0]", "field.direction=[1e-300, 0, 0]"),
                ("field.start=", "field.stop=", "points=", "values=[0.01]"),
            )
        ),
    ],
)
def test_extreme_but_allowed_devices_run(settings: tuple[str, ...]):
    changes = settings if any(s.startswith("points") for s in settings) else (*settings, "points=5")
    data = hanle_sim.simulate("fig2", settings=changes)
    assert np.all(np.isfinite(data["Delta_V_Hanle"]))
    agreement = json.loads(data.attrs["summary"])["agreement"]
    assert all(difference is None or difference < 1e-7 for difference in agreement.values()), agreement


@pytest.mark.heavy
def test_a_device_beyond_the_other_methods_says_so():
    """r_s/R_tun = 2.5e19: the closed form and the modes stay exact, a 6×6 solve can't, and the summary says it."""
    summary = json.loads(hanle_sim.simulate("fig2", settings=["R_tun=1e-30", "points=5"]).attrs["summary"])
    assert summary["agreement"]["modes"] < 1e-12
    assert any("linear" in warning for warning in summary["warnings"])


def test_bad_input_is_one_line_and_status_2(hanle, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("x")
    cases = [
        (("simulate", "--set", "P_G=2"), "junction.P_G = 2"),
        (("simulate", "nosuch.toml"), "nosuch.toml"),
        (("simulate", "--set", "r_s=1e-320"), "range of double precision"),
        (("simulate", "--method", "magic"), "magic"),
        (("simulate", "--format", "gif"), "gif"),
        (("simulate", "--colour"), "--colour"),
        (("simulate", "a", "b"), "b"),
        (("frobnicate",), "frobnicate"),
        (("config", "nosuch"), "nosuch"),
        (("simulate", *SMALL, "--out", "mine"), "notes.txt"),
        (("simulate", *SMALL, "--out", "file"), "file"),
        (("simulate", *SMALL, "--out", "file/deeper"), "file"),
        (("reproduce", "--out", "mine"), "notes.txt"),
    ]
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    for arguments, named in cases:
        status, out, err = hanle(*arguments)
        assert (status, out) == (2, ""), arguments
        assert err.count("\n") == 1 and err.startswith("hanle: ") and named in err, err
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


def test_a_sweep_beyond_the_machine_s_memory_is_refused(hanle, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 2**20, "SC_PAGE_SIZE": 2**12}.__getitem__)
    status, _, err = hanle("simulate", "--set", "points=50000000", "--out", "r")
    assert status == 2 and "50000000 fields need about 35 GB of memory, and this machine has 4.29 GB" in err
    assert list(tmp_path.iterdir()) == []


def test_the_default_directory_is_named_after_the_run(hanle, tmp_path):
    status, out, _ = hanle("simulate", *SMALL, "--set", 'name="../odd name/"')
    assert status == 0
    assert (tmp_path / "hanle-out" / "odd-name" / "curve.csv").exists()
    assert "hanle-out/odd-name" in out


def test_config_and_presets_print(hanle, tmp_path):
    status, out, _ = hanle("config", "graphene")
    assert status == 0
    (tmp_path / "mine.toml").write_text(out)
    assert hanle("simulate", "mine.toml", *SMALL, "--out", "r")[0] == 0
    status, out, _ = hanle("presets")
    assert status == 0 and "fig2" in out and "graphene" in out
    status, out, _ = hanle("--version")
    assert status == 0 and hanle_sim.__version__ in out


def test_the_command_line_names_every_method():
    assert tuple(method.value for method in cli.Method) == tuple(METHODS)


def test_strain_is_warned_about():
    data = hanle_sim.simulate("one-kelvin", settings=["points=5"])
    warnings = json.loads(data.attrs["summary"])["warnings"]
    assert len(warnings) == 1 and "above k_B T_0/e = 25.9 mV" in warnings[0]
    hot = hanle_sim.simulate("one-kelvin", settings=["points=5", "I=1e9 A/m^2", "Delta_T_0=100 K"])
    warnings = json.loads(hot.attrs["summary"])["warnings"]
    for words in ("voltage", "spin accumulation", "spin heat accumulation", "Delta_T_0"):
        assert any(words in warning for warning in warnings), words
    assert json.loads(hanle_sim.simulate("fig2", settings=["points=5"]).attrs["summary"])["warnings"] == []
    assert callable(warnings_for)


def test_reproduce_and_its_committed_output(hanle, tmp_path):
    """Stale numbers fail here: run `hanle reproduce --out results/reproduce`."""
    status, out, err = hanle("reproduce", "--out", "r")
    assert (status, err) == (0, "") and "erratum" in out
    committed = Path(__file__).parents[2] / "results" / "reproduce"
    assert {path.name for path in committed.iterdir()} >= {"fig2.png", "reproduce.json", "reproduce.md"}
    old, new = (json.loads((folder / "reproduce.json").read_text(encoding="utf-8")) for folder in (committed, tmp_path / "r"))
    assert [claim["id"] for claim in old] == [claim["id"] for claim in new]
    for before, now in zip(old, new, strict=True):
        assert before["verdict"] == now["verdict"]
        assert before["values"] == pytest.approx(now["values"], rel=1e-6), before["id"]
    assert (committed / "reproduce.md").read_text(encoding="utf-8") == (tmp_path / "r" / "reproduce.md").read_text(encoding="utf-8")
    data = hanle_sim.reproduce()
    assert data.sizes["claim"] == len(new)


def test_importing_changes_nothing_and_loads_nothing_heavy():
    script = """
import sys, hanle_sim
assert not {"jax", "numpy", "matplotlib", "xarray"} & set(sys.modules), sorted(sys.modules)
import hanle_sim.solvers.bloch_integration, hanle_sim.simulation, jax
assert not jax.config.jax_enable_x64
hanle_sim.simulate("fig2", settings=["points=5"])
assert not jax.config.jax_enable_x64
assert "matplotlib.pyplot" not in sys.modules
print("clean")
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert run.stdout.strip() == "clean", run.stderr


GEOMETRIES = ("lumped", "diffusive", "film", "film-absorbing", "drift", "contact", "lateral")


@pytest.mark.heavy
def test_compare_and_its_committed_output(hanle, tmp_path):
    committed = Path(__file__).parents[2] / "results" / "geometries"
    status, out, err = hanle("compare", *GEOMETRIES, "--out", "c", "--format", "svg")
    assert (status, err) == (0, "") and "film-absorbing" in out
    fresh, old = (json.loads((folder / "compare.json").read_text(encoding="utf-8")) for folder in (tmp_path / "c", committed))
    assert [row["name"] for row in fresh] == list(GEOMETRIES)
    for new, kept in zip(fresh, old, strict=True):
        for key, value in new.items():
            assert kept[key] == (pytest.approx(value, rel=1e-6) if isinstance(value, float) else value), (new["name"], key)
    assert (committed / "compare.png").exists() and (tmp_path / "c" / "compare.svg").exists()
    by_name = {row["name"]: row for row in fresh}
    assert by_name["lateral"]["tail_exponent"] is None  # exponential
    assert by_name["diffusive"]["tail_exponent"] == pytest.approx(-0.5, abs=1e-3)
    rows = (tmp_path / "c" / "compare.csv").read_text().splitlines()
    assert rows[0] == "name,B_T,Delta_V_Hanle_V,normalised" and len(rows) == 1 + 7 * 601


@pytest.mark.heavy
def test_compare_reads_one_contribution_in_its_own_geometry():
    """Spin alone, without back-flow: each geometry's own reading is τ_s, and the diffusive line has its known shape."""
    found = hanle_sim.compare(*GEOMETRIES, settings=["S=0", "R_tun=1e12 ohm um^2", "points=5"])
    np.testing.assert_allclose(found["tau_own_s"], 1e-9, rtol=1e-7)
    shape = found.sel(device="diffusive")
    assert float(shape["curvature"]) == pytest.approx(-3 / 8, rel=1e-7)
    assert float(shape["tau_lumped_s"]) == pytest.approx(1e-9 / np.sqrt(3 + 2 * np.sqrt(3)), rel=1e-7)
    assert float(found.sel(device="lumped")["curvature"]) == pytest.approx(-1, rel=1e-7)
    assert float(found.sel(device="lumped")["tail_exponent"]) == pytest.approx(-2, rel=1e-7)


def test_compare_refuses_what_it_cannot_compare(hanle):
    status, _, err = hanle("compare", "lumped", "nothing")
    assert status == 2 and err.count("\n") == 1 and "neither a file nor a preset" in err
    turning = ("--set", "start=", "--set", "stop=", "--set", "B=50 mT", "--set", "theta_start=0", "--set", "theta_stop=90 deg")
    status, _, err = hanle("compare", "lumped", *turning)
    assert status == 2 and "its field turns along the sweep" in err
