"""Traced functions evaluated by NumPy, operation by operation.

XLA takes seconds to compile a long program, and some hundred runs until that has paid. What runs less often is done sooner like this.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, jaxpr_as_fun
from jax.lax import RoundingMethod

Operation = Callable[..., Any]


#: Seconds that NumPy takes for an operation and for one of its numbers, and XLA to compile it. Rough: what is faster is the same.
_CALL, _NUMBER, _COMPILED = 1.5e-6, 1e-9, 1e-3
#: How often a loop of unknown length is taken to turn.
_TURNS = 300


def interpreted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of trees of arrays that NumPy evaluates, and XLA from when its runs would have paid for being compiled.

    It is traced once for arguments of some shapes. Derivatives go inside, not around it; its results are NumPy arrays.
    """
    programs: dict[Any, tuple[_Program, Any]] = {}
    spent: dict[Any, float] = {}
    compiled = jax.jit(function)

    def evaluated(*arguments: Any) -> Any:
        leaves, structure = jax.tree.flatten(arguments)
        arrays = [np.asarray(leaf) for leaf in leaves]
        key = structure, *((array.shape, array.dtype) for array in arrays)
        if key not in programs:
            closed, form = jax.make_jaxpr(function, return_shape=True)(*jax.tree.unflatten(structure, arrays))
            programs[key], spent[key] = (_Program(closed), jax.tree.structure(form)), 0.0
        program, form = programs[key]
        spent[key] += program.cost
        if spent[key] > _COMPILED * len(program.steps):
            return jax.tree.map(np.asarray, compiled(*arguments))
        return jax.tree.unflatten(form, program(*arrays))

    return evaluated


class _Step(NamedTuple):
    """An operation on numbered arrays, where its results go, and which arrays nothing needs after it."""

    operation: Operation
    arguments: list[int]
    results: list[int]
    is_single: bool
    done: list[int]


class _Program:
    """A jaxpr as a list of steps. What depends on no argument is computed when it is made; calls and branches known then are unrolled."""

    def __init__(self, closed: ClosedJaxpr) -> None:
        self.steps: list[_Step] = []
        self.known: dict[int, Any] = {}
        self.cost = 0.0  # about how long a run takes [s]
        self.count = len(closed.jaxpr.invars)
        given = list(range(self.count))
        self.results = self._add(closed.jaxpr, [self._constant(np.asarray(one)) for one in closed.consts], given)
        self.shapes = [aval.shape for aval in closed.out_avals]
        self._forget()

    def __call__(self, *arguments: Any) -> list[Any]:
        arrays: list[Any] = [None] * self.count
        for number, value in self.known.items():
            arrays[number] = value
        arrays[: len(arguments)] = arguments
        with np.errstate(all="ignore"):
            for operation, taken, results, is_single, done in self.steps:
                found = operation(*[arrays[k] for k in taken])
                if is_single:
                    arrays[results[0]] = found
                else:
                    for k, one in zip(results, found, strict=True):
                        arrays[k] = one
                for k in done:
                    arrays[k] = None
        return [np.array(np.broadcast_to(arrays[k], shape)) for k, shape in zip(self.results, self.shapes, strict=True)]

    def _new(self) -> int:
        self.count += 1
        return self.count - 1

    def _constant(self, value: Any) -> int:
        number = self._new()
        self.known[number] = value
        return number

    def _add(self, jaxpr: Jaxpr, constants: Sequence[int], arguments: Sequence[int]) -> list[int]:
        """Append the steps of a jaxpr whose arguments have numbers; the numbers of its results."""
        where: dict[Any, int] = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*constants, *arguments), strict=True))

        def number(atom: Any) -> int:
            aval: Any = atom.aval
            return self._constant(np.asarray(atom.val, aval.dtype)) if isinstance(atom, Literal) else where[atom]

        for equation in jaxpr.eqns:
            if not equation.outvars:  # a check of values, which compiled programs make
                continue
            taken = [number(atom) for atom in equation.invars]
            where.update(zip(equation.outvars, self._equation(equation, taken, jaxpr), strict=True))
        return [number(atom) for atom in jaxpr.outvars]

    def _equation(self, equation: Any, taken: list[int], jaxpr: Jaxpr) -> list[int]:
        name, params = equation.primitive.name, equation.params
        inner = next((params[key] for key in ("jaxpr", "call_jaxpr") if name in _CALLS and key in params), None)
        if name == "cond" and taken[0] in self.known:
            inner, taken = params["branches"][int(self.known[taken[0]])], taken[1:]
        if inner is not None:
            return self._add(inner.jaxpr, [self._constant(np.asarray(one)) for one in inner.consts], taken)
        make, is_single = _OPERATIONS.get(name), not equation.primitive.multiple_results
        operation = _by_jax(equation, jaxpr) if _is_unusual(equation) else make(equation) if make else _SAME.get(name)
        operation = operation or _by_jax(equation, jaxpr)
        if name not in _SAME and name not in _STRETCHING:
            operation = _whole(operation, [atom.aval.shape for atom in equation.invars])
        results = [self._new() for _ in equation.outvars]
        if all(k in self.known for k in taken):
            with np.errstate(all="ignore"):
                found = operation(*[self.known[k] for k in taken])
            self.known.update(zip(results, [found] if is_single else found, strict=True))
        else:
            self.steps.append(_Step(operation, taken, results, is_single, []))
            self.cost += _cost(equation)
        return results

    def _forget(self) -> None:
        """Note after each step what nothing needs any more, so that memory is used again while it is in the cache."""
        seen = {*self.results, *self.known}
        for step in reversed(self.steps):
            for k in {*step.arguments, *step.results} - seen:
                step.done.append(k)
                seen.add(k)


