"""The numbers in the paper's text and in its Fig. 2."""

import math
from collections.abc import Callable

from scipy.optimize import brentq

from ... import printed_equations
from ...configuration import build, check, read
from ...constants import L_0_PAPER, L_0_SOMMERFELD, e, k_B
from ...observables.half_width import apparent_tau
from ...physics import Junction
from .claim import R_S, S_EDGE, T_0, Claim, agrees, at_zero_field, device_of, omega_at_half_width

#: The paper's estimate of ΔT_s [K].
ESTIMATE = printed_equations.leading_spin_heat_accumulation(r_s=R_S, S=100e-6, P_L=0.5, I=1e7, alpha=1.0)


def _lorenz_number() -> Claim:
    ratio = L_0_PAPER / L_0_SOMMERFELD
    return Claim(
        "lorenz_number",
        "Lorenz number, below Eq. (10)",
        "L_0 ≈ 2.45e-8 V²/K²",
        f"π²k_B²/3e² = {L_0_SOMMERFELD:.4e} V²/K²",
        {"L_0_sommerfeld": L_0_SOMMERFELD},
        agrees(abs(ratio - 1) < 0.005, f"printed is {100 * (ratio - 1):.2f} % larger"),
    )


def _largest_seebeck() -> Claim:
    refused = False
    try:  # S = 157 µV/K must be refused, by the package's own check
        Junction.from_resistance(R_tun=1.0, P_G=0.5, P_L=0.5, S=157e-6, T_0=T_0)
    except ValueError:
        refused = True
    return Claim(
        "largest_seebeck",
        "largest S without negative entropy production, after Eq. (14)",
        "S ≃ 157 µV/K",
        f"√L_0 = {1e6 * S_EDGE:.4f} µV/K ({1e6 * math.sqrt(L_0_SOMMERFELD):.4f} with the Sommerfeld L_0)",
        {"S_edge": S_EDGE, "S_edge_sommerfeld": math.sqrt(L_0_SOMMERFELD), "printed_is_refused": float(refused)},
        agrees(round(1e6 * S_EDGE) == 157, "after rounding" + ("; 157 itself lies beyond the edge and is refused" if refused else "")),
    )


def _fig2_amplitudes() -> Claim:
    setup = build(check(read("fig2")))
    u, T = at_zero_field(setup.device)
    junction = setup.device.injector.junction
    ratio = junction.P_L_S * T / (junction.P_G * u)
    spin, heat = printed_equations.hanle_amplitudes(r_s=R_S, R_tun=junction.R_tun, P_G=0.5, P_L=0.5, S=S_EDGE, alpha=2.0)
    return Claim(
        "fig2_amplitudes",
        "Fig. 2: amplitudes from Δμ and ΔT_s, (P_L S)²/(P_G² L_0) = 1, α = 2, R_tun ≫ r_s",
        "1 : 0.5 (drawn)",
        f"1 : {ratio:.6f}; by Eq. (14) 1 : {heat / spin:.6f}",
        {"ratio": ratio, "ratio_eq14": heat / spin},
        agrees(abs(ratio - 0.5) < 1e-5),
    )


def _fig2_width() -> Claim:
    device = build(check(read("fig2"))).device
    width = omega_at_half_width(device) * device.nonmagnet.tau_s
    tau = 1 / width
    return Claim(
        "fig2_width",
        "Fig. 2, and 'an underestimation of the spin-relaxation time': the total read as one Lorentzian by its half width",
        "τ is underestimated",
        f"half width {width:.5f}/τ_s, so τ_app = {tau:.5f} τ_s",
        {"half_width_times_tau_s": width, "tau_apparent_over_tau_s": tau},
        agrees(tau < 1, f"by {100 * (1 - tau):.1f} % in Fig. 2"),
    )


def _one_kelvin() -> Claim:
    _, exact = at_zero_field(device_of(R_tun=1e6 * R_S, I=1e7))
    _, contact = at_zero_field(device_of(R_tun=10e-9, I=1e7))
    return Claim(
        "one_kelvin",
        "ΔT_s = 2 r_s S P_L I/(L_0 α) for r_s = 25 Ω µm², S = 100 µV/K, P_L = 0.5, I = 1e7 A/m², α = 1, last page",
        "≈ 1 K",
        f"{ESTIMATE:.4f} K; exact {exact:.4f} K for R_tun = 1e6 r_s, {contact:.4f} K for R_tun I = 100 mV",
        {"leading": ESTIMATE, "exact": exact, "exact_at_100_mV": contact},
        agrees(round(ESTIMATE) == round(exact) == 1),
    )


