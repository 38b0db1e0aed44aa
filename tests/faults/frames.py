"""A text to the frames that carry it, native and OpenAI-compatible, as the service writes them when all is well."""

from __future__ import annotations

import json
from typing import Any

NATIVE, COMPATIBLE = "native", "compatible"
PROTOCOLS = (NATIVE, COMPATIBLE)

REQUEST_ID = "5d0c1f0e-7a40-9e7b-b1a3-0f6f3a2c9d11"
PIECES = (
    "Tea ", "came ", "from ", "中国", "，", "then ", "the ", "🫖 ", "pot. ", "\n\n", "Boil ", "the ",
    "water", ", ", "pour", " it", " over", " the", " leaves", ", ", "wait", " 3", " minutes", ".",
)  # fmt: skip
WHOLE = "".join(PIECES)
KEPT = 5
"""How many pieces arrive before a stream breaks."""
PREFIX = "".join(PIECES[:KEPT])
USAGE = {"input_tokens": 11, "output_tokens": 24, "total_tokens": 35}


def pieces_after(text: str) -> tuple[str, ...]:
    """The pieces of the reply that follow `text`, as a service continues it in partial mode; all of it, if it never
    said that."""
    if not WHOLE.startswith(text):
        return PIECES
    at = 0
    for number, piece in enumerate(PIECES):
        if at == len(text):
            return PIECES[number:]
        at += len(piece)
        if at > len(text):
            return (piece[len(text) - at :], *PIECES[number + 1 :])
    return ()


class Frames:
    """Frames of one protocol; `space` puts the optional space after each colon, `begun` is a text to be continued."""

    def __init__(self, protocol: str, *, space: bool | None = None, begun: str = "") -> None:
        self.protocol = protocol
        self.to_say = pieces_after(begun)
        self.is_native = protocol == NATIVE
        self.colon = ": " if (space if space is not None else not self.is_native) else ":"
        self._count = 0

    def frame(self, payload: Any, *, event: str = "result", status: int = 200, id: str | None = None) -> bytes:
        """One event around `payload`, which is JSON or, as a str, put as it is."""
        self._count += 1
        data = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        colon = self.colon
        if not self.is_native and event == "result":
            return f"data{colon}{data}\n\n".encode()
        number = self._count if id is None else id
        return f"id{colon}{number}\nevent{colon}{event}\n:HTTP_STATUS/{status}\ndata{colon}{data}\n\n".encode()

    def text(self, text: str, **extra: Any) -> bytes:
        return self.frame(self.payload(text), **extra)

    def payload(self, text: str, *, finish: str | None = None, usage: bool = True) -> dict[str, Any]:
        """The JSON of one piece of text."""
        if self.is_native:
            message = {"role": "assistant", "content": text}
            choice = {"message": message, "finish_reason": finish or "null", "index": 0}
            return {"output": {"choices": [choice]}, "usage": USAGE if usage else {}, "request_id": REQUEST_ID}
        return {
            "id": f"chatcmpl-{REQUEST_ID}",
            "object": "chat.completion.chunk",
            "created": 1_795_000_000,
            "model": "qwen-plus",
            "usage": None,
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}],
        }

    def finish(self, reason: str = "stop") -> bytes:
        """The frame that says that the reply is finished; on the compatible protocol without what follows it."""
        return self.frame(self.payload("", finish=reason))

    def after_finish(self) -> bytes:
        """Usage and `[DONE]`, where the protocol has them after the finish."""
        if self.is_native:
            return b""
        counts = {"prompt_tokens": 11, "completion_tokens": 24, "total_tokens": 35}
        usage = {"id": f"chatcmpl-{REQUEST_ID}", "object": "chat.completion.chunk", "choices": [], "usage": counts}
        return self.frame(usage) + self.done()

    def done(self) -> bytes:
        return f"data{self.colon}[DONE]\n\n".encode()

    def pieces(self, count: int | None = None, **extra: Any) -> list[bytes]:
        """The first `count` pieces of the reply, each in its frame."""
        return [self.text(piece, **extra) for piece in self.to_say[:count]]

    def rest(self) -> list[bytes]:
        """The pieces after the first KEPT."""
        return [self.text(piece) for piece in self.to_say[KEPT:]]

    def reply(self) -> list[bytes]:
        """The whole reply, as a list of frames."""
        return [*self.pieces(), self.finish(), self.after_finish()]

    def error(self, code: str, message: str, status: int) -> bytes:
        """The error frame, which both protocols send in the native way."""
        payload = {"code": code, "message": message, "request_id": REQUEST_ID}
        return self.frame(payload, event="error", status=status)

    def error_body(self, code: str, message: str) -> bytes:
        """The body of a refusal in the protocol's own shape."""
        if self.is_native:
            return json.dumps({"code": code, "message": message, "request_id": REQUEST_ID}).encode()
        error = {"message": message, "type": code, "param": None, "code": code}
        return json.dumps({"error": error, "id": f"chatcmpl-{REQUEST_ID}", "request_id": REQUEST_ID}).encode()
