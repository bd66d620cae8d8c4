"""The report of the claims: its tables read back, of claims whose numbers are made up here."""

import dataclasses
import html
import json
import math
import re
from pathlib import Path

import pytest

from hanle_sim.configuration import check, read
from hanle_sim.output.claim_page import page
from hanle_sim.output.claim_tables import answer_lines, label_of, shown
from hanle_sim.output.claims import contents_of, markdown, rows_of
from hanle_sim.output.lettering import mathml
from hanle_sim.output.netcdf import dataset_of
from hanle_sim.paper.claims import Answer, Study, study_of
from hanle_sim.paper.claims.claim import Claim

RESULTS = Path(__file__).parents[2] / "results"
TABLE = {
    "lumped": {"eq14_over_exact_less_one": 0.123456, "mismatch_at_1_percent": 0.0, "eq14_least_share": 1e-12, "S_Delta_T_s_V": 7.98763e-6},
    "film": {"eq14_over_exact_less_one": -3.21e-5, "mismatch_at_1_percent": math.inf, "eq14_least_share": 0.5, "S_Delta_T_s_V": None},
}
NUMBERS = {"as_printed_K": 1.5, "least_alpha_of_all": math.nan}
WANTED = {
    "Eq. (14) over the exact signal, less one": ("0.123", "−3.21×10⁻⁵"),
    "back-flow r_s/R_tun at an error of 1 %": ("always exceeded", "never"),
    "share of the lesser term by Eq. (14)": ("none", "0.5"),
    "S ΔT_s (V)": ("7.99×10⁻⁶", "–"),
    "the same as printed (K)": ("1.5",),
    "least α of all geometries": ("–",),
    "1 %": ("no value",),
}
CAUSES = {"geometry": -0.4, "spin heat": 0.1, "back-flow": 3e-9}
ANSWER = Answer(-0.345678, CAUSES, "The τ is short.", ("Run `hanle fit`.", "Think."))


@pytest.fixture(scope="module")
def study() -> Study:
    return study_of(check(read("fig2")))


def claim() -> Claim:
    texts = ("a title | with a bar", "what it <says> of τ_s/τ_Q", "p. 1", "computed")
    return Claim(3, "some_id", *texts, TABLE, NUMBERS, "fails", "It fails at r_s.", {}, "a message", "a caption")


def plain(text: str) -> str:
    """HTML without its mathematics: τ_s again."""
    return html.unescape(re.sub(r"</?(math|m[a-z]+)\b[^>]*>", "", text.replace("<mpadded", "_<mpadded"))).replace("\u00a0", " ")


def test_the_tables_hold_the_claim_s_numbers(study):
    written, report = markdown(study, ANSWER, [claim()], "png"), page(study, ANSWER, [claim()], [(b"image", b"maps")], "the device")
    for text, row in ((written, r"^\| (.*) \|$"), (plain(report).replace("<tr>", "\n<tr>"), r"<tr><td>(.*?)</td></tr>")):
        cells = [re.split(r" \| |</td><td>", found) for found in re.findall(row, text, re.MULTILINE)]
        assert {one[0]: tuple(one[1:]) for one in cells if one[0] in WANTED} == WANTED
        assert "lumped (this device)" in text and "It fails at r_s." in text and "computed" in text and "a caption" in text
    assert "a title \\| with a bar" in written and "![a message](claim-03-some-id.png)" in written
    assert "fig2 (lumped), at constant current: r_s/R_tun = 1×10⁻⁷" in written
    assert "what it &lt;says&gt;" in report and '<span class="badge fails">✗ fails</span>' in report


def test_the_answer_comes_first(study):
    lines = [
        "What does this mean for the τ that I read off my curve?",
        "−35 %: The τ is short.",
        "Why, each against the same device without it: geometry −40 %, spin heat +10 %, back-flow none.",
        "What to do: Run `hanle fit`. Think.",
    ]
    assert answer_lines(ANSWER) == lines
    written = markdown(study, ANSWER, [claim()], "png")
    assert written.split("\n\n")[1:5] == [f"## {lines[0]}", *lines[1:]]
    report = plain(page(study, ANSWER, [claim()], [(b"image", b"maps")], "the device"))
    assert report.index("−35 %") < report.index(lines[2]) < report.index("<code>hanle fit</code>") < report.index("the device")
    found = rows_of(study, ANSWER, [claim()], "png")["answer"]
    assert found["tau_over_tau_s_less_one"] == -0.345678 and [one["cause"] for one in found["causes"]] == list(CAUSES)
    assert answer_lines(Answer(math.nan, {}, "None.", ("Think.",)))[1:] == ["–: None.", "What to do: Think."]


UPRIGHT, OVER = '<mi mathvariant="normal">', '<mo lspace="0" rspace="0">/</mo>'


