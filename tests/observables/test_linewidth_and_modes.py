"""Half widths and modes against independent roots and eigenvalues."""

import math

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

import oracle
from cases import build, configured, natural, standard
from hanle_sim import Contact, CurrentBias, Device, Field, HanleCurve, Lumped, VoltageBias, apparent_tau, half_width
from hanle_sim.configuration import build as build_configuration
from hanle_sim.constants import hbar, mu_B
from hanle_sim.observables.half_width import lumped_omega_of_width, omega_of_width
from hanle_sim.observables.line import LineShape, side
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.solvers import Problem, closed, linear
from hanle_sim.solvers.closed import modes

Z = Field(np.zeros(1), np.array([0.0, 0.0, 1.0]))


def oracle_half_width(p: oracle.Parameters) -> float:
    """The smallest field at which the oracle's signal is half way between B = 0 and a very strong field."""

    def signal(B: float) -> float:
        return float(sum(oracle.signals(p, *oracle.steady_state(p, np.array([B]))))[0])

    zero, limit = signal(0.0), signal(1e9)
    grid = np.geomspace(1e-6, 1e4, 200)
    missing = np.array([(signal(B) - limit) / (zero - limit) - 0.5 for B in grid])
    first = int(np.argmax(missing < 0))
    return brentq(lambda B: (signal(B) - limit) / (zero - limit) - 0.5, grid[first - 1], grid[first], xtol=1e-16, rtol=1e-13)


@pytest.mark.heavy
def test_half_width_against_the_oracle():
    rng = np.random.default_rng(21)
    for _ in range(12):
        p = oracle.random_parameters(rng, log_x=(-2, 2))
        device, drive, field = build(p)
        assert half_width(device.under(drive), field) == pytest.approx(oracle_half_width(p), rel=1e-9), p


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_the_root_of_a_lumped_line_leaves_that_share(share):
    """In any direction and under any bias, and for many devices at once; the fall by the closed form of every nonmagnet."""
    rng, fallen = np.random.default_rng(5), []
    for _ in range(20):
        device, drive, field = build(oracle.random_parameters(rng, log_x=(-2, 2)))
        units = NaturalUnits.of(device.under(drive), field)
        response, admittance = closed.prepared(units)
        omega = omega_of_width(response, admittance, units, share)
        fallen.append(modes.fallen_quotient(response))
        part, limit = closed.fallen_share(response, admittance, omega)
        assert part / limit == pytest.approx(1 - share, rel=1e-11)
    many = modes.FallenQuotient(*map(np.array, zip(*fallen, strict=True)))
    np.testing.assert_allclose(lumped_omega_of_width(many, share), [lumped_omega_of_width(one, share) for one in fallen], rtol=1e-15)


def test_half_width_is_the_mean_of_both_relaxation_rates_for_spin_alone():
    """Γ_∥ = (1 + (1 − P_G²) x)/τ_s and Γ_⊥ = (1 + η x)/τ_s: for b ⊥ m the half width is √(Γ_∥ Γ_⊥)."""
    for x, eta in ((1e-3, 1.0), (1.0, 1.0), (30.0, 2.5)):
        device = standard(P_G=0.7, S=0.0, x=x, eta_mix=eta)
        expected = math.sqrt((1 + 0.51 * x) * (1 + eta * x)) * 1e9 * hbar / (2 * mu_B)
        assert half_width(device.under(CurrentBias(1.0)), Z) == pytest.approx(expected, rel=1e-12)


def test_half_width_where_there_is_none():
    along = Field(np.zeros(1), np.array([1.0, 0.0, 0.0]))
    assert math.isnan(half_width(standard().under(CurrentBias(1.0)), along))
    blind = Device(
        Contact(standard().injector.junction), Lumped.from_alpha(r_s=25e-12, alpha=2.0, T_0=300.0, tau_s=1e-9, tau_Q=1e-9, g=0.0)
    )
    assert math.isnan(half_width(blind.under(CurrentBias(1.0)), Z))
    assert math.isnan(half_width(standard().under(CurrentBias(0.0)), Z))


