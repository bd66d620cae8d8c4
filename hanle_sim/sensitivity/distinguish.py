"""Could a measurement tell spin heat from spin accumulation? How far the exact curve is from every one with spin accumulation alone."""

import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.optimize
import scipy.stats

from .._types import Array, Real
from ..configuration import Setup

#: Probability of calling one channel two, and of seeing two where there are two.
SIGNIFICANCE, POWER = 0.05, 0.95
# Two curves differ by the numbers that spin heat adds: an amplitude and a relaxation time.
_DEGREES = 2
# A curve of two channels has five numbers to fit.
_FEWEST = 5.0
_GRID, _ROUNDS = 64, 6
# A misfit below this share of the peak is what the search leaves.
_ROUNDING = 1e-8


def required_misfit() -> float:
    """The noncentrality λ = Σ(misfit/σ)² at which a χ² test with two degrees of freedom finds the second channel."""
    threshold = scipy.stats.chi2.isf(SIGNIFICANCE, _DEGREES)
    return float(scipy.optimize.brentq(lambda x: scipy.stats.ncx2.sf(threshold, _DEGREES, x) - POWER, 1e-3, 1e3))


@dataclass(frozen=True)
class Distinguishable:
    """Whether two channels can be told from one.

    Attributes:
        misfit: root mean square of what the best one-channel curve leaves of the exact one [V].
        tau: that curve's relaxation time [s].
        noise: the noise of a point at which the sweep just tells the two apart [V].
        points: with the noise given, how many points over the same range would; infinite where nothing would.
    """

    misfit: float
    tau: float
    noise: float
    points: float


def distinguishable(signal: np.ndarray, omega: np.ndarray, tau: float, noise: float) -> Distinguishable:
    """The exact curve against A/(1 + (ω_Lτ)²) + C, the lumped one-channel curve in any direction of field, A, τ, C free.

    Arguments:
        signal: the exact curve [V], [points].
        omega: ω_L [rad s⁻¹], [points].
        tau: a relaxation time to search around [s].
        noise: standard deviation of a point [V].
    """
    best, log_tau = best_lorentzian(jnp.asarray(signal), jnp.asarray(omega), math.log(tau))
    left = float(np.sqrt(max(float(best), 0.0)))
    needed = required_misfit()
    chi_squared = float(best) * signal.size
    floor = (_ROUNDING * float(np.max(np.abs(signal)))) ** 2
    told = float(best) > floor
    return Distinguishable(
        misfit=left,
        tau=float(np.exp(log_tau)),
        noise=math.sqrt(chi_squared / needed) if told else 0.0,
        points=max(needed * noise**2 / float(best), _FEWEST) if told else math.inf,
    )


@jax.jit
def best_lorentzian(signal: Real[Array, " points"], omega: Real[Array, " points"], log_tau: Any) -> tuple[Array, Array]:
    """Mean square of what the best A/(1 + (ωτ)²) + C leaves [V²], and ln τ: A and C by linear least squares, τ by a grid that narrows."""

    def left(log_tau: Array) -> Array:
        return lorentzian_misfit(signal, omega, log_tau)

    def narrowed(_: Any, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        middle, half = bracket
        grid = middle + half * jnp.linspace(-1.0, 1.0, _GRID)
        return grid[jnp.argmin(jax.lax.map(left, grid))], half * (3.0 / _GRID)

    middle, _ = jax.lax.fori_loop(0, _ROUNDS, narrowed, (jnp.asarray(log_tau, dtype=signal.dtype), jnp.asarray(6.0, dtype=signal.dtype)))
    return left(middle), middle


def lorentzian_misfit(signal: Real[Array, " points"], omega: Real[Array, " points"], log_tau: Any) -> Array:
    """Mean square of what the best A/(1 + (ωτ)²) + C of a given τ leaves [V²], A and C by linear least squares."""
    line = 1 / (1 + (omega * jnp.exp(log_tau)) ** 2)
    line, centred = line - line.mean(), signal - signal.mean()
    size = jnp.sum(line * line)
    return jnp.mean((centred - jnp.sum(line * centred) / jnp.where(size > 0, size, 1.0) * line) ** 2)


def noise_map(
    setup: Setup, alpha: Real[np.ndarray, " a"], ratio: Real[np.ndarray, " b"], curve: Any, omega: np.ndarray, points: int
) -> Real[np.ndarray, "b a"]:
    """The noise of a point, relative to the peak, at which two channels are told from one, over α and P_L S/(P_G √L_0).

    Arguments:
        setup: the device.
        alpha: r_s/(L_0 T_0 r_Q), [a].
        ratio: P_L S/(P_G √L_0), [b].
        curve: ΔV_Hanle of a device as a function of (α, ratio) [V], [points].
        omega: ω_L at the fields that stand for the sweep [rad s⁻¹].
        points: how many fields the sweep has.
    """
    tau = math.log(float(setup.device.nonmagnet.tau_s))
    needed = required_misfit()

    @jax.jit
    def at(alpha: Array, ratio: Array) -> Array:
        signal = curve(alpha, ratio)
        best, _ = best_lorentzian(signal, jnp.asarray(omega), tau)
        return jnp.sqrt(jnp.maximum(best, 0.0) * points / needed) / jnp.max(jnp.abs(signal))

    rows = [np.asarray(jax.vmap(lambda a, b=b: at(a, b))(jnp.asarray(alpha))) for b in ratio]
    return np.stack(rows)
