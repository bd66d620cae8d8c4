"""Derivatives by every parameter: against forty digits, differences, and the approximation written again."""

from collections.abc import Callable

import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from cases import MODERATE, configured
from derivative_cases import LISTS, OBLIQUE, by_differences, closely, exactly
from hanle_sim.configuration import build, check, read
from hanle_sim.model.parameters import chosen
from hanle_sim.model.signal import signal_of
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.runtime import double_precision
from hanle_sim.sensitivity_analysis import derivatives, parameters_of, second_order
from hanle_sim.sensitivity_analysis.derivative_check import check as check_derivatives
from hanle_sim.sensitivity_analysis.jacobian import Sensitivity


def check_columns(found: Sensitivity, signal: Callable[[object], np.ndarray], tolerance: float, *, skip: tuple[str, ...] = ()) -> None:
    """Every column, of its own largest, or of a ten-thousandth of the largest relative one, which differences still resolve."""
    jacobian, scales = found.exact.jacobian, np.abs(found.model.scales)
    floor = 1e-4 * np.max(np.abs(jacobian) * scales)
    for k, parameter in enumerate(found.parameters):
        if parameter.name in skip or (parameter.value == 0 and parameter.name != "Delta_T_0"):
            continue
        expected = by_differences(found.model.configuration, parameter, signal)
        error = np.max(np.abs(jacobian[:, k] - expected)) * scales[k]
        assert error <= tolerance * max(np.max(np.abs(expected)) * scales[k], floor), parameter.name


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


def test_lists_are_parameters_component_by_component():
    names = {parameter.name for parameter in parameters_of(configured("fig2", *LISTS))}
    assert {"direction_x", "direction_z", "magnetisation_y", "g_zz", "g_xy", "g_yx", "sigma_x", "sigma_y"} <= names
    assert {name for name in names if name.startswith("relaxation")} == {f"relaxation_s_{a}" for a in ("xx", "xy", "xz", "yy", "yz", "zz")}
    assert "sigma_z" not in names  # zero, at the edge of what is allowed
    assert not any(name.startswith("relaxation") for name in (one.name for one in parameters_of(configured("fig2"))))


# The exact curve.


def test_lumped_derivatives_to_forty_digits(moderate: Sensitivity):
    check_columns(moderate, exactly, 1e-9)
    np.testing.assert_allclose(moderate.exact.signal, exactly(moderate.model.setup), rtol=1e-12)


def test_the_jacobian_goes_into_a_buffer_that_is_used_again(moderate: Sensitivity):
    model, B = moderate.model, jnp.asarray(moderate.B)
    buffer = jnp.full((len(moderate.parameters), B.size), np.nan)
    place = buffer.unsafe_buffer_pointer()
    found = model.jacobian_into(buffer, jnp.asarray(model.values), B)
    assert buffer.is_deleted() and found.unsafe_buffer_pointer() == place
    np.testing.assert_allclose(found.T, moderate.exact.jacobian, rtol=1e-12, atol=1e-25)
    elsewhere = model.jacobian_into(found, jnp.asarray(model.values * 1.01), B)
    assert np.max(np.abs(elsewhere.T / moderate.exact.jacobian - 1)[:, 0]) > 1e-3


@pytest.mark.heavy
def test_lumped_derivatives_in_an_oblique_field_at_voltage_with_a_thermal_bias():
    check_columns(derivatives(configured("fig2", *OBLIQUE, "I=", "V=10 mV", "Delta_T_0=2 K", "eta_mix=1.3", "kappa_ph=1e5")), closely, 1e-9)


@pytest.mark.heavy
def test_derivatives_by_lists_to_forty_digits():
    check_columns(derivatives(configured("fig2", *MODERATE, "points=3", *LISTS[:3], "G_i=5e9 S/m^2")), exactly, 1e-9)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("preset", "settings", "tolerance"),
    [("fig2", (*MODERATE, *LISTS[:4]), 1e-8)],
)
def test_derivatives_by_tensors_and_standard_deviations(preset: str, settings: tuple[str, ...], tolerance: float):
    found = derivatives(configured(preset, *settings, "points=3"))

    def again(setup) -> np.ndarray:
        return np.asarray(signal_of(setup, found.model.method, found.model.level))

    with double_precision():
        check_columns(found, again, tolerance, skip=("eta_mix",))


@pytest.mark.parametrize(
    ("preset", "settings"),
    [
        pytest.param("lateral", ("detector.P_G=0.2", "theta=50 deg"), marks=pytest.mark.heavy),
        pytest.param("drift", ("B_sat=50 mT", "exchange_field=2 mT"), marks=pytest.mark.heavy),
        pytest.param("film", ("start=", "stop=", "field.B=9 mT", "theta_start=10 deg", "theta_stop=90 deg"), marks=pytest.mark.heavy),
    ],
)
def test_extended_derivatives(preset: str, settings: tuple[str, ...]):
    found = derivatives(configured(preset, "points=5", *settings))
    check_columns(found, closely, 1e-7)


