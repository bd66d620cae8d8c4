"""Figures of the claims: maps of an error with contours at 1, 5 and 10 %, and curves over one parameter."""

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.colors import SymLogNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, NullFormatter

from ..paper.claims import Claim, Lines, Map
from ..paper.claims.claim import Axis
from .drawing import DASHED, DOTTED, GREY, Figure, fit_ratio, line_style, new_figure, plain_number, style
from .figures import label_contours
from .lettering import mathematical
from .look import DEFAULT, Look

#: Colours span from this many per cent, below which all is one colour, to this many.
_LEAST, _MOST = 0.1, 100.0
_TICKS = (-100, -10, -1, 0, 1, 10, 100)
_ABSENT, _BEYOND = "#BFBFBF", 300.0
# Per cent below which all is white.
_WHITE = 1e-3
# Inches, in the default look: width of a panel with its margins; those beside its axes, above and below them; of the title.
_CELL, _BESIDE, _AROUND, _BELOW, _TITLE = 4.5, 1.75, 1.55, 1.1, 0.35
#: The narrowest panel in a figure of several [inches].
_NARROWEST = 3.375


def figure_of(claim: Claim, look: Look = DEFAULT) -> Figure:
    """The figure of a claim: its panels in a grid, a row for every geometry, under a title; maps of one colour are a line of text."""
    u = look.points / 9
    rows, said = _arranged(claim)
    columns = min(max(map(len, rows)), max(1, int(look.page / min(_CELL * u, _NARROWEST))))
    cell = min(_CELL * u, look.page / columns)
    grid = [row[start : start + columns] for row in rows for start in range(0, len(row), columns)]
    side, above = cell - _BESIDE * u, _TITLE * u if look.titled else 0.0
    panels = [panel for row in grid for _, _, panel in row]
    entries = max(len([*panel.curves, *panel.marks]) if isinstance(panel, Lines) else 0 for panel in panels)
    below = _BELOW * u + max((entries + 1) // 2 - 3, 0) * 1.6 * look.pt(8.0) / 72  # more than three rows of a legend
    head = max(_broken(mathematical(panel.title), cell - 0.85 * u, look).count("\n") for panel in panels) * 1.2 * look.pt(9.0) / 72
    around = (_AROUND - _BELOW) * u + below + head
    notes = [_broken(mathematical(note), cell * columns - 0.3 * u, look) for note in said]
    noted = (sum(note.count("\n") + 1 for note in notes) * 1.5 * look.pt(8.5) + look.pt(8.5)) / 72 if notes else 0.0
    with style(look):
        # Placed by hand, in inches: a layout engine would take longer than the computation.
        figure = new_figure(cell * columns + 0.1 * u, above + (side + around) * len(grid) + noted, layout=None)
        needed = figure.get_size_inches()
        fit_ratio(figure, look)
        width, height = figure.get_size_inches()
        start, top = (width - needed[0]) / 2, (height + needed[1]) / 2
        for row_number, row in enumerate(grid):
            bottom = top - above - (side + around) * (row_number + 1) + below
            for place, (heading, device, panel) in enumerate(row):
                left, is_map = start + cell * place + 0.75 * u, isinstance(panel, Map)
                axes = figure.add_axes((left / width, bottom / height, (side if is_map else side + 0.7 * u) / width, side / height))
                axes.set_title(
                    _broken(mathematical(panel.title), cell - 0.85 * u, look), fontsize=look.pt(9.0), loc="left", pad=look.pt(8.0)
                )
                if isinstance(panel, Map):
                    at = left + side + 0.12 * u
                    bar = figure.add_axes((at / width, bottom / height, 0.13 * u / width, side / height))
                    _draw_map(figure, axes, bar, panel, device, look, side)
                else:
                    _draw_lines(axes, panel, look, side)
                corner = (left - 0.6 * u) / width, (bottom + side + 0.28 * u + head) / height
                figure.text(*corner, heading, fontsize=look.pt(9.5), fontweight="bold", ha="left", va="bottom")
        if look.titled:
            title = f"{claim.number}. {mathematical(claim.message)}"
            figure.text((start + 0.15 * u) / width, (top - 0.1 * u) / height, title, fontsize=look.pt(11.0), ha="left", va="top")
        if notes:
            foot = (start + 0.15 * u) / width, (top - needed[1] + look.pt(4.0) / 72) / height
            figure.text(*foot, "\n".join(notes), fontsize=look.pt(8.5), ha="left", va="bottom", linespacing=1.4)
    return figure


def best_of(claim: Claim) -> Claim:
    """The claim with the one panel that shows it best, of the device itself: another where that has one colour everywhere."""
    own, panels = next(iter(claim.panels.items()))
    best = next((panel for panel in (panels[claim.shows], *panels) if not _has_one_colour(panel)), panels[claim.shows])
    return replace(claim, panels={own: (best,)})


def _broken(text: str, room: float, look: Look) -> str:
    """A text with symbols in so many lines that it fits into some inches, by what letters take on average."""
    words, lines = re.findall(r"(?:\$[^$]*\$|[^\s$])+", text), [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(re.sub(r"\\mathrm|\\(?=[a-zA-Z]+)|[${}_^]", "", longer)) * 0.51 * look.pt(9.0) / 72 > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _has_one_colour(panel: Map | Lines) -> bool:
    """Whether a panel is a map with one colour everywhere, the darkest or white."""
    if isinstance(panel, Lines):
        return False
    error = 100 * panel.error
    return bool(np.all(error >= _MOST) or np.all(error <= -_MOST) or np.all(np.abs(error) < _WHITE))


def _in_words(heading: str, panel: Map) -> str:
    """What a map of one colour holds."""
    holds = _everywhere(float(100 * panel.error.min()), float(100 * panel.error.max()))
    return f"{f'{heading}: ' if heading else ''}{panel.title}: {holds}"


def told(claim: Claim) -> str | None:
    """What the panel of `best_of` holds, in words, where it is a map of one colour."""
    ((_, (panel,)),) = claim.panels.items()
    return _in_words("", panel) if isinstance(panel, Map) and _has_one_colour(panel) else None


def _arranged(claim: Claim) -> tuple[list[list[tuple[str, str, Map | Lines]]], list[str]]:
    """Rows of (heading, what the device is called, panel): a row a geometry, or side by side where each has one map only; and what maps
    of one colour hold, in words, unless there are no others.
    """
    rows, said = [], []
    are_others = not all(_has_one_colour(panel) for panels in claim.panels.values() for panel in panels)
    for number, (geometry, every) in enumerate(claim.panels.items()):
        panels = [panel for panel in every if not (are_others and _has_one_colour(panel))]
        heading = f"{geometry} (this device)" if geometry and number == 0 else geometry
        device = "the same junction" if number else "this device"
        said += [_in_words(heading, one) for one in every if are_others and isinstance(one, Map) and _has_one_colour(one)]
        if panels:
            rows.append([(heading if place == 0 else "", device, panel) for place, panel in enumerate(panels)])
    if len(rows) > 1 and all(len(row) == 1 for row in rows[1:]):
        return [[row[0] for row in rows], *([rows[0][1:]] if rows[0][1:] else [])], said
    return rows, said


def _draw_map(figure: Figure, axes: Any, bar_axes: Any, panel: Map, device: str, look: Look, side: float) -> None:
    x, y, error = panel.x.values, panel.y.values, 100 * panel.error
    norm = SymLogNorm(linthresh=_LEAST, linscale=0.3, vmin=-_MOST, vmax=_MOST, base=10)
    axes.set_facecolor(_ABSENT)
    colour = axes.pcolormesh(x, y, np.ma.masked_invalid(error), norm=norm, cmap="RdBu_r", shading="nearest", rasterized=True)
    _scale(axes, "x", panel.x)
    _scale(axes, "y", panel.y)
    handles: list[Any] = []
    finite = error[np.isfinite(error)]
    levels = [level for level in panel.levels if finite.size and finite.min() < level < finite.max()]
    if levels:
        # Where the exact signal changes its sign an error goes through infinity, not through the levels between.
        near = np.ma.masked_where(~(np.abs(error) < _BEYOND), error)
        contours = axes.contour(x, y, near, levels=levels, colors="black", linewidths=look.line / 2, linestyles="solid")
        for label in label_contours(axes, contours, (side, side), lambda level: f"{_signed(float(level))} %", fontsize=look.pt(7.5)):
            label.set_path_effects([withStroke(linewidth=look.line, foreground="white")])
    elif finite.size:
        note = _broken(_everywhere(float(finite.min()), float(finite.max())), 0.85 * side, look)
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 3.0, "alpha": 0.85}
        axes.text(0.5, 0.5, note, transform=axes.transAxes, ha="center", va="center", fontsize=look.pt(8.5), bbox=behind)
    for number, (label, (along, values)) in enumerate(panel.lines.items()):
        inside = (values >= y.min()) & (values <= y.max())
        looks: dict[str, Any] = {"color": "#009E73", "linestyle": (DASHED, DOTTED)[number % 2], "linewidth": look.line}
        handles += axes.plot(along[inside], values[inside], label=mathematical(label), **looks)
    if panel.here is not None:
        handles += _mark_here(axes, panel.here, x, y, device, look)
    if not np.isfinite(error).all():
        handles.append(Patch(color=_ABSENT, label=panel.absent))
    if handles:
        axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.055 * look.points / side), ncols=1, borderaxespad=0.0)
    bar = figure.colorbar(colour, cax=bar_axes, extend="both")
    bar.set_label(mathematical(panel.unit), labelpad=0)
    bar.ax.yaxis.set_major_locator(FixedLocator(_TICKS))
    bar.ax.yaxis.set_major_formatter(lambda value, _: _signed(float(value)))
    bar.ax.yaxis.set_minor_locator(FixedLocator([]))


