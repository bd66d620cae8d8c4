"""The dataset and the files of the paper's numbers, recomputed."""

import functools
import json
from pathlib import Path

from ..paper.reproduction import Claim
from ..simulation.run import Simulation
from .dataset import statements
from .drawing import save
from .files import markdown_table, write_json, write_text
from .look import DEFAULT, Look
from .netcdf import Contents
from .simulation import figure_of
from .store import write_directory

_HEADING = """# Phys. Rev. Lett. 112, 056602, recomputed

Vera-Marun, van Wees, Jansen, "Spin heat accumulation induced by tunneling from a ferromagnet". Written by `hanle reproduce`.

"""

_COLUMNS = ("what", "printed", "computed", "verdict")


def contents_of(found: list[Claim]) -> Contents:
    """What the dataset holds: texts over the dimension `claim`, numbers as JSON."""
    texts = {name: [getattr(claim, name) for claim in found] for name in _COLUMNS}
    return statements("reproduce", [claim.id for claim in found], {**texts, "values": [json.dumps(claim.values) for claim in found]})


def write_reproduction(found: list[Claim], fig2: Simulation, out: Path, figure_format: str, look: Look = DEFAULT) -> None:
    """Write the table in Markdown and JSON, and Fig. 2, into `out`, whole or not at all."""
    figure = figure_of(fig2, look)
    write_directory(
        out,
        {
            "reproduce.md": functools.partial(write_text, markdown(found, figure_format)),
            "reproduce.json": functools.partial(write_json, [claim._asdict() for claim in found]),
            f"fig2.{figure_format}": functools.partial(save, figure),
        },
    )


def markdown(found: list[Claim], figure_format: str = "png") -> str:
    """The claims as a Markdown table."""
    table = markdown_table(_COLUMNS, [[getattr(claim, name) for name in _COLUMNS] for claim in found])
    return f"{_HEADING}{table}\n\n![Fig. 2](fig2.{figure_format})\n"
