"""Parameters that a measurement can hardly separate: only some product of them is well known."""

import numpy as np

from ..model.parameters import Parameter
from .directions import Direction, listed, product
from .finite_changes import Measurement
from .null_space import Basis, whole_powers

#: Parameters that change together by steps of the same effect and change the curve this much less: of two, a correlation of 0.99.
_NEAR = 0.1
#: Of such a direction, what has less of a part than this is left out.
_PART = 0.1


def inseparable(basis: Basis, measurement: Measurement) -> list[Direction]:
    """Directions that are determined, but hardly, each of two parameters or more; `basis` is that of the matrix determined."""
    values, vectors, size = basis
    noise, errors, found = measurement.noise, basis.errors(measurement.noise), []
    for value, row in zip(values, vectors, strict=True):
        members = np.flatnonzero(np.abs(row) > _PART * np.max(np.abs(row)))
        if value > _NEAR or members.size < 2 or not np.all(np.isfinite(errors[members])):
            continue
        v = np.zeros(size.size)
        v[members] = row[members] / size[members]
        v = v / v[np.argmax(np.abs(v))]
        # Steps of the same effect one by one, of which the direction leaves a share.
        first = noise * float(np.max(np.abs(row / basis.scale))) / float(value)
        if first <= 1:  # where a factor e stays within the noise the direction is among those without effect
            powers = measurement.powers(v)
            step = measurement.shows_from(powers, first) if measurement.can_be_tried(powers) else first
            found.append(Direction(powers, step, _text(v, members.tolist(), basis, measurement, errors)))
    return found


def _text(v: np.ndarray, members: list[int], basis: Basis, measurement: Measurement, errors: np.ndarray) -> str:
    parameters, noise = measurement.parameters, measurement.noise
    names = [parameters[k].name for k in members]
    alone = [_error(errors[k], parameters[k]) for k in members]
    if len(members) > 2:
        known = [_error(noise / float(basis.size[k]), parameters[k]) for k in members]
        return f"{listed(names)} can hardly be separated: they are known to {listed(alone)}, with the others given to {listed(known)}"
    one, other = members
    across = np.zeros(v.size)
    across[members] = whole_powers(np.array([-v[other], v[one]]), 0.02)
    if not np.all(across == np.round(across)):
        across = across / np.max(np.abs(across))
    # cos of the angle between the two columns, whose sign the estimates' correlation has reversed
    covariance = basis.covariance
    correlation = covariance[one, other] / np.sqrt(covariance[one, one] * covariance[other, other])
    correlation *= np.sign(parameters[one].scale * parameters[other].scale)
    text = f"{listed(names)} can hardly be separated (correlation {correlation:.7g}): "
    if all(parameters[k].value for k in members):
        text += f"the curve gives {product(measurement.powers(across))} to {_error(basis.bound(across, noise), None)}, "
    return f"{text}each alone only to {listed(alone)}"


def _error(relative: float, parameter: Parameter | None) -> str:
    """A standard error in per cent; of what is zero in SI units."""
    is_zero = parameter is not None and not parameter.value
    return f"{relative:.2g} {parameter.unit}".rstrip() if parameter is not None and is_zero else f"{100 * relative:.2g} %"
