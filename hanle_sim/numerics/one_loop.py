"""A function of one number at every element of an array, in one loop.

XLA gives a processor a loop of its own for whatever a long formula needs twice, and each goes through memory. StableHLO's `map` is one
loop over the whole formula: what lies between stays in registers, and all cores share the elements.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Primitive, jaxpr_as_fun
from jax.extend.mlir import ir
from jax.extend.mlir.dialects import stablehlo
from jax.interpreters import batching, mlir

from .chunks import in_blocks
from .stages import are_apart, in_one_piece


def in_one_loop(function: Callable[..., Any], x: Any, *trees: Any) -> Any:
    """function(x, *trees) at every element of x: in one loop where it is traced and works on numbers alone, else, and in derivatives, in
    blocks.

    Arguments:
        function: of a real number, or of an array element by element, and of the trees; it returns one real number. It holds no traced
            number but those in its arguments.
        x: [...]; one that isn't JAX's is handed to the function as it is.
        trees: what else it needs, the same at every element; where it isn't, the function is called as it is.
    """
    if not isinstance(x, jax.Array):
        return function(x, *trees)
    leaves, structure = jax.tree.flatten(trees)
    places = [k for k, leaf in enumerate(leaves) if isinstance(leaf, jax.Array)]
    numbers = [leaves[k] for k in places]

    def of(x: Any, *numbers: Any) -> Any:
        given = list(leaves)
        for k, number in zip(places, numbers, strict=True):
            given[k] = number
        return function(x, *jax.tree.unflatten(structure, given))

    def by_blocks(x: Any, *numbers: Any) -> Any:
        return in_blocks(lambda x: of(x, *numbers), x)

    with in_one_piece():
        program = jax.make_jaxpr(of)(np.zeros((), x.dtype), *(np.zeros(one.shape, one.dtype) for one in numbers))
    if program.out_avals[0].shape:
        return function(x, *trees)
    if not (isinstance(x, jax.core.Tracer) and are_apart() and _is_of_numbers(program.jaxpr)):
        return by_blocks(x, *numbers)

    @jax.custom_jvp
    def looped(x: Any, *numbers: Any) -> Any:
        return _loop.bind(x, *(jnp.broadcast_to(one, x.shape) for one in numbers), program=program)

    looped.defjvp(lambda primals, tangents: jax.jvp(by_blocks, primals, tangents))
    return looped(x, *numbers)


def _is_of_numbers(jaxpr: Any) -> bool:
    """Whether a program knows no arrays, and neither loops nor branches but those that the platform decides."""
    if any(one.aval.shape for one in jaxpr.invars):
        return False
    for equation in jaxpr.eqns:
        name, parameters = equation.primitive.name, equation.params
        if name in ("scan", "while") or (name == "cond" and parameters.get("branches_platforms") is None):
            return False
        inner = [one for one in jax.tree.leaves(list(parameters.values()), is_leaf=_is_program) if _is_program(one)]
        if any(one.aval.shape for one in equation.outvars) or not all(_is_of_numbers(getattr(one, "jaxpr", one)) for one in inner):
            return False
    return True


def _is_program(parameter: Any) -> bool:
    return isinstance(parameter, (ClosedJaxpr, Jaxpr))


def _result(x: Any, *numbers: Any, program: Any) -> Any:
    return jax.core.ShapedArray(x.shape, program.out_avals[0].dtype)


def _batched(arrays: Any, axes: Any, *, program: ClosedJaxpr) -> Any:
    length = next(array.shape[axis] for array, axis in zip(arrays, axes, strict=True) if axis is not None)
    whole = [
        jnp.broadcast_to(array, (length, *array.shape)) if axis is None else jnp.moveaxis(array, axis, 0)
        for array, axis in zip(arrays, axes, strict=True)
    ]
    return _loop.bind(*whole, program=program), 0


def _mapped(context: Any, *arrays: Any, program: ClosedJaxpr) -> Any:
    """One loop on a processor."""
    (result,) = context.avals_out
    axes = ir.DenseI64ArrayAttr.get(list(range(len(result.shape))))
    loop = stablehlo.MapOp(mlir.aval_to_ir_type(context.module_context, result), arrays, axes)
    numbers = [mlir.aval_to_ir_type(context.module_context, one) for one in program.in_avals]
    body = loop.regions[0].blocks.append(*numbers)
    with ir.InsertionPoint(body):
        found: Any = mlir.jaxpr_subcomp(
            context.module_context,
            program.jaxpr,
            context.name_stack,
            mlir.TokenSet(),
            [mlir.ir_constant(one) for one in program.consts],
            *body.arguments,
            dim_var_values=context.dim_var_values,
            const_lowering=context.const_lowering,
            outer_traceback=context.traceback,
        )
        stablehlo.ReturnOp(found[0])
    return loop.results


def _elsewhere(*arrays: Any, program: ClosedJaxpr) -> Any:
    """An accelerator's compiler fuses as it likes."""
    found = in_blocks(jax.vmap(jaxpr_as_fun(program)), *(array.ravel() for array in arrays))
    return [found[0].reshape(arrays[0].shape)]


_loop: Any = Primitive("one_loop")
_loop.def_abstract_eval(_result)
batching.primitive_batchers[_loop] = _batched
mlir.register_lowering(_loop, _mapped, platform="cpu")
mlir.register_lowering(_loop, mlir.lower_fun(_elsewhere))
