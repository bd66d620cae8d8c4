"""Construction-time checks, in one grammar: what, the value given, what is allowed, what to do.

Only concrete numbers are checked: a traced value (inside `jax.jit`, `jax.grad` or `jax.vmap`) has no number to show, and
passes. A batch (a value with dimensions) must pass everywhere.
"""

import jax
import numpy as np
from jaxtyping import ArrayLike

from ..text import toml_of


def is_concrete(*values: object) -> bool:
    """Whether every value is a number (or array of numbers) rather than something that JAX is tracing."""
    return not any(isinstance(value, jax.core.Tracer) or type(value) is object for value in values)


def _numbers(value: ArrayLike) -> np.ndarray:
    return np.asarray(value, dtype=np.float64)


def require_plain(name: str, value: object) -> None:
    """Refuse a quantity with a unit, of which NumPy would take the number alone."""
    if hasattr(value, "magnitude") or (hasattr(value, "unit") and hasattr(value, "to_value")):
        raise ValueError(f"{name} = {value}: has a unit: give the number in SI; configurations take quantities")


def require_finite(name: str, value: ArrayLike) -> None:
    """Refuse NaN and infinity, and what has a unit."""
    require_plain(name, value)
    if is_concrete(value) and not np.all(np.isfinite(_numbers(value))):
        raise ValueError(f"{name} = {toml_of(value)}: must be a finite number")


def require_positive(name: str, value: ArrayLike) -> None:
    """Refuse what is not finite and above zero."""
    require_finite(name, value)
    if is_concrete(value) and not np.all(_numbers(value) > 0):
        raise ValueError(f"{name} = {toml_of(value)}: must be positive")


def require_not_negative(name: str, value: ArrayLike) -> None:
    """Refuse what is not finite and at or above zero."""
    require_finite(name, value)
    if is_concrete(value) and not np.all(_numbers(value) >= 0):
        raise ValueError(f"{name} = {toml_of(value)}: must not be negative")


def require_polarisation(name: str, value: ArrayLike) -> None:
    """Refuse a polarisation of a conductance beyond 1: one of the two spins would conduct backwards."""
    require_finite(name, value)
    if is_concrete(value) and not np.all(np.abs(_numbers(value)) <= 1):
        raise ValueError(f"{name} = {toml_of(value)}: must lie between -1 and 1, since both spin conductances must be positive")
