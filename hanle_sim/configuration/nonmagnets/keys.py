"""Keys that several nonmagnets take: unit, range and meaning of each."""

from typing import Annotated, Literal

from pydantic import Field

from ..fields import Quantity, Resistance, quantity_in


def _positive(*units: str) -> object:
    return quantity_in(*units, positive=True)


SpinTime = Annotated[Quantity | None, _positive("s"), Field(description="spin relaxation time")]
HeatTime = Annotated[Quantity | None, _positive("s"), Field(description="spin heat relaxation time")]
DiffusionConstant = Annotated[Quantity | None, _positive("m^2/s"), Field(description="diffusion constant")]
DiffusionLength = Annotated[Quantity | None, _positive("m"), Field(description="spin diffusion length")]
Resistivity = Annotated[Quantity | None, _positive("ohm m"), Field(description="resistivity")]
Seebeck = Annotated[Quantity | None, quantity_in("V/K"), Field(description="Seebeck coefficient of the bulk")]
SpinResistance = Annotated[Resistance | None, Field(description="spin resistance")]
Thickness = Annotated[Quantity | None, _positive("m"), Field(description="thickness of the film, or of the channel whose rho is given")]
Back = Annotated[Literal["reflecting", "absorbing"] | None, Field(description='back of the film, "reflecting" or "absorbing"')]
