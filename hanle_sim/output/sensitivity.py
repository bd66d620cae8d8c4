"""The files of a sensitivity analysis."""

import functools
from pathlib import Path
from typing import Any

import numpy as np

from .._version import __version__
from ..sensitivity_analysis.lorentzian_errors import compared_rows
from ..sensitivity_analysis.report import Report
from ..simulation.summary import without_nan
from .dataset import attributes, configuration_text
from .drawing import save
from .files import write_csv, write_json, write_text
from .look import DEFAULT, Look
from .netcdf import Contents, Variable, noted, write_netcdf
from .sensitivity_figures import bounds_figure, channels_figure, sensitivity_figure, sobol_figure
from .store import write_directory


def write_report(report: Report, out: Path, figure_format: str, look: Look = DEFAULT) -> None:
    """Write sensitivity.csv, .nc, .json and the figures into `out`, whole or not at all; what was not requested is left out."""
    result = report.result
    names = [parameter.name for parameter in result.parameters]

    def csv(derivatives: np.ndarray) -> Any:
        return functools.partial(write_csv, {"B_T": result.B, **dict(zip(names, np.asarray(derivatives).T, strict=True))})

    writers: dict[str, Any] = {
        "sensitivity.csv": csv(result.exact.jacobian),
        "sensitivity.nc": lambda path: write_netcdf(_contents(report), path),
        "sensitivity.json": functools.partial(write_json, without_nan(summary_of(report))),
        "config.toml": functools.partial(write_text, configuration_text(report.written)),
        f"sensitivity.{figure_format}": lambda path: save(sensitivity_figure(result, look), path),
    }
    if result.lorentzian is not None:
        writers["sensitivity_lorentzian.csv"] = csv(result.lorentzian.jacobian)
    writers |= {f"sensitivity_second_{name}.csv": csv(second) for name, second in report.second.items()}
    if report.measured.identified is not None:
        writers["identifiability.json"] = functools.partial(write_json, without_nan(identifiability_of(report)))
        writers[f"identifiability.{figure_format}"] = lambda path: save(bounds_figure(report, look), path)
    if report.sobol:
        writers[f"sobol.{figure_format}"] = lambda path: save(sobol_figure(report, look), path)
    if report.measured.map is not None:
        writers[f"two_channels.{figure_format}"] = lambda path: save(channels_figure(report, look), path)
    write_directory(out, writers)


def _contents(report: Report) -> Contents:
    """What sensitivity.nc holds, over the dimensions B and parameter, which are coordinates: sel(parameter="tau_s") finds a column."""
    result = report.result
    sweep, each = ("B", "parameter"), ("parameter",)
    variables = {
        "B": noted(("B",), result.B, "T", "magnetic field"),
        "value": noted(each, result.model.values, "", "the parameter, in SI"),
    }
    curves = [("", result.exact, "exact"), ("_lorentzian", result.lorentzian, "two Lorentzians, Eq. (14)")]
    for ending, curve, what in curves:
        if curve is not None:
            elasticities, unit = curve.elasticities(result.parameters), "V per SI unit of the parameter"
            variables[f"Delta_V_Hanle{ending}"] = noted(("B",), curve.signal, "V", f"Hanle signal, {what}")
            variables[f"sensitivity{ending}"] = noted(sweep, curve.jacobian, unit, f"its derivative, {what}")
            variables[f"elasticity{ending}"] = noted(sweep, elasticities, "", f"its derivative ∂ln|ΔV|/∂ln|θ|, {what}")
    if result.angle is not None:
        variables["theta"] = noted(("B",), result.angle, "rad", "angle between field and magnetisation")
    if result.model.setup.field.direction.ndim > 1:
        variables["B_vector"] = noted(("B", "component"), np.asarray(result.model.setup.field.vectors), "T", "applied field")
    for name, second in report.second.items():
        unit = f"V per SI units of the parameter and of {name}"
        variables[f"second_{name}"] = noted(sweep, second, unit, f"second derivative, by the parameter and {name}")
    variables |= {
        f"gradient_{one.name}": noted(each, one.gradient, f"{one.unit or '1'} per SI unit of the parameter", f"derivative of {one.name}")
        for one in report.observables
    }
    if (chart := report.measured.map) is not None:
        variables["alpha"] = noted(("alpha",), chart.alpha, "", "r_s/(L_0 T_0 r_Q)")
        variables["ratio"] = noted(("ratio",), chart.ratio, "", "P_L S/(P_G √L_0)")
        meaning = "largest noise of a point at which spin heat shows"
        variables["two_channels_noise"] = noted(("ratio", "alpha"), chart.noise, "of the peak", meaning)
    coordinates: dict[str, Variable] = {
        "parameter": (each, [one.name for one in result.parameters], {}),
        "parameter_unit": (each, [one.unit for one in result.parameters], {}),
    }
    if "B_vector" in variables:
        coordinates["component"] = (("component",), ["x", "y", "z"], {})
    more = {"summary": without_nan(summary_of(report))}
    if report.measured.identified is not None:
        more["identifiability"] = without_nan(identifiability_of(report))
    return Contents(variables, coordinates, attributes("sensitivity", report.written, **more))


def summary_of(report: Report) -> dict[str, Any]:
    """What sensitivity.json holds."""
    result = report.result
    names = [parameter.name for parameter in result.parameters]
    return {
        "name": result.model.configuration.name,
        "method": result.model.method.name,
        "parameters": compared_rows(result),
        "observables": {
            one.name: {"value": one.value, "unit": one.unit, "gradient": dict(zip(names, one.gradient.tolist(), strict=True))}
            for one in report.observables
        },
        "least_squares_window_T": report.window,
        "checked_by": None if report.checked is None else report.checked[0],
        "check": {} if report.checked is None else report.checked[1],
        "sobol": report.sobol,
        "warnings": result.warnings,
        "hanle_sim": __version__,
    }


def identifiability_of(report: Report) -> dict[str, Any]:
    """What identifiability.json holds; null for what is undetermined."""
    found = report.measured.identified
    assert found is not None
    names = [parameter.name for parameter in found.parameters]
    matrix = {one: dict(zip(names, row.tolist(), strict=True)) for one, row in zip(names, found.correlation, strict=True)}
    return {
        "noise_V": found.noise,
        "points": found.points,
        "crlb": found.crlb,
        "correlation": matrix,
        "combinations": report.measured.combinations,
        "observables": report.measured.observables,
        "sloppy": [{"powers": one.powers, "step": one.step, "text": one.text} for one in found.sloppy],
        "stiff": [{"powers": one.powers, "step": one.step, "text": one.text} for one in found.stiff],
        "where_to_measure": {
            one.name: {"B_T": one.B.tolist(), "weights": one.weights.tolist(), "error": one.error, "uniform_error": one.uniform_error}
            for one in report.measured.designs
        },
        "two_channels": None
        if (result := report.measured.two_channels) is None
        else {"misfit_V": result.misfit, "one_channel_tau_s": result.tau, "noise_V": result.noise, "points": result.points},
    }
