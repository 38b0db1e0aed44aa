"""Where the API key comes from: the environment, this session's memory, or the system's keychain; never a file.

A key belongs to a *profile*, the host and port of the service it was entered for (and an account there, where there are
several), so that it is never sent elsewhere.
"""

from __future__ import annotations

import asyncio
import enum
import os
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from qwen_desktop.core.credentials.api_key import ENVIRONMENT_VARIABLE, ApiKey, clean_api_key, profile_of
from qwen_desktop.core.errors import ApiKeyRejected, ApiKeyStoreUnavailable

__all__ = [
    "ApiKey",
    "ApiKeyStore",
    "ApiKeys",
    "EnvironmentApiKey",
    "KeyOrigin",
    "SessionApiKeyStore",
    "clean_api_key",
    "profile_of",
]


class KeyOrigin(enum.StrEnum):
    """Where the key in use stands."""

    ENVIRONMENT = "environment"
    KEYCHAIN = "keychain"
    SESSION = "session"
    NONE = "none"


class ApiKeyStore(Protocol):
    """Keeps one key per profile.  All calls come from the loop, and none blocks it."""

    async def load(self, profile: str) -> ApiKey | None:
        """The key of the profile, None if there is none.  Raises ApiKeyStoreError."""
        ...

    async def save(self, profile: str, api_key: ApiKey) -> None:
        """Keeps the key in place of an earlier one; it is really there when this returns.  Raises ApiKeyStoreError."""
        ...

    async def delete(self, profile: str) -> None:
        """Forgets the key; nothing happens if there is none.  Raises ApiKeyStoreError."""
        ...


class SessionApiKeyStore:
    """Keys in this process's memory: gone when the app is closed."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}

    async def load(self, profile: str) -> ApiKey | None:
        return self._keys.get(profile)

    async def save(self, profile: str, api_key: ApiKey) -> None:
        self._keys[profile] = api_key

    async def delete(self, profile: str) -> None:
        self._keys.pop(profile, None)


class EnvironmentApiKey:
    """`DASHSCOPE_API_KEY`: read-only, and used for whatever service the person has set beside it."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    @property
    def is_set(self) -> bool:
        """There is something in it, be it a key or not."""
        return bool(self._environment.get(ENVIRONMENT_VARIABLE, "").strip())

    def load(self) -> ApiKey | None:
        """The key, None if the variable is empty or not there.  Raises ApiKeyRejected ('environment')."""
        if not self.is_set:
            return None
        try:
            return clean_api_key(self._environment[ENVIRONMENT_VARIABLE])
        except ApiKeyRejected as error:
            raise ApiKeyRejected(reason="environment") from error


class ApiKeys:
    """The key of one service at a time, looked up when it is first needed and then held for the session.

    Order: the environment, what was entered in this session, the keychain.  Belongs to one loop.
    """

    def __init__(
        self,
        profile: str,
        *,
        keychain: ApiKeyStore | None = None,
        environment: EnvironmentApiKey | None = None,
    ) -> None:
        self._profile = profile
        self._keychain = keychain
        self._environment = environment or EnvironmentApiKey()
        self._without_environment: set[str] = set()
        self._held: dict[str, ApiKey] = {}
        self._origins: dict[str, KeyOrigin] = {}
        self._times_forgotten: Counter[str] = Counter()
        self._looking = asyncio.Lock()
        self._entered = asyncio.Event()

    @property
    def profile(self) -> str:
        """Host and port whose key this is (see `profile_of`)."""
        return self._profile

    @property
    def origin(self) -> KeyOrigin:
        """Where the key stands, as far as it is known: NONE until `current` has looked."""
        if self._takes_environment(self._profile):
            return KeyOrigin.ENVIRONMENT
        return self._origins.get(self._profile, KeyOrigin.NONE)

    def use_profile(self, profile: str) -> None:
        """Another service from now on; its key is looked up anew, and the former one is not offered to it."""
        self._profile = profile

    def set_takes_environment(self, profile: str, *, takes: bool) -> None:
        """Whether the key of the environment is for this profile; it is for all that nothing was said of."""
        (self._without_environment.discard if takes else self._without_environment.add)(profile)

    def _takes_environment(self, profile: str) -> bool:
        return self._environment.is_set and profile not in self._without_environment

    async def origin_of(self, profile: str) -> KeyOrigin:
        """Where the key of any profile stands; looks into the keychain, and holds nothing.  Raises ApiKeyStoreError."""
        if self._takes_environment(profile):
            return KeyOrigin.ENVIRONMENT
        if profile in self._held or self._keychain is None:
            return self._origins.get(profile, KeyOrigin.NONE)
        return KeyOrigin.NONE if await self._keychain.load(profile) is None else KeyOrigin.KEYCHAIN

    async def current(self, profile: str | None = None) -> ApiKey | None:
        """The key to send now to the service in use, or to the one `profile` names; None if none is set.

        May wait for as long as the system asks the person to unlock the keychain; ends early when a key is entered
        meanwhile; cancelling it is safe.  Raises ApiKeyStoreError, and ApiKeyRejected ('environment') for what is in
        the environment.
        """
        profile = self._profile if profile is None else profile
        if profile not in self._without_environment and (key := self._environment.load()) is not None:
            return key
        if (key := self._held.get(profile)) is not None or self._keychain is None:
            return key
        async with self._looking:
            while (key := self._held.get(profile)) is None:
                self._entered.clear()
                times_forgotten = self._times_forgotten[profile]
                loading = asyncio.ensure_future(self._keychain.load(profile))
                entering = asyncio.ensure_future(self._entered.wait())
                try:
                    await asyncio.wait((loading, entering), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    entering.cancel()
                    loading.cancel()
                    await asyncio.gather(loading, entering, return_exceptions=True)
                if not loading.cancelled() and self._times_forgotten[profile] == times_forgotten:
                    found = loading.result()
                    # What was entered meanwhile is newer than what the keychain gave.
                    key = self._held.get(profile)
                    return key or (found and self._hold(profile, found, KeyOrigin.KEYCHAIN))
            return key

    async def save(self, value: str, *, session_only: bool = False, profile: str | None = None) -> ApiKey:
        """Takes what the person entered and uses it at once (unless the environment has a key: that goes first).

        Raises ApiKeyRejected ('malformed'), and ApiKeyStoreError when the keychain did not keep it; then nothing has
        changed.  Cancelled while the keychain waits for the person, the key may still be kept there.
        """
        key = clean_api_key(value)
        profile = self._profile if profile is None else profile
        if session_only or self._keychain is None:
            return self._hold(profile, key, KeyOrigin.SESSION)
        await self._keychain.save(profile, key)
        return self._hold(profile, key, KeyOrigin.KEYCHAIN)

    async def forget(self, profile: str | None = None) -> None:
        """Drops the key of this service, or of `profile`, from memory and from the keychain.  Raises ApiKeyStoreError.

        A session's key is forgotten without a word where there is no keychain that could hold another one.
        """
        profile = self._profile if profile is None else profile
        self._times_forgotten[profile] += 1
        origin = self._origins.pop(profile, KeyOrigin.NONE)
        self._held.pop(profile, None)
        if self._keychain is None:
            return
        try:
            await self._keychain.delete(profile)
        except ApiKeyStoreUnavailable:
            if origin is not KeyOrigin.SESSION:
                raise

    def _hold(self, profile: str, key: ApiKey, origin: KeyOrigin) -> ApiKey:
        self._held[profile] = key
        self._origins[profile] = origin
        self._entered.set()
        return key
