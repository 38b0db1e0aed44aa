"""What the quick ask makes of a text."""

from __future__ import annotations

import pytest

from qwen_desktop.core.chat.quick_actions import QuickAction, action_label, is_mostly_latin, prompt_for
from qwen_desktop.core.words import set_language


@pytest.mark.parametrize("action", list(QuickAction))
def test_the_text_follows_what_is_wanted_after_an_empty_line_and_unchanged(action: QuickAction) -> None:
    text = "  two\n\nlines, 两行 "
    prompt = prompt_for(action, text)
    wanted, _, rest = prompt.partition("\n\n")
    assert wanted.endswith(":")
    assert text in rest
    assert action_label(action)


@pytest.mark.parametrize(
    ("text", "is_latin"),
    [("good morning", True), ("请尽快回复", False), ("请 review 这个 PR", False), ("the word 你好 means hello", True),
     ("déjà vu", True), ("доброе утро", False), ("12 + 30", False), ("", False)],
)  # fmt: skip
def test_latin_text_is_translated_into_chinese_and_all_other_into_english(text: str, is_latin: bool) -> None:
    assert is_mostly_latin(text) is is_latin
    assert ("Chinese" in prompt_for(QuickAction.TRANSLATE, text)) is is_latin


def test_the_prompt_is_in_the_users_language() -> None:
    set_language("zh_CN")
    try:
        assert prompt_for(QuickAction.EXPLAIN, "x") == "请解释：\n\nx"
        assert prompt_for(QuickAction.TRANSLATE, "尽快") == "翻译成英文：\n\n尽快"
    finally:
        set_language("en")


def test_code_stands_between_fences_that_nothing_in_it_ends() -> None:
    assert prompt_for(QuickAction.FIX_CODE, "x = 1").endswith("\n\n```\nx = 1\n```")
    assert prompt_for(QuickAction.FIX_CODE, "a = '````'").endswith("\n\n`````\na = '````'\n`````")
    own = "```python\nx = 1\n```"
    assert prompt_for(QuickAction.FIX_CODE, own).endswith(f"\n\n{own}")
