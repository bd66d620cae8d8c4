"""The average over a distribution of stray fields: all local fields share one voltage, which the bias fixes from their mean state."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..numerics.checks import is_concrete
from ..numerics.types import AnyArray, Array, Real, Scalar
from ..numerics.vectors import array_module, full_precision
from ..physics import Contact, Device, NaturalUnits
from .bias import closed_by_bias, sources_of
from .methods import AbstractMethod

#: Where the quadrature stops: its stated error, of the peak; and how much is added to what theory expects of it.
TOLERANCE = 1e-7
_SAFETY = 10.0
#: Local fields that are solved at once, and the most that a numerical solution takes.
_BATCH, _MOST_NUMERICAL = 20_000, 200_000

Solver = Callable[[NaturalUnits], AnyArray]


class Average(NamedTuple):
    """A state averaged over stray fields.

    Attributes:
        y: u and T in volts, [points, 2, 3] or [points, contacts, 2, 3].
        error: the quadrature's error, relative to the peak, estimated from the next coarser rule; zero for samples.
        level: the size of the rule.
    """

    y: AnyArray
    error: float
    level: int


def average(
    natural: NaturalUnits,
    method: AbstractMethod,
    level: int | None = None,
    degree: int | None = None,
    *,
    plain: bool = False,
    **options: Any,
) -> Average:
    """Steady state in a distribution of stray fields.

    The contact is one equipotential: its voltage closes with the mean over the local fields (docs/derivations.md,
    section 9). Rules of growing size until the stated error is below TOLERANCE; with traced numbers the second rule is taken.

    Arguments:
        natural: device and fields in natural units.
        method: how every local field is solved, one that covers the device.
        level: the size of the rule, as an average of plain numbers has found it; None to find it.
        degree: of what is averaged, in the direction of the local field; None to take the device's.
        plain: whether an exact method solves local fields on plain numbers, without compiling.
        options: of a numerical method.

    Raises:
        ValueError: a distribution that the magnetisation leaves undefined; more local fields than a numerical
            method can be asked for.
    """
    assert natural.stray is not None
    natural.stray.check(natural.rest)
    if degree is None and is_of_second_degree(natural.device):
        degree = 2
    if degree is not None:
        natural = dataclasses.replace(natural, stray=natural.stray.of_degree(degree))
    assert natural.stray is not None
    levels, known = natural.stray.levels, is_concrete(*jax.tree.leaves(natural))
    found = Average(np.zeros(0), np.inf, 0)
    if level is not None:
        levels = (level,)
    for level in levels if known else levels[:1] if len(levels) == 1 else levels[1:2]:
        fine, coarse = _closed_by_means(natural, method, level, plain, options)
        if not known:
            return Average(fine, np.nan, level)
        peak = float(np.max(np.abs(fine))) or 1.0
        difference = float(np.max(np.abs(np.asarray(fine) - np.asarray(coarse)))) / peak
        # Twice the nodes square the error of a trapezoidal rule on an analytic function: that of the coarse rule gives the fine one's.
        found = Average(fine, min(difference, _SAFETY * difference**2), level)
        if not found.error > TOLERANCE:
            break
    return found


def is_of_second_degree(device: Device) -> bool:
    """Whether the state at a given voltage is of second degree in the direction of the local field, as b bᵀ and b× are: not where
    back-flow, relaxation or precession have axes of their own.
    """
    junctions = [contact.junction for contact in device.contacts]
    isotropic_sinks = all(is_concrete(one.eta_mix) and np.all(np.asarray(one.eta_mix) == 1) and one.G_i is None for one in junctions)
    return bool(isotropic_sinks and device.nonmagnet.is_isotropic and np.ndim(device.nonmagnet.g) == 0)


def _closed_by_means(
    natural: NaturalUnits, method: AbstractMethod, level: int, plain: bool, options: dict[str, Any]
) -> tuple[AnyArray, AnyArray]:
    """States by the rule of a size and by the next coarser one."""
    contacts = natural.device.contacts
    sources = tuple(sources_of(contacts))
    thermal = [contact.drive.Delta_T_0 for contact in contacts]
    if is_concrete(*thermal) and not any(np.any(np.asarray(one)) for one in thermal):
        sources = sources[:-1]
    width = natural.narrowest
    if method.is_exact and not plain:
        means = _compiled(natural, sources, width, method=method, level=level)
    else:
        solver = method.solve if plain else partial(method.steady_state, **options)
        means = _numerical(natural, sources, width, solver, level)
    fine, coarse = (_biased(natural, rule) for rule in means)
    return fine, coarse


@partial(jax.jit, static_argnames=("method", "level"))
@full_precision
def _compiled(
    natural: NaturalUnits, sources: Any, width: Scalar, *, method: AbstractMethod, level: int
) -> Real[Array, "2 drives points *#contacts 2 3"]:
    points = natural.omega.shape[0]

    def at(index: Real[Array, ""]) -> Array:
        local, weights = _local(natural, index, width, level)
        states = jnp.stack([method.solve(local.with_contacts(*_turned(source, local))) for source in sources])
        return jnp.einsum("wn,dn...->wd...", weights, states)

    size = min(max(1, _BATCH // _count(natural, level)), points)
    even = max(divisor for divisor in range(1, size + 1) if points % divisor == 0)
    if 2 * even >= size:  # what is left over of a batch is a program of its own to compile
        size = even
    return jnp.moveaxis(jax.lax.map(at, jnp.arange(points), batch_size=size), 0, 2)


def _numerical(natural: NaturalUnits, sources: Any, width: Scalar, solver: Solver, level: int) -> AnyArray:
    points, count = natural.omega.shape[0], _count(natural, level)
    if points * count > _MOST_NUMERICAL:
        raise ValueError(
            f"field.stray: {points} fields with {count} local ones each are too many for a numerical solution: "
            "use the method 'closed' or 'linear', fewer fields, or samples"
        )
    found = []
    for index in range(points):
        local, weights = _local(natural, index, width, level)
        states = np.stack([np.asarray(solver(local.with_contacts(*_turned(source, local)))) for source in sources])
        found.append(np.einsum("wn,dn...->wd...", weights, states))
    return np.stack(found, 2)


def _local(natural: NaturalUnits, index: Any, width: Scalar, level: int) -> tuple[NaturalUnits, AnyArray]:
    """The device in the local fields of one point, and their weights by both rules, [2, nodes]."""
    assert natural.stray is not None
    xp = array_module(natural, index)

    def here(vector: AnyArray) -> AnyArray:
        return vector if vector.ndim == 1 else vector[index]

    nodes = natural.stray.nodes(natural.total[index], natural.rest, width, level)
    local = natural.at(nodes.fields, [here(contact.magnetisation) for contact in natural.device.contacts])
    return local, xp.stack([nodes.weights, nodes.coarse])


def _count(natural: NaturalUnits, level: int) -> int:
    stray = natural.stray
    assert stray is not None
    shape = jax.eval_shape(lambda mean, m: stray.nodes(mean, m, 1.0, level).weights, np.zeros(3), np.array([1.0, 0.0, 0.0])).shape
    return int(shape[0])


def _turned(source: tuple[Contact, ...], local: NaturalUnits) -> list[Contact]:
    """Contacts under other biases, with the magnetisations that they have in one field."""
    return [contact.turned(here.magnetisation) for contact, here in zip(source, local.device.contacts, strict=True)]


def _biased(natural: NaturalUnits, means: AnyArray) -> AnyArray:
    """The mean state under the biases, from those of each source, [sources, points, ..., 2, 3]."""
    count = len(natural.device.contacts)
    per_volt = [means[k] for k in range(count)]
    return closed_by_bias(natural.device.contacts, per_volt, means[count] if means.shape[0] > count else 0 * means[0])
