"""Configurations: units, defaults, and every kind of bad input with its one line."""

import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanle_sim import config, presets
from hanle_sim.configuration import PRESETS, ConfigurationError, build, check, preset_text, read
from hanle_sim.configuration import presets as presets_folder
from hanle_sim.configuration.quantities import parse_quantity
from hanle_sim.constants import L_0_PAPER, L_0_SOMMERFELD

MINIMAL = {
    "name": "minimal",
    "junction": {"P_G": 0.5, "P_L": 0.4, "S": "50 uV/K", "R_tun": "1 kohm um^2"},
    "nonmagnet": {"model": "lumped", "r_s": "25 ohm um^2", "tau_s": "1 ns", "tau_Q": "0.25 ns", "T_0": 300, "alpha": 2},
    "drive": {"I": "1 kA/cm^2"},
    "field": {"start": "-50 mT", "stop": "50 mT", "points": 5},
}


def changed(**changes: object) -> dict:
    """MINIMAL with keys changed, section__key=value; None takes a key out."""
    copy = {key: dict(value) if isinstance(value, dict) else value for key, value in MINIMAL.items()}
    for path, value in changes.items():
        *section, key = path.split("__")
        table = copy[section[0]] if section else copy
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    return copy


@pytest.mark.parametrize(
    ("written", "unit", "expected"),
    [
        (25e-12, "ohm m^2", 25e-12),
        ("25 ohm um^2", "ohm m^2", 25e-12),
        ("25e0 Ω µm²", "ohm m^2", 25e-12),
        ("-50 mT", "T", -0.05),
        ("1 ns", "s", 1e-9),
        ("100 uV/K", "V/K", 1e-4),
        ("90 deg", "rad", np.pi / 2),
        ("1 kA/cm^2", "A/m^2", 1e7),
        ("50 percent", "", 0.5),
        ("0.5", "", 0.5),
        (3, "K", 3.0),
        (".5e-3 V", "V", 5e-4),
        ("1 G", "T", 1e-4),
        ("10 kOe", "T", 1.0),
        ("1e-9 K m^2/W", "K m^2/W", 1e-9),
    ],
)
def test_quantities(written: object, unit: str, expected: float):
    assert parse_quantity(written, unit)[0] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    "bad",
    [True, False, datetime.date(2024, 1, 1), "fast", "", "  ", [1], {}, None, float("nan"), float("inf"), "1e400 V", "nan V", "1 s", "1", "1 V V", "1 1 V", "1 V 2", "５ V",
     "1 flurb", "1 V**9**9**9", "1 V^99999999", "1 __import__('os')", "1 V; 2 V", "1 V\n[x]", "1,5 V", "0x10 V", "1 degC", 10**400, "٣ V³"],
)  # fmt: skip
def test_what_is_no_voltage(bad: object):
    with pytest.raises(ValueError, match="must be"):
        parse_quantity(bad, "V")


@given(st.text(max_size=30))
def test_no_text_breaks_the_parser(text: str):
    try:
        number, unit = parse_quantity(text, "V", "A")
    except ValueError as error:
        assert "\n" not in str(error) or "\n" in text
    else:
        assert np.isfinite(number) and unit in ("V", "A")


def test_defaults():
    setup = build(check(MINIMAL))
    junction, nonmagnet = setup.device.injector.junction, setup.device.nonmagnet
    assert (junction.P_kappa, junction.P_G) == pytest.approx((0.5, 0.5), rel=1e-15)
    assert junction.kappa_el == pytest.approx(L_0_PAPER * 300 / 1e-9)
    assert (junction.eta_mix, junction.kappa_ph, nonmagnet.g, setup.device.injector.drive.Delta_T_0) == (1, 0, 2, 0)
    np.testing.assert_array_equal(setup.device.injector.magnetisation, [1, 0, 0])
    np.testing.assert_array_equal(setup.field.direction, [0, 0, 1])
    np.testing.assert_allclose(setup.field.B, np.linspace(-0.05, 0.05, 5))
    assert setup.device.alpha == pytest.approx(2)
    assert setup.device.injector.drive.I == 1e7


