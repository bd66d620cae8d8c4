"""Traced functions as expressions of single numbers, each written once: what they move and reshape is done here, and no longer there."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from ..numerics.numpy_operations import operation_of
from ..numerics.stages import in_one_piece

#: Operations of real numbers that are written as they are, element by element.
ELEMENTWISE = frozenset(
    "add sub mul div neg sqrt rsqrt exp expm1 log log1p sin cos tan sinh cosh tanh asin acos atan atan2 abs sign floor ceil pow max min "
    "eq ne lt le gt ge and or not xor is_finite round select square exp2 cbrt shift_left float_of_bits".split()
)
_CALLS = frozenset("jit pjit closed_call core_call custom_jvp_call custom_vjp_call custom_lin remat checkpoint".split())
_SAME = frozenset("copy copy_p stop_gradient optimization_barrier reduce_precision".split())
#: What only moves numbers, so that it moves the numbers of expressions as well.
_MOVES = frozenset("broadcast_in_dim reshape squeeze expand_dims transpose slice concatenate rev gather dynamic_slice stack split".split())
#: Turns of a loop that are written one after the other at most.
_UNROLLED = 8


class Node(NamedTuple):
    """An expression of one number: an operation on the numbers of other nodes, an argument ("argument", its number), or a constant."""

    operation: str
    arguments: tuple[Any, ...]


class Value(NamedTuple):
    """An array of expressions: the numbers of their nodes, real parts and imaginary ones; None for real numbers."""

    real: np.ndarray
    imag: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.real.shape


class Expressions:
    """The expressions of one or more traced functions of the same arguments.

    Attributes:
        nodes: every expression, after those that it needs.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._numbers: dict[Any, int] = {}

    def node(self, operation: str, *arguments: Any) -> int:
        """The number of an expression; the same for the same one."""
        if operation in _KEEPING and (kept := _KEEPING[operation](self, *arguments)) is not None:
            return kept
        key = operation, *arguments
        if operation == "constant":
            key = operation, np.float64(arguments[0]).tobytes()
        elif all(self.nodes[k].operation == "constant" for k in arguments) and operation in _FOLDED:
            with np.errstate(all="ignore"):
                return self.node("constant", float(_FOLDED[operation](*(np.float64(self.nodes[k].arguments[0]) for k in arguments))))
        if key not in self._numbers:
            self._numbers[key] = len(self.nodes)
            self.nodes.append(Node(operation, arguments))
        return self._numbers[key]

    def argument(self, name: str, shape: tuple[int, ...] = ()) -> Value:
        """An array that is given when the functions are called, by name and place."""
        count = int(np.prod(shape))
        numbers = [self.node_of_argument(name, k) for k in range(count)]
        return Value(np.array(numbers, dtype=np.int64).reshape(shape))

    def node_of_argument(self, name: str, place: int) -> int:
        key = "argument", name, place
        if key not in self._numbers:
            self._numbers[key] = len(self.nodes)
            self.nodes.append(Node("argument", (name, place)))
        return self._numbers[key]

    def traced(self, function: Callable[..., Any], *arguments: Value) -> list[Value]:
        """The results of a JAX function of real arguments, flattened."""
        given = [jax.ShapeDtypeStruct(one.shape, np.float64) for one in arguments]
        with in_one_piece(), jax.enable_x64(True):
            closed = jax.make_jaxpr(function)(*given)
        return [self._lifted(one) for one in self._run(closed.jaxpr, closed.consts, list(arguments))]

    def _lifted(self, value: Any) -> Value:
        """A value, or known numbers as constants."""
        if isinstance(value, Value):
            return value
        array = np.asarray(value)

        def constants(part: np.ndarray) -> np.ndarray:
            numbers = [self.node("constant", float(one)) for one in part.ravel()]
            return np.array(numbers, dtype=np.int64).reshape(part.shape)

        return Value(constants(array.real), constants(array.imag)) if array.dtype.kind == "c" else Value(constants(array))

    def _run(self, jaxpr: Jaxpr, constants: Sequence[Any], arguments: Sequence[Any]) -> list[Any]:
        where: dict[Any, Any] = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*constants, *arguments), strict=True))

        def value(atom: Any) -> Any:
            return np.asarray(atom.val, atom.aval.dtype) if isinstance(atom, Literal) else where[atom]

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
        if name not in _RULES and name not in ELEMENTWISE:
            raise NotImplementedError(f"the primitive {name} of JAX can't be written in JavaScript yet")
        lifted = [self._lifted(one) for one in given]
        if name in _RULES:
            return [_RULES[name](self, equation, *lifted)]
        return [Value(self.each(name, *(one.real for one in lifted)))]

    def _closed(self, closed: ClosedJaxpr, given: Sequence[Any]) -> list[Any]:
        return self._run(closed.jaxpr, [np.asarray(one) for one in closed.consts], given)

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
            return [_picked(self, equation, given)]
        lifted = [self._lifted(one) for one in given[:movable]]
        whole = [np.asarray(one) for one in given[movable:]]

        def moved(parts: list[np.ndarray]) -> list[np.ndarray]:
            with jax.enable_x64(True):
                found = equation.primitive.bind(*parts, *whole, **_without_fill(name, equation.params))
            return [np.asarray(one) for one in (found if equation.primitive.multiple_results else [found])]

        real = moved([one.real for one in lifted])
        if not any(one.imag is not None for one in lifted):
            return [Value(one) for one in real]
        imag = moved([self._imag(one) for one in lifted])
        return [Value(*pair) for pair in zip(real, imag, strict=True)]

    def _branches(self, branches: Sequence[ClosedJaxpr], index: Any, given: Sequence[Any]) -> list[Any]:
        """The branch that is known, or of both the numbers of the one that the index picks."""
        if not isinstance(index, Value):
            return self._closed(branches[min(max(int(index), 0), len(branches) - 1)], given)
        results = [[self._lifted(one) for one in self._closed(branch, given)] for branch in branches]
        found = results[-1]
        for k in reversed(range(len(branches) - 1)):
            is_this = self.each("eq", index.real, self._lifted(np.asarray(float(k))).real)
            found = [self._chosen(is_this, no, yes) for no, yes in zip(found, results[k], strict=True)]
        return found

    def _unrolled(self, params: Any, given: Sequence[Any]) -> list[Any]:
        constants, carried = params["num_consts"], params["num_consts"] + params["num_carry"]
        if params["length"] > _UNROLLED:
            raise NotImplementedError(f"a loop of {params['length']} turns can't be written in JavaScript yet")
        state, each = list(given[constants:carried]), given[carried:]
        rows: list[list[Value]] = []
        for k in range(params["length"])[:: -1 if params["reverse"] else 1]:
            one = [Value(x.real[k], None if x.imag is None else x.imag[k]) if isinstance(x, Value) else np.asarray(x)[k] for x in each]
            found = self._closed(params["jaxpr"], [*given[:constants], *state, *one])
            state = found[: len(state)]
            rows.append([self._lifted(x) for x in found[len(state) :]])
        ordered = rows[::-1] if params["reverse"] else rows
        return [*state, *(self._together([row[k] for row in ordered]) for k in range(len(ordered[0]) if ordered else 0))]

    def _together(self, values: Sequence[Value]) -> Value:
        is_complex = any(one.imag is not None for one in values)
        return Value(np.stack([one.real for one in values]), np.stack([self._imag(one) for one in values]) if is_complex else None)

    def _imag(self, value: Value) -> np.ndarray:
        return np.full(value.shape, self.node("constant", 0.0)) if value.imag is None else value.imag

    def _chosen(self, condition: np.ndarray, no: Value, yes: Value) -> Value:
        real = self.each("select", condition, yes.real, no.real)
        if no.imag is None and yes.imag is None:
            return Value(real)
        return Value(real, self.each("select", condition, self._imag(yes), self._imag(no)))

    def each(self, operation: str, *arrays: np.ndarray) -> np.ndarray:
        """An operation on the numbers of nodes, element by element, [...]."""
        whole = np.broadcast_arrays(*arrays)
        numbers = [self.node(operation, *map(int, row)) for row in zip(*(one.ravel() for one in whole), strict=True)]
        return np.array(numbers, dtype=np.int64).reshape(whole[0].shape)


