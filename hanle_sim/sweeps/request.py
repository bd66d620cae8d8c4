"""What a sweep was asked for, as a text that says everything: its plan, its kernel and its store follow from it, on any machine."""

import hashlib
import json
import math
from collections import deque
from collections.abc import Container, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import jax
import numpy as np

from .._version import __version__
from ..configuration import ConfigurationError, check
from ..model.batch import Batch
from ..model.model import Model
from ..observables.table import OBSERVABLES
from .axes import Axis
from .plan import Plan, Tile
from .reasons import MEANINGS, REASON, Judge, Reason
from .store import REQUEST
from .zarr_files import Array, Layout

#: Bytes to do with unless said otherwise.
MEMORY = 2**30
#: Bytes of memory that a number of a piece stands for: pieces being computed, written and waiting, with what is needed in between.
_BYTES_A_NUMBER = 256
#: Devices of a piece at most, where they are read off in one pass, in closed form, and by other methods.
_LUMPED, _CLOSED, _OTHER = 2**16, 2**12, 2**6
#: Bytes of curves that are computed at once where that takes no longer than to write them: they stay in a processor's cache.
_CACHED = 2**22
#: Names of arrays, and their numbers some devices after the other.
Arrays = Iterator[tuple[str, Iterator[np.ndarray]]]
#: What is computed unless said otherwise, where the device has it.
DEFAULT = (
    "hwhm", "tau_apparent", "Delta_V_0", "Delta_V_spin_0", "Delta_V_heat_0", "mode_tau_1", "mode_tau_2", "mode_weight_1", "mode_weight_2",
)  # fmt: skip
CURVE = "Delta_V_Hanle"


class Request(NamedTuple):
    """What a sweep was asked for.

    Attributes:
        written: the configuration, as it was written.
        axes: its axes.
        observables: which, None for what is usual.
        curves: whether whole curves are wanted.
        single: whether numbers are kept in single precision.
        codec: of the store: None, "lz4" or "zstd".
        memory: bytes to do with.
    """

    written: dict[str, Any]
    axes: tuple[Axis, ...]
    observables: tuple[str, ...] | None = None
    curves: bool = False
    single: bool = False
    codec: str | None = None
    memory: int = MEMORY

    def description(self) -> dict[str, Any]:
        """All of it for an attribute of the store, in which two sweeps differ if they do anywhere."""
        return {
            "configuration": json.loads(json.dumps(self.written, default=str)),
            "version": __version__,
            "vary": [
                [axis.name, list(axis.parameters), axis.size, hashlib.sha256(np.ascontiguousarray(axis.values).tobytes()).hexdigest()]
                for axis in self.axes
            ],
            "observables": None if self.observables is None else list(self.observables),
            "curves": self.curves,
            "single": self.single,
            "codec": self.codec,
            "memory": self.memory,
        }


