"""What a user can wish for on the pages of the settings, as signals of one object that all pages share."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class SettingsWishes(QObject):
    """Signals:
    value_changed(str key, object value): `table.field` of the settings; the value has the right type but may have to
      be refused with `show_note` of the dialog
    reset_requested(str key): to its default
    shortcuts_reset_requested(): all of them
    autostart_changed(bool)
    key_requested(), data_folder_requested(), settings_file_requested(), shortcut_list_requested()
    licence_requested(): its text is to be opened in the browser
    export_requested(), import_requested(): of all chats
    test_requested(), test_cancelled(): of the connection
    test_action_triggered(str name): what was offered after a test was chosen
    account_wanted(str verb, str id): see AccountList
    """

    value_changed = Signal(str, object)
    reset_requested = Signal(str)
    shortcuts_reset_requested = Signal()
    autostart_changed = Signal(bool)
    key_requested = Signal()
    data_folder_requested = Signal()
    settings_file_requested = Signal()
    export_requested = Signal()
    import_requested = Signal()
    shortcut_list_requested = Signal()
    licence_requested = Signal()
    test_requested = Signal()
    test_cancelled = Signal()
    test_action_triggered = Signal(str)
    account_wanted = Signal(str, str)
