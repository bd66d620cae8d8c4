"""Tables in a text: comments, preambles of unknown length, headings, sections, and rows that are not whole."""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..text import toml_of
from .cells import Kind, Layout, Line, heading_cells, read_line
from .decoding import decoded
from .errors import DataError
from .headings import known_unit, parse_heading
from .section import DataSection
from .table import Column, Table, numbered

_LAYOUTS = [Layout(delimiter, decimal) for delimiter in "\t;, " for decimal in ".," if delimiter != decimal]
_MARKS = ("#", "%", ";", "!", "//")
#: How many lines above a table may be its headings.
_HEADINGS = 8


class Block(NamedTuple):
    """The rows of a table, the lines above it back to the table before, lines among its rows that are none, and the layout."""

    rows: list[Line]
    above: list[Line]
    strange: list[Line]
    layout: Layout
    section: int

    @property
    def whole(self) -> int:
        """How many of the rows hold two numbers or more."""
        return sum(row.kind is Kind.ROW for row in self.rows)

    @property
    def width(self) -> int:
        """How many cells the rows have: the most, unless that happens once and the headings know nothing of it."""
        widths = np.bincount([len(row.cells) for row in self.rows if row.kind is Kind.ROW])
        most = len(widths) - 1
        return (
            most if widths[most] > 1 or any(cells[-1] for cells in self.headings(most)) else int(len(widths) - 1 - np.argmax(widths[::-1]))
        )

    def headings(self, width: int) -> list[list[str]]:
        """Rows of headings above the table, the nearest first."""
        found: list[list[str]] = []
        lines = [line for line in self.above if line.kind is not Kind.BLANK]
        for line in lines[: -1 - _HEADINGS : -1]:
            cells = None if line.kind is Kind.ROW else heading_cells(line.text, self.layout, width, _MARKS)
            if cells is not None:
                found.append(cells)
            elif found:
                break
        return found


