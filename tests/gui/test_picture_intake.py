"""What of a clipboard or a drag is taken for pictures, and what stays a text."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QMimeData, QUrl
from PySide6.QtGui import QImage

from qwen_desktop.ui.pictures.intake import is_for_pictures, offer_in
from tests.gui.pictures import files, image, pasted


def test_an_image_without_words_is_a_picture() -> None:
    offer = offer_in(pasted())
    assert offer is not None
    assert isinstance(offer.sources[0].what, QImage)


def test_words_with_a_picture_of_them_are_words() -> None:
    """A spreadsheet's cells, a paragraph of a word processor."""
    mime = pasted()
    mime.setText("Total\t12.50\n")
    mime.setHtml("<table>…</table>")
    assert not is_for_pictures(mime)
    assert offer_in(mime) is None


def test_a_picture_with_nothing_but_its_address_is_a_picture() -> None:
    mime = pasted()
    mime.setText("https://qwen.ai/logo.png")
    assert offer_in(mime) is not None


def test_encoded_bytes_are_taken_as_they_are() -> None:
    mime = QMimeData()
    mime.setImageData(image())
    mime.setData("image/png", QByteArray(b"the bytes of a PNG"))
    offer = offer_in(mime)
    assert offer is not None
    assert bytes(offer.sources[0].what.data()) == b"the bytes of a PNG"  # type: ignore[union-attr]


def test_copied_files_are_pictures_and_the_others_are_named() -> None:
    offer = offer_in(files(Path("/a/photo.JPG"), Path("/a/letter.pdf")))
    assert offer is not None
    assert [source.name for source in offer.sources] == ["photo.JPG"]
    assert offer.others == ("letter.pdf",)


def test_a_copied_file_that_is_no_picture_is_text_when_pasted_and_refused_when_dropped() -> None:
    mime = files(Path("/a/letter.pdf"))
    assert offer_in(mime) is None
    dropped = offer_in(mime, is_drop=True)
    assert dropped is not None
    assert (dropped.sources, dropped.others) == ((), ("letter.pdf",))


def test_an_address_alone_is_never_fetched() -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://qwen.ai/logo.png")])
    assert offer_in(mime, is_drop=True) is None
