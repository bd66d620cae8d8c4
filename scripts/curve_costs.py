"""What one curve costs: the methods, the geometries, derivatives and transients, each against its yardstick in the same process."""

import dataclasses
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from measuring import Statistics, against, spread, warm_job, with_ratios

from hanle_sim import Field, hanle_curve
from hanle_sim.configuration import Setup, build, check, read
from hanle_sim.physics.bloch import bloch_equations
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.printed_equations import hanle_amplitudes, two_lorentzians
from hanle_sim.solvers import MethodName, linear
from hanle_sim.solvers.bloch_integration import transient

PRESET = "fig2"
SOME, FEW, MANY = 301, 401, 100_001
MILLION = 10**6
_GEOMETRIES = ("lumped", "diffusive", "film", "film-absorbing", "drift", "contact", "lateral")
# Error of a transient, over its peak, up to which the general solver is made tighter.
_EQUAL_ERROR = 1e-8
_YARDSTICK = "two Lorentzians"


def setup_of_preset() -> Setup:
    """The device that is measured where no other is named."""
    return build(check(read(PRESET)))


def swept(setup: Setup, points: int) -> Field:
    """Its sweep with so many fields."""
    fields = np.asarray(setup.field.B)
    return Field(np.linspace(fields[0], fields[-1], points), setup.field.direction)


def _yardstick(setup: Setup) -> Callable[[jax.Array], jax.Array]:
    """The paper's curve, Eq. (14)'s amplitudes on two Lorentzians, of the fields [T]."""
    junction, nonmagnet = setup.device.injector.junction, setup.device.nonmagnet
    amplitude_s, amplitude_Q = hanle_amplitudes(
        r_s=nonmagnet.r_s, R_tun=junction.R_tun, P_G=junction.P_G, P_L=junction.P_L, S=junction.S, alpha=setup.device.alpha
    )

    def curve(B: jax.Array) -> jax.Array:
        omega_L = Field(B, setup.field.direction).larmor_frequency(nonmagnet.g)
        spin, heat = two_lorentzians(
            amplitude_s=amplitude_s, amplitude_Q=amplitude_Q, tau_s=nonmagnet.tau_s, tau_Q=nonmagnet.tau_Q, omega_L=omega_L
        )
        return jnp.asarray(spin + heat)

    return jax.jit(curve)


def _jitted(setup: Setup, method: MethodName, points: int) -> Callable[[jax.Array], jax.Array]:
    """ΔV_Hanle by a method, as one compiled function of the fields [T]."""

    def curve(B: jax.Array) -> jax.Array:
        return jnp.asarray(hanle_curve(setup.device, Field(B, setup.field.direction), method).Delta_V_Hanle)

    return jax.jit(curve)


def called(setup: Setup, method: MethodName, field: Field) -> jax.Array:
    """ΔV_Hanle by a method, as a user calls it."""
    return jnp.asarray(hanle_curve(setup.device, field, method).Delta_V_Hanle)


def warm(points: int, methods: tuple[MethodName, ...], repeats: int) -> dict[str, Statistics]:
    """Time of every method over a sweep, compiled and once run, against the two Lorentzians on the same fields.

    "jitted" is one compiled function of the fields; "called" is `hanle_curve` as a user calls it, with the Python around it.
    """
    setup = setup_of_preset()
    field = swept(setup, points)
    B = jnp.asarray(field.B)
    jobs = {_YARDSTICK: warm_job(partial(_yardstick(setup), B))}
    for method in methods:
        jobs[f"{method}, jitted"] = warm_job(partial(_jitted(setup, method, points), B))
        jobs[f"{method}, called"] = warm_job(partial(called, setup, method, field))
    found = against(jobs, _YARDSTICK, repeats)
    return {name: {**times, "median_per_field_s": times["median_s"] / points} for name, times in found.items()}


def geometries(repeats: int) -> dict[str, Statistics]:
    """Time of the closed form of every nonmagnet over the same many fields, compiled and once run, against the lumped one."""
    jobs = {}
    for preset in _GEOMETRIES:
        setup = build(check(read(preset)))
        field = swept(setup, MANY)
        jobs[preset] = warm_job(partial(_jitted(setup, "closed", MANY), jnp.asarray(field.B)))
    found = against(jobs, _GEOMETRIES[0], repeats)
    return {name: {**times, "median_per_field_s": times["median_s"] / MANY} for name, times in found.items()}


def derivatives(repeats: int) -> dict[str, Statistics]:
    """jacfwd by six parameters and the gradient of a sum of squares, in every geometry, each against its own curve: compiling (the
    processor's time, once) and running.
    """
    found: dict[str, Statistics] = {}
    for preset in _GEOMETRIES:
        configuration = check(read(preset))
        setup = build(configuration)
        device = setup.device
        area = 1.0 if not device.is_nonlocal else configuration.junction.contact_area.value  # type: ignore[union-attr]
        values = {
            "nonmagnet.tau_s": device.nonmagnet.tau_s,
            "nonmagnet.tau_Q": device.nonmagnet.tau_Q,
            "nonmagnet.g": device.nonmagnet.g,
            "junction.P_G": device.injector.junction.P_G,
            "junction.P_L": device.injector.junction.P_L,
            "junction.R_tun": device.injector.junction.R_tun * area,
        }
        paths, theta = list(values), jnp.array([float(value) for value in values.values()])
        B = jnp.asarray(swept(setup, SOME).B)

        def curve(theta: jax.Array, B: jax.Array, configuration: Any = configuration, paths: list[str] = paths) -> jax.Array:
            at = build(configuration, dict(zip(paths, theta, strict=True)))
            return hanle_curve(at.device, at.field.along(B, slice(None))).Delta_V_Hanle

        def square(theta: jax.Array, B: jax.Array, curve: Any = curve) -> jax.Array:
            return jnp.sum(curve(theta, B) ** 2)

        programs, compiling = {}, {}
        for name, function in (("curve", curve), ("Jacobian by 6", jax.jacfwd(curve)), ("gradient", jax.grad(square))):
            jax.clear_caches()  # type: ignore[no-untyped-call]
            start = time.process_time()
            compiled = jax.jit(function).lower(theta, B).compile()
            compiling[f"{preset}, {name}, compile"] = spread([time.process_time() - start])
            programs[f"{preset}, {name}"] = warm_job(partial(compiled, theta, B))
        found |= with_ratios(compiling, f"{preset}, curve, compile") | against(programs, f"{preset}, curve", repeats)
    return found


