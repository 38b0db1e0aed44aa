"""Class and reason of a failure to one sentence and a remedy: the table behind `words.describe`; and, for a picture
that a reply names, to words behind a colon.

Every pair of `errors.REASONS` has its own sentence.  It names the thing that failed and the next step, blames nobody,
and has no exclamation marks.  What the codes mean is told at
https://help.aliyun.com/zh/model-studio/error-code (read 2026-11-23).
"""

from __future__ import annotations

from dataclasses import dataclass

from qwen_desktop.core.chat.pictures import MOST_PICTURES
from qwen_desktop.core.errors import (
    AttachmentRefused,
    ConnectionFailed,
    ProtocolViolated,
    QwenDesktopError,
    RequestRefused,
    StorageUnavailable,
)
from qwen_desktop.core.providers.catalogue import VISION_MODEL
from qwen_desktop.core.settings.settings import BEIJING
from qwen_desktop.core.translations import tr
from qwen_desktop.core.words import Remedy


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sentence may name; one line each, empty (or None) when not known."""

    kind: str
    reason: str
    host: str = ""
    side: str = ""
    limit: int | None = None
    wait: str = ""
    """How long the service asks to wait, in words."""
    path: str = ""
    kept_as: str = ""
    name: str = ""
    """The setting concerned, `table.key`, or what a picture's file is called."""
    cap: str = ""
    """An amount, like the next two."""
    spent: str = ""
    estimate: str = ""
    unknown: int = 0
    """Replies whose cost is not known."""

    @property
    def host_first(self) -> str:
        """The host where a sentence begins with it."""
        return self.host or tr("The service")

    @property
    def host_within(self) -> str:
        """The host inside a sentence."""
        return self.host or tr("the service")


def sentence_and_remedy(facts: Facts) -> tuple[str, Remedy]:
    """The words for a failure; general ones for a class or reason that is not known."""
    match facts.kind:
        case "ApiKeyMissing":
            return tr("No API key is set. Add your key, or try the demo."), Remedy.SET_KEY
        case "ApiKeyRejected":
            return _key_rejected(facts), Remedy.SET_KEY
        case "ModelNotAllowed":
            return _model_not_allowed(facts)
        case "RateLimited":
            return _rate_limited(facts), Remedy.RETRY
        case "QuotaExhausted":
            return _quota_exhausted(facts), Remedy.OPEN_BILLING
        case "RequestRefused":
            return _request_refused(facts)
        case "ServiceUnavailable":
            return _service_unavailable(facts), Remedy.RETRY
        case "ConnectionFailed":
            return _connection_failed(facts)
        case "ReplyInterrupted":
            return _reply_interrupted(facts), Remedy.RETRY
        case "ProtocolViolated":
            return _protocol_violated(facts)
        case "StorageUnavailable" | "StorageError":
            return _storage_unavailable(facts)
        case "DatabaseTooNew":
            text = tr(
                "The history was written by a newer version of Qwen Desktop and was left untouched. "
                "Install the newer version to open it."
            )
            return text, Remedy.OPEN_FOLDER
        case "ApiKeyStoreLocked":
            text = tr("The system keychain is locked. Unlock it and try again, or use the key for this session only.")
            return text, Remedy.RETRY
        case "ApiKeyStoreUnavailable" | "ApiKeyStoreError":
            return _keychain_unavailable(facts), Remedy.SET_KEY
        case "AttachmentRefused":
            return _attachment_refused(facts), Remedy.NONE
        case "MonthlyCapReached":
            return _cap_reached(facts), Remedy.OPEN_SETTINGS
        case "MessageGone":
            return _message_gone(facts), Remedy.NONE
        case "SettingsInvalid":
            return _settings_invalid(facts), Remedy.OPEN_FOLDER
        case _:
            return tr("The reply could not be had for an unknown reason. Try again."), Remedy.RETRY


def why_no_picture(error: QwenDesktopError) -> str:
    """Why a picture on the web could not be had, to stand behind a colon: without a full stop."""
    match error:
        case AttachmentRefused(reason="too_large"):
            return tr("it is too large")
        case AttachmentRefused(reason="too_small" | "strip"):
            return tr("it is no picture to look at")
        case AttachmentRefused():
            return tr("what came is no picture that can be shown")
        case RequestRefused(status=status):
            return tr("the server answered {status}", status=status or "")
        case ConnectionFailed(reason="plain_http"):
            return tr("it would come without encryption; open it in the browser")
        case ConnectionFailed(reason="bad_address") | ProtocolViolated():
            return tr("the address leads nowhere")
        case ConnectionFailed(reason="lost"):
            return tr("the connection broke off")
        case StorageUnavailable():
            return tr("the disk takes no more")
    return tr("no connection to the server")


