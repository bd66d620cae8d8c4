"""Compiled programs kept from one run of the command line to the next, in the user's cache directory."""

import os
import shutil
import warnings
from pathlib import Path
from typing import Any

#: What is kept at most [bytes]: what was used longest ago goes first. Programs that compile faster are not kept [s].
_LARGEST, _FASTEST = 2**29, 0.1
#: How JAX tells that what is kept can't be read or added to.
_DAMAGED = ("Error reading persistent compilation cache entry", "Error writing persistent compilation cache entry")


def directory() -> Path:
    """Where programs are kept."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("JAX_COMPILATION_CACHE_DIR") or user_cache_path("hanle_sim") / "programs")


def use() -> None:
    """Keep compiled programs. Nothing heavy is loaded: JAX reads these settings when it is.

    What is damaged, half-written by a run that died, say, is thrown away without a word: it is compiled again.
    """
    if os.environ.get("JAX_COMPILATION_CACHE_DIR") is not None:  # the user's own, or none where it is empty
        return
    path = directory()
    os.environ |= {
        "JAX_COMPILATION_CACHE_DIR": str(path),
        "JAX_COMPILATION_CACHE_MAX_SIZE": str(_LARGEST),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": str(_FASTEST),
    }
    show = warnings.showwarning

    def shown(message: Any, *rest: Any, **more: Any) -> None:
        if str(message).startswith(_DAMAGED):
            shutil.rmtree(path, ignore_errors=True)
        else:
            show(message, *rest, **more)

    warnings.showwarning = shown


def use_none() -> None:
    """Keep no compiled programs and use none, those of the user's own directory neither."""
    os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "false"


def size() -> tuple[int, int]:
    """How many programs are kept, and their size [bytes]."""
    files = [file.stat().st_size for file in directory().glob("*-cache") if file.is_file()]
    return len(files), sum(files)
