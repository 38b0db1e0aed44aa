"""The key and a real gnome-keyring: kept, locked, missing, silent; and never in clear on the disk."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qwen_desktop.core.credentials.api_keys import ApiKey, ApiKeys, EnvironmentApiKey, KeyOrigin
from qwen_desktop.core.credentials.keyring_store import KeyringApiKeyStore
from qwen_desktop.core.errors import ApiKeyStoreLocked, ApiKeyStoreUnavailable
from tests.canary import assert_key_nowhere, descendants
from tests.conftest import eventually
from tests.keyring_session import keyring_daemon, needs_keyring, private_bus, private_keyring

pytestmark = needs_keyring

PROFILE = "dashscope.aliyuncs.com:443"
CANARY = "sk-7Vq0canaryM3xkEwLr92TzUbYd81"


@contextmanager
def living_in(environment: dict[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)  # this session's own is not to be seen
        for name, value in environment.items():
            patch.setenv(name, value)
        yield


def api_keys() -> ApiKeys:
    return ApiKeys(PROFILE, keychain=KeyringApiKeyStore(), environment=EnvironmentApiKey({}))


async def test_key_is_found_again_by_the_next_start_and_is_nowhere_in_clear(tmp_path: Path, home: Path) -> None:
    with private_keyring(tmp_path / "session") as environment, living_in(environment):
        keys = api_keys()
        assert await keys.current() is None
        await keys.save(f" {CANARY}\n")
        assert (await keys.current(), keys.origin) == (ApiKey(CANARY), KeyOrigin.KEYCHAIN)

        later = api_keys()
        assert (await later.current(), later.origin) == (ApiKey(CANARY), KeyOrigin.KEYCHAIN)
        assert list((tmp_path / "session").rglob("*.keyring")), "the keychain has no file: nothing is proved"
        assert_key_nowhere(CANARY, tmp_path, pids=[os.getpid(), *descendants(os.getpid())])

        await later.forget()
        assert (await later.current(), later.origin) == (None, KeyOrigin.NONE)
        assert await api_keys().current() is None


async def test_key_outlives_the_keychain_itself(tmp_path: Path) -> None:
    with private_bus(tmp_path / "session") as environment, living_in(environment):
        with keyring_daemon(environment):
            await api_keys().save(CANARY)
        with keyring_daemon(environment):
            assert await api_keys().current() == ApiKey(CANARY)


async def test_locked_keychain_is_told_as_locked(tmp_path: Path) -> None:
    with private_bus(tmp_path / "session") as environment, living_in(environment):
        with keyring_daemon(environment):
            await api_keys().save(CANARY)
        with keyring_daemon(environment, unlocked=False):
            keys = api_keys()
            for attempt in (keys.current(), keys.save("sk-another"), keys.forget()):
                with pytest.raises(ApiKeyStoreLocked) as caught:
                    await attempt
                assert CANARY not in repr(caught.value)
            await keys.save("sk-meanwhile", session_only=True)
            assert (await keys.current(), keys.origin) == (ApiKey("sk-meanwhile"), KeyOrigin.SESSION)


async def test_reading_never_asks_to_create_a_keychain(tmp_path: Path) -> None:
    """A fresh system: the service runs, nothing was ever stored.  Creating a keychain would ask for a password."""
    with private_bus(tmp_path / "session") as environment, living_in(environment):
        with keyring_daemon(environment, unlocked=False):
            keys = api_keys()
            assert await keys.current() is None
            await keys.forget()
            with pytest.raises(ApiKeyStoreUnavailable) as caught:
                await keys.save(CANARY)
        assert caught.value.reason == "denied"
        assert CANARY not in str(caught.value)


@pytest.mark.parametrize("bus", ["no service on the bus", "no bus", "bus is gone", "nonsense address"])
async def test_system_without_a_keychain_is_told_as_such(tmp_path: Path, bus: str) -> None:
    with private_bus(tmp_path / "session") as environment:
        if bus == "no bus":
            environment = {**environment, "XDG_RUNTIME_DIR": str(tmp_path)}
            del environment["DBUS_SESSION_BUS_ADDRESS"]
        elif bus == "bus is gone":
            environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={tmp_path}/gone"
        elif bus == "nonsense address":
            environment["DBUS_SESSION_BUS_ADDRESS"] = "nonsense"
        with living_in(environment):
            keys = api_keys()
            for attempt in (keys.current(), keys.save(CANARY), keys.forget()):
                with pytest.raises(ApiKeyStoreUnavailable) as caught:
                    await attempt
                assert (caught.value.reason, CANARY in caught.value.detail) == ("no_keyring", False)


async def test_keychain_started_later_is_found(tmp_path: Path) -> None:
    with private_bus(tmp_path / "session") as environment, living_in(environment):
        keys = api_keys()
        with pytest.raises(ApiKeyStoreUnavailable):
            await keys.current()
        with keyring_daemon(environment):
            await keys.save(CANARY)
            assert await api_keys().current() == ApiKey(CANARY)


async def test_keychain_that_goes_away_is_told(tmp_path: Path) -> None:
    with private_bus(tmp_path / "session") as environment, living_in(environment):
        store = KeyringApiKeyStore()
        with keyring_daemon(environment):
            await store.save(PROFILE, ApiKey(CANARY))
        with pytest.raises(ApiKeyStoreUnavailable) as caught:
            await store.load(PROFILE)
        assert caught.value.reason == "no_keyring"


async def test_other_choice_of_keyring_is_not_asked(tmp_path: Path) -> None:
    """Neither the environment nor the configuration file of the library can send the key to another backend."""
    with private_keyring(tmp_path / "session") as environment:
        settings = tmp_path / "session" / "config" / "python_keyring"
        settings.mkdir(parents=True)
        (settings / "keyringrc.cfg").write_text("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n")
        with living_in({**environment, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}):
            await api_keys().save(CANARY)
            assert await api_keys().current() == ApiKey(CANARY)


SILENT_SERVICE = """
from jeepney import MessageType, DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
with open_dbus_connection() as connection:
    connection.send_and_get_reply(new_method_call(bus, "RequestName", "su", ("org.freedesktop.secrets", 0)))
    print("ready", flush=True)
    while True:
        if connection.receive().header.message_type is MessageType.method_call:
            print("asked", flush=True)
