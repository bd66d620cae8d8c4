"""Sweeps in memory and in stores, against one device at a time."""

import itertools
import json
import resource

import numpy as np
import pytest
import xarray

import hanle_sim
from hanle_sim import SweepError, sweep
from hanle_sim.sweeps.reasons import Reason
from hanle_sim.sweeps.sweep import expected, requested, swept

LATERAL = {"tau_s": "50 ps:500 ps:3:log", "distance": ["1 um", "2 um"]}
FEW = {"points": 21}
FILM = {"tau_s": "50 ps:500 ps:3:log", "thickness": ["1 um", "2 um"]}
LUMPED = {"tau_s": "0.5 ns:5 ns:3:log", "R_tun": ["1e-10 ohm m^2", "3e-11 ohm m^2"]}
SOME = {"settings": FEW, "curves": True, "observables": ["hwhm", "Delta_V_0"]}
CHECKED = ["hwhm", "tau_apparent", "Delta_V_0", "Delta_V_spin_0", "Delta_V_heat_0"]


def alone(preset: str, settings: dict, method: str | None = None) -> tuple[dict, np.ndarray]:
    found = hanle_sim.simulate(preset, settings=settings, check=False, method=method)
    return json.loads(found.attrs["summary"]), found["Delta_V_Hanle"].values


def check_device(found: xarray.Dataset, summary: dict, curve: np.ndarray | None) -> None:
    for name, key in (("hwhm", "hwhm_T"), ("tau_apparent", "tau_apparent_s"), ("Delta_V_0", "Delta_V_0_V")):
        assert float(found[name]) == pytest.approx(summary[key], rel=1e-10), name
    for name in ("spin", "heat"):
        assert float(found[f"Delta_V_{name}_0"]) == pytest.approx(
            summary[f"Delta_V_{name}_0_V"], rel=1e-10, abs=1e-14 * summary["Delta_V_0_V"]
        )
    for number, mode in enumerate(summary["modes"], 1):
        assert float(found[f"mode_tau_{number}"]) == pytest.approx(mode["tau_s"], rel=1e-9)
        assert float(found[f"mode_weight_{number}"]) == pytest.approx(mode["weight_V"], rel=1e-9)
    if curve is not None:
        np.testing.assert_allclose(found["Delta_V_Hanle"].values, curve, rtol=0, atol=1e-11 * np.max(np.abs(curve)))


@pytest.mark.heavy
def test_a_lateral_channel():
    lateral = sweep("lateral", LATERAL, settings=FEW, curves=True, observables=CHECKED)
    assert lateral["Delta_V_Hanle"].dims == ("tau_s", "distance", "B") and lateral.sizes == {"tau_s": 3, "distance": 2, "B": 21}
    assert [lateral[name].attrs["units"] for name in ("Delta_V_Hanle", "hwhm", "tau_s", "distance", "B")] == ["V", "T", "s", "m", "T"]
    one = lateral.isel(tau_s=1, distance=1)
    check_device(one, *alone("lateral", {**FEW, "tau_s": float(one["tau_s"]), "distance": 2e-6}))
    assert not np.any(lateral["reason"])


def test_a_lumped_device_in_step():
    found = sweep("lumped", {"tau_s": [1e-9, 2e-9], "R_tun": [1e-10, 3e-11]}, settings=FEW, curves=True, in_step=True)
    assert found["Delta_V_Hanle"].dims == ("sample", "B")
    for k in range(2):
        one = found.isel(sample=k)
        check_device(one, *alone("lumped", {**FEW, "tau_s": float(one["tau_s"]), "junction.R_tun": float(one["R_tun"])}))


