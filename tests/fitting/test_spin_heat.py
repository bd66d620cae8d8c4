"""Whether there is spin heat in data: the answer, its evidence, and what would tell."""

import dataclasses
import math
from collections import Counter

import numpy as np
import pytest
from scipy.optimize import brentq, curve_fit
from scipy.stats import t

from hanle_sim.configuration import check
from hanle_sim.fitting import compare
from hanle_sim.fitting.compare import compared
from hanle_sim.fitting.heat import _measured_again, not_asked, spin_heat
from hanle_sim.fitting.heat_profile import ShareProfile
from hanle_sim.fitting.ranking import Candidate, ranked
from hanle_sim.fitting.request import device_fit
from hanle_sim.fitting.result import result_of
from hanle_sim.fitting.section import FitSection, checked
from hanle_sim.fitting.variants import AS_WRITTEN
from hanle_sim.measured import Measured
from heat_cases import FREE, HOT, L_0, SHARE, B, but_a_bulk, changed, curve, line, listed, lorentzian_fits

KERNELS: dict = {}


def lumped_models(data: Measured, tables: dict, free: dict | None = None) -> tuple[Candidate, ...]:
    """One Lorentzian, and the lumped tunnelling device without and with spin heat, ranked."""
    section = checked(FitSection, {**FREE, "free": {**FREE["free"], **(free or {})}}, "fit")
    found = lorentzian_fits(data).models
    fits = [dataclasses.replace(one) for one in found]
    for one in listed(tables, section.free):
        if one.reason or one.group != ("lumped", "back-flow") or one.heat == "as written":
            continue
        held = {key: how for key, how in section.free.items() if one.has(key)}
        if one.heat == "free":
            held["S"] = checked(FitSection, {"free": {"S": {"min": 0.0, "max": 1.4e-4}}}, "fit").free["S"]
        fitted = device_fit(tables, section.model_copy(update={"free": held}), [data], KERNELS, one.held)
        solution = fitted.problem.solve()
        fits.append(Candidate(one.name, (result_of("c", one.name, fitted.problem, [solution], "V"),), one, fitted))
    return ranked(fits, False, not_asked(None)).models


def written(tables: dict):
    return check({**tables, "field": {"start": 0.0, "stop": 1e-3, "points": 2}})


def two_lines(x: np.ndarray, height: float, tau: float, share: float, offset: float, tau_Q: float = 0.2) -> np.ndarray:
    return height * ((1 - share) * line(x, tau * 1e-9) + share * line(x, tau_Q * 1e-9)) + offset


def test_heat_that_is_there():
    """The share and its interval against SciPy's fits of two lines, of which one's width is known, the share held at each end."""
    data = curve(SHARE, 0.01)
    models = lumped_models(data, HOT)
    found = spin_heat(models, written(HOT), KERNELS)
    assert found.answer == "yes" and found.sentence.startswith("spin heat: yes, ") and "200 ps as given" in found.sentence
    y = data.y / np.max(data.y)
    best, covariance = curve_fit(two_lines, B, y, [1, 1, 0.3, 0])
    assert found.share == pytest.approx(best[2], abs=2e-3)
    least = np.sum((y - two_lines(B, *best)) ** 2)
    noise2 = least / (B.size - 4)

    def rise(share: float) -> float:
        held, _ = curve_fit(lambda x, a, tau, c: two_lines(x, a, tau, share, c), B, y, [best[0], best[1], best[3]])
        return (np.sum((y - two_lines(B, held[0], held[1], share, held[2])) ** 2) - least) / noise2 - t(B.size - 4).ppf(0.975) ** 2

    low, high = brentq(rise, best[2] - 0.1, best[2]), brentq(rise, best[2], best[2] + 0.1)
    assert found.ci95 == (pytest.approx(low, abs=2e-3), pytest.approx(high, abs=2e-3))
    # And the Fisher information's error against SciPy's.
    profile = ShareProfile(next(one for one in models if one.heat == "free"), KERNELS)
    assert profile.error(profile.best)[0] == pytest.approx(math.sqrt(covariance[2, 2]), rel=0.02)


