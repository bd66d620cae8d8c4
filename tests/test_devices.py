"""Every nonmagnet in closed form and as a linear system, against exact states to 40 digits, limits, and published forms."""

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from device_oracle import (
    HBAR,
    MU_B,
    NONMAGNETS,
    Port,
    biased,
    ports,
    random_device,
    random_drive,
    random_junction,
    rate,
    responses,
    signals,
    solve,
    spin_resistance,
    times_of,
    under_contact_in_six,
)
from scipy.integrate import quad

from hanle_sim import CurrentBias, Device, Field, Junction, Lumped, NaturalUnits, VoltageBias, half_width, hanle_curve
from hanle_sim.device import Detector
from hanle_sim.drive import AbstractDrive
from hanle_sim.material import Material
from hanle_sim.nonmagnets import AbstractNonmagnet, Contact, Diffusive, Drift, Film, Lateral
from hanle_sim.solvers import closed, linear, steady_state
from hanle_sim.solvers._behind import eigenvalues, hyperbolic, interpolate
from hanle_sim.solvers._two_by_two import Symmetric

LAMBDA, TAU, L_0 = 1e-6, 1e-9, 2.45e-8
#: ω_Lτ_s.
OMEGAS = np.array([0.0, 0.02, -0.5, 1.0, 4.0, 30.0, 1e3])
Z, X = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])


def tesla(nonmagnet: AbstractNonmagnet) -> float:
    """The field at which ω_Lτ_s = 1."""
    home = nonmagnet if isinstance(nonmagnet, Lumped) else nonmagnet.material
    return HBAR / (MU_B * home.g * times_of(nonmagnet)[0])


def sweep(nonmagnet: AbstractNonmagnet, b: np.ndarray = Z, omegas: np.ndarray = OMEGAS) -> Field:
    return Field(np.asarray(omegas) * tesla(nonmagnet), np.asarray(b))


def material(*, ratio: float = 0.5, rho: float = 1e-6, rho_Q: float = 1.0) -> Material:
    """λ_s = 1 µm at τ_s = 1 ns, and λ_Q = ratio λ_s."""
    return Material(rho, rho_Q * rho / (L_0 * 300.0), LAMBDA**2 / TAU, TAU, TAU * ratio**2)


def junction(
    nonmagnet: AbstractNonmagnet, x: float = 1.0, *, P_G: float = 0.5, P_L: float = 0.4, S: float = 100e-6, eta: float = 1.0
) -> Junction:
    """R_tun = r_s/x; spin alone for S = 0."""
    return Junction.from_resistance(R_tun=spin_resistance(nonmagnet) / x, P_G=P_G, P_L=P_L, S=S, T_0=300.0, eta_mix=eta)


def device(nonmagnet: AbstractNonmagnet, x: float = 1.0, m: np.ndarray = X, m_2: np.ndarray = X, **more: float) -> Device:
    one = junction(nonmagnet, x, **more)
    return Device(one, nonmagnet, m, detector=Detector(one, m_2) if isinstance(nonmagnet, Lateral) else None)


def signal(here: Device, field: Field, drive: AbstractDrive | None = None) -> np.ndarray:
    """ΔV_Hanle in closed form, for 1 V across the junction unless told; nothing is compiled."""
    return closed.signal(NaturalUnits.of(here, CurrentBias(here.junction.G) if drive is None else drive, field))


def states(natural: NaturalUnits, y: np.ndarray) -> np.ndarray:
    """u [V] and T [K] at every contact of a state in natural units, [points, contacts, 2, 3]."""
    return np.asarray(y).reshape(natural.omega.size, -1, 2, 3) / np.array([1.0, natural.kelvin])[:, None]


