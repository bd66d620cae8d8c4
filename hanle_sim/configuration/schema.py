"""The schema of a configuration: every key with its unit, its range and its meaning."""

import math
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from ..constants import L_0_SEED, L_0_SOMMERFELD
from .quantities import parse_quantity

#: The strongest field that a sweep may reach [T], and the most points it may have.
MAX_FIELD = 1e3
MAX_POINTS = 10**8


class Quantity(NamedTuple):
    """A number in SI and the unit it is in."""

    value: float
    unit: str


def _in(*units: str, positive: bool = False, not_negative: bool = False, polarisation: bool = False) -> Any:
    def check(given: Any) -> Quantity:
        if isinstance(given, Quantity):
            return given
        quantity = Quantity(*parse_quantity(given, *units))
        if positive and not quantity.value > 0:
            raise ValueError("must be positive")
        if not_negative and not quantity.value >= 0:
            raise ValueError("must not be negative")
        if polarisation and not abs(quantity.value) <= 1:
            raise ValueError("must lie between -1 and 1, since both spin channels conduct forwards")
        return quantity

    return BeforeValidator(check)


def _magnetic_field(given: Any) -> Quantity:
    quantity = Quantity(*parse_quantity(given, "T"))
    if abs(quantity.value) > MAX_FIELD:
        raise ValueError(f"must lie between -{MAX_FIELD:g} and {MAX_FIELD:g} T")
    return quantity


def _direction(given: Any) -> tuple[float, float, float]:
    if not isinstance(given, list | tuple) or len(given) != 3:
        raise ValueError("must be three numbers, [x, y, z]")
    x, y, z = (parse_quantity(component, "")[0] for component in given)
    if not any((x, y, z)):
        raise ValueError("must not be the zero vector: give the direction as [x, y, z]")
    return x, y, z


def _name(given: Any) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= 100 or not given.isprintable() or not given.strip():
        raise ValueError("must be a string of 1 to 100 printable characters")
    return given


def _lorenz(given: Any) -> Quantity:
    names = {"seed": L_0_SEED, "sommerfeld": L_0_SOMMERFELD}
    if isinstance(given, str) and given in names:
        return Quantity(names[given], "V^2/K^2")
    try:
        quantity = Quantity(*parse_quantity(given, "V^2/K^2"))
    except ValueError as error:
        raise ValueError(f'{error}, or "seed", or "sommerfeld"') from None
    if not quantity.value > 0:
        raise ValueError("must be positive")
    return quantity


def _field_values(given: Any) -> list[Quantity]:
    if not isinstance(given, list | tuple):
        raise ValueError("must be a list of fields, [-10e-3, 0, 10e-3]")
    if not 1 <= len(given) <= MAX_POINTS:
        raise ValueError(f"has {len(given)} fields: must have between 1 and {MAX_POINTS}")
    return [_magnetic_field(value) for value in given]


Direction = Annotated[tuple[float, float, float], BeforeValidator(_direction)]
Polarisation = Annotated[Quantity, _in("", polarisation=True)]
Resistance = Annotated[Quantity, _in("ohm m^2", "ohm", positive=True)]
MagneticField = Annotated[Quantity, BeforeValidator(_magnetic_field)]


