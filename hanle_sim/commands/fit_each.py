"""Every curve of a file, or of several, fitted by itself, into a result directory."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..configuration import ConfigurationError, Settings, Source, read
from ..measured.decoding import content_of
from ..output.look import DEFAULT, Look
from ..text import shown, shown_path
from .fit import fit
from .fit_data import measured_of

if TYPE_CHECKING:
    import xarray as xr

    from ..runtime import Progress


def fit_each_and_write(
    data: Sequence[str | Path],
    config: Source | None,
    out: Path | None,
    *,
    figure_format: str,
    progress: "Progress",
    look: Look = DEFAULT,
    settings: Settings = (),
    x_unit: str | None = None,
    y_unit: str | None = None,
    starts: int | None = None,
) -> tuple["xr.Dataset", Path]:
    """Fit every curve by itself and write fits.nc, fits.csv, fits.json, a figure, and the FIT.toml, into `out` or `hanle-out/NAME-fits`.

    Arguments:
        data: one NetCDF or HDF5 file of y over B and other dimensions, or files of one curve each that share their fields.
        config: as `fit` takes it, without files of its own; one Lorentzian unless given.
        out, figure_format, progress, look: where and how.
        settings, x_unit, y_unit, starts: as `fit` takes them.

    Raises:
        ConfigurationError: what can't be read, or can't be fitted.
        OutputError: a directory that can't be written, found out before anything is computed.
    """
    from ..output.dataset import configuration_text
    from ..output.files import write_csv, write_json, write_text
    from ..output.fit_each import columns_of, draw_each
    from ..output.store import directory_name, target_of, write_directory

    tables = {} if config is None else read(config, settings)
    written = {key: table for key, table in tables.items() if key != "data"}
    name = str(written.get("name", Path(data[0]).stem if data else "fit"))
    target = target_of(out, f"{directory_name(name)}-fits")
    units = {"x_unit": x_unit, "y_unit": y_unit}
    curves = _of_dataset(data)
    if curves is None:
        curves, units = _of_files(data, tables.get("data", {}), units), {}  # in SI by now
    options: dict[str, Any] = {**units, "starts": starts, "progress": progress}
    found = fit(curves, None if config is None else written, settings=settings if config is None else (), **options)
    if starts is not None and tables:
        tables["fit"] = {**tables.get("fit", {}), "starts": starts}
    found.attrs["source"] = ", ".join(str(Path(file).resolve()) for file in data)
    columns = columns_of(found)
    contents = {name: [None if x != x else x for x in values.tolist()] for name, values in columns.items()}
    write_directory(
        target,
        {
            "fits.json": lambda path: write_json(contents, path),
            "fits.nc": lambda path: found.to_netcdf(path, engine="h5netcdf"),
            "fits.csv": lambda path: write_csv(columns, path),
            f"fits.{figure_format}": partial(draw_each, found, look=look),
            **({"fit.toml": lambda path: write_text(configuration_text(tables), path)} if tables else {}),
        },
    )
    return found, target


def _of_dataset(data: Sequence[str | Path]) -> "xr.Dataset | None":
    """The curves of a NetCDF or HDF5 file; None for other files."""
    import xarray as xr

    if len(data) != 1 or not content_of(Path(data[0])).startswith((b"\x89HDF\r\n\x1a\n", b"CDF")):
        return None
    try:
        with xr.open_dataset(data[0]) as found:
            return found.load()
    except (OSError, ValueError, KeyError, TypeError) as error:
        name = shown_path(Path(data[0]))
        raise ConfigurationError(f"{name}: can't be read as a dataset of y over B and other dimensions: {shown(str(error))}") from None


def _of_files(data: Sequence[str | Path], tables: Any, units: Mapping[str, str | None]) -> "xr.Dataset":
    """Files with a curve each as a dataset, in SI."""
    import xarray as xr

    measured, _ = measured_of([*data], tables, units)
    first, order = measured[0], np.argsort(measured[0].x, kind="stable")
    y, sigma = [], []
    for one in measured:
        if one.set:
            raise ConfigurationError(f"{one.name}: data.set goes with one fit of all curves: leave out --each, or give a NetCDF file")
        own = np.argsort(one.x, kind="stable")
        if one.x.shape != first.x.shape or not np.allclose(one.x[own], first.x[order], rtol=1e-9, atol=1e-9 * np.ptp(first.x)):
            raise ConfigurationError(
                f"{one.name}: has other fields than {first.name}: curves of --each share theirs: fit them together, or one by one"
            )
        if one.unit != first.unit:
            raise ConfigurationError(f"{one.name} is in {one.unit} and {first.name} in {first.unit}: give all of them in one unit")
        y.append(one.y[own])
        sigma.append(None if one.sigma is None else one.sigma[own])
    variables: dict[str, Any] = {"y": (("curve", "B"), np.array(y), {"units": first.unit})}
    if all(one is not None for one in sigma):
        variables["sigma"] = (("curve", "B"), np.array(sigma))
    names = np.array([one.name for one in measured])
    return xr.Dataset(variables, {"B": ("B", first.x[order], {"units": "T"}), "curve": ("curve", names)})
