"""From a FIT.toml and measured curves to the least-squares problem."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..configuration import Configuration, ConfigurationError, build, check, require_allowed
from ..configuration.load import _locate
from ..measured import Measured
from ..model.parameters import Parameter as Number
from ..model.parameters import chosen, parameters_of
from .law import lawful
from .points import Points
from .projection import Curve
from .quick import lorentzians
from .section import FitSection
from .shapes import FIELD_OFFSET, DeviceShape
from .solve import Parameter, Problem

#: What a configuration has besides the tables of a device.
TABLES = ("data", "fit")


@dataclass(frozen=True)
class DeviceFit:
    """A fit of a device.

    Attributes:
        configuration: the device as written, at the starts.
        section: the table [fit].
        problem: the least-squares problem.
        unit: of y, "V" or "ohm".
        tables: of the device, with the starts in their places.
    """

    configuration: Configuration
    section: FitSection
    problem: Problem
    unit: str
    tables: dict[str, Any]


def device_fit(
    written: Mapping[str, Any],
    section: FitSection,
    measured: Sequence[Measured],
    kernels: dict[Any, Any] | None = None,
    held: Mapping[str, float | None] | None = None,
) -> DeviceFit:
    """The problem of a device's parameters. Raises ConfigurationError for what can't be fitted.

    Arguments:
        written: the FIT.toml.
        section: its table [fit].
        measured: the curves.
        kernels: functions of curves of other fits, by what they depend on; new ones are added.
        held: numbers in SI in place of those written, by key, None for those written: what functions of curves take as arguments too, so
            that fits which differ by them share one.
    """
    if not section.free:
        raise ConfigurationError("fit.free: is empty: name what is to be found, such as free = { tau_s = {}, P_G = {} }")
    units = {one.unit for one in measured}
    if len(units) > 1:
        raise ConfigurationError(f"the files are in {' and '.join(sorted(units))}: give all of them in one unit")
    unit = units.pop()
    if unit not in ("V", "ohm"):
        raise ConfigurationError(f"the signal is in {unit}: a device's is in V, or in ohm over the current: give y_unit, or another column")
    tables = _completed({key: value for key, value in written.items() if key not in TABLES}, section, unit)
    kernels, held = {} if kernels is None else kernels, held or {}
    curves: list[Curve] = []
    parameters: list[Parameter] = []
    places: dict[tuple[str, str], int] = {}
    first = check(tables)
    numbers = parameters_of(first)
    indices = chosen(numbers, section.free, "fit.free")
    for one in measured:
        at = _with(tables, one.set)
        configuration = check(at)
        if one.set:
            _require_device(one.name, configuration)
        own = {number.path: number for number in parameters_of(configuration)}
        given = {path: number.value for path, number in own.items() if path in _numeric(one.set, numbers)}
        given |= {
            path: number.value if (value := held[name]) is None else value
            for path, number in own.items()
            if (name := path.rpartition(".")[2]) in held
        }
        which: list[int] = []
        names: list[str] = []
        paths: list[str] = []
        for index, (name, free) in zip(indices, section.free.items(), strict=True):
            number = numbers[index]
            key = (name, "" if free.shared else one.name)
            if key not in places:
                places[key] = len(parameters)
                label = name if free.shared or len(measured) == 1 else f"{name} [{one.name}]"
                parameters.append(_parameter(label, name, number, free))
            which.append(places[key])
            names.append(name)
            paths.append(number.path)
        if section.field_offset:
            largest = float(np.max(np.abs(one.x)))
            label = FIELD_OFFSET if len(measured) == 1 else f"{FIELD_OFFSET} [{one.name}]"
            which.append(len(parameters))
            parameters.append(Parameter(label, _centre(one), -largest, largest, "T", 0.1 * largest))
        static = check(_with(tables, {key: value for key, value in one.set.items() if _path(key, tables) not in given}))
        shape = DeviceShape(
            static, names, paths, {path: value for path, value in given.items() if path not in paths},
            current=_current(configuration) if unit == "ohm" else None, field_offset=section.field_offset, scaled=section.scale,
            kernels=kernels,
        )  # fmt: skip
        points = Points.of(one)
        curves.append(Curve.of(points, shape, which, section.offset, section.background))
    count = len(parameters) + sum(len(curve.linear) for curve in curves)
    total = sum(curve.points.x.size for curve in curves)
    if total <= count:
        raise ConfigurationError(f"{total} points and {count} free parameters: free fewer, or measure more points")
    return DeviceFit(first, section, lawful(Problem.of(parameters, curves), kernels), unit, tables)


def _require_device(name: str, configuration: Configuration) -> None:
    """Refuse what a curve's own numbers make of the device where there is none, or it breaks the second law."""
    try:
        build(configuration)
    except ConfigurationError as error:
        raise ConfigurationError(f"{name}: {error}") from None


