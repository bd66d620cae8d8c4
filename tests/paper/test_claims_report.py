"""The report of the claims: fresh, whole, its maps against formulas written out by hand; what is refused."""

import dataclasses
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hanle_sim
import hanle_sim.commands.claims as command
from claim_oracle import FIG2, FILM, GEOMETRIES, diffusive, half_width, lumped, terms
from examples import CLAIMS, run_example
from hanle_sim import printed_equations
from hanle_sim.configuration import check, read
from hanle_sim.output import claim_figures
from hanle_sim.output.claim_tables import sections
from hanle_sim.paper.claims import (
    Answer,
    Claim,
    amplitudes,
    answer_of,
    cross_terms,
    inelastic,
    judged,
    sentences,
    signs,
    study_of,
)
from hanle_sim.paper.claims import study as study_module
from hanle_sim.paper.claims.study import drawn

COMMITTED = Path(__file__).parents[2] / "results" / "claims"


@pytest.mark.heavy
def test_the_default_report(hanle, tmp_path, monkeypatch):
    """Its maps coarse, since the numbers don't depend on them; one test, since it takes long to compute. By the line of the documentation."""
    written, kept, said = command.claims_and_write, [], []

    def kept_and_written(*arguments: Any, progress: Any, **options: Any) -> Any:
        def reported(*at: Any) -> None:
            said.append(at)
            progress(*at)

        kept.append(written(*arguments, progress=reported, **options))
        return kept[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_module, "PIXELS", 5)
        patch.setattr(command, "claims_and_write", kept_and_written)
        status, out, err = hanle(*CLAIMS.split()[1:])
    assert (status, err) == (0, "") and out.startswith("What does this mean for the τ") and out.endswith("written to claims\n")
    ((answer, found), target) = kept[0]
    assert all(0 <= done <= total for _, done, total in said) and {what for what, _, _ in said} >= {"compiling", "judging the claims"}
    check_committed(found, target)
    check_page(found, target)
    check_words(found)
    check_answer(answer)
    for geometry in GEOMETRIES:
        check_maps(found, geometry)
    check_command(found, hanle, tmp_path, monkeypatch)
    check_verdicts(found, monkeypatch)


def check_committed(found: list[Claim], target: Path) -> None:
    """Stale numbers fail here: run `hanle claims --out results/claims`."""
    new = json.loads((target / "claims.json").read_text(encoding="utf-8"))
    old = json.loads((COMMITTED / "claims.json").read_text(encoding="utf-8"))

    def known(numbers):
        return {key: math.nan if value is None else value for key, value in numbers.items()}

    def same(numbers):
        return pytest.approx(known(numbers), rel=1e-6, abs=0, nan_ok=True)

    assert new["answer"]["sentence"] == old["answer"]["sentence"] and new["answer"]["advice"] == old["answer"]["advice"]
    assert new["device"] == same(old["device"])
    assert [claim["id"] for claim in new["claims"]] == [claim["id"] for claim in old["claims"]]
    for now, before in zip(new["claims"], old["claims"], strict=True):
        assert (now["verdict"], now["sentence"]) == (before["verdict"], before["sentence"])
        assert now["by_geometry"].keys() == before["by_geometry"].keys()
        for name, row in now["by_geometry"].items():
            assert known(row) == same(before["by_geometry"][name]), (now["id"], name)
        assert known(now["numbers"]) == same(before["numbers"]), now["id"]
    files = {path.name for path in target.iterdir()}
    assert files == {path.name for path in COMMITTED.iterdir()}
    assert {claim["figure"] for claim in new["claims"]} <= files and len(found) == 12


def check_page(found: list[Claim], target: Path) -> None:
    """It needs no other file."""
    for folder in (target, COMMITTED):
        page = (folder / "claims.html").read_text(encoding="utf-8")
        assert page.count("data:image/png;base64,") == 24 and "://" not in page and "url(" not in page and "<script" not in page
        assert set(re.findall(r'src="(.{10})', page)) == {"data:image"} and set(re.findall(r'href="(.)', page)) == {"#"}
    text = (target / "claims.md").read_text(encoding="utf-8")
    for claim in found:
        assert claim.quote in text and f"**{claim.word}**: {claim.sentence}" in text and all(note in text for note in claim.notes)


