"""Elementary functions of complex numbers from real ones: faster to compile and to run than JAX's own, and as accurate here.

Each takes real numbers as well, and NumPy or JAX arrays alike.
"""

from typing import Any

import jax
import numpy as np

from .elementary import double_angle, exponential
from .types import Numbers
from .vectors import array_module


def is_complex(x: Numbers) -> bool:
    """Whether a number or an array is complex."""
    return isinstance(x, complex) or np.issubdtype(getattr(x, "dtype", np.float64), np.complexfloating)


def _join(real: Numbers, imag: Numbers) -> Numbers:
    return jax.lax.complex(real, imag) if isinstance(real, jax.Array) else real + 1j * imag


def sqrt(z: Numbers) -> Numbers:
    """√z, the root with a real part that isn't negative. z ≠ 0."""
    if not is_complex(z):
        return array_module(z).sqrt(z)
    return _differentiable_sqrt(z) if isinstance(z, jax.Array) else _sqrt(z)


def _sqrt(z: Numbers) -> Numbers:
    xp = array_module(z)
    x, y = z.real, z.imag
    larger = xp.sqrt((xp.sqrt(x * x + y * y) + abs(x)) / 2)
    smaller = abs(y) / (2 * larger)
    return _join(xp.where(x < 0, smaller, larger), xp.where(y < 0, -1.0, 1.0) * xp.where(x < 0, larger, smaller))


def root_less_1(q: Numbers) -> Numbers:
    """√(1 + q) − 1 for Re q ≥ 0 and |q| < 10¹²⁰, to rounding for the smallest q too."""
    if not is_complex(q):
        return q / (array_module(q).sqrt(1 + q) + 1)
    return _differentiable_root_less_1(q) if isinstance(q, jax.Array) else _root_less_1(q)


def _root_less_1(q: Numbers) -> Numbers:
    """With r = |1 + q| and a = Re √(1 + q): the real part is (r + x − 1)/2 over a + 1, and r − 1 = (2x + x² + y²)/(r + 1)."""
    xp = array_module(q)
    x, y = q.real, q.imag
    r = xp.sqrt((1 + x) * (1 + x) + y * y)
    a = xp.sqrt((r + x + 1) / 2)
    over = 1 / (2 * a * (a + 1) * (r + 1))  # division takes longest
    return _join((x * (r + 3 + x) + y * y) * a * over, y * (a + 1) * (r + 1) * over)


def reciprocal(z: Numbers) -> Numbers:
    """1/z without overflow or underflow between, neither in its derivative."""
    if not is_complex(z):
        return 1 / z
    return _differentiable_reciprocal(z) if isinstance(z, jax.Array) else _reciprocal(z)


def _reciprocal(z: Numbers) -> Numbers:
    xp = array_module(z)
    scale = 1 / xp.maximum(abs(z.real), abs(z.imag))
    x, y = z.real * scale, z.imag * scale
    size = scale / (x * x + y * y)
    return _join(x * size, -y * size)


def moderate_reciprocal(z: Numbers) -> Numbers:
    """1/z for 10⁻¹⁵⁰ < |z| < 10¹⁵⁰, with one division in place of two."""
    if not is_complex(z):
        return 1 / z
    return _differentiable_moderate_reciprocal(z) if isinstance(z, jax.Array) else _moderate_reciprocal(z)


def _moderate_reciprocal(z: Numbers) -> Numbers:
    x, y = z.real, z.imag
    over = 1 / (x * x + y * y)
    return _join(x * over, -y * over)


_differentiable_sqrt: Any = jax.custom_jvp(_sqrt)
_differentiable_reciprocal: Any = jax.custom_jvp(_reciprocal)
_differentiable_moderate_reciprocal: Any = jax.custom_jvp(_moderate_reciprocal)
_differentiable_root_less_1: Any = jax.custom_jvp(_root_less_1)


def _change_of_sqrt(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    found = _differentiable_sqrt(*primals)
    return found, tangents[0] * (_differentiable_reciprocal(found) / 2)


def _change_of_reciprocal(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    found = _differentiable_reciprocal(*primals)
    return found, -found * (found * tangents[0])


def _change_of_moderate_reciprocal(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    found = _differentiable_moderate_reciprocal(*primals)
    return found, -found * (found * tangents[0])


def _change_of_root_less_1(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    found = _differentiable_root_less_1(*primals)
    return found, tangents[0] * (_differentiable_moderate_reciprocal(1 + found) / 2)


_differentiable_sqrt.defjvp(_change_of_sqrt)
_differentiable_root_less_1.defjvp(_change_of_root_less_1)
_differentiable_reciprocal.defjvp(_change_of_reciprocal)
_differentiable_moderate_reciprocal.defjvp(_change_of_moderate_reciprocal)


def exponential_of_minus_double(z: Numbers) -> tuple[Numbers, Numbers]:
    """(e^(−2z), e^(−2z) − 1), each to rounding, for the smallest z too."""
    if not is_complex(z):
        return exponential(-2 * z)
    (size, less_1), (less_cosine, sine) = exponential(-2 * z.real), double_angle(z.imag)
    return _join(size * (1 - less_cosine), -size * sine), _join(less_1 * (1 - less_cosine) - less_cosine, -size * sine)


def tanh(z: Numbers) -> Numbers:
    """tanh z for Re z ≥ 0, to rounding from the smallest z to the largest."""
    _, decay = exponential_of_minus_double(z)
    return -decay * moderate_reciprocal(2 + decay)


def size(z: Numbers) -> Any:
    """|Re z| + |Im z|, between |z| and √2 |z|: to compare by, without a root or an overflow."""
    return abs(z.real) + abs(z.imag) if is_complex(z) else abs(z)
