"""Ways to change the parameters together, and what a measurement sees of them, in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from ..model.parameters import Parameter
from .finite_changes import Trial
from .null_space import EXACT, ROUNDING, decomposed, is_new, of_few, sparse, whole_powers

#: A parameter that acts this much less than another has no part in rules.
_TRIFLE = 1e-6
#: Components of a direction of little effect below this are left out.
_ROUGH = 0.03
#: An effect this much less than others is slight; two parameters enter as one product where what is beside it acts so much less.
_SLIGHT, _APART = 1e-3, 0.03
#: Powers beyond this say nothing to a reader.
_LARGEST_POWER = 8
#: How many of the best known combinations are told.
_STIFF = 3


@dataclass(frozen=True)
class Direction:
    """A way to change the parameters together, θ_i → θ_i e^(ε p_i).

    Attributes:
        powers: the p_i by name, the largest ±1; for a parameter that is zero, ε p_i is added in SI units.
        step: the least ε, of either sign, that changes the curve by one standard deviation of the noise, tried on the curve where
            there is one to try; infinite where no allowed one does.
        text: the same in words.
        idle: of one parameter that does not act on the curve, what `text` says after that; None of other directions.
    """

    powers: dict[str, float]
    step: float
    text: str
    idle: str | None = None


def idle(powers: dict[str, float], step: float, rest: str) -> Direction:
    """The direction of a parameter that does not act on the curve; `rest` says to which order."""
    return Direction(powers, step, _idle(list(powers), rest), rest)


def sentences(directions: Sequence[Direction]) -> list[str]:
    """The texts of directions, each once; parameters that do not act in the same way share one."""
    found: dict[tuple[str, bool], list[str]] = {}
    for one in directions:
        key = (one.text, False) if one.idle is None else (one.idle, True)
        found.setdefault(key, []).extend(one.powers)
    return [_idle(names, text) if is_idle else text for (text, is_idle), names in found.items()]


def _idle(names: Sequence[str], rest: str) -> str:
    return f"{listed(names)} {'does' if len(names) == 1 else 'do'} not act on the curve{rest}"


def sloppy(
    A: np.ndarray, parameters: Sequence[Parameter], noise: float, trial: Trial | None
) -> tuple[list[Direction], list[dict[str, float]]]:
    """Directions without any effect, then those whose effect, to first order, of a factor e is below the noise; and the products of
    powers as which alone parameters enter.

    Each is in as few parameters as can be. Where the noise hides everything, the second are those that act a thousand times less
    than others, and the one that shows first.

    Arguments:
        A: ∂ΔV/∂ ln θ, or a triangular factor of it [V], [k, parameters].
        parameters, noise: as of `identifiability`.
        trial: a measurement to try changes on; without one all is told to first order.
    """
    size = np.linalg.norm(A, axis=0)
    # What acts a million times less than others would enter any rule as a trifle; what is rounding does not act at all.
    strong = (size > _TRIFLE * np.max(size, initial=0.0)) | (size <= ROUNDING * np.max(size, initial=0.0))
    null = decomposed(A[:, strong])[1]
    spread = np.zeros((null.shape[0], A.shape[1]))
    spread[:, strong] = null
    found, entering = _without_effect(A, spread, noise, parameters, trial)
    _, values, vectors = np.linalg.svd(A, full_matrices=True)
    values = np.concatenate([values, np.zeros(vectors.shape[0] - values.size)])
    hides_all = bool(np.all(values < noise) and values[0] > 0)
    weak = vectors[values < (min(noise, _SLIGHT * values[0]) if hides_all else noise)]
    if null.size:  # without what has been told
        orthonormal = np.linalg.svd(spread, full_matrices=False)[2]
        weak = weak - weak @ orthonormal.T @ orthonormal
        _, sizes, rows = np.linalg.svd(weak, full_matrices=False)
        weak = rows[sizes > 0.5]
    for v in sparse(weak, _ROUGH):
        step = noise / float(np.linalg.norm(A @ v) or 1e-300)
        if step > 1:
            found.append(_told(A, v, noise, parameters, trial))
    if hides_all:
        v = _rough(vectors[0])
        text = f"the noise hides everything{' else' if found else ''}: even a change of {_product(v, parameters)} shows"
        found.append(_direction(A, v, noise, parameters, trial, text))
    return found, entering


def _without_effect(
    A: np.ndarray, null: np.ndarray, noise: float, parameters: Sequence[Parameter], trial: Trial | None
) -> tuple[list[Direction], list[dict[str, float]]]:
    """Directions without any effect, and the products of powers that rules leave.

    First the rules: whole exponents that hold for finite changes too. Those that share parameters tell together as what products
    these enter alone. Then what is left, which holds to first order.
    """
    rules, local = _told_apart(A, null, noise, parameters, trial)
    found, products, left = [], [], list(rules)
    while left:
        group = [left.pop(0)]
        while True:
            support = np.any(np.abs(group) > 0, axis=0)
            reached = [v for v in left if np.any(support & (v != 0))]
            if not reached:
                break
            group += reached
            left = [v for v in left if not np.any(support & (v != 0))]
        members = np.flatnonzero(support).tolist()
        names = [parameters[k].name for k in members]
        exponents = [whole_powers(v, 1e-4) for v in sparse(scipy.linalg.null_space(np.array(group)[:, members]).T, EXACT)]
        if len(names) == 1:
            found.append(idle(powers_of(group[0], parameters), math.inf, ""))
            continue
        if all(_is_readable(v) for v in exponents):
            entering = [{name: float(power) for name, power in zip(names, v, strict=True) if power} for v in exponents]
            texts = [f"{listed(names)} enter only as {listed([product(powers) for powers in entering])}"] * len(group)
            products += entering
        else:
            texts = [f"{_together(v, parameters)} without a trace" for v in group]
        found += [Direction(powers_of(v, parameters), math.inf, text) for v, text in zip(group, texts, strict=True)]
    return found + [_to_first_order(v, parameters, trial) for v in local], products


def _to_first_order(v: np.ndarray, parameters: Sequence[Parameter], trial: Trial | None) -> Direction:
    """A direction that has no effect to first order, and where it shows beyond."""
    powers = powers_of(v, parameters)
    at_zero = " at zero" if trial is not None and trial.has_zeros(powers) else ""
    step = math.inf if trial is None or at_zero else trial.shows_from(powers, math.inf)
    rest = f", to first order{at_zero}" + ("" if math.isinf(step) else f"; beyond, it shows from {_changed(step)} on")
    return idle(powers, step, rest) if len(powers) == 1 else Direction(powers, step, f"{_together(v, parameters)} without a trace{rest}")


def _told_apart(
    A: np.ndarray, null: np.ndarray, noise: float, parameters: Sequence[Parameter], trial: Trial | None
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A basis of what has no effect, in as few parameters each as can be: rules, and directions that hold to first order alone."""
    candidates = [*of_few(null), *sparse(null, EXACT)]
    basis: list[np.ndarray] = []
    rules, local = [], []
    for v in candidates:
        whole = whole_powers(v, 1e-4)
        if _is_readable(whole) and is_new(whole, basis):
            rule = whole / np.max(np.abs(whole))
            if trial is None or trial.leaves_no_trace(powers_of(rule, parameters)):
                basis.append(whole)
                rules.append(rule)
    # Shortened ones where the noise hides what was cut off.
    short = [v for v in candidates if np.linalg.norm(A @ v) < noise]
    for v in [*short, *sparse(null, 0.0)]:
        if is_new(v, basis):
            basis.append(v)
            local.append(v)
    return rules, local


