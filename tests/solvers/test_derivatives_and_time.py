"""Derivatives by forward and reverse mode, transients against the matrix exponential, and lowering for an accelerator."""

import os
import subprocess
import sys

import jax
import numpy as np
import pytest
from scipy.linalg import expm

import oracle
from cases import natural, standard
from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped, VoltageBias, hanle_curve
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.solvers import bloch_integration, linear

FIELDS = np.array([0.0, 2e-3, -8e-3, 3e-2])
NAMES = ("P_G", "P_L", "S", "R_tun", "r_s", "alpha", "tau_s", "tau_Q", "T_0", "I", "Delta_T_0", "eta_mix")
VALUES = np.array([0.5, 0.4, 1e-4, 2e-11, 25e-12, 2.0, 1e-9, 0.4e-9, 300.0, 1e6, 2.0, 1.3])


def signal(relative: jax.Array, method: str, **options: object) -> jax.Array:
    """ΔV_Hanle in nV over the fields as a function of every parameter, each relative to its value."""
    p = dict(zip(NAMES, relative * VALUES, strict=True))
    junction = Junction.from_resistance(**{key: p[key] for key in ("R_tun", "P_G", "S", "P_L", "T_0", "eta_mix")})
    nonmagnet = Lumped.from_alpha(**{key: p[key] for key in ("r_s", "alpha", "T_0", "tau_s", "tau_Q")})
    field = Field(FIELDS, np.array([0.3, 0.0, 1.0]))
    return (
        hanle_curve(Device(Contact(junction), nonmagnet).under(CurrentBias(p["I"], p["Delta_T_0"])), field, method, **options).Delta_V_Hanle
        * 1e9
    )


def central_difference(method: str, **options: object) -> np.ndarray:
    """Central differences, extrapolated once in the step."""
    evaluate = jax.jit(lambda x: signal(x, method, **options))
    columns = []
    for k in range(VALUES.size):
        coarse, fine = (
            np.asarray(evaluate(1 + h * np.eye(VALUES.size)[k]) - evaluate(1 - h * np.eye(VALUES.size)[k])) / (2 * h) for h in (2e-3, 1e-3)
        )
        columns.append((4 * fine - coarse) / 3)
    return np.stack(columns, -1)


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    return np.asarray(jax.jit(jax.jacfwd(lambda x: signal(x, "closed")))(np.ones(VALUES.size)))


def test_derivatives_of_the_closed_form(reference: np.ndarray):
    reverse = jax.jit(jax.jacrev(lambda x: signal(x, "closed")))(np.ones(VALUES.size))
    np.testing.assert_allclose(reverse, reference, rtol=1e-10, atol=1e-12 * np.max(np.abs(reference)))
    np.testing.assert_allclose(central_difference("closed"), reference, rtol=1e-6, atol=1e-9 * np.max(np.abs(reference)))


@pytest.mark.heavy
@pytest.mark.parametrize(("method", "transform"), [("modes", jax.jacfwd), ("linear", jax.jacfwd), ("linear", jax.jacrev)])
def test_derivatives_of_the_other_exact_methods(reference: np.ndarray, method: str, transform):
    found = jax.jit(transform(lambda x: signal(x, method)))(np.ones(VALUES.size))
    np.testing.assert_allclose(found, reference, rtol=1e-8, atol=1e-10 * np.max(np.abs(reference)))


@pytest.mark.parametrize(
    ("transform", "adjoint"),
    [(jax.jacrev, "implicit"), *(pytest.param(jax.jacfwd, adjoint, marks=pytest.mark.heavy) for adjoint in ("implicit", "forward"))],
)
def test_derivatives_through_the_integration(reference: np.ndarray, transform, adjoint: str):
    found = jax.jit(transform(lambda x: signal(x, "integrate", adjoint=adjoint)))(np.ones(VALUES.size))
    np.testing.assert_allclose(found, reference, rtol=1e-6, atol=1e-7 * np.max(np.abs(reference)))


@pytest.mark.heavy
def test_reverse_mode_through_the_integration_by_the_drive_alone():
    """The current doesn't depend on the field: it must be transposed through the implicit function theorem all the same."""
    field = Field(FIELDS, np.array([0.0, 0.0, 1.0]))

    def peak(current: jax.Array) -> jax.Array:
        return hanle_curve(standard().under(CurrentBias(current)), field, "integrate").Delta_V_Hanle[0] * 1e9

    assert float(jax.grad(peak)(1e6)) == pytest.approx(float(peak(1e6)) / 1e6, rel=1e-8)


