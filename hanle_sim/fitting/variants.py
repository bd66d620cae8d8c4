"""The models that are compared: a device as written, and what else can be made of its keys without inventing a number."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ..configuration import Configuration
from ..configuration.load import _locate
from ..configuration.nonmagnets import MODELS
from ..configuration.schema import HEAT_KEYS
from ..physics.junction import OPEN

#: Keys that change the height alone where nothing flows back and the height is free.
_HEIGHT = frozenset({"P_G", "r_s", "R_sq", "rho", "R_tun", "I", "P_L"})
#: Keys that say nothing without spin heat.
_HEAT = frozenset(HEAT_KEYS) | {"S_N"}
#: What heat's size hangs on; the first is freed where none of them is.
LEVERS = ("S", "P_L")
#: Numbers by which variants of one geometry differ: one function of a curve takes them all, as written or not.
AS_WRITTEN: Mapping[str, float | None] = {"R_tun": None, "S": None, "S_N": None}
#: Without back-flow and without spin heat.
_OPEN: Mapping[str, float | None] = {"R_tun": 1 / OPEN}
_COLD: Mapping[str, float | None] = {"S": 0.0, "S_N": 0.0}

Tables = dict[str, Any]


class LeftOutError(Exception):
    """Why a variant can't be made, a clause."""


@dataclass(frozen=True)
class Variant:
    """A model of the same curves.

    Attributes:
        name: what a person calls it.
        tables: of the device.
        geometry, contacts, heat: what it is made of; heat is "" where the tables say nothing of it, "none", "as written" or "free".
        held: numbers in place of those written, by key; None for those written.
        dropped: keys that are not free in it, though the FIT.toml frees them.
        has_scale: whether its height is a factor of its own.
        reason: why it is left out; "" where it applies.
    """

    name: str
    tables: Tables
    geometry: str
    contacts: str
    heat: str = ""
    held: Mapping[str, float | None] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    has_scale: bool = False
    reason: str = ""

    @property
    def group(self) -> tuple[str, str]:
        """Variants that differ by spin heat alone."""
        return self.geometry, self.contacts

    def has(self, key: str) -> bool:
        """Whether the device takes a key that a FIT.toml names, as far as its tables tell."""
        home, name = _locate(key, self.tables)
        if name in self.dropped:
            return False
        kind = MODELS[self.tables["nonmagnet"]["model"]]
        if home.startswith("nonmagnet"):
            return name in kind.model_fields or "." in home
        return home != "detector" or kind.has_detector


class Row(NamedTuple):
    """A row of the table of geometries: its name, and the [nonmagnet] that it makes of another device's."""

    name: str
    made: Callable[[Configuration, Mapping[str, Any]], Tables]


def _asked(given: Mapping[str, Any], *keys: str) -> Tables:
    """Some keys of a table. Raises LeftOutError for those that it lacks."""
    missing = [key for key in keys if given.get(key) is None]
    if missing:
        raise LeftOutError(f"{' and '.join(missing)} {'is' if len(missing) == 1 and missing[0] != 'layers' else 'are'} not given")
    return {key: given[key] for key in keys}


def _lumped(configuration: Configuration, given: Mapping[str, Any]) -> Tables:
    if configuration.nonmagnet.has_detector:
        raise LeftOutError("without back-flow it is one Lorentzian")
    tau_s = {"tau_s": given["tau_s"]} if "tau_s" in given else {}
    if not tau_s:
        lambda_s, D = configuration.nonmagnet.value_of("lambda_s"), configuration.nonmagnet.value_of("D")
        tau_s = {"tau_s": lambda_s.value**2 / D.value}
    return _asked(given, "r_s") | tau_s


def _resistance(configuration: Configuration, given: Mapping[str, Any]) -> Tables:
    """ρ or r_s below a contact. Only the height hangs on it where that is free: a unit stands for it then."""
    if configuration.nonmagnet.has_detector:
        return {"r_s": 1.0}
    return _asked(given, "rho" if "rho" in given else "r_s")


def _diffusive(configuration: Configuration, given: Mapping[str, Any]) -> Tables:
    made = _resistance(configuration, given)
    # The line of a bulk whose r_s is given hangs on τ_s alone.
    return made | ({"D": 1.0} if configuration.nonmagnet.model == "lumped" else {})


def _film(back: str) -> Callable[[Configuration, Mapping[str, Any]], Tables]:
    def made(configuration: Configuration, given: Mapping[str, Any]) -> Tables:
        if given["model"] == "film" and (given.get("back") or "reflecting") == back:
            raise LeftOutError("is as written")
        return _asked(given, "thickness") | _resistance(configuration, given) | {"back": back}

    return made


def _contact(configuration: Configuration, given: Mapping[str, Any]) -> Tables:
    if not configuration.nonmagnet.has_detector:
        return _asked(given, "contact_width", "R_sq")
    area, width = configuration.junction.contact_area, configuration.nonmagnet.value_of("channel_width")
    if area is None:
        raise LeftOutError("contact_area is not given")
    # The contact lies across the whole channel, as the lateral device has it.
    kept = ("R_sq",) if "R_sq" in given else ("rho", "thickness")
    return _asked(given, *kept) | {"contact_width": area.value / width.value}


def _lacking(*keys: str) -> Callable[[Configuration, Mapping[str, Any]], Tables]:
    return lambda configuration, given: _asked(given, *keys)


