"""Derivatives of a whole Hanle curve by every parameter of its configuration: exact, and of the Lorentzian approximation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..configuration import Configuration, ConfigurationError, Setup
from ..model.model import Model
from ..model.parameters import Parameter
from ..model.signal import Curve, signal_of
from ..numerics.interpreted import interpreted
from ..numerics.types import Array
from ..observables.two_lorentzians import two_lorentzians
from ..runtime import Progress, double_precision
from ..solvers import AbstractMethod


@dataclass(frozen=True)
class Sensitivity:
    """How strongly each parameter acts on each part of a curve.

    Attributes:
        model: what was differentiated.
        B: fields [T], [points].
        exact: the exact curve.
        lorentzian: Eq. (14)'s amplitudes on two Lorentzians of widths τ_s and τ_Q; None where it has no meaning.
        warnings: what a user must know about the derivatives.
    """

    model: Model
    B: np.ndarray
    exact: Curve
    lorentzian: Curve | None
    warnings: list[str]

    def __repr__(self) -> str:
        names = ", ".join(parameter.name for parameter in self.parameters)
        return f"<Sensitivity of {self.model.configuration.name!r}: {self.B.size} fields by {names}; see exact.jacobian>"

    @property
    def parameters(self) -> list[Parameter]:
        """The columns of both Jacobians."""
        return self.model.parameters

    @property
    def angle(self) -> np.ndarray | None:
        """In a sweep of the angle, that between the field and the resting magnetisation [rad], [points]; None in others."""
        field = self.model.configuration.field
        if field.kind != "angle" or field.theta_start is None or field.theta_stop is None:
            return None
        return np.linspace(field.theta_start.value, field.theta_stop.value, self.B.size)


def derivatives(configuration: Configuration, progress: Progress | None = None) -> Sensitivity:
    """Derivatives of a configuration's curve by every continuous parameter.

    Raises:
        ConfigurationError: a configuration that can't be used.
    """
    report = progress or (lambda what, done, total: None)
    with double_precision():
        model = Model(configuration)
        setup = model.setup
        exact, _ = model.differentiated(report)
        lorentzian = None if setup.device.is_nonlocal else _lorentzian(model)
    if not (np.all(np.isfinite(exact.signal)) and np.all(np.isfinite(exact.jacobian))):
        raise ConfigurationError("the derivatives leave the range of double precision: bring the parameters closer to 1 in SI")
    B = np.asarray(setup.field.B)
    return Sensitivity(model, B, exact, lorentzian, _warnings(setup))


def second_order(configuration: Configuration, direction: Mapping[str, float], progress: Progress | None = None) -> np.ndarray:
    """Hessian-vector product of the exact curve: Σ_j ∂²ΔV/∂θ_i∂θ_j v_j, [points, parameters].

    Arguments:
        configuration: what is differentiated.
        direction: v by `section.key`, in SI; parameters left out count as zero.
        progress: called now and then.

    Raises:
        ConfigurationError: a configuration that can't be used.
    """
    with double_precision():
        model = Model(configuration)
        v = np.array([direction.get(parameter.path, 0.0) for parameter in model.parameters])
        return model.second_order(v, progress or (lambda what, done, total: None))


def _lorentzian(model: Model) -> Curve:
    """Eq. (14) on two Lorentzians; at constant voltage for the exact current at B = 0."""

    def curve(setup: Setup) -> Array:
        approximate = two_lorentzians(setup, _current(setup, model.covering)).curves
        return jnp.broadcast_to(approximate[0] + approximate[1], setup.field.B.shape)

    signal, columns = by_parameters(model, curve)
    return Curve(signal, columns.T)


def by_parameters(model: Model, number: Callable[[Setup], Any]) -> tuple[Any, Any]:
    """A function of a device, or a tree of them, and its derivatives by every parameter [per SI unit], [parameters, ...]."""

    @interpreted
    def both(theta: Array) -> tuple[Any, Any]:
        scales = jnp.asarray(model.scales)

        def along(scale: Array, tangent: Array) -> tuple[Any, Any]:
            value, change = jax.jvp(lambda theta: number(model.built(theta)), (theta,), (tangent,))
            return value, jax.tree.map(lambda one: one / scale, change)

        return jax.vmap(along, out_axes=(None, 0))(scales, jnp.diag(scales))

    return both(model.values)


def _current(setup: Setup, method: AbstractMethod) -> Any:
    """I at B = 0 [A m⁻²]: I = G (V − ΔV_Hanle) + L ΔT_0 at constant voltage, without stray fields."""
    drive, junction = setup.device.injector.drive, setup.device.injector.junction
    if drive.constant_current is not None:
        return drive.constant_current
    field = setup.field.part(slice(0, 1)).along(np.zeros(1))
    still = Setup(setup.device, type(field)(field.B, field.direction))
    return junction.G * (drive.open_voltage(junction) - signal_of(still, method)[0]) + junction.L * drive.Delta_T_0


def _warnings(setup: Setup) -> list[str]:
    """Where one side of a derivative has no meaning."""
    found = []
    for home, contact in zip(setup.device.nonmagnet.contacts, setup.device.contacts, strict=True):
        junction = contact.junction
        if abs(abs(float(junction.P_G)) - 1) < 1e-12:
            found.append(f"{home}.P_G = {float(junction.P_G):g}: at the edge of what is allowed: one side of its derivative is unphysical")
        margin = float(junction.second_law_margin)
        if margin < 1e-9:
            its = f"{margin:.0e}" if abs(margin) > 1e-12 else "zero"
            found.append(
                f"{home}: the second-law margin is {its}: at the edge of what is allowed: one side of the derivatives by S, "
                "P_L, P_G, L_0 and kappa_el is unphysical"
            )
    return found
