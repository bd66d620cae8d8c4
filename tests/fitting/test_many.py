"""Many curves in one call: the single fit's numbers, SciPy's on a formula of its own, and bad curves among good ones."""

from typing import Any

import jax
import jax.export
import numpy as np
import pytest
import xarray as xr
from scipy.optimize import least_squares

import hanle_sim
from hanle_sim.configuration import ConfigurationError, build, check
from hanle_sim.constants import L_0_PAPER as L_0
from hanle_sim.constants import hbar, mu_B
from hanle_sim.fitting.diagnostics import _effective
from hanle_sim.fitting.lockstep import LOGARITHMIC, SIGNED, Data, Frame, Lockstep, started
from hanle_sim.fitting.many import line_lockstep
from hanle_sim.fitting.points import Points
from hanle_sim.fitting.shapes import Lorentzians
from hanle_sim.fitting.statistics import structure

B = np.linspace(-40e-3, 50e-3, 101)
P_L, S, R_TUN, R_S, T_0, ALPHA, I = 0.5, 135e-6, 2e-10, 25e-12, 300.0, 2.0, 1e7
TABLES: dict[str, Any] = {
    "junction": {"P_G": 0.5, "P_L": P_L, "S": S, "R_tun": R_TUN},
    "nonmagnet": {"model": "lumped", "r_s": R_S, "tau_s": "1 ns", "tau_Q": "0.25 ns", "T_0": T_0, "alpha": ALPHA},
    "drive": {"I": I},
    "fit": {"free": {"tau_s": {}, "tau_Q": {}, "P_G": {}}, "offset": True, "field_offset": True, "background": "linear"},
}
NAMES = ("tau_s", "tau_Q", "P_G", "offset", "field_offset", "slope")
TRUTH = (0.8e-9, 0.2e-9, 0.45, 2e-6, 1.5e-3, 1e-4)


def curve(
    B: np.ndarray, tau_s: float, tau_Q: float, P_G: float, offset: float, field_offset: float, slope: float, r_s: float = R_S, S: float = S
) -> np.ndarray:
    """ΔV_Hanle of a lumped device [V], m across the field: back-flow and bias by two by two complex matrices, as one writes it by hand."""
    omega, G, L = 2 * mu_B / hbar * (B - field_offset), 1 / R_TUN, -S / R_TUN
    a, d = (1 + 1j * omega * tau_s) / r_s + G, (1 + 1j * omega * tau_Q) * L_0 * T_0 * ALPHA / r_s + L_0 * T_0 * G
    b, c = -L, -L * T_0
    J_s, J_Q = P_G * G, -P_L * L * T_0
    u, heat = (d * J_s - b * J_Q) / (a * d - b * c), (a * J_Q - c * J_s) / (a * d - b * c)
    q = (P_G * u + P_L * S * heat).real
    return R_TUN * I * q / (1 - q) + offset + slope * B


def measured(curves: int, seed: int = 0, noise: float = 3e-3, **rest: Any) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y = np.array([curve(B, *(np.array(TRUTH) * np.append(rng.uniform(0.8, 1.25, 3), [1, rng.normal(), 1])), **rest) for _ in range(curves)])
    return y + noise * np.ptp(y, 1)[:, None] * rng.normal(size=y.shape)


@pytest.fixture(scope="module")
def fits() -> tuple[xr.Dataset, xr.Dataset]:
    """More curves than are fitted side by side, one with an r_s of its own, one smoothed, one interpolated, one of a device that breaks the
    second law, and some that can't be fitted.
    """
    y = measured(70, 1)
    y[4, 7], y[66], y[10] = np.nan, 1e-5, measured(1, 2, r_s=1.5 * R_S)[0]
    y[30, 1:-1], y[31] = (y[30, 2:] + y[30, 1:-1] + y[30, :-2]) / 3, np.interp(B, B[::4], y[31, ::4])
    y[50] = curve(B, *TRUTH[:2], 0.1, *TRUTH[3:])
    r_s = R_S * np.where(np.arange(70) == 10, 1.5, 1.0)
    r_s[20] = -1.0
    data = xr.Dataset(
        {"y": (("gate", "B"), y * 1e6, {"units": "uV"}), "r_s": ("gate", r_s * 1e12, {"units": "ohm um^2"})},
        {"B": ("B", B * 1e3, {"units": "mT"}), "gate": np.arange(70.0)},
    )
    return data, hanle_sim.fit(data, TABLES)


