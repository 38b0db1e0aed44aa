"""SQLite at arm's length: one connection on one thread, transactions, and its errors in our words.

Each `Lane` is one connection that lives on its own thread.  A history has one lane that writes and others, read-only,
for lists and for long work, so that nothing queues in front of the journal.

WAL and `synchronous`: https://www.sqlite.org/wal.html and https://www.sqlite.org/pragma.html#pragma_synchronous
(2026-11-23).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.storage.lock import KeptPlace
from qwen_desktop.core.whole_file import put_over

T = TypeVar("T")

BUSY_TIMEOUT_S = 5.0
"""How long one transaction waits for another process's; all of ours are short."""
SYNC_INTERVAL_S = 1.0
"""Longest time the journal goes on without reaching the disk itself (not only the system's memory)."""
_KEPT_STATEMENTS = 0
"""A statement that is kept keeps a copy of what was bound to it last: of a long reply some megabytes, for hours."""
_WAL_LIMIT_BYTES = 16 * 1024 * 1024
FOLDED_AFTER_BYTES = 4 * 1024 * 1024
"""Of the log; it is then folded into the file, beside the work (`fold`)."""
_OPCODES_BETWEEN_LOOKS = 2_000

log = logging.getLogger(__name__)


class Interrupted(Exception):
    """A read was given up because nobody waits for it any more; never leaves this package."""


