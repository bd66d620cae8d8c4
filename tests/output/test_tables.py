"""What the commands print, read back: at any width and in any alphabet a number is whole, with its unit, and the file's."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from hanle_sim import terminal
from hanle_sim.configuration import preset_names
from hanle_sim.output.layout import Sheet, tied, wrapped
from hanle_sim.output.tables import comparison_table, presets_table
from hanle_sim.terminal import readable
from printed import by_name, check_sensitivity, fits, number, tables

GEOMETRIES = json.loads((Path(__file__).parents[2] / "results" / "geometries" / "compare.json").read_text(encoding="utf-8"))
COMPARED = {
    "ΔV at B = 0": "Delta_V_0_V",
    "half width": "hwhm_T",
    "τ_s": "tau_s_s",
    "τ read as lumped": "tau_lumped_s",
    "τ read as diffusive": "tau_diffusive_s",
    "curvature": "curvature",
    "tail": "tail_exponent",
}
SIMULATED = {
    "Hanle signal at B = 0": "Delta_V_0_V",
    "from spin accumulation Δμ": "Delta_V_spin_0_V",
    "from spin heat accumulation ΔT_s": "Delta_V_heat_0_V",
    "by Eq. (14)": "eq14_Delta_V_0_V",
    "half width": "hwhm_T",
    "apparent τ, one Lorentzian": "tau_apparent_s",
    "r_s/R_tun": "r_s_over_R_tun",
}
ALPHABETS = ("utf-8", "cp1252", "cp437", "latin-1", "ascii")


def printed(sheet: Sheet, width: int, encoding: str = "utf-8") -> str:
    """A table as a stream of some encoding gets it, which fails for letters that the encoding lacks."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=stream, width=10_000)
    for table in sheet.tables(width, encoding):
        console.print(table)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [30, 60, 80, 100, 120, 200])
def test_a_comparison_keeps_every_number_at_any_width(width: int):
    text = printed(comparison_table(GEOMETRIES), width)
    assert width < 40 or fits(text, width), text
    found = by_name(text)
    for row in GEOMETRIES:
        cells = found[row["name"]]
        assert cells["model"] == row["model"]
        for heading, key in COMPARED.items():
            assert number(cells[heading]) == (None if row[key] is None else pytest.approx(row[key], rel=5e-4)), (heading, row["name"])


@pytest.mark.parametrize("encoding", ALPHABETS)
def test_a_table_is_spelt_in_any_alphabet(encoding: str):
    text = printed(comparison_table(GEOMETRIES), 80, encoding)
    assert fits(text, 80)
    found = by_name(text)
    tau = readable("τ read as lumped", encoding)
    assert tau in ("τ read as lumped", "tau read as lumped")
    for row in GEOMETRIES:
        assert number(found[row["name"]][tau]) == pytest.approx(row["tau_lumped_s"], rel=5e-4)


def test_letters_are_replaced_by_what_can_be_read():
    text = "ΔT_s = 8 µK − τ_λ ≤ 5·10⁻⁹ Ω m², θ = 45°, Müller 測 \udcff"
    assert readable(text, "ascii") == "Delta_T_s = 8 uK - tau_lambda <= 5.10^-9 ohm m^2, theta = 45 deg, Muller ? \\xff"
    assert readable(text, "cp1252") == "Delta_T_s = 8 µK - tau_lambda <= 5·10^-9 ohm m², theta = 45°, Müller ? \\xff"
    assert readable(text, "utf-8") == text.replace("\udcff", "\\xff")


def test_lines_break_between_words_and_never_in_a_quantity():
    text = "read as one channel it looks like τ = 652.8 ps, with R_tun = 2.5e-11 Ω m² and I = 5 A/m² at 12 % of 3.2e-05 A m⁻²; P_G +0.5"
    whole = ("τ = 652.8 ps,", "R_tun = 2.5e-11 Ω m²", "I = 5 A/m²", "12 %", "3.2e-05 A m⁻²;", "P_G +0.5")
    for width in range(22, 140):
        lines = wrapped(tied(text), width).split("\n")
        assert " ".join(lines) == text and max(map(len, lines)) <= width
        assert all(any(part in line for line in lines) for part in whole)


