"""Where the linear model is strained: warnings, not refusals."""

import numpy as np

from .constants import e, k_B
from .curve import HanleCurve

#: What counts as small against k_B T_0 or T_0.
SMALL = 0.1


def warnings_for(curve: HanleCurve) -> list[str]:
    """What about a curve lies outside linear response, one sentence each.

    The tunnel equations are linear in V, Δμ, ΔT_s and ΔT_0: e V against k_B T_0, and the accumulations against k_B T_0 and T_0.
    """
    T_0 = float(curve.device.junction.T_0)
    thermal = k_B * T_0 / e
    V = float(np.max(np.abs(curve.V)))
    Delta_mu = float(np.max(np.linalg.norm(curve.u, axis=-1)))
    Delta_T_s = float(np.max(np.linalg.norm(curve.T, axis=-1)))
    Delta_T_0 = abs(float(curve.drive.Delta_T_0))
    found = []
    if thermal < V:
        found.append(
            f"the voltage across the junction, {_volts(V)}, is above k_B T_0/e = {_volts(thermal)}: tunnelling is not linear there"
        )
    if Delta_mu > SMALL * thermal:
        found.append(f"the spin accumulation, {_volts(Delta_mu)}, is not small against k_B T_0/e = {_volts(thermal)}")
    if Delta_T_s > SMALL * T_0:
        found.append(f"the spin heat accumulation, {Delta_T_s:.3g} K, is not small against T_0 = {T_0:.3g} K")
    if Delta_T_0 > SMALL * T_0:
        found.append(f"Delta_T_0 = {Delta_T_0:.3g} K is not small against T_0 = {T_0:.3g} K")
    return found


def _volts(value: float) -> str:
    return f"{value * 1e3:.3g} mV"