@pytest.mark.heavy
def test_derivatives_by_modes_where_two_modes_coincide():
    """τ_s = τ_Q, α = 1, S = 0 at constant voltage: the modes have no derivatives there, their sum has."""

    def at(x: jax.Array, method: str) -> jax.Array:
        nonmagnet = Lumped.from_alpha(r_s=25e-12, alpha=x[0], T_0=300.0, tau_s=1e-9 * x[1], tau_Q=1e-9)
        junction = Junction.from_resistance(R_tun=25e-12, P_G=0.5, S=1e-4 * (x[2] - 1), P_L=0.5, T_0=300.0)
        field = Field(FIELDS, np.array([0.5, 0.0, 1.0]))
        return hanle_curve(Device(Contact(junction), nonmagnet).under(VoltageBias(0.01)), field, method).Delta_V_Hanle * 1e3

    closed = jax.jit(jax.jacfwd(lambda x: at(x, "closed")))(np.ones(3))
    for transform in (jax.jacfwd, jax.jacrev):
        by_modes = jax.jit(transform(lambda x: at(x, "modes")))(np.ones(3))
        np.testing.assert_allclose(by_modes, closed, rtol=1e-9, atol=1e-12 * np.max(np.abs(closed)))


def test_directions_are_normalised_when_traced_too():
    def curve(b: jax.Array, m: jax.Array) -> jax.Array:
        device = Device(Contact(standard().injector.junction, magnetisation=m), standard().nonmagnet)
        return hanle_curve(device.under(CurrentBias(1e6)), Field(FIELDS, b)).Delta_V_Hanle

    b, m = np.array([0.0, 1.0, 2.0]), np.array([0.5, 0.0, 0.7])
    np.testing.assert_allclose(jax.jit(curve)(b, m), curve(b, m), rtol=1e-12)
    step = 1e-6 * np.eye(3)[1]
    central = (curve(b + step, m) - curve(b - step, m)) / 2e-6
    np.testing.assert_allclose(jax.jacfwd(curve)(b, m)[:, 1], central, rtol=1e-6, atol=1e-8 * np.max(np.abs(central)))


@pytest.mark.heavy
def test_a_long_transient_ends_in_the_steady_state():
    units = NaturalUnits.of(standard().under(CurrentBias(1e6)), Field(FIELDS, np.array([0.0, 0.0, 1.0])))
    late = np.asarray(bloch_integration.transient(units, np.array([1.0, 1e5, 1e6]), adjoint="forward", rtol=1e-8))
    expected = np.asarray(linear.steady_state(units))
    np.testing.assert_allclose(late[:, 2], expected, rtol=0, atol=1e-7 * np.max(np.abs(expected)))


@pytest.mark.heavy
@pytest.mark.parametrize(("solver", "adjoints"), [("exponential", ("forward", "reverse"))])
def test_derivatives_of_a_transient_by_forward_and_reverse_mode_and_central_differences(solver: str, adjoints: tuple[str, ...]):
    times = np.array([0.3, 1.0])

    def state(x: jax.Array, adjoint: str) -> jax.Array:
        nonmagnet = Lumped.from_alpha(r_s=25e-12, alpha=2.0, T_0=300.0, tau_s=1e-9, tau_Q=0.25e-9 * x[0])
        junction = Junction.from_resistance(R_tun=25e-12, P_G=0.5 * x[1], S=1e-4, P_L=0.5, T_0=300.0)
        units = NaturalUnits.of(Device(Contact(junction), nonmagnet).under(CurrentBias(1e6)), Field(FIELDS, np.array([0.0, 0.0, 1.0])))
        return bloch_integration.transient(units, times, solver=solver, adjoint=adjoint, rtol=1e-10)[:, :, 0, 0] * 1e6

    one = np.ones(2)
    transforms = {"forward": jax.jacfwd, "reverse": jax.jacrev}
    found = [np.asarray(jax.jit(transforms[adjoint](lambda x, adjoint=adjoint: state(x, adjoint)))(one)) for adjoint in adjoints]
    evaluate = jax.jit(lambda x: state(x, "forward"))
    h = 1e-3
    central = np.stack([np.asarray(evaluate(one + h * np.eye(2)[k]) - evaluate(one - h * np.eye(2)[k])) / (2 * h) for k in range(2)], -1)
    np.testing.assert_allclose(found[-1], found[0], rtol=0, atol=1e-8 * np.max(np.abs(found[0])))
    np.testing.assert_allclose(central, found[0], rtol=0, atol=1e-5 * np.max(np.abs(found[0])))


