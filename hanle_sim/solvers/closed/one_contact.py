"""Method `closed`: the exact steady state in closed form, for any field direction."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...numerics.chunks import in_blocks
from ...numerics.one_loop import in_one_loop
from ...numerics.stages import computed_once, stage
from ...numerics.two_by_two import Pair, Symmetric, mixed
from ...numerics.types import AnyArray, Array, Real
from ...numerics.vectors import Scalars, array_module, cross, dot, times
from ...physics.dimensionless import NaturalUnits
from . import two_contacts
from .admittance import AbstractAdmittance, ChannelAdmittance, WideContactAdmittance, admittance_of
from .precession import Precession, precession, shares
from .response import Response

#: Fields up to which plain numbers are faster through NumPy than compiling.
_SHORT = 10_000


def steady_state(natural: NaturalUnits, admittance: AbstractAdmittance | None = None) -> Real[Array, "points *#contacts 2 3"]:
    """Exact steady state of every field of a sweep.

    Precession acts on the component along m as one more relaxation (docs/derivations.md, section 4):

        (m·u, m·T) = y = 2 [K + E]⁻¹ J,      E = sin²θ N M⁻¹ A,      M = A + cos²θ N,
        N = Re D_+ − D_0 + Im D_+ K_r⁻¹ Im D_+,      K_r = A + Re D_+ − D_0
        (u, T) = m y + (b − m cosθ) cosθ M⁻¹N y + (b × m) K_r⁻¹ Im D_+ M⁻¹A y

    with A, K, J of `Response` and D of `admittance`: D_0 without precession, D_+ at z = 1 + iω_Lτ; cos θ = m·b. Every matrix is
    positive, so that nothing cancels at any field, mismatch or second-law margin; only under a wide contact whose back-flow exceeds
    relaxation 10³ times 10⁻¹² of the peak is rounding. The detector of a lateral channel: `two_contacts`.

    Arguments:
        natural: device and fields in natural units, without stray fields.
        admittance: that of the device's nonmagnet, where it is known.

    Returns:
        u and T as vectors, in volts, [points, 2, 3]; on a lateral channel those at injector and detector, [points, 2, 2, 3].
    """
    arguments = (*prepared(natural, admittance), natural)
    if array_module(arguments) is np and np.size(natural.omega) <= _SHORT:
        with np.errstate(all="ignore"):
            return jnp.asarray(_states(*arguments))
    # In single precision JAX traces NumPy's float64 arrays as such, and hands the program later to arrays that it has made float32.
    return _compiled_states(*jax.tree.map(lambda leaf: jnp.asarray(leaf) if isinstance(leaf, np.ndarray) else leaf, arguments))


def prepared(natural: NaturalUnits, admittance: AbstractAdmittance | None = None) -> tuple[Response, AbstractAdmittance]:
    """Coefficients of a device that has a closed form, on plain numbers in double precision; its admittance is built unless given."""
    admittance = admittance or admittance_of(natural.device)
    return computed_once((Response.of(natural, admittance), admittance))


def _states(response: Response, admittance: AbstractAdmittance, natural: NaturalUnits) -> Real[AnyArray, "points *#contacts 2 3"]:
    omega = array_module(natural.omega).asarray(natural.omega)
    functions = stage(admittance.functions)(omega)
    if isinstance(admittance, ChannelAdmittance):
        return two_contacts.steady_state(response, admittance, natural, omega, functions)

    def parts(omega: Scalars, functions: Any) -> tuple[Pair, Pair, Pair]:
        precessing = precession(response, admittance, omega, functions)
        return transverse(response, precessing, computed_once(longitudinal(response, precessing)))

    split = (
        isinstance(admittance, WideContactAdmittance) and natural.has_one_direction
    )  # the others' arithmetic is too little to gain by it
    return assembled(response, natural, in_blocks(parts, omega, functions) if split else parts(omega, functions))


_compiled_states = jax.jit(_states)


def signal(natural: NaturalUnits, admittance: AbstractAdmittance | None = None) -> Scalars:
    """ΔV_Hanle [V] at the contact that senses it, at every field [points]. On NumPy arrays nothing is compiled."""
    return signal_of(*prepared(natural, admittance), natural, natural.omega)


def dephased_signal(natural: NaturalUnits, admittance: AbstractAdmittance | None = None) -> Scalars:
    """ΔV_Hanle [V] as ω_L → ∞, where only the component along b is left: one number, or [points].

    For isotropic relaxation. Along b the back-flow is [η + (1 − η) cos²θ] 𝒢, also locally under a wide contact, and Im G↑↓, which
    turns spins about m, does not act: so that it covers what has no closed form at other fields.
    """
    device, junction = natural.device, natural.device.injector.junction
    admittance = admittance or admittance_of(device)
    if isinstance(admittance, WideContactAdmittance):
        cosine = dot(device.injector.magnetisation, natural.direction)
        admittance = WideContactAdmittance(admittance.nonmagnet, junction.scaled(junction.eta_mix + (1 - junction.eta_mix) * cosine**2))
    return dephased_signal_of(Response.of(natural, admittance), admittance, natural)


def signal_of(response: Response, admittance: AbstractAdmittance, natural: NaturalUnits, omega: Scalars) -> Scalars:
    """`signal` of a prepared device at any ω_Lτ_s [...]."""
    if isinstance(admittance, ChannelAdmittance):
        return two_contacts.signal(response, admittance, natural, omega)
    return in_one_loop(_sensed, omega, response, admittance)


def _sensed(omega: Scalars, response: Response, admittance: AbstractAdmittance) -> Scalars:
    precessing = precession(response, admittance, omega, stage(admittance.functions)(omega))
    return _signal(response, longitudinal(response, precessing))


def dephased_signal_of(response: Response, admittance: AbstractAdmittance, natural: NaturalUnits) -> Scalars:
    """`dephased_signal` of a prepared device."""
    if isinstance(admittance, ChannelAdmittance):
        return two_contacts.signal(response, admittance, natural, None)
    share = response.along * response.cosine**2 + response.across * response.sine_squared
    # y = 2 (K + sin²θ A/cos²θ)⁻¹ J
    y_s, y_Q = share.solve(response.source)
    return _signal(response, (2 * response.cosine**2 * y_s, 2 * response.cosine**2 * y_Q))


def longitudinal(response: Response, precessing: Precession) -> Pair:
    """(m·u, m·T) = 2 [K + E]⁻¹ J at every field: the adjugate of a 2×2 sum is the sum of the adjugates."""
    J, N = response.source, precessing.N
    of_N, of_A = shares(response, N, precessing.M)
    det = _determinant(response, N, of_N, of_A)
    adj_N = N.adjugate_times(J)
    over = 2 / det
    spin, heat = ((response.adj_along_source[k] + of_N * adj_N[k] + of_A * response.adj_across_source[k]) * over for k in range(2))
    return spin, heat


def _determinant(response: Response, N: Symmetric, of_N: Scalars, of_A: Scalars) -> Scalars:
    """det(K + E), E = of_N·N + of_A·A."""
    K = response.along
    return K.det + of_N * mixed(K, N) + of_A * response.along_across + response.sine_squared * of_N * N.det


def fallen_share(response: Response, admittance: AbstractAdmittance, omega: Scalars) -> tuple[Scalars, Scalars]:
    """How far ΔV_Hanle has fallen from its value at B = 0 [V per sin²θ]: at omega, and at B → ∞.

    y(0) − y(ω) = 2 (K + E)⁻¹ E K⁻¹ J with E ∝ sin²θ, and E → sin²θ A/cos²θ as B → ∞: exact however small the fall.
    """
    A, K = response.across, response.along
    limit = (K * response.cosine**2 + A * response.sine_squared).solve(A.times(_at_rest(response)))
    return in_one_loop(_fallen, omega, response, admittance), _signal(response, limit)


def _at_rest(response: Response) -> Pair:
    """(m·u, m·T) at B = 0."""
    spin, heat = (2 * response.adj_along_source[k] / response.along.det for k in range(2))
    return spin, heat


def _fallen(omega: Scalars, response: Response, admittance: AbstractAdmittance) -> Scalars:
    A, K = response.across, response.along
    N, M, _, _ = precession(response, admittance, omega, stage(admittance.functions)(omega))
    of_N, of_A = shares(response, N, M)
    of_N_1, of_A_1 = A.det / M.det, response.cosine**2 * N.det / M.det
    E_1 = Symmetric.of(of_N_1 * N.ss + of_A_1 * A.ss, of_N_1 * N.sQ + of_A_1 * A.sQ, of_N_1 * N.QQ + of_A_1 * A.QQ)
    det = _determinant(response, N, of_N, of_A)
    E = E_1 * response.sine_squared
    total = Symmetric(K.ss + E.ss, K.sQ + E.sQ, K.QQ + E.QQ, det)
    return _signal(response, total.solve(E_1.times(_at_rest(response))))


def transverse(response: Response, precessing: Precession, y: Pair) -> tuple[Pair, Pair, Pair]:
    """y itself, M⁻¹N y and K_r⁻¹ Im D_+ M⁻¹A y: how much of u and of T lies along m, towards b, and around b."""
    N, M, K_r, K_i = precessing
    # M⁻¹A y by itself: as y − cos²θ M⁻¹N y it would lose its digits in strong fields.
    towards_b, turning = computed_once((M.solve(N.times(y)), M.solve(response.across.times(y))))
    return y, towards_b, computed_once(K_r.solve(K_i.times(turning)))


def assembled(response: Response, natural: NaturalUnits, parts: tuple[Pair, Pair, Pair]) -> Real[AnyArray, "points 2 3"]:
    """The vectors u and T of their parts, [points, 2, 3]."""
    m, b, cosine = natural.device.injector.magnetisation, natural.direction, response.cosine
    b = b[None, :] if m.ndim > b.ndim else b
    axes = m, times(cosine, b - times(cosine, m)), cross(b, m)
    return array_module(parts).stack([sum(times(part[k], axis) for part, axis in zip(parts, axes, strict=True)) for k in range(2)], -2)


def _signal(response: Response, y: Pair) -> Scalars:
    return response.signal[0] * y[0] + response.signal[1] * y[1]
