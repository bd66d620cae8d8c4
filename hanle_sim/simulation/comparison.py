"""Devices side by side, normalised, with what each model would read off their lines."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..configuration import Configuration, ConfigurationError, Settings, Setup, Source, build, check, read, reusable
from ..observables.line import LineShape
from ..observables.line_shape import apparent_times
from ..observables.table import line_reading, read_off
from ..physics import effective_g
from ..runtime import Progress
from ..solvers import Problem
from ..text import shown
from .summary import without_nan
from .validity import ROUNDING, size_of_terms


class Compared(NamedTuple):
    """One device of a comparison.

    Attributes:
        row: its line of the table, by JSON key.
        B: fields of its sweep [T], [points].
        signal: ΔV_Hanle [V], [points].
        normalised: ΔV_Hanle/ΔV_Hanle(0), [points].
        R_nl: nonlocal resistance [Ω], [points], of a lateral device with a constant current; None for others.
    """

    row: dict[str, Any]
    B: np.ndarray
    signal: np.ndarray
    normalised: np.ndarray
    R_nl: np.ndarray | None


def compared(configs: Sequence[Source], settings: Settings = (), progress: Progress | None = None) -> list[Compared]:
    """Lines of some configurations, computed.

    Raises:
        ConfigurationError: a configuration that can't be used, or whose field turns along its sweep.
    """
    if not configs:
        raise ConfigurationError("compare: there is nothing to compare: give configurations or presets, one after the other")
    settings, report, found = reusable(settings), progress or (lambda what, done, total: None), []
    setups, errors = [], []
    for number, config in enumerate(configs, 1):
        try:
            written = read(config)
        except ConfigurationError as error:  # which names what can't be read
            errors.append(str(error))
            continue
        try:
            configuration = check(read(written, settings))
            if configuration.field.kind in ("angle", "path"):
                raise ConfigurationError("its field turns along the sweep: compare sweeps of the magnitude")
            setups.append((configuration, build(configuration)))
        except ConfigurationError as error:
            which = f"configuration {number}" if isinstance(config, Mapping) else shown(str(config))
            errors += [line if len(configs) == 1 else f"{which}: {line}" for line in str(error).split("\n")]
    if errors:
        raise ConfigurationError("\n".join(dict.fromkeys(errors)))
    names: dict[str, int] = {}
    for number, (configuration, setup) in enumerate(setups):
        name = configuration.name
        names[name] = names.get(name, 0) + 1
        label = name if names[name] == 1 else f"{name} ({names[name]})"
        found.append(_compared(label, configuration, setup))
        report("comparing", number + 1, len(setups))
    return found


def _compared(name: str, configuration: Configuration, setup: Setup) -> Compared:
    device, field, problem = setup.device, setup.field, Problem.of(setup.device, setup.field)
    g, tau_s = abs(float(effective_g(device.nonmagnet.g, field.direction))), float(device.nonmagnet.tau_s)
    line = LineShape.of(problem)
    with np.errstate(all="ignore"):
        B = np.asarray(field.B)
        values = line.signal(np.concatenate([np.zeros(1), B]))
        top, signal = float(values[0]), values[1:]
        top = 0.0 if abs(top) <= ROUNDING * sum(size_of_terms(problem)) else top
        found = {name: float(value) for name, value in read_off(line_reading(problem, line, top)).items()}
        tau = apparent_times(device, found.get("hwhm", math.nan), g)
        row = {
            "name": name,
            "model": configuration.nonmagnet.model,
            "method": problem.exact.name,
            "Delta_V_0_V": found["Delta_V_0"],
            "hwhm_T": found.get("hwhm"),
            "tau_s_s": tau_s,
            "tau_Q_s": float(device.nonmagnet.tau_Q) if configuration.has_heat else None,
            "tau_lumped_s": tau.lumped,
            "tau_diffusive_s": tau.diffusive,
            "tau_own_s": tau.own,
            "curvature": found.get("curvature"),
            "tail_exponent": found.get("tail_exponent"),
        }
        current = float(device.nonlocal_current or 0.0)
        R_nl = signal / current if current else None
        return Compared(without_nan(row), B, signal, signal / top if top else np.full(B.shape, np.nan), R_nl)
