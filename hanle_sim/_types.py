"""Array types shared by every room: one spelling for scalars, vectors and sweeps."""

from typing import Any

from jaxtyping import Array, ArrayLike, Bool, Complex, Float, Real

#: One real number: a Python number, a NumPy scalar or a 0-d array (traced or not).
Scalar = Real[ArrayLike, ""]
#: One direction or vector in spin space.
Vector = Real[ArrayLike, "3"]
#: A quantity for every point of a field sweep, vectors last.
Points = Real[Array, " points"]
VectorPoints = Real[Array, "points 3"]

__all__ = [
    "Any",
    "Array",
    "ArrayLike",
    "Bool",
    "Complex",
    "Float",
    "Points",
    "Real",
    "Scalar",
    "Vector",
    "VectorPoints",
]
