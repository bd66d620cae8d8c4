"""Claims 3 and 5: two independent contributions, and the magnitudes of Eq. (14)."""

from typing import Any

import numpy as np

from .. import seed
from ..constants import L_0_SEED
from .claim import Axis, Claim, Map, elsewhere, limits, percent, threshold, thresholds
from .kernel import Kernel, Point
from .line import FIELDS, MISMATCH, mismatch_axis, peak, seebeck_axis
from .study import Case, Study, drawn, edge

_LOW, _HIGH = 1e-8, 1e4
#: At how much back-flow devices drawn at random are held against Eq. (14), and how little makes a limit.
DRAWN_AT, LITTLE = 0.01, 1e-6
#: How much less r_s or r_Q becomes where one accumulation is kept from building up.
ALONE = 1e-15


def total(terms: Any) -> Any:
    """The sum of some terms."""
    return np.asarray(sum(terms))


def per_current(kernel: Kernel, point: Point, progress: Any = None) -> tuple[Any, Any]:
    """Both terms of ΔV_Hanle at B = 0 over the current that flows [r_s]: at constant voltage the accumulations reduce it."""
    spin, heat = kernel.terms(point, progress)
    if kernel.feeds_back:
        return spin, heat
    current = 1 - point.S * point.heating - point.mismatch * (spin + heat)
    return spin / current, heat / current


def by_equation_14(point: Point) -> tuple[Any, Any]:
    """Eq. (14)'s two terms [r_s], P_L S taken as one number."""
    return seed.hanle_amplitudes(
        r_s=1.0, R_tun=1 / np.asarray(point.mismatch), P_G=point.P_G, P_L=point.P_L_S, S=1.0, alpha=point.alpha, L_0=1.0
    )


def equation_14_error(kernel: Kernel, point: Point, progress: Any = None) -> Any:
    """Eq. (14) over the exact signal at B = 0, less one."""
    return total(by_equation_14(point)) / total(per_current(kernel, point, progress)) - 1


def apart(point: Point) -> tuple[Point, Point]:
    """Devices in which one accumulation alone can build up: r_Q → 0, and r_s → 0; the first device's unit of signal is that of both."""
    return point._replace(alpha=point.alpha / ALONE), point._replace(mismatch=point.mismatch * ALONE, alpha=point.alpha * ALONE)


def sum_error(kernel: Kernel, point: Point) -> Any:
    """The sum of the two contributions on their own over the exact total at B = 0, less one."""
    spin, heat = (total(kernel.terms(one)) for one in apart(point))
    return (spin + heat * ALONE) / total(kernel.terms(point)) - 1


def sum_departure(kernel: Kernel, point: Point, progress: Any = None) -> Any:
    """The largest difference between that sum and the exact curve at any field, relative to the exact peak."""
    omega, curves = kernel.width(point)[..., None] * FIELDS, []
    for number, one in enumerate((point, *apart(point))):

        def report(done: float, number: int = number) -> None:
            if progress is not None:
                progress((number + done) / 3)

        curves.append(total(kernel.curve(one, omega, report)))
    whole, spin, heat = curves
    return peak(np.abs(spin + heat * ALONE - whole)) / np.abs(whole[..., 0])


def _sum_numbers(case: Case) -> dict[str, Any]:
    point = case.point
    return {
        "sum_over_exact_less_one": sum_error(case.kernel, point),
        "largest_departure_of_the_curve": sum_departure(case.kernel, point),
        "sum_over_exact_less_one_at_R_tun_equal_r_s": sum_error(case.kernel, case.at(mismatch=1.0)),
        "largest_departure_of_the_curve_at_R_tun_equal_r_s": sum_departure(case.kernel, case.at(mismatch=1.0)),
        **thresholds(lambda x: sum_error(case.kernel, case.at(mismatch=x)), _LOW, _HIGH, "mismatch"),
    }


def _sum_maps(study: Study, progress: Any) -> tuple[Map, Map]:
    case, x, y = study.case, mismatch_axis(study), seebeck_axis(study)
    point, here = case.at(mismatch=x.values[None, :], S=study.sign * y.values[:, None]), (study.point.mismatch, abs(study.point.S))
    peak = sum_error(case.kernel, point)
    curve = sum_departure(case.kernel, point, progress)
    return (
        Map(rf"sum of the two over the exact peak, by {MISMATCH} and $S$", x, y, peak, here),
        Map("largest difference along the curve, relative to the peak", x, y, curve, here),
    )


