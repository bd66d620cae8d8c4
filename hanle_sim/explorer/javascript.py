"""Expressions as JavaScript: what hangs on the device alone is computed once, the rest at every field."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from .expressions import Expressions, Node

#: What the functions below need, written once a page.
PRELUDE = """const {sqrt,exp,expm1,log,log1p,sin,cos,tan,sinh,cosh,tanh,asin,acos,atan,atan2}=Math;
const {abs,sign,floor,ceil,pow,max,min,hypot,trunc,cbrt}=Math,bytes=new DataView(new ArrayBuffer(8));
function ofBits(x){
  const high=floor(x/4294967296);
  bytes.setUint32(0,high);bytes.setUint32(4,x-high*4294967296);
  return bytes.getFloat64(0);
}
function even(x){const f=floor(x),d=x-f;return d<0.5?f:d>0.5?f+1:f%2===0?f:f+1}
"""
_INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "eq": "===", "ne": "!==", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "and": "&&",
    "or": "||", "xor": "!==", "rem": "%",
}  # fmt: skip
_WRITTEN = {
    "neg": "(-{})", "not": "(!{})", "number": "(+{})", "select": "({}?{}:{})", "rsqrt": "(1/sqrt({}))", "exp2": "pow(2,{})",
    "bits_and": "Number(BigInt({})&BigInt({}))", "bits_or": "Number(BigInt({})|BigInt({}))", "bits_xor": "Number(BigInt({})^BigInt({}))",
    "is_finite": "isFinite({})", "round": "even({})", "float_of_bits": "ofBits({})", "shift_left": "({}*pow(2,{}))",
}  # fmt: skip
#: How many operations an expression has at most before it gets a name.
_LONG = 24


def number(value: float) -> str:
    """A number in JavaScript: the shortest text of it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "(-Infinity)"
    text = repr(value).removesuffix(".0")
    return f"({text})" if text.startswith("-") else text


def function_of(expressions: Expressions, device: Mapping[str, Sequence[int]], at: Sequence[int], varying: str) -> str:
    """A JavaScript function of the arguments that returns {name: [numbers]} of the device, and `at`, a function of the argument that
    varies which returns [numbers].

    Arguments:
        expressions: of the program.
        device: the numbers of nodes that hang on the device alone, by name.
        at: those that hang on the field too.
        varying: the name of the field's argument.
    """
    nodes, wanted = expressions.nodes, [*(k for some in device.values() for k in some), *at]
    uses: Counter[int] = Counter(wanted)
    needed = set(wanted)
    for k in range(len(nodes) - 1, -1, -1):
        if k in needed and nodes[k].operation not in ("constant", "argument"):
            for one in nodes[k].arguments:
                uses[one] += 1
                needed.add(one)
    varies: set[int] = set()
    for k in sorted(needed):
        node = nodes[k]
        if (node.operation == "argument" and node.arguments[0] == varying) or (
            node.operation not in ("constant", "argument") and any(one in varies for one in node.arguments)
        ):
            varies.add(k)
    text: dict[int, str] = {}
    length: dict[int, int] = {}
    before: list[str] = []
    inside: list[str] = []
    crossing = {one for k in varies if nodes[k].operation != "argument" for one in nodes[k].arguments if one not in varies}
    for k in sorted(needed):
        node = nodes[k]
        if node.operation == "constant":
            text[k], length[k] = number(node.arguments[0].item()), 0
        elif node.operation == "argument":
            name, place = node.arguments
            text[k], length[k] = name if name == varying else f"{name}[{place}]", 0
        else:
            text[k], length[k] = _written(node, text), 1 + sum(length[one] for one in node.arguments)
            if uses[k] > 1 or length[k] > _LONG or k in crossing:
                (inside if k in varies else before).append(f"v{k}={text[k]}")
                text[k], length[k] = f"v{k}", 0
    results = ",".join(f"{name}:[{','.join(text[k] for k in some)}]" for name, some in device.items())
    values = ",".join(text[k] for k in at)
    names = sorted({node.arguments[0] for k in needed if (node := nodes[k]).operation == "argument"} - {varying})
    body = f"{_declared(before)}return {{{results}{',' if results else ''}at({varying}){{{_declared(inside)}return [{values}]}}}}"
    return f"function({','.join(names)}){{{body}}}"


def _declared(some: Sequence[str]) -> str:
    return f"const {','.join(some)};" if some else ""


def _written(node: Node, text: Mapping[int, str]) -> str:
    parts = [text[one] for one in node.arguments]
    if node.operation in _INFIX:
        return f"({parts[0]}{_INFIX[node.operation]}{parts[1]})"
    if node.operation in _WRITTEN:
        return _WRITTEN[node.operation].format(*parts)
    return f"{node.operation}({','.join(parts)})"
