"""The coefficients of a junction's two spin channels: their totals, differences and polarisations."""

from ..numerics.ratio import ratio
from ..numerics.types import Scalar
from ..text import number_text
from .description import AbstractDescribed, if_any, in_unit, listed


class SpinChannels(AbstractDescribed):
    """Linear-response coefficients of each spin σ = ↑, ↓, Eqs. (1), (2).

    Attributes:
        G_up, G_down: conductance [Ω⁻¹ m⁻²].
        L_up, L_down: thermoelectric conductance [A m⁻² K⁻¹].
        kappa_up, kappa_down: electronic heat conductance at V = 0 [W m⁻² K⁻¹].
        T_0: temperature [K].
    """

    G_up: Scalar
    G_down: Scalar
    L_up: Scalar
    L_down: Scalar
    kappa_up: Scalar
    kappa_down: Scalar
    T_0: Scalar

    @property
    def G(self) -> Scalar:
        """Tunnel conductance G↑ + G↓ [Ω⁻¹ m⁻²]."""
        return self.G_up + self.G_down

    @property
    def L(self) -> Scalar:
        """Thermoelectric conductance L↑ + L↓ [A m⁻² K⁻¹]."""
        return self.L_up + self.L_down

    @property
    def kappa_el(self) -> Scalar:
        """Electronic heat conductance κ↑ + κ↓ [W m⁻² K⁻¹]."""
        return self.kappa_up + self.kappa_down

    @property
    def P_G_G(self) -> Scalar:
        """G↑ − G↓ = P_G G [Ω⁻¹ m⁻²]."""
        return self.G_up - self.G_down

    @property
    def P_L_L(self) -> Scalar:
        """L↑ − L↓ = P_L L [A m⁻² K⁻¹]; defined also where L = 0."""
        return self.L_up - self.L_down

    @property
    def P_kappa_kappa(self) -> Scalar:
        """κ↑ − κ↓ = P_κ κ_el [W m⁻² K⁻¹]."""
        return self.kappa_up - self.kappa_down

    @property
    def R_tun(self) -> Scalar:
        """Tunnel resistance 1/G [Ω m²]."""
        return 1 / self.G

    @property
    def S(self) -> Scalar:
        """Seebeck coefficient of the junction, −L/G [V/K]."""
        return -self.L / self.G

    @property
    def P_L_S(self) -> Scalar:
        """P_L S = −(L↑ − L↓)/G [V/K]; defined also where S = 0."""
        return (self.L_down - self.L_up) / self.G

    @property
    def P_G(self) -> Scalar:
        """Spin polarisation of the conductance."""
        return self.P_G_G / self.G

    @property
    def P_L(self) -> Scalar:
        """Spin polarisation of the thermoelectric conductance; NaN where L = 0, to rounding."""
        return ratio(self.P_L_L, self.L, self.L_up, self.L_down)

    @property
    def P_kappa(self) -> Scalar:
        """Spin polarisation of the electronic heat conductance; NaN where that is zero."""
        return ratio(self.P_kappa_kappa, self.kappa_el)

    # Coefficients of Eqs. (4) and (5), spin first, spin heat second: from here every solver takes them.

    @property
    def sink(self) -> tuple[tuple[Scalar, Scalar], tuple[Scalar, Scalar]]:
        """𝒢 = [[G, −L], [−L T_0, κ_el]]: (u, T) drive back (I_s, I_Qs) = −𝒢 (u, T)/2 along m."""
        return (self.G, -self.L), (-self.L * self.T_0, self.kappa_el)

    @property
    def injection(self) -> tuple[Scalar, Scalar]:
        """c = (P_G G, −P_L L T_0): (I_s, I_Qs) along m per volt across the junction."""
        return self.P_G_G, -self.P_L_L * self.T_0

    @property
    def thermal_injection(self) -> tuple[Scalar, Scalar]:
        """c′ = (P_L L, −P_κ κ_el): (I_s, I_Qs) along m per kelvin of ΔT_0."""
        return self.P_L_L, -self.P_kappa_kappa

    def description(self) -> str:
        has_heat = bool(self.L_up != 0) or bool(self.L_down != 0)
        of_heat = {
            "P_L": number_text(float(self.P_L), 4) if self.L != 0 else None,
            "S": if_any(self.S, "V/K"),
            "P_L S": if_any(self.P_L_S, "V/K") if self.L == 0 else None,
            "T_0": in_unit(self.T_0, "K"),
        }
        return listed({"P_G": number_text(float(self.P_G), 4), **(of_heat if has_heat else {})})
