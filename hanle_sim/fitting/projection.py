"""Residuals of curves with their linear parameters solved for exactly: variable projection, and the derivatives of what is left."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .points import Points, background
from .shapes import AbstractShape


class Curve(NamedTuple):
    """A measured curve and what it is fitted with.

    Attributes:
        points: the measurement.
        shape: the model.
        which: indices of the shape's parameters among those of the fit, [n].
        columns: offset and background over B, [points, columns], and their names.
        names: of the columns.
        held: linear parameters that are held, values by their places among all.
    """

    points: Points
    shape: AbstractShape
    which: np.ndarray
    columns: np.ndarray
    names: list[str]
    held: Mapping[int, float] = {}

    @classmethod
    def of(cls, points: Points, shape: AbstractShape, which: Sequence[int], offset: bool, kind: str) -> "Curve":
        """A curve with its offset and background."""
        names, columns = background(points, offset, kind)
        return cls(points, shape, np.asarray(which, dtype=int), columns, names)

    @property
    def linear(self) -> list[str]:
        """Names of the linear parameters: the shape's factors, the offset and the background."""
        return [*self.shape.factors, *self.names]


class Projected(NamedTuple):
    """A curve at values of its parameters, its linear ones at their best.

    Attributes:
        residual: (y − model)/σ, [points], and its derivatives by the fit's parameters, [points, parameters].
        linear: the best linear parameters, or as they are held, [columns].
        full: the derivatives of the residual by the shape's parameters and the linear ones, independently, [points, n + columns].
        model: the model, in y's unit, [points].
    """

    residual: np.ndarray
    jacobian: np.ndarray
    linear: np.ndarray
    full: np.ndarray
    model: np.ndarray


def projected(curve: Curve, values: np.ndarray) -> Projected:
    """A curve at values of the fit's parameters, [parameters].

    min_c |w (y − s − Φ c)|² over c, and the derivative of the residual r = P (y − s), P = 1 − Φ Φ⁺, of G. H. Golub and V. Pereyra,
    SIAM J. Numer. Anal. 10, 413 (1973):

        ∂r = −P ∂s − P ∂Φ c − (P ∂Φ Φ⁺)ᵀ r
    """
    w, parts = curve.points.weight, curve.shape.parts(values[curve.which], curve.points.x)
    y = w * (curve.points.y - parts.signal)
    Phi = w[:, None] * np.concatenate([parts.columns, curve.columns], 1)
    m = parts.columns.shape[1]
    Phi_by = w[:, None, None] * parts.columns_by
    by = -w[:, None] * parts.signal_by
    if not Phi.shape[1]:
        found = np.zeros((y.size, values.size))
        found[:, curve.which] = by
        return Projected(y, found, np.zeros(0), by, parts.signal)
    if not np.all(np.isfinite(Phi)):
        lost = np.full((y.size, values.size), np.nan)
        return Projected(lost[:, 0], lost, np.full(Phi.shape[1], np.nan), np.full((y.size, by.shape[1] + Phi.shape[1]), np.nan), lost[:, 0])
    size = np.linalg.norm(Phi, axis=0)
    free = [k for k in range(size.size) if k not in curve.held]
    size = np.where(size > 0, size, 1.0)[free]
    U, singular, Vt = np.linalg.svd(Phi[:, free] / size, full_matrices=False)
    kept = singular > 1e-13 * max(singular, default=1e-300)
    U, pseudo = U[:, kept], np.zeros(Phi.T.shape)
    pseudo[free] = (Vt[kept].T / singular[kept]) @ U.T / size[:, None]
    c = np.array([curve.held.get(k, 0.0) for k in range(len(Phi.T))])
    c += pseudo @ (y - Phi @ c)
    r = y - Phi @ c
    full = np.concatenate([by - np.einsum("pmn,m->pn", Phi_by, c[:m]), -Phi], 1)
    moved = by - np.einsum("pmn,m->pn", Phi_by, c[:m])
    moved -= U @ (U.T @ moved)
    moved -= pseudo[:m].T @ np.einsum("pmn,p->mn", Phi_by, r)
    found = np.zeros((y.size, values.size))
    found[:, curve.which] = moved
    return Projected(r, found, c, full, curve.points.y - r / w)
