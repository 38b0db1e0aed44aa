"""Pictures beside a prompt that is being written, for every place where one is: pasted, dropped, chosen, removed, held
back from a model that cannot see.

The place itself (composer, quick ask) asks `may_send` before it sends, and takes what goes along from the shelf.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Signal

from qwen_desktop.core.words import tr
from qwen_desktop.ui.pictures.panel import PicturePanel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractButton

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.ui.pictures.attach import AttachMenu, LastFolder
    from qwen_desktop.ui.pictures.intake import Offer
    from qwen_desktop.ui.pictures.shelf import PictureShelf
    from qwen_desktop.ui.pictures.thumbnails import Thumbnails
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.prompt_edit import PromptEdit


class PictureInput(QObject):
    """Signals:
    changed(): other pictures, or whether they can be sent is another
    kept(): the draft is to remember other pictures
    send_requested(): what was waited for is ready
    model_chosen(str model_id): this one can see
    open_requested(Attachment)
    region_requested()
    """

    changed = Signal()
    kept = Signal()
    send_requested = Signal()
    model_chosen = Signal(str)
    open_requested = Signal(object)
    region_requested = Signal()

    def __init__(
        self,
        theme: Theme,
        shelf: PictureShelf,
        thumbnails: Thumbnails,
        edit: PromptEdit,
        button: QAbstractButton,
        *,
        put_panel: Callable[[PicturePanel], None],
        can_see: Callable[[str], bool | None],
        vision_model: Callable[[], str],
        folder: LastFolder | None = None,
    ) -> None:
        """`put_panel` gives the panel its place, once; `can_see(model_id)` None: not known; `vision_model()`: ''."""
        super().__init__(edit)
        self._theme = theme
        self.shelf = shelf
        self._thumbnails = thumbnails
        self._edit = edit
        self._button = button
        self._put_panel = put_panel
        self._can_see = can_see
        self._vision_model = vision_model
        self._folder = folder
        self._panel: PicturePanel | None = None
        self._menu: AttachMenu | None = None
        self._model_id = ""
        self._waits = False
        """Enter was pressed while a picture was being prepared."""
        edit.set_picture_taker(self.take_mime)
        edit.text_edited.connect(self.stop_waiting)
        button.clicked.connect(self._open_menu)
        shelf.replaced.connect(self.stop_waiting)  # Enter was for the prompt that stood there before
        shelf.changed.connect(self._on_changed)
        shelf.kept.connect(self.kept)
        shelf.refused.connect(self._on_refused)
        shelf.settled.connect(self._on_settled)
        button.setEnabled(True)

    # What is there

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return self.shelf.attachments

    @property
    def is_empty(self) -> bool:
        """Nothing that could be sent, now or in a moment."""
        return not self.shelf.attachments and not self.shelf.is_preparing

    @property
    def is_blind(self) -> bool:
        """There are pictures, and the model is known not to see them."""
        return not self.shelf.is_empty and bool(self._model_id) and self._can_see(self._model_id) is False

    def may_send(self) -> bool:
        """Asked when the user wants to send: False while a picture is prepared (`send_requested` follows), or while the
        model cannot see, which is said."""
        if self.is_blind:
            self.panel.announce(self.panel.blind_sentence)
            return False
        if self.shelf.is_preparing:
            self._waits = True
            return False
        return True

    def set_model(self, model_id: str) -> None:
        """The model that is asked next."""
        self._model_id = model_id
        self._show_blind()
        self.changed.emit()

    @property
    def model_id(self) -> str:
        return self._model_id

    def say(self, sentence: str) -> None:
        """In the place where pictures are refused."""
        self.panel.say(sentence)

    # What the user does

    def take_mime(self, source: QMimeData, is_drop: bool = False) -> bool:
        """Pasted or dropped; whether it was something of pictures."""
        from qwen_desktop.ui.pictures.intake import offer_in

        offer = offer_in(source, is_drop=is_drop)
        if offer is not None:
            self.take(offer)
        return offer is not None

    def take(self, offer: Offer) -> None:
        self.stop_waiting()
        self.shelf.take(offer)

    def choose_files(self) -> None:
        self._attach_menu().choose_files()

    def _open_menu(self) -> None:
        self._attach_menu().open()

    def _attach_menu(self) -> AttachMenu:
        if self._menu is None:
            from qwen_desktop.ui.pictures.attach import AttachMenu, LastFolder

            self._menu = AttachMenu(self._button, self._edit.window(), self._folder or LastFolder())
            self._menu.offered.connect(self.take)
            self._menu.region_requested.connect(self.region_requested)
            self._menu.closed.connect(self._edit.setFocus)
        return self._menu

    # What is shown

    @property
    def panel(self) -> PicturePanel:
        """Made with the first picture."""
        if self._panel is None:
            # With a parent from the first moment: else it would be a window of its own until it has its place.
            made = self._panel = PicturePanel(self._theme, self.shelf, self._thumbnails, self._edit.parentWidget())
            made.open_requested.connect(self.open_requested)
            made.vision_model_requested.connect(self._use_vision_model)
            made.left.connect(self._edit.setFocus)
            self._put_panel(made)
        return self._panel

    def _use_vision_model(self) -> None:
        if model_id := self._vision_model():
            self.model_chosen.emit(model_id)

    @property
    def has_panel(self) -> bool:
        return self._panel is not None

    def _on_refused(self, sentence: str) -> None:
        if sentence and self._panel is None:
            self.panel.say(sentence)

    def _on_changed(self) -> None:
        if not self.shelf.is_empty:
            assert self.panel
        self._show_blind()
        self.changed.emit()

    def _show_blind(self) -> None:
        is_known_blind = bool(self._model_id) and self._can_see(self._model_id) is False
        if self._panel is not None:
            if self.is_blind:
                instead = self._vision_model()
                words = tr("{model} cannot see pictures. Use another model, or remove them.", model=self._model_id)
                self._panel.set_blind(words, instead)
            else:
                self._panel.set_blind("")
        self._button.setVisible(not is_known_blind or not self.shelf.is_empty)

    # Waiting

    def stop_waiting(self) -> None:
        """What is ready later is not sent by itself."""
        self._waits = False

    def _on_settled(self) -> None:
        from qwen_desktop.ui.pictures.shelf import Stage

        waited, self._waits = self._waits, False
        if waited and not any(one.stage is Stage.REFUSED for one in self.shelf.pictures):
            self.send_requested.emit()
