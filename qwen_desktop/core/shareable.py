"""Text about this machine to text that may be shown to others: no home folder, user name, secret or control character.

What the doctor and the crash reports offer to copy goes through here, as a whole and last.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache

from qwen_desktop.core.logs import redactor

USER = "[user]"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SHORTEST_NAME = 2
_EVERYBODYS_NAMES = ("root", "user", "admin", "home", "users", "qwen-desktop")
"""Names that tell nothing about a person, or stand in paths of everybody."""


def shareable(text: str) -> str:
    """`text` with `~` for the home folder, `[user]` for the user's name in paths, and without secrets."""
    homes, name = (
        _homes(os.path.expanduser("~"), os.environ.get("HOME", ""), os.environ.get("USERPROFILE", "")),
        _user(),
    )
    if homes is not None:
        text = homes.sub("~", text)
    if name is not None:
        text = name.sub(USER, text)
    return _CONTROLS.sub("\ufffd", redactor.clean(text))


@cache
def _homes(*folders: str) -> re.Pattern[str] | None:
    """Finds the home folder in its usual spellings, where it is a folder or what stands in one."""
    spellings = {spelling for folder in folders if folder for spelling in (folder, os.path.realpath(folder))}
    spellings |= {spelling.replace("\\", "/") for spelling in spellings}
    # A home that is the root of everything, or of nobody, hides nothing and would eat every path.
    named = {spelling.rstrip("/\\") for spelling in spellings}
    named = {spelling for spelling in named if len(spelling) > 3}
    if not named:
        return None
    either = "|".join(map(re.escape, sorted(named, key=len, reverse=True)))
    flags = re.IGNORECASE if sys.platform in ("win32", "darwin") else 0
    return re.compile(rf"(?<![\w/\\])(?:{either})(?![\w.-])", flags)


def _user() -> re.Pattern[str] | None:
    """Finds the user's name where it is a part of a path."""
    for variable in ("USER", "LOGNAME", "USERNAME"):
        if name := os.environ.get(variable, ""):
            return _within_path(name)
    try:
        import pwd

        return _within_path(pwd.getpwuid(os.getuid()).pw_name)
    except (ImportError, KeyError):
        return None


@cache
def _within_path(name: str) -> re.Pattern[str] | None:
    if len(name) < _SHORTEST_NAME or name.lower() in _EVERYBODYS_NAMES:
        return None
    return re.compile(rf"(?<=[/\\]){re.escape(name)}(?![\w.-])")
