"""What a server's answers to the user's own requests showed of a model: kept by host and model, in one small file.

Nothing is ever generated to find something out.  A refusal that was repaired, a limit that a refusal named, reasoning
that came or came in spite of the switch: each is remembered with its day, so that the same request is not refused twice
and a control that does nothing is not shown.  What is older than MAX_AGE is forgotten, since services change.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from qwen_desktop.core.paths import private_folder
from qwen_desktop.core.protocol.request_body import REFUSABLE, WireOptions
from qwen_desktop.core.providers.catalogue import NativePath, Thinking

if TYPE_CHECKING:
    from qwen_desktop.core.providers.catalogue import Abilities

MOST_MODELS = 200
"""Beyond that those not heard of for longest are forgotten."""
MOST_BYTES = 1_000_000
MAX_AGE = timedelta(days=90)
_VERSION = 1


def _today() -> date:
    return datetime.now(UTC).date()


class Learned(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=False):
    """What is known of one model at one server beyond the catalogue; None: nothing."""

    # How it wants to be asked: where it differs from what the catalogue says.
    native_path: NativePath | None = None
    content_in_parts: bool | None = None
    forced_thinking: bool | None = None
    max_budget: int | None = None
    max_tokens: int | None = None
    refused: frozenset[str] = frozenset()
    is_cumulative: bool | None = None
    # What it can do.
    thinking: Thinking | None = None
    max_input_tokens: int | None = None
    partial: bool | None = None
    vision: bool | None = None
    search: bool | None = None
    tools: bool | None = None
    on: date | None = None
    """The day something was learned last."""

    def wire_options(self, base: WireOptions) -> WireOptions:
        """`base`, which is the catalogue's, as this taught it."""
        changes = {name: value for name in _WIRE if (value := getattr(self, name)) is not None}
        changes["refused"] = self.refused & REFUSABLE
        return dataclasses.replace(base, **changes)

    def abilities(self, known: Abilities) -> Abilities:
        """`known`, which is the catalogue's, as this taught it: what a control is shown by."""
        changes = {name: value for name in _FACTS if (value := getattr(self, name)) is not None}
        if self.forced_thinking is not None:
            changes["thinking"] = Thinking.ALWAYS if self.forced_thinking else Thinking.NEVER
        elif known.can_switch_thinking and self.refused & {"enable_thinking", "chat_template_kwargs"}:
            changes |= {"thinking": Thinking.UNKNOWN, "max_budget": None, "efforts": ()}
        if "reasoning_effort" in self.refused:
            changes["efforts"] = ()
        if "thinking_budget" in self.refused:
            changes["max_budget"] = None
        elif self.max_budget is not None and known.max_budget is not None:
            changes["max_budget"] = self.max_budget
        if "enable_search" in self.refused:
            changes["search"] = False
        if self.max_tokens is not None:
            changes["max_output_tokens"] = self.max_tokens
        if self.native_path is not None:
            changes["path"] = self.native_path
        if self.is_cumulative is not None:
            changes["is_cumulative"] = self.is_cumulative
        return dataclasses.replace(known, **changes)


_WIRE = ("native_path", "content_in_parts", "forced_thinking", "max_budget", "max_tokens", "is_cumulative")
_FACTS = ("thinking", "max_input_tokens", "partial", "vision", "search", "tools")

ModelMemory = MutableMapping[tuple[str, str], Learned]
"""(host and port, model id) to what was learned."""


def remember_wire(memory: ModelMemory, key: tuple[str, str], base: WireOptions, repaired: WireOptions) -> None:
    """Keeps how `repaired` differs from the catalogue's `base`."""
    learned = memory.get(key) or Learned()
    changes = {name: value for name in _WIRE if (value := getattr(repaired, name)) != getattr(base, name)}
    cleared: dict[str, object] = dict.fromkeys(_WIRE)
    _keep(memory, key, learned, {**cleared, **changes, "refused": repaired.refused})


def remember_facts(memory: ModelMemory, key: tuple[str, str], **facts: object) -> None:
    """Keeps what a model can do, by the names of Learned."""
    _keep(memory, key, memory.get(key) or Learned(), facts)


def _keep(memory: ModelMemory, key: tuple[str, str], learned: Learned, changes: dict[str, object]) -> None:
    changed = msgspec.structs.replace(learned, **changes)
    if changed != learned:
        memory[key] = msgspec.structs.replace(changed, on=_today())


class _Entry(msgspec.Struct):
    host: str
    model: str
    learned: Learned


class _File(msgspec.Struct):
    version: int
    models: list[msgspec.Raw]


class LearnedModels(MutableMapping[tuple[str, str], Learned]):
    """The memory in `models.json` of the data folder; read when it is first asked, written at each change.

    A file that cannot be read counts as empty, an entry that cannot as absent; a disk that refuses costs the memory
    after the end only.  Two processes may write: each adds to what it finds.  One thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._models: dict[tuple[str, str], Learned] | None = None

    def __getitem__(self, key: tuple[str, str]) -> Learned:
        return self._known()[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())

    def __setitem__(self, key: tuple[str, str], learned: Learned) -> None:
        self._known()[key] = learned
        found = self._read()
        found.pop(key, None)
        self._write({key: learned} | found)  # first of its day, so that it is not the one that has no room

    def __delitem__(self, key: tuple[str, str]) -> None:
        del self._known()[key]
        self._write({other: learned for other, learned in self._read().items() if other != key})

    def _known(self) -> dict[tuple[str, str], Learned]:
        if self._models is None:
            self._models = self._read()
        return self._models

    def _read(self) -> dict[tuple[str, str], Learned]:
        found: dict[tuple[str, str], Learned] = {}
        oldest = _today() - MAX_AGE
        with suppress(OSError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            with self._path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
            for raw in msgspec.json.decode(content, type=_File).models if len(content) <= MOST_BYTES else ():
                with suppress(msgspec.MsgspecError, RecursionError):
                    entry = msgspec.json.decode(raw, type=_Entry)
                    if entry.learned.on is not None and oldest <= entry.learned.on <= _today():
                        found[entry.host, entry.model] = entry.learned
        return found

    def _write(self, models: dict[tuple[str, str], Learned]) -> None:
        """Whole or not at all; not flushed to the disk, since a power cut costs no more than one more refusal."""
        newest = sorted(models.items(), key=lambda item: item[1].on or date.min, reverse=True)[:MOST_MODELS]
        entries = [_Entry(host, model, learned) for (host, model), learned in newest]
        try:
            content = msgspec.json.format(msgspec.json.encode({"version": _VERSION, "models": entries}), indent=1)
        except UnicodeEncodeError:  # an id that is no text: a reply that was paid for is not lost over it
            return
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        with suppress(OSError):
            private_folder(self._path.parent)
            with open(beside, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(content + b"\n")
            os.replace(beside, self._path)
