"""Every nonmagnet in closed form and as a linear system, against exact states to 40 digits, limits, and published forms."""

import math
from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import quad

from device_cases import (
    LAMBDA,
    OBLIQUE,
    OMEGAS,
    TAU,
    X,
    at_voltage,
    device,
    error_of_states,
    error_of_terms,
    junction,
    material,
    peak_of,
    signal,
    states,
    sweep,
    tesla,
)
from device_oracle import biased, ports, rate, signals, solve, under_contact_in_six
from hanle_sim import Contact, CurrentBias, Device, Junction, Lumped, half_width, hanle_curve
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.nonmagnets import AbstractNonmagnet, Diffusive, Drift, Film, Lateral, WideContact
from hanle_sim.physics.nonmagnets.material import Material
from hanle_sim.solvers import METHODS, closed, linear
from random_devices import NONMAGNETS, random_device, random_drive, random_junction

# Random devices.


def check_random(name: str, seed: int, count: int) -> None:
    """The closed form's signal and the linear system's states, at current and at voltage, in any direction."""
    rng = np.random.default_rng(seed)
    for k in range(count):
        here = random_device(rng, name)
        if here.is_nonlocal and k % 3 == 2:
            here = here.with_contacts(here.injector, at_voltage(here.detector))
        drive, field = random_drive(rng, here, k % 2 == 0), sweep(here.nonmagnet, rng.normal(size=3))
        natural, y = NaturalUnits.of(here.under(drive), field), solve(here, drive, field)
        terms = signals(here, drive, field, y)
        assert error_of_terms((closed.signal(natural),), (sum(terms),)) <= 1e-10 * peak_of(terms) / np.max(abs(sum(terms)))
        assert error_of_states(states(natural, linear.solve(natural)), y) <= 1e-10


@pytest.mark.parametrize("name", NONMAGNETS)
def test_closed_signals_and_linear_states(name: str):
    check_random(name, 100 + NONMAGNETS.index(name), 4)


@pytest.mark.heavy
@pytest.mark.parametrize("name", [name for name in NONMAGNETS if name != "lateral, right end"])
def test_closed_signals_and_linear_states_of_many_devices(name: str):
    check_random(name, 200 + NONMAGNETS.index(name), 20)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.heavy] if name == "lateral, both ends" else []) for name in NONMAGNETS if "t end" not in name],
)
def test_closed_states_and_terms(name: str):
    """u and T as vectors at every contact, spin and heat terms, compiled."""
    rng = np.random.default_rng(300 + NONMAGNETS.index(name))
    for _ in range(3):
        here = random_device(rng, name)
        drive, field = random_drive(rng, here, True), sweep(here.nonmagnet, rng.normal(size=3))
        curve, y = hanle_curve(here.under(drive), field), solve(here, drive, field)
        assert error_of_terms((curve.Delta_V_spin, curve.Delta_V_heat), signals(here, drive, field, y)) <= 1e-10
        found = np.stack([curve.u, curve.T], 1)[:, None]
        if here.is_nonlocal:
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
        natural, y = NaturalUnits.of(here.under(drive), field), solve(here, drive, field)
        assert error_of_states(states(natural, linear.solve(natural)), y) <= 1e-10
        with pytest.raises(ValueError, match="G_i"):
            METHODS["closed"].require(natural)


def test_mixing_under_a_wide_contact():
    """η and Im G↑↓ under a contact of finite width, against one matrix function; and that against the closed form at η = 1."""
    rng = np.random.default_rng(500)
    for k in range(12):
        here = random_device(rng, "contact", log_x=(-2, 1.5))
        if k >= 4:
            one = random_junction(rng, here.injector.junction.G_up + here.injector.junction.G_down, T_0=300.0, G_i=k >= 8)
            here = Device(Contact(one, magnetisation=here.injector.magnetisation), here.nonmagnet)
        drive, field = random_drive(rng, here, k % 2 == 0), sweep(here.nonmagnet, rng.normal(size=3), OMEGAS[:-1])
        y = []
        for applied in field.B[:, None] * field.direction:
            contacts = ports(here, drive, applied, None)
            omega = np.array([float(w) for w in rate(here, applied)])
            y.append(biased(contacts, under_contact_in_six(here.nonmagnet, contacts[0], omega)))
        natural = NaturalUnits.of(here.under(drive), field)
        assert error_of_states(states(natural, linear.solve(natural)), np.array(y)) <= 1e-9
        if k < 4:
            assert error_of_states(np.array(y), solve(here, drive, field)) <= 1e-9


