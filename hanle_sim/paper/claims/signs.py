"""Claims 6 and 7: both contributions have the same sign, and are comparable."""

import math
from typing import Any

import numpy as np

from ...numerics.extrema import largest
from . import sentences
from .amplitudes import by_equation_14, largest_S_by_P_L, total
from .claim import Axis, Claim, Map, threshold
from .line_shape import FIELDS, mismatch_axis
from .pure_numbers import Point, PureModel
from .study import DRAWN, OPEN, Case, Study, drawn

#: Below which r_s/R_tun few of the devices drawn at random have opposite signs.
LITTLE = 0.01
_LOW, _HIGH = 1e-8, 1e6


def least_share(terms: tuple[Any, Any]) -> Any:
    """The lesser of two terms in magnitude over their sum: negative where their signs differ."""
    one, other = np.asarray(terms[0]), np.asarray(terms[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(one) < np.abs(other), one, other) / (one + other)


def _sign_numbers(case: Case) -> dict[str, Any]:
    model, point = case.model, case.point

    def turning(x: np.ndarray) -> Any:
        """A smooth function that reaches one half where a sign turns; nothing turns where there is one term alone."""
        spin, heat = model.terms(case.at(mismatch=x))
        product, size = spin * heat, spin**2 + heat**2
        return np.where(product == 0, 0.0, 0.5 - product / np.where(size > 0, size, 1.0))

    spin, heat = model.terms(point)
    found = {
        "spin_share": spin / (spin + heat),
        "heat_share": heat / (spin + heat),
        "eq14_least_share": least_share(by_equation_14(point)),
        "mismatch_at_which_a_sign_turns": threshold(turning, _LOW, _HIGH, 0.5),
    }
    if model.geometry == "lumped":
        weights = model.modes(point)[1]
        found["least_mode_weight_share"] = least_share((weights[..., 0], weights[..., 1]))
    return found


def _drawn_signs(feeds_back: bool) -> dict[str, float]:
    devices, heated = drawn(), drawn(heated=True)
    lumped = PureModel("lumped", feeds_back=feeds_back)
    by_14, exact = least_share(by_equation_14(devices)), least_share(lumped.terms(devices))
    weights, weights_heated = lumped.modes(devices)[1], lumped.modes(heated)[1]
    size = np.abs(weights_heated).sum(-1)
    found = {
        "devices_drawn": float(DRAWN),
        "eq14_least_share": float(np.min(by_14)),
        "eq14_share_of_devices_with_opposite_signs": float(np.mean(by_14 < 0)),
        "exact_least_share": float(np.min(exact)),
        "exact_share_of_devices_with_opposite_signs": float(np.mean(exact < 0)),
        "exact_share_with_opposite_signs_of_those_with_little_back_flow": float(np.mean(exact[devices.mismatch < LITTLE] < 0)),
        "mode_weights_least_share": float(np.min(least_share((weights[:, 0], weights[:, 1])))),
        "mode_weights_share_of_devices_with_a_negative_one": float(np.mean(weights.min(-1) < -1e-12 * weights.sum(-1))),
        "mode_weights_heated_share_of_devices_with_opposite_signs": float(
            np.mean((weights_heated.min(-1) < -1e-12 * size) & (weights_heated.max(-1) > 1e-12 * size))
        ),
    }
    for geometry in ("diffusive", "film"):
        model = PureModel(geometry, feeds_back=feeds_back)
        curve = total(model.curve(devices, model.width(devices)[:, None] * FIELDS))
        risen = (curve - np.minimum.accumulate(curve, -1)) / curve[:, :1]  # above its lowest at smaller fields
        found[f"{geometry}_largest_rise_with_the_field"] = float(np.max(risen))
    return found


def _sign_map(study: Study) -> tuple[Map]:
    case, x, (P_L, at_P_L) = study.case, mismatch_axis(study), largest_S_by_P_L(study, -1.0, 1.0)
    share = least_share(case.model.terms(case.at(mismatch=x.values[None, :], **at_P_L)))
    levels, unit = (-10.0, -5.0, -1.0, 0.0, 1.0, 5.0, 10.0), "share of the total (%)"
    title, here = "share of the lesser term in the total", (study.point.mismatch, case.P_L)
    return (Map(title, x, P_L, share, here, levels=levels, unit=unit),)


def signs(study: Study) -> Claim:
    """Claim 6."""
    table, found = study.each(_sign_numbers), _drawn_signs(study.model.feeds_back)
    return Claim(
        6,
        "signs",
        "Both contributions always have the same sign",
        "Interestingly, both contributions always show the same sign, because there are only quadratic terms.",
        "below Eq. (14)",
        "Three readings of 'contribution': Eq. (14)'s terms, the exact Δμ and ΔT_s terms of Eq. (6), and the two Lorentzians of which a "
        "lumped device's exact curve consists. The claim holds within limits where this device's two terms have one sign and those of "
        "some devices drawn at random differ. Error: the lesser term's share of the total, negative where the signs differ.",
        table,
        found,
        *sentences.signs(study, table[study.own], found["exact_share_of_devices_with_opposite_signs"]),
        study.rows(_sign_map),
        "Where the spin and the spin heat signal oppose each other",
        "Red: Δμ and ΔT_s terms have the same sign; blue, beyond the contour 0: opposite signs. S is as here, or the second law's "
        "largest where that is less.",
        notes=(sentences.sign_note(LITTLE, found["exact_share_with_opposite_signs_of_those_with_little_back_flow"]),),
        drawn=f"Under this device's bias, well mixed unless said: {sentences.ranges()} A thermal bias √L_0 ΔT_0/(R_tun I) is from −1 to 1.",
    )


def _ratio(model: PureModel, point: Point) -> Any:
    spin, heat = model.terms(point)
    with np.errstate(divide="ignore", invalid="ignore"):
        return heat / spin + 0.0  # no −0


def lawful_P_L(point: Point, S: Any) -> tuple[Any, Any]:
    """The least and the largest P_L that the second law allows the device's junction at S/√L_0 [...]; the wrong way round for none."""
    size = np.abs(np.asarray(S, dtype=float))
    up, down = (room / size for room in point.room)
    # |S (1 ± P_L)| ≤ √(κ_± G_±), the rest being one
    return np.maximum(-up - 1, 1 - down), np.minimum(up - 1, down + 1)


def largest_P_L(point: Point, S: Any) -> Any:
    """The largest |P_L| that the second law allows the device's junction at S/√L_0 [...]; NaN where it allows no S so large."""
    lowest, highest = lawful_P_L(point, S)
    return np.where(highest >= lowest - 1e-9, np.maximum(np.abs(highest), np.abs(lowest)), np.nan)


def is_at_largest_P_L(point: Point) -> bool:
    """Whether the device's |P_L| is the largest that the second law allows at its S."""
    return bool(point.S) and math.isclose(abs(point.P_L_S), float(largest_P_L(point, point.S)) * abs(point.S), rel_tol=1e-9)


def largest_P_L_S(point: Point) -> tuple[float, float]:
    """The S/√L_0 at which |P_L S| may be largest within the second law, and that |P_L S|/√L_0."""
    reach, (S,) = largest(lambda S: S * largest_P_L(point, S), [(1e-6, 2 * math.sqrt(point.wiedemann_franz))])
    return S, reach


def _largest_ratio_at_this_S(model: PureModel, point: Point) -> float:
    """The largest |ΔT_s term/Δμ term| at any P_L within the second law, at the device's S and back-flow."""
    ends = tuple(map(float, lawful_P_L(point, point.S)))
    box = [(min(ends), max(ends))]
    return largest(lambda P_L: np.abs(_ratio(model, point._replace(P_L_S=P_L * point.S))), box)[0]


def _largest_ratio(model: PureModel, point: Point) -> float:
    """The largest |ΔT_s term/Δμ term| within the second law, at the device's own back-flow; infinity where Δμ can be made to vanish."""
    up, down = point.room

    def terms(a: np.ndarray, b: np.ndarray) -> tuple[Any, Any]:
        """Of S (1 + P_L) = a up and S (1 − P_L) = b down, a and b from −1 to 1: all that the law allows."""
        return model.terms(point._replace(S=(a * up + b * down) / 2, P_L_S=(a * up - b * down) / 2))

    box = [(-1.0, 1.0)] * 2
    least, where = largest(lambda a, b: -terms(a, b)[0] * np.sign(point.P_G), box)
    if least >= 0:  # at S = 0 the term has the sign of P_G
        return math.inf
    return largest(lambda a, b: np.abs(np.divide(*terms(a, b)[::-1])), box, where)[0]


def _comparable_numbers(case: Case) -> dict[str, Any]:
    model, point = case.model, case.at(heating=0.0)
    opened = point._replace(mismatch=OPEN)
    found: dict[str, Any] = {"heat_over_spin": _ratio(model, case.point)}
    if point.P_G:
        equal = point.P_G * point.S
        margin = float(point._replace(P_L_S=equal).margin)
        found["second_law_margin_with_P_L_equal_P_G"] = 0.0 if abs(margin) < 1e-12 else margin  # at the edge it is rounding
        found["heat_over_spin_with_P_L_equal_P_G_and_R_tun_open"] = _ratio(model, opened._replace(P_L_S=equal))
        if point.S:
            P_L = largest_P_L(point, point.S)
            found["largest_lawful_P_L_at_this_S"] = P_L
            found["heat_over_spin_at_that_P_L_and_R_tun_open"] = _ratio(model, opened._replace(P_L_S=P_L * point.S))
            found["largest_lawful_heat_over_spin_at_this_S_here"] = _largest_ratio_at_this_S(model, point)
        best, reach = largest_P_L_S(point)
        found["largest_lawful_heat_over_spin_at_any_S_and_R_tun_open"] = _ratio(model, opened._replace(S=best, P_L_S=reach))
        found["the_S_over_root_L_0_that_gives_it"] = best
        found["largest_lawful_heat_over_spin_at_any_S_here"] = _largest_ratio(model, point)
    return found


def _ratio_map(study: Study) -> tuple[Map]:
    case, point = study.case, study.point
    P_L = Axis("polarisation P_L", np.linspace(-2.0, 4.0, study.pixels), log=False)
    S = Axis("Seebeck coefficient |S|/√L_0", np.linspace(0.0, 1.0, study.pixels + 1)[1:], log=False)
    grid = case.at(S=study.sign * S.values[:, None], P_L_S=P_L.values[None, :] * study.sign * S.values[:, None], heating=0.0)
    ratio = np.where(grid.margin >= -1e-9, _ratio(case.model, grid), np.nan)
    levels, unit = (-10.0, -5.0, -1.0, 1.0, 5.0, 10.0, 50.0, 100.0), "ΔT_s term over Δμ term (%)"
    title, here = f"at P_G = {point.P_G:.3g}, α = {point.alpha:.3g}", (case.P_L, abs(point.S))
    return (Map(title, P_L, S, ratio, here, levels=levels, unit=unit),)


def comparable(study: Study) -> Claim:
    """Claim 7."""
    table = study.each(_comparable_numbers)
    return Claim(
        7,
        "comparable",
        "The two are comparable when P_L ~ P_G",
        "If P_L ∼ P_G, the Hanle signals due to ΔT_s and Δμ are, then, comparable in magnitude. […] In principle, it can even be larger "
        "than the regular Hanle signal from the spin accumulation if P_L > P_G",
        "below Eq. (14), and in the paragraph after",
        "The ratio of the exact ΔT_s term to the exact Δμ term at B = 0; and its largest value within the second law at ΔT_0 = 0, without "
        "back-flow where the margin κ_σ G_σ − L_σ² T_0 vanishes, with back-flow by a search over S and P_L. 'Comparable' is taken as a "
        "tenth or more.",
        table,
        {},
        *sentences.comparable(study, table[study.own]),
        study.rows(_ratio_map),
        "How large the second law lets the spin heat signal be",
        "How large the spin heat signal is against the spin signal. Grey: devices that the second law forbids.",
    )
