"""The interface of every nonmagnet: a spin impedance and a spin heat impedance at the contact."""

import abc
import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

import equinox as eqx
import jax

from ...numerics.types import AnyArray, Numbers, Real, Scalar
from ..description import AbstractDescribed, in_unit, listed, number_or_tensor
from .geometry import Geometry1D
from .material import Material

Tensor = Real[AnyArray, "3 3"]


class AbstractNonmagnet(AbstractDescribed):
    """A linear nonmagnet, described by its response at the contact.

    Where relaxation is isotropic u = 2 r_s F(z_s) I_s and T = 2 r_Q F(z_Q) I_Qs, a function of z = 1 − τ ω_L b×, whose
    eigenvalues are 1 along the field and 1 ± iω_Lτ across it. F(1) = 1, so that r_s and r_Q always mean Eqs. (7), (8), the values
    at B = 0.

    Attributes:
        r_s: spin resistance [Ω m²].
        r_Q: spin heat resistance [K m² W⁻¹].
        tau_s, tau_Q: spin and spin heat relaxation times [s].
        g: Landé factor, ω_L = g μ_B B/ħ, or a 3×3 tensor.
        relaxation_s, relaxation_Q: 3×3 tensors that multiply 1/τ_s and 1/τ_Q; None for isotropic relaxation.
        S_N: Seebeck coefficient of the bulk, which couples spin and heat there [V K⁻¹]; None for none.
    """

    #: What its contacts are called in messages, as many as it has.
    contacts: ClassVar[tuple[str, ...]] = ("junction",)
    #: Whether r_s, r_Q and the conductances of contacts are per area, r_s in Ω m²; otherwise they are totals, r_s in Ω.
    is_per_area: ClassVar[bool] = True
    #: Whether u and T are the same everywhere, so that the Bloch equations hold; whether spins diffuse along a `geometry`.
    is_well_mixed: ClassVar[bool] = False
    has_extent: ClassVar[bool] = False
    #: Whether u and T vary along the contact, into which spins flow back where they are.
    has_local_back_flow: ClassVar[bool] = False
    #: Whether the impedance is known as a function of a matrix, `admittance_matrices`, which relaxation tensors need.
    takes_tensors: ClassVar[bool] = False
    #: ω_Lτ at half width of spin or spin heat alone without back-flow, where that is one number for all.
    omega_at_half_width: ClassVar[float | None] = None

    if TYPE_CHECKING:  # a type checker would take them for arguments of every final class

        @property
        def r_s(self) -> Scalar: ...

        @property
        def r_Q(self) -> Scalar: ...

        @property
        def tau_s(self) -> Scalar: ...

        @property
        def tau_Q(self) -> Scalar: ...

        @property
        def g(self) -> Scalar | Tensor: ...

        @property
        def relaxation_s(self) -> Tensor | None: ...

        @property
        def relaxation_Q(self) -> Tensor | None: ...

        @property
        def S_N(self) -> Scalar | None: ...

    else:
        r_s: eqx.AbstractVar[Scalar]
        r_Q: eqx.AbstractVar[Scalar]
        tau_s: eqx.AbstractVar[Scalar]
        tau_Q: eqx.AbstractVar[Scalar]
        g: eqx.AbstractVar[Scalar | Tensor]
        relaxation_s: eqx.AbstractVar[Tensor | None]
        relaxation_Q: eqx.AbstractVar[Tensor | None]
        S_N: eqx.AbstractVar[Scalar | None]

    def description(self) -> str:
        area = "m^2" if self.is_per_area else ""
        own = {"r_s": in_unit(self.r_s, f"ohm {area}".strip()), "r_Q": in_unit(self.r_Q, f"K {area}/W".replace(" /", "/"))}
        times = {"tau_s": in_unit(self.tau_s, "s"), "tau_Q": in_unit(self.tau_Q, "s"), "g": number_or_tensor(self.g)}
        return listed({**own, **times})

    @property
    def is_isotropic(self) -> bool:
        """Whether relaxation is the same in every direction, which a function of one complex number presupposes."""
        return self.relaxation_s is None and self.relaxation_Q is None

    @property
    def lacks_impedance(self) -> str | None:
        """Why spin and spin heat do not have an impedance each in closed form, as a clause; None where they have."""
        return None if self.S_N is None else "a bulk Seebeck coefficient S_N couples spin and spin heat"

    @abc.abstractmethod
    def along(self, axis: Real[AnyArray, "3"]) -> "AbstractNonmagnet":
        """The isotropic nonmagnet in which spins relax as their components along an axis [3] do here, at axis·Γ axis/τ."""

    @property
    def longest_way(self) -> Scalar:
        """Time that spins need to reach the contact that senses them, in relaxation times."""
        return 1.0

    @abc.abstractmethod
    def admittance_change_s(self, q: Numbers) -> Numbers:
        """1/F(1 + q) − 1 of the spin impedance for q = z − 1 = iω_Lτ_s (complex)."""

    @abc.abstractmethod
    def admittance_change_Q(self, q: Numbers) -> Numbers:
        """1/F(1 + q) − 1 of the spin heat impedance for q = iω_Lτ_Q (complex)."""

    @abc.abstractmethod
    def rescaled(self, *, conductance: Scalar, kelvin: Scalar, T_0: Scalar, time: Scalar) -> "AbstractNonmagnet":
        """The same nonmagnet in the units of `Junction.rescaled`, with times in units of `time` [s]."""


