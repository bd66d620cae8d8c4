"""Single precision is told of where it would spoil a fit, and nowhere else."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize

from cases import standard
from hanle_sim import CurrentBias, Device, Field, Model, SinglePrecisionWarning, half_width, hanle_curve, runtime

DRIVE, FIELD = CurrentBias(1e6), Field(np.linspace(-2e-2, 2e-2, 5), np.array([0.0, 0.0, 1.0]))


@pytest.fixture(autouse=True)
def untold(monkeypatch):
    """As if nothing had been said yet."""
    monkeypatch.setattr(runtime, "_told", set())


def signal(alpha: object) -> jax.Array:
    return hanle_curve(standard(alpha=alpha).under(DRIVE), FIELD).Delta_V_Hanle  # type: ignore[arg-type]


def test_a_fit_in_single_precision_is_warned_of():
    """SciPy's differences are rounding there: the starting guess comes back."""
    data = np.asarray(signal(2.0)) * 1e6

    def curve(_: np.ndarray, alpha: float) -> np.ndarray:
        return np.asarray(signal(alpha)) * 1e6

    with jax.enable_x64(False), warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        (stuck,), _ = scipy.optimize.curve_fit(curve, FIELD.B, data, p0=[3.0])
    ours = [one for one in told if issubclass(one.category, SinglePrecisionWarning)]
    assert len(ours) == 1 and "jax_enable_x64" in str(ours[0].message)
    assert stuck == 3.0
    (found,), _ = scipy.optimize.curve_fit(curve, FIELD.B, data, p0=[3.0])
    assert found == pytest.approx(2.0, rel=1e-6)


@pytest.mark.parametrize("wrapped", [jax.jacfwd, jax.jacrev, jax.jit, jax.vmap])
def test_derivatives_and_calls_in_single_precision_are_warned_of(wrapped):
    with jax.enable_x64(False), pytest.warns(SinglePrecisionWarning, match="^hanle_curve: computed in single precision"):
        jax.eval_shape(wrapped(signal), jnp.ones(3) if wrapped is jax.vmap else 2.0)  # traced, and not compiled


@pytest.mark.parametrize("wrapped", [jax.jacfwd, jax.linearize])
def test_a_model_in_single_precision_is_warned_of(wrapped):
    """As SciPy's least_squares takes its derivatives, and optimistix's solvers; in double precision nothing is said."""
    curve = Model("lumped", ["tau_s"], settings={"points": 5})
    trace = (lambda theta: jax.linearize(curve, theta)[0]) if wrapped is jax.linearize else wrapped(curve)
    assert jax.eval_shape(trace, jnp.array([1e-9])).dtype == np.float64
    with jax.enable_x64(False), pytest.warns(SinglePrecisionWarning, match="^Model: computed in single precision"):
        jax.eval_shape(trace, jnp.array([1e-9]))


def test_half_widths_in_single_precision():
    """Of plain numbers they are computed in double precision whatever JAX is set to."""
    expected = half_width(standard().under(DRIVE), FIELD)
    with jax.enable_x64(False):
        assert half_width(standard().under(DRIVE), FIELD) == expected
        with pytest.warns(SinglePrecisionWarning, match="^half_width: computed in single precision"):
            jax.eval_shape(jax.grad(lambda alpha: half_width(standard(alpha=alpha).under(DRIVE), FIELD)), 2.0)


def test_single_precision_that_is_meant_is_not_warned_of():
    meant = standard(alpha=np.float32(2.0))
    with jax.enable_x64(False):
        assert hanle_curve(meant.under(DRIVE), FIELD).u.dtype == np.float32
        assert isinstance(meant, Device)
    assert hanle_curve(standard().under(DRIVE), FIELD).u.dtype == np.float64


def test_a_curve_in_single_precision_after_a_traced_one():
    """A program that JAX has traced for NumPy's float64 arrays is not handed arrays in single precision."""
    jax.clear_caches()
    with jax.enable_x64(False), pytest.warns(SinglePrecisionWarning):
        jax.eval_shape(jax.jit(signal), 2.0)
        found = signal(2.0)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, signal(2.0), rtol=1e-5)
