"""The report of `hanle claims`: Markdown, JSON, figures, and one HTML page that needs no other file."""

import base64
import functools
import html
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from ..paper.claims import Claim, Study
from ..paper.claims.claim import plain
from .claim_figures import figure_of
from .dataset import configuration_text, statements
from .drawing import save, style
from .files import markdown_table, write_json, write_text
from .look import DEFAULT, Look
from .netcdf import Contents
from .store import write_directory

_TITLE = "The claims of Phys. Rev. Lett. 112, 056602, judged"
_INTRODUCTION = (
    'Vera-Marun, van Wees, Jansen, "Spin heat accumulation induced by tunneling from a ferromagnet". Written by `hanle claims`. Every '
    "number is computed with the exact closed form at the time of writing; the maps vary two parameters around the device named here "
    "and keep the rest. Contours lie at 1, 5 and 10 %; a white mark is the device itself, an arrowhead where it lies beyond the map. "
    "'Lumped', 'diffusive' and 'film' are the same junction, r_s, τ_s and τ_Q on a nonmagnet that is well mixed, semi-infinite, or a film; "
    "the maps come in all of them, the device's own first."
)
#: Below this a share or an error is rounding, and zero in the JSON.
_NOTHING = 1e-8
_ERRORS = re.compile(r"less_one|departure|least_share|rise_with")
_THRESHOLD = re.compile(r"_percent(_K)?$")
_SYMBOLS = {
    **{"Delta_T_s": "ΔT_s", "Delta_T_0": "ΔT_0", "Delta_mu_over_e": "Δμ/e", "Delta_mu": "Δμ", "Delta_V": "ΔV"},
    **{"tau_inelastic": "τ_in", "tau_app": "τ_app", "tau_s": "τ_s", "tau_Q": "τ_Q", "tau": "τ", "lambda_s": "λ_s", "lambda_Q": "λ_Q"},
    **{"R_tun_I": "R_tun I", "R_tun": "R_tun", "r_s": "r_s", "r_Q": "r_Q", "R_Q": "R_Q", "I_r_s": "I r_s", "P_L": "P_L", "P_G": "P_G"},
    **{"root_L_0": "√L_0", "L_0": "L_0", "S": "S", "alpha": "α", "eq14": "Eq. (14)", "paper_s": "paper's"},
}

_WORDS = {"_over_": "/", "_less_one": " − 1", "_percent": " %", "_times_": " × ", "_lawful_": "_allowed_", "_": " "}


def label_of(key: str) -> str:
    """A number's key as a person reads it."""
    text = f"_{key}_"
    kept = {}
    for number, (name, symbol) in enumerate(sorted(_SYMBOLS.items(), key=lambda item: -len(item[0]))):
        mark = chr(0xE000 + number)
        kept[mark] = symbol
        while f"_{name}_" in text:
            text = text.replace(f"_{name}_", f"_{mark}_")
    words = text.strip("_")
    for part, meant in _WORDS.items():
        words = words.replace(part, meant)
    words = re.sub(r" V$", " (V)", re.sub(r" K$", " (K)", words))
    for mark, symbol in kept.items():
        words = words.replace(mark, symbol)
    return words


def shown(key: str, value: float | None) -> str:
    """A number of a table: five digits, and words where it is none."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "never"
    if value == 0 and _THRESHOLD.search(key):
        return "always exceeded"
    return f"{_rounded(key, value):.5g}"


def _rounded(key: str, value: float) -> float:
    """A share or an error without what is rounding."""
    return 0.0 if abs(value) < _NOTHING and _ERRORS.search(key) else value


def rows_of(study: Study, found: Sequence[Claim], figure_format: str) -> dict[str, Any]:
    """What `claims.json` holds."""

    def numbers(values: Mapping[str, float | None]) -> dict[str, float | None]:
        return {key: None if value is None else plain(_rounded(key, value)) for key, value in values.items()}

    return {
        "configuration": study.name,
        "geometry": study.own,
        "back": study.model.back if study.own == "film" else None,
        "bias": "current" if study.model.feeds_back else "voltage",
        "device": {
            **study.point._asdict(),
            "sqrt_L_0_V_per_K": study.root_L_0,
            "driving_voltage_V": study.driving,
        },
        "claims": [
            {
                **{name: getattr(claim, name) for name in ("number", "id", "title", "quote", "place", "computed", "verdict")},
                "by_geometry": {name: numbers(row) for name, row in claim.table.items()},
                "numbers": numbers(claim.numbers),
                "figure": figure_name(claim, figure_format),
            }
            for claim in found
        ],
    }


def figure_name(claim: Claim, figure_format: str) -> str:
    """The file of a claim's figure."""
    return f"claim-{claim.number:02d}-{claim.id.replace('_', '-')}.{figure_format}"


def device_line(study: Study) -> str:
    """The device in a line."""
    p = study.point
    drive = "current" if study.model.feeds_back else "voltage"
    heated = f", √L_0 ΔT_0/(R_tun I) = {p.heating:.4g}" if p.heating else ""
    film = study.cases["film"].point.size
    margin = 0.0 if abs(p.margin) < 1e-9 else float(p.margin)
    return (
        f"{study.name} ({study.own}), at constant {drive}: r_s/R_tun = {p.mismatch:.4g}, P_G = {p.P_G:.4g}, P_L = {study.case.P_L:.4g}, "
        f"S = {p.S:.4g} √L_0, α = {p.alpha:.4g}, τ_Q/τ_s = {p.tau_ratio:.4g}{heated}; second-law margin {margin:.4g}. The film is "
        f"{film:.3g} λ_s thick, with {'an absorbing' if study.cases['film'].model.back == 'absorbing' else 'a reflecting'} back."
    )


