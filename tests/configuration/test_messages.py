"""What a user is told: every error at once, what was meant by an unknown name, values as they stand in TOML, limits with their unit."""

import datetime
import subprocess
import sys

import numpy as np
import pint
import pytest

from hanle_sim import Contact, Device, Field, Junction, config
from hanle_sim.configuration import ConfigurationError, build, check, read
from hanle_sim.physics.nonmagnets import Diffusive, Lumped
from hanle_sim.text import number_text, toml_of, with_prefix


def refusal(preset: str, *settings: str) -> list[str]:
    """The lines that refuse a preset with some settings."""
    with pytest.raises(ConfigurationError) as refused:
        build(check(read(preset, settings)))
    return str(refused.value).split("\n")


def test_every_error_is_told_at_once(hanle, tmp_path):
    (tmp_path / "mine.toml").write_text(
        """
name = "mine"
[junction]
P = 0.3
P_L = "a"
S = "50 uV/K"
R_tunn = "5 kohm um^2"
[nonmagnet]
model = "contact"
width = "1 um"
lambda_s = "2 um"
D = "1 cm2/s"
thickness = 2
tau_s = "1 ns"
tau_Q = -1
T_0 = 300
[drive]
I = 1
V = 1
[field]
theta = 90
start = 0
stop = 0
n = 5
""",
        encoding="utf-8",
    )
    status, out, err = hanle("simulate", "mine.toml")
    assert (status, out) == (2, "")
    assert err.splitlines() == [
        "hanle: junction.P: unknown key: did you mean P_G, the spin polarisation of the tunnel conductance?",
        "hanle: junction.R_tunn: unknown key: did you mean R_tun?",
        "hanle: nonmagnet.width: unknown key: did you mean contact_width, the width of the contact along the channel?",
        "hanle: field.n: unknown key: did you mean points, the number of fields, both ends included?",
        'hanle: junction.P_L = "a": must be a number',
        "hanle: nonmagnet.tau_Q = -1: must be positive",
        'hanle: field.theta = 90: must lie between -2 pi and 2 pi, in radians: for degrees write "90 deg", for radians "90 rad"',
        'hanle: nonmagnet: tau_s = "1 ns", D = "1 cm2/s" and lambda_s = "2 um" exclude each other, since two give the third: keep two',
        "hanle: nonmagnet: R_sq or rho or r_s is missing: give exactly one of them",
        "hanle: drive: I = 1 A/m^2 and V = 1 V exclude each other: keep one",
        "hanle: field: start = stop = 0 T: the field range is empty: give two different fields, or values",
    ]
    assert refusal("fig2", "P=1", "thicknes=1", "R_tun", "tau_s=1 ns") == [
        'setting "R_tun": must be KEY=VALUE, such as "junction.R_tun=50 ohm um^2"'
    ]
    assert len(refusal("fig2", "P=1", "thicknes=1")) == 2
    status, _, err = hanle("compare", "film", "flim", "--set", "P_G=2")
    assert (status, err.splitlines()) == (
        2,
        [
            "hanle: film: junction.P_G = 2: must lie between -1 and 1, since both spin conductances must be positive",
            "hanle: flim: neither a file nor a preset: did you mean film?",
        ],
    )


