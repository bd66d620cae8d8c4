"""What a fit fits: a curve's shape as a function of its parameters, with exact derivatives."""

import abc
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..configuration import Configuration
from ..constants import hbar, mu_B

FIELD_OFFSET = "field_offset"


class Parts(NamedTuple):
    """A shape at the fields of a curve, and its derivatives by n parameters.

    Attributes:
        signal: what is added as it is, [points], and its derivatives [points, n].
        columns: what is added with factors that are to be found, [points, m], and their derivatives [points, m, n].
    """

    signal: np.ndarray
    signal_by: np.ndarray
    columns: np.ndarray
    columns_by: np.ndarray


class AbstractShape(abc.ABC):
    """A curve's shape by parameters.

    Attributes:
        names: of the parameters; the last one may be the field offset B_0 [T], at which the curve's B is zero.
        factors: names of the columns' factors.
    """

    names: tuple[str, ...]
    factors: tuple[str, ...] = ()

    @abc.abstractmethod
    def parts(self, values: np.ndarray, x: np.ndarray) -> Parts:
        """The shape at fields x [T], [points], by the values of its parameters, [n]."""

    @abc.abstractmethod
    def traced(self) -> Callable[[Any, Any], tuple[Any, Any]]:
        """A function of parameters and fields that JAX can differentiate: what is added as it is, [points], and the columns."""

    def contributions(self, values: np.ndarray, x: np.ndarray, factors: np.ndarray) -> dict[str, np.ndarray]:
        """What the shape's curve is the sum of, by name, [points] each."""
        return {}


class Lorentzians(AbstractShape):
    """Σ A_k/(1 + (ω_L τ_k)²), ω_L = g μ_B (B − B_0)/ħ: amplitudes as factors, times as parameters [s].

    Arguments:
        count: how many.
        g: the Landé factor that the times are for.
        field_offset: whether B_0 is a parameter.
    """

    def __init__(self, count: int, g: float = 2.0, field_offset: bool = False) -> None:
        self.count = count
        self.names = (("tau",) if count == 1 else tuple(f"tau_{k + 1}" for k in range(count))) + ((FIELD_OFFSET,) if field_offset else ())
        self.factors = ("amplitude",) if count == 1 else tuple(f"amplitude_{k + 1}" for k in range(count))
        self.per_tesla = abs(g) * mu_B / hbar

    def parts(self, values: np.ndarray, x: np.ndarray) -> Parts:
        n, m = values.size, self.count
        columns_by = np.zeros((x.size, m, n))
        turn = self.per_tesla * (x - values[m] if n > m else x)[:, None]
        tau = values[None, :m]
        columns = 1 / (1 + (turn * tau) ** 2)
        columns_by[:, range(m), range(m)] = -2 * turn**2 * tau * columns**2
        if n > m:
            columns_by[:, :, m] = 2 * turn * self.per_tesla * tau**2 * columns**2
        return Parts(np.zeros(x.size), np.zeros((x.size, n)), columns, columns_by)

    def traced(self) -> Callable[[Any, Any], tuple[Any, Any]]:
        def line(values: Any, x: Any) -> tuple[Any, Any]:
            turn = self.per_tesla * (x - (values[self.count] if len(self.names) > self.count else 0.0))
            return np.zeros(x.size), 1 / (1 + (turn[:, None] * values[None, : self.count]) ** 2)

        return line

    def contributions(self, values: np.ndarray, x: np.ndarray, factors: np.ndarray) -> dict[str, np.ndarray]:
        if self.count == 1:
            return {}
        columns = self.parts(values, x).columns
        return {name: factor * column for name, factor, column in zip(self.names, factors, columns.T, strict=False)}


