"""The interface of every nonmagnet: a spin impedance and a spin heat impedance at the contact."""

import abc

import equinox as eqx

from .._types import AnyArray, Numbers, Real, Scalar


class AbstractNonmagnet(eqx.Module):
    """A linear, spin-isotropic nonmagnet seen from its contact.

    It answers u = 2 r_s F(z_s) I_s and T = 2 r_Q F(z_Q) I_Qs, a function of z = 1 − τ ω_L b×, whose eigenvalues are 1 along the
    field and 1 ± iω_Lτ across it. F(1) = 1, so that r_s and r_Q always mean Eqs. (7), (8), the values at B = 0.

    Attributes:
        r_s: spin resistance [Ω m²].
        r_Q: spin heat resistance [K m² W⁻¹].
        tau_s, tau_Q: spin and spin heat relaxation times [s].
        g: Landé factor, ω_L = g μ_B B/ħ.
        relaxation_s, relaxation_Q: 3×3 tensors that multiply 1/τ_s and 1/τ_Q; None for isotropic relaxation.
    """

    r_s: eqx.AbstractVar[Scalar]
    r_Q: eqx.AbstractVar[Scalar]
    tau_s: eqx.AbstractVar[Scalar]
    tau_Q: eqx.AbstractVar[Scalar]
    g: eqx.AbstractVar[Scalar]
    relaxation_s: eqx.AbstractVar[Real[AnyArray, "3 3"] | None]
    relaxation_Q: eqx.AbstractVar[Real[AnyArray, "3 3"] | None]

    @property
    def is_isotropic(self) -> bool:
        """Whether relaxation is the same in every direction, which the impedance presupposes."""
        return self.relaxation_s is None and self.relaxation_Q is None

    @abc.abstractmethod
    def admittance_change_s(self, q: Numbers) -> Numbers:
        """1/F(1 + q) − 1 of the spin impedance for q = z − 1 = iω_Lτ_s (complex), without cancellation at small q."""

    @abc.abstractmethod
    def admittance_change_Q(self, q: Numbers) -> Numbers:
        """1/F(1 + q) − 1 of the spin heat impedance for q = iω_Lτ_Q (complex), without cancellation at small q."""

    @abc.abstractmethod
    def rescaled(self, *, conductance: Scalar, kelvin: Scalar, T_0: Scalar, time: Scalar) -> "AbstractNonmagnet":
        """The same nonmagnet in the units of `Junction.rescaled`, with times in units of `time` [s]."""
