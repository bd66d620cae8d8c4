"""Exponentials of affine maps against 40 digits."""

from math import factorial

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from hanle_sim.numerics import affine_maps

RNG = np.random.default_rng(11)
# So compiled, one for every test that only wants its value.
EXPM1 = jax.jit(jax.vmap(affine_maps.expm1))


def dissipative(n: int, rotation: float, decay: float) -> np.ndarray:
    """[A b] of size n with an antisymmetric part and a negative one, [n, n + 1]."""
    turn, relax = RNG.normal(size=(2, n, n))
    return np.concatenate([rotation * (turn - turn.T) - decay * (relax @ relax.T + np.eye(n)), RNG.normal(size=(n, 1))], 1)


def exact(X: np.ndarray) -> np.ndarray:
    """e^X − 1 of the augmented matrix, in 40 digits."""
    n = X.shape[0]
    with mpmath.workdps(60):
        augmented = mpmath.matrix(np.vstack([X, np.zeros((1, n + 1))]).tolist())
        found = mpmath.expm(augmented, method="taylor") - mpmath.eye(n + 1)
        return np.array(found.tolist(), dtype=float)[:n]


@pytest.mark.parametrize("n", [1, 6, 11])
def test_exponentials_have_all_digits(n: int):
    X = np.stack([dissipative(n, *sizes) for sizes in ((0.0, 1e-9), (1e-3, 1e-2), (0.3, 0.1), (3.0, 1.0), (100.0, 1.0), (1.0, 100.0))])
    for found, plain, one in zip(np.asarray(EXPM1(X)), affine_maps.expm1(X), X, strict=True):
        expected = exact(one)
        assert np.max(np.abs(found - expected)) < 3e-14 * np.max(np.abs(expected))
        assert np.max(np.abs(plain - expected)) < 3e-14 * np.max(np.abs(expected))


def test_the_series_is_that_of_the_exponential():
    """Of a nilpotent matrix it ends, and its coefficients stand in the first row: 1/k! up to the 18th power, and nothing beyond."""
    n = 20
    X = np.zeros((n, n + 1))
    X[np.arange(n), np.arange(1, n + 1)] = 0.5
    expected = [0.0, *(0.5**k / factorial(k) for k in range(1, 19)), 0.0, 0.0]
    np.testing.assert_allclose(affine_maps.expm1(X)[0], expected, rtol=1e-13, atol=1e-17 * 2.0**-19)


def test_slow_components_keep_their_digits_beside_fast_ones():
    """e^A rounds at 1, e^A − 1 at itself: the slow rate is 10⁻⁹ of the fast one."""
    X = np.array([[[-1e6, 0.0, 1.0], [0.0, -1e-3, 1.0]]])
    np.testing.assert_allclose(EXPM1(X)[0], [[-1.0, 0.0, 1e-6], [0.0, np.expm1(-1e-3), -np.expm1(-1e-3) / 1e-3]], rtol=1e-14)


def test_the_affine_part_may_have_any_size():
    X = dissipative(6, 1.0, 1.0)
    large = X * np.array([1.0] * 6 + [2.0**90])
    found = EXPM1(np.stack([X, large]))
    np.testing.assert_allclose(found[1, :, 6], found[0, :, 6] * 2.0**90, rtol=1e-15)


def test_what_has_no_digits_is_nan_and_leaves_the_others_alone():
    good = dissipative(6, 30.0, 1.0)
    batch = np.stack([good, good * 1e16, good * np.nan, good * 1e-5])
    found, plain = np.asarray(EXPM1(batch)), affine_maps.expm1(batch)
    assert np.isnan(found[1:3]).all() and np.isnan(plain[1:3]).all()
    np.testing.assert_allclose(plain[[0, 3]], found[[0, 3]], rtol=1e-11)
    for k in (0, 3):  # bit by bit as among others of their own size
        np.testing.assert_array_equal(found[k], np.asarray(EXPM1(np.stack([batch[k]] * 4)))[0])


def test_single_precision():
    X = np.stack([dissipative(6, 3.0, 1.0) for _ in range(4)])
    found = EXPM1(X.astype(np.float32))
    assert found.dtype == np.float32
    expected = np.stack([exact(one) for one in X])
    np.testing.assert_allclose(found, expected, rtol=0, atol=3e-6 * np.max(np.abs(expected)))


def test_derivatives_of_an_exponential():
    """Forward, reverse, and once more, against the exponential of [[A, E], [0, A]], whose upper right block is the derivative along E."""
    X, E = dissipative(3, 2.0, 1.0), RNG.normal(size=(3, 4))
    zero, last = np.zeros((4, 4)), np.zeros((1, 4))
    A, along = np.vstack([X, last]), np.vstack([E, last])
    expected = exact(np.block([[A, along, zero[:, :1]], [zero, A, zero[:, :1]]]))[:3, 4:8]
    tangent = jax.jvp(affine_maps.expm1, (jnp.asarray(X),), (jnp.asarray(E),))[1]
    np.testing.assert_allclose(tangent, expected, rtol=0, atol=1e-13 * np.max(np.abs(expected)))
    weights = RNG.normal(size=(3, 4))
    gradient = jax.grad(lambda X: jnp.sum(weights * affine_maps.expm1(X)))(jnp.asarray(X))
    assert float(jnp.sum(gradient * E)) == pytest.approx(float(np.sum(weights * expected)), rel=1e-12)

    def slope(X: jax.Array) -> jax.Array:
        return jax.jvp(affine_maps.expm1, (X,), (jnp.asarray(E),))[1]

    second = jax.jvp(slope, (jnp.asarray(X),), (jnp.asarray(E),))[1]
    h = 1e-3
    central = [np.asarray(slope(jnp.asarray(X + k * h * E))) for k in (-2, -1, 1, 2)]
    difference = (central[0] - 8 * central[1] + 8 * central[2] - central[3]) / (12 * h)
    np.testing.assert_allclose(second, difference, rtol=0, atol=1e-9 * np.max(np.abs(difference)))


def test_products_of_maps():
    P, Q, y = RNG.normal(size=(6, 7)), RNG.normal(size=(6, 7)), RNG.normal(size=6)
    augmented = [np.vstack([one, np.eye(7)[6]]) for one in (P, Q)]
    np.testing.assert_allclose(affine_maps.apply(jnp.asarray(P), jnp.asarray(y)), (augmented[0] @ [*y, 1.0])[:6], rtol=1e-13)
    generators = [np.vstack([one, np.zeros((1, 7))]) for one in (P, Q)]
    bracket = generators[0] @ generators[1] - generators[1] @ generators[0]
    np.testing.assert_allclose(affine_maps.commutator(jnp.asarray(P), jnp.asarray(Q)), bracket[:6], rtol=1e-12, atol=1e-13)
