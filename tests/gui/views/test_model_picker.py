"""The picker's panel: rows, columns, search, keys and what a screen reader hears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton

from qwen_desktop.core.chat.price import Price, Step
from qwen_desktop.core.providers import catalogue
from qwen_desktop.core.providers.servers import CHINA, Server, ServerKind
from qwen_desktop.core.words import set_language
from qwen_desktop.ui.model_rows import foot_words, model_row, short_price
from qwen_desktop.ui.models.model_list import ModelRow
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.effort_button import EffortButton
from qwen_desktop.ui.views.main_window import MainWindow
from qwen_desktop.ui.views.model_delegate import Columns, columns_of

IDS = ("qwen3.7-plus", "qwen3.8-max", "qwen3-coder-plus", "qwen-plus", "qwen-long", "next-model")


def rows() -> list[ModelRow]:
    made = []
    for one in IDS:
        known = catalogue.abilities(one)
        price = catalogue.price(one, CHINA)
        is_unlisted = one == "qwen-long"
        made.append(model_row(one, known, price, can_search=known.search is True, is_unlisted=is_unlisted))
    return made


@pytest.fixture
def picking(theme: Theme, shown: Callable[..., Any]) -> MainWindow:
    window = shown(MainWindow(theme))
    window.resize(900, 600)
    window.composer.set_models(rows())
    window.composer.set_model("qwen3.7-plus")
    window.picker.offer_parameters()
    window.picker.set_foot("¥ per million")
    window.open_model_picker()
    return window


def heard(window: MainWindow) -> list[str]:
    model = window.picker.rows
    role = Qt.ItemDataRole.AccessibleTextRole
    return [str(model.index(i).data(role)) for i in range(model.rowCount())]


def found(window: MainWindow, typed: str) -> list[str]:
    window.picker.search_field.setText(typed)
    model = window.picker.rows
    return [str(model.index(i).data()) for i in range(model.rowCount())]


def test_a_row_says_in_words_what_it_shows(picking: MainWindow) -> None:
    said = heard(picking)
    assert said[0] == (
        "qwen3.7-plus, in use, balanced, reads pictures, can think, searches the web, sees pictures, price not known, "
        "room for 1M tokens"
    )
    assert "¥12 per million tokens of input, ¥36 of output" in said[1]
    assert "¥0.8 per million tokens of input, ¥2 of output, ¥8 of output when it thinks, more above 131,072" in said[3]
    assert "not in this server's list" in said[4]
    assert said[5] == "next-model, price not known"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("vision", ["qwen3.7-plus", "qwen3.8-max"]),
        ("THINKING search", ["qwen3.7-plus", "qwen3.8-max", "qwen-plus"]),
        ("code", ["qwen3-coder-plus"]),
        ("pdf", ["qwen3.8-max"]),
        ("very long", ["qwen-long"]),
        ("nothing-like-it", []),
    ],
)
def test_search_finds_abilities_and_descriptions(picking: MainWindow, typed: str, expected: list[str]) -> None:
    assert found(picking, typed)[:-1] == expected
    assert picking.picker.list.currentIndex().row() == 0, "the best match is marked, the typed id after it"


def test_search_finds_chinese_words(theme: Theme, shown: Callable[..., Any]) -> None:
    set_language("zh_CN")
    try:
        window = shown(MainWindow(theme))
        window.composer.set_models(rows())
        window.open_model_picker()
        assert found(window, "视觉")[:-1] == ["qwen3.7-plus", "qwen3.8-max"]
        assert found(window, "vision")[:-1] == ["qwen3.7-plus", "qwen3.8-max"]
        assert found(window, "代码")[:-1] == ["qwen3-coder-plus"]
        window.picker.close_panel()
    finally:
        set_language("en")


def test_keys_walk_the_list_from_the_search_field(picking: MainWindow) -> None:
    field, current = picking.picker.search_field, picking.picker.list.currentIndex
    for key, row in (
        (Qt.Key.Key_End, 5),
        (Qt.Key.Key_Down, 5),
        (Qt.Key.Key_Up, 4),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_PageDown, 5),
        (Qt.Key.Key_PageUp, 0),
    ):
        QTest.keyClick(field, key)
        assert current().row() == row
    QTest.keyClicks(field, "plus")
    QTest.keyClick(field, Qt.Key.Key_Home)
    assert field.cursorPosition() == 0, "in a text Home is the text's"
    QTest.keyClick(field, Qt.Key.Key_End)
    QTest.keyClick(field, Qt.Key.Key_End)
    assert current().row() == picking.picker.rows.rowCount() - 1


def test_tab_goes_through_the_foot_and_round(picking: MainWindow) -> None:
    picker = picking.picker
    switch = QPushButton("account")
    picker.set_server_switch(switch)
    picker.show_status("It failed.", can_retry=True)
    stops = [picker.foot.retry_button, picker.foot.parameters_button, switch, picker.search_field]
    for key, wanted in ((Qt.Key.Key_Tab, stops), (Qt.Key.Key_Backtab, [*stops[2::-1], stops[3]])):
        walked = []
        for _ in stops:
            QTest.keyClick(QApplication.focusWidget(), key)
            walked.append(QApplication.focusWidget())
        assert walked == wanted
    assert picker.isVisible()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not picker.isVisible()


def test_rows_that_come_later_leave_the_marked_one_where_it_is(picking: MainWindow) -> None:
    picker = picking.picker
    QTest.keyClick(picker.search_field, Qt.Key.Key_End)
    before = picker.list.verticalScrollBar().value()
    picker.set_models([*rows(), *(ModelRow(f"more-{i}") for i in range(160))])
    assert picker.list.currentIndex().data() == "next-model"
    assert picker.list.verticalScrollBar().value() == before
    QTest.keyClick(picker.search_field, Qt.Key.Key_Return)
    assert not picker.isVisible()


@pytest.mark.parametrize(("wide", "high"), [(360, 320), (480, 600), (900, 600), (1280, 820)])
def test_the_foot_gives_way_before_the_rows(picking: MainWindow, wide: int, high: int) -> None:
    picker = picking.picker
    picker.close_panel()
    picking.resize(wide, high)
    QApplication.processEvents()
    picker.show_status("The server's list of models is not here. " * 3, can_retry=True)
    picking.open_model_picker()
    QApplication.processEvents()
    assert picking.rect().contains(picker.geometry().adjusted(16, 16, -16, -16))
    assert picker.list.height() >= 48
    assert picker.foot.words.isVisible() is (high > 400)
    if picker.foot.isVisible():
        assert picker.list.geometry().bottom() < picker.foot.geometry().top()
        assert picker.foot.geometry().bottom() <= picker.height() - 16


def test_columns_are_one_for_all_rows_and_go_where_there_is_no_room(picking: MainWindow) -> None:
    columns = columns_of(rows(), picking.font())
    assert columns.icons == ("bulb", "globe", "image")
    assert columns.price_px > columns.context_px > 0
    assert columns.fitted(500) == columns
    assert columns.fitted(330).context_px == 0
    assert columns.fitted(200) == Columns(columns.icons)
    assert columns_of([ModelRow("m")], picking.font()) == Columns()


@pytest.mark.parametrize(
    ("model_id", "server", "words"),
    [
        ("qwen3.8-max", CHINA, "¥12 / 36"),
        ("qwen3.8-max", Server(ServerKind.INTERNATIONAL, "ap-southeast-1"), "$2 / 6"),
        ("qwen-plus", CHINA, "from ¥0.8 / 2"),
        ("qwen-turbo", CHINA, "from ¥0.3 / 0.6"),
        ("qwen3-vl-flash", CHINA, "from ¥0.15 / 1.5"),
        ("qwen3.7-plus", CHINA, ""),
        ("qwen-plus", Server(ServerKind.CODING_PLAN), ""),
    ],
)
def test_prices_in_short(model_id: str, server: Server, words: str) -> None:
    assert short_price(catalogue.price(model_id, server)) == words


def test_the_foot_says_whence_the_prices_are() -> None:
    from decimal import Decimal

    from qwen_desktop.core.chat.price import FREE

    own = Price("CNY", (Step(Decimal(1), Decimal(2), Decimal(0), Decimal(2)),), None)
    old, new = catalogue.price("qwen-plus"), catalogue.price("qwen3.8-max")
    assert short_price(own) == "¥1 / 2*"
    assert foot_words([old, None]) == "¥ per million tokens, in / out · prices of 2026-05-27"
    assert foot_words([old, new]).endswith("prices of 2026-05-27 to 2026-08-26")
    assert foot_words([own]) == "¥ per million tokens, in / out · * your own price"
    assert foot_words([FREE]) == "Nothing is paid per token here"
    assert foot_words([None]) == "No prices are known here"
    assert foot_words([old], is_demo=True).endswith("the demo costs nothing")


def test_a_model_on_this_computer_says_so_and_has_no_price() -> None:
    from qwen_desktop.core.chat.price import FREE

    server = Server(ServerKind.OLLAMA)
    row = model_row("qwen3:8b", catalogue.abilities("qwen3:8b", server), FREE, can_search=False, is_here=True)
    assert row.description == "on this computer · open model"
    assert (row.price, row.price_sentence) == ("", "nothing is paid per token")


def test_the_effort_menu_offers_the_models_own_levels(theme: Theme, shown: Callable[..., Any], qtbot: Any) -> None:
    button = shown(EffortButton(theme))
    button.set_efforts(("low", "medium", "xhigh"), "low", 8_000)
    assert button.text() == "Budget of 8,000 tokens"
    button.set_efforts(("low", "medium", "xhigh"), "low")
    assert (button.text(), button.accessibleDescription(), button.has_efforts) == ("Low", "Low", True)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    menu = button.findChild(QMenu)
    assert menu is not None
    assert [(one.text(), one.isChecked()) for one in menu.actions()] == [
        ("Model's own", False), ("Low", True), ("Medium", False), ("Very high", False),
    ]  # fmt: skip
    with qtbot.waitSignal(button.effort_chosen, timeout=1000) as told:
        menu.actions()[3].trigger()
    assert told.args == ["xhigh"]
    menu.close()
    qtbot.waitUntil(lambda: button.findChild(QMenu) is None)
    button.set_efforts(("high",), "")
    assert not button.has_efforts, "one level is no choice"
