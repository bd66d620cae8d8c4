"""What a run does when it is told to stop: undo what is half done, say so in one line, and end at once.

Nothing is raised: an exception out of a signal handler surfaces wherever the program happens to be, in the middle of a library's own
import as well, and not everything survives that.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

# How long the handler may take until the thread steps in [s].
_PATIENCE = 1.0
_undo: list[Callable[[], object]] = []
_held: list[int] = []  # a signal that arrives while something has to be finished first, see `held`
_holds = 0


def listen() -> None:
    """End the process on SIGINT, SIGTERM and a closed terminal with status 128 + the signal's number and `hanle: interrupted`.

    Python runs a handler between two of its own steps, of which a compilation has none for minutes: a thread that hears of the
    signal too ends the process if the handler has not done so in a while.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup
        signal.signal(signal.SIGHUP, _stop)
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    threading.Thread(target=_stop_later, args=(heard,), daemon=True).start()


def _stop_later(heard: int) -> None:
    while True:
        number = os.read(heard, 1)[0]
        time.sleep(_PATIENCE)
        if number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)):
            _stop(number, None)


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
