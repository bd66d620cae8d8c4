"""The solvers of affine differential equations against matrix exponentials, their orders, their derivatives, and lowering."""

import diffrax
import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from hanle_sim.numerics import affine_maps, affine_solvers
from hanle_sim.numerics.affine_solvers import ExponentialEuler, Magnus4, StepThrough

#: Two coupled vectors that precess about one field and relax at different rates.
TURN = np.array([[0.0, -0.8, 0.0], [0.8, 0.0, -0.6], [0.0, 0.6, 0.0]])
RELAX = np.kron([[1.3, -0.4], [-0.3, 3.0]], np.eye(3))
SOURCE = np.array([0.0, 0.0, 1.0, 0.0, 0.2, 0.5])
START = np.array([0.5, -1.0, 0.2, 0.0, 0.3, 0.1])


def matrix(omega: float) -> np.ndarray:
    return omega * np.kron(np.eye(2), TURN) - RELAX


def flow(omega: float, t: float, y: np.ndarray, source: np.ndarray = SOURCE) -> np.ndarray:
    """y after a time t at constant coefficients, in 40 digits: double precision is no oracle at ωt = 600."""
    augmented = np.zeros((7, 7))
    augmented[:6] = np.concatenate([matrix(omega), source[:, None]], 1)
    with mpmath.workdps(40):
        # Halved to a size at which the series is short, and squared again.
        halvings = max(0, int(np.ceil(np.log2(1 + abs(augmented).sum(0).max() * t))))
        propagator = mpmath.expm(mpmath.matrix(augmented.tolist()) * mpmath.mpf(t) / 2**halvings, method="taylor")
        for _ in range(halvings):
            propagator = propagator * propagator
        found = propagator * mpmath.matrix([*map(float, y), 1.0])
    return np.array(found.tolist(), dtype=float)[:6, 0]


def rate(t: jax.Array, y: jax.Array, args: tuple[jax.Array, jax.Array]) -> jax.Array:
    return args[0] @ y + args[1]


def states(omega, times, adjoint=None, solver=None):
    """States at given times."""
    A = omega * np.kron(np.eye(2), TURN).astype(times.dtype) - RELAX.astype(times.dtype)
    ends = jnp.concatenate([jnp.zeros_like(times[:1]), times])
    return diffrax.diffeqsolve(
        diffrax.ODETerm(rate),
        solver or ExponentialEuler(),
        0.0,
        times[-1],
        None,
        jnp.asarray(START.astype(times.dtype)),
        (A, jnp.asarray(SOURCE.astype(times.dtype))),
        saveat=diffrax.SaveAt(steps=True),
        stepsize_controller=StepThrough(ends),
        max_steps=times.size,
        adjoint=adjoint or diffrax.ForwardMode(),
        throw=False,
    ).ys


BATCH = jax.jit(jax.vmap(states, in_axes=(0, None)))
OMEGAS = np.array([0.0, 0.1, 1.0, 10.0, 100.0])


