"""Model ids to what the real service lets each of them do: from its documentation, independent of the product.

Sources, read 2026-11-23: https://help.aliyun.com/zh/model-studio/error-code ("url error", stream-only models),
https://help.aliyun.com/zh/model-studio/deep-thinking (who thinks), https://help.aliyun.com/zh/model-studio/models.
Where they are silent about a path, both paths are open here: better a gap than an invented rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Path = Literal["text", "multimodal", "either"]
Thinking = Literal["no", "off", "on", "always", "unknown"]
"""no: the field is refused; off and on: may be switched, and this is the default; always: only true is taken;
unknown: the field is taken as it comes."""


@dataclass(frozen=True)
class ModelRules:
    """What one family takes."""

    path: Path
    thinking: Thinking
    stream_only: bool = False
    streams_to_think: bool = False
    """Thinking is possible only in a stream."""
    has_search: bool = False
    continues: bool = False
    """Takes a partial assistant message."""
    is_translator: bool = False
    is_cumulative: bool = False
    """Repeats everything in each frame, whatever was asked."""
    is_compatible: bool = True
    takes_lists: bool = False
    """On the text path, and still takes content as a list of parts."""
    max_budget: int = 262_144
    """Of `thinking_budget`; where no page gives a number, the largest the service names anywhere."""
    efforts: tuple[str, ...] = ()
    """Values of `reasoning_effort`; none: the field is refused."""
    max_output: int = 393_216
    """Of `max_tokens`; where no page gives a number, the largest of all models."""
    sees: bool | None = None
    """Takes pictures; None: whatever is not on the text path alone."""
    max_input: int = 10_000_000
    """Tokens of input, one to a character here."""

    @property
    def sees_pictures(self) -> bool:
        return self.path != "text" if self.sees is None else self.sees


_TABLE: tuple[tuple[str, ModelRules], ...] = (
    (r"qwen3\.7-max-\d{4}-\d\d-\d\d", ModelRules("either", "on", has_search=True, continues=True, max_output=65_536)),
    (r"qwen3\.7-max", ModelRules("text", "on", has_search=True, continues=True, max_output=65_536)),
    (r"qwen3\.6-max-preview", ModelRules("text", "on", has_search=True, continues=True, max_output=65_536)),
    (r"qwen3\.8-2\.4t-a95b", ModelRules("either", "always")),
    (r"qwen3(\.\d)?-omni.*|qwen-omni.*", ModelRules("multimodal", "unknown", stream_only=True, has_search=True)),
    (
        r"qwen3\.8-max.*",
        ModelRules("multimodal", "on", has_search=True, efforts=("low", "medium", "xhigh"), max_output=131_072),
    ),
    (r"qwen3\.8-flash.*", ModelRules("multimodal", "on", continues=True, max_output=131_072)),
    (
        r"qwen3\.6-plus.*",
        ModelRules("multimodal", "on", has_search=True, continues=True, max_budget=81_920, max_output=65_536),
    ),
    (
        r"qwen3\.6-flash.*",
        ModelRules("multimodal", "on", has_search=True, continues=True, max_budget=131_072, max_output=65_536),
    ),
    (r"qwen3\.5-(plus|flash).*", ModelRules("multimodal", "on", has_search=True, continues=True, max_output=65_536)),
    (r"qwen3\.[5-8]-(plus|flash|max).*", ModelRules("multimodal", "on", has_search=True, continues=True)),
    (r"qwen3\.[5-8]-\d+b.*", ModelRules("multimodal", "on", has_search=True, continues=True)),
    (r"qwen3-max.*", ModelRules("text", "off", has_search=True, continues=True, max_output=65_536)),
    (r"qwen3-coder-.*", ModelRules("text", "no", continues=True, max_output=65_536)),
    (
        r"qwen3-vl-.*-thinking.*",
        ModelRules("multimodal", "always", stream_only=True, max_budget=81_920, max_output=32_768),
    ),
    (r"qwen3-vl-.*-instruct.*", ModelRules("multimodal", "no", continues=True, max_output=32_768)),
    (r"qwen3-vl-(plus|flash).*", ModelRules("multimodal", "off", continues=True, max_budget=81_920, max_output=32_768)),
    (r"qwen3-asr-.*|qwen3?-tts.*", ModelRules("multimodal", "no", sees=False)),
    (r"qwen3-.*-thinking.*", ModelRules("text", "always", stream_only=True)),
    (r"qwen3-.*-instruct.*", ModelRules("text", "no", continues=True)),
    (r"qwen3-\d+(\.\d+)?b.*", ModelRules("text", "on", streams_to_think=True, continues=True)),
    (r"qwen2\.5-vl-.*", ModelRules("multimodal", "no", continues=True)),
    (r"qwen2\.5-omni-.*", ModelRules("multimodal", "no", stream_only=True)),
    (r"qwen2\.5-.*|qwen-coder-.*", ModelRules("text", "no", continues=True)),
    (r"qwen-vl-ocr.*", ModelRules("multimodal", "no", max_output=8_192)),
    (r"qwen-vl-.*", ModelRules("multimodal", "no", continues=True, max_output=8_192)),
    (r"qwen-audio.*", ModelRules("multimodal", "no", is_compatible=False, sees=False)),
    (r"qwen-(plus|flash|turbo)-character.*", ModelRules("text", "unknown")),
    (
        r"qwen-(plus|flash|turbo)-us.*",
        ModelRules("text", "off", has_search=True, continues=True),
    ),  # elsewhere, the same
    (
        r"qwen-(plus|flash)(-latest|-\d{4}-.*)?",
        ModelRules("text", "off", has_search=True, continues=True, max_output=32_768),
    ),
    (r"qwen-turbo(-latest|-\d{4}-.*)?", ModelRules("text", "off", has_search=True, continues=True, max_output=16_384)),
    (r"qwen-max.*", ModelRules("text", "no", has_search=True, continues=True, max_output=8_192)),
    (r"qwen-long.*", ModelRules("text", "no", max_output=8_192)),
    (r"qwen-doc-turbo.*", ModelRules("text", "no", takes_lists=True, max_output=8_192)),
    (r"qwen-mt-(plus|turbo)", ModelRules("text", "no", is_translator=True, is_cumulative=True, max_output=8_192)),
    (r"qwen-mt-(flash|lite)", ModelRules("text", "no", is_translator=True, max_output=8_192)),
    (r"qwen-math-.*", ModelRules("text", "no")),
    (r"qwen-deep-research.*", ModelRules("text", "unknown", stream_only=True, is_compatible=False)),
    (r"qwq-.*", ModelRules("text", "always", stream_only=True, has_search=True, max_output=8_192)),
    (r"qvq-.*", ModelRules("multimodal", "always", stream_only=True, max_output=8_192)),
    (r"deepseek-r1.*", ModelRules("text", "always")),
    (r"deepseek-v4.*", ModelRules("text", "unknown", has_search=True, efforts=("high", "max"))),
    (r"deepseek-v.*", ModelRules("text", "unknown", has_search=True)),
    (r"glm-.*", ModelRules("either", "unknown", efforts=("high", "max"))),
    (r"kimi-k2\.[5-9].*|mimo-.*", ModelRules("either", "unknown", sees=True)),
    (r"kimi-.*|minimax-.*", ModelRules("either", "unknown")),
)


def rules_of(model_id: str) -> ModelRules | None:
    """What `model_id` takes; None for a model the service does not know.  Ids are case-sensitive, as there."""
    for pattern, rules in _TABLE:
        flags = re.IGNORECASE if "minimax" in pattern else 0
        if re.fullmatch(pattern, model_id, flags):
            return rules
    return None