def _without_fill(name: str, params: Any) -> Any:
    """A gather beyond an array would give NaN, which no whole number is: indices that are known lie within."""
    return {**params, "fill_value": 0} if name == "gather" else params


def _picked(expressions: Expressions, equation: Any, given: list[Any]) -> Value:
    """Rows x[k] of numbers k that are expressions: of few rows along one axis, chosen by comparing."""
    params, array = equation.params, expressions._lifted(given[0])
    if equation.primitive.name == "gather":
        form, index = params["dimension_numbers"], expressions._lifted(given[1]).real
        axes, offset, is_kept = form.start_index_map, form.offset_dims, not form.collapsed_slice_dims
        has_batch = bool(form.operand_batching_dims)
    else:
        axes = tuple(k for k, one in enumerate(given[1:]) if isinstance(one, Value))
        index = expressions._lifted(given[1 + axes[0]]).real.reshape(1)
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
                is_this = expressions.node("le", int(at), expressions.node("constant", float(k)))
                row = expressions.each("select", np.asarray(is_this), rows[k], row)
            found.append(np.expand_dims(row, axes[0]) if is_kept else row)
        return np.asarray(found).reshape(*batch, *found[0].shape).transpose(order)

    return Value(part(array.real), None if array.imag is None else part(array.imag))


