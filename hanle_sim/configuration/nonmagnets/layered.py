"""The section of a stack of layers, and that of a layer."""

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from ...physics.nonmagnets import Layered
from ...text import with_prefix
from ..fields import POSITIVE, Quantity, quantity_in, show
from ..numbers import Numbers
from ..section import Section, not_two_of
from . import keys
from .base import NonmagnetSection, material_of


class LayerSection(Section):
    """A layer. τ_s and τ_Q are the whole stack's where it leaves them out."""

    thickness: Annotated[
        Quantity,
        quantity_in("m", within=POSITIVE, named={"infinite": math.inf}, names=', or "infinite" in the last layer'),
    ] = Field(description='thickness of the layer, or "infinite" in the last one')
    rho: keys.Resistivity
    D: keys.DiffusionConstant = None
    lambda_s: keys.DiffusionLength = None
    tau_s: keys.SpinTime = None
    tau_Q: keys.HeatTime = None
    S_N: keys.Seebeck = None

    @property
    def is_infinite(self) -> bool:
        return math.isinf(self.thickness.value)

    @property
    def takes_tau_s(self) -> bool:
        """Whether the stack's τ_s is this layer's too, rather than λ_s²/D or its own."""
        return self.tau_s is None and (self.D is None or self.lambda_s is None)


class LayeredSection(NonmagnetSection):
    """Layers of different materials."""

    other_words: ClassVar[str] = "stack multilayer bilayer trilayer layers sandwich"
    instead: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("thickness", "rho", "D", "lambda_s", "S_N"), ", whose layers have their own: give it in each [[nonmagnet.layers]]"
    )

    back: keys.Back = None
    layers: tuple[LayerSection, ...] = Field(description="layers from the contact downwards, each a table [[nonmagnet.layers]]")

    def problems(self) -> Iterator[str]:
        if not self.layers:
            yield "layers = []: give one layer at least, a table [[nonmagnet.layers]]"
            return
        for number, layer in enumerate(self.layers, 1):
            full = layer.model_copy(update={"tau_s": self.tau_s}) if layer.takes_tau_s else layer
            yield from (f"layer {number}: {line}" for line in not_two_of(full, "tau_s", "D", "lambda_s"))
            if layer.is_infinite and number < len(self.layers):
                yield f"layer {number}: thickness = {show(layer.thickness)}: only the last layer has no end: give a length"
            if layer.S_N is not None and layer.S_N.value**2 > self.L_0.value * (1 + 1e-9):
                limit = with_prefix(self.L_0.value**0.5, "V/K")
                yield f"layer {number}: S_N = {show(layer.S_N)}: breaks the second law, S_N^2 <= L_0: take |S_N| up to {limit}"
        last = self.layers[-1]
        if last.is_infinite and self.back is not None:
            yield (
                f"layer {len(self.layers)}: thickness = {show(last.thickness)} and back = {show(self.back)} exclude each other: "
                "give the layer a length, or take back out"
            )
        if math.isfinite(last.thickness.value) and self.back is None:
            yield 'back is missing: give "reflecting" or "absorbing", or thickness = "infinite" in the last layer'
        if self.tau_s is not None and not any(layer.takes_tau_s for layer in self.layers):
            yield f"tau_s = {show(self.tau_s)}: has no meaning, since every layer has its own: take it out"
        if self.tau_Q is not None and all(layer.tau_Q is not None for layer in self.layers):
            yield f"tau_Q = {show(self.tau_Q)}: has no meaning, since every layer has its own: take it out"

    def lacking_for_heat(self) -> list[str]:
        without = [number for number, layer in enumerate(self.layers, 1) if layer.tau_Q is None and self.tau_Q is None]
        return [f"nonmagnet.layers.{number}.tau_Q" for number in without] + super().lacking_for_heat()

    def powers_of_tau_s(self) -> dict[str, float]:
        first, path = self.layers[0], "nonmagnet.layers.1"
        if first.takes_tau_s:
            return {"nonmagnet.tau_s": 1.0}
        return {f"{path}.tau_s": 1.0} if first.tau_s is not None else {f"{path}.lambda_s": 2.0, f"{path}.D": -1.0}

    def build(self, numbers: Numbers) -> Layered:
        layers = []
        for number, layer in enumerate(self.layers, 1):
            own = numbers.within(f"nonmagnet.layers.{number}", "nonmagnet")
            layers.append((material_of(own, own("rho")), None if layer.is_infinite else own("thickness")))
        return Layered(tuple(layers), self.back or "infinite")
