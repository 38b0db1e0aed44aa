"""Tokens, cost, cap and context in the real window, offscreen: what is said, and that over the cap nothing leaves."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QPlainTextEdit

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.storage.conversations import History
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import FaultServer

ONE_REPLY = "¥0.000057"
"""11 tokens at ¥0.8 and 24 at ¥2 a million: ¥0.0000568."""


@asynccontextmanager
async def desk(home: Path, server: FaultServer, settings: str = "", model: str = "qwen-plus") -> AsyncIterator[Desktop]:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "settings.toml").write_text(f'[chat]\nmodel = "{model}"\n{settings}\n')
    async with opened(home, server.base_url) as desktop:
        yield desktop


async def turn(desktop: Desktop, server: FaultServer, prompt: str = "How do I make tea?") -> None:
    posts = server.posts
    desktop.controller.submit(prompt)
    await eventually(lambda: server.posts == posts + 1)
    await eventually(lambda: not desktop.window.composer.is_running and desktop.chat.running_ids == frozenset())


def status(desktop: Desktop) -> str:
    return desktop.window.status_line.text()


def dialog(desktop: Desktop, name: str) -> QDialog:
    (found,) = [one for one in desktop.window.findChildren(QDialog, name) if one.isVisible()]
    return found


def test_the_status_says_what_the_reply_and_its_chat_took(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer("burst") as server, desk(home, server) as desktop:
            await turn(desktop, server)
            await eventually(lambda: status(desktop) == f"input 11 · output 24 tokens · {ONE_REPLY}")
            details = desktop.window.status_line.toolTip().splitlines()
            counted = ["Input: 11 tokens", "Output: 24 tokens"]
            assert details[:4] == [*counted, f"Cost: {ONE_REPLY}", "By the price of 2026-05-27"]
            assert desktop.window.status_line.accessibleDescription().startswith("Input: 11 tokens · Output")
            desktop.controller._retry_reply(2)
            await eventually(lambda: server.posts == 2)
            await eventually(lambda: status(desktop).endswith(" · this chat ¥0.00011"))
            desktop.controller.new_chat()
            assert (status(desktop), desktop.window.status_line.toolTip()) == ("", "")
            desktop.controller.open_conversation(1)
            await eventually(lambda: status(desktop).endswith(" · this chat ¥0.00011"))

    run(scenario(), timeout_s=30)


def test_a_price_that_nobody_knows_is_said(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer("burst") as server, desk(home, server, model="qwen-of-tomorrow") as desktop:
            await turn(desktop, server)
            await eventually(lambda: status(desktop) == "input 11 · output 24 tokens · price not known")
            await eventually(lambda: desktop.controller.sums is not None)
            desktop.window.details_requested.emit()
            await eventually(lambda: dialog(desktop, "plain_text_dialog"))
            text = dialog(desktop, "plain_text_dialog").findChild(QPlainTextEdit).toPlainText()
            assert "Cost: not known" in text
            assert "Replies whose cost is not known in full: 1" in text
            dialog(desktop, "plain_text_dialog").close()

    run(scenario(), timeout_s=30)


def test_over_the_cap_the_prompt_comes_back_and_nothing_leaves(run: RunScenario, home: Path) -> None:
    """With a price of the user's own, by which a reply of a thousand tokens is estimated at ¥1."""

    async def scenario() -> None:
        limits = "[limits]\nmonthly_cap = 0.01\n[prices.qwen-max]\ninput = 1000\noutput = 1000\n"
        async with FaultServer("burst") as server, desk(home, server, limits) as desktop:
            await turn(desktop, server)
            desktop.window.composer.set_model("qwen-max")
            desktop.controller.submit("Dear words")
            await eventually(lambda: not desktop.window.notice_bar.isHidden())
            assert server.posts == 1
            assert desktop.window.composer.text() == "Dear words"
            assert not desktop.window.composer.is_running
            sentence = desktop.window.notice_bar.accessibleName()
            assert f"this month has cost {ONE_REPLY}" in sentence
            assert "the monthly cap is ¥0.01" in sentence
            (button,) = [
                one for one in desktop.window.notice_bar.findChildren(QAbstractButton) if one.text() == "Open settings"
            ]
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
            await eventually(lambda: desktop.setup.settings.dialog)
            dialog(desktop, "settings_dialog").close()
            shown, wish = desktop.controller.shown_thread, desktop.controller.wish()
            for again in (
                lambda: desktop.controller._retry_reply(2),
                lambda: desktop.chat.edit(shown, 1, "Other words", wish),
            ):
                desktop.window.clear_notice()
                again()
                await eventually(lambda: not desktop.window.notice_bar.isHidden())
            assert "Other words" in desktop.window.composer.text()
            assert server.posts == 1

    run(scenario(), timeout_s=30)


