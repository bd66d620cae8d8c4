"""A root finder for affine equations: one Newton step is the root."""

from collections.abc import Callable
from typing import Any

import jax
import jax.flatten_util
import jax.numpy as jnp
import optimistix as optx
from jaxtyping import Array, PyTree


class AffineRootFinder(optx.AbstractRootFinder[Any, Any, Any, Any]):
    """Solves f(y) = 0 for affine f by one Newton step, y − (∂f/∂y)⁻¹ f(y).

    The stages of an implicit Runge-Kutta step of the Bloch equations are such equations. A general Newton iteration would go on
    to test its convergence, which rounding defeats where back-flow is strong, and costs more to compile.

    Arguments:
        rtol, atol, norm: not used; part of the interface.
    """

    rtol: float = 1e-3
    atol: float = 1e-3
    norm: Callable[[PyTree], Any] = optx.max_norm

    def init(self, fn: Any, y: Any, args: Any, options: Any, f_struct: Any, aux_struct: Any, tags: Any) -> Array:
        return jnp.array(False)

    def step(self, fn: Any, y: Any, args: Any, options: Any, state: Array, tags: Any) -> tuple[Any, Array, Any]:
        flat, unravel = jax.flatten_util.ravel_pytree(y)

        def residual(flat: Array) -> tuple[Array, Any]:
            value, aux = fn(unravel(flat), args)
            return jax.flatten_util.ravel_pytree(value)[0], aux

        at_rest, aux = residual(flat)
        matrix = jax.jacfwd(lambda flat: residual(flat)[0])(flat)
        return unravel(flat - jnp.linalg.solve(matrix, at_rest)), jnp.array(True), aux

    def terminate(self, fn: Any, y: Any, args: Any, options: Any, state: Array, tags: Any) -> tuple[Array, Any]:
        return state, optx.RESULTS.successful

    def postprocess(
        self, fn: Any, y: Any, aux: Any, args: Any, options: Any, state: Array, tags: Any, result: optx.RESULTS
    ) -> tuple[Any, Any, dict[str, Any]]:
        return y, aux, {}
