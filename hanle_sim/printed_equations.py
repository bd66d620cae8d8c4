"""The printed equations of Phys. Rev. Lett. 112, 056602, each with its number, as printed and as corrected.

Scalars along the magnetisation, at B = 0 unless a field enters. This module solves nothing and imports no solver: it is what the
solvers are tested against. Arguments are SI: R_tun, r_s [Ω m²]; S [V/K]; I [A m⁻²]; u = Δμ/e [V]; T_0, Delta_T_0, Delta_T_s [K]; r_Q
[K m² W⁻¹]; kappa_el [W m⁻² K⁻¹]; L_0 [V² K⁻²]. Numbers or arrays that broadcast.
Errata: docs/derivations.md, section 13.
"""

from typing import Any

from .constants import L_0_PAPER

Number = Any


def hanle_signal(*, P_G: Number, P_L: Number, S: Number, Delta_mu_over_e: Number, Delta_T_s: Number) -> Number:
    """Eq. (6): ΔV_Hanle = (P_G/2e) Δμ + (P_L S/2) ΔT_s [V]."""
    return P_G / 2 * Delta_mu_over_e + P_L * S / 2 * Delta_T_s


def spin_accumulation_from_spin_current(*, r_s: Number, I_s: Number) -> Number:
    """Eq. (7): Δμ/e = 2 I_s r_s [V], with I_s [A m⁻²]."""
    return 2 * I_s * r_s


def spin_heat_accumulation_from_spin_heat_current(*, r_Q: Number, I_Qs: Number) -> Number:
    """Eq. (8): ΔT_s = 2 I_Qs r_Q [K], with I_Qs [W m⁻²]."""
    return 2 * I_Qs * r_Q


def spin_heat_accumulation_from_voltage(
    *,
    r_Q: Number,
    kappa_el: Number,
    P_kappa: Number,
    P_L: Number,
    S: Number,
    R_tun: Number,
    T_0: Number,
    V: Number,
    Delta_mu_over_e: Number,
    Delta_T_0: Number = 0.0,
) -> Number:
    """Eq. (9): ΔT_s = [r_Q R_Q/(R_Q + r_Q)] [(2 P_L V − Δμ/e) S T_0/R_tun − 2 P_κ ΔT_0/R_Q] with R_Q = 1/κ_el [K]."""
    R_Q = 1 / kappa_el
    source = (2 * P_L * V - Delta_mu_over_e) / R_tun * S * T_0 - 2 * P_kappa / R_Q * Delta_T_0
    return r_Q * R_Q / (R_Q + r_Q) * source


def tunnel_heat_resistance(*, R_tun: Number, T_0: Number, L_0: Number = L_0_PAPER) -> Number:
    """Eq. (10), the Wiedemann-Franz law: R_Q = 1/κ_el = R_tun/(L_0 T_0) [K m² W⁻¹]."""
    return R_tun / (L_0 * T_0)


def spin_accumulation(
    *, r_s: Number, R_tun: Number, P_G: Number, P_L: Number, S: Number, I: Number, Delta_T_s: Number, Delta_T_0: Number = 0.0
) -> Number:
    """Eq. (11) with its ΔT_0 term corrected: Δμ/e [V].

    Δμ/e = [r_s/(R_tun + (1 − P_G²) r_s)] [2 P_G R_tun I + 2 (P_G − P_L) S ΔT_0 − (1 − P_L P_G) S ΔT_s]
    """
    return r_s / (R_tun + (1 - P_G**2) * r_s) * (2 * P_G * R_tun * I + 2 * (P_G - P_L) * S * Delta_T_0 - (1 - P_L * P_G) * S * Delta_T_s)


def spin_accumulation_as_printed(
    *,
    r_s: Number,
    R_tun: Number,
    P_G: Number,
    P_L: Number,
    S: Number,
    S_up: Number,
    S_down: Number,
    I: Number,
    Delta_T_s: Number,
    Delta_T_0: Number = 0.0,
) -> Number:
    """Eq. (11) as printed, with + (1 − P_G²)(S↑ − S↓) ΔT_0: Δμ/e [V]. With S_σ = −L_σ/G_σ the sign of that term must be −."""
    thermal = (1 - P_G**2) * (S_up - S_down) * Delta_T_0
    return r_s / (R_tun + (1 - P_G**2) * r_s) * (2 * P_G * R_tun * I + thermal - (1 - P_L * P_G) * S * Delta_T_s)


def spin_heat_accumulation(
    *,
    r_Q: Number,
    R_tun: Number,
    P_G: Number,
    P_L: Number,
    P_kappa: Number,
    S: Number,
    T_0: Number,
    I: Number,
    Delta_mu_over_e: Number,
    Delta_T_0: Number = 0.0,
    L_0: Number = L_0_PAPER,
) -> Number:
    """Eq. (12), under the Wiedemann-Franz law: ΔT_s [K]. Its ΔT_0 term is written without the 1/S² that S = 0 forbids.

    ΔT_s = {r_Q R_Q/[R_Q + (1 − P_L² S²/L_0) r_Q]} (T_0/R_tun) [2 P_L S R_tun I − (1 − P_L P_G) S Δμ/e + 2 (P_L S² − P_κ L_0) ΔT_0]
    """
    R_Q = tunnel_heat_resistance(R_tun=R_tun, T_0=T_0, L_0=L_0)
    source = 2 * P_L * S * R_tun * I - (1 - P_L * P_G) * S * Delta_mu_over_e + 2 * (P_L * S**2 - P_kappa * L_0) * Delta_T_0
    return r_Q * R_Q / (R_Q + (1 - P_L**2 * S**2 / L_0) * r_Q) * T_0 / R_tun * source


