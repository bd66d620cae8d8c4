"""What the commands print, read back: at any width and in any alphabet a number is whole, with its unit, and the file's."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from rich.text import Text

from hanle_sim import terminal
from hanle_sim.configuration import PRESETS
from hanle_sim.output import drawing
from hanle_sim.output.layout import Sheet, tied, wrapped
from hanle_sim.output.tables import claims_table, comparison_table, presets_table, reproduction_table
from hanle_sim.spelling import readable
from hanle_sim.text import parameter_text, with_prefix
from hanle_sim.text import quantity as text_of_quantity
from printed import PREFIXES, by_name, check_sensitivity, fits, quantity, require, tables, unit_of

RESULTS = Path(__file__).parents[2] / "results"
GEOMETRIES = json.loads((RESULTS / "geometries" / "compare.json").read_text(encoding="utf-8"))
COMPARED = {
    "ΔV at B = 0": "Delta_V_0_V",
    "half width": "hwhm_T",
    "τ_s": "tau_s_s",
    "τ read as lumped": "tau_lumped_s",
    "τ read as diffusive": "tau_diffusive_s",
    "τ read with its own model": "tau_own_s",
    "curvature": "curvature",
    "tail": "tail_exponent",
}
SIMULATED = {
    "Hanle signal at B = 0": "Delta_V_0_V",
    "from spin accumulation Δμ": "Delta_V_spin_0_V",
    "from spin heat accumulation ΔT_s": "Delta_V_heat_0_V",
    "fully dephased": "Delta_V_infinity_V",
    "as |B| → ∞": "Delta_V_infinity_V",
    "change of current ΔI at B = 0": "Delta_I_0_A_per_m2",
    "nonlocal resistance at B = 0": "R_nl_0_ohm",
    "by Eq. (14)": "eq14_Delta_V_0_V",
    "half width": "hwhm_T",
    "apparent τ, one Lorentzian": "tau_apparent_s",
    "τ_s": "tau_s_s",
    "r_s/R_tun": "r_s_over_R_tun",
    "r_Q κ_el": "r_Q_kappa_el",
    "second-law margin": "second_law_margin",
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
            require(cells[heading], row[key], unit_of(key))


def test_a_prefix_means_its_power_of_ten():
    """The least, the largest and one between of every prefix, rounded at every number of digits, read by another table."""
    letters = {power: letter for letter, power in PREFIXES.items() if letter != "u"} | {0: ""}
    for power, letter in letters.items():
        for value in (1.0, 2.34567, 999.4, 0.99999999):
            for digits in (3, 4, 5):
                text = text_of_quantity(-value * 10.0**power, "V", digits)
                found, unit = quantity(text)
                assert unit == "V" and found == pytest.approx(-value * 10.0**power, rel=0.51 * 10.0 ** (1 - digits))
                assert text.endswith(f" {letter}V") and 1 <= abs(float(text.split()[0])) < 1000, text
                assert with_prefix(-value * 10.0**power, "V", digits) == text.replace("µ", "u")
                assert drawing.amount(value * 10.0**power, "V", digits) == text[1:]
        factor, unit = drawing.scaled([0.0, 2.5 * 10.0**power, np.nan], "V")
        assert unit == f"{letter}V" and factor * 10.0**power == pytest.approx(1)
    assert [text_of_quantity(value, "V") for value in (0.0, -0.0, 1e12, 9.9996e-19)] == ["0 V", "0 V", "1e12 V", "1 aV"]
    assert (text_of_quantity(2e-3, ""), parameter_text(2.5e-11, "ohm m^2"), parameter_text(2e-5, "V/K")) == (
        "0.002",
        "2.5e-11 Ω m²",
        "20 µV/K",
    )


@pytest.mark.parametrize("encoding", ALPHABETS)
def test_a_table_is_spelt_in_any_alphabet(encoding: str):
    text = printed(comparison_table(GEOMETRIES), 80, encoding)
    assert fits(text, 80)
    found = by_name(text)
    tau = readable("τ read as lumped", encoding)
    assert tau in ("τ read as lumped", "tau read as lumped")
    for row in GEOMETRIES:
        require(found[row["name"]][tau], row["tau_lumped_s"], "s")


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
    sheet.add_columns("name", wraps=True)
    sheet.add_columns("value", "nothing", "error", justify="right")
    sheet.add_row("P_L^2 S^2 contact_area^-1 L_0^-1 r_s alpha^-1 I", "1.2345e-11 Ω m²", "", "3.21e-12 Ω m²")
    sheet.add_row("x", "1 V")
    one, (first, second) = sheet.tables(100), sheet.tables(45)
    assert len(one) == 1 and [len(table.columns) for table in (*one, first, second)] == [3, 2, 2]
    assert (first.title, first.caption, second.title) == (Text("title"), None, None) and second.caption == Text("caption")
    for width in (20, 45, 100):
        text = printed(sheet, width)
        assert width == 20 or fits(text, width)
        assert "1.2345e-11 Ω m²" in text and "3.21e-12 Ω m²" in text and "nothing" not in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_sentences_stand_beside_what_they_are_about(width: int):
    """The tables of `reproduce` and `claims`: every cell under its heading, whole."""
    rows = json.loads((RESULTS / "reproduce" / "reproduce.json").read_text(encoding="utf-8"))
    wanted = [
        ["what", "printed", "computed", "verdict"],
        *([row[key] for key in ("what", "printed", "computed", "verdict")] for row in rows),
    ]
    assert ruled(printed(reproduction_table(rows), width)) == squeezed(wanted)
    judged = json.loads((RESULTS / "claims" / "claims.json").read_text(encoding="utf-8"))["claims"]
    rows = [(one["number"], one["title"], one["verdict"], one["sentence"]) for one in judged]
    heads = ["", "claim", "verdict", "at this device"]
    assert ruled(printed(claims_table(rows), width)) == squeezed([heads, *([str(cell) for cell in row] for row in rows)])


def ruled(text: str) -> list[list[str]]:
    """The rows of a table with a line below each, the heading first, the columns that went below beside the others again."""
    blocks: list[list[list[str]]] = []
    for line in text.splitlines():
        if line[0] == "╭":
            blocks.append([])
        if line[0] in "╭├":
            blocks[-1].append([])
        elif line[0] == "│":
            cells = line[1:-1].split("│")
            blocks[-1][-1] = [old + cell for old, cell in zip(blocks[-1][-1] or [""] * len(cells), cells, strict=True)]
    return squeezed([sum((block[k][1:] for block in blocks[1:]), row) for k, row in enumerate(blocks[0])])


def squeezed(rows: list[list[str]]) -> list[list[str]]:
    """Cells without spaces, of which the end of a line has one more or one less."""
    return [["".join(cell.split()) for cell in row] for row in rows]


def test_names_are_no_markup(hanle):
    status, out, _ = hanle("presets")
    assert status == 0 and set(PRESETS) <= set(by_name(out))
    sheet = presets_table([("[/x]", ":smile: [red]")])
    assert ":smile: [red]" in printed(sheet, 80) and "[/x]" in printed(sheet, 80)


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("", 120), ("0", 120), ("wide", 120)])
def test_columns_are_honoured_off_a_terminal(capfd, monkeypatch, columns: str, width: int):
    monkeypatch.setenv("COLUMNS", columns)
    terminal.show(comparison_table(GEOMETRIES))
    out = capfd.readouterr().out
    assert fits(out, width) and len(tables(out)) == {60: 3, 120: 1}[width]
    terminal.say("a word " * 60, mark="warning: ")
    lines = capfd.readouterr().out.splitlines()
    assert " ".join(lines) == f"warning: {'a word ' * 60}".strip() and width - 7 < max(map(len, lines)) <= width


def simulated_cells(text: str) -> dict[str, tuple[str, str]]:
    """Value and remark by quantity."""
    return {row[0]: (row[1], row[2]) for table in tables(text, anchor=1) for row in table}


def check_simulation(text: str, summary: dict[str, Any]) -> None:
    """Every number of the table, with its unit, against the summary."""
    cells = simulated_cells(text)
    known = {label for label in cells if label in SIMULATED}
    assert known >= {"Hanle signal at B = 0", "from spin accumulation Δμ", "half width", "r_s/R_tun"}
    for label in known:
        require(cells[label][0], summary[SIMULATED[label]], unit_of(SIMULATED[label]))
    require(cells["from spin accumulation Δμ"][1].removeprefix("Δμ/e = "), summary["Delta_mu_over_e_0_V"], "V")
    has_heat = "τ_s and τ_Q" in cells
    if has_heat:
        require(cells["from spin heat accumulation ΔT_s"][1].removeprefix("ΔT_s = "), summary["Delta_T_s_0_K"], "K")
        for part, key in zip(cells["τ_s and τ_Q"][0].split(", "), ("tau_s_s", "tau_Q_s"), strict=True):
            require(part, summary[key], "s")
    if summary["tau_apparent_s"] is not None:
        shares = cells["apparent τ, one Lorentzian"][1].split(", ")
        for share, key in zip(shares, ("tau_s_s", "tau_Q_s")[: 1 + has_heat], strict=True):
            require(share, summary["tau_apparent_s"] / summary[key], key[:5].replace("tau", "τ"))
    for label, key in (("bare", "bare_modes"), ("dressed", "modes")):
        for k, mode in enumerate(summary[key], 1):
            tau, remark = cells[f"{label} mode {k}"]
            require(tau, mode["tau_s"], "s")
            require(remark.removeprefix("weight ").partition(";")[0], mode["weight_V"], "V")
    exact = summary["method"] if summary["method"] in ("linear", "finite_volume") else "closed"
    for way, difference in (summary["agreement"] or {}).items():
        if difference is not None:
            require(cells[f"{way.replace('_', ' ')} against {exact}"][0], difference, "", 2)
    if summary["r_s_ohm"] is not None:
        for part, key in zip(cells["R_tun, r_s"][0].split(", "), ("R_tun_ohm", "r_s_ohm"), strict=True):
            require(part, summary[key], "Ω")
        require(cells["R_tun, r_s"][1].removeprefix("I = "), summary["I_0_A"], "A")


def test_a_simulation_s_table_holds_the_summary_s_numbers(hanle, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    status, out, _ = hanle("simulate", "fig2", "--set", "points=5", "--out", "r")
    assert status == 0 and fits(out, 60)
    check_simulation(out, json.loads((tmp_path / "r" / "summary.json").read_text(encoding="utf-8")))


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("preset", "options"),
    [
        ("fig2", ("--sobol", "tau_s=0.5 ns:2 ns", "--sobol", "tau_Q=0.1 ns:0.5 ns")),
        ("layered", ("--free", "layers.1.lambda_s", "--free", "P_G")),
    ],
)
def test_tables_of_presets_hold_the_files_numbers(hanle, tmp_path, monkeypatch, preset: str, options: tuple[str, ...]):
    """On a terminal of 60 columns, and as it would print the same on one of 80."""
    monkeypatch.setenv("COLUMNS", "60")
    show, sheets = terminal.show, []

    def shown(*some: Sheet) -> None:
        sheets[:] = some
        show(*some)

    monkeypatch.setattr(terminal, "show", shown)

    def texts(*arguments: str) -> list[str]:
        status, out, err = hanle(*arguments)
        assert (status, err) == (0, "") and fits(out, 60)
        wider = "".join(printed(sheet, 80) for sheet in sheets)
        assert fits(wider, 80) and len(wider.splitlines()) != len(out.splitlines())
        return [out, wider]

    for text in texts("simulate", preset, "--set", "points=5", "--out", "r"):
        check_simulation(text, json.loads((tmp_path / "r" / "summary.json").read_text(encoding="utf-8")))
    analysed = texts("sensitivity", preset, "--set", "points=7", "--noise", "1 nV", *options, "--out", "s")
    found, bounds = (
        json.loads((tmp_path / "s" / f"{name}.json").read_text(encoding="utf-8")) for name in ("sensitivity", "identifiability")
    )
    for text in analysed:
        check_sensitivity(text, found, bounds)
    assert found["checked_by"] == ("integrate" if preset == "fig2" else "finite_volume")
    assert found["check"] and max(found["check"].values()) < 1e-6
    names = [row["name"] for row in found["parameters"]]
    assert (tmp_path / "s" / "sensitivity.csv").read_text(encoding="ascii").splitlines()[0].split(",") == ["B_T", *names]
    if preset == "layered":
        assert {"layers.1.rho", "layers.2.tau_Q"} <= set(names) and set(bounds["crlb"]) == {"layers.1.lambda_s", "P_G"}
    else:
        assert set(found["sobol"]["tau_apparent"]) == {"tau_s", "tau_Q"}, list(found["sobol"])
