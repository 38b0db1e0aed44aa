"""What is changed in the settings to settings in force, saved and told; what cannot be is explained where it was typed.

The dialog is made when it is asked for, opened without a nested loop, and forgotten when it closes.
"""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl, Signal

from qwen_desktop.core.errors import ApiKeyRejected, QwenDesktopError, StorageUnavailable
from qwen_desktop.core.settings.settings import Settings, ShortcutSettings
from qwen_desktop.core.words import describe, key_origin_words, tr
from qwen_desktop.ui.aio import TaskOwner
from qwen_desktop.ui.other_regions import TRY_REGIONS, region_in, regions_found, regions_sentence, try_regions
from qwen_desktop.ui.settings_table import rule_of, value_of, with_value
from qwen_desktop.ui.shortcuts import native, shortcuts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtWidgets import QWidget

    from qwen_desktop.core.chat.sums import MonthOfModel
    from qwen_desktop.core.providers.connection_check import Outcome, Step
    from qwen_desktop.desktop.hotkey.status import HotkeyStatus
    from qwen_desktop.engine import Engine
    from qwen_desktop.ui.controllers.keys import KeyController
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.account_list import AccountRow
    from qwen_desktop.ui.views.main_window import MainWindow
    from qwen_desktop.ui.views.settings_dialog import SettingsDialog

LICENCE_URL = "https://www.apache.org/licenses/LICENSE-2.0"


