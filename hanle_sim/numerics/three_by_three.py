"""Functions of real 3×3 matrices: the inverse, the square root and the exponential, [..., 3, 3].

They hold for matrices that relax: those whose symmetric part is positive. Nothing is diagonalised, so that values and derivatives are
smooth where eigenvalues coincide. See docs/derivations.md, section 3.7.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .stages import stage
from .types import AnyArray, Real
from .vectors import array_module, full_precision

Matrices = Real[AnyArray, "*points 3 3"]

_ONE = np.eye(3)
# The exponential's series takes matrices up to 2^−_THIN, of which its terms are enough to rounding; _MOST doublings follow at most.
_THIN, _TERMS, _MOST = 4, 10, 34


def inverse(M: Matrices) -> Matrices:
    """M⁻¹, from the cross products of M's columns."""
    return _inverse(M)


@stage
def _inverse(M: AnyArray) -> AnyArray:
    xp = array_module(M)
    columns = [M[..., k] for k in range(3)]
    rows = [_cross(columns[k - 2], columns[k - 1]) for k in range(3)]
    det = (columns[0] * rows[0]).sum(-1)
    return xp.stack(rows, -2) / det[..., None, None]


def _cross(a: AnyArray, b: AnyArray) -> AnyArray:
    parts = [a[..., k - 2] * b[..., k - 1] - a[..., k - 1] * b[..., k - 2] for k in range(3)]
    return array_module(a, b).stack(parts, -1)


def square_root(M: Matrices) -> Matrices:
    """√M whose eigenvalues have a positive real part.

    With I, II and III the invariants of √M (trace, sum of principal minors, determinant), Cayley and Hamilton's
    √M³ − I √M² + II √M − III = 0 and √M² = M give √M = [I III + (I² − II) M − M²]/(I II − III). The divisor is the product of all sums
    of two eigenvalues of √M, and never small.
    """
    return _square_root(M)


@stage
@full_precision
def _square_root(M: AnyArray) -> AnyArray:
    xp = array_module(M)
    minors = [M[..., i, i] * M[..., j, j] - M[..., i, j] * M[..., j, i] for i, j in ((0, 1), (0, 2), (1, 2))]
    third = xp.sqrt((M[..., 0] * _cross(M[..., 1], M[..., 2])).sum(-1))
    trace, second_of_M = M[..., 0, 0] + M[..., 1, 1] + M[..., 2, 2], sum(minors)
    first = (_trace_of_root if isinstance(M, jax.Array) else _trace_of_root_as_it_is)(trace, second_of_M, third)
    second = xp.sqrt(second_of_M + 2 * third * first)

    def each(numbers: AnyArray) -> AnyArray:
        return (numbers / (first * second - third))[..., None, None]

    one = xp.broadcast_to(_ONE, M.shape)
    return each(first * third) * one + each(first * first - second) * M - each(xp.ones_like(first)) * (M @ M)


def _trace_of_root_as_it_is(trace: Any, second: Any, third: Any) -> Any:
    """I of I² = tr M + 2 II, II² = II_M + 2 I III, with the invariants tr M and II_M of M, and III = √det M.

    Put into one another these are a map I ↦ I that shrinks errors five times at least wherever eigenvalues of √M are within 45° of
    the positive axis; Newton's method ends it.
    """
    xp = array_module(trace, second, third)
    found = 0 * trace
    for _ in range(5):
        found = xp.sqrt(trace + 2 * xp.sqrt(second + 2 * third * found))
    for _ in range(2):
        II = xp.sqrt(second + 2 * third * found)
        found = found - (found * found - trace - 2 * II) / (2 * (found - third / II))
    return found


_trace_of_root: Any = jax.custom_jvp(_trace_of_root_as_it_is)


def _change_of_trace(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    found = _trace_of_root(*primals)
    _, second, third = primals
    II = jnp.sqrt(second + 2 * third * found)
    return found, (II * tangents[0] + tangents[1] + 2 * found * tangents[2]) / (2 * (found * II - third))


_trace_of_root.defjvp(_change_of_trace)


@full_precision
def exponential_of_minus(A: Matrices) -> tuple[Matrices, Matrices]:
    """(e^(−A), e^(−A) − 1): a series for A 2^−n, and n doublings; both keep their digits, of the smallest A and of large ones.

    e^(−A) − 1 is doubled as E ↦ E (2 + E). e^(−A) is squared only from |A| ≈ 1 on: squaring doubles relative errors, and taking it
    from 1 + E has absolute ones.
    """
    xp = array_module(A)
    still = A if xp is np else jax.lax.stop_gradient(A)
    _, exponent = xp.frexp(abs(still).sum(-1).max(-1))
    doublings = xp.clip(exponent + _THIN, 0, _MOST)[..., None, None]
    X = A * -xp.ldexp(xp.ones_like(still[..., :1, :1]), -doublings)
    one = xp.broadcast_to(_ONE, A.shape).astype(A.dtype)
    less_1 = X / _TERMS
    for n in range(_TERMS - 1, 0, -1):
        less_1 = X @ (one + less_1) / n

    for n in range(_THIN):
        less_1 = xp.where(n < doublings, less_1 @ (2 * one + less_1), less_1)

    def step(both: tuple[AnyArray, AnyArray], n: Any) -> tuple[tuple[AnyArray, AnyArray], None]:
        whole, less_1 = both
        doubled = _summed(whole, whole), _summed(less_1, 2 * one + less_1)
        return (xp.where(n < doublings, doubled[0], whole), xp.where(n < doublings, doubled[1], less_1)), None

    both = one + less_1, less_1
    if xp is np:
        for n in range(_THIN, int(np.max(doublings, initial=0))):
            both, _ = step(both, n)
    else:
        both, _ = jax.lax.scan(step, both, jnp.arange(_THIN, _MOST))
    return both


def _summed(a: AnyArray, b: AnyArray) -> AnyArray:
    """a b, element by element: within a loop five times as fast as products of matrices on a processor, and no longer to compile."""
    return sum(a[..., :, k : k + 1] * b[..., k : k + 1, :] for k in range(3))


def tanh(A: Matrices) -> Matrices:
    """tanh A = (1 − e^(−2A)) (1 + e^(−2A))⁻¹."""
    _, less_1 = exponential_of_minus(2 * A)
    xp = array_module(A)
    return -product(less_1, inverse(2 * xp.broadcast_to(_ONE, A.shape) + less_1))


@full_precision
def product(*matrices: Matrices) -> Matrices:
    """The product of matrices, which need not commute."""
    found = matrices[0]
    for one in matrices[1:]:
        found = found @ one
    return found
