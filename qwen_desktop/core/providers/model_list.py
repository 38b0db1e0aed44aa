"""A key and a region to the ids of the models it may use: the check of a key that costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import islice

import msgspec

from qwen_desktop.core.errors import ConnectionFailed, ProtocolViolated
from qwen_desktop.core.providers.addresses import parse_base_url
from qwen_desktop.core.providers.exchange import Exchange
from qwen_desktop.core.providers.failures import from_response
from qwen_desktop.core.providers.reply_stream import Service, key_of
from qwen_desktop.core.providers.responses import MAX_ERROR_BODY_BYTES, check_not_redirected, read_small_body
from qwen_desktop.core.providers.servers import Server, server_at
from qwen_desktop.core.providers.transport import Transport

DEADLINE_S = 15.0
MAX_BODY_BYTES = 4 * 1024 * 1024
MOST_OFFERED = 1_000
"""No service has so many; each is a row that is searched with every letter that is typed."""
_MOST_ID_CHARACTERS = 300


class Model(msgspec.Struct, frozen=True):
    """One entry of a list."""

    id: str
    owned_by: str | None = None
    """Whoever answers puts its own name here, or that of the model's maker."""


class _ModelList(msgspec.Struct):
    data: list[Model]


def offerable(ids: Iterable[str]) -> list[str]:
    """Those that can be offered: nothing that acts on a screen or that no service calls a model; not without end."""
    usable = (one for one in ids if 0 < len(one) <= _MOST_ID_CHARACTERS and one.isprintable())
    return list(islice(usable, MOST_OFFERED))


async def list_models(
    transport: Transport,
    base_url: str,
    api_key: str | None,
    *,
    needs_key: bool = True,
    on_progress: Callable[[str], None] | None = None,
    server: Server | None = None,
) -> list[str]:
    """The ids the service lists, in its order, non-chat models among them; may be empty.  Within 15 s.

    Parameters and errors: as of `fetch_models`."""
    found = await fetch_models(
        transport, base_url, api_key, needs_key=needs_key, on_progress=on_progress, server=server
    )
    return [model.id for model in found]


async def fetch_models(
    transport: Transport,
    base_url: str,
    api_key: str | None,
    *,
    needs_key: bool = True,
    on_progress: Callable[[str], None] | None = None,
    server: Server | None = None,
) -> list[Model]:
    """The list with what it says of each model.  Within 15 s.

    `on_progress`: as in Exchange, and 'answered' once the response's headers are there and are no refusal.
    `server`: what the user said of its make; None: as far as the address tells.

    Raises ProviderError as a generation does; ApiKeyRejected for a key of another region."""

    async def key() -> str | None:
        return api_key

    address = parse_base_url(base_url)
    host = address.host_and_port
    path = f"{(server or server_at(address)).compatible_base}/models"
    checked_key = await key_of(Service(transport, base_url, key, needs_key), host)
    exchange = Exchange(transport, address, on_progress=on_progress, api_key=checked_key)
    try:
        async with asyncio.timeout(DEADLINE_S):
            response = await exchange.send("GET", path, {"Accept": "application/json"}, b"")
            check_not_redirected(response, host, checked_key)
            status, headers = response.status_code, response.headers
            if status >= 400:
                body = await read_small_body(exchange, response, MAX_ERROR_BODY_BYTES)
                raise from_response(status, headers, body, host=host, api_key=checked_key)
            if on_progress is not None:
                on_progress("answered")
            body = await read_small_body(exchange, response, MAX_BODY_BYTES)
    except TimeoutError as error:
        raise ConnectionFailed(f"no answer within {DEADLINE_S:g} s", reason="headers_timeout", host=host) from error
    finally:
        await exchange.aclose()
    try:
        return msgspec.json.decode(body, type=_ModelList).data
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProtocolViolated(
            "the model list cannot be read", reason="media_type", status=status, host=host
        ) from error