#: A preset, an unknown key in a section of it, and the key that is meant.
MEANT = [
    ("lumped", "junction.P", "P_G"), ("lumped", "junction.polarization", "P_G"), ("lumped", "junction.polarisation", "P_G"),
    ("lumped", "junction.spin_polarisation", "P_G"), ("lumped", "junction.TSP", "P_G"), ("lateral", "detector.P", "P_G"),
    ("lumped", "junction.R", "R_tun"), ("lumped", "junction.RA", "R_tun"), ("lumped", "junction.contact_resistance", "R_tun"),
    ("lumped", "junction.area", "contact_area"), ("lumped", "junction.A", "contact_area"), ("lumped", "junction.seebeck", "S"),
    ("lumped", "junction.magnetization", "magnetisation"), ("lumped", "junction.m", "magnetisation"), ("lumped", "junction.kappa", "kappa_el"),
    ("contact", "nonmagnet.width", "contact_width"), ("lateral", "nonmagnet.width", "channel_width"), ("contact", "nonmagnet.W", "contact_width"),
    ("lumped", "nonmagnet.tau", "tau_s"), ("lumped", "nonmagnet.T1", "tau_s"), ("lumped", "nonmagnet.lifetime", "tau_s"),
    ("lumped", "nonmagnet.tau_heat", "tau_Q"), ("lumped", "nonmagnet.lambda_Q", "tau_Q"), ("lumped", "nonmagnet.T", "T_0"),
    ("lumped", "nonmagnet.temperature", "T_0"), ("film", "nonmagnet.t", "thickness"), ("film", "nonmagnet.d", "thickness"),
    ("diffusive", "nonmagnet.lambda", "lambda_s"), ("diffusive", "nonmagnet.lsf", "lambda_s"), ("diffusive", "nonmagnet.D_s", "D"),
    ("diffusive", "nonmagnet.diffusion_constant", "D"), ("diffusive", "nonmagnet.resistivity", "rho"), ("lateral", "nonmagnet.resistivity", "rho"),
    ("contact", "nonmagnet.sheet_resistance", "R_sq"), ("lateral", "nonmagnet.R", "R_sq"), ("lumped", "nonmagnet.R", "r_s"),
    ("lumped", "nonmagnet.R_s", "r_s"), ("lateral", "nonmagnet.L", "distance"), ("lateral", "nonmagnet.length", "distance"),
    ("lateral", "nonmagnet.separation", "distance"), ("film", "nonmagnet.seebeck", "S_N"), ("drift", "nonmagnet.v", "velocity"),
    ("lumped", "nonmagnet.g_factor", "g"), ("lumped", "nonmagnet.geometry", "model"),
    ("lumped", "drive.current", "I"), ("lumped", "drive.J", "I"), ("lumped", "drive.U", "V"), ("lumped", "drive.dT", "Delta_T_0"),
    ("lumped", "field.angle", "theta"), ("lumped", "field.B_max", "stop"), ("lumped", "field.field", "stop"), ("lumped", "field.n", "points"),
    ("lumped", "field.steps", "points"), ("lumped", "field.N", "points"), ("lumped", "field.B_min", "start"), ("lumped", "field.Bs", "B_sat"),
    ("lumped", "field.exchange", "exchange_field"), ("lumped", "field.stat", "start"), ("lumped", "junction.p_g", "P_G"),
]  # fmt: skip


@pytest.mark.parametrize(("preset", "path", "meant"), MEANT)
def test_what_was_meant_in_the_same_section(preset: str, path: str, meant: str):
    (line,) = refusal(preset, f"{path}=1")
    assert line.startswith(f"setting {path}: unknown key: did you mean {meant}") and line.endswith("?"), line
    assert line[len(f"setting {path}: unknown key: did you mean {meant}")] in ",?", line


@pytest.mark.parametrize(
    ("preset", "setting", "told"),
    [
        ("lumped", "P", "junction.P_G"), ("contact", "width", "nonmagnet.contact_width"), ("lateral", "width", "nonmagnet.channel_width"),
        ("lumped", "tau", "nonmagnet.tau_s"), ("lumped", "T", "nonmagnet.T_0"), ("lumped", "R", "junction.R_tun"),
        ("lumped", "area", "junction.contact_area"), ("lumped", "current", "drive.I"), ("lumped", "steps", "field.points"),
        ("lumped", "width", 'for model = "contact"?'), ("lumped", "R_tunn", "junction.R_tun?"),
        ("lumped", "nonmagnet.P_G", "it belongs in [junction]"), ("lumped", "drive.theta", "it belongs in [field]"),
        ("lumped", "junction.thickness", 'it belongs in [nonmagnet], for model = "film"'), ("lumped", "field.current", "did you mean I, the current density"),
        ("lumped", "junction.tau", "did you mean tau_s, in [nonmagnet]"), ("lumped", "field.qqq", "[field] takes start, stop"),
        ("lumped", "stray.sigma", "did you mean field.stray?"),
    ],
)  # fmt: skip
def test_what_was_meant_elsewhere(preset: str, setting: str, told: str):
    (line,) = refusal(preset, f"{setting}=1")
    assert told in line, line


