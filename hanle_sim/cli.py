"""The command line."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import endings, terminal
from ._version import __version__

if TYPE_CHECKING:
    from .configuration import Source
    from .output.look import Look


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

_CONFIG = Annotated[
    str, typer.Argument(metavar="[CONFIG|PRESET]", help="A TOML file, - for standard input, or a preset's name (see 'hanle presets').")
]
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
    no_check: Annotated[bool, typer.Option("--no-check", help="Leave out the check by independent solutions: faster.")] = False,
    out: _OUT = None,
    figure_format: _FORMAT = Format.png,
    style: _STYLE = None,
) -> None:
    """Compute a Hanle curve, check it by an independent solution, and write curve, figure and summary.

    Without --out, the result goes to hanle-out/NAME, NAME being the configuration's.
    """
    source = _source(config)
    with terminal.progress(f"simulating {config}") as progress:
        from .commands.simulate import simulate_and_write

        simulation, target = simulate_and_write(
            source,
            out,
            settings=settings or (),
            method=None if method is None else method.value,
            check=not no_check,
            figure_format=figure_format.value,
            look=_look(style),
            progress=progress,
        )
    from .output.tables import simulation_table

    terminal.show(simulation_table(simulation))
    for warning in simulation.summary["warnings"]:
        terminal.say(warning, mark="warning: ")
    typer.echo(f"written to {target}")


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
    if configs.count("-") > 1:
        raise typer.BadParameter("-: standard input can be read only once", param_hint="CONFIG")
    sources = [_source(config) for config in configs]
    with terminal.progress(f"comparing {', '.join(configs)}") as progress:
        from .commands.compare import compare_and_write

        rows, target = compare_and_write(
            sources, out, settings=settings or (), figure_format=figure_format.value, look=_look(style), progress=progress
        )
    from .output.tables import comparison_table

    terminal.show(comparison_table(rows))
    typer.echo(f"written to {target}")


@app.command()
def sensitivity(
    config: _CONFIG = "fig2",
    settings: _SET = None,
    noise: Annotated[
        str | None, typer.Option("--noise", metavar="VOLTAGE", help="Noise of every point, such as '1 uV': adds what the sweep determines.")
    ] = None,
    free: Annotated[
        list[str] | None,
        typer.Option(
            "--free",
            metavar="NAME,NAME...",
            help="Parameters that a fit leaves free, P_G, P_L, tau_s, tau_Q, D unless given. Repeatable.",
        ),
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
    """Differentiate a Hanle curve by every parameter, exactly and as two Lorentzians; with --noise, what a measurement of it determines.

    Without --out, the result goes to hanle-out/NAME-sensitivity.
    """
    source = _source(config)
    with terminal.progress(f"differentiating {config}") as progress:
        from .commands.sensitivity import analyse_and_write

        report, target = analyse_and_write(
            source,
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

    tables = [
        sensitivity_table(report),
        *([observables_table(report)] if report.observables else []),
        *([sobol_table(report)] if report.sobol else []),
        *([bounds_table(report)] if report.measured.identified is not None else []),
    ]
    terminal.show(*tables)
    for remark in remarks(report):
        terminal.say(remark)
    for warning in report.result.warnings:
        terminal.say(warning, mark="warning: ")
    typer.echo(f"written to {target}")


@app.command()
def config(preset: _PRESET = "fig2") -> None:
    """Print a preset's configuration, commented, ready to edit: hanle config > mine.toml."""
    from .configuration import preset_text

    sys.stdout.write(preset_text(preset))


@app.command()
def presets() -> None:
    """List the named junctions."""
    from .configuration import PRESETS
    from .output.tables import presets_table

    terminal.show(presets_table(list(PRESETS.items())))


@app.command()
def reproduce(out: _OUT = None, figure_format: _FORMAT = Format.png, style: _STYLE = None) -> None:
    """Recompute everything quantitative in Phys. Rev. Lett. 112, 056602: printed, computed, verdict, and Fig. 2.

    Without --out, the result goes to hanle-out/reproduce.
    """
    with terminal.progress("recomputing the paper") as progress:
        from .commands.reproduce import reproduce_and_write

        claims, target = reproduce_and_write(out, figure_format.value, progress, _look(style))
    from .output.tables import reproduction_table

    terminal.show(reproduction_table(claims))
    typer.echo(f"written to {target}")


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
    source = _source(config)
    with terminal.progress(f"judging the claims at {config}") as progress:
        from .commands.claims import claims_and_write

        found, target = claims_and_write(
            source, out, settings=settings or (), figure_format=figure_format.value, look=_look(style), progress=progress
        )
    from .output.tables import claims_table

    terminal.show(claims_table([(claim.number, claim.title, claim.verdict) for claim in found]))
    typer.echo(f"written to {target}")


