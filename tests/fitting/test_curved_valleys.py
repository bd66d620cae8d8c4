"""Valleys of χ² that bend: small relative errors, and intervals that are not those of the covariance."""

import jax.numpy as jnp
import numpy as np
import pytest

from hanle_sim.fitting.diagnostics import Reason, Task
from hanle_sim.fitting.lockstep import Lockstep
from hanle_sim.fitting.many import fitted, frame_of
from hanle_sim.fitting.points import Points
from hanle_sim.fitting.projection import Curve
from hanle_sim.fitting.result import result_of
from hanle_sim.fitting.shapes import AbstractShape, Parts
from hanle_sim.fitting.solve import Parameter, Problem
from hanle_sim.runtime import double_precision

#: Ten points measure a, ten others b − a², and ten nothing but an offset that those of a have too: to 0.1, `sd` and `of_offset`.
X = np.repeat([-1.0, 1.0, 2.0], 10)
A, B = 1.0, 2.0
PARAMETERS = [Parameter("a", A), Parameter("b", B)]


def by_group(*values):
    """A value for each group, [points]."""
    return np.where(X < 0, values[0], np.where(X < 2, values[1], values[2]))


def data(sd: float, of_offset: float = 1e-3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    sigma = 10**0.5 * by_group(0.1, sd, of_offset)
    return by_group(A, B - A**2, 0.0) + sigma * np.random.default_rng(seed).normal(size=X.size), sigma


class Valley(AbstractShape):
    """a, b − a² or nothing, of which a and b are looked for."""

    names = ("a", "b")

    def parts(self, values: np.ndarray, x: np.ndarray) -> Parts:
        a, b = values
        by = np.stack([by_group(1.0, -2 * a, 0.0), by_group(0.0, 1.0, 0.0)], -1)
        return Parts(by_group(a, b - a**2, 0.0), by, np.zeros((x.size, 0)), np.zeros((x.size, 0, 2)))

    def traced(self):
        raise NotImplementedError


def test_the_interval_along_a_curved_valley_is_that_of_its_profile():
    """b is a² and a number that is known: its interval goes with a², from (a − σ)² to (a + σ)²."""
    y, sigma = data(1e-3)
    curve = Curve.of(Points(X, y, sigma, "valley"), Valley(), [0, 1], False, "none")
    problem = Problem.of(PARAMETERS, [curve])
    b = result_of("valley", "valley", problem, [problem.solve()], "V").parameters["b"]
    a, known = np.mean(y[X < 0]), np.mean(y[X == 1])
    assert b.by == "profile" and b.stderr == pytest.approx(2 * a * 0.1, rel=1e-3) and b.stderr < 0.3
    for ends, reach in ((b.ci68, 0.1), (b.ci95, 0.1959963985)):
        assert ends == pytest.approx([(a - reach) ** 2 + known, (a + reach) ** 2 + known], abs=1e-3 * b.stderr)
    y, sigma = data(0.1)
    straight = Problem.of(PARAMETERS, [curve._replace(points=Points(X, y, sigma, "valley"))])
    assert result_of("valley", "valley", straight, [straight.solve()], "V").parameters["b"].by == "covariance"


def test_many_fits_do_not_call_it_determined():
    """Nor an offset that hangs on it; one that does not, and a straight valley, stay."""

    def shape(values, given, x):
        a, b = values
        return jnp.where(x < 0, a, jnp.where(x < 2, b - a**2, 0.0))[None, :]

    y, sigma = (np.array(one) for one in zip(*[data(5e-3), data(5e-3, 0.1), data(0.1)], strict=True))
    frame, given, starts = frame_of(PARAMETERS, X, by_group(1.0, 0.0, 1.0)[:, None]), np.zeros((3, 0)), np.tile([A, B], (3, 1))
    task = Task(Lockstep(shape, False, 8, False), PARAMETERS, ["offset"], frame, y, sigma, given, starts, 0, np.full(3, Reason.fitted))
    with double_precision():
        found = fitted(task, False, lambda *_: None)
    assert found.wants_profile.tolist() == [True, True, False]
    assert found.identifiable.tolist() == [[False, False, True], [False] * 3, [True] * 3]
    assert np.isnan(found.stderr[0, :2]).all() and found.stderr[0, 2] == pytest.approx(1e-3, rel=1e-6)
    assert found.stderr[2, 1] == pytest.approx(np.hypot(2 * found.values[2, 0] * np.hypot(0.1, 1e-3), 0.1), rel=1e-6)
