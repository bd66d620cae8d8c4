"""The paper's equations and numbers against independent solutions."""

import mpmath as mp
import numpy as np
import pytest

import oracle
from cases import standard
from hanle_sim import CurrentBias, Field, apparent_tau, half_width, printed_equations
from hanle_sim.constants import L_0_PAPER, L_0_SOMMERFELD, hbar, mu_B
from hanle_sim.paper.reproduction import claims

Z = Field(np.zeros(1), np.array([0.0, 0.0, 1.0]))
S_EDGE = np.sqrt(L_0_PAPER)


def wiedemann_franz(rng: np.random.Generator, log_x: tuple[float, float] = (-3, 3)) -> tuple[oracle.Parameters, dict[str, float]]:
    """A device with κ_el by Wiedemann-Franz and η = 1, as the oracle and as the paper's symbols."""
    P_G, S_up, S_down = rng.uniform(-0.95, 0.95), rng.uniform(-1, 1) * S_EDGE, rng.uniform(-1, 1) * S_EDGE
    r_s, T_0, alpha = 10 ** rng.uniform(-13, -9), 10 ** rng.uniform(0, 3), 10 ** rng.uniform(-1, 1.5)
    G = 10 ** rng.uniform(*log_x) / r_s
    G_up, G_down = G * (1 + P_G) / 2, G * (1 - P_G) / 2
    L_up, L_down = -S_up * G_up, -S_down * G_down
    kappa = L_0_PAPER * T_0 * G
    current, Delta_T_0 = 1e6, rng.uniform(-5, 5)
    r_Q = r_s / (L_0_PAPER * T_0 * alpha)
    p = oracle.Parameters(
        G=(G_up, G_down), L=(L_up, L_down), kappa=(kappa * (1 + P_G) / 2, kappa * (1 - P_G) / 2), T_0=T_0, eta=1.0, r_s=r_s, r_Q=r_Q,
        tau_s=1e-9, tau_Q=1e-9, g=2.0, m=(1.0, 0.0, 0.0), b=(0.0, 0.0, 1.0), bias=("I", current), Delta_T_0=Delta_T_0,
    )  # fmt: skip
    L = L_up + L_down
    symbols = {"r_s": r_s, "r_Q": r_Q, "R_tun": 1 / G, "P_G": P_G, "P_L": (L_up - L_down) / L, "P_kappa": P_G, "S": -L / G, "T_0": T_0,
               "I": current, "Delta_T_0": Delta_T_0}  # fmt: skip
    return p, symbols | {"S_up": S_up, "S_down": S_down, "alpha": alpha}


def test_equations_11_and_12_are_the_steady_state_at_zero_field():
    rng = np.random.default_rng(11)
    for _ in range(50):
        p, s = wiedemann_franz(rng)
        u, T = oracle.steady_state(p, np.zeros(1))
        keys = ("r_s", "r_Q", "R_tun", "P_G", "P_L", "P_kappa", "S", "T_0", "I", "Delta_T_0")
        with mp.workdps(30):  # the pair itself to many digits: what is tested is the formula, not its rounding
            pair = printed_equations.coupled_accumulations(**{key: mp.mpf(float(s[key])) for key in keys}, L_0=mp.mpf(L_0_PAPER))
        assert float(pair[0]) == pytest.approx(u[0, 0], rel=1e-12)
        assert float(pair[1]) == pytest.approx(T[0, 0], rel=1e-12)


def test_equations_7_to_9_hold_in_the_steady_state():
    rng = np.random.default_rng(12)
    for _ in range(20):
        p, s = wiedemann_franz(rng)
        (u, _, _), (T, _, _) = (x[0] for x in oracle.steady_state(p, np.zeros(1)))
        G, L = sum(p.G), sum(p.L)
        V = (p.bias[1] - L * p.Delta_T_0) / G + s["P_G"] * u / 2 + s["P_L"] * s["S"] * T / 2
        I_s = s["P_G"] * G * V - G * u / 2 + s["P_L"] * L * p.Delta_T_0 + L * T / 2
        I_Qs = -s["P_G"] * sum(p.kappa) * p.Delta_T_0 - sum(p.kappa) * T / 2 - s["P_L"] * L * p.T_0 * V + L * p.T_0 * u / 2
        tolerance = 1e-8  # the currents are small differences where back-flow is strong
        assert printed_equations.spin_accumulation_from_spin_current(r_s=p.r_s, I_s=I_s) == pytest.approx(u, rel=tolerance)
        assert printed_equations.spin_heat_accumulation_from_spin_heat_current(r_Q=p.r_Q, I_Qs=I_Qs) == pytest.approx(T, rel=tolerance)
        by_nine = printed_equations.spin_heat_accumulation_from_voltage(
            r_Q=p.r_Q, kappa_el=sum(p.kappa), P_kappa=s["P_G"], P_L=s["P_L"], S=s["S"], R_tun=1 / G, T_0=p.T_0, V=V, Delta_mu_over_e=u,
            Delta_T_0=p.Delta_T_0,
        )  # fmt: skip
        assert by_nine == pytest.approx(T, rel=tolerance)


