"""What fits of many curves say: a table, a row a curve, and a figure."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..text import parameter_text, pretty_unit
from .drawing import GREY, SPIN, new_figure, save, scaled, style
from .layout import Sheet
from .lettering import mathematical
from .look import DEFAULT, Look

if TYPE_CHECKING:
    import xarray as xr

#: Parameters that a figure has room for.
_PANELS = 6


def parameters_in(found: "xr.Dataset") -> list[str]:
    """Names of the parameters of fits of many curves."""
    return [str(name).removesuffix("_identifiable") for name in found.data_vars if str(name).endswith("_identifiable")]


def each_table(found: "xr.Dataset") -> Sheet:
    """Every parameter's median and range, over the curves of which it is determined, and how many these are."""
    curves = found["success"].size
    table = Sheet(f"{curves:,} curves, each fitted by itself", "known: by how many curves a parameter is determined; of these are the rest")
    table.add_columns("parameter")
    table.add_columns("median", justify="right")
    table.add_columns("range", wraps=True)
    table.add_columns("error", "known", justify="right")
    for name in parameters_in(found):
        is_known = found[f"{name}_identifiable"].values.ravel()
        values, errors = (found[key].values.ravel()[is_known] for key in (name, f"{name}_stderr"))
        unit = found[name].attrs.get("units", "")
        cells = [parameter_text(float(x), unit, 3) for x in (np.median(values), values.min(), values.max())] if values.size else ["–"] * 3
        cells[1:] = [f"{cells[1]} to {cells[2]}"] if values.size else cells[1:2]
        error = parameter_text(float(np.median(errors)), unit, 2) if values.size else "–"
        table.add_row(name, *cells, error, f"{is_known.sum():,}")
    return table


def remarks(found: "xr.Dataset") -> list[str]:
    """What is to be said of some curves, a line each."""
    reasons, counts = np.unique(found["reason"].values, return_counts=True)
    meanings = dict(zip(found["reason"].attrs["flag_values"].tolist(), found["reason"].attrs["flag_meanings"].split(), strict=True))
    lines = [f"{_curves(n)}: {meanings[int(k)].replace('_', ' ')}" for k, n in zip(reasons, counts, strict=True) if k]
    if n := int(found["wants_profile"].sum()):
        lines.append(f"{_curves(n)}: an error is too large for its interval to be believed (wants_profile): fit such a curve by itself")
    if n := int(found["second_minimum"].sum()):
        lines.append(f"{_curves(n)}: another minimum is nearly as good (second_minimum)")
    return lines


def _curves(n: int) -> str:
    return "1 curve" if n == 1 else f"{n:,} curves"


def columns_of(found: "xr.Dataset") -> dict[str, np.ndarray]:
    """fits.csv: a row a curve, its coordinates first; NaN for what is not known."""
    dims = found["success"].dims
    rows = found.drop_vars("n").stack(row=dims, create_index=False) if dims else found.drop_vars("n").expand_dims("row")
    numbers = {dim: np.arange(found.sizes[dim]) for dim in dims if dim not in found.coords}
    places = dict(zip(dims, np.unravel_index(np.arange(rows.sizes["row"]), [found.sizes[dim] for dim in dims]), strict=True))
    columns = {str(dim): numbers[dim][places[dim]] for dim in numbers}
    columns |= {str(name): np.asarray(one.values) for name, one in (*rows.coords.items(), *rows.data_vars.items()) if one.dims == ("row",)}
    return {name: values.astype(str) if values.dtype.kind in "OSU" else values for name, values in columns.items()}


def draw_each(found: "xr.Dataset", path: Path, look: Look = DEFAULT) -> None:
    """Draw each parameter by curve, over their coordinate where there is one of numbers: hollow where it is not determined."""
    names = parameters_in(found)[:_PANELS]
    dims = found["success"].dims
    along = found.coords.get(dims[0]) if len(dims) == 1 else None
    is_number = along is not None and along.dtype.kind in "iuf"
    x = np.asarray(along.values, dtype=float) if along is not None and is_number else np.arange(1, found["success"].size + 1)
    said = str(along.attrs.get("units", "")) if along is not None and is_number else ""
    label = f"{dims[0]} ({pretty_unit(said)})" if said else str(dims[0]) if is_number else "curve"
    with style(look):
        columns = min(len(names), 3)
        figure = new_figure(look.width * columns**0.7, look.height * 0.8 * -(-len(names) // columns))
        axes = figure.subplots(-(-len(names) // columns), columns, squeeze=False, sharex=True)
        for name, ax in zip(names, axes.ravel(), strict=False):
            values, errors = found[name].values.ravel(), found[f"{name}_stderr"].values.ravel()
            is_known = found[f"{name}_identifiable"].values.ravel()
            near = values[is_known] if is_known.any() else values[np.isfinite(values)]
            factor, unit = scaled(near if near.size else np.zeros(1), pretty_unit(found[name].attrs.get("units", "")))
            ax.errorbar(
                x[is_known], values[is_known] * factor, errors[is_known] * factor, fmt=".", color=SPIN, markersize=4, elinewidth=0.8
            )
            if near.size:
                margin = 0.15 * np.ptp(near) + 3 * np.nanmedian(np.append(errors[is_known], 0.0)) or abs(near[0]) or 1.0
                low, high = near.min() - margin, near.max() + margin
                open_ones = ~is_known & np.isfinite(values)
                ax.plot(x[open_ones], np.clip(values[open_ones], low, high) * factor, "o", color=GREY, markerfacecolor="none", markersize=4)
                ax.set_ylim(low * factor, high * factor)
            ax.set_ylabel(f"{mathematical(name)} ({unit})" if unit else mathematical(name))
        for number, ax in enumerate(axes.ravel()):
            ax.set_visible(number < len(names))
            if number + columns >= len(names):  # the last of its column
                ax.set_xlabel(label)
                ax.tick_params(labelbottom=True)
        save(figure, path)
