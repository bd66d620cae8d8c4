"""Matrix maps y ↦ M y + c as arrays [M c], [n, n + 1]: their products, commutators and exponentials, on any device.

The generator [A b] of y′ = A y + b and the change of y that it makes in a time are both of this form: it is the augmented
(n + 1)×(n + 1) matrix without its last row, which is zero. No LAPACK, so that they run in compiled loops and lower for accelerators.
"""

from math import factorial

import equinox.internal as eqxi
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Num

from .types import AnyArray, Array

Matrix = Num[AnyArray, "... _ _"]
Vector = Num[Array, " _"]

#: Terms of the Taylor series, and the 1-norm up to which it is used: its remainder is 2⁻⁵⁵ of the norm.
_DEGREE, _NORM = 16, 0.75
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

    By scaling and squaring (N. J. Higham, Functions of Matrices, SIAM 2008, chapter 10): the Taylor series of e^X − 1 to the 16th
    power, in the six products of Paterson and Stockmeyer, of X scaled by a power of two to the 1-norm ¾, and then as many times
    e^2X − 1 = 2D + D². Without the 1 slow components keep their digits beside fast ones. b, in which the result is linear, doesn't
    count in the norm. Each element of a batch takes the squarings it needs, whatever the others do.

    Arguments:
        X: [A b], [n, n + 1]; of NumPy arrays many at once, [..., n, n + 1].
    """
    if isinstance(X, np.ndarray):
        return _expm1_of_many(X)
    norm = jax.lax.stop_gradient(jnp.max(jnp.sum(jnp.abs(X[:, :-1]), 0)))
    halvings = jnp.maximum(jnp.frexp(norm / _NORM)[1], 0)
    halvings = jnp.where(jnp.isfinite(norm), halvings, _HALVINGS + 1)
    X = jnp.ldexp(jnp.ones((), X.dtype), -halvings) * X

    def squared(D: Matrix, k: Array) -> tuple[Matrix, None]:
        needed = k < halvings
        # Skipped, not only discarded, once no element of a batch needs it.
        square = lambda: jnp.where(needed, 2 * D + compose(D, D), D)  # noqa: E731
        return jax.lax.cond(eqxi.unvmap_any(needed), square, lambda: D), None

    def several(D: Matrix, k: Array) -> tuple[Matrix, None]:
        return jax.lax.cond(eqxi.unvmap_any(k[0] < halvings), lambda: jax.lax.scan(squared, D, k)[0], lambda: D), None

    D, _ = jax.lax.scan(several, _series(X), jnp.arange(_HALVINGS).reshape(-1, _AT_ONCE))
    return jnp.where(halvings > _HALVINGS, jnp.nan, D)


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
    """Σ X^k/k!, k = 1 … 16, by Horner's rule in X⁴."""
    powers = [X, compose(X, X)]
    powers += [compose(powers[1], X), compose(powers[1], powers[1])]
    found = 0 * X
    for low in range(_DEGREE - 4, -1, -4):
        block = sum(powers[k] * (1 / factorial(low + k + 1)) for k in range(3))
        # The constant of the block above, 1/(low + 4)!, multiplies X⁴.
        block += powers[3] * (1 / factorial(low + 4))
        found = block + compose(found, powers[3]) if low < _DEGREE - 4 else block
    return found
