"""Parameters that a measurement tells apart so badly that only some product of them is known well."""

from collections.abc import Sequence

import numpy as np

from ..model.parameters import Parameter
from .directions import Direction, listed, powers_of, product
from .finite_changes import Trial
from .null_space import bound, whole_powers

#: Parameters that change together by steps of the same effect and leave this much less of a trace: of two, a correlation of 0.99.
_NEAR = 0.1
#: Of such a direction, what has less of a part than this is left out.
_PART = 0.1


def inseparable(
    basis: tuple[np.ndarray, np.ndarray, np.ndarray], parameters: Sequence[Parameter], noise: float, trial: Trial | None
) -> list[Direction]:
    """Directions that are determined, but hardly, each of two parameters or more.

    Arguments:
        basis: as `null_space.decomposed` gives it.
        parameters, noise, trial: as of `identifiability`.
    """
    values, vectors, size = basis
    errors = [bound(basis, unit, noise) for unit in np.eye(size.size)]
    found = []
    for value, row in zip(values, vectors, strict=True):
        members = np.flatnonzero(np.abs(row) > _PART * np.max(np.abs(row)))
        if value > _NEAR or members.size < 2 or not np.all(np.isfinite([errors[k] for k in members])):
            continue
        v = np.zeros(size.size)
        v[members] = row[members] / size[members]
        v = v / v[np.argmax(np.abs(v))]
        # Steps of the same effect one by one, of which the direction leaves a share.
        first = noise * float(np.max(np.abs(row / np.where(size > 0, size, 1.0)))) / float(value)
        if first > 1:  # a factor e stays within the noise, which has been told
            continue
        powers = powers_of(v, parameters)
        step = first if trial is None or trial.has_zeros(powers) else trial.shows_from(powers, first)
        found.append(Direction(powers, step, _text(v, members.tolist(), basis, parameters, noise, errors)))
    return found


def _text(
    v: np.ndarray,
    members: list[int],
    basis: tuple[np.ndarray, np.ndarray, np.ndarray],
    parameters: Sequence[Parameter],
    noise: float,
    errors: Sequence[float],
) -> str:
    names = [parameters[k].name for k in members]
    alone = [_error(errors[k], parameters[k]) for k in members]
    if len(members) > 2:
        known = [_error(noise / float(basis[2][k]), parameters[k]) for k in members]
        return f"{listed(names)} can hardly be separated: they are known to {listed(alone)}, with the others given to {listed(known)}"
    one, other = members
    across = np.zeros(v.size)
    across[members] = whole_powers(np.array([-v[other], v[one]]), 0.02)
    if not np.all(across == np.round(across)):
        across = across / np.max(np.abs(across))
    # cos of the angle between the two columns, whose sign the estimates' correlation has reversed
    correlation = _correlation(basis, one, other) * np.sign(parameters[one].scale * parameters[other].scale)
    text = f"{listed(names)} can hardly be separated (correlation {correlation:.7g}): "
    if all(parameters[k].value for k in members):
        text += f"the curve gives {product(powers_of(across, parameters))} to {_error(bound(basis, across, noise), None)}, "
    return f"{text}each alone only to {listed(alone)}"


def _correlation(basis: tuple[np.ndarray, np.ndarray, np.ndarray], one: int, other: int) -> float:
    values, vectors, size = basis
    axes = vectors / values[:, None] / np.where(size > 0, size, 1.0)
    covariance = axes.T @ axes
    return float(covariance[one, other] / np.sqrt(covariance[one, one] * covariance[other, other]))


def _error(relative: float, parameter: Parameter | None) -> str:
    """A standard error in per cent; of what is zero in SI units."""
    is_zero = parameter is not None and not parameter.value
    return f"{relative:.2g} {parameter.unit}".rstrip() if parameter is not None and is_zero else f"{100 * relative:.2g} %"
