"""Text on figures: users' names as they stand, in fonts that have their letters, and symbols as mathematics."""

import functools
import itertools
import re
import textwrap
import unicodedata
from typing import Any

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

#: The font that comes with Matplotlib.
FAMILY = "DejaVu Sans"
#: Fonts whose every letter is a box.
_BOXES = re.compile(r"last ?resort|blank", re.IGNORECASE)
_LONGEST = 100
#: Units, which are no symbols: behind a number, or alone in brackets.
_UNIT = r"(?:(?<=\d[ \u00a0])[afpnuµmkMG]?[VAKTsm](?:/[VAKTsm])?|(?<=\()[VAKTs](?=\)))(?![A-Za-z0-9_α-ω])"
#: A unit; or a root, a Δ, a letter, an index below and one above. A letter alone is a symbol but for the article; Greek letters always are.
_SYMBOL = re.compile(
    rf"({_UNIT})|(?<![A-Za-zα-ω'.])(√?)(Δ?)"
    r"(?:([^\W\d_])_([A-Za-z0-9α-ω]+)(?:\^([A-Z](?:,[a-z]+)?))?|([b-zB-Z])(?!['A-Za-z0-9_α-ω]|\.[A-Za-z0-9])|([α-ω]))"
)
#: An element of upright letters.
_UPRIGHT = '<mi mathvariant="normal">'


def write_name(text: Text, name: str, room: float, *, lines: int = 1) -> None:
    """Write a user's name into a text of a figure: no mathematics, no letter that no font has, no wider than there is room.

    Arguments:
        text: of a figure that has a canvas.
        name: what it is to say.
        room: [inches].
        lines: into how many it may be broken before it is shortened.
    """
    words, families = legible(name)
    text.set_parse_math(False)
    text.set_fontfamily(families)
    figure: Any = text.get_figure()
    renderer = figure.canvas.get_renderer()

    def width(words: str) -> float:
        text.set_text(words)
        return text.get_window_extent(renderer).width / figure.dpi

    per_line = max(int(0.95 * len(words) * room / max(width(words), 1e-9)), 4)
    if per_line < len(words) and lines > 1:
        words = "\n".join(textwrap.wrap(words, per_line, max_lines=lines, placeholder=" …"))
    while width(words) > room and len(words) > 4:
        words = _shortened(words, len(words) - 2)


def mathematical(text: str) -> str:
    """A text whose symbols, such as τ_s, ΔT_s or √L_0, are as Matplotlib sets mathematics."""

    def symbol(found: re.Match[str]) -> str:
        unit, root, delta, base, index, above, alone, greek = found.groups()
        if unit:
            return unit
        if index and (base == "ω" or not _is_letter(index)):
            index = rf"\mathrm{{{index}}}"
        raised = "^{" + ",".join(one if _is_letter(one) else rf"\mathrm{{{one}}}" for one in above.split(",")) + "}" if above else ""
        letters = delta + (f"{base}_{{{index}}}{raised}" if index else alone or greek)
        return rf"$\sqrt{{{letters}}}$" if root else f"${letters}$"

    return _SYMBOL.sub(symbol, text)


def mathml(text: str) -> str:
    """A text of HTML whose symbols, as of `mathematical`, are MathML.

    Indices are lowered and raised by themselves: without a font for mathematics browsers leave them on the line.
    """

    def part(letters: str) -> str:
        return f"<mi>{letters}</mi>" if _is_letter(letters) else f"{_UPRIGHT}{letters}</mi>"

    def symbol(found: re.Match[str]) -> str:
        unit, root, delta, base, index, above, alone, greek = found.groups()
        if unit:
            return unit
        letter = f"<mi>{base or alone or greek}</mi>"
        if index:
            below = f'<mpadded voffset="-0.25em">{part(index) if base != "ω" else part(index).replace("<mi>", _UPRIGHT)}</mpadded>'
            raised = f'<mpadded voffset="0.25em">{"<mo>,</mo>".join(map(part, above.split(",")))}</mpadded>' if above else ""
            letter = f"<msubsup>{letter}{below}{raised}</msubsup>" if raised else f"<msub>{letter}{below}</msub>"
        letters = f"<mrow>{_UPRIGHT}Δ</mi>{letter}</mrow>" if delta else letter
        return f"<math>{f'<msqrt>{letters}</msqrt>' if root else letters}</math>"

    # A quotient is one formula, in which no line is broken.
    return _SYMBOL.sub(symbol, text).replace("</math>/<math>", '<mo lspace="0" rspace="0">/</mo>')


def _is_letter(index: str) -> bool:
    """Whether an index is a letter of a formula, or a digit, and no abbreviation."""
    return bool(re.fullmatch("[A-Z0-9α-ω]", index))


def legible(name: str) -> tuple[str, list[str]]:
    """A name in letters that can be drawn, and the fonts to draw them with; what no font has is written as its code or its name."""
    families, files = [FAMILY], _files()
    missing = {letter for letter in name if not letter.isspace() and ord(letter) not in _letters(files[FAMILY])}
    while missing:
        best = max(files, key=lambda family: _covered(files[family], frozenset(missing)))
        if not _covered(files[best], frozenset(missing)):
            break
        families.append(best)
        missing -= {letter for letter in missing if ord(letter) in _letters(files[best])}
    return _shortened("".join(_replaced(name, missing)), _LONGEST), families


def _replaced(name: str, missing: set[str]) -> list[str]:
    parts = []
    for is_missing, run in itertools.groupby(name, key=lambda letter: letter in missing):
        letters = [letter for letter in run if not is_missing or unicodedata.category(letter) not in ("Mn", "Cf")]
        if is_missing and letters:
            symbols = all(unicodedata.category(letter) == "So" and unicodedata.name(letter, "") for letter in letters)
            words = [unicodedata.name(letter).lower() if symbols else f"U+{ord(letter):04X}" for letter in letters]
            letters = [f"[{' '.join(words)}]"]
        parts += letters
    return parts


def _shortened(words: str, size: int) -> str:
    """A text of at most so many letters, its beginning and its end kept."""
    return words if len(words) <= size else f"{words[: (size - 1) // 2].rstrip()}…{words[len(words) - size // 2 :].lstrip()}"


def _files() -> dict[str, str]:
    """The upright, regular font of every family but those of boxes, the one that Matplotlib takes; sans serif first."""
    fonts = [font for font in font_manager.fontManager.ttflist if font.style == "normal" and font.weight in (400, "normal", "regular")]
    known = {font.name: font.fname for font in reversed(fonts) if not _BOXES.search(font.name)}
    return dict(sorted(known.items(), key=lambda item: ("sans" not in item[0].lower(), item[0])))


def _covered(file: str, letters: frozenset[str]) -> int:
    """How many letters a font can draw."""
    found = [letter for letter in letters if ord(letter) in _letters(file)]
    return len(found) if found and _has_outlines(file, found[0]) else 0


@functools.cache
def _letters(file: str) -> frozenset[int]:
    try:
        return frozenset(FT2Font(file).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()


def _has_outlines(file: str, letter: str) -> bool:
    """Whether a font draws a letter at any size: fonts of coloured pictures do not."""
    try:
        face = FT2Font(file)
        face.set_size(9, 72)
        left, bottom, right, top = face.load_char(ord(letter)).bbox
    except (OSError, RuntimeError):
        return False
    return bool(right > left and top > bottom)