def test_heat_that_is_not_there():
    found = spin_heat(lumped_models(curve(0.0, 0.01, 2), HOT), written(HOT), KERNELS)
    assert found.answer == "no" and found.ci95[0] == pytest.approx(0, abs=0.01) and found.ci95[1] < 0.05
    assert found.sentence.startswith("spin heat: no, at most ") and found.what_would_tell is None


def test_heat_that_can_not_be_told():
    """Noise hides it. By the Fisher information of two lines, where SciPy's error has 3.6 standard errors in the share, it would show."""
    models = {one.name: one for one in lumped_models(curve(SHARE, 0.25, 1), HOT)}
    found = spin_heat(list(models.values()), written(HOT), KERNELS)
    assert found.answer == "can't be told" and found.ci95[0] == pytest.approx(0, abs=0.01) and found.ci95[1] > 0.4
    assert "standard errors" in found.sentence and "as written, would show with noise" in found.what_would_tell
    times = float(found.what_would_tell.split("noise ")[1].split()[0])
    hot = models["lumped, back-flow, spin heat free"].results[0]
    tau = models["lumped, back-flow, no spin heat"].results[0].parameters["tau_s"].value
    assert tau < 1e-9
    profile = ShareProfile(models["lumped, back-flow, spin heat free"], KERNELS)
    held = profile.problem.solve(profile.best, {profile.lever: 90e-6})
    height = held.curves[0].model.max() - held.curves[0].linear[0]
    share, tau_s = profile.share(held.values), held.values[0] * 1e9

    def by(step: np.ndarray) -> np.ndarray:
        at = np.array([1, tau_s, share, 0]) + step
        return two_lines(B, *at)

    J = np.stack([(by(1e-6 * one) - by(-1e-6 * one)) / 2e-6 for one in np.eye(4)], -1)
    error = math.sqrt(np.linalg.inv(J.T @ J)[2, 2]) * hot.noise / height
    assert times == pytest.approx(3.605 * error / share, rel=0.05)


def thermal(tau_s: float, P_G: float, S: float, I: float = 1e4) -> tuple[np.ndarray, np.ndarray]:
    """Both parts of a tunnelling contact's signal under a current and 5 K, of what either injects, by what r_s and r_Q make of it."""
    G, T_0, r_s, P_L, Delta_T = 1 / 50e-9, 300.0, 25e-12, 0.5, 5.0
    L, kappa, V, r_Q = -S * G, L_0 * T_0 * G, I / G + S * Delta_T, r_s / (L_0 * T_0)
    u, heat = 2 * r_s * (P_G * G * V + P_L * L * Delta_T), 2 * r_Q * (-P_L * L * T_0 * V - P_G * kappa * Delta_T)
    return P_G * u / 2 * line(B, tau_s), P_L * S * heat / 2 * line(B, 0.9e-9)


