"""Pictures to links: where the service's policy says, uploaded one after the other, without the key.

Two requests for each batch and picture: the policy is asked of the service, with the key; the bytes go to the store it
names, over https, with the policy's signature and nothing else.  No generation is asked for here, so whatever fails for
now may be tried again.
Source: https://help.aliyun.com/zh/model-studio/get-temporary-file-url (read 2026-11-23).
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable, Sequence
from urllib.parse import quote

import msgspec

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.errors import (
    ConnectionFailed,
    ProtocolViolated,
    ProviderError,
    RequestRefused,
    ServiceUnavailable,
)
from qwen_desktop.core.protocol.picture_parts import LINK_SCHEME
from qwen_desktop.core.providers.addresses import Address, parse_base_url
from qwen_desktop.core.providers.exchange import Exchange
from qwen_desktop.core.providers.failures import clean_detail, clean_word, from_response
from qwen_desktop.core.providers.picture_links import PictureLinks
from qwen_desktop.core.providers.responses import MAX_ERROR_BODY_BYTES, check_not_redirected, read_small_body
from qwen_desktop.core.providers.transport import Transport

UPLOADS_PATH = "/api/v1/uploads"
POLICY_DEADLINE_S = 15.0
_FOLDER = re.compile(r"(?!.*\.\.)[\w.=+-]+(/[\w.=+-]+)*", re.ASCII)
_CODE = re.compile(rb"<Code>([\w.-]{1,100})</Code>")


class _Policy(msgspec.Struct):
    """What the store wants to be shown."""

    policy: str
    signature: str
    upload_dir: str
    upload_host: str
    oss_access_key_id: str
    x_oss_object_acl: str = "private"
    x_oss_forbid_overwrite: str = "true"
    max_file_size_mb: float | str | None = None


class _Answer(msgspec.Struct):
    data: _Policy


class PictureUploads:
    """The uploads of one request; `aclose` from another task closes the one under way."""

    def __init__(
        self,
        transport: Transport,
        service: Address,
        api_key: str | None,
        model_id: str,
        links: PictureLinks,
        read: Callable[[Attachment], bytes],
    ) -> None:
        """`read` is called on a worker thread."""
        self._transport = transport
        self._service = service
        self._api_key = api_key
        self._model_id = model_id
        self._links = links
        self._place = links.place(service.host_and_port, model_id, api_key)
        self._read = read
        self._policy: _Policy | None = None
        self._exchange: Exchange | None = None
        self._is_closed = False

    async def urls(self, attachments: Sequence[Attachment]) -> dict[str, str]:
        """A link for each picture, by digest; only those without a living one are uploaded.

        Raises ProviderError, and StorageUnavailable for a picture that cannot be read; what was uploaded until then is
        remembered."""
        urls: dict[str, str] = {}
        for attachment in attachments:
            url = self._links.find(self._place, attachment.digest)
            if url is None:
                url = await self._upload(attachment)
                self._links.keep(self._place, attachment.digest, url)
            urls[attachment.digest] = url
        return urls

    def forget(self, digests: Sequence[str]) -> None:
        """Their links are dead."""
        for digest in digests:
            self._links.forget(self._place, digest)
        self._policy = None

    async def aclose(self) -> None:
        self._is_closed = True
        if self._exchange is not None:
            await self._exchange.aclose()

    async def _upload(self, attachment: Attachment) -> str:
        if self._policy is None:
            self._policy = await self._ask_policy()
        policy = self._policy
        store = self._store_of(policy)
        data = await asyncio.to_thread(self._read, attachment)
        if _is_over(policy.max_file_size_mb, len(data)):
            raise RequestRefused("larger than the policy allows", reason="upload", host=store.host_and_port)
        # Named by chance: a name is never used twice there, and the user's own says something about the user.
        kind = "png" if attachment.media_type == "image/png" else "jpg"
        key = f"{policy.upload_dir}/{uuid.uuid4().hex}.{kind}"
        body, content_type = await asyncio.to_thread(_multipart, policy, key, data, attachment.media_type)
        try:
            async with self._opened(store, None) as exchange:
                response = await exchange.send("POST", "/", {"Content-Type": content_type}, body)
                check_not_redirected(response, store.host_and_port, None)
                if response.status_code >= 300:
                    words = await read_small_body(exchange, response, MAX_ERROR_BODY_BYTES)
                    raise _refusal(response.status_code, words, store)
                await read_small_body(exchange, response, MAX_ERROR_BODY_BYTES)
        except ConnectionFailed as error:
            error.safe_to_resend = error.reason not in ("bad_address", "plain_http", "certificate")
            raise
        return LINK_SCHEME + key

    async def _ask_policy(self) -> _Policy:
        host = self._service.host_and_port
        path = f"{UPLOADS_PATH}?action=getPolicy&model={quote(self._model_id, safe='')}"
        try:
            async with asyncio.timeout(POLICY_DEADLINE_S), self._opened(self._service, self._api_key) as exchange:
                response = await exchange.send("GET", path, {"Accept": "application/json"}, b"")
                check_not_redirected(response, host, self._api_key)
                body = await read_small_body(exchange, response, MAX_ERROR_BODY_BYTES)
                if response.status_code >= 400:
                    status, headers = response.status_code, response.headers
                    raise from_response(status, headers, body, host=host, api_key=self._api_key)
        except TimeoutError as error:
            detail = f"no answer within {POLICY_DEADLINE_S:g} s"
            raise ConnectionFailed(detail, reason="headers_timeout", host=host, safe_to_resend=True) from error
        except ConnectionFailed as error:
            error.safe_to_resend = error.reason not in ("bad_address", "plain_http", "certificate")
            raise
        try:
            policy = msgspec.json.decode(body, type=_Answer).data
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise self._bad_policy("the answer cannot be read") from error
        # All of it goes on to another host, and its host and folder into notices and the history.
        key = (self._api_key or "").lower()
        if key and any(key in str(value).lower() for value in msgspec.structs.astuple(policy)):
            raise self._bad_policy("it repeats the key")
        return policy

    def _store_of(self, policy: _Policy) -> Address:
        """Where the bytes go: https, to the host the service named; plain http only beside a service that is on this
        computer itself."""
        try:
            store = parse_base_url(policy.upload_host)
        except ConnectionFailed as error:
            raise self._bad_policy(error.detail) from error
        is_local = store.is_loopback and self._service.is_loopback
        if store.scheme != "https" and not is_local:
            raise self._bad_policy("the store is not reached over https")
        if _FOLDER.fullmatch(policy.upload_dir) is None:
            raise self._bad_policy("the folder's name cannot be used")
        return store

    def _bad_policy(self, detail: str) -> ProviderError:
        detail = clean_detail(detail, self._api_key)
        return ProtocolViolated(detail, reason="upload", host=self._service.host_and_port)

    def _opened(self, address: Address, api_key: str | None) -> _Closing:
        if self._is_closed:
            raise ConnectionFailed("closed", reason="lost", host=address.host_and_port)
        self._exchange = Exchange(self._transport, address, api_key=api_key)
        return _Closing(self._exchange)


class _Closing:
    """An exchange that is closed at the end of the block."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __aenter__(self) -> Exchange:
        return self._exchange

    async def __aexit__(self, *_: object) -> None:
        await self._exchange.aclose()


