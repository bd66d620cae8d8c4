"""The well-mixed nonmagnet: one spin accumulation, one spin heat accumulation, the Bloch equations."""

from ...constants import ANY_TEMPERATURE, L_0_PAPER
from ...numerics.checks import require_finite, require_positive
from ...numerics.types import AnyArray, Numbers, Real, Scalar
from .base import AbstractNonmagnet, Tensor
from .material import HEAT_TIME, rate_along, require_relaxation


class Lumped(AbstractNonmagnet):
    """A nonmagnet so small, or so well mixed, that u and T are the same everywhere: F(z) = 1/z.

    Applies to an island smaller than the relaxation lengths, and to a film much thinner than λ under a contact much wider
    than λ. In a film much thinner than λ, α = τ_s/τ_Q.

    Arguments:
        r_s: spin resistance [Ω m²].
        r_Q: spin heat resistance [K m² W⁻¹].
        tau_s, tau_Q: relaxation times [s].
        g: Landé factor, or a 3×3 tensor.
        relaxation_s, relaxation_Q: symmetric positive definite 3×3 tensors that multiply 1/τ_s and 1/τ_Q, for anisotropic
            relaxation; None for isotropic.

    Raises:
        ValueError: a number outside its range, or a tensor that isn't symmetric and positive definite.

    Example:
        >>> from hanle_sim import Lumped
        >>> Lumped.from_alpha(r_s=25e-12, alpha=2.0, T_0=300.0, tau_s=1e-9, tau_Q=0.25e-9)  # r_Q = r_s/(L_0 T_0 α)
        Lumped(r_s = 25 ohm um^2, r_Q = 1.701 uK m^2/W, tau_s = 1 ns, tau_Q = 250 ps, g = 2)
    """

    is_well_mixed = True
    omega_at_half_width = 1.0

    r_s: Scalar
    r_Q: Scalar
    tau_s: Scalar
    tau_Q: Scalar
    g: Scalar | Tensor = 2.0
    relaxation_s: Tensor | None = None
    relaxation_Q: Tensor | None = None

    def __check_init__(self) -> None:
        for name in ("r_s", "r_Q", "tau_s", "tau_Q"):
            require_positive(f"nonmagnet: {name}", getattr(self, name))
        require_finite("nonmagnet: g", self.g)
        require_relaxation("nonmagnet: relaxation_s", self.relaxation_s)
        require_relaxation("nonmagnet: relaxation_Q", self.relaxation_Q)

    @property
    def S_N(self) -> None:
        """A well-mixed nonmagnet has no gradients for a Seebeck coefficient to act on."""
        return None

    @classmethod
    def from_alpha(
        cls,
        *,
        r_s: Scalar,
        alpha: Scalar,
        T_0: Scalar,
        tau_s: Scalar,
        tau_Q: Scalar,
        g: Scalar | Tensor = 2.0,
        L_0: Scalar = L_0_PAPER,
        relaxation_s: Tensor | None = None,
        relaxation_Q: Tensor | None = None,
    ) -> "Lumped":
        """Nonmagnet with r_Q = r_s/(L_0 T_0 α), the spin Wiedemann-Franz law, Eq. (13).

        r_s [Ω m²], T_0 [K], tau_s and tau_Q [s], L_0 [V²/K²]. Raises ValueError as the class does.
        """
        for name, value in (("alpha", alpha), ("T_0", T_0), ("L_0", L_0)):
            require_positive(f"nonmagnet: {name}", value)
        return cls(r_s, r_s / (L_0 * T_0 * alpha), tau_s, tau_Q, g, relaxation_s, relaxation_Q)

    @classmethod
    def of_spin(cls, *, r_s: Scalar, tau_s: Scalar, g: Scalar | Tensor = 2.0, relaxation_s: Tensor | None = None) -> "Lumped":
        """Nonmagnet of a device without spin heat, under a junction with S = 0: no result depends on the numbers of heat, which are
        put at α = 1.

        r_s [Ω m²], tau_s [s]. Raises ValueError as the class does.
        """
        return cls(r_s, r_s / (L_0_PAPER * ANY_TEMPERATURE), tau_s, tau_s * HEAT_TIME, g, relaxation_s)

    def admittance_change_s(self, q: Numbers) -> Numbers:
        return q

    def admittance_change_Q(self, q: Numbers) -> Numbers:
        return q

    def along(self, axis: Real[AnyArray, "3"]) -> "Lumped":
        s, Q = rate_along(self.relaxation_s, axis), rate_along(self.relaxation_Q, axis)
        return Lumped(self.r_s / s, self.r_Q / Q, self.tau_s / s, self.tau_Q / Q, self.g)

    def rescaled(self, *, conductance: Scalar, kelvin: Scalar, T_0: Scalar, time: Scalar) -> "Lumped":
        resistances = self.r_s * conductance, self.r_Q * T_0 * kelvin**2 * conductance
        return Lumped(*resistances, self.tau_s / time, self.tau_Q / time, self.g, self.relaxation_s, self.relaxation_Q)
