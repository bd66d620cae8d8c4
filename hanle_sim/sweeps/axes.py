"""The axes of a sweep: which parameters vary, over which values, each by itself, in step, from a file, or at random."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..configuration import ConfigurationError
from ..configuration.quantities import parse_quantity, unquoted
from ..model.parameters import Parameter, chosen
from ..text import number_text, shown, toml_of

#: The dimension of parameters that vary together.
SAMPLE = "sample"
#: The most values that an axis may have.
MOST = 10**8
_FORM = 'must be NAME=START:STOP:N, or NAME=START:STOP:N:log, such as "tau_s=0.1 ns:10 ns:50:log"'
_RANGE = 'must be NAME=LOW:HIGH, or NAME=LOW:HIGH:log, such as "tau_s=0.1 ns:10 ns:log"'

#: What varies: texts "NAME=START:STOP:N[:log]", or values by name: the text after the equals sign, or numbers in SI or with units.
Vary = Sequence[str] | Mapping[str, Any]


class Axis(NamedTuple):
    """A dimension of a sweep.

    Attributes:
        name: of the dimension.
        parameters: which vary along it, as indices into the model's.
        values: their values in SI, [points, parameters].
    """

    name: str
    parameters: tuple[int, ...]
    values: np.ndarray

    @property
    def size(self) -> int:
        """How many points it has."""
        return int(self.values.shape[0])


class _Range(NamedTuple):
    """Ends of a range in SI, how many values it has (None: not said), and whether they are even in the logarithm."""

    start: float
    stop: float
    number: int | None
    is_log: bool

    def values(self) -> np.ndarray:
        """Evenly spaced values, both ends exactly."""
        count = self.number or 1
        return np.geomspace(self.start, self.stop, count) if self.is_log else np.linspace(self.start, self.stop, count)


def axes_of(
    parameters: Sequence[Parameter],
    vary: Vary = (),
    *,
    in_step: bool = False,
    samples: "str | Path | None" = None,
    random: int | None = None,
    seed: int = 0,
) -> list[Axis]:
    """The axes of a sweep, slowest first.

    Arguments:
        parameters: those that the configuration has.
        vary: which vary: each is an axis of its own.
        in_step: all of `vary` go together, along one axis.
        samples: a CSV file with a column a parameter, names in its first line.
        random: so many devices at random, even in the ranges of `vary`.
        seed: of the random numbers.

    Raises:
        ConfigurationError: what can't be read, is no parameter, or is no range.
    """
    _require_one_way(in_step, samples, random)
    if samples is not None:
        if vary:
            raise ConfigurationError("samples and vary exclude each other: put every parameter into the file")
        return [_of_file(parameters, Path(samples))]
    given = _given(vary)
    if not given:
        raise ConfigurationError(f"sweep: nothing varies: give vary, {_FORM.removeprefix('must be ')}, or samples")
    found = [(_index(parameters, name), name, value) for name, value in given]
    indices = tuple(index for index, _, _ in found)
    for k, (index, name, _) in enumerate(found):
        if index in indices[:k]:
            raise ConfigurationError(f"vary {shown(name)}: named twice")
    if random is not None:
        return [_at_random(parameters, found, _count("random", random), seed)]
    columns = [_values(parameters[index], name, value) for index, name, value in found]
    if not in_step:
        return [Axis(parameters[index].name, (index,), column[:, None]) for index, column in zip(indices, columns, strict=True)]
    sizes = [column.size for column in columns]
    if len(set(sizes)) > 1:
        listed = ", ".join(f"{name} {size}" for (_, name, _), size in zip(found, sizes, strict=True))
        raise ConfigurationError(f"vary: parameters in step have different numbers of values, {listed}: give all the same")
    return [Axis(SAMPLE, indices, np.stack(columns, 1))]


def _require_one_way(in_step: bool, samples: Any, random: Any) -> None:
    ways = [name for name, is_given in (("zip", in_step), ("samples", samples is not None), ("random", random is not None)) if is_given]
    if len(ways) > 1:
        raise ConfigurationError(f"{ways[0]} and {ways[1]} exclude each other: keep one")


def _given(vary: Vary) -> list[tuple[str, Any]]:
    """Names and what stands for their values."""
    if isinstance(vary, Mapping):
        return [(str(name), value) for name, value in vary.items()]
    if isinstance(vary, str) or not isinstance(vary, Iterable):
        vary = [vary]
    found = []
    for text in vary:
        name, equals, value = text.partition("=") if isinstance(text, str) else ("", "", "")
        if not equals or not name.strip():
            raise ConfigurationError(f"vary {toml_of(text)}: {_FORM}")
        found.append((name.strip(), value))
    return found


def _index(parameters: Sequence[Parameter], name: str) -> int:
    (index,) = chosen(parameters, [name], "vary")
    return index


def _values(parameter: Parameter, name: str, given: Any) -> np.ndarray:
    """Values in SI, [points]."""
    if not isinstance(given, str):
        return _listed(parameter, f"vary {shown(name)}", given)
    found = _range(parameter, name, given, _FORM)
    if found.number is None:
        raise ConfigurationError(f"vary {shown(name)}={shown(given)}: says no number of values: {_FORM}")
    if found.start == found.stop and found.number > 1:
        raise ConfigurationError(f"vary {shown(name)}={shown(given)}: START and STOP are the same: give N = 1, or another STOP")
    return found.values()


def _listed(parameter: Parameter, what: str, given: Any) -> np.ndarray:
    """Numbers in SI, or with units each, in a list or an array."""
    if isinstance(given, Mapping) or not isinstance(given, Iterable):
        given = [given]
    array = given if isinstance(given, np.ndarray) else None
    if array is not None and array.dtype.kind in "fiu" and array.ndim == 1:
        found = array.astype(np.float64)
    else:
        items = list(given)
        try:
            found = np.array([parse_quantity(item, parameter.unit)[0] for item in items], dtype=np.float64)
        except ValueError as error:
            raise ConfigurationError(f"{what}: {error}") from None
    _count(what, found.size)
    if not np.all(np.isfinite(found)):
        raise ConfigurationError(f"{what}: its value {np.flatnonzero(~np.isfinite(found))[0] + 1} is not finite: give finite numbers")
    return found


def _range(parameter: Parameter, name: str, text: str, form: str) -> _Range:
    """START:STOP[:N][:log]."""
    what, parts = f"vary {shown(name)}={shown(text)}", [part.strip() for part in text.split(":")]
    is_log = len(parts) > 2 and parts[-1].lower() == "log"
    ends, rest = parts[:2], parts[2 : -1 if is_log else None]
    if len(ends) < 2 or len(rest) > 1 or not all(ends):
        raise ConfigurationError(f"{what}: {form}")
    try:
        start, stop = (parse_quantity(unquoted(end), parameter.unit)[0] for end in ends)
    except ValueError as error:
        raise ConfigurationError(f"{what}: {error}") from None
    if is_log and not start * stop > 0 and not (np.sign(start) == np.sign(stop) != 0):
        raise ConfigurationError(f"{what}: a logarithmic range can't reach or pass zero: give two ends of one sign, or leave out log")
    return _Range(start, stop, _number(what, rest[0]) if rest else None, is_log)


def _number(what: str, text: str) -> int:
    value = unquoted(text)
    if not isinstance(value, float) or not value.is_integer():
        raise ConfigurationError(f"{what}: N = {shown(text)}: must be a whole number of values, 1 or more")
    return _count(f"{what}: N", int(value))


def _count(what: str, number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or not 1 <= number <= MOST:
        raise ConfigurationError(f"{what} = {toml_of(number)}: must be a whole number from 1 to {number_text(float(MOST))}")
    return int(number)


def _at_random(parameters: Sequence[Parameter], found: Sequence[tuple[int, str, Any]], count: int, seed: int) -> Axis:
    """Even random numbers in ranges, the same for a seed on every machine."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ConfigurationError(f"seed = {toml_of(seed)}: must be a whole number, 0 or more")
    drawn, columns = np.random.default_rng(int(seed)).random((count, len(found))), []
    for k, (index, name, value) in enumerate(found):
        text = value if isinstance(value, str) else ":".join(map(str, value)) if isinstance(value, Sequence) else ""
        one = _range(parameters[index], name, text, _RANGE)
        if one.number is not None:
            raise ConfigurationError(f"vary {shown(name)}={shown(text)}: at random {_RANGE}, without a number")
        if one.start == one.stop:
            raise ConfigurationError(f"vary {shown(name)}={shown(text)}: the range is empty: give two different ends")
        if one.is_log:
            low, high = math.log(abs(one.start)), math.log(abs(one.stop))
            columns.append(np.copysign(np.exp(low + (high - low) * drawn[:, k]), one.start))
        else:
            columns.append(one.start + (one.stop - one.start) * drawn[:, k])
    return Axis(SAMPLE, tuple(index for index, _, _ in found), np.stack(columns, 1))


