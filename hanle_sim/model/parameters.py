"""The continuous parameters of a configuration: names, values and units."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..configuration import Configuration, ConfigurationError, nearest
from ..configuration.fields import Quantity
from ..configuration.numbers import components_of, is_list
from ..configuration.schema import HEAT_KEYS
from ..configuration.section import Section
from ..text import shown

#: Keys that lay the grid of fields rather than describe a device, its drive or its field.
_GRID = ("start", "stop", "values", "path", "theta_start", "theta_stop", "points")
#: Units of bare numbers where currents and resistances are whole ones, not per area.
_BARE_IF_WHOLE = {"drive.I": "A", "nonmagnet.r_Q": "K/W"}
_SECTIONS = ("junction", "detector", "nonmagnet", "drive", "field")


#: What a Hanle fit leaves free. Resistances, lengths, the current and S are measured by themselves; g, L_0 and T_0 are known.
_FITTED = ("P_G", "P_L", "tau_s", "tau_Q", "D", "lambda_s")


class Parameter(NamedTuple):
    """One number of a configuration.

    Attributes:
        name: as a user writes it, the key alone where it is unique among the parameters, else `section.key`; of a list the key
            with the component's axes, such as relaxation_s_xy; of a list of tables `list.number.key`, counted from 1.
        path: `section.key`.
        value: in SI.
        unit: its SI unit, that which it was written in: Ω or Ω m² for a resistance.
    """

    name: str
    path: str
    value: float
    unit: str

    @property
    def scale(self) -> float:
        """What a relative change is relative to: the value, negative ones too, or one unit where it is zero."""
        return self.value or 1.0


def parameters_of(configuration: Configuration) -> list[Parameter]:
    """Every continuous parameter of junction, detector, nonmagnet, drive and field that a configuration has a number for.

    Defaults are numbers too; keys that follow from others are none (κ_el by Wiedemann-Franz, P_κ = P_G, keys of a detector that are
    the injector's). Of directions, tensors and standard deviations that are written, every component is one, but for those of
    `sigma` that are zero; a `sigma` that is the same along all axes is one number. Lists of fields are none, and neither is what
    acts on spin heat alone where there is none, or an infinite R_tun.
    """
    found: list[tuple[str, Quantity]] = []
    for name in _SECTIONS:
        section = getattr(configuration, name)
        for path, table in () if section is None else section.tables(name):
            found += _numbers(table, path)
    found = [(path, number) for path, number in found if not _is_without_meaning(configuration, path)]
    keys = [_key(path) for path, _ in found]
    names = [key if keys.count(key) == 1 else path for key, (path, _) in zip(keys, found, strict=True)]
    whole = configuration.nonmagnet.has_detector
    units = [_BARE_IF_WHOLE.get(path, number.unit) if whole and number.bare else number.unit for path, number in found]
    return [Parameter(name, path, float(number.value), unit) for name, (path, number), unit in zip(names, found, units, strict=True)]


def _key(path: str) -> str:
    """A parameter's key, with its table's number where it is one of a list."""
    *home, key = path.split(".")
    return ".".join([*home[-2:], key]) if home[-1].isdecimal() else key


def _is_without_meaning(configuration: Configuration, path: str) -> bool:
    """Whether a number says nothing here: of spin heat where there is none, or S = 0 of a junction without P_L."""
    section, key = path.partition(".")[0], path.rpartition(".")[2]
    if not configuration.has_heat:
        return key in HEAT_KEYS or key.startswith("relaxation_Q")
    return key == "S" and (configuration.junction if section == "junction" else configuration.detecting).P_L is None


def _numbers(table: Section, path: str) -> list[tuple[str, Quantity]]:
    """The numbers of a table's own keys."""
    found = []
    for key, value in table:
        if is_list(value):
            if key in table.model_fields_set:
                found += [(f"{path}.{name}", number) for name, number in _of_list(key, value)]
        elif isinstance(value, Quantity) and math.isfinite(value.value) and not (path == "field" and key in _GRID):
            found.append((f"{path}.{key}", value))
    return found


def _of_list(key: str, value: Any) -> list[tuple[str, Quantity]]:
    if key == "sigma" and len({component.value for component in value}) == 1:
        return [(key, value[0])]
    return [(name, number) for name, _, number in components_of(key, value) if number.value or key != "sigma"]


def fitted(configuration: Configuration, parameters: Sequence[Parameter]) -> list[int]:
    """Indices of the parameters that a fit of a Hanle curve leaves free unless told otherwise.

    The polarisations P_G and P_L of both contacts, τ_s, τ_Q, and D or λ_s where the line's shape follows from it.
    """
    held = configuration.nonmagnet.of_height
    keys = [parameter.path.rpartition(".")[2] for parameter in parameters]
    return [k for k, key in enumerate(keys) if key in _FITTED and key not in held]


def chosen(parameters: Sequence[Parameter], names: Iterable[str], option: str) -> list[int]:
    """Indices of the parameters named, by name or `section.key`, each once.

    A key alone that both contacts have is the injector's. Raises ConfigurationError for unknown names.
    """
    found: list[int] = []
    for given in names:
        name = given.strip()
        exact = [k for k, parameter in enumerate(parameters) if name in (parameter.name, parameter.path)]
        ending = [k for k, one in enumerate(parameters) if one.path.endswith(f".{name}") and name.endswith(_key(one.path))]
        if not exact and not ending:
            known = [parameter.name for parameter in parameters]
            if not name:
                raise ConfigurationError(f"{option}: a name is empty: it takes names of parameters: {', '.join(known)}")
            raise ConfigurationError(f"{option} {shown(name)}: the configuration has no such parameter{nearest(name, known)}")
        index = (exact or ending)[0]
        if index in found:
            raise ConfigurationError(f"{option} {shown(name)}: named twice")
        found.append(index)
    return found
