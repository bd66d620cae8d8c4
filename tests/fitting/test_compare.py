"""Models compared: which there are, how they rank, how parameters spread, and what is said of spin heat."""

import dataclasses
import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq, curve_fit
from scipy.stats import t

from hanle_sim import Field, fit, hanle_curve
from hanle_sim.configuration import build, check, preset_text
from hanle_sim.constants import hbar, mu_B
from hanle_sim.fitting import compare, ranking
from hanle_sim.fitting.compare import compared
from hanle_sim.fitting.heat import not_asked, spin_heat
from hanle_sim.fitting.heat_profile import ShareProfile
from hanle_sim.fitting.ranking import Candidate, ranked
from hanle_sim.fitting.request import device_fit
from hanle_sim.fitting.result import result_of
from hanle_sim.fitting.section import FitSection, checked
from hanle_sim.fitting.variants import AS_WRITTEN, Variant, variants
from hanle_sim.measured import Measured

PER_TESLA = 2 * mu_B / hbar
B = np.linspace(-60e-3, 60e-3, 121)
L_0 = 2.45e-8
HOT = {
    "name": "hot",
    "junction": {"P_G": 0.4, "P_L": 0.5, "S": "90 uV/K", "R_tun": "50 kohm um^2"},
    "nonmagnet": {"model": "lumped", "tau_s": "1 ns", "tau_Q": "0.2 ns", "r_s": "25 ohm um^2", "T_0": "300 K", "alpha": 1.0},
    "drive": {"I": "1 kA/cm^2"},
}
FREE = {"free": {"tau_s": {}, "P_G": {}}, "offset": True}
#: Heat's share of two lines whose amplitudes are as P_G² r_s and (P_L S)² r_s/(L_0 α), the paper's Eq. (14).
SHARE = (0.5 * 90e-6) ** 2 / ((0.5 * 90e-6) ** 2 + 0.4**2 * L_0)


def line(x: np.ndarray, tau: float) -> np.ndarray:
    return 1 / (1 + (PER_TESLA * x * tau) ** 2)


def curve(share: float, noise: float, seed: int = 0, tau_Q: float = 0.2e-9, tau_s: float = 1e-9) -> Measured:
    """Two lines by the closed formula, with noise in shares of the peak: no line of the package's."""
    height = 0.4**2 * 25e-12 * 1e7 / (1 - share)
    y = height * ((1 - share) * line(B, tau_s) + share * line(B, tau_Q) + noise * np.random.default_rng(seed).normal(size=B.size))
    return Measured(B, y, "V", None, f"curve {seed}", Path("curve"), None, {}, ())


def changed(tables: dict, **keys: object) -> dict:
    """Tables with other keys of nonmagnet and junction; None takes one out."""
    found = {key: dict(value) if isinstance(value, dict) else value for key, value in tables.items()}
    for key, value in keys.items():
        home = found["junction" if key in ("P_G", "P_L", "S", "R_tun", "contact_area") else "nonmagnet"]
        home.pop(key, None)
        if value is not None:
            home[key] = value
    return found


PLAIN = changed(HOT, S=None, P_L=None, tau_Q=None, T_0=None, alpha=None)


def listed(tables: dict, free: dict | None = None) -> list[Variant]:
    whole = {**tables, "field": {"start": 0.0, "stop": 1e-3, "points": 2}}
    return list(variants(whole, check(whole), free or {"tau_s": {}}))


# Which models there are.


def test_variants_of_a_lumped_device():
    found = {one.name: one for one in listed(PLAIN)}
    assert next(iter(found)) == "lumped, back-flow"
    assert {name for name, one in found.items() if not one.reason} == {
        f"{geometry}, {contacts}" for geometry in ("lumped", "diffusive") for contacts in ("back-flow", "tunnelling")
    }
    assert found["film"].reason == "thickness is not given" and found["lateral"].reason == "distance and channel_width are not given"
    hot = [one.name for one in listed(HOT) if not one.reason]
    assert hot[:3] == [f"lumped, back-flow, {heat}" for heat in ("spin heat as written", "no spin heat", "spin heat free")]
    assert len(hot) == 9


