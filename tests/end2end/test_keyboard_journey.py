"""From the first start to the end without a mouse: key, chat, stop, search, find, settings, quit."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop_session import wait_until
from tests.end2end.desk import KEY, demo_server
from tests.end2end.watched_app import WatchedApp

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11")


class Person:
    """Somebody with a keyboard and eyes: presses keys, sees what is there."""

    def __init__(self, app: WatchedApp) -> None:
        self.app = app

    def press(self, *keys: str) -> None:
        self.app.type_keys("key", *keys)

    def type(self, text: str) -> None:
        self.app.type_keys("type", "--delay", "5", text)

    def sees(self, expression: str) -> None:
        try:
            wait_until(lambda: self.app.ask(expression), 15)
        except AssertionError:
            raise AssertionError(f"never true: {expression}; keyboard: {self.app.ask('keyboard()')!r}") from None

    def press_until(self, key: str, expression: str, limit: int = 20) -> None:
        """Press a key again and again, as one does who looks where it leads."""
        for _ in range(limit):
            if self.app.ask(expression):
                return
            before = self.app.ask("picture_of_state()")
            self.press(key)
            wait_until(lambda before=before: self.app.ask("picture_of_state()") != before, 5)
        raise AssertionError(f"{limit} times {key} did not lead to {expression}")


@pytest.fixture
def person(home: Path) -> Iterator[Person]:
    own = {"QWEN_DESKTOP_HOME": str(home), "QWEN_DESKTOP_LANG": "en"}
    with demo_server(pace=0.5) as url, WatchedApp({**own, "QWEN_DESKTOP_BASE_URL": url}) as app:
        yield Person(app)
        if app.is_running:
            app.ask("desktop.keys.forget()")


def test_everything_is_done_by_keyboard_alone(person: Person, home: Path) -> None:
    # First start: the keyboard is in the field of the key.
    person.sees("window.page == 'welcome' and keyboard_name() == 'Key'")
    person.type(KEY)
    person.press("Return")
    person.sees("window.page == 'empty' and keyboard_name() == 'Message'")

    # A chat, stopped in the middle of its reply.
    person.type("Plan three days in Beijing, on foot")
    person.press("Return")
    person.sees("window.composer.is_running and len(desktop.transcript.last_text()) > 20")
    person.press("Escape")
    person.sees("not window.composer.is_running")
    text = person.app.ask("desktop.transcript.last_text()")
    assert 20 < len(text) < 1000

    # Another one, then a search that finds the first and opens it.
    person.press("ctrl+n")
    person.sees("window.page == 'empty' and keyboard_name() == 'Message'")
    person.type("hello")
    person.press("Return")
    person.sees("desktop.controller.conversation_id == 2 and not window.composer.is_running")
    person.press("ctrl+k")
    person.sees("keyboard_name() == 'Search chats'")
    person.type("on foot")
    person.sees("window.sidebar.results.isVisible() and window.sidebar.results.found_ids == [1]")
    person.press("Return")
    person.sees("desktop.controller.conversation_id == 1 and window.page == 'transcript'")
    assert person.app.ask("keyboard_name()") in ("Chats", "Message")

    # From one place to the next in the open chat.
    person.press("ctrl+f")
    person.sees("keyboard_name() == 'Find in chat'")
    person.type("e")
    person.sees("window.find_bar.count_label.text().startswith('1 of ')")
    person.press("Return")
    person.sees("not window.find_bar.count_label.text().startswith('1 of ')")
    person.press("Escape")
    person.sees("window.find_bar.isHidden()")

    # The dark theme, found in the settings.
    assert not person.app.ask("desktop.theme.is_dark")
    person.press("ctrl+comma")
    person.sees("dialogs() == ['settings_dialog']")
    person.press_until("Tab", "keyboard_name() == 'Pages'")
    person.press_until("Down", "is_shown('theme')")
    person.press_until("Tab", "keyboard_name() == 'Theme'")
    person.press_until("Down", "desktop.theme.is_dark")
    person.press("Escape")
    person.sees("dialogs() == []")
    person.sees("'theme = \"dark\"' in desktop.engine.paths.settings.read_text()")

    # The end; the key is taken out of the real key ring first.
    person.app.ask("desktop.keys.forget()")
    person.sees("str(desktop.keys.origin) == 'none'")
    person.press("ctrl+l")
    person.type("not sent")
    person.sees("window.composer.text() == 'not sent'")
    person.press("ctrl+q")
    assert person.app.end() == 0
    db = sqlite3.connect(home / "data" / "history.sqlite3")
    try:
        found = db.execute("SELECT text, status FROM message WHERE role = 'assistant' ORDER BY id").fetchall()
        drafts = db.execute("SELECT draft FROM conversation WHERE id = 1").fetchall()
    finally:
        db.close()
    assert [status for _, status in found] == ["stopped", "complete"]
    assert found[0][0].startswith(text)
    assert drafts == [("not sent",)]
