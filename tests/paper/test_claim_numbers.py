"""The committed numbers of the claims against formulas written out by hand, which share nothing with the package."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq, curve_fit, minimize_scalar

from claim_oracle import FIG2, FILM, GEOMETRIES, half_width, terms
from hanle_sim.paper.claims import (
    Point,
    PureModel,
    signs,
)

COMMITTED = Path(__file__).parents[2] / "results" / "claims"


@pytest.fixture(scope="module")
def rows():
    """The committed numbers, which are what is computed by the test below."""
    return {claim["id"]: claim for claim in json.loads((COMMITTED / "claims.json").read_text(encoding="utf-8"))["claims"]}


@pytest.mark.parametrize("geometry", list(GEOMETRIES))
def test_widths_of_both_contributions(rows, geometry):
    f, alpha = GEOMETRIES[geometry]
    for id, term, name, r in (("spin_line", 0, "tau_s", 1.0), ("heat_line", 1, "tau_Q", 0.25)):
        row = rows[id]["by_geometry"][geometry]
        at = {"alpha": alpha, "f": f, **FIG2}
        width = half_width(lambda w, term=term, at=at: terms(w, x=1e-7, **at)[term]) * r
        assert row[f"half_width_times_{name}"] == pytest.approx(width, rel=1e-9)
        for percent in (1, 5, 10):
            x = row[f"mismatch_at_{percent}_percent"]
            if x:
                reached = half_width(lambda w, term=term, at=at, x=x: terms(w, x=x, **at)[term]) * r - 1
                assert reached == pytest.approx(percent / 100, rel=1e-8)
            else:
                assert width - 1 > percent / 100
    d = rows["spin_line"]["numbers"]["film_thickness_over_lambda_s_at_5_percent"]
    assert half_width(lambda w: (np.tanh(d) / (np.tanh(np.sqrt(1 + 1j * w) * d) * np.sqrt(1 + 1j * w))).real) == pytest.approx(
        1.05, rel=1e-8
    )


@pytest.mark.parametrize("geometry", list(GEOMETRIES))
def test_sum_of_two_and_equation_14(rows, geometry):
    f, alpha = GEOMETRIES[geometry]
    P_G, s, S = FIG2["P_G"], FIG2["s"], FIG2["S"]

    def error(x):
        """Each contribution on its own by the printed Eq. (14), over the exact one."""
        printed = P_G**2 / (1 + (1 - P_G**2) * x) + s**2 / (alpha + (1 - s**2) * x)
        return printed / terms(0.0, x=x, alpha=alpha, **FIG2, f=f).sum() - 1

    for id, key in (("independent", "sum_over_exact_less_one"), ("magnitudes", "eq14_over_exact_less_one")):
        row = rows[id]["by_geometry"][geometry]
        assert row[f"{key}_at_R_tun_equal_r_s"] == pytest.approx(error(1.0), rel=1e-10)
        # At Fig. 2 the sum is furthest off at B = 0.
        assert error(row["mismatch_at_10_percent"]) == pytest.approx(0.1, rel=1e-7)
    missed = rows["magnitudes"]["by_geometry"][geometry]["eq14_misses_at_first_order_in_mismatch_I_r_s"]
    assert missed == pytest.approx(-2 * S * s * P_G * (1 - P_G * s / S) / alpha, rel=1e-8)


@pytest.mark.parametrize("geometry", ["lumped", "diffusive"])
def test_readings_of_the_total(rows, geometry):
    f, _ = GEOMETRIES[geometry]
    row = rows["reading"]["by_geometry"][geometry]

    def curve(omega, heat=0.5):
        shape = [(f(1 + 1j * omega * r, r) / f(1.0, r)).real for r in (1.0, 0.25)]
        return shape[0] + heat * shape[1]

    width = half_width(curve)
    assert row["tau_by_half_width_over_tau_s"] == pytest.approx(1 / width, rel=1e-6)
    for window in (1, 5, 30):
        omega = np.linspace(-window * width, window * width, 201)

        def line(omega, amplitude, tau):
            return amplitude / (1 + (omega * tau) ** 2)

        best = curve_fit(line, omega, curve(omega), p0=(1.5, 1 / width), xtol=1e-14, ftol=1e-14)[0]
        assert row[f"tau_by_least_squares_over_tau_s_within_{window}_half_widths"] == pytest.approx(abs(best[1]), rel=2e-6)
    omega = np.linspace(-5 * width, 5 * width, 201)
    best = curve_fit(lambda w, a, t, c: a / (1 + (w * t) ** 2) + c, omega, curve(omega), p0=(1.5, 1 / width, 0), xtol=1e-14, ftol=1e-14)[0]
    assert row["tau_by_least_squares_with_offset_over_tau_s_within_5_half_widths"] == pytest.approx(abs(best[1]), rel=2e-6)
    if geometry == "lumped":
        ratio = row["heat_over_spin_at_5_percent"]
        assert half_width(lambda w: curve(w, ratio)) == pytest.approx(1 / 0.95, rel=1e-6)


def test_no_lawful_device_hides_an_overestimate(rows):
    found = rows["reading"]["numbers"]
    assert found["tau_Q_below_tau_s_largest_tau_by_half_width_over_tau_s"] <= 1 < found["heated_largest_tau_by_half_width_over_tau_s"]
    assert found["diffusive_largest_tau_by_half_width_over_tau_s"] <= 1 / math.sqrt(3 + 2 * math.sqrt(3))


def test_three_answers_about_signs(rows):
    """Another draw from the same devices, by the formulas above; and one exact curve as two Lorentzians."""
    found, draw, opposite, n = rows["signs"]["numbers"], np.random.default_rng(7), 0, 4000
    for _ in range(n):
        P_G, up, down = draw.uniform(-1, 1, 3)
        x, alpha = 10 ** draw.uniform(-3, 3), 10 ** draw.uniform(-1, 2)
        s, S = up * (1 + P_G) / 2 - down * (1 - P_G) / 2, up * (1 + P_G) / 2 + down * (1 - P_G) / 2
        spin, heat = terms(0.0, x=x, alpha=alpha, P_G=P_G, s=s, S=S)
        opposite += spin * heat < 0
        assert spin + heat > 0 and abs(s) <= 1
    assert found["exact_share_of_devices_with_opposite_signs"] == pytest.approx(opposite / n, abs=0.02)
    assert found["eq14_share_of_devices_with_opposite_signs"] == 0 == found["mode_weights_share_of_devices_with_a_negative_one"]
    device = {"P_G": 0.8, "P_L_S": 0.02, "S": 0.2, "alpha": 1.0}
    tau, weight = PureModel("lumped").modes(Point(mismatch=1.0, P_kappa=0.8, tau_ratio=0.3, **device))
    omega = np.array([0.0, 0.3, 1.0, 5.0, 40.0])
    parts = terms(omega, x=1.0, alpha=1.0, P_G=0.8, s=0.02, S=0.2, r=0.3)
    assert parts[0, 0] * parts[1, 0] < 0 < weight.min()
    np.testing.assert_allclose((weight / (1 + np.multiply.outer(omega, tau) ** 2)).sum(-1), parts.sum(0), rtol=1e-11)


def test_how_large_the_second_law_lets_the_ratio_be(rows):
    """max |P_L S| over S↑, S↓ within ±√L_0 is √L_0, at S = P_G √L_0; for S and P_G given, the nearer of two bounds."""
    row = rows["comparable"]["by_geometry"]["lumped"]
    assert row["largest_lawful_heat_over_spin_at_any_S_and_R_tun_open"] == pytest.approx(1 / (0.5**2 * 2), rel=1e-5)
    assert row["the_S_over_root_L_0_that_gives_it"] == pytest.approx(0.5, rel=1e-9)
    point = Point(P_G=0.3, P_kappa=0.3)
    for S in (0.2, 0.6, 0.9):
        most = float(signs.largest_P_L(point, S))
        by_hand = max(
            abs(up * 1.3 / 2 - down * 0.7 / 2) for up in np.linspace(-1, 1, 2001) for down in [(S - 0.65 * up) / 0.35] if abs(down) <= 1
        )
        assert most * S == pytest.approx(by_hand, abs=2e-3) and most * S >= by_hand - 1e-12
        assert abs(float(point._replace(S=S, P_L_S=most * S).margin)) < 1e-9


def test_heat_mismatch(rows):
    row = rows["mismatch"]["by_geometry"]["lumped"]

    def left(y, **changes):
        device = {"alpha": 2.0, **FIG2, **changes}
        return terms(0.0, x=2 * y, **device)[1] / terms(0.0, x=2e-9, **device)[1]

    assert row["r_Q_over_R_Q_at_which_50_percent_are_lost"] == pytest.approx(
        brentq(lambda y: left(y) - 0.5, 1e-3, 1e3, xtol=1e-14), rel=1e-7
    )
    assert row["r_Q_over_R_Q_at_which_half_is_lost_without_spin"] == pytest.approx(1 / (1 - 0.5**2), rel=1e-7)  # Eq. (12) alone
    assert row["Delta_T_s_left_at_R_Q_equal_r_Q"] == pytest.approx(left(1.0), rel=1e-7)


def test_alpha_and_its_line(rows):
    table, numbers = rows["consistency"]["by_geometry"], rows["consistency"]["numbers"]
    assert table["diffusive"]["half_width_times_tau_of_one_contribution"] == pytest.approx(math.sqrt(3 + 2 * math.sqrt(3)), rel=1e-10)
    assert table["film"]["alpha_of_the_geometry"] == pytest.approx(GEOMETRIES["film"][1], rel=1e-12)
    d = numbers["d_over_lambda_s_that_gives_it"]
    assert abs(2 / (2 * math.tanh(2 * d) / math.tanh(d)) - 1) == pytest.approx(numbers["least_of_the_larger_error"], rel=5e-3)

    def off(omega, d):
        root = np.sqrt(1 + 1j * omega)
        return abs((np.tanh(d) / (np.tanh(root * d) * root)).real - 1 / (1 + omega**2))

    # There it is the heat's line, of a film twice as thick in its own λ, that is as far off; and one without end.
    for value, thickness in (
        (numbers["least_of_the_larger_error"], 2 * d),
        (table["diffusive"]["largest_departure_from_lorentzian_of_tau_Q"], 40.0),
    ):
        best = minimize_scalar(lambda log, t=thickness: -off(math.exp(log), t), bounds=(-3, 4), method="bounded", options={"xatol": 1e-10})
        assert value == pytest.approx(-best.fun, rel=5e-3 if thickness < 40 else 1e-8)


def test_closing_questions(rows):
    row = rows["inelastic"]["by_geometry"]["lumped"]

    def width(rate):
        tau = 1 / (1 + rate)
        return half_width(lambda w: 1 / (1 + w**2) + tau / (1 + (w * tau) ** 2))

    best = minimize_scalar(lambda rate: -width(rate), bounds=(0.5, 5.0), method="bounded", options={"xatol": 1e-10})
    assert row["tau_s_over_tau_inelastic_of_the_widest"] == pytest.approx(best.x, rel=1e-5)
    assert row["half_width_times_tau_s_widest"] == pytest.approx(-best.fun, rel=1e-6)
    assert [row["alpha_at_rate_1"], row["alpha_at_rate_24"]] == [2, 25]
    # Spin-orbit coupling: τ_s/τ_in from 3 to 0.3.
    assert row["alpha_with_tau_s_shortened_10_times"] == pytest.approx(1.3, rel=1e-12)
    for name, rate in (("", 3.0), ("_with_tau_s_shortened_10_times", 0.3)):
        assert row[f"half_width_over_that_without_spin_heat_less_one{name}"] == pytest.approx(width(rate) - 1, rel=1e-5)
    diffusive = rows["inelastic"]["by_geometry"]["diffusive"]
    assert diffusive["half_width_times_tau_s_infinite_rate"] == pytest.approx(math.sqrt(3 + 2 * math.sqrt(3)), rel=1e-6)
    below = rows["below_one"]["by_geometry"]["film"]
    ratio = brentq(lambda r: math.tanh(FILM / math.sqrt(r)) / math.tanh(FILM) / math.sqrt(r) - 0.5, 1.1, 10, xtol=1e-14)
    assert below["tau_Q_over_tau_s_of_alpha_half"] == pytest.approx(ratio, rel=1e-10)
    assert rows["below_one"]["numbers"]["least_alpha_of_all"] == pytest.approx(1)
    lumped_row = rows["below_one"]["by_geometry"]["lumped"]
    total = half_width(lambda w: 1 / (1 + w**2) + 2 / (1 + (2 * w) ** 2))
    assert lumped_row["tau_app_over_tau_s_at_alpha_half"] == pytest.approx(1 / total, rel=1e-6)
