"""`export` and `import`: chats to files and back without the window, or beside one.  No Qt in this process.

An export reads on a connection that cannot write.  Exit codes: 0 all is well, 1 something could not be done (it is said
on standard error, in a sentence), 128 + n stopped by signal n.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from qwen_desktop.ask_output import note
from qwen_desktop.core.errors import QwenDesktopError
from qwen_desktop.core.exchange.exporting import Format, Tools, Wish, export_many
from qwen_desktop.core.exchange.importing import ImportTools, Summary, import_files, preview
from qwen_desktop.core.exchange.printing import PagePrinter
from qwen_desktop.core.exchange.problems import sentence_of
from qwen_desktop.core.exchange.words import exported_words, found_words, imported_words
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.storage import inspection, migrations
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.database import absolute, open_reader, open_writer
from qwen_desktop.core.storage.exchange import Direct, translated
from qwen_desktop.core.words import set_language, system_language, tr

FAILED = 1


def export(options: argparse.Namespace) -> int:
    """Runs `export` with parsed options and returns the exit code."""
    paths = _begin()
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(10)  # it only reads, so nothing waits for it; a window beside it comes first
    wish = Wish(
        Format(options.format),
        with_reasoning=not options.no_reasoning,
        with_deleted=options.with_deleted,
        with_sent=options.with_requests,
    )
    folder = absolute(Path(options.folder))
    progress = _Progress()
    printer = PagePrinter(_plain_body)

    def run(db: sqlite3.Connection | None) -> int:
        tools = Tools(
            read=Direct(db, paths.history),
            attachments=paths.attachments,
            body_of=printer.body_of,
            print_pdf=printer.print_pieces,
            tell=progress.tell,
        )
        for conversation_id in options.conversation or ():
            if db is None or not db.execute("SELECT 1 FROM conversation WHERE id = ?", (conversation_id,)).fetchone():
                return _fail(tr("There is no chat with the number {id}.", id=conversation_id))
        done = export_many(tools, wish, folder, options.conversation if options.conversation or db else [])
        progress.end()
        note(exported_words(done))
        return 0

    with closing(printer):
        return _guarded(paths.history, lambda: _with_reader(paths.history, run))


def take(options: argparse.Namespace) -> int:
    """Runs `import` with parsed options and returns the exit code."""
    paths = _begin()
    files = [absolute(Path(one)) for one in options.files]
    progress = _Progress()

    def run() -> int:
        asyncio.run(_make_ready(paths.history))
        with closing(open_writer(paths.history)) as db:
            tools = ImportTools(
                read=Direct(db, paths.history),
                write=Direct(db, paths.history),
                attachments=paths.attachments,
                tell=lambda done: progress.tell(done, 0),
            )
            if options.preview:
                summary = preview(tools, files)
            else:
                summary = import_files(tools, files, with_copies=options.copies)
        progress.end()
        note(found_words(summary) if options.preview else imported_words(summary))
        return _tell_problems(summary)

    return _guarded(paths.history, run)


def _begin() -> AppPaths:
    set_language(system_language(_language_set(paths := AppPaths.find())))
    return paths


def _language_set(paths: AppPaths) -> str:
    from qwen_desktop.core.settings.file import load

    return load(paths.settings)[0].appearance.language


def _guarded(history: Path, run: Callable[[], int]) -> int:
    try:
        return run()
    except QwenDesktopError as error:
        return _fail(sentence_of(error))
    except sqlite3.Error as error:
        told = translated(error, history)
        if not isinstance(told, QwenDesktopError):
            raise
        return _fail(sentence_of(told))


def _with_reader(history: Path, run: Callable[[sqlite3.Connection | None], int]) -> int:
    """On a connection that only reads; None where there is no history yet."""
    if not history.exists():
        return run(None)
    inspection.inspect(history, migrations.SCHEMA_VERSION)
    with closing(open_reader(history)) as db:
        is_current = db.execute("PRAGMA user_version").fetchone()[0] == migrations.SCHEMA_VERSION
        if is_current:
            return run(db)
    asyncio.run(_make_ready(history))  # of an older version: brought up to date as the window would, after a copy
    with closing(open_reader(history)) as db:
        return run(db)


async def _make_ready(history: Path) -> None:
    await (await History.open(history)).close()


def _plain_body(markdown: str) -> str:
    from qwen_desktop.ui.transcript.copied_forms import html_body_of

    return html_body_of(markdown)


class _Progress:
    """A count that is written over in place, for a person who looks on; a pipe or a file gets none."""

    def __init__(self) -> None:
        self._is_seen = sys.stderr is not None and sys.stderr.isatty()
        self._is_begun = False

    def tell(self, done: int, total: int) -> None:
        if self._is_seen:
            words = f"{done:,} / {total:,}" if total else f"{done:,}"
            sys.stderr.write(f"\r{words}")
            sys.stderr.flush()
            self._is_begun = True

    def end(self) -> None:
        if self._is_begun:
            sys.stderr.write("\r\x1b[K")


def _tell_problems(summary: Summary) -> int:
    for sentence in summary.problems:
        note(sentence)
    for one in summary.candidates:
        if one.problem:
            note(f"{one.title or tr('Untitled chat')}: {one.problem}")
    for sentence in summary.picture_problems:
        note(sentence)
    return FAILED if summary.problems or summary.bad else 0


def _fail(sentence: str) -> int:
    note(f"qwen-desktop: {sentence}")
    return FAILED
