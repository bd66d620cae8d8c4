"""What a measurement determines, where to measure, Sobol indices: against forty digits, simulated fits, searches and known integrals."""

import itertools
import math
import re

import jax
import mpmath as mp
import numpy as np
import pytest
import scipy.optimize
import scipy.stats

from cases import MODERATE, configured
from hanle_sim.configuration import build
from hanle_sim.model.model import Model
from hanle_sim.model.parameters import Parameter, chosen, fitted, parameters_of
from hanle_sim.observables.lorentzian_fit import best_line, lorentzian
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.runtime import double_precision
from hanle_sim.sensitivity_analysis import derivatives
from hanle_sim.sensitivity_analysis.identifiability import identifiability
from hanle_sim.sensitivity_analysis.jacobian import Sensitivity
from hanle_sim.sensitivity_analysis.observables import observables
from hanle_sim.sensitivity_analysis.optimal_design import best_fields
from hanle_sim.sensitivity_analysis.report import sensitivity
from hanle_sim.sensitivity_analysis.sobol import evaluated, ranges_of, sobol_indices
from hanle_sim.sensitivity_analysis.two_channels import distinguishable, one_channel, required_misfit, tabulated
from hanle_sim.solvers import closed


def test_bounds_of_two_lorentzians_by_hand(moderate: Sensitivity):
    """Inverse of JᵀJ, scaled so that numbers of 1e-20 do not drown."""
    index = [k for k, parameter in enumerate(moderate.parameters) if parameter.name in ("P_G", "tau_s", "tau_Q")]
    J, parameters = moderate.exact.jacobian[:, index], [moderate.parameters[k] for k in index]
    noise = 1e-12
    found = identifiability(J, parameters, noise)
    with mp.workdps(50):
        A = mp.matrix(J.tolist())
        covariance = (A.T * A) ** -1 * mp.mpf(noise) ** 2
        errors = [mp.sqrt(covariance[k, k]) for k in range(3)]
        for k, parameter in enumerate(parameters):
            assert found.crlb[parameter.name] == pytest.approx(float(errors[k]), rel=1e-9)
            for j in range(3):
                assert found.correlation[k, j] == pytest.approx(float(covariance[k, j] / errors[k] / errors[j]), abs=1e-9)
        # ln(P_G τ_s/τ_Q)
        gradient = mp.matrix([1 / parameter.value for parameter in parameters])
        gradient[2] = -gradient[2]
        expected = mp.sqrt((gradient.T * covariance * gradient)[0])
    assert found.bound({"P_G": 1, "tau_s": 1, "tau_Q": -1}) == pytest.approx(float(expected), rel=1e-9)
    assert not found.sloppy


@pytest.mark.heavy
def test_bounds_of_what_enters_and_of_what_one_reads_off():
    """Without back-flow the curve has four numbers, two weights and two times, whatever the dozen parameters: their bounds by hand."""
    noise = 1e-12
    report = sensitivity("fig2", noise=noise, free="P_G,P_L,S,tau_s,tau_Q,g,L_0,r_s,alpha,I")
    B = report.result.B
    omega = 2 * 9.2740100657e-24 / 1.054571817e-34 * B
    columns = []
    for weight, tau in ((625e-12, 1e-9), (312.5e-12, 0.25e-9)):
        line = 1 / (1 + (omega * tau) ** 2)
        columns += [weight * line, -2 * weight * (omega * tau) ** 2 * line**2]  # by ln weight and by ln τ
    A = np.stack(columns, 1)
    size = np.linalg.norm(A, axis=0)
    covariance = np.linalg.inv((A / size).T @ (A / size)) / np.outer(size, size) * noise**2
    errors = np.sqrt(np.diag(covariance))
    ratio = math.sqrt(covariance[1, 1] + covariance[3, 3] - 2 * covariance[1, 3])
    expected = {"P_G^2 r_s I": errors[0], "P_L^2 S^2 L_0^-1 r_s alpha^-1 I": errors[2], "tau_s g": errors[1], "tau_s tau_Q^-1": ratio}
    assert report.measured.combinations == pytest.approx(expected, rel=1e-5)
    read_off = {one.name: one.value for one in report.observables}
    for name, error in (("mode_weight_1", errors[0]), ("mode_weight_2", errors[2])):
        assert report.measured.observables[name] / read_off[name] == pytest.approx(error, rel=1e-5)
    # Their sum is known better than either.
    gradient = np.array([625e-12, 0, 312.5e-12, 0])
    assert report.measured.observables["Delta_V_0"] == pytest.approx(math.sqrt(gradient @ covariance @ gradient), rel=1e-5)
    # What would need g: a fit finds g τ alone.
    assert math.isinf(report.measured.observables["tau_apparent"]) and math.isfinite(report.measured.observables["hwhm"])
    assert report.measured.identified is not None
    assert all(map(math.isinf, report.measured.identified.crlb.values()))


