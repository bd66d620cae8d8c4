"""Options and arguments that commands share."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..configuration import Source
    from ..output.look import Look


class Method(StrEnum):
    """The ways to a Hanle curve; a test holds them against `solvers.METHODS`."""

    closed = "closed"
    linear = "linear"
    modes = "modes"
    integrate = "integrate"
    finite_volume = "finite_volume"


class Format(StrEnum):
    """Formats of a figure."""

    png = "png"
    pdf = "pdf"
    svg = "svg"


def _presets(incomplete: str) -> list[str]:
    """Names of presets, for a shell that completes one."""
    from ..configuration import PRESETS

    return [name for name in PRESETS if name.startswith(incomplete)]


CONFIG = Annotated[
    str,
    typer.Argument(
        metavar="[CONFIG|PRESET]",
        help="A TOML file, - for standard input, or a preset's name (see 'hanle presets').",
        autocompletion=_presets,
    ),
]
CONFIGS = Annotated[
    list[str] | None,
    typer.Argument(metavar="CONFIG|PRESET...", help="TOML files, or presets' names.", autocompletion=_presets),
]
PRESET = Annotated[str, typer.Argument(metavar="[PRESET]", help="A preset's name (see 'hanle presets').", autocompletion=_presets)]
SET = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a key, such as junction.R_tun='50 ohm um^2'; KEY= takes it out. Repeatable."),
]
OUT = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where to write; a new or empty directory, or an earlier result.")]
NO_CHECK = Annotated[bool, typer.Option("--no-check", help="Leave out the check by independent solutions: faster.")]
FORMAT = Annotated[Format, typer.Option("--format", metavar="FORMAT", help="Format of the figure: png, pdf or svg.")]

STYLE = Annotated[
    str | None,
    typer.Option("--style", metavar="STYLE", help="Size of the figure: paper, talk, or a width such as '178 mm' (as for a paper)."),
]


def look_of_style(style: str | None) -> "Look":
    """The look that --style names. Raises ConfigurationError for none."""
    from ..output.look import look_of

    return look_of(style)


def source_of(config: str) -> "Source":
    """A configuration's source: `-` is what standard input holds."""
    if config != "-":
        return config
    from ..configuration.load import parsed

    if sys.stdin.isatty():
        sys.stderr.write("hanle: type a configuration, and end it with Ctrl-D\n")
    return parsed("stdin", sys.stdin.buffer.read())