def _cost(equation: Any) -> float:
    """About how long NumPy takes for an equation [s]."""
    params, times = equation.params, 1
    inner = list(params.get("branches", ()))
    if equation.primitive.name == "scan":
        inner, times = [params["jaxpr"]], params["length"]
    elif equation.primitive.name == "while":
        inner, times = [params["body_jaxpr"]], _TURNS
    within = max((sum(map(_cost, one.jaxpr.eqns)) for one in inner), default=0.0)
    return _CALL + times * within + _NUMBER * sum(variable.aval.size for variable in equation.outvars)


def _is_unusual(equation: Any) -> bool:
    """Whether NumPy's operation does something else than XLA's."""
    params, given, found = equation.params, [atom.aval for atom in equation.invars], equation.outvars[0].aval
    return bool(
        (equation.primitive.name == "div" and found.dtype.kind not in "fc")
        or (equation.primitive.name == "select_n" and len(given) != 3)
        or (equation.primitive.name == "round" and params["rounding_method"] != RoundingMethod.TO_NEAREST_EVEN)
        or (equation.primitive.name == "bitcast_convert_type" and given[0].dtype.itemsize != found.dtype.itemsize)
    )


def _by_jax(equation: Any, jaxpr: Jaxpr) -> Operation:
    """An operation that has no name here, by JAX itself, which compiles it alone."""
    variables = list(dict.fromkeys(atom for atom in equation.invars if not isinstance(atom, Literal)))
    alone: Any = jaxpr
    alone = alone.replace(constvars=[], invars=variables, outvars=equation.outvars, eqns=[equation])
    function = jax.jit(jaxpr_as_fun(ClosedJaxpr(alone, ())))
    places = [equation.invars.index(variable) for variable in variables]

    def operation(*arrays: Any) -> Any:
        found = [np.asarray(one) for one in function(*(arrays[k] for k in places))]
        return found if equation.primitive.multiple_results else found[0]

    return operation


def _loop(equation: Any) -> Operation:
    params = equation.params
    condition, body = _Program(params["cond_jaxpr"]), _Program(params["body_jaxpr"])
    of_condition, of_body = params["cond_nconsts"], params["body_nconsts"]

    def operation(*arrays: Any) -> list[Any]:
        first, second = arrays[:of_condition], arrays[of_condition : of_condition + of_body]
        state = list(arrays[of_condition + of_body :])
        while (goes_on := condition(*first, *state)[0]).any():  # of several at once, those that have ended stay
            after = body(*second, *state)
            each = [goes_on.reshape(goes_on.shape + (1,) * (one.ndim - goes_on.ndim)) for one in after]
            state = [np.where(on, new, old) for on, new, old in zip(each, after, state, strict=True)] if goes_on.ndim else after
        return state

    return operation


def _scan(equation: Any) -> Operation:
    params = equation.params
    body, constants, carried = _Program(params["jaxpr"]), params["num_consts"], params["num_consts"] + params["num_carry"]
    order = range(params["length"])[:: -1 if params["reverse"] else 1]
    collected = [(variable.aval.shape, variable.aval.dtype) for variable in equation.outvars[params["num_carry"] :]]

    def operation(*arrays: Any) -> list[Any]:
        state, each = list(arrays[constants:carried]), arrays[carried:]
        rows = [np.empty(shape, dtype) for shape, dtype in collected]
        for k in order:
            found = body(*arrays[:constants], *state, *(one[k] for one in each))
            state = found[: len(state)]
            for row, one in zip(rows, found[len(state) :], strict=True):
                row[k] = one
        return [*state, *rows]

    return operation


def _branches(equation: Any) -> Operation:
    programs = [_Program(branch) for branch in equation.params["branches"]]
    return lambda index, *arrays: programs[min(max(int(index), 0), len(programs) - 1)](*arrays)


