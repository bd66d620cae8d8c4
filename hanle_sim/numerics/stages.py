"""Stages of a long program: the results of each are computed once, under any transformation of JAX.

On a processor XLA's fusion computes cheap arithmetic anew for everything that needs it. In a long program, and the more in its
derivatives, repetition multiplies: compiling takes minutes, and running a thousand times too long. A branch is never fused with what
follows, and `lax.cond` commutes with every transformation of JAX. Its predicate is true, which XLA must not find out.
"""

from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.extend.mlir.dialects import stablehlo
from jax.interpreters import mlir

_Tree = TypeVar("_Tree")


def computed_once(tree: _Tree) -> _Tree:
    """The same tree, whose JAX arrays are computed before anything that needs them, each once; NumPy arrays and numbers as they are."""
    leaves, structure = jax.tree.flatten(tree)
    traced = [k for k, leaf in enumerate(leaves) if isinstance(leaf, jax.core.Tracer)]
    if traced:
        arrays = tuple(leaves[k] for k in traced)
        handed_on = jax.lax.cond(_true.bind(), lambda *x: x, lambda *x: tuple(map(jnp.zeros_like, x)), *arrays)
        for k, leaf in zip(traced, handed_on, strict=True):
            leaves[k] = leaf
    return jax.tree.unflatten(structure, leaves)


def _true_on_a_processor(context: Any) -> list[Any]:
    """replica_id < 2³¹, which XLA evaluates at run time on a processor; elsewhere it may evaluate it earlier and drop the branch."""
    number, limit = stablehlo.ReplicaIdOp().result, mlir.ir_constant(np.uint32(2**31))
    return [stablehlo.compare(number, limit, stablehlo.ComparisonDirectionAttr.get("LT"))]


_true: Any = Primitive("true")
_true.def_impl(lambda: np.True_)
_true.def_abstract_eval(lambda: jax.core.ShapedArray((), np.dtype(bool)))
mlir.register_lowering(_true, lambda context: [mlir.ir_constant(np.True_)])
mlir.register_lowering(_true, _true_on_a_processor, platform="cpu")