def test_a_bad_curve_leaves_the_others_alone(fits: tuple[xr.Dataset, xr.Dataset]):
    data, found = fits
    wrong = {4: "no_number", 66: "alike", 20: "not_allowed"}
    assert set(np.flatnonzero(~found.success)) == set(wrong)
    meanings = dict(zip(found.reason.attrs["flag_values"], found.reason.attrs["flag_meanings"].split(), strict=True))
    assert all(part in meanings[int(found.reason[k])] for k, part in wrong.items())
    assert np.all(np.isnan(found.tau_s[list(wrong)])) and not np.any(np.isnan(found.tau_s.drop_sel(gate=list(wrong))))
    np.testing.assert_array_equal(found.gate, data.gate)


def test_a_curve_whose_device_breaks_the_second_law_is_told(fits: tuple[xr.Dataset, xr.Dataset]):
    """(1 + P_L)² S² ≤ (1 + P_G)² L_0 allows no P_G below 0.29."""
    _, found = fits
    assert float(found.P_G[50]) == pytest.approx(0.1, rel=1e-3) and (1.5 * S / 1.1) ** 2 > L_0 > (1.5 * S / 1.3) ** 2
    assert found.reason.attrs["flag_meanings"].split()[int(found.reason[50])] == "the_device_breaks_the_second_law"
    assert not any(found[f"{name}_identifiable"][50] for name in NAMES[:3]) and np.isnan(found.tau_s_stderr[50])


@pytest.mark.parametrize("k", [0, 10, 30, 31])
def test_each_curve_as_the_single_fit_has_it(fits: tuple[xr.Dataset, xr.Dataset], k: int):
    data, found = fits
    at, given = found.isel(gate=k), {"x": B, "y": data.y[k].values / 1e6, "unit": "V", "set": {"r_s": float(data.r_s[k]) * 1e-12}}
    one = hanle_sim.fit(given, TABLES, starts=1).results[0]
    assert set(one.parameters) == set(NAMES)
    for name, estimate in one.parameters.items():
        assert float(at[name]) == pytest.approx(estimate.value, abs=1e-5 * estimate.stderr), name
        assert float(at[f"{name}_stderr"]) == pytest.approx(estimate.stderr, rel=1e-5), name
        assert estimate.by == "covariance" or k == 31
        assert estimate.by != "covariance" or float(at[f"{name}_low"]) == pytest.approx(estimate.ci68[0], abs=2e-5 * estimate.stderr), name
        assert at[f"{name}_identifiable"] and not at.get(f"{name}_at_bound", False) and at[name].attrs["units"] == estimate.unit, name
    for name in ("ssr", "dof", "aicc", "n", "n_effective"):
        assert float(at[name]) == pytest.approx(getattr(one, name), rel=1e-9), name


@pytest.mark.parametrize("k", [0, 10, 69])
def test_against_scipy_on_a_formula_of_its_own(fits: tuple[xr.Dataset, xr.Dataset], k: int):
    data, found = fits
    y, r_s, scale = data.y[k].values, float(data.r_s[k]) * 1e-12, np.array([1e-9, 1e-9, 1.0, 1e-6, 1e-3, 1e-4])
    tight = {"method": "lm", "xtol": 1e-12, "ftol": 1e-12, "gtol": 1e-12}
    starts = [np.array(TRUTH) / scale * np.append(factors, [1, 1, 1]) for factors in ([1, 1, 1], [1, 0.5, 1.1], [1, 1.5, 0.9])]
    tried = [least_squares(lambda at: curve(B, *at * scale, r_s=r_s) * 1e6 - y, start, **tight) for start in starts]
    best = min(tried, key=lambda one: one.cost)
    ssr = 2 * best.cost
    error = np.sqrt(np.diag(np.linalg.inv(best.jac.T @ best.jac)) * ssr / (B.size - 6))
    assert float(found.ssr[k]) == pytest.approx(ssr * 1e-12, rel=1e-8)
    for name, value, sd, unit in zip(NAMES, best.x, error, scale, strict=True):
        assert float(found[name][k]) == pytest.approx(value * unit, abs=1e-4 * sd * unit), name
        assert float(found[f"{name}_stderr"][k]) == pytest.approx(sd * unit, rel=1e-4), name


