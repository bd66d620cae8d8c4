"""Functions of 3×3 matrices against mpmath: random, fast turning, and nearly defective ones."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from hanle_sim.numerics import three_by_three as of
from tensor_oracle import DIGITS, of_matrix, rounded

TURN = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def relaxing(rng: np.random.Generator, phase: float) -> np.ndarray:
    """A positive tensor whose eigenvalues span up to three decades, and precession about the first axis."""
    half = rng.normal(size=(3, 3))
    tensor = half @ half.T
    return 3 * tensor / np.trace(tensor) + 10 ** rng.uniform(-3, 0) * np.eye(3) + phase * TURN


def nearly_defective(distance: float) -> np.ndarray:
    """Two eigenvalues 2 ± i √(2 distance), with one eigenvector nearly; the third is another number, or the same."""
    M = np.diag([2.0, 1.0, 3.0]) + (1 + distance) * TURN
    M[0, 1:] = 0.3, -0.2
    return M


RANDOM = np.random.default_rng(1)
MATRICES = {
    **{f"random {k}": relaxing(RANDOM, 0.0 if k == 0 else 10.0 ** (k - 2)) for k in range(9)},
    **{f"nearly defective {distance}": nearly_defective(distance) for distance in (1e-3, 1e-8, -1e-12)},
    "one": np.eye(3),
    "three alike": 0.25 * np.eye(3),
    "two alike": np.diag([1.0, 2.0, 2.0]),
    "turned alike": np.diag([1.0, 2.0, 2.0]) + 7.0 * TURN,
}


FUNCTIONS = {
    "root": (of.square_root, mp.sqrt),
    "inverse": (of.inverse, lambda z: 1 / z),
    "tanh": (lambda M: of.tanh(of.square_root(M)), lambda z: mp.tanh(mp.sqrt(z))),
    "thin tanh": (lambda M: of.tanh(1e-6 * of.square_root(M)), lambda z: mp.tanh(1e-6 * mp.sqrt(z))),
    "exponential": (lambda M: of.exponential_of_minus(M)[0], lambda z: mp.exp(-z)),
    "exponential less 1": (lambda M: of.exponential_of_minus(M)[1], lambda z: mp.expm1(-z)),
    "small exponential less 1": (lambda M: of.exponential_of_minus(1e-6 * M)[1], lambda z: mp.expm1(-1e-6 * z)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_against_fifty_digits(name: str) -> None:
    """Plain and compiled; the component along the axis of the fastest precession, [0, 0], has digits of its own.

    An exponential takes over the absolute error of its argument.
    """
    function, scalar = FUNCTIONS[name]
    matrices = np.stack(list(MATRICES.values()))
    plain, compiled = function(matrices), np.asarray(jax.jit(function)(jnp.asarray(matrices)))
    assert isinstance(plain, np.ndarray)
    for number, (label, M) in enumerate(MATRICES.items()):
        with mp.workdps(DIGITS):
            expected = rounded(of_matrix(scalar, mp.matrix(M.tolist())))
        bound = 2e-14 * (1 + ("exponential" in name) * np.max(abs(M)) / 10)
        for found in (plain[number], compiled[number]):
            assert np.max(abs(found - expected)) < bound * np.max(abs(expected)), label
            assert abs(found[0, 0] - expected[0, 0]) < bound * abs(expected[0, 0]), label


def test_a_large_exponent_keeps_relative_digits() -> None:
    with mp.workdps(DIGITS):
        expected = rounded(of_matrix(lambda z: mp.exp(-20 * z), mp.matrix(MATRICES["random 2"].tolist())))
    found = of.exponential_of_minus(20 * MATRICES["random 2"][None])[0][0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=3e-13 * np.max(abs(expected)))


def test_derivatives_where_eigenvalues_coincide() -> None:
    """Of √M: dM = √M d√M + d√M √M. Of e^(−A): in the corner of the exponential of a matrix of twice the size."""
    names, rng = ["one", "two alike", "nearly defective 1e-08", "random 4"], np.random.default_rng(2)
    M, step, weights = (
        jnp.asarray(np.stack([MATRICES[name] for name in names])),
        *(jnp.asarray(rng.normal(size=(4, 3, 3))) for _ in range(2)),
    )
    found = {}
    for name, function in (("root", of.square_root), ("exponential", lambda M: of.exponential_of_minus(M)[0])):
        value, found[name] = jax.jvp(function, (M,), (step,))
        (backward,) = jax.vjp(function, M)[1](weights)
        np.testing.assert_allclose(jnp.sum(weights * found[name], (1, 2)), jnp.sum(step * backward, (1, 2)), rtol=1e-11)
        if name == "root":
            np.testing.assert_allclose(value @ found[name] + found[name] @ value, step, rtol=0, atol=1e-11)
    for number in range(4):
        with mp.workdps(30):
            twice = np.block([[M[number], step[number]], [np.zeros((3, 3)), M[number]]])
            expected = rounded(mp.expm(-mp.matrix(twice.tolist())))[:3, 3:]
        np.testing.assert_allclose(found["exponential"][number], expected, rtol=0, atol=1e-12)
