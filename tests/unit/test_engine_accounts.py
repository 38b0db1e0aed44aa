"""Accounts in the engine: who is asked, and that a key never goes to a host it was not entered for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.credentials.api_keys import ApiKey, KeyOrigin, SessionApiKeyStore
from qwen_desktop.core.errors import ApiKeyMissing
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.providers import regions
from qwen_desktop.core.providers.connection_check import Step
from qwen_desktop.core.providers.regions import Region
from qwen_desktop.core.providers.servers import ServerKind
from qwen_desktop.core.settings import accounts
from qwen_desktop.core.settings.accounts import Account
from qwen_desktop.core.settings.settings import Settings
from qwen_desktop.engine import Engine
from tests.faults.outcome import REQUEST, drain
from tests.faults.server import Connection, FaultServer
from tests.faults.table import FAULTS

KEY_A, KEY_B, KEY_ENVIRONMENT = "sk-canary-aaaa-1111", "sk-canary-bbbb-2222", "sk-canary-eeee-3333"
MODELS = b'{"data": [{"id": "qwen-a"}]}'


async def list_models(connection: Connection) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(MODELS)
    await connection.send(head + MODELS)


def sent_keys(server: FaultServer) -> list[str]:
    return [request.headers.get("authorization", "").removeprefix("Bearer ") for request in server.requests]


class World:
    """Two servers with an account and a key each, and an engine that uses the first."""

    def __init__(self, folder: Path, a: FaultServer, b: FaultServer, environment: dict[str, str]) -> None:
        self.a, self.b = a, b
        self.account_a = Account("a", "A", a.base_url, "", "native", "qwen-plus")
        self.account_b = Account("b", "B", b.base_url, "", "native", "qwen-plus")
        self.keychain = SessionApiKeyStore()
        self.folder, self.environment = folder, environment

    def engine(self, base_url: str = "") -> Engine:
        paths = AppPaths(self.folder / "data", self.folder / "config")
        made = Engine(paths, environment=self.environment, keychain=self.keychain, base_url=base_url)
        settings = accounts.keeping(accounts.keeping(Settings(), self.account_b), self.account_a)
        made.change(accounts.using(settings, self.account_a))
        return made


@asynccontextmanager
async def world(folder: Path, environment: dict[str, str] | None = None) -> AsyncIterator[World]:
    async with FaultServer("204", "native") as a, FaultServer("204", "native") as b:
        a.on_get = b.on_get = list_models
        made = World(folder, a, b, environment or {})
        await made.keychain.save(made.account_a.profile, ApiKey(KEY_A))
        await made.keychain.save(made.account_b.profile, ApiKey(KEY_B))
        yield made


async def test_each_account_is_asked_with_its_own_key(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        engine = w.engine()
        await engine.listed_models()
        engine.change(accounts.using(engine.settings, w.account_b))
        await engine.listed_models()
        assert (sent_keys(w.a), sent_keys(w.b)) == ([KEY_A], [KEY_B])
        await engine.close()


async def test_a_turn_goes_on_with_the_key_of_the_account_it_began_with(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        engine = w.engine()
        asking = await engine.asking("qwen-plus", None)
        engine.change(accounts.using(engine.settings, w.account_b))  # between the prompt and an attempt
        await drain(asking.provider.stream(REQUEST))
        assert (sent_keys(w.a), sent_keys(w.b)) == ([KEY_A], [])
        await engine.close()


async def test_another_address_gets_no_key_of_the_former_one(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        engine = w.engine()
        assert (await engine.keys.current()) == ApiKey(KEY_A)
        moved = replace(engine.settings.server, base_url=w.b.base_url)  # as an editor in the file would do it
        engine.change(replace(engine.settings, server=moved))
        assert await engine.keys.current() is None
        outcome = await drain((await engine.asking("qwen-plus", None)).provider.stream(REQUEST))
        assert isinstance(outcome.error, ApiKeyMissing) or sent_keys(w.b) == [""]
        edited = accounts.changed(engine.settings, replace(w.account_a, base_url=w.b.base_url))
        engine.change(edited)
        outcome = await engine.check_account(
            replace(w.account_a, base_url=w.b.base_url), "", engine.settings.network, lambda step: None
        )
        assert outcome.error is not None
        assert not {KEY_A, KEY_B} & {*sent_keys(w.a), *sent_keys(w.b)}
        await engine.close()


async def test_an_account_that_needs_a_key_is_not_asked_without_one(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        engine = w.engine()
        new = Account("new", "", w.b.base_url, "", "native", "m")
        outcome = await engine.check_account(new, "", engine.settings.network, lambda step: None)
        assert isinstance(outcome.error, ApiKeyMissing)
        assert outcome.failed is Step.KEY
        assert w.b.requests == []
        await engine.close()


async def test_an_address_from_the_command_line_gets_no_accounts_key(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        for base_url in (w.a.base_url, w.b.base_url, f"{w.b.base_url}/v1"):
            engine = w.engine(base_url)
            assert await engine.keys.current() is None
            outcome = await drain((await engine.asking("qwen-plus", None)).provider.stream(REQUEST))
            assert outcome.error is not None
            await engine.close()
        assert not {KEY_A, KEY_B} & {*sent_keys(w.a), *sent_keys(w.b)}


async def test_the_environments_key_is_for_alibaba_and_for_what_was_set_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, {"DASHSCOPE_API_KEY": KEY_ENVIRONMENT}) as w:
        await w.keychain.delete(w.account_a.profile)
        engine = w.engine()
        new = Account("new", "", w.b.base_url, "compatible", "compatible", "m")
        await engine.check_account(new, "", engine.settings.network, lambda step: None)
        assert sent_keys(w.b) == [""]
        assert engine.keys.origin is KeyOrigin.NONE  # a listed server that is not Alibaba's
        assert await engine.keys.current() is None
        assert await engine.keys.origin_of(w.account_b.profile) is KeyOrigin.KEYCHAIN
        engine.change(Settings(server=replace(Settings().server, base_url=w.a.base_url)))  # by hand, beside it
        assert engine.keys.origin is KeyOrigin.ENVIRONMENT
        await engine.close()
        given = w.engine(w.b.base_url)
        assert await given.keys.current() == ApiKey(KEY_ENVIRONMENT)
        await given.close()
        monkeypatch.setattr(regions, "REGIONS", (Region("cn-beijing", w.a.base_url, "https://x.test"),))
        assert w.engine().keys.origin is KeyOrigin.ENVIRONMENT


@pytest.mark.parametrize(
    ("host", "takes"),
    [
        ("dashscope.aliyuncs.com", True),
        ("dashscope-intl.aliyuncs.com", True),
        ("vpc-cn-beijing.dashscope.aliyuncs.com", True),
        ("ws1.cn-beijing.maas.aliyuncs.com", True),
        ("token-plan.cn-beijing.maas.aliyuncs.com", True),
        ("1234.cn-hangzhou.fc.aliyuncs.com", False),
        ("dashscope.oss-cn-hangzhou.aliyuncs.com", False),
        ("dashscope.aliyuncs.com.example.org", False),
        ("notdashscope.aliyuncs.com", False),
    ],
)
async def test_the_environments_key_is_for_hosts_of_the_service_not_of_its_customers(
    tmp_path: Path, host: str, takes: bool
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text(
        f'[server]\naccount = "x"\nbase_url = "https://{host}"\n[accounts.x]\nbase_url = "https://{host}"\n'
    )
    paths = AppPaths(tmp_path / "data", tmp_path / "config")
    engine = Engine(paths, environment={"DASHSCOPE_API_KEY": KEY_ENVIRONMENT}, keychain=SessionApiKeyStore())
    assert await engine.keys.current() == (ApiKey(KEY_ENVIRONMENT) if takes else None)
    await engine.close()


async def test_a_listed_server_of_ones_own_needs_no_key_and_is_no_demo(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        engine = w.engine()
        own = Account("lan", "", "http://192.168.1.5:11434", "ollama", "compatible", "m")
        engine.change(accounts.using(engine.settings, own))
        engine.use_demo_without_key = True
        assert (engine.is_demo, engine.needs_key, engine.server.kind) == (False, False, ServerKind.OLLAMA)
        engine.change(accounts.using(engine.settings, w.account_a))
        assert engine.needs_key
        unlisted = replace(Settings().server, base_url="https://proxy.example")
        engine.change(Settings(server=unlisted, chat=replace(Settings().chat, protocol="compatible")))
        assert engine.needs_key  # as it always was
        await engine.close()


async def test_regions_are_asked_only_when_wanted_and_only_for_the_services_own_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path) as w, FaultServer("204", "native") as c:
        c.on_get = FAULTS["401"].script
        places = tuple(
            Region(name, server.base_url, "https://x.test")
            for name, server in (("cn-beijing", c), ("ap-southeast-1", w.b), ("us-east-1", w.a))
        )
        monkeypatch.setattr(regions, "REGIONS", places)
        engine = w.engine()
        engine.change(Settings(server=replace(Settings().server, base_url=c.base_url)))
        await engine.keys.save(KEY_A)
        outcome = await engine.check_connection(lambda step: None)
        assert outcome.failed == "key"
        assert w.a.requests == w.b.requests == []
        assert [region.id for region in engine.regions_to_try(KEY_A)] == ["ap-southeast-1", "us-east-1"]
        assert [region.id for region in await engine.regions_that_know("")] == ["ap-southeast-1", "us-east-1"]
        assert sent_keys(w.a) == sent_keys(w.b) == [KEY_A]
        assert {request.method for server in (w.a, w.b, c) for request in server.requests} == {"GET"}
        for base_url, key in (("https://openrouter.ai/api/v1", KEY_A), (c.base_url, "sk-sp-plan"), ("nonsense", KEY_A)):
            assert engine.regions_to_try(key, base_url) == ()
        await engine.close()
