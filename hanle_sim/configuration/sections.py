"""The tables of a configuration by their paths, and what each key of them takes."""

import functools
from typing import Annotated, Any, get_args

from pydantic import TypeAdapter

from .fields import Section
from .schema import Configuration


def inner_section(table: type[Section], name: str) -> type[Section] | None:
    """The table that a key holds; None for a key that holds none."""
    field = table.model_fields.get(name)
    kinds = () if field is None else (field.annotation, *get_args(field.annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Section)), None)


@functools.cache
def sections() -> dict[str, type[Section]]:
    """Every table by its path, such as "field.stray"."""
    found: dict[str, type[Section]] = {}

    def collect(table: type[Section], path: str) -> None:
        for name in table.model_fields:
            inner = inner_section(table, name)
            if inner is not None:
                found[path + name] = inner
                collect(inner, f"{path}{name}.")

    collect(Configuration, "")
    return found


def section_of(path: str) -> type[Section]:
    """A table by its path, "" for the whole configuration."""
    return sections()[path] if path else Configuration


@functools.cache
def validator(table: type[Section], name: str) -> Any:
    """What checks the value of one key of a table by itself."""
    field = table.model_fields[name]
    kind: Any = field.annotation
    for annotation in field.metadata:
        kind = Annotated[kind, annotation]
    return TypeAdapter(kind)
