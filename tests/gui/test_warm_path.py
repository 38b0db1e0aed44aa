"""Typing in the window and in the quick ask opens a connection on which nothing is sent; what is put there does not."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qwen_desktop.core.providers import warm_path
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.proxies import make_certificate
from tests.faults.server import ThreadedFaultServer
from tests.gui.conftest import active_timers


@pytest.mark.parametrize("place", ["window", "quick ask"])
def test_typing_opens_a_connection_and_stopping_closes_it(
    place: str, run: RunScenario, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_path, "KEEP_S", 0.5)
    context, certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def scenario() -> None:
        with ThreadedFaultServer("burst", tls=context) as server:
            async with opened(home, server.base_url) as desktop:
                edit = desktop.window.composer.edit
                if place == "quick ask":
                    quick = desktop.presence._faces.quick
                    quick.warm()
                    edit = quick.window.edit
                edit.set_text("an earlier draft")
                await asyncio.sleep(0)
                assert desktop.readiness.is_client_imported is None
                QTest.keyClicks(edit, "H")
                await eventually(lambda: len(server.connections) == 1)
                await eventually(lambda: server.open_connections == 0)
                assert (len(server.connections), server.requests) == (1, [])
                for timer in active_timers():
                    assert timer.isSingleShot()

                QTest.keyClicks(edit, "again")
                await eventually(lambda: len(server.connections) == 2)
                if place == "window":
                    QTest.keyClick(edit, Qt.Key.Key_Return)
                    await eventually(lambda: server.posts == 1)
                    await eventually(lambda: not desktop.chat.running_ids)

    run(scenario(), 20)


def test_the_first_request_imports_nothing_of_the_client() -> None:
    """It is sent on the GUI thread, and what it needs was imported on another."""
    code = """
import asyncio, sys
from qwen_desktop.ui.controllers.readiness import import_for_request
import_for_request()
import httpx
before = set(sys.modules)
async def ask():
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        try:
            await client.get("http://127.0.0.1:9")
        except httpx.ConnectError:
            print(*sorted(set(sys.modules) - before))
asyncio.run(ask())
"""
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    late = [name for name in outcome.stdout.split() if name.startswith(("anyio", "httpcore", "httpx"))]
    assert not late


def test_demo_is_not_connected_to_early(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, key="") as desktop:
            desktop.engine.use_demo_without_key = True
            QTest.keyClicks(desktop.window.composer.edit, "Hello")
            await asyncio.sleep(0)
            assert desktop.engine._transport is None

    run(scenario(), 20)
