"""What a claim is, and what the claims are computed with."""

import math
from typing import NamedTuple

import numpy as np

from ...constants import L_0_PAPER, hbar, mu_B
from ...observables.half_width import half_width
from ...physics import Contact, CurrentBias, Device, Field, Junction, NaturalUnits
from ...physics.nonmagnets import Lumped
from ...solvers import linear


class Claim(NamedTuple):
    """A number or statement of the paper.

    Attributes:
        id: short name, stable between versions.
        what: what is claimed, with its place in the text.
        printed: as printed.
        computed: as computed, as text.
        values: the numbers behind `computed`, by name.
        verdict: what follows.
    """

    id: str
    what: str
    printed: str
    computed: str
    values: dict[str, float]
    verdict: str


T_0 = 300.0
R_S = 25e-12  # Ω m², the paper's "25 Ω µm²"
S_EDGE = math.sqrt(L_0_PAPER)


def agrees(holds: bool, remark: str = "") -> str:
    """A verdict that the computation decides."""
    return ("agrees" if holds else "DIFFERS") + (f": {remark}" if remark else "")


def device_of(
    *,
    P_G: float = 0.5,
    P_L: float = 0.5,
    S: float = 100e-6,
    R_tun: float = R_S,
    alpha: float = 1.0,
    tau_Q: float = 1e-9,
    I: float = 1.0,
    Delta_T_0: float = 0.0,
) -> Device:
    """A device with the paper's r_s = 25 Ω µm², at 300 K, κ_el by Wiedemann-Franz."""
    junction = Junction.from_resistance(R_tun=R_tun, P_G=P_G, P_L=P_L, S=S, T_0=T_0)
    return Device(
        (Contact(junction, CurrentBias(I, Delta_T_0)),), Lumped.from_alpha(r_s=R_S, alpha=alpha, T_0=T_0, tau_s=1e-9, tau_Q=tau_Q)
    )


def at_zero_field(device: Device) -> tuple[float, float]:
    """Δμ/e [V] and ΔT_s [K] along m at B = 0, from the 6×6 steady state, in double precision."""
    natural = NaturalUnits.of(device, Field(np.zeros(1)))
    y = np.asarray(linear.solve(natural))[0] @ np.asarray(device.injector.magnetisation)
    return float(y[0]), float(y[1] / natural.kelvin)


def omega_at_half_width(device: Device) -> float:
    """ω_L at half width [rad/s] for b ⊥ m."""
    B = half_width(device, Field(np.zeros(1)))
    return float(device.nonmagnet.g * mu_B * B / hbar)
