"""Fits of many curves that share fields and model, side by side: the compiled models, the starts, and the search."""

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..model.batch import in_batches
from ..runtime import Progress, double_precision
from .diagnostics import Fitted, Reason, Task, among_all, diagnosed, in_order, neighbours_of
from .doubts import is_beyond, variance_of, with_law, with_rivals
from .law import device_margins, hangs_on
from .lockstep import CONVERGED, LINEAR, LOGARITHMIC, RUNNING, SIGNED, Data, End, Frame, Lockstep, started
from .rivals import NEARLY
from .shapes import DeviceShape, Lorentzians, device_curve
from .solve import Parameter
from .statistics import _CORRELATED

#: Curves side by side: few fill a processor's cache, and accelerators want many. Steps before those that have ended make room, and rounds.
_FEW, _MANY, _ON_ACCELERATORS, _STEPS, _ROUNDS = 8, 64, 4096, 6, 30
#: Residuals this many times as large as the noise between neighbouring points are a minimum that another start may better.
_DOUBTFUL = 1.3
#: Curves that are worth a thread.
_SHARE = 250
#: How far in ln θ further starts are from the best place so far.
_FARTHER = 1.1
#: Where the logarithm of a signed parameter turns into a line through zero, of its start.
_SIGNED = 0.1
#: How often weights by the residuals are found anew, and by which share values may still change then.
_ROBUST, _SETTLED = 30, 1e-9


def device_lockstep(shape: DeviceShape) -> Lockstep:
    """The compiled fits of a device: of a lumped one five coefficients, and one quotient of them at every field."""
    from ..model import rational
    from ..physics import NaturalUnits

    paths, free = (*shape.paths, *shape.given), len(shape.paths)
    model, curve = device_curve(shape.configuration, paths, free)
    factor = 1.0 if shape.current is None else 1 / shape.current
    is_quotient = model.is_quotient and not any(path.endswith(".eta_mix") for path in paths)

    def parts(values: Any, given: Any, x: Any) -> Any:
        centre = values[free:] if shape.has_offset else jnp.zeros(1)
        if not is_quotient:
            return factor * curve(jnp.concatenate([values[:free], centre, given]), x)[None, :]
        setup = model.built(jnp.concatenate([values[:free], given]), paths)
        unit = jnp.max(jnp.abs(x))
        numbers = rational.coefficients(NaturalUnits.of(setup.device, setup.field.along(np.zeros(1))), unit)
        return factor * rational.value(numbers, ((x - centre[0]) / unit) ** 2)[None, :]

    def margins(values: Any, given: Any) -> Any:
        return device_margins(shape.configuration, dict(zip(paths, jnp.concatenate([values[:free], given]), strict=True)))

    lockstep = Lockstep(parts, bool(shape.factors), _MANY if is_quotient else _FEW, not is_quotient)
    lockstep.margins = jax.jit(jax.vmap(margins)) if hangs_on(shape.configuration, paths) else None
    return lockstep


def line_lockstep(shape: Lorentzians) -> Lockstep:
    """The compiled fits of one or two Lorentzians."""
    line = shape.traced()
    return Lockstep(lambda values, given, x: line(values, x)[1].T, True, _MANY, False)


def frame_of(parameters: Sequence[Parameter], x: np.ndarray, columns: np.ndarray) -> Frame:
    """What curves over fields x [T] share, of their offset and background [points, columns]."""
    kinds, sizes = [], []
    for one in parameters:
        is_signed = one.low == -one.high and math.isfinite(one.high) and one.start != 0 and not one.is_logarithmic
        kinds.append(LOGARITHMIC if one.is_logarithmic else SIGNED if is_signed else LINEAR)
        sizes.append(one.start if one.is_logarithmic else _SIGNED * abs(one.start) if is_signed else one.scale)
    frame = Frame(x, columns.T, -np.inf, np.inf, np.array(kinds), np.array(sizes))
    ends = np.array([(one.low, one.high) for one in parameters]).T
    with np.errstate(invalid="ignore"):
        low, high = (np.where(np.isfinite(end), frame.inner(end), end) for end in ends)
    return frame._replace(low=np.where((frame.kind == LOGARITHMIC) & (ends[0] <= 0), -np.inf, low), high=high)


def fitted(task: Task, is_robust: bool, report: Progress) -> Fitted:
    """Fit every curve by itself; one that can't be fitted is NaN with a reason, and the others stay."""
    known, kept = task.sigma is not None, np.flatnonzero(task.reason == Reason.fitted)
    y = task.y[kept]
    weight = 1 / task.sigma[kept] if task.sigma is not None else np.broadcast_to(1 / np.std(y, 1, keepdims=True), y.shape)
    data = Data(y, weight, task.given[kept])
    end = _searched(task, data, task.frame.inner(task.start[kept]), partial(report, "curves"))
    is_lost = is_beyond(task, kept, end.z)
    doubtful = np.flatnonzero(is_lost | _is_doubtful(end, task.frame.x)) if task.further else np.zeros(0, int)
    others, whose = End(*(one[doubtful] for one in end)), doubtful
    if doubtful.size:
        displaced = end.z[doubtful] + np.stack([_displacement(task.frame, number) for number in range(task.further)])[:, None, :]
        whose = np.tile(doubtful, task.further)
        z = np.clip(displaced, task.frame.low, task.frame.high).reshape(-1, end.z.shape[1])
        other = _searched(task, Data(*(one[whose] for one in data)), z, partial(report, "further starts"))
        squares = np.where(is_beyond(task, kept[whose], other.z), np.inf, other.squares)
        best = np.argmin(squares.reshape(task.further, -1), 0) * doubtful.size + np.arange(doubtful.size)
        # Spin and heat may change places and give the same curve, but for the second law.
        is_better = squares[best] < (end.squares + np.where(is_lost, NEARLY * variance_of(task, end), 0.0))[doubtful]
        others, whose = End(*(np.concatenate(both) for both in zip(others, other, strict=True))), np.concatenate([doubtful, whose])
        for one, new in zip(end, other, strict=True):
            one[doubtful[is_better]] = new[best[is_better]]
    trust = np.ones_like(data.y)
    if is_robust:
        for _ in range(_ROBUST):
            residual = end.residual / trust
            noise = 1.0 if known else np.maximum(1.4826 * np.median(np.abs(residual), 1, keepdims=True), 1e-300)
            trust, before = (1 + (residual / noise) ** 2) ** -0.25, task.frame.values(end.z, np)
            end = _searched(task, data._replace(weight=weight * trust), end.z, partial(report, "weights"))
            if np.allclose(task.frame.values(end.z, np), before, rtol=_SETTLED, atol=0.0):
                break
    data = data._replace(weight=weight * trust)
    if is_robust:
        others = _searched(task, Data(*(one[whose] for one in data)), others.z, partial(report, "minima"))
    found = _all_diagnosed(task, data, end)
    return among_all(task, kept, with_law(task, kept, with_rivals(task, kept, found, end, others, whose), end))


