"""Turn events to a terminal: plain text for people, one JSON object per line for programs."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import IO, Protocol

from qwen_desktop.core.chat.delta import ReasoningDelta, TextDelta, TextReplaced
from qwen_desktop.core.chat.message import Cost, Failure, Message, MessageStatus
from qwen_desktop.core.chat.sources import source_lines
from qwen_desktop.core.chat.turn import (
    ContinuationAsked,
    Continued,
    DeltaReceived,
    MessagesLeftOut,
    RetryScheduled,
    StorageTroubled,
    TurnEvent,
)
from qwen_desktop.core.errors import QwenDesktopError
from qwen_desktop.core.words import describe, left_out_words, status_words, tr

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
CONNECTION_FAILED = 4
KEY_NEEDED = 3
BROKEN_PIPE = 141


def neutralised(text: str) -> str:
    """`text` with every control character but newline and tab made visible: no escape reaches the terminal."""
    return _CONTROL.sub(_visible, text)


def _visible(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


class Output(Protocol):
    """What `ask` tells while a turn runs."""

    def hear(self, event: TurnEvent) -> None: ...

    def end(
        self, reply: Message | None, failure: QwenDesktopError | Failure | None, *, is_stopped: bool = False
    ) -> None:
        """Called exactly once, last.  `is_stopped` counts where there is no reply."""
        ...


def exit_code(status: str, kind: str | None) -> int:
    """The process's exit code for how a turn ended."""
    if status == MessageStatus.COMPLETE:
        return 0
    if status == MessageStatus.INTERRUPTED:
        return 5
    if status == MessageStatus.STOPPED:
        return 130
    if kind in ("ApiKeyMissing", "ApiKeyRejected"):
        return KEY_NEEDED
    return CONNECTION_FAILED if kind == "ConnectionFailed" else 1


def _cost_object(cost: Cost) -> dict[str, object]:
    priced_on = None if cost.priced_on is None else cost.priced_on.isoformat()
    amount = format(cost.amount, "f")
    return {"amount": amount, "currency": cost.currency, "priced_on": priced_on, "is_least": cost.is_least}


def _error_object(failure: QwenDesktopError | Failure) -> dict[str, object]:
    words = describe(failure)
    found: dict[str, object] = {
        "kind": failure.kind,
        "message": words.sentence,
        "remedy": words.remedy_label,
        "reason": getattr(failure, "reason", ""),
        "provider_code": getattr(failure, "provider_code", None),
        "request_id": getattr(failure, "request_id", None),
        "http_status": getattr(failure, "status", None),
        "detail": getattr(failure, "detail", ""),
    }
    if (retry_after_s := getattr(failure, "retry_after_s", None)) is not None:
        found["retry_after_s"] = retry_after_s
    return found


def source_objects(reply: Message) -> list[dict[str, object]]:
    """The sources of a reply, all of them and as they were received."""
    return [
        {"index": source.index, "title": source.title, "url": source.url, "site_name": source.site_name}
        for source in reply.sources
    ]


