"""Real input methods for tests: ibus with libpinyin, fcitx5 with Rime's pinyin, each in a home of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.desktop_session import wait_until


@dataclass(frozen=True)
class InputMethod:
    """One daemon that turns `nihao` into 你好."""

    name: str
    module: str
    """What its users have in QT_IM_MODULE."""
    window_class: str
    """Of its list of candidates on X11."""
    command: tuple[str, ...]
    prepare: Callable[[Path], None]
    """Writes what it needs to be told into its home."""
    is_ready: Callable[[Mapping[str, str]], bool]
    needs_session_bus: bool
    """Whether the app finds it there, rather than by a file in its home."""

    @contextmanager
    def running(self, home: Path) -> Iterator[dict[str, str]]:
        """The environment of those who are to be typed into."""
        folders = {
            "HOME": "",
            "XDG_CONFIG_HOME": ".config",
            "XDG_DATA_HOME": ".local/share",
            "XDG_CACHE_HOME": ".cache",
        }
        own = {name: str(home / folder) for name, folder in folders.items()}
        for folder in own.values():
            Path(folder).mkdir(parents=True, exist_ok=True)
        own |= {
            "QT_IM_MODULE": self.module,
            "XMODIFIERS": f"@im={self.module}",
            "LANG": "C.UTF-8",
            "GSETTINGS_BACKEND": "keyfile",
        }
        self.prepare(home)
        environment = {**os.environ, **own}
        with open(home / "input-method.log", "wb") as log:
            # Without the session's bus where it needs none: what notifies there would start a notification service.
            alone = {} if self.needs_session_bus else {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={home}/no-bus"}
            daemon = subprocess.Popen(
                self.command, env={**environment, **alone}, stdout=log, stderr=log, start_new_session=True
            )
            try:
                wait_until(lambda: self.is_ready(environment), 20)
                yield own
            finally:
                os.killpg(daemon.pid, signal.SIGTERM)  # its engine and its window are of its session
                daemon.wait(10)


def _says(environment: Mapping[str, str], *command: str) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=10).stdout.strip()


def _prepare_ibus(home: Path) -> None:
    """Its panel chooses the first of these engines, once it has started."""
    settings = home / ".config/glib-2.0/settings/keyfile"
    settings.parent.mkdir(parents=True)
    settings.write_text("[desktop/ibus/general]\npreload-engines=['libpinyin']\n")


def _prepare_fcitx(home: Path) -> None:
    profile = home / ".config/fcitx5/profile"
    profile.parent.mkdir(parents=True)
    group = "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=rime\n"
    profile.write_text(f"{group}\n[Groups/0/Items/0]\nName=rime\nLayout=\n\n[GroupOrder]\n0=Default\n")
    rime = home / ".local/share/fcitx5/rime"
    rime.mkdir(parents=True)
    (rime / "default.custom.yaml").write_text("patch:\n  schema_list:\n    - schema: luna_pinyin_simp\n")


IBUS = InputMethod(
    "ibus",
    module="ibus",
    window_class="ibus-ui-gtk3",
    command=(
        *("ibus-daemon", "--replace", "--config=/usr/libexec/ibus-memconf"),
        *("--panel=/usr/libexec/ibus-ui-gtk3", "--emoji-extension=disable"),
    ),
    prepare=_prepare_ibus,
    is_ready=lambda environment: _says(environment, "ibus", "engine") == "libpinyin",
    needs_session_bus=False,
)
FCITX5 = InputMethod(
    "fcitx5",
    module="fcitx",
    window_class="fcitx",
    command=("fcitx5", "--replace", "--disable=notifications,notificationitem"),
    prepare=_prepare_fcitx,
    is_ready=lambda environment: _says(environment, "fcitx5-remote") != "",
    needs_session_bus=True,
)
