"""What a measurement determines: against forty digits and the scatter of simulated fits."""

import math

import mpmath as mp
import numpy as np
import pytest

from cases import MODERATE, configured
from hanle_sim.model.parameters import chosen, fitted, parameters_of
from hanle_sim.sensitivity_analysis import derivatives
from hanle_sim.sensitivity_analysis.identifiability import identifiability
from hanle_sim.sensitivity_analysis.jacobian import Sensitivity
from hanle_sim.sensitivity_analysis.report import sensitivity


def test_bounds_of_two_lorentzians_by_hand(moderate: Sensitivity):
    """Inverse of JᵀJ, scaled so that numbers of 1e-20 do not drown."""
    index = [k for k, parameter in enumerate(moderate.parameters) if parameter.name in ("P_G", "tau_s", "tau_Q")]
    J, parameters = moderate.exact.jacobian[:, index], [moderate.parameters[k] for k in index]
    noise = 1e-12
    found = identifiability(J, parameters, noise)
    with mp.workdps(50):
        A = mp.matrix(J.tolist())
        covariance = (A.T * A) ** -1 * mp.mpf(noise) ** 2
        errors = [mp.sqrt(covariance[k, k]) for k in range(3)]
        for k, parameter in enumerate(parameters):
            assert found.crlb[parameter.name] == pytest.approx(float(errors[k]), rel=1e-9)
            for j in range(3):
                assert found.correlation[k, j] == pytest.approx(float(covariance[k, j] / errors[k] / errors[j]), abs=1e-9)
        # ln(P_G τ_s/τ_Q)
        gradient = mp.matrix([1 / parameter.value for parameter in parameters])
        gradient[2] = -gradient[2]
        expected = mp.sqrt((gradient.T * covariance * gradient)[0])
    assert found.bound({"P_G": 1, "tau_s": 1, "tau_Q": -1}) == pytest.approx(float(expected), rel=1e-9)
    assert not found.sloppy


@pytest.mark.heavy
def test_bounds_of_what_enters_and_of_what_one_reads_off():
    """Without back-flow the curve has four numbers, two weights and two times, whatever the dozen parameters: their bounds by hand."""
    noise = 1e-12
    report = sensitivity("fig2", noise=noise, free="P_G,P_L,S,tau_s,tau_Q,g,L_0,r_s,alpha,I", check=False)
    B = report.result.B
    omega = 2 * 9.2740100657e-24 / 1.054571817e-34 * B
    columns = []
    for weight, tau in ((625e-12, 1e-9), (312.5e-12, 0.25e-9)):
        line = 1 / (1 + (omega * tau) ** 2)
        columns += [weight * line, -2 * weight * (omega * tau) ** 2 * line**2]  # by ln weight and by ln τ
    A = np.stack(columns, 1)
    size = np.linalg.norm(A, axis=0)
    covariance = np.linalg.inv((A / size).T @ (A / size)) / np.outer(size, size) * noise**2
    errors = np.sqrt(np.diag(covariance))
    ratio = math.sqrt(covariance[1, 1] + covariance[3, 3] - 2 * covariance[1, 3])
    expected = {"P_G^2 r_s I": errors[0], "P_L^2 S^2 L_0^-1 r_s alpha^-1 I": errors[2], "tau_s g": errors[1], "tau_s tau_Q^-1": ratio}
    assert report.measured.combinations == pytest.approx(expected, rel=1e-5)
    read_off = {one.name: one.value for one in report.observables}
    for name, error in (("mode_weight_1", errors[0]), ("mode_weight_2", errors[2])):
        assert report.measured.observables[name] / read_off[name] == pytest.approx(error, rel=1e-5)
    # Their sum is known better than either.
    gradient = np.array([625e-12, 0, 312.5e-12, 0])
    assert report.measured.observables["Delta_V_0"] == pytest.approx(math.sqrt(gradient @ covariance @ gradient), rel=1e-5)
    # What would need g: a fit finds g τ alone.
    assert math.isinf(report.measured.observables["tau_apparent"]) and math.isfinite(report.measured.observables["hwhm"])
    assert report.measured.identified is not None
    assert all(map(math.isinf, report.measured.identified.crlb.values()))


@pytest.mark.parametrize(
    ("preset", "settings", "expected"),
    [
        ("fig2", (), ["P_G", "P_L", "tau_s", "tau_Q"]),
        ("diffusive", (), ["P_G", "P_L", "tau_s", "tau_Q"]),
        ("film", ("D=", "lambda_s=1 um"), ["P_G", "P_L", "tau_s", "tau_Q", "lambda_s"]),
        ("lateral", ("detector.P_G=0.4",), ["junction.P_G", "P_L", "detector.P_G", "tau_s", "tau_Q", "D"]),
    ],
)
def test_what_a_fit_frees(preset, settings, expected):
    configuration = configured(preset, *settings)
    parameters = parameters_of(configuration)
    assert [parameters[k].name for k in fitted(configuration, parameters)] == expected


