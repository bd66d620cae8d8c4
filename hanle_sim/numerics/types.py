"""Array types shared by every room: one spelling for scalars, vectors and sweeps."""

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Array, ArrayLike, Num, Real

if TYPE_CHECKING:
    # Numbers may be Python's, NumPy's or JAX's, traced or not: what arithmetic between them gives, no static type says.
    AnyArray = Any
    Numbers = Any
    Scalar = Any
else:
    #: A JAX array, traced or not, or a NumPy array.
    AnyArray = Array | np.ndarray
    #: One real number: a Python number, a NumPy scalar or a 0-d array (traced or not).
    Scalar = Real[ArrayLike, ""]
    #: A real or complex number, or one for every point.
    Numbers = Num[ArrayLike, "*points"]

__all__ = ["Any", "AnyArray", "Array", "ArrayLike", "Numbers", "Real", "Scalar"]
