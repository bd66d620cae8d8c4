"""A Model for code of one's own: plain JAX, SciPy, and what it refuses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import least_squares

import hanle_sim
from hanle_sim import Model

B = {"points": 41}


def test_it_is_the_curve_of_simulate():
    curve = Model("film", ["tau_s", "junction.P_G"], settings=B)
    assert (curve.names, curve.units) == (["tau_s", "P_G"], ["s", ""])
    for factor in (1.0, 1.3):
        values = curve.start * factor
        alone = hanle_sim.simulate("film", settings={**B, "tau_s": float(values[0]), "P_G": float(values[1])}, check=False)
        expected = alone["Delta_V_Hanle"].values
        np.testing.assert_allclose(curve.evaluated(values), expected, rtol=0, atol=1e-12 * np.max(expected))
        np.testing.assert_allclose(alone["B"], curve.B)


def test_plain_jax_takes_it():
    curve = Model("lumped", ["tau_s", "P_G"], settings=B)
    many = jnp.asarray(curve.start)[None] * jnp.array([[1.0, 1.0], [1.1, 0.9]])
    batch = jax.jit(jax.vmap(curve))(many)
    np.testing.assert_allclose(batch[1], curve.evaluated(many[1]), rtol=1e-12)
    jacobian = jax.jit(jax.jacfwd(curve))(curve.start)
    np.testing.assert_allclose(jacobian, curve.jacobian(curve.start), rtol=1e-10, atol=1e-13 * np.max(np.abs(jacobian)))
    step = 1e-5 * curve.start[0] * np.array([1.0, 0.0])
    difference = (curve.evaluated(curve.start + step) - curve.evaluated(curve.start - step)) / (2 * step[0])
    np.testing.assert_allclose(curve.jacobian(curve.start)[:, 0], difference, rtol=1e-6, atol=1e-8 * np.max(np.abs(difference)))


def test_scipy_finds_what_was_put_in():
    curve = Model("lateral", ["tau_s", "D"], settings=B)
    truth = curve.start * [0.8, 1.2]
    data, unit = curve.evaluated(truth), np.max(np.abs(curve.evaluated(curve.start)))
    found = least_squares(
        lambda x: (curve.evaluated(x * curve.start) - data) / unit,
        [1.0, 1.0],
        jac=lambda x: curve.jacobian(x * curve.start) * curve.start / unit,
    )
    np.testing.assert_allclose(found.x, [0.8, 1.2], rtol=1e-6)


def test_in_single_precision_numpy_s_results_stay_double():
    with jax.enable_x64(False):
        curve = Model("lumped", ["tau_s"], settings=B)
        found = curve.evaluated(curve.start), curve.jacobian(curve.start)
    assert found[0].dtype == found[1].dtype == np.float64
    np.testing.assert_allclose(found[0], curve.evaluated(curve.start), rtol=1e-14)


def test_refusals():
    with pytest.raises(ValueError, match="did you mean tau_s"):
        Model("lumped", ["tau_S1"])
    with pytest.raises(ValueError, match="named twice"):
        Model("lumped", ["tau_s", "nonmagnet.tau_s"])
