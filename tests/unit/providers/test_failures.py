"""Words of a refusal to our errors: both spellings of every code, every shape of a body, and nothing secret in them."""

from __future__ import annotations

import email.utils
import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qwen_desktop.core.errors import REASONS
from qwen_desktop.core.providers.error_body import ErrorWords, read_error_body
from qwen_desktop.core.providers.failures import (
    RULES,
    Rule,
    clean_detail,
    from_response,
    from_words,
    request_id_of,
    retry_after,
)

CODES = [
    # status, code, message, class, reason
    (401, "InvalidApiKey", "Invalid API-key provided.", "ApiKeyRejected", ""),
    (401, "invalid_api_key", "Incorrect API key provided.", "ApiKeyRejected", ""),
    (401, "", "invalid access token or token expired", "ApiKeyRejected", "plan_key"),
    (401, "NOT AUTHORIZED", "no", "ApiKeyRejected", "workspace"),
    (401, "", "", "ApiKeyRejected", ""),
    (404, "WorkSpaceNotFound", "", "ApiKeyRejected", "workspace"),
    (403, "AccessDenied", "", "ModelNotAllowed", ""),
    (403, "access_denied", "", "ModelNotAllowed", ""),
    (403, "AccessDenied.Unpurchased", "", "ModelNotAllowed", "unpurchased"),
    (403, "Model.AccessDenied", "", "ModelNotAllowed", ""),
    (403, "Workspace.AccessDenied", "", "ModelNotAllowed", ""),
    (403, "App.AccessDenied", "", "ModelNotAllowed", ""),
    (403, "Endpoint.AccessDenied", "", "ModelNotAllowed", ""),
    (403, "AllocationQuota.FreeTierOnly", "", "QuotaExhausted", "free_quota"),
    (429, "AllocationQuota.FreeTierOnly", "", "QuotaExhausted", "free_quota"),
    (404, "ModelNotFound", "", "ModelNotAllowed", "unknown"),
    (404, "model_not_found", "", "ModelNotAllowed", "unknown"),
    (404, "model_not_supported", "Unsupported model `x`", "ModelNotAllowed", "not_supported"),
    (404, "", "Unsupported model `x` for OpenAI compatibility mode.", "ModelNotAllowed", "not_supported"),
    (400, "InvalidParameter", "Model not exist.", "ModelNotAllowed", "unknown"),
    (404, "", 'model "x" not found, try pulling it first', "ModelNotAllowed", "unknown"),
    (400, "invalid_parameter_error", "The product is not activated", "ModelNotAllowed", "unpurchased"),
    (400, "Arrearage", "", "QuotaExhausted", "arrears"),
    (400, "isv.OUT_OF_SERVICE", "", "QuotaExhausted", "arrears"),
    (429, "PrepaidBillOverdue", "", "QuotaExhausted", "arrears"),
    (429, "PostpaidBillOverdue", "", "QuotaExhausted", "arrears"),
    (429, "CommodityNotPurchased", "", "QuotaExhausted", "not_purchased"),
    (400, "DataInspectionFailed", "", "RequestRefused", "content_filter"),
    (400, "data_inspection_failed", "", "RequestRefused", "content_filter"),
    (400, "InternalError.Algo.DataInspectionFailed", "", "RequestRefused", "content_filter"),
    (
        400,
        "invalid_parameter_error",
        "<400> InternalError.Algo.DataInspectionFailed: x",
        "RequestRefused",
        "content_filter",
    ),
    (400, "CustomRoleBlocked", "", "RequestRefused", "content_filter"),
    (400, "FaqRuleBlocked", "", "RequestRefused", "content_filter"),
    (400, "IPInfringementSuspect", "", "RequestRefused", "content_filter"),
    (400, "InvalidParameter", "Range of input length should be [1, 129024]", "RequestRefused", "too_long"),
    (400, "", "Total message token length exceed model limit", "RequestRefused", "too_long"),
    (400, "context_length_exceeded", "", "RequestRefused", "too_long"),
    (413, "", "", "RequestRefused", "too_large"),
    (400, "BadRequest.TooLarge", "", "RequestRefused", "too_large"),
    (400, "", "Exceeded limit on max bytes per data-uri item : 10485760", "RequestRefused", "too_large"),
    (400, "InvalidParameter", "url error, please check url!", "RequestRefused", "parameters"),
    (400, "invalid_parameter_error", "x", "RequestRefused", "parameters"),
    (400, "BadRequest.EmptyInput", "", "RequestRefused", "parameters"),
    (400, "ServiceUnavailableError", "Role must be user or assistant", "RequestRefused", ""),
    (404, "", "", "RequestRefused", "not_found"),
    (418, "", "", "RequestRefused", ""),
    (407, "", "", "ConnectionFailed", "proxy_auth"),
    (402, "", "", "QuotaExhausted", "arrears"),
    (429, "Throttling", "", "RateLimited", ""),
    (429, "Throttling.RateQuota", "", "RateLimited", ""),
    (429, "limit_requests", "", "RateLimited", ""),
    (429, "LimitRequests", "", "RateLimited", ""),
    (429, "", "Too many requests in route", "RateLimited", ""),
    (429, "Throttling.BurstRate", "", "RateLimited", ""),
    (429, "limit_burst_rate", "", "RateLimited", ""),
    (429, "Throttling.Concurrency", "", "RateLimited", ""),
    (429, "Throttling.AllocationQuota", "Allocated quota exceeded", "RateLimited", "tokens_per_minute"),
    (429, "insufficient_quota", "You exceeded your current quota", "RateLimited", "tokens_per_minute"),
    (429, "Throttling.AllocationQuota", "Free allocated quota exceeded.", "QuotaExhausted", "free_quota"),
    (429, "insufficient_quota", "Free allocated quota exceeded.", "QuotaExhausted", "free_quota"),
    (None, "", "Throttling: TPM(10/10)", "RateLimited", "tokens_per_minute"),
    (429, "", "", "RateLimited", ""),
    (408, "RequestTimeOut", "", "ServiceUnavailable", "timeout"),
    (500, "RequestTimeOut", "Response timeout!", "ServiceUnavailable", "timeout"),
    (408, "", "", "ServiceUnavailable", "timeout"),
    (500, "InternalError", "", "ServiceUnavailable", ""),
    (500, "internal_error", "", "ServiceUnavailable", ""),
    (500, "InternalError.Algo", "list index out of range", "ServiceUnavailable", ""),
    (500, "InternalError.Timeout", "", "ServiceUnavailable", "timeout"),
    (500, "ModelServingError", "Too many requests", "ServiceUnavailable", "overloaded"),
    (503, "ModelUnavailable", "", "ServiceUnavailable", "overloaded"),
    (500, "", "No backend server available", "ServiceUnavailable", "overloaded"),
    (503, "", "throttled due to system capacity limits", "ServiceUnavailable", "overloaded"),
    (504, "", "", "ServiceUnavailable", "timeout"),
    (502, "", "", "ServiceUnavailable", ""),
    (None, "internal_error", "", "ServiceUnavailable", ""),
]


