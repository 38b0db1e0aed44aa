"""The composition root of the window: builds every object once and hands them to each other.

What the first frame does not show is built after it: history, transcript, controllers, keychain, HTTP.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.logs import Logs, start_logs
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.settings.settings import Settings
from qwen_desktop.core.storage.lock import HistoryLock
from qwen_desktop.core.words import describe, set_language, system_language, tr
from qwen_desktop.desktop.input_method import choose_input_method
from qwen_desktop.engine import Engine
from qwen_desktop.ui import aio
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.main_window import MainWindow

if TYPE_CHECKING:
    from qwen_desktop.core.credentials.api_keys import ApiKeyStore
    from qwen_desktop.core.storage.conversations import History
    from qwen_desktop.ui.controllers.chat import ChatController
    from qwen_desktop.ui.controllers.history import HistoryController
    from qwen_desktop.ui.controllers.keys import KeyController
    from qwen_desktop.ui.controllers.setup import SetupController
    from qwen_desktop.ui.controllers.window import WindowController
    from qwen_desktop.ui.transcript.view import TranscriptView

log = logging.getLogger(__name__)


class Desktop(QObject):
    """The window and everything behind it.

    `show` paints it, `begin` brings it to life, `close` stops what runs and keeps its text.
    """

    history: History
    transcript: TranscriptView
    chat: ChatController
    conversations: HistoryController
    keys: KeyController
    setup: SetupController
    controller: WindowController

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.theme = Theme()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        appearance = engine.settings.appearance
        self.theme.install(application, appearance.theme)
        self.window = MainWindow(
            self.theme, sidebar_visible=appearance.sidebar_visible, sidebar_width_px=appearance.sidebar_width_px
        )
        self.window.composer.set_enter_sends(engine.settings.chat.enter_sends)
        self.window.composer.set_model(engine.settings.chat.model)
        self.window.set_conversation(None, tr("New chat"))
        self.stopped = asyncio.Event()
        """Set when the app is to end."""
        self._is_begun = False
        self.window.close_requested.connect(self.stop)

    def stop(self) -> None:
        self.stopped.set()

    async def show(self) -> None:
        """Shows the window and returns once its first frame is painted."""
        painted = asyncio.Event()
        watcher = _FirstPaint(painted.set)
        self.window.installEventFilter(watcher)
        self.window.show()
        await painted.wait()
        self.window.removeEventFilter(watcher)

    async def begin(self) -> None:
        """Builds what the first frame did not need, and shows where to start."""
        self.history = await self._open_history()
        self._build()
        self._connect()
        self._is_begun = True
        await self.history.recover()
        self.conversations.refresh()
        for notice in self.engine.settings_notices:
            self.window.show_notice(describe(notice).sentence)
        self.setup.begin()

    async def _open_history(self) -> History:
        from qwen_desktop.core.errors import StorageError
        from qwen_desktop.core.storage.conversations import History, MemoryHistory

        try:
            return await History.open(self.engine.paths.history)
        except StorageError as error:
            log.warning("the history cannot be opened: %s %s", error.kind, error.reason)
            sentence = describe(error).sentence
            memory = tr("Until then, chats are kept in memory only and are gone when the app is closed.")
            self.window.show_notice(f"{sentence} {memory}")
            return await MemoryHistory.open()

    def _build(self) -> None:
        from qwen_desktop.core.providers import catalogue
        from qwen_desktop.ui.controllers.chat import ChatController
        from qwen_desktop.ui.controllers.drafts import NewChatDraft
        from qwen_desktop.ui.controllers.history import HistoryController
        from qwen_desktop.ui.controllers.keys import KeyController
        from qwen_desktop.ui.controllers.setup import SetupController
        from qwen_desktop.ui.controllers.window import WindowController
        from qwen_desktop.ui.models.model_list import ModelRow
        from qwen_desktop.ui.transcript.view import TranscriptView

        engine = self.engine
        self.transcript = TranscriptView(self.theme)
        self.window.set_transcript(self.transcript)
        self.chat = ChatController(self.history, engine.asking, self)
        self.conversations = HistoryController(self.history, self)
        self.keys = KeyController(engine, self)
        self.setup = SetupController(engine, self.keys, self.window, self.theme, self)
        self.controller = WindowController(
            self.window,
            self.transcript,
            self.chat,
            self.conversations,
            draft=NewChatDraft(engine.paths.data / "new-chat.draft"),
            default_model=lambda: engine.settings.chat.model,
            wants_thinking=lambda: engine.settings.chat.thinking,
            can_switch_thinking=lambda model_id: catalogue.abilities(model_id).can_switch_thinking,
            parent=self,
        )
        self.window.composer.set_models(
            [
                ModelRow(
                    model_id,
                    catalogue.description(model_id),
                    can_think=catalogue.abilities(model_id).thinking is not catalogue.Thinking.NEVER,
                    context_tokens=catalogue.abilities(model_id).context_tokens,
                )
                for model_id in catalogue.suggested_model_ids()
            ]
        )

    def _connect(self) -> None:
        self.controller.key_wanted.connect(self.setup.open_key_dialog)
        self.controller.settings_wanted.connect(self.setup.open_settings)
        self.controller.billing_wanted.connect(self.setup.open_console)
        self.window.sidebar_changed.connect(self.setup.remember_sidebar)
        self.window.empty_state.starter_chosen.connect(self.controller.submit)
        self.setup.ready.connect(self.controller.show_start)
        self.setup.settings_changed.connect(self._on_settings)
        for owner in (self.chat, self.conversations, self.keys, self.setup):
            owner.failed.connect(self.tell_bug)

    def _on_settings(self, settings: Settings) -> None:
        self.theme.set_mode(settings.appearance.theme)
        self.window.composer.set_enter_sends(settings.chat.enter_sends)
        self.controller.use_default_model()

    def tell_bug(self, error: BaseException) -> None:
        """An exception that should not exist: into the log, and said without pretending to know more."""
        log.error("unexpected", exc_info=(type(error), error, error.__traceback__))
        self.window.show_notice(_crash_words())

    def tell_crash(self, error: BaseException) -> None:
        """What nobody caught, in any thread; it is in the log already."""
        QTimer.singleShot(0, self, lambda: self.window.show_notice(_crash_words()))

    async def close(self) -> None:
        """Hides the window, stops the turns, keeps their text, ends."""
        if self._is_begun:
            self.window.composer.flush_draft()
        self.window.hide()
        if self._is_begun:
            await self.chat.close()
            await self.conversations.close()
            await self.keys.close()
            await self.setup.close()
            await self.history.close()
        await self.engine.close()
        self.window.accept_close()
        self.window.deleteLater()


def _crash_words() -> str:
    return tr("Something went wrong inside the app. What was received is kept; the log tells more.")


class _FirstPaint(QObject):
    """Tells the first time a window was painted."""

    def __init__(self, tell: Callable[[], object]) -> None:
        super().__init__()
        self._tell = tell

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._tell)  # after this paint
        return False


def build(
    paths: AppPaths,
    *,
    environment: Mapping[str, str] | None = None,
    keychain: ApiKeyStore | None = None,
    demo_pace: float = 1.0,
) -> Desktop:
    """The whole app on the running loop, not shown yet.  Needs a QApplication."""
    engine = Engine(paths, environment=environment, keychain=keychain, demo_pace=demo_pace)
    set_language(system_language(engine.settings.appearance.language))
    return Desktop(engine)


def run() -> int:
    """Opens the window and returns the exit code when it is closed."""
    choose_input_method(os.environ)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("qwen-desktop")
    application.setApplicationDisplayName("Qwen Desktop")
    application.setDesktopFileName("qwen-desktop")
    application.setQuitOnLastWindowClosed(False)
    paths = AppPaths.find()
    lock = HistoryLock(paths.history_lock)
    logs = start_logs(paths.logs)
    desktops: list[Desktop] = []

    def stop() -> None:
        for desktop in desktops:
            desktop.stop()

    async def main() -> int:
        desktop = build(paths)
        desktops.append(desktop)
        logs.catch_crashes(desktop.tell_crash)
        if not _take(lock):
            return await _say_already_open(application)
        _translate_qt(application)
        await desktop.show()
        await desktop.begin()
        await desktop.stopped.wait()
        await desktop.close()
        return 0

    try:
        return aio.run(application, main, on_stop=stop)
    finally:
        lock.release()
        _end(logs)


def _take(lock: HistoryLock) -> bool:
    """False when another window has this history.  A folder that cannot hold a lock is told of when it is opened."""
    from qwen_desktop.core.errors import StorageError

    try:
        return lock.acquire()
    except StorageError:
        return True


async def _say_already_open(application: QApplication) -> int:
    from PySide6.QtWidgets import QMessageBox

    sentence = tr("Qwen Desktop is open already. Its window has this history.")
    print(sentence, file=sys.stderr)
    closed = asyncio.Event()
    box = QMessageBox(QMessageBox.Icon.Information, "Qwen Desktop", sentence)
    box.finished.connect(closed.set)
    box.open()
    await closed.wait()
    return 0


def _translate_qt(application: QApplication) -> None:
    """Qt's own words (menus of text fields, buttons of dialogs) in the language of ours."""
    from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator

    from qwen_desktop.core.words import current_language

    language = current_language()
    QLocale.setDefault(QLocale(language))
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if language != "en" and translator.load(f"qtbase_{language}", folder):
        application.installTranslator(translator)


def _end(logs: Logs) -> None:
    logging.shutdown()
    logs.close()
