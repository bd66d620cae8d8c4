"""Every error of a configuration, a line each."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from ..text import shown, toml_of
from .fields import UNREAD, Section, show
from .meanings import likeliest, unknown_key
from .sections import Place, choice, inner_place, is_list_of_tables, place_of, validator


class _Table(NamedTuple):
    """A table of a configuration as written, and its path."""

    path: str
    place: Place
    written: Mapping[str, Any]

    def full(self, name: str) -> str:
        """The path of a key."""
        return f"{self.path}.{name}".lstrip(".")

    def inner(self, name: str) -> list["_Table"]:
        """The tables that a key holds: one, those of a list, or none, as where another variant takes it."""
        place, value, kind = inner_place(self.place.owner(name), name), self.written.get(name), self.place.kind(self.written)
        if place is None or (kind is not None and name not in kind.model_fields):
            return []
        if not place.is_list:
            return [_Table(self.full(name), place, value)] if isinstance(value, Mapping) else []
        items: Any = value if is_list_of_tables(value) else []
        return [_Table(f"{self.full(name)}.{number}", place, item) for number, item in enumerate(items, 1)]

    def inside_out(self) -> Iterator["_Table"]:
        """The tables in it, then itself."""
        for name in self.place.fields:
            for one in self.inner(name):
                yield from one.inside_out()
        yield self


def explained(written: Mapping[str, Any]) -> list[str]:
    """All that is wrong with a configuration as written: unknown keys first, since a typo also makes a key missing."""
    unknown, meant = [], set()
    whole = _Table("", place_of(""), written)
    tables = list(whole.inside_out())
    for table in tables:
        for name in (name for name in table.written if name not in table.place.fields):
            hint, key = unknown_key(name, table.path, written)
            meant.add(table.full(str(key)))
            unknown.append(f"{shown(table.full(name))}: unknown key{hint}")
    together = [line for table in tables for line in _together(table, meant)]
    return list(dict.fromkeys([*unknown, *_one_by_one(whole, meant), *together]))


def _one_by_one(table: _Table, meant: set[str]) -> Iterator[str]:
    """What is wrong with each key by itself, in a table and in those in it."""
    place, written = table.place, table.written
    chooser = None if place.variants is None else place.variants.key
    for name, field in place.fields.items():
        full = table.full(name)
        if name not in written:
            if field.is_required() and full not in meant and chooser in (None, name) and not place.is_list:
                yield f"{full}: missing: give {f'the {field.description}' if field.description else f'a table [{full}]'}"
            continue
        inner, value = inner_place(place.owner(name), name), written[name]
        if inner is not None and inner.is_list and not is_list_of_tables(value):
            yield f"{full} = {toml_of(value)}: must be a list of tables, [[{full}]]"
        elif inner is not None and not inner.is_list and not isinstance(value, Mapping):
            yield f"{full} = {toml_of(value)}: must be a table, [{full}]"
        elif inner is not None:
            for one in table.inner(name):
                yield from _one_by_one(one, meant)
        else:
            check = choice(place.variants) if place.variants is not None and name == chooser else validator(place.owner(name), name)
            try:
                check.validate_python(value)
            except ValidationError as error:
                yield from (f"{full} = {toml_of(one['input'])}: {_reason(one)}" for one in error.errors())


def _reason(error: Any) -> str:
    """One error of one value, in our grammar."""
    kind, message = error["type"], error["msg"]
    if kind == "literal_error":
        choices = error["ctx"]["expected"].replace("'", '"')
        likely = likeliest(str(error["input"]), re.findall(r'"(.*?)"', choices)) if isinstance(error["input"], str) else None
        return f"must be one of {choices}" + (f': did you mean "{likely}"?' if likely else "")
    if kind.startswith("int_"):
        return f"must be a whole number{_as_integer(error['input'])}"
    return message.removeprefix("Value error, ") if kind == "value_error" else message[0].lower() + message[1:]


def _as_integer(value: Any) -> str:
    """The end of a message about what is no integer, but means one."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return ""
    return f": write {int(number)}" if number.is_integer() and not isinstance(value, bool) else ""


def _together(table: _Table, meant: set[str]) -> Iterator[str]:
    """What is wrong with the keys of a table together, whatever else is wrong with them."""
    path, place, written = table
    kind = place.kind(written)
    if kind is None:
        return
    lines: list[str] = []
    if place.variants is not None:
        for name in sorted(name for name in place.fields if name in written and name not in kind.model_fields):
            homes = [home for home, other in place.variants.tables.items() if name in other.model_fields]
            chosen = f"{place.variants.key} = {toml_of(written[place.variants.key])}"
            given = show(_as_read(place.owner(name), name, written[name]))
            lines.append(f"{name} = {given}: has no meaning for {chosen}{kind.refusal(name, homes)}")
    if place.variants is not None or place.is_list:
        for name, field in kind.model_fields.items():
            if field.is_required() and name not in written and table.full(name) not in meant:
                lines.append(f"{name} is missing: give the {field.description}")
    try:
        lines.extend(_as_far_as_read(table, kind, meant).problems())
    except ValueError as error:
        lines.append(str(error))
    except (AttributeError, KeyError, TypeError, ArithmeticError):
        pass  # what is wrong with a key by itself keeps the rest from being checked
    label = re.sub(r"\.(\w+)s\.([0-9]+)$", r": \1 \2", path) if place.is_list else path
    yield from (f"{label}: {line}" if path else line for line in lines)


def _as_read(table: type[Section], name: str, written: Any) -> Any:
    """The value of a key, or what stands for one that is wrong by itself."""
    try:
        return validator(table, name).validate_python(written)
    except ValidationError:
        return UNREAD._replace(text=toml_of(written))


def _as_far_as_read(table: _Table, kind: type[Section], meant: set[str]) -> Section:
    """A table, checked or not: keys that are wrong by themselves, missing, or meant by an unknown one, of which nothing else is said."""
    found: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        place, inner = inner_place(kind, name), table.inner(name)
        if name not in table.written:
            if field.is_required() or table.full(name) in meant:
                found[name] = UNREAD
        elif place is not None and inner:
            read = [_as_far_as_read(one, one.place.kind(one.written) or place.base, meant) for one in inner]
            found[name] = tuple(read) if place.is_list else read[0]
        else:
            found[name] = _as_read(kind, name, table.written[name])
    return kind.model_construct(None, **found)
