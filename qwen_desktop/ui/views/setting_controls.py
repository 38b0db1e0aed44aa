"""A row of the settings' table to the widget that changes it: filled without telling, telling what the user chose."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QFontDatabase

from qwen_desktop.core.words import tr
from qwen_desktop.ui.settings_table import Control, Row, rule_of
from qwen_desktop.ui.shortcuts import shortcuts
from qwen_desktop.ui.views.controls import Label, name_control
from qwen_desktop.ui.views.fields import Choice, Field, Switch
from qwen_desktop.ui.views.keys_button import KeysButton
from qwen_desktop.ui.views.number_field import NumberField

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from qwen_desktop.ui.theme import Theme


class SettingControl(NamedTuple):
    """A widget and how it is filled."""

    widget: QWidget
    show: Callable[[object], None]
    """Fill it; tells nothing."""
    words: Callable[[object], str]
    """A value as the widget writes it."""


def make_control(theme: Theme, row: Row, tell: Callable[[object], None]) -> SettingControl:
    """The control of any row but those of kind OWN.  `tell` gets a value of the setting's type."""
    made = _MAKERS[row.control](theme, row, tell)
    if not made.widget.objectName():
        name_control(made.widget, row.key.partition(".")[2], made.widget.accessibleName() or row.title)
    return made


def _switch(theme: Theme, row: Row, tell: Callable[[object], None]) -> SettingControl:
    switch = Switch(theme, row.title)
    switch.clicked.connect(lambda: tell(switch.isChecked()))
    return SettingControl(
        switch, lambda value: switch.setChecked(value is True), lambda value: tr("On") if value else tr("Off")
    )


def _choice(theme: Theme, row: Row, tell: Callable[[object], None]) -> SettingControl:
    choice = Choice(theme, row.title)
    choice.set_rows(list(row.choices))
    choice.activated.connect(lambda: tell(choice.chosen()))
    words = dict(row.choices)
    return SettingControl(choice, lambda value: choice.choose(str(value)), lambda value: words.get(str(value), ""))


def _number(theme: Theme, row: Row, tell: Callable[[object], None]) -> SettingControl:
    rule = rule_of(row.key)
    assert rule is not None
    assert rule.least is not None
    assert rule.most is not None
    is_whole = isinstance(rule.least, int)
    number = NumberField(
        theme,
        row.title,
        rule.least * row.factor,
        rule.most * row.factor,
        unit=row.unit,
        step=row.step,
        decimals=0 if is_whole or row.factor != 1 else 2 if min(row.step, rule.least) < 0.1 else 1,
        zero_words=row.zero_words,
    )

    def told(shown: float) -> None:
        tell(round(shown) if is_whole else round(shown / row.factor, 4))

    number.valueChanged.connect(told)

    def show(value: object) -> None:
        assert isinstance(value, (int, float))
        number.blockSignals(True)
        number.setValue(value * row.factor)
        number.blockSignals(False)

    def words(value: object) -> str:
        assert isinstance(value, (int, float))
        if row.zero_words and not value:
            return row.zero_words
        return number.textFromValue(value * row.factor) + number.suffix()

    return SettingControl(number, show, words)


def _text(theme: Theme, row: Row, tell: Callable[[object], None]) -> SettingControl:
    field = Field(theme, row.title)
    field.setMaxLength(2_000)
    tell_when_edited(field, tell)

    def show(value: object) -> None:
        if not (field.hasFocus() and field.isModified()):
            field.setText(str(value))
            field.setCursorPosition(0)

    return SettingControl(field, show, str)


def _font(theme: Theme, row: Row, tell: Callable[[object], None]) -> SettingControl:
    choice = Choice(theme, row.title, width_px=240)
    families = [family for family in QFontDatabase.families() if not family.startswith((".", "@"))]
    choice.set_rows([("", tr("System")), *((family, family) for family in families)])
    choice.setMaxVisibleItems(16)
    choice.activated.connect(lambda: tell(choice.chosen()))

    def show(value: object) -> None:
        if choice.findData(value) < 0:  # a font of another machine: still what is set
            choice.addItem(str(value), str(value))
        choice.choose(str(value))

    return SettingControl(choice, show, lambda value: str(value) or tr("System"))


def _keys(theme: Theme, row: Row, tell: Callable[[object], None]) -> SettingControl:
    action = row.key.partition(".")[2]
    fixed = next((shortcut.fixed_keys for shortcut in shortcuts() if shortcut.action == action), "")
    from qwen_desktop.ui.shortcuts import native

    if fixed:
        label = Label(theme, native(fixed), colour="text_secondary")
        label.setObjectName(f"fixed_{action}")
        return SettingControl(label, lambda value: None, lambda value: "")
    button = KeysButton(theme, row.title)
    name_control(button, f"keys_{action}", button.accessibleName())
    button.keys_chosen.connect(tell)
    return SettingControl(
        button, lambda value: button.set_keys(str(value)), lambda value: native(str(value)) or tr("none")
    )


_MAKERS = {
    Control.SWITCH: _switch,
    Control.CHOICE: _choice,
    Control.NUMBER: _number,
    Control.TEXT: _text,
    Control.FONT: _font,
    Control.KEYS: _keys,
}


def tell_when_edited(field: Field, tell: Callable[[object], None]) -> None:
    """Tell a field's text once the user has finished editing it, and only if it was edited."""

    def on_finished() -> None:
        if field.isModified():
            field.setModified(False)
            tell(field.text().strip())

    field.editingFinished.connect(on_finished)
