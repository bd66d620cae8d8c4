"""Extreme devices, derivatives, and coinciding eigenvalues, of the closed form in every geometry."""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from device_cases import (
    LAMBDA,
    OBLIQUE,
    device,
    error_of_terms,
    material,
    peak_of,
    signal,
    states,
    sweep,
    tesla,
)
from device_oracle import Port, rate, responses, signals, solve, under_contact_in_six
from hanle_sim import CurrentBias, Device, Field
from hanle_sim.numerics.interpreted import interpreted
from hanle_sim.numerics.two_by_two import Symmetric
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.nonmagnets import AbstractNonmagnet, Diffusive, Drift, Film, Lateral, WideContact
from hanle_sim.physics.nonmagnets.material import Material
from hanle_sim.solvers import closed, linear, steady_state
from hanle_sim.solvers.closed.admittance import eigenvalues, interpolate, langevin

# Extremes.

SIZES = (1e-4, 1e-2, 1.0, 1e2, 1e4)
DISTANCES = (1e-3, 1.0, 10.0, 50.0)
EXTREMES: dict[str, Callable[[float], list[AbstractNonmagnet]]] = {
    "diffusive": lambda ratio: [Diffusive(material(ratio=ratio))],
    "reflecting": lambda ratio: [Film(material(ratio=ratio), d * LAMBDA) for d in SIZES],
    "absorbing": lambda ratio: [Film(material(ratio=ratio), d * LAMBDA, "absorbing") for d in SIZES],
    "drift": lambda ratio: [Drift(material(ratio=ratio), v * 2e3) for v in (-1e3, -1.0, -1e-3, 1e-3, 1.0, 1e3)],
    "contact": lambda ratio: [WideContact(material(ratio=ratio, rho=100.0), w * LAMBDA) for w in SIZES],
    "lateral": lambda ratio: [Lateral(material(ratio=ratio, rho=1e8), ell * LAMBDA) for ell in DISTANCES],
    "lateral, both ends": lambda ratio: [
        Lateral(material(ratio=ratio, rho=1e8), LAMBDA, a * LAMBDA, 2 * a * LAMBDA) for a in (1e-3, 1.0, 50.0)
    ],
}
STRONG = np.array([0.0, 1e-3, -1.0, 30.0, 1e4, 1e6])


@pytest.mark.parametrize("width", [1e-2, 1.0, 100.0])
def test_the_linear_system_of_a_wide_contact_in_strong_oblique_fields(width: float):
    """Of components along the field as of those across it, however wide the contact and fast the precession."""
    here = device(WideContact(material(rho=100.0), width * LAMBDA), x=3.0)
    field = sweep(here.nonmagnet, np.array([0.5, 0.3, 0.8]), STRONG)
    units = NaturalUnits.of(here.under(CurrentBias(here.injector.junction.G)), field)
    state = np.asarray(closed.steady_state(units))
    np.testing.assert_allclose(linear.solve(units), state, rtol=0, atol=1e-11 * np.max(np.abs(state)))


def extremes(
    name: str, *, ratios: tuple[float, ...] = (0.02, 3.0), mismatches: tuple[float, ...] = (1e-5, 1.0, 1e3)
) -> list[tuple[Device, Field]]:
    found = []
    for k, ratio in enumerate(ratios):
        for nonmagnet in EXTREMES[name](ratio):
            # Lengths against the contact's own mismatch in turn.
            x = mismatches[(len(found) + k) % len(mismatches)]
            found.append((device(nonmagnet, x, m_2=np.array([0.5, 1.0, 0.0])), sweep(nonmagnet, OBLIQUE, STRONG)))
    return found


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_in_double_precision(name: str):
    for here, field in extremes(name):
        drive = CurrentBias(here.injector.junction.G)
        terms = signals(here, drive, field, solve(here, drive, field))
        assert np.max(abs(signal(here, field) - sum(terms))) <= 1e-11 * peak_of(terms), here


def test_far_detectors_point_by_point():
    """Every point to its own 1e-9, down to 1e-150 of what is injected."""
    for ell in (10.0, 30.0, 50.0):
        channel = Lateral(material(rho=1e8), ell * LAMBDA)
        here, field = device(channel, 0.3), sweep(channel, omegas=np.array([0.0, 0.1, -1.0, 3.0, 10.0, 47.0]))
        drive = CurrentBias(here.injector.junction.G)
        expected = sum(signals(here, drive, field, solve(here, drive, field, digits=200)))
        np.testing.assert_allclose(signal(here, field), expected, rtol=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.heavy] if name in ("drift", "contact", "lateral", "lateral, both ends") else [])
        for name in EXTREMES
    ],
)
def test_extremes_in_single_precision(name: str):
    """Prepared in double precision, solved in single."""
    for here, field in extremes(name, ratios=(0.3, 3.0)):
        drive = CurrentBias(here.injector.junction.G)
        natural = NaturalUnits.of(here.under(drive), field)
        with jax.enable_x64(False):
            y = steady_state(natural, "closed")
            assert y.dtype == np.float32
        exact = solve(here, drive, field)
        expected = signals(here, drive, field, exact)
        found = signals(here, drive, field, states(natural, np.asarray(y, dtype=np.float64)))
        assert error_of_terms(found, expected) <= (1e-4 if isinstance(here.nonmagnet, Lateral) else 1e-5), here


