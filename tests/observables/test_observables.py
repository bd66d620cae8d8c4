"""What one reads off a curve and its gradients: against differences, and against the derivative of an eigenvalue."""

import functools
import math

import mpmath as mp
import numpy as np
import pytest
import scipy.optimize
import scipy.stats

from cases import MODERATE, READ, configured
from derivative_cases import OBLIQUE, by_differences, closely
from hanle_sim import half_width
from hanle_sim.observables.line import LineShape
from hanle_sim.observables.line_shape import curvature, curvature_fields
from hanle_sim.observables.reading import Reading
from hanle_sim.runtime import double_precision
from hanle_sim.sensitivity_analysis import derivatives
from hanle_sim.sensitivity_analysis.jacobian import Sensitivity
from hanle_sim.sensitivity_analysis.observables import ObservableValue, observables
from hanle_sim.solvers import Problem


def readings(setup) -> np.ndarray:
    device, field = setup.device, setup.field
    width, line = float(half_width(device, field)), LineShape.of(Problem.of(device, field))
    tau_s = float(device.nonmagnet.tau_s)
    unit = 1.054571817e-34 / 9.2740100657e-24 / abs(float(device.nonmagnet.g))
    signal = closely(setup)
    omega = np.asarray(field.B) / unit

    def misfit(log_tau: float) -> float:
        columns = np.stack([1 / (1 + (omega * math.exp(log_tau)) ** 2), np.ones(omega.size)], 1)
        best = np.linalg.lstsq(columns, signal, rcond=None)[0]
        return float(np.sum((columns @ best - signal) ** 2)) / float(np.sum(signal**2))

    middle = math.log(tau_s)
    grid = np.linspace(middle - 2, middle + 2, 81)
    start = grid[int(np.argmin([misfit(x) for x in grid]))]
    fitted = scipy.optimize.minimize_scalar(misfit, bracket=(start - 0.05, start, start + 0.05), options={"xtol": 1e-12}).x
    B, top = curvature_fields(width, line.unit), signal_at_zero(line)
    at = Reading(top, g=abs(float(device.nonmagnet.g)), tau_s=tau_s).of_signal({"curvature": B}, line.signal(B))
    return np.array([top, width, unit / width, math.exp(fitted), curvature(at)])


@functools.cache
def read_off(*settings: str) -> tuple[Sensitivity, dict[str, ObservableValue]]:
    """A moderate lumped device, changed: its derivatives, and what one reads off by name."""
    found = derivatives(configured("fig2", *MODERATE, *settings))
    return found, {one.name: one for one in observables(found.model, found.exact)}


def signal_at_zero(line: LineShape) -> float:
    return float(line.signal(np.zeros(1))[0])


@pytest.mark.parametrize(
    ("preset", "settings"),
    [pytest.param("fig2", OBLIQUE, marks=pytest.mark.heavy)],
)
def test_gradients_of_what_one_reads_off(preset: str, settings: tuple[str, ...]):
    found = derivatives(configured(preset, *settings))
    by_name = {one.name: one for one in observables(found.model, found.exact)}
    plain = readings(found.model.setup)
    for k, name in enumerate(READ):
        assert by_name[name].value == pytest.approx(plain[k], rel=1e-6), name
    for index, parameter in enumerate(found.parameters):
        if parameter.name not in ("tau_s", "P_G", "alpha", "g", "theta", "thickness", "R_tun"):
            continue
        expected = by_differences(found.model.configuration, parameter, readings, 3e-3)
        for k, name in enumerate(READ):
            value = by_name[name].gradient[index]
            # The fit's minimum is flat: its place is known to the root of what its value is.
            tolerance = 1e-4 if name == "tau_least_squares" else 1e-6
            assert value * parameter.scale == pytest.approx(expected[k] * parameter.scale, rel=tolerance, abs=tolerance * abs(plain[k])), (
                name,
                parameter.name,
            )


