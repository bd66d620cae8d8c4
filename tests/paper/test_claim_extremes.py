"""Extremes, thresholds and signs that the claims search for, between the points of a grid too."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from claim_oracle import terms
from hanle_sim.configuration import check, read
from hanle_sim.paper.claims import (
    Point,
    PureModel,
    amplitudes,
    claim,
    line_shape,
    sentences,
    signs,
    study_of,
)
from hanle_sim.paper.claims.study import drawn


def test_the_lesser_of_two_terms():
    np.testing.assert_allclose(signs.least_share(([3.0, -3.0, -3.0, 1.0], [1.0, -1.0, 1.0, -4.0])), [0.25, 0.25, -0.5, -1 / 3])


def test_largest_departure_between_points():
    x = np.linspace(0, 1, 30)
    assert line_shape.peak(0.3 - (x - 0.4321) ** 2) == pytest.approx(0.3, rel=1e-12)
    assert line_shape.peak(np.stack([x, -x])).tolist() == [1.0, 0.0]


def test_a_width_without_a_maximum_is_told():
    row = {f"half_width_times_tau_s_{name}": value for name, value in (("elastic", 3.4), ("widest", 3.4), ("infinite_rate", 2.6))}
    study = study_of(check(read("fig2", ["alpha=4"])))
    row, alike_alpha = {**row, "alpha": 4.0}, {"alpha": 4.0}
    falls = "If α = τ_s/τ_Q, inelastic scattering raises α; from slow to fast scattering the width of your curve falls by 24 %."
    assert sentences.inelastic(study, row) == ("fails", falls)
    alike = {f"half_width_times_tau_s_{name}": 2.5 for name in ("elastic", "widest", "infinite_rate")}
    assert "leaves the width alone" in sentences.inelastic(study, alike | alike_alpha)[1]
    risen = {**row, "half_width_times_tau_s_widest": 5.1, "tau_s_over_tau_inelastic_of_the_widest": 2.34}
    verdict, words = sentences.inelastic(study, risen)
    assert verdict == "holds within limits" and "by at most 50 %, at τ_s/τ_in = 2.3" in words


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
