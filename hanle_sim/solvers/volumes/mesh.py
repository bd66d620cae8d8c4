"""The mesh of an extended nonmagnet: finite volumes along its line, with the coefficients of their equations.

Vertex-centred: nodes x_i carry y = (u, T), cells between them carry currents, and half of every cell belongs to each of its nodes:

    F = g (y_i − y_{i+1}) + a (y_i + y_{i+1})/2,      g = [[1/2ρ, S_N/2ρ], [S_N T_0/2ρ, 1/2ρ_Q]]/h,      a = v/(2ρD), v/(2ρ_Q D)
    C_i (dy_i/dt + Γ y_i/τ − ω × y_i) = F_{i−1/2} − F_{i+1/2} + injected,      C_i = Σ (h/2) (1/(2ρD), 1/(2ρ_Q D))

Every stretch of the mesh is the image of equal steps under a smooth map, so that errors are a series in h².
See docs/derivations.md, section 10.
"""

from types import ModuleType
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np

from ...numerics.types import AnyArray, Numbers, Real
from ...numerics.vectors import array_module, cross_matrix
from ...physics import NaturalUnits
from ...physics.bloch import relaxation_rates
from ...physics.nonmagnets.geometry import Geometry1D, Segment

#: Length of mesh for a semi-infinite stretch, in decay lengths: the reflection at its end returns as e^(−2·20).
REACH = 20.0
#: Where the mesh begins to widen, in units of the shortest decay length.
START = 0.7
#: How many times more cells lie between two contacts.
BETWEEN = 4
# Distinct depths at which the scales of a graded segment are looked up.
_SAMPLES = 257

Blocks = Real[AnyArray, "nodes *points n n"]


class Mesh(eqx.Module):
    """Finite volumes and their coefficients at every field; an absorbing end is no node.

    Attributes:
        x: positions of the nodes [m], [nodes, points].
        forward, backward: the current of every cell, towards larger x, is F = forward y_i − backward y_{i+1}, [cells, points, n, n].
        shunt: what a node loses by relaxation, precession and at an end, per y, [nodes, points, n, n].
        capacity: C of every unknown, [nodes, points, n].
        covered: the share of every contact that covers a segment in every node [m], one array [nodes, points] a contact.
        boundaries: the node at every boundary of the line's segments; −1 for an absorbing end.
    """

    x: Real[AnyArray, "nodes *points"]
    forward: Real[AnyArray, "cells *points n n"]
    backward: Real[AnyArray, "cells *points n n"]
    shunt: Blocks
    capacity: Real[AnyArray, "nodes *points n"]
    covered: dict[int, Real[AnyArray, "nodes *points"]]
    boundaries: tuple[int, ...] = eqx.field(static=True)


class _Bulk(NamedTuple):
    """Coefficients of a segment, each a number or an array [samples, points]."""

    rho: Numbers
    rho_Q: Numbers
    D: Numbers
    tau_s: Numbers
    tau_Q: Numbers
    S_N: Numbers


def build_mesh(natural: NaturalUnits, cells: int, meshed_for: NaturalUnits | None = None) -> Mesh:
    """The mesh with `cells` cells in every stretch: a segment, or half of one with a layer at both of its ends.

    `meshed_for`: the device and fields whose mesh it takes; None for its own.
    """
    meshed_for = natural if meshed_for is None else meshed_for
    xp = array_module(natural)
    line: Geometry1D = natural.device.nonmagnet.geometry()  # type: ignore[attr-defined]
    stretches = [(number, *piece) for number in range(len(line.segments)) for piece in _stretches(xp, meshed_for, line, number, cells)]
    direction = natural.direction
    turn = cross_matrix(natural.omega[:, None] * (direction[None, :] if direction.ndim == 1 else direction))
    parts: list[tuple[AnyArray, ...]] = []
    boundaries = [0]
    covered: dict[int, list[AnyArray]] = {k: [] for k, point in enumerate(line.points) if point is None}
    start: Any = 0.0
    for index, (number, h) in enumerate(stretches):
        segment = line.segments[number]
        x = start + xp.concatenate([h[:1] * 0, xp.cumsum(h, 0)])
        parts.append((x, *_stretch(xp, segment, h, x if hasattr(segment, "coefficients_at") else None, turn)))
        for k, shares in covered.items():
            shares.append(_shares(xp, h) if segment.contact == k else xp.zeros_like(x))
        start = x[-1:]
        if index + 1 == len(stretches) or stretches[index + 1][0] != number:
            boundaries.append(sum(widths.shape[0] for _, widths in stretches[: index + 1]))
    x = xp.concatenate([parts[0][0]] + [part[0][1:] for part in parts[1:]])
    forward, backward = (xp.concatenate([part[k] for part in parts]) for k in (1, 2))
    shunt, capacity = (_joined(xp, [part[k] for part in parts]) for k in (3, 4))
    mesh = Mesh(x, forward, backward, shunt, capacity, {k: _joined(xp, shares) for k, shares in covered.items()}, tuple(boundaries))
    return _with_ends(xp, mesh, line)


