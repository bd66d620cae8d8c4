"""What one reads off a curve, with exact gradients: implicit differentiation where a number is a root or the result of a fit."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..configuration import Setup
from ..constants import hbar, mu_B
from ..model import rational
from ..model.model import Curve, Model
from ..numerics.types import Array
from ..observables.half_width import half_width_or_nan
from ..observables.line import LineShape, side
from ..observables.line_shape import CURVATURE_STEP, TAIL, extrapolated
from ..observables.lorentzian_fit import best_line, lorentzian, misfit
from ..physics.dimensionless import NaturalUnits
from ..physics.field import Field
from ..physics.precession import effective_g
from ..runtime import double_precision
from ..solvers.closed import modes
from ..solvers.dephased import dephased_signal

#: Step of the differences that give the tail's exponent, in ln B.
_LOG_STEP = 1e-2
#: Different |B| that a Lorentzian with an offset must have to be fitted to.
_FEWEST = 4
#: A mode's weight below this share of the other's, or of what no field dephases, is rounding.
_ROUNDING, _ROUNDING_OF_ALL = 1e-14, 1e-12


class Observable(NamedTuple):
    """A number read off the curve.

    Attributes:
        name: what it is.
        unit: its SI unit.
        value: the number.
        gradient: its derivatives by every parameter [unit per SI unit], [parameters].
    """

    name: str
    unit: str
    value: float
    gradient: np.ndarray


def observables(model: Model, curve: Curve, window: float = math.inf) -> list[Observable]:
    """Observables of a curve that has them, with their gradients.

    ΔV(0); the half width and the τ of one Lorentzian of that width; the τ of the least-squares Lorentzian A/(1 + (ω_Lτ)²) + C over the
    fields of the sweep within a window; the curvature in (ω_Lτ_s)² at B = 0; the tail's exponent at 10⁴ half widths; and of a lumped
    device the times and weights of its two modes, or the one without spin heat. A sweep whose direction turns has none, and where the
    half width is none there is ΔV(0) alone.

    Arguments:
        model: the curve as a function of its parameters.
        curve: the curve and its Jacobian over the sweep.
        window: the largest |B| that the least-squares Lorentzian is fitted to [T]; the whole sweep unless given.
    """
    if model.setup.field.direction.ndim > 1:
        return []
    with double_precision(), np.errstate(divide="ignore", invalid="ignore"):
        found = _of_line(model) + _of_fit(model, curve, window) + (_of_modes(model) if model.is_quotient else [])
    return [one for one in found if math.isfinite(one.value) and np.all(np.isfinite(one.gradient))]


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
    return g, _gradient(model, size)


def _gradient(model: Model, number: Callable[[Setup], Any]) -> np.ndarray:
    """Gradient of a number of a device."""

    @jax.jit
    def columns(theta: Array) -> Array:
        scales = jnp.asarray(model.scales)

        def along(tangent: Array) -> Any:
            return jax.jvp(lambda theta: number(model.built(theta)), (theta,), (tangent,))[1]

        return jax.vmap(along)(jnp.diag(scales)) / scales

    return np.asarray(columns(jnp.asarray(model.values)))


def _of_line(model: Model) -> list[Observable]:
    quiet = lambda what, done, total: None  # noqa: E731
    setup = model.setup
    line = LineShape.of(setup.device, setup.field, model.method)
    width, limit = half_width_or_nan(setup.device, setup.field, model.method)
    if not math.isfinite(width):
        top, _ = model.differentiated(quiet, np.zeros(1))
        return [Observable("Delta_V_0", "V", float(top.signal[0]), top.jacobian[0])]
    natural = NaturalUnits.of(setup.device, setup.field)
    steps = min(width, float(natural.narrowest)) * CURVATURE_STEP * np.array([1.0, 2.0, 4.0])
    far = TAIL * width * np.exp(_LOG_STEP * np.array([-2.0, -1.0, 0.0, 1.0, 2.0]))
    at, by_field = model.differentiated(quiet, np.concatenate([[0.0, side(line, width) * width], steps, -steps, far]))
    f, J = at.signal, at.jacobian
    limit_gradient = _limit_gradient(model)
    # ΔV(B) = (ΔV(0) + ΔV(∞))/2, on the side where the curve gets there first
    width_gradient = -(J[1] - (J[0] + limit_gradient) / 2) / (by_field[1] / width)
    tau_s = float(setup.device.nonmagnet.tau_s)
    g, g_gradient = _effective_g(model)
    tau = hbar / (g * mu_B * width)
    found = [
        Observable("Delta_V_0", "V", float(f[0]), J[0]),
        Observable("hwhm", "T", width, width_gradient),
        Observable("tau_apparent", "s", tau, -tau * (width_gradient / width + g_gradient / g)),
    ]

    def bend(values: np.ndarray) -> np.ndarray:
        """Coefficient of B² at B = 0 of any columns."""
        return np.asarray(extrapolated(((values[2:5] + values[5:8]) / 2 - values[0]) / (steps**2).reshape(3, *[1] * (values.ndim - 1))))

    per_T2 = g * mu_B / hbar * tau_s
    curvature = float(bend(f)) / f[0] / per_T2**2
    explicit = 2 * (g_gradient / g + _log_tau_s_gradient(model))
    gradient = bend(J) / f[0] / per_T2**2 - curvature * (J[0] / f[0] + explicit)
    found.append(Observable("curvature", "", float(curvature), gradient))
    left = f[8:] - limit
    if np.all(np.abs(left) > 1e-13 * abs(f[0])):
        relative = width_gradient / width
        if model.is_quotient:
            found.append(_tail_of_two_lorentzians(model, TAIL * width, relative))
            return found
        exponent = by_field[8:] / left
        # The exponent moves with the parameters, and with the width that says where it is read.
        weights = np.array([1.0, -8.0, 0.0, 8.0, -1.0]) / (12 * _LOG_STEP)
        moved = weights @ ((J[8:] - limit_gradient) / left[:, None])
        gradient = moved + float(weights @ exponent) * relative
        found.append(Observable("tail_exponent", "", float(exponent[2]), gradient))
    return found


def _tail_of_two_lorentzians(model: Model, B: float, moved: np.ndarray) -> Observable:
    """The tail's exponent at B [T]; `moved` is ∂ ln B/∂θ of where it is read, [parameters]."""
    coefficients, changes = model.quotient(B)
    value, (slopes, by_log_B) = jax.value_and_grad(rational.tail_exponent, (0, 1))(coefficients, 0.0)
    return Observable("tail_exponent", "", float(value), np.asarray(changes) @ np.asarray(slopes) + float(by_log_B) * moved)


