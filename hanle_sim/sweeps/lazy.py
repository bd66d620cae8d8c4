"""Curves that are computed when they are read, piece by piece: recomputing one is faster than reading it from a disk."""

import threading
from typing import Any

import numpy as np
import xarray
from xarray.backends import BackendArray
from xarray.core import indexing

from ..runtime import double_precision
from .request import CURVE, Work


class LazyCurves(BackendArray):
    """An array of curves over a sweep's axes and fields.

    Arguments:
        work: the sweep.
    """

    def __init__(self, work: Work) -> None:
        self.work, self.lock = work, threading.Lock()
        self.shape = (*work.plan.shape, work.plan.B.size)
        self.dtype = np.dtype(np.float32 if work.request.single else np.float64)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        """The curves at some indices or slices along every axis."""
        plan, chosen = self.work.plan, []
        for one, size in zip(key, self.shape, strict=True):
            chosen.append(np.atleast_1d(np.arange(size)[one]))
        found = np.empty(tuple(one.size for one in chosen), self.dtype)
        chunks = (*plan.chunk, plan.fields)
        pieces = [np.unique(one // chunk) for one, chunk in zip(chosen, chunks, strict=True)]
        for place in np.ndindex(tuple(one.size for one in pieces)):
            tile = plan.tile(tuple(int(one[k]) for one, k in zip(pieces, place, strict=True)))
            with self.lock, double_precision():
                values = self.work.compute(tile, [CURVE])[CURVE]
            here = [np.flatnonzero(one // chunk == k) for one, chunk, k in zip(chosen, chunks, tile.place, strict=True)]
            inside = [one[at] - k * chunk for one, at, chunk, k in zip(chosen, here, chunks, tile.place, strict=True)]
            found[np.ix_(*here)] = values[np.ix_(*inside)]
        # An integer takes its dimension away.
        return found[tuple(0 if isinstance(one, int | np.integer) else slice(None) for one in key)]


def lazy_curves(work: Work, dimensions: tuple[str, ...], attributes: dict[str, Any]) -> xarray.Variable:
    """Curves as a variable of a dataset."""
    return xarray.Variable(dimensions, indexing.LazilyIndexedArray(LazyCurves(work)), attributes)
