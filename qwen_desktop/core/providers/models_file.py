"""`resources/models.toml` to the families of the catalogue.

The file is part of the app: a mistake in it is our own and raises msgspec.ValidationError or ValueError, which a test
finds first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import msgspec

from qwen_desktop.core.paths import resources
from qwen_desktop.core.providers.catalogue import Abilities, NativePath, Thinking

NAME = "models.toml"
_PATHS = {"text": NativePath.TEXT, "multimodal": NativePath.MULTIMODAL}
Ability = Literal["vision", "pdf", "search", "partial", "tools", "reasoning"]


class _Family(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    prefix: str
    path: Literal["text", "multimodal"]
    thinking: Thinking
    source: list[str]
    budget: int | None = None
    efforts: list[Literal["low", "medium", "high", "xhigh", "max"]] = []
    context: int | None = None
    input: int | None = None
    output: int | None = None
    takes: list[Ability] = []
    lacks: list[Ability] = []
    strategy: str = ""
    chat: bool = True
    quirks: list[Literal["cumulative", "one_prompt"]] = []
    temperature: float | None = None
    least_temperature: float = 0.0
    read: date | None = None


class _Defaults(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    temperature: float
    thinking_temperature: float


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    read: date
    sources: dict[str, str]
    defaults: _Defaults
    family: list[_Family]


@dataclass(frozen=True, slots=True)
class ModelsFile:
    """The table."""

    families: Mapping[str, Abilities]
    """By prefix, in the order of the file."""
    prefixes: tuple[str, ...]
    """The longest first."""
    defaults: tuple[float, float]
    """Temperature without and with thinking."""

    def temperature_of(self, known: Abilities) -> float | None:
        """The usual default; None for a model of which nothing is known."""
        if not known.is_known or known.thinking is Thinking.UNKNOWN:
            return None
        return self.defaults[known.thinking in (Thinking.ON, Thinking.ALWAYS)]


def read(text: str | None = None) -> ModelsFile:
    """The table of `text`, by default of the file the app was shipped with."""
    if text is None:
        text = (resources() / NAME).read_text(encoding="utf-8")
    file = msgspec.convert(tomllib.loads(text), _File)
    families = {row.prefix: _abilities(row, file) for row in file.family}
    if len(families) != len(file.family):
        raise ValueError("a family stands twice in the table")
    prefixes = tuple(sorted(families, key=len, reverse=True))
    return ModelsFile(families, prefixes, (file.defaults.temperature, file.defaults.thinking_temperature))


def _abilities(row: _Family, file: _File) -> Abilities:
    can: dict[str, bool] = {}
    can |= dict.fromkeys(row.takes, True)
    can |= dict.fromkeys(row.lacks, False)
    return Abilities(
        path=_PATHS[row.path],
        thinking=row.thinking,
        partial=can.get("partial"),
        context_tokens=row.context,
        is_cumulative="cumulative" in row.quirks,
        takes_one_prompt="one_prompt" in row.quirks,
        max_input_tokens=row.input,
        max_output_tokens=row.output,
        max_budget=row.budget,
        efforts=tuple(row.efforts),
        vision=can.get("vision"),
        pdf=can.get("pdf"),
        search=can.get("search"),
        search_strategy=row.strategy,
        tools=can.get("tools"),
        wants_reasoning=can.get("reasoning", False),
        is_chat=row.chat,
        is_known=True,
        temperature=row.temperature,
        least_temperature=row.least_temperature,
        sources=tuple(file.sources[name] for name in row.source),
        read_on=row.read or file.read,
    )
