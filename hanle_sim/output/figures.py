"""The look of figures, those of simulations and comparisons, and what figures share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Figure

#: Colours that stay apart for the colour-blind (Okabe and Ito).
TOTAL, SPIN, HEAT, APPROXIMATION = "#000000", "#0072B2", "#D55E00", "#7F7F7F"
_LINES = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)))
_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M"}
_POINTS_SHOWN = 41
# Inches: how far a contour's label keeps from the edge of its map, and from another one, along and across; the shortest with a label.
_MARGIN, _APART, _SHORTEST = 0.2, np.array([0.4, 0.22]), 0.7


@contextmanager
def style() -> Iterator[None]:
    """The project's look, for the figures made within."""
    with matplotlib.rc_context(
        {
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.linewidth": 0.8,
            "lines.linewidth": 1.6,
            "legend.frameon": False,
            "legend.fontsize": 8,
            "svg.hashsalt": "hanle_sim",
            "pdf.fonttype": 42,
        }
    ):
        yield


def scaled(values: Any, unit: str) -> tuple[float, str]:
    """The factor and the unit, with prefix, in which values read best."""
    finite = np.abs(np.asarray(values, dtype=float))
    largest = float(np.max(finite[np.isfinite(finite)], initial=0.0))
    exponent = 0 if largest == 0 else int(np.clip(3 * np.floor(np.log10(largest * 1.0000001) / 3), -15, 6))
    if largest and not 1e-16 < largest < 1e10:
        return 1.0, unit
    return 10.0**-exponent, f"{_PREFIXES[exponent]}{unit}"


