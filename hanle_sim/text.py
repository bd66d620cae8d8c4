"""Values in a line of text as they stand in TOML; numbers short, without the zeros, exponents and last digits that Python shows."""

import contextlib
import datetime
import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

#: The longest text of the user's that a line shows.
_LONGEST = 80
#: Prefixes of SI by their powers of ten.
PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
#: Units that take a prefix where a parameter is written; others, such as ohm m^2, would be read with the prefix squared.
WITH_PREFIX = ("s", "T", "K", "V", "A", "m", "ohm", "V/K")


def number_text(value: float, digits: int = 12) -> str:
    """A number in its shortest form: 0.05, 300, 1e9, 2.45e-8."""
    fixed = f"{value:.{digits}g}"
    if not math.isfinite(value):
        return fixed
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    power = f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"
    return power if "e" in fixed or (len(power) < len(fixed) and abs(int(exponent)) > 3) else fixed


def power_of_prefix(value: float, digits: int) -> int:
    """The power of ten, a multiple of three, that leaves a number, rounded to some digits, from 1 to below 1000; 0 of zero."""
    return int(f"{value:.{digits - 1}e}".partition("e")[2]) // 3 * 3 if value and math.isfinite(value) else 0


def quantity(value: float, unit: str, digits: int = 4) -> str:
    """A number with the SI prefix of its unit that makes it readable: 25.85 mV, 156.5 µV/K; beyond all prefixes a power of ten."""
    power = power_of_prefix(value, digits)
    if not unit or power not in PREFIXES:
        return f"{number_text(value + 0.0, digits)} {unit}".rstrip()
    return f"{value / 10.0**power + 0.0:.{max(digits, 3)}g} {PREFIXES[power]}{unit}"  # + 0.0: no −0


def with_prefix(value: float, unit: str, digits: int = 4) -> str:
    """The same in the letters of a message, which are those that a configuration takes: 156.5 uV/K."""
    return quantity(value, unit, digits).replace("µ", "u")


def pretty_unit(unit: str) -> str:
    """A unit as one prints it: Ω m² for ohm m^2."""
    return unit.replace("ohm", "Ω").replace("^2", "²").replace("^3", "³")


def parameter_text(value: float, unit: str, digits: int = 4) -> str:
    """A parameter's value with its unit, in few characters: 25 mV, 2.5e-11 Ω m²."""
    pretty = pretty_unit(unit)
    return quantity(value, pretty, digits) if unit in WITH_PREFIX else f"{value:.{digits}g} {pretty}".rstrip()


def share_text(share: float) -> str:
    """A share with two decimals, never −0.00."""
    return f"{round(share, 2) + 0.0:.2f}"


def shown(text: str) -> str:
    """A text of the user's for a line: what can be printed of it, and not too long."""
    text = "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def shown_path(path: Any) -> str:
    """A path for a line; of a long one its end."""
    text = "".join(character if character.isprintable() else "?" for character in str(path))
    return text if len(text) <= _LONGEST else "..." + text[3 - _LONGEST :]


def toml_of(value: Any) -> str:
    """A value as it stands in TOML, for a line; one that TOML has no form for as Python shows it."""
    if hasattr(value, "tolist"):
        with contextlib.suppress(TypeError, AttributeError):  # what JAX traces has no numbers to show, nor has a quantity of one
            value = value.tolist()
    if isinstance(value, list | tuple):  # no more of it than is shown
        text = "[" + ", ".join(toml_of(item) for item in value[:_LONGEST]) + "]"
        return text if len(text) <= _LONGEST else text[: _LONGEST - 4] + "...]"
    if isinstance(value, Mapping):
        text = "{" + ", ".join(f"{key} = {toml_of(item)}" for key, item in value.items()) + "}"
        return text if len(text) <= _LONGEST else text[: _LONGEST - 4] + "...}"
    if isinstance(value, bool):
        return str(bool(value)).lower()
    if isinstance(value, str | PurePath):
        return f'"{shown(str(value))}"'
    if isinstance(value, float):
        text = number_text(value)
        return f"{text}.0" if text.lstrip("-").isdecimal() else text
    if isinstance(value, int):
        return str(value) if abs(value) < 10**_LONGEST else f"an integer of {value.bit_length() * 0.30103:.0f} digits"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return shown(repr(value))
