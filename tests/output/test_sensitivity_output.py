"""What a sensitivity analysis prints, draws and writes, of a report whose numbers are made up here: nothing is differentiated."""

import csv
import dataclasses
import json
import math
import re

import numpy as np
import pytest
import xarray as xr
from test_tables import printed

from cases import configured
from drawn import STYLES, require_legible
from hanle_sim.model.model import Model
from hanle_sim.model.signal import Curve
from hanle_sim.output.look import look_of
from hanle_sim.output.sensitivity import identifiability_of, summary_of, write_report
from hanle_sim.output.sensitivity_figures import bounds_figure, channels_figure, sensitivity_figure, sobol_figure
from hanle_sim.output.sensitivity_tables import answers, bounds_table, observables_table, remarks, sensitivity_table, sobol_table
from hanle_sim.sensitivity_analysis.identifiability import identifiability
from hanle_sim.sensitivity_analysis.jacobian import Sensitivity
from hanle_sim.sensitivity_analysis.lorentzian_errors import compared_rows
from hanle_sim.sensitivity_analysis.observables import ObservableValue
from hanle_sim.sensitivity_analysis.optimal_design import Design
from hanle_sim.sensitivity_analysis.report import Measured, Report
from hanle_sim.sensitivity_analysis.two_channels import Distinguishable, NoiseMap
from printed import by_name, check_sensitivity, fits

B = np.linspace(-4e-3, 4e-3, 9)
SIGNAL = 2e-9 / (1 + (B / 2e-3) ** 2)
#: Of the peak, what a relative change does to the exact curve and to the Lorentzian one, to which alone tau_Q does something; everything
#: else does nothing.
EXACT = {"P_G": 1 / (1 + (B / 2e-3) ** 2), "tau_s": -((B / 4e-3) ** 2), "R_tun": 0.5 - np.abs(B) / 4e-3}
OTHER = {"P_G": 0.5 * EXACT["P_G"], "tau_s": EXACT["tau_s"] + 0.25 * (B == 3e-3), "R_tun": 0.5 + 0 * B, "tau_Q": 0.1 * EXACT["P_G"]}
SOBOL = {
    "hwhm": {"tau_s": {"first": 0.912, "total": 0.934}, "P_G": {"first": 0.046, "total": 0.087}},
    "Delta_V_0": {"tau_s": {"first": -0.001, "total": 0.003}, "P_G": {"first": 0.99, "total": 1.0}},
}


@pytest.fixture(scope="module")
def report() -> Report:
    model = Model(configured("fig2", "R_tun=50 ohm um^2", "S=20 uV/K", "points=9", "start=-4 mT", "stop=4 mT"))
    names = [parameter.name for parameter in model.parameters]

    def jacobian(shares):
        return np.stack([2e-9 * shares.get(one.name, 0 * B) / one.scale for one in model.parameters], axis=1)

    result = Sensitivity(model, B, Curve(SIGNAL, jacobian(EXACT)), Curve(0.9 * SIGNAL, jacobian(OTHER)), [])
    gradient = np.where(np.array(names) == "tau_s", -5e6, 0.0)
    read_off = [
        ObservableValue("hwhm", "T", 8.25e-3, gradient),
        ObservableValue("Delta_V_0", "V", 2e-9, 0.0 * gradient),
        ObservableValue("curvature", "", -0.48, gradient),
    ]
    free = [names.index(name) for name in ("P_G", "tau_s", "T_0")]
    identified = identifiability(result.exact.jacobian[:, free], [model.parameters[k] for k in free], 1e-12)
    chart = NoiseMap(
        np.array([0.5, 2.0, 8.0]), np.array([0.1, 0.3, 0.9]), np.array([[0.0, 2e-5, 1e-5], [3e-4, 2e-4, 1e-4], [np.nan, 2e-3, 1e-3]])
    )
    measured = Measured(
        identified=identified,
        combinations={"P_G^2 tau_s": 0.0123, "T_0 tau_s": math.inf},
        observables={"hwhm": 3.21e-6, "Delta_V_0": 4.5e-13, "curvature": math.inf},
        designs=[Design("tau_s", np.array([-4e-3, 0.0]), np.array([0.75, 0.25]), 1.5e-12, 2.5e-12)],
        two_channels=Distinguishable(misfit=1e-12, tau=0.6543e-9, noise=4.56e-13, points=123456.7),
        map=chart,
    )
    confident = {
        what: {name: one | {"first_confidence": 0.02, "total_confidence": 0.031} for name, one in row.items()}
        for what, row in SOBOL.items()
    }
    second = {"tau_s": np.arange(9.0 * len(names)).reshape(9, -1)}
    return Report({"name": "fig2"}, result, ("integrate", {"P_G": 2e-11}), read_off, (-4e-3, 4e-3), second, confident, measured)


