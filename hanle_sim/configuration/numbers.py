"""The numbers of a configuration, as written or as given in their place."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from ..numerics.checks import is_concrete
from ..numerics.types import Scalar
from .fields import Quantity
from .section import Section


class Component(NamedTuple):
    """One number of a vector or a tensor.

    Attributes:
        name: the key and the component's axes, direction_x or relaxation_s_xy.
        places: where it stands in the list; off its diagonal a symmetric tensor has it twice.
        number: its value and unit.
    """

    name: str
    places: tuple[tuple[int, ...], ...]
    number: Quantity


def is_list(value: Any) -> bool:
    """Whether a key's value is a vector or a tensor."""
    return isinstance(value, tuple) and not isinstance(value, Quantity) and not (value and isinstance(value[0], Section))


def components_of(key: str, value: Any) -> list[Component]:
    """The components of a vector or a tensor; relaxation tensors are symmetric and have six."""
    if not is_list(value[0]):
        return [Component(f"{key}_{axis}", ((i,),), number) for i, (axis, number) in enumerate(zip("xyz", value, strict=True))]
    is_symmetric = key.startswith("relaxation")
    return [
        Component(f"{key}_{'xyz'[i]}{'xyz'[j]}", ((i, j), (j, i)) if is_symmetric and i != j else ((i, j),), value[i][j])
        for i in range(3)
        for j in range(i if is_symmetric else 0, 3)
    ]


class Numbers:
    """Numbers in SI by key, None where a key was left out.

    Arguments:
        configuration: the whole configuration.
        values: numbers to take instead of those written, by `section.key`; of a list by `section.key_x` and the like. They may be traced.
        has_heat: whether spin heat is computed.
        homes: the tables that a key is looked for in, by their paths: the first that has it counts. None for keys written in full.
    """

    def __init__(self, configuration: Section, values: Mapping[str, Scalar], has_heat: bool, *homes: str) -> None:
        self._configuration, self._values, self.has_heat, self._homes = configuration, values, has_heat, homes

    def within(self, *homes: str) -> "Numbers":
        """The numbers of a table; keys that it leaves out are those of the next one."""
        return Numbers(self._configuration, self._values, self.has_heat, *homes)

    def full_name(self, key: str) -> str:
        """`section.key`, in the table that has the key."""
        names = [f"{home}.{key}" for home in self._homes] or [key]
        return next((name for name in names if self._written(name) is not None), names[0])

    def __call__(self, key: str) -> Any:
        """A number; the numbers of a vector or a tensor nested in lists."""
        name = self.full_name(key)
        if name in self._values:
            return self._values[name]
        written = self._written(name)
        found = _in_si(written)
        section, _, last = name.rpartition(".")
        for component in components_of(last, written) if is_list(written) else ():
            value = self._values.get(f"{section}.{component.name}")
            for *row, column in component.places if value is not None else ():
                (found[row[0]] if row else found)[column] = value
        return found

    def _written(self, name: str) -> Any:
        found: Any = self._configuration
        for part in name.split("."):
            found = None if found is None else found[int(part) - 1] if part.isdecimal() else found.value_of(part)
        return found

    def array(self, key: str) -> Any:
        """The same as an array: a NumPy one unless a number is traced; a single number, or None where the key was left out, as it is."""
        return _array_of(self(key))

    def per_area(self, key: str) -> Any:
        """A resistance in Ω m², whether it was given so or in Ω of a contact, whose area is the first table's or the injector's."""
        written = self._written(self.full_name(key))
        area = self.within(*self._homes[:1], "junction")("contact_area") if written is not None and written.unit == "ohm" else 1.0
        return None if written is None else self(key) * area


def _in_si(written: Any) -> Any:
    if isinstance(written, Quantity):
        return written.value
    return [_in_si(one) for one in written] if is_list(written) else written


def _array_of(nested: Any) -> Any:
    if not isinstance(nested, list):
        return nested
    rows = [_array_of(one) for one in nested]
    return np.array(rows, dtype=np.float64) if is_concrete(*rows) else jnp.stack([jnp.asarray(row, dtype=float) for row in rows])
