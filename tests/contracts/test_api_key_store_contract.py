"""What every ApiKeyStore keeps to: in memory, over keyring, and over a real gnome-keyring."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from qwen_desktop.core.credentials.api_keys import ApiKey, ApiKeyStore, SessionApiKeyStore
from qwen_desktop.core.credentials.keyring_store import KeyringApiKeyStore
from tests.contracts.memory_keyring import MemoryKeyring
from tests.keyring_session import needs_keyring, private_keyring

BEIJING = "dashscope.aliyuncs.com:443"
SINGAPORE = "dashscope-intl.aliyuncs.com:443"
KEY = ApiKey("sk-" + "".join(map(chr, range(0x21, 0x7F))))
"""Every character a key may have."""


@pytest.fixture(params=["session", "keyring", pytest.param("gnome-keyring", marks=needs_keyring)])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiKeyStore]:
    if request.param == "session":
        yield SessionApiKeyStore()
    elif request.param == "keyring":
        MemoryKeyring.passwords.clear()
        yield KeyringApiKeyStore(("tests.contracts.memory_keyring:MemoryKeyring",))
    else:
        with private_keyring(tmp_path / "session") as environment:
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            yield KeyringApiKeyStore()


async def test_unknown_profile_has_no_key(store: ApiKeyStore) -> None:
    assert await store.load(BEIJING) is None


async def test_saved_key_is_loaded_character_by_character(store: ApiKeyStore) -> None:
    await store.save(BEIJING, KEY)
    assert await store.load(BEIJING) == KEY


async def test_longest_key_is_kept(store: ApiKeyStore) -> None:
    await store.save(BEIJING, ApiKey("k" * 1_000))
    assert await store.load(BEIJING) == ApiKey("k" * 1_000)


async def test_later_key_takes_the_place_of_the_earlier_one(store: ApiKeyStore) -> None:
    await store.save(BEIJING, ApiKey("first"))
    await store.save(BEIJING, ApiKey("second"))
    assert await store.load(BEIJING) == ApiKey("second")
    await store.delete(BEIJING)
    assert await store.load(BEIJING) is None


async def test_key_of_one_service_is_not_given_for_another(store: ApiKeyStore) -> None:
    await store.save(BEIJING, KEY)
    assert await store.load(SINGAPORE) is None
    await store.save(SINGAPORE, ApiKey("other"))
    await store.delete(SINGAPORE)
    assert await store.load(BEIJING) == KEY


async def test_deleting_what_is_not_there_is_quiet(store: ApiKeyStore) -> None:
    await store.delete(BEIJING)
    await store.save(BEIJING, KEY)
    await store.delete(BEIJING)
    await store.delete(BEIJING)
    assert await store.load(BEIJING) is None


async def test_calls_at_once_do_not_mix(store: ApiKeyStore) -> None:
    profiles = [f"host{number}.example:443" for number in range(8)]
    await asyncio.gather(*(store.save(profile, ApiKey(f"key of {profile}")) for profile in profiles))
    keys = await asyncio.gather(*(store.load(profile) for profile in profiles))
    assert keys == [ApiKey(f"key of {profile}") for profile in profiles]
