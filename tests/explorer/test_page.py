"""The page in a browser: every slider, keyboard alone, narrow and wide, dark and light, what is saved, and what is dropped onto it."""

import re
import shutil
import tomllib
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from filelock import FileLock

import hanle_sim

pytestmark = pytest.mark.heavy

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DATA = "() => { const s = Bokeh.documents[0].get_model_by_name('curves').data; return {B: Array.from(s.B), V: Array.from(s.V)} }"


@pytest.fixture(scope="module")
def browser():
    if BROWSER is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Of every geometry; one for all of pytest's processes."""
    page = tmp_path_factory.getbasetemp().parent / "explored.html"
    with FileLock(f"{page}.lock"):
        if not page.exists():
            assert hanle_sim.explore(out=page) == []
    assert page.stat().st_size < 2.5e6
    return page


class Opened:
    """A page, what it said on the console, and what it asked for."""

    def __init__(self, browser, path, width=1400, scheme="light", state=""):
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.said, self.asked = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri() + state)
        self.page.wait_for_selector("body[data-ready][data-ms]")

    def settled(self):
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def curve(self):
        self.settled()
        found = self.page.evaluate(DATA)
        return np.array(found["B"]), np.array(found["V"])

    def close(self):
        assert self.said == []
        assert [url for url in self.asked if not url.startswith(("file:", "blob:", "data:"))] == []
        self.page.close()


@pytest.fixture
def opened(browser, written):
    found = Opened(browser, written)
    yield found
    found.close()


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_every_slider_of_every_geometry_by_keyboard(browser, written, width, scheme):
    here = Opened(browser, written, width, scheme)
    page = here.page
    for device in page.locator("#device option").evaluate_all("all => all.map(one => one.value)"):
        page.select_option("#device", device)
        _, before = here.curve()
        for slider in page.locator("#sliders input[type=range]").all():
            slider.focus()
            told = slider.get_attribute("aria-valuetext")
            for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft"):
                page.keyboard.press(key)
            if slider.get_attribute("aria-valuetext") == told:  # at its left end
                page.keyboard.press("ArrowRight")
            assert slider.get_attribute("aria-valuetext") != told
        _, after = here.curve()
        assert np.all(np.isfinite(after)) and np.ptp(after) > 0 and not np.allclose(after, before, rtol=1e-3)
        assert page.locator("#readings tr").count() >= 6 and "none" not in page.locator("#readings tr").nth(1).inner_text()
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("#arrows line").count() >= 3
    here.close()


