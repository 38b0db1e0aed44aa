"""One row of the fault table: what the server does, and how a reply and a whole turn must come out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.faults.frames import PREFIX, WHOLE
from tests.faults.server import Script

FLOOD_PIECE = "0123456789abcdef" * 4_096
REPLY_LIMIT_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Fault:
    """A script and its expected outcome."""

    script: Script
    status: str
    """Of the turn: 'complete', 'interrupted' or 'failed'."""
    kind: str = ""
    """Name of the error's class; '' when the reply is complete."""
    reason: str = ""
    """Of the error."""
    text: str = "none"
    """'whole', 'prefix' (the first pieces), 'none', 'flood' (pieces up to the
    limit), or after `=` the exact text."""
    posts: int = 1
    """POSTs of one turn by default settings (three retries, where a refusal allows any) while the fault lasts."""
    attempt_posts: int = 1
    """POSTs of one reply stream, which never retries and repairs at most once."""
    safe_to_resend: bool = False
    retry_after_s: float | None = None
    provider_code: str | None = None
    network: Mapping[str, float] = field(default_factory=dict)
    """Deadlines of `NetworkSettings` that make the fault show soon."""
    protocols: tuple[str, ...] = ("native", "compatible")

    @property
    def expected_text(self) -> str:
        """The text that must be kept, exactly."""
        if self.text.startswith("="):
            return self.text[1:]
        if self.text == "flood":
            return FLOOD_PIECE * (REPLY_LIMIT_BYTES // len(FLOOD_PIECE))
        return {"whole": WHOLE, "prefix": PREFIX, "none": ""}[self.text]


def complete(script: Script, text: str = "whole", **more: object) -> Fault:
    return Fault(script, "complete", text=text, **more)  # type: ignore[arg-type]


def interrupted(script: Script, reason: str = "cut", text: str = "prefix", **more: object) -> Fault:
    return Fault(script, "interrupted", "ReplyInterrupted", reason, text, **more)  # type: ignore[arg-type]


def failed(script: Script, kind: str, reason: str = "", text: str = "none", **more: object) -> Fault:
    return Fault(script, "failed", kind, reason, text, **more)  # type: ignore[arg-type]


def refused(script: Script, kind: str, reason: str = "", posts: int = 4, **more: object) -> Fault:
    """Turned away before anything of the reply; the same may be sent again, up to three times."""
    return Fault(script, "failed", kind, reason, posts=posts, safe_to_resend=True, **more)  # type: ignore[arg-type]
