"""Ways to change the parameters together, and what a measurement sees of them, in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from scipy.sparse.csgraph import connected_components

from .finite_changes import Measurement
from .null_space import EXACT, ROUNDING, decomposed, is_new, of_few, sparse, whole_powers, without_small

#: A parameter that acts this much less than another has no part in rules.
_TRIFLE = 1e-6
#: Components of a direction of little effect below this are left out.
_ROUGH = 0.03
#: An effect this much less than others is slight; two parameters enter as one product where what is beside it acts so much less.
_SLIGHT, _APART = 1e-3, 0.03
#: Powers beyond this make no readable rule.
_LARGEST_POWER = 8
#: How many of the best known combinations are reported.
_STIFF = 3


@dataclass(frozen=True)
class Direction:
    """A way to change the parameters together, θ_i → θ_i e^(ε p_i).

    Attributes:
        powers: the p_i by name, the largest ±1; for a parameter that is zero, ε p_i is added in SI units.
        step: the least ε, of either sign, that changes the curve by one standard deviation of the noise, tried on the curve where
            there is one to try; infinite where no allowed one does.
        text: the same in words.
        idle: of one parameter that does not act on the curve, what follows in `text`; None of other directions.
    """

    powers: dict[str, float]
    step: float
    text: str
    idle: str | None = None


def idle(powers: dict[str, float], step: float, rest: str) -> Direction:
    """The direction of a parameter that does not act on the curve; `rest` is what follows: to which order."""
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


def sloppy(measurement: Measurement) -> tuple[list[Direction], list[dict[str, float]]]:
    """Directions without any effect, then those whose effect, to first order, of a factor e is below the noise; and the products of
    powers as which alone parameters enter.

    Each is in as few parameters as can be. Where the noise hides everything, the second are those that act a thousand times less
    than others, and the one that shows first.
    """
    A, noise = measurement.A, measurement.noise
    size = np.linalg.norm(A, axis=0)
    # What acts a million times less than others would enter any rule as a trifle; what is rounding does not act at all.
    strong = (size > _TRIFLE * np.max(size, initial=0.0)) | (size <= ROUNDING * np.max(size, initial=0.0))
    null = decomposed(A[:, strong])[1]
    spread = np.zeros((null.shape[0], A.shape[1]))
    spread[:, strong] = null
    found, entering = _without_effect(measurement, spread)
    _, values, vectors = np.linalg.svd(A, full_matrices=True)
    values = np.concatenate([values, np.zeros(vectors.shape[0] - values.size)])
    hides_all = bool(np.all(values < noise) and values[0] > 0)
    weak = vectors[values < (min(noise, _SLIGHT * values[0]) if hides_all else noise)]
    if null.size:  # without what has no effect at all
        orthonormal = np.linalg.svd(spread, full_matrices=False)[2]
        weak = weak - weak @ orthonormal.T @ orthonormal
        _, sizes, rows = np.linalg.svd(weak, full_matrices=False)
        weak = rows[sizes > 0.5]
    found += [_weak(measurement, v) for v in sparse(weak, _ROUGH) if measurement.effect(v) < noise]
    if hides_all:
        v = without_small(vectors[0], _ROUGH)
        text = f"the noise hides everything{' else' if found else ''}: even a change of {product(measurement.powers(v))} shows"
        found.append(_direction(measurement, v, text))
    return found, entering


def _without_effect(measurement: Measurement, null: np.ndarray) -> tuple[list[Direction], list[dict[str, float]]]:
    """Directions without any effect, and the products of powers that rules leave.

    First the rules: whole exponents that hold for finite changes too. Those that share parameters give together the products as
    which alone these enter. Then the rest, which holds to first order.
    """
    rules, local = _rules_and_rest(measurement, null)
    found, products, all_rules = [], [], np.reshape(rules, (len(rules), null.shape[1]))
    involved = (all_rules != 0).astype(float)
    labels = connected_components(involved @ involved.T)[1] if rules else np.zeros(0)
    for label in range(len(set(labels))):
        group = all_rules[labels == label]
        members = np.flatnonzero(np.any(group, axis=0)).tolist()
        names = [measurement.parameters[k].name for k in members]
        exponents = [whole_powers(v, 1e-4) for v in sparse(scipy.linalg.null_space(group[:, members]).T, EXACT)]
        if len(names) == 1:
            found.append(idle(measurement.powers(group[0]), math.inf, ""))
            continue
        if all(_is_readable(v) for v in exponents):
            entering = [{name: float(power) for name, power in zip(names, v, strict=True) if power} for v in exponents]
            texts = [f"{listed(names)} enter only as {listed([product(powers) for powers in entering])}"] * len(group)
            products += entering
        else:
            texts = [f"{_together(measurement, v)} without changing the curve" for v in group]
        found += [Direction(measurement.powers(v), math.inf, text) for v, text in zip(group, texts, strict=True)]
    return found + [_to_first_order(measurement, v) for v in local], products


def _to_first_order(measurement: Measurement, v: np.ndarray) -> Direction:
    """A direction that has no effect to first order, and where it shows beyond."""
    powers = measurement.powers(v)
    at_zero = " at zero" if measurement.model is not None and measurement.has_zeros(powers) else ""
    step = measurement.shows_from(powers, math.inf) if measurement.can_be_tried(powers) else math.inf
    rest = f", to first order{at_zero}" + ("" if math.isinf(step) else f"; beyond, it shows from {_changed(step)} on")
    if len(powers) == 1:
        return idle(powers, step, rest)
    return Direction(powers, step, f"{_together(measurement, v)} without changing the curve{rest}")


def _rules_and_rest(measurement: Measurement, null: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A basis of what has no effect, in as few parameters each as can be: rules, and directions that hold to first order alone."""
    candidates = [*of_few(null), *sparse(null, EXACT)]
    basis: list[np.ndarray] = []
    rules, local = [], []
    for v in candidates:
        whole = whole_powers(v, 1e-4)
        if _is_readable(whole) and is_new(whole, basis):
            rule = whole / np.max(np.abs(whole))
            if measurement.leaves_the_curve(measurement.powers(rule)):
                basis.append(whole)
                rules.append(rule)
    # Shortened ones where the noise hides what was cut off.
    short = [v for v in candidates if measurement.effect(v) < measurement.noise]
    for v in [*short, *sparse(null, 0.0)]:
        if is_new(v, basis):
            basis.append(v)
            local.append(v)
    return rules, local


