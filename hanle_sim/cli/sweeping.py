"""`hanle sweep`."""

from pathlib import Path
from typing import Annotated

import typer

from .. import endings, terminal
from .options import CONFIG, FORMAT, SET, STYLE, Format, look_of_style, source_of


def sweep(
    config: CONFIG = "fig2",
    vary: Annotated[
        list[str] | None,
        typer.Option("--vary", metavar="NAME=START:STOP:N[:log]", help="Values such as tau_s='0.1 ns:10 ns:50:log'. Repeatable."),
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
    memory: Annotated[str | None, typer.Option("--memory", metavar="SIZE", help="Memory, such as '4 GB'; 1 GiB unless given.")] = None,
    workers: Annotated[int | None, typer.Option("--workers", metavar="N", help="Use so many processes of a Dask cluster here.")] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Compute on a running Dask cluster, such as tcp://host:8786.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell points, bytes, chunks and the expected time.")] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw the first observable over one or two parameters, beside the store.")] = False,
    settings: SET = None,
    figure_format: FORMAT = Format.png,
    style: STYLE = None,
) -> None:
    """Compute observables, or whole curves, on a grid of parameters, and write them to a Zarr store that survives anything.

    Without --out, the store is hanle-out/NAME-sweep.zarr.
    """
    source, look = source_of(config), look_of_style(style)
    from ..commands.sweep import bytes_of

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
        from ..commands.sweep import sweep_expected
        from ..output.sweep import plan_numbers, plan_table

        with terminal.progress(f"planning the sweep of {config}"):
            expected = sweep_expected(source, vary or (), **options)
            sheet, planned = plan_table(*expected), plan_numbers(*expected)
        terminal.show(sheet)
        terminal.numbers(planned)
        return
    with terminal.progress(f"sweeping {config}") as progress:
        from ..commands.sweep import sweep_and_write

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
    from ..output.sweep import sweep_numbers, sweep_table

    terminal.show(sweep_table(found))
    terminal.numbers(sweep_numbers(found))
    for failure in found.outcome.failures[:3]:
        terminal.say(failure, mark="failed: ")
    terminal.written(found.path, more=f" and {figure}" if figure else "")
    if found.outcome.failures:
        endings.fail([f"{len(found.outcome.failures)} of {found.work.plan.tiles} pieces failed: run again with --resume"], 1)
