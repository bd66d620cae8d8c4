"""Figures of simulations and comparisons, and labels of contours."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator

from .drawing import (
    APPROXIMATION,
    DASH_DOT,
    DASHED,
    DOTTED,
    GREY,
    HEAT,
    SPIN,
    TOTAL,
    Figure,
    amount,
    legend_below,
    line_style,
    new_figure,
    scaled,
    style,
)
from .lettering import write_name
from .look import DEFAULT, Look

_POINTS_SHOWN = 25
#: A sweep of so many fields at most has a marker at each.
_FEW = 25
#: A curve that varies by less than this share of what the axes would hold is drawn as its change; by less than that, as a constant.
_FLAT, _CONSTANT = 0.1, 1e-6
#: Fields that differ by less than this share of themselves are drawn from one of them on.
_FAR = 0.02
# Inches: how far a contour's label keeps from the edge of its map, and from another one, along and across; the shortest with a label.
_MARGIN, _APART, _SHORTEST = 0.2, np.array([0.4, 0.4]), 0.7


class Sweep(NamedTuple):
    """What a curve is drawn over.

    Attributes:
        values: fields [T], angles [rad] or numbers of points, [points].
        kind: "magnitude", "angle" or "path".
    """

    values: np.ndarray
    kind: str


class _Curve(NamedTuple):
    """A curve of the figure: its values over the sweep, its words, its look."""

    values: np.ndarray
    label: str
    look: dict[str, Any]

    @property
    def is_exact(self) -> bool:
        """Whether it belongs to the exact solution."""
        return self.look["color"] != APPROXIMATION


def hanle_curve_figure(
    *,
    name: str,
    sweep: Sweep,
    total: np.ndarray,
    spin: np.ndarray,
    heat: np.ndarray,
    checked_index: np.ndarray,
    checked: np.ndarray | None,
    check: str,
    two_lorentzians: np.ndarray | None,
    hwhm: float | None,
    half_level: float,
    current: float | None = None,
    look: Look = DEFAULT,
) -> Figure:
    """A Hanle curve: the exact signal and its two contributions, the points of an independent solution, the two-Lorentzian
    approximation and the half width.

    Where the signal hardly varies, what is drawn of every curve is its change. A contribution that vanishes is left out.

    Arguments:
        name: title, as a user gave it.
        sweep: what the curve is drawn over.
        total, spin, heat, two_lorentzians: signals [V], [points].
        checked_index, checked: indices into the sweep, [checked points], and signals there [V].
        check: what computed them.
        hwhm, half_level: half width [T] and the signal there [V].
        current: of a nonlocal device [A], whose resistance ΔV/I is drawn; None for ΔV.
        look: size, text and lines.
    """
    per, symbol, unit = (1.0, r"\Delta V_\mathrm{Hanle}", "V") if current is None else (1 / current, r"R_\mathrm{nl}", "Ω")
    order = np.argsort(sweep.values, kind="stable")
    curves = [_Curve(curve.values[order] * per, *curve[1:]) for curve in _curves(total, spin, heat, two_lorentzians, look)]
    with style(look):
        figure = new_figure(look.width, look.height)
        axes = figure.add_subplot()
        x, x_factor, x_label, start = _abscissa(sweep)
        x = x[order]
        zero = int(np.argmin(np.abs(sweep.values[order])))
        levels, factor, y_unit = _levels(curves, zero, unit)
        markers = ("o", "s", "^", "D") if x.size <= _FEW else ("", "", "", "")
        drawn = [(curve.values - level) * factor for curve, level in zip(curves, levels, strict=True)]
        low, high = _limits(np.concatenate([each for curve, each in zip(curves, drawn, strict=True) if curve.is_exact]), drawn[-1])
        for curve, level, shown, marker in zip(curves, levels, drawn, markers, strict=False):
            label = curve.label + ("" if level == 0 else f" {'−' if level > 0 else '+'} {amount(abs(level), unit)}")
            if np.any((shown < low) | (shown > high)):
                label += ",\nbeyond the frame"
            axes.plot(x, shown, label=label, marker=marker, markersize=2.2 * curve.look["linewidth"] + 1, **curve.look)
        if checked is not None and checked_index.size:
            few = np.argsort(sweep.values[checked_index], kind="stable")
            few = few[np.unique(np.linspace(0, few.size - 1, _POINTS_SHOWN).astype(int))]
            rings: dict[str, Any] = {"markerfacecolor": "none" if markers[0] else "white", "markeredgewidth": look.line / 2}
            at = (sweep.values[checked_index[few]] - start) * x_factor
            size = (3.8 if markers[0] else 2.2) * look.line + (1.5 if markers[0] else 0)
            axes.plot(at, (checked[few] * per - levels[0]) * factor, "o", color=TOTAL, label=check, markersize=size, zorder=3, **rings)
        axes.set_ylim(low, high)
        axes.margins(x=0.02)
        axes.autoscale_view(scaley=False)
        bar = None
        if sweep.kind == "magnitude" and np.any(total != 0):
            bar = _mark_half_width(axes, hwhm, (half_level * per - levels[0]) * factor, x_factor, x, drawn[0], look)
        axes.set(xlabel=x_label, ylabel=rf"{'change of ' if any(levels) else ''}${symbol}$ ({y_unit})")
        axes.ticklabel_format(useOffset=False)
        if not np.any(total != 0):
            axes.text(0.5, 0.75, "the signal is zero", transform=axes.transAxes, ha="center")
        _place_ticks(axes, sweep.kind)
        legend_below(figure, look, bar=bar)
        if look.titled:
            write_name(axes.set_title(" ", loc="left"), name, look.width - 0.9, lines=3)
    return figure


def _curves(total: np.ndarray, spin: np.ndarray, heat: np.ndarray, two_lorentzians: np.ndarray | None, look: Look) -> list[_Curve]:
    """What is drawn, the later on top: thinner and dashed, so that of two that coincide both are seen."""
    has_spin, has_heat = np.any(spin != 0), np.any(heat != 0)
    whence = "" if has_spin == has_heat else f", all from spin{'' if has_spin else ' heat'} accumulation"
    curves = [_Curve(total, f"exact{whence}", {"color": TOTAL, "linestyle": "-", "linewidth": 1.6 * look.line})]
    if has_spin and has_heat:
        spin_look = {"color": SPIN, "linestyle": DASHED, "linewidth": look.line}
        heat_look = {"color": HEAT, "linestyle": DASH_DOT, "linewidth": look.line}
        curves.append(_Curve(spin, r"spin accumulation $\Delta\mu$", spin_look))
        curves.append(_Curve(heat, r"spin heat accumulation $\Delta T_\mathrm{s}$", heat_look))
    if two_lorentzians is not None:
        label = "two Lorentzians, Eq. (14)" if has_spin and has_heat else "Lorentzian, Eq. (14)"
        curves.append(_Curve(two_lorentzians, label, {"color": APPROXIMATION, "linestyle": DOTTED, "linewidth": look.line}))
    return curves


def _abscissa(sweep: Sweep) -> tuple[np.ndarray, float, str, float]:
    """The horizontal axis: its values, the factor and the start that make them, and its label."""
    if sweep.kind == "angle":
        return np.degrees(sweep.values), 180 / np.pi, r"angle between field and magnetisation $\theta$ (°)", 0.0
    if sweep.kind == "path":
        return sweep.values, 1.0, "point of the path", 0.0
    span, start = float(np.ptp(sweep.values)), 0.0
    if 0 < span < _FAR * np.max(np.abs(sweep.values)):
        start = float(f"{np.min(np.abs(sweep.values)):.12g}") * float(np.sign(sweep.values[0]))
    factor, unit = scaled(sweep.values - start, "T")
    less = f" {'−' if start > 0 else '+'} {amount(abs(start), 'T', 12)}" if start else ""
    return (sweep.values - start) * factor, factor, f"magnetic field $B${less} ({unit})", start


def _levels(curves: Sequence[_Curve], zero: int, unit: str) -> tuple[list[float], float, str]:
    """What is taken off every curve: its value at one point of the sweep where the exact one hardly varies, nothing where it does."""
    exact = [curve.values for curve in curves if curve.is_exact]
    levels = [float(curve.values[zero]) for curve in curves]
    changes = [values - level for values, level in zip(exact, levels, strict=False)]
    held, changed = (float(np.ptp(np.concatenate([np.zeros(1), *those]))) for those in (exact, changes))
    if not _CONSTANT * np.max(np.abs(exact[0])) < float(np.ptp(exact[0])) < _FLAT * held or changed > held / 2:
        return [0.0] * len(curves), *scaled(np.concatenate(exact), unit)
    return levels, *scaled(np.concatenate(changes), unit)


def _limits(exact: np.ndarray, last: np.ndarray) -> tuple[float, float]:
    """Limits that hold the exact curves, and of the last, an approximation, no more than as much again on either side."""
    low, high = float(np.min(exact)), float(np.max(exact))
    span = high - low if high - low > _CONSTANT * max(abs(low), abs(high)) else 0.2 * max(abs(low), abs(high)) or 1.0
    low, high = min(low, max(float(np.min(last)), low - span)), max(high, min(float(np.max(last)), high + span))
    margin = 0.06 * max(high - low, span)
    return low - margin, high + margin


def _mark_half_width(axes: Any, hwhm: float | None, level: float, factor: float, x: np.ndarray, total: np.ndarray, look: Look) -> Any:
    """A bar from B = 0 to where the curve has gone half way, with its length in the legend; words alone where it can't be drawn."""
    width = 0.0 if hwhm is None else hwhm * factor
    label = "no half width" if hwhm is None else f"half width {amount(hwhm, 'T')}"
    sides = [side for side in (width, -width) if x[0] <= min(side, 0.0) and max(side, 0.0) <= x[-1]]
    if hwhm is None or not sides:
        label += "" if hwhm is None else ", beyond the sweep"
    elif width < 0.03 * (x[-1] - x[0]):
        label += ", too narrow to draw"
    else:
        off = [abs(float(np.interp(side, x, total)) - level) for side in sides]
        side = sides[0] if off[0] < 0.05 * float(np.ptp(total)) else sides[int(np.argmin(off))]
        bar: dict[str, Any] = {"color": TOTAL, "linewidth": look.line / 2, "marker": "|", "markersize": 4.4 * look.line}
        return axes.plot([0, side], [level, level], label=label, zorder=4, **bar)[0]
    return axes.plot([], [], color="none", label=label)[0]


