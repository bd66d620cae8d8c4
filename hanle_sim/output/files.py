"""Text, JSON and CSV files of results."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

_ROWS = 2**18


def write_text(text: str, path: Path) -> None:
    """Write a text in UTF-8."""
    path.write_text(text, encoding="utf-8")


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = ("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |" for cells in (heads, *rows))
    return "\n".join([next(lines), "|---" * len(heads) + "|", *lines])


def write_json(content: Any, path: Path) -> None:
    """Write JSON, in which a number that is NaN or infinite is a mistake."""
    write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", path)


def write_csv(
    columns: Mapping[str, np.ndarray], path: Path, report: Callable[[str, int, int], Any] = lambda what, done, total: None
) -> None:
    """Write columns under their names: numbers so that they are read back as they were, texts in quotes."""
    points = len(next(iter(columns.values())))
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(columns) + "\n")
        for start in range(0, points, _ROWS):
            part = [column[start : start + _ROWS] for column in columns.values()]
            cells = (map(_quoted if column.dtype.kind == "U" else repr, column.tolist()) for column in part)
            file.writelines(",".join(row) + "\n" for row in zip(*cells, strict=True))
            report(f"writing {path.name}", min(start + _ROWS, points), points)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