def _in_shares(function: Callable[[slice], Any], curves: int, shares: int) -> Any:
    """What a function finds of many curves, a share of them in each of some threads: trees of arrays, [curves, ...]."""
    if shares <= 1:
        return function(slice(0, curves))
    mine = [slice(curves * number // shares, curves * (number + 1) // shares) for number in range(shares)]
    with ThreadPoolExecutor(shares) as pool:
        return jax.tree.map(lambda *parts: np.concatenate(parts), *pool.map(function, mine))


def _all_diagnosed(task: Task, data: Data, end: End) -> Fitted:
    """What is found of the curves, a share of them on each of a processor's cores."""

    def share(mine: slice) -> Fitted:
        def squares_at(which: np.ndarray, z: np.ndarray) -> np.ndarray:
            return _squares_at(task, data, which + mine.start, z)

        with double_precision():
            return diagnosed(task, data.y[mine], End(*(one[mine] for one in end)), data.weight[mine], squares_at)

    curves = end.z.shape[0]
    found: Fitted = _in_shares(share, curves, min(os.cpu_count() or 1, curves // _SHARE))
    return found


def _squares_at(task: Task, data: Data, which: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Σ r² of some curves at other values, [curves]."""
    size = task.lockstep.together if jax.default_backend() == "cpu" else _ON_ACCELERATORS

    def ended(z: Any, status: Any, *arrays: Any) -> Any:
        return task.lockstep.end(z, status, Data(*arrays), task.frame)

    with double_precision():
        found = in_batches(ended, [z, np.zeros(which.size, int), *(one[which] for one in data)], size)
    return End(*found).squares


def _searched(task: Task, data: Data, z: np.ndarray, report: Callable[[int, int], object]) -> End:
    """Where curves end from their starts z, a share of them on each of a processor's cores."""
    curves, is_cpu = z.shape[0], jax.default_backend() == "cpu"
    cores = max(min(os.cpu_count() or 1, -(-curves // task.lockstep.together)), 1) if is_cpu else 1
    size, done = task.lockstep.together if is_cpu else _ON_ACCELERATORS, dict[int, int]()
    if not curves:
        m = len(task.linear)
        return End(z, np.zeros(0, int), data.y, np.zeros((0, m)), np.zeros((0, m + z.shape[1], m + z.shape[1])))

    def share(mine: slice) -> End:
        state, part = started(z[mine], task.frame.x.size if task.lockstep.bends else 0), Data(*(one[mine] for one in data))
        leaves, tree = jax.tree.flatten((state, part))

        def advanced(*arrays: Any) -> Any:
            return task.lockstep.advance(*jax.tree.unflatten(tree, arrays), task.frame, _STEPS)

        def ended(z: Any, status: Any, *arrays: Any) -> Any:
            return task.lockstep.end(z, status, Data(*arrays), task.frame)

        with double_precision():
            for _ in range(_ROUNDS):
                running = np.flatnonzero(state.status == RUNNING)
                done[mine.start] = state.status.size - running.size
                report(sum(tuple(done.values())), curves)
                if not running.size:
                    break
                found = in_batches(advanced, [one[running] for one in leaves], size)
                for one, new in zip(leaves, jax.tree.leaves(found), strict=False):
                    one[running] = new
            found = in_batches(ended, [state.place.z, state.status, *part], size)
        return End(*(np.array(one) for one in found))

    found: End = _in_shares(share, curves, cores)
    return found


def _displacement(frame: Frame, number: int) -> np.ndarray:
    """How far from the best place so far another start is, [n]: one parameter at a time, up and down, by a factor or by its size."""
    index, is_down = divmod(number, 2)
    return (-1.0) ** is_down * np.where(frame.kind == LINEAR, 1.0, _FARTHER) * (np.arange(frame.size.size) == index)


def _is_doubtful(end: End, x: np.ndarray) -> np.ndarray:
    """Which residuals are larger than the noise that second differences of neighbours show, or alike where neighbours should not be."""
    r = in_order(x, end.residual)
    bend = r[:, 2:] - 2 * r[:, 1:-1] + r[:, :-2]
    noise = np.einsum("cp,cp->c", bend, bend) / 6 / max(r.shape[1] - 2, 1)
    with np.errstate(invalid="ignore"):
        is_large = ~(end.squares < _DOUBTFUL * noise * r.shape[1])
        return is_large | (end.status != CONVERGED) | (neighbours_of(r) > _CORRELATED / np.sqrt(r.shape[1]))
