"""`settings.toml` to typed settings and back: what is wrong in it gets its default and a notice, nothing is lost.

A file that is not TOML is kept aside under another name.  Saving keeps comments, order, and tables and keys that this
version does not know (https://toml.io/en/v1.0.0, read 2026-11-23).
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from qwen_desktop.core.errors import SettingsInvalid, StorageUnavailable
from qwen_desktop.core.paths import private_folder
from qwen_desktop.core.settings import accounts as account_tables
from qwen_desktop.core.settings import models as model_tables
from qwen_desktop.core.settings.settings import Rule, Settings
from qwen_desktop.core.whole_file import write_whole

VERSION = 1
"""Of the file's layout; written as `version`, and taken as 1 where it is missing."""

MOST_BYTES = 1_000_000
"""No settings file is larger; one that is, is not ours."""

Document = MutableMapping[str, Any]

UPGRADES: dict[int, Callable[[Document], None]] = {}
"""Version n to what makes a document of version n + 1 of it, in place.  A file of a newer version than VERSION is read
as far as it is understood, and its `version` is kept."""

_saving = threading.Lock()


def load(path: Path) -> tuple[Settings, list[SettingsInvalid]]:
    """The settings in `path`, and what the user has to be told; never raises.

    A missing file means the defaults.  A value of the wrong type or out of range: the default for that one, and a
    notice with `name` as `table.key`.  A file that is not TOML is renamed (`kept_as`); one that cannot be read or
    renamed stays where it is.
    """
    try:
        text = read_text(path)
    except FileNotFoundError:
        return Settings(), []
    except OSError as error:
        return Settings(), [SettingsInvalid(error.strerror or type(error).__name__, path=str(path))]
    except ValueError as error:
        return Settings(), [_keep_aside(path, str(error))]
    import tomllib  # most starts of new users have no file

    try:
        document: Document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return Settings(), [_keep_aside(path, str(error) or type(error).__name__)]
    upgrade(document)
    return _settings_from(document, path)


def save(path: Path, settings: Settings, known: Settings | None = None) -> None:
    """Writes the settings whole or not at all, readable for the owner alone (a proxy may have a password).

    Only what differs from the file is changed; what is at its default and not in the file is left out.  `known`: the
    settings as they were last read from the file or written to it; what has not changed since is left as the file has
    it now, be it edited by hand meanwhile or a value that could not be used.  A file that is gone or broken is written
    anew in any case.  Raises StorageUnavailable; then the file is as it was.  May be called from any thread; blocks for
    a disk's flush.
    """
    try:
        with _saving:
            # A link (to a folder of dotfiles, say) stays a link: what it points to is replaced.
            target = Path(os.path.realpath(path))
            private_folder(target.parent)
            write_whole(target, _new_text(target, settings, known).encode("utf-8", "replace"))
    except OSError as error:
        reason = {errno.ENOSPC: "full", errno.EDQUOT: "full"}.get(error.errno or 0, "")
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            reason = "read_only"
        raise StorageUnavailable(error.strerror or str(error), reason=reason, path=str(path)) from error


def upgrade(document: Document) -> None:
    """Brings a document of an older version to this one, in place."""
    version = document.get("version", 1)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        return
    while version < VERSION:
        UPGRADES[version](document)
        version += 1
        document["version"] = version


def read_text(path: Path) -> str:
    """The file's text.  Raises OSError, and ValueError if it is no text or far too long."""
    if stat.S_ISFIFO(path.stat().st_mode):  # it would be waited for without end
        raise OSError(errno.EINVAL, "not a file")
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"longer than {MOST_BYTES} bytes")
    # Some Windows editors write a byte order mark.
    return content.decode("utf-8-sig")


def _keep_aside(path: Path, why: str) -> SettingsInvalid:
    from datetime import UTC, datetime

    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for attempt in range(100):
        aside = path.with_name(f"{path.name}.broken-{stamp}" + (f"-{attempt}" if attempt else ""))
        if os.path.lexists(aside):
            continue
        try:
            path.rename(aside)
        except OSError:
            break
        return SettingsInvalid(why, path=str(path), kept_as=str(aside))
    return SettingsInvalid(why, path=str(path))


def _settings_from(document: Document, path: Path) -> tuple[Settings, list[SettingsInvalid]]:
    notices: list[SettingsInvalid] = []
    tables: dict[str, Any] = {}
    for table_field, defaults in _tables(Settings()):
        found = document.get(table_field.name, {})
        if not isinstance(found, dict):
            notices.append(SettingsInvalid("a table is expected", path=str(path), name=table_field.name))
            continue
        values: dict[str, Any] = {}
        for value_field in fields(defaults):
            if value_field.name not in found:
                continue
            rule: Rule = value_field.metadata["rule"]
            value = found[value_field.name]
            if rule.accepts(value):
                values[value_field.name] = _kept(value, value_field.default)
            else:
                name = f"{table_field.name}.{value_field.name}"
                notices.append(SettingsInvalid(f"{name}: expected {rule.expected}", path=str(path), name=name))
        tables[table_field.name] = type(defaults)(**values)
    tables["models"], wrong = model_tables.read(document.get("models", {}))
    notices += [SettingsInvalid("out of its range", path=str(path), name=name) for name in wrong]
    tables["accounts"], wrong = account_tables.read(document.get("accounts", {}))
    notices += [SettingsInvalid("cannot be used", path=str(path), name=name) for name in wrong]
    prices = document.get("prices", {})
    if isinstance(prices, dict):
        tables["prices"] = prices
    return Settings(**tables), notices


def _kept(value: Any, default: object) -> Any:
    """A value of the file in the setting's own type."""
    if isinstance(default, tuple):
        return tuple(value)
    return float(value) if isinstance(default, float) else value


def _tables(settings: Settings) -> Iterator[tuple[Field[Any], Any]]:
    for table_field in fields(settings):
        if not table_field.metadata.get("is_open"):
            yield table_field, getattr(settings, table_field.name)


def _new_text(path: Path, settings: Settings, known: Settings | None) -> str:
    import tomllib

    import tomlkit  # 60 ms, and needed only here
    from tomlkit.exceptions import TOMLKitError

    try:
        text = read_text(path)
        tomllib.loads(text)
        document = tomlkit.parse(text)
    except FileNotFoundError:
        document, known = tomlkit.document(), None
    except (ValueError, RecursionError, TOMLKitError) as error:
        if not (notice := _keep_aside(path, str(error))).kept_as:
            raise OSError(errno.EACCES, f"a broken file is in the way: {notice.detail}") from error
        document, known = tomlkit.document(), None
    upgrade(document)
    if not document:
        document["version"] = VERSION
    for (table_field, values), (_, defaults) in zip(_tables(settings), _tables(Settings()), strict=True):
        found = document.get(table_field.name)
        table = found if isinstance(found, MutableMapping) else tomlkit.table()
        for value_field in fields(values):
            value = getattr(values, value_field.name)
            if known is not None and value == getattr(getattr(known, table_field.name), value_field.name):
                continue
            if isinstance(value, tuple):
                value = list(value)
            if value_field.name in table:
                old = table[value_field.name]
                if old != value or isinstance(old, bool) != isinstance(value, bool):
                    table[value_field.name] = value
            elif getattr(values, value_field.name) != getattr(defaults, value_field.name):
                table[value_field.name] = value
        if table is not found and len(table):
            document[table_field.name] = table
    model_tables.write(document, settings.models)
    account_tables.write(document, settings.accounts, None if known is None else known.accounts)
    return tomlkit.dumps(document)
