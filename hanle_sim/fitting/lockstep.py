"""Least squares of many curves of one shape: Levenberg's and Marquardt's steps by the exact derivatives, linear parameters at their best.

Curves go side by side, a few steps at a time. Those that have ended make room for others, so that a slow one holds up no other.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..numerics.types import Array
from ..numerics.vectors import full_precision

#: A fit has ended where a whole Gauss-Newton step promises less of the sum of squares than this share; and of the data's, for exact data.
_TOLERANCE, _EXACT = 1e-13, 1e-28
#: Damping at first and at least, from which on a step counts as a whole one, and beyond which no step helps.
_FIRST, _LEAST, _WHOLE, _MOST = 1e-2, 1e-12, 1e-5, 1e10
#: By what damping is multiplied and divided; how far along a step its bend is looked for, and how large that may be, of the step.
_UP, _DOWN, _AHEAD, _BENT = 3.0, 10.0, 0.1, 0.75
#: Columns of which so little is left by those before them are copies of these.
_COPY = 1e-13
#: Kinds of parameters.
LINEAR, LOGARITHMIC, SIGNED = 0, 1, 2
#: How a curve stands.
RUNNING, CONVERGED, STALLED, NO_VALUE = 0, 1, 2, 3


class Frame(NamedTuple):
    """What all curves share.

    Attributes:
        x: fields [T], [points].
        columns: offset and background, [columns, points].
        low, high: bounds of z, the numbers that are looked for, [n].
        kind: what the parameters are, [n]: `LINEAR`, size z; `LOGARITHMIC`, size exp(z); or `SIGNED`, size sinh(z), which is a logarithm
            on both sides of zero: valleys in which only a product of parameters is determined are straight in logarithms.
        size: [n].
    """

    x: Any
    columns: Any
    low: Any
    high: Any
    kind: Any
    size: Any

    def values(self, z: Any, xp: Any = jnp) -> Any:
        """The parameters in SI, [n]; of many curves, [curves, n], with `xp` NumPy."""
        up, down = xp.exp(xp.where(self.kind == LINEAR, 0.0, z)), xp.exp(xp.where(self.kind == SIGNED, -z, 0.0))
        return self.size * xp.where(self.kind == LINEAR, z, xp.where(self.kind == SIGNED, (up - down) / 2, up))

    def slopes(self, z: np.ndarray) -> np.ndarray:
        """∂values/∂z of many curves, [curves, n]."""
        return self.size * np.where(self.kind == LINEAR, 1.0, np.where(self.kind == SIGNED, np.cosh(z), np.exp(z)))

    def inner(self, values: np.ndarray) -> np.ndarray:
        """z at values of the parameters in SI, within the bounds, [..., n]."""
        shares = values / self.size
        logarithm = np.log(np.where(self.kind == LOGARITHMIC, np.maximum(shares, 1e-300), 1.0))
        found = np.where(self.kind == LINEAR, shares, np.where(self.kind == SIGNED, np.arcsinh(shares), logarithm))
        return np.clip(found, self.low, self.high)


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


class Place(NamedTuple):
    """What was seen at a place.

    Attributes:
        z: the numbers that are looked for, [n]; of a curve that has converged one step further.
        cost: Σ r²; infinite before the first look.
        slope, curvature: Jᵀr and JᵀJ, [n] and [n, n].
        J: derivatives of the model with the linear parameters at their best, [n, points]; [n, 0] where no step bends.
    """

    z: Any
    cost: Any
    slope: Any
    curvature: Any
    J: Any


class State(NamedTuple):
    """Where a curve's search stands.

    Attributes:
        place: the best so far.
        there: where to look next, [n].
        promised: by how much Σ r² falls to there if it is a parabola.
        damping: of the step to there.
        status: whether it goes on, and how it ended.
    """

    place: Place
    there: Any
    promised: Any
    damping: Any
    status: Any


def started(z: np.ndarray, points: int) -> State:
    """The states of many curves at their starts z, [curves, n]."""
    curves, n = z.shape
    slopes = np.zeros((curves, n)), np.zeros((curves, n, n)), np.zeros((curves, n, points))
    place = Place(z.copy(), np.full(curves, np.inf), *slopes)
    return State(place, z.copy(), np.zeros(curves), np.full(curves, _FIRST), np.zeros(curves, int))


class End(NamedTuple):
    """How a curve's search ended.

    Attributes:
        z: the numbers that were looked for, [n].
        status: how it ended.
        residual: w (y − model), [points].
        linear: factors of the columns, [m].
        triangle: R of the decomposition QR of the derivatives by the linear parameters and the others, [m + n, m + n].
    """

    z: Any
    status: Any
    residual: Any
    linear: Any
    triangle: Any

    @property
    def squares(self) -> Any:
        """Σ r² of many curves, infinite where there is none, [curves]."""
        found = np.einsum("cp,cp->c", self.residual, self.residual)
        return np.where(np.isfinite(found), found, np.inf)


class _Reduced(NamedTuple):
    """Residual, linear parameters, and orthonormal columns with their triangle."""

    residual: Array
    linear: Array
    Q: list[Array]
    R: list[list[Array]]


def _solved(A: Array, b: Array) -> Array:
    """A⁻¹ b of a positive definite matrix with a diagonal of about one, by elimination, written out: it needs no exchange of rows."""
    rows = jnp.concatenate([A, b[:, None]], 1)
    for k in range(b.size):
        rows = (rows - (rows[:, k] / rows[k, k]).at[k].set(0.0)[:, None] * rows[k][None, :]).at[k].set(rows[k] / rows[k, k])
    return rows[:, -1]


class Lockstep:
    """The compiled steps of fits of one shape.

    Arguments:
        shape: the model's parts, of one curve's parameters, given numbers and fields: ([n], [numbers], [points]) → [factors, points].
        scaled: whether the parts have factors that are to be found; else they are added as they are.
        together: how many curves a processor does side by side.
        bends: whether steps bend along valleys: worth a second look at the curve where its derivatives cost far more.
    """

    def __init__(self, shape: Callable[[Array, Array, Array], Array], scaled: bool, together: int, bends: bool) -> None:
        self.shape, self.scaled, self.together, self.bends = shape, scaled, together, bends
        self.advance, self.end = jax.jit(self._advance), jax.jit(self._end)
        # Margins to the second law by parameters and given numbers, [curves, margins]; None where it can't be broken.
        self.margins: Callable[[Any, Any], Any] | None = None

    @full_precision
    def _reduced(self, parts: Array, data: Data, frame: Frame) -> _Reduced:
        """What the model's parts leave, linear parameters at their best."""
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
        return _Reduced(r, jnp.stack(c) if c else jnp.zeros(0), Q, R)

    @full_precision
    def _differentiated(self, z: Array, data: Data, frame: Frame) -> tuple[_Reduced, Array]:
        """The same with the derivatives of the model by z, linear parameters held, [n, points]."""

        def along(tangent: Array) -> tuple[Array, Array]:
            return jax.jvp(lambda z: self.shape(frame.values(z), data.given, frame.x), (z,), (tangent,))

        parts, by = jax.vmap(along, out_axes=(None, 0))(jnp.eye(z.size))
        found = self._reduced(parts, data, frame)
        J = jnp.einsum("f,nfp->np", found.linear[: parts.shape[0]], by) if self.scaled else jnp.sum(by, 1)
        return found, data.weight[None, :] * J

    @full_precision
    def _seen(self, z: Array, data: Data, frame: Frame) -> Place:
        """A place and what is there.

        J = P (∂s + ∂Φ c), of L. Kaufman, BIT 15, 49 (1975), leaves out of the residual's derivative what is orthogonal to the residual.
        """
        found, J = self._differentiated(z, data, frame)
        for q in found.Q:
            J = J - (J @ q)[:, None] * q[None, :]
        return Place(z, found.residual @ found.residual, J @ found.residual, J @ J.T, J if self.bends else J[:, :0])

    @full_precision
    def _proposed(self, place: Place, damping: Array, data: Data, frame: Frame) -> tuple[Array, Array]:
        """The next place to look at, and by how much Σ r² falls to there if it is a parabola.

        Where steps bend, half the acceleration along the valley is added to the step δ of the damped problem, of M. K. Transtrum and
        J. P. Sethna, arXiv:1201.5885, from a look at the residual a little way along: (JᵀJ + λD) δ′ = Jᵀ [r(z + hδ) − r(z) + h J δ]/h².
        """
        z, g, H = place.z, place.slope, place.curvature
        is_held = ((z <= frame.low) & (g < 0)) | ((z >= frame.high) & (g > 0))
        size = jnp.sqrt(jnp.diag(H))
        size = jnp.where((size > 0) & ~is_held, size, jnp.inf)
        scaled = H / (size[:, None] * size[None, :]) + jnp.diag(damping + jnp.isinf(size))
        step = _solved(scaled, g / size)
        straight = jnp.clip(z + step / size, frame.low, frame.high)
        there, off = straight, straight - z
        if self.bends:
            ahead = jnp.clip(z + _AHEAD * step / size, frame.low, frame.high)
            r = self._reduced(self.shape(frame.values(ahead), data.given, frame.x), data, frame).residual
            bent = _solved(scaled, (place.J @ r - g + H @ (ahead - z)) / (_AHEAD**2 * size))
            is_small = 2 * jnp.sqrt(bent @ bent) <= _BENT * jnp.sqrt(step @ step)
            there = jnp.clip(z + (step + jnp.where(is_small, bent, 0.0)) / size, frame.low, frame.high)
        return there, 2 * off @ g - off @ H @ off

    def _moved(self, state: State, data: Data, frame: Frame) -> State:
        """The state after a look at the next place."""
        old, new, is_first = state.place, self._seen(state.there, data, frame), jnp.isinf(state.place.cost)
        is_better = (new.cost <= old.cost) & jnp.isfinite(new.cost) & jnp.all(jnp.isfinite(new.curvature))
        gain = (old.cost - new.cost) / jnp.where(state.promised > 0, state.promised, 1.0)
        calmer = jnp.where(gain > 0.75, state.damping / _DOWN, jnp.where(gain > 0.25, state.damping, state.damping * _UP))
        damping = jnp.where(is_first, state.damping, jnp.where(is_better, jnp.maximum(calmer, _LEAST), state.damping * _UP))
        lost = jnp.where(is_first & ~is_better, NO_VALUE, jnp.where(damping > _MOST, STALLED, RUNNING))
        place: Place = jax.tree.map(lambda new, old: jnp.where(is_better, new, old), new, old)
        there, promised = self._proposed(place, damping, data, frame)
        exact = _EXACT * jnp.sum((data.weight * data.y) ** 2)
        has_ended = (lost == RUNNING) & (damping <= _WHOLE) & (promised <= _TOLERANCE * place.cost + exact)
        place = place._replace(z=jnp.where(has_ended, there, place.z))
        return State(place, there, promised, damping, jnp.where(has_ended, CONVERGED, lost))

    def _advance(self, state: State, data: Data, frame: Frame, steps: Array) -> State:
        """The states of many curves some steps later, or when all have ended."""

        def step(carry: tuple[State, Array]) -> tuple[State, Array]:
            state, number = carry

            def one(state: State, data: Data) -> State:
                return jax.tree.map(lambda new, old: jnp.where(state.status == RUNNING, new, old), self._moved(state, data, frame), state)

            return jax.vmap(one)(state, data), number + 1

        def goes_on(carry: tuple[State, Array]) -> Array:
            return (carry[1] < steps) & jnp.any(carry[0].status == RUNNING)

        return jax.lax.while_loop(goes_on, step, (state, jnp.zeros_like(steps)))[0]

    def _end(self, z: Array, status: Array, data: Data, frame: Frame) -> End:
        """What is at the parameters of many curves."""

        @full_precision
        def one(z: Array, status: Array, data: Data) -> End:
            found, J = self._differentiated(z, data, frame)
            rows, columns = list(found.Q), [*found.R]
            for column in J:
                above = []
                for q in rows:
                    above.append(q @ column)
                    column = column - above[-1] * q
                left = jnp.sqrt(column @ column)
                rows.append(column / jnp.where(left > 0, left, 1.0))
                columns.append([*above, left])
            full = jnp.stack([jnp.stack([*column, *[jnp.zeros(())] * (len(columns) - len(column))]) for column in columns], 1)
            return End(z, status, found.residual, found.linear, full)

        return jax.vmap(one)(z, status, data)
