"""Where to measure: against a search over distributions of points."""

import itertools
import math

import numpy as np
import pytest

from hanle_sim.sensitivity_analysis.identifiability import identifiability
from hanle_sim.sensitivity_analysis.optimal_design import best_fields
from jacobian_cases import columns_of, of


def test_where_to_measure():
    """One parameter: all points where it shows most. Two: no pair of fields with any weights does better."""
    rng = np.random.default_rng(3)
    B, parameters = np.linspace(-1, 1, 21), of("a", "b")
    J = np.stack([1 / (1 + (2 * B) ** 2), -8 * B**2 / (1 + (2 * B) ** 2) ** 2], -1) + 0.01 * rng.normal(size=(21, 2))
    alone = best_fields(J[:, :1], B, identifiability(J[:, :1], parameters[:1], 0.1), 0)
    assert alone is not None
    np.testing.assert_allclose(alone.B, [B[np.argmax(np.abs(J[:, 0]))]])
    assert alone.error == pytest.approx(0.1 / np.sqrt(21) / np.max(np.abs(J[:, 0])))
    both = best_fields(J, B, identifiability(J, parameters, 0.1), 1)
    assert both is not None and both.error < both.uniform_error
    information = sum(w * np.outer(J[k], J[k]) for w, k in zip(both.weights, np.searchsorted(B, both.B - 1e-9), strict=True))
    assert both.error == pytest.approx(0.1 / np.sqrt(21) * np.sqrt(np.linalg.inv(information)[1, 1]), rel=1e-6)
    best = math.inf
    for i, j in itertools.combinations(range(21), 2):
        for w in np.linspace(0.02, 0.98, 97):
            F = w * np.outer(J[i], J[i]) + (1 - w) * np.outer(J[j], J[j])
            if abs(np.linalg.det(F)) > 1e-9:
                best = min(best, 0.1 / np.sqrt(21) * np.sqrt(np.linalg.inv(F)[1, 1]))
    assert both.error <= best * (1 + 1e-9) and both.error == pytest.approx(best, rel=2e-3)
    undetermined = columns_of([[2, 1]], 0)
    assert best_fields(undetermined, np.linspace(0, 1, 50), identifiability(undetermined, parameters, 0.1), 0) is None
