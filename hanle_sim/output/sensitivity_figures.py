"""Figures of a sensitivity analysis."""

from typing import Any, NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, NullFormatter

from ..commands.sensitivity import Report
from ..sensitivity.jacobian import Sensitivity
from ..sensitivity.parameters import Parameter
from .figures import APPROXIMATION, HEAT, SPIN, TOTAL, label_contours, scaled, style

_SHOWN = 1e-6
#: Fewer different fields than these are shown one by one.
_FEW = 6


def sensitivity_figure(result: Sensitivity) -> Figure:
    """A panel for every parameter that acts: what a relative change of it does to the curve, of the peak, beside Eq. (14)'s."""
    peak = float(np.max(np.abs(result.exact.signal))) or 1.0
    strength = np.max(np.abs(result.exact.jacobian), axis=0) * np.abs(result.model.scales) / peak
    shown = [k for k in range(len(result.parameters)) if strength[k] > _SHOWN] or [0]
    factor, unit = scaled(result.B, "T")
    count = len(shown) + 1  # and the curve itself
    columns = min(4, count)
    rows = -(-count // columns)
    order = np.argsort(result.B, kind="stable")
    label = f"magnetic field $B$ ({unit})"
    x = result.B[order] * factor
    if result.model.setup.field.direction.ndim > 1:
        order = np.arange(order.size)
        x, label = order.astype(float) + 1, "point of the sweep"
    if result.angle is not None:
        x, label = np.degrees(result.angle), "angle to the magnetisation (°)"
    marker = "o" if np.unique(x).size < _FEW else ""
    with style():
        figure = Figure(figsize=(2.0 * columns + 0.6, 1.55 * rows + 0.9), layout="constrained")
        FigureCanvasAgg(figure)
        panels = np.atleast_1d(figure.subplots(rows, columns, sharex=True, squeeze=False)).ravel()
        _draw_curve(panels[0], x, result, order, peak, marker)
        for panel, k in zip(panels[1:], shown, strict=False):
            scale = result.parameters[k].scale / peak
            panel.axhline(0, color=APPROXIMATION, linewidth=0.5)
            panel.plot(x, result.exact.jacobian[order, k] * scale, color=TOTAL, marker=marker, markersize=3, label="exact")
            if result.lorentzian is not None:
                approximate = result.lorentzian.jacobian[order, k] * scale
                panel.plot(x, approximate, color=SPIN, linestyle=(0, (4, 2)), label="two Lorentzians, Eq. (14)")
            panel.set_title(result.parameters[k].name, loc="left", fontsize=8)
        for panel in panels[:count]:
            panel.tick_params(labelsize=7)
            panel.ticklabel_format(axis="y", scilimits=(-3, 4), useMathText=True)
            panel.yaxis.get_offset_text().set_fontsize(7)
        for panel in panels[count:]:
            panel.set_visible(False)
        for panel in panels[count - columns : count]:  # the lowest of each column
            panel.tick_params(labelbottom=True)
        figure.supxlabel(label, fontsize=9)
        figure.supylabel(r"$\theta\,\partial\Delta V/\partial\theta$, of the peak, by each parameter $\theta$", fontsize=9)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=2)
    return figure


def _draw_curve(panel: Any, x: np.ndarray, result: Sensitivity, order: np.ndarray, peak: float, marker: str) -> None:
    panel.axhline(0, color=APPROXIMATION, linewidth=0.5)
    panel.plot(x, result.exact.signal[order] / peak, color=TOTAL, marker=marker, markersize=3, label="exact")
    if result.lorentzian is not None:
        signal = result.lorentzian.signal[order] / peak
        panel.plot(x, signal, color=SPIN, linestyle=(0, (4, 2)), label="two Lorentzians, Eq. (14)")
    panel.set_title(r"the curve $\Delta V$, of its peak", loc="left", fontsize=8)


