"""Measured points as a fit takes them, and the background of a curve."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..measured import Measured


class Points(NamedTuple):
    """One curve.

    Attributes:
        x: fields [T], [points].
        y: the signal [V], or over the current [Ω], [points].
        sigma: its standard error, [points]; None where it is not known.
        name: what a person calls the curve.
        trust: factors of the weights by which outliers count less, [points]; None for one.
        worth: how many independent points a point is worth, as far as is known before a fit.
    """

    x: np.ndarray
    y: np.ndarray
    sigma: np.ndarray | None
    name: str
    trust: np.ndarray | None = None
    worth: float = 1.0

    @classmethod
    def of(cls, measured: Measured) -> "Points":
        """The points of a measured curve."""
        return cls(measured.x, measured.y, measured.sigma, measured.name, worth=measured.worth)

    @property
    def weight(self) -> np.ndarray:
        """1/σ, or 1 where σ is not known, times the trust, [points]."""
        weight = np.ones_like(self.y) if self.sigma is None else 1 / self.sigma
        return weight if self.trust is None else weight * self.trust


#: Highest power of B in a background, by its name.
BACKGROUNDS = {"none": 0, "linear": 1, "parabola": 2}


def background(points: Points, offset: bool, kind: str) -> tuple[list[str], np.ndarray]:
    """Names and columns of a curve's offset and background, in units of the largest |B|, [points, columns]."""
    powers = [power for power in range(BACKGROUNDS[kind] + 1) if power or offset]
    largest = float(np.max(np.abs(points.x))) or 1.0
    names = [("offset", "slope", "curvature")[power] for power in powers]
    return names, np.stack([(points.x / largest) ** power for power in powers], -1) if powers else np.zeros((points.x.size, 0))


def background_units(names: Sequence[str], points: Points) -> list[float]:
    """What the columns of `background` are divided by to be in SI: powers of the largest |B|."""
    largest = float(np.max(np.abs(points.x))) or 1.0
    return [largest ** ("offset", "slope", "curvature").index(name) for name in names]
