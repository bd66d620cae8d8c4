"""Units as laboratories write them, against SI values worked out by hand; and what is refused, with the spelling proposed for it."""

import math

import jax.numpy as jnp
import numpy as np
import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanle_sim.configuration.quantities import parse_quantity
from hanle_sim.configuration.units import UnknownUnitError, factor_to

#: Written, an SI unit of its kind, and the value in it by hand. e²/h = 3.874045865e-5 S and μ_0 = 1.25663706127e-6 T m/A by CODATA.
BY_HAND = [
    ("25 Ohm", "ohm", 25), ("25 Ohms", "ohm", 25), ("25 ohms", "ohm", 25), ("5 kOhm", "ohm", 5e3), ("5 MOhm", "ohm", 5e6),
    ("5 mOhm", "ohm", 5e-3), ("5 Mohm", "ohm", 5e6), ("5 mohm", "ohm", 5e-3), ("5 KOhm", "ohm", 5e3), ("5 Ω", "ohm", 5), ("5 \u2126", "ohm", 5),
    ("3 mOhm-cm", "ohm m", 3e-5), ("3 mΩcm", "ohm m", 3e-5), ("3 mΩ·cm", "ohm m", 3e-5), ("3 µΩ cm", "ohm m", 3e-8),
    ("3 μΩ·cm", "ohm m", 3e-8), ("3 uohm cm", "ohm m", 3e-8), ("3 Ωm", "ohm m", 3), ("3 Ohm-m", "ohm m", 3), ("3 ohmcm", "ohm m", 3e-2),
    ("3 MΩ\u00a0m", "ohm m", 3e6), ("3\u2009mΩ\u202fcm", "ohm m", 3e-5),
    ("150 Ohm/sq", "ohm", 150), ("150 ohm/square", "ohm", 150), ("150 Ω/□", "ohm", 150), ("150 ohms per square", "ohm", 150),
    ("150 Ω sq^-1", "ohm", 150), ("150 Ω sq⁻¹", "ohm", 150), ("1.5 kΩ/sq.", "ohm", 1.5e3), ("150 ohm/Sq", "ohm", 150),
    ("1 ohm m2", "ohm m^2", 1), ("1 kΩμm²", "ohm m^2", 1e-9), ("1 kΩ µm²", "ohm m^2", 1e-9), ("1 kΩ µm^2", "ohm m^2", 1e-9),
    ("1 MOhm um2", "ohm m^2", 1e-6), ("1 mOhm um2", "ohm m^2", 1e-15), ("1 Ωcm²", "ohm m^2", 1e-4), ("1 ohm*um**2", "ohm m^2", 1e-12),
    ("1 Ω⋅nm²", "ohm m^2", 1e-18), ("1 ohm cm^{2}", "ohm m^2", 1e-4), ("1 MΩ\u00b7mm²", "ohm m^2", 1),
    ("1 um2", "m^2", 1e-12), ("1 µm²", "m^2", 1e-12), ("1 nm^2", "m^2", 1e-18), ("1 cm**2", "m^2", 1e-4),
    ("100 cm2/s", "m^2/s", 1e-2), ("100 cm²/s", "m^2/s", 1e-2), ("100 cm² s⁻¹", "m^2/s", 1e-2), ("100 cm^2 s^-1", "m^2/s", 1e-2),
    ("1 A/cm2", "A/m^2", 1e4), ("1 mA/cm2", "A/m^2", 10), ("1 MA/cm²", "A/m^2", 1e10), ("1 kA cm-2", "A/m^2", 1e7),
    ("1 A·cm⁻²", "A/m^2", 1e4), ("1 µA/µm²", "A/m^2", 1e6), ("1 A m^(-2)", "A/m^2", 1),
    ("1 T", "T", 1), ("1 Tesla", "T", 1), ("1 mT", "T", 1e-3), ("10 G", "T", 1e-3), ("10 Gs", "T", 1e-3), ("10 Gauss", "T", 1e-3),
    ("10 kGauss", "T", 1), ("10 gauss", "T", 1e-3), ("10 mG", "T", 1e-6), ("10 Oe", "T", 1e-3), ("10 Oersted", "T", 1e-3),
    ("10 kOe", "T", 1), ("10 KOe", "T", 1), ("−50 mT", "T", -0.05), ("–50 mT", "T", -0.05), ("—50 mT", "T", -0.05), ("1 V s/m²", "T", 1),
    ("1 kA/m", "T", 1.25663706127e-3), ("1 A/m", "T", 1.25663706127e-6), ("80 kA m⁻¹", "T", 0.1005309649), ("-1 KA/m", "T", -1.25663706127e-3),
    ("300 K", "K", 300), ("300 Kelvin", "K", 300), ("300 kelvin", "K", 300), ("20 mK", "K", 0.02),
    ("1 ns", "s", 1e-9), ("1 ps", "s", 1e-12), ("1 msec", "s", 1e-3), ("1 Ms", "s", 1e6), ("1 ms", "s", 1e-3),
    ("100 uV/K", "V/K", 1e-4), ("100 µV/K", "V/K", 1e-4), ("100 μV/K", "V/K", 1e-4), ("100 µV K⁻¹", "V/K", 1e-4), ("100 uV K-1", "V/K", 1e-4),
    ("1 k_B/e", "V/K", 8.617333262e-5),
    ("1 e^2/h/um^2", "S/m^2", 3.874045865e7), ("1 e2/h/nm^2", "S/m^2", 3.874045865e13), ("1 e²/h/µm²", "S/m^2", 3.874045865e7),
    ("2 e^2/(h um^2)", "S/m^2", 7.74809173e7), ("1 e²/h µm⁻²", "S/m^2", 3.874045865e7), ("2e²/h/um²", "S/m^2", 7.74809173e7),
    ("5e2/h/um2", "S/m^2", 1.9370229325e8), ("1e3 e2/h/um2", "S/m^2", 3.874045865e10), ("1 (e^2/h)/um^2", "S/m^2", 3.874045865e7),
    ("1 1/(ohm um^2)", "S/m^2", 1e12), ("1 Ω⁻¹ µm⁻²", "S/m^2", 1e12), ("1 MS/m2", "S/m^2", 1e6),
    ("1e9 W/(m2K)", "W/(m^2 K)", 1e9), ("1e9 W m⁻² K⁻¹", "W/(m^2 K)", 1e9), ("1 MW/(m² K)", "W/(m^2 K)", 1e6),
    ("1e-9 Km²/W", "K m^2/W", 1e-9), ("1e-9 K m2/W", "K m^2/W", 1e-9), ("1 mK m²/W", "K m^2/W", 1e-3),
    ("90 deg", "rad", math.pi / 2), ("90°", "rad", math.pi / 2), ("90 degrees", "rad", math.pi / 2), ("5 mrad", "rad", 5e-3),
    ("720 deg", "rad", 4 * math.pi), ("90 rad", "rad", 90),
    ("30 %", "", 0.3), ("30 percent", "", 0.3), ("0.3", "", 0.3),
    ("1.5×10⁻⁹ s", "s", 1.5e-9), ("1.5 x 10^-9 s", "s", 1.5e-9), ("1.5*10**-9 s", "s", 1.5e-9), ("1.5·10^{-9} s", "s", 1.5e-9),
    ("10⁻⁹ s", "s", 1e-9), ("1.5E-9 s", "s", 1.5e-9), ("+.5e-9 s", "s", 5e-10),
]  # fmt: skip


