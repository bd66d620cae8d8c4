"""The finite volumes of an extended nonmagnet as differential equations in time, and their integration with diffrax."""

from functools import partial
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix as optx

from ...numerics.types import AnyArray, Array, ArrayLike, Real, Scalar
from ...physics.contact import Contact
from ...physics.dimensionless import NaturalUnits
from ..affine import AffineRootFinder
from ..bloch_integration import ADJOINTS, stepping
from .contacts import contacts_of, driven, loaded, local
from .elimination import solve_everywhere
from .mesh import Chain, build_chain
from .steady import profile_on

_MAX_STEPS = 100_000
# How accurately the way to a steady state is followed, which every Runge-Kutta step preserves exactly.
_PATH_TOLERANCE = 1e-3
# How far it is followed, in slowest relaxation times: an L-stable method damps the rest in a few long steps.
_IMPLICIT_DURATION = 1e5

# A transient's error, of its peak, in units of what its steps are allowed to err, the largest of all nodes: 40 at most as measured.
_ACCUMULATED = 100.0

States = Real[AnyArray, "nodes 2 3"]


class Attached(eqx.Module):
    """A contact on a chain: at one node, or with a share of many.

    Attributes:
        contact: the contact.
        back_flow: currents per state at a node, with the voltage closed there if the contact is one node, [6, 6].
        per_volt: currents per volt [6].
        node: the node; None for a contact that covers a segment.
    """

    contact: Contact
    back_flow: Real[AnyArray, "*points 6 6"]
    per_volt: Real[AnyArray, "*points 6"]
    node: int | None = eqx.field(static=True)


class System(eqx.Module):
    """y′ = f(y) of one field: y = (u, T) at every node, in volts, [nodes, 2, 3]; times in units of τ_s.

    Attributes:
        chain: the finite volumes, [nodes, ...].
        contacts: the contacts on it.
    """

    chain: Chain
    contacts: tuple[Attached, ...]

    def rate(self, y: States) -> States:
        """dy/dt, the conservation of every volume; the tunnel currents are the junction's own."""
        chain = self.chain
        flat = y.reshape(-1, 6)
        along = _apply(chain.forward, flat[:-1]) - _apply(chain.backward, flat[1:])
        none = jnp.zeros_like(along[:1])
        gained = jnp.concatenate([none, along]) - jnp.concatenate([along, none]) - _apply(chain.shunt, flat)
        for attached in self.contacts:
            gained = gained + self._injected(attached, y)
        return (gained / chain.capacity).reshape(y.shape)

    def _injected(self, attached: Attached, y: States) -> Real[Array, "nodes 6"]:
        node, contact = attached.node, attached.contact
        V = contact.voltage(self.mean(attached, y))[None]
        contact = contact.turned(contact.magnetisation[None, :])
        if node is None:
            return self.chain.covered[0][:, None] * contact.currents(y, V).reshape(-1, 6)
        return jnp.zeros_like(self.chain.capacity).at[node].add(contact.currents(y[node : node + 1], V).reshape(6))

    def mean(self, attached: Attached, y: States) -> Real[Array, "2 3"]:
        """u and T at a contact, the mean over it."""
        if attached.node is not None:
            return y[attached.node]
        share = self.chain.covered[0]
        return (share[:, None, None] * y).sum(0) / share.sum()

    def means(self, y: States) -> Real[Array, "contacts 2 3"]:
        """u and T at every contact."""
        return jnp.stack([self.mean(attached, y) for attached in self.contacts])

    def implicit(self, step: Scalar, rest: States) -> States:
        """(1 − step ∂f/∂y)⁻¹ rest, by elimination along the chain; the voltage of a covering contact, which all its nodes share,
        by superposition.
        """
        chain = self.chain
        loss = chain.shunt
        for attached in self.contacts:
            if attached.node is None:
                loss = loss - chain.covered[0][:, None, None] * attached.back_flow[None]
            else:
                loss = loss.at[attached.node].add(-attached.back_flow)
        shunt = chain.capacity[:, :, None] * jnp.eye(6)[None] + step * loss
        scaled = eqx.tree_at(lambda c: (c.forward, c.backward), chain, (step * chain.forward, step * chain.backward))
        source = (chain.capacity * rest.reshape(-1, 6))[..., None]
        first = self.contacts[0]
        if first.node is not None:
            return solve_everywhere(scaled, shunt, source, root=first.node).reshape(rest.shape)
        per_volt = step * (chain.covered[0][:, None] * first.per_volt[None, :])[..., None]
        y = solve_everywhere(scaled, shunt, jnp.concatenate([source, per_volt], -1), root=self.root)
        alone, with_volt = y[..., 0].reshape(rest.shape), y[..., 1].reshape(rest.shape)
        by = [first.contact.undriven.voltage(self.mean(first, state)) for state in (alone, with_volt)]
        return alone + by[0] / (1 - by[1]) * with_volt

    @property
    def root(self) -> int:
        """The node that is solved for first: in the middle, where no boundary is far."""
        return self.chain.x.shape[0] // 2