def check_words(found: list[Claim]) -> None:
    """One word and one sentence, short, with few numbers and no key of a file."""
    assert len(found) == 12
    for claim in found:
        assert claim.verdict in ("holds", "holds within limits", "fails", "undecided"), claim.id
        check_sentence(claim.sentence)
        assert claim.message and len(claim.message) <= 70


def check_sentence(sentence: str) -> None:
    numbers = re.findall(r"(?<![\w.])\d[\d.]*(?:×10[⁻⁰¹²³⁴-⁹]+)?", sentence.replace("Eq. (14)", ""))
    assert len(sentence.split()) <= 25 and len(numbers) <= 2 and sentence.endswith("."), sentence
    assert not re.search(r"nan|None|inf\b|[A-Za-z]{2,}_|_[A-Za-z]+_", sentence), sentence


def check_answer(answer: Answer) -> None:
    """Against two Lorentzians of widths 1 and 4 and amplitudes 2 to 1, written out; spin heat is the one cause."""
    width = half_width(lambda w: 1 / (1 + w**2) + 0.5 / (1 + (w / 4) ** 2))
    assert answer.off == pytest.approx(1 / width - 1, rel=1e-6) and next(iter(answer.causes)) == "spin heat"
    assert answer.causes["spin heat"] == pytest.approx(answer.off, rel=1e-6)
    assert abs(answer.causes["back-flow"]) < 1e-5 and answer.causes["geometry"] == 0
    assert "33 % shorter" in answer.sentence and len(answer.advice) == 1 and "spin heat" in answer.advice[0]


SAID = {
    ("reading", 0): ("undecided", "no spin heat signal"),
    ("reading", 1): ("fails", "25 % longer than τ_s, not shorter: spin heat lengthens it by 25 %"),
    ("reading", 2): ("holds within limits", "20 % shorter than τ_s, but not through spin heat: spin heat lengthens it by 14 %"),
    ("reading", 3): ("holds", "50 % shorter than τ_s; spin heat shortens it by 29 %"),
    ("reading", 4): ("holds", "50 % shorter than τ_s, all by spin heat."),
    ("reading", 5): ("holds", "50 % shorter than τ_s, all by spin heat, as large as the second law allows at your S."),
    ("line", 0): ("undecided", "no Δμ signal"),
    ("line", 1): (
        "holds within limits",
        "If your nonmagnet is well mixed, the Δμ half width gives τ_s within 1 % while r_s/R_tun stays below 0.02",
    ),
    ("line", 2): ("holds", "gives τ_s within 1 % whatever r_s/R_tun is"),
    ("line", 3): ("holds within limits", "departs from a Lorentzian by 6 % of its peak"),
    ("line", 4): ("fails", "30 % wider than the Lorentzian of τ_s, because of back-flow into the contact"),
    ("line", 6): ("holds within limits", "In a film as thin as yours the Δμ half width gives τ_s within 1 % while"),
    ("line", 5): ("fails", "150 % wider than the Lorentzian of τ_s, because of what drives the junction"),
    ("signs", 0): ("fails", "opposite signs: the smaller one cancels 20 % of the larger one"),
    ("signs", 1): ("holds within limits", "oppose each other once r_s/R_tun exceeds 3.6"),
    ("signs", 2): ("holds", "as they have in every device"),
    ("signs", 3): ("holds within limits", "of random devices, with r_s/R_tun up to 1000, 9.2 % have opposite signs"),
    ("mismatch", 0): ("fails", "Back-flow never takes half the spin heat, however small R_Q is; yours loses 2 %"),
    ("mismatch", 1): ("fails", "once r_Q reaches 5 R_Q, not near R_Q; yours gains 2 %"),
    ("mismatch", 2): ("holds", "once r_Q reaches 0.44 R_Q, near R_Q as claimed; yours loses less than 0.01 %"),
    ("consistency", 0): ("holds within limits", "right to 0.2 % in a film 0.5 λ_s thick"),
    ("consistency", 1): ("fails", "at best, 0.7 λ_s thick, both are 30 % off"),
    ("consistency", 2): ("fails", "at best, 0.7 λ_s thick, the line is 30 % off"),
}


