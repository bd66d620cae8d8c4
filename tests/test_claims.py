"""The claims' numbers against formulas written out here, which share nothing with the package; the report; what is refused."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq, curve_fit, minimize_scalar

import hanle_sim
import hanle_sim.claims.study as study_module
import hanle_sim.commands.claims as command
from hanle_sim import seed
from hanle_sim.claims import Kernel, Point, line, magnitudes, mismatch, reading, signs, study_of
from hanle_sim.claims import alpha as alpha_module
from hanle_sim.configuration import check, read

COMMITTED = Path(__file__).parents[1] / "results" / "claims"
#: Fig. 2: P_G, P_L S/√L_0, S/√L_0, α, τ_Q/τ_s.
FIG2 = {"P_G": 0.5, "s": 0.5, "S": 1.0, "r": 0.25}
FILM = 0.5


def lumped(z, _=1.0):
    return 1 / z


def diffusive(z, _=1.0):
    return 1 / np.sqrt(z)


def film(z, ratio):
    d = FILM / math.sqrt(ratio)  # d/λ of this relaxation time
    return 1 / (np.tanh(np.sqrt(z) * d) * np.sqrt(z))


GEOMETRIES = {"lumped": (lumped, 2.0), "diffusive": (diffusive, 2.0), "film": (film, 2 * math.tanh(2 * FILM) / math.tanh(FILM))}


def terms(omega, *, x, alpha, P_G, s, S, r=1.0, f=lumped, theta=0.0):
    """Both terms of ΔV_Hanle [I r_s] from the 2×2 of the circular components and V, the sum over the spins' currents closed by hand."""
    if np.ndim(omega):
        return np.array([terms(one, x=x, alpha=alpha, P_G=P_G, s=s, S=S, r=r, f=f, theta=theta) for one in omega]).T
    F_s, F_Q = f(1 + 1j * omega, 1.0) / f(1.0, 1.0), f(1 + 1j * omega * r, r) / f(1.0, r)
    K = np.array([[1 / (x * F_s) + 1, S], [S, alpha / (x * F_Q) + 1]])
    W = np.linalg.inv(K).real
    c, thermal, h = np.array([P_G, s]), np.array([-s, -P_G]), np.array([P_G, s]) / 2
    # V = R I + S ΔT_0 + h·y and y = 2 W (c V + c′ ΔT_0), in units of R I
    V = (1 + S * theta + 2 * h @ W @ thermal * theta) / (1 - 2 * h @ W @ c)
    return h * (2 * W @ (c * V + thermal * theta)) / x


