"""What a sweep says on a terminal, and its figure: an observable over one or two parameters."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm, Normalize

from ..configuration import ConfigurationError
from ..observables.table import OBSERVABLES
from ..sweeps.axes import SAMPLE, Axis
from ..sweeps.plan import Plan
from ..sweeps.reasons import MEANINGS, Reason
from ..sweeps.request import CURVE, Request, Work
from ..sweeps.store import gigabytes
from ..sweeps.sweep import Swept
from ..text import WITH_PREFIX, number_text, parameter_text, pretty_unit
from .drawing import line_style, new_figure, save, scaled, style
from .layout import Sheet
from .lettering import mathematical
from .look import DEFAULT, Look
from .tables import si

_GREEK = {"Delta": "Δ", "tau": "τ", "lambda": "λ", "kappa": "κ", "rho": "ρ", "eta": "η", "theta": "θ", "sigma": "σ"}
#: A range that spans more than this factor is drawn in logarithms.
_DECADES = 30.0


def plan_table(work: Work, seconds: float) -> Sheet:
    """What `--dry-run` says."""
    plan, table = work.plan, _of_plan(f"{work.configuration.name}: the sweep would have", work.plan)
    table.add_row("observables", str(len(plan.observables)), ", ".join(plan.observables))
    table.add_row("bytes", gigabytes(work.bytes), "single precision" if work.request.single else "")
    table.add_row("chunks", f"{plan.tiles:,}", f"of {' × '.join(map(str, plan.chunk))} devices")
    table.add_row("time", si(seconds, "s", 2), "of computing, on one device of this machine; compiling and writing not counted")
    return table


def plan_numbers(work: Work, seconds: float) -> dict[str, Any]:
    """The same as numbers."""
    plan = work.plan
    return {
        "devices": plan.devices, "points": plan.points if plan.curves else None, "observables": list(plan.observables),
        "bytes": work.bytes, "chunks": plan.tiles, "seconds": seconds,
    }  # fmt: skip


def sweep_numbers(found: Swept) -> dict[str, Any]:
    """What became of a sweep, as numbers."""
    plan, outcome = found.work.plan, found.outcome
    reasons = {MEANINGS[reason]: count for reason, count in found.counts.items() if reason != Reason.computed}
    return {
        "store": str(found.path), "devices": plan.devices, "points": plan.points if plan.curves else None, "chunks": plan.tiles,
        "written": outcome.written, "were_there": found.before, "seconds": found.seconds, "without_numbers": reasons,
        "failures": list(outcome.failures),
    }  # fmt: skip


def sweep_table(found: Swept) -> Sheet:
    """What became of a sweep."""
    plan, outcome = found.work.plan, found.outcome
    table = _of_plan(found.work.configuration.name, plan)
    remark = f"{found.before:,} were there" if found.before else ""
    table.add_row("chunks written", f"{outcome.written:,} of {plan.tiles:,}", remark)
    if outcome.written:
        rate = plan.points / plan.tiles * outcome.written / found.seconds
        table.add_row("time", si(found.seconds, "s", 3), f"{number_text(rate, 3)} {'points' if plan.curves else 'devices'} a second")
    for reason, count in found.counts.items():
        if reason != Reason.computed:
            table.add_row("without numbers", f"{count:,}", MEANINGS[reason])
    return table


def _of_plan(title: str, plan: Plan) -> Sheet:
    """The rows about devices and fields."""
    table = Sheet(title)
    table.add_columns("")
    table.add_columns("", justify="right")
    table.add_columns("", wraps=True, style="dim")
    table.add_row("devices", f"{plan.devices:,}", " × ".join(f"{axis.size} {axis.name}" for axis in plan.axes))
    if plan.curves:
        table.add_row("points", f"{plan.points:,}", f"{plan.B.size:,} fields each")
    return table


def require_drawable(request: Request) -> None:
    """Raise ConfigurationError for a sweep of which no figure can be made."""
    if all(axis.size < 2 for axis in request.axes):
        raise ConfigurationError("plot: one device alone makes no figure: give a parameter two values or more")
    if request.axes[0].name == SAMPLE:
        raise ConfigurationError("plot: parameters that vary together make no map: sweep a grid, or plot the store's columns yourself")


def draw_sweep(found: Swept, path: Path, look: Look = DEFAULT) -> None:
    """Draw the first observable of a sweep, or the signal at its first field, over its one or two longest axes."""
    import xarray

    work, plan = found.work, found.work.plan
    name = plan.observables[0] if plan.observables else CURVE
    values = xarray.open_zarr(found.path, chunks=None)[name]
    if name == CURVE:
        values = values[..., 0]
    # The last two axes that have a length; of others their middle.
    long = [number for number, axis in enumerate(plan.axes) if axis.size > 1][-2:]
    held = {axis.name: axis.size // 2 for number, axis in enumerate(plan.axes) if number not in long}
    numbers = np.asarray(values.isel(held), dtype=float)
    title, unit = ("signal at the first field, ΔV", "V") if name == CURVE else (OBSERVABLES[name].title, OBSERVABLES[name].unit)
    label = mathematical(title)
    with style(look):
        figure = new_figure(look.width, look.height)
        axes = figure.add_subplot()
        if len(long) == 1:
            _lines(axes, plan.axes[long[0]], work, numbers, label, unit, look)
        else:
            _map(figure, axes, [plan.axes[k] for k in long], work, numbers, label, unit)
        if look.titled:
            parts = [f"{mathematical(_symbol(key))} = {_value(work, plan.axes, key, place)}" for key, place in held.items()]
            axes.set_title(f"{work.configuration.name}: {', '.join(parts)}" if parts else work.configuration.name, parse_math=bool(parts))
        save(figure, path)


def _symbol(name: str) -> str:
    """A parameter's name as a physicist writes it: τ_s for tau_s."""
    *home, key = name.split(".")
    for word, letter in _GREEK.items():
        key = f"{letter}{key.removeprefix(word)}" if key == word or key.startswith(f"{word}_") else key
    key = key.replace("Δ_T_0", "ΔT_0")
    return f"{key} ({' '.join(home)})" if home else key


