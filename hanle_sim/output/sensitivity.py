"""The files of a sensitivity analysis."""

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np

from .._version import __version__
from ..model.parameters import Parameter
from ..sensitivity_analysis.jacobian import Sensitivity
from ..sensitivity_analysis.report import Report
from ..simulation.summary import without_nan
from .dataset import Contents, attributes, configuration_text, write_netcdf
from .drawing import save
from .look import DEFAULT, Look
from .sensitivity_figures import bounds_figure, channels_figure, sensitivity_figure, sobol_figure
from .store import write_directory

#: Derivatives below this share of the largest are rounding.
_ROUNDING = 1e-13


def write_report(report: Report, out: Path, figure_format: str, look: Look = DEFAULT) -> None:
    """Write sensitivity.csv, .nc, .json and the figures into `out`, whole or not at all; what wasn't asked for is left out."""
    result, parameters = report.result, report.result.parameters
    writers: dict[str, Any] = {
        "sensitivity.csv": functools.partial(_write_csv, result.B, result.exact.jacobian, parameters),
        "sensitivity.nc": lambda path: write_netcdf(_contents(report), path),
        "sensitivity.json": _json_writer(summary_of(report)),
        "config.toml": lambda path: path.write_text(configuration_text(report.written), encoding="utf-8"),
        f"sensitivity.{figure_format}": lambda path: save(sensitivity_figure(result, look), path),
    }
    if result.lorentzian is not None:
        writers["sensitivity_lorentzian.csv"] = functools.partial(_write_csv, result.B, result.lorentzian.jacobian, parameters)
    for name, second in report.second.items():
        writers[f"sensitivity_second_{name}.csv"] = functools.partial(_write_csv, result.B, second, parameters)
    if report.measured.identified is not None:
        writers["identifiability.json"] = _json_writer(identifiability_of(report))
        writers[f"identifiability.{figure_format}"] = lambda path: save(bounds_figure(report, look), path)
    if report.sobol:
        writers[f"sobol.{figure_format}"] = lambda path: save(sobol_figure(report, look), path)
    if report.measured.map is not None:
        writers[f"two_channels.{figure_format}"] = lambda path: save(channels_figure(report, look), path)
    write_directory(out, writers)


