"""[data]: which columns of which file are field and signal, and what was done to them."""

import codecs
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from ..configuration.fields import OF_MAGNETS, Quantity, Range, listed, reader, show
from ..configuration.quantities import parse_quantity
from ..configuration.section import Section, more_than_one_of
from ..configuration.units import proposed_unit
from ..configuration.values import plain
from ..text import shown, toml_of
from .headings import FIELD_UNITS, SIGNAL_UNITS, known_unit, si_of

#: Delimiters by their names; "blanks" are any number of blanks and tabs.
DELIMITERS = {"comma": ",", "tab": "\t", "semicolon": ";", "blanks": " "}


def _text(given: Any) -> str:
    if not isinstance(given, str) or not given.strip():
        raise ValueError("must be a string that is not empty")
    return given


def _column(given: Any) -> int | str:
    if isinstance(given, bool) or not isinstance(given, int | str) or (isinstance(given, int) and given < 1):
        raise ValueError("must be a column's name, or its number, counted from 1")
    return given if isinstance(given, int) else _text(given)


def _sigma(given: Any) -> int | str | float:
    given = plain(given)
    if isinstance(given, float):
        parse_quantity(given, "")
        if given <= 0:
            raise ValueError("must be positive")
        return given
    if isinstance(given, bool) or not isinstance(given, int | str) or (isinstance(given, int) and given < 1):
        raise ValueError('must be a column\'s name, its number, counted from 1, or a quantity, such as "20 nV"')
    return given if isinstance(given, int) else _text(given)


def _one_of(*choices: str) -> PlainValidator:
    def read(given: Any) -> str:
        if given not in choices:
            quoted = [f'"{choice}"' for choice in choices]
            raise ValueError(f"must be {', '.join(quoted[:-1])} or {quoted[-1]}")
        return given

    return PlainValidator(read)


def _unit(what: str, example: str, wanted: tuple[str, ...]) -> PlainValidator:
    def read(given: Any) -> str:
        unit = known_unit(_text(given))
        if not unit or si_of(unit, wanted) is None:
            meant = proposed_unit(given, wanted)
            raise ValueError(f'did you mean "{meant}"?' if meant else f"must be the unit of {what}, such as {example}")
        return unit

    return PlainValidator(read)


def _delimiter(given: Any) -> str:
    found = DELIMITERS.get(given, given) if isinstance(given, str) else ""
    if len(found) != 1 or found.isalnum() or found in "\"'\r\n.+-":
        raise ValueError('must be one character, such as ";", or "comma", "tab", "semicolon" or "blanks"')
    return found


def _encoding(given: Any) -> str:
    try:
        if codecs.lookup(given)._is_text_encoding:
            return given
    except (LookupError, TypeError, ValueError):
        pass
    raise ValueError('must be the name of an encoding, such as "utf-8", "utf-16" or "latin-1"')


def _whole(least: int) -> Callable[[Any], int]:
    def read(given: Any) -> int:
        if isinstance(given, bool) or not isinstance(given, int) or given < least:
            raise ValueError(f"must be a whole number of at least {least}")
        return given

    return read


def _part(given: Any) -> int | str:
    if isinstance(given, str) and given.strip():
        return given
    try:
        return _whole(1)(given)
    except ValueError:
        raise ValueError("must be the number of a section, counted from 1, or the name of a group of an HDF5 or TDMS file") from None


def _rows(given: Any) -> tuple[int, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(row, int) and not isinstance(row, bool) and row >= 1 for row in given):
        raise ValueError("must be a list of rows, counted from 1, such as [17, 42]")
    return tuple(given)


