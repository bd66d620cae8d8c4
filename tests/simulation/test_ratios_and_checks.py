"""Ratios to what is zero up to rounding, and checks that cannot tell."""

import math

import numpy as np
import pytest

from cases import configured
from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lateral, Material, VoltageBias
from hanle_sim.configuration import Setup, build
from hanle_sim.curve import HanleCurve
from hanle_sim.model.parameters import Parameter
from hanle_sim.model.signal import Curve
from hanle_sim.output.simulation import columns_of
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.drives import AbstractDrive
from hanle_sim.simulation.checks import Way, agreement_of, by_volumes, resolution
from hanle_sim.simulation.comparison import compared
from hanle_sim.simulation.problem import problem_of
from hanle_sim.simulation.run import run_simulation
from hanle_sim.simulation.validity import size_of_terms
from hanle_sim.solvers import Problem, linear

FIELD = Field(np.array([0.0, 2e-3, -5e-3]), np.array([0.0, 0.3, 1.0]))
FEW = ("points=5", "start=-10 mT", "stop=10 mT")


def channel(distance: float = 1e-6, **more: float) -> Device:
    """Two contacts of 1 kΩ on a channel of 10 Ω with λ_s = 1 µm."""
    given = {"P_G": 0.3, "P_L": 0.5, "S": 100e-6} | more
    bulk = Material.from_wiedemann_franz(rho=1e7, D=1e-3, tau_s=1e-9, tau_Q=4e-11, T_0=300.0)
    one = Junction.from_resistance(R_tun=1e-9, T_0=300.0, **given).over(1e-12)
    return Device((Contact(one), Contact(one)), Lateral(bulk, distance))


def solved(device: Device, drive: AbstractDrive) -> HanleCurve:
    """The curve by the linear system on plain numbers."""
    natural = NaturalUnits.of(device.under(drive), FIELD)
    return HanleCurve.from_natural(natural, linear.solve(natural), device.under(drive), FIELD)


def test_no_nonlocal_resistance_without_a_current():
    """Heat alone gives a signal, and no resistance; no more does a voltage that just balances the thermovoltage."""
    heated = solved(channel(), CurrentBias(0.0, 1.0))
    assert np.all(heated.I == 0) and np.max(abs(heated.Delta_V_Hanle)) > 1e-11 and np.all(np.isnan(heated.R_nl))
    balanced = solved(channel(P_G=0.0, P_L=0.0, S=110e-6), VoltageBias(110e-6 * 0.7, 0.7))
    assert np.all(abs(balanced.I) < 1e-15 * 1e-3 * 110e-6) and np.all(np.isnan(balanced.R_nl))
    for drive in (CurrentBias(1e-9, 1.0), VoltageBias(1e-3, 1.0)):
        curve = solved(channel(), drive)
        np.testing.assert_allclose(curve.R_nl, curve.Delta_V_Hanle / curve.I, rtol=1e-13)
        np.testing.assert_allclose(curve.I, curve.device.injector.junction.charge_current(*curve._injection), rtol=1e-9)


def test_no_nonlocal_resistance_is_written_without_a_current():
    told = run_simulation("lateral", settings=("I=0", "Delta_T_0=1 K", *FEW))
    assert told.summary["R_nl_0_ohm"] is None and told.summary["I_0_A"] == 0 and told.summary["hwhm_T"] > 1e-3
    assert np.all(np.isnan(columns_of(told)["R_nl_ohm"]))


def test_a_polarisation_of_nothing_has_no_value():
    """L vanishes where S = 0, and to rounding where L↑ = −L↓."""
    given = {"P_G": 0.5, "P_L": 0.5, "T_0": 300.0}
    assert math.isnan(Junction.from_resistance(R_tun=1e-9, S=0.0, **given).P_L)
    third = {"G_up": 3e8, "G_down": 1e8, "kappa_up": 1e5, "kappa_down": 1e5, "T_0": 300.0}
    assert math.isnan(Junction.from_spin_channels(S_up=1.1e-5, S_down=-3 * 1.1e-5, **third).P_L)
    assert Junction.from_spin_channels(S_up=1e-5, S_down=0.0, **third).P_L == 1
    assert pytest.approx(0.5, rel=1e-15) == Junction.from_resistance(R_tun=1e-9, S=1e-5, **given).P_L


def test_a_signal_that_cancels_is_zero():
    """At the second law's edge with P_L = P_G heat drives nothing at all at open circuit: what is left is rounding."""
    edge = ("S=1.5652475842498529e-4", "P_L=0.3", "P_G=0.3", "I=0", "Delta_T_0=1 K")
    found = run_simulation("diffusive", settings=(*edge, *FEW))
    assert 0 < np.max(abs(found.curve.Delta_V_Hanle)) < 1e-12 * sum(size_of_terms(Problem.of(found.setup.device, found.setup.field)))
    for key in ("Delta_V_0_V", "Delta_V_spin_0_V", "Delta_V_heat_0_V", "Delta_V_infinity_V"):
        assert found.summary[key] == 0
    assert found.summary["hwhm_T"] is None and set(found.summary["agreement"].values()) == {None}
    assert any("the signal is zero" in warning for warning in found.summary["warnings"])
    (row,) = (one.row for one in compared(["diffusive"], [*edge, *FEW]))
    assert row["Delta_V_0_V"] == 0 and row["hwhm_T"] is None and row["curvature"] is None


