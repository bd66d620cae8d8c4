"""How large figures are, their text and their lines: what a style names."""

from typing import NamedTuple

from ..configuration import ConfigurationError
from ..configuration.quantities import parse_quantity
from ..text import toml_of

#: Widths that a style may name [m].
_NARROWEST, _WIDEST = 0.05, 1.0
_INCH = 0.0254


class Look(NamedTuple):
    """How large a figure is, its text and its lines.

    Attributes:
        width: of a figure of one panel [inches].
        page: of a figure of many panels, at most [inches].
        height: of one panel with the labels of its axes, without a legend [inches].
        points: size of text.
        least: the smallest text, in points.
        line: width of a solid line [points].
        titled: whether a figure says what it is.
        ratio: height over width, where that is prescribed.
    """

    width: float = 5.2
    page: float = 13.6
    height: float = 3.3
    points: float = 9.0
    least: float = 5.0
    line: float = 1.6
    titled: bool = True
    ratio: float | None = None

    def pt(self, size: float) -> float:
        """The size of text that has `size` points in the default look."""
        return max(size * self.points / 9, self.least)


DEFAULT = Look()
_PAPER = Look(width=3.375, page=7.0, height=2.35, points=8.0, least=8.0, line=1.1, titled=False)
_TALK = Look(width=10.0, page=24.0, height=4.5, points=16.0, line=3.0, ratio=9 / 16)


def look_of(style: str | None) -> Look:
    """The look that a style names: None, "paper", "talk", or a width such as "178 mm", of a figure otherwise as for a paper.

    Raises:
        ConfigurationError: another name, or a width that is not between 50 mm and 1 m.
    """
    known = {None: DEFAULT, "paper": _PAPER, "talk": _TALK}
    if style in known:
        return known[style]
    try:
        width = parse_quantity(style, "m")[0]
    except ValueError:
        width = 0.0
    if not _NARROWEST <= width <= _WIDEST:
        raise ConfigurationError(f"style = {toml_of(style)}: must be paper, talk, or a width from 50 mm to 1 m, such as '178 mm'")
    inches = width / _INCH
    return _PAPER._replace(width=inches, page=inches, height=_PAPER.height * (inches / _PAPER.width) ** 0.5)
