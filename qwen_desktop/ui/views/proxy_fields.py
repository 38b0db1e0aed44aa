"""The proxy's setting to a choice and three fields, and back; the password is never shown in clear unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from qwen_desktop.core.settings.proxy import Proxy, proxy_from, setting_from
from qwen_desktop.core.words import tr
from qwen_desktop.ui.views.controls import Label, name_control
from qwen_desktop.ui.views.fields import Choice, Field
from qwen_desktop.ui.views.key_form import KeyField

if TYPE_CHECKING:
    from qwen_desktop.ui.theme import Theme


class ProxyFields(QWidget):
    """The fields; `choice` stands in the row above them, and they are there only while it says "By hand".

    Signals:
      proxy_chosen(str): the line to store, once it is whole
      problem_changed(str): why what stands in the fields is not stored, or ''
    """

    proxy_chosen = Signal(str)
    problem_changed = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._shown: str | None = None
        """The setting as it was last told to us, or by us; None before that."""
        self.choice = Choice(theme, tr("Proxy"))
        self.choice.set_rows([("system", tr("System")), ("manual", tr("By hand")), ("none", tr("None"))])
        name_control(self.choice, "proxy")
        self.address_field = Field(theme, tr("Proxy address"), placeholder="http://127.0.0.1:7890")
        name_control(self.address_field, "proxy_address")
        self.user_field = Field(theme, tr("Proxy user"), placeholder=tr("If it asks for one"))
        name_control(self.user_field, "proxy_user")
        self.password_field = KeyField(theme, height_px=34)
        self.password_field.setPlaceholderText("")
        name_control(self.password_field, "proxy_password", tr("Proxy password"))
        show = self.password_field.reveal_button
        show.setAccessibleName(tr("Show the password"))
        show.setToolTip(tr("Show the password"))
        show.setObjectName("reveal_proxy_password")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 8, 0, 4)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for number, (words, field) in enumerate(
            ((tr("Address"), self.address_field), (tr("User"), self.user_field), (tr("Password"), self.password_field))
        ):
            field.setMaxLength(600)
            grid.addWidget(Label(theme, words, colour="text_secondary"), number, 0)
            grid.addWidget(field, number, 1)
            field.editingFinished.connect(self._tell)
        self.choice.activated.connect(self._on_chosen)
        self.hide()

    def show_setting(self, setting: str) -> None:
        """Fill everything; tells nothing back."""
        if setting == self._shown:
            return  # what is typed stays as it was typed, be it whole yet or not
        self._shown = setting
        proxy = proxy_from(setting)
        self.choice.choose(proxy.mode)
        if proxy.mode == "manual":
            self.address_field.setText(proxy.address)
            self.user_field.setText(proxy.user)
            self.password_field.setText(proxy.password)
        self._show_fields()

    def _typed(self) -> Proxy:
        return Proxy(
            self.choice.chosen(), self.address_field.text().strip(), self.user_field.text(), self.password_field.text()
        )

    def _on_chosen(self) -> None:
        self._show_fields()
        if self.choice.chosen() == "manual":
            self.address_field.setFocus()
        self._tell()

    def _show_fields(self) -> None:
        self.setVisible(self.choice.chosen() == "manual")

    def _take_apart(self) -> None:
        """A whole line was pasted as the address: user and password go where they belong, and out of sight."""
        pasted = proxy_from(self.address_field.text())
        if pasted.mode == "manual" and pasted.user and pasted.is_usable:
            self.address_field.setText(pasted.address)
            self.user_field.setText(pasted.user)
            self.password_field.setText(pasted.password)

    def _tell(self) -> None:
        self._take_apart()
        proxy = self._typed()
        setting = setting_from(proxy)
        if proxy.mode == "manual" and not proxy.is_usable:
            self.problem_changed.emit(_problem(proxy))
            return
        self.problem_changed.emit("")
        if setting != self._shown:
            self._shown = setting
            self.proxy_chosen.emit(setting)


def _problem(proxy: Proxy) -> str:
    if not proxy.address:
        return tr("Enter the proxy's address. Until then nothing is changed.")
    return tr("This is not a proxy's address. Enter one such as {example}; nothing was changed.",
              example="http://127.0.0.1:7890")  # fmt: skip
