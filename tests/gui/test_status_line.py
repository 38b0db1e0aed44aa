"""What the quiet line under the composer says, beyond the words of the states."""

from __future__ import annotations

import pytest

from qwen_desktop.core.errors import RateLimited
from qwen_desktop.core.translations import set_language
from qwen_desktop.ui.controllers.running_words import retry_words


@pytest.mark.parametrize(("language", "stop"), [("en", "."), ("zh_CN", "。")])
def test_while_the_app_waits_to_try_again_the_user_is_not_told_to(language: str, stop: str) -> None:
    set_language(language)
    try:
        words = retry_words(RateLimited(""), "WAITING")
    finally:
        set_language("en")
    assert words.endswith(" · WAITING")
    assert stop not in words
    assert "try again" not in words
    assert len(words) > len(" · WAITING")
