"""Accounts in the running app: added, used, moved, removed, found nearby; each key stays with its server."""

from __future__ import annotations

import json
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qwen_desktop.app import Desktop
from qwen_desktop.core.credentials.api_keys import ApiKey, KeyOrigin, SessionApiKeyStore
from qwen_desktop.core.errors import ApiKeyStoreUnavailable
from qwen_desktop.core.providers import nearby, regions
from qwen_desktop.core.providers.regions import Region
from qwen_desktop.core.providers.servers import ServerKind
from qwen_desktop.core.settings import accounts
from qwen_desktop.ui.views.account_dialog import AccountDialog
from qwen_desktop.ui.views.account_list import AccountList
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.settings_dialog import SettingsDialog
from tests.canary import assert_key_nowhere
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import Connection, FaultServer
from tests.faults.table import FAULTS

KEY = "sk-canary-accounts-0123456789"
BODY = b'{"data": [{"id": "qwen3:8b", "owned_by": "library"}, {"id": "llama3", "owned_by": "library"}]}'


async def list_models(connection: Connection) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    await connection.send(head + BODY)


@asynccontextmanager
async def server() -> AsyncIterator[FaultServer]:
    async with FaultServer("204", "compatible") as made:
        made.on_get = list_models
        yield made


def write_settings(home: Path, text: str) -> None:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "settings.toml").write_text(text)


def in_file(home: Path) -> dict[str, Any]:
    text = (home / "config" / "settings.toml").read_text()
    assert KEY not in text
    return tomllib.loads(text)


def list_of(desktop: Desktop) -> AccountList:
    desktop.setup.settings.open("models")
    dialog = desktop.window.findChild(SettingsDialog)
    assert dialog is not None
    return dialog.page("models").accounts


@asynccontextmanager
async def two_regions(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[FaultServer, FaultServer]]:
    """The only ones there are; the first refuses every key."""
    async with server() as beijing, server() as singapore:
        beijing.on_get = FAULTS["401"].script
        places = (
            Region("cn-beijing", beijing.base_url, "https://x.test"),
            Region("ap-southeast-1", singapore.base_url, "https://x.test"),
        )
        monkeypatch.setattr(regions, "REGIONS", places)
        yield beijing, singapore


def form_of(desktop: Desktop) -> AccountDialog:
    form = desktop.setup.accounts.dialog
    assert form is not None
    return form


def choose_kind(form: AccountDialog, kind: str) -> None:
    form.kind_choice.choose(kind)
    form.kind_choice.activated.emit(form.kind_choice.currentIndex())


def press(form: AccountDialog, name: str) -> None:
    button = form.outcome.findChild(Button, f"outcome_{name}")
    assert button is not None, form.outcome.words
    button.click()


def titles(shown: AccountList) -> list[str]:
    return [shown.list.item(row).text() for row in range(shown.list.count())]


