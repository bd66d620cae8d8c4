"""The least-squares problem by itself: projected residuals and their derivatives, intervals that hold the truth, and what is flagged."""

import math

import numpy as np
import pytest
from scipy.optimize import curve_fit

from hanle_sim.constants import hbar, mu_B
from hanle_sim.fitting.points import Points
from hanle_sim.fitting.projection import Curve, projected
from hanle_sim.fitting.quick import lorentzians, quick_fit
from hanle_sim.fitting.result import result_of
from hanle_sim.fitting.shapes import AbstractShape, Lorentzians, Parts
from hanle_sim.fitting.solve import Parameter, Problem
from hanle_sim.fitting.statistics import structure

PER_TESLA = 2 * mu_B / hbar
B = np.linspace(-0.08, 0.1, 121)


def line(x: np.ndarray, tau: float, centre: float = 0.0) -> np.ndarray:
    return 1 / (1 + ((x - centre) * PER_TESLA * tau) ** 2)


def noisy(seed: int, sd: float = 2e-5, x: np.ndarray = B) -> Points:
    y = 1e-3 * line(x, 500e-12, 2e-3) + 2e-4 + 1e-3 * x
    return Points(x, y + sd * np.random.default_rng(seed).normal(size=x.size), None, "curve")


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_projected_residuals_and_their_derivatives(count: int, weighted: bool):
    """Against SciPy's least squares in the linear parameters, and central differences."""
    points = noisy(0)
    if weighted:
        points = points._replace(sigma=np.linspace(1e-5, 4e-5, B.size))
    shape = Lorentzians(count, field_offset=True)
    curve = Curve.of(points, shape, range(count + 1), True, "parabola")
    values = np.array([300e-12, 2e-9, 1e-3][-count - 1 :])
    found = projected(curve, values)
    columns = np.concatenate([shape.parts(values, B).columns, curve.columns], 1)
    w = points.weight
    expected = np.linalg.lstsq(w[:, None] * columns, w * points.y, rcond=None)[0]
    np.testing.assert_allclose(found.linear, expected, rtol=1e-9)
    np.testing.assert_allclose(found.residual, w * (points.y - columns @ expected), rtol=0, atol=1e-12 * np.max(w * np.abs(points.y)))
    for k in range(count + 1):
        step = np.zeros(count + 1)
        step[k] = 1e-5 * abs(values[k])
        central = (projected(curve, values + step).residual - projected(curve, values - step).residual) / (2 * step[k])
        np.testing.assert_allclose(found.jacobian[:, k], central, rtol=0, atol=1e-7 * np.max(abs(central)))
    step = np.concatenate([values, found.linear]) * 1e-6

    def plain(at: np.ndarray) -> np.ndarray:
        inner = np.concatenate([shape.parts(at[: count + 1], B).columns, curve.columns], 1)
        return w * (points.y - inner @ at[count + 1 :])

    at = np.concatenate([values, found.linear])
    for k in range(at.size):
        move = np.zeros(at.size)
        move[k] = step[k]
        central = (plain(at + move) - plain(at - move)) / (2 * step[k])
        np.testing.assert_allclose(found.full[:, k], central, rtol=0, atol=1e-6 * np.max(abs(central)))


def test_a_line_as_scipy_fits_it():
    """All six numbers and their standard errors against SciPy's curve_fit, which knows no projection."""
    points = noisy(1)
    found = lorentzians(points, "V", 1)

    def model(x, tau, centre, amplitude, offset, slope):
        return amplitude * line(x, tau * 1e-12, centre * 1e-3) + offset + slope * x

    best, covariance = curve_fit(model, points.x, points.y, [400, 0, 1e-3, 0, 0])
    names = {"tau": 1e-12, "field_offset": 1e-3, "amplitude": 1, "offset": 1, "slope": 1}
    for k, (name, unit) in enumerate(names.items()):
        assert found.parameters[name].value == pytest.approx(best[k] * unit, rel=1e-6), name
        assert found.parameters[name].stderr == pytest.approx(math.sqrt(covariance[k, k]) * unit, rel=1e-4), name
    assert found.ssr == pytest.approx(np.sum((points.y - model(points.x, *best)) ** 2), rel=1e-9)
    assert (found.parameters["tau"].unit, found.parameters["slope"].unit, found.unit) == ("s", "V/T", "V")


