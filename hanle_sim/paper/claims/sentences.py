"""What a claim comes to at a device: a verdict of one word, and one sentence with two numbers at most; both follow from the numbers."""

import math
from collections.abc import Mapping

from .claim import FAILS, HOLDS, UNDECIDED, WITHIN, graded
from .study import DRAWN, DRAWN_ALPHA, DRAWN_MISMATCH, DRAWN_TAU_RATIO, Study

Row = Mapping[str, float]
Said = tuple[str, str]
#: Within what factor of the claimed value claim 8's half is near it.
NEAR = 3.0
#: Why a line is not the Lorentzian of its τ where nothing flows back.
_LEAVING = {"diffusive": "diffusion", "film": "diffusion in the film", "drift": "diffusion and drift", "lumped": "what drives the junction"}
#: In which nonmagnet a line is the Lorentzian of its τ, where it is.
_WHERE = {
    "lumped": "If your nonmagnet is well mixed,",
    "film": "In a film as thin as yours",
    "drift": "With your drift",
    "diffusive": "In your semi-infinite nonmagnet",
}
_GEOMETRY = {"lumped": "a well-mixed film", "diffusive": "diffusion", "film": "diffusion in a film", "drift": "drift"}
#: Under which α, and of whose curve, claim 11 speaks.
_ALPHA = {
    "lumped": ("If α = τ_s/τ_Q,", "a well-mixed"),
    "diffusive": ("If α = λ_s/λ_Q,", "a diffusive"),
    "film": ("With a film's α,", "the film's"),
    "drift": ("With the α of drift,", "the drifting"),
}
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
        return f" whatever {symbol} is"
    return f" while {symbol} stays below {short(limit)}" if limit > here else f" here, but not at every {symbol}"


def ranges(mismatch: float | None = None) -> str:
    """What devices drawn at random are, in a line; `mismatch` where r_s/R_tun is not drawn."""

    def between(ends: tuple[float, float]) -> str:
        return f"from {short(ends[0])} to {short(ends[1])}"

    back_flow = f"r_s/R_tun = {short(mismatch)}; " if mismatch else ""
    drawn = "" if mismatch else f"r_s/R_tun {between(DRAWN_MISMATCH)}, "
    return (
        f"{DRAWN} devices within the second law: {back_flow}P_G from −1 to 1; S↑ and S↓ from −√L_0 to √L_0, with κ_σ = L_0 T_0 G_σ; "
        f"evenly in the logarithm {drawn}α {between(DRAWN_ALPHA)}, τ_Q/τ_s {between(DRAWN_TAU_RATIO)}."
    )


def line(study: Study, row: Row, tau: str, symbol: str, signal: str) -> Said:
    """Claims 1 and 2."""
    width, opened = row[f"half_width_times_{tau}"], row[f"half_width_times_{tau}_without_back_flow"]
    shape = row["largest_departure_from_lorentzian_of_own_width"]
    if not math.isfinite(width):
        return UNDECIDED, f"This device has no {signal} signal, so there is no line to judge."
    verdict = graded(max(abs(width - 1), shape), row["mismatch_at_1_percent"])
    if max(abs(width - 1), shape) < 0.01:
        where, reach = _WHERE[study.model.geometry], _below(row, "mismatch", study.point.mismatch)
        return verdict, f"{where} the {signal} half width gives {symbol} within 1 %{reach}."
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
        return verdict, f"Your two contributions add up to the exact curve within 1 % of its peak{reach}."
    return verdict, f"Your two contributions feed each other: their sum misses the exact curve by {percent(off)} of its peak."


def reading(study: Study, row: Row, spin: str, heat: str, *, most: bool) -> Said:
    """Claim 4; `spin` and `heat` are the readings without and with spin heat; `most`: P_L is the largest allowed at this S."""
    read, alone = row[heat], row[spin]
    if not study.point.P_G or not study.point.P_L_S:
        missing = "spin" if not study.point.P_G else "spin heat"
        return UNDECIDED, f"This device has no {missing} signal, so one contribution alone sets the width."
    if not math.isfinite(read):
        return UNDECIDED, "The curve of this device has no half width, so there is no τ to read."
    shortens = read < alone
    by = f"spin heat {'shortens' if shortens else 'lengthens'} it by {percent(read / alone - 1)}"
    if read >= 1 - 1e-6:
        return FAILS, f"The half width gives a τ {percent(read - 1)} longer than τ_s, not shorter: {by}."
    if not shortens:
        return WITHIN, f"The half width gives a τ {percent(read - 1)} shorter than τ_s, but not through spin heat: {by}."
    if abs(alone - 1) < 1e-2 * abs(read - 1):
        limit = ", as large as the second law allows at your S" if most else ""
        return HOLDS, f"The half width gives a τ {percent(read - 1)} shorter than τ_s, all by spin heat{limit}."
    return HOLDS, f"The half width gives a τ {percent(read - 1)} shorter than τ_s; {by}."