@pytest.mark.parametrize("times", [np.linspace(0, 6, 31), np.geomspace(1e-9, 50, 31), np.array([0.7, 1.4, 2.1, 2.2, 3.9] + 26 * [4.0])])
def test_constant_coefficients_are_exact_at_every_time(times: np.ndarray):
    """Also at the start, and where times coincide; steps of equal length share an exponential, others do not."""
    found = np.asarray(BATCH(OMEGAS, times))
    for omega, ys in zip(OMEGAS, found, strict=True):
        expected = np.array([flow(omega, t, START) for t in times[::3]])
        bound = 1e-14 * (1 + omega / 50)  # what rounding the times or A costs alone, 6 ω_L τ roundings
        np.testing.assert_allclose(ys[::3], expected, rtol=0, atol=bound * np.max(np.abs(expected)))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The list grows by an item for every exponential that is evaluated from now on."""
    counts: list[int] = []
    plain = affine_maps.expm1

    def counting(X: jax.Array) -> jax.Array:
        jax.debug.callback(lambda: counts.append(1))
        return plain(X)

    monkeypatch.setattr(affine_maps, "expm1", counting)
    return counts


def square_pulses(solver: diffrax.AbstractSolver, t0: float, t1: float, y: np.ndarray, saveat: diffrax.SaveAt) -> diffrax.Solution:
    """A source that reverses at t = 1 and stops at t = 2.5, and a field that comes on at t = 1."""

    def pulsed(t: jax.Array, y: jax.Array, args: None) -> jax.Array:
        sign = jnp.where(t < 1, 1.0, jnp.where(t < 2.5, -1.0, 0.0))
        return jnp.where(t < 1, 0.0, 20.0) * np.kron(np.eye(2), TURN) @ y - RELAX @ y + sign * SOURCE

    controller = diffrax.ClipStepSizeController(diffrax.PIDController(rtol=1e-10, atol=1e-10), jump_ts=jnp.array([1.0, 2.5]))
    return diffrax.diffeqsolve(
        diffrax.ODETerm(pulsed), solver, t0, t1, t1 - t0, jnp.asarray(y), saveat=saveat, stepsize_controller=controller, max_steps=8
    )


@pytest.mark.parametrize("solver", [ExponentialEuler(), Magnus4()])
def test_piecewise_constant_drives_are_exact_with_one_exponential_a_segment(monkeypatch: pytest.MonkeyPatch, solver):
    counts = counted(monkeypatch)
    end = square_pulses(solver, 0.0, 4.0, START, diffrax.SaveAt(t1=True))
    if isinstance(solver, ExponentialEuler):
        assert (int(end.stats["num_steps"]), len(counts)) == (3, 3)
    second = flow(20.0, 1.5, flow(0.0, 1.0, START), -SOURCE)
    np.testing.assert_allclose(end.ys[0], flow(20.0, 1.5, second, 0 * SOURCE), rtol=0, atol=1e-14)


def test_dense_output_is_exact_within_a_segment_and_time_may_run_backwards():
    times = np.array([0.0, 0.3, 1.7, 2.5, 4.0])
    ys = square_pulses(ExponentialEuler(), 0.0, 4.0, START, diffrax.SaveAt(ts=times)).ys
    first = flow(0.0, 1.0, START)
    second = flow(20.0, 1.5, first, -SOURCE)
    expected = [START, flow(0.0, 0.3, START), flow(20.0, 0.7, first, -SOURCE), second, flow(20.0, 1.5, second, 0 * SOURCE)]
    np.testing.assert_allclose(ys, expected, rtol=0, atol=3e-14)
    back = square_pulses(ExponentialEuler(), 4.0, 0.0, expected[-1], diffrax.SaveAt(t1=True)).ys[0]
    np.testing.assert_allclose(back, START, rtol=0, atol=1e-10)


def test_equal_steps_share_an_exponential(monkeypatch: pytest.MonkeyPatch):
    counts = counted(monkeypatch)
    states(3.0, jnp.concatenate([jnp.linspace(0.0, 1.0, 11)[1:], jnp.linspace(1.0, 6.0, 11)[1:]]))
    assert len(counts) == 2


def changing(t, y, args):
    """A field that turns and grows, and a source that oscillates."""
    turn = jnp.stack([jnp.cos(t), jnp.sin(2 * t), 0.3 * t])
    A = 5 * jnp.stack([jnp.array([0.0, -1.0, 0.0]) * turn[2], jnp.array([1.0, 0.0, -1.0]) * turn, jnp.array([0.0, 1.0, 0.0]) * turn[1]])
    vectors = y["vectors"]
    return {
        "vectors": vectors @ A.T - vectors * jnp.array([[1.0], [3.0]]) + jnp.cos(3 * t) * SOURCE.reshape(2, 3) + y["mean"],
        "mean": -y["mean"] * t,
    }


INITIAL = {"vectors": jnp.asarray(START.reshape(2, 3)), "mean": jnp.array(0.7)}


def integrated(solver, steps, saveat=None, **options):
    return diffrax.diffeqsolve(
        diffrax.ODETerm(changing), solver, 0.0, 2.0, 2.0 / steps, INITIAL, saveat=saveat or diffrax.SaveAt(t1=True), **options
    )


def flat(y) -> np.ndarray:
    return np.concatenate([np.asarray(y["vectors"]).reshape(-1, 6), np.asarray(y["mean"]).reshape(-1, 1)], 1)


def reference(times) -> np.ndarray:
    @jax.jit
    def rate(t: float, y: jax.Array) -> jax.Array:
        found = changing(t, {"vectors": y[:6].reshape(2, 3), "mean": y[6]}, None)
        return jnp.append(found["vectors"].reshape(6), found["mean"])

    found = solve_ivp(lambda t, y: np.asarray(rate(t, y)), (0, 2), flat(INITIAL)[0], "DOP853", times, rtol=1e-13, atol=1e-13)
    return found.y.T


def test_magnus_is_of_fourth_order_and_its_dense_output_of_third():
    times = np.array([0.333, 1.111, 1.777, 2.0])
    expected = reference(times)
    run = jax.jit(lambda steps: integrated(Magnus4(), steps, diffrax.SaveAt(ts=times), max_steps=None, adjoint=diffrax.ForwardMode()).ys)
    # Numbers of steps for which the times have the same places within the steps, on average.
    errors = np.stack([np.max(np.abs(flat(run(float(steps))) - expected), -1) for steps in (100, 200, 400, 800)])
    assert np.log2(errors[-2, -1] / errors[-1, -1]) == pytest.approx(4.0, abs=0.1)
    assert np.log2(errors[0, :-1].max() / errors[-1, :-1].max()) / 3 == pytest.approx(3.0, abs=0.3)


def test_magnus_meets_a_tolerance():
    controller = diffrax.PIDController(rtol=1e-7, atol=1e-7)
    found = integrated(Magnus4(), 100, stepsize_controller=controller)
    error = np.max(np.abs(flat(found.ys)[0] - reference([2.0])[0]))
    assert error < 1e-6 and int(found.stats["num_steps"]) < 1000


def test_magnus_takes_long_steps_through_fast_precession():
    """ω t = 2000 radians about a fixed field, under a source that changes slowly: 64 steps, where an explicit method takes thousands."""

    def driven(t, y, args):
        return matrix(1000.0) @ y + jnp.cos(t) * SOURCE

    found = diffrax.diffeqsolve(diffrax.ODETerm(driven), Magnus4(), 0.0, 2.0, 2.0 / 64, jnp.asarray(START)).ys[0]
    # The real part of the state at the complex source e^(it), a steady one less what has decayed of it.
    response = np.linalg.solve(1j * np.eye(6) - matrix(1000.0), SOURCE)
    expected = (response * np.exp(2j)).real + expm(2 * matrix(1000.0)) @ (START - response.real)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3 * np.max(np.abs(expected)))


@pytest.mark.parametrize(
    "adjoint", [diffrax.RecursiveCheckpointAdjoint(), pytest.param(diffrax.DirectAdjoint(), marks=pytest.mark.heavy), diffrax.ForwardMode()]
)
def test_derivatives_by_coefficients_and_times(adjoint):
    times, h = jnp.linspace(0.0, 2.0, 6), 1e-3
    weights = np.random.default_rng(1).normal(size=(6, 6))

    def total(omega: jax.Array, times: jax.Array) -> jax.Array:
        return jnp.sum(weights * states(omega, times, adjoint))

    transform = jax.jacfwd if isinstance(adjoint, diffrax.ForwardMode) else jax.grad
    by_omega, by_times = jax.jit(transform(total, argnums=(0, 1)))(jnp.array(4.0), times)

    def exact(omega: float) -> float:
        return float(np.sum(weights * [flow(omega, float(t), START) for t in times]))

    central = (exact(4 - 2 * h) - 8 * exact(4 - h) + 8 * exact(4 + h) - exact(4 + 2 * h)) / (12 * h)
    assert float(by_omega) == pytest.approx(central, rel=1e-9)
    # The state at a time changes with that time only, at the rate of the vector field.
    rates = [weight @ (matrix(4.0) @ flow(4.0, float(t), START) + SOURCE) for weight, t in zip(weights, times, strict=True)]
    np.testing.assert_allclose(by_times, rates, rtol=1e-11)


@pytest.mark.heavy
def test_second_derivatives_by_times_where_an_exponential_is_reused():
    times = jnp.linspace(0.0, 2.0, 6)[1:]
    found = jax.jit(jax.jacfwd(jax.jacfwd(lambda times: states(4.0, times)[-1])))(times)[:, -1, -1]
    expected = matrix(4.0) @ (matrix(4.0) @ flow(4.0, 2.0, START) + SOURCE)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


@pytest.mark.heavy
@pytest.mark.parametrize(("transform", "adjoint"), [(jax.jacfwd, "ForwardMode"), (jax.jacrev, "RecursiveCheckpointAdjoint")])
def test_derivatives_by_a_drive_and_by_a_field_that_change(transform, adjoint: str):
    def end(x):
        def field(t, y, args):
            return matrix(3.0) @ y + args[0] * jnp.cos(args[1] * t) * np.kron(np.eye(2), TURN) @ y + args[2] * jnp.sin(t) * SOURCE

        how = getattr(diffrax, adjoint)()
        return diffrax.diffeqsolve(diffrax.ODETerm(field), Magnus4(), 0.0, 2.0, 0.1, jnp.asarray(START), x, adjoint=how).ys[0]

    x, h = jnp.array([0.5, 2.0, 1.5]), 1e-3
    run = jax.jit(end)
    points = [[np.asarray(run(x + k * h * np.eye(3)[i])) for k in (-2, -1, 1, 2)] for i in range(3)]
    central = np.stack([(y[0] - 8 * y[1] + 8 * y[2] - y[3]) / (12 * h) for y in points], -1)
    np.testing.assert_allclose(jax.jit(transform(end))(x), central, rtol=0, atol=1e-9 * np.max(np.abs(central)))


@pytest.mark.parametrize("with_gradient", [False, pytest.param(True, marks=pytest.mark.heavy)])
def test_solvers_lower_for_accelerators_in_single_precision(with_gradient: bool):
    omegas, times = np.zeros(4, np.float32), np.linspace(0.1, 1, 5, dtype=np.float32)
    for solver in (ExponentialEuler(), Magnus4()):

        def total(omega, times, solver=solver):
            return states(omega, times, diffrax.RecursiveCheckpointAdjoint(), solver).sum()

        batch = jax.vmap(jax.value_and_grad(total) if with_gradient else total, in_axes=(0, None))
        with jax.enable_x64(False):
            exported = jax.export.export(jax.jit(batch), platforms=["cuda", "tpu"])(omegas, times)
        assert exported.platforms == ("cuda", "tpu")
        assert "custom_call" not in exported.mlir_module()  # no LAPACK and no call back to the host


def test_single_precision_is_kept():
    with jax.enable_x64(False), jax.default_matmul_precision("highest"):  # also of the vector field's own products, on a GPU
        found = np.asarray(BATCH(OMEGAS.astype(np.float32), np.linspace(0.2, 6, 30).astype(np.float32)))
    expected = np.array([[flow(omega, t, START) for t in np.linspace(0.2, 6, 30)] for omega in OMEGAS])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.max(np.abs(expected)))


def test_a_step_of_no_length_has_a_constant_interpolation():
    X = jnp.ones((6, 7))
    path = affine_solvers.MagnusInterpolation(t0=jnp.array(1.0), t1=jnp.array(1.0), y0=jnp.asarray(START), mean=X, slope=X)
    np.testing.assert_array_equal(path.evaluate(jnp.array(1.0)), START)
    path = affine_solvers.MagnusInterpolation(t0=jnp.array(1.0), t1=jnp.array(2.0), y0=jnp.asarray(START), mean=X, slope=X)
    change = path.evaluate(jnp.array(1.25), jnp.array(1.75))
    np.testing.assert_allclose(change, path.evaluate(jnp.array(1.75)) - path.evaluate(jnp.array(1.25)), rtol=1e-15)
