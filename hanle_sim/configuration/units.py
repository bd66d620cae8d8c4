"""Units as laboratories write them: a registry of the units that devices are described in, and the spellings it takes."""

import functools
import itertools
import math
import re
from collections.abc import Iterator
from typing import Any

from scipy import constants

#: Units by name, with symbols and other spellings, in pint's grammar, and no others, since those of a general registry read as what
#: nobody means: Gs as gigaseconds, h as hours. No mass: joules come from volts. A gauss and an oersted are the induction in vacuum.
_DEFINITIONS = f"""
femto- = 1e-15 = f-
pico- = 1e-12 = p-
nano- = 1e-9 = n-
micro- = 1e-6 = u- = µ- = μ-
milli- = 1e-3 = m-
centi- = 1e-2 = c-
deci- = 1e-1 = d-
kilo- = 1e3 = k-
mega- = 1e6 = M-
giga- = 1e9 = G-
tera- = 1e12 = T-
meter = [length] = m = metre
second = [time] = s = sec
ampere = [current] = A = amp = Amp = Ampere
volt = [voltage] = V = Volt
kelvin = [temperature] = K = Kelvin
radian = [] = rad
percent = 0.01 = %
degree = {math.pi / 180!r} radian = deg = °
micron = 1e-6 meter
angstrom = 1e-10 meter = Å = Angstrom
ohm = volt / ampere = Ω = Ohm
siemens = ampere / volt = S = Siemens = mho
coulomb = ampere second = C
watt = volt ampere = W = Watt
joule = watt second = J = Joule
gram = 1e-3 joule second ** 2 / meter ** 2 = _
tesla = volt second / meter ** 2 = T = Tesla
gauss = 1e-4 tesla = G = Gauss = Gs
oersted = 1e-4 tesla = Oe = Oersted
elementary_charge = {constants.e!r} coulomb = e
boltzmann_constant = {constants.k!r} joule / kelvin = k_B = kB
planck_constant_over_two_pi = {constants.hbar!r} joule second = hbar = ħ
conductance_per_spin = {constants.e**2 / constants.h!r} siemens = _
"""

#: Signs that mean another: minus signs, products, quotients, the signs for ohm, micro and angstrom; none for braces and what has no width.
_SIGNS = str.maketrans({
    **dict.fromkeys("\u2212\u2013\u2014\u2010\u2011\u2012\ufe63\uff0d", "-"), **dict.fromkeys("·\u22c5\u2219\u2022×", "*"),
    **dict.fromkeys("\u2215\u2044÷", "/"), "\u2126": "Ω", "\u03bc": "\u00b5", "\u212b": "Å",
    **dict.fromkeys("{}\u200b\u200c\u200d\u2060\ufeff"),
})  # fmt: skip
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
#: Spellings on the way to pint's, in this order.
_SPELLINGS = [
    (re.compile(pattern), meant)
    for pattern, meant in (
        (r"\^", "**"),
        (r"\*\*\s*\(\s*(-?\d+)\s*\)", r"**\1"),
        # e²/h is a conductance: here e is no power of ten, and h no hour.
        (r"\be\s*(?:\*\*)?\s*2\s*/\s*\(\s*h\b\s*\*?\s*", "conductance_per_spin/("),
        (r"\be\s*(?:\*\*)?\s*2\s*/\s*h\b", "conductance_per_spin"),
        (r"\s*(?:/\s*|\bper\s+|[\s*-]\s*(?=(?:[Ss]q|[Ss]quare|□)(?:\*\*)?-1))(?:[Ss]q|[Ss]quare|□)\.?(?:(?:\*\*)?-1)?(?=$|[\s*/)])", ""),
        (r"\bK(?=Oe|Oersted|G\b|Gs\b|Gauss|[Oo]hm|Ω|A\b|V\b)", "k"),
        (r"(?<=[^\W\d_])(-?[1-9])(?![\d.])", r"**\1"),  # um2, cm-2
        (r"(?<=[^\W\d_])-(?=[^\W\d_])", "*"),  # mOhm-cm
        (r"(Ω|[Oo]hm)(?=[cmnuµkM]?m\b)", r"\1 "),  # Ωm, mΩcm
        (r"\bK(?=m\b)", "K "),
        (r"(?<=[\d)])(?=[^\W\d_])", " "),  # (m**2K)
    )
]
#: Characters of a unit; no towers of exponents, which would take for ever to evaluate; no second number.
_UNIT = re.compile(r"[^\W\d(°%][\w\s*/().°%-]*|[(°%1][\w\s*/().°%-]*")
_TOWER = re.compile(r"\*\*\s*\(?-?[\d.]+\)?\s*\*\*|\d{5,}|(?:^|[\s/(]|(?<!\*)\*)\d")
_PREFIXES = ("", "n", "u", "m", "c", "k", "M", "G", "p", "f")
_SYMBOLS = ("m", "s", "A", "V", "K", "rad", "deg", "ohm", "Ohm", "Ω", "S", "W", "J", "T", "G", "Oe", "Gauss", "Oersted", "percent")


