"""Tables for a terminal of any width and alphabet: text wraps, columns that find no room go below, and a number is never cut."""

import re
from dataclasses import dataclass, field
from typing import Literal

from rich.box import ROUNDED
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from ..spelling import readable

Justify = Literal["left", "right"]
#: Stands for a space at which a line must not be broken.
_TIED = "\u00a0"
_UNITS = r"(?:[afpnuµmckMGT]?(?:V|A|T|s|K|m|Ω|J|W|ohm|Hz|eV)(?:[²³⁻^]|\b)|1/|%|deg\b|rad\b|[τλ√ω]|[rR]_|tau_|lambda_|sqrt |half widths?\b)"
_TIES = re.compile(
    rf"(?<=[\d)])\s(?={_UNITS})"  # 5 mV
    r"|(?<=[A-Za-zΩ²³⁻¹\d])\s(?=[uµmc]?[AVKTm](?:[²³⁻]|\^))"  # Ω µm²
    r"|(?<=[=≈<>≤≥±×])\s(?=\S)|(?<=\S)\s(?=[=≈<>≤≥×]\s)"  # α = 2
    r"|(?<=\w)\s(?=[+\-−]\d)"  # P_G +0.5
)
#: The narrowest that a column of text is made where it needn't be.
_LEAST = 14


@dataclass
class Column:
    """A column: its heading; "left" or "right"; whether its cells may wrap; how rich draws them."""

    heading: str
    justify: Justify = "left"
    wraps: bool = False
    style: str = ""


@dataclass
class Sheet:
    """A table before it is known how much room it has.

    Attributes:
        title, caption: above and below.
        lines: whether a line is drawn between rows.
        keys: how many columns, from the left, say what a row is about: they are repeated where columns go below.
        rows: cells, by column; None for a line.
    """

    title: str = ""
    caption: str = ""
    lines: bool = False
    keys: int = 1
    columns: list[Column] = field(default_factory=list)
    rows: list[list[str] | None] = field(default_factory=list)

    def add_columns(self, *headings: str, justify: Justify = "left", wraps: bool = False, style: str = "") -> None:
        """Add columns of one kind; numbers don't wrap."""
        self.columns += [Column(heading, justify, wraps, style) for heading in headings]

    def add_row(self, *cells: str) -> None:
        """Add a row; cells that are not given are empty."""
        self.rows.append([*cells, *[""] * (len(self.columns) - len(cells))])

    def add_section(self) -> None:
        """Draw a line below the last row."""
        self.rows.append(None)

    def tables(self, width: int, encoding: str = "utf-8") -> list[Table]:
        """One table, or several where it has more columns than the width has room for; columns without a cell are left out."""
        sheet = self._spelt(encoding)
        least = [_most(_words(column.heading)) for column in sheet.columns]
        full = [_most([column.heading.replace("\n", " ")]) for column in sheet.columns]
        for k, column in enumerate(sheet.columns):
            cells = [row[k] for row in sheet.rows if row is not None]
            full[k] = max(full[k], _most(cells))
            least[k] = max(least[k], min(full[k], max(_most(_words(*cells)), _LEAST)) if column.wraps else _most(cells))
        found: list[Table] = []
        rest = [k for k in range(self.keys, len(sheet.columns)) if any(row is not None and row[k] for row in sheet.rows)]
        while rest:
            shown = list(range(self.keys))
            while rest and (len(shown) == self.keys or _drawn([least[k] for k in [*shown, rest[0]]]) <= width):
                shown.append(rest.pop(0))
            widths = _shared([least[k] for k in shown], [full[k] for k in shown], width)
            found.append(sheet._table(shown, widths, is_first=not found, is_last=not rest))
        return found

    def _spelt(self, encoding: str) -> "Sheet":
        def spelt(text: str) -> str:
            return tied(readable(text, encoding))

        rows = [None if row is None else [spelt(cell) for cell in row] for row in self.rows]
        columns = [Column(spelt(one.heading), one.justify, one.wraps, one.style) for one in self.columns]
        return Sheet(readable(self.title, encoding), spelt(self.caption), self.lines, self.keys, columns, rows)

    def _table(self, shown: list[int], widths: list[int], *, is_first: bool, is_last: bool) -> Table:
        table = Table(box=ROUNDED, show_lines=self.lines, show_header=any(column.heading for column in self.columns))
        width = _drawn(widths)
        if is_first and self.title:
            table.title, table.title_justify = _plain(self.title, width), "left"
        if is_last and self.caption:
            table.caption, table.caption_justify = _plain(self.caption, width), "left"
        for k, room in zip(shown, widths, strict=True):
            column = self.columns[k]
            table.add_column(_plain(column.heading, room), justify=column.justify, style=column.style, no_wrap=True, min_width=room)
        for row in self.rows:
            if row is None:
                table.add_section()
            elif is_first or any(row[k] for k in shown[self.keys :]):  # below, rows that have something there
                table.add_row(*(_plain(row[k], room) for k, room in zip(shown, widths, strict=True)))
        return table


def tied(text: str) -> str:
    """A text whose numbers stay with their units, and equals signs with their sides, however lines are broken."""
    return _TIES.sub(_TIED, text)


def wrapped(text: str, width: int) -> str:
    """A text in lines no wider than a width, but for longer words; where its lines begin they stay indented."""
    lines = []
    for paragraph in text.split("\n"):
        indent = paragraph[: len(paragraph) - len(paragraph.lstrip(" "))]
        line = indent
        for word in paragraph.split(" "):
            if not word:
                continue
            if line.strip(" ") and cell_len(line) + 1 + cell_len(word) > width:
                lines.append(line)
                line = indent
            line += f"{' ' if line.strip(' ') else ''}{word}"
        lines.append(line)
    return "\n".join(lines).replace(_TIED, " ")


def _plain(text: str, width: int) -> Text:
    return Text(wrapped(text, width), no_wrap=True)


def _words(*texts: str) -> list[str]:
    """The words of texts, the first of a line with its indentation."""
    return [word for text in texts for line in text.split("\n") for word in re.findall(r"^ *[^ ]+|[^ ]+", line)]


def _most(texts: list[str]) -> int:
    return max((cell_len(line) for text in texts for line in text.split("\n")), default=0)


def _drawn(widths: list[int]) -> int:
    """Width of a table with its borders."""
    return sum(widths) + 3 * len(widths) + 1


def _shared(least: list[int], full: list[int], width: int) -> list[int]:
    """Widths of columns, what room there is going to those that lack most of theirs."""
    widths = list(least)
    for _ in range(max(0, width - _drawn(least))):
        k = max(range(len(widths)), key=lambda k: full[k] / max(widths[k], 1))
        if widths[k] >= full[k]:
            break
        widths[k] += 1
    return widths
