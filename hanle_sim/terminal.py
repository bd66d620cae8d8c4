"""Standard output and error: tables, letters that they can show, and progress."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from .interruption import undone_by
from .spelling import ERRORS, readable

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

    from .output.layout import Sheet

#: Room for tables, which are made for the terminal's width already.
_UNBOUNDED = 10_000
#: So many are worth a rate.
_MANY = 10_000
#: How long a run goes on before it shows bars [s].
_PATIENCE = 2.0


#: What goes to standard output: tables and sentences ("text"), the numbers behind them ("json"), or nothing ("quiet").
_mode = "text"


def talk(mode: str) -> None:
    """Set what goes to standard output."""
    global _mode
    _mode = mode


def written(path: Any, json_file: str = "", more: str = "") -> None:
    """Say in a line where results are; with --json print those of a file there."""
    if _mode == "json" and json_file:
        sys.stdout.write((path / json_file).read_text(encoding="utf-8").rstrip() + "\n")
    elif _mode == "text":
        sys.stdout.write(f"written to {path}{more}\n")


def numbers(contents: Any) -> None:
    """With --json print numbers that are in no file."""
    if _mode == "json":
        import json

        sys.stdout.write(json.dumps(contents, indent=1, allow_nan=False) + "\n")


def open_streams() -> None:
    """Open the streams that the process was started without on the null device, before a file gets their number."""
    while (spare := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(spare)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def spell_out() -> None:
    """Spell out letters that standard output and error can't show, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a stream that another program put in its place
            stream.reconfigure(errors=ERRORS)  # type: ignore[union-attr]


def drop_output() -> None:
    """Forget what can't be written to standard output, so that it isn't tried again at the end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def columns() -> int:
    """Width of standard output: COLUMNS if set, the terminal's, or 120 off one."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError):
        return 120


@contextmanager
def progress(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """Print at once what is being done, and after two seconds a bar for each stage; nothing off a terminal."""
    if _mode == "quiet" or not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    # Before anything heavy is loaded.
    wipes = os.environ.get("TERM") not in ("dumb", "unknown")
    sys.stderr.write(f"{what} ..." if wipes else f"{what} ...\n")
    sys.stderr.flush()
    from rich.console import Console
    from rich.progress import Progress as Bars

    bars = Bars(*Bars.get_default_columns(), _rate(), console=Console(stderr=True), transient=True)
    tasks: dict[str, Any] = {}
    lock = threading.Lock()

    def wipe() -> None:
        if wipes:
            os.write(2, _wiped(1))

    def report(what: str, done: int, total: int) -> None:
        with lock:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

    def show() -> None:
        wipe()
        bars.start()

    # By a timer, since a stage that compiles reports no progress for some seconds.
    clock = threading.Timer(_PATIENCE, show)
    clock.daemon = True
    clock.start()
    try:
        with undone_by(lambda: os.write(2, _wiped(len(tasks))) if bars.live.is_started else wipe()):
            yield report
    finally:
        clock.cancel()
        clock.join()
        if bars.live.is_started:
            bars.stop()
        else:
            wipe()


def _rate() -> "ProgressColumn":
    """How many of many are done in a second."""
    from rich.progress import ProgressColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Any) -> Text:
            return Text(f"{task.speed:.2g} a second" if task.speed and task.total >= _MANY else "")

    return Rate()


def _wiped(lines: int) -> bytes:
    """The control sequence that clears so many lines, the cursor being on the last, and shows the cursor again."""
    return b"\r\x1b[2K" + b"\x1b[1A\x1b[2K" * (lines - 1) + b"\x1b[?25h"


def show(*sheets: "Sheet") -> None:
    """Print tables, in as much room as they need."""
    if _mode != "text":
        return
    from rich.console import Console

    width, encoding = columns(), sys.stdout.encoding
    console = Console(width=_UNBOUNDED, emoji=False)
    for sheet in sheets:
        for table in sheet.tables(width, encoding):
            console.print(table)


def say(text: str, mark: str = "") -> None:
    """Print a text in lines, after a mark that stands out."""
    if _mode != "text":
        return
    import typer

    from .output.layout import tied, wrapped

    lines = wrapped(tied(readable(mark + text, sys.stdout.encoding)), columns())
    typer.echo(typer.style(lines[: len(mark)], fg="yellow" if mark else None) + lines[len(mark) :])
