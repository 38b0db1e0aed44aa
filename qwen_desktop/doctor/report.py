"""Findings to text for people and JSON for programs, both without home folder, user name and secrets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from qwen_desktop.core.shareable import shareable
from qwen_desktop.core.words import tr
from qwen_desktop.doctor.finding import Finding, Verdict


def cleaned(findings: Sequence[Finding]) -> list[Finding]:
    """The findings as they may be shown, copied and sent on: one line each."""
    return [
        replace(
            finding,
            subject=_one_line(finding.subject),
            text=_one_line(finding.text),
            remedy=_one_line(finding.remedy),
        )
        for finding in findings
    ]


def as_text(findings: Sequence[Finding]) -> str:
    """The report, one finding a line, its remedy below it, and a last line that counts the problems."""
    count = problems(findings)
    last = tr("Problems found: {count}", count=count) if count else tr("No problems found.")
    return "\n".join([*map(str, cleaned(findings)), "", last])


def as_json(findings: Sequence[Finding]) -> str:
    """One object: `{"problems": n, "findings": [{"check", "subject", "verdict", "text", "remedy"}]}`."""
    told = [
        {
            "check": finding.check,
            "subject": finding.subject,
            "verdict": finding.verdict.value,
            "text": finding.text,
            "remedy": finding.remedy,
        }
        for finding in cleaned(findings)
    ]
    return json.dumps({"problems": problems(findings), "findings": told}, indent=2)


def problems(findings: Sequence[Finding]) -> int:
    return sum(finding.verdict is Verdict.PROBLEM for finding in findings)


def _one_line(text: str) -> str:
    return " ".join(shareable(text).split())[:1000]
