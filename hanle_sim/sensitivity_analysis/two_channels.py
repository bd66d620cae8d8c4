"""Does a measurement detect spin heat? How far the exact curve is from every curve with spin accumulation alone."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.interpolate
import scipy.optimize
import scipy.stats

from ..configuration import ConfigurationError, Setup
from ..model.model import Model
from ..model.signal import signal_of
from ..numerics.interpreted import interpreted
from ..numerics.types import Array
from ..observables.lorentzian_fit import REACH, Line, best_line, lorentzian
from ..physics import effective_g
from ..runtime import Progress, double_precision
from .jacobian import Sensitivity
from .optimal_design import CANDIDATES

#: Probability of calling one channel two, and of seeing two where there are two.
SIGNIFICANCE, POWER = 0.05, 0.95
# Two curves differ by the numbers that spin heat adds: an amplitude and a relaxation time.
_DEGREES = 2
# A curve of two channels has five numbers to fit.
_FEWEST = 5.0
# How many relaxation times a tabulated curve is known at.
_NODES = 241
#: The map of the noise at which spin heat is detected: α, P_L S/(P_G √L_0), and how many of each.
_ALPHAS, _RATIOS, _MAP = (0.25, 32.0), (0.02, 2.0), 32
#: Fields that stand for a sweep where two channels are held against one, at most.
_FIELDS = 2001
#: A misfit below this share of the peak is what the search leaves.
ROUNDING = 1e-8


def required_misfit() -> float:
    """The noncentrality λ = Σ(misfit/σ)² at which a χ² test with two degrees of freedom finds the second channel."""
    threshold = scipy.stats.chi2.isf(SIGNIFICANCE, _DEGREES)
    return float(scipy.optimize.brentq(lambda x: scipy.stats.ncx2.sf(threshold, _DEGREES, x) - POWER, 1e-3, 1e3))


@dataclass(frozen=True)
class Distinguishable:
    """Whether two channels can be distinguished from one.

    Attributes:
        misfit: root mean square of what the best one-channel curve leaves of the exact one [V].
        tau: that curve's relaxation time [s].
        noise: the noise of a point at which the sweep just distinguishes the two [V].
        points: with the noise given, how many points over the same range would; infinite where nothing would.
    """

    misfit: float
    tau: float
    noise: float
    points: float


@dataclass(frozen=True)
class NoiseMap:
    """The noise, relative to the peak, at which two channels are distinguished from one: alpha [a], ratio [b], noise [b, a], 0 for none."""

    alpha: np.ndarray
    ratio: np.ndarray
    noise: np.ndarray


def one_channel(model: Model, few: np.ndarray) -> Line | None:
    """The same device without spin heat, S = 0, by ln τ_s at some fields of its sweep, everything else as written.

    A lumped one is a Lorentzian, whatever flows back. None where there is no such curve (P_G = 0), and where many would take too
    long to compute: with stray fields, and by finite volumes.
    """
    setup = model.setup
    log_tau = math.log(float(setup.device.nonmagnet.tau_s))
    if model.is_quotient:
        g = effective_g(setup.device.nonmagnet.g, setup.field.direction)
        return lorentzian(np.asarray(setup.field.larmor_frequency(g))[few], log_tau)
    contacts = [setup.device.injector.junction, setup.device.detector.junction]
    if model.level is not None or not model.method.is_exact or any(float(contact.P_G) == 0 for contact in contacts):
        return None
    paths = [parameter.path for parameter in model.parameters if parameter.path in ("junction.S", "detector.S")]

    def line(log_tau: Any) -> Array:
        at = model.built([jnp.exp(log_tau), *(0.0 for _ in paths)], ["nonmagnet.tau_s", *paths])
        signal = signal_of(Setup(at.device, at.field.part(few)), model.method)
        return signal / jnp.max(jnp.abs(signal))

    return Line(line, log_tau - REACH, log_tau + REACH)


def tabulated(line: Line) -> Line:
    """The same curve by cubic splines: good to 1e-7 of the peak, and fast."""
    nodes = np.linspace(float(line.low), float(line.high), _NODES)
    values = interpreted(lambda x: jax.vmap(line.at)(x))(nodes)
    coefficients = jnp.asarray(scipy.interpolate.CubicSpline(nodes, values).c)
    first, step = float(nodes[0]), float(nodes[1] - nodes[0])

    def interpolated(log_tau: Any) -> Array:
        interval = jnp.clip(jnp.asarray((log_tau - first) / step, dtype=int), 0, _NODES - 2)
        c, x = coefficients[:, interval], log_tau - first - interval * step
        return c[3] + x * (c[2] + x * (c[1] + x * c[0]))

    return Line(interpolated, line.low, line.high)


def distinguishable(signal: np.ndarray, line: Line, noise: float, points: int) -> Distinguishable:
    """The exact curve against A line(τ) + C, the curve of spin accumulation alone, A, τ, C free.

    Arguments:
        signal: the exact curve [V], [fields], at fields that stand for the sweep.
        line: the one-channel curve at these fields.
        noise: standard deviation of a point [V].
        points: how many fields the sweep has.
    """
    best, log_tau = interpreted(lambda signal: best_line(signal, line))(signal)
    left = float(np.sqrt(max(float(best), 0.0)))
    needed = required_misfit()
    floor = (ROUNDING * float(np.max(np.abs(signal)))) ** 2
    is_distinct = float(best) > floor
    with np.errstate(over="ignore"):  # so much noise that no number of points would do
        wanted = max(float(needed * np.square(np.float64(noise) / (left or 1.0))), _FEWEST)
    return Distinguishable(
        misfit=left,
        tau=float(np.exp(log_tau)),
        noise=math.sqrt(float(best) * points / needed) if is_distinct else 0.0,
        points=wanted if is_distinct else math.inf,
    )


def noise_at(curve: Callable[[Any, Any], Array], line: Line, points: int) -> Callable[[np.ndarray, float], np.ndarray]:
    """The noise of a point, relative to the peak, at which two channels are distinguished from one: of α [a] and P_L S/(P_G √L_0), [a].

    Arguments:
        curve: ΔV_Hanle of a device as a function of α and the ratio [V], [fields].
        line: the one-channel curve at these fields.
        points: how many fields the sweep has.
    """
    needed = required_misfit()

    @interpreted
    def along(alpha: Array, ratio: Array) -> Array:
        def at(alpha: Array) -> Array:
            signal = curve(alpha, ratio)
            best, _ = best_line(signal, line)
            return jnp.sqrt(jnp.maximum(best, 0.0) * points / needed) / jnp.max(jnp.abs(signal))

        return jax.vmap(at)(alpha)

    return along


def two_channels_in(result: Sensitivity, noise: float, report: Progress) -> tuple[Distinguishable | None, NoiseMap | None]:
    """Whether spin heat shows in a sweep, and the map of where it would; None where the question has no meaning."""
    model, signal = result.model, result.exact.signal
    setup, configuration = model.setup, model.configuration
    if not configuration.has_heat:
        return None, None
    few, sparse = (np.unique(np.linspace(0, model.points - 1, min(model.points, most)).astype(int)) for most in (_FIELDS, CANDIDATES))
    different = np.unique(np.abs(result.B)).size if setup.field.direction.ndim == 1 else model.points
    precesses = np.any(effective_g(setup.device.nonmagnet.g, setup.field.direction))
    if different < 6 or not precesses or not np.ptp(signal) > 1e-12 * np.max(np.abs(signal)):
        return None, None
    with double_precision():
        line = one_channel(model, few)
        if line is None:
            return None, None
        found = distinguishable(signal[few], line, noise, model.points)
    junction, L_0 = setup.device.injector.junction, float(setup.device.L_0)
    P_G, P_L = float(junction.P_G), 0.0 if configuration.junction.P_L is None else configuration.junction.P_L.value
    has_other_S = any(parameter.path == "detector.S" for parameter in model.parameters)
    if P_G == 0 or P_L == 0 or has_other_S:
        return found, None
    alpha, ratio = (np.geomspace(*ends, _MAP) for ends in (_ALPHAS, _RATIOS))
    alpha = np.unique(np.append(alpha, setup.device.alpha))
    # S so that P_L S/(P_G √L_0) is the ratio. Devices against the second law are left out.
    S_per_ratio = P_G / P_L * L_0**0.5

    def curve(alpha: Any, ratio: Any) -> Any:
        at = model.built([alpha, ratio * S_per_ratio], ["nonmagnet.alpha", "junction.S"])
        return signal_of(Setup(at.device, at.field.part(sparse)), model.method)

    def is_allowed(ratio: float) -> bool:
        try:
            model.built([ratio * S_per_ratio], ["junction.S"])
        except ConfigurationError:
            return False
        return True

    report("map of two channels", 0, ratio.size)
    allowed = np.array([is_allowed(one) for one in ratio])
    noises = np.full((ratio.size, alpha.size), np.nan)
    with double_precision():
        line = one_channel(model, sparse)
        assert line is not None
        along = noise_at(curve, line if model.is_quotient else tabulated(line), model.points)
        for number in np.flatnonzero(allowed):
            noises[number] = along(alpha, ratio[number])
            report("map of two channels", int(number) + 1, ratio.size)
        report("map of two channels", ratio.size, ratio.size)
    floor = (1 if model.is_quotient else 10) * ROUNDING  # of what is tabulated
    noises = np.where(noises < floor * math.sqrt(model.points / required_misfit()), 0.0, noises)
    return found, NoiseMap(alpha, ratio, noises) if np.any(noises > 0) else None
