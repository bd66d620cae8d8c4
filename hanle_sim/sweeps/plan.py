"""The plan of a sweep: its axes, what is computed, and the pieces of one fixed shape in which it is."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .axes import Axis


class Tile(NamedTuple):
    """One piece of a sweep: one unit of work, one chunk of every array, one file each.

    Attributes:
        place: its place in the grid of pieces, by dimension, the fields' last.
        devices: the devices that it covers, a slice by dimension.
        fields: the fields that it covers.
    """

    place: tuple[int, ...]
    devices: tuple[slice, ...]
    fields: slice


class Plan:
    """A sweep, laid out.

    Arguments:
        axes: its axes, slowest first.
        B: fields of every curve [T], [points].
        observables: names of those that are computed.
        curves: whether whole curves are.
        most: numbers that one piece of an array may have, at most.
        most_devices: devices that one piece may have, at most.

    Every piece has the same shape, which follows from the arguments alone; those at the ends of an axis reach beyond it and are cut.
    """

    def __init__(self, axes: list[Axis], B: np.ndarray, observables: tuple[str, ...], curves: bool, most: int, most_devices: int) -> None:
        self.axes, self.B, self.observables, self.curves = axes, B, observables, curves
        self.fields = max(1, min(B.size, most)) if curves else B.size
        self.chunk = _chunk_shape(self.shape, max(1, min(most_devices, most // self.fields if curves else most_devices)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Devices along every axis."""
        return tuple(axis.size for axis in self.axes)

    @property
    def devices(self) -> int:
        """How many devices it has."""
        return math.prod(self.shape)

    @property
    def points(self) -> int:
        """How many values of ΔV_Hanle it has, or devices if it has no curves."""
        return self.devices * (self.B.size if self.curves else 1)

    @property
    def grid(self) -> tuple[int, ...]:
        """Pieces along every axis, and along the fields."""
        each = (-(-size // chunk) for size, chunk in zip(self.shape, self.chunk, strict=True))
        return (*each, -(-self.B.size // self.fields) if self.curves else 1)

    @property
    def tiles(self) -> int:
        """How many pieces it has."""
        return math.prod(self.grid)

    @property
    def parameters(self) -> tuple[int, ...]:
        """Indices of the parameters that vary, into the model's."""
        return tuple(index for axis in self.axes for index in axis.parameters)

    def tile(self, index: tuple[int, ...]) -> Tile:
        """A piece by its place."""
        ends = zip(index[:-1], self.chunk, self.shape, strict=True)
        devices = tuple(slice(k * chunk, min((k + 1) * chunk, size)) for k, chunk, size in ends)
        return Tile(index, devices, slice(index[-1] * self.fields, min((index[-1] + 1) * self.fields, self.B.size)))

    def __iter__(self) -> Iterator[Tile]:
        return map(self.tile, np.ndindex(self.grid))

    def values(self, tile: Tile) -> np.ndarray:
        """Values of the varied parameters in SI, [devices of a piece, parameters]: beyond an axis' end its last ones."""
        columns = []
        for number, axis in enumerate(self.axes):
            start = tile.devices[number].start
            along = axis.values[np.minimum(np.arange(start, start + self.chunk[number]), axis.size - 1)]
            shape = [1] * len(self.axes) + [along.shape[1]]
            shape[number] = along.shape[0]
            columns.append(np.broadcast_to(along.reshape(shape), (*self.chunk, along.shape[1])).reshape(-1, along.shape[1]))
        return np.ascontiguousarray(np.concatenate(columns, 1))

    def cut(self, tile: Tile, values: np.ndarray) -> np.ndarray:
        """Numbers of a whole piece, [devices of a piece, ...], without those beyond the ends, in the shape of its axes."""
        inside = tuple(slice(0, one.stop - one.start) for one in tile.devices)
        whole = values.reshape(*self.chunk, *values.shape[1:])
        return whole[inside] if values.ndim == 1 else whole[(*inside, slice(0, tile.fields.stop - tile.fields.start))]


def _chunk_shape(shape: tuple[int, ...], most: int) -> tuple[int, ...]:
    """The shape of pieces of at most so many devices: whole along the last axes, divided evenly along one, single along the first."""
    found: list[int] = []
    for size in reversed(shape):
        pieces = -(-size // max(1, most))
        found.append(-(-size // pieces))
        most = most // found[-1] if pieces == 1 else 1
    return tuple(reversed(found))
