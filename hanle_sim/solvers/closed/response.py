"""A device's linear response in the (spin, spin heat) plane: the coefficients of the closed form and of the modes."""

import equinox as eqx

from ...numerics.two_by_two import Pair, Symmetric, mixed
from ...numerics.types import Scalar
from ...numerics.vectors import Scalars, cross, dot
from ...physics.dimensionless import NaturalUnits
from .admittance import AbstractAdmittance, back_flow


class Response(eqx.Module):
    """Coefficients of the steady state, in natural units. On plain numbers they are formed in double precision, before a kernel
    rounds them to its own: the determinants and products that rounded entries would lose stand here as numbers of their own.
    See docs/derivations.md, section 4.2.

    Attributes:
        across: A = D_0 + η𝒢, by which the components across m decay at B = 0: relaxation, D_0, for one impedance diag(1/r_s, 1/r_Q), and
            back-flow, 𝒢 = [[G, −L], [−L T_0, κ_el]].
        along: K = D_0 + 𝒢_∥, by which the component along m decays. 𝒢_∥ = 𝒢 at constant voltage; at constant current the bias
            feeds back, and 𝒢_∥ = 𝒢 − c cᵀ/G with c = (P_G G, −P_L L T_0).
        relaxation: D_0, the admittance of the nonmagnet without precession.
        unbiased: D_0 + 𝒢, the same without feedback of the bias; at constant voltage the same as `along`.
        source: J = c V_0 + c′ ΔT_0 with V_0 the voltage without accumulation and c′ = (P_L L, −P_κ κ_el).
        adj_along_source, adj_across_source, adj_unbiased_source: adj(K) J, adj(A) J, and of `unbiased`.
        along_across, unbiased_across: ⟨K, A⟩, and of `unbiased`.
        signal: h, so that ΔV_Hanle = h·(m·u, m·T): (P_G, P_L S)/2, Eq. (6).
        time: (τ_s, τ_Q).
        cosine: cos θ = m·b, one or [points].
        sine_squared: sin²θ = |m × b|², one or [points].
    """

    across: Symmetric
    along: Symmetric
    unbiased: Symmetric
    relaxation: Symmetric
    source: Pair
    adj_along_source: Pair
    adj_across_source: Pair
    adj_unbiased_source: Pair
    along_across: Scalar
    unbiased_across: Scalar
    signal: Pair
    time: Pair
    cosine: Scalars
    sine_squared: Scalars

    @classmethod
    def of(cls, natural: NaturalUnits, admittance: AbstractAdmittance) -> "Response":
        """Coefficients of a device under its bias, with the admittance of its nonmagnet."""
        injector, nonmagnet = natural.device.injector, natural.device.nonmagnet
        junction, drive = injector.junction, injector.drive
        sink, c = back_flow(junction), junction.injection
        if drive.feeds_back:
            # 𝒢 − c cᵀ/G written per spin, in which nothing cancels as |P_G| → 1.
            sink_along = Symmetric.of(
                4 * junction.G_up * junction.G_down / junction.G,
                -2 * (junction.L_up * junction.G_down + junction.L_down * junction.G_up) / junction.G,
                junction.kappa_el - c[1] * c[1] / junction.G,
            )
        else:
            sink_along = sink
        source = injector.injection
        relaxation = admittance.at_zero
        across, along, unbiased = relaxation + sink * junction.eta_mix, relaxation + sink_along, relaxation + sink
        m, b = injector.magnetisation, natural.direction
        turned = cross(m, b)
        return cls(
            across=across,
            along=along,
            unbiased=unbiased,
            relaxation=relaxation,
            source=source,
            adj_along_source=along.adjugate_times(source),
            adj_across_source=across.adjugate_times(source),
            adj_unbiased_source=unbiased.adjugate_times(source),
            along_across=mixed(along, across),
            unbiased_across=mixed(unbiased, across),
            signal=(junction.P_G_G / junction.G / 2, junction.P_L_S / 2),
            time=(nonmagnet.tau_s, nonmagnet.tau_Q),
            cosine=dot(m, b),
            sine_squared=dot(turned, turned),
        )