def test_variants_of_a_lateral_device():
    """Other geometries lend it the shape of their line alone; the contact's width is area over channel width."""
    import tomllib

    tables = tomllib.loads(preset_text("lateral"))
    found = {one.name: one for one in listed(changed(tables, S=None, channel_width="2 um"), {"tau_s": {}, "P_G": {}, "D": {}})}
    applies = {name for name, one in found.items() if not one.reason}
    assert applies == {"lateral, back-flow", "lateral, tunnelling", "diffusive line, height free", "contact line, height free"}
    assert found["lumped"].reason == "without back-flow it is one Lorentzian"
    bulk, contact = found["diffusive line, height free"], found["contact line, height free"]
    assert contact.tables["nonmagnet"]["contact_width"] == pytest.approx(0.5e-6)
    assert [bulk.has(key) for key in ("tau_s", "P_G", "D", "distance")] == [True, False, False, False]
    assert contact.has("D") and contact.has_scale and "detector" not in contact.tables
    thick = changed(tables, S=None, R_sq=None, rho="1 mohm cm", thickness="1 um")
    films = [one.name for one in listed(thick) if one.geometry.startswith("film") and not one.reason]
    assert films == ["film, reflecting back line, height free", "film, absorbing back line, height free"]


def test_variants_of_open_contacts_and_of_films():
    found = {one.name: one.reason for one in listed(changed(PLAIN, R_tun="inf"))}
    assert found["lumped, back-flow"] == "R_tun is not given" and found["lumped, tunnelling"] == ""
    at_voltage = {**PLAIN, "drive": {"V": "1 mV"}}
    assert "need a given current" in {one.name: one.reason for one in listed(at_voltage)}["lumped, tunnelling"]
    film = changed(PLAIN, model="film", r_s=None, rho="1 mohm cm", D="10 cm^2/s", thickness="1 um", back="reflecting")
    found = {one.name: one.reason for one in listed(film)}
    assert {"film, absorbing back, back-flow", "diffusive, back-flow"} <= {name for name, reason in found.items() if not reason}
    assert found["lumped"] == "r_s is not given"


@pytest.mark.heavy
@pytest.mark.parametrize("tables", [HOT, PLAIN])
def test_a_bulk_of_the_same_resistance_needs_no_diffusion_constant(tables: dict):
    """Its D is a unit: another one gives the same curve."""
    bulk = next(one for one in listed(tables) if one.geometry == "diffusive").tables

    def signal(D: float) -> np.ndarray:
        setup = build(check({**bulk, "nonmagnet": {**bulk["nonmagnet"], "D": D}}))
        return np.asarray(hanle_curve(setup.device, Field(B[::10], setup.field.direction)).Delta_V_Hanle)

    np.testing.assert_allclose(signal(3.7e-3), signal(bulk["nonmagnet"]["D"]), rtol=1e-12)


# How they rank.


def lorentzian_fits(y_of: Measured):
    section = checked(FitSection, {"model": "lorentzian", "offset": True}, "fit")
    return compared(None, [], section, [y_of], starts=1, report=lambda *_: None)


