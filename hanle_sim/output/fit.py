"""What a fit says on a terminal and in files."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..fitting.estimate import Estimate
from ..fitting.quick import QuickFit
from ..fitting.result import FitResult
from ..text import number_text, parameter_text, pretty_unit
from .layout import Sheet
from .tables import si

#: How many marks sketch the residuals.
_MARKS = 30


def quick_table(fits: Sequence[QuickFit]) -> Sheet:
    """τ of every curve by one Lorentzian and by two, and which of them the data support."""
    table = Sheet(caption="τ for g = 2, from the widths; intervals of 68 %")
    table.add_columns("curve", wraps=True)
    table.add_columns("", "τ", "68 %", "centre", justify="right")
    table.add_columns("supported", wraps=True)
    for number, one in enumerate(fits):
        if number:
            table.add_section()
        name = one.one.name
        for result in (one.one, one.two):
            if result is None:
                continue
            lines = [estimate for key, estimate in result.parameters.items() if key.startswith("tau")]
            centre = result.parameters.get("field_offset")
            for k, tau in enumerate(lines):
                verdict = "yes" if result is one.best else "no"
                table.add_row(
                    name,
                    ("1 line" if result is one.one else "2 lines") if k == 0 else "",
                    si(tau.value, "s", 4),
                    interval_text(tau),
                    si(centre.value, "T", 3) if centre is not None and k == 0 else "",
                    verdict if k == 0 else "",
                )
                name = ""
    return table


def fit_table(result: FitResult) -> Sheet:
    """Parameters with errors and intervals, as one reads them."""
    table = Sheet(f"{result.name}: {result.model}")
    table.add_columns("parameter")
    table.add_columns("value", "standard error", "68 %", justify="right")
    table.add_columns("", wraps=True, style="dim")
    for name, one in result.parameters.items():
        error = "–" if one.stderr is None else parameter_text(one.stderr, one.unit, 3)
        table.add_row(name, parameter_text(one.value, one.unit, _digits(one, 5)), error, interval_text(one), _remark(one))
    worth = "" if abs(result.n_effective - result.n) < 0.5 else f", worth {result.n_effective:.0f}"
    table.caption = (
        f"{result.n:,} points{worth}, {result.dof:.0f} degrees of freedom; sum of squares {number_text(result.ssr, 5)} "
        f"{pretty_unit(result.unit)}²; AICc {result.aicc:.5g}, BIC {result.bic:.5g}"
    )
    return table


def _remark(one: Estimate) -> str:
    if one.at_bound:
        return "at its bound"
    if not one.identifiable:
        return "not determined"
    return "" if one.by == "covariance" else one.by


def interval_text(one: Estimate) -> str:
    """The interval of 68 %; an end that is open is said to be."""
    low, high = ("open" if end is None else parameter_text(end, one.unit, _digits(one, 4)) for end in one.ci68)
    return f"{low} … {high}"


def _digits(one: Estimate, least: int) -> int:
    """How many digits of a value show its interval, as of an offset much larger than its error."""
    reach = max((abs(end - one.value) for end in one.ci68 if end is not None), default=0.0)
    return max(least, math.floor(math.log10(abs(one.value) / reach)) + 2) if reach and one.value else least


def residual_sketch(result: FitResult) -> list[str]:
    """Means of residuals over B, a mark each: + and − where they are beyond two standard errors, · elsewhere."""
    lines = []
    for curve, found in zip(result.problem.curves, result.solution.curves, strict=True):
        order = np.argsort(curve.points.x, kind="stable")
        r = found.residual[order] / result.noise
        bins = np.array_split(r, min(_MARKS, max(r.size // 3, 1)))
        means = [float(np.sum(part)) / math.sqrt(part.size) for part in bins]
        marks = "".join("+" if mean > 2 else "-" if mean < -2 else "." for mean in means)
        beyond = sum(mark != "." for mark in marks)
        verdict = "no structure" if beyond <= max(0.1 * len(marks), 2) else "structure: the model misses something"
        lines.append(f"residuals of {curve.points.name} over B: {marks}  {verdict}")
    return lines


def columns_of(results: Sequence[FitResult]) -> dict[str, np.ndarray]:
    """fit.csv: every point with its model and residual."""
    curves = [(curve, found) for result in results for curve, found in zip(result.problem.curves, result.solution.curves, strict=True)]
    names = np.concatenate([np.full(curve.points.x.size, curve.points.name) for curve, _ in curves])
    y = np.concatenate([curve.points.y for curve, _ in curves])
    model = np.concatenate([found.model for _, found in curves])
    return {"curve": names, "x": np.concatenate([curve.points.x for curve, _ in curves]), "y": y, "model": model, "residual": y - model}


def quick_contents(fits: Sequence[QuickFit]) -> dict[str, Any]:
    """fit.json of quick fits: the supported one of the first curve, its models, and the same of every curve where there are several."""
    curves = [one.best.as_dict() | {"models": [each.as_dict() for each in (one.one, one.two) if each is not None]} for one in fits]
    return curves[0] if len(curves) == 1 else curves[0] | {"curves": curves}


#: The first line of a fit.toml without a file.
NO_FILE = "# The curves were arrays and are in no file: name one in [data] to repeat this fit.\n"


def repeated(written: Mapping[str, Any], result: FitResult) -> dict[str, Any]:
    """The FIT.toml that repeats a fit: as written, with starts at the best values."""
    free = {name: dict(how) for name, how in written.get("fit", {}).get("free", {}).items()}
    for one in result.problem.parameters:
        if one.name in free:
            value = float(np.clip(result.parameters[one.name].value, one.low, one.high))  # a rounding beyond a bound is no start
            free[one.name]["start"] = f"{value!r} {one.unit}" if one.unit else value
    return {**written, "fit": {**written["fit"], "free": free}} if free else dict(written)
