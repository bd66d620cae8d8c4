"""Letters that a stream cannot show, spelt out: τ is tau."""

import codecs
import re
import unicodedata

#: What stands for a character that a stream can't show; Greek letters have their names, and accents go.
_SPELT = {
    **{"µ": "u", "Ω": "ohm", "\u2126": "ohm", "Δ": "Delta_", "∂": "d", "√": "sqrt ", "∞": "infinity", "ħ": "hbar", "°": " deg"},
    **{"−": "-", "–": "-", "—": "-", "·": ".", "×": "x", "±": "+-", "≤": "<=", "≥": ">=", "≈": "~", "≠": "!=", "→": "->", "…": "..."},
    **{"λ": "lambda", "Λ": "Lambda", "↑": "up", "↓": "down", "⊥": "_perp", "∥": "_par"},
    **{"‘": "'", "’": "'", "“": '"', "”": '"', "≪": "<<", "≫": ">>", "∝": "~"},
}
_RAISED = re.compile("[⁰¹²³⁴-⁹⁺⁻]+")
#: The name of the error handler that spells letters out.
ERRORS = "hanle_sim.spelt"


def _letter(character: str) -> str:
    if character in _SPELT:
        return _SPELT[character]
    if "\ud800" <= character <= "\udfff":  # a byte of a file's name that is no text
        return f"\\x{ord(character) & 0xFF:02x}"
    name = unicodedata.name(character, "")
    if name.startswith("GREEK") and " LETTER " in name:
        spelt = name.split(" LETTER ")[1].split()[0].lower()
        return spelt.capitalize() if "CAPITAL" in name else spelt
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode("ascii")
    return plain or "?"


def _spelt(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    text = _RAISED.sub(lambda found: "^" + unicodedata.normalize("NFKD", found[0]).replace("−", "-"), text)
    return "".join(character if character.isascii() else _letter(character) for character in text), error.end


codecs.register_error(ERRORS, _spelt)


def readable(text: str, encoding: str) -> str:
    """A text in letters that an encoding has: τ is "tau" where there is no τ."""
    return text.encode(encoding, ERRORS).decode(encoding)