# The table.


def check_table(nonmagnet: AbstractNonmagnet, alpha: Callable[..., mp.mpf], r_s: Callable[..., mp.mpf]) -> None:
    """r_s, and α by the Wiedemann-Franz law."""
    bulk = nonmagnet.material
    with mp.workdps(40):
        lambda_s, lambda_Q = (mp.sqrt(mp.mpf(bulk.D) * tau) for tau in (bulk.tau_s, bulk.tau_Q))
        assert nonmagnet.r_s == pytest.approx(float(bulk.rho * r_s(lambda_s)), rel=1e-13)
        assert device(nonmagnet).alpha == pytest.approx(float(alpha(lambda_s, lambda_Q)), rel=1e-13)


@pytest.mark.parametrize("size", [1e-3, 0.3, 1.0, 20.0])
def test_columns_of_the_table(size: float):
    """Spin resistances and α of docs/derivations.md, section 3.2, written out."""
    bulk, length = material(ratio=0.3), size * LAMBDA
    check_table(Diffusive(bulk), lambda s, Q: s / Q, lambda s: s)
    check_table(Film(bulk, length), lambda s, Q: s * mp.coth(length / s) / (Q * mp.coth(length / Q)), lambda s: s * mp.coth(length / s))
    check_table(
        Film(bulk, length, "absorbing"),
        lambda s, Q: s * mp.tanh(length / s) / (Q * mp.tanh(length / Q)),
        lambda s: s * mp.tanh(length / s),
    )

    def g(y: mp.mpf) -> mp.mpf:
        return 1 - (1 - mp.exp(-y)) / y

    check_table(WideContact(bulk, length), lambda s, Q: s**2 * g(length / s) / (Q**2 * g(length / Q)), lambda s: s**2 * g(length / s))
    check_table(Lateral(bulk, length), lambda s, Q: s / Q, lambda s: s)
    for sign in (-1, 1):
        velocity = sign * size * 2 * bulk.D / LAMBDA

        def reached(length: mp.mpf, velocity: float = velocity) -> mp.mpf:
            v = velocity * length / (2 * mp.mpf(bulk.D))
            return v + mp.sqrt(1 + v * v)

        check_table(Drift(bulk, velocity), lambda s, Q: s * reached(Q) / (Q * reached(s)), lambda s: s / reached(s))


# Limits.


def test_thin_film_is_lumped():
    """Observed order 2 in d/λ."""
    bulk, errors = material(ratio=0.5), []
    for d in (1e-2, 1e-3):
        film = Film(bulk, d * LAMBDA)
        island = Lumped(bulk.rho * LAMBDA / d, bulk.rho_Q * (0.5 * LAMBDA) ** 2 / (d * LAMBDA), TAU, TAU / 4)
        one = Junction.from_resistance(R_tun=film.r_s, P_G=0.5, P_L=0.4, S=1e-4, T_0=300.0)
        found, expected = (signal(Device(Contact(one), nonmagnet), sweep(film, omegas=OMEGAS[:-1])) for nonmagnet in (film, island))
        errors.append(np.max(abs(found / expected - 1)))
    assert np.log10(errors[0] / errors[1]) == pytest.approx(2, abs=0.05)
    assert errors[1] < 1e-4


