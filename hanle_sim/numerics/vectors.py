"""Vectors in spin space, on NumPy or JAX arrays alike: NumPy in gives NumPy out, JAX in gives JAX out."""

import functools
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from ..text import toml_of
from .checks import is_concrete, require_plain
from .types import AnyArray, ArrayLike, Real

if TYPE_CHECKING:
    Scalars = Any
else:
    Scalars = Real[ArrayLike, "*#points"]
Vectors = Real[AnyArray, "*#points 3"]

# ε_jik arranged so that (a @ _GENERATOR) is the matrix of a×.
_EPSILON = np.zeros((3, 3, 3))
for _j, _i, _k, _sign in ((0, 1, 2, -1), (0, 2, 1, 1), (1, 0, 2, 1), (1, 2, 0, -1), (2, 0, 1, -1), (2, 1, 0, 1)):
    _EPSILON[_j, _i, _k] = _sign
_GENERATOR = _EPSILON.reshape(3, 9)
#: The sine of an angle that is rounding.
ALONG = 1e-12

_Function = TypeVar("_Function", bound=Callable[..., Any])


def array_module(*trees: Any) -> ModuleType:
    """`jax.numpy` if any leaf is a JAX array, traced or not; NumPy for plain numbers, which then need no compilation."""
    return jnp if any(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(trees)) else np


def full_precision(function: _Function) -> _Function:
    """A function whose products of matrices keep their digits in single precision: accelerators would leave three (TF32, bfloat16)."""

    @functools.wraps(function)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        with jax.default_matmul_precision("highest"):
            return function(*arguments, **options)

    return wrapped  # type: ignore[return-value]


def _with_rank(vectors: Vectors, other: Any) -> Vectors:
    """Vectors with as many leading dimensions as the other array's, those missing of length one."""
    missing = max(other.ndim - vectors.ndim, 0)
    return vectors.reshape((1,) * missing + vectors.shape)


def dot(a: Vectors, b: Vectors) -> Scalars:
    """a·b over the last axis; [..., 3] and [..., 3] → [...]."""
    return (_with_rank(a, b) * _with_rank(b, a)).sum(-1)


@full_precision
def cross(a: Vectors, b: Vectors) -> Vectors:
    """a × b over the last axis; [..., 3] and [..., 3] → [..., 3]."""
    a, b = _with_rank(a, b), _with_rank(b, a)
    return (cross_matrix(a) @ b[..., None])[..., 0]


@full_precision
def cross_matrix(a: Vectors) -> Real[AnyArray, "*#points 3 3"]:
    """The matrix of a×, [..., 3] → [..., 3, 3]."""
    return (a @ _GENERATOR.astype(a.dtype)).reshape((*a.shape[:-1], 3, 3))


def times(scalars: Scalars, vectors: Vectors) -> Vectors:
    """A scalar for every point times a vector; [...] and [..., 3] → [..., 3]."""
    if not getattr(scalars, "ndim", 0):
        return scalars * vectors
    columns = scalars[..., None]
    return columns * _with_rank(vectors, columns)


def unit(name: str, vector: ArrayLike | Sequence[Any]) -> AnyArray:
    """`vector` [..., 3] divided by its length. Raises ValueError if it has none, or is not finite numbers (unless traced)."""
    require_plain(name, vector)
    if not is_concrete(*jax.tree.leaves(vector)):
        traced = jnp.asarray(vector)
        return traced / jnp.sqrt(dot(traced, traced))[..., None]
    array = np.asarray(vector, dtype=np.float64)
    size = np.max(np.abs(array), axis=-1, keepdims=True) if array.size else np.zeros(1)
    if array.shape[-1:] != (3,) or not np.all(np.isfinite(array)) or not np.all(size):
        shown = toml_of(array) if array.ndim == 1 else "one of them"
        raise ValueError(f"{name} = {shown}: must be three finite numbers, not all zero")
    array = array / size  # first, so that squares neither overflow nor underflow
    return array / np.sqrt(np.sum(array**2, axis=-1, keepdims=True))


def unit_of(vectors: Vectors, otherwise: Vectors) -> tuple[Scalars, Vectors]:
    """Lengths [...] and directions [..., 3] of vectors; where one has no length its direction is `otherwise` [3], and both have
    the derivative zero.
    """
    xp = array_module(vectors)
    largest = abs(vectors).max(-1)
    exists = largest > 0
    scale = xp.where(exists, largest, 1.0)
    safe = xp.where(exists[..., None], vectors / scale[..., None], _with_rank(otherwise, vectors))
    size = xp.sqrt(dot(safe, safe))
    return xp.where(exists, size * scale, 0.0), safe / size[..., None]


def perpendicular(m: Vectors) -> AnyArray:
    """Some unit vectors across unit vectors m [..., 3], smooth but for a jump: for bases on whose choice nothing depends."""
    xp = array_module(m)
    axis = xp.where(abs(m[..., 2:]) < 0.9, np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0]))
    across = axis - times(dot(axis, m), m)
    return across / xp.sqrt(dot(across, across))[..., None]


def towards_z(m: Vectors) -> AnyArray:
    """The directions of z's part across unit vectors m [..., 3]; where m is along z, x by convention."""
    xp = array_module(m)
    x, y, z = (m[..., k] for k in range(3))
    squared = x * x + y * y
    is_along = squared <= ALONG**2
    size = xp.sqrt(xp.where(is_along, 1.0, squared))
    # z − m m_z, whose third component 1 − m_z² would cancel.
    across = xp.stack([-x * z / size, -y * z / size, squared / size], -1)
    return xp.where(is_along[..., None], np.array([1.0, 0.0, 0.0]), across)


def is_along_z(m: Real[AnyArray, "3"]) -> bool:
    """Whether a unit vector is along ±z to rounding; False for one that is traced."""
    return is_concrete(m) and bool(np.hypot(*np.asarray(m)[:2]) <= ALONG)
