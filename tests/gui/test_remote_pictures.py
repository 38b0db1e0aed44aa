"""Pictures in replies: nothing is fetched before a person says so, and then just that, without key or cookies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QPushButton

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.errors import ConnectionFailed
from qwen_desktop.core.providers.remote_picture import fetch_picture
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.demo.http_head import Request
from qwen_desktop.demo.wire import HttpServer, Response
from qwen_desktop.ui.controllers.links import Links
from qwen_desktop.ui.pictures.large_picture import LargePicture
from qwen_desktop.ui.theme import LIGHT, Theme
from qwen_desktop.ui.transcript.remote_pictures import Loading, NotLoaded, remote_pictures
from qwen_desktop.ui.transcript.view import TranscriptView
from qwen_desktop.ui.views.image_question import ImageQuestion
from tests.conftest import eventually
from tests.gui.pictures import image
from tests.gui.transcript.conftest import prompt, reply

BLUE = QColor("#336699")


def png(width: int = 300, height: int = 200) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image(width, height).save(buffer, "PNG")
    return bytes(data.data())


class Host:
    """A host of pictures on loopback: a Response for each path, and what was asked of it."""

    def __init__(self, **answers: Response) -> None:
        self.answers = answers
        self.requests: list[Request] = []
        self._http = HttpServer(self._handle)

    async def __aenter__(self) -> Host:
        await self._http.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    def url(self, name: str) -> str:
        return f"{self._http.base_url}/{name}.png"

    async def _handle(self, request: Request) -> Response:
        self.requests.append(request)
        return self.answers.get(request.path.strip("/").removesuffix(".png"), Response(404))


class Shown:
    """A view with a reply, and what follows its links."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        theme = Theme(LIGHT)
        self.transport = Transport()
        self.large = LargePicture(theme)
        self.links = Links(theme, self.large, lambda: self.transport, folder)
        self.view = TranscriptView(theme)
        self.view.link_activated.connect(lambda link: self.links.follow(link, self.view))
        self.view.resize(800, 600)
        self.view.show()

    async def __aenter__(self) -> Shown:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.large.close()
        await self.links.close()
        await self.transport.aclose()
        self.view.close()
        self.view.deleteLater()

    def show(self, text: str) -> None:
        self.view.show_messages([prompt(1, "x"), reply(2, text)])

    @property
    def piece(self):
        return self.view.widget_of(2).body.pieces[0]

    def click(self) -> None:
        flow, _, _ = self.view.widget_of(2).section("body")
        self.view.link_activated.emit(flow.link_at(60, 12))

    @property
    def question(self) -> ImageQuestion | None:
        return next((box for box in self.view.findChildren(ImageQuestion) if box.isVisible()), None)

    async def answer(self, name: str) -> None:
        await eventually(lambda: self.question is not None)
        button = self.question.findChild(QPushButton, name)
        button.click()

    def colours(self) -> set[str]:
        grabbed = self.view.viewport().grab().toImage()
        return {grabbed.pixelColor(x, y).name() for x in range(0, 800, 40) for y in range(0, 600, 20)}


@pytest.fixture(autouse=True)
def nothing_is_known(qapp: QApplication) -> Iterator[None]:
    qapp.setQuitOnLastWindowClosed(False)  # as the app does
    yield
    qapp.setQuitOnLastWindowClosed(True)
    remote_pictures()._known.clear()


