"""Global sensitivity: Sobol indices of what one reads off a curve, over ranges of parameters."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..configuration import ConfigurationError, Setup, is_key, require_allowed
from ..configuration.quantities import parse_quantity, unquoted
from ..model.model import Model, signal_of
from ..model.parameters import Parameter, chosen
from ..numerics.crossing import search
from ..numerics.types import Array
from ..observables.half_width import apparent_tau
from ..observables.line import is_one_direction
from ..observables.line_shape import CURVATURE_STEP, TAIL, extrapolated
from ..observables.lorentzian_fit import best_line, lorentzian
from ..physics.dimensionless import NaturalUnits
from ..physics.precession import effective_g
from ..runtime import Progress, double_precision
from ..solvers import closed
from ..solvers.closed import modes
from ..solvers.closed.admittance import ChannelAdmittance
from ..text import shown, toml_of
from .observables import fitted_fields
from .optimal_design import CANDIDATES

#: Devices solved for at once; the search for the half width: a grid of fields, narrowed again and again.
_GRID, _ROUNDS, _DECADES = 32, 9, 12.0
_SEED = 20140205
#: Base samples by default, and at most.
SAMPLES, MOST_SAMPLES = 512, 2**17
#: An observable that varies less than this share of itself is as good as constant.
_CONSTANT = 1e-4
#: In the order in which they are told.
_ORDER = ("Delta_V_0", "hwhm", "tau_apparent", "curvature", "tail_exponent", "tau_least_squares", "mode_tau_1", "mode_tau_2",
          "mode_weight_1", "mode_weight_2")  # fmt: skip


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
    for observable in (name for name in _ORDER if name in values):
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
    natural = NaturalUnits.of(setup.device, setup.field)
    has_width = model.method.is_closed_form and is_one_direction(natural, setup.field)

    within = fitted_fields(setup, window)
    few = within[np.unique(np.linspace(0, within.size - 1, min(within.size, CANDIDATES)).astype(int))]
    has_fit = model.level is None and model.method.is_exact and few.size > 0

    def numbers(theta: Array) -> dict[str, Array]:
        at = model.built(theta, paths)
        field = jax.tree.map(jnp.asarray, at.field)
        still = Setup(at.device, field.part(slice(0, 1)).along(jnp.zeros(1)))
        found: dict[str, Array] = {"Delta_V_0": signal_of(still, model.method, model.level)[0]}
        if has_width:
            found |= _of_line(at, found["Delta_V_0"])
        if has_fit:
            g, tau_s = effective_g(at.device.nonmagnet.g, field.direction), at.device.nonmagnet.tau_s
            omega = field.part(few).larmor_frequency(g)
            _, log_tau = best_line(signal_of(Setup(at.device, field.part(few)), model.method), lorentzian(omega, jnp.log(tau_s)))
            found["tau_least_squares"] = jnp.exp(log_tau)
        if model.is_quotient:
            pairs = modes.analyse(NaturalUnits.of(at.device, still.field)).dressed
            for k in range(2):
                found |= {f"mode_tau_{k + 1}": pairs.tau[k], f"mode_weight_{k + 1}": pairs.weight[k]}
        return found

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


def _of_line(setup: Setup, top: Array) -> dict[str, Array]:
    """The half width, the smallest field at which the curve has gone half way, and what belongs to it; as in `observables`.

    It is looked for within some decades around ħ/(g μ_B τ_s), and NaN where it is not there.
    """
    natural = NaturalUnits.of(setup.device, setup.field.along(jnp.zeros(1)))
    response, admittance = closed.prepared(natural)
    limit = jnp.ravel(closed.dephased_signal_of(response, admittance, natural))[0]

    def signal(omega: Array) -> Array:
        return jnp.broadcast_to(jnp.ravel(closed.signal_of(response, admittance, natural, omega)), jnp.shape(omega))

    def missing(log_omega: Array) -> Array:
        omega = jnp.exp(log_omega)
        sides = (1.0, -1.0) if isinstance(admittance, ChannelAdmittance) else (1.0,)  # two magnetisations may tell the sign of the field
        shares = jnp.stack([(signal(side * omega) - limit) / (top - limit) for side in sides])
        return jnp.min(shares, 0) - 0.5

    ends = jnp.asarray(-_DECADES / 2 * np.log(10)), jnp.asarray(_DECADES / 2 * np.log(10))
    root = search(missing, ends, _GRID, _ROUNDS)
    width = jnp.where((root > ends[0] + 1e-6) & (root < ends[1] - 1e-6), jnp.exp(root), jnp.nan)
    hwhm = width / abs(natural.larmor)
    narrowest = natural.narrowest * abs(natural.larmor)
    steps = jnp.minimum(width, narrowest) * CURVATURE_STEP * jnp.asarray([1.0, 2.0, 4.0])
    slopes = ((signal(steps) + signal(-steps)) / 2 - top) / top / steps**2  # ω in units of 1/τ_s
    log_far = jnp.log(TAIL * width)[None]
    far, slope = jax.jvp(lambda x: signal(jnp.exp(x)), (log_far,), (jnp.ones(1),))
    left = jnp.where(jnp.abs(far[0] - limit) > 1e-13 * jnp.abs(top), far[0] - limit, jnp.nan)
    return {
        "hwhm": hwhm,
        "tau_apparent": apparent_tau(hwhm, setup.device.nonmagnet.g),
        "curvature": extrapolated(slopes),
        "tail_exponent": slope[0] / left,
    }