def _place_ticks(axes: Any, kind: str) -> None:
    if kind == "angle":
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 1.5, 3, 4.5, 6, 9, 10]))
    if kind == "path":
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))


class ComparedLine(NamedTuple):
    """A line of a comparison: a user's name, fields [T], ΔV/ΔV(0) and, of a nonlocal device with a current, R_nl [Ω], each [points]."""

    name: str
    B: np.ndarray
    normalised: np.ndarray
    R_nl: np.ndarray | None


def comparison_figure(lines: Sequence[ComparedLine], look: Look = DEFAULT) -> Figure:
    """Lines of several devices, normalised, or nonlocal resistances where all have one and of much the same size."""
    factor, unit = scaled(np.concatenate([line.B for line in lines]), "T")
    largest = [0.0 if line.R_nl is None else float(np.max(np.abs(line.R_nl))) for line in lines]
    of_resistance = min(largest) > 0.1 * max(largest)
    symbol = r"R_\mathrm{nl}" if all(line.R_nl is not None for line in lines) else r"\Delta V_\mathrm{Hanle}"
    values = [line.R_nl if of_resistance and line.R_nl is not None else line.normalised for line in lines]
    with style(look):
        figure = new_figure(look.width, look.height)
        axes = figure.add_subplot()
        y_factor, y_unit = scaled(np.concatenate(values), "Ω") if of_resistance else (1.0, "")
        known = np.concatenate([each[np.isfinite(each)] for each in values])
        is_flat = not of_resistance and known.size > 0 and 0 < float(np.ptp(known)) < _FLAT and bool(np.all(np.abs(known - 1) < _FLAT))
        if is_flat:
            values = [each - 1 for each in values]
            y_factor, y_unit = scaled(np.concatenate(values), "")
        for number, (line, shown) in enumerate(zip(lines, values, strict=True)):
            order, marker = np.argsort(line.B, kind="stable"), "o" if line.B.size <= _FEW else ""
            looks = line_style(number, len(lines), look)
            axes.plot(line.B[order] * factor, shown[order] * y_factor, label=line.name, marker=marker, markersize=2.2 * look.line, **looks)
        axes.set_xlabel(f"magnetic field $B$ ({unit})")
        if of_resistance:
            axes.set_ylabel(f"${symbol}$ ({y_unit})")
        else:
            less = " − 1" + (f" ({y_unit})" if y_unit else "") if is_flat else ""
            axes.set_ylabel(rf"${symbol}(B)\,/\,{symbol}(0)${less}")
            if not is_flat:
                axes.axhline(0.5, color=GREY, linewidth=0.4 * look.line, zorder=0, label="one half")
        axes.ticklabel_format(useOffset=False)
        axes.margins(x=0.02, y=0.06)
        if known.size == 0:
            fields = np.concatenate([line.B for line in lines]) * factor
            axes.axis((float(np.min(fields)) - 1e-9, float(np.max(fields)) + 1e-9, 0.0, 1.0))
        names = [line.name if np.any(np.isfinite(line.normalised)) else f"{line.name} (no signal at B = 0)" for line in lines]
        legend_below(figure, look, names)
    return figure


