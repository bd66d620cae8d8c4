"""From a path, a preset's name or a dict to a checked configuration."""

import difflib
import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from .schema import Configuration

#: What `load` accepts.
Source = str | Path | Mapping[str, Any]
#: The preset that runs when none is named.
DEFAULT_PRESET = "fig2"


class ConfigurationError(ValueError):
    """A configuration that can't be used; the message is one line and says what to do."""


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
        raise ConfigurationError(f"preset {name!r}: there is no such preset{nearest(name, preset_names())}")
    return (_presets() / f"{name}.toml").read_text(encoding="utf-8")


def read(source: Source = DEFAULT_PRESET, settings: Iterable[str] = ()) -> dict[str, Any]:
    """A configuration as written, with settings KEY=VALUE applied; not yet checked.

    Raises ConfigurationError for what is no configuration: an unreadable file, text that isn't UTF-8 or TOML.
    """
    written = _plain(source) if isinstance(source, Mapping) else _parse(*_text_of(source))
    for setting in settings:
        _apply(written, setting)
    return written


def check(written: Mapping[str, Any]) -> Configuration:
    """Check a configuration as written. Raises ConfigurationError, naming the key, the value and what is allowed."""
    try:
        return Configuration.model_validate(dict(written))
    except ValidationError as error:
        raise ConfigurationError(_explain(error, written)) from None


def is_key(path: str) -> bool:
    """Whether `section.key` is a key, rather than a component of one."""
    section, _, name = path.rpartition(".")
    return name in _sections()[section].model_fields


def require_allowed(path: str, value: float, unit: str) -> None:
    """Raise ConfigurationError for a number in SI that its key, `section.key`, does not take, whatever the other keys are.

    The components of a list are no keys: only all of them together can be allowed or not, which `build` tells.
    """
    if not is_key(path):
        return
    try:
        _validator(path).validate_python(f"{value!r} {unit}".strip())
    except ValidationError as error:
        reason = re.sub(r"^Value error, ", "", error.errors()[0]["msg"])
        raise ConfigurationError(f"{path} = {value:g} {unit}".rstrip() + f": {reason}") from None


@functools.cache
def _validator(path: str) -> Any:
    section, _, name = path.rpartition(".")
    field = _sections()[section].model_fields[name]
    kind: Any = field.annotation
    for annotation in field.metadata:
        kind = Annotated[kind, annotation]
    return TypeAdapter(kind)


def _presets() -> Any:
    return resources.files(__package__) / "presets"


