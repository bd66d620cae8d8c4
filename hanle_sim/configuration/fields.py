"""What a key's value may be: quantities with units, directions, vectors, tensors; each refused in our grammar."""

import math
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict

from ..constants import L_0_SEED, L_0_SOMMERFELD
from .quantities import parse_quantity

#: The strongest field that a sweep may reach [T], and the most points it may have.
MAX_FIELD = 1e3
MAX_POINTS = 10**8


class Quantity(NamedTuple):
    """A number in SI, the unit it is in, and whether that was written or is the default."""

    value: float
    unit: str
    bare: bool = False


def quantity_in(*units: str, positive: bool = False, not_negative: bool = False, polarisation: bool = False) -> Any:
    """A validator: a quantity in one of some units, in a range."""

    def check(given: Any) -> Quantity:
        if isinstance(given, Quantity):
            return given
        quantity = Quantity(*parse_quantity(given, *units), not isinstance(given, str))
        if positive and not quantity.value > 0:
            raise ValueError("must be positive")
        if not_negative and not quantity.value >= 0:
            raise ValueError("must not be negative")
        if polarisation and not abs(quantity.value) <= 1:
            raise ValueError("must lie between -1 and 1, since both spin channels conduct forwards")
        return quantity

    return BeforeValidator(check)


def magnetic_field(given: Any) -> Quantity:
    """A field within what magnets reach."""
    quantity = Quantity(*parse_quantity(given, "T"))
    if abs(quantity.value) > MAX_FIELD:
        raise ValueError(f"must lie between -{MAX_FIELD:g} and {MAX_FIELD:g} T")
    return quantity


def direction(given: Any) -> tuple[float, float, float]:
    """Three numbers, not all zero."""
    if not isinstance(given, list | tuple) or len(given) != 3:
        raise ValueError("must be three numbers, [x, y, z]")
    x, y, z = (parse_quantity(component, "")[0] for component in given)
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
    names = {"seed": L_0_SEED, "sommerfeld": L_0_SOMMERFELD}
    if isinstance(given, str) and given in names:
        return Quantity(names[given], "V^2/K^2")
    try:
        quantity = Quantity(*parse_quantity(given, "V^2/K^2"))
    except ValueError as error:
        raise ValueError(f'{error}, or "seed", or "sommerfeld"') from None
    if not quantity.value > 0:
        raise ValueError("must be positive")
    return quantity


def field_values(given: Any) -> list[Quantity]:
    """A list of fields."""
    if not isinstance(given, list | tuple):
        raise ValueError("must be a list of fields, [-10e-3, 0, 10e-3]")
    if not 1 <= len(given) <= MAX_POINTS:
        raise ValueError(f"has {len(given)} fields: must have between 1 and {MAX_POINTS}")
    return [magnetic_field(value) for value in given]


def _vector(given: Any) -> tuple[Quantity, Quantity, Quantity]:
    if not isinstance(given, list | tuple) or len(given) != 3:
        raise ValueError("must be three fields, [x, y, z]")
    x, y, z = (magnetic_field(component) for component in given)
    return x, y, z


def field_vectors(given: Any) -> list[tuple[Quantity, Quantity, Quantity]]:
    """A list of field vectors."""
    if not isinstance(given, list | tuple) or not given:
        raise ValueError("must be a list of field vectors, [[x, y, z], ...]")
    if len(given) > MAX_POINTS:
        raise ValueError(f"has {len(given)} fields: must have between 1 and {MAX_POINTS}")
    return [_vector(value) for value in given]


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
    return tuple(tuple(parse_quantity(entry, "")[0] for entry in row) for row in rows)  # type: ignore[misc]


def lande(given: Any) -> Quantity | tuple[tuple[float, float, float], ...]:
    """A Landé factor: a number, or a 3×3 tensor."""
    if isinstance(given, list | tuple) and not isinstance(given, Quantity):
        return _tensor(given)
    return given if isinstance(given, Quantity) else Quantity(*parse_quantity(given, ""))


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
MagneticField = Annotated[Quantity, BeforeValidator(magnetic_field)]


class Section(BaseModel):
    """A table of the configuration: no unknown keys, nothing changed after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def exactly_one(section: Section, *names: str) -> None:
    """Refuse all but one of some keys given, and none given."""
    at_most_one(section, *names)
    if all(getattr(section, name) is None for name in names):
        raise ValueError(f"{' or '.join(names)} is missing: give exactly one of them")


def at_most_one(section: Section, *names: str) -> None:
    """Refuse two keys that exclude each other, with both values."""
    given = [name for name in names if getattr(section, name) is not None]
    if len(given) > 1:
        values = " and ".join(f"{name} = {show(getattr(section, name))}" for name in given)
        raise ValueError(f"{values} exclude each other: keep one")


def two_of(section: Section, *names: str) -> None:
    """Refuse all but two of three keys, each of which follows from the other two."""
    given = [name for name in names if getattr(section, name) is not None]
    if len(given) > 2:
        values = [f"{name} = {show(getattr(section, name))}" for name in given]
        raise ValueError(f"{values[0]}, {values[1]} and {values[2]} exclude each other, since two give the third: keep two")
    if len(given) < 2:
        missing = [name for name in names if name not in given]
        one_or_two = "exactly one" if given else "two"
        raise ValueError(f"{' or '.join(missing)} is missing: give {one_or_two} of them")


def show(value: Any) -> str:
    """A value for a message."""
    if isinstance(value, Quantity):
        return f"{value.value:g} {value.unit}".strip()
    if not isinstance(value, tuple | list):
        return str(value)[:60]
    first: Any = value
    while isinstance(first, tuple | list) and not isinstance(first, Quantity):
        first = first[0] if first else None
    text = _plain(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} {first.unit if isinstance(first, Quantity) else ''}".rstrip()


def _plain(value: Any) -> str:
    """Nested lists of quantities as their numbers."""
    if isinstance(value, Quantity | float):
        return f"{value.value if isinstance(value, Quantity) else value:g}"
    return "[" + ", ".join(map(_plain, value)) + "]" if isinstance(value, tuple | list) else str(value)
