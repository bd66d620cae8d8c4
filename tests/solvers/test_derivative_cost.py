"""What a derivative through plain JAX costs, against its curve, in every geometry; and the stages that keep it so."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cases import configured
from derivative_cases import closely
from hanle_sim import hanle_curve
from hanle_sim.configuration import build
from hanle_sim.numerics.interpreted import interpreted
from hanle_sim.numerics.stages import computed_once, in_one_piece, stage

PATHS = ("nonmagnet.tau_s", "nonmagnet.tau_Q", "junction.P_G", "junction.P_L", "junction.R_tun", "nonmagnet.g")


def compiled(function: Callable[..., Any], *arguments: Any) -> tuple[Any, int]:
    """What a function gives, and how many instructions its program has."""
    program = jax.jit(function).lower(*arguments).compile()
    return program(*arguments), program.as_text().count(" = ")


@pytest.mark.heavy
@pytest.mark.parametrize("preset", ["lateral"])
def test_derivatives_are_programs_of_a_few_curves(preset: str):
    """jacfwd and grad by six parameters are differences of curves; their programs are some curves long, not thousands."""
    configuration = configured(preset, "points=31")
    setup = build(configuration)
    values = {"tau_s": setup.device.nonmagnet.tau_s, "tau_Q": setup.device.nonmagnet.tau_Q, "g": 2.0}
    junction = setup.device.injector.junction
    area = 1.0 if not setup.device.is_nonlocal else configuration.junction.contact_area.value
    values |= {"P_G": junction.P_G, "P_L": junction.P_L, "R_tun": junction.R_tun * area}
    theta = jnp.array([float(values[path.split(".")[1]]) for path in PATHS])

    def curve(theta: jax.Array, B: jax.Array) -> jax.Array:
        at = build(configuration, dict(zip(PATHS, theta, strict=True)))
        return hanle_curve(at.device, at.field.along(B, slice(None))).Delta_V_Hanle

    B = jnp.asarray(setup.field.B)
    data = 1.01 * jnp.asarray(closely(setup))
    peak = jnp.max(jnp.abs(data))
    signal, length = compiled(curve, theta, B)
    jacobian, forward = compiled(jax.jacfwd(curve), theta, B)
    gradient, reverse = compiled(jax.grad(lambda theta, B: jnp.sum(((curve(theta, B) - data) / peak) ** 2)), theta, B)

    np.testing.assert_allclose(gradient, 2 * ((signal - data) / peak**2) @ jacobian, rtol=1e-9)
    for k, path in enumerate(PATHS):
        at = [closely(build(configuration, {path: float(theta[k]) * (1 + n * 1e-3)})) for n in (-2, -1, 1, 2)]
        slope = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / 12e-3
        np.testing.assert_allclose(jacobian[:, k] * theta[k], slope, rtol=0, atol=1e-8 * np.max(np.abs(slope)) + 1e-11 * peak)
    assert forward < 4 * length and reverse < 5 * length


def test_a_stage_is_the_identity_whatever_is_wrapped_around_it():
    def function(x: jax.Array, staged: bool) -> jax.Array:
        y = {"a": jnp.sin(x) * x, "b": (x * x, 3.0)}
        y = computed_once(y) if staged else y
        return jnp.sum(y["a"] * y["b"][0][::-1]) * y["b"][1] + jnp.sum(jnp.exp(y["a"]))

    xs = jnp.array([[0.3, -1.2, 2.0], [0.1, 0.2, np.nan], [5.0, 4.0, 3.0]])
    for transform in (
        jax.vmap,
        lambda f: jax.jit(jax.vmap(jax.hessian(f))),
        lambda f: jax.jit(jax.vmap(jax.jacrev(f))),
    ):
        plain, staged = (transform(lambda x, staged=staged: function(x, staged))(xs) for staged in (False, True))
        np.testing.assert_allclose(staged, plain, rtol=1e-14)


def test_a_stage_is_kept_apart_on_a_processor_and_dropped_elsewhere():
    def function(x: jax.Array) -> jax.Array:
        return computed_once(jnp.sin(x) * x)[::-1] * 2

    x = np.ones(3)
    assert jax.jit(function).lower(x).compile().as_text().count("conditional(") == 1
    assert "replica_id" not in jax.export.export(jax.jit(function), platforms=["cuda"])(x).mlir_module()
    assert isinstance(computed_once({"x": x})["x"], np.ndarray)


def test_a_stage_is_not_traced_where_nothing_is_compiled():
    """And a function that was traced so is traced anew where it is."""

    @jax.jit
    def function(x: jax.Array) -> jax.Array:
        return stage(lambda x: computed_once(jnp.sin(x)) * x)(x) * 2

    x = np.array([0.3, -1.2, 2.0])
    np.testing.assert_allclose(interpreted(function)(x), 2 * np.sin(x) * x, rtol=1e-15)
    with in_one_piece():
        assert "cond" not in str(jax.make_jaxpr(function)(x))
    assert jax.jit(function).lower(x).compile().as_text().count("conditional(") == 2
