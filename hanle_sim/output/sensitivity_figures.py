"""Figures of a sensitivity analysis."""

import textwrap
from typing import Any, NamedTuple

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import NullFormatter

from ..model.parameters import Parameter
from ..sensitivity_analysis.jacobian import Sensitivity
from ..sensitivity_analysis.report import Report
from ..text import parameter_text, share_text
from .drawing import DASHED, GREY, HEAT, SPIN, TOTAL, amount, fit_ratio, matrix, new_figure, plain_number, scaled, style
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
    curves = [curve for curve in (result.exact, result.lorentzian) if curve is not None]
    panels = [_of_curve([curve.signal[order] / peak for curve in curves], zero)]
    for k in shown:
        scale = result.parameters[k].scale / peak
        panels.append((result.parameters[k].name, [curve.jacobian[order, k] * scale for curve in curves]))
    u = look.points / 9
    columns = max(min(4, len(panels), int((look.page - 0.6 * u) / (1.7 * u))), 1)
    rows = -(-len(panels) // columns)
    width = min(look.page, 2.0 * u * columns + 0.6 * u)
    with style(look):
        figure = new_figure(width, 1.55 * u * rows + 0.9 * u)
        fit_ratio(figure, look)
        places = np.atleast_1d(figure.subplots(rows, columns, sharex=True, squeeze=False)).ravel()
        for axes, (title, values) in zip(places, panels, strict=False):
            _draw(axes, x, title, values, look)
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


def _of_curve(curves: list[np.ndarray], zero: int) -> tuple[str, list[np.ndarray]]:
    """Title and curves, the exact one and Eq. (14)'s; where the exact one hardly varies their changes from one field."""
    if not 1e-6 < float(np.ptp(curves[0])) < _FLAT:
        return r"the curve $\Delta V$, of its peak", curves
    return r"change of $\Delta V$, of its peak", [curve - curve[zero] for curve in curves]


def _draw(axes: Any, x: np.ndarray, title: str, curves: list[np.ndarray], look: Look) -> None:
    marker: dict[str, Any] = {"marker": "o" if np.unique(x).size < _FEW else "", "markersize": 2 * look.line}
    kinds = ("exact", TOTAL, "-", 1.4), ("two Lorentzians, Eq. (14)", SPIN, DASHED, 1.0)
    for values, (label, colour, dashes, width) in zip(curves, kinds, strict=False):
        axes.plot(x, values, color=colour, linestyle=dashes, linewidth=width * look.line, label=label, **marker)
    largest = float(np.max(np.abs(curves[0])))
    if not 1e-6 * largest < float(np.ptp(curves[0])) < _FLAT * largest:
        axes.axhline(0, color=GREY, linewidth=0.3 * look.line, zorder=0)
        axes.ticklabel_format(axis="y", scilimits=(-3, 4), useMathText=True)
        axes.yaxis.get_offset_text().set_fontsize(look.pt(7.0))
    else:
        axes.ticklabel_format(axis="y", useOffset=False)
    axes.set_title(title, loc="left", fontsize=look.pt(8.0))
    axes.tick_params(labelsize=look.pt(7.0))


def bounds_figure(report: Report, look: Look = DEFAULT) -> Figure:
    """Relative standard errors, with the sweep and with the best fields, of the free parameters, of products of them, and of what one
    reads off; and the correlations of the parameters that are determined.
    """
    measured = report.measured
    found = measured.identified
    assert found is not None
    errors = [(one, found.crlb[one.name]) for one in found.parameters]
    bounds = [_Bound(one.name, error / abs(one.scale), SPIN, _of_zero(one, error)) for one, error in errors]
    bounds += [_Bound(text, error, TOTAL) for text, error in measured.combinations.items()]
    bounds += [_Bound(one.name, measured.observables[one.name] / abs(one.value), GREY) for one in report.observables if one.value]
    bounds = [one for k, one in enumerate(bounds) if k < len(found.parameters) or 0 < one.error < np.inf]
    scales = {one.name: abs(one.scale) for one in found.parameters}
    marks = {one.name: one.error / scales[one.name] for one in measured.designs}
    known = [k for k, (_, error) in enumerate(errors) if np.isfinite(error)]
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
            names = [found.parameters[k].name for k in known]
            form = (lambda value: f"{value:.2f}".replace("-", "−")) if len(names) <= 8 else None
            shares, looks = found.correlation[np.ix_(known, known)], {"vmin": -1, "vmax": 1, "cmap": "RdBu_r"}
            image = matrix(panels[1], shares, (names, names), look.pt(6.5), form=form, **looks)
            panels[1].tick_params(labelsize=look.pt(7.0))
            panels[1].tick_params(axis="x", labelrotation=60)
            panels[1].set_title("correlation of what is determined", fontsize=look.pt(8.0))
            figure.colorbar(image, ax=panels[1], shrink=0.8)
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
        which, best = zip(*places, strict=True)
        axes.plot(100 * np.array(best), which, "o", color=HEAT, label="with the best fields, as many points")
    for k in y[~finite]:
        looks: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": look.pt(7.0), "color": GREY}
        axes.text(0.02, k, bounds[k].words or "undetermined", **looks)
    axes.set_yticks(y, [one.name for one in bounds], fontsize=look.pt(7.0))
    axes.set_ylim(len(bounds) - 0.5, -0.5)
    axes.set_xlabel("smallest standard error (%)")
    if not np.any(finite):
        axes.set_xticks([])
        return
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(plain_number)
    axes.xaxis.set_minor_formatter(NullFormatter())
    lowest = 100 * np.append(errors[finite], [error for _, error in places])
    axes.set_xlim(10 ** np.floor(np.log10(lowest.min() * 0.99)), 10 ** np.ceil(np.log10(errors[finite].max() * 101)))  # a decade at least


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
            room = (figure.get_size_inches()[0] - 2 * u) / (len(names) * (2 if beside else 1))
            form, looks = share_text if room > 0.36 * u else None, {"vmin": 0, "vmax": 1, "cmap": "Blues", "aspect": "auto"}
            image = matrix(panel, shares, (whats, names), look.pt(7.5), form=form, **looks)
            panel.tick_params(length=0)
            panel.tick_params(axis="x", labelrotation=30)
            panel.set_title(title, fontsize=look.pt(9.0))
        figure.colorbar(image, ax=panels, label="share of the variance")
        if look.titled:
            figure.suptitle("What the spread of each parameter does to what one reads off the curve", fontsize=look.pt(9.5))
    return figure


def channels_figure(report: Report, look: Look = DEFAULT) -> Figure:
    """The noise, of the peak, below which the sweep distinguishes two channels from one, over α and the ratio of the channels."""
    chart, model = report.measured.map, report.result.model
    assert chart is not None
    with style(look):
        width = min(look.width, 5.0 * look.points / 9)
        figure = new_figure(width, 0.78 * width)
        fit_ratio(figure, look)
        width, height = figure.get_size_inches()
        axes = figure.add_subplot(xscale="log", yscale="log")
        noise = np.ma.masked_invalid(np.where(chart.noise > 0, chart.noise, np.nan))
        low = float(noise.min())
        mesh = axes.pcolormesh(chart.alpha, chart.ratio, noise, norm=LogNorm(low, float(noise.max())), cmap="viridis", shading="nearest")
        levels = [level for level in (1e-5, 1e-4, 1e-3, 1e-2, 1e-1) if low < level < float(noise.max())]
        if levels:
            contours = axes.contour(chart.alpha, chart.ratio, noise, levels=levels, colors="white", linewidths=0.9)
            size = 0.62 * width, 0.74 * height
            for label in label_contours(axes, contours, size, lambda value: f"{100 * value:g} %", fontsize=look.pt(8.0)):
                label.set_path_effects([withStroke(linewidth=1.5, foreground="0.25")])
        device = model.setup.device
        here: Any = float(device.injector.junction.P_L_S) / float(device.injector.junction.P_G) / float(device.L_0) ** 0.5
        star: dict[str, Any] = {"color": HEAT, "markersize": look.pt(11.0), "markeredgecolor": "white"}
        axes.plot([float(device.alpha)], [abs(here)], "*", label="this device", **star)
        axes.xaxis.set_major_formatter(plain_number)
        axes.yaxis.set_major_formatter(plain_number)
        axes.set(xlabel=r"$\alpha = r_\mathrm{s}/(L_0 T_0 r_Q)$", ylabel=r"$P_L S/(P_G\sqrt{L_0})$, by $S$")
        figure.legend(loc="outside lower left", fontsize=look.pt(8.0))
        meaning = "largest noise of a point at which spin heat shows, of the peak (blank: none, or second law)"
        figure.colorbar(mesh, ax=axes, label=textwrap.fill(meaning, int(1100 * height / look.points / 9)))
    return figure