Rule = Callable[..., Value]


def _add(expressions: Expressions, equation: Any, x: Value, y: Value) -> Value:
    operation = {"add_any": "add"}.get(equation.primitive.name, equation.primitive.name)
    real = expressions.each(operation, x.real, y.real)
    if x.imag is None and y.imag is None:
        return Value(real)
    return Value(real, expressions.each(operation, expressions._imag(x), expressions._imag(y)))


def _product(expressions: Expressions, x: Value, y: Value) -> Value:
    """(a + ib)(c + id)."""
    each = expressions.each
    if x.imag is None and y.imag is None:
        return Value(each("mul", x.real, y.real))
    if x.imag is None:
        return Value(each("mul", x.real, y.real), each("mul", x.real, y.imag))
    if y.imag is None:
        return Value(each("mul", x.real, y.real), each("mul", x.imag, y.real))
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
    return Value(each("div", turned.real, square), each("div", expressions._imag(turned), square))


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
    one = expressions._lifted(np.ones(x.shape))
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


def _sum(expressions: Expressions, x: Value, y: Value) -> Value:
    real = expressions.each("add", x.real, y.real)
    if x.imag is None and y.imag is None:
        return Value(real)
    return Value(real, expressions.each("add", expressions._imag(x), expressions._imag(y)))


def _over(operation: str) -> Rule:
    """A sum, a product or the like over some axes."""

    def rule(expressions: Expressions, equation: Any, x: Value) -> Value:
        axes = tuple(equation.params["axes"])

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
    best, place = rows[0], np.full(rows[0].shape, expressions.node("constant", 0.0))
    for k, row in enumerate(rows[1:], 1):
        is_larger = expressions.each("gt", row, best)
        best = expressions.each("select", is_larger, row, best)
        place = expressions.each("select", is_larger, np.asarray(expressions.node("constant", float(k))), place)
    return Value(np.asarray(place))


def _size(expressions: Expressions, equation: Any, x: Value) -> Value:
    return Value(expressions.each("abs", x.real) if x.imag is None else expressions.each("hypot", x.real, x.imag))


