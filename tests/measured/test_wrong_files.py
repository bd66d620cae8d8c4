"""What is wrong with a file is said in one line that names file, line and column, and what to do."""

import builtins
import doctest
import re

import numpy as np
import pytest
from pydantic import ValidationError

import hanle_sim.measured.read
import hanle_sim.measured.section
from hanle_sim.configuration import ConfigurationError
from hanle_sim.measured import DataError, DataSection, read_measured
from laboratory import file_of, lorentzian, table

X = np.linspace(-80, 80, 41)
Y = lorentzian(X, 12)
PLAIN = table([X, Y, 0 * X + 3], ["B (mT)", "R_nl (ohm)", "T (K)"], ",")
MIXED = PLAIN.replace("\n-76,", "\n-76;", 1).split("\n")
MIXED[2] = MIXED[2].replace(",", ";").rstrip()
LINES = PLAIN.split("\n")

#: A file's content, the keys of [data], and the message.
WRONG = {
    "unknown column": (PLAIN, {"y": "R_lin"}, 'sample.dat: y = "R_lin": there is no such column: did you mean "R_nl (ohm)"? there are "B (mT)", "R_nl (ohm)", "T (K)"'),
    "column beyond": (PLAIN, {"x": 4}, 'sample.dat: x = 4: there is no such column: it has 3, counted from 1: "B (mT)", "R_nl (ohm)", "T (K)"'),
    "same column": (PLAIN, {"x": 2, "y": 2}, 'sample.dat: x and y are both column 2, "R_nl (ohm)": give two columns'),
    "heading twice": (table([X, Y, Y], ["B (mT)", "R (ohm)", "R (ohm)"]), {"y": "R"}, 'sample.dat: y = "R": is the heading of columns 2 and 3: give the number of one'),
    "all NaN": (table([X, np.nan * X, Y], ["B (mT)", "R (ohm)", "V (V)"]), {"y": "R"}, 'sample.dat, column 2, "R (ohm)": has no numbers: give another column'),
    "constant": (table([X, 0 * X + 2.5], ["B (mT)", "R (ohm)"]), {}, 'sample.dat, column 2, "R (ohm)": is 2.5 in all 41 rows: give another column'),
    "constant field": (table([0 * X + 7, Y], ["B (mT)", "R (ohm)"]), {}, 'sample.dat, column 1, "B (mT)": is 7 in all 41 rows: give another column'),
    "few rows": ("\n".join(LINES[:4]), {}, 'sample.dat: 3 rows with numbers: at least 4 are needed'),
    "few rows left": ("\n".join([*LINES[:4], "3,broken", "4,broken"]), {}, '3 rows that can be used (lines 5 and 6: dropped, without a number in column 2, "R_nl (ohm)"): at least 4'),
    "narrow window": (PLAIN, {"field_window": ["-3 mT", "3 mT"]}, "sample.dat: 1 row in field_window (40 points outside field_window left out): at least 4"),
    "no table": ("Dear colleague,\nhere are the data.\n", {}, "sample.dat: is no table: no line has two numbers: give a file with columns of numbers"),
    "wrong delimiter": (PLAIN, {"delimiter": ";"}, "sample.dat: is no table: no line has two numbers parted by semicolons"),
    "mixed delimiters": ("\n".join(MIXED), {}, "sample.dat, line 3: its cells are parted by semicolons, those of the lines before by commas: write the file in one way"),
    "second half": (table([X, Y], ["B (T)", "R (ohm)"], "\t") + table([X, Y], delimiter=",")[:90], {}, "sample.dat, line 43: its cells are parted by commas, those of the lines before by tabs"),
    "mixed decimals": (table([X, Y], ["B (T)", "R (ohm)"], ";") + "1,5;2,5\n", {}, "line 43: its cells are parted by semicolons with decimal commas, those of the lines before by semicolons"),
    "no unit of x": (table([X, Y], ["B", "R (ohm)"]), {}, 'sample.dat, column 1, "B": its unit is not in the file: give x_unit, such as "mT" or "Oe"; for a magnet\'s current coil_constant or calibration'),
    "no unit of y": (table([X, Y], ["B (G)", "R"]), {}, 'sample.dat, column 2, "R": its unit is not in the file: give y_unit, such as "uV", "ohm" or "nA"'),
    "wrong kind of x": (PLAIN, {"x": "T (K)"}, 'sample.dat, column 3, "T (K)": is in K: must be a field or a current'),
    "wrong kind of y": (PLAIN, {"y": 3}, 'sample.dat, column 3, "T (K)": is in K: must be a voltage, a resistance or a current: give another y'),
    "current": (table([X, Y], ["I_mag (A)", "R (ohm)"]), {}, 'sample.dat, column 1, "I_mag (A)": is a current, in A: give coil_constant, such as "11.3 mT/A", or calibration'),
    "field with a coil": (PLAIN, {"coil_constant": "1 mT/A"}, 'column 1, "B (mT)": is a field, in mT, and coil_constant is for a magnet\'s current: take one of them out'),
    "megatesla": (table([X, Y], ["B (MT)", "R (ohm)"]), {}, 'column 1, "B (MT)": reaches 8e7 T, in MT: must stay below 1000 T: give x_unit'),
    "sigma of another kind": (PLAIN, {"sigma": "T (K)"}, 'sample.dat, column 3, "T (K)": is in K: sigma must be in ohm, as y is: give another column'),
    "sigma in volts": (PLAIN, {"sigma": "3 uV"}, 'sample.dat: sigma = "3 uV": must be a positive quantity in ohm, as y is, or a column: there are "B (mT)"'),
    "no sigma": (PLAIN, {"sigma": "error"}, 'sample.dat: sigma = "error": there is no such column: there are "B (mT)"'),
    "sigma of zero": (table([X, Y, np.abs(X)], ["B (mT)", "R (ohm)", "err"]), {"sigma": 3}, 'sample.dat, line 22, column 3, "err": 0: sigma must be positive: exclude row 21, or give sigma as a quantity'),
    "other direction": (PLAIN, {"direction": "down"}, 'sample.dat: direction = "down": the field goes up alone: give another direction, or leave it out'),
    "row beyond": (PLAIN, {"exclude": [3, 99]}, "sample.dat: exclude = [3, 99]: there is no row 99: it has 41, counted from 1"),
    "section beyond": ("1 2\n2 3\n===\n" + PLAIN, {"section": 3}, "sample.dat: section = 3: the file has 2 of them, counted from 1: give another one"),
    "wrong encoding": (PLAIN + "µ", {"encoding": "ascii"}, 'sample.dat, line 43: is no text in encoding = "ascii": give another one, or leave it out'),
    "no field": (table([X, Y], ["T (K)", "R (ohm)"]), {"y": 2}, 'sample.dat: no column looks like a field: give x, one of "T (K)", "R (ohm)"'),
    "no signal": (table([X, Y], ["B (mT)", "T (K)"]), {}, 'sample.dat: no column looks like a signal beside column 1, "B (mT)": give y, one of "B (mT)", "T (K)"'),
    "two calibrations": (PLAIN, {"coil_constant": "1 mT/A", "calibration": "a"}, 'data: coil_constant = "1 mT/A" and calibration = "a" exclude each other: keep one'),
    "nothing to combine": (PLAIN, {"combine": "mean"}, 'data: combine = "mean": needs y2, the signal of antiparallel magnets: give y2'),
    "two configurations": (PLAIN, {"y2": 3, "set": {"configuration": "parallel"}}, 'data: set.configuration = "parallel": y is the parallel and y2 = 3 the antiparallel configuration'),
    "one sign for two": (PLAIN, {"decimal": ",", "delimiter": ","}, 'data: decimal = ",": is the delimiter too: give another one'),
    "window upside down": (PLAIN, {"field_window": [1.0, -1.0]}, "data: field_window = [1.0, -1.0]: must be the lowest and the highest field, in this order"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said_in_one_line(wrong, tmp_path):
    text, keys, message = WRONG[wrong]
    with pytest.raises(DataError) as raised:
        read_measured(DataSection(**keys), file_of(tmp_path, text))
    assert message in str(raised.value) and "\n" not in str(raised.value)
    assert isinstance(raised.value, ConfigurationError)


@pytest.mark.parametrize(("content", "message"), [
    (b"", "is empty: give a file with a table"), (b" \n\n", "is empty"), (b"\x89PNG\r\n\x1a\n" + bytes(99), "is no table but a picture: give a file with columns"),
    (b"PK\x03\x04" + bytes(99), "is no table but an archive or an Excel workbook: save its sheet as CSV"), (bytes(range(32)) * 9, "is no table but a binary file"),
    (b"\x89HDF\r\n\x1a\n" + bytes(99), "is no whole HDF5 file"), (b"CDF\x01" + bytes(9), "is no whole NetCDF file"), (b"TDSm" + bytes(99), "TDMS"),
    (b"\xff\xfe1\x00\x00\xd8", "begins as utf-16 and is none"),
])  # fmt: skip
def test_what_is_no_table_is_refused(content, message, tmp_path):
    (tmp_path / "a.dat").write_bytes(content)
    with pytest.raises(DataError, match=re.escape(message)):
        read_measured(DataSection(), tmp_path / "a.dat")


def test_files_that_are_not_there(tmp_path):
    file_of(tmp_path, PLAIN, "sample.dat")
    with pytest.raises(DataError, match=r"sampel.dat: there is no such file: did you mean .*sample.dat\?"):
        read_measured(DataSection(file=str(tmp_path / "sampel.dat")))
    with pytest.raises(DataError, match=r"is a directory: name a file in it"):
        read_measured(DataSection(), tmp_path)
    with pytest.raises(DataError, match="there is no directory"):
        read_measured(DataSection(), tmp_path / "none" / "a.dat")
    with pytest.raises(DataError, match=r"data\.file is missing: give the measured file"):
        read_measured(DataSection())


def test_currents_beyond_their_calibration(tmp_path):
    path = file_of(tmp_path, table([X, Y], ["I_mag (A)", "R (ohm)"]))
    known = file_of(tmp_path, table([X[:-2], X[:-2]], ["I (A)", "B (mT)"]), "known.dat")
    with pytest.raises(
        DataError,
        match=r"line 41, column 1, .*: 76 A lies outside the calibration, from -80 to 72 A: exclude row 40, or give coil_constant",
    ):
        read_measured(DataSection(calibration=str(known)), path)
    bare = file_of(tmp_path, table([X, X]), "bare.dat")
    with pytest.raises(DataError, match=r"calibration .*bare.dat, column 2: its unit is not in the file: give x_unit, that of its fields"):
        read_measured(DataSection(calibration=str(bare)), path)


@pytest.mark.parametrize(
    ("module", "content", "name", "package"),
    [("nptdms", b"TDSm" + bytes(99), "a.tdms", "npTDMS"), ("igor2", b"\x02\x00", "a.ibw", "igor2")],
)
def test_what_is_not_installed_is_named(module, content, name, package, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    for known in [known for known in __import__("sys").modules if known.startswith(f"{module}.")]:
        monkeypatch.setitem(__import__("sys").modules, known, None)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=rf'needs {package}: install it with pip install "hanle_sim\[formats\]"'):
        read_measured(DataSection(), tmp_path / name)


@pytest.mark.parametrize(("key", "value", "message"), [
    ("x", 0, "must be a column's name, or its number, counted from 1"), ("y", True, "must be a column's name"), ("x_unit", "V", 'must be the unit of a field or a current, such as "mT", "Oe" or "A"'),
    ("x_unit", "mt", 'did you mean "mT"?'), ("y_unit", "K", 'must be the unit of a signal, such as "uV", "mohm" or "nA"'), ("sigma", -0.1, "must be positive"), ("skip", -1, "must be a whole number of at least 0"),
    ("section", 0, "must be the number of a section, counted from 1"), ("delimiter", "::", "must be one character"), ("decimal", ";", 'must be "." or ","'), ("encoding", "latin-77", "must be the name of an encoding"),
    ("field_window", [1], "must be two fields, [lowest, highest]"), ("combine", "sum", 'must be "none", "difference" or "mean"'), ("coil_constant", "3 mT", 'such as "3 mT/A"'), ("gain", 0, "must not be zero"),
    ("exclude", [0], "must be a list of rows, counted from 1, such as [17, 42]"), ("set", [1], "must be a table of keys and values"), ("file", "", "must be a string that is not empty"), ("direction", "left", 'must be "both", "up" or "down"'),
])  # fmt: skip
def test_a_key_says_what_it_takes(key, value, message):
    with pytest.raises(ValidationError) as raised:
        DataSection(**{key: value})
    assert message in str(raised.value.errors()[0]["ctx"]["error"])


def test_examples_run():
    for module in (hanle_sim.measured.read, hanle_sim.measured.section):
        found = doctest.testmod(module)
        assert found.attempted and not found.failed
    assert builtins.set(DataSection.model_fields) >= {"x", "y", "y2", "set", "exclude", "calibration"}