def hanle_curve_figure(
    *,
    name: str,
    B: np.ndarray,
    total: np.ndarray,
    spin: np.ndarray,
    heat: np.ndarray,
    checked_B: np.ndarray,
    checked: np.ndarray | None,
    check: str,
    two_lorentzians: np.ndarray | None,
    hwhm: float | None,
    half_level: float,
    label: str | None = None,
) -> Figure:
    """A Hanle curve: the exact signal and its two contributions, the points of an independent solution, the two-Lorentzian
    approximation and the half width. Fields [T] and signals [V], each [points]; `half_level` is the signal at half width [V].
    With a `label` what stands for B is something else, and in the unit that the label says.
    """
    order = np.argsort(B, kind="stable")
    field_factor, field_unit = (1.0, "") if label else scaled(B, "T")
    factor, unit = scaled(np.concatenate([total, spin, heat]), "V")
    with style():
        figure = Figure(figsize=(5.2, 4.0), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        x = B[order] * field_factor
        marker: dict[str, Any] = {"marker": "o"} if B.size == 1 else {}
        axes.plot(x, total[order] * factor, color=TOTAL, label=r"exact, $\Delta V_\mathrm{Hanle}$", **marker)
        axes.plot(x, spin[order] * factor, color=SPIN, label=r"from spin accumulation $\Delta\mu$", **marker)
        axes.plot(x, heat[order] * factor, color=HEAT, label=r"from spin heat accumulation $\Delta T_\mathrm{s}$", **marker)
        if two_lorentzians is not None:
            dashes: dict[str, Any] = {"color": APPROXIMATION, "linestyle": (0, (4, 2)), "linewidth": 1.2}
            axes.plot(x, two_lorentzians[order] * factor, label="two Lorentzians, Eq. (14)", **dashes)
        if checked is not None and checked_B.size:
            shown = np.argsort(checked_B, kind="stable")
            shown = shown[np.unique(np.linspace(0, shown.size - 1, _POINTS_SHOWN).astype(int))]
            open_circles: dict[str, Any] = {"markersize": 3.5, "markerfacecolor": "white", "markeredgewidth": 0.8}
            axes.plot(checked_B[shown] * field_factor, checked[shown] * factor, "o", color=TOTAL, label=check, **open_circles)
        if hwhm is not None and hwhm <= np.max(np.abs(B)):
            # On the side where the curve gets there first.
            side = min((1, -1), key=lambda one: abs(float(np.interp(one * hwhm, B[order], total[order])) - half_level))
            _mark_half_width(axes, side * hwhm, half_level, field_factor, factor)
        axes.set_xlabel(label or f"magnetic field $B$ ({field_unit})")
        axes.set_ylabel(rf"$\Delta V_\mathrm{{Hanle}}$ ({unit})")
        axes.margins(x=0.02, y=0.06)
        figure.legend(loc="outside lower center", ncols=2)
        axes.set_title(name.replace("$", r"\$"), loc="left", fontsize=9)
    return figure


def comparison_figure(lines: list[tuple[str, np.ndarray, np.ndarray]]) -> Figure:
    """Normalised lines of several devices, each (name, fields [T], ΔV/ΔV(0)), one colour and one dash a line."""
    field_factor, field_unit = scaled(np.concatenate([B for _, B, _ in lines]), "T")
    with style():
        figure = Figure(figsize=(5.2, 4.2), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        for number, (name, B, normalised) in enumerate(lines):
            order = np.argsort(B, kind="stable")
            marker: dict[str, Any] = {"marker": "o"} if B.size == 1 else {}
            axes.plot(
                B[order] * field_factor,
                normalised[order],
                color=_LINES[number % len(_LINES)],
                linestyle=_DASHES[(number // len(_LINES) + number) % len(_DASHES)],
                label=name.replace("$", r"\$"),
                **marker,
            )
        axes.set_xlabel(f"magnetic field $B$ ({field_unit})")
        axes.set_ylabel(r"$\Delta V_\mathrm{Hanle}(B)\,/\,\Delta V_\mathrm{Hanle}(0)$")
        axes.axhline(0.5, color=APPROXIMATION, linewidth=0.6, zorder=0)
        axes.margins(x=0.02, y=0.06)
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def _mark_half_width(axes: Any, hwhm: float, level: float, field_factor: float, factor: float) -> None:
    width, unit = scaled([hwhm], "T")
    side = np.sign(hwhm)
    axes.annotate(
        "",
        xy=(hwhm * field_factor, level * factor),
        xytext=(0, level * factor),
        arrowprops={"arrowstyle": "<->", "linewidth": 0.8, "color": TOTAL, "shrinkA": 0, "shrinkB": 0},
    )
    axes.annotate(
        f"half width {abs(hwhm) * width:.4g} {unit}",
        xy=(hwhm * field_factor, level * factor),
        xytext=(6 * side, 0),
        textcoords="offset points",
        fontsize=8,
        ha="left" if side > 0 else "right",
        va="center",
    )


def save(figure: Figure, path: Path) -> None:
    """Save a figure; the suffix decides the format. Nothing in the file depends on when it was made."""
    suffix = path.suffix.removeprefix(".")
    metadata: dict[str, Any] = {
        "png": {"Software": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        "svg": {"Date": None},
    }[suffix]
    with style():
        figure.savefig(path, dpi=200, metadata=metadata)


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
    shape = np.array(size)
    to_inches = axes.transData + axes.transAxes.inverted()
    kept: list[np.ndarray] = []
    places = []
    for segments in contours.allsegs:
        for segment in segments:
            points = to_inches.transform(segment) * shape
            if np.sum(np.linalg.norm(np.diff(points, axis=0), axis=1)) < _SHORTEST:
                continue
            room = np.min(np.minimum(points, shape - points), axis=1) - _MARGIN
            for other in kept:
                room = np.minimum(room, np.linalg.norm((points - other) / _APART, axis=1) * _MARGIN - _MARGIN)
            best = int(np.argmax(np.minimum(room, _MARGIN)))  # the first with room enough
            if room[best] > 0:
                kept.append(points[best])
                places.append(tuple(segment[best]))
    if not places:
        return []
    return list(axes.clabel(contours, manual=places, fmt=form, fontsize=fontsize, inline=True, inline_spacing=2))