def test_a_server_by_address_is_checked_for_free_and_used(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        keychain = SessionApiKeyStore()
        async with server() as one, opened(home, key="", keychain=keychain) as desktop:
            shown = list_of(desktop)
            assert titles(shown) == ["Alibaba Cloud, China (Beijing)"]
            shown.add_button.click()
            form = form_of(desktop)
            choose_kind(form, "compatible")
            assert (form.protocol_choice.isVisible(), form.address_field.isVisible()) == (False, True)
            assert form.draft.model == ""
            form.address_field.setText(f"127.0.0.1:{one.port}/v1/chat/completions")
            form.key_field.setText(f" {KEY} ")
            QTest.keyClick(form.address_field, Qt.Key.Key_Return)  # checks first: no model is chosen yet
            await eventually(lambda: form.outcome.words.startswith("Found 2 models"))
            assert form.address_field.text() == f"http://127.0.0.1:{one.port}/v1"
            assert [(r.method, r.path) for r in one.requests] == [("GET", "/v1/models")]
            assert one.requests[0].headers["authorization"] == f"Bearer {KEY}"
            assert desktop.engine.settings.accounts == {}
            form.model_choice.choose("llama3")
            form.save_button.click()
            await eventually(lambda: desktop.setup.accounts.dialog is None)
            used = accounts.in_use(desktop.engine.settings)
            assert (used.base_url, used.model, used.protocol, used.make) == (
                f"http://127.0.0.1:{one.port}/v1",
                "llama3",
                "compatible",
                "compatible",
            )
            assert await keychain.load(used.profile) == ApiKey(KEY)
            assert len(one.requests) == 1  # what was checked is not checked again
            await eventually(lambda: desktop.engine.keys.origin is KeyOrigin.KEYCHAIN)
            assert desktop.window.composer.model_id == "llama3"
            await eventually(lambda: "Key in system keychain" in titles_and_keys(shown))
            await desktop.setup.settings.close()
        assert in_file(home)["server"]["account"] in in_file(home)["accounts"]
        assert_key_nowhere(KEY, home)

    run(scenario(), timeout_s=20)


def titles_and_keys(shown: AccountList) -> str:
    texts = [shown.list.item(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(shown.list.count())]
    return "\n".join(texts)


TWO = """
[server]
base_url = "http://127.0.0.1:1"
account = "one"
[chat]
model = "m1"
[accounts."one"]
name = "One"
base_url = "http://127.0.0.1:1"
model = "m1"
[accounts."two"]
name = "Two & more"
base_url = "http://127.0.0.1:2"
model = "m2"
make = "ollama"
protocol = "compatible"
"""


def test_accounts_are_switched_from_the_sidebar_and_by_keys(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        write_settings(home, TWO)
        keychain = SessionApiKeyStore()
        await keychain.save("127.0.0.1:1#one", ApiKey(KEY))
        async with opened(home, key="", keychain=keychain) as desktop:
            sidebar, engine = desktop.window.sidebar, desktop.engine
            await eventually(lambda: sidebar.key_button.text() == "One · Key in system keychain")
            sidebar.key_button.click()
            menu = desktop.setup.accounts.menu
            assert menu is not None
            assert [a.text() for a in menu.actions() if a.text()] == ["One", "Two && more", "API key…", "Accounts…"]
            assert [a.isChecked() for a in menu.actions()[:2]] == [True, False]
            menu.actions()[1].trigger()
            menu.close()
            assert (engine.base_url, engine.settings.chat.model) == ("http://127.0.0.1:2", "m2")
            await eventually(lambda: sidebar.key_button.text() == "Two & more · No key needed")
            assert desktop.window.composer.model_id == "m2"
            assert not engine.is_demo
            shown = list_of(desktop)
            await eventually(lambda: "One, 127.0.0.1:1 · m1, Key in system keychain" in titles_and_keys(shown))
            assert "Two & more, in use" in titles_and_keys(shown)
            shown.list.setCurrentRow(0)
            QTest.keyClick(shown.list, Qt.Key.Key_Return)
            assert engine.base_url == "http://127.0.0.1:1"
            assert not shown.use_button.isEnabled()

    run(scenario(), timeout_s=20)


def test_accounts_are_switched_from_the_pickers_foot(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        write_settings(home, TWO)
        async with opened(home, key="") as desktop:
            desktop.setup.accounts.use("two")  # needs no key: the first start is over
            await eventually(lambda: desktop.window.page == "empty")
            window, menus = desktop.window, desktop.setup.accounts
            window.open_model_picker()
            switch = window.picker.findChild(Button, "switch_account")
            assert switch is not None
            assert (switch.text(), switch.isVisible()) == ("Two & more", True)
            assert switch in window.picker.foot.stops
            switch.click()
            assert not window.picker.isVisible()
            assert menus.menu is not None
            menus.menu.actions()[0].trigger()
            menus.menu.close()
            assert desktop.engine.base_url == "http://127.0.0.1:1"
            window.open_model_picker()
            assert switch.text() == "One"
            window.picker.close_panel()

    run(scenario(), timeout_s=20)


def test_accounts_are_switched_from_the_quick_ask_too(run: RunScenario, home: Path) -> None:
    """Its menu stands in its own window, and a model that was chosen there for the former account does not stay."""

    async def scenario() -> None:
        write_settings(home, TWO)
        async with opened(home, key="") as desktop:
            quick, menus = desktop.presence.quick, desktop.setup.accounts
            quick.toggle()
            quick.window.model_chosen.emit("of-one")
            quick.window.open_model_picker()
            (switch,) = quick.window.findChildren(Button, "switch_account")
            assert switch.isVisible()
            switch.click()
            menu = menus.menu
            assert menu is not None
            assert menu.parentWidget() is quick.window
            assert [action.text() for action in menu.actions()] == ["One", "Two && more"]
            menu.actions()[1].trigger()
            menu.close()
            assert desktop.engine.base_url == "http://127.0.0.1:2"
            assert quick.window.model_button.text() == "m2"
            desktop.window.open_model_picker()
            assert desktop.window.picker.findChild(Button, "switch_account") is not switch
            desktop.window.picker.close_panel()
            quick.hide()

    run(scenario(), timeout_s=20)


def test_removing_asks_and_forgets_the_key(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        write_settings(home, TWO)
        keychain = SessionApiKeyStore()
        for profile in ("127.0.0.1:1#one", "127.0.0.1:2#two"):
            await keychain.save(profile, ApiKey(KEY))
        async with opened(home, key="", keychain=keychain) as desktop:
            shown = list_of(desktop)
            QTest.keyClick(shown.list, Qt.Key.Key_Delete)
            assert "Its key is forgotten" in shown.question.words
            QTest.keyClick(shown.list, Qt.Key.Key_Escape)
            assert shown.question.isHidden()
            assert len(titles(shown)) == 2
            shown.remove_button.click()
            button = shown.question.findChild(Button, "outcome_remove_account")
            button.click()
            await eventually(lambda: titles(shown) == ["Two & more"])
            assert desktop.engine.base_url == "http://127.0.0.1:2"
            await eventually(lambda: gone(keychain, "127.0.0.1:1#one"))
            assert await keychain.load("127.0.0.1:2#two") == ApiKey(KEY)
            await desktop.setup.settings.close()
        assert list(in_file(home)["accounts"]) == ["two"]

    run(scenario(), timeout_s=20)


async def gone(keychain: SessionApiKeyStore, profile: str) -> bool:
    return await keychain.load(profile) is None


def test_another_host_is_written_without_the_former_hosts_key(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with server() as one, server() as two:
            write_settings(home, TWO.replace("127.0.0.1:2", f"127.0.0.1:{one.port}"))
            keychain = SessionApiKeyStore()
            former = f"127.0.0.1:{one.port}#two"
            await keychain.save(former, ApiKey(KEY))
            async with opened(home, key="", keychain=keychain) as desktop:
                shown = list_of(desktop)
                await eventually(
                    lambda: "Two & more, 127" in titles_and_keys(shown) and "Key in" in titles_and_keys(shown)
                )
                shown.list.setCurrentRow(1)
                QTest.keyClick(shown.list, Qt.Key.Key_F2)
                form = form_of(desktop)
                assert form.key_words.text() == "A key is kept. Leave the field empty to keep it."
                form.address_field.setText("")
                QTest.keyClicks(form.address_field, f"127.0.0.1:{two.port}")
                assert "is not sent to this one" in form.key_words.text()
                form.model_field.setText("llama3")
                form.save_button.click()
                await eventually(lambda: desktop.setup.accounts.dialog is None)
                assert len(two.requests) == 1
                assert "authorization" not in two.requests[0].headers
                assert one.requests == []
                await eventually(lambda: gone(keychain, former))
                account = accounts.account_of(desktop.engine.settings, "two")
                assert account.base_url == f"http://127.0.0.1:{two.port}"
                assert accounts.in_use(desktop.engine.settings).id == "one"

    run(scenario(), timeout_s=20)


def test_a_way_without_encryption_is_asked_about_before_anything_is_sent(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        write_settings(home, "[network]\nconnect_timeout_s = 0.1\n")
        async with opened(home, key="") as desktop:
            desktop.setup.accounts.add()
            form = form_of(desktop)
            choose_kind(form, "vllm")
            assert form.address_field.text() == "http://127.0.0.1:8000"
            form.address_field.setText("192.0.2.1:8000")  # an address of nobody's: https is not guessed for it
            form.model_field.setText("m")
            form.save_button.click()
            await eventually(lambda: "not encrypted" in form.outcome.words or "reached" in form.outcome.words)
            form.address_field.setText("http://192.0.2.1:8000")
            form.save_button.click()
            await eventually(lambda: "The way to 192.0.2.1:8000 is not encrypted" in form.outcome.words)
            press(form, "plain_http:save")
            await eventually(lambda: form.outcome.findChild(Button, "outcome_anyway"))
            assert desktop.engine.settings.network.plain_http_hosts == ()
            press(form, "anyway")
            await eventually(lambda: desktop.setup.accounts.dialog is None)
            assert desktop.engine.settings.network.plain_http_hosts == ("192.0.2.1:8000",)
            await desktop.setup.settings.close()
        assert in_file(home)["network"]["plain_http_hosts"] == ["192.0.2.1:8000"]

    run(scenario(), timeout_s=20)


class NoKeychain(SessionApiKeyStore):
    async def save(self, profile: str, api_key: ApiKey) -> None:
        raise ApiKeyStoreUnavailable("none", reason="no_keyring")

    async def load(self, profile: str) -> ApiKey | None:
        raise ApiKeyStoreUnavailable("none", reason="no_keyring")


def test_without_a_keychain_the_key_can_be_kept_for_the_session(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with server() as one, opened(home, key="", keychain=NoKeychain()) as desktop:
            desktop.setup.accounts.add()
            form = form_of(desktop)
            choose_kind(form, "ollama")
            form.address_field.setText(f"http://127.0.0.1:{one.port}")
            form.key_field.setText(KEY)
            form.model_field.setText("llama3")
            form.save_button.click()
            await eventually(lambda: form.outcome.findChild(Button, "outcome_session_only"))
            assert desktop.engine.settings.accounts == {}
            press(form, "session_only")
            await eventually(lambda: desktop.setup.accounts.dialog is None)
            assert desktop.engine.keys.origin is KeyOrigin.SESSION
            await eventually(lambda: desktop.window.page == "empty")  # nothing more is needed to begin

    run(scenario(), timeout_s=20)


def test_a_list_without_end_is_cut_and_what_cannot_be_an_id_is_left_out(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        body = json.dumps({"data": [{"id": name} for name in ("a\nb", "x" * 9_000, *map(str, range(20_000)))]}).encode()

        async def list_too_many(connection: Connection) -> None:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            await connection.send(head + body)

        async with server() as one, opened(home, key="") as desktop:
            one.on_get = list_too_many
            desktop.setup.accounts.add()
            form = form_of(desktop)
            choose_kind(form, "vllm")
            form.address_field.setText(f"127.0.0.1:{one.port}")
            form.check_button.click()
            await eventually(lambda: form.outcome.words.startswith("Found 498 models"))
            assert form.draft.model == "0"
            form.reject()

    run(scenario(), timeout_s=20)


def test_a_model_nearby_is_one_press_away_at_the_first_start(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with server() as one, opened(home, key="") as desktop:
            monkeypatch.setattr(nearby, "USUAL_PORTS", {ServerKind.OLLAMA: one.port})
            welcome = desktop.window.welcome
            assert welcome.local_card.isVisible()
            assert one.requests == []
            welcome.local_card.button.click()
            dialog = desktop.setup.accounts.nearby
            assert dialog is not None
            await eventually(lambda: dialog.findChild(Button, "use_server_0"))
            dialog.findChild(Button, "use_server_0").click()
            await eventually(lambda: desktop.window.page == "empty")
            used = accounts.in_use(desktop.engine.settings)
            assert (used.id, used.make, used.model) == ("ollama", "ollama", "qwen3:8b")
            assert list(desktop.engine.settings.accounts) == ["ollama"]
            assert "needs no key" in desktop.window.empty_state.key_words.text()
            assert desktop.window.sidebar.key_button.text() == "No key needed"
            assert desktop.setup.accounts.nearby is None
            await desktop.setup.settings.close()
        async with opened(home, key="") as desktop:  # and the next start begins there
            await eventually(lambda: desktop.window.page == "empty")
            assert not desktop.engine.is_demo

    run(scenario(), timeout_s=20)


def test_where_no_server_answers_it_is_said_what_to_install(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with opened(home, key="") as desktop:
            monkeypatch.setattr(nearby, "USUAL_PORTS", {ServerKind.OLLAMA: 1})
            desktop.window.welcome.local_card.button.click()
            dialog = desktop.setup.accounts.nearby
            assert dialog is not None
            await eventually(lambda: dialog.findChild(Button, "get_ollama"))
            assert "Install and start one of these" in dialog.outcome.words
            await eventually(lambda: dialog._area.verticalScrollBar().maximum() == 0)  # as high as it needs to be
            assert dialog.height() < 520
            dialog.again_button.click()
            await eventually(lambda: dialog.again_button.isEnabled())
            dialog.address_button.click()
            await eventually(lambda: desktop.setup.accounts.dialog is not None)
            assert form_of(desktop).draft.kind == "compatible"
            assert not form_of(desktop).address_field.isHidden()
            form_of(desktop).reject()

    run(scenario(), timeout_s=20)


def test_the_test_offers_the_region_that_knows_the_key_after_a_press(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with two_regions(monkeypatch) as (beijing, singapore):
            write_settings(home, f'[server]\nbase_url = "{beijing.base_url}"\n[chat]\nmodel = "qwen3:8b"\n')
            keychain = SessionApiKeyStore()
            await keychain.save(f"127.0.0.1:{beijing.port}", ApiKey(KEY))
            async with opened(home, key="", keychain=keychain) as desktop:
                await eventually(lambda: desktop.engine.keys.origin is KeyOrigin.KEYCHAIN)
                desktop.setup.settings.open("network")
                dialog = desktop.window.findChild(SettingsDialog)
                page = dialog.page("network")
                page.test.button.click()
                await eventually(lambda: page.test.words.text() == "Key failed")
                assert f"127.0.0.1:{singapore.port}" in page.test_offer.words
                assert singapore.requests == []
                page.test_offer.findChild(Button, "outcome_try_regions").click()
                await eventually(lambda: page.test.words.text() == "Region failed")
                page.test_offer.findChild(Button, "outcome_region:ap-southeast-1").click()
                await eventually(lambda: desktop.engine.base_url == singapore.base_url)
                assert await keychain.load(f"127.0.0.1:{singapore.port}") == ApiKey(KEY)
                assert await keychain.load(f"127.0.0.1:{beijing.port}") is None
                page.test.button.click()
                await eventually(lambda: page.test.words.text().startswith("All good"))
                desktop.setup.settings.set_value("chat.model", "not-there")
                page.test.button.click()
                await eventually(lambda: page.test.words.text() == "Model failed")
                row = dialog.row("connection_test")
                assert row is not None
                assert "not-there" in row.note.text()

    run(scenario(), timeout_s=20)


def test_a_key_of_another_region_finds_its_place_in_the_form(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with two_regions(monkeypatch) as (_, singapore):
            keychain = SessionApiKeyStore()
            async with opened(home, key="", keychain=keychain) as desktop:
                desktop.setup.accounts.add()
                form = form_of(desktop)
                form.key_field.setText(KEY)
                form.model_field.setText("qwen3:8b")
                form.save_button.click()
                await eventually(lambda: "may belong to another region" in form.outcome.words)
                assert singapore.requests == []
                press(form, "try_regions")
                await eventually(lambda: form.outcome.findChild(Button, "outcome_region:ap-southeast-1"))
                press(form, "region:ap-southeast-1")
                await eventually(lambda: desktop.window.page == "empty")  # the first start is over
                used = accounts.in_use(desktop.engine.settings)
                assert used.base_url == singapore.base_url
                assert await keychain.load(used.profile) == ApiKey(KEY)

    run(scenario(), timeout_s=20)


def test_an_address_from_outside_puts_the_list_to_rest(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        write_settings(home, TWO)
        async with opened(home, "http://127.0.0.1:9") as desktop:
            shown = list_of(desktop)
            assert "given from outside" in shown.question.words
            assert not any(b.isEnabled() for b in (shown.use_button, shown.edit_button, shown.remove_button))
            QTest.keyClick(shown.list, Qt.Key.Key_Return)
            assert desktop.engine.base_url == "http://127.0.0.1:9"

    run(scenario())


@pytest.fixture(autouse=True)
def no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in a task would only show as a notice."""

    def raise_it(self: Desktop, error: BaseException) -> None:
        raise error

    monkeypatch.setattr(Desktop, "tell_bug", raise_it)
