"""Method `finite_volume`: diffusion, precession and relaxation along an extended nonmagnet, on a mesh.

A solution independent of the closed forms: of a nonmagnet it uses the `geometry()` alone.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any, get_args

import jax
import numpy as np

from ...numerics.types import AnyArray, Real
from ...numerics.vectors import array_module
from ...physics import NaturalUnits
from .contacts import closed, loaded, mean
from .crowding import Against, Leaves
from .crowding import crowded as _crowded
from .elimination import solve, solve_everywhere
from .mesh import build_mesh

#: Cells in every stretch of the coarsest mesh.
CELLS = 40
# Fields solved at once on NumPy arrays: more no longer fit a processor's cache.
_BATCH = 64

Means = Real[AnyArray, "points *contacts 2 3"]


def steady_state(natural: NaturalUnits, *, cells: int = CELLS, extrapolate: bool = True, crowding: bool = False) -> Means:
    """Steady state of every field: the mean of u and T over each contact.

    NumPy arrays are solved without compiling anything; JAX arrays, traced or not, give what can be differentiated, forward and in
    reverse. The errors of a mesh are a series in 1/cells²; two terms of it are removed by solving on meshes of one, two and four
    times as many cells (Richardson).

    Arguments:
        natural: device and fields in natural units; a distribution of stray fields is left out.
        cells: cells in every stretch of the coarsest mesh.
        extrapolate: whether to remove the leading two orders of the error.
        crowding: whether the channel's resistance under a contact of finite width crowds the current, as `crowded` has it by default.

    Returns:
        u and T in volts, [points, 2, 3]; on a lateral channel [points, 2, 2, 3], the injector first.

    Raises:
        ValueError: a nonmagnet without extent; less than two cells; crowding under a contact that is a point.
    """
    require_extent(natural, cells)
    if crowding:
        return crowded(natural, cells=cells, extrapolate=extrapolate)[1]
    return extrapolations(natural, cells=cells)[2] if extrapolate else _solved(natural, cells)


def extrapolations(natural: NaturalUnits, *, cells: int = CELLS) -> tuple[Means, Means, Means]:
    """The steady state on the finest mesh of `convergence`, and with one and two orders of the error removed.

    Their differences show how well the mesh resolves the solution.
    """
    coarse, middle, fine = convergence(natural, cells=cells)
    return fine, (4 * fine - middle) / 3, _extrapolated(coarse, middle, fine)


def _extrapolated(coarse: AnyArray, middle: AnyArray, fine: AnyArray) -> AnyArray:
    return (64 * fine - 20 * middle + coarse) / 45


def convergence(natural: NaturalUnits, *, cells: int = CELLS) -> tuple[Means, Means, Means]:
    """The steady state on meshes of `cells`, twice and four times as many cells in every stretch, each as `steady_state` has it."""
    require_extent(natural, cells)
    return _solved(natural, cells), _solved(natural, 2 * cells), _solved(natural, 4 * cells)


def crowded(
    natural: NaturalUnits, *, leaves: Leaves = "one", against: Against = "drain", cells: int = CELLS, extrapolate: bool = True
) -> tuple[Real[AnyArray, " points"], Real[AnyArray, "points 2 3"]]:
    """Steady state of a contact so wide, or of so low a resistance, that the channel's own resistance crowds the current.

    The channel's potential φ is solved for too, φ″ = −R_sq I(x), and drives the junction locally with V − φ. The voltage that is
    measured, or kept constant, is that between the ferromagnet and one place of the channel. The signal is its change with the
    field: P_G (m·u)/2 + P_L S (m·T)/2 of the mean is that only `against` the mean of φ.

    Arguments:
        natural: device and fields in natural units.
        leaves: on which sides of the contact the current leaves: "one" (the right), or "both".
        against: "drain", the channel at the edge where the current leaves; "far", at the other edge, where with leaves="one" no
            current flows, as in a three-terminal measurement; "mean", the mean of φ under the contact.
        cells, extrapolate: as `steady_state`.

    Returns:
        The voltage measured, [points], and the mean of u and T over the contact, [points, 2, 3], in volts.

    Raises:
        ValueError: as `steady_state`.
    """
    require_extent(natural, cells)
    nonmagnet = natural.device.nonmagnet
    if not any(segment.contact == 0 for segment in nonmagnet.geometry().segments):  # type: ignore[attr-defined]
        kind = type(nonmagnet).__name__
        raise ValueError(f"finite_volume: the current through a {kind} nonmagnet does not crowd: leave crowding out, or take a WideContact")
    for name, value, allowed in (("leaves", leaves, get_args(Leaves)), ("against", against, get_args(Against))):
        if value not in allowed:
            raise ValueError(f"finite_volume: {name} = {value!r}: must be one of {', '.join(allowed)}")
    counts = (cells, 2 * cells, 4 * cells) if extrapolate else (cells,)
    meshes = [_batched(natural, _crowded, cells=count, leaves=leaves, against=against) for count in counts]
    if not extrapolate:
        return meshes[0]
    return _extrapolated(*(mesh[0] for mesh in meshes)), _extrapolated(*(mesh[1] for mesh in meshes))


def profile(natural: NaturalUnits, *, cells: int = CELLS) -> tuple[Real[AnyArray, "nodes points"], Real[AnyArray, "nodes points 2 3"]]:
    """Positions of the nodes of one mesh [m] and the steady state there: u and T inside the nonmagnet.

    A semi-infinite stretch is followed over 20 of its longest decay lengths. Every field has its own mesh.
    """
    require_extent(natural, cells)
    return profile_on(natural, cells, natural)


def profile_on(
    natural: NaturalUnits, cells: int, meshed_for: NaturalUnits
) -> tuple[Real[AnyArray, "nodes points"], Real[AnyArray, "nodes points 2 3"]]:
    """`profile` on the mesh of other fields or contacts."""
    mesh = build_mesh(natural, cells, meshed_for)
    device = loaded(natural, mesh)
    xp = array_module(natural, mesh)
    none = xp.zeros_like(device.shunt[..., : device.source.shape[-1]])
    source = xp.concatenate([none[: device.first], device.source, none[device.last + 1 :]])
    y = closed(natural, mesh, device, solve_everywhere(mesh, device.shunt, source, root=device.first))
    return mesh.x, y.reshape(*y.shape[:2], 2, 3)


def require_extent(natural: NaturalUnits, cells: int) -> None:
    """Raise ValueError for a nonmagnet without extent, or fewer than two cells."""
    nonmagnet = natural.device.nonmagnet
    if not nonmagnet.has_extent:
        raise ValueError(f"finite_volume: a {type(nonmagnet).__name__} nonmagnet has no extent to divide: use the method 'linear'")
    if cells < 2:
        raise ValueError(f"finite_volume: cells = {cells}: must be 2 or more")


def _solved(natural: NaturalUnits, cells: int) -> Means:
    return _batched(natural, _means, cells=cells)


def _batched(natural: NaturalUnits, solver: Callable[..., Any], **options: Any) -> Any:
    """What a solver gives for all fields: on NumPy arrays some at a time, on JAX arrays compiled."""
    if array_module(natural) is not np:
        return _compiled(natural, solver=solver, options=tuple(options.items()))
    points = np.asarray(natural.omega).shape[0]
    parts = [solver(_part(natural, slice(start, start + _BATCH)), **options) for start in range(0, points, _BATCH)]
    return jax.tree.map(lambda *arrays: np.concatenate(arrays), *parts)


@partial(jax.jit, static_argnames=("solver", "options"))
def _compiled(natural: NaturalUnits, *, solver: Callable[..., Any], options: tuple[tuple[str, Any], ...]) -> Any:
    return solver(natural, **dict(options))


def _part(natural: NaturalUnits, index: slice) -> NaturalUnits:
    """Some of the fields."""
    direction = natural.direction[index] if natural.direction.ndim == 2 else natural.direction
    contacts = [one.turned(one.magnetisation[index]) if one.magnetisation.ndim == 2 else one for one in natural.device.contacts]
    return dataclasses.replace(natural, omega=natural.omega[index], direction=direction).with_contacts(*contacts)


def _means(natural: NaturalUnits, cells: int) -> Means:
    """The steady state on one mesh."""
    mesh = build_mesh(natural, cells)
    device = loaded(natural, mesh)
    y = closed(natural, mesh, device, solve(mesh, device.shunt, device.source, first=device.first, last=device.last))
    if not device.nodes:
        share = mesh.covered[0][device.first : device.last + 1]
        return mean(share, y[..., None]).reshape(-1, 2, 3)
    if len(device.nodes) == 1:
        return y[0].reshape(-1, 2, 3)
    return array_module(natural, mesh).stack([y[0], y[-1]], 1).reshape(-1, 2, 2, 3)
