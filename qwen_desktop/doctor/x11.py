"""The X server to what the checks want to know of it: its screen, and who keeps the tray.  Nothing is grabbed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class XServer:
    """What the server said."""

    problem: str = ""
    """Why it cannot be asked, in English; empty: it answered."""
    width_px: int = 0
    height_px: int = 0
    dpi: str = ""
    """`Xft.dpi` of its resources: what most desktops set for their scale; '' where none is set."""
    has_tray: bool = False
    """Somebody owns the selection `_NET_SYSTEM_TRAY_S0`."""


def ask_x_server(display: str) -> XServer:
    """Blocks for as long as the server takes to answer: for a thread that may be left behind."""
    try:
        from Xlib import X, Xatom
        from Xlib.display import Display
    except ImportError:
        return XServer("python-xlib is not installed")
    try:
        connection = Display(display)
    except Exception as error:  # Xlib raises errors of many kinds, bare ones too
        return XServer(type(error).__name__)
    try:
        screen = connection.screen()
        resources = screen.root.get_full_property(Xatom.RESOURCE_MANAGER, Xatom.STRING)
        value = resources.value if resources is not None else b""
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        dpi = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("Xft.dpi:")), "")
        tray = connection.get_selection_owner(connection.intern_atom("_NET_SYSTEM_TRAY_S0"))
        return XServer(
            width_px=screen.width_in_pixels,
            height_px=screen.height_in_pixels,
            dpi=dpi[:10],
            has_tray=tray != X.NONE,
        )
    except Exception as error:
        return XServer(type(error).__name__)
    finally:
        with suppress(Exception):
            connection.close()
