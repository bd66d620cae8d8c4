"""Figures of the claims: maps of an error with contours at 1, 5 and 10 %, and curves over one parameter."""

import math
import re
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import SymLogNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from ..claims import Claim, Lines, Map
from .figures import _DASHES, _LINES, APPROXIMATION, Figure, label_contours, style

#: Colours span from this many per cent, below which all is one colour, to this many.
_LEAST, _MOST = 0.1, 100.0
_TICKS = (-100, -10, -1, 0, 1, 10, 100)
_ABSENT, _BEYOND = "#BFBFBF", 300.0
# Inches: width of a panel with its margins; heights of the title, of a row, of its axes, and of what is below them.
_CELL, _TITLE, _ROW, _AXES, _BOTTOM = 4.5, 0.35, 4.3, 2.75, 1.1


def figure_of(claim: Claim) -> Figure:
    """The figure of a claim: its panels in a grid, a row for every geometry, under a title."""
    grid = _arranged(claim)
    with style():
        # Placed by hand, in inches: a layout engine would take longer than the computation.
        width, height = _CELL * max(map(len, grid)) + 0.1, _TITLE + _ROW * len(grid)
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        for row_number, row in enumerate(grid):
            bottom = height - _TITLE - _ROW * (row_number + 1) + _BOTTOM
            for place, (heading, device, panel) in enumerate(row):
                left, is_map = _CELL * place + 0.75, isinstance(panel, Map)
                axes = figure.add_axes((left / width, bottom / height, (2.75 if is_map else 3.45) / width, _AXES / height))
                axes.set_title(panel.title, fontsize=9, loc="left")
                if isinstance(panel, Map):
                    bar = figure.add_axes(((left + 2.87) / width, bottom / height, 0.13 / width, _AXES / height))
                    _draw_map(figure, axes, bar, panel, device)
                else:
                    _draw_lines(axes, panel)
                at = (left - 0.6) / width, (bottom + _AXES + 0.28) / height
                figure.text(*at, heading, fontsize=9.5, fontweight="bold", ha="left", va="bottom")
        title = f"{claim.number}. {mathematical(claim.title)}"
        figure.text(0.15 / width, 1 - 0.1 / height, title, fontsize=11, ha="left", va="top")
    return figure


def _arranged(claim: Claim) -> list[list[tuple[str, str, Map | Lines]]]:
    """Rows of (heading, what the device is called, panel): a row a geometry, or side by side where each has one map only."""
    rows = []
    for number, (geometry, panels) in enumerate(claim.panels.items()):
        heading = f"{geometry} (this device)" if geometry and number == 0 else geometry
        device = "the same junction" if number else "this device"
        rows.append([(heading if place == 0 else "", device, panel) for place, panel in enumerate(panels)])
    if len(rows) > 1 and all(len(row) == 1 for row in rows[1:]):
        return [[row[0] for row in rows], *([rows[0][1:]] if rows[0][1:] else [])]
    return rows


def mathematical(text: str) -> str:
    """Symbols with an index, such as τ_s, as Matplotlib sets them."""
    return re.sub(r"(\w+)_(\w+)", lambda found: rf"${found[1]}_\mathrm{{{found[2]}}}$", text)


