"""The settings dialog: what it tells, what it shows, how it is searched; by mouse and by keys alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from qwen_desktop.core.settings.settings import AppearanceSettings, ChatSettings, NetworkSettings, Settings
from qwen_desktop.desktop.hotkey.status import HotkeyState, HotkeyStatus
from qwen_desktop.ui.settings_table import Control, pages, rows, value_of
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.fields import Choice, Field, Switch
from qwen_desktop.ui.views.keys_button import KeysButton
from qwen_desktop.ui.views.number_field import NumberField
from qwen_desktop.ui.views.settings_dialog import SettingsDialog

LEFT = Qt.MouseButton.LeftButton
OTHER = Settings(
    chat=ChatSettings(model="m", protocol="compatible", enter_sends=False),
    appearance=AppearanceSettings(theme="dark", language="zh_CN", font_size_pt=12.5, text_zoom=1.5, line_width_px=900),
    network=NetworkSettings(connect_timeout_s=2.5, max_retries=0, proxy="socks5://me:s3cret@proxy:1080"),
)


@pytest.fixture
def dialog(theme: Theme, shown: Callable[..., Any], qtbot: Any) -> SettingsDialog:
    made = SettingsDialog(theme)
    made.show_settings(Settings())
    shown(made)
    qtbot.waitUntil(made.isActiveWindow)
    return made


def told_by(dialog: SettingsDialog) -> list[tuple[str, object]]:
    told: list[tuple[str, object]] = []
    dialog.wishes.value_changed.connect(lambda key, value: told.append((key, value)))
    return told


def row_keys(dialog: SettingsDialog) -> list[str]:
    """Keys of the rows that can be seen, in their order."""
    found = []
    for name in pages():
        page = dialog._pages.get(name)
        if page is not None and page.isVisible():
            found += [key for key, row in page.rows.items() if row.isVisible()]
    return found


def test_showing_settings_fills_every_control_and_tells_nothing(dialog: SettingsDialog) -> None:
    for name in pages():
        dialog.page(name)
    told = told_by(dialog)
    dialog.show_settings(OTHER)
    assert told == []
    assert dialog.control("appearance.theme").chosen() == "dark"
    assert dialog.control("appearance.language").chosen() == "zh_CN"
    assert dialog.control("chat.model").text() == "m"
    assert not dialog.control("chat.enter_sends").isChecked()
    assert dialog.control("appearance.font_size_pt").text() == "12.5 pt"
    assert dialog.control("appearance.text_zoom").text() == "150 %"
    assert dialog.control("network.connect_timeout_s").text() == "2.5 s"
    assert dialog.control("network.max_retries").text() == "0"
    dialog.show_settings(Settings())
    assert dialog.control("appearance.font_size_pt").text() == "System"
    assert told == []


def test_every_setting_tells_its_key_and_a_value_its_rule_accepts(dialog: SettingsDialog) -> None:
    from qwen_desktop.ui.settings_table import rule_of

    told = told_by(dialog)
    for row in rows():
        if row.control is Control.OWN or (row.control is Control.KEYS and not value_of(Settings(), row.key)):
            continue
        control, before = dialog.control(row.key), len(told)
        control.setFocus()
        match control:
            case Switch():
                QTest.keyClick(control, Qt.Key.Key_Space)
            case Choice() if control.count() == 1:
                continue  # no fonts here
            case Choice() | NumberField():
                QTest.keyClick(control, Qt.Key.Key_Down)
                if len(told) == before:
                    QTest.keyClick(control, Qt.Key.Key_Up)
            case Field():
                QTest.keyClicks(control, "x")
                QTest.keyClick(control, Qt.Key.Key_Return)
            case KeysButton():
                QTest.keyClick(control, Qt.Key.Key_Space)
                QTest.keyClick(control, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
        assert [key for key, _ in told[before:]] == [row.key]
        rule = rule_of(row.key)
        assert rule is not None
        assert rule.accepts(told[-1][1]), told[-1]
        assert told[-1][1] != value_of(Settings(), row.key), row.key


def test_what_is_not_the_default_has_a_way_back_that_names_it(dialog: SettingsDialog, qtbot: Any) -> None:
    for name in pages():
        dialog.page(name)
    assert [
        key for page in pages() for key, row in dialog.page(page).rows.items() if not row.reset_button.isHidden()
    ] == []
    dialog.show_settings(OTHER)
    dialog.show_page("network")
    row = dialog.row("network.connect_timeout_s")
    assert row is not None
    assert row.reset_button.isVisible()
    assert row.reset_button.toolTip() == "Back to the default: 10 s"
    with qtbot.waitSignal(dialog.wishes.reset_requested, timeout=1000) as told:
        QTest.mouseClick(row.reset_button, LEFT)
    assert told.args == ["network.connect_timeout_s"]


def test_a_number_takes_nothing_out_of_its_range(dialog: SettingsDialog) -> None:
    told = told_by(dialog)
    number = dialog.control("network.connect_timeout_s")
    assert isinstance(number, NumberField)
    for typed in ("0.01", "9999", "abc", "-3", "nan"):
        number.setFocus()
        number.selectAll()
        QTest.keyClicks(number, typed)
        QTest.keyClick(number, Qt.Key.Key_Return)
        assert 0.1 <= number.value() <= 600
    assert all(0.1 <= value <= 600 for _, value in told)
    number.setValue(10)
    told.clear()
    number.selectAll()
    QTest.keyClicks(number, "25")
    assert told == []  # not while it is typed
    QTest.keyClick(number, Qt.Key.Key_Return)
    assert told == [("network.connect_timeout_s", 25.0)]
    assert dialog.isVisible()


def test_a_font_size_is_the_systems_or_one_that_can_be_read(dialog: SettingsDialog) -> None:
    told = told_by(dialog)
    number = dialog.control("appearance.font_size_pt")
    number.setFocus()
    QTest.keyClick(number, Qt.Key.Key_Up)
    QTest.keyClick(number, Qt.Key.Key_Up)
    QTest.keyClick(number, Qt.Key.Key_Down)
    QTest.keyClick(number, Qt.Key.Key_Down)
    assert [value for _, value in told] == [8.0, 8.5, 8.0, 0.0]


def test_a_field_tells_once_when_it_is_left(dialog: SettingsDialog) -> None:
    told = told_by(dialog)
    field = dialog.control("chat.model")
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, " my-model ")
    assert told == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    dialog.control("chat.thinking").setFocus()
    assert told == [("chat.model", "my-model")]
    assert dialog.isVisible()
    error = dialog.findChild(QLabel, "model_error")
    dialog.show_note("chat.model", "There is no such model.")
    assert error.isVisible()
    assert field.accessibleDescription().endswith("the server knows There is no such model.")
    dialog.show_note("chat.model", "")
    assert not error.isVisible()


def test_the_language_is_told_of_in_its_own_words(dialog: SettingsDialog) -> None:
    row = dialog.row("appearance.language")
    dialog.control("appearance.language")
    row = dialog.row("appearance.language")
    assert row is not None
    dialog.show_settings(replace(Settings(), appearance=AppearanceSettings(language="zh_CN")))
    assert row.note.text() == "下次启动时生效"
    dialog.show_settings(replace(Settings(), appearance=AppearanceSettings(language="en")))
    assert row.note.isHidden()


# The proxy


def test_a_proxy_is_chosen_by_hand_only_once_its_address_is_whole(dialog: SettingsDialog) -> None:
    told = told_by(dialog)
    choice = dialog.control("network.proxy")
    proxy = dialog.page("network").proxy
    note = dialog.row("network.proxy").note
    assert not proxy.isVisible()
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_Down)
    assert proxy.isVisible()
    assert proxy.address_field.hasFocus()
    assert (told, note.isVisible()) == ([], True)
    QTest.keyClicks(proxy.address_field, "ftp://h")
    QTest.keyClick(proxy.address_field, Qt.Key.Key_Return)
    assert (told, "ftp" not in note.text(), note.isVisible()) == ([], True, True)
    proxy.address_field.selectAll()
    QTest.keyClicks(proxy.address_field, "socks5://h:1")
    QTest.keyClick(proxy.address_field, Qt.Key.Key_Return)
    assert (told, note.isVisible()) == ([("network.proxy", "socks5://h:1")], False)
    proxy.user_field.setFocus()
    QTest.keyClicks(proxy.user_field, "me")
    proxy.password_field.setFocus()
    QTest.keyClicks(proxy.password_field, "p@ss word")
    choice.setFocus()
    assert told[-1] == ("network.proxy", "socks5://me:p%40ss%20word@h:1")
    QTest.keyClick(choice, Qt.Key.Key_Down)
    assert told[-1] == ("network.proxy", "none")
    assert not proxy.isVisible()


def test_what_is_typed_of_a_proxy_stays_while_other_things_change(dialog: SettingsDialog) -> None:
    dialog.show_settings(Settings())
    choice = dialog.control("network.proxy")
    proxy = dialog.page("network").proxy
    note = dialog.row("network.proxy").note
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_Down)
    QTest.keyClicks(proxy.address_field, "ftp://h")
    dialog.control("network.max_retries").setFocus()
    for tell in (lambda: dialog.show_settings(Settings(network=NetworkSettings(max_retries=1))),
                 lambda: dialog.set_autostart(True), lambda: dialog.set_key_words("none")):  # fmt: skip
        tell()
        assert (proxy.address_field.text(), choice.chosen(), proxy.isVisible()) == ("ftp://h", "manual", True)
        assert note.isVisible()
    dialog.show_settings(Settings(network=NetworkSettings(proxy="http://other:1")))  # chosen elsewhere
    assert proxy.address_field.text() == "http://other:1"


def test_a_whole_line_pasted_as_the_address_is_taken_apart(dialog: SettingsDialog) -> None:
    told = told_by(dialog)
    choice = dialog.control("network.proxy")
    proxy = dialog.page("network").proxy
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_Down)
    proxy.address_field.setText("http://me:p%40ss@h:1")
    QTest.keyClick(proxy.address_field, Qt.Key.Key_Return)
    assert told == [("network.proxy", "http://me:p%40ss@h:1")]
    assert proxy.address_field.text() == "http://h:1"
    assert (proxy.user_field.text(), proxy.password_field.text()) == ("me", "p@ss")


def test_a_proxys_password_is_shown_nowhere(dialog: SettingsDialog) -> None:
    dialog.show_settings(OTHER)
    dialog.show_page("network")
    page = dialog.page("network")
    assert page.proxy.password_field.text() == "s3cret"
    assert page.proxy.password_field.echoMode() == QLineEdit.EchoMode.Password
    for widget in dialog.findChildren(QWidget):
        texts = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), widget.statusTip()]
        if isinstance(widget, QLabel):
            texts.append(widget.text())
        elif isinstance(widget, QLineEdit):
            texts.append(widget.displayText())
        assert not [text for text in texts if "s3cret" in text], widget


def test_the_test_of_the_connection_says_how_far_it_is_and_can_be_left(dialog: SettingsDialog, qtbot: Any) -> None:
    dialog.show_page("network")
    test = dialog.page("network").test
    with qtbot.waitSignal(dialog.wishes.test_requested, timeout=1000):
        QTest.mouseClick(test.button, LEFT)
    dialog.show_test_step("TLS")
    assert (test.words.text(), test.button.text()) == ("TLS…", "Cancel")
    with qtbot.waitSignal(dialog.wishes.test_cancelled, timeout=1000):
        QTest.mouseClick(test.button, LEFT)
    dialog.show_test_idle()
    assert (test.words.text(), test.button.text()) == ("", "Test")
    dialog.show_test_failed("Key", "The key is not accepted.")
    assert test.words.text() == "Key failed"
    assert dialog.row("connection_test").note.text() == "The key is not accepted."
    dialog.show_test_good(86)
    assert test.words.text() == "All good, 86 ms"
    assert dialog.row("connection_test").note.isHidden()


# Search


def test_typing_shows_what_is_found_under_the_titles_of_its_pages(dialog: SettingsDialog, qtbot: Any) -> None:
    dialog.search_field.setFocus()
    QTest.keyClicks(dialog.search_field, "font")
    qtbot.waitUntil(lambda: row_keys(dialog) == ["appearance.font_family", "appearance.font_size_pt"])
    assert dialog.pages_list.selectedItems() == []
    QTest.keyClicks(dialog.search_field, "xyz")
    qtbot.waitUntil(lambda: dialog.nothing_label.isVisible())
    assert row_keys(dialog) == []
    QTest.keyClick(dialog.search_field, Qt.Key.Key_Escape)
    assert dialog.search_field.text() == ""
    assert dialog.isVisible()
    assert row_keys(dialog)[0] == "chat.enter_sends"
    assert [item.text() for item in dialog.pages_list.selectedItems()] == ["General"]
    QTest.keyClick(dialog.search_field, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_rows_of_several_pages_are_found_at_once_and_can_be_changed_there(dialog: SettingsDialog, qtbot: Any) -> None:
    told = told_by(dialog)
    dialog.search_field.setFocus()
    QTest.keyClicks(dialog.search_field, "timeout")
    qtbot.waitUntil(lambda: len(row_keys(dialog)) == 4)
    QTest.keyClick(dialog.search_field, Qt.Key.Key_Down)
    number = QApplication.focusWidget()
    assert isinstance(number, NumberField)
    QTest.keyClick(number, Qt.Key.Key_Up)
    assert told == [("network.connect_timeout_s", 11.0)]
    QTest.keyClick(number, Qt.Key.Key_Escape)
    assert dialog.search_field.text() == ""
    assert dialog.isVisible()


def test_a_page_chosen_during_a_search_ends_it(dialog: SettingsDialog, qtbot: Any) -> None:
    QTest.keyClicks(dialog.search_field, "font")
    qtbot.waitUntil(lambda: len(row_keys(dialog)) == 2)
    item = dialog.pages_list.item(0)
    QTest.mouseClick(dialog.pages_list.viewport(), LEFT, pos=dialog.pages_list.visualItemRect(item).center())
    assert dialog.search_field.text() == ""
    assert row_keys(dialog)[0] == "chat.enter_sends"


def test_ctrl_f_goes_to_the_search_and_arrows_walk_the_pages(dialog: SettingsDialog, qtbot: Any) -> None:
    dialog.pages_list.setFocus()
    with qtbot.waitSignal(dialog.page_shown, timeout=1000) as told:
        QTest.keyClick(dialog.pages_list, Qt.Key.Key_Down)
    assert told.args == ["models"]
    QTest.keyClick(dialog, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert dialog.search_field.hasFocus()
    QTest.keyClick(dialog.search_field, Qt.Key.Key_Down)
    assert dialog.pages_list.hasFocus()


def test_no_row_of_a_search_is_missing_because_its_page_was_never_shown(dialog: SettingsDialog, qtbot: Any) -> None:
    QTest.keyClicks(dialog.search_field, "a")
    qtbot.waitUntil(lambda: not dialog._make_next.isActive())
    assert sum(len(page.rows) for page in dialog._pages.values()) == len(rows())


# Other pages and facts


def test_another_page_is_made_when_it_is_first_shown(dialog: SettingsDialog, qtbot: Any) -> None:
    made: list[QLabel] = []

    def make() -> QLabel:
        made.append(QLabel("all is well"))
        return made[-1]

    dialog.add_page("doctor", "Doctor", make)
    titles = [dialog.pages_list.item(row).text() for row in range(dialog.pages_list.count())]
    assert titles[-2:] == ["Doctor", "About"]
    assert made == []
    with qtbot.waitSignal(dialog.page_shown, timeout=1000) as told:
        dialog.show_page("doctor")
    assert told.args == ["doctor"]
    assert made[0].isVisible()
    assert made[0].height() > dialog.height() - 120  # it has all the room there is
    dialog.show_page("about")
    dialog.show_page("doctor")
    assert len(made) == 1
    QTest.keyClicks(dialog.search_field, "doct")
    qtbot.waitUntil(lambda: made[0].isVisible() and row_keys(dialog) == [])


def test_a_page_that_was_never_shown_is_found_by_its_title(dialog: SettingsDialog, qtbot: Any) -> None:
    made: list[QLabel] = []

    def make() -> QLabel:
        made.append(QLabel("all is well"))
        return made[-1]

    dialog.add_page("doctor", "Doctor", make)
    QTest.keyClicks(dialog.search_field, "d")
    qtbot.waitUntil(lambda: not dialog._make_next.isActive())
    assert made == []  # it may be meant, or not
    QTest.keyClicks(dialog.search_field, "oc")
    qtbot.waitUntil(lambda: bool(made) and made[0].isVisible())
    assert dialog.nothing_label.isHidden()
    QTest.keyClicks(dialog.search_field, "k")
    qtbot.waitUntil(lambda: not made[0].isVisible())


def test_what_stands_below_the_rows_is_there_with_them_and_with_what_a_search_finds(
    dialog: SettingsDialog, qtbot: Any
) -> None:
    part = QLabel("371 MB")
    dialog.add_part("data", lambda: part)
    dialog.show_page("data")
    qtbot.waitUntil(part.isVisible)
    dialog.show_page("general")
    assert not part.isVisible()
    qtbot.keyClicks(dialog.search_field, "delete everything")
    qtbot.waitUntil(part.isVisible)
    for other in ("proxy", "settings.toml"):  # of another page, and of the same one
        dialog.search_field.setText(other)
        qtbot.waitUntil(lambda: not part.isVisible())
        dialog.search_field.setText("delete everything")
        qtbot.waitUntil(part.isVisible)


def test_pages_that_are_not_seen_cost_nothing_and_are_right_when_they_are(dialog: SettingsDialog) -> None:
    retries = dialog.control("network.max_retries")
    dialog.show_page("general")
    dialog.show_settings(OTHER)
    assert isinstance(retries, NumberField)
    assert retries.value() == 3  # of a page nobody sees
    dialog.show_page("network")
    assert retries.value() == 0
    dialog.show_page("general")
    dialog.show_settings(Settings())
    dialog.search_field.setText("retries")
    assert (retries.isVisible(), retries.value()) == (True, 3)


def test_facts_are_shown_whenever_their_page_is_made(dialog: SettingsDialog, qtbot: Any) -> None:
    assert dialog.row("autostart") is None or dialog.row("autostart").isHidden()
    dialog.set_folders("/data", "/config/settings.toml")
    dialog.set_key_words("No key is set.")
    dialog.show_hotkey_status(HotkeyStatus(HotkeyState.TAKEN, "Ctrl+Alt+Q"))
    dialog.set_autostart(True)
    assert dialog.page("data").rows["data_folder"].hint.text() == "/data"
    assert dialog.page("data").rows["settings_file"].hint.text() == "/config/settings.toml"
    assert dialog.page("keys").rows["key"].hint.text() == "No key is set."
    assert "Another program" in dialog.page("general").hotkey.words
    switch = dialog.control("autostart")
    assert (switch.isVisible(), switch.isChecked()) == (True, True)
    with qtbot.waitSignal(dialog.wishes.autostart_changed, timeout=1000) as told:
        switch.click()
    assert told.args == [False]
    dialog.set_autostart(None)
    assert not switch.isVisible()


def test_the_wheel_scrolls_a_page_and_changes_nothing_on_it(dialog: SettingsDialog) -> None:
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent

    told = told_by(dialog)
    for key in ("appearance.theme", "appearance.line_width_px"):
        control = dialog.control(key)
        place = QPointF(control.rect().center())
        event = QWheelEvent(
            place, QPointF(control.mapToGlobal(place.toPoint())), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(control, event)
    assert told == []


def test_tab_reaches_every_control_of_every_page(dialog: SettingsDialog) -> None:
    dialog.show_settings(OTHER)
    for name in pages():
        dialog.page(name)
        dialog.show_page(name)
        dialog.search_field.setFocus()
        reached: set[QWidget] = set()
        for _ in range(80):
            dialog.focusNextChild()
            focused = QApplication.focusWidget()
            assert focused is not None
            if focused in reached:
                break
            reached.add(focused)
        page = dialog.page(name)
        wanted = [
            widget
            for widget in page.findChildren(QWidget)
            if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and widget.focusProxy() is None
        ]  # fmt: skip
        assert [w.objectName() for w in wanted if w not in reached and w.parent() not in reached] == [], name


def test_shift_tab_into_a_page_scrolls_to_its_last_row(dialog: SettingsDialog, qtbot: Any) -> None:
    dialog.show_page("shortcuts")
    qtbot.waitUntil(lambda: not dialog._make_next.isActive())
    dialog.search_field.setFocus()
    QTest.keyClick(dialog.search_field, Qt.Key.Key_Backtab)
    last = QApplication.focusWidget()
    assert last is not None
    assert last.objectName() == "keys_quit"
    assert not last.visibleRegion().isEmpty()


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac shows signs")
def test_the_keys_that_send_are_shown_as_they_are_set(dialog: SettingsDialog) -> None:
    label = dialog.control("shortcuts.send")
    assert isinstance(label, QLabel)
    assert label.text() == "Enter, Ctrl+Enter"
    dialog.show_settings(OTHER)
    assert label.text() == "Shift+Enter, Ctrl+Enter"
    assert dialog.page("shortcuts").findChild(QLabel, "fixed_rename_chat").text() == "F2"


def test_the_page_of_the_key_leads_to_those_of_other_accounts(dialog: SettingsDialog) -> None:
    dialog.show_page("keys")
    QTest.mouseClick(dialog.control("other_keys"), Qt.MouseButton.LeftButton)
    assert dialog.page("models").isVisible()
