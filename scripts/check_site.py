"""Check a built documentation: that no page asks another host for anything.

Usage: python scripts/check_site.py site
"""

import re
import sys
from pathlib import Path

#: What a browser fetches by itself: all but <a href>. Style sheets ask by url() and @import.
_TAGS = "link|script|img|iframe|source|object|embed|video|audio|image|use"
_FETCHED = re.compile(rf"<(?:{_TAGS})\b[^>]*?\s(?:src|href|srcset|data)\s*=\s*[\"']?([^\"'\s>]+)")
_STYLED = re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"'])([^\"')\s]+)")
_ABSENT = re.compile(r"\$\$|\\(?:frac|mathbf)\b|Traceback \(most recent")


def requests_of(text: str, *, is_page: bool) -> set[str]:
    """Addresses on other hosts that a page or a style sheet makes a browser fetch."""
    found = set(_STYLED.findall(text)) | (set(_FETCHED.findall(text)) if is_page else set())
    return {address for address in found if re.match(r"(?:[a-z]+:)?//", address, re.IGNORECASE)}


def complaints(root: Path) -> list[str]:
    """A line for each request to another host, and for each formula or example that was not rendered."""
    found = []
    for path in sorted([*root.rglob("*.html"), *root.rglob("*.css")]):
        text = path.read_text(encoding="utf-8")
        found += [f"{path}: asks for {address}" for address in sorted(requests_of(text, is_page=path.suffix == ".html"))]
        found += [f"{path}: has {what}" for what in sorted(set(_ABSENT.findall(text)))] if path.suffix == ".html" else []
    return found if any(root.rglob("*.html")) else [f"{root}: no page: run mkdocs build --strict"]


if __name__ == "__main__":
    lines = complaints(Path(sys.argv[1] if len(sys.argv) > 1 else "site"))
    print("\n".join(lines) or "no request to another host")
    sys.exit(1 if lines else 0)
