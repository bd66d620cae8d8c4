"""The tables of a configuration by their paths, and what each key of them takes."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from .schema import Configuration
from .section import Section, Variants


class Place(NamedTuple):
    """Where a configuration has a table, or a list of tables.

    Attributes:
        base: the section that it is, or what those that it may be share.
        kinds: the sections that it may be.
        variants: what chooses between them; None where there is one.
        is_list: whether it is a list of tables.
    """

    base: type[Section]
    kinds: tuple[type[Section], ...]
    variants: Variants | None = None
    is_list: bool = False

    def kind(self, written: Any) -> type[Section] | None:
        """The section that a table as written is, None where that isn't known."""
        return self.base if self.variants is None else self.variants.of(written)

    def owner(self, name: str) -> type[Section]:
        """A section that takes a key."""
        return next(kind for kind in self.kinds if name in kind.model_fields)

    @property
    def fields(self) -> dict[str, FieldInfo]:
        """The keys of all its sections."""
        names = dict.fromkeys(name for kind in self.kinds for name in kind.model_fields)
        return {name: self.owner(name).model_fields[name] for name in names}

    def inner(self, name: str) -> "Place | None":
        """The table that a key holds; None for a key that holds none."""
        field = self.fields[name]
        variants = next((one for one in field.metadata if isinstance(one, Variants)), None)
        bases = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type) and issubclass(kind, Section)]
        if not bases:
            return None
        kinds = bases[:1] if variants is None else variants.tables.values()
        return Place(bases[0], tuple(kinds), variants, get_origin(field.annotation) is tuple)

    def choices(self, name: str) -> list[str]:
        """The values of a key that takes one of some texts."""
        if self.variants is not None and name == self.variants.key:
            return list(self.variants.tables)
        return [choice for kind in get_args(self.fields[name].annotation) for choice in get_args(kind)]


_WHOLE = Place(Configuration, (Configuration,))


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


def is_list_of_tables(value: Any) -> bool:
    """Whether a value as written is a list of tables."""
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


@functools.cache
def validator(table: type[Section], name: str) -> Any:
    """What checks the value of one key of a table by itself."""
    field = table.model_fields[name]
    kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return TypeAdapter(kind)
