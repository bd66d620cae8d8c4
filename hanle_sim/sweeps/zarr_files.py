"""The files of a sweep's store: Zarr's metadata, and chunks that are put in place when they are whole."""

import json
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .reasons import Reason

#: The name of metadata, and how that of a file ends that is not whole.
METADATA, PARTIAL = "zarr.json", ".partial"
_BYTES = {"name": "bytes", "configuration": {"endian": "little"}}


class Array(NamedTuple):
    """An array of a store: its dimensions, type, chunks, and notes."""

    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: str
    attributes: dict[str, Any]


class Layout(NamedTuple):
    """What a store holds: arrays that are computed, coordinates with their values, and the attributes of the whole."""

    arrays: dict[str, Array]
    coordinates: dict[str, tuple[Array, np.ndarray]]
    attributes: dict[str, Any]


def put(path: Path, blocks: Iterable[np.ndarray], dtype: np.dtype[Any], numbers: int) -> None:
    """Write a chunk of so many numbers as Zarr's codec `bytes` has it, without holding all of it, and put it in place when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}{PARTIAL}")
    try:
        with partial.open("wb") as file:
            if hasattr(os, "posix_fallocate"):  # writing into room that is there takes two thirds of the time
                with suppress(OSError):  # a file system that can't, or is full, which writing tells
                    os.posix_fallocate(file.fileno(), 0, numbers * dtype.itemsize)
            for block in blocks:
                file.write(np.ascontiguousarray(block, dtype).data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_metadata(path: Path, layout: Layout, codec: str | None) -> None:
    """Make the arrays, write the coordinates, and last the group, which holds all the arrays' metadata too (Zarr calls it consolidated)."""
    everything: dict[str, tuple[Array, np.ndarray | None]] = {name: (array, None) for name, array in layout.arrays.items()}
    metadata = {}
    for name, (array, values) in (everything | layout.coordinates).items():
        kind, codecs = np.dtype(array.dtype), [_BYTES]
        if codec is not None and values is None:
            blosc = {"cname": codec, "clevel": 3, "shuffle": "shuffle", "typesize": kind.itemsize, "blocksize": 0}
            codecs = [_BYTES, {"name": "blosc", "configuration": blosc}]
        metadata[name] = {
            "zarr_format": 3,
            "node_type": "array",
            "shape": array.shape,
            "data_type": kind.name,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": array.chunks}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "fill_value": "NaN" if kind.kind == "f" else int(Reason.not_yet),
            "codecs": codecs,
            "dimension_names": array.dimensions,
            "attributes": array.attributes,
        }
        _write_json(path / name / METADATA, metadata[name])
        if values is not None:
            put(path / name / "c" / "0", [values], kind.newbyteorder("<"), values.size)
    inline = {"kind": "inline", "must_understand": False, "metadata": metadata}
    group = {"zarr_format": 3, "node_type": "group", "attributes": layout.attributes, "consolidated_metadata": inline}
    _write_json(path / METADATA, group)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
