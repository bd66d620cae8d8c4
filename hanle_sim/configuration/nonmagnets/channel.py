"""The sections of thin channels: a contact of finite width, and two contacts at a distance."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from ...physics.nonmagnets import AbstractExtended, Lateral, WideContact
from ...physics.nonmagnets.material import Material
from ..fields import POSITIVE, Length, Quantity, quantity_in, show
from ..numbers import Numbers
from . import keys
from .base import ExtendedSection, SpinResistanceSection


class ChannelSection(ExtendedSection):
    """A channel, by its square resistance, or by resistivity and thickness."""

    resistances: ClassVar[tuple[str, ...]] = ("R_sq", "rho", "r_s")

    R_sq: Annotated[Quantity, quantity_in("ohm", within=POSITIVE)] | None = Field(None, description="square resistance of the channel")
    S_N: keys.Seebeck = None
    thickness: keys.Thickness = None

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if self.rho is not None and self.thickness is None and self.R_sq is None:
            yield "thickness is missing: rho needs it: give the thickness of the channel, or R_sq in place of both"
        others = [getattr(self, name) for name in self.resistances if name != "rho"]
        if self.rho is None and self.thickness is not None and any(other is not None for other in others):
            yield f"thickness = {show(self.thickness)}: has no meaning without rho: take it out, or give rho"

    def resistivity(self, numbers: Numbers) -> Any:
        if self.rho is not None:
            return numbers("rho") / numbers("thickness")
        return 1.0 if self.R_sq is None else numbers("R_sq")


class ContactSection(ChannelSection, SpinResistanceSection):
    """A contact of some width across a thin channel."""

    instead: ClassVar[Mapping[str, str]] = {"channel_width": ", only for lateral: give contact_width in its place"}

    contact_width: Length = Field(description="width of the contact along the channel")

    def geometry(self, material: Material, numbers: Numbers) -> AbstractExtended:
        return WideContact(material, numbers("contact_width"))


class LateralSection(ChannelSection):
    """Injector and detector on a thin channel."""

    other_words: ClassVar[str] = "nonlocal non_local lsv spin_valve lateral_spin_valve channel"
    has_detector: ClassVar[bool] = True
    resistances: ClassVar[tuple[str, ...]] = ("R_sq", "rho")
    instead: ClassVar[Mapping[str, str]] = {
        "r_s": ", whose spin resistance is R_sq lambda_s/channel_width: take it out",
        "contact_width": ", only for contact: give channel_width in its place",
    }

    channel_width: Length = Field(description="width of the channel")
    distance: Length = Field(description="distance from injector to detector")
    left_end: Length | None = Field(None, description="distance of a reflecting end beyond the injector")
    right_end: Length | None = Field(None, description="distance of a reflecting end beyond the detector")
    configuration: Literal["parallel", "antiparallel"] | None = Field(None, description='"parallel" or "antiparallel" magnetisations')

    def resistivity(self, numbers: Numbers) -> Any:
        return super().resistivity(numbers) / numbers("channel_width")

    def geometry(self, material: Material, numbers: Numbers) -> AbstractExtended:
        return Lateral(material, numbers("distance"), numbers("left_end"), numbers("right_end"))