def test_words_follow_the_numbers():
    """Every way of saying it, from made-up numbers."""
    study = study_of(check(read("fig2")))
    plain_study = study_of(check(read("fig2", ["P_L=0", "S=50 uV/K"])))

    film_study = study_of(check(read("film")))

    def line(width, opened, shape, limit, study=study):
        names = ("half_width_times_tau_s", "half_width_times_tau_s_without_back_flow", "largest_departure_from_lorentzian_of_own_width")
        row = dict(zip((*names, "mismatch_at_1_percent"), map(float, (width, opened, shape, limit)), strict=True))
        return sentences.line(study, row, "tau_s", "τ_s", "Δμ")

    def sign(spin, turns, differ):
        return sentences.signs(study, {"spin_share": spin, "heat_share": 1 - spin, "mismatch_at_which_a_sign_turns": turns}, float(differ))

    def mismatch(left, half):
        return sentences.mismatch({"Delta_T_s_left": left, "r_Q_over_R_Q_at_which_50_percent_are_lost": half})

    readings = [(plain_study, 1.0, 1.0), (study, 1.0, 1.25), (study, 0.7, 0.8), (study, 0.7, 0.5), (study, 1.0, 0.5), (study, 1.0, 0.5)]
    lines = [
        (math.nan, 1, 0, 0),
        (1, 1, 0, 0.02),
        (1, 1, 0, math.inf),
        (1, 1, 0.06, 0.02),
        (1.3, 1, 0, 0.02),
        (2.5, 2.5, 0, 0.0),
        (1, 1, 0, 1.0),
    ]
    found = {
        **{
            ("reading", k): sentences.reading(one, {"alone": a, "read": b}, "alone", "read", most=k == 5)
            for k, (one, a, b) in enumerate(readings)
        },
        **{("line", k): line(*numbers, study=film_study if k == 6 else study) for k, numbers in enumerate(lines)},
        **{
            ("signs", k): sign(*one)
            for k, one in enumerate([(1.25, math.inf, 0.1), (0.5, 3.6, 0.1), (0.5, math.inf, 0), (0.5, math.inf, 0.092)])
        },
        **{("mismatch", k): mismatch(*one) for k, one in enumerate([(0.98, math.inf), (1.02, 5.0), (1 - 1e-7, 0.444)])},
        **{
            ("consistency", k): sentences.consistency(*one) for k, one in enumerate([(0.002, 0.001, 0.5), (0.3, 0.3, 0.7), (0.1, 0.3, 0.7)])
        },
    }
    assert found.keys() == SAID.keys()
    for key, (verdict, part) in SAID.items():
        assert found[key][0] == verdict and part in found[key][1], (key, found[key])
        check_sentence(found[key][1])
    assert [sentences.short(x) for x in (0.0, 154.3, 0.0123, 3.21e-7, -2.5, 99.7)] == ["0", "154", "0.012", "3.2×10⁻⁷", "−2.5", "100"]


def comparable(*settings):
    study = dataclasses.replace(study_of(check(read("fig2", settings))), pixels=2)
    return signs.comparable(study).sentence


def test_what_is_said_of_comparable_signals_has_its_conditions():
    """P_L = P_G or not, at the second law's edge or not, back-flow that takes the spin heat or not."""
    edge = "With P_L = P_G, your spin heat signal is 50 % of your spin signal, the most the second law allows at your S."
    assert comparable() == edge
    assert comparable("S=120 uV/K") == "With P_L = P_G, your spin heat signal is 29 % of your spin signal: comparable."
    assert comparable("S=60 uV/K") == "With P_L = P_G, your spin heat signal is 7.3 % of your spin signal: not comparable."
    other = "Your spin heat signal is 2.6 % of your spin signal; with P_L = P_G and no back-flow it would be 7.3 %."
    assert comparable("P_L=-0.3", "S=60 uV/K") == other
    taken = "With P_L = P_G, your spin heat signal is 4.3 % of your spin signal; without back-flow it would be 20 %."
    assert comparable("R_tun=2 ohm um^2", "I=1e6 A/m^2", "S=100 uV/K") == taken


def test_the_most_that_the_second_law_allows_at_this_S():
    """By trying every P_L that it allows: |S (1 ± P_L)| ≤ 1 ± P_G."""
    S, x = 100e-6 / math.sqrt(2.45e-8), 0.5
    row = signs._comparable_numbers(study_of(check(read("fig2", ["S=100 uV/K", "R_tun=50 ohm um^2", "I=1e6 A/m^2"]))).case)
    lawful = [P_L for P_L in np.linspace(-4, 4, 40001) if abs(S * (1 + P_L)) <= 1.5 and abs(S * (1 - P_L)) <= 0.5]
    ratios = [spin_heat / spin for spin, spin_heat in (terms(0.0, x=x, alpha=2.0, P_G=0.5, s=P_L * S, S=S) for P_L in lawful)]
    assert row["largest_lawful_heat_over_spin_at_this_S_here"] == pytest.approx(max(map(abs, ratios)), rel=3e-3)
    assert row["heat_over_spin"] < 0.9 * max(ratios)


