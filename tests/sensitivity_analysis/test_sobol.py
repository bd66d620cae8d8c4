"""Sobol indices against known integrals."""

import pytest

from cases import MODERATE, configured
from hanle_sim.sensitivity_analysis import derivatives
from hanle_sim.sensitivity_analysis.sobol import ranges_of, sobol_indices


@pytest.mark.heavy
def test_sobol_indices_of_a_product():
    """ΔV(0) = I P_G² r_s in the tunnel limit: first-order and total indices of a product of even distributions."""
    found = derivatives(configured("fig2", *MODERATE, "R_tun=1 ohm m^2", "S=0"))
    ranges = ranges_of(found.parameters, ["P_G=0.3:0.7", "r_s=10 ohm um^2:40 ohm um^2", "tau_s=0.5 ns:2 ns"])
    every = sobol_indices(found.model, ranges, 512, lambda *_: None)
    indices = every["Delta_V_0"]
    for name in ("hwhm", "tau_apparent", "tau_least_squares", "mode_tau_1"):  # set by τ_s alone
        assert [every[name][one]["total"] > 0.9 for one in ("P_G", "r_s", "tau_s")] == [False, False, True]
        assert every[name]["tau_s"]["first"] == pytest.approx(1, abs=0.03) and every[name]["P_G"]["total"] < 1e-6
    assert list(every)[:3] == ["Delta_V_0", "hwhm", "tau_apparent"] and "curvature" not in every  # −1 throughout

    def moments(power: int, low: float, high: float) -> tuple[float, float]:
        mean = (high ** (power + 1) - low ** (power + 1)) / (power + 1) / (high - low)
        square = (high ** (2 * power + 1) - low ** (2 * power + 1)) / (2 * power + 1) / (high - low)
        return mean, square - mean**2

    (a, va), (b, vb) = moments(2, 0.3, 0.7), moments(1, 10.0, 40.0)
    total = va * vb + va * b * b + vb * a * a
    for name, first in (("P_G", va * b * b), ("r_s", vb * a * a)):
        assert indices[name]["first"] == pytest.approx(first / total, abs=0.03)
        assert indices[name]["total"] == pytest.approx((first + va * vb) / total, abs=0.03)
