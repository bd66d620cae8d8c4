"""A configuration's exact curve as a function of its parameters, and its derivatives."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..configuration import Configuration, ConfigurationError, Setup, build, require_allowed
from ..numerics.interpreted import interpreted
from ..numerics.types import Array, Real
from ..physics import NaturalUnits
from ..runtime import Progress, double_precision
from ..solvers import AbstractMethod, Problem
from ..solvers.stray_average import average, is_of_second_degree
from . import rational
from .parameters import parameters_of
from .signal import Change, Curve, signal_of

#: Fields that are solved for at once, at most and at least; and fields that stand for a sweep where they cost little.
_CHUNK, _FEW, _SOME = 4096, 24, 201


class Model:
    """A configuration's exact curve as a function of its parameters.

    Arguments:
        configuration: a checked configuration.

    Attributes:
        configuration, parameters: of which it is one.
        setup, problem: the device as written.
        points: how many fields the sweep has.
        method: the exact method.
        level: the size of the stray fields' rule; None without.

    Raises:
        ConfigurationError: stray fields that the method can't average.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration, self.parameters = configuration, parameters_of(configuration)
        self.setup = setup = build(configuration)
        self.points = int(setup.field.B.shape[0])
        self.problem = problem = Problem.of(setup.device, setup.field)
        self.method, self.level = problem.exact, None
        self.values = np.array([parameter.value for parameter in self.parameters])
        self.scales = np.array([parameter.scale for parameter in self.parameters])
        #: Whether the curve is a constant and two Lorentzians, whose derivatives are sums of five functions of B.
        self.is_quotient = "modes" in problem.covering
        if setup.field.stray is not None:
            few = setup.field.part(np.unique(np.linspace(0, self.points - 1, 5).astype(int)))
            try:
                self.level = average(problem.natural.in_field(few), self.method).level
            except ValueError as error:
                raise ConfigurationError(str(error)) from None

    @property
    def covering(self) -> AbstractMethod:
        """An exact method that covers every direction in which parameters may go: the closed form of a wide contact knows η_mix = 1."""
        device = self.setup.device
        mixing = [dataclasses.replace(one, junction=dataclasses.replace(one.junction, eta_mix=2.0)) for one in device.contacts]
        return Problem.of(device.with_contacts(*mixing), self.setup.field).exact

    def built(self, values: Any, paths: Sequence[str] | None = None) -> Setup:
        """The device at other values of some parameters, all unless `paths` tells which."""
        paths = [parameter.path for parameter in self.parameters] if paths is None else paths
        return build(self.configuration, dict(zip(paths, values, strict=True)))

    def differentiated(self, report: Progress, B: np.ndarray | None = None) -> tuple[Curve, np.ndarray]:
        """The curve and its Jacobian at every field of the sweep, and ∂ΔV/∂ ln B [V], [points].

        Arguments:
            report: called now and then.
            B: other fields [T], along the sweep's one direction.
        """
        if self.is_quotient:
            return self._quotient_differentiated(np.asarray(self.setup.field.B) if B is None else B)
        points = self.points if B is None else B.size
        signal, by_field = np.zeros(points), np.zeros(points)
        jacobian = np.zeros((points, len(self.parameters)))
        for number, (indices, at) in enumerate(self._groups):
            for start in range(0, points, self._chunk):
                kept = slice(start, min(start + self._chunk, points))
                wanted = np.minimum(np.arange(start, start + self._chunk), points - 1)
                index = wanted if B is None else np.zeros(self._chunk, dtype=int)
                shift = np.zeros(self._chunk) if B is None else B[wanted] - float(self.setup.field.B[0])
                value, columns = (np.asarray(x)[..., : kept.stop - kept.start] for x in at(index, shift))
                jacobian[kept, indices] = columns[:-1].T / self.scales[indices]
                if number == 0:
                    signal[kept], by_field[kept] = value, columns[-1]
                report("derivatives", number * points + kept.stop, len(self._groups) * points)
        return Curve(signal, jacobian), by_field

    def changed(self, powers: Mapping[str, float]) -> Change:
        """What the curve makes of a change of parameters by factors e^p, p by name; NaN where it has no value. The law is not asked."""
        with double_precision():
            values = (self.values, self._times(powers))
            before, after = map(self._few_signals, values)
        off = np.abs(after - before)
        return Change(float(np.max(off) / (np.max(np.abs(before)) or 1.0)), math.sqrt(self.points * float(np.mean(off**2))))

    def is_allowed(self, powers: Mapping[str, float]) -> bool:
        """Whether there is a device whose parameters differ by factors e^p, p by name."""
        values = self._times(powers)
        try:
            for k, parameter in enumerate(self.parameters):
                if parameter.name in powers:
                    require_allowed(parameter.path, float(values[k]), parameter.unit)
            self.built(values)
        except ConfigurationError:
            return False
        return True

    def _times(self, powers: Mapping[str, float]) -> np.ndarray:
        return self.values * np.exp([powers.get(parameter.name, 0.0) for parameter in self.parameters])

    @cached_property
    def _few_signals(self) -> Callable[[np.ndarray], np.ndarray]:
        """The curve at a few fields of the sweep as a function of all parameters."""
        if self.is_quotient:
            B = np.asarray(self.setup.field.B)
            unit = float(np.max(np.abs(B))) or 1.0
            X, powers = jnp.asarray((B / unit) ** 2), jnp.asarray([1.0, unit**2, unit**4, unit**2, unit**4])
            return interpreted(lambda theta: rational.signal(self._numbers(theta) * powers, X))
        most = _SOME if self.method.is_closed_form and self.level is None else _FEW
        index = np.unique(np.linspace(0, self.points - 1, min(self.points, most)).astype(int))
        here, shift = jnp.asarray(index), jnp.zeros(index.size)
        return interpreted(lambda theta: self._signal(self.built(theta), self.covering, self.level, here, shift))

    def second_order(self, v: np.ndarray, report: Progress) -> np.ndarray:
        """Σ_j ∂²ΔV/∂θ_i∂θ_j v_j at every field, [points, parameters]."""
        points = self.points
        found = np.zeros((points, len(self.parameters)))

        def columns(index: Array, shift: Array) -> Array:
            def curve(theta: Array) -> Array:
                return self._signal(self.built(theta), self.covering, self.level, index, shift, degree=self._degree(2))

            def mixed(tangent: Array) -> Array:
                def slope(theta: Array) -> Array:
                    return jax.jvp(curve, (theta,), (tangent,))[1]

                return jax.jvp(slope, (jnp.asarray(self.values),), (jnp.asarray(v),))[1]

            return jax.vmap(mixed)(jnp.diag(jnp.asarray(self.scales)))

        evaluated = interpreted(columns)
        for start in range(0, points, self._chunk):
            stop = min(start + self._chunk, points)
            index = np.minimum(np.arange(start, start + self._chunk), points - 1)
            found[start:stop] = evaluated(index, np.zeros(self._chunk)).T[: stop - start] / self.scales
            report("second derivatives", stop, points)
        return found

    @cached_property
    def jacobian_into(self) -> Callable[[Array, Array, Array], Array]:
        """∂ΔV/∂θ of a lumped device, from nothing but θ and the fields, into a buffer that is used again: a function of three arguments.

        Compiled once for each number of fields. For a curve that is a constant and two Lorentzians (`is_quotient`).

        Arguments:
            out: a buffer [parameters, points], which is given away; its contents don't matter.
            theta: values of all parameters, in SI, [parameters].
            B: fields [T], [points].

        Returns:
            The Jacobian [V per SI unit], in the buffer's memory, [parameters, points].
        """

        @partial(jax.jit, donate_argnums=0)
        def into(out: Array, theta: Array, B: Array) -> Array:
            unit = jnp.max(jnp.abs(B))
            unit = jnp.where(unit > 0, unit, 1.0)
            return rational.fill_jacobian(out, *self._quotient(theta, unit), (B / unit) ** 2)

        return into

    def _quotient(self, theta: Array, unit: Any) -> tuple[Array, Array]:
        """`quotient`, traced."""
        scales = jnp.asarray(self.scales)
        changes = jax.vmap(lambda tangent: jax.jvp(self._numbers, (theta,), (tangent,))[1])(jnp.diag(scales)) / scales[:, None]
        powers = jnp.stack([jnp.ones_like(unit), unit**2, unit**4, unit**2, unit**4])
        return self._numbers(theta) * powers, changes * powers[None, :]

    def quotient(self, unit: float) -> tuple[np.ndarray, np.ndarray]:
        """Of a lumped device, five coefficients of the curve in X = (B/unit)² (`lumped`), [5], and their derivatives by each
        parameter, [parameters, 5].
        """
        return self._evaluated_quotient(self.values, unit)

    @cached_property
    def _evaluated_quotient(self) -> Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]:
        return interpreted(self._quotient)

    def _numbers(self, theta: Array) -> Array:
        """The five coefficients for B in tesla."""
        setup = self.built(theta)
        return rational.coefficients(NaturalUnits.of(setup.device, setup.field.along(np.zeros(1))), 1.0)

    def _quotient_differentiated(self, B: np.ndarray) -> tuple[Curve, np.ndarray]:
        unit = float(np.max(np.abs(B))) or 1.0
        numbers, changes = self.quotient(unit)
        by_field = numbers * jnp.asarray([0.0, 2.0, 4.0, 2.0, 4.0])
        X = jnp.asarray((B / unit) ** 2)
        rows = rational.fill_jacobian(
            jnp.zeros((len(self.parameters) + 1, B.size)), numbers, jnp.concatenate([changes, by_field[None, :]]), X
        )
        found = np.asarray(rows)
        return Curve(np.asarray(rational.signal(numbers, X)), found[:-1].T), found[-1]

    @property
    def _chunk(self) -> int:
        """Fields solved for at once, few where each has many local ones; one size for the sweep and for a few other fields, so that
        one compilation serves both.
        """
        return _FEW if self.level is not None else max(_FEW, min(_CHUNK, self.points))

    def _degree(self, order: int) -> int | None:
        """Degree in the local field's direction of a derivative by η_mix, at η_mix = 1: y = K⁻¹J, ∂y = −K⁻¹ ∂K K⁻¹J, K⁻¹ of degree 2."""
        return 2 * order + 2 if is_of_second_degree(self.setup.device) else None

    @cached_property
    def _groups(self) -> list[tuple[list[int], Callable[[np.ndarray, np.ndarray], tuple[Array, Array]]]]:
        """Parameters that are differentiated together: indices, and the function that does it.

        η_mix leaves the closed form of a wide contact, and the symmetry that spares local fields: it goes by itself.
        """
        everything = list(range(len(self.parameters)))
        apart = [k for k in everything if self.parameters[k].path.endswith(".eta_mix")]
        if not apart or (self.covering is self.method and self.level is None):
            return [(everything, self._along_tangents(self.method, self.level, everything))]
        rest = [k for k in everything if k not in apart]
        alone = self._along_tangents(self.covering, self.level, apart, self._degree(1))
        return [(rest, self._along_tangents(self.method, self.level, rest)), (apart, alone)]

    def _along_tangents(
        self, method: AbstractMethod, level: int | None, indices: list[int], degree: int | None = None
    ) -> Callable[[np.ndarray, np.ndarray], tuple[Array, Array]]:
        """Of index and shift of the fields, the curve, and its change along every parameter by its scale and along ln B."""
        paths = [self.parameters[k].path for k in indices]
        values, tangents = np.append(self.values[indices], 0.0), np.diag(np.append(self.scales[indices], 1.0))

        @interpreted
        def at(index: Array, shift: Array) -> tuple[Array, Array]:
            def curve(theta: Array) -> Array:
                return self._signal(self.built(theta[:-1], paths), method, level, index, shift, theta[-1], degree)

            theta = jnp.asarray(values)
            return jax.vmap(lambda tangent: jax.jvp(curve, (theta,), (tangent,)), out_axes=(None, 0))(jnp.asarray(tangents))

        return at

    def _signal(
        self,
        setup: Setup,
        method: AbstractMethod,
        level: int | None,
        index: Array,
        shift: Array,
        log_factor: Any = 0.0,
        degree: int | None = None,
    ) -> Real[Array, " points"]:
        field = jax.tree.map(jnp.asarray, setup.field).part(index)
        field = field.along((field.B + shift) * jnp.exp(log_factor), slice(None))
        return signal_of(Setup(setup.device, field), method, level, degree)
