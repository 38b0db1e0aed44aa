"""The main job on a private desktop: real keys into the real window, a real server, and what the database says."""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QWidget

from qwen_desktop.app import Desktop, build
from qwen_desktop.core.chat.delta import TextDelta
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.credentials.api_keys import SessionApiKeyStore
from qwen_desktop.core.credentials.keyring_store import KeyringApiKeyStore
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.demo.server import DemoServer
from tests.canary import assert_key_nowhere
from tests.conftest import ExpectedLogs, RunScenario, eventually
from tests.end2end.desk import KEY, focused, notices, opened, reply_text, xdotool
from tests.faults.server import FaultServer, ThreadedFaultServer
from tests.faults.table import FAULTS
from tests.yardstick import Busy

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11")


def rows(home: Path, sql: str = "SELECT role, text, status FROM message ORDER BY id") -> list[tuple[object, ...]]:
    db = sqlite3.connect(f"file:{home / 'data' / 'history.sqlite3'}?mode=ro", uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


async def ended(desktop: Desktop, home: Path, messages: int) -> None:
    """So many messages are in the history, and none of them is being written."""

    def is_so() -> bool:
        found = rows(home)
        is_running = any(MessageStatus(str(status)).is_running for _, _, status in found)
        return len(found) == messages and not is_running and not desktop.window.composer.is_running

    await eventually(is_so, timeout_s=20)


def test_this_is_a_real_x11_window(qapp: QApplication) -> None:
    assert qapp.platformName() == "xcb"


def test_a_typed_prompt_streams_a_reply_that_is_there_after_a_restart(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.2) as server:
            async with opened(home, server.base_url) as desktop:
                await focused(desktop)
                await xdotool("type", "--delay", "5", "Plan three days in Beijing")
                await eventually(lambda: desktop.window.composer.text() == "Plan three days in Beijing")
                await xdotool("key", "Return")
                await eventually(lambda: desktop.window.composer.is_running)
                await eventually(lambda: len(reply_text(desktop)) > 20)
                assert desktop.chat.is_running(desktop.controller.conversation_id)
                await eventually(lambda: not desktop.window.composer.is_running, timeout_s=15)
                text = reply_text(desktop)
                assert "Day 3" in text
                assert rows(home) == [
                    ("user", "Plan three days in Beijing", "complete"),
                    ("assistant", text, "complete"),
                ]
            async with opened(home, server.base_url) as desktop:
                await eventually(lambda: desktop.window.sidebar.conversations.rowCount() > 0)
                await focused(desktop)
                desktop.window.sidebar.conversation_selected.emit(1)
                await eventually(lambda: desktop.controller.conversation_id == 1)
                assert reply_text(desktop) == text

    run(scenario(), timeout_s=60)


def test_every_event_served_is_a_signal_of_its_own_and_is_shown_before_the_next_is_sent(
    run: RunScenario, home: Path
) -> None:
    """The server sends piece n + 1 only when piece n can be read in the window."""
    from tests.end2end.stepping import SteppingServer

    pieces = [f"word{number} " for number in range(40)]

    async def scenario() -> None:
        async with SteppingServer(pieces) as server, opened(home, server.base_url) as desktop:
            received: list[str] = []
            desktop.chat.delta_received.connect(
                lambda _, __, delta: received.append(delta.text) if isinstance(delta, TextDelta) else None
            )
            desktop.controller.submit("go")
            shown = ""
            for piece in pieces:
                server.send_next()
                shown += piece
                await eventually(lambda expected=shown: reply_text(desktop) == expected)
            server.finish()
            await eventually(lambda: not desktop.window.composer.is_running)
            assert received == pieces

    run(scenario(), timeout_s=60)


@pytest.mark.parametrize("way", ["escape", "button"])
def test_stop_by_key_and_by_button_closes_the_socket_and_keeps_the_text(run: RunScenario, home: Path, way: str) -> None:
    async def scenario() -> None:
        with ThreadedFaultServer("stall-midstream", "native") as server:
            async with opened(home, server.base_url) as desktop:
                await focused(desktop)
                desktop.controller.submit("hello")
                await eventually(lambda: reply_text(desktop) != "")
                if way == "escape":
                    QTest.keyClick(desktop.window.composer.edit, Qt.Key.Key_Escape)
                else:
                    QTest.mouseClick(desktop.window.composer.stop_button, Qt.MouseButton.LeftButton)
                busy, pressed_at = Busy(), time.monotonic()
                await eventually(lambda: server.closed_at is not None, poll_s=0.002)
                assert server.closed_at - pressed_at < 0.1 + busy.seconds()
                await eventually(lambda: not desktop.window.composer.is_running)
                text = reply_text(desktop)
                assert text
                assert rows(home)[1] == ("assistant", text, "stopped")
                assert server.posts == 1

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize(
    ("fault", "protocol"),
    [
        ("401", "native"),
        ("400-inspection", "native"),
        ("404", "compatible"),
        ("400-arrearage", "compatible"),
        ("400-sse-framed", "native"),
        ("200-html", "native"),
        ("error-midstream", "native"),
        ("error-midstream", "compatible"),
        ("rst-midstream", "native"),
        ("clean-eof-no-finish", "compatible"),
        ("rst-before-headers", "native"),
        ("redirect-308-other", "native"),
        ("garbage-bytes", "native"),
        ("ansi-html", "compatible"),
    ],
)
def test_a_fault_is_told_in_the_window_and_loses_nothing(
    run: RunScenario, home: Path, fault: str, protocol: str
) -> None:
    async def scenario() -> None:
        expected = FAULTS[fault]
        (home / "config").mkdir()
        chat = f'[chat]\nprotocol = "{protocol}"\ncontinue_after_cut = "ask"\n'
        (home / "config" / "settings.toml").write_text(chat)
        async with FaultServer(fault, protocol) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("How do I make tea?")
            await eventually(lambda: server.posts == expected.posts)
            await ended(desktop, home, 2)
            assert reply_text(desktop) == expected.expected_text
            assert rows(home)[1] == ("assistant", expected.expected_text, expected.status)
            if expected.status == "complete":
                assert notices(desktop) == []
            else:
                await eventually(lambda: len(notices(desktop)) == 1)
                assert [button.text() for button in notices(desktop)[0].findChildren(QAbstractButton)]
            assert server.posts == expected.posts

    run(scenario(), timeout_s=30)


def test_retry_asks_again_beside_the_failed_reply(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        (home / "config").mkdir()
        (home / "config" / "settings.toml").write_text('[chat]\ncontinue_after_cut = "ask"\n')
        async with FaultServer("rst-midstream", "native") as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("How do I make tea?")
            await ended(desktop, home, 2)
            desktop.transcript.notice_action.emit(2, "retry")
            await eventually(lambda: server.posts == 2)
            await ended(desktop, home, 3)
            assert len(rows(home)) == 3
            assert rows(home)[1] == rows(home)[2]

    run(scenario(), timeout_s=30)


def test_a_prompt_written_while_a_reply_runs_waits_and_follows(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.3) as server, opened(home, server.base_url) as desktop:
            await focused(desktop)
            await xdotool("type", "--delay", "5", "hello")
            await xdotool("key", "Return")
            await eventually(lambda: desktop.window.composer.is_running)
            await xdotool("type", "--delay", "5", "next one")
            await xdotool("key", "Return")
            await eventually(lambda: desktop.chat.queued(1) == "next one")
            await eventually(lambda: rows(home, "SELECT draft FROM conversation") == [("next one",)])
            await ended(desktop, home, 4)
            assert [text for role, text, _ in rows(home) if role == "user"] == ["hello", "next one"]
            assert rows(home, "SELECT draft FROM conversation") == [("",)]

    run(scenario(), timeout_s=60)


def test_a_queued_prompt_returns_to_the_composer_when_the_turn_is_stopped(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer("stall-midstream", "native") as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("hello")
            await eventually(lambda: reply_text(desktop) != "")
            desktop.controller.submit("queued")
            desktop.window.composer.stop_requested.emit()
            await eventually(lambda: desktop.window.composer.text() == "queued")
            assert server.posts == 1

    run(scenario(), timeout_s=30)


def test_the_first_start_offers_the_demo_by_one_enter(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, key="") as desktop:
            assert desktop.window.page == "welcome"
            await focused(desktop)
            await xdotool("key", "Return")
            await eventually(lambda: desktop.window.page == "empty")
            assert not desktop.window.demo_strip.isHidden()
            await xdotool("type", "--delay", "5", "hello")
            await xdotool("key", "Return")
            await eventually(lambda: desktop.window.composer.is_running)
            await eventually(lambda: not desktop.window.composer.is_running, timeout_s=15)
            assert "demo" in reply_text(desktop)
            assert rows(home, "SELECT is_demo FROM message WHERE role = 'assistant'") == [(1,)]
        async with opened(home, key="") as desktop:
            assert desktop.window.page == "empty"

    run(scenario(), timeout_s=60)


def test_a_key_is_checked_for_free_kept_and_never_seen_again(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url, key="") as desktop:
            assert desktop.window.page == "welcome"
            await focused(desktop)
            await xdotool("type", "--delay", "5", KEY)
            await eventually(lambda: desktop.window.welcome.key_field.text() == KEY)
            await xdotool("key", "Return")
            await eventually(lambda: desktop.window.page == "empty")
            assert str(desktop.keys.origin) == "keychain"
            desktop.controller.submit("hello")
            await ended(desktop, home, 2)
        assert_key_nowhere(KEY, home)

    run(scenario(), timeout_s=30)


def test_a_rejected_key_gets_a_sentence_and_stays_in_the_field(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer("401", "compatible") as server, opened(home, server.base_url, key="") as desktop:
            server.on_get = FAULTS["401"].script
            welcome = desktop.window.welcome
            welcome.key_field.setText("sk-wrong-0123456789")
            welcome.check_button.click()
            await eventually(lambda: not welcome.outcome.isHidden() and welcome.check_button.isEnabled())
            assert welcome.outcome.words
            assert welcome.key_field.text() == "sk-wrong-0123456789"
            assert desktop.window.page == "welcome"
            assert server.posts == 0

    run(scenario(), timeout_s=30)


def test_several_conversations_stream_at_once_and_switching_changes_nothing(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.4) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("Plan three days in Beijing")
            await eventually(lambda: desktop.controller.conversation_id == 1)
            desktop.controller.new_chat()
            desktop.controller.submit("Compare SQLite and PostgreSQL in a table")
            await eventually(lambda: desktop.controller.conversation_id == 2)
            assert desktop.chat.running_ids == {1, 2}
            for conversation_id in (1, 2, 1):
                desktop.window.sidebar.conversation_selected.emit(conversation_id)
                await eventually(lambda wanted=conversation_id: desktop.controller.conversation_id == wanted)
            await eventually(lambda: not desktop.chat.running_ids, timeout_s=20)
            await eventually(lambda: reply_text(desktop) == rows(home)[1][1])
            assert [status for _, _, status in rows(home)] == ["complete"] * 4

    run(scenario(), timeout_s=60)


def test_ask_streams_into_the_same_history_beside_the_window(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        from tests.unit.test_ask import Asker

        async with DemoServer(pace=0.3) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("Plan three days in Beijing")
            await eventually(lambda: len(reply_text(desktop)) > 10)
            done = await Asker(home, server.base_url)("--json", "hello")
            assert done.code == 0
            await eventually(lambda: not desktop.window.composer.is_running, timeout_s=20)
        assert sorted((str(text), str(status)) for role, text, status in rows(home) if role == "user") == [
            ("Plan three days in Beijing", "complete"),
            ("hello", "complete"),
        ]
        assert [status for role, _, status in rows(home) if role == "assistant"] == ["complete", "complete"]

    run(scenario(), timeout_s=60)


def test_streaming_goes_on_under_a_menu_and_a_dialog(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.4) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("Plan three days in Beijing")
            await eventually(lambda: len(reply_text(desktop)) > 10)
            desktop.setup.open_settings()
            before = len(reply_text(desktop))
            await eventually(lambda: len(reply_text(desktop)) > before + 20)
            for dialog in desktop.window.findChildren(QWidget, "settings_dialog"):
                dialog.close()
            desktop.window.top_bar.menu_button.click()
            before = len(reply_text(desktop))
            await eventually(lambda: len(reply_text(desktop)) > before + 20)
            popup = QApplication.activePopupWidget()
            assert popup is not None
            popup.close()
            await eventually(lambda: not desktop.window.composer.is_running, timeout_s=20)
            assert rows(home)[1][2] == "complete"

    run(scenario(), timeout_s=60)


def test_closing_the_window_in_mid_stream_keeps_what_was_received(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=1) as server:
            async with opened(home, server.base_url) as desktop:
                desktop.controller.submit("Plan three days in Beijing")
                await eventually(lambda: len(reply_text(desktop)) > 10)
                text = reply_text(desktop)
                desktop.window.composer.set_text("a draft")
                desktop.window.close()
                assert desktop.stopped.is_set()
        role, kept, status = rows(home)[1]
        assert (role, status) == ("assistant", "stopped")
        assert str(kept).startswith(text)
        assert rows(home, "SELECT draft FROM conversation") == [("a draft",)]

    run(scenario(), timeout_s=30)


def test_a_full_disk_keeps_the_text_and_says_so(run: RunScenario, home: Path) -> None:
    """The disk refuses from the middle of the reply on, and takes it again later."""

    async def scenario() -> None:
        from qwen_desktop.core.errors import StorageUnavailable
        from qwen_desktop.core.storage.database import Lane

        async with DemoServer(pace=0.3) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("Plan three days in Beijing")
            await eventually(lambda: len(reply_text(desktop)) > 10)
            is_full = True
            write = Lane.write

            async def refusing(lane: Lane, work: object) -> object:
                if is_full:
                    raise StorageUnavailable(reason="full")
                return await write(lane, work)  # type: ignore[arg-type]

            Lane.write = refusing  # type: ignore[method-assign, assignment]
            try:
                await eventually(lambda: not desktop.window.composer.is_running, timeout_s=20)
                assert not desktop.window.notice_bar.isHidden()
                text = reply_text(desktop)
                assert "Day 3" in text
                is_full = False
                desktop.window.notice_action.emit("save_again")
                await eventually(lambda: rows(home)[1] == ("assistant", text, "complete"))
            finally:
                Lane.write = write  # type: ignore[method-assign]

    run(scenario(), timeout_s=60)


def test_every_focusable_widget_of_the_window_has_a_name(run: RunScenario, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text('[chat]\ncontinue_after_cut = "ask"\n')

    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("/error cut")
            await eventually(lambda: len(notices(desktop)) == 1)
            nameless = [
                widget
                for widget in desktop.window.findChildren(QWidget)
                if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not widget.accessibleName()
            ]
            assert nameless == []
            names = {widget.accessibleName() for widget in desktop.window.findChildren(QWidget)}
            assert {"Message", "Send", "Stop", "New chat", "Search chats", "Chats", "Model", "Transcript"} <= names
            assert {"Thinking", "Settings"} <= names

    run(scenario())


def test_no_timer_runs_when_idle(run: RunScenario, home: Path) -> None:
    from tests.gui.conftest import active_timers

    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("hello")
            await ended(desktop, home, 2)
            await eventually(lambda: not active_timers())

    run(scenario())


def test_a_turn_found_running_after_a_crash_is_interrupted_with_what_it_had(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        from tests.end2end.crashing import reply_of_a_killed_app

        text = await reply_of_a_killed_app(home)
        async with opened(home, "http://127.0.0.1:9") as desktop:
            await eventually(lambda: rows(home)[1][2] == str(MessageStatus.INTERRUPTED))
            assert str(rows(home)[1][1]).startswith(text)
            desktop.window.sidebar.conversation_selected.emit(1)
            await eventually(lambda: desktop.controller.conversation_id == 1)
            await eventually(lambda: len(notices(desktop)) == 1)

    run(scenario(), timeout_s=60)


def test_a_key_typed_at_the_first_start_is_in_the_real_keyring_at_the_next(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server:
            async with opened(home, server.base_url, key="", keychain=KeyringApiKeyStore()) as desktop:
                assert desktop.window.page == "welcome"
                await focused(desktop)
                await xdotool("type", "--delay", "5", KEY)
                await eventually(lambda: desktop.window.welcome.key_field.text() == KEY)
                await xdotool("key", "Return")
                await eventually(lambda: desktop.window.page == "empty", timeout_s=15)
                assert str(desktop.keys.origin) == "keychain"
            async with opened(home, server.base_url, key="", keychain=KeyringApiKeyStore()) as desktop:
                assert desktop.window.page == "empty"
                assert str(desktop.keys.origin) == "keychain"
                desktop.setup.open_key_dialog()
                desktop.keys.forget()
                await eventually(lambda: str(desktop.keys.origin) == "none")
                for dialog in desktop.window.findChildren(QDialog):
                    dialog.close()
        assert_key_nowhere(KEY, home)

    run(scenario(), timeout_s=60)


def test_a_chat_is_renamed_deleted_and_brought_back(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            window = desktop.window
            desktop.controller.submit("hello")
            await ended(desktop, home, 2)
            window.rename_requested.emit(1, "Greetings")
            await eventually(lambda: rows(home, "SELECT title FROM conversation") == [("Greetings",)])
            await eventually(lambda: window.top_bar.title_label.text() == "Greetings")
            window.delete_requested.emit(1)
            await eventually(lambda: window.page == "empty")
            await eventually(lambda: window.sidebar.conversations.chat(1) is None)
            assert not window.undo_bar.isHidden()
            window.undo_requested.emit(1)
            await eventually(lambda: window.sidebar.conversations.chat(1) is not None)
            window.sidebar.conversation_selected.emit(1)
            await eventually(lambda: desktop.controller.conversation_id == 1)
            assert reply_text(desktop) == rows(home)[1][1]

    run(scenario(), timeout_s=30)


def test_search_finds_a_chat_by_two_chinese_characters(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            for prompt in ("北京三日游", "hello"):
                desktop.controller.new_chat()
                desktop.controller.submit(prompt)
                await ended(desktop, home, 2 if prompt == "北京三日游" else 4)
            desktop.window.sidebar.search_field.setText("三日")
            sidebar = desktop.window.sidebar
            await eventually(lambda: sidebar.results.found_ids == [1])
            assert not sidebar.list.isVisible()
            sidebar.search_field.setText("")
            await eventually(sidebar.list.isVisible)

    run(scenario(), timeout_s=30)


def test_a_prompt_of_one_megabyte_with_odd_characters_arrives_whole(run: RunScenario, home: Path) -> None:
    prompt = "NUL \x00 lone \ud800 长 " * 50_000 + "end"

    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit(prompt)
            await ended(desktop, home, 2)
            assert rows(home)[0][1] == prompt.replace("\ud800", "\ufffd")
            assert rows(home)[1][2] == "complete"

    run(scenario(), timeout_s=60)


def test_send_is_off_while_there_is_nothing_to_send(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            await focused(desktop)
            composer = desktop.window.composer
            assert not composer.send_button.isEnabled()
            await xdotool("key", "space", "Return")
            assert not composer.send_button.isEnabled()
            await xdotool("type", "x")
            await eventually(composer.send_button.isEnabled)
            assert not (home / "data" / "history.sqlite3").exists() or rows(home) == []

    run(scenario())


@pytest.mark.parametrize("trouble", ["newer", "of another program", "read-only"])
def test_a_history_that_cannot_be_used_is_left_alone_and_said(
    run: RunScenario, home: Path, trouble: str, expect_log: ExpectedLogs
) -> None:
    expect_log("the history cannot be opened")

    async def scenario() -> None:
        path = home / "data" / "history.sqlite3"
        path.parent.mkdir(parents=True)
        if trouble == "newer":
            db = sqlite3.connect(path)
            db.execute("CREATE TABLE future (x)")
            db.execute("PRAGMA user_version = 99")
            db.commit()
            db.close()
        elif trouble == "of another program":
            db = sqlite3.connect(path)
            db.execute("PRAGMA application_id = 7")
            db.execute("CREATE TABLE theirs (x)")
            db.close()
        else:
            path.mkdir()  # nothing can be written there, not even by root
        before = path.read_bytes() if path.is_file() else b""
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            assert not desktop.window.notice_bar.isHidden()
            assert len(desktop.window.notice_bar.sentence) > 20
            desktop.controller.submit("hello")
            await eventually(lambda: "demo" in reply_text(desktop))
            await eventually(lambda: not desktop.window.composer.is_running)
        assert (path.read_bytes() if path.is_file() else b"") == before

    run(scenario(), timeout_s=30)


def test_a_broken_settings_file_is_kept_aside_and_said(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        (home / "config").mkdir()
        (home / "config" / "settings.toml").write_text("[chat\nmodel=")
        async with opened(home, "http://127.0.0.1:9") as desktop:
            assert "settings.toml" in desktop.window.notice_bar.sentence
        assert [entry for entry in (home / "config").iterdir() if ".broken-" in entry.name]

    run(scenario())


def test_the_key_is_nowhere_after_chats_failures_and_a_crash(
    run: RunScenario, home: Path, expect_log: ExpectedLogs
) -> None:
    expect_log("unexpected")

    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            for number, prompt in enumerate(("hello", "/error 401", "/error 500", "/error cut"), start=1):
                desktop.controller.submit(prompt)
                await ended(desktop, home, 2 * number)
            secret = await desktop.engine.keys.current()
            assert secret is not None
            try:
                raise RuntimeError(f"a bug near {secret.value}")
            except RuntimeError as error:
                desktop.tell_bug(error)
            assert not desktop.window.notice_bar.isHidden()
        assert_key_nowhere(KEY, home)

    run(scenario(), timeout_s=60)


def test_what_was_typed_into_a_new_chat_is_there_at_the_next_start(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        for expected in ("", "not sent yet"):
            async with opened(home, "http://127.0.0.1:9") as desktop:
                assert desktop.window.composer.text() == expected
                await focused(desktop)
                if not expected:
                    await xdotool("type", "--delay", "5", "not sent yet")
                    await eventually(lambda: desktop.window.composer.text() == "not sent yet")
                    desktop.controller.new_chat()
                    assert desktop.window.composer.text() == "not sent yet"

    run(scenario(), timeout_s=30)


def test_a_prompt_sent_before_the_key_is_looked_up_is_what_is_shown(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        environment = {"QWEN_DESKTOP_HOME": str(home), "QWEN_DESKTOP_LANG": "en", "DASHSCOPE_API_KEY": KEY}
        async with DemoServer(pace=0) as server:
            environment["QWEN_DESKTOP_BASE_URL"] = server.base_url
            desktop = build(AppPaths.find(environment), environment=environment, keychain=SessionApiKeyStore())
            settled: list[bool] = []
            await desktop.show()
            await desktop.begin()
            desktop.setup.ready.connect(
                lambda: settled.append(desktop.chat.is_starting(desktop.controller.shown_thread))
            )
            try:
                desktop.window.composer.edit.set_text("Plan three days in Beijing")
                desktop.window.composer.submit()
                await ended(desktop, home, 2)
                assert settled == [True], "the prompt was on its way when it was known whom to ask"
                assert desktop.window.page == "transcript"
                assert reply_text(desktop) == rows(home)[1][1] != ""
                desktop.window.composer.edit.set_text("for this chat")
                desktop.window.composer.flush_draft()
                desktop.controller.new_chat()
                assert desktop.window.composer.text() == ""
            finally:
                await desktop.close()

    run(scenario(), timeout_s=30)