def _is_readable(exponents: np.ndarray) -> bool:
    return bool(np.all((exponents == np.round(exponents)) & (np.abs(exponents) <= _LARGEST_POWER)))


def stiff(A: np.ndarray, parameters: Sequence[Parameter], noise: float, trial: Trial | None) -> list[Direction]:
    """The few directions that show best, of those of which a factor e shows to first order."""
    _, values, vectors = np.linalg.svd(A, full_matrices=False)
    found = []
    for value, row in zip(values[:_STIFF], vectors[:_STIFF], strict=True):
        if value > max(ROUNDING * values[0], noise):
            v = _rough(row)
            found.append(_direction(A, v, noise, parameters, trial, f"{_product(v, parameters)} shows"))
    return found


def _direction(A: np.ndarray, v: np.ndarray, noise: float, parameters: Sequence[Parameter], trial: Trial | None, text: str) -> Direction:
    """A direction, its text followed by the change from which it shows."""
    first, powers = noise / float(np.linalg.norm(A @ v) or 1e-300), powers_of(v, parameters)
    (name, *others) = powers
    alone = next(parameter for parameter in parameters if parameter.name == name)
    if trial is None or trial.has_zeros(powers):
        amount = f"{first:.3g} {alone.unit}".rstrip() if not others and not alone.value else _percent(first)
        return Direction(powers, first, f"{text} only from {amount} on, to first order")
    step = trial.shows_from(powers, first)
    if math.isinf(step):
        return Direction(powers, step, f"{text} at no size that the second law allows")
    beyond = ", beyond first order" if step < first / 2 else ""
    return Direction(powers, step, f"{text} {'only ' if step > 1 else ''}from {_changed(step)} on{beyond}")