@pytest.mark.parametrize(("written", "unit", "expected"), BY_HAND)
def test_spellings_by_hand(written: str, unit: str, expected: float):
    assert parse_quantity(written, unit)[0] == pytest.approx(expected, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("written", "expected"), [("25 ohm um^2", 25e-12), ("9.25 kohm um^2", 9.25e-9), ("0.1 ohm um^2", 1e-13), ("3 Ω cm²", 3e-4)]
)
def test_a_number_with_a_unit_is_the_number_in_si_to_the_last_bit(written: str, expected: float):
    assert parse_quantity(written, "ohm m^2")[0] == expected


#: Prefixes and units with their values, apart from those of the program: only what a laboratory writes.
PREFIXES = {"": 0, "f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "μ": -6, "m": -3, "k": 3, "M": 6, "G": 9}
UNITS = {"ohm": ("V", "A^-1"), "Ohm": ("V", "A^-1"), "Ω": ("V", "A^-1"), "V": ("V",), "A": ("A",), "S": ("A", "V^-1"), "W": ("V", "A"), "s": ("s",), "K": ("K",)}  # fmt: skip


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str, int]:
    """A unit as somebody may write it, the same in SI, and the power of ten between the two."""
    number = draw(st.integers(1, 3))
    written, plainly, power = "", "", 0
    for index in range(number):
        prefix, unit = draw(st.sampled_from(sorted(PREFIXES))), draw(st.sampled_from(sorted(UNITS)))
        exponent = draw(st.sampled_from([1, 1, 2, -1, -2]))
        form = draw(st.sampled_from(["^{}", "**{}", "{}", "raised", "^({})"])) if exponent != 1 else ""
        raised = str(exponent).translate(str.maketrans("-12", "⁻¹²"))
        exponent_text = raised if form == "raised" else form.format(exponent)
        # -1 alone after a letter is an exponent; so is 2
        separator = draw(st.sampled_from([" ", "*", "·", "\u2009", " * "])) if index else ""
        written += f"{separator}{prefix}{unit}{exponent_text}"
        plainly += f" {unit}^{exponent}"
        power += PREFIXES[prefix] * exponent
    return written, plainly.strip(), power


