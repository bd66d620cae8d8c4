"""Errors from sets of data drawn anew, and from a posterior, against what theory says of a line."""

import numpy as np
import pytest
import xarray as xr

from hanle_sim import fit
from hanle_sim.configuration import ConfigurationError
from hanle_sim.fitting import posterior as posteriors
from hanle_sim.fitting.bootstrap import bootstrap
from hanle_sim.fitting.points import Points
from hanle_sim.fitting.quick import lorentzians
from hanle_sim.fitting.uncertainty import uncertainty

B = np.linspace(-0.08, 0.1, 61)
LINE = 1e-3 / (1 + (B / 12e-3) ** 2) + 1e-4


def points(noise: np.ndarray, sigma: np.ndarray | None = None) -> Points:
    return Points(B, LINE + noise, sigma, "curve")


def drawn(one: Points, times: int = 200):
    found = lorentzians(one, "V", 1)
    uncertain = uncertainty(found.problem, found.solution)
    return found, uncertain, bootstrap(found.problem, found.solution, uncertain, times, lambda *_: None)


def test_a_bootstrap_of_white_noise_has_the_covariance_s_errors():
    rng = np.random.default_rng(2)
    for sigma in (None, np.linspace(1e-5, 5e-5, B.size)):
        _, uncertain, draws = drawn(points((2e-5 if sigma is None else sigma) * rng.normal(size=B.size), sigma), 400)
        assert np.std(draws, 0) / uncertain.stderr == pytest.approx(np.ones(5), abs=0.2)  # 1/sqrt(2 400) of a deviation is 4 %
        assert np.mean(draws, 0) == pytest.approx(uncertain.values, abs=0.3 * np.max(uncertain.stderr))


def test_points_known_to_be_worth_half_double_the_variance():
    one = points(2e-5 * np.random.default_rng(2).normal(size=B.size))
    plain, (half, uncertain, draws) = lorentzians(one, "V", 1), drawn(one._replace(worth=0.5), 300)
    assert (half.n, half.n_effective) == (61, 30.5)
    for name, found in plain.parameters.items():
        assert half.parameters[name].stderr == pytest.approx(2**0.5 * found.stderr, rel=1e-9)
    assert np.std(draws, 0) / uncertain.stderr == pytest.approx(np.ones(5), abs=0.2)


def test_blocks_keep_what_neighbours_have_in_common():
    """Noise that changes slowly over the fields hides the line far better than drawing points one by one would show."""
    x = np.linspace(-0.08, 0.1, 601)
    rng = np.random.default_rng(5)
    slow = 2e-5 * np.repeat(rng.normal(size=61), 10)[:601]
    one = Points(x, 1e-3 / (1 + (x / 12e-3) ** 2) + slow + 1e-7 * rng.normal(size=601), None, "curve")
    found, uncertain, draws = drawn(one, 150)
    white = found.noise / 2e-5 * np.sqrt(np.diag(uncertain.covariance)[0] * uncertain.effective / 601)
    assert 2 < np.std(draws[:, 0]) / white < 5  # blocks of ten: about √10


@pytest.mark.heavy
def test_a_posterior_of_a_line_is_the_bell_that_the_covariance_says(tmp_path):
    found = fit({"x": B, "y": points(2e-5 * np.random.default_rng(3).normal(size=B.size)).y, "unit": "V"}, posterior=True)
    (one,), result = found.posteriors, found.results[0]
    assert not one.refused and one.draws.shape == (4, 1000, 6) and one.names[-1] == "noise"
    plain = fit({"x": B, "y": points(2e-5 * np.random.default_rng(3).normal(size=B.size)).y, "unit": "V"}).results[0]
    for name in ("tau", "field_offset", "amplitude", "offset", "slope"):
        by, other = result.parameters[name], plain.parameters[name]
        assert by.by == "posterior" and by.stderr == pytest.approx(other.stderr, rel=0.12), name
        assert np.mean(by.ci68) == pytest.approx(other.value, abs=0.2 * other.stderr), name
        assert by.ci95[1] - by.ci95[0] > 1.7 * (by.ci68[1] - by.ci68[0])
    one.tree.to_netcdf(tmp_path / "posterior.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "posterior.nc", engine="h5netcdf") as tree:
        assert set(tree.children) == {"posterior", "sample_stats", "observed_data", "constant_data"}
        assert tree["posterior/tau"].dims == ("chain", "draw") and tree["posterior/tau"].attrs["units"] == "s"
        np.testing.assert_array_equal(tree["posterior/tau"], one.draws[..., 0])
        assert not tree["sample_stats/diverging"].any()
        np.testing.assert_array_equal(tree["observed_data/curve 1"], found.measured[0].y)


@pytest.mark.heavy
def test_a_posterior_that_has_not_mixed_is_refused(monkeypatch):
    monkeypatch.setattr(posteriors, "_WARM", 2)
    monkeypatch.setattr(posteriors, "_DRAWS", 20)
    result = fit({"x": B, "y": points(2e-5 * np.random.default_rng(3).normal(size=B.size)).y, "unit": "V"}, posterior=True).results[0]
    assert "the posterior was not taken" in result.warnings[-1]
    assert result.parameters["tau"].by == "covariance"


def test_profiles_on_request():
    y = points(2e-5 * np.random.default_rng(3).normal(size=B.size)).y
    result = fit({"x": B, "y": y, "unit": "V"}, profiles=["tau"]).results[0]
    assert result.parameters["tau"].by == "profile" and result.parameters["field_offset"].by == "covariance"
    with pytest.raises(ConfigurationError, match="profile of tua: no parameter of the fit: did you mean tau"):
        fit({"x": B, "y": y, "unit": "V"}, profiles=["tua"])
    with pytest.raises(ConfigurationError, match="must be 0, or at least 50"):
        fit({"x": B, "y": y, "unit": "V"}, bootstrap=3)
