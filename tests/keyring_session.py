"""A private D-Bus session with a real gnome-keyring in it, for tests: nothing of the person's own is touched."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.desktop_session import BUS_CONFIGURATION

PASSWORD = b"not a secret"

needs_keyring = pytest.mark.skipif(
    not (sys.platform == "linux" and shutil.which("gnome-keyring-daemon") and shutil.which("dbus-daemon")),
    reason="gnome-keyring and dbus are not installed",
)


@contextmanager
def private_bus(folder: Path) -> Iterator[dict[str, str]]:
    """A session bus of its own; gives the environment a process needs to be in that session."""
    folder.mkdir(parents=True, exist_ok=True)
    # A socket's path may have at most 107 bytes, fewer than a test's folder may take.
    with tempfile.TemporaryDirectory(prefix="qd-bus-") as sockets:
        configuration = folder / "bus.conf"
        configuration.write_text(BUS_CONFIGURATION.format(address=f"unix:dir={sockets}"))
        bus = subprocess.Popen(
            ["dbus-daemon", "--nofork", "--nopidfile", f"--config-file={configuration}", "--print-address"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert bus.stdout is not None
            address = bus.stdout.readline().decode().strip()
            assert address, "the bus did not start"
            yield {
                "DBUS_SESSION_BUS_ADDRESS": address,
                "HOME": str(folder),
                "XDG_DATA_HOME": str(folder / "share"),
                "XDG_CONFIG_HOME": str(folder / "config"),
                "XDG_CACHE_HOME": str(folder / "cache"),
                "XDG_RUNTIME_DIR": sockets,
            }
        finally:
            _end(bus)


@contextmanager
def keyring_daemon(environment: dict[str, str], *, unlocked: bool = True) -> Iterator[int]:
    """A real gnome-keyring on that bus; gives its process id.  `unlocked=False`: its keychain asks for a password."""
    command = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
    daemon = subprocess.Popen(
        [*command, "--unlock"] if unlocked else command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    try:
        assert daemon.stdin is not None
        daemon.stdin.write(PASSWORD if unlocked else b"")
        daemon.stdin.close()
        _wait_for_service(environment["DBUS_SESSION_BUS_ADDRESS"])
        yield daemon.pid
    finally:
        _end(daemon)


@contextmanager
def private_keyring(folder: Path) -> Iterator[dict[str, str]]:
    """Bus and unlocked keyring together; gives the environment for processes that shall use them."""
    with private_bus(folder) as environment, keyring_daemon(environment):
        yield environment


def _wait_for_service(address: str) -> None:
    from jeepney import DBusAddress, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    secrets = DBusAddress("/org/freedesktop/secrets", "org.freedesktop.secrets", "org.freedesktop.DBus.Peer")
    with open_dbus_connection(bus=address) as connection:
        for _ in range(500):
            reply = connection.send_and_get_reply(
                new_method_call(bus, "NameHasOwner", "s", ("org.freedesktop.secrets",)), timeout=10
            )
            if reply.body[0]:
                connection.send_and_get_reply(new_method_call(secrets, "Ping"), timeout=10)
                return
            # The bus tells nobody here when a name appears, so it is asked again a little later.
            signal.sigtimedwait([], 0.01)
    raise AssertionError("gnome-keyring did not come up within five seconds")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
    if process.stdout is not None:
        process.stdout.close()
