"""Files in the shapes of laboratories' programs, simulated: every curve is read as it was written."""

import struct

import h5py
import numpy as np
import pytest
import xarray
from scipy.io import netcdf_file

from hanle_sim.measured import DataSection, read_measured
from laboratory import file_of, lorentzian, table, written

X = np.linspace(-80, 80, 81)
Y = lorentzian(X, 12)


def read(path, **keys):
    return read_measured(DataSection(**keys), path)


def is_curve(curve, x, y, digits=7):
    np.testing.assert_allclose(curve.x, written(np.asarray(x), digits), rtol=1e-13, atol=1e-18)
    np.testing.assert_allclose(curve.y, written(np.asarray(y), digits), rtol=1e-13)
    return True


def said(curve, text):
    return any(text in note for note in curve.notes)


def labview(folder):
    """Trace and retrace of a magnet's current, each after a point at an aligning current; line 5 and line 87 are those."""
    current = np.concatenate([[-30], X / 10, [30], X[::-1] / 10])
    signal = lorentzian(current * 10, 12) * 1e4
    text = "LabVIEW\nX1 = magnet\n\n" + table([current, signal, 0 * current, np.arange(len(current))], ["X1", "Y1(X)", "Y1(Y)", "Time"])
    return file_of(folder, text), current, signal


def test_trace_and_retrace_of_a_magnet_current(tmp_path):
    path, current, signal = labview(tmp_path)
    up, down = read(path, y_unit="uV", gain=1e4, coil_constant="11.3 mT/A", set={"T_0": "77 K"})
    assert (up.direction, down.direction, up.name, down.name, up.set) == ("up", "down", "sample up", "sample down", {"T_0": "77 K"})
    assert is_curve(up, current[1:82] * 11.3e-3, written(signal[1:82], 7) * 1e-10, 14) and is_curve(
        down, current[83:] * 11.3e-3, written(signal[83:], 7) * 1e-10, 14
    )
    assert said(up, "lines 5 and 87: dropped, since the field is far from the sweep's")
    assert [curve.direction for curve in read(path, y_unit="uV", coil_constant="1 mT/A", direction="down")] == ["down"]


def test_a_calibration_gives_fields_of_currents(tmp_path):
    path, current, _ = labview(tmp_path)
    known = np.linspace(-35, 35, 15)
    bare = file_of(tmp_path, "# magnet\n#\n" + table([known, known * 11.3 + known**2 / 100]), "bare.txt")
    headed = file_of(tmp_path, table([(known * 11.3 + known**2 / 100) * 10, known * 1e3], ["B (G)", "I (mA)"]), "headed.txt")
    for keys in ({"calibration": str(bare), "x_unit": "mT"}, {"calibration": str(headed)}, {"calibration": str(headed), "x_unit": "A"}):
        up, _ = read(path, y_unit="uV", **keys)
        np.testing.assert_allclose(up.x, np.interp(current[1:82], known, known * 11.3 + known**2 / 100) * 1e-3, rtol=1e-6)


def test_pairs_of_unequal_length_side_by_side(tmp_path):
    fields = [(-1.0) ** np.arange(n) * np.linspace(7000, 10, n) for n in (30, 20, 40)]
    signals = [lorentzian(x, width) for x, width in zip(fields, (1500, 300, 900), strict=True)]
    columns = [column for pair in zip(fields, signals, strict=True) for column in pair]
    path = file_of(tmp_path, table(columns, ["B(G)", "R1", "B(G)", "R2", "B(G)", "R3"], ",", newline="\r\n"), encoding="utf-8-sig")
    curves = read(path, y_unit="ohm")
    assert [(curve.name, curve.direction) for curve in curves] == [("sample R1", None), ("sample R2", None), ("sample R3", None)]
    assert all(
        is_curve(curve, written(x, 7) * 1e-4, y, 14) for curve, x, y in zip(curves, fields, [written(y, 7) for y in signals], strict=True)
    )
    assert not said(curves[0], "dropped")
    (one,) = read(path, y="R2", y_unit="ohm")
    assert is_curve(one, written(fields[1], 7) * 1e-4, signals[1])
    ragged = file_of(tmp_path, "\n".join(line.rstrip(",") for line in path.read_text(encoding="utf-8-sig").split("\n")), "ragged.csv")
    assert [len(curve.x) for curve in read(ragged, y_unit="ohm")] == [30, 20, 40]
    numbered = file_of(tmp_path, table(columns, ["B1 (G)", "R1 (ohm)", "B2 (G)", "R2 (ohm)", "B3 (G)", "R3 (ohm)"]), "numbered.csv")
    assert [curve.name for curve in read(numbered)] == ["numbered R1", "numbered R2", "numbered R3"]
    sweeps = [np.linspace(-7000, 7000, n) for n in (30, 20)]
    nameless = file_of(tmp_path, table([sweeps[0], lorentzian(sweeps[0], 900), sweeps[1], lorentzian(sweeps[1], 900)]), "nameless.csv")
    assert [len(curve.x) for curve in read(nameless, x_unit="G", y_unit="ohm")] == [30, 20]


