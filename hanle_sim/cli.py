"""The command line: the only module that prints or exits."""

import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._version import __version__
from .interruption import undone_by

if TYPE_CHECKING:
    from rich.console import Console

    from .output.look import Look
    from .simulation import Progress


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


app = typer.Typer(
    name="hanle",
    help="Hanle curves with spin accumulation and spin heat accumulation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_CONFIG = Annotated[str, typer.Argument(metavar="[CONFIG|PRESET]", help="A TOML file, or a preset's name (see 'hanle presets').")]
_PRESET = Annotated[str, typer.Argument(metavar="[PRESET]", help="A preset's name (see 'hanle presets').")]
_SET = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a key, such as junction.R_tun='50 ohm um^2'; KEY= takes it out. Repeatable."),
]
_OUT = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where to write; a new or empty directory, or an earlier result.")]
_FORMAT = Annotated[Format, typer.Option("--format", metavar="FORMAT", help="Format of the figure: png, pdf or svg.")]

_STYLE = Annotated[
    str | None,
    typer.Option("--style", metavar="STYLE", help="Size of the figure: paper, talk, or a width such as '178 mm' (as for a paper)."),
]


def _print_version(wanted: bool | None) -> None:
    if wanted:
        typer.echo(f"hanle_sim {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool | None, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = None,
) -> None:
    pass


@app.command()
def simulate(
    config: _CONFIG = "fig2",
    settings: _SET = None,
    method: Annotated[
        Method | None,
        typer.Option("--method", metavar="METHOD", help="closed, linear, modes, integrate or finite_volume."),
    ] = None,
    out: _OUT = None,
    figure_format: _FORMAT = Format.png,
    style: _STYLE = None,
) -> None:
    """Compute a Hanle curve, check it by an independent solution, and write curve, figure and summary.

    Without --out, the result goes to hanle-out/NAME, NAME being the configuration's.
    """
    from .commands.simulate import simulate_and_write

    with _progress() as progress:
        simulation, target = simulate_and_write(
            config,
            out,
            settings=settings or (),
            method=None if method is None else method.value,
            figure_format=figure_format.value,
            look=_look(style),
            progress=progress,
        )
    from .output.tables import simulation_table

    console = _console()
    console.print(simulation_table(simulation))
    for warning in simulation.summary["warnings"]:
        console.print(f"[yellow]warning:[/yellow] {warning}", highlight=False)
    console.print(f"written to {target}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def compare(
    configs: Annotated[list[str], typer.Argument(metavar="CONFIG|PRESET...", help="TOML files, or presets' names.")],
    settings: _SET = None,
    out: _OUT = None,
    figure_format: _FORMAT = Format.png,
    style: _STYLE = None,
) -> None:
    """Overlay devices, normalised, with a table of half widths, apparent relaxation times, curvatures and tails.

    Without --out, the result goes to hanle-out/compare.
    """
    from .commands.compare import compare_and_write

    with _progress() as progress:
        rows, target = compare_and_write(
            configs, out, settings=settings or (), figure_format=figure_format.value, look=_look(style), progress=progress
        )
    from .output.tables import comparison_table

    console = _console()
    console.print(comparison_table(rows))
    console.print(f"written to {target}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def sensitivity(
    config: _CONFIG = "fig2",
    settings: _SET = None,
    noise: Annotated[
        str | None, typer.Option("--noise", metavar="VOLTAGE", help="Noise of every point, such as '1 uV': adds what the sweep determines.")
    ] = None,
    free: Annotated[
        list[str] | None,
        typer.Option("--free", metavar="NAME,NAME...", help="Parameters that a fit would leave free; all if left out. Repeatable."),
    ] = None,
    combinations: Annotated[
        list[str] | None,
        typer.Option("--combination", metavar="PRODUCT", help="With --noise, bound a product of powers, such as 'P_G^2 r_s'. Repeatable."),
    ] = None,
    second: Annotated[
        list[str] | None,
        typer.Option("--second-order", metavar="NAME", help="Differentiate the derivatives by this parameter once more. Repeatable."),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option("--window", metavar="FIELD", help="Largest |B| that a Lorentzian is fitted to; the whole sweep unless given."),
    ] = None,
    sobol: Annotated[
        list[str] | None,
        typer.Option("--sobol", metavar="NAME=LOW:HIGH", help="Sobol indices over ranges, such as tau_s='0.5 ns:2 ns'. Two or more."),
    ] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", metavar="N", help="Base samples for --sobol, a power of two; 512 unless given.")
    ] = None,
    out: _OUT = None,
    figure_format: _FORMAT = Format.png,
    style: _STYLE = None,
) -> None:
    """Differentiate a Hanle curve by every parameter, exactly and as two Lorentzians; with --noise, tell what it determines.

    Without --out, the result goes to hanle-out/NAME-sensitivity.
    """
    from .commands.sensitivity import analyse_and_write

    with _progress() as progress:
        report, target = analyse_and_write(
            config,
            out,
            settings=settings or (),
            noise=noise,
            free=[name for names in free or () for name in names.split(",")],
            combinations=combinations or (),
            window=window,
            second_order=second or (),
            sobol=sobol or (),
            samples=samples,
            figure_format=figure_format.value,
            look=_look(style),
            progress=progress,
        )
    from .output.sensitivity_tables import bounds_table, observables_table, remarks, sensitivity_table, sobol_table

    console = _console()
    console.print(sensitivity_table(report))
    if report.observables:
        console.print(observables_table(report))
    if report.sobol:
        console.print(sobol_table(report))
    if report.measured.identified is not None:
        console.print(bounds_table(report))
    for remark in remarks(report):
        console.print(remark, highlight=False, markup=False)
    for warning in report.result.warnings:
        console.print(f"[yellow]warning:[/yellow] {warning}", highlight=False)
    console.print(f"written to {target}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def config(preset: _PRESET = "fig2") -> None:
    """Print a preset's configuration, commented, ready to edit: hanle config > mine.toml."""
    from .configuration import preset_text

    sys.stdout.write(preset_text(preset))


@app.command()
def presets() -> None:
    """List the named junctions."""
    from .commands.presets import description
    from .configuration import preset_names
    from .output.tables import presets_table

    _console().print(presets_table([(name, description(name)) for name in preset_names()]))


@app.command()
def reproduce(out: _OUT = None, figure_format: _FORMAT = Format.png, style: _STYLE = None) -> None:
    """Recompute everything quantitative in Phys. Rev. Lett. 112, 056602: printed, computed, verdict, and Fig. 2.

    Without --out, the result goes to hanle-out/reproduce.
    """
    from .commands.reproduce import reproduce_and_write

    with _progress() as progress:
        claims, target = reproduce_and_write(out, figure_format.value, progress, _look(style))
    from .output.tables import reproduction_table

    console = _console()
    console.print(reproduction_table(claims))
    console.print(f"written to {target}", highlight=False, markup=False, soft_wrap=True)


@app.command()
def claims(
    config: _CONFIG = "fig2",
    settings: _SET = None,
    out: _OUT = None,
    figure_format: _FORMAT = Format.png,
    style: _STYLE = None,
) -> None:
    """Judge what Phys. Rev. Lett. 112, 056602 claims at a device: verdicts with numbers, and maps of where each claim holds.

    Without --out, the result goes to hanle-out/claims.
    """
    from .commands.claims import claims_and_write

    with _progress() as progress:
        found, target = claims_and_write(
            config, out, settings=settings or (), figure_format=figure_format.value, look=_look(style), progress=progress
        )
    from .output.tables import claims_table

    console = _console()
    console.print(claims_table([(claim.number, claim.title, claim.verdict) for claim in found]))
    console.print(f"written to {target}", highlight=False, markup=False, soft_wrap=True)


def _look(style: str | None) -> "Look":
    from .output.look import look_of

    return look_of(style)


def _console() -> "Console":
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 120)


