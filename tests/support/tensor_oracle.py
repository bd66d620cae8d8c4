"""Steady states under relaxation tensors to 50 digits: functions of matrices by their eigenvectors, in mpmath, in SI.

Impedances are scalar functions of the eigenvalues of Γ − ω_Lτ b×, a channel's from its images. The objects of the package are read for
their parameters only.
"""

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

from hanle_sim.physics.device import Device
from hanle_sim.physics.drives import AbstractDrive
from hanle_sim.physics.field import Field
from hanle_sim.physics.nonmagnets import Diffusive, Drift, Film, Lateral
from line_oracle import HBAR, MU_B, closing, generator, tunnel

DIGITS = 50


def of_matrix(f: Callable[[Any], Any], M: Any) -> Any:
    """f(M), in mpmath."""
    values, vectors = mp.eig(M)
    return (vectors * mp.diag([f(value) for value in values]) * vectors**-1).apply(mp.re)


def rounded(M: Any) -> np.ndarray:
    return np.array([[float(M[i, j]) for j in range(M.cols)] for i in range(M.rows)])


def slope(nonmagnet: Any, z: Any, length: Any) -> Any:
    """1/(λ f(z)) of docs/derivations.md, section 3.2."""
    root = mp.sqrt(z)
    if isinstance(nonmagnet, Diffusive):
        return root / length
    if isinstance(nonmagnet, Film):
        x = root * mp.mpf(float(nonmagnet.thickness)) / length
        return root / length * (mp.tanh(x) if nonmagnet.back == "reflecting" else mp.coth(x))
    assert isinstance(nonmagnet, Drift)
    drift = mp.mpf(float(nonmagnet.velocity)) * length / (2 * mp.mpf(float(nonmagnet.material.D)))
    return (drift + mp.sqrt(drift**2 + z)) / length


def green(nonmagnet: Lateral, kappa: Any, i: int, j: int) -> Any:
    """e^(−κ|x_i − x_j|)/2κ and its images in the reflecting ends."""
    distance = mp.mpf(float(nonmagnet.distance))
    left, right = (0 if end is None else mp.mpf(float(end)) for end in (nonmagnet.left_end, nonmagnet.right_end))
    x, y = sorted((i * distance, j * distance))
    at_left, at_right = (0 if end is None else 1 for end in (nonmagnet.left_end, nonmagnet.right_end))
    direct = mp.exp(-kappa * (y - x)) * (1 + at_left * mp.exp(-2 * kappa * (left + x)))
    direct *= 1 + at_right * mp.exp(-2 * kappa * (distance + right - y))
    return direct / (2 * kappa * (1 - at_left * at_right * mp.exp(-2 * kappa * (left + distance + right))))


def exact(device: Device, drive: AbstractDrive, field: Field) -> np.ndarray:
    """u [V] and T [K] at every field and contact, [points, contacts, 2, 3]."""
    with mp.workdps(DIGITS):
        directions = np.broadcast_to(field.direction, (field.B.size, 3))
        return np.array([_at(device, drive, float(B), b) for B, b in zip(field.B, directions, strict=True)])


def _at(device: Device, drive: AbstractDrive, B: float, b: np.ndarray) -> np.ndarray:
    nonmagnet, material, contacts = device.nonmagnet, device.nonmagnet.material, device.contacts
    n, drives = 6 * len(contacts), (drive, *(contact.drive for contact in contacts[1:]))
    N, source, response = mp.zeros(n), mp.zeros(n, 1), mp.zeros(n)
    for i, (contact, bias) in enumerate(zip(contacts, drives, strict=True)):
        back_flow, per_volt, per_kelvin = tunnel(contact.junction, contact.magnetisation)
        V_0, h = closing(contact.junction, contact.magnetisation, bias)
        part = slice(6 * i, 6 * i + 6)
        N[part, part] = mp.matrix((back_flow + np.outer(per_volt, h)).tolist())
        source[part, 0] = mp.matrix((per_volt * V_0 + per_kelvin * bias.Delta_T_0).tolist())
    kinds = (material.rho, material.tau_s, material.relaxation_s), (material.rho_Q, material.tau_Q, material.relaxation_Q)
    for k, (rho, tau, Gamma) in enumerate(kinds):
        phase = mp.mpf(MU_B / HBAR) * mp.mpf(float(nonmagnet.g)) * mp.mpf(B) * mp.mpf(float(tau))
        M = mp.matrix(np.asarray(np.eye(3) if Gamma is None else Gamma).tolist()) - phase * mp.matrix(generator(b).tolist())
        length = mp.sqrt(mp.mpf(float(material.D)) * mp.mpf(float(tau)))
        for i in range(len(contacts)):
            for j in range(len(contacts)):

                def impedance(z: Any, i: int = i, j: int = j, length: Any = length) -> Any:
                    return green(nonmagnet, mp.sqrt(z) / length, i, j) if len(contacts) == 2 else 1 / slope(nonmagnet, z, length)

                part = slice(6 * i + 3 * k, 6 * i + 3 * k + 3), slice(6 * j + 3 * k, 6 * j + 3 * k + 3)
                response[part] = 2 * mp.mpf(float(rho)) * of_matrix(impedance, M)
    found = mp.lu_solve(mp.eye(n) - response * N, response * source)
    return np.array([float(found[k]) for k in range(n)]).reshape(-1, 2, 3)
