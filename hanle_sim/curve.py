"""A Hanle curve: the states of a device over a field sweep, and everything a measurement reads off them."""

import equinox as eqx

from ._types import Any, AnyArray, Real
from .bloch import relaxed
from .device import Device, NaturalUnits
from .drive import AbstractDrive
from .field import Field
from .solvers import Method, steady_state
from .vectors import Scalars, dot

Sweep = Real[AnyArray, " points"]
VectorSweep = Real[AnyArray, "points 3"]


class HanleCurve(eqx.Module):
    """States of a device over a field sweep, in SI.

    Attributes:
        device, drive, field: what was solved.
        u: spin accumulation Δμ/e as a vector [V], [points, 3].
        T: spin heat accumulation ΔT_s as a vector [K], [points, 3].
    """

    device: Device
    drive: AbstractDrive
    field: Field
    u: VectorSweep
    T: VectorSweep

    @classmethod
    def from_natural(
        cls, natural: NaturalUnits, y: Real[AnyArray, "points 2 3"], *, device: Device, drive: AbstractDrive, field: Field
    ) -> "HanleCurve":
        """Curve from states in natural units, y [points, 2, 3] in volts."""
        return cls(device, drive, field, y[:, 0], y[:, 1] / natural.kelvin)

    @property
    def Delta_mu_over_e(self) -> Sweep:
        """Spin accumulation along the magnetisation, m·Δμ/e [V], [points]."""
        return dot(self.device.magnetisation, self.u)

    @property
    def Delta_T_s(self) -> Sweep:
        """Spin heat accumulation along the magnetisation, m·ΔT_s [K], [points]."""
        return dot(self.device.magnetisation, self.T)

    @property
    def Delta_V_spin(self) -> Sweep:
        """P_G (m·u)/2, the part of ΔV_Hanle from Δμ, Eq. (6) [V], [points]."""
        return self.device.junction.hanle_signals(self.device.magnetisation, self.u, self.T)[0]

    @property
    def Delta_V_heat(self) -> Sweep:
        """P_L S (m·T)/2, the part of ΔV_Hanle from ΔT_s, Eq. (6) [V], [points]."""
        return self.device.junction.hanle_signals(self.device.magnetisation, self.u, self.T)[1]

    @property
    def Delta_V_Hanle(self) -> Sweep:
        """ΔV_Hanle, Eq. (6) [V], [points]. At constant voltage the measured signal is ΔI = −G ΔV_Hanle."""
        return self.Delta_V_spin + self.Delta_V_heat

    @property
    def V(self) -> Scalars:
        """Voltage across the junction [V], [points]."""
        return self.drive.voltage(self.device.junction, self.device.magnetisation, self.u, self.T)

    @property
    def _state(self) -> tuple[Any, ...]:
        return self.device.magnetisation, self.V, self.u, self.T, self.drive.Delta_T_0

    @property
    def I(self) -> Scalars:  # noqa: E743
        """Charge current density, Eq. (3) [A m⁻²], [points]."""
        return self.device.junction.charge_current(*self._state)

    @property
    def I_s(self) -> VectorSweep:
        """Spin current density, Eq. (4) [A m⁻²], [points, 3]."""
        return self.device.junction.spin_current(*self._state)

    @property
    def I_Q(self) -> Scalars:
        """Heat current density, phonons included [W m⁻²], [points]."""
        return self.device.junction.heat_current(*self._state)

    @property
    def I_Qs(self) -> VectorSweep:
        """Spin heat current density, Eq. (5) [W m⁻²], [points, 3]."""
        return self.device.junction.spin_heat_current(*self._state)

    @property
    def dissipated_power(self) -> Scalars:
        """T_0 times the entropy production of junction and nonmagnet together [W m⁻²], [points]; not negative.

        The nonmagnet's part is the spins' relaxation, u·Γ_s u/(4 r_s) + T·Γ_Q T/(4 r_Q T_0), Γ the relaxation tensors.
        """
        junction, nonmagnet = self.device.junction, self.device.nonmagnet
        spin = dot(self.u, relaxed(nonmagnet.relaxation_s, self.u)) / (4 * nonmagnet.r_s)
        heat = dot(self.T, relaxed(nonmagnet.relaxation_Q, self.T)) / (4 * nonmagnet.r_Q * junction.T_0)
        return junction.dissipated_power(*self._state) + spin + heat


def hanle_curve(device: Device, drive: AbstractDrive, field: Field, method: Method | str = "closed", **options: Any) -> HanleCurve:
    """Steady-state Hanle curve of a device over a field sweep.

    Arguments:
        device, drive, field: what to solve, in SI.
        method: "closed" (exact, in closed form), "linear" (6×6, also for relaxation tensors and Im G↑↓), "modes" (two exact
            Lorentzians; lumped nonmagnets) or "integrate" (the Bloch equations in time).
        options: of the method; only "integrate" has any (see `solvers.integrate.steady_state`).

    Returns:
        The curve, with u and T of shape [points, 3], in the precision that JAX is set to.

    Raises:
        ValueError: an unknown method, or a device that the method doesn't cover.
    """
    natural = NaturalUnits.of(device, drive, field)
    return HanleCurve.from_natural(natural, steady_state(natural, method, **options), device=device, drive=drive, field=field)