def _of_file(parameters: Sequence[Parameter], path: Path) -> Axis:
    """A table of devices: names of parameters in the first line, and numbers in SI, or with units, below."""
    what = f"samples {shown(str(path))}"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            names, *rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or "not a CSV file in UTF-8"
        raise ConfigurationError(f"{what}: can't be read: {reason}") from None
    if not names or not rows:
        raise ConfigurationError(f"{what}: has no devices: give names of parameters in its first line, and numbers below")
    indices = tuple(chosen(parameters, names, what))
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise ConfigurationError(f"{what}: device {number} has {len(row)} numbers: must have {len(names)}, one a name")
    try:
        values = np.array(rows, dtype=np.float64)
    except ValueError:
        cells = [[_cell(what, parameters[k], n, cell) for k, cell in zip(indices, row, strict=True)] for n, row in enumerate(rows, 1)]
        values = np.array(cells)
    for k, index in enumerate(indices):
        _listed(parameters[index], f"{what}: {names[k].strip()}", values[:, k])
    return Axis(SAMPLE, indices, values)


def _cell(what: str, parameter: Parameter, number: int, text: str) -> float:
    try:
        return parse_quantity(unquoted(text.strip()), parameter.unit)[0]
    except ValueError as error:
        raise ConfigurationError(f"{what}: device {number}: {parameter.name} = {shown(text)}: {error}") from None
