"""The store of a sweep: plain Zarr version 3, a chunk a file, each put in place when it is whole."""

import glob
import json
import math
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import tensorstore

from ..text import shown
from .plan import Plan, Tile
from .reasons import REASON
from .zarr_files import METADATA, PARTIAL, Layout, put, write_metadata

#: Codecs by name: what Zarr calls them.
CODECS = ("lz4", "zstd")
#: The group's attribute that says what was asked for.
REQUEST = "request"
_LOCK = ".__lock"
#: How much room is left free on a disk [bytes].
_SPARE = 2**20


class SweepError(Exception):
    """A store that can't be written or gone on with; the message says why and what to do.

    Example:
        >>> from hanle_sim import SweepError, sweep
        >>> try:
        ...     sweep("lumped", {"tau_s": [1e-9]}, out="/dev/null")
        ... except SweepError as error:
        ...     print(error)
        /dev/null: is a file: name another store
    """


class Store:
    """An open store.

    Arguments:
        path: where it is.
        plan: the sweep.
        layout: what it holds.
        codec: of its chunks.
    """

    def __init__(self, path: Path, plan: Plan, layout: Layout, codec: str | None) -> None:
        self.path, self.plan, self.layout, self.codec = path, plan, layout, codec
        context = tensorstore.Context({"cache_pool": {"total_bytes_limit": 0}})
        self._arrays = {name: tensorstore.open(_spec(path / name), open=True, context=context).result() for name in layout.arrays}

    def missing(self) -> list[Tile]:
        """Pieces that are not whole."""
        there = {name: {str(file) for file in _chunks(self.path / name)} for name in self.layout.arrays}
        return [tile for tile in self.plan if not all(self._key(name, tile) in there[name] for name in self._of(tile))]

    def write(self, tile: Tile, arrays: Iterable[tuple[str, Iterable[np.ndarray]]]) -> None:
        """Write what is missing of a piece, a file for each array's chunk.

        Arguments:
            tile: which piece.
            arrays: names, and numbers of the whole piece, some devices after the other, [devices, ...].
        """
        for name, blocks in arrays:
            path = self.path / name / "c" / self._key(name, tile)
            if path.exists():
                continue
            if self.codec is None:
                array = self.layout.arrays[name]
                put(path, blocks, np.dtype(array.dtype).newbyteorder("<"), math.prod(array.chunks))
                continue
            region = (*tile.devices, tile.fields) if len(self.layout.arrays[name].shape) > len(tile.devices) else tile.devices
            try:
                self._arrays[name][region].write(self.plan.cut(tile, np.concatenate(list(blocks)))).result()
            except (ValueError, RuntimeError) as error:  # tensorstore's, with the system's number in a long text
                code = re.search(r"os_error_code='(\d+)'", str(error))
                raise error if code is None else OSError(int(code[1]), os.strerror(int(code[1])), str(path)) from None

    def reasons(self) -> np.ndarray:
        """The code of every device, `not_yet` for those of pieces that are not there, in the shape of the axes."""
        return np.asarray(self._arrays[REASON].read().result())

    def _of(self, tile: Tile) -> list[str]:
        """The arrays of which a piece has a chunk."""
        return [name for name, array in self.layout.arrays.items() if tile.place[-1] == 0 or len(array.shape) > len(tile.devices)]

    def _key(self, name: str, tile: Tile) -> str:
        dimensions = len(self.layout.arrays[name].shape)
        return "/".join(map(str, tile.place[:dimensions]))


def _spec(array: Path) -> dict[str, Any]:
    """Where tensorstore finds an array."""
    kvstore = {"driver": "file", "path": os.path.realpath(array), "file_io_sync": False}  # which takes no ".."
    return {"driver": "zarr3", "kvstore": kvstore, "store_data_equal_to_fill_value": True}


def _chunks(array: Path) -> list[str]:
    """Chunks that are in place, by their places."""
    home, found = array / "c", []
    for folder, _, files in os.walk(home):
        inside = Path(folder).relative_to(home).as_posix()
        found += [f"{inside}/{file}".removeprefix("./") for file in files if file.isdecimal()]
    return found


