"""How a run solves its sweep, and the fields of its checks."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..configuration import ConfigurationError
from ..curve import HanleCurve
from ..physics import Field, NaturalUnits
from ..runtime import Progress, double_precision
from ..solvers import METHODS, AbstractMethod, Problem, propagator
from .checks import by_volumes
from .problem import with_zero

#: Fields that an integration takes at once, and those of a sweep with stray fields.
INTEGRATION_CHUNK, NUMERICAL_CHUNK = 512, 64
#: Accuracy asked of the integration, relative to the peak.
RTOL = 1e-10


def on_fields(
    problem: Problem, field: Field, size: int, solver: Callable[[NaturalUnits], Any], report: Callable[[int], None]
) -> HanleCurve:
    """The curve at given fields, solved in pieces of one size so that one compilation serves them all."""
    points = np.asarray(field.B).size
    pieces = []
    for start in range(0, points, size):
        index = np.minimum(np.arange(start, start + size), points - 1)
        natural = problem.natural.in_field(field.part(index))
        pieces.append(np.asarray(solver(natural))[: min(size, points - start)])
        report(min(start + size, points))
    y = np.concatenate(pieces)
    return HanleCurve.from_natural(natural, y, problem.device, field)


def solve(problem: Problem, method: AbstractMethod, report: Progress) -> tuple[HanleCurve, float]:
    """B = 0 and the sweep by `method`, and the error of the average over stray fields."""
    field = with_zero(problem.field)
    points = np.asarray(field.B).size
    errors = [0.0]

    def solver(natural: NaturalUnits) -> Any:
        if natural.stray is None:
            return method.steady_state(natural, **problem.known(method))
        from ..solvers.stray_average import average

        try:
            averaged = average(natural, method)
        except ValueError as error:
            raise ConfigurationError(str(error)) from None
        errors.append(averaged.error)
        return averaged.y

    # Numerical solutions and averages take long: pieces small enough for a progress bar, where there are many.
    size = min(NUMERICAL_CHUNK if problem.field.stray is not None else method.fields_at_once, points)
    curve = on_fields(problem, field, size, solver, lambda done: report("steady state", done, points))
    return curve, max(errors)


def check_of(problem: Problem, method: AbstractMethod) -> AbstractMethod | None:
    """How a run is checked: numerically, by what shares no formula with the curve; with stray fields by the linear system alone."""
    how, exact = problem.numerical, problem.exact
    return None if problem.field.stray is not None or how is exact or (how is method and not exact.is_closed_form) else how


def checked_index(how: AbstractMethod | None, method: AbstractMethod, points: int) -> np.ndarray:
    """Indices of the fields at which a method checks the curve of another."""
    size = 0 if how is None else points if how is method else how.fields_of_a_check
    return np.unique(np.linspace(0, points - 1, min(points, size)).astype(int))


def checking(problem: Problem, how: AbstractMethod, index: np.ndarray) -> Callable[[Progress], tuple[HanleCurve, float]]:
    """B = 0 and the given fields by a numerical solution, and its own error of the signal [V], as what is returned finds it."""
    return _WAYS[how.name](problem, with_zero(problem.field.part(index)))


def _through_volumes(problem: Problem, field: Field) -> Callable[[Progress], tuple[HanleCurve, float]]:
    def solve(report: Progress) -> tuple[HanleCurve, float]:
        points = np.asarray(field.B).size
        with double_precision():
            found = by_volumes(problem, field)
            report("finite volumes", points, points)
            return found

    return solve


def _through_integration(problem: Problem, field: Field) -> Callable[[Progress], tuple[HanleCurve, float]]:
    """By the exponential on plain numbers: so few fields aren't worth tracing and compiling for."""

    def run(report: Progress) -> tuple[HanleCurve, float]:
        points, solver = np.asarray(field.B).size, partial(propagator.steady_state, rtol=RTOL)
        curve = on_fields(problem, field, min(INTEGRATION_CHUNK, points), solver, lambda done: report("Bloch equations", done, points))
        # Its accuracy is that of the state, whose two terms may cancel in the signal.
        junction = problem.device.injector.junction
        terms = abs(junction.P_G * np.max(np.abs(curve.u))) + abs(junction.P_L_S * np.max(np.abs(curve.T)))
        return curve, 10 * RTOL * float(terms) / 2

    return run


#: How a check runs, by its method's name.
_WAYS = {"finite_volume": _through_volumes, "integrate": _through_integration}


def by_linear_system(problem: Problem) -> tuple[HanleCurve, np.ndarray] | None:
    """The linear system at a few fields of the sweep, and their indices. NumPy solves: a few fields aren't worth compiling for."""
    if "linear" not in problem.covering:
        return None
    size = np.asarray(problem.field.B).size
    stray = problem.field.stray is not None
    few = np.unique(np.linspace(0, size - 1, min(size, 3 if stray else 101)).astype(int))
    field = problem.field.part(few)
    natural = problem.natural.in_field(field)
    linear = METHODS["linear"]
    if stray:
        from ..solvers.stray_average import average

        try:
            y = np.asarray(average(natural, linear, plain=True).y)
        except ValueError:  # so many local fields that compiling pays
            y = np.asarray(average(natural, linear).y)
    else:
        y = linear.solve(natural)
    return HanleCurve.from_natural(natural, y, problem.device, field), few
