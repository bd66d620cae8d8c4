"""Nonmagnets whose material changes with depth: stacks of layers, and smooth profiles."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import equinox as eqx
import numpy as np

from ...numerics.checks import is_concrete, require_positive
from ...numerics.complex_functions import reciprocal, root, tanh
from ...numerics.types import AnyArray, Numbers, Real, Scalar
from ...numerics.vectors import array_module
from .base import AbstractExtended, Tensor
from .geometry import Line, Segment
from .material import Material, require_relaxation

#: A parameter at depths [m], of any shape; it must give NumPy arrays for NumPy's and JAX's for JAX's.
Profile = Callable[[AnyArray], AnyArray]

_EXTENSIVE = ("rho", "rho_Q", "D", "tau_s", "tau_Q")
# Depths at which profiles are looked at for what they must not do.
_SAMPLES = 65


class Layered(AbstractExtended):
    """Layers of different materials below a contact much wider than all of them.

    From the back to the contact the admittance per u/2 is y ← y_c (y + y_c tanh κd)/(y_c + y tanh κd), y_c = κ/ρ, κ = √z/λ, with every
    layer's own ρ, λ, τ, and z = 1 + iω_Lτ; r_s = 1/y at B = 0. u and T, and the currents, are continuous where layers meet.

    Arguments:
        layers: materials and thicknesses [m] from the contact downwards; the last thickness is None if it has no end.
        back: "reflecting", "absorbing" (spins and heat vanish at once), or "infinite".

    Raises:
        ValueError: no layers; layers of different g; a thickness that isn't positive, or is missing; another back.
    """

    layers: tuple[tuple[Material, Scalar | None], ...] = eqx.field(converter=lambda layers: tuple(tuple(layer) for layer in layers))
    back: Literal["reflecting", "absorbing", "infinite"] = eqx.field(default="reflecting", static=True)

    def __check_init__(self) -> None:
        if not self.layers:
            raise ValueError("nonmagnet: layers = []: give one material and its thickness at least")
        if self.back not in ("reflecting", "absorbing", "infinite"):
            raise ValueError(f"nonmagnet: back = {self.back!r}: must be 'reflecting', 'absorbing' or 'infinite'")
        for number, (material, thickness) in enumerate(self.layers):
            name = f"nonmagnet: layers[{number}]"
            if number == len(self.layers) - 1 and self.back == "infinite":
                if thickness is not None:
                    raise ValueError(f"{name}: thickness = {thickness}: must be None in the last layer, which has no end")
            elif thickness is None:
                raise ValueError(f"{name}: thickness = None: must be a number, except in the last layer with back = 'infinite'")
            else:
                require_positive(f"{name}: thickness", thickness)
            if is_concrete(material.g, self.material.g) and not np.array_equal(np.asarray(material.g), np.asarray(self.material.g)):
                raise ValueError(f"{name}: g = {material.g}: must be the first layer's, {self.material.g}")

    @property
    def material(self) -> Material:
        """The material of the layer below the contact."""
        return self.layers[0][0]

    @property
    def is_isotropic(self) -> bool:
        return all(material.relaxation_s is None and material.relaxation_Q is None for material, _ in self.layers)

    @property
    def S_N(self) -> Scalar | None:
        """The Seebeck coefficient nearest to what the second law allows it, √(ρ/(ρ_Q T_0)), as it would be in the first layer."""
        first = self.material
        own = [
            abs(material.S_N) * (first.rho / first.rho_Q * material.rho_Q / material.rho) ** 0.5
            for material, _ in self.layers
            if material.S_N is not None
        ]
        largest = None
        for S_N in own:
            largest = S_N if largest is None else array_module(S_N, largest).maximum(S_N, largest)
        return largest

    @property
    def r_s(self) -> Scalar:
        return 1 / self._admittance(0.0, "rho", "tau_s")

    @property
    def r_Q(self) -> Scalar:
        return 1 / self._admittance(0.0, "rho_Q", "tau_Q")

    def admittance_change_s(self, q: Numbers) -> Numbers:
        return self._admittance(q, "rho", "tau_s") * self.r_s - 1

    def admittance_change_Q(self, q: Numbers) -> Numbers:
        return self._admittance(q, "rho_Q", "tau_Q") * self.r_Q - 1

    def admittance_length(self, z: Numbers, diffusion_length: Scalar) -> Numbers:
        """Refused: a relaxation length does not say whether spin or heat is meant, and each layer has its own."""
        raise ValueError("nonmagnet: a layered one has no single diffusion length: use admittance_change_s or admittance_change_Q")

    def _admittance(self, q: Numbers, rho: str, tau: str) -> Numbers:
        """Current per u/2 at the contact [Ω⁻¹ m⁻²], q = iω_Lτ with the first layer's τ."""
        admittance: Any = None
        for material, thickness in reversed(self.layers):
            own = getattr(material, tau)
            kappa = root(1 + q * (own / getattr(self.material, tau))) / (material.D * own) ** 0.5
            own_admittance = kappa / getattr(material, rho)
            if thickness is None:
                admittance = own_admittance
                continue
            damping = tanh(kappa * thickness)
            if admittance is None:
                admittance = own_admittance * (damping if self.back == "reflecting" else reciprocal(damping))
            else:
                admittance = own_admittance * (admittance + own_admittance * damping) * reciprocal(own_admittance + admittance * damping)
        return admittance

    def line(self) -> Line:
        return Line(tuple(Segment(material, thickness) for material, thickness in self.layers), "reflecting", self.back, (0,))

    def with_material(self, material: Material) -> "Layered":
        """The same stack with the first material as given, and the others changed by the same factors."""
        factors = {name: getattr(material, name) / getattr(self.material, name) for name in _EXTENSIVE}

        def changed(layer: Material) -> Material:
            if layer is self.material:
                return material
            return layer._with(**{name: getattr(layer, name) * factor for name, factor in factors.items()})

        return Layered(tuple((changed(layer), thickness) for layer, thickness in self.layers), self.back)

    def rescaled(self, *, conductance: Scalar, kelvin: Scalar, T_0: Scalar, time: Scalar) -> "Layered":
        scale = {"conductance": conductance, "kelvin": kelvin, "T_0": T_0, "time": time}
        return Layered(tuple((material.rescaled(**scale), thickness) for material, thickness in self.layers), self.back)


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
    def S_N(self) -> Scalar | None:
        """The Seebeck coefficient nearest to what the second law allows it, √(ρ/(ρ_Q T_0)), as it would be at the surface."""
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

    def line(self) -> Line:
        return Line((self._segment(),), "reflecting", self.back, (0,))

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
