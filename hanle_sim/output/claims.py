"""The report of `hanle claims`: Markdown, JSON, figures, and one HTML page that needs no other file."""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from ..paper.claims import QUESTION, Answer, Claim, Study
from ..paper.claims.claim import plain
from ..paper.claims.sentences import short
from ..text import quantity
from .claim_figures import best_of, figure_of, told
from .claim_glossary import ABOUT, HEADING, READING, SYMBOLS
from .claim_page import TITLE, page
from .claim_tables import answer_lines, rounded, sections
from .dataset import configuration_text, statements
from .drawing import Figure, save, style
from .files import markdown_table, write_json, write_text
from .look import DEFAULT, Look
from .netcdf import Contents
from .store import write_directory

#: What is told of a claim in words.
_TEXTS = ("title", "verdict", "sentence", "message", "quote", "place", "computed")


def rows_of(study: Study, answer: Answer, found: Sequence[Claim], figure_format: str) -> dict[str, Any]:
    """What `claims.json` holds."""

    def numbers(values: Mapping[str, float | None]) -> dict[str, float | None]:
        return {key: None if value is None else plain(rounded(key, value)) for key, value in values.items()}

    return {
        "answer": {
            "question": QUESTION,
            "tau_over_tau_s_less_one": plain(answer.off),
            "sentence": answer.sentence,
            "causes": [{"cause": name, "tau_over_that_without_it_less_one": plain(effect)} for name, effect in answer.causes.items()],
            "advice": list(answer.advice),
        },
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
                **{name: getattr(claim, name) for name in ("number", "id", *_TEXTS)},
                "notes": list(claim.notes),
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
    film, seebeck = study.cases["film"].point.size, quantity(p.S * study.root_L_0, "V/K")
    margin = 0.0 if abs(p.margin) < 1e-9 else float(p.margin)
    return (
        f"{study.name} ({study.own}), at constant {drive}: r_s/R_tun = {short(p.mismatch, 4)}, P_G = {p.P_G:.4g}, "
        f"P_L = {study.case.P_L:.4g}, S = {seebeck} or {p.S:.4g} √L_0, α = {p.alpha:.4g}, τ_Q/τ_s = {p.tau_ratio:.4g}{heated}; "
        f"second-law margin {margin:.4g}{'' if margin else ', the edge of what is allowed'}. A film that it is compared with is "
        f"{film:.3g} λ_s thick, with {'an absorbing' if study.cases['film'].model.back == 'absorbing' else 'a reflecting'} back."
    )


def markdown(study: Study, answer: Answer, found: Sequence[Claim], figure_format: str) -> str:
    """The report as Markdown: the answer first, then what the claims come to, then each."""
    question, *lines = answer_lines(answer)
    parts = [f"# {TITLE}", f"## {question}", *lines, f"Device: {device_line(study)}", "## What becomes of the claims"]
    rows = [(str(claim.number), claim.title, claim.word, claim.sentence) for claim in found]
    parts.append(markdown_table(("", "claim", "verdict", "at this device"), rows))
    parts += [f"## {HEADING}", *READING, markdown_table(("symbol", "meaning"), SYMBOLS)]
    mark = "" if figure_format == "pdf" else "!"  # which Markdown links to, and shows not
    for claim in found:
        parts += [f"## {claim.number}. {claim.title}", f"**{claim.word}**: {claim.sentence}", *claim.notes]
        parts.append(f"{mark}[{claim.message}]({figure_name(claim, figure_format)})\n\n{claim.caption}")
        for section in sections(claim, study):
            parts += [f"### {section.heading}", *([section.note] if section.note else []), markdown_table(section.heads, section.rows)]
        parts += ["### Method", claim.computed, f"> {claim.quote}\n>\n> ({claim.place})"]
    return "\n\n".join([*parts, "## About this report", ABOUT]) + "\n"


def contents_of(study: Study, answer: Answer, found: Sequence[Claim]) -> Contents:
    """What the dataset of the claims holds: texts over the dimension `claim`, numbers as JSON."""
    report = rows_of(study, answer, found, "png")
    rows = report["claims"]
    texts = {name: [row[name] for row in rows] for name in _TEXTS}
    values = [json.dumps({"by_geometry": row["by_geometry"], "numbers": row["numbers"]}) for row in rows]
    return statements("claims", [claim.id for claim in found], {**texts, "values": values}, answer=report["answer"])


def write_claims(
    study: Study,
    answer: Answer,
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
    for claim, figure in zip(found, figures, strict=True):
        best = best_of(claim)
        images.append((told(best) or _png(figure_of(best, DEFAULT._replace(titled=False))), _png(figure)))
        progress("drawing", len(found) + len(images), 2 * len(found))
    files: dict[str, Callable[[Path], object]] = {
        "claims.json": functools.partial(write_json, rows_of(study, answer, found, figure_format)),
        "claims.md": functools.partial(write_text, markdown(study, answer, found, figure_format)),
        "claims.html": functools.partial(write_text, page(study, answer, found, images, device_line(study))),
        "config.toml": functools.partial(write_text, configuration_text(written)),
    }
    for claim, figure, (_, image) in zip(found, figures, images, strict=True):
        writer = functools.partial(Path.write_bytes, data=image) if figure_format == "png" else functools.partial(save, figure)
        files[figure_name(claim, figure_format)] = writer
    write_directory(out, files)


def _png(figure: Figure) -> bytes:
    with BytesIO() as buffer, style():
        figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
        return buffer.getvalue()
