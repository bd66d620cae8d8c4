"""Where fits and profiles start: at a curve's centre, along a profile's secant, and at a lower minimum that a profile comes upon."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from hanle_sim.fitting.batch import _centres
from hanle_sim.fitting.dataset import Curves
from hanle_sim.fitting.points import Points
from hanle_sim.fitting.projection import Curve
from hanle_sim.fitting.request import device_fit
from hanle_sim.fitting.result import result_of
from hanle_sim.fitting.section import FitSection, checked
from hanle_sim.fitting.shapes import AbstractShape, Parts
from hanle_sim.fitting.solve import Parameter, Problem, Solution
from hanle_sim.fitting.uncertainty import profile, uncertainty
from hanle_sim.measured import Measured
from heat_cases import PLAIN, B, line

X = np.linspace(0.0, 1.0, 7)


class Sum(AbstractShape):
    """a + b x²: at any a, the best b lies on a straight line."""

    names = ("a", "b")

    def parts(self, values: np.ndarray, x: np.ndarray) -> Parts:
        by = np.stack([np.ones_like(x), x**2], -1)
        return Parts(by @ values, by, np.zeros((x.size, 0)), np.zeros((x.size, 0, 2)))

    def traced(self):
        raise AssertionError("nothing here is traced")


class Wells(Sum):
    """√½ (a² − 1) at four fields and 0.35 (a + 2) at the other three: χ² has two wells, that of negative a the deeper."""

    names = ("a",)

    def parts(self, values: np.ndarray, x: np.ndarray) -> Parts:
        (a,), is_first = values, np.arange(x.size) < 4
        signal = np.where(is_first, 0.5**0.5 * (a**2 - 1), 0.35 * (a + 2))
        by = np.where(is_first, 2**0.5 * a, 0.35)[:, None]
        return Parts(signal, by, np.zeros((x.size, 0)), np.zeros((x.size, 0, 1)))


@dataclass(frozen=True)
class Watched(Problem):
    """A problem that keeps from where it started to look, and where that ended."""

    seen: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    def solve(self, start: np.ndarray | None = None, held: dict[int, float] | None = None, most: int = 200) -> Solution:
        found = super().solve(start, held, most)
        if start is not None:
            self.seen.append((np.array(start), found.values))
        return found


def test_a_profile_starts_along_its_secant():
    """Where the others' best values lie on a line, it finds them at the start, but for the first point on each side."""
    y = 1.0 + 2.0 * X**2 + 0.3 * np.random.default_rng(0).normal(size=X.size)
    parameters = [Parameter(name, 1.0, -50.0, 50.0) for name in "ab"]
    problem = Watched(parameters, [Curve.of(Points(X, y, np.full(X.size, 0.3), "c"), Sum(), (0, 1), False, "none")], 1.0)
    solution = problem.solve()
    profile(problem, solution, uncertainty(problem, solution), 0)
    off = [abs(start[1] - found[1]) for start, found in problem.seen]
    assert len(off) >= 8 and sorted(off)[-3] < 1e-6 < 1e-2 < sorted(off)[-2]


def test_a_lower_minimum_that_a_profile_finds_is_gone_to():
    """Against the roots of dχ²/da, χ² = 2 (a² − 1)² + 0.3675 (a + 2)²."""
    curve = Curve.of(Points(X, np.zeros(X.size), np.ones(X.size), "c"), Wells(), (0,), False, "none")
    problem = Problem.of([Parameter("a", 1.0, -9.0, 9.0)], [curve])
    solution = problem.solve()
    wells = sorted(np.roots([8, 0, -8 + 0.735, 1.47]).real)
    assert solution.values[0] == pytest.approx(wells[2], abs=1e-6)
    found = result_of("c", "wells", problem, [solution], "V")
    assert found.parameters["a"].value == pytest.approx(wells[0], abs=1e-6)
    assert found.success


@pytest.mark.parametrize("centre", [-0.012, 0.009])
def test_a_fit_starts_at_the_line_s_centre(centre: float):
    y = 2e-6 + 1e-5 * (line(B - centre, 0.7e-9) + 0.01 * np.random.default_rng(3).normal(size=B.size))
    section = checked(FitSection, {"free": {"tau_s": {}}, "offset": True, "field_offset": True}, "fit")
    measured = Measured(B, y, "V", None, "c", Path("c"), None, {}, ())
    assert device_fit(PLAIN, section, [measured]).problem.parameters[-1].start == pytest.approx(centre, abs=3e-4)
    noise = dataclasses.replace(measured, y=np.random.default_rng(1).normal(size=B.size))
    assert device_fit(PLAIN, section, [noise]).problem.parameters[-1].start == 0.0
    many = Curves(B, np.stack([y, -3 * y]), None, "V", {}, ("curve",), (2,), {})
    np.testing.assert_allclose(_centres(many, np.ones(2, bool)), centre, atol=np.max(B) / 32)
