"""Tables `[models."id"]` of the settings to the parameters of a model's requests and back.

Only what differs from the model's own defaults stands there.  Keys that this version does not know are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qwen_desktop.core.chat.parameters import Parameters

KEYS = ("temperature", "top_p", "max_tokens", "seed", "stop", "thinking_budget", "effort")
"""Those of `Parameters`."""

Tables = Mapping[str, Mapping[str, object]]


def read(found: object) -> tuple[dict[str, dict[str, object]], list[str]]:
    """What the file says, and the names (`models.id.key`) of what cannot be used, which is left out."""
    if not isinstance(found, Mapping):
        return {}, ["models"] if found else []
    tables: dict[str, dict[str, object]] = {}
    wrong = []
    for model_id, table in found.items():
        if not isinstance(table, Mapping):
            wrong.append(f"models.{model_id}")
            continue
        values = {key: table[key] for key in KEYS if key in table}
        for key in [key for key, value in values.items() if not _is_good(key, value)]:
            wrong.append(f"models.{model_id}.{key}")
            del values[key]
        if values:
            tables[str(model_id)] = values
    return tables, wrong


def _is_good(key: str, value: object) -> bool:
    from qwen_desktop.core.errors import RequestRefused

    if key == "stop" and not isinstance(value, list):
        return False
    if key == "effort" and not isinstance(value, str):
        return False
    try:
        parameters_of({"": {key: value}}, "").check()
    except (RequestRefused, TypeError, ValueError):
        return False
    return True


def write(document: MutableMapping[str, Any], tables: Tables) -> None:
    """Into a document of tomlkit: only what differs is touched, and a table with nothing left in it goes."""
    import tomlkit

    found = document.get("models")
    if not isinstance(found, MutableMapping):
        if not tables:
            return
        found = tomlkit.table(is_super_table=True)
        document["models"] = found
    for model_id in list(dict.fromkeys([*found, *tables])):
        wanted = tables.get(model_id, {})
        table = found.get(model_id)
        if not isinstance(table, MutableMapping):
            if not wanted:
                continue
            table = found[model_id] = tomlkit.table()
            table = found[model_id]
        for key in KEYS:
            if key in wanted:
                if table.get(key) != wanted[key]:
                    table[key] = wanted[key]
            elif key in table and _is_good(key, _plain(table[key])):
                del table[key]  # what cannot be used stays where the user can correct it
        if not len(table):
            del found[model_id]
    if not len(found):
        del document["models"]


def _plain(value: Any) -> object:
    return value.unwrap() if hasattr(value, "unwrap") else value


def parameters_of(tables: Tables, model_id: str) -> Parameters:
    """What was set for a model; all as it likes where nothing was."""
    from qwen_desktop.core.chat.parameters import Parameters

    values = dict(tables.get(model_id, {}))
    if isinstance(stop := values.get("stop"), list | tuple):
        values["stop"] = tuple(stop)
    return Parameters(**values)  # type: ignore[arg-type]


def with_parameters(tables: Tables, model_id: str, parameters: Parameters) -> dict[str, dict[str, object]]:
    """The tables with a model's set anew."""
    values = {key: value for key, value in asdict(parameters).items() if value not in (None, "", (), [])}
    if "stop" in values:
        values["stop"] = list(values["stop"])
    made = {one: dict(table) for one, table in tables.items() if one != model_id}
    if values:
        made[model_id] = values
    return made
