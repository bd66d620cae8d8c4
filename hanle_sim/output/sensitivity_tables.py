"""What `hanle sensitivity` prints: derivatives, observables, Sobol indices, bounds, and sentences."""

import math
from typing import Any

import numpy as np

from ..sensitivity_analysis.directions import sentences
from ..sensitivity_analysis.lorentzian_errors import compared_rows
from ..sensitivity_analysis.report import Report
from ..text import parameter_text, quantity, share_text
from .layout import Sheet


def _short(number: float) -> str:
    """A number in seven characters."""
    return "0" if number == 0 else f"{number:.3g}" if 1e-3 <= abs(number) < 1e4 else f"{number:.1e}"


def answers(report: Report) -> list[str]:
    """What acts most, what the measurement determines, and what it leaves undetermined, a line each."""
    rows = sorted((row for row in compared_rows(report.result) if row["largest"]), key=lambda row: -abs(row["largest"]))
    acting = ", ".join(f"{row['name']} ({abs(row['largest']):.2g} %)" for row in rows[:3] if row["value"])
    lines = [f"Acts most, of the peak for a change of 1 %: {acting or 'nothing'}."]
    found = report.measured.identified
    if found is None:
        return [*lines, "What a measurement determines is told with a noise: --noise."]
    relative = {one.name: found.crlb[one.name] / abs(one.value) if one.value else math.inf for one in found.parameters}
    known = sorted((name for name in relative if relative[name] < 1), key=relative.__getitem__)
    unknown = [name for name in relative if name not in known]
    lines.append(f"Determined, each to: {', '.join(f'{name} {100 * relative[name]:.2g} %' for name in known) or 'nothing'}.")
    return [*lines, f"Undetermined, or no better than by a factor of two: {', '.join(unknown) or 'nothing that is free'}."]


def sensitivity_table(report: Report) -> Sheet:
    """By parameter: how strongly it acts, and the Lorentzian approximation beside it."""
    table = Sheet(f"{report.result.model.configuration.name}: ∂ΔV/∂ ln θ over the peak")
    has_other, turns = report.result.lorentzian is not None, report.result.angle is not None
    at = "θ" if turns else "B"
    table.add_columns("parameter")
    others = ("Eq. (14) off by", f"off most at {at}") if has_other else ()
    table.add_columns("value", "largest", f"largest at {at}", *others, justify="right")

    def place(row: dict[str, Any], key: str) -> str:
        found = row[f"{key}_{'rad' if turns else 'T'}"]
        return "" if found is None else f"{math.degrees(found):.3g}°" if turns else quantity(found, "T", 3)

    at_zero, turned, idle = [], [], []
    for row in compared_rows(report.result):
        acts, off = row["largest"] != 0, row["lorentzian_off"]
        if not (acts or off):
            idle.append(row["name"])
            continue
        cells = [_short(row["largest"]), place(row, "largest_at") if acts else ""]
        if has_other:
            cells += [_short(off), place(row, "lorentzian_off_at") if off else ""]
            turned += [f"{row['name']} from {where}"] if (where := place(row, "sign_differs_from")) else []
        table.add_row(row["name"], parameter_text(row["value"], row["unit"]), *cells)
        if acts and row["value"] == 0:
            at_zero.append(f"1 {row['unit']} of {row['name']}" if row["unit"] else row["name"])
    notes = ["Eq. (14): its amplitudes on two Lorentzians"] if has_other else ["Eq. (14) knows no detector"]
    if turned:
        notes.append(f"of the other sign than the exact one: {', '.join(turned)}")
    if idle:
        notes.append(f"without effect here: {', '.join(idle)}")
    if at_zero:
        notes.append(f"for a parameter that is zero, the change of the signal for {', '.join(at_zero)}")
    how = {"integrate": "through the integrated Bloch equations", "finite_volume": "by differences of finite volumes"}
    if report.checked is not None:
        way, differences = how[report.checked[0]], report.checked[1]
        notes.append(f"checked {way}: within {max(differences.values()):.0e}" if differences else f"could not be checked {way}")
    table.caption = "; ".join(notes)
    return table


