"""Signs that change nothing stand as they started; those that change the curve are both tried, by a problem of three lines."""

import dataclasses
import math

import numpy as np
import pytest

from hanle_sim import fit, hanle_curve
from hanle_sim.configuration import build, check
from hanle_sim.fitting import compare
from hanle_sim.fitting.compare import _of_both_signs
from hanle_sim.fitting.points import Points
from hanle_sim.fitting.projection import Curve
from hanle_sim.fitting.result import result_of
from hanle_sim.fitting.shapes import AbstractShape, Parts
from hanle_sim.fitting.solve import Parameter, Problem
from heat_cases import HOT, B, but_a_bulk, changed, line

STARTS = 6
SPIN, HEAT, CROSS = line(B, 1e-9), line(B, 0.2e-9), line(B, 0.5e-9)


class Both(AbstractShape):
    """P² and Q² times a line each, and the cross term c P Q of a third: both signs turned are the same curve, one is another."""

    names = ("P", "Q")

    def __init__(self, c: float) -> None:
        self.c = c

    def parts(self, values: np.ndarray, x: np.ndarray) -> Parts:
        P, Q = values
        by = np.stack([2 * P * SPIN + self.c * Q * CROSS, 2 * Q * HEAT + self.c * P * CROSS], -1)
        return Parts(P**2 * SPIN + Q**2 * HEAT + self.c * P * Q * CROSS, by, np.zeros((x.size, 0)), np.zeros((x.size, 0, 2)))

    def traced(self):
        raise AssertionError("nothing here is traced")


def found(c: float, truth: tuple[float, float], start: tuple[float, float], noise: float, high: float = 1.0):
    clean = Both(c).parts(np.array(truth), B).signal
    points = Points(B, clean + noise * np.random.default_rng(2).normal(size=B.size), np.full(B.size, noise), "c")
    parameters = [Parameter(name, value, -high, high) for name, value in zip("PQ", start, strict=True)]
    problem = Problem.of(parameters, [Curve.of(points, Both(c), (0, 1), False, "none")])
    solutions = problem.minima(STARTS, False)
    assert len(solutions) == STARTS + (c != 0)  # of four signs, two and two are the same
    return result_of("c", "both", problem, [one for _, one in solutions], "V")


@pytest.mark.parametrize("start", [(0.5, 0.5), (-0.5, 0.5), (0.5, -0.5), (-0.5, -0.5)])
def test_signs_that_change_nothing_are_those_of_the_start(start: tuple[float, float]):
    one = found(0.0, (0.4, -0.6), start, 1e-3, math.inf)  # without bounds, other starts have other signs
    assert [one.parameters[name].value for name in "PQ"] == [
        pytest.approx(0.4 * 2 * start[0], abs=0.01),
        pytest.approx(1.2 * start[1], abs=0.01),
    ]
    assert one.warnings == () and all(one.parameters[name].identifiable for name in "PQ")


@pytest.mark.parametrize("start", [(0.5, 0.5), (-0.5, 0.5), (0.5, -0.5), (-0.5, -0.5)])
def test_of_signs_that_make_a_difference_the_better_ones_are_reported(start: tuple[float, float]):
    """P Q is negative in truth; the sign of P, or of Q where P can't have it, is the start's."""
    one = found(0.3, (0.4, -0.6), start, 1e-3)
    P, Q = (one.parameters[name].value for name in "PQ")
    assert pytest.approx(0.8 * start[0], abs=0.01) == P and pytest.approx(-0.24, abs=0.01) == P * Q
    assert one.warnings == () and all(one.parameters[name].identifiable for name in "PQ")


def test_signs_alone_are_no_other_minimum():
    """The cross term is there, yet not beyond the noise: sizes are found, and no parameter is lost for its sign."""
    one = found(0.02, (0.4, -0.6), (0.5, -0.5), 0.01)
    assert one.warnings == () and all(one.parameters[name].identifiable for name in "PQ")
    assert [abs(one.parameters[name].value) for name in "PQ"] == pytest.approx([0.4, 0.6], abs=0.02)


def test_a_comparison_tries_the_signs_that_its_bounds_leave_out():
    y = Both(0.3).parts(np.array([0.4, -0.6]), B).signal + 1e-3 * np.random.default_rng(2).normal(size=B.size)
    curve = Curve.of(Points(B, y, np.full(B.size, 1e-3), "c"), Both(0.3), (0, 1), False, "none")
    wide = Problem.of([Parameter(name, 0.5, -1.0, 1.0) for name in "PQ"], [curve])
    bounded = dataclasses.replace(wide, parameters=[one._replace(low=0.0) for one in wide.parameters])
    kept = bounded.minima(1, False)
    problem, solution = _of_both_signs(bounded, wide, kept, False)[0]
    assert solution.chi2 < kept[0][1].chi2 - 10 and solution.values == pytest.approx([0.4, -0.6], abs=0.01)
    assert (problem.parameters[0].low, problem.parameters[1].high) == (0.0, 0.0)


@pytest.mark.heavy
def test_an_ambiguity_of_spin_heat_is_told_whatever_the_signs_at_the_start(monkeypatch: pytest.MonkeyPatch):
    """Of two amplitudes with back-flow, two devices give the same curve, P_L of either sign; heat's share is within both."""
    monkeypatch.setattr(compare, "variants", lambda *given: [one for one in but_a_bulk(*given) if one.contacts == "back-flow"])
    tables = {**changed(HOT, S="60 uV/K", R_tun="25 ohm um^2"), "name": "x"}
    device = build(check({**tables, "field": {"values": B.tolist()}}))
    y = np.asarray(hanle_curve(device.device, device.field).Delta_V_Hanle)
    data = {"x": B, "y": y + 0.01 * np.ptp(y) * np.random.default_rng(0).normal(size=B.size), "unit": "V"}
    answers = []
    for P_L in (0.5, -0.5):
        free = {"free": {"tau_s": {}, "P_G": {}, "P_L": {"start": P_L}}, "offset": True}
        found = fit(data, {**tables, "fit": free}, starts=1, compare=True)
        one = found.results[0]
        assert one.parameters["P_L"].value * P_L > 0 and not one.parameters["P_L"].identifiable
        assert any("a second minimum is as good: P_G = " in said for said in one.warnings)
        answers.append(found.comparison.heat)
    assert answers[0].ci95 == pytest.approx(answers[1].ci95, abs=0.01)
    for one, other in (answers, answers[::-1]):
        assert one.ci95[0] < other.share < one.ci95[1] and abs(one.share - other.share) > 0.1
