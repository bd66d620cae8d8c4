"""What is read is what was written, to the digits written, in whatever layout."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hanle_sim.measured import DataSection, read_measured
from hanle_sim.measured.headings import field_score, parse_heading, signal_score
from laboratory import FIELDS, SIGNALS, lorentzian, table, written

STYLES = {
    "round": "{} ({})", "tight": "{}({})", "square": "{} [{}]", "slash": "{} / {}", "underscore": "{}_{}", "comma": "{}, {}", "quoted": '"{} ({})"',
}  # fmt: skip
COMMENTS = [
    "",
    "# sample 7\n# T = 77 K, I = 5 uA\n#\n",
    "% made by hand\n%\n",
    "; lock-in, 13 Hz\n",
    "Setup\nSample 7\nV bias = 0.2, n = 4\n\n",
]
ORDERS = {
    "up": lambda x: x, "down": lambda x: x[::-1], "mirrored": lambda x: (-1.0) ** np.arange(len(x)) * np.abs(x[::-1]),
    "shuffled": lambda x: np.random.default_rng(5).permutation(x), "both": lambda x: np.concatenate([x, x[::-1]]),
}  # fmt: skip


@settings(max_examples=200)
@given(
    delimiter=st.sampled_from([",", ";", "\t", " ", "   ", "|"]), decimal=st.sampled_from(".,"), newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
    style=st.sampled_from([*STYLES, "below", "none"]), in_comment=st.booleans(), comment=st.sampled_from(COMMENTS),
    names=st.sampled_from([("B", "R_nl"), ("H", "dV"), ("Field", "V"), ("Feld", "Signal"), ("Magnetic Field", "Voltage"), ("mu0H", "Y1(X)"), ("B_ext", "V_nl")]),
    units=st.tuples(st.sampled_from([*FIELDS]), st.sampled_from([*SIGNALS])),
    order=st.sampled_from([*ORDERS]), swapped=st.booleans(), extra=st.booleans(), digits=st.integers(5, 12), points=st.integers(12, 40),
    tail=st.booleans(),
)  # fmt: skip
def test_what_is_read_is_what_was_written(
    delimiter, decimal, newline, encoding, style, in_comment, comment, names, units, order, swapped, extra, digits, points, tail
):
    assume(delimiter != decimal)
    named = style != "none"
    # Names of several words need a delimiter, or quotation marks; units of a line of their own that holds other than units are headings.
    assume(" " not in delimiter or " " not in names[0] or style == "quoted")
    assume(
        not (style == "comma" and "," in delimiter)
        and not (style == "comma" and " " in delimiter)
        and not (in_comment and style == "quoted")
    )
    assume(style != "underscore" or len(units[1]) > 1 or names[1] not in ("R_nl", "Y1(X)"))  # R_V is the resistance of a V
    assume(delimiter != "|" or named)
    half = np.linspace(-0.103, 0.1, points)
    x = ORDERS[order](half) / FIELDS[units[0]]
    y = lorentzian(ORDERS[order](half), 0.02)
    columns, headings = (
        [x, y],
        [STYLES[style].format(name, unit) if style in STYLES else name for name, unit in zip(names, units, strict=True)],
    )
    under = list(units)
    if extra and named:
        columns = [np.arange(len(x)) * 1.5, *columns, np.full(len(x), 77.0)]
        headings, under = ["Time", *headings, "Temperature"], ["s", *under, "K"]
    if swapped:
        columns, headings, under = columns[::-1], headings[::-1], under[::-1]
    text = comment
    if named:
        text += ("# " if in_comment else "") + delimiter.join(headings) + (delimiter if tail and delimiter.strip() else "") + "\n"
    if style == "below":
        text += ("# " if in_comment else "") + delimiter.join(under) + "\n"
    text += table(columns, delimiter=delimiter, decimal=decimal, digits=digits)
    if tail and delimiter.strip():
        lines = text.split("\n")
        text = "\n".join(line + delimiter * (line[:1].isdecimal() or line[:1] == "-") for line in lines)
    section = {} if named else {"x_unit": units[0], "y_unit": units[1]}
    if not named and order in ("mirrored", "shuffled"):
        section |= {"x": 2 if swapped else 1}
    section |= {"encoding": encoding} if encoding == "utf-16-be" else {}
    section |= {"delimiter": "|"} if delimiter == "|" else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.txt"
        path.write_bytes(text.replace("\n", newline).encode(encoding))
        curves = read_measured(DataSection.model_validate(section), path)
    factor, unit = SIGNALS[units[1]]
    assert [curve.direction for curve in curves] == {"up": ["up"], "down": ["down"], "both": ["up", "down"]}.get(order, [None])
    np.testing.assert_allclose(
        np.concatenate([curve.x for curve in curves]), written(x, digits) * FIELDS[units[0]], rtol=1e-9 if "A/m" in units[0] else 1e-14
    )
    np.testing.assert_allclose(np.concatenate([curve.y for curve in curves]), written(y, digits) * factor, rtol=1e-14)
    assert {curve.unit for curve in curves} == {unit}
    assert all(curve.x.dtype == np.float64 and curve.sigma is None and curve.file == path for curve in curves)


@pytest.mark.parametrize(("text", "name", "unit"), [
    ("B(G)", "B", "G"), ("R_nl (mOhm)", "R_nl", "mohm"), ("H [Oe]", "H", "Oe"), ("B / mT", "B", "mT"), ("Field_Oe", "Field", "Oe"),
    ("Y1(X)", "Y1(X)", ""), ("R_T", "R_T", ""), ("V_A", "V_A", ""), ("V_G", "V_G", ""), ("R_S", "R_S", ""), ("dV", "dV", ""), ("dV/dI (Ohms)", "dV/dI", "ohm"),
    ("V/I", "V/I", ""), ("Magnetic Field (Tesla)", "Magnetic Field", "T"), ("mT", "", "mT"), ("B_T", "B", "T"), ("R (arb. u.)", "R (arb. u.)", ""),
    ("mu_0 H (T)", "mu_0 H", "T"), ("V (mV rms)", "V", "mV"), ("T (K)", "T", "K"), ("H/kA/m", "H", "kA/m"), ("Field Oe", "Field", "Oe"), ("R [Ω]", "R", "Ω"),
    ("dV_uV", "dV", "uV"), ("B, mT", "B", "mT"), ("lock-in X {V}", "lock-in X", "V"), ("Voltage(V) Lockin1", "Voltage Lockin1", "V"),
])  # fmt: skip
def test_a_heading_has_a_name_and_perhaps_a_unit(text, name, unit):
    heading = parse_heading(text)
    assert (heading.name, heading.unit) == (name, unit)


@pytest.mark.parametrize(("headings", "field", "signal"), [
    ("Field set (T);Field (T);V (V)", 1, 2), ("mag_current (A);reading (T);R", 1, 2),
    ("Time Stamp (sec);Temperature (K);Magnetic Field (Oe);Resistance Ch1 (Ohms)", 2, 3), ("TIME;MAG_CURRENT (A);MAGFIELD (G);R_NL (ohm);PHASE (deg)", 2, 3),
    ("X1;Y1(X);Y1(Y);Time", 0, 1), ("t (s);X (V);Y (V);B (mT)", 3, 1), ("V (uV);I (uA);H (Oe)", 2, 0), ("B_set (T);B_meas (T);R_xx (ohm);R_nl (ohm)", 1, 3),
    ("R (ohm);R_err (ohm);Feld (mT)", 2, 0), ("Vg (V);B (T);V_nl (V)", 1, 2), ("magnet;lock-in X;lock-in Y;n", 0, 1), ("Zeit;Feld;Spannung", 1, 2),
])  # fmt: skip
def test_field_and_signal_are_known_by_name_and_unit(headings, field, signal):
    read = [parse_heading(text) for text in headings.split(";")]
    assert max(range(len(read)), key=lambda number: field_score(read[number])) == field
    assert max((number for number in range(len(read)) if number != field), key=lambda number: signal_score(read[number])) == signal