def _settings(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        raise ValueError('must be a table of keys and values, such as { T_0 = "77 K" }')
    return dict(given)


_NOT_ZERO = Range(lambda value: value != 0, "must not be zero")
Name = Annotated[int | str | None, PlainValidator(_column)]
Text = Annotated[str | None, PlainValidator(_text)]


class DataSection(Section):
    """Where the field and the signal stand in a file, and their units; what is left out is guessed from the file, but for units.

    Example:
        >>> DataSection(file="a.dat", x="B", y=3, y_unit="uV", direction="up").y
        3
    """

    file: Text = Field(default=None, description="measured file")
    x: Name = Field(default=None, description="column of the field or of the magnet's current: its name, or its number, counted from 1")
    y: Name = Field(default=None, description="column of the signal: its name, or its number, counted from 1")
    y2: Name = Field(default=None, description="column of the signal of antiparallel magnets: its name, or its number, counted from 1")
    y2_file: Text = Field(default=None, description="file of y2, where it is not that of y; its column is that of y unless y2 is given")
    x_unit: Annotated[str | None, _unit("a field or a current", '"mT", "Oe" or "A"', FIELD_UNITS)] = Field(
        default=None, description="unit of x"
    )
    y_unit: Annotated[str | None, _unit("a signal", '"uV", "mohm" or "nA"', SIGNAL_UNITS)] = Field(default=None, description="unit of y")
    sigma: Annotated[int | str | float | None, PlainValidator(_sigma)] = Field(
        default=None, description="standard deviation of y, before the gain: a column's name or number, or a quantity"
    )
    skip: Annotated[int | None, PlainValidator(_whole(0))] = Field(default=None, description="lines at the start that are not read")
    section: Annotated[int | str | None, PlainValidator(_part)] = Field(
        default=None, description="which section of a file with several, counted from 1; the one with the most rows where it is left out"
    )
    delimiter: Annotated[str | None, PlainValidator(_delimiter)] = Field(default=None, description="what parts the cells of a line")
    decimal: Annotated[str | None, _one_of(".", ",")] = Field(default=None, description="decimal sign")
    comment: Text = Field(default=None, description="start of lines that are comments")
    encoding: Annotated[str | None, PlainValidator(_encoding)] = Field(default=None, description="encoding of the text")
    field_window: Annotated[
        tuple[Quantity, Quantity] | None, PlainValidator(listed(reader("T", within=OF_MAGNETS), "two fields, [lowest, highest]", 2))
    ] = Field(default=None, description="lowest and highest field that is kept")
    combine: Annotated[str, _one_of("none", "difference", "mean")] = Field(default="none", description="what becomes of y and y2")
    coil_constant: Annotated[Quantity | None, PlainValidator(reader("T/A", within=_NOT_ZERO))] = Field(
        default=None, description="field over the magnet's current"
    )
    calibration: Text = Field(default=None, description="file of magnet currents and their fields")
    gain: Annotated[Quantity | None, PlainValidator(reader("", within=_NOT_ZERO))] = Field(default=None, description="what y is divided by")
    direction: Annotated[str, _one_of("both", "up", "down")] = Field(default="both", description="direction of the sweep that is kept")
    exclude: Annotated[tuple[int, ...], PlainValidator(_rows)] = Field(default=(), description="rows that are left out, counted from 1")
    set: Annotated[dict[str, Any], PlainValidator(_settings)] = Field(
        default={}, description="keys of the device that this file has for itself"
    )

    def problems(self) -> Iterator[str]:
        yield from more_than_one_of(self, "coil_constant", "calibration")
        key, second = ("y2_file", self.y2_file) if self.y2 is None else ("y2", self.y2)
        if self.combine != "none" and second is None:
            yield f'combine = "{self.combine}": needs y2, the signal of antiparallel magnets: give y2, or y2_file, a file of its own'
        if self.combine == "none" and second is not None and "configuration" in self.set:
            yield (
                f"set.configuration = {toml_of(self.set['configuration'])}: y is the parallel and {key} = {toml_of(second)} the "
                "antiparallel configuration: take one of them out"
            )
        if self.decimal is not None and self.decimal == self.delimiter:
            yield f"decimal = {toml_of(self.decimal)}: is the delimiter too: give another one"
        window = self.field_window
        if window is not None and window[0].value >= window[1].value:
            yield f"field_window = {show(window)}: must be the lowest and the highest field, in this order"
        if self.coil_constant is not None and self.x_unit is not None and (si_of(self.x_unit, ("A",)) is None):
            yield f"x_unit = {toml_of(shown(self.x_unit))}: must be that of a current, since coil_constant is given: take one of them out"