@pytest.mark.parametrize("back", ["reflecting", "absorbing"])
def test_thick_film_is_a_bulk(back: str):
    bulk = material()
    one = junction(Diffusive(bulk))
    found, expected = (
        signal(Device(Contact(one), nonmagnet), sweep(nonmagnet)) for nonmagnet in (Film(bulk, 40 * LAMBDA, back), Diffusive(bulk))
    )
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_wide_contact_is_lumped():
    """Observed order 1 in λ/w, back-flow included."""
    sheet, errors = material(rho=100.0), []
    island = Lumped(100.0 * LAMBDA**2, sheet.rho_Q * (LAMBDA / 2) ** 2, TAU, TAU / 4)
    one = junction(island)
    for w in (1e3, 1e4):
        found, expected = (
            signal(Device(Contact(one), nonmagnet), sweep(island, omegas=OMEGAS[:4]))
            for nonmagnet in (WideContact(sheet, w * LAMBDA), island)
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
            signal(Device(Contact(one), nonmagnet), sweep(bulk, omegas=OMEGAS[:-1])) for nonmagnet in (WideContact(sheet, 2 * half), bulk)
        )
        errors.append(np.max(abs(found / expected - 1)))
    assert np.log10(errors[0] / errors[1]) == pytest.approx(1, abs=0.02)
    assert errors[1] < 1e-4


def test_no_drift_is_diffusion():
    bulk = material()
    one, expected = junction(Diffusive(bulk)), signal(device(Diffusive(bulk)), sweep(Diffusive(bulk)))
    np.testing.assert_allclose(signal(Device(Contact(one), Drift(bulk, 0.0)), sweep(Diffusive(bulk))), expected, rtol=1e-14)
    away, back = (signal(Device(Contact(one), Drift(bulk, v)), sweep(Diffusive(bulk))) - expected for v in (1e-3, -1e-3))
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
    contact = WideContact(material(rho=100.0), w * LAMBDA)

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
    junctions = [Junction.from_resistance(R_tun=1e12, P_G=P, P_L=0.0, S=0.0, T_0=300.0, per_area=False) for P in (0.3, -0.6)]
    # t = τ s², so that the integrand has no singularity.
    omegas = np.array([0.0, 0.3, 1.0, 2.0, 6.0])

    def integrand(s: float, omega: float) -> float:
        return 0.0 if s == 0 else np.exp(-(distance**2) / (4 * s * s) - s * s) * np.cos(omega * s * s) / np.sqrt(np.pi)

    integrals = [quad(integrand, 0, 7, args=(omega,), epsabs=1e-14, limit=2000)[0] for omega in omegas]
    expected = 0.3 * -0.6 * R_sq * LAMBDA / W * np.array(integrals)
    field = sweep(channel, omegas=omegas)
    for sign in (1, -1):
        here = Device((Contact(junctions[0], magnetisation=X), Contact(junctions[1], magnetisation=sign * X)), channel)
        np.testing.assert_allclose(signal(here, field, CurrentBias(1e-6)) / 1e-6, sign * expected, rtol=0, atol=1e-8 * abs(expected[0]))
        curve = hanle_curve(here.under(CurrentBias(1e-6)), field)
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
        Junction.from_resistance(R_tun=R_N / share, P_G=one, P_L=0.0, S=0.0, T_0=300.0, eta_mix=1 - one**2, per_area=False)
        for one, share in zip(P, x, strict=True)
    ]
    kappa = np.sqrt(1 + 1j * OMEGAS)
    a = [(1 - one**2) * share for one, share in zip(P, x, strict=True)]
    between = np.exp(-kappa * ell)
    expected = P[0] * P[1] * R_N * np.real(2 * kappa * between / ((2 * kappa + a[0]) * (2 * kappa + a[1]) - a[0] * a[1] * between**2))
    here = Device((Contact(contacts[0], magnetisation=X), Contact(contacts[1], magnetisation=X)), channel)
    found = signal(here, sweep(channel), CurrentBias(1e-6)) / 1e-6
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * expected[0])
    usual = Junction.from_resistance(R_tun=R_N / x[1], P_G=P[1], P_L=0.0, S=0.0, T_0=300.0, per_area=False)
    isotropic = Device((Contact(contacts[0], magnetisation=X), Contact(usual, magnetisation=X)), channel)
    if x[0] >= 1:  # the tunnel limit's η = 1 is another device
        assert np.max(abs(signal(isotropic, sweep(channel), CurrentBias(1e-6)) / 1e-6 - expected)) > 1e-3 * expected[0]


