"""The address of a picture in a reply to its bytes: one GET without key or cookies, once a person has asked for it.

Redirects are followed on the same host alone: another one has to be named to the person first.
"""

from __future__ import annotations

import time
from urllib.parse import urljoin, urlsplit

from qwen_desktop.core.errors import AttachmentRefused, ConnectionFailed, ProtocolViolated, RequestRefused
from qwen_desktop.core.providers.addresses import Address, parse_base_url
from qwen_desktop.core.providers.exchange import BodyBroken, Exchange
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.core.web_address import web_address

MOST_BYTES = 20_000_000
LONGEST_S = 60.0
"""For the whole picture, from its first byte on."""
MOST_REDIRECTS = 5
ACCEPTED = "image/png,image/jpeg,image/webp,image/gif;q=0.9,image/*;q=0.5"


class PictureElsewhere(Exception):
    """The host passes on to another one, which nobody has been asked about yet."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


async def fetch_picture(transport: Transport, url: str) -> bytes:
    """The bytes at `url`, whatever they are; at most `MOST_BYTES`.

    Raises PictureElsewhere; ConnectionFailed, also for an address that cannot be asked; RequestRefused with the status;
    ProtocolViolated for a redirect that leads nowhere; AttachmentRefused('too_large')."""
    for _ in range(MOST_REDIRECTS):
        address, target = _split(url)
        exchange = Exchange(transport, address, api_key=None)
        try:
            response = await exchange.send("GET", target, {"Accept": ACCEPTED}, b"")
            if response.status_code in (301, 302, 303, 307, 308):
                url = _next_url(url, response.headers.get("location", ""), address)
                continue
            if response.status_code != 200:
                raise RequestRefused("no picture", status=response.status_code, host=address.host_and_port)
            return await _read(exchange, address)
        finally:
            await exchange.aclose()
    raise ProtocolViolated("redirected again and again", reason="redirect", host=urlsplit(url).netloc)


def _split(url: str) -> tuple[Address, str]:
    """The host to ask, and what to ask it for, written in ASCII."""
    import httpx

    try:
        parts = urlsplit(url)
        return parse_base_url(f"{parts.scheme}://{parts.netloc}"), httpx.URL(url).raw_path.decode("ascii")
    except (ValueError, httpx.InvalidURL) as error:
        raise ConnectionFailed("the address cannot be read", reason="bad_address") from error


def _next_url(url: str, location: str, asked: Address) -> str:
    """Where a redirect leads; raises PictureElsewhere if that is another host, or less than https was."""
    try:
        following = web_address(urljoin(url, location)) if location else ""
        next_address = parse_base_url("://".join(urlsplit(following)[:2])) if following else None
    except (ValueError, ConnectionFailed):
        next_address = None
    if next_address is None:
        raise ProtocolViolated("redirected to nowhere", reason="redirect", host=asked.host_and_port)
    if next_address != asked:
        raise PictureElsewhere(following)
    return following


async def _read(exchange: Exchange, address: Address) -> bytes:
    exchange.deadline.at = time.monotonic() + LONGEST_S
    data = bytearray()
    try:
        while chunk := await exchange.read():
            data += chunk
            if len(data) > MOST_BYTES:
                raise AttachmentRefused(f"more than {MOST_BYTES} bytes", reason="too_large")
    except TimeoutError as error:
        raise ConnectionFailed("too slow", reason="timeout", host=address.host_and_port) from error
    except BodyBroken as error:
        raise ConnectionFailed("cut short", reason="lost", host=address.host_and_port) from error
    return bytes(data)
