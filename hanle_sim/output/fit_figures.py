"""A fit's figure: points, model, its contributions, and residuals; and profiles."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..fitting.result import FitResult
from ..text import pretty_unit
from .drawing import APPROXIMATION, GREY, HEAT, SPIN, TOTAL, new_figure, save, scaled, style
from .lettering import mathematical
from .look import DEFAULT, Look

#: Curves that one figure has room for.
_MOST = 6
_PARTS = (SPIN, HEAT, APPROXIMATION)


def draw_fit(results: Sequence[FitResult], path: Path, look: Look = DEFAULT) -> None:
    """Draw every curve with its model and its residuals below, side by side; the first six where there are more."""
    curves = [(result, k) for result in results for k in range(len(result.problem.curves))][:_MOST]
    columns = min(len(curves), 3)
    rows = -(-len(curves) // columns)
    with style(look):
        figure = new_figure(look.width * columns**0.5, look.height * rows)
        grid = figure.add_gridspec(2 * rows, columns, height_ratios=[3, 1] * rows)
        for number, (result, k) in enumerate(curves):
            row, column = divmod(number, columns)
            upper = figure.add_subplot(grid[2 * row, column])
            lower = figure.add_subplot(grid[2 * row + 1, column], sharex=upper)
            curve, found = result.problem.curves[k], result.solution.curves[k]
            unit = pretty_unit(result.unit)
            x_factor, x_unit = scaled(curve.points.x, "T")
            factor, y_unit = scaled(curve.points.y, unit)
            order = np.argsort(curve.points.x, kind="stable")
            x = curve.points.x[order] * x_factor
            upper.plot(x, curve.points.y[order] * factor, ".", color=GREY, markersize=3, label="measured")
            factors = found.linear[: len(curve.shape.factors)]
            rest = found.linear[len(factors) :] @ curve.columns.T if curve.columns.shape[1] else np.zeros(x.size)
            parts = curve.shape.contributions(result.solution.values[curve.which], curve.points.x, factors)
            for colour, (name, part) in zip(_PARTS, parts.items(), strict=False):
                upper.plot(x, (part + rest)[order] * factor, "--", color=colour, label=mathematical(name))
            upper.plot(x, found.model[order] * factor, "-", color=TOTAL, label=result.model)
            residual = curve.points.y - found.model
            small, r_unit = scaled(residual, unit)
            lower.plot(x, residual[order] * small, ".", color=GREY, markersize=3)
            lower.axhline(0.0, color=TOTAL, linewidth=look.line / 2)
            upper.set(ylabel=f"signal ({y_unit})")
            upper.tick_params(labelbottom=False)
            lower.set(xlabel=f"B ({x_unit})", ylabel=f"residual ({r_unit})")
            upper.legend()
            if look.titled:
                upper.set_title(curve.points.name, parse_math=False)
        save(figure, path)