def _key_rejected(facts: Facts) -> str:
    match facts.reason:
        case "malformed":
            return tr(
                "This is not an API key: it is empty, too long, or holds a space or a character that keys never have. "
                "Copy the key again."
            )
        case "environment":
            return tr(
                "The environment variable DASHSCOPE_API_KEY does not hold an API key. "
                "Correct it or remove it, then start the app again."
            )
        case "plan_key":
            return tr(
                "{host} does not accept this key: a key of a subscription plan works only at the address of its plan. "
                "Enter that address, or another key.",
                host=facts.host_first,
            )
        case "workspace":
            return tr(
                "This API key does not belong to the workspace asked for. Check the workspace in the server address, "
                "or enter a key of that workspace."
            )
        case _:
            return tr(
                "{host} does not accept the API key. Check that it is complete and made for this region.",
                host=facts.host_first,
            )


def _model_not_allowed(facts: Facts) -> tuple[str, Remedy]:
    match facts.reason:
        case "unknown":
            text = tr("{host} does not know this model. Choose another model.", host=facts.host_first)
        case "not_supported":
            text = tr("This model cannot be used in this way. Choose another model.")
        case "unpurchased":
            text = tr("Model Studio is not activated for this account. Activate it in the console, then try again.")
            return text, Remedy.OPEN_BILLING
        case _:
            text = tr("This API key has no access to the model. Choose another model, or ask the workspace's owner.")
    return text, Remedy.CHANGE_MODEL


def _rate_limited(facts: Facts) -> str:
    if facts.reason == "tokens_per_minute":
        if facts.wait:
            return tr("The limit of tokens per minute is reached. Try again in {time}.", time=facts.wait)
        return tr("The limit of tokens per minute is reached. Try again in about a minute.")
    if facts.wait:
        return tr("Too many requests for this key. Try again in {time}.", time=facts.wait)
    return tr("Too many requests for this key. Wait a moment, then try again.")


def _quota_exhausted(facts: Facts) -> str:
    match facts.reason:
        case "free_quota":
            return tr(
                "The free quota of this model is used up. Allow paid use in the console, or choose another model."
            )
        case "arrears":
            return tr("The account has an unpaid bill. Pay it in the console; it can take some minutes to count.")
        case "not_purchased":
            return tr("The subscription for this model is missing or has run out. Renew it in the console.")
        case _:
            return tr("The quota of this account is used up. Check it in the console.")


def _request_refused(facts: Facts) -> tuple[str, Remedy]:
    match facts.reason:
        case "too_long" if facts.limit:
            text = tr(
                "The chat is too long for this model, which reads at most {limit} tokens. "
                "Shorten the prompt or start a new chat.",
                limit=f"{facts.limit:,}",
            )
            return text, Remedy.SHORTEN
        case "too_long":
            return tr("The chat is too long for this model. Shorten the prompt or start a new chat."), Remedy.SHORTEN
        case "content_filter":
            return _content_filter(facts), Remedy.SHORTEN
        case "too_large":
            return tr("The request is larger than {host} accepts. Shorten the prompt.", host=facts.host_within), (
                Remedy.SHORTEN
            )
        case "parameters":
            text = tr("The model does not accept an option of this request. Choose another model.")
            return text, Remedy.CHANGE_MODEL
        case "no_partial":
            return tr("This model does not continue a reply that broke off. Try again."), Remedy.RETRY
        case "no_vision":
            text = tr(
                "This model does not see pictures. Choose one that does, such as {model}, or take the pictures out.",
                model=VISION_MODEL,
            )
            return text, Remedy.CHANGE_MODEL
        case "too_many_pictures":
            text = tr(
                "These are too many pictures for one request: at most {count}, and 30 MB together. Take some out.",
                count=MOST_PICTURES,
            )
            return text, Remedy.SHORTEN
        case "picture":
            text = tr(
                "{host} could not use a picture of this chat. Edit the prompt and take the picture out, or save it as "
                "JPEG and add it again.",
                host=facts.host_first,
            )
            return text, Remedy.SHORTEN
        case "upload":
            text = tr(
                "{host} did not take a picture that had to be uploaded. Send fewer or smaller pictures, or try again.",
                host=facts.host_first,
            )
            return text, Remedy.RETRY
        case "picture_unreachable":
            return tr("{host} cannot fetch a picture; its link may have expired. Try again, so that it is sent anew.",
                      host=facts.host_first), Remedy.RETRY  # fmt: skip
        case "no_search":
            text = tr("This model is not known to search the web here. Nothing was sent; choose another model.")
            return text, Remedy.CHANGE_MODEL
        case "not_found":
            text = tr("{host} does not offer what was asked for. Check the server address.", host=facts.host_first)
            return text, Remedy.OPEN_SETTINGS
        case "temperature" | "top_p" | "max_tokens" | "seed" | "stop" | "thinking_budget" | "system_prompt":
            return _parameter_out_of_range(facts), Remedy.OPEN_SETTINGS
        case _:
            text = tr("{host} refused the request. Change the prompt or the model.", host=facts.host_first)
            return text, Remedy.CHANGE_MODEL


