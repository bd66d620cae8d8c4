"""A nonmagnetic material: resistivities, a diffusion constant, two relaxation times."""

import numpy as np

from ...constants import ANY_TEMPERATURE, L_0_PAPER
from ...numerics.checks import is_concrete, require_finite, require_positive
from ...numerics.types import AnyArray, Numbers, Real, Scalar
from ...numerics.vectors import full_precision
from ...text import number_text, toml_of
from ..description import AbstractDescribed, if_any, in_unit, listed, number_or_tensor

#: τ_Q/τ_s where there is no spin heat. Not 1, so that its mode and the spins' never coincide, which would cost digits.
HEAT_TIME = 0.25

Tensor = Real[AnyArray, "3 3"]


class Material(AbstractDescribed):
    """A nonmagnetic conductor in bulk, or as a sheet or a channel so thin that it has no depth.

    Spin and spin heat diffuse alike, with one D; the currents are j_s = −u′/(2ρ) and j_Qs = −T′/(2ρ_Q), and with a bulk Seebeck
    coefficient, in the form of Eqs. (4), (5), j_s = −(u′ + S_N T′)/(2ρ) and j_Qs = −T′/(2ρ_Q) − S_N T_0 u′/(2ρ).

    Arguments:
        rho: resistivity ρ [Ω m]; of a sheet the square resistance [Ω].
        rho_Q: thermal resistivity of the electrons [K m W⁻¹]; of a sheet [K W⁻¹].
        D: diffusion constant [m² s⁻¹].
        tau_s, tau_Q: spin and spin heat relaxation times [s].
        g: Landé factor, or a 3×3 tensor; ω_L = g μ_B B/ħ.
        relaxation_s, relaxation_Q: symmetric positive definite 3×3 tensors that multiply 1/τ_s and 1/τ_Q; None for isotropic.
        S_N: Seebeck coefficient of the bulk [V K⁻¹]; None where spin and heat do not couple.

    Raises:
        ValueError: a number outside its range, or a tensor that isn't symmetric and positive definite.

    Example:
        >>> from hanle_sim import Material
        >>> Material.of_spin(rho=1e-5, D=1e-3, tau_s=1e-9)  # λ_s = √(D τ_s)
        Material(rho = 1e-5, D = 0.001, lambda_s = 1 um, tau_s = 1 ns, tau_Q = 250 ps, g = 2)
    """

    rho: Scalar
    rho_Q: Scalar
    D: Scalar
    tau_s: Scalar
    tau_Q: Scalar
    g: Scalar | Tensor = 2.0
    relaxation_s: Tensor | None = None
    relaxation_Q: Tensor | None = None
    S_N: Scalar | None = None

    def __check_init__(self) -> None:
        for name in ("rho", "rho_Q", "D", "tau_s", "tau_Q"):
            require_positive(f"nonmagnet: {name}", getattr(self, name))
        require_finite("nonmagnet: g", self.g)
        require_relaxation("nonmagnet: relaxation_s", self.relaxation_s)
        require_relaxation("nonmagnet: relaxation_Q", self.relaxation_Q)
        if self.S_N is not None:
            require_finite("nonmagnet: S_N", self.S_N)

    @classmethod
    def from_wiedemann_franz(
        cls,
        *,
        rho: Scalar,
        D: Scalar,
        tau_s: Scalar,
        tau_Q: Scalar,
        T_0: Scalar,
        L_0: Scalar = L_0_PAPER,
        g: Scalar | Tensor = 2.0,
        relaxation_s: Tensor | None = None,
        relaxation_Q: Tensor | None = None,
        S_N: Scalar | None = None,
    ) -> "Material":
        """Material with ρ_Q = ρ/(L_0 T_0), T_0 [K], L_0 [V² K⁻²]. Raises ValueError as the class does."""
        require_positive("nonmagnet: T_0", T_0)
        require_positive("nonmagnet: L_0", L_0)
        return cls(rho, rho / (L_0 * T_0), D, tau_s, tau_Q, g, relaxation_s, relaxation_Q, S_N)

    @classmethod
    def of_spin(cls, *, rho: Scalar, D: Scalar, tau_s: Scalar, g: Scalar | Tensor = 2.0, relaxation_s: Tensor | None = None) -> "Material":
        """Material of a device without spin heat, under a junction with S = 0: no result depends on the numbers of heat.

        Raises ValueError as the class does.
        """
        return cls(rho, rho / (L_0_PAPER * ANY_TEMPERATURE), D, tau_s, tau_s * HEAT_TIME, g, relaxation_s)

    def description(self) -> str:
        numbers = {
            name: number_text(float(getattr(self, name)), 4) for name in ("rho", "D")
        }  # units: those of a bulk, a sheet or a channel
        lengths = {"lambda_s": in_unit(self.lambda_s, "m"), "tau_s": in_unit(self.tau_s, "s"), "tau_Q": in_unit(self.tau_Q, "s")}
        return listed({**numbers, **lengths, "g": number_or_tensor(self.g), "S_N": if_any(self.S_N, "V/K")})

    @property
    def lambda_s(self) -> Scalar:
        """Spin diffusion length √(D τ_s) [m]."""
        return (self.D * self.tau_s) ** 0.5

    @property
    def lambda_Q(self) -> Scalar:
        """Spin heat diffusion length √(D τ_Q) [m]."""
        return (self.D * self.tau_Q) ** 0.5

    def along(self, axis: Real[AnyArray, "3"]) -> "Material":
        """The isotropic material in which spins relax as their components along an axis [3] do here."""
        tau_s, tau_Q = self.tau_s / rate_along(self.relaxation_s, axis), self.tau_Q / rate_along(self.relaxation_Q, axis)
        return Material(self.rho, self.rho_Q, self.D, tau_s, tau_Q, self.g, S_N=self.S_N)

    def scaled(self, *, spin: Scalar = 1.0, heat: Scalar = 1.0) -> "Material":
        """The same material with ρ and ρ_Q multiplied by two factors."""
        return self._with(rho=self.rho * spin, rho_Q=self.rho_Q * heat)

    def rescaled(self, *, conductance: Scalar, kelvin: Scalar, T_0: Scalar, time: Scalar) -> "Material":
        """The same material in the units of `Junction.rescaled`, times in units of `time` [s]; lengths stay in m."""
        return self._with(
            rho=self.rho * conductance,
            rho_Q=self.rho_Q * (T_0 * kelvin**2 * conductance),
            D=self.D * time,
            tau_s=self.tau_s / time,
            tau_Q=self.tau_Q / time,
            S_N=None if self.S_N is None else self.S_N / kelvin,
        )

    def _with(self, **changes: Numbers | None) -> "Material":
        fields = ("rho", "rho_Q", "D", "tau_s", "tau_Q", "g", "relaxation_s", "relaxation_Q", "S_N")
        return Material(**{name: changes.get(name, getattr(self, name)) for name in fields})


@full_precision
def rate_along(tensor: Tensor | None, axis: Real[AnyArray, "3"]) -> Scalar:
    """axis·Γ axis, by which a relaxation tensor multiplies 1/τ of the components along an axis [3]; 1 for none."""
    return 1.0 if tensor is None else axis @ tensor @ axis


def require_relaxation(name: str, tensor: Tensor | None) -> None:
    """Refuse a relaxation tensor that isn't symmetric and positive definite."""
    if tensor is None or not is_concrete(tensor):
        return
    array = np.asarray(tensor, dtype=np.float64)
    if array.shape[-2:] != (3, 3) or not np.all(np.isfinite(array)) or not np.allclose(array, array.swapaxes(-1, -2), rtol=1e-12, atol=0):
        raise ValueError(f"{name} = {toml_of(array)}: must be a symmetric 3x3 tensor of finite numbers")
    if np.min(np.linalg.eigvalsh(array)) <= 0:
        raise ValueError(f"{name} = {toml_of(array)}: must be positive definite, since relaxation only removes spins")
