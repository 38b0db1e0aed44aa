"""Every dialog in both languages, at its smallest and its usual size: no word is cut off, and none is left out here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QSizePolicy,
    QStyle,
    QWidget,
)

import qwen_desktop.ui
from qwen_desktop.core.settings.settings import AppearanceSettings
from qwen_desktop.core.words import set_language
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.buttons import Button, IconButton
from qwen_desktop.ui.views.fields import Switch
from qwen_desktop.ui.views.icon_menu import IconMenu
from qwen_desktop.ui.views.key_form import KeyField
from qwen_desktop.ui.views.scrolled import Scrolled
from tests.dialog_gallery import LANGUAGES, gallery, shown
from tests.make_dialog_pictures import main as make_pictures

ELSEWHERE = {
    "attach.py": "the system's own dialog for files",
    "picture_window.py": "its own window is there; the other is the system's own dialog for files",
    "save_code.py": "the system's own dialog for files, and a message box of one sentence",
    "exchange.py": "the system's own dialogs for files and folders",
    "app.py": "a message box of one sentence, before there is a window",
}
"""Files that open a dialog which is not in the gallery, and why."""
WINDOWS = ("QDialog", "FloatingWindow")
"""What a window of its own is made from."""
FREE = {
    "data_folder_row": "a path has no places to break at; it is whole in the tool tip",
    "settings_file_row": "a path has no places to break at; it is whole in the tool tip",
}

SMALLEST = {"bars": (1, 480), "quick-ask-pictures": (1, 300), "quick-ask": (1, 300), "quick-ask-trouble": (1, 300)}
"""Where the smallest size is another: all bars at once need more, and the quick ask chooses its height by itself."""


@pytest.fixture(scope="module", autouse=True)
def as_it_was(qapp: QApplication) -> Iterator[None]:
    font = qapp.font()
    yield
    qapp.setFont(font)
    Theme().set_mode("system")
    qapp.setPalette(QPalette())
    set_language("en")


@pytest.fixture(scope="module")
def dressed(qapp: QApplication) -> Theme:
    theme = Theme()
    theme.install(qapp, AppearanceSettings(theme="light"))
    return theme


def cut_off(widget: QWidget) -> str:
    """The words of a widget that do not fit into it, or ''."""
    metrics = widget.fontMetrics()
    if isinstance(widget, QLabel):
        if widget.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Ignored or not widget.text():
            return ""  # made to be shortened
        if widget.wordWrap():
            longest = max(widget.text().replace("\u200b", " ").split(), key=metrics.horizontalAdvance, default="")
            is_cut = widget.heightForWidth(widget.width()) > widget.height() + 1
            is_cut = is_cut or (metrics.horizontalAdvance(longest) > widget.width() + 1 and not _is_han(longest))
        else:
            is_cut = widget.sizeHint().width() > widget.width() + 1 or metrics.height() > widget.height() + 1
        return widget.text() if is_cut else ""
    if isinstance(widget, QComboBox):
        return widget.currentText() if widget.sizeHint().height() > widget.height() or _choice_is_cut(widget) else ""
    if isinstance(widget, Switch):
        return ""
    if isinstance(widget, QAbstractButton) and widget.text():
        if widget.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Ignored:
            return ""
        return widget.text() if widget.sizeHint().width() > widget.width() + 1 else ""
    if isinstance(widget, QLineEdit):
        words = widget.placeholderText() if not widget.text() else ""
        margins = widget.textMargins()
        room = widget.width() - margins.left() - margins.right()
        return words if metrics.horizontalAdvance(words) > room else ""
    if isinstance(widget, QListWidget):
        texts = [widget.item(row).text() for row in range(widget.count())]
        return next((text for text in texts if metrics.horizontalAdvance(text) > widget.viewport().width() - 20), "")
    return ""


def _is_han(word: str) -> bool:
    return any("\u3400" <= character <= "\u9fff" for character in word)


def _choice_is_cut(choice: QComboBox) -> bool:
    room = choice.width() - 48
    return choice.fontMetrics().horizontalAdvance(choice.currentText()) > room + 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", gallery())
def test_no_words_are_cut_off(dressed: Theme, qtbot: object, name: str, language: str) -> None:
    set_language(language)
    for size in (None, SMALLEST.get(name, (1, 1))):  # its usual size, and as small as it can be made
        with shown(name, dressed, size) as widget:
            found = [
                f"{child.objectName() or type(child).__name__}: {words}"
                for child in [widget, *widget.findChildren(QWidget)]
                if child.isVisible() and (words := cut_off(child)) and child.parentWidget().objectName() not in FREE
            ]
            assert found == [], f"at {widget.width()} × {widget.height()}"
            hidden = [
                child.objectName()
                for child in widget.findChildren(Button)
                if child.isVisible() and not child.visibleRegion().isEmpty() and not _is_inside(child, widget)
            ]
            assert hidden == [], f"at {widget.width()} × {widget.height()}"


def _is_inside(child: QWidget, window: QWidget) -> bool:
    """Whether a button's left and right edge can be seen; what is below is scrolled to."""
    left = child.mapTo(window, child.rect().topLeft()).x()
    return left >= -1 and left + child.width() <= window.width() + 1


