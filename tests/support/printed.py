"""Tables as they are printed, read back cell by cell."""

import math
import re
from typing import Any

import pytest

PREFIXES = {"a": -18, "f": -15, "p": -12, "n": -9, "µ": -6, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9}
UNITS = ("V", "A", "T", "s", "K", "m", "Ω", "ohm")
NUMBER = re.compile(r"([+-]?\d[\d.]*(?:e[+-]?\d+)?)(?: (.+))?")
#: The ends of keys of JSON files, and what tables print for them.
KEYS = {"_A_per_m2": "A/m²", "_ohm": "Ω", "_V": "V", "_T": "T", "_s": "s", "_K": "K", "_A": "A"}


def quantity(text: str) -> tuple[float, str]:
    """A whole text that is a number with its unit: the number in SI, and the unit without its prefix."""
    found = NUMBER.fullmatch(text.replace("−", "-"))
    assert found is not None, text
    unit = found[2] or ""
    is_prefixed = unit[:1] in PREFIXES and unit[1:].startswith(UNITS)
    return float(found[1]) * 10.0 ** (PREFIXES[unit[0]] if is_prefixed else 0), unit[1:] if is_prefixed else unit


def unit_of(key: str) -> str:
    """The unit of a key of a JSON file; none where it ends in none."""
    return next((unit for ending, unit in KEYS.items() if key.endswith(ending)), "")


def require(cell: str, value: float | None, unit: str, digits: int = 4) -> None:
    """A cell that holds a number to some digits, in a unit; a dash or nothing for None."""
    if value is None:
        assert cell in ("", "–", "-", "undetermined"), cell
        return
    found, printed_unit = quantity(cell)
    assert found == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits), abs=1e-300), (cell, value)
    assert printed_unit.replace("ohm", "Ω").replace("^", "") == unit.replace("ohm", "Ω").replace("^2", "²").replace("^3", "³"), (cell, unit)


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
    """The tables of `hanle sensitivity` against sensitivity.json and identifiability.json, every number with its unit."""
    cells = by_name(text)
    units = {row["name"]: row["unit"] for row in found["parameters"]} | {name: one["unit"] for name, one in found["observables"].items()}
    values = {row["name"]: row["value"] for row in found["parameters"]} | {name: one["value"] for name, one in found["observables"].items()}
    idle = re.search(r"without effect here: ([^;╭╰]*)", " ".join(text.split()))
    without = set(re.findall(r"\w+", idle[1])) if idle else set()
    for row in found["parameters"]:
        acts = bool(row["largest"] or row["lorentzian_off"])
        assert acts == (row["name"] not in without), row["name"]
        if not acts:
            continue
        one, turns = cells[row["name"]], "largest_at_rad" in row
        require(one["value"], row["value"], row["unit"])
        require(one["largest"], row["largest"], "", 2)
        at = "θ" if turns else "B"
        places = {f"largest at {at}": "largest_at"}
        if row["lorentzian_off"] is not None:
            require(one["Eq. (14) off by"], row["lorentzian_off"], "", 2)
            places |= {f"off most at {at}": "lorentzian_off_at"}
            turned = re.search(
                rf"other sign than the exact one: (?:[^;]*, )?{row['name']} from (-?[\d.]+ ?\S+?)[,;]", " ".join(text.split())
            )
            place = row[f"sign_differs_from_{'rad' if turns else 'T'}"]
            if turns:
                assert (turned and turned[1]) == (place if place is None else f"{math.degrees(place):.3g}°"), row["name"]
            else:
                require(turned[1] if turned else "", place, "T", 3)
        for heading, key in places.items():
            place = row[f"{key}_{'rad' if turns else 'T'}"]
            acts = place is not None and row["largest" if key == "largest_at" else "lorentzian_off"] != 0
            if turns:
                assert one.get(heading, "") == (f"{math.degrees(place):.3g}°" if acts else ""), (row["name"], heading)
            else:
                require(one.get(heading, ""), place if acts else None, "T", 3)
    for name, error in bounds["crlb"].items():
        require(cells[name]["standard error"], error, units[name])
        require(cells[name].get("relative", ""), error / abs(values[name]) if error is not None and values[name] else None, "", 3)
    for one in bounds["where_to_measure"]:
        error, *fields = re.split(r": |, ", cells[one]["with the best fields"])
        design = bounds["where_to_measure"][one]
        require(error, design["error"], units[one])
        assert len(fields) == len(design["B_T"])
        for field, B, weight in zip(fields, design["B_T"], design["weights"], strict=True):
            share, place = field.split(" % at ")
            assert float(share) == pytest.approx(100 * weight, abs=0.51)
            require(place, B, "T", 3)
    for text, error in bounds["combinations"].items():
        require(cells[text]["relative"], error, "", 3)
    for name, one in found["observables"].items():
        require(cells[name]["value"], one["value"], one["unit"])
        error = bounds["observables"][name]
        if error is not None:
            require(cells[name]["standard error"], error, one["unit"])
            require(cells[name].get("relative", ""), error / abs(one["value"]) if one["value"] else None, "", 3)
    for what, row in found["sobol"].items():
        for name, index in row.items():
            alone, total = map(float, cells[what][name].split(" / "))
            assert (alone, total) == (pytest.approx(index["first"], abs=0.0051), pytest.approx(index["total"], abs=0.0051))
