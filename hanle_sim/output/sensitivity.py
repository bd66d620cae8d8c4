"""The files of a sensitivity analysis, and its tables."""

import functools
import json
import math
from pathlib import Path
from typing import Any

import h5netcdf
import h5py
import numpy as np
from rich.box import ROUNDED
from rich.table import Table

from .._version import __version__
from ..commands.sensitivity import Report
from ..sensitivity.model import Curve
from ..sensitivity.parameters import Parameter
from ..summary import without_nan
from .dataset import attributes, configuration_text
from .figures import save
from .sensitivity_figures import bounds_figure, channels_figure, sensitivity_figure, sobol_figure
from .store import write_directory
from .tables import si

#: Derivatives below this share of the largest are rounding.
_ROUNDING = 1e-13


def write_report(report: Report, out: Path, figure_format: str) -> None:
    """Write sensitivity.csv, .nc, .json and the figures into `out`, whole or not at all; what wasn't asked for is left out."""
    result, parameters = report.result, report.result.parameters
    writers: dict[str, Any] = {
        "sensitivity.csv": functools.partial(_write_csv, result.B, result.exact.jacobian, parameters),
        "sensitivity.nc": functools.partial(_write_netcdf, report),
        "sensitivity.json": _json_writer(summary_of(report)),
        "config.toml": lambda path: path.write_text(configuration_text(report.written), encoding="utf-8"),
        f"sensitivity.{figure_format}": lambda path: save(sensitivity_figure(result), path),
    }
    if result.lorentzian is not None:
        writers["sensitivity_lorentzian.csv"] = functools.partial(_write_csv, result.B, result.lorentzian.jacobian, parameters)
    for name, second in report.second.items():
        writers[f"sensitivity_second_{name}.csv"] = functools.partial(_write_csv, result.B, second, parameters)
    if report.measured.identified is not None:
        writers["identifiability.json"] = _json_writer(identifiability_of(report))
        writers[f"identifiability.{figure_format}"] = lambda path: save(bounds_figure(report), path)
    if report.sobol:
        writers[f"sobol.{figure_format}"] = lambda path: save(sobol_figure(report), path)
    if report.measured.map is not None:
        writers[f"two_channels.{figure_format}"] = lambda path: save(channels_figure(report), path)
    write_directory(out, writers)


def _json_writer(content: dict[str, Any]) -> Any:
    text = json.dumps(without_nan(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return lambda path: path.write_text(text, encoding="utf-8")


def _write_csv(B: np.ndarray, columns: np.ndarray, parameters: list[Parameter], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(["B_T", *(parameter.name for parameter in parameters)]) + "\n")
        for field, row in zip(B.tolist(), columns, strict=True):
            file.write(",".join(map(repr, [field, *row.tolist()])) + "\n")


def _write_netcdf(report: Report, path: Path) -> None:
    result = report.result
    variables: dict[str, tuple[tuple[str, ...], np.ndarray, str]] = {
        "B": (("point",), result.B, "T"),
        "value": (("parameter",), result.model.values, ""),
    }
    curves: list[tuple[str, Curve | None]] = [("", result.exact), ("_lorentzian", result.lorentzian)]
    for ending, curve in curves:
        if curve is not None:
            variables[f"Delta_V_Hanle{ending}"] = (("point",), curve.signal, "V")
            variables[f"sensitivity{ending}"] = (("point", "parameter"), curve.jacobian, "V per SI unit of the parameter")
            variables[f"elasticity{ending}"] = (("point", "parameter"), curve.elasticities(result.parameters), "")
    if result.model.setup.field.direction.ndim > 1:
        variables["B_vector"] = (("point", "component"), np.asarray(result.model.setup.field.vectors), "T")
    for name, second in report.second.items():
        variables[f"second_{name}"] = (("point", "parameter"), second, f"V per SI units of the parameter and of {name}")
    for one in report.observables:
        variables[f"gradient_{one.name}"] = (("parameter",), one.gradient, f"{one.unit or '1'} per SI unit of the parameter")
    if report.measured.map is not None:
        variables["alpha"] = (("alpha",), report.measured.map.alpha, "")
        variables["ratio"] = (("ratio",), report.measured.map.ratio, "")
        variables["two_channels_noise"] = (("ratio", "alpha"), report.measured.map.noise, "of the peak")
    with h5netcdf.File(path, "w") as file:
        for name, (dimensions, values, unit) in variables.items():
            for dimension, size in zip(dimensions, values.shape, strict=True):
                if dimension not in file.dimensions:
                    file.dimensions[dimension] = size
            file.create_variable(name, dimensions, values.dtype, data=values).attrs["units"] = unit
        for key in ("name", "unit"):
            texts = np.array([getattr(parameter, key) for parameter in result.parameters], dtype=object)
            file.create_variable(f"parameter_{key}", ("parameter",), h5py.string_dtype(), data=texts)
        more = {"summary": without_nan(summary_of(report))}
        if report.measured.identified is not None:
            more["identifiability"] = without_nan(identifiability_of(report))
        for key, text in attributes("sensitivity", report.written, **more).items():
            file.attrs[key] = text


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
            "largest_at_T": float(result.B[np.argmax(np.abs(exact))]),
            "lorentzian_off": None,
            "lorentzian_off_at_T": None,
            "sign_differs_from_T": None,
        }
        if result.lorentzian is not None:
            other = result.lorentzian.jacobian[:, k] * parameter.scale / peak
            off = np.abs(other - exact)
            row["lorentzian_off"] = float(np.max(off)) if np.max(off) > rounding else 0.0
            row["lorentzian_off_at_T"] = float(result.B[np.argmax(off)])
            # A sign counts where both say more than a thousandth of the larger.
            counts = np.minimum(np.abs(exact), np.abs(other)) > max(1e-3 * max(np.max(np.abs(exact)), np.max(np.abs(other))), rounding)
            differs = np.flatnonzero(counts & (np.sign(exact) != np.sign(other)))
            if differs.size:
                row["sign_differs_from_T"] = float(np.min(np.abs(result.B[differs])))
        rows.append(row)
    return rows


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
        if report.measured.told is None
        else {
            "misfit_V": report.measured.told.misfit,
            "one_channel_tau_s": report.measured.told.tau,
            "noise_V": report.measured.told.noise,
            "points": report.measured.told.points,
        },
    }


