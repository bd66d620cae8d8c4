"""The heading of a column: its name, its unit, and what it tells of the column."""

import re
from typing import NamedTuple

from ..configuration.units import UnknownUnitError, factor_to

#: Units of fields and of the currents that make them, and of signals, in SI.
FIELD_UNITS = ("T", "A")
SIGNAL_UNITS = ("V", "ohm", "A")

_BRACKETS = re.compile(r"[(\[{<]\s*([^()\[\]{}<>]*(?:\([^()]*\)[^()\[\]{}<>]*)?)\s*[)\]}>]")
_WORD = re.compile(r"(m|u|µ|μ|k|K|n|p|M|milli|micro|kilo|nano)?(tesla|gauss|oersted|oe|volt|ohm|amp|ampere)s?", re.IGNORECASE)
_SPELT = {"oe": "Oe", "tesla": "T", "gauss": "G", "oersted": "Oe", "volt": "V", "ohm": "ohm", "amp": "A", "ampere": "A"}
_PREFIX = {"milli": "m", "micro": "u", "kilo": "k", "nano": "n"}

_FIELD = re.compile(r"(?:[µμu]_?0|mu_?0)?[ *·]*[bh](?:[_ ]?(?:[xyz]|ext|appl?|applied|perp|par|field|meas\w*|read\w*|act\w*|ist|\d))*")
_FIELD_WORD = re.compile(r"field|feld|champ|campo|fld|flux density|induction")
_MAGNET = re.compile(r"magnet|mag[_ -]|coil|spule|aimant")
_WANTED_FIELD = re.compile(r"set|soll|target|nominal|demand")
_TIME = re.compile(r"(?:time|zeit|date|datum|elapsed|temps|timer|clock|uhrzeit).*|.*[_ ]time|.*stamp.*|t ?\[s\]|sec(?:onds)?")
_ERROR = re.compile(r"(?:sigma|σ|err|std|stddev|stdev|stderr|sd|unc|noise)(?:[_ .(].*)?|.*[_ .](?:err|error|std|stdev|stderr|sigma)\b.*")
_NONLOCAL = re.compile(r"nl|non[- _]?local|nichtlokal|hanle|signal")
_SIGNAL = re.compile(
    r"(?:[dδΔ]? ?[vru])(?:[\d_ .(/].*)?|(?:[rv]xx|[rv]xy|dv ?/ ?di)|.*(?:volt|resist|spannung|widerstand|signal|lock.?in).*", re.IGNORECASE
)
_IN_PHASE = re.compile(r".*\(x\)|x\d*|.*in[- _]?phase.*|.*[_ ]x")
_OTHER = re.compile(
    r".*\(y\)|.*quad.*|.*out[- _]?of[- _]?phase.*|.*phase.*|theta|θ|.*temp.*|.*angle.*|.*gate.*|.*freq.*|.*current.*|i(?:[_ ].*)?"
    r"|.*strom.*|.*bias.*|.*(?:index|number|point|comment|status|range).*|no\.?|nr\.?|n"
)


class Heading(NamedTuple):
    """The heading of a column.

    Attributes:
        text: the heading as it stands, "" where there is none.
        name: the heading without its unit.
        unit: the unit, "" where none was found.
        label: a longer name beside it, in files that have such.
    """

    text: str
    name: str
    unit: str = ""
    label: str = ""

    def any(self, pattern: re.Pattern[str]) -> bool:
        """Whether the name or the label is what a pattern describes."""
        return any(pattern.fullmatch(name.strip().lower()) for name in (self.name, self.label) if name)

    def mentions(self, pattern: re.Pattern[str]) -> bool:
        """Whether there is in the name or the label what a pattern describes."""
        return any(pattern.search(name.lower()) for name in (self.name, self.label))


def si_of(unit: str, wanted: tuple[str, ...]) -> tuple[float, str] | None:
    """What a number in a unit, as laboratories spell it, is multiplied by to be in SI, and the SI unit; None where it is none wanted."""
    try:
        return factor_to(unit, wanted)
    except UnknownUnitError:
        return None


def known_unit(text: str) -> str:
    """A unit of a heading as a registry reads it, "" for a text that is none: "Volts", "mTesla" and "V rms" are units, "X" is none."""
    text = re.sub(r"[ _]?(?:rms|pp|pk)$", "", text.strip(), flags=re.IGNORECASE)
    word = _WORD.fullmatch(text)
    if word is not None:
        prefix = word[1] or ""
        return (_PREFIX.get(prefix.lower(), "k" if prefix == "K" else prefix)) + _SPELT[word[2].lower()]
    if re.fullmatch(r"d[VTAG]|1|%", text):  # differences, rather than tenths
        return ""
    try:
        factor_to(text, ())
    except UnknownUnitError:
        return ""
    return text