def test_columns_go_below_with_their_names_and_empty_ones_are_left_out():
    sheet = Sheet(title="title", caption="caption")
    sheet.add_column("name", wraps=True)
    for heading in ("value", "nothing", "error"):
        sheet.add_column(heading, justify="right")
    sheet.add_row("P_L^2 S^2 contact_area^-1 L_0^-1 r_s alpha^-1 I", "1.2345e-11 Ω m²", "", "3.21e-12 Ω m²")
    sheet.add_row("x", "1 V")
    one, (first, second) = sheet.tables(100), sheet.tables(45)
    assert len(one) == 1 and [len(table.columns) for table in (*one, first, second)] == [3, 2, 2]
    assert (first.title, first.caption, second.title) == (Text("title"), None, None) and second.caption == Text("caption")
    for width in (20, 45, 100):
        text = printed(sheet, width)
        assert width == 20 or fits(text, width)
        assert "1.2345e-11 Ω m²" in text and "3.21e-12 Ω m²" in text and "nothing" not in text


def test_names_are_no_markup(hanle):
    status, out, _ = hanle("presets")
    assert status == 0 and set(preset_names()) <= set(by_name(out))
    sheet = presets_table([("[/x]", ":smile: [red]")])
    assert ":smile: [red]" in printed(sheet, 80) and "[/x]" in printed(sheet, 80)


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("", 120), ("0", 120), ("wide", 120)])
def test_columns_are_honoured_off_a_terminal(capfd, monkeypatch, columns: str, width: int):
    monkeypatch.setenv("COLUMNS", columns)
    terminal.show(comparison_table(GEOMETRIES))
    out = capfd.readouterr().out
    assert fits(out, width) and len(tables(out)) == {60: 3, 120: 1}[width]


def simulated_cells(text: str) -> dict[str, tuple[str, str]]:
    """Value and remark by quantity."""
    return {row[0]: (row[1], row[2]) for table in tables(text, anchor=1) for row in table}


def check_simulation(text: str, summary: dict[str, Any]) -> None:
    cells = simulated_cells(text)
    for label, key in SIMULATED.items():
        if summary[key] is not None:
            assert number(cells[label][0]) == pytest.approx(summary[key], rel=5e-4), label
    if summary["tau_apparent_s"] is not None:
        assert f"{summary['tau_apparent_s'] / summary['tau_s_s']:.5g} τ_s" in cells["apparent τ, one Lorentzian"][1]


def test_a_simulation_s_table_holds_the_summary_s_numbers(hanle, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    status, out, _ = hanle("simulate", "fig2", "--set", "points=5", "--out", "r")
    assert status == 0 and fits(out, 60)
    check_simulation(out, json.loads((tmp_path / "r" / "summary.json").read_text(encoding="utf-8")))


@pytest.mark.heavy
@pytest.mark.parametrize("preset", preset_names())
def test_every_preset_s_tables_hold_the_files_numbers(hanle, tmp_path, monkeypatch, preset: str):
    for width in (60, 80):
        monkeypatch.setenv("COLUMNS", str(width))
        status, out, _ = hanle("simulate", preset, "--set", "points=5", "--out", "r")
        assert status == 0 and fits(out, width)
        check_simulation(out, json.loads((tmp_path / "r" / "summary.json").read_text(encoding="utf-8")))
        status, out, _ = hanle("sensitivity", preset, "--set", "points=21", "--noise", "1 nV", "--out", "s")
        assert status == 0 and fits(out, width)
        found = json.loads((tmp_path / "s" / "sensitivity.json").read_text(encoding="utf-8"))
        bounds = json.loads((tmp_path / "s" / "identifiability.json").read_text(encoding="utf-8"))
        check_sensitivity(out, found, bounds)