def independent(study: Study, progress: Any) -> Claim:
    """Claim 3."""
    table = study.each(_sum_numbers)
    row = table[study.own]
    coupled = "the two contributions inject into each other"
    if not abs(row["sum_over_exact_less_one_at_R_tun_equal_r_s"]) > 1e-9:
        coupled = "nothing couples the two contributions here"
    return Claim(
        3,
        "independent",
        "The total is the sum of two independent contributions",
        "the total Hanle signal will consist of two superimposed Hanle curves with different widths […] the latter directly follows "
        "from the sum of two independent contributions to the voltage, conform to Eq. (6)",
        "below Eq. (6), on Fig. 2",
        "Each contribution on its own (the other accumulation kept from building up, its own back-flow and sources kept), summed, against "
        "the exact curve. Error: the sum over the exact total at B = 0, less one.",
        table,
        {},
        f"{study.own.capitalize()}: {limits(row, 'mismatch', 'r_s/R_tun')}; at this device's r_s/R_tun = {study.point.mismatch:.3g} the "
        f"sum is off by {percent(row['sum_over_exact_less_one'])} at B = 0 and by "
        f"{percent(row['largest_departure_of_the_curve'], signed=False)} of the peak along the curve, at R_tun = r_s by "
        f"{percent(row['sum_over_exact_less_one_at_R_tun_equal_r_s'])} and "
        f"{percent(row['largest_departure_of_the_curve_at_R_tun_equal_r_s'], signed=False)}: {coupled}"
        f"{elsewhere(table, study.own, 'mismatch', 'r_s/R_tun')}.",
        study.rows(_sum_maps, progress),
        "How far the sum of two contributions, each computed as if the other were not there, is from the exact signal: at B = 0 (left), "
        "and at the worst field (right).",
    )


def _magnitude_numbers(case: Case) -> dict[str, Any]:
    kernel, point = case.kernel, case.point
    exact, printed = per_current(kernel, point), by_equation_14(point)
    slope = point._replace(mismatch=LITTLE)
    found = total(per_current(kernel, slope)) - total(by_equation_14(slope))
    return {
        "exact_Delta_V_over_I_r_s": total(exact),
        "eq14_Delta_V_over_I_r_s": total(printed),
        "eq14_over_exact_less_one": equation_14_error(kernel, point),
        "eq14_over_exact_less_one_spin": printed[0] / exact[0] - 1 if exact[0] else np.nan,
        "eq14_over_exact_less_one_heat": printed[1] / exact[1] - 1 if exact[1] else np.nan,
        "eq14_over_exact_less_one_at_R_tun_equal_r_s": equation_14_error(kernel, case.at(mismatch=1.0)),
        "eq14_misses_at_first_order_in_mismatch_I_r_s": found / LITTLE if abs(found) > 1e-6 * LITTLE else 0.0,
        **thresholds(lambda x: equation_14_error(kernel, case.at(mismatch=x)), _LOW, _HIGH, "mismatch"),
    }


def _drawn_numbers(kernel: Kernel) -> dict[str, float]:
    devices = drawn()._replace(mismatch=np.full(drawn().mismatch.shape, DRAWN_AT))
    error = np.abs(equation_14_error(kernel, devices))
    return {
        "r_s_over_R_tun_of_the_devices_drawn": DRAWN_AT,
        "median_error_drawn": float(np.median(error)),
        "ninth_decile_error_drawn": float(np.quantile(error, 0.9)),
        "largest_error_drawn": float(np.max(error)),
    }


def _magnitude_maps(study: Study, progress: Any) -> tuple[Map, Map]:
    case, x, y, here = study.case, mismatch_axis(study), seebeck_axis(study), (study.point.mismatch, abs(study.point.S))
    by_S = equation_14_error(
        case.kernel, case.at(mismatch=x.values[None, :], S=study.sign * y.values[:, None]), lambda done: progress(done / 2)
    )
    P_L = np.linspace(-1.0, 1.5, study.pixels)
    S = study.sign * np.minimum(abs(study.point.S), edge(case.point, P_L))[:, None]
    by_P_L = equation_14_error(
        case.kernel, case.at(mismatch=x.values[None, :], S=S, P_L_S=P_L[:, None] * S), lambda done: progress(0.5 + done / 2)
    )
    return (
        Map(f"Eq. (14) over exact, by {MISMATCH} and $S$", x, y, by_S, here),
        Map(
            f"Eq. (14) over exact, by {MISMATCH} and $P_L$",
            x,
            Axis("polarisation $P_L$", P_L, log=False),
            by_P_L,
            (study.point.mismatch, case.P_L),
        ),
    )


