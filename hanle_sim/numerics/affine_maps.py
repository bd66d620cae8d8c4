"""Matrix maps y ↦ M y + c as arrays [M c], [n, n + 1]: their products, commutators and exponentials, on any device.

The generator [A b] of y′ = A y + b and the change of y that it makes in a time are both of this form: it is the augmented
(n + 1)×(n + 1) matrix without its last row, which is zero. No LAPACK, so that they run in compiled loops and lower for accelerators.
"""

from typing import Any

import equinox.internal as eqxi
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Num

from .stages import computed_once, stage
from .types import AnyArray, Array

Matrix = Num[AnyArray, "... _ _"]
Vector = Num[Array, " _"]

#: The 1-norm up to which the Taylor series of 18 terms is used: its remainder is 2⁻⁵⁵ of the norm.
_NORM = 1.0
#: Coefficients of X, X², X³ and X⁶ in its parts (P. Bader, S. Blanes and F. Casas, Mathematics 7, 1174 (2019), Eq. (13) and table 3).
_LEFT = (-0.10036558103014462001, -0.00802924648241156960, -0.00089213849804572995, 0.0)
_RIGHT = (0.0, -0.09233646193671185927, -0.01693649390020817171, -0.00001400867981820361)
_ADDED = (-0.06764045190713819075, 0.06759613017704596460, 0.02955525704293155274, -0.00001391802575160607)
_FACTOR = (1.68015813878906197182, 0.05717798464788655127, -0.00698210122488052084, 0.00003349750170860705)
_REST = (0.39784974949964507614, 1.36783778460411719922, 0.49828962252538267755, -0.00063789819459472330)
#: The constants that (B + C) and C of the publication have besides.
_CONSTANTS = (-10.9676396052962062593, -0.09043168323908105619)
_OF_C = _CONSTANTS[0] + 2 * _CONSTANTS[1]
_ALONE = tuple(rest + _CONSTANTS[1] * factor for rest, factor in zip(_REST, _FACTOR, strict=True))
#: Halvings allowed: beyond this size of A a result would have no digits left; and how many are skipped together.
_HALVINGS, _AT_ONCE = 48, 8
#: Products up to this size are written out, which on small matrices is several times as fast as a batched matrix product.
_WRITTEN_OUT = 8


@jax.custom_jvp
def _product(M: Matrix, Q: Matrix) -> Matrix:
    """M Q, [n, n] and [n, k]."""
    n = M.shape[0]
    if n > _WRITTEN_OUT:
        return _matmul(M, Q)
    return jnp.asarray(sum(M[:, k : k + 1] * Q[k : k + 1] for k in range(n)))


@_product.defjvp
def _product_jvp(primals: tuple[Matrix, Matrix], tangents: tuple[Matrix, Matrix]) -> tuple[Matrix, Matrix]:
    (M, Q), (dM, dQ) = primals, tangents
    return _product(M, Q), _matmul(dM, Q) + _matmul(M, dQ)  # whose transposes are products again, not sums of padded slices


def _matmul(M: Matrix, Q: Matrix) -> Matrix:
    return jnp.matmul(M, Q, precision=jax.lax.Precision.HIGHEST)  # TF32 and bfloat16 would be the accelerators' choice


def compose(P: Matrix, Q: Matrix) -> Matrix:
    """P's matrix times Q, [n, n + 1]: the product of the augmented matrices."""
    return P[..., :-1] @ Q if isinstance(P, np.ndarray) else _product(P[:, :-1], Q)


def apply(P: Matrix, y: Vector) -> Vector:
    """M y + c, [n]."""
    return times(P, y) + P[:, -1]


def times(P: Matrix, y: Vector) -> Vector:
    """M y, [n]."""
    return _product(P[:, :-1], y[:, None])[:, 0]


def commutator(P: Matrix, Q: Matrix) -> Matrix:
    """P Q − Q P of the augmented matrices, [n, n + 1]."""
    return compose(P, Q) - compose(Q, P)


