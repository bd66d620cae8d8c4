"""The table [fit]: what is free, and what a curve is modelled by."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError

from ..configuration import ConfigurationError, nearest
from ..configuration.quantities import parse_quantity
from ..configuration.section import Section
from ..text import shown, toml_of

#: Models, and what they are called in a sentence.
MODELS = {"device": "device", "lorentzian": "one Lorentzian", "two-lorentzians": "two Lorentzians"}
_Kind = TypeVar("_Kind", bound=Section)
_PRIOR = re.compile(r"\s*normal\(\s*([^,]+?)\s*,\s*([^,]+?)\s*\)\s*")


class FreeSection(Section):
    """How a parameter is free."""

    start: Any = Field(None, description="where it starts")
    min: Any = Field(None, description="lower bound")
    max: Any = Field(None, description="upper bound")
    prior: str | None = Field(None, description='what is known of it, "normal(MEAN, DEVIATION)"')
    shared: bool = Field(True, description="whether all files share it")

    def number(self, key: str, name: str, unit: str) -> float | None:
        """A quantity of the table in SI. Raises ConfigurationError for one that does not fit the parameter."""
        given = getattr(self, key)
        return None if given is None else _quantity(f"fit.free.{name}.{key}", given, unit)

    def known(self, name: str, unit: str) -> tuple[float, float] | None:
        """Mean and standard deviation of the prior in SI; None without one."""
        if self.prior is None:
            return None
        found = _PRIOR.fullmatch(self.prior)
        if found is None:
            raise ConfigurationError(
                f'fit.free.{name}.prior = {toml_of(self.prior)}: must be "normal(MEAN, DEVIATION)", such as "normal(1 ns, 0.1 ns)"'
            )
        mean, deviation = (_quantity(f"fit.free.{name}.prior", part, unit) for part in found.groups())
        if not deviation > 0:
            raise ConfigurationError(f"fit.free.{name}.prior = {toml_of(self.prior)}: its deviation must be positive")
        return mean, deviation


class FitSection(Section):
    """What is fitted, and how."""

    free: dict[str, FreeSection] = Field(default_factory=dict, description="parameters that are free")
    model: Literal["device", "lorentzian", "two-lorentzians"] = Field("device", description="what the curve is modelled by")
    offset: bool = Field(False, description="a constant added to the signal")
    field_offset: bool = Field(False, description="a field at which the curve's B is zero")
    scale: bool = Field(False, description="a free factor of the signal")
    background: Literal["none", "linear", "parabola"] = Field("none", description="a background over B")
    loss: Literal["linear", "soft_l1"] = Field("linear", description="soft_l1 for outliers")
    g: float = Field(2.0, description="Landé factor of Lorentzians")
    starts: int = Field(5, ge=1, strict=True, description="how many starts a device's fit has, the given one among them")
    profiles: list[str] = Field([], description="parameters whose intervals are those of their profiles")
    bootstrap: int = Field(0, ge=0, strict=True, description="from how many sets of data, drawn anew, errors are taken")
    posterior: bool = Field(False, description="whether errors are taken from a posterior")
    compare: bool = Field(False, description="whether other models are fitted too, and spin heat asked for")

    def problems(self) -> Iterator[str]:
        if self.bootstrap and (self.bootstrap < _FEWEST_SETS or self.posterior):
            yield f"bootstrap = {self.bootstrap}: must be 0, or at least {_FEWEST_SETS}, and without a posterior"


#: Sets of data that a bootstrap takes at least.
_FEWEST_SETS = 50
_ALLOWED = {
    "model": "device, lorentzian or two-lorentzians", "background": "none, linear or parabola", "loss": "linear or soft_l1",
    "free": "a table of parameters, such as { tau_s = {}, P_G = { start = 0.1 } }", "prior": 'a string, "normal(MEAN, DEVIATION)"',
    "g": "a number", "starts": "a whole number, 1 or more", "bootstrap": "a whole number, 0 or more",
    "profiles": "a list of parameters, such as [\"tau_s\"]",
    **dict.fromkeys(("offset", "field_offset", "scale", "shared", "posterior", "compare"), "true or false"),
}  # fmt: skip


def checked(kind: type[_Kind], written: Any, name: str) -> _Kind:
    """A table of a FIT.toml, [name]. Raises ConfigurationError with a line for each error."""
    if not isinstance(written, Mapping):
        raise ConfigurationError(f"{name} = {toml_of(written)}: must be a table, [{name}]")
    try:
        found = kind.model_validate(written)
    except ValidationError as refused:
        raise ConfigurationError("\n".join(dict.fromkeys(_line(error, kind, name) for error in refused.errors()))) from None
    lines = [f"{name}: {line}" for line in found.problems()]
    if lines:
        raise ConfigurationError("\n".join(lines))
    return found


def _quantity(full: str, given: Any, unit: str) -> float:
    try:
        return parse_quantity(given, unit)[0]
    except ValueError as error:
        raise ConfigurationError(f"{full} = {toml_of(given)}: {error}") from None


def _line(error: Mapping[str, Any], kind: type[Section], name: str) -> str:
    """One error of Pydantic's as a line."""
    location = [str(part) for part in error["loc"]]
    full, key = ".".join([name, *location]), location[-1]
    if error["type"] == "extra_forbidden":
        known = list(kind.model_fields if len(location) == 1 else FreeSection.model_fields)
        return f"{shown(full)}: unknown key{nearest(key, known)}"
    if error["type"] == "value_error":
        return f"{shown(full)} = {toml_of(error['input'])}: {error['ctx']['error']}"
    return f"{shown(full)} = {toml_of(error['input'])}: must be {_ALLOWED.get(key, 'a table of start, min, max, prior, shared')}"
