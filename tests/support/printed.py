"""Tables as they are printed, read back cell by cell."""

import re
from typing import Any

import pytest

PREFIXES = {"a": -18, "f": -15, "p": -12, "n": -9, "µ": -6, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9}
UNITS = ("V", "A", "T", "s", "K", "m", "Ω", "ohm")
NUMBER = re.compile(r"([+-]?\d[\d.]*(?:e[+-]?\d+)?)(?: (\S+))?")


def number(cell: str) -> float | None:
    """The number at the beginning of a cell, in SI; None for a dash or nothing."""
    found = NUMBER.match(cell.replace("−", "-"))
    if found is None:
        assert cell in ("", "–", "-", "undetermined"), cell
        return None
    unit = (found[2] or "").partition("/")[0].rstrip(",;:")
    prefix = 10.0 ** PREFIXES[unit[0]] if unit[:1] in PREFIXES and unit[1:] in UNITS else 1.0
    assert unit in ("", "%", "1") or prefix != 1 or any(unit.startswith(base) for base in (*UNITS, "W", "rad")), cell
    return float(found[1]) * prefix


def tables(text: str, anchor: int = 0) -> list[list[list[str]]]:
    """Every table's rows of cells; lines of a row are joined, a new one has something in column `anchor`. With 0 the first is the heading."""
    found: list[list[list[str]]] = []
    width, is_heading = 0, False  # no table before the first
    for line in text.splitlines():
        if re.fullmatch(r"[╭╮╰╯├┤┬┴┼─]+|[+|][-+]*-[-+]*[+|]", line):
            if not width:
                found.append([])
                width, is_heading = len(line), True
            else:
                assert len(line) == width
                is_heading = False
                width = 0 if line[0] in "╰+" else width
        elif width:
            assert len(line) == width and line[0] == line[-1] and line[0] in "│|", line
            cells = [cell.strip() for cell in line[1:-1].split(line[0])]
            rows = found[-1]
            if rows and ((is_heading and anchor == 0) or not cells[anchor]):
                rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)]
            else:
                rows.append(cells)
    return found


def by_name(text: str) -> dict[str, dict[str, str]]:
    """Of tables that repeat their first column: cells by row and heading."""
    found: dict[str, dict[str, str]] = {}
    for heading, *rows in tables(text):
        for name, *cells in rows:
            known = found.setdefault(name, {})
            known.update({what: cell for what, cell in zip(heading[1:], cells, strict=True) if cell or what not in known})
    return found


def fits(text: str, width: int) -> bool:
    """Whether no table is wider than asked for, and nothing was cut."""
    return "…" not in text and all(len(line) <= width for line in text.splitlines() if line[:1] in tuple("│╭├╰"))


def check_sensitivity(text: str, found: dict[str, Any], bounds: dict[str, Any]) -> None:
    """The tables of `hanle sensitivity` against sensitivity.json and identifiability.json."""
    cells = by_name(text)
    for row in found["parameters"]:
        assert number(cells[row["name"]]["value"]) == pytest.approx(row["value"], rel=6e-4), row["name"]
        assert number(cells[row["name"]]["largest"]) == pytest.approx(row["largest"], rel=6e-2), row["name"]
        if row["lorentzian_off"] is not None:
            assert number(cells[row["name"]]["Eq. (14) off by"]) == pytest.approx(row["lorentzian_off"], rel=6e-2)
    for name, error in bounds["crlb"].items():
        assert number(cells[name]["standard error"]) == (None if error is None else pytest.approx(error, rel=6e-4)), name
    for name, one in found["observables"].items():
        assert number(cells[name]["value"]) == pytest.approx(one["value"], rel=6e-4), name
