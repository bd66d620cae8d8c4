"""The derivatives again, through a numerical solution that shares no formula with the exact curve."""

from typing import Any

import numpy as np

from ..configuration import ConfigurationError, Setup
from ..curve import HanleCurve
from ..model.model import Model
from ..physics import NaturalUnits
from ..runtime import Progress, double_precision
from ..simulation.solution import RTOL
from ..solvers import method_of
from .jacobian import by_parameters

#: Fields of the sweep at which the derivatives are checked; the step of the differences where they are central ones, and the weights
#: of the curves two steps below to two above, of fourth order.
_FIELDS, _STEP, _WEIGHTS = 5, 3e-3, (1 / 12, -2 / 3, 2 / 3, -1 / 12)


def check(model: Model, jacobian: np.ndarray, report: Progress) -> tuple[str, dict[str, float]] | None:
    """How the derivatives were checked, and by name the largest difference, of the parameter's largest derivative.

    Of a lumped device through the integration of the Bloch equations, by forward mode; of an extended one by central differences of
    finite volumes. None with stray fields, where the finite volumes are the exact method themselves, and where there is neither. A
    parameter that hardly acts is measured against what a change of a millionth of the peak by a factor e would be.
    """
    if model.setup.field.stray is not None or not model.method.is_exact:
        return None
    how = model.problem.numerical
    if how is None:
        return None
    index = np.unique(np.linspace(0, model.points - 1, min(model.points, _FIELDS)).astype(int))
    with double_precision():
        report("check of the derivatives", 0, len(model.parameters))
        found = _WAYS[how.name](model, index, report)
        report("check of the derivatives", len(model.parameters), len(model.parameters))
    expected = jacobian[index]
    largest = np.max(np.abs(jacobian), axis=0)
    sizes = np.abs(model.scales)
    floor = 1e-6 * np.max(largest * sizes) / sizes
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = np.max(np.abs(found - expected), axis=0) / np.maximum(largest, floor)
    names = [parameter.name for parameter in model.parameters]
    return how.name, {name: float(x) for name, x in zip(names, difference, strict=True) if np.isfinite(x)}


def _numerical(setup: Setup, index: np.ndarray, method: str, **options: Any) -> Any:
    field = setup.field.part(index)
    natural = NaturalUnits.of(setup.device, field)
    y = method_of(method).steady_state(natural, **options)
    return HanleCurve.from_natural(natural, y, setup.device, field).Delta_V_Hanle


def _through_integration(model: Model, index: np.ndarray, report: Progress) -> np.ndarray:
    return by_parameters(model, lambda setup: _numerical(setup, index, "integrate", rtol=RTOL))[1].T


def _through_finite_volumes(model: Model, index: np.ndarray, report: Progress) -> np.ndarray:
    found = np.full((index.size, len(model.parameters)), np.nan)
    for k, parameter in enumerate(model.parameters):
        # A step from zero has no size of its own, but for a temperature difference, in which everything is linear.
        if parameter.value != 0 or parameter.path == "drive.Delta_T_0":
            step = _STEP * parameter.scale
            try:
                curves = (
                    np.asarray(_numerical(model.built([parameter.value + n * step], [parameter.path]), index, "finite_volume"))
                    for n in (-2, -1, 1, 2)
                )
                found[:, k] = sum(weight * curve for weight, curve in zip(_WEIGHTS, curves, strict=True)) / step
            except (ConfigurationError, ValueError):
                pass  # beyond the edge of what is allowed
        report("check of the derivatives", k + 1, len(model.parameters))
    return found


#: By the numerical method that covers a device.
_WAYS = {"integrate": _through_integration, "finite_volume": _through_finite_volumes}
