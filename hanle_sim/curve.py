"""A Hanle curve: the states of a device over a field sweep, and everything a measurement reads off them."""

import equinox as eqx

from .numerics.ratio import ratio
from .numerics.types import Any, AnyArray, Real
from .numerics.vectors import Scalars, dot
from .physics.device import Device
from .physics.dimensionless import NaturalUnits
from .physics.drives import AbstractDrive
from .physics.field import Field
from .runtime import warn_of_single
from .solvers import Method, steady_state

Sweep = Real[AnyArray, " points"]
VectorSweep = Real[AnyArray, "points 3"]


class HanleCurve(eqx.Module):
    """States of a device over a field sweep, in SI.

    On a lateral channel the accumulations and signals are the detector's, voltage and currents the injector's.

    Attributes:
        device, drive, field: what was solved.
        u: spin accumulation Δμ/e as a vector [V], [points, 3].
        T: spin heat accumulation ΔT_s as a vector [K], [points, 3].
        u_injector, T_injector: the same at the injector of a lateral channel, [points, 3]; None elsewhere.
    """

    device: Device
    drive: AbstractDrive
    field: Field
    u: VectorSweep
    T: VectorSweep
    u_injector: VectorSweep | None = None
    T_injector: VectorSweep | None = None

    @classmethod
    def from_natural(
        cls, natural: NaturalUnits, y: Real[AnyArray, "points *#contacts 2 3"], *, device: Device, drive: AbstractDrive, field: Field
    ) -> "HanleCurve":
        """Curve from states in natural units, y [points, 2, 3] or [points, contacts, 2, 3] in volts."""
        if y.ndim == 3:
            return cls(device, drive, field, y[:, 0], y[:, 1] / natural.kelvin)
        return cls(device, drive, field, y[:, 1, 0], y[:, 1, 1] / natural.kelvin, y[:, 0, 0], y[:, 0, 1] / natural.kelvin)

    def __repr__(self) -> str:
        if len(getattr(self.u, "shape", ())) < 2:  # a tree of something else than states
            return super().__repr__()
        device, drive = type(self.device.nonmagnet).__name__, type(self.drive).__name__
        return f"<HanleCurve, {device} at {drive}: u and T at {self.u.shape[-2]} fields; see Delta_V_Hanle, Delta_mu_over_e, Delta_T_s>"

    def part(self, index: Any) -> "HanleCurve":
        """Some of the points."""
        u, T = (None if x is None else x[index] for x in (self.u_injector, self.T_injector))
        return HanleCurve(self.device, self.drive, self.field.part(index), self.u[index], self.T[index], u, T)

    @property
    def magnetisation(self) -> Real[AnyArray, "*#points 3"]:
        """Magnetisation of the contact that senses the accumulations, as the field turns it, [3] or [points, 3]."""
        return self.field.magnetisation(self.device.sensing[1])

    @property
    def Delta_mu_over_e(self) -> Sweep:
        """Spin accumulation along the magnetisation, m·Δμ/e [V], [points]."""
        return dot(self.magnetisation, self.u)

    @property
    def Delta_T_s(self) -> Sweep:
        """Spin heat accumulation along the magnetisation, m·ΔT_s [K], [points]."""
        return dot(self.magnetisation, self.T)

    @property
    def Delta_V_spin(self) -> Sweep:
        """P_G (m·u)/2, the part of ΔV_Hanle from Δμ, Eq. (6) [V], [points]."""
        return self.device.sensing[0].hanle_signals(self.magnetisation, self.u, self.T)[0]

    @property
    def Delta_V_heat(self) -> Sweep:
        """P_L S (m·T)/2, the part of ΔV_Hanle from ΔT_s, Eq. (6) [V], [points]."""
        return self.device.sensing[0].hanle_signals(self.magnetisation, self.u, self.T)[1]

    @property
    def Delta_V_Hanle(self) -> Sweep:
        """ΔV_Hanle, Eq. (6) [V], [points]. At constant voltage the measured signal is ΔI = −G ΔV_Hanle."""
        return self.Delta_V_spin + self.Delta_V_heat

    @property
    def R_nl(self) -> Sweep:
        """Nonlocal resistance ΔV_Hanle/I of a lateral channel [Ω], [points]; NaN where no current flows, as with heat alone."""
        junction, (m, V, u, T, Delta_T_0) = self.device.junction, self._state
        terms = junction.G * V, junction.P_G_G * dot(m, u) / 2, junction.L * Delta_T_0, junction.P_L_L * dot(m, T) / 2
        return ratio(self.Delta_V_Hanle, self.I, *(terms if not self.drive.feeds_back else ()))

    @property
    def _state(self) -> tuple[Any, ...]:
        m = self.field.magnetisation(self.device.magnetisation)
        u, T = (self.u, self.T) if self.u_injector is None else (self.u_injector, self.T_injector)
        return m, self.drive.voltage(self.device.junction, m, u, T), u, T, self.drive.Delta_T_0

    @property
    def V(self) -> Scalars:
        """Voltage across the injecting junction [V], [points]."""
        return self._state[1]

    @property
    def I(self) -> Scalars:  # noqa: E743
        """Charge current density, Eq. (3) [A m⁻²], [points]; on a lateral channel the current [A]."""
        m, _, u, T, _ = self._state
        return self.drive.current(self.device.junction, m, u, T)

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
        """T_0 times the entropy production of junction and nonmagnet together, I V − I_Q ΔT_0/T_0 [W m⁻²], [points].

        Not negative in the steady state: what enters is either relaxed or conducted to where it relaxes.
        """
        return self.I * self.V - self.I_Q * self.drive.Delta_T_0 / self.device.junction.T_0


def hanle_curve(device: Device, drive: AbstractDrive, field: Field, method: Method | str = "closed", **options: Any) -> HanleCurve:
    """Steady-state Hanle curve of a device over a field sweep.

    Arguments:
        device, drive, field: what to solve, in SI.
        method: "closed" (exact, in closed form), "linear" (a 6×6 system, also for relaxation tensors of a lumped nonmagnet and for
            Im G↑↓), "modes" (two exact Lorentzians; lumped nonmagnets), "integrate" (the equations of motion in time) or
            "finite_volume" (extended nonmagnets of any kind, numerically).
        options: of the method; "integrate" and "finite_volume" have some (see `solvers`).

    Returns:
        The curve, with u and T of shape [points, 3], in the precision that JAX is set to. Single precision is good to about 1e-5 of the
        peak, and too little for a fit or a derivative to rely on.

    Raises:
        ValueError: an unknown method, or a device that the method doesn't cover.

    Warns:
        SinglePrecisionWarning: JAX is set to single precision, and no number is NumPy's float32.
    """
    warn_of_single("hanle_curve", device, drive, field)
    natural = NaturalUnits.of(device, drive, field)
    return HanleCurve.from_natural(natural, steady_state(natural, method, **options), device=device, drive=drive, field=field)