def test_a_picture_is_fetched_after_the_click_and_shown_in_its_place(run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Host(cat=Response(200, png(), "image/png")) as host, Shown(tmp_path / "shown") as shown:
            url = host.url("cat")
            shown.show(f"![a cat]({url})\n\nafter")
            low = shown.piece.height
            assert BLUE.name() not in shown.colours()
            shown.click()
            assert host.requests == []
            await shown.answer("show_image")
            assert isinstance(remote_pictures().find(url), Loading)
            await eventually(lambda: isinstance(remote_pictures().find(url), Attachment))
            await eventually(lambda: shown.piece.height > low + 100)
            await eventually(lambda: BLUE.name() in shown.colours())
            (request,) = host.requests
            assert (request.method, request.path) == ("GET", "/cat.png")
            assert not {"authorization", "cookie", "referer"} & {name.lower() for name in request.headers}
            assert shown.piece.plain(0, 99) == "a cat"
            shown.click()  # now it is shown large
            assert shown.large.window is not None
            assert len(host.requests) == 1
        assert not (tmp_path / "shown").exists()

    run(scenario())


def test_cancelling_asks_nobody(run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Host() as host, Shown(tmp_path) as shown:
            shown.show(f"![a cat]({host.url('cat')})")
            shown.click()
            await eventually(lambda: shown.question is not None)
            shown.question.reject()
            await eventually(lambda: shown.question is None)
            assert host.requests == []
            assert remote_pictures().find(host.url("cat")) is None

    run(scenario())


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Response(404), "the server answered 404"),
        (Response(200, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"), "what came is no picture"),
        (Response(200, png()[:200], "image/png"), "what came is no picture"),
        (Response(200, b"\x89PNG" + b"x" * 20_000_001, "image/png"), "it is too large"),
        (Response(302, headers=(("Location", "javascript:alert(1)"),)), "the connection broke off"),
        (Response(302, headers=(("Location", "ftp://127.0.0.1/cat.png"),)), "the address leads nowhere"),
        (Response(302, headers=(("Location", "/cat.png"),)), "the address leads nowhere"),
    ],
)
def test_what_is_no_picture_is_told_and_can_be_asked_for_again(run, tmp_path: Path, answer: Response, why: str) -> None:
    async def scenario() -> None:
        async with Host(cat=answer) as host, Shown(tmp_path) as shown:
            url = host.url("cat")
            shown.show(f"![a cat]({url})")
            for _ in range(2):
                shown.click()
                await shown.answer("show_image")
                await eventually(lambda: isinstance(remote_pictures().find(url), NotLoaded))
                state = remote_pictures().find(url)
                assert isinstance(state, NotLoaded)
                assert why in state.why
            assert len(host.requests) in (2, 10)  # ten where it leads round and round

    run(scenario())


@pytest.mark.parametrize(
    "url", ["https://[bad/cat.png", "https://a b.test/", "https://host:99999/", "https://u@h.test/"]
)
def test_an_address_that_cannot_be_asked_is_refused(run, url: str) -> None:
    async def scenario() -> None:
        with pytest.raises(ConnectionFailed) as caught:
            await fetch_picture(Transport(), url)
        assert caught.value.reason == "bad_address"

    run(scenario())


def test_another_host_is_asked_about_before_it_is_asked(run, tmp_path: Path) -> None:
    async def scenario() -> None:
        other = Host(dog=Response(200, png(), "image/png"))
        async with other, Host() as host, Shown(tmp_path) as shown:
            moved = ("Location", other.url("dog"))
            host.answers["cat"] = Response(302, headers=(("Location", "/moved.png"),))
            host.answers["moved"] = Response(302, headers=(moved,))
            shown.show(f"![a cat]({host.url('cat')})")
            shown.click()
            await shown.answer("show_image")
            await eventually(lambda: len(host.requests) == 2)
            await eventually(lambda: shown.question is not None)
            assert other.requests == []
            await shown.answer("show_image")
            await eventually(lambda: isinstance(remote_pictures().find(host.url("cat")), Attachment))
            assert len(other.requests) == 1

    run(scenario())


def test_a_picture_within_a_sentence_is_shown_in_a_window_of_its_own(run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Host(cat=Response(200, png(), "image/png")) as host, Shown(tmp_path) as shown:
            shown.show(f"![a long enough description of a cat]({host.url('cat')}) says more")
            shown.click()
            await shown.answer("show_image")
            await eventually(lambda: shown.large.window is not None)
            await shown.links.close()
            assert shown.large.window is not None  # it is closed by whoever made it

    run(scenario())


def test_what_is_read_stays_where_it_is_while_pictures_above_arrive(run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Host(cat=Response(200, png(600, 400), "image/png")) as host, Shown(tmp_path) as shown:
            view = shown.view
            lines = "\n\n".join(f"paragraph {n}" for n in range(60))
            view.show_messages([prompt(1, "x"), reply(2, f"![a cat]({host.url('cat')})"), reply(3, lines)])
            bar = view.verticalScrollBar()
            bar.setValue(bar.maximum() // 3)
            await eventually(lambda: not view.is_busy)
            reading = view.widget_of(3)
            view.repaint()
            before = reading.section("body")[0].pieces[10].y + reading.y()
            shown.links.follow(f"image-alone:{host.url('cat')}", view)
            await shown.answer("show_image")
            height = view.content_height_px if hasattr(view, "content_height_px") else bar.maximum()
            await eventually(lambda: isinstance(remote_pictures().find(host.url("cat")), Attachment))
            await eventually(lambda: bar.maximum() > height or not view.is_busy)
            view.repaint()
            assert abs(reading.section("body")[0].pieces[10].y + reading.y() - before) <= 1

    run(scenario())


def test_a_picture_that_is_prepared_while_the_app_ends_leaves_nothing(run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Shown(tmp_path / "shown") as shown:
            await shown.links.close()
            await asyncio.to_thread(shown.links._keep, png(), "https://example.com/late.png")
            assert not (tmp_path / "shown").exists()

    run(scenario())