@pytest.mark.parametrize(("status", "code", "message", "kind", "reason"), CODES)
def test_code_and_message_name_the_error(status: int | None, code: str, message: str, kind: str, reason: str) -> None:
    error = from_words(ErrorWords(code, message), status=status)
    assert (error.kind, error.reason) == (kind, reason)
    assert error.safe_to_resend is (kind in ("RateLimited", "ServiceUnavailable"))
    assert not from_words(ErrorWords(code, message), status=status, something_received=True).safe_to_resend


@pytest.mark.parametrize(("status", "code", "message", "kind", "reason"), CODES)
def test_code_is_found_whatever_its_case(status: int | None, code: str, message: str, kind: str, reason: str) -> None:
    error = from_words(ErrorWords(code.upper(), message.upper()), status=status)
    assert (error.kind, error.reason) == (kind, reason)


def test_every_rule_names_a_reason_the_words_know() -> None:
    for rule in RULES:
        assert rule.reason in REASONS[rule.error], rule


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_no_rule_is_hidden_by_an_earlier_one(rule: Rule) -> None:
    for code in rule.codes or ("",):
        for fragment in rule.fragments or ("",):
            status = rule.statuses[0] if rule.statuses is not None else None
            error = from_words(ErrorWords(code.removesuffix("*"), fragment), status=status)
            assert (type(error), error.reason) == (rule.error, rule.reason), (code, fragment)


def test_unknown_words_are_the_services_fault_and_not_sent_again() -> None:
    error = from_words(ErrorWords("Brand.New", "something new"), status=None)
    assert (error.kind, error.safe_to_resend) == ("ServiceUnavailable", False)


def test_side_and_limit_are_read_from_the_message() -> None:
    output = "Output data may contain inappropriate content."
    assert from_words(ErrorWords("DataInspectionFailed", output), status=400).side == "output"
    assert from_words(ErrorWords("", "Input data may contain inappropriate content."), status=400).side == "input"
    long = "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]"
    assert from_words(ErrorWords("", long), status=400).limit == 129_024
    assert from_words(ErrorWords("", "Range of input length should be"), status=400).limit is None


BODIES = [
    (b'{"code":"C","message":"M","request_id":"R"}', ("C", "M", "R")),
    (b'{"error":{"message":"M","type":"T","param":null,"code":"C"},"id":"chatcmpl-R"}', ("C", "M", "R")),
    (b'{"error":{"message":"M","type":"T","code":null},"request_id":"R"}', ("T", "M", "R")),
    (b'{"error":"M"}', ("", "M", "")),
    (b'{"object":"error","message":"M","type":"T","code":404}', ("404", "M", "")),
    (b'{"detail":"M"}', ("", "M", "")),
    (b'[{"error":{"message":"M","code":400}}]', ("400", "M", "")),
    (
        b'id:1\nevent:error\n:HTTP_STATUS/400\ndata:{"code":"C","message":"M","request_id":"R"}\n',
        ("C", "M", "R"),
    ),
    (b'id: 1\r\nevent: error\r\ndata: {"error":{"code":"C","message":"M"}}\r\n\r\n', ("C", "M", "")),
    (b'\xef\xbb\xbf {"code":"C","message":"M"}', ("C", "M", "")),
    (b"upstream connect error", ("", "upstream connect error", "")),
]