def printed_report(report: Report, width: int) -> str:
    sheets = (sensitivity_table(report), observables_table(report), sobol_table(report), bounds_table(report))
    return "".join(printed(sheet, width) for sheet in sheets)


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_tables_hold_the_report_s_numbers(report, width):
    text = printed_report(report, width)
    assert fits(text, width)
    check_sensitivity(
        text, json.loads(json.dumps(summary_of(report))), json.loads(json.dumps(identifiability_of(report)).replace("Infinity", "null"))
    )
    cells = by_name(text)
    assert re.search("of the other sign than the exact one: R_tun from -?3 mT;", " ".join(text.split()))
    assert cells["tau_s"]["with the best fields"] == "1.5 ps: 75 % at -4 mT, 25 % at 0 T"
    assert cells["T_0"]["standard error"] == cells["T_0 tau_s"]["standard error"] == "undetermined"
    assert cells["hwhm"]["∂ ln/∂ ln θ, the largest"] == f"tau_s {-5e6 * 1e-9 / 8.25e-3:+.3g}"
    whole = " ".join(text.split())
    assert cells["tau_Q"]["largest"] == "0" and "T_0" in whole[whole.index("without effect here: ") :] and "kappa_ph" not in cells
    for part in ("within 2e-11", "±0.03 or better", "what 9 points with a noise of 1 pV determine"):
        assert part in whole, part


def test_columns_below_leave_out_rows_without_anything(report):
    text = printed(bounds_table(report), 60)
    assert text.count("hwhm") == 1 and text.count("tau_s") == 4  # both rows of the first, twice in products; once below
    assert "Delta_V_0" not in text[text.rindex("╭") :]


def test_the_remarks_hold_the_report_s_numbers(report):
    spoken = " ".join(remarks(report))
    assert "T_0 does not act on the curve" in spoken
    assert "below 456 fV, or with 123457 points at a noise of 1 pV; a fit without spin heat would give τ = 654.3 ps" in spoken


def test_the_answers_come_in_three_lines(report):
    """P_G and tau_s change the signal by their own share at most, R_tun by half of it; T_0 does nothing."""
    most, known, unknown = answers(report)
    assert most.startswith("Acts most, of the peak for a change of 1 %: ") and most.endswith("P_G (1 %), tau_s (1 %), R_tun (0.5 %).")
    crlb = report.measured.identified.crlb
    assert f"tau_s {100 * crlb['tau_s'] / 1e-9:.2g} %" in known and f"P_G {100 * crlb['P_G'] / 0.5:.2g} %" in known and "T_0" not in known
    assert unknown == "Undetermined, or no better than by a factor of two: T_0."
    bare = dataclasses.replace(report, measured=Measured())
    assert len(answers(bare)) == 2 and "--noise" in answers(bare)[1]


