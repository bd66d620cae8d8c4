"""Devices without spin heat, as configurations, and the impedances of their nonmagnets in closed form."""

import numpy as np
from scipy import constants

from hanle_sim.configuration import Setup
from hanle_sim.physics.dimensionless import NaturalUnits

MU_B_OVER_HBAR = constants.physical_constants["Bohr magneton"][0] / constants.hbar
EXTENDED = {"tau_s": "1 ns", "D": "10 cm^2/s"}
GEOMETRIES = {
    "lumped": {"tau_s": "1 ns", "r_s": "10 ohm um^2"},
    "diffusive": {**EXTENDED, "rho": "1 mohm cm"},
    "film": {**EXTENDED, "rho": "1 mohm cm", "thickness": "0.5 um", "back": "reflecting"},
    "drift": {**EXTENDED, "rho": "1 mohm cm", "velocity": "1 km/s"},
    "contact": {**EXTENDED, "R_sq": "10 ohm", "contact_width": "1.5 um"},
    "lateral": {**EXTENDED, "R_sq": "10 ohm", "channel_width": "1 um", "distance": "1 um"},
}


def written(model: str, R_tun: object = "25 ohm um^2", **more: dict) -> dict:
    """A plain spin device; `more` adds to its sections."""
    lateral = model == "lateral"
    found = {
        "name": model,
        "junction": {"P_G": 0.4, "R_tun": R_tun, **({"contact_area": "2 um^2"} if lateral else {})},
        "nonmagnet": {"model": model, **GEOMETRIES[model]},
        "drive": {"I": "2 uA" if lateral else "1e6 A/m^2"},
        "field": {"start": "-30 mT", "stop": "40 mT", "points": 15},
    }
    return {key: {**value, **more.get(key, {})} if isinstance(value, dict) else value for key, value in found.items()}


def natural_of(setup: Setup) -> NaturalUnits:
    return NaturalUnits.of(setup.device, setup.field)


def impedance(model: str, z: np.ndarray, tau: float = 1e-9, D: float = 1e-3) -> np.ndarray:
    """Z(z) of docs/derivations.md, section 3.2 [Ω m²], on a lateral channel from injector to detector [Ω], for the numbers above."""
    length, root = np.sqrt(D * tau), np.sqrt(z)
    if model == "lumped":
        return 10e-12 / z
    if model == "diffusive":
        return 1e-5 * length / root
    if model == "film":
        return 1e-5 * length / root / np.tanh(root * 0.5e-6 / length)
    if model == "drift":
        v = 1e3 * length / (2 * D)
        return 1e-5 * length / (v + np.sqrt(v**2 + z))
    if model == "contact":
        y = root * 1.5e-6 / length
        return 10 * length**2 * (1 - (1 - np.exp(-y)) / y) / z
    return 10 * length / 1e-6 * np.exp(-root * 1e-6 / length) / (2 * root)