class UnknownUnitError(ValueError):
    """A text that is no unit."""


@functools.cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(None, cache_folder=None, on_redefinition="raise")
    registry.load_definitions(_DEFINITIONS.strip().splitlines())
    return registry


def plain_signs(text: str) -> str:
    """A text with one sign for each meaning, raised digits as exponents: "−5 µΩ·m⁻²" as "-5 µΩ*m**-2"."""
    return re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+", lambda raised: "**" + raised[0].translate(_RAISED), text.translate(_SIGNS))


@functools.lru_cache(512)
def factor_to(unit: str, wanted: tuple[str, ...]) -> tuple[float, str] | None:
    """What a number in some unit is multiplied by to be in SI, and in which of the SI units wanted; None if it fits none of them.

    Raises:
        UnknownUnitError: what is no unit, or has more in it than one.
    """
    spelt = plain_signs(unit).strip()
    for pattern, meant in _SPELLINGS:
        spelt = pattern.sub(meant, spelt)
    spelt = spelt.strip()
    inverse = re.match(r"1\s*/(?!\s*\d)", spelt)
    if len(spelt) > 100 or not _UNIT.fullmatch(spelt) or _TOWER.search(spelt[1:] if inverse else spelt):
        raise UnknownUnitError(unit)
    registry = _registry()
    try:
        parsed = registry.Quantity(1.0, registry.parse_units("radian" + spelt[1:] if inverse else spelt))
        for one in wanted:
            target = registry.parse_units(one)
            if parsed.dimensionality == target.dimensionality:
                return _rounded(float(parsed.to(target).magnitude)), one
        if "T" in wanted and parsed.is_compatible_with("ampere/meter"):  # a magnetic field H: B = μ_0 H
            return constants.mu_0 * float(parsed.to("ampere/meter").magnitude), "T"
    except Exception as error:  # malformed text makes pint raise errors of a dozen unrelated kinds
        raise UnknownUnitError(unit) from error
    return None


def _rounded(factor: float) -> float:
    """A power of ten without the rounding of the products that it was made of."""
    power = float(f"1e{round(math.log10(factor))}")
    return power if math.isclose(factor, power, rel_tol=1e-14) else factor


@functools.cache
def _vocabulary() -> dict[str, list[str]]:
    """Units with their prefixes, those that differ in their case alone together."""
    found: dict[str, list[str]] = {}
    for prefix, symbol in itertools.product(_PREFIXES, _SYMBOLS):
        if not (prefix and symbol in ("deg", "percent")):
            found.setdefault((prefix + symbol).casefold(), []).append(prefix + symbol)
    return found


def proposed_unit(unit: str, wanted: tuple[str, ...]) -> str | None:
    """The unit that was meant, of some SI unit wanted: other cases, a typo, parentheses round what is divided by; None if none is seen."""
    unit = re.sub(r"\*\*(?=-?\d)", "^", plain_signs(unit).strip())
    per_area = [f"{unit}/um^2"] if "S/m^2" in wanted else []
    for candidate in itertools.chain(itertools.islice(_candidates(unit), 200), per_area):
        try:
            if factor_to(candidate, wanted) is not None:
                return candidate
        except UnknownUnitError:
            continue
    return None


def _candidates(unit: str) -> Iterator[str]:
    yield unit.replace("°", "")
    numerator, slash, denominator = unit.partition("/")
    if slash and "(" not in denominator:
        spelt = re.sub(r"(?<=[\d])(?=[^\W\d_])", " ", re.sub(r"(?<=[^\W\d_])([2-9])", r"^\1", denominator.replace("/", " ")))
        yield f"{numerator.strip()}/({spelt.strip()})"
    pieces = re.split(r"([^\W\d_]+)", unit)
    choices = [[piece, *_alike(piece)] if k % 2 else [piece] for k, piece in enumerate(pieces)]
    combinations = (list(chosen) for chosen in itertools.islice(itertools.product(*choices), 2000))
    yield from ("".join(chosen) for chosen in sorted(combinations, key=lambda chosen: sum(map(_distance, pieces, chosen))))


def _distance(one: str, other: str) -> float:
    """How far two spellings are apart: letters whose case differs, and ten for a typo."""
    return float(sum(a != b for a, b in zip(one, other, strict=True))) if one.casefold() == other.casefold() else 10.0


def _alike(word: str) -> list[str]:
    import difflib

    vocabulary = _vocabulary()
    found = vocabulary.get(word.casefold().removesuffix("s"), []) + vocabulary.get(word.casefold(), [])
    if not found and len(word) > 2:
        found = [spelling for close in difflib.get_close_matches(word.casefold(), vocabulary, 2, 0.6) for spelling in vocabulary[close]]
    return list(dict.fromkeys(found))[:6]
