"""The coefficients of a junction's two spin channels: their totals, differences and polarisations."""

import equinox as eqx

from ..numerics.ratio import ratio
from ..numerics.types import Scalar


class SpinChannels(eqx.Module):
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
