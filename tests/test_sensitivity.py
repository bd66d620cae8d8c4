"""Derivatives by every parameter, what is read off a curve, and what a measurement determines: against mpmath, differences and fits."""

import csv
import itertools
import json
import math
import os
from collections.abc import Callable
from pathlib import Path

import jax
import mpmath as mp
import numpy as np
import pytest
import scipy.optimize
import scipy.stats
import xarray as xr
from device_oracle import signals, solve

from hanle_sim import half_width
from hanle_sim.configuration import Configuration, ConfigurationError, build, check, read
from hanle_sim.device import NaturalUnits
from hanle_sim.lineshape import curvature
from hanle_sim.linewidth import LineShape
from hanle_sim.sensitivity import parameters_of, second_order, sensitivity
from hanle_sim.sensitivity.check import check as check_derivatives
from hanle_sim.sensitivity.design import best_fields
from hanle_sim.sensitivity.distinguish import best_line, distinguishable, lorentzian, one_channel, required_misfit, tabulated
from hanle_sim.sensitivity.identifiability import identifiability
from hanle_sim.sensitivity.jacobian import Sensitivity
from hanle_sim.sensitivity.model import Model
from hanle_sim.sensitivity.observables import observables
from hanle_sim.sensitivity.parameters import Parameter, chosen
from hanle_sim.sensitivity.sobol import evaluated, ranges_of, sobol_indices
from hanle_sim.simulation import double_precision
from hanle_sim.solvers import closed

#: r_s/R_tun = 0.5, Seebeck coefficient away from the second law's edge, few fields.
MODERATE = ("R_tun=50 ohm um^2", "S=100 uV/K", "points=9", "start=-30 mT", "stop=10 mT")
OBLIQUE = (*MODERATE, "theta=50 deg")


def configured(preset: str, *settings: str) -> Configuration:
    return check(read(preset, settings))


def by_differences(
    configuration: Configuration, parameter: Parameter, signal: Callable[[object], np.ndarray], h: float = 2e-3
) -> np.ndarray:
    """∂/∂θ of sixth order."""

    def at(n: int) -> np.ndarray:
        value = parameter.value + n * h * parameter.scale
        return signal(build(configuration, {parameter.path: value}))

    pairs = [(at(n) - at(-n)) / (2 * n * h * parameter.scale) for n in (1, 2, 3)]
    return (15 * pairs[0] - 6 * pairs[1] + pairs[2]) / 10


def exactly(setup) -> np.ndarray:
    """The signal to forty digits."""
    return sum(signals(setup.device, setup.drive, setup.field, solve(setup.device, setup.drive, setup.field)))


def closely(setup) -> np.ndarray:
    """The closed form on plain numbers."""
    return np.broadcast_to(closed.signal(NaturalUnits.of(setup.device, setup.drive, setup.field)), setup.field.B.shape)


def check_columns(found: Sensitivity, signal: Callable[[object], np.ndarray], tolerance: float, *, skip: tuple[str, ...] = ()) -> None:
    """Every column, of its own largest, or of a ten-thousandth of the largest relative one, which differences still resolve."""
    jacobian, scales = found.exact.jacobian, found.model.scales
    floor = 1e-4 * np.max(np.abs(jacobian) * scales)
    for k, parameter in enumerate(found.parameters):
        if parameter.name in skip or (parameter.value == 0 and parameter.name != "Delta_T_0"):
            continue
        expected = by_differences(found.model.configuration, parameter, signal)
        error = np.max(np.abs(jacobian[:, k] - expected)) * scales[k]
        assert error <= tolerance * max(np.max(np.abs(expected)) * scales[k], floor), parameter.name


@pytest.fixture(scope="module")
def moderate() -> Sensitivity:
    return sensitivity(configured("fig2", *MODERATE))


# Which parameters there are.


def test_parameters_of_a_configuration():
    names = [parameter.name for parameter in parameters_of(configured("fig2"))]
    assert names == [
        "P_G",
        "P_L",
        "S",
        "R_tun",
        "kappa_ph",
        "eta_mix",
        "tau_s",
        "tau_Q",
        "T_0",
        "g",
        "L_0",
        "r_s",
        "alpha",
        "I",
        "Delta_T_0",
    ]
    assert len(names) >= 11
    lateral = parameters_of(configured("lateral", "detector.P_G=0.2", "B_sat=1 T"))
    names = [parameter.name for parameter in lateral]
    assert "junction.P_G" in names and "detector.P_G" in names and "P_G" not in names
    assert "P_L" in names and "detector.P_L" not in names and "B_sat" in names and "distance" in names
    assert {parameter.name: parameter.unit for parameter in lateral}["I"] == "A"
    assert chosen(lateral, ["P_G", "detector.P_G"], "--free") == [names.index("junction.P_G"), names.index("detector.P_G")]
    strayed = parameters_of(configured("film", "field.stray.kind=gaussian", "field.stray.sigma=1 mT"))
    assert "sigma" in [parameter.name for parameter in strayed]
    turning = parameters_of(configured("film", "start=", "stop=", "field.B=9 mT", "theta_start=0 deg", "theta_stop=90 deg", "points=3"))
    assert "B" in [parameter.name for parameter in turning] and "theta_stop" not in [parameter.name for parameter in turning]


