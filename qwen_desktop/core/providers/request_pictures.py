"""The pictures of one request to the URLs it holds: data URLs while they are small together, else links of uploads.

The rule: on DashScope's own protocol data URLs of more than MOST_INLINE_BYTES together are uploaded, all of them; where
the service has no place for uploads, and on the compatible protocol, they are data URLs whatever their size.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.errors import RequestRefused, StorageUnavailable
from qwen_desktop.core.protocol.picture_parts import data_url_length, encoded, unfilled_data_url
from qwen_desktop.core.providers.addresses import Address
from qwen_desktop.core.providers.base import ReplyRequest
from qwen_desktop.core.providers.picture_links import PictureLinks
from qwen_desktop.core.providers.picture_uploads import PictureUploads
from qwen_desktop.core.providers.transport import Transport

MOST_INLINE_BYTES = 8_000_000
"""Of all data URLs of a request; more is sent once and referred to afterwards."""

ReadPicture = Callable[[Attachment], bytes]
"""Called on a worker thread; raises StorageUnavailable."""


def no_pictures(attachment: Attachment) -> bytes:
    """For a provider that was given nothing to read pictures from."""
    raise StorageUnavailable("there is no store of pictures", reason="attachment_missing")


class RequestPictures:
    """Used by one stream, on its loop."""

    def __init__(self, request: ReplyRequest, read: ReadPicture, links: PictureLinks | None) -> None:
        """`links` None: nothing is uploaded."""
        found = {one.digest: one for message in request.messages for one in message.attachments}
        self._attachments = list(found.values())
        self._model_id = request.model_id
        self._read = read
        self._links = links
        self._uploads: PictureUploads | None = None
        self._urls: dict[str, str] | None = None if found else {}
        self.encoded: dict[str, list[bytes]] = {}
        """What data URLs are filled with, by digest (see `picture_parts.filled`)."""
        self.are_links = False
        """The URLs are links, which may be dead."""

    def __bool__(self) -> bool:
        return bool(self._attachments)

    async def urls(self, transport: Transport, service: Address, api_key: str | None) -> dict[str, str]:
        """By digest, data URLs unfilled; worked out once.  Raises ProviderError and StorageUnavailable."""
        if self._urls is None:
            total = sum(map(data_url_length, self._attachments))
            if self._links is not None and total > MOST_INLINE_BYTES:
                self._urls = await self._uploaded(self._links, transport, service, api_key)
        if self._urls is None:
            self.encoded = await asyncio.to_thread(self._encoded)
            self._urls = {one.digest: unfilled_data_url(one) for one in self._attachments}
        return self._urls

    async def _uploaded(
        self, links: PictureLinks, transport: Transport, service: Address, api_key: str | None
    ) -> dict[str, str] | None:
        self._uploads = PictureUploads(transport, service, api_key, self._model_id, links, self._read)
        try:
            urls = await self._uploads.urls(self._attachments)
        except RequestRefused as error:
            if error.reason == "not_found":  # a gateway without this path
                return None
            raise
        self.are_links = True
        return urls

    def _encoded(self) -> dict[str, list[bytes]]:
        return {one.digest: encoded(self._read(one)) for one in self._attachments}

    def forget_links(self) -> None:
        """They are dead: the next `urls` uploads anew."""
        if self._uploads is not None:
            self._uploads.forget([one.digest for one in self._attachments])
        self._urls, self.are_links, self.encoded = None, False, {}

    def let_go(self) -> None:
        """The request is not sent again: its data URLs need not be kept."""
        if self._attachments:
            self._urls, self.encoded = None, {}

    async def aclose(self) -> None:
        if self._uploads is not None:
            await self._uploads.aclose()