@given(spellings(), st.integers(1, 999))
def test_no_accepted_spelling_is_off_by_a_power_of_ten(spelling: tuple[str, str, int], number: int):
    written, plainly, power = spelling
    value, _ = parse_quantity(f"{number} {written}", plainly)
    assert value == pytest.approx(float(f"{number}e{power}"), rel=1e-12, abs=0)


def test_prefixes_and_units_have_one_reading():
    """No prefix with a unit is spelt like another unit of the same kind: mT is no metre tesla, Gs no gigasecond, min no inch."""
    registry = pint.UnitRegistry()
    kinds = {"T": "tesla", "s": "second", "A": "ampere", "V": "volt", "K": "kelvin", "ohm": "ohm", "S": "siemens", "W": "watt", "m": "meter", "rad": "radian"}  # fmt: skip
    for prefix, power in PREFIXES.items():
        for symbol, name in kinds.items():
            if prefix + symbol == "Gs":
                continue
            found = factor_to(prefix + symbol, (name,))
            assert found is not None and found[0] == pytest.approx(10.0**power, rel=1e-12)
            assert registry.Quantity(1, prefix + symbol).to(name).magnitude == pytest.approx(found[0], rel=1e-12)
    assert factor_to("Gs", ("s",)) is None


def test_small_and_large_prefixes_are_never_confused():
    for small, large in (
        ("mohm", "Mohm"),
        ("mOhm", "MOhm"),
        ("mΩ", "MΩ"),
        ("mT", "MT"),
        ("mV", "MV"),
        ("mS", "MS"),
        ("mA", "MA"),
        ("ms", "Ms"),
    ):
        unit = {"mohm": "ohm", "mOhm": "ohm", "mΩ": "ohm"}.get(small, small[1:])
        one, other = (factor_to(text, (unit,)) for text in (small, large))
        assert one is not None and other is not None and (one[0], other[0]) == (1e-3, 1e6)
    for text in ("MOHM", "mOHM", "mhom", "MHOM", "moHm"):
        with pytest.raises(UnknownUnitError):
            factor_to(text, ("ohm",))


