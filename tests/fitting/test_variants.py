"""Which models are compared with a device."""

import numpy as np
import pytest

from hanle_sim import Field, hanle_curve
from hanle_sim.configuration import build, check, preset_text
from heat_cases import HOT, PLAIN, B, changed, listed


def test_variants_of_a_lumped_device():
    found = {one.name: one for one in listed(PLAIN)}
    assert next(iter(found)) == "lumped, back-flow"
    assert {name for name, one in found.items() if not one.reason} == {
        f"{geometry}, {contacts}" for geometry in ("lumped", "diffusive") for contacts in ("back-flow", "tunnelling")
    }
    assert found["film"].reason == "thickness is not given" and found["lateral"].reason == "distance and channel_width are not given"
    hot = [one.name for one in listed(HOT) if not one.reason]
    assert hot[:3] == [f"lumped, back-flow, {heat}" for heat in ("spin heat as written", "no spin heat", "spin heat free")]
    assert len(hot) == 9


def test_variants_of_a_lateral_device():
    """Other geometries lend it the shape of their line alone; the contact's width is area over channel width."""
    import tomllib

    tables = tomllib.loads(preset_text("lateral"))
    found = {one.name: one for one in listed(changed(tables, S=None, channel_width="2 um"), {"tau_s": {}, "P_G": {}, "D": {}})}
    applies = {name for name, one in found.items() if not one.reason}
    assert applies == {"lateral, back-flow", "lateral, tunnelling", "diffusive line, height free", "contact line, height free"}
    assert found["lumped"].reason == "without back-flow it is one Lorentzian"
    bulk, contact = found["diffusive line, height free"], found["contact line, height free"]
    assert contact.tables["nonmagnet"]["contact_width"] == pytest.approx(0.5e-6)
    assert [bulk.has(key) for key in ("tau_s", "P_G", "D", "distance")] == [True, False, False, False]
    assert contact.has("D") and contact.has_scale and "detector" not in contact.tables
    thick = changed(tables, S=None, R_sq=None, rho="1 mohm cm", thickness="1 um")
    films = [one.name for one in listed(thick) if one.geometry.startswith("film") and not one.reason]
    assert films == ["film, reflecting back line, height free", "film, absorbing back line, height free"]


def test_variants_of_open_contacts_and_of_films():
    found = {one.name: one.reason for one in listed(changed(PLAIN, R_tun="inf"))}
    assert found["lumped, back-flow"] == "R_tun is not given" and found["lumped, tunnelling"] == ""
    at_voltage = {**PLAIN, "drive": {"V": "1 mV"}}
    assert "need a given current" in {one.name: one.reason for one in listed(at_voltage)}["lumped, tunnelling"]
    film = changed(PLAIN, model="film", r_s=None, rho="1 mohm cm", D="10 cm^2/s", thickness="1 um", back="reflecting")
    found = {one.name: one.reason for one in listed(film)}
    assert {"film, absorbing back, back-flow", "diffusive, back-flow"} <= {name for name, reason in found.items() if not reason}
    assert found["lumped"] == "r_s is not given"


@pytest.mark.heavy
@pytest.mark.parametrize("tables", [HOT, PLAIN])
def test_a_bulk_of_the_same_resistance_needs_no_diffusion_constant(tables: dict):
    """Its D is a unit: another one gives the same curve."""
    bulk = next(one for one in listed(tables) if one.geometry == "diffusive").tables

    def signal(D: float) -> np.ndarray:
        setup = build(check({**bulk, "nonmagnet": {**bulk["nonmagnet"], "D": D}}))
        return np.asarray(hanle_curve(setup.device, Field(B[::10], setup.field.direction)).Delta_V_Hanle)

    np.testing.assert_allclose(signal(3.7e-3), signal(bulk["nonmagnet"]["D"]), rtol=1e-12)
