"""The paper's closing questions: what inelastic scattering and spin-orbit coupling make of α and of the width, and whether α < 1."""

import math
from typing import Any

import numpy as np
from scipy.optimize import brentq

from ...numerics.extrema import largest
from . import sentences
from .amplitudes import total
from .apparent_tau import half_width_reading
from .claim import Axis, Claim, Lines, Map
from .line_shape import seebeck_axis
from .pure_numbers import Point
from .study import Case, Study

#: A τ_Q/τ_s of an infinite inelastic rate.
NEVER = 1e-30
#: How much shorter spin-orbit coupling makes τ_s, for the first question's last clause.
SPIN_ORBIT = 10.0
#: An α below one, for the second question.
BELOW_ONE = 0.5


def at_rate(case: Case, rate: Any, **changes: Any) -> Point:
    """The device with 1/τ_Q = 1/τ_s + 1/τ_in, τ_s/τ_in = rate, and the α of its geometry."""
    tau_ratio = 1 / (1 + np.asarray(rate))
    return case.at(tau_ratio=tau_ratio, alpha=case.model.alpha(tau_ratio, case.point.size), **changes)


# What the search for a half width leaves of it.
_ROUNDING = 1e-11


def _widest(case: Case) -> tuple[float, float]:
    """The largest half width [1/τ_s] at any inelastic rate, and that rate [1/τ_s]; NaN where there is no signal."""

    def widths(logs: np.ndarray) -> Any:
        return case.model.width(at_rate(case, np.exp(logs)))

    coarse = np.linspace(math.log(1e-4), math.log(1e6), 2000)
    found = widths(coarse)
    if not np.isfinite(found).all():
        return math.nan, math.nan
    totals = total(case.model.terms(at_rate(case, np.exp(coarse))))
    if not (np.all(totals > 0) or np.all(totals < 0)):  # without a signal at B = 0 a half width means nothing
        return math.nan, math.nan
    # Rounding of a width that no rate changes is no maximum.
    if np.max(found) <= max(found[0], found[-1]) * (1 + _ROUNDING):
        return float(np.max(found)), math.nan
    middle = coarse[int(np.argmax(found))]
    # A polynomial through the neighbourhood: the place of a maximum, to more digits than its height's rounding would leave.
    fine = np.linspace(-0.1, 0.1, 41)
    through = np.polynomial.Polynomial.fit(fine, widths(middle + fine), 8)
    roots = through.deriv().roots()
    real = roots.real[(np.abs(roots.imag) < 1e-9) & (np.abs(roots.real) < 0.1)]
    if not real.size:
        return math.nan, math.nan
    best = float(real[np.argmax(through(real))])
    return float(through(best)), math.exp(middle + best)


def _rate_numbers(case: Case) -> dict[str, Any]:
    model = case.model
    here = 1 / case.point.tau_ratio - 1
    # No spin heat at all, however slowly α grows with the rate.
    elastic, infinite = model.width(at_rate(case, 0.0)), model.width(case.at(tau_ratio=NEVER, alpha=1 / NEVER))
    widest, at_widest = _widest(case)
    return {
        "tau_s_over_tau_inelastic": here,
        "alpha": model.alpha(case.point.tau_ratio, case.point.size),
        "alpha_at_rate_1": model.alpha(0.5, case.point.size),
        "alpha_at_rate_24": model.alpha(1 / 25, case.point.size),
        "half_width_times_tau_s_elastic": elastic,
        "half_width_times_tau_s": model.width(at_rate(case, here)) if here >= 0 else np.nan,
        "half_width_times_tau_s_widest": widest,
        "tau_s_over_tau_inelastic_of_the_widest": at_widest,
        "half_width_times_tau_s_infinite_rate": infinite,
        **_spin_orbit_numbers(case),
    }


def _spin_orbit_numbers(case: Case) -> dict[str, Any]:
    """The device with τ_s shortened by SPIN_ORBIT, τ_in, D and the junction kept: α, and what spin heat does to the half width."""
    model, point = case.model, case.point
    rate = 1 / point.tau_ratio - 1
    if rate < 0:
        return {}
    found: dict[str, Any] = {}
    for name, factor in (("", 1.0), ("_with_tau_s_shortened_10_times", 1 / SPIN_ORBIT)):
        # Sizes in λ_s, and r_s, of shorter λ_s = √(D τ_s): what is thick in λ is less so of a film, and drift is slower in it.
        scale = factor**0.5
        size = point.size / scale if model.geometry == "film" else point.size * scale
        shorter = factor if model.geometry == "lumped" else scale * model.spin_resistance(size) / model.spin_resistance(point.size)
        ratio = 1 / (1 + rate * factor)
        changes = {"tau_ratio": ratio, "alpha": model.alpha(ratio, size), "size": size, "mismatch": point.mismatch * shorter}
        width, alone = model.width(case.at(**changes)), model.width(case.at(**changes, S=0.0))
        found[f"alpha{name or '_of_the_geometry_and_rate'}"] = changes["alpha"]
        found[f"half_width_over_that_without_spin_heat_less_one{name}"] = width / alone - 1
    return found


