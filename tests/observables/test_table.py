"""The table of observables: each row for one device by itself, in a batch of one and in a batch of three, and what a row says."""

import math

import numpy as np
import pytest

from cases import configured
from hanle_sim.model.model import Model
from hanle_sim.observables.line import LineShape
from hanle_sim.observables.reading import Reading
from hanle_sim.observables.table import TABLE, line_reading, read_off
from hanle_sim.runtime import double_precision
from hanle_sim.sensitivity_analysis.observables import observables
from hanle_sim.sensitivity_analysis.sobol import evaluated


def test_rows_say_what_they_are():
    names = [row.name for row in TABLE]
    assert len(set(names)) == len(names)
    for row in TABLE:
        assert row.meaning.endswith(".") and row.unless.endswith("."), row.name
        assert set(row.needs) <= set(Reading._fields), row.name
    assert list(read_off(Reading(2.0))) == ["Delta_V_0"]


def test_a_lorentzian_by_hand():
    """ΔV = 1/(1 + x²) + 1 in x = ω_Lτ, τ = 2 τ_s: curvature −τ²/τ_s² of half the peak, tail −2."""
    g, tau_s = 2.0, 1e-9
    unit = 1.054571817e-34 / 9.2740100657e-24 / g / (2 * tau_s)
    rows, at = {row.name: row for row in TABLE}, Reading(2.0, 1.0, {0.5: unit}, g=g, tau_s=tau_s)
    fields = {name: rows[name].fields(unit, math.inf) for name in ("curvature", "tail_exponent")}
    B = np.concatenate(list(fields.values()))
    found = read_off(at.of_signal(fields, 1 + 1 / (1 + (B / unit) ** 2)))
    expected = {"Delta_V_0": 2.0, "hwhm": unit, "tau_apparent": 2 * tau_s, "curvature": -2.0, "tail_exponent": -2.0}
    assert found == pytest.approx(expected, rel=1e-7)


@pytest.mark.heavy
@pytest.mark.parametrize(("preset", "setting"), [("lumped", "alpha=2"), ("film", "eta_mix=0.8")])
def test_every_row_for_one_device_and_in_batches(preset: str, setting: str):
    """The first device also as a sensitivity reads it."""
    paths = ["nonmagnet.tau_s", "junction.P_G"]
    points = np.array([[1e-9, 0.3], [0.7e-9, 0.25], [1.6e-9, 0.4]])
    settings = (setting, "points=21")
    with double_precision():
        three = evaluated(Model(configured(preset, *settings)), paths, points, lambda *_: None)
    for k, (tau_s, P_G) in enumerate(points):
        model = Model(configured(preset, *settings, f"tau_s={tau_s}", f"P_G={P_G}"))
        line = LineShape.of(model.problem)
        with double_precision():
            plain = read_off(line_reading(model.problem, line, float(line.signal(np.zeros(1))[0])))
            if k == 0:
                plain |= {found.name: found.value for found in observables(model, model.differentiated(lambda *_: None)[0])}
        told = {name for name, values in three.items() if np.isfinite(values[k])}
        assert {"Delta_V_0", "hwhm", "tau_apparent", "tau_least_squares", "curvature"} <= told
        assert plain.keys() <= told and (k or told == plain.keys())
        for name in told & plain.keys():
            assert three[name][k] == pytest.approx(float(plain[name]), rel=1e-6), (k, name)
        assert k == 0 or three["Delta_V_0"][k] != pytest.approx(three["Delta_V_0"][0], rel=1e-3)
    if preset == "film":
        with double_precision():
            one = evaluated(Model(configured(preset, *settings)), paths, points[:1], lambda *_: None)
        assert {name: values[0] for name, values in three.items()} == pytest.approx(
            {name: values[0] for name, values in one.items()}, rel=1e-12
        )