class Lane:
    """One connection on its own thread; jobs run one after the other in the order they were given.

    Any event loop will do, also one that is replaced by another between two calls.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], sqlite3.Connection],
        path: Path | None,
        is_outdated: Callable[[sqlite3.Connection], bool] = lambda connection: False,
    ) -> None:
        """`is_outdated`: asked before each job; then the connection is opened anew (see `own_file`)."""
        self._connect = connect
        self._is_outdated = is_outdated
        self._path = path
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"history-{name}")
        self._connection: sqlite3.Connection | None = None
        self._is_closing = False
        self.given_count = 0
        """Jobs so far."""
        self._open: set[Future[Any]] = set()
        """Jobs that run or wait.  One that is cancelled while it waits never runs."""

    @property
    def is_at_work(self) -> bool:
        """A job runs or waits; may be asked on any thread."""
        return bool(self._open)

    @property
    def is_closing(self) -> bool:
        """It takes no more jobs."""
        return self._is_closing

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run `job` on the lane; once given it runs, also when the waiting task is cancelled.

        Raises StorageUnavailable for the world's failures.
        """
        future = self._submit(job)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            future.add_done_callback(_tell_unheard)
            raise

    def give(self, job: Callable[[sqlite3.Connection], object]) -> None:
        """Run `job` after what was given before, without waiting for it; a failure is logged."""
        if not self._is_closing:
            self._submit(job).add_done_callback(_tell_unheard)

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run `job`; when the waiting task is cancelled, or the lane closes, SQLite gives up within milliseconds.

        Raises StorageUnavailable for the world's failures.
        """
        given_up = threading.Event()

        def interruptible(connection: sqlite3.Connection) -> T:
            # A progress handler, not `interrupt()`: that one would hit whichever job happens to run at that moment.
            connection.set_progress_handler(lambda: given_up.is_set() or self._is_closing, _OPCODES_BETWEEN_LOOKS)
            try:
                if given_up.is_set() or self._is_closing:
                    raise Interrupted
                return job(connection)
            finally:
                connection.set_progress_handler(None, 0)

        try:
            return await self._submit(interruptible)
        except Interrupted:
            # Only a closing lane gets here: whoever was cancelled is not waiting any more.
            raise _closed() from None
        finally:
            given_up.set()

    def let_go(self) -> None:
        """Free what the connection keeps in memory to be quicker later: after a long reply it is megabytes."""
        if self._connection is not None:
            self.give(lambda connection: connection.execute("PRAGMA shrink_memory"))

    async def reconnect(self, between: Callable[[], object]) -> None:
        """Close the connection, do `between`, and open it again when the next job comes.

        Raises StorageUnavailable once the lane is closed, and what `between` raises.
        """
        if self._is_closing:
            raise _closed()

        def close_connection() -> None:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            between()

        await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._executor, close_connection))

    async def close(self, last: Callable[[sqlite3.Connection], object] | None = None) -> None:
        """Finish what was given, do `last`, close the connection and end the thread."""
        if self._is_closing:
            return
        self._is_closing = True

        def close_connection() -> None:
            if self._connection is None:
                return
            try:
                if last is not None:
                    last(self._connection)
            except sqlite3.Error as error:
                log.warning("closing the history: %s", error)
            finally:
                self._connection.close()
                self._connection = None

        future = asyncio.get_running_loop().run_in_executor(self._executor, close_connection)
        self._executor.shutdown(wait=False)  # its thread ends by itself, after the job above
        await asyncio.shield(future)

    def _submit(self, job: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        if self._is_closing:
            raise _closed()
        future = self._executor.submit(self._run, job)
        self.given_count += 1
        self._open.add(future)
        future.add_done_callback(self._open.discard)
        return asyncio.wrap_future(future)

    def _run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._connection is not None and self._is_outdated(self._connection):
                self._connection.close()
                self._connection = None
            if self._connection is None:
                self._connection = self._connect()
            return job(self._connection)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_INTERRUPT:
                raise Interrupted from error
            if (translated := unavailable(error, self._path)) is None:
                raise  # a mistake of ours: constraint, syntax, misuse
            raise translated from error


def _closed() -> StorageUnavailable:
    return StorageUnavailable("the history was closed")


def _tell_unheard(future: asyncio.Future[Any]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        log.error("a write whose caller was cancelled failed: %s", type(error).__name__)


class _KeepingConnection(sqlite3.Connection):
    """Nobody may put another file in the place of the one it has open."""

    place: KeptPlace | None = None

    def close(self) -> None:
        super().close()
        if self.place is not None:
            self.place.release()


def open_writer(path: Path, *, timeout_s: float = BUSY_TIMEOUT_S, in_free_place: bool = False) -> sqlite3.Connection:
    """Open the history for writing, in WAL mode where the disk allows it (see `leave_wal_where_it_must`); makes the
    file, for its owner alone, if there is none.

    `in_free_place`: for the one who may put another file there (see `lock.free_place`).
    """
    place = None if in_free_place else KeptPlace(path)
    connection = None
    try:
        make_private_file(path)
        has_log = leave_wal_where_it_must(path)
        connection = sqlite3.connect(
            uri(path, "rw"),
            uri=True,
            isolation_level=None,
            timeout=timeout_s,
            cached_statements=_KEPT_STATEMENTS,
            factory=_KeepingConnection,
        )
        connection.place = place
        _set_up(connection)
        if has_log:
            _enter_wal(connection, timeout_s)
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")
        connection.execute("PRAGMA foreign_keys = ON")
        # What is erased is overwritten, not only forgotten: the journal of a reply that is erased one day, too.
        connection.execute("PRAGMA secure_delete = ON")
    except BaseException:
        if connection is not None:
            connection.close()
        elif place is not None:
            place.release()
        raise
    return connection


def open_reader(path: Path, *, is_immutable: bool = False) -> sqlite3.Connection:
    """Open the history read-only.  `is_immutable`: a file nobody writes to; what lies beside it is not looked at."""
    address = uri(path, "ro") + ("&immutable=1" if is_immutable else "")
    connection = sqlite3.connect(
        address, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S, cached_statements=_KEPT_STATEMENTS
    )
    _set_up(connection)
    return connection


def open_folder_of_log(path: Path) -> sqlite3.Connection:
    """A connection for `fold` and nothing else."""
    return sqlite3.connect(uri(path, "rw"), uri=True, isolation_level=None, timeout=0.0)


def fold(connection: sqlite3.Connection) -> None:
    """Write what the log holds to the file itself; others go on reading and writing.

    Without it a commit does that when the log is long, and a prompt may wait for it for a second."""
    with suppress(sqlite3.OperationalError):  # read-only, full or busy: the log stays beside the file, nothing is lost
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def fold_wholly(connection: sqlite3.Connection, path: Path) -> None:
    """Write all that the log holds to the file, before another one takes its place: the log goes first then.

    Raises StorageUnavailable 'locked' while another process reads an earlier moment, which the file must keep."""
    if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        raise StorageUnavailable("another process reads it", reason="locked", path=str(path))


def open_in_memory() -> sqlite3.Connection:
    """A history that touches no disk and ends with its connection."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _set_up(connection)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA temp_store = MEMORY")  # no chat text in temporary files
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")  # damage is found where it is read, not where it spreads


def leave_wal_where_it_must(path: Path) -> bool:
    """Whether the history may have a log: that needs memory shared by its processes, which some network drives and
    folders of a virtual machine's host have not.  There it goes without: slower, and as safe.

    Raises sqlite3.Error and OSError."""
    if shares_memory(path.parent):
        return True
    log.warning("the history's disk does not support write-ahead logging")
    with path.open("rb") as file:
        header = file.read(20)
    if header[18:20] == b"\2\2":  # it comes from another disk
        # In this mode it needs no shared memory; alone, so that nobody has it open with a log.
        with closing(sqlite3.connect(uri(path, "rw"), uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S)) as db:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("PRAGMA journal_mode = DELETE").fetchone()
    return False


