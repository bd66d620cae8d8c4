"""Curves of two lines, and devices with and without spin heat, for comparisons of models."""

from pathlib import Path

import numpy as np

from hanle_sim.configuration import check
from hanle_sim.constants import hbar, mu_B
from hanle_sim.fitting.compare import compared
from hanle_sim.fitting.section import FitSection, checked
from hanle_sim.fitting.variants import Variant, variants
from hanle_sim.measured import Measured

PER_TESLA = 2 * mu_B / hbar
B = np.linspace(-60e-3, 60e-3, 121)
L_0 = 2.45e-8
HOT = {
    "name": "hot",
    "junction": {"P_G": 0.4, "P_L": 0.5, "S": "90 uV/K", "R_tun": "50 kohm um^2"},
    "nonmagnet": {"model": "lumped", "tau_s": "1 ns", "tau_Q": "0.2 ns", "r_s": "25 ohm um^2", "T_0": "300 K", "alpha": 1.0},
    "drive": {"I": "1 kA/cm^2"},
}
FREE = {"free": {"tau_s": {}, "P_G": {}}, "offset": True}
#: Heat's share of two lines whose amplitudes are as P_G² r_s and (P_L S)² r_s/(L_0 α), the paper's Eq. (14).
SHARE = (0.5 * 90e-6) ** 2 / ((0.5 * 90e-6) ** 2 + 0.4**2 * L_0)


def line(x: np.ndarray, tau: float) -> np.ndarray:
    return 1 / (1 + (PER_TESLA * x * tau) ** 2)


def curve(share: float, noise: float, seed: int = 0, tau_Q: float = 0.2e-9, tau_s: float = 1e-9) -> Measured:
    """Two lines by the closed formula, with noise in shares of the peak: no line of the package's."""
    height = 0.4**2 * 25e-12 * 1e7 / (1 - share)
    y = height * ((1 - share) * line(B, tau_s) + share * line(B, tau_Q) + noise * np.random.default_rng(seed).normal(size=B.size))
    return Measured(B, y, "V", None, f"curve {seed}", Path("curve"), None, {}, ())


def changed(tables: dict, **keys: object) -> dict:
    """Tables with other keys of nonmagnet and junction; None takes one out."""
    found = {key: dict(value) if isinstance(value, dict) else value for key, value in tables.items()}
    for key, value in keys.items():
        home = found["junction" if key in ("P_G", "P_L", "S", "R_tun", "contact_area") else "nonmagnet"]
        home.pop(key, None)
        if value is not None:
            home[key] = value
    return found


PLAIN = changed(HOT, S=None, P_L=None, tau_Q=None, T_0=None, alpha=None)


def listed(tables: dict, free: dict | None = None) -> list[Variant]:
    whole = {**tables, "field": {"start": 0.0, "stop": 1e-3, "points": 2}}
    return list(variants(whole, check(whole), free or {"tau_s": {}}))


def lorentzian_fits(y_of: Measured):
    section = checked(FitSection, {"model": "lorentzian", "offset": True, "starts": 1}, "fit")
    return compared(None, [], section, [y_of], report=lambda *_: None)


def but_a_bulk(*given: object) -> list[Variant]:
    return [one for one in variants(*given) if one.geometry != "diffusive"]