@pytest.mark.parametrize(
    ("preset", "setting", "told"),
    [
        ("lumped", "model=bulk", 'did you mean "diffusive"?'), ("lumped", "model=nonlocal", 'did you mean "lateral"?'),
        ("lumped", "model=Film", 'did you mean "film"?'), ("film", "back=reflect", 'did you mean "reflecting"?'),
        ("lateral", "configuration=AP", 'did you mean "antiparallel"?'), ("lumped", "L_0=Seed", 'did you mean "seed"?'),
        ("lateral", "contact_width=1 um", "give channel_width in its place"), ("contact", "rho=1", 'R_sq = "10 ohm" and rho = 1 ohm m exclude each other'),
        ("lumped", "points=1e3", "field.points = 1000.0: must be a whole number: write 1000"), ("lumped", 'points="201"', 'field.points = "201": must be a whole number: write 201'),
        ("lumped", "P_G=2026-01-01", "junction.P_G = 2026-01-01: must"), ("lumped", "I=true", "drive.I = true: must"),
        ("lumped", "name=201", "name = 201: must be a string"), ("lumped", "P_G=1e9", "junction.P_G = 1e9: must"),
        ("lumped", 'direction=[1, 0, "x"]', 'field.direction = [1, 0, "x"]: its item 3, "x": must be a number'),
        ("lumped", "R_tun=9,25 kohm um^2", 'write "9.25 kohm um^2"'), ("lumped", "theta=90", '"90 deg"'),
        ("lumped", "R_tun=infinite", 'did you mean "inf"?'), ("lumped", "start=-60 MT", 'did you mean "-60 mT"?'),
    ],
)  # fmt: skip
def test_values_that_are_refused(preset: str, setting: str, told: str):
    lines = refusal(preset, setting)
    assert told in lines[0], lines


def test_files_that_are_refused(tmp_path):
    cases = {
        "quotes": (b"[junction]\nS = 50 uV/K\n", 'write S = "50 uV/K"'),
        "word": (b"[nonmagnet]\nmodel = lumped # well mixed\n", 'write model = "lumped"'),
        "true": (b"a = True\n", "write a = true"),
        "comma": (b"[junction]\nP_G = 0,5\n", "write P_G = 0.5"),
        "typographic": "name = “x”\n".encode(), "utf-16": ("name".encode("utf-16"), "not UTF-8"), "latin": ("# é".encode("latin-1"), "not UTF-8"),
        "twice": (b"[field]\na = 1\n[field]\n", "the table [field] is there twice"),
        "empty": (b"", "the configuration is empty"), "comment": (b"# nothing", "the configuration is empty"),
        "list": (b"[[junction]]\nP_G = 1\n", "junction = [{P_G = 1}]: must be a table, [junction]"),
        "above": (b'tau_s = "1 ns"\n', "tau_s: unknown key: it belongs in [nonmagnet]"),
    }  # fmt: skip
    for name, case in cases.items():
        content, told = case if isinstance(case, tuple) else (case, "its quotes must be straight ones")
        (tmp_path / f"{name}.toml").write_bytes(content)
        with pytest.raises(ConfigurationError) as refused:
            check(read(tmp_path / f"{name}.toml"))
        assert told in str(refused.value), name
    (tmp_path / "result").mkdir()
    (tmp_path / "result" / "config.toml").write_text("")
    for source, told in (("result", "did you mean"), ("quote.toml", "did you mean"), ("nowhere/x.toml", "there is no directory")):
        with pytest.raises(ConfigurationError, match=told):
            read(str(tmp_path / source))
    windows = read("lumped")
    (tmp_path / "bom.toml").write_bytes(b"\xef\xbb\xbf" + config("lumped").attrs["config"].replace("\n", "\r\n").encode())
    assert read(tmp_path / "bom.toml") == windows