def _parameter_out_of_range(facts: Facts) -> str:
    match facts.reason:
        case "temperature":
            return tr("The temperature is a number from 0 to below 2. Nothing was sent; change it in the settings.")
        case "top_p":
            return tr("Top P is a number above 0, at most 1. Nothing was sent; change it in the settings.")
        case "max_tokens":
            return tr("The longest reply is a whole number of tokens. Nothing was sent; change it in the settings.")
        case "seed":
            return tr("The seed is a whole number from 0 to 2147483647. Nothing was sent; change it in the settings.")
        case "stop":
            return tr(
                "A reply can end at up to 16 texts of 1 to 200 characters. "
                "Nothing was sent; change them in the settings."
            )
        case "thinking_budget":
            return tr("The thinking budget is a whole number of tokens. Nothing was sent; change it in the settings.")
        case _:
            if not facts.limit:
                return tr("The system prompt is too long for this model. Nothing was sent; shorten it.")
            return tr(
                "The system prompt alone is longer than this model reads, which is {limit} tokens. "
                "Nothing was sent; shorten it.",
                limit=f"{facts.limit:,}",
            )


def _message_gone(facts: Facts) -> str:
    if facts.reason == "edited":
        return tr(
            "The message you edited was deleted meanwhile, here or by another program. Nothing was sent. "
            "What you wrote is in the message field of its chat; send it as a new message."
        )
    return tr(
        "The message to be answered was deleted meanwhile, here or by another program. "
        "Nothing was sent; ask it as a new message."
    )


def _content_filter(facts: Facts) -> str:
    match facts.side:
        case "input":
            return tr("The service's content filter stopped the prompt. Change it and send it again.")
        case "output":
            return tr(
                "The service's content filter stopped the reply. What arrived is kept; change the prompt to go on."
            )
        case _:
            return tr("The service's content filter stopped this turn. Change the prompt and send it again.")


def _service_unavailable(facts: Facts) -> str:
    match facts.reason:
        case "overloaded" if facts.wait:
            return tr("The model is overloaded. Try again in {time}.", time=facts.wait)
        case "overloaded":
            return tr("The model is overloaded. Try again in a moment, or choose another model.")
        case "timeout":
            return tr("{host} took too long and gave up. Try again.", host=facts.host_first)
        case "upload":
            return tr(
                "{host}, where pictures are uploaded, has a fault at the moment. Try again.", host=facts.host_first
            )
        case _:
            return tr("{host} has a fault at the moment. Try again.", host=facts.host_first)


