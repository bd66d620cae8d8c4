"""Symmetries and thermodynamics, over random devices and states."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

import oracle
from cases import FIELDS, build, natural
from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped, hanle_curve
from hanle_sim.physics.bloch import bloch_equations
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.solvers import linear

seeds = st.integers(0, 10_000)


def parameters(seed: int) -> oracle.Parameters:
    return oracle.random_parameters(np.random.default_rng(seed), log_x=(-3, 3))


@given(seeds)
def test_reversing_the_field_reverses_only_what_turns(seed: int):
    p = parameters(seed)
    device, drive, field = build(p)
    curve = hanle_curve(device.under(drive), field)
    reversed_curve = hanle_curve(device.under(drive), Field(-FIELDS, field.direction))
    np.testing.assert_allclose(reversed_curve.Delta_V_Hanle, curve.Delta_V_Hanle, rtol=1e-13)
    axis = np.cross(p.b, p.m)
    np.testing.assert_allclose(reversed_curve.u @ axis, -(curve.u @ axis), rtol=1e-12, atol=1e-13 * np.max(np.abs(curve.u)))


@pytest.mark.heavy
@given(seeds)
def test_turning_magnetisation_and_field_together_turns_the_state(seed: int):
    p = parameters(seed)
    device, drive, field = build(p)
    turn = Rotation.random(rng=np.random.default_rng(seed + 1)).as_matrix()
    turned = Device(Contact(device.injector.junction, magnetisation=turn @ np.array(p.m)), device.nonmagnet)
    for method in ("closed", "linear"):
        before = hanle_curve(device.under(drive), field, method)
        after = hanle_curve(turned.under(drive), Field(FIELDS, turn @ np.array(p.b)), method)
        scale = np.max(np.abs(before.u))
        np.testing.assert_allclose(after.u, before.u @ turn.T, rtol=0, atol=1e-11 * scale)
        scale = np.max(np.abs(before.Delta_V_Hanle))
        np.testing.assert_allclose(after.Delta_V_Hanle, before.Delta_V_Hanle, rtol=0, atol=1e-11 * scale)


@given(seeds, st.floats(-6, 6), st.floats(-6, 6), st.floats(-3, 3))
def test_units_do_not_matter(seed: int, log_area: float, log_time: float, log_kelvin: float):
    """Areas, times and temperatures counted in other units: the voltages stay the same."""
    p = parameters(seed)
    device, drive, field = build(p)
    area, time, kelvin = 10**log_area, 10**log_time, 10**log_kelvin
    other = Device(
        Contact(
            Junction(
                *(G * area for G in p.G),
                *(L * area / kelvin for L in p.L),
                *(k * area / kelvin for k in p.kappa),
                p.T_0 * kelvin,
                eta_mix=p.eta,
            ),
            magnetisation=np.array(p.m),
        ),
        Lumped(r_s=p.r_s / area, r_Q=p.r_Q * kelvin / area, tau_s=p.tau_s * time, tau_Q=p.tau_Q * time, g=p.g / time),
    )
    scaled = jax.tree.map(lambda x: x, drive)
    scaled = CurrentBias(p.bias[1] * area, p.Delta_T_0 * kelvin) if p.bias[0] == "I" else type(drive)(p.bias[1], p.Delta_T_0 * kelvin)
    expected = hanle_curve(device.under(drive), field).Delta_V_Hanle
    found = hanle_curve(other.under(scaled), field).Delta_V_Hanle
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * np.max(np.abs(expected)))


@given(seeds)
def test_onsager_symmetry(seed: int):
    """Fluxes against their forces: (I_s, I_Qs) respond to (u, T/T_0) by a matrix and its transpose, and I to u as I_s to V."""
    p = parameters(seed)
    junction = build(p)[0].injector.junction
    m = np.array(p.m)
    zero = np.zeros(3)
    probe = np.random.default_rng(seed).normal(size=3)
    other = np.random.default_rng(seed + 1).normal(size=3)
    # −∂I_s/∂(u/2) and −∂I_Qs/∂(T/2T_0) are symmetric; the cross terms are each other's transpose.
    I_s_of_T = junction.spin_current(m, 0.0, zero, probe * p.T_0) @ other
    I_Qs_of_u = junction.spin_heat_current(m, 0.0, other, zero) @ probe
    assert I_s_of_T == pytest.approx(I_Qs_of_u, rel=1e-12)
    I_of_u = junction.charge_current(m, 0.0, probe, zero)
    I_s_of_V = -junction.spin_current(m, 1.0, zero, zero) @ probe / 2
    assert I_of_u == pytest.approx(I_s_of_V, rel=1e-12, abs=1e-12 * sum(p.G))
    I_of_T = junction.charge_current(m, 0.0, zero, probe * p.T_0)
    I_Qs_of_V = -junction.spin_heat_current(m, 1.0, zero, zero) @ probe / 2
    assert I_of_T == pytest.approx(I_Qs_of_V, rel=1e-12, abs=1e-12 * abs(p.L[0] * p.T_0))
    assert junction.charge_current(m, 0.0, zero, zero, p.T_0) == pytest.approx(-junction.heat_current(m, 1.0, zero, zero), rel=1e-12)


@given(seeds, st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3))
def test_entropy_production_is_never_negative(seed: int, log_V: float, log_T: float, log_Delta_T_0: float):
    """In every state, on the edge of the second law too: what the junction dissipates, and the device in its steady state."""
    rng = np.random.default_rng(seed)
    p = oracle.random_parameters(rng, tight=bool(seed % 2))
    eta = max(p.eta, 1.0)  # scattering theory's range
    junction = Junction(*p.G, *p.L, *p.kappa, p.T_0, eta_mix=eta)
    m = np.array(p.m)
    u, T = rng.normal(size=3), rng.normal(size=3) * p.T_0 * 10**log_T
    V, Delta_T_0 = float(rng.normal()) * 10**log_V, float(rng.normal()) * p.T_0 * 10**log_Delta_T_0
    power = junction.dissipated_power(m, V, u, T, Delta_T_0)
    size = sum(p.G) * (V**2 + u @ u) + sum(p.kappa) / p.T_0 * (Delta_T_0**2 + T @ T)
    assert power >= -1e-12 * size
    device, drive, field = build(p)
    curve = hanle_curve(device.under(drive), field)
    # The terminals supply what junction and nonmagnet dissipate.
    supplied = curve.I * curve.V - curve.I_Q * p.Delta_T_0 / p.T_0
    np.testing.assert_allclose(curve.dissipated_power, supplied, rtol=1e-6, atol=1e-9 * float(np.max(np.abs(supplied))) + 1e-300)


def test_heat_of_the_phonons_carries_no_spin():
    junction = Junction.from_resistance(R_tun=1e-9, P_G=0.5, S=5e-5, P_L=0.5, T_0=300.0, kappa_ph=1e8)
    m, zero = np.array([1.0, 0.0, 0.0]), np.zeros(3)
    without = Junction.from_resistance(R_tun=1e-9, P_G=0.5, S=5e-5, P_L=0.5, T_0=300.0)
    assert junction.heat_current(m, 0.1, zero, zero, 2.0) - without.heat_current(m, 0.1, zero, zero, 2.0) == pytest.approx(-2e8)
    assert junction.heat_current(m, 0.1, zero, zero, 2.0, 0.0) == without.heat_current(m, 0.1, zero, zero, 2.0)
    np.testing.assert_array_equal(junction.spin_heat_current(m, 0.1, zero, zero, 2.0), without.spin_heat_current(m, 0.1, zero, zero, 2.0))


@pytest.mark.heavy
def test_imaginary_mixing_conductance_and_relaxation_tensors():
    """What only the 6×6 and the integration cover: a tensor 1/τ and a spin torque m × u, against a direct solution."""
    G_i, tensor = 3e10, np.array([[1.0, 0.2, 0.0], [0.2, 2.0, 0.1], [0.0, 0.1, 0.7]])
    junction = Junction.from_resistance(R_tun=25e-12, P_G=0.5, S=0.0, P_L=0.5, T_0=300.0, G_i=G_i)
    nonmagnet = Lumped(r_s=25e-12, r_Q=1e-6, tau_s=1e-9, tau_Q=1e-9, relaxation_s=tensor)
    m, b = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.6, 0.8])
    device, drive, field = Device(Contact(junction, magnetisation=m), nonmagnet), CurrentBias(1e6), Field(np.array([0.0, 5e-3, -0.1]), b)
    u = np.asarray(hanle_curve(device.under(drive), field, "linear").u)
    for k, B in enumerate(field.B):
        omega = 2 * oracle.MU_B / oracle.HBAR * B * 1e-9
        G = 1 / 25e-12
        turn = np.array([[0, -b[2], b[1]], [b[2], 0, -b[0]], [-b[1], b[0], 0]])
        torque = np.array([[0, 0, 0], [0, 0, -1], [0, 1, 0]])  # m ×, m along x
        sink = np.eye(3) - 0.25 * np.outer(m, m)  # (1 − P_G²) along m
        A = omega * turn - tensor - 25e-12 * (G * sink - G_i * torque)
        np.testing.assert_allclose(u[k], np.linalg.solve(A, -2 * 25e-12 * 0.5 * 1e6 * m), rtol=1e-10)
    integrated = hanle_curve(device.under(drive), field, "integrate", adjoint="forward").u
    np.testing.assert_allclose(integrated, u, rtol=0, atol=1e-8 * np.max(np.abs(u)))
    curve = hanle_curve(device.under(drive), field, "linear")
    np.testing.assert_allclose(curve.dissipated_power, curve.I * curve.V, rtol=1e-9)
    for method in ("closed", "modes"):
        with pytest.raises(ValueError, match="use the method 'linear'"):
            hanle_curve(device.under(drive), field, method)


def test_the_system_is_the_equations_of_motion():
    p = parameters(7)
    units = natural(p)
    A, s = linear.systems(units)
    y = np.random.default_rng(8).normal(size=(2, 3))
    for k in range(FIELDS.size):
        rate = bloch_equations(y, units.device, units.omega[k] * units.direction)
        np.testing.assert_allclose((A[k] @ y.reshape(6) + s[k]).reshape(2, 3), rate, rtol=1e-12, atol=1e-12)


def test_natural_units_are_dimensionless_and_symmetric():
    p = parameters(9)
    units = natural(p)
    device = units.device
    assert device.nonmagnet.r_s == pytest.approx(device.nonmagnet.r_Q, rel=1e-12)
    assert device.injector.junction.T_0 == 1
    assert 1 / device.nonmagnet.r_s + device.injector.junction.G == pytest.approx(1, rel=1e-12)
    again = NaturalUnits.of(device, Field(np.array([0.0]), units.direction))
    assert again.kelvin == pytest.approx(1, rel=1e-12)
