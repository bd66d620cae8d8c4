"""The magnetic field: [field] and [field.stray]."""

import abc
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from pydantic import Field, StrictInt

from ..numerics.checks import is_concrete
from ..numerics.types import AnyArray
from ..physics import AbstractStray, GaussianStray, RoughnessStray, SampledStray
from ..physics import Field as MagneticFieldSweep
from .fields import (
    MAX_POINTS,
    NOT_NEGATIVE,
    POSITIVE,
    Angle,
    Direction,
    FieldVectors,
    Length,
    MagneticField,
    MagneticFields,
    Quantity,
    Spread,
    quantity_in,
    show,
)
from .numbers import Numbers
from .section import Section, Variants, more_than_one_of


class StraySection(Section):
    """Static stray fields; a kind's section adds its keys and builds the fields."""

    kind: str = Field(description='distribution, "gaussian", "samples" or "roughness"')

    @abc.abstractmethod
    def build(self, numbers: Numbers) -> AbstractStray:
        """The stray fields; `numbers` are those of this section. Raises ValueError for what can't exist."""


class GaussianSection(StraySection):
    """Normally distributed fields."""

    sigma: Spread = Field(description="standard deviation, a field or three")

    def build(self, numbers: Numbers) -> GaussianStray:
        return GaussianStray(numbers("sigma"))


class SamplesSection(StraySection):
    """Local fields, one by one."""

    values: FieldVectors = Field(description="local fields, one by one")

    def build(self, numbers: Numbers) -> SampledStray:
        return SampledStray(np.array([[component.value for component in vector] for vector in self.values]))


class RoughnessSection(StraySection):
    """Fields of a rough interface."""

    amplitude: MagneticField = Field(description="stray field at the interface")
    wavelength: Length = Field(description="wavelength of the roughness")
    height: Annotated[Quantity, quantity_in("m", within=NOT_NEGATIVE)] = Field(description="distance of the spins from the interface")

    def problems(self) -> Iterator[str]:
        if self.amplitude.value < 0:
            yield f"amplitude = {show(self.amplitude)}: must not be negative"

    def build(self, numbers: Numbers) -> RoughnessStray:
        return RoughnessStray(*(numbers(key) for key in ("amplitude", "wavelength", "height")))


#: The sections by `kind`.
STRAY: dict[str, type[StraySection]] = {"gaussian": GaussianSection, "samples": SamplesSection, "roughness": RoughnessSection}

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
    values: MagneticFields | None = Field(None, description="the fields, one by one")
    path: FieldVectors | None = Field(None, description="field vectors, one by one")
    B: MagneticField | None = Field(None, description="magnitude of the field in a sweep of its angle")
    theta_start: Angle | None = Field(None, description="first angle to the magnetisation")
    theta_stop: Angle | None = Field(None, description="last angle to the magnetisation")
    direction: Direction | None = Field(None, description="direction of the field (z if left out)")
    theta: Angle | None = Field(None, description="angle between field and magnetisation")
    B_sat: Annotated[Quantity, quantity_in("T", within=POSITIVE)] | None = Field(None, description="saturation field of the magnetisation")
    exchange_field: MagneticField | None = Field(None, description="field along the magnetisation that acts on the spins")
    stray: Annotated[StraySection | None, Variants("kind", STRAY)] = Field(None, description="stray fields")

    @property
    def kind(self) -> str:
        """How the fields are stated: "values", "path", "angle" or "magnitude"."""
        given = [kind for kind, keys in _SWEEPS.items() if getattr(self, keys[0]) is not None]
        turns = self.stop is None and (self.theta_start is not None or self.theta_stop is not None)
        return given[0] if given else "angle" if turns else "magnitude"

    def problems(self) -> Iterator[str]:
        kind = self.kind
        keys = _SWEEPS[kind]
        others = [name for names in reversed(_SWEEPS.values()) for name in names if name not in keys]
        given, other = ([name for name in dict.fromkeys(names) if getattr(self, name) is not None] for names in (keys, others))
        if given and other:
            values = [f"{name} = {show(getattr(self, name))}" for name in (given[0], *other)]
            yield f"{values[0]} and {', '.join(values[1:])} exclude each other: keep one way to state the fields"
        missing = [name for name in keys if name not in given]
        if missing:
            needs = "B, theta_start, theta_stop and points" if kind == "angle" else "start, stop and points, or values"
            yield f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing: give {needs}"
        if isinstance(self.points, int) and not 2 <= self.points <= MAX_POINTS:
            yield f"points = {show(self.points)}: must lie between 2 and {show(MAX_POINTS)}"
        if kind in ("angle", "magnitude") and not missing:
            first, last = keys[-3:-1]
            what = "angle" if kind == "angle" else "field"
            if getattr(self, first).value == getattr(self, last).value:
                yield f"{first} = {last} = {show(getattr(self, first))}: the {what} range is empty: give two different {what}s, or values"
        yield from more_than_one_of(self, "direction", "theta", *(keys[:1] if kind in ("path", "angle") else ()))

    def build(self, numbers: Numbers, m: AnyArray) -> MagneticFieldSweep:
        """The fields; `numbers` are those of this section, `m` is the magnetisation that angles are measured from, [3]."""
        if self.path is not None:
            plain = MagneticFieldSweep.path([[component.value for component in vector] for vector in self.path])
        elif self.B is not None:
            theta = np.linspace(numbers("theta_start"), numbers("theta_stop"), self.points or 0)
            plain = MagneticFieldSweep.at_angle(numbers("B") * np.ones(theta.size), _within_a_turn(theta), m)
        else:
            listed = None if self.values is None else np.array([value.value for value in self.values])
            B = np.linspace(numbers("start"), numbers("stop"), self.points or 0) if listed is None else listed
            direction = np.array([0.0, 0.0, 1.0]) if self.direction is None else numbers.array("direction")
            plain = MagneticFieldSweep(B, direction)
            if self.theta is not None:
                plain = MagneticFieldSweep.at_angle(B, _within_a_turn(numbers("theta")), m)
        stray = None if self.stray is None else self.stray.build(numbers.within("field.stray"))
        return MagneticFieldSweep(plain.B, plain.direction, numbers("B_sat"), numbers("exchange_field"), stray)


def _within_a_turn(theta: Any) -> Any:
    """Angles that were written with their unit, less whole turns where they are beyond one."""
    return np.where(np.abs(theta) > 2 * np.pi, np.remainder(theta, 2 * np.pi), theta) if is_concrete(theta) else theta
