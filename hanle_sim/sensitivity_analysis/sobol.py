"""Global sensitivity: Sobol indices of what one reads off a curve, over ranges of parameters."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..configuration import ConfigurationError, Setup, is_key, require_allowed
from ..configuration.quantities import parse_quantity, unquoted
from ..model import rational
from ..model.model import Model
from ..model.parameters import Parameter, chosen
from ..model.signal import signal_of
from ..numerics.types import Array
from ..observables.line import is_one_direction
from ..observables.lorentzian_fit import best_line, lorentzian
from ..observables.reading import Reading, modes_of, traced_reading
from ..observables.table import OBSERVABLES, SHARES, fields_of, read_off
from ..physics.dimensionless import NaturalUnits
from ..physics.precession import effective_g
from ..runtime import Progress, double_precision
from ..solvers.closed import modes
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

    parameter: int
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
        unit = parameters[index].unit
        try:
            low, high = (parse_quantity(unquoted(part.strip()), unit)[0] for part in (low_text, high_text))
        except ValueError as error:
            raise ConfigurationError(f"sobol {shown(text)}: {error}") from None
        for end in (low, high):
            try:
                require_allowed(parameters[index].path, end, unit)
            except ConfigurationError as error:
                raise ConfigurationError(f"sobol {shown(text)}: {error}") from None
        if not low < high:
            raise ConfigurationError(f"sobol {shown(text)}: the range is empty: LOW must be below HIGH")
        if any(index == other.parameter for other in found):
            raise ConfigurationError(f"sobol {shown(name)}: named twice")
        found.append(Range(index, low, high))
    if len(found) == 1:
        raise ConfigurationError("sobol: one range tells nothing to compare with: give two or more")
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

    names = [model.parameters[one.parameter].name for one in ranges]
    problem, points = _sampled(model, ranges, samples)
    paths = [model.parameters[one.parameter].path for one in ranges]
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
            for k, name in enumerate(names)
        }
    return found


def _sampled(model: Model, ranges: Sequence[Range], samples: int) -> tuple[dict[str, Any], np.ndarray]:
    """SALib's problem and its points, [devices, ranges]."""
    from SALib.sample import sobol as sampling

    names = [model.parameters[one.parameter].name for one in ranges]
    problem = {"num_vars": len(ranges), "names": names, "bounds": [[one.low, one.high] for one in ranges]}
    return problem, sampling.sample(problem, samples, calc_second_order=False, seed=_SEED)


def require_ranges(model: Model, ranges: Sequence[Range], samples: int) -> None:
    """Raise ConfigurationError for ranges that reach devices against the second law, or that can't exist."""
    paths = [model.parameters[one.parameter].path for one in ranges]
    for one, path in zip(ranges, paths, strict=True):
        for end in (one.low, one.high) if not is_key(path) else ():
            try:
                model.built([end], [path])
            except ConfigurationError as error:
                raise ConfigurationError(f"sobol {model.parameters[one.parameter].name}: {error}") from None
    _, points = _sampled(model, ranges, samples)

    def margin(theta: Array) -> Array:
        device = model.built(theta, paths).device
        junctions = [device.injector.junction, device.detector.junction]
        return jnp.min(jnp.stack([jnp.asarray(one.second_law_margin) for one in junctions]))

    with double_precision():
        margins = np.asarray(jax.jit(jax.vmap(margin))(jnp.asarray(points)))
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
    setup = model.setup
    has_width = model.method.is_closed_form and is_one_direction(model.problem)

    within = fitted_fields(setup, window)
    few = within[np.unique(np.linspace(0, within.size - 1, min(within.size, CANDIDATES)).astype(int))]
    has_fit = model.level is None and model.method.is_exact and few.size > 0

    def numbers(theta: Array) -> dict[str, Array]:
        at = model.built(theta, paths)
        field = jax.tree.map(jnp.asarray, at.field)
        still = Setup(at.device, field.part(slice(0, 1)).along(jnp.zeros(1)))
        natural, top = NaturalUnits.of(still.device, still.field), signal_of(still, model.method, model.level)[0]
        reading = traced_reading(natural, top, SHARES, fields_of) if has_width else Reading(top)
        if has_fit:
            g, tau_s = effective_g(at.device.nonmagnet.g, field.direction), at.device.nonmagnet.tau_s
            omega = field.part(few).larmor_frequency(g)
            _, log_tau = best_line(signal_of(Setup(at.device, field.part(few)), model.method), lorentzian(omega, jnp.log(tau_s)))
            reading = reading._replace(fit=log_tau)
        if model.is_quotient:
            pairs = modes.analyse(natural).dressed
            reading = reading._replace(**modes_of(pairs.tau, pairs.weight, pairs.constant, 1 + model.configuration.has_heat))
            reading = reading._replace(quotient=rational.coefficients(natural, 1.0))
        return read_off(reading)

    run = jax.jit(jax.vmap(numbers))
    size = min(model.method.devices_at_once, points.shape[0])
    pieces = []
    progress("Sobol samples", 0, points.shape[0])
    for start in range(0, points.shape[0], size):
        index = np.minimum(np.arange(start, start + size), points.shape[0] - 1)
        found = run(jnp.asarray(points[index]))
        stop = min(start + size, points.shape[0])
        pieces.append({name: np.asarray(column)[: stop - start] for name, column in found.items()})
        progress("Sobol samples", stop, points.shape[0])
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
