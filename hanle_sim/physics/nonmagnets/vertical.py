"""Nonmagnets in which spins diffuse along the normal: in a semi-infinite bulk, in a film, or in an electric field."""

import math
from typing import Any, Literal

import equinox as eqx
import numpy as np

from ...numerics import three_by_three
from ...numerics.checks import require_finite, require_positive
from ...numerics.complex_functions import reciprocal, root_less_1, sqrt, tanh
from ...numerics.three_by_three import product
from ...numerics.types import AnyArray, Numbers, Scalar
from ...numerics.vectors import array_module
from ..description import in_unit
from .base import AbstractExtended
from .geometry import Geometry1D, Segment
from .material import Material
from .slab import slab

#: ω_Lτ at half width of one contribution in a semi-infinite nonmagnet, √(3 + 2√3) (docs/derivations.md, section 11).
DIFFUSIVE_HALF_WIDTH = math.sqrt(3 + 2 * math.sqrt(3))


class Diffusive(AbstractExtended):
    """A semi-infinite nonmagnet below a contact much wider than λ: f(z) = 1/√z, r_s = ρ λ_s, α = λ_s/λ_Q.

    Applies to a bulk, or a film much thicker than λ. One contribution alone has its half width at ω_Lτ = √(3 + 2√3) = 2.5425.

    Arguments:
        material: the nonmagnet's material.

    Example:
        >>> from hanle_sim import Diffusive, Material
        >>> nonmagnet = Diffusive(Material.of_spin(rho=1e-5, D=1e-3, tau_s=1e-9))
        >>> f"{nonmagnet.r_s:.4g} ohm m^2"  # ρ λ_s, with λ_s = 1 µm
        '1e-11 ohm m^2'
    """

    omega_at_half_width = DIFFUSIVE_HALF_WIDTH
    takes_tensors = True

    material: Material

    def admittance_length(self, z: Numbers, diffusion_length: Scalar) -> Numbers:
        return sqrt(z) / diffusion_length

    def _admittance_change(self, q: Numbers, diffusion_length: Scalar) -> Numbers:
        return root_less_1(q)

    def admittance_matrices(self, M: AnyArray, diffusion_length: Scalar) -> tuple[AnyArray, ...]:
        return (three_by_three.square_root(M) / diffusion_length,)

    def geometry(self) -> Geometry1D:
        return Geometry1D((Segment(self.material, None),), "reflecting", "infinite", (0,))


class Film(AbstractExtended):
    """A film of thickness d below a contact much wider than λ and d.

    With a reflecting back f(z) = coth(√z d/λ)/√z, and r_s = ρ λ_s coth(d/λ_s); with an absorbing back, one at which spins and
    heat vanish at once, f(z) = tanh(√z d/λ)/√z, and r_s = ρ λ_s tanh(d/λ_s).

    Arguments:
        material: the film's material.
        thickness: d [m].
        back: "reflecting" or "absorbing".

    Raises:
        ValueError: a thickness that isn't positive; another back.

    Example:
        >>> from hanle_sim import Film, Material
        >>> film = Film(Material.of_spin(rho=1e-5, D=1e-3, tau_s=1e-9), thickness=0.1e-6)
        >>> f"{film.r_s:.4g} ohm m^2"  # ρ λ_s coth(d/λ_s), with d/λ_s = 0.1
        '1.003e-10 ohm m^2'
    """

    takes_tensors = True

    material: Material
    thickness: Scalar
    back: Literal["reflecting", "absorbing"] = eqx.field(default="reflecting", static=True)

    def __check_init__(self) -> None:
        require_positive("nonmagnet: thickness", self.thickness)
        if self.back not in ("reflecting", "absorbing"):
            raise ValueError(f"nonmagnet: back = {self.back!r}: must be 'reflecting' or 'absorbing'")

    def shape(self) -> str:
        return f"thickness = {in_unit(self.thickness, 'm')}, {self.back} back"

    def admittance_length(self, z: Numbers, diffusion_length: Scalar) -> Numbers:
        kappa = sqrt(z) / diffusion_length
        damping = tanh(kappa * self.thickness)
        return kappa * damping if self.back == "reflecting" else kappa * reciprocal(damping)

    def admittance_matrices(self, M: AnyArray, diffusion_length: Scalar) -> tuple[AnyArray, ...]:
        kappa = three_by_three.square_root(M) / diffusion_length
        damping = three_by_three.tanh(kappa * self.thickness)
        return (product(kappa, damping if self.back == "reflecting" else three_by_three.inverse(damping)),)

    def geometry(self) -> Geometry1D:
        return Geometry1D((Segment(self.material, self.thickness),), "reflecting", self.back, (0,))

    def _admittance_change(self, q: Numbers, diffusion_length: Scalar) -> Numbers:
        layer = slab(self.thickness, diffusion_length, q)
        if self.back == "reflecting":
            return layer.change_of_T / layer.T
        return -layer.change_of_S * reciprocal(layer.S_in_field)


