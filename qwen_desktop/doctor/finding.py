"""What a check found, and what it means for the app."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from qwen_desktop.core.words import tr


class Verdict(enum.StrEnum):
    """What a finding means for the app; the value is what `doctor --json` says."""

    FINE = "ok"
    NOTE = "note"
    """Something works less well, or is worth knowing."""
    PROBLEM = "problem"
    """Something does not work."""

    @property
    def mark(self) -> str:
        """One character in front of a line."""
        return {"ok": " ", "note": "·", "problem": "!"}[self.value]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    subject: str
    """What was looked at, in the user's language."""
    text: str
    verdict: Verdict = Verdict.FINE
    remedy: str = ""
    """What to do about it; empty where there is nothing to do, or the text says it."""
    check: str = ""
    """Which check found it: a name for programs, always English.  Filled in by `examine`."""

    def __str__(self) -> str:
        line = f"{self.verdict.mark} {tr('{subject}: {text}', subject=self.subject, text=self.text)}"
        return f"{line}\n    → {self.remedy}" if self.remedy else line
