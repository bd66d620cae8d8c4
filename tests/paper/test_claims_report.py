"""The report of the claims: fresh, whole, its maps against formulas written out by hand; what is refused."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

import hanle_sim
import hanle_sim.commands.claims as command
from claim_oracle import FIG2, FILM, GEOMETRIES, half_width, terms
from examples import run_example
from hanle_sim import printed_equations
from hanle_sim.configuration import check, read
from hanle_sim.output import claim_figures
from hanle_sim.paper.claims import Claim, amplitudes, study_of
from hanle_sim.paper.claims import study as study_module

COMMITTED = Path(__file__).parents[2] / "results" / "claims"


@pytest.mark.heavy
def test_the_default_report(hanle, tmp_path, monkeypatch):
    """Its maps coarse, since the numbers don't depend on them; one test, since it takes long to compute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_module, "PIXELS", 5)
        out = tmp_path / "report"
        said = []
        found, target = command.claims_and_write("fig2", out, settings=(), figure_format="png", progress=lambda *a: said.append(a))
    assert all(0 <= done <= total for _, done, total in said) and {what for what, _, _ in said} >= {"compiling", "judging the claims"}
    check_committed(found, target)
    check_page(found, target)
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

    assert new["device"] == same(old["device"])
    assert [claim["id"] for claim in new["claims"]] == [claim["id"] for claim in old["claims"]]
    for now, before in zip(new["claims"], old["claims"], strict=True):
        assert now["verdict"] == before["verdict"]
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
        assert page.count("data:image/png;base64,") == 12 and "://" not in page and "url(" not in page and "<script" not in page
        assert set(re.findall(r'src="(.{10})', page)) == {"data:image"} and set(re.findall(r'href="(.)', page)) == {"#"}
    text = (target / "claims.md").read_text(encoding="utf-8")
    for claim in found:
        assert claim.quote in text and claim.verdict.replace("|", "\\|") in text


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
    assert again.verdict == before.verdict and "holds within 1 %" in again.verdict
    right = printed_equations.hanle_amplitudes

    def wrong(**given):
        spin, heat = right(**given)
        return spin, 1.5 * heat

    monkeypatch.setattr(printed_equations, "hanle_amplitudes", wrong)
    changed = amplitudes.magnitudes(study).verdict
    assert changed.startswith("Fails even for R_tun ≫ r_s") and "16.7 % too large" in changed


def check_command(found: list[Claim], hanle: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed and written of a few claims, and from Python."""
    few = [found[index] for index in (5, 9)]
    monkeypatch.setattr(command, "judged", lambda study, progress: few)
    status, out, err = hanle("claims", "--out", "r", "--format", "svg")
    assert (status, err) == (0, "") and "Three answers" in out and "written to r" in out
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
    assert claim_figures._everywhere(-3e-6, 4e-5) == "less than 0.001 % everywhere"
    assert claim_figures._everywhere(-50.0, -50.0) == "-50 % everywhere"
