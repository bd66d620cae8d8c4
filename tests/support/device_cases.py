"""Devices in every geometry, their solutions in SI, and how far two solutions are apart."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from device_oracle import HBAR, MU_B, signals, solve, times_of
from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped, VoltageBias
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.drives import AbstractDrive
from hanle_sim.physics.nonmagnets import AbstractNonmagnet, Diffusive, Lateral, WideContact
from hanle_sim.physics.nonmagnets.material import Material
from hanle_sim.solvers import closed, linear
from random_devices import spin_resistance

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
    R_tun, per_area = spin_resistance(nonmagnet) / x, not isinstance(nonmagnet, Lateral)
    return Junction.from_resistance(R_tun=R_tun, P_G=P_G, P_L=P_L, S=S, T_0=300.0, eta_mix=eta, per_area=per_area)


def device(nonmagnet: AbstractNonmagnet, x: float = 1.0, m: np.ndarray = X, m_2: np.ndarray = X, **more: float) -> Device:
    one = junction(nonmagnet, x, **more)
    contacts = Contact(one, magnetisation=m), Contact(one, magnetisation=m_2)
    return Device(contacts[: len(nonmagnet.contacts)], nonmagnet)


def signal(here: Device, field: Field, drive: AbstractDrive | None = None) -> np.ndarray:
    """ΔV_Hanle in closed form, for 1 V across the junction unless told; nothing is compiled."""
    return closed.signal(NaturalUnits.of(here.under(CurrentBias(here.injector.junction.G) if drive is None else drive), field))


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


def at_voltage(contact: Contact) -> Contact:
    return contact.under(VoltageBias(2e-3, contact.drive.Delta_T_0))


def peak_of(terms: tuple[np.ndarray, ...]) -> float:
    return max(float(np.max(abs(term))) for term in terms)


def some_heavy(names: Iterable[Any], *quick: Any) -> list[Any]:
    """Parameters of a test whose compilations take long: all but a few run with the heavy tests."""
    return [
        name if name in quick else pytest.param(*(name if isinstance(name, tuple) else (name,)), marks=pytest.mark.heavy) for name in names
    ]


ISLAND = Lumped(25e-12, 25e-12 / (2.45e-8 * 300.0 * 2.0), TAU, TAU / 4)
#: The field at which ω_Lτ_s = 1.
UNIT = tesla(ISLAND)
NONMAGNET: dict[str, AbstractNonmagnet] = {
    "lumped": ISLAND,
    "diffusive": Diffusive(material()),
    "contact": WideContact(material(rho=100.0), LAMBDA),
    "lateral": Lateral(material(rho=1e8), LAMBDA, None, 2 * LAMBDA),
}
#: Directions across no axis: of fields, and of magnetisations.
OBLIQUE, DIRECTION = np.array([0.4, -0.3, 1.0]), np.array([0.5, 0.0, 1.0])
M, TWISTED = np.array([1.0, 0.4, -0.2]), np.array([-1.0, 0.5, 0.3])


def check_exact(here: Device, drive: AbstractDrive, field: Field) -> None:
    """Closed form and linear system against the oracle."""
    natural, y = NaturalUnits.of(here.under(drive), field), solve(here, drive, field)
    terms = signals(here, drive, field, y)
    assert np.max(abs(closed.signal(natural) - sum(terms))) <= 1e-10 * peak_of(terms)
    assert error_of_states(states(natural, linear.solve(natural)), y) <= 1e-10
