"""The magnetic field: [field] and [field.stray]."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictInt

from .fields import (
    MAX_POINTS,
    Direction,
    Length,
    MagneticField,
    Quantity,
    Section,
    field_values,
    field_vectors,
    more_than_one_of,
    quantity_in,
    show,
    spread,
)

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
