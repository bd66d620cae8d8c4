"""What a person at a Python prompt sees: names, help, and results shown."""

import inspect
import math
import pydoc
import re

import equinox as eqx
import jax
import numpy as np
import pytest

import hanle_sim
from examples import run_example
from hanle_sim import (
    METHODS,
    Contact,
    CurrentBias,
    Device,
    Diffusive,
    Drift,
    Field,
    Film,
    GaussianStray,
    Graded,
    Junction,
    Lateral,
    Layered,
    Lumped,
    Material,
    RoughnessStray,
    SampledStray,
    VoltageBias,
    WideContact,
    hanle_curve,
)
from hanle_sim.sensitivity_analysis.jacobian import Sensitivity
from hanle_sim.sensitivity_analysis.report import Measured, Report

JUNCTION = Junction.from_resistance(R_tun=50e-12, P_G=0.5, P_L=0.5, S=1e-4, T_0=300.0)
LUMPED = Lumped.from_alpha(r_s=25e-12, alpha=2.0, T_0=300.0, tau_s=1e-9, tau_Q=0.25e-9)
MATERIAL = Material.from_wiedemann_franz(rho=1e-5, D=1e-3, tau_s=1e-9, tau_Q=0.25e-9, T_0=300.0)
TIMES = "lambda_s = 1 um, tau_s = 1 ns, tau_Q = 250 ps, g = 2"
#: Everything that a device is made of, as it prints itself. ρ λ_s = 10 Ω µm² and r_s/L_0 T_0 α = 25e-12/(2.45e-8 · 600).
SHOWN = [
    (JUNCTION, "Junction(R_tun = 50 ohm um^2, P_G = 0.5, P_L = 0.5, S = 100 uV/K, T_0 = 300 K)"),
    (JUNCTION.over(1e-14), "Junction(R_tun = 5 kohm, P_G = 0.5, P_L = 0.5, S = 100 uV/K, T_0 = 300 K)"),
    (Junction.from_resistance(R_tun=math.inf, P_G=0.5), "Junction(R_tun = infinite, P_G = 0.5)"),
    (Junction.from_spin_channels(G_up=1e9, G_down=1e9, S_up=1e-6, S_down=-1e-6, kappa_up=1e4, kappa_down=1e4, T_0=4.0),
     "Junction(R_tun = 500 ohm um^2, P_G = 0, P_L S = 1 uV/K, T_0 = 4 K)"),
    (MATERIAL, f"Material(rho = 1e-5, D = 0.001, {TIMES})"),
    (LUMPED, "Lumped(r_s = 25 ohm um^2, r_Q = 1.701 uK m^2/W, tau_s = 1 ns, tau_Q = 250 ps, g = 2)"),
    (Diffusive(MATERIAL), f"Diffusive(r_s = 10 ohm um^2, {TIMES})"),
    (Film(MATERIAL, 1e-6 * math.atanh(0.5)), f"Film(thickness = 549.3 nm, reflecting back, r_s = 20 ohm um^2, {TIMES})"),
    (Drift(MATERIAL, -100.0), f"Drift(velocity = -100 m/s, r_s = 10.51 ohm um^2, {TIMES})"),
    (WideContact(Material(10.0, 1e6, 1e-3, 1e-9, 0.25e-9), 20e-6), f"WideContact(width = 20 um, r_s = 9.5 ohm um^2, {TIMES})"),
    (Lateral(Material(1e7, 1e6, 1e-3, 1e-9, 0.25e-9), 1e-6, None, 2e-6), f"Lateral(distance = 1 um, right_end = 2 um, r_s = 10 ohm, {TIMES})"),
    (Layered([(MATERIAL, 1e-7), (MATERIAL, None)], "infinite"), "Layered(100 nm | infinite, infinite back, r_s = 10 ohm um^2, g = 2)"),
    (Graded(thickness=1e-7, rho=lambda x: 1e-5 + x, rho_Q=lambda x: 1.0 + x, D=lambda x: 1e-3 + x, tau_s=lambda x: 1e-9 + 0 * x, tau_Q=lambda x: 2.5e-10 + 0 * x),
     f"Graded(thickness = 100 nm, reflecting back, at the surface, r_s = 10 ohm um^2, {TIMES})"),
    (CurrentBias(1e6), "CurrentBias(I = 1e6)"),
    (VoltageBias(1e-3, -0.5), "VoltageBias(V = 1 mV, Delta_T_0 = -500 mK)"),
    (Contact(Junction.from_resistance(R_tun=1e-9, P_G=0.5), CurrentBias(2e6)), "Contact(R_tun = 1 kohm um^2, P_G = 0.5; I = 2 MA/m^2; m = x)"),
    (Contact(Junction.from_resistance(R_tun=5e3, P_G=0.5, per_area=False), CurrentBias(1e-6), np.array([0, 3, 4])),
     "Contact(R_tun = 5 kohm, P_G = 0.5; I = 1 uA; m = (0, 0.6, 0.8))"),
    (Device(Contact(JUNCTION), LUMPED), "Device(Lumped, R_tun = 50 ohm um^2, r_s/R_tun = 0.5)"),
    (Field.sweep(-0.04, 0.04, 401), "Field(401 fields from -40 mT to 40 mT along z)"),
    (Field([0.01], np.array([1, 0, 0]), B_sat=2.0, exchange_field=1e-3, stray=GaussianStray(1e-3)),
     "Field(1 field of 10 mT along x, B_sat = 2 T, exchange_field = 1 mT, stray = GaussianStray(sigma = 1 mT))"),
    (Field.path(np.array([[0, 0, 1e-3], [2e-3, 0, 0], [0, 1.5e-3, 0]])), "Field(3 fields from 1 mT to 2 mT in changing directions)"),
    (GaussianStray(np.array([1e-3, 0, 2e-3])), "GaussianStray(sigma = (1 mT, 0 T, 2 mT))"),
    (SampledStray(np.eye(3) * 1e-3), "SampledStray(3 local fields up to 1 mT)"),
    (RoughnessStray(0.1, 20e-9, 2e-9), "RoughnessStray(amplitude = 100 mT, wavelength = 20 nm, height = 2 nm)"),
]  # fmt: skip

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