def columns_of(powers: list[list[float]], seed: int) -> np.ndarray:
    """A Jacobian of a curve that depends on a few products of powers alone."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(50, len(powers))) @ np.array(powers)


def of(*names: str) -> list[Parameter]:
    return [Parameter(name, f"junction.{name}", 1.0, "") for name in names]


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
    assert re.match(r"P_G by [+-]\S+ % and r_s by [+-]\S+ % can change together almost without a trace: it shows", one.text)
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
    ("preset", "settings", "expected"),
    [
        ("fig2", (), ["P_G", "P_L", "tau_s", "tau_Q"]),
        ("diffusive", (), ["P_G", "P_L", "tau_s", "tau_Q"]),
        ("film", ("D=", "lambda_s=1 um"), ["P_G", "P_L", "tau_s", "tau_Q", "lambda_s"]),
        ("lateral", ("detector.P_G=0.4",), ["junction.P_G", "P_L", "detector.P_G", "tau_s", "tau_Q", "D"]),
    ],
)
def test_what_a_fit_frees(preset, settings, expected):
    configuration = configured(preset, *settings)
    parameters = parameters_of(configuration)
    assert [parameters[k].name for k in fitted(configuration, parameters)] == expected


@pytest.mark.heavy
def test_without_free_a_fit_s_parameters_are_bounded():
    """Every one of them is determined; without spin heat neither P_L nor τ_Q acts, and neither is listed."""
    report = sensitivity("fig2", settings=MODERATE, noise="1 pV")
    assert report.measured.are_usual and report.measured.identified is not None
    assert list(report.measured.identified.crlb) == ["P_G", "P_L", "tau_s", "tau_Q"]
    assert all(map(math.isfinite, report.measured.identified.crlb.values()))
    alone = sensitivity("fig2", settings=(*MODERATE, "S=0"), noise="1 pV").measured.identified
    assert alone is not None and list(alone.crlb) == ["P_G", "tau_s"]


def test_undetermined_in_the_seed_s_limit():
    found = derivatives(configured("fig2", *MODERATE, "R_tun=1 ohm m^2", "S=0"))
    index = chosen(found.parameters, ["P_G", "r_s", "tau_s"], "--free")
    told = identifiability(found.exact.jacobian[:, index], [found.parameters[k] for k in index], 1e-12)
    assert "P_G and r_s enter only as P_G^2 r_s" in [one.text for one in told.sloppy]
    assert math.isfinite(told.crlb["tau_s"]) and math.isinf(told.crlb["r_s"])


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
            "without a trace, to first order; beyond, it",
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
        elif "without a trace" in one.text:
            assert max(seen(one.powers, sign * 1e-3) for sign in (1, -1)) < 0.1, one.text
        elif "enter only" in one.text:
            assert max(seen(one.powers, sign * 0.4) for sign in (1, -1)) < 1, one.text
        else:
            assert one.text.endswith("at no size that the second law allows"), one.text


def factors(model: Model, powers: dict[str, float], size: float) -> dict[str, float]:
    """Values of the parameters after a change by e^(size × power)."""
    return {one.path: one.value * math.exp(size * powers[one.name]) for one in model.parameters if one.name in powers}


@pytest.mark.heavy
def test_bounds_against_the_scatter_of_fits():
    """2,000 simulated measurements, fitted by Gauss-Newton with a curve written out here."""
    found = derivatives(configured("fig2", "R_tun=1 ohm m^2", "S=120 uV/K", "points=101"))
    names = ("P_G", "tau_s", "tau_Q")
    index = chosen(found.parameters, names, "--free")
    noise = 2e-3 * float(np.max(found.exact.signal))
    bounds = identifiability(found.exact.jacobian[:, index], [found.parameters[k] for k in index], noise).crlb
    p = {parameter.name: parameter.value for parameter in found.parameters}
    omega = p["g"] * 9.2740100657e-24 / 1.054571817e-34 * found.B

    def curve(theta: np.ndarray) -> np.ndarray:
        P_G, tau_s, tau_Q = theta[..., 0:1], theta[..., 1:2], theta[..., 2:3]
        heat = (p["P_L"] * p["S"]) ** 2 / p["L_0"] / p["alpha"]
        return p["I"] * p["r_s"] * (P_G**2 / (1 + (omega * tau_s) ** 2) + heat / (1 + (omega * tau_Q) ** 2))

    true = np.array([p[name] for name in names])
    np.testing.assert_allclose(curve(true), found.exact.signal, rtol=1e-6)
    rng = np.random.default_rng(1)
    data = curve(true) + noise * rng.normal(size=(2000, found.B.size))
    theta = np.tile(true * 1.05, (2000, 1))
    for _ in range(12):
        steps = np.eye(3) * true * 1e-5
        J = np.stack([(curve(theta + step) - curve(theta - step)) / (2e-5) for step in steps], -1)
        left = data - curve(theta)
        normal, gradient = np.einsum("npi,npj->nij", J, J), np.einsum("npi,np->ni", J, left)
        theta = theta + np.linalg.solve(normal, gradient[..., None])[..., 0] * true
    scatter = theta.std(0, ddof=1)
    for k, name in enumerate(names):
        assert scatter[k] == pytest.approx(bounds[name], rel=0.05), name


def test_where_to_measure():
    """One parameter: all points where it shows most. Two: no pair of fields with any weights does better."""
    rng = np.random.default_rng(3)
    B, parameters = np.linspace(-1, 1, 21), of("a", "b")
    J = np.stack([1 / (1 + (2 * B) ** 2), -8 * B**2 / (1 + (2 * B) ** 2) ** 2], -1) + 0.01 * rng.normal(size=(21, 2))
    alone = best_fields(J[:, :1], B, identifiability(J[:, :1], parameters[:1], 0.1), 0)
    assert alone is not None
    np.testing.assert_allclose(alone.B, [B[np.argmax(np.abs(J[:, 0]))]])
    assert alone.error == pytest.approx(0.1 / np.sqrt(21) / np.max(np.abs(J[:, 0])))
    both = best_fields(J, B, identifiability(J, parameters, 0.1), 1)
    assert both is not None and both.error < both.uniform_error
    information = sum(w * np.outer(J[k], J[k]) for w, k in zip(both.weights, np.searchsorted(B, both.B - 1e-9), strict=True))
    assert both.error == pytest.approx(0.1 / np.sqrt(21) * np.sqrt(np.linalg.inv(information)[1, 1]), rel=1e-6)
    best = math.inf
    for i, j in itertools.combinations(range(21), 2):
        for w in np.linspace(0.02, 0.98, 97):
            F = w * np.outer(J[i], J[i]) + (1 - w) * np.outer(J[j], J[j])
            if abs(np.linalg.det(F)) > 1e-9:
                best = min(best, 0.1 / np.sqrt(21) * np.sqrt(np.linalg.inv(F)[1, 1]))
    assert both.error <= best * (1 + 1e-9) and both.error == pytest.approx(best, rel=2e-3)
    undetermined = columns_of([[2, 1]], 0)
    assert best_fields(undetermined, np.linspace(0, 1, 50), identifiability(undetermined, parameters, 0.1), 0) is None


def test_telling_two_channels_from_one():
    omega = np.linspace(-4e9, 4e9, 81)
    signal = 2e-6 / (1 + (omega * 1e-9) ** 2) + 1e-6 / (1 + (omega * 0.2e-9) ** 2)
    with double_precision():
        best, log_tau = best_line(jax.numpy.asarray(signal), lorentzian(omega, math.log(1e-9)))
        told = distinguishable(signal, lorentzian(omega, math.log(1e-9)), 1e-8, 81)
        # A relaxation time far from where the search begins, as back-flow makes it.
        one = distinguishable(2e-6 / (1 + (omega * 1e-9) ** 2) + 3e-7, lorentzian(omega, math.log(5e-6)), 1e-8, 81)

    def line(x: np.ndarray, A: float, tau: float, C: float) -> np.ndarray:
        return A / (1 + (x * tau) ** 2) + C

    fitted, _ = scipy.optimize.curve_fit(line, omega * 1e-9, signal * 1e6, p0=(2.0, 1.0, 0.3))
    left = np.mean((line(omega * 1e-9, *fitted) - signal * 1e6) ** 2) * 1e-12
    assert float(best) == pytest.approx(left, rel=1e-6)
    assert float(np.exp(log_tau)) == pytest.approx(abs(fitted[1]) * 1e-9, rel=1e-4)
    needed = required_misfit()
    assert scipy.stats.ncx2.sf(scipy.stats.chi2.isf(0.05, 2), 2, needed) == pytest.approx(0.95, rel=1e-9)
    assert told.noise == pytest.approx(math.sqrt(81 * left / needed), rel=1e-6)
    assert told.points == pytest.approx(max(5.0, needed * 1e-16 / left), rel=1e-6)
    assert one.noise == 0 and math.isinf(one.points)
    assert one.tau == pytest.approx(1e-9, rel=1e-5)


@pytest.mark.heavy
def test_one_channel_that_diffuses():
    """Without back-flow a contribution that diffuses is Re 1/√(1 + iωτ): fitted to the exact curve by SciPy, beside the tabulated one."""
    model = Model(configured("diffusive", "R_tun=1 ohm m^2", "S=40 uV/K", "start=-200 mT", "stop=200 mT", "points=81"))
    with double_precision():
        signal = model.differentiated(lambda *_: None)[0].signal
        line, tau = one_channel(model, np.arange(81)), float(model.setup.device.nonmagnet.tau_s)
        assert line is not None
        told = distinguishable(signal, line, 1e-9, 81)
        table = tabulated(line)
        for x in (0.013, 0.4, 3.21):
            np.testing.assert_allclose(table.at(math.log(tau * x)), line.at(math.log(tau * x)), rtol=0, atol=1e-7)
    omega = np.asarray(model.setup.field.larmor_frequency(2.0)) * 1e-9

    def diffusing(x: np.ndarray, A: float, ns: float, C: float) -> np.ndarray:
        return A * (1 / np.sqrt(1 + 1j * x * ns)).real + C

    size = np.max(signal)
    fitted, _ = scipy.optimize.curve_fit(diffusing, omega, signal / size, p0=(1.0, 1.0, 0.0), xtol=1e-14, ftol=1e-14, gtol=1e-14)
    left = math.sqrt(np.mean((diffusing(omega, *fitted) - signal / size) ** 2)) * size
    assert told.misfit == pytest.approx(left, rel=1e-5) and told.tau == pytest.approx(fitted[1] * 1e-9, rel=1e-4)
    assert told.misfit > 1e-4 * size


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("preset", "setting"), [("lumped", "alpha=2"), ("film", "eta_mix=0.8"), ("lateral", "points=21"), ("contact", "eta_mix=0.8")]
)
def test_observables_of_many_devices_at_once(preset, setting):
    """The batched observables against those of each device by itself."""
    points, paths = np.array([[0.7e-9, 0.25], [1.6e-9, 0.4]]), ["nonmagnet.tau_s", "junction.P_G"]
    with double_precision():
        many = evaluated(Model(configured(preset, setting)), paths, points, lambda *_: None)
    for k, (tau_s, P_G) in enumerate(points):
        model = Model(configured(preset, setting, f"tau_s={tau_s}", f"P_G={P_G}"))
        with double_precision():
            one = {found.name: found.value for found in observables(model, model.differentiated(lambda *_: None)[0])}
        told = {name: numbers[k] for name, numbers in many.items() if np.isfinite(numbers[k])}
        # Under a wide contact with η_mix ≠ 1 a half width would take too long.
        assert told.keys() == ({"Delta_V_0", "tau_least_squares"} if preset == "contact" else one.keys())
        for name, value in told.items():
            assert value == pytest.approx(one[name], rel=1e-6), name


@pytest.mark.heavy
def test_sobol_indices_of_a_product():
    """ΔV(0) = I P_G² r_s in the tunnel limit: first-order and total indices of a product of even distributions."""
    found = derivatives(configured("fig2", *MODERATE, "R_tun=1 ohm m^2", "S=0"))
    ranges = ranges_of(found.parameters, ["P_G=0.3:0.7", "r_s=10 ohm um^2:40 ohm um^2", "tau_s=0.5 ns:2 ns"])
    every = sobol_indices(found.model, ranges, 512, lambda *_: None)
    indices = every["Delta_V_0"]
    for name in ("hwhm", "tau_apparent", "tau_least_squares", "mode_tau_1"):  # set by τ_s alone
        assert [every[name][one]["total"] > 0.9 for one in ("P_G", "r_s", "tau_s")] == [False, False, True]
        assert every[name]["tau_s"]["first"] == pytest.approx(1, abs=0.03) and every[name]["P_G"]["total"] < 1e-6
    assert list(every)[:3] == ["Delta_V_0", "hwhm", "tau_apparent"] and "curvature" not in every  # −1 throughout

    def moments(power: int, low: float, high: float) -> tuple[float, float]:
        mean = (high ** (power + 1) - low ** (power + 1)) / (power + 1) / (high - low)
        square = (high ** (2 * power + 1) - low ** (2 * power + 1)) / (2 * power + 1) / (high - low)
        return mean, square - mean**2

    (a, va), (b, vb) = moments(2, 0.3, 0.7), moments(1, 10.0, 40.0)
    total = va * vb + va * b * b + vb * a * a
    for name, first in (("P_G", va * b * b), ("r_s", vb * a * a)):
        assert indices[name]["first"] == pytest.approx(first / total, abs=0.03)
        assert indices[name]["total"] == pytest.approx((first + va * vb) / total, abs=0.03)
