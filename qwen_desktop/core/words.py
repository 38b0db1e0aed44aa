"""Errors to sentences, states to status lines: all words for people that the core knows, found without Qt.

`describe` turns an error, or what was stored of one, into one sentence that names the thing and the next step, the
remedy a button can offer, and the details to fold away.  The sentences themselves stand in `failure_sentences.py`; `tr`
and the choice of language come from `translations.py` and are offered here, since everybody needs them.
"""

from __future__ import annotations

import enum
import math
import re
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from qwen_desktop.core import errors
from qwen_desktop.core.errors import ProviderError, QwenDesktopError
from qwen_desktop.core.translations import current_language, set_language, system_language, tr, tr_into

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qwen_desktop.core.chat.message import Failure, MessageStatus
    from qwen_desktop.core.errors import SettingsInvalid

__all__ = [
    "Remedy",
    "Words",
    "current_language",
    "describe",
    "duration_words",
    "from_failure",
    "key_origin_words",
    "left_out_words",
    "listed",
    "one_after_another",
    "remedy_label",
    "set_language",
    "settings_sentences",
    "status_words",
    "system_language",
    "to_failure",
    "tr",
    "tr_into",
]

DETAILS_LIMIT = 2_000
"""Most characters of a service's own words that are shown or stored."""

_KEY_LIKE = re.compile(r"\b((?:sk|st)-)[\w.*-]{6,}|(Bearer\s+)[^\s\"',;]+", re.IGNORECASE)


class Remedy(enum.StrEnum):
    """What can be done about a failure; the value is what `ask --json` calls it."""

    SET_KEY = "set_key"
    """Open the key dialog."""
    RETRY = "retry"
    CONTINUE = "continue"
    """Go on where a cut reply ended."""
    CHANGE_MODEL = "change_model"
    OPEN_BILLING = "open_billing"
    """Open the service's console in the browser."""
    SHORTEN = "shorten"
    """Put the prompt back into the composer, to be shortened or changed."""
    OPEN_SETTINGS = "open_settings"
    CHECK_NETWORK = "check_network"
    """The person looks after the network; the button tries again."""
    OPEN_FOLDER = "open_folder"
    """Show the file's folder."""
    NONE = "none"


class Words(NamedTuple):
    """A failure as it is told."""

    sentence: str
    """What happened and what to do next; plain text, never empty."""
    remedy: Remedy
    remedy_label: str
    """Text of the button; empty for Remedy.NONE."""
    details: str
    """Class, code, request id and the service's own words, one per line; plain text, without control characters."""


def describe(failure: QwenDesktopError | Failure) -> Words:
    """The words for a failure in the current language.  A class or reason not known here gets general words."""
    # Imported late: the table needs Remedy from here, and a start without failures does not need the table.
    from qwen_desktop.core.failure_sentences import Facts, sentence_and_remedy

    stored = to_failure(failure) if isinstance(failure, QwenDesktopError) else failure
    facts = Facts(
        kind=stored.kind,
        reason=stored.reason,
        host=_one_line(stored.host or "", 100),
        side=stored.side or "",
        limit=stored.limit,
        wait=duration_words(stored.retry_after_s) if stored.retry_after_s else "",
        path=_one_line(str(getattr(failure, "path", "")), 300),
        kept_as=_one_line(str(getattr(failure, "kept_as", "")), 300),
        name=_one_line(str(getattr(failure, "name", "")), 100),
        cap=str(getattr(failure, "cap", "")),
        spent=str(getattr(failure, "spent", "")),
        estimate=str(getattr(failure, "estimate", "")),
        unknown=int(getattr(failure, "unknown", 0)),
    )
    sentence, remedy = sentence_and_remedy(facts)
    return Words(sentence, remedy, remedy_label(remedy), _details(stored, facts))


def settings_sentences(notices: Sequence[SettingsInvalid]) -> list[str]:
    """What has to be told of a settings file, all values that cannot be used in one sentence."""
    names = [notice.name for notice in notices if notice.name]
    if len(names) < 2:
        return [describe(notice).sentence for notice in notices]
    shown = names if len(names) <= 8 else [*names[:8], "…"]
    path = next(notice.path for notice in notices if notice.name)
    together = tr("These settings in {path} have values that cannot be used: {names}. Their defaults are in use.",
                  path=path, names=", ".join(shown))  # fmt: skip
    return [together, *(describe(notice).sentence for notice in notices if not notice.name)]


def remedy_label(remedy: Remedy) -> str:
    """Text of the button that does it."""
    match remedy:
        case Remedy.SET_KEY:
            return tr("Set API key")
        case Remedy.RETRY | Remedy.CHECK_NETWORK:
            return tr("Try again")
        case Remedy.CONTINUE:
            return tr("Continue")
        case Remedy.CHANGE_MODEL:
            return tr("Change model")
        case Remedy.OPEN_BILLING:
            return tr("Open console")
        case Remedy.SHORTEN:
            return tr("Edit prompt")
        case Remedy.OPEN_SETTINGS:
            return tr("Open settings")
        case Remedy.OPEN_FOLDER:
            return tr("Open folder")
        case Remedy.NONE:
            return ""


def to_failure(error: QwenDesktopError) -> Failure:
    """What of an error is stored with its reply: bounded, and with nothing in it that looks like a key."""
    from dataclasses import fields

    from qwen_desktop.core.chat.message import Failure  # late: the first frame has no messages

    known = {field.name: getattr(error, field.name) for field in fields(Failure) if hasattr(error, field.name)}
    known["detail"] = _safe(str(known.get("detail", "")))
    return Failure(**known)