class JsonOutput:
    """One object per line, ASCII only, the model's text exactly; the last line is always one `end`."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def _line(self, value: dict[str, object]) -> None:
        self._out.write(json.dumps(value, ensure_ascii=True) + "\n")
        self._out.flush()

    def hear(self, event: TurnEvent) -> None:
        match event:
            case DeltaReceived(TextDelta(text)):
                self._line({"type": "delta", "text": text})
            case DeltaReceived(ReasoningDelta(text)):
                self._line({"type": "reasoning", "text": text})
            case DeltaReceived(TextReplaced(text, reasoning)):
                self._line({"type": "replaced", "text": text, "reasoning": reasoning})
            case RetryScheduled(attempt, wait_s, error):
                self._line({"type": "retry", "attempt": attempt, "wait_s": wait_s, "error": _error_object(error)})
            case Continued():
                self._line({"type": "continued"})
            case StorageTroubled(error):
                note(describe(error).sentence)
            case _:
                pass

    def end(
        self, reply: Message | None, failure: QwenDesktopError | Failure | None, *, is_stopped: bool = False
    ) -> None:
        without_reply = MessageStatus.STOPPED if is_stopped else MessageStatus.FAILED
        usage = None
        if reply is not None and reply.usage is not None:
            counts = reply.usage
            usage = {
                "input_tokens": counts.input_tokens,
                "output_tokens": counts.output_tokens,
                "total_tokens": counts.total_tokens,
                "reasoning_tokens": counts.reasoning_tokens,
                "cached_tokens": counts.cached_tokens,
            }
        sources = {"sources": source_objects(reply)} if reply is not None and reply.sources else {}
        self._line(
            {
                "type": "end",
                "status": str(reply.status if reply is not None else without_reply),
                "finish_reason": reply.finish_reason if reply is not None else None,
                "text": reply.text if reply is not None else "",
                "reasoning": reply.reasoning if reply is not None else "",
                "usage": usage,
                "cost": None if reply is None or reply.cost is None else _cost_object(reply.cost),
                "request_id": reply.request_id if reply is not None else None,
                "error": None if failure is None else _error_object(failure),
                **sources,
            }
        )


class PlainOutput:
    """The reply on standard output as it arrives; everything else, in the user's language, on standard error."""

    def __init__(self, out: IO[str], notes: IO[str]) -> None:
        self._out = out
        self._notes = notes
        self._ends_with_newline = True
        self._has_text = False

    def hear(self, event: TurnEvent) -> None:
        match event:
            case DeltaReceived(TextDelta(text)):
                self._write(text)
            case DeltaReceived(TextReplaced(text, _)):
                self._write("\n\n" + text if self._has_text else text)
            case MessagesLeftOut(ids):
                self._note(left_out_words(len(ids)))
            case RetryScheduled(_, wait_s, error):
                self._note(describe(error).sentence)
                self._note(status_words(MessageStatus.CONNECTING, 0.0, retry_in_s=wait_s))
            case ContinuationAsked():
                self._note(tr("The connection broke. Asking for the rest of the reply."))
            case StorageTroubled(error):
                self._note(describe(error).sentence)
            case _:
                pass

    def _write(self, text: str) -> None:
        if text:
            self._out.write(neutralised(text))
            self._out.flush()
            self._has_text = True
            self._ends_with_newline = text.endswith("\n")

    def _note(self, text: str) -> None:
        if not self._ends_with_newline and self._out.isatty() and self._notes.isatty():
            text = "\n" + text
            self._ends_with_newline = True
        note(text, self._notes)

    def end(
        self, reply: Message | None, failure: QwenDesktopError | Failure | None, *, is_stopped: bool = False
    ) -> None:
        if not self._ends_with_newline:
            self._out.write("\n")
            self._out.flush()
            self._ends_with_newline = True
        if reply is not None and reply.sources:
            self._out.write("\n" + "".join(f"{neutralised(line)}\n" for line in source_lines(reply.sources)))
            self._out.flush()
        if failure is not None:
            words = describe(failure)
            self._note(words.sentence)
            request_id = getattr(failure, "request_id", None)
            if request_id:
                self._note(f"request {request_id}")


def note(text: str, notes: IO[str] | None = None) -> None:
    """One line beside the output, on standard error; lost where that cannot be written, which is no reason to fail."""
    notes = notes or sys.stderr
    try:
        notes.write(neutralised(text) + "\n")
        notes.flush()
    except (OSError, ValueError):
        if notes is sys.stderr:  # what is still in its buffer would fail once more at the end, and change the exit code
            sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def output_for(as_json: bool) -> Output:
    """The output that was asked for, on this process's own streams, in UTF-8 whatever the locale says.

    One that was closed by whoever started the process is replaced by the null device."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    return JsonOutput(sys.stdout) if as_json else PlainOutput(sys.stdout, sys.stderr)
