"""Traced functions evaluated by NumPy, operation by operation.

XLA takes seconds to compile a long program, and some hundred runs until that has paid. What runs less often is done sooner like this.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

from .numpy_operations import Operation, operation_of, whole
from .stages import in_one_piece

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
            with in_one_piece():
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
    """A jaxpr as a list of steps.

    What depends on no argument is computed when it is made, and what is computed twice, as much is in derivatives, once; calls and
    branches known then are unrolled.
    """

    def __init__(self, closed: ClosedJaxpr) -> None:
        self.steps: list[_Step] = []
        self.known: dict[int, Any] = {}
        self.made: dict[Any, list[int]] = {}
        self.cost = 0.0  # about how long a run takes [s]
        self.count = len(closed.jaxpr.invars)
        given = list(range(self.count))
        self.results = self._add(closed.jaxpr, [self._constant(np.asarray(one)) for one in closed.consts], given)
        self.shapes = [aval.shape for aval in closed.out_avals]
        self.made.clear()
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

    def _constant(self, value: np.ndarray) -> int:
        same = value.dtype, value.shape, value.tobytes()
        if same not in self.made:
            self.made[same] = [self._new()]
            self.known[self.made[same][0]] = value
        return self.made[same][0]

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
        same = _name_of(equation, taken)
        if same in self.made:
            return self.made[same]
        is_single = not equation.primitive.multiple_results
        if name in _LOOPS:
            operation = whole(_LOOPS[name](equation), [atom.aval.shape for atom in equation.invars])
        else:
            operation = operation_of(equation, jaxpr)
        results = self.made[same] = [self._new() for _ in equation.outvars]
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


def _name_of(equation: Any, taken: Sequence[int]) -> Any:
    """What an equation computes, of which numbered arrays: equal where that is the same."""
    same = equation.primitive.name, *taken, *equation.params.items()
    try:
        hash(same)
    except TypeError:  # a loop's parameters, some of them lists
        return id(equation)
    return same


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


def scan_operands(params: Mapping[str, Any]) -> tuple[int, int]:
    """How many operands of a `scan` are constants, and how many are these and what is carried along: told otherwise from JAX 0.11 on."""
    if "num_consts" in params:
        return params["num_consts"], params["num_consts"] + params["num_carry"]
    constants, state, _ = (len(list(part)) for part in params["ft_in"].unpack())
    return constants, constants + state


def _scan(equation: Any) -> Operation:
    params = equation.params
    body, (constants, carried) = _Program(params["jaxpr"]), scan_operands(params)
    order = range(params["length"])[:: -1 if params["reverse"] else 1]
    collected = [(variable.aval.shape, variable.aval.dtype) for variable in equation.outvars[carried - constants :]]

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


_CALLS = {"jit", "pjit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call", "remat", "checkpoint"}
_LOOPS = {"while": _loop, "scan": _scan, "cond": _branches}