@pytest.mark.parametrize("solver", ["exponential", "explicit", pytest.param("implicit", marks=pytest.mark.heavy)])
def test_transient_against_the_matrix_exponential(solver: str):
    units = NaturalUnits.of(standard().under(CurrentBias(1e6)), Field(FIELDS, np.array([0.0, 0.6, 0.8])))
    times = np.array([0.0, 0.1, 1.0, 4.0])
    # Another bias, and fields in which precession is as fast the other way.
    other = NaturalUnits.of(
        standard(magnetisation=(0.3, 1.0, 0.2)).under(VoltageBias(0.02, 5.0)), Field(-FIELDS, np.array([0.5, 0.6, 0.8]))
    )
    rtol = {"exponential": 1e-13, "explicit": 1e-10, "implicit": 1e-8}[solver]
    found = np.asarray(bloch_integration.transient(units, times, other, solver=solver, rtol=rtol, adjoint="forward"))
    expected = by_matrix_exponential(units, times, np.asarray(linear.solve(other)))
    assert np.max(abs(expected[:, 0] - expected[:, -1])) > 0.1 * np.max(abs(expected))
    np.testing.assert_allclose(found, expected, rtol=0, atol=rtol * np.max(np.abs(expected)))


def by_matrix_exponential(units: NaturalUnits, times: np.ndarray, start: np.ndarray) -> np.ndarray:
    """From states [points, 2, 3]: [points, times, 2, 3]."""
    A, s = (np.asarray(part) for part in linear.systems(units))
    found = []
    for one, initial in zip(A, start, strict=True):
        rest = -np.linalg.solve(one, s[0])
        found.append(np.stack([expm(one * t) @ (initial.reshape(6) - rest) + rest for t in times]).reshape(-1, 2, 3))
    return np.array(found)


@pytest.mark.heavy
def test_transients_of_random_devices_keep_their_accuracy():
    """r_s/R_tun from 10⁻³ to 30, τ_Q/τ_s over decades, ω_Lτ up to 100; the exponential and, where it is the cheaper one, each general solver."""
    rng, times = np.random.default_rng(5), np.array([0.01, 0.1, 0.5, 1.0, 2.0, 5.0])
    for _ in range(2):
        p = oracle.random_parameters(rng, log_x=(-3, 1.5))
        units = natural(p, np.array([0.0, 1.0, 10.0, 100.0]) * oracle.HBAR / (p.g * oracle.MU_B * p.tau_s))
        expected = by_matrix_exponential(units, times, np.zeros((4, 2, 3)))
        speed = bloch_integration.pace(units, 1e-10)
        in_time, to_the_end = ("implicit" if speed.fastest * t > 5000 else "explicit" for t in (times[-1], speed.duration))
        cases = (("exponential", "exponential", 1e-12, 2e-12), (in_time, to_the_end, 1e-10, 1e-10))
        for by, by_at_the_end, rtol, bound in cases:
            found = np.asarray(bloch_integration.transient(units, times, solver=by, rtol=rtol, adjoint="forward"))
            assert np.max(np.abs(found - expected)) < bound * np.max(np.abs(expected)), (by, p)
            late, steady = np.asarray(bloch_integration.steady_state(units, solver=by_at_the_end, rtol=rtol)), linear.solve(units)
            assert np.max(np.abs(late - steady)) < bound * np.max(np.abs(steady)), (by_at_the_end, p)


def test_transients_refuse_times_out_of_order():
    units = NaturalUnits.of(standard().under(CurrentBias(1e6)), Field(FIELDS, np.array([0.0, 0.0, 1.0])))
    with pytest.raises(ValueError, match="increasing"):
        bloch_integration.transient(units, np.array([1.0, 0.5]))
    with pytest.raises(ValueError, match="must be one of implicit, reverse, forward"):
        bloch_integration.steady_state(units, adjoint="backwards")
    with pytest.raises(ValueError, match="solver = 'stiff': must be one of exponential, explicit, implicit"):
        bloch_integration.transient(units, np.array([1.0]), solver="stiff")
    with pytest.raises(ValueError, match="rtol"):
        bloch_integration.steady_state(units, rtol=-1.0)