def magnitudes(study: Study, row: Row, open_error: float) -> Said:
    """Claim 5; `open_error` is what Eq. (14) is off by where nothing flows back."""
    off = row["eq14_over_exact_less_one"]
    if not math.isfinite(off):
        return UNDECIDED, "This device has no signal at zero field to compare with Eq. (14)."
    verdict = graded(off, row["mismatch_at_1_percent"])
    if abs(off) < 0.01:
        return verdict, f"Eq. (14) gives your signal at zero field within 1 %{_below(row, 'mismatch', study.point.mismatch)}."
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
    of = f"of random devices, with r_s/R_tun up to {short(DRAWN_MISMATCH[1])}, {percent(differ)} have opposite signs"
    return WITHIN, f"Your two signals have the same sign; {of}."


def sign_note(little: float, share: float) -> str:
    """How rare opposite signs are where little flows back, for claim 6."""
    have = f"{percent(share)} have them" if share else "none has them"
    few = f"of the random devices with r_s/R_tun below {short(little)}, {have}"
    return f"Opposite signs come with back-flow: {few}. Eq. (14)'s terms, which are squares, never do."


def comparable(study: Study, row: Row) -> Said:
    """Claim 7."""
    if not study.point.P_G:
        return UNDECIDED, "This device has no spin signal with which spin heat could be compared."
    if not study.point.S:
        return UNDECIDED, "Without a Seebeck coefficient this device has no spin heat signal, whatever its P_L."
    here, equal = row["heat_over_spin"], row["heat_over_spin_with_P_L_equal_P_G_and_R_tun_open"]
    size = f"our spin heat signal is {percent(here)} of your spin signal{' and opposes it' if here < 0 else ''}"
    if row["second_law_margin_with_P_L_equal_P_G"] < -1e-9:
        return UNDECIDED, f"Y{size}; with your S the second law forbids P_L = P_G."
    verdict = HOLDS if equal >= 0.1 else FAILS
    if not math.isclose(study.case.P_L, study.point.P_G, rel_tol=1e-9):
        return verdict, f"Y{size}; with P_L = P_G and no back-flow it would be {percent(equal)}."
    if (here >= 0.1) != (equal >= 0.1):
        return verdict, f"With P_L = P_G, y{size}; without back-flow it would be {percent(equal)}."
    if math.isclose(abs(here), row["largest_lawful_heat_over_spin_at_this_S_here"], rel_tol=1e-6):
        return verdict, f"With P_L = P_G, y{size}, the most the second law allows at your S."
    return verdict, f"With P_L = P_G, y{size}: {'comparable' if here >= 0.1 else 'not comparable'}."


def mismatch(row: Row) -> Said:
    """Claim 8."""
    left, half = row["Delta_T_s_left"], row["r_Q_over_R_Q_at_which_50_percent_are_lost"]
    if not math.isfinite(left):
        return UNDECIDED, "This device has no spin heat signal that back-flow could take."
    here = f"yours {'loses' if left <= 1 else 'gains'} {percent(left - 1)}"
    if not math.isfinite(half):
        return FAILS, f"Back-flow never takes half the spin heat, however small R_Q is; {here}."
    near = 1 / NEAR < half < NEAR
    place = "near R_Q as claimed" if near else "not near R_Q"
    return HOLDS if near else FAILS, f"Back-flow takes half the spin heat once r_Q reaches {short(half)} R_Q, {place}; {here}."


def unheated(row: Row) -> bool:
    """Whether no ΔT_0 changes an accumulation by 1 %."""
    return all(math.isinf(value) for key, value in row.items() if key.startswith("Delta_T_0_that") and key.endswith("by_1_percent_K"))


