"""JavaScript of traced functions, run by V8, against the same functions compiled by XLA."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from py_mini_racer import MiniRacer

from hanle_sim.explorer.expressions import Expressions
from hanle_sim.explorer.javascript import PRELUDE, function_of, number
from hanle_sim.explorer.tracing import traced

X = np.array([-2.5, -0.9, -0.3, 0.4, 0.8, 1.7, 3.0])
M = np.random.default_rng(3).normal(size=(2, 3, 3))


@pytest.fixture(scope="module")
def engine():
    found = MiniRacer()
    found.eval(PRELUDE)
    return found


def real_parts(results):
    parts = []
    for one in jax.tree.leaves(results):
        array = np.asarray(one)
        parts += [array.real, array.imag] if array.dtype.kind == "c" else [array]
    return parts


def numbers_of(engine, function, arguments):
    expressions = Expressions()
    values = traced(expressions, function, *(expressions.argument(f"a{k}", np.shape(x)) for k, x in enumerate(arguments)))
    parts = [one for value in values for one in (value.real, value.imag) if one is not None]
    program = function_of(expressions, {f"r{k}": part.ravel().tolist() for k, part in enumerate(parts)}, [], "B")
    names = program[len("function(") : program.index(")")].split(",")
    given = ",".join(json.dumps(np.ravel(arguments[int(name[1:])]).tolist()) for name in names if name)
    found = json.loads(engine.eval(f"JSON.stringify(({program})({given}),(k,v)=>typeof v==='number'&&!isFinite(v)?String(v):v)"))
    return [np.array([float(x) for x in found[f"r{k}"]]).reshape(part.shape) for k, part in enumerate(parts)]


def both(engine, function, *arguments):
    wanted = real_parts(jax.jit(function)(*arguments))
    found = numbers_of(engine, function, arguments)
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other.astype(float), rtol=1e-14, atol=1e-15)


ELEMENTWISE = [
    "exp", "exp2", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign", "floor", "ceil", "square", "arctan", "negative",
    "isfinite", "cbrt", "rint",
]  # fmt: skip


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementary_functions(engine, name):
    both(engine, getattr(jnp, name), X)


@pytest.mark.parametrize("name", ["sqrt", "log", "log1p", "reciprocal"])
def test_functions_of_positive_numbers(engine, name):
    both(engine, lambda x: getattr(jnp, name)(abs(x) + 0.1), X)
    both(engine, lambda x: [jax.lax.rsqrt(abs(x)), jnp.arcsin(x / 4), jnp.arccos(x / 4), abs(x) ** 0.7, abs(x) ** x], X)


def test_halves_are_rounded_to_even(engine):
    both(engine, jnp.rint, np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 1e15 + 0.5, -3.2]))


def test_pairs_of_numbers(engine):
    y = X[::-1] + 0.01
    both(engine, lambda x, y: [x + y, x - y, x * y, x / y, jnp.arctan2(x, y), jnp.maximum(x, y), jnp.minimum(x, y), jnp.hypot(x, y)], X, y)
    both(
        engine,
        lambda x, y: [x == y, x != y, x < y, x <= y, x > y, x >= y, (x > 0) & (y > 0), (x > 0) | (y > 0), ~(x > 0), (x > 0) ^ (y > 0)],
        X,
        y,
    )
    both(
        engine,
        lambda x: [
            jnp.where(x > 0, x, -2 * x),
            (x > 0).astype(float),
            jnp.clip(x, -1, 1),
            jax.lax.clamp(-1.0, x, 1.0),
            x.astype(int),
            x % 2,
        ],
        X,
    )


def test_bits_of_whole_numbers(engine):
    def function(x):
        n = x.astype(np.int64)
        return [n & 1, n | 6, n ^ 5, (n & 1) == 0, n % 3, n // 2, n * 2]

    both(engine, function, np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 7.0, 2.0**40 + 1]))


def test_what_is_left_as_it_is(engine):
    """x + 0, x·1 and the like, constants, and infinite numbers."""
    both(
        engine,
        lambda x: [
            x + 0.0,
            0.0 + x,
            x - 0.0,
            0.0 - x,
            x * 1.0,
            1.0 * x,
            x / 1.0,
            jnp.negative(-x),
            x * 0.0,
            jnp.zeros(3),
            2.0 / (0.0 * x + 1),
        ],
        X,
    )
    both(engine, lambda x: [jnp.where(x > 0, jnp.inf, x), jnp.where(x > 0, -jnp.inf, x), x - 1e-300, x * 1e300], X)


def test_complex_numbers(engine):
    def function(x, y):
        z, w = jax.lax.complex(x, y), jax.lax.complex(y, x + 1)
        return [
            z * w,
            z / w,
            z + w,
            z - w,
            -z,
            jnp.conj(z),
            z.real,
            z.imag,
            abs(z),
            jnp.exp(z),
            z**3,
            z**-2,
            x * z,
            z / x,
            x / z,
            z * 1j,
            z + x,
        ]

    both(engine, function, X, X[::-1] + 0.05)
    # Quotients of numbers whose squares are too large or too small.
    both(engine, lambda x: jax.lax.complex(x, 2 * x) / jax.lax.complex(3 * x, x), np.array([1e200, 1e-200, 1.0]))


def test_moving_numbers(engine):
    both(engine, lambda m: [m.T, m.reshape(6, 3), m[:, 1], m[0, ::-1, ::2], jnp.concatenate([m, 2 * m], 1), m[None], jnp.stack([m, m])], M)
    both(engine, lambda m: [m[:, np.array([2, 0])], jnp.broadcast_to(m[0, 0], (4, 3)), jnp.squeeze(m[:1]), jnp.split(m[0], 3)], M)
    both(engine, lambda m: jax.lax.complex(m, 2 * m)[:, 1:, None], M)


def test_rows_that_are_chosen_by_computed_numbers(engine):
    both(engine, lambda m: m[0][jnp.argmax(m[0][:, 0])], M)
    both(engine, lambda m: m[0][jnp.argmax(m[0], 0)], M)
    both(engine, lambda m: m[0][:, jnp.argmax(m[1], 0)], M)
    both(engine, lambda m: jax.lax.dynamic_slice(m, (0, jnp.argmax(m[0, :, 0]), 0), (2, 1, 3)), M)
    both(engine, lambda m: jnp.argmax(jnp.array([1.0, 3.0, 3.0]) * (1 + 0 * m[0, 0])), M)


def test_sums_and_products(engine):
    both(engine, lambda m: [m.sum(), m.sum(1), m.max((0, 2)), m.min(0), jnp.prod(m[0], 0), jnp.all(m > -9, 1), jnp.any(m > 1, 2)], M)
    both(engine, lambda m: [m[0] @ m[1], m @ m[0, 0], jnp.einsum("aij,ajk->aik", m, m), jnp.einsum("aij,bij->ab", m, m)], M)
    both(engine, lambda m: jax.lax.complex(m[0], m[1]) @ jax.lax.complex(m[1], m[0]), M)


def test_calls_branches_and_short_loops(engine):
    both(engine, lambda x: jax.jit(lambda y: y * 2)(x) + jax.lax.cond(x[0] > 0, jnp.sin, jnp.cos, x), X)
    both(engine, lambda x: jax.lax.switch(jnp.argmax(x) % 3, [jnp.sin, jnp.cos, jnp.tanh], x), X)
    both(engine, lambda x: jax.lax.scan(lambda c, y: (c * y + 1, c), x[0], x[:5]), X)
    both(engine, lambda x: jax.lax.scan(lambda c, y: (c * y + 1, c), x[0], x[:5], reverse=True), X)
    both(engine, lambda x: jax.jvp(lambda x: jnp.exp(x) * x**2, (x,), (x,))[1], X)


def test_bits_of_a_power_of_two(engine):
    def power(x):
        k = jnp.rint(x).astype(np.int64)
        return jax.lax.bitcast_convert_type((k + 1023) << 52, np.float64)

    both(engine, power, np.array([-1022.0, -52.3, -1.0, 0.0, 3.4, 31.0, 33.0, 1023.0]))


def test_nothing_is_computed_twice():
    expressions = Expressions()
    x = expressions.argument("x")
    traced(expressions, lambda x: jnp.sin(x) * x + jnp.sin(x) * x, x)
    assert [node.operation for node in expressions.nodes] == ["argument", "sin", "mul", "add"]


def test_what_hangs_on_the_field_alone_is_inside():
    """The device's part is computed once: its functions are not among those of a field."""
    expressions = Expressions()
    p, B = expressions.argument("p", (2,)), expressions.argument("B")
    (found,) = traced(expressions, lambda p, B: jnp.exp(p[0]) * jnp.sin(B) + jnp.cosh(p[1]), p, B)
    program = function_of(expressions, {"size": [int(p.real[0])]}, found.real.ravel().tolist(), "B")
    outside, inside = program.split("at(B)")
    assert "exp(p[0])" in outside and "cosh(p[1])" in outside and "sin(B)" in inside and "p[" not in inside
    assert "size:[p[0]]" in outside


def test_what_can_not_be_written_is_said():
    def loop(x):
        return jax.lax.while_loop(lambda c: c < 3, lambda c: c * 2 + 1, x)

    def root(x):
        return jnp.sqrt(jax.lax.complex(x, x)).real

    def product(x):
        return jnp.prod(jax.lax.complex(x, x) * jnp.arange(1.0, 3.0)).real

    for function, what in (
        (root, "sqrt of complex"),
        (product, "reduce_prod of complex"),
        (loop, "while"),
        (lambda x: jax.lax.scan(lambda c, _: (c + 1, None), x, length=50)[0], "50 turns"),
    ):
        expressions = Expressions()
        with pytest.raises(NotImplementedError, match=what):
            traced(expressions, function, expressions.argument("x"))


def test_numbers():
    written = {
        0.1: "0.1",
        3.0: "3",
        -2.5: "(-2.5)",
        1e300: "1e+300",
        float("inf"): "Infinity",
        float("-inf"): "(-Infinity)",
        5e-324: "5e-324",
    }
    assert {value: number(value) for value in written} == written and number(float("nan")) == "NaN"
