"""From a path, a preset's name or a dict to a checked configuration."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..text import number_text, shown, toml_of
from .errors import ConfigurationError
from .explain import label, read_keys
from .meanings import likeliest, taken, unknown_key
from .presets import DEFAULT_PRESET, PRESETS, text_of
from .schema import Configuration
from .sections import place_of, sections, without_number, written_at
from .values import plain

#: What `read` accepts, and the changes to it: "KEY=VALUE", several of these, or values by key.
Source = str | Path | Mapping[str, Any]
Settings = str | Iterable[str] | Mapping[str, Any]


def parsed(name: str, written: bytes) -> dict[str, Any]:
    """What was read from somewhere, as `read` gives it. Raises ConfigurationError."""
    try:
        text = written.decode("utf-8-sig")
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{shown(name)}: not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except RecursionError:
        reason = "nested too deeply"
    except ValueError as error:
        reason = _mistake(text) or shown(str(error))
    raise ConfigurationError(f"{shown(name)}: not valid TOML: {reason}")


def preset_text(name: str) -> str:
    """A preset as commented TOML. Raises ConfigurationError for an unknown name."""
    if name not in PRESETS:
        raise ConfigurationError(f"preset {toml_of(name)}: there is no such preset{nearest(name, list(PRESETS))}")
    return text_of(name)


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
    written = plain(source) if isinstance(source, Mapping) else parsed(*_content_of(source))
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

    The components of a list are no keys: only all of them together can be allowed or not, which `build` checks.
    """
    if not is_key(path):
        return
    section, _, name = path.rpartition(".")
    try:
        place_of(section).read(name, f"{value!r} {unit}".strip())
    except ValidationError as error:
        reason = error.errors()[0]["ctx"]["error"]
        raise ConfigurationError(f"{path} = {number_text(value)} {unit}".rstrip() + f": {reason}") from None


def _content_of(source: Any) -> tuple[str, bytes]:
    """A source's name and content."""
    is_path = isinstance(source, os.PathLike) and isinstance(os.fspath(source), str)
    if not is_path and (not isinstance(source, str) or not source):
        raise ConfigurationError(f"configuration {toml_of(source)}: must be a path, a preset's name, or a dict")
    if isinstance(source, str) and source in PRESETS:
        return source, text_of(source).encode()
    path, name = Path(source), shown(str(source))
    try:
        return str(source), path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(f"{name}: neither a file nor a preset{_likely_source(str(source))}") from None
    except IsADirectoryError:
        inside = path / "config.toml"
        remedy = f"did you mean {shown(str(inside))}?" if inside.is_file() else "name a file in it"
        raise ConfigurationError(f"{name}: can't be read, since it is a directory: {remedy}") from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{name}: can't be read: {getattr(error, 'strerror', None) or error}") from None


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
    return nearest(source, list(PRESETS))


def _mistake(text: str) -> str | None:
    """The commonest of mistakes in TOML, with its line: a table given twice, a value without quotes or written as elsewhere."""
    headings: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        heading = re.fullmatch(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?", line)
        if heading is not None and heading[1] in headings:
            return f"the table [{heading[1]}] is there twice (line {number})"
        headings += [heading[1]] if heading is not None else []
        assignment = re.fullmatch(r"\s*([\w.-]+)\s*=\s*([^\[{#]+?)\s*(#.*)?", line)
        if assignment is None or _value_of(assignment[2]) != assignment[2]:
            continue
        key, value = assignment[1], assignment[2]
        if re.search("[\u201c-\u201f\u2018-\u201b]", value):
            return f'line {number}: its quotes must be straight ones, "'
        if value.lower() in ("true", "false") or re.fullmatch(r"[+-]?\d+,\d+", value):
            return f"line {number}: write {key} = {value.lower().replace(',', '.')}"
        if not re.search("[\"']", value):
            return f"line {number}: write {shown(key)} = {toml_of(value)}"
    return None


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
    try:
        for part in section.split(".") if section else ():
            table = table[int(part) - 1] if part.isdecimal() else table.setdefault(part, {})
        if value is None:
            table.pop(name, None)
        else:
            table[name] = value
    except (AttributeError, TypeError):
        raise ConfigurationError(f"{section} = {toml_of(table)}: must be a table, [{section}]") from None


def _locate(key: str, written: Mapping[str, Any]) -> tuple[str, str]:
    """Section and name of a key, `section.name`, of a list `list.number.name`, or a name alone where it is unique."""
    section, dot, name = key.rpartition(".")
    items, _, number = section.rpartition(".") if section.rpartition(".")[2].isdecimal() else (section, "", "")
    for path, place in sections().items():
        if place.is_list and items in (path, path.rpartition(".")[2]) and not name.isdecimal():
            section = f"{path}.{_number(key, path, number, written)}"
    if dot and without_number(section) not in sections():
        raise ConfigurationError(f"setting {shown(key)}: unknown section{nearest(section, list(sections()))}")
    if dot and name not in place_of(section).fields:
        raise ConfigurationError(f"setting {shown(key)}: unknown key{unknown_key(name, section, written)[0]}")
    if dot or key in Configuration.model_fields:
        return section, name
    # A key of [detector] is one of [junction] too, and means that unless written in full.
    homes = [section for section, place in sections().items() if key in place.fields]
    if not homes:
        raise ConfigurationError(f"setting {shown(key)}: unknown key{unknown_key(key, '', written, in_full=True)[0]}")
    home = next((section for section in homes if key in taken(section, written)), homes[0])
    return (f"{home}.{_number(key, home, '', written)}" if sections()[home].is_list else home), key


def _number(key: str, path: str, number: str, written: Mapping[str, Any]) -> int:
    """Which table of a list a setting means, counted from 1. Raises ConfigurationError where there is no such one."""
    items, (_, _, name), last = written_at(written, path), path.rpartition("."), key.rpartition(".")[2]
    if not isinstance(items, list) or not items or not all(isinstance(item, Mapping) for item in items):
        raise ConfigurationError(f"setting {shown(key)}: there are no {name}: give {path}, a list of tables, first")
    numbers = f"{name}.1.{last}" + (f" to {name}.{len(items)}.{last}" if len(items) > 1 else "")
    if not number:
        raise ConfigurationError(f"setting {shown(key)}: must say which of {len(items)} {name}, counted from 1: write {numbers}")
    if not 1 <= int(number) <= len(items):
        raise ConfigurationError(f"setting {shown(key)}: there are {len(items)} {name}, counted from 1: write {numbers}")
    return int(number)