#: What is refused, and what the message proposes.
PROPOSED = [
    ("9,25 kohm um^2", "ohm m^2", 'write "9.25 kohm um^2"'),
    ("1,000 ohm", "ohm", 'write "1.000 ohm" or "1000 ohm"'),
    ("12 000 ohm", "ohm", 'write "12000 ohm"'),
    ("1,000,000 ohm", "ohm", 'write "1000000 ohm"'),
    ("0,5", "", 'write "0.5"'),
    ("5 mhom um^2", "ohm m^2", 'did you mean "5 mohm um^2"?'),
    ("5 MOHM", "ohm", 'did you mean "5 MOhm"?'),
    ("1 NS", "s", 'did you mean "1 ns"?'),
    ("1 nS", "s", 'did you mean "1 ns"?'),
    ("10 mt", "T", 'did you mean "10 mT"?'),
    ("10 mTesle", "T", 'such as "10 mT"'),
    ("300 k", "K", 'did you mean "300 K"?'),
    ("300 °K", "K", 'did you mean "300 K"?'),
    ("2 e²/h", "S/m^2", 'did you mean "2 e^2/h/um^2"?'),
    ("100 UV/K", "V/K", 'did you mean "100 uV/K"?'),
    ("10 meV", "V", 'did you mean "10 mV"?'),
    ("5 W/m^2 K", "W/(m^2 K)", 'did you mean "5 W/(m^2 K)"?'),
    ("5 W/m2K", "W/(m^2 K)", 'did you mean "5 W/(m^2 K)"?'),
    ("27 °C", "K", 'for a difference write "27 K"'),
    ("90", "rad", 'such as "90 deg"'),
    ("25", "ohm m^2", 'such as "25 ohm um^2"'),
    ("5 flurbs", "s", 'such as "5 ns"'),
]  # fmt: skip


@pytest.mark.parametrize(("written", "unit", "proposal"), PROPOSED)
def test_what_is_refused_proposes_what_is_accepted(written: str, unit: str, proposal: str):
    with pytest.raises(ValueError) as refused:
        parse_quantity(written, unit)
    assert proposal in str(refused.value)
    for text in proposal.split('"')[1::2]:
        assert math.isfinite(parse_quantity(text, unit)[0])


@pytest.mark.parametrize("angle", [90, -90.0, 6.2832, 360, np.float32(45)])
def test_a_bare_angle_beyond_a_turn_is_refused(angle: float):
    with pytest.raises(ValueError, match="for degrees write") as refused:
        parse_quantity(angle, "rad")
    assert f'"{float(angle):g} deg"' in str(refused.value)
    assert parse_quantity(f"{float(angle)} deg", "rad")[0] == pytest.approx(math.radians(angle))
    assert parse_quantity(2 * math.pi, "rad")[0] == 2 * math.pi


def test_quantities_of_pint_and_numbers_of_numpy():
    registry, other = pint.UnitRegistry(), pint.UnitRegistry()
    other.define("dot_area = 3e-12 meter**2")
    for value, unit, expected in (
        (registry.Quantity(25, "ohm um^2"), "ohm m^2", 25e-12), (other.Quantity(2, "ohm dot_area"), "ohm m^2", 6e-12),
        (registry.Quantity(3, "kgauss"), "T", 0.3), (registry.Quantity(1, "kA/m"), "T", 1.25663706127e-3),
        (registry.Quantity(np.float32(0.5), "mT"), "T", 5e-4), (registry.Quantity(27, "degC"), "K", 300.15),
        (registry.Quantity(1, "delta_degC"), "K", 1), (registry.Quantity(90, "degree"), "rad", math.pi / 2),
        (registry.Quantity(30, "percent"), "", 0.3), (registry.Quantity(0.3), "", 0.3), (registry.Quantity(1, "gigasecond"), "s", 1e9),
        (registry.Quantity(1, "conductance_quantum/um^2"), "S/m^2", 7.74809173e7), (registry.Quantity(2, "inch"), "m", 0.0508),
        (np.float64(2), "V", 2), (np.int8(2), "V", 2), (np.array(2.0), "V", 2), (jnp.array(2.0), "V", 2), (np.str_("2 mV"), "V", 2e-3),
    ):  # fmt: skip
        assert parse_quantity(value, unit)[0] == pytest.approx(expected, rel=1e-9)
    for value in (registry.Quantity(1, "second"), registry.mT, registry.Quantity([1, 2], "V"), np.array([1.0]), np.bool_(True), np.datetime64("2026-01-01"), 1j, b"1 V"):  # fmt: skip
        with pytest.raises(ValueError, match=r"must be|did you mean"):
            parse_quantity(value, "V")
