"""What a file holds, whatever its format: named columns of numbers."""

from typing import NamedTuple

import numpy as np

from .headings import Heading


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        heading: its name and unit.
        values: its numbers, NaN where there is none, [rows].
        is_blank: where its cell is empty, rather than something that is no number, [rows].
    """

    heading: Heading
    values: np.ndarray
    is_blank: np.ndarray


class Table(NamedTuple):
    """A table of a file.

    Attributes:
        columns: its columns.
        rows: the number of each row, [rows]: its line in the file, or counted from 1.
        word: what those numbers count, "line" or "row".
        notes: what was guessed or left out, a sentence each.
    """

    columns: list[Column]
    rows: np.ndarray
    word: str
    notes: list[str]

    def lines(self, where: np.ndarray) -> str:
        """Some rows for a note: "lines 5, 9 and 12", no more than five of them."""
        return numbered(self.word, self.rows[where].tolist())


def numbered(word: str, numbers: list[int]) -> str:
    """Numbers for a sentence: "line 5", "lines 5, 9 and 12", "lines 1, 2, 3, 4, 5 and 7 more"."""
    if len(numbers) == 1:
        return f"{word} {numbers[0]}"
    shown, rest = (numbers[:5], f"{len(numbers) - 5} more") if len(numbers) > 6 else (numbers[:-1], str(numbers[-1]))
    return f"{word}s {', '.join(map(str, shown))} and {rest}"


def column_of(heading: Heading, values: np.ndarray) -> Column:
    """A column of a file that has no text: what is missing there is NaN; of complex numbers the real part."""
    real = np.asarray(np.real(values), dtype=np.float64)
    return Column(heading, real, np.isnan(real))
