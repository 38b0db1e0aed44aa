"""One start of the window to its exit code: the lock of the history or who has it, the first frame, the loop."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from qwen_desktop import app
from qwen_desktop.core.crash_watch import CrashWatch
from qwen_desktop.core.errors import StorageError
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.storage.lock import HistoryLock
from qwen_desktop.core.words import describe, tr
from qwen_desktop.desktop.input_method import choose_input_method
from qwen_desktop.desktop.request import Action, Request

if TYPE_CHECKING:
    import logging

    from qwen_desktop.core.logs import Logs


def run(request: Request | None = None) -> int:
    """Opens the window, or hands the wish to the one there is; returns the exit code when it is closed."""
    request = request or Request()
    paths = AppPaths.find()
    try:
        paths.check_data()
    except StorageError as error:
        return _say(describe(error).sentence)
    lock = HistoryLock(paths.history_lock)
    is_elsewhere = False
    if not _take(lock):
        try:
            if _hand_over(paths, lock, request):
                return 0
        except TimeoutError:
            is_elsewhere = True
    with CrashWatch(paths.logs) as watch:
        return _run_window(paths, lock, request, watch, is_elsewhere=is_elsewhere)


def _run_window(paths: AppPaths, lock: HistoryLock, request: Request, watch: CrashWatch, *, is_elsewhere: bool) -> int:
    """With the lock held, or to say that another process has it (`is_elsewhere`)."""
    choose_input_method(os.environ)
    application = QApplication(sys.argv[:1])
    desktop: app.Desktop | None = None
    problem: Exception | None = None
    try:
        desktop = None if is_elsewhere else _first_frame(application, paths, request)
    except Exception as error:  # raised again below, once there is a log
        problem = error
    # What follows was not needed for the first frame: imported now, asyncio among it.
    from qwen_desktop.core.late_tls import import_asyncio
    from qwen_desktop.core.lean_msgspec import import_msgspec

    import_asyncio()
    from qwen_desktop.core.logs import start_logs
    from qwen_desktop.desktop.single_instance import Address
    from qwen_desktop.ui import aio

    logs = start_logs(paths.logs)
    try:
        if problem is not None:
            _log().critical("no window", exc_info=problem)
            raise problem
        if desktop is None:
            return aio.run(application, _say_already_open, on_stop=application.closeAllWindows)
        import_msgspec()
        desktop.watch_crashes(watch)
        logs.catch_crashes(desktop.tell_crash)
        live, address = desktop.live, Address(paths.data)
        return aio.run(application, lambda: live(address, request), on_stop=desktop.stop)
    finally:
        if desktop is not None and desktop.last_act is not None:
            _end(logs)
            watch.close()  # Windows deletes no file that is open
            desktop.last_act()
        lock.release()
        if desktop is not None and desktop.wants_restart:
            _start_again()
        _end(logs)


def _start_again() -> None:
    """The lock is free: the new process takes it."""
    from PySide6.QtCore import QProcess

    from qwen_desktop.desktop.start_command import start_command

    program, *arguments = start_command()
    if not QProcess.startDetached(program, arguments)[0]:
        _log().error("the app could not be started again")


def _hand_over(paths: AppPaths, lock: HistoryLock, request: Request) -> bool:
    """Another process has the lock: True once it has been asked, False if it has ended and the lock is ours.

    Raises TimeoutError if it does not answer, or shows its window on another screen.
    """
    from qwen_desktop.desktop.single_instance import Address, hand_over_to_first

    return hand_over_to_first(Address(paths.data), request, lambda: _take(lock))


def _first_frame(application: QApplication, paths: AppPaths, request: Request) -> app.Desktop:
    """The window, painted unless it is not wanted yet."""
    desktop = app.build(paths)
    translate_qt(application)
    if request.action is Action.WINDOW:
        desktop.show_first_frame()
    return desktop


def _take(lock: HistoryLock) -> bool:
    """False when another window has this history.  A folder that cannot hold a lock is told of when it is opened."""
    try:
        return lock.acquire()
    except StorageError:
        return True


def _say(sentence: str) -> int:
    """Without a history there is no window."""
    application = QApplication(sys.argv[:1])
    from qwen_desktop.core.late_tls import import_asyncio

    import_asyncio()
    from qwen_desktop.ui import aio

    aio.run(application, lambda: _say_and_wait(sentence), on_stop=application.closeAllWindows)
    return 1


async def _say_already_open() -> int:
    return await _say_and_wait(tr("Qwen Desktop is open already. Its window has this history."))


async def _say_and_wait(sentence: str) -> int:
    from asyncio import Event

    from PySide6.QtWidgets import QMessageBox

    print(sentence, file=sys.stderr)
    closed = Event()
    box = QMessageBox(QMessageBox.Icon.Information, "Qwen Desktop", sentence)
    box.finished.connect(closed.set)
    box.open()
    await closed.wait()
    return 0


def translate_qt(application: QApplication) -> None:
    """Qt's own words (menus of text fields, buttons of dialogs) in the language of ours; English is theirs too."""
    from qwen_desktop.core.words import current_language

    language = current_language()
    if language == "en":
        return
    from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator

    QLocale.setDefault(QLocale(language))
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(f"qtbase_{language}", folder):
        application.installTranslator(translator)


def _end(logs: Logs) -> None:
    import logging

    logging.shutdown()
    logs.close()


def _log() -> logging.Logger:
    import logging

    return logging.getLogger(__name__)