def error_of_states(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest error of u and of T at any contact, of its own peak."""
    return float(np.max(np.max(abs(found - expected), (0, 3)) / np.max(abs(expected), (0, 3))))


def error_of_terms(found: tuple[np.ndarray, ...], expected: tuple[np.ndarray, ...]) -> float:
    """Largest error of the signal and of its two terms, of the peak of the larger term."""
    pairs = [*zip(found, expected, strict=True), (sum(found), sum(expected))]
    return max(np.max(abs(np.asarray(one) - other)) for one, other in pairs) / max(np.max(abs(term)) for term in expected)


# Random devices.


def check_random(name: str, seed: int, count: int) -> None:
    """The closed form's signal and the linear system's states, at current and at voltage, in any direction."""
    rng = np.random.default_rng(seed)
    for k in range(count):
        here = random_device(rng, name)
        if here.detector is not None and k % 3 == 2:
            here = Device(here.junction, here.nonmagnet, here.magnetisation, detector=at_voltage(here.detector))
        drive, field = random_drive(rng, here, k % 2 == 0), sweep(here.nonmagnet, rng.normal(size=3))
        natural, y = NaturalUnits.of(here, drive, field), solve(here, drive, field)
        terms = signals(here, drive, field, y)
        assert error_of_terms((closed.signal(natural),), (sum(terms),)) <= 1e-10 * peak_of(terms) / np.max(abs(sum(terms)))
        assert error_of_states(states(natural, linear.solve(natural)), y) <= 1e-10


def at_voltage(detector: Detector) -> Detector:
    return Detector(detector.junction, detector.magnetisation, VoltageBias(2e-3, detector.drive.Delta_T_0))


def peak_of(terms: tuple[np.ndarray, ...]) -> float:
    return max(float(np.max(abs(term))) for term in terms)


@pytest.mark.parametrize("name", NONMAGNETS)
def test_closed_signals_and_linear_states(name: str):
    check_random(name, 100 + NONMAGNETS.index(name), 4)


@pytest.mark.heavy
@pytest.mark.parametrize("name", NONMAGNETS)
def test_closed_signals_and_linear_states_of_many_devices(name: str):
    check_random(name, 200 + NONMAGNETS.index(name), 60)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.heavy] if name in ("lateral, left end", "lateral, right end") else []) for name in NONMAGNETS],
)
def test_closed_states_and_terms(name: str):
    """u and T as vectors at every contact, spin and heat terms, compiled."""
    rng = np.random.default_rng(300 + NONMAGNETS.index(name))
    for _ in range(3):
        here = random_device(rng, name)
        drive, field = random_drive(rng, here, True), sweep(here.nonmagnet, rng.normal(size=3))
        curve, y = hanle_curve(here, drive, field), solve(here, drive, field)
        assert error_of_terms((curve.Delta_V_spin, curve.Delta_V_heat), signals(here, drive, field, y)) <= 1e-10
        found = np.stack([curve.u, curve.T], 1)[:, None]
        if here.detector is not None:
            found = np.concatenate([np.stack([curve.u_injector, curve.T_injector], 1)[:, None], found], 1)
        assert not np.iscomplexobj(found)
        assert error_of_states(found, y) <= 1e-10


@pytest.mark.parametrize("name", [name for name in NONMAGNETS if name != "contact"])
def test_imaginary_mixing_conductance(name: str):
    """(G_i/2) m × u, in the linear system."""
    rng = np.random.default_rng(400 + NONMAGNETS.index(name))
    for k in range(3):
        here = random_device(rng, name, G_i=True)
        drive, field = random_drive(rng, here, k % 2 == 0), sweep(here.nonmagnet, rng.normal(size=3))
        natural, y = NaturalUnits.of(here, drive, field), solve(here, drive, field)
        assert error_of_states(states(natural, linear.solve(natural)), y) <= 1e-10
        with pytest.raises(ValueError, match="G_i"):
            closed.signal(natural)


def test_mixing_under_a_wide_contact():
    """η and Im G↑↓ under a contact of finite width, against one matrix function; and that against the closed form at η = 1."""
    rng = np.random.default_rng(500)
    for k in range(12):
        here = random_device(rng, "contact", log_x=(-2, 1.5))
        if k >= 4:
            one = random_junction(rng, here.junction.G_up + here.junction.G_down, T_0=300.0, G_i=k >= 8)
            here = Device(one, here.nonmagnet, here.magnetisation)
        drive, field = random_drive(rng, here, k % 2 == 0), sweep(here.nonmagnet, rng.normal(size=3), OMEGAS[:-1])
        y = []
        for applied in field.B[:, None] * field.direction:
            contacts = ports(here, drive, applied, None)
            omega = np.array([float(w) for w in rate(here, applied)])
            y.append(biased(contacts, under_contact_in_six(here.nonmagnet, contacts[0], omega)))
        natural = NaturalUnits.of(here, drive, field)
        assert error_of_states(states(natural, linear.solve(natural)), np.array(y)) <= 1e-9
        if k < 4:
            assert error_of_states(np.array(y), solve(here, drive, field)) <= 1e-9


# The table.


def in_table(nonmagnet: AbstractNonmagnet, alpha: Callable[..., mp.mpf], r_s: Callable[..., mp.mpf]) -> None:
    """r_s, and α by the Wiedemann-Franz law."""
    bulk = nonmagnet.material
    with mp.workdps(40):
        lambda_s, lambda_Q = (mp.sqrt(mp.mpf(bulk.D) * tau) for tau in (bulk.tau_s, bulk.tau_Q))
        assert nonmagnet.r_s == pytest.approx(float(bulk.rho * r_s(lambda_s)), rel=1e-13)
        assert device(nonmagnet).alpha == pytest.approx(float(alpha(lambda_s, lambda_Q)), rel=1e-13)


@pytest.mark.parametrize("size", [1e-3, 0.3, 1.0, 20.0])
def test_columns_of_the_table(size: float):
    """Spin resistances and α of section 3's table, written out."""
    bulk, length = material(ratio=0.3), size * LAMBDA
    in_table(Diffusive(bulk), lambda s, Q: s / Q, lambda s: s)
    in_table(Film(bulk, length), lambda s, Q: s * mp.coth(length / s) / (Q * mp.coth(length / Q)), lambda s: s * mp.coth(length / s))
    in_table(
        Film(bulk, length, "absorbing"),
        lambda s, Q: s * mp.tanh(length / s) / (Q * mp.tanh(length / Q)),
        lambda s: s * mp.tanh(length / s),
    )

    def g(y: mp.mpf) -> mp.mpf:
        return 1 - (1 - mp.exp(-y)) / y

    in_table(Contact(bulk, length), lambda s, Q: s**2 * g(length / s) / (Q**2 * g(length / Q)), lambda s: s**2 * g(length / s))
    in_table(Lateral(bulk, length), lambda s, Q: s / Q, lambda s: s)
    for sign in (-1, 1):
        velocity = sign * size * 2 * bulk.D / LAMBDA

        def reached(length: mp.mpf, velocity: float = velocity) -> mp.mpf:
            v = velocity * length / (2 * mp.mpf(bulk.D))
            return v + mp.sqrt(1 + v * v)

        in_table(Drift(bulk, velocity), lambda s, Q: s * reached(Q) / (Q * reached(s)), lambda s: s / reached(s))


# Limits.


def test_thin_film_is_lumped():
    """Observed order 2 in d/λ."""
    bulk, errors = material(ratio=0.5), []
    for d in (1e-2, 1e-3):
        film = Film(bulk, d * LAMBDA)
        island = Lumped(bulk.rho * LAMBDA / d, bulk.rho_Q * (0.5 * LAMBDA) ** 2 / (d * LAMBDA), TAU, TAU / 4)
        one = Junction.from_resistance(R_tun=film.r_s, P_G=0.5, P_L=0.4, S=1e-4, T_0=300.0)
        found, expected = (signal(Device(one, nonmagnet), sweep(film, omegas=OMEGAS[:-1])) for nonmagnet in (film, island))
        errors.append(np.max(abs(found / expected - 1)))
    assert np.log10(errors[0] / errors[1]) == pytest.approx(2, abs=0.05)
    assert errors[1] < 1e-4


@pytest.mark.parametrize("back", ["reflecting", "absorbing"])
def test_thick_film_is_a_bulk(back: str):
    bulk = material()
    one = junction(Diffusive(bulk))
    found, expected = (signal(Device(one, nonmagnet), sweep(nonmagnet)) for nonmagnet in (Film(bulk, 40 * LAMBDA, back), Diffusive(bulk)))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_wide_contact_is_lumped():
    """Observed order 1 in λ/w, back-flow included."""
    sheet, errors = material(rho=100.0), []
    island = Lumped(100.0 * LAMBDA**2, sheet.rho_Q * (LAMBDA / 2) ** 2, TAU, TAU / 4)
    one = junction(island)
    for w in (1e3, 1e4):
        found, expected = (
            signal(Device(one, nonmagnet), sweep(island, omegas=OMEGAS[:4])) for nonmagnet in (Contact(sheet, w * LAMBDA), island)
        )
        errors.append(np.max(abs(found / expected - 1)))
    assert np.log10(errors[0] / errors[1]) == pytest.approx(1, abs=0.02)
    assert errors[1] < 2e-4


def test_narrow_contact_is_a_bulk():
    """f → √z w/2λ: the line of diffusion along a normal with ρ = R_sq w/2; observed order 1 in w/λ."""
    sheet, errors = material(rho=100.0), []
    for w in (1e-4, 1e-5):
        half = w * LAMBDA / 2
        bulk = Diffusive(Material(sheet.rho * half, sheet.rho_Q * half, sheet.D, sheet.tau_s, sheet.tau_Q))
        one = junction(bulk)
        found, expected = (
            signal(Device(one, nonmagnet), sweep(bulk, omegas=OMEGAS[:-1])) for nonmagnet in (Contact(sheet, 2 * half), bulk)
        )
        errors.append(np.max(abs(found / expected - 1)))
    assert np.log10(errors[0] / errors[1]) == pytest.approx(1, abs=0.02)
    assert errors[1] < 1e-4


def test_no_drift_is_diffusion():
    bulk = material()
    one, expected = junction(Diffusive(bulk)), signal(device(Diffusive(bulk)), sweep(Diffusive(bulk)))
    np.testing.assert_allclose(signal(Device(one, Drift(bulk, 0.0)), sweep(Diffusive(bulk))), expected, rtol=1e-14)
    away, back = (signal(Device(one, Drift(bulk, v)), sweep(Diffusive(bulk))) - expected for v in (1e-3, -1e-3))
    np.testing.assert_allclose(away, -back, rtol=1e-4)
    assert np.all(away[:3] < 0)


@pytest.mark.parametrize("ends", [(40.0, None), (None, 40.0), (40.0, 40.0)])
def test_distant_ends_are_none(ends: tuple[float | None, float | None]):
    channel = Lateral(material(rho=1e8), LAMBDA)
    far = Lateral(channel.material, LAMBDA, *(None if end is None else end * LAMBDA for end in ends))
    found, expected = (signal(device(nonmagnet), sweep(channel, omegas=OMEGAS[:-1])) for nonmagnet in (far, channel))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * expected[0])


