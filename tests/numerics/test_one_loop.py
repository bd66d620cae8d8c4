"""One loop over an array against the function itself, under JAX's transformations; and what can be no such loop."""

from typing import Any

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest

from hanle_sim.numerics.complex_functions import sqrt, tanh
from hanle_sim.numerics.one_loop import in_one_loop
from hanle_sim.numerics.stages import in_one_piece, stage

X = np.linspace(0.1, 3.0, 2501)


def damped(x: Any, tree: Any) -> Any:
    z = stage(sqrt)(1 + 1j * tree["a"] * x)
    return (tree["b"] * tanh(z)).real + tree["c"]


def of(function: Any, a: Any, b: Any) -> Any:
    return function(jnp.asarray(X), {"a": a, "b": b, "c": np.float64(2.0)})


def plain(a: Any, b: Any) -> Any:
    return of(damped, a, b)


def looped(a: Any, b: Any) -> Any:
    return of(lambda *arguments: in_one_loop(damped, *arguments), a, b)


def summed(function: Any) -> Any:
    return lambda a, b: jnp.sum(function(a, b) ** 2)


def is_loop(function: Any, *arguments: Any) -> bool:
    return "stablehlo.map" in jax.jit(function).lower(*arguments).as_text()


ONE, THREE = jnp.asarray(0.7), jnp.linspace(-0.4, 0.6, 3)


@pytest.mark.parametrize(
    ("transformed", "a", "b"),
    [
        (lambda f: f, ONE, ONE),
        (lambda f: jax.vmap(f, (0, None)), THREE, ONE),
        (lambda f: jax.vmap(jax.vmap(f, (0, None)), (None, 0)), THREE, THREE),
        (lambda f: lambda a, b: jax.lax.map(lambda one: f(one, b), a), THREE, ONE),
        (lambda f: jax.jacfwd(f, argnums=(0, 1)), ONE, ONE),
        (lambda f: jax.vmap(jax.grad(summed(f), argnums=(0, 1))), THREE, THREE),
        (lambda f: jax.hessian(summed(f), argnums=(0, 1)), ONE, ONE),
    ],
)
def test_a_loop_is_the_function_whatever_is_wrapped_around_it(transformed: Any, a: Any, b: Any):
    expected, found = (jax.tree.leaves(jax.jit(transformed(f))(a, b)) for f in (plain, looped))
    for one, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, right, rtol=1e-12, atol=1e-12 * np.max(np.abs(right)))


def test_it_is_one_loop_on_a_processor_and_none_elsewhere():
    assert is_loop(looped, 0.7, 1.3) and not is_loop(plain, 0.7, 1.3)
    assert "stablehlo.map" not in jax.export.export(jax.jit(looped), platforms=["cuda"])(0.7, 1.3).mlir_module()
    everywhere = jax.export.export(jax.jit(looped), platforms=["cpu", "tpu"])(0.7, 1.3)
    np.testing.assert_allclose(everywhere.call(0.7, 1.3), plain(0.7, 1.3), rtol=1e-15)


def test_it_is_the_function_where_nothing_is_compiled():
    tree = {"a": 0.7, "b": 1.3, "c": 2.0}
    assert isinstance(in_one_loop(damped, X, tree), np.ndarray)
    np.testing.assert_allclose(looped(0.7, 1.3), damped(X, tree), rtol=1e-14)
    with in_one_piece():
        assert "one_loop" not in str(jax.make_jaxpr(looped)(0.7, 1.3))


@pytest.mark.parametrize(
    ("function", "numbers"),
    [
        (lambda x, c: x * c.sum(), [X[:2]]),
        (lambda x, c: x * c[:1] if jnp.ndim(x) else x * c, [X[:2]]),
        (lambda x, a: x * jnp.linspace(1.0, 2.0, X.size) * a, [0.5]),
        (lambda x, a, b: x * jnp.stack([a, b]).sum(), [0.5, 2.0]),
        (lambda x, a: jax.lax.fori_loop(0, 3, lambda _, y: y * a, x), [0.5]),
        (lambda x, a: jax.lax.scan(lambda y, _: (y * a, None), x, length=3)[0], [0.5]),
        (lambda x, a: jax.lax.cond(a > 0, lambda y: y, lambda y: -y, x), [0.5]),
        (lambda x, a: jax.jit(lambda y: jax.lax.cond(a > 0, lambda y: y, lambda y: -y, y))(x), [0.5]),
    ],
)
def test_what_works_on_arrays_or_in_loops_is_evaluated_as_it_is(function: Any, numbers: Any):
    """A user's nonmagnet may; and the direction of a field may differ from point to point."""
    numbers = [jnp.asarray(one) for one in numbers]

    def whole(*numbers: Any) -> Any:
        return in_one_loop(function, jnp.asarray(X), *numbers)

    assert not is_loop(whole, *numbers)
    np.testing.assert_allclose(jax.jit(whole)(*numbers), function(jnp.asarray(X), *numbers), rtol=1e-15)
