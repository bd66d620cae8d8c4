"""Devices without spin heat: none of its numbers is asked for, none is shown, and the spin signal is what it was."""

import json

import numpy as np
import pytest

from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped, Material, hanle_curve, simulate
from hanle_sim.configuration import ConfigurationError, build, check
from hanle_sim.model.parameters import parameters_of
from hanle_sim.solvers import closed, linear, volumes
from hanle_sim.solvers.closed import modes
from plain_spin import GEOMETRIES, MU_B_OVER_HBAR, impedance, natural_of, written

HEAT = {"junction": {"S": 0, "P_L": 0.7}, "nonmagnet": {"tau_Q": "0.1 ns", "T_0": 77}}


def spin_signal(model: str, omega: np.ndarray) -> np.ndarray:
    """ΔV_Hanle for a field across the magnetisation, with back-flow [V]: one or two complex impedances and a real voltage."""
    P, G, length = 0.4, 1 / 25e-12, 1e-6
    z = 1 + 1j * omega * 1e-9
    if model == "lateral":
        G = 2e-12 * G
        decay, own = np.exp(-np.sqrt(z) * 1e-6 / length), 10 * length / 1e-6 / (2 * np.sqrt(z))
        Z = np.moveaxis(np.array([[own, own * decay], [own * decay, own]]), -1, 0)
        W = np.linalg.inv(np.linalg.inv(Z) + G * np.eye(2)).real
        V = np.linalg.solve(np.eye(2) - P**2 * G * W, np.array([2e-6 / G, 0])[None, :, None])
        return (P**2 * G * W @ V)[:, 1, 0]
    if model == "contact":  # Y″ = (z/λ² + R_sq G) Y − 2 R_sq J under it, Y′ = ∓√z Y/λ at its edges
        inside, outside, half = np.sqrt(z / length**2 + 10 * G), np.sqrt(z) / length, 0.75e-6
        edge = outside / (inside * np.sinh(inside * half) + outside * np.cosh(inside * half))
        W = 10 / inside**2 * (1 - edge * np.sinh(inside * half) / (inside * half))
    else:
        W = 1 / (1 / impedance(model, z) + G)
    W = W.real
    return P**2 * W * 1e6 / (1 - P**2 * G * W)


@pytest.mark.parametrize("model", GEOMETRIES)
def test_the_signal_of_spin_alone(model: str):
    setup = build(check(written(model)))
    natural, omega = natural_of(setup), 2 * MU_B_OVER_HBAR * np.linspace(-30e-3, 40e-3, 15)
    signal = np.asarray(closed.signal(natural))
    np.testing.assert_allclose(signal, spin_signal(model, omega), rtol=0, atol=1e-13 * np.max(np.abs(signal)))
    heat = {**HEAT, "nonmagnet": HEAT["nonmagnet"] | ({"alpha": 3} if model == "lumped" else {})}
    hot = natural_of(build(check(written(model, **heat))))
    tolerance = {"rtol": 0, "atol": 1e-15 * np.max(np.abs(signal))}
    np.testing.assert_allclose(np.asarray(closed.signal(hot)), signal, **tolerance)

    def read(y: np.ndarray) -> np.ndarray:
        return 0.2 * y.reshape(15, -1, 2, 3)[:, -1, 0, 0]

    np.testing.assert_allclose(read(linear.solve(natural)), signal, rtol=0, atol=1e-13 * np.max(np.abs(signal)))
    if model == "lumped":
        dressed = modes.analyse(natural).dressed
        assert dressed.weight[0] == pytest.approx(np.max(spin_signal(model, np.zeros(1))), rel=1e-14)
        assert abs(dressed.weight[1]) < 1e-15 * dressed.weight[0] and dressed.tau[0] > 4 * dressed.tau[1]
        spin, heat = sorted(abs(modes.analyse(hot).dressed.weight), reverse=True)
        assert spin == pytest.approx(dressed.weight[0], rel=1e-14) and heat < 1e-15 * spin
    else:
        np.testing.assert_allclose(read(volumes.steady_state(natural)), signal, rtol=0, atol=2e-8 * np.max(np.abs(signal)))


def test_parameters_are_those_of_spin():
    names = [parameter.name for parameter in parameters_of(check(written("lumped")))]
    assert names == ["P_G", "R_tun", "eta_mix", "tau_s", "g", "r_s", "I"]
    given = written("lumped", junction={"S": 0, "P_L": 0.3, "kappa_el": 1e9}, nonmagnet={"T_0": 300, "relaxation_Q": np.eye(3).tolist()})
    assert [parameter.name for parameter in parameters_of(check(given))] == names
    hot = check(written("lumped", junction={"S": 0}, nonmagnet={"T_0": 300, "tau_Q": 1e-10, "alpha": 2}))
    assert {"T_0", "tau_Q", "alpha"} <= {parameter.name for parameter in parameters_of(hot)}
    assert "S" not in {parameter.name for parameter in parameters_of(hot)}  # its derivative asks for P_L


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"junction": {"S": "50 uV/K"}}, "junction.P_L, nonmagnet.tau_Q, nonmagnet.T_0, nonmagnet.alpha (or r_Q) are missing: spin heat"),
        (
            {"junction": {"S": "50 uV/K", "P_L": 0.5}, "nonmagnet": {"T_0": 300, "alpha": 2}},
            "nonmagnet.tau_Q is missing: spin heat needs it",
        ),
        ({"drive": {"Delta_T_0": 1}}, "drive.Delta_T_0 = 1 K: drives spins only through a junction with a Seebeck coefficient"),
        ({"drive": {"Delta_T_0": 1}, "junction": {"S": 0}}, "are missing: spin heat needs them, since drive.Delta_T_0 = 1 K"),
    ],
)
def test_spin_heat_asks_for_all_it_needs_at_once(more: dict, message: str):
    with pytest.raises(ConfigurationError) as refused:
        check(written("lumped", **more))
    assert message in str(refused.value) and "\n" not in str(refused.value)
    with pytest.raises(ConfigurationError, match=r"nonmagnet.tau_Q, nonmagnet.T_0 are missing: .* since nonmagnet.S_N"):
        check(written("film", nonmagnet={"S_N": "1 uV/K"}))
    with pytest.raises(ConfigurationError, match=r'detector.P_L, nonmagnet.tau_Q, nonmagnet.T_0 are missing: .* detector.S = "50 uV/K"'):
        check(written("lateral") | {"detector": {"S": "50 uV/K"}})


