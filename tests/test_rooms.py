"""The architecture: rooms import only from rooms above them in CONTRIBUTING's table, nothing goes in circles, and modules stay short."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "hanle_sim"
LONGEST = 300


def name_of(path: Path) -> str:
    """The dotted name of a module, inside the package."""
    return path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".").removesuffix("__init__").rstrip(".")


@cache
def modules() -> dict[str, Path]:
    return {name_of(path): path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"}


def imported(name: str, path: Path) -> set[str]:
    """Modules of the package that a module imports, within functions and for type checkers too."""
    inside, found = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1], set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            home = inside[: len(inside) - (node.level - 1)] + ([node.module] if node.module else [])
            for alias in node.names:
                whole = ".".join([*home, alias.name])
                found.add(whole if whole in modules() else ".".join(home))
    return found & set(modules()) - {name}


def rooms() -> dict[str, int]:
    """Every room's row in CONTRIBUTING's table; those of one row may not import one another."""
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("| room | holds |")[1].split("\n\n")[0]
    rows = [line.split("|")[1] for line in table.split("\n")[2:]]
    return {room: number for number, row in enumerate(rows) for room in re.findall(r"`(\w+)`", row)}


def test_rooms_import_only_from_rooms_above_them():
    order = rooms()
    wrong = []
    for name, path in modules().items():
        for other in imported(name, path):
            home, from_room = name.split(".")[0], other.split(".")[0]
            if home != from_room and not order[from_room] < order[home]:
                wrong.append(f"{name} imports {other}")
    assert not wrong
    assert {name.split(".")[0] for name in modules()} == set(order)


def test_no_import_goes_in_a_circle():
    left = {name: imported(name, path) for name, path in modules().items()}
    while free := [name for name, needs in left.items() if not needs & set(left)]:
        for name in free:
            del left[name]
    assert not left


def test_modules_are_short_and_rooms_say_what_for():
    assert {name: n for name, path in modules().items() if (n := path.read_text(encoding="utf-8").count("\n")) >= LONGEST} == {}
    for folder in {path.parent for path in modules().values()}:
        purpose = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
        assert purpose and purpose.split("\n")[0].endswith((".", ";")), folder
