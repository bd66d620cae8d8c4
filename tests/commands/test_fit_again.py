"""fit.toml alone, from any directory, gives the fit again."""

import json
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hanle_sim import fit
from hanle_sim.commands.fit_files import fit_and_write
from hanle_sim.configuration import ConfigurationError
from hanle_sim.fitting.estimate import Estimate
from hanle_sim.fitting.solve import Parameter
from hanle_sim.output.fit import repeated
from laboratory import file_of, lorentzian, table

X = np.linspace(-40, 40, 41)
DEVICE = """
name = "island"

[junction]
P_G = 0.4
R_tun = "50 ohm um^2"

[nonmagnet]
model = "lumped"
tau_s = "1 ns"
r_s = "25 ohm um^2"

[drive]
I = "1 kA/cm^2"
"""


def again(hanle, monkeypatch, tmp_path, *arguments):
    """fit.json and fit.toml of a fit, and fit.json of its repetition from another directory."""
    status, _, err = hanle("fit", *arguments, "--starts", 1, "--out", "first")
    assert (status, err) == (0, "")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    status, _, err = hanle("fit", "--config", tmp_path / "first" / "fit.toml", "--out", "second")
    assert (status, err) == (0, "")
    first, second = tmp_path / "first", tmp_path / "elsewhere" / "second"
    assert (first / "fit.csv").read_text().split("\n")[0] == (second / "fit.csv").read_text().split("\n")[0]
    found = [json.loads((folder / "fit.json").read_text(encoding="utf-8")) for folder in (first, second)]
    return *found, tomllib.loads((first / "fit.toml").read_text(encoding="utf-8"))


def is_again(one, other):
    assert one["ssr"] == pytest.approx(other["ssr"], rel=1e-9) and one["n_effective"] == pytest.approx(other["n_effective"], rel=1e-6)
    assert list(one["parameters"]) == list(other["parameters"])
    for name, each in one["parameters"].items():
        scale = each["stderr"] or abs(each["value"])
        assert each["value"] == pytest.approx(other["parameters"][name]["value"], abs=1e-5 * scale), name
        assert (each["stderr"] or 0.0) == pytest.approx(other["parameters"][name]["stderr"] or 0.0, rel=1e-4), name


@pytest.mark.heavy
def test_a_device_from_two_files_and_changes_on_the_command_line(hanle, monkeypatch, tmp_path):
    """Files, units, settings, and the bounds that a start must not leave: the second file's line is wider than any allowed."""
    for folder, width in (("a", 8), ("b", 4)):
        (tmp_path / folder).mkdir()
        file_of(tmp_path / folder, table([X, lorentzian(X, width)]), "hanle.dat")
    text = DEVICE + '[[data]]\n[[data]]\nset = { T_0 = "77 K" }\n[fit]\noffset = true\n'
    text += 'free = { tau_s = { start = "600 ps", max = "900 ps", shared = false }, P_G = { max = 0.5 } }\n'
    config = file_of(tmp_path, text, "FIT.toml")
    units = ["--x-unit", "mT", "--y-unit", "uV"]
    one, other, tables = again(
        hanle, monkeypatch, tmp_path, "a/hanle.dat", "b/hanle.dat", "--config", config, *units, "--set", "R_tun=200 ohm um^2"
    )
    assert one["parameters"]["tau_s [hanle (2)]"]["at_bound"] and not one["parameters"]["tau_s [hanle (1)]"]["at_bound"]
    is_again(one, other)
    assert tables["junction"]["R_tun"] == "200 ohm um^2"
    assert tables["data"] == [
        {"file": str(tmp_path / "a" / "hanle.dat"), "x_unit": "mT", "y_unit": "uV"},
        {"file": str(tmp_path / "b" / "hanle.dat"), "x_unit": "mT", "y_unit": "uV", "set": {"T_0": "77 K"}},
    ]


