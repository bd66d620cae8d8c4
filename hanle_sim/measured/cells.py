"""The lines of a text: their cells, which of these are numbers, and what a line is."""

import csv
import math
import re
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from .headings import field_score, is_time, known_unit, parse_heading, signal_score

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eEdD][+-]?[0-9]+)?")
#: Spellings of a number that is missing.
_MISSING = frozenset(("", "nan", "na", "n/a", "#n/a", "-", "--", "---", "null", "none", "1.#qnan", "-1.#ind", "1.#ind", "-nan", "nan()"))
_SECTION = re.compile(r"\W*={2,}.*|.*={3,}\W*")
_RULE = re.compile(r"[\s|+]*(?:[-_*~]{3,}[\s|+]*)+")
#: What is set to a value rather than a column: "T = 77 K".
_SETTING = re.compile(r"[^(\[]+(?:=|: ).*\d.*")
#: A unit in a heading that blanks part from its name.
_LOOSE_UNIT = re.compile(r"\s+(?=[(\[{])|\s*/\s+|\s+/\s*")


class Layout(NamedTuple):
    """How a table is written: what parts its cells, " " for any number of blanks, and its decimal sign."""

    delimiter: str
    decimal: str

    def __str__(self) -> str:
        names = {",": "commas", "\t": "tabs", ";": "semicolons", " ": "blanks"}
        return names.get(self.delimiter, f'"{self.delimiter}"') + (" with decimal commas" if self.decimal == "," else "")

    def cells(self, line: str) -> list[str]:
        """The cells of a line, without blanks and quotation marks around them."""
        if self.delimiter == " ":
            return [cell.strip('"') for cell in re.findall(r'"[^"]*"|\S+', line)]
        if '"' in line:
            return [cell.strip() for cell in next(csv.reader([line], delimiter=self.delimiter, skipinitialspace=True), [])]
        return [cell.strip() for cell in line.split(self.delimiter)]

    def number(self, cell: str) -> float | None:
        """A cell's number, NaN where it is missing, None where it is something else."""
        if self.decimal == ",":
            if "." in cell:
                return None
            cell = cell.replace(",", ".")
        if _NUMBER.fullmatch(cell):
            value = float(cell.replace("D", "e").replace("d", "e"))
            return value if math.isfinite(value) else None
        if cell.lower() in _MISSING:
            return math.nan
        if cell[:1] in "\u2212\u2013":  # a typographer's minus
            return self.number("-" + cell[1:])
        return None


class Kind(Enum):
    """What a line of a text is."""

    BLANK = 0
    COMMENT = 1
    SECTION = 2
    ROW = 3  # two numbers or more
    PARTIAL = 4  # a number, and others that are missing or are none
    TEXT = 5


class Line(NamedTuple):
    """A line of a text: its number, what it is, its cells, and their numbers."""

    number: int
    kind: Kind
    text: str
    cells: Sequence[str] = ()
    values: Sequence[float | None] = ()

    @property
    def is_heading(self) -> bool:
        """Whether it may be a row of headings: two texts or more."""
        return self.kind is Kind.TEXT and sum(bool(cell) for cell in self.cells) >= 2


def read_line(number: int, text: str, layout: Layout, marks: tuple[str, ...]) -> Line:
    """A line in some layout; `marks` are what comments begin with."""
    bare = text.strip()
    if not bare or _RULE.fullmatch(bare):
        return Line(number, Kind.BLANK, text)
    if _SECTION.fullmatch(bare):
        return Line(number, Kind.SECTION, text)
    if bare.startswith(tuple(mark for mark in marks if mark != layout.delimiter)):
        return Line(number, Kind.COMMENT, text)
    cells = layout.cells(text)
    values = [layout.number(cell) for cell in cells]
    count = sum(value is not None and value == value for value in values)
    if count >= 2:
        return Line(number, Kind.ROW, text, cells, values)
    is_partial = len(cells) > 1 and (count or all(value is not None for value in values))
    return Line(number, Kind.PARTIAL if is_partial else Kind.TEXT, text, cells, values)


def heading_cells(text: str, layout: Layout, width: int, marks: tuple[str, ...]) -> list[str] | None:
    """The headings of so many columns in a line, None where it holds others; those of a comment may be parted in another way."""
    bare = text.strip("\r\n")
    mark = next((mark for mark in marks if bare.lstrip().startswith(mark)), "")
    readings = [bare] if not mark else [bare.lstrip()[len(mark) :].lstrip("#%;! "), bare]
    for reading in readings:
        for delimiter in dict.fromkeys((layout.delimiter, "\t", ";", ",", "|", "  ", " ")):
            if delimiter == "  ":
                cells = [cell for cell in re.split(r"\s{2,}|\t", reading.strip()) if cell]
            elif delimiter == " " and mark and reading is bare:
                continue
            elif delimiter == " ":
                cells = Layout(" ", ".").cells(_LOOSE_UNIT.sub(lambda found: "/" if "/" in found[0] else "", reading))
            else:
                cells = Layout(delimiter, ".").cells(reading)
            while len(cells) > width and not cells[-1]:
                cells.pop()
            if len(cells) < width and delimiter == layout.delimiter != " " and sum(map(bool, cells)) >= 2:
                cells += [""] * (width - len(cells))
            names = [cell for cell in cells if cell]
            others = (_NUMBER.fullmatch(cell.replace(",", ".")) or _SETTING.fullmatch(cell) for cell in names)
            may_be_prose = delimiter == " " and (mark or layout.delimiter != " ")
            if len(cells) == width and names and not any(others) and not (may_be_prose and sum(map(_is_telling, names)) < 2):
                return cells
    return None


def _is_telling(name: str) -> bool:
    """Whether a word is the heading of a field, a signal or a time, or a unit, as far as one can tell."""
    heading = parse_heading(name)
    return field_score(heading) >= 15 or signal_score(heading) >= 15 or is_time(heading) or bool(known_unit(name.strip("()[]")))
