"""Results as xarray Datasets, with units, and everything needed to repeat the run."""

import functools
import json
import platform
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import h5netcdf
import h5py
import numpy as np
import tomli_w

from .._version import __version__
from ..simulation.run import Simulation

if TYPE_CHECKING:
    import xarray

_VECTORS = ("x", "y", "z")


def configuration_text(written: dict[str, Any]) -> str:
    """A configuration as TOML."""
    return tomli_w.dumps(written)


class Contents(NamedTuple):
    """What a dataset holds: variables and coordinates as (dimensions, values, attributes), and the attributes of the whole."""

    variables: dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]]
    coordinates: dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]
    attributes: dict[str, str]


def simulation_dataset(simulation: Simulation) -> "xarray.Dataset":
    """A simulation's curve, contributions, vectors, currents and integrated curve, over the dimension B."""
    import xarray

    return xarray.Dataset(*simulation_contents(simulation))


def write_netcdf(contents: Contents, path: Path) -> None:
    """Write what a dataset holds as NetCDF-4, without the time that importing xarray takes."""
    whole = BytesIO()  # HDF5 crashes the process where a disk fills under it, so it writes to memory
    with h5netcdf.File(whole, "w") as file:
        for name, (dimensions, values, notes) in (contents.coordinates | contents.variables).items():
            array = np.asarray(values)
            dtype = h5py.string_dtype() if array.dtype.kind == "U" else array.dtype
            for dimension, size in zip(dimensions, array.shape, strict=True):
                if dimension not in file.dimensions:
                    file.dimensions[dimension] = size
            variable = file.create_variable(name, dimensions, dtype, data=array.astype(object) if array.dtype.kind == "U" else array)
            variable.attrs.update(notes)
        file.attrs.update(contents.attributes)
    path.write_bytes(whole.getbuffer())


def simulation_contents(simulation: Simulation) -> Contents:
    """What a simulation's dataset and its file hold."""
    curve, checked = simulation.curve, simulation.checked
    B = np.asarray(curve.field.B)
    at = simulation.checked_index
    suffix, how = {
        "integrate": ("integrated", "Bloch equations integrated"),
        "finite_volume": ("finite_volume", "finite volumes"),
    }.get(simulation.check or "", ("", ""))

    def on_sweep(values: Any, unit: str, meaning: str) -> tuple[tuple[str, ...], np.ndarray, dict[str, str]]:
        values = np.asarray(values)
        return (("B",) if values.ndim == 1 else ("B", "component")), values, {"units": unit, "long_name": meaning}

    def at_points(values: Any, unit: str, meaning: str) -> tuple[tuple[str, ...], np.ndarray, dict[str, str]]:
        values = np.asarray(values)
        full = np.full((B.size, *values.shape[1:]), np.nan)
        full[at] = values
        return on_sweep(full, unit, f"{meaning} ({how}; NaN where not solved)")

    # On a lateral channel currents are those of the whole injector.
    density = "" if curve.u_injector is not None else " density"

    def area(unit: str) -> str:
        return f"{unit} m-2" if density else unit

    variables = {
        "Delta_V_Hanle": on_sweep(curve.Delta_V_Hanle, "V", "Hanle signal, Eq. (6)"),
        "Delta_V_spin": on_sweep(curve.Delta_V_spin, "V", "its part from the spin accumulation"),
        "Delta_V_heat": on_sweep(curve.Delta_V_heat, "V", "its part from the spin heat accumulation"),
        "Delta_mu_over_e": on_sweep(curve.Delta_mu_over_e, "V", "spin accumulation along the magnetisation"),
        "Delta_T_s": on_sweep(curve.Delta_T_s, "K", "spin heat accumulation along the magnetisation"),
        "Delta_mu_over_e_vector": on_sweep(curve.u, "V", "spin accumulation"),
        "Delta_T_s_vector": on_sweep(curve.T, "K", "spin heat accumulation"),
        "V": on_sweep(_spread(np.nan if simulation.configuration.is_open else curve.V, B), "V", "voltage across the junction"),
        "I": on_sweep(_spread(curve.I, B), area("A"), "charge current" + density),
        "I_s": on_sweep(curve.I_s, area("A"), "spin current" + density),
        "I_Q": on_sweep(_spread(curve.I_Q, B), area("W"), "heat current" + density),
        "I_Qs": on_sweep(curve.I_Qs, area("W"), "spin heat current" + density),
    }
    if simulation.two_lorentzians is not None:
        approximate = np.broadcast_to(simulation.two_lorentzians, B.shape)
        variables["Delta_V_two_lorentzians"] = on_sweep(approximate, "V", "two Lorentzians with the amplitudes of Eq. (14)")
    if curve.u_injector is not None:
        variables["R_nl"] = on_sweep(_spread(curve.R_nl, B), "ohm", "nonlocal resistance")
        variables["Delta_mu_over_e_vector_injector"] = on_sweep(curve.u_injector, "V", "spin accumulation at the injector")
        variables["Delta_T_s_vector_injector"] = on_sweep(curve.T_injector, "K", "spin heat accumulation at the injector")
    if checked is not None:
        variables |= {
            f"{name}_{suffix}": at_points(values, unit, meaning)
            for name, values, unit, meaning in (
                ("Delta_V_Hanle", checked.Delta_V_Hanle, "V", "Hanle signal"),
                ("Delta_V_spin", checked.Delta_V_spin, "V", "its part from the spin accumulation"),
                ("Delta_V_heat", checked.Delta_V_heat, "V", "its part from the spin heat accumulation"),
                ("Delta_mu_over_e_vector", checked.u, "V", "spin accumulation"),
                ("Delta_T_s_vector", checked.T, "K", "spin heat accumulation"),
            )
        }
    coordinates: dict[str, tuple[tuple[str, ...], Any, dict[str, str]]] = {
        "B": (("B",), B, {"units": "T", "long_name": "magnetic field"}),
        "component": (("component",), list(_VECTORS), {}),
    }
    if np.ndim(curve.field.direction) > 1:
        variables["B_vector"] = on_sweep(curve.field.vectors, "T", "applied field")
    notes = attributes("simulate", simulation.written, method=simulation.method, summary=simulation.summary)
    return Contents(variables, coordinates, notes)


def _spread(values: Any, B: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.asarray(values), B.shape)


@functools.cache
def _versions() -> dict[str, str]:
    return {f"{package}_version": version(package) for package in ("jax", "diffrax", "numpy", "xarray")}


def attributes(command: str, written: dict[str, Any] | None = None, **more: Any) -> dict[str, str]:
    """Attributes of a result: program, versions, configuration."""
    found = {
        "program": "hanle_sim",
        "version": __version__,
        "command": command,
        "precision": "double",
        "python": platform.python_version(),
        **_versions(),
        **{key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for key, value in more.items()},
    }
    return found if written is None else {**found, "config": configuration_text(written)}