# The exact curve.


def test_lumped_derivatives_to_forty_digits(moderate: Sensitivity):
    check_columns(moderate, exactly, 1e-9)
    np.testing.assert_allclose(moderate.exact.signal, exactly(moderate.model.setup), rtol=1e-12)


def test_lumped_derivatives_in_an_oblique_field_at_voltage_with_a_thermal_bias():
    check_columns(sensitivity(configured("fig2", *OBLIQUE, "I=", "V=10 mV", "Delta_T_0=2 K", "eta_mix=1.3", "kappa_ph=1e5")), closely, 1e-9)


@pytest.mark.parametrize(
    ("preset", "settings"),
    [
        ("film", ("theta=50 deg",)),
        pytest.param("contact", (), marks=pytest.mark.heavy),
        pytest.param("lateral", ("detector.P_G=0.2", "theta=50 deg"), marks=pytest.mark.heavy),
        pytest.param("drift", ("B_sat=50 mT", "exchange_field=2 mT"), marks=pytest.mark.heavy),
        pytest.param("diffusive", ("I=", "V=1 mV"), marks=pytest.mark.heavy),
        pytest.param("film", ("start=", "stop=", "field.B=9 mT", "theta_start=10 deg", "theta_stop=90 deg"), marks=pytest.mark.heavy),
    ],
)
def test_extended_derivatives(preset: str, settings: tuple[str, ...]):
    found = sensitivity(configured(preset, "points=5", *settings))
    check_columns(found, closely, 1e-7, skip=("eta_mix",) if preset == "contact" else ())


@pytest.mark.heavy
def test_derivatives_in_stray_fields():
    """By their size too; rotation of the field by the exchange field keeps everything differentiable."""
    settings = ("points=3", "field.stray.kind=gaussian", "field.stray.sigma=3 mT", "eta_mix=1")
    found = sensitivity(configured("film", *settings))
    from hanle_sim import hanle_curve

    def averaged(setup) -> np.ndarray:
        return np.asarray(hanle_curve(setup.device, setup.drive, setup.field).Delta_V_Hanle)

    for name in ("sigma", "tau_s", "P_G", "thickness"):
        k = [parameter.name for parameter in found.parameters].index(name)
        with double_precision():
            expected = by_differences(found.model.configuration, found.parameters[k], averaged)
        np.testing.assert_allclose(found.exact.jacobian[:, k], expected, rtol=1e-5, atol=1e-6 * np.max(np.abs(expected)))


def test_numerical_solutions_agree(moderate: Sensitivity):
    how, differences = check_derivatives(moderate.model, moderate.exact.jacobian, lambda *_: None)
    assert how == "integrate"
    assert set(differences) == {parameter.name for parameter in moderate.parameters}
    assert max(differences.values()) < 1e-6


@pytest.mark.heavy
@pytest.mark.parametrize("preset", ["film", "lateral"])
def test_finite_volumes_agree(preset: str):
    found = sensitivity(configured(preset, "points=5"))
    how, differences = check_derivatives(found.model, found.exact.jacobian, lambda *_: None)
    assert how == "finite_volume"
    assert max(differences.values()) < 1e-5


@pytest.mark.heavy
def test_second_derivatives():
    for preset, name in (("fig2", "P_G"), ("film", "thickness")):
        configuration = configured(preset, *(MODERATE if preset == "fig2" else ("points=5",)))
        parameter = {one.name: one for one in parameters_of(configuration)}[name]
        found = second_order(configuration, {parameter.path: 1.0})
        h = 1e-4 * parameter.scale
        table = read(preset, MODERATE if preset == "fig2" else ("points=5",))
        section, key = parameter.path.split(".")
        up, down = (
            sensitivity(check({**table, section: {**table[section], key: parameter.value + sign * h}})).exact.jacobian for sign in (1, -1)
        )
        expected = (up - down) / (2 * h)
        floor = np.max(np.abs(expected), axis=0) + 1e-9 * np.max(np.abs(expected))
        assert np.all(np.abs(found - expected) <= 1e-5 * floor)


