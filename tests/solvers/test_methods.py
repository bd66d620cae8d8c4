"""The four methods against an independent 50-digit solution, over random lawful devices."""

import jax
import numpy as np
import pytest

import oracle
from cases import FIELDS, build, natural, standard
from hanle_sim import CurrentBias, Field, HanleCurve, hanle_curve
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.solvers import bloch_integration, propagator, steady_state

EXACT = ("closed", "linear", "modes")


def difference(p: oracle.Parameters, method: str, **options: object) -> float:
    """Largest error of the signal and of its two terms, relative to the peak of the larger term (two that cancel are no measure)."""
    spin, heat = oracle.signals(p, *oracle.steady_state(p, FIELDS))
    device, drive, field = build(p)
    if method == "propagator":
        units = natural(p)
        curve = HanleCurve.from_natural(units, propagator.steady_state(units, 1e-10), device.under(drive), field)
    else:
        curve = hanle_curve(device.under(drive), field, method, **options)
    pairs = ((curve.Delta_V_Hanle, spin + heat), (curve.Delta_V_spin, spin), (curve.Delta_V_heat, heat))
    worst = max(np.max(np.abs(np.asarray(found) - expected)) for found, expected in pairs)
    return worst / max(np.max(np.abs(spin)), np.max(np.abs(heat)))


def bound_of_exact_methods(p: oracle.Parameters) -> float:
    """1e-11, and 1e-9 where the second-law margin is under 1e-3.

    At the second law's edge the currents that a thermal bias drives cancel, in the worst case to nothing; what rounding leaves of
    them counts against the signal of the other drive, however small that is.
    """
    if oracle.margin(p) >= 1e-3 * (1 - 1e-9):
        return 1e-11
    drive = abs(p.bias[1]) * (1 if p.bias[0] == "I" else sum(p.G))
    return 1e-9 * (1 + max(map(abs, p.L)) * abs(p.Delta_T_0) / drive)


def check_exact(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        p = oracle.random_parameters(rng)
        for method in EXACT:
            assert difference(p, method) <= bound_of_exact_methods(p), (method, p)
        assert difference(p, "propagator") <= max(1e-8, 10 * bound_of_exact_methods(p)), p


def test_exact_methods_agree_with_the_oracle():
    check_exact(1, 30)


@pytest.mark.heavy
def test_exact_methods_agree_with_the_oracle_on_many_devices():
    check_exact(2, 50)


def check_integration(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        p = oracle.random_parameters(rng)
        bound = max(1e-8, 10 * bound_of_exact_methods(p))  # more only where the exact methods themselves need it
        assert difference(p, "integrate", rtol=1e-10, adjoint="forward") <= bound, p


@pytest.mark.heavy
def test_integration_agrees_with_the_oracle():
    check_integration(4, 60)


@pytest.mark.heavy
def test_explicit_and_implicit_integration_agree():
    device, drive, field = standard(), CurrentBias(1e6), Field(FIELDS, np.array([0.0, 0.6, 0.8]))
    natural_units = NaturalUnits.of(device.under(drive), field)
    explicit, implicit = (
        np.asarray(bloch_integration.steady_state(natural_units, solver=solver, adjoint="forward")) for solver in ("explicit", "implicit")
    )
    np.testing.assert_allclose(explicit, implicit, rtol=0, atol=1e-8 * np.max(np.abs(implicit)))


@pytest.mark.parametrize("method", ["closed", "modes"])
@pytest.mark.parametrize("tight", [False, True])
def test_single_precision(method: str, tight: bool):
    rng = np.random.default_rng(5)
    for _ in range(60):
        p = oracle.random_parameters(rng, tight=tight)
        spin, heat = oracle.signals(p, *oracle.steady_state(p, FIELDS))
        with jax.enable_x64(False):
            units = natural(p)
            y = np.asarray(steady_state(units, method))
            assert y.dtype == np.float32
            device, drive, field = build(p)
            curve = HanleCurve.from_natural(units, y.astype(float), device.under(drive), field)
        error = np.max(np.abs(curve.Delta_V_Hanle - spin - heat)) / max(np.max(np.abs(spin)), np.max(np.abs(heat)))
        assert error <= (1e-4 if tight else 1e-5), p


@pytest.mark.parametrize(("method", "bound"), [("linear", 1e-4), pytest.param("integrate", 1e-3, marks=pytest.mark.heavy)])
def test_single_precision_of_the_other_methods_on_moderate_devices(method: str, bound: float):
    """6×6 systems in single precision lose what their condition number takes: they keep this while r_s is below 10 R_tun."""
    rng = np.random.default_rng(6)
    for _ in range(10):
        p = oracle.random_parameters(rng, tight=False, log_x=(-6, 1))
        spin, heat = oracle.signals(p, *oracle.steady_state(p, FIELDS))
        options = {"rtol": 1e-5, "adjoint": "forward"} if method == "integrate" else {}
        with jax.enable_x64(False):
            units = natural(p)
            y = np.asarray(steady_state(units, method, **options))
        device, drive, field = build(p)
        curve = HanleCurve.from_natural(units, y.astype(float), device.under(drive), field)
        peak = np.max(np.abs(spin)) + np.max(np.abs(heat))
        assert np.max(np.abs(curve.Delta_V_Hanle - spin - heat)) / peak <= bound, p


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="must be one of closed, linear, modes, integrate"):
        hanle_curve(standard().under(CurrentBias(1.0)), Field(FIELDS, np.array([0.0, 0.0, 1.0])), "lorentzian")


def test_one_bad_device_of_a_batch_leaves_the_others_alone():
    devices = [standard(x=x) for x in (0.1, 1.0, 10.0)]
    batch = jax.tree.map(lambda *leaves: np.stack(leaves), *devices)
    batch = jax.tree.map(lambda leaf: leaf, batch)
    broken = jax.tree.map(lambda leaf: np.where(np.arange(3).reshape((3,) + (1,) * (leaf.ndim - 1)) == 1, np.nan, leaf), batch)
    field = Field(FIELDS, np.array([0.0, 0.0, 1.0]))
    curves = jax.vmap(lambda device: hanle_curve(device.under(CurrentBias(1e6)), field).Delta_V_Hanle)(broken)
    assert np.all(np.isnan(curves[1]))
    for k in (0, 2):
        np.testing.assert_allclose(curves[k], hanle_curve(devices[k].under(CurrentBias(1e6)), field).Delta_V_Hanle, rtol=1e-12)