def _apply(blocks: AnyArray, states: AnyArray) -> AnyArray:
    return (blocks @ states[..., None])[..., 0]


class ChainRootFinder(AffineRootFinder):
    """One Newton step for a stage of an implicit Runge-Kutta method, (1 − γΔt ∂f/∂y) k = …, by elimination along the chain.

    The step γΔt is read off the equation's derivative along one direction; the rest is the `System` among its arguments.
    """

    def step(self, fn: Any, y: Any, args: Any, options: Any, state: Array, tags: Any) -> tuple[Any, Array, Any]:
        system = next(leaf for leaf in jax.tree.leaves(args, is_leaf=_is_system) if _is_system(leaf))
        rest, aux = fn(y, args)
        # Alternating signs: the direction that an integration's stiffest part takes.
        probe = y * 0 + jnp.where(jnp.arange(y.shape[0]) % 2 == 0, 1.0, -1.0)[:, None, None]
        turned = jax.jvp(lambda y: fn(y, args)[0], (y,), (probe,))[1]
        moved = jax.jvp(system.rate, (y,), (probe,))[1]
        # Large numbers squared might overflow single precision.
        size = jnp.max(jnp.abs(moved))
        step = jnp.sum((probe - turned) / size * (moved / size)) / jnp.sum((moved / size) ** 2)
        return y - system.implicit(step, rest), jnp.array(True), aux


def _is_system(leaf: Any) -> bool:
    return isinstance(leaf, System)


def integrate(
    system: System,
    initial: States,
    times: Real[Array, " times"] | None,
    *,
    duration: Scalar,
    first_step: Scalar,
    scale: Scalar,
    tolerance: float,
    adjoint: diffrax.AbstractAdjoint,
) -> Real[Array, "times contacts 2 3"]:
    """u and T at the contacts, at the times or, with None, at the end; NaN if the integration failed."""

    def rate(t: Scalar, y: States, args: tuple[Any, System]) -> States:
        scale, system = args
        return system.rate(y * scale) / scale

    def at_contacts(t: Scalar, y: States, args: tuple[Any, System]) -> Real[Array, "contacts 2 3"]:
        return args[1].means(y)

    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(rate),
        diffrax.Kvaerno5(root_finder=ChainRootFinder()),
        t0=0.0,
        t1=duration,
        dt0=first_step,
        y0=initial / scale,
        args=(scale, system),
        saveat=diffrax.SaveAt(t1=True) if times is None else diffrax.SaveAt(ts=times, fn=at_contacts),
        stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance, norm=optx.max_norm)
        if times is None
        else stepping(tolerance, times, _ACCUMULATED, norm=optx.max_norm),
        adjoint=adjoint,
        max_steps=_MAX_STEPS,
        throw=False,
    )
    failed = solution.result != diffrax.RESULTS.successful
    found = solution.ys if times is not None else jax.vmap(system.means)(solution.ys)
    return jnp.where(failed, jnp.nan, found * scale)


