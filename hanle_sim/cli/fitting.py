"""`hanle fit`."""

import sys
from typing import Annotated, Any

import typer

from .. import terminal
from .options import FORMAT, OUT, SET, STYLE, Format, look_of_style, source_of


def fit(
    data: Annotated[list[str] | None, typer.Argument(metavar="DATA", help="Files of fields and voltages, or nonlocal resistances.")] = None,
    config: Annotated[
        str | None, typer.Option("--config", metavar="FIT.toml", help="What to fit: a device, data and free parameters. See --template.")
    ] = None,
    x_unit: Annotated[str | None, typer.Option("--x-unit", metavar="UNIT", help="Unit of the fields, where the file doesn't say.")] = None,
    y_unit: Annotated[str | None, typer.Option("--y-unit", metavar="UNIT", help="Unit of the signal, where the file doesn't say.")] = None,
    starts: Annotated[
        int | None, typer.Option("--starts", metavar="N", min=1, help="Starts of a device's fit, the given one among them; 5 unless given.")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Fit every other model that applies too, rank them, and ask whether there is spin heat.")
    ] = False,
    each: Annotated[
        bool,
        typer.Option("--each", help="Fit every curve by itself: of a NetCDF file of y over B and more, or of files that share fields."),
    ] = False,
    template: Annotated[
        str | None, typer.Option("--template", metavar="PRESET", help="Print a FIT.toml to edit, of a preset's device, and end.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME,...", help="Intervals of these parameters from profiles of the sum of squares.")
    ] = None,
    bootstrap: Annotated[
        int | None, typer.Option("--bootstrap", metavar="N", min=0, help="Errors from N sets of data: the model, and residuals drawn anew.")
    ] = None,
    posterior: Annotated[
        bool, typer.Option("--posterior", help="Errors from a posterior by NumPyro's NUTS; also written to posterior.nc.")
    ] = False,
    settings: SET = None,
    out: OUT = None,
    figure_format: FORMAT = Format.png,
    style: STYLE = None,
) -> None:
    """Fit measured curves: tau by one and by two Lorentzians, or with --config the parameters of a device, with errors.

    Without --out, a fit with --config goes to hanle-out/NAME-fit; quick fits are only printed.
    """
    if template is not None:
        from ..commands.fit_template import template as text_of

        sys.stdout.write(text_of(template))
        return
    if not data and config is None:
        raise typer.BadParameter("name a file of measured points, or give --config FIT.toml", param_hint="DATA")
    what = f"fitting {', '.join(data[:3]) if data else config}"
    if each:
        if not data or compare or profile or bootstrap or posterior:
            raise typer.BadParameter("takes files, and no --compare, --profile, --bootstrap or --posterior", param_hint="--each")
        with terminal.progress(what) as progress:
            from ..commands.fit_each import fit_each_and_write

            source = None if config is None else source_of(config)
            asked: dict[str, Any] = {"settings": settings or (), "x_unit": x_unit, "y_unit": y_unit, "starts": starts}
            drawn: dict[str, Any] = {"figure_format": figure_format.value, "look": look_of_style(style)}
            curves, folder = fit_each_and_write(data, source, out, progress=progress, **asked, **drawn)
        from ..output.fit_each import each_table, remarks

        terminal.show(each_table(curves))
        for remark in remarks(curves):
            terminal.say(remark)
        terminal.written(folder, "fits.json")
        return
    with terminal.progress(what) as progress:
        from ..commands.fit_files import fit_and_write

        found, target = fit_and_write(
            data or (),
            None if config is None else source_of(config),
            out,
            settings=settings or (),
            x_unit=x_unit,
            y_unit=y_unit,
            starts=starts,
            compare=compare or None,
            profiles=[name.strip() for name in profile.split(",")] if profile else None,
            bootstrap=bootstrap,
            posterior=posterior or None,
            figure_format=figure_format.value,
            look=look_of_style(style),
            progress=progress,
        )
    from ..output.fit import fit_table, quick_table, residual_sketch

    terminal.show(*([quick_table(found.quick)] if found.quick else [fit_table(one) for one in found.results]))
    if found.comparison is not None:
        from ..output.fit_comparison import left_out, ranking_table, spread_table

        terminal.show(ranking_table(found.comparison), spread_table(found.comparison))
        for line in (*left_out(found.comparison), found.comparison.heat.sentence, found.comparison.heat.what_would_tell):
            if line:
                terminal.say(line)
    for note in dict.fromkeys(note for one in found.measured for note in one.notes):
        terminal.say(note)
    for result in found.results:
        for line in residual_sketch(result):
            terminal.say(line)
        for warning in result.warnings:
            terminal.say(warning, mark="warning: ")
    if found.quick:
        terminal.say("next: hanle fit --template lateral > FIT.toml, edit it, then hanle fit DATA --config FIT.toml")
    if target is not None:
        terminal.written(target, "fit.json")
    else:
        from ..output.fit import quick_contents

        terminal.numbers(quick_contents(found.quick))
