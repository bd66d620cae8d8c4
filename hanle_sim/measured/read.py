"""From a measured file to its curves."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..text import number_text, shown, shown_path, toml_of
from .columns import Pair, find_pairs, named, single
from .combination import FEWEST, Curve, combined, require_enough
from .conversion import fields_of, sigmas_of, signals_of
from .errors import DataError
from .formats import read_table
from .measured import Measured
from .section import DataSection
from .sweeps import find_sweeps
from .table import Table


def read_measured(section: DataSection, file: str | Path | None = None) -> list[Measured]:
    """The curves of a measured file: one for each pair of columns, each direction of the sweep, and each of y and y2.

    What the section leaves out is guessed and noted: encoding, delimiter, decimal sign, headings, columns, directions. Units are never
    guessed. With `combine = "difference"` a curve is (y - y2)/2, half the difference of the parallel and the antiparallel configuration,
    which is the spin signal without its offset; with "mean" it is (y + y2)/2, which is the offset. Without, they are two curves with
    `set["configuration"]` "parallel" and "antiparallel". Where y and y2 have fields of their own, in one file or in two, y2 is
    interpolated to those of y.

    Arguments:
        section: what is known of the file.
        file: the file, instead of the section's.

    Returns:
        Curves with fields [T] and signals [V, ohm or A], each [points], in the order of measurement.

    Raises:
        DataError: a file that is no table; columns that aren't there, are empty or constant; no unit, or one of something else; fewer
            than 4 rows that can be used.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     file = Path(folder) / "sample.dat"
        ...     _ = file.write_text("B (mT); R_nl (mOhm)\\n-10; 1,5\\n-5; 2,5\\n0; 4\\n5; 2,5\\n10; 1,5\\n")
        ...     read_measured(DataSection(file=str(file)))
        [Measured(sample, 5 points from -10 mT to 10 mT, y from 1.5 mohm to 4 mohm, up)]
    """
    if wrong := list(section.problems()):
        raise DataError("\n".join(f"data: {line}" for line in wrong))
    given = section.file if file is None else file
    if given is None:
        raise DataError("data.file is missing: give the measured file")
    path = Path(given)
    sides = _sides(path, section, "y") if section.y2_file is None else _of_two_files(path, section)
    if section.combine != "none":
        name = " and ".join(dict.fromkeys(shown_path(side.path) for side in sides))
        one, other = sides
        if one.unit != other.unit:
            raise DataError(f'{name}: combine = "{section.combine}": y is in {one.unit} and y2 in {other.unit}: give y2, or y_unit')
        together = combined(one.curves, other.curves, section.combine, name, same=one.x is not None and one.x == other.x)
        sides = [one._replace(curves=together, notes=one.notes if section.y2_file is None else (*one.notes, *other.notes))]
    elif section.y2 is not None or section.y2_file is not None:
        states = ("parallel", "antiparallel")
        sides = [side._replace(set={**side.set, "configuration": state}) for side, state in zip(sides, states, strict=True)]
    found = []
    for side in sides:
        for curve in side.curves:
            parts = [side.path.stem]
            parts += [side.column] if len(sides) > 1 and section.y2_file is None else []
            parts += [str(curve.direction)] if len(side.curves) > 1 else []
            notes = (*side.notes, *curve.notes)
            name, settings = " ".join(parts), dict(side.set)
            found.append(Measured(curve.x, curve.y, side.unit, curve.sigma, name, side.path, curve.direction, settings, notes, curve.worth))
    return found


class _Side(NamedTuple):
    """The curves of a pair of columns: their file, what is said of it, the signal's column and unit, the field's column, and keys."""

    curves: list[Curve]
    path: Path
    notes: tuple[str, ...]
    column: str
    unit: str
    x: int | None
    set: dict[str, Any]


def _sides(path: Path, section: DataSection, key: str) -> list[_Side]:
    """The curves of every pair of columns of a file; `key` is what names the signal's column."""
    name = shown_path(path)
    table = read_table(path, section)
    kept = _kept(table, section, name)
    require_enough(len(table.rows), name, "with numbers", ())
    if section.y is not None:
        single(table, key, section.y, name)
    return [
        _Side(
            _curves(table, pair, kept, section, name), path, (*table.notes, *pair.notes),
            shown(table.columns[pair.y].heading.name or f"column {pair.y + 1}"), signals_of(table, pair.y, section, name)[1], pair.x,
            section.set,
        )
        for pair in find_pairs(table, section, name)
    ]  # fmt: skip


