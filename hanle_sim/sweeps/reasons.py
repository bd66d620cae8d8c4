"""Why a device of a sweep has no numbers: codes, found for many devices at once."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np

from ..configuration import ConfigurationError, is_key, require_allowed
from ..model.batch import Batch
from ..model.model import Model
from ..model.parameters import Parameter
from ..physics.second_law import TOLERANCE

#: What the array of codes is called.
REASON = "reason"


class Reason(IntEnum):
    """Why a device has no numbers."""

    computed = 0
    out_of_range = 1
    second_law = 2
    cannot_exist = 3
    not_finite = 4
    no_half_width = 5
    not_yet = 255


#: What the codes say in a table.
MEANINGS = {
    Reason.computed: "computed",
    Reason.out_of_range: "a parameter that its key does not take",
    Reason.second_law: "against the second law",
    Reason.cannot_exist: "such a device can't exist",
    Reason.not_finite: "beyond the range of double precision",
    Reason.no_half_width: "no half width",
    Reason.not_yet: "not computed yet",
}


class Judge:
    """Tells which devices of a sweep can't be computed, and why.

    Arguments:
        model: the configuration's.
        parameters: indices of the parameters that vary.
        columns: all values of each, in SI.
    """

    def __init__(self, model: Model, parameters: Sequence[int], columns: Sequence[np.ndarray]) -> None:
        self.model = model
        self.varied = [model.parameters[index] for index in parameters]
        self.ranges = [_allowed(one, column) for one, column in zip(self.varied, columns, strict=True)]
        # Components of a tensor are allowed together or not at all, and so is what a nonmagnet's own thermopower may be.
        self.one_by_one = any(not is_key(one.path) for one in self.varied) or _has_bulk_law(model)

    def reasons(self, batch: Batch, theta: np.ndarray) -> np.ndarray:
        """The code of every device, of [devices, parameters]: `computed` for those that can be."""
        found = np.zeros(theta.shape[0], dtype=np.uint8)
        if self.one_by_one:
            found[[not self._exists(row) for row in theta]] = Reason.cannot_exist
        found[self._value("drive.Delta_T_0", theta, -np.inf) >= self._value("nonmagnet.T_0", theta, np.inf)] = Reason.cannot_exist
        with np.errstate(invalid="ignore"):
            found[np.asarray(batch.margins(theta)) < -TOLERANCE] = Reason.second_law
        for column, (low, high) in zip(theta.T, self.ranges, strict=True):
            found[(column < low) | (column > high)] = Reason.out_of_range
        return found

    def _value(self, path: str, theta: np.ndarray, missing: float) -> np.ndarray:
        """A number of every device, [devices]: varied, as written, or what stands for one that the configuration has not."""
        for column, parameter in zip(theta.T, self.varied, strict=True):
            if parameter.path == path:
                return column
        written = [one.value for one in self.model.parameters if one.path == path]
        return np.full(theta.shape[0], written[0] if written else missing)

    def _exists(self, row: np.ndarray) -> bool:
        try:
            self.model.built(row.tolist(), [one.path for one in self.varied])
        except ConfigurationError:
            return False
        return True


def _has_bulk_law(model: Model) -> bool:
    return any(table.value_of("S_N") is not None for _, table in model.configuration.nonmagnet.tables("nonmagnet"))


def _allowed(parameter: Parameter, column: np.ndarray) -> tuple[float, float]:
    """The smallest and the largest of some values that a key takes; what a key takes has no gaps, and it takes the value written."""
    values = np.unique(column)
    if not is_key(parameter.path):
        return float(values[0]), float(values[-1])
    middle = int(np.searchsorted(values, parameter.value))
    return _last(parameter, values[:middle][::-1], parameter.value), _last(parameter, values[middle:], parameter.value)


def _last(parameter: Parameter, values: np.ndarray, written: float) -> float:
    """Of values ever further from that written, the last that the key takes."""
    low, high = 0, values.size  # those before `low` are taken, those from `high` on are not
    while low < high:
        middle = (low + high) // 2
        try:
            require_allowed(parameter.path, float(values[middle]), parameter.unit)
            low = middle + 1
        except ConfigurationError:
            high = middle
    return float(values[low - 1]) if low else written
