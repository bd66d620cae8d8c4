"""The page: devices, figure and script in one file that needs no other."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

import numpy as np

from .._version import __version__
from .device import Playable
from .javascript import PRELUDE

#: By which a page is known to be one of this program's.
GENERATOR = '<meta name="generator" content="hanle_sim">'
#: Titles of the models, as a person says them.
_TITLES = {
    "lumped": "well mixed", "diffusive": "semi-infinite bulk", "film": "film", "drift": "bulk with drift",
    "contact": "wide contact on a thin channel", "lateral": "nonlocal device with a detector", "layered": "layers",
}  # fmt: skip
#: What the lines are, in a figure that is saved.
_LINES = {
    "exact": "exact", "spin": "spin part (Δμ)", "heat": "heat part (ΔT_s)", "two": "two Lorentzians", "old": "kept beside",
    "point": "measured",
}  # fmt: skip


def page_of(devices: Sequence[tuple[str, Playable, Mapping[str, Any]]], refused: Sequence[str]) -> str:
    """The page as HTML.

    Arguments:
        devices: what is shown, each with its name and its configuration as written.
        refused: sentences on what can't be shown.
    """
    from bokeh.embed import json_item
    from bokeh.resources import Resources

    here = files(__package__)
    notes = "".join(f'<p class="note">{escape(sentence)}</p>' for sentence in refused)
    parts = {
        "css": here.joinpath("page.css").read_text("utf-8"),
        "script": here.joinpath("page.js").read_text("utf-8"),
        "bokeh": Resources(mode="inline", components=["bokeh"]).js_raw[0],  # the rest sets a level of its messages, and says so
        "figure": _in_page(json.dumps(json_item(_figure()))),
        "devices": ",\n".join(_device(*one) for one in devices),
        "prelude": PRELUDE,
        "version": __version__,
        "refused": notes,
        "generator": GENERATOR,
    }
    return Template(here.joinpath("page.html").read_text("utf-8")).substitute(parts)


def _in_page(text: str) -> str:
    """JSON in a page: no text in it may end its element."""
    return text.replace("<", "\\u003c")


def _device(name: str, playable: Playable, written: Mapping[str, Any]) -> str:
    configuration = playable.configuration
    device, field = playable.setup.device, playable.setup.field
    B = np.asarray(field.B)
    sliders = [
        {"name": s.name, "path": s.path, "unit": s.unit, "value": s.value, "meaning": s.meaning, "low": s.low, "high": s.high,
         "log": s.is_logarithmic, "least": s.least, "most": s.most}
        for s in playable.sliders
    ]  # fmt: skip
    model = configuration.nonmagnet.model
    given = {
        "name": name,
        "title": f"{name} ({_TITLES.get(model, model)})",
        "about": written.get("description", ""),
        "sliders": sliders,
        "tables": json.loads(json.dumps(written, default=str)),
        "span": float(np.max(np.abs(B))) or 1e-3,
        "direction": np.asarray(field.direction, dtype=float).tolist(),
        "magnetisation": np.asarray(device.detector.magnetisation, dtype=float).tolist(),
    }
    functions = f"main:{playable.main},slope:{playable.slope},lorentzians:{playable.lorentzians or 'null'}"
    return f"{{...{_in_page(json.dumps(given))},{functions}}}"


def _figure() -> Any:
    """Both plots: curves, and below them the derivative."""
    from bokeh.layouts import column
    from bokeh.models import ColumnDataSource
    from bokeh.models.annotations import Legend, LegendItem, Span
    from bokeh.plotting import figure

    # With two points, since ranges of none are warned of.
    curves = ColumnDataSource({name: [0, 1] for name in ("B", "V", "spin", "heat", "two", "old", "slope")}, name="curves")
    half, points = (ColumnDataSource({"B": [0, 1], "V": [0, 1]}, name=name) for name in ("half", "points"))
    options: dict[str, Any] = {"sizing_mode": "stretch_width", "output_backend": "svg", "toolbar_location": None, "tools": ""}
    plot = figure(height=420, name="figure", x_axis_label="B (mT)", **options)
    plot.yaxis[0].name = "voltage"
    drawn: list[tuple[str, Any]] = []
    for name, key, width, dash in (
        ("old", "old", 1.4, [12, 4]),
        ("two", "two", 1.6, [8, 3, 2, 3]),
        ("spin", "spin", 1.8, [7, 4]),
        ("heat", "heat", 1.8, [2, 4]),
        ("exact", "V", 2.6, "solid"),
    ):
        drawn.append((name, plot.line("B", key, source=curves, name=name, line_width=width, line_dash=dash)))
    drawn.append(("point", plot.scatter("B", "V", source=points, name="point", size=6, marker="circle", fill_color=None)))
    # Only what is saved has it: on the page there is a list.
    items = [LegendItem(label=_LINES[name], renderers=[line], name=f"key of {name}") for name, line in reversed(drawn)]
    plot.add_layout(Legend(items=items, name="key", visible=False))
    plot.line("B", "V", source=half, name="halves", line_width=1.4, line_dash=[1, 2])
    plot.add_layout(Span(location=0, dimension="height", name="cursor", line_dash=[3, 3]))
    below = figure(height=180, name="slopes", x_axis_label="B (mT)", x_range=plot.x_range, **options)
    below.yaxis[0].name = "rate"
    below.line("B", "slope", source=curves, name="slope", line_width=1.8)
    below.visible = False
    for axis in (*plot.axis, *below.axis):
        axis.major_label_text_font_size, axis.axis_label_text_font_size = "13px", "14px"
    return column(plot, below, sizing_mode="stretch_width")
