"""What a Jacobian determines and what it leaves undetermined: bases, bounds, and vectors of few or whole entries."""

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import scipy.linalg

#: Singular values and columns of the scaled Jacobian below this share of the largest are rounding.
ROUNDING = 1e-9
#: What reaches no further than this into a direction without any effect counts as determined; smaller components are left out.
EXACT = 1e-5
#: Directions are searched for in so few parameters at once.
_FEW_AT_ONCE = 4


class Basis(NamedTuple):
    """What a matrix A determines.

    Attributes:
        values: singular values of A, its columns divided by their size [V], [k].
        vectors: its right singular vectors, [k, parameters].
        size: of its columns [V], [parameters]; zero for parameters that don't act.
    """

    values: np.ndarray
    vectors: np.ndarray
    size: np.ndarray

    @property
    def scale(self) -> np.ndarray:
        """Size of the columns, one for parameters that don't act, [parameters]."""
        return np.where(self.size > 0, self.size, 1.0)

    @property
    def covariance(self) -> np.ndarray:
        """(AᵀA)⁺, the covariance of ln θ for a noise of one volt, [parameters, parameters]."""
        axes = self.vectors / self.values[:, None] / self.scale
        return axes.T @ axes

    def bound(self, gradient: np.ndarray, noise: float) -> float:
        """σ √(gᵀ (AᵀA)⁺ g) for a function with the gradient g [parameters], infinite where g reaches beyond what A determines."""
        if np.any(gradient[self.size == 0] != 0):
            return math.inf
        h = gradient / self.scale
        along = self.vectors @ h
        if np.linalg.norm(h - self.vectors.T @ along) > EXACT * np.linalg.norm(h):
            return math.inf
        return float(noise * np.linalg.norm(along / self.values))

    def errors(self, noise: float) -> np.ndarray:
        """Standard errors of all ln θ, infinite where undetermined, [parameters]."""
        return np.array([self.bound(unit, noise) for unit in np.eye(self.size.size)])


def decomposed(A: np.ndarray) -> tuple[Basis, np.ndarray]:
    """Basis of what A determines, and a basis of its null space, [k, parameters].

    Columns are divided by their size first, so that a weak parameter is no weak direction; one that is all rounding counts as none.
    """
    size = np.linalg.norm(A, axis=0)
    size = np.where(size > ROUNDING * np.max(size, initial=0.0), size, 0.0)
    acts = size > 0
    safe = np.where(acts, size, 1.0)
    _, values, vectors = np.linalg.svd(np.where(acts, A / safe, 0.0)[:, acts], full_matrices=True)
    values = np.concatenate([values, np.zeros(vectors.shape[0] - values.size)])
    kept = values > ROUNDING * np.max(values, initial=0.0)
    whole = np.zeros((vectors.shape[0], A.shape[1]))
    whole[:, acts] = vectors
    return Basis(values[kept], whole[kept], size), np.concatenate([np.eye(A.shape[1])[~acts], whole[~kept] / safe])


def whole_powers(v: np.ndarray, tolerance: float) -> np.ndarray:
    """Exponents as small whole numbers where all are as near such as a tolerance, the first not negative."""
    first = v[np.flatnonzero(v)[0]]
    ratios = [Fraction(float(x / first)).limit_denominator(6) for x in v]
    if any(abs(float(ratio) - x / first) > tolerance for ratio, x in zip(ratios, v, strict=True)):
        return v / first
    return np.array([float(ratio) for ratio in ratios]) * math.lcm(*(ratio.denominator for ratio in ratios))


def of_few(null: np.ndarray) -> Iterator[np.ndarray]:
    """Vectors of a space, rows of `null`, that have few entries other than zero; the largest entry is one."""
    if not null.size:
        return
    rows = np.linalg.svd(null, full_matrices=False)[2]
    count = rows.shape[1]
    for size in range(1, min(_FEW_AT_ONCE, count) + 1):
        for members in itertools.combinations(range(count), size):
            others = np.delete(rows, members, axis=1)
            left, values, _ = np.linalg.svd(others, full_matrices=True)
            smallest = values[-1] if values.size == rows.shape[0] else 0.0
            if smallest < EXACT:
                v = without_small(left[:, -1] @ rows, EXACT)
                if np.count_nonzero(v) == size:
                    yield v


def sparse(rows: np.ndarray, smallest: float) -> list[np.ndarray]:
    """A basis of the same space with as many zeros as elimination makes, each vector's largest entry one."""
    left, done = np.array(rows, dtype=np.float64), 0
    while done < left.shape[0]:
        part = np.abs(left[done:])
        if not part.size or np.max(part) < 1e-12:
            break
        row, column = (int(k) for k in np.unravel_index(np.argmax(part), part.shape))
        left[[done, done + row]] = left[[done + row, done]]
        left[done] /= left[done, column]
        for other in range(left.shape[0]):
            if other != done:
                left[other] -= left[other, column] * left[done]
        done += 1
    return [without_small(v, smallest) for v in left[:done]]


def without_small(v: np.ndarray, smallest: float) -> np.ndarray:
    """A vector whose largest entry is made one, without the entries that are then smaller than this."""
    v = v / v[np.argmax(np.abs(v))]
    return np.where(np.abs(v) < smallest, 0.0, v)


def is_new(v: np.ndarray, basis: list[np.ndarray]) -> bool:
    """Whether a vector reaches out of the span of others."""
    if not basis:
        return True
    rows = scipy.linalg.orth(np.array(basis).T).T
    return bool(np.linalg.norm(v - v @ rows.T @ rows) > 1e-3 * np.linalg.norm(v))
