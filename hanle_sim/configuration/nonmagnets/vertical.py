"""The sections of nonmagnets in which spins diffuse along the normal."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from ...physics.nonmagnets import AbstractExtended, Diffusive, Drift, Film
from ...physics.nonmagnets.material import Material
from ..fields import Quantity, quantity_in
from ..numbers import Numbers
from . import keys
from .base import ExtendedSection, SpinResistanceSection


class VerticalSection(ExtendedSection, SpinResistanceSection):
    """A nonmagnet below a contact much wider than the diffusion lengths."""

    instead: ClassVar[Mapping[str, str]] = {"R_sq": ", only for contact, lateral: give rho in its place"}

    S_N: keys.Seebeck = None


class DiffusiveSection(VerticalSection):
    """A semi-infinite bulk."""

    other_words: ClassVar[str] = "bulk semi_infinite semiinfinite infinite diffusion halfspace half_space 1d"
    of_height: ClassVar[tuple[str, ...]] = ("D", "lambda_s")

    def geometry(self, material: Material, numbers: Numbers) -> AbstractExtended:
        return Diffusive(material)


class FilmSection(VerticalSection):
    """A film of some thickness."""

    other_words: ClassVar[str] = "thin_film layer slab"

    thickness: keys.Thickness
    back: keys.Back

    def geometry(self, material: Material, numbers: Numbers) -> AbstractExtended:
        return Film(material, numbers("thickness"), self.back or "reflecting")


class DriftSection(VerticalSection):
    """A bulk in an electric field."""

    velocity: Annotated[Quantity, quantity_in("m/s")] = Field(description="drift velocity, positive away from the contact")

    def geometry(self, material: Material, numbers: Numbers) -> AbstractExtended:
        return Drift(material, numbers("velocity"))