@pytest.mark.parametrize("w", [1e-3, 0.5, 3.0, 100.0])
def test_uniform_injection(w: float):
    """Without back-flow the contact's line is that of the table: f(z) = [1 − (1 − e^(−y))/y]/z, y = √z w/λ."""
    contact = Contact(material(rho=100.0), w * LAMBDA)

    def f(omega: float) -> complex:
        z = mp.mpc(1, omega)
        y = mp.sqrt(z) * w
        return complex((1 - (1 - mp.exp(-y)) / y) / z)

    found = signal(device(contact, 1e-10, S=0.0), sweep(contact))
    expected = 0.25 * 1e-10 * np.array([f(omega).real for omega in OMEGAS]) / f(0.0).real
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize("distance", [0.3, 2.0, 7.0])
def test_tunnelling_contacts_are_johnson_and_silsbee(distance: float):
    """R_nl = ±P_1 P_2 R_N (λ/τ) ∫dt (4πDt)^(−1/2) exp(−ℓ²/4Dt − t/τ) cos ω_L t, R_N = R_sq λ/W [Ω]."""
    R_sq, W, D = 1500.0, 2e-6, LAMBDA**2 / TAU
    channel = Lateral(Material(R_sq / W, 1e10, D, TAU, TAU / 4), distance * LAMBDA)
    junctions = [Junction.from_resistance(R_tun=1e12, P_G=P, P_L=0.0, S=0.0, T_0=300.0) for P in (0.3, -0.6)]
    # t = τ s², so that the integrand has no singularity.
    omegas = np.array([0.0, 0.3, 1.0, 2.0, 6.0])

    def integrand(s: float, omega: float) -> float:
        return 0.0 if s == 0 else np.exp(-(distance**2) / (4 * s * s) - s * s) * np.cos(omega * s * s) / np.sqrt(np.pi)

    integrals = [quad(integrand, 0, 7, args=(omega,), epsabs=1e-14, limit=2000)[0] for omega in omegas]
    expected = 0.3 * -0.6 * R_sq * LAMBDA / W * np.array(integrals)
    field = sweep(channel, omegas=omegas)
    for sign in (1, -1):
        here = Device(junctions[0], channel, X, detector=Detector(junctions[1], sign * X))
        np.testing.assert_allclose(signal(here, field, CurrentBias(1e-6)) / 1e-6, sign * expected, rtol=0, atol=1e-8 * abs(expected[0]))
        curve = hanle_curve(here, CurrentBias(1e-6), field)
        np.testing.assert_allclose(curve.R_nl, sign * expected, rtol=0, atol=1e-8 * abs(expected[0]))


