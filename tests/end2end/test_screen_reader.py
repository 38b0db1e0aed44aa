"""What a screen reader gets: the window and a streamed reply, read over the real accessibility bus from outside."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.demo.replies import DemoReply
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.desktop.screen_reader import follow_hearing
from qwen_desktop.desktop.session_bus import SessionBus
from qwen_desktop.ui.transcript.announcer import Announcer
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import KEY, xdotool

ROOT = Path(__file__).resolve().parents[2]
READER = Path(__file__).with_name("read_screen.py")
KEY_WORDS = "The key comes from the environment variable DASHSCOPE_API_KEY."
"""Said once the app knows whom to ask: from then on Enter sends."""
NAMES = {"Message", "Send", "New chat", "Search chats", "Chats", "Model", "Transcript", "Thinking", "Settings"}


async def run_reader(*arguments: str) -> bytes:
    """What the reader printed, on the system's Python."""
    pipe = asyncio.subprocess.PIPE
    command = ("/usr/bin/python3", str(READER), *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    assert process.returncode == 0, (out.decode()[-2000:], err.decode()[-2000:])
    return out


async def read_screen(wait_for: str, seconds: float, event: str = "object:announcement") -> dict[str, list[list[str]]]:
    """What the reader found once a paragraph of the transcript held `wait_for`; it hears the events of one kind."""
    return dict(json.loads(await run_reader(wait_for, str(seconds), event)))


SECTION = """## Part {n}: *beginning*

A first sentence with 😀 and **strong** words. 第二句是中文，带有表情👩‍👩‍👧！Third one costs 3.14 yuan?

- an item of a list
- 另一项

```python
print("no. sentence. here {n}")
```

"""
LONG_REPLY = "".join(SECTION.replace("{n}", str(n)) for n in range(1, 31)) + "The very end"


def _in(seen: dict[str, list[list[str]]], key: str) -> list[str]:
    return [str(item) for item in seen[key]]


@asynccontextmanager
async def app_at(base_url: str) -> AsyncIterator[None]:
    """The app as a process of its own, its window active and ready to send; it has to end by itself with 0."""
    environment = {"QT_QPA_PLATFORM": "xcb", "QWEN_DESKTOP_BASE_URL": base_url}
    environment |= {"DASHSCOPE_API_KEY": KEY, "PYTHONPATH": str(ROOT)}
    app = await asyncio.create_subprocess_exec(sys.executable, "-m", "qwen_desktop", env={**os.environ, **environment})
    try:
        searching = ("search", "--sync", "--onlyvisible", "--name", "^Qwen Desktop$")
        await asyncio.wait_for(xdotool(*searching, "windowactivate", "--sync"), 20)
        await run_reader("--named", KEY_WORDS, "20")
        yield
    finally:
        if app.returncode is None:
            app.terminate()
        code = await asyncio.wait_for(app.wait(), 15)
    assert code == 0


def test_a_streamed_reply_is_read_whole_over_the_accessibility_bus(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.3) as server, app_at(server.base_url):
            await xdotool("type", "--delay", "10", "Plan three days in Beijing")
            await xdotool("key", "Return")
            found = await read_screen("add an API key in Settings", 25.0)
            stored = await eventually(lambda: _reply(home), timeout_s=10.0)
        texts = [text for _, text in found["paragraphs"]]
        assert texts == ["Plan three days in Beijing", stored]
        assert [name.split(",")[0] for name, _ in found["paragraphs"]] == ["You", "Qwen"]
        assert set(_in(found, "names")) >= NAMES
        assert int(str(found["inserts"])) > 3

    run(scenario(), timeout_s=90)


@pytest.mark.parametrize("event", ["object:announcement", "object:property-change:accessible-description"])
@pytest.mark.parametrize("mode", ["sentence", "end", "off"])
def test_what_is_spoken_is_what_the_setting_says(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch, mode: str, event: str
) -> None:
    """To a screen reader that takes announcements, and to one that takes none (Orca 43) but speaks other
    descriptions of the control that has the keyboard."""
    assert len(LONG_REPLY) > 5_000
    monkeypatch.setattr("qwen_desktop.demo.server.reply_for", lambda *_, **__: DemoReply("", LONG_REPLY))
    path = AppPaths.find({"QWEN_DESKTOP_HOME": str(home)}).settings
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'[appearance]\nannounce = "{mode}"\n', encoding="utf-8")

    async def scenario() -> None:
        async with DemoServer(pace=0.05) as server, app_at(server.base_url):
            await xdotool("type", "--delay", "10", "Tell me")
            reading = asyncio.create_task(read_screen("The very end", 40.0, event))
            await xdotool("key", "Return")
            found = await reading
        assert [text for _, text in found["paragraphs"]] == ["Tell me", LONG_REPLY]
        assert found["offsets"]
        announcer = Announcer()
        sentences = announcer.feed(LONG_REPLY) + announcer.finish()
        assert len(sentences) == 30 * 7 + 1
        told = [words for words in _in(found, "announced") if words in (*sentences, "Reply finished")]
        assert told == {"sentence": sentences, "end": ["Reply finished"], "off": []}[mode]
        if event == "object:announcement":
            assert told == _in(found, "announced")

    run(scenario(), timeout_s=90)


