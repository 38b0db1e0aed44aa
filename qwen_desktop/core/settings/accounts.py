"""Tables `[accounts."id"]` of the settings to accounts and back: several servers side by side, one of them in use.

The account in use is what `[server]` and `[chat]` say, so a file with one server needs no table, and other programs and
hands change it where they always did.  `[server] account` names the table it was taken from.  When another one is put
to use, what these two say goes back into that table first: nothing is lost by switching.  Keys are never here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from qwen_desktop.core.settings.settings import ChatSettings, Rule, ServerSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Collection

Tables = Mapping[str, Mapping[str, object]]

MOST_ACCOUNTS = 50
MOST_NAME_CHARACTERS = 60
_ID = re.compile(r"[^\x00-\x20\x7f#]{1,100}")


def _rule(table: type, name: str) -> Rule:
    found: Rule = next(field for field in fields(table) if field.name == name).metadata["rule"]
    return found


_RULES = {
    "name": Rule(
        lambda value: isinstance(value, str) and len(value) <= MOST_NAME_CHARACTERS and value.isprintable(), "a name"
    ),
    "base_url": _rule(ServerSettings, "base_url"),
    "make": _rule(ServerSettings, "make"),
    "protocol": _rule(ChatSettings, "protocol"),
    "model": _rule(ChatSettings, "model"),
}
"""The keys of a table, in the order they are written."""


@dataclass(frozen=True, slots=True)
class Account:
    """One server with its model."""

    id: str
    """Never changes.  Of an account that began without a table: the host and port it had then."""
    name: str = ""
    """As the user wrote it; '' for what its address is called."""
    base_url: str = ServerSettings().base_url
    make: str = ""
    protocol: str = "native"
    model: str = ChatSettings().model

    @property
    def profile(self) -> str:
        """What its key is filed under: the host it was entered for, and the account.  So a key is never sent to
        another host, and two accounts at one host have a key each."""
        host = _host(self.base_url)
        return host if self.id == host else f"{host}#{self.id}"


def read(found: object) -> tuple[dict[str, dict[str, object]], list[str]]:
    """What the file says, and the names (`accounts.id.key`) of what cannot be used.  A table without a usable address
    is left out whole, since the default address would be another server."""
    if not isinstance(found, Mapping):
        return {}, ["accounts"]
    tables: dict[str, dict[str, object]] = {}
    wrong = []
    for account_id, table in found.items():
        if not isinstance(table, Mapping) or not _ID.fullmatch(str(account_id)) or len(tables) >= MOST_ACCOUNTS:
            wrong.append(f"accounts.{account_id}")
            if len(wrong) >= MOST_ACCOUNTS:  # told of one by one, and each is told
                break
            continue
        values = {key: table[key] for key, rule in _RULES.items() if key in table and rule.accepts(table[key])}
        wrong += [f"accounts.{account_id}.{key}" for key in _RULES if key in table and key not in values]
        if values.get("base_url"):
            tables[str(account_id)] = values
        elif table.get("base_url", "") == "":
            wrong.append(f"accounts.{account_id}.base_url")
    return tables, wrong


def write(document: MutableMapping[str, Any], tables: Tables, known: Tables | None) -> None:
    """Into a document of tomlkit.  `known`: as they were last read or written; what has not changed since is left as
    the file has it now, and what the file has beyond it stays: other keys, other tables, values that cannot be used."""
    import tomlkit

    if known is not None and tables == known:
        return
    found = document.get("accounts")
    if not isinstance(found, MutableMapping):
        if not tables:
            return
        found = tomlkit.table(is_super_table=True)
        document["accounts"] = found
    before = known or {}
    for account_id in dict.fromkeys([*before, *tables]):
        wanted = tables.get(account_id)
        if wanted is None:
            if account_id in found:
                del found[account_id]
            continue
        if known is not None and wanted == before.get(account_id):
            continue
        if not isinstance(found.get(account_id), MutableMapping):
            found[account_id] = tomlkit.table()
        table = found[account_id]
        for key in _RULES:
            if key in wanted and table.get(key) != wanted[key]:
                table[key] = wanted[key]
            elif key not in wanted and key in table:
                del table[key]
    if not len(found):
        del document["accounts"]


def _host(base_url: str) -> str:
    from qwen_desktop.core.credentials.api_key import profile_of  # late: no first frame asks for it

    return profile_of(base_url)


# Settings and accounts


def in_use(settings: Settings) -> Account:
    """The account that `[server]` and `[chat]` describe."""
    server, chat = settings.server, settings.chat
    account_id = server.account if server.account in settings.accounts else ""
    name = str(settings.accounts.get(account_id, {}).get("name", ""))
    return Account(account_id or _host(server.base_url), name, server.base_url, server.make, chat.protocol, chat.model)


def accounts(settings: Settings) -> list[Account]:
    """All of them in the order of the file; the one in use as it is now."""
    used = in_use(settings)
    found = [used if account_id == used.id else account_of(settings, account_id) for account_id in settings.accounts]
    return found if used.id in settings.accounts else [used, *found]


def account_of(settings: Settings, account_id: str) -> Account:
    """Of a table; raises KeyError."""
    return Account(account_id, **settings.accounts[account_id])  # type: ignore[arg-type]


def using(settings: Settings, account: Account, *, keeps_former: bool = True) -> Settings:
    """The settings with this account in use, and kept in a table; the one in use before is kept too.

    `keeps_former` False: if that one is nothing but the defaults, it is not worth a table."""
    former = in_use(settings)
    is_worth_it = keeps_former or former.id in settings.accounts or former != in_use(Settings())
    kept = keeping(settings, former) if is_worth_it and former.id != account.id else settings
    kept = keeping(kept, account)
    server = replace(kept.server, base_url=account.base_url, account=account.id, make=account.make, demo=False)
    return replace(kept, server=server, chat=replace(kept.chat, protocol=account.protocol, model=account.model))


def keeping(settings: Settings, account: Account) -> Settings:
    """The settings with a table for this account; what is in use stays as it is."""
    table = {key: value for key in _RULES if (value := getattr(account, key)) or key == "base_url"}
    return replace(settings, accounts={**settings.accounts, account.id: table})


def changed(settings: Settings, account: Account) -> Settings:
    """The settings with an account as it was edited; in force at once if it is the one in use."""
    if account.id != in_use(settings).id:
        return keeping(settings, account)
    edited = using(settings, account)
    return replace(edited, server=replace(edited.server, demo=settings.server.demo))


def without(settings: Settings, account_id: str) -> Settings:
    """The settings without an account.  The first of the others is used in place of the one in use; the last one is
    not removed but goes back to the defaults."""
    tables = {other: table for other, table in settings.accounts.items() if other != account_id}
    left = replace(settings, accounts=tables)
    if account_id != in_use(settings).id:
        return left
    if not tables:
        chat = replace(left.chat, protocol=ChatSettings().protocol, model=ChatSettings().model)
        return replace(left, server=ServerSettings(demo=left.server.demo), chat=chat)
    following = account_of(left, next(iter(tables)))
    server = replace(left.server, base_url=following.base_url, account=following.id, make=following.make, demo=False)
    return replace(left, server=server, chat=replace(left.chat, protocol=following.protocol, model=following.model))


def new_id(wish: str, taken: Collection[str]) -> str:
    """An id for a new account: what it is called, in a form that stands well in the file, and not taken yet."""
    base = re.sub(r"[^a-z0-9]+", "-", wish.lower()).strip("-")[:40] or "account"
    found, number = base, 2
    while found in taken:
        found, number = f"{base}-{number}", number + 1
    return found