@pytest.mark.heavy
def test_without_free_a_fit_s_parameters_are_bounded():
    """Every one of them is determined; without spin heat neither P_L nor τ_Q acts, and neither is listed."""
    report = sensitivity("fig2", settings=MODERATE, noise="1 pV", check=False)
    assert report.checked is None and report.measured.are_usual and report.measured.identified is not None
    assert list(report.measured.identified.crlb) == ["P_G", "P_L", "tau_s", "tau_Q"]
    assert all(map(math.isfinite, report.measured.identified.crlb.values()))
    alone = sensitivity("fig2", settings=(*MODERATE, "S=0"), noise="1 pV", check=False).measured.identified
    assert alone is not None and list(alone.crlb) == ["P_G", "tau_s"]


@pytest.mark.heavy
def test_what_one_reads_off_is_bounded_with_all_parameters_free():
    """Parameters that hide in the noise bound the others as if they were known, but not what depends on them: as if a user freed them."""
    report = sensitivity("fig2", settings={"points": 21}, noise="1 nV", check=False)
    usual, found = report.measured.identified, report.result
    index = chosen(found.parameters, ["P_G", "P_L", "tau_s", "tau_Q"], "free")
    columns, parameters = found.exact.jacobian[:, index], [found.parameters[k] for k in index]
    freed = identifiability(columns, parameters, 1e-9, found.model, are_chosen=True)
    assert usual is not None
    assert math.isinf(usual.crlb["tau_s"]) and usual.crlb["P_G"] < 0.9 * freed.crlb["P_G"]
    as_freed = {one.name: freed.bound_of_reading(one.gradient[index]) for one in report.observables}
    assert report.measured.observables == pytest.approx(as_freed, rel=1e-9)
    # Without back-flow the slower mode's time is tau_s.
    assert report.measured.observables["mode_tau_1"] == pytest.approx(freed.crlb["tau_s"], rel=1e-5)


def test_undetermined_in_the_seed_s_limit():
    found = derivatives(configured("fig2", *MODERATE, "R_tun=1 ohm m^2", "S=0"))
    index = chosen(found.parameters, ["P_G", "r_s", "tau_s"], "--free")
    told = identifiability(found.exact.jacobian[:, index], [found.parameters[k] for k in index], 1e-12)
    assert "P_G and r_s enter only as P_G^2 r_s" in [one.text for one in told.sloppy]
    assert math.isfinite(told.crlb["tau_s"]) and math.isinf(told.crlb["r_s"])


@pytest.mark.heavy
def test_bounds_against_the_scatter_of_fits():
    """2,000 simulated measurements, fitted by Gauss-Newton with a curve written out here."""
    found = derivatives(configured("fig2", "R_tun=1 ohm m^2", "S=120 uV/K", "points=101"))
    names = ("P_G", "tau_s", "tau_Q")
    index = chosen(found.parameters, names, "--free")
    noise = 2e-3 * float(np.max(found.exact.signal))
    bounds = identifiability(found.exact.jacobian[:, index], [found.parameters[k] for k in index], noise).crlb
    p = {parameter.name: parameter.value for parameter in found.parameters}
    omega = p["g"] * 9.2740100657e-24 / 1.054571817e-34 * found.B

    def curve(theta: np.ndarray) -> np.ndarray:
        P_G, tau_s, tau_Q = theta[..., 0:1], theta[..., 1:2], theta[..., 2:3]
        heat = (p["P_L"] * p["S"]) ** 2 / p["L_0"] / p["alpha"]
        return p["I"] * p["r_s"] * (P_G**2 / (1 + (omega * tau_s) ** 2) + heat / (1 + (omega * tau_Q) ** 2))

    true = np.array([p[name] for name in names])
    np.testing.assert_allclose(curve(true), found.exact.signal, rtol=1e-6)
    rng = np.random.default_rng(1)
    data = curve(true) + noise * rng.normal(size=(2000, found.B.size))
    theta = np.tile(true * 1.05, (2000, 1))
    for _ in range(12):
        steps = np.eye(3) * true * 1e-5
        J = np.stack([(curve(theta + step) - curve(theta - step)) / (2e-5) for step in steps], -1)
        left = data - curve(theta)
        normal, gradient = np.einsum("npi,npj->nij", J, J), np.einsum("npi,np->ni", J, left)
        theta = theta + np.linalg.solve(normal, gradient[..., None])[..., 0] * true
    scatter = theta.std(0, ddof=1)
    for k, name in enumerate(names):
        assert scatter[k] == pytest.approx(bounds[name], rel=0.05), name
