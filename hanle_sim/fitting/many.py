"""Fits of many curves that share fields and model, side by side: the compiled models, the starts, and the search."""

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
from .diagnostics import Fitted, Reason, Task, among_all, diagnosed, neighbours_of
from .lockstep import CONVERGED, RUNNING, Data, End, Frame, Lockstep, State, started
from .shapes import DeviceShape, Lorentzians, device_curve
from .solve import Parameter
from .statistics import _CORRELATED

#: Curves side by side: few fill a processor's cache, and accelerators want many. Steps before those that have ended make room, and rounds.
_TILE, _ON_ACCELERATORS, _STEPS, _ROUNDS = 64, 1024, 5, 40
#: Residuals this many times as large as the noise between neighbouring points are a minimum that another start may better.
_DOUBTFUL = 1.5
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

    return Lockstep(parts, bool(shape.factors))


def line_lockstep(shape: Lorentzians) -> Lockstep:
    """The compiled fits of one or two Lorentzians."""

    def parts(values: Any, given: Any, x: Any) -> Any:
        turn = shape.per_tesla * (x - (values[shape.count] if len(shape.names) > shape.count else 0.0))
        return 1 / (1 + (turn[None, :] * values[: shape.count, None]) ** 2)

    return Lockstep(parts, True)


def frame_of(parameters: Sequence[Parameter], x: np.ndarray, columns: np.ndarray) -> Frame:
    """What curves over fields x [T] share, of their offset and background [points, columns]."""
    low, high = np.array([one.bounds for one in parameters]).T
    sizes = np.array([one.start if one.is_logarithmic else one.scale for one in parameters])
    return Frame(x, columns.T, low, high, np.array([one.is_logarithmic for one in parameters]), sizes)


def fitted(task: Task, is_robust: bool, report: Progress) -> Fitted:
    """Fit every curve by itself; one that can't be fitted is NaN with a reason, and the others stay."""
    known, kept = task.sigma is not None, np.flatnonzero(task.reason == Reason.fitted)
    size = np.std(task.y[kept], 1, keepdims=True)
    weight = 1 / task.sigma[kept] if task.sigma is not None else np.broadcast_to(1 / size, task.y[kept].shape)
    data = Data(task.y[kept], weight, task.given[kept])
    z = task.frame.inner(task.starts[:, kept])
    state, end = _searched(task, data, z[0], partial(report, "curves"))
    for start in z[1:]:
        doubtful = np.flatnonzero(_is_doubtful(state, end, task.frame.x))
        if not doubtful.size:
            break
        part = Data(*(one[doubtful] for one in data))
        other, other_end = _searched(task, part, start[doubtful], partial(report, "further starts"))
        _put((state, end), doubtful, (other, other_end), other.cost < state.cost[doubtful])
    trust = np.ones_like(data.y)
    if is_robust:
        for _ in range(_ROBUST):
            residual = end.residual / trust
            noise = 1.0 if known else np.maximum(1.4826 * np.median(np.abs(residual), 1, keepdims=True), 1e-300)
            trust, before = (1 + (residual / noise) ** 2) ** -0.25, task.frame.values(state.z, np)
            state, end = _searched(task, data._replace(weight=weight * trust), state.z, partial(report, "weights"))
            if np.allclose(task.frame.values(state.z, np), before, rtol=_SETTLED, atol=0.0):
                break
    return among_all(task, kept, diagnosed(task, kept, state, end, weight * trust))


def _searched(task: Task, data: Data, z: np.ndarray, report: Callable[[int, int], object]) -> tuple[State, End]:
    """States and ends of curves from their starts z, a share of them on each of a processor's cores."""
    curves, is_cpu = z.shape[0], jax.default_backend() == "cpu"
    cores = max(min(os.cpu_count() or 1, -(-curves // _TILE)), 1) if is_cpu else 1
    size, done = _TILE if is_cpu else _ON_ACCELERATORS, [0] * cores
    if not curves:
        m = len(task.linear) + len(task.parameters)
        return started(z), End(data.y, np.zeros((0, len(task.linear))), np.zeros((0, m, m)))

    def advanced(*arrays: Any) -> Any:
        return task.lockstep.advance(State(*arrays[: len(State._fields)]), Data(*arrays[len(State._fields) :]), task.frame, _STEPS)

    def ended(z: Any, *arrays: Any) -> Any:
        return task.lockstep.end(z, Data(*arrays), task.frame)

    def share(number: int) -> tuple[State, End]:
        mine = slice(curves * number // cores, curves * (number + 1) // cores)
        part, state = Data(*(one[mine] for one in data)), started(z[mine])
        with double_precision():
            for _ in range(_ROUNDS):
                running = np.flatnonzero(state.status == RUNNING)
                done[number] = state.z.shape[0] - running.size
                report(sum(done), curves)
                if not running.size:
                    break
                found = in_batches(advanced, [one[running] for one in (*state, *part)], size)
                for one, new in zip(state, found, strict=True):
                    one[running] = new
            return state, in_batches(ended, [state.z, *part], size)

    with ThreadPoolExecutor(cores) as pool:
        shares = list(pool.map(share, range(cores)))
    joined: tuple[State, End] = jax.tree.map(lambda *parts: np.concatenate(parts), *shares)
    return joined


def _put(into: tuple[State, End], where: np.ndarray, found: tuple[State, End], is_better: np.ndarray) -> None:
    for one, new in zip((*into[0], *into[1]), (*found[0], *found[1]), strict=True):
        one[where[is_better]] = new[is_better]


def _is_doubtful(state: State, end: End, x: np.ndarray) -> np.ndarray:
    """Which residuals are larger than the noise that second differences of neighbours show, or alike where neighbours should not be."""
    r = end.residual[:, np.argsort(x, kind="stable")]
    noise = np.sum(np.diff(r, 2) ** 2, 1) / 6 / max(r.shape[1] - 2, 1)
    with np.errstate(invalid="ignore"):
        is_large = ~(state.cost < _DOUBTFUL * noise * r.shape[1])
    return is_large | (state.status != CONVERGED) | (neighbours_of(r) > _CORRELATED / np.sqrt(r.shape[1]))
