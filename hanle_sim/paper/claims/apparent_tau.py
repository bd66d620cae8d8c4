"""Claim 4: what one reads off the total, as if it were spin accumulation alone."""

import math
from typing import Any

import numpy as np

from . import sentences
from .claim import Axis, Claim, Lines, Map, thresholds
from .pure_numbers import Point, PureModel
from .signs import is_at_largest_P_L
from .study import DRAWN, FILM, SLOW, Case, Study, drawn

#: Windows of a least-squares reading, in half widths, and the one that the map takes.
WINDOWS, WINDOW = (1, 2, 3, 5, 10, 30), 5


def half_width_reading(model: PureModel, point: Point) -> Any:
    """τ/τ_s of one Lorentzian of the total's half width."""
    return 1 / model.width(point)


def fit_reading(model: PureModel, point: Point, window: Any = WINDOW, *, offset: bool = False) -> Any:
    """τ/τ_s of the Lorentzian that fits best over ± some half widths."""
    return model.fit(point, window * model.width(point), offset=offset)


def _numbers(case: Case) -> dict[str, Any]:
    point, model = case.point, case.model
    alone = point._replace(S=0.0, P_L_S=0.0)
    found: dict[str, Any] = {
        "tau_by_half_width_over_tau_s": half_width_reading(model, point),
        "the_same_with_spin_accumulation_alone": half_width_reading(model, alone),
    }
    for window in WINDOWS:
        found[f"tau_by_least_squares_over_tau_s_within_{window}_half_widths"] = fit_reading(model, point, window)
    found[f"tau_by_least_squares_with_offset_over_tau_s_within_{WINDOW}_half_widths"] = fit_reading(model, point, offset=True)
    spin, heat = model.terms(point)
    if heat * spin > 0:
        ratio = float(heat / spin)

        def error(wanted: np.ndarray) -> Any:
            return half_width_reading(model, case.at(alpha=point.alpha * ratio / wanted)) - 1

        for name, wanted in thresholds(error, 1e-6, 1e3, "heat_over_spin").items():
            found[name] = wanted
            if 0 < wanted < math.inf:  # the ratio that this α does give, with all back-flow
                spin, heat = model.terms(case.at(alpha=point.alpha * ratio / wanted))
                found[name] = heat / spin
    return found


def _searched() -> dict[str, float]:
    """The least and the largest reading among devices drawn within the second law."""
    found: dict[str, float] = {"devices_drawn": float(DRAWN)}
    cases = {
        "tau_Q_below_tau_s": (PureModel("lumped"), drawn()),
        "tau_Q_up_to_1000_tau_s": (PureModel("lumped"), drawn(slow_heat=True)),
        "heated": (PureModel("lumped"), drawn(heated=True)),
        "diffusive": (PureModel("diffusive"), drawn()),
        "diffusive_tau_Q_up_to_1000_tau_s": (PureModel("diffusive"), drawn(slow_heat=True)),
        "film": (PureModel("film"), drawn()._replace(size=FILM)),
    }
    for name, (model, devices) in cases.items():
        width = model.width(devices)
        alone = model.width(devices._replace(S=0.0 * devices.S, P_L_S=0.0 * devices.P_L_S))
        found[f"{name}_share_in_which_spin_heat_lengthens_the_reading"] = float(np.mean(width < alone * (1 - 1e-9)))
        for how, reading in (("half_width", 1 / width), ("least_squares", model.fit(devices, WINDOW * width))):
            readable = reading[np.isfinite(reading)]
            found[f"{name}_least_tau_by_{how}_over_tau_s"] = float(readable.min())
            found[f"{name}_largest_tau_by_{how}_over_tau_s"] = float(readable.max())
            found[f"{name}_share_overestimated_by_{how}"] = float(np.mean(readable > 1 + 1e-9))
    return found


def _maps(study: Study) -> tuple[Map, Map]:
    x = Axis("τ_Q/τ_s", np.geomspace(0.01, 10.0, study.pixels))
    y = Axis("α = r_s/(L_0 T_0 r_Q)", np.geomspace(0.1, 100.0, study.pixels))
    case = study.case
    point = case.at(tau_ratio=x.values[None, :], alpha=y.values[:, None])
    natural = case.model.alpha(x.values, case.point.size)
    label = "α = τ_s/τ_Q (thin film)" if study.own == "lumped" else f"α of the {study.own} geometry"
    lines, here = {label: (x.values, natural)}, (study.point.tau_ratio, study.point.alpha)
    by_width = half_width_reading(case.model, point) - 1
    by_fit = case.model.fit(point, WINDOW / (1 + by_width)) - 1
    return (
        Map("τ_app/τ_s − 1 by the half width", x, y, by_width, here, lines),
        Map(f"τ_app/τ_s − 1 by least squares ({WINDOW} half widths)", x, y, by_fit, here, lines),
    )


def reading(study: Study) -> Claim:
    """Claim 4."""
    table, searched = study.each(_numbers), _searched()
    row = table[study.own]
    by_width = row["tau_by_half_width_over_tau_s"]
    most = is_at_largest_P_L(study.point)
    windows = np.geomspace(1.0, WINDOWS[-1], 60)
    curves = {}
    for name, case in study.cases.items():
        point = Point(*(np.full(windows.shape, one) for one in case.point))
        for offset in (False, True):
            curves[f"{name}{', free offset' if offset else ''}"] = fit_reading(case.model, point, windows, offset=offset)
    panels = study.rows(_maps)
    panels[study.own] += (
        Lines(
            "least squares, by its window",
            Axis("window (half widths)", windows),
            "τ_app/τ_s",
            curves,
            marks={"τ_s": 1.0, "half width, this device": by_width} if math.isfinite(by_width) else {},
        ),
    )
    return Claim(
        4,
        "reading",
        "Reading the total as spin accumulation alone underestimates τ_s",
        "if a spin heat accumulation is present, interpreting the total Hanle signal purely in terms of a spin accumulation would lead "
        "to an underestimation of the spin-relaxation time τ_s",
        "four sentences before Eq. (7)",
        "τ_app of one Lorentzian: of the same half width, or fitted by least squares (amplitude and width free; 201 equidistant fields "
        "over ± the window). It holds here if the reading by the half width is below τ_s. The amplitudes' ratio is changed by α. "
        "Error: τ_app/τ_s − 1.",
        table,
        searched,
        *sentences.reading(study, row, "the_same_with_spin_accumulation_alone", "tau_by_half_width_over_tau_s", most=most),
        panels,
        "The τ that one reads, by τ_Q and α",
        "Blue: τ_s is underestimated; red: overestimated, where τ_Q > τ_s. Right: a least-squares reading depends on how far out one fits.",
        drawn=f"Of each kind {sentences.ranges()} At constant current; a film is {sentences.short(FILM)} λ_s thick. Kinds with τ_Q ≤ "
        f"{sentences.short(SLOW)} τ_s go up to that; those with ΔT_0 have √L_0 ΔT_0/(R_tun I) from −1 to 1.",
    )
