"""First start, key dialog and model picker: what they tell and what they show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from qwen_desktop.core.settings.settings import ShortcutSettings
from qwen_desktop.ui.models.model_list import ModelRow, context_words
from qwen_desktop.ui.notices import NoticeAction
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.api_key_dialog import ApiKeyDialog
from qwen_desktop.ui.views.image_question import ImageQuestion
from qwen_desktop.ui.views.main_window import MainWindow
from qwen_desktop.ui.views.shortcut_list import ShortcutList
from qwen_desktop.ui.views.welcome import WelcomePage

LEFT = Qt.MouseButton.LeftButton
MODELS = [
    ModelRow("qwen3.8-max", "deepest thinking", True, 1_000_000),
    ModelRow("qwen3.7-plus", "balanced", True, 1_000_000),
    ModelRow("qwen-long", "very long documents", False, 10_000_000),
]


@pytest.fixture
def welcome(theme: Theme, shown: Callable[..., Any]) -> WelcomePage:
    made = WelcomePage(theme)
    made.resize(900, 600)
    made.set_regions([("beijing", "Beijing"), ("singapore", "Singapore")])
    return shown(made)


@pytest.fixture
def dialog(theme: Theme, shown: Callable[..., Any]) -> ApiKeyDialog:
    return shown(ApiKeyDialog(theme))


# The first start


def test_enter_on_the_empty_field_starts_the_demo(welcome: WelcomePage, qtbot: Any) -> None:
    with qtbot.waitSignal(welcome.demo_requested, timeout=1000):
        QTest.keyClick(welcome.key_field, Qt.Key.Key_Return)


def test_enter_on_a_key_checks_it_and_starts_no_demo(welcome: WelcomePage, qtbot: Any) -> None:
    QTest.keyClicks(welcome.key_field, " sk-abc def ")
    with (
        qtbot.assertNotEmitted(welcome.demo_requested),
        qtbot.waitSignal(welcome.check_requested, timeout=1000) as told,
    ):
        QTest.keyClick(welcome.key_field, Qt.Key.Key_Return)
    assert told.args == ["sk-abcdef", "beijing"]


def test_check_button_waits_for_a_key_and_takes_the_region(welcome: WelcomePage, qtbot: Any) -> None:
    assert not welcome.check_button.isEnabled()
    welcome.choose_region("singapore")
    QTest.keyClicks(welcome.key_field, "sk-1")
    with qtbot.waitSignal(welcome.check_requested, timeout=1000) as told:
        QTest.mouseClick(welcome.check_button, LEFT)
    assert told.args == ["sk-1", "singapore"]


def test_nothing_is_asked_twice_while_a_check_runs(welcome: WelcomePage, qtbot: Any) -> None:
    QTest.keyClicks(welcome.key_field, "sk-1")
    welcome.show_checking("Waiting for the keyring…")
    assert welcome.outcome.words == "Waiting for the keyring…"
    with qtbot.assertNotEmitted(welcome.check_requested), qtbot.assertNotEmitted(welcome.demo_requested):
        QTest.keyClick(welcome.key_field, Qt.Key.Key_Return)
        QTest.mouseClick(welcome.check_button, LEFT)
    QTest.keyClicks(welcome.key_field, "2")
    assert welcome.key_field.text() == "sk-1"


def test_an_error_is_a_sentence_with_a_button_and_keeps_the_key(welcome: WelcomePage, qtbot: Any) -> None:
    QTest.keyClicks(welcome.key_field, "sk-1")
    welcome.show_checking()
    welcome.show_error("Not known in Beijing. <i>x</i>", [NoticeAction("try_singapore", "Try Singapore", True)])
    assert welcome.key_field.text() == "sk-1"
    assert welcome.outcome.words == "Not known in Beijing. <i>x</i>"
    button = welcome.findChild(QWidget, "outcome_try_singapore")
    with qtbot.waitSignal(welcome.action_triggered, timeout=1000) as told:
        QTest.mouseClick(button, LEFT)
    assert told.args == ["try_singapore"]
    QTest.keyClicks(welcome.key_field, "2")
    assert not welcome.outcome.isVisible()


def test_session_choice_is_there_only_when_offered(welcome: WelcomePage) -> None:
    assert not welcome.session_box.isVisible()
    assert not welcome.is_session_only
    welcome.set_session_choice(True)
    welcome.session_box.setChecked(True)
    assert welcome.is_session_only
    welcome.set_session_choice(False)
    assert not welcome.is_session_only


def test_local_server_is_absent_until_there_is_a_way(welcome: WelcomePage, qtbot: Any) -> None:
    assert not welcome.local_card.isVisible()
    welcome.set_local_available(True)
    with qtbot.waitSignal(welcome.local_server_requested, timeout=1000):
        QTest.mouseClick(welcome.local_card.button, LEFT)


def test_link_leads_to_where_keys_are_made(welcome: WelcomePage, qtbot: Any) -> None:
    with qtbot.waitSignal(welcome.link_activated, timeout=1000) as told:
        QTest.mouseClick(welcome.link, LEFT)
    assert told.args[0].startswith("https://")


def test_reset_forgets_the_key(welcome: WelcomePage) -> None:
    QTest.keyClicks(welcome.key_field, "sk-1")
    welcome.show_checking()
    welcome.reset()
    assert welcome.key_field.text() == ""
    assert not welcome.outcome.isVisible()


# The key dialog


def test_key_dialog_has_its_fixed_names(dialog: ApiKeyDialog) -> None:
    assert dialog.accessibleName() == "API key"
    assert dialog.windowTitle() == "API key"
    assert dialog.key_field.accessibleName() == "Key"
    assert dialog.save_button.accessibleName() == "Save key"


@pytest.mark.parametrize(
    ("origin", "can_forget"), [("environment", False), ("keychain", True), ("session", True), ("none", False)]
)
def test_key_dialog_says_where_the_key_stands(dialog: ApiKeyDialog, origin: str, can_forget: bool) -> None:
    dialog.set_origin(origin)
    assert dialog.origin_words.text()
    assert dialog.forget_button.isVisible() == can_forget


def test_key_dialog_saves_for_the_session_or_for_good(dialog: ApiKeyDialog, qtbot: Any) -> None:
    assert not dialog.save_button.isEnabled()
    QTest.keyClicks(dialog.key_field, "sk-a")
    with qtbot.waitSignal(dialog.save_requested, timeout=1000) as told:
        QTest.mouseClick(dialog.save_button, LEFT)
    assert told.args == ["sk-a", False]
    dialog.set_keychain_available(False)
    with qtbot.waitSignal(dialog.save_requested, timeout=1000) as told:
        QTest.keyClick(dialog.key_field, Qt.Key.Key_Return)
    assert told.args == ["sk-a", True]
    assert dialog.isVisible()


def test_key_is_hidden_until_it_is_asked_for(dialog: ApiKeyDialog) -> None:
    assert dialog.key_field.echoMode() == QLineEdit.EchoMode.Password
    QTest.mouseClick(dialog.key_field.reveal_button, LEFT)
    assert dialog.key_field.echoMode() == QLineEdit.EchoMode.Normal
    assert dialog.key_field.reveal_button.accessibleName() == "Hide the key"


def test_a_hidden_key_cannot_be_copied(dialog: ApiKeyDialog, qapp: QApplication) -> None:
    qapp.clipboard().setText("before")
    QTest.keyClicks(dialog.key_field, "sk-secret")
    dialog.key_field.selectAll()
    dialog.key_field.copy()
    assert qapp.clipboard().text() == "before"


def test_a_closed_dialog_holds_no_key(dialog: ApiKeyDialog) -> None:
    QTest.keyClicks(dialog.key_field, "sk-secret")
    QTest.mouseClick(dialog.key_field.reveal_button, LEFT)
    dialog.reject()
    assert dialog.key_field.text() == ""
    assert not dialog.key_field.isUndoAvailable()
    assert dialog.key_field.echoMode() == QLineEdit.EchoMode.Password


def test_waiting_for_the_keyring_can_be_left_but_not_doubled(dialog: ApiKeyDialog, qtbot: Any) -> None:
    QTest.keyClicks(dialog.key_field, "sk-a")
    dialog.show_waiting()
    assert dialog.outcome.words == "Waiting for the keyring…"
    with qtbot.assertNotEmitted(dialog.save_requested):
        QTest.keyClick(dialog.key_field, Qt.Key.Key_Return)
    dialog.show_error("The keyring is locked. Unlock it and save again.")
    assert dialog.key_field.text() == "sk-a"
    assert dialog.save_button.isEnabled()
    dialog.show_saved("keychain")
    assert dialog.key_field.text() == ""
    assert dialog.outcome.words == "Saved"
    dialog.show_waiting()
    QTest.mouseClick(dialog.close_button, LEFT)
    assert not dialog.isVisible()


# The model picker


@pytest.fixture
def picking(window: MainWindow) -> MainWindow:
    window.composer.set_models(MODELS)
    window.composer.set_model("qwen3.7-plus")
    QTest.mouseClick(window.composer.model_button, LEFT)
    assert window.picker.isVisible()
    return window


def test_picker_opens_on_the_model_in_use_and_chooses_by_keys(picking: MainWindow, qtbot: Any) -> None:
    field = picking.picker.search_field
    assert field.hasFocus()
    QTest.keyClick(field, Qt.Key.Key_Down)
    with qtbot.waitSignal(picking.composer.model_chosen, timeout=1000) as told:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert told.args == ["qwen-long"]
    assert not picking.picker.isVisible()
    assert picking.composer.edit.hasFocus()


def test_picker_finds_by_words_of_id_and_description(picking: MainWindow) -> None:
    QTest.keyClicks(picking.picker.search_field, "long docu")
    rows = picking.picker.rows
    assert [str(rows.index(i).data()) for i in range(rows.rowCount())] == ["qwen-long", "Use “longdocu”"]


def test_picker_takes_an_id_nobody_knows_as_typed(picking: MainWindow, qtbot: Any) -> None:
    QTest.keyClicks(picking.picker.search_field, "my/own:model-7b")
    with qtbot.waitSignal(picking.composer.model_chosen, timeout=1000) as told:
        QTest.keyClick(picking.picker.search_field, Qt.Key.Key_Return)
    assert told.args == ["my/own:model-7b"]


def test_picker_offers_a_known_id_once(picking: MainWindow) -> None:
    QTest.keyClicks(picking.picker.search_field, "qwen-long")
    assert picking.picker.rows.rowCount() == 1


def test_escape_closes_the_picker_and_not_the_reply(picking: MainWindow, qtbot: Any) -> None:
    picking.composer.set_running(True)
    with qtbot.assertNotEmitted(picking.composer.stop_requested), qtbot.assertNotEmitted(picking.composer.model_chosen):
        QTest.keyClick(picking.picker.search_field, Qt.Key.Key_Escape)
    assert not picking.picker.isVisible()


def test_a_click_beside_the_picker_closes_it(picking: MainWindow) -> None:
    QTest.mouseClick(picking.picker._scrim, LEFT, pos=picking.rect().topRight() / 2)
    assert not picking.picker.isVisible()


def test_picker_chooses_by_mouse(picking: MainWindow, qtbot: Any) -> None:
    listed = picking.picker.list
    place = listed.visualRect(picking.picker.rows.index(0)).center()
    with qtbot.waitSignal(picking.composer.model_chosen, timeout=1000) as told:
        QTest.mouseClick(listed.viewport(), LEFT, pos=place)
    assert told.args == ["qwen3.8-max"]


@pytest.mark.parametrize(("wide", "high"), [(400, 320), (480, 600), (1280, 820)])
def test_picker_stays_inside_the_window(picking: MainWindow, wide: int, high: int) -> None:
    picking.resize(wide, high)
    assert not picking.picker.isVisible()
    QApplication.processEvents()
    picking.open_model_picker()
    box = picking.picker.geometry().adjusted(16, 16, -16, -16)
    assert picking.rect().contains(box)
    assert picking.picker.list.height() >= 40


@pytest.mark.parametrize(
    ("tokens", "words"),
    [(None, ""), (0, ""), (-1, ""), (500, "500"), (131_072, "131K"), (1_000_000, "1M"), (1_500_000, "1.5M")],
)
def test_context_is_told_in_short(tokens: int | None, words: str) -> None:
    assert context_words(tokens) == words


def test_a_picture_is_opened_only_by_the_button_that_says_so(theme, qtbot) -> None:
    window, told = QWidget(), []
    qtbot.addWidget(window)
    window.show()
    url = "https://example.com@evil.test/a.png"
    for name, expected in (("cancel", []), ("open_image", ["open"]), ("show_image", ["open", "show"])):
        question = ImageQuestion(theme, url, window)
        question.open_requested.connect(lambda: told.append("open"))
        question.show_requested.connect(lambda: told.append("show"))
        question.open()
        assert question.question.accessibleName() == "Load the image from evil.test?"
        assert question.question.text().replace("\u200b", "") == question.question.accessibleName()
        assert question.focusWidget() is question.cancel_button
        question.findChild(QPushButton, name).click()
        assert told == expected
        assert not question.isVisible()
    window.close()


def test_the_keys_of_the_shortcut_list_stand_clear_of_its_scroll_bar(theme, qtbot) -> None:
    dialog = ShortcutList(theme, ShortcutSettings())
    qtbot.addWidget(dialog)
    dialog.resize(dialog.width(), 300)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.area.verticalScrollBar().isVisible())
    area = dialog.area.viewport()
    right = max(label.geometry().right() for label in dialog.area.widget().findChildren(QLabel))
    assert right <= area.width() - 8
