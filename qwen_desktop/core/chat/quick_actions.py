"""A text and what is to be done with it to the prompt that asks for it: explain, translate, summarise, improve, fix."""

from __future__ import annotations

import enum
import re

from qwen_desktop.core.words import tr


class QuickAction(enum.StrEnum):
    """What the quick ask offers for the text in its field, the most used first."""

    EXPLAIN = "explain"
    TRANSLATE = "translate"
    IMPROVE = "improve"
    SUMMARISE = "summarise"
    FIX_CODE = "fix_code"


LETTERS_PER_HAN = 3
"""About as many Latin letters say as much as one Chinese character."""


def action_label(action: QuickAction) -> str:
    """The words on its button."""
    match action:
        case QuickAction.EXPLAIN:
            return tr("Explain")
        case QuickAction.TRANSLATE:
            return tr("Translate")
        case QuickAction.IMPROVE:
            return tr("Improve")
        case QuickAction.SUMMARISE:
            return tr("Summarise")
        case QuickAction.FIX_CODE:
            return tr("Fix code")


def prompt_for(action: QuickAction, text: str) -> str:
    """The prompt in the user's language: what is wanted, an empty line, and the text as it is."""
    match action:
        case QuickAction.EXPLAIN:
            wanted = tr("Explain this:")
        case QuickAction.TRANSLATE if is_mostly_latin(text):
            wanted = tr("Translate into Chinese:")
        case QuickAction.TRANSLATE:
            wanted = tr("Translate into English:")
        case QuickAction.IMPROVE:
            wanted = tr("Improve the wording and keep the language and the meaning:")
        case QuickAction.SUMMARISE:
            wanted = tr("Summarise this:")
        case QuickAction.FIX_CODE:
            return f"{tr('Find and fix the mistakes in this code:')}\n\n{_fenced(text)}"
    return f"{wanted}\n\n{text}"


def is_mostly_latin(text: str) -> bool:
    """Whether more of it is said in Latin letters than in Chinese characters; a text with neither is not."""
    latin = len(re.findall(r"[A-Za-z\u00c0-\u024f]", text))
    han = len(re.findall(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]", text))
    return latin > han * LETTERS_PER_HAN


def _fenced(code: str) -> str:
    """Between fences longer than any in the code, so that nothing in it ends them."""
    if "```" in code and code.lstrip().startswith("```"):
        return code  # it comes with its own
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{code}\n{fence}"
