"""Tables in files that are no text: HDF5 and NetCDF, TDMS, Igor."""

import importlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from ..text import shown, shown_path, toml_of
from .decoding import content_of
from .errors import DataError
from .headings import parse_heading
from .section import DataSection
from .table import Column, Table, column_of
from .text_tables import text_table


class Series(NamedTuple):
    """A series of numbers in a file: its group, its name, its numbers, its unit, a longer name."""

    group: str
    name: str
    values: np.ndarray
    unit: str = ""
    label: str = ""


def read_table(path: Path, section: DataSection) -> Table:
    """The table of a file of any format.

    Raises:
        DataError: what is no table, or needs a package that isn't installed.
    """
    content, name = content_of(path), shown_path(path)
    if content.startswith(b"\x89HDF\r\n\x1a\n"):
        return _from_series(list(_hdf5(content, name)), name, section)
    if content.startswith(b"CDF") and content[3] in (1, 2, 5):
        return _from_series(list(_netcdf3(content, name)), name, section)
    if content.startswith((b"TDSm", b"TDSh")):
        return _from_series(list(_tdms(content, name)), name, section)
    if path.suffix.lower() in (".ibw", ".bwav", ".pxp", ".pxt"):
        return _from_series(list(_igor(path, name)), name, section)
    return text_table(content, name, section)


def _from_series(series: list[Series], name: str, section: DataSection) -> Table:
    """The table of those series that have the same length and group: the most of them, and the longest of these."""
    groups = sorted({one.group for one in series})
    if section.section is not None:
        chosen = section.section if isinstance(section.section, str) else dict(enumerate(groups, 1)).get(section.section)
        series = [one for one in series if chosen is not None and one.group.strip("/") == chosen.strip("/")]
        if not series:
            known = ", ".join(toml_of(group) for group in groups)
            raise DataError(f"{name}: section = {toml_of(section.section)}: there is no such group: its groups are {known}")
    sizes: dict[tuple[str, int], list[Series]] = {}
    for one in series:
        sizes.setdefault((one.group, len(one.values)), []).append(one)
    tables = [table for table in sizes.values() if len(table) > 1]
    if not tables:
        raise DataError(f"{name}: is no table: it has no two columns of numbers of one length: give a file with columns of numbers")
    table = max(tables, key=lambda one: (len(one[0].values) >= 4, len(one), len(one[0].values)))
    others = f", group {toml_of(table[0].group)} of {len(groups)}" if len(groups) > 1 else ""
    columns = [column_of(parse_heading(one.name, one.unit, one.label), one.values) for one in table]
    notes = [f"read {len(columns)} columns of {len(table[0].values)} numbers{others}"]
    notes += [f"of {one.name}, which is complex, the real part was taken" for one in table if np.iscomplexobj(one.values)]
    left = [one.name for one in series if one.group == table[0].group and one not in table]
    notes += [f"left out, since of another length: {', '.join(left[:5])}"] if left else []
    return Table([Column(*column) for column in columns], np.arange(1, len(table[0].values) + 1), "row", notes)


def _text(value: Any) -> str:
    """An attribute as text."""
    value = value[0] if isinstance(value, np.ndarray | list) and len(value) == 1 else value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _described(group: str, name: str, values: np.ndarray, attributes: dict[str, Any]) -> Iterator[Series]:
    """A variable with the attributes that NetCDF's conventions and QCoDeS give it."""
    values = np.asarray(values).squeeze()
    if values.ndim != 1 or values.dtype.kind not in "iufc":
        return
    fill = attributes.get("_FillValue")
    if fill is not None:
        values = np.where(values == np.asarray(fill).ravel()[0], np.nan, values)
    if "scale_factor" in attributes or "add_offset" in attributes:
        scale, offset = (np.asarray(attributes.get(key, default)).item() for key, default in (("scale_factor", 1.0), ("add_offset", 0.0)))
        values = values * scale + offset
    texts = [_text(attributes[key]) for key in ("units", "unit", "Unit", "unitPhys", "Units") if key in attributes]
    label = next((_text(attributes[key]) for key in ("label", "long_name") if key in attributes), "")
    if texts and " since " in texts[0]:
        texts, label = ["s"], "time"
    yield Series(group, name, values, texts[0] if texts else "", label)