#: A geometry is a row. Its function makes the table [nonmagnet] of what it is given, but for the keys that all nonmagnets share.
GEOMETRIES = (
    Row("lumped", _lumped),
    Row("diffusive", _diffusive),
    Row("film", _film("reflecting")),
    Row("film", _film("absorbing")),
    Row("contact", _contact),
    Row("drift", _lacking("velocity")),
    Row("lateral", _lacking("distance", "channel_width")),
    Row("layered", _lacking("layers")),
)
_SHARED = ("tau_s", "tau_Q", "T_0", "g", "L_0", "relaxation_s", "relaxation_Q", "alpha", "r_Q", "D", "lambda_s", "S_N")


def variants(tables: Tables, configuration: Configuration, free: Mapping[str, Any]) -> Iterator[Variant]:
    """Every variant of a device, itself first, those left out with their reasons.

    Arguments:
        tables: of the device, with the starts of what is free.
        configuration: the same, checked.
        free: what the FIT.toml frees, by key.
    """
    own = configuration.nonmagnet.model
    back = configuration.nonmagnet.value_of("back")
    geometry = f"film, {back} back" if own == "film" and back else own
    base = Variant("", tables, geometry, "tunnelling" if configuration.is_open else "back-flow", held=AS_WRITTEN)
    for at in [base, *_other_geometries(base, configuration)]:
        if at.reason:
            yield replace(at, name=_name(at))
            continue
        for wired in _contacts(at, configuration):
            if wired.reason:
                yield replace(wired, name=_name(wired))
            else:
                yield from (replace(one, name=_name(one)) for one in _heats(wired, configuration, free, is_base=wired == base))


def _name(one: Variant) -> str:
    parts = [one.geometry + (" line" if one.has_scale else ""), "height free" if one.has_scale else one.contacts]
    heat = {"": "", "none": "no spin heat", "as written": "spin heat as written", "free": "spin heat free"}[one.heat]
    return ", ".join(part for part in (*parts, heat) if part)


def _other_geometries(base: Variant, configuration: Configuration) -> Iterator[Variant]:
    given, own = base.tables["nonmagnet"], configuration.nonmagnet
    for row in GEOMETRIES:
        if row.name == own.model and row.name != "film":
            continue
        made = replace(base, geometry=row.name)
        try:
            if own.model == "layered":
                raise LeftOutError("layers of several materials have no such equivalent")
            nonmagnet = row.made(configuration, given)
        except LeftOutError as left:
            if str(left) != "is as written":
                yield replace(made, reason=str(left), contacts="")
            continue
        known = MODELS[row.name].model_fields
        shared = {key: given[key] for key in _SHARED if key in known and key in given}
        tables = {**base.tables, "nonmagnet": {**shared, **nonmagnet, "model": row.name}}
        if "back" in nonmagnet:
            made = replace(made, geometry=f"film, {nonmagnet['back']} back")
        if own.has_detector:
            # Only the shape of the line is the other geometry's: what arrives at the detector is its height.
            tables = {key: value for key, value in tables.items() if key != "detector"}
            tables["nonmagnet"].pop("r_Q", None)
            if configuration.drive.I is not None:
                tables["drive"] = {**tables["drive"], "I": f"{configuration.drive.I.value!r} A"}
            made = replace(made, has_scale=True, dropped=_HEIGHT | set(MODELS[row.name].of_height))
        yield replace(made, tables=tables)


def _contacts(at: Variant, configuration: Configuration) -> Iterator[Variant]:
    """With back-flow and without, where both can be made; a line whose height is free has none."""
    reason = ""
    if configuration.drive.V is not None:
        reason = "contacts without back-flow need a given current, drive.I"
    elif abs(configuration.drive.Delta_T_0.value) > 0:
        reason = "heat drives no current through a contact without back-flow: Delta_T_0"
    if not at.has_scale:
        yield at
    if at.contacts == "tunnelling":
        if not at.has_scale:
            yield replace(at, contacts="back-flow", reason="R_tun is not given")
            return
        yield at
        return
    yield replace(at, contacts="tunnelling", held={**at.held, **_OPEN}, dropped=at.dropped | {"R_tun"}, reason=reason)


def _heats(wired: Variant, configuration: Configuration, free: Mapping[str, Any], is_base: bool) -> Iterator[Variant]:
    """As written, with the size of spin heat free, and without spin heat."""
    if not asks_for_heat(configuration):
        yield wired
        return
    is_free = any(key.rpartition(".")[2] in LEVERS for key in free)
    if is_base and not is_free:
        yield replace(wired, heat="as written")
    yield replace(wired, heat="none", held={**wired.held, **_COLD}, dropped=wired.dropped | _HEAT)
    dropped = wired.dropped - {"P_L"} if is_free else wired.dropped
    yield replace(wired, heat="free", dropped=dropped)


def asks_for_heat(configuration: Configuration) -> bool:
    """Whether a device has a junction that makes spin heat."""
    contacts = (configuration.junction, configuration.detecting)
    return configuration.has_heat and any(one.S is not None and one.S.value and one.P_L is not None for one in contacts)


def lever_of(free: Mapping[str, Any]) -> str | None:
    """The free key that spin heat's size hangs on; None where none is free."""
    return next((key for lever in LEVERS for key in free if key.rpartition(".")[2] == lever), None)
