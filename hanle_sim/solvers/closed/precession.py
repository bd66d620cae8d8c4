"""Precession of the components across the magnetisation, as matrices of (spin, spin heat)."""

from typing import Any, NamedTuple

from ...numerics.stages import computed_once
from ...numerics.two_by_two import Symmetric
from ...numerics.vectors import Scalars
from .admittance import AbstractAdmittance
from .response import Response


class Precession(NamedTuple):
    """Precession of the components across the magnetisation: N, M, K_r and Im D_+ of `one_contact`, at every field."""

    N: Symmetric
    M: Symmetric
    K_r: Symmetric
    K_i: Symmetric


def precession(response: Response, admittance: AbstractAdmittance, omega: Scalars, functions: Any) -> Precession:
    """The matrices of precession at every field."""
    return precession_by(response, computed_once(admittance.change(omega, functions, response.relaxation)))


def precession_by(response: Response, complex_change: Symmetric) -> Precession:
    """The same from D_+ − D_0."""
    change, K_i = complex_change.real, complex_change.imag
    if complex_change.is_diagonal:  # zeros that are numbers cost nothing
        change = Symmetric.diagonal(complex_change.ss.real, complex_change.QQ.real)
        K_i = Symmetric.diagonal(complex_change.ss.imag, complex_change.QQ.imag)
    K_r = response.across + change
    N = change + K_r.inverse().within(K_i)
    return computed_once(Precession(N, response.across + N * response.cosine**2, K_r, K_i))


def shares(response: Response, N: Symmetric, M: Symmetric) -> tuple[Scalars, Scalars]:
    """The two factors of E = of_N·N + of_A·A, which is sin²θ N M⁻¹ A in two dimensions."""
    factor = response.sine_squared / M.det
    return factor * response.across.det, factor * response.cosine**2 * N.det
