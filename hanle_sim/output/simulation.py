"""The files of a simulation."""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..simulation.run import Simulation
from ..simulation.summary import summary_json
from .dataset import configuration_text, simulation_contents
from .drawing import Figure, save
from .figures import Sweep, hanle_curve_figure
from .files import write_csv, write_text
from .look import DEFAULT, Look
from .netcdf import write_netcdf
from .store import write_directory

#: Columns of curve.csv and where they come from; on a lateral channel the detector's.
COLUMNS = {
    "B_T": None,
    "Delta_V_Hanle_V": "Delta_V_Hanle",
    "Delta_V_spin_V": "Delta_V_spin",
    "Delta_V_heat_V": "Delta_V_heat",
    "Delta_mu_over_e_V": "Delta_mu_over_e",
    "Delta_T_s_K": "Delta_T_s",
}


def columns_of(simulation: Simulation) -> dict[str, np.ndarray]:
    """The columns of curve.csv: those of every device, then the angle or the components of a field that turns, then R_nl."""
    curve, section = simulation.curve, simulation.configuration.field
    B = np.asarray(curve.field.B)
    columns = {name: B if source is None else np.asarray(getattr(curve, source)) for name, source in COLUMNS.items()}
    if section.kind == "angle" and section.theta_start is not None and section.theta_stop is not None:
        columns["theta_rad"] = np.linspace(section.theta_start.value, section.theta_stop.value, B.size)
    if section.kind == "path":
        columns |= {f"B_{axis}_T": np.asarray(curve.field.vectors)[:, k] for k, axis in enumerate("xyz")}
    if simulation.setup.device.is_nonlocal:
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["R_nl_ohm"] = np.broadcast_to(np.asarray(curve.R_nl), B.shape)
    return columns


def write_simulation(
    simulation: Simulation, out: Path, figure_format: str, report: Callable[[str, int, int], None], look: Look = DEFAULT
) -> None:
    """Write curve.csv, curve.nc, summary.json, config.toml and the figure into `out`, whole or not at all."""
    write_directory(
        out,
        {
            "curve.csv": functools.partial(write_csv, columns_of(simulation), report=report),
            "curve.nc": lambda path: write_netcdf(simulation_contents(simulation), path),
            "summary.json": functools.partial(write_text, summary_json(simulation.summary)),
            "config.toml": functools.partial(write_text, configuration_text(simulation.written)),
            f"curve.{figure_format}": lambda path: save(figure_of(simulation, look), path),
        },
    )


def figure_of(simulation: Simulation, look: Look = DEFAULT) -> Figure:
    """The figure of a simulation."""
    curve, checked, summary, kind = simulation.curve, simulation.checked, simulation.summary, simulation.configuration.field.kind
    B = np.asarray(curve.field.B)
    over = columns_of(simulation)["theta_rad"] if kind == "angle" else np.arange(1.0, B.size + 1) if kind == "path" else B
    limit, current = summary["Delta_V_infinity_V"] or 0.0, simulation.setup.device.nonlocal_current
    return hanle_curve_figure(
        name=simulation.configuration.name,
        sweep=Sweep(over, "magnitude" if kind == "values" else kind),
        total=np.asarray(curve.Delta_V_Hanle),
        spin=np.asarray(curve.Delta_V_spin),
        heat=np.asarray(curve.Delta_V_heat),
        checked_index=simulation.checked_index,
        checked=None if checked is None else np.asarray(checked.Delta_V_Hanle),
        check="" if simulation.check is None else f"check: {simulation.check.check}",
        two_lorentzians=simulation.two_lorentzians,
        hwhm=summary["hwhm_T"],
        half_level=(summary["Delta_V_0_V"] + limit) / 2,
        current=float(current) if current else None,
        look=look,
    )
