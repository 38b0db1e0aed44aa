"""Every text for people: there in both languages, whole, well set; every failure has a sentence of its own."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core import errors, translations
from qwen_desktop.core.chat.message import Failure, MessageStatus
from qwen_desktop.core.credentials.api_keys import KeyOrigin
from qwen_desktop.core.errors import REASONS, ProviderError, QwenDesktopError
from qwen_desktop.core.words import (
    Remedy,
    current_language,
    describe,
    duration_words,
    from_failure,
    key_origin_words,
    listed,
    one_after_another,
    remedy_label,
    set_language,
    status_words,
    system_language,
    to_failure,
    tr,
)
from tests import update_translations
from tests.conftest import ExpectedLogs
from tests.update_translations import CODE, FORMS, entries, field_names, placeholders, uses, wanted
from tests.yardstick import slower

HAN = "\u3400-\u9fff"
RUN_UPDATE = "run: python -m tests.update_translations, then translate what it names"


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    set_language("en")


# --- the texts in the code, against the catalogues


def test_every_text_is_written_out_where_it_is_used() -> None:
    assert not [use.where for use in uses() if not use.source]


def test_every_text_gets_the_values_it_has_fields_for() -> None:
    wrong = {use.where: use.source for use in uses() if use.names is not None and use.names != field_names(use.source)}
    assert not wrong


def test_no_text_is_looked_up_while_a_module_is_imported() -> None:
    """It would stay in the language that was set then: English, before the settings are read."""
    early = []
    for path in sorted(CODE.rglob("*.py")):
        for node in _run_at_import(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
                early.append(f"{path.name}:{node.lineno}")
    assert not early


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for early in [*child.decorator_list, *child.args.defaults, *filter(None, child.args.kw_defaults)]:
                yield from [early, *_run_at_import(early)]
        elif not isinstance(child, ast.Lambda):
            yield child
            yield from _run_at_import(child)


@pytest.mark.parametrize("code", FORMS)
def test_catalogue_holds_exactly_the_texts_in_use(code: str) -> None:
    assert set(entries(code)) == set(wanted(code, uses())), RUN_UPDATE


@pytest.mark.parametrize("code", FORMS)
def test_every_text_is_translated_in_every_form(code: str) -> None:
    numbered = wanted(code, uses())
    unfinished = [
        source
        for source, forms in entries(code).items()
        if not all(forms) or len(forms) != (FORMS[code] if numbered.get(source) else 1)
    ]
    assert not unfinished, RUN_UPDATE


@pytest.mark.parametrize("code", FORMS)
def test_translation_has_the_fields_of_its_source(code: str) -> None:
    wrong = {
        source: form
        for source, forms in entries(code).items()
        for form in forms
        if field_names(form) != field_names(source)
        and not (code == "en" and field_names(form) | {"n"} == field_names(source))
    }
    assert not wrong


def test_chinese_is_set_with_full_width_punctuation() -> None:
    wrong = [
        form
        for forms in entries("zh_CN").values()
        for form in forms
        if re.search(rf"[{HAN}] ?[,:;?!().]|[,:;?!()] ?[{HAN}]", form) or re.search(rf"[{HAN}]\.\.\.", form)
    ]
    assert not wrong


def test_chinese_and_latin_letters_are_set_apart_by_a_space() -> None:
    wrong = [
        form
        for forms in entries("zh_CN").values()
        for form in forms
        if re.search(rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]", form)
    ]
    assert not wrong


def test_no_text_shouts_or_carries_stray_spaces() -> None:
    for source, forms in entries("zh_CN").items():
        for text in (source, *forms):
            assert not re.search("[!！]", text), text
            assert text == text.strip(), text
            assert "  " not in text, text


def test_chinese_catalogue_is_chinese() -> None:
    """At least nine in ten texts hold Han characters; the rest are names."""
    forms = [form for forms in entries("zh_CN").values() for form in forms]
    assert sum(bool(re.search(f"[{HAN}]", form)) for form in forms) > 0.9 * len(forms)


# --- the sentences


def every_failure() -> list[QwenDesktopError]:
    failures: list[QwenDesktopError] = []
    for kind, reasons in REASONS.items():
        for reason in reasons:
            if issubclass(kind, ProviderError):
                failures += [
                    kind(reason=reason),
                    kind(reason=reason, host="host.example", retry_after_s=75, limit=30720),
                ]
            elif kind is errors.SettingsInvalid:
                failures += [kind(), kind(path="/p"), kind(path="/p", kept_as="/p.broken"), kind(path="/p", name="a.b")]  # type: ignore[call-arg]
            elif kind is errors.MonthlyCapReached:
                failures += [kind(), kind(cap="¥5", spent="¥4"), kind(cap="$5", spent="$4", estimate="$2", unknown=3)]  # type: ignore[call-arg]
            else:
                failures.append(kind(reason=reason))  # type: ignore[call-arg]
    failures += [errors.RequestRefused(reason="content_filter", side=side) for side in ("input", "output")]
    return failures


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_class_and_reason_has_a_sentence_of_its_own(language: str) -> None:
    set_language(language)
    sentences: dict[str, str] = {}
    for kind, reasons in REASONS.items():
        for reason in reasons:
            error = kind(reason=reason) if "reason" in kind.__init__.__annotations__ else kind()  # type: ignore[call-arg]
            words = describe(error)
            name = f"{kind.__name__} {reason}"
            assert words.sentence not in sentences, (name, sentences.get(words.sentence))
            sentences[words.sentence] = name
    assert len(sentences) == sum(map(len, REASONS.values()))


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_sentence_is_whole(language: str) -> None:
    set_language(language)
    for failure in every_failure():
        words = describe(failure)
        assert not re.search(r"[{}!！]|None|\s\s", words.sentence + words.remedy_label), words
        assert words.sentence[-1] in ".。", words
        assert bool(words.remedy_label) == (words.remedy is not Remedy.NONE)
        assert bool(re.search(f"[{HAN}]", words.sentence)) == (language == "zh_CN"), words
        assert words.details


def test_every_class_of_error_has_its_reasons_listed() -> None:
    leaves = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, QwenDesktopError) and not kind.__subclasses__()
    }
    assert leaves == set(REASONS)


def test_sentence_names_what_is_known() -> None:
    assert "api.example:8443" in describe(errors.ConnectionFailed(reason="dns", host="api.example:8443")).sentence
    assert "1 min 15 s" in describe(errors.RateLimited(retry_after_s=75)).sentence
    assert "30,720" in describe(errors.RequestRefused(reason="too_long", limit=30720)).sentence
    assert "/data/h" in describe(errors.StorageUnavailable(reason="full", path="/data/h")).sentence
    invalid = errors.SettingsInvalid(path="/c/settings.toml", kept_as="/c/settings.toml.broken-1")
    assert "/c/settings.toml.broken-1" in describe(invalid).sentence
    assert "chat.model" in describe(errors.SettingsInvalid(path="/c", name="chat.model")).sentence


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (errors.ApiKeyMissing(), Remedy.SET_KEY),
        (errors.ApiKeyRejected(), Remedy.SET_KEY),
        (errors.ModelNotAllowed(), Remedy.CHANGE_MODEL),
        (errors.RateLimited(), Remedy.RETRY),
        (errors.QuotaExhausted(), Remedy.OPEN_BILLING),
        (errors.RequestRefused(reason="too_long"), Remedy.SHORTEN),
        (errors.ServiceUnavailable(), Remedy.RETRY),
        (errors.ConnectionFailed(), Remedy.CHECK_NETWORK),
        (errors.ConnectionFailed(reason="bad_address"), Remedy.OPEN_SETTINGS),
        (errors.ReplyInterrupted(), Remedy.RETRY),
        (errors.ProtocolViolated(reason="empty_reply"), Remedy.RETRY),
        (errors.StorageUnavailable(), Remedy.OPEN_FOLDER),
    ],
)
def test_remedy_is_what_can_be_done(error: QwenDesktopError, remedy: Remedy) -> None:
    assert describe(error).remedy is remedy


def test_every_remedy_has_a_label_but_none() -> None:
    labels = {remedy: remedy_label(remedy) for remedy in Remedy}
    assert [remedy for remedy, label in labels.items() if not label] == [Remedy.NONE]


def test_stored_failure_has_the_words_of_its_error_in_any_language() -> None:
    for error in every_failure():
        if isinstance(error, ProviderError):
            stored = to_failure(error)
            for language in ("en", "zh_CN"):
                set_language(language)
                assert describe(stored) == describe(error) == describe(from_failure(stored))


def test_failure_of_another_version_still_gets_words() -> None:
    unknown = Failure(kind="HolodeckJammed", reason="safety", detail="d")
    assert describe(unknown).sentence == describe(from_failure(unknown)).sentence != ""
    assert (
        describe(Failure(kind="RateLimited", reason="unheard of")).sentence == describe(errors.RateLimited()).sentence
    )
    for kind in ("REASONS", "annotations", "__doc__", ""):
        assert type(from_failure(Failure(kind=kind))) is ProviderError


def test_failure_and_error_keep_all_they_have_in_common() -> None:
    error = errors.RequestRefused(
        "why", reason="too_long", status=400, provider_code="InvalidParameter", request_id="r-1",
        retry_after_s=1.5, host="h:1", side="input", limit=7, safe_to_resend=True,
    )  # fmt: skip
    stored = to_failure(error)
    assert all(getattr(stored, field.name) == getattr(error, field.name) for field in fields(Failure))
    again = from_failure(stored)
    assert isinstance(again, errors.RequestRefused)
    assert to_failure(again) == stored
    assert not again.safe_to_resend


def test_details_are_bounded_and_hold_neither_keys_nor_control_characters() -> None:
    error = errors.ApiKeyRejected(
        "Incorrect API key provided: sk-ws-H.abcdef0123456789.\x1b[31m\u202e Authorization: Bearer tok.en/123 "
        + "x" * 9999,
        provider_code="invalid_api_key sk-0123456789abcdef",
        request_id="a" * 5000 + "\n",
        host="h\x00" * 500,
    )
    for text in (describe(error).details, to_failure(error).detail):
        assert not re.search("0123456789|abcdef0|tok.en|H\\.abc", text), text
        assert len(text) < 3000
        assert all(character.isprintable() or character == "\n" for character in text)
    assert describe(error).details.count("\n") == 4


@given(st.text(), st.text(), st.text(), st.floats(allow_nan=True) | st.none())
def test_no_content_of_a_failure_breaks_the_words(kind: str, text: str, host: str, seconds: float | None) -> None:
    for name in (kind, "RateLimited", "ConnectionFailed"):
        failure = Failure(kind=name, reason=text, detail=text, provider_code=text, host=host, retry_after_s=seconds)
        words = describe(failure)
        assert words.sentence.isprintable()


# --- states and lengths of time


def test_status_line_tells_state_and_seconds() -> None:
    assert status_words(MessageStatus.THINKING, 12.9) == "Thinking · 12 s"
    assert status_words(MessageStatus.WRITING, 61) == "Writing · 1 min 1 s"
    assert status_words(MessageStatus.WRITING, 99, silent_s=20.4) == "No data for 20 s"
    assert status_words(MessageStatus.CONNECTING, 3, retry_in_s=1.2) == "Waiting 2 s before trying again"
    assert status_words(MessageStatus.WAITING, 3, is_continuing=True) == "Continuing · 3 s"
    assert status_words(MessageStatus.INTERRUPTED, 3, is_continuing=True) == "Interrupted"
    assert status_words(MessageStatus.STOPPED, 3, retry_in_s=1, silent_s=1) == "Stopped"
    set_language("zh_CN")
    assert status_words(MessageStatus.THINKING, 7) == "正在思考 · 7 秒"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_status_has_words_of_its_own(language: str) -> None:
    set_language(language)
    words = [status_words(status, 1) for status in MessageStatus]
    assert len(set(words)) == len(MessageStatus)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.99, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (4200, "1 h 10 min"), (-1, "0 s"),
     (float("nan"), "0 s"), (float("inf"), "0 s")],
)  # fmt: skip
def test_length_of_time_in_words(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_every_origin_of_a_key_is_told_differently() -> None:
    assert len({key_origin_words(origin) for origin in KeyOrigin}) == len(KeyOrigin)


# --- tr and the choice of language


def test_english_needs_no_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translations, "_catalogues", {})
    assert tr("Try {what}", what="{this}") == "Try {this}"
    assert tr("Braces {} stay") == "Braces {} stay"
    assert translations._catalogues == {}


def catalogue(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str, body: str) -> None:
    path = folder / f"qwen_desktop_{code}.ts"
    head = f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n<TS version="2.1" language="{code}"><context>'
    path.write_text(f"{head}<name>qwen_desktop</name>{body}</context></TS>", encoding="utf-8")
    monkeypatch.setattr(translations, "catalogue_path", lambda code: folder / f"qwen_desktop_{code}.ts")
    monkeypatch.setattr(translations, "_catalogues", {})
    set_language(code)


CHATS = '<message numerus="yes"><source>{n} chats in {place}</source><translation>'


def test_number_chooses_the_plural_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forms = "<numerusform>{n} chat in {place}</numerusform><numerusform>{n} chats in {place}</numerusform>"
    catalogue(tmp_path, monkeypatch, "en", f"{CHATS}{forms}</translation></message>")
    assert [tr("{n} chats in {place}", n=n, place="P") for n in (0, 1, 2)] == [
        "0 chats in P",
        "1 chat in P",
        "2 chats in P",
    ]
    catalogue(
        tmp_path,
        monkeypatch,
        "zh_CN",
        f"{CHATS}<numerusform>{{place}}里有 {{n}} 个</numerusform></translation></message>",
    )
    assert [tr("{n} chats in {place}", n=n, place="P") for n in (1, 2)] == ["P里有 1 个", "P里有 2 个"]


def test_unfinished_vanished_and_wrong_translations_come_out_in_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectedLogs
) -> None:
    catalogue(
        tmp_path,
        monkeypatch,
        "zh_CN",
        "<message><source>A &amp; B</source><translation>甲 &amp; 乙</translation></message>"
        '<message><source>Open</source><translation type="unfinished"></translation></message>'
        '<message><source>Gone</source><translation type="vanished">没了</translation></message>'
        "<message><source>Hi {name}</source><translation>你好 {nmae}</translation></message>",
    )
    assert [tr("A & B"), tr("Open"), tr("Gone"), tr("Never seen")] == ["甲 & 乙", "Open", "Gone", "Never seen"]
    expect_log("does not fit")
    assert tr("Hi {name}", name="N") == "Hi N"


@pytest.mark.parametrize("content", [None, "", "<TS>", "no xml", "\x00"])
def test_broken_catalogue_leaves_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectedLogs, content: str | None
) -> None:
    expect_log("no translations into zh_CN")
    catalogue(tmp_path, monkeypatch, "zh_CN", "")
    path = tmp_path / "qwen_desktop_zh_CN.ts"
    path.unlink() if content is None else path.write_text(content)
    assert tr("Send") == "Send"
    assert tr("Stop") == "Stop"


def test_our_reader_finds_what_a_whole_xml_parser_finds() -> None:
    for code in FORMS:
        read = translations.read_catalogue(translations.catalogue_path(code))
        whole = {source: forms for source, forms in entries(code).items() if all(forms)}
        assert {source: list(forms) for source, forms in read.items()} == whole


def test_chinese_catalogue_is_read_in_a_few_milliseconds() -> None:
    """CPU time, best of five, so that other work on the machine does not count; at most ten milliseconds for 500."""
    path = translations.catalogue_path("zh_CN")
    best_s = min(_cpu_s(path) for _ in range(5))
    assert best_s < 0.010 * max(len(entries("zh_CN")), 500) / 500 * slower()


def _cpu_s(path: Path) -> float:
    began = time.process_time()
    translations.read_catalogue(path)
    return time.process_time() - began


@pytest.mark.parametrize(
    ("environment", "chosen", "platform_locale", "language"),
    [
        ({}, "", None, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "", None, "zh_CN"),
        ({"LANG": "zh_TW.UTF-8"}, "", None, "zh_CN"),
        ({"LANG": "de_DE.UTF-8"}, "", None, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "en", None, "en"),
        ({"LANG": "en_US.UTF-8"}, "zh_CN", None, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "QWEN_DESKTOP_LANG": "en"}, "zh_CN", None, "en"),
        ({"QWEN_DESKTOP_LANG": "tlh"}, "zh_CN", None, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "", None, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "", None, "zh_CN"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, "", None, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "de:en"}, "", None, "en"),
        ({"LC_ALL": "C.UTF-8", "LANGUAGE": "zh_CN"}, "", None, "en"),
        ({}, "", "Chinese (Simplified)_China", "zh_CN"),
        ({}, "", "zh_Hans_CN", "zh_CN"),
        ({}, "", "German_Germany", "en"),
    ],
)
def test_language_at_start(
    environment: dict[str, str], chosen: str, platform_locale: str | None, language: str
) -> None:
    assert system_language(chosen, environment, lambda: platform_locale) == language


@pytest.mark.parametrize(("code", "language"), [("zh_CN", "zh_CN"), ("zh-Hans", "zh_CN"), ("en_GB", "en"), ("x", "en")])
def test_language_that_is_set_is_spoken(code: str, language: str) -> None:
    set_language(code)
    assert current_language() == language
    assert tr("Try again") == {"en": "Try again", "zh_CN": "重试"}[language]


# --- the tool itself


def test_update_adds_keeps_and_drops(tmp_path: Path) -> None:
    code, folder = tmp_path / "code", tmp_path / "translations"
    code.mkdir()
    (code / "a.py").write_text('tr("One <1>")\nwords.tr("{n} things", n=2)\ntr("Old" " text")\n')
    assert update_translations.update("zh_CN", folder, code) == ["Old text", "One <1>", "{n} things"]
    path = folder / "qwen_desktop_zh_CN.ts"
    path.write_text(path.read_text().replace(' type="unfinished"></', ">译文 &amp;</", 1))
    (code / "a.py").write_text('tr("Old text")\ntr("New")\n')
    assert update_translations.update("zh_CN", folder, code) == ["New"]
    assert entries("zh_CN", folder) == {"New": [""], "Old text": ["译文 &"]}
    assert update_translations.update("en", folder, code) == []


def test_fields_are_told_apart() -> None:
    assert placeholders("{a} {b:02} {c!r} {{no}}") == {"a", "b:02", "c!r"}
    assert field_names("{a} {b:02} {{no}}") == {"a", "b"}


def test_sentences_and_names_are_joined_as_the_language_does() -> None:
    assert one_after_another("One.", "Two.", "Three.") == "One. Two. Three."
    assert listed(["a", "b", "c"]) == "a, b, c"
    set_language("zh_CN")
    assert one_after_another("一。", "二。") == "一。二。"
    assert listed(iter(["a", "b"])) == "a、b"
    assert (listed([]), one_after_another("一。")) == ("", "一。")
