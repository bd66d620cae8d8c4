"""`hanle explore`: where the page goes, and what can't be shown."""

import pytest


def test_a_page_replaces_its_like_and_nothing_else(hanle, tmp_path):
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    (tmp_path / "folder").mkdir()
    for out, says in (("mine.html", "is there already, and this program did not write it"), ("folder", "is a directory: name a file")):
        status, printed, err = hanle("explore", "lumped", "--no-open", "--out", out)
        assert (status, printed) == (2, "") and says in err and err.count("\n") == 1
    assert (tmp_path / "mine.html").read_text() == "<p>mine</p>"
    for _ in range(2):
        assert hanle("explore", "lumped", "--no-open", "--out", "new/page.html") == (0, "written to new/page.html\n", "")
    assert {path.name for path in tmp_path.iterdir()} == {"mine.html", "folder", "new"}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["page.html"]


def test_what_is_not_shown_is_said_on_the_page_and_by_the_command(hanle, tmp_path):
    (tmp_path / "turning.toml").write_text(hanle("config", "lumped")[1].replace("[field]", '[field]\nB_sat = "1 T"'))
    status, out, err = hanle("explore", "turning.toml", "fig2", "--no-open", "--out", "page.html")
    sentence = "lumped is not shown: field: with a g-tensor, a field that is added or a magnetisation that tilts"
    assert (status, err) == (0, "") and sentence in " ".join(out.split())
    assert sentence in (tmp_path / "page.html").read_text(encoding="utf-8")
    status, out, err = hanle("explore", "turning.toml", "--no-open")
    assert (status, out) == (2, "") and sentence in err and err.count("\n") == 1


def test_a_primitive_without_a_rule_is_a_reason(hanle, monkeypatch):
    from hanle_sim.explorer import tracing

    monkeypatch.delitem(tracing.RULES, "mul")
    status, out, err = hanle("explore", "lumped", "--no-open")
    assert (status, out) == (2, "") and "the primitive mul of JAX can't be written in JavaScript yet" in err and err.count("\n") == 1


@pytest.mark.parametrize("name", ["nosuch", "missing.toml"])
def test_bad_input(hanle, name: str):
    status, out, err = hanle("explore", name, "--no-open")
    assert (status, out) == (2, "") and name in err and err.count("\n") == 1
