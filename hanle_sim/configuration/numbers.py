"""The numbers of a configuration, as written or as given in their place."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..numerics.checks import is_concrete
from ..numerics.types import Scalar
from .components import components_of, is_list
from .fields import Quantity
from .section import Section


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
        name = self.full_name(key)
        return self._values[name] if name in self._values else _plain(self._written(name))

    def _written(self, name: str) -> Any:
        found: Any = self._configuration
        for part in name.split("."):
            found = None if found is None else found[int(part) - 1] if part.isdecimal() else found.value_of(part)
        return found

    def listed(self, key: str) -> Any:
        """A key that is a list of numbers, nested as written; a key that is a single number as that."""
        found = self(key)
        if not is_list(found):
            return found
        section, _, name = self.full_name(key).rpartition(".")
        nested = [[_plain(one) for one in row] if is_list(row) else _plain(row) for row in found]
        for component in components_of(name, found):
            value = self._values.get(f"{section}.{component.name}")
            for place in component.places if value is not None else ():
                row = nested if len(place) == 1 else nested[place[0]]
                row[place[-1]] = value
        return nested

    def array(self, key: str) -> Any:
        """The same as an array, None where the key was left out."""
        nested = self.listed(key)
        return nested if nested is None else array_of(nested)

    def per_area(self, key: str) -> Any:
        """A resistance in Ω m², whether it was given so or in Ω of a contact, whose area is the first table's or the injector's."""
        written = self._written(self.full_name(key))
        area = self.within(*self._homes[:1], "junction")("contact_area") if written is not None and written.unit == "ohm" else 1.0
        return None if written is None else self(key) * area


def _plain(found: Any) -> Any:
    return found.value if isinstance(found, Quantity) else found


def array_of(nested: Any) -> Any:
    """Numbers, one or nested in lists, as an array: a NumPy one unless one of them is traced; a single number as it is."""
    if not isinstance(nested, list):
        return nested
    rows = [array_of(one) for one in nested]
    return np.array(rows, dtype=np.float64) if is_concrete(*rows) else jnp.stack([jnp.asarray(row, dtype=float) for row in rows])