def test_antiparallel_is_minus_parallel_while_tunnelling():
    """And always so, for contacts without a net current between them: the channel is linear, and turning both m turns nothing."""
    channel = Lateral(material(rho=1e8), LAMBDA)
    for x in (1e-6, 1.0, 30.0):
        parallel, antiparallel = (signal(device(channel, x, m_2=m), sweep(channel, OBLIQUE)) for m in (X, -X))
        np.testing.assert_allclose(antiparallel, -parallel, rtol=0, atol=1e-13 * parallel[0])


# Spin alone, published.


@pytest.mark.parametrize("x", [(1e-3, 1e-3), (1.0, 0.2), (300.0, 40.0)])
def test_sosenko_wei_aji(x: tuple[float, float]):
    """An isotropic contact sink (1 − P²)G, the graphene literature's (Phys. Rev. B 89, 245436), is η = 1 − P².

    With a_i = (1 − P_i²) R_N/R_i: R_nl = P_1 P_2 R_N Re{2κ e^(−κℓ) / [(2κ + a_1)(2κ + a_2) − a_1 a_2 e^(−2κℓ)]}, lengths in λ.
    """
    P, ell = (0.4, 0.7), 1.3
    channel = Lateral(material(rho=1e8), ell * LAMBDA)
    R_N = 1e8 * LAMBDA
    contacts = [
        Junction.from_resistance(R_tun=R_N / share, P_G=one, P_L=0.0, S=0.0, T_0=300.0, eta_mix=1 - one**2)
        for one, share in zip(P, x, strict=True)
    ]
    kappa = np.sqrt(1 + 1j * OMEGAS)
    a = [(1 - one**2) * share for one, share in zip(P, x, strict=True)]
    between = np.exp(-kappa * ell)
    expected = P[0] * P[1] * R_N * np.real(2 * kappa * between / ((2 * kappa + a[0]) * (2 * kappa + a[1]) - a[0] * a[1] * between**2))
    here = Device(contacts[0], channel, X, detector=Detector(contacts[1], X))
    found = signal(here, sweep(channel), CurrentBias(1e-6)) / 1e-6
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * expected[0])
    isotropic = Device(
        contacts[0], channel, X, detector=Detector(Junction.from_resistance(R_tun=R_N / x[1], P_G=P[1], P_L=0.0, S=0.0, T_0=300.0), X)
    )
    if x[0] >= 1:  # the tunnel limit's η = 1 is another device
        assert np.max(abs(signal(isotropic, sweep(channel), CurrentBias(1e-6)) / 1e-6 - expected)) > 1e-3 * expected[0]


