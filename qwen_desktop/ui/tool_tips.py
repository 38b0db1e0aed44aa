"""Texts from outside to tool tips: what looks like markup is shown, never interpreted."""

from __future__ import annotations

MOST_CHARACTERS = 600


def plain_tip(text: str) -> str:
    """A tool tip that shows the beginning of `text` as it is; Qt would take one with a tag in it for rich text."""
    shown = text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
    if "<" not in shown:
        return shown
    # Not `html.escape`: its module brings half a megabyte of entities.
    escaped = shown.replace("&", "&amp;").replace("<", "&lt;")
    return f"<p style='white-space:pre-wrap'>{escaped}</p>"
