"""Datasets of many curves: in, as fits take them, and out, with what was found."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from ..configuration import ConfigurationError
from ..measured.headings import known_unit, si_of
from ..text import shown
from .diagnostics import MEANINGS, Fitted, Reason, Task
from .points import Points, background_units

_NAME_OF_FIELD = "B"


class Curves(NamedTuple):
    """Curves that share fields.

    Attributes:
        x: fields [T], [points].
        y, sigma: signals [`unit`], [curves, points], and their standard errors or None.
        unit: "V" or "ohm".
        set: numbers of each curve by the names of their keys, in SI or with a unit of their own, [curves] each.
        dims, sizes: of the dataset, without the fields.
        coords: what else the dataset says of the curves.
    """

    x: np.ndarray
    y: np.ndarray
    sigma: np.ndarray | None
    unit: str
    set: dict[str, xr.DataArray]
    dims: tuple[str, ...]
    sizes: tuple[int, ...]
    coords: dict[str, xr.DataArray]


def curves_of(data: Any, x_unit: str | None = None, y_unit: str | None = None) -> Curves:
    """The curves of a Dataset, or of a dict."""
    given = data if isinstance(data, xr.Dataset) else _of_arrays(data)
    names = [name for name in given.data_vars if _NAME_OF_FIELD in given[name].dims and name != "sigma"]
    name = "y" if "y" in given else names[0] if len(names) == 1 else None
    if name is None or _NAME_OF_FIELD not in given[name].dims or _NAME_OF_FIELD not in given.coords:
        raise ConfigurationError(
            f"data: a dataset of curves has the variable y over B and other dimensions, and the coordinate B; this one has "
            f"{', '.join(map(str, given.variables)) or 'nothing'}"
        )
    fields, signal = given[_NAME_OF_FIELD], given[name]
    dims = tuple(str(dim) for dim in signal.dims if dim != _NAME_OF_FIELD)
    x_factor, _ = _unit("B", x_unit or fields.attrs.get("units"), ("T",))
    factor, unit = _unit(str(name), y_unit or signal.attrs.get("units"), ("V", "ohm"))
    y = _flat(signal, signal, dims) * factor
    sigma = None if "sigma" not in given else _flat(given["sigma"], signal, dims) * factor
    x = np.asarray(fields, dtype=float) * x_factor
    if not np.all(np.isfinite(x)) or np.unique(x).size < 3:
        raise ConfigurationError("data: B must be at least three finite fields that differ")
    rest = {str(key): given[key] for key in given.variables if key not in (name, "sigma", _NAME_OF_FIELD)}
    beside = {key: one for key, one in rest.items() if _NAME_OF_FIELD not in one.dims and set(one.dims) <= set(dims)}
    wrong = sorted(key for key in rest if key not in beside and key not in given.coords)
    if wrong:
        raise ConfigurationError(f"data: {shown(wrong[0])} has dimensions that y has not: take it out: {', '.join(wrong)}")
    numbers = {key: one for key, one in beside.items() if np.issubdtype(one.dtype, np.number)}
    return Curves(
        x, y, sigma, unit, numbers, dims, tuple(signal.sizes[dim] for dim in dims), {k: v for k, v in beside.items() if k in given.coords}
    )


def require_keys(given: Mapping[str, Any]) -> None:
    """Raise ConfigurationError for a dict that holds something else than arrays of curves."""
    unknown, missing = set(given) - {"x", "y", "unit", "sigma", "name", "set"}, {"x", "y", "unit"} - set(given)
    if unknown or missing:
        raise ConfigurationError(
            f"data: its keys are {', '.join(sorted(given))}: must be x, y and unit, and sigma, name and set if wanted: "
            f"{'take out ' + ', '.join(sorted(unknown)) if unknown else 'give ' + ', '.join(sorted(missing))}"
        )


def _of_arrays(given: Mapping[str, Any]) -> xr.Dataset:
    """The Dataset of a dict of arrays."""
    require_keys(given)
    x, y = np.asarray(given["x"], dtype=float), np.asarray(given["y"], dtype=float)
    if x.ndim != 1 or y.shape[-1:] != x.shape:
        raise ConfigurationError(f"data: x and y have shapes {x.shape} and {y.shape}: y must have a value for each x in its last dimension")
    dims = ("curve",) if y.ndim == 2 else tuple(f"curve_{k + 1}" for k in range(y.ndim - 1))
    variables: dict[str, Any] = {"y": ((*dims, _NAME_OF_FIELD), y, {"units": given["unit"]})}
    if given.get("sigma") is not None:
        variables["sigma"] = ((*dims, _NAME_OF_FIELD), np.broadcast_to(np.asarray(given["sigma"], dtype=float), y.shape))
    try:
        variables |= {name: (dims if np.ndim(one) else (), np.asarray(one)) for name, one in dict(given.get("set", {})).items()}
        return xr.Dataset(variables, {_NAME_OF_FIELD: ((_NAME_OF_FIELD,), x, {"units": "T"})})
    except ValueError as error:
        raise ConfigurationError(f"data.set: must have a number for each curve, {y.shape[:-1]}: {error}") from None


def _unit(name: str, given: Any, wanted: tuple[str, ...]) -> tuple[float, str]:
    found = si_of(known_unit(str(given)), wanted) if given is not None else None
    if found is None:
        said = "has no unit" if given is None else f"is in {shown(str(given))}"
        option = "x_unit" if wanted == ("T",) else "y_unit"
        raise ConfigurationError(f'data: {name} {said}: must be in {" or ".join(wanted)}: give its attribute "units", or {option}')
    return found


def _flat(one: xr.DataArray, signal: xr.DataArray, dims: tuple[str, ...]) -> np.ndarray:
    """A variable as numbers for every curve and field, [curves, points]."""
    try:
        whole = one.broadcast_like(signal).transpose(*dims, _NAME_OF_FIELD)
        return np.array(whole, dtype=float).reshape(-1, signal.sizes[_NAME_OF_FIELD])
    except (TypeError, ValueError):
        raise ConfigurationError(f"data: {one.name} must be numbers over {', '.join((*dims, _NAME_OF_FIELD))}") from None


def dataset_of(curves: Curves, task: Task, units: list[str], found: Fitted) -> xr.Dataset:
    """What was found, over the dataset's dimensions."""
    n, names = len(task.parameters), [*(one.name for one in task.parameters), *task.linear]
    columns = [name for name in task.linear if name in ("offset", "slope", "curvature")]
    per = dict(zip(columns, background_units(columns, Points(curves.x, curves.x, None, "")), strict=True))
    own = {"slope": f"{curves.unit}/T", "curvature": f"{curves.unit}/T^2", "scale": ""}
    variables: dict[str, Any] = {}

    def put(name: str, values: np.ndarray, unit: str, meaning: str) -> None:
        noted = {"long_name": meaning} | ({"units": unit} if values.dtype == float else {})
        variables[name] = (curves.dims, values.reshape(curves.sizes), noted)

    for k, name in enumerate(names):
        unit, factor = (units[k], 1.0) if k < n else (own.get(name, curves.unit), 1 / per.get(name, 1.0))
        value, error = found.values[:, k] * factor, found.stderr[:, k] * factor
        put(name, value, unit, name)
        put(f"{name}_stderr", error, unit, f"standard error of {name}; NaN where the data do not determine it")
        put(f"{name}_low", value - found.factor * error, unit, f"lower end of the interval of 68 % of {name}")
        put(f"{name}_high", value + found.factor * error, unit, f"upper end of the interval of 68 % of {name}")
        put(f"{name}_identifiable", found.identifiable[:, k], "", f"whether the data determine {name}")
        if k < n:
            put(f"{name}_at_bound", found.at_bound[:, k], "", f"whether {name} ended at a bound")
    put("ssr", found.ssr, f"{curves.unit}^2", "sum of squares")
    put("n_effective", found.effective, "1", "how many independent points there are")
    put("dof", found.dof, "1", "degrees of freedom")
    put("aicc", found.aicc, "1", "corrected Akaike criterion")
    put("neighbours", found.neighbours, "1", "correlation of neighbouring residuals")
    put("success", np.isin(found.reason, (Reason.fitted, Reason.beyond_law)), "", "whether the fit converged")
    put(
        "second_minimum",
        found.second_minimum,
        "",
        "whether a further start ended at another minimum nearly as good: parameters that differ there are not identifiable",
    )
    put(
        "wants_profile",
        found.wants_profile,
        "",
        "whether an error is so large that the interval is to be found by a fit of this curve alone",
    )
    put("reason", found.reason.astype(np.int8), "", "why a curve has no numbers, or none to be believed")
    variables["reason"][2].update(
        flag_values=np.array([int(one) for one in MEANINGS], dtype=np.int8),
        flag_meanings=" ".join(text.replace(" ", "_").replace(",", "") for text in MEANINGS.values()),
    )
    variables["n"] = ((), curves.x.size, {"long_name": "points of a curve"})
    return xr.Dataset(variables, curves.coords)