def parse_heading(text: str, unit: str = "", label: str = "") -> Heading:
    """A heading's name and unit, in brackets or after a slash, a comma, an underscore or a blank.

    Such as "B(G)", "R_nl [mOhm]", "B / mT", "H, Oe", "Field_Oe".

    Arguments:
        text: the heading.
        unit: its unit where that stands elsewhere, such as in the line below.
        label: a longer name beside it.
    """
    text = " ".join(text.strip().strip("\"'").split())
    if found := known_unit(unit.strip().strip("()[]{}<>")):
        return Heading(text, text, found, label)
    is_alone = len(text) > 1 and ("/" not in text or re.fullmatch(r"[numkMµμ]?V/[numkMµμ]?A|k?A/c?m", text))
    if is_alone and (found := known_unit(text)) and si_of(found, ("T", "V", "ohm", "A")):
        return Heading(text, "", found, label)  # "mT" alone
    for bracket in reversed(list(_BRACKETS.finditer(text))):
        if found := known_unit(bracket[1]):
            return Heading(text, f"{text[: bracket.start()]}{text[bracket.end() :]}".strip(" _/"), found, label)
    ending = re.fullmatch(r"(.+?)[_\s.-]+([^_\s]+)", text)
    if ending is not None and (found := known_unit(ending[2])):
        named = Heading(text, ending[1].strip(" _-./,"), found, label)
        # R_T is no resistance in tesla, nor V_A a voltage in ampere.
        own = {"r": ("ohm",), "v": ("V",), "u": ("V",), "i": ("A",)}.get(ending[1].lower().lstrip("dδ")[:1], ("V",))
        own = ("A",) if is_magnet(named) else own
        if si_of(found, ("T",) if is_field(named) else own if len(ending[2]) == 1 else ("T", "V", "ohm", "A")):
            return named
    for mark in re.finditer(r"[/,]", text):
        if text[: mark.start()].strip() and (found := known_unit(text[mark.end() :].strip().strip("()"))):
            return Heading(text, text[: mark.start()].strip(), found, label)
    return Heading(text, text, "", label)


def is_field(heading: Heading) -> bool:
    """Whether a column is a magnetic field by its name."""
    return heading.any(_FIELD) or (heading.mentions(_FIELD_WORD) and not is_error(heading))


def is_magnet(heading: Heading) -> bool:
    """Whether a column is of a magnet by its name."""
    return heading.mentions(_MAGNET)


def is_error(heading: Heading) -> bool:
    """Whether a column is a standard deviation by its name."""
    return heading.any(_ERROR)


def is_time(heading: Heading) -> bool:
    """Whether a column is a time by its name or unit."""
    return heading.any(_TIME) or bool(heading.unit and si_of(heading.unit, ("s",)))


def field_score(heading: Heading) -> float:
    """How likely a column is the field, or the magnet's current, by its name and unit; negative for what is neither."""
    found = si_of(heading.unit, FIELD_UNITS) if heading.unit else None
    if is_time(heading) or is_error(heading) or (heading.unit and found is None):
        return -1.0
    score = 100.0 if found and found[1] == "T" else 5.0 if found else 0.0
    score += 50.0 if is_field(heading) else 30.0 if is_magnet(heading) else 15.0 if re.fullmatch(r"x\d*", heading.name.lower()) else 0.0
    return score - 5.0 * heading.mentions(_WANTED_FIELD) if score else 0.0


def signal_score(heading: Heading) -> float:
    """How likely a column is the signal, by its name and unit; below −50 for what can be none."""
    found = si_of(heading.unit, SIGNAL_UNITS) if heading.unit else None
    if is_time(heading) or is_error(heading) or (heading.unit and found is None):
        return -100.0
    score = 0.0 if found is None else 10.0 if found[1] == "A" else 40.0
    score += 30.0 * heading.mentions(_NONLOCAL) + 20.0 * heading.any(_SIGNAL) + 15.0 * heading.any(_IN_PHASE) - 35.0 * heading.any(_OTHER)
    return score - 40.0 * (is_field(heading) or is_magnet(heading))
