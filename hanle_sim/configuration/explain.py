"""Every error of a configuration, a line each."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from ..text import shown, toml_of
from .fields import UNREAD, Section
from .meanings import likeliest, unknown_key
from .schema import Configuration
from .sections import inner_section, section_of, sections, validator


def explained(error: ValidationError, written: Mapping[str, Any]) -> list[str]:
    """All that is wrong with a configuration as written: unknown keys first, since a typo also makes a key missing."""
    unknown, others, meant = [], [], set()
    for one in error.errors():
        path = [str(part) for part in one["loc"]]
        if one["type"] == "extra_forbidden":
            section = ".".join(path[:-1])
            hint, key = unknown_key(path[-1], section, written)
            meant.add(f"{section}.{key}".lstrip("."))
            unknown.append(f"{shown('.'.join(path))}: unknown key{hint}")
        elif one["type"] != "value_error" or ".".join(path) not in ("", *sections()):
            others.append((".".join(path), one))
    lines = unknown + [_reason(path, one) for path, one in others if one["type"] != "missing" or path not in meant]
    return list(dict.fromkeys([*lines, *_together(Configuration, written, "", meant)]))


def _reason(path: str, error: Any) -> str:
    """One error of one key, in our grammar."""
    kind, message = error["type"], error["msg"]
    if kind == "missing":
        section, _, name = path.rpartition(".")
        description = section_of(section).model_fields[name].description
        return f"{path}: missing: give {f'the {description}' if description else f'a table [{path}]'}"
    if kind == "model_type":
        reason = f"must be a table, [{path}]"
    elif kind == "literal_error":
        choices = error["ctx"]["expected"].replace("'", '"')
        likely = likeliest(str(error["input"]), re.findall(r'"(.*?)"', choices)) if isinstance(error["input"], str) else None
        reason = f"must be one of {choices}" + (f': did you mean "{likely}"?' if likely else "")
    elif kind.startswith("int_"):
        reason = f"must be a whole number{_as_integer(error['input'])}"
    else:
        reason = message.removeprefix("Value error, ") if kind == "value_error" else message[0].lower() + message[1:]
    return f"{path} = {toml_of(error['input'])}: {reason}"


def _as_integer(value: Any) -> str:
    """The end of a message about what is no integer, but means one."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return ""
    return f": write {int(number)}" if number.is_integer() and not isinstance(value, bool) else ""


def _together(table: type[Section], written: Any, path: str, meant: set[str]) -> Iterator[str]:
    """What is wrong with keys together in a table and in those in it, whatever else is wrong with them."""
    if not isinstance(written, Mapping):
        return
    for name in table.model_fields:
        inner = inner_section(table, name)
        if inner is not None and name in written:
            yield from _together(inner, written[name], f"{path}{name}.", meant)
    lines: list[str] = []
    try:
        lines.extend(_as_far_as_read(table, written, path, meant).problems())
    except ValueError as error:
        lines.append(str(error))
    except (AttributeError, KeyError, TypeError, ArithmeticError):
        pass  # what is wrong with a key by itself keeps the rest from being asked
    yield from (f"{path[:-1]}: {line}" if path else line for line in lines)


def _as_far_as_read(table: type[Section], written: Mapping[str, Any], path: str, meant: set[str]) -> Section:
    """A table, checked or not: keys that are wrong by themselves, missing, or meant by an unknown one, of which nothing else is said."""
    found: dict[str, Any] = {}
    for name, field in table.model_fields.items():
        inner = inner_section(table, name)
        if name not in written:
            if field.is_required() or path + name in meant:
                found[name] = UNREAD
        elif inner is not None and isinstance(written[name], Mapping):
            found[name] = _as_far_as_read(inner, written[name], f"{path}{name}.", meant)
        else:
            try:
                found[name] = validator(table, name).validate_python(written[name])
            except ValidationError:
                found[name] = UNREAD._replace(text=toml_of(written[name]))
    return table.model_construct(None, **found)
