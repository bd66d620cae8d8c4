"""Figures by their content: what is drawn, in which unit, whether everything can be read, and that no name or number breaks them."""

import re
import warnings

import numpy as np
import pytest
from matplotlib import font_manager, rc_context
from matplotlib.colors import to_rgb
from matplotlib.ft2font import FT2Font
from scipy.constants import hbar, physical_constants

from drawn import STYLES, require_legible
from hanle_sim.configuration import ConfigurationError
from hanle_sim.output import drawing, lettering
from hanle_sim.output.figures import ComparedLine, Sweep, comparison_figure, hanle_curve_figure
from hanle_sim.output.look import DEFAULT, look_of
from hanle_sim.output.simulation import figure_of
from hanle_sim.simulation.run import run_simulation

B = np.linspace(-40e-3, 40e-3, 201)
HALF = hbar / (2 * physical_constants["Bohr magneton"][0] * 1e-9)  # of a Lorentzian of 1 ns [T]
LINE = 1 / (1 + (B / HALF) ** 2)


def of_line(line):
    """The signals of such a line."""
    return {"total": 1e-6 * line, "spin": 0.7e-6 * line, "heat": 0.3e-6 * line, "two_lorentzians": 1e-6 * line}


def drawn(**changes):
    """A figure of a lumped device of 1 µV, a third of it from spin heat, whose curve has the width HALF."""
    content = {
        "name": "device",
        "sweep": Sweep(B, "magnitude"),
        **of_line(LINE),
        "checked_index": np.arange(0, 201, 10),
        "checked": 1e-6 * LINE[::10],
        "check": "check: Bloch equations integrated",
        "hwhm": HALF,
        "half_level": 0.5e-6,
    }
    return hanle_curve_figure(**(content | changes))


def lines_of(figure):
    return {line.get_label(): line for line in figure.axes[0].get_lines()}


def legend_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_a_curve_s_figure_holds_its_numbers_in_its_units():
    figure = drawn()
    axes, lines = figure.axes[0], lines_of(figure)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("magnetic field $B$ (mT)", r"$\Delta V_\mathrm{Hanle}$ (µV)")
    shares = {
        "exact": 1.0,
        r"spin accumulation $\Delta\mu$": 0.7,
        r"spin heat accumulation $\Delta T_\mathrm{s}$": 0.3,
        "two Lorentzians, Eq. (14)": 1.0,
    }
    assert legend_of(figure) == [*shares, "check: Bloch equations integrated", "half width 5.686 mT"]
    for label, share in shares.items():
        np.testing.assert_allclose(lines[label].get_xdata(), np.linspace(-40, 40, 201), atol=1e-12)
        np.testing.assert_allclose(lines[label].get_ydata(), share * LINE, rtol=1e-12)
    check = lines["check: Bloch equations integrated"]
    np.testing.assert_allclose(check.get_ydata(), 1 / (1 + (1e-3 * check.get_xdata() / HALF) ** 2), rtol=1e-12)
    assert check.get_xdata().size == 21 and check.get_linestyle() == "None"


CASES = {
    "plain": {},
    "flat": {"total": 1e-6 * (1 - 1e-3 * LINE), "spin": 0.7e-6 * (1 - 1e-3 * LINE), "heat": 0.3e-6 * (1 - 1e-3 * LINE)},
    "zero": {"total": 0 * B, "spin": 0 * B, "heat": 0 * B, "two_lorentzians": 0 * B, "checked": None, "hwhm": None, "half_level": 0.0},
    "constant": {"total": 1e-6 + 0 * B, "spin": 1e-6 + 0 * B, "heat": 0 * B, "two_lorentzians": None, "hwhm": None},
    "rounding": {"total": 1e-6 * (1 + 1e-15 * LINE), "spin": 1e-6 * (1 + 1e-15 * LINE), "heat": 0 * B, "hwhm": None},
    "small": {"total": 1e-306 * LINE, "spin": 1e-306 * LINE, "heat": 0 * B, "two_lorentzians": None, "checked": None, "half_level": 5e-307},
    "large": {"total": 1e290 * LINE, "spin": 1e290 * LINE, "heat": 0 * B, "two_lorentzians": None, "checked": None, "half_level": 5e289},
    "approximation far off": {"two_lorentzians": 50e-6 * LINE},
    "far from zero": {"sweep": Sweep(B + 5, "magnitude")},
    "wide": {"sweep": Sweep(1e3 * B, "magnitude")},
    "narrow": {"sweep": Sweep(1e-4 * B, "magnitude")},
    "descending": {"sweep": Sweep(-B, "magnitude")},
    "angle": {"sweep": Sweep(np.linspace(0, 2 * np.pi, B.size), "angle")},
    "path": {"sweep": Sweep(np.arange(1.0, B.size + 1), "path")},
    "long name": {"name": "a-long-name " * 8 + "end"},
    "letters": {"name": r"50 % of $x$ \alpha_b^{c} $ \frac{1 石墨烯 🧲 عربي"},
}


