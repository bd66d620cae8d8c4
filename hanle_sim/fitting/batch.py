"""Fits of many curves of a dataset, from a FIT.toml: their start values, bounds and compiled models."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from ..configuration import ConfigurationError, check
from ..measured import Measured
from ..measured.headings import si_of
from ..model.batch import in_batches
from ..model.parameters import Parameter as Number
from ..model.parameters import chosen, parameters_of
from ..numerics.vectors import full_precision
from ..runtime import Progress, double_precision
from ..text import shown
from .dataset import Curves, curves_of, dataset_of
from .diagnostics import Reason, Task
from .many import device_lockstep, fitted, frame_of, line_lockstep
from .points import Points, background
from .quick import line_parameters
from .request import TABLES, DeviceFit, _completed, device_fit, takes
from .section import FitSection
from .shapes import FIELD_OFFSET, DeviceShape, Lorentzians
from .solve import Parameter

#: Widths that are tried for the start of a Lorentzian, in shares of the largest |B|, and how many; and its centres.
_NARROWEST, _WIDEST, _TRIED = 1 / 300, 3.0, 24
_CENTRES = np.linspace(-0.25, 0.25, 9)
#: How many fields tell them.
_FEW = 64
#: How many curves are told at once.
_AT_ONCE = 1024


def fit_many(
    data: Any,
    written: Mapping[str, Any],
    section: FitSection,
    *,
    report: Progress,
    x_unit: str | None = None,
    y_unit: str | None = None,
) -> xr.Dataset:
    """Fit every curve of a dataset by itself.

    Returns:
        Over the dataset's dimensions but B, NaN where a curve has none: every parameter, its `_stderr`, the ends `_low` and `_high` of its
        interval of 68 %, `_at_bound` and `_identifiable`; and what is said of the curve.

    Raises:
        ConfigurationError: what can't be read, or can't be fitted.
    """
    curves = curves_of(data, x_unit, y_unit)
    priors = [name for name, free in section.free.items() if free.prior is not None]
    if priors:
        raise ConfigurationError(f"fit.free.{priors[0]}.prior: many curves are fitted without priors: give min and max, or fit one by one")
    with double_precision():
        task, units = _device_task(curves, written, section) if section.model == "device" else _line_task(curves, section)
        found = fitted(task, section.loss != "linear", report)
    return dataset_of(curves, task, units, found)


def _reasons(curves: Curves) -> np.ndarray:
    """Which curves can't be fitted, whatever the model."""
    is_wrong = ~np.all(np.isfinite(curves.y), 1)
    if curves.sigma is not None:
        is_wrong |= ~np.all(np.isfinite(curves.sigma) & (curves.sigma > 0), 1)
    with np.errstate(invalid="ignore"):
        is_constant = np.ptp(curves.y, 1) <= 1e-14 * np.max(np.abs(curves.y), 1)
    return np.where(is_wrong, Reason.not_finite, np.where(is_constant, Reason.constant, Reason.fitted))