"""
"""Takes the keychain's place on the bus and answers nothing, as one does while the person has not answered a prompt."""

CLOSING_APP = """
import asyncio, sys
from qwen_desktop.core.credentials.api_keys import ApiKeys, EnvironmentApiKey
from qwen_desktop.core.credentials.keyring_store import KeyringApiKeyStore
async def main():
    keys = ApiKeys("h:443", keychain=KeyringApiKeyStore(), environment=EnvironmentApiKey({}))
    looking = asyncio.create_task(keys.current())
    await asyncio.to_thread(sys.stdin.readline)
    looking.cancel()
    await asyncio.wait([looking])
    print("cancelled" if looking.cancelled() else looking.exception(), flush=True)
asyncio.run(main())
"""


def test_app_closes_at_once_while_the_keychain_waits_for_an_answer(tmp_path: Path) -> None:
    with private_bus(tmp_path / "session") as environment:
        environment = {**os.environ, **environment}
        pipe = subprocess.PIPE
        silent = subprocess.Popen([sys.executable, "-c", SILENT_SERVICE], stdout=pipe, env=environment)
        assert silent.stdout is not None
        try:
            assert silent.stdout.readline() == b"ready\n"
            with subprocess.Popen(
                [sys.executable, "-c", CLOSING_APP], stdin=pipe, stdout=pipe, stderr=pipe, env=environment
            ) as app:
                assert silent.stdout.readline() == b"asked\n"
                output = app.communicate(b"\n", timeout=20)  # the service answers never
            assert (output, app.returncode) == ((b"cancelled\n", b""), 0)
        finally:
            silent.kill()
            silent.wait(5)
            silent.stdout.close()


async def test_loop_goes_on_while_the_keychain_works(tmp_path: Path) -> None:
    """First use loads libraries and opens connections, some 200 ms in all: none of it on the loop's thread."""
    with private_keyring(tmp_path / "session") as environment, living_in(environment):
        saving = asyncio.create_task(api_keys().save(CANARY))
        turns = 0

        def was_saved() -> bool:
            nonlocal turns
            turns += 1
            return saving.done()

        await eventually(was_saved, poll_s=0.001)
        await saving
        assert turns > 5