def test_ranking_by_hand():
    """AICc, BIC, weights and χ²/dof of one and two lines from SciPy's own fits and the textbook's formulas."""
    data = curve(0.2, 0.01)

    def one(x, a, tau, c):
        return a * line(x, tau * 1e-9) + c

    def two(x, a, tau, b, other, c):
        return one(x, a, tau, c) + b * line(x, other * 1e-9)

    y = data.y / np.max(data.y)
    squares, counts = [], [3, 5]
    for model, start in ((one, [1, 0.8, 0]), (two, [0.8, 1, 0.2, 0.2, 0])):
        best, _ = curve_fit(model, B, y, start)
        squares.append(np.sum((y - model(B, *best)) ** 2) * np.max(data.y) ** 2)
    n = B.size
    aicc = [n * math.log(s / n) + 2 * (k + 1) + 2 * (k + 1) * (k + 2) / (n - k - 2) for s, k in zip(squares, counts, strict=True)]
    bic = [n * math.log(s / n) + (k + 1) * math.log(n) for s, k in zip(squares, counts, strict=True)]
    found = lorentzian_fits(data)
    best, other = found.models
    assert (best.name, other.name, best.allowed) == ("two Lorentzians", "one Lorentzian", True)
    assert best.results[0].n_effective == n and other.results[0].n_effective < n  # which would have favoured one line
    for got, k in ((other, 0), (best, 1)):
        assert (got.aicc, got.bic) == (pytest.approx(aicc[k], abs=1e-3), pytest.approx(bic[k], abs=1e-3))
        assert got.delta == pytest.approx(aicc[k] - aicc[1], abs=1e-3)
        assert got.weight == pytest.approx(math.exp((aicc[1] - aicc[k]) / 2) / (1 + math.exp((aicc[1] - aicc[0]) / 2)), rel=1e-3)
    noise = squares[1] / (n - 5)
    assert other.chi2_per_dof == pytest.approx(squares[0] / (n - 3) / noise, rel=1e-3) and best.chi2_per_dof == pytest.approx(1)
    assert not other.allowed and other.reason == f"AICc higher by {other.delta:.3g}"


def test_ranking_of_known_noise_and_of_outliers():
    """With σ the sum of squares itself; with soft_l1 the sum of its loss over the noise that the closest model leaves."""
    data = curve(0.0, 0.01)
    known = dataclasses.replace(data, sigma=np.full(B.size, 0.01 * np.ptp(data.y)))
    one = next(each for each in lorentzian_fits(known).models if each.name == "one Lorentzian")
    chi2, n = np.sum(((known.y - one.results[0].solution.curves[0].model) / known.sigma) ** 2), B.size
    assert one.aicc == pytest.approx(chi2 + 6 + 24 / (n - 4)) and one.bic == pytest.approx(chi2 + 3 * math.log(n))
    assert one.chi2_per_dof == pytest.approx(chi2 / (n - 3))
    section = checked(FitSection, {"model": "lorentzian", "offset": True, "loss": "soft_l1"}, "fit")
    spoilt = dataclasses.replace(data, y=data.y + np.where(np.arange(B.size) % 20 == 7, 0.5 * np.ptp(data.y), 0.0))
    found = {each.name: each for each in compared(None, [], section, [spoilt], starts=1, report=lambda *_: None).models}
    rests = {name: spoilt.y - each.results[0].solution.curves[0].model for name, each in found.items()}
    loss = {name: np.median(np.abs(rests["two Lorentzians"])) * 1.4826 for name in rests}
    loss = {name: np.sum(2 * (np.sqrt(1 + (rests[name] / noise) ** 2) - 1)) for name, noise in loss.items()}
    expected = loss["one Lorentzian"] - loss["two Lorentzians"] + 6 + 24 / (n - 4) - 10 - 60 / (n - 6)
    assert found["one Lorentzian"].aicc - found["two Lorentzians"].aicc == pytest.approx(expected, abs=0.02)


def but_a_bulk(*given: object) -> list[Variant]:
    return [one for one in variants(*given) if one.geometry != "diffusive"]


@pytest.fixture(scope="module")
def plain():
    """A plain lumped device whose contact is transparent: τ_s is longer than the line is wide. A bulk is compared too in heavy tests."""
    data = {"x": B, "y": curve(0.0, 0.01).y, "unit": "V"}
    tables = {**changed(PLAIN, R_tun="50 ohm um^2"), "fit": {**FREE, "free": {"tau_s": {}, "P_G": {}}}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compare, "variants", but_a_bulk)
        return fit(data, tables, starts=1, compare=True)


