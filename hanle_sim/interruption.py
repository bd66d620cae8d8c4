"""What a run does when it is told to stop: undo what is half done, say so in one line, and end at once.

Nothing is raised: an exception out of a signal handler surfaces wherever the program happens to be, in the middle of a library's own
import as well, and not everything survives that.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_undo: list[Callable[[], object]] = []
_held: list[int] = []  # a signal that arrives while something has to be finished first, see `held`
_holds = 0


def listen() -> None:
    """End the process on SIGINT, SIGTERM and a closed terminal with status 128 + the signal's number and `hanle: interrupted`."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup
        signal.signal(signal.SIGHUP, _stop)


@contextmanager
def undone_by(undo: Callable[[], object]) -> Iterator[None]:
    """Call `undo` if the run is told to stop in the body; the latest is called first, and what it raises is dropped."""
    _undo.append(undo)
    try:
        yield
    finally:
        _undo.remove(undo)


@contextmanager
def held() -> Iterator[None]:
    """Finish the body, a short one, before the run stops."""
    global _holds
    _holds += 1
    try:
        yield
    finally:
        _holds -= 1
        if _held and not _holds:
            _stop(_held[0], None)


def _stop(number: int, frame: object) -> None:
    if _holds:
        _held.append(number)
        return
    for undo in reversed(_undo):
        with suppress(Exception):
            undo()
    with suppress(OSError):  # the terminal may be gone
        os.write(2, b"hanle: interrupted\n")
    os._exit(128 + number)
