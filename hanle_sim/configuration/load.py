"""From a path, a preset's name or a dict to a checked configuration."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..text import number_text, shown, toml_of
from .errors import ConfigurationError
from .explain import label, read_keys
from .meanings import likeliest, taken, unknown_key, unknown_setting
from .schema import Configuration
from .sections import is_list_of_tables, place_of, sections, validator, without_number
from .values import plain

#: What `read` accepts, and the changes to it: "KEY=VALUE", several of these, or values by key.
Source = str | Path | Mapping[str, Any]
Settings = str | Iterable[str] | Mapping[str, Any]
#: The preset that runs when none is named.
DEFAULT_PRESET = "fig2"


def preset_names() -> list[str]:
    """Names of the presets, the default first."""
    names = sorted(entry.name.removesuffix(".toml") for entry in _presets().iterdir() if entry.name.endswith(".toml"))
    return sorted(names, key=lambda name: name != DEFAULT_PRESET)


def parsed(name: str, written: bytes) -> dict[str, Any]:
    """What was read from somewhere else than a file, as `read` gives it. Raises ConfigurationError."""
    try:
        return _parse(name, written.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name}: not UTF-8 text (byte {error.start}): save it as UTF-8") from None


def preset_text(name: str) -> str:
    """A preset as commented TOML. Raises ConfigurationError for an unknown name."""
    if name not in preset_names():
        raise ConfigurationError(f"preset {toml_of(name)}: there is no such preset{nearest(name, preset_names())}")
    return (_presets() / f"{name}.toml").read_text(encoding="utf-8")


def nearest(name: str, known: list[str]) -> str:
    """The end of a message about an unknown name: the one that was meant, or those that are known."""
    found = likeliest(name, known)
    return f": did you mean {found}?" if found else f": known are {', '.join(known)}"


def read(source: Source = DEFAULT_PRESET, settings: Settings = ()) -> dict[str, Any]:
    """A configuration as written, with settings applied; not yet checked.

    Arguments:
        source: a path, a preset's name, or a dict.
        settings: changes to it: "KEY=VALUE", or several of these, or a dict of values by key; KEY= and None take a key out.

    Raises:
        ConfigurationError: what is no configuration: an unreadable file, text that isn't UTF-8 or TOML; settings of unknown keys.
    """
    written = plain(source) if isinstance(source, Mapping) else _parse(*_text_of(source))
    errors = []
    for key, value in _assignments(settings):
        try:
            _assign(written, key, value)
        except ConfigurationError as error:
            errors.append(str(error))
    if errors:
        raise ConfigurationError("\n".join(errors))
    return written


def reusable(settings: Settings) -> Settings:
    """Settings that can be applied more than once."""
    return list(settings) if isinstance(settings, Iterable) and not isinstance(settings, str | bytes | Mapping) else settings


def check(written: Mapping[str, Any]) -> Configuration:
    """Check a configuration as written.

    Raises ConfigurationError with a line for each error, naming the key, the value and what is allowed.
    """
    given = plain(written)
    if not given:
        raise ConfigurationError(f"the configuration is empty: start from a preset's, such as {DEFAULT_PRESET}")
    configuration, lines = read_keys(given)
    # A table after those in it.
    for path, table in sorted(configuration.tables(), key=lambda found: (found[0] == "", -found[0].count("."))):
        try:
            lines.extend(f"{label(path)}: {line}" if path else line for line in table.problems())
        except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError):
            if not lines:  # what is wrong with a key by itself keeps the rest from being checked
                raise
    if lines:
        raise ConfigurationError("\n".join(dict.fromkeys(lines)))
    return configuration


def is_key(path: str) -> bool:
    """Whether `section.key` is a key, rather than a component of one."""
    section, _, name = path.rpartition(".")
    return name in place_of(section).fields


def require_allowed(path: str, value: float, unit: str) -> None:
    """Raise ConfigurationError for a number in SI that its key, `section.key`, does not take, whatever the other keys are.

    The components of a list are no keys: only all of them together can be allowed or not, which `build` tells.
    """
    if not is_key(path):
        return
    section, _, name = path.rpartition(".")
    try:
        validator(place_of(section).owner(name), name).validate_python(f"{value!r} {unit}".strip())
    except ValidationError as error:
        reason = error.errors()[0]["ctx"]["error"]
        raise ConfigurationError(f"{path} = {number_text(value)} {unit}".rstrip() + f": {reason}") from None


def _presets() -> Any:
    return resources.files(__package__) / "presets"


def _text_of(source: Any) -> tuple[str, str]:
    """A source's name and text."""
    is_path = isinstance(source, os.PathLike) and isinstance(os.fspath(source), str)
    if not is_path and (not isinstance(source, str) or not source):
        raise ConfigurationError(f"configuration {toml_of(source)}: must be a path, a preset's name, or a dict")
    if isinstance(source, str) and source in preset_names():
        return source, preset_text(source)
    path, name = Path(source), shown(str(source))
    try:
        return str(source), path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(f"{name}: neither a file nor a preset{_likely_source(str(source))}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name}: not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except IsADirectoryError:
        inside = path / "config.toml"
        remedy = f"did you mean {shown(str(inside))}?" if inside.is_file() else "name a file in it"
        raise ConfigurationError(f"{name}: can't be read, since it is a directory: {remedy}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"{name}: can't be read: {reason}") from None


def _likely_source(source: str) -> str:
    """The end of a message about a source that isn't there: a file beside it of a similar name, or a preset."""
    path = Path(source)
    if "\n" in source:
        return ": to give TOML as text, read it with tomllib.loads first"
    if path.suffix or len(path.parts) > 1:
        try:
            files = {file.stem: str(file) for file in path.parent.iterdir() if file.suffix == ".toml"}
        except OSError:
            return f": there is no directory {shown(str(path.parent))}"
        close = difflib.get_close_matches(path.stem, files, 1, 0.7)
        return f": did you mean {shown(files[close[0]])}?" if close else ""
    return nearest(source, preset_names())


def _parse(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split()) or "nested too deeply"
        twice = re.match(r"Cannot declare \((.*?),?\) twice(.*)", reason)  # as Python shows a table's path
        if twice is not None:
            reason = f"the table [{'.'.join(part.strip()[1:-1] for part in twice[1].split(','))}] is there twice{twice[2]}"
        raise ConfigurationError(f"{shown(name)}: not valid TOML: {reason}{_remedy(reason, text)}") from None


def _remedy(reason: str, text: str) -> str:
    """The end of a message about TOML where a value lacks its quotes, the commonest of mistakes, or is written as elsewhere."""
    found = re.search(r"at line (\d+)", reason)
    lines = text.splitlines()
    if found is None or not 0 < int(found[1]) <= len(lines):
        return ""
    line = lines[int(found[1]) - 1]
    if re.search("[\u201c-\u201f\u2018-\u201b]", line):
        return ': its quotes must be straight ones, "'
    assignment = re.fullmatch(r"\s*([\w.-]+)\s*=\s*([^\s\"'\[{#][^\"'#]*?)\s*(#.*)?", line)
    if assignment is None or _value_of(assignment[2]) != assignment[2]:
        return ""
    value = assignment[2]
    if value.lower() in ("true", "false") or re.fullmatch(r"[+-]?\d+,\d+", value):
        return f": write {assignment[1]} = {value.lower().replace(',', '.')}"
    return f": write {shown(assignment[1])} = {toml_of(value)}"


def _value_of(text: str) -> Any:
    """A value as TOML has it; text that is no value of TOML's is a string without its quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return text


def _assignments(settings: object) -> Iterator[tuple[str, Any]]:
    """Keys and values of settings; None takes a key out."""
    if settings is None:
        return
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            if isinstance(value, Mapping) and key in Configuration.model_fields:
                yield from ((f"{key}.{name}", None if inner is None else plain(inner)) for name, inner in value.items())
            else:
                yield str(key), None if value is None else plain(value)
        return
    if not isinstance(settings, Iterable) or isinstance(settings, bytes | bytearray):
        raise ConfigurationError(f'settings = {toml_of(settings)}: must be "KEY=VALUE", a list of these, or a dict')
    for setting in [settings] if isinstance(settings, str) else settings:
        key, equals, text = setting.partition("=") if isinstance(setting, str) else ("", "", "")
        key, text = key.strip(), text.strip()
        if not equals or not key:
            raise ConfigurationError(f'setting {toml_of(setting)}: must be KEY=VALUE, such as "junction.R_tun=50 ohm um^2"')
        yield key, _value_of(text) if text else None


def _assign(written: dict[str, Any], key: str, value: Any) -> None:
    """Change a key, or take it out, so that its alternative can be given."""
    section, name = _locate(key, written)
    table: Any = written
    parts = section.split(".") if section else []
    for depth, part in enumerate(parts, 1):
        is_list = place_of(".".join(parts[:depth])).is_list and not part.isdecimal()
        inner = table[int(part) - 1] if isinstance(table, list) else table.setdefault(part, {})
        if not isinstance(inner, list if is_list else dict):
            raise ConfigurationError(f"{section} = {toml_of(inner)}: must be a table, [{section}]")
        table = inner
    if value is None:
        table.pop(name, None)
    else:
        table[name] = value


def _locate(key: str, written: Mapping[str, Any]) -> tuple[str, str]:
    """Section and name of a key, `section.name`, of a list `list.number.name`, or a name alone where it is unique."""
    section, dot, name = key.rpartition(".")
    for path in (path for path, place in sections().items() if place.is_list):
        home, _, items = path.rpartition(".")
        found = re.fullmatch(rf"(?:{home}\.)?{items}(?:\.([0-9]+))?", section)
        if found is not None and not name.isdecimal():
            section = f"{path}.{_number(key, path, found[1], written)}"
    if dot and without_number(section) not in sections():
        raise ConfigurationError(f"setting {shown(key)}: unknown section{nearest(section, list(sections()))}")
    if dot and name not in place_of(section).fields:
        raise ConfigurationError(f"setting {shown(key)}: unknown key{unknown_key(name, section, written)[0]}")
    if dot or key in Configuration.model_fields:
        return section, name
    # A key of [detector] is one of [junction] too, and means that unless written in full.
    homes = [section for section, place in sections().items() if key in place.fields]
    if not homes:
        raise ConfigurationError(f"setting {shown(key)}: unknown key{unknown_setting(key, written)}")
    home = next((section for section in homes if key in taken(section, written)), homes[0])
    return (f"{home}.{_number(key, home, None, written)}" if sections()[home].is_list else home), key


def _number(key: str, path: str, number: str | None, written: Mapping[str, Any]) -> int:
    """Which table of a list a setting means, counted from 1. Raises ConfigurationError where there is no such one."""
    items: Any = written
    for part in path.split("."):
        items = items.get(part) if isinstance(items, Mapping) else None
    name = path.rpartition(".")[2]
    if not is_list_of_tables(items) or not items:
        raise ConfigurationError(f"setting {shown(key)}: there are no {name}: give {path}, a list of tables, first")
    last = key.rpartition(".")[2]
    numbers = f"{name}.1.{last}" + (f" to {name}.{len(items)}.{last}" if len(items) > 1 else "")
    if number is None:
        raise ConfigurationError(f"setting {shown(key)}: must say which of {len(items)} {name}, counted from 1: write {numbers}")
    if not 1 <= int(number) <= len(items):
        raise ConfigurationError(f"setting {shown(key)}: there are {len(items)} {name}, counted from 1: write {numbers}")
    return int(number)