@pytest.mark.parametrize(("body", "expected"), BODIES)
def test_every_shape_of_a_body_is_read(body: bytes, expected: tuple[str, str, str]) -> None:
    words = read_error_body(body)
    assert words is not None
    assert (words.code, words.message, words.request_id) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"null",
        b"{}",
        b"[]",
        b"5",
        b'{"code":"InternalErr',
        b"<!DOCTYPE html><html><body>502</body></html>",
        b"oops </body></html>",
        b"\xff\xfe\x00binary",
        b'{"output":{"choices":[]},"code":"","message":""}',
        b'{"choices":[{"message":{"content":"hi"}}],"message":"hi"}',
        b"[" * 100_000,
    ],
)
def test_body_without_words_has_none(body: bytes) -> None:
    words = read_error_body(body)
    assert words is None or words.message in ("null", "5")


@given(st.binary(max_size=300), st.sampled_from([200, 400, 401, 404, 429, 500, 503]))
def test_any_body_is_survived(body: bytes, status: int) -> None:
    error = from_response(status, {}, body)
    assert error.reason in REASONS[type(error)]
    assert len(error.detail) <= 2_000
    assert error.detail.isprintable()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["error", "code", "message", "id", "request_id", "type", "output", "choices"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_body_is_survived(value: object) -> None:
    from_response(500, {}, json.dumps(value).encode())


# Retry-After.


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "86400"}, 86_400.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({}, None),
        *[({"retry-after": bogus}, None) for bogus in ("-1, soon", "-5", "", "1e3", "٣", "inf", "nan", "9" * 40)],
        ({"retry-after": "Wed, 31 Feb 2026 99:00:00 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    ],
)
def test_retry_after_is_understood_or_ignored(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_retry_after_date_without_a_date_is_counted_from_now() -> None:
    seconds = retry_after({"retry-after": email.utils.formatdate(time.time() + 40, usegmt=True)})
    assert seconds is not None
    assert 37 <= seconds <= 41


@given(st.text(max_size=40))
@example("\x1f1")
def test_any_retry_after_is_survived(value: str) -> None:
    seconds = retry_after({"retry-after": value, "date": value})
    assert seconds is None or seconds >= 0


# What is shown.

KEY = "sk-0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        f"Incorrect API key provided: {KEY}.",
        f"bad header 'Authorization: Bearer {KEY}'",
        "plan key sk-sp-abcd1234 and token st-abcd1234",
        "SK-ABCDEFGH",
        "Authorization: Basic bWU6c2VjcmV0",
    ],
)
def test_keys_are_redacted(text: str) -> None:
    cleaned = clean_detail(text)
    assert "[key]" in cleaned
    for secret in (KEY, "abcd1234", "ABCDEFGH", "bWU6"):
        assert secret not in cleaned


def test_own_key_is_redacted_whatever_it_looks_like() -> None:
    assert clean_detail("key hunter2hunter2 is wrong", "hunter2hunter2") == "key [key] is wrong"


@pytest.mark.parametrize(
    "echo",
    [
        "\u200b".join("Zq81WmN4vT7xLp0RkD93"),
        "Zq81WmN4vT 7xLp0RkD93",
        "ZQ81WMN4VT7XLP0RKD93",
        "xxZq81WmN4vT7xLp0RkD93xx",
        "key Zq81WmN4… is wrong",
    ],
)
def test_no_part_of_the_own_key_is_quoted(echo: str) -> None:
    cleaned = clean_detail(echo, "Zq81WmN4vT7xLp0RkD93").lower()
    assert "[key]" in cleaned
    assert not any("zq81wmn4vt7xlp0rkd93"[start : start + 8] in cleaned for start in range(13))


def test_a_short_key_of_a_local_server_hides_no_words() -> None:
    assert clean_detail("EMPTY: messages must not be empty", "EMPTY") == "[key]: messages must not be empty"


def test_detail_is_one_line_without_invisible_characters_and_short() -> None:
    assert clean_detail("a\r\n\tb\x1b[31mc\x00\u202ed\u200be\x9bf") == "a b[31mcdef"
    assert clean_detail("x" * 3_000) == "x" * 1_999 + "…"
    assert clean_detail("task-force, first-class") == "task-force, first-class"


def test_request_id_of_the_headers_is_cleaned() -> None:
    assert request_id_of({"x-request-id": "ab\x1bc"}) == "abc"
    assert request_id_of({"x-dashscope-requestid": "r" * 999}) == "r" * 200
    assert request_id_of({}) is None
