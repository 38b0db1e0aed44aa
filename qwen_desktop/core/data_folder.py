"""The data folder as a whole: how large it is, moved to another place, emptied for good.

Moving and emptying happen when the app has ended all else and holds the history's lock.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from qwen_desktop.core.backup import Sizes
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.paths import AppPaths, private_folder
from qwen_desktop.core.storage.database import unavailable_from_os_error
from qwen_desktop.core.storage.lock import free_place
from qwen_desktop.core.whole_file import put_over

_OURS = (
    "search.sqlite3*",
    "backups",
    "attachments",
    "logs",
    "damaged-*",
    "*.draft",
    "*-pictures.json",
    "plain-chats.json",
    "closed-folders.json",
    "sweeps.json",
    "models.json",
    "shown-pictures",
    # Half-written ones.
    "new-chat*.new",
    "quick-ask*.new",
    "closed-folders.json*.part",
    ".sweeps.json.*.new",
    "models.json.*.tmp",
    "hotkey.granted",
    "history.sqlite3?*",
    "history.sqlite3",
)
"""What the app makes in its data folder; whatever else lies there is somebody else's.  The history comes last: whoever
began to delete everything and was broken off sees that it is not done."""
_CHUNK_BYTES = 1024 * 1024


def sizes(paths: AppPaths) -> Sizes:
    """What lies where.  Blocks for as long as it takes to list the files; what cannot be read counts as nothing."""
    history = sum(_size(path) for path in paths.data.glob("history.sqlite3*"))
    return Sizes(history, _size_of_tree(paths.backups), _size_of_tree(paths.attachments), _size_of_tree(paths.data))


def _size(path: Path) -> int:
    with suppress(OSError):
        if path.is_file() and not path.is_symlink():
            return path.stat().st_size
    return 0


def _size_of_tree(folder: Path) -> int:
    return sum(_size(path) for path in _files(folder))


def _files(folder: Path) -> Iterator[Path]:
    """Every file below, without following links."""
    for base, _, names in os.walk(folder):
        for name in names:
            yield Path(base) / name


def check_target(paths: AppPaths, target: Path) -> None:
    """Raises StorageUnavailable with a reason of 'not_empty', 'inside', 'read_only' or 'full'."""
    target = Path(os.path.abspath(target))
    source = Path(os.path.abspath(paths.data))
    if target == source or source in target.parents or target in source.parents:
        raise StorageUnavailable("one folder is inside the other", reason="inside", path=str(target))
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise StorageUnavailable("the folder is not empty", reason="not_empty", path=str(target))
        nearest = next(one for one in (target, *target.parents) if one.is_dir())
        if not os.access(nearest, os.W_OK):
            raise StorageUnavailable("it may not be written", reason="read_only", path=str(target))
        if shutil.disk_usage(nearest).free < _size_of_tree(source) * 1.1:
            raise StorageUnavailable("too little room", reason="full", path=str(target))
    except OSError as error:
        raise unavailable_from_os_error(error, target) from error


def move(paths: AppPaths, target: Path, tell: Callable[[int, int], None] = lambda done, all: None) -> AppPaths:
    """Copy everything of ours to `target`, compare every byte, and let the next start use it.

    The old folder stays as it is: nothing is deleted here.  `tell(done, all)` in bytes.  Blocks; raises
    StorageUnavailable, then the old folder is the one in use."""
    with free_place(paths.history):  # `ask` beside us would go on writing to what was copied
        return _move(paths, target, tell)


def _move(paths: AppPaths, target: Path, tell: Callable[[int, int], None]) -> AppPaths:
    check_target(paths, target)
    target = Path(os.path.abspath(target))
    unfinished = target.with_name(f"{target.name}.part")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        private_folder(unfinished)
        files = [path for path in _ours(paths.data) if path.is_file() and not path.is_symlink()]
        everything, done = sum(_size(path) for path in files), 0
        for source in files:
            copy = unfinished / source.relative_to(paths.data)
            private_folder(copy.parent)
            written = _copied(source, copy)
            if _digest(copy) != written:
                raise StorageUnavailable("a copy differs from its original", path=str(copy))
            done += _size(source)
            tell(done, everything)
        if target.is_dir():
            target.rmdir()  # it was checked to be empty
        put_over(unfinished, target)
        moved = paths.with_data(target)
        paths.remember_data(target)
    except OSError as error:
        raise unavailable_from_os_error(error, target) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return moved


def note_problem(paths: AppPaths, sentence: str) -> None:
    """Let the next start tell it: there is no window any more."""
    with suppress(OSError):
        _problem(paths).write_text(sentence, encoding="utf-8")


def take_problem(paths: AppPaths) -> str:
    """What was noted, once."""
    try:
        sentence = _problem(paths).read_text(encoding="utf-8")
        _problem(paths).unlink()
    except (OSError, ValueError):
        return ""
    return sentence


def _problem(paths: AppPaths) -> Path:
    return paths.config / "move-problem.txt"


def _copied(source: Path, copy: Path) -> bytes:
    """The digest of what was read."""
    import hashlib  # late: it brings OpenSSL, and every start looks into this module

    digest = hashlib.sha256()
    with source.open("rb") as reading, copy.open("xb") as writing:
        with suppress(OSError):
            os.chmod(copy, 0o600)
        while chunk := reading.read(_CHUNK_BYTES):
            digest.update(chunk)
            writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    return digest.digest()


def _digest(path: Path) -> bytes:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _ours(folder: Path) -> Iterator[Path]:
    """Files the app has made, one by one."""
    for pattern in _OURS:
        for path in sorted(folder.glob(pattern)):
            if path.is_dir() and not path.is_symlink():
                yield from _files(path)
            else:
                yield path


def erase(paths: AppPaths) -> list[Path]:
    """Delete everything the app has made, settings included; gives what could not be deleted.

    Files are overwritten by nothing: on most disks of today that would not help.  What is not ours stays, and with it
    the folder it is in."""
    left: list[Path] = []
    for pattern in _OURS:
        for path in paths.data.glob(pattern):
            try:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            except OSError:
                left.append(path)
    for path in (*paths.config.glob("settings.toml*"), paths.data_place, _problem(paths)):
        try:
            path.unlink(missing_ok=True)
        except OSError:
            left.append(path)
    return left
