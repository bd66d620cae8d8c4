"""A sweep: what is asked for, checked; computed in memory or into a store."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np

from ..configuration import ConfigurationError, Settings, Source, check, nearest, read
from ..model.parameters import parameters_of
from ..observables.table import OBSERVABLES
from ..runtime import Progress, double_precision
from ..text import shown, toml_of
from .axes import Vary, axes_of
from .engine import Outcome, run_here, run_on_cluster, side_by_side
from .reasons import Reason
from .request import CURVE, MEMORY, Request, Work
from .store import CODECS, opened

if TYPE_CHECKING:
    import xarray


class Swept(NamedTuple):
    """What came of a sweep that was written.

    Attributes:
        work: the sweep.
        path: its store.
        outcome: pieces written and failed in this run.
        before: pieces that were there.
        seconds: how long this run took.
        counts: devices by reason.
    """

    work: Work
    path: Path
    outcome: Outcome
    before: int
    seconds: float
    counts: dict[Reason, int]


def requested(
    config: Source,
    vary: Vary,
    *,
    settings: Settings = (),
    observables: Sequence[str] | None = None,
    curves: bool = False,
    single: bool = False,
    memory: int = MEMORY,
    codec: str | None = None,
    **grid: Any,
) -> Request:
    """What a sweep is asked for, checked as far as it can be without computing; `grid` is for `axes_of`. Raises ConfigurationError."""
    written = read(config, settings)
    axes = axes_of(parameters_of(check(written)), vary, **grid)
    if codec is not None and codec not in CODECS:
        raise ConfigurationError(f"codec = {toml_of(codec)}: must be {' or '.join(CODECS)}")
    if isinstance(memory, bool) or not isinstance(memory, int | np.integer) or memory < 2**20:
        raise ConfigurationError(f"memory = {toml_of(memory)}: must be a number of bytes, at least {2**20}")
    names = None if observables is None else tuple(dict.fromkeys([observables] if isinstance(observables, str) else observables))
    for name in names or ():
        if name not in OBSERVABLES:
            raise ConfigurationError(f"observable {shown(str(name))}: there is none of this name{nearest(str(name), list(OBSERVABLES))}")
    if names == () and not curves:
        raise ConfigurationError("observables = []: nothing is computed: name some, or ask for curves")
    return Request(written, tuple(axes), names, curves, single, codec, int(memory))


def swept(
    request: Request,
    path: Path,
    attributes: Mapping[str, str],
    *,
    resume: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Swept:
    """Compute a sweep and write it, or what is missing of it.

    Raises:
        ConfigurationError: what can't be swept.
        SweepError: a store that can't be written or gone on with, a full disk, or no cluster.
    """
    report, start = progress or (lambda what, done, total: None), time.monotonic()
    if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or workers < 1):
        raise ConfigurationError(f"workers = {toml_of(workers)}: must be a whole number, 1 or more")
    with double_precision():
        work = Work(request)
        notes = {**attributes, "method": work.batch.method.name}
        layout = work.layout(notes)
        store = opened(path, work.plan, layout, resume=resume, codec=request.codec, needed=work.bytes)
        tiles = store.missing()
        report("sweep", 0, max(len(tiles), 1))
        if not tiles:
            outcome = Outcome(0, [])
        elif workers is None and scheduler is None:
            outcome = run_here(work, store, tiles, report)
        else:
            outcome = run_on_cluster(request, notes, store, tiles, report, scheduler=scheduler, workers=workers)
    counts = Counter(store.reasons().ravel().tolist())
    return Swept(
        work, path, outcome, work.plan.tiles - len(tiles), time.monotonic() - start, {Reason(k): n for k, n in sorted(counts.items())}
    )


def expected(request: Request) -> tuple[Work, float]:
    """A sweep, and how long computing it will take on this machine, from its first piece [s]."""
    with double_precision():
        work = Work(request)
        first = next(iter(work.plan))
        work.compute(first)
        start = time.perf_counter()
        work.compute(first)
        # The one pass of a lumped device is on all of a processor's cores already.
        at_once = 1 if work.model.is_quotient else min(side_by_side() * len(jax.local_devices()), work.plan.tiles)
        return work, (time.perf_counter() - start) * work.plan.tiles / at_once


def in_memory(request: Request, attributes: Mapping[str, str]) -> "xarray.Dataset":
    """A sweep as a dataset: observables computed, curves when they are read."""
    import xarray

    from .lazy import lazy_curves

    with double_precision():
        work = Work(request)
        layout = work.layout({**attributes, "method": work.batch.method.name})
        found = {name: np.empty(array.shape, array.dtype) for name, array in layout.arrays.items() if name != CURVE}
        for tile in work.plan:
            for name, values in work.compute(tile, found).items():
                found[name][tile.devices] = values
    variables: dict[str, Any] = {
        name: xarray.Variable(layout.arrays[name].dimensions, values, layout.arrays[name].attributes) for name, values in found.items()
    }
    if CURVE in layout.arrays:
        array = layout.arrays[CURVE]
        variables = {CURVE: lazy_curves(work, array.dimensions, array.attributes)} | variables
    coordinates = {name: (array.dimensions, values, array.attributes) for name, (array, values) in layout.coordinates.items()}
    return xarray.Dataset(variables, coordinates, layout.attributes)
