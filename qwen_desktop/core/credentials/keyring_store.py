"""API keys to the system's keychain and back, through `keyring` with a backend chosen here.

`keyring`'s own choice is never asked: it may pick a backend that keeps keys in a file or asks for a passphrase on the
terminal (https://keyring.readthedocs.io, read 2026-11-23).  What was written is read back before it counts as kept.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from qwen_desktop.core.credentials.api_key import ApiKey
from qwen_desktop.core.credentials.worker import Worker
from qwen_desktop.core.errors import ApiKeyStoreError, ApiKeyStoreLocked, ApiKeyStoreUnavailable

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "qwen-desktop"
"""What the keys are filed under in the keychain; the user name is the profile."""

_FREE_DESKTOP = ("qwen_desktop.core.credentials.secret_service:Keyring", "keyring.backends.kwallet:DBusKeyring")

BACKENDS: dict[str, tuple[str, ...]] = {
    "linux": _FREE_DESKTOP,
    "win32": ("keyring.backends.Windows:WinVaultKeyring",),
    "darwin": ("keyring.backends.macOS:Keyring",),
}
"""`sys.platform` to the backends that keep keys safely there, best first; nothing else is ever used."""

T = TypeVar("T")


class KeyringApiKeyStore:
    """Keeps keys in the keychain of the system.

    Every call runs on a thread of its own, one after the other, since it lasts as long as the system asks the person to
    unlock the keychain.  A call whose waiter was cancelled before it began is left out; one under way runs on unheard.
    The process never waits for it when it ends.
    """

    def __init__(self, backends: tuple[str, ...] | None = None) -> None:
        """`backends`: names like those of BACKENDS; None: those of this platform."""
        self._names = BACKENDS.get(sys.platform, ()) if backends is None else backends
        self._backend: KeyringBackend | None = None
        self._worker = Worker("keychain")

    async def load(self, profile: str) -> ApiKey | None:
        """The key of the profile.  A fresh system is not asked to create a keychain just to find it empty."""
        return await self._worker.call(lambda: self._load(profile))

    async def save(self, profile: str, api_key: ApiKey) -> None:
        """Writes the key and reads it back."""
        await self._worker.call(lambda: self._save(profile, api_key))

    async def delete(self, profile: str) -> None:
        """Deletes the key, and makes sure that it is gone."""
        await self._worker.call(lambda: self._delete(profile))

    def _load(self, profile: str) -> ApiKey | None:
        backend = self._chosen_backend()
        value = _translated(lambda: backend.get_password(SERVICE, profile))
        return ApiKey(value) if value else None

    def _save(self, profile: str, api_key: ApiKey) -> None:
        backend = self._chosen_backend()
        _translated(lambda: backend.set_password(SERVICE, profile, api_key.value), secret=api_key.value)
        kept = _translated(lambda: backend.get_password(SERVICE, profile), secret=api_key.value)
        if kept != api_key.value:
            raise ApiKeyStoreUnavailable("what was read back is not what was written", reason="not_kept")

    def _delete(self, profile: str) -> None:
        backend = self._chosen_backend()
        # A keychain may hold several entries of the same name; each deletion takes one.
        for _ in range(10):
            if _translated(lambda: backend.get_password(SERVICE, profile)) is None:
                return
            _translated(lambda: backend.delete_password(SERVICE, profile))
        raise ApiKeyStoreUnavailable("the entry is still there", reason="denied")

    def _chosen_backend(self) -> KeyringBackend:
        """The first backend that works here.  Asked anew until one is found: a keychain may be started later."""
        if self._backend is None:
            if not self._names:
                raise ApiKeyStoreUnavailable(f"platform {sys.platform}", reason="unknown_backend")
            refusals = []
            for name in self._names:
                try:
                    self._backend = _build(name)
                    break
                except Exception as error:  # whatever a backend's libraries raise: it cannot be used
                    refusals.append(f"{name.partition(':')[0]}: {error or type(error).__name__}")
            else:
                raise ApiKeyStoreUnavailable("; ".join(refusals)[:2_000], reason="no_keyring")
        return self._backend


def _build(name: str) -> KeyringBackend:
    """One backend, if it can be used here; raises whatever its libraries raise if not."""
    module_name, _, class_name = name.partition(":")
    backend_class: type[KeyringBackend] = getattr(importlib.import_module(module_name), class_name)
    _ = backend_class.priority  # raises where the system has no such keychain; the figure itself does not matter
    return backend_class()


def _translated(operation: Callable[[], T], secret: str = "") -> T:
    """What the operation gives, with every error of keyring and of the libraries below it made ours."""
    try:
        return operation()
    except ApiKeyStoreError:
        raise
    except Exception as error:
        names = {type(link).__name__ for link in _chain(error)}
        detail = f"{type(error).__name__}: {error}"[:2_000]
        cause: Exception | None = error
        if secret and secret in detail:
            detail, cause = detail.replace(secret, "…"), None
        if names & {"KeyringLocked", "LockedException"}:
            raise ApiKeyStoreLocked(detail) from cause
        if names & {"NoKeyringError", "SecretServiceNotAvailableException", "ConnectionError", "FileNotFoundError"}:
            raise ApiKeyStoreUnavailable(detail, reason="no_keyring") from cause
        raise ApiKeyStoreUnavailable(detail, reason="denied") from cause


def _chain(error: BaseException | None) -> list[BaseException]:
    links: list[BaseException] = []
    while error is not None and len(links) < 10:
        links.append(error)
        error = error.__cause__ or error.__context__
    return links
