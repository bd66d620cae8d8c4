"""Double precision, progress, and a warning where single precision may not be intended."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np

_told: set[str] = set()


class SinglePrecisionWarning(UserWarning):
    """A curve or a half width is computed in single precision: good to about 1e-5 of the peak, and too little to fit with.

    Differences between two such curves are rounding, so that an optimiser returns its starting guess, and derivatives lose digits, so
    that a fit may be biased. If that is what you want, give the device's numbers as NumPy's float32, or ignore this category.

    Example:
        >>> import warnings
        >>> from hanle_sim import SinglePrecisionWarning
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore", SinglePrecisionWarning)  # curves in single precision are wanted here
    """


def warn_of_single(what: str, *trees: Any) -> None:
    """Warn, once, at the caller's caller, that JAX is set to single precision, unless a number of the trees is NumPy's float32."""
    is_double = jax.dtypes.canonicalize_dtype(np.float64) == np.float64
    are_meant = (isinstance(leaf, np.ndarray | np.generic) and leaf.dtype == np.float32 for leaf in jax.tree.leaves(trees))
    if is_double or what in _told or any(are_meant):
        return
    warnings.warn(
        f"{what}: computed in single precision, which is too little to fit with: "
        'call jax.config.update("jax_enable_x64", True) before the first JAX array is made',
        SinglePrecisionWarning,
        stacklevel=3,
    )
    _told.add(what)  # Python's own "once" begins anew whenever a library touches the filters


#: Called with what is done, how much of it, and out of how much.
Progress = Callable[[str, int, int], None]


@contextmanager
def double_precision() -> Iterator[None]:
    """Double precision in this thread alone; extreme numbers may overflow without a word, and are checked for at the end."""
    with jax.enable_x64(True), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        yield
