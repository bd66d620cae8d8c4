"""Examples in docstrings."""

import doctest
import inspect
from typing import Any


def run_example(name: str, value: Any) -> None:
    """Run what a docstring shows, and see that it prints what it says."""
    found = doctest.DocTestParser().get_doctest(inspect.getdoc(value), {}, name, None, None)
    assert found.examples, f"{name}: its docstring has no example"
    said: list[str] = []
    assert not doctest.DocTestRunner(verbose=False).run(found, out=said.append).failed, "".join(said)
