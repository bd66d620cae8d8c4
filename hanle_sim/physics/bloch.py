"""The equations of motion, and their steady form at the contacts of an extended nonmagnet; every solver uses these."""

import jax
import numpy as np

from ..numerics.types import AnyArray, Numbers, Real, Scalar
from ..numerics.vectors import Vectors, array_module, cross, dot, full_precision, times
from .contact import State
from .device import Device


def bloch_equations(y: State, device: Device, omega: Vectors) -> State:
    """Bloch equations of spin and spin heat in a lumped nonmagnet under a tunnel junction (docs/derivations.md, section 2).

    du/dt = ω_L b × u − u/τ_s + (2 r_s/τ_s) I_s,      dT/dt = ω_L b × T − T/τ_Q + (2 r_Q/τ_Q) I_Qs

    with u = Δμ/e and the currents of Eqs. (3)-(5), which depend on u and T: back-flow, cross coupling, and at constant current
    the bias's feedback. The steady state at B = 0 is Eqs. (7), (8) of Phys. Rev. Lett. 112, 056602. Affine in y.

    Arguments:
        y: u [V] and T = ΔT_s [K], shape [..., 2, 3].
        device: a device with a lumped nonmagnet, in SI or in natural units.
        omega: ω_L b [rad s⁻¹], shape [..., 3].

    Returns:
        dy/dt, shape [..., 2, 3].
    """
    nonmagnet, currents = device.nonmagnet, device.injector.currents(y)
    u, T, I_s, I_Qs = y[..., 0, :], y[..., 1, :], currents[..., 0, :], currents[..., 1, :]
    du_dt = cross(omega, u) - relaxed(nonmagnet.relaxation_s, u) / nonmagnet.tau_s + (2 * nonmagnet.r_s / nonmagnet.tau_s) * I_s
    dT_dt = cross(omega, T) - relaxed(nonmagnet.relaxation_Q, T) / nonmagnet.tau_Q + (2 * nonmagnet.r_Q / nonmagnet.tau_Q) * I_Qs
    return array_module(du_dt, dT_dt).stack([du_dt, dT_dt], -2)


@full_precision
def relaxed(tensor: Real[AnyArray, "3 3"] | None, vector: Vectors) -> Vectors:
    """A relaxation tensor times a vector, [..., 3]; None is the identity."""
    return vector if tensor is None else vector @ tensor.T


def relaxation_rates(tensor: Real[AnyArray, "3 3"] | None) -> tuple[Scalar, Scalar]:
    """Smallest and largest eigenvalue of a relaxation tensor, without a derivative; None is the identity."""
    if tensor is None:
        return 1.0, 1.0
    xp = array_module(tensor)
    rates = xp.linalg.eigvalsh(tensor if xp is np else jax.lax.stop_gradient(tensor))
    return rates[0], rates[-1]


def contact_balance(y: State, device: Device, omega: Numbers, b: Vectors) -> State:
    """Currents into an extended nonmagnet through its contact less those that it conducts away: zero in the steady state. Affine in y.

    2 I_s − Z_s⁻¹ u and 2 I_Qs − Z_Q⁻¹ T, with Z = r F(1 − τ ω_L b×) (docs/derivations.md, section 3.1).

    Arguments:
        y: u [V] and T [K] at the contact, [..., 2, 3].
        device: as `bloch_equations` has it; the nonmagnet isotropic.
        omega: signed ω_L about b, [...].
        b: axis of the precession, [..., 3].

    Returns:
        The excess of the currents [A m⁻²] and [W m⁻²], [..., 2, 3].
    """
    u, T, nonmagnet = y[..., 0, :], y[..., 1, :], device.nonmagnet
    taken_s = (u + turned(nonmagnet.admittance_change_s(1j * omega * nonmagnet.tau_s), b, u)) / nonmagnet.r_s
    taken_Q = (T + turned(nonmagnet.admittance_change_Q(1j * omega * nonmagnet.tau_Q), b, T)) / nonmagnet.r_Q
    return 2 * device.injector.currents(y) - array_module(taken_s, taken_Q).stack([taken_s, taken_Q], -2)


def channel_balance(y: Real[AnyArray, "*#points 2 2 3"], device: Device, omega: Numbers, b: Vectors) -> AnyArray:
    """`contact_balance` at injector and detector of a lateral channel; y is [..., contacts, 2, 3], and so is what is returned.

    The channel between is a π of admittances, functions of 1 − τ ω_L b× (docs/derivations.md, section 3.6).
    """
    nonmagnet, xp = device.nonmagnet, array_module(y, omega)
    material = nonmagnet.material  # type: ignore[attr-defined]
    kinds = (material.tau_s, material.lambda_s, material.rho), (material.tau_Q, material.lambda_Q, material.rho_Q)
    taken = [[], []]  # type: list[list[AnyArray]]
    for kind, (tau, length, rho) in enumerate(kinds):
        to_ground = nonmagnet.ladder(1 + 1j * omega * tau, length)  # type: ignore[attr-defined]
        still = nonmagnet.ladder(1.0, length)  # type: ignore[attr-defined]
        for i in range(2):
            own, passing = y[..., i, kind, :], y[..., i, kind, :] - y[..., 1 - i, kind, :]
            # 0 at the injector, 2 at the detector, 1 between
            admitted = sum(still[k] * x + turned(to_ground[k] - still[k], b, x) for k, x in ((2 * i, own), (1, passing)))
            taken[i].append(admitted / rho)
    currents = [contact.currents(y[..., i, :, :]) for i, contact in enumerate(device.contacts)]
    return xp.stack([2 * current - xp.stack(rows, -2) for current, rows in zip(currents, taken, strict=True)], -3)


def turned(change: Numbers, b: Vectors, x: Vectors) -> Vectors:
    """F(1 − τω b×) x less F(1) x for a function whose value on the circular components is F(1) + change: b× = −i on P_+."""
    across = x - times(dot(b, x), b)
    return times(change.real, across) - times(change.imag, cross(b, x))
