"""Method `integrate`: the Bloch equations integrated in time with diffrax, a whole field sweep at once."""

from collections.abc import Callable
from functools import partial
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np

from ..numerics.affine_solvers import ExponentialEuler, StepThrough
from ..numerics.checks import is_concrete, require_positive
from ..numerics.types import Array, ArrayLike, Real, Scalar
from ..physics import NaturalUnits
from ..physics.bloch import bloch_equations
from ..physics.contact import State
from . import linear
from .affine import AffineRootFinder
from .propagator import Pace, pace

#: Adjoints by what they are for; a `diffrax` adjoint may be given instead.
ADJOINTS: dict[str, Callable[[], diffrax.AbstractAdjoint]] = {
    "implicit": partial(diffrax.ImplicitAdjoint, linear_solver=lx.LU()),  # steady states: the implicit function theorem
    "reverse": diffrax.RecursiveCheckpointAdjoint,  # transients, few outputs and many parameters
    "forward": diffrax.ForwardMode,  # transients, many outputs and few parameters; the cheapest to compile
}
#: Solvers by name. The coefficients are constant, so that the exponential is exact in steps of any length; the general ones are its test.
SOLVERS: dict[str, Callable[[], diffrax.AbstractSolver[Any]]] = {
    "exponential": ExponentialEuler,
    "explicit": diffrax.Dopri8,  # resolves every turn and every decay
    "implicit": partial(diffrax.Kvaerno5, root_finder=AffineRootFinder()),  # cheaper past some 5,000 radians
}
MAX_STEPS = 100_000
# Tolerance of an implicit method for a transient that only leads to the steady state, which it preserves exactly.
PATH_TOLERANCE = 1e-3
# Its duration, in slowest relaxation times: an L-stable method damps the rest of the transient in a few long steps.
IMPLICIT_DURATION = 1e5
# A transient's error, of its peak, is at most this many times the tolerance of its steps: measured against the matrix
# exponential, up to ω_Lτ = 100; and the same of a steady state. Tolerances below some roundings cannot be met.
_ACCUMULATED, _ACCUMULATED_STEADY, _ROUNDING = 1000.0, 100.0, 50.0


def steady_state(
    natural: NaturalUnits, *, rtol: float = 1e-10, solver: str = "exponential", adjoint: str | diffrax.AbstractAdjoint = "implicit"
) -> Real[Array, "points 2 3"]:
    """Steady state of every field, reached by integrating the Bloch equations from rest.

    Back-flow only adds to the decay (𝒢 is positive, by the second law), so that the distance to the steady state falls at
    least as fast as e^(−t/τ), τ the slowest relaxation time: it is within `rtol` after a time known beforehand (docs/derivations.md,
    section 2.3). The exponential takes it in one step. Of the general solvers the explicit one (Dopri8) follows the whole transient
    to `rtol`; the implicit one (Kvaerno5, L-stable) need not, since every Runge-Kutta step leaves the steady state where it is.

    Arguments:
        natural: device and fields in natural units.
        rtol: accuracy, relative to the peak.
        solver: "exponential", "explicit" or "implicit".
        adjoint: "implicit" (differentiable forward and in reverse), "forward", "reverse", or a diffrax adjoint.

    Returns:
        u and T in volts, [points, 2, 3]; NaN at a field whose integration failed.

    Raises:
        ValueError: rtol not positive; an unknown solver or adjoint.
    """
    require_positive("integrate: rtol", rtol)
    return _integrated(natural, pace(natural, rtol), rtol=rtol, solver=_known(solver), adjoint=adjoint_of(adjoint))


def transient(
    natural: NaturalUnits,
    times: Real[ArrayLike, " times"],
    initial: NaturalUnits | None = None,
    *,
    rtol: float = 1e-10,
    solver: str = "exponential",
    adjoint: str | diffrax.AbstractAdjoint = "reverse",
) -> Real[Array, "points times 2 3"]:
    """Time evolution at every field, from rest or from another steady state.

    Arguments:
        natural: device and fields in natural units.
        times: increasing times after the start, in units of `natural.time` = τ_s, [times].
        initial: the same nonmagnet under the biases and in the fields in whose steady state it starts; None for rest.
        rtol: accuracy of a general solver at every one of the times, relative to the peak; the exponential is exact to rounding.
        solver, adjoint: as `steady_state`; "reverse" or "forward" suit a transient.

    Returns:
        u and T in volts, [points, times, 2, 3]; NaN where the integration failed.

    Raises:
        ValueError: rtol not positive; times negative or not increasing; an unknown solver or adjoint.
    """
    require_positive("integrate: rtol", rtol)
    times = increasing(times)
    speed = pace(natural, rtol)._replace(duration=times[-1])
    start = jnp.zeros((natural.omega.shape[0], 2, 3)) if initial is None else jnp.asarray(linear.solve(initial))
    return _integrated(natural, speed, times, start, rtol=rtol, solver=_known(solver), adjoint=adjoint_of(adjoint))


