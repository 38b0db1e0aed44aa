"""A desktop without a tray to the sentence that says so, once, when the window is closed for the first time."""

from __future__ import annotations

import os

from qwen_desktop.core.words import tr

GNOME_EXTENSION = "AppIndicator and KStatusNotifierItem Support"


def no_tray_hint(desktops: str | None = None) -> str:
    """`desktops`: as in XDG_CURRENT_DESKTOP, which is looked at where it is None."""
    if is_gnome(os.environ.get("XDG_CURRENT_DESKTOP", "") if desktops is None else desktops):
        return tr(
            "GNOME shows no tray icons by itself, so Qwen Desktop cannot stay in the tray when its window is closed. "
            "The extension “{extension}” makes it possible.",
            extension=GNOME_EXTENSION,
        )
    return tr(
        "This desktop has no tray in which Qwen Desktop could stay when its window is closed. "
        "A panel with a tray makes it possible."
    )


def is_gnome(desktops: str) -> bool:
    """GNOME Shell, in Ubuntu's form too; `desktops`: as in XDG_CURRENT_DESKTOP."""
    return "GNOME" in desktops.upper().split(":")
