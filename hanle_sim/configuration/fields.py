"""What a key's value may be: quantities with units, directions, vectors, tensors; each refused in our grammar."""

import difflib
import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, PlainValidator

from ..constants import L_0_PAPER, L_0_SOMMERFELD
from ..text import number_text, toml_of
from .quantities import parse_quantity

#: The strongest field that a sweep may reach [T], and the most points it may have.
MAX_FIELD = 1e3
MAX_POINTS = 10**8


class Quantity(NamedTuple):
    """A number in SI, the unit it is in, and what was written for it."""

    value: float
    unit: str
    given: Any = None

    @property
    def bare(self) -> bool:
        """Whether it was written without its unit, or could not be read."""
        return not isinstance(self.given, str) or math.isnan(self.value)


#: What a key holds that could not be read, while the others are looked at: no comparison with it is true.
UNREAD = Quantity(math.nan, "")


#: What reads a value as written, and raises ValueError for what is none.
Reader = Callable[[Any], Any]


class Range(NamedTuple):
    """Which numbers a key takes, and the sentence that refuses the others."""

    holds: Callable[[float], bool]
    refusal: str


POSITIVE = Range(lambda value: value > 0, "must be positive")
NOT_NEGATIVE = Range(lambda value: value >= 0, "must not be negative")
OF_SPINS = Range(lambda value: abs(value) <= 1, "must lie between -1 and 1, since both spin conductances must be positive")
OF_MAGNETS = Range(lambda value: abs(value) <= MAX_FIELD, f"must lie between -{MAX_FIELD:g} and {MAX_FIELD:g} T")


def reader(
    *units: str, within: Range | None = None, named: Mapping[str, float] | None = None, names: str = ""
) -> Callable[[Any], Quantity]:
    """What reads a quantity, and raises ValueError for what is none.

    Arguments:
        units: SI units allowed, a bare number is in the first.
        within: the range of the number.
        named: numbers that have a name.
        names: the end of the sentence that lists those names.
    """
    known = named or {}

    def read(given: Any) -> Quantity:
        is_text = isinstance(given, str)
        if is_text and given in known:
            return Quantity(known[given], units[0], given)
        try:
            quantity = Quantity(*parse_quantity(given, *units), given)
        except ValueError as error:
            close = [name for name in known if is_text and given.lower().startswith(name)]
            close += difflib.get_close_matches(given.lower(), known, 1) if is_text else []
            raise ValueError(f"{error}{names}" + (f': did you mean "{close[0]}"?' if close else "")) from None
        if within is not None and not within.holds(quantity.value):
            milli = given.replace("M", "m", 1) if is_text and "M" in given else None  # 60 MT
            is_meant = milli is not None and within.holds(parse_quantity(milli, *units)[0])
            raise ValueError(within.refusal + (f': did you mean "{milli}"?' if is_meant else ""))
        return quantity

    return read


def quantity_in(*units: str, **options: Any) -> PlainValidator:
    """The validator of a key that takes a quantity; the arguments are those of `reader`."""
    return PlainValidator(reader(*units, **options))


def listed(read: Reader, what: str, count: int | None = None) -> Reader:
    """What reads a list of `count` items as a tuple, or one of any length as a list; ValueErrors say which item is wrong."""

    def read_list(given: Any) -> Any:
        if not isinstance(given, list | tuple) or (count is not None and len(given) != count):
            raise ValueError(f"must be {what}")
        if not 1 <= len(given) <= MAX_POINTS:
            raise ValueError(f"has {len(given)} fields: must have between 1 and {MAX_POINTS}")
        found = []
        for number, item in enumerate(given, 1):
            try:
                found.append(read(item))
            except ValueError as error:
                raise ValueError(f"its item {number}, {toml_of(item)}: {error}") from None
        return found if count is None else tuple(found)

    return read_list


