"""Every statement of an upgrade, with the process killed at it: run as a program of its own, since it forks.

`killed_upgrades.py FILE FOLDER`: for each statement number a copy of FILE is upgraded in a child that kills itself
there; then the copy is upgraded again and must be whole.  Prints how many kills it was.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from qwen_desktop.core.storage.database import open_writer
from qwen_desktop.core.storage.migrations import SCHEMA_VERSION, upgrade


def rows_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the user wrote and got, in the columns of the first schema."""
    with closing(sqlite3.connect(path)) as db:
        return {
            "message": db.execute(
                "SELECT id, conversation_id, parent_id, role, text, reasoning FROM message"
            ).fetchall(),
            "conversation": db.execute("SELECT id, title, draft, system_prompt FROM conversation").fetchall(),
            "journal": db.execute("SELECT id, message_id, kind, content FROM journal").fetchall(),
        }


def upgrade_and_die(path: Path, statement: int) -> None:
    """In a child: SIGKILL as that statement begins; returns if there are fewer."""
    begun = 0

    def count(_: str) -> None:
        nonlocal begun
        begun += 1
        if begun == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    with closing(open_writer(path)) as db:
        db.set_trace_callback(count)
        upgrade(db, path)


def main(released: Path, folder: Path) -> int:
    before = rows_of(released)
    statement = 0
    while True:
        statement += 1
        place = folder / f"{statement}"
        place.mkdir()
        path = Path(shutil.copy(released, place / "history.sqlite3"))
        child = os.fork()
        if child == 0:
            upgrade_and_die(path, statement)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        with closing(open_writer(path)) as db:
            upgrade(db, path)
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert db.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
        assert rows_of(path) == before, f"{released.name}, killed at statement {statement}"
        for backup in (place / "backups").glob("*.sqlite3"):
            assert rows_of(backup) == before, "the snapshot is what there was"
        shutil.rmtree(place)
        if not os.WIFSIGNALED(status):
            assert os.waitstatus_to_exitcode(status) == 0
            return statement - 1


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))