@pytest.mark.parametrize(("S", "P_L", "is_largest"), [(1, 0.5, True), (0.8, 0.5, False), (0.8, 0.875, True), (0.3, 1 + 0.5 / 0.3, True)])
def test_whether_P_L_is_the_largest_allowed(S, P_L, is_largest):
    """|S (1 ± P_L)| ≤ (1 ± P_G) √L_0: at P_G = 0.5 a P_L up to the lesser of 1.5/S − 1 and 1 + 0.5/S."""
    settings = [f"S={S * math.sqrt(2.45e-8)} V/K", f"P_L={P_L}"]
    assert signs.is_at_largest_P_L(study_of(check(read("fig2", settings))).point) == is_largest


def test_what_a_thermal_bias_is_said_to_do_has_its_conditions():
    """Nothing at the second law's edge with P_L = P_G; something else wherever one of the two is not so."""

    def said(*settings):
        study = dataclasses.replace(study_of(check(read("fig2", settings))), pixels=2)
        claim = cross_terms.neglected(study)
        return claim.sentence, *claim.notes

    sentence, misprint, why = said()
    assert sentence.endswith("; ΔT_0 changes neither in your device.") and "Both are zero in your device" in why
    assert "408 K, not the printed 40 K" in misprint
    for settings, symbol in ((("S=120 uV/K",), "ΔT_s"), (("P_L=0.4", "S=40 uV/K"), "ΔT_s")):
        sentence, misprint, why = said(*settings)
        assert "changes neither" not in sentence and re.fullmatch(rf"A ΔT_0 of [\d.]+ K changes your {symbol} by 1 %\.", why)
    kelvin = float(said("S=120 uV/K")[2].split()[3])
    S, root = 120e-6 / math.sqrt(2.45e-8), math.sqrt(2.45e-8)
    given = {"x": 1e-7, "alpha": 2.0, "P_G": 0.5, "s": 0.5 * S, "S": S}
    change = terms(0.0, **given, theta=root * kelvin / 25e-3)[1] / terms(0.0, **given)[1] - 1
    assert abs(change) == pytest.approx(0.01, rel=0.05)


def test_inelastic_scattering_is_told_of_the_device_s_curve_only_with_its_alpha():
    for settings, curve, notes in ((("alpha=4",), "your curve", 0), ((), "a well-mixed curve", 1)):
        study = dataclasses.replace(study_of(check(read("fig2", settings))), pixels=2)
        claim = inelastic.inelastic(study)
        assert f"If α = τ_s/τ_Q, inelastic scattering widens {curve} by at most 27 %, at τ_s/τ_in = 1.6" in claim.sentence
        assert len(claim.notes) == notes and all("has α = 2." in note and "4 at your τ_Q/τ_s" in note for note in claim.notes)
        assert (claim.verdict, claim.word) == ("holds within limits", "yes, within limits")


def test_ranges_of_random_devices_are_those_drawn():
    devices, words = drawn(), sentences.ranges()
    for name, values in (("r_s/R_tun", devices.mismatch), ("α", devices.alpha), ("τ_Q/τ_s", devices.tau_ratio)):
        low, high = map(float, re.search(rf"{name} from ([\d.]+) to (\d+)", words).groups())
        assert low == pytest.approx(values.min(), rel=2e-3) and high == pytest.approx(values.max(), rel=2e-3)
    assert words.startswith(f"{devices.alpha.size} devices within the second law")
    assert "r_s/R_tun = 0.01; " in sentences.ranges(0.01) and "R_tun from" not in sentences.ranges(0.01)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("config", "settings"),
    [
        ("film", ()),
        ("diffusive", ()),
        ("fig2", ("I=", "V=25 mV", "R_tun=50 ohm um^2")),
        ("fig2", ("P_G=0", "P_kappa=0", "S=50 uV/K")),
    ],
)
def test_what_is_said_of_other_devices(config, settings):
    study = dataclasses.replace(study_of(check(read(config, settings))), pixels=2)
    found = judged(study, lambda *_: None)
    check_words(found)
    rows = [section.rows for claim in found for section in sections(claim, study)]
    assert not re.search(r"[a-z]{2,}_[a-z]|[a-zA-Z]_[a-z]+_", str(rows).replace("r_s/R_tun", ""))
    answer = answer_of(study)
    assert 1 <= len(answer.advice) <= 3 and math.isfinite(answer.off)
    assert "shorter" in answer.sentence and answer.off < 0