IN_THE_MAIN_WINDOW = ("empty", "model-picker", "find-bar", "bars", "pictures")
"""There the sidebar is as wide as the user left it, and its words are shortened."""


@pytest.mark.parametrize("name", [name for name in gallery() if name not in IN_THE_MAIN_WINDOW])
def test_no_words_are_cut_off_in_a_large_font(dressed: Theme, qtbot: object, name: str) -> None:
    set_language("en")
    usual = AppearanceSettings(theme="light")
    dressed.use(replace(usual, font_size_pt=18.0))
    try:
        with shown(name, dressed) as widget:
            children = [child for child in widget.findChildren(QWidget) if child.isVisible()]
            found = [
                words
                for child in children
                if (words := cut_off(child)) and child.parentWidget().objectName() not in FREE
            ]
            assert found == []
            for area in widget.findChildren(Scrolled):
                is_sideways = area.horizontalScrollBarPolicy() is not Qt.ScrollBarPolicy.ScrollBarAlwaysOff
                assert is_sideways or area.widget().width() <= area.viewport().width(), area.widget().width()
    finally:
        dressed.use(usual)


def test_icons_grow_with_the_letters(dressed: Theme, qtbot: object) -> None:
    usual = AppearanceSettings(theme="light")
    words, icon = Button(dressed, "New chat", icon_name="plus"), IconButton(dressed, "gear", "Settings")
    tiny, key = IconButton(dressed, "close", "Remove", side_px=20), KeyField(dressed)
    dressed.use(replace(usual, font_size_pt=10.5))
    try:
        assert (words._icon_px, icon._icon_px, tiny._icon_px) == (16, 16, 16)
        dressed.use(replace(usual, font_size_pt=21.0))
        assert (words._icon_px, icon._icon_px, tiny._icon_px) == (32, 24, 16)
        menu = IconMenu(dressed, words)
        menu.add("pin", "Pin", menu.close)
        assert menu.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize) == 32
        assert menu.actions()[0].icon().availableSizes()[0].width() == 32
        assert key.textMargins().left() > 12 + 32  # what is typed stands beside the icon
    finally:
        dressed.use(usual)


def test_a_word_that_does_not_fit_is_found(dressed: Theme, qtbot: object) -> None:
    label = QLabel("A sentence that is far wider than the room there is")
    button = Button(dressed, "A button that is far wider than the room there is")
    for widget in (label, button):
        widget.resize(40, 32)
        assert cut_off(widget)
        widget.resize(widget.sizeHint())
        assert not cut_off(widget)


def test_every_dialog_of_the_source_is_in_the_gallery() -> None:
    """A class made from QDialog, or a message box that is opened, has a line there or a reason to have none."""
    known = (Path(__file__).parents[2] / "dialog_gallery.py").read_text(encoding="utf-8")
    package = Path(qwen_desktop.ui.__file__).parents[1]
    missing = []
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id in WINDOWS for b in node.bases):
                missing += [f"{path.name}: {node.name}"] if node.name not in known else []
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if called in ("QMessageBox", "QFileDialog") and path.stem not in known and path.name not in ELSEWHERE:
                missing.append(f"{path.name}: {called}")
    assert missing == []


def test_every_page_of_the_settings_and_both_themes_are_in_the_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tests.dialog_gallery as listed

    some = {name: make for name, make in gallery().items() if name in ("settings-about", "api-key")}
    monkeypatch.setattr(listed, "gallery", lambda: some)
    assert make_pictures(tmp_path) == len(list(tmp_path.glob("*.png"))) == 2 * 2 * 2
    assert (tmp_path / "api-key-dark-zh.png").exists()


def test_the_keyboard_is_seen_wherever_it_is(dressed: Theme, qtbot: object) -> None:
    """Every control of the settings looks different when it has the keyboard."""
    set_language("en")
    for name in [name for name in gallery() if name.startswith("settings-")]:
        with shown(name, dressed) as widget:
            widget.activateWindow()
            QApplication.processEvents()
            controls = [
                child for child in widget.findChildren(QWidget)
                if child.isVisible() and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
                and child.objectName() != "qt_spinbox_lineedit"
            ]  # fmt: skip
            for control in controls:
                other = next(c for c in controls if c is not control)
                other.setFocus(Qt.FocusReason.TabFocusReason)
                QApplication.processEvents()
                before = control.grab().toImage()
                control.setFocus(Qt.FocusReason.TabFocusReason)
                QApplication.processEvents()
                assert control.grab().toImage() != before, f"{name}: {control.objectName()}"
