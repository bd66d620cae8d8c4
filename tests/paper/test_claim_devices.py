"""Claims at other devices than Fig. 2's, against formulas written out by hand."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from claim_oracle import FILM, absorbing, drifting, half_width, lumped, terms
from hanle_sim.configuration import check, read
from hanle_sim.paper.claims import (
    Point,
    PureModel,
    amplitudes,
    apparent_tau,
    cross_terms,
    heat_mismatch,
    inelastic,
    line_shape,
    sentences,
    signs,
    study_of,
)


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
@pytest.mark.parametrize(("geometry", "at_voltage"), [("drift", True), ("film", False), ("lumped", True)])
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
    said = {left: sentences.mismatch({**row, "Delta_T_s_left": left})[1] for left in (left(1.0), 0.9)}
    assert [words.rpartition("; ")[2] for words in said.values()] == ["yours gains 18 %.", "yours loses 10 %."]


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
