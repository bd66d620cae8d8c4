"""How models of the same curves rank, and how far parameters spread among them."""

import dataclasses
import json
import math
import tomllib
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import curve_fit

from hanle_sim import fit
from hanle_sim.configuration import check, preset_text
from hanle_sim.fitting import compare, ranking
from hanle_sim.fitting.compare import compared
from hanle_sim.fitting.heat import not_asked
from hanle_sim.fitting.ranking import Candidate, Comparison, _named, ranked
from hanle_sim.fitting.section import FitSection, checked
from heat_cases import FREE, PLAIN, B, but_a_bulk, changed, curve, line, listed, lorentzian_fits


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
    section = checked(FitSection, {"model": "lorentzian", "offset": True, "loss": "soft_l1", "starts": 1}, "fit")
    spoilt = dataclasses.replace(data, y=data.y + np.where(np.arange(B.size) % 20 == 7, 0.5 * np.ptp(data.y), 0.0))
    found = {each.name: each for each in compared(None, [], section, [spoilt], report=lambda *_: None).models}
    rests = {name: spoilt.y - each.results[0].solution.curves[0].model for name, each in found.items()}
    loss = {name: np.median(np.abs(rests["two Lorentzians"])) * 1.4826 for name in rests}
    loss = {name: np.sum(2 * (np.sqrt(1 + (rests[name] / noise) ** 2) - 1)) for name, noise in loss.items()}
    expected = loss["one Lorentzian"] - loss["two Lorentzians"] + 6 + 24 / (n - 4) - 10 - 60 / (n - 6)
    assert found["one Lorentzian"].aicc - found["two Lorentzians"].aicc == pytest.approx(expected, abs=0.02)


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


def test_keys_of_layers_spread_too_and_reasons_are_said_once():
    from hanle_sim.output.fit_comparison import left_out

    tables = tomllib.loads(preset_text("layered"))
    result = SimpleNamespace(
        name="c", parameters=dict.fromkeys(("nonmagnet.layers.1.lambda_s", "layers.2.rho", "P_G", "offset"), "estimate")
    )
    made = [one for one in listed(tables, {"P_G": {}}) if one.reason or one.heat == "none"]
    fitted = SimpleNamespace(configuration=check(tables))
    candidates = [Candidate(one.name, () if one.reason else (result,), one, fitted, one.reason or None) for one in made]
    (first,) = {tuple(key for key, _, _ in _named(one)) for one in candidates if one.results}
    assert first == ("nonmagnet.layers.1.lambda_s", "layers.2.rho", "P_G")
    (said,) = left_out(Comparison(tuple(candidates), {}, not_asked(None)))
    assert said == "left out: lumped, diffusive, film, contact, drift, lateral (layers of several materials have no such equivalent)"


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
