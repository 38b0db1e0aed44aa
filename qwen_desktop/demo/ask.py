"""A POST's body to what it asks for: one shape for both protocols, forgiving wherever the meaning is plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from qwen_desktop.demo.http_head import Request
from qwen_desktop.demo.pictures import BadPicture, Picture, pictures_of

TEXT_PATH = "/api/v1/services/aigc/text-generation/generation"
MULTIMODAL_PATH = "/api/v1/services/aigc/multimodal-generation/generation"
CHAT_PATH = "/compatible-mode/v1/chat/completions"


class BadRequest(Exception):
    """The body is not a request for a reply; the message says why."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What one request asks for, of either protocol."""

    model_id: str
    prompt: str
    earlier_messages: int
    earlier_prompts: tuple[str, ...]
    """What the user had written before, as far as it was sent."""
    partial: str | None
    """Text of the reply so far, when the request asks to continue it."""
    input_bytes: int
    options: Mapping[str, Any]
    is_stream: bool
    pictures: tuple[Picture, ...] = ()
    """Of the prompt."""
    all_pictures: tuple[Picture, ...] = ()
    """Of the prompt and of what went before it."""


def read_ask(request: Request) -> Ask:
    """What a POST asks for.  Raises BadRequest without a model or a message, and for a picture that is none."""
    try:
        return _read_ask(request)
    except BadPicture as problem:
        raise BadRequest(str(problem)) from None


def _read_ask(request: Request) -> Ask:
    try:
        body = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"Request body is not valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise BadRequest("Request body must be a JSON object.")
    if request.path.rstrip("/") == CHAT_PATH:
        options: object = body
        messages = body.get("messages")
        is_stream = body.get("stream") is True
    else:
        options = body.get("parameters")
        source = body.get("input")
        if not isinstance(source, dict):
            raise BadRequest("Required body invalid, please check the request body format.")
        messages = source.get("messages")
        if not messages and isinstance(source.get("prompt"), str):
            messages = [{"role": "user", "content": source["prompt"]}]
        accept = request.headers.get("accept", "")
        is_stream = request.headers.get("x-dashscope-sse", "").lower() == "enable" or "text/event-stream" in accept
    model_id = body.get("model")
    if not isinstance(model_id, str) or not model_id:
        raise BadRequest("Model not exist.")
    if not isinstance(messages, list) or not messages or not all(isinstance(message, dict) for message in messages):
        raise BadRequest("Role must be user or assistant and Content length must be greater than 0")
    last = messages[-1]
    partial = text_of(last.get("content")) if last.get("role") == "assistant" and last.get("partial") is True else None
    prompt_at = max((i for i, message in enumerate(messages) if message.get("role") == "user"), default=-1)
    return Ask(
        model_id=model_id,
        prompt=text_of(messages[prompt_at].get("content")) if prompt_at >= 0 else "",
        earlier_messages=sum(m.get("role") in ("user", "assistant") for m in messages[: max(prompt_at, 0)]),
        earlier_prompts=tuple(
            text_of(m.get("content")) for m in messages[: max(prompt_at, 0)] if m.get("role") == "user"
        ),
        partial=partial,
        input_bytes=sum(len(text_of(message.get("content")).encode()) for message in messages),
        options=options if isinstance(options, dict) else {},
        is_stream=is_stream,
        pictures=pictures_of(messages[prompt_at].get("content")) if prompt_at >= 0 else (),
        all_pictures=tuple(one for message in messages for one in pictures_of(message.get("content"))),
    )


def text_of(content: object) -> str:
    """The text of a message's content: a string, or a list of parts of either protocol."""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    texts = [part.get("text") for part in content if isinstance(part, dict)]
    return "".join(text for text in texts if isinstance(text, str))