def _signed(value: float) -> str:
    return f"{value:+g}".replace("-", "−") if value else "0"


def _everywhere(least: float, most: float) -> str:
    """What a map without contours holds, from its extremes in per cent."""
    if max(abs(least), abs(most)) < _WHITE:
        return "less than 0.001 % everywhere"
    low, high = map(_rounded, (least, most))
    return f"{low} % everywhere" if low == high else f"{low} to {high} % everywhere"


def _rounded(value: float) -> str:
    return f"{float(f'{value:.3g}'):+g}" if abs(value) < 1e4 else f"beyond {math.copysign(1e4, value):+.0f}"


def _mark_here(axes: Any, here: tuple[float, float], x: np.ndarray, y: np.ndarray, device: str, look: Look) -> list[Line2D]:
    """The device: a circle, at the map's edge an arrowhead pointing to where it lies."""
    at_x, at_y = float(np.clip(here[0], x.min(), x.max())), float(np.clip(here[1], y.min(), y.max()))
    marker, label = "o", device
    if at_x != here[0] and abs(here[0] / at_x - 1) > 1e-6:
        marker, label = ("<", f"{device}, further left") if here[0] < at_x else (">", f"{device}, further right")
    elif at_y != here[1] and abs(here[1] - at_y) > 1e-6 * abs(at_y):
        marker, label = ("v", f"{device}, further down") if here[1] < at_y else ("^", f"{device}, further up")
    mark: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": "black", "markersize": look.pt(8.0)}
    return list(axes.plot([at_x], [at_y], linestyle="none", marker=marker, label=label, zorder=5, clip_on=False, **mark))


def _draw_lines(axes: Any, panel: Lines, look: Look, side: float) -> None:
    for number, (label, values) in enumerate(panel.curves.items()):
        axes.plot(panel.x.values, values, label=mathematical(label), **line_style(number, len(panel.curves), look))
    for number, (label, level) in enumerate(panel.marks.items()):
        looks: dict[str, Any] = {"color": GREY, "linestyle": ("-", DASHED, DOTTED)[number % 3], "linewidth": look.line / 2, "zorder": 0}
        axes.axhline(level, label=mathematical(label), **looks)
    if panel.log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(plain_number)
        axes.yaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:.0e}"[0] in "25" else "")
    axes.set_ylabel(mathematical(panel.label))
    _scale(axes, "x", panel.x)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.055 * look.points / side), ncols=2, borderaxespad=0.0)


def _scale(axes: Any, name: str, axis: Axis) -> None:
    """Scale, limits and label of the x or the y axis."""
    ends = (axis.values[0], axis.values[-1])
    axes.set(**{f"{name}scale": "log" if axis.log else "linear", f"{name}lim": ends, f"{name}label": mathematical(axis.label)})
    getattr(axes, f"{name}axis").set_minor_formatter(NullFormatter())
