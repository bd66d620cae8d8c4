"""A table of a configuration, and tables of which one key chooses the others."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_core import InitErrorDetails, core_schema

from .fields import Quantity, show


class Section(BaseModel):
    """A table of the configuration: no unknown keys, nothing changed after validation.

    Attributes:
        instead: ends of the sentences that refuse keys of other variants of the table, why and what to do, where there is more to say.
    """

    instead: ClassVar[Mapping[str, str]] = {}

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="wrap")
    @classmethod
    def _keep_unread(cls, given: Any, read: Callable[[Any], Any]) -> Any:
        return given if isinstance(given, Quantity) else read(given)

    def problems(self) -> Iterator[str]:
        """What is wrong with the keys together, a sentence each, where each one by itself is right."""
        yield from ()

    def value_of(self, name: str) -> Any:
        """The value of a key, None where it was left out or is of another variant of this table."""
        return getattr(self, name, None)

    def tables(self, path: str = "") -> Iterator[tuple[str, "Section"]]:
        """This table and those in it, by their paths; those of a list are numbered from 1."""
        yield path, self
        for name, value in self:
            inner = f"{path}.{name}".lstrip(".")
            numbered = {f"{inner}.{number}": item for number, item in enumerate(value, 1)} if isinstance(value, tuple) else {inner: value}
            for home, item in numbered.items():
                if isinstance(item, Section):
                    yield from item.tables(home)


class Variants:
    """Marks a key that holds a table whose keys depend on one of them.

    Arguments:
        key: the key that chooses, "" where there is one table.
        tables: the variants by its value.
    """

    def __init__(self, key: str, tables: Mapping[str, type[Section]]) -> None:
        self.key, self.tables = key, tables

    def of(self, written: Any) -> type[Section] | None:
        """The variant that a table as written is, None where that isn't known."""
        choice = written.get(self.key) if self.key and isinstance(written, Mapping) else ""
        return self.tables.get(choice) if isinstance(choice, str) else None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return core_schema.no_info_wrap_validator_function(self._read, handler(source))

    def _read(self, given: Any, read: Callable[[Any], Any]) -> Any:
        if not isinstance(given, Mapping):
            return read(given)
        table = self.of(given)
        if table is not None:
            return table.model_validate(given)
        kind = "literal_error" if self.key in given else "missing"
        wrong: list[Any] = [InitErrorDetails(type=kind, loc=(self.key,), input=given.get(self.key), ctx={"expected": ""})]
        # The other keys as the variant has them that takes most of them.
        choice, table = max(self.tables.items(), key=lambda item: len(given.keys() & item[1].model_fields))
        try:
            table.model_validate({**given, self.key: choice})
        except ValidationError as error:
            wrong += [one for one in error.errors() if one["type"] != "missing"]
        raise ValidationError.from_exception_data("", wrong)


def not_one_of(section: Section, *names: str) -> Iterator[str]:
    """The sentence that refuses all but one of some keys given, and none given."""
    yield from more_than_one_of(section, *names)
    if not _given(section, names):
        yield f"{' or '.join(names)} is missing: give exactly one of them"


def more_than_one_of(section: Section, *names: str) -> Iterator[str]:
    """The sentence that refuses keys that exclude each other, with their values."""
    given = list(_given(section, names).values())
    if len(given) > 1:
        yield f"{', '.join(given[:-1])} and {given[-1]} exclude each other: keep one"


def not_two_of(section: Section, *names: str) -> Iterator[str]:
    """The sentence that refuses all but two of three keys, each of which follows from the other two."""
    given = _given(section, names)
    if len(given) > 2:
        one, other, third = given.values()
        yield f"{one}, {other} and {third} exclude each other, since two give the third: keep two"
    if len(given) < 2:
        missing = [name for name in names if name not in given]
        yield f"{' or '.join(missing)} is missing: give {'exactly one' if given else 'two'} of them"


def _given(section: Section, names: Iterable[str]) -> dict[str, str]:
    """Those of some keys that were given, with their values, for a message."""
    return {name: f"{name} = {show(value)}" for name in names if (value := getattr(section, name)) is not None}
