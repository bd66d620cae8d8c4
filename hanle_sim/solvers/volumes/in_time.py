"""The finite volumes of an extended nonmagnet as differential equations in time, and their integration with diffrax."""

from functools import partial, reduce
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import optimistix as optx

from ...numerics.checks import require_positive
from ...numerics.types import Array, ArrayLike, Real, Scalar
from ...physics import NaturalUnits
from ...physics.bloch import relaxation_rates
from ..bloch_integration import IMPLICIT_DURATION, MAX_STEPS, PATH_TOLERANCE, adjoint_of, increasing, stepping
from .steady import CELLS, Means, profile_on, require_extent
from .system import ChainRootFinder, States, System, _systems

# A transient's error, of its peak, in units of what its steps are allowed to err, the largest of all nodes: 40 at most as measured.
_ACCUMULATED = 100.0


def steady_state(natural: NaturalUnits, *, cells: int = CELLS, rtol: float = 1e-10, adjoint: Any = "implicit") -> Means:
    """Steady state on one mesh, reached by integrating the finite volumes in time from rest: what
    `steady.steady_state` gives with `extrapolate=False`.

    The L-stable Kvaerno5 need not resolve the way there, and every Runge-Kutta step leaves the steady state where it is.

    Arguments:
        natural: device and fields in natural units.
        cells: cells in every stretch of the mesh.
        rtol: accuracy of the state's arrival, relative to the peak.
        adjoint: "implicit" (differentiable forward and in reverse), "forward", "reverse", or a diffrax adjoint.

    Returns:
        u and T in volts, [points, 2, 3] or, on a lateral channel, [points, 2, 2, 3]; NaN at a field whose integration failed.

    Raises:
        ValueError: as `steady_state`; rtol not positive; an unknown adjoint.
    """
    require_extent(natural, cells)
    require_positive("finite_volume: rtol", rtol)
    found = _integrated(natural, None, None, cells=cells, tolerance=PATH_TOLERANCE, adjoint=adjoint_of(adjoint, "finite_volume"))
    return found[:, 0]


def transient(
    natural: NaturalUnits,
    times: Real[ArrayLike, " times"],
    initial: NaturalUnits | None = None,
    *,
    cells: int = CELLS,
    rtol: float = 1e-8,
    adjoint: Any = "reverse",
) -> Real[Array, "points times *contacts 2 3"]:
    """Time evolution at every field, from rest or from another steady state, of the mean over each contact.

    Arguments:
        natural: device and fields in natural units.
        times: increasing times after the start, in units of `natural.time` = τ_s, [times].
        initial: the same nonmagnet under the drive, fields and contacts in whose steady state it starts, one for every point; None
            for rest.
        cells: cells in every stretch of the mesh, with an error of second order.
        rtol: accuracy of the integration at every one of the times, relative to the peak inside the nonmagnet.
        adjoint: as `steady_state`; "reverse" or "forward" suit a transient.

    Returns:
        u and T in volts, [points, times, 2, 3] or, on a lateral channel, [points, times, 2, 2, 3]; NaN where the integration failed.

    Raises:
        ValueError: as `steady_state`; times negative or not increasing.
    """
    require_extent(natural, cells)
    require_positive("finite_volume: rtol", rtol)
    times, adjoint = increasing(times, "finite_volume"), adjoint_of(adjoint, "finite_volume")
    return _integrated(natural, initial, times, cells=cells, tolerance=rtol, adjoint=adjoint)


@partial(jax.jit, static_argnames=("cells", "tolerance", "adjoint"))
def _integrated(
    natural: NaturalUnits,
    initial: NaturalUnits | None,
    times: Real[Array, " times"] | None,
    *,
    cells: int,
    tolerance: float,
    adjoint: diffrax.AbstractAdjoint,
) -> Real[Array, "points times *contacts 2 3"]:
    steady = jax.lax.stop_gradient(profile_on(natural, cells, natural)[1])
    start = jnp.zeros_like(steady) if initial is None else profile_on(initial, cells, natural)[1]
    peak = jnp.maximum(abs(steady).max((0, 2, 3)), jax.lax.stop_gradient(abs(start)).max((0, 2, 3)))
    systems = _systems(natural, cells)
    materials = [segment.material for segment in natural.device.nonmagnet.geometry().segments]  # type: ignore[attr-defined]
    relaxing = [pair for one in materials for pair in ((one.tau_s, one.relaxation_s), (one.tau_Q, one.relaxation_Q))]
    tau = reduce(jnp.maximum, (tau / relaxation_rates(tensor)[0] for tau, tensor in relaxing))
    duration = tau * IMPLICIT_DURATION if times is None else times[-1]
    rates = abs(jnp.asarray(natural.omega)) + 1 / natural.device.nonmagnet.tau_s + 1 / natural.device.nonmagnet.tau_Q

    controller: Any = diffrax.PIDController(rtol=tolerance, atol=tolerance, norm=optx.max_norm)
    if times is not None:
        controller = stepping(tolerance, times, _ACCUMULATED, norm=optx.max_norm)

    def velocity(t: Scalar, y: States, args: tuple[Any, System]) -> States:
        scale, system = args
        return system.rate(y * scale) / scale

    def at_contacts(t: Scalar, y: States, args: tuple[Any, System]) -> Real[Array, "contacts 2 3"]:
        return args[1].means(y)

    def solve(system: System, start: States, peak: Scalar, rate: Scalar) -> Real[Array, "times contacts 2 3"]:
        """One field's integration: u and T at the contacts, at the times or, with None, at the end; NaN if it failed."""
        scale = jnp.where(peak > 0, peak, 1.0)
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(velocity),
            diffrax.Kvaerno5(root_finder=ChainRootFinder()),
            t0=0.0,
            t1=jax.lax.stop_gradient(duration),
            dt0=jax.lax.stop_gradient(0.01 / rate),
            y0=start / scale,
            args=(scale, system),
            saveat=diffrax.SaveAt(t1=True) if times is None else diffrax.SaveAt(ts=times, fn=at_contacts),
            stepsize_controller=controller,
            adjoint=adjoint,
            max_steps=MAX_STEPS,
            throw=False,
        )
        failed = solution.result != diffrax.RESULTS.successful
        found = solution.ys if times is not None else jax.vmap(system.means)(solution.ys)
        return jnp.where(failed, jnp.nan, found * scale)

    found = jax.vmap(solve, in_axes=(0, 1, 0, 0))(systems, start, peak, rates)
    return found[:, :, 0] if found.shape[2] == 1 else found
