"""Which changes of the parameters a measurement does not detect, in words: rules, and changes tried on the curve itself."""

import math
import re

import numpy as np
import pytest

from cases import MODERATE, configured
from hanle_sim.configuration import build
from hanle_sim.model.model import Model
from hanle_sim.model.parameters import Parameter, chosen
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.runtime import double_precision
from hanle_sim.sensitivity_analysis.identifiability import identifiability
from hanle_sim.solvers import closed
from jacobian_cases import columns_of, of


def test_what_is_undetermined_in_words():
    found = identifiability(columns_of([[2, 1]], 0), of("P_G", "r_s"), 1e-3)
    assert [one.text for one in found.sloppy] == ["P_G and r_s enter only as P_G^2 r_s"]
    assert all(math.isinf(error) for error in found.crlb.values())
    assert math.isfinite(found.bound({"P_G": 2, "r_s": 1})) and math.isinf(found.bound({"P_G": 1, "r_s": 1}))
    found = identifiability(columns_of([[2, 1, 0, 0, 0], [0, 1, -1, 2, 0]], 1), of("P_G", "r_s", "alpha", "S", "T_0"), 1e-3)
    texts = {one.text for one in found.sloppy}
    assert "T_0 does not act on the curve" in texts and len(found.sloppy) == 3
    joint = next(text for text in texts if "enter only" in text)
    assert joint.startswith("P_G, r_s, alpha and S enter only as ")
    for one in found.sloppy:  # each is a null direction
        v = np.array([one.powers.get(name, 0.0) for name in ("P_G", "r_s", "alpha", "S", "T_0")])
        assert np.allclose(np.array([[2, 1, 0, 0, 0], [0, 1, -1, 2, 0]]) @ v, 0, atol=1e-9)


def test_what_is_hardly_determined_in_words():
    J = columns_of([[2, 1], [1e-4, 0]], 2)
    found = identifiability(J, of("P_G", "r_s"), 1e-2)
    (one,) = found.sloppy
    assert one.text.startswith("P_G and r_s enter almost only as P_G^2 r_s: a change beside it shows only from ")
    assert one.text.endswith(", to first order")
    assert 1 < one.step < math.inf
    # Unseen, but not so much less than the product as to be told as a rule.
    (one,) = identifiability(columns_of([[2, 1], [0.5, 0]], 2), of("P_G", "r_s"), 4.0).sloppy
    assert re.match(r"P_G by [+-]\S+ % and r_s by [+-]\S+ % can change together and hardly change the curve: it shows", one.text)
    with pytest.raises(ValueError, match="noise"):
        identifiability(J, of("P_G", "r_s"), 0.0)


def test_what_can_hardly_be_separated():
    """Two curves that differ by a thousandth: bounds and correlation by inverting 2×2 and 3×3 matrices."""
    rng, noise = np.random.default_rng(5), 1e-6
    like, other, third = np.linalg.qr(rng.normal(size=(50, 3)))[0].T
    J = np.stack([like, like + 2.5e-3 * other], 1)
    (one,) = identifiability(J, of("P_G", "P_D"), noise).sloppy
    covariance = np.linalg.inv(J.T @ J) * noise**2
    errors = np.sqrt(np.diag(covariance))
    correlation = covariance[0, 1] / errors[0] / errors[1]
    together = np.sqrt(covariance.sum())
    assert correlation == pytest.approx(-0.999997, abs=5e-7) and together < errors[0] / 100
    assert one.text == (
        f"P_G and P_D can hardly be separated (correlation {correlation:.7g}): the curve gives P_G P_D to {100 * together:.2g} %, "
        f"each alone only to {100 * errors[0]:.2g} % and {100 * errors[1]:.2g} %"
    )
    assert one.powers == pytest.approx({"P_G": 1.0, "P_D": -1.0}, rel=1e-2)
    v = np.array([one.powers["P_G"], one.powers["P_D"]])
    assert one.step == pytest.approx(noise / np.linalg.norm(J @ v), rel=1e-6)
    # Another sign of a value is another sign of the correlation.
    signed = [of("P_G")[0], Parameter("P_D", "detector.P_D", -1.0, "")]
    assert "(correlation 0.99999" in identifiability(J * [1, -1], signed, noise).sloppy[0].text
    # A square: the curve gives P_G^2 r_s.
    assert "the curve gives P_G^2 r_s to" in identifiability(J * [2, 1], of("P_G", "r_s"), noise).sloppy[0].text
    three = np.stack([like, other, like + other + 2e-3 * third], 1)
    (one,) = identifiability(three, of("a", "b", "c"), noise).sloppy
    errors = np.sqrt(np.diag(np.linalg.inv(three.T @ three))) * noise
    assert one.text.startswith("a, b and c can hardly be separated: they are known to " + ", ".join(f"{100 * e:.2g} %" for e in errors[:2]))
    assert not identifiability(np.stack([like, like + 0.5 * other], 1), of("P_G", "P_D"), noise).sloppy