@pytest.mark.parametrize(("preset", "vary"), [("film", FILM), ("lumped", LUMPED)])
def test_curves_are_read_where_they_are_asked_for(preset: str, vary: dict):
    curve = sweep(preset, vary, **{**SOME, "observables": ["Delta_V_0"]}, memory=2**20)["Delta_V_Hanle"]
    whole = curve.values
    second = next(reversed(vary))
    for k, at in enumerate(curve["tau_s"].values):
        _, expected = alone(preset, {**FEW, "tau_s": float(at), second: float(curve[second][1])})
        np.testing.assert_allclose(whole[k, 1], expected, rtol=0, atol=1e-11 * np.max(np.abs(expected)))
    assert np.array_equal(curve[1].values, whole[1])
    assert np.array_equal(curve[:, 0, ::3].values, whole[:, 0, ::3])
    assert np.array_equal(curve[[2, 0], 1, [5, 3, 4]].values, whole[[2, 0], 1][:, [5, 3, 4]])
    assert curve[0, 0, 4].values == whole[0, 0, 4]


def test_a_store_holds_the_same_and_says_everything(tmp_path):
    memory = sweep("lumped", LUMPED, **SOME)
    found = sweep("lumped", LUMPED, **SOME, out=tmp_path / "a.zarr")
    for name in memory.variables:
        assert np.array_equal(found[name].values, memory[name].values), name
        assert found[name].dims == memory[name].dims and found[name].attrs["units" if name != "reason" else "flag_values"]
    assert found.attrs["config"].startswith('name = "lumped"') and found.attrs["version"] == hanle_sim.__version__
    metadata = json.loads((tmp_path / "a.zarr" / "Delta_V_Hanle" / "zarr.json").read_text())
    assert [codec["name"] for codec in metadata["codecs"]] == ["bytes"] and metadata["zarr_format"] == 3
    assert metadata["fill_value"] == "NaN"  # of pieces that are not there yet
    half = sweep("lumped", LUMPED, **SOME, out=tmp_path / "b.zarr", single=True, codec="zstd")
    assert half["Delta_V_Hanle"].dtype == np.float32
    plain, packed = ((tmp_path / f"{name}.zarr" / "Delta_V_Hanle" / "c" / "0" / "0" / "0").stat().st_size for name in "ab")
    assert 0 < packed < plain / 2  # half as many bytes, and packed
    assert np.array_equal(half["Delta_V_Hanle"].values, memory["Delta_V_Hanle"].values.astype(np.float32))
    with pytest.raises(SweepError, match="is there already"):
        sweep("lumped", LUMPED, **SOME, out=tmp_path / "a.zarr")
    with pytest.raises(SweepError, match="another sweep, which differs in its vary"):
        sweep("lumped", {**LUMPED, "tau_s": [1e-9]}, **SOME, out=tmp_path / "a.zarr", resume=True)
    with pytest.raises(SweepError, match="another sweep, which differs in its configuration"):
        sweep("lumped", LUMPED, **{**SOME, "settings": {**FEW, "P_G": 0.2}}, out=tmp_path / "a.zarr", resume=True)


def test_what_is_missing_is_computed(tmp_path):
    path, options = tmp_path / "a.zarr", {"settings": {"points": 2000}, "curves": True, "memory": 2**20}
    vary = {"tau_s": "50 ps:500 ps:5:log", "R_tun": "1e-11:1e-9:3:log"}
    whole = sweep("lumped", vary, out=path, **options).load()
    chunks = sorted(file for file in (path / "Delta_V_Hanle" / "c").rglob("*") if file.is_file())
    assert len(chunks) > 3
    before = {file: file.read_bytes() for file in chunks}
    chunks[1].unlink()
    last = sorted(file for file in (path / "hwhm" / "c").rglob("*") if file.is_file())[-1]
    beside = path / "Delta_V_0" / last.relative_to(path / "hwhm")
    at = beside.stat().st_mtime_ns
    last.unlink()
    (chunks[2].with_name(chunks[2].name + ".__lock")).write_bytes(b"half")
    old = chunks[3].stat().st_mtime_ns
    again = sweep("lumped", vary, out=path, resume=True, **options)
    assert {file: file.read_bytes() for file in chunks} == before and chunks[3].stat().st_mtime_ns == old
    assert last.is_file() and beside.stat().st_mtime_ns == at  # of a piece that lacked a part, only that part is written
    assert again.load().identical(whole) and not list(path.rglob("*.__lock"))


