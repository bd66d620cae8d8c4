"""Traced functions as expressions: what they move and reshape is done here, and no longer there."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from ..numerics.interpreted import scan_operands
from ..numerics.numpy_operations import operation_of
from ..numerics.stages import in_one_piece
from .expressions import Expressions, Value
from .primitives import RULES, picked

#: Operations of real numbers that are written as they are, element by element.
ELEMENTWISE = frozenset((
    "sqrt", "rsqrt", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan", "atan2", "sign", "floor",
    "ceil", "pow", "max", "min", "eq", "ne", "lt", "le", "gt", "ge", "rem", "is_finite", "exp2", "cbrt", "shift_left",
))  # fmt: skip
_CALLS = frozenset(("jit", "pjit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call", "remat", "checkpoint"))
_SAME = frozenset(("copy", "copy_p", "stop_gradient", "optimization_barrier", "reduce_precision"))
#: What only moves numbers, so that it moves the numbers of expressions as well.
_MOVES = frozenset((
    "broadcast_in_dim", "reshape", "squeeze", "expand_dims", "transpose", "slice", "concatenate", "rev", "gather", "dynamic_slice",
    "stack", "unstack", "split",
))  # fmt: skip
#: Turns of a loop that are written one after the other at most.
_UNROLLED = 8


def traced(expressions: Expressions, function: Callable[..., Any], *arguments: Value) -> list[Value]:
    """The results of a JAX function of real arguments, flattened. Raises NotImplementedError for a primitive without a rule."""
    with in_one_piece(), jax.enable_x64(True):
        closed = jax.make_jaxpr(function)(*(np.zeros(one.shape) for one in arguments))
    return [expressions.lifted(one) for one in _Run(expressions).of(closed.jaxpr, closed.consts, arguments)]


class _Run:
    """A jaxpr evaluated on expressions."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions

    def of(self, jaxpr: Jaxpr, constants: Sequence[Any], arguments: Sequence[Any]) -> list[Any]:
        where: dict[Any, Any] = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*constants, *arguments), strict=True))

        def value(atom: Any) -> Any:
            aval: Any = atom.aval
            return np.asarray(atom.val, aval.dtype) if isinstance(atom, Literal) else where[atom]

        for equation in jaxpr.eqns:
            if equation.outvars:
                found = self._equation(equation, [value(atom) for atom in equation.invars], jaxpr)
                where.update(zip(equation.outvars, found, strict=True))
        return [value(atom) for atom in jaxpr.outvars]

    def _equation(self, equation: Any, given: list[Any], jaxpr: Jaxpr) -> list[Any]:
        name, params = equation.primitive.name, equation.params
        inner = next((params[key] for key in ("jaxpr", "call_jaxpr") if name in _CALLS and key in params), None)
        if inner is not None:
            return self._closed(inner, given)
        if name == "cond":
            return self._branches(params["branches"], given[0], given[1:])
        if name == "scan":
            return self._unrolled(params, given)
        if not any(isinstance(one, Value) for one in given):
            return self._known(equation, given, jaxpr)
        if name in _SAME:
            return given
        if name in _MOVES:
            return self._moved(equation, given, jaxpr)
        if name not in RULES and name not in ELEMENTWISE:
            raise NotImplementedError(f"the primitive {name} of JAX can't be written in JavaScript yet")
        lifted = [self.expressions.lifted(one) for one in given]
        if name in RULES:
            return [RULES[name](self.expressions, equation, *lifted)]
        if any(one.imag is not None for one in lifted):
            raise NotImplementedError(f"{name} of complex numbers can't be written in JavaScript yet")
        return [Value(self.expressions.each(name, *(one.real for one in lifted)))]

    def _closed(self, closed: ClosedJaxpr, given: Sequence[Any]) -> list[Any]:
        return self.of(closed.jaxpr, [np.asarray(one) for one in closed.consts], given)

    def _known(self, equation: Any, given: list[Any], jaxpr: Jaxpr) -> list[Any]:
        if equation.primitive.name == "platform_index":
            names = equation.params["platforms"]
            return [np.asarray(next(k for k, one in enumerate(names) if one is None or "cpu" in one))]
        with np.errstate(all="ignore"):
            found = operation_of(equation, jaxpr)(*map(np.asarray, given))
        return list(found) if equation.primitive.multiple_results else [np.broadcast_to(found, equation.outvars[0].aval.shape)]

    def _moved(self, equation: Any, given: list[Any], jaxpr: Jaxpr) -> list[Any]:
        """The numbers of nodes, moved like those of arrays: by JAX itself on whole numbers."""
        name = equation.primitive.name
        movable = len(given) if name in ("concatenate", "stack") else 1
        if any(isinstance(one, Value) for one in given[movable:]):
            return [picked(self.expressions, equation, given)]
        lifted = [self.expressions.lifted(one) for one in given[:movable]]
        whole = [np.asarray(one) for one in given[movable:]]

        def moved(parts: list[np.ndarray]) -> list[np.ndarray]:
            with jax.enable_x64(True):
                found = equation.primitive.bind(*parts, *whole, **_without_fill(name, equation.params))
            return [np.asarray(one) for one in (found if equation.primitive.multiple_results else [found])]

        real = moved([one.real for one in lifted])
        if not any(one.imag is not None for one in lifted):
            return [Value(one) for one in real]
        imag = moved([self.expressions.imaginary(one) for one in lifted])
        return [Value(*pair) for pair in zip(real, imag, strict=True)]

    def _branches(self, branches: Sequence[ClosedJaxpr], index: Any, given: Sequence[Any]) -> list[Any]:
        """The branch that is known, or of both the numbers of the one that the index picks."""
        if not isinstance(index, Value):
            return self._closed(branches[min(max(int(index), 0), len(branches) - 1)], given)
        results = [[self.expressions.lifted(one) for one in self._closed(branch, given)] for branch in branches]
        found = results[-1]
        for k in reversed(range(len(branches) - 1)):
            is_this = self.expressions.each("eq", index.real, self.expressions.lifted(np.asarray(float(k))).real)
            found = [self.expressions.chosen(is_this, no, yes) for no, yes in zip(found, results[k], strict=True)]
        return found

    def _unrolled(self, params: Any, given: Sequence[Any]) -> list[Any]:
        constants, carried = scan_operands(params)
        if params["length"] > _UNROLLED:
            raise NotImplementedError(f"a loop of {params['length']} turns can't be written in JavaScript yet")
        state, each = list(given[constants:carried]), given[carried:]
        rows: list[list[Value]] = []
        for k in range(params["length"])[:: -1 if params["reverse"] else 1]:
            one = [Value(x.real[k], None if x.imag is None else x.imag[k]) if isinstance(x, Value) else np.asarray(x)[k] for x in each]
            found = self._closed(params["jaxpr"], [*given[:constants], *state, *one])
            state = found[: len(state)]
            rows.append([self.expressions.lifted(x) for x in found[len(state) :]])
        ordered = rows[::-1] if params["reverse"] else rows
        return [*state, *(self.expressions.together([row[k] for row in ordered]) for k in range(len(ordered[0]) if ordered else 0))]


def _without_fill(name: str, params: Any) -> Any:
    """A gather beyond an array would give NaN, which no whole number is: indices that are known lie within."""
    return {**params, "fill_value": 0} if name == "gather" else params