@pytest.mark.parametrize(("x", "eta"), [(1e-3, 1.0), (1.0, 2.0), (50.0, 0.51)])
def test_half_width_of_a_lumped_device_is_a_mean_of_two_rates(x: float, eta: float):
    """√(Γ_∥ Γ_⊥), Γ_∥ = [1 + (1 − P_G²) x]/τ_s, Γ_⊥ = (1 + η x)/τ_s: 1/τ_s times the larger of both where η = 1 − P_G²."""
    island = Lumped(25e-12, 1e-6, TAU, TAU / 4)
    found = half_width(device(island, x, P_G=0.7, S=0.0, eta=eta), CurrentBias(1.0), sweep(island))
    assert found == pytest.approx(tesla(island) * math.sqrt((1 + (1 - 0.49) * x) * (1 + eta * x)), rel=1e-12)


def test_line_of_a_semi_infinite_nonmagnet():
    """Re 1/√(1 + iω): half width √(3 + 2√3), 1 − 3ω²/8 + 35ω⁴/128 at the top, ω^(−1/2) in the tail."""
    bulk = Diffusive(material())
    here = device(bulk, 1e-14, S=0.0)
    assert half_width(here, CurrentBias(1.0), sweep(bulk)) == pytest.approx(tesla(bulk) * math.sqrt(3 + 2 * math.sqrt(3)), rel=1e-10)
    top, near, far, farther = signal(here, sweep(bulk, omegas=np.array([0.0, 1e-2, 1e7, 1e9])))
    assert (1 - near / top) / 1e-4 == pytest.approx(3 / 8 - 35e-4 / 128, rel=1e-7)
    assert np.log10(farther / far) / 2 == pytest.approx(-1 / 2, abs=1e-6)
    assert far / top == pytest.approx(1 / math.sqrt(2e7), rel=1e-6)