def test_terms_as_the_sources_drive_them():
    """Without back-flow I_s = P_G G V + P_L L ΔT_0 and I_Qs = −P_L L T_0 V − P_κ κ ΔT_0 drive u = 2 r_s I_s and T = 2 r_Q I_Qs."""
    setup = build(configured("lumped", "R_tun=1 ohm m^2", "Delta_T_0=2 K", "I=3 A/m^2"))
    junction, nonmagnet = setup.device.injector.junction, setup.device.nonmagnet
    spin = abs(0.3 * 3) + abs(0.3 * junction.L * 2) + abs(0.5 * junction.L * 2)
    heat = abs(0.5 * junction.L * 300) * (3 / junction.G + 1e-4 * 2) + 0.3 * junction.kappa_el * 2
    expected = 0.3 * nonmagnet.r_s * spin, 0.5 * 1e-4 * nonmagnet.r_Q * heat
    assert size_of_terms(Problem.of(setup.device, setup.field)) == pytest.approx(expected, rel=1e-6)


def test_elasticities_of_a_zero():
    """1e-15 V left of 1 nV − 1 nV has no elasticity; nor has an exact zero; 1e-15 V of 1 fV has."""
    parameters = [Parameter(name, f"junction.{name}", 1.0, "") for name in "ab"]
    curve = Curve(np.array([1e-25, 0.0, 2e-15, 0.0]), np.array([[1e-9, -1e-9], [1.0, 1.0], [4e-15, 2e-15], [0.0, 0.0]]))
    np.testing.assert_allclose(curve.elasticities(parameters), [[np.nan] * 2, [np.nan] * 2, [2.0, 1.0], [np.nan] * 2])


# Checks.


@pytest.mark.heavy
def test_finite_volumes_do_not_judge_what_they_do_not_resolve():
    """A detector 350 λ away sees 1e-152 of what is injected; the mesh makes 1e36 times as much of it."""
    far = run_simulation("lateral", settings=("distance=350 um", *FEW)).summary
    assert far["agreement"]["finite_volume"] is None and far["agreement"]["linear"] < 1e-12
    (remark,) = (warning for warning in far["warnings"] if "finite volumes" in warning)
    assert remark.startswith("no check by the finite volumes: the error of that way is ") and not any(
        "disagree" in one for one in far["warnings"]
    )
    near = run_simulation("lateral", settings=FEW).summary
    assert near["agreement"]["finite_volume"] < 1e-9 and near["warnings"] == []


def test_finite_volumes_say_so_where_they_alone_know_the_curve():
    for distance, told in ((1, False), (100, True)):
        setup = build(configured("lateral", f"distance={distance} um", "S_N=10 uV/K", *FEW))
        problem = problem_of(setup)
        assert problem.exact.name == "finite_volume"
        found = resolution(problem)
        assert [one.startswith("finite volumes give this curve with an error of") for one in found] == [True] * told


@pytest.mark.parametrize("distance", [1e-6, 20e-6, 30e-6, 50e-6, 350e-6])
def test_the_error_that_finite_volumes_state(distance: float):
    """Within a factor 20 of the true one, over fifty decades."""
    setup = Setup(channel(distance).under(CurrentBias(1e-7)), FIELD)
    exact = solved(setup.device, setup.device.injector.drive).Delta_V_Hanle
    curve, error = by_volumes(problem_of(setup), FIELD)
    difference = float(np.max(abs(np.asarray(curve.Delta_V_Hanle) - exact)))
    assert difference / 20 < error < 20 * difference


def test_a_true_disagreement_is_told():
    """Whatever the check's own error, a difference far beyond it is one; one within it is none."""
    curve = solved(channel(), CurrentBias(1e-7))
    signal = np.asarray(curve.Delta_V_Hanle)
    peak = float(np.max(abs(signal)))
    for error, told in ((0.0, True), (1e-6 * peak, True), (1e-3 * peak, False)):
        found, remarks = agreement_of(curve, peak, peak, {"finite_volume": Way(1.001 * signal, slice(None), error)})
        assert (found["finite_volume"] == pytest.approx(1e-3, rel=1e-9)) if told else (found["finite_volume"] is None)
        assert bool(remarks) != told
    # Terms that cancel to 1e-9 leave three digits, which no other way knows better.
    found, remarks = agreement_of(curve, peak, 1e9 * peak, {"linear": Way(1.001 * signal, slice(None), 0.0)})
    assert found["linear"] is None and remarks[0].startswith("no check by the linear system: the error of that way is 1.0e-03 of the peak")