def _draw_map(figure: Figure, axes: Any, bar_axes: Any, panel: Map, device: str) -> None:
    x, y, error = panel.x.values, panel.y.values, 100 * panel.error
    norm = SymLogNorm(linthresh=_LEAST, linscale=0.3, vmin=-_MOST, vmax=_MOST, base=10)
    axes.set_facecolor(_ABSENT)
    colour = axes.pcolormesh(x, y, np.ma.masked_invalid(error), norm=norm, cmap="RdBu_r", shading="nearest", rasterized=True)
    _scale(axes, panel)
    handles: list[Any] = []
    finite = error[np.isfinite(error)]
    levels = [level for level in panel.levels if finite.size and finite.min() < level < finite.max()]
    if levels:
        # Where the exact signal changes its sign an error goes through infinity, not through the levels between.
        near = np.ma.masked_where(~(np.abs(error) < _BEYOND), error)
        contours = axes.contour(x, y, near, levels=levels, colors="black", linewidths=0.9, linestyles="solid")
        size = _CELL - 1.75, _AXES
        label_contours(axes, contours, size, lambda level: f"{level:+g} %" if level else "0", fontsize=7.5)
    elif finite.size:
        note = _everywhere(float(finite.min()), float(finite.max()))
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 3.0, "alpha": 0.85}
        axes.text(0.5, 0.5, note, transform=axes.transAxes, ha="center", va="center", fontsize=8.5, bbox=behind)
    for number, (label, (along, values)) in enumerate(panel.lines.items()):
        inside = (values >= y.min()) & (values <= y.max())
        handles += axes.plot(along[inside], values[inside], color="#009E73", linestyle=_DASHES[1 + number % 2], linewidth=1.4, label=label)
    if panel.here is not None:
        handles += _mark_here(axes, panel.here, x, y, device)
    if not np.isfinite(error).all():
        handles.append(Patch(color=_ABSENT, label=panel.absent))
    if handles:
        axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=1, borderaxespad=0.0)
    bar = figure.colorbar(colour, cax=bar_axes, extend="both")
    bar.set_label(panel.unit, labelpad=0)
    bar.ax.yaxis.set_major_locator(FixedLocator(_TICKS))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+g}" if value else "0"))
    bar.ax.yaxis.set_minor_locator(FixedLocator([]))


def _everywhere(least: float, most: float) -> str:
    """What a map without contours holds, from its extremes in per cent."""
    if max(abs(least), abs(most)) < 1e-3:
        return "less than 0.001 % everywhere"
    low, high = (f"{value:+.3g}" if abs(value) < 1e4 else f"beyond {math.copysign(1e4, value):+.0f}" for value in (least, most))
    return f"{low} % everywhere" if low == high else f"{low} to {high} % everywhere"


def _mark_here(axes: Any, here: tuple[float, float], x: np.ndarray, y: np.ndarray, device: str) -> list[Line2D]:
    """The device: a circle, at the map's edge an arrowhead pointing to where it lies."""
    at_x, at_y = float(np.clip(here[0], x.min(), x.max())), float(np.clip(here[1], y.min(), y.max()))
    marker, label = "o", device
    if at_x != here[0] and abs(here[0] / at_x - 1) > 1e-6:
        marker, label = ("<", f"{device}, further left") if here[0] < at_x else (">", f"{device}, further right")
    elif at_y != here[1] and abs(here[1] - at_y) > 1e-6 * abs(at_y):
        marker, label = ("v", f"{device}, further down") if here[1] < at_y else ("^", f"{device}, further up")
    look: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": "black", "markersize": 8, "linestyle": "none", "clip_on": False}
    return list(axes.plot([at_x], [at_y], marker=marker, label=label, zorder=5, **look))


def _draw_lines(axes: Any, panel: Lines) -> None:
    for number, (label, values) in enumerate(panel.curves.items()):
        axes.plot(panel.x.values, values, color=_LINES[number % len(_LINES)], linestyle=_DASHES[number % len(_DASHES)], label=label)
    for label, level in panel.marks.items():
        axes.axhline(level, color=APPROXIMATION, linewidth=0.8, zorder=0)
        place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "xytext": (0, 2), "textcoords": "offset points"}
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.85}
        axes.annotate(label, (0.99, level), ha="right", va="bottom", fontsize=7.5, color="#555555", bbox=behind, **place)
    if panel.log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}" if f"{value:.0e}"[0] in "25" else ""))
    axes.set_ylabel(panel.label)
    axes.set_xlabel(panel.x.label)
    axes.set_xscale("log" if panel.x.log else "linear")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(panel.x.values[0], panel.x.values[-1])
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2, borderaxespad=0.0)


def _scale(axes: Any, panel: Map) -> None:
    axes.set_xscale("log" if panel.x.log else "linear")
    axes.set_yscale("log" if panel.y.log else "linear")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(panel.x.values[0], panel.x.values[-1])
    axes.set_ylim(panel.y.values[0], panel.y.values[-1])
    axes.set_xlabel(panel.x.label)
    axes.set_ylabel(panel.y.label)