def test_points_are_worth_what_they_are_in_a_single_fit():
    """Curves that were mirrored or interpolated, or only look like noise, whatever the order of their points."""
    x, rng = np.arange(-20.0, 21.0), np.random.default_rng(0)
    y, r = rng.normal(size=(3, 41)), rng.normal(size=(3, 41))
    y[1], y[2] = y[1] + y[1, ::-1], np.interp(x, x[::4], y[2, ::4])
    order = rng.permutation(41)
    effective, neighbours = _effective(x[order], y[:, order], r[:, order])
    for k in range(3):
        one = structure(Points(x, y[k], None, ""), r[k])
        assert effective[k] == one.effective and neighbours[k] == pytest.approx(one.neighbours)
    assert effective[0] == 41 > effective[1] > effective[2]


@pytest.mark.parametrize(("scaled", "bends"), [(True, False), (False, True)])
def test_lowers_for_accelerators(scaled: bool, bends: bool):
    """On a machine that has none; no routine that they lack is called."""
    lockstep = Lockstep(line_lockstep(Lorentzians(1, field_offset=True)).shape, scaled, 8, bends)
    kinds = np.array([LOGARITHMIC, SIGNED])
    frame = Frame(B, np.ones((2, B.size)), np.full(2, -9.0), np.full(2, 9.0), kinds, np.full(2, 1e-9))
    data, z = Data(np.ones((8, B.size)), np.ones((8, B.size)), np.zeros((8, 0))), np.zeros((8, 2))
    state = started(z, B.size if bends else 0)
    for platform in ("cuda", "tpu"):
        for program, arguments in ((lockstep.advance, (state, data, frame, 5)), (lockstep.end, (z, state.status, data, frame))):
            text = jax.export.export(program, platforms=[platform])(*arguments).mlir_module()
            assert "custom_call" not in text.replace("@Sharding", ""), platform
            assert all("HIGHEST" in line for line in text.splitlines() if "stablehlo.dot_general" in line), platform


@pytest.mark.heavy
@pytest.mark.parametrize("loss", ["linear", "soft_l1"])
@pytest.mark.parametrize("model", ["lorentzian", "two-lorentzians"])
def test_lorentzians_as_the_single_fit_has_them(model: str, loss: str):
    y = measured(4, 5, S=150e-6)
    y[:, 30] += 0.3 * np.ptp(y, 1)
    tables = {"fit": {"model": model, "offset": True, "field_offset": True, "background": "linear", "loss": loss}}
    sigma = np.full(B.size, 1e-7)
    found = hanle_sim.fit({"x": B, "y": y, "unit": "V", "sigma": sigma}, tables)
    for k in range(4):
        one = hanle_sim.fit({"x": B, "y": y[k], "unit": "V", "sigma": sigma}, tables).results[0]
        assert float(found.ssr[k]) == pytest.approx(one.ssr, rel=1e-6)
        for name, estimate in one.parameters.items():
            if estimate.stderr is not None and estimate.by == "covariance":
                assert float(found[name][k]) == pytest.approx(estimate.value, abs=1e-3 * estimate.stderr), name
                assert float(found[f"{name}_stderr"][k]) == pytest.approx(estimate.stderr, rel=1e-3), name