def low(letter: str, index: str) -> str:
    return f'<msub>{letter}<mpadded voffset="-0.25em">{index}</mpadded></msub>'


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("half × τ_s, not a name_of", f"half × <math>{low('<mi>τ</mi>', UPRIGHT + 's</mi>')}</math>, not a name_of"),
        ("ω_L τ = 1", f"<math>{low('<mi>ω</mi>', UPRIGHT + 'L</mi>')}</math> <math><mi>τ</mi></math> = 1"),
        (
            "ΔT_0/√L_0",
            f"<math><mrow>{UPRIGHT}Δ</mi>{low('<mi>T</mi>', '<mi>0</mi>')}</mrow>{OVER}<msqrt>{low('<mi>L</mi>', '<mi>0</mi>')}</msqrt></math>",
        ),
        ("κ_σ S²", f"<math>{low('<mi>κ</mi>', '<mi>σ</mi>')}</math> <math><mi>S</mi></math>²"),
        (
            "R_tun^Q,el",
            f'<math><msubsup><mi>R</mi><mpadded voffset="-0.25em">{UPRIGHT}tun</mi></mpadded>'
            f'<mpadded voffset="0.25em"><mi>Q</mi><mo>,</mo>{UPRIGHT}el</mi></mpadded></msubsup></math>',
        ),
        ("156.5 µV/K, (K), 408 K", "156.5 µV/K, (K), 408 K"),
        ("at your S.", "at your <math><mi>S</mi></math>."),
    ],
)
def test_symbols_are_italic_their_indices_low_and_units_upright(text, marked):
    assert mathml(text) == marked


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("largest_departure_of_the_curve", 5.0944e-8, "less than 10⁻⁶"),
        ("largest_departure_of_the_curve", 0.36968, "0.37"),
        ("eq14_over_exact_less_one", -3e-12, "none"),
        ("heated_least_tau_by_half_width_over_tau_s", 2.7675e-7, "less than 10⁻⁶"),
        ("r_Q_over_R_Q", 5e-8, "5×10⁻⁸"),
        ("S_R_tun_I_over_L_0_of_the_paper_s_numbers_K", 408.16, "408"),
        ("devices_drawn", 2e4, "20000"),
    ],
)
def test_numbers_of_a_table_have_the_digits_that_a_reader_wants(key, value, words):
    assert shown(key, value) == words


def test_a_question_is_answered_and_notes_are_shown(study):
    asked = dataclasses.replace(claim(), is_question=True, notes=("A note on R_tun.",), drawn="Devices from 1 to 2.")
    text, whole = plain(page(study, ANSWER, [asked], [(b"image", b"maps")], "the device")), markdown(study, ANSWER, [asked], "png")
    assert "✗ no" in text and "**no**: It fails at r_s." in whole and (asked.word, claim().word) == ("no", "fails")
    for shown_text in (text, whole):
        assert "A note on R_tun." in shown_text and "Devices from 1 to 2." in shown_text
    assert text.index("It fails") < text.index("A note on R_tun.") < text.index("<figure>")
    assert text.index("Symbols, verdicts and maps") < text.index("<ol>")
    in_words = plain(page(study, ANSWER, [asked], [("more than +100 % everywhere", b"maps")], "the device"))
    assert "<p>more than +100 % everywhere.</p></figure>" in in_words and in_words.count("<img") == 1


def luminance(colour: str) -> float:
    """Of WCAG 2."""
    wide = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [int(wide[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_can_be_read(study):
    """Contrast AA, 4.5 to 1, in light and in dark; and the badges."""
    report = page(study, ANSWER, [claim()], [(b"image", b"maps")], "the device")
    schemes = [dict(re.findall(r"--(\w+):#(\w+)", one)) for one in re.findall(r":root\{(.*?)\}", report)]
    assert len(schemes) == 2
    pairs = [(one[ink], one[paper]) for one in schemes for ink in ("ink", "faint", "link") for paper in ("paper", "panel")]
    badges = re.findall(r"\.(?:holds|within|fails|undecided)\{background:#(\w+)", report)
    assert len(badges) == 4
    for one, other in [*pairs, *(("fff", badge) for badge in badges)]:
        low, high = sorted((luminance(one), luminance(other)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (one, other)


def test_the_json_and_the_dataset_hold_the_claim_s_numbers(study):
    (row,) = rows_of(study, ANSWER, [claim()], "svg")["claims"]
    assert row["by_geometry"]["lumped"] == TABLE["lumped"] | {"eq14_least_share": 0.0}
    assert row["by_geometry"]["film"] == TABLE["film"] | {"mismatch_at_1_percent": None}
    assert row["numbers"] == {"as_printed_K": 1.5, "least_alpha_of_all": None} and row["figure"] == "claim-03-some-id.svg"
    data = dataset_of(contents_of(study, ANSWER, [claim()]))
    assert data["claim"].values.tolist() == ["some_id"] and data["verdict"].values.tolist() == ["fails"]
    assert data["sentence"].values.tolist() == ["It fails at r_s."] and json.loads(data.attrs["answer"])["advice"] == list(ANSWER.advice)


def test_every_number_of_the_report_has_words():
    """The keys of the committed report."""
    for claim in json.loads((RESULTS / "claims" / "claims.json").read_text(encoding="utf-8"))["claims"]:
        for row in claim["by_geometry"].values():
            labels = [label_of(key) for key in row]
            assert len(set(labels)) == len(labels) and not re.search(r"[A-Za-z]{2,}_|_[A-Za-z]+_", " ".join(labels).replace("_tun", "")), (
                labels
            )
