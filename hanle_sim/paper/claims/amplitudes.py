"""Claims 3 and 5: two independent contributions, and the magnitudes of Eq. (14)."""

from typing import Any

import numpy as np

from ... import printed_equations
from . import sentences
from .claim import Axis, Claim, Map, thresholds
from .line_shape import FIELDS, MISMATCH, largest, mismatch_and_seebeck, peak
from .pure_numbers import Point, PureModel
from .study import Case, Study, drawn, edge

#: Where an r_s/R_tun is looked for.
LOW, HIGH = 1e-8, 1e4
#: At how much back-flow devices drawn at random are held against Eq. (14), and how little makes a limit.
DRAWN_AT, LITTLE = 0.01, 1e-6
#: How much less r_s or r_Q becomes where one accumulation is kept from building up.
ALONE = 1e-15


def total(terms: Any) -> Any:
    """The sum of some terms."""
    return np.asarray(sum(terms))


def per_current(model: PureModel, point: Point) -> tuple[Any, Any]:
    """Both terms of ΔV_Hanle at B = 0 over the current that flows [r_s]: at constant voltage the accumulations reduce it."""
    spin, heat = model.terms(point)
    if model.feeds_back:
        return spin, heat
    current = _at_voltage(point, spin + heat)
    return spin / current, heat / current


def flowing(model: PureModel, point: Point) -> Any:
    """The current at B = 0 over what drives the junction: 1 at constant current, R_tun I/V at constant voltage."""
    return 1.0 if model.feeds_back else _at_voltage(point, total(model.terms(point)))


def _at_voltage(point: Point, signal: Any) -> Any:
    """R_tun I/V = 1 − S ΔT_0/V − ΔV_Hanle/V."""
    return 1 - point.S * point.heating - point.mismatch * signal


def by_equation_14(point: Point) -> tuple[Any, Any]:
    """Eq. (14)'s two terms [r_s], P_L S taken as one number."""
    return printed_equations.hanle_amplitudes(
        r_s=1.0, R_tun=1 / np.asarray(point.mismatch), P_G=point.P_G, P_L=point.P_L_S, S=1.0, alpha=point.alpha, L_0=1.0
    )


def equation_14_error(model: PureModel, point: Point) -> Any:
    """Eq. (14) over the exact signal at B = 0, less one."""
    return total(by_equation_14(point)) / total(per_current(model, point)) - 1


def apart(point: Point) -> tuple[Point, Point]:
    """Devices in which one accumulation alone can build up: r_Q → 0, and r_s → 0; the first device's unit of signal is that of both."""
    return point._replace(alpha=point.alpha / ALONE), point._replace(mismatch=point.mismatch * ALONE, alpha=point.alpha * ALONE)


def sum_error(model: PureModel, point: Point) -> Any:
    """The sum of the two contributions on their own over the exact total at B = 0, less one."""
    spin, heat = (total(model.terms(one)) for one in apart(point))
    return (spin + heat * ALONE) / total(model.terms(point)) - 1


def sum_departure(model: PureModel, point: Point, *, coarse: bool = False) -> Any:
    """The largest difference between that sum and the exact curve at any field, relative to the exact peak; `coarse` for maps."""
    width = model.width(point)[..., None]

    def off(fields: np.ndarray) -> Any:
        whole, spin, heat = (total(model.curve(one, width * fields)) for one in (point, *apart(point)))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.abs(spin + heat * ALONE - whole) / np.abs(whole[..., :1])

    return peak(off(FIELDS)) if coarse else largest(off)


def _sum_numbers(case: Case) -> dict[str, Any]:
    point = case.point
    return {
        "sum_over_exact_less_one": sum_error(case.model, point),
        "largest_departure_of_the_curve": sum_departure(case.model, point),
        "sum_over_exact_less_one_at_R_tun_equal_r_s": sum_error(case.model, case.at(mismatch=1.0)),
        "largest_departure_of_the_curve_at_R_tun_equal_r_s": sum_departure(case.model, case.at(mismatch=1.0)),
        **thresholds(lambda x: sum_departure(case.model, case.at(mismatch=x)), LOW, HIGH, "mismatch"),
    }


def _sum_maps(study: Study) -> tuple[Map, Map]:
    model, (x, y, point, here) = study.model, mismatch_and_seebeck(study)
    curve = sum_departure(model, point, coarse=True)
    return (
        Map(f"sum of the two over the exact peak, by {MISMATCH} and S", x, y, sum_error(model, point), here),
        Map("largest difference along the curve, relative to the peak", x, y, curve, here),
    )


def independent(study: Study) -> Claim:
    """Claim 3."""
    table = study.each(_sum_numbers)
    return Claim(
        3,
        "independent",
        "The total is the sum of two independent contributions",
        "the total Hanle signal will consist of two superimposed Hanle curves with different widths […] the latter directly follows "
        "from the sum of two independent contributions to the voltage, conform to Eq. (6)",
        "below Eq. (6), on Fig. 2",
        "Each contribution on its own (the other accumulation kept from building up, its own back-flow and sources kept), summed, against "
        "the exact curve. Error: the largest difference at any field, relative to the exact peak; and at B = 0, the sum over the exact "
        "total, less one.",
        table,
        {},
        *sentences.independent(study, table[study.own]),
        study.rows(_sum_maps),
        "Two independent contributions miss the signal as r_s nears R_tun",
        "How far the sum of two contributions, each computed as if the other were not there, is from the exact signal: at B = 0 (left), "
        "and at the worst field (right).",
    )


