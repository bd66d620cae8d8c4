"""Eq. (14): two Lorentzians of widths tau_s and tau_Q, the field's usual approximation."""

from dataclasses import dataclass

import numpy as np

from .. import printed_equations
from ..configuration import Setup
from ..numerics.types import AnyArray, Scalar
from ..numerics.vectors import dot, unit_of
from ..physics.precession import effective_g, precession


@dataclass(frozen=True)
class TwoLorentzians:
    """Eq. (14): the two amplitudes [V] and the two curves they imply [V], [points]."""

    amplitudes: tuple[Scalar, Scalar]
    curves: tuple[AnyArray, AnyArray]


def two_lorentzians(setup: Setup, current: Scalar) -> TwoLorentzians:
    """Eq. (14)'s amplitudes, for a current [A m⁻²], on Lorentzians of widths τ_s and τ_Q in the applied field; with a g tensor spins
    precess about g·b.
    """
    junction, nonmagnet, field = setup.device.injector.junction, setup.device.nonmagnet, setup.field
    # S may vanish, and P_L with it lose its meaning: Eq. (14) needs only their product.
    per_current = printed_equations.hanle_amplitudes(
        r_s=nonmagnet.r_s,
        R_tun=junction.R_tun,
        P_G=junction.P_G,
        P_L=1.0,
        S=junction.P_L_S,
        alpha=setup.device.alpha,
        L_0=setup.device.L_0,
    )
    amplitudes = per_current[0] * current, per_current[1] * current
    axis = field.direction
    if getattr(nonmagnet.g, "ndim", 0) == 2:
        _, axis = unit_of(precession(nonmagnet.g, axis), np.array([0.0, 0.0, 1.0]))
    curves = printed_equations.two_lorentzians(
        amplitude_s=amplitudes[0],
        amplitude_Q=amplitudes[1],
        tau_s=nonmagnet.tau_s,
        tau_Q=nonmagnet.tau_Q,
        omega_L=field.larmor_frequency(effective_g(nonmagnet.g, field.direction)),
        theta_cosine=dot(setup.device.injector.magnetisation, axis),
    )
    return TwoLorentzians(amplitudes, curves)
