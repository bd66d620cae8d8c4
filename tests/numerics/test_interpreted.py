"""Functions that NumPy evaluates against the same ones compiled by XLA."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hanle_sim.numerics import interpreted as module
from hanle_sim.numerics.interpreted import interpreted, scan_operands

X = np.linspace(-0.9, 0.8, 7)
M = np.random.default_rng(3).normal(size=(2, 3, 3))


def both(function, *arguments):
    found, wanted = interpreted(function)(*arguments), jax.jit(function)(*arguments)
    assert jax.tree.structure(found) == jax.tree.structure(wanted)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        assert isinstance(one, np.ndarray) and one.dtype == other.dtype and one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-14, atol=1e-15)


ELEMENTWISE = [
    "sqrt", "exp", "exp2", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign", "floor", "ceil", "square",
    "arcsin", "arccos", "arctan", "negative", "isfinite", "cbrt", "rint",
]  # fmt: skip


def test_elementary_functions():
    def all_of(x):
        return {name: getattr(jnp, name)(jnp.where(x > 0, x, 0.5) if name in ("sqrt", "log") else x) for name in ELEMENTWISE}

    both(all_of, X)
    both(lambda x: (jax.lax.rsqrt(x + 1), jax.lax.erf(x), x**3, x**-2.5), X + 2)


def test_rounding_of_halves():
    away, even = jax.lax.RoundingMethod.AWAY_FROM_ZERO, jax.lax.RoundingMethod.TO_NEAREST_EVEN
    both(lambda x: [jax.lax.round(x, away), jax.lax.round(x, even)], np.array([-2.5, -0.5, 0.5, 1.5, 1.6]))


def test_pairs_of_numbers():
    both(lambda x, y: [x + y, x - y, x * y, x / y, jnp.arctan2(x, y), jnp.maximum(x, y), jnp.minimum(x, y), abs(x) ** y], X, X[::-1] + 0.01)
    both(
        lambda x, y: [x == y, x != y, x < y, x <= y, x > y, x >= y, (x > 0) & (y > 0), (x > 0) | (y > 0), ~(x > 0), (x > 0) ^ (y > 0)],
        X,
        X[::-1],
    )
    whole = np.arange(-3, 4)
    both(lambda n: [n // 2, n % 3, n << 1, n.astype(float) / 2, jnp.where(n == 0, 1, 7) // n], whole)  # integers are divided as XLA does


def test_complex_numbers():
    both(jax.grad(lambda x: jnp.sum((jax.lax.complex(x, x) * jax.lax.complex(2.0, x)).real)), X)
    both(lambda x, y: jax.lax.complex(x, y), np.array([1.0, np.inf]), np.array([np.inf, 2.0]))
    both(lambda x: jax.lax.convert_element_type_p.bind(x, new_dtype=np.dtype(float), weak_type=False, sharding=None), X + 1j * X)
    both(lambda x: [(z := jax.lax.complex(x, 2 * x)) * z, z.real, z.imag, jnp.conj(z), abs(z), jnp.exp(z), z * 1j], X)


def test_shapes():
    both(lambda x: [x[None, :] + jnp.ones((4, 1)), x[2:6:2], x[::-1], jnp.concatenate([x, x]), x.reshape(7, 1).T, jnp.arange(5), x[3]], X)
    both(lambda M: [M.sum(-1), M.max(0), M.min((0, 2)), M @ M, jnp.einsum("kij,kj->ki", M, M[:, 0]), M.transpose(2, 0, 1), M[:, 1:, 0]], M)
    both(lambda M: [(M > 0).all(1), (M > 0).any(1), jnp.sort(M, 1), jnp.cumsum(M, 0), jnp.linalg.inv(M), M.squeeze(), jnp.pad(M, 1)], M)
    both(lambda x: jax.lax.bitcast_convert_type(x, np.int64), X)


def test_what_is_stretched_is_whole_where_that_counts():
    """A number broadcast to a shape, whose sum counts every copy."""
    both(lambda x: [jnp.broadcast_to(x[0], (4, 5)).sum(), jnp.broadcast_to(2 * x, (3, 7)).sum(0), jnp.broadcast_to(x, (3, 7))], X)


def test_branches_and_loops():
    def function(x, n):
        one = jax.lax.cond(x[0] > 0, jnp.sin, jnp.cos, x)
        other = jax.lax.switch(n, [jnp.exp, jnp.tanh, lambda x: x], x)
        known = jax.lax.cond(True, jnp.sin, jnp.cos, x)
        steps = jax.lax.while_loop(lambda s: s[1] < n + 3, lambda s: (s[0] * 1.5, s[1] + 1), (x, 0))
        last, rows = jax.lax.scan(lambda carry, row: (carry + row * x, carry.sum()), x, jnp.outer(x, x))
        back, _ = jax.lax.scan(lambda carry, row: (carry * 0.5 + row, None), x[0], x, reverse=True)
        mapped = jax.lax.map(lambda y: y + x.sum(), x)
        chosen = jax.lax.select_n(n, x, 2 * x, 3 * x)
        return one, other, known, steps, last, rows, back, mapped, chosen

    for n in (0, 1, 2):
        both(function, X, np.asarray(n))
        both(function, -X, np.asarray(n))


def test_several_loops_at_once():
    """Each ends by itself, and its numbers stay while others go on."""
    halved = jax.vmap(lambda x, M: jax.lax.while_loop(lambda s: abs(s[0]) > 0.2, lambda s: (s[0] / 2, s[1] + s[0]), (x, M)))
    both(halved, X[:2] + 0.1 * np.arange(2), M)


def test_derivatives_inside():
    @jax.custom_jvp
    def root(x):
        return jnp.sqrt(x)

    root.defjvp(lambda primals, tangents: (root(*primals), tangents[0] / (2 * root(*primals))))
    both(jax.jacfwd(lambda x: root(jax.jit(jnp.exp)(x)) @ jnp.eye(7)[:, :2]), X)
    both(jax.hessian(lambda x: jnp.sum(jnp.where(x > 0, x**3, jnp.sin(x)))), X)


def test_a_program_is_kept_for_arguments_of_a_shape():
    traced = []

    @interpreted
    def function(x):
        traced.append(x.shape)
        return 2 * x

    for size in (3, 3, 4, 3):
        assert function(X[:size]).tolist() == (2 * X[:size]).tolist()
    assert traced == [(3,), (4,)]


def test_results_are_nobody_else_s():
    """Neither an argument's memory nor what the program keeps."""
    function = interpreted(lambda x: (x, jnp.zeros(3)))
    x = X.copy()
    for _ in range(2):
        same, zeros = function(x)
        assert not zeros.any()
        same += 1
        zeros += 1
    assert np.array_equal(x, X)


