"""A measured curve: fields and signals in SI, and what was done to get them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..text import number_text, with_prefix


@dataclass(frozen=True, eq=False, repr=False)
class Measured:
    """A measured curve.

    Attributes:
        x: fields, in the order of measurement [T], [points].
        y: signal at each field [`unit`], [points].
        unit: "V", "ohm" or "A".
        sigma: standard deviation of y at each field [`unit`], [points]; None where it is not known.
        name: what the curve is called: its file, and the column or direction where the file has several.
        file: its file.
        direction: "up" or "down"; None where the fields have no direction.
        set: the keys of the device that hold for this curve alone, as written.
        notes: what was guessed, and what was left out and why, a sentence each.
        worth: how many independent points a point is worth: less than 1 where neighbours were interpolated between the same points.
    """

    x: np.ndarray
    y: np.ndarray
    unit: str
    sigma: np.ndarray | None
    name: str
    file: Path
    direction: str | None
    set: dict[str, Any]
    notes: tuple[str, ...]
    worth: float = 1.0

    def __repr__(self) -> str:
        return f"Measured({', '.join(self._parts())})"

    def _parts(self) -> Iterator[str]:
        yield self.name
        yield f"{len(self.x)} points from {with_prefix(self.x.min(), 'T')} to {with_prefix(self.x.max(), 'T')}"
        yield f"y from {with_prefix(self.y.min(), self.unit)} to {with_prefix(self.y.max(), self.unit)}"
        if self.sigma is not None:
            yield f"sigma = {with_prefix(float(np.median(self.sigma)), self.unit)}"
        if self.direction is not None:
            yield self.direction
        yield from (f"{key} = {number_text(value) if isinstance(value, float) else value}" for key, value in self.set.items())
