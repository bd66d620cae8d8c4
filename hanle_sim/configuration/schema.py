"""The schema of a configuration: every key with its unit, its range and its meaning."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from ..constants import L_0_SEED
from . import heat
from .contacts import DetectorSection, DriveSection, JunctionSection
from .field_tables import FieldSection
from .fields import (
    Length,
    Quantity,
    Resistance,
    Section,
    Tensor,
    lande,
    lorenz,
    more_than_one_of,
    not_one_of,
    not_two_of,
    quantity_in,
    run_name,
    show,
)

#: Keys of each model beyond those of all: which must be given (one of several joined by |), and which may. Of the first three of an
#: extended one two must be, λ_s² = D τ_s.
_EXTENDED = ("tau_s|D|lambda_s",)
_OPTIONAL = ("alpha", "r_Q", "S_N")
MODELS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "lumped": (("tau_s", "r_s"), ("alpha", "r_Q")),
    "diffusive": ((*_EXTENDED, "rho|r_s"), _OPTIONAL),
    "film": ((*_EXTENDED, "rho|r_s", "thickness", "back"), _OPTIONAL),
    "drift": ((*_EXTENDED, "rho|r_s", "velocity"), _OPTIONAL),
    "contact": ((*_EXTENDED, "R_sq|rho|r_s", "contact_width"), (*_OPTIONAL, "thickness")),
    "lateral": (
        (*_EXTENDED, "R_sq|rho", "channel_width", "distance"),
        (*_OPTIONAL, "thickness", "left_end", "right_end", "configuration"),
    ),
}


#: Keys that mean much the same in different models.
_INSTEAD = {"contact_width": "channel_width", "channel_width": "contact_width", "rho": "R_sq", "R_sq": "rho"}


def _take_out(name: str, own: set[str]) -> str:
    """What to do with a key that the model does not take."""
    return f"give {_INSTEAD[name]} in its place" if _INSTEAD.get(name) in own else "take it out"


class NonmagnetSection(Section):
    """The nonmagnet."""

    model: Literal["lumped", "diffusive", "film", "drift", "contact", "lateral"] = Field(description="model of the nonmagnet")
    tau_s: Annotated[Quantity, quantity_in("s", positive=True)] | None = Field(None, description="spin relaxation time")
    tau_Q: Annotated[Quantity, quantity_in("s", positive=True)] | None = Field(None, description="spin heat relaxation time")
    T_0: Annotated[Quantity, quantity_in("K", positive=True)] | None = Field(None, description="mean electron temperature")
    g: Annotated[Quantity | tuple[tuple[float, float, float], ...], BeforeValidator(lande)] = Field(
        Quantity(2.0, ""), description="Lande factor, or a 3x3 tensor"
    )
    L_0: Annotated[Quantity, BeforeValidator(lorenz)] = Field(Quantity(L_0_SEED, "V^2/K^2"), description="Lorenz number")
    relaxation_s: Tensor | None = Field(None, description="3x3 tensor that multiplies 1/tau_s")
    relaxation_Q: Tensor | None = Field(None, description="3x3 tensor that multiplies 1/tau_Q")
    r_s: Resistance | None = Field(None, description="spin resistance")
    alpha: Annotated[Quantity, quantity_in("", positive=True)] | None = Field(None, description="r_s/(L_0 T_0 r_Q)")
    r_Q: Annotated[Quantity, quantity_in("K m^2/W", "K/W", positive=True)] | None = Field(None, description="spin heat resistance")
    D: Annotated[Quantity, quantity_in("m^2/s", positive=True)] | None = Field(None, description="diffusion constant")
    lambda_s: Length | None = Field(None, description="spin diffusion length")
    rho: Annotated[Quantity, quantity_in("ohm m", positive=True)] | None = Field(None, description="resistivity")
    R_sq: Annotated[Quantity, quantity_in("ohm", positive=True)] | None = Field(None, description="square resistance of the channel")
    S_N: Annotated[Quantity, quantity_in("V/K")] | None = Field(None, description="Seebeck coefficient of the bulk")
    thickness: Length | None = Field(None, description="thickness of the film, or of the channel whose rho is given")
    back: Literal["reflecting", "absorbing"] | None = Field(None, description='back of the film, "reflecting" or "absorbing"')
    velocity: Annotated[Quantity, quantity_in("m/s")] | None = Field(None, description="drift velocity, positive away from the contact")
    contact_width: Length | None = Field(None, description="width of the contact along the channel")
    channel_width: Length | None = Field(None, description="width of the channel")
    distance: Length | None = Field(None, description="distance from injector to detector")
    left_end: Length | None = Field(None, description="distance of a reflecting end beyond the injector")
    right_end: Length | None = Field(None, description="distance of a reflecting end beyond the detector")
    configuration: Literal["parallel", "antiparallel"] | None = Field(None, description='"parallel" or "antiparallel" magnetisations')

    def problems(self) -> Iterator[str]:
        required, optional = MODELS[self.model]
        own = {name for group in required for name in group.split("|")} | set(optional)
        every = {name for groups, more in MODELS.values() for group in (*groups, *more) for name in group.split("|")}
        for name in sorted(every - own):
            value = getattr(self, name)
            if value is not None:
                yield f"{name} = {show(value)}: has no meaning for model = {show(self.model)}{self._why(name)}: {_take_out(name, own)}"
        for group in required:
            names = group.split("|")
            if group in _EXTENDED:
                yield from not_two_of(self, *names)
            elif len(names) > 1:
                yield from not_one_of(self, *names)
            elif getattr(self, group) is None:
                yield f"{group} is missing: give the {type(self).model_fields[group].description}"
        yield from more_than_one_of(self, "alpha", "r_Q")
        if self.model in ("contact", "lateral") and self.rho is not None and self.thickness is None and self.R_sq is None:
            yield "thickness is missing: rho needs it: give the thickness of the channel, or R_sq in place of both"
        if self.model in ("contact", "lateral") and self.rho is None and self.thickness is not None and (self.R_sq or self.r_s):
            yield f"thickness = {show(self.thickness)}: has no meaning without rho: take it out, or give rho"
        unit = "K/W" if self.model == "lateral" else "K m^2/W"
        if self.r_Q is not None and self.r_Q.unit != unit and not self.r_Q.bare:
            yield f"r_Q = {show(self.r_Q)}: must be in {unit}, since model = {show(self.model)}"

    def lacking_for_heat(self) -> list[str]:
        """Keys that spin heat needs and that were left out."""
        names = [f"nonmagnet.{name}" for name in ("tau_Q", "T_0") if getattr(self, name) is None]
        return names + (["nonmagnet.alpha (or r_Q)"] if self.model == "lumped" and self.alpha is None and self.r_Q is None else [])

    def _why(self, name: str) -> str:
        """Why a key has no meaning, where that isn't plain."""
        if self.model == "lumped" and name == "S_N":
            return ", which has no gradients for a Seebeck coefficient to act on"
        if self.model == "lateral" and name == "r_s":
            return ", whose spin resistance is R_sq lambda_s/channel_width"
        homes = [model for model, (required, optional) in MODELS.items() if name in "|".join((*required, *optional)).split("|")]
        return f", only for {', '.join(homes)}" if len(homes) <= 3 else ""