def test_the_section_with_the_most_rows_is_taken(tmp_path):
    fit = "fit of yesterday\n" + table([np.arange(6.0), np.arange(6.0) ** 2], ["B (mT)", "R (ohm)"], ";")
    path = file_of(tmp_path, fit + "=====\nmeasured\n" + table([X, Y], ["B (mT)", "R (ohm)"]) + "===== end ====\n1\t2\n")
    (curve,) = read(path)
    assert is_curve(curve, X * 1e-3, Y) and said(curve, "section 2 of 3 was taken, lines 12 to 92, since it has the most rows")
    assert is_curve(read(path, section=1)[0], np.arange(6.0) * 1e-3, np.arange(6.0) ** 2)
    bare = file_of(tmp_path, fit + "\nmeasured again\n" + table([X, Y], ["H (mT)", "R (ohm)"], ";"), "bare.dat")
    assert is_curve(read(bare)[0], X * 1e-3, Y) and is_curve(read(bare, section=1)[0], np.arange(6.0) * 1e-3, np.arange(6.0) ** 2)


def test_lvm_of_labview_with_decimal_commas(tmp_path):
    head = "LabVIEW Measurement\t\nWriter_Version\t2\nSeparator\tTab\nDecimal_Separator\t,\nX_Columns\tOne\n***End_of_Header***\t\n\t\nChannels\t2\t\t\nSamples\t81\t81\t\nDate\t2021/03/04\t2021/03/04\t\nY_Unit_Label\tVolts\tVolts\t\nX0\t0,0\t0,0\t\nDelta_X\t1,0\t1,0\t\n***End_of_Header***\t\t\t\n"
    text = head + "X_Value\tField\tLockin X\tComment\n" + table([np.arange(81) * 0.1, X, Y], decimal=",").replace("\n", "\t\n")
    assert is_curve(read(file_of(tmp_path, text, "a.lvm"), x_unit="mT", y_unit="V")[0], X * 1e-3, Y)


def test_ppms_with_header_and_data(tmp_path):
    gap = np.where(np.arange(81) % 9 == 0, np.nan, Y)
    columns = [np.full(81, np.nan), 3.6e9 + np.arange(81), np.full(81, 300.01), X * 10, np.full(81, np.nan), gap]
    headings = [
        "Comment",
        "Time Stamp (sec)",
        "Temperature (K)",
        "Magnetic Field (Oe)",
        "Bridge 1 Resistivity (Ohm-m)",
        "Bridge 2 Resistance (Ohms)",
    ]
    head = "[Header]\nTITLE,Hanle\nBYAPP,PPMS,1.0\nINFO,1,2,3\nSTARTUPAXIS,X,4\n[Data]\n"
    (curve,) = read(file_of(tmp_path, head + table(columns, headings, ",", digits=12)))
    kept = np.isfinite(gap)
    assert is_curve(curve, X[kept] * 1e-3, Y[kept], 12) and said(
        curve, 'and 4 more: dropped, without a number in column 6, "Bridge 2 Resistance (Ohms)"'
    )


def test_bad_rows_are_named_or_counted(tmp_path):
    lines = table([X, Y], ["B (mT)", "R (ohm)"], ",").split("\n")
    lines[10], lines[20], lines[30] = "-62,OVERLOAD", "-42,3.0,9.9", "interrupted"
    (curve,) = read(file_of(tmp_path, "\n".join(lines)))
    left = np.delete(np.arange(81), [9, 19, 29])
    assert is_curve(curve, X[left] * 1e-3, Y[left])
    assert said(curve, "lines 11 and 21: dropped, without a number") and said(
        curve, "line 21: dropped, since there are more cells than the 2 columns"
    )
    assert said(curve, "line 31: left out, since no numbers are there")
    (curve,) = read(file_of(tmp_path, table([X, Y], ["B (mT)", "R (ohm)"])), exclude=[1, 81], skip=0)
    assert is_curve(curve, X[1:-1] * 1e-3, Y[1:-1]) and said(curve, "2 rows excluded")


