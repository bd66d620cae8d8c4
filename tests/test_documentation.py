"""What README, CONTRIBUTING, docs and docstrings name exists: sections, modules, functions, files, imports, anchors, keys."""

import ast
import importlib
import json
import re
import tomllib
from pathlib import Path

import pytest

import hanle_sim
from hanle_sim.configuration import check

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SOURCES = sorted(path for folder in ("hanle_sim", "tests", "scripts") for path in (ROOT / folder).rglob("*.py"))
PROSE = [page for page in PAGES if page.name != "CHANGELOG.md"]
DERIVATIONS = (ROOT / "docs" / "derivations.md").read_text(encoding="utf-8")
SECTIONS = set(re.findall(r"^###? (\d+(?:\.\d+)?)\.? ", DERIVATIONS, re.MULTILINE))

#: Rooms and modules by which a dotted name in a text begins.
ROOMS = {path.stem for path in (ROOT / "hanle_sim").iterdir() if not path.name.startswith("__")}
CITED = re.compile(r"derivations\.md,\s+sections?\s+([\d., and to]+\d)")
DOTTED = re.compile(r"`(?:hanle_sim\.)?((?:" + "|".join(sorted(ROOMS)) + r")(?:\.\w+)*(?::[\w.]+)?)(?<!\.(?:csv|png|pdf|svg))(?<!\.nc)`")
PUBLIC = re.compile(r"`hanle_sim\.(\w+)`")
FILES = re.compile(r"`?\b((?:hanle_sim|tests|docs|scripts|results)/[\w./-]+)")
LINKS = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
BLOCKS = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def cited_in(written: str) -> set[str]:
    """Numbers of the sections that a text cites."""
    unwrapped = re.sub(r"\n\s*(?:#:?\s*)?", " ", written)
    return {number for cited in CITED.findall(unwrapped) for number in re.findall(r"\d+(?:\.\d+)?", cited)}


def found(dotted: str) -> object:
    """What a name like `physics.junction:Junction.voltage` or `solvers.closed.modes` stands for; raises where there is none."""
    module, _, attributes = dotted.partition(":")
    value: object = importlib.import_module(f"hanle_sim.{module}")
    for attribute in filter(None, attributes.split(".")):
        fields = getattr(value, "__dataclass_fields__", {})
        value = fields[attribute] if attribute in fields else getattr(value, attribute)
    return value