def _json_writer(content: dict[str, Any]) -> Any:
    text = json.dumps(without_nan(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return lambda path: path.write_text(text, encoding="utf-8")


def _write_csv(B: np.ndarray, columns: np.ndarray, parameters: list[Parameter], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(["B_T", *(parameter.name for parameter in parameters)]) + "\n")
        for field, row in zip(B.tolist(), columns, strict=True):
            file.write(",".join(map(repr, [field, *row.tolist()])) + "\n")


def _contents(report: Report) -> Contents:
    """What sensitivity.nc holds, over the dimensions B and parameter, which are coordinates: sel(parameter="tau_s") finds a column."""
    result = report.result
    sweep, each = ("B", "parameter"), ("parameter",)
    variables: dict[str, tuple[tuple[str, ...], np.ndarray, str, str]] = {
        "B": (("B",), result.B, "T", "magnetic field"),
        "value": (each, result.model.values, "", "the parameter, in SI"),
    }
    curves = [("", result.exact, "exact"), ("_lorentzian", result.lorentzian, "two Lorentzians, Eq. (14)")]
    for ending, curve, what in curves:
        if curve is not None:
            elasticities = curve.elasticities(result.parameters)
            variables[f"Delta_V_Hanle{ending}"] = (("B",), curve.signal, "V", f"Hanle signal, {what}")
            variables[f"sensitivity{ending}"] = (sweep, curve.jacobian, "V per SI unit of the parameter", f"its derivative, {what}")
            variables[f"elasticity{ending}"] = (sweep, elasticities, "", f"its derivative ∂ln|ΔV|/∂ln|θ|, {what}")
    if result.angle is not None:
        variables["theta"] = (("B",), result.angle, "rad", "angle between field and magnetisation")
    if result.model.setup.field.direction.ndim > 1:
        variables["B_vector"] = (("B", "component"), np.asarray(result.model.setup.field.vectors), "T", "applied field")
    for name, second in report.second.items():
        unit = f"V per SI units of the parameter and of {name}"
        variables[f"second_{name}"] = (sweep, second, unit, f"second derivative, by the parameter and {name}")
    for one in report.observables:
        unit = f"{one.unit or '1'} per SI unit of the parameter"
        variables[f"gradient_{one.name}"] = (each, one.gradient, unit, f"derivative of {one.name}")
    if (chart := report.measured.map) is not None:
        variables["alpha"] = (("alpha",), chart.alpha, "", "r_s/(L_0 T_0 r_Q)")
        variables["ratio"] = (("ratio",), chart.ratio, "", "P_L S/(P_G √L_0)")
        meaning = "largest noise of a point at which spin heat shows"
        variables["two_channels_noise"] = (("ratio", "alpha"), chart.noise, "of the peak", meaning)
    words: dict[str, tuple[tuple[str, ...], Any, dict[str, str]]] = {
        "parameter": (each, [one.name for one in result.parameters], {}),
        "parameter_unit": (each, [one.unit for one in result.parameters], {}),
    }
    if "B_vector" in variables:
        words["component"] = (("component",), ["x", "y", "z"], {})
    more = {"summary": without_nan(summary_of(report))}
    if report.measured.identified is not None:
        more["identifiability"] = without_nan(identifiability_of(report))
    noted = {
        name: (dimensions, values, {"units": unit, "long_name": meaning}) for name, (dimensions, values, unit, meaning) in variables.items()
    }
    return Contents(noted, words, attributes("sensitivity", report.written, **more))


def compared_rows(report: Report) -> list[dict[str, Any]]:
    """For every parameter, how strongly it acts, and where and by how much the Lorentzian approximation's derivative parts from it."""
    result, rows = report.result, []
    peak = float(np.max(np.abs(result.exact.signal))) or 1.0
    rounding = _ROUNDING * np.max(np.abs(result.exact.jacobian * result.model.scales)) / peak
    for k, parameter in enumerate(result.parameters):
        exact = result.exact.jacobian[:, k] * parameter.scale / peak
        row: dict[str, Any] = {
            "name": parameter.name,
            "value": parameter.value,
            "unit": parameter.unit,
            "largest": float(exact[np.argmax(np.abs(exact))]) if np.max(np.abs(exact)) > rounding else 0.0,
            **_place("largest_at", result, int(np.argmax(np.abs(exact)))),
            "lorentzian_off": None,
            **_place("lorentzian_off_at", result, None),
            **_place("sign_differs_from", result, None),
        }
        if result.lorentzian is not None:
            other = result.lorentzian.jacobian[:, k] * parameter.scale / peak
            off = np.abs(other - exact)
            row["lorentzian_off"] = float(np.max(off)) if np.max(off) > rounding else 0.0
            row |= _place("lorentzian_off_at", result, int(np.argmax(off)))
            # A sign counts where both say more than a thousandth of the larger.
            counts = np.minimum(np.abs(exact), np.abs(other)) > max(1e-3 * max(np.max(np.abs(exact)), np.max(np.abs(other))), rounding)
            differs = np.flatnonzero(counts & (np.sign(exact) != np.sign(other)))
            if differs.size:
                first = int(differs[np.argmin(np.abs(result.B[differs]))])
                row |= _place("sign_differs_from", result, first) | {"sign_differs_from_T": float(np.abs(result.B[first]))}
        rows.append(row)
    return rows


def _place(key: str, result: Sensitivity, index: int | None) -> dict[str, float | None]:
    """Where in the sweep something is: the field, and where that turns its angle."""
    found = {f"{key}_T": None if index is None else float(result.B[index])}
    if result.angle is not None:
        found[f"{key}_rad"] = None if index is None else float(result.angle[index])
    return found


def summary_of(report: Report) -> dict[str, Any]:
    """What sensitivity.json holds."""
    result = report.result
    names = [parameter.name for parameter in result.parameters]
    return {
        "name": result.model.configuration.name,
        "method": result.model.method,
        "parameters": compared_rows(report),
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
        if report.measured.two_channels is None
        else {
            "misfit_V": report.measured.two_channels.misfit,
            "one_channel_tau_s": report.measured.two_channels.tau,
            "noise_V": report.measured.two_channels.noise,
            "points": report.measured.two_channels.points,
        },
    }