def _centre(measured: Measured) -> float:
    """Where a curve's line has its centre, as far as a Lorentzian tells [T]."""
    line = lorentzians(Points.of(measured), measured.unit, 1)
    centre = line.parameters[FIELD_OFFSET]
    return centre.value if centre.identifiable else 0.0


def _completed(tables: dict[str, Any], section: FitSection, unit: str) -> dict[str, Any]:
    """A configuration with the tables that a fit may leave out, and the starts of what is free in their places."""
    tables = {key: dict(value) if isinstance(value, Mapping) else value for key, value in tables.items()}
    tables.setdefault("name", "fit")
    is_lateral = isinstance(tables.get("nonmagnet"), Mapping) and tables["nonmagnet"].get("model") == "lateral"
    if "drive" not in tables:
        if unit == "V" and "I" not in section.free and "drive.I" not in section.free and not section.scale:
            raise ConfigurationError("drive: is missing: a signal in V needs the current: give [drive] with I, or let fit.scale be true")
        has_area = isinstance(tables.get("junction"), Mapping) and "contact_area" in tables["junction"]
        if unit == "ohm" and not is_lateral and not has_area:
            raise ConfigurationError("junction.contact_area is missing: a signal in ohm is over the whole current: give the contact's area")
        tables["drive"] = {"I": "1 uA" if is_lateral or has_area else 1.0}
    field = dict(tables.get("field", {}))
    for key in ("start", "stop", "points", "values"):
        field.pop(key, None)
    tables["field"] = {**field, "start": 0.0, "stop": 1e-3, "points": 2}
    for name, free in section.free.items():
        if free.start is not None:
            home, key = _locate(name, tables)
            tables.setdefault(home, {})[key] = free.start
    return tables


def _with(tables: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: dict(value) if isinstance(value, Mapping) else value for key, value in tables.items()}
    for name, value in changes.items():
        home, key = _locate(name, found)
        found.setdefault(home, {})[key] = value
    return found


def _path(name: str, tables: Mapping[str, Any]) -> str:
    home, key = _locate(name, tables)
    return f"{home}.{key}"


def _numeric(changes: Mapping[str, Any], numbers: Sequence[Number]) -> set[str]:
    """Paths of the numbers that a file sets, which one compiled function takes as arguments."""
    known = {number.path for number in numbers}
    return {path for name in changes for path in known if path == name or path.endswith(f".{name}")}


def _current(configuration: Configuration) -> float:
    """What a signal in ohm is divided by, in the unit that the device's current has [A]."""
    drive, area = configuration.drive, configuration.junction.contact_area
    if drive.I is None:
        raise ConfigurationError("drive.V: a signal in ohm is over the current: give drive.I, or leave [drive] out")
    if drive.I.unit == "A" or configuration.nonmagnet.has_detector:
        return float(drive.I.value)
    if area is None:
        raise ConfigurationError("junction.contact_area is missing: a signal in ohm is over the whole current: give the contact's area")
    return float(drive.I.value * area.value)


def _parameter(label: str, name: str, number: Number, free: Any) -> Parameter:
    """A free parameter with its bounds: those given, within what its key allows."""
    low, high = _allowed(number)
    given = [free.number(key, name, number.unit) for key in ("min", "max")]
    low, high = max(low, given[0]) if given[0] is not None else low, min(high, given[1]) if given[1] is not None else high
    if not low < high:
        raise ConfigurationError(f"fit.free.{name}: min = {low:g} must be below max = {high:g}")
    if not low <= number.value <= high:
        raise ConfigurationError(
            f"fit.free.{name}: the start, {number.value:.6g} {number.unit}".rstrip()
            + f", lies outside the bounds {low:.6g} to {high:.6g}: give another start, or wider bounds"
        )
    return Parameter(label, number.value, low, high, number.unit, abs(number.value) or 1.0, free.known(name, number.unit))


def takes(number: Number, value: float) -> bool:
    """Whether a number's key takes a value [SI]."""
    try:
        require_allowed(number.path, value, number.unit)
    except ConfigurationError:
        return False
    return math.isfinite(value)


def _allowed(number: Number) -> tuple[float, float]:
    """The range that a key takes: whether it may be negative, and whether it is a share."""
    size = abs(number.value) or 1.0
    low = -math.inf if takes(number, -size) else 0.0
    if not number.unit and takes(number, 1.0) and not takes(number, 1.5):
        return max(low, -1.0), 1.0
    return low, math.inf
