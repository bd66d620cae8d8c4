"""`hanle fit --each`: many curves from the command line, each fitted by itself."""

import csv
import json
import re

import numpy as np
import pytest
import xarray as xr

import hanle_sim
from hanle_sim.constants import hbar, mu_B
from laboratory import file_of, lorentzian, table

X = np.linspace(-40, 40, 81)
LINE = '[fit]\nmodel = "lorentzian"\noffset = true\nfield_offset = true\n'


@pytest.fixture(scope="module")
def scan() -> xr.Dataset:
    """Lines that narrow with the gate's voltage, and one that is none."""
    rng, gate = np.random.default_rng(0), np.array([-2.0, -1.0, 0.0, 1.0])
    y = np.array([1 / (1 + (X / (9 + v)) ** 2) for v in gate]) + 0.01 * rng.normal(size=(4, X.size))
    y[2] = 0.3
    return xr.Dataset(
        {"y": (("gate", "B"), y, {"units": "uV"})},
        {"B": ("B", X, {"units": "mT"}), "gate": ("gate", gate, {"units": "V"})},
    )


def test_a_dataset(hanle, tmp_path, scan):
    scan.to_netcdf(tmp_path / "scan.nc", engine="h5netcdf")
    config = file_of(tmp_path, LINE, "FIT.toml")
    status, out, err = hanle("fit", "scan.nc", "--each", "--config", config)
    assert (status, err) == (0, "") and "written to hanle-out/scan-fits" in out
    assert "4 curves, each fitted by itself" in out and re.search(r"\btau\b.* 3\b", out) and "1 curve: all points are alike" in out
    home = tmp_path / "hanle-out" / "scan-fits"
    assert sorted(path.name for path in home.iterdir() if path.name != ".hanle.json") == [
        "fit.toml",
        "fits.csv",
        "fits.json",
        "fits.nc",
        "fits.png",
    ]
    expected = hanle_sim.fit(scan, {"fit": {"model": "lorentzian", "offset": True, "field_offset": True}})
    with xr.open_dataset(home / "fits.nc", engine="h5netcdf") as found:
        for name in ("tau", "tau_stderr", "amplitude", "reason"):
            np.testing.assert_array_equal(found[name], expected[name])
        assert found["gate"].attrs["units"] == "V" and found.attrs["source"] == str(tmp_path / "scan.nc")
    with (home / "fits.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["gate"]) for row in rows] == [-2, -1, 0, 1] and [row["tau_identifiable"] for row in rows] == [
        "True",
        "True",
        "False",
        "True",
    ]
    assert float(rows[3]["tau"]) == float(expected.tau[3]) and rows[2]["tau"] == "nan"
    bare = scan.copy()
    bare["B"] = ("B", X)
    bare.to_netcdf(tmp_path / "bare.nc", engine="h5netcdf")
    status, out, err = hanle("fit", "bare.nc", "--each", "--config", config, "--x-unit", "mT", "--json")
    assert (status, err) == (0, "") and json.loads(out)["tau"][1] == float(expected.tau[1])
    status, out, err = hanle("fit", "scan.nc", "--each", "--config", config, "--json")
    assert (status, err) == (0, "") and json.loads(out)["tau"][2] is None and json.loads(out)["tau"][1] == float(expected.tau[1])


def test_files_of_a_curve_each(hanle, tmp_path):
    """In any order of their points, without a FIT.toml; and none of other fields, or of numbers of their own."""
    rng = np.random.default_rng(1)
    for name, width, order in (("a", 8, 1), ("b", 4, -1)):
        file_of(tmp_path, table([X[::order], lorentzian(X - 3, width)[::order] + 0.01 * rng.normal(size=X.size)]), f"{name}.dat")
    file_of(tmp_path, table([X + 1, lorentzian(X, 5)]), "c.dat")
    units = ["--x-unit", "mT", "--y-unit", "uV"]
    status, out, err = hanle("fit", "a.dat", "b.dat", "--each", *units, "--out", "r")
    assert (status, err) == (0, "") and re.search(r"\btau\b.* 2\b", out) and not (tmp_path / "r" / "fit.toml").exists()
    found = json.loads((tmp_path / "r" / "fits.json").read_text(encoding="utf-8"))
    assert found["curve"] == ["a", "b"] and found["tau"] == pytest.approx([hbar / (2 * mu_B * width) for width in (8e-3, 4e-3)], rel=0.1)
    assert found["amplitude"][0] == pytest.approx(np.ptp(lorentzian(X - 3, 8)) * 1e-6, rel=0.2)
    assert found["field_offset"] == pytest.approx([3e-3, 3e-3], abs=3e-4)
    status, out, err = hanle("fit", "a.dat", "c.dat", "--each", *units, "--out", "s")
    assert (status, out) == (2, "") and err.startswith("hanle: c: has other fields than a") and not (tmp_path / "s").exists()
    config = file_of(tmp_path, LINE + '[data]\nset = { T_0 = "3 K" }\n', "FIT.toml")
    status, out, err = hanle("fit", "a.dat", "b.dat", "--each", *units, "--config", config)
    assert (status, out) == (2, "") and "data.set goes with one fit of all curves" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["half.nc", "--each"], "can't be read as a dataset"),
        (["missing.nc", "--each"], "missing.nc"),
        (["--each"], "takes files"),
        (["half.nc", "--each", "--compare"], "takes files, and no --compare"),
    ],
)
def test_bad_input(hanle, tmp_path, arguments: list[str], says: str):
    (tmp_path / "half.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + b"half")
    status, out, err = hanle("fit", *arguments, *(["--config", file_of(tmp_path, LINE, "FIT.toml")] if arguments == ["--each"] else []))
    assert (status, out) == (2, "") and says in err and err.count("\n") == 1
