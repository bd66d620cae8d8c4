"""What the datasets of simulations hold, with units, and the attributes of all: everything needed to repeat the run."""

import functools
import json
import platform
from importlib.metadata import version
from typing import Any

import numpy as np
import tomli_w

from .._version import __version__
from ..observables.table import OBSERVABLES
from ..simulation.run import Simulation
from .netcdf import Contents, Variable, noted


def configuration_text(written: dict[str, Any]) -> str:
    """A configuration as TOML."""
    return tomli_w.dumps(written)


def simulation_contents(simulation: Simulation) -> Contents:
    """What a simulation's dataset and its file hold."""
    curve, checked = simulation.curve, simulation.checked
    B = np.asarray(curve.field.B)
    at = simulation.checked_index
    suffix, how = ("", "") if simulation.check is None else (simulation.check.column, simulation.check.check)

    def on_sweep(values: Any, unit: str, meaning: str) -> Variable:
        return noted(("B",) if np.ndim(values) == 1 else ("B", "component"), values, unit, meaning)

    def at_points(values: Any, unit: str, meaning: str) -> Variable:
        values = np.asarray(values)
        full = np.full((B.size, *values.shape[1:]), np.nan)
        full[at] = values
        return on_sweep(full, unit, f"{meaning} ({how}; NaN where not solved)")

    # On a lateral channel currents are those of the whole injector.
    density = "" if curve.device.is_nonlocal else " density"

    def area(unit: str) -> str:
        return f"{unit} m-2" if density else unit

    parts = {
        "Delta_V_spin": ("Delta_V_spin", "V", "its part from the spin accumulation"),
        "Delta_V_heat": ("Delta_V_heat", "V", "its part from the spin heat accumulation"),
        "Delta_mu_over_e_vector": ("u", "V", "spin accumulation"),
        "Delta_T_s_vector": ("T", "K", "spin heat accumulation"),
    }
    variables = {
        "Delta_V_Hanle": on_sweep(curve.Delta_V_Hanle, "V", "Hanle signal, Eq. (6)"),
        **{name: on_sweep(getattr(curve, attribute), *rest) for name, (attribute, *rest) in parts.items()},
        "Delta_mu_over_e": on_sweep(curve.Delta_mu_over_e, "V", "spin accumulation along the magnetisation"),
        "Delta_T_s": on_sweep(curve.Delta_T_s, "K", "spin heat accumulation along the magnetisation"),
        "V": on_sweep(_spread(np.nan if simulation.configuration.is_open else curve.V, B), "V", "voltage across the junction"),
        "I": on_sweep(_spread(curve.I, B), area("A"), "charge current" + density),
        "I_s": on_sweep(curve.I_s, area("A"), "spin current" + density),
        "I_Q": on_sweep(_spread(curve.I_Q, B), area("W"), "heat current" + density),
        "I_Qs": on_sweep(curve.I_Qs, area("W"), "spin heat current" + density),
    }
    if simulation.two_lorentzians is not None:
        approximate = np.broadcast_to(simulation.two_lorentzians, B.shape)
        variables["Delta_V_two_lorentzians"] = on_sweep(approximate, "V", "two Lorentzians with the amplitudes of Eq. (14)")
    if curve.device.is_nonlocal:
        variables["R_nl"] = on_sweep(_spread(curve.R_nl, B), "ohm", "nonlocal resistance")
        variables["Delta_mu_over_e_vector_injector"] = on_sweep(curve.u_injector, "V", "spin accumulation at the injector")
        variables["Delta_T_s_vector_injector"] = on_sweep(curve.T_injector, "K", "spin heat accumulation at the injector")
    if checked is not None:
        both = {"Delta_V_Hanle": ("Delta_V_Hanle", "V", "Hanle signal"), **parts}
        variables |= {f"{name}_{suffix}": at_points(getattr(checked, attribute), *rest) for name, (attribute, *rest) in both.items()}
    for one in (OBSERVABLES["hwhm"], OBSERVABLES["tau_apparent"]):
        found = simulation.summary[f"{one.name}_{one.unit}"]
        variables[one.name] = noted((), np.nan if found is None else found, one.unit, one.meaning)
    coordinates: dict[str, Variable] = {"B": on_sweep(B, "T", "magnetic field"), "component": (("component",), list("xyz"), {})}
    if np.ndim(curve.field.direction) > 1:
        variables["B_vector"] = on_sweep(curve.field.vectors, "T", "applied field")
    notes = attributes("simulate", simulation.written, method=simulation.method.name, summary=simulation.summary)
    return Contents(variables, coordinates, notes)


def _spread(values: Any, B: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.asarray(values), B.shape)


@functools.cache
def _versions() -> dict[str, str]:
    return {f"{package}_version": version(package) for package in ("jax", "diffrax", "numpy", "xarray")}


def statements(command: str, ids: list[str], texts: dict[str, list[str]], **more: Any) -> Contents:
    """Texts by name over the dimension `claim`, as `claims` and `reproduce` give them."""
    each = ("claim",)
    return Contents({name: (each, column, {}) for name, column in texts.items()}, {"claim": (each, ids, {})}, attributes(command, **more))


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