def test_parallel_and_antiparallel(tmp_path):
    other = 6 - Y + 0.2
    path = file_of(tmp_path, table([X, Y, other], ["B (mT)", "R_P (ohm)", "R_AP (ohm)"]))
    y, y2 = written(Y, 7), written(other, 7)
    one, two = read(path, y2="R_AP (ohm)", set={"distance": "3 um"})
    assert one.set == {"distance": "3 um", "configuration": "parallel"} and two.set == {"distance": "3 um", "configuration": "antiparallel"}
    assert is_curve(one, X * 1e-3, Y) and is_curve(two, X * 1e-3, other) and (one.name, two.name) == ("sample R_P", "sample R_AP")
    (half,) = read(path, y="R_P", y2="R_AP", combine="difference", sigma="0.1 ohm", gain=2.0)
    assert is_curve(half, X * 1e-3, (y - y2) / 4, 15) and half.set == {}
    np.testing.assert_allclose(half.sigma, 0.05 / np.sqrt(2), rtol=1e-14)
    assert is_curve(read(path, y=2, y2=3, combine="mean")[0], X * 1e-3, (y + y2) / 2, 15)
    fine = np.linspace(-60, 60, 241)
    grids = file_of(tmp_path, table([X, Y, fine, 2 * fine], ["B (mT)", "P (ohm)", "B (mT)", "AP (ohm)"], ";"), "grids.csv")
    (half,) = read(grids, y="P", y2="AP", combine="difference")
    inside = np.abs(X) <= 60
    assert is_curve(half, X[inside] * 1e-3, written((y[inside] - 2 * X[inside]) / 2, 12), 12) and said(
        half, "interpolated to the 61 fields of y, 20 of y lie outside"
    )
    assert [len(curve.x) for curve in read(grids, y2="AP")] == [81, 241]


def test_standard_deviations_from_a_column(tmp_path):
    path = file_of(tmp_path, table([X, Y, 0.01 + 0 * X], ["B (mT)", "V (mV)", "err"]))
    (curve,) = read(path, sigma="err", gain=-10)
    np.testing.assert_allclose(curve.sigma, 1e-6, rtol=1e-14)
    assert is_curve(curve, X * 1e-3, written(Y, 7) * -1e-4, 14) and curve.unit == "V"
    np.testing.assert_allclose(read(path, sigma=1e-6, gain=10)[0].sigma, 1e-7, rtol=1e-14)


def test_latin_1_and_settings_in_a_comment(tmp_path):
    text = "# T = 77 K, I = 5 µA\n" + table([X, Y], delimiter=";")
    (curve,) = read(file_of(tmp_path, text, encoding="cp1252"), x_unit="mT", y_unit="µV")
    assert is_curve(curve, X * 1e-3, written(Y, 7) * 1e-6, 14) and said(curve, "read as cp1252") and said(curve, "no headings were found")
    assert read(file_of(tmp_path, table([X, Y], ["B (mT)", "V (µV)"]), encoding="cp1252"))[0].unit == "V"


def test_windows_and_directions(tmp_path):
    path = file_of(tmp_path, table([X, Y], ["B (mT)", "R (ohm)"]))
    (curve,) = read(path, field_window=["-20 mT", "0.02 T"])
    assert is_curve(curve, X[30:51] * 1e-3, Y[30:51]) and said(curve, "60 points outside field_window left out")
    loop = np.concatenate([X[40:], X[::-1], X[:41]])
    height = lorentzian(loop, 9)
    up, down = read(file_of(tmp_path, table([loop, height], ["B (mT)", "R (ohm)"]), "loop.dat"))
    rising = np.r_[:41, 122:163]
    assert is_curve(up, loop[rising] * 1e-3, height[rising]) and is_curve(down, loop[41:122] * 1e-3, height[41:122])
    start = np.concatenate([[0.0, 0.0], X])
    (curve,) = read(file_of(tmp_path, table([start, lorentzian(start, 9)], ["B (mT)", "R (ohm)"]), "start.dat"))
    assert curve.direction == "up" and len(curve.x) == 81 and said(curve, "lines 2 and 3: dropped")
    jittered = X + 0.9 * np.random.default_rng(3).standard_normal(81)
    assert [len(curve.x) for curve in read(file_of(tmp_path, table([jittered, Y], ["B (mT)", "R (ohm)"]), "jittered.dat"))] == [81]
    dense = np.sinh(np.linspace(-7, 7, 81))
    assert [len(curve.x) for curve in read(file_of(tmp_path, table([dense, Y], ["B (mT)", "R (ohm)"]), "dense.dat"))] == [81]


