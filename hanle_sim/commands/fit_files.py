"""Fits into a result directory."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..configuration import Source, read
from ..fitting.result import FitResult
from ..output.look import DEFAULT, Look
from .fit import Fits, fit

if TYPE_CHECKING:
    from ..runtime import Progress


def fit_and_write(
    data: Sequence[str | Path],
    config: Source | None,
    out: Path | None,
    *,
    figure_format: str,
    progress: "Progress",
    look: Look = DEFAULT,
    **options: Any,
) -> tuple[Fits, Path | None]:
    """Fit and write the result directory: `hanle-out/NAME` of a FIT.toml unless given, none for quick fits unless given.

    Raises:
        ConfigurationError: what can't be read, or can't be fitted.
        OutputError: a directory that can't be written, found out before anything is computed.
    """
    from ..output.dataset import configuration_text
    from ..output.files import write_csv, write_json, write_text
    from ..output.fit import NO_FILE, columns_of, quick_contents, repeated
    from ..output.store import directory_name, target_of, write_directory

    if out is None and config is None:
        return fit(data, config, progress=progress, **options), None
    name = "fit" if config is None else str(read(config).get("name", "fit"))
    target = target_of(out, f"{directory_name(name)}-fit")
    found = fit(data, config, progress=progress, **options)
    from ..output.fit_comparison import comparison_contents
    from ..output.fit_figures import draw_fit, draw_models

    contents = comparison_contents(found.comparison) | (quick_contents(found.quick) if found.quick else _contents(found.results))
    models = {} if found.comparison is None else {f"models.{figure_format}": partial(draw_models, found.comparison, look=look)}
    text = NO_FILE * ("data" not in found.written) + configuration_text(repeated(found.written, found.results[0]))
    write_directory(
        target,
        {
            "fit.json": lambda path: write_json(contents, path),
            "fit.csv": lambda path: write_csv(columns_of(found.results), path),
            f"fit.{figure_format}": lambda path: draw_fit(found.results, path, look),
            "fit.toml": lambda path: write_text(text, path),
            **{
                f"posterior{'' if len(found.posteriors) == 1 else number}.nc": partial(_write_tree, one.tree)
                for number, one in enumerate(found.posteriors, 1)
                if not one.refused
            },
            **models,
        },
    )
    return found, target


def _write_tree(tree: Any, path: Path) -> None:
    tree.to_netcdf(path, engine="h5netcdf")


def _contents(results: Sequence[FitResult]) -> dict[str, Any]:
    """fit.json: the first result, and all where there are several."""
    found = [one.as_dict() for one in results]
    return found[0] if len(found) == 1 else found[0] | {"curves": found}
