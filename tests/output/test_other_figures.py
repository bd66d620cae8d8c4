"""Figures of compared devices and of claims by their content."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.constants import hbar, physical_constants

from drawn import STYLES, require_legible
from hanle_sim.output import claim_figures
from hanle_sim.output.figures import ComparedLine, comparison_figure
from hanle_sim.output.look import look_of
from hanle_sim.paper.claims.claim import Axis, Claim, Lines, Map

B = np.linspace(-40e-3, 40e-3, 201)

HALF = hbar / (2 * physical_constants["Bohr magneton"][0] * 1e-9)  # of a Lorentzian of 1 ns [T]

LINE = 1 / (1 + (B / HALF) ** 2)


def legend_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.parametrize("style", STYLES)
def test_many_compared_lines_can_be_told_apart(style):
    look = look_of(style)
    lines = [ComparedLine(f"device {k}", B, 1 / (1 + (B / (HALF * (1 + k % 3))) ** 2), None) for k in range(21)]
    figure = comparison_figure(lines, look)
    require_legible(figure, look.least)
    drawn_lines = figure.axes[0].get_lines()[:7]
    assert len({str(line._unscaled_dash_pattern) for line in drawn_lines}) == len({line.get_color() for line in drawn_lines}) == 7
    widths = [line.get_linewidth() for line in figure.axes[0].get_lines()[:21]]
    assert widths == sorted(widths, reverse=True) and widths[0] > 1.5 * widths[-1]
    assert "one half" in legend_of(figure)


def test_nonlocal_devices_are_compared_in_ohm():
    """Parallel and antiparallel coincide where they are normalised; what is far smaller than another is normalised all the same."""
    pair = [ComparedLine("parallel", B, LINE, 0.2 * LINE), ComparedLine("antiparallel", B, LINE, -0.2 * LINE)]
    figure = comparison_figure(pair)
    require_legible(figure)
    assert figure.axes[0].get_ylabel() == r"$R_\mathrm{nl}$ (mΩ)"
    np.testing.assert_allclose([line.get_ydata()[100] for line in figure.axes[0].get_lines()], [200, -200])
    unequal = comparison_figure([pair[0], ComparedLine("far", B, LINE, 1e-6 * LINE)])
    assert unequal.axes[0].get_ylabel() == r"$R_\mathrm{nl}(B)\,/\,R_\mathrm{nl}(0)$"
    mixed = comparison_figure([pair[0], ComparedLine("local", B, LINE, None)])
    assert mixed.axes[0].get_ylabel() == r"$\Delta V_\mathrm{Hanle}(B)\,/\,\Delta V_\mathrm{Hanle}(0)$"


def test_compared_lines_are_drawn_over_the_field_in_its_unit():
    figure = comparison_figure([ComparedLine("narrow", B, LINE, None), ComparedLine("wide", 1.5 * B[::-1], LINE**0.5, None)])
    assert figure.axes[0].get_xlabel() == "magnetic field $B$ (mT)" and legend_of(figure) == ["narrow", "wide", "one half"]
    narrow, wide, half = figure.axes[0].get_lines()
    np.testing.assert_allclose(narrow.get_xdata(), np.linspace(-40, 40, 201), atol=1e-12)
    np.testing.assert_allclose(wide.get_xdata(), np.linspace(-60, 60, 201), atol=1e-12)
    np.testing.assert_array_equal(narrow.get_ydata(), LINE)
    np.testing.assert_array_equal(wide.get_ydata(), LINE[::-1] ** 0.5)
    assert set(half.get_ydata()) == {0.5}


def test_flat_and_absent_lines_are_compared():
    flat = comparison_figure([ComparedLine("flat", B, 1 + 0.004 * LINE - 0.004, None)])
    assert flat.axes[0].get_ylabel().endswith("$ − 1 ($10^{-3}$)")
    np.testing.assert_allclose(flat.axes[0].get_lines()[0].get_ydata(), 4 * LINE - 4, atol=1e-9)
    absent = comparison_figure([ComparedLine("none", B, np.full(B.shape, np.nan), None), ComparedLine("one", B, LINE, None)])
    assert legend_of(absent)[0] == "none (no signal at B = 0)"
    require_legible(comparison_figure([ComparedLine("none", B, np.full(B.shape, np.nan), None)]))


def claim():
    x, y = Axis("mismatch r_s/R_tun", np.geomspace(1e-4, 10, 40)), Axis("S/√L_0", np.linspace(0.01, 1, 40), log=False)
    error = x.values[None, :] * y.values[:, None] ** 0.1
    here = Map("a title that is too long for a column of a paper, by r_s/R_tun", x, y, error, (1e-6, 0.5))
    everywhere = Map("everywhere", x, y, 2e3 + 0 * error)
    curves = {f"curve {k}": x.values**0.1 + k for k in range(7)}
    lines = Lines("curves", x, "τ_app/τ_s", curves, marks={"a mark": 1.5, "another": 2.5})
    panels = {"lumped": (here, everywhere, lines), "film": (here, everywhere)}
    return Claim(1, "id", "", "", "", "", {}, {}, "", "", panels, "a title", "", shows=2)


@pytest.mark.parametrize("style", STYLES)
def test_the_figure_of_a_claim_can_be_read(style):
    look = look_of(style)
    figure = claim_figures.figure_of(claim(), look)
    require_legible(figure, look.least)
    renderer, width = figure.canvas.get_renderer(), figure.get_size_inches()[0]
    assert width <= look.page + 0.2 or look.ratio
    boxes = []
    for axes in figure.axes:
        texts = [axes._left_title, axes.xaxis.label, *(axes.get_legend().get_texts() if axes.get_legend() else [])]
        boxes += [text.get_window_extent(renderer) for text in texts if text.get_text()]
    boxes += [text.get_window_extent(renderer) for text in figure.texts if text.get_text()]
    for one, other in itertools.combinations(boxes, 2):
        assert not one.shrunk(0.95, 0.8).overlaps(other.shrunk(0.95, 0.8)), (style, one, other)
    assert all(box.x1 <= figure.bbox.x1 + 1 and box.y0 >= 0 for box in boxes)


def test_a_claim_s_figure_holds_its_maps_and_lines():
    figure = claim_figures.figure_of(claim())
    figure.canvas.draw()
    mismatch, S = r"mismatch $r_{\mathrm{s}}$/$R_{\mathrm{tun}}$", r"$S$/$\sqrt{L_{0}}$"
    maps = [axes for axes in figure.axes if axes.get_xlabel() == mismatch and axes.get_ylabel() == S]
    bars = [axes for axes in figure.axes if axes.get_ylabel() == "error (%)"]
    (curves,) = (axes for axes in figure.axes if axes.get_ylabel() == r"$τ_{\mathrm{app}}$/$τ_{\mathrm{s}}$")
    # A map of one colour is a line of text.
    assert len(maps) == len(bars) == 2 and [text.get_text() for text in figure.texts if text.get_text()] == [
        "lumped (this device)",
        "film",
        "1. a title",
        "lumped (this device): everywhere: beyond +10000 % everywhere\nfilm: everywhere: beyond +10000 % everywhere",
    ]
    x, S = np.geomspace(1e-4, 10, 40), np.linspace(0.01, 1, 40)
    for axes, error in zip(maps, 2 * [100 * x * S[:, None] ** 0.1], strict=True):
        mesh = axes.collections[0]
        np.testing.assert_allclose(np.asarray(mesh.get_array()).reshape(40, 40), error, rtol=1e-12)
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
        assert axes.get_xlim() == pytest.approx((1e-4, 10)) and axes.get_ylim() == pytest.approx((0.01, 1))
        corners = mesh.get_coordinates()[..., 0][0]
        assert np.all((corners[:-1] < x) & (x < corners[1:]))
    first = maps[0]
    assert {text.get_text() for text in first.texts} == {"+1 %", "+5 %", "+10 %"}
    assert [text.get_text() for text in first.get_legend().get_texts()] == ["this device, further left"]
    (mark,) = first.get_lines()
    assert (mark.get_marker(), mark.get_xdata()[0], mark.get_ydata()[0]) == ("<", pytest.approx(1e-4), 0.5)
    assert [tick.get_text() for tick in bars[0].get_yticklabels()] == ["−100", "−10", "−1", "0", "+1", "+10", "+100"]
    assert "by $r_{\\mathrm{s}}$/$R_{\\mathrm{tun}}$" in first._left_title.get_text().replace("\n", " ")
    for k, line in enumerate(curves.get_lines()[:7]):
        assert line.get_label() == f"curve {k}"
        np.testing.assert_allclose(line.get_xdata(), x)
        np.testing.assert_allclose(line.get_ydata(), x**0.1 + k)
    assert {line.get_label(): line.get_ydata()[0] for line in curves.get_lines()[7:]} == {"a mark": 1.5, "another": 2.5}


def test_the_best_panel_is_none_of_one_colour():
    """Unless there is no other: then it says so itself."""
    one, lines = claim(), claim().panels["lumped"][2]
    everywhere = one.panels["lumped"][1]
    best = claim_figures.best_of(replace(one, shows=1, panels={"lumped": (lines, everywhere)}))
    assert best.panels == {"lumped": (lines,)} and claim_figures.told(best) is None
    best = claim_figures.best_of(replace(one, shows=0, panels={"lumped": (everywhere,)}))
    assert claim_figures.told(best) == "everywhere: beyond +10000 % everywhere"
    alone = claim_figures.figure_of(best)
    assert "beyond +10000 % everywhere" in [text.get_text() for axes in alone.axes for text in axes.texts]


def test_a_figure_as_html_holds_its_image(tmp_path):
    import base64
    import re

    from hanle_sim.output.drawing import image, new_figure, save

    figure = new_figure(2.0, 1.0)
    figure.text(0.5, 0.5, "signal")
    save(figure, tmp_path / "a.png")
    for source, kind in ((figure, "svg\\+xml"), (tmp_path / "a.png", "png")):
        said, data = re.fullmatch(rf'<img alt="([^"]*)" src="data:image/{kind};base64,([\w+/=]+)">', image(source, 'a < "b"')).groups()
        assert said == "a &lt; &quot;b&quot;"
        shown = base64.b64decode(data)
        assert shown == (tmp_path / "a.png").read_bytes() if kind == "png" else b"<svg" in shown and b"signal" in shown