def bounds_figure(report: Report) -> Figure:
    """Relative standard errors, with the sweep and with the best fields, of the free parameters, of products of them, and of what one
    reads off; and the correlations of the parameters that are determined.
    """
    measured = report.measured
    found = measured.identified
    assert found is not None
    bounds = [
        _Bound(one.name, found.crlb[one.name] / abs(one.scale), SPIN, _of_zero(one, found.crlb[one.name])) for one in found.parameters
    ]
    bounds += [_Bound(text, error, TOTAL) for text, error in measured.combinations.items()]
    bounds += [_Bound(one.name, measured.observables[one.name] / abs(one.value), APPROXIMATION) for one in report.observables if one.value]
    bounds = [one for k, one in enumerate(bounds) if k < len(found.parameters) or 0 < one.error < np.inf]
    scales = {one.name: abs(one.scale) for one in found.parameters}
    marks = {one.name: one.error / scales[one.name] for one in measured.designs}
    known = [k for k, one in enumerate(found.parameters) if np.isfinite(found.crlb[one.name])]
    with style():
        figure = Figure(figsize=(7.4 if known else 4.6, max(2.6, 1.1 + 0.24 * len(bounds))), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(1, 2 if known else 1, squeeze=False).ravel()
        _draw_bounds(panels[0], bounds, marks, len(found.parameters))
        if known:
            _draw_correlation(figure, panels[1], found.correlation[np.ix_(known, known)], [found.parameters[k].name for k in known])
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", fontsize=7, ncols=2)
        factor, unit = scaled([found.noise], "V")
        figure.suptitle(f"{found.points} points, noise {found.noise * factor:.4g} {unit} each", fontsize=9)
    return figure


class _Bound(NamedTuple):
    """A row of the figure: a name, its relative standard error, the colour of its kind, and what stands there in words instead."""

    name: str
    error: float
    colour: str
    words: str = ""


def _of_zero(parameter: Parameter, error: float) -> str:
    """The standard error in words where the parameter is zero, so that it has none in percent."""
    if parameter.value or not 0 < error < np.inf:
        return "" if error < np.inf else "undetermined"
    factor, unit = scaled([error], parameter.unit) if parameter.unit else (1.0, "")
    return f"±{error * factor:.3g} {unit}".rstrip()


def _draw_bounds(axes: Any, bounds: list[_Bound], marks: dict[str, float], parameters: int) -> None:
    y, errors = np.arange(len(bounds)), np.array([one.error for one in bounds])
    finite = np.array([not one.words for one in bounds]) & (errors > 0)
    kinds = {SPIN: "free parameters", TOTAL: "products of them", APPROXIMATION: "read off the curve"}
    for colour, label in kinds.items():
        rows = [k for k in np.flatnonzero(finite) if bounds[k].colour == colour]
        if rows:
            axes.barh(y[rows], 100 * errors[rows], color=colour, height=0.6, label=label)
    places = [(k, marks[one.name]) for k, one in enumerate(bounds[:parameters]) if one.name in marks and finite[k]]
    if places:
        axes.plot(
            [100 * error for _, error in places], [k for k, _ in places], "o", color=HEAT, label="with the best fields, as many points"
        )
    for k in y[~finite]:
        axes.text(
            0.02, k, bounds[k].words or "undetermined", transform=axes.get_yaxis_transform(), va="center", fontsize=7, color=APPROXIMATION
        )
    axes.set_yticks(y, [one.name for one in bounds], fontsize=7)
    axes.set_ylim(len(bounds) - 0.5, -0.5)
    axes.set_xlabel("smallest standard error (%)")
    if not np.any(finite):
        axes.set_xticks([])
        return
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    lowest = 100 * np.append(errors[finite], [error for _, error in places])
    axes.set_xlim(10 ** np.floor(np.log10(lowest.min() * 0.99)), 10 ** np.ceil(np.log10(errors[finite].max() * 101)))  # a decade at least


def _draw_correlation(figure: Figure, axes: Any, correlation: np.ndarray, names: list[str]) -> None:
    image = axes.imshow(correlation, vmin=-1, vmax=1, cmap="RdBu_r")
    for (row, column), value in np.ndenumerate(correlation if len(names) <= 8 else np.zeros((0, 0))):
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=6.5, color="white" if abs(value) > 0.6 else "black")
    y = range(len(names))
    axes.set_xticks(y, names, rotation=60, ha="right", fontsize=7)
    axes.set_yticks(y, names, fontsize=7)
    figure.colorbar(image, ax=axes, shrink=0.8)
    axes.set_title("correlation of what is determined", fontsize=8)


