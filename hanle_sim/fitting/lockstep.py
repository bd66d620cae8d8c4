"""Least squares of many curves of one shape: Levenberg's and Marquardt's steps by the exact derivatives, linear parameters at their best.

Curves go side by side, a few steps at a time. Those that have ended make room for others, so that a slow one holds up no other.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..numerics.small_systems import solve
from ..numerics.types import Array
from ..numerics.vectors import full_precision

#: A fit has ended where a whole Gauss-Newton step promises less of the sum of squares than this share; and of the data's, for exact data.
_TOLERANCE, _EXACT = 1e-14, 1e-28
#: Damping at first and at least, from which on a step counts as a whole one, and beyond which no step helps.
_FIRST, _LEAST, _WHOLE, _MOST = 1e-2, 1e-12, 1e-2, 1e10
#: Columns of which so little is left by those before them are copies of these.
_COPY = 1e-13
#: How a curve stands.
RUNNING, CONVERGED, STALLED, NO_VALUE = 0, 1, 2, 3


class Frame(NamedTuple):
    """What all curves share.

    Attributes:
        x: fields [T], [points].
        columns: offset and background, [columns, points].
        low, high: bounds of z, the numbers that are looked for, [n].
        is_log, size: what the parameters are: size exp(z), or size z, [n].
    """

    x: Any
    columns: Any
    low: Any
    high: Any
    is_log: Any
    size: Any

    def values(self, z: Any, xp: Any = jnp) -> Any:
        """The parameters in SI, [n]; of many curves, [curves, n], with `xp` NumPy."""
        return self.size * xp.where(self.is_log, xp.exp(xp.where(self.is_log, z, 0.0)), z)

    def inner(self, values: np.ndarray) -> np.ndarray:
        """z at values of the parameters in SI, within the bounds, [..., n]."""
        shares = values / self.size
        return np.clip(np.where(self.is_log, np.log(np.maximum(shares, 1e-300)), shares), self.low, self.high)


class Data(NamedTuple):
    """One curve, or many with a dimension more.

    Attributes:
        y: the signal, [points].
        weight: 1/σ and the trust in each point, [points].
        given: numbers of the model that belong to the curve, [numbers].
    """

    y: Any
    weight: Any
    given: Any


class State(NamedTuple):
    """Where a curve's search stands.

    Attributes:
        z: the numbers that are looked for, [n].
        cost: Σ r²; infinite before the first look.
        slope, curvature: Jᵀr and JᵀJ of the projected problem, [n] and [n, n].
        damping: of the next step.
        status: whether it goes on, and how it ended.
    """

    z: Any
    cost: Any
    slope: Any
    curvature: Any
    damping: Any
    status: Any


def started(z: np.ndarray) -> State:
    """The states of many curves at their starts z, [curves, n]."""
    curves, n = z.shape
    return State(
        z.copy(), np.full(curves, np.inf), np.zeros((curves, n)), np.zeros((curves, n, n)), np.full(curves, _FIRST), np.zeros(curves, int)
    )


class End(NamedTuple):
    """A curve at its parameters.

    Attributes:
        residual: w (y − model), [points].
        linear: factors of the columns, [m].
        triangle: R of the decomposition QR of the derivatives by the linear parameters and the others, [m + n, m + n].
    """

    residual: Any
    linear: Any
    triangle: Any


class _Projected(NamedTuple):
    """Residual, linear parameters, orthonormal columns and their triangle, and the derivatives by the others, linear ones held."""

    residual: Array
    linear: Array
    Q: list[Array]
    R: list[list[Array]]
    J: Array


class Lockstep:
    """The compiled steps of fits of one shape.

    Arguments:
        shape: the model's parts, of one curve's parameters, given numbers and fields: ([n], [numbers], [points]) → [factors, points].
        scaled: whether the parts have factors that are to be found; else they are added as they are.
    """

    def __init__(self, shape: Callable[[Array, Array, Array], Array], scaled: bool) -> None:
        self.shape, self.scaled = shape, scaled
        self.advance, self.end = jax.jit(self._advance), jax.jit(self._end)

    @full_precision
    def _projected(self, z: Array, data: Data, frame: Frame) -> _Projected:
        def along(tangent: Array) -> tuple[Array, Array]:
            return jax.jvp(lambda z: self.shape(frame.values(z), data.given, frame.x), (z,), (tangent,))

        parts, by = jax.vmap(along, out_axes=(None, 0))(jnp.eye(z.size))
        Phi = data.weight[None, :] * (jnp.concatenate([parts, frame.columns]) if self.scaled else frame.columns)
        r = data.weight * (data.y if self.scaled else data.y - jnp.sum(parts, 0))
        Q: list[Array] = []
        R: list[list[Array]] = []
        share: list[Array] = []
        for column in Phi:
            size, above = jnp.sqrt(column @ column), []
            for q in Q:
                above.append(q @ column)
                column = column - above[-1] * q
            left = jnp.sqrt(column @ column)
            left = jnp.where(left > _COPY * size, left, jnp.inf)
            Q.append(column / left)
            R.append([*above, left])
            share.append(Q[-1] @ r)
            r = r - share[-1] * Q[-1]
        c: list[Any] = [0.0] * len(Q)
        for i in reversed(range(len(Q))):
            c[i] = (share[i] - sum(R[j][i] * c[j] for j in range(i + 1, len(Q)))) / R[i][i]
        linear = jnp.stack(c) if c else jnp.zeros(0)
        J = jnp.einsum("f,nfp->np", linear[: parts.shape[0]], by) if self.scaled else jnp.sum(by, 1)
        return _Projected(r, linear, Q, R, data.weight[None, :] * J)

    @full_precision
    def _valued(self, z: Array, data: Data, frame: Frame) -> tuple[Array, Array, Array]:
        """Σ r², Jᵀr and JᵀJ of one curve, its linear parameters at their best.

        J = P (∂s + ∂Φ c), of L. Kaufman, BIT 15, 49 (1975), leaves out of the residual's derivative what is orthogonal to the residual.
        """
        found = self._projected(z, data, frame)
        r, J = found.residual, found.J
        for q in found.Q:
            J = J - (J @ q)[:, None] * q[None, :]
        return r @ r, J @ r, J @ J.T

    @full_precision
    def _proposed(self, state: State, frame: Frame) -> tuple[Array, Array]:
        """The next place to look at, and what it promises of the sum of squares."""
        z, g = state.z, state.slope
        is_held = ((z <= frame.low) & (g < 0)) | ((z >= frame.high) & (g > 0))
        size = jnp.sqrt(jnp.diag(state.curvature))
        size = jnp.where((size > 0) & ~is_held, size, jnp.inf)
        scaled = state.curvature / (size[:, None] * size[None, :]) + jnp.diag(state.damping + jnp.isinf(size))
        there = jnp.clip(z + solve(scaled, (g / size)[:, None])[:, 0] / size, frame.low, frame.high)
        step = there - z
        return there, 2 * step @ g - step @ state.curvature @ step

    def _moved(self, state: State, there: Array, promised: Array, found: tuple[Array, Array, Array], total: Array) -> State:
        """The state after a look at a place."""
        cost, slope, curvature = found
        is_first = jnp.isinf(state.cost)
        is_better = (cost <= state.cost) & jnp.isfinite(cost) & jnp.all(jnp.isfinite(curvature))
        gain = (state.cost - cost) / jnp.where(promised > 0, promised, 1.0)
        calmer = jnp.where(gain > 0.75, state.damping / 10, jnp.where(gain > 0.25, state.damping, state.damping * 4))
        damping = jnp.where(is_first, state.damping, jnp.where(is_better, jnp.maximum(calmer, _LEAST), state.damping * 10))
        has_ended = (state.damping <= _WHOLE) & (promised <= _TOLERANCE * state.cost + _EXACT * total)
        status = jnp.where(has_ended, CONVERGED, jnp.where(damping > _MOST, STALLED, RUNNING))
        status = jnp.where(is_first, jnp.where(is_better, RUNNING, NO_VALUE), status)
        moved = State(there, cost, slope, curvature, damping, status)
        return jax.tree.map(lambda new, old: jnp.where(is_better, new, old), moved, state._replace(damping=damping, status=status))

    def _advance(self, state: State, data: Data, frame: Frame, steps: Array) -> State:
        """The states of many curves some steps later, or when all have ended."""
        total = jnp.sum((data.weight * data.y) ** 2, 1)

        def step(carry: tuple[State, Array]) -> tuple[State, Array]:
            state, number = carry

            def one(state: State, data: Data, total: Array) -> State:
                there, promised = self._proposed(state, frame)
                moved = self._moved(state, there, promised, self._valued(there, data, frame), total)
                return jax.tree.map(lambda new, old: jnp.where(state.status == RUNNING, new, old), moved, state)

            return jax.vmap(one)(state, data, total), number + 1

        def goes_on(carry: tuple[State, Array]) -> Array:
            return (carry[1] < steps) & jnp.any(carry[0].status == RUNNING)

        return jax.lax.while_loop(goes_on, step, (state, jnp.zeros_like(steps)))[0]

    def _end(self, z: Array, data: Data, frame: Frame) -> End:
        """What is at the parameters of many curves."""

        @full_precision
        def one(z: Array, data: Data) -> End:
            found = self._projected(z, data, frame)
            rows, columns = list(found.Q), [*found.R]
            for column in found.J:
                above = []
                for q in rows:
                    above.append(q @ column)
                    column = column - above[-1] * q
                left = jnp.sqrt(column @ column)
                rows.append(column / jnp.where(left > 0, left, 1.0))
                columns.append([*above, left])
            full = [jnp.stack([*column, *[jnp.zeros(())] * (len(columns) - len(column))]) for column in columns]
            return End(found.residual, found.linear, jnp.stack(full, 1))

        return jax.vmap(one)(z, data)
