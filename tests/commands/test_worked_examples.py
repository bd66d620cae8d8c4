"""The files of examples: as their script writes them, with what is fitted told in their first line."""

import sys
import tomllib
from pathlib import Path

import pytest

from examples import truth_of

ROOT = Path(__file__).parents[2]
DATA = ROOT / "docs" / "data"


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
