"""Whether a sweep distinguishes spin heat from spin accumulation: against simulated fits and a curve that diffuses."""

import math

import jax
import numpy as np
import pytest
import scipy.optimize
import scipy.stats

from cases import configured
from hanle_sim.model.model import Model
from hanle_sim.observables.lorentzian_fit import best_line, lorentzian
from hanle_sim.runtime import double_precision
from hanle_sim.sensitivity_analysis.two_channels import distinguishable, one_channel, required_misfit, tabulated


def test_telling_two_channels_from_one():
    omega = np.linspace(-4e9, 4e9, 81)
    signal = 2e-6 / (1 + (omega * 1e-9) ** 2) + 1e-6 / (1 + (omega * 0.2e-9) ** 2)
    with double_precision():
        best, log_tau = best_line(jax.numpy.asarray(signal), lorentzian(omega, math.log(1e-9)))
        told = distinguishable(signal, lorentzian(omega, math.log(1e-9)), 1e-8, 81)
        # A relaxation time far from where the search begins, as back-flow makes it.
        one = distinguishable(2e-6 / (1 + (omega * 1e-9) ** 2) + 3e-7, lorentzian(omega, math.log(5e-6)), 1e-8, 81)

    def line(x: np.ndarray, A: float, tau: float, C: float) -> np.ndarray:
        return A / (1 + (x * tau) ** 2) + C

    fitted, _ = scipy.optimize.curve_fit(line, omega * 1e-9, signal * 1e6, p0=(2.0, 1.0, 0.3))
    left = np.mean((line(omega * 1e-9, *fitted) - signal * 1e6) ** 2) * 1e-12
    assert float(best) == pytest.approx(left, rel=1e-6)
    assert float(np.exp(log_tau)) == pytest.approx(abs(fitted[1]) * 1e-9, rel=1e-4)
    needed = required_misfit()
    assert scipy.stats.ncx2.sf(scipy.stats.chi2.isf(0.05, 2), 2, needed) == pytest.approx(0.95, rel=1e-9)
    assert told.noise == pytest.approx(math.sqrt(81 * left / needed), rel=1e-6)
    assert told.points == pytest.approx(max(5.0, needed * 1e-16 / left), rel=1e-6)
    assert one.noise == 0 and math.isinf(one.points)
    assert one.tau == pytest.approx(1e-9, rel=1e-5)


@pytest.mark.heavy
def test_one_channel_that_diffuses():
    """Without back-flow a contribution that diffuses is Re 1/√(1 + iωτ): fitted to the exact curve by SciPy, beside the tabulated one."""
    model = Model(configured("diffusive", "R_tun=1 ohm m^2", "S=40 uV/K", "start=-200 mT", "stop=200 mT", "points=81"))
    with double_precision():
        signal = model.differentiated(lambda *_: None)[0].signal
        line, tau = one_channel(model, np.arange(81)), float(model.setup.device.nonmagnet.tau_s)
        assert line is not None
        told = distinguishable(signal, line, 1e-9, 81)
        table = tabulated(line)
        for x in (0.013, 0.4, 3.21):
            np.testing.assert_allclose(table.at(math.log(tau * x)), line.at(math.log(tau * x)), rtol=0, atol=1e-7)
    omega = np.asarray(model.setup.field.larmor_frequency(2.0)) * 1e-9

    def diffusing(x: np.ndarray, A: float, ns: float, C: float) -> np.ndarray:
        return A * (1 / np.sqrt(1 + 1j * x * ns)).real + C

    size = np.max(signal)
    fitted, _ = scipy.optimize.curve_fit(diffusing, omega, signal / size, p0=(1.0, 1.0, 0.0), xtol=1e-14, ftol=1e-14, gtol=1e-14)
    left = math.sqrt(np.mean((diffusing(omega, *fitted) - signal / size) ** 2)) * size
    assert told.misfit == pytest.approx(left, rel=1e-5) and told.tau == pytest.approx(fitted[1] * 1e-9, rel=1e-4)
    assert told.misfit > 1e-4 * size
