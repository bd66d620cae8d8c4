"""The methods: what each covers, in one sentence why not, and how it solves. A method is chosen by going down the table.

Nothing heavy is loaded before a method is used.
"""

import abc
import importlib
from typing import Any, ClassVar, Literal

import numpy as np

from ..numerics.checks import is_concrete
from ..numerics.types import AnyArray, Real
from ..numerics.vectors import Scalars
from ..physics import NaturalUnits

MethodName = Literal["closed", "linear", "modes", "integrate", "finite_volume"]
States = Real[AnyArray, "points *#contacts 2 3"]


class AbstractMethod(abc.ABC):
    """A way from a device to its states in a field sweep.

    Attributes:
        name: the name that users give.
        home: the module that solves, loaded when it is first used.
        title: what it is called in a sentence.
        check, column: what a curve that it checked is called in figures, and in the names of variables.
        is_closed_form: whether the curve is a known function of ω_L.
        is_exact: whether it is exact to rounding, and solves many devices or fields in one compiled program.
        fields_at_once: how many fields are solved in one piece of a sweep.
        devices_at_once: how many devices of a batch.
        fields_of_a_check: at how many fields it checks another method's curve.
    """

    name: ClassVar[MethodName]
    home: ClassVar[str]
    title: ClassVar[str]
    check: ClassVar[str] = ""
    column: ClassVar[str] = ""
    is_closed_form: ClassVar[bool] = False
    is_exact: ClassVar[bool] = False
    fields_at_once: ClassVar[int] = 2**20
    devices_at_once: ClassVar[int] = 64
    fields_of_a_check: ClassVar[int] = 10_000

    def __repr__(self) -> str:
        return f"<method {self.name!r}: {self.title}>"

    @abc.abstractmethod
    def why_not(self, natural: NaturalUnits) -> str | None:
        """Why it does not cover a device, in one sentence that ends with what to use; None where it does."""

    def solutions(self, natural: NaturalUnits) -> Any:
        """The module that solves a device that it covers."""
        return importlib.import_module(self.home, __package__)

    def steady_state(self, natural: NaturalUnits, **options: Any) -> States:
        """Steady state of every field of a device that it covers, without stray fields: u and T in volts, [points, *contacts, 2, 3]."""
        return self.solutions(natural).steady_state(natural, **options)

    def covers(self, natural: NaturalUnits) -> bool:
        """Whether it covers a device."""
        return self.why_not(natural) is None

    def require(self, natural: NaturalUnits) -> None:
        """Raise ValueError for a device that it does not cover."""
        why = self.why_not(natural)
        if why is not None:
            raise ValueError(why)

    def solve(self, natural: NaturalUnits) -> States:
        """`steady_state` of a device that it covers: on plain numbers, without compiling where it can be, or within a compiled one."""
        return self.steady_state(natural)

    def signal(self, natural: NaturalUnits, **options: Any) -> Scalars:
        """ΔV_Hanle of a device that it covers [V], [points]; as `solve`."""
        return natural.signal(self.solve(natural))

    def transient(self, natural: NaturalUnits, times: Any, initial: NaturalUnits | None = None, **options: Any) -> AnyArray:
        """Time evolution at every field after the drive is switched on: u and T in volts, [points, times, *contacts, 2, 3].

        Arguments:
            natural: device and fields in natural units, a device that it covers.
            times: increasing times after the start, in units of `natural.time` = τ_s, [times].
            initial: the same nonmagnet under the biases and in the fields in whose steady state it starts; None for rest.
            options: of the method.

        Raises:
            ValueError: a method without time evolution.
        """
        raise ValueError(f"method '{self.name}': gives the steady state only: use the method 'integrate', or 'finite_volume'")


class Closed(AbstractMethod):
    """The exact steady state in closed form."""

    name, home, title = "closed", ".closed", "the closed form"
    is_closed_form, is_exact, devices_at_once = True, True, 1024

    def why_not(self, natural: NaturalUnits) -> str | None:
        nonmagnet, contacts = natural.device.nonmagnet, natural.device.contacts
        if not nonmagnet.is_isotropic:
            return "nonmagnet: an anisotropic relaxation tensor has no closed form: use the method 'linear' or 'finite_volume'"
        if nonmagnet.lacks_impedance:
            return f"nonmagnet: {nonmagnet.lacks_impedance}: use the method 'finite_volume'"
        if any(contact.junction.G_i is not None for contact in contacts):
            return "junction: an imaginary mixing conductance G_i has no closed form: use the method 'linear'"
        eta = contacts[0].junction.eta_mix
        if nonmagnet.has_local_back_flow and not (is_concrete(eta) and np.all(np.asarray(eta) == 1)):
            return "junction: eta_mix other than 1 has no closed form under a wide contact: use the method 'linear'"
        return None

    def signal(self, natural: NaturalUnits, **options: Any) -> Scalars:
        return self.solutions(natural).signal(natural, **options)


