"""What became of the hotkey: one word for each case a person can do something about."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class HotkeyState(enum.StrEnum):
    """How far the wished keys are ours."""

    OFF = "off"
    """No keys are wished for."""
    WAITING = "waiting"
    """The desktop has been asked and has not answered."""
    WORKS = "works"
    TAKEN = "taken"
    """Another program has these keys."""
    NEEDS_DESKTOP = "needs_desktop"
    """This desktop gives keys to no program: the user binds `qwen-desktop quick` in its keyboard settings."""
    NOT_ASKED = "not_asked"
    """The desktop asks the user before it gives keys to a program, so it is asked when the user wants it to be."""
    UNUSABLE = "unusable"
    """These keys cannot be a hotkey here: no modifier, or a key this keyboard does not have."""


@dataclass(frozen=True, slots=True)
class HotkeyStatus:
    """What the settings show."""

    state: HotkeyState = HotkeyState.OFF
    keys: str = ""
    """In force, in Qt's portable notation; the desktop may have given others than were wished for."""
    detail: str = ""
    """For the log and the doctor; English."""


QUICK_COMMAND = "qwen-desktop quick"
"""What the user binds where the desktop gives keys to no program."""
