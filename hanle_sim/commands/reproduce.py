"""`reproduce`: the paper's numbers, recomputed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..configuration import Source
from ..output.look import DEFAULT, Look
from ..paper.reproduction import Claim, claims
from ..runtime import Progress

if TYPE_CHECKING:
    import xarray

_HEADING = """# Phys. Rev. Lett. 112, 056602, recomputed

Vera-Marun, van Wees, Jansen, "Spin heat accumulation induced by tunneling from a ferromagnet". Written by `hanle reproduce`.

"""


def reproduce(config: Source | None = None) -> "xarray.Dataset":
    """Printed, computed and verdict of everything quantitative in the paper, over the dimension `claim`.

    Arguments:
        config: taken for uniformity with the other commands; what is reproduced is the paper, so only None or "fig2".

    Raises:
        ConfigurationError (a ValueError): another configuration.
    """
    import xarray as xr

    from ..configuration import ConfigurationError
    from ..output.dataset import attributes
    from ..text import toml_of

    if config is not None and not (isinstance(config, str) and config == "fig2"):
        raise ConfigurationError(f"reproduce {toml_of(config)}: takes no configuration: the paper's numbers are its own")
    found = claims()
    texts = {name: ("claim", [getattr(claim, name) for claim in found]) for name in ("what", "printed", "computed", "verdict")}
    values = ("claim", [json.dumps(claim.values) for claim in found])
    return xr.Dataset({**texts, "values": values}, {"claim": [claim.id for claim in found]}, attributes("reproduce"))


def reproduce_and_write(
    out: Path | None, figure_format: str, progress: Progress, look: Look = DEFAULT
) -> tuple[list[dict[str, Any]], Path]:
    """Recompute and write Fig. 2 and the table in Markdown and JSON; returns the rows and the directory."""
    from ..output.store import check_target, write_directory

    target = Path("hanle-out", "reproduce") if out is None else out
    check_target(target)
    from ..output.drawing import save
    from ..output.simulation import figure_of
    from ..simulation.run import run_simulation

    found = claims()
    figure = figure_of(run_simulation("fig2", progress=progress), look)
    rows = [claim._asdict() for claim in found]
    write_directory(
        target,
        {
            "reproduce.md": lambda path: path.write_text(markdown(found, figure_format), encoding="utf-8"),
            "reproduce.json": lambda path: path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"),
            f"fig2.{figure_format}": lambda path: save(figure, path),
        },
    )
    return rows, target


def markdown(found: list[Claim], figure_format: str = "png") -> str:
    """The claims as a Markdown table."""

    def cell(text: str) -> str:
        return text.replace("|", "\\|")

    lines = ["| what | printed | computed | verdict |", "|---|---|---|---|"]
    lines += [f"| {cell(claim.what)} | {cell(claim.printed)} | {cell(claim.computed)} | {cell(claim.verdict)} |" for claim in found]
    return _HEADING + "\n".join(lines) + f"\n\n![Fig. 2](fig2.{figure_format})\n"
