"""Fields that turn the magnetisation, add to the applied one, or vary from place to place; and what every field obeys."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from device_cases import (
    DIRECTION,
    ISLAND,
    LAMBDA,
    NONMAGNET,
    TAU,
    TWISTED,
    UNIT,
    M,
    check_exact,
    device,
    error_of_terms,
    material,
    signal,
    some_heavy,
    states,
    sweep,
    tesla,
)
from device_oracle import HBAR, MU_B, applied_fields
from hanle_sim import Contact, CurrentBias, Device, Field, HanleCurve, Junction, Lumped, VoltageBias, hanle_curve
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.physics.drives import AbstractDrive
from hanle_sim.physics.nonmagnets import AbstractNonmagnet, Lateral
from hanle_sim.physics.stray import AbstractStray, SampledStray
from hanle_sim.solvers import METHODS, closed, linear
from hanle_sim.solvers.stray_average import average
from random_devices import NONMAGNETS, random_device, random_drive

# Magnetisation that tilts.


@pytest.mark.parametrize("B_sat", [0.7, 3.0])
def test_tilting_magnetisation(B_sat: float):
    """A field across m: m·b = B/B_sat, and cos²θ + sin²θ/(1 + ω²τ²) of the signal; all of it beyond B_sat."""
    omegas = np.array([0.0, 0.2, -0.5, 0.69, 1.0, -2.9, 3.1, 50.0])
    field = Field(omegas * UNIT, np.array([0.0, 0.3, 1.0]), B_sat=B_sat * UNIT)
    share = np.minimum(abs(omegas) / B_sat, 1.0)
    found = signal(device(ISLAND, 1e-12, S=0.0), field)
    np.testing.assert_allclose(found / found[0], share**2 + (1 - share**2) / (1 + omegas**2), rtol=1e-10)
    turned = field.magnetisation(np.array([1.0, 0.0, 0.0]))
    b = np.array([0.0, 0.3, 1.0]) / np.hypot(0.3, 1.0)
    np.testing.assert_allclose(turned, np.sqrt(1 - share**2)[:, None] * np.eye(3)[0] + (share * np.sign(omegas))[:, None] * b, atol=1e-14)


@pytest.mark.parametrize("name", NONMAGNET)
def test_tilt_with_back_flow(name: str):
    """Oblique fields through saturation, exchange field and thermal bias included; the detector tilts by itself."""
    here = device(NONMAGNET[name], 1.0, M, TWISTED)
    fields = UNIT * np.array([[0.0, 0.0, 0.0], [0.1, -0.2, 0.4], [-1.0, 0.5, 1.0], [2.0, 2.0, -9.0], [-50.0, 3.0, 4.0]])
    path = Field.path(fields)
    for k, exchange in enumerate((None, -0.4 * UNIT)):
        field = Field(path.B, path.direction, B_sat=2.0 * UNIT, exchange_field=exchange)
        check_exact(here, (CurrentBias, VoltageBias)[k](1e-3, 2.0), field)


def test_antiparallel_detector_tilts():
    """Both magnetisations end up along a strong field, which then dephases nothing."""
    channel = Lateral(material(rho=1e8), LAMBDA)
    field = Field(np.array([0.0, 0.3, 1.9, 2.0, 40.0]) * UNIT, np.array([0.0, 0.0, 1.0]), B_sat=2.0 * UNIT)
    found = signal(device(channel, 1e-9, S=0.0, m_2=np.array([-1.0, 0.0, 0.0])), field)
    alike = signal(device(channel, 1e-9, S=0.0), field)
    share = np.minimum(field.B / (2.0 * UNIT), 1.0)
    still, kappa = np.exp(-1), np.sqrt(1 + 1j * field.B / UNIT)
    across = (1 - share**2) * np.real(np.exp(-kappa) / kappa)
    np.testing.assert_allclose(found / alike[0], (share**2 * still - across) / still, atol=1e-8)
    np.testing.assert_allclose(alike / alike[0], (share**2 * still + across) / still, atol=1e-8)
    check_exact(device(channel, 1.0, M, -M), CurrentBias(1e-3), field)


# Exchange fields and g-tensors.


@pytest.mark.parametrize("name", NONMAGNET)
def test_exchange_field_adds(name: str):
    """The same signals as in the vector sum of both fields."""
    here = device(NONMAGNET[name], 1.0, M)
    m = M / np.linalg.norm(M)
    B, b = np.array([0.0, 0.3, -1.0, 5.0]) * UNIT, np.array([0.2, 0.0, 1.0])
    for exchange in (0.5 * UNIT, -2.0 * UNIT):
        together = Field.path(B[:, None] * b / np.linalg.norm(b) + exchange * m)
        np.testing.assert_allclose(signal(here, Field(B, b, exchange_field=exchange)), signal(here, together), rtol=1e-12)
        check_exact(here, CurrentBias(1e-3, 1.0), Field(B, b, exchange_field=exchange))
    along = signal(device(NONMAGNET[name], 1.0, M, M), Field(B, m, exchange_field=0.5 * UNIT))
    np.testing.assert_allclose(along, along[0], rtol=1e-12)


def with_g(nonmagnet: AbstractNonmagnet, g: object) -> AbstractNonmagnet:
    if isinstance(nonmagnet, Lumped):
        return Lumped(nonmagnet.r_s, nonmagnet.r_Q, nonmagnet.tau_s, nonmagnet.tau_Q, g)
    return nonmagnet.with_material(
        type(nonmagnet.material)(*(getattr(nonmagnet.material, k) for k in ("rho", "rho_Q", "D", "tau_s", "tau_Q")), g)
    )


@pytest.mark.parametrize("name", NONMAGNET)
def test_tensor_of_g(name: str):
    """ω_L = μ_B/ħ g·B, a vector: a tensor that turns fields, and one that is neither symmetric nor a rotation."""
    nonmagnet = NONMAGNET[name]
    turn = Rotation.from_euler("xyz", [0.3, -1.0, 2.0]).as_matrix()
    B, b = np.array([0.1, -1.0, 5.0]) * UNIT, np.array([0.6, 0.0, 0.8])
    drive = CurrentBias(1e-3)
    found = signal(device(with_g(nonmagnet, 2 * turn), 1.0, M), Field(B, b), drive)
    np.testing.assert_allclose(found, signal(device(nonmagnet, 1.0, M), Field(B, turn @ b), drive), rtol=1e-12)
    lopsided = np.array([[1.9, 0.4, 0.0], [-0.1, 2.3, 0.7], [0.2, 0.0, -1.0]])
    check_exact(device(with_g(nonmagnet, lopsided), 1.0, M, TWISTED), drive, Field(B, b, exchange_field=0.3 * UNIT))


# Sweeps of direction.


@pytest.mark.parametrize("name", some_heavy(NONMAGNET, "diffusive", "contact"))
def test_every_point_of_a_sweep_of_direction_stands_alone(name: str):
    here, drive = device(NONMAGNET[name], 1.0, M, TWISTED), CurrentBias(1e-3)
    theta = np.array([0.0, 0.4, np.pi / 2, 2.0, np.pi])
    B = np.array([0.5, -1.0, 3.0, 0.0, 7.0]) * UNIT
    m = M / np.linalg.norm(M)
    swept = Field.at_angle(B, theta, M)
    np.testing.assert_allclose(swept.direction @ m, np.cos(theta), atol=1e-15)
    np.testing.assert_allclose(np.linalg.norm(swept.direction, axis=-1), 1.0, rtol=1e-15)
    path = Field.path(B[:, None] * swept.direction)
    for field in (swept, path, Field(B, swept.direction)):
        natural = NaturalUnits.of(here.under(drive), field)
        for k in range(B.size):
            alone = Field(B[k : k + 1], swept.direction[k])
            expected = NaturalUnits.of(here.under(drive), alone)
            np.testing.assert_allclose(closed.signal(natural)[k], np.ravel(closed.signal(expected))[0], rtol=1e-12)
            np.testing.assert_allclose(linear.solve(natural)[k], linear.solve(expected)[0], rtol=1e-11, atol=1e-15)
    check_exact(here, drive, path)


# Strong fields.


@pytest.mark.parametrize("theta", [0.1, 0.7, 1.4])
@pytest.mark.parametrize("x", [1e-3, 1.0, 30.0])
def test_what_a_strong_oblique_field_leaves(x: float, theta: float):
    """cos²θ (1 − q_0)/(1 − q_0 cos²θ) at constant current, cos²θ at constant voltage; q_0 = 2 h·K_0⁻¹ c."""
    here = device(ISLAND, x)
    field = Field.at_angle(np.array([0.0, 1e9]) * UNIT, theta, np.array([1.0, 0.0, 0.0]))
    G, S, P_G, P_L, T_0 = x / 25e-12, 100e-6, 0.5, 0.4, 300.0
    L, kappa = -S * G, 2.45e-8 * T_0 * G
    K_0 = np.array([[1 / ISLAND.r_s + G, -L], [-L * T_0, 1 / ISLAND.r_Q + kappa]])
    q_0 = np.array([P_G, P_L * S]) @ np.linalg.solve(K_0, np.array([P_G * G, -P_L * L * T_0]))
    cosine = np.cos(theta) ** 2
    top, left = signal(here, field)
    assert left / top == pytest.approx(cosine * (1 - q_0) / (1 - q_0 * cosine), rel=1e-10)
    top, left = signal(here, field, VoltageBias(1e-3))
    assert left / top == pytest.approx(cosine, rel=1e-10)
    limit = closed.dephased_signal(NaturalUnits.of(here.under(VoltageBias(1e-3)), field))
    np.testing.assert_allclose(limit, left, rtol=1e-10)


def test_oblique_field_reads_anisotropic_relaxation():
    """Dephased, a tunnelling contact reads cos²θ/[(b·Γb)(m·Γ⁻¹m)] of the signal: cos²θ τ_b/τ_m along principal axes."""
    Gamma = np.array([[1.4, 0.3, 0.0], [0.3, 0.9, -0.2], [0.0, -0.2, 0.6]])
    island = Lumped(25e-12, 1e-6, TAU, TAU / 4, 2.0, Gamma, np.diag([1.0, 2.0, 0.5]))
    one = Junction.from_resistance(R_tun=1e3, P_G=0.5, P_L=0.0, S=0.0, T_0=300.0)
    m = M / np.linalg.norm(M)
    here, drive = Device(Contact(one, magnetisation=m), island), CurrentBias(1e-6)
    for theta in (0.2, 0.8, 1.3):
        field = Field.at_angle(np.array([0.0, 1e5]) * UNIT, theta, m)
        natural = NaturalUnits.of(here.under(drive), field)
        still, dephased = linear.solve(natural)[:, 0] @ m
        b = field.direction
        assert still == pytest.approx(2 * 25e-12 * 0.5 * 1e-6 * m @ np.linalg.solve(Gamma, m), rel=1e-10)
        assert dephased / still == pytest.approx(np.cos(theta) ** 2 / (b @ Gamma @ b) / (m @ np.linalg.solve(Gamma, m)), rel=1e-8)


def test_relaxation_tensors_of_spin_and_heat():
    """Γ_s u/τ_s and Γ_Q T/τ_Q, with back-flow: against the equations solved by hand."""
    rng = np.random.default_rng(600)
    for _ in range(5):
        here = random_device(rng, "lumped", log_x=(-1, 1), eta=False)
        tensors = [np.eye(3) + 0.3 * (a + a.T) / np.linalg.norm(a) for a in rng.normal(size=(2, 3, 3))]
        old = here.nonmagnet
        here = Device(
            Contact(here.injector.junction, magnetisation=here.injector.magnetisation),
            Lumped(old.r_s, old.r_Q, old.tau_s, old.tau_Q, old.g, *tensors),
        )
        field, j, m = sweep(old, rng.normal(size=3), np.array([0.0, 0.7, -3.0])), here.injector.junction, here.injector.magnetisation
        natural = NaturalUnits.of(here.under(VoltageBias(1e-3)), field)
        found = states(natural, linear.solve(natural))[:, 0]
        G, L, kappa = j.G_up + j.G_down, j.L_up + j.L_down, j.kappa_up + j.kappa_down
        for B, state in zip(applied_fields(field), found, strict=True):
            omega = old.g * MU_B / HBAR * B
            cross = np.array([[0, -omega[2], omega[1]], [omega[2], 0, -omega[0]], [-omega[1], omega[0], 0]])
            relax = np.zeros((6, 6))
            relax[:3, :3] = (tensors[0] - old.tau_s * cross) / (2 * old.r_s) + G / 2 * np.eye(3)
            relax[3:, 3:] = (tensors[1] - old.tau_Q * cross) / (2 * old.r_Q) + kappa / 2 * np.eye(3)
            relax[:3, 3:], relax[3:, :3] = -L / 2 * np.eye(3), -L * j.T_0 / 2 * np.eye(3)
            source = 1e-3 * np.concatenate([(j.G_up - j.G_down) * m, -(j.L_up - j.L_down) * j.T_0 * m])
            scale = np.repeat([1.0, natural.kelvin], 3)
            expected = (np.linalg.solve(relax / scale * scale[:, None], source * scale) / scale).reshape(2, 3)
            assert np.all(np.max(abs(state - expected), -1) <= 1e-10 * np.max(abs(expected), -1) + 1e-18)


# What every field and device obeys.

seeds = st.integers(0, 10_000)
names = st.sampled_from(NONMAGNETS)


def random_case(seed: int, name: str, *, G_i: bool = False, collinear: bool = False) -> tuple[Device, AbstractDrive, Field]:
    rng = np.random.default_rng(seed)
    here = random_device(rng, name, G_i=G_i)
    if here.is_nonlocal:
        m_2 = rng.choice([-1.0, 1.0]) * here.injector.magnetisation if collinear else rng.normal(size=3)
        here = here.with_contacts(here.injector, Contact(here.detector.junction, magnetisation=m_2))
    return here, random_drive(rng, here, bool(rng.random() < 0.5)), sweep(here.nonmagnet, rng.normal(size=3))


def reversed_field(field: Field) -> Field:
    return Field(-field.B, field.direction)


@given(seeds, names)
def test_reversed_fields_look_alike_to_collinear_contacts(seed: int, name: str):
    here, drive, field = random_case(seed, name, collinear=True)
    natural, other = (NaturalUnits.of(here.under(drive), one) for one in (field, reversed_field(field)))
    found = closed.signal(natural)
    np.testing.assert_allclose(closed.signal(other), found, rtol=0, atol=1e-12 * np.max(abs(found)))


def test_reversed_fields_tell_between_crossed_contacts():
    """The sign of rotation: a detector along b × m sees an odd curve."""
    here = device(Lateral(material(rho=1e8), LAMBDA), 1e-6, np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]), S=0.0)
    field = Field(np.array([0.0, 1.0, -1.0]) * UNIT, np.array([0.0, 0.0, 1.0]))
    zero, left, right = signal(here, field)
    kappa = np.sqrt(1 + 1j)
    assert abs(zero) < 1e-12 * abs(left)
    assert left == pytest.approx(-right, rel=1e-12)
    along = signal(device(here.nonmagnet, 1e-6, S=0.0), field)
    # du/dt = ω b × u turns x to y for b = z: the component along y is −Im of e^(−κ)/κ.
    assert left / along[1] == pytest.approx(-np.imag(np.exp(-kappa) / kappa) / np.real(np.exp(-kappa) / kappa), rel=1e-6)
    assert left > 0


@given(seeds, names)
def test_turning_everything_together_turns_nothing(seed: int, name: str):
    here, drive, field = random_case(seed, name)
    turn = Rotation.random(rng=np.random.default_rng(seed + 1)).as_matrix()
    turned = here.with_contacts(*(contact.turned(turn @ contact.magnetisation) for contact in here.contacts))
    found = closed.signal(NaturalUnits.of(here.under(drive), field))
    other = closed.signal(NaturalUnits.of(turned.under(drive), Field(field.B, turn @ field.direction)))
    np.testing.assert_allclose(other, found, rtol=0, atol=1e-11 * np.max(abs(found)))


@given(seeds)
@settings(max_examples=4)
@pytest.mark.heavy
def test_turning_stray_fields_along_turns_nothing(seed: int):
    here, drive, field = random_case(seed, "diffusive")
    turn = Rotation.random(rng=np.random.default_rng(seed + 1)).as_matrix()
    local = np.random.default_rng(seed).normal(size=(4, 3)) * tesla(here.nonmagnet)
    found = []
    for rotation in (np.eye(3), turn):
        stray: AbstractStray = SampledStray(local @ rotation.T)
        one = Device(Contact(here.injector.junction, magnetisation=rotation @ here.injector.magnetisation), here.nonmagnet)
        natural = NaturalUnits.of(one.under(drive), Field(field.B, rotation @ field.direction, stray=stray))
        found.append(np.asarray(average(natural, METHODS["linear"], plain=True).y) @ rotation)
    np.testing.assert_allclose(found[1], found[0], rtol=0, atol=1e-11 * np.max(abs(found[0])))


def linear_curve(here: Device, drive: AbstractDrive, field: Field) -> HanleCurve:
    natural = NaturalUnits.of(here.under(drive), field)
    return HanleCurve.from_natural(natural, linear.solve(natural), here.under(drive), field)


def check_passive(curve: HanleCurve) -> None:
    """Nothing gives power back: I V − I_Q ΔT_0/T_0 is not negative, relative to its parts."""
    parts = abs(curve.I * curve.V) + abs(curve.I_Q * curve.device.injector.drive.Delta_T_0 / curve.device.injector.junction.T_0)
    assert np.all(np.asarray(curve.dissipated_power) >= -1e-11 * np.asarray(parts))


@pytest.mark.heavy
@given(seeds, names)
@settings(max_examples=25)
def test_every_device_dissipates(seed: int, name: str):
    check_passive(linear_curve(*random_case(seed, name, G_i=name != "contact" and seed % 2 == 0)))


@pytest.mark.parametrize("method", some_heavy(["closed", "linear", "modes", "integrate"], "closed", "linear", "modes"))
def test_every_method_dissipates(method: str):
    here = device(ISLAND, 3.0, M, S=100e-6)
    check_passive(hanle_curve(here.under(CurrentBias(1e6, -5.0)), sweep(ISLAND, DIRECTION), method))


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "method"), [("contact", "closed"), ("lateral", "closed"), ("lateral", "finite_volume")])
def test_every_extended_device_dissipates(name: str, method: str):
    here = device(NONMAGNET[name], 3.0, M, TWISTED, S=100e-6)
    check_passive(hanle_curve(here.under(CurrentBias(1e-3 * here.injector.junction.G, -5.0)), sweep(here.nonmagnet, DIRECTION), method))


@pytest.mark.heavy
@given(seeds, st.sampled_from([name for name in NONMAGNETS if "lateral" in name]), st.booleans())
@settings(max_examples=5)
def test_injector_and_detector_change_places(seed: int, name: str, G_i: bool):
    """R_12(B, m_1, m_2) = R_21(−B, −m_1, −m_2), Onsager and Casimir."""
    here, _, field = random_case(seed, name, G_i=G_i)
    assert here.is_nonlocal
    channel = here.nonmagnet
    swapped = Device(
        (
            Contact(here.detector.junction, magnetisation=-here.detector.magnetisation),
            Contact(here.injector.junction, magnetisation=-here.injector.magnetisation),
        ),
        Lateral(channel.material, channel.distance, channel.right_end, channel.left_end),
    )
    drive = CurrentBias(1e-3)
    found, other = (np.asarray(linear_curve(one, drive, at).R_nl) for one, at in ((here, field), (swapped, reversed_field(field))))
    np.testing.assert_allclose(other, found, rtol=0, atol=1e-9 * np.max(abs(found)))
    if not G_i:
        pair = [closed.signal(NaturalUnits.of(one.under(drive), at)) for one, at in ((here, field), (swapped, reversed_field(field)))]
        np.testing.assert_allclose(pair[1], pair[0], rtol=0, atol=1e-11 * np.max(abs(pair[0])))
        assert error_of_terms((pair[0] / drive.I,), (found,)) < 1e-9
