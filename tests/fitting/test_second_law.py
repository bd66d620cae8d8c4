"""No fit ends at a device that breaks the second law, though the data would have it."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

import hanle_sim
from hanle_sim.configuration import ConfigurationError, build, check
from hanle_sim.constants import L_0_PAPER as L_0
from hanle_sim.constants import hbar, mu_B

B = np.linspace(-60e-3, 60e-3, 61)
PER_TESLA = 2 * mu_B / hbar
HEIGHT = 25e-12 * 1e7  # r_s I
DEVICE: dict[str, Any] = {
    "junction": {"P_G": 0.4, "P_L": 0.5, "S": "90 uV/K", "R_tun": "50 Mohm um^2"},
    "nonmagnet": {"model": "lumped", "tau_s": "1 ns", "tau_Q": "0.2 ns", "r_s": "25 ohm um^2", "T_0": "300 K", "alpha": 1.0},
    "drive": {"I": "1 kA/cm^2"},
}
FREE = {"free": {"tau_s": {}, "P_G": {}, "S": {}}}


def line(tau: float) -> np.ndarray:
    return 1 / (1 + (PER_TESLA * B * tau) ** 2)


def curve(S: float) -> np.ndarray:
    """The paper's Eq. (14), of a tunnelling contact of a Seebeck coefficient that need not exist."""
    clean = HEIGHT * (0.4**2 * line(1e-9) + (0.5 * S) ** 2 / L_0 * line(0.2e-9))
    return clean + 0.01 * clean.max() * np.random.default_rng(0).normal(size=B.size)


def largest(P_G: float, P_L: float = 0.5) -> float:
    """Up to which |S| the second law goes, with κ_σ = L_0 T_0 G_σ: (1 ± P_L)² S² ≤ (1 ± P_G)² L_0."""
    return L_0**0.5 * min((1 + P_G) / (1 + P_L), (1 - P_G) / (1 - P_L))


def is_allowed(**junction: float) -> bool:
    tables = {**DEVICE, "junction": DEVICE["junction"] | junction, "name": "x", "field": {"start": 0.0, "stop": 1e-3, "points": 2}}
    try:
        build(check(tables))
    except ConfigurationError:
        return False
    return True


def test_a_fit_stops_where_the_law_does():
    """Against SciPy's least squares of Eq. (14) along the limit."""
    y = curve(170e-6)
    data = {"x": B, "y": y, "unit": "V", "sigma": np.full(B.size, 1e-3 * np.ptp(y))}  # small, so that the data pull hard
    (found,) = hanle_sim.fit(data, {**DEVICE, "fit": FREE}, starts=2).results
    P_G, S = (found.parameters[name] for name in ("P_G", "S"))

    def squares(at: np.ndarray) -> float:
        P_G, S = at[1], largest(at[1])
        return float(np.sum((y - HEIGHT * (P_G**2 * line(at[0] * 1e-9) + (0.5 * S) ** 2 / L_0 * line(0.2e-9))) ** 2)) / HEIGHT**2

    best = minimize(squares, [1.0, 0.4], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-15, "maxiter": 4000})
    assert found.ssr == pytest.approx(best.fun * HEIGHT**2, rel=1e-4)
    assert P_G.value == pytest.approx(best.x[1], rel=1e-3) and S.value == pytest.approx(largest(best.x[1]), rel=1e-3)
    assert is_allowed(P_G=P_G.value, S=S.value) and not is_allowed(P_G=P_G.value, S=1.0001 * S.value)
    for one in (P_G, S):
        assert one.at_bound and not one.identifiable and one.stderr is None
    assert found.success and found.parameters["tau_s"].identifiable
    (said,) = (text for text in found.warnings if "second law" in text)
    assert f"S = {S.value:.4g} V/K" in said


def test_a_file_whose_own_numbers_break_it_is_refused():
    data = {"x": B, "y": curve(90e-6), "unit": "V", "name": "hot.csv", "set": {"S": 300e-6}}
    with pytest.raises(ConfigurationError, match=r"^hot\.csv: junction: the second law is broken.* 300 uV/K") as refused:
        hanle_sim.fit(data, {**DEVICE, "fit": {"free": {"tau_s": {}}}})
    assert "\n" not in str(refused.value)


@pytest.mark.heavy
def test_a_posterior_keeps_the_law_though_the_data_reach_beyond():
    """Of S a few standard errors from the limit: no draw is beyond, and a posterior that ends at a wall is not taken."""
    pytest.importorskip("numpyro")
    found = hanle_sim.fit({"x": B, "y": curve(143e-6), "unit": "V"}, {**DEVICE, "fit": FREE}, starts=1, posterior=True)
    (drawn,), (result,) = found.posteriors, found.results
    assert drawn.names[:3] == ["tau_s", "P_G", "S"]
    S, limit = np.abs(drawn.draws[..., 2].ravel()), np.array([largest(P_G) for P_G in drawn.draws[..., 1].ravel()])
    assert result.parameters["S"].value + 4 * result.parameters["S"].stderr > largest(result.parameters["P_G"].value)
    assert 0.9995 < np.max(S / limit) <= 1 + 1e-9
    assert "the posterior was not taken" in result.warnings[-1] and result.parameters["S"].by == "covariance"