def _connection_failed(facts: Facts) -> tuple[str, Remedy]:
    first, within = facts.host_first, facts.host_within
    match facts.reason:
        case "dns":
            text = tr("The address of {host} cannot be found. Check the network and the server address.", host=within)
        case "refused":
            text = tr("{host} refuses the connection. Check the server address, and that it is running.", host=first)
        case "timeout":
            text = tr("{host} does not answer. Check the network or the proxy.", host=first)
        case "tls":
            text = tr("A secure connection to {host} cannot be made. Check the network or the proxy.", host=within)
        case "certificate":
            text = tr(
                "The certificate of {host} is not trusted, so nothing was sent. "
                "Check this computer's clock, the proxy and the server address.",
                host=within,
            )
        case "proxy":
            return tr("The proxy does not let the connection through. Check it in the settings."), Remedy.OPEN_SETTINGS
        case "proxy_auth":
            text = tr("The proxy asks for a user name and a password. Enter them in the settings.")
            return text, Remedy.OPEN_SETTINGS
        case "lost":
            text = tr(
                "The connection to {host} was lost before anything arrived. The reply may have been billed, "
                "so the prompt was not sent again by itself.",
                host=within,
            )
            return text, Remedy.RETRY
        case "headers_timeout":
            text = tr(
                "{host} took the request but did not begin to answer in time. The reply may have been billed, "
                "so the prompt was not sent again by itself.",
                host=first,
            )
            return text, Remedy.RETRY
        case "first_event_timeout":
            text = tr(
                "{host} sent nothing of the reply in the time allowed. Try again, or allow more time in the settings.",
                host=first,
            )
            return text, Remedy.RETRY
        case "plain_http":
            text = tr(
                "The connection to {host} would not be encrypted, so nothing was sent. Use an https address.",
                host=within,
            )
            return text, Remedy.OPEN_SETTINGS
        case "bad_address":
            text = tr("The server address is not valid. Enter one such as {example}.", example=BEIJING)
            return text, Remedy.OPEN_SETTINGS
        case _:
            text = tr("{host} cannot be reached. Check the network or the proxy.", host=first)
    return text, Remedy.CHECK_NETWORK


def _reply_interrupted(facts: Facts) -> str:
    match facts.reason:
        case "cut":
            return tr("The connection broke while the reply was being written. What arrived is kept.")
        case "stalled":
            return tr("The reply came to a standstill and was ended. What arrived is kept.")
        case "limit":
            return tr("The reply grew larger than this app accepts and was ended. What arrived is kept.")
        case "service_error":
            return tr("{host} ended the reply with an error. What arrived is kept; try again.", host=facts.host_first)
        case "app_closed":
            return tr("Qwen Desktop was closed while this reply was being written. What arrived is kept.")
        case _:
            return tr("The reply was interrupted. What arrived is kept.")


def _protocol_violated(facts: Facts) -> tuple[str, Remedy]:
    first = facts.host_first
    match facts.reason:
        case "empty_stream":
            return tr("{host} closed the connection without a reply. Try again.", host=first), Remedy.RETRY
        case "empty_reply":
            return tr("The model's reply is empty. Try again, or put the prompt differently."), Remedy.RETRY
        case "media_type":
            text = tr("{host} does not answer like a Qwen service. Check the server address.", host=first)
        case "redirect":
            text = tr(
                "{host} points to another address, which is not followed so that your key stays safe. "
                "Check the server address.",
                host=first,
            )
        case "not_http":
            text = tr("{host} does not speak HTTP. Check the server address and its port.", host=first)
        case "encoding":
            text = tr("{host} sent the reply in a form that cannot be read. Check the proxy.", host=first)
        case "too_large":
            text = tr("{host} sent more at once than this app accepts. Check the server address.", host=first)
        case "upload":
            text = tr(
                "{host} named no safe place for a picture that has to be uploaded, so nothing was sent. "
                "Check the server address, or send fewer or smaller pictures.",
                host=first,
            )
        case _:
            return tr("{host} sent something that cannot be understood. Try again.", host=first), Remedy.RETRY
    return text, Remedy.OPEN_SETTINGS