@pytest.mark.parametrize(
    ("preset", "settings", "B", "tolerance"),
    [
        ("fig2", ("R_tun=25 ohm um^2", "S=100 uV/K", "eta_mix=1.5", "G_i=2e10 S/m^2"), 1e6, 1e-12),
        ("contact", ("eta_mix=1.5", "G_i=1e9 S/m^2"), 1e3, 2e-6),
        pytest.param("lateral", ("eta_mix=1.5", "G_i=1e9 S/m^2"), 1e6, 1e-7, marks=pytest.mark.heavy),
    ],
)
def test_what_complete_dephasing_leaves(preset, settings, B, tolerance):
    """Where nothing has a closed form, against the linear system in a field so strong that little else is left; its odd part aside."""
    setup = build_configuration(configured(preset, *settings, "theta=60 deg"))
    device, drive, field = setup.device, setup.device.injector.drive, setup.field
    strong = field.along(np.array([B, -B]))
    y = linear.solve(NaturalUnits.of(device.under(drive), strong))
    expected = np.mean(HanleCurve.from_natural(NaturalUnits.of(device.under(drive), strong), y, device.under(drive), strong).Delta_V_Hanle)
    line = LineShape.of(Problem.of(device.under(drive), field))
    assert line.limit == pytest.approx(expected, rel=tolerance)
    width = half_width(device.under(drive), field)
    half = (line.signal(np.zeros(1))[0] + line.limit) / 2
    assert line.signal(side(line, width) * np.full(1, width))[0] == pytest.approx(half, rel=1e-9)
    before = np.linspace(0.0, 0.999 * width, 400)
    assert np.all(line.signal(before) > half) and np.all(line.signal(-before) > half)


def test_half_width_in_almost_parallel_fields():
    """The fall is of order sin²θ, and its half point does not suffer."""
    device = standard(x=1e-9, S=0.0)
    for theta in (1e-2, 1e-5, 1e-7):
        field = Field.at_angle(np.zeros(1), theta, device.injector.magnetisation)
        assert half_width(device.under(CurrentBias(1.0)), field) == pytest.approx(1e9 * hbar / (2 * mu_B), rel=1e-6)


def test_half_width_can_be_differentiated():
    def width(tau_s: float) -> jax.Array:
        nonmagnet = Lumped.from_alpha(r_s=25e-12, alpha=2.0, T_0=300.0, tau_s=tau_s, tau_Q=0.25e-9)
        return half_width(Device(Contact(standard().injector.junction), nonmagnet).under(CurrentBias(1e6)), Z)

    step = 1e-13
    central = float(width(1e-9 + step) - width(1e-9 - step)) / (2 * step)
    assert jax.grad(width)(1e-9) == pytest.approx(central, rel=1e-6)
    assert jax.jacfwd(width)(1e-9) == pytest.approx(float(jax.grad(width)(1e-9)), rel=1e-9)


def test_negative_g_has_the_same_width():
    nonmagnet = Lumped.from_alpha(r_s=25e-12, alpha=2.0, T_0=300.0, tau_s=1e-9, tau_Q=0.25e-9, g=-0.44)
    device = Device(Contact(standard().injector.junction), nonmagnet)
    width = half_width(device.under(CurrentBias(1.0)), Z)
    assert width == pytest.approx(half_width(standard().under(CurrentBias(1.0)), Z) * 2 / 0.44, rel=1e-12)
    assert apparent_tau(width, -0.44) > 0