class DeviceShape(AbstractShape):
    """ΔV_Hanle of a configuration's device [V], or over the current [Ω], by some of its parameters.

    Arguments:
        configuration: the device.
        paths: of its parameters that a fit varies, `section.key`.
        given: further numbers in SI, by `section.key`, that belong to the curve.
        names: of the parameters.
        current: what the signal is divided by [A or A m⁻²]; None for the signal itself.
        field_offset: whether B_0 is a parameter.
        scaled: whether the curve has a free factor.
        kernels: compiled functions of other curves of the same fit, by what they depend on.
    """

    def __init__(
        self,
        configuration: Configuration,
        names: Sequence[str],
        paths: Sequence[str],
        given: Mapping[str, float],
        *,
        current: float | None = None,
        field_offset: bool = False,
        scaled: bool = False,
        kernels: dict[Any, Any] | None = None,
    ) -> None:
        self.configuration, self.paths, self.given = configuration, tuple(paths), dict(given)
        self.names = (*names, FIELD_OFFSET) if field_offset else tuple(names)
        self.factors = ("scale",) if scaled else ()
        self.current, self.has_offset = current, field_offset
        self.kernels = {} if kernels is None else kernels

    def parts(self, values: np.ndarray, x: np.ndarray) -> Parts:
        numbers = dict(zip(self.paths, values, strict=False)) | self.given
        at = np.array([*(numbers[path] for path in self.order), values[-1] if self.has_offset else 0.0])
        signal, by = self._kernel(at, x)
        varied = [self.order.index(path) for path in self.paths] + [len(self.order)] * self.has_offset
        factor = 1.0 if self.current is None else 1 / self.current
        signal, by = factor * np.asarray(signal), factor * np.asarray(by).T[:, varied]
        if self.factors:
            return Parts(np.zeros(x.size), np.zeros_like(by), signal[:, None], by[:, None, :])
        return Parts(signal, by, np.zeros((x.size, 0)), np.zeros((x.size, 0, values.size)))

    def traced(self) -> Callable[[Any, Any], tuple[Any, Any]]:
        import jax.numpy as jnp

        _, curve = device_curve(self.configuration, (*self.paths, *self.given), len(self.paths))
        rest, factor = (
            np.array([0.0] * (not self.has_offset) + list(self.given.values())),
            1.0 if self.current is None else 1 / self.current,
        )

        def signal(values: Any, x: Any) -> tuple[Any, Any]:
            found = factor * curve(jnp.concatenate([values, rest]), x)
            return (jnp.zeros(x.size), found[:, None]) if self.factors else (found, jnp.zeros((x.size, 0)))

        return signal

    @property
    def order(self) -> list[str]:
        """All numbers that the curve's function takes, whether they vary or are given: fits that differ by that share it."""
        return sorted({*self.paths, *self.given})

    @cached_property
    def _kernel(self) -> Any:
        """The signal and its derivatives, a function of (numbers in their order, field offset) and fields."""
        key = (repr(self.configuration), *self.order)
        if key not in self.kernels:
            self.kernels[key] = _differentiated(self.configuration, self.order)
        return self.kernels[key]


def device_curve(configuration: Configuration, paths: Sequence[str], free: int) -> tuple[Any, Any]:
    """The model of a device, and its signal as a traced function of (free parameters, field offset, given numbers) and fields.

    Arguments:
        configuration: the device.
        paths: of the parameters, the free ones first, `section.key`.
        free: how many of them are.
    """
    import jax
    import jax.numpy as jnp

    from ..configuration import Setup, build
    from ..model.model import Model
    from ..model.signal import signal_of
    from ..runtime import double_precision

    with double_precision():
        model = Model(configuration)
        method = model.covering if any(path.endswith(".eta_mix") for path in paths) else model.method

    def curve(at: Any, x: Any) -> Any:
        values = jnp.concatenate([at[:free], at[free + 1 :]])
        setup = build(configuration, dict(zip(paths, values, strict=True)))
        field = jax.tree.map(jnp.asarray, setup.field).part(jnp.zeros(x.shape, dtype=int))
        return signal_of(Setup(setup.device, field.along(x - at[free], slice(None))), method, model.level)

    return model, curve


def _differentiated(configuration: Configuration, paths: Sequence[str]) -> Any:
    import jax
    import jax.numpy as jnp

    from ..numerics.interpreted import interpreted
    from ..runtime import double_precision

    _, curve = device_curve(configuration, paths, len(paths))

    @interpreted
    def differentiated(at: Any, x: Any) -> Any:
        tangents = jnp.eye(at.size)
        return jax.vmap(lambda tangent: jax.jvp(lambda at: curve(at, x), (at,), (tangent,)), out_axes=(None, 0))(tangents)

    def kernel(at: np.ndarray, x: np.ndarray) -> Any:
        with double_precision():
            return differentiated(at, x)

    return kernel