# Extremes.

SIZES = (1e-4, 1e-2, 1.0, 1e2, 1e4)
DISTANCES = (1e-3, 1.0, 10.0, 50.0)
EXTREMES: dict[str, Callable[[float], list[AbstractNonmagnet]]] = {
    "diffusive": lambda ratio: [Diffusive(material(ratio=ratio))],
    "reflecting": lambda ratio: [Film(material(ratio=ratio), d * LAMBDA) for d in SIZES],
    "absorbing": lambda ratio: [Film(material(ratio=ratio), d * LAMBDA, "absorbing") for d in SIZES],
    "drift": lambda ratio: [Drift(material(ratio=ratio), v * 2e3) for v in (-1e3, -1.0, -1e-3, 1e-3, 1.0, 1e3)],
    "contact": lambda ratio: [Contact(material(ratio=ratio, rho=100.0), w * LAMBDA) for w in SIZES],
    "lateral": lambda ratio: [Lateral(material(ratio=ratio, rho=1e8), ell * LAMBDA) for ell in DISTANCES],
    "lateral, both ends": lambda ratio: [
        Lateral(material(ratio=ratio, rho=1e8), LAMBDA, a * LAMBDA, 2 * a * LAMBDA) for a in (1e-3, 1.0, 50.0)
    ],
}
STRONG = np.array([0.0, 1e-3, -1.0, 30.0, 1e4, 1e6])
OBLIQUE = np.array([0.4, -0.3, 1.0])


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
        drive = CurrentBias(here.junction.G)
        terms = signals(here, drive, field, solve(here, drive, field))
        assert np.max(abs(signal(here, field) - sum(terms))) <= 1e-11 * peak_of(terms), here


def test_far_detectors_point_by_point():
    """Every point to its own 1e-9, down to 1e-150 of what is injected."""
    for ell in (10.0, 30.0, 50.0):
        channel = Lateral(material(rho=1e8), ell * LAMBDA)
        here, field = device(channel, 0.3), sweep(channel, omegas=np.array([0.0, 0.1, -1.0, 3.0, 10.0, 47.0]))
        drive = CurrentBias(here.junction.G)
        expected = sum(signals(here, drive, field, solve(here, drive, field, digits=200)))
        np.testing.assert_allclose(signal(here, field), expected, rtol=1e-9)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.heavy] if name in ("drift", "lateral, both ends") else []) for name in EXTREMES]
)
def test_extremes_in_single_precision(name: str):
    """Prepared in double precision, solved in single."""
    for here, field in extremes(name, ratios=(0.3, 3.0)):
        drive = CurrentBias(here.junction.G)
        natural = NaturalUnits.of(here, drive, field)
        with jax.enable_x64(False):
            y = steady_state(natural, "closed")
            assert y.dtype == np.float32
        exact = solve(here, drive, field)
        expected = signals(here, drive, field, exact)
        found = signals(here, drive, field, states(natural, np.asarray(y, dtype=np.float64)))
        assert error_of_terms(found, expected) <= (1e-4 if isinstance(here.nonmagnet, Lateral) else 1e-5), here


# Derivatives.