class Configuration(Section):
    """A whole configuration."""

    name: Annotated[str, BeforeValidator(run_name)] = Field(description="name of the run")
    junction: JunctionSection
    nonmagnet: NonmagnetSection
    drive: DriveSection
    field: FieldSection
    detector: DetectorSection | None = Field(None, description="detector of a lateral channel")

    def problems(self) -> Iterator[str]:
        if self.nonmagnet.model == "lateral":
            yield from self._problems_of_two_contacts()
        elif self.detector is not None:
            yield f"detector: has no meaning for nonmagnet.model = {show(self.nonmagnet.model)}, only for lateral: take it out"
        for section, key in (("junction", "R_tun"), ("nonmagnet", "r_s"), ("drive", "I"), ("detector", "R_tun")):
            quantity = getattr(getattr(self, section), key, None)
            if (
                self.junction.contact_area is None
                and self.nonmagnet.model != "lateral"
                and quantity is not None
                and quantity.unit in ("ohm", "A")
            ):
                per_area = {"ohm": "ohm m^2", "A": "A/m^2"}[quantity.unit]
                yield f"{section}.{key} = {show(quantity)}: needs junction.contact_area: give that, or {key} in {per_area}"
        contacts = {"junction": self.junction, "detector": self.detecting}
        S_N = {} if self.nonmagnet.S_N is None else {"nonmagnet.S_N": self.nonmagnet.S_N}
        yield from heat.problems(self.drive, contacts, S_N, self.nonmagnet.lacking_for_heat())
        if self.is_open:
            yield from self._problems_without_back_flow()
        Delta_T_0, T_0 = self.drive.Delta_T_0, self.nonmagnet.T_0
        if T_0 is not None and Delta_T_0.value >= T_0.value:
            yield f"drive.Delta_T_0 = {show(Delta_T_0)}: must be below nonmagnet.T_0 = {show(T_0)}: the ferromagnet is at T_0 - Delta_T_0"
        current, area = self.drive.I, self.junction.contact_area
        if current is not None and current.unit == "A" and area is not None and math.isinf(current.value / area.value):
            yield "drive.I over junction.contact_area is not finite: raise the area"

    def _problems_without_back_flow(self) -> Iterator[str]:
        Delta_T_0 = self.drive.Delta_T_0
        if self.drive.V is not None:
            yield f"junction.R_tun = inf and drive.V = {show(self.drive.V)}: at a given voltage no current flows through it: give drive.I"
        if abs(Delta_T_0.value) > 0:
            yield (
                f"junction.R_tun = inf and drive.Delta_T_0 = {show(Delta_T_0)}: heat drives no current through it: "
                "take Delta_T_0 out, or give R_tun"
            )

    def _problems_of_two_contacts(self) -> Iterator[str]:
        if self.junction.contact_area is None:
            yield 'junction.contact_area is missing: nonmagnet.model = "lateral" needs it: give the area of the contact'
        current = self.drive.I
        if current is not None and current.unit != "A" and not current.bare:
            yield f'drive.I = {show(current)}: must be a current in A, since nonmagnet.model = "lateral": give I in A'
        configuration, detector = self.nonmagnet.configuration, self.detector
        if configuration is not None and detector is not None and detector.magnetisation is not None:
            yield (
                f"nonmagnet.configuration = {show(configuration)} and detector.magnetisation = {show(detector.magnetisation)} "
                "exclude each other: keep one"
            )

    @property
    def is_open(self) -> bool:
        """Whether the (injecting) junction's resistance is infinite: a given current, and nothing flows back."""
        return math.isinf(self.junction.R_tun.value)

    @property
    def has_heat(self) -> bool:
        """Whether spin heat is computed: unless its numbers were left out, which it needs only with S, S_N or Delta_T_0."""
        return not self.nonmagnet.lacking_for_heat()

    @property
    def detecting(self) -> JunctionSection:
        """The detector's junction: its own keys, and the injector's for the rest."""
        own = {} if self.detector is None else {name: value for name, value in dict(self.detector).items() if value is not None}
        return self.junction.model_copy(update=own)