@pytest.mark.heavy
def test_the_answer_names_each_cause_by_its_size():
    """A diffusive device of strong back-flow: each cause against readings of formulas written out by hand."""
    given = {"x": 0.5, "alpha": 2.0, **FIG2}
    study = study_of(check(read("fig2", ["R_tun=50 ohm um^2", "I=1e6 A/m^2"])))
    study = dataclasses.replace(study, own="diffusive")

    def tau(f, **changes):
        return 1 / half_width(lambda w: terms(w, **{**given, "f": f, **changes}).sum())

    answer, whole = answer_of(study), tau(diffusive)
    wanted = {"geometry": tau(lumped), "back-flow": tau(diffusive, x=1e-12), "spin heat": tau(diffusive, s=0.0, S=0.0)}
    assert answer.off == pytest.approx(whole - 1, rel=1e-8)
    assert answer.causes == pytest.approx({name: whole / other - 1 for name, other in wanted.items()}, rel=1e-7)
    assert list(answer.causes) == sorted(wanted, key=lambda name: -wanted[name])  # all of them shorten it
    assert [advice.split()[0] for advice in answer.advice] == [
        "Fit" if n == "geometry" else "Make" if n == "back-flow" else "Keep" for n in answer.causes
    ]


def check_maps(found: list[Claim], geometry: str) -> None:
    """Pixels of the maps, computed here."""
    f, natural = GEOMETRIES[geometry]
    panels = {claim.id: claim.panels[geometry] for claim in found if geometry in claim.panels}

    def device(**changes):
        return {"alpha": natural, "f": f, **FIG2, **changes}

    def width(k, **given):
        return half_width(lambda w: terms(w, **given)[k] if k < 2 else terms(w, **given).sum())

    def both(x, S):
        return terms(0.0, **device(x=x, S=S, s=0.5 * S))

    def printed(x, S, P_L=0.5):
        return 0.25 / (1 + 0.75 * x) + (P_L * S) ** 2 / (natural + (1 - (P_L * S) ** 2) * x)

    def reading(ratio, **changes):
        film_alpha = ratio**-0.5 * math.tanh(FILM / math.sqrt(ratio)) / math.tanh(FILM)
        alpha = {"lumped": 1 / ratio, "diffusive": ratio**-0.5, "film": film_alpha}[geometry]
        given = device(x=1e-7, r=ratio, alpha=alpha, **changes)
        return width(0, **device(x=1e-7, s=0.0, S=0.0)) / width(2, **given) - 1

    def lawful(P_L):
        return min(1.0, 1.5 / abs(1 + P_L), 0.5 / abs(1 - P_L) if P_L != 1 else math.inf)

    def by_P_L(x, P_L):
        S = lawful(P_L)
        return printed(x, S, P_L) / terms(0.0, **device(x=x, S=S, s=P_L * S)).sum() - 1

    def heat_over_spin(P_L, S):
        if lawful(P_L) + 1e-9 < S:
            return math.nan
        spin, heat = terms(0.0, **device(x=1e-7, S=S, s=P_L * S))
        return heat / spin

    def left(y, S):
        x = y * natural
        return both(x, S)[1] / both(1e-12, S)[1] - 1

    expected = {
        ("spin_line", 0): lambda x, P_G: width(0, **device(x=x, P_G=P_G, s=P_G, S=1.0)) - 1,
        ("spin_line", 1): lambda x, S: width(0, **device(x=x, S=S, s=0.5 * S)) - 1,
        ("heat_line", 0): lambda x, alpha: width(1, **device(x=x, alpha=alpha)) * 0.25 - 1,
        ("independent", 0): lambda x, S: printed(x, S) / both(x, S).sum() - 1,
        ("reading", 0): lambda ratio, alpha: 1 / width(2, **device(x=1e-7, r=ratio, alpha=alpha)) - 1,
        ("magnitudes", 0): lambda x, S: printed(x, S) / both(x, S).sum() - 1,
        ("magnitudes", 1): by_P_L,
        ("comparable", 0): heat_over_spin,
        ("mismatch", 0): left,
        ("neglected", 0): lambda x, theta: 0.25 / (1 + 0.75 * x) / terms(0.0, **device(x=x, theta=theta))[0] - 1,
        ("inelastic", 0): lambda rate, S: reading(1 / (1 + rate), S=S, s=0.5 * S),
        ("below_one", 0): lambda ratio, S: reading(ratio, S=S, s=0.5 * S),
    }
    for (id, place), error in expected.items():
        panel = panels[id][place]
        for i, j in ((1, 2), (3, 1), (4, 4), (2, 3)):
            x, y = float(panel.x.values[j]), float(panel.y.values[i])
            assert panel.error[i, j] == pytest.approx(error(x, y), rel=1e-6, abs=1e-9, nan_ok=True), (id, place, x, y)


