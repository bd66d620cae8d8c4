"""A contact: a tunnel junction, the magnetisation of its ferromagnet, and its bias."""

import dataclasses
from functools import partial

import equinox as eqx
import jax
import numpy as np

from ..numerics.types import AnyArray, Real, Scalar
from ..numerics.vectors import Scalars, array_module, unit
from .description import AbstractDescribed, vector_text
from .drives import AbstractDrive, CurrentBias, VoltageBias
from .junction import Junction

_X = np.array([1.0, 0.0, 0.0])

#: u [V] and T [K] at a contact.
State = Real[AnyArray, "*#points 2 3"]


class Contact(AbstractDescribed):
    """A ferromagnet on a tunnel barrier, under a bias: it injects spins and spin heat, and senses them.

    Every method takes the state y = (u, T) at the contact, u = Δμ/e [V] and T = ΔT_s [K], shape [..., 2, 3].

    Arguments:
        junction: the tunnel junction, per area; on a lateral channel as a whole (`Junction.over`).
        drive: its bias; without net current unless given, as a detector is read.
        magnetisation: direction m of the ferromagnet's magnetisation, [3]; any length, it is normalised; x unless given.

    Example:
        >>> from hanle_sim import Contact, CurrentBias, Junction
        >>> contact = Contact(Junction.from_resistance(R_tun=50e-12, P_G=0.5), CurrentBias(1e6), [0, 1, 0])
        >>> contact
        Contact(R_tun = 50 ohm um^2, P_G = 0.5; I = 1 MA/m^2; m = y)
        >>> f"{contact.open_voltage:.4g} V"  # R_tun I
        '5e-05 V'
    """

    junction: Junction
    drive: AbstractDrive = CurrentBias(0.0)
    magnetisation: Real[AnyArray, "*#points 3"] = eqx.field(default_factory=_X.copy, converter=partial(unit, "magnetisation"))

    def description(self) -> str:
        bias = self.drive.description("A/m^2" if self.junction.per_area else "A")
        return f"{self.junction.description()}; {bias}; m = {vector_text(self.magnetisation)}"

    @property
    def open_voltage(self) -> Scalar:
        """Voltage across the junction without accumulations [V]."""
        return self.drive.open_voltage(self.junction)

    @property
    def injection(self) -> tuple[Scalar, Scalar]:
        """Spin and spin heat current along m without accumulations [A m⁻²] and [W m⁻²]."""
        return self.drive.injection(self.junction)

    def voltage(self, y: State) -> Scalars:
        """Voltage V across the junction under the bias: Eq. (3) at constant current [V], [...]."""
        return self.drive.voltage(self.junction, self.magnetisation, y[..., 0, :], y[..., 1, :])

    def charge_current(self, y: State) -> Scalars:
        """Charge current under the bias, Eq. (3) [A m⁻²], [...]."""
        return self.drive.current(self.junction, self.magnetisation, y[..., 0, :], y[..., 1, :])

    def signals(self, y: State) -> tuple[Scalars, Scalars]:
        """The two terms of ΔV_Hanle, Eq. (6): from Δμ and from ΔT_s [V], each [...]."""
        return self.junction.hanle_signals(self.magnetisation, y[..., 0, :], y[..., 1, :])

    def signal(self, y: State) -> Scalars:
        """ΔV_Hanle, Eq. (6) [V], [...]."""
        return sum(self.signals(y))

    def currents(self, y: State, V: Scalars | None = None) -> State:
        """Spin and spin heat current into the nonmagnet, Eqs. (4), (5) as vectors [A m⁻²] and [W m⁻²], [..., 2, 3].

        V [V] is the voltage under the bias at this very state unless given, [...].
        """
        V = self.voltage(y) if V is None else V
        state = self.magnetisation, V, y[..., 0, :], y[..., 1, :], self.drive.Delta_T_0
        I_s, I_Qs = self.junction.spin_current(*state), self.junction.spin_heat_current(*state)
        return array_module(I_s, I_Qs).stack([I_s, I_Qs], -2)

    def under(self, drive: AbstractDrive) -> "Contact":
        """The same contact under another bias."""
        return dataclasses.replace(self, drive=drive)

    def turned(self, magnetisation: Real[AnyArray, "*#points 3"]) -> "Contact":
        """The same contact with another magnetisation."""
        return dataclasses.replace(self, magnetisation=magnetisation)

    @property
    def undriven(self) -> "Contact":
        """The same contact with its bias put to zero: what flows back for a state alone."""
        return self.under(jax.tree.map(lambda number: 0 * number, self.drive))

    @property
    def at_one_volt(self) -> "Contact":
        """The same contact at a voltage of 1 V, and no other drive."""
        return self.under(VoltageBias(1.0))

    @property
    def thermal(self) -> "Contact":
        """The same contact short-circuited, with the drive's ΔT_0 alone."""
        return self.under(VoltageBias(0.0, self.drive.Delta_T_0))

    def rescaled(self, *, conductance: Scalar, kelvin: Scalar) -> "Contact":
        """The same contact in the units of `Junction.rescaled`."""
        scale = {"conductance": conductance, "kelvin": kelvin}
        return Contact(self.junction.rescaled(**scale), self.drive.rescaled(**scale), self.magnetisation)
