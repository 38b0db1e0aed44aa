"""The sources of a reply, listed below it: number, title and host of each, a few of them until more are wanted.

Titles and addresses come from strangers: a title is one line of plain text, only an address of the web can be opened,
and only by a click or a key.  Nothing is fetched to draw a row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from qwen_desktop.core.chat.message import Source
from qwen_desktop.core.chat.sources import title_of
from qwen_desktop.core.web_address import host_of, web_address
from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.transcript.style import Style
from qwen_desktop.ui.views.buttons import Button, pressed_by_enter
from qwen_desktop.ui.views.controls import draw_focus_ring, fill, name_control

FEW = 5
"""Shown at first; one more is shown where it would be the only one left."""
MOST = 50
"""Shown when more are wanted; how many there are beyond is said."""
_ROW_PX = 26
_RING_PX = 6
_GAP_PX = 10
_HOST_CHARACTERS = 100
_SLACK_PX = 2
"""Advances are rounded, eliding is not."""


class SourceRow(QAbstractButton):
    """One source: a link where it has an address of the web, else words.  Signal: followed(str url)."""

    followed = Signal(str)

    def __init__(self, source: Source, style: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._style = style
        self._number = str(source.index)[:6]
        self._title = title_of(source)
        url = web_address(source.url)
        host = host_of(url)
        self._host = host if len(host) <= _HOST_CHARACTERS else host[: _HOST_CHARACTERS - 1] + "…"
        name = tr("Source {number}: {title}, {host}", number=self._number, title=self._title, host=self._host)
        if url:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            from html import escape

            self.setToolTip(f"<p style='white-space:pre-wrap'>{escape(url[:300])}</p>")
            self.setAccessibleDescription(url[:300])
            self.clicked.connect(lambda: self.followed.emit(url))
        else:
            name = tr("Source {number}: {title}", number=self._number, title=self._title)
            self.setEnabled(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        name_control(self, "source", name)

    def restyle(self, style: Style) -> None:
        self._style = style
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not pressed_by_enter(self, event):
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._style.small)
        words_px = sum(metrics.horizontalAdvance(words) + _SLACK_PX for words in (self._title, self._host))
        width = self._number_px() + words_px + _GAP_PX + 2 * _RING_PX
        return QSize(width, max(_ROW_PX, metrics.height() + 8))

    def _number_px(self) -> int:
        metrics = QFontMetrics(self._style.small)
        return max(metrics.horizontalAdvance("00"), metrics.horizontalAdvance(self._number)) + _GAP_PX

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill(painter, self.rect(), self._style.colour("window"))
        font = self._style.small
        metrics = QFontMetrics(font)
        place = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        room = self.rect().adjusted(_RING_PX, 0, -_RING_PX, 0)
        quiet = self._style.colour("text_secondary")
        self._write(painter, room, place, self._number, quiet)
        room.setLeft(room.left() + self._number_px())
        host_px = min(
            metrics.horizontalAdvance(self._host) + _SLACK_PX, max(room.width() // 2, self._room_beside_title(room))
        )
        host = metrics.elidedText(self._host, Qt.TextElideMode.ElideMiddle, host_px)
        title_room = room.width() - (host_px + _GAP_PX if host else 0)
        title = metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, max(0, title_room))
        title_px = metrics.horizontalAdvance(title)
        self._write(painter, room, place, title, self._style.colour("accent_text") if self.isEnabled() else quiet)
        if self.isEnabled() and self.underMouse():
            line_y = (self.height() + metrics.ascent()) // 2
            fill(painter, QRect(room.left(), line_y, title_px, 1), self._style.colour("accent_text"))
        room.setLeft(room.left() + title_px + _GAP_PX)
        self._write(painter, room, place, host, quiet)
        if self.hasFocus():
            draw_focus_ring(painter, self.rect(), self._style.colours.accent, 6)

    def _room_beside_title(self, room: QRect) -> int:
        return room.width() - QFontMetrics(self._style.small).horizontalAdvance(self._title) - _SLACK_PX - _GAP_PX

    def _write(self, painter: QPainter, room: QRect, place: Qt.AlignmentFlag, words: str, colour: QColor) -> None:
        painter.setFont(self._style.small)
        painter.setPen(colour)
        painter.drawText(QRectF(room), int(place) | Qt.TextFlag.TextSingleLine, words)


class SourceList(QWidget):
    """The list below a reply; `height_for` lays it out.

    Signals: followed(str url): an address of the web was chosen; rows_changed(): there are more rows, or fewer.
    """

    followed = Signal(str)
    rows_changed = Signal()

    def __init__(self, theme: Theme, sources: Sequence[Source], style: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._sources = sources
        self._style = style
        self._is_open = False
        self._rows: list[SourceRow] = []
        self._rest_y = 0
        name_control(self, "sources", tr("Sources: {count}", count=f"{len(sources):,}"))
        self.more = Button(theme, "", kind="link", height_px=24, parent=self)
        name_control(self.more, "more_sources")
        self.more.clicked.connect(self._toggle)
        self._show_rows()

    @property
    def rows(self) -> list[SourceRow]:
        return list(self._rows)

    @property
    def controls(self) -> list[QWidget]:
        """What takes the keyboard, from top to bottom."""
        return [*self._rows, *([self.more] if self._is_folding else [])]

    @property
    def _is_folding(self) -> bool:
        return len(self._sources) > FEW + 1

    @property
    def _shown(self) -> int:
        if not self._is_folding:
            return len(self._sources)
        return min(len(self._sources), MOST) if self._is_open else FEW

    def _show_rows(self) -> None:
        for row in self._rows[self._shown :]:
            row.hide()
            row.deleteLater()
        del self._rows[self._shown :]
        for source in self._sources[len(self._rows) : self._shown]:
            row = SourceRow(source, self._style, self)
            row.followed.connect(self.followed)
            row.show()
            self._rows.append(row)
        self.more.setVisible(self._is_folding)
        words = tr("Show fewer") if self._is_open else self._rest_words()
        self.more.setText(words)
        self.more.setAccessibleName(words if self._is_open else tr("Show more sources"))
        self.more.setFont(self._style.small)

    def _rest_words(self) -> str:
        return tr("and {count} more", count=f"{len(self._sources) - self._shown:,}")

    def _toggle(self) -> None:
        self._is_open = not self._is_open
        self._show_rows()
        self.rows_changed.emit()
        self.update()

    def restyle(self, style: Style) -> None:
        """Take other colours or fonts."""
        self._style = style
        for row in self._rows:
            row.restyle(style)
        self.more.setFont(style.small)
        self.update()

    def height_for(self, width: int) -> int:
        """Lay everything out in `width` px, the rings of rows beside it; the height in px."""
        y = self._style.small_line_px + 2
        for row in self._rows:
            size = row.sizeHint()
            row.setGeometry(0, y, min(size.width(), width + 2 * _RING_PX), size.height())
            y += size.height()
        self._rest_y = y
        if self._is_open and len(self._sources) > self._shown:
            y += self._style.small_line_px
        if self._is_folding:
            size = self.more.sizeHint()
            self.more.setGeometry(_RING_PX - 2, y, min(size.width(), width), size.height())
            y += size.height()
        return y

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill(painter, self.rect(), self._style.colour("window"))
        painter.setFont(self._style.small)
        painter.setPen(self._style.colour("text_secondary"))
        place = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        line = QRect(_RING_PX, 0, self.width() - _RING_PX, self._style.small_line_px)
        painter.drawText(line, place, tr("Sources"))
        if self._is_open and len(self._sources) > self._shown:
            line.moveTop(self._rest_y)
            painter.drawText(line, place, self._rest_words())


def place_for(column: QRect, y: int, height: int) -> QRect:
    """Where the list stands, so that its words begin where the reply's do."""
    return QRect(column.left() - _RING_PX, y, column.width() + 2 * _RING_PX, height)
