"""Many devices at once, so many in each call that one compilation serves any number of them."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np


def in_batches(
    function: Callable[..., Any], arrays: Sequence[np.ndarray], size: int, report: Callable[[int], object] = lambda done: None
) -> Any:
    """A compiled function over arrays [devices, ...], `size` devices at a time, the last of them repeated where fewer are left.

    Arguments:
        function: of arrays [size, ...]; returns a tree of arrays [size, ...].
        arrays: as many as the function takes, [devices, ...].
        size: devices in a call.
        report: called with how many are done.

    Returns:
        What the function returns, with [devices] for [size], on NumPy arrays.
    """
    devices, pieces = arrays[0].shape[0], []
    for start in range(0, devices, size):
        # A slice, which copies nothing, or where fewer are left an index.
        part: Any = slice(start, start + size) if start + size <= devices else np.minimum(np.arange(start, start + size), devices - 1)
        pieces.append(jax.tree.map(np.asarray, function(*(one[part] for one in arrays))))
        report(min(start + size, devices))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:devices], *pieces)