def _value(work: Work, axes: list[Axis], name: str, place: int) -> str:
    axis = next(axis for axis in axes if axis.name == name)
    return parameter_text(float(axis.values[place, 0]), _unit(work, axis)).replace("-", "−")


def _unit(work: Work, axis: Axis) -> str:
    return work.model.parameters[axis.parameters[0]].unit


def _along(work: Work, axis: Axis) -> tuple[np.ndarray, str, bool]:
    """An axis' values in the unit that reads best, its label, and whether it is logarithmic."""
    values = axis.values[:, 0]
    plain, takes_prefix = pretty_unit(_unit(work, axis)), _unit(work, axis) in WITH_PREFIX
    # A prefix of Ω m² would be read as if it were squared too: a power of ten there.
    factor, unit = scaled(values, plain if takes_prefix else "")
    unit = unit if takes_prefix else f"{unit} {plain}".strip()
    label = mathematical(_symbol(axis.name)) + (f" ({unit})" if unit else "")
    is_log = bool(np.all(values > 0) and np.max(values) > _DECADES * np.min(values))
    return values * factor, label, is_log


def _lines(axes: Any, axis: Axis, work: Work, numbers: np.ndarray, label: str, unit: str, look: Look) -> None:
    factor, prefixed = scaled(numbers, unit)
    x, x_label, is_log = _along(work, axis)
    axes.plot(x, numbers * factor, **line_style(0, 1, look))
    axes.set(xlabel=x_label, ylabel=f"{label} ({prefixed})" if prefixed else label, xscale="log" if is_log else "linear")
    positive = numbers[np.isfinite(numbers)]
    if positive.size and np.all(positive > 0) and np.max(positive) > _DECADES * np.min(positive):
        axes.set_yscale("log")


def _map(figure: Any, axes: Any, both: list[Axis], work: Work, numbers: np.ndarray, label: str, unit: str) -> None:
    factor, prefixed = scaled(numbers, unit)
    (y, y_label, y_log), (x, x_label, x_log) = (_along(work, axis) for axis in both)
    shown = np.ma.masked_invalid(numbers * factor)
    spread = shown.compressed()
    is_log = bool(spread.size and np.all(spread > 0) and spread.max() > _DECADES * spread.min())
    norm = LogNorm() if is_log else Normalize()
    axes.set_facecolor("#D9D9D9")
    mesh = axes.pcolormesh(x, y, shown, shading="nearest", norm=norm, cmap="viridis", rasterized=True)
    axes.set(xlabel=x_label, ylabel=y_label, xscale="log" if x_log else "linear", yscale="log" if y_log else "linear")
    figure.colorbar(mesh, ax=axes, label=f"{label} ({prefixed})" if prefixed else label)
