"""Which columns of a table are field and signal."""

import difflib
import re
from typing import NamedTuple

import numpy as np

from ..text import toml_of
from .errors import DataError
from .headings import Heading, field_score, signal_score
from .section import DataSection
from .table import Table

#: What a name must tell at least of a column, to be the field's without a look at its numbers.
_NAMED = 15.0


class Pair(NamedTuple):
    """The columns of a curve, counted from 0, and how they were found."""

    x: int
    y: int
    notes: tuple[str, ...] = ()


def named(table: Table, number: int) -> str:
    """A column for a message: column 3, "R_nl (ohm)"."""
    text = table.columns[number].heading.text
    return f"column {number + 1}" + (f", {toml_of(text)}" if text else "")


def find_columns(table: Table, key: str, given: int | str, name: str) -> list[int]:
    """The columns, counted from 0, that a key of [data] names; more than one where several have the same heading.

    Raises:
        DataError: a column that isn't there; the message names those that are.
    """
    count = len(table.columns)
    if isinstance(given, int):
        if given > count:
            raise DataError(f"{name}: {key} = {given}: there is no such column: it has {count}, counted from 1: {listed(table)}")
        return [given - 1]
    wanted = " ".join(given.split())
    headings = [column.heading for column in table.columns]
    for same in (
        lambda heading: wanted in (heading.text, heading.label),
        lambda heading: wanted == heading.name,
        lambda heading: wanted.lower() in (heading.text.lower(), heading.name.lower(), heading.label.lower()),
    ):
        if found := [number for number, heading in enumerate(headings) if same(heading)]:
            return found
    if wanted.isdecimal() and 1 <= int(wanted) <= count:
        return [int(wanted) - 1]
    texts = {text.lower(): heading.text for heading in headings for text in (heading.text, heading.name) if text}
    close = difflib.get_close_matches(wanted.lower(), texts, 1, 0.5)
    meant = f"did you mean {toml_of(texts[close[0]])}? " if close else ""
    raise DataError(f"{name}: {key} = {toml_of(given)}: there is no such column: {meant}there are {listed(table)}")


def listed(table: Table) -> str:
    """The columns of a table for a message, or how many there are of those without headings."""
    texts = [column.heading.text for column in table.columns]
    if not any(texts):
        return f"{len(texts)} columns without headings, which are known by their numbers, counted from 1"
    shown = [toml_of(text) if text else f"column {number}" for number, text in enumerate(texts, 1)]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")


def find_pairs(table: Table, section: DataSection, name: str) -> list[Pair]:
    """The columns of field and signal of each curve in a table, as given or else guessed; with y2 those of y and of y2.

    Raises:
        DataError: columns that aren't there, or can't be guessed.
    """
    fields = _fields(table, section, name)
    y2 = None if section.y2 is None else single(table, "y2", section.y2, name)
    if section.y is not None:
        y = single(table, "y", section.y, name)
        x = field_of(fields, y)
        pairs = [Pair(x, y, _notes(table, section, [x]))]
    else:
        pairs = []
        for number, x in enumerate(fields):
            end = fields[number + 1] if number + 1 < len(fields) else len(table.columns)
            within = range(x + 1, end) if len(fields) > 1 else range(len(table.columns))
            if set(within) != {y2}:
                y = _signal(table, x, within, section, name)
                pairs.append(Pair(x, y, _notes(table, section, fields if len(fields) == 1 else [x, x], y)))
    return pairs if y2 is None else [pairs[0], Pair(field_of(fields, y2), y2)]


def single(table: Table, key: str, given: int | str, name: str) -> int:
    """The one column that a key names. Raises DataError where there are several."""
    found = find_columns(table, key, given, name)
    if len(found) > 1:
        numbers = " and ".join(str(number + 1) for number in found)
        raise DataError(f"{name}: {key} = {toml_of(given)}: is the heading of columns {numbers}: give the number of one")
    return found[0]


def field_of(fields: list[int], y: int) -> int:
    """The field of a signal: of several the nearest to its left."""
    return max((x for x in fields if x < y), default=fields[0])


