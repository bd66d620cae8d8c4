"""What the page computes of a device: its functions as JavaScript, and its parameters with the ranges of their sliders."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..configuration import Configuration, Setup, build
from ..configuration.sections import place_of
from ..curve import HanleCurve
from ..model.model import Model
from ..model.parameters import Parameter, parameters_of
from ..observables.half_width import apparent_tau
from ..observables.line import is_one_direction
from ..observables.two_lorentzians import two_lorentzians
from ..physics import NaturalUnits, effective_g
from ..runtime import double_precision
from ..solvers import METHODS, closed
from .expressions import Expressions
from .javascript import function_of
from .tracing import traced

#: Parameters that lie between fixed ends, in SI.
_ENDS = {"P_G": (-1.0, 1.0), "P_L": (-3.0, 3.0), "S": (-3e-4, 3e-4), "Delta_T_0": (-10.0, 10.0), "eta_mix": (0.0, 4.0)}
#: Parameters that are looked at over so many decades down and up, in which one meets them; others over two and two.
_DECADES = {"R_tun": (2, 5), "alpha": (1.5, 1.5), "g": (1, 1), "contact_area": (1.5, 1.5), "distance": (1.5, 1), "thickness": (2, 2)}
#: Constants of nature, as one takes them.
_CONSTANT = ("L_0",)


class NotExplorableError(Exception):
    """Why a device can't be shown, and what to do instead, a sentence."""


@dataclass(frozen=True)
class Slider:
    """A parameter on the page.

    Attributes:
        name, path, unit, value: the parameter, in SI.
        meaning: what it is, in words.
        low, high: the slider's ends.
        is_logarithmic: whether it spans decades.
        least, most: what it can be at all; None for no end.
    """

    name: str
    path: str
    unit: str
    value: float
    meaning: str
    low: float
    high: float
    is_logarithmic: bool

    @property
    def least(self) -> float | None:
        """The least that it can be: sizes can't be negative."""
        return -1.0 if self.most else 0.0 if self.low >= 0 else None

    @property
    def most(self) -> float | None:
        """The most that it can be: of the current nothing but all can be polarised."""
        return 1.0 if self.path.endswith(".P_G") else None


@dataclass(frozen=True)
class Playable:
    """A device on the page.

    Attributes:
        configuration, setup: as written.
        sliders: its parameters.
        main: a function of the parameters p: numbers of the device, and at(B) = [ΔV, Δμ's part, ΔT_s's part, Δμ/e (3), ΔT_s (3)].
        slope: a function of p and a direction u: at(B) = [Σ u ∂ΔV/∂p].
        lorentzians: a function of p: at(B) = [the sum of two Lorentzians, each]; "" where there are none.
    """

    configuration: Configuration
    setup: Setup
    sliders: list[Slider]
    main: str
    slope: str
    lorentzians: str


def playable(configuration: Configuration) -> Playable:
    """The functions of a device. Raises NotExplorableError for one that can't be shown."""
    if configuration.field.kind in ("angle", "path"):
        raise NotExplorableError("its field turns along the sweep, and the page sweeps the magnitude: give start and stop")
    with double_precision():
        model = Model(configuration)
        if configuration.field.stray is not None:
            raise NotExplorableError("stray fields are averaged over numerically, which the page can't: see its curve with hanle simulate")
        if not model.method.is_closed_form or not is_one_direction(model.problem):
            several = "field: with a g-tensor, a field that is added or a magnetisation that tilts, spins turn about more than one axis"
            why = METHODS["closed"].why_not(model.problem.natural) or several
            raise NotExplorableError(f"{why.partition(': use the method')[0]}: see its curve with hanle simulate")
        parameters = [
            one
            for one in parameters_of(configuration)
            if (key := one.path.rpartition(".")[2]) not in _CONSTANT and (key != "eta_mix" or model.covering.is_closed_form)
        ]
        kappa = sum(map(float, (model.setup.device.injector.junction.kappa_up, model.setup.device.injector.junction.kappa_down)))
        own = configuration.junction.contact_area
        area = own.value if own is not None and configuration.nonmagnet.has_detector else 1.0
        sliders = [_slider(one, 10 * kappa / area) for one in parameters]
        try:
            functions = _functions(configuration, model, parameters)
        except NotImplementedError as error:
            raise NotExplorableError(f"{error}: see its curve with hanle simulate") from None
        return Playable(configuration, model.setup, sliders, *functions)


