"""The report of the claims: its tables read back, of claims whose numbers are made up here."""

import html
import math
import re

import pytest

from hanle_sim.configuration import check, read
from hanle_sim.output.claims import contents_of, label_of, markdown, page, rows_of
from hanle_sim.output.netcdf import dataset_of
from hanle_sim.paper.claims import Study, study_of
from hanle_sim.paper.claims.claim import Claim

TABLE = {
    "lumped": {"half_width_less_one": 0.123456, "mismatch_at_1_percent": 0.0, "least_share": 1e-12, "Delta_T_s_K": 7.98763e-6},
    "film": {"half_width_less_one": -3.21e-5, "mismatch_at_1_percent": math.inf, "least_share": 0.5, "Delta_T_s_K": None},
}
NUMBERS = {"S_root_L_0": 1.5, "tau_app_over_tau_s": math.nan}
WANTED = {
    "half width − 1": ("0.12346", "-3.21e-05"),
    "mismatch at 1 %": ("always exceeded", "never"),
    "least share": ("0", "0.5"),
    "ΔT_s (K)": ("7.9876e-06", "–"),
    "S √L_0": ("1.5",),
    "τ_app/τ_s": ("–",),
}


@pytest.fixture(scope="module")
def study() -> Study:
    return study_of(check(read("fig2")))


def claim() -> Claim:
    return Claim(3, "some_id", "a title | with a bar", "what it <says>", "p. 1", "computed", TABLE, NUMBERS, "a verdict", {}, "a caption")


def test_the_tables_hold_the_claim_s_numbers(study):
    for text, row in (
        (markdown(study, [claim()], "png"), r"^\| (.*) \|$"),
        (page(study, [claim()], [b"image"]).replace("<tr>", "\n<tr>"), r"<tr><td>(.*?)</td></tr>"),
    ):
        cells = [re.split(r" \| |</td><td>", html.unescape(found)) for found in re.findall(row, text, re.MULTILINE)]
        found = {one[0]: tuple(one[1:]) for one in cells if one[0] in WANTED}
        assert found == WANTED
        assert "lumped (this device)" in text and "fig2 (lumped), at constant current" in text and "a verdict" in text
    assert "a title \\| with a bar" in markdown(study, [claim()], "png") and "what it &lt;says&gt;" in page(study, [claim()], [b"image"])
    assert "![a title | with a bar](claim-03-some-id.png)" in markdown(study, [claim()], "png")


def test_the_json_and_the_dataset_hold_the_claim_s_numbers(study):
    (row,) = rows_of(study, [claim()], "svg")["claims"]
    assert row["by_geometry"]["lumped"] == TABLE["lumped"] | {"least_share": 0.0}
    assert row["by_geometry"]["film"] == TABLE["film"] | {"mismatch_at_1_percent": None}
    assert row["numbers"] == {"S_root_L_0": 1.5, "tau_app_over_tau_s": None} and row["figure"] == "claim-03-some-id.svg"
    data = dataset_of(contents_of(study, [claim()]))
    assert data["claim"].values.tolist() == ["some_id"] and data["verdict"].values.tolist() == ["a verdict"]


@pytest.mark.parametrize(
    ("key", "label"), [("tau_s_over_tau_Q", "τ_s/τ_Q"), ("Delta_V_V", "ΔV (V)"), ("R_tun_I_at_5_percent", "R_tun I at 5 %")]
)
def test_keys_are_read_as_words(key, label):
    assert label_of(key) == label
