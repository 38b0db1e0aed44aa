"""Tries from inside what only Windows has: put in the place of app/start.py, it runs as the installed app does.

For try_in_wine.sh.  Says what it found, one line each; an exception ends it with 1.
"""

from __future__ import annotations

import sys

sys.frozen = True
if sys.argv[1:2] and sys.argv[1] in ("print-pages", "prepare-picture", "demo-server", "ask", "--version"):
    from qwen_desktop.__main__ import main

    sys.exit(main())  # the processes that this one starts

import asyncio
import importlib
import io
import os
import pkgutil
import subprocess
import tempfile
import time
from pathlib import Path

import qwen_desktop

LINUX_ONLY = {"qwen_desktop.core.credentials.secret_service", "qwen_desktop.desktop.status_notifier_watch"}
KEY = "sk-probe-" + "0123456789abcdef" * 2


def say(what: str) -> None:
    print(what, flush=True)


def modules() -> None:
    failed = set()
    count = 0
    for module in pkgutil.walk_packages(qwen_desktop.__path__, "qwen_desktop."):
        if not module.name.endswith(("__main__", *LINUX_ONLY)):
            importlib.import_module(module.name)
            count += 1
    assert not failed
    say(f"{count} modules imported")


async def vault() -> None:
    from qwen_desktop.core.credentials.api_key import MOST_CHARACTERS, ApiKey
    from qwen_desktop.core.credentials.keyring_store import KeyringApiKeyStore
    from qwen_desktop.core.errors import ApiKeyStoreUnavailable

    store = KeyringApiKeyStore()
    profile = "probe.example:443"
    assert await store.load(profile) is None
    await store.save(profile, ApiKey(KEY))
    assert await KeyringApiKeyStore().load(profile) == ApiKey(KEY)
    longest = ApiKey("k" * MOST_CHARACTERS)
    await store.save(profile, longest)
    assert await KeyringApiKeyStore().load(profile) == longest
    say(f"vault: a key kept, read, and one of {MOST_CHARACTERS} characters ({2 * MOST_CHARACTERS} bytes of 2,560)")
    try:
        await store.save(profile, ApiKey("k" * 1281))
        say("vault: more than 2,560 bytes were taken (Wine does not refuse them)")
    except ApiKeyStoreUnavailable as error:
        say(f"vault: more than 2,560 bytes were refused: {error.reason}")
    await store.delete(profile)
    assert await KeyringApiKeyStore().load(profile) is None
    say("vault: the key is deleted")


def hotkey() -> None:
    from qwen_desktop.desktop.hotkey.windows import ERROR_HOTKEY_ALREADY_REGISTERED, MOD_ALT, MOD_CONTROL, User32Calls

    calls = User32Calls()
    assert calls.register(1, MOD_ALT | MOD_CONTROL, ord("J")) == 0
    assert calls.register(2, MOD_ALT | MOD_CONTROL, ord("J")) == ERROR_HOTKEY_ALREADY_REGISTERED
    calls.unregister(1)
    assert calls.virtual_key("/") is not None
    say("hotkey: registered, a second time refused with 1409, let go")


def autostart() -> None:
    from qwen_desktop.desktop.autostart import autostart as make

    entry = make()
    assert not entry.is_enabled()
    entry.enable()
    assert entry.is_enabled()
    import winreg

    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\Microsoft\Windows\CurrentVersion\Run") as key:
        say(f"autostart: {winreg.QueryValueEx(key, 'Qwen Desktop')[0]}")
    entry.disable()
    assert not entry.is_enabled()


def own_processes(folder: Path) -> None:
    from PIL import Image

    from qwen_desktop.core.exchange.printing import PagePrinter
    from qwen_desktop.core.images import apart

    noise = Image.frombytes("RGB", (1600, 1400), os.urandom(1600 * 1400 * 3))
    file = io.BytesIO()
    noise.save(file, "PNG")
    assert not apart.is_quick(file.getvalue())
    prepared = apart.prepare_apart(file.getvalue(), "noise.png")
    say(f"a picture of {len(file.getvalue()):,} bytes prepared in a process of its own: {prepared.media_type}")
    printer = PagePrinter()
    assert "<strong>你好</strong>" in printer.body_of("**你好**")
    printer.print_pieces(
        [{"kind": "title", "text": "你好"}, {"kind": "markdown", "text": "$x^2$"}], "你好", folder / "页.pdf"
    )
    printer.close()
    assert (folder / "页.pdf").read_bytes().startswith(b"%PDF")
    say("a page printed in a process of its own")


def terminal(folder: Path) -> None:
    program = str(Path(sys.executable).with_name("qwen-desktop.exe"))
    environment = {**os.environ, "QWEN_DESKTOP_HOME": str(folder / "home"), "DASHSCOPE_API_KEY": KEY}
    server = subprocess.Popen([program, "demo-server"], stdout=subprocess.PIPE, env=environment)
    assert server.stdout is not None
    address = server.stdout.readline().decode().strip()
    ask = [program, "ask", "--base-url", address, "--no-thinking"]
    try:
        done = subprocess.run(
            [*ask, "-"], input="你好 formula".encode(), capture_output=True, env=environment, timeout=60
        )
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.decode("utf-8")) > 100
        say(f"ask: {len(done.stdout.decode())} characters of UTF-8 through a pipe")
        began_at = time.monotonic()
        with subprocess.Popen(
            [*ask, "formula"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        ) as open_pipe:
            assert open_pipe.stdout is not None
            assert open_pipe.stdout.read(10)
            say(
                f"ask: an open pipe that says nothing is waited for: first words after "
                f"{time.monotonic() - began_at:.1f} s"
            )
            open_pipe.communicate()
    finally:
        server.terminate()
        server.wait()


def files(folder: Path) -> None:
    from qwen_desktop.core.process_start import process_started
    from qwen_desktop.core.storage.lock import HistoryLock
    from qwen_desktop.desktop.start_command import start_command

    first, second = HistoryLock(folder / "lock" / "history.lock"), HistoryLock(folder / "lock" / "history.lock")
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
    assert process_started(os.getpid())
    assert start_command("quick")[0].endswith("QwenDesktop.exe")
    say("a lock held by one, a process's start, the command that starts the window")


modules()
asyncio.run(vault())
hotkey()
autostart()
with tempfile.TemporaryDirectory(prefix="qwen-desktop-probe-") as made_in:
    files(Path(made_in))
    own_processes(Path(made_in))
    terminal(Path(made_in))