def luminance(colour: str) -> float:
    parts = np.array([float(x) for x in re.findall(r"[\d.]+", colour)[:3]]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(browser, written, scheme):
    """Text has a contrast of 4.5 to what lies behind it, and lines have one of 3 (WCAG AA)."""
    here = Opened(browser, written, scheme=scheme)
    behind = {
        name: here.page.evaluate(f"getComputedStyle(document.querySelector('{name}')).backgroundColor") for name in ("body", "#controls")
    }
    for name, ground, least in (
        ("h1", "body", 4.5), ("header p", "body", 4.5), ("#sliders label", "#controls", 4.5), ("figcaption", "body", 4.5),
        (".spin", "body", 4.5), (".heat", "body", 4.5), ("#legend .faint", "body", 3),
    ):  # fmt: skip
        colour = here.page.evaluate(f"getComputedStyle(document.querySelector('{name}')).color")
        light, dark = sorted((luminance(colour), luminance(behind[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= least, (scheme, name)
    here.close()


def test_the_second_law_stops_a_slider(opened):
    page = opened.page
    box, said = page.get_by_label("S, a number with its unit", exact=True), page.locator("#sliders .wrong:not(:empty)")
    before = page.evaluate("() => [...p]")
    box.fill("1 mV/K")
    box.press("Enter")
    assert "breaks the second law" in said.inner_text() and box.input_value() == "1 mV/K" and box.get_attribute("aria-invalid")
    assert page.evaluate("() => [...p]") == before
    slider = page.locator("#sliders input[type=range]").nth(2)
    slider.focus()
    page.keyboard.press("End")
    assert page.evaluate("() => { const m = device.main(p).margin[0]; return m >= 0 && m < 1e-6 }")
    assert (
        said.inner_text()
        == f"The second law ends here: beyond {box.input_value().replace(' ', chr(0x202F))} heat would flow from cold to warm by itself."
    )
    box.fill("a lot")
    box.press("Enter")
    assert "“a lot” is no number of this kind: write one such as" in said.inner_text()
    box.fill("100 µV/K")
    box.press("Enter")
    assert said.count() == 0 and box.input_value() == "100 µV/K" and box.get_attribute("aria-invalid") is None


TYPED = [
    ("R_tun", "1e-7 ohm m^2", 1e-7), ("R_tun", "3 kΩ µm²", 3e-9), ("R_tun", "0.001 ohm cm^2", 1e-7), ("R_tun", "7", 7e-12),
    ("R_tun", "2.5×10⁵ Ω µm²", 2.5e-7), ("R_tun", "10⁻² Ω m²", 1e-2), ("I", "1 A/cm^2", 1e4), ("I", "1 kA/m²", 1e3), ("tau_s", "2", 2e-9),
    ("tau_s", "300 ps", 3e-10), ("T_0", "77", 77.0), ("P_G", "40 %", 0.4), ("tau_s", "300 pm", None), ("tau_s", "3 s/m", None),
    ("R_tun", "inf", None), ("R_tun", "3 ohm", None), ("tau_s", "-1 ns", None),
    ("P_G", "7", None), ("kappa_ph", "-3", None),
]  # fmt: skip


def test_numbers_as_a_person_writes_them(opened):
    """In any unit of the kind; a bare one is in the unit that is shown."""
    page = opened.page
    names = page.evaluate("() => device.sliders.map(s => s.name)")
    for name, typed, value in TYPED:
        page.get_by_role("button", name="Reset").click()
        box = page.get_by_label(f"{name}, a number with its unit", exact=True)
        before = page.evaluate("() => [...p]")
        box.fill(typed)
        box.press("Enter")
        now, index = page.evaluate("() => [...p]"), names.index(name)
        if value is None:
            assert now == before and box.input_value() == typed and page.locator(f"#w{index}").inner_text(), typed
        else:
            assert now[index] == pytest.approx(value, rel=1e-12) and page.locator("#sliders .wrong:not(:empty)").count() == 0, typed


def test_the_axis_follows_the_line_and_readings_do_not_hang_on_it(opened):
    page = opened.page
    box = page.get_by_label("tau_s, a number with its unit", exact=True)
    for written, least in (("10 ps", 0.5), ("1 µs", 1e-5)):
        box.fill(written)
        box.press("Enter")
        B, V = opened.curve()
        assert least < B.max() / 1e3 and V.max() > 2 * abs(V[0]) and np.sum(V.max() / 2 < V) > 10
    box.fill("1 ns")
    box.press("Enter")

    def best():
        opened.settled()
        rows = page.locator("#readings tbody tr").all_inner_texts()
        return next(row for row in rows if row.startswith("τ of the best Lorentzian"))

    found = best()
    for range_ in ("6 mT", "1 T"):
        page.fill("#range", range_)
        page.press("#range", "Enter")
        assert best() == found and not page.is_checked("#follow") and page.input_value("#range") == range_
    page.fill("#range", "abc")
    page.press("#range", "Enter")
    assert page.locator("#rangeWrong").inner_text() == "“abc”: write a field such as 60 mT."


def test_why_the_reading_is_off(opened):
    """Of a device whose spins flow back, the reading without spin heat and without back-flow, by the program itself."""
    page = opened.page
    box = page.get_by_label("R_tun, a number with its unit", exact=True)
    box.fill("200 ohm um^2")
    box.press("Enter")
    opened.settled()
    rows = dict(row.split("\t") for row in page.locator("#readings tbody tr").all_inner_texts())

    def tau(**settings):
        return hanle_sim.simulate("lumped", settings={"R_tun": "200 ohm um^2", **settings}, check=False).tau_apparent.item()

    exact, cold, alone = tau(), tau(S=0.0), tau(S=0.0, R_tun="inf")
    for why, share in (("spin heat", exact / cold - 1), ("back-flow", cold / alone - 1)):
        said = next(cell for head, cell in rows.items() if head.strip() == f"by {why}").replace("−", "-")
        assert float(said.split("\u202f")[0]) == pytest.approx(100 * share, abs=0.051), why
    assert next(cell for head, cell in rows.items() if head.strip() == "by geometry") == "< 0.1\u202f%"


def test_what_is_saved_says_the_same(opened, tmp_path):
    page = opened.page
    page.select_option("#device", "lateral")
    for name, written in (("tau_s", "234 ps"), ("P_G", "0.2"), ("R_tun", "3000 Ω µm²")):
        box = page.get_by_label(f"{name}, a number with its unit", exact=True)
        box.fill(written)
        box.press("Enter")
    B, V = opened.curve()
    saved = {}
    for kind in ("TOML", "Python", "CSV", "SVG"):
        with page.expect_download() as waited:
            page.get_by_role("button", name=kind, exact=True).click()
        path = tmp_path / waited.value.suggested_filename
        waited.value.save_as(path)
        saved[kind] = path
    tables = tomllib.loads(saved["TOML"].read_text(encoding="utf-8"))
    curve = hanle_sim.simulate(saved["TOML"], check=False)
    expected = curve["Delta_V_Hanle"].values
    assert float(tables["nonmagnet"]["tau_s"].split()[0]) == pytest.approx(234e-12)
    np.testing.assert_allclose(curve["B"].values * 1e3, B, rtol=1e-12, atol=1e-12)
    unit = np.max(expected) / np.max(V)
    assert unit in (pytest.approx(1e-9), pytest.approx(1e-12), pytest.approx(1e-6))
    np.testing.assert_allclose(V * unit, expected, rtol=0, atol=1e-12 * np.max(np.abs(expected)))
    table = np.genfromtxt(saved["CSV"], delimiter=",", names=True)
    np.testing.assert_allclose(table["Delta_V_Hanle_V"], expected, rtol=0, atol=1e-12 * np.max(np.abs(expected)))
    drawing = saved["SVG"].read_text(encoding="utf-8")
    assert ET.fromstring(drawing).tag.endswith("svg") and {"exact", "lateral", "spin part (Δμ)"} <= set(ET.fromstring(drawing).itertext())
    scope: dict = {}
    exec(saved["Python"].read_text(encoding="utf-8"), scope)
    np.testing.assert_allclose(scope["result"].Delta_V_Hanle.values, expected, rtol=1e-12)


def test_the_state_is_in_the_address(browser, written, opened):
    page = opened.page
    page.select_option("#device", "film")
    box = page.get_by_label("thickness, a number with its unit", exact=True)
    box.fill("77 nm")
    box.press("Enter")
    _, V = opened.curve()
    page.wait_for_url("**nonmagnet.thickness=7.7*")
    again = Opened(browser, written, state=page.url[page.url.index("#") :])
    assert again.page.get_by_label("thickness, a number with its unit", exact=True).input_value() == "77 nm"
    np.testing.assert_array_equal(again.curve()[1], V)
    again.close()
    page.select_option("#device", "lateral")
    page.select_option("#device", "film")
    assert box.input_value() == "77 nm"  # and a device is found as it was left
    wrong = Opened(browser, written, state="#device=film&junction.P_G=7")
    assert "what can't be" in wrong.page.locator("#refused").inner_text()
    wrong.close()


def test_a_measured_curve_dropped_onto_the_page(opened, tmp_path):
    page = opened.page
    B, V = opened.curve()
    good, bad = tmp_path / "mine.csv", tmp_path / "bad.csv"
    good.write_text("B (mT);V (uV)\n" + "\n".join(f"{b:.4f};{3 * v + 7:.6f}".replace(".", ",") for b, v in zip(B, V, strict=True)))
    bad.write_text("nothing but words\n")
    page.set_input_files("#file", bad)
    page.wait_for_timeout(200)
    assert "no table of numbers" in page.locator("#measured").inner_text()
    page.set_input_files("#file", good)
    page.wait_for_timeout(300)
    assert "401 points" in page.locator("#measured").inner_text() and "100.0 %" in page.locator("#measured").inner_text()
    points = page.evaluate("() => Array.from(Bokeh.documents[0].get_model_by_name('points').data.V)")
    np.testing.assert_allclose(points, V, atol=1e-3 * np.max(V))  # scale and offset are free
    inside = tmp_path / "tesla.csv"
    inside.write_text("B (T),V\n" + "\n".join(f"{b / 1e3:.7f},{v:.6f}" for b, v in zip(B, V, strict=True)))
    page.set_input_files("#file", inside)
    page.wait_for_timeout(300)
    assert page.input_value("#unit") == "1" and "100.0 %" in page.locator("#measured").inner_text()
    page.select_option("#unit", "1e-3")
    page.wait_for_timeout(200)
    assert "is the unit right?" in page.locator("#measured").inner_text()


def test_a_second_device_and_a_derivative_beside(opened):
    page = opened.page
    page.get_by_role("button", name="Keep this curve beside").click()
    _, before = opened.curve()
    page.locator("#sliders input[type=range]").first.focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    page.select_option("#by", "nonmagnet.tau_s")
    _, after = opened.curve()
    beside = "() => { const d = Bokeh.documents[0].get_model_by_name('curves').data; return [Array.from(d.old), Array.from(d.slope)] }"
    data, readings = page.evaluate(beside), page.locator("#readings").inner_text()
    assert np.max(after) < np.max(before) and np.ptp(data[0]) > 0 and np.all(np.isfinite(data[1])) and np.ptp(data[1]) > 0
    assert page.locator('#legend [data-of="old"]').is_visible()
    assert page.locator("#readings thead").is_visible()
    assert len(page.locator("#readings tbody tr").first.locator("td").all_inner_texts()) == 2
    page.wait_for_url("**by=nonmagnet.tau_s*")
    page.reload()  # the address holds both curves and the derivative
    page.wait_for_selector("body[data-ready][data-ms]")
    np.testing.assert_array_equal(opened.curve()[1], after)
    np.testing.assert_array_equal(page.evaluate(beside), data)
    assert page.locator("#readings").inner_text() == readings
    page.goto(page.url.split("#")[0] + "#kept=device%3Dlumped%26nonmagnet.tau_s%3D-1")
    page.reload()
    page.wait_for_selector("body[data-ready][data-ms]")
    assert "kept curve can't be" in page.locator("#refused").inner_text() and page.locator("#readings thead").is_hidden()


def test_a_name_can_not_end_the_page_s_script(browser, tmp_path):
    page = tmp_path / "page.html"
    plain = {
        "name": "a</script>b", "junction": {"P_G": 0.3, "R_tun": "5 kohm um^2"},
        "nonmagnet": {"model": "lumped", "r_s": "25 ohm um^2", "tau_s": "1 ns"}, "drive": {"I": "1e6 A/m^2"},
        "field": {"start": "-40 mT", "stop": "40 mT", "points": 41},
    }  # fmt: skip
    hanle_sim.explore(plain, out=page)
    here = Opened(browser, page)
    assert here.page.locator("#device option").first.inner_text() == "a</script>b (well mixed)"
    assert not here.page.locator('#legend [data-of="heat"]').is_visible()
    here.close()