def _storage_unavailable(facts: Facts) -> tuple[str, Remedy]:
    path = facts.path or tr("the data folder")
    match facts.reason:
        case "full":
            text = tr("The disk is full, so {path} cannot be written. Free some space, then try again.", path=path)
        case "read_only":
            text = tr(
                "{path} may not be written. Allow writing to it, then try again.",
                path=facts.path or tr("The data folder"),
            )
        case "locked":
            text = tr("The history is in use by another program. Close that program, then try again.")
            return text, Remedy.RETRY
        case "damaged":
            text = tr(
                "The history in {path} is damaged and was left untouched. Earlier copies are in the folder backups.",
                path=path,
            )
        case "attachment_missing":
            text = tr(
                "A picture of this chat is missing from the folder attachments. Put the file back, or edit the prompt "
                "and take the picture out."
            )
        case "attachment_changed":
            text = tr(
                "A picture of this chat was changed in the folder attachments since it was added, so it is not sent. "
                "Edit the prompt and add the picture again."
            )
        case "missing":
            text = tr(
                "{path} is not there. Connect its disk and start again; without it nothing is lost or changed.",
                path=facts.path or tr("The data folder"),
            )
        case "replaced":
            text = tr(
                "Another file took the place of {path} while the app was open. Close the app and start it again; "
                "what was open is kept among the backups.",
                path=path,
            )
        case "in_the_way":
            text = tr(
                "A file or a folder of another kind is in the place of {path}. Move it away, then try again.", path=path
            )
        case "long_name":
            text = tr("A name in {path} is longer than the disk allows. Choose a shorter one.", path=path)
        case "backup_missing":
            text = tr("The chosen backup is not there any more. Choose another one.")
        case "upgrade":
            text = tr(
                "The history in {path} could not be brought up to date and was left as it was. "
                "Go on with the version of the app that you had before.",
                path=path,
            )
        case _:
            text = tr("The disk fails at {path}. Check the disk, then try again.", path=path)
    return text, Remedy.OPEN_FOLDER


def _keychain_unavailable(facts: Facts) -> str:
    match facts.reason:
        case "no_keyring":
            return tr(
                "This system has no keychain running. Start one (GNOME Keyring, KWallet, KeePassXC), "
                "or use the key for this session only."
            )
        case "denied":
            return tr(
                "The system keychain refused. Allow the access and try again, or use the key for this session only."
            )
        case "unknown_backend":
            return tr(
                "The keychain of this system is not supported. Use the key for this session only, "
                "or set DASHSCOPE_API_KEY."
            )
        case "not_kept":
            return tr(
                "The system keychain did not keep the key. Use it for this session only, or set DASHSCOPE_API_KEY."
            )
        case _:
            return tr("The system keychain does not work. Use the key for this session only.")


def _attachment_refused(facts: Facts) -> str:
    name = facts.name or tr("The picture")
    match facts.reason:
        case "unreadable":
            return tr("{name} cannot be opened. Check that the file is there and may be read.", name=name)
        case "no_picture":
            return tr("{name} is not a picture. JPEG, PNG, WebP, GIF, BMP and TIFF can be sent.", name=name)
        case "format":
            return tr("{name} is in a format that cannot be read here. Save it as JPEG, then add it again.", name=name)
        case "broken":
            return tr("{name} is damaged or incomplete. Open it in another program and save it anew.", name=name)
        case "too_small":
            return tr("{name} is too small: both sides must be longer than 10 pixels. Enlarge it.", name=name)
        case "strip":
            return tr(
                "{name} is too narrow: its longer side may be at most 200 times the shorter one. Send a part of it.",
                name=name,
            )
        case "too_large":
            return tr("{name} is too large to be opened here. Make it smaller, then add it again.", name=name)
        case _:
            return tr("{name} cannot be sent. Try another picture.", name=name)


def _cap_reached(facts: Facts) -> str:
    if not facts.cap:
        text = tr("The monthly cap is reached, so nothing was sent. Raise the cap in the settings to go on.")
    elif facts.estimate:
        text = tr(
            "Nothing was sent: this month has cost {spent}, this request is estimated at {estimate}, and the monthly "
            "cap is {cap}. Raise the cap in the settings, or wait for the next month.",
            spent=facts.spent,
            estimate=facts.estimate,
            cap=facts.cap,
        )
    else:
        text = tr(
            "Nothing was sent: this month has cost {spent}, and the monthly cap is {cap}. "
            "Raise the cap in the settings, or wait for the next month.",
            spent=facts.spent,
            cap=facts.cap,
        )
    if facts.unknown:
        more = tr("Replies of this month whose price is not known in full, and which are not counted in full: {count}.",
                  count=facts.unknown)  # fmt: skip
        return f"{text} {more}"
    return text


def _settings_invalid(facts: Facts) -> str:
    path = facts.path or "settings.toml"
    if facts.name:
        return tr(
            "The setting {name} in {path} has a value that cannot be used. Its default is in use.",
            name=facts.name,
            path=path,
        )
    if facts.kept_as:
        return tr(
            "{path} cannot be understood. It was kept as {kept_as}, and the default settings are in use.",
            path=path,
            kept_as=facts.kept_as,
        )
    return tr("{path} cannot be read. The default settings are in use.", path=path)
