"""Short names of types for `help()`: what checks shapes in the tests is no reading for people."""

import inspect
import types
import typing
from typing import Any

import numpy as np
from jax import Array
from jaxtyping import AbstractArray


class _Name:
    """A type as it is shown."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def with_short_names(public: Any) -> Any:
    """A public function or class, whose signatures name types as a person would; what they are at run time stays."""
    if inspect.isclass(public):
        for kind in public.__mro__[:-1]:
            if kind.__module__.partition(".")[0] == __package__:
                for member in vars(kind).values():
                    _shorten(getattr(member, "__func__", member))
    else:
        _shorten(public)
    return public


def _shorten(function: Any) -> None:
    if isinstance(function, types.FunctionType):
        signature: Any = inspect.signature(function)
        parameters = [one.replace(annotation=_named(one.annotation)) for one in signature.parameters.values()]
        short = signature.replace(parameters=parameters, return_annotation=_named(signature.return_annotation))
        function.__signature__ = short  # type: ignore[attr-defined]


def _named(annotation: Any) -> Any:
    return annotation if annotation is inspect.Parameter.empty else _Name(_text(annotation))


def _text(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, _Name | str):
        return str(annotation)
    if annotation is None or annotation is type(None):
        return "None"
    if origin in (typing.Union, types.UnionType):
        return " | ".join(dict.fromkeys(map(_text, arguments)))
    if origin is typing.Literal:
        return " | ".join(map(repr, arguments))
    if origin is typing.Annotated:
        return _text(arguments[0])
    if inspect.isclass(annotation) and issubclass(annotation, AbstractArray):
        shape = ["..." if size.startswith("*") else size for size in annotation.dim_str.split()]
        return f"array[{', '.join(shape)}]" if shape else "number"
    if inspect.isclass(annotation) and issubclass(annotation, np.ndarray | Array):
        return "array"
    if inspect.isclass(annotation) and issubclass(annotation, np.generic | int | float | complex) and annotation is not bool:
        return "number"
    if isinstance(annotation, list):  # the arguments of a function
        return f"[{', '.join(map(_text, annotation))}]"
    if inspect.isclass(origin):
        return f"{origin.__name__}[{', '.join(map(_text, arguments))}]"
    return annotation.__name__ if inspect.isclass(annotation) else str(annotation).replace("typing.", "").replace("Ellipsis", "...")
