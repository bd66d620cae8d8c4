"""What a key's value may be: quantities with units, directions, vectors, tensors; each refused in our grammar."""

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic_core import core_schema

from ..constants import L_0_PAPER, L_0_SOMMERFELD
from ..text import number_text, toml_of
from .quantities import parse_quantity

#: The strongest field that a sweep may reach [T], and the most points it may have.
MAX_FIELD = 1e3
MAX_POINTS = 10**8


class Quantity(NamedTuple):
    """A number in SI, the unit it is in, whether it was a bare number, and the text that it was, if it was one, as TOML has it."""

    value: float
    unit: str
    bare: bool = False
    text: str = ""


#: What a key holds that could not be read, while the others are looked at: no comparison with it is true.
UNREAD = Quantity(math.nan, "", True)


def quantity_of(given: Any, *units: str) -> Quantity:
    """A quantity in one of some units. Raises ValueError for what is none."""
    is_text = isinstance(given, str)
    return Quantity(*parse_quantity(given, *units), not is_text, toml_of(given) if is_text else "")


def quantity_in(*units: str, positive: bool = False, not_negative: bool = False, polarisation: bool = False) -> Any:
    """A validator: a quantity in one of some units, in a range."""

    def check(given: Any) -> Quantity:
        if isinstance(given, Quantity):
            return given
        quantity = quantity_of(given, *units)
        if positive and not quantity.value > 0:
            raise ValueError("must be positive")
        if not_negative and not quantity.value >= 0:
            raise ValueError("must not be negative")
        if polarisation and not abs(quantity.value) <= 1:
            raise ValueError("must lie between -1 and 1, since both spin conductances must be positive")
        return quantity

    return BeforeValidator(check)


def _each(given: Any, check: Any) -> list[Any]:
    """The items of a list, checked one by one. Raises ValueError that tells which one is wrong."""
    found = []
    for number, item in enumerate(given, 1):
        try:
            found.append(check(item))
        except ValueError as error:
            raise ValueError(f"its item {number}, {toml_of(item)}: {error}") from None
    return found


def magnetic_field(given: Any) -> Quantity:
    """A field within what magnets reach."""
    quantity = quantity_of(given, "T")
    if abs(quantity.value) > MAX_FIELD:
        raise ValueError(f"must lie between -{MAX_FIELD:g} and {MAX_FIELD:g} T")
    return quantity


def direction(given: Any) -> tuple[float, float, float]:
    """Three numbers, not all zero."""
    if not isinstance(given, list | tuple) or len(given) != 3:
        raise ValueError("must be three numbers, [x, y, z]")
    x, y, z = _each(given, lambda component: parse_quantity(component, "")[0])
    if not any((x, y, z)):
        raise ValueError("must not be the zero vector: give the direction as [x, y, z]")
    return x, y, z


def run_name(given: Any) -> str:
    """A name that a line can show."""
    if not isinstance(given, str) or not 1 <= len(given) <= 100 or not given.isprintable() or not given.strip():
        raise ValueError("must be a string of 1 to 100 printable characters")
    return given


def lorenz(given: Any) -> Quantity:
    """A Lorenz number, by value or by name."""
    names = {"paper": L_0_PAPER, "sommerfeld": L_0_SOMMERFELD, "seed": L_0_PAPER}
    if isinstance(given, str) and given in names:
        return Quantity(names[given], "V^2/K^2")
    try:
        quantity = quantity_of(given, "V^2/K^2")
    except ValueError as error:
        close = difflib.get_close_matches(given.lower(), names, 1) if isinstance(given, str) else []
        meant = f': did you mean "{close[0]}"?' if close else ""
        raise ValueError(f'{error}, or "paper", or "sommerfeld"{meant}') from None
    if not quantity.value > 0:
        raise ValueError("must be positive")
    return quantity


def field_values(given: Any) -> list[Quantity]:
    """A list of fields."""
    if not isinstance(given, list | tuple):
        raise ValueError("must be a list of fields, [-10e-3, 0, 10e-3]")
    if not 1 <= len(given) <= MAX_POINTS:
        raise ValueError(f"has {len(given)} fields: must have between 1 and {MAX_POINTS}")
    return _each(given, magnetic_field)


def _vector(given: Any) -> tuple[Quantity, Quantity, Quantity]:
    if not isinstance(given, list | tuple) or len(given) != 3:
        raise ValueError("must be three fields, [x, y, z]")
    x, y, z = _each(given, magnetic_field)
    return x, y, z


def field_vectors(given: Any) -> list[tuple[Quantity, Quantity, Quantity]]:
    """A list of field vectors."""
    if not isinstance(given, list | tuple) or not given:
        raise ValueError("must be a list of field vectors, [[x, y, z], ...]")
    if len(given) > MAX_POINTS:
        raise ValueError(f"has {len(given)} fields: must have between 1 and {MAX_POINTS}")
    return _each(given, _vector)


def spread(given: Any) -> tuple[Quantity, Quantity, Quantity]:
    """Standard deviations: one for all axes, or three; none negative, not all zero."""
    x, y, z = _vector(given) if isinstance(given, list | tuple) else (magnetic_field(given),) * 3
    if min(x.value, y.value, z.value) < 0 or not any((x.value, y.value, z.value)):
        raise ValueError("must be a field, or three, [x, y, z]; none negative, not all zero")
    return x, y, z


def _tensor(given: Any) -> tuple[tuple[float, float, float], ...]:
    rows = given if isinstance(given, list | tuple) else ()
    if len(rows) != 3 or not all(isinstance(row, list | tuple) and len(row) == 3 for row in rows):
        raise ValueError("must be a 3x3 tensor, [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]]")
    return tuple(tuple(_each(row, lambda entry: parse_quantity(entry, "")[0])) for row in rows)