@pytest.mark.parametrize(
    ("settings", "free", "expected"),
    [
        # One Lorentzian: two numbers, which only scalings leave as they are whatever their size.
        (
            ("S=0", "R_tun=2500 ohm um^2"),
            "P_G,R_tun,eta_mix,tau_s,g,r_s,I",
            {"tau_s and g enter only as tau_s g", "R_tun, r_s and I enter only as R_tun r_s^-1 and R_tun I"},
        ),
        (("S=0", "R_tun=1e6 ohm m^2", "V=", "I=1e6 A/m^2"), "P_G,r_s,I", {"P_G, r_s and I enter only as P_G^2 r_s I"}),
        (("S=0",), "S,P_G,tau_s", {"S does not act on the curve, to first order at zero"}),
        # Negative ones, whose size is what a power is of.
        (("S=-20 uV/K", "P_L=0.6", "R_tun=1e6 ohm m^2", "V=", "I=1e6 A/m^2"), "P_L,S,tau_s", {"P_L and S enter only as P_L S"}),
        (("g=-2",), "g,tau_s,tau_Q", {"g, tau_s and tau_Q enter only as g tau_s and g tau_Q"}),
        (("P_G=-0.4", "S=0", "R_tun=250 Mohm um^2"), "P_G,r_s,tau_s", {"P_G and r_s enter only as P_G^2 r_s"}),
    ],
)
def test_rules_hold_for_finite_changes_too(settings, free, expected):
    model = Model(configured("fig2", *settings, "points=21"))
    index = chosen(model.parameters, free.split(","), "--free")
    with double_precision():
        jacobian = model.differentiated(lambda *_: None)[0].jacobian[:, index]
    told = identifiability(jacobian, [model.parameters[k] for k in index], 1e-12, model).sloppy
    rules = {one.text for one in told if math.isinf(one.step)}
    assert {text for text in rules if "to first order" not in text or len(expected) == 1} == expected
    for one in told:
        if "enter only" in one.text:
            before, after = (
                np.asarray(closed.signal(NaturalUnits.of(at.device, at.field)))
                for at in (build(model.configuration, scaled) for scaled in ({}, factors(model, one.powers, -0.7)))
            )
            np.testing.assert_allclose(after, before, rtol=0, atol=1e-5 * np.max(before))


@pytest.mark.parametrize(
    ("preset", "settings", "free", "noise", "expected"),
    [
        # Two lines of one width, which part only in second order.
        ("one-kelvin", (), "tau_s,tau_Q", 1e-6, "shows from {} on, beyond first order"),
        ("fig2", (), "tau_s,R_tun,r_s", 1e-12, "R_tun hardly acts on the curve: a change of it shows only from {} on, beyond first order"),
        pytest.param("diffusive", ("points=21",), "P_G,R_tun,rho", 1e-8, "shows only from {} on", marks=pytest.mark.heavy),
        # Without any effect to first order alone.
        (
            "fig2",
            ("theta=90 deg", "direction=", *MODERATE),
            "theta,I",
            1e-12,
            "theta does not act on the curve, to first order; beyond, it",
        ),
        (
            "lumped",
            ('values=[0, "5 mT"]', "start=", "stop=", "points="),
            "P_G,tau_s,S",
            1e-9,
            "without changing the curve, to first order; beyond, it",
        ),
        pytest.param(
            "drift",
            ("points=41",),
            "velocity,tau_s,tau_Q,D,rho",
            1e-10,
            "velocity, D and rho enter only as D rho^2 and velocity^2 D^-1",
            marks=pytest.mark.heavy,
        ),
        ("fig2", (*MODERATE, "S=-20 uV/K"), "P_G,P_L,S,tau_s,alpha", 1e-12, None),
        ("fig2", (), "P_G,P_L,tau_s", 1e-6, "the noise hides everything: even a change of"),
        (
            "fig2",
            ("S=0",),
            "P_G,r_s",
            1e-6,
            "P_G and r_s enter almost only as P_G^2 r_s: a change beside it shows at no size that the second law allows",
        ),
        # Rules to four digits, which such noise tells from ones without a flaw.
        ("lumped", (), "P_G,P_L,S,r_s,I", 1e-13, None),
        ("lumped", (), "P_G,P_L,S,R_tun,L_0,r_s,alpha,I", 1e-15, None),
    ],
)
def test_where_a_change_shows_is_tried_on_the_curve(preset, settings, free, noise, expected):
    model = Model(configured(preset, *settings))
    index = chosen(model.parameters, free.split(","), "--free")
    with double_precision():
        exact = model.differentiated(lambda *_: None)[0]
    told = identifiability(exact.jacobian[:, index], [model.parameters[k] for k in index], noise, model)
    assert not expected or any(re.search(re.escape(expected).replace(r"\{\}", "[^,]*"), one.text) for one in told.sloppy)

    assert bool(told.stiff) != any("hides everything" in one.text for one in told.sloppy)

    def seen(powers: dict[str, float], size: float) -> float:
        """Standard deviations."""
        at = build(model.configuration, factors(model, powers, size))
        return float(np.linalg.norm(np.asarray(closed.signal(NaturalUnits.of(at.device, at.field))) - exact.signal)) / noise

    for one in [*told.sloppy, *told.stiff]:
        if math.isfinite(one.step):
            either = [seen(one.powers, sign * one.step) for sign in (1, -1)]
            assert max(either) == pytest.approx(1, rel=0.03) or one.step < 0.02, one.text
            assert all(seen(one.powers, sign * one.step * 0.95) < 1 for sign in (1, -1)), one.text
        elif "without changing the curve" in one.text:
            assert max(seen(one.powers, sign * 1e-3) for sign in (1, -1)) < 0.1, one.text
        elif "enter only" in one.text:
            assert max(seen(one.powers, sign * 0.4) for sign in (1, -1)) < 1, one.text
        else:
            assert one.text.endswith("at no size that the second law allows"), one.text


def factors(model: Model, powers: dict[str, float], size: float) -> dict[str, float]:
    """Values of the parameters after a change by e^(size × power)."""
    return {one.path: one.value * math.exp(size * powers[one.name]) for one in model.parameters if one.name in powers}
