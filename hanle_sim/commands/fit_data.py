"""The curves that `fit` is given: files, as the tables [data] say, or arrays."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..configuration import ConfigurationError
from ..fitting.section import checked
from ..measured import DataSection, Measured, read_measured

#: Keys of [data] that name files.
_FILES = ("file", "y2_file", "calibration")
Given = str | Path | Mapping[str, Any]


def measured_of(data: Given | Sequence[Given], tables: Any, units: Mapping[str, str | None]) -> tuple[list[Measured], list[dict[str, Any]]]:
    """Every curve of the files, as [data] says, or each of [[data]] of its own file; and the tables that read them again from anywhere.

    Arguments:
        data: files, in place of those of the tables, or arrays, which leave no table.
        tables: [data], or a list of [[data]].
        units: `x_unit` and `y_unit`, in place of those of the tables, unless None.

    Raises:
        ConfigurationError: what can't be read.
    """
    files: list[Given] = [data] if isinstance(data, str | Path | Mapping) else list(data)
    sections = [dict(table) for table in (tables if isinstance(tables, list) else [tables])]
    if files and all(isinstance(file, Mapping) for file in files):
        return _distinct([_of_arrays(number, file) for number, file in enumerate(files, 1) if isinstance(file, Mapping)]), []
    if files and len(sections) not in (1, len(files)):
        raise ConfigurationError(
            f"data: there are {len(sections)} tables [[data]] and {len(files)} files: give a table for each file, or one for all"
        )
    if files:
        sections = sections * len(files) if len(sections) == 1 else sections
        sections = [{**section, "file": str(file)} for section, file in zip(sections, files, strict=True)]
    if any("file" not in section for section in sections):
        raise ConfigurationError("no file is given: name one, hanle fit DATA, or give data.file")
    sections = [{**section, **{key: unit for key, unit in units.items() if unit is not None}} for section in sections]
    found = [one for section in sections for one in read_measured(checked(DataSection, section, "data"))]
    return _distinct(found), [
        {key: str(Path(value).resolve()) if key in _FILES else value for key, value in section.items()} for section in sections
    ]


def _distinct(found: list[Measured]) -> list[Measured]:
    """The curves under names that differ: files of one name in several folders, or a file read twice, get numbers."""
    often, seen = Counter(one.name for one in found), Counter[str]()
    named = []
    for one in found:
        seen[one.name] += 1
        named.append(replace(one, name=f"{one.name} ({seen[one.name]})") if often[one.name] > 1 else one)
    return named


def _of_arrays(number: int, given: Mapping[str, Any]) -> Measured:
    """A curve given as arrays."""
    from ..fitting.dataset import require_keys

    require_keys(given)
    x, y = np.asarray(given["x"], dtype=float), np.asarray(given["y"], dtype=float)
    sigma = None if given.get("sigma") is None else np.broadcast_to(np.asarray(given["sigma"], dtype=float), y.shape)
    if x.ndim != 1 or x.shape != y.shape or not (np.all(np.isfinite(x)) and np.all(np.isfinite(y))):
        raise ConfigurationError(f"data: x and y have shapes {x.shape} and {y.shape}: must be finite numbers, one y for each x")
    name = str(given.get("name", f"curve {number}"))
    return Measured(x, y, str(given["unit"]), sigma, name, Path(name), None, dict(given.get("set", {})), ())
