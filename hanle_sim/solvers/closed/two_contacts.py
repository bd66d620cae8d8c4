"""Two contacts on a lateral channel in closed form, each under its own bias."""

from typing import Any, NamedTuple

from ...numerics.chunks import in_blocks
from ...numerics.one_loop import in_one_loop
from ...numerics.stages import computed_once, stage
from ...numerics.two_by_two import IDENTITY, General, Pair, Symmetric
from ...numerics.types import AnyArray, Real
from ...numerics.vectors import Scalars, array_module, cross, dot, times
from ...physics.contact import Contact
from ...physics.dimensionless import NaturalUnits
from .admittance import ChannelAdmittance, back_flow, mixing_sink, product
from .precession import precession_by, shares
from .response import Response


def steady_state(
    response: Response, admittance: ChannelAdmittance, natural: NaturalUnits, omega: Scalars, functions: Any
) -> Real[AnyArray, "points 2 2 3"]:
    """u and T [V] at injector and detector, [points, contacts, 2, 3].

    Channel by channel (ν = 0, ±) the admittances of channel and back-flow, K_ν, are a ladder; with P_0 = b bᵀ,
    P_± = (1 − b bᵀ ± i b×)/2 (docs/derivations.md, section 8)

        W_ij = Σ_ν (m_i·P_ν m_j) (K_ν⁻¹)_ij,      x_i = m_i·(u, T)_i = Σ_j W_ij v_j,      v_j = 2 J_j − Γ_j x_j
        (u, T)_i = Σ_j Σ_ν P_ν m_j (K_ν⁻¹)_ij v_j

    Γ_j = (1 − η)𝒢 − c cᵀ/G holds what acts on the component along m_j alone: the rest of its back-flow, and the feedback of a bias
    at given current, the detector's zero.
    """

    closing = _Closing.of(response, admittance, natural)

    def parts(omega: Scalars, functions: Any) -> Any:
        """Of each contact, spin and heat: how much lies along b, along the two m across b, and along the two b × m."""
        turning = _Inverse.of(admittance, closing.sink, functions)
        flows = computed_once([v for _, v in _solved(response, closing, turning)])
        found, blocks = [], turning.blocks
        for i in range(2):
            still = [closing.still[i][j].times(flows[j]) for j in range(2)]
            still, turned = computed_once((still, [blocks[i][j].times(flows[j]) for j in range(2)]))
            found.append(
                [
                    (
                        sum(closing.cosines[j] * (still[j][k] - turned[j][k].real) for j in range(2)),
                        *(turned[j][k].real for j in range(2)),
                        *(-turned[j][k].imag for j in range(2)),
                    )
                    for k in range(2)
                ]
            )
        return found

    found = in_blocks(parts, omega, functions) if natural.has_one_direction else parts(omega, functions)
    b, (m_1, m_2) = natural.direction, (contact.magnetisation for contact in natural.device.contacts)
    axes = b, m_1, m_2, cross(b, m_1), cross(b, m_2)
    xp = array_module(found)
    return xp.stack(
        [xp.stack([sum(times(x, axis) for x, axis in zip(kind, axes, strict=True)) for kind in contact], -2) for contact in found], -3
    )


def signal(response: Response, admittance: ChannelAdmittance, natural: NaturalUnits, omega: Scalars | None) -> Scalars:
    """ΔV_Hanle at the detector [V], at every ω_Lτ_s; None as ω_L → ∞."""
    closing = _Closing.of(response, admittance, natural)
    return _sensed(None, response, admittance, closing) if omega is None else in_one_loop(_sensed, omega, response, admittance, closing)


class _Closing(NamedTuple):
    """What closes the channel at both contacts, at any field.

    Attributes:
        cosines: m_i·b.
        turn: m_1·m_2 less what lies along b, and m_1·(b × m_2).
        detector_sine_squared: |m_2 × b|².
        sink: the transverse back-flow of the injector.
        still: K_0⁻¹, as blocks [to][from].
        back: Γ_j.
        detector_source: 2 J_2.
    """

    cosines: Pair
    turn: Pair
    detector_sine_squared: Scalars
    sink: Symmetric
    still: list[list[General]]
    back: tuple[General, General]
    detector_source: Pair

    @classmethod
    def of(cls, response: Response, admittance: ChannelAdmittance, natural: NaturalUnits) -> "_Closing":
        contacts, b = natural.device.contacts, natural.direction
        m_1, m_2 = (contact.magnetisation for contact in contacts)
        cosines, turned = (response.cosine, dot(m_2, b)), cross(m_2, b)
        sink = mixing_sink(contacts[0].junction)
        still = _Inverse.of(admittance, sink, admittance.functions(0 * admittance.nonmagnet.material.tau_s))
        J = contacts[1].injection
        return computed_once(
            cls(
                cosines=cosines,
                turn=(dot(m_1, m_2) - cosines[0] * cosines[1], dot(m_1, cross(b, m_2))),
                detector_sine_squared=dot(turned, turned),
                sink=sink,
                still=[[block.real for block in row] for row in still.blocks],
                back=(_along_alone(contacts[0]), _along_alone(contacts[1])),
                detector_source=(2 * J[0], 2 * J[1]),
            )
        )


def _sensed(omega: Scalars | None, response: Response, admittance: ChannelAdmittance, closing: _Closing) -> Scalars:
    turning = None if omega is None else _Inverse.of(admittance, closing.sink, stage(admittance.functions)(omega))
    (x_s, x_Q), _ = _solved(response, closing, turning)[1]
    detector = admittance.detector
    return detector.P_G_G / detector.G / 2 * x_s + detector.P_L_S / 2 * x_Q


