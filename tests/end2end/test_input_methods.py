"""Chinese typed with real input methods, ibus and fcitx5, into every field where people write; nothing is lost or sent.

A candidate list is a real X window here.  The app runs as people start it, with the QT_IM_MODULE that they have.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.desktop_session import wait_until
from tests.end2end.desk import KEY, demo_server
from tests.end2end.input_methods import FCITX5, IBUS, InputMethod
from tests.end2end.watched_app import WatchedApp

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11")
NEAR_PX = 60


@dataclass(frozen=True)
class Place:
    """Where people write: the field as an expression of the watched app, and the keys that lead to it."""

    name: str
    field: str
    keys: str


COMPOSER = Place("composer", "window.composer.edit", "ctrl+l")
SEARCH = Place("search", "window.sidebar.search_field", "ctrl+k")
FIND = Place("find bar", "window.find_bar.field", "ctrl+f")
QUICK_ASK = Place("quick ask", "top('quick_ask').edit", "ctrl+alt+q")
PLACES = (COMPOSER, SEARCH, FIND, QUICK_ASK)


class Typist:
    """Types with an input method into an app that shows a chat."""

    def __init__(self, app: WatchedApp, method: InputMethod, history: Path) -> None:
        self.app = app
        self.method = method
        self.history = history

    def go_to(self, place: Place) -> None:
        if place is not QUICK_ASK and not self.app.ask("window.isActiveWindow()"):
            self.press("Escape")  # which hides the quick ask
            self.sees("window.isActiveWindow()")
        self.press(place.keys)
        self.sees(f"is_shown('quick_ask') or {place is not QUICK_ASK}")
        self.sees(f"{place.field}.hasFocus()")
        self.app.ask(f"watch({place.field})")

    def compose(self, place: Place, letters: str = "nihao") -> None:
        """Type letters that are not committed yet."""
        self.app.type_keys("type", "--delay", "15", letters)
        last = {"nihao": ("ni hao", "nihao", "你好")}[letters]
        self.sees(f"preedit({place.field}) in {last!r}")

    def text(self, place: Place) -> str:
        return str(self.app.ask(f"text_of({place.field})"))

    def press(self, *keys: str) -> None:
        self.app.type_keys("key", *keys)

    def sees(self, expression: str) -> None:
        try:
            wait_until(lambda: self.app.ask(expression), 10)
        except AssertionError:
            keyboard = self.app.ask("keyboard()")
            raise AssertionError(f"never true: {expression}; the keyboard is in {keyboard!r}") from None

    def candidates(self) -> list[int] | None:
        """Left, top, right and bottom of the list of candidates on the screen; None while there is none."""
        for window in self.app.type_keys("search", "--onlyvisible", "--class", self.method.window_class).split():
            lines = self.app.type_keys("getwindowgeometry", "--shell", window).split()
            at = {name: int(value) for name, _, value in (line.partition("=") for line in lines)}
            if at["WIDTH"] > 50 and at["X"] + at["WIDTH"] > 0:
                return [at["X"], at["Y"], at["X"] + at["WIDTH"], at["Y"] + at["HEIGHT"]]
        return None

    def prompts(self) -> list[str]:
        db = sqlite3.connect(f"file:{self.history}?mode=ro", uri=True)
        try:
            return [text for (text,) in db.execute("SELECT text FROM message WHERE role = 'user' ORDER BY id")]
        finally:
            db.close()

    def start_over(self) -> None:
        """The second chat, nothing typed, the keyboard in the composer."""
        self.app.ask("close_dialogs()")
        self.press("Escape", "Escape")
        self.sees("window.isActiveWindow() and not is_shown('quick_ask')")
        self.app.ask("(window.sidebar.search_field.clear(), window.find_bar.close_bar()) and None")
        self.app.ask("window.sidebar.conversation_selected.emit(2)")
        self.app.ask("clear_editors()")
        self.sees("window.page == 'transcript' and not window.composer.is_running")
        self.go_to(COMPOSER)
        self.sees(f"not {COMPOSER.field}.is_composing")


@pytest.fixture(scope="module", params=[IBUS, FCITX5], ids=lambda method: method.name)
def everything(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typist]:
    home = tmp_path_factory.mktemp("input-method")
    own = {"QWEN_DESKTOP_HOME": str(home / "app"), "QWEN_DESKTOP_LANG": "en", "DASHSCOPE_API_KEY": KEY}
    settings = home / "app" / "config" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[quick_ask]\nprefill = "off"\n')
    with demo_server(pace=0) as url, request.param.running(home) as environment:
        with WatchedApp({**environment, **own, "QWEN_DESKTOP_BASE_URL": url}) as app:
            made = Typist(app, request.param, home / "app" / "data" / "history.sqlite3")
            for number, prompt in enumerate(("你好，世界", "something else"), start=1):
                app.ask(f"(desktop.controller.new_chat(), desktop.controller.submit({prompt!r})) and None")
                made.sees(f"desktop.controller.conversation_id == {number} and not window.composer.is_running")
            made.sees("desktop.presence.hotkey_status.state == 'works'")
            _wait_for_the_engine(made)
            yield made
            app.ask("window.close()")
            assert app.end() == 0


def _wait_for_the_engine(typist: Typist) -> None:
    """An engine that still reads its dictionaries lets letters through."""
    typist.go_to(COMPOSER)

    def composes() -> bool:
        typist.press("n")
        typist.sees(f"text_of({COMPOSER.field}) or preedit({COMPOSER.field})")
        is_composing = bool(typist.app.ask(f"{COMPOSER.field}.is_composing"))
        typist.press("Escape" if is_composing else "BackSpace")
        typist.sees(f"not text_of({COMPOSER.field}) and not preedit({COMPOSER.field})")
        return is_composing

    wait_until(composes)


@pytest.fixture
def typist(everything: Typist) -> Typist:
    everything.start_over()
    return everything


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_nihao_becomes_chinese_at_the_caret(typist: Typist, place: Place) -> None:
    typist.go_to(place)
    typist.app.ask(f"remember({place.field})")
    x, y, _, height = typist.app.ask(f"caret({place.field})")
    typist.compose(place)
    wait_until(lambda: typist.candidates() is not None)
    left, top, _, bottom = typist.app.ask(f"changed({place.field})")
    assert abs(left - x) < 12, "the preedit is where the caret was"
    assert y - 8 <= top < bottom <= y + height + 8
    caret = typist.app.ask(f"caret({place.field})")
    wait_until(lambda: _is_near(typist.candidates(), caret))
    assert typist.text(place) == ""
    typist.press("space")
    typist.sees(f"text_of({place.field}) == '你好' and not preedit({place.field})")
    wait_until(lambda: typist.candidates() is None)


def _is_near(candidates: list[int] | None, caret: list[int]) -> bool:
    """The list is beside the line of the caret, above or below, and does not cover it."""
    assert candidates
    left, top, right, bottom = candidates
    x, y, _, height = caret
    is_beside = left - NEAR_PX <= x <= right + NEAR_PX
    gap = top - (y + height) if top > y else y - bottom
    return is_beside and -4 <= gap <= NEAR_PX


def test_a_search_is_for_what_was_composed(typist: Typist) -> None:
    typist.go_to(SEARCH)
    typist.compose(SEARCH)
    typist.sees("window.sidebar.list.isVisible()")
    typist.press("space")
    typist.sees("window.sidebar.results.found_ids == [1]")


def test_find_marks_what_was_composed(typist: Typist) -> None:
    typist.app.ask("window.sidebar.conversation_selected.emit(1)")
    typist.sees("desktop.controller.conversation_id == 1")
    typist.go_to(FIND)
    typist.compose(FIND)
    typist.press("space")
    typist.sees("window.find_bar.count_label.text().startswith('1 of ')")


def test_enter_in_a_composition_never_sends(typist: Typist) -> None:
    before = typist.prompts()
    typist.compose(COMPOSER)
    typist.press("Return")
    typist.sees(f"text_of({COMPOSER.field}) and not preedit({COMPOSER.field})")
    text = typist.text(COMPOSER)
    assert text in ("你好", "nihao", "ni hao")
    assert not typist.app.ask("window.composer.is_running")
    typist.press("Return")
    typist.sees(f"not text_of({COMPOSER.field}) and not window.composer.is_running")
    wait_until(lambda: len(typist.prompts()) > len(before))
    assert typist.prompts() == [*before, text]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_escape_ends_the_composition_and_nothing_else(typist: Typist, place: Place) -> None:
    typist.app.ask("desktop.controller.submit('/error stall')")
    typist.sees("window.composer.is_running")
    typist.go_to(place)
    typist.compose(place)
    typist.press("Escape")
    typist.sees(f"not preedit({place.field})")
    assert typist.app.ask("window.composer.is_running and keyboard()") == typist.app.ask(f"{place.field}.objectName()")
    assert typist.text(place) == ""
    typist.go_to(COMPOSER)
    typist.press("Escape")
    typist.sees("not window.composer.is_running")


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_no_shortcut_takes_a_key_from_a_composition(typist: Typist, place: Place) -> None:
    typist.go_to(place)
    typist.compose(place)
    typist.press("F1", "ctrl+backslash", "ctrl+comma")
    typist.press("space")
    typist.sees(f"not preedit({place.field})")
    assert typist.app.ask("dialogs()") == []
    assert typist.app.ask("window.sidebar.isVisible()")
    assert typist.text(place).startswith("你好")


def test_leaving_a_field_in_a_composition_loses_nothing(typist: Typist) -> None:
    for place, other in ((COMPOSER, SEARCH), (SEARCH, COMPOSER), (FIND, SEARCH)):
        typist.go_to(place)
        typist.compose(place)
        typist.app.ask(f"{other.field}.setFocus()")
        typist.sees(f"{other.field}.hasFocus() and text_of({place.field})")
        assert typist.text(place) in ("你好", "nihao", "ni hao"), place
        assert typist.text(other) == "", "it goes where it was typed, not where the keyboard is now"
        typist.app.ask(f"{place.field}.clear()")


def test_hiding_the_quick_ask_in_a_composition_loses_nothing(typist: Typist) -> None:
    typist.go_to(QUICK_ASK)
    typist.compose(QUICK_ASK)
    typist.press(QUICK_ASK.keys)
    typist.sees("not is_shown('quick_ask') and window.isActiveWindow()")
    assert typist.text(COMPOSER) == ""
    typist.go_to(QUICK_ASK)
    assert typist.text(QUICK_ASK) in ("你好", "nihao", "ni hao")


def test_leaving_the_window_in_a_composition_loses_nothing(typist: Typist) -> None:
    typist.compose(COMPOSER)
    typist.app.ask("window.showMinimized()")
    typist.sees(f"text_of({COMPOSER.field}) and not preedit({COMPOSER.field})")
    typist.app.ask("(window.showNormal(), window.activateWindow()) and None")
    typist.sees(f"{COMPOSER.field}.hasFocus() and window.isActiveWindow()")
    assert typist.text(COMPOSER) in ("你好", "nihao", "ni hao")
    before = typist.prompts()
    typist.press("Return")
    wait_until(lambda: len(typist.prompts()) > len(before))


def test_the_placeholder_goes_with_the_first_letter_and_comes_back(typist: Typist) -> None:
    hint = typist.app.ask(f"{COMPOSER.field}.placeholderText()")
    assert hint
    typist.compose(COMPOSER)
    assert typist.app.ask(f"{COMPOSER.field}.placeholderText()") == ""
    typist.press("Escape")
    typist.sees(f"{COMPOSER.field}.placeholderText() == {json.dumps(hint)}")


def test_text_around_the_caret_stays_as_it_was(typist: Typist) -> None:
    """Composed in the middle of a line, in place of a selection, and taken back by undo."""
    field: Any = COMPOSER.field
    typist.app.ask("window.composer.set_text('ab')")
    typist.press("Left")
    typist.compose(COMPOSER)
    assert typist.text(COMPOSER) == "ab"
    typist.press("space")
    typist.sees(f"text_of({field}) == 'a你好b'")
    typist.press("ctrl+a")
    typist.compose(COMPOSER)
    typist.press("space")
    typist.sees(f"text_of({field}) == '你好'")
    typist.press("ctrl+z", "ctrl+z")  # what was composed, then what it replaced
    typist.sees(f"'a你好b' == text_of({field})")
