"""From columns as written to fields in tesla and signals in SI."""

from pathlib import Path

import numpy as np

from ..configuration.fields import MAX_FIELD
from ..configuration.quantities import parse_quantity
from ..configuration.units import proposed_unit
from ..text import number_text, shown_path, toml_of
from .columns import find_columns, listed, named, single
from .errors import DataError
from .formats import read_table
from .headings import FIELD_UNITS, SIGNAL_UNITS, si_of
from .section import DataSection
from .table import Table


def fields_of(table: Table, column: int, section: DataSection, name: str) -> np.ndarray:
    """A column of fields, or of the magnet's currents, in tesla, [rows].

    Raises:
        DataError: no unit, or one of something else; a magnet's current without coil constant or calibration, or outside the latter.
    """
    heading, values = table.columns[column].heading, table.columns[column].values
    where = f"{name}, {named(table, column)}"
    written = heading.unit if section.x_unit is None else section.x_unit
    is_current = section.coil_constant is not None or section.calibration is not None
    if section.calibration is not None and section.x_unit is not None and si_of(section.x_unit, ("T",)):
        written = heading.unit  # x_unit is that of the calibration's fields
    if not written and is_current:
        written = "A"
    if not written:
        raise DataError(
            f'{where}: its unit is not in the file: give x_unit, such as "mT" or "Oe"; for a magnet\'s current coil_constant or calibration'
        )
    found = si_of(written, FIELD_UNITS)
    if found is None:
        what = proposed_unit(written, FIELD_UNITS)
        raise DataError(
            f"{where}: is in {written}: must be a field or a current: give another x{f', or x_unit = {toml_of(what)}' if what else ''}"
        )
    factor, unit = found
    if unit == "A" and not is_current:
        raise DataError(
            f'{where}: is a current, in {written}: give coil_constant, such as "11.3 mT/A", or calibration, a file of currents and fields, '
            "or another x"
        )
    if unit == "T" and is_current:
        key = "calibration" if section.coil_constant is None else "coil_constant"
        raise DataError(f"{where}: is a field, in {written}, and {key} is for a magnet's current: take one of them out")
    in_si = values * factor
    if section.coil_constant is not None:
        in_si = in_si * section.coil_constant.value
    elif section.calibration is not None:
        in_si = _calibrated(in_si, table, section, where)
    highest = np.nanmax(np.abs(in_si), initial=0.0)
    if highest > MAX_FIELD:
        raise DataError(f"{where}: reaches {number_text(highest, 4)} T, in {written}: must stay below {MAX_FIELD:g} T: give x_unit")
    return in_si


def _calibrated(currents: np.ndarray, table: Table, section: DataSection, where: str) -> np.ndarray:
    """Fields of currents [A], between those of a calibration, [rows]."""
    path = Path(section.calibration or "")
    name = f"calibration {shown_path(path)}"
    known = read_table(path, DataSection())
    units = [si_of(column.heading.unit, FIELD_UNITS) if column.heading.unit else None for column in known.columns]
    field = next((number for number, unit in enumerate(units) if unit and unit[1] == "T"), 1)
    current = next((number for number, unit in enumerate(units) if unit and unit[1] == "A" and number != field), 0 if field else 1)
    of_field = units[field] or (si_of(section.x_unit, ("T",)) if section.x_unit is not None else None)
    if of_field is None or of_field[1] != "T":
        raise DataError(
            f'{name}, {named(known, field)}: its unit is not in the file: give x_unit, that of its fields, such as "mT", or write it above '
            'the columns, such as "I (A)" and "B (mT)"'
        )
    of_current = units[current] or (1.0, "A")
    found = np.isfinite(known.columns[field].values) & np.isfinite(known.columns[current].values)
    points, inverse = np.unique(known.columns[current].values[found] * of_current[0], return_inverse=True)
    if len(points) < 2:
        raise DataError(f"{name}: has {len(points)} currents: at least 2 are needed")
    fields = np.bincount(inverse, known.columns[field].values[found] * of_field[0]) / np.bincount(inverse)
    slack = 1e-9 * np.ptp(points)
    outside = (currents < points[0] - slack) | (currents > points[-1] + slack)
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        raise DataError(
            f"{where.partition(', column')[0]}, {table.word} {table.rows[first]}, column{where.partition(', column')[2]}: "
            f"{number_text(currents[first], 6)} A lies outside the calibration, from {number_text(points[0], 6)} to "
            f"{number_text(points[-1], 6)} A: exclude row {first + 1}, or give coil_constant"
        )
    return np.where(np.isfinite(currents), np.interp(currents, points, fields), np.nan)


def signals_of(table: Table, column: int, section: DataSection, name: str) -> tuple[np.ndarray, str]:
    """A column of signals in SI, over the gain, [rows], and its unit.

    Raises:
        DataError: no unit, or one of something else.
    """
    factor, unit = _signal_unit(table, column, section, name)
    return table.columns[column].values * factor / _gain(section), unit


def _signal_unit(table: Table, column: int, section: DataSection, name: str) -> tuple[float, str]:
    where = f"{name}, {named(table, column)}"
    written = table.columns[column].heading.unit if section.y_unit is None else section.y_unit
    if not written:
        raise DataError(f'{where}: its unit is not in the file: give y_unit, such as "uV", "ohm" or "nA"')
    found = si_of(written, SIGNAL_UNITS)
    if found is None:
        raise DataError(f"{where}: is in {written}: must be a voltage, a resistance or a current: give another y")
    return found


def _gain(section: DataSection) -> float:
    return 1.0 if section.gain is None else section.gain.value


def sigmas_of(table: Table, column: int, section: DataSection, name: str) -> np.ndarray | None:
    """The standard deviations of a column of signals in SI, over the gain, [rows]; None where none are given.

    Raises:
        DataError: what is neither a column nor a quantity in the signal's unit; standard deviations that are not positive.
    """
    given = section.sigma
    if given is None:
        return None
    factor, unit = _signal_unit(table, column, section, name)
    if isinstance(given, float):
        return np.full(len(table.rows), given / abs(_gain(section)))
    try:
        if isinstance(given, str) and not find_columns(table, "sigma", given, name):
            raise DataError
        found = single(table, "sigma", given, name)
    except DataError as error:
        try:
            value, _ = parse_quantity(given, unit)
        except ValueError:
            value = np.nan
        if isinstance(given, int) or not (given[:1].isdecimal() or given[:1] in ".+-"):
            raise error from None
        if not value > 0:
            raise DataError(
                f"{name}: sigma = {toml_of(given)}: must be a positive quantity in {unit}, as y is, or a column: there are {listed(table)}"
            ) from None
        return np.full(len(table.rows), value / abs(_gain(section)))
    own = table.columns[found].heading.unit
    scale = si_of(own, (unit,)) if own else (factor, unit)
    if scale is None:
        raise DataError(f"{name}, {named(table, found)}: is in {own}: sigma must be in {unit}, as y is: give another column")
    values = table.columns[found].values * scale[0] / abs(_gain(section))
    if (values <= 0).any():
        first = int(np.flatnonzero(values <= 0)[0])
        raise DataError(
            f"{name}, {table.word} {table.rows[first]}, {named(table, found)}: {number_text(table.columns[found].values[first])}: "
            f"sigma must be positive: exclude row {first + 1}, or give sigma as a quantity"
        )
    return values