def test_alternatives():
    given_r_Q = build(check(changed(nonmagnet__alpha=None, nonmagnet__r_Q="1e-6 K m^2/W", nonmagnet__L_0="sommerfeld")))
    assert given_r_Q.device.nonmagnet.r_Q == 1e-6
    assert given_r_Q.device.injector.junction.kappa_el == pytest.approx(L_0_SOMMERFELD * 300 / 1e-9)
    assert build(check(changed(drive__I=None, drive__V="10 mV"))).device.injector.drive.V == 0.01
    values = build(check(changed(field__start=None, field__stop=None, field__points=None, field__values=[0, "1 mT"]))).field
    np.testing.assert_array_equal(values.B, [0, 1e-3])
    tilted = build(check(changed(field__theta="60 deg", junction__magnetisation=[0, 2, 0])))
    assert tilted.field.direction @ tilted.device.injector.magnetisation == pytest.approx(0.5)
    right = build(check(changed(field__theta="90 deg")))
    assert right.field.direction @ right.device.injector.magnetisation == 0


def test_contact_area_allows_total_quantities():
    area = build(check(changed(junction__contact_area="100 um^2", junction__R_tun="10 ohm", drive__I="1 mA", nonmagnet__r_s="0.25 ohm")))
    assert area.device.injector.junction.R_tun == pytest.approx(1e-9)
    assert area.device.nonmagnet.r_s == pytest.approx(25e-12)
    assert pytest.approx(1e7) == area.device.injector.drive.I


BAD = {
    "junction.P_G = 1.2: must lie between -1 and 1": {"junction__P_G": 1.2},
    "junction.P_kappa = -1.01: must lie between -1 and 1": {"junction__P_kappa": -1.01},
    "junction.P_g: unknown key: did you mean P_G?": {"junction__P_g": 0.5},
    "juntion: unknown key: did you mean junction?": {"juntion": {}},
    "junction.R_tun: missing": {"junction__R_tun": None},
    "name: missing": {"name": None},
    "nonmagnet: missing": {"nonmagnet": None},
    "nonmagnet.tau_s = 0: must be positive": {"nonmagnet__tau_s": 0},
    "nonmagnet.tau_Q = \"-1 ns\": must be positive": {"nonmagnet__tau_Q": "-1 ns"},
    "nonmagnet.r_s = -1: must be positive": {"nonmagnet__r_s": -1},
    "nonmagnet.T_0 = 0: must be positive": {"nonmagnet__T_0": 0},
    "junction.R_tun = 0: must be positive": {"junction__R_tun": 0},
    "junction.S = \"1 V\": has the wrong unit": {"junction__S": "1 V"},
    "junction.S = nan: must be a finite number": {"junction__S": float("nan")},
    "drive.I = inf: must be a finite number": {"drive__I": float("inf")},
    "drive.I = true: must be a number": {"drive__I": True},
    "drive: I = \"1 kA/cm^2\" and V = 0.1 V exclude each other": {"drive__V": 0.1},
    "drive: I or V is missing": {"drive__I": None},
    "nonmagnet: alpha = 2 and r_Q = 1e-6 K m^2/W exclude each other": {"nonmagnet__r_Q": 1e-6},
    "nonmagnet.alpha (or r_Q) is missing: spin heat needs it, since junction.S = \"50 uV/K\"": {"nonmagnet__alpha": None},
    "junction.P_L, nonmagnet.tau_Q, nonmagnet.T_0 are missing": {"junction__P_L": None, "nonmagnet__tau_Q": None, "nonmagnet__T_0": None},
    "nonmagnet.T_0 is missing: spin heat needs it, since drive.Delta_T_0 = 1 K": {"drive__Delta_T_0": 1, "junction__S": 0, "nonmagnet__T_0": None},
    "drive.Delta_T_0 = 1 K: drives spins only through": {"drive__Delta_T_0": 1, "junction__S": None},
    "field: start = stop": {"field__stop": "-50 mT"},
    "field: points = 0: must lie between 2": {"field__points": 0},
    "field: points = 100000001: must lie between 2": {"field__points": 10**8 + 1},
    "field.points = 4.5: must be a whole number": {"field__points": 4.5},
    "field.points = true: must be a whole number": {"field__points": True},
    "field.start = \"-1.1 kT\": must lie between": {"field__start": "-1.1 kT"},
    "field: values = [1] and start = \"-50 mT\", stop = \"50 mT\", points = 5 exclude each other": {"field__values": [1]},
    "field: stop is missing": {"field__stop": None},
    "field.values = []: has 0 fields": {"field__start": None, "field__stop": None, "field__points": None, "field__values": []},
    "field: direction = [0, 0, 1] and theta = 1 rad exclude": {"field__direction": [0, 0, 1], "field__theta": 1},
    "field.direction = [0, 0, 0]: must not be the zero vector": {"field__direction": [0, 0, 0]},
    "field.direction = [0, 1]: must be three numbers": {"field__direction": [0, 1]},
    "nonmagnet.model = \"metal\": must be one of \"lumped\"": {"nonmagnet__model": "metal"},
    "nonmagnet.L_0 = \"drude\": must be": {"nonmagnet__L_0": "drude"},
    "junction.contact_area": {"junction__R_tun": "5 ohm"},
    "drive.I = \"1 mA\": needs junction.contact_area": {"drive__I": "1 mA"},
    "kappa_down G_down >= L_down^2 T_0 is required: here it allows |S| up to 130.4 uV/K": {"junction__S": "200 uV/K"},
    "drive = 3: must be a table, [drive]": {"drive": 3},
    "name = 3:": {"name": 3},
    'name = "a?b": must be a string of 1 to 100 printable': {"name": "a\x1bb"},
    "drive.Delta_T_0 = 300 K: must be below nonmagnet.T_0 = 300 K": {"drive__Delta_T_0": 300},
    "nonmagnet.points: unknown key: it belongs in [field]": {"nonmagnet__points": 3},
}  # fmt: skip