def _text_of(source: str | Path) -> tuple[str, str]:
    path = Path(source)
    if isinstance(source, str) and source in preset_names():
        return source, preset_text(source)
    try:
        return str(source), path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        names = preset_names()
        raise ConfigurationError(f"{_short(source)}: neither a file nor a preset{nearest(str(source), names)}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{_short(source)}: not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"{_short(source)}: can't be read: {reason}") from None


def _parse(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise ConfigurationError(f"{_short(name)}: not valid TOML: {' '.join(str(error).split()) or 'nested too deeply'}") from None


def _plain(value: Any) -> Any:
    """Nested mappings and sequences as dicts and lists, array scalars as Python numbers."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _apply(written: dict[str, Any], setting: str) -> None:
    key, equals, text = setting.partition("=")
    key, text = key.strip(), text.strip()
    if not equals or not key:
        raise ConfigurationError(f"--set {_short(setting)}: must be KEY=VALUE, such as junction.R_tun='50 ohm um^2'")
    section, name = _locate(key)
    table = written
    for part in section.split(".") if section else ():
        if not isinstance(table.setdefault(part, {}), dict):
            raise ConfigurationError(f"{section} = {_short(table[part])}: must be a table, [{section}]")
        table = table[part]
    if not text:  # KEY= takes the key out, so that its alternative can be given
        table.pop(name, None)
        return
    try:
        table[name] = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        table[name] = text


def _locate(key: str) -> tuple[str | None, str]:
    """Section and name of a key, `section.name` or a name alone where it is unique."""
    section, dot, name = key.rpartition(".")
    if dot:
        if section not in _sections():
            raise ConfigurationError(f"--set {_short(key)}: unknown section{nearest(section, list(_sections()))}")
        if name not in _sections()[section].model_fields:
            raise ConfigurationError(f"--set {_short(key)}: unknown key{nearest(name, list(_sections()[section].model_fields))}")
        return section, name
    if key == "name":
        return None, key
    # A key of [detector] is one of [junction] too, and means that unless written in full.
    sections = [section for section, fields in _sections().items() if key in fields.model_fields]
    if not sections:
        homes = {name: section for section, fields in reversed(_sections().items()) for name in fields.model_fields}
        close = _closest(key, list(homes))
        raise ConfigurationError(f"--set {_short(key)}: unknown key" + (f": did you mean {homes[close]}.{close}?" if close else ""))
    return sections[0], key


def _sections() -> dict[str, type[BaseModel]]:
    """Every table by its name, those in other tables by their path."""
    found: dict[str, type[BaseModel]] = {}

    def collect(model: type[BaseModel], path: str) -> None:
        for name, field in model.model_fields.items():
            for kind in (field.annotation, *get_args(field.annotation)):
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    found[path + name] = kind
                    collect(kind, f"{path}{name}.")

    collect(Configuration, "")
    return found


def _explain(error: ValidationError, written: Mapping[str, Any]) -> str:
    """The first error in our grammar; unknown keys first, since a typo also makes a key missing."""
    errors = sorted(error.errors(), key=lambda item: item["type"] != "extra_forbidden")
    first = errors[0]
    location = [str(part) for part in first["loc"]]
    key, kind = ".".join(location), first["type"]
    table = _sections().get(".".join(location[:-1])) if len(location) > 1 else None
    if kind == "extra_forbidden":
        known = list((table or Configuration).model_fields)
        home = next((section for section, fields in _sections().items() if table is not None and location[-1] in fields.model_fields), None)
        hint = f": it belongs in [{home}]" if home else nearest(location[-1], known)
        message = f"{_short(key)}: unknown key{hint}"
    elif kind == "missing":
        fields = (table or Configuration).model_fields
        message = f"{key}: missing: give {_meaning(fields[location[-1]].description, location)}"
    else:
        ours, message = re.subn(r"^Value error, ", "", first["msg"])[::-1]
        reason = message if ours else message[0].lower() + message[1:]
        if kind == "model_type":
            reason = f"must be a table, [{key}]"
        elif kind == "literal_error":
            reason = f"must be one of {first['ctx']['expected']}"
        elif kind.startswith("int_"):
            reason = "must be a whole number"
        whole_section = kind == "value_error" and (not location or key in _sections())
        message = (
            f"{key}: {reason}" if whole_section and key else reason if whole_section else f"{key} = {_short(first['input'])}: {reason}"
        )
    return message + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else "")


def _meaning(description: str | None, location: list[str]) -> str:
    return f"the {description}" if description else f"a table [{location[-1]}]"


def _closest(name: str, known: list[str]) -> str | None:
    """The known name most like another, whatever the case and the underscores."""
    folded = {candidate.lower().replace("_", ""): candidate for candidate in reversed(known)}
    close = difflib.get_close_matches(name.lower().replace("_", ""), list(folded), 1, 0.5)
    return folded[close[0]] if close else None


def nearest(name: str, known: list[str]) -> str:
    """The end of a message about an unknown name: the one that was meant, or those that are known."""
    close = _closest(name, known)
    return f": did you mean {close}?" if close else f": known are {', '.join(known)}"


def _short(value: Any) -> str:
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    text = "".join(character if character.isprintable() else "?" for character in text)
    text = text if len(text) <= 80 else text[:77] + "..."
    return f'"{text}"' if isinstance(value, str) and (" " in text or not text) else text
