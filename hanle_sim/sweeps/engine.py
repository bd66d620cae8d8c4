"""Computing a sweep's pieces and putting them into its store: on the devices of this machine, or on a Dask cluster."""

import errno
import itertools
import os
import pickle
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jax

from ..runtime import Progress, double_precision
from ..text import shown
from .plan import Tile
from .request import Request, Work
from .store import Store, SweepError

_FULL = os.strerror(errno.ENOSPC)
#: Pieces that an accelerator works on, and a processor at most: some are computed while others are written.
_AT_ONCE, _ON_PROCESSORS = 3, 9
#: How often a cluster tries a piece again whose worker was lost.
_RETRIES = 3


class Outcome(NamedTuple):
    """What became of the pieces: how many are written, and why others failed."""

    written: int
    failures: list[str]


def side_by_side() -> int:
    """Pieces that each of JAX's local devices computes at a time: a processor one on each of its cores, an accelerator one."""
    cores = (os.cpu_count() or 1) // len(jax.local_devices()) if jax.default_backend() == "cpu" else 1
    return max(1, min(cores, _ON_PROCESSORS - 1))


def run_here(work: Work, store: Store, tiles: Sequence[Tile], progress: Progress) -> Outcome:
    """Compute pieces on all of JAX's local devices, each on one, and write them while the next are computed.

    Raises:
        SweepError: the disk is full; what is written stays.
    """
    devices = jax.local_devices()
    together = side_by_side()
    free = {device: threading.Semaphore(together) for device in devices}
    turn, at_once = itertools.cycle(devices), max(_AT_ONCE, together + 1) * len(devices)
    each = -(-work.plan.points // work.plan.tiles)

    def one(tile: Tile, device: Any) -> None:
        with jax.default_device(device), double_precision():
            store.write(tile, work.arrays(tile, turn=free[device]))

    with ThreadPoolExecutor(at_once) as pool:
        waiting: dict[Future[None], Tile] = {}
        outcome, left, done = Outcome(0, []), iter(tiles), 0
        while True:
            while len(waiting) < at_once and (tile := next(left, None)) is not None:
                waiting[pool.submit(one, tile, next(turn))] = tile
            if not waiting:
                return outcome
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                tile = waiting.pop(future)
                done += 1
                outcome = _counted(outcome, tile, future.exception(), store)
                progress("sweep", done * each, len(tiles) * each)


def _counted(outcome: Outcome, tile: Tile, error: BaseException | None, store: Store) -> Outcome:
    """An outcome with one more piece in it."""
    if error is None:
        return outcome._replace(written=outcome.written + 1)
    if _FULL in str(error) or "No space left" in str(error):
        raise SweepError(f"{store.path}: the disk is full: make room, and resume the sweep: what is written stays") from None
    place = ", ".join(map(str, tile.place))
    return outcome._replace(failures=[*outcome.failures, f"piece {place}: {shown(str(error) or type(error).__name__)}"])


def run_on_cluster(
    request: Request,
    attributes: dict[str, Any],
    store: Store,
    tiles: Sequence[Tile],
    progress: Progress,
    *,
    scheduler: str | None = None,
    workers: int | None = None,
) -> Outcome:
    """Compute pieces as the tasks of a Dask cluster, each of which writes its own chunks; a lost worker's are given to others.

    Arguments:
        request, attributes: of the sweep.
        store: where pieces go; every worker has to see it under the same path.
        tiles: which pieces.
        progress: called with each that is done.
        scheduler: address of a running cluster.
        workers: processes of one on this machine, where there is no address.

    Raises:
        SweepError: no cluster, or a full disk.
    """
    try:
        import distributed
    except ImportError:
        raise SweepError("a cluster needs Dask: pip install 'hanle_sim[cluster]'") from None
    text, outcome = pickle.dumps((request, attributes)), Outcome(0, [])
    each = -(-store.plan.points // store.plan.tiles)
    with _client(distributed, scheduler, workers) as client:
        shared = client.scatter(text, broadcast=True)
        where = str(store.path.absolute())
        submitted = {"retries": _RETRIES, "pure": False}
        futures = {
            client.submit(compute_and_write, shared, where, tile.place, key=f"hanle-{os.getpid()}-{number}", **submitted): tile
            for number, tile in enumerate(tiles)
        }
        finished: Any = distributed.as_completed
        for done, future in enumerate(finished(futures), 1):
            outcome = _counted(outcome, futures[future], future.exception(), store)
            future.release()
            progress("sweep", done * each, len(tiles) * each)
    return outcome


@contextmanager
def _client(distributed: Any, scheduler: str | None, workers: int | None) -> Iterator[Any]:
    """A client of a running cluster, or of one of this machine's processes, which are spawned."""
    if scheduler is not None:
        try:
            client = distributed.Client(scheduler, timeout="10s")
        except (OSError, ValueError, TimeoutError) as error:
            raise SweepError(f"scheduler {shown(scheduler)}: no cluster answers there: {shown(str(error))}") from None
        with client:
            yield client
        return
    with (
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs=50, env={"OMP_NUM_THREADS": "1"}
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


_opened: dict[tuple[bytes, str], tuple[Work, Store]] = {}


def compute_and_write(text: bytes, path: str, index: tuple[int, ...]) -> None:
    """A task: one piece of a sweep, computed and written where it is run.

    Arguments:
        text: the request and the attributes of its store, pickled.
        path: the store.
        index: which piece.
    """
    with double_precision():
        if (text, path) not in _opened:
            request, attributes = pickle.loads(text)
            work = Work(request)
            _opened.clear()
            _opened[text, path] = work, Store(Path(path), work.plan, work.layout(attributes), request.codec)
        work, store = _opened[text, path]
        tile = work.plan.tile(index)
        store.write(tile, work.arrays(tile))