def test_the_printed_thermal_term_has_the_wrong_sign():
    p, s = wiedemann_franz(np.random.default_rng(13))
    u, T = (x[0, 0] for x in oracle.steady_state(p, np.zeros(1)))
    common = {key: s[key] for key in ("r_s", "R_tun", "P_G", "P_L", "S", "I", "Delta_T_0")} | {"Delta_T_s": T}
    assert printed_equations.spin_accumulation(**common) == pytest.approx(u, rel=1e-10)
    assert printed_equations.spin_accumulation_as_printed(**common, S_up=s["S_up"], S_down=s["S_down"]) != pytest.approx(u, rel=1e-3)
    assert printed_equations.polarisation_of_L(P_G=s["P_G"], S=s["S"], S_up=s["S_up"], S_down=s["S_down"]) == pytest.approx(s["P_L"])
    assert printed_equations.polarisation_of_L_as_printed(P_G=s["P_G"], S=s["S"], S_up=s["S_up"], S_down=s["S_down"]) != pytest.approx(
        s["P_L"]
    )


def test_equation_14_is_off_at_first_order_as_derived():
    x, P_G, P_L, S, alpha = 1e-6, 0.5, 0.3, 100e-6, 2.0
    G, r_s, T_0 = x / 25e-12, 25e-12, 300.0
    kappa, L = L_0_PAPER * T_0 * G, -S * G
    p = oracle.Parameters(
        G=(G * 0.75, G * 0.25), L=(L * 0.65, L * 0.35), kappa=(kappa * 0.75, kappa * 0.25), T_0=T_0, eta=1.0, r_s=r_s,
        r_Q=r_s / (L_0_PAPER * T_0 * alpha), tau_s=1e-9, tau_Q=1e-9, g=2.0, m=(1.0, 0.0, 0.0), b=(0.0, 0.0, 1.0), bias=("I", 1.0), Delta_T_0=0.0,
    )  # fmt: skip
    exact = sum(oracle.signals(p, *oracle.steady_state(p, np.zeros(1))))[0]
    printed = sum(printed_equations.hanle_amplitudes(r_s=r_s, R_tun=1 / G, P_G=P_G, P_L=P_L, S=S, alpha=alpha))
    expected = -2 * (S**2 / L_0_PAPER) * P_G * P_L * (1 - P_G * P_L) / alpha * x * r_s
    assert exact - printed == pytest.approx(expected, rel=1e-4)


def test_numbers_of_the_seed():
    leading = printed_equations.leading_spin_heat_accumulation(r_s=25e-12, S=100e-6, P_L=0.5, I=1e7, alpha=1.0)
    assert leading == pytest.approx(1.0204, abs=5e-5)
    spin, heat = printed_equations.hanle_amplitudes(r_s=25e-12, R_tun=1.0, P_G=0.5, P_L=0.5, S=S_EDGE, alpha=2.0)
    assert heat / spin == pytest.approx(0.5, rel=1e-10)
    device = standard(P_G=0.5, P_L=0.5, S=float(S_EDGE), x=1e-9)
    width = half_width(device.under(CurrentBias(1.0)), Z)
    assert 2 * mu_B * width / hbar * 1e-9 == pytest.approx(1.48896, abs=5e-6)
    assert apparent_tau(width, 2.0) / 1e-9 == pytest.approx(0.67161, abs=5e-6)
    assert pytest.approx(5.69e-3, abs=5e-6) == hbar / (2 * mu_B * 1e-9)
    assert pytest.approx(2.443e-8, abs=5e-12) == L_0_SOMMERFELD
    assert printed_equations.tunnel_heat_resistance(R_tun=3.0, T_0=300.0) == 3.0 / (2.45e-8 * 300)
    assert printed_equations.spin_heat_resistance(r_s=25e-12, T_0=300.0, alpha=2.0) == pytest.approx(25e-12 / (2.45e-8 * 300 * 2))


def test_two_lorentzians_in_an_oblique_field():
    omega = np.array([0.0, 1e9, 1e15])
    spin, heat = printed_equations.two_lorentzians(
        amplitude_s=2.0, amplitude_Q=1.0, tau_s=1e-9, tau_Q=5e-10, omega_L=omega, theta_cosine=0.6
    )
    np.testing.assert_allclose(spin, [2, 2 * (0.36 + 0.64 / 2), 2 * 0.36], rtol=1e-9)
    np.testing.assert_allclose(heat, [1, 0.36 + 0.64 / 1.25, 0.36], rtol=1e-9)


def test_half_width_with_back_flow_is_far_from_that_of_two_lorentzians():
    """docs/derivations.md, section 13.2: 2.34 times at R_tun = r_s, P_G = P_L = 0.5, S = 0.9 √L_0, α = 2, τ_s/τ_Q = 4."""
    claim = next(claim for claim in claims() if claim.id == "back_flow_width")
    assert claim.values["ratio"] == pytest.approx(2.34, abs=5e-3)