# Derivatives.


PARAMETERS = ("rho", "rho_Q", "D", "tau_s", "tau_Q", "g", "length", "B")


def scaled(here: Device, field: Field, factors: jax.Array | np.ndarray) -> tuple[Device, Field]:
    """A device with its material's numbers, its length (or velocity) and the field multiplied by `factors` [8]."""
    nonmagnet = here.nonmagnet
    bulk = nonmagnet.material
    changed = Material(*(getattr(bulk, name) * factors[k] for k, name in enumerate(PARAMETERS[:6])))
    length, back = factors[6], ()
    if isinstance(nonmagnet, Film):
        new: AbstractNonmagnet = Film(changed, nonmagnet.thickness * length, nonmagnet.back)
    elif isinstance(nonmagnet, Drift):
        new = Drift(changed, nonmagnet.velocity * length)
    elif isinstance(nonmagnet, WideContact):
        new = WideContact(changed, nonmagnet.width * length)
    elif isinstance(nonmagnet, Lateral):
        ends = (None if end is None else end * length**2 for end in (nonmagnet.left_end, nonmagnet.right_end))
        new = Lateral(changed, nonmagnet.distance * length, *ends)
    else:
        new = Diffusive(changed, *back)
    return dataclasses.replace(here, nonmagnet=new), Field(field.B * factors[7], field.direction)


def of_factors(here: Device, field: Field) -> Callable[[jax.Array | np.ndarray], jax.Array | np.ndarray]:
    """The signal as a function of those factors, of its own value without a field."""
    drive = CurrentBias(here.injector.junction.G)
    top = float(np.max(abs(signal(here, field))))
    return lambda factors: closed.signal(NaturalUnits.of(*scaled(here.under(drive), field, factors))) / top


def central(function: Callable[[np.ndarray], np.ndarray], k: int, h: float = 2e-3) -> np.ndarray:
    """∂/∂x_k at x = 1, of sixth order."""
    step = np.zeros(8)
    step[k] = h
    differences = [(function(1 + n * step) - function(1 - n * step)) / (2 * n * h) for n in (1, 2, 3)]
    return (15 * differences[0] - 6 * differences[1] + differences[2]) / 10


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["drift", "lateral, both ends"])
def test_derivatives_against_central_differences(name: str):
    """By every parameter, forward and in reverse; as configured, every geometry in test_derivative_cost and test_sensitivity."""
    here, field = moderate(name), sweep(moderate(name).nonmagnet, OBLIQUE, np.array([0.0, 0.3, -1.5, 20.0]))
    function, one = of_factors(here, field), jnp.ones(8)
    expected = np.stack([central(function, k) for k in range(8)], -1)
    found = interpreted(jax.jacfwd(function))(one)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)
    weights = np.array([1.0, -0.5, 2.0, 3.0])
    reverse = interpreted(jax.grad(lambda factors: function(factors) @ weights))(one)
    np.testing.assert_allclose(reverse, weights @ expected, rtol=1e-6, atol=1e-7)


def moderate(name: str) -> Device:
    """One device of each kind, with λ_Q = 0.6 λ_s and lengths that matter."""
    bulk, sheet, channel = material(ratio=0.6), material(ratio=0.6, rho=100.0), material(ratio=0.6, rho=1e8)
    nonmagnet = {
        "diffusive": Diffusive(bulk),
        "reflecting": Film(bulk, 0.7 * LAMBDA),
        "absorbing": Film(bulk, 0.7 * LAMBDA, "absorbing"),
        "drift": Drift(bulk, -1e3),
        "contact": WideContact(sheet, 1.4 * LAMBDA),
        "lateral": Lateral(channel, 1.2 * LAMBDA),
        "lateral, both ends": Lateral(channel, 1.2 * LAMBDA, 0.8 * LAMBDA, LAMBDA),
    }[name]
    return device(nonmagnet, 1.0, m_2=np.array([0.5, 1.0, 0.0]))


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("name", "single"), [*((name, False) for name in EXTREMES if name not in ("lateral", "contact")), ("contact", True)]
)
def test_derivatives_are_finite(name: str, single: bool):
    """At the extremes, by everything, all at once: no NaN hides in what is not chosen."""

    evaluated = jax.jit if single else interpreted  # NumPy keeps the precision of what it is given

    @evaluated
    def derivatives(here: Device, field: Field, top: jax.Array) -> tuple[jax.Array, ...]:
        def function(factors: jax.Array) -> jax.Array:
            return closed.signal(NaturalUnits.of(*scaled(here, field, factors))) / top

        one = jnp.ones(8)
        return *jax.jvp(function, (one,), (one,)), jax.grad(lambda factors: function(factors).sum())(one)

    for here, field in extremes(name, ratios=(0.3,)):
        top = float(np.max(abs(signal(here, field))))
        with jax.enable_x64(not single):
            value, *changes = derivatives(here.under(CurrentBias(here.injector.junction.G)), field, top)
        assert value.dtype == (np.float32 if single else np.float64)
        for found in (value, *changes):
            assert np.all(np.isfinite(found)), (here, found)


