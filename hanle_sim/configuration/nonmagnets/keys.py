"""Keys that several nonmagnets take: unit, range and meaning of each."""

from typing import Annotated, Literal

from pydantic import Field

from ..fields import POSITIVE, Length, Quantity, Resistance, SeebeckCoefficient, quantity_in

SpinTime = Annotated[Quantity | None, quantity_in("s", within=POSITIVE), Field(description="spin relaxation time")]
HeatTime = Annotated[Quantity | None, quantity_in("s", within=POSITIVE), Field(description="spin heat relaxation time")]
DiffusionConstant = Annotated[Quantity | None, quantity_in("m^2/s", within=POSITIVE), Field(description="diffusion constant")]
DiffusionLength = Annotated[Length | None, Field(description="spin diffusion length")]
Resistivity = Annotated[Quantity | None, quantity_in("ohm m", within=POSITIVE), Field(description="resistivity")]
Seebeck = Annotated[SeebeckCoefficient | None, Field(description="Seebeck coefficient of the bulk")]
SpinResistance = Annotated[Resistance | None, Field(description="spin resistance")]
Thickness = Annotated[Length | None, Field(description="thickness of the film, or of the channel whose rho is given")]
Back = Annotated[Literal["reflecting", "absorbing"] | None, Field(description='back of the film, "reflecting" or "absorbing"')]
