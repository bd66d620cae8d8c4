"""Nonmagnets whose material changes with depth: stacks of layers, and smooth profiles."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import equinox as eqx
import numpy as np

from ...numerics.checks import is_concrete, require_positive
from ...numerics.types import AnyArray, Numbers, Real, Scalar
from ...numerics.vectors import array_module
from ..description import in_unit
from .base import AbstractExtended, Tensor
from .geometry import Geometry1D, Segment
from .material import Material, require_relaxation

#: A parameter at depths [m], of any shape; it must give NumPy arrays for NumPy's and JAX's for JAX's.
Profile = Callable[[AnyArray], AnyArray]

_EXTENSIVE = ("rho", "rho_Q", "D", "tau_s", "tau_Q")
# Depths at which profiles are checked.
_SAMPLES = 65


class Coefficients(NamedTuple):
    """A material at some depths, each an array like them."""

    rho: Any
    rho_Q: Any
    D: Any
    tau_s: Any
    tau_Q: Any
    S_N: Any


class GradedSegment(Segment):
    """A stretch whose material changes with depth; `material` is that of its left end.

    Attributes:
        profiles: ρ, ρ_Q, D, τ_s, τ_Q and S_N of depth, S_N None for none.
        factors: what the profiles' values are multiplied by, in the same order.
    """

    profiles: tuple[Profile | None, ...] = eqx.field(default=(), static=True)
    factors: tuple[Scalar, ...] = ()

    def coefficients_at(self, depth: Real[AnyArray, "*any"]) -> Coefficients:
        """The material at depths [m], of any shape."""
        zero = 0.0 * depth
        values = (
            zero if profile is None else factor * profile(depth) + zero for profile, factor in zip(self.profiles, self.factors, strict=True)
        )
        return Coefficients(*values)


class Graded(AbstractExtended):
    """A film below a wide contact, with parameters that are smooth functions of depth.

    There is no closed form: the finite volumes are its only solution. r_s = ρλ_s, r_Q = ρ_Qλ_Q, τ_s and τ_Q mean the surface's.

    Arguments:
        thickness: d [m].
        back: "reflecting" or "absorbing".
        rho, rho_Q, D, tau_s, tau_Q, S_N: functions of an array of depths [m], in the units of `Material`; they take NumPy and JAX
            arrays, and give one of the same kind. S_N may be None.
        g: Landé factor, or a 3×3 tensor.
        relaxation_s, relaxation_Q: 3×3 tensors that multiply 1/τ_s and 1/τ_Q at any depth; None for isotropic relaxation.
        material: the material at the surface, if it isn't the functions' there: all depths change by the same factors.

    Raises:
        ValueError: a thickness that isn't positive; another back; a profile that isn't positive and finite everywhere.

    Example:
        >>> from hanle_sim import Graded
        >>> film = Graded(
        ...     thickness=1e-6,
        ...     rho=lambda x: 1e-5 * (1 + x / 1e-6),
        ...     rho_Q=lambda x: 1.0 + 0 * x,
        ...     D=lambda x: 1e-3 + 0 * x,
        ...     tau_s=lambda x: 1e-9 + 0 * x,
        ...     tau_Q=lambda x: 1e-9 + 0 * x,
        ... )
        >>> f"{film.r_s:.4g} ohm m^2"  # ρ λ_s at the surface
        '1e-11 ohm m^2'
    """

    thickness: Scalar
    back: Literal["reflecting", "absorbing"] = eqx.field(static=True)
    profiles: tuple[Profile | None, ...] = eqx.field(static=True)
    material: Material
    S_N_factor: Scalar

    def __init__(
        self,
        *,
        thickness: Scalar,
        rho: Profile,
        rho_Q: Profile,
        D: Profile,
        tau_s: Profile,
        tau_Q: Profile,
        back: Literal["reflecting", "absorbing"] = "reflecting",
        S_N: Profile | None = None,
        g: Scalar | Tensor = 2.0,
        relaxation_s: Tensor | None = None,
        relaxation_Q: Tensor | None = None,
        material: Material | None = None,
        S_N_factor: Scalar = 1.0,
    ) -> None:
        require_positive("nonmagnet: thickness", thickness)
        if back not in ("reflecting", "absorbing"):
            raise ValueError(f"nonmagnet: back = {back!r}: must be 'reflecting' or 'absorbing'")
        require_relaxation("nonmagnet: relaxation_s", relaxation_s)
        require_relaxation("nonmagnet: relaxation_Q", relaxation_Q)
        self.thickness, self.back, self.S_N_factor = thickness, back, S_N_factor
        self.profiles = (rho, rho_Q, D, tau_s, tau_Q, S_N)
        if is_concrete(thickness):
            self._check_profiles(np.asarray(thickness))
        surface = self._surface()
        if material is None:
            bulk = dict(zip(_EXTENSIVE, surface, strict=False))
            material = Material(**bulk, g=g, relaxation_s=relaxation_s, relaxation_Q=relaxation_Q, S_N=None if S_N is None else surface[5])
        self.material = material

    def shape(self) -> str:
        return f"thickness = {in_unit(self.thickness, 'm')}, {self.back} back, at the surface"

    def _check_profiles(self, thickness: np.ndarray) -> None:
        depth = np.linspace(0.0, 1.0, _SAMPLES) * thickness
        for name, profile in zip(_EXTENSIVE, self.profiles, strict=False):
            assert profile is not None
            values = np.asarray(profile(depth)) + 0 * depth
            if not (np.all(np.isfinite(values)) and np.all(values > 0)):
                worst = depth[np.argmin(np.where(np.isfinite(values), values, -np.inf))]
                raise ValueError(
                    f"nonmagnet: {name} at the depth {worst:.6g} m = {np.min(values)}: must be positive and finite at every depth"
                )

    def _surface(self) -> list[Any]:
        depth = np.zeros(1)
        return [0.0 if profile is None else float((np.asarray(profile(depth)) + depth)[0]) for profile in self.profiles]

    @property
    def lacks_impedance(self) -> str:
        return "a graded one has no impedance in closed form"

    @property
    def S_N(self) -> Scalar | None:
        """The Seebeck coefficient closest to its limit by the second law, √(ρ/(ρ_Q T_0)), scaled to the limit at the surface."""
        if self.profiles[5] is None:
            return None
        found = self._segment().coefficients_at(np.linspace(0.0, 1.0, _SAMPLES) * self.thickness)
        share = abs(found.S_N) * (found.rho_Q / found.rho * (self.material.rho / self.material.rho_Q)) ** 0.5
        return array_module(share).max(share)

    @property
    def r_s(self) -> Scalar:
        return self.material.rho * self.material.lambda_s

    @property
    def r_Q(self) -> Scalar:
        return self.material.rho_Q * self.material.lambda_Q

    def admittance_length(self, z: Numbers, diffusion_length: Scalar) -> Numbers:
        raise ValueError(_NO_CLOSED_FORM)

    def admittance_change_s(self, q: Numbers) -> Numbers:
        raise ValueError(_NO_CLOSED_FORM)

    def admittance_change_Q(self, q: Numbers) -> Numbers:
        raise ValueError(_NO_CLOSED_FORM)

    def _segment(self) -> GradedSegment:
        surface = self._surface()
        factors = tuple(getattr(self.material, name) / value for name, value in zip(_EXTENSIVE, surface, strict=False))
        return GradedSegment(self.material, self.thickness, profiles=self.profiles, factors=(*factors, self.S_N_factor))

    def geometry(self) -> Geometry1D:
        return Geometry1D((self._segment(),), "reflecting", self.back, (0,))

    def with_material(self, material: Material) -> "Graded":
        """The same profiles, multiplied so that the surface is as given; S_N and its profile stay."""
        return self._with(material, self.S_N_factor)

    def rescaled(self, *, conductance: Scalar, kelvin: Scalar, T_0: Scalar, time: Scalar) -> "Graded":
        # S_N may vanish at the surface: its factor is kept for itself.
        material = self.material.rescaled(conductance=conductance, kelvin=kelvin, T_0=T_0, time=time)
        return self._with(material, self.S_N_factor / kelvin)

    def _with(self, material: Material, S_N_factor: Scalar) -> "Graded":
        rho, rho_Q, D, tau_s, tau_Q, S_N = self.profiles
        assert rho is not None and rho_Q is not None and D is not None and tau_s is not None and tau_Q is not None
        return Graded(
            thickness=self.thickness,
            back=self.back,
            rho=rho,
            rho_Q=rho_Q,
            D=D,
            tau_s=tau_s,
            tau_Q=tau_Q,
            S_N=S_N,
            material=material,
            S_N_factor=S_N_factor,
        )


_NO_CLOSED_FORM = "nonmagnet: a graded one has no impedance in closed form: use the method 'finite_volume', or layers of constant material"
