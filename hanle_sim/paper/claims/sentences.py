"""What a claim comes to at a device: a verdict of one word, and one sentence with two numbers at most; both follow from the numbers."""

import math
from collections.abc import Mapping

from .claim import FAILS, HOLDS, UNDECIDED, WITHIN, graded
from .study import Study

Row = Mapping[str, float]
Said = tuple[str, str]
#: Why a line is not the Lorentzian of its τ where nothing flows back.
_LEAVING = {"diffusive": "diffusion", "film": "diffusion in the film", "drift": "diffusion and drift", "lumped": "what drives the junction"}
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def short(number: float, digits: int = 2) -> str:
    """A number as one says it: two digits, or all of a hundred and more; 3×10⁻⁷ where it is far from one."""
    text = f"{number:.{max(digits, 3) if abs(number) >= 100 else digits}g}"
    if number == 0 or 1e-3 <= abs(number) < 1e4:
        return f"{float(text):g}".replace("-", "−")
    mantissa, _, exponent = f"{number:.{digits - 1}e}".partition("e")
    return f"{float(mantissa):g}×10{str(int(exponent)).translate(_RAISED)}".replace("-", "−")


def percent(share: float) -> str:
    """A share in per cent: its size, not its sign."""
    return "less than 0.01 %" if abs(share) < 1e-4 else f"{short(100 * abs(share))} %"


def _below(row: Row, name: str, here: float, symbol: str = "r_s/R_tun") -> str:
    """How long something goes on to hold to within 1 %."""
    limit = row[f"{name}_at_1_percent"]
    if limit == math.inf:
        return f", whatever {symbol}"
    return f", as long as {symbol} stays below {short(limit)}" if limit > here else f" here, but not at every {symbol}"


def line(study: Study, row: Row, tau: str, symbol: str, signal: str) -> Said:
    """Claims 1 and 2."""
    width, opened = row[f"half_width_times_{tau}"], row[f"half_width_times_{tau}_without_back_flow"]
    shape = row["largest_departure_from_lorentzian_of_own_width"]
    if not math.isfinite(width):
        return UNDECIDED, f"This device has no {signal} signal, so there is no line to judge."
    verdict = graded(max(abs(width - 1), shape), row["mismatch_at_1_percent"])
    if max(abs(width - 1), shape) < 0.01:
        reach = _below(row, "mismatch", study.point.mismatch)
        return verdict, f"The half width of your {signal} curve gives {symbol} to within 1 %{reach}."
    if abs(width - 1) < 0.01:
        departs = f"departs from a Lorentzian by {percent(shape)} of its peak"
        return verdict, f"Your {signal} curve has the half width of {symbol}, but {departs}."
    why = _LEAVING[study.model.geometry] if abs(opened - 1) > abs(width / opened - 1) else "back-flow into the contact"
    wider = "wider" if width > 1 else "narrower"
    return verdict, f"Your {signal} curve is {percent(width - 1)} {wider} than the Lorentzian of {symbol}, because of {why}."


def independent(study: Study, row: Row) -> Said:
    """Claim 3."""
    off = row["largest_departure_of_the_curve"]
    if not study.point.P_G or not study.point.P_L_S:
        return UNDECIDED, "This device has one of the two contributions only, so there is nothing to add up."
    if not abs(row["largest_departure_of_the_curve_at_R_tun_equal_r_s"]) > 1e-9 and off < 1e-9:
        return HOLDS, "Nothing couples the two contributions in this device: their sum is the exact curve."
    verdict, reach = graded(off, row["mismatch_at_1_percent"]), _below(row, "mismatch", study.point.mismatch)
    if off < 0.01:
        return verdict, f"Your two contributions add up to the exact curve to within 1 % of its peak{reach}."
    return verdict, f"Your two contributions feed each other: their sum misses the exact curve by {percent(off)} of its peak."