def some_heavy(names: Iterable[Any], *quick: Any) -> list[Any]:
    """Parameters of a test whose compilations take long: all but a few run with the heavy tests."""
    return [
        name if name in quick else pytest.param(*(name if isinstance(name, tuple) else (name,)), marks=pytest.mark.heavy) for name in names
    ]


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
    elif isinstance(nonmagnet, Contact):
        new = Contact(changed, nonmagnet.width * length)
    elif isinstance(nonmagnet, Lateral):
        ends = (None if end is None else end * length**2 for end in (nonmagnet.left_end, nonmagnet.right_end))
        new = Lateral(changed, nonmagnet.distance * length, *ends)
    else:
        new = Diffusive(changed, *back)
    return Device(here.junction, new, here.magnetisation, detector=here.detector), Field(field.B * factors[7], field.direction)


def of_factors(here: Device, field: Field) -> Callable[[jax.Array | np.ndarray], jax.Array | np.ndarray]:
    """The signal as a function of those factors, of its own value without a field."""
    drive = CurrentBias(here.junction.G)
    top = float(np.max(abs(signal(here, field))))
    return lambda factors: closed.signal(NaturalUnits.of(*_with_drive(scaled(here, field, factors), drive))) / top


def _with_drive(pair: tuple[Device, Field], drive: AbstractDrive) -> tuple[Device, AbstractDrive, Field]:
    return pair[0], drive, pair[1]


def central(function: Callable[[np.ndarray], np.ndarray], k: int, h: float = 2e-3) -> np.ndarray:
    """∂/∂x_k at x = 1, of sixth order."""
    step = np.zeros(8)
    step[k] = h
    differences = [(function(1 + n * step) - function(1 - n * step)) / (2 * n * h) for n in (1, 2, 3)]
    return (15 * differences[0] - 6 * differences[1] + differences[2]) / 10


@pytest.mark.parametrize("name", some_heavy(EXTREMES, "diffusive"))
def test_derivatives_against_central_differences(name: str):
    """By every parameter, forward and in reverse."""
    here, field = moderate(name), sweep(moderate(name).nonmagnet, OBLIQUE, np.array([0.0, 0.3, -1.5, 20.0]))
    function, one = of_factors(here, field), jnp.ones(8)
    expected = np.stack([central(function, k) for k in range(8)], -1)
    found = jax.vmap(lambda tangent: jax.jvp(function, (one,), (tangent,))[1])(jnp.eye(8)).T
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)
    weights = np.array([1.0, -0.5, 2.0, 3.0])
    reverse = jax.grad(lambda factors: function(factors) @ weights)(one)
    np.testing.assert_allclose(reverse, weights @ expected, rtol=1e-6, atol=1e-7)


def moderate(name: str) -> Device:
    """One device of each kind, with λ_Q = 0.6 λ_s and lengths that matter."""
    bulk, sheet, channel = material(ratio=0.6), material(ratio=0.6, rho=100.0), material(ratio=0.6, rho=1e8)
    nonmagnet = {
        "diffusive": Diffusive(bulk),
        "reflecting": Film(bulk, 0.7 * LAMBDA),
        "absorbing": Film(bulk, 0.7 * LAMBDA, "absorbing"),
        "drift": Drift(bulk, -1e3),
        "contact": Contact(sheet, 1.4 * LAMBDA),
        "lateral": Lateral(channel, 1.2 * LAMBDA),
        "lateral, both ends": Lateral(channel, 1.2 * LAMBDA, 0.8 * LAMBDA, LAMBDA),
    }[name]
    return device(nonmagnet, 1.0, m_2=np.array([0.5, 1.0, 0.0]))


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "single"), list(itertools.product(EXTREMES, (False, True))))
def test_derivatives_are_finite(name: str, single: bool):
    """At the extremes, by everything, all at once: no NaN hides in what is not chosen."""
    for here, field in extremes(name, ratios=(0.3,)):
        function = of_factors(here, field)
        with jax.enable_x64(not single):
            one = jnp.ones(8)
            value, change = jax.jvp(function, (one,), (one,))
            reverse = jax.grad(lambda factors, function=function: function(factors).sum())(one)
            assert value.dtype == (np.float32 if single else np.float64)
        for found in (value, change, reverse):
            assert np.all(np.isfinite(found)), (here, found)


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["diffusive", "reflecting", "contact", "lateral"])
def test_derivatives_of_the_half_width(name: str):
    here = moderate(name)
    field, drive = sweep(here.nonmagnet, OBLIQUE), CurrentBias(here.junction.G)

    def width(factors: jax.Array | np.ndarray) -> jax.Array | np.ndarray:
        return half_width(scaled(here, field, factors)[0], drive, field) / tesla(here.nonmagnet)

    names = (3, 4) if name == "diffusive" else (3, 6)
    expected = [central(lambda factors: np.asarray(width(factors)), k, 1e-2) for k in names]
    with jax.disable_jit():
        found = jax.grad(width)(jnp.ones(8))
    np.testing.assert_allclose(found[np.array(names)], expected, rtol=1e-6)