def test_spread_of_what_the_contacts_change(plain):
    """With back-flow, r_s/R_tun = 1/2, the line is as wide as 1/τ_s times 1 + (1 − P_G²) r_s/R_tun along and 1 + r_s/R_tun across it."""
    found = plain.comparison
    models = {one.name: one for one in found.models if one.results}
    assert set(models) == {"one Lorentzian", "two Lorentzians"} | {"lumped, back-flow", "lumped, tunnelling"}
    flow, open_, alone = (models[name] for name in ("lumped, back-flow", "lumped, tunnelling", "one Lorentzian"))
    assert flow.results[0].problem is plain.results[0].problem
    assert flow.aicc == pytest.approx(open_.aicc, abs=1e-6) and open_.aicc == pytest.approx(alone.aicc, abs=1e-6)
    tau = alone.results[0].parameters["tau"].value
    P_G = flow.results[0].parameters["P_G"].value
    spread = found.spread["tau_s"]
    longer = tau * math.sqrt((1 + 0.5 * (1 - P_G**2)) * (1 + 0.5))
    assert (spread.low, spread.high) == (pytest.approx(tau, rel=1e-5), pytest.approx(longer, rel=1e-5))
    times = [one.results[0].parameters["tau_s"].value for one in (flow, open_)]
    assert times == [pytest.approx(longer, rel=1e-5), pytest.approx(tau, rel=1e-5)]
    assert spread.high - spread.low > 10 * spread.stderr
    assert spread.undetermined == ("two Lorentzians",)  # the second has no height: either may be the line
    likely = [math.exp(-(one.aicc - alone.aicc) / 2) for one in models.values()]
    assert 0.01 < likely[-1] < 0.5  # two Lorentzians
    np.testing.assert_allclose([one.weight for one in models.values()], np.array(likely) / sum(likely), rtol=1e-9)
    assert {model for model, *_ in spread.values} == set(models)
    assert found.heat.answer is None and "give junction.S, junction.P_L, nonmagnet.tau_Q, nonmagnet.T_0" in found.heat.sentence


def test_what_is_written_of_a_comparison(plain):
    from hanle_sim.output.fit_comparison import comparison_contents, left_out, ranking_table, spread_table

    contents = json.loads(json.dumps(comparison_contents(plain.comparison), allow_nan=False))
    best = contents["models"][0]
    assert best["aicc"] == plain.comparison.best.aicc and best["delta"] == 0 and best["allowed"] and best["reason"] is None
    assert {frozenset(one) for one in contents["models"]} == {frozenset(best)} and set(plain.results[0].as_dict()) < set(best)
    film = next(one for one in contents["models"] if one["model"] == "film")
    assert film["parameters"] is None and film["aicc"] is None and film["reason"] == "thickness is not given"
    assert contents["spread"]["tau_s"]["high"] == plain.comparison.spread["tau_s"].high
    assert contents["spin_heat"]["answer"] is None and set(contents["spin_heat"]) == {
        "answer",
        "sentence",
        "share",
        "ci95",
        "what_would_tell",
    }
    assert comparison_contents(None) == {"models": None, "spread": None, "spin_heat": None}
    for sheet, title in ((ranking_table(plain.comparison), "models"), (spread_table(plain.comparison), "parameters")):
        assert str(sheet.tables(80)[0].title).startswith(title)
    rows = [row for row in ranking_table(plain.comparison).rows if row]
    assert [row[0] for row in rows][: len(plain.comparison.allowed)] == [one.name for one in plain.comparison.allowed]
    assert "film (thickness is not given)" in left_out(plain.comparison)[0]


def test_one_allowed_model_has_no_spread():
    from hanle_sim.output.fit_comparison import spread_table

    found = lorentzian_fits(curve(0.3, 0.002))
    assert [one.name for one in found.allowed] == ["two Lorentzians"]
    assert spread_table(found).caption == "the data allow one model, two Lorentzians: so there is no spread"