# Coinciding eigenvalues under a wide contact.


@pytest.mark.heavy
@pytest.mark.parametrize("apart", [0.0, 1e-12])
def test_coinciding_eigenvalues_under_a_contact(apart: float):
    """λ_Q → λ_s and S → 0 together, where spin and heat under the contact become one."""
    for w, x in ((0.05, 1.0), (2.0, 0.3), (300.0, 20.0)):
        contact = WideContact(material(ratio=1 + apart, rho=100.0), w * LAMBDA)
        here, field = device(contact, x, S=apart * 100e-6), sweep(contact, OBLIQUE)
        drive = CurrentBias(here.injector.junction.G, 0.3)
        terms = signals(here, drive, field, solve(here, drive, field))
        assert np.max(abs(signal(here, field, drive) - sum(terms))) <= 1e-11 * peak_of(terms)
        function = of_factors(here, field)
        assert np.all(np.isfinite(interpreted(lambda one, function=function: jax.jvp(function, (one,), (one,))[1])(jnp.ones(8))))


@pytest.mark.heavy
def test_derivatives_where_eigenvalues_coincide():
    contact = WideContact(material(ratio=1.0, rho=100.0), LAMBDA)
    function = of_factors(device(contact, 1.0, S=0.0), sweep(contact, OBLIQUE, np.array([0.0, 1.0, 5.0])))
    found = interpreted(jax.jacfwd(function))(jnp.ones(8))
    expected = np.stack([central(function, k) for k in range(8)], -1)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_langevin_s_function_keeps_its_digits():
    """From where it is a series to where only 1/√μ is left."""
    rng = np.random.default_rng(7)
    mu = 10 ** rng.uniform(-8, 6, 300) * np.exp(1j * rng.uniform(-1.5, 1.5, 300))
    with mp.workdps(40):
        expected = [complex((mp.sqrt(one) * mp.coth(mp.sqrt(one)) - 1) / one) for one in map(mp.mpc, mu)]
    np.testing.assert_allclose(langevin(mu), expected, rtol=1e-14)


def test_matrix_functions_at_an_exceptional_point():
    """A complex symmetric matrix without two eigenvectors: f(μ + N) = f(μ) + f′(μ) N. No device has one, while D is that of both."""
    mu, nilpotent = 1.3 + 0.7j, 0.2 * np.array([[1.0, 1.0j], [1.0j, -1.0]])
    for beside in (0.0, 1e-14, 1e-9):
        M = Symmetric.of(*(np.array([entry]) for entry in (mu + nilpotent[0, 0] + beside, nilpotent[0, 1], mu + nilpotent[1, 1])))
        low, high, apart = eigenvalues(M)
        found = interpolate(M, langevin(low), langevin(high), apart)

        def f(t: mp.mpf) -> mp.mpf:
            return (mp.sqrt(t) * mp.coth(mp.sqrt(t)) - 1) / t

        expected = complex(f(mu)) * np.eye(2) + complex(mp.diff(f, mu)) * nilpotent
        np.testing.assert_allclose([found.ss[0], found.sQ[0], found.QQ[0]], expected[[0, 0, 1], [0, 1, 1]], rtol=1e-7)


def test_oracle_of_one_channel_agrees_with_that_of_six():
    """Two ways through a wide contact that share no step."""
    here = moderate("contact")
    drive = CurrentBias(here.injector.junction.G)
    applied = 2.0 * tesla(here.nonmagnet) * OBLIQUE
    port = Port(here.injector.junction, here.injector.magnetisation, drive)
    omega = rate(here, applied)
    with mp.workdps(30):
        np.testing.assert_allclose(
            under_contact_in_six(here.nonmagnet, port, np.array([float(w) for w in omega])),
            responses(here, [port], omega),
            rtol=1e-10,
            atol=1e-18,
        )
