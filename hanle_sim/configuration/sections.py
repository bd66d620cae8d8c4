"""The tables of a configuration by their paths, and what each key of them takes."""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from .schema import Configuration
from .section import Section, Variants


@dataclass(frozen=True, eq=False)
class Place:
    """Where a configuration has a table, or a list of tables: the sections that it may be, and whether it is a list."""

    variants: Variants
    is_list: bool = False

    @functools.cached_property
    def fields(self) -> dict[str, FieldInfo]:
        """The keys of all its sections."""
        return {name: field for kind in self.variants.tables.values() for name, field in kind.model_fields.items()}

    def read(self, name: str, value: Any) -> Any:
        """The value of a key by itself. Raises Pydantic's ValidationError."""
        return _reader(self, name).validate_python(value)

    def inner(self, name: str) -> "Place | None":
        """The table that a key holds; None for a key that holds none."""
        field = self.fields[name]
        bases = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type) and issubclass(kind, Section)]
        variants = [one for one in field.metadata if isinstance(one, Variants)] or [Variants("", {"": base}) for base in bases]
        return Place(variants[0], get_origin(field.annotation) is tuple) if variants else None

    def choices(self, name: str) -> list[str]:
        """The values of a key that takes one of some texts."""
        if name == self.variants.key:
            return list(self.variants.tables)
        return [choice for kind in get_args(self.fields[name].annotation) for choice in get_args(kind)]


@functools.cache
def _reader(place: Place, name: str) -> Any:
    """What reads a key by itself, which takes a while to make."""
    field = place.fields[name]
    kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return TypeAdapter(kind)


_WHOLE = Place(Variants("", {"": Configuration}))


@functools.cache
def sections() -> dict[str, Place]:
    """Every table by its path, such as "field.stray"."""

    def collect(place: Place, path: str) -> Iterator[tuple[str, Place]]:
        for name in place.fields:
            if (inner := place.inner(name)) is not None:
                yield path + name, inner
                yield from collect(inner, f"{path}{name}.")

    return dict(collect(_WHOLE, ""))


def without_number(path: str) -> str:
    """The path of a list for that of a table in it, nonmagnet.layers for nonmagnet.layers.2; any other path as it is."""
    found = re.fullmatch(r"(.+)\.[0-9]+", path)
    return found[1] if found and found[1] in sections() and sections()[found[1]].is_list else path


def place_of(path: str) -> Place:
    """A table by its path, "" for the whole configuration."""
    return sections()[without_number(path)] if path else _WHOLE


def written_at(written: Any, path: str) -> Any:
    """What a configuration as written has at a path, "" for all of it; None where there is nothing."""
    for part in path.split(".") if path else ():
        written = written.get(part) if isinstance(written, Mapping) else None
    return written