def _cells(claim: Claim, own: str) -> tuple[list[str], list[list[str]]]:
    keys = list(dict.fromkeys(key for row in claim.table.values() for key in row))
    heads = ["", *(f"{name} (this device)" if name == own else name for name in claim.table)]
    body = [[label_of(key), *(shown(key, row.get(key)) for row in claim.table.values())] for key in keys]
    return heads, body


def markdown(study: Study, found: Sequence[Claim], figure_format: str) -> str:
    """The report as Markdown."""

    parts = [f"# {_TITLE}", _INTRODUCTION, f"Device: {device_line(study)}"]
    parts.append(markdown_table(("", "claim", "verdict"), [(str(claim.number), claim.title, claim.verdict) for claim in found]))
    for claim in found:
        heads, body = _cells(claim, study.own)
        parts += [f"## {claim.number}. {claim.title}", f"> {claim.quote}\n>\n> ({claim.place})", claim.computed, f"**{claim.verdict}**"]
        mark = "" if figure_format == "pdf" else "!"  # which Markdown links to, and shows not
        parts.append(f"{mark}[{claim.title}]({figure_name(claim, figure_format)})\n\n{claim.caption}")
        parts.append(markdown_table(heads, body))
        if claim.numbers:
            parts.append(markdown_table(("", ""), [(label_of(key), shown(key, value)) for key, value in claim.numbers.items()]))
    return "\n\n".join(parts) + "\n"


_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
h1{font-size:1.6rem}h2{margin-top:3rem;border-top:1px solid #ccc;padding-top:1rem;font-size:1.25rem}
blockquote{margin:1rem 0;padding:.2rem 1rem;border-left:4px solid #0072B2;background:#f4f7fa}
.verdict{font-weight:600}table{border-collapse:collapse;font-size:.85rem;margin:1rem 0}
td,th{padding:.2rem .6rem;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child,.summary td{text-align:left;vertical-align:top}
img{max-width:100%}figure{margin:1rem 0}figcaption,.small{color:#555;font-size:.9rem}"""


def page(study: Study, found: Sequence[Claim], images: Sequence[bytes]) -> str:
    """The report as one HTML page, figures and all."""

    def row(cells: Sequence[str], tag: str = "td") -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    parts = [
        f"<h1>{html.escape(_TITLE)}</h1>",
        f"<p>{html.escape(_INTRODUCTION.replace('`', ''))}</p>",
        f"<p>Device: {html.escape(device_line(study))}</p>",
    ]
    parts.append('<table class="summary">')
    parts += [
        f'<tr><td>{c.number}</td><td><a href="#{c.id}">{html.escape(c.title)}</a></td><td>{html.escape(c.verdict)}</td></tr>' for c in found
    ]
    parts.append("</table>")
    for claim, image in zip(found, images, strict=True):
        heads, body = _cells(claim, study.own)
        source = "data:image/png;base64," + base64.b64encode(image).decode("ascii")
        parts.append(f'<h2 id="{claim.id}">{claim.number}. {html.escape(claim.title)}</h2>')
        parts.append(f"<blockquote>{html.escape(claim.quote)}<br><span class='small'>{html.escape(claim.place)}</span></blockquote>")
        parts.append(f"<p>{html.escape(claim.computed)}</p><p class='verdict'>{html.escape(claim.verdict)}</p>")
        parts.append(
            f'<figure><img alt="{html.escape(claim.title)}" src="{source}"><figcaption>{html.escape(claim.caption)}</figcaption></figure>'
        )
        parts.append(f"<table>{row(heads, 'th')}{''.join(row(cells) for cells in body)}</table>")
        if claim.numbers:
            parts.append("<table>" + "".join(row((label_of(key), shown(key, value))) for key, value in claim.numbers.items()) + "</table>")
    head = f'<meta charset="utf-8"><title>{html.escape(_TITLE)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n' + "\n".join(parts) + "\n</body></html>\n"


def contents_of(study: Study, found: Sequence[Claim]) -> Contents:
    """What the dataset of the claims holds: texts over the dimension `claim`, numbers as JSON."""
    rows = rows_of(study, found, "png")["claims"]
    texts = {name: [row[name] for row in rows] for name in ("title", "quote", "place", "computed", "verdict")}
    values = [json.dumps({"by_geometry": row["by_geometry"], "numbers": row["numbers"]}) for row in rows]
    return statements("claims", [claim.id for claim in found], {**texts, "values": values})


def write_claims(
    study: Study,
    found: Sequence[Claim],
    written: dict[str, Any],
    out: Path,
    figure_format: str,
    progress: Callable[[str, int, int], Any],
    look: Look = DEFAULT,
) -> None:
    """Write the report and its figures into `out`, whole or not at all."""
    figures, images = [], []
    for claim in found:
        figures.append(figure_of(claim, look))
        progress("drawing", len(figures), 2 * len(found))
    for figure in figures:
        with BytesIO() as buffer, style():
            figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
            images.append(buffer.getvalue())
        progress("drawing", len(found) + len(images), 2 * len(found))
    files: dict[str, Callable[[Path], object]] = {
        "claims.json": functools.partial(write_json, rows_of(study, found, figure_format)),
        "claims.md": functools.partial(write_text, markdown(study, found, figure_format)),
        "claims.html": functools.partial(write_text, page(study, found, images)),
        "config.toml": functools.partial(write_text, configuration_text(written)),
    }
    for claim, figure, image in zip(found, figures, images, strict=True):
        writer = functools.partial(Path.write_bytes, data=image) if figure_format == "png" else functools.partial(save, figure)
        files[figure_name(claim, figure_format)] = writer
    write_directory(out, files)