def jacobian(repeats: int) -> dict[str, Statistics]:
    """∂ΔV/∂θ of a lumped device at a million fields by all its parameters, into one buffer, against one curve of two Lorentzians.

    Everything from the parameters and the fields to the Jacobian is measured. The ratio of it to the yardstick times the number of
    parameters is in its own row.
    """
    from hanle_sim.model.model import Model

    model, setup = Model(check(read(PRESET))), setup_of_preset()
    B, theta = jnp.asarray(swept(setup, MILLION).B), jnp.asarray(model.values)
    buffer = [jnp.zeros((len(model.parameters), B.size))]

    def fill() -> jax.Array:
        buffer[0] = model.jacobian_into(buffer[0], theta, B)
        return buffer[0]

    plain = jax.jit(_yardstick(setup))
    count = len(model.parameters)
    rows = against({_YARDSTICK: warm_job(partial(plain, B)), f"Jacobian by {count}": warm_job(fill)}, _YARDSTICK, repeats)
    per_parameter = {key: value / count for key, value in rows[f"Jacobian by {count}"].items() if key != "samples"}
    rows["  a parameter"] = per_parameter
    return {name: {**times, "median_per_field_s": times["median_s"] / MILLION} for name, times in rows.items()}


def _transients(points: int, times: np.ndarray) -> tuple[Callable[..., jax.Array], Callable[..., jax.Array], jax.Array, np.ndarray]:
    """States over their peak at every field and time, [points, times, 6], from rest: by the package's integration, and by a `vmap` of
    Tsit5 (of ω_Lτ and the tolerance); ω_Lτ; and the states as the matrix exponential has them at every 50th field.
    """
    setup = setup_of_preset()
    omega = np.linspace(0.0, 100.0, points)
    natural = dataclasses.replace(NaturalUnits.of(setup.device, swept(setup, points)), omega=omega)
    A, source = (np.asarray(part) for part in linear.systems(natural))
    A, source = A[::50], np.broadcast_to(source, (points, 6))[::50]
    systems = np.concatenate([np.concatenate([A, source[..., None]], -1), np.zeros((len(A), 1, 7))], 1)
    expected = np.array([[scipy.linalg.expm(system * t)[:6, 6] for t in times] for system in systems])
    peak = np.max(np.abs(expected))

    def ours(omega: jax.Array) -> jax.Array:
        at = dataclasses.replace(natural, omega=omega)
        return transient(at, times, adjoint="forward").reshape(points, times.size, 6) / peak

    def rate(t: Any, y: jax.Array, omega: jax.Array) -> jax.Array:
        return jnp.asarray(bloch_equations(y * peak, natural.device, omega * jnp.asarray(natural.direction))) / peak

    def naive(omega: jax.Array, tolerance: jax.Array) -> jax.Array:
        def solve(omega: jax.Array) -> Any:
            controller = diffrax.PIDController(rtol=tolerance, atol=tolerance)
            return diffrax.diffeqsolve(
                diffrax.ODETerm(rate),
                diffrax.Tsit5(),
                0.0,
                times[-1],
                None,
                jnp.zeros((2, 3)),
                omega,
                saveat=diffrax.SaveAt(ts=jnp.asarray(times)),
                stepsize_controller=controller,
                max_steps=None,
                adjoint=diffrax.ForwardMode(),
            ).ys

        return jax.vmap(solve)(omega).reshape(points, times.size, 6)

    return jax.jit(ours), jax.jit(naive), jnp.asarray(omega), expected / peak


def integration(repeats: int) -> dict[str, Statistics]:
    """Transients from rest over 5 τ_s at ω_Lτ from 0 to 100, with their largest error over the peak at any field and time: the
    exponential at equidistant times and at others, against a `vmap` of diffrax's Tsit5 with steps as tight as that error needs, if
    no tighter than 10⁻⁸. How many times faster they are is the ratio of the others to the first.
    """
    found: dict[str, Statistics] = {}
    for name, times in (("equal steps", np.linspace(0.1, 5.0, 50)), ("geometric", np.geomspace(1e-3, 5.0, 50))):
        ours, naive, omega, expected = _transients(FEW, times)
        errors = {f"exponential, {name}": float(np.max(np.abs(np.asarray(ours(omega))[::50] - expected)))}
        jobs = {f"exponential, {name}": warm_job(partial(ours, omega))}
        for tolerance in 10.0 ** np.arange(-7.0, -13.0, -1.0):
            error = float(np.max(np.abs(np.asarray(naive(omega, tolerance))[::50] - expected)))
            if error <= _EQUAL_ERROR:
                break
        jobs[f"Tsit5, {name}"] = warm_job(partial(naive, omega, tolerance))
        errors[f"Tsit5, {name}"] = error
        rows = against(jobs, f"exponential, {name}", repeats)
        found |= {key: {**row, "error": errors[key]} if key in errors else row for key, row in rows.items()}
    return {name: {**row, "median_per_field_s": row["median_s"] / FEW} for name, row in found.items()}