@pytest.mark.heavy
@pytest.mark.parametrize("settings", [("P_G=0.05", "tau_Q=1 ps", "tau_s=10 ns"), ("P_G=0.05", "theta=50 deg", "tau_Q=100 ns")])
def test_curvature_of_a_weak_line_within_a_wide_one(settings: tuple[str, ...]):
    """−Σ w_k (τ_k/τ_s)²/ΔV(0) of the two modes, and no less so for the narrower and weaker one; by g it can't change."""
    found, by_name = read_off("P_L=0.6", "alpha=3", *settings)
    tau_s = float(found.model.setup.device.nonmagnet.tau_s)
    parts = [by_name[f"mode_weight_{k}"].value * (by_name[f"mode_tau_{k}"].value / tau_s) ** 2 for k in (1, 2)]
    assert by_name["curvature"].value == pytest.approx(-sum(parts) / by_name["Delta_V_0"].value, rel=1e-8)
    by_g = dict(zip((one.name for one in found.parameters), by_name["curvature"].gradient, strict=True))["g"]
    assert abs(by_g * 2 / by_name["curvature"].value) < 1e-7


@pytest.mark.heavy
def test_a_window_is_a_shorter_sweep():
    wide, narrow = (derivatives(configured("fig2", *MODERATE, *settings)) for settings in (
        ("start=-20 mT", "stop=20 mT", "points=21"), ("start=-10 mT", "stop=10 mT", "points=11"),
    ))  # fmt: skip
    whole, within, alone = (
        {one.name: one for one in observables(found.model, found.exact, window)}["tau_least_squares"]
        for found, window in ((wide, math.inf), (wide, 10e-3), (narrow, math.inf))
    )
    assert within.value == pytest.approx(alone.value, rel=1e-9) and abs(whole.value / alone.value - 1) > 0.01
    np.testing.assert_allclose(within.gradient, alone.gradient, rtol=1e-6, atol=1e-9 * np.max(np.abs(alone.gradient)))


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("preset", "settings", "names"),
    [
        ("fig2", (*MODERATE, "theta=50 deg", "G_i=2e10 S/m^2"), ("G_i", "theta")),
    ],
)
def test_gradients_of_the_half_width_where_it_is_found_on_the_curve(preset: str, settings: tuple[str, ...], names: tuple[str, ...]):
    found = derivatives(configured(preset, *settings))
    hwhm = {one.name: one for one in observables(found.model, found.exact)}["hwhm"]

    def width(setup) -> np.ndarray:
        return np.array([half_width(setup.device, setup.field)])

    for name in names:
        k = [parameter.name for parameter in found.parameters].index(name)
        with double_precision():
            expected = by_differences(found.model.configuration, found.parameters[k], width)[0]
        scale = found.parameters[k].scale
        assert hwhm.gradient[k] * scale == pytest.approx(expected * scale, rel=1e-6, abs=1e-7 * hwhm.value), name


@pytest.mark.heavy
def test_modes_against_the_derivative_of_an_eigenvalue():
    """τ_k² are the eigenvalues of (Γ_⊥ Γ_∥)⁻¹ for b ⊥ m; of one of M(θ), with left and right eigenvectors l, r, ∂ = l·∂M r/l·r."""
    found, by_name = read_off("eta_mix=1.4", "kappa_el=2e5 W/(m^2 K)", "theta=90 deg")
    values = {parameter.name: mp.mpf(parameter.value) for parameter in found.parameters}

    def products(p: dict) -> mp.matrix:
        """Γ_⊥ Γ_∥, each relaxation rate times [[1, 0], [0, 1]] plus the back-flow of 𝒢, the longitudinal one less what the bias feeds."""
        G, L_0, T_0 = 1 / p["R_tun"], p["L_0"], p["T_0"]
        L, kappa = -p["S"] * G, p["kappa_el"]
        r_Q = p["r_s"] / (L_0 * T_0 * p["alpha"])
        back = mp.matrix([[G, -L], [-L * T_0, kappa]])
        c, h = mp.matrix([p["P_G"] * G, -p["P_L"] * L * T_0]), mp.matrix([p["P_G"], p["P_L"] * p["S"]])
        resistance, rate = mp.diag([p["r_s"], r_Q]), mp.diag([1 / p["tau_s"], 1 / p["tau_Q"]])
        across = rate * (mp.eye(2) + p["eta_mix"] * resistance * back)
        along = rate * (mp.eye(2) + resistance * (back - c * h.T))
        return across * along

    with mp.workdps(40):
        M = products(values)
        trace, det = M[0, 0] + M[1, 1], M[0, 0] * M[1, 1] - M[0, 1] * M[1, 0]
        slow = 2 * det / (trace + mp.sqrt(trace**2 - 4 * det))
        for number, eigenvalue in enumerate((slow, det / slow)):
            one = by_name[f"mode_tau_{number + 1}"]
            assert one.value == pytest.approx(float(1 / mp.sqrt(eigenvalue)), rel=1e-12)
            right, left = mp.matrix([M[0, 1], eigenvalue - M[0, 0]]), mp.matrix([M[1, 0], eigenvalue - M[0, 0]])
            for k, parameter in enumerate(found.parameters):
                if not parameter.value or parameter.name == "theta":  # even in both
                    continue
                change = mp.matrix(2, 2)
                for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
                    change[i, j] = mp.diff(
                        lambda x, i=i, j=j, name=parameter.name: products({**values, name: x})[i, j], values[parameter.name]
                    )
                slope = (left.T * change * right)[0] / (left.T * right)[0]
                expected = float(-slope / (2 * eigenvalue) * values[parameter.name])
                assert one.gradient[k] * parameter.value / one.value == pytest.approx(expected, rel=1e-10, abs=1e-10), parameter.name


