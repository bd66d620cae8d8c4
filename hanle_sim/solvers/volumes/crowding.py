"""A contact across a thin channel whose resistance crowds the current: the charge potential is solved for too."""

from types import ModuleType
from typing import Literal

import equinox as eqx
import numpy as np

from ...numerics.types import AnyArray, Real
from ...numerics.vectors import array_module, full_precision
from ...physics import Contact, NaturalUnits
from .contacts import REST, UNIT_STATES, contacts_of, extent, local, mean
from .elimination import solve
from .mesh import Mesh, block_diagonal, build_mesh

Leaves = Literal["one", "both"]
Against = Literal["drain", "far", "mean"]


@full_precision
def crowded(
    natural: NaturalUnits, *, cells: int, leaves: Leaves, against: Against
) -> tuple[Real[AnyArray, " points"], Real[AnyArray, "points 2 3"]]:
    """`volumes.crowded` on one mesh.

    φ is a seventh unknown of every node, with the conductance 1/R_sq of the channel under the contact, the charge current as what
    is injected, and no capacity:  −φ″/R_sq = I(V − φ, u, T).  Where the current leaves it goes to ground through a conductance
    that shifts φ as a whole and with it V, hence nothing that is measured (docs/derivations.md, section 10.3).
    """
    xp = array_module(natural)
    mesh = build_mesh(natural, cells)
    first, last = extent(natural, mesh)
    contact, share = contacts_of(natural)[0], mesh.covered[0]
    per_state, source = _currents(xp, contact)
    mesh, shunt = _with_potential(xp, natural, mesh, first, last, leaves)
    shunt = shunt - share[..., None, None] * per_state[None]
    inside = share[first : last + 1]
    y = solve(mesh, shunt, inside[..., None, None] * source[None], first=first, last=last)
    over_contact = mean(inside, y)
    # For the bias, per volt and for the rest: the mean current, and the potential against which V is measured.
    current = (per_state[:, 6:] @ over_contact + source[:, 6:])[:, 0]
    edges = {"drain": y[-1, :, 6], "far": y[0, :, 6], "mean": over_contact[:, 6]}
    measured = xp.stack([1.0 - edges[against][:, 0], -edges[against][:, 1]], -1)
    if contact.drive.feeds_back:  # the current is given
        V = (contact.charge_current(REST[0]) - current[:, 1]) / current[:, 0]
    else:
        V = (contact.open_voltage - measured[:, 1]) / measured[:, 0]
    state = V[:, None] * over_contact[:, :6, 0] + over_contact[:, :6, 1]
    return V * measured[:, 0] + measured[:, 1], state.reshape(-1, 2, 3)


def _currents(xp: ModuleType, contact: Contact) -> tuple[AnyArray, AnyArray]:
    """I_s, I_Qs and I into a node under the contact's potential V: per (u, T, φ), [1 or points, 7, 7]; per volt and by ΔT_0, [·, 7, 2]."""
    back_flow, per_volt, by_heat = local(xp, contact)
    one_volt = contact.at_one_volt

    def charge(contact: Contact, y: np.ndarray) -> AnyArray:
        return contact.turned(contact.magnetisation[:, None, :]).charge_current(y)[:, None, :]

    per_volt = xp.concatenate([per_volt, charge(one_volt, REST)], -2)
    by_heat = xp.concatenate([by_heat, charge(contact.thermal, REST)], -2)
    back_flow = xp.concatenate([back_flow, charge(one_volt.undriven, UNIT_STATES)], -2)
    return xp.concatenate([back_flow, -per_volt], -1), xp.concatenate([per_volt, by_heat], -1)


def _with_potential(
    xp: ModuleType, natural: NaturalUnits, mesh: Mesh, first: int, last: int, leaves: Leaves
) -> tuple[Mesh, Real[AnyArray, "nodes points 7 7"]]:
    """The mesh with φ as a seventh unknown, which ends with the contact, and its shunt."""
    segment = next(s for s in natural.device.nonmagnet.geometry().segments if s.contact == 0)  # type: ignore[attr-defined]
    R_sq, x = segment.material.rho, mesh.x
    inside = np.arange(x.shape[0] - 1)
    under = ((inside >= first) & (inside < last))[:, None]
    conductance = xp.where(under, 1 / (R_sq * (x[1:] - x[:-1])), 0.0)
    node = np.arange(x.shape[0])[:, None]
    ground = 1 / (R_sq * (x[last] - x[first]))[None, :]
    drains = (node == last) | ((node == first) & (leaves == "both"))
    outside = (node < first) | (node > last)
    loss = xp.where(drains, ground, 0.0) + xp.where(outside, 1.0, 0.0)
    forward, backward = (_bordered(xp, blocks, conductance) for blocks in (mesh.forward, mesh.backward))
    return eqx.tree_at(lambda c: (c.forward, c.backward), mesh, (forward, backward)), _bordered(xp, mesh.shunt, loss)


def _bordered(xp: ModuleType, blocks: AnyArray, corner: AnyArray) -> AnyArray:
    """diag(block, corner) of every node or cell."""
    return block_diagonal(xp, blocks, xp.broadcast_to(corner, blocks.shape[:-2])[..., None, None])
