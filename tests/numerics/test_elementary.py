"""Double angles and exponential of our own against mpmath, at every size and in derivatives."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from hanle_sim.numerics.complex_functions import moderate_reciprocal, root_less_1
from hanle_sim.numerics.elementary import double_angle, exponential

RANDOM = np.random.default_rng(20261126)
SMALL = np.geomspace(1e-300, 1.0, 300)
ANGLES = np.concatenate([RANDOM.uniform(-1e5, 1e5, 500), RANDOM.uniform(-10, 10, 500), SMALL, -SMALL, np.arange(-40, 41) * np.pi / 4])
POWERS = np.concatenate([RANDOM.uniform(-700, 700, 500), RANDOM.uniform(-3, 3, 500), SMALL, -SMALL, np.arange(-40, 41) * np.log(2) / 2])


@pytest.mark.parametrize("of_arrays", [jnp.asarray, np.asarray], ids=["JAX", "NumPy"])
def test_elementary_functions_to_rounding(of_arrays):
    with mpmath.workprec(1300):
        less_cosine, sine = double_angle(of_arrays(ANGLES))
        for function, found in ((lambda x: 1 - mpmath.cos(2 * x), less_cosine), (lambda x: mpmath.sin(2 * x), sine)):
            assert max(abs(float(function(mpmath.mpf(x)) - mpmath.mpf(float(y)))) for x, y in zip(ANGLES, found, strict=True)) < 6e-16
        for x, y in zip(SMALL, double_angle(of_arrays(SMALL))[0], strict=True):
            assert x < 1e-150 or abs(float(mpmath.mpf(float(y)) / (1 - mpmath.cos(2 * mpmath.mpf(x))) - 1)) < 1e-15
        found = exponential(of_arrays(POWERS))
        for function, of in ((mpmath.exp, found[0]), (mpmath.expm1, found[1])):
            assert max(abs(float(mpmath.mpf(float(y)) / function(x) - 1)) for x, y in zip(POWERS, of, strict=True) if x) < 5e-16


def test_elementary_functions_beyond_their_range():
    power, less_1 = exponential(jnp.array([0.0, -750.0, -1e300, -jnp.inf]))
    assert power.tolist() == [1.0, 0.0, 0.0, 0.0] and less_1.tolist() == [0.0, -1.0, -1.0, -1.0]
    assert [float(one) for one in double_angle(jnp.array(0.0))] == [0.0, 0.0]


@pytest.mark.parametrize("of_arrays", [jnp.asarray, np.asarray], ids=["JAX", "NumPy"])
def test_complex_functions_to_rounding(of_arrays):
    """Of numbers on the imaginary axis and beside it, of every size; of the root each component for itself."""
    sizes = np.geomspace(1e-120, 1e120, 241)
    q = np.concatenate([1j * sizes, -1j * sizes, sizes * np.exp(1.5j), sizes + 0j, sizes[::7] + 1j * sizes[::-7]])
    cases = ((root_less_1, lambda z: mpmath.sqrt(1 + z) - 1), (moderate_reciprocal, lambda z: 1 / z))
    with mpmath.workprec(1300):
        for function, exact in cases:
            for z, found in zip(q, np.asarray(function(of_arrays(q))), strict=True):
                wanted = exact(mpmath.mpc(z))
                for part, true in ((found.real, wanted.real), (found.imag, wanted.imag)):
                    assert abs(part - true) <= 2e-15 * abs(true if function is root_less_1 else wanted), (function, z)
    assert root_less_1(3.0) == 1.0 and root_less_1(1e-20) == 0.5e-20 and moderate_reciprocal(4.0) == 0.25
    if of_arrays is jnp.asarray:
        z = jnp.array([0.3 + 2j, 1e-9j, 4e5j])
        np.testing.assert_allclose(jax.vmap(jax.grad(root_less_1, holomorphic=True))(z), 0.5 / jnp.sqrt(1 + z), rtol=1e-14)
        np.testing.assert_allclose(jax.vmap(jax.grad(moderate_reciprocal, holomorphic=True))(z), -1 / z**2, rtol=1e-14)


def test_derivatives_of_elementary_functions():
    x = jnp.linspace(-5.0, 5.0, 41)
    for k, of_x, derivative in (
        (0, double_angle, lambda x: 2 * jnp.sin(2 * x)),
        (1, double_angle, lambda x: 2 * jnp.cos(2 * x)),
        (0, exponential, jnp.exp),
        (1, exponential, jnp.exp),
    ):
        forward = jax.vmap(jax.jacfwd(lambda x: of_x(x)[k]))(x)  # noqa: B023
        second = jax.vmap(jax.grad(jax.grad(lambda x: of_x(x)[k])))(x)  # noqa: B023
        np.testing.assert_allclose(forward, derivative(x), rtol=1e-14, atol=1e-15)
        np.testing.assert_allclose(second, jax.vmap(jax.grad(derivative))(x), rtol=1e-14, atol=1e-15)