def _fields(table: Table, section: DataSection, name: str) -> list[int]:
    """The column of the field, or those of several pairs."""
    taken = {single(table, key, given, name) for key, given in (("y", section.y), ("y2", section.y2)) if given is not None}
    if section.x is not None:
        found = find_columns(table, "x", section.x, name)
        if taken & set(found):
            raise DataError(f"{name}: x and y are both {named(table, found[0])}: give two columns")
        return found
    columns = table.columns
    scores = [-2.0 if number in taken else field_score(column.heading) for number, column in enumerate(columns)]
    shapes = [_shape(column.values) for column in columns]
    candidates = [number for number in range(len(columns)) if scores[number] >= 0 and shapes[number] > 0]
    if not candidates:
        if max(scores) >= _NAMED:  # named, and without use: what is wrong with it is said where it is read
            return [scores.index(max(scores))]
        raise DataError(f"{name}: no column looks like a field: give x, one of {listed(table)}")
    best = max(candidates, key=lambda number: (scores[number], shapes[number], -number))
    if scores[best] >= _NAMED:
        alike = [number for number in candidates if _stem(columns[number].heading) == _stem(columns[best].heading)]
    else:
        alike = [number for number in candidates if number % 2 == 0 and shapes[number] >= 2 and not columns[number].heading.text]
        if len(alike) < 2 or 2 * len(alike) != len(columns) or any(shapes[number + 1] >= 2 for number in alike):
            alike = [best]
    is_paired = all(later - sooner > 1 for sooner, later in zip(alike, [*alike[1:], len(columns)], strict=True))
    return alike if is_paired else [best]


def _stem(heading: Heading) -> str:
    """The name of a column without the number of its pair: B of B_2."""
    return re.sub(r"[ _.#-]*\d*$", "", heading.name.lower())


def _shape(values: np.ndarray) -> float:
    """How much numbers look like a sweep: 0 for constants, 4 for those that are evenly spaced, of one direction and of either sign."""
    finite = values[np.isfinite(values)]
    if len(finite) < 2 or np.ptp(finite) == 0:
        return 0.0
    steps = np.diff(finite)
    moving = steps[steps != 0]
    one_way = bool(np.all(moving > 0) or np.all(moving < 0))
    even = np.isclose(np.abs(steps), np.median(np.abs(steps)), rtol=0.05).mean() > 0.8
    both_signs = finite.min() < 0 < finite.max()
    counts = one_way and np.array_equal(finite, finite[0] + np.arange(len(finite)))
    return 0.5 + 2.0 * one_way + 1.0 * even + 0.5 * both_signs - 2.0 * bool(counts and not both_signs)


def _signal(table: Table, x: int, within: range, section: DataSection, name: str) -> int:
    """The likeliest column of the signal; of those that are alike the first to the right of the field."""
    taken = {
        single(table, key, given, name)
        for key, given in (("y2", section.y2), ("sigma", section.sigma))
        if isinstance(given, int | str) and _is_column(table, given)
    }

    def likelihood(number: int) -> tuple[float, bool, int]:
        values = table.columns[number].values
        finite = values[np.isfinite(values)]
        shape = -25.0 if len(finite) < 2 or np.ptp(finite) == 0 else 0.0
        return signal_score(table.columns[number].heading) + shape, number > x, -number

    candidates = [number for number in within if number != x and number not in taken]
    likely = [number for number in candidates if likelihood(number)[0] > -50]
    if not likely:
        raise DataError(f"{name}: no column looks like a signal beside {named(table, x)}: give y, one of {listed(table)}")
    return max(likely, key=likelihood)


def _is_column(table: Table, given: int | str) -> bool:
    headings = {text for column in table.columns for text in (column.heading.text, column.heading.name)}
    return (isinstance(given, int) and given <= len(table.columns)) or given in headings


def _notes(table: Table, section: DataSection, fields: list[int], y: int | None = None) -> tuple[str, ...]:
    """What was guessed of the columns; a signal's rivals are named where there is one field."""
    guessed = []
    if section.x is None:
        by_numbers = ", by its numbers" if field_score(table.columns[fields[0]].heading) < _NAMED else ""
        guessed.append(f"the field is {named(table, fields[0])}{by_numbers}")
    if y is not None:
        rivals = [
            named(table, number)
            for number, column in enumerate(table.columns)
            if number not in (fields[0], y) and len(fields) == 1 and signal_score(column.heading) > 0
        ]
        guessed.append(f"the signal is {named(table, y)}" + (f"; others are {'; '.join(rivals[:3])}" if rivals else ""))
    return tuple(guessed)