def test_intervals_hold_the_truth_as_often_as_they_say():
    fits, tolerance = 120, 0.13
    truth = {"tau": 500e-12, "field_offset": 2e-3, "amplitude": 1e-3, "offset": 2e-4, "slope": 1e-3}
    x = B[::2]
    inside = dict.fromkeys(truth, 0)
    for seed in range(fits):
        found = lorentzians(noisy(seed, x=x), "V", 1)
        for name, value in truth.items():
            low, high = found.parameters[name].ci68
            inside[name] += low <= value <= high
    for name, count in inside.items():
        assert count / fits == pytest.approx(0.683, abs=tolerance), name


def test_a_second_line_is_supported_where_it_is_there():
    rng = np.random.default_rng(4)
    y = 1e-3 * line(B, 500e-12) + 8e-4 * line(B, 4e-9) + 1e-5 * rng.normal(size=B.size)
    found = quick_fit(Points(B, y, None, "two"), "V")
    assert found.supports_two and found.best is found.two
    times = sorted(found.two.parameters[name].value for name in ("tau_1", "tau_2"))
    np.testing.assert_allclose(times, [500e-12, 4e-9], rtol=0.2)
    alone = quick_fit(noisy(3), "V")
    assert not alone.supports_two and alone.best is alone.one


@pytest.mark.parametrize("factor", [1e-9, 1.0, 1e6])
def test_units_change_nothing(factor: float):
    points = noisy(5)
    other = points._replace(y=points.y * factor)
    one, same = lorentzians(points, "V", 1), lorentzians(other, "V", 1)
    assert same.parameters["tau"].value == pytest.approx(one.parameters["tau"].value, rel=1e-8)
    assert same.parameters["amplitude"].value == pytest.approx(factor * one.parameters["amplitude"].value, rel=1e-8)


class Untraced(AbstractShape):
    """A shape in NumPy, which no posterior is drawn of."""

    def traced(self):
        raise AssertionError("nothing here is traced")


class Product(Untraced):
    """a·b times a line, of which only the product is determined; b alone where `apart`."""

    names = ("a", "b")

    def __init__(self, apart: float = 0.0) -> None:
        self.apart = apart

    def parts(self, values: np.ndarray, x: np.ndarray) -> Parts:
        a, b = values
        f, g = line(x, 500e-12), self.apart * line(x, 50e-12)
        return Parts(a * b * f + b * g, np.stack([b * f, a * f + g], -1), np.zeros((x.size, 0)), np.zeros((x.size, 0, 2)))


def solved(shape: AbstractShape, start: tuple[float, float], high: float = math.inf, sd: float = 1e-3):
    y = 2.0 * 3.0 * line(B, 500e-12) + sd * np.random.default_rng(0).normal(size=B.size)
    parameters = [Parameter(name, value, 0.0, high) for name, value in zip("ab", start, strict=True)]
    problem = Problem.of(parameters, [Curve.of(Points(B, y, None, "c"), shape, (0, 1), False, "none")])
    return result_of("c", "product", problem, [problem.solve()], "V")


@pytest.mark.parametrize("start", [(1.0, 1.0), (0.1, 10.0), (30.0, 0.5)])
def test_what_only_a_product_determines_is_flagged_from_any_start(start: tuple[float, float]):
    found = solved(Product(), start)
    assert found.parameters["a"].value * found.parameters["b"].value == pytest.approx(6.0, rel=1e-3)
    for name in "ab":
        one = found.parameters[name]
        assert not one.identifiable and one.stderr is None and one.ci68[1] is None, name
    assert any("only a combination of a, b" in warning for warning in found.warnings)


def test_a_parameter_at_its_bound_is_flagged():
    found = solved(Product(0.3), (1.0, 1.0), high=2.0)
    assert found.parameters["b"].at_bound and found.parameters["b"].stderr is None and not found.parameters["b"].identifiable
    assert any(warning.startswith("b ended at its bound") for warning in found.warnings)


def test_copies_are_no_points():
    half = B[B >= 0]
    y = 1e-3 * line(half, 500e-12) + 1e-5 * np.random.default_rng(2).normal(size=half.size)
    mirrored = Points(np.concatenate([-half[::-1], half]), np.concatenate([y[::-1], y]), None, "mirrored")
    found = structure(mirrored, np.random.default_rng(3).normal(size=mirrored.x.size))
    assert found.effective == pytest.approx(mirrored.x.size / 2) and "mirrored" in found.warnings[0]
    fine = np.linspace(half[0], half[-1], 4 * half.size)
    interpolated = Points(fine, np.interp(fine, half, y), None, "fine")
    found = structure(interpolated, interpolated.y - 1e-3 * line(fine, 500e-12))
    assert found.effective < 0.5 * fine.size and "interpolated" in found.warnings[0]
    plain = noisy(6)
    assert structure(plain, np.random.default_rng(7).normal(size=B.size)).effective == B.size