@contextmanager
def _progress() -> Iterator["Progress"]:
    """A progress bar for each stage of what takes longer than two seconds; none off a terminal."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    bars = Bars(console=Console(stderr=True), transient=True)
    tasks: dict[str, Any] = {}
    lock = threading.Lock()

    def report(what: str, done: int, total: int) -> None:
        with lock:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

    # By the clock, for a stage that compiles says nothing for some seconds.
    clock = threading.Timer(2.0, bars.start)
    clock.daemon = True
    clock.start()
    try:
        with undone_by(lambda: bars.live.is_started and os.write(2, _wiped(len(tasks)))):
            yield report
    finally:
        clock.cancel()
        clock.join()
        bars.stop()


def _wiped(lines: int) -> bytes:
    """What a terminal is sent to take back so many lines of bars, the cursor after the last of them, and to show its cursor again."""
    return b"\r\x1b[2K" + b"\x1b[1A\x1b[2K" * (lines - 1) + b"\x1b[?25h"


def main() -> None:
    """Run the command line: status 0, 2 with one line for bad input."""
    gc.set_threshold(100_000)  # a short process that makes many objects and few cycles: collecting them early costs a tenth of a run
    try:
        status = app(standalone_mode=False)
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None
    except Exception as error:
        if not _is_users(error):
            raise
        _fail(str(error.format_message() if hasattr(error, "format_message") else error), 2)
    raise SystemExit(status if isinstance(status, int) else 0)


def _is_users(error: Exception) -> bool:
    """Whether an error is the user's to mend: a usage error, a configuration, an output directory."""
    if hasattr(error, "format_message"):
        return True
    kinds = [(module, name) for module, name in (("configuration.load", "ConfigurationError"), ("output.store", "OutputError"))]
    loaded = [getattr(sys.modules.get(f"hanle_sim.{module}"), name, None) for module, name in kinds]
    return isinstance(error, tuple(kind for kind in loaded if kind is not None))


def _fail(message: str, status: int) -> None:
    message = " ".join(message.replace("Value error, ", "").split())
    if message:  # without arguments the help was printed, and there is nothing to add
        sys.stderr.write(f"hanle: {message}\n")
    raise SystemExit(status)