def _rough(row: np.ndarray) -> np.ndarray:
    """A direction without its small components, the largest one."""
    v = row / row[np.argmax(np.abs(row))]
    return np.where(np.abs(v) < _ROUGH, 0.0, v)


def powers_of(v: np.ndarray, parameters: Sequence[Parameter]) -> dict[str, float]:
    """The components of a direction that are not zero, by name."""
    return {parameter.name: float(power) for parameter, power in zip(parameters, v, strict=True) if power}


def _told(A: np.ndarray, v: np.ndarray, noise: float, parameters: Sequence[Parameter], trial: Trial | None) -> Direction:
    """A direction of little effect in words; two parameters' exponents are made whole where that keeps the effect little."""
    names = list(powers_of(v, parameters))
    if len(names) == 1:
        return _direction(A, v, noise, parameters, trial, f"{names[0]} hardly acts on the curve: a change of it shows")
    if len(names) == 2:
        one, other = np.flatnonzero(v).tolist()
        powers = whole_powers(np.array([-v[other], v[one]]), 0.02)
        rounded, across = np.zeros(v.size), np.zeros(v.size)
        rounded[[one, other]], across[[one, other]] = np.array([powers[1], -powers[0]]) / np.max(np.abs(powers)), powers
        effect, other_effect = (float(np.linalg.norm(A @ w)) for w in (rounded, across / np.max(np.abs(powers))))
        if effect < min(noise, _APART * other_effect) and all(parameters[k].value for k in (one, other)):
            product = " ".join(_power(name, power) for name, power in zip(names, powers, strict=True))
            text = f"{listed(names)} enter almost only as {product}: a change beside it shows"
            return _direction(A, rounded, noise, parameters, trial, text)
    return _direction(A, v, noise, parameters, trial, f"{_together(v, parameters)} almost without a trace: it shows")


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def product(powers: Mapping[str, float]) -> str:
    """A product of powers by name, as a user writes it."""
    return " ".join(_power(name, power) for name, power in powers.items())


def _product(v: np.ndarray, parameters: Sequence[Parameter]) -> str:
    return product(powers_of(v, parameters))


def _together(v: np.ndarray, parameters: Sequence[Parameter]) -> str:
    """How parameters change along a direction, in percent of each; of what is zero, in SI units."""
    moved = [(one, power) for one, power in zip(parameters, v, strict=True) if power]
    largest = max(abs(power) for _, power in moved)
    steps = [
        f"{one.name} by {power / largest:+.3g} %" if one.value else f"{one.name} by {power / largest / 100:+.3g} {one.unit}".rstrip()
        for one, power in moved
    ]
    return f"{listed(steps)} can change together"


def _power(name: str, power: float) -> str:
    return name if abs(power - 1) < 0.005 else f"{name}^{power:.3g}"


def _percent(step: float) -> str:
    return f"{100 * step:.3g} %" if step < 3 else f"a factor e^{step:.3g}"


def _changed(step: float) -> str:
    """A change by e^ε of what has the power one."""
    return f"{100 * math.expm1(step):.2g} %" if step < 0.7 else f"a factor {math.exp(step):.2g}"
