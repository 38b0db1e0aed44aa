"""Model ids to abilities: which native path, whether it thinks, how long a conversation may be, what to call it.

One readable table, looked up by the longest prefix that fits.  A model that is not in it is usable all the same; what
the service then refuses is repaired once (see `request_body.repair`).  Sources, read 2026-11-23 (model list as of
2026-05-27, later models by their own pages): https://help.aliyun.com/zh/model-studio/models, …/deep-thinking,
…/error-code ("url error"), …/partial-mode, …/qwen-mt-api.
"""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass

from qwen_desktop.core.words import tr


class NativePath(enum.StrEnum):
    """Where a model lives on DashScope's own protocol."""

    TEXT = "/api/v1/services/aigc/text-generation/generation"
    MULTIMODAL = "/api/v1/services/aigc/multimodal-generation/generation"


class Thinking(enum.Enum):
    """Whether a model reasons before it writes."""

    NEVER = "never"
    OFF = "off"
    """Can be switched; off unless asked for."""
    ON = "on"
    """Can be switched; on unless asked not to."""
    ALWAYS = "always"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What is known of one model."""

    path: NativePath = NativePath.TEXT
    thinking: Thinking = Thinking.UNKNOWN
    partial: bool | None = None
    """Continues a reply that was begun (partial mode); None: not known."""
    context_tokens: int | None = None
    """Input and output together; None: not known."""
    is_cumulative: bool = False
    """Repeats the whole reply in every frame, whatever it is asked."""
    takes_one_prompt: bool = False
    """Accepts exactly one user message, no system message and no history."""

    @property
    def can_switch_thinking(self) -> bool:
        return self.thinking in (Thinking.ON, Thinking.OFF)


_K = 1024
_M = 1_000_000
_TEXT, _MULTIMODAL = NativePath.TEXT, NativePath.MULTIMODAL
_NEVER, _OFF, _ON, _ALWAYS, _UNKNOWN = Thinking

_TABLE: dict[str, Abilities] = {
    # prefix of the id: path, thinking, partial mode, context
    "qwen3.8-2.4t-a95b": Abilities(_MULTIMODAL, _ALWAYS, None, _M),
    "qwen3.8-max": Abilities(_MULTIMODAL, _ON, None, _M),
    "qwen3.8-flash": Abilities(_MULTIMODAL, _ON, True, _M),
    "qwen3.8": Abilities(_MULTIMODAL, _ON, None, None),
    "qwen3.7-max": Abilities(_TEXT, _ON, True, _M),
    "qwen3.7": Abilities(_MULTIMODAL, _ON, True, _M),
    "qwen3.6-max": Abilities(_TEXT, _ON, True, 256 * _K),
    "qwen3.6-plus": Abilities(_MULTIMODAL, _ON, True, _M),
    "qwen3.6-flash": Abilities(_MULTIMODAL, _ON, True, _M),
    "qwen3.6": Abilities(_MULTIMODAL, _ON, True, 256 * _K),
    "qwen3.5-omni": Abilities(_MULTIMODAL, _UNKNOWN, None, 256 * _K),
    "qwen3.5-plus": Abilities(_MULTIMODAL, _ON, True, _M),
    "qwen3.5-flash": Abilities(_MULTIMODAL, _ON, True, _M),
    "qwen3.5": Abilities(_MULTIMODAL, _ON, True, 256 * _K),
    "qwen3-max": Abilities(_TEXT, _OFF, True, 256 * _K),
    "qwen3-coder-next": Abilities(_TEXT, _NEVER, True, 256 * _K),
    "qwen3-coder": Abilities(_TEXT, _NEVER, True, _M),
    "qwen3-vl": Abilities(_MULTIMODAL, _OFF, True, 256 * _K),
    "qwen3-omni": Abilities(_MULTIMODAL, _UNKNOWN, None, 64 * _K),
    "qwen3-asr": Abilities(_MULTIMODAL, _NEVER, False),
    "qwen3-tts": Abilities(_MULTIMODAL, _NEVER, False),
    "qwen3-": Abilities(_TEXT, _ON, True, 128 * _K),
    "qwen2.5-vl": Abilities(_MULTIMODAL, _NEVER, True),
    "qwen2.5-omni": Abilities(_MULTIMODAL, _NEVER, None),
    "qwen2.5": Abilities(_TEXT, _NEVER, True, 128 * _K),
    "qwen-max": Abilities(_TEXT, _NEVER, True, 32 * _K),
    "qwen-plus": Abilities(_TEXT, _OFF, True, _M),
    "qwen-plus-character": Abilities(_TEXT, _NEVER, None, 32 * _K),
    "qwen-flash": Abilities(_TEXT, _OFF, True, _M),
    "qwen-flash-character": Abilities(_TEXT, _NEVER, None, 32 * _K),
    "qwen-turbo": Abilities(_TEXT, _OFF, True, 128 * _K),
    "qwen-coder": Abilities(_TEXT, _NEVER, True, 128 * _K),
    "qwen-vl": Abilities(_MULTIMODAL, _NEVER, True, 128 * _K),
    "qwen-vl-ocr": Abilities(_MULTIMODAL, _NEVER, False, 38_192),
    "qwen-omni": Abilities(_MULTIMODAL, _NEVER, None),
    "qwen-audio": Abilities(_MULTIMODAL, _NEVER, False),
    "qwen-tts": Abilities(_MULTIMODAL, _NEVER, False),
    "qwen-long": Abilities(_TEXT, _NEVER, False, 10 * _M),
    "qwen-doc": Abilities(_TEXT, _NEVER, False, 256 * _K),
    "qwen-math": Abilities(_TEXT, _NEVER, False),
    "qwen-mt": Abilities(_TEXT, _NEVER, False, 16 * _K, takes_one_prompt=True),
    "qwen-mt-plus": Abilities(_TEXT, _NEVER, False, 16 * _K, is_cumulative=True, takes_one_prompt=True),
    "qwen-mt-turbo": Abilities(_TEXT, _NEVER, False, 16 * _K, is_cumulative=True, takes_one_prompt=True),
    "qwen-deep-research": Abilities(_TEXT, _UNKNOWN, False, _M),
    "qwq": Abilities(_TEXT, _ALWAYS, False, 128 * _K),
    "qvq": Abilities(_MULTIMODAL, _ALWAYS, False, 128 * _K),
    "deepseek-v4": Abilities(_TEXT, _UNKNOWN, False, _M),
    "deepseek-v3": Abilities(_TEXT, _UNKNOWN, False, 128 * _K),
    "deepseek-r1": Abilities(_TEXT, _ALWAYS, False, 128 * _K),
    "kimi-k2.": Abilities(_TEXT, _ON, False, 256 * _K),
    "glm-": Abilities(_TEXT, _UNKNOWN, False, 198 * _K),
    "minimax-": Abilities(_TEXT, _UNKNOWN, False, 200 * _K),
}
_UNKNOWN_MODEL = Abilities()
_PREFIXES = sorted(_TABLE, key=len, reverse=True)
_THINKING_ONLY = re.compile(r"-thinking(-|$)")
_INSTRUCT_ONLY = re.compile(r"-instruct(-|$)")


@functools.lru_cache(maxsize=1024)
def abilities(model_id: str) -> Abilities:
    """What is known of this model; dated snapshots and regional ids share their family's row."""
    name = model_id.strip().lower().rpartition("/")[2]
    found = next((_TABLE[prefix] for prefix in _PREFIXES if name.startswith(prefix)), _UNKNOWN_MODEL)
    if _THINKING_ONLY.search(name):
        return _with_thinking(found, Thinking.ALWAYS)
    if _INSTRUCT_ONLY.search(name):
        return _with_thinking(found, Thinking.NEVER)
    return found