def _functions(configuration: Configuration, model: Model, parameters: Sequence[Parameter]) -> tuple[str, str, str]:
    paths = [one.path for one in parameters]

    def setup(p: Any) -> Setup:
        return build(configuration, dict(zip(paths, p, strict=True)))

    def natural(p: Any, B: Any) -> tuple[Setup, NaturalUnits]:
        here = setup(p)
        here = Setup(here.device, here.field.part(np.zeros(1, dtype=int)).along(B[None]))
        return here, NaturalUnits.of(here.device, here.field)

    def signal(p: Any, B: Any) -> Any:
        return jnp.broadcast_to(model.method.signal(natural(p, B)[1]), (1,))[0]

    def state(p: Any, B: Any) -> Any:
        here, units = natural(p, B)
        y = model.method.solve(units)
        curve = HanleCurve.from_natural(units, y, here.device, here.field)
        spin, heat = units.device.detector.signals(y.reshape(1, -1, 2, 3)[:, -1])
        return jnp.broadcast_to(model.method.signal(units), (1,))[0], spin[0], heat[0], curve.u[0], curve.T[0]

    def constants(p: Any) -> Any:
        here, units = natural(p, jnp.zeros(()))
        response, admittance = closed.prepared(units)
        limit = jnp.ravel(closed.dephased_signal_of(response, admittance, units))[0]
        margin = jnp.min(jnp.stack([jnp.asarray(one.junction.second_law_margin) for one in here.device.contacts]))
        g = effective_g(here.device.nonmagnet.g, here.field.direction)
        return signal(p, jnp.zeros(())), limit, margin, units.narrowest, apparent_tau(1.0, g), here.device.nonmagnet.tau_s

    def slope(p: Any, u: Any, B: Any) -> Any:
        return jax.jvp(lambda p: signal(p, B), (p,), (u,))[1]

    def lorentzians(p: Any, B: Any) -> Any:
        here, units = natural(p, jnp.zeros(()))
        current = HanleCurve.from_natural(units, model.method.solve(units), here.device, here.field).I[0]
        return [jnp.ravel(one)[0] for one in two_lorentzians(natural(p, B)[0], current).curves]

    names = ("top", "limit", "margin", "narrowest", "tauPerTesla", "tauS")
    count = len(paths)
    return (
        _program(state, {"p": (count,), "B": ()}, names, constants),
        _program(slope, {"p": (count,), "u": (count,), "B": ()}),
        "" if configuration.nonmagnet.has_detector else _program(lorentzians, {"p": (count,), "B": ()}),
    )


def _program(at: Callable[..., Any], shapes: Mapping[str, tuple[int, ...]], names: Sequence[str] = (), device: Any = None) -> str:
    """A function at a field B as JavaScript, with the numbers that another function of p gives of the device, by name."""
    expressions = Expressions()
    arguments = {name: expressions.argument(name, shape) for name, shape in shapes.items()}
    values = traced(expressions, at, *arguments.values())
    numbers = traced(expressions, device, arguments["p"]) if device else []
    of_device = {name: one.real.ravel().tolist() for name, one in zip(names, numbers, strict=True)}
    return function_of(expressions, of_device, [k for value in values for k in value.real.ravel().tolist()], "B")


def _slider(parameter: Parameter, most_by_phonons: float) -> Slider:
    section, _, key = parameter.path.rpartition(".")
    place = place_of(section)
    meaning = (place.fields[key].description or key) if key in place.fields else parameter.name
    meaning = re.sub(r"\s*\(or [^)]*\)|, or a 3x3 tensor", "", meaning)  # what a slider can't be
    value = parameter.value
    low, high, is_logarithmic = -1.0, 1.0, False
    if key in _ENDS:
        low, high = _ENDS[key]
        low, high = min(low, -abs(value)) if low < 0 else low, max(high, abs(value))
    elif value > 0:
        down, up = _DECADES.get(key, (2, 2))
        low, high, is_logarithmic = value / 10**down, value * 10**up, True
        if key == "T_0":
            low, high = min(1.0, value), max(1000.0, value)
    elif value < 0:
        low, high = 3 * value, -3 * value
    else:
        low, high = 0.0, most_by_phonons if key == "kappa_ph" and most_by_phonons else 1.0
    return Slider(parameter.name, parameter.path, parameter.unit, value, meaning, low, high, is_logarithmic)