def label_contours(axes: Any, contours: Any, size: tuple[float, float], form: Callable[[float], str], *, fontsize: float) -> list[Any]:
    """Label every contour that is long enough, each where it has room beside the others' labels and the map's edges.

    Arguments:
        axes, contours: a map and its contours.
        size: width and height of the map [inches].
        form: a level's label.
        fontsize: [points].

    Returns:
        The labels.
    """
    shape, margin, apart = np.array(size), _MARGIN * fontsize / 8, _APART * fontsize / 8
    to_inches = axes.transData + axes.transAxes.inverted()
    kept: list[np.ndarray] = []
    places = []
    for segments in contours.allsegs:
        for segment in segments:
            points = to_inches.transform(segment) * shape
            if np.sum(np.linalg.norm(np.diff(points, axis=0), axis=1)) < _SHORTEST * fontsize / 8:
                continue
            room = np.min(np.minimum(points, shape - points), axis=1) - margin
            for other in kept:
                room = np.minimum(room, np.linalg.norm((points - other) / apart, axis=1) * margin - margin)
            best = int(np.argmax(np.minimum(room, margin)))  # the first with room enough
            if room[best] > 0:
                kept.append(points[best])
                places.append(tuple(segment[best]))
    if not places:
        return []
    return list(axes.clabel(contours, manual=places, fmt=form, fontsize=fontsize, inline=True, inline_spacing=2))
