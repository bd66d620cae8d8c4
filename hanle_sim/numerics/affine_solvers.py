"""Solvers for diffrax of affine differential equations y′ = A(t) y + b(t), by exponentials: `ExponentialEuler` and `Magnus4`.

They take an `ODETerm` like any other solver, whose vector field must be affine in y (y any pytree), and whose A and b they get by
linearising it. Solver and step size control are diffrax's own: see `StepThrough` for the fastest way to states at given times.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import diffrax
import equinox.internal as eqxi
import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from . import affine_maps
from .affine_maps import Matrix
from .types import Array, Scalar

Term = diffrax.AbstractTerm[Any, Any]
#: The length of a step, the change of y in it, and [A b].
Kept = tuple[Scalar, Matrix, Matrix]

#: Distance of Gauss's two points from the middle of an interval, in its lengths.
_GAUSS = 3**0.5 / 6
#: Steps whose lengths differ by so many roundings of the time have one exponential.
_SAME = 16


class MagnusInterpolation(diffrax.AbstractLocalInterpolation):
    """y within a step by the exponential of the truncated Magnus series of coefficients linear in time.

        Ω(θ) = θ X + (θ² − θ)/2 D − θ³/12 [X, D],      A(t_0 + θh) h ≈ X + (θ − ½) D

    Exact where A and b are constant (D = 0); otherwise its error over a step is of third order, and at the step's end of fifth.

    Attributes:
        t0, t1: start and end of the step.
        y0: state at the start.
        mean: X, the coefficients in the middle times the step, [n, n + 1].
        slope: D, their change times the step, [n, n + 1].
    """

    t0: Scalar  # type: ignore[misc]
    t1: Scalar  # type: ignore[misc]
    y0: PyTree
    mean: Matrix
    slope: Matrix

    def evaluate(self, t0: Scalar, t1: Scalar | None = None, left: bool = True) -> PyTree:
        del left
        if t1 is not None:
            return jax.tree.map(jnp.subtract, self.evaluate(t1), self.evaluate(t0))
        length = self.t1 - self.t0
        theta = jnp.where(length == 0, 0.0, (t0 - self.t0) / jnp.where(length == 0, 1.0, length)).astype(self.mean.dtype)
        return _moved(self.y0, affine_maps.expm1(_magnus(self.mean, self.slope, theta)))


def _magnus(mean: Matrix, slope: Matrix, theta: Scalar = 1.0) -> Matrix:
    """Ω(θ) of `MagnusInterpolation`."""
    return theta * mean + (theta**2 - theta) / 2 * slope - theta**3 / 12 * affine_maps.commutator(mean, slope)


def _moved(y: PyTree, change: Matrix) -> PyTree:
    """A state after the change that an affine map makes of it."""
    flat, unravel = jax.flatten_util.ravel_pytree(y)
    return unravel(flat + affine_maps.apply(change, flat))


def _coefficients(term: Term, t: Scalar, y: PyTree, args: PyTree) -> Matrix:
    """[A b] at a time, [n, n + 1], of a vector field that is affine in y; n is the size of y."""
    flat, unravel = jax.flatten_util.ravel_pytree(y)

    def field(flat: Array) -> Array:
        return jax.flatten_util.ravel_pytree(term.vf(t, unravel(flat), args))[0]

    b, linear = jax.linearize(field, jnp.zeros_like(flat))
    return jnp.concatenate([jax.vmap(linear, out_axes=1)(jnp.eye(flat.size, dtype=flat.dtype)), b[:, None]], 1)


def _renewed(is_new: Any, new: Callable[[], Any], old: Any) -> Any:
    """`new()` where is_new, else `old`; not evaluated where no element of a batch is new."""

    def mixed() -> Any:
        return jax.tree.map(lambda new, old: jnp.where(is_new, new, old), new(), old)

    return jax.lax.cond(eqxi.unvmap_any(is_new), mixed, lambda: old)


class _AffineSolver(diffrax.AbstractSolver[Any]):
    """What both solvers share: the terms that they take, and the interpolation between steps."""

    term_structure: ClassVar[Any] = diffrax.ODETerm
    interpolation_cls: ClassVar[Callable[..., MagnusInterpolation]] = MagnusInterpolation

    def func(self, terms: Term, t0: Scalar, y0: PyTree, args: PyTree) -> PyTree:
        return terms.vf(t0, y0, args)


class ExponentialEuler(_AffineSolver):
    """Exponential Euler method for affine vector fields whose coefficients are constant between jumps, where it is exact.

        y(t + h) = e^(Ah) y + φ_1(Ah) h b,      φ_1(x) = (e^x − 1)/x

    A step of any length is exact to rounding, whatever the rates. Its exponential is kept for the following steps of the same length,
    which then cost a product of a matrix and a vector, and is formed anew after a jump, the times of which the step size controller must
    know: `diffrax.ClipStepSizeController(controller, jump_ts=…)`. For coefficients that change otherwise there is `Magnus4`. The error
    estimate is zero, so that adaptive controllers take the longest steps that they may.

    Derivatives by the coefficients and by y are exact, in forward and reverse mode; those by the times are up to the second.
    """

    def order(self, terms: PyTree) -> int:
        return 1  # for controllers that ask: of vector fields with other coefficients

    def init(self, terms: Term, t0: Scalar, t1: Scalar, y0: PyTree, args: PyTree) -> Kept:
        """A step of no length."""
        coefficients = _coefficients(terms, t0 + (t1 - t0) / 2, y0, args)
        return jnp.zeros_like(terms.contr(t0, t1)), jnp.zeros_like(coefficients), coefficients

    def step(
        self,
        terms: Term,
        t0: Scalar,
        t1: Scalar,
        y0: PyTree,
        args: PyTree,
        solver_state: Kept,
        made_jump: Any,
    ) -> tuple[PyTree, PyTree, dict[str, Any], Kept, Any]:
        h = terms.contr(t0, t1)
        length, change, coefficients = solver_state
        if made_jump is not False:  # then there are no jumps
            coefficients = _renewed(made_jump, lambda: _coefficients(terms, t0 + (t1 - t0) / 2, y0, args), coefficients)
        rounding = _SAME * np.finfo(h.dtype).eps * jnp.maximum(abs(t0), abs(t1))
        is_new = made_jump | (abs(h - length) > rounding)
        length, change = _renewed(is_new, lambda: (h, affine_maps.expm1(h * coefficients)), (length, change))
        flat, unravel = jax.flatten_util.ravel_pytree(y0)
        flat = flat + affine_maps.apply(change, flat)
        # y(t + h) from y(t + length) by its Taylor series: rounding in value, but what derivatives by the times are made of.
        velocity, rest = affine_maps.apply(coefficients, flat), h - length
        flat = flat + rest * (velocity + rest / 2 * affine_maps.times(coefficients, velocity))
        dense = {"y0": y0, "mean": h * coefficients, "slope": jnp.zeros_like(coefficients)}
        return unravel(flat), jax.tree.map(jnp.zeros_like, y0), dense, (length, change, coefficients), diffrax.RESULTS.successful


class Magnus4(_AffineSolver):
    """Fourth-order Magnus method for affine vector fields whose coefficients depend on time.

        y(t + h) = exp(Ω) y,   Ω = h (A_1 + A_2)/2 + √3 h² [A_2, A_1]/12,   A_1, A_2 at t + (1/2 ∓ √3/6) h

    on augmented matrices (S. Blanes, F. Casas, J. A. Oteo and J. Ros, Phys. Rep. 470, 151 (2009), section 5). Exact where A and b are
    constant; of order 4 otherwise, and of order 2 while steps are long against 1/|A|: its error depends on how fast A and b change,
    so that a fast precession about a fixed field needs no short steps. The error estimate is the difference to the exponential
    midpoint rule, of second order; without an adaptive controller it is not computed. Dense output is of third order.
    """

    def order(self, terms: PyTree) -> int:
        return 4

    def error_order(self, terms: PyTree) -> int:
        return 3

    def init(self, terms: Term, t0: Scalar, t1: Scalar, y0: PyTree, args: PyTree) -> None:
        return None

    def step(
        self, terms: Term, t0: Scalar, t1: Scalar, y0: PyTree, args: PyTree, solver_state: None, made_jump: Any
    ) -> tuple[PyTree, PyTree, dict[str, Any], None, Any]:
        h = terms.contr(t0, t1)
        early, middle, late = (_coefficients(terms, t0 + c * (t1 - t0), y0, args) for c in (0.5 - _GAUSS, 0.5, 0.5 + _GAUSS))
        mean, slope = h * (early + late) / 2, h * (late - early) / (2 * _GAUSS)
        y1 = _moved(y0, affine_maps.expm1(_magnus(mean, slope)))
        error = jax.tree.map(jnp.subtract, y1, _moved(y0, affine_maps.expm1(h * middle)))
        return y1, error, {"y0": y0, "mean": mean, "slope": slope}, None, diffrax.RESULTS.successful


class StepThrough(diffrax.StepTo):
    """`diffrax.StepTo` for times some of which may coincide, checked by the caller: it lowers without calls back to the host.

    With `SaveAt(steps=True)` the states at all times but the first are saved, each the end of a step.
    """

    def wrap(self, direction: Scalar) -> "StepThrough":
        return StepThrough(self.ts * direction)

    def init(
        self, terms: Any, t0: Scalar, t1: Scalar, y0: PyTree, dt0: None, args: PyTree, func: Any, error_order: Any
    ) -> tuple[Scalar, int]:
        return self.ts[1], 2
