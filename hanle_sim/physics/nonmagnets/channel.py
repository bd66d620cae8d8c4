"""Thin channels: a contact of finite width, and two contacts at a distance."""

import numpy as np

from ...numerics import three_by_three
from ...numerics.checks import require_positive
from ...numerics.complex_functions import exponential_of_minus_double, moderate_reciprocal, reciprocal, root_less_1, size, sqrt, tanh
from ...numerics.stages import stage
from ...numerics.three_by_three import product
from ...numerics.types import AnyArray, Numbers, Scalar
from ...numerics.vectors import array_module
from ..description import in_unit, listed
from .base import AbstractExtended
from .geometry import End, Geometry1D, Segment
from .material import Material

# Below this, 1 − (1 − e^(−y))/y is summed as a series, in which nothing cancels.
_SERIES = 0.25


class WideContact(AbstractExtended):
    """A contact of width w across a thin infinite channel: spins diffuse sideways out of it, and flow back where they are.

    With R_tun → ∞ the injection is even, and f(z) = [1 − (1 − e^(−√z w/λ))/(√z w/λ)]/z is the mean over the contact; r_s always
    means that: R_sq λ_s² f(1). Back-flow is local, and is solved for as such (`solvers.closed`). Applies to channels thinner
    than λ, and contacts across the whole channel, while R_sq w² is small against R_tun: beyond, the current crowds at the edges.

    Arguments:
        material: the channel's material, ρ being its square resistance R_sq [Ω].
        width: w [m].

    Raises:
        ValueError: a width that isn't positive.

    Example:
        >>> from hanle_sim import Material, WideContact
        >>> nonmagnet = WideContact(Material.of_spin(rho=10.0, D=1e-3, tau_s=1e-9), width=20e-6)  # R_sq = 10 Ω
        >>> f"{nonmagnet.r_s:.4g} ohm m^2"  # R_sq λ_s² [1 − (1 − e^(−w/λ_s)) λ_s/w], with w/λ_s = 20
        '9.5e-12 ohm m^2'
    """

    has_local_back_flow = True

    material: Material
    width: Scalar

    def __check_init__(self) -> None:
        require_positive("nonmagnet: contact_width", self.width)

    def shape(self) -> str:
        return f"width = {in_unit(self.width, 'm')}"

    def admittance_length(self, z: Numbers, diffusion_length: Scalar) -> Numbers:
        xp = array_module(z, self.width, diffusion_length)
        y = sqrt(z) * self.width / diffusion_length
        small = size(y) < _SERIES
        safe, near = xp.where(small, 1.0, y), xp.where(small, y, 0.0)
        series = sum((-1) ** n * near ** (n - 1) / _factorial(n) for n in range(2, 14))  # y/2 − y²/6 + …
        g = xp.where(small, series, 1 + exponential_of_minus_double(safe / 2)[1] * reciprocal(safe))
        return z * reciprocal(g) / diffusion_length**2

    def geometry(self) -> Geometry1D:
        outside, under = Segment(self.material, None), Segment(self.material, self.width, contact=0)
        return Geometry1D((outside, under, outside), "infinite", "infinite", (None,))


class Lateral(AbstractExtended):
    """A thin channel under an injector and, at a distance ℓ, a detector; both as narrow as lines across the channel.

    u_i = 2 Σ_j Z_ij I_j with Z_ij = (R_sq λ/W) e^(−√z |x_i − x_j|/λ)/(2√z) on an infinite channel; reflecting ends add their
    images. r_s means R_sq λ_s/W [Ω]: currents are in A, and the junctions' conductances in Ω⁻¹. Applies to contacts much
    narrower than λ, on channels thinner and narrower than λ.

    Arguments:
        material: the channel's material, ρ being R_sq/W [Ω m⁻¹].
        distance: ℓ, from injector to detector [m].
        left_end, right_end: distance of a reflecting end beyond the injector and beyond the detector [m]; None for no end.

    Raises:
        ValueError: a distance that isn't positive.

    Example:
        >>> from hanle_sim import Lateral, Material
        >>> channel = Lateral(Material.of_spin(rho=1e7, D=1e-3, tau_s=1e-9), distance=1e-6)  # R_sq = 10 Ω, W = 1 µm
        >>> f"{channel.r_s:.4g} ohm"  # R_sq λ_s/W
        '10 ohm'
    """

    contacts = ("junction", "detector")
    is_per_area = False
    takes_tensors = True

    material: Material
    distance: Scalar
    left_end: Scalar | None = None
    right_end: Scalar | None = None

    def __check_init__(self) -> None:
        require_positive("nonmagnet: distance", self.distance)
        for name in ("left_end", "right_end"):
            if getattr(self, name) is not None:
                require_positive(f"nonmagnet: {name}", getattr(self, name))

    def shape(self) -> str:
        return listed({name: in_unit(getattr(self, name), "m") for name in ("distance", "left_end", "right_end")})

    def admittance_length(self, z: Numbers, diffusion_length: Scalar) -> Numbers:
        return sqrt(z) / diffusion_length

    def _admittance_change(self, q: Numbers, diffusion_length: Scalar) -> Numbers:
        return root_less_1(q)

    @property
    def longest_way(self) -> Scalar:
        return 1 + self.distance / self.material.lambda_s

    def ladder(self, z: Numbers, diffusion_length: Scalar) -> tuple[Numbers, Numbers, Numbers]:
        """The channel as a π of admittances, per 1/ρ [m⁻¹]: from the injector to ground, between the contacts, from the detector
        to ground. The channel beyond each contact counts with that contact.
        """
        kappa = stage(sqrt)(z) / diffusion_length
        decayed, decay = stage(exponential_of_minus_double)(kappa * (self.distance / 2))
        over = kappa * stage(moderate_reciprocal)(decay * (2 + decay))
        between, shunt = -2 * over * decayed, -over * decay * decay  # κ/sinh κℓ, κ tanh(κℓ/2)
        left, right = (shunt + (kappa if end is None else kappa * tanh(kappa * end)) for end in (self.left_end, self.right_end))
        return left, between, left if self.left_end is None and self.right_end is None else right

    def admittance_matrices(self, M: AnyArray, diffusion_length: Scalar) -> tuple[AnyArray, ...]:
        """`ladder` at a matrix."""
        kappa = three_by_three.square_root(M) / diffusion_length
        decayed, decay = three_by_three.exponential_of_minus(kappa * self.distance)
        over = product(kappa, three_by_three.inverse(2 * decay + product(decay, decay)))
        between, shunt = -2 * product(over, decayed), -product(over, decay, decay)
        ends = (self.left_end, self.right_end)
        left, right = (kappa if end is None else product(kappa, three_by_three.tanh(kappa * end)) for end in ends)
        return left + shunt, between, right + shunt

    def geometry(self) -> Geometry1D:
        segments = tuple(Segment(self.material, length) for length in (self.left_end, self.distance, self.right_end))
        ends: list[End] = ["infinite" if end is None else "reflecting" for end in (self.left_end, self.right_end)]
        return Geometry1D(segments, ends[0], ends[1], (1, 2))


def _factorial(n: int) -> float:
    return float(np.prod(np.arange(1, n + 1, dtype=float)))
