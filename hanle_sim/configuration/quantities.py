"""Quantities as a configuration writes them: a number in SI, or a string with a unit."""

import math
import numbers
import re
from decimal import Decimal
from typing import Any

from ..text import number_text
from .units import UnknownUnitError, factor_to, plain_signs, proposed_unit
from .values import plain

#: The number at the start of a string; what follows it is the unit.
_NUMBER = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*(.*?)\s*", re.DOTALL)
#: A power of ten written out: 1.5 x 10^-9, 10**-9.
_POWER = re.compile(r"^(\s*[+-]?)(?:([0-9.]+)\s*[*x]\s*)?10\s*(?:\^|\*\*)\s*\(?([+-]?[0-9]+)\)?(?![0-9.])")
#: A number with commas, or with spaces between its thousands.
_COMMAS = re.compile(r"\s*([+-]?[0-9]{1,3}(?:[ ,'][0-9]{3})+|[+-]?[0-9]+,[0-9]+)((?:[eE][+-]?[0-9]+)?(?![0-9.,]).*)", re.DOTALL)

#: The conductance e²/h written next to its number, 5e2/h: no power of ten, since no unit begins with a slash.
_CONDUCTANCE = re.compile(r"(?<=[0-9.])(?=e\s*\^?\s*2\s*/\s*\(?\s*h\b)")

#: The largest bare angle: beyond it degrees were meant.
_FULL_TURN = 2 * math.pi

_EXAMPLES = {
    "ohm m^2": "25 ohm um^2", "ohm": "50 ohm", "V/K": "100 uV/K", "A/m^2": "1 kA/cm^2", "A": "1 mA", "V": "10 mV", "K": "300 K",
    "s": "1 ns", "T": "-50 mT", "rad": "90 deg", "m^2": "100 um^2", "W/(m^2 K)": "1e6 W/(m^2 K)", "K m^2/W": "1e-9 K m^2/W",
    "V^2/K^2": "2.45e-8 V^2/K^2", "ohm m": "3 mohm cm", "m": "2 um", "m^2/s": "100 cm^2/s", "m/s": "1 km/s", "S/m^2": "1e9 S/m^2",
    "K/W": "1e6 K/W", "T/A": "11.3 mT/A",
}  # fmt: skip


def _allowed(units: tuple[str, ...], number: str | None = None) -> str:
    """What is allowed; the example is of the user's number, where there is one."""
    if not units[0]:
        return "a number"
    example = _EXAMPLES[units[0]]
    if number is not None:
        example = f"{number} {example.partition(' ')[2]}"
    return f'a number in SI ({units[0]}) or a string with a unit, such as "{example}"' + "".join(f", or in {unit}" for unit in units[1:])


def parse_quantity(value: Any, *units: str) -> tuple[float, str]:
    """A quantity in SI, and which of the allowed units it has.

    Arguments:
        value: a number in SI (of the first unit), or a string with a unit of the dimension of any of `units`, or a quantity of pint.
        units: SI units allowed, in pint's spelling; "" for a pure number.

    Returns:
        The number in SI and the member of `units` that it is measured in.

    Raises:
        ValueError: booleans, dates, strings without a number, other dimensions, NaN and infinity; a bare number beyond 2π where an
            angle is wanted, which would be one in degrees. The message says what is allowed.
    """
    value = value if type(value) in (float, int, str) else plain(value)
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        try:
            number, unit = float(value), units[0]
        except OverflowError:
            raise ValueError("must be a finite number") from None
        if unit == "rad" and _FULL_TURN < abs(number) < math.inf:
            given = number_text(number)
            raise ValueError(f'must lie between -2 pi and 2 pi, in radians: for degrees write "{given} deg", for radians "{given} rad"')
    elif isinstance(value, str):
        number, unit = _parse_text(value, units)
    else:
        raise ValueError(f"must be {_allowed(units)}")
    if not math.isfinite(number):
        raise ValueError("must be a finite number")
    return number, unit


def unquoted(given: Any) -> Any:
    """A number that came as text, as an argument of the command line does, as a number; all else as it is."""
    try:
        return float(given) if isinstance(given, str) else given
    except ValueError:
        return given


def _parse_text(text: str, units: tuple[str, ...]) -> tuple[float, str]:
    text = _POWER.sub(lambda power: f"{power[1]}{power[2] or 1}e{int(power[3])} ", plain_signs(text).replace("**", "^"))
    match = _NUMBER.fullmatch(_CONDUCTANCE.sub(" ", text))
    commas = _COMMAS.fullmatch(text)
    if match is None or commas is not None:
        raise ValueError(f"must be {_allowed(units)}" + ("" if commas is None else _without_commas(commas, units)))
    number, written = match[1], match[2]
    if not written:
        if "" in units:
            return float(number), ""
        raise ValueError(f"has no unit: must be {_allowed(units, number)}")
    try:
        found = factor_to(written, units)
    except UnknownUnitError:
        what = "has an unknown unit"
    else:
        if found is not None:
            return _product(number, found[0]), found[1]
        what = "has the wrong unit"
    if "K" in units and re.fullmatch(r"(?:deg ?|°)?C(?:elsius)?", written):
        raise ValueError(f'is in degrees Celsius: must be in K: for a temperature add 273.15, for a difference write "{number} K"')
    meant = proposed_unit(written, units)
    shown = " ".join(written.split())
    shown = shown if len(shown) <= 40 else shown[:37] + "..."
    raise ValueError(f'{what}, "{shown}": ' + (f'did you mean "{number} {meant}"?' if meant else f"must be {_allowed(units, number)}"))


def _without_commas(match: re.Match[str], units: tuple[str, ...]) -> str:
    """The end of a message about a number with commas or spaces in it: how to write it."""
    digits, rest = match[1], match[2]
    forms = [digits.replace(",", ".")] if digits.count(",") == 1 and " " not in digits and "'" not in digits else []
    if re.fullmatch(r"[+-]?[0-9]{1,3}(?:[ ,'][0-9]{3})+", digits):
        forms.append(re.sub("[ ,']", "", digits))
    proposed = []
    for form in forms:
        try:
            _parse_text(form + rest, units)
        except ValueError:
            return ""
        proposed.append(f'"{form}{rest.rstrip()}"')
    return f": write {' or '.join(proposed)}"


def _product(number: str, factor: float) -> float:
    """A number times a factor, rounded once: "25 ohm um^2" is 25e-12 to the last bit."""
    value = float(number)
    if not math.isfinite(value) or value == 0:
        return value
    return float(Decimal(number) * Decimal(repr(factor)))