def test_fields_that_were_measured_many_times_count_every_time():
    x = np.repeat(B, 10)
    found = structure(noisy(7, x=x), np.random.default_rng(7).normal(size=x.size))
    assert (found.effective, found.warnings) == (x.size, ())


def test_outliers_count_less():
    points = noisy(8)
    spoilt = points._replace(y=points.y + np.where(np.arange(B.size) % 20 == 7, 5e-4, 0.0))
    plain, robust = lorentzians(spoilt, "V", 1), lorentzians(spoilt, "V", 1, is_robust=True)
    truth = lorentzians(points, "V", 1).parameters["tau"].value
    assert abs(robust.parameters["tau"].value - truth) < 0.35 * abs(plain.parameters["tau"].value - truth)


def test_a_prior_pulls_by_its_weight():
    """With a prior as wide as the data's own error, half way."""
    points = noisy(9)._replace(x=B - 2e-3)
    shape = Lorentzians(1)
    free = lorentzians(points, "V", 1, field_offset=False).parameters["tau"]
    prior = (free.value + free.stderr, free.stderr)
    parameter = Parameter("tau", free.value, 1e-12, 1e-7, "s", prior=prior)
    problem, solution = Problem.of([parameter], [Curve.of(points, shape, (0,), True, "linear")]).best(np.array([free.value]))
    assert solution.values[0] == pytest.approx(free.value + free.stderr / 2, abs=0.05 * free.stderr)
    found = result_of("c", "line", problem, [solution], "V").parameters["tau"]
    assert found.stderr == pytest.approx(free.stderr / math.sqrt(2), rel=0.05)


class Steep(Untraced):
    """A line with a factor, whose values, or whose derivatives alone, are none beyond τ = 1 ns."""

    names = ("tau",)

    def __init__(self, has_factor: bool) -> None:
        self.line = Lorentzians(1)
        self.factors = ("amplitude",) if has_factor else ()

    def parts(self, values: np.ndarray, x: np.ndarray) -> Parts:
        parts = self.line.parts(values, x)
        lost = np.nan if values[0] > 1e-9 else 0.0
        if self.factors:
            return parts._replace(columns=parts.columns + lost)
        return Parts(1e-3 * parts.columns[:, 0], 1e-3 * parts.columns_by[:, 0] + lost, np.zeros((x.size, 0)), np.zeros((x.size, 0, 1)))


@pytest.mark.parametrize("has_factor", [True, False])
def test_a_step_to_where_there_is_no_curve_is_refused(has_factor: bool):
    """From far below the truth, the first steps go beyond 1 ns."""
    y = 1e-3 * line(B, 900e-12) + 1e-6 * np.random.default_rng(0).normal(size=B.size)
    problem = Problem.of(
        [Parameter("tau", 1e-12, unit="s", low=0.0)], [Curve.of(Points(B, y, None, "c"), Steep(has_factor), (0,), False, "none")]
    )
    assert problem.solve().values[0] == pytest.approx(900e-12, rel=1e-2)


class Waves(Untraced):
    """One number whose squares have many minima, the lowest at 2."""

    names = ("a",)

    def parts(self, values: np.ndarray, x: np.ndarray) -> Parts:
        (a,), n = values, x.size
        signal = np.full(n, 3 - np.cos(6 * (a - 2)) + 0.1 * (a - 2) ** 2)
        by = np.full((n, 1), 6 * np.sin(6 * (a - 2)) + 0.2 * (a - 2))
        return Parts(signal, by, np.zeros((n, 0)), np.zeros((n, 0, 1)))


def test_of_several_starts_the_lowest_minimum_comes_first():
    points = Points(np.linspace(1, 2, 5), np.zeros(5), np.ones(5), "waves")
    problem = Problem.of([Parameter("a", 4.0, -10.0, 10.0, scale=2.0)], [Curve.of(points, Waves(), (0,), False, "none")])
    found = [solution for _, solution in problem.minima(12, False)]
    assert len(found) == 13 and found[0].values == pytest.approx([2.0], abs=1e-6)
    assert [one.chi2 for one in found] == sorted(one.chi2 for one in found)
    assert problem.solve().chi2 > found[0].chi2 + 1