@pytest.mark.heavy
def test_derivatives_in_stray_fields():
    """By their size too; rotation of the field by the exchange field keeps everything differentiable."""
    settings = ("points=3", "field.stray.kind=gaussian", "field.stray.sigma=3 mT", "eta_mix=1")
    found = derivatives(configured("film", *settings))
    from hanle_sim import hanle_curve

    def averaged(setup) -> np.ndarray:
        return np.asarray(hanle_curve(setup.device, setup.field).Delta_V_Hanle)

    for name in ("sigma", "tau_s", "P_G", "thickness"):
        k = [parameter.name for parameter in found.parameters].index(name)
        with double_precision():
            expected = by_differences(found.model.configuration, found.parameters[k], averaged)
        np.testing.assert_allclose(found.exact.jacobian[:, k], expected, rtol=1e-5, atol=1e-6 * np.max(np.abs(expected)))


@pytest.mark.heavy
def test_numerical_solutions_agree(moderate: Sensitivity):
    how, differences = check_derivatives(moderate.model, moderate.exact.jacobian, lambda *_: None)
    assert how == "integrate"
    assert set(differences) == {parameter.name for parameter in moderate.parameters}
    assert max(differences.values()) < 1e-6


@pytest.mark.heavy
@pytest.mark.parametrize("settings", [("R_tun=0.02 ohm um^2",), ("start=-5 T",)])
def test_the_integration_is_an_implicit_one_where_it_must(settings: tuple[str, ...]):
    found = derivatives(configured("fig2", *MODERATE, *settings))
    _, differences = check_derivatives(found.model, found.exact.jacobian, lambda *_: None)
    assert set(differences) == {parameter.name for parameter in found.parameters}
    assert max(differences.values()) < 1e-6


@pytest.mark.heavy
def test_the_approximation_of_a_wide_contact():
    """η_mix, which leaves its closed form, is among what everything is differentiated by."""
    found = derivatives(configured("contact", "points=3", "theta=60 deg", "I=", "V=1 mV"))
    assert found.lorentzian is not None and np.all(np.isfinite(found.lorentzian.jacobian))
    by_V = found.parameters.index(next(one for one in found.parameters if one.name == "V"))
    np.testing.assert_allclose(found.lorentzian.jacobian[:, by_V] * 1e-3, found.lorentzian.signal, rtol=1e-9)


@pytest.mark.heavy
def test_finite_volumes_agree():
    """A lateral channel's are checked where its tables are printed."""
    found = derivatives(configured("film", "points=5"))
    how, differences = check_derivatives(found.model, found.exact.jacobian, lambda *_: None)
    assert how == "finite_volume"
    assert max(differences.values()) < 1e-6


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("preset", "settings", "name", "others"),
    [("fig2", MODERATE, "P_G", None), ("lateral", ("points=5",), "R_sq", ("R_sq", "P_G", "R_tun", "tau_s", "distance", "I"))],
)
def test_second_derivatives(preset: str, settings: tuple[str, ...], name: str, others: tuple[str, ...] | None):
    """By differences of differences of the closed form on plain numbers."""
    configuration = configured(preset, *settings)
    parameters = {one.name: one for one in parameters_of(configuration)}
    parameter = parameters[name]
    section, key = parameter.path.split(".")
    table = read(preset, settings)
    found = second_order(configuration, {parameter.path: 1.0})
    wanted = others or [one.name for one in parameters.values() if one.value != 0 or one.name == "Delta_T_0"]
    columns = [list(parameters).index(one) for one in wanted]

    def along(value: float) -> np.ndarray:
        at = check({**table, section: {**table[section], key: value}})
        now = {one.name: one for one in parameters_of(at)}
        return np.stack([by_differences(at, now[one], closely, 4e-3) for one in wanted], -1)

    h = 4e-3 * parameter.scale
    pairs = [(along(parameter.value + n * h) - along(parameter.value - n * h)) / (2 * n * h) for n in (1, 2, 3)]
    expected = (15 * pairs[0] - 6 * pairs[1] + pairs[2]) / 10
    scales = np.array([parameters[one].scale for one in wanted])
    floor = np.max(np.abs(expected), axis=0) + 1e-9 * np.max(np.abs(expected) * scales) / scales
    assert np.all(np.abs(found[:, columns] - expected) <= 1e-5 * floor)


@pytest.mark.heavy
def test_derivatives_of_what_only_finite_volumes_solve():
    """A bulk Seebeck coefficient, by itself among others."""
    found = derivatives(configured("film", "points=3", "S_N=20 uV/K"))
    assert found.model.method.name == "finite_volume"
    from hanle_sim.solvers import volumes

    def numerically(setup) -> np.ndarray:
        natural = NaturalUnits.of(setup.device, setup.field)
        from hanle_sim import HanleCurve

        y = volumes.steady_state(natural)
        return np.asarray(HanleCurve.from_natural(natural, y, setup.device, setup.field).Delta_V_Hanle)

    for name in ("S_N", "thickness"):
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
    assert build(configuration).device.is_nonlocal