def text_table(content: bytes, name: str, section: DataSection) -> Table:
    """The table of a text file.

    Arguments:
        content: the file's bytes.
        name: the file, for messages.
        section: what is known of it.

    Raises:
        DataError: what is no text, or has no table; a section that isn't there; delimiters that change.
    """
    text, encoding = decoded(content, name, section.encoding)
    lines = re.split(r"\r\n|\n|\r", text)
    marks = _MARKS if section.comment is None else (section.comment,)
    best: list[Block] = []
    parts = 1
    for layout in _layouts(section, text):
        read = [read_line(number, line, layout, marks) for number, line in enumerate(lines, 1) if number > (section.skip or 0)]
        parts = 1 + sum(line.kind is Kind.SECTION for line in read)
        blocks = [block for block in _blocks(read, layout) if parts == 1 or section.section in (None, block.section)]
        if max(map(_fit, blocks), default=0) > 1.1 * max(map(_fit, best), default=-1) + 2:  # by more than a row of a preamble
            best = blocks
        if max(map(_fit, best), default=0) > 1.8 * sum(line.kind is not Kind.BLANK for line in read):  # all of it, nearly
            break
    if parts > 1 and section.section is not None and section.section not in range(1, parts + 1):
        raise _no_section(section, parts, name)
    if not best:
        given = "" if section.delimiter is None else f" parted by {Layout(section.delimiter, section.decimal or '.')}"
        raise DataError(f"{name}: is no table: no line has two numbers{given}: give a file with columns of numbers")
    block, notes = _chosen(best, parts, name, section)
    _require_one_layout(block, name)
    if (
        block.layout.delimiter == ","
        and section.delimiter is None
        and any(
            2 * sum(map(bool, cells)) == block.width and not any(cells[block.width // 2 :]) for cells in block.headings(block.width)[:1]
        )
    ):
        raise DataError(
            f"{name}, line {block.rows[0].number}: has {block.width} cells below {block.width // 2} headings: decimal commas can't be told "
            'from the commas between cells: write the file with another delimiter, or give delimiter = ","'
        )
    notes.insert(0, f"read as {encoding}, cells parted by {block.layout}")
    return _table(block, notes)


def _layouts(section: DataSection, text: str) -> Iterator[Layout]:
    """The layouts that a text may have, the likelier ones of those that fit alike first."""
    delimiters = "\t;, " if section.delimiter is None else section.delimiter
    for delimiter in delimiters:
        for decimal in (".", ",") if section.decimal is None else (section.decimal,):
            if (delimiter != decimal or '"' in text) and (delimiter == " " or delimiter in text) and (decimal == "." or decimal in text):
                yield Layout(delimiter, decimal)


def _blocks(lines: list[Line], layout: Layout) -> list[Block]:
    """The tables of a text: rows that neither a section's end nor headings part."""
    blocks: list[Block] = []
    rows: list[Line] = []
    above: list[Line] = []
    between: list[Line] = []
    strange: list[Line] = []
    section, heading = 1, None

    def close() -> None:
        if rows:
            blocks.append(Block(list(rows), list(above), list(strange), layout, section))
            above.clear()
        rows.clear()
        strange.clear()

    for line in lines:
        if line.kind is Kind.SECTION:
            close()
            between, section = [] if blocks else between, section + 1  # "===" below the headings alone
        elif line.kind is Kind.ROW or (rows and line.kind is Kind.PARTIAL):
            if not rows:
                above = between
                while above and above[-1].kind is Kind.PARTIAL and len(above[-1].cells) == len(line.cells):
                    rows.insert(0, above.pop())
                heading = next((one.cells for one in reversed(above) if one.is_heading), None)
            else:
                texts = [one for one in between if one.kind is Kind.TEXT and one.cells != heading]
                if texts and len(line.cells) != len(rows[-1].cells):
                    close()
                    above, texts = between, []
                strange += texts
            between = []
            rows.append(line)
        else:
            is_heading = rows and line.is_heading and heading_cells(line.text, layout, len(rows[-1].cells), ()) is not None
            if is_heading and line.cells != heading:
                strange += [one for one in between if one.kind is Kind.TEXT]
                close()
                between = []
            between.append(line)
    strange += [one for one in between if rows and one.kind is Kind.TEXT]
    close()
    return blocks


def _fit(block: Block) -> int:
    """How well a layout fits: the rows of the table, those without a cell that is no number twice."""
    return block.whole + sum(row.kind is Kind.ROW and None not in row.values for row in block.rows)


def _no_section(section: DataSection, count: int, name: str) -> DataError:
    given = toml_of(section.section)
    return DataError(f"{name}: section = {given}: the file has {count} of them, counted from 1: give another one, or leave it out")


def _chosen(blocks: list[Block], parts: int, name: str, section: DataSection) -> tuple[Block, list[str]]:
    """The table that is read, and what is said of the others."""
    if parts == 1:  # none that "==" parts: tables with headings of their own are the sections
        large = [block for block in blocks if block.whole >= 4] or blocks
        parts = len(large)
        blocks = [block._replace(section=number) for number, block in enumerate(large, 1) if section.section in (None, number)]
        if not blocks:
            raise _no_section(section, parts, name)
    block = max(blocks, key=lambda one: one.whole)
    if section.section is not None or parts == 1:
        return block, []
    ends = f"lines {block.rows[0].number} to {block.rows[-1].number}"
    return block, [f"section {block.section} of {parts} was taken, {ends}, since it has the most rows"]


def _require_one_layout(block: Block, name: str) -> None:
    """Raise DataError for lines among the rows that are rows of another layout."""
    partial = [row for row in block.rows if row.kind is Kind.PARTIAL and None in row.values]
    for line in sorted([*block.strange, *partial]):
        for other in _LAYOUTS:
            cells = other.cells(line.text)
            is_other = other != block.layout and other.delimiter in line.text and len(cells) > 1 and any(cells)
            if is_other and all(other.number(cell) is not None for cell in cells):
                raise DataError(
                    f"{name}, line {line.number}: its cells are parted by {other}, those of the lines before by {block.layout}: "
                    "write the file in one way"
                )


def _table(block: Block, notes: list[str]) -> Table:
    width = block.width
    headings = block.headings(width)
    names = headings[0] if headings else [""] * width
    units = [""] * width
    for below, above in itertools.pairwise(headings[:3]):  # names, units, and perhaps comments below them
        bare = [cell.strip("()[]{}<> ") for cell in below]
        if any(bare) and all(known_unit(cell) or cell in ("", "-", "1", "a.u.") for cell in bare):
            names, units = above, below
            break
    long = np.array([any(row.cells[width:]) for row in block.rows])
    values = np.full((len(block.rows), width), np.nan)
    blank = np.ones(values.shape, dtype=bool)
    for row, line in enumerate(block.rows):
        if not long[row]:
            for column, value in enumerate(line.values[:width]):
                values[row, column] = np.nan if value is None else value
                blank[row, column] = value is not None and value != value
        else:
            blank[row] = False
    numbers = np.array([line.number for line in block.rows])
    if long.any():
        notes.append(f"{numbered('line', numbers[long].tolist())}: dropped, since there are more cells than the {width} columns")
    if block.strange:
        notes.append(f"{numbered('line', [line.number for line in block.strange])}: left out, since no numbers are there")
    if not headings:
        notes.append("no headings were found: columns are known by their numbers")
    columns = [
        Column(parse_heading(heading, unit), values[:, k], blank[:, k]) for k, (heading, unit) in enumerate(zip(names, units, strict=True))
    ]
    while len(columns) > 2 and not columns[-1].heading.text and columns[-1].is_blank.all():
        columns.pop()
    return Table(columns, numbers, "line", notes)