@pytest.mark.parametrize("codec", [None, "lz4"])
def test_curves_a_few_devices_at_a_time(tmp_path, monkeypatch, codec: str | None):
    """Pieces that end in a part of a block and reach beyond an axis, with devices that can't exist in later blocks: as at once."""
    vary = {"S": np.linspace(20e-6, 400e-6, 10), "tau_s": [1e-9, 2e-9, 3e-9]}
    options = {"settings": FEW, "curves": True, "observables": ["Delta_V_0"], "memory": 2**20}
    whole = sweep("lumped", vary, **options).load()
    assert 0 < int((whole.reason == Reason.second_law).sum()) < 30
    monkeypatch.setattr("hanle_sim.sweeps.request._LUMPED", 12)  # pieces of 12, blocks of 5
    monkeypatch.setattr("hanle_sim.sweeps.request._CACHED", 5 * 8 * 21)
    few = sweep("lumped", vary, out=tmp_path / "a.zarr", codec=codec, **options).load()
    assert {name: one.dims for name, one in few.items()} == {name: one.dims for name, one in whole.items()}
    np.testing.assert_array_equal(few.reason, whole.reason)
    for name in ("Delta_V_Hanle", "Delta_V_0"):
        np.testing.assert_allclose(few[name], whole[name], rtol=1e-13)
        np.testing.assert_array_equal(np.isnan(few[name]), np.isnan(whole[name]))


@pytest.mark.parametrize("what", ["nothing", "an empty folder", "half a store"])
def test_resuming_what_is_not_there_starts(tmp_path, what: str):
    path = tmp_path / "a.zarr"
    if what != "nothing":
        path.mkdir()
    if what == "half a store":
        (path / "hwhm").mkdir()
    found = sweep("lumped", {"tau_s": [1e-9]}, settings=FEW, observables=["hwhm"], out=path, resume=True)
    assert np.isfinite(found["hwhm"].values).all() and [entry.name for entry in tmp_path.iterdir()] == ["a.zarr"]


def test_what_cannot_be_is_marked():
    found = sweep("lumped", {"P_G": [-1.5, 0.5, 1.0, 2.0], "S": ["0 uV/K", "10 V/K"]}, settings={"points": 3}, curves=True)
    reasons = found["reason"].values
    assert np.array_equal(reasons[[0, 3]], np.full((2, 2), Reason.out_of_range)) and reasons[1].tolist() == [0, Reason.second_law]
    curves, widths = found["Delta_V_Hanle"].values, found["hwhm"].values
    assert np.array_equal(np.isnan(widths), reasons != 0) and np.array_equal(np.isnan(curves).all(-1), reasons != 0)


def test_a_ferromagnet_below_zero_kelvin_cannot_be():
    found = sweep("fig2", {"Delta_T_0": ["1 K", "300 K"]}, settings={"points": 3}, observables=["Delta_V_0"])
    assert found["reason"].values.tolist() == [0, Reason.cannot_exist]
    plain = dict.fromkeys(("S", "P_L", "tau_Q", "T_0", "alpha"))
    assert not np.any(sweep("lumped", {"tau_s": [1e-9]}, settings={"points": 3, **plain})["reason"])


def test_a_device_without_a_half_width_says_so():
    found = sweep("lumped", {"I": ["0 A/m^2", "1e6 A/m^2"]}, settings={"points": 3})
    assert found["reason"].values.tolist() == [Reason.no_half_width, 0]
    assert np.isnan(found["hwhm"].values).tolist() == [True, False] and found["Delta_V_0"].values[0] == 0


def test_turning_fields_have_curves_alone():
    turning = {"start": None, "stop": None, "field.B": "9 mT", "theta_start": "10 deg", "theta_stop": "90 deg", "points": 5}
    found = sweep("film", {"tau_s": [1e-10, 2e-10]}, settings=turning, curves=True)
    assert found["Delta_V_Hanle"].dims == ("tau_s", "theta")
    np.testing.assert_allclose(found["theta"], np.deg2rad([10, 30, 50, 70, 90]))
    _, curve = alone("film", {**turning, "tau_s": 2e-10})
    np.testing.assert_allclose(found["Delta_V_Hanle"][1].values, curve, rtol=0, atol=1e-11 * np.max(np.abs(curve)))
    with pytest.raises(ValueError, match="observables have no meaning"):
        sweep("film", {"tau_s": [1e-10]}, settings=turning)


