"""Stages of a long program: the results of each are computed once, under any transformation of JAX.

On a processor XLA's fusion computes cheap arithmetic anew for everything that needs it. In a long program, and the more in its
derivatives, repetition multiplies: compiling takes minutes, and running a thousand times too long. A branch is never fused with what
follows, and `lax.cond` commutes with every transformation of JAX. Its predicate is true, which XLA must not find out.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.extend.mlir.dialects import stablehlo
from jax.interpreters import mlir

#: Whether stages are kept apart, which costs time to trace. What keys the caches of traced functions too.
_are_apart: Any = jax.make_user_context(True)  # type: ignore[no-untyped-call]

_Tree = TypeVar("_Tree")
_Function = TypeVar("_Function", bound=Callable[..., Any])


def in_one_piece() -> Any:
    """A context in which functions are traced without stages, for those that XLA never compiles."""
    return _are_apart(False)


def are_apart() -> bool:
    """Whether stages are kept apart: not in `in_one_piece`."""
    return bool(_are_apart.value)


def computed_once(tree: _Tree) -> _Tree:
    """The same tree, whose JAX arrays are computed before anything that needs them, each once; NumPy arrays and numbers as they are."""
    if not are_apart():
        return tree
    leaves, structure = jax.tree.flatten(tree)
    traced = [k for k, leaf in enumerate(leaves) if isinstance(leaf, jax.core.Tracer)]
    if traced:
        arrays = tuple(leaves[k] for k in traced)
        handed_on = jax.lax.cond(_true.bind(), lambda *x: x, lambda *x: tuple(map(jnp.zeros_like, x)), *arrays)
        for k, leaf in zip(traced, handed_on, strict=True):
            leaves[k] = leaf
    return jax.tree.unflatten(structure, leaves)


def stage(function: _Function) -> _Function:
    """A function whose results are computed before anything that needs them, each once: like `computed_once` of them, but computed
    where it would only hand them on, which spares copies.

    Its arguments and results are trees; what among the results is no JAX array, or needs none, stays as it is.
    """

    @wraps(function)
    def staged(*arguments: Any) -> Any:
        leaves, structure = jax.tree.flatten(arguments)
        traced = [k for k, leaf in enumerate(leaves) if isinstance(leaf, jax.core.Tracer)]
        if not traced or not are_apart():
            return function(*arguments)
        kept: list[Any] = []

        def computed(*arrays: jax.Array) -> list[jax.Array]:
            inside = list(leaves)
            for k, array in zip(traced, arrays, strict=True):
                inside[k] = array
            results, form = jax.tree.flatten(function(*jax.tree.unflatten(structure, inside)))
            unique = {id(one): one for one in results if isinstance(one, jax.core.Tracer)}
            places = {one: place for place, one in enumerate(unique)}
            kept[:] = [form, *((places[id(one)], None) if id(one) in places else (None, one) for one in results)]
            return list(unique.values())

        arrays = [leaves[k] for k in traced]
        program = jax.jit(computed)  # traced once, for both of the following
        of_results = jax.eval_shape(program, *arrays)
        found = jax.lax.cond(_true.bind(), program, lambda *_: [jnp.zeros(x.shape, x.dtype) for x in of_results], *arrays)
        form, *results = kept
        return jax.tree.unflatten(form, [one if place is None else found[place] for place, one in results])

    return staged  # type: ignore[return-value]


def _true_on_a_processor(context: Any) -> list[Any]:
    """replica_id < 2³¹, which XLA evaluates at run time on a processor; elsewhere it may evaluate it earlier and drop the branch."""
    number, limit = stablehlo.ReplicaIdOp().result, mlir.ir_constant(np.uint32(2**31))
    return [stablehlo.compare(number, limit, stablehlo.ComparisonDirectionAttr.get("LT"))]


_true: Any = Primitive("true")
_true.def_impl(lambda: np.True_)
_true.def_abstract_eval(lambda: jax.core.ShapedArray((), np.dtype(bool)))
mlir.register_lowering(_true, lambda context: [mlir.ir_constant(np.True_)])
mlir.register_lowering(_true, _true_on_a_processor, platform="cpu")