def coupled_accumulations(
    *,
    r_s: Number,
    r_Q: Number,
    R_tun: Number,
    P_G: Number,
    P_L: Number,
    P_kappa: Number,
    S: Number,
    T_0: Number,
    I: Number,
    Delta_T_0: Number = 0.0,
    L_0: Number = L_0_PAPER,
) -> tuple[Number, Number]:
    """Eqs. (11) (corrected) and (12) solved as a pair: Δμ/e [V] and ΔT_s [K], the exact steady state at B = 0 for κ_el by
    Wiedemann-Franz and η = 1. Each is linear in the other, so two evaluations of each give the pair.
    """
    both = {"R_tun": R_tun, "P_G": P_G, "P_L": P_L, "S": S, "I": I, "Delta_T_0": Delta_T_0}
    spin, heat = both | {"r_s": r_s}, both | {"r_Q": r_Q, "P_kappa": P_kappa, "T_0": T_0, "L_0": L_0}
    u_0 = spin_accumulation(**spin, Delta_T_s=0.0)
    T_at_0 = spin_heat_accumulation(**heat, Delta_mu_over_e=0.0)
    u_slope = spin_accumulation(**spin, Delta_T_s=1.0) - u_0
    T_slope = spin_heat_accumulation(**heat, Delta_mu_over_e=1.0) - T_at_0
    u = (u_0 + u_slope * T_at_0) / (1 - u_slope * T_slope)
    return u, T_at_0 + T_slope * u


def spin_heat_resistance(*, r_s: Number, T_0: Number, alpha: Number, L_0: Number = L_0_PAPER) -> Number:
    """Eq. (13), the spin Wiedemann-Franz law: r_Q = r_s/(L_0 T_0 α) [K m² W⁻¹]."""
    return r_s / (L_0 * T_0 * alpha)


def hanle_amplitudes(
    *, r_s: Number, R_tun: Number, P_G: Number, P_L: Number, S: Number, alpha: Number, L_0: Number = L_0_PAPER
) -> tuple[Number, Number]:
    """Eq. (14), its two terms: ΔV_Hanle/I from Δμ and from ΔT_s [Ω m²].

    r_s P_G² R_tun/[R_tun + (1 − P_G²) r_s]      and      (r_s/α)(P_L² S²/L_0) R_tun/[R_tun + (1 − P_L² S²/L_0) r_s/α]

    Both keep only what is proportional to I, without the Δμ ↔ ΔT_s cross terms: off at first order in r_s/R_tun.
    """
    heat = P_L**2 * S**2 / L_0
    return (
        r_s * P_G**2 * R_tun / (R_tun + (1 - P_G**2) * r_s),
        r_s / alpha * heat * R_tun / (R_tun + (1 - heat) * r_s / alpha),
    )


def two_lorentzians(
    *, amplitude_s: Number, amplitude_Q: Number, tau_s: Number, tau_Q: Number, omega_L: Number, theta_cosine: Number = 0.0
) -> tuple[Number, Number]:
    """The Hanle curve that Eqs. (6), (14) imply, Fig. 2: a Lorentzian of width 1/τ_s and one of width 1/τ_Q [unit of amplitude].

    amplitude·[cos²θ + sin²θ/(1 + (ω_L τ)²)], for a field at the angle θ to the magnetisation; ω_L [rad/s], τ [s].
    """
    stays = theta_cosine**2
    return (
        amplitude_s * (stays + (1 - stays) / (1 + (omega_L * tau_s) ** 2)),
        amplitude_Q * (stays + (1 - stays) / (1 + (omega_L * tau_Q) ** 2)),
    )


def leading_spin_heat_accumulation(*, r_s: Number, S: Number, P_L: Number, I: Number, alpha: Number, L_0: Number = L_0_PAPER) -> Number:
    """The estimate in the text after Eq. (14): ΔT_s = 2 r_s S P_L I/(L_0 α) [K]."""
    return 2 * r_s * S * P_L * I / (L_0 * alpha)


def polarisation_of_L(*, P_G: Number, S: Number, S_up: Number, S_down: Number) -> Number:
    """P_L from the spins' Seebeck coefficients: P_G + (1 − P_G²)(S↑ − S↓)/(2S), with S_σ = −L_σ/G_σ as defined under Eq. (2)."""
    return P_G + (1 - P_G**2) * (S_up - S_down) / (2 * S)


def polarisation_of_L_as_printed(*, P_G: Number, S: Number, S_up: Number, S_down: Number) -> Number:
    """P_L as printed after Eq. (14), P_G − (1 − P_G²)(S↑ − S↓)/(2S): the sign contradicts S_σ = −L_σ/G_σ."""
    return P_G - (1 - P_G**2) * (S_up - S_down) / (2 * S)