def test_settings_in_every_form():
    registry = pint.UnitRegistry()
    for settings in (
        "R_tun=25 ohm um^2", ["R_tun=25 ohm um^2"], iter(["R_tun=25 ohm um^2"]), {"R_tun": "25 ohm um^2"}, {"junction.R_tun": 25e-12},
        {"junction": {"R_tun": registry.Quantity(25, "ohm um^2")}}, {"R_tun": np.float64(25e-12)},
    ):  # fmt: skip
        assert check(read("fig2", settings)).junction.R_tun.value == 25e-12
    swept = check(read("fig2", {"values": registry.Quantity(np.array([1, 2]), "mT"), "start": None, "stop": None, "points": None}))
    assert [field.value for field in swept.field.values] == [1e-3, 2e-3]
    # What was given stands in the result's configuration, which repeats the run.
    text = config({**read("fig2"), "drive": {"I": registry.Quantity(1, "mA/cm^2"), "V": None}}).attrs["config"]
    assert 'I = "1 milliampere centimeter^-2"' in text
    assert check(read("fig2", {"I": "1 milliampere centimeter^-2"})).drive.I.value == 10


#: What is no argument: an expression and what its message says; each raises ValueError, in one line, and names no option.
NO_ARGUMENTS = {
    "h.simulate(3)": "configuration 3: must be a path, a preset's name, or a dict",
    "h.simulate(b'fig2')": "configuration b'fig2': must be",
    "h.simulate(['fig2'])": 'configuration ["fig2"]: must be',
    "h.simulate('fig2', settings=3)": 'settings = 3: must be "KEY=VALUE", a list of these, or a dict',
    "h.simulate('fig2', settings=[3])": "setting 3: must be KEY=VALUE",
    "h.simulate('fig2', settings='P_G')": 'setting "P_G": must be KEY=VALUE',
    "h.simulate('fig2', settings={'P': 1})": "setting P: unknown key: did you mean junction.P_G",
    "h.simulate('fig2', settings={'P_G': pathlib.Path('x')})": "must be a number",
    "h.simulate('fig2', settings={'P_G': np.bool_(True)})": "junction.P_G = true: must be a number",
    "h.simulate('fig2', settings={'P_G': b'1'})": "junction.P_G = b'1': must be a number",
    "h.simulate('fig2', method=['closed'])": 'method = ["closed"]: must be one of',
    "h.compare()": "there is nothing to compare",
    "h.compare(['film', 'drift'], 'lumped')": 'configuration ["film", "drift"]: must be',
    "h.config(3)": "configuration 3: must be",
    "h.presets({})": "the configuration is empty",
    "h.reproduce(np.zeros(2))": "takes no configuration",
    "h.claims(settings='B_sat=1 T')": "take it out, as the setting field.B_sat= does",
    "h.sensitivity('fig2', noise=True)": "noise = true: must be a number in SI (V)",
    "h.sensitivity('fig2', noise=[1])": "noise = [1]: must be a number in SI (V)",
    "h.sensitivity('fig2', free='P_G')": "free: needs a noise",
    "h.sensitivity('fig2', noise='1 uV', free=[3])": "free = 3: must be a string",
    "h.sensitivity('fig2', noise='1 uV', free='P')": "free P: the configuration has no such parameter: did you mean P_G?",
    "h.sensitivity('fig2', sobol='tau_s=1 ns:2 ns')": "sobol: with one range there is nothing to compare",
    "h.sensitivity('fig2', sobol=['tau_s=1 ns:2 ns', 'P_G=0:1'], samples=512.0)": "samples = 512.0: must be a power of two",
    "h.sensitivity('fig2', window=pint.UnitRegistry().Quantity(1, 's'))": 'window = "1 second": has the wrong unit',
}  # fmt: skip