@pytest.mark.heavy
def test_a_lateral_device_as_the_single_fit_has_it():
    """Distances of the curves' own, a free factor, and a start of each curve's own."""
    tables = {
        "junction": {"P_G": 0.1, "R_tun": "50 kohm um^2", "contact_area": "1 um^2"},
        "nonmagnet": {"model": "lateral", "tau_s": "200 ps", "D": "0.01 m^2/s", "R_sq": "1.5 kohm", "channel_width": "1.8 um", "distance": "3 um"},
        "drive": {"I": "1 uA"},
        "fit": {"free": {"tau_s": {}, "D": {}}, "offset": True, "scale": True},
    }  # fmt: skip
    sweep = {"start": B[0], "stop": B[-1], "points": B.size}
    device = {key: table for key, table in tables.items() if key != "fit"} | {"field": sweep}
    distance, y = np.array([2e-6, 3e-6, 4e-6]), []
    for number, one in enumerate(distance):
        setup = build(check(device | {"nonmagnet": device["nonmagnet"] | {"distance": one}, "name": "x"}))
        line = np.asarray(hanle_sim.hanle_curve(setup.device, setup.field).Delta_V_Hanle) / 1e-6
        y.append(line + 5e-3 * np.ptp(line) * np.random.default_rng(number).normal(size=B.size))
    data = {"x": B, "y": np.array(y), "unit": "ohm", "set": {"distance": distance, "tau_s": [150e-12, 200e-12, 250e-12]}}
    found = hanle_sim.fit(data, tables, starts=1)
    for k in range(3):
        one = hanle_sim.fit({"x": B, "y": y[k], "unit": "ohm", "set": {"distance": distance[k]}}, tables, starts=1).results[0]
        for name, estimate in one.parameters.items():
            if estimate.stderr is not None:
                assert float(found[name][k]) == pytest.approx(estimate.value, abs=1e-3 * estimate.stderr), name
                assert float(found[f"{name}_stderr"][k]) == pytest.approx(estimate.stderr, rel=1e-3), name


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"set": {"tau_x": [1.0, 2.0]}}, "tau_x"),
        ({"y": np.ones((2, 50))}, "a value for each x"),
        ({"unit": "s"}, "must be in V or ohm"),
        ({"set": {"r_s": [1.0, 2.0, 3.0]}}, "number for each curve"),
    ],
)
def test_what_is_no_such_dataset_is_refused_in_a_line(change: dict[str, Any], says: str):
    with pytest.raises(ConfigurationError, match=says) as refused:
        hanle_sim.fit({"x": B, "y": np.ones((2, B.size)), "unit": "V"} | change, TABLES)
    assert "\n" not in str(refused.value)


def test_priors_are_refused():
    tables = {**TABLES, "fit": {"free": {"tau_s": {"prior": "normal(1 ns, 0.1 ns)"}}}}
    with pytest.raises(ConfigurationError, match="prior"):
        hanle_sim.fit({"x": B, "y": measured(2), "unit": "V"}, tables)


def test_errors_are_the_same_in_shares(monkeypatch: pytest.MonkeyPatch):
    """Of noisy lines, whose χ² is looked at beside the solutions: each share at its own curves."""
    rng, x = np.random.default_rng(0), np.linspace(-40e-3, 40e-3, 41)
    y = 1 / (1 + (x / rng.uniform(4e-3, 12e-3, (40, 1))) ** 2) + rng.uniform(0.01, 0.4, (40, 1)) * rng.normal(size=(40, x.size))
    fields, tables = {"x": x, "y": y, "unit": "V"}, {"fit": {"model": "lorentzian", "offset": True, "field_offset": True}}
    whole = hanle_sim.fit(fields, tables)
    assert 0 < int(whole.tau_identifiable.sum()) < 40 and int(whole.wants_profile.sum()) > 3
    monkeypatch.setattr("hanle_sim.fitting.many._SHARE", 7)
    monkeypatch.setattr("os.cpu_count", lambda: 5)
    in_shares = hanle_sim.fit(fields, tables)
    for name in whole.data_vars:
        np.testing.assert_allclose(in_shares[name], whole[name], rtol=1e-12, err_msg=str(name))