def _short(number: float) -> str:
    """A number in seven characters."""
    return "0" if number == 0 else f"{number:.3g}" if 1e-3 <= abs(number) < 1e4 else f"{number:.1e}"


def sensitivity_table(report: Report) -> Table:
    """By parameter: how strongly it acts, and the Lorentzian approximation beside it."""
    table = Table(title=f"{report.result.model.configuration.name}: ∂ΔV/∂ ln θ over the peak", title_justify="left", box=ROUNDED)
    table.add_column("parameter", overflow="fold")
    has_other = report.result.lorentzian is not None
    for heading in ("value", "largest", "at B", *(("Eq. (14)\noff by", "at B", "other\nsign at") if has_other else ())):
        table.add_column(heading, justify="right")
    for row in compared_rows(report):
        differs, off = row["sign_differs_from_T"], row["lorentzian_off"]
        acts = row["largest"] != 0
        cells = [_short(row["largest"]), si(row["largest_at_T"], "T", 3) if acts else ""]
        if has_other:
            cells += [_short(off), si(row["lorentzian_off_at_T"], "T", 3) if off else "", "" if differs is None else si(differs, "T", 3)]
        table.add_row(row["name"], valued(row["value"], row["unit"]), *cells)
    notes = ["Eq. (14): its amplitudes on two Lorentzians"] if has_other else []
    how = {"integrate": "through the integrated Bloch equations", "finite_volume": "by differences of finite volumes"}
    if report.checked is not None:
        way, differences = how[report.checked[0]], report.checked[1]
        notes.append(f"checked {way}: within {max(differences.values()):.0e}" if differences else f"could not be checked {way}")
    table.caption, table.caption_justify = "; ".join(notes), "left"
    return table


def valued(value: float, unit: str) -> str:
    """A parameter's value with its unit, in few characters."""
    if unit in ("s", "T", "K", "V", "A", "m", "ohm", "V/K"):
        return si(value, unit.replace("ohm", "Ω"), 4)
    pretty = unit.replace("ohm", "Ω").replace("^2", "²").replace("^3", "³")
    return f"{value:.4g} {pretty}".rstrip()


