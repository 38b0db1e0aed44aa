"""This installation to a list of what it finds and misses; it changes nothing, sends nothing and shows no secret.

Works with the standard library alone, so `run.py doctor` can tell why set-up fails, and tells more once all is there.
`live.py` is the exception: it asks the service, with consent.
"""

from __future__ import annotations

import sys

from qwen_desktop.doctor.checks import examine
from qwen_desktop.doctor.finding import Finding, Verdict
from qwen_desktop.doctor.machine import Machine
from qwen_desktop.doctor.report import as_json, as_text, problems

__all__ = ["Finding", "Machine", "Verdict", "as_text", "examine", "problems", "run", "show_anything"]


def run(*, is_json: bool = False) -> int:
    """Print the report; 1 if something does not work, else 0."""
    machine = Machine()
    _speak(machine)
    findings = examine(machine)
    show_anything()
    print(as_json(findings) if is_json else as_text(findings))
    return 1 if problems(findings) else 0


def show_anything() -> None:
    """A terminal that lacks a character shows another one: no report ends for that."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _speak(machine: Machine) -> None:
    """The language of the settings, else the system's."""
    from qwen_desktop.core.words import set_language, system_language

    set_language(system_language(machine.setting("appearance", "language"), machine.environment))
