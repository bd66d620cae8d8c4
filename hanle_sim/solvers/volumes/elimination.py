"""Block elimination for the equations of a mesh."""

from types import ModuleType
from typing import Any, NamedTuple

import jax
import numpy as np

from ...numerics.small_systems import solve as eliminate
from ...numerics.types import AnyArray, Real
from ...numerics.vectors import array_module, full_precision
from .mesh import Blocks, Mesh


class Beyond(NamedTuple):
    """The part of the mesh beyond a node: the current into it is Y y + J, with J None where nothing is injected there."""

    Y: Real[AnyArray, "*points n n"]
    J: Real[AnyArray, "*points n k"] | None


class Steps(NamedTuple):
    """How the states follow from one another, y′ = gain y − offset, outermost first, [cells, points, ...]."""

    gain: Any
    offset: Any


def solve(mesh: Mesh, shunt: Blocks, source: Real[AnyArray, "given *points n k"], *, first: int, last: int) -> AnyArray:
    """The states that the sources keep up, (currents along the mesh) + shunt y = source, at the nodes `first` to `last`.

    Block elimination from both ends towards `first`. Each step passes on the admittance Y of the part beyond, not a
    Schur complement of large numbers: with F = near y − far y′ across a cell, and F = Y′ y′ + J′ beyond it,

        y′ = M⁻¹ (near y − J′),      Y = Y′ M⁻¹ near,      J = far M⁻¹ J′,      M = Y′ + far

    in which nothing cancels, however much thinner than λ a film is (docs/derivations.md, section 10.2).

    Arguments:
        mesh: the mesh; its own shunt is not used.
        shunt: all that leaves a node other than along the mesh, per y, [nodes, points, n, n].
        source: what is injected at the nodes `first` to `last`, the only ones where something is, [last − first + 1, points, n, k].
        first, last: the nodes.

    Returns:
        y at the nodes `first` to `last`, [last − first + 1, points, n, k].
    """
    xp = array_module(mesh, shunt, source)
    outer, _ = _sweep(xp, mesh, shunt, None, None, mesh.x.shape[0] - 1, last)
    right, steps = _sweep(xp, mesh, shunt, source, outer, last, first)
    left, _ = _sweep(xp, mesh, shunt, None, None, 0, first)
    y = _root(xp, shunt[first], source[0], left, right)
    return y[None] if steps is None else xp.concatenate([y[None], _back(xp, steps, y)])


def solve_everywhere(mesh: Mesh, shunt: Blocks, source: Real[AnyArray, "nodes *points n k"], *, root: int) -> AnyArray:
    """The same with sources in every node, at every node: [nodes, points, n, k]. The node `root` is solved for first."""
    xp = array_module(mesh, shunt, source)
    end = mesh.x.shape[0] - 1
    right, rightward = _sweep(xp, mesh, shunt, source[root:], None, end, root)
    left, leftward = _sweep(xp, mesh, shunt, source[: root + 1], None, 0, root)
    y = _root(xp, shunt[root], source[root], left, right)
    parts = [y[None]]
    if leftward is not None:
        parts.insert(0, _back(xp, leftward, y)[::-1])
    if rightward is not None:
        parts.append(_back(xp, rightward, y))
    return xp.concatenate(parts)


def _root(xp: ModuleType, shunt: AnyArray, source: AnyArray, left: Beyond | None, right: Beyond | None) -> AnyArray:
    for beyond in (left, right):
        if beyond is not None:
            shunt = shunt + beyond.Y
            source = source if beyond.J is None else source - beyond.J
    return xp.linalg.solve(shunt, source)


@full_precision
def _sweep(
    xp: ModuleType, mesh: Mesh, shunt: Blocks, source: AnyArray | None, beyond: Beyond | None, start: int, stop: int
) -> tuple[Beyond | None, Steps | None]:
    """Eliminate the nodes from `start` to the one before `stop`; `beyond` is the part of the mesh beyond `start`.

    `source` runs over the nodes from the lower to the higher of the two; with None nothing is injected, and no steps are kept.
    """
    if start == stop:
        return beyond, None
    if start > stop:  # from the right: the far node of cell i is i + 1
        cells, nodes, turned = slice(stop, start), slice(stop + 1, start + 1), slice(None, None, -1)
        near, far = mesh.forward[cells], mesh.backward[cells]
        injected = None if source is None else source[1:]
    else:
        cells, nodes, turned = slice(start, stop), slice(start, stop), slice(None)
        near, far = mesh.backward[cells], mesh.forward[cells]
        injected = None if source is None else source[:-1]
    rows = (near[turned], far[turned], shunt[nodes][turned], None if injected is None else injected[turned])
    if beyond is None:
        beyond = Beyond(xp.zeros_like(rows[0][0]), None)
    if injected is not None and beyond.J is None:
        beyond = Beyond(beyond.Y, xp.zeros_like(injected[0]))

    def step(beyond: Beyond, row: tuple[Any, ...]) -> tuple[Beyond, Steps | None]:
        near, far, shunt, source = row
        Y = beyond.Y + shunt
        n = Y.shape[-1]
        if source is None:
            return Beyond(Y @ eliminate(Y + far, near), None), None
        solved = eliminate(Y + far, xp.concatenate([near, beyond.J - source], -1))
        gain, offset = solved[..., :n], solved[..., n:]
        return Beyond(Y @ gain, far @ offset), Steps(gain, offset)

    if xp is not np:
        found, steps = jax.lax.scan(step, beyond, rows)
        return found, steps
    kept = []
    for i in range(near.shape[0]):
        beyond, one = step(beyond, tuple(None if row is None else row[i] for row in rows))
        kept.append(one)
    return beyond, None if injected is None else Steps(*(np.stack([getattr(one, name) for one in kept]) for name in Steps._fields))


@full_precision
def _back(xp: ModuleType, steps: Steps, y: AnyArray) -> AnyArray:
    """States beyond the node with the state y, in order of distance, [cells, points, n, k]."""

    def step(y: AnyArray, one: Steps) -> tuple[AnyArray, AnyArray]:
        y = one.gain @ y - one.offset
        return y, y

    turned = Steps(steps.gain[::-1], steps.offset[::-1])
    if xp is not np:
        return jax.lax.scan(step, y, turned)[1]
    found = []
    for gain, offset in zip(*turned, strict=True):
        y, _ = step(y, Steps(gain, offset))
        found.append(y)
    return np.stack(found)
