"""Examples in docstrings, and fits of files whose truth stands in their first line."""

import doctest
import inspect
import json
import re
from pathlib import Path
from typing import Any

from hanle_sim.configuration.quantities import parse_quantity

DATA = Path(__file__).parents[2] / "docs" / "data"
UNITS = {"tau_s": "s", "tau_Q": "s", "P_G": "", "S": "V/K", "D": "m^2/s"}
#: The line of README and docs that is run with the test of the claims' report.
CLAIMS = "hanle claims fig2 --out claims"
#: What is said of fits of devices.
SAID = {
    "silicon.dat": ["140.7", "0.3001", "100.000994 mV", "silicon up", "silicon down", "no structure"],
    "island.csv": ["60.2", "2.42", "spin heat: yes, 19 % of the signal at B = 0", "two kinds of spins would give the same line"],
}


def run_example(name: str, value: Any) -> None:
    """Run what a docstring shows, and see that it prints what it says."""
    found = doctest.DocTestParser().get_doctest(inspect.getdoc(value), {}, name, None, None)
    assert found.examples, f"{name}: its docstring has no example"
    said: list[str] = []
    assert not doctest.DocTestRunner(verbose=False).run(found, out=said.append).failed, "".join(said)


def truth_of(name: str) -> dict[str, float]:
    """The parameters in the first line of a file [SI]."""
    first = (DATA / name).read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith("# simulated, no measured device: ")
    found = dict(re.findall(r"(\w+) = ([^,;]+)", first))
    return {key: parse_quantity(value if UNITS[key] else float(value), UNITS[key])[0] for key, value in found.items()}


def check_fit(name: str, printed: str) -> None:
    """That a fit of a file of docs/data, as it was printed and written here, finds the truth."""
    for text in SAID[name]:
        assert text in " ".join(printed.split()), text
    found = json.loads((Path("hanle-out") / f"{Path(name).stem}-fit" / "fit.json").read_text(encoding="utf-8"))
    assert found["success"] and found["warnings"] == []
    for key, true in truth_of(name).items():
        one = found["parameters"][key]
        low, high = one["ci95"]
        assert low < true < high and one["identifiable"] and one["stderr"] < 0.05 * true, key
