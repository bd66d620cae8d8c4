"""The report of `hanle claims` as one HTML page, that needs no other file and no network."""

import base64
import html
import re
from collections.abc import Sequence

from ..paper.claims import Answer, Claim, Study
from .claim_glossary import ABOUT, HEADING, READING, SYMBOLS
from .claim_tables import Section, answer_lines, headline, sections
from .layout import tied
from .lettering import mathml

TITLE = "The claims of Phys. Rev. Lett. 112, 056602, judged"
#: What stands before a verdict, so that colour is not all that tells it, and its class.
_BADGES = {"holds": ("✓", "holds"), "holds within limits": ("≈", "within"), "fails": ("✗", "fails"), "undecided": ("?", "undecided")}
_STYLE = """:root{--paper:#fff;--ink:#1a1a1a;--faint:#555;--line:#ccc;--panel:#f1f5f9;--link:#0059a8;color-scheme:light dark}
@media screen and (prefers-color-scheme:dark){
:root{--paper:#16181b;--ink:#ececec;--faint:#b4b4b4;--line:#4a4f57;--panel:#22262c;--link:#7cc0ff}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:1.5rem auto;padding:0 1rem;color:var(--ink);background:var(--paper)}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin:0 0 .5rem}article{margin-top:2rem;border-top:1px solid var(--line);padding-top:1rem}
a{color:var(--link)}code{font-size:.95em}:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.answer{background:var(--panel);border-radius:.5rem;padding:1rem;margin:1rem 0}.answer p{margin:.4rem 0}
.big{font-size:2.4rem;font-weight:700;line-height:1.2}
.badge{display:inline-block;color:#fff;border-radius:.3rem;padding:.05rem .5rem;font-weight:600;font-size:.9rem;white-space:nowrap}
.holds{background:#0b6b3a}.within{background:#7a5200}.fails{background:#a3231f}.undecided{background:#555}
.said{font-size:1.1rem}ol{list-style:none;padding:0}ol li{margin:.7rem 0}
blockquote{margin:.5rem 0;padding-left:1rem;border-left:4px solid var(--line)}
figure{margin:1rem 0}figcaption{font-weight:600;margin-bottom:.4rem}img{max-width:100%;background:#fff;border-radius:.3rem}
.small{color:var(--faint);font-size:.9rem}details{margin:.4rem 0}summary{cursor:pointer;color:var(--link)}
.wide{overflow-x:auto}.wide img{min-width:40rem}
math{font-family:"STIX Two Math","Cambria Math","Latin Modern Math",math}
.symbols td{text-align:left}
table{border-collapse:collapse;font-size:.85rem;margin:.5rem 0}
td,th{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
td:first-child,th:first-child{text-align:left;min-width:8.5rem}
@media print{body{max-width:none;margin:0}details::details-content{content-visibility:visible;display:block}
article{break-inside:auto}table,figure{break-inside:avoid}.badge{print-color-adjust:exact}}"""


def page(study: Study, answer: Answer, found: Sequence[Claim], images: Sequence[tuple[bytes | str, bytes]], device: str) -> str:
    """The report: the answer, a list of verdicts, and each claim with a figure, its tables folded.

    Arguments:
        study, answer, found: the device, what all of it means, and the claims.
        images: of each claim, as PNG: the panel that shows it, or what it holds in words, and all of them.
        device: the device in a line.
    """
    question, _, *lines = answer_lines(answer)
    head, mark, rest = question.partition("τ")
    parts = [
        f"<h1>{_set(TITLE)}</h1>",
        # The letter I of the question is no current.
        f'<section class="answer"><h2>{html.escape(head)}{mathml(mark)}{html.escape(rest)}</h2><p class="big">{headline(answer)}</p>',
        *(f"<p>{_set(line)}</p>" for line in (answer.sentence, *lines)),
        f'</section><p class="small">Device: {_set(device)}</p>{_folded(HEADING, _glossary())}<ol>',
        *(f'<li>{_badge(c)} <a href="#{c.id}">{c.number}. {_set(c.title)}</a><br>{_set(c.sentence)}</li>' for c in found),
        "</ol>",
    ]
    for claim, (image, whole) in zip(found, images, strict=True):
        parts += [
            f'<article id="{claim.id}"><h2>{claim.number}. {_set(claim.title)}</h2>',
            f'<p class="said">{_badge(claim)} {_set(claim.sentence)}</p>',
            *(f"<p>{_set(note)}</p>" for note in claim.notes),
            f"<figure><figcaption>{_set(claim.message)}</figcaption>{_shown(image, claim.message)}</figure>",
            *(_folded(section.heading, _table(section)) for section in sections(claim, study)),
            _folded("All maps and curves", f'<p class="small">{_set(claim.caption)}</p>{_wide(_image(whole, claim.caption))}'),
            _folded("Method", f"<p>{_set(claim.computed)}</p><blockquote>{_set(claim.quote)}<br>({_set(claim.place)})</blockquote>"),
            "</article>",
        ]
    parts.append(f'<article class="small">{_set(ABOUT)}</article>')
    view = '<meta name="viewport" content="width=device-width,initial-scale=1">'
    top = f'<meta charset="utf-8">{view}<title>{html.escape(TITLE)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{top}</head><body>\n' + "\n".join(parts) + "\n</body></html>\n"


def _set(text: str) -> str:
    """A text as HTML, its symbols as mathematics and commands as code."""
    pieces = [html.escape(one, quote=False) for one in re.split("`(.*?)`", tied(text))]
    return "".join(f"<code>{one}</code>" if k % 2 else mathml(one) for k, one in enumerate(pieces))


def _badge(claim: Claim) -> str:
    mark, kind = _BADGES[claim.verdict]
    return f'<span class="badge {kind}">{mark} {claim.word}</span>'


def _shown(image: bytes | str, what: str) -> str:
    return f"<p>{_set(image)}.</p>" if isinstance(image, str) else _image(image, what)


def _image(image: bytes, what: str) -> str:
    return f'<img alt="{html.escape(what)}" src="data:image/png;base64,{base64.b64encode(image).decode("ascii")}">'


def _folded(heading: str, content: str) -> str:
    return f"<details><summary>{_set(heading)}</summary>{content}</details>"


def _glossary() -> str:
    rows = "".join(f"<tr><td>{_set(symbol)}</td><td>{_set(meaning)}</td></tr>" for symbol, meaning in SYMBOLS)
    return "".join(f"<p>{_set(text)}</p>" for text in READING) + f'<table class="symbols">{rows}</table>'


def _table(section: Section) -> str:
    kinds = [("th", section.heads), *(("td", row) for row in section.rows)]
    rows = [f"<tr>{''.join(f'<{tag}>{_set(cell)}</{tag}>' for cell in row)}</tr>" for tag, row in kinds if any(row)]
    note = f'<p class="small">{_set(section.note)}</p>' if section.note else ""
    return note + _wide(f"<table>{''.join(rows)}</table>")


def _wide(content: str) -> str:
    """What is moved sideways where there is no room for it."""
    return f'<div class="wide">{content}</div>'
