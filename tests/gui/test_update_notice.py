"""Another version installed over the running app: it says so, and its button starts the new one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from qwen_desktop.ui.controllers.update_notice import UpdateNotice
from qwen_desktop.ui.theme import LIGHT, Theme
from qwen_desktop.ui.views.main_window import MainWindow
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened


@pytest.fixture
def program(tmp_path: Path) -> Path:
    folder = tmp_path / "program"
    folder.mkdir()
    made = folder / "qwen-desktop"
    made.write_text("old")
    return made


def upgrade(program: Path) -> None:
    """As dpkg does it: a new file beside the old one, and then in its place."""
    new = program.with_name("qwen-desktop.dpkg-new")
    new.write_text("new")
    os.rename(new, program)


def test_a_replaced_program_is_told_once(qapp: QApplication, run: RunScenario, program: Path) -> None:
    async def scenario() -> None:
        window = MainWindow(Theme(LIGHT))
        window.show()
        notice = UpdateNotice(window, program, window)
        restarts: list[bool] = []
        notice.restart_wanted.connect(lambda: restarts.append(True))
        try:
            (program.parent / "else").write_text("another file")
            os.chmod(program, 0o700)
            upgrade(program)
            await eventually(window.notice_bar.isVisible)
            assert "updated while it was open" in window.notice_bar.sentence
            (button,) = window.notice_bar.buttons
            window.notice_bar.dismiss()
            upgrade(program)
            await eventually(lambda: not (program.parent / "qwen-desktop.dpkg-new").exists())
            qapp.processEvents()
            assert not window.notice_bar.isVisible()
            notice.tell()
            (button,) = window.notice_bar.buttons
            button.click()
            assert restarts == [True]
        finally:
            window.accept_close()
            window.close()

    run(scenario())


def test_removed_and_installed_again(qapp: QApplication, run: RunScenario, program: Path) -> None:
    async def scenario() -> None:
        window = MainWindow(Theme(LIGHT))
        window.show()
        notice = UpdateNotice(window, program, window)
        try:
            os.unlink(program)
            assert not notice.is_replaced()
            upgrade(program)
            await eventually(window.notice_bar.isVisible)
        finally:
            window.accept_close()
            window.close()

    run(scenario())


def test_what_breaks_after_that_offers_the_restart(
    run: RunScenario, home: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qwen_desktop.desktop.start_command.own_program", lambda: program)

    async def scenario() -> None:
        async with opened(home) as desktop:
            bar = desktop.window.notice_bar
            upgrade(program)
            await eventually(bar.isVisible)
            bar.dismiss()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("qwen_desktop.app._log", lambda: _Silent())
                desktop.tell_bug(ImportError("a part of another version"))
            assert "updated while it was open" in bar.sentence
            (button,) = bar.buttons
            button.click()
            assert desktop.wants_restart
            assert desktop.stopped.is_set()

    run(scenario())


class _Silent:
    def error(self, *_: object, **__: object) -> None:
        pass
