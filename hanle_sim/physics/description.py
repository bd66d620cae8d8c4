"""How the objects of a device print themselves: in one line, with units."""

import abc
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import numpy as np

from ..numerics.checks import is_concrete
from ..numerics.types import Scalar
from ..text import number_text, with_prefix


class AbstractDescribed(eqx.Module):
    """An object that prints itself in one line; if its numbers are batched, traced or replaced, as Equinox prints it."""

    @abc.abstractmethod
    def description(self) -> str:
        """What stands between the brackets: R_tun = 50 ohm um^2, P_G = 0.5."""

    def __repr__(self) -> str:
        if is_concrete(*jax.tree.leaves(self)):
            try:
                return f"{type(self).__name__}({self.description()})"
            except Exception:  # an object must print itself, whatever a transformation has put in place of its numbers
                pass
        return super().__repr__()


def listed(parts: Mapping[str, Any]) -> str:
    """Parts as "name = text", without those that are None."""
    return ", ".join(f"{name} = {text}" for name, text in parts.items() if text is not None)


def in_unit(value: Scalar | None, unit: str) -> str | None:
    """A number in SI with its unit and prefix; areas in um^2. None for none."""
    if value is None:
        return None
    return with_prefix(float(value) * 1e12, "ohm um^2") if unit == "ohm m^2" else with_prefix(float(value), unit)


def if_any(value: Scalar | None, unit: str) -> str | None:
    """The same, None also for zero."""
    return None if value is None or float(value) == 0 else in_unit(value, unit)


def number_or_tensor(value: Any) -> str:
    """A number, or the word tensor."""
    return "tensor" if np.ndim(value) == 2 else number_text(float(value), 4)


def vector_text(vector: Any) -> str:
    """A unit vector: the axis that it lies along, or its components."""
    vector = np.asarray(vector, dtype=np.float64)
    if vector.shape != (3,):
        raise TypeError("not one vector")
    for axis, name in zip(np.eye(3), "xyz", strict=True):
        if np.array_equal(vector, axis):
            return name
    return f"({', '.join(number_text(float(x) + 0.0, 4) for x in vector)})"