def test_a_run_shows_no_spin_heat(hanle, tmp_path):
    (tmp_path / "plain.toml").write_text(
        'name = "plain"\njunction = {P_G = 0.4, R_tun = "25 ohm um^2"}\nnonmagnet = {model = "lumped", tau_s = "1 ns", r_s = "10 ohm um^2"}\n'
        'drive = {I = "1e9 A/m^2"}\nfield = {start = 0, stop = "30 mT", points = 3}\n',
        encoding="utf-8",
    )
    status, out, err = hanle("simulate", "plain.toml", "--out", "result")
    assert (status, err) == (0, "")
    assert "heat accumulation" not in out and "margin" not in out and "κ" not in out and "no spin heat, since S = 0" in out
    assert out.count("warning") == 1 and "flow back" in out  # of 25 mV nothing: there is no T_0 to hold it against
    summary = json.loads((tmp_path / "result" / "summary.json").read_text(encoding="utf-8"))
    assert {key for key in ("tau_Q_s", "alpha", "second_law_margin", "r_Q_kappa_el") if summary[key] is not None} == set()
    assert (summary["Delta_V_heat_0_V"], summary["Delta_T_s_0_K"], len(summary["modes"]), len(summary["bare_modes"])) == (0, 0, 1, 1)
    assert summary["Delta_V_0_V"] == pytest.approx(1e3 * spin_signal("lumped", np.zeros(1))[0], rel=1e-13)
    assert summary["hwhm_T"] == pytest.approx(1 / (2 * MU_B_OVER_HBAR * summary["modes"][0]["tau_s"]), rel=1e-9)
    assert max(summary["agreement"][way] for way in ("linear", "modes", "integrate")) < 1e-9
    status, out, err = hanle("simulate", "plain.toml", "--set", "T_0=300 K", "--out", "warm")
    assert status == 0 and "above k_B T_0/e" in out
    status, out, err = hanle("compare", "plain.toml", "lumped", "--set", "points=5", "--out", "compared")
    assert (status, err) == (0, "")
    rows = json.loads((tmp_path / "compared" / "compare.json").read_text(encoding="utf-8"))
    assert rows[0]["tau_Q_s"] is None and rows[1]["tau_Q_s"] == pytest.approx(4e-11)
    status, _, err = hanle("claims", "plain.toml")
    assert status == 2 and err.startswith("hanle: junction.S: the claims are about spin heat: give S") and err.count("\n") == 1


@pytest.mark.heavy
def test_sensitivity_without_spin_heat(hanle, tmp_path):
    options = [part for key in ("S", "P_L", "tau_Q", "T_0", "alpha") for part in ("--set", f"{key}=")]
    status, out, err = hanle("sensitivity", "lumped", *options, "--set", "points=21", "--noise", "1 nV", "--no-check", "--out", "result")
    assert (status, err) == (0, "")
    assert "tau_Q" not in out and "spin heat" not in out and "mode_tau_2" not in out
    with (tmp_path / "result" / "sensitivity.csv").open(encoding="ascii") as file:
        assert file.readline().strip().split(",") == ["B_T", "P_G", "R_tun", "eta_mix", "tau_s", "g", "r_s", "I"]
    found = json.loads((tmp_path / "result" / "sensitivity.json").read_text(encoding="utf-8"))
    assert "mode_tau_1" in found["observables"] and "mode_tau_2" not in found["observables"]


def test_plain_spin_in_python():
    junction = Junction.from_resistance(R_tun=25e-12, P_G=0.4)
    drive, field = CurrentBias(1e6), Field.sweep(-30e-3, 40e-3, 15)
    curve = hanle_curve(Device(Contact(junction), Lumped.of_spin(r_s=10e-12, tau_s=1e-9)).under(drive), field)
    expected = spin_signal("lumped", 2 * MU_B_OVER_HBAR * np.asarray(field.B))
    np.testing.assert_allclose(curve.Delta_V_Hanle, expected, rtol=1e-13)
    assert np.isnan(junction.P_L) and junction.P_L_S == 0 and junction.second_law_margin == 1
    assert Material.of_spin(rho=1e-5, D=1e-3, tau_s=1e-9).lambda_s == pytest.approx(1e-6)
    with pytest.raises(ValueError, match="S needs P_L and T_0 too"):
        Junction.from_resistance(R_tun=25e-12, P_G=0.4, S=1e-5)
    assert simulate(written("lumped")).attrs["method"] == "closed"