@pytest.mark.heavy
def test_derivatives_of_what_only_finite_volumes_solve():
    """A bulk Seebeck coefficient, by itself among others."""
    found = sensitivity(configured("film", "points=3", "S_N=20 uV/K"))
    assert found.model.method == "finite_volume"
    from hanle_sim.solvers import finite_volume

    def numerically(setup) -> np.ndarray:
        natural = NaturalUnits.of(setup.device, setup.drive, setup.field)
        from hanle_sim import HanleCurve

        y = finite_volume.steady_state(natural)
        return np.asarray(HanleCurve.from_natural(natural, y, device=setup.device, drive=setup.drive, field=setup.field).Delta_V_Hanle)

    for name in ("S_N", "thickness", "P_L"):
        k = [parameter.name for parameter in found.parameters].index(name)
        expected = by_differences(found.model.configuration, found.parameters[k], numerically)
        np.testing.assert_allclose(found.exact.jacobian[:, k], expected, rtol=1e-6, atol=1e-6 * np.max(np.abs(expected)))


# The approximation.


def test_lorentzian_derivatives_to_forty_digits(moderate: Sensitivity):
    """Eq. (14) on two Lorentzians, written again for mpmath, which differentiates it."""
    assert moderate.lorentzian is not None
    values = {parameter.name: mp.mpf(parameter.value) for parameter in moderate.parameters}
    mu_B, hbar = mp.mpf("9.2740100657e-24"), mp.mpf("1.054571817646156391262428003302280744e-34")
    from hanle_sim.constants import hbar as package_hbar
    from hanle_sim.constants import mu_B as package_mu_B

    assert float(mu_B) == pytest.approx(package_mu_B, rel=1e-8) and float(hbar) == pytest.approx(package_hbar, rel=1e-9)
    per_tesla = mp.mpf(package_mu_B) / mp.mpf(package_hbar)

    def signal(p: dict, B: float) -> mp.mpf:
        heat = (p["P_L"] * p["S"]) ** 2 / p["L_0"]
        spin_part = p["r_s"] * p["P_G"] ** 2 * p["R_tun"] / (p["R_tun"] + (1 - p["P_G"] ** 2) * p["r_s"])
        r = p["r_s"] / p["alpha"]
        heat_part = r * heat * p["R_tun"] / (p["R_tun"] + (1 - heat) * r)
        omega = p["g"] * per_tesla * B
        return p["I"] * (spin_part / (1 + (omega * p["tau_s"]) ** 2) + heat_part / (1 + (omega * p["tau_Q"]) ** 2))

    with mp.workdps(40):
        for k, parameter in enumerate(moderate.parameters):
            column = [
                float(mp.diff(lambda x, B=B, name=parameter.name: signal({**values, name: x}, B), values[parameter.name]))
                if parameter.value
                else 0.0
                for B in moderate.B
            ]
            found = moderate.lorentzian.jacobian[:, k]
            floor = max(np.max(np.abs(column)), 1e-6 * np.max(np.abs(moderate.lorentzian.signal)) / parameter.scale)
            np.testing.assert_allclose(found, column, rtol=1e-10, atol=1e-10 * floor, err_msg=parameter.name)


def test_lateral_channels_have_no_approximation():
    configuration = configured("lateral", "points=3")
    assert build(configuration).device.detector is not None


# What one reads off.


def readings(setup) -> np.ndarray:
    device, drive, field = setup.device, setup.drive, setup.field
    width = float(half_width(device, drive, field))
    line = LineShape.of(device, drive, field, "closed")
    tau_s = float(device.nonmagnet.tau_s)
    unit = 1.054571817e-34 / 9.2740100657e-24 / abs(float(device.nonmagnet.g))
    signal = closely(setup)
    omega = np.asarray(field.B) / unit

    def misfit(log_tau: float) -> float:
        columns = np.stack([1 / (1 + (omega * math.exp(log_tau)) ** 2), np.ones(omega.size)], 1)
        best = np.linalg.lstsq(columns, signal, rcond=None)[0]
        return float(np.sum((columns @ best - signal) ** 2)) / float(np.sum(signal**2))

    middle = math.log(tau_s)
    grid = np.linspace(middle - 2, middle + 2, 81)
    start = grid[int(np.argmin([misfit(x) for x in grid]))]
    fitted = scipy.optimize.minimize_scalar(misfit, bracket=(start - 0.05, start, start + 0.05), options={"xtol": 1e-12}).x
    return np.array([signal_at_zero(line), width, unit / width, math.exp(fitted), curvature(line, width, tau_s, unit)])


def signal_at_zero(line: LineShape) -> float:
    return float(line.signal(np.zeros(1))[0])


READ = ("Delta_V_0", "hwhm", "tau_apparent", "tau_least_squares", "curvature")


