"""Two minima as good as each other are told, of one fit and of many curves; a cubic's roots say where they are."""

import numpy as np
import pytest

from hanle_sim.fitting.diagnostics import Reason, Task
from hanle_sim.fitting.lockstep import LINEAR, Frame, Lockstep
from hanle_sim.fitting.many import fitted
from hanle_sim.fitting.points import Points
from hanle_sim.fitting.projection import Curve
from hanle_sim.fitting.result import result_of
from hanle_sim.fitting.shapes import AbstractShape, Parts
from hanle_sim.fitting.solve import Parameter, Problem

X = np.linspace(-1.0, 1.0, 41)
PARAMETERS = [Parameter("a", 1.8, -5.0, 5.0, "s"), Parameter("b", 0.5, -50.0, 50.0, "s")]
#: a³ − 3a is 0.1 at three places, and 10 at one. What no parameter explains is smooth, so that the curves are tried from further starts.
HEIGHTS = (0.1, 10.0)
LOCKSTEP = Lockstep(lambda values, given, x: (values[0] ** 3 - 3 * values[0] + values[1] * x)[None, :], False, 8, False)


def measured(height: float) -> np.ndarray:
    return height + 2.0 * X + 0.3 * X**2 + 0.05 * np.random.default_rng(1).normal(size=X.size)


class Cubic(AbstractShape):
    """(a³ − 3a) + b x."""

    names = ("a", "b")

    def parts(self, values: np.ndarray, x: np.ndarray) -> Parts:
        a, b = values
        by = np.stack([np.full(x.size, 3 * a**2 - 3), x], -1)
        return Parts(a**3 - 3 * a + b * x, by, np.zeros((x.size, 0)), np.zeros((x.size, 0, 2)))

    def traced(self):
        raise AssertionError("nothing here is traced")


def roots(height: float) -> list[float]:
    """Where the cubic has the height that the curve's mean has."""
    found = np.roots([1, 0, -3, -np.mean(measured(height))])
    return sorted(found[np.abs(found.imag) < 1e-9].real.tolist())


def test_a_fit():
    found = {}
    for height in HEIGHTS:
        curve = Curve.of(Points(X, measured(height), None, "c"), Cubic(), (0, 1), False, "none")
        problem = Problem.of(PARAMETERS, [curve])
        solutions = [solution for _, solution in problem.minima(1, False, first=[np.array([at, 0.5]) for at in (-1.8, 0.1)])]
        found[height] = result_of("c", "cubic", problem, solutions, "V")
    one, alone = (found[height].parameters["a"] for height in HEIGHTS)
    places = roots(HEIGHTS[0])
    assert len(places) == 3 and min(abs(one.value - place) for place in places) < 1e-6
    assert not one.identifiable and one.stderr is None
    (said,) = (text for text in found[HEIGHTS[0]].warnings if "second minimum" in text)
    there = float(said.split("a = ")[1].split()[0])
    assert min(abs(there - place) for place in places) < 1e-3 and "b = " not in said
    for low, high in (one.ci68, one.ci95):
        assert low <= min(there, one.value) + 1e-3 and high >= max(there, one.value) - 1e-3
    assert found[HEIGHTS[0]].parameters["b"].identifiable
    assert alone.identifiable and alone.value == pytest.approx(roots(HEIGHTS[1])[0], abs=1e-6)
    assert not any("second minimum" in text for text in found[HEIGHTS[1]].warnings)


def task() -> Task:
    frame = Frame(X, np.zeros((0, X.size)), np.full(2, -50.0), np.full(2, 50.0), np.full(2, LINEAR), np.array([2.0, 1.0]))
    y, reason = np.array([measured(height) for height in HEIGHTS]), np.full(2, Reason.fitted)
    start = np.tile([one.start for one in PARAMETERS], (2, 1))
    return Task(LOCKSTEP, PARAMETERS, [], frame, y, None, np.zeros((2, 0)), start, 4, reason)


@pytest.mark.parametrize("is_robust", [False, True])
def test_many_curves(is_robust: bool):
    found = fitted(task(), is_robust, lambda *_: None)
    assert found.second_minimum.tolist() == [True, False]
    assert found.identifiable.tolist() == [[False, True], [True, True]]
    assert np.isnan(found.stderr).tolist() == [[True, False], [False, False]]
    if not is_robust:
        assert min(abs(found.values[0, 0] - place) for place in roots(HEIGHTS[0])) < 1e-6


def test_of_minima_as_good_the_one_that_obeys_the_second_law_is_taken(monkeypatch: pytest.MonkeyPatch):
    """As if a device needed a below 0.5: from 1.8 the first curve ends beyond, and a further start within; the second has no other place."""
    monkeypatch.setattr(LOCKSTEP, "margins", lambda values, given: 0.5 - values[:, :1])
    found = fitted(task(), False, lambda *_: None)
    assert found.values[:, 0] == pytest.approx([roots(HEIGHTS[0])[1], roots(HEIGHTS[1])[0]], abs=1e-6)
    assert found.reason.tolist() == [Reason.fitted, Reason.beyond_law]
    assert found.identifiable.tolist() == [[True, True], [False, False]] and not found.second_minimum.any()
