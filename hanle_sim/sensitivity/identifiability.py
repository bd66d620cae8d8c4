"""What one measurement determines: Fisher information, Cramér-Rao bounds, and the directions that it leaves open."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import scipy.linalg

from .parameters import Parameter

#: Singular values and columns of the scaled Jacobian below this share of the largest are rounding.
_ROUNDING = 1e-9
#: Components of a direction below these are left out: of one without any effect, and of one with little.
_EXACT, _ROUGH = 1e-5, 0.03
#: Powers beyond this say nothing to a reader.
_LARGEST_POWER = 8
#: How many of the best known combinations are told.
_STIFF = 3


@dataclass(frozen=True)
class Direction:
    """A way to change the parameters together, θ_i → θ_i e^(ε p_i).

    Attributes:
        powers: the p_i by name, the largest ±1; for a parameter that is zero, ε p_i is added in SI units.
        step: the ε that changes the curve by one standard deviation of the noise, infinite where none does.
        text: the same in words.
    """

    powers: dict[str, float]
    step: float
    text: str


@dataclass(frozen=True)
class Identifiability:
    """Cramér-Rao bounds for independent Gaussian noise on every point of a sweep.

    Attributes:
        parameters: the free ones.
        noise: standard deviation of every point [V].
        points: how many points.
        crlb: by name, the smallest standard error of an unbiased estimate, SI; infinite where it is undetermined.
        correlation: of the estimates, [parameters, parameters]; NaN where one is undetermined.
        sloppy: ways to change the parameters by a factor e or more that stay within the noise.
        stiff: the changes that show best.
        basis: of what is determined: singular values of the scaled Jacobian [V], [k]; its right singular vectors, [k, parameters];
            and the size of its columns [V], [parameters], zero for parameters that don't act.
    """

    parameters: list[Parameter]
    noise: float
    points: int
    crlb: dict[str, float]
    correlation: np.ndarray
    sloppy: list[Direction]
    stiff: list[Direction]
    basis: tuple[np.ndarray, np.ndarray, np.ndarray]

    def bound(self, powers: Mapping[str, float]) -> float:
        """Standard error of ln Π θ^p, infinite where undetermined. Raises ValueError for a parameter that isn't free."""
        names = [parameter.name for parameter in self.parameters]
        unknown = [name for name in powers if name not in names]
        if unknown:
            raise ValueError(f"{unknown[0]}: is not among the free parameters {', '.join(names)}")
        return bound(self.basis, np.array([powers.get(name, 0.0) for name in names]), self.noise)


def identifiability(jacobian: np.ndarray, parameters: Sequence[Parameter], noise: float) -> Identifiability:
    """Fisher information F = JᵀJ/σ² of relative changes of the parameters, and what follows from it.

    Arguments:
        jacobian: ∂ΔV/∂θ of the free parameters [V per SI unit], [points, parameters].
        parameters: the free ones.
        noise: σ, the standard deviation of every point [V].

    Raises:
        ValueError: noise that isn't positive and finite.
    """
    if not (math.isfinite(noise) and noise > 0):
        raise ValueError(f"noise = {noise:g} V: must be positive")
    scales = np.array([parameter.scale for parameter in parameters])
    # AᵀA is all that counts: the triangular factor stands for a sweep of any length.
    A = np.asarray(np.linalg.qr(np.asarray(jacobian) * scales, mode="r"))
    basis, null = _decomposed(A)
    count = len(parameters)
    errors = np.array([bound(basis, unit, noise) for unit in np.eye(count)])
    return Identifiability(
        parameters=list(parameters),
        noise=noise,
        points=int(np.shape(jacobian)[0]),
        crlb={parameter.name: float(error * parameter.scale) for parameter, error in zip(parameters, errors, strict=True)},
        correlation=_correlation(basis, errors),
        sloppy=_sloppy(A, null, parameters, noise),
        stiff=_stiff(A, parameters, noise),
        basis=basis,
    )