def check_verdicts(found: list[Claim], monkeypatch: pytest.MonkeyPatch) -> None:
    """They follow the physics."""
    before = next(claim for claim in found if claim.id == "magnitudes")
    monkeypatch.setattr(study_module, "PIXELS", 3)
    study = study_of(check(read("fig2")))
    again = amplitudes.magnitudes(study)
    assert (again.verdict, again.sentence) == (before.verdict, before.sentence) == ("holds within limits", again.sentence)
    assert "within 1 %" in again.sentence
    right = printed_equations.hanle_amplitudes

    def wrong(**given):
        spin, heat = right(**given)
        return spin, 1.5 * heat

    monkeypatch.setattr(printed_equations, "hanle_amplitudes", wrong)
    changed = amplitudes.magnitudes(study)
    assert changed.verdict == "fails" and "17 % too large, even where nothing flows back" in changed.sentence


def check_command(found: list[Claim], hanle: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed and written of a few claims, and from Python."""
    few = [found[index] for index in (5, 9)]
    monkeypatch.setattr(command, "judged", lambda study, progress: few)
    status, out, err = hanle("claims", "--out", "r", "--format", "svg")
    assert (status, err) == (0, "") and out.startswith("What does this mean for the τ") and "−33 %" in out and "written to r" in out
    assert len(list((tmp_path / "r").glob("*.svg"))) == 2
    data = hanle_sim.claims()
    monkeypatch.setattr(command, "judged", lambda study, progress: found)
    run_example("claims", hanle_sim.claims)
    assert data.sizes["claim"] == 2 and json.loads(data["values"].values[0])["by_geometry"]["lumped"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("lateral",), 'nonmagnet.model = "lateral"'),
        (("contact",), 'nonmagnet.model = "contact"'),
        (("--set", "field.direction=[1, 0, 1]"), "across the magnetisation"),
        (
            ("--set", "start=", "--set", "stop=", "--set", "B=5 mT", "--set", "theta_start=0", "--set", "theta_stop=1"),
            "turns along the sweep",
        ),
        (("--set", "I=0"), "nothing is driven"),
        (("--set", "I=", "--set", "V=0"), "nothing is driven"),
        (("--set", "B_sat=1 T"), "field.B_sat"),
        (("--set", "G_i=1e5"), "junction.G_i"),
        (("diffusive", "--set", "S_N=10 uV/K"), "nonmagnet.S_N"),
        (("--set", "g=0"), "nonmagnet.g"),
        (("--set", "S=200 uV/K"), "second law"),
        (("nosuch",), "neither a file nor a preset"),
        (("--format", "gif"), "gif"),
        (("--out", "mine"), "notes.txt"),
    ],
)
def test_what_the_claims_are_not_about_is_one_line_and_status_2(hanle, tmp_path, arguments, named):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    status, out, err = hanle("claims", *arguments)
    assert (status, out) == (2, "") and err.startswith("hanle: ") and err.count("\n") == 1 and named in err, err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_map_without_contours_tells_its_range():
    assert claim_figures._everywhere(154.2, 8e5) == "+154 to beyond +10000 % everywhere"
    assert claim_figures._everywhere(154.2, 6218.3) == "+154 to +6220 % everywhere"
    assert claim_figures._everywhere(-3e-6, 4e-5) == "less than 0.001 % everywhere"
    assert claim_figures._everywhere(-50.0, -50.0) == "-50 % everywhere"
