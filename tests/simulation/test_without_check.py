"""Runs that leave out the comparison with independent solutions: the same curve, nothing compared, and said so."""

import json

import numpy as np
import pytest
import xarray as xr

import hanle_sim
import hanle_sim.simulation.run


@pytest.mark.parametrize(("model", "method"), [("lumped", None), ("film", None), ("lumped", "modes")])
def test_an_unchecked_run_solves_once_and_compares_nothing(monkeypatch, model: str, method: str | None):
    checked = hanle_sim.simulate(model, settings=["points=5"]) if model == "film" else None
    solved = []
    solve = hanle_sim.simulation.run.solve

    def counted(*arguments):
        solved.append(arguments[1])
        return solve(*arguments)

    def refused(*arguments, **options):
        raise AssertionError("compared")

    monkeypatch.setattr(hanle_sim.simulation.run, "solve", counted)
    for name in ("checking", "by_linear_system"):
        monkeypatch.setattr(hanle_sim.simulation.run, name, refused)
    found = hanle_sim.simulate(model, settings=["points=5"], method=method, check=False)
    summary = json.loads(found.attrs["summary"])
    assert summary["agreement"] is None and summary["warnings"] == [] and summary["hwhm_T"] > 0
    assert [one.name for one in solved] == [method or "closed"]
    assert not any("integrated" in name or "finite_volume" in name for name in found)
    if checked is not None:
        for name in found:
            np.testing.assert_array_equal(found[name], checked[name])
        before = json.loads(checked.attrs["summary"])
        assert before.pop("agreement")["finite_volume"] < 1e-6
        assert {**before, "agreement": None} == summary


def test_the_table_and_the_files_say_that_nothing_was_compared(hanle, tmp_path):
    status, out, err = hanle("simulate", "lumped", "--set", "points=5", "--no-check", "--out", "result")
    assert (status, err) == (0, "")
    assert "check by other methods │ none" in " ".join(out.split()) and "against closed" not in out
    assert json.loads((tmp_path / "result" / "summary.json").read_text(encoding="utf-8"))["agreement"] is None
    with xr.open_dataset(tmp_path / "result" / "curve.nc", engine="h5netcdf") as data:
        assert "Delta_V_Hanle_integrated" not in data
