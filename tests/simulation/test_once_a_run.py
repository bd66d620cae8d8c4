"""What a run does once: a device is made dimensionless, asked what covers it, and its admittance built, as often as stated here."""

from collections import Counter

import pytest

import hanle_sim
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.solvers import METHODS, problem
from hanle_sim.solvers.closed import one_contact

FEW = ("points=5", "start=-10 mT", "stop=10 mT")
ONCE = {"dimensionless": 1, **dict.fromkeys(METHODS, 1)}


@pytest.fixture
def counted(monkeypatch) -> Counter[str]:
    """How often devices were made dimensionless, each method was asked whether it covers one, and admittances were built."""
    counts: Counter[str] = Counter()

    def counting(home, name: str, what: str, function) -> None:
        def counted(*arguments):
            counts[what] += 1
            return function(*arguments)

        monkeypatch.setattr(home, name, counted)

    of = NaturalUnits.of
    counting(NaturalUnits, "of", "dimensionless", of)
    for method in METHODS.values():
        counting(method, "covers", method.name, method.covers)
    for home in (problem, one_contact):
        counting(home, "admittance_of", "admittance", home.admittance_of)
    return counts


@pytest.mark.parametrize(
    ("preset", "settings", "options", "admittances"),
    [
        pytest.param("fig2", (), {}, 2, id="its own, and without back-flow, whose half width a warning is about"),
        pytest.param("fig2", (), {"method": "modes", "check": False}, 2, id="by another method"),
        pytest.param("lateral", (), {}, 2, id="with a detector"),
        pytest.param("contact", (), {"check": False}, 3, id="and one with uniform injection, which a wide contact is compared with"),
        pytest.param("fig2", ("exchange_field=1 mT",), {"check": False}, 2, id="the half width without an exchange field needs no other"),
        pytest.param("fig2", ("theta_start=0 deg", "theta_stop=90 deg", "B=10 mT", "start=", "stop="), {}, 1, id="no half width"),
        pytest.param("fig2", ("G_i=1e9 S/m^2",), {"check": False}, 2, id="no closed form, but for what complete dephasing leaves"),
    ],
)
def test_a_run_makes_a_device_dimensionless_once(counted, preset: str, settings: tuple[str, ...], options: dict, admittances: int):
    hanle_sim.simulate(preset, settings=[*FEW, *settings], **options)
    assert counted == ONCE | {"admittance": admittances}


def test_a_comparison_makes_each_device_dimensionless_once(counted):
    hanle_sim.compare(["fig2", "diffusive"], settings=FEW)
    assert counted == dict.fromkeys((*ONCE, "admittance"), 2)


def test_trial_devices_of_a_comparison_are_devices_of_their_own(counted):
    """τ in a film's own geometry is searched for among films of other relaxation times."""
    hanle_sim.compare("film", settings=FEW)
    trials = counted["dimensionless"] - 1
    assert 2 < trials < 20 and set(counted.values()) == {1 + trials}