class SettingsController(QObject):
    """Owns the settings dialog, and writes the file.

    Signals:
      settings_changed(Settings): in force now
      key_wanted(): the key dialog is to be opened
      autostart_changed(bool): the user wants the app to start at login, or no longer
      hotkey_wanted_again(): the keys that are set were chosen once more, since they did not work
      export_requested(), import_requested(): of all chats
      opened(): the dialog is there
      page_shown(str): a page of the dialog, by its name
      account_wanted(str verb, str id): as AccountList tells it
      region_wanted(str id): the account in use is to be one of this region, which accepts its key
      failed(BaseException): a bug
    """

    settings_changed = Signal(object)
    key_wanted = Signal()
    autostart_changed = Signal(bool)
    hotkey_wanted_again = Signal()
    export_requested = Signal()
    import_requested = Signal()
    opened = Signal()
    page_shown = Signal(str)
    account_wanted = Signal(str, str)
    region_wanted = Signal(str)
    failed = Signal(object)

    def __init__(
        self, engine: Engine, keys: KeyController, window: MainWindow, theme: Theme, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._keys = keys
        self._window = window
        self._theme = theme
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._dialog: SettingsDialog | None = None
        self._saving: asyncio.Task[object] | None = None
        self._is_unsaved = False
        self._testing: asyncio.Task[object] | None = None
        self._autostart: bool | None = None
        self._hotkey_status: HotkeyStatus | None = None
        self._more_pages: list[tuple[str, Callable[[], str], Callable[[], QWidget]]] = []
        self._parts: list[tuple[str, Callable[[], QWidget]]] = []
        keys.origin_changed.connect(self._on_origin)
        self._use_shortcuts()

    # What the app tells

    @property
    def shortcuts(self) -> ShortcutSettings:
        """In force: each key does one thing."""
        return self._shortcuts

    @property
    def _shown_settings(self) -> Settings:
        return replace(self._engine.settings, shortcuts=self._shortcuts)

    def set_autostart(self, is_on: bool | None) -> None:
        """Whether the app starts at login; None where it cannot."""
        self._autostart = is_on
        if self._dialog is not None:
            self._dialog.set_autostart(is_on)

    def show_hotkey_status(self, status: HotkeyStatus) -> None:
        """What became of the hotkey."""
        self._hotkey_status = status
        if self._dialog is not None:
            self._dialog.show_hotkey_status(status)

    def show_months(self, months: Sequence[MonthOfModel]) -> None:
        """What each month with each model took, the newest first."""
        if self._dialog is not None:
            self._dialog.show_months(months)

    def show_accounts(self, rows: Sequence[AccountRow], note: str) -> None:
        """All accounts as they are now."""
        if self._dialog is not None:
            self._dialog.show_accounts(rows, note)

    @property
    def dialog(self) -> SettingsDialog | None:
        """While it is open."""
        return self._dialog

    def add_page(self, name: str, title: Callable[[], str], make: Callable[[], QWidget]) -> None:
        """One more page in every dialog opened from now on; `make` is called when it is first shown."""
        self._more_pages.append((name, title, make))

    def add_part(self, page: str, make: Callable[[], QWidget]) -> None:
        """Something below the rows of a page, in every dialog opened from now on."""
        self._parts.append((page, make))

    # The dialog

    def open(self, page: str = "") -> None:
        """Opens the dialog, or brings it to the front; at a page, if one is named."""
        dialog = self.make_ready()
        if page:
            dialog.show_page(page)
        dialog.open()
        dialog.raise_()
        self.opened.emit()

    def make_ready(self) -> SettingsDialog:
        """Makes the dialog if there is none; it is not seen yet.  With its opening it would take more than a frame."""
        if self._dialog is None:
            self._dialog = self._made_dialog()
        return self._dialog

    def _made_dialog(self) -> SettingsDialog:
        from qwen_desktop.ui.views.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._theme, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, title, make in self._more_pages:
            dialog.add_page(name, title(), make)
        for page, make in self._parts:
            dialog.add_part(page, make)
        dialog.show_settings(self._shown_settings)
        dialog.set_key_words(key_origin_words(str(self._keys.origin)))
        dialog.set_folders(str(self._engine.paths.data), str(self._engine.paths.settings))
        dialog.set_autostart(self._autostart)
        if self._hotkey_status is not None:
            dialog.show_hotkey_status(self._hotkey_status)
        dialog.wishes.value_changed.connect(self.set_value)
        dialog.wishes.reset_requested.connect(self._reset)
        dialog.wishes.shortcuts_reset_requested.connect(self._reset_shortcuts)
        dialog.wishes.autostart_changed.connect(self.autostart_changed)
        dialog.page_shown.connect(self.page_shown)
        dialog.wishes.key_requested.connect(self.key_wanted)
        dialog.wishes.data_folder_requested.connect(lambda: _open_folder(str(self._engine.paths.data)))
        dialog.wishes.settings_file_requested.connect(lambda: _open_folder(str(self._engine.paths.settings.parent)))
        dialog.wishes.export_requested.connect(self.export_requested)
        dialog.wishes.import_requested.connect(self.import_requested)
        dialog.wishes.shortcut_list_requested.connect(lambda: self._window.show_shortcuts(dialog))
        dialog.wishes.licence_requested.connect(_open_licence)
        dialog.wishes.test_requested.connect(self._test)
        dialog.wishes.test_cancelled.connect(self._cancel_test)
        dialog.wishes.test_action_triggered.connect(self._on_test_action)
        dialog.wishes.account_wanted.connect(self.account_wanted)
        dialog.finished.connect(self._on_closed)
        return dialog

    def _on_closed(self) -> None:
        self._cancel_test()
        self._dialog = None

    def _on_origin(self, origin: str) -> None:
        if self._dialog is not None:
            self._dialog.set_key_words(key_origin_words(origin))

    # Changes

    def set_value(self, key: str, value: object) -> None:
        """One setting, by `table.field`; what cannot be used is told under its row and not stored."""
        sentence = self._refusal(key, value)
        if sentence:
            self._show_note(key, sentence)
            if self._dialog is not None and key != "chat.model":
                self._dialog.show_settings(self._shown_settings)  # keys are as they were; a text may be corrected
            return
        self._show_note(key, "")
        if key == "desktop.hotkey" and value == self._engine.settings.desktop.hotkey:
            self.hotkey_wanted_again.emit()
        else:
            self.change(with_value(self._engine.settings, key, value))

    def _refusal(self, key: str, value: object) -> str:
        """Why a value cannot be taken, or ''."""
        if key == "chat.model" and not value:
            return tr("Enter the id of a model, such as {example}.", example=Settings().chat.model)
        rule = rule_of(key)
        if rule is None or not rule.accepts(value):
            return tr("This value cannot be used; nothing was changed.")
        table, _, name = key.partition(".")
        if table == "shortcuts":
            from qwen_desktop.ui.key_conflicts import conflict

            return conflict(name, str(value), self._shortcuts, self._engine.settings.desktop.hotkey)
        if key == "desktop.hotkey" and value:
            return self._hotkey_conflict(str(value))
        return ""

    def _hotkey_conflict(self, keys: str) -> str:
        """The hotkey works in our own windows too, so what it took there could not be reached any more."""
        from PySide6.QtGui import QKeySequence

        for shortcut in shortcuts():
            if QKeySequence(keys) in map(QKeySequence, shortcut.all_keys(self._shortcuts)):
                text = tr("{keys} is taken by “{other}”. Press other keys, or change those of “{other}” first.",
                          keys=native(keys), other=shortcut.help_text)  # fmt: skip
                return text
        return ""

    def _reset(self, key: str) -> None:
        self.set_value(key, value_of(Settings(), key))

    def _reset_shortcuts(self) -> None:
        for field in fields(ShortcutSettings):
            self._show_note(f"shortcuts.{field.name}", "")
        self.change(replace(self._engine.settings, shortcuts=ShortcutSettings()))

    def _show_note(self, key: str, sentence: str) -> None:
        if self._dialog is not None:
            self._dialog.show_note(key, sentence)

    def change(self, settings: Settings) -> None:
        """Uses other settings from now on, tells it, and writes them."""
        before = self._engine.settings
        if settings != before:
            self._engine.change(settings)
            if settings.shortcuts != before.shortcuts:
                self._use_shortcuts()
            self.settings_changed.emit(settings)
            self.save()
            if settings.network != before.network or settings.server != before.server:
                self._cancel_test()
        if self._dialog is not None:
            self._dialog.show_settings(self._shown_settings)

    def remember_sidebar(self, is_visible: bool, width_px: int) -> None:
        appearance = replace(self._engine.settings.appearance, sidebar_visible=is_visible, sidebar_width_px=width_px)
        self.change(replace(self._engine.settings, appearance=appearance))

    def remember_zoom(self, zoom: float) -> None:
        """The text of the transcript is that much larger than usual from now on."""
        self.change(with_value(self._engine.settings, "appearance.text_zoom", zoom))

    def remember_tray_hint(self, state: str) -> None:
        """'due' or 'told': whether it has yet to be said that there is no tray."""
        self.change(with_value(self._engine.settings, "desktop.tray_hint", state))

    def remember_quick_ask(self, values: Mapping[str, object]) -> None:
        """What was chosen in the quick ask itself."""
        quick_ask = replace(self._engine.settings.quick_ask, **values)  # type: ignore[arg-type]
        self.change(replace(self._engine.settings, quick_ask=quick_ask))

    def _use_shortcuts(self) -> None:
        """Those of the settings; where a file gave two actions the same keys, the second one does without, and so does
        one that was given keys people write with."""
        from qwen_desktop.ui.key_conflicts import in_force

        self._shortcuts, lost = in_force(self._engine.settings.shortcuts)
        self._window.set_shortcuts(self._shortcuts)
        names = {shortcut.action: shortcut.help_text for shortcut in shortcuts()}
        for action, owner in lost[:3]:  # one sentence each; more of them would fill the window
            keys = native(str(getattr(self._engine.settings.shortcuts, action)))
            told = tr(
                "settings.toml gives “{action}” the keys {keys}, which are needed for writing. They are not used.",
                action=names[action],
                keys=keys,
            )
            if owner:
                told = tr("settings.toml gives “{action}” the keys of “{other}”, which keeps them.",
                          action=names[action], other=names[owner])  # fmt: skip
            self._window.add_notice(told)

    # The file

    def save(self) -> None:
        """Writes the settings as they are now; while that is being done, once more afterwards."""
        self._is_unsaved = True
        if self._saving is None:
            self._saving = self._tasks.start(self._save(), name="save settings")

    async def _save(self) -> None:
        try:
            while self._is_unsaved:
                self._is_unsaved = False
                await self._engine.save_settings()
        except StorageUnavailable as error:
            self._window.show_notice(describe(error).sentence)
        finally:
            self._saving = None

    # The test of the connection

    def _test(self) -> None:
        from qwen_desktop.core.providers.connection_check import Step

        self._cancel_test()
        if self._dialog is not None:
            self._dialog.show_test_step(step_words(Step.NAME))
        self._testing = self._tasks.start(self._run_test(), name="test the connection")

    def _cancel_test(self) -> None:
        if self._testing is not None:
            self._testing.cancel()
            self._testing = None
            if self._dialog is not None:
                self._dialog.show_test_idle()

    async def _run_test(self) -> None:
        dialog = self._dialog
        if dialog is None:
            return
        outcome = await self._engine.check_connection(lambda step: dialog.show_test_step(step_words(step)))
        self._testing = None
        if self._dialog is dialog:
            self._show_outcome(dialog, outcome)

    def _show_outcome(self, dialog: SettingsDialog, outcome: Outcome) -> None:
        from qwen_desktop.core.providers.connection_check import Step

        if outcome.failed is None or outcome.error is None:
            dialog.show_test_good(outcome.took_ms)
            return
        sentence = describe(outcome.error).sentence
        if outcome.failed is Step.MODEL:
            model = self._engine.settings.chat.model
            sentence = tr("The server's list of models does not name {model}, the model for new chats.", model=model)
        dialog.show_test_failed(step_words(outcome.failed), sentence)
        if isinstance(outcome.error, ApiKeyRejected):
            self._offer_regions(dialog)

    def _offer_regions(self, dialog: SettingsDialog) -> None:
        """A key that is refused may be another region's: found out only if the user wants it."""
        regions = self._engine.regions_to_try("")
        if regions:
            dialog.show_test_offer(regions_sentence(region.base_url for region in regions), [try_regions()])

    def _on_test_action(self, name: str) -> None:
        if name == TRY_REGIONS:
            self._cancel_test()
            self._testing = self._tasks.start(self._try_regions(), name="try regions")
        else:
            self.region_wanted.emit(region_in(name))

    async def _try_regions(self) -> None:
        from qwen_desktop.core.providers.connection_check import Step

        dialog = self._dialog
        if dialog is None:
            return
        dialog.show_test_step(step_words(Step.REGION))
        try:
            found = await self._engine.regions_that_know("")
        except QwenDesktopError as error:
            dialog.show_test_failed(step_words(Step.KEY), describe(error).sentence)
            return
        finally:
            self._testing = None
        sentence, actions = regions_found(found)
        if self._dialog is dialog:
            dialog.show_test_failed(step_words(Step.REGION if found else Step.KEY), sentence)
            if actions:
                dialog.show_test_offer(tr("The key itself goes with it."), actions)

    async def close(self) -> None:
        """Ends once the settings are written."""
        self._cancel_test()
        if self._saving is not None:
            await asyncio.gather(self._saving, return_exceptions=True)
        await self._tasks.close()


def _open_folder(path: str) -> None:
    from PySide6.QtGui import QDesktopServices

    QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def _open_licence() -> None:
    """The text that was shipped, where there is one."""
    from PySide6.QtGui import QDesktopServices

    from qwen_desktop.core.paths import resources

    shipped = resources().parent / "LICENSE"
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(shipped)) if shipped.is_file() else QUrl(LICENCE_URL))


def step_words(step: Step) -> str:
    """A step's name, as the row names it."""
    from qwen_desktop.core.providers.connection_check import Step

    match step:
        case Step.NAME:
            return tr("DNS name")
        case Step.PROXY:
            return tr("Proxy")
        case Step.CONNECTION:
            return tr("Connection")
        case Step.TLS:
            return tr("TLS")
        case Step.KEY:
            return tr("Key")
        case Step.REGION:
            return tr("Region")
        case Step.MODELS:
            return tr("Model list")
        case Step.MODEL:
            return tr("Model")
