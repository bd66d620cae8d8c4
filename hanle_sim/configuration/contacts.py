"""The contacts of a device and what drives them: [junction], [detector] and [drive]."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from .fields import NOT_NEGATIVE, POSITIVE, Direction, Polarisation, Quantity, SeebeckCoefficient, TunnelResistance, quantity_in
from .section import Section, not_one_of

ONE, ZERO = Quantity(1.0, ""), Quantity(0.0, "")


class JunctionSection(Section):
    """The tunnel junction."""

    P_G: Polarisation = Field(description="spin polarisation of the tunnel conductance")
    P_L: Annotated[Quantity, quantity_in("")] | None = Field(None, description="spin polarisation of the thermoelectric conductance")
    S: SeebeckCoefficient | None = Field(None, description="Seebeck coefficient of the junction")
    R_tun: TunnelResistance = Field(description='tunnel resistance (or "inf")')
    P_kappa: Polarisation | None = Field(None, description="spin polarisation of kappa_el (P_G if left out)")
    kappa_el: Annotated[Quantity, quantity_in("W/(m^2 K)", within=POSITIVE)] | None = Field(
        None, description="electronic heat conductance (by the Wiedemann-Franz law if left out)"
    )
    kappa_ph: Annotated[Quantity, quantity_in("W/(m^2 K)", within=NOT_NEGATIVE)] = Field(
        Quantity(0.0, "W/(m^2 K)"), description="phonon heat conductance"
    )
    eta_mix: Annotated[Quantity, quantity_in("", within=POSITIVE)] = Field(ONE, description="2 Re G_mix/G, 1 in the tunnel limit")
    G_i: Annotated[Quantity, quantity_in("S/m^2")] | None = Field(None, description="twice the imaginary mixing conductance")
    magnetisation: Direction = Field((ONE, ZERO, ZERO), description="direction of the magnetisation")
    contact_area: Annotated[Quantity, quantity_in("m^2", within=POSITIVE)] | None = Field(None, description="area of the contact")


class DetectorSection(JunctionSection):
    """The detector of a lateral channel: any keys of [junction]; those left out are the injector's."""


for _field in DetectorSection.model_fields.values():
    _field.default = None
DetectorSection.model_rebuild(force=True)


class DriveSection(Section):
    """What is held constant."""

    I: Annotated[Quantity, quantity_in("A/m^2", "A")] | None = Field(None, description="current density, or current with contact_area")
    V: Annotated[Quantity, quantity_in("V")] | None = Field(None, description="voltage across the junction")
    Delta_T_0: Annotated[Quantity, quantity_in("K")] = Field(Quantity(0.0, "K"), description="T_0 less the ferromagnet's temperature")

    def problems(self) -> Iterator[str]:
        yield from not_one_of(self, "I", "V")