def _device_task(curves: Curves, written: Mapping[str, Any], section: FitSection) -> tuple[Task, list[str]]:
    """The fits of a device, and the units of its parameters."""
    tables = {key: value for key, value in written.items() if key not in TABLES}
    numbers = parameters_of(check(_completed(tables, section, curves.unit)))
    names = {
        name: numbers[chosen(numbers, [name], "data")[0]] for name in curves.set if name not in curves.coords or _is_key(name, numbers)
    }
    own = {name: _in_si(curves, name, number) for name, number in names.items()}
    if curves.unit == "ohm" and any(number.path in ("drive.I", "junction.contact_area") for number in names.values()):
        raise ConfigurationError("data: a current or an area of each curve's own goes with y in V: give y in V, or one current for all")
    free = {numbers[index].path for index in chosen(numbers, section.free, "fit.free")}
    held = {name: values for name, values in own.items() if names[name].path not in free}
    reason = _reasons(curves)
    for name, values in own.items():
        reason[(reason == Reason.fitted) & ~_allowed(names[name], values)] = Reason.cannot_exist
    first = int(np.argmax(reason == Reason.fitted))
    x, y = curves.x, np.where(np.isfinite(curves.y[first]), curves.y[first], 0.0)
    sigma = None if curves.sigma is None else np.ones(x.size)
    setting = {names[name].path: float(values[first]) for name, values in held.items()}
    one = Measured(x, y, curves.unit, sigma, "curve", Path("curve"), None, setting, ())
    # Every curve has its own centre, found below.
    found = device_fit(written, section.model_copy(update={"field_offset": False}), [one])
    curve, parameters, old = found.problem.curves[0], list(found.problem.parameters), found.problem.curves[0].shape
    assert isinstance(old, DeviceShape)
    options: dict[str, Any] = {"current": old.current, "field_offset": section.field_offset, "scaled": bool(old.factors)}
    shape = DeviceShape(old.configuration, old.names, old.paths, old.given, **options)
    by_path = {names[name].path: values for name, values in held.items()}
    given = np.stack([by_path[path] for path in shape.given], 1) if shape.given else np.zeros((len(curves.y), 0))
    begun = _start(found, len(curves.y), {names[name].path: values for name, values in own.items()}, shape.paths, reason)
    if section.field_offset:
        largest = float(np.max(np.abs(x)))
        parameters.append(Parameter(FIELD_OFFSET, 0.0, -largest, largest, "T", 0.1 * largest))
        centres = np.zeros(len(curves.y))
        centres[reason == Reason.fitted] = _centres(curves, reason == Reason.fitted)
        begun = np.concatenate([begun, centres[:, None]], 1)
    _require_points(x, len(parameters) + len(curve.linear))
    frame, further = frame_of(parameters, x, curve.columns), min(section.starts - 1, 2 * len(shape.paths))
    task = Task(_of_device(_Key(shape)), parameters, curve.linear, frame, curves.y, curves.sigma, given, begun, further, reason)
    return task, [one.unit for one in parameters]


def _start(found: DeviceFit, curves: int, own: Mapping[str, np.ndarray], paths: tuple[str, ...], reason: np.ndarray) -> np.ndarray:
    """Places to start from, [curves, n]: as written, or as a curve has it; where that is outside the bounds, none."""
    begun = np.tile(found.problem.start(0), (curves, 1))
    for k, path in enumerate(paths):
        if path in own:
            one = found.problem.parameters[k]
            reason[(reason == Reason.fitted) & ~((own[path] >= one.low) & (own[path] <= one.high))] = Reason.cannot_exist
            begun[:, k] = own[path]
    return begun


class _Key:
    """A device's shape, equal to others that compile to the same."""

    def __init__(self, shape: DeviceShape) -> None:
        self.shape = shape
        self.key = (repr(shape.configuration), shape.paths, tuple(shape.given), shape.current, shape.has_offset, shape.factors)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.key == other.key


@lru_cache(16)
def _of_device(key: _Key) -> Any:
    return device_lockstep(key.shape)


@lru_cache(16)
def _of_lines(count: int, g: float, field_offset: bool) -> Any:
    return line_lockstep(Lorentzians(count, g, field_offset))


def _is_key(name: str, numbers: list[Number]) -> bool:
    return any(name in (one.name, one.path) or one.path.endswith(f".{name}") for one in numbers)


def _in_si(curves: Curves, name: str, number: Number) -> np.ndarray:
    """A number of every curve, [curves]."""
    one = curves.set[name]
    factor = 1.0
    if (unit := one.attrs.get("units")) and number.unit:
        found = si_of(str(unit), (number.unit,))
        if found is None:
            raise ConfigurationError(f"data: {name} is in {shown(str(unit))}: must be in {number.unit}")
        factor = found[0]
    if not set(one.dims) <= set(curves.dims):
        raise ConfigurationError(f"data: {name} must be a number of each curve, over {', '.join(curves.dims)}")
    whole = one.broadcast_like(xr.DataArray(np.zeros(curves.sizes), dims=curves.dims)).transpose(*curves.dims)
    return np.array(whole, dtype=float).reshape(-1) * factor


