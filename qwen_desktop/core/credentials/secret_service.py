"""The Secret Service of Linux desktops (GNOME Keyring, KWallet, KeePassXC) as a `keyring` backend with better manners.

Imported only by name from `keyring_store.py`, since its libraries are there on Linux alone.
"""

from __future__ import annotations

from contextlib import closing

import secretstorage
from keyring.backends import SecretService
from keyring.errors import KeyringLocked


class Keyring(SecretService.Keyring):
    """WORKAROUND for keyring 25.7, which (1) leaves its D-Bus connection open whenever the keychain is locked or
    refuses, and (2) asks the person to create a keychain when it is only to look for a password.  Both may go when
    keyring closes the connection itself, and reads without creating."""

    appid = "qwen-desktop"

    def get_preferred_collection(self) -> secretstorage.Collection:
        """The default keychain, unlocked (the person is asked), with a connection that the caller closes."""
        connection = secretstorage.dbus_init()
        try:
            collection = secretstorage.get_default_collection(connection)
            if collection.is_locked():
                collection.unlock()
                if collection.is_locked():
                    raise KeyringLocked("the keychain was not unlocked")
        except BaseException:
            connection.close()
            raise
        return collection

    def get_password(self, service: str, username: str) -> str | None:
        if not self._has_keychain():
            return None
        return super().get_password(service, username)  # type: ignore[no-untyped-call, no-any-return]

    def _has_keychain(self) -> bool:
        with closing(secretstorage.dbus_init()) as connection:
            try:
                secretstorage.get_collection_by_alias(connection, "default")
            except secretstorage.ItemNotFoundException:
                return False
        return True