def opened(path: Path, plan: Plan, layout: Layout, *, resume: bool, codec: str | None, needed: int) -> Store:
    """A store to write into: a new one, or one to go on with.

    Arguments:
        path: where it is.
        plan, layout: the sweep, and what the store holds.
        resume: whether to go on with one that is there.
        codec: of new chunks: None, "lz4" or "zstd".
        needed: bytes of the whole sweep.

    Raises:
        SweepError: a store that is there and is not to go on with, that of another sweep, a path that is something else, or a disk
            that is too full.
    """
    try:
        is_there = _require_ours(path, layout, resume)
        if is_there:
            _clear(path)
            return Store(path, plan, layout, codec)
        _require_room(path, needed if codec is None else needed // 4)
        _create(path, layout, codec)
        return Store(path, plan, layout, codec)
    except OSError as error:
        raise SweepError(f"{path}: can't be written: {error.strerror or error}") from None
    except (ValueError, RuntimeError) as error:  # tensorstore's
        raise SweepError(f"{path}: can't be opened as a store: {shown(str(error))}") from None


def _require_ours(path: Path, layout: Layout, resume: bool) -> bool:
    """Whether a store of this sweep is there to go on with."""
    if os.sep == "/" and "\\" in os.path.realpath(path):
        raise SweepError(f"{path}: has a backslash in its path, which the store's library takes for a slash: name another store")
    if path.is_symlink() and not path.exists():
        raise SweepError(f"{path}: is a link to nothing: name another store")
    if not path.exists():
        return False
    if not path.is_dir():
        raise SweepError(f"{path}: is a file: name another store")
    if not any(path.iterdir()):
        return False
    known = set(layout.arrays) | set(layout.coordinates) | {METADATA}
    names = {entry.name for entry in path.iterdir()}
    metadata = _json(path / METADATA)
    if metadata is None and not names <= known:
        raise SweepError(f"{path}: holds {sorted(names - known)[0]}, and is no store of a sweep: name another one")
    found = (metadata or {}).get("attributes", {}).get(REQUEST)
    if metadata is not None and found is None:
        raise SweepError(f"{path}: is a store that hanle sweep did not write: name another one")
    if not resume:
        raise SweepError(f"{path}: is there already: resume it, or name another store")
    if metadata is None or any(_json(path / name / METADATA) is None for name in known - {METADATA}):
        if metadata is not None:
            _require_same(path, found, layout)
        shutil.rmtree(path)  # half created: nothing is computed before all is
        return False
    _require_same(path, found, layout)
    return True


def _require_same(path: Path, found: Any, layout: Layout) -> None:
    wanted = layout.attributes[REQUEST]
    if found == wanted:
        return
    both = found if isinstance(found, dict) else {}
    key = next(key for key in {**wanted, **both} if wanted.get(key) != both.get(key))
    raise SweepError(f"{path}: is the store of another sweep, which differs in its {key}: name another store, or sweep as it was")


def _require_room(path: Path, needed: int) -> None:
    parent = next(folder for folder in path.absolute().parents if folder.exists())
    free = shutil.disk_usage(parent).free - _SPARE
    if needed > free:
        raise SweepError(
            f"{path}: the sweep takes {gigabytes(needed)}, and {gigabytes(max(free, 0))} are free: take fewer points or values"
        )


def gigabytes(size: float) -> str:
    """A size in the unit that reads best."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.4g} TB"


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _clear(path: Path) -> None:
    """Take away what a killed run left half written."""
    for folder, _, files in os.walk(path):
        for file in files:
            if file.endswith((PARTIAL, _LOCK)):
                with suppress(OSError):
                    (Path(folder) / file).unlink()
    _clear_staged(path)


def _clear_staged(path: Path) -> None:
    for entry in path.absolute().parent.glob(f".{glob.escape(path.name)}.*{PARTIAL}"):
        shutil.rmtree(entry, ignore_errors=True)


def _create(path: Path, layout: Layout, codec: str | None) -> None:
    """Make a store without chunks, put in place when it is whole."""
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    _clear_staged(path)
    staging = path.absolute().with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    try:
        write_metadata(staging, layout, codec)
        if path.exists():
            path.rmdir()
        staging.rename(path)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