@pytest.mark.parametrize(
    ("preset", "settings"),
    [pytest.param("fig2", OBLIQUE, marks=pytest.mark.heavy), pytest.param("film", ("points=41", "theta=60 deg"), marks=pytest.mark.heavy)],
)
def test_gradients_of_what_one_reads_off(preset: str, settings: tuple[str, ...]):
    found = sensitivity(configured(preset, *settings))
    by_name = {one.name: one for one in observables(found.model, found.exact)}
    plain = readings(found.model.setup)
    for k, name in enumerate(READ):
        assert by_name[name].value == pytest.approx(plain[k], rel=1e-6), name
    for index, parameter in enumerate(found.parameters):
        if parameter.name not in ("tau_s", "P_G", "alpha", "g", "theta", "thickness", "R_tun"):
            continue
        expected = by_differences(found.model.configuration, parameter, readings, 3e-3)
        for k, name in enumerate(READ):
            value = by_name[name].gradient[index]
            # The fit's minimum is flat: its place is known to the root of what its value is.
            tolerance = 1e-4 if name == "tau_least_squares" else 1e-6
            assert value * parameter.scale == pytest.approx(expected[k] * parameter.scale, rel=tolerance, abs=tolerance * abs(plain[k])), (
                name,
                parameter.name,
            )


@pytest.mark.heavy
def test_modes_in_the_tunnel_limit_follow_by_hand():
    """Far from mismatch: τ_1 = τ_s with weight I P_G² r_s, τ_2 = τ_Q with weight I P_L² S² r_s/(L_0 α)."""
    found = sensitivity(configured("fig2", *MODERATE, "R_tun=1 ohm m^2"))
    by_name = {one.name: one for one in observables(found.model, found.exact)}
    names = [parameter.name for parameter in found.parameters]

    def elasticities(name: str) -> dict[str, float]:
        one = by_name[name]
        return dict(zip(names, one.gradient * found.model.values / one.value, strict=True))

    expected = {
        "mode_tau_1": {"tau_s": 1.0},
        "mode_tau_2": {"tau_Q": 1.0},
        "mode_weight_1": {"P_G": 2.0, "r_s": 1.0, "I": 1.0},
        "mode_weight_2": {"P_L": 2.0, "S": 2.0, "L_0": -1.0, "r_s": 1.0, "alpha": -1.0, "I": 1.0},
    }
    for name, powers in expected.items():
        for parameter, slope in elasticities(name).items():
            assert slope == pytest.approx(powers.get(parameter, 0.0), abs=1e-9), (name, parameter)
    assert by_name["tail_exponent"].value == pytest.approx(-2, abs=1e-6)


# What a measurement determines.


def test_bounds_of_two_lorentzians_by_hand(moderate: Sensitivity):
    """Inverse of JᵀJ, scaled so that numbers of 1e-20 do not drown."""
    index = [k for k, parameter in enumerate(moderate.parameters) if parameter.name in ("P_G", "tau_s", "tau_Q")]
    J, parameters = moderate.exact.jacobian[:, index], [moderate.parameters[k] for k in index]
    noise = 1e-12
    found = identifiability(J, parameters, noise)
    with mp.workdps(50):
        A = mp.matrix(J.tolist())
        covariance = (A.T * A) ** -1 * mp.mpf(noise) ** 2
        errors = [mp.sqrt(covariance[k, k]) for k in range(3)]
        for k, parameter in enumerate(parameters):
            assert found.crlb[parameter.name] == pytest.approx(float(errors[k]), rel=1e-9)
            for j in range(3):
                assert found.correlation[k, j] == pytest.approx(float(covariance[k, j] / errors[k] / errors[j]), abs=1e-9)
        # ln(P_G τ_s/τ_Q)
        gradient = mp.matrix([1 / parameter.value for parameter in parameters])
        gradient[2] = -gradient[2]
        expected = mp.sqrt((gradient.T * covariance * gradient)[0])
    assert found.bound({"P_G": 1, "tau_s": 1, "tau_Q": -1}) == pytest.approx(float(expected), rel=1e-9)
    assert not found.sloppy


