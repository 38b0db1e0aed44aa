"""What is done with all data: sizes, making the history smaller, moving the folder, deleting everything."""

from __future__ import annotations

from pathlib import Path

from qwen_desktop.app import Desktop
from qwen_desktop.core.credentials.api_keys import SessionApiKeyStore
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.ui.views.storage_page import StoragePage
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import KEY, opened


async def write(home: Path, *prompts: str) -> None:
    history = await History.open(home / "data" / "history.sqlite3")
    for prompt in prompts:
        await history.begin_turn(None, prompt, model_id="m")
    await history.close()


async def page_of(desktop: Desktop) -> StoragePage:
    desktop.setup.open_settings()
    desktop.setup.settings.open("data")
    await eventually(lambda: desktop.window.findChild(StoragePage) is not None)
    page = desktop.window.findChild(StoragePage)
    assert isinstance(page, StoragePage)
    return page


def test_sizes_are_told_and_the_history_is_made_smaller(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        await write(home, "one")
        async with opened(home) as desktop:
            page = await page_of(desktop)
            await eventually(lambda: "in all: history" in page.sizes.text())
            assert not page.move_button.isEnabled(), "QWEN_DESKTOP_HOME says where it is"
            page.compact_button.click()
            await eventually(desktop.stopped.is_set)
            assert desktop.wants_restart
        async with opened(home) as desktop:
            await eventually(lambda: "The history was made smaller" in desktop.window.notice_bar.sentence)

    run(scenario(), 20.0)


def test_everything_is_deleted_keys_too(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        await write(home, "one")
        keychain = SessionApiKeyStore()
        async with opened(home, key="", keychain=keychain) as desktop:
            await desktop.engine.keys.save(KEY)
            profile = desktop.engine.account.profile
            assert await keychain.load(profile) is not None
            page = await page_of(desktop)
            page.erase_button.click()
            assert page.question.isVisible()
            assert not desktop.stopped.is_set(), "it asks first"
            page.question.now.click()
            await eventually(desktop.stopped.is_set)
            assert await keychain.load(profile) is None
        assert desktop.last_act is not None
        desktop.last_act()
        left = [path.name for path in home.rglob("*") if path.is_file()]  # noqa: ASYNC240
        assert set(left) <= {"history.lock"}

    run(scenario(), 20.0)


def test_the_data_folder_is_moved_at_the_end_and_that_is_told(run: RunScenario, home: Path, tmp_path: Path) -> None:
    async def scenario() -> None:
        await write(home, "one")
        async with opened(home) as desktop:
            page = await page_of(desktop)
            storage = desktop.storage
            assert storage is not None
            (tmp_path / "full" / "qwen-desktop").mkdir(parents=True)
            (tmp_path / "full" / "qwen-desktop" / "x").touch()
            storage.move_to(str(tmp_path / "full"))
            await eventually(lambda: "is not empty" in page.problem.text())
            assert not desktop.stopped.is_set()
            storage.move_to(str(tmp_path / "new"))
            await eventually(desktop.stopped.is_set)
            assert desktop.wants_restart
        assert desktop.last_act is not None
        desktop.last_act()
        moved = tmp_path / "new" / "qwen-desktop"
        assert (moved / "history.sqlite3").read_bytes() == (home / "data" / "history.sqlite3").read_bytes()
        async with opened(home) as desktop:
            await eventually(lambda: f"The data folder is {moved} now" in desktop.window.notice_bar.sentence)

    run(scenario(), 20.0)
