"""What observables are read from: a curve's widths, its signal at a few fields, the Lorentzian that fits it, and its two modes."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..constants import hbar, mu_B
from ..numerics.types import AnyArray, Array, Scalar
from ..numerics.vectors import Scalars, array_module
from ..physics import NaturalUnits
from ..solvers import closed
from .half_width import HALF, MANY, omega_of_width

#: A mode's weight below this share of the other's, or of what no field dephases, is rounding.
_ROUNDING, _ROUNDING_OF_ALL = 1e-14, 1e-12


class Reading(NamedTuple):
    """Numbers of one curve, plain or traced, and its derivatives by parameters in the same shape; None for what it hasn't.

    Attributes:
        top: ΔV_Hanle at B = 0 [V].
        limit: what complete dephasing leaves [V].
        widths: by share, the smallest |B| at which that share of the fall from `top` to `limit` is left [T].
        B, signal: by observable, the fields at which it reads the signal [T], and ΔV_Hanle there [V].
        g: the Landé factor along the field, positive.
        tau_s: spin relaxation time [s].
        fit: ln of the relaxation time of the least-squares Lorentzian, in s.
        mode_1, mode_2: relaxation time [s] and weight [V] of a lumped device's modes, the slower one first.
        quotient: five coefficients of a lumped device's curve in (B/T)² (`two_lorentzian_tail`).
        parts: the two terms of ΔV_Hanle at B = 0, Eq. (6) [V].
    """

    top: Scalar
    limit: Scalar = None
    widths: dict[float, Scalar] | None = None
    B: dict[str, AnyArray] | None = None
    signal: dict[str, AnyArray] | None = None
    g: Scalar = None
    tau_s: Scalar = None
    fit: Scalar | None = None
    mode_1: tuple[Scalar, Scalar] | None = None
    mode_2: tuple[Scalar, Scalar] | None = None
    quotient: Array | None = None
    parts: tuple[Scalar, Scalar] | None = None

    @property
    def hwhm(self) -> Scalar:
        """Half width at half maximum [T]."""
        assert self.widths is not None
        return self.widths[HALF]

    def at(self, name: str) -> tuple[AnyArray, AnyArray]:
        """The fields of an observable [T], and the signal there [V]."""
        assert self.B is not None and self.signal is not None
        return self.B[name], self.signal[name]

    def of_signal(self, B: Mapping[str, AnyArray], signal: AnyArray) -> "Reading":
        """The same with the signal at every observable's fields, one after the other, [..., points]."""
        ends = np.cumsum([0, *(one.shape[-1] for one in B.values())])
        return self._replace(B=dict(B), signal={name: signal[..., ends[k] : ends[k + 1]] for k, name in enumerate(B)})


def traced_reading(
    natural: NaturalUnits, top: Scalar, shares: tuple[float, ...], fields: Callable[[dict[float, Scalar], Scalar], Any]
) -> Reading:
    """What is read off a closed form, traced, for one device or a batch.

    Arguments:
        natural: the device along one direction.
        top: ΔV_Hanle at B = 0 [V].
        shares: those of the fall whose widths are wanted.
        fields: of the widths and the narrowest feature [T], the fields of every observable [T].
    """
    response, admittance = closed.prepared(natural)
    xp, larmor = array_module(response, admittance, natural.larmor), abs(natural.larmor)

    def signal(omega: Scalars) -> Scalars:
        return xp.broadcast_to(xp.ravel(closed.signal_of(response, admittance, natural, omega)), xp.shape(omega))

    widths = {share: omega_of_width(response, admittance, natural, share, MANY) / larmor for share in shares}
    at = fields(widths, natural.narrowest)
    limit = xp.ravel(closed.dephased_signal_of(response, admittance, natural))[0]
    values = signal(xp.concatenate(list(at.values())) * natural.larmor)
    return Reading(top, limit, widths, g=larmor / natural.time * hbar / mu_B, tau_s=natural.time).of_signal(at, values)


def modes_of(tau: AnyArray, weight: AnyArray, constant: Scalar, count: int = 2) -> dict[str, Any]:
    """Times [2] and weights [2] of one or two modes beside a constant [V] as a `Reading` has them, weights zero that are rounding."""
    xp = array_module(tau, weight)
    rounding = xp.maximum(_ROUNDING * xp.max(abs(weight)), _ROUNDING_OF_ALL * abs(constant))
    weight = xp.where(abs(weight) > rounding, weight, 0.0)
    return {f"mode_{k + 1}": (tau[k], weight[k]) for k in range(count)}