def bias_note(study: Study, row: Row) -> str:
    """How much a ΔT_0 does, for claim 9."""
    point = study.point
    drives = float(point.S * point.P_G - point.P_L_S), float(point.S * point.P_L_S - point.P_kappa * point.wiedemann_franz)
    if max(map(abs, drives)) < 1e-9:
        return (
            "ΔT_0 drives Δμ in proportion to (P_G − P_L) S, and ΔT_s to P_L S² − P_κ κ_el R_tun/T_0. Both are zero in your device: hence "
            "'any value' in the table of limits. The map on the right varies S, and at another S the second is not zero."
        )
    names = {"Δμ": "Delta_T_0_that_changes_Delta_mu_by_1_percent_K", "ΔT_s": "Delta_T_0_that_changes_Delta_T_s_by_1_percent_K"}
    least, symbol = min(((row[key], symbol) for symbol, key in names.items() if key in row), default=(math.inf, ""))
    return f"A ΔT_0 of {short(least)} K changes your {symbol} by 1 %." if 0 < least < math.inf else ""


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
        stay = "stay" if len(signals) > 1 else "stays"
        changes = "changes neither in your device" if len(signals) > 1 else "does not change it"
        unmoved = f"; ΔT_0 {changes}" if unheated(row) else ""
        return verdict, f"Without cross terms {both} {stay} right to 1 %{reach}{unmoved}."
    return verdict, f"Leaving out {'ΔT_0' if heated > crossed else 'the cross terms'} makes your {symbol} wrong by {percent(off)}."


def consistency(in_alpha: float, in_line: float, thickness: float) -> Said:
    """Claim 10: both errors of the film in which the larger of them is least."""
    both, least = "α = λ_s/λ_Q and a Lorentzian line", max(in_alpha, in_line)
    if least < 0.1:
        return graded(least, 0.0), f"At your τ_Q/τ_s, {both} are both right to {percent(least)} in a film {short(thickness)} λ_s thick."
    off = "both are" if min(in_alpha, in_line) > 0.95 * least else "the line is" if in_line > in_alpha else "α is"
    best = f"at best, {short(thickness)} λ_s thick, {off} {percent(least)} off"
    return FAILS, f"No film at your τ_Q/τ_s has both {both}: {best}."


def inelastic(study: Study, row: Row) -> Said:
    """Claim 11: with 1/τ_Q = 1/τ_s + 1/τ_in, and the α of the geometry."""
    start, widest, end = (row[f"half_width_times_tau_s_{name}"] for name in ("elastic", "widest", "infinite_rate"))
    under, whose = _ALPHA[study.model.geometry]
    curve = f"{whose if differs(study, row) else 'your'} curve"
    if not (math.isfinite(widest) and math.isfinite(start)):
        return UNDECIDED, f"{under} inelastic scattering raises α, but at some rates {curve} has no half width to judge."
    if abs(widest - start) + abs(end - start) < 1e-6 * start:
        return WITHIN, "Inelastic scattering raises α, but leaves the width alone: spin heat has no part in your signal."
    if end > 1e6 * start:
        return HOLDS, f"{under} inelastic scattering raises α and widens {curve} without limit: spin heat is all your signal."
    if widest > 1.001 * max(start, end):
        most = f"by at most {percent(widest / start - 1)}, at τ_s/τ_in = {short(row['tau_s_over_tau_inelastic_of_the_widest'])}"
        return WITHIN, f"{under} inelastic scattering widens {curve} {most}, then less; α keeps rising."
    by = f"from slow to fast scattering the width of {curve} {'grows' if end > start else 'falls'} by {percent(end / start - 1)}"
    return HOLDS if end > start else FAILS, f"{under} inelastic scattering raises α; {by}."


def differs(study: Study, row: Row, key: str = "alpha") -> bool:
    """Whether the device has another α than its geometry gives it."""
    return not math.isclose(study.point.alpha, row[key], rel_tol=1e-6)


def alpha_note(study: Study, row: Row, what: str, key: str = "alpha") -> tuple[str, ...]:
    """That claims 10 and 11 take another α than the device's, where they do; `what` takes it: "The table takes"."""
    if not differs(study, row, key):
        return ()
    given = f"the α that its geometry, {_GEOMETRY[study.model.geometry]}, would give it, {short(row[key], 3)} at your τ_Q/τ_s"
    widths = "these widths are not that of your curve at the top of this report"
    return (f"Your device has α = {short(study.point.alpha, 3)}. {what} {given}: {widths}.",)


def below_one(study: Study, least: float) -> Said:
    """Claim 12: with 1/τ_Q = 1/τ_s + 1/τ_in."""
    if least < 1 - 1e-12:
        return HOLDS, f"α falls to {short(least)} at some inelastic rate."
    if study.point.alpha < 1 - 1e-9:
        return FAILS, f"Your α = {short(study.point.alpha)} needs spin heat that outlives the spins, which inelastic scattering can't give."
    return FAILS, "If inelastic scattering only adds to spin flips that relax heat as fast as spins, α never falls below 1."
