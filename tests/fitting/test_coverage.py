"""Intervals of 68 % hold the truth in 68 % of fits: five thousand sets of noise."""

import numpy as np
import pytest

import hanle_sim
from hanle_sim import fit
from hanle_sim.configuration import check, read
from hanle_sim.model.parameters import parameters_of

pytestmark = pytest.mark.heavy
FITS = 5000  # of which 68 % is uncertain by 0.7 %


#: Presets, what is changed, the noise over the height, and what is free besides tau_s and P_G.
CASES = {
    "lumped": ("lumped", {}, 0.02, ()),
    "lateral": ("lateral", {}, 0.02, ("D",)),
    "spin heat": ("lumped", {"P_G": 0.5, "S": "120 uV/K", "tau_Q": "0.25 ns", "alpha": 2}, 1e-3, ("tau_Q", "S")),
}


@pytest.mark.parametrize("case", CASES)
def test_intervals_hold_the_truth_as_often_as_they_say(case: str):
    preset, changes, noise, more = CASES[case]
    tables = {**read(preset, changes), "field": {"start": "-60 mT", "stop": "60 mT", "points": 61}}
    curve = hanle_sim.simulate(tables)
    B, y = curve["B"].values, curve["Delta_V_Hanle"].values
    y = y + noise * np.ptp(y) * np.random.default_rng(0).normal(size=(FITS, B.size))
    free = {name: {} for name in ("tau_s", "P_G", *more)}
    found = fit({"x": B, "y": y, "unit": "V"}, {**tables, "fit": {"free": free, "offset": True, "field_offset": True}})
    truth = {one.name: one.value for one in parameters_of(check(tables))} | {"field_offset": 0.0, "offset": 0.0}
    assert found["success"].mean() > 0.999
    for name in (*free, "field_offset", "offset"):
        assert found[f"{name}_identifiable"].all(), name
        inside = (found[f"{name}_low"] <= truth[name]) & (truth[name] <= found[f"{name}_high"])
        assert float(inside.mean()) == pytest.approx(0.6827, abs=0.02), name