def _with_ends(xp: ModuleType, mesh: Mesh, line: Geometry1D) -> Mesh:
    """Loads at the two ends, and absorbing ends taken off."""
    first, last, none = xp.zeros_like(mesh.forward[0]), xp.zeros_like(mesh.forward[-1]), xp.zeros_like(mesh.shunt[1:-1])
    keep = slice(1 if line.left == "absorbing" else 0, -1 if line.right == "absorbing" else None)
    if line.left == "infinite":
        # Drift carries spins out of the end; diffusion beyond it is negligible, and no layer forms before it.
        first = xp.maximum(mesh.backward[0] - mesh.forward[0], 0.0)
    if line.right == "infinite":
        last = xp.maximum(mesh.forward[-1] - mesh.backward[-1], 0.0)
    shunt = mesh.shunt + xp.concatenate([first[None], none, last[None]])
    if line.left == "absorbing":
        shunt = xp.concatenate([shunt[:1], shunt[1:2] + mesh.backward[:1], shunt[2:]])
    if line.right == "absorbing":
        shunt = xp.concatenate([shunt[:-2], shunt[-2:-1] + mesh.forward[-1:], shunt[-1:]])
    nodes, off = mesh.x.shape[0], 1 if line.left == "absorbing" else 0
    kept = nodes - off - (1 if line.right == "absorbing" else 0)
    boundaries = tuple(b - off if 0 <= b - off < kept else -1 for b in mesh.boundaries)
    covered = {k: shares[keep] for k, shares in mesh.covered.items()}
    return Mesh(mesh.x[keep], mesh.forward[keep], mesh.backward[keep], shunt[keep], mesh.capacity[keep], covered, boundaries)


# The mesh.


def _stretches(xp: ModuleType, natural: NaturalUnits, line: Geometry1D, number: int, cells: int) -> list[tuple[AnyArray]]:
    """Widths of the cells [cells, points] of the one or two stretches of a segment."""
    segment = line.segments[number]
    shortest, longest = _scales(xp, natural, segment)
    last = len(line.segments) - 1
    # Layers form where something is injected and where the material changes, not at an end.
    left, right = number > 0 or 0 in line.points, number < last or last + 1 in line.points
    length = REACH * longest if segment.length is None else segment.length + 0 * shortest
    if segment.length is not None and left != right and number in (0, last):
        length = xp.minimum(length, REACH * longest)  # a layer dies out long before a distant end
    if left and right:
        # Between an injector and a detector the mesh must resolve the whole way, however little arrives.
        if number in line.points and number + 1 in line.points:
            cells *= BETWEEN
        half = _widening(xp, length / 2, START * shortest, cells)
        return [(half,), (half[::-1],)]
    widths = _widening(xp, length, START * shortest, cells)
    return [(widths if left or not right else widths[::-1],)]


def _widening(xp: ModuleType, length: Real[AnyArray, " points"], start: Real[AnyArray, " points"], cells: int) -> AnyArray:
    """Cells under x(s) = x_0 (e^(βs) − 1), s = 0, 1/N, …, 1: equal ones near x = 0, in proportion to x beyond x_0."""
    beta = xp.log1p(length / start)
    s = np.arange(cells)[:, None] / cells
    return (start * xp.expm1(beta / cells))[None, :] * xp.exp(beta[None, :] * s)


def _scales(xp: ModuleType, natural: NaturalUnits, segment: Segment) -> tuple[Real[AnyArray, " points"], Real[AnyArray, " points"]]:
    """Shortest and longest decay length in a segment at every field [m], [points]; they shape the mesh alone, without derivatives."""
    material, omega = segment.material, abs(xp.asarray(natural.omega))
    if hasattr(segment, "coefficients_at"):
        bulk = segment.coefficients_at(xp.linspace(0.0, 1.0, _SAMPLES)[:, None] * segment.length)
    else:
        bulk = _bulk(segment)
    drift = segment.velocity / (2 * bulk.D)
    flow_s, flow_Q = 0.0, 0.0
    if segment.contact is not None:
        junction = natural.device.contacts[segment.contact].junction
        mixing = 1 + junction.eta_mix
        flow_s = bulk.rho * (mixing * junction.G + (0.0 if junction.G_i is None else abs(junction.G_i)))
        flow_Q = bulk.rho_Q * mixing * junction.kappa_el
    low_s, high_s = relaxation_rates(material.relaxation_s)
    low_Q, high_Q = relaxation_rates(material.relaxation_Q)
    coupling = abs(bulk.S_N) * (bulk.rho_Q / bulk.rho) ** 0.5
    fastest = xp.maximum(high_s / (bulk.D * bulk.tau_s) + flow_s, high_Q / (bulk.D * bulk.tau_Q) + flow_Q)
    slowest = xp.minimum(low_s / (bulk.D * bulk.tau_s), low_Q / (bulk.D * bulk.tau_Q))
    steep = xp.max(abs(drift) + (drift**2 + fastest) ** 0.5), xp.max(1 / xp.maximum(1 - coupling, 1e-3)) ** 0.5, xp.min(bulk.D)
    shallow = xp.min((drift**2 + slowest) ** 0.5) / (1 + xp.max(coupling)) ** 0.5
    shortest = 1 / (steep[1] * (steep[0] ** 2 + omega / steep[2]) ** 0.5)
    longest = 1 / shallow + 0 * shortest
    if xp is np:
        return shortest, longest
    return jax.lax.stop_gradient(shortest), jax.lax.stop_gradient(longest)


