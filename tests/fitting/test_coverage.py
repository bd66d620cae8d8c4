"""Intervals of 68 % hold the truth in 68 % of fits: five thousand sets of noise."""

import numpy as np
import pytest

import hanle_sim
from hanle_sim import fit
from hanle_sim.configuration import check, read
from hanle_sim.model.parameters import parameters_of

pytestmark = pytest.mark.heavy
FITS = 5000  # of which 68 % is uncertain by 0.7 %


@pytest.mark.parametrize("preset", ["lumped", "lateral"])
def test_intervals_hold_the_truth_as_often_as_they_say(preset: str):
    tables = {**read(preset), "field": {"start": "-60 mT", "stop": "60 mT", "points": 61}}
    curve = hanle_sim.simulate(tables)
    B, y = curve["B"].values, curve["Delta_V_Hanle"].values
    y = y + 0.02 * np.ptp(y) * np.random.default_rng(0).normal(size=(FITS, B.size))
    free = {"tau_s": {}, "P_G": {}} | ({"D": {}} if preset == "lateral" else {})
    found = fit({"x": B, "y": y, "unit": "V"}, {**tables, "fit": {"free": free, "offset": True, "field_offset": True}})
    truth = {one.name: one.value for one in parameters_of(check(tables))} | {"field_offset": 0.0, "offset": 0.0}
    assert found["success"].mean() > 0.999
    for name in (*free, "field_offset", "offset"):
        assert found[f"{name}_identifiable"].all(), name
        inside = (found[f"{name}_low"] <= truth[name]) & (truth[name] <= found[f"{name}_high"])
        assert float(inside.mean()) == pytest.approx(0.6827, abs=0.02), name
