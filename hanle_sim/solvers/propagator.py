"""The motion of a lumped device in time: its rates, and its exponential on plain numbers, for which nothing is compiled."""

from typing import NamedTuple

import numpy as np

from ..numerics import affine_maps
from ..numerics.types import Real, Scalar
from ..numerics.vectors import array_module, dot
from ..physics import NaturalUnits
from ..physics.bloch import relaxation_rates
from . import linear


class Pace(NamedTuple):
    """Rates of a device's motion, in natural units: how long to integrate it, and in what units.

    Attributes:
        slowest: the slowest relaxation time of the nonmagnet by itself.
        fastest: the highest rate: precession, relaxation or back-flow.
        duration: how long to integrate: until the distance to the steady state, measured by free energy, has fallen below rtol.
        scale: the size of the state [V]: the injected currents against relaxation and back-flow.
    """

    slowest: Scalar
    fastest: Scalar
    duration: Scalar
    scale: Scalar


def pace(natural: NaturalUnits, rtol: float) -> Pace:
    """The pace of a device over a sweep, for the accuracy `rtol`."""
    xp = array_module(natural)
    contact, nonmagnet, m = natural.device.injector, natural.device.nonmagnet, natural.rest
    junction, drive = contact.junction, contact.drive
    slow_s, fast_s = relaxation_rates(nonmagnet.relaxation_s)
    slow_Q, fast_Q = relaxation_rates(nonmagnet.relaxation_Q)
    slowest = xp.maximum(nonmagnet.tau_s / slow_s, nonmagnet.tau_Q / slow_Q)
    back_flow_s = nonmagnet.r_s * ((1 + junction.eta_mix) * junction.G + (0.0 if junction.G_i is None else abs(junction.G_i)))
    back_flow_Q = nonmagnet.r_Q * (1 + junction.eta_mix) * junction.kappa_el
    relaxation = xp.maximum((fast_s + back_flow_s) / nonmagnet.tau_s, (fast_Q + back_flow_Q) / nonmagnet.tau_Q)
    disparity = abs(xp.log(nonmagnet.tau_s / nonmagnet.tau_Q))

    J_s, J_Q = dot(m, contact.turned(m).currents(np.zeros((2, 3)), contact.open_voltage))
    sink_s = 4 * junction.G_up * junction.G_down / junction.G if drive.feeds_back else junction.G
    sink_Q = junction.kappa_el - (junction.P_L_L**2 / junction.G if drive.feeds_back else 0)
    scale = 2 * abs(J_s) / (1 / nonmagnet.r_s + sink_s) + 2 * abs(J_Q) / (1 / nonmagnet.r_Q + sink_Q)
    return Pace(
        slowest=slowest,
        fastest=xp.maximum(xp.max(abs(natural.omega)), relaxation),
        duration=slowest * (5.0 - xp.log(rtol) + disparity / 2),
        scale=xp.where(scale > 0, scale, 1.0),
    )


def steady_state(natural: NaturalUnits, rtol: float) -> Real[np.ndarray, "points 2 3"]:
    """Where the Bloch equations y′ = A y + s arrive from rest, φ_1(At) s t after `Pace.duration`: within `rtol` of the peak.

    The same step as that of `bloch_integration`'s exponential solver, on NumPy arrays: u and T in volts, [points, 2, 3].
    """
    speed = pace(natural, rtol)
    A, s = linear.systems(natural)
    generators = np.concatenate([A, np.broadcast_to(s, A.shape[:-1])[..., None] / speed.scale], -1)
    return affine_maps.expm1(speed.duration * generators)[..., -1].reshape(-1, 2, 3) * speed.scale