def run_name(given: Any) -> str:
    """A name that a line can show."""
    if not isinstance(given, str) or not 1 <= len(given) <= 100 or not given.isprintable() or not given.strip():
        raise ValueError("must be a string of 1 to 100 printable characters")
    return given


def _direction(given: Any) -> Any:
    """Three numbers, not all zero."""
    found = listed(_number, "three numbers, [x, y, z]", 3)(given)
    if not any(one.value for one in found):
        raise ValueError("must not be the zero vector: give the direction as [x, y, z]")
    return found


_number = reader("")
_magnetic_field = reader("T", within=OF_MAGNETS)
_vector = listed(_magnetic_field, "three fields, [x, y, z]", 3)
_A_TENSOR = "a 3x3 tensor, [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]]"
_tensor = listed(listed(_number, f"three numbers, a row of {_A_TENSOR}", 3), _A_TENSOR, 3)


def _spread(given: Any) -> Any:
    """Standard deviations: one for all axes, or three; none negative, not all zero."""
    found = _vector(given) if isinstance(given, list | tuple) else (_magnetic_field(given),) * 3
    values = [one.value for one in found]
    if min(values) < 0 or not any(values):
        raise ValueError("must be a field, or three, [x, y, z]; none negative, not all zero")
    return found


def _lande(given: Any) -> Any:
    """A Landé factor: a number, or a 3×3 tensor."""
    return _tensor(given) if isinstance(given, list | tuple) else _number(given)


def _infinity(given: Any) -> Any:
    """The spellings of infinity as one."""
    is_infinite = given.strip().lower() in ("inf", "infinity", "∞") if isinstance(given, str) else given == math.inf
    return "inf" if is_infinite else given


Vector = tuple[Quantity, Quantity, Quantity]
Direction = Annotated[Vector, PlainValidator(_direction)]
Tensor = Annotated[tuple[Vector, ...], PlainValidator(_tensor)]
LandeFactor = Annotated[Quantity | tuple[Vector, ...], PlainValidator(_lande)]
Spread = Annotated[Vector, PlainValidator(_spread)]
MagneticField = Annotated[Quantity, PlainValidator(_magnetic_field)]
MagneticFields = Annotated[list[Quantity], PlainValidator(listed(_magnetic_field, "a list of fields, [-10e-3, 0, 10e-3]"))]
FieldVectors = Annotated[list[Vector], PlainValidator(listed(_vector, "a list of field vectors, [[x, y, z], ...]"))]
Polarisation = Annotated[Quantity, quantity_in("", within=OF_SPINS)]
Resistance = Annotated[Quantity, quantity_in("ohm m^2", "ohm", within=POSITIVE)]
TunnelResistance = Annotated[
    Quantity,
    quantity_in("ohm m^2", "ohm", within=POSITIVE, named={"inf": math.inf}, names=', or "inf"'),
    BeforeValidator(_infinity),
]
Length = Annotated[Quantity, quantity_in("m", within=POSITIVE)]
Angle = Annotated[Quantity, quantity_in("rad")]
SeebeckCoefficient = Annotated[Quantity, quantity_in("V/K")]
LorenzNumber = Annotated[
    Quantity,
    quantity_in(
        "V^2/K^2",
        within=POSITIVE,
        named={"paper": L_0_PAPER, "sommerfeld": L_0_SOMMERFELD, "seed": L_0_PAPER},
        names=', or "paper", or "sommerfeld"',
    ),
]


def show(value: Any) -> str:
    """A value for a message: as it was written, or a number with its unit."""
    if isinstance(value, Quantity) and value.bare and not math.isnan(value.value):
        return f"{number_text(value.value)} {value.unit}".strip()
    return toml_of(_given(value))


def _given(value: Any) -> Any:
    """Nested lists of quantities as they were written."""
    if isinstance(value, Quantity):
        return value.given
    return [_given(item) for item in value[:100]] if isinstance(value, tuple | list) else value
