"""The claims' numbers against formulas written out by hand, which share nothing with the package."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq, curve_fit, minimize, minimize_scalar

from claim_oracle import FIG2, FILM, GEOMETRIES, absorbing, drifting, half_width, lumped, terms
from hanle_sim.configuration import check, read
from hanle_sim.paper.claims import (
    Point,
    PureModel,
    amplitudes,
    apparent_tau,
    claim,
    cross_terms,
    heat_mismatch,
    inelastic,
    line_shape,
    signs,
    study_of,
)
from hanle_sim.paper.claims.study import drawn

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


def test_what_a_thermal_bias_adds():
    study = study_of(check(read("lumped", ["R_tun=20 ohm um^2", "I=1e5 A/m^2"])))
    row = cross_terms._neglect_numbers(study.case, study)
    S = 100e-6 / math.sqrt(2.45e-8)
    device = {"x": 0.5, "alpha": 25.0, "P_G": 0.3, "s": 0.5 * S, "S": S}
    volts = 20e-12 * 1e5
    for k, name in enumerate(("Delta_mu", "Delta_T_s")):
        theta = row[f"Delta_T_0_that_changes_{name}_by_5_percent_K"] * math.sqrt(2.45e-8) / volts
        changes = [terms(0.0, **device, theta=sign * theta)[k] / terms(0.0, **device)[k] - 1 for sign in (1, -1)]
        assert max(map(abs, changes)) == pytest.approx(0.05, rel=1e-7)
        bound = [terms(0.0, **device, theta=sign * S)[k] / terms(0.0, **device)[k] - 1 for sign in (1, -1)]
        assert row[f"{name}_changed_by_Delta_T_0_of_the_paper_s_bound"] == pytest.approx(max(map(abs, bound)), rel=1e-9)
    heat = terms(0.0, **device)[1]
    assert row["S_Delta_T_s_over_R_tun_I"] == pytest.approx(S * 2 * heat / (0.5 * S) * 0.5, rel=1e-12)
    assert row["S_R_tun_I_over_L_0_K"] == pytest.approx(100e-6 * volts / 2.45e-8, rel=1e-12)


OTHERS = {"drift": (drifting, 0.7), "film": (absorbing, FILM), "lumped": (lumped, 1.0)}


@pytest.mark.heavy
@pytest.mark.parametrize(("geometry", "at_voltage"), [("drift", True), ("film", False), ("lumped", False), ("lumped", True)])
def test_other_geometries_with_a_mixing_conductance_and_a_thermal_bias(geometry, at_voltage):
    """Both terms along the curve, and its width, under either bias."""
    f, size = OTHERS[geometry]
    device = {
        "x": 0.8,
        "alpha": 1.7,
        "P_G": 0.4,
        "s": 0.15,
        "S": 0.45,
        "r": 0.3,
        "eta": 1.6,
        "theta": 0.2,
        "f": f,
        "at_voltage": at_voltage,
    }
    model = PureModel(geometry, "absorbing", not at_voltage)
    point = Point(mismatch=0.8, P_G=0.4, P_L_S=0.15, S=0.45, P_kappa=0.4, alpha=1.7, tau_ratio=0.3, eta_mix=1.6, heating=0.2, size=size)
    omega = np.linspace(0.0, 6.0, line_shape.FIELDS.size)
    np.testing.assert_allclose(model.curve(point, omega), terms(omega, **device), rtol=1e-11)
    assert model.width(point) == pytest.approx(half_width(lambda w: terms(w, **device).sum()), rel=1e-10)
    flows = 1 - 0.45 * 0.2 - 0.8 * terms(0.0, **device).sum() if at_voltage else 1.0  # R_tun I over what drives
    np.testing.assert_allclose(amplitudes.per_current(model, point), terms(0.0, **device) / flows, rtol=1e-11)
    assert amplitudes.flowing(model, point) == pytest.approx(flows, rel=1e-12)


def test_a_sum_that_is_right_at_zero_field_and_wrong_elsewhere():
    """P_G = 1: nothing of the cross terms at B = 0, and 5.4 % of the peak along the curve."""
    case = study_of(check(read("fig2", ["P_G=1", "P_L=1", "R_tun=25 ohm um^2", "I=1e6 A/m^2"]))).case
    row = amplitudes._sum_numbers(case)
    S = float(case.point.S)
    device = {"x": 1.0, "alpha": 2.0, "P_G": 1.0, "s": S, "S": S, "r": 0.25}

    def off(omega):
        K = [1 / (1 / (1 / (1 + 1j * omega)) + 1), 1 / (2 * (1 + 0.25j * omega) + 1)]
        alone = [k * k * W.real / (1 - k * k * W.real) for k, W in zip((1.0, S), K, strict=True)]
        return abs(sum(alone) - terms(omega, **device).sum()) / terms(0.0, **device).sum()

    best = minimize_scalar(lambda log: -off(math.exp(log)), bounds=(-3, 4), method="bounded", options={"xatol": 1e-10})
    assert abs(row["sum_over_exact_less_one"]) < 1e-9 and row["largest_departure_of_the_curve"] == pytest.approx(-best.fun, rel=1e-7)
    assert -best.fun > 0.05
    x = row["mismatch_at_1_percent"]
    assert 0 < x < 1 and amplitudes.sum_departure(case.model, case.at(mismatch=x)) == pytest.approx(0.01, rel=1e-4)


def test_back_flow_lets_the_ratio_pass_what_it_could_reach_without():
    device = ["P_G=0.8", "P_L=1.22", "S=126 uV/K", "R_tun=8.3333 ohm um^2", "alpha=3", "I=1e7 A/m^2"]
    row = signs._comparable_numbers(study_of(check(read("fig2", device))).case)
    S = 126e-6 / math.sqrt(2.45e-8)
    spin, heat = terms(0.0, x=25 / 8.3333, alpha=3.0, P_G=0.8, s=1.22 * S, S=S)
    assert row["heat_over_spin"] == pytest.approx(heat / spin, rel=1e-9)
    assert row["largest_lawful_heat_over_spin_at_any_S_and_R_tun_open"] == pytest.approx(1 / (0.8**2 * 3), rel=1e-9) and heat / spin > 1
    draw, most = np.random.default_rng(3), 0.0
    for up, down in draw.uniform(-1, 1, (4000, 2)):
        spin, heat = terms(0.0, x=25 / 8.3333, alpha=3.0, P_G=0.8, s=up * 0.9 - down * 0.1, S=up * 0.9 + down * 0.1)
        most = max(most, abs(heat / spin))
    assert most <= row["largest_lawful_heat_over_spin_at_any_S_here"] < 1.05 * most
    # At a lower P_G a P_L of the other sign takes Δμ through zero.
    row = signs._comparable_numbers(study_of(check(read("fig2", [*device, "P_G=0.1", "P_L=0.1"]))).case)
    assert math.isinf(row["largest_lawful_heat_over_spin_at_any_S_here"])
    assert terms(0.0, x=3.0, alpha=3.0, P_G=0.1, s=-0.5876, S=-0.5124)[0] < 0


def test_a_gain_of_spin_heat_is_no_loss():
    """P_L of the other sign than P_G: back-flow first raises ΔT_s. Per current, so that constant voltage changes nothing."""
    device = ["P_L=-0.4", "S=50 uV/K", "R_tun=25 ohm um^2"]
    S = 50e-6 / math.sqrt(2.45e-8)

    def left(y):
        found = [terms(0.0, x=x, alpha=2.0, P_G=0.5, s=-0.4 * S, S=S)[1] for x in (2 * y, 2e-12)]
        return found[0] / found[1]

    for drive in ([], ["I=", "V=1 mV"]):
        row = heat_mismatch._numbers(study_of(check(read("fig2", device + drive))).case)
        assert row["Delta_T_s_left_at_R_Q_equal_r_Q"] == pytest.approx(left(1.0), rel=1e-9) and left(1.0) > 1.1
        for loss in (1, 50):
            y = row[f"r_Q_over_R_Q_at_which_{loss}_percent_are_lost"]
            assert left(y) == pytest.approx(1 - loss / 100, rel=1e-8)
    assert heat_mismatch._change(left(1.0)) == "17.9 % is gained" and heat_mismatch._change(0.9) == "10 % is lost"


def test_each_contribution_on_its_own_keeps_its_thermal_source():
    """Against the two 1×1 systems, written out."""
    x, alpha, P_G, s, S, theta = 0.8, 1.7, 0.4, 0.15, 0.45, 0.6
    alone = 0.0
    for k, own in ((P_G, (1 / x + 1)), (s, (alpha / x + 1))):
        thermal = -s if k == P_G else -P_G
        V = (1 + S * theta + k * thermal * theta / own) / (1 - k * k / own)
        alone += k / own * (k * V + thermal * theta) / x
    whole = terms(0.0, x=x, alpha=alpha, P_G=P_G, s=s, S=S, theta=theta).sum()
    point = Point(mismatch=x, P_G=P_G, P_L_S=s, S=S, P_kappa=P_G, alpha=alpha, heating=theta)
    assert amplitudes.sum_error(PureModel("lumped"), point) == pytest.approx(alone / whole - 1, rel=1e-9)
    assert abs(amplitudes.sum_error(PureModel("lumped"), point._replace(mismatch=1e-9))) < 1e-8


def test_the_lesser_of_two_terms():
    np.testing.assert_allclose(signs.least_share(([3.0, -3.0, -3.0, 1.0], [1.0, -1.0, 1.0, -4.0])), [0.25, 0.25, -0.5, -1 / 3])


def test_limits_of_a_reading_hold_with_back_flow():
    """The ratio of the amplitudes is that of the device which misreads by so much, not of one without back-flow."""
    case = study_of(check(read("fig2", ["R_tun=500 ohm um^2", "S=46.957 uV/K", "alpha=0.2"]))).case
    S = 46.957e-6 / math.sqrt(2.45e-8)
    ratio = apparent_tau._numbers(case)["heat_over_spin_at_10_percent"]
    given = {"x": 0.05, "P_G": 0.5, "s": 0.5 * S, "S": S}

    def off(alpha):
        spin, heat = terms(0.0, alpha=alpha, **given)
        return heat / spin - ratio

    alpha = brentq(off, 1e-3, 1e3, xtol=1e-13)
    assert 1 / half_width(lambda w: terms(w, alpha=alpha, r=0.25, **given).sum()) - 1 == pytest.approx(-0.1, rel=1e-7)


def test_largest_departure_between_points():
    x = np.linspace(0, 1, 30)
    assert line_shape.peak(0.3 - (x - 0.4321) ** 2) == pytest.approx(0.3, rel=1e-12)
    assert line_shape.peak(np.stack([x, -x])).tolist() == [1.0, 0.0]


def test_a_width_without_a_maximum_is_told():
    row = {f"half_width_times_tau_s_{name}": value for name, value in (("elastic", 3.4), ("widest", 3.4), ("infinite_rate", 2.6))}
    row |= {"alpha_at_rate_1": 2.0, "alpha_at_rate_24": 25.0}
    words = inelastic._rate_words(row)
    assert words == "α = 1 + τ_s/τ_in, and the half width goes from 3.4/τ_s without inelastic scattering to 2.6/τ_s"
    alike = {f"half_width_times_tau_s_{name}": 2.5 for name in ("elastic", "widest", "infinite_rate")}
    assert inelastic._rate_words({**row, **alike}).endswith("and the half width is 2.5/τ_s at any rate")
    assert "1.9 at τ_in = τ_s and 10 at" in inelastic._rate_words({**row, "alpha_at_rate_1": 1.9, "alpha_at_rate_24": 10.0})


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


def test_constant_voltage_leaves_the_state_per_current_as_it_is():
    """The state at a current does not ask what was held constant: only the line does."""
    point = Point(mismatch=0.7, P_G=0.4, P_L_S=0.3, S=0.5, P_kappa=0.4, alpha=1.5, heating=0.2)
    current, voltage = (amplitudes.per_current(PureModel("lumped", feeds_back=feeds_back), point) for feeds_back in (True, False))
    cold = amplitudes.per_current(PureModel("lumped", feeds_back=False), point._replace(heating=0.0))
    np.testing.assert_allclose(cold, terms(0.0, x=0.7, alpha=1.5, P_G=0.4, s=0.3, S=0.5), rtol=1e-12)
    np.testing.assert_allclose(current, terms(0.0, x=0.7, alpha=1.5, P_G=0.4, s=0.3, S=0.5, theta=0.2), rtol=1e-12)
    assert np.all(np.isfinite(voltage))


def test_one_contribution_alone_at_any_inelastic_rate():
    """Spins alone know nothing of the rate; heat alone is as wide as it relaxes fast."""
    for setting, widest in (("S=0", 1.0), ("P_G=0", 1 + 1e6)):
        case = study_of(check(read("fig2", ["P_kappa=0", "S=50 uV/K", setting]))).case
        found, rate = inelastic._widest(case)
        assert found == pytest.approx(widest, rel=1e-3) and math.isnan(rate)  # at no rate above all others


# Extremes and signs between the points of a grid.


@pytest.mark.parametrize(("x", "alpha"), [(1e-7, 2.0), (1.0, 2.0), (3.0, 1.0), (10.0, 2.0)])
def test_largest_ratio_of_lawful_devices(x, alpha):
    """By simplex from many places within the law, |S (1 ± P_L)| ≤ 1 ± P_G by Wiedemann and Franz."""

    def ratio(ab):
        a, b = np.clip(ab, -1, 1)
        up, down = 1.5 * a, 0.5 * b
        spin, heat = terms(0.0, x=x, alpha=alpha, P_G=0.5, s=(up - down) / 2, S=(up + down) / 2)
        return -abs(heat / spin)

    starts = [(a, b) for a in (-0.9, -0.1, 0.3, 0.95) for b in (-0.95, -0.4, 0.2, 0.9)]
    found = [
        minimize(ratio, start, method="Nelder-Mead", bounds=[(-1, 1)] * 2, options={"xatol": 1e-10, "fatol": 1e-13}) for start in starts
    ]
    point = Point(mismatch=x, P_G=0.5, P_kappa=0.5, alpha=alpha, tau_ratio=0.25)
    assert signs._largest_ratio(PureModel("lumped"), point) == pytest.approx(max(-one.fun for one in found), rel=1e-9)


def test_the_law_lets_the_spin_term_vanish_where_it_does():
    point = Point(mismatch=10.0, P_G=0.5, P_kappa=0.5, alpha=1.0, tau_ratio=0.25)
    assert terms(0.0, x=10.0, alpha=1.0, P_G=0.5, s=0.5, S=1.0)[0] > 0 > terms(0.0, x=10.0, alpha=1.0, P_G=0.5, s=0.8, S=0.7)[0]
    assert math.isinf(signs._largest_ratio(PureModel("lumped"), point))


def test_a_threshold_between_two_points():
    """A bump that reaches the level between two points of the first grid, and one that does not."""
    place = 10 ** (-2 + 6.5 * 12 / 399)

    def bump(height):
        return lambda x: height * np.exp(-((np.log(x / place) / 0.1) ** 2))

    reached = 1.0001
    expected = place * math.exp(-0.1 * math.sqrt(math.log(reached)))
    assert claim.threshold(bump(reached), 1e-8, 1e4, 1.0) == pytest.approx(expected, rel=1e-9)
    assert math.isinf(claim.threshold(bump(0.9999), 1e-8, 1e4, 1.0))


def test_the_mismatch_at_which_a_sign_turns():
    """ΔT_s ∝ (1 + x) P_L S − x S P_G vanishes at x = P_L S/(S P_G − P_L S), in √L_0; Δμ then never does."""
    for S, turns in ((0.4, 0.25 / (0.32 - 0.25)), (0.3, math.inf)):
        case = study_of(check(read("fig2", ["P_G=0.8", f"S={S * math.sqrt(2.45e-8)} V/K", f"P_L={0.25 / S}"]))).case
        assert signs._sign_numbers(case)["mismatch_at_which_a_sign_turns"] == pytest.approx(turns, rel=1e-9)
    alone = study_of(check(read("fig2", ["S=0"]))).case
    assert math.isinf(signs._sign_numbers(alone)["mismatch_at_which_a_sign_turns"])


@pytest.mark.heavy
def test_largest_departures_of_devices_drawn_at_random():
    """Wherever along the curve they are: against very many fields."""
    devices = drawn(40)
    found = amplitudes.sum_departure(PureModel("lumped"), devices)
    for number in range(40):
        point = Point(*(np.broadcast_to(one, 40)[number] for one in devices))
        omega = np.concatenate([[0.0], np.geomspace(1e-4, 1e5, 3001)]) * PureModel("lumped").width(point)
        whole, spin, heat = (sum(PureModel("lumped").curve(one, omega)) for one in (point, *amplitudes.apart(point)))
        dense = np.max(np.abs(spin + heat * amplitudes.ALONE - whole) / abs(whole[0]))
        assert dense * (1 - 1e-9) <= found[number] <= dense * (1 + 1e-4) + 1e-12