# Coinciding eigenvalues under a wide contact.


@pytest.mark.parametrize("apart", some_heavy([0.0, 1e-15, 1e-12, 1e-10, 1e-8, 1e-6, 1e-3], 0.0, 1e-10))
def test_coinciding_eigenvalues_under_a_contact(apart: float):
    """λ_Q → λ_s and S → 0 together, where spin and heat under the contact become one."""
    for w, x in ((0.05, 1.0), (2.0, 0.3), (300.0, 20.0)):
        contact = Contact(material(ratio=1 + apart, rho=100.0), w * LAMBDA)
        here, field = device(contact, x, S=apart * 100e-6), sweep(contact, OBLIQUE)
        drive = CurrentBias(here.junction.G, 0.3)
        terms = signals(here, drive, field, solve(here, drive, field))
        assert np.max(abs(signal(here, field, drive) - sum(terms))) <= 1e-11 * peak_of(terms)
        function = of_factors(here, field)
        assert np.all(np.isfinite(jax.jvp(function, (jnp.ones(8),), (jnp.ones(8),))[1]))


@pytest.mark.heavy
def test_derivatives_where_eigenvalues_coincide():
    contact = Contact(material(ratio=1.0, rho=100.0), LAMBDA)
    function = of_factors(device(contact, 1.0, S=0.0), sweep(contact, OBLIQUE, np.array([0.0, 1.0, 5.0])))
    found = jax.vmap(lambda tangent: jax.jvp(function, (jnp.ones(8),), (tangent,))[1])(jnp.eye(8)).T
    expected = np.stack([central(function, k) for k in range(8)], -1)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_matrix_functions_at_an_exceptional_point():
    """A complex symmetric matrix without two eigenvectors: f(μ + N) = f(μ) + f′(μ) N. No device has one, while D is that of both."""
    mu, nilpotent = 1.3 + 0.7j, 0.2 * np.array([[1.0, 1.0j], [1.0j, -1.0]])
    for beside in (0.0, 1e-14, 1e-9):
        M = Symmetric.of(*(np.array([entry]) for entry in (mu + nilpotent[0, 0] + beside, nilpotent[0, 1], mu + nilpotent[1, 1])))
        low, high, apart = eigenvalues(M)
        pairs = [interpolate(M, a, b, apart) for a, b in zip(hyperbolic(low), hyperbolic(high), strict=True)]
        for found, f in zip(
            pairs, (lambda t: mp.tanh(mp.sqrt(t)) / mp.sqrt(t), lambda t: (1 - mp.tanh(mp.sqrt(t)) / mp.sqrt(t)) / t), strict=True
        ):
            value, slope = complex(f(mu)), complex(mp.diff(f, mu))
            expected = value * np.eye(2) + slope * nilpotent
            np.testing.assert_allclose([found.ss[0], found.sQ[0], found.QQ[0]], expected[[0, 0, 1], [0, 1, 1]], rtol=1e-7)


def test_oracle_of_one_channel_agrees_with_that_of_six():
    """Two ways through a wide contact that share no step."""
    here = moderate("contact")
    drive = CurrentBias(here.junction.G)
    applied = 2.0 * tesla(here.nonmagnet) * OBLIQUE
    port = Port(here.junction, here.magnetisation, drive)
    omega = rate(here, applied)
    with mp.workdps(30):
        np.testing.assert_allclose(
            under_contact_in_six(here.nonmagnet, port, np.array([float(w) for w in omega])),
            responses(here, [port], omega),
            rtol=1e-10,
            atol=1e-18,
        )