def _hdf5(content: bytes, name: str) -> Iterator[Series]:
    import h5py

    try:
        with h5py.File(BytesIO(content), "r") as file:
            if isinstance(file.get("Data/Data"), h5py.Dataset):
                yield from _labber(file)
                return
            found: list[Any] = []
            file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
            for item in found:
                group, _, own = item.name.rpartition("/")
                if not _text(item.attrs.get("NAME", "")).startswith("This is a netCDF dimension but not a netCDF variable"):
                    yield from _described(group or "/", own, item[()], dict(item.attrs))
    except (OSError, RuntimeError, KeyError) as error:
        raise DataError(f"{name}: is no whole HDF5 file: {shown(str(error))}: copy it again") from None


def _labber(file: Any) -> Iterator[Series]:
    """A log of Labber: one array of points, channels and traces, one trace after the other."""
    data = file["Data/Data"][()]
    units = {}
    if "Channels" in file:
        channels = file["Channels"]
        units = {_text(row["name"]): _text(row["unitPhys"]) for row in channels[()] if "unitPhys" in channels.dtype.names}
    for number, row in enumerate(file["Data/Channel names"][()]):
        channel, part = (_text(row[key]) for key in row.dtype.names[:2])
        if part != "Imaginary":
            yield Series("/Data", channel, data[:, number].ravel(order="F"), units.get(channel, ""))


def _netcdf3(content: bytes, name: str) -> Iterator[Series]:
    from scipy.io import netcdf_file

    try:
        with netcdf_file(BytesIO(content), mmap=False) as file:
            for own, variable in file.variables.items():
                values = np.array(variable[...])
                yield from _described("/", own, values.astype(values.dtype.newbyteorder("=")), variable._attributes)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise DataError(f"{name}: is no whole NetCDF file: {shown(str(error))}: copy it again") from None


def _package(module: str, package: str, name: str, what: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise DataError(f'{name}: is {what}, and reading it needs {package}: install it with pip install "hanle_sim[formats]"') from None


def _tdms(content: bytes, name: str) -> Iterator[Series]:
    nptdms = _package("nptdms", "npTDMS", name, "a TDMS file of LabVIEW")
    try:
        file = nptdms.TdmsFile.read(BytesIO(content))
        for group in file.groups():
            for channel in group.channels():
                values = np.asarray(channel[:])
                if values.dtype.kind in "iufc" and len(values):
                    yield Series(group.name, channel.name, values, _text(channel.properties.get("unit_string", "")))
    except (ValueError, KeyError, EOFError) as error:
        raise DataError(f"{name}: is no whole TDMS file: {shown(str(error))}: copy it again") from None


def _igor(path: Path, name: str) -> Iterator[Series]:
    is_wave = path.suffix.lower() in (".ibw", ".bwav")
    igor = _package("igor2.binarywave" if is_wave else "igor2.packed", "igor2", name, "a file of Igor")
    try:
        if is_wave:
            waves = [igor.load(str(path))["wave"]]
        else:
            records, _ = igor.load(str(path))
            waves = [record.wave["wave"] for record in records if hasattr(record, "wave")]
        for wave in waves:
            yield from _wave(wave, alone=len(waves) == 1)
    except (ValueError, KeyError, IndexError, OSError, TypeError) as error:
        raise DataError(f"{name}: is no whole file of Igor: {shown(str(error))}: copy it again") from None


def _wave(wave: dict[str, Any], alone: bool) -> Iterator[Series]:
    """The columns of a wave; the scale of one that is alone is its field."""
    values, header = np.asarray(wave["wData"]), wave["wave_header"]
    own = _text(header["bname"]).strip("\0")
    unit = _joined(wave.get("data_units") or header.get("dataUnits", b""))
    labels = [_text(label).strip("\0") for label in (wave.get("labels") or [[], []])[1][1:]] if values.ndim == 2 else []
    if values.ndim == 2:
        for number, column in enumerate(values.T):
            yield Series("/", labels[number] if number < len(labels) and labels[number] else f"{own} {number + 1}", column, unit)
        return
    if values.ndim == 1:
        if alone:
            step, start = (np.ravel(header[key])[0] for key in (("sfA", "sfB") if "sfA" in header else ("hsA", "hsB")))
            units = header["xUnits"] if "xUnits" in header else np.asarray(header["dimUnits"])[0]
            yield Series("/", "x", start + step * np.arange(len(values)), _joined(wave.get("dimension_units") or units))
        yield Series("/", own, values, unit)


def _joined(characters: Any) -> str:
    """Text of Igor's, which may be an array of single characters."""
    return b"".join(np.ravel(np.asarray(characters, dtype="S")).tolist()).decode("latin-1").strip("\0")
