"""Claim 9: the neglect of the Seebeck and cross terms, and of ΔT_0."""

from typing import Any

import numpy as np

from ...constants import L_0_PAPER
from ...text import quantity
from . import sentences
from .amplitudes import HIGH, LOW, by_equation_14, flowing, per_current, total
from .claim import Axis, Claim, Map, threshold, thresholds
from .line_shape import mismatch_axis, seebeck_axis
from .study import Case, Study

#: The paper's S [V/K], R_tun I [V], and the S R_tun I/L_0 [K] that it prints for them, between Eqs. (12) and (13).
PRINTED_S, PRINTED_R_TUN_I, PRINTED_BOUND = 100e-6, 100e-3, 40.0


def _neglect_numbers(case: Case, study: Study) -> dict[str, Any]:
    model, here = case.model, case.point
    cold = case.at(heating=0.0)
    exact, leading = per_current(model, cold), by_equation_14(cold)
    found: dict[str, Any] = {}
    for name, k in (("Delta_mu", 0), ("Delta_T_s", 1)):
        if not exact[k]:
            continue

        def mixed(x: np.ndarray, k: int = k) -> Any:
            point = case.at(mismatch=x, heating=0.0)
            return by_equation_14(point)[k] / per_current(model, point)[k] - 1

        def heated(x: Any, k: int = k) -> Any:
            changes = [per_current(model, case.at(heating=sign * x))[k] / per_current(model, cold)[k] - 1 for sign in (1, -1)]
            return np.maximum(*np.abs(changes))

        found[f"without_cross_term_{name}_less_one"] = leading[k] / exact[k] - 1
        found.update(thresholds(mixed, LOW, HIGH, f"cross_term_in_{name}_mismatch"))
        kelvin = study.driving / study.root_L_0
        for level, name_of in ((0.01, "1"), (0.05, "5"), (0.10, "10")):
            found[f"Delta_T_0_that_changes_{name}_by_{name_of}_percent_K"] = abs(kelvin) * threshold(heated, 1e-6, 1e3, level)
        found[f"{name}_changed_by_its_own_Delta_T_0"] = per_current(model, here)[k] / exact[k] - 1
        found[f"{name}_changed_by_Delta_T_0_of_the_paper_s_bound"] = heated(abs(here.S) * flowing(model, cold))
    current = flowing(model, here)
    R_tun_I = study.driving * current
    spin, heat = per_current(model, here)
    if here.P_L_S:
        found["S_Delta_T_s_V"] = here.S * 2 * heat / here.P_L_S * here.mismatch * R_tun_I
        found["S_Delta_T_s_over_R_tun_I"] = here.S * 2 * heat / here.P_L_S * here.mismatch
    if here.P_G:
        found["Delta_mu_over_e_R_tun_I"] = 2 * spin / here.P_G * here.mismatch
    found["R_tun_I_V"] = R_tun_I
    found["S_R_tun_I_over_L_0_K"] = here.S * R_tun_I / study.root_L_0
    return found


def _neglect_maps(study: Study) -> tuple[Map, ...]:
    case = study.case
    sign = -1.0 if study.point.heating < 0 else 1.0  # of the device's own thermal bias
    minus = "-" if sign < 0 else ""
    x, theta = mismatch_axis(study), Axis(f"thermal bias {minus}√L_0 ΔT_0/(R_tun I)", np.geomspace(1e-3, 10.0, study.pixels))
    point = case.at(mismatch=x.values[None, :], heating=sign * theta.values[:, None])
    exact, leading = per_current(case.model, point), by_equation_14(case.at(mismatch=x.values[None, :], heating=0.0))
    here = (study.point.mismatch, abs(study.point.heating))
    panels = []
    for k, name in ((0, "Δμ"), (1, "ΔT_s")):
        error = np.where(exact[k] == 0, np.nan, np.broadcast_to(leading[k], exact[k].shape) / exact[k] - 1)
        panels.append(Map(f"{name} from the term in I alone, over exact", x, theta, error, here, absent="no signal"))

    S = seebeck_axis(study)
    cold, warm = (case.at(S=study.sign * S.values[:, None], heating=heating) for heating in (0.0, sign * theta.values[None, :]))
    change = total(per_current(case.model, cold)) / total(per_current(case.model, warm)) - 1
    at_S = (abs(study.point.heating), abs(study.point.S))
    panels.append(Map("total at ΔT_0 = 0 over the exact one", theta, S, change, at_S, absent="no signal"))
    return tuple(panels)


def neglected(study: Study) -> Claim:
    """Claim 9."""
    table = study.each(lambda case: _neglect_numbers(case, study))
    row, bound = table[study.own], PRINTED_S * PRINTED_R_TUN_I / L_0_PAPER
    misprint = (
        f"The paper's own numbers, S = {quantity(PRINTED_S, 'V/K')} and R_tun I = {quantity(PRINTED_R_TUN_I, 'V')}, give a ΔT_0 bound "
        f"S R_tun I/L_0 of {sentences.short(bound)} K, not the printed {sentences.short(PRINTED_BOUND)} K."
    )
    return Claim(
        9,
        "neglected",
        "The neglect of the Seebeck and cross terms, and of ΔT_0",
        "We, therefore, neglect the second term (due to Seebeck spin tunneling [11]) and third term (due to a nonzero spin heat "
        "accumulation ΔT_s) in Eq. (11), and retain only the first term proportional to I. Note that the last term SΔT_s is expected to be "
        "smaller than 1 mV, and, thus, small compared to R_tun I. Similarly, the dominant term in Eq. (12) for ΔT_s is the first term, "
        "proportional to I (due to the spin-dependent Peltier effect). This is valid since Δμ/e ≪ R_tun I, and ΔT_0 is typically smaller "
        "than S R_tun I/L_0 ≈ 40 K for reasonable values of S = 100 µV/K and R_tun I = 100 mV.",
        "between Eqs. (12) and (13)",
        "Eqs. (11) and (12) reduced to what is proportional to I against the exact accumulations at B = 0, with and without a "
        "temperature difference across the junction, per current that flows. Error: the term in I alone over exact, less one; by how "
        "much a ΔT_0 changes an accumulation is counted from that without it, for the sign of ΔT_0 that changes it more. The paper's bound "
        "is ΔT_0 = S R_tun I/L_0.",
        table,
        {"S_R_tun_I_over_L_0_of_the_paper_s_numbers_K": bound, "as_printed_K": PRINTED_BOUND},
        *sentences.neglected(study, row),
        study.rows(_neglect_maps),
        "What it costs to keep the terms in I alone",
        "Error of keeping only what is proportional to I: along the bottom what the cross terms make of it, upwards what the thermal "
        "bias adds (left, middle); and of the total by the thermal bias alone, with P_L kept and S up to the second law's largest "
        "(right).",
        notes=tuple(note for note in (misprint, sentences.bias_note(study, row)) if note),
    )
