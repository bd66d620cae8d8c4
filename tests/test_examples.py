"""Every command line, TOML block and Python block of README and docs runs, and prints what is shown below it.

Blocks of Python with exec="on" run when the documentation is built, which .ci/run does: a failure stops it.
"""

import contextlib
import io
import json
import re
import shlex
import shutil
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

import hanle_sim
from examples import CLAIMS, SAID, check_fit

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCKS = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: What belongs to setting up, and is no command of ours.
OTHERS = ("pip ", "python ", "JAX_PLATFORMS=cpu ", "hanle --install-completion")
#: The commands that take longest have tests of their own.
COMPARED = "hanle fit docs/data/nonlocal.csv --config docs/data/nonlocal.toml --compare"
#: A fit of a device, and its file.
FITTED = re.compile(r"hanle fit docs/data/(\S+) --config ")


def blocks_of(page: Path) -> list[tuple[str, str, str, str]]:
    """Language, what stands behind it, content, and the text block right below, of every block of a page."""
    text = page.read_text(encoding="utf-8")
    shown = re.compile(r"\n*```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
    below = [shown.match(text, one.end()) for one in BLOCKS.finditer(text)]
    return [(*one.groups(), found[1] if found else "") for one, found in zip(BLOCKS.finditer(text), below, strict=True)]


def lines_of(block: str) -> list[str]:
    """The command lines of a block, without comments and setting up."""
    lines = [shlex.join(shlex.split(line, comments=True)).replace("'|'", "|").replace("'>'", ">") for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(OTHERS)]


#: The commands of each page that no page before it has.
COMMANDS: dict[Path, list[str]] = {}
for _page in PAGES:
    _before = {line for lines in COMMANDS.values() for line in lines}
    COMMANDS[_page] = [line for kind, _, block, _ in blocks_of(_page) if kind == "bash" for line in lines_of(block) if line not in _before]


def is_run_here(kind: str, info: str, *_: str) -> bool:
    """Whether a block is Python that the build of the documentation, `mkdocs build --strict`, does not run."""
    return kind == "python" and 'exec="on"' not in info


def is_shown_in(shown: str, printed: str) -> bool:
    """Whether the lines of a page are lines that were printed, in their order."""
    rest = iter([line.rstrip() for line in printed.splitlines()])
    return all(line.rstrip() in rest for line in shown.splitlines())


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the files that examples read."""
    for folder in ("docs/data", "results"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "docs" / "picture.png", tmp_path / "docs")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("webbrowser.open", lambda address: True)
    return tmp_path


def run_line(line: str, hanle, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a command line with pipes and redirections, and return what it prints."""
    printed = ""
    for piece in line.split(" | "):
        words = shlex.split(piece)
        target = words[-1] if len(words) > 2 and words[-2] == ">" else None
        assert words[0] == "hanle", f"{line}: no command of hanle"
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(printed.encode()), isatty=lambda: False))
        status, printed, err = hanle(*(words[1:-2] if target else words[1:]))
        assert status == 0, f"{line}: {err}"
        if target:
            Path(target).write_text(printed, encoding="utf-8")
    return printed


@pytest.mark.heavy
@pytest.mark.parametrize("page", [page for page, lines in COMMANDS.items() if lines], ids=lambda page: page.stem)
def test_every_command_line_runs(page: Path, hanle, workplace: Path, monkeypatch: pytest.MonkeyPatch):
    Path("mine.toml").write_text(hanle("config", "lumped")[1], encoding="utf-8")
    for kind, _, block, shown in blocks_of(page):
        for line in (one for one in lines_of(block) if kind == "bash" and one in COMMANDS[page]):
            if line not in (COMPARED, CLAIMS):
                printed = run_line(line, hanle, monkeypatch)
                assert is_shown_in(shown, printed), f"{line} prints\n{printed}\nbut the page shows\n{shown}"
                if (found := FITTED.match(line)) and found[1] in SAID:
                    check_fit(found[1], printed)


@pytest.mark.heavy
@pytest.mark.parametrize("page", [page for page in PAGES if any(is_run_here(*one) for one in blocks_of(page))], ids=lambda page: page.stem)
def test_every_python_block_runs(page: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch):
    names = {"__name__": "example"}
    monkeypatch.chdir(workplace)
    for block in blocks_of(page):
        if is_run_here(*block):
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(compile(block[2], str(page), "exec"), names)
            assert is_shown_in(block[3], printed.getvalue()), f"{page.name}: {block[2]} prints\n{printed.getvalue()}"


@pytest.mark.heavy
def test_every_documented_fit_finds_the_truth():
    """As the lines are run above; of the claims' line the report is tested with it."""
    lines = [line for lines in COMMANDS.values() for line in lines]
    assert CLAIMS in lines and set(SAID) <= {found[1] for line in lines if (found := FITTED.match(line))}


@pytest.mark.heavy
def test_a_comparison_of_models(hanle, workplace: Path, monkeypatch: pytest.MonkeyPatch):
    """What the data allow, and how much τ_s hangs on that."""
    assert COMPARED in {line for lines in COMMANDS.values() for line in lines}
    out = run_line(COMPARED, hanle, monkeypatch)
    assert "lateral, back-flow" in out and "not asked for" in out
    result = workplace / "hanle-out" / "nonlocal-fit"
    found = json.loads((result / "fit.json").read_text(encoding="utf-8"))
    allowed = [one["model"] for one in found["models"] if one["allowed"]]
    assert allowed == ["lateral, back-flow", "lateral, tunnelling"]
    spread = found["spread"]["tau_s"]
    assert spread["low"] < 345e-12 < 349e-12 < spread["high"] and spread["high"] - spread["low"] > 5 * spread["stderr"]
    assert {path.name for path in result.iterdir()} == {"fit.json", "fit.csv", "fit.png", "fit.toml", "models.png", ".hanle.json"}


@pytest.mark.heavy
@pytest.mark.parametrize(
    "block", [pytest.param(b, id=f"{p.stem}-{k}") for p in PAGES for k, (kind, _, b, _) in enumerate(blocks_of(p)) if kind == "toml"]
)
def test_every_toml_block_has_a_curve(block: str):
    curve = hanle_sim.simulate(tomllib.loads(block), check=False)
    assert abs(curve.Delta_V_Hanle).max() > 0


@pytest.mark.heavy
def test_the_readings_below_the_picture_are_computed():
    import runpy

    picture = runpy.run_path(str(ROOT / "scripts" / "picture.py"))
    read = [f"{picture['curve'](name, nonmagnet)[2]:.2f}" for name, nonmagnet in picture["GEOMETRIES"].items()]
    readme, index = (" ".join((ROOT / page).read_text(encoding="utf-8").split()) for page in ("README.md", "docs/index.md"))
    assert f"{read[0]}, {read[1]} or {read[2]} ns in three geometries" in readme
    assert all(f"{number} ns in a" in index for number in read)
