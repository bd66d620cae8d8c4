"""Construction-time checks, in one grammar: what, the value given, what is allowed, what to do.

Only concrete numbers are checked: a traced value (inside `jax.jit`, `jax.grad` or `jax.vmap`) has no number to show, and
passes. A batch (a value with dimensions) must pass everywhere.
"""

from collections.abc import Callable

import jax
import numpy as np
from jaxtyping import ArrayLike

from ..text import toml_of


def is_concrete(*values: object) -> bool:
    """Whether every value is a number (or array of numbers) rather than something that JAX is tracing."""
    return not any(isinstance(value, jax.core.Tracer) or type(value) is object for value in values)


def require_plain(name: str, value: object) -> None:
    """Refuse a quantity with a unit, of which NumPy would take the number alone."""
    if hasattr(value, "magnitude") or (hasattr(value, "unit") and hasattr(value, "to_value")):
        raise ValueError(f"{name} = {value}: has a unit: give the number in SI; configurations take quantities")


def require_finite(name: str, value: ArrayLike) -> None:
    """Refuse NaN and infinity, and what has a unit."""
    require_plain(name, value)
    if is_concrete(value) and not np.all(np.isfinite(np.asarray(value, dtype=np.float64))):
        raise ValueError(f"{name} = {toml_of(value)}: must be a finite number")


def require_positive(name: str, value: ArrayLike) -> None:
    """Refuse what is not finite and above zero."""
    _require(name, value, lambda number: number > 0, "must be positive")


def require_not_negative(name: str, value: ArrayLike) -> None:
    """Refuse what is not finite and at or above zero."""
    _require(name, value, lambda number: number >= 0, "must not be negative")


def require_polarisation(name: str, value: ArrayLike) -> None:
    """Refuse a polarisation of a conductance beyond 1: one of the two spins would conduct backwards."""
    _require(name, value, lambda number: abs(number) <= 1, "must lie between -1 and 1, since both spin conductances must be positive")


def _require(name: str, value: ArrayLike, holds: Callable[[np.ndarray], np.ndarray], refusal: str) -> None:
    require_finite(name, value)
    if is_concrete(value) and not np.all(holds(np.asarray(value, dtype=np.float64))):
        raise ValueError(f"{name} = {toml_of(value)}: {refusal}")
