"""Model ids to a few words of what they are good for, and to the words they are found by, in the user's language.

Sources: the pages named in `resources/models.toml`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from qwen_desktop.core.words import current_language, tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qwen_desktop.core.providers.catalogue import Abilities


def description(model_id: str) -> str:
    """A few words under the model's name; empty for a model nobody described."""
    name = model_id.strip().lower().rpartition("/")[2].replace(":", "-")
    words = _words(current_language())
    return next((words[prefix] for prefix in sorted(words, key=len, reverse=True) if name.startswith(prefix)), "")


@functools.lru_cache(maxsize=2)
def _words(language: str) -> Mapping[str, str]:
    """By the prefix of an id, as in the table of models.  `language` is the one in force: `tr` asks for it itself."""
    return {
        "qwen3.8-max": tr("deepest thinking, reads pictures and PDF"),
        "qwen3.8-flash": tr("fast, reads pictures"),
        "qwen3.8-2.4t-a95b": tr("open model, always thinks"),
        "qwen3.8": tr("open model"),
        "qwen3.7-max": tr("strong thinking, text only"),
        "qwen3.7-plus": tr("balanced, reads pictures"),
        "qwen3.7-flash": tr("fast, reads pictures"),
        "qwen3.7": tr("reads pictures"),
        "qwen3.6-max": tr("strong thinking, text only"),
        "qwen3.6-plus": tr("balanced, previous generation"),
        "qwen3.6-flash": tr("fast, previous generation"),
        "qwen3.6": tr("open model, reads pictures"),
        "qwen3.5-omni": tr("understands pictures, sound and video"),
        "qwen3.5-plus": tr("balanced, older generation"),
        "qwen3.5-flash": tr("fast and cheap, older generation"),
        "qwen3.5": tr("open model, reads pictures"),
        "qwen3-max": tr("strong, thinks when asked"),
        "qwen3-coder": tr("code and tools"),
        "qwen3-vl": tr("reads pictures, thinks when asked"),
        "qwen3-omni": tr("understands pictures and sound"),
        "qwen3-": tr("open model"),
        "qwen-max": tr("strong, without thinking"),
        "qwen-plus": tr("balanced, thinks when asked"),
        "qwen-plus-character": tr("plays roles"),
        "qwen-flash": tr("fast and cheap, thinks when asked"),
        "qwen-flash-character": tr("plays roles"),
        "qwen-turbo": tr("fast, no longer updated"),
        "qwen-vl": tr("reads pictures"),
        "qwen-vl-ocr": tr("reads the text in pictures"),
        "qwq": tr("always thinks"),
        "qvq": tr("reads pictures, always thinks"),
        "qwen-long": tr("very long documents"),
        "qwen-doc": tr("reads documents"),
        "qwen-mt": tr("translates"),
        "qwen-coder": tr("writes code"),
        "qwen-math": tr("mathematics"),
        "qwen-deep-research": tr("researches and reports"),
        "qwen2.5-vl": tr("open model, reads pictures"),
        "qwen2.5-omni": tr("understands pictures and sound"),
        "qwen2.5": tr("open model, older generation"),
        "qwen-omni": tr("understands pictures and sound"),
        "qwen-audio": tr("understands sound"),
        "deepseek-": tr("by another maker, text only"),
        "kimi-": tr("by another maker, reads pictures"),
        "glm-": tr("by another maker, text only"),
        "minimax-": tr("by another maker, text only"),
    }


def search_words(known: Abilities) -> str:
    """What else a model with these abilities is found by: words of the user's language, and the English ones."""
    from qwen_desktop.core.providers.catalogue import Thinking

    found: dict[str, str] = {}
    """The English words to those of the user's language."""
    if known.thinking is not Thinking.NEVER and known.is_known:
        found["thinking reasoning"] = tr("thinking reasoning")
    if known.search:
        found["web search internet"] = tr("web search internet")
    if known.vision:
        found["vision pictures images photos"] = tr("vision pictures images photos")
    if known.pdf:
        found["pdf"] = ""
    return " ".join((*found, *found.values()))