def anchors(page: str) -> set[str]:
    """Anchors of a page: those written, and those made of its headings."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return set(re.findall(r'<a id="([^"]+)"', page)) | {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def examples(language: str) -> list:
    return [
        pytest.param(block, id=f"{page.stem}-{number}")
        for page in PROSE
        for number, (kind, block) in enumerate(BLOCKS.findall(text(page)))
        if kind == language
    ]


def test_every_section_that_is_cited_exists():
    cited = {(path.relative_to(ROOT), number) for path in [*SOURCES, *PROSE] for number in cited_in(text(path))}
    assert len(cited) > 20  # the pattern finds them
    assert not {(path, number) for path, number in cited if number not in SECTIONS}
    within = set(re.findall(r"sections? (\d+(?:\.\d+)?)", DERIVATIONS))
    assert within and within <= SECTIONS


def test_the_table_of_contents_lists_every_chapter():
    listed = re.findall(r"^\d+\. \[(.+)\]\(#section-(\d+)\)$", DERIVATIONS, re.MULTILINE)
    chapters = re.findall(r'^<a id="section-(\d+)"></a>\n## (\d+)\. (.+)$', DERIVATIONS, re.MULTILINE)
    assert [(title, number) for number, _, title in chapters] == listed
    assert [number for number, _, _ in chapters] == [number for _, number, _ in chapters]


def test_nothing_is_called_derived_without_a_section():
    for path in SOURCES:
        if path != Path(__file__):
            assert "(derived" not in text(path) and "physics note" not in text(path), path


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.stem)
def test_every_module_and_function_that_a_page_names_exists(page: Path):
    for dotted in set(DOTTED.findall(text(page))):
        if hasattr(hanle_sim, dotted):
            continue  # a public name, such as `simulate`
        try:
            found(dotted)
        except (ModuleNotFoundError, AttributeError) as error:
            pytest.fail(f"{page.name} names hanle_sim.{dotted}: {error}")
    for name in PUBLIC.findall(text(page)):
        assert hasattr(hanle_sim, name) or name in ROOMS, f"{page.name} names hanle_sim.{name}"


def test_the_table_of_equations_names_many():
    assert len(set(DOTTED.findall(text(ROOT / "docs" / "methods.md")))) > 30


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.stem)
def test_every_file_and_anchor_that_a_page_names_exists(page: Path):
    for name in FILES.findall(text(page)):
        if name.isupper() or "ROOM" in name:
            continue
        assert (ROOT / name.rstrip("./")).exists(), f"{page.name} names {name}"
    for target, anchor in LINKS.findall(text(page)):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(text(path)), f"{page.name} links to {target}#{anchor}"


@pytest.mark.parametrize("block", examples("python"))
def test_every_import_of_an_example_works(block: str):
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.Import):
            for one in node.names:
                importlib.import_module(one.name)
        elif isinstance(node, ast.ImportFrom):
            module = importlib.import_module(str(node.module))
            assert all(hasattr(module, one.name) for one in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "hanle_sim":
            assert hasattr(hanle_sim, node.attr), node.attr


@pytest.mark.parametrize("block", examples("toml"))
def test_every_configuration_of_a_page_is_one(block: str):
    assert check(tomllib.loads(block)).name


def test_the_page_of_commands_has_every_command():
    from hanle_sim.cli import app

    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    named = set(re.findall(r"^(?:.*\| )?hanle (\w+)", text(ROOT / "docs" / "commands.md"), re.MULTILINE))
    assert named == known


def test_citation_names_this_version():
    cited = text(ROOT / "CITATION.cff")
    assert f'version: "{hanle_sim.__version__}"' in cited and 'name: "hanle_sim maintainers"' in cited


def test_every_key_of_a_configuration_is_described():
    from hanle_sim.configuration.sections import sections

    described = text(ROOT / "docs" / "configuration.md")
    for path, place in sections().items():
        for key in place.fields:
            if place.inner(key) is None:
                assert re.search(rf"\b{key}\b", described), f"{path}.{key} is not described"


def test_every_number_of_a_result_is_described():
    described = text(ROOT / "docs" / "results.md")
    summary = json.loads(hanle_sim.simulate("fig2", settings={"points": 3}, check=False).attrs["summary"])
    assert len(summary) > 30
    assert not [key for key in summary if f"`{key}`" not in described]


def test_every_option_of_simulate_is_described():
    import typer

    from hanle_sim.cli import app

    options = {opt for one in typer.main.get_command(app).commands["simulate"].params for opt in one.opts if opt.startswith("--")}
    table = text(ROOT / "docs" / "commands.md").split("| option of `simulate`")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(--[\w-]+)", table, re.MULTILINE)) | {"--help"} >= options - {"--check"}


def test_the_readme_is_short_and_begins_with_a_picture():
    written = text(ROOT / "README.md")
    assert len(written.splitlines()) <= 120
    assert re.match(r"# hanle_sim\n\n!\[[^]]+\]\(docs/picture\.png\)\n", written)
    for line in ("pip install . && hanle simulate", "pip install '.[test]' && pytest"):  # .ci/run reads them there
        assert f"```bash\n{line}\n```" in written


def test_every_page_is_in_the_navigation():
    listed = re.findall(r"([\w/-]+\.md)$", text(ROOT / "mkdocs.yml"), re.MULTILINE)
    assert sorted(listed) == sorted(str(page.relative_to(ROOT / "docs")) for page in PAGES if page.is_relative_to(ROOT / "docs"))


def test_every_public_name_is_in_the_reference():
    listed = set(re.findall(r"^::: hanle_sim\.(\w+)$", text(ROOT / "docs" / "api.md"), re.MULTILINE))
    assert listed == set(hanle_sim.__all__) - {"__version__"}


@pytest.mark.parametrize(
    ("written", "asks"),
    [
        ('<script src="https://unpkg.com/x.js"></script>', {"https://unpkg.com/x.js"}),
        ('<link rel="stylesheet" href="//fonts.example/css">', {"//fonts.example/css"}),
        ('<p><img alt="a" src="https://example.org/a.png"></p>', {"https://example.org/a.png"}),
        ("<style>@import 'https://example.org/a.css'; b { background: url(http://example.org/b.png) }</style>",
         {"https://example.org/a.css", "http://example.org/b.png"}),
        ('<a href="https://example.org">read</a> <img src="data:image/png;base64,AA=="> <script src="assets/x.js"></script>', set()),
    ],
    ids=["script", "stylesheet", "image", "style", "nothing"],
)  # fmt: skip
def test_requests_to_other_hosts_are_found(written: str, asks: set[str], tmp_path: Path):
    import runpy

    checked = runpy.run_path(str(ROOT / "scripts" / "check_site.py"))
    assert checked["requests_of"](written, is_page=True) == asks
    (tmp_path / "page.html").write_text(written, encoding="utf-8")
    assert len(checked["complaints"](tmp_path)) == len(asks)
