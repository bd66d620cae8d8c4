"""The command `hanle sensitivity`: what it writes, and what it refuses."""

import csv
import json
import os

import numpy as np
import pytest

from cases import MODERATE, READ, configured
from hanle_sim.configuration import ConfigurationError
from hanle_sim.sensitivity_analysis import derivatives
from hanle_sim.sensitivity_analysis.jacobian import Sensitivity
from printed import check_sensitivity, fits


def test_sensitivity_command(hanle, tmp_path, monkeypatch, moderate: Sensitivity):
    monkeypatch.setenv("COLUMNS", "60")
    settings = [part for setting in MODERATE for part in ("--set", setting)]
    status, out, err = hanle(
        "sensitivity", "fig2", *settings, "--noise", "1 pV", "--free", "P_G,r_s,tau_s,T_0", "--combination", "P_G^2 r_s", "--out", "r"
    )
    assert (status, err) == (0, "")
    assert "T_0 does not act on the curve" in out and "undetermined" in out
    with (tmp_path / "r" / "sensitivity.csv").open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == ["B_T", *(parameter.name for parameter in moderate.parameters)]
    np.testing.assert_allclose(np.array(rows, dtype=float), np.column_stack([moderate.B, moderate.exact.jacobian]), rtol=1e-12, atol=0)
    found = json.loads((tmp_path / "r" / "identifiability.json").read_text(encoding="utf-8"))
    assert set(found) >= {"crlb", "correlation", "sloppy", "noise_V"}
    assert 0 < found["combinations"]["P_G^2 r_s"] < found["crlb"]["r_s"] / 25e-12
    assert found["crlb"]["T_0"] is None and found["crlb"]["tau_s"] > 0
    summary = json.loads((tmp_path / "r" / "sensitivity.json").read_text(encoding="utf-8"))
    assert max(summary["check"].values()) < 1e-6 and summary["checked_by"] == "integrate"
    assert set(READ) <= set(summary["observables"])
    assert fits(out, 60)
    check_sensitivity(out, summary, found)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--noise", "0 V"), 'noise = "0 V": must be positive'),
        (("--noise", "-1 uV"), "must be positive"),
        (("--noise", "1 T"), 'noise = "1 T": has the wrong unit'),
        (("--noise", "nan"), 'noise = "nan": must be a finite number'),
        (("--noise", "1 uV", "--free", "P_X"), "free P_X: the configuration has no such parameter"),
        (("--noise", "1 uV", "--free", "thickness"), "free thickness: the configuration has no such parameter"),
        (("--noise", "1 uV", "--free", "tau_s,tau_s"), "named twice"),
        (("--free", "tau_s"), "free: needs a noise"),
        (("--combination", "P_G"), "combination: needs a noise"),
        (("--noise", "1 uV", "--free", "P_G", "--combination", "P_G^x"), "must be a product of powers"),
        (("--noise", "1 uV", "--free", "P_G", "--combination", "r_s"), "r_s is not free: free are P_G"),
        (("--second-order", "tau"), "second_order tau: the configuration has no such parameter: did you mean tau_s?"),
        (("--sobol", "tau_s"), "must be NAME=LOW:HIGH"),
        (("--sobol", "tau_s=1 ns:2 ns"), "with one range there is nothing to compare"),
        (("--sobol", "tau_s=2 ns:1 ns", "--sobol", "P_G=0:1"), "the range is empty"),
        (("--sobol", "tau_s=1 T:2 T", "--sobol", "P_G=0:1"), "wrong unit"),
        *(
            (("--sobol", f"{text}", "--sobol", "S=10 uV/K:20 uV/K"), f"{path}: must")
            for text, path in (
                ("tau_s=-1 ns:2 ns", "nonmagnet.tau_s = -1e-9 s"),
                ("P_G=0:2", "junction.P_G = 2"),
                ("kappa_ph=-1:1", "junction.kappa_ph = -1 W/(m^2 K)"),
                ("L_0=0:1", "nonmagnet.L_0 = 0 V^2/K^2"),
            )
        ),
        (("--set", "theta=1", "--sobol", "theta=0:90", "--sobol", "P_G=0:0.5"), 'for degrees write "90 deg"'),
        (("--samples", "64"), "samples: needs sobol"),
        (("--samples", str(2**30), "--sobol", "tau_s=1 ns:2 ns", "--sobol", "P_G=0:1"), "must be a power of two, 8 to 131072"),
        (("--noise", "1 uV", "--free", "P_G,"), "free: a name is empty"),
        (("--set", "P_G=3"), "P_G = 3"),
        (("--window", "-1 mT"), 'window = "-1 mT": must be positive'),
        (("--window", "1 s"), 'window = "1 s": has the wrong unit'),
        (("--window", "1 mT"), 'window = "1 mT": no Lorentzian fits so few fields'),
    ],
)
def test_bad_input(hanle, arguments: tuple[str, ...], message: str):
    status, out, err = hanle("sensitivity", "fig2", "--set", "points=5", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("hanle: ") and err.count("\n") == 1
    assert message in err


def test_a_sweep_beyond_the_machine_s_memory_is_refused(hanle, monkeypatch):
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 2**20, "SC_PAGE_SIZE": 2**12}.__getitem__)
    status, _, err = hanle("sensitivity", "--set", "points=4000000", "--out", "r")
    assert status == 2 and "4000000 fields need about 8.8 GB of memory, and this machine has 4.29 GB" in err


def test_the_edge_of_what_is_allowed_is_differentiated_with_a_warning():
    found = derivatives(configured("fig2", "points=3", "P_G=1", "P_L=1", "P_kappa=1"))
    assert np.all(np.isfinite(found.exact.jacobian))
    assert any("P_G = 1" in warning and "one side" in warning for warning in found.warnings)
    assert any("second-law margin" in warning for warning in found.warnings)
    with pytest.raises(ConfigurationError):
        configured("fig2", "P_G=1.1")