def expm1(X: Matrix) -> Matrix:
    """The change of y by the flow of y′ = A y + b for a unit of time, [n, n + 1]; NaN where A is too large for any digit of it.

        [e^A − 1,  φ_1(A) b],     φ_1(x) = (e^x − 1)/x

    By scaling and squaring (N. J. Higham, Functions of Matrices, SIAM 2008, chapter 10): the Taylor series of e^X − 1 to the 18th
    power, in five products, of X scaled by a power of two to the 1-norm 1, and then as many times e^2X − 1 = 2D + D². Without the 1
    slow components keep their digits beside fast ones. b, in which the result is linear, doesn't count in the norm. Each element of a
    batch takes the squarings it needs, whatever the others do.

    Arguments:
        X: [A b], [n, n + 1]; of NumPy arrays many at once, [..., n, n + 1].
    """
    if isinstance(X, np.ndarray):
        return _expm1_of_many(X)
    A = jnp.abs(X[:, :-1])
    norm = jax.lax.stop_gradient(jnp.max(sum(A) if len(A) <= _WRITTEN_OUT else jnp.sum(A, 0)))
    halvings = jnp.maximum(jnp.frexp(norm / _NORM)[1], 0)
    halvings = jnp.where(jnp.isfinite(norm), halvings, _HALVINGS + 1)
    X = jnp.ldexp(jnp.ones((), X.dtype), -halvings) * X

    D = _doubled(_series(X), halvings)
    return jnp.where(halvings > _HALVINGS, jnp.nan, D)


@jax.custom_jvp
def _doubled(D: Matrix, times: Array) -> Matrix:
    """e^(2^k X) − 1 from e^X − 1, k ≤ `_HALVINGS`."""
    return jax.lax.while_loop(
        lambda state: (state[0] < times) & (state[0] < _HALVINGS),
        lambda state: (state[0] + 1, _double(state[1])),
        (jnp.zeros_like(times), D),
    )[1]


def _double(D: Matrix) -> Matrix:
    return 2 * D + compose(D, D)


@_doubled.defjvp
def _doubled_jvp(primals: tuple[Matrix, Array], tangents: tuple[Matrix, Any]) -> tuple[Matrix, Matrix]:
    """By a loop of known length, which can be transposed; what no element of a batch needs is skipped, several together."""
    times = primals[1]

    def doubled(D: Matrix, k: Array) -> tuple[Matrix, None]:
        needed = k < times
        return jax.lax.cond(eqxi.unvmap_any(needed), lambda: jnp.where(needed, _double(D), D), lambda: D), None

    def several(D: Matrix, k: Array) -> tuple[Matrix, None]:
        return jax.lax.cond(eqxi.unvmap_any(k[0] < times), lambda: jax.lax.scan(doubled, D, k)[0], lambda: D), None

    ks = jnp.arange(_HALVINGS).reshape(-1, _AT_ONCE)
    return jax.jvp(lambda D: jax.lax.scan(several, D, ks)[0], primals[:1], tangents[:1])


def _expm1_of_many(X: np.ndarray) -> np.ndarray:
    norm = np.max(np.sum(np.abs(X[..., :-1]), -2), -1)[..., None, None]
    halvings = np.maximum(np.frexp(norm / _NORM)[1], 0)
    is_finite = np.isfinite(norm) & (halvings <= _HALVINGS)
    halvings = np.where(is_finite, halvings, 0)
    D = _series(np.ldexp(np.where(is_finite, X, np.nan), -halvings))
    for k in range(np.max(halvings, initial=0)):
        D = np.where(k < halvings, 2 * D + compose(D, D), D)
    return D


def _series(X: Matrix) -> Matrix:
    """Σ X^k/k!, k = 1 … 18, in five products: Y + (B + C)(c + C), with C of ninth degree, multiplied out so that no 1 is added."""
    square = _composed(X, X)
    cube = _composed(square, X)
    powers = X, square, cube, _composed(cube, cube)
    left, right = computed_once((_sum(_LEFT, powers), _sum(_RIGHT, powers)))
    C = _composed(left, right) + _sum(_ADDED, powers)
    C, factor = computed_once((C, _sum(_FACTOR, powers) + C))
    return _sum(_ALONE, powers) + _OF_C * C + compose(factor, C)


_composed = stage(compose)


def _sum(coefficients: tuple[float, ...], powers: tuple[Matrix, ...]) -> Matrix:
    return sum(c * power for c, power in zip(coefficients, powers, strict=True) if c)
