"""The least-squares Lorentzian of a curve, amplitude and offset at their best."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ..numerics.types import AnyArray, Array, Real

#: The search for a relaxation time: points of a grid that narrows, how often, and how far it reaches around τ_s, in ln τ.
_GRID, _ROUNDS, REACH = 96, 7, 6.0
# A Lorentzian's half width is looked for from so much below the sweep's fields to as much above them.
_BEYOND = 1e2


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


def best_line(signal: Real[Array, " points"], line: Line) -> tuple[Array, Array]:
    """Mean square of what the best A line(τ) + C leaves [V²], and ln τ: A and C by linear least squares, τ by a grid that narrows."""

    def narrowed(_: Any, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        middle, half = bracket
        grid = middle + half * jnp.linspace(-1.0, 1.0, _GRID)
        return grid[jnp.argmin(jax.lax.map(lambda x: misfit(signal, line.at(x)), grid))], half * (3.0 / _GRID)

    start = (jnp.asarray(part, dtype=signal.dtype) for part in ((line.low + line.high) / 2, (line.high - line.low) / 2))
    middle, _ = jax.lax.fori_loop(0, _ROUNDS, narrowed, tuple(start))
    return misfit(signal, line.at(middle)), middle


def misfit(signal: Real[Array, " points"], line: Real[Array, " points"]) -> Array:
    """Mean square of what the best A line + C leaves [V²], A and C by linear least squares."""
    line, centred = line - line.mean(), signal - signal.mean()
    size = jnp.sum(line * line)
    return jnp.mean((centred - jnp.sum(line * centred) / jnp.where(size > 0, size, 1.0) * line) ** 2)