@app.command()
def sweep(
    config: _CONFIG = "fig2",
    vary: Annotated[
        list[str] | None,
        typer.Option("--vary", metavar="NAME=START:STOP:N[:log]", help="A parameter's values, such as tau_s='0.1 ns:10 ns:50:log'. Repeatable."),
    ] = None,
    in_step: Annotated[bool, typer.Option("--zip", help="Vary all in step, along one dimension, instead of every combination.")] = False,
    samples: Annotated[
        Path | None, typer.Option("--samples", metavar="FILE.csv", help="Devices from a table, a column a parameter, instead of --vary.")
    ] = None,
    random: Annotated[
        int | None, typer.Option("--random", metavar="N", help="So many devices at random in ranges --vary NAME=LOW:HIGH[:log].")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="SEED", help="Of --random.")] = 0,
    observables: Annotated[
        list[str] | None,
        typer.Option(
            "--observables",
            metavar="NAME,NAME...",
            help="What to compute; half width, apparent tau, signal at B = 0 and its parts, and modes unless given. Repeatable.",
        ),
    ] = None,
    curves: Annotated[bool, typer.Option("--curves", help="Write whole curves too.")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="STORE.zarr", help="Where to write: a new Zarr store.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a store that is there.")] = False,
    single: Annotated[bool, typer.Option("--single", help="Write in single precision; everything is computed in double.")] = False,
    codec: Annotated[str | None, typer.Option("--codec", metavar="CODEC", help="Compress: lz4 or zstd. Slower than the disk.")] = None,
    memory: Annotated[str, typer.Option("--memory", metavar="SIZE", help="Memory to do with, such as '4 GB'.")] = "1 GiB",
    workers: Annotated[int | None, typer.Option("--workers", metavar="N", help="Compute in so many processes of a Dask cluster here.")] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Compute on a running Dask cluster, such as tcp://host:8786.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell points, bytes, chunks and the expected time.")] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw the first observable over one or two parameters, beside the store.")] = False,
    settings: _SET = None,
    figure_format: _FORMAT = Format.png,
    style: _STYLE = None,
) -> None:
    """Compute observables, or whole curves, on a grid of parameters, and write them to a Zarr store that survives anything.

    Without --out, the store is hanle-out/NAME-sweep.zarr.
    """
    source, look = _source(config), _look(style)
    from .commands.sweep import bytes_of

    options = {
        "settings": settings or (),
        "in_step": in_step,
        "samples": samples,
        "random": random,
        "seed": seed,
        "observables": None if observables is None else [name.strip() for names in observables for name in names.split(",")],
        "curves": curves,
        "single": single,
        "codec": codec,
        "memory": bytes_of(memory),
    }
    if dry_run:
        from .commands.sweep import sweep_expected
        from .output.sweep import plan_table

        with terminal.progress(f"planning the sweep of {config}"):
            sheet = plan_table(*sweep_expected(source, vary or (), **options))
        terminal.show(sheet)
        return
    with terminal.progress(f"sweeping {config}") as progress:
        from .commands.sweep import sweep_and_write

        found, figure = sweep_and_write(
            source,
            out,
            vary or (),
            resume=resume,
            workers=workers,
            scheduler=scheduler,
            progress=progress,
            plot=plot,
            figure_format=figure_format.value,
            look=look,
            **options,
        )
    from .output.sweep import sweep_table

    terminal.show(sweep_table(found))
    for failure in found.outcome.failures[:3]:
        terminal.say(failure, mark="failed: ")
    typer.echo(f"written to {found.path}" + (f" and {figure}" if figure else ""))
    if found.outcome.failures:
        endings.fail([f"{len(found.outcome.failures)} of {found.work.plan.tiles} pieces failed: run again with --resume to try them again"], 1)


def _look(style: str | None) -> "Look":
    from .output.look import look_of

    return look_of(style)


def _source(config: str) -> "Source":
    """A configuration's source: `-` is what standard input holds."""
    if config != "-":
        return config
    from .configuration.load import parsed

    if sys.stdin.isatty():
        sys.stderr.write("hanle: type a configuration, and end it with Ctrl-D\n")
    return parsed("stdin", sys.stdin.buffer.read())


def main() -> None:
    """Run the command line: status 0, 2 with one line for bad input."""
    endings.run(app)