def _of_two_files(path: Path, section: DataSection) -> list[_Side]:
    """The curves of y, and those of y2 in a file of its own, which is read as the other, but for rows to exclude."""
    second = Path(section.y2_file or "")
    if second.resolve() == path.resolve() and section.y2 is None:
        raise DataError(f"{shown_path(path)}: y2_file is the same file: give y2, the column of antiparallel magnets, or another file")
    alone = section.model_copy(update={"y2": None})
    ones = _sides(path, alone, "y")
    key, y = ("y", section.y) if section.y2 is None else ("y2", section.y2)
    others = _sides(second, alone.model_copy(update={"y": y, "exclude": ()}), key)
    for sides, key in ((ones, "y"), (others, "y2")):
        if len(sides) > 1:
            names = ", ".join(side.column for side in sides)
            raise DataError(f"{shown_path(sides[0].path)}: has {len(sides)} pairs of columns, of {names}: give {key}")
    said = tuple(f"{shown_path(second)}: {note}" for note in others[0].notes)
    return [ones[0]._replace(x=None), others[0]._replace(notes=said)]


def _kept(table: Table, section: DataSection, name: str) -> np.ndarray:
    """Which rows of a table are not excluded, [rows]."""
    kept = np.ones(len(table.rows), dtype=bool)
    beyond = [row for row in section.exclude if row > len(kept)]
    if beyond:
        raise DataError(
            f"{name}: exclude = {toml_of(list(section.exclude))}: there is no row {beyond[0]}: it has {len(kept)}, counted from 1"
        )
    kept[[row - 1 for row in section.exclude]] = False
    return kept


def _curves(table: Table, pair: Pair, kept: np.ndarray, section: DataSection, name: str) -> list[Curve]:
    """The curves of a pair of columns, one for each direction."""
    x, (y, _), sigma = (
        fields_of(table, pair.x, section, name),
        signals_of(table, pair.y, section, name),
        sigmas_of(table, pair.y, section, name),
    )
    notes = []
    if section.exclude:
        notes.append(f"{len(set(section.exclude))} {'row' if len(set(section.exclude)) == 1 else 'rows'} excluded")
    whole = np.isfinite(x) & np.isfinite(y) & (True if sigma is None else np.isfinite(sigma))
    empty = table.columns[pair.x].is_blank & table.columns[pair.y].is_blank
    dropped = kept & ~whole & ~empty
    for column in (pair.x, pair.y):
        _require_numbers(table, column, kept, name)
    if dropped.any():
        lacking = [named(table, column) for column in (pair.x, pair.y) if not np.isfinite(table.columns[column].values[dropped]).all()]
        notes.append(f"{table.lines(dropped)}: dropped, without a number in {' or '.join(lacking or ['sigma'])}")
    rows = np.flatnonzero(kept & whole)
    require_enough(len(rows), f"{name}, {named(table, pair.x)} and {named(table, pair.y)}", "that can be used", notes)
    for column in (pair.x, pair.y):
        _require_changes(table, column, rows, name)
    sweeps, lone = find_sweeps(x[rows])
    if len(lone):
        notes.append(f"{table.lines(rows[lone])}: dropped, since the field is far from the sweep's")
    all_of_it = Curve(x[rows], y[rows], None if sigma is None else sigma[rows], rows, None, ())
    curves = [all_of_it.at(sweep.points, direction=sweep.direction) for sweep in sweeps]
    if section.direction != "both":
        there = [str(curve.direction) for curve in curves if curve.direction]
        curves = [curve for curve in curves if curve.direction == section.direction]
        if not curves:
            has = f"the field goes {there[0]} alone" if there else "the fields have no direction"
            raise DataError(f'{name}: direction = "{section.direction}": {has}: give another direction, or leave it out')
    if section.field_window is not None:
        lowest, highest = (one.value for one in section.field_window)
        slack = 1e-9 * (highest - lowest)
        before = sum(len(curve.x) for curve in curves)
        curves = [curve.at(np.flatnonzero((curve.x >= lowest - slack) & (curve.x <= highest + slack))) for curve in curves]
        outside = before - sum(len(curve.x) for curve in curves)
        notes += [f"{outside} {'point' if outside == 1 else 'points'} outside field_window left out"] if outside else []
    most = max((len(curve.x) for curve in curves), default=0)
    require_enough(most, name, "in field_window" if section.field_window else "that can be used", notes)
    small = [curve.rows for curve in curves if 0 < len(curve.x) < FEWEST]
    notes += [f"{table.lines(rows)}: dropped, too few for a sweep" for rows in small]
    return [curve._replace(notes=tuple(notes)) for curve in curves if len(curve.x) >= FEWEST]


def _require_numbers(table: Table, column: int, kept: np.ndarray, name: str) -> None:
    if not np.isfinite(table.columns[column].values[kept]).any():
        raise DataError(f"{name}, {named(table, column)}: has no numbers: give another column")


def _require_changes(table: Table, column: int, rows: np.ndarray, name: str) -> None:
    values = table.columns[column].values[rows]
    if np.ptp(values) == 0:
        raise DataError(f"{name}, {named(table, column)}: is {number_text(values[0])} in all {len(rows)} rows: give another column")