def observables_table(report: Report) -> Table:
    """What one reads off the curve, and the parameters that it follows most."""
    table = Table(title="read off the curve", title_justify="left", box=ROUNDED)
    table.add_column("what", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("∂ ln/∂ ln θ, the largest")
    for one in report.observables:
        slopes = one.gradient * report.result.model.values / one.value if one.value else one.gradient * 0
        order = [k for k in np.argsort(-np.abs(slopes)) if abs(slopes[k]) >= 5e-4][:6]
        text = ", ".join(f"{report.result.parameters[k].name} {slopes[k]:+.3g}" for k in order)
        table.add_row(one.name, si(one.value, one.unit) if one.unit else f"{one.value:.5g}", text)
    if report.window is not None and any(one.name == "tau_least_squares" for one in report.observables):
        low, high = (si(B, "T", 4) for B in report.window)
        table.caption, table.caption_justify = f"tau_least_squares: one Lorentzian and an offset, over {low} to {high}", "left"
    return table


def _share(index: float) -> str:
    return f"{round(index, 2) + 0.0:.2f}"  # no −0.00


def sobol_table(report: Report) -> Table:
    """Sobol indices: of each observable's variance, what each parameter causes alone, and with all its interplay."""
    table = Table(title="Sobol indices: share of the variance, alone / with all interplay", title_justify="left", box=ROUNDED)
    table.add_column("what", no_wrap=True)
    names = list(dict.fromkeys(name for row in report.sobol.values() for name in row))
    for name in names:
        table.add_column(name, justify="right")
    for what, row in report.sobol.items():
        table.add_row(what, *(f"{_share(row[name]['first'])} / {_share(row[name]['total'])}" for name in names))
    doubt = max(one[f"{kind}_confidence"] for row in report.sobol.values() for one in row.values() for kind in ("first", "total"))
    absent = [one.name for one in report.observables if one.name not in report.sobol]
    left_out = f"; left out, as they do not vary, some device has none, or many would take too long: {', '.join(absent)}" if absent else ""
    table.caption, table.caption_justify = f"95 % confidence: ±{doubt:.2f} or better; more --samples narrow it{left_out}", "left"
    return table


def bounds_table(report: Report) -> Table:
    """Cramér-Rao bounds."""
    found = report.measured.identified
    assert found is not None
    title = f"what {found.points} points with a noise of {si(found.noise, 'V', 4)} determine"
    table = Table(title=title, title_justify="left", box=ROUNDED)
    table.add_column("parameter", no_wrap=True)
    for heading in ("value", "standard error", "relative", "with the best fields"):
        table.add_column(heading, justify="right")
    designs = {one.name: one for one in report.measured.designs}
    for parameter in found.parameters:
        error = found.crlb[parameter.name]
        relative = f"{error / abs(parameter.value):.3g}" if parameter.value and math.isfinite(error) else ""
        design = designs.get(parameter.name)
        fields = "" if design is None else ", ".join(si(B, "T", 3) for B in design.B)
        best = "" if design is None else f"{valued(design.error, parameter.unit)}, at {fields}"
        shown = valued(error, parameter.unit) if math.isfinite(error) else "undetermined"
        table.add_row(parameter.name, valued(parameter.value, parameter.unit), shown, relative, best)
    for text, error in report.measured.combinations.items():
        table.add_row(text, "", "" if math.isfinite(error) else "undetermined", f"{error:.3g}" if math.isfinite(error) else "")
    table.add_section()
    for one in report.observables:
        error = report.measured.observables[one.name]
        if math.isfinite(error):
            table.add_row(
                one.name, valued(one.value, one.unit), valued(error, one.unit), f"{error / abs(one.value):.3g}" if one.value else ""
            )
    return table


def remarks(report: Report) -> list[str]:
    """Sentences after the tables."""
    found = []
    if report.measured.identified is not None:
        found += list(dict.fromkeys(one.text for one in report.measured.identified.sloppy))
    if report.measured.told is not None:
        told = report.measured.told
        if told.noise == 0:
            found.append("no noise is low enough to tell spin heat from spin accumulation here: one channel gives the same curve")
        else:
            points = f"{told.points:.3g}" if math.isfinite(told.points) else "no number of"
            assert report.measured.identified is not None
            found.append(
                f"spin heat shows in this sweep below a noise of {si(told.noise, 'V', 3)}, or with {points} points at "
                f"{si(report.measured.identified.noise, 'V', 3)}; read as one channel it looks like τ = {si(told.tau, 's', 4)}"
            )
    return found
