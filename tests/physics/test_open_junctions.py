"""R_tun → ∞ at constant current against the closed formulas, and what follows from D, lambda_s, rho and a thickness."""

import json

import numpy as np
import pytest
from scipy import integrate

from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped, config, hanle_curve, simulate
from hanle_sim.configuration import build, check
from hanle_sim.model.model import Model
from hanle_sim.model.parameters import parameters_of
from hanle_sim.sensitivity_analysis.observables import observables
from hanle_sim.solvers import closed, linear, volumes
from plain_spin import GEOMETRIES, MU_B_OVER_HBAR, impedance, natural_of, written

B = np.linspace(-30e-3, 40e-3, 15)
OMEGA = 2 * MU_B_OVER_HBAR * B
S, P_L, L_0, TAU_Q = 80e-6, 0.6, 2.45e-8, 2e-10
HOT = {"junction": {"S": S, "P_L": P_L}, "nonmagnet": {"tau_Q": TAU_Q, "T_0": 77}}


def open_signal(model: str, heat: bool) -> np.ndarray:
    """P_G² Re Z_s + (P_L S)²/L_0 Re Z_Q, times I [V]: Eq. (14)'s amplitudes at R_tun → ∞, on each geometry's own lines."""
    I = 2e-6 if model == "lateral" else 1e6
    signal = 0.4**2 * I * impedance(model, 1 + 1j * OMEGA * 1e-9).real
    if heat:  # Z_Q is L_0 T_0 Z_Q here; a lumped one's has α = 2
        z, share = 1 + 1j * OMEGA * TAU_Q, (P_L * S) ** 2 / L_0 * I
        signal = signal + share * (impedance(model, z).real / 2 if model == "lumped" else impedance(model, z, TAU_Q).real)
    return signal


@pytest.mark.parametrize("heat", [False, True])
@pytest.mark.parametrize("model", GEOMETRIES)
def test_an_infinite_tunnel_resistance_is_the_exact_limit(model: str, heat: bool):
    more = {**HOT, "nonmagnet": HOT["nonmagnet"] | ({"alpha": 2} if model == "lumped" else {})} if heat else {}
    natural = natural_of(build(check(written(model, "inf", **more))))
    expected = open_signal(model, heat)
    tolerance = {"rtol": 0, "atol": 1e-13 * np.max(np.abs(expected))}
    np.testing.assert_allclose(np.asarray(closed.signal(natural)), expected, **tolerance)
    sensing = natural.device.detector.junction

    def read(y: np.ndarray) -> np.ndarray:
        y = y.reshape(15, -1, 2, 3)[:, -1, :, 0]
        return float(sensing.P_G) / 2 * y[:, 0] + float(sensing.P_L_S) / 2 * y[:, 1]

    np.testing.assert_allclose(read(linear.solve(natural)), expected, **tolerance)
    if model != "lumped":
        np.testing.assert_allclose(read(volumes.steady_state(natural)), expected, rtol=0, atol=2e-8 * np.max(np.abs(expected)))


def test_a_nonlocal_line_is_the_johnson_silsbee_integral():
    signal = np.asarray(closed.signal(natural_of(build(check(written("lateral", "inf"))))))
    D, tau, x = 1e-3, 1e-9, 1e-6
    for k in (0, 6, 14):
        # t = τ s²: no root at s = 0.
        integral = integrate.quad(
            lambda s, k=k: 2 * np.exp(-(x**2) / (4 * D * tau * s * s) - s * s) * np.cos(OMEGA[k] * tau * s * s), 0, 7, epsabs=1e-14, limit=400
        )[0] * np.sqrt(tau / (4 * np.pi * D))  # fmt: skip
        assert signal[k] == pytest.approx(0.4**2 * 2e-6 * 10 * (1e-6 / tau) * integral, rel=1e-9)


def test_one_of_two_contacts_may_be_open():
    signals = {}
    for injector, detector in ((1e-6, 1e-6), ("inf", "inf"), ("inf", 1e-6), (1e-6, float("inf"))):
        device = written("lateral", injector) | {"detector": {"R_tun": detector}}
        signals[injector, detector] = np.asarray(closed.signal(natural_of(build(check(device)))))
    peak = np.max(np.abs(signals["inf", "inf"]))
    # Back-flow at either contact takes about r_s/2 over R_tun: 10 Ω/2 over 500 kΩ.
    for key, signal in signals.items():
        assert np.max(np.abs(signal - signals["inf", "inf"])) / peak == pytest.approx(
            5e-6 * sum(R == 1e-6 for R in key), rel=0.9, abs=1e-14
        )
    biased = written("lateral", 1e-6) | {"detector": {"R_tun": "inf"}, "drive": {"V": 1e-3}}
    assert np.all(np.isfinite(np.asarray(closed.signal(natural_of(build(check(biased)))))))
    left_out = build(check(written("lateral", "inf"))).device
    assert left_out.detector.junction.G == left_out.injector.junction.G