def _cast(expressions: Expressions, equation: Any, x: Value) -> Value:
    kind, before = equation.params["new_dtype"].kind, equation.invars[0].aval.dtype.kind
    if kind == "b" and before != "b":
        return Value(expressions.each("ne", x.real, np.asarray(expressions.node("constant", 0.0))))
    if kind in "iu" and before == "f":
        return Value(expressions.each("trunc", x.real))
    if before == "b" and kind != "b":
        return Value(expressions.each("number", x.real))
    return Value(x.real, x.imag if kind == "c" else None)


def _select(expressions: Expressions, equation: Any, which: Value, *cases: Value) -> Value:
    if equation.invars[0].aval.dtype.kind == "b":
        return expressions._chosen(which.real, cases[0], cases[1])
    found = cases[-1]
    for k in reversed(range(len(cases) - 1)):
        is_this = expressions.each("eq", which.real, np.asarray(expressions.node("constant", float(k))))
        found = expressions._chosen(is_this, found, cases[k])
    return found


def _round(expressions: Expressions, equation: Any, x: Value) -> Value:
    if int(equation.params["rounding_method"]) != 1:
        raise NotImplementedError("only halves that are rounded to even can be written in JavaScript")
    return Value(expressions.each("round", x.real))


def _bits(expressions: Expressions, equation: Any, x: Value) -> Value:
    if equation.params["new_dtype"] != np.float64:
        raise NotImplementedError("only whole numbers whose bits are a real one's can be written in JavaScript")
    return Value(expressions.each("float_of_bits", x.real))


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


_RULES: dict[str, Rule] = {
    "add": _add, "sub": _add, "add_any": _add,
    "mul": lambda expressions, equation, x, y: _product(expressions, x, y),
    "div": _whole_only, "integer_pow": _power, "square": lambda expressions, equation, x: _product(expressions, x, x),
    "dot_general": _dot, "reduce_sum": _over("add"), "reduce_prod": _over("mul"), "reduce_max": _over("max"), "reduce_min": _over("min"),
    "reduce_and": _over("and"), "reduce_or": _over("or"), "argmax": _argmax, "abs": _size, "convert_element_type": _cast,
    "select_n": _select, "round": _round, "bitcast_convert_type": _bits, "neg": _negative, "exp": _exponential,
    "real": lambda expressions, equation, x: Value(x.real),
    "imag": lambda expressions, equation, x: Value(expressions._imag(x)),
    "conj": lambda expressions, equation, x: Value(x.real, expressions.each("neg", expressions._imag(x))),
    "complex": lambda expressions, equation, x, y: Value(*np.broadcast_arrays(x.real, y.real)),
}  # fmt: skip


def _same(number: float, first: bool = False) -> Callable[..., int | None]:
    """An operation that leaves the other argument as it is where one is this constant."""

    def kept(expressions: Expressions, x: int, y: int) -> int | None:
        if expressions.nodes[y] == Node("constant", (number,)):
            return x
        return y if first and expressions.nodes[x] == Node("constant", (number,)) else None

    return kept


def _selected(expressions: Expressions, condition: int, yes: int, no: int) -> int | None:
    if yes == no:
        return yes
    node = expressions.nodes[condition]
    return (yes if node.arguments[0] else no) if node.operation == "constant" else None


def _twice_negative(expressions: Expressions, x: int) -> int | None:
    return expressions.nodes[x].arguments[0] if expressions.nodes[x].operation == "neg" else None


#: What needs no operation: x + 0 and the like. A sum's zero may be a negative one, which no result depends on.
_KEEPING: dict[str, Callable[..., int | None]] = {
    "add": _same(0.0, first=True), "sub": _same(0.0), "mul": _same(1.0, first=True), "div": _same(1.0), "neg": _twice_negative,
    "select": _selected,
}  # fmt: skip
#: What is computed now where all is known.
_FOLDED: dict[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative, "abs": np.abs, "sqrt": np.sqrt,
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "max": np.maximum,
    "min": np.minimum, "number": float, "trunc": np.trunc, "and": np.logical_and, "or": np.logical_or, "not": np.logical_not,
}  # fmt: skip
