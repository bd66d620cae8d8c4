"""The closed form in NumPy, compiled, and compiled in blocks: one program text, three ways to run it, the same numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cases import configured
from hanle_sim import Field
from hanle_sim.configuration import build
from hanle_sim.numerics.chunks import in_blocks
from hanle_sim.physics.dimensionless import NaturalUnits
from hanle_sim.solvers import closed


@pytest.mark.parametrize(
    "preset", ["film", *(pytest.param(name, marks=pytest.mark.heavy) for name in ("film-absorbing", "contact", "lateral"))]
)
def test_plain_compiled_and_blocked_agree(preset: str):
    setup = build(configured(preset, "theta=70 deg"))
    B = np.linspace(-0.3, 0.5, 9001)  # two whole blocks and part of one

    def at(B):
        return NaturalUnits.of(setup.device, Field(B, setup.field.direction))

    plain = at(B)
    expected, states = np.asarray(closed.signal(plain)), np.asarray(closed.steady_state(plain))
    peak, sizes = np.max(abs(expected)), np.max(abs(states), axis=0)
    np.testing.assert_allclose(jax.jit(lambda B: closed.signal(at(B)))(jnp.asarray(B)), expected, rtol=0, atol=1e-13 * peak)
    compiled = jax.jit(lambda B: closed.steady_state(at(B)))(jnp.asarray(B))
    assert np.all(abs(np.asarray(compiled) - states) <= 1e-12 * np.max(sizes))
    assert isinstance(closed.signal(plain), np.ndarray)  # nothing was compiled


def test_blocks_are_put_together_in_order():
    x = jnp.arange(10_001.0)
    found = in_blocks(lambda x, y: (x + y["a"], x), x, {"a": 2 * x})
    np.testing.assert_array_equal(found[0], 3 * x)
    np.testing.assert_array_equal(found[1], x)
