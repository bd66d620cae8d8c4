"""What is solved: a device that is made dimensionless once, asked once what covers it, and whose admittance is built once."""

from dataclasses import dataclass
from typing import Any

from ..physics import Device, Field, NaturalUnits
from .closed.admittance import AbstractAdmittance, admittance_of
from .methods import METHODS, AbstractMethod, MethodName

# Those that give the curve itself, the fastest first; those without compiling; and those that check it, the most independent first.
_EXACT: tuple[MethodName, ...] = ("closed", "linear", "finite_volume")
_PLAIN: tuple[MethodName, ...] = ("linear", "finite_volume")
_NUMERICAL: tuple[MethodName, ...] = ("finite_volume", "integrate")


@dataclass(frozen=True)
class Problem:
    """A device in a sweep, and what every solution and observable of it shares.

    Attributes:
        device, field: what is solved, in SI.
        natural: the device in the sweep, in natural units.
        covering: names of the methods that cover it.
        admittance: the admittance of its nonmagnet; None to build it where the closed form needs it.
    """

    device: Device
    field: Field
    natural: NaturalUnits
    covering: frozenset[MethodName]
    admittance: AbstractAdmittance | None

    @classmethod
    def of(cls, device: Device, field: Field) -> "Problem":
        """The problem of a device in a sweep."""
        natural = NaturalUnits.of(device, field)
        covering = frozenset(name for name, method in METHODS.items() if method.covers(natural))
        return cls(device, field, natural, covering, admittance_of(natural.device) if "closed" in covering else None)

    def _covering(self, names: tuple[MethodName, ...]) -> list[AbstractMethod]:
        return [METHODS[name] for name in names if name in self.covering]

    @property
    def exact(self) -> AbstractMethod:
        """The first of the exact methods that covers the device."""
        return self._covering(_EXACT)[0]

    @property
    def plain(self) -> AbstractMethod:
        """The first that solves it on plain numbers without compiling."""
        return self._covering(_PLAIN)[0]

    @property
    def numerical(self) -> AbstractMethod | None:
        """The first that shares no formula with an exact curve; None for a nonmagnet of an impedance alone."""
        return next(iter(self._covering(_NUMERICAL)), None)

    def known(self, method: AbstractMethod) -> dict[str, Any]:
        """Options that spare a method what has been built."""
        return {"admittance": self.admittance} if method.is_closed_form else {}