@pytest.mark.parametrize("message", BAD)
def test_bad_input(message: str):
    with pytest.raises(ConfigurationError) as refused:
        build(check(changed(**BAD[message])))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@given(st.dictionaries(st.sampled_from(["name", "junction", "nonmagnet", "drive", "field"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["P_G", "r_s", "values", "start", "points", "x"]), inner, max_size=3),
)))  # fmt: skip
def test_no_structure_breaks_the_checks(written: dict):
    with pytest.raises(ConfigurationError) as refused:
        build(check(written))
    assert all(line.strip() and line.isprintable() for line in str(refused.value).split("\n"))


def test_the_second_law_allows_its_edge():
    edge = changed(junction__S=float(np.sqrt(L_0_PAPER)), junction__P_L=0.5)
    assert abs(build(check(edge)).device.injector.junction.second_law_margin) < 1e-12
    beyond = changed(junction__S=float(np.sqrt(L_0_PAPER)) * (1 + 1e-8), junction__P_L=0.5)
    with pytest.raises(ConfigurationError, match="second law"):
        build(check(beyond))
    half_metal = build(check(changed(junction__P_G=1, junction__P_L=1))).device.injector.junction
    assert half_metal.second_law_margin == pytest.approx(1 - (50e-6) ** 2 / L_0_PAPER)


def test_settings():
    written = read("fig2", ["P_G=0.3", "junction.R_tun=50 ohm um^2", "drive.I=", "V=1 mV", 'name="other"', "field.direction=[1, 0, 1]"])
    configuration = check(written)
    assert configuration.junction.P_G.value == 0.3
    assert configuration.junction.R_tun.value == pytest.approx(50e-12)
    assert configuration.drive.V.value == pytest.approx(1e-3)
    assert configuration.name == "other"
    for bad, message in (
        ("P_G", "must be KEY=VALUE"),
        ("junction.P_g=1", "did you mean P_G"),
        ("R_tunn=1", "did you mean junction.R_tun"),
        ("field.stat=1", "did you mean start"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            read("fig2", [bad])


def test_unreadable_sources(tmp_path):
    cases = {
        "missing.toml": (None, "neither a file nor a preset"),
        "binary.toml": (b"name = \"\xff\xfe\"", "not UTF-8"),
        "broken.toml": (b"[junction\nP_G=1", "not valid TOML"),
        "deep.toml": (b"a = " + b"[" * 5000, "not valid TOML"),
    }  # fmt: skip
    for name, (content, message) in cases.items():
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ConfigurationError, match=message):
            read(str(path))
    with pytest.raises(ConfigurationError, match="can't be read"):
        read(tmp_path)
    with pytest.raises(ConfigurationError, match="did you mean fig2"):
        read("fig3")


def test_presets_are_built_and_described():
    assert {path.stem for path in Path(presets_folder.__file__).parent.glob("*.toml")} == set(PRESETS)
    assert next(iter(PRESETS)) == "fig2"
    assert len(PRESETS) >= 5
    for name in PRESETS:
        build(check(read(name)))
        assert preset_text(name).startswith("#")
        assert read(name)["name"] == name
    table = presets()
    assert list(table.preset.values) == list(PRESETS)
    assert float(table["junction.R_tun"].sel(preset="fig2")) == pytest.approx(2.5e-4)
    assert table["junction.S"].attrs["units"] == "V/K"
    numbers = config("one-kelvin")
    assert float(numbers["drive.I"]) == 1e7
    assert numbers.attrs["config"] == preset_text("one-kelvin")
