"""`explore`: devices to play with in a browser, in one page that needs no other file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..configuration import Configuration, ConfigurationError, Settings, Source, check, read
from ..runtime import Progress
from ..text import shown

#: Devices unless some are named: one of each geometry.
EVERY = ("lumped", "diffusive", "film", "drift", "contact", "lateral", "layered")


def explore(*configs: Source, out: str | Path = "explore.html", settings: Settings = (), progress: Progress | None = None) -> list[str]:
    """Write a page on which every parameter of some devices has a slider, and their exact curves follow.

    Arguments:
        configs: paths, presets' names, or dicts; one device of each geometry unless given.
        out: the page's file; one that this program wrote is replaced.
        settings: changes to all of them: "KEY=VALUE", several of these, or a dict of values by key.
        progress: called now and then with what is being done, how much is done, and of how much.

    Returns:
        Sentences on devices that can't be shown.

    Raises:
        ConfigurationError (a ValueError): a configuration that can't be used, or none that can be shown.
        OutputError: a file that can't be written.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from hanle_sim import explore
        >>> page = Path(tempfile.mkdtemp(), "page.html")
        >>> explore("fig2", out=page)
        []
        >>> page.read_text(encoding="utf-8")[:15]
        '<!DOCTYPE html>'
    """
    from ..explorer.page import GENERATOR
    from ..output.store import check_file, write_file

    check_file(Path(out), GENERATOR)
    text, refused = page(configs or EVERY, settings, progress or (lambda what, done, total: None))
    write_file(Path(out), text, GENERATOR)
    return refused


def page(configs: Sequence[Source], settings: Settings, report: Progress) -> tuple[str, list[str]]:
    """The page, and what it can't show."""
    from ..explorer.device import NotExplorableError, playable
    from ..explorer.page import page_of

    read_in: list[tuple[dict[str, Any], Configuration]] = []
    for config in configs:
        written = read(config, settings)
        read_in.append((written, check(written)))
    names: dict[str, int] = {}
    devices, refused = [], []
    for number, (written, configuration) in enumerate(read_in):
        names[configuration.name] = count = names.get(configuration.name, 0) + 1
        name = configuration.name if count == 1 else f"{configuration.name} ({count})"
        report("functions", number, len(read_in))
        try:
            devices.append((name, playable(configuration), written))
        except NotExplorableError as error:
            refused.append(f"{shown(name)} is not shown: {error}")
    report("functions", len(read_in), len(read_in))
    if not devices:
        raise ConfigurationError("\n".join(refused))
    return page_of(devices, refused), refused
