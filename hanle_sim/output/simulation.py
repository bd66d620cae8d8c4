"""The files of a simulation."""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..simulation import Simulation, half_level, summary_json
from .dataset import configuration_text, write_simulation_netcdf
from .figures import Figure, hanle_curve_figure, save
from .store import write_directory

_ROWS = 2**18

#: Columns of curve.csv and where they come from.
COLUMNS = {
    "B_T": None,
    "Delta_V_Hanle_V": "Delta_V_Hanle",
    "Delta_V_spin_V": "Delta_V_spin",
    "Delta_V_heat_V": "Delta_V_heat",
    "Delta_mu_over_e_V": "Delta_mu_over_e",
    "Delta_T_s_K": "Delta_T_s",
}


def write_simulation(simulation: Simulation, out: Path, figure_format: str, report: Callable[[str, int, int], None]) -> None:
    """Write curve.csv, curve.nc, summary.json, config.toml and the figure into `out`, whole or not at all."""
    write_directory(
        out,
        {
            "curve.csv": functools.partial(_write_csv, simulation, report),
            "curve.nc": functools.partial(write_simulation_netcdf, simulation),
            "summary.json": lambda path: path.write_text(summary_json(simulation.summary), encoding="utf-8"),
            "config.toml": lambda path: path.write_text(configuration_text(simulation.written), encoding="utf-8"),
            f"curve.{figure_format}": lambda path: save(figure_of(simulation), path),
        },
    )


def figure_of(simulation: Simulation) -> Figure:
    """The figure of a simulation."""
    curve, integrated = simulation.curve, simulation.integrated
    return hanle_curve_figure(
        name=simulation.configuration.name,
        B=np.asarray(curve.field.B),
        total=curve.Delta_V_Hanle,
        spin=curve.Delta_V_spin,
        heat=curve.Delta_V_heat,
        integrated_B=np.asarray(integrated.field.B),
        integrated=integrated.Delta_V_Hanle,
        two_lorentzians=simulation.two_lorentzians,
        hwhm=simulation.summary["hwhm_T"],
        half_level=half_level(simulation),
    )


def _write_csv(simulation: Simulation, report: Callable[[str, int, int], None], path: Path) -> None:
    curve = simulation.curve
    B = np.asarray(curve.field.B)
    columns = [B if name is None else np.asarray(getattr(curve, name)) for name in COLUMNS.values()]
    with path.open("w", encoding="ascii", newline="") as file:
        file.write(",".join(COLUMNS) + "\n")
        for start in range(0, B.size, _ROWS):
            rows = zip(*(column[start : start + _ROWS].tolist() for column in columns), strict=True)
            file.writelines(",".join(map(repr, row)) + "\n" for row in rows)
            report("writing curve.csv", min(start + _ROWS, B.size), B.size)
