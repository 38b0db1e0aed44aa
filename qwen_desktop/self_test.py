"""An installation to one line that says whether it works: `qwen-desktop --self-test`, what packages are tried with.

The real window, offscreen and in a temporary home, is asked for the demo and sent a prompt; the reply has to come over
the loopback, through the loop, the transcript and its painting, and into the history.  No key, no keychain, no other
network.  What a package can leave out without anybody noticing is looked for as well.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtGui import QImage

    from qwen_desktop.app import Desktop

LIMIT_S = 60.0
"""The process never lasts longer."""
TURN_LIMIT_S = 40.0
PROMPT = "formula"
"""What the demo answers to it has a heading line, inline code, bold text and a formula to draw."""
FEWEST_COLOURS = 16
"""Of a painted window; an empty one has a handful."""


class SelfTestFailed(Exception):
    """Something does not work; the text says what, for the terminal."""


def run() -> int:
    """0 once all of it has worked, else 1; one line either way."""
    started_at = time.monotonic()
    with _bounded():
        try:
            said = _run()
        except SelfTestFailed as failure:
            return _failed(str(failure))
        except Exception as error:  # whatever it is, this installation does not work
            import traceback

            traceback.print_exc()
            return _failed(f"{type(error).__name__}: {error}")
    _say(f"qwen-desktop: self-test passed in {time.monotonic() - started_at:.1f} s ({said})")
    return 0


def _failed(reason: str) -> int:
    print(f"qwen-desktop: self-test failed: {reason}", file=sys.stderr)
    return 1


def _say(line: str) -> None:
    if sys.stdout is not None:  # Windows starts a program without a console with none
        print(line, flush=True)


@contextmanager
def _bounded() -> Iterator[None]:
    """Ends the process with code 1, and the place where each thread was, if it lasts longer than LIMIT_S.

    Even then when an event loop, an import or a library hangs: no Python is run for it.
    """
    if sys.stderr is not None:
        faulthandler.dump_traceback_later(LIMIT_S, exit=True, file=sys.stderr)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _run() -> str:
    """What was done, in a few words.  Raises SelfTestFailed."""
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="qwen-desktop-self-test-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        # What is imported later reads the process's own environment: nothing of the user's may be found by it.
        os.environ.update(QT_QPA_PLATFORM="offscreen", QWEN_DESKTOP_HOME=folder, QWEN_DESKTOP_LANG="en")
        for name in ("DASHSCOPE_API_KEY", "QWEN_DESKTOP_BASE_URL", "QT_QPA_PLATFORMTHEME", "QT_STYLE_OVERRIDE"):
            os.environ.pop(name, None)
        reply = _chat(home)
        stored = _stored_reply(home)
    if stored != reply:
        raise SelfTestFailed("the history does not hold the reply that was shown")
    return f"{len(reply)} characters streamed, painted and stored"


def _chat(home: Path) -> str:
    """The text of a reply of the demo, as the window shows it."""
    from PySide6.QtWidgets import QApplication

    from qwen_desktop.ui import aio

    application = QApplication(sys.argv[:1])
    shown: list[str] = []

    async def scenario() -> int:
        from asyncio import timeout

        from qwen_desktop.app import build
        from qwen_desktop.core.credentials.api_keys import SessionApiKeyStore
        from qwen_desktop.core.paths import AppPaths

        environment = {"QWEN_DESKTOP_HOME": str(home), "QWEN_DESKTOP_LANG": "en"}
        paths = AppPaths.find(environment)
        desktop = build(paths, environment=environment, keychain=SessionApiKeyStore(), demo_pace=0.0)
        try:
            async with timeout(TURN_LIMIT_S):
                check_parts()
                await desktop.show()
                await desktop.begin()
                shown.append(await _ask_the_demo(desktop))
        except TimeoutError:
            raise SelfTestFailed(f"no reply was shown within {TURN_LIMIT_S:.0f} s") from None
        finally:
            await desktop.close()
        return 0

    aio.run(application, scenario, on_stop=lambda: None)
    return shown[0]


async def _ask_the_demo(desktop: Desktop) -> str:
    """As a user would: choose the demo, write, send; the text that is in the transcript in the end."""
    from asyncio import Event

    from qwen_desktop.core.chat.message import MessageStatus
    from qwen_desktop.core.chat.turn import TurnEnded

    is_asked, ended = Event(), Event()
    endings: list[TurnEnded] = []

    def on_ended(_conversation_id: int, _reply_id: int, ending: TurnEnded) -> None:
        endings.append(ending)
        ended.set()

    def on_bug(error: BaseException) -> None:
        problems.append(error)
        ended.set()

    problems: list[BaseException] = []
    desktop.chat.failed.connect(on_bug)
    desktop.keys.looked_up.connect(lambda _: is_asked.set())
    desktop.chat.turn_ended.connect(on_ended)
    await is_asked.wait()
    if desktop.window.page != "welcome":  # a fresh home has no key
        raise SelfTestFailed(f"the first start shows the page {desktop.window.page!r}")
    desktop.window.welcome.demo_requested.emit()
    desktop.window.composer.set_text(PROMPT)
    desktop.window.composer.submit()
    await ended.wait()
    if problems:
        raise problems[0]
    reply, error = endings[0].reply, endings[0].error
    if error is not None or reply.status is not MessageStatus.COMPLETE:
        raise SelfTestFailed(f"the reply of the demo is {reply.status}: {error or 'no reason given'}")
    text = desktop.transcript.last_text()
    if not text or text != reply.text:
        raise SelfTestFailed("the transcript does not show the reply")
    check_painted(desktop.window.grab().toImage())
    return text


def check_painted(picture: QImage) -> None:
    """A picture of the window shows more than one empty surface.  Raises SelfTestFailed."""
    width, height = picture.width(), picture.height()
    places = ((x, y) for x in range(0, width, 3) for y in range(0, height, 3))
    colours = {picture.pixel(x, y) for x, y in places}
    if len(colours) < FEWEST_COLOURS:
        raise SelfTestFailed(f"the window is {width} × {height} px of {len(colours)} colours: nothing was painted")


def check_parts() -> None:
    """What is loaded only when it is needed is there: data files, and modules named by text.  Raises SelfTestFailed."""
    from qwen_desktop.core.paths import resources
    from qwen_desktop.core.translations import catalogue_path, read_catalogue
    from qwen_desktop.ui.icons import app_icon, icons_folder

    if not read_catalogue(catalogue_path("zh_CN")):
        raise SelfTestFailed("the Chinese catalogue is empty")
    if not (icons_folder() / "app.svg").is_file() or app_icon().pixmap(32).isNull():
        raise SelfTestFailed("the icons cannot be drawn")
    for name in ("models.toml", "prices.toml", "han.txt"):
        if not (resources() / name).is_file():
            raise SelfTestFailed(f"{name} is missing")
    _check_drawing()
    _check_pictures()
    _check_system()


def _check_drawing() -> None:
    from pygments.lexers import get_lexer_by_name
    from PySide6.QtCore import QCollator, QLocale
    from PySide6.QtGui import QFont

    from qwen_desktop.ui.transcript.math_drawing import draw_formula

    for language in ("python", "cpp", "rust", "sql"):
        next(get_lexer_by_name(language).get_tokens_unprocessed("a\n"))
    if sys.platform == "linux" and QCollator(QLocale("zh_CN")).compare("阿里", "中文") >= 0:
        raise SelfTestFailed("texts are not sorted: ICU has no data")
    draw_formula(r"\sqrt{b^2-4ac}", is_display=True, size_px=16.0, colour="#000000", font=QFont())


def _check_pictures() -> None:
    """Each kind that is taken can be read, and is prepared as it would be sent."""
    import io

    from qwen_desktop.core.images.opening import FORMATS, pil
    from qwen_desktop.core.images.prepare import prepare

    picture = pil().new("RGB", (64, 48), "#615ced")
    for kind in FORMATS:
        file = io.BytesIO()
        picture.save(file, kind)
        if prepare(file.getvalue()).width != 64:
            raise SelfTestFailed(f"a {kind} picture cannot be prepared")


def _check_system() -> None:
    """The keychain, the hotkey and the certificates: not asked for anything, only there."""
    from importlib import import_module

    from qwen_desktop.core.credentials.keyring_store import BACKENDS
    from qwen_desktop.core.providers.http_client import build_tls_context

    names = [backend.partition(":")[0] for backend in BACKENDS.get(sys.platform, ())]
    if sys.platform == "linux":
        names += ["PySide6.QtDBus", "dbus_fast.aio", "Xlib.display"]
    for name in names:
        import_module(name)
    build_tls_context()


def _stored_reply(home: Path) -> str:
    """The reply in the database file, read once the app has closed it."""
    import sqlite3
    from contextlib import closing

    from qwen_desktop.core.paths import AppPaths

    history = AppPaths.find({"QWEN_DESKTOP_HOME": str(home)}).history
    with closing(sqlite3.connect(history.as_uri() + "?mode=ro", uri=True)) as db:
        found = db.execute("SELECT text FROM message WHERE role = 'assistant'").fetchall()
    return str(found[0][0]) if len(found) == 1 else ""