def _is_readable(exponents: np.ndarray) -> bool:
    return bool(np.all((exponents == np.round(exponents)) & (np.abs(exponents) <= _LARGEST_POWER)))


def stiff(measurement: Measurement) -> list[Direction]:
    """The few directions that show best, of those of which a factor e shows to first order."""
    _, values, vectors = np.linalg.svd(measurement.A, full_matrices=False)
    shown = vectors[:_STIFF][values[:_STIFF] > max(ROUNDING * values[0], measurement.noise)]
    directions = [without_small(row, _ROUGH) for row in shown]
    return [_direction(measurement, v, f"{product(measurement.powers(v))} shows") for v in directions]


def _direction(measurement: Measurement, v: np.ndarray, text: str) -> Direction:
    """A direction, its text followed by the change from which it shows."""
    first, powers = measurement.noise / (measurement.effect(v) or 1e-300), measurement.powers(v)
    if not measurement.can_be_tried(powers):
        (alone, *others) = (parameter for parameter in measurement.parameters if parameter.name in powers)
        amount = f"{first:.3g} {alone.unit}".rstrip() if not others and not alone.value else _percent(first)
        return Direction(powers, first, f"{text} only from {amount} on, to first order")
    step = measurement.shows_from(powers, first)
    if math.isinf(step):
        return Direction(powers, step, f"{text} at no size that the second law allows")
    beyond = ", beyond first order" if step < first / 2 else ""
    return Direction(powers, step, f"{text} {'only ' if step > 1 else ''}from {_changed(step)} on{beyond}")


def _weak(measurement: Measurement, v: np.ndarray) -> Direction:
    """A direction of little effect in words; two parameters' exponents are made whole where that keeps the effect little."""
    names = list(measurement.powers(v))
    if len(names) == 1:
        return _direction(measurement, v, f"{names[0]} hardly acts on the curve: a change of it shows")
    if len(names) == 2:
        one, other = np.flatnonzero(v).tolist()
        powers = whole_powers(np.array([-v[other], v[one]]), 0.02)
        rounded, across = np.zeros(v.size), np.zeros(v.size)
        rounded[[one, other]], across[[one, other]] = np.array([powers[1], -powers[0]]) / np.max(np.abs(powers)), powers
        effect, other_effect = measurement.effect(rounded), measurement.effect(across / np.max(np.abs(powers)))
        if effect < min(measurement.noise, _APART * other_effect) and all(measurement.parameters[k].value for k in (one, other)):
            text = f"{listed(names)} enter almost only as {product(dict(zip(names, powers, strict=True)))}: a change beside it shows"
            return _direction(measurement, rounded, text)
    return _direction(measurement, v, f"{_together(measurement, v)} and hardly change the curve: it shows")


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def product(powers: Mapping[str, float]) -> str:
    """A product of powers by name, as a user writes it."""
    return " ".join(name if abs(power - 1) < 0.005 else f"{name}^{power:.3g}" for name, power in powers.items())


def _together(measurement: Measurement, v: np.ndarray) -> str:
    """How parameters change along a direction, in percent of each; of what is zero, in SI units."""
    largest = float(np.max(np.abs(v)))
    moved = [(one, power / largest) for one, power in zip(measurement.parameters, v, strict=True) if power]
    steps = [
        f"{one.name} by {power:+.3g} %" if one.value else f"{one.name} by {power / 100:+.3g} {one.unit}".rstrip() for one, power in moved
    ]
    return f"{listed(steps)} can change together"


def _percent(step: float) -> str:
    return f"{100 * step:.3g} %" if step < 3 else f"a factor e^{step:.3g}"


def _changed(step: float) -> str:
    """A change by e^ε of what has the power one."""
    return f"{100 * math.expm1(step):.2g} %" if step < 0.7 else f"a factor {math.exp(step):.2g}"
