"""The equations of motion, and their steady form at the contacts of an extended nonmagnet; every solver uses these."""

from typing import Any

import jax
import numpy as np

from ..numerics.three_by_three import product
from ..numerics.types import AnyArray, Numbers, Real, Scalar
from ..numerics.vectors import Vectors, array_module, cross, cross_matrix, full_precision, perpendicular
from .contact import State
from .device import Device
from .nonmagnets import AbstractNonmagnet

# The matrix of a× for a the first axis.
_ABOUT_FIRST = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


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


def conduction(nonmagnet: AbstractNonmagnet, omega: Numbers, b: Vectors) -> Real[AnyArray, "points n n"]:
    """The currents that an extended nonmagnet conducts away from its contacts, as a matrix: 2 I_s = Z_s⁻¹ u, 2 I_Qs = Z_Q⁻¹ T.

    Z = r F(1 − τ ω_L b×), and under a relaxation tensor Γ a function of Γ − τ ω_L b× (docs/derivations.md, sections 3.1 and 3.7). In
    the steady state these are twice the currents from the contacts. A channel between two is a π of such admittances (section 3.6).

    Arguments:
        nonmagnet: an extended nonmagnet with an impedance, in SI or in natural units.
        omega: signed ω_L about b, [points].
        b: axis of the precession, [3] or [points, 3].

    Returns:
        Twice the currents [A m⁻²] and [W m⁻²], a channel's [A] and [W], per u [V] and T [K], [points, 6, 6]; at two contacts
        [points, 12, 12], the injector first.
    """
    kinds = [_admittances(nonmagnet, kind, omega, b) for kind in range(2)]
    xp = array_module(kinds)
    none = xp.zeros_like(kinds[0][0])
    if len(nonmagnet.contacts) == 1:
        return xp.block([[kinds[0][0], none], [none, kinds[1][0]]])

    def between(i: int, k: int, j: int, other: int) -> AnyArray:
        """What leaves contact i as spin (k = 0) or spin heat for the state of contact j."""
        if k != other:
            return none
        return -kinds[k][1] if i != j else kinds[k][2 * i] + kinds[k][1]

    places = [(i, k) for i in range(2) for k in range(2)]
    return xp.block([[between(*row, *column) for column in places] for row in places])


def _admittances(nonmagnet: Any, kind: int, omega: Numbers, b: Vectors) -> list[Real[AnyArray, "points 3 3"]]:
    """The admittance of spin (0) or spin heat (1) at a contact; at two from the injector to ground, between them, and from the detector."""
    tau, tensor = (nonmagnet.tau_s, nonmagnet.relaxation_s) if kind == 0 else (nonmagnet.tau_Q, nonmagnet.relaxation_Q)
    if tensor is None and len(nonmagnet.contacts) == 1:
        r, change = (nonmagnet.r_s, nonmagnet.admittance_change_s) if kind == 0 else (nonmagnet.r_Q, nonmagnet.admittance_change_Q)
        return [of_precession(1 / r, change(1j * omega * tau) / r, b)]
    material = nonmagnet.material
    rho, length = (material.rho, material.lambda_s) if kind == 0 else (material.rho_Q, material.lambda_Q)
    if tensor is None:
        still, turning = nonmagnet.ladder(1.0, length), nonmagnet.ladder(1 + 1j * omega * tau, length)
        return [of_precession(own / rho, (other - own) / rho, b) for own, other in zip(still, turning, strict=True)]
    axes = axes_of(b, omega)
    found = nonmagnet.admittance_matrices(relaxation_and_precession(tensor, omega * tau, axes), length)
    return [product(axes, one, axes.swapaxes(-1, -2)) / rho for one in found]


def of_precession(still: Scalar, change: Numbers, b: Vectors) -> Real[AnyArray, "points 3 3"]:
    """F(1 − τω b×) for a function whose value on the circular components is F(1) + change [points]: b× = −i on P_+."""
    xp = array_module(still, change, b)
    b = xp.broadcast_to(b, (change.shape[0], 3))
    one = xp.broadcast_to(np.eye(3), (change.shape[0], 3, 3))
    real, imag = change.real[:, None, None], change.imag[:, None, None]
    return still * one + real * (one - b[:, :, None] * b[:, None, :]) - imag * cross_matrix(b)


def axes_of(b: Vectors, omega: Numbers) -> Real[AnyArray, "points 3 3"]:
    """b and two unit vectors e and b × e across it, as the columns of a matrix at every field."""
    across = perpendicular(b)
    xp = array_module(b, omega)
    return xp.broadcast_to(xp.stack([b, across, cross(b, across)], -1), (omega.shape[0], 3, 3))


def relaxation_and_precession(tensor: Real[AnyArray, "3 3"], phase: Numbers, axes: Real[AnyArray, "points 3 3"]) -> AnyArray:
    """Γ − τ ω_L b× by components along `axes_of` b, so that precession however fast leaves the digits of the component along b.

    phase = ω_L τ, [points].
    """
    xp = array_module(tensor, phase, axes)
    relaxation = product(axes.swapaxes(-1, -2), xp.broadcast_to(tensor, axes.shape), axes)
    return relaxation - phase[:, None, None] * _ABOUT_FIRST[None]
