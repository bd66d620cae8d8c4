"""The section of a well-mixed nonmagnet."""

from collections.abc import Mapping
from typing import ClassVar

from ...physics.nonmagnets import Lumped
from ..numbers import Numbers
from . import keys
from .base import HeatResistanceSection, SpinResistanceSection


class LumpedSection(HeatResistanceSection, SpinResistanceSection):
    """A nonmagnet so small, or so well mixed, that its spins are the same everywhere."""

    other_words: ClassVar[str] = "island dot 0d well_mixed point box"
    instead: ClassVar[Mapping[str, str]] = {"S_N": ", which has no gradients for a Seebeck coefficient to act on: take it out"}

    tau_s: keys.SpinTime
    r_s: keys.SpinResistance

    def lacking_for_heat(self) -> list[str]:
        return super().lacking_for_heat() + (["nonmagnet.alpha (or r_Q)"] if self.alpha is None and self.r_Q is None else [])

    def build(self, numbers: Numbers) -> Lumped:
        r_s, tau_s, g, relaxation_s = numbers.per_area("r_s"), numbers("tau_s"), numbers.array("g"), numbers.array("relaxation_s")
        if not numbers.has_heat:
            return Lumped.of_spin(r_s=r_s, tau_s=tau_s, g=g, relaxation_s=relaxation_s)
        r_Q = self.heat_resistance(numbers, r_s)
        return Lumped(r_s, r_Q, tau_s, numbers("tau_Q"), g, relaxation_s, numbers.array("relaxation_Q"))
