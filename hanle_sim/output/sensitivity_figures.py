"""Figures of a sensitivity analysis."""

import textwrap
from typing import Any, NamedTuple

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, NullFormatter

from ..model.parameters import Parameter
from ..sensitivity_analysis.jacobian import Sensitivity
from ..sensitivity_analysis.report import Report
from ..text import parameter_text
from .drawing import DASHED, GREY, HEAT, SPIN, TOTAL, amount, fit_ratio, new_figure, scaled, style
from .figures import label_contours
from .look import DEFAULT, Look

_SHOWN = 1e-6
#: Fewer different fields than these are shown one by one.
_FEW = 6
#: What varies by less than this share of itself is drawn without zero.
_FLAT = 0.1


def sensitivity_figure(result: Sensitivity, look: Look = DEFAULT) -> Figure:
    """A panel for every parameter that acts: what a relative change of it does to the curve, of the peak, beside Eq. (14)'s."""
    peak = float(np.max(np.abs(result.exact.signal))) or 1.0
    strength = np.max(np.abs(result.exact.jacobian), axis=0) * np.abs(result.model.scales) / peak
    shown = [k for k in range(len(result.parameters)) if strength[k] > _SHOWN] or [0]
    factor, unit = scaled(result.B, "T")
    order = np.argsort(result.B, kind="stable")
    label = f"magnetic field $B$ ({unit})"
    x = result.B[order] * factor
    if result.model.setup.field.direction.ndim > 1:
        order = np.arange(order.size)
        x, label = order.astype(float) + 1, "point of the sweep"
    if result.angle is not None:
        x, label = np.degrees(result.angle), "angle to the magnetisation (°)"
    zero = int(np.argmin(np.abs(result.B[order])))
    panels = [_curve_panel(result, order, peak, zero)]
    for k in shown:
        scale = result.parameters[k].scale / peak
        approximate = None if result.lorentzian is None else result.lorentzian.jacobian[order, k] * scale
        panels.append(_Panel(result.parameters[k].name, result.exact.jacobian[order, k] * scale, approximate))
    u = look.points / 9
    columns = max(min(4, len(panels), int((look.page - 0.6 * u) / (1.7 * u))), 1)
    rows = -(-len(panels) // columns)
    width = min(look.page, 2.0 * u * columns + 0.6 * u)
    with style(look):
        figure = new_figure(width, 1.55 * u * rows + 0.9 * u)
        fit_ratio(figure, look)
        places = np.atleast_1d(figure.subplots(rows, columns, sharex=True, squeeze=False)).ravel()
        for axes, panel in zip(places, panels, strict=False):
            _draw(axes, x, panel, look)
        for axes in places[len(panels) :]:
            axes.set_visible(False)
        for axes in places[len(panels) - min(columns, len(panels)) : len(panels)]:  # the lowest of each column
            axes.tick_params(labelbottom=True)
        figure.supxlabel(label, fontsize=look.pt(9.0))
        what = r"$\theta\,\partial\Delta V/\partial\theta$, of the peak" + (r", by each parameter $\theta$" if rows > 1 else "")
        figure.supylabel(what, fontsize=look.pt(9.0))
        handles, labels = places[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=2 if width > 4 * u else 1)
    return figure


class _Panel(NamedTuple):
    """A panel: its title, the exact curve and Eq. (14)'s, [points]."""

    title: str
    exact: np.ndarray
    approximate: np.ndarray | None


def _curve_panel(result: Sensitivity, order: np.ndarray, peak: float, zero: int) -> _Panel:
    """The curve itself; where it hardly varies its change."""
    exact = result.exact.signal[order] / peak
    approximate = None if result.lorentzian is None else result.lorentzian.signal[order] / peak
    if not 1e-6 < float(np.ptp(exact)) < _FLAT:
        return _Panel(r"the curve $\Delta V$, of its peak", exact, approximate)
    return _Panel(
        r"change of $\Delta V$, of its peak", exact - exact[zero], None if approximate is None else approximate - approximate[zero]
    )


def _draw(axes: Any, x: np.ndarray, panel: _Panel, look: Look) -> None:
    marker: dict[str, Any] = {"marker": "o" if np.unique(x).size < _FEW else "", "markersize": 2 * look.line}
    axes.plot(x, panel.exact, color=TOTAL, linewidth=1.4 * look.line, label="exact", **marker)
    if panel.approximate is not None:
        axes.plot(x, panel.approximate, color=SPIN, linestyle=DASHED, linewidth=look.line, label="two Lorentzians, Eq. (14)", **marker)
    largest = float(np.max(np.abs(panel.exact)))
    if not 1e-6 * largest < float(np.ptp(panel.exact)) < _FLAT * largest:
        axes.axhline(0, color=GREY, linewidth=0.3 * look.line, zorder=0)
        axes.ticklabel_format(axis="y", scilimits=(-3, 4), useMathText=True)
        axes.yaxis.get_offset_text().set_fontsize(look.pt(7.0))
    else:
        axes.ticklabel_format(axis="y", useOffset=False)
    axes.set_title(panel.title, loc="left", fontsize=look.pt(8.0))
    axes.tick_params(labelsize=look.pt(7.0))


def bounds_figure(report: Report, look: Look = DEFAULT) -> Figure:
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
    bounds += [_Bound(one.name, measured.observables[one.name] / abs(one.value), GREY) for one in report.observables if one.value]
    bounds = [one for k, one in enumerate(bounds) if k < len(found.parameters) or 0 < one.error < np.inf]
    scales = {one.name: abs(one.scale) for one in found.parameters}
    marks = {one.name: one.error / scales[one.name] for one in measured.designs}
    known = [k for k, one in enumerate(found.parameters) if np.isfinite(found.crlb[one.name])]
    known = known if len(known) > 1 else []
    with style(look):
        u = look.points / 9
        beside = bool(known) and look.page >= 7.4 * look.pt(6.5) / 6.5  # so that the numbers have room
        height = max(2.6, 1.1 + 0.24 * len(bounds)) * u
        under = 0.0 if beside or not known else min(look.page, 4.6 * u)
        figure = new_figure(min(look.page, 7.4 * u if beside else 4.6 * u), height + under)
        fit_ratio(figure, look)
        heights = [height, under] if under else [1]
        grid = figure.subplots(len(heights), 2 if beside else 1, squeeze=False, gridspec_kw={"height_ratios": heights})
        panels = grid.ravel()
        _draw_bounds(panels[0], bounds, marks, len(found.parameters), look)
        if known:
            _draw_correlation(figure, look, panels[1], found.correlation[np.ix_(known, known)], [found.parameters[k].name for k in known])
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", fontsize=look.pt(7.0), ncols=2 if look.page > 5 * u else 1)
        figure.suptitle(f"{found.points} points, noise {amount(found.noise, 'V')} each", fontsize=look.pt(9.0))
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
    return f"±{parameter_text(error, parameter.unit, 3)}"


def _draw_bounds(axes: Any, bounds: list[_Bound], marks: dict[str, float], parameters: int, look: Look) -> None:
    y, errors = np.arange(len(bounds)), np.array([one.error for one in bounds])
    finite = np.array([not one.words for one in bounds]) & (errors > 0)
    kinds = {SPIN: ("free parameters", ""), TOTAL: ("products of them", "///"), GREY: ("read off the curve", "...")}
    for colour, (label, hatch) in kinds.items():
        rows = [k for k in np.flatnonzero(finite) if bounds[k].colour == colour]
        if rows:
            axes.barh(y[rows], 100 * errors[rows], color=colour, edgecolor="white", linewidth=0, hatch=hatch, height=0.6, label=label)
    places = [(k, marks[one.name]) for k, one in enumerate(bounds[:parameters]) if one.name in marks and finite[k]]
    if places:
        axes.plot(
            [100 * error for _, error in places], [k for k, _ in places], "o", color=HEAT, label="with the best fields, as many points"
        )
    for k in y[~finite]:
        axes.text(
            0.02, k, bounds[k].words or "undetermined", transform=axes.get_yaxis_transform(), va="center", fontsize=look.pt(7.0), color=GREY
        )
    axes.set_yticks(y, [one.name for one in bounds], fontsize=look.pt(7.0))
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


def _draw_correlation(figure: Figure, look: Look, axes: Any, correlation: np.ndarray, names: list[str]) -> None:
    image = axes.imshow(correlation, vmin=-1, vmax=1, cmap="RdBu_r")
    for (row, column), value in np.ndenumerate(correlation if len(names) <= 8 else np.zeros((0, 0))):
        axes.text(
            column,
            row,
            f"{value:.2f}".replace("-", "−"),
            ha="center",
            va="center",
            fontsize=look.pt(6.5),
            color="white" if abs(value) > 0.6 else "black",
        )
    y = range(len(names))
    axes.set_xticks(y, names, rotation=60, ha="right", fontsize=look.pt(7.0))
    axes.set_yticks(y, names, fontsize=look.pt(7.0))
    figure.colorbar(image, ax=axes, shrink=0.8)
    axes.set_title("correlation of what is determined", fontsize=look.pt(8.0))


def sobol_figure(report: Report, look: Look = DEFAULT) -> Figure:
    """Sobol indices of every observable by every parameter that varies, alone and with all interplay."""
    whats = list(report.sobol)
    names = list(dict.fromkeys(name for row in report.sobol.values() for name in row))
    with style(look):
        u = look.points / 9
        beside = (2.9 + 1.5 * len(names)) * u <= look.page
        width, height = (2.9 + 1.5 * len(names), 1.5 + 0.3 * len(whats)) if beside else (2.9 + 0.75 * len(names), 2.2 + 0.6 * len(whats))
        figure = new_figure(min(width * u, look.page), height * u)
        fit_ratio(figure, look)
        panels = figure.subplots(1, 2, sharey=True) if beside else figure.subplots(2, 1, sharex=True)
        for panel, (key, title) in zip(panels, (("first", "alone"), ("total", "with all interplay")), strict=True):
            shares = np.array([[report.sobol[what][name][key] for name in names] for what in whats])
            image = panel.imshow(shares, vmin=0, vmax=1, cmap="Blues", aspect="auto")
            room = (figure.get_size_inches()[0] - 2 * u) / (len(names) * (2 if beside else 1))
            for (row, column), share in np.ndenumerate(shares if room > 0.36 * u else shares[:0]):
                colour = "white" if share > 0.6 else "black"
                panel.text(column, row, f"{round(share, 2) + 0.0:.2f}", ha="center", va="center", fontsize=look.pt(7.5), color=colour)
            panel.set_xticks(range(len(names)), names, rotation=30, ha="right")
            panel.set_yticks(range(len(whats)), whats)
            panel.tick_params(length=0)
            panel.set_title(title, fontsize=look.pt(9.0))
        figure.colorbar(image, ax=panels, label="share of the variance")
        if look.titled:
            figure.suptitle("What the spread of each parameter does to what one reads off the curve", fontsize=look.pt(9.5))
    return figure


def channels_figure(report: Report, look: Look = DEFAULT) -> Figure:
    """The noise, of the peak, below which the sweep tells two channels from one, over α and the ratio of the channels."""
    chart, model = report.measured.map, report.result.model
    assert chart is not None
    with style(look):
        figure = new_figure(min(look.width, 5.0 * look.points / 9), 0.78 * min(look.width, 5.0 * look.points / 9))
        fit_ratio(figure, look)
        width, height = figure.get_size_inches()
        axes = figure.add_subplot()
        axes.set_xscale("log")
        axes.set_yscale("log")
        noise = np.ma.masked_invalid(np.where(chart.noise > 0, chart.noise, np.nan))
        low = float(noise.min())
        mesh = axes.pcolormesh(chart.alpha, chart.ratio, noise, norm=LogNorm(low, float(noise.max())), cmap="viridis", shading="nearest")
        levels = [level for level in (1e-5, 1e-4, 1e-3, 1e-2, 1e-1) if low < level < float(noise.max())]
        if levels:
            contours = axes.contour(chart.alpha, chart.ratio, noise, levels=levels, colors="white", linewidths=0.9)
            for label in label_contours(
                axes, contours, (0.62 * width, 0.74 * height), lambda value: f"{100 * value:g} %", fontsize=look.pt(8.0)
            ):
                label.set_path_effects([withStroke(linewidth=1.5, foreground="0.25")])
        device = model.setup.device
        here: Any = float(device.injector.junction.P_L_S) / float(device.injector.junction.P_G) / float(device.L_0) ** 0.5
        axes.plot(
            [float(device.alpha)], [abs(here)], "*", color=HEAT, markersize=look.pt(11.0), markeredgecolor="white", label="this device"
        )
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_xlabel(r"$\alpha = r_\mathrm{s}/(L_0 T_0 r_Q)$")
        axes.set_ylabel(r"$P_L S/(P_G\sqrt{L_0})$, by $S$")
        figure.legend(loc="outside lower left", fontsize=look.pt(8.0))
        meaning = "largest noise of a point at which spin heat shows, of the peak (blank: none, or second law)"
        figure.colorbar(mesh, ax=axes, label=textwrap.fill(meaning, int(1100 * height / look.points / 9)))
    return figure