def adjoint_of(adjoint: str | diffrax.AbstractAdjoint, method: str = "integrate") -> diffrax.AbstractAdjoint:
    """An adjoint by its name, or one of diffrax. Raises ValueError, which begins with the method, for an unknown name."""
    if isinstance(adjoint, diffrax.AbstractAdjoint):
        return adjoint
    if adjoint not in ADJOINTS:
        raise ValueError(f"{method}: adjoint = {adjoint!r}: must be one of {', '.join(ADJOINTS)}, or a diffrax adjoint")
    return ADJOINTS[adjoint]()


def increasing(times: Real[ArrayLike, " times"], method: str = "integrate") -> Real[Array, " times"]:
    """The times of a transient. Raises ValueError, which begins with the method, for negative ones and others than increasing ones."""
    if is_concrete(times):
        array = np.asarray(times)
        if array.ndim != 1 or array.size == 0 or not (np.all(np.diff(array) > 0) and array[0] >= 0):
            raise ValueError(f"{method}: times = {times}: must be a list of increasing numbers, none negative")
    return jnp.asarray(times)


def _known(solver: str) -> str:
    if solver not in SOLVERS:
        raise ValueError(f"integrate: solver = {solver!r}: must be one of {', '.join(SOLVERS)}")
    return solver


@partial(jax.jit, static_argnames=("rtol", "solver", "adjoint"))
def _integrated(
    natural: NaturalUnits, pace: Pace, times: Any = None, start: Any = None, *, rtol: float, solver: str, adjoint: diffrax.AbstractAdjoint
) -> Real[Array, "points *times 2 3"]:
    """The states at given times, [times], from a start, [points, 2, 3]; without times the steady state, from rest. NaN where it failed."""
    is_steady, is_implicit = times is None, solver == "implicit"
    tolerance, duration = rtol, pace.duration if is_steady else times[-1]
    if is_steady:
        tolerance = PATH_TOLERANCE if is_implicit else _per_step(rtol, _ACCUMULATED_STEADY, jnp.asarray(natural.omega).dtype)
        duration = pace.slowest * IMPLICIT_DURATION if is_implicit else duration
    else:
        pace = pace._replace(scale=jnp.maximum(pace.scale, jnp.max(jnp.abs(start))))
    pace = jax.lax.stop_gradient(pace)

    def rate(t: Scalar, y: State, args: tuple[Any, ...]) -> State:
        scale, *rest = args
        return bloch_equations(y * scale, *rest) / scale

    def solve(omega: Real[Array, ""], b: Real[Array, "3"], m: Real[Array, "3"], *start: State) -> Real[Array, "*times 2 3"]:
        """One field's integration."""
        initial = start[0] if start else jnp.zeros((2, 3), dtype=omega.dtype)
        device = natural.device.with_contacts(natural.device.injector.turned(m))
        if solver == "exponential":
            ends = jnp.asarray(duration)[None] if is_steady else times
            controller: Any = StepThrough(jnp.concatenate([jnp.zeros_like(ends[:1]), ends]))
            saveat, first_step, max_steps = diffrax.SaveAt(steps=True), None, ends.size
        else:
            controller = diffrax.PIDController(rtol=tolerance, atol=tolerance) if is_steady else stepping(tolerance, times)
            saveat, first_step, max_steps = diffrax.SaveAt(ts=times), 0.01 / pace.fastest, MAX_STEPS
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(rate),
            SOLVERS[solver](),
            t0=0.0,
            t1=duration,
            dt0=first_step,
            y0=initial / pace.scale,
            # Every field its own copy: what doesn't depend on the batch can't be transposed through the implicit function theorem.
            args=jax.tree.map(lambda leaf: leaf + 0 * omega, (pace.scale, device, omega * b)),
            saveat=diffrax.SaveAt(t1=True) if is_steady else saveat,
            stepsize_controller=controller,
            adjoint=adjoint,
            max_steps=max_steps,
            throw=False,
        )
        failed = solution.result != diffrax.RESULTS.successful
        found = jnp.where(failed, jnp.nan, solution.ys * pace.scale)
        return found[0] if is_steady else found

    omega = jnp.asarray(natural.omega)
    # Also where the whole sweep shares them.
    b, m = (jnp.broadcast_to(axis, (omega.size, 3)) for axis in (natural.direction, natural.device.injector.magnetisation))
    return jax.vmap(solve)(omega, b, m, *([] if is_steady else [start]))


def stepping(
    rtol: float, times: Real[Array, " times"], accumulated: float = _ACCUMULATED, **options: Any
) -> diffrax.AbstractStepSizeController[Any, Any]:
    """Steps of a transient whose error is to be below rtol of its peak at every time, `accumulated` times what a step may err. One
    ends at each of the times: the polynomials between the ends of steps are less accurate.
    """
    tolerance = _per_step(rtol, accumulated, times.dtype)
    controller = diffrax.PIDController(rtol=tolerance, atol=tolerance, **options)
    return diffrax.ClipStepSizeController(controller, step_ts=jax.lax.stop_gradient(times))


def _per_step(rtol: float, accumulated: float, dtype: Any) -> float:
    """The tolerance of a step for an error of rtol at the end."""
    return max(rtol / accumulated, _ROUNDING * float(np.finfo(dtype).eps))