def test_a_model_with_worse_structure_is_not_allowed(monkeypatch):
    found = lorentzian_fits(curve(0.15, 0.01))
    fits = [dataclasses.replace(one, allowed=False, reason=None) for one in found.models]
    monkeypatch.setattr(ranking, "ALLOWED", 1e9)
    again = {one.name: one for one in ranked(fits, False, found.heat).models}
    assert again["one Lorentzian"].neighbours > again["two Lorentzians"].neighbours + 4 / math.sqrt(B.size)
    assert again["one Lorentzian"].reason == "its residuals are less random" and again["two Lorentzians"].allowed


# Spin heat.

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


def test_comparing_without_a_device_is_refused(hanle, tmp_path):
    (tmp_path / "a.csv").write_text("B (mT),V (uV)\n" + "".join(f"{x},{1 / (1 + x * x)}\n" for x in range(-10, 11)), encoding="utf-8")
    status, out, err = hanle("fit", "a.csv", "--compare")
    assert (status, out) == (2, "") and "compare: needs a device" in err and err.count("\n") == 1


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_too_few_points_to_rank_are_refused(is_mirrored: bool):
    """Five points, or ten that count as five."""
    data = curve(0.2, 0.01)
    x, y = data.x[65:70], data.y[65:70]
    x, y = (np.concatenate([-x[::-1], x]), np.concatenate([y[::-1], y])) if is_mirrored else (x, y)
    with pytest.raises(ValueError, match="compare: there are too few points"):
        lorentzian_fits(dataclasses.replace(data, x=x, y=y))


# Many, and from the outside.

CASES = {
    "there": (SHARE, 0.01, {}, "yes"),
    "absent": (0.0, 0.01, {}, "no"),
    "same shape": (SHARE, 0.01, {"tau_Q": "0.9 ns"}, "can't be told"),
    "noise": (SHARE, 0.2, {}, "can't be told"),
}


@pytest.mark.heavy
@pytest.mark.parametrize("case", CASES)
def test_the_answer_is_right(case: str, monkeypatch):
    """In all but one of a dozen measurements at least; and the interval holds the truth. Where heat is there, a bulk is compared too."""
    if case != "there":
        monkeypatch.setattr(compare, "variants", but_a_bulk)
    share, noise, keys, expected = CASES[case]
    tables = changed(HOT, **keys)
    tau_Q = 0.9e-9 if keys else 0.2e-9
    section, answers, held = checked(FitSection, FREE, "fit"), Counter(), 0
    for seed in range(12):
        data = curve(share, noise, seed, tau_Q=tau_Q)
        base = device_fit({**tables, "fit": FREE}, section, [data], KERNELS, AS_WRITTEN)
        found = [result_of("c", "device", base.problem, [base.problem.solve()], "V")]
        heat = compared(base, found, section, [data], starts=2, report=lambda *_: None, kernels=KERNELS).heat
        answers[heat.answer] += 1
        held += heat.ci95[0] <= share + 1e-3 and share <= heat.ci95[1]
    assert answers[expected] >= 11 and held >= 10, (answers, held)


@pytest.mark.heavy
def test_a_comparison_from_the_command_line(hanle, tmp_path):
    root = Path(__file__).parents[2] / "docs" / "data"
    status, out, err = hanle("fit", root / "nonlocal.csv", "--config", root / "nonlocal.toml", "--compare", "--out", "r")
    assert (status, err) == (0, "") and "lateral, back-flow" in out and "not asked for" in out
    found = json.loads((tmp_path / "r" / "fit.json").read_text(encoding="utf-8"))
    allowed = [one["model"] for one in found["models"] if one["allowed"]]
    assert allowed == ["lateral, back-flow", "lateral, tunnelling"]
    spread = found["spread"]["tau_s"]
    assert spread["low"] < 345e-12 < 349e-12 < spread["high"] and spread["high"] - spread["low"] > 5 * spread["stderr"]
    assert {path.name for path in (tmp_path / "r").iterdir()} == {"fit.json", "fit.csv", "fit.png", "fit.toml", "models.png", ".hanle.json"}
