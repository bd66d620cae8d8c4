"""`reproduce`: the paper's numbers, recomputed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..configuration import ConfigurationError, Source
from ..output.look import DEFAULT, Look
from ..paper.reproduction import claims
from ..runtime import Progress
from ..simulation.run import run_simulation
from ..text import toml_of

if TYPE_CHECKING:
    import xarray


def reproduce(config: Source | None = None) -> "xarray.Dataset":
    """Printed, computed and verdict of everything quantitative in the paper, over the dimension `claim`.

    Arguments:
        config: taken for uniformity with the other commands; what is reproduced is the paper, so only None or "fig2".

    Raises:
        ConfigurationError (a ValueError): another configuration.

    Example:
        >>> from hanle_sim import reproduce
        >>> reproduce()["verdict"].sel(claim="fig2_amplitudes").item()
        'agrees'
    """
    from ..output.netcdf import dataset_of
    from ..output.reproduction import contents_of

    if config is not None and not (isinstance(config, str) and config == "fig2"):
        raise ConfigurationError(f"reproduce {toml_of(config)}: takes no configuration: the paper's numbers are its own")
    return dataset_of(contents_of(claims()))


def reproduce_and_write(
    out: Path | None, figure_format: str, progress: Progress, look: Look = DEFAULT
) -> tuple[list[dict[str, Any]], Path]:
    """Recompute and write Fig. 2 and the table in Markdown and JSON; returns the rows and the directory."""
    from ..output.store import target_of

    target = target_of(out, "reproduce")
    from ..output.reproduction import write_reproduction

    found = claims()
    write_reproduction(found, run_simulation("fig2", progress=progress), target, figure_format, look)
    return [claim._asdict() for claim in found], target
