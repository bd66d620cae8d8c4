"""Small systems of linear equations within loops of compiled functions."""

from functools import partial

import jax.numpy as jnp
import numpy as np

from .types import AnyArray, Array
from .vectors import array_module


def solve(A: AnyArray, B: AnyArray) -> AnyArray:
    """A⁻¹ B, real or complex, [..., n, n] and [..., n, k].

    On traced arrays by elimination with row exchanges, written out: LAPACK within a loop of a compiled function can wait for itself
    on two cores.
    """
    return np.linalg.solve(A, B) if array_module(A, B) is np else _eliminated(A, B)


@partial(jnp.vectorize, signature="(n,n),(n,k)->(n,k)")
def _eliminated(A: Array, B: Array) -> Array:
    rows, number = jnp.concatenate([A, B], -1), np.arange(A.shape[0])
    for k in number:
        pivot = jnp.argmax(jnp.where(number >= k, jnp.abs(rows[:, k]), -1.0))
        rows = rows[jnp.where(number == k, pivot, jnp.where(number == pivot, k, number))]
        pivot_row = rows[k : k + 1] / rows[k, k]
        rows = jnp.where(number[:, None] == k, pivot_row, rows - rows[:, k : k + 1] * pivot_row)
    return rows[:, A.shape[0] :]
