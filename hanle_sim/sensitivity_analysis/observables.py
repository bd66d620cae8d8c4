"""Observables of a curve with exact gradients: implicit differentiation where a number is a root or the result of a fit."""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..configuration import Setup
from ..model.model import Model
from ..model.signal import Curve
from ..numerics.interpreted import interpreted
from ..numerics.types import Array
from ..observables.half_width import HALF, widths_or_nan
from ..observables.line import LineShape, side
from ..observables.lorentzian_fit import best_line, lorentzian, misfit, stationary
from ..observables.reading import Reading, modes_of
from ..observables.table import OBSERVABLES, SHARES, fields_of, read_off
from ..physics import Field, NaturalUnits, effective_g
from ..runtime import double_precision
from ..solvers.closed import modes
from ..solvers.dephased import dephased_signal
from .jacobian import by_parameters

#: Different |B| that a Lorentzian with an offset must have to be fitted to.
_FEWEST = 4


class ObservableValue(NamedTuple):
    """A number read off the curve.

    Attributes:
        name: which observable it is.
        unit: its SI unit.
        value: the number.
        gradient: its derivatives by every parameter [unit per SI unit], [parameters].
    """

    name: str
    unit: str
    value: float
    gradient: np.ndarray


def observables(model: Model, curve: Curve, window: float = math.inf) -> list[ObservableValue]:
    """Observables of a curve that has them, with their gradients.

    Arguments:
        model: the curve as a function of its parameters.
        curve: the curve and its Jacobian over the sweep.
        window: the largest |B| that the least-squares Lorentzian is fitted to [T]; the whole sweep unless given.
    """
    if model.setup.field.direction.ndim > 1:
        return []
    with double_precision(), np.errstate(divide="ignore", invalid="ignore"):
        parts = [_of_line(model), _of_fit(model, curve, window), _of_modes(model)]
        value, slopes = (Reading(**{key: part for both in parts for key, part in both[k].items()}) for k in range(2))
        values, gradients = _differentiated(value, slopes)
    found = [ObservableValue(name, OBSERVABLES[name].unit, float(values[name]), np.asarray(gradients[name])) for name in values]
    return [one for one in found if math.isfinite(one.value) and np.all(np.isfinite(one.gradient))]


@interpreted
def _differentiated(value: Reading, slopes: Reading) -> tuple[dict[str, Array], dict[str, Array]]:
    """Observables of a reading, and their gradients, [parameters], from those of its parts, [parameters, ...]."""
    return read_off(value), jax.vmap(lambda tangent: jax.jvp(read_off, (value,), (tangent,))[1])(slopes)


def _log_tau_s_gradient(model: Model) -> np.ndarray:
    """∂ ln τ_s/∂θ, whether τ_s was written or follows as λ_s²/D."""
    powers = model.configuration.nonmagnet.powers_of_tau_s()
    return np.array([powers.get(parameter.path, 0.0) / parameter.scale for parameter in model.parameters])


def _effective_g(model: Model) -> tuple[float, np.ndarray]:
    """The Landé factor along the sweep's direction, positive, and its gradient."""

    def size(setup: Setup) -> Any:
        return effective_g(setup.device.nonmagnet.g, setup.field.direction)

    g = float(size(model.setup))
    if np.ndim(model.setup.device.nonmagnet.g) == 0 or g == 0:
        return abs(g), np.array([np.sign(g) * (parameter.path == "nonmagnet.g") for parameter in model.parameters])
    return g, by_parameters(model, size)[1]


