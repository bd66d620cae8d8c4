"""`hanle fit` from the outside: files in, tables, results and refusals out."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

import hanle_sim
from hanle_sim import Field, fit, hanle_curve
from hanle_sim.configuration import build, check

ROOT = Path(__file__).parents[2]
DATA = ROOT / "docs" / "data" / "nonlocal.csv"
LUMPED = {
    "name": "lumped",
    "junction": {"P_G": 0.4, "R_tun": "50 ohm um^2"},
    "nonmagnet": {"model": "lumped", "tau_s": "1 ns", "r_s": "25 ohm um^2"},
    "drive": {"I": "1 kA/cm^2"},
}


def lumped(noise: float, seed: int = 0, **nonmagnet: str) -> dict:
    """A curve of the device with other numbers, and noise of the peak."""
    tables = {**LUMPED, "nonmagnet": {**LUMPED["nonmagnet"], **nonmagnet}, "field": {"start": 0, "stop": 1e-3, "points": 2}}
    setup, B = build(check(tables)), np.linspace(-40e-3, 40e-3, 101)
    y = np.asarray(hanle_curve(setup.device, Field(B, setup.field.direction)).Delta_V_Hanle)
    return {"x": B, "y": y + noise * np.max(y) * np.random.default_rng(seed).normal(size=B.size), "unit": "V"}


def test_a_file_and_nothing_else(hanle):
    status, out, err = hanle("fit", DATA)
    assert (status, err) == (0, "")
    assert "nonlocal" in out and "2 lines" in out and "next: hanle fit" in out


@pytest.mark.heavy
def test_a_device_from_a_file(hanle, tmp_path):
    """The truth of the file within three standard errors; the result can be repeated."""
    status, out, err = hanle("fit", DATA, "--config", ROOT / "docs" / "data" / "nonlocal.toml", "--out", "r")
    assert (status, err) == (0, "") and "not determined" not in out
    found = json.loads((tmp_path / "r" / "fit.json").read_text(encoding="utf-8"))
    for name, truth in (("tau_s", 350e-12), ("D", 0.015), ("P_G", 0.12)):
        one = found["parameters"][name]
        assert abs(one["value"] - truth) < 3 * one["stderr"] < 0.05 * truth and one["identifiable"] and not one["at_bound"]
    assert found["success"] and found["n"] == 302 and found["ssr"] == pytest.approx(302 * 8e-3**2, rel=0.2)
    assert len(found["covariance"]) == len(found["parameters"]) == 9 and found["warnings"] == []
    assert [found[key] for key in ("models", "spread", "spin_heat")] == [None] * 3
    columns = np.genfromtxt(tmp_path / "r" / "fit.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")
    np.testing.assert_allclose(columns["y"] - columns["model"], columns["residual"], rtol=0, atol=1e-12)
    assert np.sum(columns["residual"] ** 2) == pytest.approx(found["ssr"], rel=1e-9)
    repeated = tomllib.loads((tmp_path / "r" / "fit.toml").read_text(encoding="utf-8"))
    assert repeated["fit"]["free"]["tau_s"]["start"] == f"{found['parameters']['tau_s']['value']!r} s"


def test_a_lumped_device_and_its_errors():
    """τ_s and P_G of a curve, from another start; P_G's sign is the start's."""
    one = lumped(0.01, tau_s="0.7 ns")
    tables = {**LUMPED, "fit": {"free": {"tau_s": {}, "P_G": {"start": -0.2}}, "offset": True}}
    found = fit(one, tables, starts=2).results[0]
    assert abs(found.parameters["tau_s"].value - 0.7e-9) < 4 * found.parameters["tau_s"].stderr < 0.1e-9
    assert abs(found.parameters["P_G"].value + 0.4) < 4 * found.parameters["P_G"].stderr < 0.05


@pytest.mark.heavy
def test_curves_that_share_a_parameter():
    tables = {**LUMPED, "fit": {"free": {"tau_s": {}, "P_G": {"start": -0.2}}, "offset": True}}
    one = lumped(0.01, tau_s="0.7 ns")
    found = fit(one, tables, starts=1).results[0]
    two = [one | {"name": "a"}, lumped(0.01, 1, tau_s="0.7 ns") | {"name": "b"}]
    shared = fit(two, tables, starts=1).results[0]
    assert shared.parameters["tau_s"].stderr == pytest.approx(found.parameters["tau_s"].stderr / 2**0.5, rel=0.2)
    tables["fit"]["free"]["tau_s"] = {"shared": False}
    apart = fit(two, tables, starts=1).results[0]
    assert {"tau_s [a]", "tau_s [b]"} <= set(apart.parameters)


def test_what_a_curve_can_not_tell_is_said():
    """Without back-flow the signal holds P_G² r_s alone."""
    tables = {**LUMPED, "junction": {"P_G": 0.4, "R_tun": "inf"}, "fit": {"free": {"tau_s": {}, "P_G": {}, "r_s": {}}}}
    found = fit(lumped(0.01), tables, starts=1).results[0]
    assert found.parameters["tau_s"].identifiable
    for name in ("P_G", "r_s"):
        assert not found.parameters[name].identifiable and found.parameters[name].stderr is None
    assert any(warning.startswith("only a combination of P_G, r_s") for warning in found.warnings)


def test_a_template_is_a_fit_of_its_device(hanle):
    status, out, _ = hanle("fit", "--template", "lateral")
    tables = tomllib.loads(out)
    assert status == 0 and {"data", "fit", "junction", "nonmagnet"} <= set(tables) and "drive" not in tables
    assert set(tables["fit"]["free"]) == {"tau_s", "P_G", "D"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fit": {"free": {}}}, "fit.free: is empty"),
        ({"fit": {"free": {"tau": {}}}}, "fit.free tau: the configuration has no such parameter: did you mean tau_s?"),
        ({"fit": {"free": {"tau_s": {"min": "2 ns"}}}}, "lies outside the bounds"),
        ({"fit": {"free": {"tau_s": {"start": "1 T"}}}}, "nonmagnet.tau_s"),
        ({"fit": {"free": {"tau_s": {"prior": "about 1 ns"}}}}, 'must be "normal(MEAN, DEVIATION)"'),
        ({"fit": {"fre": {}}}, "fit.fre: unknown key: did you mean free?"),
        ({"fit": {"free": {"tau_s": {}}, "background": "cubic"}}, "must be none, linear or parabola"),
        ({"fit": {"free": {"tau_s": {}, "tau_Q": {}}}}, "no such parameter"),
        ({"drive": None, "fit": {"free": {"tau_s": {}}}}, "a signal in V needs the current"),
        ({"fit": {"free": {"tau_s": {}}, "starts": 0}}, "fit.starts = 0: must be a whole number, 1 or more"),
        ({"fit": {"free": {"tau_s": {}}, "profiles": "tau_s"}}, 'must be a list of parameters, such as ["tau_s"]'),
        (
            {
                "junction": {**LUMPED["junction"], "S": "30 uV/K", "P_L": 0.3},
                "nonmagnet": {
                    "model": "layered",
                    "T_0": "300 K",
                    "layers": [
                        {"thickness": "200 nm", "rho": "3 uohm cm", "D": "120 cm^2/s", "tau_s": "10 ps", "tau_Q": "1 ps", "S_N": "-5 uV/K"},
                        {"thickness": "infinite", "rho": "20 uohm cm", "D": "2 cm^2/s", "tau_s": "1 ps", "tau_Q": "70 fs"},
                    ],
                },
                "fit": {"free": {"P_G": {}}, "compare": True},
            },
            "compare: only the finite volumes solve this device",
        ),
    ],
)
def test_bad_fits_are_a_line(changes: dict, said: str):
    tables = {key: value for key, value in {**LUMPED, **changes}.items() if value is not None}
    with pytest.raises(ValueError) as refused:
        fit(lumped(0.01), tables)
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_bad_files_are_a_line_and_status_two(hanle, tmp_path):
    (tmp_path / "a.csv").write_text("B,R\n1,2\n2,3\n3,4\n4,5\n5,6\n", encoding="utf-8")
    for arguments, said in (
        (("nowhere.csv",), "nowhere.csv"),
        (("a.csv",), "x_unit"),
        (("a.csv", "--x-unit", "mT"), "y_unit"),
        (("a.csv", "--x-unit", "mT", "--y-unit", "kg"), "y_unit"),
        ((), "DATA"),
    ):
        status, out, err = hanle("fit", *arguments)
        assert (status, out) == (2, "") and said in err and err.count("\n") == 1, (arguments, err)


def test_a_few_points_too_few():
    few = {key: value[:3] if key != "unit" else value for key, value in lumped(0.01).items()}
    with pytest.raises(ValueError, match="3 points and 3 free parameters"):
        fit(few, {**LUMPED, "fit": {"free": {"tau_s": {}, "P_G": {}}, "offset": True}})


def test_the_surface():
    assert hanle_sim.fit is fit


@pytest.mark.heavy
def test_transparent_contacts_on_a_short_channel_are_recognised_from_any_start():
    """Spins leave through the contacts before they relax: τ_s has no upper end, whatever the start; the line gives R_tun and P_G."""
    device = {
        "junction": {"P_G": 0.1, "R_tun": "0.5 ohm um^2", "contact_area": "1 um^2"},
        "nonmagnet": {
            "model": "lateral",
            "tau_s": "1 ns",
            "D": "0.02 m^2/s",
            "R_sq": "1 kohm",
            "channel_width": "1 um",
            "distance": "500 nm",
        },
    }
    field = {"start": "-300 mT", "stop": "300 mT", "points": 101}
    curve = hanle_sim.simulate({"name": "short", **device, "drive": {"I": "1 uA"}, "field": field})
    y = curve["Delta_V_Hanle"].values / 1e-6
    y = y + 0.03 * np.ptp(y) * np.random.default_rng(0).normal(size=y.size)
    found = []
    for R_tun, tau_s in (("0.5 ohm um^2", "1 ns"), ("10 ohm um^2", "200 ps")):
        start = {"junction": device["junction"] | {"R_tun": R_tun}, "nonmagnet": device["nonmagnet"] | {"tau_s": tau_s}}
        fitted = fit(
            {"x": curve["B"].values, "y": y, "unit": "ohm"}, {**start, "fit": {"free": {"tau_s": {}, "R_tun": {}, "P_G": {}}}}, starts=2
        )
        found.append(fitted.results[0])
    for one in found:
        tau = one.parameters["tau_s"]
        assert tau.stderr is None and tau.ci68[1] is None and not tau.identifiable
        assert any(warning.startswith("tau_s is not determined") for warning in one.warnings)
        assert one.ssr == pytest.approx(found[0].ssr, rel=1e-6)