def test_what_the_reversed_bias_would_tell():
    """The share's error, r_s/R_tun = 5e-4, from one sweep, and from one more under the reversed current, against central differences of the formula."""
    tables = changed(HOT, tau_Q="0.9 ns") | {"drive": {"I": 1e4, "Delta_T_0": "5 K"}}
    at = np.array([1e-9, 0.4, 90e-6])
    data = dataclasses.replace(curve(0.3, 0.0), y=sum(thermal(*at)))
    section = checked(FitSection, {**FREE, "free": {"tau_s": {}, "P_G": {}, "S": {"min": 0.0}}}, "fit")
    fitted = device_fit(tables, section, [data], {}, {})
    noise = 0.01 * np.max(data.y)
    solution = fitted.problem.solve()
    result = dataclasses.replace(result_of("c", "c", fitted.problem, [solution], "V"), noise=noise, n_effective=B.size)
    variant = next(one for one in listed(HOT) if one.heat == "free")
    profile = ShareProfile(Candidate("c", (result,), variant, fitted), {})

    def share(at: np.ndarray) -> float:
        spin, heat = (one[B.size // 2] for one in thermal(*at))
        return heat / (spin + heat)

    def by(function, k: int):
        step = np.zeros(3)
        step[k] = 1e-5 * at[k]
        return (function(at + step) - function(at - step)) / 2e-5

    def error(currents: tuple[float, ...]) -> float:
        J = np.zeros((len(currents) * B.size, 3 + len(currents)))
        for number, I in enumerate(currents):
            rows = slice(number * B.size, (number + 1) * B.size)
            J[rows, :3] = np.stack([by(lambda at, I=I: sum(thermal(*at, I)), k) for k in range(3)], -1)
            J[rows, 3 + number] = data.y.max()
        g = np.append([by(share, k) for k in range(3)], np.zeros(len(currents)))
        return noise * math.sqrt(g @ np.linalg.inv(J.T @ J) @ g)

    one, both = error((1e4,)), error((1e4, -1e4))
    assert both < 0.5 * one and share(at) < 0
    assert profile.end(-1) < profile.at_best == pytest.approx(share(at), abs=0.02)  # heat against spins, and no end at zero
    assert profile.error(at)[0] == pytest.approx(one, rel=5e-3)
    assert profile.error(at, again={"drive.I": -1e4, "nonmagnet.T_0": 300.0})[0] == pytest.approx(both, rel=5e-3)
    plain = 3.605 * one / math.sqrt(2)
    (said,) = _measured_again(profile, at, written(tables), plain)
    assert said.startswith("the same curves again under the reversed bias")
    assert _measured_again(profile, at, written(tables), 3.605 * both) == []


@pytest.mark.heavy
def test_heat_whose_line_is_the_spins():
    tables = changed(HOT, tau_Q="0.9 ns")
    found = spin_heat(lumped_models(curve(SHARE, 0.01, 1, tau_Q=0.9e-9), tables), written(tables), KERNELS)
    assert found.answer == "can't be told" and "its line has the spins' shape" in found.sentence
    assert found.ci95[0] == pytest.approx(0, abs=0.01) and found.ci95[1] > 0.5


def test_heat_that_a_rival_explains():
    """Where a model without heat is as good, the answer is open though the device itself would need heat."""
    models = list(lumped_models(curve(SHARE, 0.01), HOT))
    best = next(one for one in models if one.heat == "free")
    rival = dataclasses.replace(next(one for one in models if one.name == "two Lorentzians"), name="one Lorentzian", aicc=best.aicc - 1)
    found = spin_heat([rival, *(one for one in models if one.name != "one Lorentzian")], written(HOT), KERNELS)
    assert found.answer == "can't be told" and "without it one Lorentzian fits as well" in found.sentence
    assert "differ most at B = " in found.what_would_tell


CASES = {
    "there": (SHARE, 0.01, {}, "yes"),
    "absent": (0.0, 0.01, {}, "no"),
    "same shape": (SHARE, 0.01, {"tau_Q": "0.9 ns"}, "can't be told"),
    "noise": (SHARE, 0.2, {}, "can't be told"),
}


@pytest.mark.heavy
@pytest.mark.parametrize("case", CASES)
def test_the_answer_is_right(case: str, monkeypatch):
    """In all but one of four measurements at least; and the interval holds the truth. Where heat is there, a bulk is compared too."""
    if case != "there":
        monkeypatch.setattr(compare, "variants", but_a_bulk)
    share, noise, keys, expected = CASES[case]
    tables = changed(HOT, **keys)
    tau_Q = 0.9e-9 if keys else 0.2e-9
    section, answers, held = checked(FitSection, {**FREE, "starts": 2}, "fit"), Counter(), 0
    for seed in range(4):
        data = curve(share, noise, seed, tau_Q=tau_Q)
        base = device_fit({**tables, "fit": FREE}, section, [data], KERNELS, AS_WRITTEN)
        found = [result_of("c", "device", base.problem, [base.problem.solve()], "V")]
        heat = compared(base, found, section, [data], report=lambda *_: None, kernels=KERNELS).heat
        answers[heat.answer] += 1
        held += heat.ci95[0] <= share + 1e-3 and share <= heat.ci95[1]
    assert answers[expected] >= 3 and held >= 3, (answers, held)
