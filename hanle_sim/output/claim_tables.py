"""The tables of the report on the claims, in words and symbols: limits, geometries, devices drawn at random."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..paper.claims import QUESTION, Answer, Claim, Study
from ..paper.claims.sentences import percent, short
from ..paper.claims.signs import LITTLE

#: Below this a share or an error is rounding, and zero; and below this its size is of no interest.
_NOTHING, _TINY = 1e-8, 1e-6
_ERRORS = re.compile(r"less_one|departure|least_share|rise_with|changed_by|without_cross_term")
_SHARES = re.compile(rf"{_ERRORS.pattern}|share|least_tau")
_LEVEL = re.compile(r"_(?:at|by|at_which)_(\d+)_percent(?:_K|_are_lost)?$")
#: What is varied until an error reaches 1, 5 and 10 %, with its unit.
_VARIED = {
    "mismatch": ("back-flow r_s/R_tun", ""),
    "heat_over_spin": ("spin heat signal over spin signal", ""),
    "film_thickness_over_lambda_s": ("thickness d/λ_s of a film without back-flow", ""),
    "r_Q_over_R_Q": ("heat mismatch r_Q/R_Q", ""),
    "cross_term_in_Delta_mu_mismatch": ("r_s/R_tun, without the cross term in Δμ", ""),
    "cross_term_in_Delta_T_s_mismatch": ("r_s/R_tun, without the cross term in ΔT_s", ""),
    "Delta_T_0_that_changes_Delta_mu": ("ΔT_0, left out of Δμ", " K"),
    "Delta_T_0_that_changes_Delta_T_s": ("ΔT_0, left out of ΔT_s", " K"),
}
_ROWS = {
    "half_width_times_tau_s": "half width ω_L × τ_s",
    "half_width_times_tau_Q": "half width ω_L × τ_Q",
    "half_width_times_tau_s_without_back_flow": "half width ω_L × τ_s without back-flow",
    "half_width_times_tau_Q_without_back_flow": "half width ω_L × τ_Q without back-flow",
    "largest_departure_from_lorentzian_of_tau_s": "largest distance from the Lorentzian of τ_s, over the peak",
    "largest_departure_from_lorentzian_of_tau_Q": "largest distance from the Lorentzian of τ_Q, over the peak",
    "largest_departure_from_lorentzian_of_own_width": "largest distance from the Lorentzian of its own width, over the peak",
    "sum_over_exact_less_one": "sum over the exact signal at B = 0, less one",
    "largest_departure_of_the_curve": "largest difference along the curve, over the peak",
    "sum_over_exact_less_one_at_R_tun_equal_r_s": "sum over the exact signal, less one, if R_tun = r_s",
    "largest_departure_of_the_curve_at_R_tun_equal_r_s": "largest difference along the curve, if R_tun = r_s",
    "tau_by_half_width_over_tau_s": "τ/τ_s by the half width",
    "the_same_with_spin_accumulation_alone": "the same without spin heat",
    "tau_by_least_squares_with_offset_over_tau_s_within_5_half_widths": "τ/τ_s by least squares with an offset, within 5 half widths",
    "exact_Delta_V_over_I_r_s": "exact ΔV over I r_s",
    "eq14_Delta_V_over_I_r_s": "ΔV over I r_s by Eq. (14)",
    "eq14_over_exact_less_one": "Eq. (14) over the exact signal, less one",
    "eq14_over_exact_less_one_spin": "the same of the Δμ term",
    "eq14_over_exact_less_one_heat": "the same of the ΔT_s term",
    "eq14_over_exact_less_one_at_R_tun_equal_r_s": "Eq. (14) over the exact signal, less one, if R_tun = r_s",
    "eq14_misses_at_first_order_in_mismatch_I_r_s": "what Eq. (14) misses at first order, in I r_s × r_s/R_tun",
    "spin_share": "share of the Δμ term in the signal",
    "heat_share": "share of the ΔT_s term in the signal",
    "eq14_least_share": "share of the lesser term by Eq. (14)",
    "mismatch_at_which_a_sign_turns": "r_s/R_tun at which a sign turns",
    "least_mode_weight_share": "share of the lesser of the two Lorentzians",
    "heat_over_spin": "spin heat signal over spin signal",
    "second_law_margin_with_P_L_equal_P_G": "second-law margin if P_L = P_G",
    "heat_over_spin_with_P_L_equal_P_G_and_R_tun_open": "spin heat over spin signal if P_L = P_G, without back-flow",
    "largest_lawful_P_L_at_this_S": "largest |P_L| that the second law allows at this S",
    "heat_over_spin_at_that_P_L_and_R_tun_open": "spin heat over spin signal there, without back-flow",
    "largest_lawful_heat_over_spin_at_any_S_and_R_tun_open": "the largest allowed at any S and P_L, without back-flow",
    "the_S_over_root_L_0_that_gives_it": "S/√L_0 at which it is reached",
    "largest_lawful_heat_over_spin_at_any_S_here": "the largest allowed at any S and P_L, with this back-flow",
    "largest_lawful_heat_over_spin_at_this_S_here": "the largest allowed at this S and any P_L, with this back-flow",
    "r_Q_over_R_Q": "heat mismatch r_Q/R_Q",
    "Delta_T_s_left": "ΔT_s left of that without back-flow",
    "Delta_T_s_left_at_R_Q_equal_r_Q": "ΔT_s left if R_Q = r_Q",
    "Delta_T_s_left_at_R_Q_equal_r_Q_without_spin": "ΔT_s left if R_Q = r_Q, without spin accumulation",
    "r_Q_over_R_Q_at_which_half_is_lost_without_spin": "r_Q/R_Q at which half is lost, without spin accumulation",
    "r_Q_over_R_Q_of_equal_mismatches": "r_Q/R_Q if R_tun = r_s",
    "without_cross_term_Delta_mu_less_one": "Δμ without its cross term over exact, less one",
    "without_cross_term_Delta_T_s_less_one": "ΔT_s without its cross term over exact, less one",
    "Delta_mu_changed_by_its_own_Delta_T_0": "share of Δμ that this device's ΔT_0 adds",
    "Delta_T_s_changed_by_its_own_Delta_T_0": "share of ΔT_s that this device's ΔT_0 adds",
    "Delta_mu_changed_by_Delta_T_0_of_the_paper_s_bound": "share of Δμ that ΔT_0 = S R_tun I/L_0 adds",
    "Delta_T_s_changed_by_Delta_T_0_of_the_paper_s_bound": "share of ΔT_s that ΔT_0 = S R_tun I/L_0 adds",
    "S_Delta_T_s_V": "S ΔT_s (V)",
    "S_Delta_T_s_over_R_tun_I": "S ΔT_s over R_tun I",
    "Delta_mu_over_e_R_tun_I": "Δμ/e over R_tun I",
    "R_tun_I_V": "R_tun I (V)",
    "S_R_tun_I_over_L_0_K": "S R_tun I/L_0 (K)",
    "S_R_tun_I_over_L_0_of_the_paper_s_numbers_K": "S R_tun I/L_0 of the paper's numbers (K)",
    "as_printed_K": "the same as printed (K)",
    "lambda_s_over_lambda_Q": "λ_s/λ_Q",
    "alpha_of_the_geometry": "α that the geometry has",
    "lambda_s_over_lambda_Q_over_alpha_less_one": "λ_s/λ_Q over that α, less one",
    "half_width_times_tau_of_one_contribution": "half width ω_L × τ of one contribution",
    "half_width_times_tau_s_of_the_total": "half width ω_L × τ_s of the total",
    "tau_app_over_tau_s": "τ/τ_s by the half width",
    "error_of_alpha_there": "error of α = λ_s/λ_Q there",
    "error_of_the_line_there": "error of the Lorentzian there",
    "least_of_the_larger_error": "the larger of both errors, at the best thickness",
    "d_over_lambda_s_that_gives_it": "d/λ_s of that thickness",
    "tau_s_over_tau_inelastic": "inelastic rate τ_s/τ_in",
    "alpha": "α that the geometry has",
    "alpha_at_rate_1": "α if τ_s/τ_in = 1",
    "alpha_at_rate_24": "α if τ_s/τ_in = 24",
    "half_width_times_tau_s_elastic": "half width ω_L × τ_s without inelastic scattering",
    "half_width_times_tau_s_widest": "half width ω_L × τ_s at its largest",
    "tau_s_over_tau_inelastic_of_the_widest": "τ_s/τ_in there",
    "half_width_times_tau_s_infinite_rate": "half width ω_L × τ_s at an infinite rate",
    "alpha_of_the_geometry_and_rate": "α at this device's rate",
    "half_width_over_that_without_spin_heat_less_one": "what spin heat adds to the half width",
    "alpha_with_tau_s_shortened_10_times": "α with τ_s ten times shorter",
    "half_width_over_that_without_spin_heat_less_one_with_tau_s_shortened_10_times": "what spin heat then adds to the half width",
    "least_alpha_of_any_inelastic_rate": "least α at any inelastic rate",
    "tau_Q_over_tau_s_of_alpha_half": "τ_Q/τ_s that α = 0.5 takes",
    "inelastic_rate_of_alpha_half_times_tau_s": "τ_s/τ_in that α = 0.5 takes",
    "heat_over_spin_at_alpha_half": "spin heat over spin signal at α = 0.5",
    "tau_app_over_tau_s_at_alpha_half": "τ/τ_s by the half width at α = 0.5",
    "tau_app_over_tau_s_at_alpha_half_without_spin_heat": "the same without spin heat",
    "least_alpha_of_all": "least α of all geometries",
    "devices_drawn": "devices drawn at random",
    "r_s_over_R_tun_of_the_devices_drawn": "their r_s/R_tun",
    "median_error_drawn": "median error",
    "ninth_decile_error_drawn": "error that one in ten exceeds",
    "largest_error_drawn": "largest error",
    "eq14_share_of_devices_with_opposite_signs": "share with opposite signs by Eq. (14)",
    "exact_least_share": "least share of the lesser term, exact",
    "exact_share_of_devices_with_opposite_signs": "share with opposite signs of the exact terms",
    "exact_share_with_opposite_signs_of_those_with_little_back_flow": f"the same of those with r_s/R_tun below {short(LITTLE)}",
    "mode_weights_least_share": "least share of the lesser Lorentzian",
    "mode_weights_share_of_devices_with_a_negative_one": "share with a negative Lorentzian",
    "mode_weights_heated_share_of_devices_with_opposite_signs": "the same under a thermal bias",
    "diffusive_largest_rise_with_the_field": "largest rise with the field over the peak, diffusive",
    "film_largest_rise_with_the_field": "largest rise with the field over the peak, film",
}
#: Devices drawn for claim 4, and what is told of each kind.
_KINDS = {
    "tau_Q_below_tau_s": "lumped, τ_Q ≤ τ_s",
    "tau_Q_up_to_1000_tau_s": "lumped, τ_Q ≤ 1000 τ_s",
    "heated": "lumped, with ΔT_0",
    "diffusive": "diffusive, τ_Q ≤ τ_s",
    "diffusive_tau_Q_up_to_1000_tau_s": "diffusive, τ_Q ≤ 1000 τ_s",
    "film": "film, τ_Q ≤ τ_s",
}
_TOLD = {
    "share_overestimated_by_half_width": "share that reads τ > τ_s",
    "least_tau_by_half_width_over_tau_s": "least τ/τ_s",
    "largest_tau_by_half_width_over_tau_s": "largest τ/τ_s",
    "share_overestimated_by_least_squares": "by least squares: share with τ > τ_s",
    "least_tau_by_least_squares_over_tau_s": "least τ/τ_s, so",
    "largest_tau_by_least_squares_over_tau_s": "largest τ/τ_s, so",
    "share_in_which_spin_heat_lengthens_the_reading": "share in which spin heat lengthens τ",
}


@dataclass(frozen=True)
class Section:
    """A table of a claim: its heading, its columns' and its rows, and what is said above it."""

    heading: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def answer_lines(answer: Answer) -> list[str]:
    """The answer to the question, its causes and what to do, a line each."""
    lines = [QUESTION, f"{headline(answer)}: {answer.sentence}"]
    if answer.causes:
        causes = ", ".join(f"{name} {signed(effect)}" for name, effect in answer.causes.items())
        lines.append(f"Why, each against the same device without it: {causes}.")
    return [*lines, f"What to do: {' '.join(answer.advice)}"]


