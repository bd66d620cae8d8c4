"""The report of the claims: its tables read back, of claims whose numbers are made up here."""

import html
import json
import math
import re
from pathlib import Path

import pytest

from hanle_sim.configuration import check, read
from hanle_sim.output.claim_page import page
from hanle_sim.output.claim_tables import answer_lines, label_of
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
    "Eq. (14) over the exact signal, less one": ("0.12346", "−3.21×10⁻⁵"),
    "back-flow r_s/R_tun at an error of 1 %": ("always exceeded", "never"),
    "share of the lesser term by Eq. (14)": ("0", "0.5"),
    "S ΔT_s (V)": ("7.9876×10⁻⁶", "–"),
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
    text = re.sub(r"<msub><mi>(.*?)</mi><mi[^>]*>(.*?)</mi></msub>", r"\1_\2", text)
    return html.unescape(re.sub(r"</?(math|mi|mrow|mo|msqrt)\b[^>]*>", "", text)).replace("\u00a0", " ")


def test_the_tables_hold_the_claim_s_numbers(study):
    written, shown = markdown(study, ANSWER, [claim()], "png"), page(study, ANSWER, [claim()], [(b"image", b"maps")], "the device")
    for text, row in ((written, r"^\| (.*) \|$"), (plain(shown).replace("<tr>", "\n<tr>"), r"<tr><td>(.*?)</td></tr>")):
        cells = [re.split(r" \| |</td><td>", found) for found in re.findall(row, text, re.MULTILINE)]
        assert {one[0]: tuple(one[1:]) for one in cells if one[0] in WANTED} == WANTED
        assert "lumped (this device)" in text and "It fails at r_s." in text and "computed" in text and "a caption" in text
    assert "a title \\| with a bar" in written and "![a message](claim-03-some-id.png)" in written
    assert "fig2 (lumped), at constant current: r_s/R_tun = 1×10⁻⁷" in written
    assert "what it &lt;says&gt;" in shown and '<span class="badge fails">✗ fails</span>' in shown


def test_the_answer_comes_first(study):
    lines = [
        "What does this mean for the τ that I read off my curve?",
        "−35 %: The τ is short.",
        "Why, each against the same device without it: geometry −40 %, spin heat +10 %, back-flow 0.00 %.",
        "What to do: Run `hanle fit`. Think.",
    ]
    assert answer_lines(ANSWER) == lines
    written = markdown(study, ANSWER, [claim()], "png")
    assert written.split("\n\n")[1:5] == [f"## {lines[0]}", *lines[1:]]
    shown = plain(page(study, ANSWER, [claim()], [(b"image", b"maps")], "the device"))
    assert shown.index("−35 %") < shown.index(lines[2]) < shown.index("<code>hanle fit</code>") < shown.index("the device")
    found = rows_of(study, ANSWER, [claim()], "png")["answer"]
    assert found["tau_over_tau_s_less_one"] == -0.345678 and [one["cause"] for one in found["causes"]] == list(CAUSES)
    assert answer_lines(Answer(math.nan, {}, "None.", ("Think.",)))[1:] == ["–: None.", "What to do: Think."]


def test_symbols_are_mathematics():
    assert mathml("half width ω_L × τ_s, not a name_of") == (
        "half width <math><msub><mi>ω</mi><mi>L</mi></msub></math> × "
        '<math><msub><mi>τ</mi><mi mathvariant="normal">s</mi></msub></math>, not a name_of'
    )
    assert mathml("ΔT_0/√L_0") == (
        '<math><mrow><mi mathvariant="normal">Δ</mi><msub><mi>T</mi><mi>0</mi></msub></mrow><mo lspace="0" rspace="0">/</mo>'
        "<msqrt><msub><mi>L</mi><mi>0</mi></msub></msqrt></math>"
    )


def luminance(colour: str) -> float:
    """Of WCAG 2."""
    wide = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [int(wide[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_can_be_read(study):
    """Contrast AA, 4.5 to 1, in light and in dark; and the badges."""
    shown = page(study, ANSWER, [claim()], [(b"image", b"maps")], "the device")
    schemes = [dict(re.findall(r"--(\w+):#(\w+)", one)) for one in re.findall(r":root\{(.*?)\}", shown)]
    assert len(schemes) == 2
    pairs = [(one[ink], one[paper]) for one in schemes for ink in ("ink", "faint", "link") for paper in ("paper", "panel")]
    badges = re.findall(r"\.(?:holds|within|fails|undecided)\{background:#(\w+)", shown)
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