def _solved(response: Response, closing: _Closing, turning: "_Inverse | None") -> tuple[tuple[Pair, Pair], tuple[Pair, Pair]]:
    """x and v of the injector and of the detector, from K_+⁻¹."""
    (c_1, c_2), still = closing.cosines, closing.still
    W_12, W_21, W_22 = still[0][1] * (c_1 * c_2), still[1][0] * (c_1 * c_2), still[1][1] * c_2**2
    if turning is not None:
        o, h = closing.turn
        W_12, W_21 = _turned(W_12, turning.K_21.transposed, o + 1j * h), _turned(W_21, turning.K_21, o - 1j * h)
        W_22 = _turned_back(W_22, turning.alone, turning.K_21, turning.reach, closing.detector_sine_squared)
    Gamma_1, Gamma_2 = closing.back
    returned = _returned(response, None if turning is None else turning.D)
    seen = _seen(W_22, W_21, returned, Gamma_1, W_12)
    J, J_2 = response.source, closing.detector_source
    source = 2 * J[0], 2 * J[1]
    detected, injected = W_21.times(returned.times(source)), seen.times(J_2)
    x_2 = (IDENTITY + seen @ Gamma_2).solve((detected[0] + injected[0], detected[1] + injected[1]))
    back_2 = Gamma_2.times(x_2)
    v_2 = J_2[0] - back_2[0], J_2[1] - back_2[1]
    felt = (Gamma_1 @ W_12).times(v_2)
    v_1 = returned.times((source[0] - felt[0], source[1] - felt[1]))
    if turning is None:
        return (v_1, v_1), (x_2, v_2)
    W_11 = still[0][0] * c_1**2 + turning.K_11.real * response.sine_squared
    own, other = W_11.times(v_1), W_12.times(v_2)
    return ((own[0] + other[0], own[1] + other[1]), v_1), (x_2, v_2)


@stage
def _turned(still: General, turning: General, turn: Any) -> General:
    """A block of W: what precession leaves alone, and the real part of what it turns."""
    return still + (turning * turn).real


@stage
def _turned_back(still: General, alone: Symmetric, K_21: General, reach: General, turn: Any) -> General:
    """The detector's own block of W."""
    return still + (_own(alone, K_21, reach) * turn).real


@stage
def _seen(W_22: General, W_21: General, returned: General, Gamma_1: General, W_12: General) -> General:
    """W_22 − W_21 (1 + Γ_1 W_11)⁻¹ Γ_1 W_12, the detector's response without the injector's node."""
    return W_22 - (W_21 @ returned) @ (Gamma_1 @ W_12)


@stage
def _returned(response: Response, D: Symmetric | None) -> General:
    """(1 + Γ_1 W_11)⁻¹ = W_11⁻¹ (W_11⁻¹ + Γ_1)⁻¹ with W_11⁻¹ = A + E and W_11⁻¹ + Γ_1 = K + E, in which nothing cancels."""
    A, K = response.across.general, response.along.general
    if D is None:  # E = sin²θ A/cos²θ
        c, s = response.cosine**2, response.sine_squared
        return A @ (K * c + A * s).inverse()
    N, M, _, _ = precession_by(response, D - response.relaxation)
    E = _returning(response, N, M)
    return (A + E) @ (K + E).inverse()


@stage
def _returning(response: Response, N: Symmetric, M: Symmetric) -> General:
    """E of `one_contact`."""
    of_N, of_A = shares(response, N, M)
    return N.general * of_N + response.across.general * of_A


class _Inverse(NamedTuple):
    """K⁻¹ of the ladder, with the injector's transverse back-flow: sums of positive admittances only.

    Attributes:
        D: the admittance at the injector without it.
        K_11, K_21: two of its blocks [to][from].
        alone, reach: what the detector's own is made of, of `ChannelAdmittance`.
    """

    D: Symmetric
    K_11: General
    K_21: General
    alone: Symmetric
    reach: General

    @classmethod
    def of(cls, admittance: ChannelAdmittance, sink: Symmetric, functions: Any) -> "_Inverse":
        D, det, over, reach = admittance.eliminated(functions, sink)
        K_11 = _grounded(D, sink, det).inverse().general
        return cls(D, K_11, _coupled(D, sink, det, reach), admittance.alone(functions, over), reach)

    @property
    def blocks(self) -> list[list[General]]:
        return [[self.K_11, self.K_21.transposed], [self.K_21, _own(self.alone, self.K_21, self.reach)]]


def _own(alone: Symmetric, K_21: General, reach: General) -> General:
    """The detector's own block of K⁻¹: alone, and by way of the injector."""
    return alone.general + product(K_21, reach.transposed).general


@stage
def _coupled(D: Symmetric, sink: Symmetric, det: Any, reach: General) -> General:
    return reach @ _grounded(D, sink, det).inverse().general


def _grounded(D: Symmetric, sink: Symmetric, det: Any) -> Symmetric:
    """D with the back-flow, its determinant given."""
    return Symmetric(D.ss + sink.ss, D.sQ + sink.sQ, D.QQ + sink.QQ, det)


def _along_alone(contact: Contact) -> General:
    """Γ = (1 − η)𝒢 − c cᵀ/G, the last only where the current is given."""
    junction = contact.junction
    sink, c = back_flow(junction), junction.injection
    rest = 1 - junction.eta_mix
    fed = 1 / junction.G if contact.drive.feeds_back else 0.0
    off = rest * sink.sQ - fed * c[0] * c[1]
    return General(rest * sink.ss - fed * c[0] * c[0], off, off, rest * sink.QQ - fed * c[1] * c[1])
