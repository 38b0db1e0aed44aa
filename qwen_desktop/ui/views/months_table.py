"""Months and models to a table of what they took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qwen_desktop.core.words import tr
from qwen_desktop.ui.usage_words import amounts_words
from qwen_desktop.ui.views.quiet_table import QuietTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from qwen_desktop.core.chat.sums import MonthOfModel, Sums
    from qwen_desktop.ui.theme import Theme


class MonthsTable(QuietTable):
    """One row for each month and model."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        headings = [tr("Month"), tr("Model"), tr("Replies"), tr("Input"), tr("Output"), tr("Cost")]
        spoken = tr("Tokens and cost by month and model")
        super().__init__(theme, "months_table", spoken, headings, stretched=1, right_from=2, parent=parent)

    def show_months(self, months: Sequence[MonthOfModel]) -> None:
        """Replaces what is shown; the newest month comes first."""
        self.show_rows([_words(one) for one in months], [_details(one.sums) for one in months])


def _words(one: MonthOfModel) -> tuple[str, ...]:
    sums = one.sums
    return (
        month_words(one),
        one.model_id or tr("not known"),
        f"{sums.replies:,}",
        f"{sums.input_tokens:,}",
        f"{sums.output_tokens:,}",
        month_cost_words(sums),
    )


def month_words(one: MonthOfModel) -> str:
    """As '2026-11'; the month is that of the time it was counted in."""
    return one.month.strftime("%Y-%m")


def month_cost_words(sums: Sums) -> str:
    """A sum, '¥0' where nothing was to be paid, or that it is not known."""
    if sums.unknown == sums.replies:
        return amounts_words(sums.amounts, is_least=True) or tr("price not known")
    return amounts_words(sums.amounts, is_least=bool(sums.unknown)) or tr("none")


def _details(sums: Sums) -> str:
    lines = [
        tr("Of the input from the cache: {tokens} tokens", tokens=f"{sums.cached_tokens:,}"),
        tr("Of the output reasoning: {tokens} tokens", tokens=f"{sums.reasoning_tokens:,}"),
    ]
    if sums.unknown:
        lines.append(tr("Replies whose cost is not known in full: {count}", count=f"{sums.unknown:,}"))
    return "\n".join(lines)