def _seebeck_reading(study: Study, x: Axis, tau_ratio: np.ndarray, here: float) -> tuple[Map]:
    """The reading by half width against that of the same device without spin heat, over τ_Q/τ_s, as along x, and S; α is the geometry's."""
    case, S, natural = study.case, seebeck_axis(study), study.model.alpha(tau_ratio, study.point.size)
    point = case.at(tau_ratio=tau_ratio[None, :], alpha=natural[None, :], S=study.sign * S.values[:, None])
    reading = half_width_reading(case.model, point) / half_width_reading(case.model, case.at(S=0.0))
    # A device of another α is not on this map.
    is_there = here > 0 and math.isclose(study.point.alpha, float(case.model.alpha(study.point.tau_ratio, study.point.size)), rel_tol=1e-9)
    place = (here, abs(study.point.S)) if is_there else None
    return (Map("reading of τ_s against the same at S = 0", x, S, reading - 1, place),)


def inelastic(study: Study) -> Claim:
    """The first closing question."""
    table, rates = study.each(_rate_numbers), np.geomspace(1e-2, 1e4, study.pixels)
    x = Axis("inelastic rate τ_s/τ_in", rates)
    alphas = {name: one.model.alpha(1 / (1 + rates), one.point.size) for name, one in study.cases.items()}
    widths = {name: one.model.width(at_rate(one, rates)) for name, one in study.cases.items()}
    panels = study.rows(lambda own: _seebeck_reading(own, x, 1 / (1 + rates), 1 / own.point.tau_ratio - 1))
    panels[study.own] += (
        Lines("α by the inelastic rate", x, "α", alphas, log=True),
        Lines("half width of the total", x, "half width ω_L τ_s", widths),
    )
    return Claim(
        11,
        "inelastic",
        "Closing question: does inelastic scattering raise α and widen the curve?",
        "How do inelastic processes affect the magnitude of the parameter α in the spin-Wiedemann-Franz law and the width of the Hanle "
        "curve, and how is this behavior modified under the presence of a strong spin-orbit coupling?",
        "last paragraph",
        "Spin flips relax both accumulations, inelastic scattering the heat alone: 1/τ_Q = 1/τ_s + 1/τ_in, an assumption in the spirit "
        "of the text after Eq. (13). τ_s, the junction and r_s are kept; α is that of the geometry (a well-mixed film: τ_s/τ_Q). Strong "
        f"spin-orbit coupling is taken as a τ_s {SPIN_ORBIT:.0f} times shorter at the same τ_in, D and junction, with r_s that follows. "
        "Error: how much the reading by half width differs from that of the same device without spin heat (S = 0).",
        table,
        {},
        *sentences.inelastic(study, table[study.own]),
        panels,
        "What inelastic scattering does to the width",
        "What spin heat does to the width at every rate: driven by a current alone, slow scattering leaves the two lines alike and fast "
        "scattering leaves no spin heat, so that it does most in between.",
        shows=2,
        notes=sentences.alpha_note(study, table[study.own], "Table and figure take"),
        is_question=True,
    )


def _below_numbers(case: Case) -> dict[str, Any]:
    model, size = case.model, case.point.size

    def excess(log_ratio: float) -> float:
        return float(np.log(model.alpha(math.exp(log_ratio), size) / BELOW_ONE))

    ends = (1e-6, 40.0)
    # By ln(1 + rate), from no inelastic scattering to a rate of 10⁶/τ_s.
    least, _ = largest(lambda logs: -model.alpha(np.exp(-logs), size), [(0.0, math.log(1 + 1e6))])
    found = {"least_alpha_of_any_inelastic_rate": -least}
    if excess(ends[0]) * excess(ends[1]) >= 0:
        return found
    ratio = math.exp(brentq(excess, *ends, xtol=1e-14))
    point = case.at(tau_ratio=ratio, alpha=BELOW_ONE)
    alone = case.at(tau_ratio=ratio, alpha=BELOW_ONE, S=0.0)
    return {
        **found,
        "tau_Q_over_tau_s_of_alpha_half": ratio,
        "inelastic_rate_of_alpha_half_times_tau_s": 1 / ratio - 1,
        "heat_over_spin_at_alpha_half": np.divide(*model.terms(point)[::-1]) if case.point.P_G else np.nan,
        "tau_app_over_tau_s_at_alpha_half": half_width_reading(model, point),
        "tau_app_over_tau_s_at_alpha_half_without_spin_heat": half_width_reading(model, alone),
    }


def below_one(study: Study) -> Claim:
    """The second closing question."""
    table, x = study.each(_below_numbers), Axis("τ_Q/τ_s", np.geomspace(0.1, 100.0, study.pixels))
    panels = study.rows(lambda own: _seebeck_reading(own, x, x.values, own.point.tau_ratio))
    alphas = {name: one.model.alpha(x.values, one.point.size) for name, one in study.cases.items()}
    panels[study.own] += (Lines("α of each geometry", x, "α", alphas, log=True, marks={"α = 1": 1.0}),)
    least = min(row["least_alpha_of_any_inelastic_rate"] for row in table.values())
    return Claim(
        12,
        "below_one",
        "Closing question: can α be below one?",
        "is it possible that α < 1, meaning that the spin heat relaxes slower than the spin accumulation?",
        "last sentence",
        "α of each geometry for all inelastic rates from 0 to 10⁶/τ_s, with 1/τ_Q = 1/τ_s + 1/τ_in; and what α < 1, that is τ_Q > τ_s, "
        "would do to the reading by half width. Error: against the reading of the same device without spin heat (S = 0).",
        table,
        {"least_alpha_of_all": least},
        *sentences.below_one(study, least),
        panels,
        "α is below one only where τ_Q exceeds τ_s",
        "Red: the total is narrower than spins alone make it; blue: wider. Spin heat would outlive the spin accumulation, τ_Q > τ_s, "
        "exactly where α of a geometry falls below one (curves).",
        shows=1,
        is_question=True,
    )
