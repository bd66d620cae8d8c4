"""Devices as configurations: which keys each nonmagnet, field and detector takes, and what runs from end to end."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from hanle_sim.configuration import ConfigurationError, build, check, read

IDENTITY = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
TURNING = {"field.start": None, "field.stop": None, "field.B": "20 mT", "field.theta_start": "0 deg", "field.theta_stop": "180 deg"}
PATH = {"field.start": None, "field.stop": None, "field.points": None, "field.path": [[0, 0, 0], ["1 mT", 0, 0], [0, 0, "20 mT"]]}


def written(preset: str, changes: dict) -> dict:
    """A preset with keys changed, "section.key": value; None takes a key out."""
    table = read(preset)
    for path, value in changes.items():
        *sections, key = path.split(".")
        home = table
        for section in sections:
            home = home.setdefault(section, {})
        if value is None:
            home.pop(key, None)
        else:
            home[key] = value
    return table


REFUSED = [
    # Exactly one of two keys, and both values where both are given.
    ("diffusive", {"nonmagnet.lambda_s": "1 um"}, "nonmagnet: tau_s = \"1 ns\", D = \"10 cm^2/s\" and lambda_s = \"1 um\" exclude each other"),
    ("diffusive", {"nonmagnet.tau_s": None}, "nonmagnet: tau_s or lambda_s is missing: give exactly one"),
    ("diffusive", {"nonmagnet.tau_s": None, "nonmagnet.D": None}, "nonmagnet: tau_s or D or lambda_s is missing: give two of them"),
    ("lumped", {"nonmagnet.tau_s": None}, "nonmagnet: tau_s is missing: give the spin relaxation time"),
    ("diffusive", {"nonmagnet.D": None}, "nonmagnet: D or lambda_s is missing"),
    ("film", {"nonmagnet.r_s": 1e-11}, "rho = \"1 mohm cm\" and r_s = 1e-11 ohm m^2 exclude each other"),
    ("drift", {"nonmagnet.rho": None}, "nonmagnet: rho or r_s is missing"),
    ("contact", {"nonmagnet.r_s": 1e-11}, "R_sq = \"10 ohm\" and r_s = 1e-11 ohm m^2 exclude each other"),
    ("film", {"nonmagnet.alpha": 2, "nonmagnet.r_Q": 1e-6}, "alpha = 2 and r_Q = 1e-6 K m^2/W exclude each other"),
    ("lumped", {"nonmagnet.alpha": None}, "nonmagnet.alpha (or r_Q) is missing"),
    # What each geometry needs, and what belongs to another.
    ("film", {"nonmagnet.thickness": None}, "thickness is missing"),
    ("film", {"nonmagnet.back": None}, "back is missing"),
    ("drift", {"nonmagnet.velocity": None}, "velocity is missing"),
    ("contact", {"nonmagnet.contact_width": None}, "contact_width is missing"),
    ("lateral", {"nonmagnet.R_sq": None}, "R_sq or rho is missing"),
    ("lateral", {"nonmagnet.R_sq": None, "nonmagnet.rho": 1e-5}, "thickness is missing: rho needs it: give the thickness of the channel"),
    ("lateral", {"nonmagnet.thickness": 1e-6}, "thickness = 1e-6 m: has no meaning without rho"),
    ("contact", {"nonmagnet.R_sq": None, "nonmagnet.r_s": 1e-11, "nonmagnet.thickness": 1e-6}, "thickness = 1e-6 m: has no meaning without rho"),
    ("contact", {"nonmagnet.rho": 1e-5, "nonmagnet.r_s": 1e-11}, "R_sq = \"10 ohm\", rho = 1e-5 ohm m and r_s = 1e-11 ohm m^2 exclude each other"),
    ("lateral", {"nonmagnet.channel_width": None}, "channel_width is missing"),
    ("lateral", {"nonmagnet.distance": None}, "distance is missing"),
    ("lumped", {"nonmagnet.D": 1e-3}, "D = 0.001 m^2/s: has no meaning for model = \"lumped\""),
    ("lumped", {"nonmagnet.S_N": 1e-5}, "S_N = 1e-5 V/K: has no meaning for model = \"lumped\", which has no gradients"),
    ("diffusive", {"nonmagnet.thickness": 1e-6}, "thickness = 1e-6 m: has no meaning for model = \"diffusive\", only for film"),
    ("diffusive", {"nonmagnet.R_sq": 10}, "only for contact, lateral"),
    ("contact", {"nonmagnet.rho": 1e-5}, "R_sq = \"10 ohm\" and rho = 1e-5 ohm m exclude each other"),
    # No back-flow.
    ("lumped", {"junction.R_tun": "inf", "drive.I": None, "drive.V": 1e-3}, "junction.R_tun = inf and drive.V = 0.001 V: at a given voltage no"),
    ("lumped", {"junction.R_tun": float("inf"), "drive.Delta_T_0": 1}, "junction.R_tun = inf and drive.Delta_T_0 = 1 K: heat drives no current"),
    *(("lumped", {"junction.R_tun": bad}, "junction.R_tun = ") for bad in ("-inf", float("-inf"), float("nan"), "infinite", "inf V", True)),
    ("contact", {"nonmagnet.configuration": "parallel"}, "configuration = \"parallel\": has no meaning for model = \"contact\""),
    ("lateral", {"nonmagnet.r_s": 1e-11}, "r_s = 1e-11 ohm m^2: has no meaning for model = \"lateral\", whose spin resistance is"),
    ("lateral", {"nonmagnet.r_Q": "1e-6 K m^2/W"}, "must be in K/W, since model = \"lateral\""),
    ("film", {"nonmagnet.r_Q": "1e-6 K/W"}, "must be in K m^2/W, since model = \"film\""),
    ("film", {"nonmagnet.model": "Film"}, "nonmagnet.model = \"Film\": must be one of \"lumped\""),
    ("film", {"nonmagnet.back": True}, "nonmagnet.back = true: must be one of \"reflecting\" or \"absorbing\""),
    ("film", {"nonmagnet.lambda_Q": 1e-6}, "nonmagnet.lambda_Q: unknown key"),
    # Values of the new keys.
    *(
        (preset, {f"nonmagnet.{key}": bad}, f"nonmagnet.{key} = ")
        for preset, key in (
            ("diffusive", "D"), ("diffusive", "rho"), ("film", "thickness"), ("drift", "velocity"), ("contact", "contact_width"),
            ("lateral", "R_sq"), ("lateral", "channel_width"), ("lateral", "distance"), ("lateral", "left_end"), ("film", "S_N"),
        )
        for bad in ("1 T", float("nan"), float("inf"), True, [1], {"x": 1}, "")
    ),
    *((preset, {f"nonmagnet.{key}": 0}, "must be positive") for preset, key in (("film", "thickness"), ("lateral", "right_end"))),
    ("diffusive", {"nonmagnet.D": -1}, "nonmagnet.D = -1: must be positive"),
    ("film", {"nonmagnet.S_N": 1}, "second law"),
    *((model, {"nonmagnet.relaxation_s": bad}, "must be a 3x3 tensor") for model in ("lumped", "film") for bad in (3, [], IDENTITY[:2], "x")),
    ("film", {"nonmagnet.relaxation_Q": [[1, 0.5, 0], *IDENTITY[1:]]}, "must be a symmetric 3x3 tensor"),
    ("film", {"nonmagnet.relaxation_Q": [[1, 2, 0], [2, 1, 0], [0, 0, 1]]}, "must be positive definite"),
    ("film", {"nonmagnet.relaxation_s": [["a", 0, 0], *IDENTITY[1:]]}, "must be a number"),
    ("lumped", {"nonmagnet.g": IDENTITY[:2]}, "nonmagnet.g = [[1, 0, 0], [0, 1, 0]]: must be a 3x3 tensor"),
    ("lumped", {"nonmagnet.g": [[float("nan"), 0, 0], *IDENTITY[1:]]}, "must be a finite number"),
    *(("lumped", {"junction.eta_mix": bad}, "junction.eta_mix = ") for bad in (0, -1, "1 S", float("nan"))),
    *(("lumped", {"junction.G_i": bad}, "junction.G_i = ") for bad in ("1 S", float("inf"), True)),
    *(("lumped", {"field.B_sat": bad}, "field.B_sat = ") for bad in (0, "-1 T", "1 s", [1])),
    *(("lumped", {"field.exchange_field": bad}, "field.exchange_field = ") for bad in ("2 kT", "1 s", float("nan"), [0, 0, 1])),
    # Stray fields.
    *(("film", {"field.stray": bad}, "must be a table, [field.stray]") for bad in (3, [], "gaussian", [{"kind": "gaussian"}])),
    ("film", {"field.stray": {}}, "field.stray.kind: missing"),
    ("film", {"field.stray": {"kind": "lorentzian"}}, "must be one of \"gaussian\", \"samples\" or \"roughness\""),
    ("film", {"field.stray": {"kind": "gaussian"}}, "field.stray: sigma is missing"),
    *(("film", {"field.stray": {"kind": "gaussian", "sigma": bad}}, "field.stray.sigma = ") for bad in (0, [0, 0, 0], -1, [1, 1], [1, -1, 0], "1 s")),
    *(("film", {"field.stray": {"kind": "samples", "values": bad}}, "field.stray.values = ") for bad in ([], 3, [1, 2, 3], [[1, 2]], [["a", 0, 0]])),
    ("film", {"field.stray": {"kind": "samples", "values": [[0, 0, 0]], "sigma": 1}}, "sigma = [1, 1, 1]: has no meaning for kind = \"samples\""),
    ("film", {"field.stray": {"kind": "roughness", "amplitude": 1, "wavelength": 1e-7}}, "height is missing"),
    ("film", {"field.stray": {"kind": "roughness", "amplitude": -1, "wavelength": 1e-7, "height": 0}}, "amplitude = -1 T: must not be negative"),
    ("film", {"field.stray": {"kind": "gaussian", "sigma": 1, "sgima": 1}}, "field.stray.sgima: unknown key: did you mean sigma?"),
    # Fields that turn.
    ("film", {**TURNING, "field.theta": 1}, "theta = 1 rad and B = \"20 mT\" exclude each other"),
    ("film", {**TURNING, "field.start": 0}, "B = \"20 mT\" and start = 0 T exclude each other"),
    ("film", {**TURNING, "field.theta_stop": "0 deg"}, "the angle range is empty"),
    ("film", {**TURNING, "field.B": None}, "B is missing"),
    ("film", {**TURNING, "field.points": None}, "points is missing"),
    ("film", {**PATH, "field.points": 3}, "field: path = [[0, 0, 0], [\"1 mT\", 0, 0], [0, 0, \"20 mT\"]] and points = 3 exclude each other"),
    *(("film", {**PATH, "field.path": bad}, "field.path = ") for bad in ([], 3, [1, 2, 3], [[0, 0]], [["1 s", 0, 0]], [[2e3, 0, 0]])),
    # Two contacts.
    ("lateral", {"junction.contact_area": None}, "junction.contact_area is missing"),
    ("lateral", {"drive.I": "1 A/m^2"}, "drive.I = \"1 A/m^2\": must be a current in A"),
    ("film", {"detector.P_G": 0.1}, "detector: has no meaning for nonmagnet.model = \"film\""),
    ("lateral", {"detector": 3}, "detector = 3: must be a table, [detector]"),
    ("lateral", {"detector.P_G": 2}, "detector.P_G = 2: must lie between -1 and 1"),
    ("lateral", {"detector.T_0": 3}, "detector.T_0: unknown key: it belongs in [nonmagnet]"),
    ("lateral", {"detector.contact_area": "1 m"}, "detector.contact_area = \"1 m\": has the wrong unit"),
    ("lateral", {"detector.S": "1 mV/K"}, "second law"),
    ("lateral", {"detector.magnetisation": [-1, 0, 0], "nonmagnet.configuration": "parallel"}, "nonmagnet.configuration = \"parallel\" and"),
    ("lateral", {"nonmagnet.configuration": "sideways"}, "must be one of \"parallel\" or \"antiparallel\""),
]  # fmt: skip


@pytest.mark.parametrize(("preset", "changes", "message"), REFUSED)
def test_refusals(preset: str, changes: dict, message: str):
    with pytest.raises(ConfigurationError) as refused:
        build(check(written(preset, changes)))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value) and "Quantity(" not in str(refused.value)


@pytest.mark.parametrize(
    ("preset", "changes"),
    [
        ("film", {"field.stray": {"kind": "gaussian", "sigma": 1, "values": [[0, 0, "1 mT"]]}}),
        ("film", {**PATH, "field.theta": 1}),
        ("film", {**PATH, "field.values": [0]}),
    ],
)
def test_refusals_show_lists_as_written(preset: str, changes: dict):
    with pytest.raises(ConfigurationError) as refused:
        build(check(written(preset, changes)))
    assert "Quantity(" not in str(refused.value)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    ("preset", "changes"),
    [
        ("diffusive", {"nonmagnet.D": None, "nonmagnet.lambda_s": 1e300}),
        ("lumped", {"nonmagnet.alpha": 1e-320}),
        ("film", {"nonmagnet.alpha": 1e-320}),
        ("film", {"nonmagnet.rho": None, "nonmagnet.r_s": 1e300}),
        ("film", {"nonmagnet.S_N": 1e300}),
    ],
)
def test_numbers_beyond_the_machine_are_refused(preset: str, changes: dict):
    with pytest.raises(ConfigurationError):
        build(check(written(preset, changes)))


@pytest.mark.parametrize("preset", ["diffusive", "film", "film-absorbing", "drift", "contact", "lateral"])
def test_alpha_sets_r_Q_and_nothing_else(preset: str):
    plain, given = (build(check(written(preset, changes))).device for changes in ({}, {"nonmagnet.alpha": 3}))
    assert given.nonmagnet.r_s == plain.nonmagnet.r_s
    assert given.alpha == pytest.approx(3)
    assert given.nonmagnet.r_Q == pytest.approx(plain.nonmagnet.r_Q * plain.alpha / 3)
    assert given.nonmagnet.material.lambda_Q == plain.nonmagnet.material.lambda_Q == pytest.approx(0.2e-6)
    by_length = build(check(written(preset, {"nonmagnet.D": None, "nonmagnet.lambda_s": "1 um"}))).device
    assert (by_length.nonmagnet.r_s, by_length.alpha) == pytest.approx((plain.nonmagnet.r_s, plain.alpha))


@pytest.mark.parametrize(("preset", "key"), [("diffusive", "rho"), ("film", "rho"), ("drift", "rho"), ("contact", "R_sq")])
def test_r_s_is_the_spin_resistance_at_B_0(preset: str, key: str):
    device = build(check(written(preset, {f"nonmagnet.{key}": None, "nonmagnet.r_s": "7 ohm um^2"}))).device
    assert device.nonmagnet.r_s == pytest.approx(7e-12)
    assert device.alpha == pytest.approx(build(check(read(preset))).device.alpha)


def test_what_the_detector_leaves_out_is_the_injector_s():
    device = build(check(written("lateral", {"junction.P_G": 0.4, "detector.S": "50 uV/K", "detector.contact_area": "2 um^2"}))).device
    assert device.is_nonlocal
    one, other = device.injector.junction, device.detector.junction
    assert (other.P_G, one.R_tun, other.R_tun) == pytest.approx((0.4, 1e5, 5e4))
    assert device.detector.junction.L_up / device.detector.junction.G_up == pytest.approx(
        device.injector.junction.L_up / device.injector.junction.G_up / 2
    )
    np.testing.assert_array_equal(device.detector.magnetisation, device.injector.magnetisation)
    turned = build(check(written("lateral", {"nonmagnet.configuration": "antiparallel"}))).device.detector
    assert turned is not None
    np.testing.assert_array_equal(turned.magnetisation, -device.injector.magnetisation)


ANGLE = ("start=", "stop=", "field.B=20 mT", "theta_start=0 deg", "theta_stop=180 deg", "points=5")
COMBINED = {
    "film-with-all": ("film", ("eta_mix=1.3", "S_N=10 uV/K", "Delta_T_0=1 K", "B_sat=0.1 T", "relaxation_s=[[1, 0, 0], [0, 1, 0], [0, 0, 2]]")),
    "lumped-turning": ("lumped", (*ANGLE, "G_i=1e6 S/m^2", "relaxation_s=[[1, 0.1, 0], [0.1, 1, 0], [0, 0, 2]]")),
    "lumped-biased": ("lumped", ("I=", "V=10 mV", "exchange_field=5 mT", "eta_mix=1.5")),
    "contact-path": ("contact", ("start=", "stop=", "points=", 'path=[[0, 0, 0], ["1 mT", 0, 0], [0, "5 mT", 0], [0, 0, "20 mT"]]')),
    "lateral-strayed": ("lateral", ("field.stray.kind=samples", 'field.stray.values=[["1 mT", 0, 0], [0, 0, "2 mT"]]', "detector.P_G=0.2")),
    "drift-tensor": ("drift", ("g=[[2, 0.1, 0], [0.1, 1.9, 0], [0, 0, 2.1]]", "theta=50 deg")),
}  # fmt: skip


def numbers_of(path: Path) -> dict[str, np.ndarray]:
    with path.open(encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.heavy if name not in ("film-with-all", "lumped-biased") else ()) for name in COMBINED]
)
def test_options_combine(hanle, tmp_path, name: str):
    preset, settings = COMBINED[name]
    points = () if any(setting.startswith("points") for setting in settings) else ("points=5",)
    options = [part for setting in (*settings, *points) for part in ("--set", setting)]
    status, out, err = hanle("simulate", preset, *options, "--out", "result")
    assert (status, err) == (0, "")
    assert "warning" not in out
    curve = numbers_of(tmp_path / "result" / "curve.csv")
    assert all(np.all(np.isfinite(column)) for column in curve.values())
    np.testing.assert_allclose(curve["Delta_V_spin_V"] + curve["Delta_V_heat_V"], curve["Delta_V_Hanle_V"], rtol=1e-9, atol=1e-15)
    summary = json.loads((tmp_path / "result" / "summary.json").read_text(encoding="utf-8"))
    assert summary["model"] == preset
    assert all(difference < 1e-6 for difference in summary["agreement"].values() if difference is not None)
    with xr.open_dataset(tmp_path / "result" / "curve.nc", engine="h5netcdf") as data:
        np.testing.assert_array_equal(data["Delta_V_Hanle"], curve["Delta_V_Hanle_V"])
    if preset == "lateral":
        assert list(curve)[-1] == "R_nl_ohm"
        np.testing.assert_allclose(curve["R_nl_ohm"], curve["Delta_V_Hanle_V"] / 1e-7, rtol=1e-12)
        assert summary["r_s_ohm"] == pytest.approx(10)
    else:
        assert "R_nl_ohm" not in curve


def test_devices_compare_or_say_why_not(hanle, tmp_path):
    status, _, err = hanle("compare", "film", "film", "--set", "points=5", "--out", "result")
    assert (status, err) == (0, "")
    rows = json.loads((tmp_path / "result" / "compare.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in rows] == ["film", "film (2)"]
    for arguments, message in (
        ((), "Missing argument"),
        (("film", "flim"), "neither a file nor a preset"),
        (("film", *(part for setting in ANGLE for part in ("--set", setting))), "its field turns along the sweep"),
        (("film", "lateral", "--set", "thickness=1 um"), 'thickness = "1 um": has no meaning without rho'),
    ):
        status, _, err = hanle("compare", *arguments)
        assert status == 2 and err.startswith("hanle: ") and err.count("\n") == 1
        assert message in err
