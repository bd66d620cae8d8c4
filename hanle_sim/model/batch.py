"""Many devices at once: signals and observables of one configuration at many values of its parameters."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..configuration import ConfigurationError, Setup
from ..numerics.types import Array, Real
from ..observables.line import LineShape, is_one_direction
from ..observables.lorentzian_fit import best_line, lorentzian
from ..observables.reading import Reading, modes_of, traced_reading
from ..observables.table import OBSERVABLES, SHARES, TABLE, fields_of, line_reading, read_off
from ..physics.dimensionless import NaturalUnits
from ..physics.precession import effective_g
from ..solvers import Problem
from ..solvers.closed import modes
from ..solvers.stray_average import average
from . import rational
from .model import Model
from .signal import signal_of

#: Devices that one program solves side by side where one after the other is slow: on accelerators.
_SIDE_BY_SIDE = 1024
#: Fields of all devices whose closed forms a CPU evaluates in one loop.
_TOGETHER = 2**22
#: Devices whose half widths are searched at once on a CPU.
_SEARCHED = 4096


class Batch:
    """A configuration's curve and what is read off it, as a function of some of its parameters, for many devices at once.

    Arguments:
        model: the curve.
        paths: which parameters vary, by `section.key`.
        within: indices of the sweep's fields to which a Lorentzian is fitted.

    Everything is compiled once for a number of devices. The kernel is the fastest that is exact: of a lumped device five coefficients,
    and one quotient of them at every field; of others the closed form, or the linear system.
    """

    def __init__(self, model: Model, paths: Sequence[str], within: np.ndarray | None = None) -> None:
        self.model, self.paths = model, list(paths)
        self.method = model.covering if any(path.endswith(".eta_mix") for path in paths) else model.method
        self.within = np.zeros(0, dtype=int) if within is None else within
        self.has_width = self.method.is_closed_form and is_one_direction(model.problem)

    @property
    def available(self) -> tuple[str, ...]:
        """Names of the observables that the configuration's devices have."""
        parts = {"top", "parts"}
        if self.model.problem.field.direction.ndim == 1:
            parts |= {"widths", "signal", "g"}
        if self.within.size and self.method.is_exact and self.model.level is None:
            parts.add("fit")
        if self.model.is_quotient:
            parts |= {"mode_1", "mode_2"} if self.model.configuration.has_heat else {"mode_1"}
        return tuple(row.name for row in TABLE if parts.issuperset(row.needs))

    def signals(self, theta: Any, index: Any = None) -> Real[Array, "devices points"]:
        """ΔV_Hanle of every device [V].

        Arguments:
            theta: values of the parameters in SI, [devices, parameters].
            index: which fields of the sweep, [points]; all unless given.
        """
        if not self.model.is_quotient:
            return self._curves(jnp.asarray(theta), jnp.arange(self.model.points) if index is None else jnp.asarray(index))
        unit, relative = self._relative
        return self._quotients(theta, unit, relative if index is None else relative[jnp.asarray(index)])

    @cached_property
    def _relative(self) -> tuple[Array, Real[Array, " points"]]:
        """The strongest field of the sweep [T], and all in units of it."""
        B = np.asarray(self.model.setup.field.B)
        unit = float(np.max(np.abs(B))) or 1.0
        return jnp.asarray(unit), jnp.asarray(B / unit)

    def observables(self, theta: Any, names: Sequence[str]) -> dict[str, Real[Array, " devices"]]:
        """Observables of every device, by name; NaN where a device has none. Those that no device has are left out.

        Arguments:
            theta: values of the parameters in SI, [devices, parameters].
            names: which, of `OBSERVABLES`.
        """
        on_line = [] if self.has_width else [name for name in names if "widths" in OBSERVABLES[name].needs or OBSERVABLES[name].fields]
        rest = tuple(name for name in names if name not in on_line)
        found = self._read(rest)(jnp.asarray(theta)) if rest else {}
        return found | (self._one_by_one(np.asarray(theta), on_line) if on_line else {})

    def _one_by_one(self, theta: np.ndarray, names: Sequence[str]) -> dict[str, Real[Array, " devices"]]:
        """Observables of lines without a closed form, each searched on the curve itself."""
        found = np.full((len(names), theta.shape[0]), np.nan)
        for number, row in enumerate(theta):
            try:
                setup = self.model.built(row.tolist(), self.paths)
            except ConfigurationError:
                continue
            problem = Problem.of(setup.device, setup.field)
            with np.errstate(all="ignore"):
                line = LineShape.of(problem)
                read = read_off(line_reading(problem, line, float(line.signal(np.zeros(1))[0])))
            found[:, number] = [float(read.get(name, np.nan)) for name in names]
        return {name: jnp.asarray(values) for name, values in zip(names, found, strict=True)}

    def margins(self, theta: Any) -> Real[Array, " devices"]:
        """The smaller of both contacts' margins to the second law: negative where it is broken."""
        return self._margins(jnp.asarray(theta))

    def __repr__(self) -> str:
        return f"<Batch of {self.model.configuration.name} by {', '.join(self.paths)}: method {self.method.name}>"

    @cached_property
    def _quotients(self) -> Callable[..., Real[Array, "devices points"]]:
        """ΔV of many lumped devices, of their parameters, a field [T], and fields in units of it."""

        def coefficients(theta: Array, unit: Array) -> Array:
            setup = self.model.built(theta, self.paths)
            return rational.coefficients(NaturalUnits.of(setup.device, setup.field.along(np.zeros(1))), unit)

        def quotients(theta: Array, unit: Array, relative: Array) -> Any:
            return rational.value(jax.vmap(coefficients, (0, None))(theta, unit).T[:, :, None], (relative**2)[None, :])

        return jax.jit(quotients)

    @cached_property
    def _curves(self) -> Callable[[Array, Array], Array]:
        def curve(theta: Array, index: Array) -> Array:
            setup = self.model.built(theta, self.paths)
            field = jax.tree.map(jnp.asarray, setup.field).part(index)
            return signal_of(Setup(setup.device, field), self.method, self.model.level)

        def curves(theta: Array, index: Array) -> Array:
            at_once = max(_TOGETHER // index.size, 1) if self.method.is_closed_form and self.model.level is None else 1
            return jnp.asarray(_mapped(lambda one: curve(one, index), theta, at_once))

        return jax.jit(curves)

    @cached_property
    def _margins(self) -> Callable[[Array], Array]:
        def margin(theta: Array) -> Array:
            contacts = self.model.built(theta, self.paths).device.contacts
            return jnp.min(jnp.stack([jnp.asarray(one.junction.second_law_margin) for one in contacts]))

        return jax.jit(jax.vmap(margin))

    def _read(self, names: tuple[str, ...]) -> Callable[[Array], dict[str, Array]]:
        """The compiled function that reads some observables off, of [devices, parameters]."""
        if names not in self._readers:
            # A search has many short steps: side by side they fill the processor's vectors. A fit has long ones.
            at_once = 1 if "tau_least_squares" in names else _SEARCHED

            def read(theta: Array) -> dict[str, Array]:
                def one(at: Array) -> dict[str, Array]:
                    return {name: jnp.asarray(value) for name, value in read_off(self._reading(at, names)).items() if name in names}

                return jax.vmap(one)(theta) if self.model.is_quotient and at_once > 1 else _mapped(one, theta, at_once)

            self._readers[names] = jax.jit(read)
        return self._readers[names]

    @cached_property
    def _readers(self) -> dict[tuple[str, ...], Callable[[Array], dict[str, Array]]]:
        return {}

    def _reading(self, theta: Array, names: Sequence[str]) -> Reading:
        """What some observables of one device are read from."""
        needs = {part for name in names for part in OBSERVABLES[name].needs}
        at = self.model.built(theta, self.paths)
        field = jax.tree.map(jnp.asarray, at.field)
        still = Setup(at.device, field.part(slice(0, 1)).along(jnp.zeros(1)))
        natural, top = NaturalUnits.of(still.device, still.field), signal_of(still, self.method, self.model.level)[0]
        reading = Reading(top)
        if self.has_width and needs & {"widths", "signal", "g"}:
            reading = traced_reading(natural, top, SHARES, fields_of)
        if "parts" in needs:
            y = self.method.solve(natural) if natural.stray is None else average(natural, self.method, self.model.level).y
            spin, heat = natural.device.detector.signals(y.reshape(1, -1, 2, 3)[:, -1])
            reading = reading._replace(parts=(spin[0], heat[0]))
        if "fit" in needs and self.within.size and self.method.is_exact and self.model.level is None:
            g, tau_s = effective_g(at.device.nonmagnet.g, field.direction), at.device.nonmagnet.tau_s
            omega = field.part(self.within).larmor_frequency(g)
            _, log_tau = best_line(signal_of(Setup(at.device, field.part(self.within)), self.method), lorentzian(omega, jnp.log(tau_s)))
            reading = reading._replace(fit=log_tau)
        if self.model.is_quotient:
            pairs = modes.analyse(natural).dressed
            reading = reading._replace(**modes_of(pairs.tau, pairs.weight, pairs.constant, 1 + self.model.configuration.has_heat))
            reading = reading._replace(quotient=rational.coefficients(natural, 1.0))
        return reading


def _mapped(function: Callable[[Array], Any], theta: Array, at_once: int = 1) -> Any:
    """A function of every row: some at once on a CPU, one unless given, whose caches hold a curve or two; many on accelerators."""
    return jax.lax.platform_dependent(
        theta, cpu=lambda rows: _in_steps(function, rows, at_once), default=lambda rows: _in_steps(function, rows, _SIDE_BY_SIDE)
    )


def _in_steps(function: Callable[[Array], Any], rows: Array, at_once: int) -> Any:
    """A function of every row, `at_once` at most side by side, in steps of one size."""
    if at_once == 1:
        return jax.lax.map(function, rows)
    count = -(-rows.shape[0] // at_once)
    size = -(-rows.shape[0] // count)
    padded = jnp.pad(rows, ((0, count * size - rows.shape[0]), (0, 0)), mode="edge").reshape(count, size, -1)
    found = jax.lax.map(jax.vmap(function), padded) if count > 1 else jax.tree.map(lambda x: x[None], jax.vmap(function)(padded[0]))
    return jax.tree.map(lambda x: x.reshape(count * size, *x.shape[2:])[: rows.shape[0]], found)


def in_batches(
    function: Callable[..., Any], arrays: Sequence[np.ndarray], size: int, report: Callable[[int], object] = lambda done: None
) -> Any:
    """A compiled function over arrays [devices, ...], `size` devices at a time, the last of them repeated where fewer are left.

    Arguments:
        function: of arrays [size, ...]; returns a tree of arrays [size, ...].
        arrays: as many as the function takes, [devices, ...].
        size: devices in a call.
        report: called with how many are done.

    Returns:
        What the function returns, with [devices] for [size], on NumPy arrays.
    """
    devices, pieces = arrays[0].shape[0], []
    for start in range(0, devices, size):
        # A slice, which copies nothing, or where fewer are left an index.
        part: Any = slice(start, start + size) if start + size <= devices else np.minimum(np.arange(start, start + size), devices - 1)
        pieces.append(jax.tree.map(np.asarray, function(*(one[part] for one in arrays))))
        report(min(start + size, devices))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:devices], *pieces)
