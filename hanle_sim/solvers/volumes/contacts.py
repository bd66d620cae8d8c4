"""Contacts on a mesh of finite volumes: injection, back-flow, and the voltage that follows from the bias."""

from types import ModuleType
from typing import NamedTuple

import numpy as np

from ...numerics.types import AnyArray, Real
from ...numerics.vectors import array_module
from ...physics import Contact, NaturalUnits
from .mesh import Blocks, Mesh

#: Every component of a state alone, and none.
UNIT_STATES = np.eye(6).reshape(1, 6, 2, 3)
REST = np.zeros((1, 1, 2, 3))


class Loaded(NamedTuple):
    """A mesh with its contacts.

    Attributes:
        shunt: what leaves every node other than along the mesh, back-flow included, per y, [nodes, points, n, n].
        source: what is injected into the nodes `first` to `last`: per volt and by ΔT_0 where a voltage has to be found, else all
            together; [last − first + 1, points, n, 2 or 1].
        first, last: the first and the last node with a contact.
        nodes: the node of every contact; empty if one contact covers a segment.
    """

    shunt: Blocks
    source: Real[AnyArray, "given points n k"]
    first: int
    last: int
    nodes: tuple[int, ...]


def loaded(natural: NaturalUnits, mesh: Mesh) -> Loaded:
    """The contacts of a device on its mesh."""
    xp = array_module(natural, mesh)
    points = natural.device.nonmagnet.geometry().points  # type: ignore[attr-defined]
    contacts = contacts_of(natural)
    if points[0] is None:
        first, last = extent(natural, mesh)
        back_flow, per_volt, by_heat = local(xp, contacts[0])
        share = mesh.covered[0][..., None, None]
        source = share[first : last + 1] * xp.concatenate([per_volt, by_heat], -1)[None]
        return Loaded(mesh.shunt - share * back_flow[None], source, first, last, ())
    nodes = tuple(mesh.boundaries[point] for point in points)
    shunt, injected = mesh.shunt, []
    for contact, node in zip(contacts, nodes, strict=True):
        back_flow, source = driven(xp, contact)
        shunt = xp.concatenate([shunt[:node], shunt[node : node + 1] - back_flow[None], shunt[node + 1 :]])
        injected.append((source + xp.zeros_like(shunt[0, ..., :1]))[None])
    if len(nodes) > 1:
        injected.insert(1, xp.zeros_like(shunt[nodes[0] + 1 : nodes[-1], ..., :1]))
    return Loaded(shunt, xp.concatenate(injected), nodes[0], nodes[-1], nodes)


def extent(natural: NaturalUnits, mesh: Mesh) -> tuple[int, int]:
    """First and last node under a contact that covers a segment."""
    segments = natural.device.nonmagnet.geometry().segments  # type: ignore[attr-defined]
    number = next(k for k, segment in enumerate(segments) if segment.contact == 0)
    return mesh.boundaries[number], mesh.boundaries[number + 1]


def contacts_of(natural: NaturalUnits) -> list[Contact]:
    """The contacts, each with its magnetisation as [1 or points, 3]."""
    return [contact.turned(contact.magnetisation.reshape(-1, 3)) for contact in natural.device.contacts]


def mean(share: Real[AnyArray, "nodes *points"], y: Real[AnyArray, "nodes *points n k"]) -> Real[AnyArray, "*points n k"]:
    """Mean over a contact with these shares of its nodes."""
    return (share[..., None, None] * y).sum(0) / share.sum(0)[..., None, None]


def closed(natural: NaturalUnits, mesh: Mesh, device: Loaded, y: Real[AnyArray, "nodes points 6 k"]) -> Real[AnyArray, "nodes points 6"]:
    """The sum of the states per source, with V from the bias and the mean over the contact, which is one equipotential."""
    if device.nodes:
        return y[..., 0]
    contact, share = contacts_of(natural)[0], mesh.covered[0]
    over_contact = mean(share if y.shape[0] == share.shape[0] else share[device.first : device.last + 1], y)
    V = voltage(contact, over_contact[..., 0], over_contact[..., 1])
    return V[None, :, None] * y[..., 0] + y[..., 1]


def voltage(contact: Contact, per_volt: AnyArray, rest: AnyArray) -> Real[AnyArray, " points"]:
    """The voltage V of a contact whose mean state is per_volt V + rest, each [points, 6]."""
    given, own = (bias.voltage(y.reshape(-1, 2, 3)) for bias, y in ((contact, rest), (contact.undriven, per_volt)))
    return given / (1 - own)


def driven(xp: ModuleType, contact: Contact) -> tuple[AnyArray, AnyArray]:
    """Currents into one node, matrix y + source, with the voltage under the bias: [1 or points, 6, 6] and [1 or points, 6, 1]."""
    return currents(xp, contact.undriven, UNIT_STATES), currents(xp, contact, REST)


def local(xp: ModuleType, contact: Contact) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Currents into one node at its own state under a given voltage: per y, per volt and by ΔT_0; [1 or points, 6, 6 or 1]."""
    one_volt = contact.at_one_volt
    return currents(xp, one_volt.undriven, UNIT_STATES), currents(xp, one_volt, REST), currents(xp, contact.thermal, REST)


def currents(xp: ModuleType, contact: Contact, y: np.ndarray) -> AnyArray:
    """I_s and I_Qs as columns, one a state: [1 or points, 6, states] of y [1, states, 2, 3]."""
    found = contact.turned(contact.magnetisation[:, None, :]).currents(y)
    return found.reshape(*found.shape[:2], 6).swapaxes(-1, -2)