def _multipart(policy: _Policy, key: str, data: bytes, media_type: str) -> tuple[bytes, str]:
    """Body and Content-Type; the store wants the file last."""
    import httpx

    fields = {
        "OSSAccessKeyId": policy.oss_access_key_id,
        "Signature": policy.signature,
        "policy": policy.policy,
        "x-oss-object-acl": policy.x_oss_object_acl,
        "x-oss-forbid-overwrite": policy.x_oss_forbid_overwrite,
        "key": key,
        "success_action_status": "200",
    }
    file = (key.rpartition("/")[2], data, media_type)
    request = httpx.Request("POST", "https://store.invalid/", data=fields, files={"file": file})
    return request.read(), request.headers["content-type"]


def _is_over(limit_mb: float | str | None, size_bytes: int) -> bool:
    try:
        return limit_mb is not None and size_bytes > float(limit_mb) * 1_048_576
    except ValueError:
        return False


def _refusal(status: int, body: bytes, store: Address) -> ProviderError:
    found = _CODE.search(body)
    code = clean_word(found[1].decode()) if found else None
    host = store.host_and_port
    if status >= 500 or status in (408, 429):
        return ServiceUnavailable(
            "the upload failed", reason="upload", status=status, provider_code=code, host=host, safe_to_resend=True
        )
    return RequestRefused("the upload was refused", reason="upload", status=status, provider_code=code, host=host)