@pytest.mark.parametrize(("thing", "text"), SHOWN, ids=[text.partition("(")[0] for _, text in SHOWN])
def test_what_a_device_is_made_of_prints_itself_in_a_line(thing, text: str):
    assert repr(thing) == text
    # What a transformation makes of it must print itself too.
    batch = jax.tree.map(lambda leaf: np.stack([np.asarray(leaf)] * 2), thing)
    for other in (jax.tree.map(lambda leaf: None, thing), jax.tree.map(lambda leaf: object(), thing), batch):
        assert type(thing).__name__ in repr(other)
    traced = []
    jax.vmap(lambda one: traced.append(repr(one)))(batch)
    assert type(thing).__name__ in traced[0] and "traced" not in text


def test_methods_print_what_they_are():
    assert repr(METHODS["closed"]) == "<method 'closed': the closed form>"


def test_every_part_of_a_device_is_among_those_shown():
    parts = {name for name in PUBLIC if inspect.isclass(getattr(hanle_sim, name)) and issubclass(getattr(hanle_sim, name), eqx.Module)}
    assert parts - {type(thing).__name__ for thing, _ in SHOWN} == {"HanleCurve"}


def test_results_are_shown_in_a_line(moderate: Sensitivity):
    curve = hanle_curve(Device(Contact(JUNCTION), LUMPED).under(CurrentBias(1e6)), Field.sweep(-0.04, 0.04, 5))
    report = Report({}, moderate, None, [], None, {"tau_s": np.zeros((1, 1))}, {}, Measured())
    for shown, part in ((curve, "5 fields"), (moderate, "tau_s"), (report, "result.exact.jacobian")):
        assert part in repr(shown) and "\n" not in repr(shown) and len(repr(shown)) < 300
    assert "states=None" in repr(jax.tree.map(lambda leaf: None, curve))


@pytest.mark.parametrize(
    "name",
    [
        # That of the claims runs with their report.
        *(name for name in PUBLIC if name != "claims"),
    ],
)
def test_every_public_name_has_an_example_that_runs(name: str):
    run_example(name, getattr(hanle_sim, name))