def test_hdf5_netcdf_and_what_measuring_programs_write_into_them(tmp_path):
    data = xarray.Dataset(
        {"lockin_X": ("dac", Y, {"units": "V", "long_name": "nonlocal voltage"}), "n": ("run", [1, 2, 3])},
        {"dac": ("dac", X, {"units": "mT", "long_name": "Field"})},
    )
    data.to_netcdf(tmp_path / "qcodes.nc", engine="h5netcdf")
    (curve,) = read(tmp_path / "qcodes.nc")
    assert is_curve(curve, X * 1e-3, Y, 16) and curve.unit == "V" and curve.direction == "up"
    with netcdf_file(tmp_path / "old.nc", "w") as old:
        old.createDimension("B", 81)
        for name, values, unit in (("B", X, "G"), ("R", Y, "mohm")):
            variable = old.createVariable(name, "d", ("B",))
            variable[:], variable.units = values, unit
    assert is_curve(read(tmp_path / "old.nc")[0], X * 1e-4, written(Y, 16) * 1e-3, 15)
    with h5py.File(tmp_path / "labber.hdf5", "w") as file:
        text = h5py.string_dtype()
        file["Data/Data"] = np.stack([X, Y, 0 * Y], 1)[:, :, None]
        file["Data/Channel names"] = np.array(
            [("Magnet - Field", ""), ("Lock-in - Value", "Real"), ("Lock-in - Value", "Imaginary")], [("name", text), ("info", text)]
        )
        file["Channels"] = np.array([("Magnet - Field", "T"), ("Lock-in - Value", "V")], [("name", text), ("unitPhys", text)])
    assert is_curve(read(tmp_path / "labber.hdf5")[0], X, Y, 16)
    with h5py.File(tmp_path / "groups.h5", "w") as file:
        for group, scale in (("first", 1), ("second", 2)):
            for name, values, unit in (("time", np.arange(81.0), "s"), ("B", X, "mT"), ("V", Y * scale + 1j, "uV")):
                file[f"{group}/{name}"] = values
                file[f"{group}/{name}"].attrs["unit"] = unit
    (curve,) = read(tmp_path / "groups.h5", section="second")
    assert is_curve(curve, X * 1e-3, 2e-6 * Y, 14) and said(curve, "of V, which is complex, the real part was taken")


def test_tdms_of_labview(tmp_path):
    nptdms = pytest.importorskip("nptdms")
    with nptdms.TdmsWriter(tmp_path / "a.tdms") as writer:
        writer.write_segment(
            [
                nptdms.ChannelObject("sweep", name, values, {"unit_string": unit})
                for name, values, unit in (("Time", np.arange(81.0), "s"), ("Field", X, "mT"), ("Voltage", Y, "V"))
            ]
        )
    assert is_curve(read(tmp_path / "a.tdms")[0], X * 1e-3, Y, 16)


def test_igor_waves(tmp_path):
    pytest.importorskip("igor2")

    def ibw(values, step, start, units):
        """A binary wave of version 2, as Igor's documentation lays it out."""
        wave = struct.pack("<hL20s8s4s4slh", 4, 0, b"V_nl", b"", *units, len(values), 0) + struct.pack("<dd", step, start)
        wave = wave.ljust(110, b"\0")
        body = values.astype("<f8").tobytes() + b"\0" * 16
        head = struct.pack("<hlll", 2, 110 + 16 + len(values) * 8, 0, 0)
        checksum = -sum(struct.unpack(f"<{(len(head) + 2 + 110) // 2}h", head + b"\0\0" + wave)) & 0xFFFF
        return head + struct.pack("<H", checksum) + wave + body

    (tmp_path / "a.ibw").write_bytes(ibw(Y, 2e-3, -80e-3, (b"V", b"T")))
    (curve,) = read(tmp_path / "a.ibw")
    assert is_curve(curve, X * 1e-3, Y, 14) and curve.unit == "V"


def test_a_curve_prints_itself_in_a_line(tmp_path):
    (curve,) = read(file_of(tmp_path, table([X, Y], ["B (mT)", "R (mohm)"])), set={"distance": "3 um"}, sigma="1 uohm")
    assert (
        repr(curve)
        == f"Measured(sample, 81 points from -80 mT to 80 mT, y from {Y.min():.4g} mohm to {Y.max():.4g} mohm, sigma = 1 uohm, up, distance = 3 um)"
    )