class Drift(AbstractExtended):
    """A semi-infinite nonmagnet, in which an electric field carries spins and heat away from the contact, or back to it.

    flux = −D u′ + v u, so that f(z) = 1/(v′ + √(v′² + z)) with v′ = vλ/2D, and r_s = ρ λ_s/(v′ + √(1 + v′²)). The same v for heat
    is an assumption. Applies where Δμ is small against the Fermi energy, and the field does not heat the electrons.

    Arguments:
        material: the nonmagnet's material.
        velocity: v [m s⁻¹], positive away from the contact.

    Raises:
        ValueError: a velocity that isn't finite.

    Example:
        >>> from hanle_sim import Drift, Material
        >>> nonmagnet = Drift(Material.of_spin(rho=1e-5, D=1e-3, tau_s=1e-9), velocity=1500.0)
        >>> f"{nonmagnet.r_s:.4g} ohm m^2"  # v′ = 0.75: ρ λ_s/(0.75 + 1.25)
        '5e-12 ohm m^2'
    """

    takes_tensors = True

    material: Material
    velocity: Scalar

    def __check_init__(self) -> None:
        require_finite("nonmagnet: velocity", self.velocity)

    def shape(self) -> str:
        return f"velocity = {in_unit(self.velocity, 'm/s')}"

    def admittance_length(self, z: Numbers, diffusion_length: Scalar) -> Numbers:
        is_away, size = self._drift(diffusion_length)
        reached = sqrt(size**2 + z)
        # Against a strong drift v′ + √(v′² + z) would cancel: z/(|v′| + √…) is the same.
        return array_module(z, size).where(is_away, size + reached, z * reciprocal(size + reached)) / diffusion_length

    def _admittance_change(self, q: Numbers, diffusion_length: Scalar) -> Numbers:
        is_away, size = self._drift(diffusion_length)
        xp = array_module(q, size)
        still = xp.sqrt(size**2 + 1)
        # √(v′² + 1 + q) − √(v′² + 1), over |v′| + √(v′² + 1), or over √(v′² + 1) − |v′|, of which it is one over the other.
        return still * root_less_1(q / (size**2 + 1)) * xp.where(is_away, 1 / (size + still), size + still)

    def admittance_matrices(self, M: AnyArray, diffusion_length: Scalar) -> tuple[AnyArray, ...]:
        is_away, size = self._drift(diffusion_length)
        xp = array_module(M, size)
        one = xp.broadcast_to(np.eye(3), M.shape)
        both = size * one + three_by_three.square_root(size**2 * one + M)
        return (xp.where(is_away, both, product(M, three_by_three.inverse(both))) / diffusion_length,)

    def _drift(self, diffusion_length: Scalar) -> tuple[Any, Scalar]:
        """Whether the drift carries spins away, and |v′|, v′ = vλ/2D, with a derivative at zero."""
        drift = self.velocity * diffusion_length / (2 * self.material.D)
        is_away = drift >= 0
        return is_away, array_module(drift).where(is_away, drift, -drift)

    def geometry(self) -> Geometry1D:
        return Geometry1D((Segment(self.material, None, self.velocity),), "reflecting", "infinite", (0,))

    def rescaled(self, *, conductance: Scalar, kelvin: Scalar, T_0: Scalar, time: Scalar) -> "Drift":
        return Drift(self.material.rescaled(conductance=conductance, kelvin=kelvin, T_0=T_0, time=time), self.velocity * time)
