"""The desktop's input method to the plugin Qt can load: set before the application object exists.

The wheels of Qt bring the ibus plugin and none for fcitx, whose users all have `QT_IM_MODULE=fcitx`; without this they
type Latin.  fcitx5 speaks ibus too, and Qt 6.7 and later tries the plugins in `QT_IM_MODULES` in turn
(https://doc.qt.io/qt-6/inputmethods.html, read 2026-11-23).
"""

from __future__ import annotations

import sys
from collections.abc import MutableMapping

_KNOWN = ("fcitx", "ibus")


def choose_input_method(environment: MutableMapping[str, str], platform: str = sys.platform) -> None:
    """Sets `QT_IM_MODULES` on Linux where an input method is in use and the user has not chosen otherwise."""
    if platform != "linux" or environment.get("QT_IM_MODULES"):
        return
    in_use = environment.get("QT_IM_MODULE", "") + environment.get("XMODIFIERS", "")
    if not any(name in in_use.lower() for name in _KNOWN):
        return
    is_wayland = bool(environment.get("WAYLAND_DISPLAY")) and environment.get("QT_QPA_PLATFORM", "wayland") == "wayland"
    environment["QT_IM_MODULES"] = "wayland;fcitx;ibus" if is_wayland else "fcitx;ibus"