def test_what_is_infinite_is_null():
    data = simulate(written("lumped", "inf", junction={"contact_area": 1e-10}, nonmagnet={"T_0": 300}), check=False)
    summary = json.loads(data.attrs["summary"])
    assert {key for key in ("V_0_V", "R_tun_ohm") if summary[key] is not None} == set()
    assert (summary["r_s_over_R_tun"], summary["warnings"], summary["r_s_ohm"]) == (0, [], pytest.approx(0.1))
    assert summary["I_0_A"] == pytest.approx(1e-4) and summary["modes"][0]["tau_s"] == pytest.approx(1e-9, rel=1e-14)
    assert summary["Delta_V_0_V"] == pytest.approx(0.16 * 1e-11 * 1e6, rel=1e-14)
    assert np.all(np.isnan(data["V"])) and all(np.all(np.isfinite(data[name])) for name in ("I", "I_s", "Delta_V_Hanle"))
    assert float(config(written("lumped", "inf"))["junction.R_tun"]) == np.inf
    assert "R_tun" not in [parameter.name for parameter in parameters_of(check(written("lumped", "inf")))]


def test_an_open_junction_in_python():
    device = Device(Contact(Junction.from_resistance(R_tun=np.inf, P_G=0.4)), Lumped.of_spin(r_s=10e-12, tau_s=1e-9))
    expected = 0.16 * 10e-12 * 1e6 / (1 + (OMEGA * 1e-9) ** 2)
    np.testing.assert_allclose(hanle_curve(device.under(CurrentBias(1e6)), Field(B)).Delta_V_Hanle, expected, rtol=1e-13)
    with pytest.raises(ValueError, match="R_tun = -inf: must be a finite number"):
        Junction.from_resistance(R_tun=-np.inf, P_G=0.4)


def test_a_field_lies_along_z_unless_told():
    for field in (Field(B), Field(B.tolist()), Field.sweep(-30e-3, 40e-3, 15)):
        np.testing.assert_array_equal(field.direction, [0, 0, 1])
        np.testing.assert_allclose(field.B, B, rtol=1e-15)
    assert Field(0.1).B.shape == (1,)
    np.testing.assert_allclose(Field.at_angle([0.1], 0.5).direction, [np.cos(0.5), 0, np.sin(0.5)])


@pytest.mark.parametrize("model", ["diffusive", "film", "drift", "contact", "lateral"])
def test_two_of_D_lambda_s_and_tau_s_give_the_third(model: str):
    lengths = {"D": "10 cm^2/s", "lambda_s": "2 um", "tau_s": "4 ns"}
    for name in lengths:
        device = written(model)
        device["nonmagnet"] = {key: value for key, value in (device["nonmagnet"] | lengths).items() if key != name}
        material = build(check(device)).device.nonmagnet.material
        assert (material.D, material.lambda_s, material.tau_s) == pytest.approx((1e-3, 2e-6, 4e-9), rel=1e-14)
        names = [parameter.name for parameter in parameters_of(check(device))]
        assert name not in names and set(lengths) - {name} <= set(names)


@pytest.mark.parametrize("model", ["contact", "lateral"])
def test_rho_over_the_thickness_is_R_sq(model: str):
    by_R_sq, by_rho = written(model), written(model)
    del by_rho["nonmagnet"]["R_sq"]
    by_rho["nonmagnet"] |= {"rho": "2 uohm m", "thickness": "200 nm"}
    one, other = (build(check(device)).device.nonmagnet for device in (by_R_sq, by_rho))
    assert other.material.rho == pytest.approx(one.material.rho, rel=1e-15)
    assert {"rho", "thickness"} <= {parameter.name for parameter in parameters_of(check(by_rho))}


def test_derivatives_by_what_was_written():
    """Re 1/√z in λ_s and D alone: ΔV = P_G² ρ λ_s I Re (1 + iωλ_s²/D)^(−1/2); its curvature in (ω_Lτ_s)² is −3/8 whatever they are."""
    device = written("diffusive", "inf")
    device["nonmagnet"] = {"model": "diffusive", "D": "10 cm^2/s", "lambda_s": "1 um", "rho": "1 mohm cm"}
    model = Model(check(device))
    curve, _ = model.differentiated(lambda what, done, total: None)
    column = [parameter.name for parameter in model.parameters].index
    z = 1 + 1j * OMEGA * 1e-9
    scale, by_tau = 0.16 * 1e-5 * 1e-6 * 1e6, (-0.5 * z**-1.5 * 1j * OMEGA * 1e-9).real
    expected = {"lambda_s": scale / 1e-6 * ((z**-0.5).real + 2 * by_tau), "D": -scale / 1e-3 * by_tau}
    np.testing.assert_allclose(curve.signal, scale * (z**-0.5).real, rtol=1e-13)
    for name, derivative in expected.items():
        np.testing.assert_allclose(curve.jacobian[:, column(name)], derivative, rtol=0, atol=1e-11 * np.max(np.abs(derivative)))
    read = {one.name: one for one in observables(model, curve)}
    assert read["curvature"].value == pytest.approx(-3 / 8, rel=1e-7)
    np.testing.assert_allclose(read["curvature"].gradient * model.scales, 0, atol=1e-6)
    hwhm = read["hwhm"].gradient * model.values / read["hwhm"].value
    assert (hwhm[column("lambda_s")], hwhm[column("D")]) == pytest.approx((-2, 1), rel=1e-9)
