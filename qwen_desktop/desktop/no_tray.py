"""A desktop without a tray to the sentence that says so, once, when the window is closed for the first time."""

from __future__ import annotations

import os

from qwen_desktop.core.words import tr

GNOME_EXTENSION = "AppIndicator and KStatusNotifierItem Support"


def no_tray_hint(desktops: str | None = None) -> str:
    """`desktops`: as in XDG_CURRENT_DESKTOP, which is looked at where it is None."""
    names = os.environ.get("XDG_CURRENT_DESKTOP", "") if desktops is None else desktops
    if "GNOME" in names.upper().split(":"):
        return tr(
            "GNOME shows no tray icons by itself, so the window stays in the list of windows. Install the extension "
            "“{extension}” to close it to the tray.",
            extension=GNOME_EXTENSION,
        )
    return tr(
        "This desktop has no tray, so the window stays in the list of windows. Add one to the panel to close it there."
    )
