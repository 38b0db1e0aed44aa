"""First start and key: from nothing to a service that answers, and every other key afterwards.

Dialogs are made when they are asked for, opened without a nested loop, and forgotten when they close.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from qwen_desktop.core.credentials.api_keys import KeyOrigin
from qwen_desktop.core.words import describe, key_origin_words, tr
from qwen_desktop.ui.controllers.accounts import AccountsController
from qwen_desktop.ui.controllers.keys import CHECKING
from qwen_desktop.ui.controllers.links import open_link
from qwen_desktop.ui.controllers.settings import SettingsController
from qwen_desktop.ui.notices import NoticeAction
from qwen_desktop.ui.other_regions import TRY_REGIONS, region_in, regions_found, regions_sentence, try_regions

if TYPE_CHECKING:
    from qwen_desktop.core.errors import ApiKeyStoreError, QwenDesktopError
    from qwen_desktop.core.providers.regions import Region
    from qwen_desktop.core.settings.settings import ShortcutSettings
    from qwen_desktop.engine import Engine
    from qwen_desktop.ui.controllers.keys import KeyController
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.api_key_dialog import ApiKeyDialog
    from qwen_desktop.ui.views.main_window import MainWindow

_SESSION = "session_only"


class SetupController(QObject):
    """Signals:
    ready(): whom to ask is settled (a key, or the demo); the chat may be shown
    settings_changed(Settings): in force now
    key_accepted(): a key was set while the chat was open
    failed(BaseException): a bug
    """

    ready = Signal()
    settings_changed = Signal(object)
    key_accepted = Signal()
    failed = Signal(object)

    def __init__(
        self, engine: Engine, keys: KeyController, window: MainWindow, theme: Theme, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._keys = keys
        self._window = window
        self._theme = theme
        self._dialog: ApiKeyDialog | None = None
        self.settings = SettingsController(engine, keys, window, theme, self)
        """The settings dialog, and the file."""
        self.settings.settings_changed.connect(self.settings_changed)
        self.settings.key_wanted.connect(self.open_key_dialog)
        self.settings.failed.connect(self.failed)
        self.accounts = AccountsController(engine, keys, self.settings, window, theme, self)
        """The accounts, their dialogs and their menu."""
        self.accounts.used.connect(self._on_account_used)
        self.accounts.key_wanted.connect(self.open_key_dialog)
        self.accounts.failed.connect(self.failed)
        window.sidebar.key_requested.connect(self.accounts.open_from_sidebar)
        self._has_welcome = False
        self._last_key = ("", "", False)
        keys.looked_up.connect(self._on_looked_up)
        keys.origin_changed.connect(self._on_origin)
        keys.stage_changed.connect(self._on_stage)
        keys.accepted.connect(self._on_accepted)
        keys.refused.connect(self._on_refused)
        keys.regions_found.connect(self._on_regions_found)
        keys.not_kept.connect(self._on_not_kept)
        window.leave_demo_requested.connect(self.show_welcome)

    def begin(self) -> None:
        """After the first frame: find out where the key stands."""
        self._window.sidebar.set_key_words(tr("Looking for the key…"))
        self._keys.look_up()

    def _on_looked_up(self, origin: str) -> None:
        if origin != KeyOrigin.NONE or self._engine.is_demo or not self._engine.needs_key:
            self.ready.emit()
        else:
            self.show_welcome()

    def _on_origin(self, origin: str) -> None:
        is_demo = self._engine.is_demo
        self._window.set_demo(is_demo)
        needs_key = self._engine.needs_key
        shown = short_origin_words(origin, is_demo=is_demo, needs_key=needs_key)
        if len(self._engine.settings.accounts) > 1 and not is_demo and not self._engine.is_base_url_given:
            from qwen_desktop.ui.account_kinds import title_of

            shown = f"{title_of(self._engine.account)} · {shown}"
        self._window.sidebar.set_key_words(shown)
        words = key_origin_words(origin)
        if is_demo:
            words = tr("The demo answers on this computer. It is not Qwen.")
        elif not needs_key and origin == KeyOrigin.NONE:
            words = tr("{host} answers. It needs no key.", host=self._engine.account_host)
        self._window.empty_state.key_words.setText(words)
        if self._dialog is not None:
            self._dialog.set_origin(origin)

    # First start

    def show_welcome(self) -> None:
        """The page that asks for a key, with the demo as the other way."""
        welcome = self._window.welcome
        if not self._has_welcome:
            self._has_welcome = True
            welcome.check_requested.connect(
                lambda key, region_id: self._check(key, region_id, is_session_only=welcome.is_session_only)
            )
            welcome.demo_requested.connect(self._start_demo)
            welcome.link_activated.connect(lambda _: self._open_key_page(welcome.region_choice.chosen()))
            welcome.action_triggered.connect(self._on_action)
            welcome.local_server_requested.connect(self.accounts.find_nearby)
        welcome.reset()
        welcome.set_local_available(not self._engine.is_base_url_given)
        welcome.set_regions(self._region_rows(), self._region_id())
        self._window.show_welcome()

    def _region_rows(self) -> list[tuple[str, str]]:
        from PySide6.QtCore import QUrl

        from qwen_desktop.core.providers.regions import REGIONS

        rows = [(region.id, region.name) for region in REGIONS]
        if not self._region_id():
            host = QUrl(self._engine.base_url).authority() or self._engine.base_url
            rows.insert(0, ("", host))
        is_elsewhere = self._engine.account.id in self._engine.settings.accounts and not self._region_id()
        return [rows[0]] if self._engine.is_base_url_given or is_elsewhere else rows

    def _region_id(self) -> str:
        """Of the server in use; '' for one that is not a region of the service."""
        from qwen_desktop.core.providers.regions import region_of

        found = None if self._engine.is_base_url_given else region_of(self._engine.base_url.rstrip("/"))
        return found.id if found else ""

    def _check(self, key: str, region_id: str, *, is_session_only: bool) -> None:
        self._last_key = (key, region_id, is_session_only)
        self._keys.check_and_save(key, region_id, session_only=is_session_only)

    def _open_key_page(self, region_id: str) -> None:
        """Where keys of the chosen region are made."""
        from qwen_desktop.core.providers.regions import REGIONS

        chosen = next((region for region in REGIONS if region.id == region_id), REGIONS[0])
        open_link(chosen.console_url)

    def _start_demo(self) -> None:
        self._keys.cancel()
        self.settings.change(replace(self._engine.settings, server=replace(self._engine.settings.server, demo=True)))
        self._on_origin(str(self._keys.origin))
        self.ready.emit()

    def _on_stage(self, stage: str) -> None:
        words = tr("Checking…") if stage == CHECKING else tr("Waiting for the keyring…")
        if self._dialog is not None:
            self._dialog.show_waiting(words)
        elif self._window.page == "welcome":
            self._window.welcome.show_checking(words)

    def _on_accepted(self, origin: str) -> None:
        self._last_key = ("", "", False)
        if self._engine.settings.server.demo:
            self.settings.change(
                replace(self._engine.settings, server=replace(self._engine.settings.server, demo=False))
            )
        else:
            self.settings.save()
        self._on_origin(origin)
        if self._dialog is not None:
            self._dialog.show_saved(origin)
            self._dialog.accept()
            self.key_accepted.emit()
        if self._window.page == "welcome":
            self._window.welcome.reset()
            self.ready.emit()

    def _on_account_used(self) -> None:
        """Another account answers: whoever stood at the first start has begun, if nothing more is needed."""
        self._on_origin(str(self._keys.origin))
        has_all = self._keys.origin != KeyOrigin.NONE or not self._engine.needs_key
        if self._window.page == "welcome" and has_all:
            self._window.welcome.reset()
            self.ready.emit()
        elif self._window.page == "welcome":
            self._window.welcome.set_regions(self._region_rows(), self._region_id())

    def _on_refused(self, error: QwenDesktopError, hosts: list[str]) -> None:
        sentence = describe(error).sentence
        if not hosts:
            self._show_error(sentence, [])
            return
        self._show_error(f"{sentence} {regions_sentence(hosts)}", [try_regions()])

    def _on_regions_found(self, regions: list[Region]) -> None:
        self._show_error(*regions_found(regions))

    def _on_not_kept(self, error: ApiKeyStoreError) -> None:
        self._window.welcome.set_session_choice(True)
        actions = [NoticeAction(_SESSION, tr("Keep only for this session"), is_primary=True)]
        self._show_error(describe(error).sentence, actions if self._last_key[0] else [])

    def _show_error(self, sentence: str, actions: list[NoticeAction]) -> None:
        if self._dialog is not None:
            self._dialog.show_error(sentence, actions)
        else:
            self._window.welcome.show_error(sentence, actions)

    def _on_action(self, name: str) -> None:
        key, region_id, is_session_only = self._last_key
        if name == TRY_REGIONS:
            if key:
                self._keys.try_regions(key, region_id)
            return
        if chosen := region_in(name):
            region_id = chosen
            self._window.welcome.choose_region(region_id)
        elif name == _SESSION:
            is_session_only = True
        if key:
            self._check(key, region_id, is_session_only=is_session_only)

    # The key dialog

    def open_key_dialog(self) -> None:
        if self._dialog is not None:
            self._dialog.raise_()
            return
        from qwen_desktop.ui.views.api_key_dialog import ApiKeyDialog

        dialog = self._dialog = ApiKeyDialog(self._theme, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.set_origin(str(self._keys.origin))
        dialog.set_regions(self._region_rows(), self._region_id())
        dialog.save_requested.connect(
            lambda key, only: self._check(key, dialog.region_choice.chosen(), is_session_only=only)
        )
        dialog.forget_requested.connect(self._forget)
        dialog.action_triggered.connect(self._on_action)
        dialog.finished.connect(self._on_dialog_closed)
        dialog.open()

    def _forget(self) -> None:
        self._last_key = ("", "", False)
        self._keys.forget()
        if self._dialog is not None:
            self._dialog.show_idle()

    def _on_dialog_closed(self) -> None:
        self._dialog = None
        self._last_key = ("", "", False)
        self._keys.cancel()

    # Settings

    @property
    def shortcuts(self) -> ShortcutSettings:
        """The keys in force."""
        return self.settings.shortcuts

    def open_settings(self) -> None:
        self.settings.open()

    def remember_sidebar(self, is_visible: bool, width_px: int) -> None:
        self.settings.remember_sidebar(is_visible, width_px)

    def remember_zoom(self, zoom: float) -> None:
        """The text of the transcript is that much larger than usual from now on."""
        self.settings.remember_zoom(zoom)

    def open_console(self) -> None:
        """The service's own pages, where keys are made and bills are paid; the user asked for it."""
        from qwen_desktop.core.providers.regions import REGIONS, region_of

        found = region_of(self._engine.base_url.rstrip("/")) or REGIONS[0]
        open_link(found.console_url)

    async def close(self) -> None:
        """Ends once the settings are written."""
        await self.accounts.close()
        await self.settings.close()


def short_origin_words(origin: str, *, is_demo: bool, needs_key: bool = True) -> str:
    """Where the key stands, for the sidebar's last line."""
    if is_demo:
        return tr("Demo, no key")
    from qwen_desktop.ui.account_kinds import short_key_words

    return short_key_words(origin, is_optional=not needs_key)
