"""Expressions of single numbers, each written once, and arrays of them."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np


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
        if operation in _FOLDED and all(self.nodes[k].operation == "constant" for k in arguments):
            with np.errstate(all="ignore"):
                return self.constant(_FOLDED[operation](*(self.nodes[k].arguments[0] for k in arguments)))
        return self._number(Node(operation, arguments), (operation, *arguments))

    def constant(self, value: Any) -> int:
        """The number of a known number, a NumPy one, or of True or False."""
        known = np.bool_(value) if np.asarray(value).dtype.kind == "b" else np.float64(value)
        return self._number(Node("constant", (known,)), (known.dtype.kind, known.tobytes()))

    def _number(self, node: Node, key: Any) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self.nodes)
            self.nodes.append(node)
        return self._numbers[key]

    def argument(self, name: str, shape: tuple[int, ...] = ()) -> Value:
        """An array that is given when the functions are called, by name and place."""
        count = int(np.prod(shape))
        numbers = [self._number(Node("argument", (name, k)), ("argument", name, k)) for k in range(count)]
        return Value(np.array(numbers, dtype=np.int64).reshape(shape))

    def lifted(self, value: Any) -> Value:
        """A value, or known numbers as constants."""
        if isinstance(value, Value):
            return value
        array = np.asarray(value)

        def constants(part: np.ndarray) -> np.ndarray:
            numbers = [self.constant(one) for one in part.ravel()]
            return np.array(numbers, dtype=np.int64).reshape(part.shape)

        return Value(constants(array.real), constants(array.imag)) if array.dtype.kind == "c" else Value(constants(array))

    def together(self, values: Sequence[Value]) -> Value:
        is_complex = any(one.imag is not None for one in values)
        return Value(np.stack([one.real for one in values]), np.stack([self.imaginary(one) for one in values]) if is_complex else None)

    def imaginary(self, value: Value) -> np.ndarray:
        return np.full(value.shape, self.constant(0.0)) if value.imag is None else value.imag

    def chosen(self, condition: np.ndarray, no: Value, yes: Value) -> Value:
        real = self.each("select", condition, yes.real, no.real)
        if no.imag is None and yes.imag is None:
            return Value(real)
        return Value(real, self.each("select", condition, self.imaginary(yes), self.imaginary(no)))

    def each(self, operation: str, *arrays: np.ndarray) -> np.ndarray:
        """An operation on the numbers of nodes, element by element, [...]."""
        whole = np.broadcast_arrays(*arrays)
        numbers = [self.node(operation, *map(int, row)) for row in zip(*(one.ravel() for one in whole), strict=True)]
        return np.array(numbers, dtype=np.int64).reshape(whole[0].shape)


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
    "min": np.minimum, "trunc": np.trunc, "number": np.float64, "and": np.logical_and, "or": np.logical_or, "not": np.logical_not,
}  # fmt: skip
