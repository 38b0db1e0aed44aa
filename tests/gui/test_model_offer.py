"""The picker and the list of a server: what is shown at once, what is asked, and what happens when it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qwen_desktop.app import Desktop
from qwen_desktop.ui.controllers import model_offer
from qwen_desktop.ui.views.model_picker import ModelPicker
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened

LIST = ["next-model", "qwen-plus", "qwen3.7-plus", "qwen3.8-max", "wanx2.1-t2i-plus"]


class ListServer:
    """Answers every request with a list of models, or as it is told."""

    def __init__(self) -> None:
        self.ids = list(LIST)
        self.status = "200 OK"
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.requests: list[str] = []
        self.left = 0
        """Requests whose client went away before the answer."""
        self.base_url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(head.split(b"\r\n")[0].decode())
            answering, leaving = asyncio.ensure_future(self.may_answer.wait()), asyncio.ensure_future(reader.read(1))
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
            self.left += not answering.done()
            answering.cancel()
            leaving.cancel()
            body = json.dumps({"object": "list", "data": [{"id": one} for one in self.ids]}).encode()
            head_back = f"HTTP/1.1 {self.status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            writer.write(head_back.encode() + b"Connection: close\r\n\r\n" + body)
        finally:
            writer.close()


@asynccontextmanager
async def list_server() -> AsyncIterator[ListServer]:
    made = ListServer()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    async with server:
        made.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield made


def ids(picker: ModelPicker) -> list[str]:
    return [row.model_id for row in picker.rows.all_rows]


def unlisted(picker: ModelPicker) -> list[str]:
    return [row.model_id for row in picker.rows.all_rows if row.is_unlisted]


@pytest.fixture
def with_window(run: RunScenario, home: Path) -> Callable[[Callable[[Desktop, ListServer], object]], None]:
    """Runs a scenario with the app in front of a list server."""

    def run_it(scenario: Callable[[Desktop, ListServer], object], key: str = "sk-canary-77") -> None:
        async def whole() -> None:
            async with list_server() as server, opened(home, server.base_url, key=key) as desktop:
                await scenario(desktop, server)  # type: ignore[misc]

        run(whole(), 20)

    return run_it


def test_suggestions_at_once_and_the_list_when_it_comes(with_window: Callable[..., None]) -> None:
    async def scenario(desktop: Desktop, server: ListServer) -> None:
        await asyncio.sleep(0)
        assert server.requests == [], "nothing is asked before the picker is opened"
        server.may_answer.clear()
        desktop.window.open_model_picker()
        picker = desktop.window.picker
        before = ids(picker)
        assert before[0] == "qwen3.7-plus"
        assert "qwen3-coder-plus" in before
        assert unlisted(picker) == []
        await eventually(lambda: len(server.requests) == 1)
        assert server.requests == ["GET /compatible-mode/v1/models HTTP/1.1"]
        QTest.keyClick(picker.search_field, Qt.Key.Key_Down)
        server.may_answer.set()
        await eventually(lambda: "next-model" in ids(picker))
        assert ids(picker) == [*before[: len(before)], "next-model"]
        assert set(unlisted(picker)) == set(before) - set(LIST)
        assert picker.list.currentIndex().data() == before[1], "the marked row stays marked"
        assert picker.foot.status.text() == ""

        # what nobody knows can be used at once
        QTest.keyClicks(picker.search_field, "next-m")
        QTest.keyClick(picker.search_field, Qt.Key.Key_Return)
        assert desktop.window.composer.model_id == "next-model"
        desktop.window.open_model_picker()
        assert ids(picker)[0] == "next-model"
        assert "qwen-plus" in ids(picker)
        await asyncio.sleep(0.05)
        assert len(server.requests) == 1, "it is asked once in some minutes"

    with_window(scenario)


def test_another_key_and_time_make_it_ask_again(
    with_window: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(desktop: Desktop, server: ListServer) -> None:
        picker = desktop.window.picker
        for expected in (1, 2):
            desktop.window.open_model_picker()
            await eventually(lambda: "next-model" in ids(picker))
            assert len(server.requests) == expected
            picker.close_panel()
            desktop.model_offer.forget()
        monkeypatch.setattr(model_offer, "FRESH_S", 0.0)
        desktop.window.open_model_picker()
        await eventually(lambda: len(server.requests) == 3)

    with_window(scenario)


def test_a_failure_is_a_quiet_line_with_retry(with_window: Callable[..., None]) -> None:
    async def scenario(desktop: Desktop, server: ListServer) -> None:
        server.status = "503 Service Unavailable"
        desktop.window.open_model_picker()
        picker = desktop.window.picker
        await eventually(picker.foot.retry_button.isVisible)
        assert picker.foot.status.text().startswith("The server's list of models is not here.")
        assert "qwen3.8-max" in ids(picker)
        assert unlisted(picker) == []
        assert picker.search_field.hasFocus()
        box = picker.geometry().adjusted(16, 16, -16, -16)
        assert desktop.window.rect().contains(box)
        picker.close_panel()
        desktop.window.open_model_picker()
        assert picker.foot.retry_button.isVisible(), "it is not asked again unasked"
        asked = len(server.requests)
        server.status = "200 OK"
        QTest.keyClick(picker.search_field, Qt.Key.Key_Tab)
        assert picker.foot.retry_button.hasFocus()
        QTest.keyClick(picker.foot.retry_button, Qt.Key.Key_Return)
        await eventually(lambda: "next-model" in ids(picker))
        assert len(server.requests) == asked + 1
        assert not picker.foot.retry_button.isVisible()
        assert picker.isVisible()
        assert picker.search_field.hasFocus()

    with_window(scenario)


def test_closing_gives_the_request_up(with_window: Callable[..., None]) -> None:
    async def scenario(desktop: Desktop, server: ListServer) -> None:
        server.may_answer.clear()
        desktop.window.open_model_picker()
        await eventually(lambda: len(server.requests) == 1)
        QTest.keyClick(desktop.window.picker.search_field, Qt.Key.Key_Escape)
        await eventually(lambda: server.left == 1)

    with_window(scenario)


def test_without_a_key_and_in_the_demo_nothing_is_asked(with_window: Callable[..., None]) -> None:
    async def scenario(desktop: Desktop, server: ListServer) -> None:
        for _ in range(2):
            desktop.window.open_model_picker()
            assert ids(desktop.window.picker)[0] == "qwen3.7-plus"
            await asyncio.sleep(0.05)
            assert server.requests == []
            desktop.window.picker.close_panel()

    with_window(scenario, key="")


def test_a_server_without_models_says_so(with_window: Callable[..., None]) -> None:
    async def scenario(desktop: Desktop, server: ListServer) -> None:
        server.ids = []
        desktop.window.open_model_picker()
        await eventually(lambda: desktop.window.picker.foot.status.text() == "The server lists no models.")
        assert unlisted(desktop.window.picker) == []

    with_window(scenario)


def test_the_quick_ask_has_the_same_offer(with_window: Callable[..., None]) -> None:
    async def scenario(desktop: Desktop, server: ListServer) -> None:
        quick = desktop.presence._faces.quick.window
        quick.show()
        quick.open_model_picker()
        picker = quick._picker
        assert picker is not None
        await eventually(lambda: "next-model" in ids(picker))
        assert not picker.foot.parameters_button.isVisible()
        quick.accept_close()

    with_window(scenario)


def test_parameters_are_reached_from_the_foot(with_window: Callable[..., None]) -> None:
    async def scenario(desktop: Desktop, server: ListServer) -> None:
        desktop.window.open_model_picker()
        picker = desktop.window.picker
        assert picker.foot.parameters_button.text() == "Parameters of qwen3.7-plus…"
        QTest.mouseClick(picker.foot.parameters_button, Qt.MouseButton.LeftButton)
        assert not picker.isVisible()
        dialog = desktop.parameters.dialog
        assert dialog is not None
        assert dialog.isVisible()
        dialog.close()
        await eventually(lambda: desktop.parameters.dialog is None)

    with_window(scenario)


def test_effort_of_the_menu_is_the_one_of_the_parameters(with_window: Callable[..., None]) -> None:
    async def scenario(desktop: Desktop, server: ListServer) -> None:
        composer = desktop.window.composer
        button = composer.effort_button
        desktop.window.resize(1280, 800)
        await eventually(lambda: composer.width() > 700)
        composer.model_chosen.emit("qwen3.8-max")
        assert composer.thinking_button.isChecked() == button.isVisible()
        if not composer.thinking_button.isChecked():
            QTest.mouseClick(composer.thinking_button, Qt.MouseButton.LeftButton)
        assert button.isVisible()
        button.effort_chosen.emit("xhigh")
        assert desktop.engine.settings.models["qwen3.8-max"] == {"effort": "xhigh"}
        assert button.text() == "Very high"
        composer.model_chosen.emit("qwen3-coder-plus")
        assert not button.isVisible()
        assert not composer.thinking_button.isVisible()
        composer.model_chosen.emit("deepseek-v4-pro")  # cannot be switched for certain, but takes efforts
        assert button.isVisible()
        composer.model_chosen.emit("qwen3.8-max")
        assert button.text() == "Very high"
        QTest.mouseClick(composer.thinking_button, Qt.MouseButton.LeftButton)
        assert not button.isVisible()

    with_window(scenario)
