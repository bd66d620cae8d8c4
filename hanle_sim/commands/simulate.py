"""`simulate`: the main job."""

import functools
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..configuration import DEFAULT_PRESET, Settings, Source, read
from ..configuration import check as checked_configuration
from ..output.look import DEFAULT, Look
from ..runtime import Progress
from ..simulation.run import Simulation, run_simulation
from ..solvers import MethodName

if TYPE_CHECKING:
    import xarray


def simulate(
    config: Source = DEFAULT_PRESET, *, settings: Settings = (), method: MethodName | None = None, check: bool = True
) -> "xarray.Dataset":
    """Hanle curve of a configuration, as `hanle simulate` writes it.

    Arguments:
        config: a path, a preset's name, or a dict.
        settings: changes to it: "KEY=VALUE", several of these, or a dict of values by key.
        method: one of `METHODS`; None for the first of "closed", "linear" and "finite_volume" that covers the device.
        check: whether to compare the curve with independent solutions, which takes most of the time; for many devices in a loop
            False, and the summary's `agreement` is null.

    Returns:
        Curve, contributions, vectors, currents and the integrated curve; its attribute `summary` holds the summary as JSON.

    Raises:
        ConfigurationError (a ValueError): a configuration that can't be used.

    Example:
        >>> from hanle_sim import simulate
        >>> result = simulate("fig2", settings={"points": 3}, check=False)
        >>> f"{result['Delta_V_Hanle'].values[1]:.4g} V"  # at B = 0: P_G² r_s I = 6.25e-10 V from Δμ, and half as much from ΔT_s
        '9.375e-10 V'
    """
    from ..output.dataset import simulation_contents
    from ..output.netcdf import dataset_of

    return dataset_of(simulation_contents(run_simulation(config, settings=settings, method=method, check=check)))


def simulate_and_write(
    config: Source, out: Path | None, *, settings: Settings, figure_format: str, progress: Progress, look: Look = DEFAULT, **options: Any
) -> tuple[Simulation, Path]:
    """Simulate and write the result directory; returns the simulation and the directory, `hanle-out/NAME` unless given.

    `options` are those of `run_simulation`.

    Raises:
        ConfigurationError: a configuration that can't be used.
        OutputError: a directory that can't be written, found out before anything is computed.
    """
    from ..output.store import directory_name, target_of

    written = read(config, settings)
    target = target_of(out, directory_name(checked_configuration(written).name))
    drawing = functools.partial(importlib.import_module, "hanle_sim.output.simulation")
    simulation = run_simulation(written, progress=progress, meanwhile=drawing, **options)
    from ..output.simulation import write_simulation

    write_simulation(simulation, target, figure_format, progress, look)
    return simulation, target
