"""From the bytes of a file to its text, whatever encoding a laboratory's program wrote."""

import codecs
import re
from pathlib import Path

from ..text import shown_path
from .errors import DataError

#: How files begin that are no tables, and what they are.
_NO_TABLES = {
    b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"BM": "a picture", b"II*\0": "a picture",
    b"MM\0*": "a picture", b"%PDF": "a PDF", b"PK\x03\x04": "an archive or an Excel workbook: save its sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook or an Origin project: save its sheet as CSV",
    b"CPYA": "an Origin project: save its sheet as CSV", b"\x1f\x8b": "compressed: unpack it",
    b"SQLite format 3": "a database: export its data set to NetCDF",
}  # fmt: skip
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def content_of(path: Path) -> bytes:
    """The bytes of a file. Raises DataError for one that can't be read, and one that is empty."""
    name = shown_path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{name}: there is no such file{_beside(path)}") from None
    except IsADirectoryError:
        raise DataError(f"{name}: is a directory: name a file in it") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{name}: can't be read: {getattr(error, 'strerror', None) or error}") from None
    if not content.strip():
        raise DataError(f"{name}: is empty: give a file with a table")
    return content


def _beside(path: Path) -> str:
    """The end of a message about a file that isn't there: one beside it of a similar name."""
    import difflib

    try:
        close = difflib.get_close_matches(path.name, [file.name for file in path.parent.iterdir() if file.is_file()], 1, 0.7)
    except OSError:
        return f": there is no directory {shown_path(path.parent)}"
    return f": did you mean {shown_path(path.parent / close[0])}?" if close else ""


def decoded(content: bytes, name: str, encoding: str | None = None) -> tuple[str, str]:
    """The text of a file, without byte order mark, and the encoding that it was read in.

    Arguments:
        content: its bytes.
        name: the file, for messages.
        encoding: the encoding, where it is not to be guessed.

    Raises:
        DataError: bytes that are no text, or none in the encoding given.
    """
    if encoding is not None:
        try:
            return content.decode(encoding).removeprefix("\ufeff"), encoding
        except UnicodeError as error:
            line = content[: getattr(error, "start", 0)].count(b"\n") + 1
            raise DataError(f'{name}, line {line}: is no text in encoding = "{encoding}": give another one, or leave it out') from None
    mark = next((found for start, found in _MARKS.items() if content.startswith(start)), _unmarked_utf_16(content))
    if mark is None:
        _require_text(content, name)
    for candidate in (mark,) if mark else ("utf-8", "cp1252"):
        try:
            text = content.decode(candidate)
        except UnicodeError:
            continue
        return text.removeprefix("\ufeff"), candidate.removesuffix("-sig")
    if mark:
        raise DataError(f"{name}: begins as {mark} and is none: give its encoding, or save it anew")
    return content.decode("latin-1"), "latin-1"


def _unmarked_utf_16(content: bytes) -> str | None:
    """UTF-16 without a byte order mark: of plain characters every other byte is zero."""
    start = content[:4096]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if len(content) % 2 or max(even, odd) < 0.35 * len(start) or min(even, odd) > 0.05 * len(start):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _require_text(content: bytes, name: str) -> None:
    for start, what in _NO_TABLES.items():
        if content.startswith(start) and (len(start) > 2 or b"\0" in content[:4096]):
            kind, _, remedy = what.partition(": ")
            raise DataError(f"{name}: is no table but {kind}: {remedy or 'give a file with columns of numbers'}")
    if len(re.findall(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]", content[:65536])) > 0.01 * len(content[:65536]):
        raise DataError(f"{name}: is no table but a binary file: give a file with columns of numbers")
