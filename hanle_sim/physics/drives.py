"""Biases of a junction: a constant current or a constant voltage, and a temperature difference across it."""

import abc
import dataclasses

from ..numerics.checks import require_finite
from ..numerics.types import Scalar
from ..numerics.vectors import Scalars, Vectors, dot
from ..text import number_text
from .description import AbstractDescribed, if_any, in_unit, listed
from .junction import Junction


class AbstractDrive(AbstractDescribed):
    """A bias of the junction. At constant current the accumulations change the voltage, and with it their own injection."""

    def __check_init__(self) -> None:
        for number in dataclasses.fields(self):
            require_finite(f"drive: {number.name}", getattr(self, number.name))

    @property
    @abc.abstractmethod
    def Delta_T_0(self) -> Scalar:
        """T_0 − T_F, the nonmagnet's mean electron temperature less the ferromagnet's [K]."""

    @abc.abstractmethod
    def voltage(self, junction: Junction, m: Vectors, u: Vectors, T: Vectors) -> Scalars:
        """Voltage across the junction in the state u = Δμ/e [V], T = ΔT_s [K], each [..., 3] → [V], shape [...]."""

    @abc.abstractmethod
    def current(self, junction: Junction, m: Vectors, u: Vectors, T: Vectors) -> Scalars:
        """Charge current through the junction in that state [A m⁻²], [...]: the given one, or that of Eq. (3)."""

    @abc.abstractmethod
    def open_voltage(self, junction: Junction) -> Scalar:
        """Voltage across the junction without spin or spin heat accumulation [V]."""

    @abc.abstractmethod
    def description(self, of_current: str = "") -> str:
        """What it holds constant, with its unit; that of the current is what the contact's area says, A/m^2 or A."""

    @abc.abstractmethod
    def injection(self, junction: Junction) -> tuple[Scalar, Scalar]:
        """J = c V_0 + c′ ΔT_0, the (I_s, I_Qs) along m that it drives without accumulations, V_0 being `open_voltage`."""

    @abc.abstractmethod
    def sources(self, junction: Junction) -> "tuple[AbstractDrive, ...]":
        """Biases that add up to it, each of what drives the junction by itself: current or voltage, thermovoltage and ΔT_0."""

    @property
    def constant_current(self) -> Scalar | None:
        """The charge current that it holds constant; None where it holds the voltage."""
        return None

    @property
    def feeds_back(self) -> bool:
        """Whether the accumulations change the voltage that injects them."""
        return self.constant_current is not None

    @abc.abstractmethod
    def rescaled(self, *, conductance: Scalar, kelvin: Scalar) -> "AbstractDrive":
        """The same drive in the units of `Junction.rescaled`; voltages stay in volts."""


class CurrentBias(AbstractDrive):
    """Constant charge current, the usual Hanle measurement: V follows from Eq. (3), the signal is ΔV_Hanle of Eq. (6).

    Arguments:
        I: charge current density, positive for electron flow out of the ferromagnet [A m⁻²]; of a contact as a whole the current [A].
        Delta_T_0: T_0 − T_F [K].

    Raises:
        ValueError: a number that is not finite.

    Example:
        >>> from hanle_sim import CurrentBias, Junction
        >>> bias = CurrentBias(1e6)
        >>> f"{bias.open_voltage(Junction.from_resistance(R_tun=50e-12, P_G=0.5)):.4g} V"  # R_tun I
        '5e-05 V'
    """

    I: Scalar
    Delta_T_0: Scalar = 0.0

    def voltage(self, junction: Junction, m: Vectors, u: Vectors, T: Vectors) -> Scalars:
        return junction.voltage(m, self.I, u, T, self.Delta_T_0)

    def current(self, junction: Junction, m: Vectors, u: Vectors, T: Vectors) -> Scalars:
        return self.I + 0 * dot(m, u)  # no sum in which currents cancel

    def open_voltage(self, junction: Junction) -> Scalar:
        return (self.I - junction.L * self.Delta_T_0) / junction.G

    def injection(self, junction: Junction) -> tuple[Scalar, Scalar]:
        # V_0's own ΔT_0 is taken per spin, since its parts cancel where both spins have one Seebeck coefficient.
        thermal_s = 2 * (junction.L_up * junction.G_down - junction.L_down * junction.G_up) / junction.G
        thermal_Q = junction.P_L_L * junction.L / junction.G - junction.P_kappa_kappa
        c, IR = junction.injection, self.I / junction.G
        return c[0] * IR + thermal_s * self.Delta_T_0, c[1] * IR + thermal_Q * self.Delta_T_0

    def sources(self, junction: Junction) -> tuple[AbstractDrive, ...]:
        thermal = junction.L * self.Delta_T_0  # the current that ΔT_0 drives through a short circuit
        return CurrentBias(self.I), CurrentBias(-thermal), CurrentBias(thermal, self.Delta_T_0)

    @property
    def constant_current(self) -> Scalar:
        return self.I

    def rescaled(self, *, conductance: Scalar, kelvin: Scalar) -> "CurrentBias":
        return CurrentBias(self.I / conductance, self.Delta_T_0 * kelvin)

    def description(self, of_current: str = "") -> str:
        return listed(
            {"I": in_unit(self.I, of_current) if of_current else number_text(float(self.I), 4), "Delta_T_0": if_any(self.Delta_T_0, "K")}
        )


class VoltageBias(AbstractDrive):
    """Constant voltage: the signal is ΔI = −G ΔV_Hanle, with ΔV_Hanle the sum of Eq. (6).

    Arguments:
        V: voltage across the junction [V].
        Delta_T_0: T_0 − T_F [K].

    Raises:
        ValueError: a number that is not finite.

    Example:
        >>> from hanle_sim import VoltageBias
        >>> VoltageBias(V=1e-3, Delta_T_0=0.1)
        VoltageBias(V = 1 mV, Delta_T_0 = 100 mK)
    """

    V: Scalar
    Delta_T_0: Scalar = 0.0

    def voltage(self, junction: Junction, m: Vectors, u: Vectors, T: Vectors) -> Scalars:
        return self.V + 0 * dot(m, u)

    def current(self, junction: Junction, m: Vectors, u: Vectors, T: Vectors) -> Scalars:
        return junction.charge_current(m, self.voltage(junction, m, u, T), u, T, self.Delta_T_0)

    def open_voltage(self, junction: Junction) -> Scalar:
        return self.V

    def injection(self, junction: Junction) -> tuple[Scalar, Scalar]:
        c, c_thermal = junction.injection, junction.thermal_injection
        return c[0] * self.V + c_thermal[0] * self.Delta_T_0, c[1] * self.V + c_thermal[1] * self.Delta_T_0

    def sources(self, junction: Junction) -> tuple[AbstractDrive, ...]:
        return VoltageBias(self.V), VoltageBias(0.0, self.Delta_T_0)

    def rescaled(self, *, conductance: Scalar, kelvin: Scalar) -> "VoltageBias":
        return VoltageBias(self.V, self.Delta_T_0 * kelvin)

    def description(self, of_current: str = "") -> str:
        return listed({"V": in_unit(self.V, "V"), "Delta_T_0": if_any(self.Delta_T_0, "K")})