def _whole(operation: Operation, shapes: Sequence[tuple[int, ...]]) -> Operation:
    """An operation that needs its arguments in their whole shape: others take those that NumPy stretches."""
    return lambda *arrays: operation(
        *(x if x.shape == shape else np.broadcast_to(x, shape) for x, shape in zip(arrays, shapes, strict=True))
    )


def _broadcast(equation: Any) -> Operation:
    shape, places = equation.params["shape"], equation.params["broadcast_dimensions"]
    own = equation.invars[0].aval.shape
    spread = [1] * len(shape)
    for size, place in zip(own, places, strict=True):
        spread[place] = size
    return lambda x: x.reshape(spread)


def _product(equation: Any) -> Operation:
    (left, right), (batch_left, batch_right) = equation.params["dimension_numbers"]
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    a = [next(letters) for _ in equation.invars[0].aval.shape]
    b = [next(letters) for _ in equation.invars[1].aval.shape]
    for i, j in zip((*left, *batch_left), (*right, *batch_right), strict=True):
        b[j] = a[i]
    batch = [a[i] for i in batch_left]
    out = batch + [x for i, x in enumerate(a) if i not in (*left, *batch_left)]
    out += [x for i, x in enumerate(b) if i not in (*right, *batch_right)]
    rule = f"{''.join(a)},{''.join(b)}->{''.join(out)}"
    return lambda x, y: np.einsum(rule, x, y)


def _slice(equation: Any) -> Operation:
    params = equation.params
    strides = params["strides"] or (1,) * len(params["start_indices"])
    parts = tuple(map(slice, params["start_indices"], params["limit_indices"], strides))
    return operator.itemgetter(parts)


def _iota(dtype: Any, shape: tuple[int, ...], dimension: int, **_: Any) -> np.ndarray:
    along = [size if k == dimension else 1 for k, size in enumerate(shape)]
    return np.broadcast_to(np.arange(shape[dimension], dtype=dtype).reshape(along), shape)


def _over_axes(function: Operation) -> Callable[[Any], Operation]:
    return lambda equation: lambda x: function(x, axis=equation.params["axes"])


def _power(equation: Any) -> Operation:
    n = equation.params["y"]
    if n == 2:
        return np.square
    return lambda x: np.power(x, n) if n > 0 or x.dtype.kind != "i" else np.power(x.astype(float), n)


def _cast(equation: Any) -> Operation:
    dtype = equation.params["new_dtype"]
    return lambda x: x if x.dtype == dtype else x.astype(dtype)


_CALLS = {"jit", "pjit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call", "remat", "checkpoint"}
#: Others whose arguments NumPy may stretch.
_STRETCHING = ("convert_element_type", "integer_pow", "bitcast_convert_type")
#: NumPy's functions that mean the same.
_SAME: dict[str, Operation] = {
    **{name: getattr(np, name) for name in ("sqrt", "exp", "exp2", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: getattr(np, name) for name in ("abs", "sign", "floor", "ceil", "square", "real", "imag", "conj")},
    "add": np.add, "add_any": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative, "pow": np.power,
    "max": np.maximum, "min": np.minimum, "round": np.rint, "rsqrt": lambda x: 1 / np.sqrt(x), "is_finite": np.isfinite,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2, "complex": lambda x, y: x + 1j * y,
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "not": np.invert, "shift_left": np.left_shift,
    "select_n": lambda which, no, yes: np.where(which, yes, no), "copy": lambda x: x, "copy_p": lambda x: x,
}  # fmt: skip
_OPERATIONS: dict[str, Callable[[Any], Operation]] = {
    "true": lambda equation: lambda: np.True_,
    "platform_index": lambda equation: lambda: next(
        k for k, names in enumerate(equation.params["platforms"]) if names is None or "cpu" in names
    ),
    "while": _loop, "scan": _scan, "cond": _branches, "broadcast_in_dim": _broadcast, "dot_general": _product, "slice": _slice,
    "integer_pow": _power, "convert_element_type": _cast,
    "bitcast_convert_type": lambda equation: lambda x: x.view(equation.params["new_dtype"]),
    "iota": lambda equation: lambda: _iota(**equation.params),
    "reshape": lambda equation: lambda x: x.reshape(equation.params["new_sizes"]),
    "squeeze": lambda equation: lambda x: x.reshape(equation.outvars[0].aval.shape),
    "expand_dims": lambda equation: lambda x: x.reshape(equation.outvars[0].aval.shape),
    "transpose": lambda equation: lambda x: x.transpose(equation.params["permutation"]),
    "concatenate": lambda equation: lambda *x: np.concatenate(x, equation.params["dimension"]),
    "reduce_sum": _over_axes(np.sum), "reduce_max": _over_axes(np.max), "reduce_min": _over_axes(np.min),
    "reduce_and": _over_axes(np.all), "reduce_or": _over_axes(np.any),
}  # fmt: skip