@pytest.mark.parametrize(("x", "eta"), [(1e-3, 1.0), (1.0, 2.0), (50.0, 0.51)])
def test_half_width_of_a_lumped_device_is_a_mean_of_two_rates(x: float, eta: float):
    """√(Γ_∥ Γ_⊥), Γ_∥ = [1 + (1 − P_G²) x]/τ_s, Γ_⊥ = (1 + η x)/τ_s: 1/τ_s times the larger of both where η = 1 − P_G²."""
    island = Lumped(25e-12, 1e-6, TAU, TAU / 4)
    found = half_width(device(island, x, P_G=0.7, S=0.0, eta=eta).under(CurrentBias(1.0)), sweep(island))
    assert found == pytest.approx(tesla(island) * math.sqrt((1 + (1 - 0.49) * x) * (1 + eta * x)), rel=1e-12)


def test_line_of_a_semi_infinite_nonmagnet():
    """Re 1/√(1 + iω): half width √(3 + 2√3), 1 − 3ω²/8 + 35ω⁴/128 at the top, ω^(−1/2) in the tail."""
    bulk = Diffusive(material())
    here = device(bulk, 1e-14, S=0.0)
    assert half_width(here.under(CurrentBias(1.0)), sweep(bulk)) == pytest.approx(tesla(bulk) * math.sqrt(3 + 2 * math.sqrt(3)), rel=1e-10)
    top, near, far, farther = signal(here, sweep(bulk, omegas=np.array([0.0, 1e-2, 1e7, 1e9])))
    assert (1 - near / top) / 1e-4 == pytest.approx(3 / 8 - 35e-4 / 128, rel=1e-7)
    assert np.log10(farther / far) / 2 == pytest.approx(-1 / 2, abs=1e-6)
    assert far / top == pytest.approx(1 / math.sqrt(2e7), rel=1e-6)


# Per area, or as a whole.


def test_per_area_or_as_a_whole():
    """A junction of 1 kΩ µm² on a channel: over its area it is the whole contact of 1 kΩ; per area it is refused, and the reverse."""
    channel = Lateral(material(rho=1e8), LAMBDA)
    given = {"P_G": 0.5, "P_L": 0.4, "S": 1e-4, "T_0": 300.0}
    per_area, whole = Junction.from_resistance(R_tun=1e-9, **given), Junction.from_resistance(R_tun=1e3, per_area=False, **given)
    over = per_area.over(1e-12)
    assert not over.per_area and over.R_tun == pytest.approx(1e3) and over.rescaled(conductance=2.0, kelvin=1e-4).per_area is False
    curves = [
        signal(Device((Contact(one, magnetisation=X), Contact(one, magnetisation=X)), channel), sweep(channel), CurrentBias(1e-6))
        for one in (over, whole)
    ]
    np.testing.assert_allclose(curves[0], curves[1], rtol=1e-12)
    for injector, detector, where in ((per_area, whole, "junction"), (whole, per_area, "detector")):
        with pytest.raises(ValueError, match=f"device: {where}: .* per area .* take junction.over\\(area\\)"):
            Device((Contact(injector, magnetisation=X), Contact(detector, magnetisation=X)), channel)
    for nonmagnet in (Lumped(25e-12, 1e-6, TAU, TAU / 4), Diffusive(material()), WideContact(material(rho=100.0), LAMBDA)):
        with pytest.raises(ValueError, match=r"device: junction: .* those of a whole contact .* leave out .over\(area\)"):
            Device(Contact(whole), nonmagnet)
    with pytest.raises(ValueError, match=r"those of the whole contact already: leave out .over\(area\)"):
        over.over(1e-12)