def _limit_gradient(model: Model) -> np.ndarray:
    """Gradient of what complete dephasing leaves, which goes as the product of what the magnetisations have along the axis."""
    setup = model.setup

    def natural(setup: Setup) -> NaturalUnits:
        return NaturalUnits.of(setup.device, Field(np.ones(1), setup.field.direction))

    axis = np.ravel(natural(setup).direction)
    if all(abs(float(np.asarray(m) @ axis)) < 1e-14 for m in (setup.device.injector.magnetisation, setup.device.detector.magnetisation)):
        return np.zeros(len(model.parameters))

    return _gradient(model, lambda setup: jnp.ravel(dephased_signal(natural(setup)))[0])


def _of_fit(model: Model, curve: Curve, window: float) -> list[Observable]:
    """τ of the least-squares Lorentzian: where the slope of its misfit vanishes."""
    nonmagnet, within = model.setup.device.nonmagnet, fitted_fields(model.setup, window)
    g, g_gradient = _effective_g(model)
    if not within.size or not np.ptp(curve.signal[within]) > 1e-12 * np.max(np.abs(curve.signal)):
        return []
    signal = jnp.asarray(curve.signal[within])
    omega = jnp.asarray(model.setup.field.part(within).larmor_frequency(g))
    # In ω the fit knows nothing of g; by g the fields are as they are and all ω scale.
    line = lorentzian(omega, math.log(float(nonmagnet.tau_s)))
    _, log_tau = jax.jit(lambda signal: best_line(signal, line))(signal)

    def slope(signal: Array, log_tau: Array) -> Array:
        return jax.grad(lambda x: misfit(signal, line.at(x)))(log_tau)

    @jax.jit
    def parts(signal: Array, log_tau: Array) -> Any:
        value, (by_signal, by_tau) = jax.value_and_grad(slope, (0, 1))(signal, log_tau)
        return value, by_signal, by_tau

    for _ in range(3):
        value, _, by_tau = parts(signal, log_tau)
        step = value / by_tau
        if not abs(float(step)) < 1e-2:
            return []
        log_tau = log_tau - step
    _, by_signal, by_tau = parts(signal, log_tau)
    gradient = -np.asarray(by_signal) @ curve.jacobian[within] / float(by_tau)
    gradient = gradient - g_gradient / g  # ω = g μ_B B/ħ: the fit finds ωτ
    tau = math.exp(float(log_tau))
    return [Observable("tau_least_squares", "s", tau, tau * gradient)]


def fitted_fields(setup: Setup, window: float) -> np.ndarray:
    """Indices of the fields within a window [T] that a Lorentzian is fitted to: none where they are too few, or turn."""
    field, none = setup.field, np.zeros(0, dtype=int)
    if field.direction.ndim > 1 or float(effective_g(setup.device.nonmagnet.g, field.direction)) == 0:
        return none
    sizes = np.abs(np.asarray(field.B))
    within = np.flatnonzero(sizes <= window * (1 + 1e-12))
    return within if np.unique(sizes[within]).size >= _FEWEST else none


def _of_modes(model: Model) -> list[Observable]:
    units = {"mode_tau_1": "s", "mode_tau_2": "s", "mode_weight_1": "V", "mode_weight_2": "V"}

    def numbers(theta: Array) -> Array:
        setup = model.built(theta)
        found = modes.analyse(NaturalUnits.of(setup.device, setup.field.along(np.zeros(1)))).dressed
        return jnp.concatenate([found.tau, found.weight, found.constant[None]])

    @jax.jit
    def both(theta: Array) -> tuple[Array, Array]:
        scales = jnp.asarray(model.scales)
        slopes = jax.vmap(lambda tangent: jax.jvp(numbers, (theta,), (tangent,))[1])(jnp.diag(scales))
        return numbers(theta), slopes / scales[:, None]

    values, gradients = map(np.asarray, both(jnp.asarray(model.values)))
    weights, constant = values[2:4], values[4]
    rounding = max(_ROUNDING * np.max(np.abs(weights)), _ROUNDING_OF_ALL * abs(constant))
    values = np.append(values[:2], np.where(np.abs(weights) > rounding, weights, 0.0))
    found = [Observable(name, unit, float(values[k]), gradients[:, k]) for k, (name, unit) in enumerate(units.items())]
    return found if model.configuration.has_heat else found[::2]