def test_the_table_of_months_has_what_was_spent(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer("burst") as server, desk(home, server) as desktop:
            await turn(desktop, server)
            desktop.setup.settings.open("usage")
            settings = desktop.setup.settings._dialog
            assert settings is not None
            table = settings.page("usage").months
            await eventually(lambda: table.rowCount() == 1 and table.isVisible())
            texts = [table.item(0, column).text() for column in range(1, 6)]  # type: ignore[union-attr]
            assert texts == ["qwen-plus", "1", "11", "24", ONE_REPLY]
            assert table.accessibleName() == "Tokens and cost by month and model"
            table.setFocus()
            table.setCurrentCell(0, 0)
            QTest.keyClick(table, Qt.Key.Key_Right)
            assert table.currentColumn() == 1
            settings.close()

    run(scenario(), timeout_s=30)


def test_what_was_left_out_is_said_and_can_be_opened(run: RunScenario, home: Path) -> None:
    """At a limit that the model's own refusal taught, which is small enough for a test."""

    async def scenario() -> None:
        async with FaultServer("burst") as server, desk(home, server) as desktop:
            limit = 4_000
            desktop.engine.abilities = _with_limit(desktop.engine.abilities, limit)  # type: ignore[method-assign]
            desktop.controller.content_changed.emit()
            await turn(desktop, server, "old words " * 900)
            button = desktop.window.context_button
            await eventually(lambda: "% of 4K tokens" in button.text())
            assert button.isVisible()
            await turn(desktop, server, "new words " * 900)
            await eventually(lambda: button.text() == "2 older messages were not sent")
            sent = json.loads(server.requests[-1].body)["input"]["messages"]
            assert len(sent) == 1
            assert "they do not fit into what the model reads" in button.toolTip()
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
            await eventually(lambda: dialog(desktop, "plain_text_dialog"))
            text = dialog(desktop, "plain_text_dialog").findChild(QPlainTextEdit).toPlainText()
            assert "2 older messages were not sent" in text
            dialog(desktop, "plain_text_dialog").close()
            desktop.controller.new_chat()
            assert not button.isVisible()

    run(scenario(), timeout_s=30)


def _with_limit(abilities, limit: int):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return lambda model_id: replace(abilities(model_id), max_input_tokens=limit)


def test_parameters_reach_the_request_and_the_file(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer("burst") as server, desk(home, server) as desktop:
            assert desktop.window.top_bar.menu_button.isVisible()
            desktop.window.top_bar.parameters_requested.emit()
            await eventually(lambda: dialog(desktop, "parameters_dialog"))
            panel = dialog(desktop, "parameters_dialog")
            seed, temperature = panel.fields["seed"], panel.fields["temperature"]  # type: ignore[attr-defined]
            QTest.keyClicks(seed, "42")
            QTest.keyClick(seed, Qt.Key.Key_Tab)
            QTest.keyClicks(temperature, "2.5")
            panel.system_prompt.setFocus()  # type: ignore[attr-defined]
            QTest.keyClick(temperature, Qt.Key.Key_Return)
            assert "Enter a number from 0 to below 2" in panel.rows["temperature"].note.text()  # type: ignore[attr-defined]
            QTest.keyClicks(panel.system_prompt, "Be brief.")  # type: ignore[attr-defined]
            panel.close_button.click()  # type: ignore[attr-defined]
            await turn(desktop, server)
            body = json.loads(server.requests[-1].body)
            assert body["parameters"]["seed"] == 42
            assert "temperature" not in body["parameters"]
            assert body["input"]["messages"][0] == {"role": "system", "content": "Be brief."}
            await turn(desktop, server, "And coffee?")
            assert json.loads(server.requests[-1].body)["input"]["messages"][0]["content"] == "Be brief."
            desktop.controller.new_chat()
            assert desktop.controller.system_prompt == ""
            desktop.controller.open_conversation(1)
            await eventually(lambda: desktop.controller.system_prompt == "Be brief.")
            desktop.controller.set_system_prompt("")
            await turn(desktop, server, "And milk?")
            assert json.loads(server.requests[-1].body)["input"]["messages"][0]["role"] == "user"
            text = (home / "config" / "settings.toml").read_text()
            assert "seed = 42" in text
            assert "temperature" not in text

    run(scenario(), timeout_s=30)


def test_pictures_that_a_model_cannot_see_are_said_to_stay_behind(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        history = await History.open(home / "data" / "history.sqlite3")
        picture = Attachment("a" * 64, "image/png", 1000, 320, 320)
        started = await history.begin_turn(None, "What is this?", model_id="qwen3-vl-plus", attachments=(picture,))
        reply = replace(started.reply, text="A cat.", status=MessageStatus.COMPLETE, ended_at=datetime.now(UTC))
        await history.journal(started.reply).finish(reply)
        await history.close()
        async with FaultServer("burst") as server, desk(home, server) as desktop:
            desktop.controller.open_conversation(started.conversation.id)
            await eventually(lambda: len(desktop.controller.messages) == 2)
            desktop.window.composer.model_chosen.emit("qwen-plus")
            await turn(desktop, server, "And what now?")
            button = desktop.window.context_button
            await eventually(lambda: button.text() == "Earlier pictures were not sent")
            assert "Earlier prompts sent without theirs: 1" in button.toolTip()
            sent = json.loads(server.requests[-1].body)["input"]["messages"]
            assert [one["content"] for one in sent] == ["What is this?", "A cat.", "And what now?"]

    run(scenario(), timeout_s=30)