def reading(study: Study, row: Row, spin: str, heat: str) -> Said:
    """Claim 4; `spin` and `heat` are the readings with and without spin heat."""
    read, alone = row[heat], row[spin]
    if not study.point.P_G or not study.point.P_L_S:
        missing = "spin" if not study.point.P_G else "spin heat"
        return UNDECIDED, f"This device has no {missing} signal, so one contribution alone sets the width."
    if not math.isfinite(read):
        return UNDECIDED, "The curve of this device has no half width, so there is no τ to read."
    shortens = read < alone
    by = f"spin heat {'shortens' if shortens else 'lengthens'} it by {percent(read / alone - 1)}"
    if read >= 1 - 1e-6:
        return FAILS, f"The half width gives a τ that is {percent(read - 1)} longer than τ_s, not shorter: {by}."
    if not shortens:
        return WITHIN, f"The half width gives a τ that is {percent(read - 1)} shorter than τ_s, but not through spin heat: {by}."
    if abs(alone - 1) < 1e-2 * abs(read - 1):
        by = "spin heat alone does that"
    return HOLDS, f"The half width gives a τ that is {percent(read - 1)} shorter than τ_s; {by}."


def magnitudes(study: Study, row: Row, open_error: float) -> Said:
    """Claim 5; `open_error` is what Eq. (14) is off by where nothing flows back."""
    off = row["eq14_over_exact_less_one"]
    if not math.isfinite(off):
        return UNDECIDED, "This device has no signal at zero field to compare with Eq. (14)."
    verdict = graded(off, row["mismatch_at_1_percent"])
    if abs(off) < 0.01:
        return verdict, f"Eq. (14) gives your signal at zero field to within 1 %{_below(row, 'mismatch', study.point.mismatch)}."
    why = "even where nothing flows back" if open_error >= 0.01 else "because back-flow mixes spin and heat"
    return verdict, f"Eq. (14) makes your signal at zero field {percent(off)} too {'large' if off > 0 else 'small'}, {why}."


def signs(study: Study, row: Row, differ: float) -> Said:
    """Claim 6; `differ` is the share of random devices whose two terms differ in sign."""
    if not study.point.P_G or not study.point.P_L_S:
        return UNDECIDED, "This device has one of the two contributions only, so there are no two signs to compare."
    lesser, larger = sorted((abs(row["spin_share"]), abs(row["heat_share"])))
    if row["spin_share"] * row["heat_share"] < 0:
        return FAILS, f"Your two signals have opposite signs: the smaller one cancels {percent(lesser / larger)} of the larger one."
    turns = row["mismatch_at_which_a_sign_turns"]
    if study.point.mismatch < turns < math.inf:
        return WITHIN, f"Your two signals have the same sign, but oppose each other once r_s/R_tun exceeds {short(turns)}."
    if differ == 0:
        return HOLDS, "Your two signals have the same sign, as they have in every device drawn at random within the second law."
    oppose = f"in {percent(differ)} of random devices within the second law they oppose each other"
    return WITHIN, f"Your two signals have the same sign, but {oppose}."


def comparable(study: Study, row: Row) -> Said:
    """Claim 7."""
    if not study.point.P_G:
        return UNDECIDED, "This device has no spin signal with which spin heat could be compared."
    if not study.point.S:
        return UNDECIDED, "Without a Seebeck coefficient this device has no spin heat signal, whatever its P_L."
    here, equal = row["heat_over_spin"], row["heat_over_spin_with_P_L_equal_P_G_and_R_tun_open"]
    size = f"Your spin heat signal is {percent(here)} of your spin signal"
    if row["second_law_margin_with_P_L_equal_P_G"] < -1e-9:
        return UNDECIDED, f"{size}; with your S the second law forbids P_L = P_G."
    verdict = HOLDS if equal >= 0.1 else FAILS
    if math.isclose(study.case.P_L, study.point.P_G, rel_tol=1e-9):
        return verdict, f"{size}, P_L being equal to P_G: {'comparable' if here >= 0.1 else 'not comparable'}."
    return verdict, f"{size}; with P_L = P_G and no back-flow it would be {percent(equal)}."


