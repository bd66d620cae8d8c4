"""What a claim is: what the paper says, the numbers computed for it, its maps, and what follows from them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: Where a statement's error is looked for: relative, the levels of the contours and of the verdicts.
LEVELS = (0.01, 0.05, 0.10)
#: What can become of a claim.
VERDICTS = HOLDS, WITHIN, FAILS, UNDECIDED = "holds", "holds within limits", "fails", "undecided"
#: What becomes of a question: the same in other words.
ANSWERS = {HOLDS: "yes", WITHIN: "yes, within limits", FAILS: "no", UNDECIDED: "undecided"}
#: How fine thresholds are searched: points of a grid that closes in on them, and how often.
_POINTS, _ROUNDS = 400, 6

Numbers = Mapping[str, float | None]


@dataclass(frozen=True)
class Axis:
    """One axis of a panel.

    Attributes:
        label: what it is, with its unit, in plain text: τ_s, √L_0.
        values: its values, ascending, [n].
        log: whether it is logarithmic.
    """

    label: str
    values: np.ndarray
    log: bool = True


@dataclass(frozen=True)
class Map:
    """An error over two parameters, with contours at ±1, 5 and 10 %.

    Attributes:
        title: what the colour is.
        x, y: the two axes.
        error: relative error [y, x]; NaN where there is no such device.
        here: the device, on the two axes; None where it is not in this plane.
        lines: further lines, by label: (x, y).
        absent: why there is no device where the map is grey.
        levels: contours in per cent.
        unit: what the colour bar says.
    """

    title: str
    x: Axis
    y: Axis
    error: np.ndarray
    here: tuple[float, float] | None = None
    lines: Mapping[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    absent: str = "forbidden by the second law"
    levels: tuple[float, ...] = (-10.0, -5.0, -1.0, 1.0, 5.0, 10.0)
    unit: str = "error (%)"


@dataclass(frozen=True)
class Lines:
    """Curves over one parameter.

    Attributes:
        title, x: as of a map.
        label: of the vertical axis.
        curves: by name, their values [x].
        log: whether the vertical axis is logarithmic.
        marks: horizontal lines, by label.
    """

    title: str
    x: Axis
    label: str
    curves: Mapping[str, np.ndarray]
    log: bool = False
    marks: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """A claim of the paper, judged.

    Attributes:
        number: as the report counts them.
        id: short name, stable between versions.
        title: what is claimed, in a few words.
        quote: what the paper says.
        place: where.
        computed: what is computed here, a sentence or two.
        table: numbers by geometry; their keys end in their unit where they have one.
        numbers: numbers that belong to no geometry.
        verdict: one of VERDICTS.
        sentence: what that means for the device.
        panels: what the figure shows, a row a geometry, the device's own first; "" names a row that belongs to none.
        message: what the figure says, its title.
        caption: what to see there.
        shows: which of the own geometry's panels shows it best.
        notes: further sentences, of what the sentence has no room for and a reader must not miss.
        drawn: from what ranges its random devices are drawn, a line; "" where it has none.
        is_question: whether it is a question of the paper's, not a statement.
    """

    number: int
    id: str
    title: str
    quote: str
    place: str
    computed: str
    table: Mapping[str, Numbers]
    numbers: Numbers
    verdict: str
    sentence: str
    panels: Mapping[str, tuple[Map | Lines, ...]]
    message: str
    caption: str
    shows: int = 0
    notes: tuple[str, ...] = ()
    drawn: str = ""
    is_question: bool = False

    @property
    def word(self) -> str:
        """The verdict as a person is told it: of a question, its answer."""
        return ANSWERS[self.verdict] if self.is_question else self.verdict


def threshold(error_of: Callable[[np.ndarray], np.ndarray], low: float, high: float, level: float) -> float:
    """The smallest value between low and high at which |error| reaches a level: 0 if it has at `low`, infinity if it never does.

    Arguments:
        error_of: values [n] → errors [n]; NaN where there is none.
        low, high: where to look, positive; the search is even in the logarithm.
        level: the error's magnitude.
    """
    return _thresholds(error_of, low, high, (level,))[0]


def thresholds(error_of: Callable[[np.ndarray], np.ndarray], low: float, high: float, name: str) -> dict[str, float]:
    """`threshold` for 1, 5 and 10 %, by name."""
    found = _thresholds(error_of, low, high, LEVELS)
    return {f"{name}_at_{100 * level:.0f}_percent": value for level, value in zip(LEVELS, found, strict=True)}


def _thresholds(error_of: Callable[[np.ndarray], np.ndarray], low: float, high: float, levels: tuple[float, ...]) -> list[float]:
    """All levels at once: the brackets of all of them are narrowed together."""
    coarse, found, brackets = np.geomspace(low, high, _POINTS), [], {}
    size = np.nan_to_num(np.abs(error_of(coarse)), nan=0.0)
    for number, level in enumerate(levels):
        first = int(np.argmax(np.append(size, np.inf) >= level))
        bracket = _reached_between(error_of, coarse[:first], size[:first], level)
        found.append(0.0 if first == 0 else math.inf)
        if bracket is not None:
            brackets[number] = bracket
        elif 0 < first < _POINTS:
            brackets[number] = (float(coarse[first - 1]), float(coarse[first]))
    for _ in range(_ROUNDS if brackets else 0):
        grids = np.stack([np.geomspace(*bracket, _POINTS // len(brackets)) for bracket in brackets.values()])
        sizes = np.nan_to_num(np.abs(error_of(grids.ravel())), nan=0.0).reshape(grids.shape)
        for number, grid, size in zip(brackets, grids, sizes, strict=True):
            reached = np.flatnonzero(size[1:] >= levels[number])
            first = int(reached[0]) if reached.size else grid.size - 2
            brackets[number] = (float(grid[first]), float(grid[first + 1]))
    for number, (lower, upper) in brackets.items():
        found[number] = math.sqrt(lower * upper)
    return found


def _reached_between(
    error_of: Callable[[np.ndarray], np.ndarray], x: np.ndarray, size: np.ndarray, level: float
) -> tuple[float, float] | None:
    """Where |error|, below the level at all of some points, first reaches it between two of them: searched at every peak near it."""
    for k in range(1, x.size - 1):
        rise = size[k] - min(size[k - 1], size[k + 1])
        # A peak that is no further below the level than twice what it has come up since the points beside it.
        if size[k] >= max(size[k - 1], size[k + 1]) and level - size[k] < 2 * rise:
            fine = np.geomspace(x[k - 1], x[k + 1], _POINTS)
            reached = np.abs(error_of(fine)) >= level
            if reached.any():
                first = int(np.argmax(reached))
                return float(fine[first - 1]), float(fine[first])
    return None


def graded(error: float, limit: float) -> str:
    """The verdict on an error: it fails from 10 % on, and holds without limits below 1 % where `limit`, that of 1 %, is infinite."""
    if not math.isfinite(error):
        return UNDECIDED
    return FAILS if abs(error) >= LEVELS[-1] else HOLDS if abs(error) < LEVELS[0] and limit == math.inf else WITHIN


def plain(value: Any) -> float | None:
    """A number for JSON: None for NaN, and for an infinity, which stands for 'never'."""
    number = float(value)
    return number if math.isfinite(number) else None