@pytest.mark.heavy
def test_modes_in_the_tunnel_limit_follow_by_hand():
    """Far from mismatch: τ_1 = τ_s with weight I P_G² r_s, τ_2 = τ_Q with weight I P_L² S² r_s/(L_0 α)."""
    found, by_name = read_off("R_tun=1 ohm m^2")
    names = [parameter.name for parameter in found.parameters]

    def elasticities(name: str) -> dict[str, float]:
        one = by_name[name]
        return dict(zip(names, one.gradient * found.model.values / one.value, strict=True))

    expected = {
        "mode_tau_1": {"tau_s": 1.0},
        "mode_tau_2": {"tau_Q": 1.0},
        "mode_weight_1": {"P_G": 2.0, "r_s": 1.0, "I": 1.0},
        "mode_weight_2": {"P_L": 2.0, "S": 2.0, "L_0": -1.0, "r_s": 1.0, "alpha": -1.0, "I": 1.0},
    }
    for name, powers in expected.items():
        for parameter, slope in elasticities(name).items():
            assert slope == pytest.approx(powers.get(parameter, 0.0), abs=1e-9), (name, parameter)
    assert by_name["tail_exponent"].value == pytest.approx(-2, abs=1e-6)


@pytest.mark.heavy
@pytest.mark.parametrize("theta", [(), ("theta=20 deg",)])
def test_the_tail_of_two_lorentzians_to_forty_digits(theta: tuple[str, ...]):
    """Far from mismatch the weights are P_G² and P_L² S²/(L_0 α), the times τ_s and τ_Q, whatever the angle of the field."""
    found, by_name = read_off("R_tun=1 ohm m^2", *theta)
    one = by_name["tail_exponent"]
    given = {parameter.name: mp.mpf(parameter.value) for parameter in found.parameters}

    def exponent(**values: mp.mpf) -> mp.mpf:
        P_G, P_L, S, L_0, alpha, tau_s, tau_Q = (values[name] for name in ("P_G", "P_L", "S", "L_0", "alpha", "tau_s", "tau_Q"))
        lines = (P_G**2, tau_s), (P_L**2 * S**2 / (L_0 * alpha), tau_Q)

        def line(x: mp.mpf) -> mp.mpf:
            return sum(weight / (1 + (x * tau) ** 2) for weight, tau in lines)

        half = mp.findroot(lambda x: line(x * 1e9) - line(mp.mpf(0)) / 2, 1)
        x = half * mp.mpf(10) ** 13
        return sum(-2 * weight * (x * tau) ** 2 / (1 + (x * tau) ** 2) ** 2 for weight, tau in lines) / line(x)

    with mp.workdps(40):
        assert one.value + 2 == pytest.approx(float(exponent(**given) + 2), rel=1e-6)
        slopes = {name: float(mp.diff(lambda x, name=name: exponent(**{**given, name: x * given[name]}), 1)) for name in given}
    largest = max(map(abs, slopes.values()))
    assert largest > 1e-9
    for parameter, slope in zip(found.parameters, one.gradient * found.model.values, strict=True):
        assert slope == pytest.approx(slopes[parameter.name], abs=1e-6 * largest), parameter.name
