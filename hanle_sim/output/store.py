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
#: How the names of directories end that are not finished.
_PARTIAL = ".partial"


class OutputError(ValueError):
    """A directory that results can't be written to; the message is one line, begins with the directory, and says what to do."""


def directory_name(name: str) -> str:
    """A run's name as the name of a directory."""
    return re.sub(r"[^\w.+-]+", "-", name).strip(".-") or "run"


def target_of(out: Path | None, name: str) -> Path:
    """Where results go, `hanle-out/NAME` unless given; raises OutputError as `check_target` does."""
    target = Path("hanle-out", name) if out is None else out
    check_target(target)
    return target


def check_target(out: Path) -> None:
    """Raise OutputError unless `out` is new, empty, or holds exactly what this program wrote there."""
    with _refused(out, "can't be used"):
        target = out.resolve()
        if not target.exists():
            _check_parent(out, target)
            return
        if not target.is_dir():
            raise OutputError(f"{out}: is a file: name a directory")
        if not os.access(target, os.W_OK | os.X_OK):
            raise OutputError(f"{out}: is not writable: name another directory")
        added, changed = _foreign(target)
        if added:
            raise OutputError(f"{out}: holds {_listed(added)}, which this program did not write: name another directory")
        if changed:
            raise OutputError(f"{out}: holds {_listed(changed)}, changed since this program wrote it: name another directory")


def write_directory(out: Path, writers: Mapping[str, Callable[[Path], object]]) -> None:
    """Write files into a directory beside `out`, then put it in the place of `out` in one step.

    Arguments:
        out: the result directory; may exist if it is empty or an earlier result.
        writers: by file name, a function that writes that file.

    Raises:
        OutputError: `out` holds something else, or can't be written.
    """
    check_target(out)
    with _refused(out, "can't be written"):
        target = out.resolve()
        home = target if _stays(target) else target.parent
        prefix = f".{target.name}.hanle-{os.getpid()}-"
        with _new_parents(home), undone_by(lambda: _remove_staged(home, target.name, lambda process: process == os.getpid())):
            _stage_and_swap(out, target, home, prefix, writers)


def check_file(out: Path, mark: str) -> None:
    """Raise OutputError unless a file is new, or holds this program's mark near its beginning."""
    with _refused(out, "can't be used"):
        target = out.resolve()
        if not target.exists():
            _check_parent(out, target)
        elif target.is_dir():
            raise OutputError(f"{out}: is a directory: name a file")
        else:
            with target.open("rb") as file:
                is_ours = mark.encode() in file.read(1000)
            if not is_ours:
                raise OutputError(f"{out}: is there already, and this program did not write it: name another file")


def write_file(out: Path, text: str, mark: str) -> None:
    """Write a text beside a file, then put it in its place in one step. Raises OutputError."""
    check_file(out, mark)
    with _refused(out, "can't be written"), _new_parents(out.resolve().parent):
        handle, name = tempfile.mkstemp(prefix=f".{out.name}.hanle-{os.getpid()}-", suffix=_PARTIAL, dir=out.resolve().parent)
        staged = Path(name)
        try:
            with undone_by(lambda: staged.unlink(missing_ok=True)), os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            staged.chmod(0o666 & ~_mask())
            with held():
                staged.replace(out.resolve())
        finally:
            staged.unlink(missing_ok=True)


def _stage_and_swap(out: Path, target: Path, home: Path, prefix: str, writers: Mapping[str, Callable[[Path], object]]) -> None:
    """Write everything into a new directory in `home`, which then takes the target's place, or whose files do."""
    _remove_staged(home, target.name, lambda process: not _alive(process))  # of killed runs
    staging = Path(tempfile.mkdtemp(prefix=prefix, suffix=_PARTIAL, dir=home))
    try:
        for name, write in writers.items():
            write(staging / name)
        files = {name: _hash(staging / name) for name in writers}
        (staging / MANIFEST).write_text(json.dumps({"program": "hanle_sim", "files": files}, indent=1) + "\n", encoding="utf-8")
        staging.chmod(0o777 & ~_mask())
        check_target(out)
        with held():
            _swap(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _mask() -> int:
    """Which permissions the user keeps from others."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def _refused(out: Path, what: str) -> Iterator[None]:
    """Turn the system's refusals into OutputErrors; a name that it can't spell is no OSError."""
    try:
        yield
    except (OSError, UnicodeEncodeError) as error:
        reason = error.strerror or error if isinstance(error, OSError) else f"this system's {error.encoding} has no such letters"
        raise OutputError(f"{out}: {what}: {reason}") from None


def _check_parent(out: Path, target: Path) -> None:
    parent = next(folder for folder in target.parents if folder.exists())
    if not parent.is_dir():
        raise OutputError(f"{out}: {parent} is a file: name another directory")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"{out}: {parent} is not writable: name another directory")


def _foreign(target: Path) -> tuple[list[str], list[str]]:
    """What this program did not write in a directory, and what has been changed since it did."""
    names = sorted(entry.name for entry in target.iterdir() if not _partial(target.name).fullmatch(entry.name))
    try:
        files = json.loads((target / MANIFEST).read_text(encoding="utf-8"))["files"]
        changed = [name for name in names if name in files and not ((target / name).is_file() and _hash(target / name) == files[name])]
    except FileNotFoundError:
        return names, []
    except (ValueError, KeyError, TypeError, AttributeError):
        return [], [MANIFEST]
    return [name for name in names if name not in files and name != MANIFEST], changed


def _listed(names: list[str]) -> str:
    """Names in a line, the first three of many."""
    shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} others"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


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


def _stays(target: Path) -> bool:
    """Whether a directory can't be renamed: the one that the user is in, or the root of a file system."""
    return target.exists() and (target == Path.cwd() or target.is_mount())


def _swap(staging: Path, target: Path) -> None:
    if _stays(target):  # file by file, each at once
        for file in sorted(staging.iterdir()):
            file.replace(target / file.name)
        kept = set(json.loads((target / MANIFEST).read_text(encoding="utf-8"))["files"]) | {MANIFEST}
        for file in target.iterdir():
            if file.name not in kept and not _partial(target.name).fullmatch(file.name):
                file.unlink()
        return
    if not target.exists() or not any(target.iterdir()):
        staging.rename(target)  # over nothing, or atomically over an empty directory
        return
    old = staging.with_name(staging.name.removesuffix(_PARTIAL) + f".old{_PARTIAL}")
    target.rename(old)
    try:
        staging.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _partial(name: str) -> re.Pattern[str]:
    """Names of what runs of this program stage for a directory; the group is the process."""
    return re.compile(re.escape(f".{name}.hanle-") + r"(\d+)-.*" + re.escape(_PARTIAL))


def _remove_staged(home: Path, name: str, of: Callable[[int], bool]) -> None:
    """Remove what runs of this program staged for a directory, those of some processes."""
    for entry in home.iterdir():
        match = _partial(name).fullmatch(entry.name)
        if match and of(int(match[1])):
            shutil.rmtree(entry, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
