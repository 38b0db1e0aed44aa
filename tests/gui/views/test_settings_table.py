"""The table of settings against the settings themselves: none is forgotten, none is made up, all can be found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal

import pytest

from qwen_desktop.core.settings.settings import Settings, ShortcutSettings
from qwen_desktop.core.words import set_language, tr
from qwen_desktop.ui.settings_table import (
    NOT_SHOWN,
    Control,
    matches,
    pages,
    range_words,
    rows,
    rule_of,
    value_of,
    with_value,
)
from qwen_desktop.ui.shortcuts import shortcuts, without_clashes
from qwen_desktop.ui.usage_words import amounts_words

ROWS = {row.key: row for row in rows()}
FIELDS = [
    f"{table.name}.{field.name}"
    for table in fields(Settings)
    if not table.metadata.get("is_open")
    for field in fields(getattr(Settings(), table.name))
]


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    set_language("en")


def test_every_setting_has_a_row_or_a_reason_to_have_none() -> None:
    forgotten = [key for key in FIELDS if key not in ROWS and key not in NOT_SHOWN]
    assert forgotten == []
    assert [key for key in FIELDS if key in ROWS and key in NOT_SHOWN] == []
    assert [key for key in NOT_SHOWN if key not in FIELDS] == []
    assert all(len(reason) > 20 for reason in NOT_SHOWN.values())


def test_no_row_is_for_a_setting_that_is_none() -> None:
    fixed = {f"shortcuts.{shortcut.action}" for shortcut in shortcuts() if shortcut.is_fixed}
    strange = [key for key, row in ROWS.items() if "." in key and key not in FIELDS and key not in fixed]
    assert strange == []
    assert len(ROWS) == len(rows())
    assert {row.page for row in rows()} == set(pages())


def test_a_choice_offers_exactly_what_the_file_may_say() -> None:
    for row in rows():
        if row.control is Control.CHOICE:
            rule = rule_of(row.key)
            assert rule is not None
            assert {value for value, _ in row.choices} == set(rule.values), row.key


def test_every_number_has_its_range_and_default_in_words() -> None:
    numbers = [row for row in rows() if row.control is Control.NUMBER]
    assert len(numbers) >= 8
    assert all("default" in range_words(row) for row in numbers)
    assert range_words(ROWS["network.connect_timeout_s"]) == "0.1–600 s, default 10 s"
    assert range_words(ROWS["network.max_retries"]) == "0–10, default 3"
    assert range_words(ROWS["appearance.text_zoom"]) == "67–300 %, default 100 %"
    assert range_words(ROWS["appearance.font_size_pt"]) == "8–32 pt, default System"
    assert range_words(ROWS["appearance.theme"]) == ""


def test_words_that_follow_words_in_chinese_are_parted_by_a_sign() -> None:
    set_language("zh_CN")
    try:
        size = next(row for row in rows() if row.key == "appearance.font_size_pt")
        assert range_words(size) == "8–32 磅，默认：跟随系统"
        least = amounts_words({"CNY": Decimal("0.018")}, is_least=True)
        assert tr("this chat {amount}", amount=least) == "此对话：至少 ¥0.018"
    finally:
        set_language("en")


def test_the_default_of_every_setting_is_accepted_and_can_be_set() -> None:
    for key in FIELDS:
        rule, value = rule_of(key), value_of(Settings(), key)
        assert rule is not None
        assert rule.accepts(value)
        assert with_value(Settings(), key, value) == Settings()


def test_every_shortcut_that_can_be_changed_is_a_setting_and_the_other_way_round() -> None:
    assert {s.action for s in shortcuts() if not s.is_fixed} == {field.name for field in fields(ShortcutSettings)}


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("proxy", "network.proxy"), ("代理", "network.proxy"), ("SOCKS", "network.proxy"),
        ("font size", "appearance.font_size_pt"), ("字号", "appearance.font_size_pt"),
        ("dark", "appearance.theme"), ("深色", "appearance.theme"), ("timeout", "network.idle_timeout_s"),
        ("超时", "network.idle_timeout_s"), ("base url", "accounts"),
        ("new chat keyboard", "shortcuts.new_chat"),
        ("新对话 快捷键", "shortcuts.new_chat"), ("chinese", "appearance.language"), ("quick hotkey", "desktop.hotkey"),
    ],
)  # fmt: skip
def test_a_row_is_found_by_its_words_in_both_languages(language: str, query: str, key: str) -> None:
    set_language(language)
    assert key in matches(query)
    assert len(matches(query)) < len(ROWS)


def test_nothing_is_found_by_nonsense() -> None:
    assert matches("xyzzy") == set()
    assert matches("proxy xyzzy") == set()


def test_two_actions_with_the_same_keys_in_a_file_do_not_silence_each_other() -> None:
    settings, lost = without_clashes(ShortcutSettings(find="ctrl+n", regenerate="Shift+Ctrl+C", zoom_out="Esc"))
    assert (settings.new_chat, settings.find) == ("Ctrl+N", "")
    assert lost == [("find", "new_chat"), ("copy_last_reply", "regenerate"), ("zoom_out", "stop_or_close")]
    assert without_clashes(ShortcutSettings()) == (ShortcutSettings(), [])
    assert without_clashes(ShortcutSettings(find="", new_chat=""))[1] == []
