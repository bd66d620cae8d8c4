"""Devices for the finite volumes, their solutions in SI, and how far two solutions are apart."""

import numpy as np

from hanle_sim import Contact
from hanle_sim.physics.device import Device
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.drives import AbstractDrive
from hanle_sim.physics.field import Field
from hanle_sim.physics.junction import Junction
from hanle_sim.physics.nonmagnets import AbstractNonmagnet, Lateral
from hanle_sim.physics.nonmagnets.material import Material
from hanle_sim.solvers import volumes

#: ω_Lτ_s up to 100 for τ_s = 1 ns.
FIELDS = np.array([0.0, 1e-4, -3e-3, 6e-3, 0.02, 0.1, 0.57])
LAMBDA = 1e-6
X = np.array([1.0, 0.0, 0.0])
TENSOR = np.array([[1.4, 0.3, 0.0], [0.3, 0.9, -0.2], [0.0, -0.2, 0.6]])


def material(*, ratio: float = 0.5, rho: float = 1e-6, tau: float = 1e-9, **more: object) -> Material:
    """λ_s = 1 µm at τ = 1 ns, and λ_Q = ratio λ_s."""
    return Material.from_wiedemann_franz(rho=rho, D=1e-3, tau_s=tau, tau_Q=tau * ratio**2, T_0=300.0, **more)  # type: ignore[arg-type]


def device(nonmagnet: AbstractNonmagnet, x: float = 1.0, *, eta: float = 1.0, S: float = 100e-6, magnetisation: np.ndarray = X) -> Device:
    """A junction of R_tun = r_s/x."""
    R_tun, is_lateral = nonmagnet.r_s / x, isinstance(nonmagnet, Lateral)
    junction = Junction.from_resistance(R_tun=R_tun, P_G=0.5, P_L=0.4, S=S, T_0=300.0, eta_mix=eta, per_area=not is_lateral)
    contacts = Contact(junction, magnetisation=magnetisation), Contact(junction, magnetisation=np.array([1.0, 1.0, 0.0]))
    return Device(contacts[: len(nonmagnet.contacts)], nonmagnet)


def solve(device: Device, drive: AbstractDrive, field: Field, **options: object) -> np.ndarray:
    """u [V] and T [K] by finite volumes, [points, contacts, 2, 3]."""
    natural = NaturalUnits.of(device.under(drive), field)
    y = volumes.steady_state(natural, **options)  # type: ignore[arg-type]
    return y.reshape(field.B.size, -1, 2, 3) / np.array([1.0, natural.kelvin])[:, None]


def error(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference of u and of T at any contact, each relative to its own peak."""
    return float(np.max(np.max(abs(found - expected), (0, 3)) / np.max(abs(expected), (0, 3))))