def test_how_errors_were_asked_for(hanle, monkeypatch, tmp_path):
    """Profiles and sets of data drawn anew, in fit.toml as on the command line; a refusal names the key."""
    file_of(tmp_path, table([X, lorentzian(X, 8) + 0.02 * np.sin(37 * X)]), "hanle.dat")
    config = file_of(tmp_path, DEVICE + "[fit]\noffset = true\nbootstrap = 200\nfree = { tau_s = {}, P_G = {} }\n", "FIT.toml")
    given = ["hanle.dat", "--config", config, "--x-unit", "mT", "--y-unit", "uV", "--profile", "tau_s"]
    one, other, tables = again(hanle, monkeypatch, tmp_path, *given, "--bootstrap", 0)
    assert {name: each["by"] for name, each in one["parameters"].items()} == {
        "tau_s": "profile",
        "P_G": "covariance",
        "offset": "covariance",
    }
    assert [each["by"] for each in other["parameters"].values()] == [each["by"] for each in one["parameters"].values()]
    assert (tables["fit"]["starts"], tables["fit"]["profiles"], tables["fit"]["bootstrap"]) == (1, ["tau_s"], 0)
    monkeypatch.chdir(tmp_path)
    status, out, err = hanle("fit", *given[:3], "--x-unit", "mT", "--y-unit", "uV", "--bootstrap", 7)
    assert (status, out) == (2, "") and err == "hanle: fit: bootstrap = 7: must be 0, or at least 50, and without a posterior\n"


def test_quick_fits_of_two_files_one_with_an_outlier(hanle, monkeypatch, tmp_path):
    for folder, outlier in (("a", 3), ("b", 0)):
        (tmp_path / folder).mkdir()
        y = lorentzian(X, 8)
        y[5] += outlier
        file_of(tmp_path / folder, table([X, y]), "curve.dat")
    one, other, tables = again(hanle, monkeypatch, tmp_path, "a/curve.dat", "b/curve.dat", "--x-unit", "mT", "--y-unit", "uV")
    assert one == other and [(each["n"], each["name"]) for each in one["curves"]] == [(40, "curve (1)"), (41, "curve (2)")]
    units = {"x_unit": "mT", "y_unit": "uV"}
    assert tables == {"data": [{"file": str(tmp_path / folder / "curve.dat"), **units} for folder in ("a", "b")]}


def test_a_rounding_beyond_a_bound_is_no_start():
    bound = Parameter("tau_s", 5e-10, 1e-12, 9e-10, "s")
    found = Estimate(np.nextafter(9e-10, 1), None, (None, None), (None, None), "s", at_bound=True)
    result = SimpleNamespace(problem=SimpleNamespace(parameters=[bound]), parameters={"tau_s": found})
    assert repeated({"fit": {"free": {"tau_s": {"max": "900 ps"}}}}, result)["fit"]["free"]["tau_s"] == {
        "max": "900 ps",
        "start": "9e-10 s",
    }


def test_files_in_other_keys(tmp_path, monkeypatch):
    """What is subtracted, and a magnet's calibration, are found from elsewhere too."""
    monkeypatch.chdir(tmp_path)
    file_of(tmp_path, table([X, X], ["I (A)", "B (mT)"]), "magnet.dat")
    for name, sign in (("p.dat", 1), ("ap.dat", -1)):
        file_of(tmp_path, table([X, sign * lorentzian(X, 8)], ["I (A)", "V (uV)"]), name)
    tables = {"data": {"y2_file": "ap.dat", "combine": "difference", "calibration": "magnet.dat"}}
    found = fit("p.dat", tables)
    monkeypatch.chdir("/")
    assert fit(config=found.written).results[0].as_dict() == found.results[0].as_dict()
    assert tables["data"]["y2_file"] == "ap.dat"


def test_arrays_are_in_no_file_and_it_is_said(tmp_path):
    arrays = [{"x": X * 1e-3, "y": lorentzian(X, 8), "unit": "V", "name": name} for name in ("a", "a")]
    found, folder = fit_and_write(arrays, None, tmp_path / "r", figure_format="png", progress=lambda *_: None)
    assert [one.name for one in found.measured] == ["a (1)", "a (2)"] and found.written == {}
    assert "in no file: name one in [data]" in Path(folder, "fit.toml").read_text(encoding="utf-8").split("\n")[0]
    with pytest.raises(ConfigurationError, match="no file is given"):
        fit(config=folder / "fit.toml")
    assert fit(arrays, folder / "fit.toml").results[1].as_dict() == found.results[1].as_dict()


def test_settings_need_a_configuration(hanle, tmp_path):
    file_of(tmp_path, table([X, lorentzian(X, 8)], ["B (mT)", "V (uV)"]), "curve.dat")
    status, out, err = hanle("fit", "curve.dat", "--set", "tau_s=1 ns")
    assert (status, out) == (2, "") and "changes to a FIT.toml: give one" in err and err.count("\n") == 1
