"""Where to measure: the fields at which a number of points bounds one parameter best."""

from dataclasses import dataclass

import numpy as np
import scipy.optimize

from .identifiability import Identifiability


@dataclass(frozen=True)
class Design:
    """The best distribution of points over the fields of a sweep.

    Attributes:
        name: the parameter that it is best for.
        B: fields to measure at [T], [k].
        weights: the share of the points at each, [k].
        error: standard error with the sweep's number of points so distributed, SI.
        uniform_error: that of the sweep as it is, SI.
    """

    name: str
    B: np.ndarray
    weights: np.ndarray
    error: float
    uniform_error: float


#: Fields of a sweep that are candidates, at most.
CANDIDATES = 401


def best_fields(jacobian: np.ndarray, B: np.ndarray, identified: Identifiability, k: int) -> Design | None:
    """The c-optimal design for the k-th parameter, the others free as well; None where the sweep leaves it undetermined.

    By Elfving's theorem the least variance σ²‖z‖₁²/N is that of the linear programme min ‖z‖₁ with Aᵀz = e_k, and the points go
    where z doesn't vanish, in proportion to |z| (Elfving, Ann. Math. Stat. 23, 255 (1952)). Of a long sweep CANDIDATES fields stand
    for all.

    Arguments:
        jacobian: ∂ΔV/∂θ at candidate fields [V per SI unit], [points, parameters].
        B: candidate fields [T], [points].
        identified: what these fields determine.
        k: which of its parameters.
    """
    parameters, name = identified.parameters, identified.parameters[k].name
    if not np.isfinite(identified.crlb[name]):
        return None
    few = np.unique(np.linspace(0, B.size - 1, min(B.size, CANDIDATES)).astype(int))
    A = jacobian[few] * np.array([parameter.scale for parameter in parameters])
    values, vectors, scale = identified.basis.values, identified.basis.vectors, identified.basis.scale
    # In the directions that are determined: Vᵀ Ãᵀ z = Vᵀ h.
    rows, target = vectors @ (A / scale).T / values[:, None], vectors[:, k] / scale[k] / values
    unit, reach, count = np.max(np.abs(target)), np.max(np.abs(rows)), few.size
    both_signs = np.concatenate([rows, -rows], axis=1) / reach
    solved = scipy.optimize.linprog(np.ones(2 * count), A_eq=both_signs, b_eq=target / unit, bounds=(0, None), method="highs")
    if not solved.success:
        return None
    z = (solved.x[:count] - solved.x[count:]) * unit / reach
    total = float(np.sum(np.abs(z)))
    chosen = np.abs(z) > 1e-6 * total
    error = identified.noise * total / np.sqrt(B.size) * abs(parameters[k].scale)
    return Design(name, B[few][chosen], np.abs(z[chosen]) / total, float(error), identified.crlb[name])
