"""The equations of motion. Every solver takes them from here."""

from ._types import AnyArray, Real
from .device import Device
from .drive import AbstractDrive
from .vectors import Vectors, array_module, cross

State = Real[AnyArray, "*#points 2 3"]


def bloch_equations(y: State, device: Device, drive: AbstractDrive, omega: Vectors) -> State:
    """Bloch equations of spin and spin heat in a lumped nonmagnet under a tunnel junction.

    du/dt = ω_L b × u − u/τ_s + (2 r_s/τ_s) I_s,      dT/dt = ω_L b × T − T/τ_Q + (2 r_Q/τ_Q) I_Qs

    with u = Δμ/e and the currents of Eqs. (3)-(5), which depend on u and T: back-flow, cross coupling, and at constant current
    the bias's feedback. The steady state at B = 0 is Eqs. (7), (8) of Phys. Rev. Lett. 112, 056602. Affine in y.

    Arguments:
        y: u [V] and T = ΔT_s [K], shape [..., 2, 3].
        device: a device with a lumped nonmagnet, in SI or in natural units.
        drive: the drive, in the same units.
        omega: ω_L b [rad s⁻¹], shape [..., 3].

    Returns:
        dy/dt, shape [..., 2, 3].
    """
    u, T = y[..., 0, :], y[..., 1, :]
    m, junction, nonmagnet = device.magnetisation, device.junction, device.nonmagnet
    V = drive.voltage(junction, m, u, T)
    I_s = junction.spin_current(m, V, u, T, drive.Delta_T_0)
    I_Qs = junction.spin_heat_current(m, V, u, T, drive.Delta_T_0)
    du_dt = cross(omega, u) - relaxed(nonmagnet.relaxation_s, u) / nonmagnet.tau_s + (2 * nonmagnet.r_s / nonmagnet.tau_s) * I_s
    dT_dt = cross(omega, T) - relaxed(nonmagnet.relaxation_Q, T) / nonmagnet.tau_Q + (2 * nonmagnet.r_Q / nonmagnet.tau_Q) * I_Qs
    return array_module(du_dt, dT_dt).stack([du_dt, dT_dt], -2)


def relaxed(tensor: Real[AnyArray, "3 3"] | None, vector: Vectors) -> Vectors:
    """A relaxation tensor times a vector, [..., 3]; None is the identity."""
    return vector if tensor is None else vector @ tensor.T
