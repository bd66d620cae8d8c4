"""Method `modes`: the exact curve of a lumped nonmagnet as a constant and two Lorentzians in B."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from ...numerics.two_by_two import Pair, Symmetric, mixed
from ...numerics.types import AnyArray, Array, Real, Scalar
from ...numerics.vectors import Scalars, array_module
from ...physics.dimensionless import NaturalUnits
from . import one_contact
from .admittance import AbstractAdmittance
from .precession import precession
from .response import Response

Pairs = Real[AnyArray, "2"]


class Modes(eqx.Module):
    """(m·u, m·T)(B) = constant + Σ_k amplitude_k/(1 + ω_L²τ_k²), the slower mode first.

    Attributes:
        tau: relaxation times of the modes [s], [2].
        amplitude_s, amplitude_Q: each mode's part of m·u [V] and of m·T [K], [2].
        constant_s, constant_Q: what remains as B → ∞; zero for b ⊥ m.
        weight_s, weight_Q: each mode's part of the two terms of Eq. (6) [V], [2].
        constant: what remains of ΔV_Hanle as B → ∞ [V].
    """

    tau: Pairs
    amplitude_s: Pairs
    amplitude_Q: Pairs
    constant_s: Scalar
    constant_Q: Scalar
    weight_s: Pairs
    weight_Q: Pairs
    constant: Scalar

    @property
    def weight(self) -> Pairs:
        """Each mode's part of ΔV_Hanle [V], [2]; not negative if ΔT_0 = 0 and I > 0, by the second law."""
        return self.weight_s + self.weight_Q


class ModeAnalysis(eqx.Module):
    """The two modes without and with the feedback of the bias.

    Attributes:
        bare: modes with back-flow but without the bias's feedback.
        dressed: the modes of the measured curve.
    """

    bare: Modes
    dressed: Modes


def analyse(natural: NaturalUnits, admittance: AbstractAdmittance | None = None) -> ModeAnalysis:
    """Bare and dressed modes of a lumped device, in SI.

    For a lumped nonmagnet N = ω_L² N_1, N_1 = C A⁻¹ C with C = diag(τ_s/r_s, τ_Q/r_Q), and the longitudinal state of `closed` is
    a ratio of two quadratics in X = ω_L² (docs/derivations.md, section 5; A, K, J and the rest as there):

        y(X) = 2 (e_0 + e_1 X + e_2 X²)/(d_0 + d_1 X + d_2 X²)
        d_0 = det K det A,      d_1 = cos²θ det K ⟨A, N_1⟩ + sin²θ det A ⟨K, N_1⟩,      d_2 = det N_1 det(cos²θ K + sin²θ A)
        e_0 = det A adj(K)J,    e_1 = cos²θ ⟨A, N_1⟩ adj(K)J + sin²θ det A adj(N_1)J,    e_2 = cos²θ det N_1 (cos²θ adj(K) + sin²θ adj(A))J

    with d_0 + d_1 X + d_2 X² = d_0 (1 + τ_1² X)(1 + τ_2² X) and both τ_k real. Dressed modes have K as it is, bare ones K = D_0 + 𝒢,
    without the bias's feedback. Where two modes coincide, the parts that each has of the curve are no functions of the parameters,
    and have no derivatives; their sum, which `steady_state` evaluates, has.

    On plain numbers nothing is compiled, and the result is in double precision.

    Raises:
        ValueError: a nonmagnet that isn't lumped, relaxation tensors, or Im G↑↓.
    """
    response, _ = one_contact.prepared(natural, admittance)
    bare = _modes(response, response.unbiased, response.adj_unbiased_source, response.unbiased_across)
    dressed = _modes(response, response.along, response.adj_along_source, response.along_across)
    return ModeAnalysis(bare=_in_SI(bare, natural.time, natural.kelvin), dressed=_in_SI(dressed, natural.time, natural.kelvin))


class SignalQuotient(NamedTuple):
    """ΔV_Hanle(X) = (at_zero + linear X + constant product X²)/(1 + total X + product X²) in X = (ω_Lτ_s)² [V]."""

    at_zero: Scalar
    linear: Scalar
    constant: Scalar
    total: Scalar
    product: Scalar


def signal_quotient(natural: NaturalUnits, weights: Pair = (1.0, 1.0)) -> SignalQuotient:
    """The curve of a lumped device as one quotient, with derivatives also where two modes coincide; `weights` count Eq. (6)'s terms."""
    response, _ = one_contact.prepared(natural)
    quotient = _quotient(response, response.along, response.adj_along_source, response.along_across)

    def read(pair: Pair) -> Scalar:
        return weights[0] * response.signal[0] * pair[0] + weights[1] * response.signal[1] * pair[1]

    return SignalQuotient(read(quotient.at_zero), read(quotient.linear), read(quotient.constant), quotient.total, quotient.product)


class FallenQuotient(NamedTuple):
    """ΔV_Hanle(0) − ΔV_Hanle(X) ∝ (linear X + square X²)/(1 + total X + product X²) in X = (ω_Lτ_s)²."""

    linear: Scalars
    square: Scalars
    total: Scalars
    product: Scalars


def fallen_quotient(response: Response) -> FallenQuotient:
    """How far a lumped device's signal has fallen [V per sin²θ], exact however small the fall.

    With E = sin²θ (X det A N_1 + X² cos²θ det N_1 A)/det M, y(0) − y = 2 (K + E)⁻¹ E K⁻¹ J, and (K + E)⁻¹ E ∝ adj(K) E + det E.
    """
    A, K, N_1 = response.across, response.along, _precession_squared(response)
    y_0 = (2 * response.adj_along_source[0] / K.det, 2 * response.adj_along_source[1] / K.det)
    quotient = _quotient(response, K, response.adj_along_source, response.along_across)
    linear, square, cosine_squared = N_1.times(y_0), A.times(y_0), response.cosine**2
    back = K.solve(linear), K.solve(square)
    strong = N_1.det / A.det
    return FallenQuotient(
        linear=sum(response.signal[k] * back[0][k] for k in range(2)),
        square=sum(
            response.signal[k] * strong * (cosine_squared * back[1][k] + response.sine_squared * A.det / K.det * y_0[k]) for k in range(2)
        ),
        total=quotient.total,
        product=quotient.product,
    )