def bound(basis: tuple[np.ndarray, np.ndarray, np.ndarray], gradient: np.ndarray, noise: float) -> float:
    """σ √(gᵀ (AᵀA)⁺ g) for a function with the gradient g [parameters], infinite where g reaches beyond what A determines."""
    values, vectors, size = basis
    if np.any(gradient[size == 0] != 0):
        return math.inf
    h = gradient / np.where(size > 0, size, 1.0)
    along = vectors @ h
    if np.linalg.norm(h - vectors.T @ along) > 1e-6 * np.linalg.norm(h):
        return math.inf
    return float(noise * np.linalg.norm(along / values))


def _decomposed(A: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """Basis of what A determines, and a basis of its null space, [k, parameters].

    Columns are divided by their size first, so that a weak parameter is no weak direction; one that is all rounding counts as none.
    """
    size = np.linalg.norm(A, axis=0)
    size = np.where(size > _ROUNDING * np.max(size, initial=0.0), size, 0.0)
    acts = size > 0
    safe = np.where(acts, size, 1.0)
    _, values, vectors = np.linalg.svd(np.where(acts, A / safe, 0.0)[:, acts], full_matrices=True)
    values = np.concatenate([values, np.zeros(vectors.shape[0] - values.size)])
    kept = values > _ROUNDING * np.max(values, initial=0.0)
    whole = np.zeros((vectors.shape[0], A.shape[1]))
    whole[:, acts] = vectors
    return (values[kept], whole[kept], size), np.concatenate([np.eye(A.shape[1])[~acts], whole[~kept] / safe])


def _correlation(basis: tuple[np.ndarray, np.ndarray, np.ndarray], errors: np.ndarray) -> np.ndarray:
    values, vectors, size = basis
    axes = vectors / values[:, None] / np.where(size > 0, size, 1.0)
    covariance = axes.T @ axes
    known = np.isfinite(errors) & (np.diag(covariance) > 0)
    root = np.sqrt(np.where(known, np.diag(covariance), 1.0))
    return np.where(known[:, None] & known[None, :], covariance / root[:, None] / root[None, :], np.nan)


def _sloppy(A: np.ndarray, null: np.ndarray, parameters: Sequence[Parameter], noise: float) -> list[Direction]:
    """Directions without any effect, then those whose effect of a factor e is below the noise, each in as few parameters as can be."""
    found = _without_effect(_sparse(null, _EXACT), parameters)
    _, values, vectors = np.linalg.svd(A, full_matrices=True)
    values = np.concatenate([values, np.zeros(vectors.shape[0] - values.size)])
    weak = vectors[values < noise]
    if null.size:  # without what has been told
        orthonormal = np.linalg.svd(null, full_matrices=False)[2]
        weak = weak - weak @ orthonormal.T @ orthonormal
        _, sizes, rows = np.linalg.svd(weak, full_matrices=False)
        weak = rows[sizes > 0.5]
    for v in _sparse(weak, _ROUGH):
        step = noise / float(np.linalg.norm(A @ v) or 1e-300)
        if step > 1:
            found.append(_told(v, step, parameters))
    return found


def _without_effect(null: list[np.ndarray], parameters: Sequence[Parameter]) -> list[Direction]:
    """Directions without any effect: those that share parameters tell together as what combinations these enter alone."""
    found, left = [], list(null)
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
        kept = _sparse(scipy.linalg.null_space(np.array(group)[:, members]).T, _EXACT)
        exponents = [_whole(v) for v in kept]
        readable = bool(kept) and all(np.all((v == np.round(v)) & (np.abs(v) <= _LARGEST_POWER)) for v in exponents)
        if len(names) == 1:
            text = f"{names[0]} does not act on the curve"
        elif readable and all(parameters[k].value for k in members):
            entering = [" ".join(_power(name, power) for name, power in zip(names, v, strict=True) if power) for v in exponents]
            text = f"{_listed(names)} enter only as {_listed(entering)}"
        else:
            ways = "" if len(group) == 1 else f" in {len(group)} ways"
            text = f"{_listed(names)} can change together{ways} without a trace"
        found += [Direction(_powers(v, parameters), math.inf, text) for v in group]
    return found


def _stiff(A: np.ndarray, parameters: Sequence[Parameter], noise: float) -> list[Direction]:
    _, values, vectors = np.linalg.svd(A, full_matrices=False)
    found = []
    for value, row in zip(values[:_STIFF], vectors[:_STIFF], strict=True):
        if value > _ROUNDING * values[0] and value > 0:
            v = row / row[np.argmax(np.abs(row))]
            v = np.where(np.abs(v) < _ROUGH, 0.0, v)
            step = noise / float(value * abs(row[np.argmax(np.abs(row))]))
            found.append(Direction(_powers(v, parameters), step, f"{_product(v, parameters)} shows from {_percent(step)} on"))
    return found


def _sparse(rows: np.ndarray, smallest: float) -> list[np.ndarray]:
    """A basis of the same space with as many zeros as elimination makes, each vector's largest entry one."""
    left, done = np.array(rows, dtype=np.float64), 0
    while done < left.shape[0]:
        part = np.abs(left[done:])
        if not part.size or np.max(part) < 1e-12:
            break
        row, column = (int(k) for k in np.unravel_index(np.argmax(part), part.shape))
        left[[done, done + row]] = left[[done + row, done]]
        left[done] /= left[done, column]
        for other in range(left.shape[0]):
            if other != done:
                left[other] -= left[other, column] * left[done]
        done += 1
    found = []
    for v in left[:done]:
        scaled = v / v[np.argmax(np.abs(v))]
        found.append(np.where(np.abs(scaled) < smallest, 0.0, scaled))
    return found


def _powers(v: np.ndarray, parameters: Sequence[Parameter]) -> dict[str, float]:
    return {parameter.name: float(power) for parameter, power in zip(parameters, v, strict=True) if power}


def _told(v: np.ndarray, step: float, parameters: Sequence[Parameter]) -> Direction:
    """A direction of little effect in words."""
    powers = _powers(v, parameters)
    names = list(powers)
    limit = f"the curve tells a change only from {_percent(step)} on"
    if len(names) == 1:
        alone = next(parameter for parameter in parameters if parameter.name == names[0])
        shift = f"the curve tells it only from {step:.3g} {alone.unit}".rstrip() + " on"
        text = f"{names[0]} hardly acts on the curve: {limit if alone.value else shift}"
    elif len(names) == 2 and all(parameter.value for parameter in parameters if parameter.name in powers):
        (one, a), (other, b) = powers.items()
        power, other_power = _whole(np.array([-b, a]))
        text = f"{one} and {other} enter almost only as {_power(one, power)} {_power(other, other_power)}: {limit}"
    else:
        text = f"{_listed(names)} can change together as {_product(v, parameters)} almost without a trace: {limit}"
    return Direction(powers, step, text)


def _whole(v: np.ndarray) -> np.ndarray:
    """Exponents as small whole numbers where they are near such, the first not negative."""
    first = v[np.flatnonzero(v)[0]]
    ratios = [Fraction(float(x / first)).limit_denominator(6) for x in v]
    if any(abs(float(ratio) - x / first) > 0.02 for ratio, x in zip(ratios, v, strict=True)):
        return v / first
    return np.array([float(ratio) for ratio in ratios]) * math.lcm(*(ratio.denominator for ratio in ratios))


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _product(v: np.ndarray, parameters: Sequence[Parameter]) -> str:
    return " ".join(_power(name, power) for name, power in _powers(v, parameters).items())


def _power(name: str, power: float) -> str:
    return name if abs(power - 1) < 0.005 else f"{name}^{power:.3g}"


def _percent(step: float) -> str:
    return f"{100 * step:.3g} %" if step < 3 else f"a factor e^{step:.3g}"
