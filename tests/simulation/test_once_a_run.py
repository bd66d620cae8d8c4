"""What a run does once: a device is made dimensionless, and asked what covers it, no more often than stated here."""

from collections import Counter

import pytest

import hanle_sim
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.simulation import run
from hanle_sim.solvers import METHODS


@pytest.fixture
def counted(monkeypatch) -> Counter[str]:
    """How often a device was made dimensionless for the run itself, and how often a method solved one."""
    counts: Counter[str] = Counter()
    of = NaturalUnits.of.__func__

    def counting(cls, device, field):
        counts["dimensionless"] += 1
        return of(cls, device, field)

    monkeypatch.setattr(NaturalUnits, "of", classmethod(counting))
    for method in METHODS.values():
        solve = method.steady_state

        def solving(natural, solve=solve, name=method.name, **options):
            counts[name] += 1
            return solve(natural, **options)

        monkeypatch.setattr(method, "steady_state", solving)
    return counts


def test_an_unchecked_run_without_a_half_width_is_made_dimensionless_once(counted):
    found = run.run_simulation(
        "fig2", settings=("points=5", "theta_start=0 deg", "theta_stop=90 deg", "B=10 mT", "start=", "stop="), check=False
    )
    assert found.method is METHODS["closed"]
    assert counted == {"dimensionless": 1, "closed": 1}


@pytest.mark.parametrize("check", [False, True])
def test_a_sweep_s_half_width_and_warnings_need_few_more(counted, check: bool):
    """Its half width and limit, and those without back-flow, are lines of their own."""
    hanle_sim.simulate("lumped", settings=["points=5"], check=check)
    assert counted["dimensionless"] <= 8 and counted["closed"] == 1
