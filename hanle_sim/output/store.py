"""Result directories: written whole or not at all, and never over what this program did not write."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ..interruption import held, undone_by

#: Lists every file of a result directory with its hash.
MANIFEST = ".hanle.json"


class OutputError(ValueError):
    """A directory that results can't be written to; the message is one line and says what to do."""


def directory_name(name: str) -> str:
    """A run's name as the name of a directory."""
    return re.sub(r"[^\w.+-]+", "-", name).strip(".-") or "run"


def check_target(out: Path) -> None:
    """Raise OutputError unless `out` is new, empty, or holds exactly what this program wrote there."""
    target = out.resolve()
    try:
        if not target.exists():
            _check_parent(out, target)
            return
        if not target.is_dir():
            raise OutputError(f"--out {out}: is a file: name a directory")
        if not os.access(target, os.W_OK | os.X_OK):
            raise OutputError(f"--out {out}: is not writable: name another directory")
        names = {entry.name for entry in target.iterdir()}
        if names:
            foreign = _foreign(target, names)
            if foreign:
                raise OutputError(f"--out {out}: holds {foreign[0]}, which this program did not write: name another directory")
    except OSError as error:
        raise OutputError(f"--out {out}: can't be used: {error.strerror or error}") from None


def write_directory(out: Path, writers: Mapping[str, Callable[[Path], object]]) -> None:
    """Write files into a directory beside `out`, then put it in the place of `out` in one step.

    Arguments:
        out: the result directory; may exist if it is empty or an earlier result.
        writers: by file name, a function that writes that file.

    Raises:
        OutputError: `out` holds something else, or can't be written.
    """
    check_target(out)
    target = out.resolve()
    prefix = f".{target.name}.hanle-{os.getpid()}-"
    try:
        with _new_parents(target.parent), undone_by(lambda: _remove(target.parent, prefix)):
            _remove_abandoned(target)
            staging = Path(tempfile.mkdtemp(prefix=prefix, suffix=".partial", dir=target.parent))
            try:
                for name, write in writers.items():
                    write(staging / name)
                files = {name: _hash(staging / name) for name in writers}
                (staging / MANIFEST).write_text(json.dumps({"program": "hanle_sim", "files": files}, indent=1) + "\n", encoding="utf-8")
                mask = os.umask(0)
                os.umask(mask)
                staging.chmod(0o777 & ~mask)
                check_target(out)
                with held():
                    _swap(staging, target)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise OutputError(f"--out {out}: can't be written: {error.strerror or error}") from None


def _check_parent(out: Path, target: Path) -> None:
    parent = next(folder for folder in target.parents if folder.exists())
    if not parent.is_dir():
        raise OutputError(f"--out {out}: {parent} is a file: name another directory")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"--out {out}: {parent} is not writable: name another directory")


def _foreign(target: Path, names: set[str]) -> list[str]:
    """What in a directory this program did not write, or what has been changed since."""
    try:
        files = json.loads((target / MANIFEST).read_text(encoding="utf-8"))["files"]
        ours = {name for name, digest in files.items() if (target / name).is_file() and _hash(target / name) == digest}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return sorted(names)
    return sorted(names - ours - {MANIFEST})


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _new_parents(folder: Path) -> Iterator[None]:
    """Make a folder and its parents; take back what was made if the body fails."""
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]

    def take_back() -> None:
        for parent in made:
            with contextlib.suppress(OSError):
                parent.rmdir()

    with undone_by(take_back):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            yield
        except BaseException:
            take_back()
            raise


def _swap(staging: Path, target: Path) -> None:
    if not target.exists() or (target != Path.cwd() and not any(target.iterdir())):
        staging.rename(target)  # over nothing, or atomically over an empty directory
        return
    if target == Path.cwd() or target.is_mount():  # can't be renamed under the user's feet: file by file, each at once
        for file in sorted(staging.iterdir()):
            file.replace(target / file.name)
        kept = set(json.loads((target / MANIFEST).read_text(encoding="utf-8"))["files"]) | {MANIFEST}
        for file in target.iterdir():
            if file.name not in kept:
                file.unlink()
        return
    old = staging.with_name(staging.name.removesuffix(".partial") + ".old.partial")
    target.rename(old)
    try:
        staging.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _remove_abandoned(target: Path) -> None:
    """Clear what killed runs of this program left beside the target."""
    pattern = re.compile(re.escape(f".{target.name}.hanle-") + r"(\d+)-.*\.partial")
    for entry in target.parent.iterdir():
        match = pattern.fullmatch(entry.name)
        if match and not _alive(int(match[1])):
            shutil.rmtree(entry, ignore_errors=True)


def _remove(folder: Path, prefix: str) -> None:
    for entry in folder.iterdir():
        if entry.name.startswith(prefix):
            shutil.rmtree(entry, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
