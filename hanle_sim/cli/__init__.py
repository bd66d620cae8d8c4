"""The command line."""

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import endings, terminal
from .._version import __version__
from .common import common
from .fitting import fit
from .options import CONFIG, CONFIGS, FORMAT, NO_CHECK, OUT, PRESET, SET, STYLE, Format, Method, look_of_style, source_of
from .sweeping import sweep

app = typer.Typer(
    name="hanle",
    help="Hanle curves with spin accumulation and spin heat accumulation.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


def _written(what: str, command: str, figure: tuple[Format, str | None], *given: Any, **options: Any) -> tuple[Any, Path]:
    """What a command found, and the directory that it wrote: `what` it does is printed, `figure` is the figures' format and style."""
    with terminal.progress(what) as progress:
        run = getattr(importlib.import_module(f"..commands.{command}", __package__), f"{command}_and_write")
        found, target = run(*given, figure_format=figure[0].value, look=look_of_style(figure[1]), progress=progress, **options)
        return found, target


@app.command()
@common
def simulate(
    config: CONFIG = "fig2",
    settings: SET = None,
    method: Annotated[
        Method | None,
        typer.Option("--method", metavar="METHOD", help="closed, linear, modes, integrate or finite_volume."),
    ] = None,
    no_check: NO_CHECK = False,
    out: OUT = None,
    figure_format: FORMAT = Format.png,
    style: STYLE = None,
) -> None:
    """Compute a Hanle curve, check it by an independent solution, and write curve, figure and summary.

    Without --out, the result goes to hanle-out/NAME, NAME being the configuration's.
    """
    options: dict[str, Any] = {"settings": settings or (), "method": None if method is None else method.value, "check": not no_check}
    simulation, target = _written(f"simulating {config}", "simulate", (figure_format, style), source_of(config), out, **options)
    from ..output.tables import simulation_table

    terminal.show(simulation_table(simulation))
    for warning in simulation.summary["warnings"]:
        terminal.say(warning, mark="warning: ")
    terminal.written(target, "summary.json")


@app.command()
@common
def compare(
    configs: Annotated[list[str], typer.Argument(metavar="CONFIG|PRESET...", help="TOML files, or presets' names.")],
    settings: SET = None,
    out: OUT = None,
    figure_format: FORMAT = Format.png,
    style: STYLE = None,
) -> None:
    """Overlay devices, normalised, with a table of half widths, apparent relaxation times, curvatures and tails.

    Without --out, the result goes to hanle-out/compare.
    """
    if configs.count("-") > 1:
        raise typer.BadParameter("-: standard input can be read only once", param_hint="CONFIG")
    sources = [source_of(config) for config in configs]
    what = f"comparing {', '.join(configs)}"
    rows, target = _written(what, "compare", (figure_format, style), sources, out, settings=settings or ())
    from ..output.tables import comparison_table

    terminal.show(comparison_table(rows))
    terminal.written(target, "compare.json")


@app.command()
@common
def sensitivity(
    config: CONFIG = "fig2",
    settings: SET = None,
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
    no_check: NO_CHECK = False,
    out: OUT = None,
    figure_format: FORMAT = Format.png,
    style: STYLE = None,
) -> None:
    """Differentiate a Hanle curve by every parameter, exactly and as two Lorentzians; with --noise, what a measurement of it determines.

    Without --out, the result goes to hanle-out/NAME-sensitivity.
    """
    options: dict[str, Any] = {
        "settings": settings or (),
        "noise": noise,
        "free": [name for names in free or () for name in names.split(",")],
        "combinations": combinations or (),
        "window": window,
        "second_order": second or (),
        "sobol": sobol or (),
        "samples": samples,
        "check": not no_check,
    }
    report, target = _written(f"differentiating {config}", "sensitivity", (figure_format, style), source_of(config), out, **options)
    from ..output.sensitivity_tables import answers, bounds_table, observables_table, remarks, sensitivity_table, sobol_table

    tables = [
        sensitivity_table(report),
        *([observables_table(report)] if report.observables else []),
        *([sobol_table(report)] if report.sobol else []),
        *([bounds_table(report)] if report.measured.identified is not None else []),
    ]
    for answer in answers(report):
        terminal.say(answer)
    terminal.show(*tables)
    for remark in remarks(report):
        terminal.say(remark)
    for warning in report.result.warnings:
        terminal.say(warning, mark="warning: ")
    terminal.written(target, "sensitivity.json")


@app.command()
def config(preset: PRESET = "fig2") -> None:
    """Print a preset's configuration, commented, ready to edit: hanle config > mine.toml."""
    from ..configuration import preset_text

    sys.stdout.write(preset_text(preset))


@app.command()
@common
def presets() -> None:
    """List the named junctions."""
    from ..configuration import PRESETS
    from ..output.tables import presets_table

    terminal.show(presets_table(list(PRESETS.items())))
    terminal.numbers([{"preset": name, "what": what} for name, what in PRESETS.items()])


@app.command()
@common
def doctor() -> None:
    """Tell versions, devices, precision and the cache of compiled programs, and test a few curves. Exit status 1 if anything is wrong."""
    with terminal.progress("looking"):
        from ..commands.doctor import doctor as look

        found = look()
    from ..output.tables import doctor_table

    terminal.show(doctor_table(found))
    terminal.numbers(found)
    if found["problems"]:
        endings.fail(found["problems"], 1)


@app.command()
@common
def reproduce(out: OUT = None, figure_format: FORMAT = Format.png, style: STYLE = None) -> None:
    """Recompute everything quantitative in Phys. Rev. Lett. 112, 056602: printed, computed, verdict, and Fig. 2.

    Without --out, the result goes to hanle-out/reproduce.
    """
    claims, target = _written("recomputing the paper", "reproduce", (figure_format, style), out)
    from ..output.tables import reproduction_table

    terminal.show(reproduction_table(claims))
    terminal.written(target, "reproduce.json")


@app.command()
@common
def claims(
    config: CONFIG = "fig2",
    settings: SET = None,
    out: OUT = None,
    figure_format: FORMAT = Format.png,
    style: STYLE = None,
) -> None:
    """Judge what Phys. Rev. Lett. 112, 056602 claims at a device: verdicts with numbers, and maps of where each claim holds.

    Without --out, the result goes to hanle-out/claims.
    """
    what = f"judging the claims at {config}"
    (answer, found), target = _written(what, "claims", (figure_format, style), source_of(config), out, settings=settings or ())
    from ..output.claim_tables import answer_lines
    from ..output.tables import claims_table

    for line in answer_lines(answer):
        terminal.say(line.replace("`", ""))
    terminal.show(claims_table([(claim.number, claim.title, claim.word, claim.sentence) for claim in found]))
    terminal.written(target, "claims.json")


@app.command()
@common
def explore(
    configs: CONFIGS = None,
    settings: SET = None,
    out: Annotated[Path, typer.Option("--out", metavar="PAGE.html", help="The page; an earlier one is replaced.")] = Path(
        "hanle-out/explore.html"
    ),
    no_open: Annotated[bool, typer.Option("--no-open", help="Only write the page.")] = False,
) -> None:
    """Write a page to play with: a slider for every parameter, and the exact curve follows; and open it in a browser.

    The page works without a network. One device of each geometry unless some are named.
    """
    from ..commands.explore import explore as run

    with terminal.progress(f"preparing {', '.join(configs or ['one device of each geometry'])}") as progress:
        refused = run(*map(source_of, configs or ()), out=out, settings=settings or (), progress=progress)
    for sentence in refused:
        terminal.say(sentence, mark="warning: ")
    terminal.numbers({"page": str(out), "not_shown": refused})
    terminal.written(out)
    if not no_open and sys.stdout.isatty():
        import webbrowser

        webbrowser.open(out.resolve().as_uri())


app.command()(common(sweep))
app.command()(common(fit))


def main() -> None:
    """Run the command line: status 0, 2 with one line for bad input."""
    endings.run(app)
