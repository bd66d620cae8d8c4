"""What a dataset holds, as an xarray Dataset and as a NetCDF file."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import h5netcdf
import h5py
import numpy as np

if TYPE_CHECKING:
    import xarray

#: Dimensions, values and attributes of a variable.
Variable = tuple[tuple[str, ...], Any, dict[str, str]]


class Contents(NamedTuple):
    """What a dataset holds: variables, coordinates, and the attributes of the whole."""

    variables: dict[str, Variable]
    coordinates: dict[str, Variable]
    attributes: dict[str, str]


def noted(dimensions: tuple[str, ...], values: Any, unit: str, meaning: str) -> Variable:
    """A variable with its unit and what it is."""
    return dimensions, np.asarray(values), {"units": unit, "long_name": meaning}


def dataset_of(contents: Contents) -> "xarray.Dataset":
    """The same as an xarray Dataset."""
    import xarray

    return xarray.Dataset(*contents)


def write_netcdf(contents: Contents, path: Path) -> None:
    """Write the same as NetCDF-4, without the time that importing xarray takes."""
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
