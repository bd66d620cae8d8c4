"""Sweeps of a field up and down in one column, and points beside them."""

from typing import NamedTuple

import numpy as np

#: Steps of a sweep that turn it, over its range; points of a sweep at least, else the fields have no direction.
_TURN = 0.1
_SHORTEST = 4.0
#: Points apart from a sweep, at most; how much longer than the steps beside it a step to them is, and than the sweep at least.
_LONE = 3
_JUMP, _APART = 10.0, 0.2
#: Points of one field, over the range of the sweep.
_ONE_FIELD = 0.02


class Sweep(NamedTuple):
    """The points of a sweep in the order of measurement, and its direction, None where the fields have none."""

    points: np.ndarray
    direction: str | None


def find_sweeps(x: np.ndarray) -> tuple[list[Sweep], np.ndarray]:
    """The sweeps up and down in a column of fields, those of one direction together, and the points that belong to none.

    Fields turn where they go back by a tenth of their range. Those that change their direction every few points are one curve without
    direction. A few points before, after or between sweeps that are far from their nearest belong to none.

    Arguments:
        x: fields, in the order of measurement, [points].

    Returns:
        The sweeps, in the order of their first points, and the numbers of the points left out.
    """
    pieces = _pieces(x)
    if len(x) / len(pieces) < _SHORTEST:
        return [Sweep(np.arange(len(x)), None)], np.arange(0)
    longest = max(map(len, pieces))
    for number, piece in enumerate(pieces[:-1]):
        if len(piece) <= _LONE + 1 < longest or np.ptp(x[piece[:-1]]) == 0:  # on the way to the start of a sweep
            pieces[number], pieces[number + 1] = piece[:-1], np.concatenate([piece[-1:], pieces[number + 1]])
    lone: list[int] = []
    found: dict[str, list[np.ndarray]] = {}
    for piece in pieces:
        whole = _without_lone(x, piece)
        lone += sorted(set(piece.tolist()) - set(whole.tolist()))
        if len(whole) > min(_LONE, longest - 1) and np.ptp(x[whole]) > 0:
            found.setdefault("up" if x[whole[-1]] > x[whole[0]] else "down", []).append(whole)
        else:
            lone += whole.tolist()
    return [Sweep(np.concatenate(parts), direction) for direction, parts in found.items()], np.unique(np.array(lone, dtype=int))


def _pieces(x: np.ndarray) -> list[np.ndarray]:
    """Points from turning point to turning point, which belongs to the piece before it; of several alike half to each."""
    threshold = _TURN * float(np.subtract(*np.percentile(x, [95, 5])))
    turns, first, extreme, direction = [], 0, 0, 0  # first and last point at the extreme
    for point in range(1, len(x)):
        step = x[point] - x[extreme]
        if direction == 0:
            direction = int(np.sign(step)) if abs(step) > threshold else 0
            first = extreme = point if direction else extreme
        elif step * direction >= 0:
            first, extreme = point if step else first, point
        elif abs(step) > threshold:
            turns.append((first + extreme) // 2)
            direction, first, extreme = -direction, point, point
    return np.split(np.arange(len(x)), [turn + 1 for turn in turns])


def _without_lone(x: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """A piece without a few points, or many of one field, at its ends that lie far from the others."""
    for _ in range(2):
        steps = np.abs(np.diff(x[piece]))
        for cut in np.flatnonzero(steps[: len(piece) // 2] > _APART**2 * np.ptp(x[piece])) + 1:
            rest, span = steps[cut:], np.ptp(x[piece[cut:]])
            is_lead = cut <= _LONE or np.ptp(x[piece[:cut]]) < _ONE_FIELD * span
            if is_lead and len(rest) >= 3 and steps[cut - 1] > max(_JUMP * np.median(rest), _JUMP * rest[0], _APART * span):
                piece = piece[cut:]
                break
        piece = piece[::-1]
    return piece
