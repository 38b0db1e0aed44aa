"""Text to the clipboard: the exact Markdown for whoever takes text, and HTML made from it for an office document."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

LONGEST_HTML = 400_000
"""Characters above which no HTML is made beside the text: it would take more than a moment."""


def copy_markdown(markdown: str) -> None:
    """Put Markdown there, byte for byte as it is, as plain text too."""
    data = QMimeData()
    data.setText(markdown)
    data.setData("text/markdown", markdown.encode("utf-8", "replace"))
    if len(markdown) <= LONGEST_HTML:
        from qwen_desktop.ui.transcript.copied_forms import html_of

        data.setHtml(html_of(markdown))
    QGuiApplication.clipboard().setMimeData(data)


def as_read(text: str, *, is_markdown: bool) -> str:
    """A message's text as it is read on the screen: without Markdown, where it is any."""
    if not is_markdown:
        return text
    from qwen_desktop.ui.transcript.copied_forms import plain_text_of  # brings the parser

    return plain_text_of(text).rstrip("\n")


def copy_plain(text: str) -> None:
    """Put text there as it is, and nothing beside it."""
    QGuiApplication.clipboard().setText(text)
