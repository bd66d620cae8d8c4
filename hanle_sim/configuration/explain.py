"""A configuration key by key, and a line for each error."""

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ..text import shown, toml_of
from .fields import UNREAD, show
from .meanings import likeliest, unknown_key
from .schema import Configuration
from .sections import Place, place_of


def read_keys(written: Mapping[str, Any]) -> tuple[Configuration, list[str]]:
    """A configuration, each of its keys read by itself, and a line for each that is wrong, which is `UNREAD` there: unknown keys first,
    since a typo also makes a key missing.
    """
    try:
        return Configuration.model_validate(written), []
    except ValidationError as refused:
        wrong = {one["loc"][:-1] if isinstance(one["loc"][-1], int) else one["loc"]: one for one in refused.errors()}
    left = copy.deepcopy(dict(written))
    tables = {location: _table_at(left, location[:-1]) for location in wrong}
    unknown, alone, together = [], [], []
    for location, error in sorted(wrong.items(), key=lambda item: item[1]["type"] != "extra_forbidden"):
        table, name, path = tables[location], str(location[-1]), _path(location[:-1])
        place, full, given = place_of(path), _path(location), table.get(name)
        variants = place.variants
        kind = variants.of(_table_at(written, location[:-1]))
        if error["type"] == "extra_forbidden":
            del table[name]
            if name not in place.fields:
                hint, meant = unknown_key(name, path, written)
                unknown.append(f"{shown(full)}: unknown key{hint}")
                if meant is not None:
                    table.setdefault(meant, UNREAD._replace(given=given))
            elif kind is not None:
                chosen = f"{variants.key} = {toml_of(table[variants.key])}"
                homes = [home for home, other in variants.tables.items() if name in other.model_fields]
                end = (f", only for {', '.join(homes)}" if len(homes) <= 3 else "") + ": take it out"
                value = _as_read(place, name, given)
                together.append(f"{path}: {name} = {value}: has no meaning for {chosen}{kind.instead.get(name, end)}")
            continue
        if error["type"] != "missing":
            alone.append(f"{full} = {toml_of(given)}: {_reason(error, place, full)}")
        elif name not in table:
            what = place.fields[name].description
            remedy = f"give {f'the {what}' if what else f'a table [{full}]'}"
            if kind is not None and (variants.key or place.is_list):
                together.append(f"{label(path)}: {name} is missing: {remedy}")
            else:
                alone.append(f"{full}: missing: {remedy}")
        table[name] = UNREAD._replace(given=given)
        if name == variants.key:
            _table_at(left, location[:-2])[location[-2]] = UNREAD
    return Configuration.model_validate(left), unknown + alone + together


def _table_at(written: Any, location: Sequence[Any]) -> Any:
    for part in location:
        written = written[part]
    return written


def _path(location: Sequence[Any]) -> str:
    """Where Pydantic finds an error, as a path: tables of a list are counted from 1."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in location)


def label(path: str) -> str:
    """A table's path for a message: "nonmagnet: layer 2" for nonmagnet.layers.2."""
    return re.sub(r"\.(\w+)s\.([0-9]+)$", r": \1 \2", path)


def _as_read(place: Place, name: str, given: Any) -> str:
    """The value of a key that has no meaning: with its unit if it is right, else as written."""
    try:
        return toml_of(given) if place.inner(name) else show(place.read(name, given))
    except ValidationError:
        return toml_of(given)


def _reason(error: Mapping[str, Any], place: Place, full: str) -> str:
    """What is wrong with one value, in our grammar."""
    kind, given, name = error["type"], error["input"], full.rpartition(".")[2]
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "literal_error":
        choices = place.choices(name)
        likely = likeliest(given, choices) if isinstance(given, str) else None
        quoted = [f'"{choice}"' for choice in choices]
        return f"must be one of {', '.join(quoted[:-1])} or {quoted[-1]}" + (f': did you mean "{likely}"?' if likely else "")
    inner = place.inner(name)
    if inner is not None:
        return f"must be a list of tables, [[{full}]]" if inner.is_list else f"must be a table, [{full}]"
    try:
        number = float(given)
    except (TypeError, ValueError, OverflowError):
        number = 0.5
    return "must be a whole number" + (f": write {int(number)}" if number.is_integer() and not isinstance(given, bool) else "")
