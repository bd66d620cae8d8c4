"""Stacks of layers of different materials."""

from typing import Any, Literal

import equinox as eqx
import numpy as np

from ...numerics.checks import is_concrete, require_positive
from ...numerics.complex_functions import reciprocal, sqrt
from ...numerics.types import Numbers, Scalar
from ...numerics.vectors import array_module
from ..description import in_unit, listed, number_or_tensor
from .base import AbstractExtended
from .geometry import Geometry1D, Segment
from .graded import _EXTENSIVE
from .material import Material
from .slab import slab


class Layered(AbstractExtended):
    """Layers of different materials below a contact much wider than all of them.

    From the back to the contact the admittance per u/2 is y ← (y + T)/(1 + y S), T = κ tanh(κd)/ρ, S = ρ tanh(κd)/κ, κ = √z/λ, with every
    layer's own ρ, λ, τ, and z = 1 + iω_Lτ; r_s = 1/y at B = 0. u and T, and the currents, are continuous where layers meet.
    See docs/derivations.md, section 3.5.

    Arguments:
        layers: materials and thicknesses [m] from the contact downwards; the last thickness is None if it has no end.
        back: "reflecting", "absorbing" (spins and heat vanish at once), or "infinite".

    Raises:
        ValueError: no layers; layers of different g; a thickness that isn't positive, or is missing; another back.

    Example:
        >>> from hanle_sim import Layered, Material
        >>> material = Material.of_spin(rho=1e-5, D=1e-3, tau_s=1e-9)
        >>> stack = Layered([(material, 0.1e-6), (material, None)], back="infinite")
        >>> f"{stack.r_s:.4g} ohm m^2"  # two layers of one material are a semi-infinite one: ρ λ_s
        '1e-11 ohm m^2'
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

    def description(self) -> str:
        thicknesses = ["infinite" if thickness is None else str(in_unit(thickness, "m")) for _, thickness in self.layers]
        own = {"r_s": in_unit(self.r_s, "ohm m^2"), "g": number_or_tensor(self.material.g)}
        return f"{' | '.join(thicknesses)}, {self.back} back, {listed(own)}"

    @property
    def material(self) -> Material:
        """The material of the layer below the contact."""
        return self.layers[0][0]

    @property
    def is_isotropic(self) -> bool:
        return all(material.relaxation_s is None and material.relaxation_Q is None for material, _ in self.layers)

    @property
    def S_N(self) -> Scalar | None:
        """The Seebeck coefficient closest to its limit by the second law, √(ρ/(ρ_Q T_0)), scaled to the limit in the first layer."""
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
        return 1 / self._admittance(0.0, "rho", "tau_s")[0]

    @property
    def r_Q(self) -> Scalar:
        return 1 / self._admittance(0.0, "rho_Q", "tau_Q")[0]

    def admittance_change_s(self, q: Numbers) -> Numbers:
        at_zero, change = self._admittance(q, "rho", "tau_s")
        return change / at_zero

    def admittance_change_Q(self, q: Numbers) -> Numbers:
        at_zero, change = self._admittance(q, "rho_Q", "tau_Q")
        return change / at_zero

    def admittance_length(self, z: Numbers, diffusion_length: Scalar) -> Numbers:
        """Refused: a relaxation length does not say whether spin or heat is meant, and each layer has its own."""
        raise ValueError("nonmagnet: a layered one has no single diffusion length: use admittance_change_s or admittance_change_Q")

    def _admittance(self, q: Numbers, rho: str, tau: str) -> tuple[Scalar, Numbers]:
        """Current per u/2 at the contact [Ω⁻¹ m⁻²] at B = 0, and what the field adds, q = iω_Lτ with the first layer's τ.

        Both are carried from the back to the contact, so that the change keeps its digits however small it is: of
        y = (b + T)/(1 + b S), b being the admittance below a layer,
        δy (1 + b S)(1 + b_0 S_0) = δb/cosh² x_0 + δT (1 + b_0 S_0) − (b_0 + T_0) b δS, in which nothing cancels.
        """
        at_zero: Any = None
        change: Any = None
        for material, thickness in reversed(self.layers):
            own = getattr(material, tau)
            own_q, length = q * (own / getattr(self.material, tau)), (material.D * own) ** 0.5
            if thickness is None:
                at_zero = 1 / (getattr(material, rho) * length)
                change = at_zero * own_q * reciprocal(sqrt(1 + own_q) + 1)
                continue
            per_area, layer = 1 / (getattr(material, rho) * thickness), slab(thickness, length, own_q)
            if at_zero is None and self.back == "reflecting":
                at_zero, change = layer.T * per_area, layer.change_of_T * per_area
            elif at_zero is None:
                at_zero = per_area / layer.S
                change = -at_zero * layer.change_of_S * reciprocal(layer.S_in_field)
            else:
                b_0, change_of_b = at_zero / per_area, change / per_area
                seen_0, b = 1 + b_0 * layer.S, b_0 + change_of_b
                seen = 1 + b * layer.S_in_field
                rise = change_of_b * layer.screening + layer.change_of_T * seen_0 - (b_0 + layer.T) * b * layer.change_of_S
                at_zero, change = per_area * (b_0 + layer.T) / seen_0, per_area * rise * reciprocal(seen) / seen_0
        return at_zero, change

    def geometry(self) -> Geometry1D:
        return Geometry1D(tuple(Segment(material, thickness) for material, thickness in self.layers), "reflecting", self.back, (0,))

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