def _allowed(number: Number, values: np.ndarray) -> np.ndarray:
    """Which values a key takes."""
    unique, where = np.unique(values, return_inverse=True)
    return np.array([takes(number, float(value)) for value in unique])[where]


def _line_task(curves: Curves, section: FitSection) -> tuple[Task, list[str]]:
    """The fits of one or two Lorentzians, and the units of their parameters."""
    if section.free:
        raise ConfigurationError("fit.free: Lorentzians have no parameters to choose: take it out")
    count = 1 if section.model == "lorentzian" else 2
    shape = Lorentzians(count, section.g, section.field_offset)
    x = curves.x
    names, columns = background(Points(x, x, None, ""), section.offset, section.background)
    size = shape.per_tesla * float(np.max(np.abs(x)))
    times = 1 / (size * np.geomspace(_NARROWEST, _WIDEST, _TRIED))
    rest = [0.0] * (len(shape.names) - count)
    reason = _reasons(curves)
    kept = reason == Reason.fitted
    begun = np.full((len(curves.y), len(shape.names)), 1 / size)
    pairs = [[tau] for tau in times] if count == 1 else [[long, short] for k, long in enumerate(times) for short in times[k + 1 :]]
    begun[kept, :count] = _best_lines(curves, kept, shape.per_tesla, np.array([[*pair, 0.0] for pair in pairs]), columns)[:, :count]
    if rest:
        begun[kept, count] = _centres(curves, kept)
    parameters = line_parameters(shape, np.array([1 / size] * count + rest), x)
    _require_points(x, len(parameters) + count + len(names))
    frame = frame_of(parameters, x, columns)
    lockstep = _of_lines(count, section.g, section.field_offset)
    given = np.zeros((len(curves.y), 0))
    task = Task(lockstep, parameters, [*shape.factors, *names], frame, curves.y, curves.sigma, given, begun, 0, reason)
    return task, [one.unit for one in parameters]


def _require_points(x: np.ndarray, parameters: int) -> None:
    if x.size <= parameters:
        raise ConfigurationError(f"{x.size} points a curve and {parameters} free parameters: free fewer, or measure more points")


def _best_lines(curves: Curves, kept: np.ndarray, per_tesla: float, lines: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Which times and centre, of some [lines, times + 1], with the columns leave least of each curve."""
    few = slice(None, None, -(-curves.x.size // _FEW))
    x, y, columns = curves.x[few], curves.y[kept][:, few], columns[few]
    turns = per_tesla * (x[:, None] - lines[:, None, -1:])
    shapes = 1 / (1 + (turns * lines[:, None, :-1]) ** 2)
    Q, _ = np.linalg.qr(np.concatenate([shapes, np.broadcast_to(columns, (len(lines), *columns.shape))], 2))
    # Not by NumPy, whose threads would wait busily after a product, on the cores where curves are fitted next.
    return lines[in_batches(lambda some: _held_most(some, Q), [y], min(_AT_ONCE, len(y)))] if len(y) else lines[:0]


@jax.jit
@full_precision
def _held_most(y: Any, Q: Any) -> Any:
    """Which of some sets of orthonormal columns, [sets, points, columns], hold most of each curve, [curves, points]."""
    return jnp.argmax(jnp.sum(jnp.einsum("cp,spk->csk", y, Q) ** 2, 2), 1)


def _centres(curves: Curves, kept: np.ndarray) -> np.ndarray:
    """Where the centres of the curves' lines are, as far as Lorentzians of some widths and centres tell [T]."""
    largest = float(np.max(np.abs(curves.x)))
    lines = np.array([[1 / width, centre] for width in np.geomspace(largest / 30, largest, 5) for centre in largest * _CENTRES])
    _, columns = background(Points(curves.x, curves.x, None, ""), True, "linear")
    return _best_lines(curves, kept, 1.0, lines, columns)[:, 1]
