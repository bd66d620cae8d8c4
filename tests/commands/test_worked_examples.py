"""The examples of docs/fits.md: files as their script writes them, and commands that find the truth in each file's first line."""

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from hanle_sim.configuration.quantities import parse_quantity

ROOT = Path(__file__).parents[2]
DATA = ROOT / "docs" / "data"
UNITS = {"tau_s": "s", "tau_Q": "s", "P_G": "", "S": "V/K", "D": "m^2/s"}


def truth_of(name: str) -> dict[str, float]:
    """The parameters in the first line of a file [SI]."""
    first = (DATA / name).read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith("# simulated, no measured device: ")
    found = dict(re.findall(r"(\w+) = ([^,;]+)", first))
    return {key: parse_quantity(value if UNITS[key] else float(value), UNITS[key])[0] for key, value in found.items()}


def commands() -> list[str]:
    """The fits of the documentation."""
    return re.findall(r"^hanle (fit docs/data/.* --config .*)$", (ROOT / "docs" / "fits.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.heavy
def test_files_are_those_of_their_script():
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from simulate_measurement import FILES, FITS
    finally:
        sys.path.pop(0)
    assert set(FILES) | {f"{name}.toml" for name in FITS} == {path.name for path in DATA.iterdir()}
    for name, content in FILES.items():
        assert content() == (DATA / name).read_text(encoding="utf-8"), name
    for name, text in FITS.items():
        assert text == (DATA / f"{name}.toml").read_text(encoding="utf-8")
        assert truth_of(next(file for file in FILES if file.startswith(name))).keys() == tomllib.loads(text)["fit"]["free"].keys()


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "said"), [
    ("silicon.dat", ["140.7", "0.3001", "100.000994 mV", "silicon up", "silicon down", "no structure"]),
    ("island.csv", ["60.2", "2.42", "spin heat: yes, 19 % of the signal at B = 0", "two kinds of spins would give the same line"]),
])  # fmt: skip
def test_a_fit_as_documented_finds_the_truth(name, said, hanle, tmp_path):
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (command,) = [one for one in commands() if name in one]
    status, out, err = hanle(*command.split())
    assert (status, err) == (0, "")
    for text in said:
        assert text in " ".join(out.split()), text
    found = json.loads((tmp_path / "hanle-out" / f"{Path(name).stem}-fit" / "fit.json").read_text(encoding="utf-8"))
    assert found["success"] and found["warnings"] == []
    for key, true in truth_of(name).items():
        one = found["parameters"][key]
        low, high = one["ci95"]
        assert low < true < high and one["identifiable"] and one["stderr"] < 0.05 * true, key
