"""Options that every command has: what is printed, and whether compiled programs are kept."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from .. import cache, endings, terminal

_SHARED = {
    "quiet": Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")],
    "as_json": Annotated[bool, typer.Option("--json", help="Print the result as JSON in place of tables.")],
    "no_cache": Annotated[bool, typer.Option("--no-cache", help="Keep no compiled programs for later runs, and use none.")],
}


def common(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the options that all have."""
    signature = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def run(*arguments: Any, quiet: bool, as_json: bool, no_cache: bool, **options: Any) -> None:
        if quiet and as_json:
            endings.fail(["--quiet and --json exclude each other: keep one"], 2)
        terminal.talk("json" if as_json else "quiet" if quiet else "text")
        cache.use_none() if no_cache else cache.use()
        try:
            command(*arguments, **options)
        finally:
            terminal.talk("text")

    shared = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind) for name, kind in _SHARED.items()]
    run.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *shared])  # type: ignore[attr-defined]
    run.__annotations__ = {name: one.annotation for name, one in run.__signature__.parameters.items()}  # type: ignore[attr-defined]
    return run
