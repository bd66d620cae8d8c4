"""Long sweeps in blocks that stay in a processor's cache."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

#: Fields in a block on a processor, of whose steps XLA gives none to several threads, which take longer to wake than to work; and on
#: an accelerator.
_BLOCK, _ON_ACCELERATORS = 1024, 2**20


def in_blocks(function: Callable[..., Any], *arrays: Any) -> Any:
    """function(*arrays) of arrays [points], block by block where they are long.

    Arithmetic over a long array is bound by memory: on a processor it costs severalfold. On an accelerator blocks only keep what lies
    between from filling its memory.

    Arguments:
        function: of arrays [n] (or trees of them), elementwise; returns a tree of arrays [n].
        arrays: arrays [points], or trees of them.

    Returns:
        What the function returns, with [points] for [n].
    """
    leaves = jax.tree.leaves(arrays)
    length = _BLOCK if jax.default_backend() == "cpu" else _ON_ACCELERATORS
    if not all(isinstance(x, jax.Array) and x.ndim == 1 for x in leaves) or leaves[0].size <= length:
        return function(*arrays)
    points = leaves[0].size
    blocks = -(-points // length)

    def divided(x: jax.Array) -> jax.Array:
        return jnp.pad(x, (0, blocks * length - points), mode="edge").reshape(blocks, length)

    found = jax.lax.map(lambda block: function(*block), jax.tree.map(divided, arrays))
    return jax.tree.map(lambda x: x.reshape(-1)[:points], found)
