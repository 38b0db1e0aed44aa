"""The keyboard remembered and given back, where the system can be stood in for; X11 is in tests/end2end."""

from __future__ import annotations

import pytest

from qwen_desktop.desktop.focus import NoFocus, WindowsFocus, X11Focus, focus_return, is_composited


class User32:
    """The three calls of the library that are used."""

    def __init__(self) -> None:
        self.foreground = 11
        self.windows = {11, 22}

    def GetForegroundWindow(self) -> int:
        return self.foreground

    def IsWindow(self, window_id: int) -> bool:
        return window_id in self.windows

    def SetForegroundWindow(self, window_id: int) -> None:
        self.foreground = window_id


def test_windows_gets_the_window_back_that_was_in_front() -> None:
    library = User32()
    focus = WindowsFocus(library)
    focus.before_show(22)
    focus.take(22)
    assert library.foreground == 22
    focus.give_back()
    assert library.foreground == 11


@pytest.mark.parametrize("reason", ["forgotten", "gone", "our own"])
def test_windows_leaves_the_keyboard_where_it_is(reason: str) -> None:
    library = User32()
    focus = WindowsFocus(library)
    if reason == "our own":
        library.foreground = 22
    focus.before_show(22)
    library.foreground = 33
    if reason == "forgotten":
        focus.forget()
    elif reason == "gone":
        library.windows.discard(11)
    focus.give_back()
    assert library.foreground == 33


def test_each_platform_has_its_way() -> None:
    assert isinstance(focus_return("xcb"), X11Focus)
    assert isinstance(focus_return("windows"), WindowsFocus)
    for platform in ("wayland", "cocoa", "offscreen"):
        nothing = focus_return(platform)
        assert isinstance(nothing, NoFocus)
        nothing.before_show(1)
        nothing.take(1)
        nothing.give_back()
        nothing.forget()
    assert is_composited("wayland")
    assert not is_composited("offscreen")


def test_an_x_server_that_is_not_there_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("Xlib")
    monkeypatch.delenv("DISPLAY", raising=False)
    focus = X11Focus()
    focus.before_show(1)
    focus.take(1)
    focus.give_back()
    assert not is_composited("xcb")
