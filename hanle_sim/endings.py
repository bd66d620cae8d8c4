"""How the command line ends: its status, and a line for each error."""

import gc
import sys
from collections.abc import Callable
from contextlib import suppress

from . import terminal


def run(app: Callable[..., object]) -> None:
    """Run a command line, and exit: status 0, 2 with one line for bad input."""
    gc.set_threshold(100_000)  # a short process that makes many objects and few cycles: collecting them early costs a tenth of a run
    terminal.spell_out()
    try:
        status = app(standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe, such as head, has closed it
        terminal.drop_output()
        raise SystemExit(1) from None
    except OSError as error:  # what can't be written elsewhere is an OutputError
        terminal.drop_output()
        fail([f"{error.filename or 'standard output'}: {error.strerror or error}"], 2)
    except Exception as error:
        if _is_a(error, "output.store", "OutputError"):
            fail([f"--out {error}"], 2)
        if _is_a(error, "sweeps.store", "SweepError"):
            fail([str(error)], 2)
        if not (hasattr(error, "format_message") or _is_a(error, "configuration.errors", "ConfigurationError")):  # in what the user gave
            raise
        fail([error.format_message()] if hasattr(error, "format_message") else str(error).split("\n"), 2)
    raise SystemExit(status if isinstance(status, int) else 0)


def _is_a(error: Exception, module: str, name: str) -> bool:
    """Whether an error is of a class in a module, which was not loaded if it isn't."""
    kind = getattr(sys.modules.get(f"hanle_sim.{module}"), name, None)
    return kind is not None and isinstance(error, kind)


def fail(errors: list[str], status: int) -> None:
    """End the process with a status, and a line for each error."""
    lines = [" ".join(error.split()) for error in errors]
    with suppress(OSError):
        for line in lines if any(lines) else ():  # without arguments the help is printed, and no error
            sys.stderr.write(f"hanle: {line}\n")
        sys.stderr.flush()
    raise SystemExit(status)
