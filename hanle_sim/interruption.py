"""What happens when a signal ends a run: what is half done is undone, one line says so, and the process ends at once.

Nothing is raised: an exception out of a signal handler surfaces wherever the program happens to be, in the middle of a library's own
import as well, and not everything survives that.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

# How long the thread waits for the handler [s].
_PATIENCE = 1.0
_undo: list[Callable[[], object]] = []
_held: list[int] = []  # signals that arrived in the body of `held`
_holds = 0


def listen() -> None:
    """End the process on SIGINT, SIGTERM and a closed terminal with status 128 + the signal's number and `hanle: interrupted`.

    Python runs a handler only between two of its own steps, and during a compilation there is none for minutes: a thread that receives the
    signal too ends the process if the handler has not done so within a second.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup
        signal.signal(signal.SIGHUP, _stop)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_stop_later, args=(reading,), daemon=True).start()


def _stop_later(reading: int) -> None:
    while True:
        number = os.read(reading, 1)[0]
        time.sleep(_PATIENCE)
        if number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)):
            _stop(number, None)


@contextmanager
def undone_by(undo: Callable[[], object]) -> Iterator[None]:
    """Call `undo` if a signal ends the run in the body; the latest is called first, and its exceptions are ignored."""
    _undo.append(undo)
    try:
        yield
    finally:
        _undo.remove(undo)


@contextmanager
def held() -> Iterator[None]:
    """Let the body, a short one, finish before a signal ends the run."""
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
