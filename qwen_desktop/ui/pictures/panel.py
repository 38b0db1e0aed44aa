"""The pictures of a prompt above its text: small, each with a button that removes it; below them what is to be said."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.pictures.shelf import Stage
from qwen_desktop.ui.pictures.thumb import Thumb
from qwen_desktop.ui.pictures.words import name_of
from qwen_desktop.ui.spoken import announce
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button, IconButton
from qwen_desktop.ui.views.controls import Label, name_control, sized

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.ui.pictures.shelf import Picture, PictureShelf
    from qwen_desktop.ui.pictures.thumbnails import Thumbnails
    from qwen_desktop.ui.theme import Theme

SIDE_PX = 64
GAP_PX = 8
_REMOVE_PX = 20
_OVER_PX = 6
"""The button that removes stands over the corner of its picture by so much."""


class PicturePanel(QWidget):
    """Signals:
    open_requested(Attachment): to be shown large
    vision_model_requested()
    left(): the last picture was removed by the keyboard, which has nowhere to be
    height_changed()
    """

    open_requested = Signal(object)
    vision_model_requested = Signal()
    left = Signal()
    height_changed = Signal()

    def __init__(
        self, theme: Theme, shelf: PictureShelf, thumbnails: Thumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shelf = shelf
        self._before: Callable[[], QWidget] | None = None
        self.setObjectName("pictures")
        self.strip = _Strip(theme, shelf, thumbnails)
        self.strip.open_requested.connect(self.open_requested)
        self.strip.left.connect(self.left)
        self._said = ""
        self.words = Label(theme, colour="text", points=SMALL_PT)
        self.words.setWordWrap(True)
        self.blind_line = QWidget()
        self._blind_words = Label(theme, colour="text", points=SMALL_PT)
        self._blind_words.setWordWrap(True)
        self.vision_button = Button(theme, "", kind="link", height_px=20)
        self.vision_button.setFont(sized(self.vision_button.font(), SMALL_PT))
        name_control(self.vision_button, "use_vision_model")
        self.vision_button.clicked.connect(self.vision_model_requested)
        line = QHBoxLayout(self.blind_line)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(self._blind_words, 1)
        line.addWidget(self.vision_button, 0, Qt.AlignmentFlag.AlignTop)
        self.blind_line.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.strip, self.words, self.blind_line):
            column.addWidget(part)
        self.words.hide()
        shelf.changed.connect(self._show)
        shelf.refused.connect(self._on_refused)
        self._show()

    def come_after(self, before: Callable[[], QWidget]) -> None:
        """Where Tab comes from; asked each time there are other pictures, since Qt puts what is new at the end of the
        window."""
        self._before = before
        self._show()

    def set_blind(self, sentence: str, model_id: str = "") -> None:
        """That the model cannot see pictures, and which one could be used instead; '' when it can."""
        if sentence == self._blind_words.text() and self.blind_line.isHidden() == (not sentence):
            return
        self._blind_words.setText(sentence)
        self.blind_line.setAccessibleName(sentence)
        shown = model_id if len(model_id) <= 40 else model_id[:39] + "…"
        self.vision_button.setText(tr("Use {model}", model=shown) if model_id else "")
        self.vision_button.setAccessibleName(self.vision_button.text())
        self.vision_button.setVisible(bool(model_id))
        self.blind_line.setVisible(bool(sentence))
        if sentence:
            self.announce(sentence)
        self._fit()

    @property
    def blind_sentence(self) -> str:
        return self._blind_words.text() if not self.blind_line.isHidden() else ""

    @property
    def sentence(self) -> str:
        """What is said of pictures that were not taken."""
        return self.words.text()

    def announce(self, sentence: str) -> None:
        announce(self, sentence)

    def say(self, sentence: str) -> None:
        """Beside what the pictures say themselves, until something changes; '' takes it away."""
        self._on_refused(sentence)

    def _on_refused(self, sentence: str) -> None:
        self._said = sentence
        self._show_words()

    def _show(self) -> None:
        self.strip.show_pictures()
        if self._before is not None:
            for before, after in pairwise((self._before(), *self.strip.stops, self.vision_button)):
                QWidget.setTabOrder(before, after)
        self._show_words()

    def _show_words(self) -> None:
        refused = [one for one in self._shelf.pictures if one.stage is Stage.REFUSED]
        notes = [
            tr("Only the first picture in {name} is sent.", name=name_of(one.attachment))
            for one in self._shelf.pictures
            if one.is_first_frame and one.attachment is not None
        ]
        words = "\n".join([*(one.sentence for one in refused), *filter(None, [self._said]), *notes])
        if words != self.words.text():
            self.words.setText(words)
            if words:
                self.announce(words)
        self.words.setVisible(bool(words))
        self.setVisible(bool(words) or not self._shelf.is_empty)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def _fit(self) -> None:
        """All of it is to be seen: what is above it in a low window gives way."""
        height = self.heightForWidth(self.width())
        if height != self.minimumHeight():
            self.setMinimumHeight(max(0, height))
            self.height_changed.emit()


class _Strip(QWidget):
    """The pictures in rows.  Signals: open_requested(Attachment); left()."""

    open_requested = Signal(object)
    left = Signal()

    def __init__(self, theme: Theme, shelf: PictureShelf, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._theme = theme
        self._shelf = shelf
        self._thumbnails = thumbnails
        self.cells: list[PictureCell] = []
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_pictures(self) -> None:
        """What is on the shelf now; a cell whose picture is no further stays as it is."""
        by_id = {cell.picture_id: cell for cell in self.cells}
        kept: list[PictureCell] = []
        for picture in self._shelf.pictures:
            cell = by_id.get(picture.id)
            if cell is None or cell.stage is not picture.stage:
                cell = PictureCell(self._theme, self._thumbnails, picture, self)
                cell.removed.connect(self._remove)
                cell.open_requested.connect(self.open_requested)
                cell.show()
            kept.append(cell)
        for old in self.cells:
            if old not in kept:
                old.hide()
                old.deleteLater()
        self.cells = kept
        self.setVisible(bool(kept))
        self._place()
        self.updateGeometry()

    @property
    def stops(self) -> list[QWidget]:
        """What Tab comes to, in order."""
        return [stop for cell in self.cells for stop in (cell.thumb, cell.remove_button)]

    def _remove(self, picture_id: int) -> None:
        index = next(i for i, cell in enumerate(self.cells) if cell.picture_id == picture_id)
        had_focus = self.cells[index].isAncestorOf(self.focusWidget() or self.window())
        self._shelf.remove(picture_id)
        if not had_focus:
            return
        if self.cells:
            self.cells[min(index, len(self.cells) - 1)].thumb.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.left.emit()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = -(-len(self.cells) // self._per_row(width))
        return rows * (SIDE_PX + GAP_PX) - GAP_PX + _OVER_PX if rows else 0

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(max(self.width(), SIDE_PX)))

    def minimumSizeHint(self) -> QSize:
        return QSize(SIDE_PX + _OVER_PX, self.sizeHint().height())

    def _per_row(self, width: int) -> int:
        return max(1, (width - _OVER_PX + GAP_PX) // (SIDE_PX + GAP_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    def _place(self) -> None:
        per_row = self._per_row(self.width())
        for index, cell in enumerate(self.cells):
            row, column = divmod(index, per_row)
            step = SIDE_PX + GAP_PX
            cell.setGeometry(QRect(column * step, row * step, SIDE_PX + _OVER_PX, SIDE_PX + _OVER_PX))


class PictureCell(QWidget):
    """One picture and its button.  Signals: removed(int picture_id); open_requested(Attachment)."""

    removed = Signal(int)
    open_requested = Signal(object)

    def __init__(self, theme: Theme, thumbnails: Thumbnails, picture: Picture, parent: QWidget) -> None:
        super().__init__(parent)
        self.picture_id = picture.id
        self.stage = picture.stage
        self.thumb = Thumb(theme, thumbnails, picture.attachment, QSize(SIDE_PX, SIDE_PX), self)
        self.thumb.move(0, _OVER_PX)
        name = picture.name or tr("Picture")
        match picture.stage:
            case Stage.PREPARING:
                self.thumb.show_icon("image", tr("{name}, being prepared", name=name))
            case Stage.REFUSED:
                self.thumb.show_icon("alert", picture.sentence)
        self.thumb.clicked.connect(lambda: self._open(picture.attachment))
        self.remove_button = IconButton(
            theme, "close", tr("Remove {name}", name=name), kind="outlined", side_px=_REMOVE_PX, parent=self
        )
        self.remove_button.setObjectName("remove_picture")
        self.remove_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.remove_button.move(SIDE_PX + _OVER_PX - _REMOVE_PX, 0)
        self.remove_button.clicked.connect(lambda: self.removed.emit(picture.id))
        QWidget.setTabOrder(self.thumb, self.remove_button)
        self.thumb.installEventFilter(self)

    def _open(self, attachment: Attachment | None) -> None:
        if attachment is not None:
            self.open_requested.emit(attachment)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Delete on a picture removes it."""
        if event.type() == QEvent.Type.KeyPress:
            key: QKeyEvent = event  # type: ignore[assignment]
            if key.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self.removed.emit(self.picture_id)
                return True
        return False