def test_what_is_no_argument_is_one_line_in_python_s_words():
    """In a process of its own: here the types of arguments are checked before the functions see them."""
    script = f"""
import pathlib, warnings
import numpy as np, pint
import hanle_sim as h
for expression in {list(NO_ARGUMENTS)!r}:
    try:
        eval(expression)
    except ValueError as error:
        print(repr(str(error)))
    except BaseException as error:
        print(type(error).__name__, error)
    else:
        print("accepted")
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    for (expression, told), line in zip(NO_ARGUMENTS.items(), run.stdout.splitlines(), strict=True):
        assert told in line.replace("\\'", "'") and "\\n" not in line and "--" not in line, (expression, line)


@pytest.mark.parametrize(
    ("changes", "allowed", "given"),
    [
        # S_σ = S (1 ± P_L)/(1 ± P_G) must stay below √L_0 = 156.525 µV/K: with P_L = P_G the same; with −3 and 0.5, S↓ = 8 S; with 0.4, S↓ = 1.2 S.
        ({"S": 200e-6}, "156.5 uV/K", "200 uV/K"),
        ({"S": 200e-6, "P_L": -3.0}, "19.57 uV/K", "200 uV/K"),
        ({"S": -1e-3, "P_L": 0.4}, "130.4 uV/K", "1 mV/K"),
    ],
)
def test_the_second_law_s_limit_has_a_unit(changes: dict, allowed: str, given: str):
    with pytest.raises(ValueError, match="the second law is broken") as refused:
        Junction.from_resistance(**{"R_tun": 1e-10, "P_G": 0.5, "P_L": 0.5, "T_0": 300.0} | changes)
    assert f"allows |S| up to {allowed}, and |S| = {given}: lower |S|" in str(refused.value)


def test_the_second_law_where_S_says_nothing():
    with pytest.raises(ValueError, match=r"allows \|S_up\| up to 156.5 uV/K, and \|S_up\| = 200 uV/K"):
        Junction(1.0, 1.0, 2e-4, -2e-4, 7.35e-6, 7.35e-6, 300.0)
    for P_G, P_L in ((1.0, 1), (-1.0, -1)):
        with pytest.raises(ValueError, match=f"take P_L = {P_L}, or S = 0"):
            Junction.from_resistance(R_tun=1e-10, P_G=P_G, P_L=0.5, S=1e-4, T_0=300.0)
        Junction.from_resistance(R_tun=1e-10, P_G=P_G, P_L=float(P_L), S=1e-4, T_0=300.0)
    assert refusal("lateral", "detector.S=1 mV/K")[0].startswith("detector: the second law is broken")
    assert "|S_N| = 1 mV/K: breaks the second law" in refusal("film", "S_N=1 mV/K")[0]
    assert "take |S_N| up to 156.5 uV/K" in refusal("film", "S_N=1 mV/K")[0]


def test_angles_of_objects_are_in_radians():
    for theta in (90, [0.0, 45.0]):
        with pytest.raises(ValueError, match=r"numpy\.deg2rad"):
            Field.at_angle(np.ones(2), np.asarray(theta), np.array([1.0, 0.0, 0.0]))
    written = build(check(read("fig2", "theta=450 deg"))).field
    np.testing.assert_allclose(written.direction, [0, 0, 1], atol=1e-15)


def test_objects_refuse_quantities_rather_than_take_their_number():
    registry = pint.UnitRegistry()
    area, field = registry.Quantity(1, "ohm um^2"), registry.Quantity([1.0, 2.0], "mT")
    for make in (
        lambda: Junction.from_resistance(R_tun=area, P_G=0.5, S=0.0, P_L=0.5, T_0=300.0),
        lambda: Field.at_angle([1e-3], registry.Quantity(1, "deg"), np.array([1.0, 0.0, 0.0])),
        lambda: Field.path(registry.Quantity([[1.0, 2.0, 3.0]], "mT")),
        lambda: Field.sweep(field[0], field[1], 3),
    ):
        with pytest.raises(Exception, match=r"has a unit|[Tt]ype-check") as refused:
            make()
        assert "Stripped" not in type(refused.value).__name__


def test_numbers_and_values_in_text():
    for value, text in (
        (1e9, "1e9"), (1000.0, "1000.0"), (0.05, "0.05"), (2.45e-8, "2.45e-8"), (1e-6, "1e-6"), (0.1 + 0.2, "0.3"), (float("nan"), "nan"), (True, "true"),
        ("201", '"201"'), (201, "201"), (datetime.date(2026, 1, 1), "2026-01-01"), (datetime.time(12), "12:00:00"), ([1, "2 mT"], '[1, "2 mT"]'),
        ({"kind": "gaussian"}, '{kind = "gaussian"}'), (np.float32(0.5), "0.5"), (np.eye(2), "[[1.0, 0.0], [0.0, 1.0]]"),
    ):  # fmt: skip
        assert toml_of(value) == text
    for value, text in ((1e7, "10 MV"), (0.0258520, "25.85 mV"), (1e-30, "1e-30 V"), (-5e-5, "-50 uV"), (0.99999, "1 V"), (0.0, "0 V")):
        assert with_prefix(value, "V") == text
    assert number_text(123456.0, 3) == "1.23e5"


def test_devices_with_a_bulk_that_breaks_the_second_law():
    from hanle_sim.physics.nonmagnets.material import Material

    material = Material.from_wiedemann_franz(rho=1e-5, D=1e-3, tau_s=1e-9, tau_Q=1e-9, T_0=300.0, S_N=1e-3)
    junction = Junction.from_resistance(R_tun=1e-10, P_G=0.5, S=0.0, P_L=0.5, T_0=300.0)
    with pytest.raises(ValueError, match=r"\|S_N\| = 1 mV/K.*take \|S_N\| up to 156.5 uV/K"):
        Device(Contact(junction), Diffusive(material))
    assert Lumped(1e-12, 1e-6, 1e-9, 1e-9).tau_s == 1e-9


def test_what_another_model_takes_is_said_to_be_of_that_model():
    for setting, ending in (
        ("lamda_s=1", 'did you mean nonmagnet.lambda_s, for model = "diffusive" or "film" or "drift" or "contact" or "lateral"?'),
        ("nonmagnet.chanel_width=1", 'did you mean channel_width, for model = "lateral"?'),
    ):
        with pytest.raises(ConfigurationError) as refused:
            check(read("lumped", [setting]))
        assert str(refused.value).endswith(ending), refused.value
        assert "nan" not in str(refused.value)


@pytest.mark.parametrize(
    ("preset", "section", "key", "value", "line"),
    [
        ("film", "field", "list", [1, "2 mT"], 'field: values = [1, "2 mT"] and start = "-60 mT", stop = "60 mT", points = 601 exclude each other'),
        ("contact", "nonmagnet", "h", "x", 'nonmagnet: thickness = "x": has no meaning without rho'),
        ("layered", "nonmagnet", "model", "film", 'nonmagnet: layers = [{thickness = "200 nm", rho = "2.9 uohm cm"'),
        ("film", "nonmagnet", "model", "flim", 'nonmagnet.D = "1 s": has the wrong unit'),
        ("film", "field", "stray", {"rms": 1}, "field.stray.rms: unknown key: did you mean sigma"),
        ("film", "field", "direction", "z", "drive: I or V is missing"),
    ],
)  # fmt: skip
def test_one_error_hides_no_other_and_shows_what_was_written(preset: str, section: str, key: str, value: object, line: str):
    given = read(preset)
    given[section][key] = value
    if key == "model":
        given["nonmagnet"]["D"] = "1 s"
    if key == "direction":
        del given["drive"]["I"]
    with pytest.raises(ConfigurationError) as refused:
        check(given)
    lines = str(refused.value).split("\n")
    assert len(lines) > 1 and [one for one in lines if one.startswith(line)], lines
    assert not [one for one in lines if "nan" in one or "Section(" in one], lines
