"""The signal of a device as a function, and a curve with its derivatives."""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from ..configuration import Setup
from ..numerics.types import Array, Real
from ..numerics.vectors import Scalars
from ..physics import NaturalUnits
from ..simulation.validity import ROUNDING
from ..solvers import AbstractMethod, closed
from ..solvers.closed import one_contact
from ..solvers.closed.precession import precession
from ..solvers.stray_average import average
from .parameters import Parameter


class Curve(NamedTuple):
    """A curve and its derivatives.

    Attributes:
        signal: ΔV_Hanle [V], [points].
        jacobian: ∂ΔV_Hanle/∂θ [V per SI unit], [points, parameters]; every other key is held as written.
    """

    signal: np.ndarray
    jacobian: np.ndarray

    def elasticities(self, parameters: Sequence[Parameter]) -> np.ndarray:
        """∂ ln|ΔV|/∂ ln|θ|, [points, parameters]: NaN where ΔV vanishes to rounding, zero for parameters that are zero."""
        found = self.jacobian * np.array([parameter.value for parameter in parameters])
        # What the parameters do to a signal is no less than the terms that cancel in it.
        is_zero = np.abs(self.signal) <= ROUNDING * np.max(np.abs(found), axis=1, initial=0.0)
        return np.where(is_zero[:, None], np.nan, found / np.where(is_zero, 1.0, self.signal)[:, None])


class Change(NamedTuple):
    """A change of a curve: the largest, of the peak, and the root of the sum of squares over the sweep [V]."""

    share: float
    norm: float


def terms_of(natural: NaturalUnits, omega: Scalars) -> tuple[Scalars, Scalars]:
    """Both terms of ΔV_Hanle, Eq. (6), of a device with one contact and a closed form, at any ω_Lτ_s [V], [...] each."""
    response, admittance = closed.prepared(natural)
    y = one_contact.longitudinal(response, precession(response, admittance, omega, admittance.functions(omega)))
    return response.signal[0] * y[0], response.signal[1] * y[1]


def signal_of(setup: Setup, method: AbstractMethod, level: int | None = None, degree: int | None = None) -> Real[Array, " points"]:
    """ΔV_Hanle [V] by a method, traced or not, [points]; `level` and `degree` are of the average over stray fields."""
    natural = NaturalUnits.of(setup.device, setup.field)
    if natural.stray is None:
        return jnp.broadcast_to(method.signal(natural), natural.omega.shape)
    return natural.signal(average(natural, method, level, degree).y)