def test_where_the_lorentzian_derivative_parts_from_the_exact_one(report):
    rows = {row["name"]: row for row in compared_rows(report.result)}
    R_tun = rows["R_tun"]  # falls through zero at 2 mT; of both signs at ±3 and ±4 mT the nearest counts
    assert R_tun["sign_differs_from_T"] == pytest.approx(3e-3) and R_tun["lorentzian_off"] == pytest.approx(1.0)
    assert abs(R_tun["lorentzian_off_at_T"]) == pytest.approx(4e-3)
    assert rows["tau_s"]["lorentzian_off_at_T"] == pytest.approx(3e-3) and rows["tau_s"]["lorentzian_off"] == pytest.approx(0.25)
    assert rows["tau_s"]["largest"] == pytest.approx(-1) and rows["P_G"]["largest_at_T"] == 0
    assert rows["P_G"]["sign_differs_from_T"] is None and (rows["T_0"]["largest"], rows["T_0"]["lorentzian_off"]) == (0, 0)


@pytest.mark.parametrize("style", STYLES)
def test_derivatives_are_drawn(report, style):
    look = look_of(style)
    figure = sensitivity_figure(report.result, look)
    require_legible(figure, look.least)
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in panels] == [r"the curve $\Delta V$, of its peak", "P_G", "R_tun", "tau_s"]
    assert figure._supxlabel.get_text() == "magnetic field $B$ (mT)" and "of the peak" in figure._supylabel.get_text()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["exact", "two Lorentzians, Eq. (14)"]
    peak = SIGNAL / 2e-9
    for axes, one, other in zip(
        panels,
        (peak, *(EXACT[k] for k in ("P_G", "R_tun", "tau_s"))),
        (0.9 * peak, *(OTHER[k] for k in ("P_G", "R_tun", "tau_s"))),
        strict=True,
    ):
        exact, lorentzian = axes.get_lines()[:2]
        assert exact.get_linestyle() == "-" and lorentzian.get_linestyle() == "--" and exact.get_linewidth() > lorentzian.get_linewidth()
        np.testing.assert_allclose(exact.get_xdata(), np.linspace(-4, 4, 9), atol=1e-12)
        np.testing.assert_allclose(exact.get_ydata(), one, atol=1e-12)
        np.testing.assert_allclose(lorentzian.get_ydata(), other, atol=1e-12)


@pytest.mark.parametrize("style", STYLES)
def test_bounds_are_drawn(report, style):
    look = look_of(style)
    figure = bounds_figure(report, look)
    require_legible(figure, look.least)
    axes, correlation = figure.axes[:2]
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names == ["P_G", "tau_s", "T_0", "P_G^2 tau_s", "hwhm", "Delta_V_0"] and axes.get_xlabel() == "smallest standard error (%)"
    crlb = report.measured.identified.crlb
    wanted = {
        "P_G": 100 * crlb["P_G"] / 0.5,
        "tau_s": 100 * crlb["tau_s"] / 1e-9,
        "P_G^2 tau_s": 1.23,
        "hwhm": 100 * 3.21e-6 / 8.25e-3,
        "Delta_V_0": 0.0225,
    }
    bars = {names[round(bar.get_y() + bar.get_height() / 2)]: bar.get_width() for bar in axes.patches}
    assert bars == pytest.approx(wanted)
    (best,) = axes.get_lines()
    assert (best.get_xdata()[0], names[int(best.get_ydata()[0])]) == (pytest.approx(100 * 1.5e-12 / 1e-9), "tau_s")
    assert [(text.get_text(), names[int(text.get_position()[1])]) for text in axes.texts] == [("undetermined", "T_0")]
    legend = {text.get_text() for text in figure.legends[0].get_texts()}
    assert legend == {"free parameters", "products of them", "read off the curve", "with the best fields, as many points"}
    assert figure._suptitle.get_text() == "9 points, noise 1 pV each"
    assert [tick.get_text() for tick in correlation.get_xticklabels()] == ["P_G", "tau_s"]
    np.testing.assert_allclose(correlation.images[0].get_array(), report.measured.identified.correlation[:2, :2])
    assert correlation.texts[1].get_text() == f"{report.measured.identified.correlation[0, 1]:.2f}".replace("-", "−")


