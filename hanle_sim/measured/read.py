"""From a measured file to its curves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..text import number_text, shown, shown_path, toml_of
from .columns import Pair, find_pairs, named
from .conversion import fields_of, sigmas_of, signals_of
from .errors import DataError
from .formats import read_table
from .measured import Measured
from .section import DataSection
from .sweeps import find_sweeps
from .table import Table

#: Rows that a curve has at least.
_FEWEST = 4


class Curve(NamedTuple):
    """A curve in SI: fields, signals, standard deviations, the rows of the table that they come from, direction, and what was done."""

    x: np.ndarray
    y: np.ndarray
    sigma: np.ndarray | None
    rows: np.ndarray
    direction: str | None
    notes: tuple[str, ...]

    def at(self, points: np.ndarray, **changes: Any) -> "Curve":
        """Some of its points."""
        sigma = None if self.sigma is None else self.sigma[points]
        return self._replace(x=self.x[points], y=self.y[points], sigma=sigma, rows=self.rows[points], **changes)


def read_measured(section: DataSection, file: str | Path | None = None) -> list[Measured]:
    """The curves of a measured file: one for each pair of columns, each direction of the sweep, and each of y and y2.

    What the section leaves out is guessed and noted: encoding, delimiter, decimal sign, headings, columns, directions. Units are never
    guessed. With `combine = "difference"` a curve is (y - y2)/2, half the difference of the parallel and the antiparallel configuration,
    which is the spin signal without its offset; with "mean" it is (y + y2)/2, which is the offset. Without, they are two curves with
    `set["configuration"]` "parallel" and "antiparallel". Where y and y2 have fields of their own, y2 is interpolated to those of y.

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
    name = shown_path(path)
    table = read_table(path, section)
    kept = _kept(table, section, name)
    _require_enough(len(table.rows), name, "with numbers", ())
    pairs = find_pairs(table, section, name)
    sides: list[tuple[dict[str, Any], list[Curve], int]] = []
    for pair in pairs:
        curves = _curves(table, pair, kept, section, name)
        sides.append((section.set, curves, pair.y))
    unit = signals_of(table, pairs[0].y, section, name)[1]
    if section.combine != "none":
        together = _combined(sides[0][1], sides[1][1], section.combine, name, same=pairs[0].x == pairs[1].x)
        sides = [(section.set, together, pairs[0].y)]
    elif section.y2 is not None:
        states = ("parallel", "antiparallel")
        sides = [({**section.set, "configuration": state}, curves, y) for state, (_, curves, y) in zip(states, sides, strict=True)]
    found = []
    for side, (settings, curves, y) in enumerate(sides):
        own = table.columns[y].heading.name or f"column {y + 1}"
        for curve in curves:
            parts = [path.stem]
            parts += [shown(own)] if len(sides) > 1 else []
            parts += [str(curve.direction)] if len(curves) > 1 else []
            notes = (*table.notes, *pairs[side].notes, *curve.notes)
            unit = signals_of(table, y, section, name)[1]
            found.append(Measured(curve.x, curve.y, unit, curve.sigma, " ".join(parts), path, curve.direction, dict(settings), notes))
    return found


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
    _require_enough(len(rows), f"{name}, {named(table, pair.x)} and {named(table, pair.y)}", "that can be used", notes)
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
    _require_enough(most, name, "in field_window" if section.field_window else "that can be used", notes)
    small = [curve.rows for curve in curves if 0 < len(curve.x) < _FEWEST]
    notes += [f"{table.lines(rows)}: dropped, too few for a sweep" for rows in small]
    return [curve._replace(notes=tuple(notes)) for curve in curves if len(curve.x) >= _FEWEST]


def _require_numbers(table: Table, column: int, kept: np.ndarray, name: str) -> None:
    if not np.isfinite(table.columns[column].values[kept]).any():
        raise DataError(f"{name}, {named(table, column)}: has no numbers: give another column")


def _require_changes(table: Table, column: int, rows: np.ndarray, name: str) -> None:
    values = table.columns[column].values[rows]
    if np.ptp(values) == 0:
        raise DataError(f"{name}, {named(table, column)}: is {number_text(values[0])} in all {len(rows)} rows: give another column")


def _require_enough(count: int, where: str, what: str, notes: Sequence[str]) -> None:
    if count < _FEWEST:
        reason = f" ({notes[-1]})" if notes else ""
        rows = "row" if count == 1 else "rows"
        raise DataError(f"{where}: {count} {rows} {what}{reason}: at least {_FEWEST} are needed: give another file or other columns")


def _combined(ones: list[Curve], others: list[Curve], combine: str, name: str, same: bool) -> list[Curve]:
    """The curves of y and y2 of the same direction, half their difference or sum."""
    partners = {curve.direction: curve for curve in others}
    found = [_pair(one, partners[one.direction], combine, name, same) for one in ones if one.direction in partners]
    if not found:
        raise DataError(f'{name}: combine = "{combine}": y and y2 have no direction in common: combine them as "none"')
    return found


def _pair(one: Curve, other: Curve, combine: str, name: str, same: bool) -> Curve:
    sign = -1.0 if combine == "difference" else 1.0
    notes = tuple(dict.fromkeys((*one.notes, *other.notes)))
    if same:
        _, first, second = np.intersect1d(one.rows, other.rows, return_indices=True)
        order = np.argsort(first)
        one, other = one.at(first[order]), other.at(second[order])
    if not same and not np.array_equal(one.x, other.x):
        lowest, highest = other.x.min(), other.x.max()
        inside = np.flatnonzero((one.x >= lowest) & (one.x <= highest))
        beyond = len(one.x) - len(inside)
        notes = (
            *notes,
            f"y2 was interpolated to the {len(inside)} fields of y" + (f", {beyond} of y lie outside and were left out" if beyond else ""),
        )
        one = one.at(inside)
        fields, inverse, counts = np.unique(other.x, return_inverse=True, return_counts=True)
        y = np.interp(one.x, fields, np.bincount(inverse, other.y) / counts)
        sigma = None if other.sigma is None else np.interp(one.x, fields, np.bincount(inverse, other.sigma) / counts)
        other = Curve(one.x, y, sigma, one.rows, one.direction, ())
    _require_enough(len(one.x), name, "common to y and y2", notes)
    sigma = None if one.sigma is None or other.sigma is None else np.hypot(one.sigma, other.sigma) / 2
    return one._replace(y=(one.y + sign * other.y) / 2, sigma=sigma, notes=notes)
