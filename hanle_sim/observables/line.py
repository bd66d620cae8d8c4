"""A Hanle curve as a function of the field's magnitude: its signal, its limit, and a grid fine against its features."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np

from ..numerics.checks import is_concrete
from ..numerics.crossing import AT_ONCE
from ..physics import Field
from ..solvers import Problem
from ..solvers.dephased import dephased_signal
from ..solvers.stray_average import average
from .field_grid import magnitudes

#: A field so strong that only the component along it is left, in units of ħ/(g μ_B τ); what remains is one over its root.
DEPHASING = 1e18


# How far two sides of a curve that is even may differ, of its fall: with stray fields, whose average has an error of its own, and without.
_ODD, _ODD_STRAY = 1e-11, 1e-6


def is_one_direction(problem: Problem) -> bool:
    """Whether spins and magnetisation keep their axes along a sweep: nothing adds to the applied field or turns with it."""
    natural, field = problem.natural, problem.field
    return field.is_plain and field.B_sat is None and natural.direction.ndim == 1 and getattr(natural.larmor, "ndim", 0) == 0


def side(line: "LineShape", width: float, share: float = 0.5) -> float:
    """The sign of the field at which a share of a line's fall is left: 1, or −1 where it falls so far on that side alone."""
    level = line.limit + share * (float(line.signal(np.zeros(1))[0]) - line.limit)
    off = np.abs(line.signal(np.array([width, -width])) - level)
    return 1.0 if off[0] <= off[1] else -1.0


class LineShape(NamedTuple):
    """A device's signal as a function of the field's signed magnitude along one direction, on plain numbers.

    Attributes:
        signal: ΔV_Hanle [V], [n], at fields [T], [n].
        limit: what complete dephasing leaves of it [V]: ΔV_Hanle as |B| → ∞, the magnetisation at rest; NaN where that isn't known.
        unit: the field below which precession does nothing any faster [T].
        magnitudes: |B| fine against every feature of the line [T], [points].
        scales: the fields that set its scales [T].
        has_stray: whether it is a numerical average over stray fields.
    """

    signal: Callable[[np.ndarray], np.ndarray]
    limit: float
    unit: float
    magnitudes: np.ndarray
    scales: tuple[float, ...]
    has_stray: bool

    @classmethod
    def of(cls, problem: Problem) -> "LineShape":
        """The line of a device, along the direction of its field. Raises ValueError for traced numbers."""
        natural, field, method = problem.natural, problem.field, problem.exact
        if not is_concrete(*jax.tree.leaves((natural, field))):
            raise ValueError("half_width: found on the curve itself here, which needs plain numbers: don't trace it")
        unit = float(natural.narrowest)

        def solved(B: np.ndarray) -> np.ndarray:
            at = natural.in_field(field.along(np.asarray(B, dtype=np.float64)))
            if method.is_exact and field.stray is None:  # on plain numbers, without compiling
                return np.broadcast_to(np.asarray(method.signal(at, **problem.known(method))), at.omega.shape)
            with jax.enable_x64(True):
                return np.asarray(at.signal(np.asarray(method.steady_state(at) if field.stray is None else average(at, method).y)))

        def signal(B: np.ndarray) -> np.ndarray:
            if field.stray is None:
                return solved(B)
            # So many at once, always: one compilation serves.
            padded = np.append(B, np.full(-B.size % AT_ONCE, B[-1]))
            return np.concatenate([solved(part) for part in np.split(padded, padded.size // AT_ONCE)])[: B.size]

        still = natural.in_field(Field(np.full(1, DEPHASING * unit), field.direction))
        with jax.enable_x64(True):
            limit = dephased_signal(still, problem.admittance) if np.any(still.omega) else signal(np.zeros(1))
        grid, scales = magnitudes(still, field, unit)
        return cls(signal, float(np.ravel(limit)[0]), unit, grid, scales, field.stray is not None)

    @property
    def is_even(self) -> bool:
        """Whether both signs of the field give the same, as far as a few fields over all its scales tell."""
        B = np.geomspace(0.1 * min(self.scales), 10 * max(self.scales), AT_ONCE // 2)
        values = self.signal(np.concatenate([B, -B]))
        odd = np.max(np.abs(values[: B.size] - values[B.size :]))
        return bool(odd <= (_ODD_STRAY if self.has_stray else _ODD) * np.ptp(np.append(values, self.signal(np.zeros(1)))))
