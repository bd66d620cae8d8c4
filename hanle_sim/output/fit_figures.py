"""A fit's figure: points, model, its contributions, and residuals; and profiles."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..fitting.ranking import Comparison
from ..fitting.result import FitResult
from ..text import pretty_unit
from .drawing import APPROXIMATION, GREY, HEAT, SPIN, TOTAL, new_figure, save, scaled, style
from .lettering import mathematical
from .look import DEFAULT, Look

#: Curves that one figure has room for.
_MOST = 6
#: Parameters that a figure of models has room for.
_PANELS = 4
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


def draw_models(comparison: Comparison, path: Path, look: Look = DEFAULT) -> None:
    """Draw parameters by model, the best on top, with standard errors: a panel each for the first four, the spread as a band.

    Models that the data do not allow are hollow, and at the edge where they lie beyond it.
    """
    fitted = [one for one in comparison.models if one.results]
    rows = {one.name: number for number, one in enumerate(fitted)}
    allowed = {one.name for one in comparison.allowed}
    panels = list(comparison.spread.items())[:_PANELS]
    with style(look):
        figure = new_figure(look.width * (1 + 0.5 * len(panels)), max(look.height, 0.24 * len(rows) + 0.9))
        axes = figure.subplots(1, max(len(panels), 1), sharey=True, squeeze=False)[0]
        for ax, (name, one) in zip(axes, panels, strict=False):
            counted = [(x, error or 0.0) for model, _, x, error in one.values if model in allowed and model not in one.undetermined]
            near = counted or [(x, error or 0.0) for _, _, x, error in one.values]
            low, high = min(x - 2 * error for x, error in near), max(x + 2 * error for x, error in near)
            margin = 0.6 * (high - low) or 0.1 * abs(high) or 1.0
            low, high = low - margin, high + margin
            factor, unit = scaled([low, high], pretty_unit(one.unit))
            if counted and one.high > one.low:
                ax.axvspan(one.low * factor, one.high * factor, color=SPIN, alpha=0.15, linewidth=0)
            for model, _, x, error in one.values:
                is_inside, is_allowed = low <= x <= high, model in allowed and model not in one.undetermined
                at = min(max(x, low), high) * factor
                bar = None if error is None or not is_inside else error * factor
                marker = "o" if is_inside else "<" if x < low else ">"
                colour, face = (SPIN, SPIN) if is_allowed else (GREY, "white")
                ax.errorbar(at, rows[model], xerr=bar, fmt=marker, color=colour, markerfacecolor=face, markersize=4, clip_on=False)
            symbol = mathematical(name.replace("tau", "τ").replace("lambda", "λ"))
            ax.set(xlim=(low * factor, high * factor), xlabel=f"{symbol} ({unit})" if unit else symbol)
            ax.locator_params(axis="x", nbins=4)
        axes[0].set_yticks(range(len(rows)), rows)
        axes[0].set_ylim(len(rows) - 0.5, -0.5)
        save(figure, path)