def observables_table(report: Report) -> Sheet:
    """What one reads off the curve, and the parameters that it follows most."""
    table = Sheet("read off the curve")
    table.add_columns("what")
    table.add_columns("value", justify="right")
    table.add_columns("∂ ln/∂ ln θ, the largest", wraps=True)
    for one in report.observables:
        slopes = one.gradient * report.result.model.values / one.value if one.value else one.gradient * 0
        order = [k for k in np.argsort(-np.abs(slopes)) if abs(slopes[k]) >= 5e-4][:6]
        text = ", ".join(f"{report.result.parameters[k].name} {slopes[k]:+.3g}" for k in order)
        table.add_row(one.name, quantity(one.value, one.unit, 5) if one.unit else f"{one.value:.5g}", text)
    if report.window is not None and any(one.name == "tau_least_squares" for one in report.observables):
        low, high = (quantity(B, "T", 4) for B in report.window)
        table.caption = f"tau_least_squares: one Lorentzian and an offset, over {low} to {high}"
    return table


def sobol_table(report: Report) -> Sheet:
    """Sobol indices: of each observable's variance, what each parameter causes alone, and with all its interplay."""
    table = Sheet("Sobol indices: share of the variance, alone / with all interplay")
    table.add_columns("what")
    names = list(dict.fromkeys(name for row in report.sobol.values() for name in row))
    table.add_columns(*names, justify="right")
    for what, row in report.sobol.items():
        table.add_row(what, *(f"{share_text(row[name]['first'])} / {share_text(row[name]['total'])}" for name in names))
    doubt = max(one[f"{kind}_confidence"] for row in report.sobol.values() for one in row.values() for kind in ("first", "total"))
    absent = [one.name for one in report.observables if one.name not in report.sobol]
    left_out = f"; left out, as they do not vary, some device has none, or many would take too long: {', '.join(absent)}" if absent else ""
    table.caption = f"95 % confidence: ±{doubt:.2f} or better; more samples narrow it{left_out}"
    return table


def bounds_table(report: Report) -> Sheet:
    """Cramér-Rao bounds."""
    found = report.measured.identified
    assert found is not None
    count = "1 point" if found.points == 1 else f"{found.points} points"
    table = Sheet(f"what {count} with a noise of {quantity(found.noise, 'V', 4)} determine{'s' if found.points == 1 else ''}")
    table.add_columns("parameter", wraps=True)
    table.add_columns("value", "standard error", "relative", justify="right")
    table.add_columns("with the best fields", justify="right", wraps=True)
    designs = {one.name: one for one in report.measured.designs}
    for parameter in found.parameters:
        error, best = found.crlb[parameter.name], ""
        relative = f"{error / abs(parameter.value):.3g}" if parameter.value and math.isfinite(error) else ""
        if (design := designs.get(parameter.name)) is not None:
            fields = (f"{100 * share:.0f} % at {quantity(B, 'T', 3)}" for B, share in zip(design.B, design.weights, strict=True))
            best = f"{parameter_text(design.error, parameter.unit)}: {', '.join(fields)}"
        shown = parameter_text(error, parameter.unit) if math.isfinite(error) else "undetermined"
        table.add_row(parameter.name, parameter_text(parameter.value, parameter.unit), shown, relative, best)
    for text, error in report.measured.combinations.items():
        table.add_row(text, "", "" if math.isfinite(error) else "undetermined", f"{error:.3g}" if math.isfinite(error) else "")
    table.add_section()
    for one in report.observables:
        if math.isfinite(error := report.measured.observables[one.name]):
            relative = f"{error / abs(one.value):.3g}" if one.value else ""
            table.add_row(one.name, parameter_text(one.value, one.unit), parameter_text(error, one.unit), relative)
    if report.measured.are_usual:
        table.caption = "free: what a Hanle fit frees, unless free names others; all else is held as written"
    return table


def remarks(report: Report) -> list[str]:
    """Sentences after the tables."""
    measured = report.measured
    if measured.identified is None:
        return []
    found, result = sentences(measured.identified.sloppy), measured.two_channels
    if result is None:
        why = "that takes six fields or more, a signal, and a curve that is quick to compute"
        return [*found, f"whether spin heat shows was not computed: {why}"] if report.result.model.configuration.has_heat else found
    if result.noise == 0:
        return [*found, "no noise is low enough to tell spin heat from spin accumulation here: one channel gives the same curve"]
    points = f"{math.ceil(result.points):{'d' if result.points < 1e6 else '.2e'}}" if math.isfinite(result.points) else "no number of"
    shows = (
        f"this sweep detects spin heat if the noise is below {quantity(result.noise, 'V', 3)}, or with {points} points at a noise of "
        f"{quantity(measured.identified.noise, 'V', 3)}; a fit without spin heat would give τ = {quantity(result.tau, 's', 4)}"
    )
    return [*found, shows]