class Work:
    """A sweep ready to be computed, piece by piece.

    Arguments:
        request: what was asked for.

    Raises:
        ConfigurationError: observables that are none, or that the configuration has none of.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.configuration = check(request.written)
        self.model = model = Model(self.configuration)
        indices = tuple(index for axis in request.axes for index in axis.parameters)
        field = model.setup.field
        turns = self.configuration.field.kind in ("angle", "path")
        within = np.zeros(0, dtype=int) if turns else np.arange(model.points)
        self.batch = Batch(model, [model.parameters[index].path for index in indices], within)
        names = self._observables(turns)
        lumped, closed = model.is_quotient, self.batch.has_width
        most = max(1, request.memory // _BYTES_A_NUMBER)
        self.plan = Plan(
            list(request.axes), np.asarray(field.B), names, request.curves, most, _LUMPED if lumped else _CLOSED if closed else _OTHER
        )
        columns = [axis.values[:, k] for axis in request.axes for k in range(len(axis.parameters))]
        self.judge = Judge(model, indices, columns)

    def _observables(self, turns: bool) -> tuple[str, ...]:
        """The observables that are computed."""
        asked = self.request.observables
        if turns:
            if asked or not self.request.curves:
                raise ConfigurationError(
                    "sweep: the field turns along this configuration's sweep, where observables have no meaning: ask for curves alone"
                )
            return ()
        has = self.batch.available
        if asked is None:
            return tuple(name for name in DEFAULT if name in has)
        for name in asked:
            if name not in has:
                why = OBSERVABLES[name].unless
                raise ConfigurationError(f"observable {name}: this configuration has none: {why[0].lower()}{why[1:]}")
        return asked

    def arrays(self, tile: Tile, *, only: Container[str] | None = None, turn: AbstractContextManager[Any] | None = None) -> Arrays:
        """Every array's part of a piece, by name, some devices after the other, [devices, ...], those beyond the axes' ends too.

        Arguments:
            tile: which piece.
            only: names of arrays; all unless given.
            turn: held while something is computed that takes long, and not while it is written.
        """
        turn, tops = nullcontext() if turn is None else turn, list[np.ndarray]()
        with turn:
            theta = self.plan.values(tile)
            reasons = self.judge.reasons(self.batch, theta)
            bad = reasons != Reason.computed
        if self.plan.curves and (only is None or CURVE in only):
            blocks = self._curves(tile, theta, bad, turn, tops)
            yield CURVE, blocks
            deque(blocks, 0)  # of which the reasons are told, whether anyone took them or not
        if tile.place[-1] != 0 or (only is not None and REASON not in only):
            return
        with turn:
            read = self.batch.observables(theta, self.plan.observables) if self.plan.observables else {}
            found = {name: np.where(bad, np.nan, np.asarray(read[name])) for name in self.plan.observables}
        self._explain(found.get("Delta_V_0", np.concatenate(tops) if tops else None), found.get("hwhm"), reasons)
        for name, values in found.items():
            yield name, iter([values.astype(self.dtype)])
        yield REASON, iter([reasons])

    def _curves(
        self, tile: Tile, theta: np.ndarray, bad: np.ndarray, turn: AbstractContextManager[Any], tops: list[np.ndarray]
    ) -> Iterator[np.ndarray]:
        """Curves of a piece's devices, as many at once as fit a processor's cache; what each begins with goes into `tops`."""
        start, size, devices = tile.fields.start, self.plan.B.size, theta.shape[0]
        index = None if self.plan.fields == size else np.minimum(np.arange(start, start + self.plan.fields), size - 1)
        # Others are computed one after the other anyway, and accelerators want many.
        is_cached = self.model.is_quotient and jax.default_backend() == "cpu"
        together = max(1, min(_CACHED // (8 * self.plan.fields), devices)) if is_cached else devices
        for first in range(0, devices, together):
            with nullcontext() if is_cached else turn:
                some = theta[np.minimum(np.arange(first, first + together), devices - 1)]
                y = np.asarray(self.batch.signals(some, index))[: devices - first]
            tops.append(y[:, 0].copy())
            lost = bad[first : first + together]
            yield (np.where(lost[:, None], np.nan, y) if np.any(lost) else y).astype(self.dtype, copy=False)

    def compute(self, tile: Tile, only: Container[str] | None = None) -> dict[str, np.ndarray]:
        """Every array's part of a piece, by name, cut to the axes' ends; all arrays, or `only` some."""
        found = self.arrays(tile, only=only)
        return {name: self.plan.cut(tile, np.concatenate(list(blocks))) for name, blocks in found if only is None or name in only}

    @property
    def dtype(self) -> type[np.floating[Any]]:
        """Of curves and observables."""
        return np.float32 if self.request.single else np.float64

    def _explain(self, top: np.ndarray | None, half_width: np.ndarray | None, reasons: np.ndarray) -> None:
        """Say of devices that could be computed why they have no numbers."""
        if top is not None:
            reasons[(reasons == Reason.computed) & ~np.isfinite(top)] = Reason.not_finite
        if half_width is not None:
            reasons[(reasons == Reason.computed) & np.isnan(half_width)] = Reason.no_half_width

    def layout(self, attributes: dict[str, Any]) -> Layout:
        """What the store of this sweep holds."""
        plan, request = self.plan, self.request
        dimensions = tuple(axis.name for axis in plan.axes)
        dtype = np.dtype(self.dtype).name

        def of_devices(kind: str, notes: dict[str, Any]) -> Array:
            return Array(dimensions, plan.shape, plan.chunk, kind, notes)

        arrays = {
            name: of_devices(dtype, {"units": OBSERVABLES[name].unit, "long_name": OBSERVABLES[name].meaning}) for name in plan.observables
        }
        along, coordinates = self._fields()
        if plan.curves:
            shape, chunks = (*plan.shape, plan.B.size), (*plan.chunk, plan.fields)
            notes = {"units": "V", "long_name": "Hanle signal, Eq. (6)"}
            arrays[CURVE] = Array((*dimensions, along), shape, chunks, dtype, notes)
        meanings = {"flag_values": [int(one) for one in Reason], "flag_meanings": " ".join(one.name for one in Reason)}
        arrays[REASON] = of_devices("uint8", {"long_name": "; ".join(f"{int(k)} {text}" for k, text in MEANINGS.items()), **meanings})
        for axis in plan.axes:
            for k, index in enumerate(axis.parameters):
                one = self.model.parameters[index]
                notes = {"units": one.unit, "long_name": one.path}
                coordinates[one.name] = (Array((axis.name,), (axis.size,), (axis.size,), "float64", notes), axis.values[:, k])
        return Layout(arrays, coordinates, {**attributes, REQUEST: request.description()})

    def _fields(self) -> tuple[str, dict[str, tuple[Array, np.ndarray]]]:
        """The dimension of the fields, and its coordinates."""
        if not self.plan.curves:
            return "B", {}
        section, points = self.configuration.field, self.plan.B.size
        if section.theta_start is not None and section.theta_stop is not None:
            name, notes = "theta", {"units": "rad", "long_name": "angle to the magnetisation"}
            values = np.linspace(section.theta_start.value, section.theta_stop.value, points)
        elif section.kind == "path":
            vectors, each = np.asarray(self.model.setup.field.vectors), {}
            for k, axis in enumerate("xyz"):
                notes = {"units": "T", "long_name": f"applied field along {axis}"}
                each[f"B_{axis}"] = Array(("point",), (points,), (points,), "float64", notes), vectors[:, k]
            return "point", each
        else:
            name, values, notes = "B", self.plan.B, {"units": "T", "long_name": "applied field"}
        return name, {name: (Array((name,), (points,), (points,), "float64", notes), values)}

    @property
    def bytes(self) -> int:
        """Bytes of the sweep's chunks."""
        plan = self.plan
        devices = math.prod(plan.chunk) * math.prod(plan.grid[:-1])
        curves = devices * plan.fields * plan.grid[-1] if plan.curves else 0
        return (4 if self.request.single else 8) * (devices * len(plan.observables) + curves) + devices

    def __repr__(self) -> str:
        return f"<Work: {self.plan.devices} devices in {self.plan.tiles} pieces by {self.batch!r}>"