@pytest.mark.parametrize("style", STYLES)
def test_sobol_indices_are_drawn(report, style):
    look = look_of(style)
    figure = sobol_figure(report, look)
    require_legible(figure, look.least)
    for axes, key, title in zip(figure.axes, ("first", "total"), ("alone", "with all interplay"), strict=False):
        assert axes.get_title() == title
        shares = [[SOBOL[what][name][key] for name in ("tau_s", "P_G")] for what in ("hwhm", "Delta_V_0")]
        np.testing.assert_allclose(axes.images[0].get_array(), shares)
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["tau_s", "P_G"]
        written = [float(text.get_text()) for text in axes.texts]
        assert not written or written == pytest.approx(np.ravel(shares), abs=0.0051)
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["hwhm", "Delta_V_0"]
    assert figure.axes[-1].get_ylabel() == "share of the variance"


@pytest.mark.parametrize("style", STYLES)
def test_two_channels_are_drawn(report, style):
    look = look_of(style)
    figure = channels_figure(report, look)
    figure.canvas.draw()
    axes, bar = figure.axes
    mesh = axes.collections[0]
    drawn = np.ma.filled(np.ma.asarray(mesh.get_array()).reshape(3, 3), np.nan)
    np.testing.assert_allclose(drawn, [[np.nan, 2e-5, 1e-5], [3e-4, 2e-4, 1e-4], [np.nan, 2e-3, 1e-3]])
    (star,) = axes.get_lines()
    assert star.get_xdata()[0] == pytest.approx(2.0)
    assert star.get_ydata()[0] == pytest.approx(0.5 * 20e-6 / (0.5 * 2.45e-8**0.5), rel=1e-3)
    assert (axes.get_xlabel(), axes.get_ylabel()) == (r"$\alpha = r_\mathrm{s}/(L_0 T_0 r_Q)$", r"$P_L S/(P_G\sqrt{L_0})$, by $S$")
    assert "largest noise of a point at which spin heat shows, of the peak" in " ".join(bar.get_ylabel().split())
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_the_files_hold_the_report_s_numbers(report, tmp_path):
    write_report(report, tmp_path / "r", "svg")
    names = [parameter.name for parameter in report.result.parameters]
    tables = {
        "sensitivity": report.result.exact.jacobian,
        "sensitivity_lorentzian": report.result.lorentzian.jacobian,
        "sensitivity_second_tau_s": report.second["tau_s"],
    }
    for name, numbers in tables.items():
        header, *rows = csv.reader((tmp_path / "r" / f"{name}.csv").read_text(encoding="utf-8").splitlines())
        assert header == ["B_T", *names]
        np.testing.assert_array_equal(np.array(rows, dtype=float), np.column_stack([B, numbers]))
    found = json.loads((tmp_path / "r" / "identifiability.json").read_text(encoding="utf-8"))
    assert found["combinations"] == {"P_G^2 tau_s": 0.0123, "T_0 tau_s": None} and found["two_channels"]["noise_V"] == 4.56e-13
    with xr.open_dataset(tmp_path / "r" / "sensitivity.nc", engine="h5netcdf") as data:
        column = data["sensitivity"].sel(parameter="tau_s")
        np.testing.assert_array_equal(column, report.result.exact.jacobian[:, names.index("tau_s")])
        np.testing.assert_array_equal(data["B"], B)
        assert (data["B"].attrs["units"], data["Delta_V_Hanle"].attrs["units"]) == ("T", "V")
        assert str(data["parameter_unit"].sel(parameter="R_tun").values) == "ohm m^2"
        np.testing.assert_array_equal(data["two_channels_noise"], report.measured.map.noise)
    assert {
        path.suffix for path in (tmp_path / "r").iterdir() if path.stem in ("sensitivity", "identifiability", "sobol", "two_channels")
    } == {".csv", ".nc", ".json", ".svg"}
