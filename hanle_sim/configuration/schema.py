"""The schema of a configuration: every key with its unit, its range and its meaning."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictInt

from ..constants import L_0_SEED
from . import heat
from .fields import (
    MAX_POINTS,
    Direction,
    MagneticField,
    Polarisation,
    Quantity,
    Resistance,
    Section,
    Tensor,
    TunnelResistance,
    field_values,
    field_vectors,
    lande,
    lorenz,
    more_than_one_of,
    not_one_of,
    not_two_of,
    quantity_in,
    run_name,
    show,
    spread,
)


class JunctionSection(Section):
    """The tunnel junction."""

    P_G: Polarisation = Field(description="spin polarisation of the tunnel conductance")
    P_L: Annotated[Quantity, quantity_in("")] | None = Field(None, description="spin polarisation of the thermoelectric conductance")
    S: Annotated[Quantity, quantity_in("V/K")] | None = Field(None, description="Seebeck coefficient of the junction")
    R_tun: TunnelResistance = Field(description='tunnel resistance; "inf" where nothing flows back')
    P_kappa: Polarisation | None = Field(None, description="spin polarisation of kappa_el; P_G if left out")
    kappa_el: Annotated[Quantity, quantity_in("W/(m^2 K)", positive=True)] | None = Field(
        None, description="electronic heat conductance; Wiedemann-Franz"
    )
    kappa_ph: Annotated[Quantity, quantity_in("W/(m^2 K)", not_negative=True)] = Field(
        Quantity(0.0, "W/(m^2 K)"), description="phonon heat conductance"
    )
    eta_mix: Annotated[Quantity, quantity_in("", positive=True)] = Field(
        Quantity(1.0, ""), description="2 Re G_mix/G, 1 in the tunnel limit"
    )
    G_i: Annotated[Quantity, quantity_in("S/m^2")] | None = Field(None, description="twice the imaginary mixing conductance")
    magnetisation: Direction = Field((1.0, 0.0, 0.0), description="direction of the magnetisation")
    contact_area: Annotated[Quantity, quantity_in("m^2", positive=True)] | None = Field(None, description="area of the contact")


class DetectorSection(Section):
    """The detector of a lateral channel: any keys of [junction]; those left out are the injector's."""

    P_G: Polarisation | None = None
    P_L: Annotated[Quantity, quantity_in("")] | None = None
    S: Annotated[Quantity, quantity_in("V/K")] | None = None
    R_tun: TunnelResistance | None = None
    P_kappa: Polarisation | None = None
    kappa_el: Annotated[Quantity, quantity_in("W/(m^2 K)", positive=True)] | None = None
    kappa_ph: Annotated[Quantity, quantity_in("W/(m^2 K)", not_negative=True)] | None = None
    eta_mix: Annotated[Quantity, quantity_in("", positive=True)] | None = None
    G_i: Annotated[Quantity, quantity_in("S/m^2")] | None = None
    magnetisation: Direction | None = None
    contact_area: Annotated[Quantity, quantity_in("m^2", positive=True)] | None = None


Length = Annotated[Quantity, quantity_in("m", positive=True)]

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

    def _why(self, name: str) -> str:
        """Why a key has no meaning, where that isn't plain."""
        if self.model == "lumped" and name == "S_N":
            return ", which has no gradients for a Seebeck coefficient to act on"
        if self.model == "lateral" and name == "r_s":
            return ", whose spin resistance is R_sq lambda_s/channel_width"
        homes = [model for model, (required, optional) in MODELS.items() if name in "|".join((*required, *optional)).split("|")]
        return f", only for {', '.join(homes)}" if len(homes) <= 3 else ""


class DriveSection(Section):
    """What is held constant."""

    I: Annotated[Quantity, quantity_in("A/m^2", "A")] | None = Field(None, description="current density, or current with contact_area")  # noqa: E741
    V: Annotated[Quantity, quantity_in("V")] | None = Field(None, description="voltage across the junction")
    Delta_T_0: Annotated[Quantity, quantity_in("K")] = Field(Quantity(0.0, "K"), description="T_0 less the ferromagnet's temperature")

    def problems(self) -> Iterator[str]:
        yield from not_one_of(self, "I", "V")


#: Keys of each kind of stray fields.
STRAY_KEYS = {"gaussian": ("sigma",), "samples": ("values",), "roughness": ("amplitude", "wavelength", "height")}