def _of_line(model: Model) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is read off the line itself, and its derivatives."""
    setup = model.setup
    line = LineShape.of(model.problem)
    widths, limit = widths_or_nan(model.problem, SHARES, line)
    hwhm = widths[HALF]
    fields = fields_of(widths, line.unit) if math.isfinite(hwhm) else {}
    at_widths = [side(line, width, share) * width for share, width in widths.items()] if fields else []
    B = np.nan_to_num(np.concatenate([[0.0], at_widths, *fields.values()]))
    at, by_field = model.differentiated(lambda what, done, total: None, B)
    f, J = at.signal, at.jacobian
    if not fields:
        return {"top": f[0]}, {"top": J[0]}
    limit_gradient, (g, g_gradient) = _limit_gradient(model), _effective_g(model)
    # ΔV(B) = share ΔV(0) + (1 − share) ΔV(∞), on the side where the curve gets there first.
    moved = {
        share: -(J[k] - share * J[0] - (1 - share) * limit_gradient) / (by_field[k] / width)
        for k, (share, width) in enumerate(widths.items(), 1)
    }
    # Fields move with the half width, which changes what an observable reads there, whether or not it changes the observable.
    relative, first, tau_s = moved[HALF] / hwhm, 1 + len(widths), float(setup.device.nonmagnet.tau_s)
    values = Reading(f[0], limit, widths, g=g, tau_s=tau_s).of_signal(fields, f[first:])
    columns = {name: np.outer(relative, one) for name, one in fields.items()}
    signals = (J[first:] + np.outer(by_field[first:], relative)).T
    slopes = Reading(J[0], limit_gradient, moved, g=g_gradient, tau_s=tau_s * _log_tau_s_gradient(model)).of_signal(columns, signals)
    if model.is_quotient:
        coefficients, changes = map(jnp.asarray, model.quotient(1.0))
        values, slopes = values._replace(quotient=coefficients), slopes._replace(quotient=changes)
    return _present(values), _present(slopes)


def _present(reading: Reading) -> dict[str, Any]:
    return {name: part for name, part in reading._asdict().items() if part is not None}


def _limit_gradient(model: Model) -> np.ndarray:
    """Gradient of what complete dephasing leaves, which goes as the product of what the magnetisations have along the axis."""
    setup = model.setup

    def natural(setup: Setup) -> NaturalUnits:
        return NaturalUnits.of(setup.device, Field(np.ones(1), setup.field.direction))

    axis = np.ravel(natural(setup).direction)
    if all(abs(float(np.asarray(m) @ axis)) < 1e-14 for m in (setup.device.injector.magnetisation, setup.device.detector.magnetisation)):
        return np.zeros(len(model.parameters))

    return by_parameters(model, lambda setup: jnp.ravel(dephased_signal(natural(setup)))[0])[1]


def _of_fit(model: Model, curve: Curve, window: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """ln τ of the least-squares Lorentzian, where the slope of its misfit vanishes, and its derivatives."""
    within = fitted_fields(model.setup, window)
    if not within.size or not np.ptp(curve.signal[within]) > 1e-12 * np.max(np.abs(curve.signal)):
        return {}, {}
    g, g_gradient = _effective_g(model)
    # In ω the fit does not depend on g; by g the fields are as they are and all ω scale.
    line = lorentzian(model.setup.field.part(within).larmor_frequency(g), math.log(float(model.setup.device.nonmagnet.tau_s)))

    def slope(signal: Array, log_tau: Array) -> Array:
        return jax.grad(lambda x: misfit(signal, line.at(x)))(log_tau)

    @interpreted
    def fitted(signal: Array) -> tuple[Array, Array]:
        log_tau = stationary(lambda x: slope(signal, x), best_line(signal, line)[1])
        by_signal, by_tau = jax.grad(slope, (0, 1))(signal, log_tau)
        return log_tau, -by_signal / by_tau

    log_tau, by_signal = fitted(curve.signal[within])
    return {"fit": log_tau}, {"fit": by_signal @ curve.jacobian[within] - g_gradient / g}  # ω = g μ_B B/ħ: the fit finds ωτ


def fitted_fields(setup: Setup, window: float) -> np.ndarray:
    """Indices of the fields within a window [T] that a Lorentzian is fitted to: none where they are too few, or turn."""
    field, none = setup.field, np.zeros(0, dtype=int)
    if field.direction.ndim > 1 or float(effective_g(setup.device.nonmagnet.g, field.direction)) == 0:
        return none
    sizes = np.abs(np.asarray(field.B))
    within = np.flatnonzero(sizes <= window * (1 + 1e-12))
    return within if np.unique(sizes[within]).size >= _FEWEST else none


def _of_modes(model: Model) -> tuple[dict[str, Any], dict[str, Any]]:
    """Times and weights of a lumped device's modes, the slower one alone without spin heat, and their derivatives."""
    if not model.is_quotient:
        return {}, {}

    def numbers(setup: Setup) -> tuple[Array, Array, Array]:
        found = modes.analyse(NaturalUnits.of(setup.device, setup.field.along(np.zeros(1)))).dressed
        return found.tau, found.weight, found.constant

    count, ((tau, weight, constant), slopes) = 1 + model.configuration.has_heat, by_parameters(model, numbers)
    return modes_of(tau, weight, constant, count), {f"mode_{k + 1}": (slopes[0][:, k], slopes[1][:, k]) for k in range(count)}
