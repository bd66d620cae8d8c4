"""Values as they are given: from Python as those that TOML has, and in a message as they stand in TOML."""

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np

from .._checks import is_concrete
from .units import UnknownUnitError, factor_to

#: The longest text of the user's that a line shows.
_LONGEST = 80


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
            from .load import ConfigurationError

            raise ConfigurationError(f"{shown(str(quantity))}: its unit can't be converted: give it in SI units") from error
        own = _unit_of(quantity)

    def with_unit(number: Any) -> Any:
        return [with_unit(one) for one in number] if isinstance(number, list) else f"{number!r} {own}" if own else number

    return with_unit(plain(quantity.magnitude))


def _unit_of(quantity: Any) -> str:
    return " ".join(name if power == 1 else f"{name}^{power:g}" for name, power in quantity.unit_items())


def shown(text: str) -> str:
    """A text of the user's for a line: what can be printed of it, and not too long."""
    text = "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def toml_of(value: Any) -> str:
    """A value as it stands in TOML, for a line; one that TOML has no form for as Python shows it."""
    if isinstance(value, list | tuple):  # no more of it than is shown
        text = "[" + ", ".join(toml_of(item) for item in value[:_LONGEST]) + "]"
        return text if len(text) <= _LONGEST else text[: _LONGEST - 4] + "...]"
    if isinstance(value, Mapping):
        text = "{" + ", ".join(f"{key} = {toml_of(item)}" for key, item in value.items()) + "}"
        return text if len(text) <= _LONGEST else text[: _LONGEST - 4] + "...}"
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, str):
        return f'"{shown(value)}"'
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, int):
        text = str(value) if abs(value) < 10**_LONGEST else f"an integer of {value.bit_length() * 0.30103:.0f} digits"
        return text
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return shown(repr(value))


def number_text(value: float, digits: int = 12) -> str:
    """A number in its shortest form: 0.05, 300, 1e9, 2.45e-8."""
    plainly = f"{value:.{digits}g}"
    if not np.isfinite(value):
        return plainly
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    power = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    fixed = plainly if "e" not in plainly else power
    return power if len(power) < len(fixed) and abs(int(exponent)) > 3 else fixed
