"""What can go wrong in the world, named for what a person can do about it.

Everything here is the world's failure, translated once, at the edge, from the foreign exception that caused it.
Bugs of our own are not caught: they reach the except hook and the log.  No error carries a key or chat text.
"""

from __future__ import annotations


class QwenDesktopError(Exception):
    """Base of all failures that are shown to the user as a sentence and a remedy (see `words.py`)."""

    @property
    def kind(self) -> str:
        """The class's name: what `ask --json` and the database call this failure."""
        return type(self).__name__


class ProviderError(QwenDesktopError):
    """A generation could not be had, or not wholly."""

    def __init__(
        self,
        detail: str = "",
        *,
        reason: str = "",
        status: int | None = None,
        provider_code: str | None = None,
        request_id: str | None = None,
        safe_to_resend: bool = False,
        retry_after_s: float | None = None,
        host: str | None = None,
        side: str | None = None,
        limit: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        """The provider's or the library's own words, in English, for the folded details; at most 2,000 characters,
        no key."""
        self.reason = reason
        """Which variety of its class this is, one of those in REASONS; chooses the sentence."""
        self.status = status
        """HTTP status, or the status named inside an error frame; None when there was no response."""
        self.provider_code = provider_code
        """The service's own code, as it gave it."""
        self.request_id = request_id
        """The service's own id of the request, as it gave it."""
        self.safe_to_resend = safe_to_resend
        """True only when the same generation may be POSTed again unasked: nothing of it was received, and it was
        refused (408, 429, 5xx before any event) or never reached the service (DNS, connect, TLS)."""
        self.retry_after_s = retry_after_s
        """Seconds the service asked us to wait; None when it did not say, or not understandably."""
        self.host = host
        """Host and port that was asked, for the sentence; never with user, password or query."""
        self.side = side
        """'input' or 'output' for a content filter, where the service said which."""
        self.limit = limit
        """A number the service named (largest input in tokens, say)."""


class ApiKeyMissing(ProviderError):
    """No key is stored: open the key dialog."""


class ApiKeyRejected(ProviderError):
    """401: the key is wrong, deleted, or of another region or plan.

    'malformed' and 'environment': what was entered, or stands in DASHSCOPE_API_KEY, is no key and was not sent.
    """


class ModelNotAllowed(ProviderError):
    """403 by its code, or ModelNotFound: change the model or ask the owner of the workspace."""


class RateLimited(ProviderError):
    """429 and its relatives: wait."""


class QuotaExhausted(ProviderError):
    """Free quota gone, account in debt, nothing purchased: go to billing."""


class RequestRefused(ProviderError):
    """400, 404, 413, content filter, too long: change the prompt or the model.

    A parameter's name as the reason: a value out of its range, found before anything was sent.
    'no_partial': the model does not continue a reply that broke off.  'no_vision': it sees no pictures.
    'too_many_pictures': for one request.  'picture': the service could not use one.  'upload': its store refused one.
    'picture_unreachable': the service could not fetch a picture, whose link may have expired.
    """


class ServiceUnavailable(ProviderError):
    """5xx and 408: try again."""


class ConnectionFailed(ProviderError):
    """DNS, TCP, TLS, proxy, deadline before any event: check the network."""


class ReplyInterrupted(ProviderError):
    """Text or reasoning arrived, then the stream ended, broke, stalled or passed a limit; what arrived is kept."""


class ProtocolViolated(ProviderError):
    """The other side does not speak the protocol: wrong media type, redirect, not HTTP, empty stream."""


class StorageError(QwenDesktopError):
    """The history cannot be read or written."""

    def __init__(self, detail: str = "", *, reason: str = "", path: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason
        """'full', 'read_only', 'locked', 'damaged', 'upgrade', 'missing', 'attachment_missing', 'attachment_changed' or
        '' (any other failure); chooses the sentence."""
        self.path = path
        """The file or folder concerned."""


class StorageUnavailable(StorageError):
    """Full, locked, read-only or failing disk."""


class DatabaseTooNew(StorageError):
    """The history was written by a newer version of the app; it is left untouched."""


class ApiKeyStoreError(QwenDesktopError):
    """The system's keychain did not do what was asked; `detail` never holds the key."""

    def __init__(self, detail: str = "", *, reason: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason


class ApiKeyStoreLocked(ApiKeyStoreError):
    """The keychain is there but locked, and was not opened."""


class ApiKeyStoreUnavailable(ApiKeyStoreError):
    """There is no keychain, or it refused."""


class SettingsInvalid(QwenDesktopError):
    """The settings file cannot be understood and was kept aside, or one of its values cannot be used; defaults are."""

    def __init__(self, detail: str = "", *, path: str = "", kept_as: str = "", name: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.path = path
        self.kept_as = kept_as
        """Where a file that cannot be understood was moved to; empty if it stands where it was."""
        self.name = name
        """`table.key` of the one value that cannot be used; empty when it is the whole file."""


class AttachmentRefused(QwenDesktopError):
    """A picture of the user that cannot be sent; nothing of it was kept.

    'unreadable': the file cannot be opened.  'no_picture': it is none.  'format': a picture of a kind that is not read
    here (HEIC, AVIF).  'broken': damaged or cut short.  'too_small', 'strip' (much longer than wide), 'too_large'.
    """

    def __init__(self, detail: str = "", *, reason: str = "", name: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason
        self.name = name
        """What the file is called, without its folder; '' for a pasted picture."""


class MonthlyCapReached(QwenDesktopError):
    """The user's own cap would be passed by this request: nothing was sent.  Amounts are as they are shown."""

    def __init__(self, *, cap: str = "", spent: str = "", estimate: str = "", unknown: int = 0) -> None:
        super().__init__("nothing was sent")
        self.cap = cap
        self.spent = spent
        """What the month has cost, with what is under way."""
        self.estimate = estimate
        """About what this request would cost; empty: not known."""
        self.unknown = unknown
        """Replies of the month whose cost is not known, or not wholly."""


class MessageGone(QwenDesktopError):
    """The message a turn was to begin with was deleted meanwhile, here or by another process; nothing was sent.

    'edited': it was to be asked in other words.
    """

    def __init__(self, *, reason: str = "") -> None:
        super().__init__("nothing was sent")
        self.reason = reason


REASONS: dict[type[QwenDesktopError], tuple[str, ...]] = {
    ApiKeyMissing: ("",),
    ApiKeyRejected: ("", "plan_key", "workspace", "malformed", "environment"),
    ModelNotAllowed: ("", "unknown", "not_supported", "unpurchased"),
    RateLimited: ("", "tokens_per_minute"),
    QuotaExhausted: ("", "free_quota", "arrears", "not_purchased"),
    RequestRefused: (
        "",
        "too_long",
        "content_filter",
        "too_large",
        "parameters",
        "not_found",
        "no_partial",
        "no_vision",
        "too_many_pictures",
        "picture",
        "upload",
        "picture_unreachable",
        "temperature",
        "top_p",
        "max_tokens",
        "seed",
        "stop",
        "thinking_budget",
        "system_prompt",
    ),
    ServiceUnavailable: ("", "overloaded", "timeout", "upload"),
    ConnectionFailed: (
        "",
        "dns",
        "refused",
        "timeout",
        "tls",
        "certificate",
        "proxy",
        "proxy_auth",
        "lost",
        "headers_timeout",
        "first_event_timeout",
        "plain_http",
        "bad_address",
    ),
    ReplyInterrupted: ("", "cut", "stalled", "limit", "service_error", "app_closed"),
    ProtocolViolated: (
        "",
        "empty_stream",
        "empty_reply",
        "media_type",
        "redirect",
        "not_http",
        "encoding",
        "too_large",
        "upload",
    ),
    StorageUnavailable: (
        "",
        "full",
        "read_only",
        "locked",
        "damaged",
        "missing",
        "replaced",
        "in_the_way",
        "long_name",
        "backup_missing",
        "upgrade",
        "attachment_missing",
        "attachment_changed",
    ),
    DatabaseTooNew: ("",),
    ApiKeyStoreLocked: ("",),
    ApiKeyStoreUnavailable: ("", "no_keyring", "denied", "unknown_backend", "not_kept"),
    SettingsInvalid: ("",),
    AttachmentRefused: ("", "unreadable", "no_picture", "format", "broken", "too_small", "strip", "too_large"),
    MonthlyCapReached: ("",),
    MessageGone: ("", "edited"),
}
"""Every variety of every failure: `reason` is one of these, and `words.py` has a sentence and a remedy for each.

ConnectionFailed 'lost': the request was sent, then the connection ended before anything came back; ambiguous, so never
re-sent unasked.  ReplyInterrupted 'app_closed': found running in the history after a crash.
"""