class AbstractExtended(AbstractNonmagnet):
    """A nonmagnet in which spins and heat diffuse; a final class adds the geometry to the material.

    Attributes:
        material: what the spins diffuse through.
    """

    has_extent = True

    if TYPE_CHECKING:

        @property
        def material(self) -> Material: ...

    else:
        material: eqx.AbstractVar[Material]

    @abc.abstractmethod
    def admittance_length(self, z: Numbers, diffusion_length: Scalar) -> Numbers:
        """Current per u/(2ρ) at the contact, 1/(λ f(z)) (docs/derivations.md, section 3.2) [m⁻¹; sheets m⁻²; channels: a pure number].

        z has Re z ≥ 1; `diffusion_length` is λ_s or λ_Q [m].
        """

    def admittance_matrices(self, M: AnyArray, diffusion_length: Scalar) -> tuple[AnyArray, ...]:
        """`admittance_length` at a matrix M = Γ − τω_L b× in place of z, [points, 3, 3] (docs/derivations.md, section 3.7).

        A tuple of one; of two contacts the three of their π. Those that have it are marked by `takes_tensors`.
        """
        raise ValueError(f"nonmagnet: a relaxation tensor in a {type(self).__name__} nonmagnet has no impedance: use 'finite_volume'")

    @abc.abstractmethod
    def geometry(self) -> Geometry1D:
        """The same nonmagnet as segments, for the numerical solution."""

    def with_material(self, material: Material) -> "AbstractExtended":
        """The same geometry of another material."""
        own: Any = self
        return dataclasses.replace(own, material=material)

    def description(self) -> str:
        own = {"r_s": in_unit(self.r_s, "ohm m^2" if self.is_per_area else "ohm"), "lambda_s": in_unit(self.material.lambda_s, "m")}
        times = {"tau_s": in_unit(self.tau_s, "s"), "tau_Q": in_unit(self.tau_Q, "s"), "g": number_or_tensor(self.g)}
        return ", ".join(filter(None, [self.shape(), listed({**own, **times})]))

    def shape(self) -> str:
        """Its lengths, as `description` says them."""
        return ""

    @property
    def r_s(self) -> Scalar:
        return self.material.rho / self.admittance_length(1.0, self.material.lambda_s)

    @property
    def r_Q(self) -> Scalar:
        return self.material.rho_Q / self.admittance_length(1.0, self.material.lambda_Q)

    @property
    def tau_s(self) -> Scalar:
        return self.material.tau_s

    @property
    def tau_Q(self) -> Scalar:
        return self.material.tau_Q

    @property
    def g(self) -> Scalar | Tensor:
        return self.material.g

    @property
    def relaxation_s(self) -> Tensor | None:
        return self.material.relaxation_s

    @property
    def relaxation_Q(self) -> Tensor | None:
        return self.material.relaxation_Q

    @property
    def S_N(self) -> Scalar | None:
        return self.material.S_N

    def admittance_change_s(self, q: Numbers) -> Numbers:
        return self._admittance_change(q, self.material.lambda_s)

    def admittance_change_Q(self, q: Numbers) -> Numbers:
        return self._admittance_change(q, self.material.lambda_Q)

    def _admittance_change(self, q: Numbers, diffusion_length: Scalar) -> Numbers:
        at_zero = self.admittance_length(1.0, diffusion_length)
        return self.admittance_length(1 + q, diffusion_length) / at_zero - 1

    def along(self, axis: Real[AnyArray, "3"]) -> "AbstractExtended":
        def changed(part: Any) -> Any:
            return part.along(axis) if isinstance(part, Material) else part

        found: AbstractExtended = jax.tree.map(changed, self, is_leaf=lambda part: isinstance(part, Material))
        return found

    def with_resistances(self, *, r_s: Scalar | None = None, r_Q: Scalar | None = None) -> "AbstractExtended":
        """The same nonmagnet with its resistivities scaled so that r_s [Ω m²] or r_Q [K m² W⁻¹] are as given.

        r_s scales ρ_Q along with ρ, as the Wiedemann-Franz law has it; r_Q scales ρ_Q alone. Lengths stay.
        """
        found = self
        if r_s is not None:
            factor = r_s / found.r_s
            found = found.with_material(found.material.scaled(spin=factor, heat=factor))
        if r_Q is not None:
            found = found.with_material(found.material.scaled(heat=r_Q / found.r_Q))
        return found

    def rescaled(self, *, conductance: Scalar, kelvin: Scalar, T_0: Scalar, time: Scalar) -> "AbstractExtended":
        return self.with_material(self.material.rescaled(conductance=conductance, kelvin=kelvin, T_0=T_0, time=time))