def from_failure(failure: Failure) -> QwenDesktopError:
    """The error again, as far as it was stored; never `safe_to_resend`.  A kind of a newer version: ProviderError."""
    from dataclasses import fields

    kind = getattr(errors, failure.kind, None)
    if not (isinstance(kind, type) and issubclass(kind, QwenDesktopError)):
        kind = ProviderError
    if issubclass(kind, ProviderError):
        values = {field.name: getattr(failure, field.name) for field in fields(failure)}
        del values["kind"]
        return kind(values.pop("detail"), **values)
    error = kind(failure.detail)
    if hasattr(error, "reason"):
        error.reason = failure.reason
    return error


def status_words(
    status: MessageStatus,
    seconds: float,
    *,
    silent_s: float | None = None,
    retry_in_s: float | None = None,
    is_continuing: bool = False,
) -> str:
    """The status line of a reply, such as "Thinking · 12 s".

    `seconds`: how long it has been in this state.  `silent_s`: seconds since the last data, given once that is worth
    telling.  `retry_in_s`: seconds until the next attempt, while one is waited for.  `is_continuing`: the rest of a
    reply that was cut was asked for, and nothing of it is there yet.
    """
    from qwen_desktop.core.chat.message import MessageStatus

    if status.is_running and retry_in_s is not None:
        return tr("Waiting {time} before trying again", time=duration_words(math.ceil(max(retry_in_s, 0))))
    if status.is_running and silent_s is not None:
        return tr("No data for {time}", time=duration_words(silent_s))
    time = duration_words(seconds)
    if status.is_running and is_continuing:
        return tr("Continuing · {time}", time=time)
    match status:
        case MessageStatus.QUEUED:
            return tr("Queued")
        case MessageStatus.CONNECTING:
            return tr("Connecting · {time}", time=time)
        case MessageStatus.WAITING:
            return tr("Waiting for the reply · {time}", time=time)
        case MessageStatus.THINKING:
            return tr("Thinking · {time}", time=time)
        case MessageStatus.WRITING:
            return tr("Writing · {time}", time=time)
        case MessageStatus.COMPLETE:
            return tr("Complete")
        case MessageStatus.STOPPED:
            return tr("Stopped")
        case MessageStatus.INTERRUPTED:
            return tr("Interrupted")
        case MessageStatus.FAILED:
            return tr("Failed")


def duration_words(seconds: float) -> str:
    """A length of time in whole seconds, minutes or hours: "12 s", "2 min 5 s", "1 h 10 min"."""
    whole = int(seconds) if 0 <= seconds < 360_000_000 else 0
    if whole < 60:
        return tr("{seconds} s", seconds=whole)
    if whole < 3600:
        return tr("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)
    return tr("{hours} h {minutes} min", hours=whole // 3600, minutes=whole % 3600 // 60)


def left_out_words(messages: int) -> str:
    """That so many earlier messages did not go along with a request, and why."""
    if messages == 1:
        return tr("1 older message was not sent: it does not fit into what the model reads.")
    return tr("{count} older messages were not sent: they do not fit into what the model reads.", count=messages)


def one_after_another(*sentences: str) -> str:
    """Sentences as one text, without a space between them where the language has none."""
    return reduce(
        lambda before, more: tr("{sentence} {more}", sentence=before, more=more) if before else more, sentences, ""
    )


def listed(names: Iterable[str]) -> str:
    """Names as a list in the user's language: "a, b"."""
    return reduce(lambda before, name: tr("{names}, {name}", names=before, name=name) if before else name, names, "")


def key_origin_words(origin: str) -> str:
    """Where the key in use stands, for the key dialog and the empty chat; `origin` is a KeyOrigin."""
    match origin:
        case "environment":
            return tr("The key comes from the environment variable DASHSCOPE_API_KEY.")
        case "keychain":
            return tr("The key is kept in the system keychain.")
        case "session":
            return tr("The key is kept in memory until the app is closed.")
        case _:
            return tr("No key is set.")


def _details(failure: Failure, facts: object) -> str:
    reason = f" ({failure.reason})" if failure.reason else ""
    lines = [tr("Error: {name}", name=_one_line(failure.kind + reason, 100))]
    if failure.status:
        lines.append(tr("HTTP status: {status}", status=failure.status))
    if failure.provider_code:
        lines.append(tr("Code: {code}", code=_one_line(_safe(failure.provider_code), 200)))
    if failure.request_id:
        lines.append(tr("Request id: {request_id}", request_id=_one_line(failure.request_id, 200)))
    if failure.host:
        lines.append(tr("Server: {host}", host=_one_line(failure.host, 100)))
    if detail := _safe(failure.detail).strip():
        lines.append(detail)
    return "\n".join(lines)


def _safe(text: str) -> str:
    """Bounded, without control or direction-changing characters, and without anything that looks like a key."""
    text = _KEY_LIKE.sub(lambda found: f"{found[1] or found[2]}…", text[: 2 * DETAILS_LIMIT])
    text = "".join(
        character if character.isprintable() or character == "\n" else "\N{REPLACEMENT CHARACTER}"
        for character in text.replace("\r\n", "\n").replace("\t", " ")
    )
    return text if len(text) <= DETAILS_LIMIT else text[: DETAILS_LIMIT - 1] + "…"


def _one_line(text: str, limit: int) -> str:
    text = "".join(character for character in text if character.isprintable())
    return text if len(text) <= limit else text[: limit - 1] + "…"