def steady_state(natural: NaturalUnits, *, cells: int, adjoint: str | diffrax.AbstractAdjoint) -> Real[Array, "points *contacts 2 3"]:
    """`finite_volume.integrate_steady_state`, checked."""
    found = _integrated(natural, None, None, cells=cells, tolerance=_PATH_TOLERANCE, adjoint=_adjoint(adjoint))
    return found[:, 0]


def transient(
    natural: NaturalUnits,
    times: Real[ArrayLike, " times"],
    initial: NaturalUnits | None,
    *,
    cells: int,
    rtol: float,
    adjoint: str | diffrax.AbstractAdjoint,
) -> Real[Array, "points times *contacts 2 3"]:
    """`finite_volume.transient`, checked."""
    return _integrated(natural, initial, jnp.asarray(times), cells=cells, tolerance=rtol, adjoint=_adjoint(adjoint))


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
    tau = jnp.maximum(*(_slowest(natural, species) for species in ("s", "Q")))
    duration = tau * _IMPLICIT_DURATION if times is None else times[-1]
    rates = abs(jnp.asarray(natural.omega)) + 1 / natural.device.nonmagnet.tau_s + 1 / natural.device.nonmagnet.tau_Q

    def solve(system: System, start: States, peak: Scalar, rate: Scalar) -> Real[Array, "times contacts 2 3"]:
        return integrate(
            system,
            start,
            times,
            duration=jax.lax.stop_gradient(duration),
            first_step=jax.lax.stop_gradient(0.01 / rate),
            scale=jnp.where(peak > 0, peak, 1.0),
            tolerance=tolerance,
            adjoint=adjoint,
        )

    found = jax.vmap(solve, in_axes=(0, 1, 0, 0))(systems, start, peak, rates)
    return found[:, :, 0] if found.shape[2] == 1 else found


def _slowest(natural: NaturalUnits, species: str) -> Scalar:
    """The slowest relaxation time by itself."""
    slowest = jnp.zeros(())
    for segment in natural.device.nonmagnet.geometry().segments:  # type: ignore[attr-defined]
        tensor = getattr(segment.material, f"relaxation_{species}")
        slow = 1.0 if tensor is None else jnp.linalg.eigvalsh(tensor)[0]
        slowest = jnp.maximum(slowest, getattr(segment.material, f"tau_{species}") / slow)
    return slowest


def _systems(natural: NaturalUnits, cells: int) -> System:
    """The equations of every field, their leaves with the points in front."""
    chain = build_chain(natural, cells)
    device = loaded(natural, chain)
    points = chain.x.shape[1]

    def each(leaf: Any, ndim: int) -> Array:
        """Every field its own copy: what doesn't depend on the batch can't be transposed through the implicit function theorem."""
        leaf = jnp.asarray(leaf)
        return jnp.broadcast_to(leaf if leaf.ndim == ndim + 1 else leaf[None], (points, *leaf.shape[leaf.ndim - ndim :]))

    attached = []
    for number, contact in enumerate(contacts_of(natural)):
        back_flow, per_volt, _ = local(jnp, contact)
        if device.nodes:
            back_flow, _ = driven(jnp, contact)
        numbers = jax.tree.map(lambda leaf: each(leaf, 0), (contact.junction, contact.drive))
        node = device.nodes[number] if device.nodes else None
        own = Contact(numbers[0], numbers[1], each(contact.magnetisation, 1))
        attached.append(Attached(own, each(back_flow, 2), each(per_volt[..., 0], 1), node))
    return System(jax.tree.map(lambda leaf: jnp.moveaxis(leaf, 1, 0), chain), tuple(attached))


def _adjoint(adjoint: str | diffrax.AbstractAdjoint) -> diffrax.AbstractAdjoint:
    if isinstance(adjoint, diffrax.AbstractAdjoint):
        return adjoint
    if adjoint not in ADJOINTS:
        raise ValueError(f"finite_volume: adjoint = {adjoint!r}: must be one of {', '.join(ADJOINTS)}, or a diffrax adjoint")
    return ADJOINTS[adjoint]()