def _with_thinking(found: Abilities, thinking: Thinking) -> Abilities:
    partial = False if thinking is Thinking.ALWAYS else found.partial
    return Abilities(found.path, thinking, partial, found.context_tokens, found.is_cumulative, found.takes_one_prompt)


def suggested_model_ids() -> tuple[str, ...]:
    """What the picker offers before the service has told its own list; the default first."""
    return (
        "qwen3.7-plus",
        "qwen3.8-max",
        "qwen3.8-flash",
        "qwen3.7-max",
        "qwen3.7-flash",
        "qwen3-coder-plus",
        "qwen-plus",
        "qwen-long",
    )


def description(model_id: str) -> str:
    """A few words under the model's name, in the user's language; empty for a model nobody described."""
    name = model_id.strip().lower()
    words = {
        "qwen3.8-max": tr("deepest thinking"),
        "qwen3.8-flash": tr("fast, thinks well"),
        "qwen3.7-max": tr("strong thinking, text only"),
        "qwen3.7-plus": tr("balanced"),
        "qwen3.7-flash": tr("fast and cheap"),
        "qwen3.6-plus": tr("balanced, previous generation"),
        "qwen3.6-flash": tr("fast and cheap, previous generation"),
        "qwen3-max": tr("strong, thinks when asked"),
        "qwen3-coder": tr("writes code"),
        "qwen3-vl": tr("sees pictures"),
        "qwen-max": tr("strong, without thinking"),
        "qwen-plus": tr("balanced, thinks when asked"),
        "qwen-flash": tr("fast and cheap, thinks when asked"),
        "qwen-turbo": tr("fast, no longer updated"),
        "qwen-long": tr("very long documents"),
        "qwen-mt": tr("translates"),
        "qwq": tr("always thinks"),
        "qvq": tr("sees pictures, always thinks"),
    }
    return next((words[prefix] for prefix in sorted(words, key=len, reverse=True) if name.startswith(prefix)), "")
