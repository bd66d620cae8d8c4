"""The tunnel junction: charge, spin, heat and spin-heat currents as vectors in spin space, Eqs. (1)-(6).

Source: Vera-Marun, van Wees, Jansen, Phys. Rev. Lett. 112, 056602 ("the paper"); vector form, mixing conductance and second law:
docs/derivations.md, section 1. Currents are densities, positive for electron flow from the ferromagnet into the nonmagnet. The methods are
written for one state; arrays with leading dimensions broadcast.
"""

import dataclasses

import equinox as eqx
import numpy as np

from ..constants import ANY_TEMPERATURE, L_0_PAPER
from ..numerics.checks import is_concrete, require_finite, require_not_negative, require_polarisation, require_positive
from ..numerics.types import Scalar
from ..numerics.vectors import Scalars, Vectors, array_module, cross, dot, times
from . import second_law
from .description import in_unit
from .spin_channels import SpinChannels

#: The conductance that stands for R_tun = ∞ [Ω⁻¹ m⁻²]. Nothing flows back, to rounding, into a nonmagnet with r_s below 10⁴ Ω m²; but
#: polarisations and Seebeck coefficients, which are ratios to it, keep their values.
OPEN = 1e-20


class Junction(SpinChannels):
    """A ferromagnet / tunnel barrier / nonmagnet contact in linear response, one set of coefficients per spin σ = ↑, ↓.

    I_σ = G_σ v_σ + L_σ δT_σ and I_Qσ = −κ_σ δT_σ − L_σ T_0 v_σ, Eqs. (1), (2), with v_σ = V ∓ u/2 and δT_σ = ΔT_0 ± T/2.
    `SpinChannels` has the totals and polarisations of Eqs. (3)-(5). Coefficients per spin are stored, since P_L = (L↑ − L↓)/L has
    no value where L↑ = −L↓.

    Arguments:
        G_up, G_down: tunnel conductance of each spin channel [Ω⁻¹ m⁻²], not negative.
        L_up, L_down: thermoelectric conductance, L_σ = −S_σ G_σ [A m⁻² K⁻¹].
        kappa_up, kappa_down: electronic heat conductance at V = 0 [W m⁻² K⁻¹], not negative.
        T_0: temperature at which the coefficients hold, the nonmagnet's mean electron temperature [K].
        kappa_ph: heat conductance of the phonons across the barrier [W m⁻² K⁻¹]; it carries no spin heat.
        eta_mix: η = 2 Re G↑↓/G of the mixing conductance; 1 in the tunnel limit.
        G_i: 2 Im G↑↓ [Ω⁻¹ m⁻²]: adds (G_i/2) m × u to the spin current; None for none.
        per_area: whether the conductances are per area, as above; False for those of the contact as a whole, G in Ω⁻¹, L in A K⁻¹,
            κ in W K⁻¹ and currents in A, as a lateral channel takes them. `over` turns the first into the second.

    Raises:
        ValueError: a coefficient outside its range, or a set that breaks the second law, κ_σ G_σ ≥ L_σ² T_0.

    Example:
        >>> from hanle_sim import Junction
        >>> junction = Junction.from_resistance(R_tun=50e-12, P_G=0.5, S=100e-6, P_L=0.5, T_0=300.0)
        >>> junction
        Junction(R_tun = 50 ohm um^2, P_G = 0.5, P_L = 0.5, S = 100 uV/K, T_0 = 300 K)
        >>> f"{junction.second_law_margin:.4f}"  # 1 − S²/L_0
        '0.5918'
    """

    kappa_ph: Scalar = 0.0
    eta_mix: Scalar = 1.0
    G_i: Scalar | None = None
    per_area: bool = eqx.field(static=True, default=True)

    def __check_init__(self) -> None:
        for name in ("G_up", "G_down", "kappa_up", "kappa_down", "kappa_ph"):
            require_not_negative(name, getattr(self, name))
        for name in ("L_up", "L_down"):
            require_finite(name, getattr(self, name))
        if self.G_i is not None:
            require_finite("G_i", self.G_i)
        require_positive("T_0", self.T_0)
        require_positive("eta_mix", self.eta_mix)
        require_positive("G_up + G_down", self.G)
        second_law.check(self)

    @classmethod
    def from_totals(
        cls,
        *,
        G: Scalar,
        P_G: Scalar,
        L: Scalar,
        P_L: Scalar,
        kappa_el: Scalar,
        P_kappa: Scalar,
        T_0: Scalar,
        kappa_ph: Scalar = 0.0,
        eta_mix: Scalar = 1.0,
        G_i: Scalar | None = None,
        per_area: bool = True,
    ) -> "Junction":
        """Junction from totals and polarisations, X_σ = X (1 ± P_X)/2.

        G [Ω⁻¹ m⁻²], L [A m⁻² K⁻¹], kappa_el [W m⁻² K⁻¹], T_0 [K]; P_G, P_kappa between −1 and 1; P_L any. With per_area=False all
        are those of the whole contact, G in Ω⁻¹.
        Raises ValueError as the class does.
        """
        require_polarisation("P_G", P_G)
        require_polarisation("P_kappa", P_kappa)
        require_positive("G", G)
        require_positive("kappa_el", kappa_el)
        return cls(
            G_up=G * (1 + P_G) / 2,
            G_down=G * (1 - P_G) / 2,
            L_up=L * (1 + P_L) / 2,
            L_down=L * (1 - P_L) / 2,
            kappa_up=kappa_el * (1 + P_kappa) / 2,
            kappa_down=kappa_el * (1 - P_kappa) / 2,
            T_0=T_0,
            kappa_ph=kappa_ph,
            eta_mix=eta_mix,
            G_i=G_i,
            per_area=per_area,
        )

    @classmethod
    def from_resistance(
        cls,
        *,
        R_tun: Scalar,
        P_G: Scalar,
        S: Scalar = 0.0,
        P_L: Scalar | None = None,
        T_0: Scalar | None = None,
        P_kappa: Scalar | None = None,
        kappa_el: Scalar | None = None,
        L_0: Scalar = L_0_PAPER,
        kappa_ph: Scalar = 0.0,
        eta_mix: Scalar = 1.0,
        G_i: Scalar | None = None,
        per_area: bool = True,
    ) -> "Junction":
        """Junction from measured quantities: R_tun = 1/G [Ω m²] and the junction's Seebeck coefficient S = −L/G [V/K].

        R_tun may be infinite, for a given current: nothing flows back, and V, infinite too, is a number far above all others.
        With per_area=False R_tun is that of the whole contact [Ω]. Without S there is no spin heat, and neither P_L nor T_0 [K] has to
        be given. kappa_el defaults to the Wiedemann-Franz law, κ_el = L_0 T_0 G, Eq. (10), with L_0 [V²/K²]; P_kappa to P_G.
        Raises ValueError as the class does, and for S without P_L or T_0.
        """
        if is_concrete(R_tun) and np.all(np.isposinf(R_tun)):
            R_tun = 1 / OPEN
        require_positive("R_tun", R_tun)
        if (P_L is None or T_0 is None) and not (is_concrete(S) and np.all(np.asarray(S) == 0)):
            raise ValueError("S needs P_L and T_0 too: give them, or leave S out")
        P_L, T_0 = 0.0 if P_L is None else P_L, ANY_TEMPERATURE if T_0 is None else T_0
        require_positive("T_0", T_0)
        G = 1 / R_tun
        return cls.from_totals(
            G=G,
            P_G=P_G,
            L=-S * G,
            P_L=P_L,
            kappa_el=L_0 * T_0 * G if kappa_el is None else kappa_el,
            P_kappa=P_G if P_kappa is None else P_kappa,
            T_0=T_0,
            kappa_ph=kappa_ph,
            eta_mix=eta_mix,
            G_i=G_i,
            per_area=per_area,
        )

    @classmethod
    def from_spin_channels(
        cls,
        *,
        G_up: Scalar,
        G_down: Scalar,
        S_up: Scalar,
        S_down: Scalar,
        kappa_up: Scalar,
        kappa_down: Scalar,
        T_0: Scalar,
        kappa_ph: Scalar = 0.0,
        eta_mix: Scalar = 1.0,
        G_i: Scalar | None = None,
        per_area: bool = True,
    ) -> "Junction":
        """Junction from each channel's conductance [Ω⁻¹ m⁻²], Seebeck coefficient S_σ = −L_σ/G_σ [V/K] and κ_σ [W m⁻² K⁻¹].

        With per_area=False conductances are those of the whole contact, in Ω⁻¹ and W K⁻¹.
        Raises ValueError as the class does.
        """
        return cls(G_up, G_down, -S_up * G_up, -S_down * G_down, kappa_up, kappa_down, T_0, kappa_ph, eta_mix, G_i, per_area=per_area)

    @property
    def second_law_margin(self) -> Scalar:
        """min over σ of 1 − L_σ² T_0/(κ_σ G_σ): zero at the limit of the second law, negative beyond it."""
        up, down = second_law.margins(self)
        smallest = array_module(up, down).minimum(up, down)
        return float(smallest) if is_concrete(smallest) and np.ndim(smallest) == 0 else smallest

    def description(self) -> str:
        R_tun = "infinite" if self.G <= 2 * OPEN else in_unit(self.R_tun, "ohm m^2" if self.per_area else "ohm")
        return f"R_tun = {R_tun}, {super().description()}"

    # Currents at a given state. V [V], u = Δμ/e [V], T = ΔT_s [K], Delta_T_0 = T_0 − T_F [K].

    def charge_current(self, m: Vectors, V: Scalars, u: Vectors, T: Vectors, Delta_T_0: Scalar = 0.0) -> Scalars:
        """Charge current density I = G V − P_G G (m·u)/2 + L ΔT_0 + P_L L (m·T)/2, Eq. (3) [A m⁻²], shape [...]."""
        return self.G * V - self.P_G_G * dot(m, u) / 2 + self.L * Delta_T_0 + self.P_L_L * dot(m, T) / 2

    def voltage(self, m: Vectors, I: Scalars, u: Vectors, T: Vectors, Delta_T_0: Scalar = 0.0) -> Scalars:
        """Voltage V that drives the charge current I [A m⁻²]: Eq. (3) solved for V [V], shape [...]."""
        return (I - self.L * Delta_T_0) / self.G + sum(self.hanle_signals(m, u, T))

    def hanle_signals(self, m: Vectors, u: Vectors, T: Vectors) -> tuple[Scalars, Scalars]:
        """The two terms of Eq. (6), P_G (m·u)/2 from Δμ and P_L S (m·T)/2 from ΔT_s [V], each [...]."""
        return self.P_G_G / self.G * dot(m, u) / 2, self.P_L_S * dot(m, T) / 2

    def spin_current(self, m: Vectors, V: Scalars, u: Vectors, T: Vectors, Delta_T_0: Scalar = 0.0) -> Vectors:
        """Spin current density, Eq. (4) as a vector with mixing conductance [A m⁻²], shape [..., 3].

        I_s = m [P_G G V + P_L L ΔT_0] − (G/2) [η u + (1 − η) m (m·u)] + (L/2) [η T + (1 − η) m (m·T)] + (G_i/2) m × u
        """
        current = self._injected(0, m, V, u, T, Delta_T_0)
        return current if self.G_i is None else current + self.G_i * cross(m, u) / 2

    def spin_heat_current(self, m: Vectors, V: Scalars, u: Vectors, T: Vectors, Delta_T_0: Scalar = 0.0) -> Vectors:
        """Spin heat current density, Eq. (5) as a vector with mixing conductance [W m⁻²], shape [..., 3].

        I_Qs = m [−P_κ κ_el ΔT_0 − P_L L T_0 V] − (κ_el/2) [η T + (1 − η) m (m·T)] + (L T_0/2) [η u + (1 − η) m (m·u)]
        """
        return self._injected(1, m, V, u, T, Delta_T_0)

    def _injected(self, k: int, m: Vectors, V: Scalars, u: Vectors, T: Vectors, Delta_T_0: Scalar) -> Vectors:
        """I_s (k = 0) or I_Qs (1) without Im G↑↓: m [c V + c′ ΔT_0] − 𝒢 (u, T)/2, the components across m times η."""
        injected = self.injection[k] * V + self.thermal_injection[k] * Delta_T_0
        return times(injected, m) - self.sink[k][0] * self._mixed(m, u) / 2 - self.sink[k][1] * self._mixed(m, T) / 2

    def heat_current(
        self,
        m: Vectors,
        V: Scalars,
        u: Vectors,
        T: Vectors,
        Delta_T_0: Scalar = 0.0,
        Delta_T_ph: Scalar | None = None,
    ) -> Scalars:
        """Total heat current density, the sum of Eq. (2) over the spins and the phonons' part [W m⁻²], shape [...].

        I_Q = −κ_el ΔT_0 − P_κ κ_el (m·T)/2 − L T_0 V + P_L L T_0 (m·u)/2 − κ_ph ΔT_ph, with ΔT_ph = T_ph − T_F; the nonmagnet's
        phonons are taken at its electrons' temperature (ΔT_ph = ΔT_0) unless given.
        """
        electrons = (
            -self.kappa_el * Delta_T_0 - self.P_kappa_kappa * dot(m, T) / 2 - self.L * self.T_0 * V + self.P_L_L * self.T_0 * dot(m, u) / 2
        )
        return electrons - self.kappa_ph * (Delta_T_0 if Delta_T_ph is None else Delta_T_ph)

    def _mixed(self, m: Vectors, vector: Vectors) -> Vectors:
        """η x + (1 − η) m (m·x): what flows back across m counts η times, along m once."""
        return self.eta_mix * vector + (1 - self.eta_mix) * times(dot(m, vector), m)

    def dissipated_power(self, m: Vectors, V: Scalars, u: Vectors, T: Vectors, Delta_T_0: Scalar = 0.0) -> Scalars:
        """T_0 times the entropy that the junction produces [W m⁻²], shape [...]; not negative in any state.

        P = I V − I_s·u/2 − I_Q ΔT_0/T_0 − I_Qs·T/(2 T_0): each current times its force, summed.
        """
        I = self.charge_current(m, V, u, T, Delta_T_0)
        I_s = self.spin_current(m, V, u, T, Delta_T_0)
        I_Q = self.heat_current(m, V, u, T, Delta_T_0)
        I_Qs = self.spin_heat_current(m, V, u, T, Delta_T_0)
        return I * V - dot(I_s, u) / 2 - I_Q * Delta_T_0 / self.T_0 - dot(I_Qs, T) / (2 * self.T_0)

    def over(self, area: Scalar) -> "Junction":
        """The junction as a whole, over an area [m²]: conductances in Ω⁻¹, currents in A.

        Raises ValueError for a junction that is a whole already.
        """
        if not self.per_area:
            raise ValueError("its conductances are those of the whole contact already: leave out .over(area)")
        return dataclasses.replace(self.scaled(area), per_area=False)

    def scaled(self, factor: Scalar) -> "Junction":
        """The same junction with every conductance multiplied by a factor."""
        G_i = None if self.G_i is None else self.G_i * factor
        names = ("G_up", "G_down", "L_up", "L_down", "kappa_up", "kappa_down", "kappa_ph")
        return dataclasses.replace(self, **{name: getattr(self, name) * factor for name in names}, G_i=G_i)

    def rescaled(self, *, conductance: Scalar, kelvin: Scalar) -> "Junction":
        """The same junction with conductances in units of `conductance` [Ω⁻¹ m⁻²] and temperature differences in units of
        1/`kelvin`, `kelvin` [V/K] turning them into volts. Heat currents are counted per T_0 `kelvin` `conductance`, so T_0 = 1.

        Eqs. (3)-(5) keep their form: only numbers change. With `kelvin`² = r_s/(r_Q T_0) the coefficients are symmetric and pure.
        """
        L, kappa = conductance * kelvin, conductance * kelvin**2 * self.T_0
        units = {"G_up": conductance, "G_down": conductance, "L_up": L, "L_down": L}
        units |= dict.fromkeys(("kappa_up", "kappa_down", "kappa_ph"), kappa)
        G_i = None if self.G_i is None else self.G_i / conductance
        return dataclasses.replace(self, **{name: getattr(self, name) / unit for name, unit in units.items()}, T_0=1.0, G_i=G_i)
