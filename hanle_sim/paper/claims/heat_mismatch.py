"""Claim 8: where the heat conductivity mismatch sets in."""

from typing import Any

import numpy as np

from . import sentences
from .amplitudes import per_current
from .claim import Axis, Claim, Lines, Map, threshold
from .line_shape import seebeck_axis
from .study import OPEN, Case, Study

_LOW, _HIGH = 1e-8, 1e10
_LOSSES = (0.01, 0.05, 0.10, 0.50)


def at_heat_mismatch(case: Case, y: Any, **changes: Any) -> Any:
    """The device with its barrier changed so that r_Q/R_Q = y, R_Q = 1/κ_el."""
    point = case.at(heating=0.0, **changes)
    return point._replace(mismatch=np.asarray(y) * point.alpha / point.wiedemann_franz)


def left(case: Case, y: Any, *, alone: bool = False, **changes: Any) -> Any:
    """What is left of ΔT_s/I at r_Q/R_Q = y, of its value without back-flow; with `alone`, without any spin accumulation."""
    if alone:
        changes |= {"P_G": 0.0, "S": 0.0, "P_L_S": case.point.P_L_S, "P_kappa": 0.0}
    point = at_heat_mismatch(case, y, **changes)
    heat = per_current(case.model, point)[1]
    opened = per_current(case.model, at_heat_mismatch(case, OPEN, **changes))[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return heat / opened


def _loss(left: Any) -> Any:
    """What is lost where something is, zero where there is a gain."""
    return np.maximum(1 - left, 0.0)


def _numbers(case: Case) -> dict[str, Any]:
    point = case.point
    here = point.wiedemann_franz * point.mismatch / point.alpha
    found: dict[str, Any] = {"r_Q_over_R_Q": here, "Delta_T_s_left": left(case, here), "Delta_T_s_left_at_R_Q_equal_r_Q": left(case, 1.0)}
    for loss in _LOSSES:
        found[f"r_Q_over_R_Q_at_which_{100 * loss:.0f}_percent_are_lost"] = threshold(lambda y: _loss(left(case, y)), _LOW, _HIGH, loss)
    found["Delta_T_s_left_at_R_Q_equal_r_Q_without_spin"] = left(case, 1.0, alone=True)
    found["r_Q_over_R_Q_at_which_half_is_lost_without_spin"] = threshold(lambda y: _loss(left(case, y, alone=True)), _LOW, _HIGH, 0.5)
    found["r_Q_over_R_Q_of_equal_mismatches"] = point.wiedemann_franz / point.alpha
    return found


def _panels(study: Study) -> tuple[Map, Lines]:
    case, point = study.case, study.point
    x, y = Axis("heat mismatch r_Q/R_Q", np.geomspace(1e-4, 1e2, study.pixels)), seebeck_axis(study)
    S = study.sign * y.values[:, None]
    error = left(case, x.values[None, :], S=S) - 1
    here = (point.wiedemann_franz * point.mismatch / point.alpha, abs(point.S))
    curves = {"with spin accumulation": left(case, x.values), "without": left(case, x.values, alone=True)}
    return (
        Map("ΔT_s left, less one", x, y, error, here, levels=(-50.0, -10.0, -5.0, -1.0, 1.0, 5.0, 10.0)),
        Lines("ΔT_s left at this device's S", x, "ΔT_s(…)/ΔT_s(no back-flow)", curves, marks={"half": 0.5}),
    )


def mismatch(study: Study) -> Claim:
    """Claim 8."""
    table = study.each(_numbers)
    return Claim(
        8,
        "mismatch",
        "The heat conductivity mismatch sets in where R_Q ≈ r_Q",
        "if the heat resistance R_tun^Q,el of the tunnel barrier is smaller than the spin heat resistance r_s^Q of the nonmagnetic "
        "material, then the spin heat accumulation is reduced by back flow of the spin heat into the ferromagnet. In order to overcome "
        "the heat conductivity mismatch, one needs to fulfill the condition R_tun^Q,el ≫ r_s^Q",
        "below Eq. (12)",
        "The exact ΔT_s per current at B = 0 and ΔT_0 = 0 relative to its value without back-flow, while the barrier (R_tun and R_Q "
        "together) changes; R_Q = 1/κ_el is the paper's R_tun^Q,el, and r_Q its r_s^Q. 'Sets in where R_Q ≈ r_Q' is taken as half lost "
        f"within a factor {sentences.short(sentences.NEAR)} of r_Q/R_Q = 1; R_Q ≫ r_Q may be needed even so. Error: what is left, "
        "less one.",
        table,
        {},
        *sentences.mismatch(table[study.own]),
        study.rows(_panels),
        "How much of the spin heat back-flow takes",
        "How much of the spin heat accumulation back-flow takes. The spin accumulation, which grows with the same barrier, takes its "
        "share through the cross terms. P_L is kept, S goes up to the second law's largest.",
        shows=1,
    )