class StraySection(Section):
    """Static stray fields."""

    kind: Literal["gaussian", "samples", "roughness"] = Field(description='distribution, "gaussian", "samples" or "roughness"')
    sigma: Annotated[tuple[Quantity, Quantity, Quantity], BeforeValidator(spread)] | None = Field(
        None, description="standard deviation, a field or three"
    )
    values: Annotated[list[tuple[Quantity, Quantity, Quantity]], BeforeValidator(field_vectors)] | None = Field(
        None, description="local fields, one by one"
    )
    amplitude: MagneticField | None = Field(None, description="stray field at the interface")
    wavelength: Length | None = Field(None, description="wavelength of the roughness")
    height: Annotated[Quantity, quantity_in("m", not_negative=True)] | None = Field(
        None, description="distance of the spins from the interface"
    )

    def problems(self) -> Iterator[str]:
        own = STRAY_KEYS[self.kind]
        for name in (name for kind, names in STRAY_KEYS.items() if kind != self.kind for name in names):
            if getattr(self, name) is not None:
                yield f"{name} = {show(getattr(self, name))}: has no meaning for kind = {show(self.kind)}: take it out"
        for name in own:
            if getattr(self, name) is None:
                yield f"{name} is missing: give the {type(self).model_fields[name].description}"
        if self.amplitude is not None and self.amplitude.value < 0:
            yield f"amplitude = {show(self.amplitude)}: must not be negative"


#: Ways to state the fields of a sweep, each a set of keys.
_SWEEPS = {
    "values": ("values",),
    "path": ("path",),
    "angle": ("B", "theta_start", "theta_stop", "points"),
    "magnitude": ("start", "stop", "points"),
}


class FieldSection(Section):
    """The magnetic field."""

    start: MagneticField | None = Field(None, description="first field")
    stop: MagneticField | None = Field(None, description="last field")
    points: StrictInt | None = Field(None, description="number of fields, both ends included")
    values: Annotated[list[Quantity], BeforeValidator(field_values)] | None = Field(None, description="the fields, one by one")
    path: Annotated[list[tuple[Quantity, Quantity, Quantity]], BeforeValidator(field_vectors)] | None = Field(
        None, description="field vectors, one by one"
    )
    B: MagneticField | None = Field(None, description="magnitude of the field in a sweep of its angle")
    theta_start: Annotated[Quantity, quantity_in("rad")] | None = Field(None, description="first angle to the magnetisation")
    theta_stop: Annotated[Quantity, quantity_in("rad")] | None = Field(None, description="last angle to the magnetisation")
    direction: Direction | None = Field(None, description="direction of the field; z if left out")
    theta: Annotated[Quantity, quantity_in("rad")] | None = Field(None, description="angle between field and magnetisation")
    B_sat: Annotated[Quantity, quantity_in("T", positive=True)] | None = Field(None, description="saturation field of the magnetisation")
    exchange_field: MagneticField | None = Field(None, description="field along the magnetisation that acts on the spins")
    stray: StraySection | None = Field(None, description="stray fields")

    @property
    def kind(self) -> str:
        """How the fields are stated: "values", "path", "angle" or "magnitude"."""
        return next((kind for kind, keys in _SWEEPS.items() if getattr(self, keys[0]) is not None), "magnitude")

    def problems(self) -> Iterator[str]:
        kind = self.kind
        if (
            kind == "magnitude"
            and (self.theta_start is not None or self.theta_stop is not None)
            and self.start is None
            and self.stop is None
        ):
            kind = "angle"
        keys = _SWEEPS[kind]
        others = [name for names in reversed(_SWEEPS.values()) for name in names if name not in keys]
        given, other = ([name for name in dict.fromkeys(names) if getattr(self, name) is not None] for names in (keys, others))
        if given and other:
            values = [f"{name} = {show(getattr(self, name))}" for name in (given[0], *other)]
            yield f"{values[0]} and {', '.join(values[1:])} exclude each other: keep one way to state the fields"
        missing = [name for name in keys if getattr(self, name) is None]
        if missing:
            needs = "B, theta_start, theta_stop and points" if kind == "angle" else "start, stop and points, or values"
            yield f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing: give {needs}"
        if isinstance(self.points, int) and not 2 <= self.points <= MAX_POINTS:
            yield f"points = {show(self.points)}: must lie between 2 and {show(MAX_POINTS)}"
        if kind in ("angle", "magnitude") and not missing:
            yield from self._empty_range(kind)
        turning = keys[:1] if kind in ("path", "angle") else ()
        yield from more_than_one_of(self, "direction", "theta", *turning)

    def _empty_range(self, kind: str) -> Iterator[str]:
        first, last = ("theta_start", "theta_stop") if kind == "angle" else ("start", "stop")
        if getattr(self, first).value == getattr(self, last).value:
            what = "angle" if kind == "angle" else "field"
            yield f"{first} = {last} = {show(getattr(self, first))}: the {what} range is empty: give two different {what}s, or values"


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
        yield from heat.problems(self)
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
        return not heat.lacking(self)

    @property
    def detecting(self) -> JunctionSection:
        """The detector's junction: its own keys, and the injector's for the rest."""
        own = {} if self.detector is None else {name: value for name, value in dict(self.detector).items() if value is not None}
        return self.junction.model_copy(update=own)