def test_rows_of_the_list_are_told_with_their_tags_as_the_keyboard_comes_to_them(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        history = await History.open(home / "data" / "history.sqlite3")
        for number in range(3):
            made = await history.create_conversation(title=f"chat {number}", model_id=None)
            await history.set_tags(made.id, ("work", "旅行")[:number])
        await history.close()
        pipe = asyncio.subprocess.PIPE
        command = ("/usr/bin/python3", str(READER), "--focused", "chat 0", "20")
        async with DemoServer() as server, app_at(server.base_url):
            reader = await asyncio.create_subprocess_exec(*command, stdout=pipe)
            assert reader.stdout is not None
            assert await reader.stdout.readline() == b"listening\n"
            await xdotool("key", "ctrl+k", "Down")
            await run_reader("--named", "chat 2, tags: work, 旅行", "10")
            await xdotool("key", "--delay", "300", "Down", "Down")
            out, _ = await reader.communicate()
        told = json.loads(out)
        rows = ["chat 2, tags: work, 旅行", "chat 1, tags: work", "chat 0"]
        assert [name for name in told if name in rows] == rows, told

    run(scenario(), timeout_s=90)


def test_a_screen_reader_that_comes_or_goes_is_noticed_with_one_question_each(run: RunScenario) -> None:
    """One that knows no announcements (Orca 43), while no reply is under way."""

    async def scenario() -> None:
        told: list[bool] = []
        following = asyncio.create_task(follow_hearing(told.append))
        await eventually(lambda: told == [True])
        command = ("/usr/bin/python3", str(READER), "--focused", "nobody", "60")
        for _ in range(2):
            reader = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            await eventually(lambda: told[-1] is False)
            reader.kill()
            await reader.communicate()
            await eventually(lambda: told[-1] is True)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    run(scenario(), timeout_s=60)


def test_the_end_of_a_bus_is_told(run: RunScenario) -> None:
    async def scenario() -> None:
        command = ("dbus-daemon", "--session", "--nofork", "--print-address=1")
        daemon = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert daemon.stdout is not None
        ended = asyncio.Event()
        bus = SessionBus((await daemon.stdout.readline()).decode().strip(), on_end=ended.set)
        await bus.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListNames")
        assert not ended.is_set()
        daemon.terminate()
        await ended.wait()
        await daemon.communicate()
        await bus.close()

    run(scenario())


def _reply(home: Path) -> str:
    db = sqlite3.connect(f"file:{home / 'data' / 'history.sqlite3'}?mode=ro", uri=True)
    try:
        found = db.execute("SELECT text FROM message WHERE role = 'assistant' AND status = 'complete'").fetchone()
    finally:
        db.close()
    return str(found[0]) if found else ""
