"""The dataset and the files of a comparison."""

import functools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..simulation.comparison import Compared
from .dataset import attributes
from .drawing import save
from .figures import ComparedLine, comparison_figure
from .files import write_csv, write_json
from .look import DEFAULT, Look
from .netcdf import Contents, Variable
from .store import write_directory


def contents_of(found: Sequence[Compared]) -> Contents:
    """What the dataset of a comparison holds: numbers and texts over `device`, the sweeps end to end over `point`."""
    rows, each, point, columns = [one.row for one in found], ("device",), ("point",), _columns(found)
    values = {key: [math.nan if row[key] is None else row[key] for row in rows] for key in rows[0] if key != "name"}
    variables: dict[str, Variable] = {key: (each, column, {}) for key, column in values.items()}
    variables |= {
        "B": (point, columns["B_T"], {"units": "T"}),
        "Delta_V_Hanle": (point, columns["Delta_V_Hanle_V"], {"units": "V"}),
        "normalised": (point, columns["normalised"], {}),
        "device_of_point": (point, columns["name"], {}),
    }
    return Contents(variables, {"device": (each, [row["name"] for row in rows], {})}, attributes("compare"))


def write_comparison(found: Sequence[Compared], out: Path, figure_format: str, look: Look = DEFAULT) -> None:
    """Write compare.csv, compare.json and the figure into `out`, whole or not at all."""
    figure = comparison_figure([ComparedLine(one.row["name"], one.B, one.normalised, one.R_nl) for one in found], look)
    write_directory(
        out,
        {
            "compare.csv": functools.partial(write_csv, _columns(found)),
            "compare.json": functools.partial(write_json, [one.row for one in found]),
            f"compare.{figure_format}": functools.partial(save, figure),
        },
    )


def _columns(found: Sequence[Compared]) -> dict[str, np.ndarray]:
    """The columns of compare.csv."""
    return {
        "name": np.repeat([one.row["name"] for one in found], [one.B.size for one in found]),
        "B_T": np.concatenate([one.B for one in found]),
        "Delta_V_Hanle_V": np.concatenate([one.signal for one in found]),
        "normalised": np.concatenate([one.normalised for one in found]),
    }
