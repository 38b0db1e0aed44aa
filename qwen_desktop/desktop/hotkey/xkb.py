"""Three requests of XKB that python-xlib does not have: held keys send no pairs, and a new layout is told.

Source: https://www.x.org/releases/current/doc/kbproto/xkbproto.html, UseExtension, SelectEvents and PerClientFlags.
  A client that uses XKB is no longer told of layouts by MappingNotify, so the two belong together.
"""

from __future__ import annotations

from typing import Any

_USE_CORE_KEYBOARD = 0x100
_NEW_KEYBOARD_AND_MAP = 0b11
_TYPES_SYMS_AND_MODIFIERS = 0b111
_DETECTABLE_AUTO_REPEAT = 1


def use_xkb(display: Any) -> tuple[bool, int]:
    """Ask for both.  Whether a held key sends no releases, and the number of the event for a new layout (0: none)."""
    from Xlib.protocol import rq

    head = (rq.Card8("opcode"),)
    tail = (rq.RequestLength(),)

    class UseExtension(rq.ReplyRequest):  # type: ignore[misc]
        _request = rq.Struct(*head, rq.Opcode(0), *tail, rq.Card16("major"), rq.Card16("minor"))
        _reply = rq.Struct(
            rq.ReplyCode(), rq.Card8("supported"), rq.Card16("sequence_number"), rq.ReplyLength(),
            rq.Card16("major"), rq.Card16("minor"), rq.Pad(20),
        )  # fmt: skip

    class SelectEvents(rq.Request):  # type: ignore[misc]
        _request = rq.Struct(
            *head, rq.Opcode(1), *tail, rq.Card16("device"), rq.Card16("which"), rq.Card16("clear"), rq.Card16("all"),
            rq.Card16("affected_map"), rq.Card16("map"),
        )  # fmt: skip

    class PerClientFlags(rq.ReplyRequest):  # type: ignore[misc]
        _request = rq.Struct(
            *head, rq.Opcode(21), *tail, rq.Card16("device"), rq.Pad(2), rq.Card32("change"), rq.Card32("value"),
            rq.Card32("controls"), rq.Card32("auto"), rq.Card32("auto_values"),
        )  # fmt: skip
        _reply = rq.Struct(
            rq.ReplyCode(), rq.Card8("device"), rq.Card16("sequence_number"), rq.ReplyLength(),
            rq.Card32("supported"), rq.Card32("value"), rq.Card32("auto"), rq.Card32("auto_values"), rq.Pad(8),
        )  # fmt: skip

    extension = display.query_extension("XKEYBOARD")
    if extension is None or not extension.present:
        return False, 0
    to = {"display": display.display, "opcode": extension.major_opcode}
    if not UseExtension(**to, major=1, minor=0).supported:
        return False, 0
    which = _NEW_KEYBOARD_AND_MAP
    parts = _TYPES_SYMS_AND_MODIFIERS
    SelectEvents(**to, device=_USE_CORE_KEYBOARD, which=which, clear=0, all=which, affected_map=parts, map=parts)
    flag = _DETECTABLE_AUTO_REPEAT
    flags = PerClientFlags(**to, device=_USE_CORE_KEYBOARD, change=flag, value=flag, controls=0, auto=0, auto_values=0)
    return bool(flags.value & flag), int(extension.first_event)
