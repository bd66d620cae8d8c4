"""Regimes that strain the model are said, with numbers, and others are not."""

import math

import numpy as np
import pytest

from cases import configured, standard
from device_cases import ISLAND, tesla
from hanle_sim import Contact, CurrentBias, Device, Field, Junction, VoltageBias, half_width
from hanle_sim.commands.presets import presets
from hanle_sim.configuration import build
from hanle_sim.curve import HanleCurve
from hanle_sim.observables.half_width import width_of
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.simulation.summary import warnings_about_lines
from hanle_sim.simulation.validity import broadening, size_of_terms, uniform_injection, warnings_about_width, warnings_for
from hanle_sim.solvers import Problem, linear

WIDE = Field.sweep(-1.0, 1.0, 2001)


def at_zero(device: Device, drive: CurrentBias | VoltageBias) -> HanleCurve:
    field = Field(np.zeros(1), np.array([0.0, 0.0, 1.0]))
    natural = NaturalUnits.of(device.under(drive), field)
    return HanleCurve.from_natural(natural, linear.solve(natural), device.under(drive), field)


def told(configuration) -> list[str]:
    """All warnings of a configuration but those of its checks."""
    setup = build(configuration)
    problem = Problem.of(setup.device, setup.field)
    uniform = uniform_injection(problem, sum(size_of_terms(problem)))
    found = warnings_for(at_zero(setup.device, setup.device.injector.drive), uniform)
    return found + warnings_about_width(problem, float(width_of(problem))) + warnings_about_lines(configuration, setup.device)


@pytest.mark.heavy
def test_presets_warn_only_where_they_are_strained():
    strained = {"co-al2o3-silicon": ["voltage"], "one-kelvin": ["voltage"], "aluminium-island": ["flow back"]}
    names = [str(name) for name in presets().preset.values]
    assert len(names) >= 12
    for name in names:
        found = told(configured(name))
        assert len(found) == len(strained.get(name, [])), (name, found)
        assert all(word in sentence for word, sentence in zip(strained.get(name, []), found, strict=True))


@pytest.mark.parametrize("x", [1e-6, 0.05, 1.0, 6.6, 211.0])
def test_back_flow_that_sets_the_width(x: float):
    """Of spin alone the half width is √(Γ_∥Γ_⊥), Γ_∥ = [1 + (1 − P_G²) x]/τ_s and Γ_⊥ = (1 + x)/τ_s."""
    junction = Junction.from_resistance(R_tun=ISLAND.r_s / x, P_G=0.7, P_L=0.0, S=0.0, T_0=300.0)
    device, drive = Device(Contact(junction), ISLAND), CurrentBias(1.0)
    expected = math.sqrt((1 + (1 - 0.49) * x) * (1 + x))
    problem = Problem.of(device.under(drive), WIDE)
    assert width_of(problem) == pytest.approx(expected * tesla(ISLAND), rel=1e-7)
    assert broadening(problem, float(width_of(problem))) == pytest.approx(expected, rel=1e-7)
    found = warnings_about_width(problem, float(width_of(problem)))
    assert len([one for one in found if f"r_s/R_tun = {x:.3g}): the half width is {expected:.3g} times" in one]) == (expected > 1.1)


def test_half_widths_that_the_sweep_does_not_show():
    device = standard(x=1e-6).under(CurrentBias(1.0))
    width = float(half_width(device, WIDE))

    def found(stop: float, points: int = 201) -> list[str]:
        return warnings_about_width(Problem.of(device, Field.sweep(-stop, stop, points)), width)

    assert found(20e-3) == [] and found(width) == [] and found(0.0, 1) == []
    assert found(5e-3) == ["the half width, 6.36 mT, lies outside the sweep, which ends at 5 mT"]


@pytest.mark.parametrize(("P_L", "S", "told"), [(0.5, 1e-4, True), (0.52, 1e-4, True), (0.8, 1e-4, False), (-0.5, 2e-5, False)])
def test_heat_that_injects_no_spins(P_L: float, S: float, told: bool):
    """At open circuit I_s = (P_G − P_L) S G ΔT_0: against the current itself."""
    junction = Junction.from_resistance(R_tun=1.0, P_G=0.5, P_L=P_L, S=S, T_0=300.0)
    m, none = np.array([1.0, 0.0, 0.0]), np.zeros(3)
    injected = junction.spin_current(m, junction.voltage(m, 0.0, none, none, 2.0), none, none, 2.0)[0]
    assert injected == pytest.approx((0.5 - P_L) * S * 2.0, abs=1e-18)
    assert told == (abs(injected) < 0.1 * abs(P_L * S * 2.0))
    device = Device(Contact(junction), ISLAND)
    for drive, expected in ((CurrentBias(1e-3, 2.0), told), (CurrentBias(1e-3), False), (VoltageBias(1e-3, 2.0), False)):
        assert any("nearly no spins are injected by heat" in one for one in warnings_for(at_zero(device, drive))) == expected


def test_a_mixing_conductance_below_the_sharvin_one():
    for eta, expected in ((0.75, True), (1.0, False), (2.0, False)):
        found = warnings_for(at_zero(standard(eta_mix=eta, x=1e-3), CurrentBias(1.0)))
        assert [one.startswith("junction: eta_mix = 0.75 is below 1, which scattering theory does not allow") for one in found] == [
            True
        ] * expected
    both = told(configured("lateral", "detector.eta_mix=0.5"))
    assert [one.partition(":")[0] for one in both] == ["detector"]


@pytest.mark.heavy
def test_contacts_longer_than_lines():
    """1 µm² across a channel of 0.2 µm is 5 µm long, λ_s 1 µm."""
    both = told(configured("lateral", "channel_width=0.2 um"))
    assert len(both) == 2 and "contact_area/channel_width = 5 um is more than lambda_s = 1 um" in both[0]
    (close,) = told(configured("lateral", "distance=0.8 um", "detector.contact_area=0.5 um^2"))
    assert close.startswith("junction: ") and close.endswith("is more than distance = 0.8 um")


def test_a_half_width_below_a_sweep_and_the_contact_that_spins_flow_back_into():
    found = told(configured("lumped", "start=10 mT", "stop=20 mT"))
    assert any("the half width, 5.949 mT, lies outside the sweep, which begins at 10 mT" in sentence for sentence in found), found
    found = told(configured("lateral", "detector.R_tun=1 ohm um^2"))
    assert any("flow back into the ferromagnet (r_s/R_tun = 10)" in sentence for sentence in found), found
