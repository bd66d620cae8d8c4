"""Values given from Python, as those that TOML has."""

import numbers
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from ..numerics.checks import is_concrete
from ..text import shown
from .errors import ConfigurationError
from .units import UnknownUnitError, factor_to


def plain(value: Any) -> Any:
    """Nested mappings and sequences as dicts and lists, without keys that are None; numbers of NumPy and JAX as Python's; quantities
    of pint, of any registry, as text. All else stays what it is.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items() if item is not None}
    if hasattr(value, "_REGISTRY") and hasattr(value, "magnitude"):
        return _written(value)
    if isinstance(value, np.ndarray | np.generic) or (hasattr(value, "__jax_array__") or type(value).__module__.startswith("jax")):
        return _from_array(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, numbers.Real | Decimal) and not isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        return str(value)
    return value


def _from_array(value: Any) -> Any:
    """An array of numbers, booleans or texts, or of things that are such, as nested lists; what has a unit of its own stays as it is."""
    if not is_concrete(value) or hasattr(value, "unit"):
        return value
    array = np.asarray(value)
    if array.dtype.kind == "f":
        return array.astype(np.float64).tolist()
    if array.dtype.kind == "O" and array.ndim:
        return [plain(item) for item in array]
    return array.tolist() if array.dtype.kind in "iubU" else value


def _written(quantity: Any) -> Any:
    """A quantity of pint as text, such as "25.0 ohm micrometer^2": in its own units, or in base units where those aren't known here."""
    own = _unit_of(quantity)
    try:
        if own:
            factor_to(own, ())
    except UnknownUnitError:
        try:
            quantity = quantity.to_base_units()
        except Exception as error:
            raise ConfigurationError(f"{shown(str(quantity))}: its unit can't be converted: give it in SI units") from error
        own = _unit_of(quantity)

    def with_unit(number: Any) -> Any:
        return [with_unit(one) for one in number] if isinstance(number, list) else f"{number!r} {own}" if own else number

    return with_unit(plain(quantity.magnitude))


def _unit_of(quantity: Any) -> str:
    return " ".join(name if power == 1 else f"{name}^{power:g}" for name, power in quantity.unit_items())
