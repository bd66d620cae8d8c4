"""Operations of traced functions as NumPy does them."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, jaxpr_as_fun
from jax.lax import RoundingMethod

Operation = Callable[..., Any]


def operation_of(equation: Any, jaxpr: Jaxpr) -> Operation:
    """The operation of an equation of a jaxpr, of arrays that NumPy may have to stretch."""
    name = equation.primitive.name
    make = None if _is_unusual(equation) else _OPERATIONS.get(name, (lambda _: _SAME[name]) if name in _SAME else None)
    operation = _by_jax(equation, jaxpr) if make is None else make(equation)
    stretches = make is not None and (name in _SAME or name in _STRETCHING)
    return operation if stretches else whole(operation, [atom.aval.shape for atom in equation.invars])


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


def whole(operation: Operation, shapes: Sequence[tuple[int, ...]]) -> Operation:
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
    dtype, is_real = equation.params["new_dtype"], equation.params["new_dtype"].kind != "c"
    return lambda x: x if x.dtype == dtype else (x.real if is_real else x).astype(dtype)


def _complex(x: Any, y: Any) -> Any:
    found = np.empty(np.broadcast_shapes(x.shape, y.shape), np.result_type(x.dtype, np.complex64))
    found.real, found.imag = x, y
    return found


#: Others whose arguments NumPy may stretch.
_STRETCHING = ("convert_element_type", "integer_pow", "bitcast_convert_type")
#: NumPy's functions that mean the same.
_SAME: dict[str, Operation] = {
    **{name: getattr(np, name) for name in ("sqrt", "exp", "exp2", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: getattr(np, name) for name in ("abs", "sign", "floor", "ceil", "square", "real", "imag", "conj")},
    "add": np.add, "add_any": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative, "pow": np.power,
    "max": np.maximum, "min": np.minimum, "round": np.rint, "rsqrt": lambda x: 1 / np.sqrt(x), "is_finite": np.isfinite,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2, "complex": _complex,
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "not": np.invert, "shift_left": np.left_shift,
    "select_n": lambda which, no, yes: np.where(which, yes, no), "copy": lambda x: x, "copy_p": lambda x: x,
}  # fmt: skip
_OPERATIONS: dict[str, Callable[[Any], Operation]] = {
    "true": lambda equation: lambda: np.True_,
    "platform_index": lambda equation: lambda: next(
        k for k, names in enumerate(equation.params["platforms"]) if names is None or "cpu" in names
    ),
    "broadcast_in_dim": _broadcast, "dot_general": _product, "slice": _slice,
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
