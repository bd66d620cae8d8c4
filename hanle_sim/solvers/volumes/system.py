"""The finite volumes of an extended nonmagnet as differential equations in time, and their implicit steps."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from ...numerics.types import AnyArray, Array, Real, Scalar
from ...numerics.vectors import full_precision
from ...physics import Contact, NaturalUnits
from ..affine import AffineRootFinder
from .contacts import contacts_of, driven, loaded, local, mean
from .elimination import solve_everywhere
from .mesh import Mesh, build_mesh

States = Real[AnyArray, "nodes 2 3"]


class Attached(eqx.Module):
    """A contact on a mesh: at one node, or with a share of many.

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
        mesh: the finite volumes, [nodes, ...].
        contacts: the contacts on it.
    """

    mesh: Mesh
    contacts: tuple[Attached, ...]

    def rate(self, y: States) -> States:
        """dy/dt, the conservation of every volume; the tunnel currents are the junction's own."""
        mesh = self.mesh
        flat = y.reshape(-1, 6)
        along = _apply(mesh.forward, flat[:-1]) - _apply(mesh.backward, flat[1:])
        none = jnp.zeros_like(along[:1])
        gained = jnp.concatenate([none, along]) - jnp.concatenate([along, none]) - _apply(mesh.shunt, flat)
        for attached in self.contacts:
            gained = gained + self._injected(attached, y)
        return (gained / mesh.capacity).reshape(y.shape)

    def _injected(self, attached: Attached, y: States) -> Real[Array, "nodes 6"]:
        node, contact = attached.node, attached.contact
        V = contact.voltage(self.mean(attached, y))[None]
        contact = contact.turned(contact.magnetisation[None, :])
        if node is None:
            return self.mesh.covered[0][:, None] * contact.currents(y, V).reshape(-1, 6)
        return jnp.zeros_like(self.mesh.capacity).at[node].add(contact.currents(y[node : node + 1], V).reshape(6))

    def mean(self, attached: Attached, y: States) -> Real[Array, "2 3"]:
        """u and T at a contact, the mean over it."""
        return mean(self.mesh.covered[0], y) if attached.node is None else y[attached.node]

    def means(self, y: States) -> Real[Array, "contacts 2 3"]:
        """u and T at every contact."""
        return jnp.stack([self.mean(attached, y) for attached in self.contacts])

    def implicit(self, step: Scalar, rest: States) -> States:
        """(1 − step ∂f/∂y)⁻¹ rest, by elimination along the mesh; the voltage of a covering contact, which all its nodes share,
        by superposition.
        """
        mesh = self.mesh
        loss = mesh.shunt
        for attached in self.contacts:
            if attached.node is None:
                loss = loss - mesh.covered[0][:, None, None] * attached.back_flow[None]
            else:
                loss = loss.at[attached.node].add(-attached.back_flow)
        shunt = mesh.capacity[:, :, None] * jnp.eye(6)[None] + step * loss
        scaled = eqx.tree_at(lambda c: (c.forward, c.backward), mesh, (step * mesh.forward, step * mesh.backward))
        source = (mesh.capacity * rest.reshape(-1, 6))[..., None]
        first = self.contacts[0]
        if first.node is not None:
            return solve_everywhere(scaled, shunt, source, root=first.node).reshape(rest.shape)
        per_volt = step * (mesh.covered[0][:, None] * first.per_volt[None, :])[..., None]
        middle = mesh.x.shape[0] // 2  # where no boundary is far
        y = solve_everywhere(scaled, shunt, jnp.concatenate([source, per_volt], -1), root=middle)
        alone, with_volt = y[..., 0].reshape(rest.shape), y[..., 1].reshape(rest.shape)
        by = [first.contact.undriven.voltage(self.mean(first, state)) for state in (alone, with_volt)]
        return alone + by[0] / (1 - by[1]) * with_volt


@full_precision
def _apply(blocks: AnyArray, states: AnyArray) -> AnyArray:
    return (blocks @ states[..., None])[..., 0]


class ChainRootFinder(AffineRootFinder):
    """One Newton step for a stage of an implicit Runge-Kutta method, (1 − γΔt ∂f/∂y) k = …, by elimination along the mesh.

    The step γΔt is read off the equation's derivative along one direction; the rest is the `System` among its arguments.
    """

    def step(self, fn: Any, y: Any, args: Any, options: Any, state: Array, tags: Any) -> tuple[Any, Array, Any]:
        system = next(one for one in jax.tree.leaves(args, is_leaf=lambda one: isinstance(one, System)) if isinstance(one, System))
        rest, aux = fn(y, args)
        # Alternating signs: the direction that an integration's stiffest part takes.
        probe = y * 0 + jnp.where(jnp.arange(y.shape[0]) % 2 == 0, 1.0, -1.0)[:, None, None]
        turned = jax.jvp(lambda y: fn(y, args)[0], (y,), (probe,))[1]
        moved = jax.jvp(system.rate, (y,), (probe,))[1]
        # Large numbers squared might overflow single precision.
        size = jnp.max(jnp.abs(moved))
        step = jnp.sum((probe - turned) / size * (moved / size)) / jnp.sum((moved / size) ** 2)
        return y - system.implicit(step, rest), jnp.array(True), aux


def _systems(natural: NaturalUnits, cells: int) -> System:
    """The equations of every field, their leaves with the points in front."""
    mesh = build_mesh(natural, cells)
    device = loaded(natural, mesh)
    points = mesh.x.shape[1]

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
    return System(jax.tree.map(lambda leaf: jnp.moveaxis(leaf, 1, 0), mesh), tuple(attached))
