"""Sine, cosine and exponential of real numbers, from polynomials that a processor's vectors work through.

XLA leaves sine and cosine in double precision to a scalar library on a processor, which costs a long sweep more than everything else.
On accelerators, in single precision and on NumPy arrays these are the library's own.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .stages import stage
from .types import Numbers
from .vectors import array_module

# π/2 and ln 2 in two parts, the first of few enough bits that its multiples are exact (Cody and Waite).
_HALF_PI = (float.fromhex("0x1.921fb544p+0"), float.fromhex("0x1.0b4611a626331p-34"))
_LN_2 = (float.fromhex("0x1.62e42fefp-1"), float.fromhex("0x1.473de6af278edp-34"))
_SINE = [(-1) ** n / math.factorial(2 * n + 1) for n in range(1, 8)]
_COSINE = [(-1) ** n / math.factorial(2 * n) for n in range(2, 9)]
_EXPONENTIAL = [1 / math.factorial(n) for n in range(2, 14)]
# e^x of less is no normal number.
_LOWEST = -708.0


def double_angle(x: Numbers) -> tuple[Numbers, Numbers]:
    """(1 − cos 2x, sin 2x), each to rounding for |x| < 10⁵, the first of the smallest x too."""
    return _on_processors(_double_angle, _double_angle_library, x)


def exponential(x: Numbers) -> tuple[Numbers, Numbers]:
    """(eˣ, eˣ − 1), each to rounding."""
    return _on_processors(_exponential, _exponential_library, x)


def _on_processors(ours: Any, library: Any, x: Numbers) -> Any:
    if isinstance(x, jax.Array) and x.dtype == np.float64:
        return ours(x)
    return library(x)


def _polynomial(coefficients: list[float], x: Any) -> Any:
    found = 0.0 * x + coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        found = found * x + coefficient
    return found


def _double_angle_library(x: Numbers) -> tuple[Numbers, Numbers]:
    xp = array_module(x)
    sine = xp.sin(x)
    return 2 * sine * sine, 2 * sine * xp.cos(x)


def _exponential_library(x: Numbers) -> tuple[Numbers, Numbers]:
    xp = array_module(x)
    return xp.exp(x), xp.expm1(x)


@stage
def _sine_cosine_of_rest(x: Any) -> tuple[Any, Any]:
    square = x * x
    return x + x * square * _polynomial(_SINE, square), 1 - square / 2 + square * square * _polynomial(_COSINE, square)


@stage
def _exponential_of_rest(x: Any) -> Any:
    return x + x * x * _polynomial(_EXPONENTIAL, x)


def _double_angle_by_quadrants(x: Any) -> tuple[Any, Any]:
    turns = jnp.round(x * (2 / math.pi))
    rest = (x - turns * _HALF_PI[0]) - turns * _HALF_PI[1]
    sine, cosine = _sine_cosine_of_rest(rest)
    is_odd, product = (turns.astype(np.int32) & 1) == 1, 2 * sine * cosine
    return jnp.where(is_odd, 2 * cosine * cosine, 2 * sine * sine), jnp.where(is_odd, -product, product)


def _exponential_by_powers(x: Any) -> tuple[Any, Any]:
    bounded = jnp.clip(x, _LOWEST, -_LOWEST)
    power = jnp.round(bounded / math.log(2))
    rest = (bounded - power * _LN_2[0]) - power * _LN_2[1]
    less_1 = _exponential_of_rest(rest)
    two = jax.lax.bitcast_convert_type((power.astype(np.int32).astype(np.int64) + 1023) << 52, np.float64)
    return jnp.where(x < _LOWEST, 0.0, two * less_1 + two), two * less_1 + (two - 1)


@jax.custom_jvp
def _double_angle(x: Any) -> Any:
    return jax.lax.platform_dependent(x, cpu=_double_angle_by_quadrants, default=_double_angle_library)


@jax.custom_jvp
def _exponential(x: Any) -> Any:
    return jax.lax.platform_dependent(x, cpu=_exponential_by_powers, default=_exponential_library)


@_double_angle.defjvp
def _change_of_double_angle(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    less_cosine, sine = _double_angle(*primals)
    return (less_cosine, sine), (2 * sine * tangents[0], 2 * (1 - less_cosine) * tangents[0])


@_exponential.defjvp
def _change_of_exponential(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    found, less_1 = _exponential(*primals)
    return (found, less_1), (found * tangents[0], found * tangents[0])