def shares_memory(folder: Path) -> bool:
    """Whether a file in it can be memory that several processes share; yes where a folder refuses any file."""
    if sys.platform == "win32":
        return True
    import mmap

    name = folder / f".{os.getpid()}-{time.monotonic_ns()}.memory"
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        return True
    try:
        name.unlink()
        os.ftruncate(descriptor, mmap.PAGESIZE)
    except OSError:
        os.close(descriptor)
        return True
    try:
        mmap.mmap(descriptor, mmap.PAGESIZE).close()
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _enter_wal(connection: sqlite3.Connection, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            # SQLite does not wait by itself while another process makes the same change to a new file.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
            continue
        if mode != "wal":
            log.warning("the history cannot have a write-ahead log, its mode is %s", mode)
        return


@contextmanager
def transaction(connection: sqlite3.Connection, *, is_durable: bool = True) -> Iterator[sqlite3.Connection]:
    """Everything inside happens wholly or not at all, against other processes too.

    Durable: on the disk itself when this returns (`synchronous=FULL`).  Not durable: in the system's memory, so safe
    from the death of this process, but not from a power cut.
    """
    # The setting cannot be changed inside a transaction.
    connection.execute("PRAGMA synchronous = FULL" if is_durable else "PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some errors have rolled back already
            with suppress(sqlite3.Error):  # the first error is the one to tell
                connection.execute("ROLLBACK")
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All reads inside see one moment of the history."""
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def absolute(path: Path) -> Path:
    """One name for one file; links are not followed."""
    return Path(os.path.abspath(path))


def uri(path: Path, mode: str) -> str:
    """`path` as SQLite's URI, whatever characters it holds; `mode` is 'ro' or 'rw'."""
    name = os.path.abspath(path).replace(os.sep, "/")
    if not name.startswith("/"):
        name = "/" + name  # C:/…
    elif name.startswith("//"):
        name = "//" + name  # //server/share: an empty authority, then the path
    return f"file:{quote(os.fsencode(name), safe='/:')}?mode={mode}"


def beside(path: Path, suffix: str) -> Path:
    """The file of SQLite's own beside a database: '-wal', '-shm' or '-journal'."""
    return path.with_name(path.name + suffix)


def put_in_place(made: Path, path: Path) -> None:
    """A whole database, one file, in the place of another, inside `lock.free_place`.  Raises OSError."""
    # The log first: SQLite would apply it to the new file.
    for suffix in ("-wal", "-shm", "-journal"):
        beside(path, suffix).unlink(missing_ok=True)
    put_over(made, path)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """What the disk and SQLite refuse inside, as StorageUnavailable; other errors of SQLite too."""
    try:
        yield
    except sqlite3.Error as error:
        raise unavailable(error, path) or StorageUnavailable(str(error)[:200], path=str(path)) from error
    except OSError as error:
        raise unavailable_from_os_error(error, path) from error


def make_private_file(path: Path) -> None:
    """Make an empty file readable by its owner alone; one that is too open is closed to others.  Raises OSError.

    SQLite gives its `-wal` and `-shm` files the mode of the main one.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            try:
                path.chmod(0o600)
            except OSError:
                log.warning("the history can be read by others, and its mode cannot be changed")


_REASONS = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_PROTOCOL: "locked",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_IOERR: "",
    sqlite3.SQLITE_CANTOPEN: "",
    sqlite3.SQLITE_NOMEM: "",
}
_NO_SPACE_BYTES = 64 * 1024


def unavailable(error: sqlite3.Error, path: Path | None) -> StorageUnavailable | None:
    """An SQLite error as the failure of the world it is; None if it is a mistake of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    reason = _REASONS.get(code & 0xFF) if code is not None else None
    if reason is None:
        return None
    if reason == "" and path is not None:
        reason = _reason_from_disk(path)
    # SQLite's own words and code name; they hold no text of the history.
    detail = f"{getattr(error, 'sqlite_errorname', '')}: {error}"
    return StorageUnavailable(detail, reason=reason, path=str(path or ""))


def _reason_from_disk(path: Path) -> str:
    """Some systems report a full or read-only disk as a plain I/O error: look."""
    if not path.parent.is_dir():
        return ""
    if sys.platform == "win32":
        return "" if os.access(path.parent, os.W_OK) else "read_only"
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return ""
    if disk.f_flag & os.ST_RDONLY or not os.access(path.parent, os.W_OK):
        return "read_only"
    return "full" if disk.f_bavail * disk.f_frsize < _NO_SPACE_BYTES else _reason_from_trial(path.parent)


def _reason_from_trial(folder: Path) -> str:
    """A quota that is used up is in no number of the disk's: write a little."""
    name = folder / f".{os.getpid()}-{time.monotonic_ns()}.trial"
    try:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, bytes(_NO_SPACE_BYTES))
        finally:
            os.close(descriptor)
            name.unlink()
    except OSError as error:
        return _OS_REASONS.get(error.errno or 0, "")
    return ""


_OS_REASONS = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
    errno.EEXIST: "in_the_way",
    errno.ENOTDIR: "in_the_way",
    errno.EISDIR: "in_the_way",
    errno.ENAMETOOLONG: "long_name",
}


def unavailable_from_os_error(error: OSError, path: Path) -> StorageUnavailable:
    """An operating system's error about the data folder, in our words."""
    return StorageUnavailable(
        os.strerror(error.errno or 0), reason=_OS_REASONS.get(error.errno or 0, ""), path=str(path)
    )
