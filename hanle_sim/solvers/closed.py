"""Method `closed`: the exact steady state in closed form, for any field direction and any mixing η."""

import jax
import jax.numpy as jnp

from .._types import Array, ArrayLike, Real
from ..device import NaturalUnits
from ..nonmagnets import AbstractNonmagnet
from ..vectors import Scalars, cross, times
from ._response import Response
from ._symmetric import Pair, Symmetric, mixed


def steady_state(natural: NaturalUnits) -> Real[Array, "points 2 3"]:
    """Exact steady state of every field of a sweep.

    Precession acts on the component along m as one more relaxation (derived; equivalent to (m·u, m·T) = 2 W J with
    W = cos²θ K_0⁻¹ + sin²θ Re K_+⁻¹ and V closing it):

        (m·u, m·T) = y = 2 [K + E]⁻¹ J,      E = sin²θ N M⁻¹ A,      M = A + cos²θ N,
        N = Re D_+ − D_0 + Im D_+ K_r⁻¹ Im D_+,      K_r = A + Re D_+ − D_0
        (u, T) = m y + (b − m cosθ) cosθ M⁻¹N y + (b × m) K_r⁻¹ Im D_+ M⁻¹A y

    with A, K, J of `Response`, D(z) = diag(1/(r_s F(z_s)), 1/(r_Q F(z_Q))), D_0 at z = 1, D_+ at z = 1 + iω_Lτ, cos θ = m·b. Every
    matrix is positive, so that nothing cancels at any field, mismatch or second-law margin.

    Arguments:
        natural: device, drive and fields in natural units.

    Returns:
        u and T as vectors, in volts, [points, 2, 3].

    Raises:
        ValueError: relaxation tensors or Im G↑↓, which have no closed form.
    """
    response = Response.of(natural)
    return _steady_state(response, natural.device.nonmagnet, natural.device.magnetisation, natural.direction, natural.omega)


@jax.jit
def _steady_state(
    response: Response,
    nonmagnet: AbstractNonmagnet,
    m: Real[ArrayLike, "3"],
    b: Real[ArrayLike, "3"],
    omega: Real[ArrayLike, " points"],
) -> Real[Array, "points 2 3"]:
    return with_transverse(response, nonmagnet, m, b, omega, longitudinal(response, nonmagnet, omega))


def longitudinal(response: Response, nonmagnet: AbstractNonmagnet, omega: Scalars) -> Pair:
    """(m·u, m·T) = 2 [K + E]⁻¹ J at every field: the adjugate of a 2×2 sum is the sum of the adjugates."""
    K, J = response.along, response.source
    N, M, _, _ = _precession(response, nonmagnet, omega)
    of_N, of_A = _share(response, N, M)
    det = K.det + of_N * mixed(K, N) + of_A * response.along_across + response.sine_squared * of_N * N.det
    adj_N = N.adjugate_times(J)
    spin, heat = (2 * (response.adj_along_source[k] + of_N * adj_N[k] + of_A * response.adj_across_source[k]) / det for k in range(2))
    return spin, heat


def fallen_share(response: Response, nonmagnet: AbstractNonmagnet, omega: Scalars) -> tuple[Scalars, Scalars]:
    """How far ΔV_Hanle has fallen from its value at B = 0 [V per sin²θ]: at omega, and at B → ∞.

    y(0) − y(ω) = 2 (K + E)⁻¹ E K⁻¹ J with E ∝ sin²θ, and E → sin²θ A/cos²θ as B → ∞: exact however small the fall.
    """
    A, K = response.across, response.along
    N, M, _, _ = _precession(response, nonmagnet, omega)
    of_N, of_A = _share(response, N, M)
    y_0 = (2 * response.adj_along_source[0] / K.det, 2 * response.adj_along_source[1] / K.det)
    of_N_1, of_A_1 = A.det / M.det, response.cosine**2 * N.det / M.det
    E_1 = Symmetric.of(of_N_1 * N.ss + of_A_1 * A.ss, of_N_1 * N.sQ + of_A_1 * A.sQ, of_N_1 * N.QQ + of_A_1 * A.QQ)
    det = K.det + of_N * mixed(K, N) + of_A * response.along_across + response.sine_squared * of_N * N.det
    E = E_1 * response.sine_squared
    total = Symmetric(K.ss + E.ss, K.sQ + E.sQ, K.QQ + E.QQ, det)
    fallen = total.solve(E_1.times(y_0))
    limit = (K * response.cosine**2 + A * response.sine_squared).solve(A.times(y_0))
    return _signal(response, fallen), _signal(response, limit)


def with_transverse(
    response: Response,
    nonmagnet: AbstractNonmagnet,
    m: Real[ArrayLike, "3"],
    b: Real[ArrayLike, "3"],
    omega: Real[ArrayLike, " points"],
    y: Pair,
) -> Real[Array, "points 2 3"]:
    """The vectors u and T whose components along m are y: what precession makes of them across m, [points, 2, 3]."""
    cosine = response.cosine
    N, M, K_r, K_i = _precession(response, nonmagnet, omega)
    towards_b = M.solve(N.times(y))
    turning = tuple(y[k] - cosine**2 * towards_b[k] for k in range(2))  # M⁻¹A y
    around_b = K_r.solve((K_i[0] * turning[0], K_i[1] * turning[1]))
    parts = ((y, m), (towards_b, cosine * (b - cosine * m)), (around_b, cross(b, m)))
    return sum(times(jnp.stack(pair, -1), direction) for pair, direction in parts)


def _precession(response: Response, nonmagnet: AbstractNonmagnet, omega: Scalars) -> tuple[Symmetric, Symmetric, Symmetric, Pair]:
    """N, M, K_r, and the diagonal of Im D_+, at every field."""
    D_0 = response.relaxation
    change_s = D_0.ss * nonmagnet.admittance_change_s(1j * omega * nonmagnet.tau_s)
    change_Q = D_0.QQ * nonmagnet.admittance_change_Q(1j * omega * nonmagnet.tau_Q)
    K_i = (change_s.imag, change_Q.imag)
    change = Symmetric.diagonal(change_s.real, change_Q.real)
    K_r = response.across + change
    N = change + K_r.inverse().between(K_i)
    return N, response.across + N * response.cosine**2, K_r, K_i


def _share(response: Response, N: Symmetric, M: Symmetric) -> tuple[Scalars, Scalars]:
    """The two factors of E = of_N·N + of_A·A, which is sin²θ N M⁻¹ A in two dimensions."""
    factor = response.sine_squared / M.det
    return factor * response.across.det, factor * response.cosine**2 * N.det


def _signal(response: Response, y: Pair) -> Scalars:
    return response.signal[0] * y[0] + response.signal[1] * y[1]