def lande(given: Any) -> Quantity | tuple[tuple[float, float, float], ...]:
    """A Landé factor: a number, or a 3×3 tensor."""
    if isinstance(given, list | tuple) and not isinstance(given, Quantity):
        return _tensor(given)
    return given if isinstance(given, Quantity) else quantity_of(given, "")


def _or_infinite(given: Any) -> Any:
    """A tunnel resistance so large that nothing flows back, written "inf"."""
    is_infinite = (
        given.strip().lower() in ("inf", "infinity", "∞") if isinstance(given, str) else isinstance(given, float) and given == math.inf
    )
    return Quantity(math.inf, "ohm m^2") if is_infinite else given


Tensor = Annotated[tuple[tuple[float, float, float], ...], BeforeValidator(_tensor)]
Direction = Annotated[tuple[float, float, float], BeforeValidator(direction)]
Polarisation = Annotated[Quantity, quantity_in("", polarisation=True)]
Resistance = Annotated[Quantity, quantity_in("ohm m^2", "ohm", positive=True)]
TunnelResistance = Annotated[Resistance, BeforeValidator(_or_infinite)]
Length = Annotated[Quantity, quantity_in("m", positive=True)]
MagneticField = Annotated[Quantity, BeforeValidator(magnetic_field)]


class Section(BaseModel):
    """A table of the configuration: no unknown keys, nothing changed after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def problems(self) -> Iterator[str]:
        """What is wrong with the keys together, a sentence each, where each one by itself is right."""
        yield from ()

    def value_of(self, name: str) -> Any:
        """The value of a key, None where it was left out or is of another variant of this table."""
        return getattr(self, name, None)

    @classmethod
    def refusal(cls, name: str, homes: Sequence[str]) -> str:
        """The end of the sentence that refuses a key of other variants of the table: why, and what to do.

        Arguments:
            name: the key.
            homes: the variants that take it.
        """
        return ": take it out"

    def tables(self, path: str = "") -> Iterator[tuple[str, "Section"]]:
        """This table and those in it, by their paths; those of a list are numbered from 1."""
        yield path, self
        for name, value in self:
            inner = f"{path}.{name}".lstrip(".")
            if isinstance(value, Section):
                yield from value.tables(inner)
            elif isinstance(value, tuple):
                for number, item in enumerate(value, 1):
                    if isinstance(item, Section):
                        yield from item.tables(f"{inner}.{number}")

    @model_validator(mode="after")
    def _without_problems(self) -> "Section":
        found = list(self.problems())
        if found:
            raise ValueError("\n".join(found))
        return self


class Variants:
    """Marks a key that holds a table whose keys depend on one of them.

    Arguments:
        key: the key that chooses.
        tables: the variants by its value.
    """

    def __init__(self, key: str, tables: Mapping[str, type[Section]]) -> None:
        self.key, self.tables = key, tables

    def of(self, written: Any) -> type[Section] | None:
        """The variant that a table as written is, None where that isn't known."""
        choice = written.get(self.key) if isinstance(written, Mapping) else None
        return self.tables.get(choice) if isinstance(choice, str) else None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def _read(self, given: Any) -> Section:
        if isinstance(given, Section):
            return given
        table = self.of(given)
        if table is None:
            raise ValueError(f"{self.key} must be one of {', '.join(self.tables)}")
        return table.model_validate(given)


def not_one_of(section: Section, *names: str) -> Iterator[str]:
    """The sentence that refuses all but one of some keys given, and none given."""
    yield from more_than_one_of(section, *names)
    if all(getattr(section, name) is None for name in names):
        yield f"{' or '.join(names)} is missing: give exactly one of them"


def more_than_one_of(section: Section, *names: str) -> Iterator[str]:
    """The sentence that refuses keys that exclude each other, with their values."""
    values = {name: getattr(section, name) for name in names}
    given = [f"{name} = {show(value)}" for name, value in values.items() if value is not None and value is not UNREAD]
    if len(given) > 1:
        yield f"{', '.join(given[:-1])} and {given[-1]} exclude each other: keep one"


def not_two_of(section: Section, *names: str) -> Iterator[str]:
    """The sentence that refuses all but two of three keys, each of which follows from the other two."""
    values = {name: getattr(section, name) for name in names}
    given = [name for name, value in values.items() if value is not None]
    if len(given) > 2 and UNREAD not in values.values():
        listed = [f"{name} = {show(value)}" for name, value in values.items()]
        yield f"{listed[0]}, {listed[1]} and {listed[2]} exclude each other, since two give the third: keep two"
    if len(given) < 2:
        missing = [name for name in names if name not in given]
        yield f"{' or '.join(missing)} is missing: give {'exactly one' if given else 'two'} of them"


def show(value: Any) -> str:
    """A value for a message: as it was written, or a number with its unit."""
    if isinstance(value, Quantity):
        return value.text or f"{number_text(value.value)} {value.unit}".strip()
    return toml_of(_plain(value))


def _plain(value: Any) -> Any:
    """Nested lists of quantities as what they were written as."""
    if isinstance(value, Quantity) and value.text:
        return value.text.strip('"')
    number = value.value if isinstance(value, Quantity) else value
    if isinstance(number, float):
        return int(number) if number.is_integer() and abs(number) < MAX_FIELD else number
    return [_plain(item) for item in value[:100]] if isinstance(value, tuple | list) else value
