"""What varies: ranges, lists, tables and random numbers, each with its refusals."""

import numpy as np
import pint
import pytest

from hanle_sim.configuration import ConfigurationError, check, read
from hanle_sim.model.parameters import parameters_of
from hanle_sim.sweeps.axes import axes_of

PARAMETERS = parameters_of(check(read("lateral")))
NAMES = [parameter.name for parameter in PARAMETERS]


def test_ranges_are_dimensions():
    tau, width = axes_of(PARAMETERS, ["tau_s=0.1 ns:10 ns:3:log", "distance=1 um : 3 um : 5"])
    assert (tau.name, width.name) == ("tau_s", "distance")
    np.testing.assert_allclose(tau.values[:, 0], [1e-10, 1e-9, 1e-8], rtol=1e-15)
    np.testing.assert_allclose(width.values[:, 0], [1e-6, 1.5e-6, 2e-6, 2.5e-6, 3e-6], rtol=1e-15)
    assert NAMES[tau.parameters[0]] == "tau_s"
    (negative,) = axes_of(PARAMETERS, ["Delta_T_0=-1 K:-100 K:3:log"])
    np.testing.assert_allclose(negative.values[:, 0], [-1, -10, -100])
    (single,) = axes_of(PARAMETERS, {"tau_s": "1 ns:2 ns:1"})
    assert single.values.tolist() == [[1e-9]]


def test_python_values():
    registry = pint.UnitRegistry()
    for given in ([1e-9, "2 ns"], np.array([1e-9, 2e-9]), [1, 2] * registry.ns, (x * 1e-9 for x in (1, 2))):
        (axis,) = axes_of(PARAMETERS, {"tau_s": given})
        np.testing.assert_allclose(axis.values[:, 0], [1e-9, 2e-9], rtol=1e-15)
    (axis,) = axes_of(PARAMETERS, {"P_G": 0.3})
    assert axis.values.tolist() == [[0.3]]


def test_in_step_and_from_a_table(tmp_path):
    (axis,) = axes_of(PARAMETERS, ["tau_s=1 ns:2 ns:2", "P_G=0.1:0.2:2"], in_step=True)
    assert axis.name == "sample" and axis.values.tolist() == [[1e-9, 0.1], [2e-9, 0.2]]
    (tmp_path / "a.csv").write_text("\ufefftau_s,P_G\n1 ns,0.1\n\n2e-9,0.2\n", encoding="utf-8")
    (again,) = axes_of(PARAMETERS, samples=tmp_path / "a.csv")
    np.testing.assert_allclose(again.values, axis.values, rtol=1e-15)
    assert again.parameters == axis.parameters


def test_at_random():
    (axis,) = axes_of(PARAMETERS, ["tau_s=0.1 ns:10 ns:log", "P_G=-0.5:0.5"], random=20_000, seed=3)
    logs, P_G = np.log10(axis.values[:, 0]), axis.values[:, 1]
    for found, low, high in ((logs, -10, -8), (P_G, -0.5, 0.5)):
        assert low <= found.min() < low + 1e-3 * (high - low) and high - 1e-3 * (high - low) < found.max() <= high
        counts = np.histogram(found, 10, (low, high))[0]
        assert np.all(np.abs(counts - 2000) < 5 * np.sqrt(2000))
    (same,) = axes_of(PARAMETERS, ["tau_s=0.1 ns:10 ns:log", "P_G=-0.5:0.5"], random=20_000, seed=3)
    assert np.array_equal(axis.values, same.values)
    (other,) = axes_of(PARAMETERS, ["tau_s=0.1 ns:10 ns:log", "P_G=-0.5:0.5"], random=20_000, seed=4)
    assert not np.any(axis.values == other.values)


@pytest.mark.parametrize(
    ("vary", "says"),
    [
        (["tau_s"], "must be NAME=START:STOP:N"),
        (["=1:2:3"], "must be NAME=START:STOP:N"),
        (["tau_s=1 ns:2 ns"], "says no number of values"),
        (["tau_s=1 ns"], "must be NAME=START:STOP:N"),
        (["tau_s=1 ns:2 ns:3:4"], "must be NAME=START:STOP:N"),
        (["tau_s=1 ns:2 ns:3:lin"], "must be NAME=START:STOP:N"),
        (["tau_s=1 ns:2 ns:0"], "whole number from 1 to 1e8"),
        (["tau_s=1 ns:2 ns:-3"], "whole number from 1 to 1e8"),
        (["tau_s=1 ns:2 ns:2.5"], "N = 2.5: must be a whole number"),
        (["tau_s=1 ns:2 ns:many"], "N = many: must be a whole number"),
        (["tau_s=1 ns:1 ns:3"], "START and STOP are the same"),
        (["Delta_T_0=-1 K:1 K:3:log"], "can't reach or pass zero"),
        (["Delta_T_0=0 K:1 K:3:log"], "can't reach or pass zero"),
        (["tau_s=1 m:2 m:3"], "wrong unit"),
        (["tau=1 ns:2 ns:3"], "did you mean tau_s"),
        (["points=3:5:2"], "no such parameter"),
        (["tau_s=1 ns:2 ns:2", "nonmagnet.tau_s=1 ns:2 ns:2"], "named twice"),
        ([], "nothing varies"),
        ({"tau_s": [np.nan]}, "finite"),
        ({"tau_s": []}, "whole number from 1"),
        ({"tau_s": [True]}, "must be a number in SI"),
        ({"tau_s": None}, "must be a number in SI"),
    ],
)
def test_refusals(vary, says: str):
    with pytest.raises(ConfigurationError, match=says) as refused:
        axes_of(PARAMETERS, vary)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"vary": ["tau_s=1 ns:2 ns:2", "P_G=0.1:0.2:3"], "in_step": True}, "different numbers of values, tau_s 2, P_G 3"),
        ({"vary": ["tau_s=1 ns:2 ns:2"], "in_step": True, "random": 3}, "exclude each other"),
        ({"vary": ["tau_s=1 ns:2 ns:5"], "random": 3}, "without a number"),
        ({"vary": ["tau_s=1 ns:1 ns"], "random": 3}, "the range is empty"),
        ({"vary": ["tau_s=1 ns:2 ns"], "random": 0}, "whole number from 1"),
        ({"vary": ["tau_s=1 ns:2 ns"], "random": 3, "seed": -1}, "seed = -1"),
    ],
)
def test_refusals_of_options(options, says: str):
    with pytest.raises(ConfigurationError, match=says):
        axes_of(PARAMETERS, **options)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no devices"),
        ("tau_s\n", "has no devices"),
        ("tau_s,P_G\n1e-9\n", "device 1 has 1 numbers: must have 2"),
        ("tau_s\n1e-9\nmany\n", "device 2: tau_s = many"),
        ("tau_s\nnan\n", "not finite"),
        ("tau\n1e-9\n", "did you mean tau_s"),
        ("tau_s,tau_s\n1,1\n", "named twice"),
    ],
)
def test_refusals_of_tables(tmp_path, text: str, says: str):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=says):
        axes_of(PARAMETERS, samples=tmp_path / "a.csv")
    with pytest.raises(ConfigurationError, match="can't be read"):
        axes_of(PARAMETERS, samples=tmp_path / "b.csv")
