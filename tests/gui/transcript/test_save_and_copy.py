"""A code block saved as a file, a table copied: by button, menu and dialog."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QPushButton, QWidget

from qwen_desktop.ui.transcript.blocks import leaves_of
from qwen_desktop.ui.transcript.copying import block_offsets
from qwen_desktop.ui.transcript.save_code import CodeSaver, suggested_name, write_code
from qwen_desktop.ui.transcript.table_button import TableButton
from tests.gui.transcript.conftest import LEFT, drawn, prompt, reply
from tests.unit.transcript.test_copying import TEXT, blocks_of

CODE = "Words.\n\n```python\ndef f():\n    return '中文'\n```\n"
TABLE = "Words.\n\n| a | b |\n|---|--:|\n" + "".join(f"| **r{n}** | $x_{n}$ |\n" for n in range(15))
NESTED = "- item\n\n  | a | b |\n  |---|---|\n  | 1 | 2 |\n"


@pytest.fixture
def message(qtbot, view, settled):
    def show(text: str):
        view.show_messages([prompt(1, "x"), reply(2, text)])
        drawn(qtbot, settled)  # else a formula may come while the mouse is on its way
        widget = view.widget_of(2)
        assert widget is not None
        return widget

    return show


@pytest.fixture(autouse=True)
def empty_clipboard(qapp):
    yield
    QGuiApplication.clipboard().clear()


def chosen(widget, words: str) -> str:
    button = widget.findChild(TableButton, "copy_table")
    QTest.mouseClick(button, LEFT)
    menu = button.findChild(QMenu)
    action = next(action for action in menu.actions() if words in action.text())
    action.trigger()
    menu.close()
    return QGuiApplication.clipboard().text()


def test_code_is_saved_where_the_dialog_says(message, qtbot, tmp_path):
    widget = message(CODE)
    QTest.mouseClick(widget.findChild(QPushButton, "save_code"), LEFT)
    dialog = widget.findChild(QFileDialog)
    assert dialog.isVisible()
    assert dialog.selectedFiles()[0].endswith("code.py")
    with qtbot.waitSignal(widget._controls.saver.saved):
        dialog.setDirectory(str(tmp_path))
        dialog.selectFile(str(tmp_path / "kept.py"))
        dialog.accept()
    assert (tmp_path / "kept.py").read_bytes() == "def f():\n    return '中文'\n".encode()
    assert [path.name for path in tmp_path.glob("kept*")] == ["kept.py"]


def test_a_file_that_cannot_be_written_is_told_in_a_sentence(qtbot, tmp_path):
    window = QWidget()
    qtbot.addWidget(window)
    saver = CodeSaver(window)
    with qtbot.waitSignal(saver.failed) as told:
        saver._write(str(tmp_path / "missing" / "code.py"), "x")
    assert "code.py" in told.args[0]
    box = window.findChild(QMessageBox)
    assert box.text() == told.args[0]
    box.close()
    assert write_code(str(tmp_path / "missing" / "code.py"), "x")


@pytest.mark.parametrize(
    ("language", "name"),
    [("Python", "code.py"), ("c++", "code.cpp"), ("../../x", "code.txt"), ("dockerfile", "Dockerfile")],
)
def test_a_name_is_suggested_by_the_language(language, name):
    assert suggested_name(language) == name


def test_a_whole_table_is_copied_for_a_spreadsheet_or_as_markdown(message):
    widget = message(TABLE)
    assert chosen(widget, "spreadsheet").startswith("a\tb\nr0\t$x_0$\nr1\t$x_1$\n")
    assert chosen(widget, "spreadsheet").count("\n") == 16
    assert chosen(widget, "Markdown") == TABLE.partition("\n\n")[2]


def test_a_table_in_a_list_is_copied_without_its_indent(message):
    assert chosen(message(NESTED), "Markdown") == "| a | b |\n|---|---|\n| 1 | 2 |\n"


def test_the_table_button_is_seen_on_hover_and_with_the_keyboard(message, view, settled):
    widget = message(TABLE)
    view.scroll_by(-10_000)  # with large letters the table is higher than the screen
    settled()
    button = widget.findChild(TableButton, "copy_table")
    assert not button.is_seen
    QTest.mouseMove(widget, button.geometry().bottomLeft() + QPoint(-40, 20))
    assert button.is_seen
    QTest.mouseMove(widget, QPoint(2, 2))
    assert not button.is_seen
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert button.is_seen


def test_leaves_are_those_that_are_drawn():
    for block in blocks_of(TEXT):
        drawn = list(leaves_of(block.tokens, block.number, bool(block.prefix), block.is_loose is True))
        assert [leaf.token.type for leaf in block_offsets(block)] == [leaf.token.type for leaf in drawn]
        assert [leaf.hidden > 0 for leaf in block_offsets(block)] == [leaf.is_done is not None for leaf in drawn]
