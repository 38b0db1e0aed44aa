"""One page of the settings: the rows of the table that belong to it, and those of a kind of their own."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop import __version__
from qwen_desktop.core.settings.settings import Settings
from qwen_desktop.core.words import current_language, tr, tr_into
from qwen_desktop.desktop.hotkey.status import HotkeyStatus
from qwen_desktop.desktop.start_command import quick_command
from qwen_desktop.ui.settings_table import Control, Row, range_words, rows, value_of
from qwen_desktop.ui.shortcuts import native, sending_keys
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.connection_test import ConnectionTest
from qwen_desktop.ui.views.controls import Label, name_control
from qwen_desktop.ui.views.fields import Switch
from qwen_desktop.ui.views.hotkey_field import HotkeyField
from qwen_desktop.ui.views.key_form import Outcome
from qwen_desktop.ui.views.proxy_fields import ProxyFields
from qwen_desktop.ui.views.setting_controls import SettingControl, make_control
from qwen_desktop.ui.views.setting_row import SettingRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.core.chat.sums import MonthOfModel
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.account_list import AccountRow
    from qwen_desktop.ui.views.settings_wishes import SettingsWishes


class Facts(NamedTuple):
    """What the pages show besides the settings."""

    key_words: str = ""
    data_folder: str = ""
    settings_file: str = ""
    autostart: bool | None = None
    """None: this system cannot, and there is no row for it."""
    hotkey_status: HotkeyStatus | None = None
    months: tuple[MonthOfModel, ...] = ()
    accounts: tuple[AccountRow, ...] = ()
    accounts_note: str = ""
    """Why none of them counts now."""


class SettingsPage(QWidget):
    """`rows` and `controls` by the key of the setting.

    Signals: note_changed(str key, str sentence); accounts_requested(): their page is to be shown.
    """

    note_changed = Signal(str, str)
    accounts_requested = Signal()

    def __init__(
        self,
        theme: Theme,
        name: str,
        title: str,
        facts: Facts,
        wishes: SettingsWishes,
        make_part: Callable[[], QWidget] | None = None,
    ) -> None:
        """What the user does is told by `wishes`.  `make_part`: makes what stands below the rows."""
        super().__init__()
        self._theme = theme
        self._wishes = wishes
        self._name = name
        self._settings = Settings()
        self._facts = facts
        self._found: set[str] | None = None
        self.rows: dict[str, SettingRow] = {}
        self.controls: dict[str, QWidget] = {}
        self._made: dict[str, SettingControl] = {}
        self._reset_all: Button | None = None
        self._make_part = make_part
        self._part: QWidget | None = None
        self._groups: dict[str, tuple[Label, list[str]]] = {}
        self.setObjectName(f"page_{name}")
        self._column = _page_column(self, theme, title)
        self._group = ""
        self._to_make = [row for row in self.table() if row.page == name]
        self._first = self._to_make[0].key
        """The row with which a search shows what stands below them all."""

    @staticmethod
    def table() -> tuple[Row, ...]:
        return rows()

    def make_some(self, until: float = math.inf) -> bool:
        """Make rows from the top on, until `time.perf_counter()` says so; whether there are more.

        A row costs 1 to 2 ms, so a page made at once would be felt while a reply is being painted."""
        while self._to_make and time.perf_counter() < until:
            row = self._to_make.pop(0)
            self._group = row.group or self._group
            self._add(row, self._group)
            if not self._to_make and self._name == "shortcuts":
                self._add_reset_all()
            if not self._to_make and self._make_part is not None:
                self._part = self._make_part()
                self._column.addWidget(self._part)
            self._show_row(row.key)
        self._show_rows()
        return bool(self._to_make)

    # What the dialog tells

    def show_settings(self, settings: Settings) -> None:
        self._settings = settings
        for key in self.rows:
            self._show_row(key)

    def show_facts(self, facts: Facts) -> None:
        self._facts = facts
        for key in self.rows:
            self._show_row(key)
        self._show_rows()

    def _show_row(self, key: str) -> None:
        """Fill a row with what the settings and the facts say."""
        settings, usual, facts, row = self._settings, Settings(), self._facts, self.rows[key]
        if (made := self._made.get(key)) is not None:
            value, default = value_of(settings, key), value_of(usual, key)
            made.show(value)
            row.set_changed(value != default, made.words(default))
        match key:
            case "network.proxy":
                self.proxy.show_setting(settings.network.proxy)
                row.set_changed(bool(settings.network.proxy), tr("System"))
            case "desktop.hotkey":
                self.hotkey.set_keys(settings.desktop.hotkey)
                row.set_changed(settings.desktop.hotkey != usual.desktop.hotkey, native(usual.desktop.hotkey))
                if facts.hotkey_status is not None:
                    self.hotkey.show_status(facts.hotkey_status)
            case "shortcuts.send":
                label = self.controls[key]
                assert isinstance(label, Label)
                label.setText(sending_keys(settings.chat.enter_sends))
            case "appearance.language":
                self._show_language(settings.appearance.language)
            case "autostart":
                self.autostart_switch.setChecked(facts.autostart is True)
            case "key":
                whose = next((one.title for one in facts.accounts if one.is_in_use), "")
                row.set_hint(" · ".join(filter(None, (whose, facts.key_words))))
            case "data_folder":
                row.set_hint(facts.data_folder)
            case "accounts":
                self.accounts.show_accounts(facts.accounts, facts.accounts_note)
            case "months":
                self._show_months(facts)
            case "settings_file":
                row.set_hint(facts.settings_file)
        if self._reset_all is not None:
            self._reset_all.setEnabled(settings.shortcuts != usual.shortcuts)

    def show_found(self, found: set[str] | None) -> bool:
        """Show only the rows a search found (None: all); whether there are any."""
        self._found = found
        return self._show_rows()

    def _show_rows(self) -> bool:
        shown = {key for key in self.rows if self._found is None or key in self._found}
        if self._facts.autostart is None:
            shown.discard("autostart")
        for key, row in self.rows.items():
            row.setVisible(key in shown)
        for label, keys in self._groups.values():
            label.setVisible(not shown.isdisjoint(keys))
        if self._reset_all is not None:
            self._reset_all.setVisible(self._found is None)
        if self._part is not None:
            self._part.setVisible(self._first in shown)
        return bool(shown)

    def _show_language(self, chosen: str) -> None:
        """In the words of the language that was chosen, since whoever chose it can read them."""
        if chosen and chosen != current_language():
            self.rows["appearance.language"].set_note(tr_into(chosen)("Takes effect at the next start"))
        else:
            self.rows["appearance.language"].set_note("")

    # How it is made

    def _add(self, row: Row, group: str) -> None:
        if group:
            label, keys = self._groups.get(group, (None, []))
            if label is None:
                label = Label(self._theme, group, colour="text_secondary", bold=True)
                label.setContentsMargins(0, 20, 0, 0)
                self._column.addWidget(label)
                self._groups[group] = (label, keys)
            keys.append(row.key)
        name = row.key.rpartition(".")[2]
        make = getattr(self, f"_make_{name}") if row.control is Control.OWN else self._make_usual
        made = make(row, name)
        self.rows[row.key] = made
        self._column.addWidget(made)

    def _make_usual(self, row: Row, name: str) -> SettingRow:
        control = make_control(self._theme, row, lambda value: self._wishes.value_changed.emit(row.key, value))
        self.controls[row.key] = control.widget
        words = range_words(row)
        hint = f"{row.hint} · {words}" if words else row.hint
        made = SettingRow(
            self._theme, name, row.title, hint, control.widget, can_reset=not isinstance(control.widget, Label)
        )
        if not isinstance(control.widget, Label):
            self._made[row.key] = control
            made.reset_button.clicked.connect(lambda: self._wishes.reset_requested.emit(row.key))
        return made

    def _row_with_button(self, row: Row, name: str, words: str, spoken: str, signal: SignalInstance) -> SettingRow:
        button = Button(self._theme, words)
        name_control(button, f"open_{name}", spoken)
        button.clicked.connect(signal)
        self.controls[row.key] = button
        return SettingRow(self._theme, name, row.title, row.hint, button)

    def _make_autostart(self, row: Row, name: str) -> SettingRow:
        self.autostart_switch = Switch(self._theme, row.title)
        name_control(self.autostart_switch, name)
        self.autostart_switch.clicked.connect(
            lambda: self._wishes.autostart_changed.emit(self.autostart_switch.isChecked())
        )
        self.controls[row.key] = self.autostart_switch
        return SettingRow(self._theme, name, row.title, row.hint, self.autostart_switch)

    def _make_hotkey(self, row: Row, name: str) -> SettingRow:
        self.hotkey = HotkeyField(self._theme)
        self.hotkey.set_command(quick_command())
        self.hotkey.keys_chosen.connect(lambda keys: self._wishes.value_changed.emit(row.key, keys))
        self.hotkey.setFocusProxy(None)  # type: ignore[arg-type]  # with one, Tab passes the clear button by
        self.controls[row.key] = self.hotkey
        made = SettingRow(self._theme, name, row.title, row.hint, self.hotkey, can_reset=True)
        made.below.addWidget(self.hotkey.outcome)
        made.reset_button.clicked.connect(lambda: self._wishes.reset_requested.emit(row.key))
        return made

    def _make_key(self, row: Row, name: str) -> SettingRow:
        return self._row_with_button(row, name, tr("Change"), tr("Change the API key"), self._wishes.key_requested)

    def _make_other_keys(self, row: Row, name: str) -> SettingRow:
        return self._row_with_button(row, name, tr("Accounts"), tr("Show the accounts"), self.accounts_requested)

    def _make_proxy(self, row: Row, name: str) -> SettingRow:
        self.proxy = ProxyFields(self._theme)
        self.controls[row.key] = self.proxy.choice
        made = SettingRow(self._theme, name, row.title, row.hint, self.proxy.choice, can_reset=True)
        made.reset_button.clicked.connect(lambda: self._wishes.reset_requested.emit(row.key))
        made.below.addWidget(self.proxy)
        self.proxy.proxy_chosen.connect(lambda setting: self._wishes.value_changed.emit(row.key, setting))
        self.proxy.problem_changed.connect(lambda sentence: self.note_changed.emit(row.key, sentence))
        return made

    def _make_connection_test(self, row: Row, name: str) -> SettingRow:
        self.test = ConnectionTest(self._theme)
        self.test.requested.connect(self._wishes.test_requested)
        self.test.cancelled.connect(self._wishes.test_cancelled)
        self.controls[row.key] = self.test.button
        made = SettingRow(self._theme, name, row.title, row.hint, self.test)
        self.test_offer = Outcome(self._theme)
        self.test_offer.action_triggered.connect(self._wishes.test_action_triggered)
        made.below.addWidget(self.test_offer)
        return made

    def _make_accounts(self, row: Row, name: str) -> SettingRow:
        from qwen_desktop.ui.views.account_list import AccountList

        self.accounts = AccountList(self._theme)
        self.accounts.wanted.connect(self._wishes.account_wanted)
        self.controls[row.key] = self.accounts.list
        made = SettingRow(self._theme, name, row.title, row.hint, self.accounts.add_button)
        made.below.addWidget(self.accounts)
        return made

    def _make_data_folder(self, row: Row, name: str) -> SettingRow:
        return self._row_with_button(
            row, name, tr("Open"), tr("Open the data folder"), self._wishes.data_folder_requested
        )

    def _make_settings_file(self, row: Row, name: str) -> SettingRow:
        spoken = tr("Open the folder of the settings file")
        return self._row_with_button(row, name, tr("Open"), spoken, self._wishes.settings_file_requested)

    def _make_export_all(self, row: Row, name: str) -> SettingRow:
        return self._row_with_button(row, name, tr("Export…"), tr("Export all chats"), self._wishes.export_requested)

    def _make_import_chats(self, row: Row, name: str) -> SettingRow:
        return self._row_with_button(row, name, tr("Import…"), tr("Import chats"), self._wishes.import_requested)

    def _make_months(self, row: Row, name: str) -> SettingRow:
        from qwen_desktop.ui.views.months_table import MonthsTable

        self.months = MonthsTable(self._theme)
        self.controls[row.key] = self.months
        self.nothing_counted = Label(self._theme, tr("No reply was counted yet."), colour="text_secondary")
        made = SettingRow(self._theme, name, row.title, row.hint, None)
        made.below.addWidget(self.nothing_counted)
        made.below.addWidget(self.months)
        self._show_months(self._facts)
        return made

    def _show_months(self, facts: Facts) -> None:
        self.months.show_months(facts.months)
        self.months.setVisible(bool(facts.months))
        self.nothing_counted.setVisible(not facts.months)

    def _make_version(self, row: Row, name: str) -> SettingRow:
        words = tr("Version {version}", version=__version__)
        made = SettingRow(self._theme, name, row.title, words, None)
        made.hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return made

    def _make_licences(self, row: Row, name: str) -> SettingRow:
        return self._row_with_button(row, name, tr("Read"), tr("Read the licence"), self._wishes.licence_requested)

    def _make_shortcut_list(self, row: Row, name: str) -> SettingRow:
        return self._row_with_button(
            row, name, tr("Show"), tr("Show the shortcuts"), self._wishes.shortcut_list_requested
        )

    def _add_reset_all(self) -> None:
        made = self._reset_all = Button(self._theme, tr("All back to their defaults"))
        name_control(made, "reset_shortcuts")
        made.clicked.connect(self._wishes.shortcuts_reset_requested)
        self._column.addSpacing(16)
        self._column.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)


class WidgetPage(QWidget):
    """A page that is one widget somebody else made."""

    def __init__(self, theme: Theme, title: str, widget: QWidget) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        _page_column(self, theme, title).addWidget(widget, 1)

    def make_some(self, until: float = math.inf) -> bool:
        """It is whole."""
        return False

    def show_settings(self, settings: Settings) -> None:
        """It has none."""

    def show_facts(self, facts: Facts) -> None:
        """Nor does it show these."""

    def show_found(self, found: set[str] | None) -> bool:
        """Found by its title only, which is the dialog's business."""
        return found is None


def _page_column(page: QWidget, theme: Theme, title: str) -> QVBoxLayout:
    column = QVBoxLayout(page)
    column.setContentsMargins(24, 8, 24, 16)
    column.setSpacing(0)
    column.addWidget(Label(theme, title, points=13.5, bold=True))
    column.addSpacing(10)
    return column