#: Labels of the axes, and the units there, in SI; where a case is not named those of "plain".
FIELD, SIGNAL = "magnetic field $B$ (mT)", r"$\Delta V_\mathrm{Hanle}$ (µV)"
LABELS = {
    "plain": (FIELD, 1e-3, SIGNAL, 1e-6),
    "flat": (FIELD, 1e-3, r"change of $\Delta V_\mathrm{Hanle}$ (pV)", 1e-12),
    "zero": (FIELD, 1e-3, r"$\Delta V_\mathrm{Hanle}$ (V)", 1.0),
    "small": (FIELD, 1e-3, r"$\Delta V_\mathrm{Hanle}$ ($10^{-300}$ V)", 1e-300),
    "large": (FIELD, 1e-3, r"$\Delta V_\mathrm{Hanle}$ ($10^{288}$ V)", 1e288),
    "far from zero": ("magnetic field $B$ − 4.96 T (mT)", 1e-3, SIGNAL, 1e-6),
    "wide": ("magnetic field $B$ (T)", 1.0, SIGNAL, 1e-6),
    "narrow": ("magnetic field $B$ (µT)", 1e-6, SIGNAL, 1e-6),
    "angle": (r"angle between field and magnetisation $\theta$ (°)", np.pi / 180, SIGNAL, 1e-6),
    "path": ("point of the path", 1.0, SIGNAL, 1e-6),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("case", CASES)
def test_every_figure_can_be_read(case, style):
    """Nothing overlaps or leaves the figure, and in the units of its axes the exact curve is the one given."""
    look, content = look_of(style), CASES[case]
    figure = drawn(look=look, **content)
    require_legible(figure, look.least)
    x_label, x_unit, y_label, y_unit = LABELS.get(case, LABELS["plain"])
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == (x_label, y_label)
    over, total = content.get("sweep", Sweep(B, "magnitude")).values, content.get("total", 1e-6 * LINE)
    order, exact = np.argsort(over, kind="stable"), figure.axes[0].get_lines()[0]
    x, y = (np.asarray(data) * unit for data, unit in ((exact.get_xdata(), x_unit), (exact.get_ydata(), y_unit)))
    np.testing.assert_allclose(x - x[0], over[order] - over.min(), atol=1e-9 * np.ptp(over))
    np.testing.assert_allclose(y - y[0], (total - total[order[0]])[order], atol=1e-9 * np.max(np.abs(total)))


@pytest.mark.parametrize("style", STYLES)
def test_a_single_field_and_a_few_are_marked(style):
    for size in (1, 2, 7):
        index = np.linspace(100, 160, size).astype(int)
        part = of_line(LINE[index])
        figure = drawn(
            look=look_of(style), sweep=Sweep(B[index], "magnitude"), checked_index=np.arange(size), checked=1e-6 * LINE[index], **part
        )
        require_legible(figure)
        assert len({line.get_marker() for line in list(lines_of(figure).values())[:4]}) == 4


def test_styles_set_size_and_text():
    paper, talk = drawn(look=look_of("paper")), drawn(look=look_of("talk"))
    assert paper.get_size_inches()[0] == 3.375 and not paper.axes[0].get_title(loc="left")
    assert talk.get_size_inches()[1] / talk.get_size_inches()[0] == pytest.approx(9 / 16)
    assert drawn(look=look_of("17.8 cm")).get_size_inches()[0] == pytest.approx(178 / 25.4)
    assert drawn().axes[0].get_title(loc="left") == "device"
    widths = [lines_of(figure)["exact"].get_linewidth() for figure in (paper, drawn(), talk)]
    assert widths == sorted(widths) and widths[2] > 1.5 * widths[1]
    assert look_of(None) is DEFAULT


@pytest.mark.parametrize("style", ["Paper", "", "10", "1 mm", "2 m", "3 kg", "nan mm"])
def test_another_style_is_refused_before_anything_is_computed(style, hanle, tmp_path):
    with pytest.raises(ConfigurationError, match="must be paper, talk, or a width from 50 mm to 1 m"):
        look_of(style)
    for command in ("simulate", "reproduce", "claims", "sensitivity", "compare"):
        status, out, err = hanle(command, *(["fig2"] if command == "compare" else []), "--style", style, "--out", "r")
        assert (status, out, err.count("\n")) == (2, "", 1) and err.startswith(f'hanle: style = "{style}": must be paper')
    assert not list(tmp_path.iterdir())


def test_coinciding_curves_are_all_seen():
    """Those on top are thinner and dashed; and where colours are lost, dashes still tell."""
    figure = drawn(two_lorentzians=1e-6 * LINE, spin=1e-6 * LINE, heat=1e-30 * LINE)
    exact, spin, heat, lorentzian = list(lines_of(figure).values())[:4]
    assert exact.get_linestyle() == "-" and all(line.get_linestyle() == "--" for line in (spin, heat, lorentzian))
    assert exact.get_linewidth() > 1.3 * max(line.get_linewidth() for line in (spin, heat, lorentzian))
    assert len({str(line._unscaled_dash_pattern) for line in (exact, spin, heat, lorentzian)}) == 4
    shade = [float(np.dot(to_rgb(line.get_color()), (0.299, 0.587, 0.114))) for line in (exact, spin, lorentzian)]
    assert shade == sorted(shade) and shade[1] > 0.3 and shade[2] < 0.75


def test_what_vanishes_is_left_out():
    figure = drawn(spin=1e-6 * LINE, heat=-0.0 * B)
    assert legend_of(figure)[:2] == ["exact, all from spin accumulation", "Lorentzian, Eq. (14)"]
    figure = drawn(heat=1e-6 * LINE, spin=0 * B)
    assert legend_of(figure)[0] == "exact, all from spin heat accumulation"


@pytest.mark.heavy
def test_a_nonlocal_device_is_drawn_in_ohm():
    """Against the tunnelling limit P_1 P_2 R_N e^(−ℓ/λ)/2, with R_N = R_sq λ/W."""
    R_nl = 0.3 * 0.3 * 10 * np.exp(-1) / 2
    figure = figure_of(run_simulation("lateral", settings=["points=9", "configuration=antiparallel", "I=-1 uA"], check=False))
    axes, spin = figure.axes[0], lines_of(figure)[r"spin accumulation $\Delta\mu$"].get_ydata()
    assert axes.get_ylabel() == r"$R_\mathrm{nl}$ (mΩ)"
    assert spin[4] == pytest.approx(-1e3 * R_nl, rel=1e-3)
    figure = figure_of(run_simulation("lateral", settings=["points=9", "I=", "V=1 mV"], check=False))
    assert figure.axes[0].get_ylabel() == r"$\Delta V_\mathrm{Hanle}$ (nV)"


def test_a_half_width_is_drawn_or_said():
    (bar,) = (line for label, line in lines_of(drawn()).items() if label.startswith("half width"))
    assert bar.get_label() == "half width 5.686 mT"
    np.testing.assert_allclose(bar.get_xdata(), [0, 1e3 * HALF])
    np.testing.assert_allclose(bar.get_ydata(), [0.5, 0.5])  # µV
    wide = drawn(sweep=Sweep(4 * B, "magnitude"))
    assert "half width 5.686 mT, too narrow to draw" in legend_of(wide)
    narrow = drawn(sweep=Sweep(0.1 * B, "magnitude"))
    assert "half width 5.686 mT, beyond the sweep" in legend_of(narrow)
    assert "no half width" in legend_of(drawn(hwhm=None))
    assert not any("half width" in entry for entry in legend_of(drawn(sweep=Sweep(np.linspace(0, 1, B.size), "angle"))))
    skew = 1 / (1 + (np.where(B < 0, B, 0.2 * B) / HALF) ** 2)  # falls to half at −HALF and 5 HALF
    figure = drawn(total=1e-6 * skew, spin=1e-6 * skew, heat=0 * B, two_lorentzians=None)
    np.testing.assert_allclose(lines_of(figure)["half width 5.686 mT"].get_xdata(), [0, -1e3 * HALF])
    negative = B < -1e-3
    figure = drawn(sweep=Sweep(B[negative], "magnitude"), **of_line(LINE[negative]), checked=None)
    assert "half width 5.686 mT, beyond the sweep" in legend_of(figure)


def test_a_flat_curve_shows_how_it_varies():
    figure = drawn(**CASES["flat"], two_lorentzians=1e-6 * (1 - 1e-3 * LINE), checked=1e-6 * (1 - 1e-3 * LINE[::10]), half_level=0.9995e-6)
    axes = figure.axes[0]
    exact, spin, heat = list(axes.get_lines())[:3]
    assert axes.get_ylabel() == r"change of $\Delta V_\mathrm{Hanle}$ (pV)"
    np.testing.assert_allclose(exact.get_ydata(), 1000 * (1 - LINE), atol=1e-6)
    np.testing.assert_allclose(spin.get_ydata() + heat.get_ydata(), exact.get_ydata(), atol=1e-6)
    assert np.ptp(exact.get_ydata()) > 0.8 * np.ptp(axes.get_ylim())
    assert legend_of(figure)[0] == "exact − 999 nV" and "699.3 nV" in legend_of(figure)[1]
    bar = lines_of(figure)["half width 5.686 mT"]
    np.testing.assert_allclose(bar.get_ydata(), 500, atol=1e-3)
    # Rounding is not magnified, nor are two large contributions that cancel taken for a flat curve.
    assert drawn(**CASES["rounding"]).axes[0].get_ylabel().startswith("$")
    assert drawn(total=1e-9 * LINE, spin=1e-6 * LINE, heat=(1e-9 - 1e-6) * LINE).axes[0].get_ylabel().startswith("$")


def test_an_approximation_far_off_does_not_squeeze_the_exact_curve():
    figure = drawn(two_lorentzians=50e-6 * LINE)
    assert np.diff(figure.axes[0].get_ylim())[0] < 2.5 * 1000
    assert "two Lorentzians, Eq. (14),\nbeyond the frame" in legend_of(figure)


def test_turning_fields_have_degrees_and_whole_numbers():
    figure = drawn(sweep=Sweep(np.linspace(0, 2 * np.pi, B.size), "angle"))
    figure.canvas.draw()
    assert figure.axes[0].get_xlabel().endswith("(°)") and lines_of(figure)["exact"].get_xdata()[-1] == pytest.approx(360)
    assert [tick for tick in figure.axes[0].get_xticks() if 0 <= tick <= 360] == [0, 60, 120, 180, 240, 300, 360]
    index = np.arange(0, 5)
    part = of_line(LINE[index])
    figure = drawn(sweep=Sweep(index + 1.0, "path"), checked=None, **part)
    assert all(tick == int(tick) for tick in figure.axes[0].get_xticks())


def test_fields_far_from_zero_are_counted_from_one_of_them():
    figure = drawn(sweep=Sweep(5 + 1e-3 * B, "magnitude"), checked_index=np.array([0, 200]), checked=1e-6 * LINE[[0, 200]])
    assert figure.axes[0].get_xlabel() == "magnetic field $B$ − 4.99996 T (µT)"
    np.testing.assert_allclose(lines_of(figure)["check: Bloch equations integrated"].get_xdata(), [0, 80], atol=1e-9)


@pytest.mark.parametrize(("value", "unit", "said"), [
    (0.0, "V", "0 V"), (9.3754e-10, "V", "937.5 pV"), (-2e-3, "Ω", "−2 mΩ"), (1e12, "Ω", "1e12 Ω"), (3e-21, "V", "3e−21 V"),
    (1e-18, "Ω", "1 aΩ"), (0.25, "", "0.25"), (2e-3, "", "0.002"), (5e-324, "V", None),
])  # fmt: skip
def test_numbers_have_the_prefix_that_reads_best(value, unit, said):
    if said is None:
        assert np.isfinite(drawing.scaled([value], unit)[0])
    else:
        assert drawing.amount(value, unit) == said


def title_of(name):
    figure = drawn(name=name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.canvas.draw()
    return figure.axes[0]._left_title


def test_powers_take_no_prefix():
    """15 mm²/s is a thousandth of 0.015 m²/s."""
    assert drawing.scaled([0.015], "m²/s") == (1e3, "$10^{-3}$ m²/s")
    assert drawing.scaled([2e-11], "Ω m²") == (1e12, "pΩ m²")


def test_names_are_drawn_as_they_stand():
    for name in (r"a_b^c $x$ \alpha", "$", r"\$", "100 %", "$\\frac{$", "naïve ΔT"):
        assert title_of(name).get_text() == name and not title_of(name).get_parse_math()
    assert title_of("long " * 20).get_text().replace("\n", " ").strip() == ("long " * 20).strip()
    figure = comparison_figure([ComparedLine(f"$x_{k}$ " + "long " * 18, B, LINE, None) for k in range(2)], look_of("paper"))
    require_legible(figure)
    assert re.fullmatch(r"\$x_0\$ (long )+.*…(.*long)?\s*", legend_of(figure)[0])


def test_letters_that_no_font_has_are_spelt_out():
    assert title_of("石墨烯 graphene").get_text() == "[U+77F3 U+58A8 U+70EF] graphene"
    assert title_of("🧲 coil").get_text() == "[magnet] coil"
    assert title_of("石" * 100).get_text().replace("\n", " ").startswith("[U+77F3")


def test_a_font_that_has_the_letters_is_found(tmp_path, monkeypatch):
    """A font made here: DejaVu Sans with one Chinese letter, which looks like an A."""
    from fontTools.ttLib import TTFont

    font = TTFont(font_manager.findfont("DejaVu Sans"))
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap = {ord("石"): "A"}
    for record in font["name"].names:
        if record.nameID in (1, 4, 6, 16):
            record.string = "TestHan"
    font.save(tmp_path / "han.ttf")
    entry = font_manager.ttfFontProperty(FT2Font(str(tmp_path / "han.ttf")))
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [*font_manager.fontManager.ttflist, entry])
    assert lettering.legible("石墨 x") == ("石[U+58A8] x", ["DejaVu Sans", "TestHan"])
    assert title_of("石 x").get_text() == "石 x"


def test_a_reader_s_settings_of_matplotlib_do_no_harm(tmp_path):
    with rc_context({"text.usetex": True, "savefig.bbox": "tight", "font.family": ["no such font"], "pdf.fonttype": 3}):
        figure = drawn(look=look_of("paper"))
        require_legible(figure)
        drawing.save(figure, tmp_path / "figure.pdf")
    pdf = (tmp_path / "figure.pdf").read_bytes()
    assert b"/MediaBox [ 0 0 243 " in pdf and b"/FontFile2" in pdf and b"/Type3" not in pdf


@pytest.mark.parametrize(("text", "drawn"), [
    ("thermal bias −√L_0 ΔT_0/(R_tun I)", r"thermal bias −$\sqrt{L_{0}}$ $ΔT_{0}$/($R_{\mathrm{tun}}$ $I$)"),
    ("a line at the film's α, by S", "a line at the film's $α$, by $S$"),
    ("1/(1+ω_L²τ²), Eq. (14)", r"1/(1+$ω_{\mathrm{L}}$²$τ$²), Eq. (14)"),
    ("half width of the Δμ term, d/λ_s", r"half width of the $Δμ$ term, $d$/$λ_{\mathrm{s}}$"),
])  # fmt: skip
def test_symbols_in_plain_text_become_mathematics(text, drawn):
    assert lettering.mathematical(text) == drawn
