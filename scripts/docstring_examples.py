"""For the documentation: a docstring's `Example:` is set as code, as griffe sets `Examples:`."""

from typing import Any

import griffe


class DocstringExamples(griffe.Extension):
    """An extension of griffe, named in mkdocs.yml."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = obj.docstring.value.replace("\nExample:\n", "\nExamples:\n")
