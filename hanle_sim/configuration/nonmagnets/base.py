"""What the sections of all nonmagnets share: keys, checks of keys together, and the material."""

import abc
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field

from ...constants import L_0_PAPER
from ...physics.nonmagnets import AbstractExtended, AbstractNonmagnet
from ...physics.nonmagnets.material import Material
from ..fields import POSITIVE, LandeFactor, LorenzNumber, Quantity, Tensor, quantity_in, show
from ..numbers import Numbers
from ..section import Section, more_than_one_of, not_one_of, not_two_of
from . import keys


class NonmagnetSection(Section):
    """Keys of every nonmagnet. A model's section adds its own, checks them, and builds its nonmagnet; keys without a default must be given.

    Attributes:
        has_detector: whether a second contact detects, so that currents and resistances are whole ones, not per area.
        of_height: keys that change the height of the curve alone, as P_G does.
        other_words: what else a user may call the model.
    """

    has_detector: ClassVar[bool] = False
    of_height: ClassVar[tuple[str, ...]] = ()
    other_words: ClassVar[str] = ""

    model: str = Field(description="model of the nonmagnet")
    tau_s: keys.SpinTime = None
    tau_Q: keys.HeatTime = None
    T_0: Annotated[Quantity, quantity_in("K", within=POSITIVE)] | None = Field(None, description="mean electron temperature")
    g: LandeFactor = Field(Quantity(2.0, ""), description="Lande factor, or a 3x3 tensor")
    L_0: LorenzNumber = Field(Quantity(L_0_PAPER, "V^2/K^2"), description="Lorenz number")
    relaxation_s: Tensor | None = Field(None, description="3x3 tensor that multiplies 1/tau_s")
    relaxation_Q: Tensor | None = Field(None, description="3x3 tensor that multiplies 1/tau_Q")

    @abc.abstractmethod
    def build(self, numbers: Numbers) -> AbstractNonmagnet:
        """The nonmagnet; `numbers` are those of this section. Raises ValueError for one that can't exist."""

    def lacking_for_heat(self) -> list[str]:
        """Keys that spin heat needs and that were left out."""
        return ["nonmagnet.T_0"] if self.T_0 is None else []

    def powers_of_tau_s(self) -> dict[str, float]:
        """Of which keys τ_s at the contact is a product of powers."""
        return {"nonmagnet.tau_s": 1.0} if self.tau_s is not None else {"nonmagnet.lambda_s": 2.0, "nonmagnet.D": -1.0}


class SpinResistanceSection(NonmagnetSection):
    """A nonmagnet whose spin resistance may be given."""

    r_s: keys.SpinResistance = None


class HeatResistanceSection(NonmagnetSection):
    """A nonmagnet whose spin heat resistance may be given."""

    alpha: Annotated[Quantity, quantity_in("", within=POSITIVE)] | None = Field(None, description="r_s/(L_0 T_0 r_Q)")
    r_Q: Annotated[Quantity, quantity_in("K m^2/W", "K/W", within=POSITIVE)] | None = Field(None, description="spin heat resistance")

    def lacking_for_heat(self) -> list[str]:
        return (["nonmagnet.tau_Q"] if self.tau_Q is None else []) + super().lacking_for_heat()

    def heat_resistance(self, numbers: Numbers, r_s: Any) -> Any:
        """r_Q as it is given, or by α = r_s/(L_0 T_0 r_Q); None where neither is."""
        alpha = numbers("alpha")
        return numbers("r_Q") if alpha is None else r_s / (numbers("L_0") * numbers("T_0") * alpha)

    def problems(self) -> Iterator[str]:
        yield from more_than_one_of(self, "alpha", "r_Q")
        unit = "K/W" if self.has_detector else "K m^2/W"
        if self.r_Q is not None and self.r_Q.unit != unit and not self.r_Q.bare:
            yield f"r_Q = {show(self.r_Q)}: must be in {unit}, since model = {show(self.model)}"


class ExtendedSection(HeatResistanceSection):
    """A nonmagnet in which spins and heat diffuse.

    Attributes:
        resistances: keys of which one gives the resistance.
    """

    resistances: ClassVar[tuple[str, ...]] = ("rho", "r_s")

    D: keys.DiffusionConstant = None
    lambda_s: keys.DiffusionLength = None
    rho: keys.Resistivity = None

    def problems(self) -> Iterator[str]:
        yield from not_two_of(self, "tau_s", "D", "lambda_s")
        yield from not_one_of(self, *self.resistances)
        yield from super().problems()

    def resistivity(self, numbers: Numbers) -> Any:
        """What the geometry takes for ρ; 1 where r_s is given instead, which scales it."""
        return 1.0 if self.rho is None else numbers("rho")

    @abc.abstractmethod
    def geometry(self, material: Material, numbers: Numbers) -> AbstractExtended:
        """The nonmagnet made of a material."""

    def build(self, numbers: Numbers) -> AbstractExtended:
        nonmagnet = self.geometry(material_of(numbers, self.resistivity(numbers)), numbers)
        if numbers("r_s") is not None:
            nonmagnet = nonmagnet.with_resistances(r_s=numbers.per_area("r_s"))
        if not numbers.has_heat:
            return nonmagnet
        r_Q = self.heat_resistance(numbers, nonmagnet.r_s)
        return nonmagnet if r_Q is None else nonmagnet.with_resistances(r_Q=r_Q)


def material_of(numbers: Numbers, rho: Any) -> Material:
    """The material of which two of τ_s, D and λ_s are given, λ_s² = D τ_s, with ρ_Q by the Wiedemann-Franz law."""
    tau_s, D, lambda_s = (numbers(key) for key in ("tau_s", "D", "lambda_s"))
    if D is None:
        D = lambda_s**2 / tau_s
    elif lambda_s is not None:
        tau_s = lambda_s**2 / D
    shared = {"rho": rho, "D": D, "tau_s": tau_s, "g": numbers.array("g"), "relaxation_s": numbers.array("relaxation_s")}
    if not numbers.has_heat:
        return Material.of_spin(**shared)
    heat = {key: numbers(key) for key in ("tau_Q", "T_0", "L_0", "S_N")}
    return Material.from_wiedemann_franz(**shared, **heat, relaxation_Q=numbers.array("relaxation_Q"))
