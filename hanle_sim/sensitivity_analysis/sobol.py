"""Global sensitivity: Sobol indices of what one reads off a curve, over ranges of parameters."""

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..configuration import ConfigurationError, is_key, require_allowed
from ..configuration.quantities import parse_quantity, unquoted
from ..model.batch import Batch, in_batches
from ..model.model import Model
from ..model.parameters import Parameter, chosen
from ..observables.table import OBSERVABLES
from ..runtime import Progress, double_precision
from ..text import shown, toml_of
from .observables import fitted_fields
from .optimal_design import CANDIDATES

_SEED = 20140205
#: Base samples by default, and at most.
SAMPLES, MOST_SAMPLES = 512, 2**17
#: An observable that varies less than this share of itself is as good as constant.
_CONSTANT = 1e-4


class Range(NamedTuple):
    """A parameter and the range over which it varies evenly, in SI."""

    parameter: Parameter
    low: float
    high: float


def ranges_of(parameters: Sequence[Parameter], given: Sequence[str]) -> list[Range]:
    """Ranges NAME=LOW:HIGH, such as tau_s=0.5 ns:2 ns. Raises ConfigurationError for what is none."""
    found: list[Range] = []
    for text in given:
        name, equals, both = text.partition("=")
        low_text, colon, high_text = both.partition(":")
        if not equals or not colon:
            raise ConfigurationError(f'sobol {shown(text)}: must be NAME=LOW:HIGH, such as "tau_s=0.5 ns:2 ns"')
        (index,) = chosen(parameters, [name], "sobol")
        parameter = parameters[index]
        try:
            low, high = (parse_quantity(unquoted(part.strip()), parameter.unit)[0] for part in (low_text, high_text))
            for end in (low, high):
                require_allowed(parameter.path, end, parameter.unit)
        except ValueError as error:
            raise ConfigurationError(f"sobol {shown(text)}: {error}") from None
        if not low < high:
            raise ConfigurationError(f"sobol {shown(text)}: the range is empty: LOW must be below HIGH")
        if any(parameter is other.parameter for other in found):
            raise ConfigurationError(f"sobol {shown(name)}: named twice")
        found.append(Range(parameter, low, high))
    if len(found) == 1:
        raise ConfigurationError("sobol: with one range there is nothing to compare: give two or more")
    return found


def require_samples(samples: int) -> None:
    """Raise ConfigurationError for a number of base samples that isn't a power of two, or that no table holds."""
    if (
        not isinstance(samples, int | np.integer)
        or isinstance(samples, bool)
        or not 8 <= samples <= MOST_SAMPLES
        or samples & (samples - 1)
    ):
        raise ConfigurationError(f"samples = {toml_of(samples)}: must be a power of two, 8 to {MOST_SAMPLES}")


def sobol_indices(
    model: Model, ranges: Sequence[Range], samples: int, progress: Progress, window: float = math.inf
) -> dict[str, dict[str, dict[str, float]]]:
    """First-order and total Sobol indices with their 95 % confidence, by observable and parameter (SALib, Saltelli's sampling).

    Observables are those of `observables`, where every device has them and they vary.

    Arguments:
        model: the curve.
        ranges: which parameters vary, and how far.
        samples: base samples, a power of two.
        progress: called now and then.
        window: the largest |B| that a Lorentzian is fitted to [T].

    Raises:
        ConfigurationError: as `require_ranges`.
    """
    require_ranges(model, ranges, samples)
    from SALib.analyze import sobol as analysis

    problem, points = _sampled(ranges, samples)
    paths = [one.parameter.path for one in ranges]
    with double_precision():
        values = evaluated(model, paths, points, progress, window)
    found = {}
    for observable in (name for name in OBSERVABLES if name in values):
        numbers = values[observable]
        if not np.all(np.isfinite(numbers)) or not np.ptp(numbers) > _CONSTANT * np.max(np.abs(numbers)):
            continue
        indices = analysis.analyze(problem, numbers, calc_second_order=False, seed=_SEED, print_to_console=False)
        found[observable] = {
            name: {
                "first": float(indices["S1"][k]),
                "first_confidence": float(indices["S1_conf"][k]),
                "total": float(indices["ST"][k]),
                "total_confidence": float(indices["ST_conf"][k]),
            }
            for k, name in enumerate(problem["names"])
        }
    return found


def _sampled(ranges: Sequence[Range], samples: int) -> tuple[dict[str, Any], np.ndarray]:
    """SALib's problem and its points, [devices, ranges]."""
    from SALib.sample import sobol as sampling

    names = [one.parameter.name for one in ranges]
    problem = {"num_vars": len(ranges), "names": names, "bounds": [[one.low, one.high] for one in ranges]}
    return problem, sampling.sample(problem, samples, calc_second_order=False, seed=_SEED)


def require_ranges(model: Model, ranges: Sequence[Range], samples: int) -> None:
    """Raise ConfigurationError for ranges that reach devices against the second law, or that can't exist."""
    paths = [one.parameter.path for one in ranges]
    for one in ranges:
        for end in (one.low, one.high) if not is_key(one.parameter.path) else ():
            try:
                model.built([end], [one.parameter.path])
            except ConfigurationError as error:
                raise ConfigurationError(f"sobol {one.parameter.name}: {error}") from None
    _, points = _sampled(ranges, samples)
    with double_precision():
        margins = np.asarray(Batch(model, paths).margins(points))
    broken = int(np.sum(margins < -1e-12))
    if broken:
        raise ConfigurationError(f"sobol: {broken} of {points.shape[0]} devices in these ranges break the second law: narrow them")


def evaluated(
    model: Model, paths: Sequence[str], points: np.ndarray, progress: Progress, window: float = math.inf
) -> dict[str, np.ndarray]:
    """Observables of many devices at once, [devices] each.

    Arguments:
        model: the curve.
        paths: which parameters vary, by `section.key`.
        points: their values in SI, [devices, paths].
        progress: called now and then.
        window: the largest |B| that a Lorentzian is fitted to [T].
    """
    within = fitted_fields(model.setup, window)
    few = within[np.unique(np.linspace(0, within.size - 1, min(within.size, CANDIDATES)).astype(int))]
    batch, devices = Batch(model, paths, few), points.shape[0]
    # Of ΔV(0) the whole, whose two parts are for sweeps, and nothing that takes a search for each device.
    skipped = {"parts"} if batch.has_width else {"parts", "widths", "signal"}
    names = [name for name in batch.available if not skipped.intersection(OBSERVABLES[name].needs)]
    read = functools.partial(batch.observables, names=names)
    progress("Sobol samples", 0, devices)
    size = min(model.method.devices_at_once, devices)
    found: dict[str, np.ndarray] = in_batches(read, [points], size, lambda done: progress("Sobol samples", done, devices))
    return found
