"""Colours, dashes, units, legends: what all figures share."""

import base64
import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Figure
from matplotlib.legend_handler import HandlerLine2D

from ..text import PREFIXES, power_of_prefix, quantity
from .lettering import FAMILY, write_name
from .look import DEFAULT, Look

#: Colours that stay apart for the colour-blind (Okabe and Ito).
TOTAL, SPIN, HEAT, APPROXIMATION, GREY = "#000000", "#0072B2", "#D55E00", "#CC79A7", "#7F7F7F"
_COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
#: Dashes, in units of the line's width, that stay apart where colours are lost.
SOLID, DASHED, DOTTED, DASH_DOT = "-", (0, (4, 1.6)), (0, (1.2, 1.6)), (0, (5, 1.4, 1, 1.4))
_DASHES: tuple[Any, ...] = (SOLID, DASHED, DOTTED, DASH_DOT, (0, (8, 2)), (0, (5, 1.3, 1, 1.3, 1, 1.3)), (0, (2.2, 1.2)))


@contextmanager
def style(look: Look = DEFAULT) -> Iterator[None]:
    """The project's look, for the figures made within."""
    with matplotlib.rc_context(
        {
            **{"font.family": [FAMILY], "text.usetex": False, "savefig.bbox": "standard", "svg.hashsalt": "hanle_sim", "pdf.fonttype": 42},
            **dict.fromkeys(("font.size", "axes.titlesize", "axes.labelsize", "xtick.labelsize", "ytick.labelsize"), look.points),
            **dict.fromkeys(("axes.linewidth", "xtick.major.width", "ytick.major.width"), look.line / 2),
            **{"axes.spines.top": False, "axes.spines.right": False, "lines.linewidth": look.line},
            **{"legend.frameon": False, "legend.handlelength": 2.8, "legend.fontsize": look.pt(8.0)},
        }
    ):
        yield


def new_figure(width: float, height: float, layout: Any = "constrained") -> Figure:
    """A figure [inches] with a canvas, which measures text."""
    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def line_style(number: int, count: int, look: Look) -> dict[str, Any]:
    """Colour, dashes and width of one line of several: the later ones, on top, are thinner, so that none hides another."""
    return {
        "color": _COLOURS[number % len(_COLOURS)],
        "linestyle": _DASHES[(number + number // len(_COLOURS)) % len(_DASHES)],
        "linewidth": look.line * (1.5 - 0.6 * number / max(count - 1, 1)),
    }


def legend_below(figure: Figure, look: Look, names: list[str] | None = None, bar: Any = None) -> None:
    """A legend under the axes, in as many columns as there is room for, the figure grown by its height.

    Arguments:
        figure: of one panel, drawn.
        look: its look.
        names: what users named the first lines, written as it stands.
        bar: a line whose two ends are marked, in the legend too.
    """
    handles, labels = figure.axes[0].get_legend_handles_labels()
    renderer: Any = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    two_ends = {} if bar is None else {bar: HandlerLine2D(numpoints=2)}
    for columns in range(min(4, len(handles)), 0, -1):
        legend = figure.legend(handles, labels, loc="outside lower center", ncols=columns, handler_map=two_ends)
        for text, name in zip(legend.get_texts(), names or (), strict=False):
            write_name(text, name, (look.width - 0.3) / columns - 4 * look.points / 72)
        size = legend.get_window_extent(renderer)
        if columns == 1 or (size.width / figure.dpi < 0.97 * look.width and not _is_shortened(legend, names)):
            break
        legend.remove()
    height = look.height + size.height / figure.dpi
    figure.set_size_inches(look.width, height)
    fit_ratio(figure, look)


def fit_ratio(figure: Figure, look: Look) -> None:
    """Enlarge a figure to the ratio of its sides that a look prescribes."""
    width, height = figure.get_size_inches()
    if look.ratio is not None:
        figure.set_size_inches(max(width, height / look.ratio), max(width * look.ratio, height))


def _is_shortened(legend: Any, names: list[str] | None) -> bool:
    return any("…" in text.get_text() and "…" not in name for text, name in zip(legend.get_texts(), names or (), strict=False))


def scaled(values: Any, unit: str) -> tuple[float, str]:
    """The factor and the unit, with a prefix or a power of ten, in which values read best."""
    finite = np.abs(np.asarray(values, dtype=float))
    largest = float(np.max(finite[np.isfinite(finite)], initial=0.0))
    power = max(power_of_prefix(largest, 7), -300)
    if not unit and 1e-2 <= largest < 1e4:
        power = 0
    # The prefix of a power goes with it: 1 mm² is no thousandth of a m².
    takes_prefix = bool(unit) and not re.match(r"[^\s/]*[²³⁻]", unit)
    if power == 0 or (takes_prefix and power in PREFIXES):
        return 10.0**-power, PREFIXES[power] + unit
    return 10.0**-power, rf"$10^{{{power}}}$ {unit}".rstrip()


def matrix(axes: Any, values: np.ndarray, names: tuple[Any, Any], size: float, *, form: Any = None, **looks: Any) -> Any:
    """An image of a matrix whose rows and columns have names.

    Arguments:
        axes: to draw on.
        values: [rows, columns].
        names: of the rows and of the columns.
        size: of the numbers [points].
        form: a number's text, written where it stands; None for none.
        looks: as `imshow` takes them.

    Returns:
        The image.
    """
    image = axes.imshow(values, **looks)
    for (row, column), value in np.ndenumerate(values if form else values[:0]):
        colour = "white" if abs(value) > 0.6 else "black"
        axes.text(column, row, form(value), ha="center", va="center", fontsize=size, color=colour)
    axes.set_yticks(range(len(names[0])), names[0])
    axes.set_xticks(range(len(names[1])), names[1], ha="right")
    return image


def plain_number(value: float, _: Any = None) -> str:
    """A tick's number without a common factor."""
    return f"{value:g}"


def amount(value: float, unit: str, digits: int = 4) -> str:
    """A number with its unit, as figures write it."""
    return quantity(value, unit, digits).replace("-", "−")


def save(figure: Figure, path: Path) -> None:
    """Save a figure; the suffix decides the format. Nothing in the file depends on when it was made."""
    suffix = path.suffix.removeprefix(".")
    undated = {"png": ("Software",), "pdf": ("CreationDate", "Creator", "Producer"), "svg": ("Date",)}
    metadata: Any = dict.fromkeys(undated[suffix])
    whole = BytesIO()  # where a disk fills under it, Matplotlib's PDF writer hides the reason
    with style():
        figure.savefig(whole, format=suffix, dpi=200, metadata=metadata)
    path.write_bytes(whole.getbuffer())


def image(source: Any, says: str) -> str:
    """A figure of Matplotlib, or the path of a PNG, as an <img> that needs no other file; `says` is for who can't see it."""
    data, kind = source.read_bytes() if isinstance(source, Path) else b"", "png"
    if not data:
        whole = BytesIO()
        source.savefig(whole, format="svg", metadata={"Date": None})
        data, kind = whole.getvalue(), "svg+xml"
    return f'<img alt="{html.escape(says)}" src="data:image/{kind};base64,{base64.b64encode(data).decode("ascii")}">'