def test_batches_of_devices_by_vmap():
    def at(P_G: jax.Array) -> jax.Array:
        junction = Junction.from_resistance(R_tun=25e-12, P_G=P_G, S=1e-4, P_L=0.4, T_0=300.0)
        device = Device(Contact(junction), standard().nonmagnet)
        return hanle_curve(device.under(CurrentBias(1e6)), Field(FIELDS, np.array([0.0, 0.0, 1.0]))).Delta_V_Hanle

    values = np.array([0.2, 0.5, 0.6])
    batch = jax.jit(jax.vmap(at))(values)
    np.testing.assert_allclose(batch, np.stack([at(v) for v in values]), rtol=1e-12)


LOWERING = """
import equinox as eqx, jax, numpy as np
from hanle_sim import Contact, CurrentBias, Device, Field, Film, Junction, Lumped, Material, WideContact
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.solvers import METHODS, steady_state
from hanle_sim.solvers.bloch_integration import SOLVERS
junction = Junction.from_resistance(R_tun=25e-12, P_G=0.5, S=1e-4, P_L=0.4, T_0=300.0)
material = Material.from_wiedemann_franz(rho=1e-7, D=1e-3, tau_s=1e-9, tau_Q=0.25e-9, T_0=300.0)
lumped, film, contact = Lumped.from_alpha(r_s=25e-12, alpha=2.0, T_0=300.0, tau_s=1e-9, tau_Q=0.25e-9), Film(material, 1e-6), WideContact(material, 1e-6)
kernels = [(lumped, method) for method in METHODS if method != "finite_volume"]
kernels += [(film, "closed"), (film, "linear"), (film, "finite_volume"), (contact, "closed"), (contact, "linear")]
for nonmagnet, method in kernels:
    units = NaturalUnits.of(Device(Contact(junction, CurrentBias(1e6)), nonmagnet), Field(np.linspace(0, 0.05, 4), np.array([0.0, 0.0, 1.0])))
    for options in [{"solver": solver, "adjoint": "forward"} for solver in SOLVERS] if method == "integrate" else [{}]:
        kernel = jax.jit(lambda omega: steady_state(eqx.tree_at(lambda u: u.omega, units, omega), method, **options))
        exported = jax.export.export(kernel, platforms=["cuda"])(np.zeros(4, np.float32))
        print(method, *exported.platforms, exported.out_avals[0].shape)
from hanle_sim.configuration import check, read
from hanle_sim.model.model import Model
shapes = [jax.ShapeDtypeStruct(shape, np.float32) for shape in ((15, 7), (15,), (7,))]
print("jacobian", *jax.export.export(jax.jit(Model(check(read("fig2"))).jacobian_into), platforms=["cuda"])(*shapes).platforms)
"""


def test_every_kernel_lowers_for_cuda():
    """No accelerator here: what can be shown is that every kernel lowers for one, in single precision."""
    # Equinox's run-time checks call back to the host, which can't be lowered for a device that isn't there: NaN instead.
    environment = {**os.environ, "EQX_ON_ERROR": "nan"}
    run = subprocess.run([sys.executable, "-c", LOWERING], env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.count("cuda (4, 2, 3)") == 11
    assert "jacobian cuda" in run.stdout


@pytest.mark.heavy
def test_a_sweep_shards_over_eight_devices():
    script = """
import jax, numpy as np
jax.config.update("jax_enable_x64", True)
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.solvers import steady_state
junction = Junction.from_resistance(R_tun=25e-12, P_G=0.5, S=1e-4, P_L=0.4, T_0=300.0)
device = Device(Contact(junction, CurrentBias(1e6)), Lumped.from_alpha(r_s=25e-12, alpha=2.0, T_0=300.0, tau_s=1e-9, tau_Q=0.25e-9))
B = np.linspace(-0.05, 0.05, 64)
mesh = Mesh(np.array(jax.devices()), ("points",))
spread = jax.device_put(B, NamedSharding(mesh, PartitionSpec("points")))
z = np.array([0.0, 0.0, 1.0])
for method in ("closed", "modes", "linear"):
    alone, together = (steady_state(NaturalUnits.of(device, Field(b, z)), method) for b in (B, spread))
    assert len(together.sharding.device_set) == 8, (method, together.sharding)
    np.testing.assert_allclose(alone, together, rtol=1e-12, atol=1e-20)
print("sharded")
"""
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=8"}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr[-2000:]
    assert "sharded" in run.stdout