def magnitudes(study: Study, progress: Any) -> Claim:
    """Claim 5."""
    table, case = study.each(_magnitude_numbers), study.case
    row = table[study.own]
    numbers = _drawn_numbers(Kernel("lumped", feeds_back=case.kernel.feeds_back))
    holds_open = abs(equation_14_error(case.kernel, case.at(mismatch=LITTLE))) < 1e-3
    start = "" if holds_open else "Fails even for R_tun ≫ r_s. "
    terms = [
        f"{percent(row[f'eq14_over_exact_less_one_{term}'])} in the {symbol} term"
        for term, symbol in (("spin", "Δμ"), ("heat", "ΔT_s"))
        if np.isfinite(row[f"eq14_over_exact_less_one_{term}"])
    ]
    missed = row["eq14_misses_at_first_order_in_mismatch_I_r_s"]
    # Below that, what is left is the rounding of a difference.
    first = f"at first order it misses {missed:+.4g} (r_s/R_tun) I r_s" if abs(missed) > 1e-6 else "at first order it misses nothing"
    first = first if holds_open else "its limit is not the exact one"
    return Claim(
        5,
        "magnitudes",
        "Eq. (14)'s magnitudes",
        "ΔV_Hanle/I = r_s P_G² {R_tun/[R_tun + (1 − P_G²) r_s]} + (r_s/α)(P_L² S²/L_0) {R_tun/[R_tun + (1 − P_L² S²/L_0) r_s/α]}",
        "Eq. (14)",
        "Eq. (14) against the exact signal at B = 0, which keeps the cross terms of Eqs. (11) and (12). Error: Eq. (14) over exact, "
        f"less one. Drawn at random: the devices of claim 4, at r_s/R_tun = {DRAWN_AT}.",
        table,
        numbers,
        f"{start}{study.own.capitalize()}: {limits(row, 'mismatch', 'r_s/R_tun')}; at this device's r_s/R_tun = "
        f"{study.point.mismatch:.3g} it is off by {percent(row['eq14_over_exact_less_one'])} ({', '.join(terms)}), at R_tun = r_s by "
        f"{percent(row['eq14_over_exact_less_one_at_R_tun_equal_r_s'])}; {first}; one lawful device in ten is off by more than "
        f"{percent(numbers['ninth_decile_error_drawn'])} at r_s/R_tun = {DRAWN_AT}{elsewhere(table, study.own, 'mismatch', 'r_s/R_tun')}.",
        study.rows(_magnitude_maps, progress),
        "Error of the seed's amplitude at B = 0; left with P_L kept and S up to the second law's largest, right with S as here, or the "
        "largest lawful where that is less. It vanishes where nothing flows back, and at S = 0, where spin and heat are not coupled.",
    )


def _neglect_numbers(case: Case, study: Study) -> dict[str, Any]:
    kernel, scale = case.kernel, study.scale
    cold = case.at(heating=0.0)
    exact, leading = per_current(kernel, cold), by_equation_14(cold)
    found: dict[str, Any] = {}
    for name, k in (("Delta_mu", 0), ("Delta_T_s", 1)):
        if not exact[k]:
            continue

        def mixed(x: np.ndarray, k: int = k) -> Any:
            point = case.at(mismatch=x, heating=0.0)
            return by_equation_14(point)[k] / per_current(kernel, point)[k] - 1

        def heated(x: np.ndarray, k: int = k) -> Any:
            changes = [per_current(kernel, cold)[k] / per_current(kernel, case.at(heating=sign * x))[k] - 1 for sign in (1, -1)]
            return np.maximum(*np.abs(changes))

        found[f"without_cross_term_{name}_less_one"] = leading[k] / exact[k] - 1
        found.update(thresholds(mixed, _LOW, _HIGH, f"cross_term_in_{name}_mismatch"))
        kelvin = scale.R_tun_I / scale.root_L_0
        for level, name_of in ((0.01, "1"), (0.05, "5"), (0.10, "10")):
            found[f"Delta_T_0_that_changes_{name}_by_{name_of}_percent_K"] = abs(kelvin) * threshold(heated, 1e-6, 1e3, level)
    spin, heat = kernel.terms(cold)
    if cold.P_L_S:
        found["S_Delta_T_s_V"] = case.point.S * 2 * heat / cold.P_L_S * cold.mismatch * scale.R_tun_I
        found["S_Delta_T_s_over_R_tun_I"] = case.point.S * 2 * heat / cold.P_L_S * cold.mismatch
    if cold.P_G:
        found["Delta_mu_over_e_R_tun_I"] = 2 * spin / cold.P_G * cold.mismatch
    found["S_R_tun_I_over_L_0_K"] = case.point.S * scale.R_tun_I / scale.root_L_0
    return found


