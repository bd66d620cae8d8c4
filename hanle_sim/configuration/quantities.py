"""Quantities as a configuration writes them: a number in SI, or a string with a unit."""

import functools
import math
import numbers
import re
from typing import Any

#: The number at the start of a string; what follows it is the unit.
_NUMBER = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*(.*?)\s*", re.DOTALL)
#: Characters of a unit; no towers of exponents, which would take for ever to evaluate; no second number.
_UNIT = re.compile(r"[\w\s*/^().°µμΩÅ·%²³⁻¹-]*")
#: Gauss and oersted, which pint knows in Gaussian dimensions alone; a field in either means the induction that it is in vacuum.
_GAUSS = re.compile(r"\b([mµuk]?)(?:G|gauss|Oe|oersted)\b")
#: Sheet resistances are often written per square, which is no unit.
_SQUARE = re.compile(r"\s*/\s*(?:sq|square|□)\.?$")
_TOWER = re.compile(r"(\^|\*\*)\s*\(?-?[\d.]+\)?\s*(\^|\*\*)|\d{5,}|(?:^|[\s/(]|(?<!\*)\*)\d")


@functools.cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(cache_folder=None)
    registry.define("gauss_in_vacuum = 1e-4 tesla")
    return registry


def _describe(unit: str) -> str:
    return f'a number in SI ({unit}) or a string with a unit, such as "{_EXAMPLES[unit]}"' if unit else "a number"


_EXAMPLES = {
    "ohm m^2": "25 ohm um^2",
    "ohm": "50 ohm",
    "V/K": "100 uV/K",
    "A/m^2": "1 kA/cm^2",
    "A": "1 mA",
    "V": "10 mV",
    "K": "300 K",
    "s": "1 ns",
    "T": "-50 mT",
    "rad": "90 deg",
    "m^2": "100 um^2",
    "W/(m^2 K)": "1e6 W/(m^2 K)",
    "K m^2/W": "1e-9 K m^2/W",
    "V^2/K^2": "2.45e-8 V^2/K^2",
    "ohm m": "3 mohm cm",
    "m": "2 um",
    "m^2/s": "100 cm^2/s",
    "m/s": "1 km/s",
    "S/m^2": "1e9 S/m^2",
    "K/W": "1e6 K/W",
}


def parse_quantity(value: Any, *units: str) -> tuple[float, str]:
    """A quantity in SI, and which of the allowed units it has.

    Arguments:
        value: a number in SI (of the first unit), or a string with a unit of the dimension of any of `units`.
        units: SI units allowed, in pint's spelling; "" for a pure number.

    Returns:
        The number in SI and the member of `units` that it is measured in.

    Raises:
        ValueError: booleans, dates, strings without a number, other dimensions, NaN and infinity. The message says what is allowed.
    """
    allowed = " or ".join(_describe(unit) for unit in units[:1]) + "".join(f", or in {unit}" for unit in units[1:])
    if isinstance(value, numbers.Real) and not isinstance(value, bool) and type(value).__name__ != "bool_":
        try:
            number, unit = float(value), units[0]
        except OverflowError:
            raise ValueError("must be a finite number") from None
    elif isinstance(value, str):
        number, unit = _parse_text(value, units, allowed)
    else:
        raise ValueError(f"must be {allowed}")
    if not math.isfinite(number):
        raise ValueError("must be a finite number")
    return number, unit


def _parse_text(text: str, units: tuple[str, ...], allowed: str) -> tuple[float, str]:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"must be {allowed}")
    number, written = float(match[1]), _SQUARE.sub("", match[2])
    if not written:
        if "" in units:
            return number, ""
        raise ValueError(f"has no unit: must be {allowed}")
    if len(written) > 100 or not _UNIT.fullmatch(written) or _TOWER.search(written):
        raise ValueError(f"has an unknown unit {written[:40]!r}: must be {allowed}")
    registry = _registry()
    try:
        parsed = registry.parse_units(_GAUSS.sub(r"\1gauss_in_vacuum", written))
        factor = registry.Quantity(1.0, parsed)
        fitting = [unit for unit in units if parsed.dimensionality == registry.parse_units(unit).dimensionality]
        offset = not factor._is_multiplicative
        if fitting and not offset:
            return number * float(factor.to(registry.parse_units(fitting[0])).magnitude), fitting[0]
    except Exception as error:  # malformed text makes pint raise errors of a dozen unrelated kinds
        raise ValueError(f"has an unknown unit {written!r}: must be {allowed}") from error
    if offset:
        raise ValueError(f"has a unit with an offset, {written!r}: must be in K")
    raise ValueError(f"has the wrong unit {written!r}: must be {allowed}")
