"""How many times slower this machine is at the moment than the one that targets in milliseconds were set on.

Two kinds of work are measured, which a transcript is made of: Python, by a parse of Markdown, and Qt, by a layout.
What they took there is inferred, from a work of both kinds whose figure there is known: a text browser that is given
all of a reply anew for each chunk, 400 s there, 677, 694 and 702 s here on 2026-11-28, in turns with the two below.
Other figures that are known of there would give 1.4 to 2.5 times where this gives 1.7: it is no more than a guide."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from PySide6.QtGui import QTextDocument

PARSE_MS = 51.0
LAYOUT_MS = 30.0
"""Of the text below, on that machine."""
WIDTHS_PX = (800, 801)
ROUNDS = 5


class Machine:
    """Measured when it is made and with each `again`; the text is some 60,000 characters of a reply."""

    def __init__(self, text: str) -> None:
        from markdown_it import MarkdownIt

        self._text = text
        self._markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
        self._document = QTextDocument()
        self._document.setMarkdown(text)
        self._at = 0
        self._factors: list[float] = []
        self.again()

    def again(self) -> Machine:
        """Measure once more: other work may have begun or ended beside this."""
        parse_ms = _median_ms(lambda: self._markdown.parse(self._text))
        self._factors.append((parse_ms / PARSE_MS + _median_ms(self._lay_out) / LAYOUT_MS) / 2)
        return self

    def _lay_out(self) -> None:
        self._at = 1 - self._at
        self._document.setTextWidth(WIDTHS_PX[self._at])
        self._document.size()

    @property
    def slower(self) -> float:
        """The mean of all times it was measured."""
        return statistics.mean(self._factors)

    @property
    def words(self) -> str:
        measured = ", ".join(f"{factor:.1f}" for factor in self._factors)
        return (
            f"this machine takes {self.slower:.1f} times as long as the one the targets are from (measured {measured})"
        )

    def there(self, ms: float) -> float:
        """What is `ms` here, on that machine."""
        return ms / self.slower


def _median_ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        work()
        taken.append((time.thread_time() - began) * 1000)
    return statistics.median(taken)
