"""Intervals by profiles: against MINOS, on the same data with a model and a minimiser that share nothing with ours."""

import math

import numpy as np
import pytest
from iminuit import Minuit
from scipy.stats import f

from hanle_sim.constants import hbar, mu_B
from hanle_sim.fitting.points import Points
from hanle_sim.fitting.quick import lorentzians
from hanle_sim.fitting.result import with_profiles
from hanle_sim.fitting.uncertainty import profile, uncertainty

B = np.linspace(-0.06, 0.07, 41)
OMEGA = 2 * mu_B / hbar * B * 1e-12  # [rad/ps]
TAU, CENTRE = 500.0, 2e-3  # [ps], [T]


def model(omega: np.ndarray, tau: float, centre: float, amplitude: float, offset: float, slope: float) -> np.ndarray:
    shift = 2 * mu_B / hbar * centre * 1e-12
    return amplitude / (1 + ((omega - shift) * tau) ** 2) + offset + slope * omega


def measured(seed: int, sd: float) -> np.ndarray:
    return model(OMEGA, TAU, CENTRE, 1.0, 0.2, 0.01) + sd * np.random.default_rng(seed).normal(size=B.size)


def ends(y: np.ndarray, sigma: np.ndarray | None, k: int):
    """Both intervals of a parameter by its profile: τ [ps], the centre [T], the amplitude or the offset [V]."""
    found = lorentzians(Points(B, y, sigma, "curve"), "V", 1)
    uncertain = uncertainty(found.problem, found.solution)
    along = profile(found.problem, found.solution, uncertain, k)
    unit = 1e-12 if k == 0 else 1.0
    return [None if end is None else end / unit for end in (*along.narrow, *along.wide)], found


def by_minos(y: np.ndarray, sigma: float, name: str, level: float) -> tuple[float, float]:
    def chi2(tau: float, centre: float, amplitude: float, offset: float, slope: float) -> float:
        return float(np.sum(((y - model(OMEGA, tau, centre, amplitude, offset, slope)) / sigma) ** 2))

    minuit = Minuit(chi2, tau=450.0, centre=1e-3, amplitude=1.0, offset=0.0, slope=0.0)
    minuit.errors = (20, 1e-3, 0.1, 0.1, 0.1)
    minuit.errordef, minuit.strategy, minuit.tol = level, 2, 1e-4
    minuit.migrad(ncall=20_000)
    minuit.minos(name)
    error = minuit.merrors[name]
    assert minuit.valid and error.is_valid
    return minuit.values[name] + error.lower, minuit.values[name] + error.upper


@pytest.mark.parametrize("k", range(4), ids=["tau", "centre", "amplitude", "offset"])
def test_against_minos(k: int):
    """Forty curves in all, whose noise is a twentieth to a fifth of the line, to a thousandth of the interval."""
    name = ("tau", "centre", "amplitude", "offset")[k]
    for seed in range(10):
        sd = 0.05 + 0.015 * seed
        y = measured(seed, sd)
        found, _ = ends(y, np.full(B.size, sd), k)
        minos = (*by_minos(y, sd, name, 1.0), *by_minos(y, sd, name, 3.841458820694124))
        for pair in ((0, 1), (2, 3)):
            width = minos[pair[1]] - minos[pair[0]]
            for side in pair:
                assert found[side] == pytest.approx(minos[side], abs=1e-3 * width), (seed, side)


def test_noise_that_is_not_known_makes_them_wider():
    """The ends are where χ²/χ²_min = 1 + F/dof, F's quantile that of 1 and dof degrees of freedom."""
    y = measured(0, 0.05)
    found, result = ends(y, None, 0)
    dof = B.size - 5
    noise = math.sqrt(result.ssr / dof)
    for pair, within in (((0, 1), 0.682689492137086), ((2, 3), 0.95)):
        minos = by_minos(y, noise, "tau", float(f(1, dof).ppf(within)))
        width = minos[1] - minos[0]
        assert [found[side] for side in pair] == pytest.approx(minos, abs=1e-3 * width)
    assert found[1] - found[0] > 1.01 * np.subtract(*by_minos(y, noise, "tau", 1.0)[::-1])


def test_intervals_of_given_errors_are_those_of_a_normal_distribution():
    y = measured(1, 0.01)
    result = lorentzians(Points(B, y, np.full(B.size, 0.01), "curve"), "V", 1)
    tau = result.parameters["tau"]
    assert tau.ci95[1] - tau.value == pytest.approx(1.959963985 * tau.stderr, rel=1e-9)


def test_linear_parameters_have_profiles_where_others_need_them():
    """Of a noisy line, whose τ and amplitude are one valley; in SI, the slope in V/T. The covariance's would be symmetric."""
    y = measured(10, 0.3)
    result = lorentzians(Points(B, y, np.full(B.size, 0.3), "curve"), "V", 1)
    amplitude, slope = result.parameters["amplitude"], result.parameters["slope"]
    assert {amplitude.by, slope.by, result.parameters["tau"].by} == {"profile"}
    assert amplitude.ci68 == pytest.approx(by_minos(y, 0.3, "amplitude", 1.0), rel=2e-3)
    assert amplitude.ci68[1] - amplitude.value > 1.1 * (amplitude.value - amplitude.ci68[0])
    per = 2 * mu_B / hbar * 1e-12
    assert slope.ci68 == pytest.approx([end * per for end in by_minos(y, 0.3, "slope", 1.0)], abs=1e-3 * (slope.ci68[1] - slope.ci68[0]))
    assert slope.trail is not None and slope.trail[0, 0] < slope.ci68[0] < slope.value < slope.trail[-1, 0]
    calm = lorentzians(Points(B, measured(9, 0.01), np.full(B.size, 0.01), "curve"), "V", 1)
    assert {one.by for one in calm.parameters.values()} == {"covariance"}
    assert with_profiles(calm, ["offset"]).parameters["offset"].by == "profile"
