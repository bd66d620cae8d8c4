"""What primitives of JAX do with expressions, complex numbers as pairs."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .expressions import Expressions, Value


def picked(expressions: Expressions, equation: Any, given: list[Any]) -> Value:
    """Rows x[k] of numbers k that are expressions: of few rows along one axis, chosen by comparing."""
    params, array = equation.params, expressions.lifted(given[0])
    if equation.primitive.name == "gather":
        form, index = params["dimension_numbers"], expressions.lifted(given[1]).real
        axes, offset, is_kept = form.start_index_map, form.offset_dims, not form.collapsed_slice_dims
        has_batch = bool(form.operand_batching_dims)
    else:
        axes = tuple(k for k, one in enumerate(given[1:]) if isinstance(one, Value))
        index = expressions.lifted(given[1 + axes[0]]).real.reshape(1)
        offset, is_kept, has_batch = tuple(range(len(array.shape))), True, False
    whole = all(size == (1 if k in axes else array.shape[k]) for k, size in enumerate(params["slice_sizes"]))
    if len(axes) != 1 or not whole or has_batch:
        raise NotImplementedError("a gather along more than one computed axis can't be written in JavaScript yet")
    batch = index.shape[:-1]
    order = np.argsort([*(d for d in range(len(batch) + len(offset)) if d not in offset), *offset])

    def part(numbers: np.ndarray) -> np.ndarray:
        rows = np.moveaxis(numbers, axes[0], 0)
        found = []
        for at in index.ravel():
            row = rows[-1]
            for k in reversed(range(len(rows) - 1)):
                is_this = expressions.node("le", int(at), expressions.constant(float(k)))
                row = expressions.each("select", np.asarray(is_this), rows[k], row)
            found.append(np.expand_dims(row, axes[0]) if is_kept else row)
        return np.asarray(found).reshape(*batch, *found[0].shape).transpose(order)

    return Value(part(array.real), None if array.imag is None else part(array.imag))


Rule = Callable[..., Value]


def _sum(expressions: Expressions, x: Value, y: Value, operation: str = "add") -> Value:
    real = expressions.each(operation, x.real, y.real)
    if x.imag is None and y.imag is None:
        return Value(real)
    return Value(real, expressions.each(operation, expressions.imaginary(x), expressions.imaginary(y)))


def _product(expressions: Expressions, x: Value, y: Value) -> Value:
    """(a + ib)(c + id)."""
    each = expressions.each
    if y.imag is None:
        return Value(each("mul", x.real, y.real), None if x.imag is None else each("mul", x.imag, y.real))
    if x.imag is None:
        return Value(each("mul", x.real, y.real), each("mul", x.real, y.imag))
    real = each("sub", each("mul", x.real, y.real), each("mul", x.imag, y.imag))
    return Value(real, each("add", each("mul", x.real, y.imag), each("mul", x.imag, y.real)))


def _quotient(expressions: Expressions, equation: Any, x: Value, y: Value) -> Value:
    """x/y; of complex numbers with both parts of y over the larger one, so that no square overflows."""
    each = expressions.each
    if y.imag is None:
        real = each("div", x.real, y.real)
        return Value(real) if x.imag is None else Value(real, each("div", x.imag, y.real))
    size = each("max", each("abs", y.real), each("abs", y.imag))
    a, b = each("div", y.real, size), each("div", y.imag, size)
    square = each("mul", size, each("add", each("mul", a, a), each("mul", b, b)))
    turned = _product(expressions, x, Value(a, each("neg", b)))
    return Value(each("div", turned.real, square), each("div", expressions.imaginary(turned), square))


def _power(expressions: Expressions, equation: Any, x: Value) -> Value:
    """xⁿ by squares."""
    n = int(equation.params["y"])
    found: Value | None = None
    square, left = x, abs(n)
    while left:
        if left % 2:
            found = square if found is None else _product(expressions, found, square)
        left //= 2
        square = _product(expressions, square, square) if left else square
    one = expressions.lifted(np.ones(x.shape))
    found = one if found is None else found
    return found if n >= 0 else _quotient(expressions, equation, one, found)


def _dot(expressions: Expressions, equation: Any, x: Value, y: Value) -> Value:
    (left, right), (batch_left, batch_right) = equation.params["dimension_numbers"]
    spare_left = [k for k in range(len(x.shape)) if k not in (*left, *batch_left)]
    spare_right = [k for k in range(len(y.shape)) if k not in (*right, *batch_right)]

    def arranged(value: Value, axes: Sequence[int]) -> Value:
        return Value(value.real.transpose(axes), None if value.imag is None else value.imag.transpose(axes))

    x, y = arranged(x, (*batch_left, *spare_left, *left)), arranged(y, (*batch_right, *spare_right, *right))
    shape = (*x.shape[: len(batch_left) + len(spare_left)], *y.shape[len(batch_right) : len(batch_right) + len(spare_right)])
    split = len(batch_left)
    inner = int(np.prod(x.shape[split + len(spare_left) :]))

    def flat(value: Value, spare: int) -> Value:
        batch = int(np.prod(value.shape[:split]))
        form = (batch, int(np.prod(value.shape[split : split + spare])), inner)
        return Value(value.real.reshape(form), None if value.imag is None else value.imag.reshape(form))

    a, b = flat(x, len(spare_left)), flat(y, len(spare_right))
    total: Value | None = None
    for k in range(inner):
        one = _product(
            expressions,
            Value(a.real[:, :, None, k], None if a.imag is None else a.imag[:, :, None, k]),
            Value(b.real[:, None, :, k], None if b.imag is None else b.imag[:, None, :, k]),
        )
        total = one if total is None else _sum(expressions, total, one)
    assert total is not None
    return Value(total.real.reshape(shape), None if total.imag is None else total.imag.reshape(shape))


def _over(operation: str) -> Rule:
    """A sum, a product or the like over some axes."""

    def rule(expressions: Expressions, equation: Any, x: Value) -> Value:
        axes = tuple(equation.params["axes"])
        if x.imag is not None and operation != "add":
            raise NotImplementedError(f"{equation.primitive.name} of complex numbers can't be written in JavaScript yet")

        def part(numbers: np.ndarray) -> np.ndarray:
            rows = np.moveaxis(numbers, axes, range(len(axes)))
            rows = rows.reshape(-1, *rows.shape[len(axes) :])
            found = rows[0]
            for row in rows[1:]:
                found = expressions.each(operation, np.asarray(found), np.asarray(row))
            return np.asarray(found)

        return Value(part(x.real), None if x.imag is None else part(x.imag))

    return rule


def _argmax(expressions: Expressions, equation: Any, x: Value) -> Value:
    """The first place of the largest number."""
    rows = np.moveaxis(x.real, equation.params["axes"][0], 0)
    best, place = rows[0], np.full(rows[0].shape, expressions.constant(0.0))
    for k, row in enumerate(rows[1:], 1):
        is_larger = expressions.each("gt", row, best)
        best = expressions.each("select", is_larger, row, best)
        place = expressions.each("select", is_larger, np.asarray(expressions.constant(float(k))), place)
    return Value(np.asarray(place))


def _size(expressions: Expressions, equation: Any, x: Value) -> Value:
    return Value(expressions.each("abs", x.real) if x.imag is None else expressions.each("hypot", x.real, x.imag))


def _cast(expressions: Expressions, equation: Any, x: Value) -> Value:
    kind, before = equation.params["new_dtype"].kind, equation.invars[0].aval.dtype.kind
    if kind == "b" and before != "b":
        return Value(expressions.each("ne", x.real, np.asarray(expressions.constant(0.0))))
    if kind in "iu" and before == "f":
        return Value(expressions.each("trunc", x.real))
    if before == "b" and kind != "b":
        return Value(expressions.each("number", x.real))
    return Value(x.real, x.imag if kind == "c" else None)


def _select(expressions: Expressions, equation: Any, which: Value, *cases: Value) -> Value:
    if equation.invars[0].aval.dtype.kind == "b":
        return expressions.chosen(which.real, cases[0], cases[1])
    found = cases[-1]
    for k in reversed(range(len(cases) - 1)):
        is_this = expressions.each("eq", which.real, np.asarray(expressions.constant(float(k))))
        found = expressions.chosen(is_this, found, cases[k])
    return found


def _round(expressions: Expressions, equation: Any, x: Value) -> Value:
    if int(equation.params["rounding_method"]) != 1:
        raise NotImplementedError("only halves that are rounded to even can be written in JavaScript")
    return Value(expressions.each("round", x.real))


def _bits(expressions: Expressions, equation: Any, x: Value) -> Value:
    if equation.params["new_dtype"] != np.float64:
        raise NotImplementedError("only whole numbers whose bits are a real one's can be written in JavaScript")
    return Value(expressions.each("float_of_bits", x.real))


def _bitwise(name: str) -> Rule:
    """Of truths as such, of whole numbers bit by bit."""

    def rule(expressions: Expressions, equation: Any, x: Value, y: Value) -> Value:
        is_truth = equation.outvars[0].aval.dtype.kind == "b"
        return Value(expressions.each(name if is_truth else f"bits_{name}", x.real, y.real))

    return rule


def _opposite(expressions: Expressions, equation: Any, x: Value) -> Value:
    if equation.outvars[0].aval.dtype.kind != "b":
        raise NotImplementedError("the bits of whole numbers can't be turned in JavaScript yet")
    return Value(expressions.each("not", x.real))


def _negative(expressions: Expressions, equation: Any, x: Value) -> Value:
    return Value(expressions.each("neg", x.real), None if x.imag is None else expressions.each("neg", x.imag))


def _exponential(expressions: Expressions, equation: Any, x: Value) -> Value:
    each = expressions.each
    size = each("exp", x.real)
    if x.imag is None:
        return Value(size)
    return Value(each("mul", size, each("cos", x.imag)), each("mul", size, each("sin", x.imag)))


def _whole_only(expressions: Expressions, equation: Any, x: Value, y: Value) -> Value:
    """A quotient of numbers: of whole ones towards zero."""
    found = _quotient(expressions, equation, x, y)
    is_whole = equation.outvars[0].aval.dtype.kind in "iu"
    return Value(expressions.each("trunc", found.real)) if is_whole else found


#: By the names of the primitives that are more than an operation of each number.
RULES: dict[str, Rule] = {
    **dict.fromkeys(("add", "add_any"), lambda expressions, equation, x, y: _sum(expressions, x, y)),
    "sub": lambda expressions, equation, x, y: _sum(expressions, x, y, "sub"),
    "mul": lambda expressions, equation, x, y: _product(expressions, x, y),
    "div": _whole_only, "integer_pow": _power, "square": lambda expressions, equation, x: _product(expressions, x, x),
    "dot_general": _dot, "reduce_sum": _over("add"), "reduce_prod": _over("mul"), "reduce_max": _over("max"), "reduce_min": _over("min"),
    "reduce_and": _over("and"), "reduce_or": _over("or"), "argmax": _argmax, "abs": _size, "convert_element_type": _cast,
    "select_n": _select, "round": _round, "bitcast_convert_type": _bits, "neg": _negative, "exp": _exponential,
    "and": _bitwise("and"), "or": _bitwise("or"), "xor": _bitwise("xor"), "not": _opposite,
    "clamp": lambda expressions, equation, low, x, high: Value(
        expressions.each("min", expressions.each("max", x.real, low.real), high.real)
    ),
    "real": lambda expressions, equation, x: Value(x.real),
    "imag": lambda expressions, equation, x: Value(expressions.imaginary(x)),
    "conj": lambda expressions, equation, x: Value(x.real, expressions.each("neg", expressions.imaginary(x))),
    "complex": lambda expressions, equation, x, y: Value(*np.broadcast_arrays(x.real, y.real)),
}  # fmt: skip