# One stretch.


def _bulk(segment: Segment) -> _Bulk:
    material = segment.material
    S_N = 0.0 if material.S_N is None else material.S_N
    return _Bulk(material.rho, material.rho_Q, material.D, material.tau_s, material.tau_Q, S_N)


def _stretch(xp: ModuleType, segment: Segment, h: AnyArray, x: AnyArray | None, turn: AnyArray) -> tuple[AnyArray, ...]:
    """forward and backward [cells, points, 6, 6], shunt [nodes, points, 6, 6] and capacity [nodes, points, 6] of a stretch."""
    if x is None:
        middle = left = right = _bulk(segment)
    else:
        at_nodes = segment.coefficients_at(x)  # type: ignore[attr-defined]
        middle = segment.coefficients_at((x[1:] + x[:-1]) / 2)  # type: ignore[attr-defined]
        left, right = (_Bulk(*(c[part] if getattr(c, "ndim", 0) else c for c in at_nodes)) for part in (slice(None, -1), slice(1, None)))
    spin, heat = _projector(0, 0), _projector(1, 1)
    diffusion = _times(1 / (2 * middle.rho * h), spin) + _times(1 / (2 * middle.rho_Q * h), heat)
    if segment.material.S_N is not None or x is not None:
        diffusion = diffusion + _times(middle.S_N / (2 * middle.rho * h), _projector(0, 1) + _projector(1, 0))  # T_0 = 1
    drift = _times(segment.velocity / (4 * middle.rho * middle.D) + 0 * h, spin)
    drift = drift + _times(segment.velocity / (4 * middle.rho_Q * middle.D) + 0 * h, heat)
    halves = [_half(xp, segment, h, side, turn) for side in (left, right)]
    ends = [xp.zeros_like(half[:1]) for half in halves[0]]
    shunt, capacity = (xp.concatenate([halves[0][k], ends[k]]) + xp.concatenate([ends[k], halves[1][k]]) for k in (0, 1))
    return diffusion + drift, diffusion - drift, shunt, capacity


def _half(xp: ModuleType, segment: Segment, h: AnyArray, bulk: _Bulk, turn: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Relaxation and precession of the half cells at their nodes, per y [cells, points, 6, 6], and their capacity [cells, points, 6]."""
    C_s, C_Q = h / (4 * bulk.rho * bulk.D), h / (4 * bulk.rho_Q * bulk.D)
    tensors = segment.material.relaxation_s, segment.material.relaxation_Q
    Gamma_s, Gamma_Q = ((np.eye(3) if tensor is None else tensor)[None] for tensor in tensors)
    shunt = block_diagonal(xp, _times(C_s / bulk.tau_s, Gamma_s) - _times(C_s, turn), _times(C_Q / bulk.tau_Q, Gamma_Q) - _times(C_Q, turn))
    return shunt, xp.stack([C_s] * 3 + [C_Q] * 3, -1)


def _times(numbers: AnyArray, matrices: AnyArray) -> AnyArray:
    """[cells, points] times [points or 1, 3, 3]."""
    return numbers[..., None, None] * matrices[None]


def _projector(row: int, column: int) -> np.ndarray:
    return np.kron(np.eye(2)[row][:, None] * np.eye(2)[column], np.eye(3))[None]


def block_diagonal(xp: ModuleType, upper: AnyArray, lower: AnyArray) -> AnyArray:
    """diag(upper, lower) of every node or cell, [..., n, n] and [..., m, m], m not larger than n."""
    size = lower.shape[-1]
    right, left = xp.zeros_like(upper[..., :size]), xp.zeros_like(upper[..., :size, :])
    return xp.concatenate([xp.concatenate([upper, right], -1), xp.concatenate([left, lower], -1)], -2)


def _shares(xp: ModuleType, h: AnyArray) -> AnyArray:
    return (xp.concatenate([h, h[:1] * 0]) + xp.concatenate([h[:1] * 0, h])) / 2


def _joined(xp: ModuleType, parts: list[AnyArray]) -> AnyArray:
    """Node values of stretches in a row: the node between two belongs to both."""
    joined = parts[0]
    for part in parts[1:]:
        joined = xp.concatenate([joined[:-1], joined[-1:] + part[:1], part[1:]])
    return joined
