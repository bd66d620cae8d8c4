"""Long sweeps in blocks that stay in a processor's cache."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

#: Fields in a block.
BLOCK = 4096


def in_blocks(function: Callable[..., Any], *arrays: Any) -> Any:
    """function(*arrays) of arrays [points], block by block where they are long.

    Arithmetic over a long array is bound by memory, and XLA, which fuses it, computes anew what several results need: on a
    processor both cost severalfold. What a block returns is computed once.

    Arguments:
        function: of arrays [n] (or trees of them), elementwise; returns a tree of arrays [n].
        arrays: arrays [points], or trees of them.

    Returns:
        What the function returns, with [points] for [n].
    """
    leaves = jax.tree.leaves(arrays)
    if not all(isinstance(x, jax.Array) and x.ndim == 1 for x in leaves) or leaves[0].size <= BLOCK:
        return function(*arrays)
    points = leaves[0].size
    blocks = -(-points // BLOCK)

    def divided(x: jax.Array) -> jax.Array:
        return jnp.pad(x, (0, blocks * BLOCK - points), mode="edge").reshape(blocks, BLOCK)

    found = jax.lax.map(lambda block: function(*block), jax.tree.map(divided, arrays))
    return jax.tree.map(lambda x: x.reshape(-1)[:points], found)


def once(function: Callable[..., Any], omega: Any, *arguments: Any) -> Any:
    """function(omega, *arguments), whose results are each computed once, however many others need them.

    What a branch returns is not fused with what follows. The other branch is never taken: its NaN are what ω_L = NaN gives.
    """
    if not isinstance(omega, jax.Array):
        return function(omega, *arguments)

    def nothing(*arguments: Any) -> Any:
        return jax.tree.map(lambda x: jnp.full(x.shape, jnp.nan, x.dtype), jax.eval_shape(function, *arguments))

    is_number = jnp.logical_not(jnp.isnan(omega.reshape(-1)[0]))
    return jax.lax.cond(is_number, function, nothing, omega, *arguments)
