"""Which key is used: environment, session, keychain; and what waits for whom."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from qwen_desktop.core.credentials.api_keys import ApiKey, ApiKeys, EnvironmentApiKey, KeyOrigin
from qwen_desktop.core.credentials.keyring_store import BACKENDS, KeyringApiKeyStore
from qwen_desktop.core.errors import ApiKeyRejected, ApiKeyStoreLocked, ApiKeyStoreUnavailable
from tests.conftest import eventually
from tests.contracts.memory_keyring import AskingKeyring, MemoryKeyring

PROFILE = "dashscope.aliyuncs.com:443"
SECRET = "sk-0123456789abcdefWXYZ"


@pytest.fixture(autouse=True)
def fresh_keyrings() -> Iterator[None]:
    MemoryKeyring.passwords.clear()
    AskingKeyring.asked.clear()
    AskingKeyring.answered.clear()
    AskingKeyring.threads.clear()
    yield
    AskingKeyring.answered.set()


def keychain(kind: str = "Memory") -> KeyringApiKeyStore:
    return KeyringApiKeyStore((f"tests.contracts.memory_keyring:{kind}Keyring",))


def api_keys(kind: str = "Memory", environment: dict[str, str] | None = None) -> ApiKeys:
    return ApiKeys(PROFILE, keychain=keychain(kind), environment=EnvironmentApiKey(environment or {}))


async def test_key_is_kept_in_the_keychain_and_held_for_the_session() -> None:
    keys = api_keys()
    assert (await keys.current(), keys.origin) == (None, KeyOrigin.NONE)
    await keys.save(f" {SECRET}\n")
    assert (await keys.current(), keys.origin) == (ApiKey(SECRET), KeyOrigin.KEYCHAIN)
    MemoryKeyring.passwords.clear()
    assert await keys.current() == ApiKey(SECRET)
    assert await api_keys().current() is None


async def test_environment_goes_first_and_is_never_stored() -> None:
    keys = api_keys(environment={"DASHSCOPE_API_KEY": f" '{SECRET}'\n"})
    assert (await keys.current(), keys.origin) == (ApiKey(SECRET), KeyOrigin.ENVIRONMENT)
    assert not MemoryKeyring.passwords
    await keys.save("sk-other")
    assert (await keys.current(), keys.origin) == (ApiKey(SECRET), KeyOrigin.ENVIRONMENT)
    await keys.forget()
    assert await keys.current() == ApiKey(SECRET)


@pytest.mark.parametrize("value", ["", "  \n"])
async def test_empty_environment_variable_is_none(value: str) -> None:
    keys = api_keys(environment={"DASHSCOPE_API_KEY": value})
    assert (await keys.current(), keys.origin) == (None, KeyOrigin.NONE)


async def test_nonsense_in_the_environment_is_told() -> None:
    with pytest.raises(ApiKeyRejected) as caught:
        await api_keys(environment={"DASHSCOPE_API_KEY": "my key"}).current()
    assert caught.value.reason == "environment"


async def test_session_only_key_never_reaches_the_keychain() -> None:
    keys = api_keys()
    await keys.save(SECRET, session_only=True)
    assert (await keys.current(), keys.origin) == (ApiKey(SECRET), KeyOrigin.SESSION)
    assert not MemoryKeyring.passwords
    await keys.forget()
    assert (await keys.current(), keys.origin) == (None, KeyOrigin.NONE)


async def test_key_entered_for_this_session_is_used_before_an_older_one_in_the_keychain() -> None:
    await api_keys().save("sk-older")
    keys = api_keys()
    await keys.save(SECRET, session_only=True)
    assert await keys.current() == ApiKey(SECRET)
    await keys.forget()
    assert not MemoryKeyring.passwords


async def test_key_that_is_forgotten_while_it_is_looked_up_is_not_held() -> None:
    await api_keys().save(SECRET)
    keys = api_keys("Asking")
    looking = asyncio.create_task(keys.current())
    await eventually(AskingKeyring.asked.is_set)
    forgetting = asyncio.create_task(keys.forget())
    await asyncio.sleep(0)
    AskingKeyring.answered.set()
    await asyncio.gather(looking, forgetting)
    assert (await keys.current(), keys.origin) == (None, KeyOrigin.NONE)


async def test_key_of_one_host_is_not_offered_to_another() -> None:
    keys = api_keys()
    await keys.save("sk-beijing")
    keys.use_profile("evil.example:443")
    assert (await keys.current(), keys.origin) == (None, KeyOrigin.NONE)
    await keys.save("sk-evil", session_only=True)
    keys.use_profile(PROFILE)
    assert (await keys.current(), keys.origin) == (ApiKey("sk-beijing"), KeyOrigin.KEYCHAIN)


async def test_key_found_late_belongs_to_the_host_it_was_looked_up_for() -> None:
    await api_keys().save(SECRET)
    keys = api_keys("Asking")
    looking = asyncio.create_task(keys.current())
    await eventually(AskingKeyring.asked.is_set)
    keys.use_profile("evil.example:443")
    AskingKeyring.answered.set()
    assert await looking == ApiKey(SECRET)
    assert (await keys.current(), keys.origin) == (None, KeyOrigin.NONE)


@pytest.mark.parametrize(
    ("kind", "error", "reason"),
    [
        ("Forgetful", ApiKeyStoreUnavailable, "not_kept"),
        ("Refusing", ApiKeyStoreUnavailable, "denied"),
        ("Locked", ApiKeyStoreLocked, ""),
        ("Missing", ApiKeyStoreUnavailable, "no_keyring"),
    ],
)
async def test_failed_saving_is_told_without_the_key_and_changes_nothing(
    kind: str, error: type[ApiKeyStoreUnavailable], reason: str
) -> None:
    keys = api_keys(kind)
    with pytest.raises(error) as caught:
        await keys.save(SECRET)
    assert caught.value.reason == reason
    link: BaseException | None = caught.value
    while link is not None:
        assert SECRET not in repr(link)
        link = link.__cause__
    assert keys.origin is KeyOrigin.NONE
    await keys.save(SECRET, session_only=True)
    assert await keys.current() == ApiKey(SECRET)


async def test_key_that_cannot_be_deleted_is_told() -> None:
    keys = api_keys("Stubborn")
    await keys.save(SECRET)
    with pytest.raises(ApiKeyStoreUnavailable):
        await keys.forget()


async def test_unknown_platform_has_its_own_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "haiku")
    with pytest.raises(ApiKeyStoreUnavailable) as caught:
        await KeyringApiKeyStore().load(PROFILE)
    assert caught.value.reason == "unknown_backend"


def test_no_backend_that_writes_files_is_ever_used() -> None:
    names = [name for names in BACKENDS.values() for name in names]
    assert not [name for name in names if "alt" in name or "crypt" in name or "null" in name or "chainer" in name]


async def test_cancelled_look_up_returns_at_once_and_the_next_one_works() -> None:
    await api_keys().save(SECRET)
    keys = api_keys("Asking")
    looking = asyncio.create_task(keys.current())
    await eventually(AskingKeyring.asked.is_set)
    began = asyncio.get_running_loop().time()
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    assert asyncio.get_running_loop().time() - began < 0.5
    AskingKeyring.answered.set()
    assert await keys.current() == ApiKey(SECRET)


async def test_key_entered_meanwhile_frees_who_waits_for_the_prompt() -> None:
    keys = api_keys("Asking")
    lookers = [asyncio.create_task(keys.current()) for _ in range(3)]
    await eventually(AskingKeyring.asked.is_set)
    await keys.save(SECRET, session_only=True)
    assert await asyncio.gather(*lookers) == [ApiKey(SECRET)] * 3


async def test_key_entered_for_another_host_does_not_free_them() -> None:
    await api_keys().save(SECRET)
    keys = api_keys("Asking")
    looking = asyncio.create_task(keys.current())
    await eventually(AskingKeyring.asked.is_set)
    keys.use_profile("other.example:443")
    await keys.save("sk-other", session_only=True)
    AskingKeyring.answered.set()
    assert await looking == ApiKey(SECRET)


async def test_many_lookers_ask_the_person_once_and_never_on_this_thread() -> None:
    await api_keys().save(SECRET)
    keys = api_keys("Asking")
    lookers = [asyncio.create_task(keys.current()) for _ in range(20)]
    await eventually(AskingKeyring.asked.is_set)
    AskingKeyring.answered.set()
    assert await asyncio.gather(*lookers) == [ApiKey(SECRET)] * 20
    assert len(AskingKeyring.threads) == 1
    assert threading.get_ident() not in AskingKeyring.threads