def columns_of(powers: list[list[float]], seed: int) -> np.ndarray:
    """A Jacobian of a curve that depends on a few products of powers alone."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(50, len(powers))) @ np.array(powers)


def of(*names: str) -> list[Parameter]:
    return [Parameter(name, f"junction.{name}", 1.0, "") for name in names]


def test_what_is_undetermined_in_words():
    found = identifiability(columns_of([[2, 1]], 0), of("P_G", "r_s"), 1e-3)
    assert [one.text for one in found.sloppy] == ["P_G and r_s enter only as P_G^2 r_s"]
    assert all(math.isinf(error) for error in found.crlb.values())
    assert math.isfinite(found.bound({"P_G": 2, "r_s": 1})) and math.isinf(found.bound({"P_G": 1, "r_s": 1}))
    found = identifiability(columns_of([[2, 1, 0, 0, 0], [0, 1, -1, 2, 0]], 1), of("P_G", "r_s", "alpha", "S", "T_0"), 1e-3)
    texts = {one.text for one in found.sloppy}
    assert "T_0 does not act on the curve" in texts and len(found.sloppy) == 3
    joint = next(text for text in texts if "enter only" in text)
    assert joint.startswith("P_G, r_s, alpha and S enter only as ")
    for one in found.sloppy:  # each is a null direction
        v = np.array([one.powers.get(name, 0.0) for name in ("P_G", "r_s", "alpha", "S", "T_0")])
        assert np.allclose(np.array([[2, 1, 0, 0, 0], [0, 1, -1, 2, 0]]) @ v, 0, atol=1e-9)


def test_what_is_hardly_determined_in_words():
    J = columns_of([[2, 1], [1e-4, 0]], 2)
    found = identifiability(J, of("P_G", "r_s"), 1e-2)
    (one,) = found.sloppy
    assert one.text.startswith("P_G and r_s enter almost only as P_G^2 r_s: the curve tells a change only from ")
    assert 1 < one.step < math.inf
    with pytest.raises(ValueError, match="noise"):
        identifiability(J, of("P_G", "r_s"), 0.0)


def test_undetermined_in_the_seed_s_limit():
    found = sensitivity(configured("fig2", *MODERATE, "R_tun=1 ohm m^2", "S=0"))
    index = chosen(found.parameters, ["P_G", "r_s", "tau_s"], "--free")
    told = identifiability(found.exact.jacobian[:, index], [found.parameters[k] for k in index], 1e-12)
    assert "P_G and r_s enter only as P_G^2 r_s" in [one.text for one in told.sloppy]
    assert math.isfinite(told.crlb["tau_s"]) and math.isinf(told.crlb["r_s"])


@pytest.mark.parametrize(
    ("settings", "free", "expected"),
    [
        # One Lorentzian: two numbers, which only scalings leave as they are whatever their size.
        (
            ("S=0", "R_tun=2500 ohm um^2"),
            "P_G,R_tun,eta_mix,tau_s,g,r_s,I",
            {"tau_s and g enter only as tau_s g", "R_tun, r_s and I enter only as R_tun r_s^-1 and R_tun I"},
        ),
        (("S=0", "R_tun=1e6 ohm m^2", "V=", "I=1e6 A/m^2"), "P_G,r_s,I", {"P_G, r_s and I enter only as P_G^2 r_s I"}),
        (("theta=90 deg", "direction=", *MODERATE), "theta,I", {"theta does not act on the curve, to first order"}),
        (("S=0",), "S,P_G,tau_s", {"S does not act on the curve, to first order at zero"}),
    ],
)
def test_rules_hold_for_finite_changes_too(settings, free, expected):
    model = Model(configured("fig2", *settings, "points=21"))
    index = chosen(model.parameters, free.split(","), "--free")
    with double_precision():
        jacobian = model.differentiated(lambda *_: None)[0].jacobian[:, index]
    told = identifiability(jacobian, [model.parameters[k] for k in index], 1e-12, model.changed).sloppy
    rules = {one.text for one in told if math.isinf(one.step)}
    assert {text for text in rules if "to first order" not in text or len(expected) == 1} == expected
    for one in told:
        if "enter only" in one.text:
            before, after = (
                np.asarray(closed.signal(NaturalUnits.of(at.device, at.drive, at.field)))
                for at in (build(model.configuration, scaled) for scaled in ({}, factors(model, one.powers, -0.7)))
            )
            np.testing.assert_allclose(after, before, rtol=0, atol=1e-5 * np.max(before))


def factors(model: Model, powers: dict[str, float], size: float) -> dict[str, float]:
    """Values of the parameters after a change by e^(size × power)."""
    return {one.path: one.value * math.exp(size * powers[one.name]) for one in model.parameters if one.name in powers}


@pytest.mark.heavy
def test_bounds_against_the_scatter_of_fits():
    """2,000 simulated measurements, fitted by Gauss-Newton with a curve written out here."""
    found = sensitivity(configured("fig2", "R_tun=1 ohm m^2", "S=120 uV/K", "points=101"))
    names = ("P_G", "tau_s", "tau_Q")
    index = chosen(found.parameters, names, "--free")
    noise = 2e-3 * float(np.max(found.exact.signal))
    bounds = identifiability(found.exact.jacobian[:, index], [found.parameters[k] for k in index], noise).crlb
    p = {parameter.name: parameter.value for parameter in found.parameters}
    omega = p["g"] * 9.2740100657e-24 / 1.054571817e-34 * found.B

    def curve(theta: np.ndarray) -> np.ndarray:
        P_G, tau_s, tau_Q = theta[..., 0:1], theta[..., 1:2], theta[..., 2:3]
        heat = (p["P_L"] * p["S"]) ** 2 / p["L_0"] / p["alpha"]
        return p["I"] * p["r_s"] * (P_G**2 / (1 + (omega * tau_s) ** 2) + heat / (1 + (omega * tau_Q) ** 2))

    true = np.array([p[name] for name in names])
    np.testing.assert_allclose(curve(true), found.exact.signal, rtol=1e-6)
    rng = np.random.default_rng(1)
    data = curve(true) + noise * rng.normal(size=(2000, found.B.size))
    theta = np.tile(true * 1.05, (2000, 1))
    for _ in range(12):
        steps = np.eye(3) * true * 1e-5
        J = np.stack([(curve(theta + step) - curve(theta - step)) / (2e-5) for step in steps], -1)
        left = data - curve(theta)
        normal, gradient = np.einsum("npi,npj->nij", J, J), np.einsum("npi,np->ni", J, left)
        theta = theta + np.linalg.solve(normal, gradient[..., None])[..., 0] * true
    scatter = theta.std(0, ddof=1)
    for k, name in enumerate(names):
        assert scatter[k] == pytest.approx(bounds[name], rel=0.05), name


def test_where_to_measure():
    """One parameter: all points where it shows most. Two: no pair of fields with any weights does better."""
    rng = np.random.default_rng(3)
    B, parameters = np.linspace(-1, 1, 21), of("a", "b")
    J = np.stack([1 / (1 + (2 * B) ** 2), -8 * B**2 / (1 + (2 * B) ** 2) ** 2], -1) + 0.01 * rng.normal(size=(21, 2))
    alone = best_fields(J[:, :1], B, parameters[:1], 0.1, 0)
    assert alone is not None
    np.testing.assert_allclose(alone.B, [B[np.argmax(np.abs(J[:, 0]))]])
    assert alone.error == pytest.approx(0.1 / np.sqrt(21) / np.max(np.abs(J[:, 0])))
    both = best_fields(J, B, parameters, 0.1, 1)
    assert both is not None and both.error < both.uniform_error
    information = sum(w * np.outer(J[k], J[k]) for w, k in zip(both.weights, np.searchsorted(B, both.B - 1e-9), strict=True))
    assert both.error == pytest.approx(0.1 / np.sqrt(21) * np.sqrt(np.linalg.inv(information)[1, 1]), rel=1e-6)
    best = math.inf
    for i, j in itertools.combinations(range(21), 2):
        for w in np.linspace(0.02, 0.98, 97):
            F = w * np.outer(J[i], J[i]) + (1 - w) * np.outer(J[j], J[j])
            if abs(np.linalg.det(F)) > 1e-9:
                best = min(best, 0.1 / np.sqrt(21) * np.sqrt(np.linalg.inv(F)[1, 1]))
    assert both.error <= best * (1 + 1e-9) and both.error == pytest.approx(best, rel=2e-3)
    assert best_fields(columns_of([[2, 1]], 0), np.linspace(0, 1, 50), parameters, 0.1, 0) is None


def test_telling_two_channels_from_one():
    omega = np.linspace(-4e9, 4e9, 81)
    signal = 2e-6 / (1 + (omega * 1e-9) ** 2) + 1e-6 / (1 + (omega * 0.2e-9) ** 2)
    with double_precision():
        best, log_tau = best_line(jax.numpy.asarray(signal), lorentzian(omega, math.log(1e-9)))
        told = distinguishable(signal, lorentzian(omega, math.log(1e-9)), 1e-8, 81)
        # A relaxation time far from where the search begins, as back-flow makes it.
        one = distinguishable(2e-6 / (1 + (omega * 1e-9) ** 2) + 3e-7, lorentzian(omega, math.log(5e-6)), 1e-8, 81)

    def line(x: np.ndarray, A: float, tau: float, C: float) -> np.ndarray:
        return A / (1 + (x * tau) ** 2) + C

    fitted, _ = scipy.optimize.curve_fit(line, omega * 1e-9, signal * 1e6, p0=(2.0, 1.0, 0.3))
    left = np.mean((line(omega * 1e-9, *fitted) - signal * 1e6) ** 2) * 1e-12
    assert float(best) == pytest.approx(left, rel=1e-6)
    assert float(np.exp(log_tau)) == pytest.approx(abs(fitted[1]) * 1e-9, rel=1e-4)
    needed = required_misfit()
    assert scipy.stats.ncx2.sf(scipy.stats.chi2.isf(0.05, 2), 2, needed) == pytest.approx(0.95, rel=1e-9)
    assert told.noise == pytest.approx(math.sqrt(81 * left / needed), rel=1e-6)
    assert told.points == pytest.approx(max(5.0, needed * 1e-16 / left), rel=1e-6)
    assert one.noise == 0 and math.isinf(one.points)
    assert one.tau == pytest.approx(1e-9, rel=1e-5)


def test_one_channel_that_diffuses():
    """Without back-flow a contribution that diffuses is Re 1/√(1 + iωτ): fitted to the exact curve by SciPy, beside the tabulated one."""
    model = Model(configured("diffusive", "R_tun=1 ohm m^2", "S=40 uV/K", "start=-200 mT", "stop=200 mT", "points=81"))
    with double_precision():
        signal = model.differentiated(lambda *_: None)[0].signal
        line, tau = one_channel(model, np.arange(81)), float(model.setup.device.nonmagnet.tau_s)
        assert line is not None
        told = distinguishable(signal, line, 1e-9, 81)
        table = tabulated(line)
        for x in (0.013, 0.4, 3.21):
            np.testing.assert_allclose(table.at(math.log(tau * x)), line.at(math.log(tau * x)), rtol=0, atol=1e-7)
    omega = np.asarray(model.setup.field.larmor_frequency(2.0)) * 1e-9

    def diffusing(x: np.ndarray, A: float, ns: float, C: float) -> np.ndarray:
        return A * (1 / np.sqrt(1 + 1j * x * ns)).real + C

    size = np.max(signal)
    fitted, _ = scipy.optimize.curve_fit(diffusing, omega, signal / size, p0=(1.0, 1.0, 0.0), xtol=1e-14, ftol=1e-14, gtol=1e-14)
    left = math.sqrt(np.mean((diffusing(omega, *fitted) - signal / size) ** 2)) * size
    assert told.misfit == pytest.approx(left, rel=1e-5) and told.tau == pytest.approx(fitted[1] * 1e-9, rel=1e-4)
    assert told.misfit > 1e-4 * size


@pytest.mark.heavy
@pytest.mark.parametrize(("preset", "setting"), [("lumped", "alpha=2"), ("film", "eta_mix=0.8"), ("lateral", "points=21")])
def test_observables_of_many_devices_at_once(preset, setting):
    """The batched observables against those of each device by itself."""
    points, paths = np.array([[0.7e-9, 0.25], [1.6e-9, 0.4]]), ["nonmagnet.tau_s", "junction.P_G"]
    with double_precision():
        many = evaluated(Model(configured(preset, setting)), paths, points, lambda *_: None)
    for k, (tau_s, P_G) in enumerate(points):
        model = Model(configured(preset, setting, f"tau_s={tau_s}", f"P_G={P_G}"))
        with double_precision():
            one = {found.name: found.value for found in observables(model, model.differentiated(lambda *_: None)[0])}
        assert one.keys() == {name for name in many if np.isfinite(many[name][k])} - {"margin"}
        for name, value in one.items():
            assert many[name][k] == pytest.approx(value, rel=1e-6), name


def test_sobol_indices_of_a_product():
    """ΔV(0) = I P_G² r_s in the tunnel limit: first-order and total indices of a product of even distributions."""
    found = sensitivity(configured("fig2", *MODERATE, "R_tun=1 ohm m^2", "S=0"))
    ranges = ranges_of(found.parameters, ["P_G=0.3:0.7", "r_s=10 ohm um^2:40 ohm um^2", "tau_s=0.5 ns:2 ns"])
    every = sobol_indices(found.model, ranges, 512, lambda *_: None)
    indices = every["Delta_V_0"]
    for name in ("hwhm", "tau_apparent", "tau_least_squares", "mode_tau_1"):  # set by τ_s alone
        assert [every[name][one]["total"] > 0.9 for one in ("P_G", "r_s", "tau_s")] == [False, False, True]
        assert every[name]["tau_s"]["first"] == pytest.approx(1, abs=0.03) and every[name]["P_G"]["total"] < 1e-6
    assert list(every)[:3] == ["Delta_V_0", "hwhm", "tau_apparent"] and "curvature" not in every  # −1 throughout

    def moments(power: int, low: float, high: float) -> tuple[float, float]:
        mean = (high ** (power + 1) - low ** (power + 1)) / (power + 1) / (high - low)
        square = (high ** (2 * power + 1) - low ** (2 * power + 1)) / (2 * power + 1) / (high - low)
        return mean, square - mean**2

    (a, va), (b, vb) = moments(2, 0.3, 0.7), moments(1, 10.0, 40.0)
    total = va * vb + va * b * b + vb * a * a
    for name, first in (("P_G", va * b * b), ("r_s", vb * a * a)):
        assert indices[name]["first"] == pytest.approx(first / total, abs=0.03)
        assert indices[name]["total"] == pytest.approx((first + va * vb) / total, abs=0.03)


# The command.


def table_of(path: Path) -> tuple[list[str], np.ndarray]:
    with path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return rows[0], np.array(rows[1:], dtype=float)


def test_sensitivity_command(hanle, tmp_path, moderate: Sensitivity):
    settings = [part for setting in MODERATE for part in ("--set", setting)]
    status, out, err = hanle(
        "sensitivity", "fig2", *settings, "--noise", "1 pV", "--free", "P_G,r_s,tau_s,T_0", "--combination", "P_G^2 r_s", "--out", "r"
    )
    assert (status, err) == (0, "")
    assert "T_0 does not act on the curve" in out and "undetermined" in out
    header, numbers = table_of(tmp_path / "r" / "sensitivity.csv")
    assert header == ["B_T", *(parameter.name for parameter in moderate.parameters)]
    np.testing.assert_array_equal(numbers[:, 0], moderate.B)
    np.testing.assert_allclose(numbers[:, 1:], moderate.exact.jacobian, rtol=1e-12, atol=0)
    other, approximate = table_of(tmp_path / "r" / "sensitivity_lorentzian.csv")
    assert other == header and moderate.lorentzian is not None
    np.testing.assert_allclose(approximate[:, 1:], moderate.lorentzian.jacobian, rtol=1e-12, atol=0)
    found = json.loads((tmp_path / "r" / "identifiability.json").read_text(encoding="utf-8"))
    assert set(found) >= {"crlb", "correlation", "sloppy", "noise_V"}
    assert 0 < found["combinations"]["P_G^2 r_s"] < found["crlb"]["r_s"] / 25e-12
    assert found["crlb"]["T_0"] is None and found["crlb"]["tau_s"] > 0
    summary = json.loads((tmp_path / "r" / "sensitivity.json").read_text(encoding="utf-8"))
    assert max(summary["check"].values()) < 1e-6 and summary["checked_by"] == "integrate"
    assert set(READ) <= set(summary["observables"])
    with xr.open_dataset(tmp_path / "r" / "sensitivity.nc", engine="h5netcdf") as data:
        np.testing.assert_array_equal(data["sensitivity"], numbers[:, 1:])
        assert list(data["parameter_name"].values) == header[1:]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--noise", "0 V"), "--noise 0 V: must be positive"),
        (("--noise", "-1 uV"), "must be positive"),
        (("--noise", "1 T"), "--noise 1 T"),
        (("--noise", "nan"), "--noise nan"),
        (("--noise", "1 uV", "--free", "P_X"), "--free P_X: the configuration has no such parameter"),
        (("--noise", "1 uV", "--free", "thickness"), "--free thickness: the configuration has no such parameter"),
        (("--noise", "1 uV", "--free", "tau_s,tau_s"), "named twice"),
        (("--free", "tau_s"), "--free: needs --noise"),
        (("--combination", "P_G"), "--combination: needs --noise"),
        (("--noise", "1 uV", "--free", "P_G", "--combination", "P_G^x"), "must be a product of powers"),
        (("--noise", "1 uV", "--free", "P_G", "--combination", "r_s"), "r_s is not free: free are P_G"),
        (("--second-order", "tau"), "--second-order tau"),
        (("--sobol", "tau_s"), "must be NAME=LOW:HIGH"),
        (("--sobol", "tau_s=1 ns:2 ns"), "one range tells nothing"),
        (("--sobol", "tau_s=2 ns:1 ns", "--sobol", "P_G=0:1"), "the range is empty"),
        (("--sobol", "tau_s=1 T:2 T", "--sobol", "P_G=0:1"), "wrong unit"),
        (("--set", "P_G=3"), "P_G = 3"),
    ],
)
def test_bad_input(hanle, arguments: tuple[str, ...], message: str):
    status, out, err = hanle("sensitivity", "fig2", "--set", "points=5", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("hanle: ") and err.count("\n") == 1
    assert message in err


def test_a_sweep_beyond_the_machine_s_memory_is_refused(hanle, monkeypatch):
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 2**20, "SC_PAGE_SIZE": 2**12}.__getitem__)
    status, _, err = hanle("sensitivity", "--set", "points=4000000", "--out", "r")
    assert status == 2 and "4000000 fields need about 8 GB of memory, and this machine has 4.29 GB" in err


def test_the_edge_of_what_is_allowed_is_differentiated_with_a_warning():
    found = sensitivity(configured("fig2", "points=3", "P_G=1", "P_L=1", "P_kappa=1"))
    assert np.all(np.isfinite(found.exact.jacobian))
    assert any("P_G = 1" in warning and "one side" in warning for warning in found.warnings)
    assert any("second-law margin" in warning for warning in found.warnings)
    with pytest.raises(ConfigurationError):
        configured("fig2", "P_G=1.1")
