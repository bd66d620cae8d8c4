"""A Hanle curve: the states of a device over a field sweep, and the signals and currents that follow from them."""

import equinox as eqx

from .numerics.ratio import ratio
from .numerics.types import Any, AnyArray, Real
from .numerics.vectors import Scalars, array_module, dot
from .physics import Contact, Device, Field, NaturalUnits
from .runtime import warn_of_single
from .solvers import MethodName, steady_state

Sweep = Real[AnyArray, " points"]
VectorSweep = Real[AnyArray, "points 3"]


class HanleCurve(eqx.Module):
    """States of a device over a field sweep, in SI.

    On a lateral channel the accumulations and signals are the detector's, voltage and currents the injector's.

    Attributes:
        device, field: what was solved.
        states: u = Δμ/e [V] and T = ΔT_s [K] as vectors at every contact, [points, contacts, 2, 3].

    Example:
        >>> from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped, hanle_curve
        >>> contact = Contact(Junction.from_resistance(R_tun=1.0, P_G=0.5), CurrentBias(1e6))
        >>> curve = hanle_curve(Device(contact, Lumped.of_spin(r_s=25e-12, tau_s=1e-9)), Field([0.0]))
        >>> curve
        <HanleCurve, Lumped at CurrentBias: u and T at 1 fields; see Delta_V_Hanle, Delta_T_s>
        >>> f"{curve.Delta_mu_over_e[0]:.4g} V"  # 2 r_s P_G I
        '2.5e-05 V'
        >>> f"{curve.Delta_V_Hanle[0]:.4g} V"  # P_G/2 of it, Eq. (6)
        '6.25e-06 V'
    """

    device: Device
    field: Field
    states: Real[AnyArray, "points contacts 2 3"]

    @classmethod
    def from_natural(cls, natural: NaturalUnits, y: Real[AnyArray, "points *#contacts 2 3"], device: Device, field: Field) -> "HanleCurve":
        """Curve from states in natural units, y [points, 2, 3] or [points, contacts, 2, 3] in volts."""
        y = y.reshape(-1, len(device.contacts), 2, 3)
        return cls(device, field, array_module(y, natural).stack([y[:, :, 0], y[:, :, 1] / natural.kelvin], -2))

    def __repr__(self) -> str:
        if len(getattr(self.states, "shape", ())) < 4:  # a tree of something else than states
            return super().__repr__()
        nonmagnet, drive = type(self.device.nonmagnet).__name__, type(self.device.injector.drive).__name__
        return f"<HanleCurve, {nonmagnet} at {drive}: u and T at {self.states.shape[-4]} fields; see Delta_V_Hanle, Delta_T_s>"

    def part(self, index: Any) -> "HanleCurve":
        """Some of the points."""
        return HanleCurve(self.device, self.field.part(index), self.states[index])

    @property
    def u(self) -> VectorSweep:
        """Spin accumulation Δμ/e at the contact that senses it, as a vector [V], [points, 3]."""
        return self.states[:, -1, 0]

    @property
    def T(self) -> VectorSweep:
        """Spin heat accumulation ΔT_s there, as a vector [K], [points, 3]."""
        return self.states[:, -1, 1]

    @property
    def u_injector(self) -> VectorSweep:
        """Spin accumulation Δμ/e at the injector [V], [points, 3]."""
        return self.states[:, 0, 0]

    @property
    def T_injector(self) -> VectorSweep:
        """Spin heat accumulation ΔT_s at the injector [K], [points, 3]."""
        return self.states[:, 0, 1]

    def _turned(self, contact: Contact) -> Contact:
        """A contact with its magnetisation as the field turns it."""
        return contact.turned(self.field.magnetisation(contact.magnetisation))

    @property
    def magnetisation(self) -> Real[AnyArray, "*#points 3"]:
        """Magnetisation of the contact that senses the accumulations, as the field turns it, [3] or [points, 3]."""
        return self._turned(self.device.detector).magnetisation

    @property
    def Delta_mu_over_e(self) -> Sweep:
        """Spin accumulation along the magnetisation, m·Δμ/e [V], [points]."""
        return dot(self.magnetisation, self.u)

    @property
    def Delta_T_s(self) -> Sweep:
        """Spin heat accumulation along the magnetisation, m·ΔT_s [K], [points]."""
        return dot(self.magnetisation, self.T)

    @property
    def _signals(self) -> tuple[Sweep, Sweep]:
        return self._turned(self.device.detector).signals(self.states[:, -1])

    @property
    def Delta_V_spin(self) -> Sweep:
        """P_G (m·u)/2, the part of ΔV_Hanle from Δμ, Eq. (6) [V], [points]."""
        return self._signals[0]

    @property
    def Delta_V_heat(self) -> Sweep:
        """P_L S (m·T)/2, the part of ΔV_Hanle from ΔT_s, Eq. (6) [V], [points]."""
        return self._signals[1]

    @property
    def Delta_V_Hanle(self) -> Sweep:
        """ΔV_Hanle, Eq. (6) [V], [points]. At constant voltage the measured signal is ΔI = −G ΔV_Hanle."""
        return self.Delta_V_spin + self.Delta_V_heat

    @property
    def R_nl(self) -> Sweep:
        """Nonlocal resistance ΔV_Hanle/I of a lateral channel [Ω], [points]; NaN where no current flows, as with heat alone."""
        contact, (m, V, u, T, Delta_T_0) = self.device.injector, self._injection
        junction = contact.junction
        terms = junction.G * V, junction.P_G_G * dot(m, u) / 2, junction.L * Delta_T_0, junction.P_L_L * dot(m, T) / 2
        return ratio(self.Delta_V_Hanle, self.I, *(terms if not contact.drive.feeds_back else ()))

    @property
    def _injection(self) -> tuple[Any, ...]:
        """m, V, u, T and ΔT_0 at the injector, as the junction's currents take them."""
        contact, y = self._turned(self.device.injector), self.states[:, 0]
        return contact.magnetisation, contact.voltage(y), y[:, 0], y[:, 1], contact.drive.Delta_T_0

    @property
    def V(self) -> Scalars:
        """Voltage across the injecting junction [V], [points]."""
        return self._injection[1]

    @property
    def I(self) -> Scalars:
        """Charge current density, Eq. (3) [A m⁻²], [points]; on a lateral channel the current [A]."""
        return self._turned(self.device.injector).charge_current(self.states[:, 0])

    @property
    def I_s(self) -> VectorSweep:
        """Spin current density, Eq. (4) [A m⁻²], [points, 3]."""
        return self.device.injector.junction.spin_current(*self._injection)

    @property
    def I_Q(self) -> Scalars:
        """Heat current density, phonons included [W m⁻²], [points]."""
        return self.device.injector.junction.heat_current(*self._injection)

    @property
    def I_Qs(self) -> VectorSweep:
        """Spin heat current density, Eq. (5) [W m⁻²], [points, 3]."""
        return self.device.injector.junction.spin_heat_current(*self._injection)

    @property
    def dissipated_power(self) -> Scalars:
        """T_0 times the entropy production of junction and nonmagnet together, I V − I_Q ΔT_0/T_0 [W m⁻²], [points].

        Not negative in the steady state: what enters is either relaxed or conducted to where it relaxes.
        """
        return self.I * self.V - self.I_Q * self.device.injector.drive.Delta_T_0 / self.device.T_0


def hanle_curve(device: Device, field: Field, method: MethodName | str = "closed", **options: Any) -> HanleCurve:
    """Steady-state Hanle curve of a device over a field sweep.

    Arguments:
        device, field: what to solve, in SI.
        method: "closed" (exact, in closed form), "linear" (a system of linear equations, also for relaxation tensors and for
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

    Example:
        >>> from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped, hanle_curve
        >>> contact = Contact(Junction.from_resistance(R_tun=1.0, P_G=0.5), CurrentBias(1e6))
        >>> device = Device(contact, Lumped.of_spin(r_s=25e-12, tau_s=1e-9))
        >>> curve = hanle_curve(device, Field([0.0, 5.68563e-3]))  # ħ/(g μ_B τ_s) = 5.68563 mT: half the signal is left
        >>> [f"{Delta_V:.4g}" for Delta_V in curve.Delta_V_Hanle]
        ['6.25e-06', '3.125e-06']
    """
    warn_of_single("hanle_curve", device, field)
    natural = NaturalUnits.of(device, field)
    return HanleCurve.from_natural(natural, steady_state(natural, method, **options), device, field)