def sobol_figure(report: Report) -> Figure:
    """Sobol indices of every observable by every parameter that varies, alone and with all interplay."""
    whats = list(report.sobol)
    names = list(dict.fromkeys(name for row in report.sobol.values() for name in row))
    with style():
        figure = Figure(figsize=(2.9 + 1.5 * len(names), 1.5 + 0.3 * len(whats)), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(1, 2, sharey=True)
        for panel, (key, title) in zip(panels, (("first", "alone"), ("total", "with all interplay")), strict=True):
            shares = np.array([[report.sobol[what][name][key] for name in names] for what in whats])
            image = panel.imshow(shares, vmin=0, vmax=1, cmap="Blues", aspect="auto")
            for (row, column), share in np.ndenumerate(shares):
                colour = "white" if share > 0.6 else "black"
                panel.text(column, row, f"{round(share, 2) + 0.0:.2f}", ha="center", va="center", fontsize=7.5, color=colour)
            panel.set_xticks(range(len(names)), names, rotation=30, ha="right")
            panel.set_yticks(range(len(whats)), whats)
            panel.tick_params(length=0)
            panel.set_title(title, fontsize=9)
        figure.colorbar(image, ax=panels, label="share of the variance")
        figure.suptitle("What the spread of each parameter does to what one reads off the curve", fontsize=9.5)
    return figure


def channels_figure(report: Report) -> Figure:
    """The noise, of the peak, below which the sweep tells two channels from one, over α and the ratio of the channels."""
    chart, model = report.measured.map, report.result.model
    assert chart is not None
    with style():
        figure = Figure(figsize=(5.0, 3.9), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.set_xscale("log")
        axes.set_yscale("log")
        noise = np.ma.masked_invalid(np.where(chart.noise > 0, chart.noise, np.nan))
        low = float(noise.min())
        mesh = axes.pcolormesh(chart.alpha, chart.ratio, noise, norm=LogNorm(low, float(noise.max())), cmap="viridis", shading="nearest")
        levels = [level for level in (1e-5, 1e-4, 1e-3, 1e-2, 1e-1) if low < level < float(noise.max())]
        if levels:
            contours = axes.contour(chart.alpha, chart.ratio, noise, levels=levels, colors="white", linewidths=0.9)
            for label in label_contours(axes, contours, (3.1, 2.9), lambda value: f"{100 * value:g} %", fontsize=8.0):
                label.set_path_effects([withStroke(linewidth=1.5, foreground="0.25")])
        device = model.setup.device
        here: Any = float(device.junction.P_L_S) / float(device.junction.P_G) / float(device.L_0) ** 0.5
        axes.plot([float(device.alpha)], [abs(here)], "*", color=HEAT, markersize=11, markeredgecolor="white", label="this device")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_xlabel(r"$\alpha = r_\mathrm{s}/(L_0 T_0 r_Q)$")
        axes.set_ylabel(r"$P_L S/(P_G\sqrt{L_0})$, by $S$")
        figure.legend(loc="outside lower left", fontsize=8)
        figure.colorbar(mesh, ax=axes, label="largest noise of a point at which spin heat\nshows, of the peak (blank: none, or second law)")
    return figure