def _magnitude_numbers(case: Case) -> dict[str, Any]:
    model, point = case.model, case.point
    exact, printed = per_current(model, point), by_equation_14(point)
    # Extrapolated to no back-flow from two little ones.
    once, twice = (_missed(model, point, factor * LITTLE) / (factor * LITTLE) for factor in (1, 2))
    missed = 2 * once - twice if abs(once) > 1e-6 else 0.0  # below it is rounding
    return {
        "exact_Delta_V_over_I_r_s": total(exact),
        "eq14_Delta_V_over_I_r_s": total(printed),
        "eq14_over_exact_less_one": equation_14_error(model, point),
        "eq14_over_exact_less_one_spin": printed[0] / exact[0] - 1 if exact[0] else np.nan,
        "eq14_over_exact_less_one_heat": printed[1] / exact[1] - 1 if exact[1] else np.nan,
        "eq14_over_exact_less_one_at_R_tun_equal_r_s": equation_14_error(model, case.at(mismatch=1.0)),
        "eq14_misses_at_first_order_in_mismatch_I_r_s": missed if abs(_missed(model, point, LITTLE)) < 1e-3 else np.nan,
        **thresholds(lambda x: equation_14_error(model, case.at(mismatch=x)), LOW, HIGH, "mismatch"),
    }


def _missed(model: PureModel, point: Point, mismatch: float) -> Any:
    """The exact signal less Eq. (14)'s [r_s] with so much back-flow."""
    at = point._replace(mismatch=mismatch)
    return total(per_current(model, at)) - total(by_equation_14(at))


def _drawn_numbers(model: PureModel) -> dict[str, float]:
    devices = drawn()._replace(mismatch=np.full(drawn().mismatch.shape, DRAWN_AT))
    error = np.abs(equation_14_error(model, devices))
    return {
        "r_s_over_R_tun_of_the_devices_drawn": DRAWN_AT,
        "median_error_drawn": float(np.median(error)),
        "ninth_decile_error_drawn": float(np.quantile(error, 0.9)),
        "largest_error_drawn": float(np.max(error)),
    }


def _magnitude_maps(study: Study) -> tuple[Map, Map]:
    case, (x, y, point, here) = study.case, mismatch_and_seebeck(study)
    P_L, at_P_L = largest_S_by_P_L(study, -1.0, 1.5)
    by_P_L = equation_14_error(case.model, case.at(mismatch=x.values[None, :], **at_P_L))
    return (
        Map(f"Eq. (14) over exact, by {MISMATCH} and S", x, y, equation_14_error(case.model, point), here),
        Map(f"Eq. (14) over exact, by {MISMATCH} and P_L", x, P_L, by_P_L, (study.point.mismatch, case.P_L)),
    )


def largest_S_by_P_L(study: Study, low: float, high: float) -> tuple[Axis, dict[str, Any]]:
    """An axis of P_L, and S and P_L S along it, [pixels, 1]: the device's S, or the second law's largest where that is less."""
    P_L = np.linspace(low, high, study.pixels)
    S = study.sign * np.minimum(abs(study.point.S), edge(study.point, P_L))[:, None]
    return Axis("polarisation P_L", P_L, log=False), {"S": S, "P_L_S": P_L[:, None] * S}


def magnitudes(study: Study) -> Claim:
    """Claim 5."""
    table, case = study.each(_magnitude_numbers), study.case
    numbers = _drawn_numbers(PureModel("lumped", feeds_back=case.model.feeds_back))
    open_error = abs(equation_14_error(case.model, case.at(mismatch=LITTLE)))
    return Claim(
        5,
        "magnitudes",
        "Eq. (14)'s magnitudes",
        "ΔV_Hanle/I = r_s P_G² {R_tun/[R_tun + (1 − P_G²) r_s]} + (r_s/α)(P_L² S²/L_0) {R_tun/[R_tun + (1 − P_L² S²/L_0) r_s/α]}",
        "Eq. (14)",
        "Eq. (14) against the exact signal at B = 0, which keeps the cross terms of Eqs. (11) and (12). Error: Eq. (14) over exact, "
        "less one.",
        table,
        numbers,
        *sentences.magnitudes(study, table[study.own], open_error),
        study.rows(_magnitude_maps),
        "Eq. (14) misses the signal as r_s nears R_tun",
        "Error of the paper's amplitude at B = 0; left with P_L kept and S up to the second law's largest, right with S as here, or the "
        "largest allowed where that is less. Driven by a current alone it vanishes where nothing flows back, and at S = 0, where spin and "
        "heat are not coupled.",
        drawn=f"Well mixed: {sentences.ranges(DRAWN_AT)}",
    )
