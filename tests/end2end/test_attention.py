"""The number on the icon as the desktop is sent it, and the call for attention as the window manager has it."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication, QWidget
from Xlib import display

from qwen_desktop.desktop.attention import Attention
from qwen_desktop.desktop.session_bus import SessionBus
from tests.conftest import RunScenario, eventually

APP = "application://qwen-desktop.desktop"


def test_reply_in_a_window_behind_another_calls_for_attention(run: RunScenario, qapp: QApplication) -> None:
    sent: list[dict[str, Any]] = []

    async def scenario() -> None:
        bus = SessionBus()
        bus.listen(
            "type='signal',interface='com.canonical.Unity.LauncherEntry'",
            lambda message: (
                sent.append({"app": message.body[0], **{key: value.value for key, value in message.body[1].items()}})
                if message.member == "Update"
                else None
            ),
        )
        await bus.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId")
        qapp.setQuitOnLastWindowClosed(False)  # as the app does
        window, other = QWidget(), QWidget()
        attention = Attention(window)
        connection = display.Display()

        def wants_attention() -> bool:
            states = connection.create_resource_object("window", int(window.winId())).get_full_property(
                connection.get_atom("_NET_WM_STATE"), 4
            )
            wanted = connection.get_atom("_NET_WM_STATE_DEMANDS_ATTENTION")
            return states is not None and wanted in states.value

        def is_active(widget: QWidget) -> bool:
            """For the window manager too, which may learn of it a little later than the window itself."""
            active = connection.screen().root.get_full_property(connection.get_atom("_NET_ACTIVE_WINDOW"), 33)
            return widget.isActiveWindow() and active is not None and list(active.value) == [int(widget.winId())]

        try:
            window.show()
            await eventually(lambda: is_active(window))
            attention.reply_done(1)
            await eventually(lambda: sent and sent[-1] == {"app": APP, "count": 1, "count-visible": True})
            assert not wants_attention()  # who sits before it is not called
            other.show()
            other.activateWindow()
            await eventually(lambda: is_active(other))
            attention.reply_done(2)
            await eventually(wants_attention)
            await eventually(lambda: sent[-1]["count"] == 2)
            window.activateWindow()
            await eventually(lambda: window.isActiveWindow() and not wants_attention())
            # A minimised window is called the same way; openbox 3.6 breaks down some time after such a call.
            attention.close()
            await eventually(lambda: sent[-1] == {"app": APP, "count": 0, "count-visible": False})
        finally:
            connection.close()
            for widget in (window, other):
                widget.close()
                widget.deleteLater()
            await bus.close()

    run(scenario())
