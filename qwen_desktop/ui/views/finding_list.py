"""Findings to the rows of a list: state, subject, words and remedy, wrapped to the width there is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QKeySequence, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate

from qwen_desktop.core.words import tr
from qwen_desktop.doctor.finding import Finding, Verdict
from qwen_desktop.ui.theme import INTERFACE_PT, SMALL_PT
from qwen_desktop.ui.views.controls import (
    draw_focus_ring,
    draw_icon,
    grown_px,
    name_control,
    sized,
    slim_scroll_bar_sheet,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent
    from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

    from qwen_desktop.ui.theme import Theme

_FINDING = Qt.ItemDataRole.UserRole
_ABOVE_PX = 10
_ICONS = {
    Verdict.FINE: ("check", "success"),
    Verdict.NOTE: ("info", "text_secondary"),
    Verdict.PROBLEM: ("alert", "notice_text"),
}
_ORDER = (Verdict.PROBLEM, Verdict.NOTE, Verdict.FINE)


class FindingList(QListWidget):
    """Problems first.  Ctrl+C copies the row with the keyboard."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setItemDelegate(_FindingDelegate(theme, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(False)
        name_control(self, "findings", tr("Findings"))
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Replace the rows; the keyboard's place is the first one."""
        self.clear()
        for finding in sorted(findings, key=lambda one: _ORDER.index(one.verdict)):
            item = QListWidgetItem(self)
            item.setData(_FINDING, finding)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken(finding))
        if self.count():
            self.setCurrentRow(0)

    def finding(self, row: int) -> Finding:
        found = self.item(row).data(_FINDING)
        assert isinstance(found, Finding)
        return found

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.currentRow() >= 0:
            from PySide6.QtGui import QGuiApplication

            QGuiApplication.clipboard().setText(str(self.finding(self.currentRow())).strip())
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus() and not self.count():  # else a row has the ring
            draw_focus_ring(QPainter(self.viewport()), self.viewport().rect(), self._theme.colours.accent)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()

    def _restyle(self) -> None:
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().setStyleSheet(slim_scroll_bar_sheet(self._theme))
        self.viewport().update()


def verdict_words(verdict: Verdict) -> str:
    """What an icon says to whoever does not see it."""
    return {Verdict.FINE: tr("In order"), Verdict.NOTE: tr("Note"), Verdict.PROBLEM: tr("Problem")}[verdict]


def spoken(finding: Finding) -> str:
    """A row as a screen reader says it."""
    return ". ".join(filter(None, (verdict_words(finding.verdict), finding.subject, finding.text, finding.remedy)))


def _left_px() -> int:
    """Where the words begin, beside the icon."""
    return 20 + grown_px(16)


class _FindingDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: QListWidget) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        parts = self._parts(index.data(_FINDING), self._view.viewport().width())
        return QSize(0, math.ceil(sum(_height(layout) for layout, _ in parts)) + 2 * _ABOVE_PX + 2 * (len(parts) - 1))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        finding, colours = index.data(_FINDING), self._theme.colours
        painter.save()
        if option.state & QStyle.StateFlag.State_HasFocus:
            draw_focus_ring(painter, option.rect.adjusted(0, 1, 0, -1), colours.accent)
        name, colour = _ICONS[finding.verdict]
        y = float(option.rect.top() + _ABOVE_PX)
        middle = round(y) + self._view.fontMetrics().height() // 2
        draw_icon(painter, name, getattr(colours, colour), grown_px(16), option.rect.left() + 8, middle)
        for layout, colour in self._parts(finding, option.rect.width()):
            painter.setPen(QColor(getattr(colours, colour)))
            layout.draw(painter, QPointF(option.rect.left() + _left_px(), y))
            y += _height(layout) + 2
        painter.restore()

    def _texts(self, finding: Finding) -> list[tuple[str, QFont, str]]:
        """Text, font and colour of each part, from the top down."""
        font = self._view.font()
        parts = [
            (finding.subject, sized(font, INTERFACE_PT, QFont.Weight.DemiBold), "text"),
            (finding.text, sized(font, INTERFACE_PT), "text_secondary" if finding.verdict is Verdict.FINE else "text"),
        ]
        if finding.remedy:
            parts.append((finding.remedy, sized(font, SMALL_PT), "text_secondary"))
        return parts

    def _parts(self, finding: Finding, width_px: int) -> list[tuple[QTextLayout, str]]:
        """Each part broken into lines for a row of this width, and its colour."""
        return [
            (_laid_out(text, font, max(80, width_px - _left_px() - 12)), colour)
            for text, font, colour in self._texts(finding)
        ]


def _laid_out(text: str, font: QFont, width_px: int) -> QTextLayout:
    """At words where there are any, within them where a path is longer than the row."""
    layout = QTextLayout(text, font)
    layout.setTextOption(_WRAP)
    layout.beginLayout()
    y = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width_px)
        line.setPosition(QPointF(0, y))
        y += line.height()
    layout.endLayout()
    return layout


def _height(layout: QTextLayout) -> float:
    return layout.boundingRect().height()


_WRAP = QTextOption()
_WRAP.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
