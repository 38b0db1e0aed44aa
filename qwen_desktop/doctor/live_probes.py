"""What is not known about the service to the tiny request that answers it, or to the reason why none is sent.

Every request asks for at most a few tokens; none is sent twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from qwen_desktop.core.protocol.request_body import COMPATIBLE_PATH
from qwen_desktop.core.providers.catalogue import NativePath
from qwen_desktop.core.words import tr

_PROMPT = "Reply with the word OK."
_BEGUN = "The answer is"
_MOST_TOKENS = 8

MODELS_PATH = COMPATIBLE_PATH.removesuffix("/chat/completions") + "/models"


@dataclass(frozen=True, slots=True)
class Probe:
    """One request."""

    name: str
    """For programs, and what a question refers to."""
    path: str
    body: dict[str, Any] | None = None
    """None: a GET."""
    headers: dict[str, str] = field(default_factory=dict)
    closes_early: bool = False
    """The socket is closed as soon as the first frame has come."""

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"

    def wire(self) -> tuple[dict[str, str], bytes]:
        """Headers (without the key) and body."""
        if self.body is None:
            return {"Accept": "application/json"}, b""
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream", **self.headers}
        return headers, msgspec.json.encode(self.body)


@dataclass(frozen=True, slots=True)
class Question:
    """Something about the service that its documentation leaves open."""

    ask: Callable[[], str]
    """In the user's language."""
    probes: tuple[str, ...] = ()
    """The requests that show it; none: it is not asked."""
    why_not: Callable[[], str] | None = None


def _native(model_id: str, path: NativePath, messages: list[dict[str, Any]], **parameters: Any) -> dict[str, Any]:
    if path is NativePath.MULTIMODAL:
        messages = [{**message, "content": [{"text": message["content"]}]} for message in messages]
    common = {"result_format": "message", "incremental_output": True, "max_tokens": _MOST_TOKENS}
    return {"model": model_id, "input": {"messages": messages}, "parameters": common | parameters}


def _compatible(model_id: str, messages: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    common = {"stream": True, "stream_options": {"include_usage": True}, "max_tokens": _MOST_TOKENS}
    return {"model": model_id, "messages": messages, **(common | more)}


def probes() -> tuple[Probe, ...]:
    """Every request, in the order in which they are sent: the free one first."""
    prompt: list[dict[str, Any]] = [{"role": "user", "content": _PROMPT}]
    begun = [*prompt, {"role": "assistant", "content": _BEGUN, "partial": True}]
    picture: list[dict[str, Any]] = [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "oss://none/none.png"}}]}
    ]
    picture[0]["content"].append({"type": "text", "text": _PROMPT})
    text, multimodal = NativePath.TEXT, NativePath.MULTIMODAL
    sse = {"X-DashScope-SSE": "enable"}
    off = {"enable_thinking": False}
    return (
        Probe("models", MODELS_PATH),
        Probe("native", multimodal.value, _native("qwen3.7-plus", multimodal, prompt, **off), sse),
        Probe("compatible", COMPATIBLE_PATH, _compatible("qwen3.7-plus", prompt, **off)),
        Probe("partial-native", text.value, _native("qwen-plus", text, begun, **off), sse),
        Probe("partial-qwen3.8-max", COMPATIBLE_PATH, _compatible("qwen3.8-max", begun, **off)),
        Probe("snapshot-path", text.value, _native("qwen3.7-max-2026-06-08", text, prompt, **off), sse),
        Probe("two-choices", COMPATIBLE_PATH, _compatible("qwen-plus", prompt, n=2, **off)),
        Probe("refused", COMPATIBLE_PATH, _compatible("qwen-plus", prompt, max_tokens=0)),
        Probe(
            "oss-picture",
            COMPATIBLE_PATH,
            _compatible("qwen3-vl-plus", picture),
            {"X-DashScope-OssResourceResolve": "enable"},
        ),
        Probe(
            "closed-early",
            text.value,
            _native("qwen-plus", text, [{"role": "user", "content": "Count to twenty."}], max_tokens=64, **off),
            sse,
            closes_early=True,
        ),
    )


def questions() -> tuple[Question, ...]:
    """The open points, each with what shows it."""
    would_cost = lambda: tr("not asked: it would take long, large or many requests")  # noqa: E731
    by_chance = lambda: tr("not provoked; seen only if it happens to one of these requests")  # noqa: E731
    return (
        Question(lambda: tr("Which headers does a 429 have, Retry-After among them?"), (), by_chance),
        Question(
            lambda: tr("What does a streamed continuation of a begun reply look like, and does qwen3.8-max take it?"),
            ("partial-native", "partial-qwen3.8-max"),
        ),
        Question(
            lambda: tr("How is an error told when a stream was asked for, on the compatible protocol?"), ("refused",)
        ),
        Question(lambda: tr("Which native path do dated versions of qwen3.7-max have?"), ("snapshot-path",)),
        Question(
            lambda: tr("Which comments keep a silent stream alive, how often, and on which protocol?"),
            ("native", "compatible"),
        ),
        Question(lambda: tr("Are oss:// addresses understood on the compatible protocol?"), ("oss-picture",)),
        Question(
            lambda: tr("Which paths does the finance cloud have?"),
            (),
            lambda: tr("not asked: it needs an account there"),
        ),
        Question(lambda: tr("What does a stream with two choices look like?"), ("two-choices",)),
        Question(
            lambda: tr("How long may a stream last? (The service's own limit is in x-dashscope-timeout.)"),
            ("native", "compatible", "partial-native"),
        ),
        Question(lambda: tr("Do pictures of 20 MB within the request pass?"), (), would_cost),
        Question(lambda: tr("What does the content filter send in the middle of a stream?"), (), by_chance),
        Question(lambda: tr("What does Throttling.AllocationQuota mean for keys of a plan?"), (), by_chance),
        Question(
            lambda: tr("Is a reply billed beyond what was read when the socket is closed? (Compare with the bill.)"),
            ("closed-early",),
        ),
    )