@pytest.mark.parametrize("often", [False, True])
def test_is_compiled_once_that_pays(often: bool, monkeypatch: pytest.MonkeyPatch):
    runs = []
    call = module._Program.__call__
    monkeypatch.setattr(module._Program, "__call__", lambda self, *arrays: runs.append(1) or call(self, *arrays))
    monkeypatch.setattr(module, "_COMPILED", 2.5 * module._CALL if often else 1.0)
    function = interpreted(jnp.sin)
    found = [function(np.float64(0.3)) for _ in range(5)]
    assert len(runs) == (2 if often else 5)
    np.testing.assert_allclose(found, np.sin(0.3), rtol=1e-15)


def test_what_is_computed_twice_is_computed_once():
    """But not what only looks alike: another constant, another axis, another way."""
    program = module._Program(jax.make_jaxpr(lambda x: jnp.sin(x) * x + jnp.sin(x) * x)(X))
    assert len(program.steps) == 3
    both(lambda x: [x + 1.0, x + 2.0, x * 2.0, x * np.float32(2), x - x[::-1], x[::-1] - x, x + 0.0, x * -0.0], X)
    both(lambda x: [x.sum(0), x.sum(1), jnp.cumsum(x, 0), jnp.cumsum(x, 1), x.reshape(3, 2), x.T], np.arange(6.0).reshape(2, 3))


def test_operands_of_a_loop_in_either_spelling():
    """As JAX says them up to 0.10, and from 0.11 on: trees of constants, of what is carried along, and of rows."""
    later = SimpleNamespace(unpack=lambda: ((None,), (None, None), (None, None, None)))
    assert scan_operands({"num_consts": 1, "num_carry": 2}) == scan_operands({"ft_in": later}) == (1, 3)