def half_width(curve, low=1e-3, high=1e6):
    top = curve(0.0)
    return brentq(lambda omega: curve(omega) / top - 0.5, low, high, xtol=1e-13, rtol=1e-14)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The default report, its maps coarse: the numbers don't depend on them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_module, "PIXELS", 5)
        out = tmp_path_factory.mktemp("claims") / "r"
        said = []
        found, target = command.claims_and_write("fig2", out, settings=(), figure_format="png", progress=lambda *a: said.append(a))
    assert all(0 <= done <= total for _, done, total in said) and {what for what, _, _ in said} >= {"compiling", "judging the claims"}
    return found, target, json.loads((target / "claims.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rows():
    """The committed numbers, which are what is computed by the test below."""
    return {claim["id"]: claim for claim in json.loads((COMMITTED / "claims.json").read_text(encoding="utf-8"))["claims"]}


@pytest.mark.heavy
def test_the_committed_report_is_up_to_date(report):
    """Stale numbers fail here: run `hanle claims --out results/claims`."""
    found, target, new = report
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


@pytest.mark.heavy
def test_the_page_needs_no_other_file(report):
    for folder in (report[1], COMMITTED):
        page = (folder / "claims.html").read_text(encoding="utf-8")
        assert page.count("data:image/png;base64,") == 12 and "://" not in page and "url(" not in page and "<script" not in page
        assert set(re.findall(r'src="(.{10})', page)) == {"data:image"} and set(re.findall(r'href="(.)', page)) == {"#"}
    text = (report[1] / "claims.md").read_text(encoding="utf-8")
    for claim in report[0]:
        assert claim.quote in text and claim.verdict.replace("|", "\\|") in text


@pytest.mark.heavy
@pytest.mark.parametrize("geometry", list(GEOMETRIES))
def test_maps_in_every_geometry(report, geometry):
    """Pixels of the maps, computed here."""
    f, natural = GEOMETRIES[geometry]
    panels = {claim.id: claim.panels[geometry] for claim in report[0] if geometry in claim.panels}

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


@pytest.mark.parametrize("geometry", list(GEOMETRIES))
def test_widths_of_both_contributions(rows, geometry):
    f, alpha = GEOMETRIES[geometry]
    for id, term, name, r in (("spin_line", 0, "tau_s", 1.0), ("heat_line", 1, "tau_Q", 0.25)):
        row = rows[id]["by_geometry"][geometry]
        at = {"alpha": alpha, "f": f, **FIG2}
        width = half_width(lambda w, term=term, at=at: terms(w, x=1e-7, **at)[term]) * r
        assert row[f"half_width_times_{name}"] == pytest.approx(width, rel=1e-9)
        for percent in (1, 5, 10):
            x = row[f"mismatch_at_{percent}_percent"]
            if x:
                reached = half_width(lambda w, term=term, at=at, x=x: terms(w, x=x, **at)[term]) * r - 1
                assert reached == pytest.approx(percent / 100, rel=1e-8)
            else:
                assert width - 1 > percent / 100
    d = rows["spin_line"]["numbers"]["film_thickness_over_lambda_s_at_5_percent"]
    assert half_width(lambda w: (np.tanh(d) / (np.tanh(np.sqrt(1 + 1j * w) * d) * np.sqrt(1 + 1j * w))).real) == pytest.approx(
        1.05, rel=1e-8
    )


@pytest.mark.parametrize("geometry", list(GEOMETRIES))
def test_sum_of_two_and_equation_14(rows, geometry):
    f, alpha = GEOMETRIES[geometry]
    P_G, s, S = FIG2["P_G"], FIG2["s"], FIG2["S"]

    def error(x):
        """Each contribution on its own by the printed Eq. (14), over the exact one."""
        printed = P_G**2 / (1 + (1 - P_G**2) * x) + s**2 / (alpha + (1 - s**2) * x)
        return printed / terms(0.0, x=x, alpha=alpha, **FIG2, f=f).sum() - 1

    for id, key in (("independent", "sum_over_exact_less_one"), ("magnitudes", "eq14_over_exact_less_one")):
        row = rows[id]["by_geometry"][geometry]
        assert row[f"{key}_at_R_tun_equal_r_s"] == pytest.approx(error(1.0), rel=1e-10)
        assert error(row["mismatch_at_10_percent"]) == pytest.approx(0.1, rel=1e-8)
    missed = rows["magnitudes"]["by_geometry"][geometry]["eq14_misses_at_first_order_in_mismatch_I_r_s"]
    assert missed == pytest.approx(-2 * S * s * P_G * (1 - P_G * s / S) / alpha, rel=1e-4)


@pytest.mark.parametrize("geometry", ["lumped", "diffusive"])
def test_readings_of_the_total(rows, geometry):
    f, _ = GEOMETRIES[geometry]
    row = rows["reading"]["by_geometry"][geometry]

    def curve(omega, heat=0.5):
        shape = [(f(1 + 1j * omega * r, r) / f(1.0, r)).real for r in (1.0, 0.25)]
        return shape[0] + heat * shape[1]

    width = half_width(curve)
    assert row["tau_by_half_width_over_tau_s"] == pytest.approx(1 / width, rel=1e-6)
    for window in (1, 5, 30):
        omega = np.linspace(-window * width, window * width, 201)

        def line(omega, amplitude, tau):
            return amplitude / (1 + (omega * tau) ** 2)

        best = curve_fit(line, omega, curve(omega), p0=(1.5, 1 / width), xtol=1e-14, ftol=1e-14)[0]
        assert row[f"tau_by_least_squares_over_tau_s_within_{window}_half_widths"] == pytest.approx(abs(best[1]), rel=2e-6)
    omega = np.linspace(-5 * width, 5 * width, 201)
    best = curve_fit(lambda w, a, t, c: a / (1 + (w * t) ** 2) + c, omega, curve(omega), p0=(1.5, 1 / width, 0), xtol=1e-14, ftol=1e-14)[0]
    assert row["tau_by_least_squares_with_offset_over_tau_s_within_5_half_widths"] == pytest.approx(abs(best[1]), rel=2e-6)
    if geometry == "lumped":
        ratio = row["heat_over_spin_at_5_percent"]
        assert half_width(lambda w: curve(w, ratio)) == pytest.approx(1 / 0.95, rel=1e-6)


def test_no_lawful_device_hides_an_overestimate(rows):
    found = rows["reading"]["numbers"]
    assert found["tau_Q_below_tau_s_largest_tau_by_half_width_over_tau_s"] <= 1 < found["heated_largest_tau_by_half_width_over_tau_s"]
    assert found["diffusive_largest_tau_by_half_width_over_tau_s"] <= 1 / math.sqrt(3 + 2 * math.sqrt(3))


def test_three_answers_about_signs(rows):
    """Another draw from the same devices, by the formulas above; and one exact curve as two Lorentzians."""
    found, draw, opposite, n = rows["signs"]["numbers"], np.random.default_rng(7), 0, 4000
    for _ in range(n):
        P_G, up, down = draw.uniform(-1, 1, 3)
        x, alpha = 10 ** draw.uniform(-3, 3), 10 ** draw.uniform(-1, 2)
        s, S = up * (1 + P_G) / 2 - down * (1 - P_G) / 2, up * (1 + P_G) / 2 + down * (1 - P_G) / 2
        spin, heat = terms(0.0, x=x, alpha=alpha, P_G=P_G, s=s, S=S)
        opposite += spin * heat < 0
        assert spin + heat > 0 and abs(s) <= 1
    assert found["exact_share_of_devices_with_opposite_signs"] == pytest.approx(opposite / n, abs=0.02)
    assert found["eq14_share_of_devices_with_opposite_signs"] == 0 == found["mode_weights_share_of_devices_with_a_negative_one"]
    device = {"P_G": 0.8, "P_L_S": 0.02, "S": 0.2, "alpha": 1.0}
    tau, weight = Kernel("lumped").modes(Point(mismatch=1.0, P_kappa=0.8, tau_ratio=0.3, **device))
    omega = np.array([0.0, 0.3, 1.0, 5.0, 40.0])
    parts = terms(omega, x=1.0, alpha=1.0, P_G=0.8, s=0.02, S=0.2, r=0.3)
    assert parts[0, 0] * parts[1, 0] < 0 < weight.min()
    np.testing.assert_allclose((weight / (1 + np.multiply.outer(omega, tau) ** 2)).sum(-1), parts.sum(0), rtol=1e-11)


def test_how_large_the_second_law_lets_the_ratio_be(rows):
    """max |P_L S| over S↑, S↓ within ±√L_0 is √L_0, at S = P_G √L_0; for S and P_G given, the nearer of two bounds."""
    row = rows["comparable"]["by_geometry"]["lumped"]
    assert row["largest_lawful_heat_over_spin_at_any_S"] == pytest.approx(1 / (0.5**2 * 2), rel=1e-5)
    assert row["the_S_over_root_L_0_that_gives_it"] == pytest.approx(0.5, rel=1e-9)
    point = Point(P_G=0.3, P_kappa=0.3)
    for S in (0.2, 0.6, 0.9):
        most = float(signs.largest_P_L(point, S))
        by_hand = max(
            abs(up * 1.3 / 2 - down * 0.7 / 2) for up in np.linspace(-1, 1, 2001) for down in [(S - 0.65 * up) / 0.35] if abs(down) <= 1
        )
        assert most * S == pytest.approx(by_hand, abs=2e-3) and most * S >= by_hand - 1e-12
        assert abs(float(point._replace(S=S, P_L_S=most * S).margin)) < 1e-9


def test_heat_mismatch(rows):
    row = rows["mismatch"]["by_geometry"]["lumped"]

    def left(y, **changes):
        device = {"alpha": 2.0, **FIG2, **changes}
        return terms(0.0, x=2 * y, **device)[1] / terms(0.0, x=2e-9, **device)[1]

    assert row["r_Q_over_R_Q_at_which_50_percent_are_lost"] == pytest.approx(
        brentq(lambda y: left(y) - 0.5, 1e-3, 1e3, xtol=1e-14), rel=1e-7
    )
    assert row["r_Q_over_R_Q_at_which_half_is_lost_without_spin"] == pytest.approx(1 / (1 - 0.5**2), rel=1e-7)  # Eq. (12) alone
    assert row["Delta_T_s_left_at_R_Q_equal_r_Q"] == pytest.approx(left(1.0), rel=1e-7)


def test_what_a_thermal_bias_adds():
    study = study_of(check(read("lumped", ["R_tun=20 ohm um^2", "I=1e5 A/m^2"])))
    row = magnitudes._neglect_numbers(study.case, study)
    S = 100e-6 / math.sqrt(2.45e-8)
    device = {"x": 0.5, "alpha": 25.0, "P_G": 0.3, "s": 0.5 * S, "S": S}
    volts = 20e-12 * 1e5
    for k, name in enumerate(("Delta_mu", "Delta_T_s")):
        theta = row[f"Delta_T_0_that_changes_{name}_by_5_percent_K"] * math.sqrt(2.45e-8) / volts
        change = terms(0.0, **device)[k] / terms(0.0, **device, theta=theta)[k] - 1
        assert abs(change) == pytest.approx(0.05, rel=1e-7)
    heat = terms(0.0, **device)[1]
    assert row["S_Delta_T_s_over_R_tun_I"] == pytest.approx(S * 2 * heat / (0.5 * S) * 0.5, rel=1e-12)
    assert row["S_R_tun_I_over_L_0_K"] == pytest.approx(100e-6 * volts / 2.45e-8, rel=1e-12)


def test_a_gain_of_spin_heat_is_no_loss():
    """P_L of the other sign than P_G: back-flow first raises ΔT_s. Per current, so that constant voltage changes nothing."""
    device = ["P_L=-0.4", "S=50 uV/K", "R_tun=25 ohm um^2"]
    S = 50e-6 / math.sqrt(2.45e-8)

    def left(y):
        found = [terms(0.0, x=x, alpha=2.0, P_G=0.5, s=-0.4 * S, S=S)[1] for x in (2 * y, 2e-12)]
        return found[0] / found[1]

    for drive in ([], ["I=", "V=1 mV"]):
        row = mismatch._numbers(study_of(check(read("fig2", device + drive))).case)
        assert row["Delta_T_s_left_at_R_Q_equal_r_Q"] == pytest.approx(left(1.0), rel=1e-9) and left(1.0) > 1.1
        for loss in (1, 50):
            y = row[f"r_Q_over_R_Q_at_which_{loss}_percent_are_lost"]
            assert left(y) == pytest.approx(1 - loss / 100, rel=1e-8)
    assert mismatch._change(left(1.0)) == "17.9 % is gained" and mismatch._change(0.9) == "10 % is lost"


def test_each_contribution_on_its_own_keeps_its_thermal_source():
    """Against the two 1×1 systems, written out."""
    x, alpha, P_G, s, S, theta = 0.8, 1.7, 0.4, 0.15, 0.45, 0.6
    alone = 0.0
    for k, own in ((P_G, (1 / x + 1)), (s, (alpha / x + 1))):
        thermal = -s if k == P_G else -P_G
        V = (1 + S * theta + k * thermal * theta / own) / (1 - k * k / own)
        alone += k / own * (k * V + thermal * theta) / x
    whole = terms(0.0, x=x, alpha=alpha, P_G=P_G, s=s, S=S, theta=theta).sum()
    point = Point(mismatch=x, P_G=P_G, P_L_S=s, S=S, P_kappa=P_G, alpha=alpha, heating=theta)
    assert magnitudes.sum_error(Kernel("lumped"), point) == pytest.approx(alone / whole - 1, rel=1e-9)
    assert abs(magnitudes.sum_error(Kernel("lumped"), point._replace(mismatch=1e-9))) < 1e-8


def test_the_lesser_of_two_terms():
    np.testing.assert_allclose(signs.least_share(([3.0, -3.0, -3.0, 1.0], [1.0, -1.0, 1.0, -4.0])), [0.25, 0.25, -0.5, -1 / 3])


def test_limits_of_a_reading_hold_with_back_flow():
    """The ratio of the amplitudes is that of the device which misreads by so much, not of one without back-flow."""
    case = study_of(check(read("fig2", ["R_tun=500 ohm um^2", "S=46.957 uV/K", "alpha=0.2"]))).case
    S = 46.957e-6 / math.sqrt(2.45e-8)
    ratio = reading._numbers(case)["heat_over_spin_at_10_percent"]
    given = {"x": 0.05, "P_G": 0.5, "s": 0.5 * S, "S": S}

    def off(alpha):
        spin, heat = terms(0.0, alpha=alpha, **given)
        return heat / spin - ratio

    alpha = brentq(off, 1e-3, 1e3, xtol=1e-13)
    assert 1 / half_width(lambda w: terms(w, alpha=alpha, r=0.25, **given).sum()) - 1 == pytest.approx(-0.1, rel=1e-7)


def test_largest_departure_between_points():
    x = np.linspace(0, 1, 30)
    assert line.peak(0.3 - (x - 0.4321) ** 2) == pytest.approx(0.3, rel=1e-12)
    assert line.peak(np.stack([x, -x])).tolist() == [1.0, 0.0]


def test_a_width_without_a_maximum_is_told():
    row = {f"half_width_times_tau_s_{name}": value for name, value in (("elastic", 3.4), ("widest", 3.4), ("infinite_rate", 2.6))}
    words = alpha_module._rate_words({**row, "alpha_at_rate_1": 2.0, "alpha_at_rate_24": 25.0})
    assert words == "α = (1 + τ_s/τ_in)^1, and the half width goes from 3.4/τ_s without inelastic scattering to 2.6/τ_s"
    assert "1.9 at τ_in = τ_s and 10 at" in alpha_module._rate_words({**row, "alpha_at_rate_1": 1.9, "alpha_at_rate_24": 10.0})


def test_alpha_and_its_line(rows):
    table, numbers = rows["consistency"]["by_geometry"], rows["consistency"]["numbers"]
    assert table["diffusive"]["half_width_times_tau_of_one_contribution"] == pytest.approx(math.sqrt(3 + 2 * math.sqrt(3)), rel=1e-10)
    assert table["film"]["alpha_of_the_geometry"] == pytest.approx(GEOMETRIES["film"][1], rel=1e-12)
    d = numbers["d_over_lambda_s_that_gives_it"]
    assert abs(2 / (2 * math.tanh(2 * d) / math.tanh(d)) - 1) == pytest.approx(numbers["least_of_the_larger_error"], rel=5e-3)


def test_closing_questions(rows):
    row = rows["inelastic"]["by_geometry"]["lumped"]

    def width(rate):
        tau = 1 / (1 + rate)
        return half_width(lambda w: 1 / (1 + w**2) + tau / (1 + (w * tau) ** 2))

    best = minimize_scalar(lambda rate: -width(rate), bounds=(0.5, 5.0), method="bounded", options={"xatol": 1e-10})
    assert row["tau_s_over_tau_inelastic_of_the_widest"] == pytest.approx(best.x, rel=1e-5)
    assert row["half_width_times_tau_s_widest"] == pytest.approx(-best.fun, rel=1e-6)
    assert [row["alpha_at_rate_1"], row["alpha_at_rate_24"]] == [2, 25]
    below = rows["below_one"]["by_geometry"]["film"]
    ratio = brentq(lambda r: math.tanh(FILM / math.sqrt(r)) / math.tanh(FILM) / math.sqrt(r) - 0.5, 1.1, 10, xtol=1e-14)
    assert below["tau_Q_over_tau_s_of_alpha_half"] == pytest.approx(ratio, rel=1e-10)
    assert rows["below_one"]["numbers"]["least_alpha_of_all"] == pytest.approx(1)
    lumped_row = rows["below_one"]["by_geometry"]["lumped"]
    total = half_width(lambda w: 1 / (1 + w**2) + 2 / (1 + (2 * w) ** 2))
    assert lumped_row["tau_app_over_tau_s_at_alpha_half"] == pytest.approx(1 / total, rel=1e-6)


@pytest.mark.heavy
def test_verdicts_follow_the_physics(report, monkeypatch):
    before = next(claim for claim in report[0] if claim.id == "magnitudes")
    monkeypatch.setattr(study_module, "PIXELS", 3)
    study = study_of(check(read("fig2")))
    again = magnitudes.magnitudes(study, lambda done: None)
    assert again.verdict == before.verdict and "holds within 1 %" in again.verdict
    right = seed.hanle_amplitudes

    def wrong(**given):
        spin, heat = right(**given)
        return spin, 1.5 * heat

    monkeypatch.setattr(seed, "hanle_amplitudes", wrong)
    changed = magnitudes.magnitudes(study, lambda done: None).verdict
    assert changed.startswith("Fails even for R_tun ≫ r_s") and "off by +16.7 %" in changed


def test_constant_voltage_leaves_the_state_per_current_as_it_is():
    """The state at a current does not ask what was held constant: only the line does."""
    point = Point(mismatch=0.7, P_G=0.4, P_L_S=0.3, S=0.5, P_kappa=0.4, alpha=1.5, heating=0.2)
    current, voltage = (magnitudes.per_current(Kernel("lumped", feeds_back=feeds_back), point) for feeds_back in (True, False))
    cold = magnitudes.per_current(Kernel("lumped", feeds_back=False), point._replace(heating=0.0))
    np.testing.assert_allclose(cold, terms(0.0, x=0.7, alpha=1.5, P_G=0.4, s=0.3, S=0.5), rtol=1e-12)
    np.testing.assert_allclose(current, terms(0.0, x=0.7, alpha=1.5, P_G=0.4, s=0.3, S=0.5, theta=0.2), rtol=1e-12)
    assert np.all(np.isfinite(voltage))


@pytest.mark.heavy
def test_the_command_prints_and_writes(hanle, tmp_path, report, monkeypatch):
    few = [report[0][index] for index in (5, 9)]
    monkeypatch.setattr(command, "judged", lambda study, progress: few)
    status, out, err = hanle("claims", "--out", "r", "--format", "svg")
    assert (status, err) == (0, "") and "Three answers" in out and "written to r" in out
    assert len(list((tmp_path / "r").glob("*.svg"))) == 2
    data = hanle_sim.judge_claims()
    assert data.sizes["claim"] == 2 and json.loads(data["values"].values[0])["by_geometry"]["lumped"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("lateral",), "nonmagnet.model = lateral"),
        (("contact",), "nonmagnet.model = contact"),
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