def headline(answer: Answer) -> str:
    """How far the reading is off, as a number."""
    return signed(answer.off) if not abs(answer.off) < _TINY else "0 %"


def signed(share: float) -> str:
    """A share in per cent with its sign, or a dash, or none."""
    if math.isnan(share):
        return "–"
    if abs(share) < _TINY:
        return "none"
    return f"{'+' if share > 0 else '−'}{percent(share)}" if abs(share) >= 1e-4 else percent(share)


def label_of(key: str) -> str:
    """A number's key in words and symbols."""
    if level := _LEVEL.search(key):
        name, unit = _VARIED[key[: level.start()]]
        return f"{name}{' (K)' if unit else ''} at an error of {level[1]} %"
    if window := re.search(r"within_(\d+)_half_widths$", key):
        return _ROWS.get(key, f"τ/τ_s by least squares within {window[1]} half width{'s' * (window[1] != '1')}")
    return _ROWS[key]


def shown(key: str, value: float | None) -> str:
    """A number of a table: three digits, and words where it is none, or of no interest."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "never"
    if value == 0 and _LEVEL.search(key):
        return "always exceeded"
    if key.endswith("devices_drawn"):
        return f"{value:.0f}"
    if _SHARES.search(key) and abs(value) < _TINY:
        return "less than 10⁻⁶" if rounded(key, value) else "none"
    return short(value, 3)


def rounded(key: str, value: float) -> float:
    """A share or an error without what is rounding."""
    return 0.0 if abs(value) < _NOTHING and _ERRORS.search(key) else value


def sections(claim: Claim, study: Study) -> list[Section]:
    """What is folded below a claim: limits, geometries, devices drawn at random or further numbers."""
    found = [_limits({**claim.table.get(study.own, {}), **claim.numbers}), _geometries(claim, study.own), *_further(claim)]
    return [section for section in found if section is not None and section.rows]


def _limits(numbers: Mapping[str, float | None]) -> Section | None:
    columns = {}
    for name, (label, unit) in _VARIED.items():
        cells = {}
        for key, value in numbers.items():
            level = _LEVEL.search(key)
            if level and key[: level.start()] == name and level[1] in ("1", "5", "10"):
                cells[level[1]] = _limit(value, unit)
        if cells:
            columns[label] = cells
    rows = [[f"{level} %", *(cells.get(level, "–") for cells in columns.values())] for level in ("1", "5", "10")]
    return Section("Limits", ["error below", *columns], rows) if columns else None


def _limit(value: float | None, unit: str) -> str:
    if value is None or math.isnan(value):
        return "–"
    return "any value" if math.isinf(value) else f"< {short(value, 3)}{unit}" if value else "no value"


def _geometries(claim: Claim, own: str) -> Section:
    keys = list(dict.fromkeys(key for row in claim.table.values() for key in row))
    heads = ["", *(f"{name} (this device)" if name == own else name for name in claim.table)]
    body = [[label_of(key), *(shown(key, row.get(key)) for row in claim.table.values())] for key in keys]
    return Section("Other geometries", heads, body)


def _further(claim: Claim) -> list[Section]:
    if f"heated_{next(iter(_TOLD))}" in claim.numbers:
        rows = [[words, *(shown(told, claim.numbers.get(f"{kind}_{told}")) for told in _TOLD)] for kind, words in _KINDS.items()]
        return [Section("Random devices", ["kind", *_TOLD.values()], rows, claim.drawn)]
    rows = [[label_of(key), shown(key, value)] for key, value in claim.numbers.items() if not _LEVEL.search(key)]
    return [Section("Random devices" if claim.drawn else "Further numbers", ["", ""], rows, claim.drawn)]