def steady_state(natural: NaturalUnits, admittance: AbstractAdmittance | None = None) -> Real[Array, "points 2 3"]:
    """Steady state of every field of a sweep from the dressed modes; u and T in volts, [points, 2, 3]."""
    return _steady_state(*one_contact.prepared(natural, admittance), natural)


@jax.jit
def _steady_state(response: Response, admittance: AbstractAdmittance, natural: NaturalUnits) -> Real[Array, "points 2 3"]:
    quotient = _quotient(response, response.along, response.adj_along_source, response.along_across)
    omega = jnp.asarray(natural.omega)
    y = quotient.at(0, omega**2), quotient.at(1, omega**2)
    precessing = precession(response, admittance, omega, admittance.functions(omega))
    return one_contact.assembled(response, natural, one_contact.transverse(response, precessing, y))


class _Quotient(NamedTuple):
    """y(X) = (at_zero + linear X + constant product X²)/(1 + total X + product X²), each of the first three a (spin, heat) pair."""

    at_zero: Pair
    linear: Pair
    constant: Pair
    total: Scalar
    product: Scalar

    def at(self, k: int, X: Scalars) -> Scalars:
        """y of spin (0) or heat (1) at X = ω_L²; divided through by 1 + product X², so that strong fields don't overflow."""
        damping = 1 / (1 + self.product * X * X)
        numerator = self.at_zero[k] * damping + self.linear[k] * (X * damping) + self.constant[k] * (1 - damping)
        return numerator / (1 + self.total * (X * damping))


def _quotient(response: Response, K: Symmetric, adj_K_J: Pair, K_A: Scalar) -> _Quotient:
    A, J = response.across, response.source
    cosine_squared, sine_squared = response.cosine**2, response.sine_squared
    N_1 = _precession_squared(response)
    adj_N_J, A_N, K_N = N_1.adjugate_times(J), mixed(A, N_1), mixed(K, N_1)
    limit_det = cosine_squared**2 * K.det + cosine_squared * sine_squared * K_A + sine_squared**2 * A.det

    def of_both(part: Callable[[int], Scalar]) -> Pair:
        return part(0), part(1)

    return _Quotient(
        at_zero=of_both(lambda k: 2 * adj_K_J[k] / K.det),
        linear=of_both(lambda k: 2 * (cosine_squared * A_N / A.det * adj_K_J[k] + sine_squared * adj_N_J[k]) / K.det),
        constant=of_both(
            lambda k: 2 * cosine_squared * (cosine_squared * adj_K_J[k] + sine_squared * response.adj_across_source[k]) / limit_det
        ),
        total=cosine_squared * A_N / A.det + sine_squared * K_N / K.det,
        product=N_1.det * limit_det / (K.det * A.det),
    )


def _precession_squared(response: Response) -> Symmetric:
    """N_1 = C A⁻¹ C, so that N = ω_L² N_1."""
    C = response.relaxation.ss * response.time[0], response.relaxation.QQ * response.time[1]
    return response.across.inverse().between(C)


def _modes(response: Response, K: Symmetric, adj_K_J: Pair, K_A: Scalar) -> Modes:
    quotient = _quotient(response, K, adj_K_J, K_A)
    parts = [mode_split(quotient.at_zero[k], quotient.linear[k], quotient.constant[k], quotient.total, quotient.product) for k in range(2)]
    tau, (amplitude_s, amplitude_Q) = parts[0][0], (amplitude for _, amplitude in parts)
    return Modes(
        tau=tau,
        amplitude_s=amplitude_s,
        amplitude_Q=amplitude_Q,
        constant_s=quotient.constant[0],
        constant_Q=quotient.constant[1],
        weight_s=response.signal[0] * amplitude_s,
        weight_Q=response.signal[1] * amplitude_Q,
        constant=response.signal[0] * quotient.constant[0] + response.signal[1] * quotient.constant[1],
    )


def mode_split(at_zero: Any, linear: Any, constant: Any, total: Any, product: Any) -> tuple[Any, Any]:
    """√n and amplitudes, [2, ...] each, of the two modes of (at_zero + linear X + constant product X²)/(1 + total X + product X²), the
    slower one first: constant + Σ_k amplitude_k/(1 + n_k X).
    """
    xp = array_module(total, product)
    # n_k = τ_k² from their sum and product; the smaller from the product, so that it keeps its digits however small.
    discriminant = total**2 - 4 * product
    gap = xp.where(discriminant > 0, xp.sqrt(xp.where(discriminant > 0, discriminant, 1.0)), 0.0)
    slow = (total + gap) / 2
    relaxing = at_zero - constant
    # The sum of the two amplitudes is exact also where the modes nearly coincide.
    first = xp.where(gap > 0, (relaxing * slow - (linear - constant * total)) / xp.where(gap > 0, gap, 1.0), relaxing)
    return xp.sqrt(xp.stack([slow, product / slow])), xp.stack([first, relaxing - first])


def _in_SI(modes: Modes, time: Scalar, kelvin: Scalar) -> Modes:
    heat = {"amplitude_Q": modes.amplitude_Q / kelvin, "constant_Q": modes.constant_Q / kelvin}
    return dataclasses.replace(modes, tau=modes.tau * time, **heat)
