"""The composition root of the window: builds every object once and hands them to each other.

What the first frame does not show is built after it: history, transcript, controllers, keychain, HTTP.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication

import qwen_desktop.ui  # noqa: F401  (before our other modules: it makes their import cheaper)
from qwen_desktop.core.crash_watch import CrashWatch
from qwen_desktop.core.errors import StorageError
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.words import describe, set_language, settings_sentences, system_language, tr
from qwen_desktop.desktop.request import Action, Request
from qwen_desktop.engine import Engine
from qwen_desktop.ui.first_frame import FirstPaint, paint_before_any_loop
from qwen_desktop.ui.icons import app_icon
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.main_window import MainWindow

if TYPE_CHECKING:
    import asyncio
    import logging
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from qwen_desktop.core.credentials.api_keys import ApiKeyStore
    from qwen_desktop.core.settings.settings import Settings
    from qwen_desktop.core.storage.conversations import History
    from qwen_desktop.core.storage.opening import Opened
    from qwen_desktop.desktop.single_instance import Address, SingleInstance
    from qwen_desktop.ui.aio import TaskOwner
    from qwen_desktop.ui.controllers.autostart import AutostartController
    from qwen_desktop.ui.controllers.backups import BackupsController
    from qwen_desktop.ui.controllers.bin import BinController
    from qwen_desktop.ui.controllers.chat import ChatController
    from qwen_desktop.ui.controllers.crash_notice import CrashNotice
    from qwen_desktop.ui.controllers.doctor import DoctorController
    from qwen_desktop.ui.controllers.history import HistoryController
    from qwen_desktop.ui.controllers.keys import KeyController
    from qwen_desktop.ui.controllers.links import Links
    from qwen_desktop.ui.controllers.pictures import Pictures
    from qwen_desktop.ui.controllers.presence import Faces, PresenceController
    from qwen_desktop.ui.controllers.search import SearchController
    from qwen_desktop.ui.controllers.setup import SetupController
    from qwen_desktop.ui.controllers.storage import StorageController
    from qwen_desktop.ui.controllers.update_notice import UpdateNotice
    from qwen_desktop.ui.controllers.window import WindowController
    from qwen_desktop.ui.pictures.large_picture import LargePicture
    from qwen_desktop.ui.transcript.view import TranscriptView
    from qwen_desktop.ui.views.model_picker import ModelPicker


class Desktop(QObject):
    """The window and everything behind it.

    `show` (or, before there is a loop, `show_first_frame`) paints it, `begin` brings it to life, `close` stops what
    runs and keeps its text.
    """

    history: History
    tasks: TaskOwner
    chat: ChatController
    conversations: HistoryController
    keys: KeyController
    search: SearchController
    setup: SetupController
    large_picture: LargePicture
    pictures: Pictures
    links: Links
    controller: WindowController
    presence: PresenceController
    crash_notice: CrashNotice
    autostart: AutostartController

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.theme = Theme()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        appearance = engine.settings.appearance
        self.theme.install(application, appearance)
        self.window = MainWindow(
            self.theme, sidebar_visible=appearance.sidebar_visible, sidebar_width_px=appearance.sidebar_width_px
        )
        self.window.composer.set_enter_sends(engine.settings.chat.enter_sends)
        self.window.composer.set_model(engine.settings.chat.model)
        self.window.set_conversation(None, tr("New chat"))
        self._stopped: asyncio.Event | None = None
        self._is_begun = False
        self._listener: SingleInstance | None = None
        self._crash_watch: CrashWatch | None = None
        self._screen_reader: asyncio.Task[None] | None = None
        self._opened: Opened | None = None
        self.backups: BackupsController | None = None
        self.bin: BinController | None = None
        self.storage: StorageController | None = None
        self.update_notice: UpdateNotice | None = None
        self.last_act: Callable[[], None] | None = None
        """What is to be done once all is closed, with the history's lock still held; must not raise."""
        self.wants_restart = False
        """Once it has ended, the app is to be started again."""
        self._doctors: list[DoctorController] = []
        self._early: list[Request] = []
        """Wishes of later starts that came before all was built."""
        self.window.close_requested.connect(self.stop)
        self.window.composer.submitted.connect(self._put_back)

    @property
    def stopped(self) -> asyncio.Event:
        """Set when the app is to end."""
        if self._stopped is None:
            from asyncio import Event

            self._stopped = Event()
        return self._stopped

    def stop(self) -> None:
        self.stopped.set()

    def _restart(self) -> None:
        self.wants_restart = True
        self.stop()

    def show_first_frame(self) -> None:
        """Shows the window and returns once its first frame is painted; only while no loop runs."""
        paint_before_any_loop(self.window)

    async def show(self) -> None:
        """The same on a running loop."""
        from asyncio import Event

        painted = Event()
        watcher = FirstPaint(self.window, painted.set)
        self.window.show()
        await painted.wait()
        watcher.stop()

    def _put_back(self, prompt: str) -> None:
        """Enter was pressed before anybody can send: the prompt stays where it was typed."""
        self.window.composer.set_text(prompt)

    async def begin(self) -> None:
        """Builds what the first frame did not need, and shows where to start."""
        QApplication.setWindowIcon(app_icon())
        from asyncio import to_thread

        from qwen_desktop.core.providers import catalogue

        await to_thread(catalogue.load)
        self.history = await self._open_history()
        self._build()
        self._connect()
        self.window.composer.submitted.disconnect(self._put_back)
        self._is_begun = True
        self.window.close_requested.disconnect(self.stop)
        self.window.close_requested.connect(self.presence.close_window)
        await self.history.recover()
        self.conversations.refresh()
        for sentence in settings_sentences(self.engine.settings_notices):
            self.window.add_notice(sentence)
        self._tell_tray_hint()
        if self.backups is not None and self._opened is not None:
            self.backups.begin(self._opened)
        if self.storage is not None and (sentence := self.storage.begin()):
            self.window.add_notice(sentence)
        self._watch_updates()
        self._follow_screen_reader()
        if self._crash_watch is not None:
            self.controller.guard.tell(self._crash_watch.note_stall, self._crash_watch.note_answer)
            self.crash_notice.begin()
        self.setup.begin()

    async def _open_history(self) -> History:
        from qwen_desktop.core.storage.conversations import MemoryHistory
        from qwen_desktop.core.storage.opening import open_for_window

        try:
            self._opened = await open_for_window(self.engine.paths.history)
            return self._opened.history
        except StorageError as error:
            _log().warning("the history cannot be opened: %s %s", error.kind, error.reason)
            sentence = describe(error).sentence
            memory = tr("Until then, chats are kept in memory only and are gone when the app is closed.")
            self.window.show_notice(f"{sentence} {memory}")
            return await MemoryHistory.open()

    def _build(self) -> None:
        from qwen_desktop.core.storage.conversations import MemoryHistory
        from qwen_desktop.core.storage.plain_chats import PlainChats
        from qwen_desktop.core.storage.titles import ModelTitles
        from qwen_desktop.ui.aio import TaskOwner
        from qwen_desktop.ui.controllers.chat import ChatController
        from qwen_desktop.ui.controllers.chat_list import ChatListController
        from qwen_desktop.ui.controllers.crash_notice import CrashNotice
        from qwen_desktop.ui.controllers.drafts import NewChatDraft
        from qwen_desktop.ui.controllers.history import HistoryController
        from qwen_desktop.ui.controllers.keys import KeyController
        from qwen_desktop.ui.controllers.model_offer import ModelOffer
        from qwen_desktop.ui.controllers.next_request import NextRequest
        from qwen_desktop.ui.controllers.presence import PresenceController
        from qwen_desktop.ui.controllers.readiness import Readiness
        from qwen_desktop.ui.controllers.search import SearchController
        from qwen_desktop.ui.controllers.setup import SetupController
        from qwen_desktop.ui.controllers.titles import TitleController
        from qwen_desktop.ui.controllers.window import WindowController
        from qwen_desktop.ui.pictures.large_picture import LargePicture

        engine = self.engine
        is_stored = not isinstance(self.history, MemoryHistory)
        self._plain_chats = PlainChats(engine.paths.plain_chats if is_stored else None)
        self.tasks = TaskOwner(self)
        self.readiness = Readiness(engine, self.tasks, lambda: self.controller)
        self.chat = ChatController(self.history, engine.asking, self)
        self.conversations = HistoryController(self.history, self, get_ready=self.readiness.for_chat)
        self.keys = KeyController(engine, self)
        self.setup = SetupController(engine, self.keys, self.window, self.theme, self)
        self.large_picture = LargePicture(self.theme)
        self.pictures = self._make_pictures()
        self.links = self._make_links()
        self.controller = WindowController(
            self.window,
            self._make_transcript,
            self.chat,
            self.conversations,
            theme=self.theme,
            draft=NewChatDraft(engine.paths.data / "new-chat.draft"),
            plain_chats=self._plain_chats,
            next_request=NextRequest(
                self.window.composer,
                usual=lambda: engine.settings.chat,
                can_switch_thinking=self._can_switch_thinking,
                can_search=engine.can_search,
                parent=self,
            ),
            parent=self,
        )
        self.titles = TitleController(
            self.chat,
            ModelTitles(self.history),
            engine.title_asking,
            is_wanted=lambda: engine.settings.chat.title_by_model,
            parent=self,
        )
        self.model_offer = ModelOffer(engine, prepare=self.readiness.for_request, parent=self)
        self.window.fill_picker = self._fill_picker
        self.keys.accepted.connect(self.model_offer.forget)
        self.presence = PresenceController(
            self.window,
            self.controller,
            self.chat,
            self.conversations,
            self.history,
            self._make_faces(),
            settings=lambda: engine.settings,
            parent=self,
        )
        self.chat_list = ChatListController(
            self.window,
            self.controller,
            self.chat,
            self.conversations,
            self.history,
            engine.paths.closed_folders if is_stored else None,
            self.theme,
            self,
        )
        self.chat_list.troubled.connect(self.controller.tell_storage_trouble)
        self.search = SearchController(self.history, self.conversations.changes, self.window.sidebar, self)
        self.controller.join_search(self.search)
        self.controller.is_seen_elsewhere = self.presence.quick.is_shown
        self.crash_notice = CrashNotice(self.window, self.theme, engine.paths.logs, self)
        if is_stored:
            from qwen_desktop.ui.controllers.backups import BackupsController
            from qwen_desktop.ui.controllers.bin import BinController
            from qwen_desktop.ui.controllers.storage import StorageController

            self.bin = BinController(self.history, engine.paths.attachments, self.theme, self)
            self.storage = StorageController(engine.paths, self.theme, self)
            self.backups = BackupsController(self.window, self.theme, engine.paths.history, engine.paths.backups, self)

    def _make_faces(self) -> Faces:
        """All of them are there on every desktop; each finds out by itself what it can do."""
        from qwen_desktop.desktop.attention import Attention
        from qwen_desktop.desktop.hotkey.hotkey import Hotkey, backend_for
        from qwen_desktop.desktop.notifications import Notifications
        from qwen_desktop.ui.controllers.drafts import NewChatDraft
        from qwen_desktop.ui.controllers.presence import Faces
        from qwen_desktop.ui.controllers.quick_ask import QuickAskController
        from qwen_desktop.ui.tray import TrayIcon

        paths = self.engine.paths
        tray = TrayIcon(self.theme, parent=self)
        quick = QuickAskController(
            self.chat,
            self.conversations,
            theme=self.theme,
            make_transcript=self._make_small_transcript,
            draft=NewChatDraft(paths.data / "quick-ask.draft"),
            pictures=self.pictures,
            settings=lambda: self.engine.settings,
            fill_picker=self._fill_quick_picker,
            can_switch_thinking=self._can_switch_thinking,
            is_plain=self._plain_chats.is_plain,
            parent=self,
        )
        quick.typed.connect(self.readiness.connect_early)
        return Faces(
            quick=quick,
            tray=tray,
            hotkey=Hotkey(backend_for(QApplication.platformName(), paths.data / "hotkey.granted"), self),
            notifications=Notifications(tray.show_message, parent=self),
            attention=Attention(self.window, self),
        )

    def _fill_picker(self, picker: ModelPicker, model_id: str) -> None:
        """The window's own is about to be opened."""
        self.setup.accounts.offer_in(picker, self.window.composer.model_button)
        self.model_offer.serve(picker, model_id)

    def _fill_quick_picker(self, picker: ModelPicker, model_id: str) -> None:
        self.setup.accounts.offer_in(picker, self.presence.quick.window.model_button)
        self.model_offer.serve(picker, model_id)

    def _make_pictures(self) -> Pictures:
        """What the composer and the quick ask share of pictures."""
        from qwen_desktop.core.storage.attachments import MemoryAttachmentStore
        from qwen_desktop.ui.controllers.pictures import Pictures
        from qwen_desktop.ui.pictures.drop import DropTarget

        store = self.engine.attachments
        assert not isinstance(store, MemoryAttachmentStore)  # that one is for `ask --no-save`
        window, composer = self.window, self.window.composer
        made = Pictures(
            store,
            self.theme,
            self.large_picture,
            can_see=lambda model_id: self.engine.abilities(model_id).vision,
            vision_model=self._vision_model,
            parent=self,
        )
        pictures = made.input_for(
            composer.edit, composer.attach_button, composer.place_pictures,
            make_room=window.hide, come_back=lambda: self.presence.show_window(),
        )  # fmt: skip
        pictures.shelf.came_late.connect(lambda home, late: self.controller.take_late_picture(home, late))
        composer.use_pictures(pictures)
        DropTarget(window, lambda dropped: pictures.take_mime(dropped, True), lambda: window.page != "welcome")
        return made

    def _make_links(self) -> Links:
        from qwen_desktop.ui.controllers.links import Links

        folder = self.engine.paths.data / "shown-pictures"
        return Links(self.theme, self.large_picture, lambda: self.engine.transport, folder, self)

    def _vision_model(self) -> str:
        """One that sees pictures at the server in use; '' where none is known for certain."""
        from qwen_desktop.core.providers import catalogue

        return catalogue.suggested_vision_model(self.engine.server) or ""

    def _can_switch_thinking(self, model_id: str) -> bool:
        return self.engine.abilities(model_id).can_switch_thinking

    def _on_words(self) -> None:
        """The first prompt is being written."""
        if not self.window.composer.edit.is_blank:
            self.window.composer.edit.text_edited.disconnect(self._on_words)
            self.readiness.for_prompt()

    def _open_settings(self) -> None:
        self.tasks.start(self._import_and_open_settings(), name="open the settings")

    async def _import_and_open_settings(self) -> None:
        from asyncio import sleep

        await self.readiness.for_settings()
        self.setup.settings.make_ready()
        await sleep(0)
        self.setup.open_settings()

    def _make_transcript(self) -> TranscriptView:
        from qwen_desktop.core.heap import keep_large_blocks_apart
        from qwen_desktop.ui.transcript import announcing
        from qwen_desktop.ui.transcript.view import TranscriptView

        keep_large_blocks_apart()
        announcing.set_mode(self.engine.settings.appearance.announce)
        made = TranscriptView(self.theme, thumbnails=self.pictures.thumbnails)
        made.link_activated.connect(lambda link: self.links.follow(link, made.window()))
        made.picture_activated.connect(lambda place, all_of_it: self.pictures.open(place, all_of_it, self.window))
        made.set_zoom(self.engine.settings.appearance.text_zoom)
        made.zoom_changed.connect(self.setup.remember_zoom)
        made.set_shortcuts(self.setup.shortcuts)

        def take(settings: Settings) -> None:
            announcing.set_mode(settings.appearance.announce)
            made.set_zoom(settings.appearance.text_zoom)
            made.set_shortcuts(self.setup.shortcuts)

        self.setup.settings_changed.connect(take)
        return made

    def _make_small_transcript(self) -> TranscriptView:
        """For the reply of the quick ask: without a row of buttons below it."""
        from qwen_desktop.ui.transcript.view import TranscriptView

        made = TranscriptView(self.theme, has_actions=False)
        made.link_activated.connect(lambda link: self.links.follow(link, made.window()))
        made.set_zoom(self.engine.settings.appearance.text_zoom)
        made.zoom_changed.connect(self.setup.remember_zoom)
        self.setup.settings_changed.connect(lambda settings: made.set_zoom(settings.appearance.text_zoom))
        return made

    def _make_doctor_page(self) -> QWidget:
        from qwen_desktop.ui.controllers.doctor import DoctorController
        from qwen_desktop.ui.views.doctor_page import DoctorPage

        for over in [doctor for doctor in self._doctors if doctor.is_over]:  # of dialogs that were closed
            self._doctors.remove(over)
            over.deleteLater()
        page = DoctorPage(self.theme)
        doctor = DoctorController(page, self)
        doctor.failed.connect(self.tell_bug)
        self._doctors.append(doctor)
        return page

    @property
    def transcript(self) -> TranscriptView:
        return self.controller.transcript

    def _connect(self) -> None:
        from qwen_desktop.ui.controllers.autostart import AutostartController
        from qwen_desktop.ui.controllers.context_meter import ContextMeter
        from qwen_desktop.ui.controllers.exchange import ExchangeController
        from qwen_desktop.ui.controllers.parameters import ParametersController
        from qwen_desktop.ui.controllers.usage import UsageController

        self.controller.key_wanted.connect(self.setup.open_key_dialog)
        self.controller.settings_wanted.connect(self._open_settings)
        self.controller.billing_wanted.connect(self.setup.open_console)
        self.window.sidebar_changed.connect(self.setup.remember_sidebar)
        self.window.empty_state.starter_chosen.connect(self.controller.submit)
        self.window.composer.edit.text_edited.connect(self._on_words)
        self.window.composer.edit.typed.connect(self.readiness.connect_early)
        self.titles.changed.connect(self.controller.show_title)
        self.conversations.gone.connect(self.titles.stop_all)
        self.conversations.gone.connect(self.chat.stop_all)  # what was sent while they were being deleted
        self.setup.ready.connect(self.controller.show_start)
        self.setup.settings_changed.connect(self._on_settings)
        self.setup.settings_changed.connect(lambda _: self.presence.apply_settings())
        settings = self.setup.settings
        if self.bin is not None and self.backups is not None:
            self.backups.at_rest.connect(self.bin.tidy)
            self.bin.restored.connect(self.conversations.refresh)
            self._connect_storage()
            self.bin.troubled.connect(lambda error: self.window.show_notice(describe(error).sentence))
            self.bin.failed.connect(self.tell_bug)
            settings.add_page("backups", lambda: tr("Backups"), self.backups.make_page)
            settings.add_page("bin", lambda: tr("Deleted chats"), self.bin.make_page)
            self.backups.restart_wanted.connect(self._restart)
            self.backups.failed.connect(self.tell_bug)
            self.chat.turn_ended.connect(self.backups.look)
        self.chat.turn_started.connect(self._follow_screen_reader)
        settings.add_page("doctor", lambda: tr("Doctor"), self._make_doctor_page)
        self.context_meter = ContextMeter(
            self.window,
            self.controller,
            self.chat,
            abilities=lambda model_id: self.engine.abilities(model_id),
            parent=self,
        )
        self.usage = UsageController(
            self.window,
            self.controller,
            self.conversations,
            settings,
            self.context_meter,
            theme=self.theme,
            parent=self,
        )
        self.parameters = ParametersController(
            self.engine, self.window, self.controller, settings, theme=self.theme, parent=self
        )
        self.exchange = ExchangeController(
            self.window,
            self.history,
            self.conversations,
            settings,
            attachments=self.engine.paths.attachments,
            theme=self.theme,
            parent=self,
        )
        self.chat_list.export_requested.connect(self.exchange.export_some)
        self.presence.hotkey_changed.connect(settings.show_hotkey_status)
        settings.hotkey_wanted_again.connect(self.presence.take_hotkey_again)
        self.presence.quick_remembered.connect(settings.remember_quick_ask)
        self.window.shortcut_activated.connect(lambda action: self.stop() if action == "quit" else None)
        self.autostart = AutostartController(self)
        self.autostart.changed.connect(settings.set_autostart)
        self.autostart.refused.connect(lambda error: self.window.show_notice(describe(error).sentence))
        settings.autostart_changed.connect(self.autostart.set)
        settings.opened.connect(self.autostart.look)
        self.presence.closed_without_tray.connect(self._keep_tray_hint)
        self.presence.quit_wanted.connect(self.stop)
        self.presence.settings_wanted.connect(self._open_settings)
        self.presence.key_wanted.connect(self.setup.open_key_dialog)
        self.presence.billing_wanted.connect(self.setup.open_console)
        owners = (
            self.tasks,
            self.model_offer,
            self.chat,
            self.titles,
            self.conversations,
            self.chat_list,
            self.search,
            self.keys,
            self.setup,
            self.pictures,
            self.links,
            self.presence,
            self.crash_notice,
            self.autostart,
            self.exchange,
        )
        for owner in owners:
            owner.failed.connect(self.tell_bug)

    def _follow_screen_reader(self) -> None:
        """At the start, and when a reply begins: there may be a screen reader that takes no announcements."""
        is_followed = self._screen_reader is not None and not self._screen_reader.done()
        if QAccessible.isActive() and sys.platform.startswith("linux") and not is_followed:
            self._screen_reader = self.tasks.start(_follow_screen_reader(), name="follow the screen reader")

    def _connect_storage(self) -> None:
        assert self.storage is not None
        self.setup.settings.add_part("data", self.storage.make_page)
        self.storage.restart_wanted.connect(self._restart)
        self.storage.move_wanted.connect(self._move_data)
        self.storage.erase_wanted.connect(lambda: self.tasks.start(self._erase_everything(), name="erase everything"))
        self.storage.failed.connect(self.tell_bug)

    def _move_data(self, target: Path) -> None:
        paths = self.engine.paths

        def move() -> None:
            from qwen_desktop.core import data_folder

            try:
                data_folder.move(paths, target)
                sentence = tr(
                    "The data folder is {folder} now. The old one is still at {old}.", folder=target, old=paths.data
                )
            except StorageError as error:
                sentence = tr("The data folder was not moved.") + " " + describe(error).sentence
            data_folder.note_problem(paths, sentence)

        self.last_act = move
        self._restart()

    async def _erase_everything(self) -> None:
        from qwen_desktop.core.errors import ApiKeyStoreError

        try:
            await self.engine.forget_keys()
        except ApiKeyStoreError as error:
            self.window.show_notice(tr("Nothing was deleted.") + " " + describe(error).sentence)
            return
        paths = self.engine.paths

        def erase() -> None:
            from qwen_desktop.core import data_folder

            for path in data_folder.erase(paths):
                print(f"qwen-desktop: {tr('{path} could not be deleted.', path=path)}", file=sys.stderr)

        self.last_act = erase
        self.stop()

    def _on_settings(self, settings: Settings) -> None:
        self.theme.use(settings.appearance)
        self.window.composer.set_enter_sends(settings.chat.enter_sends)
        self.controller.use_default_model()

    def _watch_updates(self) -> None:
        if sys.platform == "win32":  # the installer has the app closed
            return
        from qwen_desktop.desktop.start_command import own_program
        from qwen_desktop.ui.controllers.update_notice import UpdateNotice

        self.update_notice = UpdateNotice(self.window, own_program(), self)
        self.update_notice.restart_wanted.connect(self._restart)

    def watch_crashes(self, watch: CrashWatch) -> None:
        """What goes wrong from now on is noted there, for the next start to tell of."""
        self._crash_watch = watch

    def _keep_tray_hint(self) -> None:
        """The window is being closed where there is no tray.  It is said at the next start."""
        if not self.engine.settings.desktop.tray_hint:
            self.setup.settings.remember_tray_hint("due")

    def _tell_tray_hint(self) -> None:
        if self.engine.settings.desktop.tray_hint == "due":
            from qwen_desktop.desktop.no_tray import no_tray_hint

            self.window.add_notice(no_tray_hint())
            self.setup.settings.remember_tray_hint("told")

    def tell_bug(self, error: BaseException) -> None:
        """An exception that should not exist: into the log, and said without pretending to know more."""
        if self._crash_watch is not None:
            self._crash_watch.note_error(error)
        _log().error("unexpected", exc_info=(type(error), error, error.__traceback__))
        self._say_bug()

    def tell_crash(self, error: BaseException) -> None:
        """What nobody caught, in any thread; it is in the log already."""
        if self._crash_watch is not None:
            self._crash_watch.note_error(error)
        QTimer.singleShot(0, self, self._say_bug)

    def _say_bug(self) -> None:
        if self.update_notice is not None and self.update_notice.is_replaced():
            self.update_notice.tell()  # a part of another version is the likely cause
        else:
            self.window.show_notice(_crash_words())

    async def live(self, address: Address, request: Request) -> int:
        """From the first frame to the end, which `stop` brings; the exit code.

        Until then this process has the history's lock: what later starts wish is heard at `address`.
        """
        from qwen_desktop.desktop.single_instance import SingleInstance

        self._listener = SingleInstance(address, self._on_request)
        try:
            await self._listener.listen()
        except OSError as error:
            _log().warning("later starts cannot be heard: %s", error)
        if sys.platform == "darwin":
            from qwen_desktop.desktop.opened_links import OpenedLinks

            application = QApplication.instance()
            assert application is not None
            OpenedLinks(application, self._on_request)
        await self.begin()
        self.presence.begin()
        if request.action is not Action.WINDOW:
            self.presence.do(request)
        while self._early:
            self.presence.do(self._early.pop(0))
        await self.stopped.wait()
        await self.close()
        return 0

    def _on_request(self, request: Request) -> None:
        """A later start wishes something."""
        if not self._is_begun:
            self._early.append(request)
        elif not self.stopped.is_set():
            self.presence.do(request)

    async def close(self) -> None:
        """Hides the window, stops the turns, keeps their text, ends."""
        if self._listener is not None:
            await self._listener.close()  # first: a start from now on waits for the lock and opens anew
        if self._is_begun:
            self.window.composer.flush_draft()
            self.parameters.close()
            self.chat.begin_no_more()
        self.window.hide()
        if self._is_begun:
            await self.presence.withdraw()
            self.large_picture.close()  # before those that give it its pictures
            await self.pictures.close()  # before those that keep the drafts
            self.presence.close()
            await self.exchange.close()
            self.controller.close()
            await self.links.close()
            await self.tasks.close()
            await self.titles.close()
            await self.chat.close()
            await self.search.close()
            await self.chat_list.close()
            await self.conversations.close()
            await self.keys.close()
            await self.model_offer.close()
            await self.crash_notice.close()
            if self.backups is not None:
                await self.backups.close()
            if self.bin is not None:
                await self.bin.close()
            if self.storage is not None:
                await self.storage.close()
            await self.autostart.close()
            await self.context_meter.close()
            for doctor in self._doctors:
                await doctor.close()
            await self.setup.close()
            await self.history.close()
        await self.engine.close()
        self.window.accept_close()
        self.window.deleteLater()


def _crash_words() -> str:
    return tr("Something went wrong inside the app. What was received is kept; the log tells more.")


def _log() -> logging.Logger:
    import logging

    return logging.getLogger(__name__)


async def _follow_screen_reader() -> None:
    from qwen_desktop.desktop.screen_reader import follow_hearing
    from qwen_desktop.ui.spoken import set_heard

    await follow_hearing(set_heard)


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
    QApplication.setApplicationName("qwen-desktop")
    QApplication.setApplicationDisplayName("Qwen Desktop")
    QApplication.setDesktopFileName("qwen-desktop")
    QApplication.setQuitOnLastWindowClosed(False)
    return Desktop(engine)
