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

#: Titles of the models, as a person says them.
_TITLES = {
    "lumped": "well mixed", "diffusive": "semi-infinite bulk", "film": "film", "drift": "bulk with drift",
    "contact": "wide contact on a thin channel", "lateral": "nonlocal device with a detector", "layered": "layers",
}  # fmt: skip


def page_of(devices: Sequence[tuple[Playable, Mapping[str, Any]]], refused: Sequence[str]) -> str:
    """The page as HTML.

    Arguments:
        devices: what is shown, each with its configuration as written.
        refused: sentences on what can't be shown.
    """
    from bokeh.embed import json_item
    from bokeh.resources import Resources

    here = files(__package__)
    notes = "".join(f'<p class="note">{escape(sentence)}</p>' for sentence in refused)
    parts = {
        "css": here.joinpath("page.css").read_text("utf-8"),
        "script": here.joinpath("page.js").read_text("utf-8"),
        "bokeh": "\n".join(Resources(mode="inline", components=["bokeh"]).js_raw),
        "figure": _in_page(json.dumps(json_item(_figure()))),
        "devices": ",\n".join(_device(playable, written) for playable, written in devices),
        "prelude": PRELUDE,
        "version": __version__,
        "refused": notes,
    }
    return Template(here.joinpath("page.html").read_text("utf-8")).substitute(parts)


def _in_page(text: str) -> str:
    """JSON in a page: no text in it may end its element."""
    return text.replace("<", "\\u003c")


def _device(playable: Playable, written: Mapping[str, Any]) -> str:
    configuration = playable.configuration
    device, field = playable.setup.device, playable.setup.field
    B = np.asarray(field.B)
    sliders = [
        {"name": s.name, "path": s.path, "unit": s.unit, "value": s.value, "meaning": s.meaning, "low": s.low, "high": s.high,
         "log": s.is_logarithmic}
        for s in playable.sliders
    ]  # fmt: skip
    model = configuration.nonmagnet.model
    given = {
        "name": configuration.name,
        "title": f"{configuration.name} ({_TITLES.get(model, model)})",
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
    from bokeh.models import ColumnDataSource, Span
    from bokeh.plotting import figure

    curves = ColumnDataSource({name: [] for name in ("B", "V", "spin", "heat", "two", "old", "slope")}, name="curves")
    half, points = (ColumnDataSource({"B": [], "V": []}, name=name) for name in ("half", "points"))
    options: dict[str, Any] = {"sizing_mode": "stretch_width", "output_backend": "svg", "toolbar_location": None, "tools": ""}
    plot = figure(height=420, name="figure", x_axis_label="B (mT)", **options)
    plot.yaxis[0].name = "voltage"
    for name, key, label, width, dash in (
        ("old", "old", "kept beside", 1.2, [2, 3]), ("two", "two", "two Lorentzians", 1.6, [8, 3, 2, 3]),
        ("spin", "spin", "part of Δμ", 1.8, [7, 4]), ("heat", "heat", "part of ΔT_s", 1.8, [2, 4]), ("exact", "V", "exact", 2.6, "solid"),
    ):  # fmt: skip
        plot.line("B", key, source=curves, name=name, legend_label=label, line_width=width, line_dash=dash)
    plot.scatter("B", "V", source=points, name="point", legend_label="measured", size=5, marker="circle", fill_color=None)
    plot.line("B", "V", source=half, name="halves", line_width=1, line_dash=[1, 2], legend_label="half width")
    plot.add_layout(Span(location=0, dimension="height", name="cursor", line_dash=[3, 3]))
    plot.legend.location, plot.legend.label_text_font_size = "top_right", "12px"
    plot.legend.ncols = 1
    below = figure(height=180, name="slopes", x_axis_label="B (mT)", x_range=plot.x_range, **options)
    below.yaxis[0].name = "rate"
    below.line("B", "slope", source=curves, name="slope", line_width=1.8)
    below.visible = False
    return column(plot, below, sizing_mode="stretch_width")