def _neglect_maps(study: Study, progress: Any) -> tuple[Map, ...]:
    case = study.case
    x, theta = (
        mismatch_axis(study),
        Axis(r"thermal bias $\sqrt{L_0}\,\Delta T_0/(R_\mathrm{tun} I)$", np.geomspace(1e-3, 10.0, study.pixels)),
    )
    point = case.at(mismatch=x.values[None, :], heating=theta.values[:, None])
    exact, leading = per_current(case.kernel, point, progress), by_equation_14(case.at(mismatch=x.values[None, :], heating=0.0))
    here = (study.point.mismatch, study.point.heating) if study.point.heating > 0 else None
    panels = []
    for k, name in ((0, r"$\Delta\mu$"), (1, r"$\Delta T_\mathrm{s}$")):
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.where(exact[k] == 0, np.nan, np.broadcast_to(leading[k], exact[k].shape) / exact[k] - 1)
        panels.append(Map(f"{name} from the term in $I$ alone, over exact", x, theta, error, here, absent="no signal"))

    S = seebeck_axis(study)
    cold, warm = (
        case.at(S=study.sign * S.values[:, None], heating=0.0),
        case.at(S=study.sign * S.values[:, None], heating=theta.values[None, :]),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        change = total(per_current(case.kernel, cold)) / total(per_current(case.kernel, warm)) - 1
    at_S = (study.point.heating, abs(study.point.S)) if study.point.heating > 0 else None
    panels.append(Map("total at $\\Delta T_0 = 0$ over the exact one", theta, S, change, at_S, absent="no signal"))
    return tuple(panels)


def neglected(study: Study, progress: Any) -> Claim:
    """Claim 9."""
    table = study.each(lambda case: _neglect_numbers(case, study))
    row, printed = table[study.own], 100e-6 * 0.1 / L_0_SEED

    def about(name: str, symbol: str) -> str:
        if f"without_cross_term_{name}_less_one" not in row:
            return f"there is no {symbol} term"
        kelvin = row[f"Delta_T_0_that_changes_{name}_by_1_percent_K"]
        warm = f"ΔT_0 = {kelvin:.3g} K changes it by 1 %" if np.isfinite(kelvin) else "no ΔT_0 changes it"
        cross = limits(
            {key: value for key, value in row.items() if key.startswith(f"cross_term_in_{name}")},
            f"cross_term_in_{name}_mismatch",
            "r_s/R_tun",
        )
        return f"dropping the cross term of {symbol} {cross} ({percent(row[f'without_cross_term_{name}_less_one'])} here), and {warm}"

    ratio = row["S_R_tun_I_over_L_0_K"]
    return Claim(
        9,
        "neglected",
        "The neglect of the Seebeck and cross terms, and of ΔT_0",
        "neglect the second term (due to Seebeck spin tunneling [11]) and third term (due to a nonzero spin heat accumulation ΔT_s) in "
        "Eq. (11), and retain only the first term […] This is valid since Δμ/e ≪ R_tun I, and ΔT_0 is typically smaller than S R_tun "
        "I/L_0 ≈ 40 K",
        "between Eqs. (12) and (13)",
        "Eqs. (11) and (12) reduced to what is proportional to I against the exact accumulations at B = 0, with and without a "
        "temperature difference across the junction. Error: the term in I alone over exact, less one.",
        table,
        {"S_R_tun_I_over_L_0_of_the_seed_s_numbers_K": printed, "as_printed_K": 40.0},
        f"{study.own.capitalize()}: {about('Delta_mu', 'Δμ')}; {about('Delta_T_s', 'ΔT_s')}; S R_tun I/L_0 is {ratio:.3g} K here and "
        f"{printed:.4g} K for the seed's numbers, {printed / 40:.3g} times what is printed.",
        study.rows(_neglect_maps, progress),
        "Error of keeping only what is proportional to I: along the bottom what the cross terms make of it, upwards what the thermal "
        "bias adds (left, middle); and of the total by the thermal bias alone, with P_L kept and S up to the second law's largest "
        "(right).",
    )
