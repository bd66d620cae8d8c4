"""How far other ways to a curve are from the exact one, and whether they can tell."""

from typing import Any, NamedTuple

import numpy as np

from ..curve import HanleCurve
from ..physics import Field
from ..solvers import Problem, method_of, volumes
from ..solvers.closed import modes
from .problem import with_zero
from .summary import DISAGREEMENT
from .validity import ROUNDING


class Way(NamedTuple):
    """Another way to a curve: its signal [V] at some of the curve's fields, which these are, and its own error [V]."""

    signal: Any
    at: Any
    error: float


def by_volumes(problem: Problem, field: Field) -> tuple[HanleCurve, float]:
    """The curve by finite volumes and its own error of the signal [V], from how fast their extrapolation converges."""
    natural = problem.natural.in_field(field)
    curves = [HanleCurve.from_natural(natural, np.asarray(y), problem.device, field) for y in volumes.extrapolations(natural)]
    second, fourth, sixth = (np.asarray(curve.Delta_V_Hanle) for curve in curves)
    # Each order removed makes the error smaller by about as much as the one before did.
    step, before = float(np.max(np.abs(sixth - fourth))), float(np.max(np.abs(fourth - second)))
    return curves[-1], step * min(step / before, 1.0) if before else 0.0


def resolution(problem: Problem) -> list[str]:
    """A sentence on what finite volumes do not resolve of a curve that they alone know, tried at a few fields."""
    field = with_zero(problem.field)
    few = np.unique(np.linspace(0, np.asarray(field.B).size - 1, 5).astype(int))
    curve, error = by_volumes(problem, field.part(few))
    peak = float(np.max(np.abs(curve.Delta_V_Hanle)))
    return [f"finite volumes give this curve with an error of {error / peak:.1e} of its peak"] if error > DISAGREEMENT * peak else []


def agreement_of(curve: HanleCurve, peak: float, terms: float, ways: dict[str, Way]) -> tuple[dict[str, float | None], list[str]]:
    """Largest difference of each other way from the exact curve over the sweep, relative to the peak, and what they can't tell.

    None, and a sentence, for a way whose own error is as large as the difference. No way can tell anything of a signal that is what
    rounding leaves of its terms.

    Arguments:
        curve: the exact curve.
        peak: its largest signal, that at B = 0 included [V].
        terms: what it is the sum of, all of `size_of_terms` [V].
        ways: those to hold against it.
    """
    found: dict[str, float | None] = {"linear": None, "modes": None, "integrate": None, "finite_volume": None}
    floor, exact = ROUNDING * terms, np.asarray(curve.Delta_V_Hanle)
    if peak <= floor:
        return found, [f"the signal is zero: {peak:.1e} V is what rounding leaves of terms of {terms:.1e} V"] if peak else []
    remarks = []
    for name, way in ways.items():
        difference, error = float(np.max(np.abs(way.signal - exact[way.at]))), max(way.error, floor)
        if DISAGREEMENT * peak < difference <= 10 * error:
            own = f"{error / peak:.1e} of the peak"
            remarks.append(f"no check by {method_of(name).title}: the error of that way is {own} here, which says nothing about the curve")
        else:
            found[name] = difference / peak
    return found, remarks


def sum_of_modes(curve: HanleCurve, dressed: modes.Modes) -> Any:
    """The signal that a device's dressed modes add up to [V], [points]."""
    omega = curve.field.larmor_frequency(curve.device.nonmagnet.g)
    return dressed.constant + sum(w / (1 + (omega * tau) ** 2) for w, tau in zip(dressed.weight, dressed.tau, strict=True))
