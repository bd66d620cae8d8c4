"""What a person at a Python prompt sees: names, help, and results shown."""

import inspect
import pydoc
import re

import jax
import numpy as np
import pytest

import hanle_sim
from hanle_sim import Contact, CurrentBias, Device, Field, Junction, Lumped, hanle_curve
from hanle_sim.sensitivity_analysis.jacobian import Sensitivity
from hanle_sim.sensitivity_analysis.report import Measured, Report

PUBLIC = [name for name in hanle_sim.__all__ if callable(getattr(hanle_sim, name))]


def test_dir_lists_public_names_alone():
    assert dir(hanle_sim) == sorted(hanle_sim.__all__)
    assert not {"importlib", "Any", "TYPE_CHECKING"} & set(dir(hanle_sim))
    assert all(hasattr(hanle_sim, name) for name in dir(hanle_sim))


@pytest.mark.parametrize("name", PUBLIC)
def test_help_names_types_as_a_person_would(name: str):
    text = pydoc.plain(pydoc.render_doc(getattr(hanle_sim, name)))
    signatures = [line for line in text.splitlines() if re.match(r"[ |]*\w+\(.*\) ->", line) and " __" not in line]
    assert signatures or "->" not in text
    for line in signatures:
        assert not re.search(r"jaxtyping|Union|Optional|numpy\.|jaxlib|jax\.|collections\.", line), line
    assert max(map(len, signatures), default=0) < 600


def test_help_says_what_a_number_and_an_array_is():
    signature = str(inspect.signature(Junction.from_resistance))
    assert "R_tun: number, P_G: number, S: number" in signature and "P_kappa: number | None = None" in signature
    assert "B: array | number" in str(inspect.signature(Field))
    assert str(inspect.signature(Lumped)).startswith("(r_s: number, r_Q: number")
    assert "m: array[..., 3]" in str(inspect.signature(Junction.spin_current))
    assert "'closed' | 'linear'" in str(inspect.signature(hanle_curve))


def test_results_are_shown_in_a_line(moderate: Sensitivity):
    junction = Junction.from_resistance(R_tun=50e-12, P_G=0.5, P_L=0.5, S=1e-4, T_0=300.0)
    device = Device(Contact(junction), Lumped.from_alpha(r_s=25e-12, alpha=2.0, T_0=300.0, tau_s=1e-9, tau_Q=0.25e-9))
    curve = hanle_curve(device.under(CurrentBias(1e6)), Field.sweep(-0.04, 0.04, 5))
    report = Report({}, moderate, None, [], None, {"tau_s": np.zeros((1, 1))}, {}, Measured())
    for shown, part in ((curve, "5 fields"), (moderate, "tau_s"), (report, "result.exact.jacobian")):
        assert part in repr(shown) and "\n" not in repr(shown) and len(repr(shown)) < 300
    assert "states=None" in repr(jax.tree.map(lambda leaf: None, curve))
