"""Where a function first vanishes: on grids that are fine against all it can do, and between their points."""

import numpy as np

from ..numerics.types import AnyArray
from ..numerics.vectors import dot
from ..physics import Field, GaussianStray, NaturalUnits, RoughnessStray, SampledStray

# Steps of the grid in ln B: where a curve has its features, and far from them.
_FINE, _COARSE = 0.1, 0.4
# The grid's ends, and those of its fine part, in ln B below the least and above the largest scale of the field.
_BEFORE, _FROM, _TO, _BEYOND = 20.0, 3.0, 5.0, 32.0
# Local fields that have a grid of their own around them, at most.
_CENTRES = 64


def magnitudes(natural: NaturalUnits, field: Field, unit: float) -> tuple[np.ndarray, tuple[float, ...]]:
    """|B| [T] of a grid that is fine against every feature of a line, [points], and the fields that set the scale.

    Steps are even in ln B, and around every |B| at which the spins' total field may vanish they grow with the distance from there:
    nothing is narrower than `unit` or than that distance.

    Arguments:
        natural: the device, in natural units.
        field: its direction, and what it adds to the applied field.
        unit: the field below which precession does nothing any faster [T].
    """
    scales = [unit]
    scales += [abs(float(one)) for one in (field.B_sat, field.exchange_field) if one is not None and float(one)]
    stray, centres = field.stray, np.zeros(0)
    extra = np.zeros((1, 3))
    if isinstance(stray, GaussianStray):
        scales += [float(one) for one in np.asarray(stray.sigma) if one]
    if isinstance(stray, RoughnessStray):
        scales += [float(stray.amplitude) * np.exp(-2 * np.pi * float(stray.height) / float(stray.wavelength)) or unit]
    if isinstance(stray, SampledStray):
        extra = np.asarray(stray.values)
        scales += [float(one) for one in np.linalg.norm(extra, axis=-1) if one]
    low, high = np.log(min(scales)), np.log(max(scales))
    parts = (low - _BEFORE, low - _FROM, _COARSE), (low - _FROM, high + _TO, _FINE), (high + _TO, high + _BEYOND, _COARSE)
    grid = np.exp(np.concatenate([np.arange(*part) for part in parts]))
    if field.exchange_field is not None or isinstance(stray, SampledStray):
        centres = _vanishing(natural, field, grid, extra)
    around = [grid]
    for centre in centres:
        s = np.arange(0.0, np.arcsinh(centre / unit) + 1, 2 * _FINE)
        around += [centre - unit * np.sinh(s), centre + unit * np.sinh(s)]
    grid = np.unique(np.concatenate(around))
    return grid[grid > 0], tuple(scales)


def _vanishing(natural: NaturalUnits, field: Field, grid: np.ndarray, extra: AnyArray) -> np.ndarray:
    """|B| at which the field along the applied one vanishes, exchange and each of the local fields [n, 3] counted in."""
    found: list[float] = []
    for sign in (1.0, -1.0):
        here = field.along(sign * grid)
        along = dot(here.total(here.magnetisation(natural.rest)), field.direction)
        for local in np.unique(extra @ np.asarray(field.direction)):
            turns = np.flatnonzero(np.diff(np.sign(along + local)) != 0)
            for k in turns:
                share = (along[k] + local) / (along[k] - along[k + 1])
                found.append(float(grid[k] + share * (grid[k + 1] - grid[k])))
    found = sorted(set(found))
    few = np.unique(np.linspace(0, len(found) - 1, min(len(found), _CENTRES)).astype(int))
    return np.array(found)[few] if found else np.zeros(0)