@given(st.integers(0, 10_000))
def test_mode_weights_are_not_negative_and_add_up(seed: int):
    p = oracle.random_parameters(np.random.default_rng(seed), log_x=(-4, 4))
    if p.Delta_T_0:
        return
    analysis = modes.analyse(natural(p))
    zero = float(sum(oracle.signals(p, *oracle.steady_state(p, np.zeros(1))))[0])
    for group in (analysis.dressed, analysis.bare):
        assert np.all(group.weight >= -1e-9 * abs(zero))
        assert np.all(np.isfinite(group.tau)) and group.tau[0] >= group.tau[1] > 0
    dressed = analysis.dressed
    assert dressed.weight.sum() + dressed.constant == pytest.approx(zero, rel=1e-9)
    if p.bias[0] == "V":  # nothing feeds back: the two kinds are one
        np.testing.assert_allclose(analysis.bare.tau, dressed.tau, rtol=1e-6)


def test_bare_modes_make_the_curve_by_the_feedback_formula():
    """docs/derivations.md, section 5.2: ΔV = R_tun I q/(1 − q), q the bare modes' curve per volt; also in an oblique field."""
    p = oracle.random_parameters(np.random.default_rng(30), tight=False, log_x=(-1, 1))
    p = oracle.Parameters(**{**p.__dict__, "bias": ("I", 1e6), "Delta_T_0": 0.0, "eta": 1.0, "b": (0.6, 0.0, 0.8), "m": (0.0, 0.0, 1.0)})
    bare = modes.analyse(natural(p)).bare
    volts = 1e6 / sum(p.G)
    fields = np.array([0.0, 1e-3, 1e-2, 0.3])
    omega = 2 * mu_B / hbar * fields
    q = (bare.constant + sum(w / (1 + (omega * tau) ** 2) for w, tau in zip(bare.weight, bare.tau, strict=True))) / volts
    exact = sum(oracle.signals(p, *oracle.steady_state(p, fields)))
    np.testing.assert_allclose(volts * q / (1 - q), exact, rtol=1e-10)


def test_dressed_modes_are_the_eigenvalues_of_both_relaxation_matrices():
    """For b ⊥ m, τ_k² are the eigenvalues of (Γ_⊥ Γ_∥)⁻¹, the 2×2 relaxation matrices across and along m."""
    device = standard(x=2.0, eta_mix=1.5)
    from hanle_sim.physics.dimensionless import NaturalUnits

    units = NaturalUnits.of(device.under(CurrentBias(1e6)), Z)
    A, _ = linear.systems(units)
    along, across = (-A[0][np.ix_([k, k + 3], [k, k + 3])] for k in (0, 1))
    tau = np.sqrt(np.linalg.eigvals(np.linalg.inv(across @ along))) * units.time
    np.testing.assert_allclose(np.sort(tau), np.sort(modes.analyse(units).dressed.tau), rtol=1e-10)


def test_nearly_equal_modes_keep_their_sum():
    """τ_s = τ_Q and α = 1: two modes that nearly or exactly coincide."""
    for detuning in (0.0, 1e-15, 1e-9, 1e-6):
        device = standard(P_L=0.5, x=1e-3, alpha=1.0, tau_Q=1e-9 * (1 + detuning))
        from hanle_sim import hanle_curve
        from hanle_sim.physics.dimensionless import NaturalUnits

        field = Field(np.linspace(0, 0.05, 9), np.array([0.0, 0.0, 1.0]))
        closed, by_modes = (hanle_curve(device.under(CurrentBias(1e6)), field, method).Delta_V_Hanle for method in ("closed", "modes"))
        np.testing.assert_allclose(by_modes, closed, rtol=1e-12)
        assert np.all(np.isfinite(modes.analyse(NaturalUnits.of(device.under(CurrentBias(1e6)), field)).dressed.weight))


def test_voltage_bias_signal_is_a_change_of_current():
    from hanle_sim import hanle_curve

    device, field = standard(), Field(np.array([0.0, 1e3]), np.array([0.0, 0.0, 1.0]))
    curve = hanle_curve(device.under(VoltageBias(0.01)), field)
    change = np.asarray(curve.I)[0] - np.asarray(curve.I)[1]
    expected = -device.injector.junction.G * (np.asarray(curve.Delta_V_Hanle)[0] - np.asarray(curve.Delta_V_Hanle)[1])
    assert change == pytest.approx(expected, rel=1e-9)