def mismatch(row: Row) -> Said:
    """Claim 8."""
    left, half = row["Delta_T_s_left"], row["r_Q_over_R_Q_at_which_50_percent_are_lost"]
    if not math.isfinite(left):
        return UNDECIDED, "This device has no spin heat signal that back-flow could take."
    here = f"back-flow {'takes' if left <= 1 else 'adds'} {percent(left - 1)} of yours"
    if not math.isfinite(half):
        return FAILS, f"Half of the spin heat is never lost, however small R_Q is; {here}."
    near = 1 / 3 < half < 3
    return HOLDS if near else FAILS, f"Half of the spin heat is lost {'' if near else 'only '}at r_Q/R_Q = {short(half)}; {here}."


def neglected(study: Study, row: Row) -> Said:
    """Claim 9."""
    signals = [(key, symbol) for key, symbol in (("Delta_mu", "Δμ"), ("Delta_T_s", "ΔT_s")) if f"without_cross_term_{key}_less_one" in row]
    if not signals:
        return UNDECIDED, "This device has no signal from which something could be left out."
    crossed = max((abs(row[f"without_cross_term_{key}_less_one"]), symbol) for key, symbol in signals)
    heated = max((abs(row[f"{key}_changed_by_its_own_Delta_T_0"]), symbol) for key, symbol in signals)
    key = min((key for key, _ in signals), key=lambda key: row[f"cross_term_in_{key}_mismatch_at_1_percent"])
    limit = row[f"cross_term_in_{key}_mismatch_at_1_percent"]
    off, symbol = max(crossed, heated)
    verdict = graded(off, limit)
    if off < 0.01:
        both, reach = " and ".join(symbol for _, symbol in signals), _below(row, f"cross_term_in_{key}_mismatch", study.point.mismatch)
        return verdict, f"Leaving out the cross terms keeps {both} right to 1 %{reach}."
    return verdict, f"Leaving out {'ΔT_0' if heated > crossed else 'the cross terms'} makes your {symbol} wrong by {percent(off)}."


def consistency(study: Study, least: float, thickness: float) -> Said:
    """Claim 10."""
    both = "α = λ_s/λ_Q and a Lorentzian line"
    if least < 0.1:
        return graded(least, 0.0), f"At your τ_Q/τ_s, {both} are both right to {percent(least)} in a film {short(thickness)} λ_s thick."
    return FAILS, f"At your τ_Q/τ_s no film thickness gives {both}: one of them is at least {percent(least)} off."


def inelastic(row: Row) -> Said:
    """Claim 11: with 1/τ_Q = 1/τ_s + 1/τ_in."""
    start, widest, end = (row[f"half_width_times_tau_s_{name}"] for name in ("elastic", "widest", "infinite_rate"))
    if not (math.isfinite(widest) and math.isfinite(start)):
        return UNDECIDED, "Inelastic scattering raises α, but at some rates your curve has no half width to judge."
    if abs(widest - start) + abs(end - start) < 1e-6 * start:
        return WITHIN, "Inelastic scattering raises α, but leaves the width alone: spin heat has no part in your signal."
    if end > 1e6 * start:
        return HOLDS, "Inelastic scattering raises α and widens your curve without limit: spin heat is all your signal."
    if widest > 1.001 * max(start, end):
        most = f"by up to {percent(widest / start - 1)}, at τ_s/τ_in = {short(row['tau_s_over_tau_inelastic_of_the_widest'])}"
        return WITHIN, f"Inelastic scattering raises α and widens your curve {most}; beyond, it narrows again."
    by = f"from slow to fast scattering the width {'grows' if end > start else 'falls'} by {percent(end / start - 1)}"
    return HOLDS if end > start else FAILS, f"Inelastic scattering raises α; {by}."


def below_one(study: Study, least: float) -> Said:
    """Claim 12: with 1/τ_Q = 1/τ_s + 1/τ_in."""
    if least < 1 - 1e-12:
        return HOLDS, f"α falls to {short(least)} at some inelastic rate."
    if study.point.alpha < 1 - 1e-9:
        return FAILS, f"Your α = {short(study.point.alpha)} needs spin heat that outlives the spins, which inelastic scattering can't give."
    return FAILS, "α can't fall below one: inelastic scattering adds to the spin flips, which relax spin heat as fast as spins."