class Section(BaseModel):
    """A table of the configuration: no unknown keys, nothing changed after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _exactly_one(section: Section, *names: str) -> None:
    given = [name for name in names if getattr(section, name) is not None]
    if len(given) > 1:
        values = " and ".join(f"{name} = {_show(getattr(section, name))}" for name in given)
        raise ValueError(f"{values} exclude each other: keep one")
    if not given:
        raise ValueError(f"{' or '.join(names)} is missing: give exactly one of them")


def _show(value: Any) -> str:
    return f"{value.value:g} {value.unit}".strip() if isinstance(value, Quantity) else str(value)[:60]


_NO_PHONONS = Quantity(0.0, "W/(m^2 K)")


class JunctionSection(Section):
    """The tunnel junction."""

    P_G: Polarisation = Field(description="spin polarisation of the tunnel conductance")
    P_L: Annotated[Quantity, _in("")] = Field(description="spin polarisation of the thermoelectric conductance")
    S: Annotated[Quantity, _in("V/K")] = Field(description="Seebeck coefficient of the junction")
    R_tun: Resistance = Field(description="tunnel resistance")
    P_kappa: Polarisation | None = Field(None, description="spin polarisation of kappa_el; P_G if left out")
    kappa_el: Annotated[Quantity, _in("W/(m^2 K)", positive=True)] | None = Field(
        None, description="electronic heat conductance; Wiedemann-Franz"
    )
    kappa_ph: Annotated[Quantity, _in("W/(m^2 K)", not_negative=True)] = Field(
        Quantity(0.0, "W/(m^2 K)"), description="phonon heat conductance"
    )
    eta_mix: Annotated[Quantity, _in("", positive=True)] = Field(Quantity(1.0, ""), description="2 Re G_mix/G, 1 in the tunnel limit")
    magnetisation: Direction = Field((1.0, 0.0, 0.0), description="direction of the magnetisation")
    contact_area: Annotated[Quantity, _in("m^2", positive=True)] | None = Field(None, description="area of the contact")


class NonmagnetSection(Section):
    """The nonmagnet."""

    model: Literal["lumped"] = Field(description="model of the nonmagnet")
    r_s: Resistance = Field(description="spin resistance")
    tau_s: Annotated[Quantity, _in("s", positive=True)] = Field(description="spin relaxation time")
    tau_Q: Annotated[Quantity, _in("s", positive=True)] = Field(description="spin heat relaxation time")
    T_0: Annotated[Quantity, _in("K", positive=True)] = Field(description="mean electron temperature")
    alpha: Annotated[Quantity, _in("", positive=True)] | None = Field(None, description="r_s/(L_0 T_0 r_Q)")
    r_Q: Annotated[Quantity, _in("K m^2/W", positive=True)] | None = Field(None, description="spin heat resistance")
    g: Annotated[Quantity, _in("")] = Field(Quantity(2.0, ""), description="Lande factor")
    L_0: Annotated[Quantity, BeforeValidator(_lorenz)] = Field(Quantity(L_0_SEED, "V^2/K^2"), description="Lorenz number")

    @model_validator(mode="after")
    def _one_heat_resistance(self) -> "NonmagnetSection":
        _exactly_one(self, "alpha", "r_Q")
        return self


class DriveSection(Section):
    """What is held constant."""

    I: Annotated[Quantity, _in("A/m^2", "A")] | None = Field(None, description="current density, or current with contact_area")  # noqa: E741
    V: Annotated[Quantity, _in("V")] | None = Field(None, description="voltage across the junction")
    Delta_T_0: Annotated[Quantity, _in("K")] = Field(Quantity(0.0, "K"), description="T_0 less the ferromagnet's temperature")

    @model_validator(mode="after")
    def _one_bias(self) -> "DriveSection":
        _exactly_one(self, "I", "V")
        return self


class FieldSection(Section):
    """The magnetic field."""

    start: MagneticField | None = Field(None, description="first field")
    stop: MagneticField | None = Field(None, description="last field")
    points: StrictInt | None = Field(None, description="number of fields, both ends included")
    values: Annotated[list[Quantity], BeforeValidator(_field_values)] | None = Field(None, description="the fields, one by one")
    direction: Direction | None = Field(None, description="direction of the field; z if left out")
    theta: Annotated[Quantity, _in("rad")] | None = Field(None, description="angle between field and magnetisation")

    @model_validator(mode="after")
    def _one_sweep(self) -> "FieldSection":
        given = [name for name in ("start", "stop", "points") if getattr(self, name) is not None]
        if self.values is not None:
            if given:
                raise ValueError(f"values and {given[0]} = {_show(getattr(self, given[0]))} exclude each other: keep one")
        elif len(given) < 3:
            missing = [name for name in ("start", "stop", "points") if name not in given]
            raise ValueError(f"{', '.join(missing)} is missing: give start, stop and points, or values")
        else:
            self._check_range()
        if self.direction is not None and self.theta is not None:
            raise ValueError(f"direction = {list(self.direction)} and theta = {_show(self.theta)} exclude each other: keep one")
        return self

    def _check_range(self) -> None:
        if self.points is None or self.start is None or self.stop is None:
            return
        if not 2 <= self.points <= MAX_POINTS:
            raise ValueError(f"points = {self.points}: must lie between 2 and {MAX_POINTS}")
        if self.start.value == self.stop.value:
            raise ValueError(f"start = stop = {_show(self.start)}: the field range is empty: give two different fields, or values")


class Configuration(Section):
    """A whole configuration."""

    name: Annotated[str, BeforeValidator(_name)] = Field(description="name of the run")
    junction: JunctionSection
    nonmagnet: NonmagnetSection
    drive: DriveSection
    field: FieldSection

    @model_validator(mode="after")
    def _areas(self) -> "Configuration":
        if self.junction.contact_area is None:
            for section, key in (("junction", "R_tun"), ("nonmagnet", "r_s"), ("drive", "I")):
                quantity = getattr(getattr(self, section), key)
                if quantity is not None and quantity.unit in ("ohm", "A"):
                    per_area = {"ohm": "ohm m^2", "A": "A/m^2"}[quantity.unit]
                    raise ValueError(f"{section}.{key} = {_show(quantity)}: needs junction.contact_area: give that, or {key} in {per_area}")
        Delta_T_0, T_0 = self.drive.Delta_T_0, self.nonmagnet.T_0
        if Delta_T_0.value >= T_0.value:
            raise ValueError(
                f"drive.Delta_T_0 = {_show(Delta_T_0)}: must be below nonmagnet.T_0 = {_show(T_0)}: the ferromagnet is at T_0 - Delta_T_0"
            )
        if not math.isfinite(self.current_density or 0.0):
            raise ValueError("drive.I over junction.contact_area is not finite: raise the area")
        return self

    def per_area(self, quantity: Quantity) -> float:
        """A resistance in Ω m², whether it was given so or in Ω."""
        if quantity.unit == "ohm" and self.junction.contact_area is not None:
            return quantity.value * self.junction.contact_area.value
        return quantity.value

    @property
    def current_density(self) -> float | None:
        """The current density [A m⁻²], None at voltage bias."""
        current = self.drive.I
        if current is not None and current.unit == "A" and self.junction.contact_area is not None:
            return current.value / self.junction.contact_area.value
        return None if current is None else current.value