def _forty_kelvin() -> Claim:
    value = 100e-6 * 0.1 / L_0_PAPER
    return Claim(
        "forty_kelvin",
        "S R_tun I/L_0 for S = 100 µV/K, R_tun I = 100 mV, before Eq. (13)",
        "≈ 40 K",
        f"{value:.1f} K",
        {"S_R_I_over_L_0": value},
        "erratum: ten times the printed value; the argument, that ΔT_0 is smaller, only gains"
        if round(value / 40) == 10
        else agrees(round(value, -1) == 40),
    )


def _below_one_millivolt() -> Claim:
    value = 100e-6 * ESTIMATE
    return Claim(
        "below_one_millivolt",
        "SΔT_s 'smaller than 1 mV, and, thus, small compared to R_tun I', before Eq. (13)",
        "< 1 mV",
        f"{1e3 * value:.4f} mV for the estimate of 1 K, {100 * value / 0.1:.3f} % of 100 mV",
        {"S_Delta_T_s": value},
        agrees(value < 1e-3, "for R_tun ≫ r_s; what decides is r_s/R_tun (see the expansion of Eq. (14))"),
    )


def _hundred_millivolts() -> Claim:
    thermal = k_B * T_0 / e
    return Claim(
        "hundred_millivolts",
        "R_tun I = 100 mV as a bias of a linear junction at room temperature, before Eq. (13)",
        "100 mV",
        f"k_B T_0/e = {1e3 * thermal:.3f} mV at 300 K",
        {"k_B_T_over_e": thermal, "ratio": 0.1 / thermal},
        f"{0.1 / thermal:.2f} times the thermal voltage: beyond linear response",
    )


def _comparable() -> Claim:
    at_100 = (100e-6) ** 2 / L_0_PAPER
    return Claim(
        "comparable",
        "'if P_L ~ P_G, the Hanle signals due to ΔT_s and Δμ are comparable', after Eq. (14); ratio S²/(L_0 α)",
        "comparable",
        f"{at_100:.4f} for S = 100 µV/K and α = 1, {at_100 / 5:.4f} for α = 5; at most 1/α for P_L = P_G",
        {"ratio_alpha_1": at_100, "ratio_alpha_5": at_100 / 5},
        agrees(at_100 > 0.1, "for α near 1; a tenth where inelastic scattering makes α = 5, as in Cu"),
    )


def _heat_mismatch() -> Claim:
    def reduction(R_tun: float) -> float:
        _, T = at_zero_field(device_of(P_G=0.0, R_tun=R_tun, I=1e7))
        return T / ESTIMATE

    at_match, open_barrier = reduction(R_S), reduction(1e3 * R_S)
    return Claim(
        "heat_mismatch",
        "heat conductivity mismatch: ΔT_s 'is reduced' where R_Q is not ≫ r_Q; P_G = 0, P_L = 0.5, S = 100 µV/K, α = 1",
        "R_Q ≫ r_Q needed",
        f"ΔT_s is {at_match:.4f} of its full value at R_Q = r_Q, {open_barrier:.4f} at R_Q = 1000 r_Q",
        {"at_R_Q_equal_r_Q": at_match, "at_1000": open_barrier},
        agrees(at_match < 0.9 < open_barrier),
    )


def _enhancement() -> Claim:
    def alpha_for(enhancement: float) -> float:
        def excess(log_alpha: float) -> float:
            spin, heat = printed_equations.hanle_amplitudes(r_s=R_S, R_tun=1e12 * R_S, P_G=0.5, P_L=0.5, S=S_EDGE, alpha=10**log_alpha)
            return math.log((spin + heat) / spin / enhancement)

        return float(10 ** brentq(excess, -9, 9, xtol=1e-12))

    needed = alpha_for(1e3)
    return Claim(
        "enhancement",
        "signals 'many orders of magnitude larger ... would require α ≪ 1 by several orders of magnitude', last page; P_L = P_G, S = √L_0",
        "α ≪ 1",
        f"α = {needed:.3e} for a signal 1000 times that of Δμ",
        {"alpha_for_1000": needed},
        agrees(needed < 1e-2),
    )


def _apparent_tau_of_millitesla() -> Claim:
    width = float(1 / apparent_tau(1.0, 2.0) / 1e9)
    return Claim(
        "nanosecond",
        "ω_L = g µ_B B/ħ, before Eq. (6): the half width of a Lorentzian of τ = 1 ns, g = 2",
        "(formula)",
        f"{1e3 / width:.4f} mT",
        {"hwhm_of_1_ns_T": 1 / width},
        agrees(abs(1e3 / width - 5.69) < 5e-3, "with the 5.69 mT that such a line is known for"),
    )


CLAIMS: tuple[Callable[[], Claim], ...] = (
    _fig2_amplitudes, _fig2_width, _one_kelvin, _largest_seebeck, _lorenz_number, _forty_kelvin, _below_one_millivolt,
    _hundred_millivolts, _comparable, _enhancement, _heat_mismatch, _apparent_tau_of_millitesla,
)  # fmt: skip
