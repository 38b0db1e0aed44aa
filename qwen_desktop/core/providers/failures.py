"""What the other side or the network says when it fails, to our errors: status, code, message and body by one table.

The service spells one failure in two ways (`Throttling.RateQuota` on its own protocol, `limit_requests` on the
OpenAI-compatible one) and sometimes only in the message, so a rule looks at the code first and then at fragments of the
message, both without regard to case; the status decides only what neither did.
Source: https://www.alibabacloud.com/help/en/model-studio/error-code (2026-11-23).
"""

from __future__ import annotations

import email.utils
import itertools
import re
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from qwen_desktop.core.errors import (
    ApiKeyRejected,
    ConnectionFailed,
    ModelNotAllowed,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
)
from qwen_desktop.core.providers.error_body import ErrorWords, read_error_body

MAX_DETAIL_CHARACTERS = 2_000
_MAX_WORD_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: `error` and `reason` for everything that has one of `codes` and one of `fragments`."""

    error: type[ProviderError]
    reason: str = ""
    codes: tuple[str, ...] = ()
    """Lower case; a `*` at the end stands for any rest.  Empty: whatever the code."""
    fragments: tuple[str, ...] = ()
    """Lower case, found anywhere in the message.  Empty: whatever the message."""
    statuses: range | None = None
    """None: whatever the status."""

    def fits(self, status: int | None, code: str, message: str) -> bool:
        if self.statuses is not None and status not in self.statuses:
            return False
        if self.codes and not any(_same_code(pattern, code) for pattern in self.codes):
            return False
        return not self.fragments or any(fragment in message for fragment in self.fragments)


def _same_code(pattern: str, code: str) -> bool:
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern


def _status(number: int) -> range:
    return range(number, number + 1)


_SERVER_ERROR = range(500, 600)

RULES: tuple[Rule, ...] = (
    # Bills first: they come under the codes of a throttle, with words of their own.
    Rule(QuotaExhausted, "free_quota", codes=("allocationquota.freetieronly",)),
    Rule(QuotaExhausted, "free_quota", fragments=("free allocated quota exceeded", "free tier of the model has")),
    Rule(QuotaExhausted, "arrears", codes=("arrearage", "isv.out_of_service")),
    Rule(QuotaExhausted, "arrears", codes=("prepaidbilloverdue", "postpaidbilloverdue")),
    Rule(QuotaExhausted, "arrears", fragments=("account is in good standing", "overdue payment", "overdue-payment")),
    Rule(QuotaExhausted, "not_purchased", codes=("commoditynotpurchased",)),
    # The key.
    Rule(ApiKeyRejected, "plan_key", fragments=("invalid access token or token expired",)),
    Rule(ApiKeyRejected, "workspace", codes=("workspacenotfound", "not authorized", "notauthorized", "not_authorized")),
    Rule(ApiKeyRejected, "", codes=("invalidapikey", "invalid_api_key")),
    Rule(ApiKeyRejected, "", fragments=("invalid api-key provided", "incorrect api key")),
    # The content filter.
    Rule(RequestRefused, "content_filter", codes=("datainspectionfailed", "data_inspection_failed")),
    Rule(RequestRefused, "content_filter", codes=("internalerror.algo.datainspectionfailed",)),
    Rule(RequestRefused, "content_filter", codes=("customroleblocked", "faqruleblocked", "ipinfringementsuspect")),
    Rule(RequestRefused, "content_filter", fragments=("inappropriate content", "datainspectionfailed")),
    # The size.
    Rule(RequestRefused, "too_long", codes=("context_length_exceeded",)),
    Rule(RequestRefused, "too_long", fragments=("range of input length should be", "message token length exceed")),
    Rule(RequestRefused, "too_long", fragments=("maximum context length", "exceeds the available context")),
    Rule(RequestRefused, "too_large", codes=("requesttoolarge", "badrequest.toolarge", "request_too_large")),
    Rule(RequestRefused, "too_large", fragments=("exceeded limit on max bytes", "file size is too large")),
    Rule(RequestRefused, "too_large", statuses=_status(413)),
    # A picture that cannot be used, and one whose link leads nowhere, or does not any more.
    Rule(RequestRefused, "picture", fragments=("image length and width do not meet", "failed to decode the image")),
    Rule(RequestRefused, "picture", fragments=("image format is illegal",)),
    Rule(RequestRefused, "picture_unreachable", codes=("invalidurl", "invalidurl.*")),
    Rule(RequestRefused, "picture_unreachable", fragments=("failed to download multimodal content",)),
    Rule(RequestRefused, "picture_unreachable", fragments=("download the media resource timed out",)),
    Rule(RequestRefused, "picture_unreachable", fragments=("content-type of multimodal url", "missing content-length")),
    # The model.
    Rule(ModelNotAllowed, "unpurchased", codes=("accessdenied.unpurchased",)),
    Rule(ModelNotAllowed, "unpurchased", fragments=("product is not activated",)),
    Rule(ModelNotAllowed, "not_supported", codes=("model_not_supported",)),
    Rule(ModelNotAllowed, "not_supported", fragments=("for openai compatibility mode",)),
    Rule(ModelNotAllowed, "unknown", codes=("modelnotfound", "model_not_found")),
    Rule(ModelNotAllowed, "unknown", fragments=("model not exist", "model does not exist", "model not found")),
    Rule(ModelNotAllowed, "unknown", fragments=("not found, try pulling it", "` does not exist")),
    Rule(ModelNotAllowed, "", codes=("accessdenied", "accessdenied.*", "access_denied", "model.accessdenied")),
    Rule(ModelNotAllowed, "", codes=("workspace.accessdenied", "app.accessdenied", "endpoint.accessdenied")),
    # Too much at once.  `insufficient_quota` sounds like a bill and is a limit per minute here.
    Rule(RateLimited, "tokens_per_minute", codes=("throttling.allocationquota", "insufficient_quota")),
    Rule(RateLimited, "tokens_per_minute", fragments=("throttling: tpm", "allocated quota exceeded")),
    Rule(ServiceUnavailable, "overloaded", fragments=("system capacity limits", "no backend server available")),
    Rule(RateLimited, "", codes=("throttling", "throttling.*", "limit_requests", "limitrequests", "limit_burst_rate")),
    Rule(RateLimited, "", codes=("rate_limit_exceeded", "rate_limit_error")),
    # The service itself.
    Rule(ServiceUnavailable, "timeout", codes=("requesttimeout", "request_timeout", "responsetimeout")),
    Rule(ServiceUnavailable, "timeout", codes=("internalerror.timeout",)),
    Rule(ServiceUnavailable, "overloaded", codes=("modelservingerror", "model_serving_error", "modelunavailable")),
    Rule(ServiceUnavailable, "overloaded", fragments=("service unavailable",), statuses=_SERVER_ERROR),
    Rule(RateLimited, "", fragments=("too many requests", "throttling:")),
    Rule(RequestRefused, "parameters", codes=("invalidparameter", "invalidparameter.*", "invalid_parameter*")),
    Rule(RequestRefused, "parameters", codes=("internalerror.algo.invalidparameter", "badrequest.*")),
    Rule(RequestRefused, "parameters", codes=("invalid_request_error",)),
    # The status alone.
    Rule(ApiKeyRejected, "", statuses=_status(401)),
    Rule(QuotaExhausted, "arrears", statuses=_status(402)),
    Rule(ModelNotAllowed, "", statuses=_status(403)),
    Rule(RequestRefused, "not_found", statuses=_status(404)),
    Rule(ConnectionFailed, "proxy_auth", statuses=_status(407)),
    Rule(ServiceUnavailable, "timeout", statuses=_status(408)),
    Rule(RateLimited, "", statuses=_status(429)),
    Rule(ServiceUnavailable, "overloaded", statuses=_status(503)),
    Rule(ServiceUnavailable, "timeout", statuses=_status(504)),
    Rule(ServiceUnavailable, "", statuses=_SERVER_ERROR),
    Rule(RequestRefused, "", statuses=range(400, 500)),
    # An error frame may name no status at all.
    Rule(ServiceUnavailable, "", codes=("internalerror*", "internal_error*", "internal_server_error", "systemerror")),
    Rule(ServiceUnavailable, "", codes=("modelservicefailed", "server_error", "serviceunavailable*")),
)

_UNKNOWN = Rule(ServiceUnavailable)


def from_words(
    words: ErrorWords,
    *,
    status: int | None,
    host: str | None = None,
    retry_after_s: float | None = None,
    something_received: bool = False,
    api_key: str | None = None,
) -> ProviderError:
    """The error for what the service said.  `status` is the response's, or the one an error frame names.

    `something_received`: events of the reply came before; then nothing may be re-sent unasked, whatever the status.
    `api_key` is redacted should the other side echo it.
    """
    code, message = words.code.strip().lower(), words.message.lower()
    rule = next((rule for rule in RULES if rule.fits(status, code, message)), _UNKNOWN)
    return rule.error(
        clean_detail(words.message, api_key),
        reason=rule.reason,
        status=status,
        provider_code=clean_word(words.code, api_key) or None,
        request_id=clean_word(words.request_id, api_key) or None,
        safe_to_resend=not something_received and _is_refusal(rule, status),
        retry_after_s=retry_after_s,
        host=host,
        side=_side(message) if rule.reason == "content_filter" else None,
        limit=_limit(message) if rule.reason == "too_long" else None,
    )


def _is_refusal(rule: Rule, status: int | None) -> bool:
    """Whether the service turned the generation away for now, so that the same one may be sent once more."""
    if not issubclass(rule.error, RateLimited | ServiceUnavailable):
        return False  # the key, the bill or the request itself: sending it again changes nothing
    if status is None:  # an error frame without one: its code says it, or nothing is known
        return rule is not _UNKNOWN
    return status in (408, 429) or status in _SERVER_ERROR


def from_response(
    status: int, headers: Mapping[str, str], body: bytes, *, host: str | None = None, api_key: str | None = None
) -> ProviderError:
    """The error for a response that is no stream.  `body` is what was read of it, possibly cut; HTML is never quoted.

    `headers` finds names without regard to case."""
    words = read_error_body(body) or ErrorWords()
    if not words.request_id:
        words = ErrorWords(words.code, words.message, request_id_of(headers, api_key) or "")
    return from_words(words, status=status, host=host, retry_after_s=retry_after(headers), api_key=api_key)


def request_id_of(headers: Mapping[str, str], api_key: str | None = None) -> str | None:
    """The service's id of the request as its response headers name it, at most 200 printable characters."""
    for name in ("x-request-id", "x-dashscope-requestid"):
        if value := clean_word(headers.get(name) or "", api_key):
            return value
    return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the service asks us to wait, never negative; None when it does not say or cannot be understood.

    Seconds or an HTTP date (RFC 9110 §10.2.3), and `retry-after-ms`.  A date is counted from the response's own `Date`
    when it has one, so a wrong clock on this computer changes nothing."""
    if milliseconds := _number(headers.get("retry-after-ms")):
        return milliseconds / 1_000
    value = headers.get("retry-after")
    if value is None:
        return None
    if (seconds := _number(value)) is not None:
        return seconds
    until = _http_date(value)
    if until is None:
        return None
    return max(0.0, until - (_http_date(headers.get("date")) or time.time()))


def _number(text: str | None) -> float | None:
    # Stripped once: what Python takes for white space at the ends of a text and of a number is not the same.
    digits = (text or "").strip()
    return float(digits) if _DIGITS.fullmatch(digits) else None


_DIGITS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)


def _http_date(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        return None
    try:
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None


def clean_detail(text: str, api_key: str | None = None) -> str:
    """`text` as it may be shown and stored: one line, no key, nothing invisible, at most 2,000 characters."""
    text = text[: 8 * MAX_DETAIL_CHARACTERS]
    text = "".join(char for char in _WHITE.sub(" ", text) if unicodedata.category(char)[0] != "C")
    if api_key:
        text = _without_key(text, api_key)
    text = _SECRETS.sub(_REDACTED, text).strip()
    return text if len(text) <= MAX_DETAIL_CHARACTERS else text[: MAX_DETAIL_CHARACTERS - 1] + "…"


def clean_word(text: str, api_key: str | None = None) -> str:
    """An id, code or reason of the service as it may be shown and stored: like `clean_detail`, 200 characters."""
    return clean_detail(text[:MAX_DETAIL_CHARACTERS], api_key)[:_MAX_WORD_CHARACTERS]


def _without_key(text: str, api_key: str) -> str:
    """`text` without any part of the key that could help somebody, however it was cut or its case changed."""
    size = min(len(api_key), _SHORTEST_PART)
    parts = {api_key[start : start + size] for start in range(len(api_key) - size + 1)}
    case = re.IGNORECASE | re.ASCII if size == _SHORTEST_PART else re.NOFLAG  # a local server's key may be "empty"
    hidden = bytearray(len(text))
    for part in parts:
        for found in re.finditer(f"(?={re.escape(part)})", text, case):
            hidden[found.start() : found.start() + size] = b"\1" * size
    runs = itertools.groupby(zip(text, hidden, strict=True), key=lambda pair: pair[1])
    return "".join(_REDACTED if is_hidden else "".join(char for char, _ in run) for is_hidden, run in runs)


_SHORTEST_PART = 8
"""So many characters of a key in a row are not quoted."""
_REDACTED = "[key]"
_WHITE = re.compile(r"\s+")
_SECRETS = re.compile(r"\b(?:sk|st)-[A-Za-z0-9_*.-]{4,}|(?<=\bBearer )\S+|(?<=\bBasic )\S+", re.IGNORECASE)


def _side(message: str) -> str | None:
    return "input" if "input" in message else "output" if "output" in message else None


def _limit(message: str) -> int | None:
    found = _LIMIT.search(message)
    return int(found[1] or found[2]) if found else None


_LIMIT = re.compile(r"\[\s*\d+\s*,\s*([0-9]{1,12})\s*\]|maximum context length is ([0-9]{1,12})", re.ASCII)
