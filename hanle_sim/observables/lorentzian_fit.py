"""The least-squares Lorentzian of a curve, amplitude and offset at their best."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ..numerics.types import AnyArray, Array, Real
from ..numerics.vectors import full_precision

#: The search for a relaxation time: points of a grid, golden sections after it, and how far it reaches around τ_s, in ln τ.
_GRID, _ROUNDS, REACH = 96, 44, 6.0
_GOLDEN = (3 - 5**0.5) / 2
# A Lorentzian's half width is looked for from so much below the sweep's fields to as much above them.
_BEYOND = 1e2
# Newton steps from the end of a search to the minimum, and how far they may lead in ln τ.
_STEPS, _MOST = 3, 1e-2


class Line(NamedTuple):
    """A curve of spin accumulation alone, up to a factor and an offset.

    Attributes:
        at: ln τ_s → the curve, [points].
        low, high: the ln τ_s between which it is looked at.
    """

    at: Callable[[Any], Array]
    low: Any
    high: Any


def lorentzian(omega: Real[AnyArray, " points"], log_tau: Any) -> Line:
    """1/(1 + (ω_Lτ)²) by ln τ, around a ln τ and wherever the fields ω_L [rad/s] tell a width."""
    sizes = jnp.abs(jnp.asarray(omega))
    least = jnp.min(jnp.where(sizes > 0, sizes, jnp.inf))
    low = jnp.minimum(log_tau - REACH, -jnp.log(_BEYOND * jnp.max(sizes)))
    high = jnp.maximum(log_tau + REACH, jnp.log(_BEYOND / least))
    return Line(lambda log_tau: 1 / (1 + (jnp.asarray(omega) * jnp.exp(log_tau)) ** 2), low, high)


@full_precision
def misfit(signal: Real[Array, " points"], line: Real[Array, " points"], counts: Any = 1.0, offset: Any = 1.0) -> Array:
    """Mean square of what the best A line + C leaves [V²], A and C by linear least squares.

    Arguments:
        signal, line: the curve [V], and the line.
        counts: how often each field counts, [points], or once each.
        offset: 1 for an offset C; 0 for none.
    """
    counts = jnp.broadcast_to(counts, signal.shape)

    def centred(y: Array) -> Array:
        return y - offset * (counts @ y) / counts.sum()

    line, signal = centred(line), centred(signal)
    size = counts @ line**2
    return counts @ (signal - (counts @ (signal * line)) / jnp.where(size > 0, size, 1.0) * line) ** 2 / counts.sum()


@full_precision
def best_line(signal: Real[Array, " points"], line: Line) -> tuple[Array, Array]:
    """Mean square of what the best A line(τ) + C leaves [V²], and ln τ: A and C by least squares, τ by a grid and golden sections."""

    def off(log_tau: Array) -> Array:
        return misfit(signal, line.at(log_tau))

    def halved(_: Any, bracket: tuple[Array, ...]) -> tuple[Array, ...]:
        """Of x_0 < x_1 < x_2 < x_3 that part by the golden ratio, the three about the lower of the two between, and one more."""
        x_0, x_1, x_2, x_3, off_1, off_2 = bracket
        is_left = off_1 < off_2
        x = jnp.where(is_left, x_0 + _GOLDEN * (x_2 - x_0), x_3 - _GOLDEN * (x_3 - x_1))
        left, right = (x_0, x, x_1, x_2, off(x), off_1), (x_1, x_2, x, x_3, off_2, off(x))
        return tuple(jnp.where(is_left, one, other) for one, other in zip(left, right, strict=True))

    low, high = (jnp.asarray(part, dtype=signal.dtype) for part in (line.low, line.high))
    grid = jnp.linspace(low, high, _GRID)
    best, reach = grid[jnp.argmin(jax.lax.map(off, grid))], (high - low) / (_GRID - 1)
    x_0, x_3 = best - reach, best + reach
    x_1, x_2 = x_0 + _GOLDEN * (x_3 - x_0), x_3 - _GOLDEN * (x_3 - x_0)
    _, x_1, x_2, _, off_1, off_2 = jax.lax.fori_loop(0, _ROUNDS, halved, (x_0, x_1, x_2, x_3, off(x_1), off(x_2)))
    return jnp.minimum(off_1, off_2), jnp.where(off_1 < off_2, x_1, x_2)


def stationary(slope: Callable[[Array], Array], log_tau: Array, most: float = _MOST) -> Array:
    """ln τ at which the slope of a misfit vanishes, to rounding, by Newton steps from the end of a search; NaN where that is no minimum, so
    that they lead further than `most`.
    """
    start = log_tau
    for _ in range(_STEPS):
        value, by_tau = jax.jvp(slope, (log_tau,), (jnp.ones_like(log_tau),))
        log_tau = log_tau - value / by_tau
    return jnp.where(jnp.abs(log_tau - start) < most, log_tau, jnp.nan)