@pytest.mark.heavy
def test_a_mixing_conductance_that_leaves_the_closed_form():
    """Under a wide contact the closed form knows η_mix = 1 alone."""
    found = sweep("contact", {"eta_mix": [1.0, 1.4]}, settings=FEW, observables=["Delta_V_0"], curves=True)
    for k, eta_mix in enumerate((1.0, 1.4)):
        _, curve = alone("contact", {**FEW, "eta_mix": eta_mix})
        np.testing.assert_allclose(found["Delta_V_Hanle"][k].values, curve, rtol=0, atol=1e-9 * np.max(np.abs(curve)))
        assert float(found["Delta_V_0"][k]) == pytest.approx(curve[10], rel=1e-9)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("preset", "settings"),
    [("lumped", {"G_i": "1e9 S/m^2", "theta": "50 deg"})],
)
def test_lines_without_a_closed_form(preset: str, settings: dict):
    found = sweep(preset, {"P_G": [0.2, 0.3]}, settings={"points": 5, **settings}, curves=True)
    for k, P_G in enumerate((0.2, 0.3)):
        check_device(found.isel(P_G=k), *alone(preset, {"points": 5, **settings, "junction.P_G": P_G}))


def test_refusals():
    for options, says in (
        ({"observables": ["hwmh"]}, "did you mean hwhm"),
        ({"observables": []}, "nothing is computed"),
        ({"codec": "gzip"}, "must be lz4 or zstd"),
        ({"memory": 3}, "memory = 3"),
    ):
        with pytest.raises(ValueError, match=says):
            sweep("lumped", {"tau_s": [1e-9]}, **options)
    with pytest.raises(ValueError, match="observable mode_tau_1: this configuration has none: only lumped devices"):
        sweep("film", {"tau_s": [1e-10]}, observables=["mode_tau_1"])


def test_a_store_beside_the_folder_one_is_in(tmp_path, monkeypatch):
    """Also again, and into a folder that can't be written, which is one line."""
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    for resume in (False, True):
        found = sweep("lumped", LUMPED, **SOME, out="../a.zarr", resume=resume, codec="zstd")
        assert np.isfinite(found["hwhm"].values).all()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.zarr", "inside"]
    with pytest.raises(SweepError, match="can't be written: File name too long"):
        sweep("lumped", LUMPED, **SOME, out=tmp_path / f"{'a' * 245}.zarr")
    with pytest.raises(SweepError, match="backslash"):
        sweep("lumped", LUMPED, **SOME, out="a\\b.zarr")


@pytest.mark.parametrize("codec", [None, "zstd"])
def test_a_piece_that_may_not_grow_says_so(tmp_path, codec: str | None):
    one = requested("lumped", {"tau_s": "1 ns:2 ns:16"}, settings={"points": 1001}, curves=True, codec=codec)
    limit, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, hard))
        failures = swept(one, tmp_path / "a.zarr", {}).outcome.failures
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    assert len(failures) == 1 and failures[0].startswith("piece 0, 0: [Errno 27] File too large")


def test_what_others_left_half_written_stays(tmp_path):
    for name in ("map[1]", "other"):
        (tmp_path / f".{name}.zarr.99.partial").mkdir()
    sweep("lumped", LUMPED, **SOME, out=tmp_path / "map[1].zarr")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".other.zarr.99.partial", "map[1].zarr"]


def test_the_time_that_is_expected_counts_what_is_computed_at_once(monkeypatch):
    """On a clock that ticks once a reading."""
    work = requested("film", {"tau_s": "1 ns:2 ns:10000"}, settings=FEW, observables=["Delta_V_0"])
    monkeypatch.setattr("hanle_sim.sweeps.sweep.time.perf_counter", itertools.count().__next__)
    for together, expected_time in ((1, 3.0), (2, 1.5), (8, 1.0)):
        monkeypatch.setattr("hanle_sim.sweeps.sweep.side_by_side", lambda together=together: together)
        assert expected(work)[1] == expected_time and expected(work)[0].plan.tiles == 3
