"""`compare`: devices side by side, normalised, with what each model would read off their lines."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..configuration import Settings, Source
from ..output.look import DEFAULT, Look
from ..runtime import Progress
from ..simulation.comparison import compared

if TYPE_CHECKING:
    import xarray


def compare(*configs: Source | Sequence[Source], settings: Settings = ()) -> "xarray.Dataset":
    """Devices side by side, over the dimension `device`; their sweeps end to end over `point`.

    Arguments:
        configs: paths, presets' names, or dicts; or one list of them.
        settings: changes to all of them: "KEY=VALUE", several of these, or a dict of values by key.

    Raises:
        ConfigurationError (a ValueError): a configuration that can't be used, or whose field turns along its sweep.

    Example:
        >>> from hanle_sim import compare
        >>> lines = compare("fig2", "diffusive", settings={"points": 3})
        >>> lines["tail_exponent"].values.round(2)  # a Lorentzian, and spin diffusion
        array([-2. , -0.5])
    """
    from ..output.comparison import contents_of
    from ..output.netcdf import dataset_of

    given: Any = configs[0] if len(configs) == 1 and isinstance(configs[0], list | tuple) else configs
    return dataset_of(contents_of(compared(given, settings)))


def compare_and_write(
    configs: Sequence[Source], out: Path | None, *, settings: Settings, figure_format: str, progress: Progress, look: Look = DEFAULT
) -> tuple[list[dict[str, Any]], Path]:
    """Compare and write compare.csv, compare.json and the figure; returns the table's rows and the directory."""
    from ..output.store import target_of

    target = target_of(out, "compare")
    found = compared(configs, settings, progress)
    from ..output.comparison import write_comparison

    write_comparison(found, target, figure_format, look)
    return [each.row for each in found], target
