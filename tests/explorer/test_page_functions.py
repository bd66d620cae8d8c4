"""What the page computes of devices, in V8, against the program itself."""

import json

import jax
import numpy as np
import pytest
from py_mini_racer import MiniRacer

import hanle_sim
from cases import configured
from hanle_sim.configuration import ConfigurationError, build
from hanle_sim.explorer.device import NotExplorableError, Playable, Slider, playable
from hanle_sim.explorer.javascript import PRELUDE
from hanle_sim.model.model import Model
from hanle_sim.observables.two_lorentzians import two_lorentzians

GEOMETRIES = ["fig2", "diffusive", "film", "drift", "contact", "lateral", "layered"]
B = np.linspace(-0.1, 0.1, 11)


def at(slider: Slider, share: float) -> float:
    if slider.is_logarithmic:
        return slider.low * (slider.high / slider.low) ** share
    return slider.low + (slider.high - slider.low) * share


def random_devices(found: Playable, count: int, seed: int):
    """Sliders anywhere, within the second law; what no device has is left out."""
    rng, paths = np.random.default_rng(seed), [one.path for one in found.sliders]
    while count:
        values = [at(one, rng.uniform(0.02, 0.98)) for one in found.sliders]
        try:
            setup = build(found.configuration, dict(zip(paths, values, strict=True)))
        except ConfigurationError:
            continue
        if min(contact.junction.second_law_margin for contact in setup.device.contacts) >= 0:
            count -= 1
            yield values, setup


def engine_of(found: Playable) -> MiniRacer:
    engine = MiniRacer()
    engine.eval(f"{PRELUDE}const main={found.main},slope={found.slope},lorentzians={found.lorentzians or 'null'};")
    return engine


def evaluated(engine: MiniRacer, function: str, *arguments: object) -> np.ndarray:
    given = ",".join(json.dumps(one) for one in arguments)
    return np.array(json.loads(engine.eval(f"{{const o={function}({given});JSON.stringify({json.dumps(B.tolist())}.map(b=>o.at(b)))}}")))


@pytest.mark.parametrize("preset", [pytest.param(one, marks=() if one in ("fig2", "lateral") else pytest.mark.heavy) for one in GEOMETRIES])
def test_curves_of_random_devices(preset: str):
    """The signal, both its parts, and both accumulations as vectors; what the device is; and two Lorentzians."""
    found = playable(configured(preset))
    engine = engine_of(found)
    for values, setup in random_devices(found, 6 if preset in ("fig2", "lateral") else 40, 1):
        curve = hanle_sim.hanle_curve(setup.device, setup.field.part(np.zeros(1, dtype=int)).along(B, slice(None)))
        rows = evaluated(engine, "main", values)
        expected, u, T = (np.asarray(one) for one in (curve.Delta_V_Hanle, curve.u, curve.T))
        parts = [np.asarray(one) for one in (curve.Delta_V_spin, curve.Delta_V_heat)]
        size = max(np.max(abs(rows[:, 1])), np.max(abs(rows[:, 2])))
        assert np.max(abs(rows[:, 0] - expected)) <= 1e-12 * size, values
        assert np.max(abs(rows[:, 1] + rows[:, 2] - expected)) <= 1e-12 * size
        assert np.max(abs(rows[:, 3:6] - u)) <= 1e-11 * np.max(abs(u)) and np.max(abs(rows[:, 6:9] - T)) <= 1e-11 * np.max(abs(T))
        assert np.max(abs(rows[:, 1:3].T - parts)) <= 1e-12 * size
        numbers = json.loads(engine.eval(f"JSON.stringify(main({json.dumps(values)}))"))
        margin = min(contact.junction.second_law_margin for contact in setup.device.contacts)
        assert numbers["margin"][0] == pytest.approx(margin, rel=1e-12, abs=1e-14)
        assert numbers["top"][0] == pytest.approx(rows[5, 0], rel=1e-12, abs=1e-13 * size)  # B[5] = 0
        if found.lorentzians:
            middle = setup.field.part(np.zeros(1, dtype=int)).along(np.zeros(1), slice(None))
            current = float(np.ravel(hanle_sim.hanle_curve(setup.device, middle).I)[0])
            two = two_lorentzians(type(setup)(setup.device, setup.field.part(np.zeros(1, dtype=int)).along(B, slice(None))), current).curves
            np.testing.assert_allclose(evaluated(engine, "lorentzians", values).T, two, rtol=1e-11, atol=1e-13 * np.max(np.abs(two)))


@pytest.mark.parametrize("preset", ["fig2", pytest.param("lateral", marks=pytest.mark.heavy)])
def test_derivatives(preset: str):
    """By every parameter, against the Jacobian of the same device."""
    found = playable(configured(preset))
    engine, values = engine_of(found), [one.value for one in found.sliders]
    curve, _ = Model(found.configuration).differentiated(lambda *_: None, B)
    index = {one.path: k for k, one in enumerate(Model(found.configuration).parameters)}
    for k, slider in enumerate(found.sliders):
        direction = [float(n == k) for n in range(len(values))]
        expected = curve.jacobian[:, index[slider.path]]
        slope = evaluated(engine, "slope", values, direction)[:, 0]
        assert np.max(abs(slope - expected)) <= 1e-10 * np.max(abs(expected)) + 1e-13 * np.max(abs(curve.signal)) / abs(
            slider.value or 1
        ), slider.name


def test_the_margin_is_that_of_the_contact_nearer_to_the_law():
    found = playable(configured("lateral", "detector.S=130 uV/K"))
    margin = json.loads(engine_of(found).eval(f"JSON.stringify(main({json.dumps([one.value for one in found.sliders])}).margin)"))[0]
    injector, detector = (float(contact.junction.second_law_margin) for contact in found.setup.device.contacts)
    assert 0 < detector < injector and margin == pytest.approx(detector, rel=1e-12)


def test_sliders_hold_the_device_and_what_there_can_be():
    found = playable(configured("lateral"))
    by_name = {one.name: one for one in found.sliders}
    assert all(one.low < one.value < one.high or one.value in (one.low, one.high) for one in found.sliders)
    assert (by_name["P_G"].low, by_name["P_G"].high) == (-1, 1) and by_name["tau_s"].is_logarithmic
    assert by_name["tau_s"].high / by_name["tau_s"].low == pytest.approx(1e4) and "relaxation" in by_name["tau_s"].meaning
    assert "L_0" not in by_name and by_name["kappa_ph"].high > 0
    assert "eta_mix" not in {one.name for one in playable(configured("contact")).sliders}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (("field.stray.kind=gaussian", "field.stray.sigma=1 mT"), "stray fields"),
        (("G_i=1e9 S/m^2",), "imaginary mixing conductance G_i has no closed form"),
        (("B_sat=1 T",), "more than one axis"),
        (("start=", "stop=", "field.B=5 mT", "theta_start=0", "theta_stop=1"), "turns along the sweep"),
    ],
)
def test_what_can_not_be_shown(settings: tuple[str, ...], says: str):
    with pytest.raises(NotExplorableError, match=says), jax.enable_x64(True):
        playable(configured("fig2", *settings))
