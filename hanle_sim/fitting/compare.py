"""Every model that applies to the same curves, ranked, and how far parameters differ among those that the data allow."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..configuration import ConfigurationError
from ..measured import Measured
from .heat import not_asked, spin_heat
from .points import Points
from .quick import lorentzians
from .ranking import Candidate, Comparison, ranked
from .request import DeviceFit, device_fit
from .result import FitResult, result_of
from .rivals import NEARLY
from .section import MODELS, FitSection, FreeSection
from .signs import in_order, signs_of, variance_of
from .solve import Parameter, Problem, Solution
from .variants import Variant, asks_for_heat, lever_of, variants


def compared(
    base: DeviceFit | None,
    found: Sequence[FitResult],
    section: FitSection,
    measured: Sequence[Measured],
    *,
    report: Callable[[str, int, int], None],
    kernels: dict[Any, Any] | None = None,
) -> Comparison:
    """Fit every model that applies, and rank them.

    Arguments:
        base: the fit of the device as written; None where Lorentzians are asked for.
        found: its result.
        section: the table [fit].
        measured: the curves.
        report: called with the name of a model when it is begun and when it is done.
        kernels: functions of curves by what they depend on, where many data are compared.
    """
    kernels = {} if kernels is None else kernels
    candidates = [_of_lorentzians(count, section, measured) for count in (1, 2)]
    if base is None:
        return ranked(candidates, section.loss != "linear", not_asked(None))
    cold: dict[tuple[str, str], Candidate] = {}
    for number, one in enumerate(variants(base.tables, base.configuration, section.free)):
        report(one.name, 0, 1)
        candidates.append(_of_variant(one, number == 0, base, found, section, measured, cold.get(one.group), kernels))
        if one.heat == "none" and candidates[-1].results:
            cold[one.group] = candidates[-1]
        report(one.name, 1, 1)
    judged = ranked(candidates, section.loss != "linear", not_asked(base.configuration))
    if not asks_for_heat(base.configuration):
        return judged
    report("spin heat", 0, 1)
    heat = spin_heat(judged.models, base.configuration, kernels)
    report("spin heat", 1, 1)
    return replace(judged, heat=heat)


def _of_lorentzians(count: int, section: FitSection, measured: Sequence[Measured]) -> Candidate:
    name = MODELS["lorentzian" if count == 1 else "two-lorentzians"]
    least = 2 * count + 1 + section.offset + section.field_offset + {"none": 0, "linear": 1, "parabola": 2}[section.background]
    if any(one.x.size <= least + 1 for one in measured):
        return Candidate(name, reason="there are too few points")
    fits = [
        lorentzians(
            Points.of(one), one.unit, count, g=section.g, background=section.background, offset=section.offset,
            field_offset=section.field_offset, is_robust=section.loss != "linear",
        )
        for one in measured
    ]  # fmt: skip
    return Candidate(name, tuple(fits))


def _of_variant(
    variant: Variant,
    is_first: bool,
    base: DeviceFit,
    found: Sequence[FitResult],
    section: FitSection,
    measured: Sequence[Measured],
    plain: Candidate | None,
    kernels: dict[Any, Any],
) -> Candidate:
    """A device's fit, or why there is none. `plain` is the same device without spin heat."""
    if variant.reason:
        return Candidate(variant.name, reason=variant.reason, variant=variant)
    if is_first and variant.heat in ("", "as written"):
        return Candidate(variant.name, tuple(found), variant, base)
    free = {key: how for key, how in section.free.items() if variant.has(key)}
    if variant.heat == "free" and lever_of(free) is None:
        free["S"] = FreeSection.model_validate({})
    changed = section.model_copy(update={"free": free, "scale": section.scale or variant.has_scale})
    own = [replace(one, set={key: value for key, value in one.set.items() if variant.has(key)}) for one in measured]
    try:
        if not free:
            raise ConfigurationError("it has none of the free parameters")
        fitted = device_fit(variant.tables, changed, own, kernels, variant.held)
        near = {name: one.value for each in (*found, *(plain.results if plain else ())) for name, one in each.parameters.items()}
        problem = _bounded(fitted, variant, near["tau_s"] if plain is not None and "tau_s" in near else math.inf)
        places = [_inside(near.get(one.name, one.start), one) for one in problem.parameters]
        is_robust = section.loss != "linear"
        solutions = problem.minima(section.starts, is_robust, first=[np.array(places)])
        solutions = _of_both_signs(problem, fitted.problem, solutions, is_robust)
        if not math.isfinite(solutions[0][1].chi2):
            return Candidate(variant.name, variant=variant, reason="it has no value at its start")
        result = result_of(found[0].name, variant.name, solutions[0][0], [one for _, one in solutions], fitted.unit)
        limit = solutions[0][1].chi2 + NEARLY * variance_of(*solutions[0])
        others = [replace(result, problem=at, solution=one) for at, one in solutions if at is not solutions[0][0] and one.chi2 < limit]
    except ConfigurationError as refused:
        return Candidate(variant.name, variant=variant, reason=str(refused).split("\n")[0])
    return Candidate(variant.name, (result,), variant, fitted, others=tuple(others))


def _bounded(fitted: DeviceFit, variant: Variant, widest: float) -> Problem:
    """A variant's problem within what is known besides.

    S and polarisations keep the sign that is written; where others give other curves, these are tried besides. S obeys
    the second law where it is weakest, S² ≤ L_0 with P_L = P_G and the Wiedemann-Franz law. Where heat is free, τ_Q is at most the one
    τ of a fit without heat: the line of both together is as wide as something between the two, and beyond it spin and heat would change
    places.
    """
    parameters, L_0 = [], float(fitted.configuration.nonmagnet.L_0.value)
    for one in fitted.problem.parameters:
        key, low, high = one.name.partition(" [")[0].rpartition(".")[2], one.low, one.high
        if key in ("S", "P_G", "P_L"):
            low, high = (max(low, 0.0), high) if one.start > 0 else (low, min(high, 0.0)) if one.start < 0 else (low, high)
        if key == "S" and fitted.configuration.junction.kappa_el is None:
            low, high = max(low, -math.sqrt(L_0)), min(high, math.sqrt(L_0))
        if key == "tau_Q" and variant.heat == "free" and low < widest:
            high = min(high, widest)
        parameters.append(one._replace(low=low, high=high))
    return replace(fitted.problem, parameters=parameters)


def _of_both_signs(
    problem: Problem, widest: Problem, solutions: list[tuple[Problem, Solution]], is_robust: bool
) -> list[tuple[Problem, Solution]]:
    """A variant's solutions, the best first, with those of signs that `widest` allows and that give other curves."""
    best, found = solutions[0][1], list(solutions)
    for factors in signs_of(replace(solutions[0][0], parameters=widest.parameters), best).other:
        turned = [
            one if factor > 0 else one._replace(start=-one.start, low=-one.high, high=-one.low)
            for one, factor in zip(problem.parameters, factors, strict=True)
        ]
        found.append(replace(problem, parameters=turned).best(best.values * factors, is_robust))
    return in_order(found, problem)


def _inside(value: float, one: Parameter) -> float:
    """A value within a parameter's bounds, of the other sign if need be."""
    return next((x for x in (value, -value) if one.low <= x <= one.high), float(np.clip(value, one.low, one.high)))