class Linear(AbstractMethod):
    """A system of linear equations a field, 6×6 for each contact."""

    name, home, title = "linear", ".linear", "the linear system"
    is_exact = True

    def why_not(self, natural: NaturalUnits) -> str | None:
        nonmagnet = natural.device.nonmagnet
        if nonmagnet.is_well_mixed:
            return None
        if not (nonmagnet.is_isotropic or nonmagnet.takes_tensors):
            kind = type(nonmagnet).__name__
            return f"nonmagnet: a relaxation tensor in a {kind} nonmagnet has no impedance: use the method 'finite_volume'"
        return f"nonmagnet: {nonmagnet.lacks_impedance}: use the method 'finite_volume'" if nonmagnet.lacks_impedance else None

    def solve(self, natural: NaturalUnits) -> States:
        return self.solutions(natural).solve(natural)


class Modes(AbstractMethod):
    """Two exact Lorentzians and a constant, of a lumped device."""

    name, home, title = "modes", ".closed.modes", "modes"
    is_closed_form = True

    def why_not(self, natural: NaturalUnits) -> str | None:
        device = natural.device
        if not device.nonmagnet.is_well_mixed:
            name = type(device.nonmagnet).__name__
            return f"method 'modes': a {name} nonmagnet has more than two modes: use the method 'closed'"
        if natural.stray is not None:
            return "field.stray: the average over local fields is not a sum of two Lorentzians: use the method 'closed'"
        why = METHODS["closed"].why_not(natural)
        if why is None and not natural.has_one_direction:
            return (
                "method 'modes': only a sweep of the field's magnitude, without exchange, stray fields or tilt, has two modes: "
                "use the method 'closed'"
            )
        return why


class Integrate(AbstractMethod):
    """The equations of motion integrated in time: the Bloch equations, or an extended nonmagnet's finite volumes."""

    name, home, title, check, column = "integrate", ".bloch_integration", "integration", "Bloch equations integrated", "integrated"
    fields_at_once = 64

    def why_not(self, natural: NaturalUnits) -> str | None:
        nonmagnet = natural.device.nonmagnet
        if nonmagnet.is_well_mixed or nonmagnet.has_extent:
            return None
        return f"method 'integrate': a {type(nonmagnet).__name__} nonmagnet has no equations of motion: use the method 'linear'"

    def solutions(self, natural: NaturalUnits) -> Any:
        home = self.home if natural.device.nonmagnet.is_well_mixed else ".volumes.in_time"
        return importlib.import_module(home, __package__)

    def transient(self, natural: NaturalUnits, times: Any, initial: NaturalUnits | None = None, **options: Any) -> AnyArray:
        return self.solutions(natural).transient(natural, times, initial, **options)


class FiniteVolume(AbstractMethod):
    """Diffusion, precession and relaxation along an extended nonmagnet, on a mesh."""

    name, home, title, check, column = "finite_volume", ".volumes", "the finite volumes", "finite volumes", "finite_volume"
    fields_at_once, fields_of_a_check = 64, 21

    def why_not(self, natural: NaturalUnits) -> str | None:
        nonmagnet = natural.device.nonmagnet
        if nonmagnet.is_well_mixed:
            return "method 'finite_volume': a lumped nonmagnet has no extent to divide into volumes: use the method 'linear' or 'integrate'"
        if not nonmagnet.has_extent:
            kind = type(nonmagnet).__name__
            return f"method 'finite_volume': a {kind} nonmagnet has no extent to divide into volumes: use the method 'linear'"
        return None

    def transient(self, natural: NaturalUnits, times: Any, initial: NaturalUnits | None = None, **options: Any) -> AnyArray:
        from .volumes import in_time

        return in_time.transient(natural, times, initial, **options)


#: By name, in the order in which they are offered.
METHODS: dict[MethodName, AbstractMethod] = {method.name: method for method in (Closed(), Linear(), Modes(), Integrate(), FiniteVolume())}


def method_of(name: str) -> AbstractMethod:
    """A method by its name. Raises ValueError for an unknown one."""
    found = {str(known): method for known, method in METHODS.items()}
    if not isinstance(name, str) or name not in found:
        raise ValueError(f"method = {name!r}: must be one of {', '.join(METHODS)}")
    return found[name]
