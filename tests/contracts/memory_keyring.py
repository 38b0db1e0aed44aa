"""Keychains in memory that are real `keyring` backends: one that works, and some that do not."""

from __future__ import annotations

import threading
from typing import ClassVar

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError, PasswordSetError


class MemoryKeyring(KeyringBackend):
    """Keeps passwords for as long as the process lives."""

    priority = 1  # type: ignore[assignment]
    passwords: ClassVar[dict[tuple[str, str], str]] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.passwords.pop((service, username), None) is None:
            raise PasswordDeleteError("No such password!")


class ForgetfulKeyring(MemoryKeyring):
    """Says that it kept what it did not."""

    priority = 1  # type: ignore[assignment]

    def set_password(self, service: str, username: str, password: str) -> None:
        pass

    def get_password(self, service: str, username: str) -> str | None:
        return None


class RefusingKeyring(MemoryKeyring):
    """Refuses, and is so careless as to repeat the password in its error."""

    priority = 1  # type: ignore[assignment]

    def set_password(self, service: str, username: str, password: str) -> None:
        raise PasswordSetError(f"cannot store {password}")


class LockedKeyring(MemoryKeyring):
    """The person dismissed the prompt."""

    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock the collection!")


class StubbornKeyring(MemoryKeyring):
    """Deletes nothing."""

    priority = 1  # type: ignore[assignment]

    def delete_password(self, service: str, username: str) -> None:
        pass


class AskingKeyring(MemoryKeyring):
    """Waits for the person to answer a prompt; `asked` is set when it waits, `answered` lets it go on."""

    priority = 1  # type: ignore[assignment]
    asked: ClassVar[threading.Event] = threading.Event()
    answered: ClassVar[threading.Event] = threading.Event()
    threads: ClassVar[set[int]] = set()

    def get_password(self, service: str, username: str) -> str | None:
        self.threads.add(threading.get_ident())
        self.asked.set()
        self.answered.wait(30)
        return super().get_password(service, username)
